"""Event study: treated against others by time since treatment, and how crooked trends may be before it goes."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import t as student

from cxlab.differentiation.trials.effect import Effect
from cxlab.differentiation.trials.estimated import Estimated
from cxlab.differentiation.trials.lags import Lags, lags
from cxlab.differentiation.trials.panels import Panel, counted
from cxlab.differentiation.trials.parallel import POWER, Drift, drift
from cxlab.errors import DataError, ParameterError
from cxlab.finding import Check, Finding, Key
from cxlab.wording import count, interval, share

#: degrees of freedom from which the joint distribution of all times is taken as it is estimated
_MANY = 60
#: departures from parallel trends that are shown, in multiples of the largest step seen before
_ALLOWED = np.linspace(0, 2, 41)


def event_study(
    panel: Panel, *, every: int = 0, name: str = "", per: str = "", level: float = 0.9,
    rng: np.random.Generator | int = 0,
) -> Estimated:  # fmt: skip
    """The difference of treated to untreated units, period by period from before treatment to after.

    Parameters
    ----------
    panel : of `read_panel`; units with gaps are left out
    every : periods taken together (4 weeks); 0: so many that the times stay legible
    name : what was done; per : what one observation is
    level : coverage of every interval, and of the band for all of them at once

    Returns
    -------
    Estimated; finding "differentiation.event_study", a row a time: since (periods since treatment began, 0 the first
        treated; those just before are what all is counted from), periods (taken together), units (treated, at that
        time), effect, low, high, band_low, band_high (all times at once), se. The effect is the mean from
        0 on

    Notes
    -----
    Groups that began at different times are compared with units not yet treated. The band is simulated from the joint
    distribution of all times (sup-t), with few units that of independent t's (Šidák). Before treatment all should be
    zero; the checks say how surely they are not, and what drift would have been seen. Source: Callaway & Sant'Anna
    (2021), section 4; Roth (2022).
    """
    if not 0 < level < 1:
        raise ParameterError(f"level = {level}.", expected="a coverage, 0 < level < 1", mend="level=0.9")
    panel = panel.complete()
    found = lags(panel, every=every, rng=rng)
    table, p_before = _table(found, level)
    before = drift(panel, base="last", level=level)
    weights = found.average
    draws = float(weights @ found.effect) + found.noise @ weights
    effect, (low, high) = float(weights @ found.effect), np.quantile(draws, [(1 - level) / 2, (1 + level) / 2])
    what = name or f"treatment of {counted(panel.treated.sum())}"
    checks = before.checks(panel, effect, level=level)
    if np.isfinite(p_before):
        checks += (
            Check("chance of differences before as large as the largest, were there none", p_before >= 1 - level,
                  p_before, f"≥ {1 - level:.2g}", "Something set them apart before treatment began."),
        )  # fmt: skip
    say = panel.change
    finding = Finding(
        name="differentiation.event_study",
        title=_title(table, panel, what, before, checks),
        text=_text(panel, table, before, (effect, low, high), what, level),
        table=table,
        units=dict.fromkeys(("effect", "low", "high", "band_low", "band_high", "se"), panel.measured)
        | {"units": "count"},
        checks=checks,
        draw=lambda ax: _draw(ax, table, panel, level),
        caption=f"{panel.about}. Differences to the last {_block(panel, found.every)} before treatment "
        f"and to units not yet treated, {level * 100:g} % intervals, t over units.",
        keys=(Key(f"{say(effect)}{panel.points}", f"{panel.outcome} through {what}, {level * 100:g} % {say(low)} to "
                  f"{say(high)} (n = {counted(len(panel))})"),),
        currency=panel.currency,
    )  # fmt: skip
    after = Effect(draws, panel.measured, per or panel.period, what, len(panel), finding.checks, panel.simulated,
                   panel.currency, panel.days)  # fmt: skip
    return Estimated(finding, after, table)


def parallel_trends(
    panel: Panel, *, every: int = 0, name: str = "", level: float = 0.9, rng: np.random.Generator | int = 0
) -> Finding:
    """How far trends may have departed from parallel before even the sign of the effect is open.

    Returns
    -------
    Finding "differentiation.parallel_trends", a row a departure: allowed (the difference may move on its own by so
        many times the largest step seen before, every period), least, most (effect, of the estimates alone), low, high
        (with sampling error)

    Raises
    ------
    DataError : fewer than two periods before treatment.

    Notes
    -----
    Relative magnitudes: from one period to the next after treatment, the difference in trends is at most M times the
    largest before it. Each draw of all effects has bounds of its own; the interval runs from the lower quantile of the
    lower bounds to the upper one of the upper (robust credible region), which is conservative since noise makes steps
    seem larger. Sources: Rambachan & Roth (2023), A more credible approach to parallel trends, Review of Economic
    Studies 90(5); Giacomini & Kitagawa (2021), Robust Bayesian inference for set-identified models, Econometrica 89(4).
    """
    panel = panel.complete()
    found = lags(panel, every=every, rng=rng)
    block = _block(panel, found.every)
    before = found.since < 0
    if not before.any():
        raise DataError(f"there is one {block} before treatment only.", expected="two at least")
    draws = np.vstack([found.effect, found.effect + found.noise])
    # the last period before, from which all is counted, is zero in every draw
    leads = np.column_stack([draws[:, before], np.zeros(len(draws))])
    step = np.abs(np.diff(leads, axis=1)).max(1)
    reach = step * float(found.average @ np.maximum(found.since + 1, 0))
    effect = draws @ found.average
    tails = (1 - level) / 2, (1 + level) / 2

    def ends(allowed: float) -> tuple[float, float]:
        low, high = effect[1:] - allowed * reach[1:], effect[1:] + allowed * reach[1:]
        return float(np.quantile(low, tails[0])), float(np.quantile(high, tails[1]))

    table = pd.DataFrame({
        "allowed": _ALLOWED, "least": effect[0] - _ALLOWED * reach[0], "most": effect[0] + _ALLOWED * reach[0],
        "low": [ends(m)[0] for m in _ALLOWED], "high": [ends(m)[1] for m in _ALLOWED],
    })  # fmt: skip
    limit = _breakdown(ends)
    what = name or f"treatment of {counted(panel.treated.sum())}"
    say, sign = panel.change, "a rise" if effect[0] > 0 else "a fall"
    lead = f"{panel.lead}by comparison {what} changed {panel.outcome} by {say(effect[0])}{panel.points} on average"
    ends_ = interval(say(table["low"][0]), say(table["high"][0]), level=level)
    if limit > 0:
        told = (f"It stays {sign} as long as trends depart by less than {limit:.2g} times the largest step seen before "
                f"({say(step[0])} a {block}).")  # fmt: skip
    else:
        told = "Even with trends exactly parallel its sign is open."
    return Finding(
        name="differentiation.parallel_trends",
        title=f"The effect of {what} stands unless trends departed {limit:.2g} times as far as ever before"
        if limit > 0 else f"The sign of the effect of {what} is open even with parallel trends",
        text=f"{lead[0].upper()}{lead[1:]} {ends_}, were trends parallel (n = {counted(len(panel))}, {panel.days}). "
        f"{told} What would change our mind: a reason why the treated would have moved more than that by themselves.",
        table=table,
        units=dict.fromkeys(("least", "most", "low", "high"), panel.measured),
        checks=(
            Check("departure at which the sign opens, in multiples of the largest before", limit >= 0.5, limit, "≥ 0.5",
                  "A departure half as large as one already seen undoes the effect."),
            Check("times before treatment", before.sum() >= 2, int(before.sum()) + 1, "≥ 3",
                  "The largest step before is one of one."),
        ),
        draw=lambda ax: _draw_bounds(ax, table, panel, limit),
        caption=f"{panel.about}. Bounds by relative magnitudes of departures, "
        f"{level * 100:g} % intervals.",
        currency=panel.currency,
    )  # fmt: skip


def _block(panel: Panel, every: int) -> str:
    return panel.period if every == 1 else f"block of {every} {panel.period}s"


def _breakdown(ends) -> float:
    """The largest departure that leaves the sign, up to ten times the largest before."""

    def told(allowed: float) -> bool:
        low, high = ends(allowed)
        return low > 0 or high < 0

    if not told(0.0):
        return 0.0
    near, far = 0.0, 10.0
    if told(far):
        return far
    for _try in range(30):
        middle = (near + far) / 2
        near, far = (middle, far) if told(middle) else (near, middle)
    return near


def _table(found: Lags, level: float) -> tuple[pd.DataFrame, float]:
    z = np.abs(found.noise) / np.maximum(found.error, 1e-300)
    # few units know their errors badly, each its own: then independent t's are the safer guide to the largest
    times = len(found.since)
    few = student.ppf((1 + level ** (1 / times)) / 2, found.degrees)
    wide = max(np.quantile(z.max(1), level), few if found.degrees < _MANY else 0.0) * found.error
    reach = student.ppf((1 + level) / 2, found.degrees) * found.error
    table = pd.DataFrame({
        "since": found.since * found.every, "periods": found.every, "units": found.units,
        "effect": found.effect, "low": found.effect - reach, "high": found.effect + reach,
        "band_low": found.effect - wide, "band_high": found.effect + wide,
        "se": found.error,
    })  # fmt: skip
    before = found.since < 0
    if not before.any():
        return table, float("nan")
    seen = (np.abs(found.effect) / np.maximum(found.error, 1e-300))[before].max()
    p_value = float((z[:, before].max(1) >= seen).mean())
    one = 2 * student.sf(seen, found.degrees)
    return table, max(p_value, float(1 - (1 - one) ** before.sum())) if found.degrees < _MANY else p_value


def _title(table: pd.DataFrame, panel: Panel, what: str, before: Drift, checks) -> str:
    after = table[table["since"] >= 0]
    sure = after[(after["band_low"] > 0) | (after["band_high"] < 0)]
    if any(not c.passed and "feigns" not in c.name for c in checks):
        return f"Before {what} both were on different ways already"
    if any(not c.passed for c in checks):
        return f"Whether both were on the same way before {what} cannot be seen"
    if sure.empty:
        return f"After {what} {panel.outcome} does not leave the way of the others for sure"
    first = int(sure["since"].iloc[0])
    when = "at once" if first == 0 else f"from {first} {panel.period}s on"
    return f"After {what} {panel.outcome} leaves the way of the others {when}"


def _text(panel: Panel, table, before: Drift, average, what: str, level: float) -> str:
    say, last = panel.change, table.iloc[-1]
    effect, low, high = average
    said = [
        f"{panel.lead}{panel.outcome} of {counted(panel.treated.sum(), 'treated')} moved by {say(effect)}"
        f"{panel.points} {interval(say(low), say(high), level=level)} against those not yet treated, on average after "
        f"{what} (n = {count(panel.observations)} observations of {counted(len(panel))}, {panel.days}).",
        f"{count(last['since'] + last['periods'])} {panel.period}s in it is {say(last['effect'])} "
        f"{interval(say(last['low']), say(last['high']), level=level)}.",
    ]  # fmt: skip
    if np.isfinite(before.slope):
        said.append(
            f"Before, the difference moved by {say(before.slope)} a {panel.period}. A drift would have been seen with "
            f"a chance of {share(POWER)} only from {say(before.seen)[1:]} a {panel.period} on, which by itself would "
            f"feign an effect of {say(before.hidden)[1:]}."
        )
    said.extend(panel.notes)
    said.append("What would change our mind: a drift apart before, or an event that met one side only.")
    return " ".join(said)


def _draw(ax, table, panel: Panel, level: float):
    from cxlab.differentiation.charts.quasi import draw_event_study, unit_words

    label = f"difference in {panel.outcome}{unit_words(panel.measured, panel.currency)}"
    return draw_event_study(ax, table, label=label, period=panel.period, measured=panel.measured,
                            currency=panel.currency, level=level)  # fmt: skip


def _draw_bounds(ax, table, panel: Panel, limit: float):
    from cxlab.differentiation.charts.quasi import draw_bounds, unit_words

    return draw_bounds(ax, table, label=f"effect on {panel.outcome}{unit_words(panel.measured, panel.currency)}",
                       breakdown=limit, measured=panel.measured, currency=panel.currency)  # fmt: skip
