"""Stability first: how many segments the data supports, "none" included, before anyone gives them names.

For every number of segments k and every method:
  likeness (Jaccard)     does a segment come back when customers are drawn anew?
  prediction strength    does one half of the customers foretell how the other half falls into segments?
  separation             is there a valley between every two segments, or does a line cut through one cloud?
All three are held against a reference: data with the same spreads, skews and correlations and no segments.
k segments are supported when all come back, foretell, and are parted more clearly than in the reference.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from cxlab.errors import DataError, ParameterError, unknown
from cxlab.finding import Check, Finding, Key
from cxlab.segments.clustering import k_means, log_scores
from cxlab.segments.condensed import condense
from cxlab.segments.mixture import gaussian_mixture
from cxlab.segments.mixture import log_scores as mixture_scores
from cxlab.segments.reference import Reference, lattice, rounding, spread
from cxlab.segments.resampling import RESAMPLED, Resampled, resample
from cxlab.segments.segmentation import METHODS, Segmentation, numeric_rows
from cxlab.segments.separation import separation, weakest
from cxlab.segments.table import FeatureTable, distinct_rows
from cxlab.wording import count, interval, number, share

#: a segment is stable from this likeness on (Hennig 2008), a number of them from this prediction strength on (2005)
STABLE, STRONG = 0.75, 0.8
#: valleys less deep than this say little, however sure they are
SHALLOW = 0.15
#: share of customers and customers that a supported segment holds at least
LEAST_SHARE, LEAST = 0.01, 10
FEWEST = 50
_SEEN = 20_000
_METHODS = {"k_means": k_means, "gaussian_mixture": gaussian_mixture}


@dataclass(frozen=True)
class Stability:
    """How stable segments are, for every k and method.

    Parameters
    ----------
    table : a row a method and k: method, k, jaccard (of the least stable segment), jaccard_low, jaccard_high,
        prediction_strength, prediction_strength_low, prediction_strength_high, separation (of the two least parted),
        separation_limit (what the reference exceeds in 1 − level … of draws), reference_jaccard, reference_jaccard_low,
        reference_jaccard_high, ambiguous (share of pairs), smallest (customers), verdict ("separate", "stable" or
        "unstable")
    segments : a row a method, k and segment: method, k, segment, customers, share, jaccard, low, high
    supported : number of segments the data supports; 0 for none
    method : the method that finds them ("" for none)
    """

    table: pd.DataFrame
    segments: pd.DataFrame
    supported: int
    method: str
    features: FeatureTable = field(repr=False)
    settings: dict = field(repr=False)
    error: pd.DataFrame = field(repr=False)

    def segmentation(self, *, rng: np.random.Generator | int = 1) -> Segmentation:
        """The supported segments, fitted to all customers.

        Raises
        ------
        DataError : none are supported; one may still cut customers into groups, by `k_means`, and say so.
        """
        if not self.supported:
            raise DataError(
                "the data supports no segments.",
                expected="segments that come back and are parted by a valley",
                mend="k_means(features, k=…) cuts one cloud into groups; say that they are made, not found",
            )
        return _METHODS[self.method](self.features, k=self.supported, rng=rng)

    def findings(self) -> tuple[Finding, Finding]:
        """ "segments.number" (table: `table`) and "segments.stability" (table: `segments`)."""
        return self.number(), self.stability()

    def number(self) -> Finding:
        """How many segments the data supports: Finding "segments.number"."""
        from cxlab.segments import charts

        t, s, total = self.table, self.settings, self.features.n_customers
        ks = f"{t['k'].min()} to {t['k'].max()}"
        level = s["level"]
        tried = " and ".join(METHODS[m][1] for m in dict.fromkeys(t["method"]))
        if self.supported:
            row = t[(t["method"] == self.method) & (t["k"] == self.supported)].iloc[0]
            title = f"The data supports {self.supported} segments"
            text = (
                f"Of {ks} segments sought among {count(total)} customers by {tried}, {self.supported} are "
                "supported, by "
                f"{METHODS[self.method][1]}: the least stable comes back with a likeness of {number(row.jaccard)} "
                f"{interval(number(row.jaccard_low), number(row.jaccard_high), level=level)}, one half of the "
                "customers "
                f"foretells the other with a strength of {number(row.prediction_strength)}, and between every two "
                f"segments the density falls by {share(row.separation)} or more, where data without segments shows "
                f"{share(row.separation_limit)} at most in {share(level, digits=0)} of draws."
            )
        else:
            title = "The data supports no segments: customers differ by degrees"
            stable = t[t["verdict"] != "unstable"]
            text = (
                f"Of {ks} segments sought among {count(total)} customers by {tried}, none are supported: "
                f"{_why_none(t)}."
            )
            if len(stable):
                best = stable.iloc[stable["k"].argmax()]
                text += (
                    f" {best.k} groups by {METHODS[best.method][1]} come back when customers are drawn anew and may "
                    "serve as made groups, not as segments that were found."
                )
        agree = {m: _largest(own) for m, own in t.groupby("method", sort=False)}
        if len(agree) > 1:
            said = ", ".join(f"{v or 'none'} by {METHODS[m][1]}" for m, v in agree.items())
            text += f" By method: {said}."
        text += f" {s['said']}"
        few = Check("customers", total >= FEWEST, count(total), f"≥ {FEWEST}", "Too few to find segments among.")
        return Finding(
            "segments.number", title, text, t,
            units=dict.fromkeys(("separation", "separation_limit", "ambiguous"), "share") | {"smallest": "count"},
            monte_carlo_error=self.error, checks=(few,), draw=lambda ax: charts.draw_stability(ax, t, title=title),
            caption=f"n = {count(total)} customers" + (f", {self.features.period}" if self.features.period else "")
            + f"; likeness (Jaccard) of the least stable segment over {s['bootstraps']} bootstraps, {level * 100:g} % "
            "of them in the band; filled marks: supported; with a dot: stable, but no valley parts them; grey: data "
            "without segments.",
            keys=(Key(str(self.supported or "none"), f"segments supported (n = {count(total)})"),),
        )  # fmt: skip

    def stability(self) -> Finding:
        """How surely each segment comes back: Finding "segments.stability", a row a method, k and segment."""
        from cxlab.segments import charts

        t, level = self.segments, self.settings["level"]
        k = self.supported or int(self.table.loc[self.table["jaccard"].idxmax(), "k"])
        method = self.method or str(self.table.loc[self.table["jaccard"].idxmax(), "method"])
        own = t[(t["method"] == method) & (t["k"] == k)]
        worst, best = own.loc[own["jaccard"].idxmin()], own.loc[own["jaccard"].idxmax()]

        def of(r):
            return f"{number(r.jaccard)} {interval(number(r.low), number(r.high), level=level)}"

        text = (
            f"Of {k} segments by {METHODS[method][1]}, the most stable ({best.segment}, "
            f"{count(best.customers)} customers) "
            f"comes back with a likeness of {of(best)}, the least stable ({worst.segment}, "
            f"{count(worst.customers)}) of "
            f"{of(worst)}, over {self.settings['bootstraps']} bootstraps; 1 is the same customers, and from {STABLE:g} "
            "on a segment counts as stable."
        )
        errors = pd.DataFrame({"jaccard": t["error"], "low": t["error_low"], "high": t["error_high"]}).reset_index(
            drop=True
        )
        shown = t.drop(columns=["error", "error_low", "error_high"]).reset_index(drop=True)
        drawn = own.drop(columns=["error", "error_low", "error_high"]).reset_index(drop=True)
        stable = Check("likeness of the least stable segment", worst.jaccard >= STABLE, number(worst.jaccard),
                       f"≥ {STABLE:g}", "It is another segment in other customers: fewer segments.")  # fmt: skip
        return Finding(
            "segments.stability",
            f"{int((own['jaccard'] >= STABLE).sum())} of {k} segments come back when customers are drawn anew", text,
            shown, units={"customers": "count", "share": "share"}, monte_carlo_error=errors, checks=(stable,),
            draw=lambda ax: charts.draw_segment_stability(ax, drawn),
            caption=f"n = {count(self.features.n_customers)} customers; {k} segments by {METHODS[method][1]}; mean "
            "likeness "
            f"(Jaccard) over {self.settings['bootstraps']} bootstraps and {level * 100:g} % of them.",
        )  # fmt: skip


def _largest(own: pd.DataFrame) -> int:
    return int(own.loc[own["verdict"] == "separate", "k"].max()) if (own["verdict"] == "separate").any() else 0


def _why_none(t: pd.DataFrame) -> str:
    stable = t[t["verdict"] == "stable"]
    if len(stable):
        best = stable.loc[stable["separation"].idxmax()]
        return (
            f"where segments come back, no valley parts them (density falls by {share(best.separation)}, and by up to "
            f"{share(best.separation_limit)} in data without segments)"
        )
    best = t.loc[(t["jaccard"].clip(upper=STABLE) + t["prediction_strength"].clip(upper=STRONG)).idxmax()]
    return (
        f"the most stable, {best.k} by {METHODS[best.method][1]}, come back with a likeness of "
        f"{number(best.jaccard)} and "
        f"a prediction strength of {number(best.prediction_strength)}, and {STABLE:g} and {STRONG:g} are needed"
    )


def assess_stability(
    features: FeatureTable,
    *,
    k: Sequence[int] = range(2, 9),
    methods: Sequence[str] = RESAMPLED,
    bootstraps: int = 100,
    splits: int = 25,
    references: int = 20,
    most_rows: int = 1500,
    level: float = 0.9,
    rng: np.random.Generator | int = 1,
) -> Stability:
    """How many segments the data supports, "none" included.

    Parameters
    ----------
    k : numbers of segments to try, each ≥ 2
    methods : of "k_means" and "gaussian_mixture"
    bootstraps : draws of customers anew; splits : divisions into halves; references : data sets without segments
    most_rows : distinct rows beyond which close customers are resampled as one cell (see `condensed`)
    level : share of bootstraps in bands, and of reference data sets that may not be as well parted

    Raises
    ------
    ParameterError : k < 2, or an unknown method.
    DataError : a category among the features, or fewer than 20 complete customers.

    Notes
    -----
    Likeness: Hennig (2007), CSDA 52, without repeated customers, as his clusterboot has it. Prediction strength:
    Tibshirani & Walther (2005), JCGS 14(3), each half fitted from fresh starts. The reference is a normal copula of
    distributions with one peak, after Helgeson, Vock & Bair (2021), Biometrics 77(4). The limit of separation is the
    greatest, over k and methods, that a reference data set shows, at the `level` quantile: it holds for the search as
    a whole.

    >>> rng = np.random.default_rng(1)
    >>> rows = np.r_[rng.normal(0, 1, (100, 2)), rng.normal(0, 1, (100, 2)) + [6, 0]]
    >>> found = assess_stability(FeatureTable.from_frame(pd.DataFrame(rows, columns=["age", "spend"])), k=(2, 3),
    ...                          bootstraps=20, splits=10, references=5)
    >>> found.supported
    2
    """
    ks = sorted({int(i) for i in k})
    if not ks or ks[0] < 2 or ks[-1] > 100:
        raise ParameterError(f"k = {list(k)}.", expected="whole numbers from 2 to 100", mend="k=range(2, 9)")
    for method in methods:
        if method not in RESAMPLED:
            raise unknown("method", method, RESAMPLED)
    rows, weight = numeric_rows(features, "k_means")
    if weight.sum() < 20:
        raise DataError(f"{count(weight.sum())} customers have every feature.", expected="20 or more")
    ks = [i for i in ks if i <= len(rows) // 2] or ks[:1]
    rng_cells, rng_data, rng_seen, rng_reference = np.random.default_rng(rng).spawn(4)
    cells = condense(rows, weight, most=most_rows, rng=rng_cells)
    seen = _seen(rows, weight, rng_seen)
    recipes = [features.recipes[i] for i in np.argsort(features.names)]
    lattices = [lattice(column, r) for column, r in zip(seen.T, recipes, strict=True)]
    smooth = spread(seen, lattices, rng_seen)
    run = {"ks": ks, "methods": methods, "ridge": np.maximum(rounding(features), 1e-3)}
    reference = Reference.of(smooth, lattices)
    # many small products of matrices: two threads of ours do more than two threads within each product
    with threadpool_limits(1), ThreadPoolExecutor(2) as pool:
        waiting = [
            pool.submit(_drawn, reference, len(seen), weight.sum(), most_rows, run, own)
            for own in rng_reference.spawn(references)
        ]
        found = list(resample(cells, bootstraps=bootstraps, splits=splits, rng=rng_data, **run))
        depth = {(f.method, f.k): weakest(separation(smooth, _labels(f, seen), f.k)) for f in found}
        drawn = [one.result() for one in waiting]
    limit = float(np.quantile([max(d for _, d in one.values()) for one in drawn], level)) if drawn else 0.0
    table, error = _table(found, depth, drawn, limit, level, np.random.default_rng(0))
    segments = _segments(found, level, np.random.default_rng(0))
    good = table[table["verdict"] == "separate"]
    best = good.sort_values(["k", "prediction_strength"]).iloc[-1] if len(good) else None
    said = f"Held against {references} data sets without segments."
    if not cells.exact:
        said += (
            f" {count(len(rows))} different customers were resampled as {count(len(cells.weight))} cells of like ones."
        )
    if weight.sum() < features.weights.sum() - 0.5:
        said += f" {count(features.weights.sum() - weight.sum())} customers with missing values took no part."
    return Stability(
        table, segments, 0 if best is None else int(best.k), "" if best is None else str(best.method), features,
        {"bootstraps": bootstraps, "splits": splits, "references": references, "level": level, "said": said}, error,
    )  # fmt: skip


def _seen(rows: np.ndarray, weight: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Customers one by one, at most `_SEEN` of them drawn by weight, in the order of the rows."""
    counts = np.maximum(np.rint(weight), 1).astype(int)
    if counts.sum() <= _SEEN:
        return np.repeat(rows, counts, axis=0)
    return rows[np.sort(rng.choice(len(rows), _SEEN, p=counts / counts.sum()))]


def _labels(one: Resampled, rows: np.ndarray) -> np.ndarray:
    scores = log_scores if one.method == "k_means" else mixture_scores
    return scores(rows, one.parameters).argmax(1)


def _drawn(reference: Reference, n: int, customers: float, most_rows: int, run, rng) -> dict:
    """Likeness and separation by method and k in one data set without segments, of as many customers."""
    rows = distinct_rows(reference.sample(n, rng), np.full(n, customers / n))
    smooth = spread(rows.values[rows.index], reference.lattices, rng)
    cells = condense(rows.values, rows.weight, most=most_rows, rng=rng)
    return {
        (one.method, one.k): (
            float(one.jaccard.mean(1).min()),
            weakest(separation(smooth, _labels(one, rows.values)[rows.index], one.k)),
        )
        for one in resample(cells, bootstraps=8, splits=0, rng=rng, **run)
    }


def _table(found, depth, drawn, limit, level, rng) -> tuple[pd.DataFrame, pd.DataFrame]:
    tail, rows, errors = ((1 - level) / 2, (1 + level) / 2), [], []
    for one in found:
        worst = one.jaccard[one.jaccard.mean(1).argmin()]
        low, high = np.quantile(worst, tail)
        strong = np.quantile(one.strength, tail)
        key = (one.method, one.k)
        likeness = np.array([d[key][0] for d in drawn]) if drawn else np.array([np.nan])
        total = one.sizes.sum()
        stable = worst.mean() >= STABLE and one.strength.mean() >= STRONG
        large = one.sizes.min() >= max(LEAST, LEAST_SHARE * total)
        apart = depth[key] > max(limit, SHALLOW)
        rows.append(
            {
                "method": one.method, "k": one.k, "jaccard": worst.mean(), "jaccard_low": low, "jaccard_high": high,
                "prediction_strength": one.strength.mean(), "prediction_strength_low": strong[0],
                "prediction_strength_high": strong[1], "separation": depth[key],
                "separation_limit": max(limit, SHALLOW),
                "reference_jaccard": likeness.mean(), "reference_jaccard_low": np.quantile(likeness, tail[0]),
                "reference_jaccard_high": np.quantile(likeness, tail[1]), "ambiguous": one.ambiguous,
                "smallest": int(one.sizes.min()),
                "verdict": "separate" if stable and large and apart else "stable" if stable and large else "unstable",
            }
        )  # fmt: skip
        e, s = _errors(worst, tail, rng), _errors(one.strength, tail, rng)
        r = _errors(likeness, tail, rng)
        errors.append(
            {
                "jaccard": e[0], "jaccard_low": e[1], "jaccard_high": e[2], "prediction_strength": s[0],
                "prediction_strength_low": s[1], "prediction_strength_high": s[2], "reference_jaccard": r[0],
                "reference_jaccard_low": r[1], "reference_jaccard_high": r[2],
            }
        )  # fmt: skip
    order = sorted(range(len(rows)), key=lambda i: (rows[i]["method"] != "k_means", rows[i]["method"], rows[i]["k"]))
    return pd.DataFrame([rows[i] for i in order]), pd.DataFrame([errors[i] for i in order])


def _errors(draws: np.ndarray, tail, rng) -> np.ndarray:
    """Standard errors of the mean and the ends of the band that come from having so many draws, by resampling them."""
    if len(draws) < 2:
        return np.full(3, np.nan)
    again = draws[rng.integers(len(draws), size=(200, len(draws)))]
    return np.r_[again.mean(1).std(), np.quantile(again, tail, axis=1).std(1)]


def _segments(found, level, rng) -> pd.DataFrame:
    tail, rows = ((1 - level) / 2, (1 + level) / 2), []
    for one in found:
        for s in range(one.k):
            draws = one.jaccard[s]
            low, high = np.quantile(draws, tail)
            e = _errors(draws, tail, rng)
            rows.append(
                {
                    "method": one.method, "k": one.k, "segment": f"Segment {s + 1}", "customers": int(one.sizes[s]),
                    "share": one.sizes[s] / one.sizes.sum(), "jaccard": draws.mean(), "low": low, "high": high,
                    "error": e[0], "error_low": e[1], "error_high": e[2],
                }
            )  # fmt: skip
    found = pd.DataFrame(rows)
    return found.sort_values(["method", "k"], kind="stable", ascending=[False, True]).reset_index(drop=True)
