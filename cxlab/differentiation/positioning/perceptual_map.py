"""The perceptual map: what each brand is named for more than the others, and how surely."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import chi2

from cxlab.differentiation.positioning.brand_table import BrandTable
from cxlab.differentiation.positioning.correspondence import Correspondence, aligned, axes, correspondence
from cxlab.errors import DataError, unknown
from cxlab.experience.drivers.names import in_sentences
from cxlab.finding import Check, Finding, Key
from cxlab.wording import count, number, share

_MAY_BE_READ = (
    "Brands that lie near each other are named for the same things, and a brand is named more than others for what "
    "lies in its direction. The distance from a brand to an attribute says nothing, nor does the map say who is "
    "better: it shows what each is named for, given how often it is named at all."
)


def perceptual_map(
    table: BrandTable | pd.DataFrame, *, own: str = "", level: float = 0.9, draws: int = 500,
    rng: np.random.Generator | int = 0,
) -> Finding:  # fmt: skip
    """A map of brands and what they are named for, with what chance alone would move them by.

    Parameters
    ----------
    table : of `read_brand_table`, or a DataFrame of counts (brands, attributes)
    own : our brand
    level : coverage of the ellipses, and of intervals along each axis
    draws : resamples of the respondents

    Returns
    -------
    Finding "differentiation.map", a row a brand or attribute: point, kind ("brand", "attribute"), mass (share of all
        counts), x, x_low, x_high, y, y_low, y_high (coordinates), quality (share of its differences that the map
        shows), share_of_x, share_of_y (of the axis), told (its ellipse leaves out the middle, where nothing differs)

    Raises
    ------
    DataError : fewer than three brands or attributes, or one without counts.

    Notes
    -----
    Brands in principal coordinates, attributes as contributions (Greenacre 2013, Contribution biplots, J. Comput.
    Graph. Stat. 22). Resampled maps are turned onto the map by Procrustes before their spread is taken. χ² is
    corrected for respondents who name many things (Rao & Scott 1981, second order).

    >>> counts = pd.DataFrame([[40, 10, 10], [10, 40, 10], [10, 10, 40]], index=list("abc"),
    ...                       columns=["kind", "cheap", "quick"])
    >>> found = perceptual_map(counts, own="a")
    >>> found.title, bool(found.table["told"].all())
    ('a is named for kind more than others', True)
    """
    table = table if isinstance(table, BrandTable) else BrandTable(table)
    counts = table.counts
    if min(counts.shape) < 3:
        raise DataError(f"{counts.shape[0]} brands and {counts.shape[1]} attributes make a line, not a map.",
                        expected="three of each or more")  # fmt: skip
    if own and own not in counts.index:
        raise unknown("brand", own, counts.index)
    found, rng = correspondence(counts), np.random.default_rng(rng)
    rows, columns = _resampled(table, found, draws, rng)
    places = _places(found, rows, columns, level)
    p, chi_square, df = told_apart(table)
    shown = float(found.inertias[:2].sum() / found.inertia) if found.inertia else 0.0
    sure, over = p <= 1 - level, _over(found)
    say = in_sentences(counts.columns)
    lead = own or str(counts.index[np.abs(found.rows[:, 0]).argmax()])
    most = _stands_for(over.loc[lead], places, say)
    n = f"{count(table.respondents)} respondents" if table.respondents else f"{count(counts.to_numpy().sum())} counts"
    chance = "less than 0.1 %" if p < 0.001 else share(p)
    if not sure:
        title = "Do not read this map: brands are not told apart by what they are named for"
    elif most:
        title = f"{lead} is named for {most} more than others"
    else:
        title = f"{lead} is not told from the average brand by what it is named for"
    return Finding(
        name="differentiation.map",
        title=title,
        text=" ".join([
            f"{n} name {count(counts.shape[1])} attributes of {count(counts.shape[0])} brands"
            f"{', ' * bool(table.period)}{table.period}. Differences as large as these come by chance alone in "
            f"{chance} of such surveys; the map shows {share(shown)} of them.",
            *_said(over, places, say, sure), _MAY_BE_READ,
        ]),
        table=places,
        units=dict.fromkeys(["mass", "quality", "share_of_x", "share_of_y"], "share"),
        checks=(
            Check("chance of differences as large as these if brands were named alike", sure, share(p, digits=1),
                  f"≤ {share(1 - level)}", "What the map shows may be chance: do not act on it, ask more respondents."),
            Check("share of the differences that the map shows", shown >= 0.7, share(shown), f"≥ {share(0.7)}",
                  "Look at the table, where nothing is lost."),
            Check("share of cells in which fewer than 5 are expected", found.enough, share(found.sparse), "≤ 20 %",
                  "Put rare attributes together or leave them out."),
        ),
        draw=lambda ax: _draw(ax, places, rows, columns, found, own=own, level=level, sure=sure),
        caption=f"Correspondence analysis of {n}{', ' * bool(table.period)}{table.period}; χ² = "
        f"{number(chi_square, digits=4)}, {number(df)} degrees of freedom; {level * 100:g} % ellipses of "
        f"{count(draws)} resamples; coordinates without unit.",
        keys=(Key(chance, f"chance of such differences if all brands were named alike ({n})"),),
    )  # fmt: skip


def _resampled(table: BrandTable, found: Correspondence, draws: int, rng) -> tuple[np.ndarray, np.ndarray]:
    """Coordinates of brands and attributes in every resample, turned onto the map: (draws, points, 2)."""
    _, rows, columns = axes(table.resampled(draws, rng))
    return aligned(rows[..., :2], columns[..., :2], found.rows[:, :2], found.row_masses)


def told_apart(table: BrandTable) -> tuple[float, float, float]:
    """Whether brands are named for different things: p, χ² and degrees of freedom, corrected for how people answer.

    >>> [round(x, 3) for x in told_apart(BrandTable(pd.DataFrame([[20, 10], [10, 20]])))]
    [0.01, 6.667, 1.0]
    """
    found = correspondence(table.counts)
    trace, squares = table.design_effects()
    if not trace > 0:
        return 1.0, 0.0, float(found.df)
    statistic, df = found.chi_square * trace / squares, trace**2 / squares
    return float(chi2.sf(statistic, df)), statistic, df


def _places(found: Correspondence, rows: np.ndarray, columns: np.ndarray, level: float) -> pd.DataFrame:
    tails = [(1 - level) / 2, (1 + level) / 2]
    r, c = found.row_masses, found.column_masses
    full = found.columns * np.sqrt(found.inertias)
    parts = []
    for kind, names, mass, at, drawn, whole, weight in (
        ("brand", found.counts.index, r, found.rows[:, :2], rows, found.rows, r[:, None] * found.rows[:, :2] ** 2
         / np.maximum(found.inertias[:2], 1e-300)),
        ("attribute", found.counts.columns, c, found.columns[:, :2], columns, full, found.columns[:, :2] ** 2),
    ):  # fmt: skip
        low, high = np.quantile(drawn, tails, axis=0)
        total = (whole**2).sum(1)
        parts.append(pd.DataFrame({
            "point": names.astype(str), "kind": kind, "mass": mass, "x": at[:, 0], "x_low": low[:, 0],
            "x_high": high[:, 0], "y": at[:, 1], "y_low": low[:, 1], "y_high": high[:, 1],
            "quality": np.where(total > 0, (whole[:, :2] ** 2).sum(1) / np.maximum(total, 1e-300), 0.0),
            "share_of_x": weight[:, 0], "share_of_y": weight[:, 1],
            "told": [_leaves_out_middle(at[i], drawn[:, i], level) for i in range(len(at))],
        }))  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def _leaves_out_middle(at: np.ndarray, drawn: np.ndarray, level: float) -> bool:
    covariance = np.cov(drawn.T) + 1e-12 * np.eye(2)
    return bool(at @ np.linalg.solve(covariance, at) > chi2.ppf(level, 2))


def _over(found: Correspondence) -> pd.DataFrame:
    """Standardised residuals: how much more a brand is named for an attribute than if all were named alike."""
    values = found.counts.to_numpy(float)
    expected = np.outer(found.row_masses, found.column_masses) * values.sum()
    return pd.DataFrame((values - expected) / np.sqrt(expected), index=found.counts.index, columns=found.counts.columns)


def _stands_for(over: pd.Series, places: pd.DataFrame, say) -> str:
    told = places.set_index(["kind", "point"])["told"]
    if not told["brand", str(over.name)]:
        return ""
    named = over[np.array([told["attribute", str(a)] for a in over.index]) & (over > 0)].nlargest(2)
    return " and ".join(say(a) for a in named.index)


def _said(over: pd.DataFrame, places: pd.DataFrame, say, sure: bool) -> list[str]:
    if not sure:
        return []
    said = [(brand, _stands_for(over.loc[brand], places, say)) for brand in over.index]
    return [f"{brand}: named for {most} more than others." for brand, most in said if most]


def _draw(ax, places, rows, columns, found, *, own, level, sure):
    from cxlab.differentiation.charts.positioning import draw_map

    parts = found.inertias / found.inertia if found.inertia else found.inertias
    return draw_map(ax, places, rows, columns, shown=tuple(parts[:2]), own=own, level=level, sure=sure)
