"""Where the notebooks and data sets that ship with cxlab lie, in a checkout and in an installed wheel."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def shipped(name: str) -> Path:
    """The folder `notebooks` or `datasets`: beside the package in a checkout, inside it in a wheel."""
    beside = _PACKAGE.parent / name
    return (
        beside if (_PACKAGE.parent / "pyproject.toml").is_file() and beside.is_dir() else _PACKAGE / "_shipped" / name
    )
