"""Cash flows of an initiative in every draw: what goes out, what comes in, and what is left of it today.

Money is paid once at the start, running costs and effects flow during periods. With w(t) the part of the full effect
that acts at time t (nothing or a ramp until it is in effect, then fading, then the end of its life), period i of
length d holds effect · ∫ w(t) dt over ((i − 1)d, id], in closed form.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cxlab.errors import ParameterError, unknown
from cxlab.wording import share, span

_WHEN = {"mid": 0.5, "end": 0.0}


@dataclass(frozen=True)
class Terms:
    """How money is counted.

    Parameters
    ----------
    years : how far we look
    discount : a year, above −1 (.10 for 10 %)
    periods_a_year : cash flows are listed by year (1), quarter (4) or month (12)
    timing : money of a period counts at its middle ("mid") or its "end"
    ramp : until it is in effect there is nothing ("step"), or the effect grows evenly ("linear")
    tax : rate on effects less running costs; money paid once is written off evenly over `write_off` years (0: at once),
        losses being set off against other profit
    margin : share of a stated effect that is margin: 1 where effects are stated as margin, less where they are revenue
    currency : ISO code

    >>> Terms(years=3, discount=.1, timing="end").factors.round(4).tolist()
    [1.0, 0.9091, 0.8264, 0.7513]
    """

    years: float = 5.0
    discount: float = 0.1
    periods_a_year: int = 1
    timing: str = "mid"
    ramp: str = "step"
    tax: float = 0.0
    write_off: float = 0.0
    margin: float = 1.0
    currency: str = ""

    def __post_init__(self):
        if not np.isfinite(self.discount) or self.discount <= -1:
            raise ParameterError(f"discount = {self.discount}.", expected="a rate a year above −1",
                                 mend="discount=0.1 for 10 %")  # fmt: skip
        if self.periods_a_year not in (1, 2, 4, 12):
            raise ParameterError(f"periods_a_year = {self.periods_a_year}.", expected="1, 2, 4 or 12")
        periods = self.years * self.periods_a_year
        if not 1 <= periods <= 1200 or abs(periods - round(periods)) > 1e-9:
            raise ParameterError(f"years = {self.years} of {self.periods_a_year} periods.",
                                 expected="1 to 1,200 whole periods")  # fmt: skip
        if self.timing not in _WHEN:
            raise unknown("timing", self.timing, _WHEN)
        if self.ramp not in ("step", "linear"):
            raise unknown("ramp", self.ramp, ("step", "linear"))
        if not 0 <= self.tax < 1 or not self.write_off >= 0:
            raise ParameterError(f"tax = {self.tax}, write_off = {self.write_off}.",
                                 expected="0 ≤ tax < 1 and 0 years or more")  # fmt: skip
        if not 0 < self.margin <= 1:
            raise ParameterError(f"margin = {self.margin}.", expected="a share above 0, at most 1: margin of revenue",
                                 mend="margin=1 where effects are stated as margin")  # fmt: skip

    @property
    def periods(self) -> int:
        """Periods after the start."""
        return round(self.years * self.periods_a_year)

    @property
    def ends(self) -> np.ndarray:
        """End of each period in years, 0 for the start."""
        return np.arange(self.periods + 1) / self.periods_a_year

    @property
    def factors(self) -> np.ndarray:
        """What money of the start and of each period is worth today."""
        return (1 + self.discount) ** -self.times

    @property
    def times(self) -> np.ndarray:
        """When money of each period counts, in years; 0 for the start."""
        shifted = self.ends - _WHEN[self.timing] / self.periods_a_year
        return np.where(self.ends > 0, shifted, 0.0)

    @property
    def words(self) -> str:
        """The terms as a reader sees them."""
        said = [span(self.years, "year"), f"{share(self.discount, digits=1).replace('.0 ', ' ')} discount a year",
                f"money of a period counted at its {'middle' if self.timing == 'mid' else 'end'}"]  # fmt: skip
        said += [f"{share(self.margin)} of an effect is margin"] if self.margin < 1 else []
        said += [f"after {share(self.tax)} tax"] if self.tax else []
        return ", ".join(said)


@dataclass(frozen=True, eq=False)
class CashFlows:
    """Money out and in by period, in every draw.

    Parameters
    ----------
    costs, benefits : shape (draws, 1 + periods), money, both counted as positive; the first column is the start
    terms : how it is counted

    Forrester's three years at 10 %, paid at the end of each:

    >>> flows = CashFlows(np.array([[53_150., 666_715, 636_772, 647_783]]),
    ...                   np.array([[0., 1_606_511, 3_061_331, 4_229_760]]), Terms(years=3, discount=.1, timing="end"))
    >>> round(float(flows.npv[0])), round(float(flows.roi[0]), 2)
    (5496170, 3.29)
    """

    costs: np.ndarray
    benefits: np.ndarray
    terms: Terms

    @property
    def net(self) -> np.ndarray:
        """In less out, shape (draws, 1 + periods)."""
        return self.benefits - self.costs

    @property
    def present_costs(self) -> np.ndarray:
        """Present value of what goes out."""
        return self.costs @ self.terms.factors

    @property
    def present_benefits(self) -> np.ndarray:
        """Present value of what comes in."""
        return self.benefits @ self.terms.factors

    @property
    def npv(self) -> np.ndarray:
        """Net present value."""
        return self.net @ self.terms.factors

    @property
    def roi(self) -> np.ndarray:
        """Net present value for each unit of money spent (both discounted); not known where nothing is spent."""
        costs = self.present_costs
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(costs > 0, self.npv / costs, np.nan)

    def cumulated(self, *, discounted: bool = True) -> np.ndarray:
        """What has come back less what went out by the end of each period."""
        return np.cumsum(self.net * self.terms.factors if discounted else self.net, axis=1)

    def payback(self, *, discounted: bool = False) -> np.ndarray:
        """Years until the money is back and stays back; infinite where it is not within the horizon.

        >>> CashFlows(np.array([[100., 0, 0]]), np.array([[0., 80, 80]]), Terms(years=2)).payback().tolist()
        [1.25]
        """
        total = self.cumulated(discounted=discounted)
        below = total < -1e-9 * np.maximum(1.0, abs(total).max(1, keepdims=True))
        last = np.where(below.any(1), total.shape[1] - 1 - np.argmax(below[:, ::-1], axis=1), -1)
        rows, following = np.arange(len(total)), np.minimum(last + 1, total.shape[1] - 1)
        gain = total[rows, following] - total[rows, last]
        with np.errstate(divide="ignore", invalid="ignore"):
            when = (last - total[rows, last] / gain) / self.terms.periods_a_year
        when = np.where(last < 0, 0.0, when)
        return np.where(below[:, -1], np.inf, when)

    def irr(self) -> np.ndarray:
        """Internal rate of return a year; not known where money turns its direction more than once, or never.

        With one turn from out to in (Descartes) there is one rate at which nothing is left.

        >>> flows = CashFlows(np.array([[100., 0]]), np.array([[0., 110]]), Terms(years=1, timing="end"))
        >>> round(float(flows.irr()[0]), 6)
        0.1
        """
        net = self.net
        sign = np.sign(net)
        turns = np.zeros(len(net), int)
        previous = np.zeros(len(net))
        for j in range(net.shape[1]):
            turns += (sign[:, j] * previous) < 0
            previous = np.where(sign[:, j] != 0, sign[:, j], previous)
        first = np.take_along_axis(sign, np.argmax(sign != 0, axis=1)[:, None], 1)[:, 0]
        unique = (turns == 1) & (first < 0)
        low, high = np.full(len(net), -6.0), np.full(len(net), 6.0)  # log(1 + rate)
        for _ in range(60):
            middle = (low + high) / 2
            with np.errstate(over="ignore"):
                left = (net * np.exp(-middle[:, None] * self.terms.times)).sum(1)
            low, high = np.where(left > 0, middle, low), np.where(left > 0, high, middle)
        return np.where(unique, np.expm1((low + high) / 2), np.nan)


def effect_shares(terms: Terms, *, months=0.0, life=np.inf, fade=0.0) -> np.ndarray:
    """Years of full effect that each period holds; 0 for the start.

    Parameters
    ----------
    months : until in effect; life : years from then on; fade : share of the effect lost a year from then on; numbers,
        or arrays of shape (draws,)

    Returns
    -------
    array, shape (draws or 1, 1 + periods)

    >>> effect_shares(Terms(years=3), months=6, life=2).tolist()
    [[0.0, 0.5, 1.0, 0.5]]
    >>> effect_shares(Terms(years=2, ramp="linear"), months=12).tolist()
    [[0.0, 0.5, 1.0]]
    """
    start, life, fade = (np.atleast_1d(np.asarray(x, float))[:, None] for x in (np.divide(months, 12), life, fade))
    since = np.clip(terms.ends[None, :] - start, 0, life)
    rate = -np.log1p(-np.clip(fade, 0, 1 - 1e-12))
    with np.errstate(divide="ignore", invalid="ignore"):
        acted = np.where(rate > 1e-12, -np.expm1(-rate * since) / rate, since)
        if terms.ramp == "linear":
            ramp = np.minimum(terms.ends[None, :], start)
            acted = acted + np.where(start > 0, ramp * ramp / (2 * start), 0.0)
    return np.diff(acted, axis=1, prepend=0.0)


def initiative_flows(terms: Terms, *, cost, effect, running=0.0, months=0.0, life=np.inf, fade=0.0) -> CashFlows:
    """Cash flows of an initiative from its quantities, each a number or an array of draws.

    Parameters
    ----------
    cost : money once, at the start
    effect : money a year when fully in effect, of which `terms.margin` is margin
    running : money a year, from when it is in effect to the end of its life
    months, life, fade : see `effect_shares`

    >>> initiative_flows(Terms(years=2, discount=0), cost=100, effect=80, running=10).npv.tolist()
    [40.0]
    """
    cost, effect, running = (np.atleast_1d(np.asarray(x, float))[:, None] for x in (cost, effect, running))
    shares = effect_shares(terms, months=months, life=life, fade=fade)
    start, life = (np.atleast_1d(np.asarray(x, float))[:, None] for x in (np.divide(months, 12), life))
    paid = np.diff(np.clip(terms.ends[None, :] - start, 0, life), axis=1, prepend=0.0)
    size = np.broadcast_shapes(cost.shape, effect.shape, running.shape, shares.shape[:1] + (1,), paid.shape[:1] + (1,))
    once = (terms.ends == 0).astype(float)[None, :]
    benefits = effect * terms.margin * shares * (1 - terms.tax)
    off = np.minimum(terms.ends, terms.write_off)
    relief = np.diff(off, prepend=0.0) / terms.write_off if terms.write_off else once[0]
    costs = cost * (once - terms.tax * relief[None, :]) + running * paid * (1 - terms.tax)
    return CashFlows(*(np.broadcast_to(x, (size[0], terms.periods + 1)) for x in (costs, benefits)), terms)
