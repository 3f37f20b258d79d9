"""A run folder appears whole or not at all: staged beside its target, put in place by one rename."""

from __future__ import annotations

import os
import re
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cxlab.errors import ParameterError

#: a staging folder says in its name whose it is, so that one left by a killed run is recognised: host, process, start
_OWNED = re.compile(r"^\.(?P<target>.+)\.(?P<kind>staging|replaced)-(?P<host>[^-]+)-(?P<pid>\d+)-(?P<started>\d+)$")
#: a folder that holds one of these was written by a run, so `--force` may replace it
_OURS = ("run.json", "notebook-failed.ipynb")


def free_target(parent: Path, name: str) -> Path:
    """`parent/name`, or with a counter behind it when that is taken.

    >>> free_target(Path("/nowhere"), "cltv-cdnow").name
    'cltv-cdnow'
    """
    target, counter = parent / name, 1
    while target.exists():
        counter += 1
        target = parent / f"{name}-{counter}"
    return target


def refuse_taken(target: Path, *, force: bool) -> None:
    """Refuse a target that exists, unless `force` is given and it is a run folder.

    Raises
    ------
    ParameterError : names what is in the way. A folder that no run wrote is never replaced.
    """
    if not target.exists():
        return
    ours = target.is_dir() and (not any(target.iterdir()) or any((target / name).is_file() for name in _OURS))
    if not ours:
        raise ParameterError(
            f"{target} exists and is not a run folder.",
            expected="a folder that does not exist yet, or one that an earlier run wrote",
            mend="--out ANOTHER_FOLDER",
        )
    if not force:
        raise ParameterError(
            f"{target} exists.",
            expected="a folder that does not exist yet",
            mend="--out ANOTHER_FOLDER, or --force to replace it",
        )


@contextmanager
def staged(target: Path) -> Iterator[Path]:
    """A staging folder beside `target`, on the same file system; removed when the block ends, however it ends.

    Folders that killed runs left beside `target` are cleaned first.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    clean_stale(target.parent)
    folder = _owned(target, "staging")
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def publish(folder: Path, target: Path, *, replace: bool = False) -> None:
    """Put a finished staging folder in place of `target`; the old one is kept until the new one stands.

    Raises
    ------
    ParameterError : `target` appeared meanwhile and may not be replaced.
    """
    refuse_taken(target, force=replace)
    old = _owned(target, "replaced")
    if target.exists():
        target.rename(old)
    try:
        folder.rename(target)
    except BaseException:
        if old.exists() and not target.exists():
            old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)


def clean_stale(parent: Path) -> None:
    """Remove what killed runs of this machine left in `parent`; put back a replaced run whose successor never came."""
    for folder in sorted(parent.glob(".*")):
        name = _OWNED.match(folder.name)
        if not name or not folder.is_dir() or name["host"] != _host():
            continue
        if _alive(int(name["pid"]), int(name["started"])):
            continue
        if name["kind"] == "replaced" and not (parent / name["target"]).exists():
            folder.rename(parent / name["target"])
        else:
            shutil.rmtree(folder, ignore_errors=True)


def _owned(target: Path, kind: str) -> Path:
    pid = os.getpid()
    return target.parent / f".{target.name}.{kind}-{_host()}-{pid}-{_started(pid)}"


def _host() -> str:
    return re.sub(r"[^A-Za-z0-9_.]", "_", socket.gethostname())


def _started(pid: int) -> int:
    import psutil

    return int(psutil.Process(pid).create_time())


def _alive(pid: int, started: int) -> bool:
    """Whether the process that made a folder still runs: a process number alone may have been given out again."""
    import psutil

    try:
        return abs(_started(pid) - started) <= 1
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True
