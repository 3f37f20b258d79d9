"""A study, its data and the command line for it, in a folder of their own."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from cxlab.cli import main
from tests.runs.desk import ROOT, call, make_desk


@pytest.fixture
def desk(tmp_path, monkeypatch) -> Path:
    """A working folder with a small study and its data."""
    monkeypatch.chdir(make_desk(tmp_path))
    return tmp_path


@pytest.fixture
def cxlab(desk, capsys, monkeypatch):
    """The command `cxlab` in that folder, without a process of its own (its kernels are real)."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))

    def command(*arguments: str) -> subprocess.CompletedProcess:
        capsys.readouterr()
        try:
            code = main(arguments)
        except SystemExit as problem:
            code = problem.code
        return subprocess.CompletedProcess(arguments, code, *capsys.readouterr())

    return command


@pytest.fixture(scope="session")
def finished(tmp_path_factory) -> tuple[Path, subprocess.CompletedProcess]:
    """One run that went well: HTML in the client's name, an absolute path, "python3" the kernel of something else."""
    folder = make_desk(tmp_path_factory.mktemp("finished"))
    other = folder / "jupyter" / "kernels" / "python3"
    other.mkdir(parents=True)
    (other / "kernel.json").write_text('{"argv": ["false"], "display_name": "Other", "language": "python"}')
    done = call(
        folder, "run", "small.ipynb", "--data", str(folder / "orders.csv"), "-p", "code=00123",
        "-p", "client=<script>alert(1)</script> & Co", "--out", "out/first",
        JUPYTER_PATH=str(other.parents[1]),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return folder / "out" / "first", done
