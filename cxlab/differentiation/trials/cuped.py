"""What was measured before the trial takes chance out of what came after: narrower intervals from the same units."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from cxlab.differentiation.trials.effect import Effect
from cxlab.differentiation.trials.posteriors import even_amounts
from cxlab.differentiation.trials.read_trial import Trial
from cxlab.differentiation.trials.words import change, named, per_unit
from cxlab.errors import DataError, ParameterError, unknown
from cxlab.finding import Check, Finding, Key
from cxlab.wording import count, interval, number, share

#: units with a measure before, in the smallest arm, from which slopes are known well enough to do no harm
LEAST = 20
#: chance of shares measured before that differ so much between arms below which who was measured hangs on the arm
LOST = 0.001
#: share of units without a measure before up to which they may be left out, where an arm has next to none of them
ODD = 0.02
#: chance of arms so different before the trial below which they were not drawn at random
APART = 0.001


@dataclass(frozen=True)
class Adjusted:
    """One arm against the control, plain and adjusted.

    Parameters
    ----------
    plain, plain_se, value, se : differences and their standard errors; df : degrees of freedom of the adjusted one
    saved, saved_low, saved_high : share of the variance that is taken out, with its interval
    correlation : of before and after within arms; known : share of the units with a measure before
    before_p : chance of arms so different before; known_p : of shares measured before that differ so much
    shares : measured before in the arm and in the control
    fallen_back : whether the adjusted difference is the plain one; left_out : whether units without a measure are
    """

    plain: float
    plain_se: float
    value: float
    se: float
    df: float
    saved: float
    saved_low: float
    saved_high: float
    correlation: float
    known: float
    before_p: float
    known_p: float
    shares: tuple[float, float]
    fallen_back: bool
    left_out: bool


def adjusted_difference(arm: pd.Series, control: pd.Series, *, level: float = 0.9) -> Adjusted:
    """Difference of two arms with what was there before taken out.

    Parameters
    ----------
    arm, control : moments of each, as in `Trial.moments`

    Notes
    -----
    Known before: a regression with a slope in each arm, at the mean of both (Lin 2013, Agnostic notes on regression
    adjustments to experimental data, Annals of Applied Statistics 7(1)); not known: plain means; weighted by how many
    of each there are (post-stratification, so units without a measure before are neither dropped nor guessed). Where
    shares measured differ between arms by more than chance, or one arm has fewer than two units without (and more than
    2 % of all are), the plain difference stands; up to 2 % are left out there. One
    slope for both arms is CUPED (Deng, Xu, Kohavi & Walker 2013, Improving the sensitivity of online controlled
    experiments by utilizing pre-experiment data, WSDM). Unbiased whatever the slope, up to terms of 1/n.
    """
    pair = [arm, control]
    n, known = np.array([[r["n"], r["known"]] for r in pair], float).T
    plain = float(arm["mean"] - control["mean"])
    plain_var = float(sum(r["var"] / max(r["n"] - 1, 1) for r in pair))
    total = known.sum()
    x, xv = (np.array([r[c] for r in pair], float) for c in ("x_mean", "x_var"))
    slope = np.array([r["xy"] / r["x_var"] for r in pair], float)
    centre = float(known @ x / total)
    left = np.array([r["y_var"] - r["xy"] ** 2 / r["x_var"] for r in pair], float).clip(min=0.0)
    means = np.array([r["y_mean"] for r in pair], float) - slope * (x - centre)
    adjusted = float(means[0] - means[1])
    var = float((left * known / np.maximum(known - 2, 1) * (1 + (x - centre) ** 2 / xv) / known).sum())
    spread = float(known @ (xv + (x - centre) ** 2) / total)
    var += float((slope[0] - slope[1]) ** 2) * spread / total
    rest = n - known
    weight = float(total / n.sum())
    if (rest >= 2).all():
        others = [_rest(r) for r in pair]
        gap = others[0][0] - others[1][0]
        rest_var = sum(v / max(m - 1, 1) for (_, v), m in zip(others, rest, strict=True))
        mixed = weight * (1 - weight) * (adjusted - gap) ** 2 / n.sum()
        adjusted, var = weight * adjusted + (1 - weight) * gap, weight**2 * var + (1 - weight) ** 2 * rest_var + mixed
    cov, yv = (float(sum(k * r[c] for k, r in zip(known, pair, strict=True))) for c in ("xy", "y_var"))
    correlation = cov / np.sqrt(max(yv * float(known @ xv), 1e-300))
    # who was measured before must not hang on the arm, else strata are not the same people in both
    pool = weight * (1 - weight)
    gap_known = abs(float(known[0] / n[0] - known[1] / n[1])) / np.sqrt(pool * (1 / n).sum()) if pool > 0 else 0.0
    known_p = float(2 * stats.norm.sf(gap_known))
    fallen_back = bool(rest.sum() > 0 and (known_p < LOST or ((rest < 2).any() and 1 - weight > ODD)))
    if fallen_back:
        adjusted, var = plain, plain_var
    apart = abs(x[0] - x[1]) / np.sqrt((xv / np.maximum(known - 1, 1)).sum())
    saved = 1 - var / plain_var if plain_var else 0.0
    # of chance taken out, how surely: by the correlation, around what this regression saves
    low, high = (weight * r if not fallen_back else 0.0 for r in _squared(correlation, total - 3, level))
    return Adjusted(
        plain, plain_var**0.5, adjusted, var**0.5, max(float(n.sum() - 4), 1.0),
        saved, min(low, saved), max(high, saved), float(correlation), weight, float(2 * stats.norm.sf(apart)), known_p,
        (float(known[0] / n[0]), float(known[1] / n[1])), fallen_back,
        bool(rest.sum() > 0 and (rest < 2).any() and not fallen_back),
    )  # fmt: skip


def _rest(row: pd.Series) -> tuple[float, float]:
    """Mean and variance of the units without a measure before."""
    n, k = float(row["n"]), float(row["known"])
    mean = (n * row["mean"] - k * row["y_mean"]) / (n - k)
    squares = n * (row["var"] + row["mean"] ** 2) - k * (row["y_var"] + row["y_mean"] ** 2)
    return float(mean), max(float(squares / (n - k) - mean**2), 0.0)


def _squared(correlation: float, spare: float, level: float) -> tuple[float, float]:
    """Interval of a squared correlation by Fisher's z."""
    reach = stats.norm.ppf((1 + level) / 2) / np.sqrt(max(spare, 1))
    ends = np.tanh(np.arctanh(np.clip(correlation, -0.999999, 0.999999)) + np.array([-reach, reach]))
    return (0.0 if ends[0] * ends[1] < 0 else float((ends**2).min())), float((ends**2).max())


def cuped(trial: Trial, *, level: float = 0.9) -> Finding:
    """Every arm against the control, with what was measured before the trial taken out.

    Parameters
    ----------
    trial : with `before` of some units of every arm
    level : coverage of the intervals

    Returns
    -------
    Finding "differentiation.cuped", a row an arm beside the control: arm, n (with the control), known (share of units
        with a measure before), correlation (of before and after within arms), plain, plain_low, plain_high, difference,
        low, high (adjusted), p_better (that the difference is above 0), saved, saved_low, saved_high (share of the
        variance taken out), worth (units that one adjusted unit is worth)

    Raises
    ------
    DataError : `before` is missing, or does not differ between units.

    >>> from cxlab.differentiation.trials.read_trial import read_trial
    >>> rng = np.random.default_rng(2)
    >>> before = rng.normal(20, 5, 600)
    >>> rows = pd.DataFrame({"unit_id": range(600), "arm": ["A", "B"] * 300, "before": before,
    ...                      "outcome": before + rng.normal(0, 3, 600) + [0, 1] * 300})
    >>> cuped(read_trial(rows)).title
    'What was known before takes out 72 % of chance: B against A is +0.817'
    """
    if not 0 < level < 1:
        raise ParameterError(f"level = {level}.", expected="a coverage, 0 < level < 1", mend="level=0.9")
    _has_before(trial)
    arms = trial.moments()
    found = [adjusted_difference(row, arms.iloc[0], level=level) for _, row in arms.iloc[1:].iterrows()]
    z = stats.norm.ppf((1 + level) / 2)
    reach = [stats.t.ppf((1 + level) / 2, f.df) * f.se for f in found]
    table = pd.DataFrame({
        "arm": trial.arms[1:], "n": (arms["n"].iloc[1:] + arms["n"].iloc[0]).to_numpy(),
        "known": [f.known for f in found], "correlation": [f.correlation for f in found],
        "plain": [f.plain for f in found], "plain_low": [f.plain - z * f.plain_se for f in found],
        "plain_high": [f.plain + z * f.plain_se for f in found], "difference": [f.value for f in found],
        "low": [f.value - r for f, r in zip(found, reach, strict=True)],
        "high": [f.value + r for f, r in zip(found, reach, strict=True)],
        "p_better": [float(stats.t.cdf(f.value / f.se, f.df)) if f.se > 0 else np.nan for f in found],
        "saved": [f.saved for f in found], "saved_low": [f.saved_low for f in found],
        "saved_high": [f.saved_high for f in found],
        "worth": [f.plain_se**2 / f.se**2 if f.se else np.inf for f in found],
    })  # fmt: skip
    first = table.iloc[int(np.argmax(table["difference"].abs()))]
    lead = named(first["arm"])
    when = f", {trial.period}" if trial.period else ""
    helps = first["saved"] > 0.02
    said = [
        f"{named(r.arm)} against {trial.told}: {change(trial, r.difference)}{per_unit(trial)} "
        f"{interval(change(trial, r.low), change(trial, r.high), level=level)}; without it "
        f"{change(trial, r.plain)} ({change(trial, r.plain_low)} to {change(trial, r.plain_high)})."
        for r in table.itertuples()
    ]
    title = (
        f"What was known before takes out {share(first['saved'])} of chance: {lead} against {trial.told} is "
        f"{change(trial, first['difference'])}"
        if helps
        else f"What was known before takes out next to no chance: {lead} against {trial.told} is "
        f"{change(trial, first['difference'])}"
    )
    return Finding(
        name="differentiation.cuped",
        title=title,
        text=f"{share(first['known'])} of {count(trial.n)} {trial.per}s{when}{',' * bool(trial.over)} "
        "were measured before the trial too; "
        f"before and after go together with a correlation of {number(first['correlation'], digits=2)}. Taking that "
        f"out saves {share(max(first['saved'], 0))} of the variance "
        f"{interval(share(first['saved_low']), share(first['saved_high']), level=level)}: one {trial.per} is worth "
        f"{number(first['worth'], digits=2)}. {' '.join(said)} {_rest_words(trial, found)}"
        "What would change our mind: a measure that was taken after the trial began; it would hide what the "
        f"trial did.{' These data are simulated.' * trial.simulated}",
        table=table,
        units={"n": "count", "known": "share", "correlation": "correlation", "p_better": "share", "worth": "times"}
        | dict.fromkeys(["saved", "saved_low", "saved_high"], "share")
        | dict.fromkeys(["plain", "plain_low", "plain_high", "difference", "low", "high"], trial.unit),
        checks=(*trial.checks, *_checks(trial, arms, found)),
        draw=lambda ax: _draw(ax, trial, table, level),
        caption=f"n = {count(trial.n)} {trial.per}s{when}; regression on the measure before with a slope in each arm, "
        f"{level * 100:g} % intervals{'; simulated data' * trial.simulated}.",
        keys=(Key(share(max(first["saved"], 0)), f"of the variance taken out, {level * 100:g} % "
                  f"{share(first['saved_low'])} to {share(first['saved_high'])} (n = {count(trial.n)})"),),
        currency=trial.currency,
    )  # fmt: skip


def cuped_effect(trial: Trial, arm: str = "", *, draws: int = 4000, rng: np.random.Generator | int = 1) -> Effect:
    """What an arm changes with what was before taken out, as draws."""
    _has_before(trial)
    arm = arm or trial.arms[1]
    if arm not in trial.arms[1:]:
        raise unknown("arm beside the control", arm, trial.arms[1:])
    arms = trial.moments().set_index("arm", drop=False)
    found = adjusted_difference(arms.loc[arm], arms.loc[trial.control])
    drawn = found.value + found.se * np.random.default_rng(rng).standard_t(found.df, draws)
    return Effect(drawn, trial.unit, trial.per, f"{named(arm)} against {trial.told}",
                  int(arms.loc[[arm, trial.control], "n"].sum()),
                  (*trial.checks, *_checks(trial, arms.loc[[arm, trial.control]], [found])),
                  trial.simulated, trial.currency, trial.period, over=trial.over)  # fmt: skip


def _rest_words(trial: Trial, found: list[Adjusted]) -> str:
    if all(f.known == 1 for f in found):
        return ""
    if any(f.fallen_back for f in found):
        return "Who was measured before differs between arms, so the plain difference is shown there. "
    if any(f.left_out for f in found):
        return f"The few {trial.per}s not measured before are left out where one arm has next to none of them. "
    return f"{trial.per.capitalize()}s not measured before count as they are. "


def _checks(trial: Trial, arms: pd.DataFrame, found: list[Adjusted]) -> tuple[Check, ...]:
    few, apart = int(arms["known"].min()), min(f.before_p for f in found)
    worst = max(found, key=lambda f: (f.fallen_back, -f.known_p))
    return (
        Check("units measured before in the smallest arm", few >= LEAST, count(few), f"≥ {LEAST}",
              "Use the plain difference."),
        Check("share measured before, by arm", not worst.fallen_back,
              " against ".join(share(s) for s in worst.shares), f"as alike as chance ({share(LOST, digits=1)})",
              "Who was measured before hangs on the arm: the plain difference is shown."),
        Check("chance of arms so different before the trial", apart >= APART, share(apart, digits=1),
              f"≥ {share(APART, digits=1)}", "Arms were not drawn at random, or the measure was not taken before."),
        *([] if trial.kind == "share" else [even_amounts(arms)]),
    )  # fmt: skip


def _has_before(trial: Trial) -> None:
    if not trial.has_before:
        raise DataError(
            "no measure before the trial is known, or it is the same for all.",
            expected="the same measure before the trial, of three units or more in every arm",
            mend="--column before=NAME",
        )  # fmt: skip


def _draw(ax, trial: Trial, table: pd.DataFrame, level: float):
    from cxlab.differentiation.charts.sites import draw_adjusted

    return draw_adjusted(ax, trial, table, level=level)
