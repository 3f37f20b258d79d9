"""Where the notebooks and data sets that ship with cxlab lie, in a checkout and in an installed wheel."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

_MADE_BY_RUNNING = {".ipynb_checkpoints", "runs"}

_PACKAGE = Path(__file__).resolve().parent


def shipped(name: str) -> Path:
    """The folder `notebooks` or `datasets`: beside the package in a checkout, inside it in a wheel."""
    beside = _PACKAGE.parent / name
    return (
        beside if (_PACKAGE.parent / "pyproject.toml").is_file() and beside.is_dir() else _PACKAGE / "_shipped" / name
    )


def written(folder: Path, pattern: str = "*.ipynb") -> Iterator[Path]:
    """Files below a folder of notebooks, in order, without those that JupyterLab or a run left there."""
    return (f for f in sorted(folder.rglob(pattern)) if not _MADE_BY_RUNNING & set(f.relative_to(folder).parts))
