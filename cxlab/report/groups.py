"""Small groups: the numbers of fewer than ten people do not leave, nor what a total would give them away by."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from cxlab.report.words import is_text
from cxlab.wording import count

if TYPE_CHECKING:
    from pandas import DataFrame

#: what stands where a number was
SUPPRESSED = "suppressed (n < {limit})"
#: what a size of a group is of; sizes of other things (weeks, draws, options) hide nobody
_PEOPLE = (
    "answers", "buyers", "clients", "contracts", "customers", "diners", "guests", "households", "ids", "members",
    "patients", "people", "persons", "purchasers", "respondents", "responses", "reviewers", "reviews", "stays",
    "subscribers", "users", "visitors",
)  # fmt: skip
_SIZE = re.compile(rf"^(?:n|n_(?:{'|'.join(_PEOPLE)}|units)|(?:{'|'.join(_PEOPLE)})(?:_n)?)$")
_OTHER = ("draw", "week", "month", "day", "year", "site", "task", "period", "option", "region", "state")
_TOTAL = re.compile(r"^(?:all\b.*|total\b.*|sum|overall|everyone|everybody|gesamt|insgesamt|alle)$", re.IGNORECASE)
_SMALL = re.compile(rf"\bn = (\d+)(?![\d,.]*\d)|\b(\d+) (?:{'|'.join(_PEOPLE)})\b")


def sizes(table: DataFrame, units: dict[str, str]) -> list[str]:
    """Columns of a table that say of how many people a row tells.

    >>> import pandas as pd
    >>> sizes(pd.DataFrame({"segment": ["a"], "n": [3], "customers": [9], "visits": [4]}), {"n": "weeks"})
    ['customers']
    """
    return [
        column
        for column in map(str, table.columns)
        if _SIZE.match(column.lower())
        and table[column].dtype.kind in "iuf"
        and units.get(column, "") in ("", "count", *_PEOPLE)
    ]


def small(table: DataFrame, columns: Sequence[str], *, limit: int = 10, said: Sequence[str] = ()) -> tuple[list, list]:
    """Rows that tell of a group under the limit, and rows that must be hidden with them.

    Parameters
    ----------
    table : DataFrame
    columns : its sizes of groups
    limit : smallest group whose numbers leave
    said : sentences about the table: a total that is written in one of them gives a single hidden row away

    Returns
    -------
    positions of the small groups, positions of those hidden with them: where a total (a row of its own, shares that
    add to 1, or a sum that is said) would give a hidden group away, the next smallest is hidden too, until the hidden
    ones are two or more and together no smaller than the limit.

    >>> import pandas as pd
    >>> frame = pd.DataFrame({"segment": ["all", "a", "b", "c"], "n": [60, 4, 20, 36]})
    >>> small(frame, ["n"])
    ([1], [2])
    >>> small(frame.iloc[1:].reset_index(drop=True), ["n"])
    ([0], [])
    """
    hidden: set[int] = set()
    more: set[int] = set()
    texts = [c for c in table.columns if is_text(table[c])]
    total = [any(_TOTAL.match(str(table[c].iloc[i]).strip()) for c in texts) for i in range(len(table))]
    for column in columns:
        values = table[column].fillna(0).tolist()
        hidden |= {i for i, size in enumerate(values) if 0 < size < limit}
    for column in columns:
        values = table[column].fillna(0).tolist()
        for block in _blocks(table, texts, total):
            groups = [i for i in block if not total[i] and values[i] > 0]
            known = (
                any(total[i] for i in block)
                or _adds_up(table, groups)
                or _is_said(sum(values[i] for i in groups), said)
            )
            own = [i for i in groups if i in hidden]
            if not own or not known:
                continue
            rest = sorted((i for i in groups if i not in hidden), key=lambda i: values[i])
            while rest and (len(own) < 2 or sum(values[i] for i in own) < limit):
                own.append(rest.pop(0))
            more |= set(own) - hidden
    return sorted(hidden), sorted(more)


def tells_of_few(sentence: str, *, limit: int = 10) -> bool:
    """Whether a sentence gives numbers of a group under the limit.

    >>> tells_of_few("Of the new ones (n = 4) all came back."), tells_of_few("The rate is 12 % (n = 40, 4 weeks).")
    (True, False)
    """
    for hit in _SMALL.finditer(sentence.replace("\u00a0", " ")):
        following = sentence[hit.end() :].strip().lower()
        if 0 < int(hit[1] or hit[2]) < limit and not following.startswith(_OTHER):
            return True
    return False


def names_of(table: DataFrame, rows: Sequence[int]) -> list[str]:
    """What the groups of these rows are called: the texts of their cells."""
    texts = [c for c in table.columns if is_text(table[c])]
    return [name for i in rows for c in texts if len(name := str(table[c].iloc[i]).strip()) > 2]


def _blocks(table: DataFrame, texts: list, total: list[bool]) -> list[list[int]]:
    """Rows that one total is of: where the table goes over periods or places, each has its own."""
    of_total = [c for c in texts if any(_TOTAL.match(str(v).strip()) for v in table[c].tolist())]
    by = [c for c in texts if c not in of_total] if of_total else []
    blocks: dict[tuple, list[int]] = {}
    for i in range(len(table)):
        # a column that is different in every row names the groups, and parts nothing
        key = tuple(str(table[c].iloc[i]) for c in by if table[c].nunique() < len(table) - sum(total))
        blocks.setdefault(key, []).append(i)
    return list(blocks.values())


def _adds_up(table: DataFrame, rows: list[int]) -> bool:
    shares = (table[c].iloc[rows] for c in table.columns if table[c].dtype.kind == "f")
    return len(rows) > 1 and any(abs(float(values.sum()) - 1) < 1e-6 and (values >= 0).all() for values in shares)


def _is_said(total: float, said: Sequence[str]) -> bool:
    return any(re.search(rf"(?<![\d.,]){re.escape(count(total))}(?![\d]|[.,]\d)", text) for text in said)
