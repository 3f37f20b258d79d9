"""What a journey map says: its title, its sentences, its marks and its checks."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlab.finding import Check, Finding, Key
from cxlab.journey.intervals import FEW
from cxlab.journey.log import Log
from cxlab.wording import MINUS, count, duration, interval, money, share

_MOMENTS = 3  # touchpoints that are called moments of truth at most
FEWEST = 30


def marks_of_map(table: pd.DataFrame, until: int) -> list[str]:
    """The marks of every touchpoint, as in the notes of `journey_map`; `until` is the code of the goal."""
    found: list[list[str]] = [[] for _row in range(len(table))]
    if "emotion" in table and table["emotion"].notna().any():
        painful = table["emotion_high"] < 0
        peak = int(table["emotion"].to_numpy(float, na_value=-np.inf).argmax())
        if not table["emotion_low"].iloc[peak] > 0:
            peak = -1
    else:
        known = table["drop_off"].notna()
        n = table.loc[known, "journeys"].sum()
        whole = (table["drop_off"] * table["journeys"]).sum() / n if n else np.inf
        painful, peak = (table["drop_off_low"] > whole) & (table.index < until), -1
    for i in np.flatnonzero(painful):
        found[i].append("pain")
    if "moment_of_truth" in table:
        sure = table[table["moment_of_truth_low"] > 0]
        for i in sure["moment_of_truth"].nlargest(_MOMENTS).index:
            found[i].append("moment of truth")
    if peak >= 0:
        found[peak].append("peak")
    return [", ".join(marks) for marks in found]


def map_finding(log: Log, table, channels, curves, inputs, *, loss, level: float) -> Finding:
    money_columns = [c for c in table if c.removeprefix("to_be_").startswith("money")]
    units = {"journeys": "count", "contacts": "count", "channel_share": "share"}
    units |= {c: "share" for c in table if "drop_off" in c or c.startswith("moment_of_truth")}
    units |= {c: "seconds" for c in table if c.endswith("_s")} | dict.fromkeys(money_columns, "money")
    units |= {c: "points" for c in table if c.removeprefix("to_be_").startswith("emotion") and c != "emotion_n"}
    units |= {"emotion_n": "count", "to_be_journeys": "count"}
    currency = log.currency or next((f.currency for f in inputs if f.currency), "")
    title, sentences, keys = _said(log, table, level, currency)
    missing = [words for words, column in (("emotion", "emotion"), ("moments of truth", "moment_of_truth"),
                                           ("money", "money")) if column not in table]  # fmt: skip
    if missing:
        sentences.append(f"Not measured: {', '.join(missing)}.")
    few = int(table["journeys"].max())
    checks = (
        *log.checks, *(check for finding in inputs for check in finding.checks),
        Check("journeys at the touchpoint met most", few >= FEWEST, count(few), f"≥ {FEWEST}",
              "The map shows a handful of customers, not customers at large."),
    )  # fmt: skip
    label = "simulated" if log.simulated else ""
    pain = "emotion below zero" if "emotion" in table else "more end here than elsewhere"

    def draw(ax, **options):
        from cxlab.journey import charts

        words = {"currency": currency, "money": "Recoverable a year", "label": label}
        return charts.draw_map(ax, table, channels=channels, emotions=curves, **words | options)

    return Finding(
        name="journey.map",
        title=title,
        text=" ".join(sentences),
        table=table,
        units={c: unit for c, unit in units.items() if c in table},
        checks=tuple(dict.fromkeys(checks)),
        monte_carlo_error=_errors(table, loss),
        draw=draw,
        caption=f"n = {count(log.n_journeys)} journeys of {count(log.n_customers)} customers with "
        f"{count(log.n_contacts)} contacts, {log.period}{', simulated' if label else ''}; {level * 100:g} % intervals"
        + (f"; pain: {pain}, the whole interval." if table["mark"].str.contains("pain").any() else "."),
        keys=keys,
        currency=currency,
    )


def _said(log: Log, table: pd.DataFrame, level: float, currency: str) -> tuple[str, list[str], list[Key]]:
    """Title, sentences and the number to show large."""
    unit = {"customers": "journeys"}.get(log.unit, log.unit)
    title, sentences, keys = "", [], []
    known = table[table.index < max(log.goal, default=len(table))].dropna(subset="drop_off")
    if len(known) and (known["drop_off"] > 0).any():
        worst = known.loc[(known["drop_off"] * known["journeys"]).idxmax()]
        title = f"Most {unit} end at {worst.touchpoint}: {share(worst.drop_off)} of those that come there"
        which = f"{unit} that end before the goal" if log.goal else unit
        sentences.append(
            f"Most {which} end at {worst.touchpoint}: {share(worst.drop_off)} of those that meet it "
            f"{interval(share(worst.drop_off_low), share(worst.drop_off_high), level=level)}, {log.period}."
        )
        if not log.goal and ((known["drop_off"] > 0).sum() == 1):  # that is where journeys are over, and no loss
            title = f"All {unit} end at {worst.touchpoint}"
            sentences = [f"{title}, {log.period}."]
        often = known[known["journeys"] >= FEW]
        steepest = often.loc[often["drop_off"].idxmax()] if len(often) else worst
        if steepest.touchpoint != worst.touchpoint:
            ends = interval(share(steepest.drop_off_low), share(steepest.drop_off_high), level=level)
            sentences.append(f"The largest share ends at {steepest.touchpoint}: {share(steepest.drop_off)} {ends}.")
    felt = table[table["emotion_n"] >= FEW] if "emotion" in table else table.head(0)
    if len(felt) > 1 and felt["emotion"].nunique() > 1:
        worst, best = felt.loc[felt["emotion"].idxmin()], felt.loc[felt["emotion"].idxmax()]
        low = (
            f"{_points(worst.emotion)} {interval(_points(worst.emotion_low), _points(worst.emotion_high), level=level)}"
        )
        high = f"{_points(best.emotion)} {interval(_points(best.emotion_low), _points(best.emotion_high), level=level)}"
        sentences.append(f"It feels worst at {worst.touchpoint}, {low}, and best at {best.touchpoint}, {high}.")
        if worst.emotion_high < 0:
            title = f"It hurts most at {worst.touchpoint}"
    longest = table.loc[table["wait_s"].idxmax()] if table["wait_s"].notna().any() else None
    if longest is not None:
        sentences.append(
            f"The longest wait follows {longest.touchpoint}: half go on within {duration(longest.wait_s)} "
            f"(middle half {duration(longest.wait_q25_s)} to {duration(longest.wait_q75_s)})."
        )
    if "money" in table and (table["money"] > 0).any():
        top = table.loc[table["money"].idxmax()]
        ends = interval(money(top.money_low, currency), money(top.money_high, currency), level=level)
        title = f"Most is to be won back at {top.touchpoint}: {money(top.money, currency)} a year"
        sentences.append(f"Most is to be won back at {top.touchpoint}: {money(top.money, currency)} a year {ends}.")
        keys.append(Key(money(top.money, currency), f"a year could be won back at {top.touchpoint} {ends}"))
    if "to_be_drop_off" in table:
        moved = table[(table["to_be_drop_off"] - table["drop_off"]).abs() > 1e-9]
        for row in moved.itertuples():
            sentences.append(
                f"To be: {share(row.to_be_drop_off)} in place of {share(row.drop_off)} end at {row.touchpoint}."
            )
    return title or f"{len(table)} touchpoints on the way", sentences, keys


def _points(value: float) -> str:
    """Emotion with its sign.

    >>> _points(.52), _points(-1.04), _points(0.04)
    ('+0.5', '−1.0', '0.0')
    """
    text = f"{abs(value):.1f}"
    return text if float(text) == 0 else f"{'+' if value > 0 else MINUS}{text}"


def _errors(table: pd.DataFrame, loss: Finding | None) -> pd.DataFrame | None:
    """The sampling error of the money, as the loss states it."""
    if loss is None or loss.monte_carlo_error is None:
        return None
    error = loss.monte_carlo_error.reset_index(drop=True)
    names = {c: new for c, new in {"money": "money", "low": "money_low", "high": "money_high"}.items() if c in error}
    error = error[list(names)].rename(columns=names).assign(touchpoint=loss.table["touchpoint"].to_numpy())
    return error.set_index("touchpoint").reindex(table["touchpoint"]).fillna(0.0).reset_index(drop=True)
