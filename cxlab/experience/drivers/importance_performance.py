"""Importance and performance: what matters and is not done well, with the probability of each quadrant."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cxlab.errors import DataError, ParameterError, unknown
from cxlab.experience.drivers.key_drivers import NOT_EFFECTS, DriverShares
from cxlab.experience.drivers.names import in_sentences
from cxlab.finding import Check, Finding, Key
from cxlab.montecarlo import spread
from cxlab.wording import chance_of, count, interval, listed, number, share

#: names of Martilla & James (1977), by (important, performed well)
QUADRANTS = {
    (True, False): "concentrate here",
    (True, True): "keep up the good work",
    (False, False): "low priority",
    (False, True): "possible overkill",
}
CROSSHAIRS = ("means", "scale midpoint")
#: clouds hold this many draws
_CLOUD = 300


@dataclass(frozen=True)
class _Plane:
    """Both axes with their draws: performance and importance (p,) and (draws, p)."""

    performance: np.ndarray
    importance: np.ndarray
    performances: np.ndarray
    importances: np.ndarray


def importance_performance(
    shares: DriverShares, *, importance: str = "derived", crosshair: str | tuple[float, float] = "means",
    level: float = 0.9,
) -> Finding:  # fmt: skip
    """Which attributes matter and fall short, and how sure that is.

    Parameters
    ----------
    shares : of `driver_shares`
    importance : "derived" (share of what goes along with the outcome) or "stated" (as respondents said themselves)
    crosshair : where the plane is cut: "means" (of the attributes), "scale midpoint", or (performance, importance)
    level : coverage of the intervals

    Returns
    -------
    Finding "experience.importance_performance", a row an attribute, most surely to be worked on first: attribute,
        performance, performance_low, performance_high (mean, points, of those who answered), importance,
        importance_low, importance_high (share, or points where stated), quadrant (the most probable), probability,
        p_concentrate_here, p_keep_up, p_low_priority, p_overkill, other_crosshair (quadrant were the plane cut the
        other way: at the midpoint of the scale, or at means)

    Raises
    ------
    DataError : nobody was asked for importance; scales differ.

    Notes
    -----
    The cut at means moves with the attributes in every draw. Derived importance has no midpoint of a scale: its cut is
    an equal share either way. Source: Martilla & James (1977), Importance-performance analysis, Journal of Marketing
    41(1).

    >>> from cxlab.experience.drivers.key_drivers import driver_shares
    >>> from cxlab.experience.drivers.ratings import Ratings
    >>> rows = pd.DataFrame({"overall": [1., 2, 3, 4], "staff": [1., 2, 2, 3], "price": [4., 5, 5, 4], "n": 25})
    >>> of = driver_shares(Ratings(rows, "overall", ("staff", "price"), scales={"staff": (1, 5), "price": (1, 5)}))
    >>> importance_performance(of).table[["attribute", "performance", "quadrant"]].values.tolist()
    [['staff', 2.0, 'concentrate here'], ['price', 4.5, 'possible overkill']]
    """
    if importance not in ("derived", "stated"):
        raise unknown("importance", importance, ("derived", "stated"))
    if isinstance(crosshair, str) and crosshair not in CROSSHAIRS:
        raise unknown("crosshair", crosshair, CROSSHAIRS)
    plane, ratings = _plane(shares, importance), shares.ratings
    scale = _one_scale(shares)
    at, cuts = _cut(plane, crosshair, scale, importance)
    other = next(c for c in CROSSHAIRS if c != crosshair)
    other_at, _ = _cut(plane, other, scale, importance)
    chance = _chances(plane, cuts)
    table, error = _table(shares, plane, chance, _names(plane, other_at), level)
    unit = "share" if importance == "derived" else "points"
    moved = table[table["quadrant"] != table["other_crosshair"]]
    return Finding(
        name="experience.importance_performance",
        title=_title(table, level),
        text=_text(shares, table, moved, at, crosshair, other, importance, level),
        table=table,
        units={c: "points" for c in table.columns if c.startswith("performance")}
        | {c: unit for c in table.columns if c.startswith("importance")}
        | {c: "share" for c in table.columns if c.startswith("p_") or c == "probability"},
        checks=(
            *ratings.checks(),
            Check("attributes likelier to stand elsewhere than where they are put", (table["probability"] < 0.5).sum()
                  <= len(table) / 2, int((table["probability"] < 0.5).sum()), f"≤ {len(table) // 2}",
                  "The plane is too crowded for these answers: read intervals, not quadrants."),
        ),
        monte_carlo_error=error,
        draw=lambda ax: _draw(ax, table, _clouds(shares, plane), at, importance, ratings.outcome),
        caption=f"n = {count(ratings.n)} answers{', ' * bool(ratings.period)}{ratings.period}; {importance} importance"
        f", cut at {_where(crosshair)} ({number(at[0])} points, {_value(at[1], unit)}); clouds are draws of the "
        "Bayesian bootstrap.",
        keys=(Key(chance_of(table["p_concentrate_here"].iloc[0]), "probability that "
                  f"{_all(table['attribute'].head(1), table)} matters more than the others and is done less well "
                  f"(n = {count(ratings.n)})"),),
    )  # fmt: skip


def _plane(shares: DriverShares, importance: str) -> _Plane:
    moments = shares.moments
    if importance == "derived":
        x, draws = shares.shares / shares.r_squared, shares.draws / shares.draws.sum(1, keepdims=True)
    elif moments.stated is None or np.isnan(moments.stated).any():
        raise DataError("importance was not asked, or not of every driver.",
                        expected="a column importance in surveys", mend='importance="derived"')  # fmt: skip
    else:
        x, draws = moments.stated, moments.stated_draws
    return _Plane(moments.mean[1:], x, moments.means[:, 1:], draws)


def _one_scale(shares: DriverShares) -> tuple[float, float]:
    scales = {shares.ratings.scales[d] for d in shares.drivers}
    if len(scales) > 1:
        said = ", ".join(f"{low:g} to {high:g}" for low, high in sorted(scales))
        raise DataError(f"attributes are rated on {len(scales)} scales ({said}).", expected="one scale",
                        mend="map those of one scale at a time: ratings.select([…])")  # fmt: skip
    return scales.pop()


def _cut(plane: _Plane, crosshair, scale, importance: str) -> tuple[tuple[float, float], tuple[np.ndarray, np.ndarray]]:
    """Where the plane is cut, and where in each draw."""
    if not isinstance(crosshair, str):
        if len(crosshair) != 2:
            raise ParameterError(f"crosshair = {crosshair!r}.", expected='two numbers, "means" or "scale midpoint"')
        here = tuple(float(v) for v in crosshair)
        return here, tuple(np.full(len(plane.performances), v) for v in here)
    at = (float(plane.performance.mean()), float(plane.importance.mean()))
    cuts = (plane.performances.mean(1), plane.importances.mean(1))
    if crosshair == "means":
        return at, cuts
    middle = sum(scale) / 2
    fixed = np.full(len(cuts[0]), middle)
    return ((middle, at[1]), (fixed, cuts[1])) if importance == "derived" else ((middle, middle), (fixed, fixed))


def _chances(plane: _Plane, cuts) -> np.ndarray:
    """Share of draws in each quadrant, shape (p, 4), in order of `QUADRANTS`."""
    well, matters = plane.performances >= cuts[0][:, None], plane.importances >= cuts[1][:, None]
    return np.stack([((matters == m) & (well == w)).mean(0) for m, w in QUADRANTS], 1)


def _names(plane: _Plane, at: tuple[float, float]) -> list[str]:
    return [
        QUADRANTS[bool(i >= at[1]), bool(p >= at[0])] for p, i in zip(plane.performance, plane.importance, strict=True)
    ]


def _table(shares: DriverShares, plane: _Plane, chance: np.ndarray, others: list[str], level: float):
    n = len(plane.performances)
    own, matter = spread(plane.performances, level), spread(plane.importances, level)
    table = pd.DataFrame(
        {"attribute": shares.drivers, "performance": plane.performance, "performance_low": own.quantiles[0],
         "performance_high": own.quantiles[1], "importance": plane.importance, "importance_low": matter.quantiles[0],
         "importance_high": matter.quantiles[1], "quadrant": [list(QUADRANTS.values())[k] for k in chance.argmax(1)],
         "probability": chance.max(1), "p_concentrate_here": chance[:, 0], "p_keep_up": chance[:, 1],
         "p_low_priority": chance[:, 2], "p_overkill": chance[:, 3], "other_crosshair": others}
    )  # fmt: skip
    error = pd.DataFrame(
        {"performance_low": own.quantile_error[0], "performance_high": own.quantile_error[1],
         "importance_low": matter.quantile_error[0], "importance_high": matter.quantile_error[1]}
    )  # fmt: skip
    for c in ("probability", "p_concentrate_here", "p_keep_up", "p_low_priority", "p_overkill"):
        error[c] = np.sqrt(table[c] * (1 - table[c]) / n)
    order = table.sort_values(["p_concentrate_here", "importance"], ascending=False).index
    return table.loc[order].reset_index(drop=True), error.loc[order].reset_index(drop=True)


def _title(table: pd.DataFrame, level: float) -> str:
    sure = table[(table["quadrant"] == "concentrate here") & (table["probability"] >= level)]
    if len(sure):
        verbs = ("matters", "is") if len(sure) == 1 else ("matter", "are")
        return f"{_all(sure['attribute'], table)} {verbs[0]} more than the rest and {verbs[1]} done less well"
    likely = table[table["p_concentrate_here"] >= 0.5]
    if len(likely):
        return f"{_all(likely['attribute'], table)} may matter more than the rest and be done less well"
    return "Nothing that matters more than the rest is done less well, as far as can be told"


def _all(names, table: pd.DataFrame) -> str:
    return listed(map(in_sentences(table["attribute"]), names))


def _value(value: float, unit: str) -> str:
    return share(value) if unit == "share" else f"{number(value)} points"


def _where(crosshair) -> str:
    return {"means": "the means of the attributes", "scale midpoint": "the midpoint of the scale"}.get(
        crosshair if isinstance(crosshair, str) else "", "the values that were set"
    )


def _text(shares, table, moved, at, crosshair, other, importance, level) -> str:
    ratings, unit = shares.ratings, "share" if importance == "derived" else "points"
    say = in_sentences(table["attribute"])
    said = [
        f"{count(len(table))} attributes, {count(ratings.n)} answers{', ' * bool(ratings.period)}{ratings.period}. "
        f"The plane is cut at {_where(crosshair)}: {number(at[0])} points and {_value(at[1], unit)}."
    ]
    for row in table[table["p_concentrate_here"] >= 0.2].head(4).itertuples():
        ends = interval(number(row.performance_low), number(row.performance_high), level=level)
        heavy = interval(_value(row.importance_low, unit), _value(row.importance_high, unit), level=level)
        said.append(
            f"{say(row.attribute)} is rated {number(row.performance)} {ends} and has {_value(row.importance, unit)} "
            f"{heavy} of importance: to concentrate on with a probability of {chance_of(row.p_concentrate_here)}."
        )
    unsure = table.loc[table["probability"] < level, "attribute"].map(say).tolist()
    if unsure:
        said.append(f"The quadrant of {', '.join(unsure)} is not decided.")
    where = "at the midpoint of the scale" if other == "scale midpoint" else "at means"
    said.append(
        f"Cut {where} instead, {', '.join(moved['attribute'].map(say))} would stand in another quadrant."
        if len(moved)
        else f"Cut {where} instead, all would stay where they are."
    )
    if importance == "derived":
        said.append("Where everybody is content with something, little of the score goes along with it.")
        said.append(NOT_EFFECTS)
    return " ".join(said)


def _clouds(shares: DriverShares, plane: _Plane) -> pd.DataFrame:
    """Draws of every attribute, for the picture."""
    some = slice(0, _CLOUD)
    return pd.DataFrame(
        {"attribute": np.tile(shares.drivers, len(plane.performances[some])),
         "performance": plane.performances[some].ravel(), "importance": plane.importances[some].ravel()}
    )  # fmt: skip


def _draw(ax, table, clouds, at, importance, outcome):
    from cxlab.experience.charts.drivers import draw_importance_performance

    return draw_importance_performance(ax, table, clouds, crosshair=at, importance=importance, outcome=outcome)
