"""A working folder with a small study and its data, and the command line as a user types it there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat

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
    "data = cx.load(settings.source, columns=settings.columns)",
    "orders = small.rows(data)\norders",
    "mean = small.mean_order(data, settings)\nmean",
    'cx.runs.export({"Orders": [orders, mean]}, answer=[mean, orders], settings=settings, data=data)',
)


def write_study(path: Path, cells=CELLS, *, parameters: str = PARAMETERS) -> Path:
    """A study notebook of these code cells, not executed."""
    new = nbformat.v4
    notebook = new.new_notebook(
        metadata={
            "cxlab": {"parameters": "small_study:SmallStudy"},
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        }
    )
    tagged = new.new_code_cell(parameters, metadata={"tags": ["parameters"]})
    notebook.cells = [new.new_markdown_cell("# A small study"), tagged, *map(new.new_code_cell, cells)]
    nbformat.write(notebook, path)
    return path


def make_desk(folder: Path) -> Path:
    """A folder with the study, its module and an order log of 12 orders, one without an amount."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(HERE / "small_study.py", folder)
    write_study(folder / "small.ipynb")
    lines = [f"{c:05d},2024-0{1 + c % 6}-1{c % 9},{'' if c == 7 else 10 + c}" for c in range(12)]
    (folder / "orders.csv").write_text("\n".join(["customer_id,timestamp,amount", *lines]) + "\n")
    return folder


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "cxlab.cli", *arguments]


def call(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess:
    """The command `cxlab` as a user types it in `folder`, with more environment variables."""
    return subprocess.run(
        command(*arguments), cwd=folder, env=environment() | variables, capture_output=True, text=True, timeout=120
    )


def environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(ROOT)}
