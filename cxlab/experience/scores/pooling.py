"""Groups that learn from each other: the posterior of a hierarchical model of ordered answers, from counts.

Answers of a cell (a touchpoint, or a touchpoint of one brand) follow a cumulative logit with thresholds common to all
cells and a shift of its own; shifts are normal around zero with a spread that is learnt. Where two factors cross, a
shift is the sum of one of each factor and one of the cell alone, each with its spread.

The way to the posterior costs cells × categories, whatever the number of answers. Laplace's method gives the spreads
(on a grid) and, given them, thresholds and shifts of factors; draws of those are weighted by the exact posterior, in
which the shift of every cell is integrated out by quadrature and then drawn from what is left. Pareto's k̂ of the
weights says whether the draws may be used.

Sources: Rue, Martino & Chopin (2009), Approximate Bayesian inference for latent Gaussian models, Journal of the Royal
Statistical Society B 71(2), for the grid of spreads; Vehtari, Simpson, Gelman, Yao & Gabry (2024), Pareto smoothed
importance sampling, Journal of Machine Learning Research 25.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.interpolate import RegularGridInterpolator
from scipy.special import gammaln, logsumexp

from cxlab.cltv.importance import pareto_smoothed
from cxlab.experience.scores.hierarchy import Hierarchy
from cxlab.experience.scores.ordinal import category_shares, first_and_gaps_back
from cxlab.montecarlo import effective_size

#: spreads looked at, in log odds: below the first nothing could be seen
_LEAST, _MOST = 0.01, 4.0
_NODES = {1: 25, 3: 7}  # of the grid on each axis, by the number of spreads
_FINE = {1: 480, 3: 48}
_DROP = 9.0  # log density below the top that is left out
_DEGREES = 8
_ENOUGH = 1000  # effective draws


@dataclass(frozen=True)
class PooledDraws:
    """Weighted draws of the shares of all answers in every cell.

    Parameters
    ----------
    shares : shape (draws, cells, categories), categories as in the counts
    weights : shape (draws,), summing to 1
    spread : sd of the shifts of each factor, and of the cells, in log odds, shape (draws, spreads)
    pulled : share of the way to the common answers, shape (cells,)
    k_hat : below 0.7 the draws may be used
    """

    shares: np.ndarray
    weights: np.ndarray
    spread: np.ndarray
    pulled: np.ndarray
    k_hat: float


def sample_pooled(
    counts, *, factors: Sequence[np.ndarray] = (), draws: int = 4000, rng: np.random.Generator | int = 1
) -> PooledDraws:
    """Draw the shares of answers of all cells from their joint posterior.

    Parameters
    ----------
    counts : (effective) answers, shape (cells, categories), lowest category first; a category that nobody chose is
        given no share
    factors : two codes 0, 1, … of each cell where cells are made of two factors, shape (cells,) each
    draws : number of draws; four times as many where they turn out to be worth few

    Notes
    -----
    Priors: spreads Gamma(2, 2) in log odds, which keeps them off zero where there are few cells (Chung, Rabe-Hesketh,
    Dorie, Gelman & Liu 2013, A nondegenerate penalized likelihood estimator for variance parameters, Psychometrika
    78(4)); shares of a cell with no shift Dirichlet with one answer in
    all, spread over the categories that occur.

    >>> found = sample_pooled([[2, 5, 13], [9, 7, 4], [6, 8, 6]], draws=1000)
    >>> top = found.weights @ found.shares[:, :, 2]
    >>> bool(13 / 20 > top[0] > top[2] > top[1] > 4 / 20), bool(found.k_hat < .7)
    (True, True)
    """
    rng = np.random.default_rng(rng)
    counts = np.asarray(counts, dtype=float)
    met = counts.sum(0) > 0
    model = Hierarchy(counts[:, met], factors)
    grid = _grid(model)
    for size in (draws, 4 * draws):
        z, log_z = grid.draw(size, rng)
        outer, log_outer, centre = grid.outer(z, rng)
        log_posterior, eta, information = model.given(outer, np.exp(z), centre, rng)
        smoothed, k_hat = pareto_smoothed(log_posterior - log_z - log_outer)
        if effective_size(np.exp(smoothed)) >= min(_ENOUGH, draws / 4):
            break
    weights = np.exp(smoothed)
    shares = np.zeros((len(weights), len(counts), len(met)))
    shares[:, :, met] = category_shares(first_and_gaps_back(outer[:, None, : model.cuts]), eta)
    own = 1 / (1 + information * np.square(np.exp(z)).sum(1)[:, None])
    return PooledDraws(shares, weights, np.exp(z), weights @ own, k_hat)


@dataclass(frozen=True)
class _Grid:
    """Laplace's density of the logarithms of spreads in fine boxes, and what peaks where given them."""

    model: Hierarchy
    nodes: list[np.ndarray]
    modes: np.ndarray  # (*nodes, thresholds and shifts)
    roots: np.ndarray  # (*nodes, outer, outer): of the covariance of thresholds and shifts of factors
    fine: list[np.ndarray]
    log_mass: np.ndarray  # of each fine box

    def draw(self, draws, rng):
        """Logarithms of spreads, shape (draws, spreads), and the log density they were drawn with."""
        mass = np.exp(self.log_mass - logsumexp(self.log_mass)).ravel()
        chosen = np.searchsorted(np.cumsum(mass), (rng.random() + np.arange(draws)) / draws * (1 - 1e-12))
        chosen = rng.permutation(np.minimum(chosen, len(mass) - 1))
        place = np.unravel_index(chosen, self.log_mass.shape)
        width = np.array([f[1] - f[0] for f in self.fine])
        z = np.stack([f[p] for f, p in zip(self.fine, place, strict=True)], axis=1)
        return z + width * (rng.random(z.shape) - 0.5), np.log(mass[chosen]) - np.log(width).sum()

    def outer(self, z, rng):
        """Thresholds and shifts of factors given spreads, by a t around where they peak; their log density; cells."""
        model, k = self.model, self.roots.shape[-1]
        z = np.clip(z, [n[0] for n in self.nodes], [n[-1] for n in self.nodes])
        middle = RegularGridInterpolator(self.nodes, self.modes)(z)
        nearest = tuple(np.abs(z[:, [i]] - n).argmin(1) for i, n in enumerate(self.nodes))
        root = self.roots[nearest]
        normal = rng.standard_normal((len(z), k)) * np.sqrt(_DEGREES / rng.chisquare(_DEGREES, len(z)))[:, None]
        log_density = (
            gammaln((_DEGREES + k) / 2) - gammaln(_DEGREES / 2) - 0.5 * k * np.log(_DEGREES * np.pi)
            - 0.5 * (_DEGREES + k) * np.log1p(np.square(normal).sum(1) / _DEGREES)
            - np.log(np.diagonal(root, axis1=1, axis2=2)).sum(1)
        )  # fmt: skip
        return middle[:, :k] + np.einsum("nij,nj->ni", root, normal), log_density, middle[:, -model.cells :]


def _grid(model: Hierarchy) -> _Grid:
    k = model.outer
    ends = np.log([_LEAST, _MOST])
    at, start = np.full(model.spreads, np.log(0.3)), model.start
    line = np.linspace(*ends, 13)
    for _ in range(1 if model.spreads == 1 else 2):  # along each axis in turn, to the top
        reach = []
        for i in range(model.spreads):
            height = []
            for value in line:
                at[i] = value
                start, _, log_density = model.mode(np.exp(at), start)
                height.append(log_density)
            height = np.array(height)
            at[i] = line[height.argmax()]
            near = np.flatnonzero(height > height.max() - _DROP)
            reach.append((line[max(near[0] - 1, 0)], line[min(near[-1] + 1, len(line) - 1)]))
    nodes = [np.linspace(*r, _NODES[model.spreads]) for r in reach]
    shape = tuple(map(len, nodes))
    log_density, modes = np.empty(shape), np.empty((*shape, len(start)))
    roots = np.empty((*shape, k, k))
    for place in np.ndindex(shape):
        spread = np.exp([n[p] for n, p in zip(nodes, place, strict=True)])
        start, information, log_density[place] = model.mode(spread, start)
        modes[place] = start
        roots[place] = np.linalg.cholesky(np.linalg.inv(information))
    fine = []
    for n in nodes:
        edges = np.linspace(n[0], n[-1], _FINE[model.spreads] + 1)
        fine.append((edges[1:] + edges[:-1]) / 2)
    points = np.stack(np.meshgrid(*fine, indexing="ij"), axis=-1)
    smooth = RegularGridInterpolator(nodes, log_density, method="cubic")(points)
    return _Grid(model, nodes, modes, roots, fine, smooth - smooth.max())
