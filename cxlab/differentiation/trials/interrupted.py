"""Interrupted time series: what one series did after treatment against where its own past was leading it."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import t as student

from cxlab.differentiation.trials.effect import Effect
from cxlab.differentiation.trials.estimated import Estimated
from cxlab.differentiation.trials.panels import A_YEAR, Panel, counted
from cxlab.differentiation.trials.segmented import Segmented, fit_segmented, season_waves
from cxlab.differentiation.trials.series import Series, series_of
from cxlab.errors import DataError, ModelError, ParameterError
from cxlab.finding import Check, Finding, Key
from cxlab.wording import count, interval, share

#: periods looked at after a date that is tried
_AHEAD = 8
#: outcomes whose sum over all observations means something, and its unit
_SUMMED = {"share": "count", "money": "money"}


def interrupted_series(
    panel: Panel, *, unit: str = "", season: str = "auto", subtract: bool = False, dates: int = 12, name: str = "",
    per: str = "", level: float = 0.9, rng: np.random.Generator | int = 0,
) -> Estimated:  # fmt: skip
    """What a series did after treatment against the course of its own past.

    Parameters
    ----------
    panel : of `read_panel`; treated units are taken together, each observation alike
    unit : the one that is looked at, where treatment began at several times
    season : "auto" (waves of a year where two years are seen; of a week in days), "none"
    subtract : compare the difference to the untreated units instead of the series itself
    dates : how many dates before treatment are tried, where nothing was done
    name : what was done; per : what one observation is
    level : coverage of the intervals

    Returns
    -------
    Estimated; finding "differentiation.interrupted", a row a quantity: quantity ("at once", "slope, a week", "mean",
        "last", and of money, shares and single rows "in total", over all observations), unit, value, low, high, p_above
        (probability that it is above zero), naive_low, naive_high (were periods independent). The effect is the mean
        over the periods after. Details: a row a period: period, n, value, fitted, expected, expected_low,
        expected_high (without treatment), after

    Raises
    ------
    DataError : treatment began at several times and no unit is named; fewer than 8 periods before or 3 after.

    Notes
    -----
    Segmented regression with change of level and slope; errors correlated, see `fit_segmented`. Assumption: nothing
    else happened at the time, and the past's course would have gone on. Untreated units, where there are any, are
    fitted likewise: what they do at the time was no effect. Sources: Wagner et al. (2002), Segmented regression
    analysis of interrupted time series studies in medication use research, Journal of Clinical Pharmacy and
    Therapeutics 27(4); Bernal, Cummins & Gasparrini (2017), Interrupted time series regression for the evaluation of
    public health interventions, International Journal of Epidemiology 46(1).
    """
    if not 0 < level < 1 or season not in ("auto", "none"):
        raise ParameterError(
            f"level = {level}, season = {season!r}.", expected='0 < level < 1; season "auto" or "none"'
        )
    series = series_of(panel, unit=unit, subtract=subtract)
    waves, season_words = _waves(series, season)
    fit = fit_segmented(series.value, series.n, series.at, series.begins, waves, draws=4000, rng=rng)
    table, draws = _table(series, fit, level, panel.measured)
    details = _details(series, fit, level)
    what = name or "treatment"
    others = _others(panel, series, season, subtract, level, rng)
    placebos = _placebos(series, season, dates, level, rng)
    mean = table.set_index("quantity").loc["mean"]
    checks = _checks(series, fit, others, placebos, mean, level)
    say = panel.change
    ends = f"{say(mean['low'])} to {say(mean['high'])}"
    finding = Finding(
        name="differentiation.interrupted",
        title=_title(panel, mean, what),
        text=_text(panel, series, fit, table, others, placebos, season_words, what, level),
        table=table,
        units={"p_above": "share"},
        checks=checks,
        draw=lambda ax: _draw(ax, details, panel, what, placebos),
        caption=f"{panel.about}. Segmented regression, correlated errors, "
        f"{season_words}; {level * 100:g} % intervals; dashed: the course without {what}.",
        keys=(Key(f"{say(mean['value'])}{panel.points}", f"{panel.outcome} a {panel.period} through {what}, "
                  f"{level * 100:g} % {ends} (n = {counted(series.after.sum(), '', panel.period)} after, "
                  f"{count((~series.after).sum())} before)"),),
        currency=panel.currency,
    )  # fmt: skip
    effect = Effect(draws, panel.measured, per or panel.period, what, len(series.value), finding.checks,
                    panel.simulated, panel.currency, panel.days)  # fmt: skip
    return Estimated(finding, effect, details)


def _waves(series: Series, season: str) -> tuple[np.ndarray, str]:
    year = A_YEAR[series.period]
    long = series.at[-1] - series.at[0] + 1 >= 1.9 * year and year >= 4
    parts, words = [np.empty((len(series.at), 0))], []
    if season == "auto" and long:
        parts.append(season_waves(series.at, year, 1 if year < 12 else 2))
        words.append("season of a year")
    if season == "auto" and series.period == "day" and len(series.at) >= 28:
        parts.append(season_waves(series.at, 7.0, 3))
        words.append("days of the week")
    return np.column_stack(parts), " and ".join(words) or "no season"


def _table(series: Series, fit: Segmented, level: float, measured: str = "") -> tuple[pd.DataFrame, np.ndarray]:
    since = (series.at - series.begins)[series.after]
    n = series.n[series.after]
    sums = {"at once": (1.0, 0.0), f"slope, a {series.period}": (0.0, 1.0), "mean": (1.0, since.mean()),
            "last": (1.0, since[-1])}  # fmt: skip
    if (series.n == 1).all() or (measured in _SUMMED and not series.subtracted):
        sums["in total"] = (n.sum(), n @ since)
    tails, rows, means = ((1 - level) / 2, (1 + level) / 2), [], None
    covariance = fit.naive_covariance[-2:, -2:]
    for quantity, weights in sums.items():
        weights = np.array(weights)
        draws = fit.coefficients[:, -2:] @ weights
        reach = student.ppf(tails[1], fit.degrees) * float(np.sqrt(weights @ covariance @ weights))
        naive = float(fit.naive[-2:] @ weights)
        low, high = np.quantile(draws, tails)
        rows.append({
            "quantity": quantity, "unit": _SUMMED.get(measured, measured) if quantity == "in total" else measured,
            "value": draws.mean(), "low": low, "high": high, "p_above": (draws > 0).mean(),
            "naive_low": naive - reach, "naive_high": naive + reach,
        })  # fmt: skip
        means = draws if quantity == "mean" else means
    return pd.DataFrame(rows), means


def _details(series: Series, fit: Segmented, level: float) -> pd.DataFrame:
    without = fit.design.copy()
    without[:, -2:] = 0
    course = fit.coefficients @ without.T
    low, high = np.quantile(course, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return pd.DataFrame({
        "period": series.periods, "n": series.n.astype(int), "value": series.value,
        "fitted": fit.design @ fit.coefficients.mean(0), "expected": course.mean(0), "expected_low": low,
        "expected_high": high, "after": series.after,
    })  # fmt: skip


def _others(panel: Panel, series: Series, season: str, subtract: bool, level: float, rng) -> pd.Series | None:
    """The same break in the untreated units; None where there are none, or they are compared with already."""
    if subtract or panel.treated.all():
        return None
    try:
        other = series_of(panel.rows(~panel.treated), begins=series.begins)
        waves, _words = _waves(other, season)
        fit = fit_segmented(other.value, other.n, other.at, other.begins, waves, rng=rng)
    except (DataError, ModelError):
        return None
    return _table(other, fit, level)[0].set_index("quantity").loc["mean"]


def _placebos(series: Series, season: str, most: int, level: float, rng) -> pd.DataFrame:
    """Breaks at dates before treatment, where nothing was done: at, value, low, high."""
    ahead = max(int(min(series.after.sum(), _AHEAD)), 3)
    before = np.flatnonzero(~series.after)
    least = max(12, len(before) // 4)
    dates = np.arange(least, len(before) - ahead + 1)
    dates = dates[np.unique(np.linspace(0, len(dates) - 1, min(most, len(dates))).astype(int))] if len(dates) else []
    rows = []
    for date in dates:
        part = series.rows(slice(0, date + ahead), begins=float(series.at[date]))
        try:
            waves, _words = _waves(part, season)
            fit = fit_segmented(part.value, part.n, part.at, part.begins, waves, draws=1000, rng=rng)
        except ModelError:
            continue
        row = _table(part, fit, level)[0].set_index("quantity").loc["mean"]
        rows.append({"at": series.periods[date], "value": row["value"], "low": row["low"], "high": row["high"]})
    return pd.DataFrame(rows, columns=["at", "value", "low", "high"])


def _checks(series: Series, fit: Segmented, others, placebos, mean, level: float) -> tuple[Check, ...]:
    before, year = int((~series.after).sum()), A_YEAR[series.period]
    long = (series.begins - series.at[0]) / year
    checks = [
        Check(f"{series.period}s before", before >= 12, before, "≥ 12", "The course of the past is hardly known."),
        Check("correlation left between neighbouring periods", abs(fit.left) <= 0.35, fit.left, "−0.35 … 0.35",
              "Periods are alike in a way the model does not know: the interval may be too narrow."),
    ]  # fmt: skip
    if year >= 4:
        checks.append(Check("years before", long >= 0.95, float(long), "≥ 1",
                            "What the season does cannot be told from what treatment did."))  # fmt: skip
    if others is not None:
        still = others["low"] <= 0 <= others["high"] or abs(others["value"]) < 0.1 * abs(mean["value"])
        checks.append(Check("change of the untreated at the same time", still, float(others["value"]),
                            f"0 within its {level * 100:g} % interval",
                            "Something else happened then: compare with them (subtract=True)."))  # fmt: skip
    if len(placebos) >= 4:
        wrong = float(((placebos["low"] > 0) | (placebos["high"] < 0)).mean())
        checks.append(Check("dates before at which a break shows though nothing was done", wrong <= 0.3, share(wrong),
                            "≤ 30 %", "The series breaks by itself: a straight course does not hold."))  # fmt: skip
    return tuple(checks)


def _title(panel: Panel, mean, what: str) -> str:
    if mean["low"] <= 0 <= mean["high"]:
        return f"After {what} {panel.outcome} went on as before, as far as can be told"
    side = "above" if mean["value"] > 0 else "below"
    return f"After {what} {panel.outcome} was {panel.change(mean['value'])[1:]}{panel.points} {side} its course"


def _text(panel: Panel, series: Series, fit, table, others, placebos, season: str, what: str, level: float) -> str:
    say, rows = panel.change, table.set_index("quantity")

    def told(quantity: str, unit: str = "") -> str:
        row = rows.loc[quantity]
        return f"{say(row['value'])}{unit} {interval(say(row['low']), say(row['high']), level=level)}"

    before, after = (~series.after).sum(), series.after.sum()
    lead = f"{panel.lead}over {counted(after, '', panel.period)} after {what} {panel.outcome} stood at "
    said = [
        f"{lead[0].upper()}{lead[1:]}{told('mean', panel.points)} against the course of the "
        f"{counted(before, '', panel.period)} before, {season} (n = {count(series.n.sum())} observations, "
        f"{panel.days}).",
        f"It moved by {told('at once')} at once and by {told(f'slope, a {series.period}')} a {series.period} from then "
        f"on; in the last {series.period} it was {told('last')}.",
    ]
    mean = rows.loc["mean"]
    ratio = (mean["high"] - mean["low"]) / max(mean["naive_high"] - mean["naive_low"], 1e-300)
    if ratio > 1.25:
        said.append(f"A {series.period} is like the one before it (correlation {fit.correlation:.2f}); taking each for "
                    f"news would claim an interval {ratio:.1f} times as narrow.")  # fmt: skip
    if len(placebos):
        wrong = int(((placebos["low"] > 0) | (placebos["high"] < 0)).sum())
        said.append(f"At {wrong} of {count(len(placebos))} dates before, where nothing was done, a break shows, too.")
    if others is not None:
        said.append(f"The untreated moved by {say(others['value'])} "
                    f"{interval(say(others['low']), say(others['high']), level=level)} at the same time.")  # fmt: skip
    else:
        if not series.subtracted:
            said.append("Nobody untreated is in the data: another event at the same time would look just like this.")
    said.extend(panel.notes)
    said.append("What would change our mind: another event at the time, or a place without treatment that moved too.")
    return " ".join(said)


def _draw(ax, details, panel: Panel, what: str, placebos):
    from cxlab.differentiation.charts.quasi_series import draw_interrupted

    return draw_interrupted(ax, details, outcome=panel.outcome, measured=panel.measured, currency=panel.currency,
                            begins=what, placebos=placebos)  # fmt: skip
