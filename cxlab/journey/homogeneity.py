"""Do groups of journeys follow one matrix of transitions? A permutation test, a Bayes factor and effect sizes.

Everything works on units (customers, or journeys) counted by distinct pattern: how often each took each transition.
Under the hypothesis of one map, which persona a unit bears says nothing about its transitions, so personas may be dealt
out anew; contacts of one unit stay together, and nothing is supposed about them, not even that they are a Markov chain.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix
from scipy.special import gammaln, xlogy

#: Dirichlet prior of each transition that was seen at all (Jeffreys)
_PRIOR = 0.5
_BATCH = 200


@dataclass(frozen=True)
class Patterns:
    """Units by distinct pattern.

    Parameters
    ----------
    counts : sparse, shape (n_patterns, n_cells): how often a unit of the pattern took the transition
    units : shape (n_patterns, n_personas): how many units of the persona show the pattern
    row : shape (n_cells,): number of the source of each transition, 0, 1, …
    """

    counts: csr_matrix
    units: np.ndarray
    row: np.ndarray

    @property
    def n_rows(self) -> int:
        """Number of sources."""
        return int(self.row.max()) + 1

    @classmethod
    def of(cls, unit: np.ndarray, cell: np.ndarray, n: np.ndarray, persona: np.ndarray, row: np.ndarray) -> Patterns:
        """Patterns from one entry a unit and transition.

        Parameters
        ----------
        unit, cell, n : number of the unit (0, 1, …, each met), of the transition, and how often, shape (n_entries,)
        persona : shape (n_units,), 0, 1, …
        row : shape (n_cells,)

        >>> unit, cell, persona = np.array([0, 1, 2, 2]), np.array([0, 0, 0, 1]), np.array([0, 1, 1])
        >>> p = Patterns.of(unit, cell, np.ones(4), persona, np.array([0, 0]))
        >>> p.counts.toarray().tolist(), p.units.tolist()
        ([[1.0, 0.0], [1.0, 1.0]], [[1, 1], [0, 1]])
        """
        each = csr_matrix((n.astype(float), (unit, cell)), shape=(len(persona), len(row)))
        # a random number for every transition: sums that are equal belong to equal patterns
        lots = np.random.default_rng(0).integers(1, 2**31, (len(row), 2)).astype(float)
        marks = np.ascontiguousarray(each @ lots)
        _, first, pattern = np.unique(marks, axis=0, return_index=True, return_inverse=True)
        units = np.zeros((len(first), int(persona.max()) + 1), dtype=np.int64)
        np.add.at(units, (pattern.ravel(), persona), 1)
        order = np.argsort(first)
        return cls(each[first[order]], units[order], np.asarray(row))


@dataclass(frozen=True)
class Homogeneity:
    """What the test says.

    Parameters
    ----------
    p_value, p_error : of the permutation test on G², and its Monte-Carlo standard error
    log10_bayes_factor : of separate maps against one (positive: separate)
    row_p : p-value of each source
    share, difference, difference_error, difference_p : of each persona and transition, shape (n_personas, n_cells):
        share of the source's contacts, its difference to that of the other personas together, standard error, p-value
    expected : fewest contacts expected of persona or others under one map, of each persona and transition
    divergence, divergence_error : of each source, Jensen–Shannon divergence between personas (0 … 1), less what one map
        would show by chance, and its standard error
    overall, overall_error, apart, apart_error : divergence of all sources by traffic; share of next steps that differ
    """

    p_value: float
    p_error: float
    log10_bayes_factor: float
    row_p: np.ndarray
    share: np.ndarray
    difference: np.ndarray
    difference_error: np.ndarray
    difference_p: np.ndarray
    expected: np.ndarray
    divergence: np.ndarray
    divergence_error: np.ndarray
    overall: float
    overall_error: float
    apart: float
    apart_error: float
    contacts: np.ndarray


def homogeneity(patterns: Patterns, *, permutations: int = 1999, rng: np.random.Generator | int = 1) -> Homogeneity:
    """Test whether personas share one matrix of transitions, and how far apart they are.

    Parameters
    ----------
    permutations : deals of personas over units

    Notes
    -----
    G² = 2 Σ n log(n·n.. / n.·n.) over sources, against its distribution when personas are dealt anew over units: of
    each pattern a multivariate hypergeometric number, which is the exact permutation distribution. The Bayes factor
    compares Dirichlet–multinomial marginal likelihoods with ½ in every transition seen, where each source may or may
    not differ with even odds; unlike the test, it takes the contacts of a unit for independent given the map.
    Divergence and share apart are biased upward by chance: the mean under permutation is taken off; their variance is
    the sum over units of squared influences and of that under permutation. Differences are judged by their standard
    deviation under permutation. Sources: Anderson & Goodman (1957), Statistical inference about Markov chains, Annals
    of Mathematical Statistics 28(1), for G²; Good (1976), On the application of symmetric Dirichlet distributions,
    Annals of Statistics 4(6), for the Bayes factor; Lin (1991), Divergence measures based on the Shannon entropy, IEEE
    Transactions on Information Theory 37(1); Phipson & Smyth (2010), Permutation p-values should never be zero,
    Statistical Applications in Genetics and Molecular Biology 9(1).

    >>> unit = np.repeat(np.arange(60), 1); persona = unit % 2
    >>> same = Patterns.of(unit, unit // 2 % 2, np.ones(60), persona, np.array([0, 0]))
    >>> other = Patterns.of(unit, persona, np.ones(60), persona, np.array([0, 0]))
    >>> homogeneity(same, permutations=99).p_value > .5, homogeneity(other, permutations=99).p_value
    (True, 0.01)
    """
    rng = np.random.default_rng(rng)
    p = patterns
    observed = (p.counts.T @ p.units).T  # shape (personas, cells)
    stats = _Statistics(p.row, observed)
    seen = stats.of(observed[None])
    total, sums = 0, None
    above, row_above = 0, np.zeros(p.n_rows)
    while total < permutations:
        size = min(_BATCH, permutations - total)
        dealt = stats.of(_deal(p, size, rng))
        above += int((dealt["g2"] >= seen["g2"] * (1 - 1e-12)).sum())
        row_above += (dealt["row_g2"] >= seen["row_g2"] * (1 - 1e-12)).sum(0)
        moments = {k: np.array([v.sum(0), (v**2).sum(0)]) for k, v in dealt.items()}
        sums = moments if sums is None else {k: sums[k] + v for k, v in moments.items()}
        total += size
    null = {k: (v[0] / total, np.maximum(v[1] / total - (v[0] / total) ** 2, 0)) for k, v in sums.items()}
    p_value = (above + 1) / (total + 1)
    influence = _influences(p, observed, stats)
    found = {}
    for name in ("divergence", "overall", "apart"):
        mean, variance = null[name]
        found[name] = np.clip(seen[name][0] - mean, 0, 1)
        found[f"{name}_error"] = np.sqrt(influence[name] + variance)
    difference, spread = seen["difference"][0], np.sqrt(null["difference"][1])
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(spread > 0, (difference - null["difference"][0]) / spread, 0.0)
    n = observed.sum(0)
    rows = stats.row_sums(observed)[:, p.row]
    least = np.minimum(rows, rows.sum(0) - rows) / rows.sum(0)
    return Homogeneity(
        p_value=p_value, p_error=float(np.sqrt(p_value * (1 - p_value) / total)),
        log10_bayes_factor=_bayes_factor(observed, p.row), row_p=(row_above + 1) / (total + 1),
        share=stats.shares(observed[None])[0], difference=difference, difference_error=influence["difference"],
        difference_p=_two_sided(z), expected=least * n, contacts=observed,
        **{k: float(v) if np.ndim(v) == 0 else v for k, v in found.items()},
    )  # fmt: skip


def _two_sided(z: np.ndarray) -> np.ndarray:
    from scipy.special import ndtr

    return 2 * ndtr(-np.abs(z))


def _deal(p: Patterns, size: int, rng: np.random.Generator) -> np.ndarray:
    """Counts of transitions when personas are dealt anew, shape (size, personas, cells)."""
    left = np.broadcast_to(p.units.sum(1), (size, len(p.units))).copy()
    dealt = []
    for n in p.units.sum(0)[:-1]:
        if dealt:
            drawn = np.array([rng.multivariate_hypergeometric(own, n, method="marginals") for own in left])
        else:
            drawn = rng.multivariate_hypergeometric(left[0], n, size=size, method="marginals")
        left -= drawn
        dealt.append((p.counts.T @ drawn.T.astype(float)).T)
    dealt.append((p.counts.T @ left.T.astype(float)).T)
    return np.stack(dealt, axis=1)


class _Statistics:
    """Statistics of tables of counts, shape (n_tables, personas, cells), all with the same sum over personas."""

    def __init__(self, row: np.ndarray, observed: np.ndarray):
        self.row, self.personas = row, len(observed)
        self.inside = np.zeros((len(row), row.max() + 1))
        self.inside[np.arange(len(row)), row] = 1
        self.total = observed.sum(0)
        rows = self.row_sums(observed)
        self.traffic = (rows / rows.sum(-1, keepdims=True)).mean(0)
        pooled_rows = self.total @ self.inside
        self.pooled = -xlogy(self.total, self.total) @ self.inside + xlogy(pooled_rows, pooled_rows)

    def row_sums(self, counts: np.ndarray) -> np.ndarray:
        """Contacts of each source."""
        return counts @ self.inside

    def shares(self, counts: np.ndarray) -> np.ndarray:
        """Share of a transition among those from its source; that of all personas where a persona was never there."""
        rows = self.row_sums(counts)[..., self.row]
        pooled = self.total / (self.total @ self.inside)[self.row]
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(rows > 0, counts / rows, pooled)

    def of(self, counts: np.ndarray) -> dict[str, np.ndarray]:
        rows = self.row_sums(counts)
        row_g2 = 2 * ((xlogy(counts, counts) @ self.inside - xlogy(rows, rows)).sum(1) + self.pooled)
        shares = self.shares(counts)
        middle = shares.mean(1, keepdims=True)
        entropy = -xlogy(middle[:, 0], middle[:, 0]) + xlogy(shares, shares).mean(1)
        divergence = entropy @ self.inside / np.log(self.personas)
        apart = np.abs(shares - middle).sum(1) @ self.inside / 2 / (self.personas - 1)
        others = self.total - counts
        other_rows = (self.total @ self.inside - rows)[..., self.row]
        with np.errstate(divide="ignore", invalid="ignore"):
            other = np.where(other_rows > 0, others / other_rows, np.nan)
        difference = np.where((other_rows > 0) & (rows[..., self.row] > 0), shares - other, 0.0)
        return {"g2": row_g2.sum(-1), "row_g2": row_g2, "divergence": divergence, "overall": divergence @ self.traffic,
                "apart": apart @ self.traffic, "difference": difference}  # fmt: skip


def _influences(p: Patterns, observed: np.ndarray, stats: _Statistics) -> dict[str, np.ndarray]:
    """Variances (of differences: standard errors) from what each unit adds, units being independent."""
    shares = stats.shares(observed[None])[0]
    rows = stats.row_sums(observed)
    middle = shares.mean(0)
    visits = p.counts @ stats.inside  # of a unit of each pattern, by source
    k = len(observed)
    variances = {"divergence": 0.0, "overall": 0.0, "apart": 0.0}
    errors = []
    for persona in range(k):
        units = p.units[:, persona].astype(float)
        inflate = units.sum() / max(units.sum() - 1, 1)
        with np.errstate(divide="ignore", invalid="ignore"):
            slope = np.where(shares[persona] > 0, np.log(shares[persona] / middle), 0.0) / (k * np.log(k))
            per_contact = np.where(rows[persona] > 0, 1 / rows[persona], 0.0)
        slopes = {"divergence": slope, "apart": np.sign(shares[persona] - middle) / (2 * (k - 1))}
        for name, gradient in slopes.items():
            toward = p.counts @ (stats.inside * gradient[:, None])
            level = (gradient * shares[persona]) @ stats.inside
            each = (toward - visits * level) * per_contact
            if name == "divergence":
                variances["divergence"] += inflate * units @ each**2
                variances["overall"] += inflate * units @ (each @ stats.traffic) ** 2
            else:
                variances["apart"] += inflate * units @ (each @ stats.traffic) ** 2
        errors.append(_share_variances(p, units, shares[persona], visits, per_contact))
        rest = p.units.sum(1) - units
        rest_rows = rows.sum(0) - rows[persona]
        with np.errstate(divide="ignore", invalid="ignore"):
            rest_share = np.nan_to_num((observed.sum(0) - observed[persona]) / rest_rows[p.row])
            rest_contact = np.where(rest_rows > 0, 1 / rest_rows, 0.0)
        errors[-1] = np.sqrt(errors[-1] + _share_variances(p, rest, rest_share, visits, rest_contact))
    return variances | {"difference": np.array(errors)}


def _share_variances(p: Patterns, units, shares, visits, per_contact) -> np.ndarray:
    """Variance of every share, clustered by unit, with one more unit that did and one that did not as a floor."""
    squares = p.counts.multiply(p.counts).T @ units
    products = p.counts.multiply(csr_matrix(visits[:, p.row])).T @ units
    visit_squares = (units @ visits**2)[p.row]
    inflate = units.sum() / max(units.sum() - 1, 1)
    sandwich = inflate * (squares - 2 * shares * products + shares**2 * visit_squares) * per_contact[p.row] ** 2
    # where all or none of the contacts took the transition: as many visits as count, were all units to contribute alike
    visits_sum = np.divide(1.0, per_contact, out=np.zeros_like(per_contact), where=per_contact > 0)[p.row]
    effective = np.divide(visits_sum**2, visit_squares, out=np.zeros_like(visits_sum), where=visit_squares > 0)
    smoothed = (shares * effective + 1) / (effective + 2)
    return np.maximum(sandwich, smoothed * (1 - smoothed) / (effective + 2) * (np.minimum(shares, 1 - shares) < 1e-12))


def _bayes_factor(observed: np.ndarray, row: np.ndarray) -> float:
    cells = np.bincount(row)
    prior = _PRIOR * cells

    def evidence(counts):
        rows = np.bincount(row, counts, minlength=len(cells))
        inner = np.bincount(row, gammaln(counts + _PRIOR) - gammaln(_PRIOR))
        return gammaln(prior) - gammaln(prior + rows) + inner

    separate = sum(evidence(own) for own in observed) - evidence(observed.sum(0))
    return float((np.logaddexp(0, separate) - np.log(2)).sum() / np.log(10))


def false_discovery(p: np.ndarray) -> np.ndarray:
    """Adjusted p-values: rejecting those below q keeps the expected share of false ones below q.

    Notes
    -----
    Benjamini & Hochberg (1995), Controlling the false discovery rate, Journal of the Royal Statistical Society B 57(1).

    >>> false_discovery(np.array([.01, .04, .03, .5])).round(3).tolist()
    [0.04, 0.053, 0.053, 0.5]
    """
    from scipy.stats import false_discovery_control

    return false_discovery_control(p) if len(p) else p
