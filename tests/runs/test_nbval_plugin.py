"""Notebooks re-run by nbval: chance passes, a real change fails and is named. Run with real kernels, two at a time."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys

import nbformat
import pytest
from nbval.plugin import IPyNbCell

from tests.runs.desk import CELLS, environment, make_desk, write_study

_MEAN = "small.mean_order(data, settings)"
_ORDERS = "orders = small.rows(data)\norders"
_WORDS = "replace(small.rows(data), table=small.rows(data).table.iloc[:0])"
_COUNT = "print(data.counts.kept[0])"
#: one cell each: its committed source, what is put in its place, and what nbval has to say of it; None: it has to pass
CHANGES = {
    "nothing": (_MEAN, _MEAN, None),
    "another seed": (_MEAN, "small.mean_order(data, settings.model_copy(update={'seed': 7}))", None),
    "five errors": (_MEAN, "small.mean_order(data, settings, shift=5 * ERROR)", None),
    "six errors": (
        _MEAN,
        "small.mean_order(data, settings, shift=6 * ERROR)",
        r"small\.mean_order, row 1, column mean: 15\.\d+ → 15\.\d+ \(moved 0\.\d+, allowed 0\.\d+\)\n",
    ),
    "a word": (_MEAN, f"replace({_MEAN}, title='Orders are large but steady')", r"title: .*small.* → .*large"),
    "a check": (_MEAN, "small.mean_order(data, settings, fewest=50)", r"check orders: holds .* → fails"),
    "an exact number": (
        _ORDERS,
        "orders = small.rows(data)\nreplace(orders, table=orders.table.assign(orders=2))",
        r"row 00011, column orders: 1 → 2 \(moved 1, allowed",
    ),
    "a number in words alone": (
        _WORDS,
        f"replace({_WORDS}, text='12 customers placed 11 orders.')",
        r"text: 11 .* → 12 ",
    ),
    "printed": (_COUNT, "print(data.counts.kept[0] + 1)", r"mismatch 'stdout'"),
    "a finding gone": (_ORDERS, "orders = small.rows(data)", "Missing output fields"),
    "a finding more": (_ORDERS, "orders = small.rows(data)\ndisplay(orders)\norders", "dissimilar number of outputs"),
}


@pytest.fixture(scope="module")
def said(tmp_path_factory) -> dict[tuple[str, str], str]:
    """What nbval said of each cell that failed, by notebook and change."""
    folder = make_desk(tmp_path_factory.mktemp("committed"))
    path = write_study(folder / "same.ipynb", [*CELLS[:3], "from dataclasses import replace", *_sources(0)])
    done = subprocess.run(
        [sys.executable, "-m", "cxlab.cli", "notebook", "refresh", "same.ipynb"],
        cwd=folder, env=environment(), capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    same = nbformat.read(path, as_version=4)
    finding = same.cells[6].outputs[0].data["application/vnd.cxlab.finding+json"]
    assert finding["name"] == "small.mean_order", done.stderr
    error = str(finding["monte_carlo_error"][0]["mean"])
    for cell, source in zip(same.cells[6:], _sources(1), strict=True):
        cell.source = source.replace("ERROR", error)
    nbformat.write(same, folder / "changed.ipynb")
    (folder / "small.ipynb").unlink()
    options = ["--nbval", "--nbval-current-env", "-p", "cxlab.runs.nbval_plugin", "-n2", "--dist", "loadscope"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options, "--color=no", "-q", "."],
        cwd=folder, env=environment(), capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 1 and " passed" in done.stdout, done.stdout + done.stderr
    parts = re.split(r"^_+ (\w+)\.ipynb::Cell (\d+) _+$", done.stdout, flags=re.MULTILINE)
    first = len(CELLS[:3]) + 2
    names = list(CHANGES)
    return {
        (notebook, names[int(cell) - first]): text
        for notebook, cell, text in zip(parts[1::3], parts[2::3], parts[3::3], strict=True)
    }


def _sources(which: int) -> list[str]:
    return [change[which] for change in CHANGES.values()]


def test_a_notebook_that_did_not_change_passes(said):
    assert [change for notebook, change in said if notebook == "same"] == []


@pytest.mark.parametrize("change", [name for name, (_, _, says) in CHANGES.items() if says is None])
def test_chance_passes(said, change):
    assert ("changed", change) not in said


@pytest.mark.parametrize("change", [name for name, (_, _, says) in CHANGES.items() if says])
def test_a_real_change_fails_and_is_named(said, change):
    text = said["changed", change]
    assert re.search(CHANGES[change][2], text), text


def test_nbval_still_has_what_the_plugin_replaces():
    assert list(inspect.signature(IPyNbCell.compare_outputs).parameters) == ["self", "test", "ref", "skip_compare"]
    source = inspect.getsource(IPyNbCell)
    assert "self.output_timeout = " in source and "self.compare_outputs(" in source
    assert "self.comparison_traceback" in inspect.getsource(IPyNbCell.runtest)
