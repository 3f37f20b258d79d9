"""Execute a notebook through papermill on this very interpreter, whatever kernels are installed."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any


def execute(
    notebook, output: Path, *, parameters: Mapping[str, Any], environment: Mapping[str, str | None], label: str,
    cwd: Path | None = None, progress: bool = True,
):  # fmt: skip
    """Execute `notebook` with `parameters` injected and write it to `output`, also when a cell fails.

    Parameters
    ----------
    notebook : NotebookNode; left as it is
    output : where papermill writes, after every cell
    parameters : plain literals, already checked
    environment : variables the kernel sees beside this process's own; None takes one away
    label : what the progress bar says (on stderr, and only on a terminal)
    cwd : folder the kernel starts in; this process's own when None

    Returns
    -------
    NotebookNode, executed

    Raises
    ------
    papermill.PapermillExecutionError : a cell raised
    nbclient.exceptions.DeadKernelError : the kernel ended, for instance for want of memory
    """
    import papermill

    logging.getLogger("papermill").setLevel(logging.CRITICAL)
    bar = {
        "desc": label,
        "disable": None,
        "leave": False,
        "file": sys.stderr,
        "bar_format": "{l_bar}{bar}| {n_fmt}/{total_fmt} cells {elapsed}",
    }
    with _environment(environment):
        return papermill.execute_notebook(
            notebook, str(output), parameters=dict(parameters), kernel_name="python3", language="python",
            progress_bar=bar if progress else False, kernel_manager_class=_this_interpreter(), cwd=cwd,
            start_timeout=600,  # a kernel that died is noticed at once; one on a busy machine may take minutes
        )  # fmt: skip


def _this_interpreter():
    from ipykernel.kernelspec import get_kernel_dict
    from jupyter_client.kernelspec import KernelSpec
    from jupyter_client.manager import AsyncKernelManager

    class ThisInterpreter(AsyncKernelManager):
        """Starts the kernel of the interpreter that runs cxlab: "python3" may be missing or mean another one."""

        @property
        def kernel_spec(self):
            return KernelSpec(resource_dir="", **get_kernel_dict())

        async def start_kernel(self, **options):
            # What a cell says on stderr is in the notebook; this is ipykernel's own log, no matter to a study's user.
            await super().start_kernel(stderr=subprocess.DEVNULL, **options)

    return ThisInterpreter


@contextmanager
def _environment(changes: Mapping[str, str | None]) -> Iterator[None]:
    """This process's environment with some variables changed, for the time of the block."""
    before = dict(os.environ)
    for name, value in changes.items():
        os.environ.pop(name, None)
        if value is not None:
            os.environ[name] = value
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
