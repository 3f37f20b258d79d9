"""Run a student's notebook again, because outputs are claims: in a fresh kernel, a fresh folder, with a time limit.

This runs the student's code with the rights of whoever calls it. It is no sandbox.
"""

from __future__ import annotations

import time
from tempfile import TemporaryDirectory

from cxlab.learn.progress import NOT_RUN, Lesson, outcomes, read_notebook

#: seconds that one notebook may take; a lesson takes less than one minute
MOST_SECONDS = 300.0


def run_again(claimed: Lesson, *, seconds: float = MOST_SECONDS) -> tuple[Lesson, str]:
    """Execute a notebook whose file is left as it is; a cell that fails does not stop it.

    Parameters
    ----------
    claimed : what the notebook says of itself
    seconds : after which it is stopped; what comes later counts as "not run"

    Returns
    -------
    Lesson with the outcomes found now, and a note: empty, or why it was stopped
    """
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellTimeoutError, DeadKernelError

    from cxlab.runs.kernel import _this_interpreter

    note = ""
    try:
        notebook = nbformat.from_dict(read_notebook(claimed.file))
        notebook = nbformat.convert(notebook, 4)
        for cell in notebook.cells:
            cell["source"] = "".join(cell.get("source", ""))
            if cell.get("cell_type") == "code":
                cell["outputs"], cell["execution_count"] = [], None
        end = time.monotonic() + seconds
        with TemporaryDirectory() as apart:
            NotebookClient(
                notebook, kernel_manager_class=_this_interpreter(), resources={"metadata": {"path": apart}},
                allow_errors=True, timeout_func=lambda cell: max(1, int(end - time.monotonic())),
            ).execute()  # fmt: skip
    except CellTimeoutError:
        note = f"stopped after {seconds:g} s"
    except DeadKernelError:
        note = "its kernel died"
    except (AttributeError, TypeError, ValueError, nbformat.ValidationError) as problem:
        return Lesson(claimed.name, claimed.file, dict.fromkeys(claimed.outcomes, NOT_RUN)), f"not to be run: {problem}"
    found = outcomes(notebook)
    return Lesson(claimed.name, claimed.file, {e: found.get(e, NOT_RUN) for e in claimed.outcomes}), note
