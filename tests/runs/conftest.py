"""A study, its data and the command line for it, in a folder of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PARAMETERS = """source: str = "orders.csv"  # where the orders are
columns: dict = {}  # our column to theirs
client: str = ""  # whose data this is
currency: str = "EUR"  # ISO code
code: str = ""  # an id of the client
draws: int = 400  # bootstrap draws
levels: list = [0.9]  # coverage of intervals
seed: int = 1  # seed of the sampler"""
CELLS = (
    "import cxlab as cx\nimport small_study as small",
    "settings = small.SmallStudy(\n    source=source, columns=columns, client=client, currency=currency, code=code,\n"
    "    draws=draws, levels=levels, seed=seed,\n)",
    "data = small.load(settings.source, columns=settings.columns)",
    "orders = small.rows(data)\norders",
    "mean = small.mean_order(data, settings)\nmean",
    'cx.runs.export({"Orders": [orders, mean]}, answer=[mean, orders], settings=settings, data=data)',
)


def write_study(path: Path, cells=CELLS, *, parameters: str = PARAMETERS) -> Path:
    """A study notebook of these code cells, not executed."""
    new = nbformat.v4
    notebook = new.new_notebook(metadata={"cxlab": {"parameters": "small_study:SmallStudy"}})
    tagged = new.new_code_cell(parameters, metadata={"tags": ["parameters"]})
    notebook.cells = [new.new_markdown_cell("# A small study"), tagged, *map(new.new_code_cell, cells)]
    nbformat.write(notebook, path)
    return path


@pytest.fixture
def desk(tmp_path, monkeypatch) -> Path:
    """A working folder with the study, its module and an order log of 12 orders, one without an amount."""
    shutil.copy(HERE / "small_study.py", tmp_path)
    write_study(tmp_path / "small.ipynb")
    lines = [f"{c:05d},2024-0{1 + c % 6}-1{c % 9},{'' if c == 7 else 10 + c}" for c in range(12)]
    (tmp_path / "orders.csv").write_text("\n".join(["customer_id,timestamp,amount", *lines]) + "\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    return tmp_path


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "cxlab.cli", *arguments]


@pytest.fixture
def cxlab(desk):
    """The command `cxlab` as a user types it in that folder."""

    def call(*arguments: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            command(*arguments), cwd=desk, env=os.environ, capture_output=True, text=True, timeout=120
        )

    return call
