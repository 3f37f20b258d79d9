"""How long contracts last: the sBG model beside what was seen, and beside constant churn.

The model knows two things of a contract: how many renewals it passed, and that customers differ in how likely they
are to leave. Everything here follows from draws of its two parameters a segment.

Source: Fader & Hardie (2007), How to project customer retention, Journal of Interactive Marketing 21(1).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.stats import beta

from cxlab.cltv.cohorts import kaplan_meier
from cxlab.cltv.contracts import Contracts
from cxlab.cltv.forecast import FAR
from cxlab.cltv.pooling import partial_pooling, shrinkage
from cxlab.cltv.posterior import Posterior, Sampler, fit
from cxlab.cltv.sbg import S_BG
from cxlab.errors import unknown
from cxlab.finding import Check, Finding, Key
from cxlab.montecarlo import estimate
from cxlab.wording import count, interval, number, share

FEWEST_LOST = 30
FEWEST_AGES = 2
#: a gap between model and data that is too small to matter, however many contracts can tell it from none
NEAR = 0.03
#: at ages that fewer contracts reached, what was seen is not drawn and not held against the model
FEWEST_AT_RISK = 10
#: pictures show no more segments than can be told apart
MOST_DRAWN = 5
#: titles speak of segments with at least this share of the contracts
LARGE = 0.1
_SHOWN_DRAWS = 400


@dataclass(frozen=True)
class Retention:
    """The sBG model of contracts, fitted: survival and retention as findings.

    Every finding has one row a segment and age. Ages count renewals passed; intervals have coverage `level`.
    """

    contracts: Contracts
    posterior: Posterior
    level: float = 0.9

    @property
    def checks(self) -> tuple[Check, ...]:
        """What must hold for the model to be believed: of the draws, and of the data."""
        c = self.contracts
        lost = int((c.distinct["contracts"] * c.distinct["churned"]).sum())
        return (
            *self.posterior.checks,
            Check("contracts lost", lost >= FEWEST_LOST, count(lost), f"≥ {FEWEST_LOST}",
                  "The prior speaks louder than the data."),
            Check("renewals at which contracts were seen", c.oldest >= FEWEST_AGES, count(c.oldest), f"≥ {FEWEST_AGES}",
                  "From a single renewal nobody can tell customers who differ from customers who are alike."),
        )  # fmt: skip

    def parameters(self) -> Finding:
        """The posterior of the parameters."""
        found = self.posterior.parameters(level=self.level)
        return replace(found, name="retention.parameters", text=found.text.replace(" customers (", " contracts ("))

    def survival(self, horizon: int) -> Finding:
        """Who is still there after each renewal, as far as `horizon`.

        Returns
        -------
        Finding with columns segment (where there are several), period (renewals passed), survival, low, high (shares,
        of the model), actual, actual_low, actual_high (Kaplan–Meier; missing where not seen), at_risk, constant_churn
        (share still there if every contract left with the same probability)
        """
        table, errors = self._by_age("survival", horizon)
        c, unit = self.contracts, self.contracts.period
        last = table[table["period"] == horizon].reset_index(drop=True)
        large = last[self.large(last)].sort_values("survival", ascending=False)
        ends = list(large.iloc[[0, -1]].itertuples())[: len(large)]
        title = " and ".join(f"{share(r.survival)} of {getattr(r, 'segment', 'all')}" for r in ends)
        said = " and ".join(f"{share(r.survival)} of {self.of(r)} {self.within(r)}" for r in ends)
        sentences = []
        for r in last.head(MOST_DRAWN).itertuples():
            own = self.rows_of(table, r)
            seen = own[own["actual"].notna() & (own["period"] > 0)]
            if seen.empty:
                sentences.append(f"Of {self.of(r)}, none has come up for a renewal yet: all that is said is borrowed.")
                continue
            seen = seen.iloc[-1]
            gone = own[own["survival"] < 0.5]["period"]
            half = f"half are gone by renewal {gone.iloc[0]}" if len(gone) else f"most pass {horizon} renewals"
            sentences.append(
                f"Of {self.of(r)}, {half}; after {count(seen.period)} {unit}s the model has {share(seen.survival)} "
                f"left, "
                f"where {share(seen.actual)} "
                f"{interval(share(seen.actual_low), share(seen.actual_high), level=self.level)} "
                f"were seen (Kaplan–Meier, {count(seen.at_risk)} came up for that renewal)."
            )
        drawn = last.head(MOST_DRAWN)
        constant = " and ".join(f"{share(r.constant_churn)} of {self.of(r)}" for r in drawn.itertuples())
        first = f"After {horizon} {unit}s, {said} are expected to be still there by the sBG model "
        first += f"(n = {count(c.n_contracts)} contracts, seen {c.observed}, up to {c.oldest} renewals)."
        return Finding(
            name="retention.survival",
            title=f"After {horizon} {unit}s {title} contracts will still be there",
            text=" ".join([first, *sentences, f"Constant churn would leave {constant}."]),
            table=table,
            units=self._units("survival", "low", "high", "actual", "actual_low", "actual_high", "constant_churn"),
            monte_carlo_error=errors,
            checks=(*self.checks, self._fit_check(table), far_check(horizon, c)),
            draw=lambda ax: self._draw(ax, table, "survival"),
            caption=f"{self.caption} Line and band: model; marks: Kaplan–Meier; thin line: constant churn.",
            keys=[
                Key(share(r.survival), f"of {self.of(r)} still there after {horizon} {unit}s {self.within(r)}, "
                    f"n = {count(self._size(r))}")
                for r in ends
            ],
        )  # fmt: skip

    def curve(self, horizon: int) -> Finding:
        """Who passes each renewal, of those who came up for it, and why the share rises with age.

        Returns
        -------
        Finding with columns segment (where there are several), period (the renewal), retention, low, high (shares, of
        the model), actual (missing where not seen), at_risk, constant_churn (the same at every age)
        """
        table, errors = self._by_age("retention", horizon)
        unit = self.contracts.period
        groups = [self.rows_of(table, r) for r in table.drop_duplicates("segment").itertuples()] if (
            "segment" in table) else [table]  # fmt: skip
        sentences, rises = [], []
        for g, own in enumerate(groups):
            if len(groups) > MOST_DRAWN and not self.large(own.head(1))[0]:
                continue
            seen = own[own["actual"].notna()]
            if seen.empty:
                continue
            first, last = seen.iloc[0], seen.iloc[-1]
            rises.append((last.retention - first.retention, first, last))
            middle = self._churn_of_middle(g)
            sentences.append(
                f"Of {self.of(first)}, {share(first.actual)} passed renewal {count(first.period)} and "
                f"{share(last.actual)} of those left passed renewal {count(last.period)} (model: "
                f"{share(first.retention)} "
                f"and {share(last.retention)} {self.within(last)}; at risk {count(first.at_risk)} and "
                f"{count(last.at_risk)}); four contracts in five leave at a renewal with a probability between "
                f"{share(middle[0])} and {share(middle[1])}."
            )
        firsts = pd.DataFrame([first for _, first, _ in rises])
        chosen = [r for r, large in zip(rises, self.large(firsts), strict=True) if large] or rises
        rise, first, last = max(chosen, key=lambda r: r[0])
        whose = f" of {self.of(first)}" if "segment" in table else ""
        if rise >= 0.02:
            rises_to = f"rises from {share(first.retention)} to {share(last.retention)}"
            title = f"Retention{whose} {rises_to} as the likely leavers leave"
            why = (
                f"Retention{whose} rises from {share(first.retention)} at renewal {count(first.period)} to "
                f"{share(last.retention)} at renewal {count(last.period)} {self.within(last)}, and no customer has "
                f"to change "
                "for that: those likely to leave do so first, and the loyal are left."
            )
            why_not = "Should customers also grow more loyal, more late renewals are passed than the model foresees."
        else:
            title = f"Retention{whose} stays near {share(first.retention)}: contracts are alike in churn"
            why = f"{title} (n = {count(self.contracts.n_contracts)} contracts)."
            why_not = "Where all are alike, constant churn is as good a model."
        return Finding(
            name="retention.curve",
            title=title,
            text=" ".join([why, *sentences, why_not]),
            table=table,
            units=self._units("retention", "low", "high", "actual", "constant_churn"),
            monte_carlo_error=errors,
            checks=(*self.checks, far_check(horizon, self.contracts)),
            draw=lambda ax: self._draw(ax, table, "retention"),
            caption=f"{self.caption} Line and band: model; marks: what was seen at renewals that at least "
            f"{FEWEST_AT_RISK} contracts came up for; thin line: constant churn.",
            keys=[Key(share(last.retention), f"of {self.of(last)} left pass {unit}ly renewal {count(last.period)} "
                      f"{self.within(last)}, against {share(first.retention)} at the first")]
            if rise >= 0.02 else [],
        )  # fmt: skip

    def pooling(self, *, rng: np.random.Generator | int = 1) -> Finding:
        """What segments learnt from each other: each alone, pooled, and all as one.

        Returns
        -------
        Finding with one row a segment and way: segment, contracts, pooling ("none", "partial", "complete"), churn (mean
        probability to leave at the first renewal), low, high
        """
        from cxlab.cltv.charts import draw_shrinkage

        c = self.contracts
        found = shrinkage(S_BG, c.rows, self.posterior, level=self.level, rng=rng)
        chosen = found.table["quantity"] == "churn"
        table = found.table[chosen].rename(columns={"customers": "contracts", "mean": "churn"}).drop(columns="quantity")
        churn = table.rename(columns={"churn": "mean"}).set_index(["pooling", "segment"])
        partial, alone = churn.loc["partial"], churn.loc["none"]
        moved = (partial["mean"] - alone["mean"]).abs()
        most, least = partial["mean"].idxmax(), partial["mean"].idxmin()
        text = (
            f"Of {most} contracts {share(partial.loc[most, 'mean'])} {self.within(partial.loc[most])} leave at the "
            f"first "
            f"renewal, of {least} contracts {share(partial.loc[least, 'mean'])} {self.within(partial.loc[least])}, "
            f"each "
            f"segment learning from the others (n = {count(c.n_contracts)} contracts in {len(c.segments)} segments). "
            f"Pooling moved {moved.idxmax()} most, by {number(100 * moved.max(), digits=2)} points; the smallest "
            f"segment, "
            f"{partial['contracts'].idxmin()}, has {count(partial['contracts'].min())} contracts."
        )
        return replace(
                found, name="retention.pooling", text=text, table=table, checks=self.checks,
                units={"contracts": "count"} | dict.fromkeys(["churn", "low", "high"], "share"),
                monte_carlo_error=found.monte_carlo_error[chosen].rename(columns={"mean": "churn"}),
                title=f"Mean churn at the first renewal runs from {share(partial.loc[least, 'mean'])} ({least}) to "
                f"{share(partial.loc[most, 'mean'])} ({most})",
                draw=lambda ax: draw_shrinkage(
                    ax, found.table, quantity="churn", unit="share",
                    label="Mean probability to leave at the first renewal",
                ),
                caption=self.caption,
        )  # fmt: skip

    @property
    def caption(self) -> str:
        c = self.contracts
        return f"n = {count(c.n_contracts)} contracts, {c.observed}; {self.level * 100:g} % intervals."

    def estimate(self, draws):
        tail = (1 - self.level) / 2
        return estimate(
            draws, self.posterior.weights, quantiles=(tail, 1 - tail), effective=self.posterior.effective(draws)
        )

    def _by_age(self, kind: str, horizon: int) -> tuple[pd.DataFrame, pd.DataFrame]:
        c = self.contracts
        theta = self.posterior.theta[..., None]
        ages = np.arange(0 if kind == "survival" else 1, horizon + 1)
        seen = c.by_age("segment")
        tables, errors = [], []
        for g, segment in enumerate(c.segments):
            e = self.estimate(getattr(S_BG, kind)(theta[:, :, g], ages))
            own = seen[seen["segment"] == segment].set_index("period")
            own = own[own["at_risk"] >= min(FEWEST_AT_RISK, own["at_risk"].max())]
            kept = 1 - self.constant_churn(segment)
            # weights sum to one but for rounding: a share of 1 stays 1
            table = pd.DataFrame({"period": ages, kind: e.mean.round(12)})
            table["low"], table["high"] = e.quantiles
            if kind == "survival":
                actual = kaplan_meier(own["at_risk"], own["kept"], level=self.level).set_index(own.index)
                start = pd.DataFrame({"survival": [1.0], "low": [1.0], "high": [1.0]}, index=[0])
                actual = pd.concat([start, actual]).reindex(ages).to_numpy()
                table[["actual", "actual_low", "actual_high"]] = actual
            else:
                table["actual"] = own["retention"].reindex(ages).to_numpy()
            table["at_risk"] = own["at_risk"].reindex(ages).to_numpy()
            table["constant_churn"] = kept**ages if kind == "survival" else kept
            if len(c.segments) > 1:
                table.insert(0, "segment", segment)
            tables.append(table)
            names = {kind: e.mean_error, "low": e.quantile_error[0], "high": e.quantile_error[1]}
            errors.append(pd.DataFrame(names))
        return pd.concat(tables, ignore_index=True), pd.concat(errors, ignore_index=True)

    def _units(self, *shares: str) -> dict[str, str]:
        return dict.fromkeys(shares, "share") | {"at_risk": "count"}

    def constant_churn(self, segment: str) -> float:
        own = self.contracts.by_age("segment")
        own = own[own["segment"] == segment]
        return 1 - float(own["kept"].sum() / own["at_risk"].sum()) if len(own) else 0.0

    def _churn_of_middle(self, group: int) -> np.ndarray:
        """Between which probabilities of leaving the middle four fifths of contracts lie, at the posterior's centre."""
        alpha, b = self.posterior.draws(_SHOWN_DRAWS, 1)[:, :, group]
        return np.median(beta.ppf([[0.1], [0.9]], alpha, b), axis=1)

    def _fit_check(self, table: pd.DataFrame) -> Check:
        seen = table[table["actual"].notna() & (table["period"] > 0)]
        gap = (seen["survival"] - seen["actual"]).abs()
        spread = (seen["actual_high"] - seen["actual_low"]) / 2
        worst = (gap / np.maximum(NEAR, 2 * spread)).idxmax()
        limit = max(NEAR, 2 * spread[worst])
        return Check(
            "largest gap between model and Kaplan–Meier", bool(gap[worst] <= limit), share(gap[worst], digits=1),
            f"≤ {share(limit, digits=1)}",
            "Churn here is not of contracts that differ and never change: look for a price rise, a minimum term, or "
            "cohorts that differ.",
        )  # fmt: skip

    def drawn(self, table: pd.DataFrame) -> pd.DataFrame:
        if "segment" not in table:
            return table
        sizes = self.contracts.distinct.groupby("segment")["contracts"].sum()
        return table[table["segment"].isin(sizes.nlargest(MOST_DRAWN).index)]

    def _draw(self, ax, table: pd.DataFrame, kind: str):
        from cxlab.cltv.charts import draw_survival
        from cxlab.style import MUTED, SERIES, note

        drawn = self.drawn(table)
        draw_survival(ax, drawn, kind=kind, time_unit=self.contracts.period)
        for i, (_, own) in enumerate(drawn.groupby("segment", sort=False) if "segment" in drawn else [("", drawn)]):
            ax.plot(own["period"], own["constant_churn"], color=SERIES[i], linewidth=0.8, linestyle=(0, (1, 2)),
                    label="constant churn", zorder=1)  # fmt: skip
        above = {"frame": "axes", "shift": (0, 4), "ha": "right", "va": "bottom", "colour": MUTED}
        return note(ax, "dotted: constant churn", (1, 1), **above)

    def rows_of(self, table: pd.DataFrame, row) -> pd.DataFrame:
        return table[table["segment"] == row.segment] if "segment" in table else table

    def within(self, row, write: Callable[[float], str] = share) -> str:
        """The interval of a row with `low` and `high`, in words."""
        return interval(write(row.low), write(row.high), level=self.level)

    def of(self, row) -> str:
        segment = getattr(row, "segment", "")
        return f"{segment} contracts" if segment else "contracts"

    def large(self, rows: pd.DataFrame) -> np.ndarray:
        """Which rows are of segments large enough to head a report."""
        sizes = np.array([self._size(r) for r in rows.itertuples()])
        largest = self.contracts.distinct.groupby("segment")["contracts"].sum().max()
        return sizes >= min(LARGE * self.contracts.n_contracts, largest)

    def _size(self, row) -> int:
        c = self.contracts
        segment = getattr(row, "segment", "")
        d = c.distinct[c.distinct["segment"] == segment] if segment else c.distinct
        return int(d["contracts"].sum())


def fit_retention(
    contracts: Contracts, *, pooling: str = "partial", sampler: Sampler = "fast", draws: int = 4000,
    level: float = 0.9, rng: np.random.Generator | int = 1, until: int | None = None,
) -> Retention:  # fmt: skip
    """Fit the sBG model to contracts, segments partially pooled where there are several.

    Parameters
    ----------
    pooling : "partial" lets segments learn from each other, "none" fits each alone
    until : fit only on the renewals up to this one
    """
    if pooling not in ("partial", "none"):
        raise unknown("pooling", pooling, ("partial", "none"))
    rows = contracts.seen_until(until)
    way = partial_pooling if pooling == "partial" and len(contracts.segments) > 1 else fit
    posterior = way(S_BG, rows, sampler=sampler, draws=draws, rng=rng, time_unit=contracts.period)
    return Retention(contracts, posterior, level)


def far_check(horizon: int, contracts: Contracts) -> Check:
    """Whether a horizon is within what the contracts seen can speak of."""
    limit = FAR * contracts.oldest
    return Check(
        "horizon", horizon <= limit, f"{horizon} {contracts.period}s",
        f"≤ {number(limit)} {contracts.period}s, twice the age of the oldest contract",
        "No contract has been seen for that long: shorten the horizon.",
    )  # fmt: skip
