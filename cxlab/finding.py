"""Finding: the one result type. A table, a sentence, a picture, and the checks that say whether to believe it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from html import escape
from typing import TYPE_CHECKING, Any

from cxlab.errors import unknown
from cxlab.wording import quantity, share, singular

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from pandas import DataFrame

MIME = "application/vnd.cxlab.finding+json"
_SHOWN_ROWS = 20


@dataclass(frozen=True)
class Check:
    """One thing that must hold for a finding to be believed.

    Parameters
    ----------
    name : what is checked, in the field's words
    passed : whether it holds
    value : what was measured
    limit : what it is held against, as a reader sees it ("< 0.7", "≥ 30 repeat buyers")
    advice : what it means when it fails, and what to do; said only then

    >>> Check("Pareto k̂", passed=False, value=.81, limit="< 0.7", advice="Sample with NUTS.").sentence
    'Pareto k̂ is 0.810, should be < 0.7. Sample with NUTS.'
    >>> Check("Pareto k̂", passed=True, value=.31, limit="< 0.7", advice="Sample with NUTS.").sentence
    'Pareto k̂ is 0.310, should be < 0.7.'
    """

    name: str
    passed: bool
    value: float | str
    limit: str
    advice: str = ""

    @property
    def sentence(self) -> str:
        value = self.value if isinstance(self.value, str) else quantity(float(self.value), "")
        advice = f" {self.advice}" if self.advice and not self.passed else ""
        return f"{self.name} is {value}, should be {self.limit}.{advice}"


@dataclass(frozen=True)
class Key:
    """A number a report shows large: its value as text, and what it is, with interval and n.

    >>> Key("$36", "worth of a new customer over a year, 90 % $33 to $39 (n = 23,570)").value
    '$36'
    """

    value: str
    label: str


@dataclass(frozen=True)
class Finding:
    """What a measure says: numbers, words, picture and the conditions of belief.

    Parameters
    ----------
    name : stable dotted name, unique within a run ("cltv.holdout")
    title : the finding as one statement; heading and picture title in a report
    text : sentences generated from the values, with n, interval, unit and period
    table : DataFrame, its columns documented by the measure that made it; a default index carries nothing
    units : unit of each numeric column: "money" (in `currency`), "share", "count", "weeks", …; where the table has a
        column `unit`, a number of a column without one has that of its row
    checks : what must hold for it to be believed
    monte_carlo_error : DataFrame with the shape of the sampled columns of `table`: the standard error
        that comes from sampling alone; columns that are not in it are exact
    draw : function of Axes that draws the finding on them
    caption : what stands under the picture: n, period, unit, interval and source
    keys : the numbers a report shows large
    currency : ISO code of every "money" column

    A finding whose checks fail says so in `text`, and every report marks it. "1 customers are" is written as it is
    said, "1 customer is".

    >>> import pandas as pd
    >>> f = Finding("cltv.demo", "Half come back", "Half of 10 come back.", pd.DataFrame({"share": [.5]}),
    ...             units={"share": "share"}, checks=[Check("customers", False, 10, "≥ 30")])
    >>> f.text
    'Half of 10 come back. Do not lean on this: customers is 10.0, should be ≥ 30.'
    >>> f.believed
    False
    """

    name: str
    title: str
    text: str
    table: DataFrame
    units: Mapping[str, str] = field(default_factory=dict)
    checks: Sequence[Check] = ()
    monte_carlo_error: DataFrame | None = None
    draw: Callable[[Axes], Any] | None = field(default=None, repr=False, compare=False)
    caption: str = ""
    keys: Sequence[Key] = ()
    currency: str = ""

    def __post_init__(self):
        stray = [c for c in self.units if c not in self.table.columns]
        if stray:
            raise ValueError(f"{self.name}: units for columns that are not in the table: {stray}")
        if self.monte_carlo_error is not None:
            stray = [c for c in self.monte_carlo_error.columns if c not in self.table.columns]
            if stray or len(self.monte_carlo_error) != len(self.table):
                raise ValueError(f"{self.name}: monte_carlo_error does not fit the table: {stray or 'rows differ'}")
        object.__setattr__(self, "checks", tuple(self.checks))
        object.__setattr__(self, "keys", tuple(replace(key, label=singular(key.label)) for key in self.keys))
        for said in ("title", "text", "caption"):
            object.__setattr__(self, said, singular(getattr(self, said)))
        if self.failed and "Do not lean on this" not in self.text:
            object.__setattr__(self, "text", " ".join([self.text, self.warning]))

    @property
    def failed(self) -> tuple[Check, ...]:
        """The checks that do not hold."""
        return tuple(c for c in self.checks if not c.passed)

    @property
    def believed(self) -> bool:
        """Whether every check holds."""
        return not self.failed

    @property
    def warning(self) -> str:
        """One sentence a reader sees when checks fail; empty otherwise."""
        return singular("Do not lean on this: " + " ".join(c.sentence for c in self.failed)) if self.failed else ""

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the finding on `ax` (new axes when none are given) and return the Axes."""
        from cxlab.style import figure_style, new_axes

        if self.draw is None:
            raise ValueError(f"finding {self.name!r} has no picture")
        ax = ax if ax is not None else new_axes()
        with figure_style():
            self.draw(ax)
        return ax

    def with_checks(self, *checks: Check) -> Finding:
        """The same finding under more conditions."""
        return replace(self, checks=(*self.checks, *checks))

    def select(self, *columns: str, rows: int | None = None) -> Finding:
        """The same finding with these columns of its table only, and its first `rows` rows.

        >>> import pandas as pd
        >>> f = Finding("cltv.demo", "Two", "Two.", pd.DataFrame({"a": [1, 2], "b": [3, 4]}), units={"b": "count"})
        >>> f.select("a", rows=1).table.to_dict("list"), f.select("a").units
        ({'a': [1]}, {})
        """
        stray = [c for c in columns if c not in self.table.columns]
        if stray:
            raise unknown("column", stray[0], self.table.columns)
        columns = list(columns or self.table.columns)
        error = self.monte_carlo_error
        if error is not None:
            error = error[[c for c in columns if c in error.columns]].head(len(error) if rows is None else rows)
        return replace(
            self,
            table=self.table[columns].head(len(self.table) if rows is None else rows),
            units={c: unit for c, unit in self.units.items() if c in columns},
            monte_carlo_error=error,
        )

    def to_dict(self) -> dict[str, Any]:
        """The finding as plain JSON values: what `findings.json` holds and what regression compares."""
        return {
            "name": self.name,
            "title": self.title,
            "text": self.text,
            "currency": self.currency,
            "units": dict(self.units),
            "table": _records(self.table),
            "monte_carlo_error": None if self.monte_carlo_error is None else _records(self.monte_carlo_error),
            "checks": [
                {"name": c.name, "passed": bool(c.passed), "value": _plain(c.value), "limit": c.limit}
                for c in self.checks
            ],
        }

    def formatted(self) -> DataFrame:
        """The table as a reader sees it: every number by its unit, column names in words."""
        table = self.table.copy()
        for column in table.columns:
            unit = self.units.get(column, "")
            if table[column].dtype.kind == "f" and not unit and "unit" in self.table:
                table[column] = [
                    share(v, digits=1) if own == "share" else quantity(v, own, self.currency)
                    for v, own in zip(table[column].tolist(), self.table["unit"], strict=True)
                ]
            elif table[column].dtype.kind in "fiu":
                whole = table[column].dtype.kind in "iu" and not unit
                table[column] = [
                    "–"
                    if _missing(v)
                    else f"{v}"
                    if whole and abs(v) < 10_000
                    else quantity(float(v), unit, self.currency)
                    for v in table[column].tolist()
                ]
            else:
                table[column] = ["–" if _missing(v) else str(v) for v in table[column].tolist()]
        return table.rename(columns={c: self._heading(c) for c in table.columns})

    def _heading(self, column: str) -> str:
        unit = self.units.get(column, "")
        words = str(column).replace("_", " ")
        if unit == "seconds":
            return words.removesuffix(" s")
        if unit == "money" and self.currency:
            return f"{words}, {self.currency}"
        return words if unit in ("", "share", "count", "money") else f"{words}, {unit}"

    def _repr_mimebundle_(self, include=None, exclude=None):
        shown = self.formatted()
        rest = f"… and {len(shown) - _SHOWN_ROWS:,} more rows" if len(shown) > _SHOWN_ROWS else ""
        shown = shown.head(_SHOWN_ROWS)
        body = shown.to_html(index=False, border=0, escape=True)
        sentence = self.text.removesuffix(self.warning).strip() if self.failed else self.text
        warning = f'<p role="alert"><strong>{escape(self.warning)}</strong></p>' if self.failed else ""
        html = f"<h4>{escape(self.title)}</h4><p>{escape(sentence)}</p>{warning}{body}" + (
            f"<p>{rest}</p>" if rest else ""
        )
        html = html.replace("$", "<span>$</span>")  # between two bare ones, a notebook would set the words as a formula
        plain = "\n".join(filter(None, [self.title, self.text, "", shown.to_string(index=False), rest]))
        return {"text/plain": plain, "text/html": html, MIME: self.to_dict()}


def _missing(value) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value)) or str(value) in ("NaT", "<NA>")


def _plain(value):
    """A JSON value: NumPy scalars, timestamps, missing and infinite numbers included."""
    if hasattr(value, "item"):
        value = value.item()
    if _missing(value):
        return None
    if isinstance(value, float) and math.isinf(value):
        return "inf" if value > 0 else "-inf"
    return value if isinstance(value, (bool, int, float, str)) else str(value)


def _records(table: DataFrame) -> list[dict[str, Any]]:
    return [{str(k): _plain(v) for k, v in row.items()} for row in table.to_dict("records")]
