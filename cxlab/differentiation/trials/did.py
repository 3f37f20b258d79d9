"""Difference in differences: how much more the treated changed than those who were not."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import t as student

from cxlab.differentiation.trials.contrasts import Contrasts, contrasts, per_treated, two_sided, two_way
from cxlab.differentiation.trials.effect import Effect
from cxlab.differentiation.trials.estimated import Estimated
from cxlab.differentiation.trials.panels import Panel, counted
from cxlab.differentiation.trials.parallel import Drift, drift
from cxlab.differentiation.trials.shuffling import Shuffled, shuffle
from cxlab.errors import ParameterError
from cxlab.finding import Check, Finding, Key
from cxlab.wording import count, interval, share

#: units on a side up to which an interval leans on how few they are
FEW = 10
_DRAWS = 4000


def difference_in_differences(
    panel: Panel, *, name: str = "", per: str = "", level: float = 0.9, rng: np.random.Generator | int = 0
) -> Estimated:
    """The change of the treated units less the change of the others.

    Parameters
    ----------
    panel : of `read_panel`; units with gaps are left out
    name : what was done, as a reader says it; per : what one observation is ("visit", "customer")
    level : coverage of the intervals

    Returns
    -------
    Estimated; finding "differentiation.did", a row for all and, where treatment began at several times, a row a start:
        group, begins, units, controls, treated_change, untreated_change (mean change, from all periods before to those
        after), effect, effect_low, effect_high, se, df, p_value, p_shuffled, shuffled_low, shuffled_high (by shuffling
        who was treated, NaN for starts), naive_low, naive_high (were every row independent of every other), two_way
        (regression on unit and period effects), backwards (share of treated cells that it counts with the wrong sign).
        Details: a row a period: period, treated, untreated (means), expected (what the treated would have been), n

    Raises
    ------
    DataError : nobody untreated. ModelError : one unit against one.

    Notes
    -----
    A unit counts once, however many rows it has: its change is one number, so what its periods share cannot narrow the
    interval (Bertrand, Duflo & Mullainathan 2004, How much should we trust differences-in-differences estimates?,
    Quarterly Journal of Economics 119(1)). Welch–Satterthwaite t over units. With several starts, the mean of all
    group-time effects against units not yet treated (Callaway & Sant'Anna 2021). Assumption: without treatment both
    would have changed alike.

    >>> from cxlab.differentiation.trials.panel import panel_of
    >>> wide = pd.DataFrame([[20., 21], [22, 22], [23, 21], [24, 20], [25, 22]], index=list("abcde"),
    ...                     columns=pd.to_datetime(["1991", "1992"]))
    >>> found = difference_in_differences(panel_of(wide, start={"a": "1992", "b": "1992"}))
    >>> found.finding.table[["treated_change", "untreated_change", "effect"]].values.tolist()
    [[0.5, -3.0, 3.5]]
    """
    if not 0 < level < 1:
        raise ParameterError(f"level = {level}.", expected="a coverage, 0 < level < 1", mend="level=0.9")
    panel = panel.complete()
    found = contrasts(panel)
    table = _table(panel, found, level, rng)
    before = drift(panel, level=level)
    row = table.iloc[0]
    checks = _checks(panel, found, row, before, level)
    paths = _paths(panel)
    draws = row["effect"] + row["se"] * np.random.default_rng(rng).standard_t(row["df"], _DRAWS)
    what = name or f"treatment of {counted(row['units'])}"
    few = min(row["units"], row["controls"]) < FEW
    finding = Finding(
        name="differentiation.did",
        title=_title(panel, row, what),
        text=_text(panel, found, table, before, level, few),
        table=table,
        units=dict.fromkeys(("treated_change", "untreated_change", "effect", "effect_low", "effect_high", "se",
                             "shuffled_low", "shuffled_high", "naive_low", "naive_high", "two_way"), panel.measured)
        | {"units": "count", "controls": "count", "p_value": "share", "p_shuffled": "share", "backwards": "share"},
        checks=checks,
        draw=lambda ax: _draw(ax, paths, panel, row),
        caption=f"{panel.about}. Difference in differences, one change a unit, "
        f"{level * 100:g} % interval of Welch's t; dashed: where the treated would have been had they changed like the "
        "others.",
        keys=(Key(f"{panel.change(row['effect'])}{panel.points}", f"{panel.outcome} through {what}, {level * 100:g} % "
                  f"{panel.change(row['effect_low'])} to {panel.change(row['effect_high'])} (n = "
                  f"{counted(row['units'], 'treated')} and {counted(row['controls'], 'other')})"),),
        currency=panel.currency,
    )  # fmt: skip
    effect = Effect(draws, panel.measured, per or panel.period, what, len(panel), finding.checks, panel.simulated,
                    panel.currency, panel.days)  # fmt: skip
    return Estimated(finding, effect, paths)


def from_means(
    treated: tuple[float, float], untreated: tuple[float, float], *, errors: tuple[float, float] | None = None
) -> tuple[float, float]:
    """Difference in differences of four published means, and its standard error.

    Parameters
    ----------
    treated, untreated : mean before and after
    errors : standard errors of the change of the treated and of the untreated; NaN comes back without them

    >>> effect, error = from_means((20.44, 21.03), (23.33, 21.17), errors=(.54, 1.25))
    >>> round(effect, 2), round(error, 2)
    (2.75, 1.36)
    """
    effect = (treated[1] - treated[0]) - (untreated[1] - untreated[0])
    return float(effect), float("nan") if errors is None else float(np.hypot(*errors))


def _table(panel: Panel, found: Contrasts, level: float, rng) -> pd.DataFrame:
    after = found.since >= 0
    starts = np.unique(found.begins[after])
    chosen = [("all", after)] + [(panel.when(s), after & (found.begins == s)) for s in starts] * (len(starts) > 1)
    rows = []
    for group, cells in chosen:
        weights = per_treated(found, cells)
        effect = float(weights @ found.effect)
        error, degrees = found.error(weights)
        reach = student.ppf((1 + level) / 2, degrees) * error
        own = np.isin(panel.start, np.unique(found.begins[cells]))
        begins = panel.periods[int(found.begins[cells].min())].date()
        rows.append({
            "group": group, "begins": str(begins), "units": int(own.sum()),
            "controls": int(found.controls[cells].max()), "treated_change": float(weights @ found.treated),
            "untreated_change": float(weights @ found.control),
            "effect": effect, "effect_low": effect - reach, "effect_high": effect + reach, "se": error, "df": degrees,
            "p_value": two_sided(effect, error, degrees),
        })  # fmt: skip
    table = pd.DataFrame(rows)
    lost = ["p_shuffled", "shuffled_low", "shuffled_high", "naive_low", "naive_high", "two_way", "backwards"]
    table[lost] = np.nan
    if len(starts) == 1:
        shuffled = _shuffled(panel, level, rng)
        reach = student.ppf((1 + level) / 2, max(panel.observations - 4, 1)) * _naive(panel)
        values = (shuffled.p_value, shuffled.low, shuffled.high, table["effect"][0] - reach, table["effect"][0] + reach)
        table.loc[0, lost[:5]] = values
    table.loc[0, lost[5:]] = two_way(panel)
    return table


def _shuffled(panel: Panel, level: float, rng) -> Shuffled:
    first = int(panel.start[panel.treated].min())
    change = panel.mean[:, first:].mean(1) - panel.mean[:, :first].mean(1)
    return shuffle(change[panel.treated], change[~panel.treated], level=level, rng=rng)


def _naive(panel: Panel) -> float:
    """Standard error were every row independent: what few places with many customers tempt to."""
    first = int(panel.start[panel.treated].min())
    sides = [np.ix_(side, part) for side in (panel.treated, ~panel.treated)
             for part in (np.arange(first), np.arange(first, panel.never))]  # fmt: skip
    total = 0.0
    for side in sides:
        n, mean = panel.n[side], panel.mean[side]
        middle = (n * mean).sum() / n.sum()
        inner = np.where(np.isnan(panel.variance[side]), 0, np.maximum(n - 1, 0))
        within = (np.nan_to_num(panel.variance[side]) * inner).sum()
        # a mean whose answers are not seen says one thing on their variance, however many they are
        degrees = max(inner.sum() + n.size - 1, 1)
        total += (within + (n * (mean - middle) ** 2).sum()) / degrees / n.sum()
    return float(np.sqrt(total))


def _paths(panel: Panel) -> pd.DataFrame:
    """Means of the units first treated together with most others, of the rest, and what was to be expected."""
    starts, units = np.unique(panel.start[panel.treated], return_counts=True)
    begins = int(starts[np.argmax(units)])
    own, others = panel.start == begins, ~panel.treated
    if not others.any():
        others = panel.start == panel.start.max()
    treated, untreated = panel.mean[own].mean(0), panel.mean[others].mean(0)
    expected = untreated + treated[:begins].mean() - untreated[:begins].mean()
    return pd.DataFrame({"period": panel.periods, "treated": treated, "untreated": untreated, "expected": expected,
                         "after": np.arange(panel.never) >= begins, "n": panel.n.sum(0).astype(int)})  # fmt: skip


def _checks(panel: Panel, found: Contrasts, row, before: Drift, level: float) -> tuple[Check, ...]:
    fewest = int(min(row["units"], row["controls"]))
    checks = [
        Check("units on the smaller side", fewest >= 2, fewest, "≥ 2",
              "How much one unit changes by itself is unknown; the others' spread stands in for it."),
        *before.checks(panel, row["effect"], level=level),
    ]  # fmt: skip
    gaps = [words for words in panel.notes if "with gaps" in words]
    if gaps:
        left = int(gaps[0].split(" of ")[0].replace(",", ""))
        of = left + len(panel)
        checks.append(Check("units left out for gaps", left <= 0.2 * of, share(left / of), "≤ 20 %",
                            "Who is missing may differ from who stayed."))  # fmt: skip
    if found.left_out:
        cells = found.left_out / (found.left_out + len(found.period))
        checks.append(Check("group-periods with nobody left to compare with", cells <= 0.5, share(cells), "≤ 50 %",
                            "The effect is that of the earlier periods only."))  # fmt: skip
    return tuple(checks)


def _title(panel: Panel, row, what: str) -> str:
    if row["effect_low"] <= 0 <= row["effect_high"]:
        return f"{what[0].upper()}{what[1:]}: no change of {panel.outcome} that stands out from chance"
    verb = "raised" if row["effect"] > 0 else "lowered"
    amount = panel.change(abs(row["effect"])).removeprefix("+")
    return f"{what[0].upper()}{what[1:]} {verb} {panel.outcome} by {amount}{panel.points}"


def _text(panel: Panel, found: Contrasts, table, before: Drift, level: float, few: bool) -> str:
    row, say = table.iloc[0], panel.change
    ends = interval(say(row["effect_low"]), say(row["effect_high"]), level=level)
    said = [
        f"{panel.lead}{panel.outcome} of {counted(row['units'], 'treated')} changed by "
        f"{say(row['treated_change'])}, of {counted(row['controls'], 'other')} by "
        f"{say(row['untreated_change'])}: a difference of {say(row['effect'])}{panel.points} {ends} "
        f"(n = {count(panel.observations)} observations, {panel.days})."
    ]
    if few and np.isfinite(row["p_shuffled"]):
        reach = (
            f"; by shuffling alone {interval(say(row['shuffled_low']), say(row['shuffled_high']), level=level)}"
            if np.isfinite([row["shuffled_low"], row["shuffled_high"]]).all()
            else ", and so few units cannot give an interval by shuffling alone"
        )
        said.append(f"Had others been treated instead, {share(row['p_shuffled'])} of the ways to choose them would "
                    f"show a difference as large{reach}.")  # fmt: skip
    wide, narrow = row["effect_high"] - row["effect_low"], row["naive_high"] - row["naive_low"]
    if narrow > 0 and wide > 1.5 * narrow:
        said.append(f"Taking every observation for independent would claim an interval {wide / narrow:.1f} times as "
                    "narrow; the units are what was treated, so they are what counts.")  # fmt: skip
    if len(table) > 1:
        said.append(f"Treatment began at {count(len(table) - 1)} times; each group is compared with those not yet "
                    f"treated. A regression on units and periods would say {say(row['two_way'])}, with "
                    f"{share(row['backwards'])} of treated cells counted backwards.")  # fmt: skip
    if np.isfinite(before.slope):
        said.append(f"Before, they drifted apart by {say(before.slope)} a {panel.period}; going on, that alone would "
                    f"make {say(before.feigned)}.")  # fmt: skip
    said.extend(panel.notes)
    said.append("What would change our mind: that something else happened to one side only, or a drift apart before.")
    return " ".join(said)


def _draw(ax, paths, panel: Panel, row):
    from cxlab.differentiation.charts.quasi import draw_did

    reach = (row["effect_high"] - row["effect_low"]) / 2
    return draw_did(ax, paths, reach=reach, outcome=panel.outcome, measured=panel.measured, currency=panel.currency,
                    words=f"{panel.change(row['effect'])}\non average")  # fmt: skip
