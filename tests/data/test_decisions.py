"""Choices, trials and initiatives come in as they stand, and no file of another table is taken for them."""

from __future__ import annotations

from datetime import date

import ibis
import pandas as pd
import pytest

import cxlab as cx
from cxlab.cli import main
from cxlab.data.contract import TABLES
from cxlab.data.decisions import LEVELS
from cxlab.data.names import guess_table, match_columns
from cxlab.data.portable import check_table
from cxlab.data.rules import Rules
from cxlab.errors import DataError

CHOICES = """Respondent ID,Choice Task,Concept,Chosen,Price,Supplier,Bonus
90071992547409931234567,1,1,1,3.5,None,10
90071992547409931234567,1,2,0,4.5,Local,n/a
90071992547409931234567,1,None,no,NA,None,
90071992547409931234567,2,1,2,3,Local,1
90071992547409931234567,2,2,yes,3,Local,1
90071992547409931234567,2,2,0,3,Local,1
n/a,2,3,0,3,Local,1
"""
TRIALS = """unit_id,year,arm,outcome,before,treated_from,nps
CA,1988,None,5,3,1989,8
CA,1989,None,5.5,,1989,9
TX,1989,control,n/a,1,never,7
TX,1990,control,6,oops,never,
"""
INITIATIVES = """Initiative,Cost low,Cost likely,Cost high,Effect low,Effect likely,Effect high,Months,Level,Requires
Punch card,100,200,300,-50,400,900,3,Foundational,
App,900,800,1000,0,1,2,6,advanced,Punch card
Sign,1,2,3,9,8,10,1,,
Kiosk,1,2,3,1,2,3,-1,,
Punch card,1,2,3,1,2,3,1,,
"""


def loaded(tmp_path, name, text, **options):
    (tmp_path / name).write_text(text, encoding="utf-8")
    return cx.load(tmp_path / name, **options)


def rows(data, table):
    return data.tables[table].to_pyarrow().to_pylist()


def offenders(data):
    return [(r["source_row"], r["reason"]) for r in data.quarantine.order_by("source_row").to_pyarrow().to_pylist()]


def test_an_export_of_a_survey_tool_with_a_row_an_alternative(tmp_path):
    data = loaded(tmp_path, "export.csv", CHOICES)
    assert list(data.tables) == ["choices"]
    kept = rows(data, "choices")
    assert {r["respondent_id"] for r in kept} == {"90071992547409931234567"}
    assert [(r["task"], r["alternative"], r["chosen"]) for r in kept] == [
        ("1", "1", 1),
        ("1", "2", 0),
        ("1", "None", 0),
        ("2", "2", 1),
    ]
    assert [r["supplier"] for r in kept] == ["None", "Local", "None", "Local"]
    assert [r["price"] for r in kept] == [3.5, 4.5, None, 3.0]
    assert [r["bonus"] for r in kept] == [10, None, None, 1]
    assert offenders(data) == [
        (5, "chosen is not 0 or 1"),
        (7, "respondent_id and task and alternative stands on row 6 already"),
        (8, "respondent_id is missing"),
    ]
    assert data.counts[["read", "kept", "quarantined"]].values.tolist() == [[7, 4, 3]]


def test_tasks_without_one_choice_and_tasks_that_lost_a_row_are_noted(tmp_path):
    rows = ["respondent_id,task,alternative,chosen"]
    for task, chosen in enumerate(("10", "00", "11", "10"), start=1):
        rows += [f"a,{task},{alternative},{mark}" for alternative, mark in zip("ab", chosen, strict=True)]
    rows[-1] = "a,4,b,maybe"
    notes = loaded(tmp_path, "c.csv", "\n".join(rows) + "\n").notes
    of = "groups of rows alike in respondent_id and task"
    assert notes == [
        f"1 {of} have none that is chosen",
        f"1 {of} have more than one that is chosen",
        f"1 {of} lost a row to the quarantine: what was offered there is not known whole",
    ]


@pytest.mark.parametrize(
    "headers",
    ["sys_RespNum,Task,Concept,Response", "ResponseId,Task,Profile,Choice", "Respondent,Choice set,Alt,Selected"],
)
def test_names_of_survey_tools_are_known(headers, tmp_path):
    rows = "".join(f"{who},{task},{alt},{int(alt == 1)}\n" for who in "abc" for task in (1, 2) for alt in (1, 2, 3))
    data = loaded(tmp_path, "cbc.csv", headers + "\n" + rows)
    assert list(data.tables) == ["choices"]
    assert data.counts["kept"].sum() == 18


def test_words_for_nothing_can_be_named_and_then_are_nothing_everywhere(tmp_path):
    data = loaded(tmp_path, "export.csv", CHOICES, options={"missing": "none,na,n/a"})
    assert (3 + 1, "alternative is missing") in offenders(data)


def test_a_panel_keeps_its_years_and_who_was_never_treated(tmp_path):
    data = loaded(tmp_path, "panel.csv", TRIALS)
    assert list(data.tables) == ["trials"]
    kept = rows(data, "trials")
    assert [(r["unit_id"], r["arm"], r["timestamp"], r["outcome"], r["before"], r["treated_from"]) for r in kept] == [
        ("CA", "None", date(1988, 1, 1), 5.0, 3.0, date(1989, 1, 1)),
        ("CA", "None", date(1989, 1, 1), 5.5, None, date(1989, 1, 1)),
        ("TX", "control", date(1990, 1, 1), 6.0, None, None),
    ]
    assert [r["nps"] for r in kept] == [8, 9, None]
    assert offenders(data) == [(4, "outcome is missing")]
    assert any("before cannot be used" in note for note in data.notes)


@pytest.mark.parametrize(
    ("said", "means"), [("yes,no,YES", [1, 0, 1]), ("True,False,n/a", [1, 0]), ("ja,nein,Nein", [1, 0, 0])]
)
def test_outcomes_of_yes_and_no_are_one_and_nought(said, means, tmp_path):
    answers = said.split(",")
    text = "customer_id,variant,converted\n" + "".join(f"{i},card,{a}\n" for i, a in enumerate(answers))
    data = loaded(tmp_path, "test.csv", text)
    assert [r["outcome"] for r in rows(data, "trials")] == means


def test_a_word_among_numbers_is_no_outcome(tmp_path):
    data = loaded(tmp_path, "t.csv", "unit_id,arm,outcome\n1,a,2.5\n2,a,yes\n")
    assert offenders(data) == [(3, "outcome is not a number")]


def test_initiatives_are_ordered_possible_and_named_once(tmp_path):
    data = loaded(tmp_path, "plans.csv", INITIATIVES)
    assert list(data.tables) == ["initiatives"]
    assert [(r["name"], r["effect_low"], r["level"], r["requires"]) for r in rows(data, "initiatives")] == [
        ("Punch card", -50.0, "foundational", None)
    ]
    assert offenders(data) == [
        (3, "cost_low exceeds cost_likely"),
        (4, "effect_low exceeds effect_likely"),
        (5, "months is below 0"),
        (6, "name stands on row 2 already"),
    ]
    assert TABLES["initiatives"]["level"].known == LEVELS


SPOKEN = {
    "choices": [
        "respondent_id,task,alternative,chosen",
        "Teilnehmer,Aufgabe,Konzept,Gewählt",
        "ID répondant,Tâche,Alternative,Choisi",
        "Encuestado,Tarea,Opción,Elegido",
        "Participante,Tarefa,Alternativa,Escolhido",
        "Deelnemer,Taak,Alternatief,Gekozen",
    ],
    "trials": [
        "unit_id,arm,outcome",
        "Kundennummer,Testgruppe,Ergebnis",
        "Client,Groupe test,Résultat",
        "Cliente,Grupo de prueba,Resultado",
        "Cliente,Grupo de teste,Resultado",
        "Klantnummer,Testgroep,Uitkomst",
    ],
    "initiatives": [
        "name,cost_low,cost_likely,cost_high,effect_low,effect_likely,effect_high,months",
        "Maßnahme,Kosten min,Kosten wahrscheinlich,Kosten max,Nutzen min,Nutzen wahrscheinlich,Nutzen max,Monate",
        "Mesure,Coût bas,Coût probable,Coût haut,Effet bas,Effet probable,Effet haut,Mois",
        "Medida,Coste bajo,Coste probable,Coste alto,Efecto bajo,Efecto probable,Efecto alto,Meses",
        "Medida,Custo baixo,Custo provável,Custo alto,Efeito baixo,Efeito provável,Efeito alto,Meses",
        "Maatregel,Kosten laag,Kosten verwacht,Kosten hoog,Effect laag,Effect verwacht,Effect hoog,Maanden",
    ],
}


@pytest.mark.parametrize(("table", "headers"), [(t, h) for t, said in SPOKEN.items() for h in said])
def test_tables_are_recognised_in_five_languages(table, headers):
    assert guess_table(headers.split(",")).name == table


@pytest.mark.parametrize(
    ("headers", "table"),
    [
        ("customer_id,timestamp,amount,arm,outcome", "transactions"),
        ("customer_id,timestamp,touchpoint,variant,outcome,site", "touchpoints"),
        ("customer_id,date,event,group,result", "touchpoints"),
        ("respondent_id,question,score,alternative,task,chosen", "surveys"),
        ("customer_id,start,end,plan,variant,result", "subscriptions"),
        ("customer_id,first_seen,group,outcome", "customers"),
        ("period,channel,spend,group,outcome,state", "spend"),
    ],
)
def test_files_of_other_tables_stay_what_they_are(headers, table):
    headers = headers.replace("respondent_id,question", "response_id,question").split(",")
    assert guess_table(headers).name == table


def test_a_file_of_free_trials_called_trials_is_still_contracts(tmp_path):
    data = loaded(tmp_path, "trials.csv", "customer_id,start,end\na,2024-01-01,2024-01-15\n")
    assert list(data.tables) == ["subscriptions"]
    with pytest.raises(DataError, match="no column for arm, outcome of trials"):
        loaded(tmp_path, "trials.csv", "customer_id,weekday\na,2\n")


def test_a_survey_with_a_column_a_question_is_no_trial(tmp_path):
    text = "Customer ID,Group,Result,How likely are you to recommend us?\n" + "".join(
        f"{i},A,{i % 2},{i % 11}\n" for i in range(40)
    )
    assert "surveys" in loaded(tmp_path, "answers.csv", text).tables


def test_an_engine_says_the_same_of_tables_with_types(tmp_path):
    frame = pd.DataFrame(
        {
            "source_row": [1, 2, 3, 4],
            "unit": ["a", "n/a", "c", "d"],
            "arm": ["None", "card", " ", "card"],
            "outcome": [True, False, True, None],
            "note": ["none", "x", "y", "z"],
        }
    )
    table = TABLES["trials"]
    matches = match_columns(table, list(frame)[1:], declared={}, source="t")
    found = check_table(ibis.memtable(frame), table, matches, rules=Rules(), label="t")
    assert found.kept_rows.to_pyarrow().to_pylist() == [{"unit_id": "a", "arm": "None", "outcome": 1, "note": "none"}]
    assert found.set_aside.order_by("source_row").execute()["reason"].tolist() == [
        "unit_id is missing",
        "arm is missing",
        "outcome is missing",
    ]


def test_a_client_folder_with_all_three(tmp_path, capsys):
    for name, text in (("konjoint.csv", CHOICES), ("pilot.csv", TRIALS), ("plan.csv", INITIATIVES)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    files = [str(tmp_path / name) for name in ("konjoint.csv", "pilot.csv", "plan.csv")]
    assert main(["data", "init", str(tmp_path), "--from", *files]) == 0
    assert "to fill in" not in capsys.readouterr().out
    assert main(["data", "check", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert "choices: 7 rows read, 4 kept, 3 quarantined" in said
    assert "trials: 4 rows read, 3 kept, 1 quarantined" in said
    assert "initiatives: 5 rows read, 1 kept, 4 quarantined" in said
