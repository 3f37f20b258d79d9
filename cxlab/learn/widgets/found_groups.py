"""Groups that are found, and groups that are made: a method told to find k, in people of three kinds or of one."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from cxlab.learn.widgets.frame import Control, Seen, Widget
from cxlab.segments import assess_stability, k_means
from cxlab.segments.stability import STABLE, STRONG
from cxlab.segments.table import FeatureTable
from cxlab.style import BLUE, INK, MARKERS, PALE_BLUE, SERIES
from cxlab.wording import count, interval, number, share

KINDS, _MOST, _GROUPS = 3, 240, 5
#: of the test: enough to see, and quick
_DRAWS = {"bootstraps": 16, "splits": 5, "references": 3}
LEVEL = 0.9
#: the three questions to a segment, by the number that answers each
QUESTIONS = {"jaccard": "Comes back", "prediction_strength": "Can be foretold", "separation": "Has a valley"}


def make(*, k: int = 4, apart: float = 0.0, n: int = 150) -> Widget:
    """The widget "found-groups": what people like and say, as two wishes, and k groups by k-means.

    Parameters
    ----------
    k : groups it is told to find; apart : standard deviations between every two of three kinds of people, 0 for one
        kind; n : clients; at first

    >>> make().move(apart=6.0, k=3).title
    'Told to find 3, it finds 3. By the three questions: found'
    """
    return Widget("found-groups", [
        Control("k", "Groups to find", k, 2, _GROUPS, 1, write=count),
        Control("apart", "Kinds lie apart, standard deviations", apart, 0.0, 6.0, 0.5,
                write=lambda apart: number(apart, digits=2)),
        Control("n", "Clients", n, 60, _MOST, 30, write=count),
    ], see)  # fmt: skip


def see(*, k: int, apart: float, n: int) -> Seen:
    """The groups, and whether they come back when clients are drawn anew."""
    rows = people(apart, n)
    features = FeatureTable.from_frame(rows)
    found = k_means(features, k=k, starts=5)
    tested = assess_stability(features, k=[k], methods=["k_means"], level=LEVEL, **_DRAWS)
    table = _answers(tested.table.iloc[0])
    verdict = "found" if tested.supported == k else "made, not found"
    kinds = f"There are {KINDS} kinds, {number(apart, digits=2)} standard deviations apart" if apart else (
        "There is one kind of people, who differ by degrees")  # fmt: skip
    back, strong, valley = table.itertuples()
    return Seen(
        title=f"Told to find {k}, it finds {k}. By the three questions: {verdict}",
        text=f"{kinds}. In {count(n)} clients the least stable group comes back with a likeness of "
        f"{number(back.value, digits=2)} {_ends(back)}; {number(back.limit, digits=2)} is needed. One half of the "
        f"clients foretells the other with a strength of {number(strong.value, digits=2)} {_ends(strong)}; "
        f"{number(strong.limit, digits=2)} is needed. Between two groups the crowd thins out by {share(valley.value)} "
        f"at least; more than {share(valley.limit)} is needed, for as much is seen where there is nothing to find.",
        table=table.assign(verdict=verdict),
        draw=lambda axes: _draw(axes, rows, found.labels, table),
        columns=2,
        finding=tested.number(),
    )  # fmt: skip


def _answers(row: pd.Series) -> pd.DataFrame:
    """A row a question: question, value, low, high, limit, met."""
    limits = (STABLE, STRONG, row["separation_limit"])
    table = pd.DataFrame([
        {"question": words, "value": row[name], "low": row.get(f"{name}_low", np.nan),
         "high": row.get(f"{name}_high", np.nan), "limit": limit}
        for (name, words), limit in zip(QUESTIONS.items(), limits, strict=True)
    ])  # fmt: skip
    return table.assign(met=(table["value"] >= table["limit"]))


def _ends(row) -> str:
    return interval(number(row.low, digits=2), number(row.high, digits=2), level=LEVEL)


def people(apart: float, n: int) -> pd.DataFrame:
    """Two wishes of each client, in standard deviations within a kind; with more clients a spa goes on as it began."""
    kind, noise = _chance()
    corners = apart * np.array([[-0.5, -(3**0.5) / 6], [0.5, -(3**0.5) / 6], [0, 3**-0.5]])
    return pd.DataFrame(corners[kind[:n]] + noise[:n], columns=["quiet", "looks"])


@cache
def _chance() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(8)
    return rng.integers(0, KINDS, _MOST), rng.normal(size=(_MOST, 2))


def _draw(axes, rows: pd.DataFrame, labels: np.ndarray, table: pd.DataFrame) -> None:
    left, right = axes
    for i in range(int(labels.max()) + 1):
        own = rows[labels == i]
        left.plot(own["quiet"], own["looks"], linestyle="none", marker=MARKERS[i], color=SERIES[i], markersize=4)
    reach = 1.08 * float(np.abs(rows.to_numpy()).max())
    left.set(xlim=(-reach, reach), ylim=(-reach, reach), xticks=(-4, 0, 4), yticks=(-4, 0, 4))
    left.set_xlabel("Wish for quiet, standard deviations", fontsize=8)
    left.set_ylabel("Wish for good looks", fontsize=8)
    at = np.arange(len(table))[::-1]
    met = table["met"].to_numpy()
    bars = right.barh(at, table["value"], height=0.5, color=[BLUE if m else PALE_BLUE for m in met])
    for bar, one in zip(bars, met, strict=True):
        bar.set_hatch("" if one else "//")
        bar.set_edgecolor("white")
    right.hlines(at, table["low"], table["high"], color=INK, linewidth=2)
    right.vlines(table["limit"], at - 0.3, at + 0.27, color=INK, linestyle="--", linewidth=1.2)
    for y, row in zip(at, table.itertuples(), strict=True):
        right.text(0, y + 0.28, f"{row.question}: {'yes' if row.met else 'no'}", fontsize=9, color=INK, va="bottom",
                   fontweight="bold" if row.met else "normal")  # fmt: skip
    right.set(xlim=(0, 1.02), ylim=(-0.5, len(table) - 0.3), xticks=(0, 0.5, 1))
    right.set_yticks([])
    right.spines["left"].set_visible(False)
    right.set_xlabel("0 to 1; dashed: needed; line: 90 % of draws", fontsize=8)
