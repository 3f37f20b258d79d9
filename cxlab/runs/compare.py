"""Which findings of two runs moved beyond Monte-Carlo error."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cxlab.errors import DataError
from cxlab.runs.regression import Difference, differences, shown


def compare(old: str | Path, new: str | Path) -> list[Difference]:
    """What differs between the findings of two runs beyond chance, new and gone findings included.

    Parameters
    ----------
    old, new : run folders, or their ``findings.json``

    Returns
    -------
    list of Difference, empty when nothing moved (the rule: `cxlab.runs.regression`)

    Raises
    ------
    DataError : a run cannot be read
    """
    before, after = read_findings(old), read_findings(new)
    found = []
    for name in [*before, *(n for n in after if n not in before)]:
        if name not in after:
            found.append(Difference(name, "finding", "there", None))
        elif name not in before:
            found.append(Difference(name, "finding", None, "there"))
        else:
            found += differences(before[name], after[name])
    return found


def read_findings(run: str | Path) -> dict[str, dict[str, Any]]:
    """The findings of a run by name, from its folder or its ``findings.json``.

    Raises
    ------
    DataError : there is no such file, or it does not hold findings
    """
    path = Path(run) / "findings.json" if Path(run).is_dir() else Path(run)
    expected = "a run folder as `cxlab run` leaves it, or its findings.json"
    try:
        findings = json.loads(path.read_text(encoding="utf-8"))
    except OSError:
        raise DataError(f"there is no {path}.", expected=expected) from None
    except (json.JSONDecodeError, UnicodeDecodeError) as problem:
        raise DataError(f"{path} is not JSON: {problem}.", expected=expected) from None
    if not isinstance(findings, list) or not all(isinstance(f, dict) and "name" in f for f in findings):
        raise DataError(f"{path} holds no findings.", expected=expected)
    return {f["name"]: f for f in findings}


def table(found: Sequence[Difference]) -> str:
    """Differences as a plain table, one a line; long texts cut where they begin to differ.

    >>> print(table([Difference("f", "row 1, column mean", 10.0, 10.6, .57)]))
    finding  where               old  new   moved  allowed
    f        row 1, column mean  10   10.6  0.6    0.57
    """
    rows = [("finding", "where", "old", "new", "moved", "allowed")]
    for d in found:
        moved, allowed = ("", "") if d.allowed is None else (f"{abs(d.new - d.old):.3g}", f"{d.allowed:.3g}")
        rows.append((d.finding, d.where, *_cut(shown(d.old), shown(d.new)), moved, allowed))
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join("  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in rows)


def _cut(old: str, new: str, *, width: int = 48) -> tuple[str, str]:
    """Two texts cut to `width` where they differ."""
    old, new = old.replace("\n", " "), new.replace("\n", " ")
    if max(len(old), len(new)) <= width:
        return old, new
    same = next((i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    start = max(0, same - 12)
    return tuple(
        ("…" if start else "") + text[start : start + width] + ("…" if len(text) > start + width else "")
        for text in (old, new)
    )
