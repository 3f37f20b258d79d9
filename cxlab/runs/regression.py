"""Which numbers of two findings differ beyond Monte-Carlo error: the one comparison behind compare and notebook tests.

A sampled number moved when |a − b| > 4 √(mcse_a² + mcse_b²), the Monte-Carlo errors of both runs; a number without
Monte-Carlo error moved when the two differ by more than one part in a million. Rows are matched by their text
columns when these name each row once, otherwise by position.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

#: how many Monte-Carlo standard errors of the difference are still chance
ERRORS = 4.0
#: relative difference below which two exact numbers are the same
EXACT = 1e-6

_NUMBER = re.compile(
    r"(?<![\w#])[-−+]?(?P<symbol>[$€£¥]|(?:[A-Z]{3}\s))?[-−]?(?:\d[\d,]*(?:\.\d+)?(?:e[-+]?\d+)?|∞)(?:[km](?!\w))?"
)


@dataclass(frozen=True)
class Difference:
    """One thing in which two findings differ.

    Parameters
    ----------
    finding : name of the finding
    where : what differs: "row 3, column mean", "title", "check Pareto k̂", …
    old, new : as JSON values; None where there is nothing
    allowed : the largest |old − new| that passes as chance; None where only equality passes
    """

    finding: str
    where: str
    old: Any
    new: Any
    allowed: float | None = None

    def __str__(self) -> str:
        size = ""
        if self.allowed is not None:
            size = f" (moved {abs(self.new - self.old):.3g}, allowed {self.allowed:.3g})"
        return f"{self.finding}, {self.where}: {shown(self.old)} → {shown(self.new)}{size}"


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Difference]:
    """What differs between two findings of the same name, as `Finding.to_dict` gives them.

    The values of checks carry no Monte-Carlo error and are not compared; whether a check passes, and its limit, are.

    >>> old = {"name": "f", "table": [{"mean": 10.0}], "monte_carlo_error": [{"mean": .1}]}
    >>> differences(old, old | {"table": [{"mean": 10.5}]})
    []
    >>> print(*differences(old, old | {"table": [{"mean": 10.6}]}))
    f, row 1, column mean: 10 → 10.6 (moved 0.6, allowed 0.566)
    """
    name = str(new.get("name", ""))
    found = [
        Difference(name, part, old.get(part), new.get(part))
        for part in ("title", "text")
        if not same_words(old, new, part)
    ]
    for part in ("currency", "units"):
        if old.get(part) != new.get(part):
            found.append(Difference(name, part, old.get(part), new.get(part)))
    return found + _checks(name, old, new) + _tables(name, old, new)


def same_words(old: Mapping[str, Any], new: Mapping[str, Any], part: str) -> bool:
    """Whether a text of two findings says the same; the numbers in it are the table's to compare, if there is one."""
    a, b = str(old.get(part) or ""), str(new.get(part) or "")
    if old.get("table") and new.get("table"):
        a, b = masked(a), masked(b)
    return a == b


def masked(text: str) -> str:
    """Text with every number, its sign and the width it takes hidden: what must not change between two runs.

    >>> masked("worth $36.3 (90 % interval $33.1 to $39.9), P < 0.001,   minus −€1.2k")
    'worth $# (# % interval $# to $#), P # minus €#'
    """
    text = text.replace("<span>$</span>", "$")  # as findings write it in HTML
    text = _NUMBER.sub(lambda hit: f"{hit['symbol'] or ''}#", text)
    text = re.sub(r"\b([Pp])\s*(?:[<>=≈≤≥]|&lt;|&gt;)\s*#,?", r"\1 #", text)
    return re.sub(r"\s+", " ", text).strip()


def _checks(name: str, old: Mapping, new: Mapping) -> list[Difference]:
    before = {c["name"]: c for c in old.get("checks") or []}
    after = {c["name"]: c for c in new.get("checks") or []}
    found = []
    for check in [*before, *(c for c in after if c not in before)]:
        a, b = before.get(check), after.get(check)
        # a limit may be a sampled number itself, the score of a baseline for instance
        if a is None or b is None or (a["passed"], masked(a["limit"])) != (b["passed"], masked(b["limit"])):
            found.append(Difference(name, f"check {check}", _check(a), _check(b)))
    return found


def _check(check: Mapping | None) -> str | None:
    if check is None:
        return None
    return f"{'holds' if check['passed'] else 'fails'} ({shown(check.get('value'))}, should be {check['limit']})"


def _tables(name: str, old: Mapping, new: Mapping) -> list[Difference]:
    before, after = old.get("table") or [], new.get("table") or []
    errors_before, errors_after = _errors(old, before), _errors(new, after)
    found = []
    columns_before = list(before[0]) if before else []
    columns_after = list(after[0]) if after else []
    if before and after:
        for column in columns_before:
            if column not in columns_after:
                found.append(Difference(name, f"column {column}", "there", None))
        for column in columns_after:
            if column not in columns_before:
                found.append(Difference(name, f"column {column}", None, "there"))
    labels = _labels(before, after)
    rows_before, rows_after = _by_label(before, labels), _by_label(after, labels)
    for label, i in rows_before.items():
        if label not in rows_after:
            found.append(Difference(name, f"row {label}", "there", None))
            continue
        j = rows_after[label]
        for column in columns_before:
            if column in columns_after:
                error = math.hypot(errors_before[i].get(column) or 0.0, errors_after[j].get(column) or 0.0)
                moved = _moved(before[i].get(column), after[j].get(column), error)
                if moved is not None:
                    found.append(
                        Difference(
                            name,
                            f"row {label}, column {column}",
                            before[i].get(column),
                            after[j].get(column),
                            moved if moved >= 0 else None,
                        )  # fmt: skip
                    )
    found += [Difference(name, f"row {label}", None, "there") for label in rows_after if label not in rows_before]
    return found


def _errors(finding: Mapping, table: Sequence) -> Sequence[Mapping]:
    return finding.get("monte_carlo_error") or [{}] * len(table)


def _moved(old: Any, new: Any, error: float) -> float | None:
    """None when two cells agree; the allowed difference when two numbers do not; −1 when other values do not."""
    numbers = all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in (old, new))
    if not numbers:
        return None if old == new and type(old) is type(new) else -1.0
    allowed = max(ERRORS * error, EXACT * max(abs(old), abs(new)))
    return None if abs(new - old) <= allowed else allowed


def _labels(before: Sequence[Mapping], after: Sequence[Mapping]) -> list[str]:
    """The text columns that name every row once in both tables; none when they do not."""
    if not (before and after):
        return []
    columns = [c for c in before[0] if all(isinstance(row.get(c), str) for row in (*before, *after))]
    for table in (before, after):
        if len({tuple(row[c] for c in columns) for row in table}) < len(table):
            return []
    return columns


def _by_label(table: Sequence[Mapping], labels: Sequence[str]) -> dict[str, int]:
    if not labels:
        return {str(i + 1): i for i in range(len(table))}
    return {" · ".join(row[c] for c in labels): i for i, row in enumerate(table)}


def shown(value: Any) -> str:
    """A JSON value in a message."""
    if value is None:
        return "nothing"
    return f"{value:.6g}" if isinstance(value, float) else str(value)
