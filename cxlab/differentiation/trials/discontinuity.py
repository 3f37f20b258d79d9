"""Regression discontinuity: those just above a cut-off against those just below it."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import t as student

from cxlab.differentiation.trials.density import Density, density_jump
from cxlab.differentiation.trials.effect import Effect
from cxlab.differentiation.trials.estimated import Estimated
from cxlab.differentiation.trials.jumps import Jump, best_bandwidth, jump, two_jumps
from cxlab.differentiation.trials.panels import chance, rarely
from cxlab.differentiation.trials.running import Running
from cxlab.errors import ModelError, ParameterError
from cxlab.finding import Check, Finding, Key
from cxlab.wording import count, interval, number, share

_DRAWS = 4000
_PLACEBOS = 6
#: F of the jump in who received it below which a ratio says nothing (Staiger & Stock 1997)
_WEAK = 10


def regression_discontinuity(
    rows: Running, *, bandwidth: float | None = None, name: str = "", per: str = "", level: float = 0.9,
    rng: np.random.Generator | int = 0,
) -> Estimated:  # fmt: skip
    """The jump of an outcome where a rule sets in.

    Parameters
    ----------
    rows : of `read_running`; bandwidth : how far from the cut-off rows count, by default chosen from the data
    name : what sets in; per : what a row is
    level : coverage of the intervals

    Returns
    -------
    Estimated; finding "differentiation.discontinuity", a row a way to look, the one that is believed first: way,
        bandwidth (infinite: all rows alike), jump, low, high, p_value, n_below, n_above. Ways: "curves near the
        cut-off" (bias-corrected; where the cut-off decides not all: "of those who received it", per unit that did),
        "lines near the cut-off", "half as near", "twice as far", "without the nearest tenth", "all rows, one slope",
        "all rows, a line a side", "all rows, a curve a side". Details: a row a bin: x, mean, n, below, above (curves)

    Raises
    ------
    ModelError : too few values on a side.

    Notes
    -----
    Local polynomials, triangular kernel, best bandwidth of Imbens & Kalyanaraman (2012) times n^(−1/20), which is best
    for the coverage of intervals; robust bias correction (Calonico, Cattaneo & Titiunik 2014; Calonico, Cattaneo &
    Farrell 2018, On the effect of bias estimation on coverage accuracy in nonparametric inference, Journal of the
    American Statistical Association 113(522)). Assumption: nobody can place himself just beyond the cut-off, and
    nothing else sets in there. The ratio's interval is Fieller's (Anderson & Rubin 1949).

    >>> from cxlab.differentiation.trials.running import read_running
    >>> x = np.linspace(-1, 1, 401)
    >>> rows = read_running(pd.DataFrame({"score": x, "outcome": x + 2 * (x >= 0) + .1 * np.sin(97 * np.arange(401))}),
    ...                     running="score", cutoff=0)
    >>> regression_discontinuity(rows).finding.table["jump"].round(1).tolist()[:2]
    [2.0, 2.0]
    """
    if not 0 < level < 1 or (bandwidth is not None and not bandwidth > 0):
        raise ParameterError(f"level = {level}, bandwidth = {bandwidth}.", expected="0 < level < 1, bandwidth > 0")
    h = bandwidth or coverage_bandwidth(rows)
    near = jump(rows, bandwidth=h, order=2)
    table, first = _ways(rows, h, near, level)
    crowd = density_jump(rows) if _counts(rows) else None
    placebos = placebo_jumps(rows, level=level)
    checks = _checks(rows, h, table, crowd, placebos, first, level)
    row, what, say = table.iloc[0], name or "the rule", rows.change
    details = binned(rows, h)
    rng = np.random.default_rng(rng)
    finding = Finding(
        name="differentiation.discontinuity",
        title=_title(rows, row, what),
        text=_text(rows, table, crowd, placebos, what, level),
        table=table,
        units=dict.fromkeys(("jump", "low", "high"), rows.measured)
        | {"p_value": "share", "n_below": "count", "n_above": "count"},
        checks=checks,
        draw=lambda ax: _draw(ax, details, rows, h, near, level),
        caption=f"{rows.about}. Local curves within {number(h)} of the cut-off, triangular "
        f"kernel, {level * 100:g} % interval, robust to bias; points are means of bins.",
        keys=(Key(f"{say(row['jump'])}{rows.points}", f"{rows.outcome} through {what}, {level * 100:g} % "
                  f"{say(row['low'])} to {say(row['high'])} (n = {count(row['n_below'])} below and "
                  f"{count(row['n_above'])} above)"),),
        currency=rows.currency,
    )  # fmt: skip
    draws = near.value + near.error * rng.standard_t(near.degrees, _DRAWS)
    if first is not None:
        value, covariance, degrees = first
        both = rng.multivariate_normal(np.zeros(2), covariance, _DRAWS)
        both = value + both / np.sqrt(rng.chisquare(degrees, (_DRAWS, 1)) / degrees)
        draws = both[:, 0] / both[:, 1]
    effect = Effect(draws, rows.measured, per or "row", what, int(row["n_below"] + row["n_above"]), finding.checks,
                    rows.simulated, rows.currency, rows.days)  # fmt: skip
    return Estimated(finding, effect, details)


def coverage_bandwidth(rows: Running) -> float:
    """How near to look: the best bandwidth for an estimate, made smaller as intervals want it."""
    return best_bandwidth(rows) * float(min(rows.n.sum(), 1e12)) ** -0.05


def placebo_jumps(rows: Running, *, level: float = 0.9) -> pd.DataFrame:
    """Jumps at cut-offs where nothing sets in, each from rows of one side only: at, jump, low, high, wrong."""
    found = []
    for side in (rows.x < 0, rows.x >= 0):
        own = rows.rows(side)
        order = np.cumsum(own.n) / own.n.sum()
        for share_ in np.linspace(0, 1, _PLACEBOS // 2 + 2)[1:-1]:
            at = float(own.x[int(np.argmax(order >= share_))])
            moved = own.moved(at)
            if min((moved.x < 0).sum(), (moved.x >= 0).sum()) < 8:
                continue
            try:
                other = jump(moved, bandwidth=coverage_bandwidth(moved), order=2)
            except ModelError:
                continue
            low, high = other.ends(level)
            found.append({"at": at, "jump": other.value, "low": low, "high": high, "wrong": bool(low > 0 or high < 0)})
    return pd.DataFrame(found, columns=["at", "jump", "low", "high", "wrong"])


def binned(rows: Running, bandwidth: float, *, bins: int = 20) -> pd.DataFrame:
    """Means of bins of the running variable, and the curves fitted near the cut-off: x, mean, n, curve (NaN beyond)."""
    found = []
    for side in (~rows.treated, rows.treated):
        own = rows.rows(side)
        edges = np.linspace(own.x.min(), own.x.max(), bins + 1)
        place = np.clip(np.searchsorted(edges, own.x, side="right") - 1, 0, bins - 1)
        for b in np.unique(place):
            at = place == b
            n = own.n[at].sum()
            found.append({"x": own.n[at] @ own.x[at] / n, "mean": own.n[at] @ own.mean[at] / n, "n": int(n)})
        inside = np.abs(own.x) < bandwidth
        root = np.sqrt(own.n[inside] * (1 - np.abs(own.x[inside]) / bandwidth))
        fit = np.linalg.lstsq(
            (own.x[inside, None] ** np.arange(3)) * root[:, None], own.mean[inside] * root, rcond=None
        )
        ends = (-min(bandwidth, -own.x.min()), 0.0) if own.x.max() < 0 else (0.0, min(bandwidth, own.x.max()))
        for x in np.linspace(*ends, 25):
            found.append({"x": x, "curve": float(fit[0] @ x ** np.arange(3)), "above": bool(own.x.max() >= 0)})
    return pd.DataFrame(found).sort_values("x", ignore_index=True)


def _counts(rows: Running) -> bool:
    """Whether the number of rows at a value says something: not where each is one row of a table of means."""
    return bool((rows.n > 1).any()) or len(rows.x) > 100


def _ways(rows: Running, h: float, near: Jump, level: float):
    donut = h / 10
    ways = [
        ("curves near the cut-off", {"bandwidth": h, "order": 2}), ("lines near the cut-off", {"bandwidth": h}),
        ("half as near", {"bandwidth": h / 2, "order": 2}), ("twice as far", {"bandwidth": 2 * h, "order": 2}),
        ("without the nearest tenth", {"bandwidth": h, "order": 2, "donut": donut}),
        ("all rows, one slope", {"common": True}), ("all rows, a line a side", {}),
        ("all rows, a curve a side", {"order": 2}),
    ]  # fmt: skip
    found, first = [], None
    if rows.received is not None:
        value, covariance, degrees, n = two_jumps(rows, bandwidth=h)
        first = (value, covariance, degrees)
        low, high = _fieller(value, covariance, student.ppf((1 + level) / 2, degrees))
        found.append({"way": "of those who received it", "bandwidth": h, "jump": value[0] / value[1], "low": low,
                      "high": high, "p_value": near.p_value, "n_below": n[0], "n_above": n[1]})  # fmt: skip
    for way, options in ways:
        try:
            other = jump(rows, **options)
        except ModelError:
            continue
        low, high = other.ends(level)
        found.append({"way": way, "bandwidth": other.bandwidth, "jump": other.value, "low": low, "high": high,
                      "p_value": other.p_value, "n_below": other.n[0], "n_above": other.n[1]})  # fmt: skip
    return pd.DataFrame(found), first


def _fieller(value, covariance, t: float) -> tuple[float, float]:
    """All ratios θ with |y − θd| ≤ t·se(y − θd); infinite where the denominator may be zero."""
    a = value[1] ** 2 - t**2 * covariance[1, 1]
    b = -2 * (value[0] * value[1] - t**2 * covariance[0, 1])
    c = value[0] ** 2 - t**2 * covariance[0, 0]
    inside = b**2 - 4 * a * c
    if a <= 0 or inside < 0:
        return -np.inf, np.inf
    return tuple((-b + sign * np.sqrt(inside)) / (2 * a) for sign in (-1, 1))


def _checks(rows: Running, h: float, table, crowd: Density | None, placebos, first, level) -> tuple[Check, ...]:
    row, ways = table.iloc[0], table.set_index("way")
    values = min(int(((np.abs(rows.x) < h) & (rows.treated == s)).sum()) for s in (True, False))
    checks = [
        Check("values of the thinner side near the cut-off", values >= 10, values, "≥ 10",
              "A curve follows chance here."),
        Check("rows of the thinner side near the cut-off", min(row["n_below"], row["n_above"]) >= 20,
              int(min(row["n_below"], row["n_above"])), "≥ 20", "Wait for more rows."),
    ]  # fmt: skip
    if len(rows.x) < 100 and not _counts(rows):
        checks.pop()
    if crowd is not None:
        checks.append(Check("chance of so uneven a number of rows on both sides of the cut-off", crowd.p_value >= 0.05,
                            chance(crowd.p_value), "≥ 0.05", "Who stands where may have been chosen: those who could "
                            "placed themselves beyond it."))  # fmt: skip
    for name in rows.covariates or {}:
        other = rows.of(name)
        try:
            p_value = jump(other, bandwidth=coverage_bandwidth(other), order=2).p_value
        except ModelError:
            continue
        limit = 0.05 / len(rows.covariates)
        checks.append(Check(f"chance of such a jump of {name}, settled before", p_value >= limit, chance(p_value),
                            f"≥ {limit:.2g}", "Both sides differed before."))  # fmt: skip
    if len(placebos) >= 3:
        wrong = float(placebos["wrong"].mean())
        checks.append(Check("cut-offs where nothing sets in that show a jump", wrong <= 0.4, share(wrong), "≤ 40 %",
                            "The outcome jumps by itself."))  # fmt: skip
    main = ways.loc["curves near the cut-off"]
    if main["low"] > 0 or main["high"] < 0:
        for way in ("half as near", "twice as far", "without the nearest tenth"):
            if way in ways.index:
                value = float(ways.loc[way, "jump"])
                reach = (ways.loc[way, "high"] - ways.loc[way, "low"]) / 2
                far = max((main["high"] - main["low"]) / 2, reach)
                checks.append(Check(f"jump seen {way}", abs(value - main["jump"]) <= far, value,
                                    f"{number(main['jump'] - far)} … {number(main['jump'] + far)}",
                                    "What is found depends on how far one looks."))  # fmt: skip
    if first is not None:
        strength = float(first[0][1] ** 2 / first[1][1, 1])
        checks.append(Check("strength (F) of the jump in who received it", strength >= _WEAK, strength, f"≥ {_WEAK}",
                            "The cut-off decides too little."))  # fmt: skip
    return tuple(checks)


def _title(rows: Running, row, what: str) -> str:
    if row["low"] <= 0 <= row["high"]:
        return f"{rows.outcome[0].upper()}{rows.outcome[1:]} does not jump for sure where {what} sets in"
    side = "up" if row["jump"] > 0 else "down"
    return (f"{rows.outcome[0].upper()}{rows.outcome[1:]} jumps {side} by {rows.change(row['jump'])[1:]}{rows.points} "
            f"where {what} sets in")  # fmt: skip


def _text(rows: Running, table, crowd, placebos, what: str, level: float) -> str:
    say, row, ways = rows.change, table.iloc[0], table.set_index("way")
    lead = "Simulated data: " if rows.simulated else ""
    where = ", ".join(f"{c:g}" for c in rows.cutoff)
    said = [
        f"{lead}where {what} sets in ({rows.name} of {where}), {rows.outcome} changes by {say(row['jump'])}"
        f"{rows.points} {interval(say(row['low']), say(row['high']), level=level)}"
        f"{' for who received it' if row['way'] == 'of those who received it' else ''}, from {count(row['n_below'])} "
        f"rows below and {count(row['n_above'])} above within {number(row['bandwidth'])}{', ' * bool(rows.days)}"
        f"{rows.days}.",
        "It is the effect on those at the cut-off, not on those far from it.",
    ]  # fmt: skip
    seen = [w for w in ("half as near", "twice as far", "all rows, a curve a side") if w in ways.index]
    said.append("Looking otherwise: " + ", ".join(f"{w} {say(ways.loc[w, 'jump'])}" for w in seen) + ".")
    if crowd is not None:
        said.append(f"Just beyond the cut-off are {number(np.exp(crowd.log_ratio))} times as many rows as just before "
                    f"(chance of that by itself: {rarely(crowd.p_value)}).")  # fmt: skip
    if len(placebos):
        said.append(f"At {count(placebos['wrong'].sum())} of {count(len(placebos))} cut-offs where nothing sets in a "
                    "jump shows, too.")  # fmt: skip
    said.append(
        "What would change our mind: rows that were moved across the cut-off, or another rule at the same place."
    )
    return " ".join([said[0][0].upper() + said[0][1:], *said[1:]])


def _draw(ax, details, rows: Running, h: float, near: Jump, level: float):
    from cxlab.differentiation.charts.quasi_cutoff import draw_discontinuity

    return draw_discontinuity(ax, details, name=rows.name, outcome=rows.outcome, measured=rows.measured,
                              currency=rows.currency, cutoff=rows.cutoff, ends=near.ends(level), bandwidth=h,
                              words=rows.change(near.value))  # fmt: skip
