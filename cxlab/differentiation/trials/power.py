"""Power, assurance and precision of trials: how many units show a change, and how surely."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from cxlab.differentiation.trials.read_trial import Trial
from cxlab.errors import ParameterError, unknown

_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(61)


@dataclass(frozen=True)
class Outcome:
    """The outcome of a trial that is planned.

    Parameters
    ----------
    base : mean without the change; of shares 0 … 1
    kind : "share", "count", "money" or "number"
    sd : standard deviation of single units; of shares told by the base, of counts its root unless stated
    per, currency : as of a `Trial`
    """

    base: float
    kind: str = "share"
    sd: float = 0.0
    per: str = "customer"
    currency: str = ""

    def __post_init__(self):
        if self.kind not in ("share", "count", "money", "number"):
            raise unknown("kind of outcome", self.kind, ("share", "count", "money", "number"))
        if self.kind == "share" and not 0 < self.base < 1:
            raise ParameterError(f"base = {self.base}.", expected="a share between 0 and 1", mend="base=0.1")
        if self.kind == "count" and not self.base > 0:
            raise ParameterError(f"base = {self.base}.", expected="a mean number above 0")
        if self.kind in ("money", "number") and not self.sd > 0:
            raise ParameterError(f"sd = {self.sd}.", expected="the standard deviation of single units, above 0")

    @classmethod
    def of(cls, trial: Trial) -> Outcome:
        """The outcome as the control of a trial shows it."""
        control = trial.moments().iloc[0]
        n, base = control["n"], float(control["mean"])
        if trial.kind == "share":  # never 0 or 1, of which nothing could be planned
            base = float(np.clip(base, 0.5 / n, 1 - 0.5 / n))
        pooled = trial.moments()
        spare = pooled["n"].sum() - len(pooled)
        sd = float(np.sqrt(pooled["n"] @ pooled["var"] / max(spare, 1)))
        base = base if trial.kind != "count" else max(base, 0.5 / n)
        return cls(base, trial.kind, sd if trial.kind != "share" else 0.0, trial.per, trial.currency)

    @property
    def unit(self) -> str:
        """Unit of the outcome, as findings name it."""
        return {"share": "share", "money": "money", "count": "per unit"}.get(self.kind, "points")

    def may_change_by(self, shift: float) -> bool:
        """Whether a change is one, and leaves a mean that can be: a share below 1, no number of times below 0."""
        mean = self.base + shift
        return shift != 0 and (self.kind != "share" or 0 < mean < 1) and (self.kind != "count" or mean > 0)

    def variance(self, shift=0.0) -> np.ndarray:
        """Variance of a unit where the mean is higher by `shift`."""
        mean = self.base + np.asarray(shift, float)
        if self.kind == "share":
            mean = np.clip(mean, 1e-9, 1 - 1e-9)
            return mean * (1 - mean)
        if self.kind == "count":
            own = max(self.sd**2 / self.base, 1.0) if self.sd else 1.0
            return np.maximum(mean, 1e-9) * own
        return np.full_like(mean, self.sd**2)


def units_needed(
    outcome: Outcome, shift: float, *, power: float = 0.8, error: float = 0.05, saved: float = 0.0
) -> float:
    """Units in each of two arms so that a change of `shift` is called real with chance `power`.

    Parameters
    ----------
    shift : change of the mean, in the unit of the outcome; error : two-sided
    saved : share of the variance that a measure before the trial takes out (CUPED)

    Notes
    -----
    (z_{1−α/2} √(2 v̄) + z_power √(v₀ + v₁))² / shift², v̄ the variance at the middle of both means.

    >>> float(units_needed(Outcome(.10), .02)), float(units_needed(Outcome(.20), .10))
    (3841.0, 294.0)
    """
    check_shares(power=power, error=error, saved=saved)
    if not outcome.may_change_by(shift):
        raise ParameterError(
            f"a change of {shift:g} from {outcome.base:g}.", expected="a change other than 0 that can be", mend="0.02"
        )
    null = 2 * outcome.variance(shift / 2)
    other = outcome.variance() + outcome.variance(shift)
    reach = ndtri(1 - error / 2) * np.sqrt(null) + ndtri(power) * np.sqrt(other)
    return float(np.ceil((1 - saved) * reach**2 / shift**2 - 1e-9))


def power_of(outcome: Outcome, shift, n: float, *, error: float = 0.05, saved: float = 0.0) -> np.ndarray:
    """Chance that a change is called real, in its own direction, with n units an arm; below 0 it is one downwards.

    >>> round(float(power_of(Outcome(.10), .02, 3841)), 3)
    0.8
    """
    shift = np.asarray(shift, float) * 1.0
    null = np.sqrt(2 * outcome.variance(shift / 2) * (1 - saved) / n)
    other = np.sqrt((outcome.variance() + outcome.variance(shift)) * (1 - saved) / n)
    return ndtr((np.abs(shift) - ndtri(1 - error / 2) * null) / other)


def assurance(
    outcome: Outcome, mean: float, sd: float, n: float, *, error: float = 0.05, saved: float = 0.0, down: bool = False
) -> float:
    """Chance that the trial calls a change for the better real, over all that the change may be.

    Parameters
    ----------
    mean, sd : of the change as believed before, in the unit of the outcome; n : units an arm
    down : whether falls are for the better; `mean` above 0 is a fall then

    Notes
    -----
    Power averaged over a normal prior by quadrature. Source: O'Hagan, Stevens & Campbell (2005), Assurance in clinical
    trial design, Pharmaceutical Statistics 4(3).

    >>> round(assurance(Outcome(.10), .02, .0, 3841), 2), round(assurance(Outcome(.10), .02, .02, 3841), 2)
    (0.8, 0.61)
    """
    shift = mean + sd * _NODES
    signed = -shift if down else shift
    null = np.sqrt(2 * outcome.variance(signed / 2) * (1 - saved) / n)
    other = np.sqrt((outcome.variance() + outcome.variance(signed)) * (1 - saved) / n)
    return float(_WEIGHTS @ ndtr((shift - ndtri(1 - error / 2) * null) / other) / _WEIGHTS.sum())


def smallest_change(
    outcome: Outcome, n: float, *, power: float = 0.8, error: float = 0.05, saved: float = 0.0, down: bool = False
) -> float:
    """The smallest change upwards that n units an arm call real with chance `power`; infinite where none can be.

    With `down`, the smallest fall, as a number above 0.

    >>> round(smallest_change(Outcome(.10), 3841), 4)
    0.02
    """
    most = 1e3 * np.sqrt(outcome.variance())
    if outcome.kind == "share" or (down and outcome.kind == "count"):
        most = (outcome.base if down else 1 - outcome.base) * (1 - 1e-9)
    least = 1e-9 * float(most)

    def lacking(shift: float) -> float:
        return units_needed(outcome, -shift if down else shift, power=power, error=error, saved=saved) - n

    return float(brentq(lacking, least, float(most), xtol=1e-9)) if lacking(float(most)) < 0 else np.inf


def units_for_width(outcome: Outcome, half_width: float, *, level: float = 0.9, saved: float = 0.0) -> float:
    """Units an arm for an interval of the difference of ± `half_width`.

    >>> units_for_width(Outcome(.25), .05)
    406.0
    """
    if not half_width > 0:
        raise ParameterError(f"half_width = {half_width}.", expected="above 0")
    return float(np.ceil(ndtri((1 + level) / 2) ** 2 * 2 * outcome.variance() * (1 - saved) / half_width**2))


def units_for_loss(outcome: Outcome, care: float, spread: float, *, saved: float = 0.0) -> float:
    """Units an arm after which the better-looking arm loses less than `care` on average, a unit.

    Parameters
    ----------
    care : loss that is not cared for; spread : standard deviation of the true difference, as believed before

    Notes
    -----
    Before the trial the mean of the posterior is normal with variance r² = s⁴/(s² + v), v = 2σ²/n; what is lost by
    acting on it is (s − r)/√(2π). 0 where no trial is needed.

    >>> units_for_loss(Outcome(.25), .002, .05)
    638.0
    """
    if not (care > 0 and spread > 0):
        raise ParameterError(f"care = {care}, spread = {spread}.", expected="both above 0")
    r = spread - care * np.sqrt(2 * np.pi)
    if r <= 0:
        return 0.0
    v = spread**4 / r**2 - spread**2
    return float(np.ceil(2 * outcome.variance() * (1 - saved) / v)) if v > 0 else np.inf


def check_shares(*, power: float, error: float, saved: float) -> None:
    """Raise where one of these is no share."""
    if not (0 < error < 1 and 0 < power < 1 and 0 <= saved < 1):
        raise ParameterError(
            f"power = {power}, error = {error}, saved = {saved}.", expected="shares between 0 and 1", mend="power=0.8"
        )
