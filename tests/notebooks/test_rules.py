"""Every committed notebook keeps the rules of its folder, and every rule catches a notebook that breaks it."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from pydantic import Field

from cxlab.parameters import Parameters
from cxlab.places import shipped, written
from cxlab.runs import rules

NOTEBOOKS = list(written(shipped("notebooks")))
FRONT = (
    "# A study\n\n**Goal:** Know it.\n\n**Level:** Advanced · **Minutes:** 5\n\nYou need data. You will be able to act."
)
PARAMETERS = 'source: str = "cdnow"  # the data\nlevels: list = [0.5, 0.9]  # coverage\nseed: int = 1  # of the sampler'


class GoodStudy(Parameters):
    source: str = "cdnow"
    levels: tuple[float, ...] = (0.5, 0.9)
    seed: int = Field(1, ge=0)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: str(p.relative_to(shipped("notebooks"))))
def test_committed_notebooks_keep_the_rules(path):
    assert rules.faults(path) == []


def test_what_was_made_by_running_is_no_notebook_of_ours(tmp_path):
    for name in ("cases/mine.ipynb", "cases/.ipynb_checkpoints/mine.ipynb", "cases/runs/case-mine.work/a/b.ipynb"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert list(written(tmp_path)) == [tmp_path / "cases/mine.ipynb"]


@pytest.fixture
def good(monkeypatch):
    """A small notebook that keeps every rule of a study."""
    monkeypatch.setattr(rules, "parameters_class", lambda notebook, name: GoodStudy)
    new = nbformat.v4
    hello = new.new_output("stream", name="stdout", text="hello\n")
    return new.new_notebook(
        cells=[
            new.new_markdown_cell(FRONT),
            new.new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]}, execution_count=1),
            new.new_code_cell("print('hello')", execution_count=2, outputs=[hello]),
            new.new_markdown_cell("```bash\n# no heading\n```"),
        ]
    )


def code(notebook, text: str) -> None:
    notebook.cells[2].source = text


def parameters(notebook, text: str) -> None:
    notebook.cells[1].source = text


def say(notebook, kind: str, **output) -> None:
    notebook.cells[2].outputs = [nbformat.v4.new_output(kind, **output)]


BREAKS = [
    (rules.executed_in_order, lambda n: n.cells[2].update(execution_count=None), "not executed in order"),
    (rules.executed_in_order, lambda n: n.cells[2].update(execution_count=3), "[1, 3]"),
    (rules.one_heading_first, lambda n: n.cells[3].update(source="# Another"), "2 H1"),
    (rules.one_heading_first, lambda n: n.cells.insert(0, nbformat.v4.new_markdown_cell("Hello")), "does not begin"),
    (rules.front_matter, lambda n: n.cells[0].update(source=FRONT.replace("Minutes", "Hours")), "'Minutes'"),
    (rules.parameters_cell, lambda n: n.cells[1].metadata.update(tags=[]), "0 cells"),
    (rules.parameters_cell, lambda n: parameters(n, PARAMETERS + "\nx = 1  # x"), "'x = 1  # x'"),
    (rules.parameters_cell, lambda n: parameters(n, PARAMETERS + "\nx: int = 1 + n  # x"), "not a plain literal"),
    (rules.parameters_cell, lambda n: parameters(n, PARAMETERS + "\nx: int | None = 1  # x"), "not simple"),
    (rules.parameters_cell, lambda n: parameters(n, PARAMETERS + '\nx: str = "#1"'), "x has no comment"),
    (rules.parameters_agree, lambda n: parameters(n, PARAMETERS.replace("= 1", "= 2")), "seed = 2"),
    (rules.parameters_agree, lambda n: parameters(n, PARAMETERS.replace("= 1", "= True")), "seed = True"),
    (rules.parameters_agree, lambda n: parameters(n, PARAMETERS.replace("seed", "sead")), "sead is not in"),
    (rules.parameters_agree, lambda n: parameters(n, PARAMETERS.replace("seed", "sead")), "seed of the typed class"),
    (rules.no_absolute_paths, lambda n: code(n, "load('/home/ana/orders.csv')"), "/home/ana"),
    (rules.no_absolute_paths, lambda n: code(n, r"load('C:\\data\\orders.csv')"), "C:"),
    (rules.no_absolute_paths, lambda n: say(n, "stream", name="stdout", text="read /srv/x.csv"), "/srv/x"),
    (rules.no_absolute_paths, lambda n: say(n, "display_data", data={"application/x+json": ["/opt/x"]}), "/opt"),
    (rules.no_addresses_read, lambda n: code(n, "read_csv('https://example.org/a.csv')"), "web address"),
    (rules.no_addresses_read, lambda n: code(n, "%pip install x"), "installs"),
    (rules.no_addresses_read, lambda n: code(n, "import sys\nsys.path.append('..')"), "sys.path"),
    (rules.calls_only, lambda n: code(n, "%time\ndef f():\n    pass"), "has a def"),
    (rules.calls_only, lambda n: code(n, "class A: pass"), "has a class"),
    (rules.calls_only, lambda n: code(n, "try:\n    f()\nexcept ValueError:\n    pass"), "has a try"),
    (rules.no_errors, lambda n: say(n, "error", ename="ValueError", evalue="", traceback=[]), "ValueError"),
    (rules.no_errors, lambda n: say(n, "stream", name="stderr", text="warning"), "stderr"),
    (rules.nothing_of_the_tool, lambda n: n.metadata.update(widgets={}), "widgets"),
    (rules.nothing_of_the_tool, lambda n: n.cells[2].metadata.update(papermill={}), "papermill"),
    (rules.nothing_of_the_tool, lambda n: n.cells[2].metadata.update(execution={}), "execution"),
    (rules.nothing_of_the_tool, lambda n: n.cells[1].metadata.update(tags=["injected-parameters"]), "injected"),
    (rules.fit_for_class, lambda n: None, "2 code cells"),
    (rules.fit_for_class, lambda n: code(n, "x\n" * 20), "cell 3 has 20 lines"),
    (rules.fit_for_class, lambda n: say(n, "stream", name="stdout", text="x" * 200_000), "more than 100,000 bytes"),
    (rules.fit_for_class, lambda n: None, "fewer than three exercises"),
    (rules.fit_for_class, lambda n: None, "no quiz"),
    (rules.fit_for_class, lambda n: n.cells[3].update(source="## Recap\n\n- one\n- two"), "not three lines"),
    (rules.fit_for_class, lambda n: None, "own data"),
]  # fmt: skip


@pytest.mark.parametrize("rule", rules.EVERYWHERE + rules.STUDIES, ids=lambda rule: rule.__name__)
def test_a_good_notebook_has_no_faults(good, rule):
    assert list(rule(good)) == []


@pytest.mark.parametrize(("rule", "spoil", "says"), BREAKS, ids=lambda v: getattr(v, "__name__", None) or None)
def test_a_rule_catches_what_breaks_it(good, rule, spoil, says):
    spoil(good)
    assert any(says in fault for fault in rule(good)), list(rule(good))


def test_every_rule_is_seen_to_catch_something():
    assert {rule for rule, _, _ in BREAKS} == set(rules.EVERYWHERE + rules.TEACHING + rules.STUDIES)


def test_a_large_notebook_is_caught(tmp_path):
    (tmp_path / "large.ipynb").write_bytes(b" " * rules.MOST_BYTES)
    assert list(rules.small(tmp_path / "large.ipynb"))


def test_lessons_and_studies_have_rules_of_their_own():
    assert rules.front_matter in rules.rules_of(Path("notebooks/lessons/1-fundamentals/f1.ipynb"))
    assert rules.parameters_agree in rules.rules_of(Path("notebooks/studies/cltv.ipynb"))
    assert rules.front_matter not in rules.rules_of(Path("notebooks/00-start-here.ipynb"))


def test_a_class_that_cannot_be_found_is_a_fault_and_not_a_crash(good, monkeypatch):
    monkeypatch.undo()
    good.metadata["cxlab"] = {"parameters": "cxlab.no_such_module:Study"}
    assert "no_such_module" in " ".join(rules.parameters_agree(good))
