"""What of a finding's table a chart shows: one value a row or a line over time, with its interval."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cxlab.report.document import Figure
from cxlab.report.tables import heading, interval_columns, main_column

if TYPE_CHECKING:
    from pandas import DataFrame

#: bars that can be read on a slide; a longer table is a line, or its first rows
MOST_BARS, MOST_POINTS = 10, 120
_NOT_STEPS = ("n", "low", "high", "se", "sd", "rank")


@dataclass(frozen=True)
class Chart:
    """Numbers of a chart.

    Parameters
    ----------
    kind : "bar" (rows, the first on top) or "line" (over the labels, in order)
    labels, values : one a row
    low, high : ends of the intervals, empty where the finding has none
    name : what the value is, with its unit
    unit, currency : of the value
    left_out : rows of the table that are not shown
    """

    kind: str
    labels: tuple[str, ...]
    values: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    name: str
    unit: str
    currency: str
    left_out: int = 0

    @property
    def format(self) -> str:
        """How a spreadsheet writes the values."""
        return number_format(self.unit, self.currency, max(map(abs, self.values), default=0.0))


def number_format(unit: str, currency: str = "", size: float = 0.0) -> str:
    """The number format of a unit, for values of about this size.

    >>> number_format("share"), number_format("money", "EUR", 48_000), number_format("weeks", size=3)
    ('0%', '[$€]#,##0;-[$€]#,##0', '0.00')
    """
    if unit == "share":
        return "0%" if size >= 0.05 or not size else "0.0%"
    if unit == "count":
        return "#,##0"
    if unit == "money":
        from cxlab.wording import SYMBOLS

        digits = "#,##0" if size >= 100 else "#,##0.00"
        sign = SYMBOLS.get(currency, f"{currency} " if currency else "")
        return f"[${sign}]{digits};-[${sign}]{digits}" if sign else digits
    return "0.00" if size < 10 else "0.0" if size < 1000 else "#,##0"


def chart_of(figure: Figure) -> Chart | None:
    """The chart that a finding's table gives; None where it has no column of numbers to show.

    The value is `figure.main`, else the first column with an interval, else the first with a unit. Rows that may not
    be shown are left out.

    >>> import pandas as pd
    >>> from cxlab.finding import Finding
    >>> table = pd.DataFrame({"at": ["desk", "web"], "rate": [0.5, 0.2], "rate_low": [0.4, 0.1],
    ...                       "rate_high": [0.6, 0.3]})
    >>> chart = chart_of(Figure(Finding("a", "A", "A.", table, units={"rate": "share"})))
    >>> chart.labels, chart.values, chart.low, chart.name
    (('desk', 'web'), (0.5, 0.2), (0.4, 0.1), 'Rate')
    """
    finding = figure.finding
    table = finding.table.iloc[[i for i in range(len(finding.table)) if i not in figure.hidden]]
    names = [str(c) for c in table.columns]
    numeric = [table.iloc[:, i].dtype.kind in "fiu" for i in range(len(names))]
    ends = interval_columns(names, numeric)
    main = main_column(finding, figure.main)
    if not main or table.empty:
        return None
    at = names.index(main)
    table = table[[math.isfinite(v) for v in table.iloc[:, at].astype(float).tolist()]]
    labels, ordered = _labels(table, finding.formatted(), names, numeric, at)
    many = len(table) > MOST_BARS
    kind = "line" if ordered and many else "bar"
    most = MOST_POINTS if kind == "line" else MOST_BARS
    values, *interval = (
        tuple(float(v) for v in table.iloc[:most, i].astype(float).tolist()) for i in (at, *ends.get(at, ()))
    )
    if interval and any(not math.isfinite(v) for column in interval for v in column):
        interval = []
    low, high = interval or ((), ())
    if not values:
        return None
    unit = finding.units.get(names[at], "")
    words = heading(finding.formatted().columns[at])
    return Chart(
        kind, tuple(labels[:most]), values, low, high, words, unit, finding.currency, max(0, len(table) - most)
    )


def redrawn(figure: Figure, *, colour: str) -> bytes | None:
    """A picture of what may leave, as PNG, where the recorded one may not; None where there is nothing to draw."""
    chart = chart_of(figure)
    if chart is None:
        return None
    from cxlab.style import INK, figure_style, new_axes, tick_text

    ax = new_axes(height=1.2 + 0.4 * len(chart.values) if chart.kind == "bar" else 4.0)
    places = range(len(chart.values))
    with figure_style():
        if chart.kind == "bar":
            ax.plot(chart.values, places, "o", color=colour)
            if chart.low:
                ax.hlines(places, chart.low, chart.high, color=colour, linewidth=2)
            ax.set_yticks(places, [label if len(label) < 32 else label[:31] + "…" for label in chart.labels])
            ax.set_ylim(len(chart.values) - 0.5, -0.5)
            ax.set_xlabel(chart.name)
            axis = ax.xaxis
        else:
            ax.plot(places, chart.values, color=colour)
            if chart.low:
                ax.fill_between(places, chart.low, chart.high, color=colour, alpha=0.2, linewidth=0)
            step = max(1, len(chart.labels) // 6)
            ax.set_xticks(places[::step], chart.labels[::step])
            ax.set_ylabel(chart.name)
            axis = ax.yaxis
        axis.set_major_formatter(lambda value, _: tick_text(value, chart.unit, chart.currency))
        ax.tick_params(colors=INK)
        file = io.BytesIO()
        ax.figure.savefig(file, format="png", dpi=192, metadata={"Software": None})
    return file.getvalue()


def _labels(table: DataFrame, written: DataFrame, names, numeric, at: int) -> tuple[list[str], bool]:
    """What each row is called, and whether the rows have an order of their own (time, or steps of a number)."""
    texts = [
        i for i in range(len(names))
        if (table.iloc[:, i].dtype.kind in "OUST" or str(table.dtypes.iloc[i]) == "str")
        and not table.iloc[:, i].isin([True, False]).all()  # yes and no name nothing
    ]  # fmt: skip
    days = [i for i in range(len(names)) if table.iloc[:, i].dtype.kind == "M"]
    if days:
        return [f"{day:%Y-%m-%d}" for day in table.iloc[:, days[0]]], True
    naming = [i for i in texts if table.iloc[:, i].nunique() > 1][:2]
    steps = [i for i in range(at) if numeric[i] and names[i] not in _NOT_STEPS]
    if not naming and not (len(table) > 1 and steps and table.iloc[:, steps[0]].is_unique):  # nothing better
        naming = texts[:1]
    if naming:
        if table.iloc[:, naming[0]].nunique() == len(table):
            naming = naming[:1]
        return [" · ".join(str(v) for v in row) for row in table.iloc[:, naming].itertuples(index=False)], False
    if steps:
        column, name = table.iloc[:, steps[0]], heading(written.columns[steps[0]])
        shown = written.iloc[:, steps[0]].loc[column.index] if texts else [f"{v:g}" for v in column.astype(float)]
        return [f"{name} {v}" if texts else v for v in shown], bool(column.is_monotonic_increasing)
    return [str(i + 1) for i in range(len(table))], False
