"""Halo and use of the scale: how much of what is ticked is one general impression, and what that does to drivers."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from cxlab.errors import DataError
from cxlab.experience.drivers.key_drivers import DriverShares
from cxlab.experience.drivers.names import in_sentences
from cxlab.experience.drivers.ratings import Ratings
from cxlab.experience.drivers.shares import lmg_shares
from cxlab.finding import Check, Finding, Key
from cxlab.wording import chance_of, count, interval, number, share

#: answers a respondent needs before ticking the same everywhere says something
_ROW = 3
#: what one impression may explain of the drivers, and the same answer everywhere be of respondents
_ONE, _STRAIGHT = 0.6, 0.2


def halo(shares: DriverShares, *, level: float = 0.9) -> Finding:
    """How far respondents tick one general impression, and whether the order of drivers outlives it.

    Parameters
    ----------
    shares : of `driver_shares`
    level : coverage of the intervals

    Returns
    -------
    Finding "experience.halo", a row a driver, the largest share first: driver, share, share_low, share_high, rank (of
        what goes along with the outcome), centred_share, centred_low, centred_high, centred_rank (the same once the
        mean of each respondent's own answers is taken out), centred_correlation (with the outcome, then), general
        (correlation of the driver with the general impression, the first component), moved (ranks up or down),
        p_same_side (probability that it stays above or below an equal share)

    Notes
    -----
    The first component of the drivers' correlations, their mean correlation, and straight-lining say how much of the
    answers is one impression: a halo, a way of using the scale, or a service that is good or bad all over; answers
    alone cannot say which. Centring subtracts from each driver and from the outcome the respondent's mean of all
    drivers (in spreads of each): it takes out the impression and with it what is really common to all, so the truth
    lies between the two orders. Shares of centred drivers are correlations of differences, their R² is another.
    Source: Rossi, Gilula & Allenby (2001), Overcoming scale usage heterogeneity, Journal of the American Statistical
    Association 96(453).

    >>> from cxlab.experience.drivers.key_drivers import driver_shares
    >>> rng = np.random.default_rng(0)
    >>> rows = pd.DataFrame(rng.normal(size=(300, 4)) + rng.normal(size=(300, 1)), columns=["overall", *"abc"])
    >>> found = halo(driver_shares(Ratings(rows.assign(n=1), "overall", ("a", "b", "c")), draws=100))
    >>> found.title
    'One general impression makes up 70 % of what is ticked'
    """
    ratings, moments = shares.ratings, shares.moments
    if len(shares.drivers) < 3:
        raise DataError(f"{len(shares.drivers)} drivers.", expected="three or more, to tell a common impression")
    first, general = _first_component(moments.correlation[None, 1:, 1:])
    firsts, _ = _first_component(moments.correlations[:, 1:, 1:])
    mean_r = _mean_correlation(moments.correlation[1:, 1:])
    tails = ((1 - level) / 2, (1 + level) / 2)
    r_ends, first_ends = (
        np.quantile(_mean_correlation(moments.correlations[:, 1:, 1:]), tails),
        np.quantile(firsts, tails),
    )
    straight, of = straight_lining(ratings)
    alone = _impression_alone(moments.correlation[None])[0]
    table = _table(shares, general[0], tails)
    use = scale_use(ratings)
    agree = _agreement(table["rank"], table["centred_rank"])
    return Finding(
        name="experience.halo",
        title=f"One general impression makes up {share(first[0])} of what is ticked",
        text=_text(shares, table, (first[0], first_ends), (mean_r, r_ends), (straight, of), alone, agree, use, level),
        table=table,
        units=dict.fromkeys(
            [c for c in table.columns if "share" in c or c in ("centred_low", "centred_high", "p_same_side")], "share"
        ),
        checks=(
            Check("share of one impression", first[0] < _ONE, share(first[0]), f"< {share(_ONE)}",
                  "Shares of drivers are blurred: do not build on their order alone."),
            Check("respondents who tick the same everywhere", straight <= _STRAIGHT, share(straight),
                  f"≤ {share(_STRAIGHT)}", "Look at results without them: flagged=\"drop\"."),
        ),
        monte_carlo_error=pd.DataFrame(
            {"p_same_side": np.sqrt(table["p_same_side"] * (1 - table["p_same_side"]) / len(shares.draws))}
        ),
        draw=lambda ax: _draw(ax, table, ratings.outcome),
        caption=f"n = {count(ratings.n)} answers{', ' * bool(ratings.period)}{ratings.period}; shares of R² as ticked, "
        f"and centred on each respondent's own mean, {level * 100:g} % intervals of the Bayesian bootstrap.",
        keys=(Key(share(first[0]), f"of what is ticked is one general impression, {level * 100:g} % "
                  f"{share(first_ends[0])} to {share(first_ends[1])} (n = {count(ratings.n)})"),),
    )  # fmt: skip


def straight_lining(ratings: Ratings) -> tuple[float, int]:
    """Share of respondents who tick the same for every driver, and of how many with three answers or more.

    >>> rows = pd.DataFrame({"overall": [5., 5, 4], "a": [5., 4, 3], "b": [5., 2, 3], "c": [5., 1, 4], "n": [2, 1, 1]})
    >>> straight_lining(Ratings(rows, "overall", ("a", "b", "c")))
    (0.5, 4)
    """
    values, n = ratings.values[:, 1:], ratings.rows["n"].to_numpy()
    asked = (~np.isnan(values)).sum(1) >= _ROW
    if not asked.any():
        return 0.0, 0
    same = np.nanmax(values[asked], 1) == np.nanmin(values[asked], 1)
    return float(n[asked] @ same / n[asked].sum()), int(n[asked].sum())


def scale_use(ratings: Ratings) -> pd.Series:
    """How respondents use the scale: spread of their own means, and middle half of their own spreads (points).

    Returns
    -------
    Series: between (sd of respondents' means), within_low, within_high (quartiles of respondents' sds), extreme (share
    of answers at an end of the scale)

    >>> rows = pd.DataFrame({"overall": [5., 2], "a": [5., 1], "b": [5., 2], "c": [5., 3], "n": [1, 1]})
    >>> scale_use(Ratings(rows, "overall", ("a", "b", "c"), scales=dict.fromkeys("abc", (1, 5)))).round(2).tolist()
    [2.12, 0.0, 1.0, 0.67]
    """
    values, n = ratings.values[:, 1:], ratings.rows["n"].to_numpy()
    asked = (~np.isnan(values)).sum(1) >= 2
    values, n = values[asked], n[asked]
    mean, spread = np.nanmean(values, 1), np.nanstd(values, 1, ddof=1)
    order = np.argsort(spread)
    at = (np.cumsum(n[order]) - n[order] / 2) / n.sum()
    low, high = np.interp((0.25, 0.75), at, spread[order])
    ends = np.array([ratings.scales.get(d, (np.nan, np.nan)) for d in ratings.drivers])
    extreme = ((values == ends[:, 0]) | (values == ends[:, 1])).sum(1) @ n / ((~np.isnan(values)).sum(1) @ n)
    return pd.Series({"between": np.sqrt(np.cov(mean, fweights=n)), "within_low": low, "within_high": high,
                      "extreme": extreme})  # fmt: skip


def _first_component(r: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Share of the first component, shape (d,), and its correlation with each driver (d, p)."""
    values, vectors = np.linalg.eigh(r)
    loading = vectors[..., -1] * np.sqrt(values[..., -1:])
    return values[..., -1] / r.shape[-1], loading * np.sign(loading.sum(-1, keepdims=True))


def _mean_correlation(r: np.ndarray) -> np.ndarray:
    p = r.shape[-1]
    return (r.sum((-1, -2)) - p) / (p * (p - 1))


def _impression_alone(r: np.ndarray) -> np.ndarray:
    """R² of the mean of all drivers on its own, in spreads of each."""
    return r[:, 0, 1:].sum(1) ** 2 / r[:, 1:, 1:].sum((1, 2))


def centred(correlations: np.ndarray) -> np.ndarray:
    """Correlations once the respondent's mean of all drivers is subtracted from each driver and from the outcome.

    Parameters, returns : shape (d, 1 + p, 1 + p), outcome first; variables in their own spreads

    >>> r = np.array([[[1, .5, .3], [.5, 1, .2], [.3, .2, 1]]])
    >>> round(float(centred(r)[0, 1, 2]), 6)  # of two, what one gains on their mean the other loses
    -1.0
    """
    size = correlations.shape[-1]
    take = np.eye(size)
    take[:, 1:] -= 1 / (size - 1)
    cov = take @ correlations @ take.T
    spread = np.sqrt(np.maximum(np.einsum("dii->di", cov), 1e-300))
    return cov / (spread[:, :, None] * spread[:, None, :])


def _table(shares: DriverShares, general: np.ndarray, tails) -> pd.DataFrame:
    moments, p = shares.moments, len(shares.drivers)
    own, draws = shares.shares / shares.r_squared, shares.draws / shares.draws.sum(1, keepdims=True)
    r = centred(moments.correlation[None])
    bare, bared = lmg_shares(r)[0], lmg_shares(centred(moments.correlations))
    bare, bared = bare / bare.sum(), bared / bared.sum(1, keepdims=True)
    table = pd.DataFrame(
        {"driver": shares.drivers, "share": own, "share_low": np.quantile(draws, tails[0], 0),
         "share_high": np.quantile(draws, tails[1], 0), "rank": rankdata(-own, "ordinal").astype(int),
         "centred_share": bare,
         "centred_low": np.quantile(bared, tails[0], 0), "centred_high": np.quantile(bared, tails[1], 0),
         "centred_rank": rankdata(-bare, "ordinal").astype(int), "centred_correlation": r[0, 0, 1:], "general": general,
         "p_same_side": ((draws >= 1 / p) == (bared >= 1 / p)).mean(0)}
    )  # fmt: skip
    table.insert(11, "moved", table["rank"] - table["centred_rank"])
    return table.sort_values("rank", ignore_index=True)


def _agreement(one: pd.Series, other: pd.Series) -> float:
    return float(np.corrcoef(one, other)[0, 1])


def _text(shares, table, first, mean_r, straight, alone, agree, use, level) -> str:
    ratings, say = shares.ratings, in_sentences(table["driver"])
    said = [
        f"Of {count(ratings.n)} answers to {count(len(table))} drivers{', ' * bool(ratings.period)}{ratings.period}, "
        f"one general impression makes up {share(first[0])} {interval(*map(share, first[1]), level=level)}; two "
        f"drivers correlate by {mean_r[0]:.2f} {interval(*(f'{v:.2f}' for v in mean_r[1]), level=level)} on average.",
        f"{share(straight[0])} of {count(straight[1])} respondents tick the same everywhere; respondents' own means "
        f"differ by {number(use['between'], digits=2)} points (standard deviation), their own answers by "
        f"{number(use['within_low'], digits=2)} to {number(use['within_high'], digits=2)} (middle half)"
        + (f", and {share(use['extreme'])} of answers are at an end of the scale." if use["extreme"] > 0 else "."),
        f"The plain mean of all drivers alone goes along with {share(alone / shares.r_squared)} of what all of them "
        "together do.",
    ]  # fmt: skip
    moved = table[table["moved"].abs() >= 2].sort_values("moved", key=lambda m: -m.abs()).head(3)
    against = table[(table["centred_correlation"] < 0) & (table["centred_share"] >= 1 / len(table))]
    top, bare = table.iloc[0]["driver"], table.loc[table["centred_rank"].idxmin(), "driver"]
    words = f"Centred on each respondent's own mean, the order agrees by {agree:.2f} (rank correlation)"
    words += f" and {say(top)} stays first" if top == bare else f" and {say(bare)} is first in place of {say(top)}"
    said.append(words + ".")
    if len(moved):
        said.append(f"It moves most for {', '.join(say(d) for d in moved['driver'])}.")
    if len(against):
        said.append(
            f"{', '.join(say(d) for d in against['driver'])} then counts for being rated well where the score is "
            "low: a share has no sign."
        )
    firm = table[(table["p_same_side"] >= level) & (table["share"] >= 1 / len(table))]
    if len(firm):
        named = [f"{say(r.driver)} (P = {chance_of(r.p_same_side)})" for r in firm.itertuples()]
        said.append(f"Above an equal share either way: {', '.join(named)}.")
    return " ".join([*said, "Whether the common part is a halo or a service alike all over, answers alone cannot say."])


def _draw(ax, table: pd.DataFrame, outcome: str):
    from cxlab.experience.charts.drivers import draw_two_shares

    return draw_two_shares(
        ax, table, outcome=outcome, first=("share", "share_low", "share_high", "as ticked"),
        second=("centred_share", "centred_low", "centred_high", "respondent's own mean taken out"),
    )  # fmt: skip
