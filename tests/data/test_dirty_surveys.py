# ruff: noqa: E501  one case a line reads better than one wrapped
"""Exports of surveys are dirty: each case is one file, the scores read from it, and what is said about the rest."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd
import pytest

import cxlab as cx
from cxlab.errors import DataError


@dataclass(frozen=True)
class Case:
    """A file, how it is loaded, and what must come of it.

    Parameters
    ----------
    name : what is dirty
    content : the file
    scores : {question: scores in the order of the responses, None where there is none}
    scales : {question: (lowest, highest)}
    texts : answers kept as text
    counts : (rows read, kept, quarantined), where it is not all of them
    aside : {source row: reason} of the rows quarantined
    flags : {response: flag}
    notes : texts that must stand in the notes
    feedback : texts of the table `feedback`
    columns : {column: values of the first answer of each response}
    error : texts that must stand in the DataError
    """

    name: str
    content: str
    scores: dict = field(default_factory=dict)
    scales: dict = field(default_factory=dict)
    texts: tuple[str, ...] = ()
    counts: tuple[int, int, int] | None = None
    aside: dict[int, str] = field(default_factory=dict)
    flags: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    feedback: tuple[str, ...] = ()
    columns: dict = field(default_factory=dict)
    error: tuple[str, ...] = ()
    survey: dict | None = None
    options: dict = field(default_factory=dict)
    declared: dict = field(default_factory=dict)


def rows(*lines: str, header: str = "Response ID,Q1") -> str:
    return "\n".join([header, *lines]) + "\n"


def each(*answers: str, header: str = "Response ID,Q1") -> str:
    """One response an answer."""
    return rows(*(f"r{n},{a}" for n, a in enumerate(answers, start=1)), header=header)


BATTERY = "Response ID,Q1_1,Q1_2,Q1_3,Q1_4,Q1_5"
QUALTRICS = (
    "StartDate,Status,Duration (in seconds),RecordedDate,ResponseId,Q1,Q2\n"
    'Start Date,Response Type,Duration (in seconds),Recorded Date,Response ID,"How likely are you to recommend us?",Why?\n'
    + ",".join(f'"{{""ImportId"":""QID{n}""}}"' for n in range(7)) + "\n"
    "2024-01-05 10:00:00,IP Address,120,2024-01-05 10:02:00,R_1,9,The staff were kind to me\n"
    "2024-01-05 11:00:00,Survey Preview,5,2024-01-05 11:00:05,R_2,10,This is only a test\n"
    "2024-01-05 12:00:00,IP Address,90,2024-01-05 12:01:30,R_3,0,I had to wait for an hour\n"
)  # fmt: skip
QUALTRICS_DE = (
    "StartDate,EndDate,Status,Duration (in seconds),Finished,RecordedDate,ResponseId,RecipientEmail,Q1\n"
    'Startdatum,Enddatum,Antworttyp,Dauer (in Sekunden),Beendet,Zeitstempel,Antwort-ID,E-Mail,Wie zufrieden sind Sie?\n'
    + ",".join(f'"{{""ImportId"":""x{n}""}}"' for n in range(9)) + "\n"
    "2024-01-05 10:00:00,2024-01-05 10:02:00,IP Address,120,True,2024-01-05 10:02:00,R_1,,4\n"
    "2024-01-05 12:00:00,2024-01-05 12:01:30,IP Address,90,False,2024-01-05 12:01:30,R_2,,2\n"
)  # fmt: skip
MONKEY = (
    "Respondent ID,Collector ID,Start Date,End Date,Email Address,How satisfied are you with the following?,,Which do you use?,,Anything else?\n"
    ",,,,,Speed,Price,App,Shop,Open-Ended Response\n"
    "1001,5,01/13/2024 10:00:00,01/13/2024 10:02:00,,Very satisfied,Satisfied,App,,The staff was great\n"
    "1002,5,01/13/2024 11:00:00,01/13/2024 11:02:00,,Dissatisfied,Neither satisfied nor dissatisfied,App,Shop,\n"
)
GOOGLE = (
    'Timestamp,Email Address,"How likely are you to recommend us? (0-10)",How satisfied are you [Speed],"What should\nwe change?",How often do you visit?\n'
    '1/13/2024 10:00:00,a@example.org,9,Very satisfied,"More seats, please",Weekly\n'
    "1/14/2024 10:00:00,b@example.org,7,Neutral,Nothing at all to change,Daily\n"
)

CASES = [
    # answers with words
    Case("numbers with words", each("9 – Very likely", "10 - Extremely likely", "0 = Not at all likely", "7"),
         {"Q1": [9, 10, 0, 7]}, {"Q1": (0, 10)}, texts=("9 – Very likely", "10 - Extremely likely", "0 = Not at all likely")),
    Case("words before numbers", each("Very good (5)", "Poor (2)", "3"), {"Q1": [5, 2, 3]}, {"Q1": (1, 5)}),
    Case("n out of m", each("4/5", "5 out of 5", "3/5"), {"Q1": [4, 5, 3]}, {"Q1": (1, 5)}),
    Case("stars", each("★★★★☆", "★★★★★", "★☆☆☆☆", "3 stars"), {"Q1": [4, 5, 1, 3]}, {"Q1": (1, 5)}),
    Case("stars without empty ones", each("⭐⭐⭐", "⭐⭐⭐⭐⭐"), {"Q1": [3, 5]}, {"Q1": (1, 5)}),
    Case("satisfaction in English", each("Very satisfied", "Satisfied", "Neither satisfied nor dissatisfied", "Dissatisfied", "Very dissatisfied"),
         {"Q1": [5, 4, 3, 2, 1]}, {"Q1": (1, 5)}, notes=("the scale 1 to 5 is taken for 'Q1': the order of the words says so",)),
    Case("agreement in seven steps", each("Strongly agree", "Agree", "Somewhat agree", "Neither agree nor disagree", "Somewhat disagree", "Disagree", "Strongly disagree"),
         {"Q1": [7, 6, 5, 4, 3, 2, 1]}, {"Q1": (1, 7)}),
    Case("five steps without the bare word", each("Extremely satisfied", "Somewhat satisfied", "Neither satisfied nor dissatisfied", "Somewhat dissatisfied", "Extremely dissatisfied"),
         {"Q1": [5, 4, 3, 2, 1]}, {"Q1": (1, 5)}),
    Case("steps that only go up", each("Not at all likely", "Slightly likely", "Moderately likely", "Very likely", "Extremely likely"),
         {"Q1": [1, 2, 3, 4, 5]}, {"Q1": (1, 5)}),
    Case("German", each("Sehr zufrieden", "zufrieden", "teils/teils", "unzufrieden", "sehr unzufrieden", "keine Angabe", "weiß nicht"),
         {"Q1": [5, 4, 3, 2, 1, None, None]}, {"Q1": (1, 5)}, texts=("Sehr zufrieden", "zufrieden", "teils/teils", "unzufrieden", "sehr unzufrieden", "keine Angabe", "weiß nicht")),
    Case("German agreement", each("stimme voll und ganz zu", "stimme eher zu", "teils/teils", "stimme eher nicht zu", "stimme überhaupt nicht zu"),
         {"Q1": [5, 4, 3, 2, 1]}, {"Q1": (1, 5)}),
    Case("French", each("Très satisfait(e)", "Satisfait(e)", "Neutre", "Insatisfait(e)", "Très insatisfait(e)", "Ne sait pas", "Sans opinion"),
         {"Q1": [5, 4, 3, 2, 1, None, None]}, {"Q1": (1, 5)}),
    Case("Spanish", each("Totalmente de acuerdo", "De acuerdo", "Ni de acuerdo ni en desacuerdo", "En desacuerdo", "Totalmente en desacuerdo", "NS/NC"),
         {"Q1": [5, 4, 3, 2, 1, None]}, {"Q1": (1, 5)}),
    Case("poor to excellent", each("Poor", "Fair", "Good", "Very good", "Excellent"), {"Q1": [1, 2, 3, 4, 5]}, {"Q1": (1, 5)}),
    Case("never to always", each("Never", "Rarely", "Sometimes", "Often", "Always"), {"Q1": [1, 2, 3, 4, 5]}, {"Q1": (1, 5)}),
    Case("steps that only another question shows", "Response ID,Q1,Q2\nr1,Satisfied,Very satisfied\nr2,Dissatisfied,Neutral\n",
         {"Q1": [4, 2], "Q2": [5, 3]}, {"Q1": (1, 5), "Q2": (1, 5)}),
    Case("declared order wins", each("Good", "Meh", "Wow"), {"Q1": [2, 1, 3]}, {"Q1": (1, 3)}, survey={"questions": {"Q1": {"answers": ["Meh", "Good", "Wow"]}}}),
    Case("declared order over a scale", each("so-so", "fine", "awful"), {"Q1": [5, 10, 0]}, {"Q1": (0, 10)},
         survey={"questions": {"Q1": {"answers": ["awful", "so-so", "fine"], "scale": "0..10"}}}),
    Case("words whose order nobody knows", each("Red", "Green", "Blue"), survey={"questions": {"Q1": "colour"}},
         error=("the answers to 'Q1' are on no scale that is known ('Blue', 'Green', 'Red')", "answers: [worst, …, best]")),
    # no answers
    Case("no answers of every kind", each("9", "N/A", "Prefer not to say", "Don't know", "", "0", "-"), {"Q1": [9, None, None, None, None, 0, None]}, {"Q1": (0, 10)},
         texts=("N/A", "Prefer not to say", "Don't know", "-")),
    Case("an odd answer among numbers", each("9", "8", "10", "7", "ask my wife"), {"Q1": [9, 8, 10, 7, None]}, {"Q1": (1, 10)}, texts=("ask my wife",),
         notes=("1 answers to 'Q1' are on no scale and have no score, their text is kept ('ask my wife')",)),
    Case("codes for no answer", each("4", "5", "1", "99", "-99"), {"Q1": [4, 5, 1, None, None]}, {"Q1": (1, 5)}, texts=("99", "-99"), notes=("2 answers to 'Q1' are outside 1 to 5",)),
    Case("outside the declared scale", each("9", "11", "-1", "3"), {"Q1": [9, None, None, 3]}, {"Q1": (0, 10)}, texts=("11", "-1"), survey={"questions": {"Q1": {"scale": "0..10"}}},
         notes=("2 answers to 'Q1' are outside 0 to 10 and have no score, their text is kept ('-1', '11')",)),
    Case("a response that answers nothing", "Response ID,Q1,Q2\nr1,4,5\nr2,,\nr3,5,1\n", {"Q1": [4, None, 5], "Q2": [5, None, 1]}),
    # scales
    Case("several scales in one file", "Response ID,nps,csat,ces,mood\nr1,3,4,6,70\nr2,10,5,7,15\nr3,0,1,2,100\n",
         {"nps": [3, 10, 0], "csat": [4, 5, 1], "ces": [6, 7, 2], "mood": [70, 15, 100]}, {"nps": (0, 10), "csat": (1, 5), "ces": (1, 7), "mood": (0, 100)}),
    Case("the question names the scale", each("2", "4", "3", header="Response ID,How satisfied are you? (1-7)"), {"How satisfied are you? (1-7)": [2, 4, 3]}, {"How satisfied are you? (1-7)": (1, 7)}),
    Case("a battery shows its scale together", f"{BATTERY}\nr1,1,2,3,2,7\nr2,2,1,2,3,1\n", {"Q1_1": [1, 2]}, {"Q1_1": (1, 7), "Q1_5": (1, 7)}, notes=("the scale 1 to 7 is taken for 'Q1_1', 'Q1_2', 'Q1_3', 'Q1_4' and 1 more: no answer is outside it",)),
    Case("decimal comma", "Response ID;Q1\nr1;4,5\nr2;3\n", {"Q1": [4.5, 3]}, {"Q1": (1, 5)}, survey={"scale": "1..5"}),
    Case("one scale declared for all", "Response ID,Q1,Q2\nr1,3,4\nr2,4,2\n", {"Q1": [3, 4]}, {"Q1": (1, 7), "Q2": (1, 7)}, survey={"scale": "1..7"}),
    Case("a reversed question", "Response ID,Q1,Q2\nr1,5,1\nr2,4,2\n", {"Q1": [5, 4], "Q2": [5, 4]}, survey={"scale": "1..5", "questions": {"Q2": {"reversed": True}}},
         notes=("'Q2': scores are turned, as declared",)),
    # headers
    Case("two more header rows, previews", QUALTRICS, {"How likely are you to recommend us?": [9, 0]}, {"How likely are you to recommend us?": (0, 10)}, counts=(3, 2, 1),
         aside={5: "is a preview or test by the makers of the survey"}, notes=("2 rows under the header say what is asked and were read as headers",),
         feedback=("The staff were kind to me", "I had to wait for an hour"), columns={"duration_s": [120, 90], "response_id": ["R_1", "R_3"]}),
    Case("options in a second header row", MONKEY, {"How satisfied are you with the following? – Speed": [5, 2], "How satisfied are you with the following? – Price": [4, 3]}, feedback=("The staff was great",),
         columns={"which_do_you_use_app": ["App", "App"], "which_do_you_use_shop": [None, "Shop"]}, notes=("1 row under the header say",)),
    Case("a question over two lines", GOOGLE, {"How likely are you to recommend us? (0-10)": [9, 7], "How satisfied are you [Speed]": [5, 3]},
         feedback=("More seats, please", "Nothing at all to change"), columns={"how_often_do_you_visit": ["Weekly", "Daily"], "customer_id": ["a@example.org", "b@example.org"]}),
    Case("texts of the questions under short names", "Response ID,Q1,Q2,Q3\nnumber,Speed of service,Taste,City\nr1,4,5,Bonn\nr2,1,2,Ulm\n", {"Speed of service": [4, 1], "Taste": [5, 2]}, columns={"q3": ["Bonn", "Ulm"]}),
    Case("a second header row in another language", QUALTRICS_DE, {"Wie zufrieden sind Sie?": [4, 2]}, counts=(2, 2, 0), notes=("2 rows under the header say what is asked",),
         columns={"response_id": ["R_1", "R_2"], "duration_s": [120, 90]}, flags={"R_2": "unfinished"}),
    Case("a customer, a date and a touchpoint beside the questions", "Kundennummer;Datum;Kontaktpunkt;Gesamtzufriedenheit;Weiterempfehlung\n1;12.03.2025;Laden;4;9\n2;13.03.2025;Web;5;10\n3;14.03.2025;Web;1;3\n",
         {"Gesamtzufriedenheit": [4, 5, 1], "Weiterempfehlung": [9, 10, 3]}, columns={"touchpoint": ["Laden", "Web", "Web"], "customer_id": ["1", "2", "3"]},
         notes=("is read as surveys (a log of contacts: --table touchpoints)",)),
    Case("times of Google Forms", "Timestamp,nps\n2025/02/01 02:00:00 PM GMT+1,9\n2025/02/01 12:30:00 AM GMT+05:30,8\n2025/02/01 2:00:00 PM MEZ,0\n2025/02/01 2:00:00 PM GMT-10,7\n2025/02/01 2:00:00 PM GMT,6\n", {"nps": [9, 8, 0, 7, 6]},
         columns={"timestamp": [pd.Timestamp(t) for t in ("2025-02-01 13:00", "2025-01-31 19:00", "2025-02-01 13:00", "2025-02-02 00:00", "2025-02-01 14:00")]}),
    Case("who wrote does not stand in notes", "Timestamp,nps,csat\njane.doe@example.org,9,5\n2024-01-05,8,call 0171/2345678\n2024-01-06,7,4\n2024-01-07,4111 1111 1111 1111,3\n2024-01-08,3,4\n2024-01-09,0,1\n",
         {"nps": [9, 8, 7, None, 3, 0]}, notes=("'***@***' is not a date", "'call ####/#######'", "'#### #### #### ####'")),
    # columns that are no questions
    Case("age, visits and postcode", "Response ID,nps,Age,Number of visits,zip\nr1,9,34,2,53111\nr2,8,51,4,89073\nr3,0,29,1,10115\n", {"nps": [9, 8, 0]}, columns={"age": [34, 51, 29], "zip": [53111, 89073, 10115]}),
    Case("several choices in a cell", "Response ID,nps,Drinks\nr1,9,\"Tea, Coffee\"\nr2,0,Tea\n", {"nps": [9, 0]}, columns={"drinks": ["Tea, Coffee", "Tea"]}),
    Case("choices coded 0 and 1", "Response ID,nps,Uses app\nr1,9,1\nr2,0,0\nr3,4,1\n", {"nps": [9, 0, 4]}, columns={"uses_app": [1, 0, 1]}),
    Case("who answered is left out", "Response ID,First Name,IP Address,nps\nr1,Ann,1.2.3.4,9\nr2,Bob,1.2.3.5,0\n", {"nps": [9, 0]}, notes=("'First Name', 'IP Address': left out, as no measure needs to know who answered",)),
    Case("no number of the response", "How satisfied are you?\n5\n3\n", {"How satisfied are you?": [5, 3]}, columns={"response_id": ["row 2", "row 3"]}),
    Case("importance beside", "Response ID,Speed,Importance: Speed,Price\nr1,4,5,2\nr2,2,3,1\n", {"Speed": [4, 2], "Price": [2, 1]}, columns={"importance": [5, 3]}),
    Case("importance declared", "Response ID,Q1,Q2\nr1,4,5\nr2,2,3\n", {"Q1": [4, 2]}, columns={"importance": [5, 3]}, survey={"questions": {"Q1": {"importance": "Q2"}}}),
    Case("brand and question in one name", "Response ID,Ours – Taste,Rival – Taste\nr1,4,5\nr2,2,3\n", {("Taste", "Ours"): [4, 2], ("Taste", "Rival"): [5, 3]}, survey={"brands": ["Ours", "Rival"]}),
    Case("touchpoint and question in one name", "Response ID,csat [Web shop],csat [Store]\nr1,4,5\nr2,2,3\n", {("csat", "Web shop"): [4, 2], ("csat", "Store"): [5, 3]}, survey={"touchpoints": ["Store", "Web shop"]}),
    Case("words that are not read as feedback", "Response ID,nps,Any comments?,City\nr1,9,fine,Bonn\nr2,2,fine,Ulm\n", {"nps": [9, 2]}, columns={"any_comments": ["fine", "fine"]},
         notes=("""'Any comments?': kept under its own name and not read as feedback (--option 'survey={texts: ["Any comments?"]}' makes it feedback)""",)),
    Case("declared texts", "Response ID,nps,Why\nr1,9,ok\nr2,2,slow\n", {"nps": [9, 2]}, survey={"texts": ["Why"]}, feedback=("ok", "slow")),
    Case("a column declared that is not there", each("9"), survey={"questions": {"Q7": "nps"}}, error=("unknown column of survey.csv 'Q7'", "one of: Response ID, Q1")),
    Case("a key nobody knows", each("9"), survey={"question": {"Q1": "nps"}}, error=("unknown key of survey 'question'", "did you mean 'questions'?")),
    Case("a scale that is none", each("9"), survey={"scale": "5"}, error=("survey: scale = '5' cannot be used", "like 1..5")),
    # rows
    Case("a line that cannot be split", each("9", "8") + "r3,4,5\n", {"Q1": [9, 8]}, counts=(3, 2, 1), aside={4: "the line has 3 fields, the header has 2"}),
    Case("straight lines", f"{BATTERY}\nr1,4,4,4,4,4\nr2,4,4,4,4,5\nr3,3,3,3,,3\n", flags={"r1": "straight-line"}, notes=("1 of 3 responses (33 %) are flagged and kept: 1 straight-line (column flag)",)),
    Case("a straight line through a reversed question", f"{BATTERY}\nr1,4,4,4,4,4\nr2,4,4,4,4,2\n", flags={"r1": "straight-line"}, survey={"scale": "1..5", "questions": {"Q1_5": {"reversed": True}}}),
    Case("speeders", "Response ID,nps,seconds\n" + "".join(f"r{n},{n},60\n" for n in range(1, 7)) + "r7,9,19\nr8,9,20\n", flags={"r7": "fast"}),
    Case("less than two seconds a question", f"{BATTERY},seconds\nr1,1,2,3,4,5,9.5\nr2,1,2,3,4,4,10\n", flags={"r1": "fast"}),
    Case("a response exported twice", each("9", "8") + "r1,9\n", {"Q1": [9, 8, 9]}, flags={"r1": "repeated"}, counts=(3, 3, 0)),
    Case("a customer twice in a wave", "Response ID,customer_id,wave,nps\nr1,c1,spring,9\nr2,c1,spring,3\nr3,c1,autumn,8\nr4,c2,spring,0\n", flags={"r2": "repeated"}),
    Case("a customer twice on a day", "Response ID,customer_id,date,nps\nr1,c1,2024-01-13,9\nr2,c1,2024-01-13,3\nr3,c1,2024-01-14,8\nr4,,2024-01-13,0\nr5,,2024-01-13,1\n", flags={"r2": "repeated"}),
    Case("the same answers and words within minutes", "Response ID,date,nps,Comment\nr1,2024-01-13 10:00:00,9,It was all very good\nr2,2024-01-13 10:09:00,9,It was all very good\nr3,2024-01-13 10:30:00,9,It was all very good\nr4,2024-01-13 10:31:00,9,\nr5,2024-01-13 10:32:00,9,\nr6,2024-01-13 10:33:00,0,Not nice at all there\n",
         flags={"r2": "repeated"}, survey={"texts": ["Comment"]}),
    Case("answered in part", "Response ID,Finished,Progress,nps\nr1,True,100,9\nr2,False,40,3\nr3,True,100,8\n", {"nps": [9, 3, 8]}, flags={"r2": "unfinished"},
         notes=("1 of 3 responses (33 %) are flagged and kept: 1 unfinished (column flag)",)),
    Case("answered in part, progress alone", "Response ID,Progress,nps\nr1,100,9\nr2,99,3\n", {"nps": [9, 3]}, flags={"r2": "unfinished"}),
    # long files
    Case("a row an answer, scale given", "Respondent,Question,Score,Scale min,Scale max\nr1,nps,9,0,10\nr1,csat,4,1,5\nr2,nps,11,0,10\n", {"nps": [9, None], "csat": [4]}, {"nps": (0, 10), "csat": (1, 5)}, texts=("11",)),
    Case("a row an answer, scale seen", "Respondent,Question,Answer\nr1,nps,9 – likely\nr1,How was it?,Very satisfied\nr2,nps,N/A\nr2,How was it?,Neutral\n", {"nps": [9, None], "How was it?": [5, 3]}, {"nps": (0, 10), "How was it?": (1, 5)}, texts=("9 – likely", "Very satisfied", "N/A", "Neutral")),
    Case("a row an answer, no question", "Respondent,Question,Score\nr1,nps,9\nr2,,3\n", {"nps": [9]}, counts=(2, 1, 1), aside={3: "question is missing"}),
    Case("a row an answer, answered twice", "Respondent,Question,Score\nr1,nps,9\nr2,nps,3\nr2,nps,4\n", {"nps": [9, 3, 4]}, flags={"r2": "repeated"}),
    Case("a row an answer, order declared", "Respondent,Question,Answer\nr1,mood,meh\nr2,mood,wow\n", {"mood": [1, 2]}, {"mood": (1, 2)}, survey={"questions": {"mood": {"answers": ["meh", "wow"]}}}),
]  # fmt: skip


def loaded(case: Case, folder):
    file = folder / "survey.csv"
    file.write_text(case.content, encoding="utf-8")
    options = case.options | ({"survey": case.survey} if case.survey is not None else {})
    return cx.load(file, columns=case.declared, table=None, options=options)


def none(values) -> list:
    return [None if pd.isna(v) else v for v in values]


@pytest.mark.parametrize("case", CASES, ids=[c.name for c in CASES])
def test_dirty_surveys(case, tmp_path):
    if case.error:
        with pytest.raises(DataError) as refused:
            loaded(case, tmp_path).surveys  # noqa: B018
        assert [text for text in case.error if text not in str(refused.value)] == []
        return
    data = loaded(case, tmp_path)
    answers = data.surveys.to_pandas()
    counted = data.counts.set_index("table").loc["surveys"]
    lines = case.content.count("\n") - 1
    assert tuple(counted) == (case.counts or (counted["read"], counted["read"], 0))
    assert counted["read"] <= lines
    said = data.quarantine.to_pandas()
    assert dict(zip(said["source_row"], said["reason"], strict=True)) == case.aside
    for question, expected in case.scores.items():
        name, about = question if isinstance(question, tuple) else (question, None)
        found = answers[answers["question"] == name]
        if about:
            found = found[found["brand" if "brand" in found else "touchpoint"] == about]
        assert none(found["score"]) == expected, question
    if case.scores:
        asked = {q[0] if isinstance(q, tuple) else q for q in case.scores}
        assert asked <= set(answers["question"])
    scales = answers.groupby("question")[["scale_min", "scale_max"]].first()
    for question, expected in case.scales.items():
        assert tuple(scales.loc[question]) == expected, question
    assert set(case.texts) <= set(answers["answer"].dropna())
    flagged = answers[answers["flag"].notna()].groupby("response_id")["flag"].first().to_dict()
    assert flagged == case.flags
    for text in case.notes:
        assert any(text in note for note in data.notes), data.notes
    if case.feedback:
        assert tuple(data.feedback.to_pandas()["text"]) == case.feedback
    for column, expected in case.columns.items():
        assert none(answers.groupby("response_id", sort=False)[column].first()) == expected


def test_every_answer_is_a_row_and_every_response_is_counted(tmp_path):
    case = next(c for c in CASES if c.name == "a response that answers nothing")
    data = loaded(case, tmp_path)
    assert data.counts.to_dict("records") == [{"table": "surveys", "read": 3, "kept": 3, "quarantined": 0}]
    assert data.surveys.count().execute() == 6


@pytest.mark.parametrize(
    "content",
    [
        "customer_id,timestamp,touchpoint,emotion,effort\nc1,2024-01-05,Shop,1,3\nc1,2024-01-06,Web,-1,6\n",
        "customer_id,timestamp,touchpoint,stage,csat\nc1,2024-01-05,Shop,purchase,4\nc1,2024-01-06,Web,use,5\n",
        "user_id,event,timestamp,nps\nc1,click,2024-01-05,4\nc1,buy,2024-01-06,9\n",
    ],
    ids=["emotion and effort", "a stage", "events"],
)
def test_a_log_of_contacts_with_scores_stays_one(content, tmp_path):
    (tmp_path / "log.csv").write_text(content, encoding="utf-8")
    assert list(cx.load(tmp_path / "log.csv").tables) == ["touchpoints"]


def test_first_values_of_reasons_are_masked_and_the_quarantine_keeps_them(tmp_path):
    file = tmp_path / "orders.csv"
    file.write_text("customer_id,timestamp,amount\n1,2024-01-05,5\n2,jane.doe@example.org,6\n", encoding="utf-8")
    data = cx.load(file, table="transactions")
    assert list(data.reasons["first_value"]) == ["***@***"]
    assert list(data.quarantine.to_pandas()["value"]) == ["jane.doe@example.org"]


def test_names_that_are_numbers_of_phones_are_masked_where_their_spellings_are_noted(tmp_path):
    file = tmp_path / "log.csv"
    file.write_text(
        "customer_id,timestamp,touchpoint\n1,2024-01-05,Call 0171/2345678\n2,2024-01-06,call 0171/2345678\n"
    )
    [note] = [n for n in cx.load(file, table="touchpoints").notes if "differ in case" in n]
    assert "'Call ####/#######'" in note
    assert "2345678" not in note
