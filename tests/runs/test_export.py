"""The last cell of a study: the same words with and without a run folder, and files only with one."""

from __future__ import annotations

import json
from types import SimpleNamespace

import ibis
import pandas as pd
import pytest

import cxlab as cx
from cxlab.errors import ParameterError
from cxlab.finding import Check, Finding
from cxlab.journey.study import JourneyStudy
from cxlab.runs.export import FOLDER, period

SETTINGS = SimpleNamespace(model_dump=lambda: {"seed": 3}, seed=3)


def finding(name: str, **parts) -> Finding:
    return Finding(name, f"Title of {name}", f"{name} is 1.5 of 2. More.", pd.DataFrame({"x": [1.5]}), **parts)


def test_without_a_run_folder_nothing_is_written_and_the_words_are_the_same(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(FOLDER, raising=False)
    a, b = finding("a"), finding("b", checks=[Check("n", False, 3, "≥ 30")])
    words = repr(cx.runs.export({"All": [a, b]}, answer=[a], settings=SETTINGS))
    assert words == "2 findings exported; checks fail in: b" and not list(tmp_path.iterdir())
    monkeypatch.setenv(FOLDER, str(tmp_path / "run"))
    assert repr(cx.runs.export({"All": [a, b]}, answer=[a], settings=SETTINGS)) == words
    assert (tmp_path / "run" / "report.html").exists()


def test_a_second_call_replaces_what_the_first_wrote(tmp_path, monkeypatch):
    monkeypatch.setenv(FOLDER, str(tmp_path))
    (tmp_path / "run.json").write_text('{"study": "small"}')
    cx.runs.export({"All": [finding("a"), finding("b")]}, answer=[finding("c")], settings=SETTINGS)
    doubted = finding("d", checks=[Check("n", False, 3, "≥ 30")])
    cx.runs.export({}, answer=[doubted], settings=SETTINGS)
    assert [p.name for p in (tmp_path / "tables").iterdir()] == ["d.csv"]
    assert [f["name"] for f in json.loads((tmp_path / "findings.json").read_text())] == ["d"]
    run = json.loads((tmp_path / "run.json").read_text())
    assert run["study"] == "small" and run["seed"] == 3 and run["data"] is None
    assert run["answer"] == ["d is 1.5 of 2. Do not lean on this: n failed."]


@pytest.mark.parametrize(
    ("sections", "answer", "says"),
    [
        ({}, [], "the answer has 0 findings"),
        ({}, [finding(n) for n in "abcd"], "the answer has 4 findings"),
        ({"All": [finding("a")]}, [finding("a")], "two findings are called 'a'"),
        ({"All": ["a"]}, [finding("a")], "a str cannot be exported"),
    ],
)
def test_what_cannot_be_a_report_is_refused_even_without_a_folder(sections, answer, says):
    with pytest.raises(ParameterError, match=says):
        cx.runs.export(sections, answer=answer, settings=SETTINGS)


def test_the_period_is_that_of_the_data():
    assert period(cx.load("cdnow")) == "1 Jan 1997 – 30 Jun 1998"
    assert period(None) == ""


def test_the_period_is_that_of_the_table_a_study_is_about():
    day = pd.to_datetime
    tables = {
        "transactions": ibis.memtable({"timestamp": day(["2024-01-05", "2024-03-31"])}),
        "touchpoints": ibis.memtable({"timestamp": day(["2023-11-02", "2024-02-29"])}),
        "surveys": ibis.memtable({"score": [1]}),
    }
    data = SimpleNamespace(tables=tables)
    assert period(data) == "5 Jan 2024 – 31 Mar 2024"
    assert period(data, of=("touchpoints",)) == "2 Nov 2023 – 29 Feb 2024"
    assert period(data, of=("surveys",)) == ""  # answers without days are not from when something was bought
    assert period(data, of=("trials",)) == "5 Jan 2024 – 31 Mar 2024"
    assert period(data, of=("feedback", "touchpoints"), end="2024-02-01") == "2 Nov 2023 – 1 Feb 2024"
    assert JourneyStudy().tables == ("touchpoints",)
