"""What stands first in a report: statements that name the findings they rest on, and what their truth says of them."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cxlab.errors import ParameterError, unknown
from cxlab.finding import Finding
from cxlab.report.document import Figure, Told
from cxlab.wording import quantity

if TYPE_CHECKING:
    from pandas import Series

_SAYS = 'first=[("24 % (90 % interval 20 % to 28 %) would choose us.", [told])]'
_NAMED = re.compile(r"\d")


def front(sentence: str, rests: Sequence[Told]) -> str:
    """A statement of the front page: under a warning in the same breath where a finding it rests on is not believed.

    Parameters
    ----------
    sentence : with the interval of every number that was measured
    rests : the findings it rests on

    Raises
    ------
    ParameterError : it names no finding, or holds numbers and no interval.

    >>> import pandas as pd
    >>> from cxlab.finding import Check
    >>> rest = Finding("a", "A", "A.", pd.DataFrame(), checks=[Check("prices shown", False, "0.50", "≥ €1", "Ask more.")])
    >>> front("The name is worth €0.99 (90 % interval €0.78 to €1.23).", [Told(Figure(rest), "A", "B")])
    'Not to be leant on: The name is worth €0.99 (90 % interval €0.78 to €1.23). Why not: prices shown is 0.50, should be ≥ €1. Ask more.'
    """  # noqa: E501
    if isinstance(rests, Told):
        rests = [rests]
    if not rests:
        raise ParameterError(
            f"nothing is named that “{sentence}” rests on.", expected="the findings it rests on", mend=_SAYS
        )
    if _NAMED.search(sentence) and "interval" not in sentence:
        raise ParameterError(f"“{sentence}” tells numbers and no interval.", expected="an interval", mend=_SAYS)
    failed = dict.fromkeys(check.sentence for told in rests for check in told.figure.finding.failed)
    return f"Not to be leant on: {sentence} Why not: {' '.join(failed)}" if failed else sentence


def check_front(parts: Mapping[str, Any]) -> None:
    """ParameterError where a front page is said without naming what it rests on."""
    for name in ("answer", "title"):
        if name in parts:
            raise ParameterError(
                f"the {name} of a report follows from its study of options; what else stands first names its findings.",
                expected="statements beside the findings they rest on", mend=_SAYS,
            )  # fmt: skip


def said(figure: Figure, column: str, where: Mapping[str, Any]) -> str:
    """A number of a figure with its interval.

    >>> import pandas as pd
    >>> table = pd.DataFrame({"who": ["us", "them"], "share": [.24, .16], "share_low": [.2, .13], "share_high": [.28, .2]})
    >>> said(Figure(Finding("a", "A", "A.", table, units={"share": "share"}), interval="90 %"), "share", {"who": "us"})
    '24 % (90 % interval 20 % to 28 %)'
    """  # noqa: E501
    finding = figure.finding
    row = _row(finding, where)
    low, high = _ends(finding, column)
    value, low, high = (_words(finding, column, row[c]) for c in (column, low, high))
    return f"{value} ({figure.interval} interval {low} to {high})"


def missed(figure: Figure, true: Mapping[str, Any]) -> str:
    """A remark where what a simulation was made with lies outside the interval shown beside it; "" where it does not.

    Parameters
    ----------
    true : the true value by the column that estimates it, and what finds the row by the columns that name it

    Raises
    ------
    ParameterError : no column of it has an interval, or more than one has.

    >>> import pandas as pd
    >>> table = pd.DataFrame({"who": ["us", "them"], "share": [.24, .16], "share_low": [.2, .13], "share_high": [.28, .2]})
    >>> figure = Figure(Finding("a", "A", "A.", table, units={"share": "share"}), interval="90 %")
    >>> missed(figure, {"who": "us", "share": .25})
    ''
    >>> missed(figure, {"who": "us", "share": .31})
    'That is above the 90 % interval of 20 % to 28 %: the estimate is too low.'
    """  # noqa: E501
    finding = figure.finding
    columns = [c for c in true if _has_ends(finding, c)]
    if len(columns) != 1:
        raise ParameterError(f"true = {dict(true)} names {len(columns)} columns with an interval.", expected="one")
    (column,) = columns
    row = _row(finding, {c: v for c, v in true.items() if c != column})
    low, high = (float(row[c]) for c in _ends(finding, column))
    value = float(true[column])
    if low <= value <= high:
        return ""
    side, wrong = ("below", "high") if value < low else ("above", "low")
    between = f"{_words(finding, column, low)} to {_words(finding, column, high)}"
    return f"That is {side} the {figure.interval} interval of {between}: the estimate is too {wrong}."


def _row(finding: Finding, where: Mapping[str, Any]) -> Series:
    """The one row of a table that a mapping of columns finds."""
    table = finding.table
    for column, value in where.items():
        if column not in table.columns:
            raise unknown(f"column of {finding.name}", column, table.columns)
        if isinstance(value, float):
            table = table[[math.isclose(float(v), value, abs_tol=1e-9) for v in table[column]]]
        else:
            table = table[table[column] == value]
    if len(table) != 1:
        raise ParameterError(f"{dict(where)} finds {len(table)} rows of {finding.name}.", expected="one row")
    return table.iloc[0]


def _ends(finding: Finding, column: str) -> tuple[str, str]:
    own = (f"{column}_low", f"{column}_high")
    return own if set(own) <= set(finding.table.columns) else ("low", "high")


def _has_ends(finding: Finding, column: str) -> bool:
    columns = set(finding.table.columns)
    return column in columns and ({f"{column}_low", f"{column}_high"} <= columns or
                                  column == "value" and {"low", "high"} <= columns)  # fmt: skip


def _words(finding: Finding, column: str, value: float) -> str:
    return quantity(float(value), finding.units.get(column, ""), finding.currency)
