"""Means and correlations of ratings with gaps, and how far they may be off, from one pass over the ratings.

Gaps are filled by expectation–maximisation: the correlations under which the answers that were given are most likely
(Dempster, Laird & Rubin 1977). Dropping every row with a gap would lose most rows where things "do not apply" to many,
and correlations of pairs alone need not fit together (R² above 1). It holds if whether somebody skips a question
depends on the answers given, not on the one withheld.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cxlab.experience.drivers.ratings import Ratings

#: rows beyond which rows are dealt into groups as if by lot, and groups resampled: their number is enough to know the
#: spread to 2 %, and the cost of a draw no longer grows with respondents
MOST_ROWS, DEALT = 20_000, 2_000
_STEPS, _CLOSE, _CLOSE_DRAW = 500, 1e-8, 5e-4
_AT_ONCE = 50  # draws
_RIDGE = 1e-9  # where one question is a copy of another


@dataclass(frozen=True)
class Moments:
    """Means and correlations of outcome (first) and drivers, as measured and in draws of the Bayesian bootstrap.

    Parameters
    ----------
    mean : shape (1 + p,), points, of those who answered
    correlation : shape (1 + p, 1 + p), gaps filled
    means, correlations : the same with draws in front
    stated, stated_draws : mean importance as stated, shape (p,) and (draws, p); None where not asked
    pairwise : largest difference between the correlations and those of the pairs of answers alone
    """

    mean: np.ndarray
    correlation: np.ndarray
    means: np.ndarray
    correlations: np.ndarray
    stated: np.ndarray | None
    stated_draws: np.ndarray | None
    pairwise: float


@dataclass(frozen=True)
class _Blocks:
    """Sums over rows that are drawn together and have the same gaps; answers in spreads from their mean, gaps as 0.

    sums : of 1, x and the upper triangle of x xᵀ, shape (blocks, 1 + k + k(k+1)/2); stated: of stated importance, and
    of who stated it; unit: what each block is drawn with; size: shape of the Gamma weight of each unit; pattern: which
    row of `known` (patterns, k) says what was answered
    """

    sums: np.ndarray
    stated: np.ndarray
    unit: np.ndarray
    size: np.ndarray
    pattern: np.ndarray
    known: np.ndarray
    shift: np.ndarray
    spread: np.ndarray


def rating_moments(ratings: Ratings, *, draws: int = 500, rng: np.random.Generator | int = 0) -> Moments:
    """Means and correlations with draws.

    Parameters
    ----------
    draws : of the Bayesian bootstrap (Rubin 1981): respondents get Gamma(1) weights, all rows of one respondent the
        same; the sum of n such weights is Gamma(n), so alike respondents are drawn as one row. So that intervals hold
        in small samples, the spread of weights is n / (n − k − 1) times that, k being the questions: what the usual
        correction for fitted parameters does.

    >>> from cxlab.experience.drivers.ratings import Ratings
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"overall": [1., 2, 3, 4], "staff": [1., 3, 2, 4], "n": 25})
    >>> m = rating_moments(Ratings(rows, "overall", ("staff",)), draws=200)
    >>> round(float(m.correlation[0, 1]), 6), round(float(m.correlations[:, 0, 1].std()), 2)
    (0.8, 0.03)
    """
    rng = np.random.default_rng(rng)
    blocks = _blocks(ratings, rng)
    k = blocks.known.shape[1]
    table = _tables(blocks, np.ones((1, len(blocks.size))))
    mu, sigma = _filled(table, blocks.known, np.zeros((1, k)), np.eye(k)[None], close=_CLOSE)
    mean, stated = table.means(), table.stated
    found = []
    for first in range(0, draws, _AT_ONCE):
        shape = blocks.size * max(0.5, 1 - (k + 1) / ratings.n_respondents)
        weights = rng.standard_gamma(shape, (min(_AT_ONCE, draws - first), len(shape))) / shape
        drawn = _tables(blocks, weights)
        d = len(weights)
        _, cov = _filled(drawn, blocks.known, mu.repeat(d, 0), sigma.repeat(d, 0), close=_CLOSE_DRAW)
        found.append((drawn.means(), _correlation(cov), drawn.stated))
    means, correlations, said = (np.concatenate(part) for part in zip(*found, strict=True))
    asked, r = ratings.stated is not None, _correlation(sigma)[0]
    return Moments(
        mean=blocks.shift + blocks.spread * mean[0], correlation=r,
        means=blocks.shift + blocks.spread * means, correlations=correlations,
        stated=stated[0] if asked else None, stated_draws=said if asked else None,
        pairwise=float(np.nanmax(np.abs(r - table.pairwise(blocks.known)))),
    )  # fmt: skip


@dataclass(frozen=True)
class _Tables:
    """Weighted sums by pattern of gaps, for many weights: n (m, d), s (m, d, k), ss (m, d, k, k); stated (d, p)."""

    n: np.ndarray
    s: np.ndarray
    ss: np.ndarray
    known: np.ndarray
    stated: np.ndarray

    def means(self) -> np.ndarray:
        """Mean of those who answered, shape (d, k)."""
        return self.s.sum(0) / np.einsum("md,mk->dk", self.n, self.known)

    def pairwise(self, known: np.ndarray) -> np.ndarray:
        """Correlations of those who answered both, shape (k, k); NaN where nobody did, or without variance."""
        both = np.einsum("mi,mj->mij", known, known).astype(float)
        n = np.einsum("m,mij->ij", self.n[:, 0], both)
        with np.errstate(divide="ignore", invalid="ignore"):
            first = np.einsum("mi,mij->ij", self.s[:, 0], both) / n
            square = np.einsum("mii,mij->ij", self.ss[:, 0], both) / n
            cross = self.ss[:, 0].sum(0) / n
            variance = square - first**2
            return (cross - first * first.T) / np.sqrt(variance * variance.T)


def _blocks(ratings: Ratings, rng: np.random.Generator) -> _Blocks:
    values, n = ratings.values, ratings.rows["n"].to_numpy(float)
    answered = ~np.isnan(values)
    shift = (n @ np.where(answered, values, 0.0)) / (n @ answered)
    x = np.where(answered, values - shift, 0.0)
    spread = np.sqrt((n @ x**2) / (n @ answered))
    spread[spread == 0] = 1.0
    x /= spread
    known, pattern = np.unique(answered, axis=0, return_inverse=True)
    pattern = pattern.reshape(-1)
    stated = [] if ratings.stated is None else [
        *ratings.stated.fillna(0.0).to_numpy(float).T, *ratings.stated.notna().to_numpy(float).T,
    ]  # fmt: skip
    i, j = np.triu_indices(x.shape[1])
    columns = [np.ones(len(x)), *x.T, *(x[:, a] * x[:, b] for a, b in zip(i, j, strict=True))]
    unit = np.arange(len(n)) if ratings.cluster is None else ratings.cluster
    if len(n) > MOST_ROWS:
        dealt = (rng.permutation(unit.max() + 1) % DEALT)[unit]
        cells, at = np.unique(pattern * DEALT + dealt, return_inverse=True)
        pattern, unit, size = cells // DEALT, cells % DEALT, np.ones(DEALT)
    else:
        cells, at = n, np.arange(len(n))
        size = n if ratings.cluster is None else np.ones(unit.max() + 1)

    def summed(parts):
        made = [np.bincount(at, n * part, len(cells)) for part in parts]
        return np.stack(made, 1) if made else np.zeros((len(cells), 0))

    return _Blocks(summed(columns), summed(stated), unit, size, pattern, known, shift, spread)


def _tables(blocks: _Blocks, weights: np.ndarray) -> _Tables:
    """Sums under weights of units, shape (d, units)."""
    m, k = blocks.known.shape
    i, j = np.triu_indices(k)
    sums = np.empty((m, len(weights), blocks.sums.shape[1]))
    for g in range(m):
        own = blocks.pattern == g
        sums[g] = weights[:, blocks.unit[own]] @ blocks.sums[own]
    square = np.empty((m, len(weights), k, k))
    square[..., i, j] = square[..., j, i] = sums[..., 1 + k :]
    said = weights[:, blocks.unit] @ blocks.stated
    p = said.shape[1] // 2
    with np.errstate(divide="ignore", invalid="ignore"):
        stated = said[:, :p] / said[:, p:]
    return _Tables(sums[..., 0], sums[..., 1 : 1 + k], square, blocks.known, stated)


def _filled(table: _Tables, known: np.ndarray, mu, sigma, *, close: float) -> tuple[np.ndarray, np.ndarray]:
    """Mean and covariance under which the answers are most likely, shapes (d, k) and (d, k, k), from a start."""
    whole = known.all(1)
    n = table.n.sum(0)
    base, base2 = table.s[whole].sum(0), table.ss[whole].sum(0)
    if whole.all():
        mean = base / n[:, None]
        return mean, base2 / n[:, None, None] - mean[:, :, None] * mean[:, None, :]
    gaps = np.flatnonzero(~whole)
    for _ in range(_STEPS):
        total, square = base.copy(), base2.copy()
        for g in gaps:
            o, u = np.flatnonzero(known[g]), np.flatnonzero(~known[g])
            firm = sigma[:, o[:, None], o] + _RIDGE * np.eye(len(o))
            slope = np.linalg.solve(firm, sigma[:, o[:, None], u]).swapaxes(1, 2)
            rest = sigma[:, u[:, None], u] - slope @ sigma[:, o[:, None], u]
            # what is missing, told from what is there: slope · (x_o − mu_o) + mu_u
            at = mu[:, u] - np.einsum("duo,do->du", slope, mu[:, o])
            s, ss, w = table.s[g][:, o], table.ss[g][:, o[:, None], o], table.n[g][:, None]
            told = np.einsum("duo,do->du", slope, s)
            cross = slope @ ss + at[:, :, None] * s[:, None, :]
            own = slope @ ss @ slope.swapaxes(1, 2) + w[:, :, None] * (at[:, :, None] * at[:, None, :] + rest)
            own += told[:, :, None] * at[:, None, :] + at[:, :, None] * told[:, None, :]
            total[:, o] += s
            total[:, u] += told + w * at
            square[:, o[:, None], o] += ss
            square[:, u[:, None], o] += cross
            square[:, o[:, None], u] += cross.swapaxes(1, 2)
            square[:, u[:, None], u] += own
        new = total / n[:, None]
        cov = square / n[:, None, None] - new[:, :, None] * new[:, None, :]
        moved = np.abs(cov - sigma).max() + np.abs(new - mu).max()
        mu, sigma = new, cov
        if moved < close:
            break
    return mu, sigma


def _correlation(covariance: np.ndarray) -> np.ndarray:
    spread = np.sqrt(np.einsum("dii->di", covariance))
    return covariance / (spread[:, :, None] * spread[:, None, :])
