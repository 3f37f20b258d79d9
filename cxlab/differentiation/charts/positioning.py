"""Pictures of positions: the map of brands and what they are named for."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Ellipse
from scipy.stats import chi2

from cxlab.experience.charts.points import name_points
from cxlab.experience.drivers.names import short_names
from cxlab.style import BLUE, INK, LINE, MUTED, ORANGE, PALE_BLUE, figure_style, narrow, note, write_axis
from cxlab.wording import share


@figure_style()
def draw_map(
    ax: Axes, table: pd.DataFrame, rows: np.ndarray, columns: np.ndarray, *, shown: tuple[float, float],
    own: str = "", level: float = 0.9, sure: bool = True,
) -> Axes:  # fmt: skip
    """Brands as points with ellipses, attributes as arrows from the middle; dashed where not told from the middle.

    Parameters
    ----------
    table : a row a brand or attribute: point, kind, x, y, told
    rows, columns : resampled coordinates of brands and attributes, shape (draws, points, 2)
    shown : share of all differences along each axis
    own : our brand, drawn filled
    sure : whether the brands differ by more than chance; a note says so where not
    """
    brands, attributes = (table[table["kind"] == kind].reset_index(drop=True) for kind in ("brand", "attribute"))
    reach = float(np.quantile(np.abs(rows), 0.95, axis=0).max())
    # attributes have a scale of their own: their length is what they give to the axes
    scale = np.abs(brands[["x", "y"]]).to_numpy().max() / max(np.abs(attributes[["x", "y"]]).to_numpy().max(), 1e-9)
    for line in (ax.axhline, ax.axvline):
        line(0, color=LINE, linewidth=0.8, zorder=1)
    for row in attributes.itertuples():
        ax.annotate("", (row.x * scale, row.y * scale), (0, 0), zorder=2, arrowprops={
            "arrowstyle": "-|>", "color": ORANGE, "linewidth": 1.2, "linestyle": "-" if row.told else ":",
            "shrinkA": 0, "shrinkB": 0, "mutation_scale": 9})  # fmt: skip
    for i, row in enumerate(brands.itertuples()):
        ax.add_patch(_ellipse((row.x, row.y), rows[:, i], level, told=row.told))
        filled = row.point == own or not own
        ax.plot(
            row.x, row.y, marker="o", color=BLUE, markerfacecolor=BLUE if filled else "white", markersize=7, zorder=4
        )
    names = pd.concat([brands.assign(at_x=brands["x"], at_y=brands["y"]),
                       attributes.assign(at_x=attributes["x"] * scale, at_y=attributes["y"] * scale)])  # fmt: skip
    wide = 1.0 if narrow(ax) else 1.7
    spread_x, spread_y = names["at_x"].abs().max(), names["at_y"].abs().max()
    reach = max(1.35 * spread_y, 1.35 * spread_x / wide, min(reach, 1.6 * max(spread_x, spread_y)))
    ax.set_xlim(-wide * reach, wide * reach)
    ax.set_ylim(-reach, reach)
    ax.set_aspect("equal")
    for axis, part, words in ((ax.xaxis, shown[0], "horizontally"), (ax.yaxis, shown[1], "vertically")):
        write_axis(axis, f"{share(part)} of the differences {words}")
    short = short_names(attributes["point"])
    name_points(ax, names["at_x"], names["at_y"], names["point"].map(lambda name: short.get(name, name)),
                most=12 if narrow(ax) else 20)  # fmt: skip
    words = "dotted: not told from the middle" if sure else "not more than chance"
    if sure and not narrow(ax):
        words = f"arrows: what brands are named for; {words}"
    note(ax, words, (0, 1), frame="axes", shift=(0, 4), va="bottom", colour=MUTED if sure else ORANGE)
    return ax


def _ellipse(at, drawn: np.ndarray, level: float, *, told: bool) -> Ellipse:
    values, vectors = np.linalg.eigh(np.cov(drawn.T))
    width, height = 2 * np.sqrt(np.maximum(values, 0) * chi2.ppf(level, 2))
    angle = np.degrees(np.arctan2(vectors[1, 0], vectors[0, 0]))
    return Ellipse(at, width, height, angle=angle, facecolor=PALE_BLUE, alpha=0.45, edgecolor=INK,
                   linestyle="-" if told else "--", linewidth=0.9, zorder=3)  # fmt: skip
