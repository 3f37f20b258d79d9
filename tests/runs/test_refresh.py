"""Notebooks made ready to commit: executed in place, the same bytes every time, left alone when a cell fails."""

from __future__ import annotations

import nbformat
import pytest

from cxlab.runs.clean import clean
from cxlab.runs.execute import StudyFailed
from cxlab.runs.paths import scrubber
from cxlab.runs.refresh import refresh
from tests.runs.desk import ROOT, write_study

CELLS = ["from pathlib import Path\nprint('a')\nprint(Path('x').resolve())", "1 / 1"]


def test_refresh_executes_in_place_and_repeats_itself_byte_for_byte(desk, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    path = write_study(desk / "a.ipynb", CELLS, parameters="x: int = 1  # x")
    refresh(path, progress=False)
    first = path.read_bytes()
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert [c.execution_count for c in notebook.cells if c.cell_type == "code"] == [1, 2, 3]
    assert str(desk) not in first.decode()
    assert notebook.metadata.cxlab == {"parameters": "small_study:SmallStudy"}
    # The same cells with other ids, as another tool writes them, give the same file.
    for cell in notebook.cells:
        cell.id = cell.id[::-1]
    nbformat.write(notebook, path)
    refresh(path, progress=False)
    assert path.read_bytes() == first
    assert not list(desk.glob(".a.ipynb*"))


def test_a_notebook_that_fails_is_left_as_it_was(desk):
    path = write_study(desk / "a.ipynb", ["1 / 0"])
    before = path.read_bytes()
    with pytest.raises(StudyFailed, match=r"a.ipynb failed in cell \[2\]: ZeroDivisionError"):
        refresh(path, progress=False)
    assert path.read_bytes() == before


def test_pieces_of_a_stream_are_joined_and_widgets_and_timings_dropped():
    new = nbformat.v4
    outputs = [new.new_output("stream", name="stdout", text=t) for t in ("a", "b")]
    outputs.append(
        new.new_output(
            "display_data", data={"text/plain": "w", "application/vnd.jupyter.widget-view+json": {"model_id": 1}}
        )
    )
    metadata = {"execution": {}, "papermill": {}, "tags": ["kept"]}
    twice = [new.new_code_cell("x", outputs=outputs, metadata=metadata) for _ in range(2)]
    cleaned = clean(new.new_notebook(cells=twice, metadata={"papermill": {}, "widgets": {}}))
    assert [o.get("text") for o in cleaned.cells[0].outputs] == ["ab", None]
    assert cleaned.cells[0].outputs[1].data == {"text/plain": "w"}
    assert cleaned.cells[0].metadata == {"tags": ["kept"]} and set(cleaned.metadata) == {"kernelspec", "language_info"}
    assert cleaned.cells[0].id != cleaned.cells[1].id


def test_machine_paths_leave_and_other_text_stays(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    scrub = scrubber(str(tmp_path / "client" / "orders.csv"))
    said = f"{tmp_path}/client/orders.csv {tmp_path}/b.csv {tmp_path}-other /tmp/ipykernel_12/345.py:3: w"
    assert scrub(said) == f"orders.csv ./b.csv {tmp_path}-other cell:3: w"


def test_the_password_of_a_database_is_not_published():
    scrub = scrubber("postgresql://ana:secret@db/shop")
    assert scrub("source = 'postgresql://ana:secret@db/shop'") == "source = 'postgresql://ana:***@db/shop'"
