"""What was seen of contracts, without a model: how many there are, survival, and cohort by cohort."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import ndtri

from cxlab.cltv.contracts import Contracts
from cxlab.finding import Check, Finding
from cxlab.wording import count, interval, number, share

#: cohorts whose first renewals differ by more than this beyond chance (standard deviation) are not alike
COHORTS_DIFFER = 0.05
FEWEST_IN_COHORT = 10


def kaplan_meier(at_risk, kept, *, level: float = 0.9) -> pd.DataFrame:
    """Survival without a model, with its interval.

    Parameters
    ----------
    at_risk, kept : counts at renewal 1, 2, …

    Returns
    -------
    DataFrame: survival, low, high (shares)

    Notes
    -----
    Greenwood's variance on the scale log(−log S), which keeps the interval within 0 and 1; before the first loss the
    lower end is that of a binomial with no loss. Source: Kalbfleisch & Prentice (2002), The Statistical Analysis of
    Failure Time Data, 2nd edition, section 1.4.

    >>> kaplan_meier([100, 80], [80, 60]).round(3).to_numpy().tolist()
    [[0.8, 0.724, 0.857], [0.6, 0.515, 0.675]]
    """
    at_risk, kept = np.asarray(at_risk, dtype=float), np.asarray(kept, dtype=float)
    survival = np.cumprod(kept / at_risk)
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.cumsum((at_risk - kept) / (at_risk * kept))
        log = np.log(survival)
        reach = ndtri((1 + level) / 2) * np.sqrt(variance) / -log
        low, high = survival ** np.exp(reach), survival ** np.exp(-reach)
    whole, none = survival == 1, survival == 0
    edge = ((1 - level) / 2) ** (1 / at_risk)
    low = np.where(whole, edge, np.where(none, 0.0, low))
    high = np.where(whole, 1.0, np.where(none, 1 - edge, high))
    return pd.DataFrame({"survival": survival, "low": low, "high": high})


def contracts_finding(contracts: Contracts) -> Finding:
    """How many contracts there are, what is known of them, and how rows became contracts.

    Returns
    -------
    Finding with one row a segment: segment, contracts, active, ended, renewals (seen: passed or refused), passed,
    oldest (the latest renewal seen), price (mean a period, where known)
    """
    c, facts = contracts, contracts.facts
    d = c.distinct.assign(
        active=c.distinct["active"] * c.distinct["contracts"],
        passed=c.distinct["renewals"] * c.distinct["contracts"],
        refused=c.distinct["churned"] * c.distinct["contracts"],
        oldest=c.distinct["renewals"] + c.distinct["churned"],
    )
    sums = d.groupby("segment")[["contracts", "active", "passed", "refused", "price", "priced"]].sum()
    table = pd.DataFrame(
        {
            "segment": sums.index,
            "contracts": sums["contracts"].to_numpy(),
            "active": sums["active"].to_numpy(),
            "ended": (sums["contracts"] - sums["active"]).to_numpy(),
            "renewals": (sums["passed"] + sums["refused"]).to_numpy(),
            "passed": sums["passed"].to_numpy(),
            "oldest": d.groupby("segment")["oldest"].max().to_numpy(),
        }
    )
    units = dict.fromkeys(["contracts", "active", "ended", "renewals", "passed"], "count")
    if c.has_prices:
        table["price"] = (sums["price"] / sums["priced"].where(sums["priced"] > 0)).to_numpy()
        units["price"] = "money"
    active = int(table["active"].sum())
    told = "as stated" if c.stated else "the latest day in the table, as no other was stated"
    says = {"day_after": "the first day without the contract", "last_day": "the last day of the contract"}[c.ends]
    at_renewal = share(facts["at_renewal"] / facts["lost"]) if facts["lost"] else "–"
    sentences = [
        f"{count(c.n_contracts)} contracts of {count(facts['customers'])} customers, seen {c.observed} (the end "
        f"{told}): "
        f"{count(active)} are active and {count(c.n_contracts - active)} have ended.",
        f"They came up for {count(table['renewals'].sum())} {c.period}ly renewals and passed "
        f"{count(table['passed'].sum())}.",
    ]
    between = facts["lost"] - facts["at_renewal"]
    joined = facts["rows"] - facts["left_out"] - c.n_contracts
    if joined:
        sentences.append(
            f"{count(joined)} rows continue a contract of the same customer within a {c.period} of its end, and "
            f"count as "
            "one contract with it."
        )
    if facts["left_out"]:
        sentences.append(f"{count(facts['left_out'])} rows start after that day and are left out.")
    if facts["lost"]:
        sentences.append(f"An end is read as {says}; {at_renewal} of ends fall on a renewal.")
    if between:
        sentences.append(
            f"The other {count(between)} count as lost at the next one, {count(facts['early'])} of them at the first."
        )
    if facts["open_losses"]:
        sentences.append(
            f"{count(facts['open_losses'])} contracts ended in a {c.period} that is not over, and are not counted as "
            f"lost "
            "yet: those that stay in it cannot be counted as kept either."
        )
    return Finding(
        name="retention.contracts",
        title=f"{count(active)} of {count(c.n_contracts)} contracts are active",
        text=" ".join(sentences),
        table=table,
        units=units,
    )


def cohorts_finding(contracts: Contracts, *, level: float = 0.9) -> Finding:
    """The cohort triangle, and whether cohorts are as alike as one model for all of them supposes.

    Returns
    -------
    Finding with one row a cohort and renewal: cohort, contracts (that began), period, at_risk, kept, retention,
    survival
    """
    from cxlab.cltv.charts import draw_cohort_triangle

    c = contracts
    triangle = c.triangle()
    table = triangle.drop(columns="segment")
    first = triangle[(triangle["period"] == 1) & (triangle["at_risk"] >= FEWEST_IN_COHORT)]
    several = first.groupby("segment").filter(lambda own: len(own) > 1)
    checks = []
    what = "segment" if c.segment != "cohort" and (triangle["cohort"] == triangle["segment"]).all() else "cohort"
    sentences = [_range(first if len(first) else triangle, what, level)]
    if len(several):
        between = spread_beyond_chance(several)
        sentences.append(
            f"Beyond chance and segment, cohorts differ by {number(100 * between)} points (standard deviation) at the "
            "first renewal."
        )
        checks.append(
            Check(
                "spread of cohorts beyond chance at the first renewal", between <= COHORTS_DIFFER,
                f"{number(100 * between)} points", f"≤ {number(100 * COHORTS_DIFFER)} points",
                "One model for all cohorts hides a change: look at recent ones alone, or use segment=cohort.",
            )
        )  # fmt: skip
    names = table["cohort"].nunique()
    drawn = table.rename(columns={"survival": "share", "contracts": "customers"})
    return Finding(
        name="retention.cohorts",
        title=_title(first if len(first) else triangle, what),
        text=" ".join(sentences),
        table=table,
        units={"contracts": "count", "at_risk": "count", "kept": "count", "retention": "share", "survival": "share"},
        checks=checks,
        draw=lambda ax: draw_cohort_triangle(ax, drawn, time_unit=c.period),
        caption=f"n = {count(c.n_contracts)} contracts, {count(names)} {what}{'s' * (names > 1)}, {c.observed}; share "
        "still there, of those that could be seen so long (Kaplan–Meier).",
    )


def spread_beyond_chance(first: pd.DataFrame) -> float:
    """Standard deviation of retention between cohorts of a segment, beyond that of counting.

    Parameters
    ----------
    first : a row a cohort: segment, at_risk, kept

    Notes
    -----
    Method of moments for overdispersed binomial shares; 0 where they differ no more than chance. Source: Kleinman
    (1973), Proportions with extraneous variance, Journal of the American Statistical Association 68(341).

    >>> alike = pd.DataFrame({"segment": "a", "at_risk": [100, 100], "kept": [80, 81]})
    >>> spread_beyond_chance(alike), round(spread_beyond_chance(alike.assign(kept=[90, 60])), 2)
    (0.0, 0.21)
    """
    groups = first.groupby("segment")
    n, kept = first["at_risk"], first["kept"]
    total = groups["at_risk"].transform("sum")
    mean = groups["kept"].transform("sum") / total
    squares = (n * (kept / n - mean) ** 2).sum()
    expected = (mean * (1 - mean) * (1 - n / total)).sum()
    room = (n * (1 - n / total)).sum()
    return float(np.sqrt(max(0.0, (squares - expected) / room)))


def _title(first: pd.DataFrame, what: str) -> str:
    best, worst = first.loc[first["retention"].idxmax()], first.loc[first["retention"].idxmin()]
    if len(first) == 1:
        return f"{share(best.retention)} passed renewal {best.period}"
    return f"Between {share(worst.retention)} and {share(best.retention)} of a {what} passed renewal {best.period}"


def _range(first: pd.DataFrame, what: str, level: float) -> str:
    def of(row):
        own = kaplan_meier([row.at_risk], [row.kept], level=level).iloc[0]
        within = interval(share(own.low), share(own.high), level=level)
        return f"{share(row.retention)} {within} of {what} {row.cohort} ({count(row.at_risk)} came up for it)"

    best, worst = first.loc[first["retention"].idxmax()], first.loc[first["retention"].idxmin()]
    if len(first) == 1:
        return f"Renewal {best.period} was passed by {of(best)}."
    return f"Renewal {best.period} was passed by {of(best)}, the most, and by {of(worst)}, the fewest."
