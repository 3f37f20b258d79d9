"""Synthetic control: one treated place against the mix of untreated places that went with it before."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from scipy.stats import t as student

from cxlab.differentiation.trials.effect import Effect
from cxlab.differentiation.trials.estimated import Estimated
from cxlab.differentiation.trials.mixes import Mix, moved_blocks, moved_interval, synthetic, synthetic_did
from cxlab.differentiation.trials.panels import Panel, counted
from cxlab.errors import DataError, ParameterError, unknown
from cxlab.finding import Check, Finding, Key
from cxlab.wording import count, first_of, interval, number, share

_DRAWS = 4000
METHODS = ("mix of untreated units", "mix of units and of periods", "all untreated units alike")


@dataclass(frozen=True)
class Donors:
    """A treated series, the untreated ones, and the mix of these that went with it before.

    Parameters
    ----------
    panel : complete, of the units that are used; name : of the treated
    target : shape (periods,); donors : shape (donors, periods); names : of donors
    first : first treated period; treated : units behind the target
    """

    panel: Panel
    name: str
    target: np.ndarray
    donors: np.ndarray
    names: tuple[str, ...]
    first: int
    treated: int

    @cached_property
    def mix(self) -> Mix:
        """The mix for the treated series."""
        return synthetic(self.target, self.donors, self.first)

    @cached_property
    def placebos(self) -> list[Mix]:
        """The mix for every donor out of the others: what is found where nothing was done."""
        others = range(len(self.donors))
        return [synthetic(self.donors[i], self.donors[[j for j in others if j != i]], self.first) for i in others]

    @cached_property
    def scaled(self) -> np.ndarray:
        """Mean gap after of every placebo, in multiples of its gap before, ascending."""
        return np.sort([abs(m.effect) / m.before for m in self.placebos])

    @property
    def p_space(self) -> float:
        """Share of places whose gap after is as large against their gap before."""
        return (1 + sum(m.ratio >= self.mix.ratio for m in self.placebos)) / (1 + len(self.placebos))

    def ends(self, level: float) -> tuple[float, float]:
        """Interval of the effect: by placebos, or by moving gaps in time where there are too few of them."""
        rank = int(np.ceil(level * (len(self.scaled) + 1)))
        if rank <= len(self.scaled):
            reach = float(self.scaled[rank - 1] * self.mix.before)
            return self.mix.effect - reach, self.mix.effect + reach
        return moved_interval(self.target, self.donors, self.first, level=level)

    def backdated(self) -> float:
        """Mean gap of the periods just before treatment, were it thought to have begun earlier."""
        early = self.first - max(2, min(self.donors.shape[1] - self.first, self.first // 3))
        return synthetic(self.target[: self.first], self.donors[:, : self.first], early).effect


def donors_of(panel: Panel, *, unit: str = "", leave_out: tuple[str, ...] = ()) -> Donors:
    """The treated series and its donors.

    Parameters
    ----------
    unit : the treated one, where treatment began at several times; otherwise all treated are taken together
    leave_out : untreated units that must not be used (met by something of their own, or touched by the treatment)

    Raises
    ------
    DataError : several starts, fewer than two donors, or fewer than five periods before.
    """
    panel = panel.complete()
    for name in (*leave_out, *([unit] if unit else [])):
        if name not in panel.units:
            raise unknown("unit", name, panel.units)
    own = np.array([u == unit for u in panel.units]) if unit else panel.treated
    starts = np.unique(panel.start[own])
    if len(starts) != 1 or starts[0] >= panel.never:
        raise DataError(f"treatment began at {len(starts)} times, or never.", expected="one, or one unit",
                        mend=f"unit={panel.units[int(np.argmax(panel.treated))]!r}")  # fmt: skip
    others = ~panel.treated & ~np.isin(panel.units, leave_out)
    if others.sum() < 2:
        raise DataError(f"{counted(others.sum(), 'untreated')} to mix.", expected="two at least, better twenty",
                        mend="interrupted_series needs none")  # fmt: skip
    first = int(starts[0])
    if first < 5:
        raise DataError(f"{counted(first, '', panel.period)} before treatment.",
                        expected="five at least, better twenty",
                        mend="difference_in_differences needs one")  # fmt: skip
    names = tuple(u for u, other in zip(panel.units, others, strict=True) if other)
    name = unit or (panel.units[int(np.argmax(own))] if own.sum() == 1 else f"{counted(own.sum(), 'treated')}")
    return Donors(panel.rows(own | others), name, panel.mean[own].mean(0), panel.mean[others], names, first,
                  int(own.sum()))  # fmt: skip


def synthetic_control(
    panel: Panel, *, unit: str = "", leave_out: tuple[str, ...] = (), name: str = "", per: str = "", level: float = 0.9,
    rng: np.random.Generator | int = 0,
) -> Estimated:  # fmt: skip
    """A treated unit after treatment against the mix of untreated units that went with it before.

    Parameters
    ----------
    panel : of `read_panel`; unit, leave_out : see `donors_of`
    name : what was done; per : what one observation is
    level : coverage of the intervals

    Returns
    -------
    Estimated; finding "differentiation.synthetic", a row a method: method (the mix; synthetic difference in
        differences; plain difference in differences), effect (mean after), effect_low, effect_high, p_value, gap_before
        (root mean square of treated − mix before; NaN where it is no question). Details: a row a period: period,
        treated, mix, gap, low, high (interval of the mix), after

    Notes
    -----
    Shares of donors by least squares on the outcome before. p_value of the mix: rank of the ratio of gaps after to
    before among placebos; its interval: placebos' mean gaps, scaled by their gaps before (with fewer than ten
    places, gaps moved in time); of the others: spread of
    placebos. Sources: Abadie, Diamond & Hainmueller (2010), Synthetic control methods for comparative case studies,
    Journal of the American Statistical Association 105(490); Arkhangelsky et al. (2021).
    """
    if not 0 < level < 1:
        raise ParameterError(f"level = {level}.", expected="a coverage, 0 < level < 1", mend="level=0.9")
    of = donors_of(panel, unit=unit, leave_out=leave_out)
    panel, mix, (low, high) = of.panel, of.mix, of.ends(level)
    table = _table(of, (low, high), level)
    what = name or "treatment"
    checks = _checks(of, (low, high), level)
    after = np.arange(panel.never) >= of.first
    details = pd.DataFrame({"period": panel.periods, "treated": of.target, "mix": mix.path, "gap": mix.gap,
                            "low": mix.path - (high - mix.effect),
                            "high": mix.path + (mix.effect - low), "after": after})  # fmt: skip
    say = panel.change
    ends = f"{say(low)} to {say(high)}" if np.isfinite(high - low) else "no interval"
    finding = Finding(
        name="differentiation.synthetic",
        title=_title(of, (low, high), what),
        text=_text(of, table, (low, high), what, level),
        table=table,
        units=dict.fromkeys(("effect", "effect_low", "effect_high", "gap_before"), panel.measured)
        | {"p_value": "share"},
        checks=checks,
        draw=lambda ax: _draw(ax, details, of, what),
        caption=f"{panel.about}. Dashed: mix of "
        f"{counted((mix.weights > 0.005).sum(), '', 'donor')} of {count(len(of.names))} with its {level * 100:g} % "
        "interval, from placebos (of fewer than ten: from gaps moved in time).",
        keys=(Key(f"{say(mix.effect)}{panel.points}", f"{panel.outcome} of {of.name} through {what}, "
                  f"{level * 100:g} % {ends} (n = {counted(len(of.names), 'untreated')}, "
                  f"{counted(of.first, '', panel.period)} before)"),),
        currency=panel.currency,
    )  # fmt: skip
    effect = Effect(_drawn(of, rng), panel.measured, per or panel.period, what, len(panel), finding.checks,
                    panel.simulated, panel.currency, panel.days)  # fmt: skip
    return Estimated(finding, effect, details)


def _drawn(of: Donors, rng) -> np.ndarray:
    """Draws around the effect: placebos' scaled gaps with either sign, by rank; normal where they are few."""
    rng = np.random.default_rng(rng)
    low, high = of.ends(0.9)
    if len(of.scaled) < 9 and np.isfinite(high - low):
        return (low + high) / 2 + (high - low) / 2 / 1.645 * rng.standard_normal(_DRAWS)
    ranks = np.arange(len(of.scaled) + 1) / (len(of.scaled) + 1)
    size = np.interp(rng.random(_DRAWS), ranks, np.append(0.0, of.scaled)) * of.mix.before
    return of.mix.effect + rng.choice([-1.0, 1.0], _DRAWS) * size


def _table(of: Donors, ends, level: float) -> pd.DataFrame:
    mix, donors, first = of.mix, of.donors, of.first
    rows = [{"method": METHODS[0], "effect": mix.effect, "effect_low": ends[0], "effect_high": ends[1],
             "p_value": of.p_space, "gap_before": mix.before}]  # fmt: skip
    others = [np.delete(np.arange(len(donors)), i) for i in range(len(donors))]

    def plain(target, rest):
        return float((target[first:].mean() - target[:first].mean())
                     - (rest[:, first:].mean() - rest[:, :first].mean()))  # fmt: skip

    for method, measure in ((METHODS[1], lambda y, d: synthetic_did(y, d, first, treated=of.treated)[0]),
                            (METHODS[2], plain)):  # fmt: skip
        effect = measure(of.target, donors)
        placebos = np.array([measure(donors[i], donors[rest]) for i, rest in enumerate(others) if len(rest)])
        # a placebo's target is one unit, that of several treated the mean of them
        error = float(np.sqrt(np.mean(placebos**2) / of.treated)) if len(placebos) > 1 else np.nan
        degrees = max(len(placebos), 1)
        wide = student.ppf((1 + level) / 2, degrees) * error
        p_value = 2 * student.sf(abs(effect) / error, degrees) if error > 0 else np.nan
        rows.append({"method": method, "effect": effect, "effect_low": effect - wide, "effect_high": effect + wide,
                     "p_value": p_value, "gap_before": np.nan})  # fmt: skip
    return pd.DataFrame(rows)


def _checks(of: Donors, ends, level: float) -> tuple[Check, ...]:
    panel, mix = of.panel, of.mix
    usual = float(np.median([m.before for m in of.placebos]))
    room = max(abs(mix.effect) / 2, 2 * mix.before)
    back, ratio = of.backdated(), mix.before / usual if usual > 0 else np.inf
    without = _without(of)
    worst = float(without["effect"].abs().min()) if len(without) else abs(mix.effect)
    turned = bool((without["effect"] * mix.effect < 0).any())
    found = not ends[0] <= 0 <= ends[1]
    return (
        Check("gap before against that of a usual donor", ratio <= 2, ratio, "≤ 2",
              "No mix of the untreated goes with it: what follows says little."),
        Check(f"{panel.period}s before", of.first >= 10, of.first, "≥ 10", "A mix fits few periods by chance."),
        Check(f"untreated units, for an interval of {level * 100:g} %", np.isfinite(ends[1] - ends[0]), len(of.names),
              f"≥ {int(np.ceil(level / (1 - level)))}", "Too few places to tell an effect from chance by them."),
        Check("gap at a date before, where nothing was done", abs(back) <= room, back,
              f"within ± {number(room)}", "It left the mix before treatment."),
        Check("least effect when one donor is left out", not found or (not turned and worst >= abs(mix.effect) / 2),
              worst, f"≥ {number(abs(mix.effect) / 2)}, half of it, with its sign", "The effect hangs on one donor."),
    )  # fmt: skip


def _without(of: Donors, least: float = 0.01) -> pd.DataFrame:
    """The effect without each donor that counts: donor, effect, gap_before."""
    rows = []
    for i in np.flatnonzero(of.mix.weights > least):
        rest = np.delete(of.donors, i, axis=0)
        if len(rest):
            mix = synthetic(of.target, rest, of.first)
            rows.append({"donor": of.names[i], "effect": mix.effect, "gap_before": mix.before})
    return pd.DataFrame(rows, columns=["donor", "effect", "gap_before"])


def _title(of: Donors, ends, what: str) -> str:
    panel, mix = of.panel, of.mix
    if ends[0] <= 0 <= ends[1]:
        return f"After {what} {of.name} did not leave the mix of others further than places do anyway"
    side = "above" if mix.effect > 0 else "below"
    moved = f"{panel.change(mix.effect)[1:]}{panel.points}"
    return f"After {what} {panel.outcome} of {of.name} was {moved} {side} the mix of others"


def _text(of: Donors, table, between, what: str, level: float) -> str:
    panel, mix, say = of.panel, of.mix, of.panel.change
    order = np.argsort(-mix.weights)[:4]
    made = first_of([f"{of.names[i]} {share(mix.weights[i])}" for i in order if mix.weights[i] > 0.01])
    ends = (f" {interval(say(between[0]), say(between[1]), level=level)}" if np.isfinite(between[1] - between[0])
            else ", and too few places for an interval")  # fmt: skip
    without = _without(of)
    second, plain = table.iloc[1], table.iloc[2]
    said = [
        f"{panel.lead}{of.name} is held against a mix of {count((mix.weights > 0.005).sum())} of "
        f"{counted(len(of.names), 'untreated')} ({made}) that kept within {number(mix.before)} of it over "
        f"{counted(of.first, '', panel.period)} before.",
        f"After {what} {panel.outcome} was {say(mix.effect)}{panel.points} against the mix{ends}, on average over "
        f"{counted(panel.never - of.first, '', panel.period)} ({panel.days}).",
        f"Of {count(len(of.names) + 1)} places {count(round(of.p_space * (len(of.names) + 1)))} left their mix as far, "
        f"against how well it fitted before (itself included; {share(of.p_space, digits=1)}); moved in time, a gap as "
        f"large comes in {share(moved_blocks(of.target, of.donors, of.first), digits=1)} of cases.",
        f"Weighting periods, too, gives {say(second['effect'])} "
        f"{interval(say(second['effect_low']), say(second['effect_high']), level=level)}; all untreated alike would "
        f"say {say(plain['effect'])}.",
    ]
    if len(without):
        said.append(f"Without one donor or another it is {say(without['effect'].min())} to "
                    f"{say(without['effect'].max())}.")  # fmt: skip
    said.extend(panel.notes)
    said.append("What would change our mind: a donor that was touched by the treatment, or an event in one place only.")
    return " ".join(said)


def _draw(ax, details, of: Donors, what: str):
    from cxlab.differentiation.charts.quasi_series import draw_synthetic

    return draw_synthetic(ax, details, name=of.name, outcome=of.panel.outcome, measured=of.panel.measured,
                          currency=of.panel.currency, begins=what)  # fmt: skip
