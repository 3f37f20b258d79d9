"""Pictures of matching: the funnel from records to people, and how right it is."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cxlab.style import (
    BLUE,
    INK,
    MUTED,
    ORANGE,
    PALE_BLUE,
    PALE_ORANGE,
    TEAL,
    figure_style,
    key_above,
    look,
    name_rows,
    narrow,
    note,
    write_axis,
)
from cxlab.wording import count, share

_LOOK = {
    "records": (BLUE, ""), "links": (PALE_BLUE, ""), "questions": (PALE_ORANGE, "///"), "kept apart": (ORANGE, ""),
    "people": (TEAL, ""),
}  # fmt: skip
_HEADS = {
    "records": "Records, by source", "links": "Pairs merged, by why", "questions": "Pairs left as questions",
    "kept apart": "Pairs kept apart", "people": "People",
}  # fmt: skip
#: rows of one part; what is smaller is drawn together
_MOST = 5


@figure_style()
def draw_match_funnel(ax: Axes, table: pd.DataFrame) -> Axes:
    """From records to people: counts by source, by why pairs were merged, asked about or kept apart, and people.

    Parameters
    ----------
    table : part (records, links, questions, kept apart, people), name, n
    """
    at, labels, y = [], [], 0.0
    longest = float(table["n"].max())
    for part, (colour, hatch) in _LOOK.items():
        own = _largest(table[table["part"] == part])
        if own.empty:
            continue
        head = f"{_HEADS[part]}: {count(own['n'].sum())}"
        note(ax, head, (0, y), shift=(2, 0), colour=INK).set_fontweight("bold")
        y += 1
        for row in own.itertuples():
            ax.barh(y, row.n, height=0.72, color=colour, hatch=hatch, edgecolor=ORANGE if hatch else "none",
                    linewidth=0, label=part)  # fmt: skip
            note(ax, count(row.n), (row.n, y), shift=(5, 0))
            at.append(y)
            labels.append(_short(row.name, 24 if narrow(ax) else 44))
            y += 1
        y += 0.35
    ax.set_yticks(at, labels)
    ax.set_ylim(y - 0.6, -0.7)
    ax.set_xlim(0, 1.16 * longest)
    ax.tick_params(axis="y", length=0)
    write_axis(ax.yaxis, "")
    write_axis(ax.xaxis, "Records, pairs of records, people", unit="count")
    return ax


def _largest(own: pd.DataFrame) -> pd.DataFrame:
    own = own.sort_values("n", ascending=False, kind="stable")
    if len(own) <= _MOST:
        return own
    rest = own.iloc[_MOST - 1 :]
    other = pd.DataFrame({"name": [f"{len(rest)} others"], "n": [rest["n"].sum()]})
    return pd.concat([own.iloc[: _MOST - 1], other], ignore_index=True)


def _short(words: str, most: int) -> str:
    """A reason in as many letters as there is room for.

    >>> _short("same first name, last name and birth date", 24)
    'same first name, last n…'
    """
    return words if len(words) <= most else words[: most - 1] + "…"


@figure_style()
def draw_accuracy(ax: Axes, table: pd.DataFrame) -> Axes:
    """Precision, recall and F1 of pairs and of people, matching beside the join by e-mail, with intervals.

    Parameters
    ----------
    table : method, of, measure, value, low, high
    """
    rows = list(dict.fromkeys(zip(table["of"], table["measure"], strict=True)))
    handles, names = [], list(dict.fromkeys(table["method"]))
    for i, method in enumerate(names):
        own = table[table["method"] == method].set_index(["of", "measure"]).loc[rows]
        y = np.arange(len(rows)) + (0.18 if i else -0.18)
        reach = np.maximum([own["value"] - own["low"], own["high"] - own["value"]], 0)
        style = look(i, marker=True) | {"linestyle": "none", "markersize": 5, "elinewidth": 2}
        handles.append(ax.errorbar(own["value"], y, xerr=reach, label=method, **style))
        for at, row in zip(y, own.itertuples(), strict=True):
            digits = 1 if row.value > 0.9 else 0
            note(ax, share(row.value, digits=digits), (1.0, at), frame="beside", shift=(6, 0), colour=style["color"])
    name_rows(ax, [f"{measure} of {of}" for of, measure in rows])
    ax.set_xlim(min(0.5, 0.95 * float(table["low"].min(skipna=True))), 1.005)
    ax.grid(axis="y", color=MUTED, alpha=0.15)
    write_axis(ax.xaxis, "Share", unit="share")
    key_above(ax, handles, names)
    return ax
