"""The student's copy of every lesson runs to its end, and says of every exercise that it was not attempted."""

from __future__ import annotations

import nbformat
import pytest
from nbclient import NotebookClient

from cxlab.learn.exercises.exercise import MIME, NOT_ATTEMPTED
from cxlab.learn.progress import outcomes, read_notebook
from cxlab.learn.student import TAG, lessons, student_text


@pytest.mark.parametrize("name", lessons())
def test_a_copy_runs_to_the_end(name, tmp_path):
    copy = nbformat.reads(student_text(lessons()[name]), as_version=4)
    NotebookClient(copy, kernel_name="python3", timeout=300, resources={"metadata": {"path": tmp_path}}).execute()
    assert outcomes(copy) == dict.fromkeys(outcomes(read_notebook(lessons()[name])), NOT_ATTEMPTED)
    assert all(MIME in str(c.outputs) for c in copy.cells if TAG in c.metadata.get("tags", ()))
