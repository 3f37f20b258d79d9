"""Moves between segments, counted and made shares: who moved where, net change, and what unsure placing adds.

Who is placed unsurely seems to move without moving: where the model knows how sure it is, shares are also given
corrected for that.

    observed joint = D₁ᵀ · true joint · D₂,  D[t, s] = P(placed in s | truly in t), from the model's own probabilities

Source of the correction: Bolck, Croon & Hagenaars (2004), Political Analysis 12(1), in the form of Vermunt (2010),
ibid. 18(4), for the two ends of a transition.
"""

from __future__ import annotations

import ibis.expr.types as ir
import numpy as np
import pandas as pd
from ibis import _
from scipy.special import ndtri
from scipy.stats import beta

from cxlab.errors import DataError
from cxlab.intervals import share_interval
from cxlab.segments.intervals import HIDDEN, tails
from cxlab.segments.members import members, ordered
from cxlab.segments.segmentation import Segmentation
from cxlab.segments.worth import Worth

NEW, LOST = "(new)", "(lost)"


def count_moves(before, after) -> pd.DataFrame:
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


def transition_table(counts, names, ranked, placed, level) -> pd.DataFrame:
    """A row a pair of segments, as in the finding "segments.migration"."""
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


def net_table(counts, names, ranked, worth: Worth | None, level: float):
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
               "net_low": net - wide, "net_high": net + wide, "p_grew": likelier(into, out),
               "p_up_likelier": likelier(up, down) if ranked and 0 < i < k - 1 else np.nan}  # fmt: skip
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


def likelier(one: float, other: float) -> float:
    """Chance that the first of two kinds of moves is the likelier."""
    return float(beta.sf(0.5, one + 0.5, other + 0.5))


def placing(before, after, names) -> tuple[np.ndarray, np.ndarray] | None:
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


def seeming(inner: np.ndarray, placed) -> float:
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
