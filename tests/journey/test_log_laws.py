"""Laws of logs: the order of rows, the names of things, the packing and the cut into files change no journey."""

from __future__ import annotations

import csv
import json
from datetime import date, datetime, timedelta

import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cxlab.cli import main
from cxlab.data import load
from cxlab.data.names import guess_table
from cxlab.errors import DataError
from cxlab.journey.log import Columns, read_log
from cxlab.journey.transitions import transitions

QUICK = settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
HEADER = ("customer_id", "timestamp", "touchpoint", "channel")
START = datetime(2026, 1, 1)
#: (customer, minute, touchpoint, channel); the minutes of a customer all differ
CONTACTS = st.lists(
    st.tuples(st.sampled_from(["a", "b", "007", "Zoë"]), st.integers(0, 50),
              st.sampled_from(["Search", "Shop", "Help"]), st.sampled_from(["web", "store"])),
    min_size=2, max_size=25, unique_by=lambda c: c[:2],
)  # fmt: skip


def write(file, contacts, *, header=HEADER):
    with file.open("w", newline="", encoding="utf-8") as text:
        rows = ((c, START + timedelta(minutes=m), *more) for c, m, *more in contacts)
        csv.writer(text).writerows([header, *rows])
    return file


def seen(source, *, renamed=None, **how):
    """What the journeys of a source are, with names put back where they were changed."""
    log = read_log(source if isinstance(source, ibis.Table) else load(source), **how)
    names = {new: old for old, new in (renamed or {}).items()}
    rows = log.events.order_by("customer_id", "step").to_pyarrow().to_pylist()
    who = [(r["customer_id"], r["step"], log.labels[r["touchpoint"]], r["gap_s"]) for r in rows]
    journeys = [(names.get(c, c), step, names.get(touchpoint, touchpoint), gap) for c, step, touchpoint, gap in who]
    moves = [
        (names.get(r.source, r.source), names.get(r.target, r.target), r.contacts, round(r.low, 9))
        for r in transitions(log).table.itertuples()
    ]
    return sorted(journeys), sorted(moves)


@QUICK
@given(contacts=CONTACTS, shuffled=st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_no_journey(contacts, shuffled, tmp_path_factory):
    folder = tmp_path_factory.mktemp("order")
    other = list(contacts)
    shuffled.shuffle(other)
    assert seen(write(folder / "a.csv", contacts)) == seen(write(folder / "b.csv", other))


@QUICK
@given(contacts=CONTACTS)
def test_the_names_of_things_change_no_journey(contacts, tmp_path_factory):
    folder = tmp_path_factory.mktemp("names")
    names = {"Search": "(end)x", "Shop": "index", "Help": "Start", "a": "null-", "b": "2", "007": "02", "Zoë": "z"}
    header = ("User ID", "event time", "Event Name", "utm_medium")
    other = [(names[c], m, names[t], k) for c, m, t, k in contacts]
    assert seen(write(folder / "a.csv", contacts)) == seen(write(folder / "b.csv", other, header=header), renamed=names)


@QUICK
@given(contacts=CONTACTS, cut=st.integers(1, 24))
def test_a_file_cut_in_two_is_the_same_log(contacts, cut, tmp_path_factory):
    folder = tmp_path_factory.mktemp("cut")
    whole = seen(write(folder / "whole.csv", contacts))
    write(folder / "one.csv", contacts[: min(cut, len(contacts) - 1)])
    write(folder / "two.csv", contacts[min(cut, len(contacts) - 1) :])
    (folder / "client.yaml").write_text(
        "sources: {one: {path: one.csv, table: touchpoints}, two: {path: two.csv, table: touchpoints}}"
    )
    assert seen(folder / "client.yaml") == whole
    resource = {"name": "contacts", "path": ["one.csv", "two.csv"], "cxlab": {"table": "touchpoints"}}
    (folder / "datapackage.json").write_text(json.dumps({"name": "log", "resources": [resource]}))
    assert seen(folder) == whole


def test_ties_stand_in_the_order_of_files_and_their_rows(tmp_path):
    tied = [("a", 0, name, "web") for name in ("Shop", "Help", "Search", "Chat")]
    write(tmp_path / "one.csv", tied[:2])
    write(tmp_path / "two.csv", tied[2:])
    client = "sources: {second: {path: two.csv, table: touchpoints}, first: {path: one.csv, table: touchpoints}}"
    (tmp_path / "client.yaml").write_text(client)
    journeys, _ = seen(tmp_path / "client.yaml")
    assert [name for _, _, name, _ in journeys] == ["Search", "Chat", "Shop", "Help"]


@QUICK
@given(contacts=CONTACTS)
def test_files_and_tables_of_any_kind_give_the_same_journeys(contacts, tmp_path_factory):
    folder = tmp_path_factory.mktemp("kinds")
    expected = seen(write(folder / "a.csv", contacts))
    frame = pd.DataFrame(contacts, columns=HEADER)
    frame["timestamp"] = pd.Timestamp(START) + pd.to_timedelta(frame["timestamp"], unit="min")
    frame.to_parquet(folder / "a.parquet")
    assert seen(folder / "a.parquet") == expected
    assert seen(ibis.memtable(frame)) == expected
    odd = frame.set_axis(["who", "when", "index", "order"], axis=1)
    assert seen(ibis.memtable(odd), columns=Columns(customer="who", time="when", touchpoint="index")) == expected


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_numbers_of_a_parquet_file_are_unix_times(unit, tmp_path):
    at = pd.to_datetime(["2026-01-01 10:00:00", "2026-01-01 10:01:30"]).as_unit(unit).astype("int64")
    pd.DataFrame({"customer_id": [7, 7], "timestamp": at, "touchpoint": ["Search", "Shop"]}).to_parquet(
        tmp_path / "a.parquet"
    )
    log = read_log(load(tmp_path / "a.parquet"))
    assert log.start == datetime(2026, 1, 1, 10)
    assert log.events.gap_s.max().execute() == 90


def test_numbers_of_a_parquet_file_that_are_nan_leave_the_contact(tmp_path):
    import duckdb

    duckdb.sql(
        "COPY (SELECT 'a' AS customer_id, TIMESTAMP '2026-01-01' + to_days(n::INT) AS timestamp, 'Shop' AS touchpoint, "
        "CASE n WHEN 1 THEN 'nan'::DOUBLE WHEN 2 THEN 'inf'::DOUBLE ELSE 1 END AS emotion FROM range(40) r(n)) "
        f"TO '{tmp_path / 'a.parquet'}' (FORMAT parquet)"
    )
    data = load(tmp_path / "a.parquet")
    assert data.counts["quarantined"].sum() == 0
    emotion = data.touchpoints.order_by("timestamp").emotion.execute()
    assert np.isnan(emotion[1])
    assert np.isnan(emotion[2])
    assert emotion.mean() == 1


FRAME = pd.DataFrame({"customer_id": ["a", "a"], "timestamp": pd.to_datetime(["2026-01-01", "2026-01-02"]),
                      "touchpoint": ["Search", "Shop"]})  # fmt: skip


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (
            {"emotion": [4, 1]},
            "1 of 2 contacts have emotion outside -2 to 2(.|\n)*emotion_scale(.|\n)*Columns\\(emotion=''\\)",
        ),
        ({"effort": [0, 1]}, "1 of 2 contacts have effort outside 1 to 7"),
        ({"emotion": ["happy", "sad"]}, "the column 'emotion' holds string, not numbers"),
        ({"timestamp": ["2026-01-01", "soon"]}, "the column 'timestamp' holds string, not times(.|\n)*cx.load"),
        (
            {"timestamp": ["0", "5"], "lifecycle": ["start", "complete"]},
            "the column 'timestamp' holds string, not times",
        ),
        ({"timestamp": [1, 2]}, "the column 'timestamp' holds int64, not times"),
    ],
)
def test_a_table_that_came_by_no_door_is_checked_too(more, says):
    with pytest.raises(DataError, match=says):
        read_log(ibis.memtable(FRAME.assign(**more)))


def test_a_table_without_rows_or_columns_says_so():
    with pytest.raises(DataError, match="there is no contact in the log"):
        read_log(ibis.memtable(FRAME).filter(ibis._.customer_id == "z"))
    with pytest.raises(DataError, match=r"no column 'touchpoint'(.|\n)*Columns\(customer=…"):
        read_log(ibis.memtable(FRAME.drop(columns="touchpoint")))


def test_a_table_that_lacks_values_loses_the_rows_that_need_them_and_says_how_many():
    frame = pd.concat([FRAME, FRAME.assign(customer_id=None), FRAME.assign(touchpoint=None)])
    log = read_log(ibis.memtable(frame.assign(emotion=[1.0, np.nan] * 3)))
    assert log.n_contacts == 2
    assert log.notes[:2] == (
        "2 contacts without customer_id are left out",
        "2 contacts without touchpoint are left out",
    )
    assert log.events.emotion.mean().execute() == 1


def test_customers_carry_any_attributes_and_become_personas(tmp_path):
    (tmp_path / "customers.csv").write_text(
        "customer_id,first_seen,Persona,age,post code,vip\n"
        "a,2026-01-01,loyal,31,01234,true\nb,2026-01-01,new,,50667,false\n"
    )
    write(tmp_path / "log.csv", [("a", 0, "Shop", "web"), ("b", 0, "Shop", "web"), ("c", 0, "Shop", "web")])
    (tmp_path / "client.yaml").write_text("sources: {customers: customers.csv, log: log.csv}")
    data = load(tmp_path)
    assert data.customers.columns == ("customer_id", "first_seen", "persona", "age", "post_code", "vip")
    log = read_log(data, persona="persona")
    found = log.events.order_by("customer_id").persona.execute()
    assert [log.personas[code] for code in found] == ["loyal", "new", "unknown"]


@pytest.mark.parametrize(
    ("headers", "table"),
    [
        (["user_id", "event", "timestamp"], "touchpoints"),
        (["case:concept:name", "concept:name", "time:timestamp", "lifecycle:transition"], "touchpoints"),
        (["Case ID", "Activity", "Complete Timestamp", "Start Timestamp", "Resource"], "touchpoints"),
        (["event_date", "event_timestamp", "event_name", "user_pseudo_id", "platform"], "touchpoints"),
        (["anonymousId", "event", "timestamp", "context"], "touchpoints"),
        (["customer_id", "timestamp", "touchpoint", "amount"], "touchpoints"),
        (["customer_id", "order_date", "event", "amount"], "transactions"),
        (["customer_id", "order_date", "amount", "channel", "order_id"], "transactions"),
        (["customer_id", "start", "end", "plan", "action"], "subscriptions"),
        (["customer_id", "created_at", "channel"], "customers"),
        (["month", "channel", "cost"], "spend"),
        (["customer_id", "frequency", "recency", "T", "activity"], "summaries"),
    ],
)
def test_the_table_a_file_is(headers, table):
    assert guess_table(headers).name == table


def test_the_command_line_shows_and_starts_a_log(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "web.csv").write_text(
        "user_id,event,time,mood\na,Shop,2026-01-01,1\na,shop,2026-01-01,x\n,Shop,2026-01-01,0\n"
    )
    assert main(["data", "init", "client", "--from", "web.csv"]) == 0
    text = (tmp_path / "client" / "client.yaml").read_text()
    assert "table: touchpoints    # one contact a row" in text
    assert "touchpoint: event" in text
    assert "emotion_scale" in text
    capsys.readouterr()
    assert main(["data", "check", "client/client.yaml"]) == 0
    shown = capsys.readouterr().out
    assert "touchpoints: 3 rows read, 2 kept, 1 quarantined" in shown
    assert "touchpoint   from 'event' (declared), text" in shown
    assert "sequence" not in shown.split("note:")[0]
    assert "2 rows (100 %) share customer_id and timestamp" in shown
    assert "'Shop' and 'shop'" in shown
    (tmp_path / "web.csv").write_text("user_id,event,time,mood\na,Shop,2026-01-01,5\n")
    assert main(["data", "check", "web.csv"]) == 2
    assert "--option emotion_scale=1..5" in capsys.readouterr().err


def test_a_column_that_cannot_be_told_stays_open(tmp_path, capsys):
    (tmp_path / "touchpoints.csv").write_text("user_id,event,activity,time\na,Shop,x,2026-01-01\n")
    assert main(["data", "init", str(tmp_path), "--from", str(tmp_path / "touchpoints.csv")]) == 0
    assert "to fill in: touchpoints: touchpoint (one of event, activity)" in capsys.readouterr().out


def test_the_day_of_today_is_no_future(tmp_path):
    (tmp_path / "a.csv").write_text(f"customer_id,timestamp,touchpoint\na,{date.today()},Shop\n")
    assert load(tmp_path / "a.csv").counts["kept"].sum() == 1
