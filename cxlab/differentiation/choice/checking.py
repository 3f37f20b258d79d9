"""Whether choices tell what attributes are worth: one chosen in each task, attributes that vary on their own."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlab.differentiation.choice.coding import Coding
from cxlab.errors import DataError
from cxlab.wording import count


def tasks_of(rows: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Index of each row's task, and which rows are the first of theirs; every task is checked."""
    keys = rows[["respondent_id", "task"]]
    first = (keys != keys.shift()).any(axis=1).to_numpy()
    own = np.cumsum(first) - 1
    at = np.flatnonzero(first)
    twice = rows.duplicated(["respondent_id", "task", "alternative"]).to_numpy()
    _require(~twice, rows, "an alternative stands twice in its task", "each alternative once in a task")
    _require((np.bincount(own) >= 2)[own], rows, "a task has fewer than two alternatives available",
             "two or more to choose from", first)  # fmt: skip
    picked = np.add.reduceat(rows["chosen"].to_numpy(), at)
    _require((picked > 0)[own], rows, "a task has no alternative chosen",
             "exactly one chosen in each task; buying nothing is an alternative, too", first)  # fmt: skip
    _require((picked < 2)[own], rows, "a task has two or more alternatives chosen", "exactly one chosen in each task",
             first)  # fmt: skip
    return own, first


def _require(holds: np.ndarray, rows: pd.DataFrame, found: str, expected: str, first=None) -> None:
    wrong = ~holds if first is None else ~holds & first
    if wrong.any():
        some = "; ".join(f"respondent {r.respondent_id}, task {r.task}" for r in rows[wrong].head(3).itertuples())
        raise DataError(f"{found}: {count(wrong.sum())} in all ({some}{'; …' if wrong.sum() > 3 else ''}).",
                        expected=expected)  # fmt: skip


def require_choice(chosen: np.ndarray) -> None:
    if len(chosen) > 1 and len(set(chosen)) == 1:
        raise DataError(
            f"alternative {str(chosen[0])!r} is chosen in all {count(len(chosen))} tasks.",
            expected="choices that differ: from one answer nothing can be told about what drives it",
            mend="where alternatives are only places on a screen, look for respondents who always ticked the same one",
        )


def within(design: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Rows as differences from the mean of their task.

    >>> within(np.array([[1.], [3.], [5.], [5.]]), np.array([0, 2])).ravel().tolist()
    [-1.0, 1.0, 0.0, 0.0]
    """
    sizes = np.diff(np.append(starts, len(design)))
    return design - np.repeat(np.add.reduceat(design, starts, axis=0) / sizes[:, None], sizes, axis=0)


def inflation(design: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """How often each column's variance is what it would be if no other column went along (VIF), within tasks.

    >>> inflation(np.array([[0., 0.], [1., 0.], [0., 0.], [1., 1.]]), np.array([0, 2])).round(2).tolist()
    [2.0, 2.0]
    """
    return np.diagonal(np.linalg.inv(np.corrcoef(within(design, starts).T).reshape(design.shape[1], -1)))


def require_identified(design: np.ndarray, coding: Coding, starts: np.ndarray) -> None:
    """Raise a DataError unless every column says something of its own about what is chosen within tasks."""
    centred = within(design, starts)
    size = np.sqrt(np.square(centred).mean(0))
    flat = size <= 1e-9 * np.maximum(np.abs(design).max(0), 1e-300)
    for attribute, columns in coding.attributes.items():
        at = [coding.columns.index(c) for c in columns]
        if flat[at].all():  # also where a text has one level, and no columns
            raise DataError(f"attribute {attribute!r} never differs between the alternatives of a task.",
                            expected="alternatives that differ in it: only differences tell what it is worth",
                            mend="leave it out of attributes, or show it in two levels in the same task")  # fmt: skip
    scaled = centred / np.where(flat, 1.0, size)
    gram = scaled.T @ scaled / len(scaled)
    kept: list[int] = []
    for j, name in enumerate(coding.columns):
        by = np.linalg.solve(gram[np.ix_(kept, kept)], gram[kept, j]) if kept else np.zeros(0)
        if gram[j, j] - gram[j, kept] @ by > 1e-9:
            kept.append(j)
            continue
        others = ", ".join(repr(coding.columns[k]) for k, b in zip(kept, by, strict=True) if abs(b) > 1e-6)
        raise DataError(
            f"{name!r} is told by {others} in every task: they cannot be told apart." if others
            else f"{name!r} never differs between the alternatives of a task.",
            expected="attributes that vary on their own", mend="leave one of them out of attributes (or constants)",
        )  # fmt: skip
    if len(starts) < len(coding.columns):
        raise DataError(f"{count(len(starts))} tasks for {len(coding.columns)} columns ({', '.join(coding.columns)}).",
                        expected="more tasks than there are columns, and better ten times as many")  # fmt: skip
