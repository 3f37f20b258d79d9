# ruff: noqa: E501  one case a line reads better than one wrapped
"""Real logs are dirty: each case is one file, the journeys that come of it, and what is said about the rest."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import pytest

from cxlab.data import load
from cxlab.errors import CxlabError
from cxlab.journey.log import END, START, read_log
from cxlab.journey.transitions import transitions


@dataclass(frozen=True)
class Case:
    """A log, how it is read, and what must come of it.

    Parameters
    ----------
    name : what is dirty
    content : the file
    journeys : {customer: labels of the contacts in order}; of several journeys of a customer {(customer, journey): …}
    values : {column of the events: values in the order of customers and steps}
    stages : {label: stage} where it matters
    aside : {source row: reason} of the rows quarantined
    notes : texts that must stand in the notes of the data or of the log
    error : texts that must stand in the one error, when the log cannot be used
    options, columns : how the file is loaded
    how : how the log is read
    """

    name: str
    content: str
    journeys: dict = field(default_factory=dict)
    values: dict = field(default_factory=dict)
    stages: dict = field(default_factory=dict)
    aside: dict[int, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    error: tuple[str, ...] = ()
    options: dict = field(default_factory=dict)
    columns: dict = field(default_factory=dict)
    how: dict = field(default_factory=dict)
    file: str = "log.csv"


def rows(*lines: str, header: str = "customer_id,timestamp,touchpoint") -> str:
    return "\n".join([header, *lines]) + "\n"


def felt(*lines: str, what: str = "emotion") -> str:
    return rows(*lines, header=f"customer_id,timestamp,touchpoint,{what}")


ABC = {"a": ["Search", "Website", "Checkout"]}
MANY = [f"Page {n}" for n in range(1200)]
LONG = "Newsletter " + "x" * 900

CASES = [
    # order in time
    Case("unsorted", rows("a,2026-01-03,Checkout", "b,2026-01-01,Search", "a,2026-01-01,Search", "a,2026-01-02,Website"),
         {**ABC, "b": ["Search"]}),
    Case("everything at the same time: the order of the file", rows("a,2026-01-01,Search", "a,2026-01-01,Website", "a,2026-01-01,Checkout"),
         ABC, notes=("3 rows (100 %) share customer_id and timestamp with another: they are taken in the order of the file",
                     "2 contacts have the time of the customer's contact before")),
    Case("... the order of the file, not of the alphabet", rows("a,2026-01-01,Website", "a,2026-01-01,Checkout", "a,2026-01-01,Search"),
         {"a": ["Website", "Checkout", "Search"]}),
    Case("a sequence decides ties", rows("a,2026-01-01,Checkout,3", "a,2026-01-01,Search,1", "a,2026-01-01,Website,2", header="customer_id,timestamp,touchpoint,seq"),
         ABC, notes=("the column sequence decides their order",)),
    Case("a sequence counts, it does not spell", rows("a,2026-01-01,Website,10", "a,2026-01-01,Search,9", "a,2026-01-01,Checkout,11", header="customer_id,timestamp,touchpoint,sequence"), ABC),
    Case("a sequence with ties and gaps: then the order of the file", rows("a,2026-01-01,Search,1", "a,2026-01-01,Website,1", "a,2026-01-01,Checkout,", header="customer_id,timestamp,touchpoint,sequence"),
         ABC, notes=("and that of the file where it does not (2)",)),
    Case("a sequence that is no number", rows("a,2026-01-01,Search,x", "a,2026-01-01,Website,2.5", "a,2026-01-02,Checkout,3", header="customer_id,timestamp,touchpoint,sequence"),
         ABC, notes=("2 values of sequence cannot be used and are left empty, their rows are kept (first on row 2: 'x' is not a number)",)),
    Case("time decides before the sequence", rows("a,2026-01-02,Website,1", "a,2026-01-01,Search,2", header="customer_id,timestamp,touchpoint,sequence"), {"a": ["Search", "Website"]}),
    Case("fractions of a second", rows("a,2026-01-01 10:00:00.002,Website", "a,2026-01-01 10:00:00.001,Search", "a,2026-01-01 10:00:00.0025,Checkout"), ABC),
    # names of columns
    Case("web analytics (GA4)", rows("a,20260101,1767261600000000,page_view", "a,20260101,1767261700000000,purchase", header="user_pseudo_id,event_date,event_timestamp,event_name"),
         {"a": ["page_view", "purchase"]}, {"gap_s": [100, None]}, notes=("timestamp has 2 Unix times",)),
    Case("web analytics (Mixpanel)", rows("sign up,a,1767261600", "buy,a,1767261660", header="event,distinct_id,time"), {"a": ["sign up", "buy"]}, {"gap_s": [60, None]}),
    Case("web analytics (Amplitude)", rows("a,77,view,2026-01-01 10:00:00,s1", "a,77,buy,2026-01-01 10:01:00,s1", header="user_id,amplitude_id,event_type,event_time,session_id"), {"a": ["view", "buy"]}),
    Case("process mining (XES names)", rows("1,Register,2026-01-01T10:00:00+00:00,Ann", "1,Decide,2026-01-02T10:00:00+00:00,Bo", header="case:concept:name,concept:name,time:timestamp,org:resource"),
         {"1": ["Register", "Decide"]}, {"handled_by": ["Ann", "Bo"]}),
    Case("an event log with revenue is no list of purchases", rows("a,view,2026-01-01,", "a,buy,2026-01-02,20", header="user_id,event_name,timestamp,revenue"), {"a": ["view", "buy"]}),
    Case("German", "Kundennr;Zeitstempel;Kontaktpunkt;Kanal\n007;31.01.2026 09:05;Website;Web\n007;31.01.2026 09:30;Kasse;Laden\n", {"007": ["Website", "Kasse"]}),
    Case("French", "N° client;Horodatage;Point de contact;Canal\n7;31/01/2026 09:05;Site;web\n", {"7": ["Site"]}),
    Case("Spanish", "Código cliente;Fecha contacto;Punto de contacto\n7;31/01/2026;Tienda\n", {"7": ["Tienda"]}),
    Case("Portuguese", "Cliente;Data contato;Ponto de contato\n7;31/01/2026;Loja\n", {"7": ["Loja"]}),
    Case("Dutch", "Klantnummer;Tijdstip;Contactmoment\n7;31-01-2026 12:00;Winkel\n", {"7": ["Winkel"]}),
    Case("two columns may be the time", rows("a,2026-01-01,2026-01-02,Search", header="customer_id,event_time,occurred_at,touchpoint"),
         error=("timestamp of touchpoints may be any of 2 columns: event_time, occurred_at", "--column timestamp=event_time")),
    Case("... and one is declared", rows("a,2026-01-05,2026-01-01,Search", "a,2026-01-01,2026-01-02,Website", header="customer_id,event_time,occurred_at,touchpoint"),
         {"a": ["Search", "Website"]}, columns={"timestamp": "occurred_at"}),
    Case("no column for the touchpoint", rows("a,2026-01-01,5", header="customer_id,timestamp,colour"), error=("no table of the contract is recognised", "touchpoints: customer_id, timestamp, touchpoint")),
    Case("no touchpoints in a file called so", rows("a,2026-01-01,5", header="customer_id,timestamp,colour"), file="touchpoints.csv",
         error=("has no column for touchpoint of touchpoints", "--column touchpoint=NAME")),
    # customers
    Case("integer ids", rows("10,2026-01-01,Search", "9,2026-01-01,Search", "10,2026-01-02,Website"), {"10": ["Search", "Website"], "9": ["Search"]}),
    Case("ids with leading zeros", rows("007,2026-01-01,Search", "7,2026-01-01,Website"), {"007": ["Search"], "7": ["Website"]}),
    Case("ids that end in .0", rows("7.0,2026-01-01,Search", "8.0,2026-01-01,Website"), {"7": ["Search"], "8": ["Website"]}),
    Case("customers without id", rows("NA,2026-01-01,Search", ",2026-01-02,Website", "a,2026-01-01,Search"), {"a": ["Search"]},
         aside={2: "customer_id is missing", 3: "customer_id is missing"}, notes=("2 rows have no customer_id: the cell is empty or says na, null, none or the like (option missing=",)),
    Case("customers called NA, null and None", rows("NA,2026-01-01,Search", "null,2026-01-01,Search", "None,2026-01-01,Search", "NA,2026-01-02,Website", ",2026-01-02,Website"),
         {"NA": ["Search", "Website"], "null": ["Search"], "None": ["Search"]}, options={"missing": ""}, aside={6: "customer_id is missing"}),
    Case("a single customer", rows("a,2026-01-01,Search", "a,2026-01-02,Website", "a,2026-01-03,Checkout"), ABC),
    Case("journeys of one contact", rows("a,2026-01-01,Search", "b,2026-01-01,Website", "c,2026-01-02,Search"), {"a": ["Search"], "b": ["Website"], "c": ["Search"]}, {"gap_s": [None] * 3}),
    Case("one contact", rows("a,2026-01-01,Search"), {"a": ["Search"]}),
    # touchpoints
    Case("names that other tools reserve", rows(*(f"a,2026-01-{day:02d},{name}" for day, name in enumerate(["Start", "End", "path_end", "path_start", "index", "order", "count", "touchpoint", "nan_", "__step"], start=1))),
         {"a": ["Start", "End", "path_end", "path_start", "index", "order", "count", "touchpoint", "nan_", "__step"]}),
    Case("names of our own marks", rows("a,2026-01-01,(start)", "a,2026-01-02,(end)", "b,2026-01-01,(end)"), {"a": ["“(start)”", "“(end)”"], "b": ["“(end)”"]}),
    Case("touchpoints called null and NA", rows("a,2026-01-01,null", "a,2026-01-02,NA", "b,2026-01-01,Search"), {"a": ["null", "NA"], "b": ["Search"]}, options={"missing": ""}),
    Case("... which mean nothing by default", rows("a,2026-01-01,null", "a,2026-01-02,Search"), {"a": ["Search"]}, aside={2: "touchpoint is missing"}, notes=("1 rows have no touchpoint",)),
    Case("blank touchpoints", rows("a,2026-01-01, ", "a,2026-01-02,\u00a0", "a,2026-01-03,Search"), {"a": ["Search"]}, aside={2: "touchpoint is missing", 3: "touchpoint is missing"}),
    Case("white space around names", rows("a,2026-01-01,Search ", "a,2026-01-02,  Website", "b,2026-01-01,Search"), {"a": ["Search", "Website"], "b": ["Search"]}),
    Case("names that differ in case", rows("a,2026-01-01,Web site", "a,2026-01-02,web-site", "a,2026-01-03,Search"), {"a": ["Web site", "web-site", "Search"]},
         notes=("touchpoint has names that differ in case, spaces and hyphens only, and are kept apart ('Web site' and 'web-site')",)),
    Case("names in any script", rows("a,2026-01-01,検索", "a,2026-01-02,Größe 👗", "a,2026-01-03,متجر"), {"a": ["検索", "Größe 👗", "متجر"]}),
    Case("names with commas, quotes and line breaks", rows('a,2026-01-01,"Shop, main ""street"""', 'a,2026-01-02,"two\nlines"'), {"a": ['Shop, main "street"', "two\nlines"]}),
    Case("a very long name", rows(f"a,2026-01-01,{LONG}", "a,2026-01-02,Search"), {"a": [LONG, "Search"]}),
    Case("numbers for names", rows("a,2026-01-01,1", "a,2026-01-02,02", "a,2026-01-03,2"), {"a": ["1", "02", "2"]}),
    Case("more than 1,000 touchpoints", rows(*(f"a,2026-01-01 {n // 60:02d}:{n % 60:02d},{name}" for n, name in enumerate(MANY))), {"a": MANY}),
    Case("a page for every product", rows(*(f"a,2026-01-01,/product/{n}" for n in range(2100))), error=("more than 2,000 different touchpoints", "names of touchpoints", "group the names")),
    Case("a touchpoint that leads nowhere", rows("a,2026-01-01,Search", "a,2026-01-02,Help", "b,2026-01-01,Search", "b,2026-01-03,Help"), {"a": ["Search", "Help"], "b": ["Search", "Help"]}),
    Case("loops", rows("a,2026-01-01,Search", "a,2026-01-02,Search", "a,2026-01-03,Search"), {"a": ["Search"] * 3}, {"gap_s": [86400, 86400, None]}),
    Case("the same line twice", rows("a,2026-01-01 10:00,Search", "a,2026-01-01 10:00,Search", "a,2026-01-02,Website"), {"a": ["Search", "Search", "Website"]}, notes=("1 rows repeat an earlier row",)),
    Case("the same line twice, set aside", rows("a,2026-01-01 10:00,Search", "a,2026-01-01 10:00,Search", "a,2026-01-02,Website"), {"a": ["Search", "Website"]},
         options={"duplicates": "quarantine"}, aside={3: "repeats row 2 in every column"}),
    # stages
    Case("no stages", rows("a,2026-01-01,Search", "a,2026-01-02,Buy"), {"a": ["Search", "Buy"]}, stages={"Search": "Journey", "Buy": "Journey"}, notes=("no stage is called Purchase",)),
    Case("stages in every spelling", felt("a,2026-01-01,Search,awareness", "a,2026-01-02,Buy,PURCHASE", "a,2026-01-03,Review,post purchase", "a,2026-01-04,Help,Onboarding", what="stage"),
         {"a": ["Search", "Buy", "Review", "Help"]}, stages={"Search": "Awareness", "Buy": "Purchase", "Review": "Post-Purchase", "Help": "Onboarding"}),
    Case("some stages are missing", felt("a,2026-01-01,Search,Awareness", "a,2026-01-02,Chat,", "a,2026-01-03,Buy,Purchase", what="stage"), {"a": ["Search", "Chat", "Buy"]},
         stages={"Search": "Awareness", "Chat": "Other", "Buy": "Purchase"}, notes=("1 touchpoints have no stage and stand under Other: Chat",)),
    Case("a touchpoint in two stages", felt("a,2026-01-01,E-mail,Awareness", "a,2026-01-02,E-mail,Service", what="stage"), {"a": ["E-mail (Awareness)", "E-mail (Service)"]}),
    Case("stages from a table that knows too much and too little", rows("a,2026-01-01,Search", "a,2026-01-02,Chat", "a,2026-01-03,Buy"), {"a": ["Search", "Chat", "Buy"]},
         how={"stages": {"Search": "Awareness", "Buy": "Purchase", "Fax": "Service"}}, stages={"Search": "Awareness", "Chat": "Other", "Buy": "Purchase"},
         notes=("stages are declared for touchpoints that do not occur: Fax", "1 touchpoints have no stage and stand under Other: Chat")),
    # times
    Case("offsets of many zones", rows("a,2026-01-01T12:00:00+02:00,Website", "a,2026-01-01T09:30:00Z,Search", "a,2026-01-01T06:00:00-0500,Checkout"), ABC, {"gap_s": [1800, 3600, None]}),
    Case("with and without zone", rows("a,2026-01-01T09:00:00Z,Search", "a,2026-01-01T09:30:00,Website"), {"a": ["Search", "Website"]}, notes=("with and without a zone",)),
    Case("the hour that clocks skip does not", rows("a,2026-03-29T01:30:00+01:00,Search", "a,2026-03-29T03:30:00+02:00,Website"), {"a": ["Search", "Website"]}, {"gap_s": [3600, None]}),
    Case("Unix times in seconds and milliseconds", rows("a,1767261600,Search", "a,1767261660000,Website", "a,1767261720000000,Checkout"), ABC, {"gap_s": [60, 60, None]}),
    Case("minutes since the start are no times", rows("a,0,Search", "a,12,Website"), error=("none of the 2 rows", "timestamp is not a date: a number is one as Unix time")),
    Case("days only", rows("a,31/01/2026,Search", "a,01/02/2026,Website"), {"a": ["Search", "Website"]}, {"gap_s": [86400, None]}),
    Case("contacts in the future", rows("a,2026-01-01,Search", "a,2999-01-02,Website"), {"a": ["Search"]}, aside={3: "timestamp is in the future"}),
    Case("contacts without time", rows("a,2026-01-01,Search", "a,,Website", "a,soon,Checkout"), {"a": ["Search"]}, aside={3: "timestamp is missing", 4: "timestamp is not a date"}),
    # what contacts were like
    Case("emotions that are missing", felt("a,2026-01-01,Search,NaN", "a,2026-01-02,Website,", "a,2026-01-03,Checkout,-2"), ABC, {"emotion": [None, None, -2]}),
    Case("emotions that are words", felt("a,2026-01-01,Search,happy", "a,2026-01-02,Website,1", "a,2026-01-03,Checkout,−1"), ABC, {"emotion": [None, 1, -1]},
         notes=("1 values of emotion cannot be used and are left empty, their rows are kept (first on row 2: 'happy' is not a number)",)),
    Case("one emotion off its scale", felt(*(f"a,2026-01-{day:02d},Search,{'22' if day == 9 else 1}" for day in range(1, 25))), {"a": ["Search"] * 24},
         {"emotion": [None if day == 9 else 1 for day in range(1, 25)]}, notes=("(first on row 10: '22' is above 2)",)),
    Case("emotions from 1 to 5", felt("a,2026-01-01,Search,5", "a,2026-01-02,Website,1", "a,2026-01-03,Checkout,4"),
         error=("67 % of the 3 values of emotion ('emotion') are outside -2 to 2; they go from 1 to 5", "emotion from -2 to 2", "--option emotion_scale=1..5", "--column emotion=")),
    Case("... stretched over ours", felt("a,2026-01-01,Search,5", "a,2026-01-02,Website,1", "a,2026-01-03,Checkout,6"), ABC, {"emotion": [2, -2, None]}, options={"emotion_scale": "1..5"}, notes=("'6' is above 5",)),
    Case("... turned, where 1 is best", felt("a,2026-01-01,Search,5", "a,2026-01-02,Website,1", "a,2026-01-03,Checkout,2"), ABC, {"emotion": [-2, 2, 1]}, options={"emotion_scale": "5..1"}),
    Case("... or left out", felt("a,2026-01-01,Search,5", "a,2026-01-02,Website,1", "a,2026-01-03,Checkout,4"), ABC, columns={"emotion": ""}),
    Case("a scale that is none", felt("a,2026-01-01,Search,5"), options={"emotion_scale": "five"}, error=("option emotion_scale = 'five' cannot be used", "like 1..5")),
    Case("efforts from 0 to 10", felt("a,2026-01-01,Search,10", "a,2026-01-02,Website,0", what="effort"), error=("outside 1 to 7; they go from 0 to 10", "--option effort_scale=")),
    Case("negative durations", felt("a,2026-01-01,Search,-3", "a,2026-01-02,Website,30", what="duration_s"), {"a": ["Search", "Website"]}, {"duration_s": [None, 30]}, notes=("'-3' is below 0",)),
    Case("a duration that does not say in what", felt("a,2026-01-01,Search,3", what="duration"), {"a": ["Search"]}, {"duration_s": None}),
    Case("costs with currency", felt("a,2026-01-01,Search,€1.50", "a,2026-01-02,Website,$2", 'a,2026-01-03,Checkout,€ 2', what="cost"), ABC, {"cost": [1.5, None, 2]}, notes=("1 values of cost cannot be used",)),
    # starts and ends
    Case("starts and ends of contacts", rows("1,Call,2026-01-01T10:00:00,start", "1,Call,2026-01-01T10:05:00,complete", "1,Visit,2026-01-02T10:00:00,complete", "1,Visit,2026-01-01T12:00:00,schedule", header="case_id,activity,timestamp,lifecycle:transition"),
         {"1": ["Call", "Visit"]}, {"duration_s": [300, None]}, notes=("1 starts and ends of contacts on two rows", "left out (schedule 1)")),
    Case("steps nobody knows", rows("1,Call,2026-01-01T10:00:00,anfang", header="case_id,activity,timestamp,lifecycle"), error=("'anfang'", "start or complete", "lifecycle")),
    # goals, groups and sessions
    Case("a goal that is a touchpoint", rows("a,2026-01-01,Search", "b,2026-01-01,Search", "b,2026-01-02,Buy"), {"a": ["Search"], "b": ["Search", "Buy"]}, how={"goal": "Buy"}),
    Case("a goal nobody knows", rows("a,2026-01-01,Search", "a,2026-01-02,Buy"), how={"goal": "Bye"}, error=("unknown goal 'Bye'", "Search", "Buy", "did you mean 'Buy'?")),
    Case("a goal that does not occur", felt("a,2026-01-01,Search,Awareness", what="stage"), {"a": ["Search"]}, notes=("no stage is called Purchase, so conversion is not measured: -p goal=TOUCHPOINT",)),
    Case("personas beside the contacts", felt("a,2026-01-01,Search,loyal", "b,2026-01-01,Search,", what="group"), {"a": ["Search"], "b": ["Search"]}, {"persona": [0, 1]}, how={"persona": "group"}),
    Case("a persona that is not there", felt("a,2026-01-01,Search,loyal", what="group"), how={"persona": "gruop"}, error=("unknown persona column 'gruop'", "group")),
    Case("sessions by silence", rows("a,2026-01-01 10:00,Search", "a,2026-01-01 10:30,Website", "a,2026-01-01 11:01,Search"), {("a", 1): ["Search", "Website"], ("a", 2): ["Search"]}, how={"per": "session"}),
    Case("sessions by a longer silence", rows("a,2026-01-01 10:00,Search", "a,2026-01-01 10:30,Website", "a,2026-01-01 11:01,Search"), {("a", 1): ["Search", "Website", "Search"]}, how={"per": "session", "session_gap": "1h"}),
    Case("sessions of the source, some missing", felt("a,2026-01-01 10:00,Search,x", "a,2026-01-01 15:00,Website,x", "a,2026-01-01 15:01,Search,", what="session_id"), {("a", 1): ["Search", "Website"], ("a", 2): ["Search"]}, how={"per": "session"}),
    # nothing at all
    Case("an empty file", "", error=("log.csv is empty",)),
    Case("a header and nothing else", rows(), error=("has a header (customer_id, timestamp, touchpoint) and no rows",)),
    Case("nothing can be used", rows("a,yesterday,Search", "b,2026-01-01,"), error=("none of the 2 rows", "timestamp is not a date", "touchpoint is missing")),
]  # fmt: skip


def journeys_of(log) -> dict:
    """Labels of every journey in order; customers with one journey by their id alone."""
    events = log.events.order_by("customer_id", "journey", "step").to_pyarrow().to_pylist()
    found: dict = {}
    for event in events:
        found.setdefault((event["customer_id"], event["journey"]), []).append(event)
    for steps in found.values():
        assert [e["step"] for e in steps] == list(range(1, len(steps) + 1))
        assert [e["next_touchpoint"] for e in steps] == [e["touchpoint"] for e in steps[1:]] + [None]
    labelled = {key: [log.labels[e["touchpoint"]] for e in steps] for key, steps in found.items()}
    return labelled if log.per == "session" else {customer: labels for (customer, _), labels in labelled.items()}


def moves_of(journeys) -> dict:
    """Transitions counted by hand."""
    return Counter(move for labels in journeys.values() for move in zip([START, *labels], [*labels, END], strict=True))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_journeys_that_come_of_a_file_and_what_is_said(case, tmp_path):
    (tmp_path / case.file).write_text(case.content, encoding="utf-8")

    def read():
        data = load(tmp_path / case.file, options=case.options, columns=case.columns)
        return data, read_log(data, **case.how)

    if case.error:
        with pytest.raises(CxlabError) as problem:
            read()
        for text in case.error:
            assert text in str(problem.value)
        return
    data, log = read()
    counts = data.counts.iloc[0]
    assert counts["kept"] + counts["quarantined"] == counts["read"]
    aside = {row["source_row"]: row["reason"] for row in data.quarantine.to_pyarrow().to_pylist()}
    assert aside.keys() == case.aside.keys()
    for row, reason in case.aside.items():
        assert aside[row].startswith(reason)
    assert journeys_of(log) == case.journeys
    events = log.events.order_by("customer_id", "journey", "step").to_pyarrow().to_pylist()
    for column, values in case.values.items():
        assert (values is not None) == log.has(column)
        if values is not None:
            assert [e[column] for e in events] == [
                pytest.approx(v) if isinstance(v, (int, float)) else v for v in values
            ]
    for label, stage in case.stages.items():
        assert log.stage_of[log.labels.index(label)] == stage
    for note in case.notes:
        assert any(note in said for said in (*data.notes, *log.notes)), (data.notes, log.notes)
    assert log.n_contacts == sum(map(len, case.journeys.values()))
    assert log.n_journeys == len(case.journeys)
    table = transitions(log).table
    found = {(r.source, r.target): r.contacts for r in table.itertuples()}
    assert found == moves_of(case.journeys)
