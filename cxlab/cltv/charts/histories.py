"""Heat maps over histories: what a model says of every frequency and time since the last purchase, and who is there."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.ticker import FuncFormatter, MaxNLocator

from cxlab.cltv.posterior import Posterior
from cxlab.cltv.summary import Summary
from cxlab.errors import ParameterError, unknown
from cxlab.style import BLUE, INK, MUTED, figure_style, key_above, narrow, sequential, text_size, tick_text, write_axis

#: rows of cells in a heat map: about as many as an eye can tell apart
CELLS = 40
#: opacity of cells without a customer
PALE = 0.4
#: diameter in points
_LARGEST_DOT = 10
_VALUES = ("p_alive", "expected_purchases")


def history_grid(
    posterior: Posterior,
    summary: Summary,
    *,
    horizon: float | None = None,
    most: int | None = None,
    segment: str | None = None,
    draws: int = 200,
    level: float = 0.9,
    rng: np.random.Generator | int = 1,
) -> pd.DataFrame:
    """What a model says of customers by frequency and by time since their last purchase, and how many are there.

    Parameters
    ----------
    horizon : future that expected purchases count, in ``summary.time_unit``; by default as long as the observed period
    most : largest frequency; by default that of all but one customer in a thousand, within 8 and 40
    segment : one of ``posterior.groups``; by default the average over segments, each by its customers
    draws : posterior draws averaged over
    level : coverage of the interval of P(alive)

    Returns
    -------
    DataFrame, a row a cell: frequency (repeat purchases), silence (time from the last purchase to the end of
    observation), recency, T, p_alive, p_alive_low, p_alive_high, expected_purchases (means over the posterior; missing
    where a history is impossible), customers

    Notes
    -----
    Histories are those of customers observed as long as the longest observed; recency = T − silence. Without a repeat
    purchase the last purchase is the first one, so T = silence. Customers are counted where their own frequency and
    silence put them, whatever their T.
    """
    rows = summary.rows
    if segment is not None and segment not in posterior.groups:
        raise unknown("segment", segment, posterior.groups)
    if horizon is not None and not horizon > 0:
        raise ParameterError(f"horizon = {horizon}.", expected="a length of time > 0")
    mine = np.ones(len(rows), dtype=bool) if segment is None else rows.group == rows.groups.index(segment)
    table = _cells(rows["frequency"][mine], (rows["T"] - rows["recency"])[mine], rows.weight[mine],
                   longest=float(rows["T"][mine].max()), scale=summary.scale, most=most)  # fmt: skip
    x, recency, T = (table[c].to_numpy(float) for c in ("frequency", "recency", "T"))
    # one purchase a step of the grain at most
    at = np.flatnonzero((x == 0) | (x * summary.scale <= recency + 1e-9))
    theta = posterior.draws(draws, rng)
    groups = range(len(posterior.groups)) if segment is None else [posterior.groups.index(segment)]
    part = rows.group_weight / rows.customers if len(groups) > 1 else np.ones(len(posterior.groups))
    alive, purchases = np.full((draws, len(x)), np.nan), np.full(len(x), np.nan)
    alive[:, at] = purchases[at] = 0.0
    for g in groups:
        own = tuple(theta[:, :, g][:, :, None])
        p = posterior.model.p_alive(own, x[at], recency[at], T[at])
        bought = p * posterior.model.expected_if_alive(own, x[at], T[at], float(horizon or summary.observed))
        alive[:, at] += part[g] * p
        purchases[at] += part[g] * bought.mean(0)
    low, high = np.quantile(alive, ((1 - level) / 2, (1 + level) / 2), axis=0)
    mean = alive.mean(0)
    return table.assign(p_alive=mean, p_alive_low=low, p_alive_high=high, expected_purchases=purchases)


def _cells(frequency, silence, weight, *, longest: float, scale: float, most: int | None) -> pd.DataFrame:
    """The cells of a heat map and the customers in them: frequency, silence, recency, T, customers."""
    if most is None:
        order = np.argsort(frequency)
        rank = np.cumsum(weight[order]) / weight.sum()
        most = int(np.clip(frequency[order][np.searchsorted(rank, 0.999)], 8, 40))
    most = max(1, min(most, int(frequency.max())))
    step = scale * max(1, int(np.ceil(longest / CELLS / scale - 1e-9)))
    levels = np.minimum(np.arange(0, longest + step / 2, step), longest)
    x, quiet = (a.ravel() for a in np.meshgrid(np.arange(most + 1.0), levels))
    inside = frequency <= most
    row = np.minimum(np.round(silence / step).astype(int), len(levels) - 1)
    at = (row * (most + 1) + frequency.astype(int))[inside]
    return pd.DataFrame(
        {
            "frequency": x.astype(int),
            "silence": quiet,
            "recency": np.where(x > 0, longest - quiet, 0.0),
            "T": np.where(x > 0, longest, quiet),
            "customers": np.bincount(at, weights=weight[inside], minlength=len(x)),
        }
    )


def draw_p_alive(ax: Axes, posterior: Posterior, summary: Summary, **options) -> Axes:
    """Probability of still being a customer, by frequency and time since the last purchase (see `history_grid`)."""
    return draw_histories(ax, history_grid(posterior, summary, **options), value="p_alive", time_unit=summary.time_unit)


def draw_expected_purchases(
    ax: Axes, posterior: Posterior, summary: Summary, *, horizon: float | None = None, **options
) -> Axes:
    """Expected purchases over a horizon, by frequency and time since the last purchase (see `history_grid`)."""
    horizon = float(horizon or summary.observed)
    table = history_grid(posterior, summary, horizon=horizon, **options)
    label = f"Expected purchases in {horizon:g} {summary.time_unit}s"
    return draw_histories(ax, table, value="expected_purchases", label=label, time_unit=summary.time_unit)


@figure_style()
def draw_histories(
    ax: Axes, table: pd.DataFrame, *, value: str = "p_alive", label: str = "", time_unit: str = "week"
) -> Axes:
    """A heat map of a table of `history_grid`, with its customers as dots that grow with their number.

    Cells without any customer are pale: there the model speaks of people nobody has seen. Where P(alive) passes one
    half stands a line, between dashed ones at the ends of its interval.

    Parameters
    ----------
    table : columns frequency, silence, customers and `value`; p_alive_low and p_alive_high beside p_alive
    value : "p_alive" or "expected_purchases"
    label : what the colours say, with unit
    """
    import seaborn as sns

    if value not in _VALUES:
        raise unknown("value", value, _VALUES)
    cells = table.pivot(index="silence", columns="frequency", values=value)
    people = table.pivot(index="silence", columns="frequency", values="customers").to_numpy()
    chance = value == "p_alive"
    top = 1.0 if chance else float(np.nanmax(np.where(people > 0, cells, np.nan)))
    unit = "share" if chance else ""
    bar = {"format": FuncFormatter(lambda v, _: tick_text(v, unit)), "pad": 0.02, "aspect": 30}
    ticks = {"xticklabels": False, "yticklabels": False}
    sns.heatmap(cells, ax=ax, cmap=sequential(), vmin=0, vmax=top, rasterized=True, cbar_kws=bar, **ticks)
    mesh = ax.collections[0]
    mesh.set_alpha(np.where(people > 0, 1.0, PALE).ravel())
    ax.invert_yaxis()
    half = chance and _half(ax, table)
    _ticks(ax.xaxis, cells.columns.to_numpy(float), 6 if narrow(ax) else 12)
    _ticks(ax.yaxis, cells.index.to_numpy(float), 6)
    ax.tick_params(rotation=0, length=3)
    write_axis(ax.xaxis, "Repeat purchases (frequency)")
    write_axis(ax.yaxis, f"{time_unit.capitalize()}s since the last purchase")
    mesh.colorbar.outline.set_visible(False)
    mesh.colorbar.ax.tick_params(labelsize=text_size(ax), length=2)
    label = label or ("P(alive)" if chance else "Expected purchases")
    mesh.colorbar.set_label(label, fontsize=text_size(ax), color=MUTED)
    _people(ax, people, half=half)
    return ax


def _half(ax: Axes, table: pd.DataFrame) -> bool:
    """The line along which a repeat buyer is as likely gone as not, if there is one, with its interval."""
    drawn = False
    for column, style in (("p_alive", "-"), ("p_alive_low", "--"), ("p_alive_high", "--")):
        cells = table.pivot(index="silence", columns="frequency", values=column).to_numpy()[:, 1:]
        known = cells[np.isfinite(cells)]
        if min(cells.shape) < 2 or not known.min() < 0.5 < known.max():
            continue
        x, y = np.arange(cells.shape[1]) + 1.5, np.arange(cells.shape[0]) + 0.5
        line = ax.contour(
            x, y, cells, levels=[0.5], colors=INK, linewidths=1.4 if style == "-" else 0.7, linestyles=style
        )
        line.set_label(f"half {column}")
        drawn = True
    return drawn


def _ticks(axis, values: np.ndarray, most: int) -> None:
    """Round numbers at the middle of their cells."""
    step = values[1] - values[0]
    marks = [v for v in MaxNLocator(most, integer=True).tick_values(values[0], values[-1]) if 0 <= v <= values[-1]]
    axis.set_ticks([v / step + 0.5 for v in marks], [tick_text(v) for v in marks])


def _people(ax: Axes, people: np.ndarray, *, half: bool) -> None:
    """A dot in every cell with customers, its diameter by the fourth root of their number, and a key above the axes."""
    row, column = np.nonzero(people)
    number = people[row, column]
    width, height = ax.figure.get_figure(root=True).get_size_inches()
    room = min(_LARGEST_DOT, 72 * 0.7 * width / people.shape[1], 72 * 0.72 * height / people.shape[0])

    def area(n):
        return room**2 * np.sqrt(n / number.max())

    dots = {"color": INK, "linewidths": 0.3, "edgecolors": "white"}
    ax.scatter(column + 0.5, row + 0.5, s=area(number), zorder=3, label="customers", **dots)
    shown = [n for n in (1, 100, 1_000, 10_000) if n <= number.max()]
    shown = shown[:: max(1, len(shown) - 1)] if narrow(ax) else shown
    handles = [ax.scatter([], [], s=area(n), **dots) for n in shown]
    words = [f"{n:,.0f}" + (" customer" if n == 1 and not narrow(ax) else "") for n in shown]
    handles += [Rectangle((0, 0), 1, 1, facecolor=BLUE, alpha=PALE)]
    words += ["nobody"]
    if half:
        handles, words = (
            [*handles, Line2D([], [], color=INK, linewidth=1.4)],
            [*words, "50 %" if narrow(ax) else "P(alive) 50 %"],
        )
    key_above(ax, handles, words, left=True)
