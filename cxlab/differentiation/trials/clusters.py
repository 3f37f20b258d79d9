"""Trials given by site: what was assigned at random is a site, so sites count, not the customers in them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from cxlab.differentiation.trials.effect import Effect
from cxlab.differentiation.trials.read_trial import Trial
from cxlab.differentiation.trials.shuffling import shuffle
from cxlab.differentiation.trials.words import amount, change, named, per_unit
from cxlab.errors import DataError, ModelError, unknown
from cxlab.finding import Check, Finding, Key
from cxlab.wording import count, interval, number, share

#: sites in the smaller arm below which even a t interval leans on hope
FEW = 4
_DRAWS = 4000


@dataclass(frozen=True)
class Alike:
    """How alike customers of one site are.

    Parameters
    ----------
    icc, low, high : intraclass correlation and its interval, 0 … 1; not a number where a site each tells nothing
    design_effect : customers that count as one; effective : customers that all of them are worth
    """

    icc: float
    low: float
    high: float
    design_effect: float
    effective: float


def alikeness(cells: pd.DataFrame, *, level: float = 0.9) -> Alike:
    """Intraclass correlation of customers within sites, arms taken out.

    Parameters
    ----------
    cells : a row a site: arm, n, mean, var (over n)

    Notes
    -----
    One-way analysis of variance within arms; interval by the F distribution with the mean size of sites (Searle 1971,
    Linear models, chapter 9). Design effect 1 + (m − 1) icc, m = Σn²/Σn (Kish 1965).

    >>> cells = pd.DataFrame({"arm": list("aabb"), "n": [50] * 4, "mean": [4., 5, 4.2, 5.4], "var": [1.] * 4})
    >>> found = alikeness(cells)
    >>> round(found.icc, 2), round(found.design_effect, 1), round(found.effective)
    (0.37, 18.9, 11)
    """
    n, mean = cells["n"].to_numpy(float), cells["mean"].to_numpy(float)
    arm = pd.factorize(cells["arm"])[0]
    size = np.bincount(arm, n)
    within, between = n.sum() - len(n), len(n) - len(size)
    m = float((n**2).sum() / n.sum())
    if between < 1 or within < 1:
        return Alike(np.nan, np.nan, np.nan, np.nan, np.nan)
    centre = np.bincount(arm, n * mean) / size
    msb = float(n @ (mean - centre[arm]) ** 2) / between
    msw = float(n @ cells["var"].to_numpy(float)) / within
    each = (n.sum() - (np.bincount(arm, n**2) / size).sum()) / between
    if msw <= 0:
        return Alike(1.0, 1.0, 1.0, m, n.sum() / m)
    ratio = msb / msw

    def icc(f: float) -> float:
        return float(np.clip((f - 1) / (f + each - 1), 0.0, 1.0))

    low, high = (icc(ratio / stats.f.ppf(p, between, within)) for p in ((1 + level) / 2, (1 - level) / 2))
    effect = 1 + (m - 1) * icc(ratio)
    return Alike(icc(ratio), low, high, effect, n.sum() / effect)


def site_effect(trial: Trial, *, level: float = 0.9, rng: np.random.Generator | int = 0) -> Finding:
    """What arms change where whole sites were given to them.

    Parameters
    ----------
    trial : with sites; all units of a site in one arm
    level : coverage of the intervals

    Returns
    -------
    Finding "differentiation.site_effect", a row an arm beside the control: arm, sites, control_sites, n, control_n,
        mean, control_mean (means of sites), difference, low, high (t over sites; missing where an arm has one site and
        shuffling gives none), se, df, p_value, p_shuffled, least_p (the smallest that so many sites can give),
        naive_low, naive_high (as if every customer had been assigned), icc, icc_low, icc_high, design_effect,
        effective_n (customers that all of them are worth)

    Raises
    ------
    DataError : sites are not told, or units of a site are in several arms.

    Notes
    -----
    Every site counts once, with its mean: Welch–Satterthwaite t over sites, and all ways to give as many sites to the
    arm (4,999 of them where there are more). Sources: Donner & Klar (2000), Design and analysis of cluster
    randomization trials; Hayes & Moulton (2017), Cluster randomised trials, chapter 10.

    >>> from cxlab.differentiation.trials.read_trial import read_trial
    >>> rows = pd.DataFrame({"unit_id": range(200), "arm": ["A"] * 100 + ["B"] * 100, "outcome": [1, 0, 0, 0] * 25
    ...                      + [1, 0] * 50, "site": ["harbour"] * 100 + ["market"] * 100})
    >>> site_effect(read_trial(rows)).title
    '2 sites are not 200 customers: whether B is better than A cannot be told'
    """
    if not trial.sites:
        raise DataError("the trial names no sites.", expected="a column site", mend="--column site=NAME")
    if trial.assigned != "site":
        raise DataError("units of a site are in several arms, so sites were not what was assigned.",
                        expected="one arm a site", mend="compare_arms counts units")  # fmt: skip
    table = pd.DataFrame([_row(trial, arm, level, rng) for arm in trial.arms[1:]])
    told = table["low"].notna()
    sites = int(trial.sites)
    few = int(table[["sites", "control_sites"]].min().min())
    title, sentences = _words(trial, table, level)
    sentences = sentences.removesuffix(".")
    when = f", {trial.period}" if trial.period else ""
    known = np.isfinite(table["icc"]).any()
    alike = ""
    if known:
        first = table.loc[table["icc"].first_valid_index()]
        told_icc = interval(number(first["icc_low"], digits=2), number(first["icc_high"], digits=2), level=level)
        alike = (
            f" Of what {trial.per}s differ by, {share(first['icc'])} is their site (intraclass correlation "
            f"{number(first['icc'], digits=2)} {told_icc}): {count(first['n'] + first['control_n'])} {trial.per}s are "
            f"worth {count(first['effective_n'])}."
        )
    return Finding(
        name="differentiation.site_effect",
        title=title,
        text=f"{sentences} (n = {count(trial.n)} {trial.per}s at {count(sites)} sites{when}). Whole sites were given "
        f"to an arm, so a site counts once.{alike} What would change our mind: more sites, or both arms at each in "
        f"turn.{' These data are simulated.' * trial.simulated}",
        table=table,
        units=dict.fromkeys(["sites", "control_sites", "n", "control_n", "effective_n"], "count")
        | dict.fromkeys(["mean", "control_mean", "difference", "low", "high", "se", "naive_low", "naive_high"],
                        trial.unit)
        | dict.fromkeys(["p_value", "p_shuffled", "least_p"], "share")
        | dict.fromkeys(["icc", "icc_low", "icc_high"], "correlation") | {"df": "degrees", "design_effect": "times"},
        checks=(*trial.checks,
                Check("sites in the smaller arm", few >= FEW, count(few), f"≥ {FEW}",
                      "What differs between sites anyway cannot be told from what was tried." if few < 2 else
                      "The interval rests on sites being alike in how they vary."),
                Check("arms with an interval", bool(told.all()), share(float(told.mean())), "100 %",
                      "No interval of so few sites is honest, and none is shown.")),
        draw=lambda ax: _draw(ax, trial, table),
        caption=f"n = {count(sites)} sites, {count(trial.n)} {trial.per}s{when}; means of sites, Welch's t over sites, "
        f"{level * 100:g} % intervals{'; simulated data' * trial.simulated}.",
        keys=tuple(Key(change(trial, r.difference), f"{named(r.arm)} against {trial.told}, {level * 100:g} % "
                       f"{change(trial, r.low)} to {change(trial, r.high)} (n = {r.sites + r.control_sites} sites)")
                   for r in table[told].itertuples()),
        currency=trial.currency,
    )  # fmt: skip


def site_draws(trial: Trial, arm: str = "", *, draws: int = _DRAWS, rng: np.random.Generator | int = 1) -> Effect:
    """What an arm changes, as draws of a t over sites.

    Raises
    ------
    ModelError : an arm has one site only, so that nothing says how sites differ.
    """
    arm = arm or trial.arms[1]
    if arm not in trial.arms[1:]:
        raise unknown("arm beside the control", arm, trial.arms[1:])
    finding = site_effect(trial)
    row = finding.table.set_index("arm").loc[arm]
    if not (np.isfinite(row["se"]) and row["se"] > 0):
        raise ModelError(
            f"{named(arm)} was tried at {_sites(row['sites'])} against {_sites(row['control_sites'])}.",
            expected="two sites or more on either side, that differ", mend="try it at more sites",
        )  # fmt: skip
    rng = np.random.default_rng(rng)
    drawn = row["difference"] + row["se"] * rng.standard_t(row["df"], draws)
    return Effect(drawn, trial.unit, trial.per, f"{named(arm)} against {trial.told}", int(row["n"] + row["control_n"]),
                  finding.checks, trial.simulated, trial.currency, trial.period, over=trial.over)  # fmt: skip


def _sites(n: float) -> str:
    return f"{count(n)} {'site' if n == 1 else 'sites'}"


def _row(trial: Trial, arm: str, level: float, rng) -> dict:
    cells = trial.cells[trial.cells["arm"].isin([trial.control, arm])]
    treated, control = (cells[cells["arm"] == a] for a in (arm, trial.control))
    a, b = treated["mean"].to_numpy(float), control["mean"].to_numpy(float)
    gap = float(a.mean() - b.mean())
    parts = [x.var(ddof=1) / len(x) if len(x) > 1 else np.nan for x in (a, b)]
    se = float(np.sqrt(sum(parts)))
    df = float(sum(parts) ** 2 / sum(p**2 / (len(x) - 1) for p, x in zip(parts, (a, b), strict=True))
               ) if np.isfinite(se) and se > 0 else np.nan  # fmt: skip
    reach = stats.t.ppf((1 + level) / 2, df) * se if np.isfinite(df) else np.nan
    shuffled = shuffle(a, b, level=level, rng=rng) if len(a) + len(b) > 2 else None
    low, high = gap - reach, gap + reach
    if not np.isfinite(reach) and shuffled is not None and np.isfinite([shuffled.low, shuffled.high]).all():
        low, high = shuffled.low, shuffled.high
    alike = alikeness(cells, level=level)
    pooled = [(c["n"] @ c["mean"] / c["n"].sum(), _unit_variance(c)) for c in (treated, control)]
    naive = np.sqrt(sum(v / c["n"].sum() for (_, v), c in zip(pooled, (treated, control), strict=True)))
    z = stats.norm.ppf((1 + level) / 2)
    direct = pooled[0][0] - pooled[1][0]
    return {
        "arm": arm, "sites": len(a), "control_sites": len(b), "n": int(treated["n"].sum()),
        "control_n": int(control["n"].sum()), "mean": float(a.mean()), "control_mean": float(b.mean()),
        "difference": gap, "low": low, "high": high, "se": se, "df": df,
        "p_value": float(2 * stats.t.sf(abs(gap) / se, df)) if np.isfinite(df) else np.nan,
        "p_shuffled": shuffled.p_value if shuffled else np.nan, "least_p": shuffled.least if shuffled else 1.0,
        "naive_low": direct - z * naive, "naive_high": direct + z * naive, "icc": alike.icc, "icc_low": alike.low,
        "icc_high": alike.high, "design_effect": alike.design_effect, "effective_n": alike.effective,
    }  # fmt: skip


def _unit_variance(cells: pd.DataFrame) -> float:
    n, mean = cells["n"].to_numpy(float), cells["mean"].to_numpy(float)
    centre = n @ mean / n.sum()
    return float(n @ (cells["var"] + (mean - centre) ** 2) / max(n.sum() - 1, 1))


def _words(trial: Trial, table: pd.DataFrame, level: float) -> tuple[str, str]:
    said = []
    for r in table.itertuples():
        arm = named(r.arm)
        total, customers = r.sites + r.control_sites, r.n + r.control_n
        naive = (
            f"as if each of the {count(customers)} {trial.per}s had been assigned it would have looked like "
            f"{change(trial, r.naive_low)} to {change(trial, r.naive_high)}"
        )
        means = f"{amount(trial, r.mean)} at {_sites(r.sites)} against "
        means += f"{amount(trial, r.control_mean)} at {count(r.control_sites)}"
        if np.isnan(r.low):
            said.append(
                f"{arm}: {means}. {count(total)} sites are not {count(customers)} {trial.per}s: what sites differ by "
                f"anyway is not known from {'one site' if min(r.sites, r.control_sites) < 2 else 'so few'} on a side, "
                f"so no interval is honest; {naive}, and that would be wrong."
            )
        else:
            said.append(
                f"{arm}: {means}, {change(trial, r.difference)}{per_unit(trial)} "
                f"{interval(change(trial, r.low), change(trial, r.high), level=level)}; {naive}. By shuffling sites, "
                f"chance gives as much in {share(r.p_shuffled)} of cases (so many sites can give "
                f"{share(r.least_p)} at least)."
            )
    first = table.iloc[0]
    lead = named(first["arm"])
    total = first["sites"] + first["control_sites"]
    customers = first["n"] + first["control_n"]
    if np.isnan(first["low"]):
        title = f"{count(total)} sites are not {count(customers)} {trial.per}s: whether {lead} is better than "
        return title + f"{trial.told} cannot be told", " ".join(said)
    if first["low"] > 0 or first["high"] < 0:
        way = "higher" if first["difference"] > 0 else "lower"
        title = f"By site, {lead} is {way} than {trial.told}: {change(trial, first['difference'])}"
    else:
        title = f"By site, whether {lead} differs from {trial.told} is not told: between "
        title += f"{change(trial, first['low'])} and {change(trial, first['high'])}"
    return title, " ".join(said)


def _draw(ax, trial: Trial, table: pd.DataFrame):
    from cxlab.differentiation.charts.sites import draw_sites

    return draw_sites(ax, trial, table)
