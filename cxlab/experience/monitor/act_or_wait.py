"""Act or wait: what a measure that is watched says now, why, and what would settle it."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from cxlab.experience.monitor.change_point import Change, change_point, likely
from cxlab.experience.monitor.control import Chart, control_chart
from cxlab.experience.monitor.kpi import Kpi
from cxlab.experience.monitor.level import FEWEST
from cxlab.experience.monitor.periods import read_kpi
from cxlab.finding import Check, Finding, Key
from cxlab.wording import count, share, span


def monitor(
    source,
    *,
    kpi: str = "",
    question: str = "",
    value: str = "",
    name: str = "",
    period: str = "week",
    worse: str = "",
    until: dt.date | str | None = None,
    baseline: int | dt.date | str | None = None,
    years: float = 2.0,
    weight: float = 0.1,
    season: str = "auto",
    change: float | None = None,
    level: float = 0.9,
) -> Finding:
    """Say whether to act or to wait, by limits with a known false-alarm rate, and what has changed since when.

    Parameters
    ----------
    source : a Kpi, or what `read_kpi` reads with kpi, question, value, name, period, worse and until
    baseline, years, weight, season, change : see `control_chart`
    level : coverage of the intervals

    Returns
    -------
    Finding "experience.monitor", the rows of `control_chart` with the column change_probability (that the level moved
    for good from this period on). Its one key number is "Act" or "Wait".

    Raises
    ------
    DataError, ModelError, ParameterError : see `read_kpi` and `control_chart`.

    Notes
    -----
    Act: the last period with data is outside the limits of single periods, or the weighted mean is outside its own. So
    the rate of needless acts is that of false alarms. When and how much comes from `change_point`, over all periods.

    >>> events = [16, 15, 17, 16, 14, 16, 17, 15, 16, 16, 14, 9, 10, 8, 9]
    >>> weeks = pd.date_range("2026-01-05", periods=15, freq="W-MON")
    >>> found = monitor(pd.DataFrame({"period": weeks, "events": events, "n": 20}), worse="low", name="share satisfied")
    >>> found.title
    'Act: share satisfied fell'
    """
    if not isinstance(source, Kpi):
        source = read_kpi(source, kpi=kpi, question=question, value=value, name=name, period=period, worse=worse,
                          until=until)  # fmt: skip
    chart = control_chart(source, baseline=baseline, years=years, weight=weight, season=season, change=change)
    offsets = np.einsum("j,jt->t", chart.level.weight, chart.level.offsets)
    moved = change_point(source, years=years, offsets=offsets, level=level)
    acts = bool(chart.watched["signal"].iloc[-1])
    table = chart.table.assign(change_probability=moved.when)
    reasons = _act(chart, moved) if acts else _wait(chart, moved)
    return Finding(
        name="experience.monitor",
        title=_title(chart, acts),
        text=" ".join([*reasons, chart.promise(), chart.basis()]),
        table=table,
        units=chart.units | {"change_probability": "share"},
        checks=(*chart.checks, _steady(chart, offsets, years)),
        draw=lambda ax: _draw(ax, chart, table),
        caption=chart.caption.removesuffix(".") + "; below, the chance that the level moved for good in each "
        f"{source.period} (one change point, {likely(moved.probability)} in all).",
        keys=(Key("Act" if acts else "Wait", f"{source.name}, {_last(chart)}; one false alarm in "
                  f"about {span(chart.false_alarm_years, 'year')}"),),
    )  # fmt: skip


def _last(chart: Chart) -> str:
    """The last period with data, as it stands in a sentence."""
    return chart.kpi.when(chart.watched.index[-1])


def _way(chart: Chart) -> int:
    """On which side the last signal is: that of the weighted mean where it signals."""
    signal = chart.watched["signal"].iloc[-1]
    return -1 if "drifts low" in signal or ("drifts" not in signal and "low" in signal) else 1


def _title(chart: Chart, acts: bool) -> str:
    name = chart.kpi.name
    if not acts:
        return f"Wait: {name} is within what chance makes of it"
    return f"Act: {name} {'fell' if _way(chart) < 0 else 'rose'}"


def _act(chart: Chart, moved: Change) -> list[str]:
    kpi, now, way = chart.kpi, chart.watched.iloc[-1], _way(chart)
    side, end = ("below", "low") if way < 0 else ("above", "high")
    seen = []
    if "drifts" in now["signal"]:
        edge = now[f"mean_{end}"]
        seen.append(f"the weighted mean, {kpi.show(now['mean'])}, is {side} its limit of {kpi.show(edge)}")
    if now["signal"].split(" and ")[0] in ("low", "high"):
        under = now["signal"].startswith("low")
        edge = kpi.show(now["low" if under else "high"])
        seen.append(f"the {kpi.period} itself, {kpi.show(now['value'])} of {count(now['n'])} {kpi.what}, is "
                    f"{'below' if under else 'above'} its limit of {edge}")  # fmt: skip
    better = kpi.worse != "" and (kpi.worse == "high") == (way < 0)
    what = "find out what got better, and keep it" if better else "find out what happened"
    text = [f"Act ({what}): {_last(chart)}, {' and '.join(seen)}.", chart.signals()]
    text.append(moved.sentence)
    if moved.probability < 0.5:
        text.append(f"Look at that {kpi.period} first: it may be the only one.")
    away = now["mean"] - now["expected"]
    if "drifts" in now["signal"]:
        edge = now[f"mean_{end}"] - now["expected"]
        back = int(np.ceil(np.log(max(edge / away, 1e-6)) / np.log(1 - chart.weight))) if chart.weight < 1 else 1
        text.append(
            f"Once the level is back where it was, expect the weighted mean within its limits after "
            f"{span(back, kpi.period)} (about {count(back * chart.usual_n)} {kpi.what})."
        )
    return text


def _wait(chart: Chart, moved: Change) -> list[str]:
    kpi, now = chart.kpi, chart.watched.iloc[-1]
    text = [
        f"Wait: {_last(chart)}, {kpi.show(now['value'])} of {count(now['n'])} {kpi.what} and "
        f"the weighted mean of {kpi.show(now['mean'])} are within their limits ({kpi.show(now['low'])} to "
        f"{kpi.show(now['high'])}, and {kpi.show(now['mean_low'])} to {kpi.show(now['mean_high'])}).",
        chart.signals(), moved.sentence,
    ]  # fmt: skip
    size = moved.size[0] if moved.probability >= 0.5 and moved.likeliest >= chart.level.baseline else 0.0
    supposed = size or (chart.change if kpi.worse == "high" else -chart.change)
    weeks = chart.delay(supposed, start=now["mean"] - now["expected"])
    way = "lower" if supposed < 0 else "higher"
    if weeks is None:
        text.append(
            f"Were the level {kpi.gap(supposed)} {way}, even five years would hardly settle it: ask more people."
        )
    else:
        text.append(
            f"What would settle it: were the level really {kpi.gap(supposed)} {way}, {span(weeks, kpi.period)} more "
            f"(about {count(weeks * chart.usual_n)} {kpi.what}) would show it in nine of ten cases."
        )
    return text


def _steady(chart: Chart, offsets: np.ndarray, years: float) -> Check:
    """Whether the baseline itself stayed where it was."""
    b = chart.level.baseline
    within = change_point(chart.kpi.rows(np.arange(b)), years=years, offsets=offsets[:b])
    return Check(
        "probability that the level changed within the baseline", within.probability <= 0.5, share(within.probability),
        "≤ 50 %", f"What is usual is not clear: begin later than {chart.kpi.first_day(within.likeliest)}, or name "
        f"another baseline (at least {FEWEST} {chart.kpi.period}s).",
    )  # fmt: skip


def _draw(ax, chart: Chart, table: pd.DataFrame):
    from cxlab.experience.charts.monitor import draw_monitor

    return draw_monitor(ax, table, unit=chart.kpi.unit, name=chart.kpi.name, period=chart.kpi.period)
