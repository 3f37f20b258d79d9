"""Pictures of matching: the funnel from records to people, and how right it is."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cxlab.style import (
    BLUE,
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
from cxlab.wording import count, share, singular

#: head of each group of rows, and its parts with colour and hatching
_GROUPS = {
    "Records": {"records": (BLUE, "")},
    "Pairs merged": {"links": (PALE_BLUE, "")},
    "Pairs held back": {"questions": (PALE_ORANGE, "///"), "kept apart": (PALE_ORANGE, "")},
    "People": {"people": (TEAL, "")},
}
#: rows of one part; what is smaller is drawn together
_MOST = 4


@figure_style()
def draw_match_funnel(ax: Axes, table: pd.DataFrame) -> Axes:
    """From records to people: counts by source, by why pairs were merged, asked about or kept apart, and people.

    Parameters
    ----------
    table : part (records, links, questions, kept apart, people), name, n
    """
    at, labels, y = [], [], 0.0
    for head, parts in _GROUPS.items():
        total = table.loc[table["part"].isin(parts), "n"].sum()
        note(ax, f"{head}: {count(total)}", (0, y), shift=(2, 0)).set_fontweight("bold")
        y += 1
        for part, (colour, hatch) in parts.items():
            for row in _largest(table[table["part"] == part], part).itertuples():
                ax.barh(y, row.n, height=0.72, color=colour, hatch=hatch, edgecolor=ORANGE, linewidth=0, label=part)
                note(ax, count(row.n), (row.n, y), shift=(5, 0))
                at.append(y)
                labels.append(_short(row.name, 22 if narrow(ax) else 42))
                y += 1
        y += 0.3
    ax.set_yticks(at, labels)
    ax.set_ylim(y - 0.6, -0.7)
    ax.set_xlim(0, 1.18 * float(table["n"].max()))
    ax.tick_params(axis="y", length=0)
    write_axis(ax.yaxis, "")
    write_axis(ax.xaxis, "Records, pairs of records, people", unit="count")
    return ax


def _largest(own: pd.DataFrame, part: str) -> pd.DataFrame:
    """The rows of a part, the small ones together; questions and what is kept apart are one row each."""
    if part in ("questions", "kept apart"):
        return pd.DataFrame({"name": [{"questions": "left as questions"}.get(part, part)], "n": [own["n"].sum()]})
    own = own.sort_values("name") if part == "people" else own.sort_values("n", ascending=False, kind="stable")
    if len(own) <= _MOST:
        return own
    rest = own.iloc[_MOST - 1 :]
    other = pd.DataFrame({"name": [f"{len(rest)} others"], "n": [rest["n"].sum()]})
    return pd.concat([own.iloc[: _MOST - 1], other], ignore_index=True)


def _short(words: str, most: int) -> str:
    """A reason in as many letters as there is room for.

    >>> _short("same first name, last name and birth date", 25)
    'same first name, last na…'
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


@figure_style()
def draw_thresholds(ax: Axes, table: pd.DataFrame) -> Axes:
    """Precision and recall at each threshold, with intervals.

    Parameters
    ----------
    table : threshold, precision, recall, each with _low and _high
    """
    x, handles = np.arange(len(table)), []
    for i, name in enumerate(("precision", "recall")):
        reach = np.maximum([table[name] - table[f"{name}_low"], table[f"{name}_high"] - table[name]], 0)
        style = look(i, marker=True) | {"markersize": 5, "elinewidth": 1.6}
        handles.append(ax.errorbar(x + (0.06 if i else -0.06), table[name], yerr=reach, label=name, **style))
    names = ["rules\nalone" if t == 1 else share(t) for t in table["threshold"]]
    ax.set_xticks(x, names)
    lowest = float(table[["precision_low", "recall_low"]].min(axis=None))
    step = 0.05 if lowest > 0.7 else 0.1
    bottom = max(0.0, np.floor((lowest - 0.01) / step) * step)
    ax.set_yticks(np.arange(bottom, 1.001, step))
    ax.set_ylim(bottom, 1.005)
    write_axis(ax.xaxis, "Merged without a rule from this probability")
    write_axis(ax.yaxis, "Share of pairs", unit="share")
    key_above(
        ax, handles, ["precision: merged pairs that are one person", "recall: pairs of one person that are merged"]
    )
    return ax


@figure_style()
def draw_bands(ax: Axes, table: pd.DataFrame) -> Axes:
    """Share of pairs that are one person, by the probability the model gave, with intervals and number of pairs.

    Parameters
    ----------
    table : band, pairs, said, one, one_low, one_high
    """
    y = np.arange(len(table))
    reach = np.maximum([table["one"] - table["one_low"], table["one_high"] - table["one"]], 0)
    style = {"color": BLUE, "linestyle": "none", "marker": "o", "markersize": 6, "elinewidth": 2, "zorder": 2}
    found = ax.errorbar(table["one"], y, xerr=reach, **style)
    said = ax.scatter(table["said"], y, marker="|", s=220, linewidths=2.5, color=ORANGE, zorder=3)
    for at, n in zip(y, table["pairs"], strict=True):
        note(ax, singular(f"{count(n)} pairs"), (1.0, at), frame="beside", shift=(8, 0))
    name_rows(ax, list(table["band"]))
    ax.set_xlim(-0.02, 1.02)
    ax.grid(axis="y", color=MUTED, alpha=0.15)
    write_axis(ax.xaxis, "Pairs that are one person", unit="share")
    write_axis(ax.yaxis, "Probability the model gave")
    key_above(ax, [found, said], ["truly one person, with interval", "as the model said"])
    return ax


@figure_style()
def draw_weights(ax: Axes, table: pd.DataFrame, *, start: float) -> Axes:
    """Bits for (to the right) and against (hatched, to the left), by field and degree of likeness.

    Parameters
    ----------
    table : field, agreement, bits
    start : bits a pair starts from
    """
    y = np.arange(len(table)) + 0.5 * pd.factorize(table["field"])[0]
    speaks = table["bits"] > 0
    ax.barh(y[speaks], table.loc[speaks, "bits"], height=0.72, color=BLUE)
    ax.barh(
        y[~speaks],
        table.loc[~speaks, "bits"],
        height=0.72,
        color=PALE_ORANGE,
        hatch="///",
        edgecolor=ORANGE,
        linewidth=0,
    )
    for at, bits in zip(y, table["bits"], strict=True):
        side = 1 if bits > 0 else -1
        note(ax, f"{bits:+.1f}".replace("-", "−"), (bits, at), shift=(5 * side, 0), ha="left" if bits > 0 else "right")
    ax.axvline(0, color=MUTED, linewidth=0.8)
    ax.axvline(-start, color=ORANGE, linestyle="--", linewidth=1.2)
    note(ax, f"even odds from +{-start:.1f}", (-start, y[-1] + 1.0), shift=(0, 0), ha="center", colour=ORANGE)
    ax.set_yticks(y, list(table["agreement"]))
    ax.set_ylim(y[-1] + 1.6, -0.8)
    ax.tick_params(axis="y", length=0)
    low, high = min(float(table["bits"].min()), 0.0), max(float(table["bits"].max()), -start)
    ax.set_xlim(low - 0.14 * (high - low), high + 0.14 * (high - low))
    write_axis(ax.yaxis, "")
    write_axis(ax.xaxis, "Bits for one person (negative: against)")
    return ax
