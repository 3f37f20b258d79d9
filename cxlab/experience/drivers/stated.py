"""What customers say is important beside what goes along with the score; and whether drivers differ between groups."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import ndtri
from scipy.stats import rankdata

from cxlab.errors import DataError
from cxlab.experience.drivers.key_drivers import DriverShares, driver_shares, key_drivers
from cxlab.experience.drivers.names import in_sentences
from cxlab.experience.drivers.ratings import Ratings
from cxlab.finding import Check, Finding, Key
from cxlab.wording import chance_of, count, interval, number, share

#: respondents of a group, below which it has no drivers of its own
_FEW = 30


def stated_and_derived(shares: DriverShares, *, level: float = 0.9) -> Finding:
    """Importance as stated beside importance as derived, and how far their orders agree.

    Parameters
    ----------
    shares : of `driver_shares`, of ratings with stated importance
    level : coverage of the intervals

    Returns
    -------
    Finding "experience.stated_importance", a row a driver, the largest derived share first: driver, share, share_low,
        share_high (of what goes along with the outcome), rank, stated, stated_low, stated_high (mean, points),
        stated_rank, p_underrated (probability that it ranks higher as derived than as stated)

    Raises
    ------
    DataError : importance was not asked of every driver.

    Notes
    -----
    Both come from the same draws of respondents. Agreement is Spearman's correlation of ranks; with p drivers it moves
    in steps, and with few its interval is wide. People state what is thought important (price, safety), and what all
    do well goes along with little: neither is the truth about the other.
    """
    moments, ratings = shares.moments, shares.ratings
    if moments.stated is None or np.isnan(moments.stated).any():
        raise DataError("importance was not asked, or not of every driver.", expected="a column importance in surveys")
    tails = ((1 - level) / 2, (1 + level) / 2)
    own, draws = shares.shares / shares.r_squared, shares.draws / shares.draws.sum(1, keepdims=True)
    said, says = moments.stated, moments.stated_draws
    rank, ranks = rankdata(-own), rankdata(-draws, axis=1)
    told, tells = rankdata(-said), rankdata(-says, axis=1)
    agree, agrees = _spearman(rank[None], told[None])[0], np.quantile(_spearman(ranks, tells), tails)
    table = pd.DataFrame(
        {"driver": shares.drivers, "share": own, "share_low": np.quantile(draws, tails[0], 0),
         "share_high": np.quantile(draws, tails[1], 0), "rank": rank.astype(int), "stated": said,
         "stated_low": np.quantile(says, tails[0], 0), "stated_high": np.quantile(says, tails[1], 0),
         "stated_rank": told.astype(int), "p_underrated": (ranks < tells).mean(0)}
    )  # fmt: skip
    table = table.sort_values("rank", ignore_index=True)
    apart = table[((table["p_underrated"] >= level) | ((ranks > tells).mean(0)[np.argsort(rank)] >= level))]
    apart = apart[(apart["rank"] - apart["stated_rank"]).abs() >= 2]
    say = in_sentences(table["driver"])
    words = [
        f"{say(r.driver)} goes along with more than is said (rank {r.rank}, stated {r.stated_rank})"
        if r.rank < r.stated_rank
        else f"{say(r.driver)} is said to matter more than goes along with it (stated {r.stated_rank}, rank {r.rank})"
        for r in apart.itertuples()
    ]
    agreement = f"{agree:.2f} {interval(*(f'{v:.2f}' for v in agrees), level=level)}"
    alike = "agree" if agrees[0] > 0 else "disagree" if agrees[1] < 0 else ""
    return Finding(
        name="experience.stated_importance",
        title=f"What customers say matters and what goes along with {say(ratings.outcome)} {alike}"
        if alike
        else f"Whether what customers say matters goes along with {say(ratings.outcome)} cannot be told",
        text=" ".join(
            [f"The order of {count(len(table))} drivers as stated and as derived from {count(ratings.n)} answers"
             f"{', ' * bool(ratings.period)}{ratings.period}, correlates by {agreement}.",
             *([f"{'; '.join(words)}."] if words else []),
             f"Said to matter most: {say(table.loc[table['stated_rank'].idxmin(), 'driver'])} "
             f"({number(table['stated'].max())} points); goes along most: {say(table['driver'].iloc[0])} "
             f"({share(table['share'].iloc[0])})."]
        ),
        table=table,
        units=dict.fromkeys(["share", "share_low", "share_high", "p_underrated"], "share")
        | dict.fromkeys(["stated", "stated_low", "stated_high"], "points"),
        checks=ratings.checks(),
        monte_carlo_error=pd.DataFrame(
            {"p_underrated": np.sqrt(table["p_underrated"] * (1 - table["p_underrated"]) / len(draws))}
        ),
        draw=lambda ax: _draw_stated(ax, table, ratings.outcome),
        caption=f"n = {count(ratings.n)} answers{', ' * bool(ratings.period)}{ratings.period}; mean stated importance "
        f"and shares of R², {level * 100:g} % intervals of the Bayesian bootstrap.",
        keys=(Key(f"{agree:.2f}", f"rank correlation of stated and derived importance, {level * 100:g} % "
                  f"{agrees[0]:.2f} to {agrees[1]:.2f} (n = {count(ratings.n)})"),),
    )  # fmt: skip


def _spearman(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    a, b = (x - x.mean(1, keepdims=True) for x in (one, other))
    size = np.sqrt((a**2).sum(1) * (b**2).sum(1))
    # where all are as important as one another there is no order to agree with
    return (a * b).sum(1) / np.where(size > 0, size, 1.0)


def drivers_by_group(
    ratings: Ratings, *, level: float = 0.9, draws: int = 500, rng: np.random.Generator | int = 0
) -> Finding:
    """Drivers of each group, and whether they differ.

    Parameters
    ----------
    ratings : read with `by`
    level, draws, rng : as in `key_drivers`

    Returns
    -------
    Finding "experience.drivers_by_group", a row a group and driver: columns `by`, n, r_squared, driver, share,
        share_low, share_high, rank, p_first, differs (whether the share is surely another than that of some
        other group, all comparisons taken together at `level`)

    Raises
    ------
    DataError : fewer than two groups have 30 respondents.
    """
    rng = np.random.default_rng(rng)
    own = {key: part for key, part in ratings.groups() if ratings.by and part.n_respondents >= _FEW}
    if len(own) < 2:
        raise DataError(f"{len(own)} groups have {_FEW} respondents or more.", expected="two at least",
                        mend='read_ratings(…, by="segment")')  # fmt: skip
    found = {key: driver_shares(part, draws=draws, rng=rng) for key, part in own.items()}
    parts, common = [], [d for d in ratings.drivers if all(d in f.drivers for f in found.values())]
    for key, of in found.items():
        table = key_drivers(of, level=level).table[["driver", "share", "share_low", "share_high", "rank", "p_first"]]
        head = dict(zip(ratings.by, key, strict=True)) | {"n": of.ratings.n, "r_squared": of.r_squared}
        parts.append(table.assign(**head)[[*head, *table.columns]])
    table = pd.concat(parts, ignore_index=True)
    differ = _differences(found, common, level)
    keys = list(table[list(ratings.by)].itertuples(index=False, name=None))
    table["differs"] = [(key, driver) in differ for key, driver in zip(keys, table["driver"], strict=True)]
    say = in_sentences(table["driver"])
    names = [say(driver) for driver in common if driver in {name for _, name in differ}]
    firsts = [
        f"{', '.join(map(str, key))}: {say(of.drivers[int(of.shares.argmax())])} "
        f"{share(of.shares.max() / of.r_squared)} (first with a probability of {_first(of)}, n = {count(of.ratings.n)})"
        for key, of in found.items()
    ]
    left = sum(part.n for key, part in ratings.groups() if key not in own)
    return Finding(
        name="experience.drivers_by_group",
        title=f"{', '.join(names)} {'weighs' if len(names) == 1 else 'weigh'} differently between groups"
        if names
        else "Drivers differ between groups by no more than chance",
        text=" ".join(
            [f"What goes along most with {say(ratings.outcome)}: {'; '.join(firsts)}.",
             "Shares are compared between groups for all drivers at once."
             + (f" {count(left)} answers of groups with fewer than {_FEW} respondents are left out." if left else "")]
        ),
        table=table,
        units=dict.fromkeys(["share", "share_low", "share_high", "p_first", "r_squared"], "share") | {"n": "count"},
        checks=(Check("respondents a driver in the smallest group",
                      (least := min(p.n_respondents for p in own.values())) >= 10 * len(ratings.drivers),
                      least / len(ratings.drivers), "≥ 10", "Compare fewer, larger groups."),),
        caption=f"n = {count(sum(p.n for p in own.values()))} answers{', ' * bool(ratings.period)}{ratings.period}; "
        f"shares of R², {level * 100:g} % intervals of the Bayesian bootstrap.",
    )  # fmt: skip


def _first(of: DriverShares) -> str:
    return chance_of(float((of.ranks() == 1).mean(0)[of.shares.argmax()]))


def _differences(found: dict, common: list[str], level: float) -> set[tuple]:
    """Groups and drivers whose share differs from that of another group, at a level for all comparisons together."""
    keys = list(found)
    parts = {k: f.draws / f.draws.sum(1, keepdims=True) for k, f in found.items()}
    pairs = [(a, b) for i, a in enumerate(keys) for b in keys[i + 1 :]]
    each, differ = (1 - level) / max(1, len(pairs) * len(common)), set()
    for a, b in pairs:
        for driver in common:
            one, other = (parts[k][:, found[k].drivers.index(driver)] for k in (a, b))
            # draws are too few for such tails, so the normal's are taken
            gap = abs(one.mean() - other.mean()) / np.hypot(one.std(), other.std())
            if gap > ndtri(1 - each / 2):
                differ |= {(a, driver), (b, driver)}
    return differ


def _draw_stated(ax, table: pd.DataFrame, outcome: str):
    from cxlab.experience.charts.drivers import draw_stated_and_derived

    return draw_stated_and_derived(ax, table, outcome=outcome)
