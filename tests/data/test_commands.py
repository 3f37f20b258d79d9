"""The command line of the door: what a person sees, and the exit codes a script relies on."""

from __future__ import annotations

import subprocess
import sys

import pytest

import cxlab as cx
from cxlab.cli import main

CSV = "CustNo;Bestelldatum;Betrag;Ort\n007;31.01.2024;1.234,50;Bonn\n8;01.02.2024;-5,00;Köln\n9;;12,00;Ulm\n"


@pytest.fixture
def shop(tmp_path):
    file = tmp_path / "shop.csv"
    file.write_text(CSV, encoding="utf-8")
    return file


def test_check_shows_the_guess_the_counts_and_the_offenders(shop, capsys):
    assert main(["data", "check", str(shop)]) == 0
    shown = capsys.readouterr().out
    assert "transactions: 3 rows read, 1 kept, 2 quarantined" in shown
    assert "customer_id  from 'CustNo' (guessed), text" in shown
    assert "amount       from 'Betrag' (guessed), number, decimal comma" in shown
    assert "ort          kept under its own name, text" in shown
    assert "quarantined: 1 × amount is negative: a refund or cancellation, first on row 3: '-5,00'" in shown
    assert "quarantined: 1 × timestamp is missing, first on row 4" in shown


def test_check_takes_columns_a_table_and_options(shop, capsys):
    options = ["--column", "customer_id=Ort", "--table", "transactions", "--option", "refunds=keep"]
    assert main(["data", "check", str(shop), *options]) == 0
    shown = capsys.readouterr().out
    assert "customer_id  from 'Ort' (declared), text" in shown
    assert "3 rows read, 2 kept, 1 quarantined" in shown


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["shp.csv"], "there is no file"),
        (["shop.csv", "--column", "amount=Btrag"], "did you mean 'Betrag'?"),
        (["shop.csv", "--option", "dates=american"], "day_first or month_first"),
        (["shop.csv", "--option", "missing=007,8,9"], "none of the 3 rows"),
    ],
)
def test_what_cannot_be_used_is_one_message_and_exit_2(arguments, says, shop, monkeypatch, capsys):
    monkeypatch.chdir(shop.parent)
    assert main(["data", "check", *arguments]) == 2
    shown = capsys.readouterr()
    assert shown.err.startswith("DataError: ")
    assert says in shown.err
    assert "Traceback" not in shown.err


def test_init_writes_a_client_that_loads(shop, tmp_path, capsys):
    spend = tmp_path / "spend.csv"
    spend.write_text("Month,Channel,Cost\n2024-01,search,100\n")
    folder = tmp_path / "client: 1"
    assert main(["data", "init", str(folder), "--from", str(shop), str(spend)]) == 0
    assert "wrote" in capsys.readouterr().out
    text = (folder / "client.yaml").read_text(encoding="utf-8")
    assert "path: ../shop.csv" in text
    assert "customer_id: CustNo" in text
    assert str(tmp_path) not in text
    data = cx.load(folder / "client.yaml")
    assert (data.name, sorted(data.tables)) == ("client: 1", ["spend", "transactions"])
    assert data.counts["kept"].tolist() == [1, 1]


def test_init_leaves_open_what_it_cannot_guess(tmp_path, capsys):
    (tmp_path / "x.csv").write_text("CustNo,Day,Sales,Revenue\na,2024-01-31,5,6\n")
    assert main(["data", "init", str(tmp_path), "--from", str(tmp_path / "x.csv")]) == 0
    assert "to fill in: x: amount (one of Sales, Revenue)" in capsys.readouterr().out
    file = tmp_path / "client.yaml"
    assert main(["data", "check", str(file)]) == 2
    file.write_text(file.read_text().replace('amount: ""', "amount: Sales"))
    assert main(["data", "check", str(file)]) == 0


def test_init_overwrites_nothing_and_writes_nothing_by_half(shop, tmp_path, capsys):
    kept = tmp_path / "client.yaml"
    kept.write_text("mine")
    assert main(["data", "init", str(tmp_path), "--from", str(shop)]) == 2
    assert kept.read_text() == "mine"
    folder = tmp_path / "new"
    assert main(["data", "init", str(folder), "--from", str(shop), str(tmp_path / "missing.csv")]) == 2
    assert not folder.exists()
    assert "there is no file" in capsys.readouterr().err


def test_list_names_what_ships(capsys):
    assert main(["data", "list"]) == 0
    shown = capsys.readouterr().out
    assert all(name in shown for name in cx.datasets())


def test_the_command_itself(shop):
    done = subprocess.run(
        [sys.executable, "-m", "cxlab.cli", "data", "check", str(shop)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=_environment(),
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "3 rows read" in done.stdout
    failed = subprocess.run(
        [sys.executable, "-m", "cxlab.cli", "data", "check", "nothing.csv"],
        capture_output=True,
        text=True,
        env=_environment(),
    )
    assert failed.returncode == 2
    assert failed.stderr.startswith("DataError: there is no file")


def test_the_command_line_starts_without_the_heavy_libraries():
    heavy = "{'pymc', 'matplotlib', 'ibis', 'pandas', 'duckdb'}"
    code = f"import sys, cxlab.cli; cxlab.cli.parser(); sys.exit(', '.join({heavy} & set(sys.modules)) or 0)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=_environment())
    assert done.returncode == 0, done.stderr


def _environment():
    import os
    from pathlib import Path

    return {**os.environ, "PYTHONPATH": str(Path(cx.__file__).parents[1]), "PYTHONUTF8": "1"}


EXPORT = (
    "Respondent ID,Collector ID,Start Date,End Date,IP Address,nps,"
    "How satisfied are you with the following?,,Age,Anything else?\n"
    ",,,,,,Speed,Price,,Open-Ended Response\n"
    "1,5,01/13/2024 10:00:00,01/13/2024 10:02:00,1.2.3.4,9 – likely,Very satisfied,Satisfied,34,The staff was great\n"
    "2,5,01/14/2024 10:00:00,01/14/2024 10:03:00,1.2.3.5,11,N/A,Dissatisfied,51,Far too loud in there\n"
)  # fmt: skip


@pytest.fixture
def export(tmp_path):
    file = tmp_path / "export.csv"
    file.write_text(EXPORT, encoding="utf-8")
    return file


def test_check_of_a_survey_lists_its_questions(export, capsys):
    assert main(["data", "check", str(export)]) == 0
    shown = capsys.readouterr().out
    assert "surveys: 2 rows read, 2 kept, 0 quarantined" in shown
    assert "question 'nps': 0 to 10, 1 scores of 2 answers" in shown
    assert "question 'How satisfied are you with the following? – Price': 1 to 5, 2 scores of 2 answers" in shown
    assert "note: 'IP Address': left out, as no measure needs to know who answered" in shown
    assert "1.2.3.4" not in shown


def test_init_writes_what_was_guessed_of_a_survey_and_it_reads_the_same(export, tmp_path, capsys):
    assert main(["data", "init", str(tmp_path / "client"), "--from", str(export)]) == 0
    assert "to fill in" not in capsys.readouterr().out
    text = (tmp_path / "client" / "client.yaml").read_text(encoding="utf-8")
    assert 'nps: {question: "nps", scale: 0..10}' in text
    assert 'texts: ["Anything else?"]' in text
    said, guessed = cx.load(tmp_path / "client"), cx.load(export)
    for table in ("surveys", "feedback"):
        assert said.tables[table].to_pandas().equals(guessed.tables[table].to_pandas())
    assert not any("is taken for" in note for note in said.notes)


def test_a_survey_is_declared_on_the_command_line(export, capsys):
    declared = "survey={questions: {nps: {question: recommend, scale: 0..11}}}"
    assert main(["data", "check", str(export), "--option", declared]) == 0
    assert "question 'recommend': 0 to 11, 2 scores of 2 answers" in capsys.readouterr().out
    assert main(["data", "check", str(export), "--option", "survey={questions: {column_8: {scale: 1..9}}}"]) == 2
    assert "are not on the declared scale 1 to 9 ('Dissatisfied', 'Satisfied')" in capsys.readouterr().err
