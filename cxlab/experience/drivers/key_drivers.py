"""Key drivers: which parts of an experience go along with the overall score, how much, and how surely in this order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import chi2
from scipy.stats import f as f_distribution

from cxlab.errors import ParameterError, unknown
from cxlab.experience.drivers.moments import Moments, rating_moments
from cxlab.experience.drivers.names import in_sentences
from cxlab.experience.drivers.ratings import Ratings
from cxlab.experience.drivers.shares import lmg_shares, relative_weights, standardised_slopes
from cxlab.finding import Check, Finding, Key
from cxlab.montecarlo import spread
from cxlab.wording import chance_of, count, interval, listed, share

#: inflation of the variance of a slope from which a driver is hardly told from the others, and above which not at all
_INFLATED, _TOO_INFLATED = 5.0, 10.0
#: most that correlations may depend on how gaps are filled
_GAPS = 0.1
NOT_EFFECTS = (
    "Shares are not effects: they say what goes along with the score among those who answered, "
    "not what would change if it were improved."
)


@dataclass(frozen=True)
class DriverShares:
    """Shares of R² with their draws: what pictures and findings on drivers are made of.

    Parameters
    ----------
    ratings, moments : what they come from
    shares, draws : shape (drivers,) and (n_draws, drivers), each row summing to its R²
    method : "lmg" or "relative weights"
    """

    ratings: Ratings
    moments: Moments
    shares: np.ndarray
    draws: np.ndarray
    method: str

    @property
    def drivers(self) -> tuple[str, ...]:
        return self.ratings.drivers

    @property
    def r_squared(self) -> float:
        """Part of the differences in the outcome that goes along with all drivers together."""
        return float(self.shares.sum())

    @property
    def by_chance(self) -> bool:
        """Whether drivers that tell nothing would do as well (F test at 10 %)."""
        n, p, r2 = self.ratings.n_respondents, len(self.shares), self.r_squared
        if n <= p + 1:
            return True
        return bool(f_distribution.sf(r2 / p * (n - p - 1) / max(1 - r2, 1e-12), p, n - p - 1) > 0.1)

    def ranks(self) -> np.ndarray:
        """Rank of each driver in each draw, 1 the largest share; shape (n_draws, drivers)."""
        return np.argsort(np.argsort(-self.draws, axis=1, kind="stable"), axis=1) + 1


def driver_shares(
    ratings: Ratings, *, method: str = "lmg", draws: int = 500, rng: np.random.Generator | int = 0
) -> DriverShares:
    """Shares of R² of every driver, in draws of the Bayesian bootstrap.

    Parameters
    ----------
    ratings : outcome and drivers
    method : "lmg" (exact, up to 20 drivers) or "relative weights" (close to it, any number)
    draws : of the bootstrap

    Raises
    ------
    DataError : the outcome does not vary, or fewer than two drivers do.

    >>> rows = pd.DataFrame({"overall": [1., 2, 3, 4], "staff": [1., 2, 3, 4], "price": [1., 0, 0, 1], "n": 25})
    >>> driver_shares(Ratings(rows, "overall", ("staff", "price")), draws=100).shares.round(3).tolist()
    [1.0, 0.0]
    """
    if method not in ("lmg", "relative weights"):
        raise unknown("method", method, ("lmg", "relative weights"))
    if draws < 100:
        raise ParameterError(f"draws = {draws}.", expected="100 or more", mend="draws=500")
    ratings = ratings.varied
    moments = rating_moments(ratings, draws=draws, rng=rng)
    found = lmg_shares if method == "lmg" else relative_weights
    return DriverShares(ratings, moments, found(moments.correlation), found(moments.correlations), method)


def key_drivers(
    shares: DriverShares | Ratings, *, level: float = 0.9, draws: int = 500, rng: np.random.Generator | int = 0
) -> Finding:
    """What goes along with the overall score, driver by driver.

    Parameters
    ----------
    shares : of `driver_shares`; or ratings, of which LMG shares are made with `draws` and `rng`
    level : coverage of the intervals

    Returns
    -------
    Finding "experience.drivers", a row a driver, the largest share first: driver, explained, low, high (share of the
        differences in the outcome; sums to R²), share, share_low, share_high (of what is explained), rank, rank_low,
        rank_high, p_first (probability that it ranks first), relative_weight (Johnson's, beside), correlation (with the
        outcome, no other driver considered), slope (standardised, all others considered), vif, answered (count), note
        ("no more than chance", "suppressor", "goes against the score", "hardly told from the others"; joined by "; ")

    Notes
    -----
    Every driver keeps what it explains, however unsure: setting those that are not significant to nothing would give
    what they explain to the others. A driver counts as no more than chance where its interval begins below what an
    unrelated question reaches in one of ten samples, χ²₁(.9)·(1 − R²)/n.

    >>> rows = pd.DataFrame({"overall": [1., 2, 3, 4], "staff": [1., 3, 2, 4], "price": [1., 0, 0, 1], "n": 25})
    >>> found = key_drivers(Ratings(rows, "overall", ("staff", "price")), draws=100)
    >>> found.table[["driver", "explained", "rank", "note"]].round(3).values.tolist()
    [['staff', 0.64, 1, ''], ['price', 0.0, 2, 'no more than chance']]
    """
    shares = shares if isinstance(shares, DriverShares) else driver_shares(shares, draws=draws, rng=rng)
    table, error = _table(shares, level)
    ratings, total = shares.ratings, _ends(shares.draws.sum(1), level)
    top, say = table.iloc[0], in_sentences(table["driver"])
    worst = table.loc[table["vif"].idxmax()]
    name = "Lindeman–Merenda–Gold (Shapley)" if shares.method == "lmg" else "relative-weight"
    return Finding(
        name="experience.drivers",
        title=_title(shares, table, level),
        text=_text(shares, table, total, level),
        table=table,
        units=dict.fromkeys(
            ["explained", "low", "high", "share", "share_low", "share_high", "p_first", "relative_weight"], "share"
        ) | {"answered": "count"},
        checks=(
            *ratings.checks(),
            Check("VIF of " + repr(worst["driver"]), worst["vif"] < _TOO_INFLATED, worst["vif"],
                  f"< {_TOO_INFLATED:g}", "It says nearly the same as the others: put them together."),
            Check("difference that gaps make to a correlation", shares.moments.pairwise < _GAPS,
                  shares.moments.pairwise, f"< {_GAPS:g}", "Those who skip a question differ: look at them apart."),
        ),
        monte_carlo_error=error,
        draw=lambda ax: _draw(ax, table, ratings.outcome),
        caption=f"n = {count(ratings.n)} answers to {ratings.outcome!r}{', ' * bool(ratings.period)}{ratings.period}; "
        f"{name} shares of R² = {share(shares.r_squared)}, {level * 100:g} % intervals of "
        f"{count(len(shares.draws))} draws of the Bayesian bootstrap. Shares are not effects.",
        keys=(Key(share(top["share"]), f"of what goes along with {say(ratings.outcome)} belongs to "
                  f"{say(top['driver'])}, {level * 100:g} % {share(top['share_low'])} to {share(top['share_high'])} "
                  f"(n = {count(ratings.n)})"),),
    )  # fmt: skip


def _ends(draws: np.ndarray, level: float) -> np.ndarray:
    return np.quantile(draws, ((1 - level) / 2, (1 + level) / 2), axis=0)


def _table(shares: DriverShares, level: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    ratings, moments, draws = shares.ratings, shares.moments, shares.draws
    tails = ((1 - level) / 2, (1 + level) / 2)
    own, part = spread(draws, level), spread(draws / draws.sum(1, keepdims=True), level)
    ranks = shares.ranks()
    first = (ranks == 1).mean(0)
    slope, vif = standardised_slopes(moments.correlation)
    table = pd.DataFrame(
        {"driver": shares.drivers, "explained": shares.shares, "low": own.quantiles[0], "high": own.quantiles[1],
         "share": shares.shares / shares.r_squared, "share_low": part.quantiles[0], "share_high": part.quantiles[1],
         "rank": np.argsort(np.argsort(-shares.shares, kind="stable")) + 1,
         "rank_low": np.quantile(ranks, tails[0], axis=0, method="lower").astype(int),
         "rank_high": np.quantile(ranks, tails[1], axis=0, method="higher").astype(int), "p_first": first,
         "relative_weight": relative_weights(moments.correlation), "correlation": moments.correlation[0, 1:],
         "slope": slope, "vif": vif, "answered": ratings.answered.to_numpy(), "note": _notes(shares, vif, level)}
    )  # fmt: skip
    error = pd.DataFrame(
        {"low": own.quantile_error[0], "high": own.quantile_error[1], "share_low": part.quantile_error[0],
         "share_high": part.quantile_error[1], "p_first": np.sqrt(first * (1 - first) / len(draws))}
    )  # fmt: skip
    order = table.sort_values("rank").index
    return table.loc[order].reset_index(drop=True), error.loc[order].reset_index(drop=True)


def _notes(shares: DriverShares, vif: np.ndarray, level: float) -> list[str]:
    zero_order = shares.moments.correlations[:, 0, 1:]
    slopes, _ = standardised_slopes(shares.moments.correlations)
    low, high = _ends(zero_order, level)
    down, up = _ends(slopes, level)
    sure = (down > 0) | (up < 0)
    sign = np.sign(np.where(sure, down, 0.0))
    # a slope that is sure, against a correlation that is not of its sign
    suppressor = sure & ~(((low > 0) & (sign > 0)) | ((high < 0) & (sign < 0)))
    limit = chi2.ppf(0.9, 1) * (1 - shares.r_squared) / shares.ratings.n_respondents
    chance = np.quantile(shares.draws, (1 - level) / 2, axis=0) <= limit
    says = {
        "no more than chance": chance, "suppressor": suppressor, "goes against the score": high < 0,
        "hardly told from the others": vif > _INFLATED,
    }  # fmt: skip
    return ["; ".join(words for words, holds in says.items() if holds[j]) for j in range(len(vif))]


def _leading(table: pd.DataFrame, level: float) -> list[str]:
    """The drivers of which one is first as surely as `level` says."""
    order = table.sort_values("p_first", ascending=False)
    return (
        order["driver"]
        .map(in_sentences(table["driver"]))
        .head(int((order["p_first"].cumsum() < level - 1e-9).sum()) + 1)
        .tolist()
    )


def _title(shares: DriverShares, table: pd.DataFrame, level: float) -> str:
    outcome, leading = in_sentences(())(shares.ratings.outcome), _leading(table, level)
    if shares.by_chance:
        return f"Nothing that was asked goes along with {outcome}, as far as can be told"
    if len(leading) > 3:
        return f"Which driver goes along most with {outcome} cannot be told"
    words = listed(leading, last="or")
    return f"{words[0].upper()}{words[1:]} goes along most with {outcome}"


def _text(shares: DriverShares, table: pd.DataFrame, total: np.ndarray, level: float) -> str:
    ratings, say = shares.ratings, in_sentences(table["driver"])
    outcome, leading = say(ratings.outcome), _leading(table, level)
    said = [
        f"The {len(table)} drivers together go along with {share(shares.r_squared)} "
        f"{interval(share(total[0]), share(total[1]), level=level)} of the differences in {outcome} between "
        f"{count(ratings.n)} answers"
        + (f" of {count(ratings.n_respondents)} customers" if ratings.cluster is not None else "")
        + (f", {ratings.period}" if ratings.period else "") + "."
    ]  # fmt: skip
    if shares.by_chance:
        said.append("Questions that have nothing to do with it would do as well by chance.")
    first = [
        f"{say(row.driver)} {share(row.share)} {interval(share(row.share_low), share(row.share_high), level=level)}"
        for row in table.head(3).itertuples()
    ]
    said.append(f"Of that, the most belongs to {'; '.join(first)}.")
    said.append(
        f"{leading[0]} is first with a probability of {chance_of(table['p_first'].max())}."
        if len(leading) == 1
        else f"Which comes first is not decided between {listed(leading)}."
    )
    for note, words in (
        ("no more than chance", "could have its share by chance"),
        ("suppressor", "tells something only beside the others (a suppressor): do not read its share alone"),
        ("goes against the score", "is rated lower where the score is higher"),
    ):
        named = [say(row.driver) for row in table.itertuples() if note in row.note.split("; ")]
        if named:
            plural = words.replace("could", "could each").replace("is rated", "are rated").replace("tells", "tell")
            plural = plural.replace("its share", "their shares") if len(named) > 1 else words
            said.append(f"{', '.join(named)} {plural if len(named) > 1 else words}.")
    if ratings.complete < ratings.n:
        said.append(
            f"{count(ratings.n - ratings.complete)} answers have gaps: what they say counts, and what they do not is "
            f"told from it (correlations of pairs differ by up to {shares.moments.pairwise:.2f})."
        )
    said += [f"{words[0].upper()}{words[1:]}." for words in ratings.notes]
    return " ".join([*said, NOT_EFFECTS])


def _draw(ax, table: pd.DataFrame, outcome: str):
    from cxlab.experience.charts.drivers import draw_driver_shares

    return draw_driver_shares(ax, table, outcome=outcome)
