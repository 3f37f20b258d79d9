"""How many units a trial needs, how long that takes, and when it is out of reach."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from cxlab.differentiation.trials.power import (
    Outcome,
    assurance,
    check_shares,
    power_of,
    smallest_change,
    units_for_loss,
    units_needed,
)
from cxlab.differentiation.trials.read_trial import Trial
from cxlab.differentiation.trials.words import amount, change, per_unit, size
from cxlab.errors import ParameterError, unknown
from cxlab.finding import Finding, Key
from cxlab.wording import count, number, share


def plan_trial(
    outcome: Outcome | Trial, *, change_of: float = 0.0, arms: int = 2, weekly: float = 0.0, weeks: float = 8.0,
    power: float = 0.8, error: float = 0.05, spread: float = 0.0, care: float = 0.0, saved: float = 0.0,
    changes: Sequence[float] = (), better: str = "higher",
) -> Finding:  # fmt: skip
    """How many units the next trial needs, how long it takes, or why it cannot be done.

    Parameters
    ----------
    outcome : see `Outcome`, or a trial whose control is like the next one's
    change_of : that must be seen, in the unit of the outcome, below 0 for a fall; 0: a fifth of the base (of numbers a
        fifth of a standard deviation)
    arms : with the control, each held against it with the error stated
    weekly : units a week for all arms, 0: not known; weeks : longest that is possible
    power, error : chance to call such a change real, and a useless one
    spread : how much changes of this kind usually bring (standard deviation around 0); 0: half of `change_of`
    care : loss a unit that is not cared for; 0: 2.5 % of the base (of numbers of a standard deviation)
    saved : share of the variance that a measure before takes out; changes : shown in the table
    better : "lower" plans a fall: changes that are stated without a sign are falls then

    Returns
    -------
    Finding "differentiation.trial_plan", a row a change: change, units_an_arm, units, weeks (missing without traffic),
        power_in_time (chance to see it in the time there is; missing without traffic), reachable (in time; missing
        without traffic), asked (the change asked for)

    Raises
    ------
    ParameterError : a number is out of range, or the change cannot be (a share above 1 or below 0).

    >>> plan_trial(Outcome(.10), change_of=.02, weekly=300, weeks=8).title
    'You cannot see +2.0 points in 8 weeks: it takes 26. Try a bigger change'
    """
    outcome = outcome if isinstance(outcome, Outcome) else Outcome.of(outcome)
    check_shares(power=power, error=error, saved=saved)
    scale = abs(outcome.base) if outcome.kind in ("share", "count", "money") and outcome.base else outcome.sd
    for name, value, fine in (("arms", arms, arms >= 2), ("weekly", weekly, weekly >= 0), ("weeks", weeks, weeks > 0)):
        if not fine:
            raise ParameterError(f"{name} = {value}.", expected="arms ≥ 2, weekly ≥ 0, weeks > 0")
    if better not in ("higher", "lower"):
        raise unknown("direction", better, ("higher", "lower"))
    turn = -1.0 if better == "lower" else 1.0
    room = (1 - outcome.base) / 2 if outcome.kind == "share" and turn > 0 else np.inf
    asked = (-abs(change_of) if turn < 0 else change_of) or turn * min(0.2 * scale, room)
    if not outcome.may_change_by(asked):
        most = 1 - outcome.base if asked > 0 else -outcome.base
        raise ParameterError(
            f"change_of = {change_of:g} from {outcome.base:g} would be {outcome.base + asked:g}.",
            expected="a change that can be", mend=f"change_of={most / 2:g}",
        )  # fmt: skip
    changes = [turn * abs(s) for s in changes] if turn < 0 else changes
    sizes = changes or [asked * k for k in (0.25, 0.5, 1, 1.5, 2, 3)]
    sizes = sorted(
        {round(float(s), 12) for s in (*sizes, asked) if outcome.may_change_by(round(float(s), 12))}, key=abs
    )
    shown = {"power": power, "error": error, "saved": saved}
    n = np.array([units_needed(outcome, s, **shown) for s in sizes])
    in_time = weekly * weeks / arms
    table = pd.DataFrame({
        "change": sizes, "units_an_arm": n, "units": n * arms,
        "weeks": np.ceil(n * arms / weekly) if weekly else np.nan,
        "power_in_time": [float(power_of(outcome, s, in_time, error=error, saved=saved)) if weekly else np.nan
                          for s in sizes],
        "reachable": list(n <= in_time) if weekly else None, "asked": np.isclose(sizes, asked, rtol=1e-9),
    })  # fmt: skip
    row = table[table["asked"]].iloc[0]
    spread, care = spread or abs(asked) / 2, care or 0.025 * scale
    loss_n = units_for_loss(outcome, care, spread, saved=saved)
    title, text = _words(outcome, row, table, arms=arms, weekly=weekly, weeks=weeks, in_time=in_time, **shown)
    pairs = arms - 1
    together = count(units_needed(outcome, asked, **(shown | {"error": error / pairs})))
    if pairs > 1:
        text += (
            f" {share(error)} is the error of each comparison with the control by itself: for all {pairs} together to "
            f"call a useless change real in at most {share(error)}, each arm needs {together} "
            f"({share(error / pairs, digits=1)} each, Bonferroni)."
        )
    sure = assurance(outcome, 0.0, spread, row["units_an_arm"], error=error, saved=saved, down=asked < 0)
    text += (
        f" Were changes of this kind to bring about ±{size(outcome, spread)}, as many for the worse, such a trial "
        f"would call one better in {share(sure)} of cases."
    )
    if np.isfinite(loss_n):
        text += (
            f" To choose {'between two arms ' * (arms > 2)}so that the choice costs less than {size(outcome, care)}"
            f"{per_unit(outcome)} on average over what may be true, "
        ) + ("no trial is needed: take the one you like." if loss_n <= 1 else f"{count(loss_n)} units an arm do.")
    return Finding(
        name="differentiation.trial_plan",
        title=title,
        text=text,
        table=table,
        units={"change": outcome.unit, "units_an_arm": "count", "units": "count", "weeks": "count",
               "power_in_time": "share"},
        draw=lambda ax: _draw(ax, outcome, asked, in_time if weekly else 0.0, shown),
        caption=f"Normal approximation, two-sided error {share(error)}{' a comparison' * (pairs > 1)}, "
        f"power {share(power)}, from {amount(outcome, outcome.base)}"
        f"{f', standard deviation {number(outcome.sd)}' * bool(outcome.sd)}"
        f"{f'; {share(saved)} of the variance taken out by what was measured before' * bool(saved)}; expected loss by "
        "pre-posterior analysis under a normal prior.",
        keys=(Key(count(row["units_an_arm"]), f"{outcome.per}s an arm show {change(outcome, asked)}"
                  + f" by one comparison; {together} for all {pairs} comparisons together" * (pairs > 1)),),
        currency=outcome.currency,
    )  # fmt: skip


def _words(outcome, row, table, *, arms, weekly, weeks, in_time, power, error, saved) -> tuple[str, str]:
    asked, n = change(outcome, row["change"]), count(row["units_an_arm"])
    base = f"From {amount(outcome, outcome.base)}, a change of {asked} takes {n} {outcome.per}s in each of {arms} arms"
    promise = f"(called real in {share(power)} of cases, a useless change in {share(error)})"
    if not weekly:
        return f"To see {asked}, each arm needs {n} {outcome.per}s", (
            f"{base} {promise}. Half the change takes four times as many. What would change our mind: a bigger change "
            "to try, or a measure before the trial that takes out chance."
        )
    length = f"{count(row['weeks'])} weeks at {count(weekly)} {outcome.per}s a week"
    if row["reachable"]:
        return f"To see {asked}, each arm needs {n} {outcome.per}s: {count(row['weeks'])} weeks", (
            f"{base} {promise}: {length}. Run whole weeks. What would change our mind: fewer {outcome.per}s than that "
            "a week."
        )
    down = row["change"] < 0
    least = smallest_change(outcome, max(in_time, 1), power=power, error=error, saved=saved, down=down)
    shows = f"{change(outcome, -least if down else least)} or more" if np.isfinite(least) else "nothing"
    return (
        f"You cannot see {asked} in {weeks:g} weeks: it takes {count(row['weeks'])}. Try a bigger change",
        f"{base} {promise}: {length}. You cannot reach this: in {weeks:g} weeks you have {count(in_time)} an arm, "
        f"which show {shows}. Use a bigger lever: an offer that should change more, an outcome nearer to the change "
        "(asking for it, not buying), a measure before the trial, or decide by expected loss instead of proof. A trial "
        f"of that length would show {asked} in {share(row['power_in_time'])} of cases.",
    )


def _draw(ax, outcome: Outcome, asked: float, in_time: float, shown: dict):
    from cxlab.differentiation.charts.plans import draw_trial_plan

    n = np.unique(np.round(np.geomspace(15, 3e5, 160)))
    least = np.array([smallest_change(outcome, k, down=asked < 0, **shown) for k in n])
    return draw_trial_plan(ax, n, least, outcome=outcome, asked=abs(asked), in_time=in_time,
                           need=units_needed(outcome, asked, **shown), power=shown["power"])  # fmt: skip
