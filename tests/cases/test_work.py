"""Studies of a case: run once, run again where something changed, and able to hand their effects to each other."""

from __future__ import annotations

import json
import os

import pytest

from cxlab.cases.case import Case
from cxlab.cases.plan import read_plan
from cxlab.cases.work import prune, run_steps, standing, with_taken
from cxlab.errors import DataError, ParameterError

CASE = """
client: Corner
currency: EUR
case:
  source: {source}
  studies:
    trials: {{margin: 0.5, customers: 1000, looks: 1, draws: 500, seed: {seed}}}
    roadmap:
      draws: 200
      effects: {{Punch card: {{study: trials, finding: differentiation.effect_in_money, row: "{row}", times: 2}}}}
"""


def write(folder, *, source="coffee_shop", row="brings, first year", seed=1):
    (folder / "client.yaml").write_text(CASE.format(source=source, row=row, seed=seed))
    return read_plan(folder)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("case")
    plan, said = write(folder), []
    runs = run_steps(plan, folder=folder / "work", say=said.append)
    return plan, runs, said, folder


def test_effects_of_a_trial_arrive_in_the_roadmap(made):
    _, runs, said, _ = made
    row = runs["trials"]["differentiation.effect_in_money"].table.set_index("what").loc["brings, first year"]
    given = runs["roadmap"].facts["parameters"]["effects"]["Punch card"]
    assert [float(n) for n in given.split(";")] == pytest.approx(
        [2 * row[c] for c in ("value", "low", "high")], rel=1e-4
    )
    assert [line.split(":")[0] for line in said] == ["trials", "roadmap"] and "ran in" in said[0]


def test_a_second_run_repeats_nothing_and_another_parameter_repeats_what_hangs_on_it(made):
    plan, runs, _, folder = made
    assert {k: v.name for k, v in standing(plan, folder / "work").items()} == {
        k: r.folder.name for k, r in runs.items()
    }
    said = []
    again = run_steps(plan, folder=folder / "work", say=said.append)
    assert said == ["trials: stands, nothing changed", "roadmap: stands, nothing changed"]
    assert again["roadmap"].folder == runs["roadmap"].folder
    other = write(folder, seed=2)
    assert standing(other, folder / "work") == {}
    write(folder)


def test_the_last_runs_of_a_study_stay_for_whoever_reads_them_and_older_ones_go(tmp_path):
    kept = [tmp_path / f"trials-{key * 12}" for key in "abcde"]
    for age, run in enumerate(kept):
        run.mkdir()
        os.utime(run, (age, age))
    (tmp_path / "trials-again-aaaaaaaaaaaa").mkdir()
    prune(tmp_path, "trials")
    assert [run.is_dir() for run in kept] == [False, False, True, True, True]
    assert (tmp_path / "trials-again-aaaaaaaaaaaa").is_dir()


def test_pictures_for_phones_are_kept_beside_the_others(made):
    _, runs, _, _ = made
    run = runs["trials"]
    wide, narrow = (run.picture("differentiation.ab", narrow=n).read_bytes() for n in (False, True))
    assert int.from_bytes(narrow[16:20]) < int.from_bytes(wide[16:20])


def test_a_row_that_is_not_there_is_named_before_the_study_that_needs_it_starts(made):
    plan, runs, _, folder = made
    step = write(folder, row="brings, first week").steps[1]
    with pytest.raises(ParameterError, match="brings, first year"):
        with_taken(step, runs)
    write(folder)


def test_effects_come_from_studies_of_the_case(tmp_path):
    text = CASE.format(source="coffee_shop", row="x", seed=1).replace("{study: trials", "{study: trails")
    (tmp_path / "client.yaml").write_text(text)
    with pytest.raises(ParameterError, match="did you mean 'trials'"):
        read_plan(tmp_path)


def test_what_a_study_says_is_said_with_its_name_and_nothing_half_made_stays(tmp_path):
    plan = write(tmp_path, source="cdnow")
    with pytest.raises(DataError, match="trials: cdnow has no trial"):
        run_steps(plan, folder=tmp_path / "work")
    assert not list((tmp_path / "work").glob("trials-" + "?" * 12))


def test_run_json_of_a_study_names_its_tables(made):
    _, runs, _, _ = made
    assert json.loads((runs["trials"].folder / "run.json").read_text())["tables"] == ["trials"]


def test_a_report_says_what_its_plan_takes_for_granted_and_counts_every_check_of_a_study(made):
    plan, runs, _, _ = made
    report = Case(plan, runs).report()
    assert "share no money and not to fade" in " ".join(report.answer)
    granted = runs["roadmap"]["differentiation.assumptions"].text
    said = [s for s in report.change_our_mind if s.startswith("Effects that ")]
    assert bool(said) == ("What would change our mind" in granted)
    for run in report.appendix.studies:
        every = [c for f in runs[run.name].findings.values() for c in f.checks]
        assert run.held.startswith(f"{sum(c.passed for c in every)} of {len(every)} checks hold")
        # failures come from all findings, so the list alone would count them against those that are told
        assert len(run.checks) <= len(every) and [c.name for _, c in run.checks if not c.passed] == [
            c.name for c in every if not c.passed
        ]
