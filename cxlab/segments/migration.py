"""Migration: who moved from which segment to which between two periods, who came and left, and what it means in money.

Customers of both periods are joined in the engine; what leaves it are counts of (from, to). Who is placed unsurely
seems to move without moving: where the model knows how sure it is, shares are also given corrected for that.

    observed joint = D₁ᵀ · true joint · D₂,  D[t, s] = P(placed in s | truly in t), from the model's own probabilities

Source of the correction: Bolck, Croon & Hagenaars (2004), Political Analysis 12(1), in the form of Vermunt (2010),
ibid. 18(4), for the two ends of a transition.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import ibis.expr.types as ir
import numpy as np
import pandas as pd
from ibis import _
from scipy.special import ndtri
from scipy.stats import beta

from cxlab.errors import DataError, unknown
from cxlab.finding import Check, Finding, Key
from cxlab.segments.features import features
from cxlab.segments.intervals import FEW, HIDDEN, share_interval, tails
from cxlab.segments.members import members, ordered
from cxlab.segments.segmentation import Segmentation
from cxlab.segments.table import FeatureTable
from cxlab.segments.worth import Worth
from cxlab.wording import MINUS, count, interval, money, share

NEW, LOST = "(new)", "(lost)"


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
    counts = _counts(before, after)
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
    placed = _placing(before, after, names)
    misplaced = _seeming(inner, placed) if placed else np.nan
    facts = {
        "both": both, "stayed": float(np.trace(inner)), "before": float(n[:k].sum()), "lost": float(n[:k, k].sum()),
        "new": float(n[k, :k].sum()), "up": up, "down": down, "p_up": _likelier(up, down),
        "least": float(n[:k].sum(1).min()), "moved_share": 1 - float(np.trace(inner)) / both,
    }  # fmt: skip
    segments, whole = _net(counts, names, ranked, worth, level)
    return Migration(
        counts, _transitions(counts, names, ranked, placed, level), segments, tuple(names), ranked, misplaced, level,
        periods, worth.currency if worth is not None else "", whole, facts,
    )  # fmt: skip


def _counts(before, after) -> pd.DataFrame:
    """Customers by segment before (and new) and after (and lost), joined in the engine."""
    held = next((a for a in (before, after) if isinstance(a, ir.Table)), None)
    then, now = (members(a, near=held) for a in (before, after))
    now = now.rename(after="segment", other_id="customer_id")
    joined = then.outer_join(now, then.customer_id == now.other_id)
    pairs = joined.group_by(source=_.segment, target=_.after).agg(n=_.count()).to_pandas()
    for name in (NEW, LOST):
        if (pairs[["source", "target"]] == name).any(axis=None):
            raise DataError(f"a segment is called {name!r}.", expected="other names", mend="rename the segment")
    pairs = pairs.fillna({"source": NEW, "target": LOST})
    table = pairs.pivot_table(index="source", columns="target", values="n", aggfunc="sum", fill_value=0)
    sizes = table.sum(axis=1).add(table.sum(axis=0), fill_value=0).drop([NEW, LOST], errors="ignore")
    names = ordered(before, sizes)
    names += [s for s in sizes.index if s not in names]
    return table.reindex(index=[*names, NEW], columns=[*names, LOST], fill_value=0).astype(int)


def _transitions(counts, names, ranked, placed, level) -> pd.DataFrame:
    k, n = len(names), counts.to_numpy(float)
    corrected = _corrected(n, placed, level) if placed else None
    rows = []
    for i, source in enumerate(counts.index):
        total = n[i].sum()
        for j, target in enumerate(counts.columns):
            if i == k and j == k:
                continue
            if i == k or j == k:
                move = "new" if i == k else "lost"
            else:
                move = "stays" if i == j else ("up" if j > i else "down") if ranked else "moves"
            few = 0 < n[i, j] < HIDDEN
            low, high = (float(e) for e in share_interval(n[i, j], total, level=level)) if total else (np.nan,) * 2
            part = n[i, j] / total if total else np.nan
            true = corrected[:, i, j] if corrected is not None and i < k else (np.nan,) * 3
            found = (np.nan,) * 6 if few else (part, low, high, *true)
            rows.append(
                {"source": source, "target": target, "customers": np.nan if few else n[i, j],
                 **dict(zip(("share", "low", "high", "corrected", "corrected_low", "corrected_high"), found,
                            strict=True)),
                 "move": move}
            )  # fmt: skip
    return pd.DataFrame(rows)


def _net(counts, names, ranked, worth: Worth | None, level: float):
    """The table by segment, and the money of all changes with its interval."""
    k, n = len(names), counts.to_numpy(float)
    whole, reach = n.sum(), float(ndtri(tails(level)[1]))
    rows, per, spread = [], np.full(k, np.nan), np.full(k, np.nan)
    if worth is not None:
        means = [worth.mean("value", s) if s in worth.segments else None for s in names]
        per = np.array([m.mean if m else np.nan for m in means])
        spread = np.array([m.error**2 if m else np.nan for m in means])
    for i, name in enumerate(names):
        into, out = n[:, i].sum() - n[i, i], n[i].sum() - n[i, i]
        net, variance = into - out, into + out - (into - out) ** 2 / whole
        # half a customer on either side keeps the interval open where hardly anybody moved
        wide = reach * (variance + 1) ** 0.5
        up, down = n[i, i + 1 : k].sum(), n[i, :i].sum()
        row = {"segment": name, "before": n[i].sum(), "stayed": n[i, i], "moved_in": into - n[k, i],
               "moved_out": out - n[i, k], "new": n[k, i], "lost": n[i, k], "after": n[:, i].sum(), "net": net,
               "net_low": net - wide, "net_high": net + wide, "p_grew": _likelier(into, out),
               "p_up_likelier": _likelier(up, down) if ranked and 0 < i < k - 1 else np.nan}  # fmt: skip
        if worth is not None:
            error = reach * (per[i] ** 2 * variance + net**2 * spread[i]) ** 0.5
            row |= {"value": per[i], "money": net * per[i], "money_low": net * per[i] - error,
                    "money_high": net * per[i] + error}  # fmt: skip
        rows.append(row)
    table = pd.DataFrame(rows)
    if worth is None or not np.isfinite(per).all():
        return table, None
    gain = np.append(per, 0.0)[None, :] - np.append(per, 0.0)[:, None]  # what one who goes from i to j changes
    total = float((n * gain).sum())
    variance = float((n * gain**2).sum()) - total**2 / whole + float(table["net"].to_numpy() ** 2 @ spread)
    wide = reach * max(variance, 0.0) ** 0.5
    return table, (total, total - wide, total + wide)


def _likelier(one: float, other: float) -> float:
    """Chance that the first of two kinds of moves is the likelier."""
    return float(beta.sf(0.5, one + 0.5, other + 0.5))


def _placing(before, after, names) -> tuple[np.ndarray, np.ndarray] | None:
    """How customers who truly are in a segment (rows) are placed (columns), in both periods; None where not known."""
    found = []
    for one in (before, after):
        if not isinstance(one, Segmentation) or set(one.names) != set(names) or one.certainty > 1 - 1e-9:
            return None  # a model that is always sure cannot tell how sure it is
        at = [one.names.index(name) for name in names]
        p, weight = one.probabilities[:, at], one._known.weights
        placed = np.zeros((len(names), len(names)))
        inverse = np.argsort(at)
        np.add.at(placed.T, inverse[one.labels], p * weight[:, None])
        found.append(placed / placed.sum(1, keepdims=True))
    return found[0], found[1]


def _seeming(inner: np.ndarray, placed) -> float:
    """Share of customers that would seem to move if nobody did."""
    one, two = placed
    truly = np.linalg.solve(one.T, inner.sum(1) / inner.sum()).clip(0)
    return float(1 - (truly / truly.sum()) @ (one * two).sum(1))


def _corrected(n: np.ndarray, placed, level: float) -> np.ndarray:
    """Shares of the truly moved with ends of their interval, shape (3, k, k + 1): linear in counts, then a ratio."""
    k = len(n) - 1
    one, two = placed
    left = np.linalg.inv(one).T  # true source × placed source
    right = np.eye(k + 1)
    right[:k, :k] = np.linalg.inv(two)
    seen = n[:k]
    total, reach = seen.sum(), float(ndtri(tails(level)[1]))
    true = left @ seen @ right
    out = np.full((3, k, k + 1), np.nan)
    for i in range(k):
        size = true[i].sum()
        for j in range(k + 1):
            part = true[i, j] / size
            # what one customer placed in (s, v) adds to the ratio
            each = (np.outer(left[i], right[:, j]) - part * np.outer(left[i], right.sum(1))) / size
            variance = (seen * each**2).sum() - (seen * each).sum() ** 2 / total
            ends = part + reach * max(variance, 0.0) ** 0.5 * np.array([-1.0, 1.0])
            out[:, i, j] = np.clip([part, *ends], 0.0, 1.0)
    return out


def _signed(value: float) -> str:
    return f"+{count(value)}" if value > 0 else count(value).replace("-", MINUS)


__all__ = ["LOST", "NEW", "Migration", "in_period", "migration"]
