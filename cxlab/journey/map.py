"""The journey map: one table and one picture of what happens at every touchpoint, put together from the measures."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from ibis import _
from scipy.stats import norm

from cxlab.errors import ParameterError
from cxlab.finding import Finding
from cxlab.intervals import share_interval
from cxlab.journey.chain import fit_chain, visits
from cxlab.journey.log import Log
from cxlab.journey.map_finding import map_finding, marks_of_map
from cxlab.journey.what_if import Change, changed, checked

_WAITS = {0.25: "wait_q25_s", 0.5: "wait_s", 0.75: "wait_q75_s"}
_TO_BE = ("journeys", "drop_off", "wait_s", "emotion", "money")


def journey_map(
    log: Log, *, drop_off: Finding | None = None, emotion: Finding | None = None, loss: Finding | None = None,
    moments: Finding | None = None, to_be: Change | Finding | None = None, level: float = 0.9,
) -> Finding:  # fmt: skip
    """Every touchpoint with its stage, channel, volume, drop-off, wait, emotion, weight and money: a table and a map.

    Parameters
    ----------
    drop_off : touchpoint, drop_off with its interval, in place of the share measured here
    emotion : as `emotional_curve` makes it; with personas, a curve each
    loss : as `recoverable_loss` makes it, with money
    moments : as `moments_of_truth` makes it
    to_be : a second state beside the present one: a change as `what_if` takes it ({touchpoint: {"drop_off": factor,
        "wait": factor}}), or another journey map
    level : coverage of the intervals made here

    Returns
    -------
    Finding "journey.map", a row a touchpoint in the order of the journey: stage, touchpoint, journeys (that meet it),
    contacts; channel (the main one) and channel_share; drop_off, drop_off_low, drop_off_high (share of its journeys
    that end there; missing at the goal); wait_s, wait_q25_s, wait_q75_s (seconds until the next contact); and as
    measured emotion, emotion_low, emotion_high (points), emotion_n (contacts), moment_of_truth, moment_of_truth_low,
    moment_of_truth_high (share of journeys), money, money_low, money_high (a year), to_be_ and any of journeys,
    drop_off, wait_s, emotion, money; mark ("pain", "moment of truth", "peak", joined by commas)

    Its ``draw`` takes the options of `cxlab.journey.charts.draw_map` (title, top, tall).

    Raises
    ------
    ParameterError : a finding has no touchpoint of the log.

    Notes
    -----
    Pain: the whole interval of emotion lies below zero; where emotion is not measured, at touchpoints before the goal,
    the whole interval of drop-off lies above that of all touchpoints together (without a goal an end is no pain).
    Moment of truth: one of the three highest scores, its interval above zero. Peak: the highest emotion, its interval
    above zero. Of a change, journeys at later touchpoints grow by the expected contacts of the absorbing chain; money
    and emotion stay as they are.

    >>> from cxlab.journey.examples import small_log
    >>> found = journey_map(small_log())
    >>> found.table[["touchpoint", "journeys", "drop_off"]].head(2).values.tolist()
    [['Search', 4, 0.0], ['Website', 4, 0.5]]
    """
    table, channels = _measured(log, level)
    if drop_off is not None:
        own = _of(drop_off, log, "drop_off")
        ends = ("drop_off_low", "drop_off_high") if "drop_off_low" in own else ("low", "high")
        table = _put(table, own, {"drop_off": "drop_off", ends[0]: "drop_off_low", ends[1]: "drop_off_high"})
    curves = None
    if emotion is not None:
        own = _of(emotion, log, "emotion")
        if "persona" in own:
            curves = own.rename(columns={"mean": "emotion", "low": "emotion_low", "high": "emotion_high"})
            own = _together(own, level)
        names = {"mean": "emotion", "low": "emotion_low", "high": "emotion_high", "contacts": "emotion_n"}
        table = _put(table, own, names)
    if moments is not None:
        own = _of(moments, log, "moments")
        names = {"score": "moment_of_truth", "low": "moment_of_truth_low", "high": "moment_of_truth_high"}
        table = _put(table, own, names)
    if loss is not None:
        own = _of(loss, log, "loss")
        if "money" not in own:
            raise ParameterError("the loss has no money.", expected="recoverable_loss(log, value=…)")
        table = _put(table, own, {"money": "money", "low": "money_low", "high": "money_high"})
    if to_be is not None:
        table = _changed(table, log, to_be) if isinstance(to_be, Mapping) else _beside(table, _of(to_be, log, "to_be"))
    table["mark"] = marks_of_map(table, max(log.goal, default=0))
    inputs = [finding for finding in (drop_off, emotion, loss, moments) if finding is not None]
    return map_finding(log, table, channels, curves, inputs, loss=loss, level=level)


def _measured(log: Log, level: float) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    """What the log itself says of every touchpoint, and the share of every channel at it."""
    table = log.touchpoints[["stage", "touchpoint", "journeys", "contacts"]].reset_index(drop=True)
    seen = log.events.group_by("touchpoint").agg(
        ended=_.next_touchpoint.isnull().cast("int64").sum(), waits=_.gap_s.quantile(list(_WAITS))
    )
    seen = seen.execute().set_index("touchpoint").reindex(range(len(table)))
    channels = None
    if log.has("channel"):
        own = log.events.filter(_.channel.notnull()).group_by("touchpoint", "channel").agg(contacts=_.count()).execute()
        own = own.sort_values(["touchpoint", "contacts", "channel"], ascending=[True, False, True])
        channels = pd.DataFrame(
            {"touchpoint": [log.labels[code] for code in own["touchpoint"]],
             "channel": [log.channels[code] for code in own["channel"]],
             "share": own["contacts"] / own.groupby("touchpoint")["contacts"].transform("sum")}
        )  # fmt: skip
        main = channels.drop_duplicates("touchpoint").set_index("touchpoint").reindex(table["touchpoint"])
        table["channel"], table["channel_share"] = main["channel"].to_numpy(), main["share"].to_numpy()
    ended, journeys = seen["ended"].fillna(0).to_numpy(float), table["journeys"].to_numpy(float)
    low, high = share_interval(ended, journeys, level=level)
    goal = table.index.isin(sorted(log.goal))
    for column, value in (("drop_off", ended / journeys), ("drop_off_low", low), ("drop_off_high", high)):
        table[column] = np.where(goal, np.nan, value)
    waits = [w if isinstance(w, (list, np.ndarray)) else [np.nan] * 3 for w in seen["waits"]]
    table[list(_WAITS.values())] = np.array(waits, float).reshape(len(table), 3)
    return table, channels


def _of(finding: Finding, log: Log, name: str) -> pd.DataFrame:
    """The table of a finding on touchpoints of this log."""
    own = finding.table if isinstance(finding, Finding) else finding
    if "touchpoint" not in own or not own["touchpoint"].isin(log.labels).any():
        raise ParameterError(
            f"{name} has no touchpoint of the log.", expected="a finding of the same log, a row a touchpoint"
        )
    return own


def _put(table: pd.DataFrame, own: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """The columns of a measure beside the touchpoints, under the names of the map."""
    there = {c: new for c, new in names.items() if c in own}
    own = own.drop_duplicates("touchpoint").set_index("touchpoint")[list(there)].rename(columns=there)
    own = own.reindex(table["touchpoint"]).reset_index(drop=True) + 0.0  # no −0
    return table.drop(columns=[c for c in own if c in table]).join(own)


def _together(own: pd.DataFrame, level: float) -> pd.DataFrame:
    """One curve of all personas, weighted by contacts; personas share no customer, so their errors are independent."""
    z = norm.ppf((1 + level) / 2)
    own = own.dropna(subset="mean")
    weight = own["contacts"] / own.groupby("touchpoint")["contacts"].transform("sum")
    parts = pd.DataFrame(
        {"touchpoint": own["touchpoint"], "mean": weight * own["mean"], "contacts": own["contacts"],
         "variance": (weight * (own["high"] - own["low"]) / 2 / z) ** 2}
    )  # fmt: skip
    whole = parts.groupby("touchpoint", as_index=False, sort=False).sum()
    reach = z * np.sqrt(whole["variance"])
    return whole.assign(low=whole["mean"] - reach, high=whole["mean"] + reach)


def _changed(table: pd.DataFrame, log: Log, change: Change) -> pd.DataFrame:
    """The state a change leads to: drop-off and wait where they are changed, journeys wherever they flow."""
    chain = fit_chain(log, until="end")
    codes = checked(change, chain)
    before, after = visits(chain.shares), visits(changed(chain.shares, codes))
    table = table.copy()
    grown = np.divide(after, before, out=np.ones_like(before), where=before > 0)
    table["to_be_journeys"] = table["journeys"] * grown
    for column in ("drop_off", "wait_s"):
        factor = np.array([codes.get(i, {}).get(column.removesuffix("_s"), 1.0) for i in range(len(table))])
        table[f"to_be_{column}"] = table[column] * factor
    table["to_be_drop_off"] = table["to_be_drop_off"].clip(upper=1)
    return table


def _beside(table: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    """A second map beside the first."""
    names = {f"{c}{end}": f"to_be_{c}{end}" for c in _TO_BE for end in ("", "_low", "_high") if f"{c}{end}" in other}
    if not names:
        raise ParameterError("to_be has nothing to set beside the map.", expected="any of " + ", ".join(_TO_BE))
    return _put(table, other, names)
