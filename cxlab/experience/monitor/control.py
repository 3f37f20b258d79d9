"""Control chart: which periods lie outside what chance makes of a baseline, at a known false-alarm rate."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cxlab.errors import ModelError, ParameterError
from cxlab.experience.monitor.kpi import A_YEAR, Kpi
from cxlab.experience.monitor.level import FEWEST, Level, baseline_level
from cxlab.experience.monitor.limits import Limits, detection, limits, weights_of
from cxlab.finding import Check, Finding
from cxlab.wording import count, number, share, span

#: how a signal is called
SINGLE, DRIFT = {-1: "low", 1: "high"}, {-1: "drifts low", 1: "drifts high"}


@dataclass(frozen=True)
class Chart:
    """A measure against the limits of its baseline.

    Parameters
    ----------
    kpi, level, limits : what is watched, what the baseline says, and the limits made of it
    table : that of the finding
    weight : of the newest period in the weighted mean
    years : between false alarms, as asked for
    change : the change for which it is told how soon it shows, in the unit of the measure
    """

    kpi: Kpi
    level: Level
    limits: Limits
    table: pd.DataFrame
    weight: float
    years: float
    change: float

    @property
    def watched(self) -> pd.DataFrame:
        """Periods after the baseline that have data."""
        return self.table[(self.table["phase"] == "watched") & (self.table["n"] > 0)]

    @property
    def false_alarm_years(self) -> float:
        """Years between false alarms with the answers there are: what is asked for, or more where n is small."""
        return 1 / (float(np.nanmean(self.limits.chance)) * A_YEAR[self.kpi.period])

    @property
    def usual_n(self) -> float:
        """Answers of a usual period."""
        return float(np.median(self.watched["n"]))

    def delay(self, change: float, *, chance: float = 0.9, start: float = 0.0) -> int | None:
        """Periods until a change shows with this chance, at usual n; None where that takes more than 260."""
        found = detection(self.level, self.limits, change, n=self.usual_n, weight=self.weight, start=start)
        return int(np.argmax(found >= chance)) + 1 if (found >= chance).any() else None

    @property
    def checks(self) -> tuple[Check, ...]:
        own = int((self.kpi.n[: self.level.baseline] > 0).sum())
        thin = float((self.watched["n"] < 5).mean())
        return (
            Check(f"{self.kpi.period}s with data in the baseline", own >= 2 * FEWEST, count(own), f"≥ {2 * FEWEST}",
                  "So short a baseline makes wide limits, and it must be typical."),
            Check(f"{self.kpi.period}s with five {self.kpi.what} or more", thin <= 0.5, share(1 - thin), "≥ 50 %",
                  "Take longer periods: period=\"month\"."),
        )  # fmt: skip

    def signals(self) -> str:
        """In a sentence which periods signal."""
        hit, of = self.watched[self.watched["signal"] != ""], span(len(self.watched), self.kpi.period)
        if hit.empty:
            return f"Of {of} watched, none is outside its limits."
        runs = (hit.index.to_series().diff() != 1).cumsum()
        said = []
        for _key, run in list(hit.groupby(runs))[-3:]:
            first, last = (self.kpi.first_day(at) for at in run.index[[0, -1]])
            said.append(f"{first}{f' to {last}' if len(run) > 1 else ''} ({run['signal'].iloc[-1]})")
        rest = "of late " if runs.nunique() > 3 else ""
        return (
            f"Of {of} watched, {count(len(hit))} {'is' if len(hit) == 1 else 'are'} outside: {rest}{', '.join(said)}."
        )

    def promise(self) -> str:
        """In a sentence how often it signals falsely and how soon truly."""
        way = {"low": "fall", "high": "rise"}.get(self.kpi.worse, "change")
        signed = self.change if self.kpi.worse == "high" else -self.change
        half, most = (self.delay(signed, chance=p) for p in (0.5, 0.9))
        soon = (
            f"A {way} of {self.kpi.gap(self.change)} shows within {span(half, self.kpi.period)} in half of all cases "
            f"and within {span(most, self.kpi.period)} in nine of ten, at {count(self.usual_n)} {self.kpi.what} a "
            f"{self.kpi.period}."
            if most
            else f"A {way} of {self.kpi.gap(self.change)} may go unseen at {count(self.usual_n)} {self.kpi.what} a "
            f"{self.kpi.period}."
        )
        return f"Both limits together give one false alarm in about {span(self.false_alarm_years, 'year')}. {soon}"

    def basis(self) -> str:
        """In sentences what the limits rest on: baseline, spread between periods, season, gaps."""
        b, per = self.level.baseline, self.kpi.period
        held = self.kpi.rows(np.arange(b))
        text = (
            f"The baseline is {held.days} ({span(b, per)}, {count(held.n.sum())} {self.kpi.what}, "
            f"{self.kpi.name} {self.kpi.show(held.total.sum() / held.n.sum())})."
        )
        if self.level.spreads:
            text += (
                f" Its {per}s differ more than chance allows (Laney's σz {number(self.level.spread, digits=2)}), so "
                "the limits are widened."
            )
        return " ".join(filter(None, [text, self.level.season.text, *self.kpi.notes]))

    @property
    def finding(self) -> Finding:
        """Finding "experience.control", see `control_chart`."""
        now = self.watched.iloc[-1]
        title = f"{_capital(self.kpi.name)}: " + (
            f"the last {self.kpi.period} is outside the limits" if now["signal"] else "within what chance makes of it"
        )
        return Finding(
            name="experience.control", title=title, text=" ".join([self.signals(), self.promise(), self.basis()]),
            table=self.table, units=self.units, checks=self.checks, draw=self.draw, caption=self.caption,
        )  # fmt: skip

    @property
    def units(self) -> dict[str, str]:
        values = ("value", "expected", "low", "high", "mean", "mean_low", "mean_high")
        return {"n": "count"} | (dict.fromkeys(values, self.kpi.unit) if self.kpi.unit else {})

    def draw(self, ax):
        from cxlab.experience.charts.monitor import draw_control

        return draw_control(ax, self.table, unit=self.kpi.unit, name=self.kpi.name, period=self.kpi.period)

    @property
    def caption(self) -> str:
        return (
            f"n = {count(self.kpi.n.sum())} {self.kpi.what}, {self.kpi.days}; probability limits of single "
            f"{self.kpi.period}s{' (p-chart)' * (self.kpi.unit == 'share')} and of the exponentially weighted "
            f"mean (EWMA, weight {number(self.weight, digits=2)}), one false alarm in about "
            f"{span(self.false_alarm_years, 'year')}."
        )


def control_chart(
    kpi: Kpi,
    *,
    baseline: int | dt.date | str | None = None,
    years: float = 2.0,
    weight: float = 0.1,
    season: str = "auto",
    change: float | None = None,
) -> Chart:
    """Compare every period with the level of a baseline, at a false-alarm rate that is known.

    Parameters
    ----------
    baseline : number of first periods that show what is usual, or the first day that is watched; by default half of
        the series, but a whole year where at least half a year remains
    years : between two false alarms of both charts together
    weight : of the newest period in the weighted mean, 0 < weight ≤ 1; small ones see small changes
    season : "auto" or "none", see `baseline_level`
    change : for which it is told how soon it shows; by default a quarter of the standard deviation of answers, rounded
        (10 points of a share of 80 %, 20 of NPS)

    Returns
    -------
    Chart; its `finding` "experience.control" has a row a period: period, phase ("baseline", "watched"), n, value,
    expected (level with season), low, high (values of a single period that do not signal), mean (exponentially
    weighted), mean_low, mean_high, signal ("low", "high", "drifts low", "drifts high", joined by "and", or "")

    Raises
    ------
    ModelError : too few periods. ParameterError : an option is out of range.

    Notes
    -----
    Single periods: quantiles of the distribution of the period's answers (of a share the binomial), no normal
    approximation; with what the baseline does not know averaged in. Weighted mean: see `limits`.

    >>> from cxlab.experience.monitor.periods import read_kpi
    >>> events = [16, 15, 17, 16, 14, 16, 17, 15, 16, 16, 9, 8]
    >>> weeks = pd.date_range("2026-01-05", periods=12, freq="W-MON")
    >>> kpi = read_kpi(pd.DataFrame({"period": weeks, "events": events, "n": 20}), worse="low")
    >>> control_chart(kpi, baseline=10).table["signal"].tolist()[-2:]
    ['low and drifts low', 'low and drifts low']
    """
    if not 0 < weight <= 1:
        raise ParameterError(f"weight = {weight}.", expected="0 < weight ≤ 1", mend="weight=0.1")
    chance = 1 / (years * A_YEAR[kpi.period]) if years > 0 else np.inf
    if not chance < 0.5:
        raise ParameterError(f"years = {years}.", expected=f"more than two {kpi.period}s between false alarms",
                             mend="years=2")  # fmt: skip
    first = _baseline(kpi, baseline)
    level = baseline_level(kpi, first, season=season)
    found = limits(level, kpi.n, chance=chance, weight=weight)
    if np.isnan(found.chance).all():
        raise ModelError(f"no {kpi.period} after the baseline has data.", expected="something to watch",
                         mend="a shorter baseline")  # fmt: skip
    if change is None:
        sd = float(np.sqrt(getattr(level.family, "step", 0) * level.family.slope(level.centre[0]))) or kpi.sd
        change = float(f"{sd / 4:.1g}")
    return Chart(kpi, level, found, _table(kpi, level, found, weight), weight, years, abs(change))


def _baseline(kpi: Kpi, baseline) -> int:
    periods = len(kpi)
    if baseline is None:
        year = round(A_YEAR[kpi.period])
        baseline = max(periods // 2, min(FEWEST, periods - 1))
        if periods >= 1.5 * year:
            baseline = max(baseline, year)
    elif not isinstance(baseline, int):
        baseline = int((kpi.table["period"] < pd.Timestamp(baseline)).sum())
    if not 0 < baseline < periods:
        raise ParameterError(
            f"the baseline is {baseline} of {periods} {kpi.period}s.", expected="some before and some to watch",
            mend=f"baseline={max(1, periods // 2)}",
        )  # fmt: skip
    return baseline


def _table(kpi: Kpi, level: Level, found: Limits, weight: float) -> pd.DataFrame:
    n, value, b = kpi.n, kpi.table["value"].to_numpy(float), level.baseline
    held = n[:b]
    steps, _ = weights_of(n[b:], weight, float(held[held > 0].mean()))
    mean, away = np.full(len(n), np.nan), 0.0
    for t, step in zip(range(b, len(n)), steps, strict=True):
        if n[t] > 0:
            away = (1 - step) * away + step * (value[t] - level.expected[t])
        mean[t] = away
    slack = 1e-9 * (1 + np.abs(value))
    with np.errstate(invalid="ignore"):
        single = np.where(value < found.low - slack, -1, np.where(value > found.high + slack, 1, 0))
        drift = np.where(mean < found.mean_low, -1, np.where(mean > found.mean_high, 1, 0))
    signal = [
        " and ".join(filter(None, [SINGLE.get(s, ""), DRIFT.get(d, "")])) for s, d in zip(single, drift, strict=True)
    ]

    def inside(shift):
        """As a level; a grid may end a little beyond the scale."""
        return np.clip(level.expected + shift, level.family.low, level.family.high)

    return pd.DataFrame(
        {"period": kpi.table["period"], "phase": np.where(np.arange(len(n)) < b, "baseline", "watched"),
         "n": n.astype(int), "value": value, "expected": level.expected, "low": found.low, "high": found.high,
         "mean": inside(mean), "mean_low": inside(found.mean_low),
         "mean_high": inside(found.mean_high), "signal": signal}
    )  # fmt: skip


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
