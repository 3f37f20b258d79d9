"""What to do after a trial: ship, stop or go on, by what the choice costs on average over all that may be true."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.special import ndtr

from cxlab.differentiation.trials.posteriors import arm_posteriors
from cxlab.differentiation.trials.read_trial import Trial
from cxlab.differentiation.trials.words import chance, named, per_unit, size
from cxlab.errors import ParameterError, unknown
from cxlab.finding import Finding, Key
from cxlab.wording import count, share

#: of the control's mean: a loss that nobody cares about, where none is stated
CARE = 0.025
SHIP, STOP, CONTINUE = "ship", "stop", "continue"
_MOST = 10_000_000
#: chance to be wrong below which nobody knows what it would cost
_RARE = 0.001


@dataclass(frozen=True)
class Decision:
    """What the rule says.

    Parameters
    ----------
    do : "ship", "stop" or "continue"
    arm : what is taken now: the arm shipped, else the control
    loss : lost by taking it, a unit, on average over all that may be true: nothing counts where it is the best
    """

    do: str
    arm: int
    loss: float


def decide(losses, *, care: float, full: bool = False) -> Decision:
    """The rule: take what loses less than is cared for, the control first; else go on.

    Parameters
    ----------
    losses : expected loss of every arm, the control first; care : loss that is not cared for, in the same unit
    full : whether the trial is at its end, so that going on is no option: the arm that loses least is taken

    >>> decide([.05, .001], care=.005), decide([.003, .004], care=.005).do, decide([.02, .03], care=.005).do
    (Decision(do='ship', arm=1, loss=0.001), 'stop', 'continue')
    """
    losses = np.asarray(losses, float)
    if losses[0] <= care:
        return Decision(STOP, 0, float(losses[0]))
    best = int(np.argmin(losses))
    if losses[best] <= care or full:
        return Decision(SHIP if best else STOP, best, float(losses[best]))
    return Decision(CONTINUE, 0, float(losses[0]))


def decide_trial(
    trial: Trial, *, care: float = 0.0, prior: tuple[float, float] = (1.0, 1.0), spread: float = 0.0,
    better: str = "higher", full: bool = False, level: float = 0.9,
) -> Finding:  # fmt: skip
    """Ship, stop or go on, what that costs on average over all that may be true, and how likely it is wrong.

    Parameters
    ----------
    care : loss a unit that is not cared for, in the unit of the outcome (.01 is a point of a share); 0: 2.5 % of the
        control's mean
    prior, spread : what was believed before, see `arm_posteriors`; losses come out as promised where that is so
    full : whether the trial cannot go on
    level : of certainty beyond which more units would hardly change the mind, for the words

    Returns
    -------
    Finding "differentiation.decision", a row an arm: arm, n, p_best, expected_loss (over all that may be true, with
        nothing where the arm is the best), loss_if_wrong (where another is better: the expected loss over the chance
        of that; missing below a chance of 0.1 %), care, below (the expected loss is not cared for), decision (what is
        done with it: "ship", "keep", "drop", "go on")

    Raises
    ------
    ParameterError : `care` is below 0.

    Notes
    -----
    The arm with an expected loss below `care` is taken, the control before others. Looking often changes nothing about
    the loss promised as long as the prior is right (it is an expectation given all that was seen), but it does change
    how often a useless arm is shipped: see `cxlab.differentiation.trials.sequential`.

    >>> from cxlab.differentiation.trials.read_trial import read_trial
    >>> rows = pd.DataFrame({"unit_id": range(400), "arm": ["A"] * 200 + ["B"] * 200,
    ...                      "outcome": [1] * 20 + [0] * 180 + [1] * 30 + [0] * 170})
    >>> decide_trial(read_trial(rows), care=.005).title
    'Ship B: 6.7 % chance to be wrong, then by 1.5 points; 0.1 points on average'
    """
    if care < 0:
        raise ParameterError(f"care = {care}.", expected="a loss a unit, 0 for 2.5 % of the control", mend="care=0.005")
    if better not in ("higher", "lower"):
        raise unknown("direction", better, ("higher", "lower"))
    known = arm_posteriors(trial, prior=prior, spread=spread)
    ordered = known if better == "higher" else known.negated()
    losses, best = ordered.losses(), ordered.p_best()
    assumed = care == 0
    care = care or CARE * abs(float(known.mean[0]))
    made = decide(losses, care=care, full=full)
    arms = trial.moments()
    taken = np.where(np.arange(len(arms)) == made.arm, "ship" if made.do == SHIP else "keep", "drop")
    if made.do == CONTINUE:
        taken = np.array(["go on"] * len(arms))
    table = pd.DataFrame({"arm": arms["arm"], "n": arms["n"], "p_best": best, "expected_loss": losses,
                          "loss_if_wrong": np.divide(losses, 1 - best, out=np.full(len(best), np.nan),
                                                     where=1 - best >= _RARE),
                          "care": care, "below": losses <= care, "decision": taken})  # fmt: skip
    name = named(trial.arms[made.arm])
    title, text = _words(trial, made, table, care, known, better, level)
    threshold = f"An average loss of {size(trial, care)}{per_unit(trial)} is {'taken as ' * assumed}not cared for" + (
        f" ({CARE * 100:g} % of {trial.told}; state your own with care)." if assumed else "."
    )
    if not spread and not full:
        threshold += (
            " Nothing was stated on how much arms usually differ (spread): where a trial is looked at often, losses "
            "are then promised a little too low."
        )
    when = f", {trial.period}" if trial.period else ""
    simulated = "; simulated data" if trial.simulated else ""
    return Finding(
        name="differentiation.decision",
        title=title,
        text=f"{text} {threshold}{' These data are simulated.' * trial.simulated}",
        table=table,
        units={"n": "count", "p_best": "share", "expected_loss": trial.unit, "loss_if_wrong": trial.unit,
               "care": trial.unit},
        checks=(*trial.checks, *known.checks),
        draw=lambda ax: _draw(ax, trial, table),
        caption=f"n = {count(trial.n)} {trial.per}s{when}; expected loss E[max] − E[arm]; {known.method}{simulated}.",
        keys=(Key(f"{made.do} {name}" if made.do == SHIP else made.do, f"costs {size(trial, max(made.loss, 1e-12))}"
                  f"{per_unit(trial)} on average over what may be true (n = {count(trial.n)})"),),
        currency=trial.currency,
    )  # fmt: skip


def _words(trial: Trial, made: Decision, table: pd.DataFrame, care: float, known, better: str, level: float):
    lost = f"{size(trial, max(made.loss, 1e-12))}{per_unit(trial)}"  # what may be wrong costs something
    of = f"{count(trial.n)} {trial.per}s{f', {trial.period}' if trial.period else ''}"
    name = named(trial.arms[made.arm])
    risk = _risk(trial, table.iloc[made.arm])
    averaged = "on average over what may be true"
    if made.do == SHIP:
        return f"Ship {name}: {risk}; {lost} on average", (
            f"Take {name} for all: {averaged}, that costs {lost} ({risk}), keeping "
            f"{trial.told} {size(trial, table['expected_loss'].iloc[0])} (n = {of}). It is the best with a probability "
            f"of {chance(table['p_best'].iloc[made.arm])}. What would change our mind: the same trial at another "
            f"time or site in which {name} is not ahead, or a cost above what it brings."
        )
    if made.do == STOP:
        return f"Stop and keep {trial.told}: {risk}; {lost} on average", (
            f"Keep {trial.told}: whatever else was tried may be better, but {averaged} it would bring only {lost} more "
            f"({risk}; n = {of}). What would change our mind: an idea that should change more, or caring about less."
        )
    # the leader first; beside the control, the best of the others
    loss = table["expected_loss"].to_numpy()
    lead = int(np.argmin(loss))
    other = 0 if lead else 1 + int(np.argmin(loss[1:]))
    doing = [f"{'taking' if arm else 'keeping'} {named(trial.arms[arm])}" for arm in (lead, other)]
    more = further_units(trial, known, care, better)
    need = (
        f"If what is seen holds, about {count(more)} more {trial.per}s an arm will do."
        if np.isfinite(more)
        else "As far as can be told, no number of units that can be had will do: try a bigger change."
    )
    return f"Go on: {doing[0]} now costs {size(trial, loss[lead])}{per_unit(trial)} on average", (
        f"Neither {doing[0]} (the best with a probability of {chance(table['p_best'].iloc[lead])}; costs "
        f"{size(trial, loss[lead])}{per_unit(trial)} {averaged}) nor {doing[1]} "
        f"(costs {size(trial, loss[other])}) is safe enough yet (n = {of}). {need} "
        "What would change our mind: a day after which the choice has to stand, then the arm that loses least is taken."
    )


def _risk(trial: Trial, row: pd.Series) -> str:
    """How likely another arm is better, and by how much where it is."""
    wrong = 1 - row["p_best"]
    if wrong < _RARE:
        return f"{chance(0.0)} chance to be wrong"
    often = share(wrong, digits=1) if wrong < 0.1 else chance(wrong)
    return f"{often} chance to be wrong, then by {size(trial, row['loss_if_wrong'])}"


def further_units(trial: Trial, known, care: float, better: str = "higher") -> float:
    """Units more in every arm after which the leader of two arms loses less than `care`, were the difference as seen.

    Notes
    -----
    Normal: s·(φ(u) − u·Φ(−u)) = care with u = difference/s, s² the variance of a difference that shrinks with units.
    """
    arms = trial.moments()
    sign = 1 if better == "higher" else -1
    order = np.argsort(-sign * known.mean)
    lead, second = (0, order[0]) if order[0] else (0, order[1])
    gap = abs(float(known.mean[second] - known.mean[lead]))
    pair = arms.iloc[[lead, second]]
    mean = known.mean[[lead, second]]
    var = mean * (1 - mean) if trial.kind == "share" else np.maximum(pair["var"].to_numpy(float), 1e-12)
    n = pair["n"].to_numpy(float)

    def excess(more: float) -> float:
        s = np.sqrt((var / (n + more)).sum())
        u = gap / s
        return s * (np.exp(-u * u / 2) / np.sqrt(2 * np.pi) - u * ndtr(-u)) - care

    if excess(0) <= 0:
        return 1.0
    return float(np.ceil(brentq(excess, 0, _MOST))) if excess(_MOST) < 0 else np.inf


def _draw(ax, trial: Trial, table: pd.DataFrame):
    from cxlab.differentiation.charts.trials import draw_losses

    return draw_losses(ax, trial, table)
