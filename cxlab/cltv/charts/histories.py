"""Heat maps over histories: what a model says of every frequency and time since the last purchase, and who is there."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.ticker import FuncFormatter

from cxlab.cltv.posterior import Posterior
from cxlab.cltv.summary import Summary
from cxlab.errors import ParameterError, unknown
from cxlab.style import BLUE, INK, MUTED, figure_style, key_above, narrow, sequential, text_size, tick_text, write_axis

#: rows of cells in a heat map: about as many as an eye can tell apart
CELLS = 40
#: opacity of cells without a customer
PALE = 0.4


def history_grid(
    posterior: Posterior,
    summary: Summary,
    *,
    horizon: float | None = None,
    most: int | None = None,
    segment: str | None = None,
    draws: int = 200,
    rng: np.random.Generator | int = 1,
) -> pd.DataFrame:
    """What a model says of customers by frequency and by time since their last purchase, and how many are there.

    Parameters
    ----------
    horizon : future that expected purchases count, in ``summary.time_unit``; by default as long as the observed period
    most : largest frequency; by default that of all but one customer in a thousand, at least 8 and at most 40
    segment : one of ``posterior.groups``; by default the average over segments, each by its customers
    draws : posterior draws averaged over

    Returns
    -------
    DataFrame, a row a cell: frequency (repeat purchases), silence (time from the last purchase to the end of
    observation), recency, T, p_alive, expected_purchases (means over the posterior; missing where a history is
    impossible), customers; in ``attrs``: horizon

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
    horizon = float(horizon or summary.observed)
    mine = np.ones(len(rows), dtype=bool) if segment is None else rows.group == rows.groups.index(segment)
    frequency, weight = rows["frequency"][mine], rows.weight[mine]
    silence, longest = (rows["T"] - rows["recency"])[mine], float(rows["T"][mine].max())
    if most is None:
        order = np.argsort(frequency)
        rank = np.cumsum(weight[order]) / weight.sum()
        most = int(np.clip(frequency[order][np.searchsorted(rank, 0.999)], 8, 40))
    step = max(summary.scale, longest / CELLS)
    step = max(1.0, np.ceil(step)) if step > 0.5 else step
    x, quiet = (a.ravel() for a in np.meshgrid(np.arange(most + 1.0), np.arange(0, longest + step / 2, step)))
    quiet = np.minimum(quiet, longest)
    T = np.where(x > 0, longest, quiet)
    possible = (x == 0) | (quiet < longest)
    recency = np.where(x > 0, longest - quiet, 0.0)
    theta = posterior.draws(draws, rng)
    groups = range(len(posterior.groups)) if segment is None else [posterior.groups.index(segment)]
    share = rows.group_weight / rows.customers if len(groups) > 1 else np.ones(len(posterior.groups))
    alive, purchases = np.zeros(len(x)), np.zeros(len(x))
    model = posterior.model
    at = np.flatnonzero(possible)
    for g in groups:
        own = tuple(theta[:, :, g][:, :, None])
        p = model.p_alive(own, x[at], recency[at], T[at])
        alive[at] += share[g] * p.mean(0)
        purchases[at] += share[g] * (p * model.expected_if_alive(own, x[at], T[at], horizon)).mean(0)
    alive[~possible] = purchases[~possible] = np.nan
    cell = np.round(silence / step).astype(int) * (most + 1) + frequency.astype(int)
    inside = frequency <= most
    table = pd.DataFrame(
        {
            "frequency": x.astype(int),
            "silence": quiet,
            "recency": recency,
            "T": T,
            "p_alive": alive,
            "expected_purchases": purchases,
            "customers": np.bincount(cell[inside], weights=weight[inside], minlength=len(x))[: len(x)],
        }
    )
    table.attrs = {"horizon": horizon}
    return table


def draw_p_alive(ax: Axes, posterior: Posterior, summary: Summary, **options) -> Axes:
    """Probability of still being a customer, by frequency and time since the last purchase (see `history_grid`)."""
    return draw_histories(ax, history_grid(posterior, summary, **options), value="p_alive", time_unit=summary.time_unit)


def draw_expected_purchases(ax: Axes, posterior: Posterior, summary: Summary, **options) -> Axes:
    """Expected purchases over the horizon, by frequency and time since the last purchase (see `history_grid`)."""
    table = history_grid(posterior, summary, **options)
    return draw_histories(ax, table, value="expected_purchases", time_unit=summary.time_unit)


@figure_style()
def draw_histories(ax: Axes, table: pd.DataFrame, *, value: str = "p_alive", time_unit: str = "week") -> Axes:
    """A heat map of a table of `history_grid`, its customers as dots that grow with their number.

    Cells without any customer are pale: there the model speaks of people nobody has seen.

    Parameters
    ----------
    table : columns frequency, silence, customers and `value`
    value : "p_alive" or "expected_purchases"
    """
    import seaborn as sns

    if value not in ("p_alive", "expected_purchases"):
        raise unknown("value", value, ("p_alive", "expected_purchases"))
    cells = table.pivot(index="silence", columns="frequency", values=value)
    people = table.pivot(index="silence", columns="frequency", values="customers").to_numpy()
    chance = value == "p_alive"
    top = 1.0 if chance else float(np.nanmax(np.where(people > 0, cells, np.nan)))
    label = "P(alive)" if chance else f"Expected purchases in {table.attrs.get('horizon', 0):g} {time_unit}s"
    unit = "share" if chance else ""
    sns.heatmap(
        cells,
        ax=ax,
        cmap=sequential(),
        vmin=0,
        vmax=top,
        xticklabels=False,
        yticklabels=False,
        rasterized=True,
        cbar_kws={"format": FuncFormatter(lambda v, _: tick_text(v, unit)), "pad": 0.02, "aspect": 30},
    )
    mesh = ax.collections[0]
    mesh.set_alpha(np.where(people > 0, 1.0, PALE).ravel())
    ax.invert_yaxis()
    _ticks(ax.xaxis, cells.columns.to_numpy(float), 6 if narrow(ax) else 12)
    _ticks(ax.yaxis, cells.index.to_numpy(float), 6)
    ax.tick_params(rotation=0, length=3)
    write_axis(ax.xaxis, "Repeat purchases (frequency)")
    write_axis(ax.yaxis, f"{time_unit.capitalize()}s since the last purchase")
    bar = mesh.colorbar
    bar.outline.set_visible(False)
    bar.ax.tick_params(labelsize=text_size(ax), length=2)
    bar.set_label(label, fontsize=text_size(ax), color=MUTED)
    _people(ax, people)
    return ax


def _ticks(axis, values: np.ndarray, most: int) -> None:
    """Round numbers at the middle of their cells."""
    from matplotlib.ticker import MaxNLocator

    step = values[1] - values[0]
    marks = [v for v in MaxNLocator(most, integer=True).tick_values(values[0], values[-1]) if 0 <= v <= values[-1]]
    axis.set_ticks([v / step + 0.5 for v in marks], [tick_text(v) for v in marks])


def _people(ax: Axes, people: np.ndarray) -> None:
    """A dot in every cell with customers, its diameter by the fourth root of their number, and a key above the axes."""
    row, column = np.nonzero(people)
    number = people[row, column]
    width, height = ax.figure.get_figure(root=True).get_size_inches()
    room = 72 * min(0.7 * width / people.shape[1], 0.72 * height / people.shape[0])

    def area(n):
        return room**2 * np.sqrt(n / number.max())

    dots = {"color": INK, "linewidths": 0.3, "edgecolors": "white"}
    ax.scatter(column + 0.5, row + 0.5, s=area(number), zorder=3, label="customers", **dots)
    shown = [n for n in (1, 100, 1_000, 10_000) if n <= number.max()]
    handles = [ax.scatter([], [], s=area(n), **dots) for n in shown]
    words = [f"{n:,.0f}" + (" customer" if n == 1 else "") for n in shown]
    key_above(ax, [*handles, Rectangle((0, 0), 1, 1, facecolor=BLUE, alpha=PALE)], [*words, "nobody"])
