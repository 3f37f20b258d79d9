"""A hierarchical model of ordered answers: thresholds common to all cells, shifts that are normal with learnt spreads.

The joint log density with its derivatives, where it peaks given the spreads (Laplace), and the exact density in which
the shift of every cell is integrated out. All cost cells × categories.
"""

from __future__ import annotations

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.special import log_expit, logsumexp

from cxlab.experience.scores.ordinal import (
    counts_log_likelihood,
    derivatives,
    first_and_gaps,
    first_and_gaps_back,
    pooled_thresholds,
    to_gaps,
)

#: rate of the Gamma(2, rate) prior of every spread, in log odds: touchpoints that differ by 2 or more are hardly met
RATE = 2.0
_REACH = np.arange(-4.0, 5.0)  # nodes of quadrature, in standard deviations: exact to seven digits
_WITHIN = np.linspace(-4, 4, 81)
_SPLINE = CubicSpline(_REACH, np.eye(len(_REACH)))(_WITHIN)
_BLOCK = 1_500_000  # numbers held at once


class Hierarchy:
    """Counts, priors and what cells share."""

    def __init__(self, counts, factors):
        self.counts, self.cells, self.cuts = counts, len(counts), counts.shape[1] - 1
        codes = [np.unique(code, return_inverse=True)[1] for code in factors]
        self.mains = [np.eye(code.max() + 1)[code] for code in codes]
        self.main = np.concatenate([np.zeros((self.cells, 0)), *self.mains], axis=1)
        self.sizes = [m.shape[1] for m in self.mains]
        self.spreads = len(self.sizes) + 1
        # counts without a shift that carry the prior of the thresholds
        self.prior_counts = np.full(counts.shape[1], 1 / counts.shape[1] - 1)
        self.all_counts = np.vstack([counts, self.prior_counts])
        self.all_main = np.vstack([self.main, np.zeros(self.main.shape[1])])
        first = first_and_gaps(pooled_thresholds(counts.sum(0)))
        self.outer = self.cuts + self.main.shape[1]
        self.start = np.concatenate([first, np.zeros(self.main.shape[1] + self.cells)])

    def variances(self, spread):
        """Of every shift, from the spreads (last axis); factors first, then cells."""
        square = np.square(spread)
        parts = [np.repeat(square[..., [i]], n, axis=-1) for i, n in enumerate([*self.sizes, self.cells])]
        return np.concatenate(parts, axis=-1)

    def log_spread(self, spread):
        """Prior of the logarithms of the spreads, along the last axis."""
        return (2 * np.log(spread) - RATE * spread).sum(-1)

    def log_prior(self, point):
        """Of the first threshold and the log distances, along the last axis."""
        theta = first_and_gaps_back(point)
        bare = counts_log_likelihood(theta, np.zeros(theta.shape[:-1]), self.prior_counts)
        return bare + (log_expit(theta) + log_expit(-theta)).sum(-1) + point[..., 1:].sum(-1)

    def joint(self, v, variance):
        """Log density of thresholds and all shifts given the variances of the shifts."""
        told = counts_log_likelihood(first_and_gaps_back(v[: self.cuts]), self.shift(v), self.counts).sum()
        return told + self.log_prior(v[: self.cuts]) - 0.5 * (v[self.cuts :] ** 2 / variance).sum()

    def shift(self, v):
        """η of every cell."""
        return self.main @ v[self.cuts : self.outer] + v[self.outer :]

    def derivatives(self, v, variance):
        """Slopes, and the negative curvature in blocks: outer (thresholds, factors), cells (diagonal), and both."""
        c, k = self.cuts, self.outer
        theta = first_and_gaps_back(v[:c])
        # the counts of the prior stand in a last row without a shift
        told = derivatives(theta, np.append(self.shift(v), 0.0), self.all_counts)
        slope, curve = told.through(self.all_main)
        F = 1 / (1 + np.exp(-theta))
        at = np.arange(c)
        slope[:c] += 1 - 2 * F
        curve[at, at] -= 2 * F * (1 - F)
        cell, both = -told.eta_eta[:-1], np.concatenate([told.theta_eta[:, :-1], self.main.T * told.eta_eta[:-1]])
        # the distances of thresholds move all that follow
        both[:c] = (np.tril(np.concatenate([[1.0], np.exp(v[1:c])]) * np.ones((c, 1)))).T @ both[:c]
        slope, curve = to_gaps(v[:c], slope, curve)
        slope[1:c] += 1
        slope = np.concatenate([slope, told.eta[:-1]])
        slope[c:] -= v[c:] / variance
        at = np.arange(c, k)
        curve[at, at] -= 1 / variance[: k - c]
        return slope, -curve, cell + 1 / variance[k - c :], -both

    def mode(self, spread, start):
        """Where the joint density peaks given the spreads, information on the outer, Laplace's density of the spreads.

        Cells are met by the outer coordinates only, so they are taken out first, at a cost that grows as they do.
        """
        k, variance = self.outer, self.variances(spread)
        v, best = start, self.joint(start, variance)
        for _ in range(60):
            slope, outer, cells, both = self.derivatives(v, variance)
            left = outer - (both / cells) @ both.T
            ridge = max(0.0, 1e-3 - 2 * np.linalg.eigvalsh(left)[0])
            step = np.linalg.solve(left + ridge * np.eye(k), slope[:k] - both @ (slope[k:] / cells))
            step = np.concatenate([step, (slope[k:] - both.T @ step) / cells])
            share = 1.0
            while share > 1e-6 and not self.joint(v + share * step, variance) >= best - 1e-9:
                share /= 2
            v = v + share * step
            best = self.joint(v, variance)
            if slope @ step < 1e-6:
                break
        _, outer, cells, both = self.derivatives(v, variance)
        left = outer - (both / cells) @ both.T
        log_det = np.linalg.slogdet(left)[1] + np.log(cells).sum()
        return v, left, best - 0.5 * np.log(variance).sum() - 0.5 * log_det + self.log_spread(spread)

    def given(self, outer, spread, centre, rng):
        """Exact log posterior of thresholds, shifts of factors and spreads, and a draw of the shifts of cells.

        Parameters
        ----------
        outer : shape (draws, cuts + shifts of factors); spread : shape (draws, spreads)
        centre : where the shifts of cells are looked for first, shape (draws, cells)

        Returns
        -------
        log_posterior : shape (draws,); eta, information (of the cell's own answers) : shape (draws, cells)
        """
        draws, c = len(outer), self.cuts
        log_posterior, eta, information = np.empty(draws), np.empty((draws, self.cells)), np.empty((draws, self.cells))
        size = max(1, _BLOCK // self.counts.size)
        for first in range(0, draws, size):
            at = slice(first, first + size)
            theta = first_and_gaps_back(outer[at, None, :c])
            base = outer[at, c:] @ self.main.T
            precision = 1 / np.square(spread[at, -1:])
            w = centre[at]
            for _ in range(3):
                slope, own = self._about(theta, base + w)
                w = w + np.clip((slope - w * precision) / (own + precision), -2, 2)
            sd = 1 / np.sqrt(own + precision)
            logs = np.stack([
                counts_log_likelihood(theta, base + w + t * sd, self.counts)
                - 0.5 * precision * (w + t * sd) ** 2 for t in _REACH
            ], axis=-1)  # fmt: skip
            inside = logsumexp(logs, axis=-1) + np.log(sd) + 0.5 * np.log(precision) - 0.5 * np.log(2 * np.pi)
            log_posterior[at] = inside.sum(1)
            eta[at] = base + w + sd * _within(logs, rng)
            information[at] = own
        variance = self.variances(spread)[:, : -self.cells]
        log_posterior += self.log_prior(outer[:, :c])
        log_posterior -= 0.5 * (outer[:, c:] ** 2 / variance + np.log(2 * np.pi * variance)).sum(1)
        return log_posterior + self.log_spread(spread), eta, information

    def _about(self, theta, eta):
        """Slope and information of every cell's answers in its shift."""
        below = 1 / (1 + np.exp(eta[..., None] - theta))
        ends = np.concatenate([np.zeros_like(below[..., :1]), below, np.ones_like(below[..., :1])], axis=-1)
        dense = ends * (1 - ends)
        slope = (self.counts * (ends[..., 1:] + ends[..., :-1] - 1)).sum(-1)
        return slope, (self.counts * (dense[..., 1:] + dense[..., :-1])).sum(-1)


def _within(logs, rng):
    """A draw from densities known at `_REACH` (last axis): inverse of the distribution function between them."""
    fine = (logs - logs.max(-1, keepdims=True)) @ _SPLINE.T
    mass = np.cumsum(np.exp(fine), axis=-1)
    chosen = rng.random(logs.shape[:-1]) * mass[..., -1]
    at = np.minimum((mass < chosen[..., None]).sum(-1), len(_WITHIN) - 1)
    return _WITHIN[at] + (rng.random(at.shape) - 0.5) * (_WITHIN[1] - _WITHIN[0])
