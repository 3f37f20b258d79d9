"""Arms side by side: how likely each is the best, by how much, and what taking it costs on average."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlab.differentiation.trials.effect import Effect
from cxlab.differentiation.trials.posteriors import Posteriors, arm_posteriors
from cxlab.differentiation.trials.read_trial import Trial
from cxlab.differentiation.trials.words import amount, chance, change, named, per_unit, spread_words
from cxlab.errors import ParameterError, unknown
from cxlab.finding import Finding, Key
from cxlab.wording import count, interval, number

BETTER = ("higher", "lower")


def compare_arms(
    trial: Trial, *, prior: tuple[float, float] = (1.0, 1.0), spread: float = 0.0, better: str = "higher",
    level: float = 0.9,
) -> Finding:  # fmt: skip
    """Every arm against the control: means, differences, ratios, chances and expected losses.

    Parameters
    ----------
    trial : see `read_trial`
    prior, spread : what was believed before, see `arm_posteriors`
    better : "higher" or "lower" outcomes
    level : coverage of the intervals

    Returns
    -------
    Finding "differentiation.ab", a row an arm, the control first: arm, n, mean (as seen), value, low, high (what the
        true mean may be), difference, difference_low, difference_high, ratio, ratio_low, ratio_high (to the control;
        missing of itself), p_better (than the control), p_best, expected_loss (lost by taking the arm, in the unit of
        the outcome, on average over all that may be true: 0 counts where it is the best)

    Notes
    -----
    Arms have independent posteriors given the prior; all numbers are integrals over them, nothing is sampled. The
    expected loss of an arm is E[max over arms] − E[arm].

    >>> from cxlab.differentiation.trials.read_trial import read_trial
    >>> rows = pd.DataFrame({"unit_id": range(400), "arm": ["A"] * 200 + ["B"] * 200,
    ...                      "outcome": [1] * 20 + [0] * 180 + [1] * 30 + [0] * 170})
    >>> compare_arms(read_trial(rows)).table[["arm", "p_better", "expected_loss"]].round(4).values.tolist()
    [['A', nan, 0.0505], ['B', 0.9333, 0.001]]
    """
    _checked(better, level)
    known = arm_posteriors(trial, prior=prior, spread=spread)
    table = _table(trial, known, better, level)
    when = f", {trial.period}" if trial.period else ""
    best = table.loc[table["p_best"].idxmax()]
    against = table.iloc[1:].sort_values("p_best", ascending=False)
    said = [_sentence(trial, row, better, level) for row in against.itertuples()]
    said[0] = said[0].removesuffix(".") + f" (n = {count(trial.n)} {trial.per}s in {len(table)} arms{when})."
    said.insert(1, f"{trial.what[0].upper()}{trial.what[1:]} is {amount(trial, table['mean'].iloc[0])} of "
                f"{count(table['n'].iloc[0])} {trial.per}s in {trial.told}.")  # fmt: skip
    if len(table) > 2:
        said.append(f"{named(best['arm'])} is the best of all with a probability of {chance(best['p_best'])}.")
    if spread:
        said.append(f"Before the trial, arms were taken to differ by about {spread_words(trial, spread)}.")
    if trial.simulated:
        said.append("These data are simulated.")
    first = against.iloc[0]
    lead = named(first["arm"])
    return Finding(
        name="differentiation.ab",
        title=_title(trial, first, better),
        text=" ".join(said),
        table=table,
        units={"n": "count", "p_better": "share", "p_best": "share"} | dict.fromkeys(
            ["mean", "value", "low", "high", "difference", "difference_low", "difference_high", "expected_loss"],
            trial.unit,
        ) | dict.fromkeys(["ratio", "ratio_low", "ratio_high"], "times"),
        checks=(*trial.checks, *known.checks),
        draw=lambda ax: _draw(ax, trial, table, level),
        caption=f"n = {count(trial.n)} {trial.per}s{when}; {known.method}; {level * 100:g} % intervals of the true "
        f"means{'; simulated data' * trial.simulated}.",
        keys=(Key(change(trial, first["difference"]), f"{lead} against {trial.told}, {level * 100:g} % "
                  f"{change(trial, first['difference_low'])} to {change(trial, first['difference_high'])} "
                  f"(n = {count(trial.n)})"),
              Key(chance(first["p_better"]), f"probability that {lead} is better than {trial.told}")),
        currency=trial.currency,
    )  # fmt: skip


def trial_effect(
    trial: Trial, arm: str = "", *, prior: tuple[float, float] = (1.0, 1.0), spread: float = 0.0,
    better: str = "higher", draws: int = 4000, rng: np.random.Generator | int = 1,
) -> Effect:  # fmt: skip
    """What an arm changes against the control, as draws.

    Parameters
    ----------
    arm : "": the one with the highest chance to be best beside the control

    Raises
    ------
    ParameterError : an unknown arm, or the control itself.
    """
    if draws < 1:
        raise ParameterError(f"draws = {draws}.", expected="a number above 0", mend="draws=4000")
    known = arm_posteriors(trial, prior=prior, spread=spread)
    if arm and arm not in trial.arms[1:]:
        raise unknown("arm beside the control", arm, trial.arms[1:])
    at = trial.arms.index(arm) if arm else _best(known, better)
    drawn = known.draw(draws, rng)
    arms = trial.moments().iloc[[0, at]]
    return Effect(
        drawn[:, at] - drawn[:, 0], trial.unit, trial.per, f"{named(trial.arms[at])} against {trial.told}",
        int(arms["n"].sum()), (*trial.checks, *known.checks), trial.simulated, trial.currency, trial.period,
        over=trial.over,
    )  # fmt: skip


def best_arm(trial: Trial, *, prior=(1.0, 1.0), spread: float = 0.0, better: str = "higher") -> str:
    """The arm beside the control with the highest chance to be best."""
    return trial.arms[_best(arm_posteriors(trial, prior=prior, spread=spread), better)]


def _best(known: Posteriors, better: str) -> int:
    ordered = known if better == "higher" else known.negated()
    return 1 + int(np.argmax(ordered.p_best()[1:]))


def _checked(better: str, level: float) -> None:
    if better not in BETTER:
        raise unknown("direction", better, BETTER)
    if not 0 < level < 1:
        raise ParameterError(f"level = {level}.", expected="a coverage, 0 < level < 1", mend="level=0.9")


def _table(trial: Trial, known: Posteriors, better: str, level: float) -> pd.DataFrame:
    ends = [(1 - level) / 2, (1 + level) / 2]
    arms, ordered = trial.moments(), known if better == "higher" else known.negated()
    low, high = known.quantile(ends).T
    table = pd.DataFrame({"arm": arms["arm"], "n": arms["n"], "mean": arms["mean"], "value": known.mean, "low": low,
                          "high": high})  # fmt: skip
    missing = [[np.nan] * 3]
    shown = range(1, len(table))
    differences = [*missing, *([table["value"][i] - table["value"][0], *known.difference(i, 0, ends)] for i in shown)]
    ratios = [*missing, *(known.ratio(i, 0, [0.5, *ends]) for i in shown)]
    for name, values in (("difference", differences), ("ratio", ratios)):
        table[[name, f"{name}_low", f"{name}_high"]] = np.array(values, float)
    table["p_better"] = [np.nan, *(ordered.p_above(i, 0) for i in shown)]
    return table.assign(p_best=ordered.p_best(), expected_loss=ordered.losses())


def _sentence(trial: Trial, row, better: str, level: float) -> str:
    told = interval(change(trial, row.difference_low), change(trial, row.difference_high), level=level)
    times = f", {number(row.ratio)} times as much" if np.isfinite(row.ratio) else ""
    return (
        f"{named(row.arm)} against {trial.told}: {change(trial, row.difference)}{per_unit(trial)} {told}{times}; "
        f"{'better' if better == 'higher' else 'better, that is lower,'} with a "
        f"probability of {chance(row.p_better)}."
    )


def _title(trial: Trial, first: pd.Series, better: str) -> str:
    lead = named(first["arm"])
    size = f"{change(trial, first['difference'])}{per_unit(trial)}"
    # sure is what the interval shown is: at its level, 0 is outside, on the better side
    if first["difference_low"] > 0 if better == "higher" else first["difference_high"] < 0:
        return f"{lead} is better than {trial.told}: {size}"
    if first["p_better"] >= 0.8:
        return f"{lead} is probably better than {trial.told}: {size}, with {chance(first['p_better'])}"
    if first["p_better"] <= 0.2:
        return f"{trial.told} is probably better than {'what was tried' if len(trial.arms) > 2 else lead}"
    return f"Whether {lead} is better than {trial.told} is not told: {chance(first['p_better'])} for it"


def _draw(ax, trial: Trial, table: pd.DataFrame, level: float):
    from cxlab.differentiation.charts.trials import draw_arms

    return draw_arms(ax, trial, table, level=level)
