"""Trials: what is tried on some customers or places, what came of it, and what it truly did."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa

from cxlab.data.simulate.customers import coded
from cxlab.data.simulate.decisions import Comparison, WeeklyPanel
from cxlab.errors import ParameterError

CONTROL = "control"
#: weeks of the log that tell how often a customer comes, and what one adds to them
_LATELY, _PRIOR = 26, 0.5
_VALUE_SPREAD = 0.35


@dataclass(frozen=True)
class ComparisonTruth:
    """What a randomised trial truly did.

    Parameters
    ----------
    comparison : the declaration
    units : DataFrame by unit_id: segment, site, arm, visits and spend expected in the weeks of the trial in either arm
        (visits_control, visits_treated, spend_control, spend_treated)
    """

    comparison: Comparison
    units: pd.DataFrame = field(repr=False)

    @property
    def effects(self) -> pd.DataFrame:
        """Mean effect on a customer who took part in the weeks of the trial, by outcome ("visits" is the column
        outcome, "spend" money) and by segment ("all"): control, treated, difference, ratio."""
        parts = []
        for outcome in ("visits", "spend"):
            pair = [f"{outcome}_{arm}" for arm in ("control", "treated")]
            means = pd.concat([self.units[pair].mean().to_frame("all").T, self.units.groupby("segment")[pair].mean()])
            means.columns = ["control", "treated"]
            parts.append(means.rename_axis("segment").reset_index().assign(outcome=outcome))
        table = pd.concat(parts).set_index(["outcome", "segment"])
        return table.assign(difference=table["treated"] - table["control"], ratio=table["treated"] / table["control"])

    @property
    def a_year(self) -> float:
        """Spend more a year and customer, money: the difference over the weeks of the trial, scaled to a year."""
        return float(self.effects.loc[("spend", "all"), "difference"] * 52 / self.comparison.weeks)


@dataclass(frozen=True)
class PanelTruth:
    """What a change in time truly did.

    Parameters
    ----------
    panel : the declaration
    weeks : first days of the weeks
    effect, without : DataFrames by week and place: points the change brought, and the mean rating without it
    """

    panel: WeeklyPanel
    weeks: pd.DatetimeIndex
    effect: pd.DataFrame = field(repr=False)
    without: pd.DataFrame = field(repr=False)

    @property
    def effects(self) -> pd.DataFrame:
        """By place that was changed: treated_from, effect (mean over the weeks since), last (in the last week), minutes
        (mean change of the minutes of the contact over the weeks since)."""
        rows = {}
        for place, week in self.panel.treated.items():
            since = self.effect[place].iloc[week:]
            rows[place] = {
                "treated_from": self.weeks[week], "effect": since.mean(), "last": since.iloc[-1],
                "minutes": self.panel.minutes_effect * since.mean() / self.panel.effect if self.panel.effect else 0.0,
            }  # fmt: skip
        return pd.DataFrame(rows).T.rename_axis("unit_id")


def compare(
    trial: Comparison, people: pd.DataFrame, begin: np.datetime64, rng: np.random.Generator
) -> tuple[pd.DataFrame, ComparisonTruth]:
    """Draw a trial among customers: arms, and visits and spend in the weeks after each of them entered.

    Parameters
    ----------
    people : by customer_id: segment, lately (orders in the last half-year of the log), before (orders in as many weeks
        as the trial has), value (mean value of an order, money)
    begin : first day of the trial
    """
    n, sites = len(people), list(trial.sites)
    site = rng.integers(len(sites), size=n)
    if trial.by_site:
        first = rng.permutation(len(sites)) < (len(sites) + 1) // 2
        treated = first[site]
    else:
        treated = rng.permutation(n) < n // 2
    rate = (people["lately"].to_numpy() + _PRIOR) / (_LATELY + 1)
    elsewhere = np.exp(trial.site_spread * rng.standard_normal(len(sites)))
    rate = rate * np.array(list(trial.sites.values()))[site] * elsewhere[site]
    lift = people["segment"].map(trial.lift).fillna(1.0).to_numpy(dtype=float)
    expected = {"visits_control": rate * trial.weeks, "visits_treated": rate * trial.weeks * lift}
    visits = rng.poisson(np.where(treated, expected["visits_treated"], expected["visits_control"]))
    value = people["value"].to_numpy()
    expected |= {"spend_control": expected["visits_control"] * value,
                 "spend_treated": expected["visits_treated"] * value * trial.spend}  # fmt: skip
    # A sum of log-normal values: its mean is right, and its spread falls with the number of visits.
    spread = _VALUE_SPREAD / np.sqrt(np.maximum(visits, 1))
    noise = np.exp(spread * rng.standard_normal(n) - spread**2 / 2)
    spend = visits * value * np.where(treated, trial.spend, 1.0) * noise
    rows = pd.DataFrame({
        "unit_id": people.index.to_numpy(),
        "arm": np.where(treated, trial.arm, CONTROL),
        "outcome": visits.astype(float),
        "timestamp": begin + rng.integers(0, trial.entry, n).astype("timedelta64[D]"),
        "site": np.array(sites)[site],
        "before": people["before"].to_numpy(dtype=float),
        "trial": trial.name,
        "spend": spend.round(2),
    })  # fmt: skip
    units = pd.DataFrame({"segment": people["segment"].to_numpy(), "site": np.array(sites)[site], "arm": rows["arm"]}
                         | expected).set_index(pd.Index(people.index, name="unit_id"))  # fmt: skip
    return rows, ComparisonTruth(trial, units)


def observe(
    panel: WeeklyPanel, first: np.datetime64, last: np.datetime64, rng: np.random.Generator
) -> tuple[pd.DataFrame, PanelTruth]:
    """Draw the weekly means of all places between two days; weeks are whole and begin on a Monday."""
    weeks = pd.date_range(first, last - np.timedelta64(6, "D"), freq="W-MON")
    latest = max(panel.treated.values())
    if latest >= len(weeks) - 1:
        raise ParameterError(f"a change in week {latest} of {len(weeks)}.", expected="weeks after it, too")
    names, t = list(panel.levels), np.arange(len(weeks))
    shared = panel.season * np.sin(2 * np.pi * (t - 20) / 52.18) + _carried(panel, panel.shared, (len(t), 1), rng)[:, 0]
    pull = 1 + 0.3 * rng.standard_normal(len(names))
    without = np.array(list(panel.levels.values())) + shared[:, None] * pull + _carried(
        panel, panel.own, (len(t), len(names)), rng)  # fmt: skip
    grown = np.zeros(without.shape)
    for place, week in panel.treated.items():
        grown[:, names.index(place)] = np.clip((t - week + 1) / max(panel.ramp, 1), 0, 1)
    raters = np.maximum(1, rng.poisson(panel.raters, without.shape))
    noise = panel.rating / np.sqrt(raters) * rng.standard_normal(without.shape)
    rating = np.clip(without + panel.effect * grown + noise, panel.low, panel.high)
    minutes = panel.minutes + panel.minutes_effect * grown + rng.standard_normal(without.shape) * 2 / np.sqrt(raters)
    began = {place: weeks[week] for place, week in panel.treated.items()}
    rows = pd.DataFrame({
        "unit_id": np.tile(names, len(t)),
        "arm": np.tile([panel.arm if name in panel.treated else CONTROL for name in names], len(t)),
        "outcome": rating.ravel().round(3),
        "timestamp": np.repeat(weeks, len(names)),
        "treated_from": np.tile(pd.DatetimeIndex([began.get(name) for name in names]), len(t)),
        "trial": panel.name,
        "raters": raters.ravel(),
        "minutes": minutes.ravel().round(2),
    })  # fmt: skip
    frame = {"index": weeks, "columns": names}
    return rows, PanelTruth(panel, weeks, pd.DataFrame(panel.effect * grown, **frame), pd.DataFrame(without, **frame))


def trials_table(parts: list[pd.DataFrame]) -> pa.Table:
    """The trials of a business one after the other; columns that none of them has are not there."""
    table = pd.concat(parts, ignore_index=True) if len(parts) > 1 else parts[0]
    made = {}
    for name in table.columns:
        column = table[name]
        if column.dtype.kind == "M":
            made[name] = pa.array(column.to_numpy().astype("datetime64[D]"), mask=column.isna().to_numpy())
        elif column.dtype == object or isinstance(column.dtype, pd.StringDtype):
            codes, labels = pd.factorize(column)
            made[name] = coded(codes, pa.array(labels.astype(str), pa.string()))
        else:
            made[name] = pa.array(column.to_numpy(), mask=column.isna().to_numpy())
    return pa.table(made)


def _carried(panel: WeeklyPanel, spread: float, shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Noise that is carried over from week to week, of one standard deviation throughout."""
    fresh = rng.standard_normal(shape)
    made = np.empty(shape)
    made[0] = fresh[0]
    for week in range(1, len(made)):
        made[week] = panel.carried * made[week - 1] + np.sqrt(1 - panel.carried**2) * fresh[week]
    return spread * made
