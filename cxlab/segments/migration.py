"""Migration: who moved from which segment to which between two periods, who came and left, and what it means in money.

Customers of both periods are joined in the engine; what leaves it are counts of (from, to), see `moves`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from cxlab.errors import DataError, unknown
from cxlab.finding import Check, Finding, Key
from cxlab.intervals import share_interval
from cxlab.segments.features import features
from cxlab.segments.intervals import FEW
from cxlab.segments.moves import (
    LOST,
    NEW,
    count_moves,
    likelier,
    net_table,
    placing,
    seeming,
    transition_table,
)
from cxlab.segments.segmentation import Segmentation
from cxlab.segments.table import FeatureTable
from cxlab.segments.worth import Worth
from cxlab.wording import MINUS, count, interval, money, share


def in_period(
    segmentation: Segmentation, source, *, start: dt.date | str | None = None, end: dt.date | str | None = None
) -> Segmentation:
    """The same segments in another period: customers by their features of that period, the model as it was fitted.

    Parameters
    ----------
    source : Dataset or mapping of tables, from which the features are read again by their declarations; or a
        FeatureTable with them
    start, end : first and last day that count

    Raises
    ------
    DataError : a feature of the model is not there. Customers without a row in the period are not in it.

    >>> from cxlab.segments import k_means
    >>> then = FeatureTable.from_frame(pd.DataFrame({"visits": [1.0, 1.5, 9.0, 9.5]}, index=list("abcd")))
    >>> now = FeatureTable.from_frame(pd.DataFrame({"visits": [9.2, 1.2]}, index=list("ae")))
    >>> in_period(k_means(then, k=2), now).table["segment"].tolist()
    ['Segment 2', 'Segment 1']
    """
    if not isinstance(source, FeatureTable):
        source = features(source, segmentation.declarations, start=start, end=end)
    return replace(segmentation, features=source.as_scaled_by(segmentation.recipes))


@dataclass(frozen=True)
class Migration:
    """Moves between segments.

    Parameters
    ----------
    counts : DataFrame, segments of the first period and "(new)" in rows, of the second and "(lost)" in columns
    transitions, segments : tables of the two findings
    segment_order : names, from the least valuable where an order is known
    misplaced : share of customers that would seem to move though nobody did; NaN where the model cannot tell
    """

    counts: pd.DataFrame
    transitions: pd.DataFrame
    segments: pd.DataFrame
    segment_order: tuple[str, ...]
    ranked: bool
    misplaced: float
    level: float
    periods: tuple[str, str]
    currency: str = ""
    money: tuple[float, float, float] | None = None
    _facts: dict = field(default_factory=dict, repr=False)

    @property
    def findings(self) -> tuple[Finding, Finding]:
        """ "segments.migration" (table: transitions) and "segments.net_change" (table: segments)."""
        return self.migration(), self.net_change()

    def _when(self) -> str:
        return f"{self.periods[0]} to {self.periods[1]}" if all(self.periods) else "between the two periods"

    def _checks(self) -> tuple[Check, ...]:
        f = self._facts
        checks = [Check("customers of the smallest segment at first", f["least"] >= FEW, count(f["least"]), f"≥ {FEW}",
                        "Its shares rest on few customers.")]  # fmt: skip
        if np.isfinite(self.misplaced):
            checks.append(
                Check("moves that unsure placing alone would show", self.misplaced <= f["moved_share"] / 2,
                      share(self.misplaced), f"≤ half of the {share(f['moved_share'])} that moved",
                      "Many seem to move who were only placed unsurely: read the corrected shares.")
            )  # fmt: skip
        return tuple(checks)

    def migration(self) -> Finding:
        """Who moved where: Finding "segments.migration", a row a pair of segments, "(new)" and "(lost)" among them:
        source, target, customers, share (of the source), low, high, corrected, corrected_low, corrected_high (missing
        where placing is not known to be unsure), move ("stays", "up", "down", "moves", "lost", "new"). Pairs of fewer
        than 5 customers are hidden (missing)."""
        from cxlab.segments import charts

        f, t = self._facts, self.transitions
        both = f["both"]
        low, high = (float(e) for e in share_interval(f["stayed"], both, level=self.level)) if both else (np.nan,) * 2
        stayed = f["stayed"] / both if both else np.nan
        text = (
            f"Of {count(both)} customers seen in both periods ({self._when()}), {share(stayed)} "
            f"{interval(share(low), share(high), level=self.level)} are in the segment where they were. "
            f"{count(f['lost'])} of {count(f['before'])} customers of the first period were not seen in the second, "
            f"{count(f['new'])} came new."
        )  # fmt: skip
        moves = t[t["move"].isin(["up", "down", "moves"]) & t["share"].notna()]
        if len(moves):
            top = moves.loc[moves["customers"].idxmax()]
            ends = interval(share(top.low), share(top.high), level=self.level)
            text += (
                f" The most frequent move is from {top.source} to {top.target}: {count(top.customers)} customers, "
                f"{share(top.share)} of {top.source} {ends}."
            )
        title = f"{share(stayed)} of customers stayed in their segment"
        if self.ranked:
            up, down, chance = f["up"], f["down"], f["p_up"]
            text += (
                f" {count(up)} moved up in value and {count(down)} down; the chance that moving up is the likelier is "
                f"{share(chance)}."
            )
            title += f", {count(up)} moved up and {count(down)} down"
        if np.isfinite(self.misplaced):
            text += (
                f" By the model's own probabilities, {share(self.misplaced)} would seem to move if nobody did; "
                "corrected shares take that out."
            )
        elif both:
            text += " How many of the moves are customers placed unsurely, this model cannot tell."
        return Finding(
            "segments.migration", title, text, t, checks=self._checks(),
            units={"customers": "count"} | dict.fromkeys(
                ("share", "low", "high", "corrected", "corrected_low", "corrected_high"), "share"),
            draw=lambda ax: charts.draw_migration(ax, t, order=self.segment_order, periods=self.periods),
            caption=f"n = {count(f['before'] + f['new'])} customers, {self._when()}; a band is as wide as the "
            "customers who went that way; hatched: down or lost; dotted: up or new.",
        )  # fmt: skip

    def net_change(self) -> Finding:
        """How segments grew and shrank: Finding "segments.net_change", a row a segment: segment, before, stayed,
        moved_in, moved_out, new, lost, after, net, net_low, net_high (customers), p_grew, p_up_likelier (chance that a
        customer of it is likelier to move up than down; missing without an order), value (mean money a customer at
        first), money, money_low, money_high (net change × value)."""
        from cxlab.segments import charts

        t, level = self.segments, self.level
        grew = t.loc[t["net"].idxmax()]
        shrank = t.loc[t["net"].idxmin()]

        def said(r):
            return f"{_signed(r.net)} {interval(_signed(r.net_low), _signed(r.net_high), level=level)}"

        text = f"{self._when()}: {grew.segment} changed by {said(grew)} customers, from {count(grew.before)} to "
        text = text[:1].upper() + text[1:] + f"{count(grew.after)}; {shrank.segment} by {said(shrank)}, from "
        text += f"{count(shrank.before)} to {count(shrank.after)}."
        keys = ()
        if self.money is not None:
            value, low, high = (money(v, self.currency) for v in self.money)
            text += (
                f" At what a customer of each segment was worth in the first period, all changes together are {value} "
                f"{interval(low, high, level=level)} for a period as long: who moved is taken to be worth what the new "
                "segment was."
            )
            keys = (Key(value, f"a period from customers who moved, came or left, {level * 100:g} % {low} to {high}"),)
        units = dict.fromkeys(
            ("before", "stayed", "moved_in", "moved_out", "new", "lost", "after", "net", "net_low", "net_high"), "count"
        ) | {"p_grew": "share", "p_up_likelier": "share"}
        units |= dict.fromkeys((c for c in ("value", "money", "money_low", "money_high") if c in t), "money")
        return Finding(
            "segments.net_change",
            f"{grew.segment} {_signed(grew.net)} customers, {shrank.segment} {_signed(shrank.net)}",
            text, t, units=units, checks=self._checks(), currency=self.currency, keys=keys,
            draw=lambda ax: charts.draw_net_change(ax, t, currency=self.currency),
            caption=f"n = {count(self._facts['before'] + self._facts['new'])} customers, {self._when()}; "
            f"{level * 100:g} % intervals.",
        )  # fmt: skip


def migration(
    before: Segmentation | pd.DataFrame | ir.Table,
    after: Segmentation | pd.DataFrame | ir.Table,
    *,
    order: Sequence[str] = (),
    worth: Worth | None = None,
    periods: tuple[str, str] = ("", ""),
    level: float = 0.9,
) -> Migration:
    """Moves of customers between the segments of two periods.

    Parameters
    ----------
    before, after : who was in which segment: the same model read in two periods (see `in_period`), or frames or Ibis
        tables with customer_id and segment
    order : segments from the least to the most valuable; by default by `worth`
    worth : of the first period, by the same segments: what moves are worth in money
    periods : how the two periods are called

    Raises
    ------
    DataError : nobody is in both periods. ParameterError : `order` names other segments.

    Notes
    -----
    Shares: Jeffreys' interval of each. Net change: customers of both periods together are the sample, each of whom
    entered a segment, left it, or neither, so the variance is that of a multinomial. Money: linearised in the moves and
    in the means of value. P(up likelier than down): Beta(up + ½, down + ½).

    >>> then = pd.DataFrame({"customer_id": range(8), "segment": ["low"] * 6 + ["high"] * 2})
    >>> now = pd.DataFrame({"customer_id": range(1, 9), "segment": ["low"] * 4 + ["high"] * 4})
    >>> migration(then, now, order=["low", "high"]).counts.to_numpy().tolist()
    [[4, 1, 1], [0, 2, 0], [0, 1, 0]]
    """
    counts = count_moves(before, after)
    names = [s for s in counts.index if s != NEW]
    ranked = bool(order) or worth is not None
    if order:
        stray = [n for n in order if n not in names] + [n for n in names if n not in order]
        if stray:
            raise unknown("segment", stray[0], names)
        names = list(order)
    elif worth is not None:
        held = [n for n in names if n in worth.segments]
        names = sorted(held, key=lambda s: worth.mean("value", s).mean) + [n for n in names if n not in held]
    counts = counts.loc[[*names, NEW], [*names, LOST]]
    n = counts.to_numpy(float)
    k = len(names)
    inner = n[:k, :k]
    both = float(inner.sum())
    if not both:
        raise DataError("nobody is in both periods.", expected="the same customer_id in both")
    up, down = (float(np.sum(part(inner, 1 if part is np.triu else -1))) for part in (np.triu, np.tril))
    placed = placing(before, after, names)
    misplaced = seeming(inner, placed) if placed else np.nan
    facts = {
        "both": both, "stayed": float(np.trace(inner)), "before": float(n[:k].sum()), "lost": float(n[:k, k].sum()),
        "new": float(n[k, :k].sum()), "up": up, "down": down, "p_up": likelier(up, down),
        "least": float(n[:k].sum(1).min()), "moved_share": 1 - float(np.trace(inner)) / both,
    }  # fmt: skip
    segments, whole = net_table(counts, names, ranked, worth, level)
    return Migration(
        counts, transition_table(counts, names, ranked, placed, level), segments, tuple(names), ranked, misplaced,
        level, periods, worth.currency if worth is not None else "", whole, facts,
    )  # fmt: skip


def _signed(value: float) -> str:
    return f"+{count(value)}" if value > 0 else count(value).replace("-", MINUS)


__all__ = ["LOST", "NEW", "Migration", "in_period", "migration"]
