"""Types of journeys: distinct paths grouped around medoids by alignment distance, and whether there are any.

Weights are journeys: a path taken by three counts as three equal paths. Sources: Kaufman & Rousseeuw (1990), Finding
Groups in Data (medoids, silhouette, sampling for large data); Schubert & Rousseeuw (2021), Fast and eager k-medoids
clustering, Information Systems 101; Studer (2013), WeightedCluster library manual, LIVES working paper 24 (weighted
silhouette); Hennig (2007), Cluster-wise assessment of cluster stability, Computational Statistics & Data Analysis
52(1); Studer (2021), Validating sequence analysis typologies, Sociological Methodology 51(2).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cxlab.errors import ParameterError
from cxlab.journey.alignment import distances, substitution_costs
from cxlab.journey.complexity import PAD
from cxlab.journey.paths import Paths

#: distinct paths that are compared with each other; the others join the nearest medoid
COMPARED = 1_000
#: mean silhouette below which there is no structure to speak of (Kaufman & Rousseeuw), and mean Jaccard similarity of a
#: type with its nearest in bootstrapped journeys below which it should not be believed (Hennig)
LEAST_SILHOUETTE, LEAST_STABILITY = 0.25, 0.6
#: journeys and repetitions of the comparison with journeys of one chain: 19 put its level at 5 %
_CHAIN_JOURNEYS, _CHAINS = 300, 19


@dataclass(frozen=True)
class Types:
    """Types of journeys; a single one where the paths support no more.

    Parameters
    ----------
    medoid : shape (n_types,): row of the path in the middle of each type, largest type first
    type : shape (n_paths,): type of every path, 0 … n_types − 1
    silhouette : mean silhouette of each type; stability : its mean Jaccard similarity over bootstraps, and
        stability_error its Monte-Carlo error; missing for a single type
    tried : DataFrame, a row a number of types: types, silhouette, stability (of the least stable type; missing where it
        was not asked for)
    one_chain : the best silhouette of journeys of one Markov chain in 19 draws; own : what as many journeys of the log
        reach; missing for a single type
    compared : distinct paths compared with each other; bootstraps : how many
    reason : why there is a single type; "" otherwise
    """

    paths: Paths
    medoid: np.ndarray
    type: np.ndarray
    silhouette: np.ndarray
    stability: np.ndarray
    stability_error: np.ndarray
    tried: pd.DataFrame
    one_chain: float
    own: float
    compared: int
    bootstraps: int
    reason: str = ""

    def __len__(self) -> int:
        return len(self.medoid)


def journey_types(
    paths: Paths,
    *,
    types: int | None = None,
    most_types: int = 8,
    method: str = "OM",
    indel: float = 1.0,
    substitution: float | str | np.ndarray | None = None,
    normalised: bool = True,
    compared: int = COMPARED,
    bootstraps: int = 30,
    rng: np.random.Generator | int = 1,
) -> Types:
    """Group the paths of a log into types, as many as they support.

    Parameters
    ----------
    types : their number; by default chosen, and possibly none (a single type)
    most_types : the most that are tried
    method, indel, substitution, normalised : as in `alignment.distances`; normalised, paths of different length can be
        alike
    compared : distinct paths compared with each other: the more frequent half and a systematic sample of the others;
        the rest joins the nearest medoid
    bootstraps : resamples of journeys for the stability of types

    Notes
    -----
    Of the three numbers with the largest mean silhouette the first is taken whose types all come back when journeys are
    resampled; there are none where the silhouette is below 0.25, or where none is stable. Types are cuts through a
    whole rather than kinds of journeys where those of a single first-order Markov chain with the log's own transitions
    group as well: then chance at every step explains them (Studer 2021).

    Raises
    ------
    ParameterError : fewer than 3 distinct paths, or more types than those.
    """
    rng = np.random.default_rng(rng)
    if types is not None and not 1 <= types < len(paths):
        raise ParameterError(f"types = {types} of {len(paths)} distinct paths.", expected="1 or more, fewer than paths")
    metric = {"method": method, "indel": indel, "substitution": substitution, "normalised": normalised}
    if method == "DHD" or isinstance(substitution, str):
        metric["substitution"] = substitution_costs(
            paths.codes, len(paths.labels), weight=paths.journeys, by_position=method == "DHD"
        )
    rows, weight = _sample(paths.journeys, compared)
    codes = paths.codes[rows]
    between = distances(codes, len(paths.labels), **metric)
    numbers = [types] if types else [k for k in range(2, most_types + 1) if k < len(rows)]
    fits = {k: k_medoids(between, weight, k) for k in numbers if k > 1}
    width = {k: mean_silhouette(between, label, weight) for k, (_, label) in fits.items()}
    journeys = int(paths.weight.sum())
    stable: dict[int, tuple[np.ndarray, np.ndarray]] = {}
    chosen, reason = 1, "" if types == 1 else "too few distinct paths to compare"
    if types and types > 1:
        chosen, reason = types, ""
        stable[types] = stability(between, weight, fits[types][1], journeys=journeys, bootstraps=bootstraps, rng=rng)
    elif fits and max(width.values()) < LEAST_SILHOUETTE:
        reason = f"no number of types has a mean silhouette of {LEAST_SILHOUETTE:g} or more"
    elif fits:
        reason = "no number of types comes back when journeys are resampled"
        for k in sorted(width, key=width.get, reverse=True)[:3]:
            if width[k] < LEAST_SILHOUETTE:
                break
            stable[k] = stability(between, weight, fits[k][1], journeys=journeys, bootstraps=bootstraps, rng=rng)
            if stable[k][0].min() >= LEAST_STABILITY:
                chosen, reason = k, ""
                break
    own, chain = _against_one_chain(paths, numbers, metric, rng) if chosen > 1 else (np.nan, np.nan)
    tried = pd.DataFrame({"types": list(width), "silhouette": list(width.values())})
    tried["stability"] = [stable[k][0].min() if k in stable else np.nan for k in width]
    medoid, label = fits[chosen] if chosen > 1 else k_medoids(between, weight, 1)
    each = silhouette(between, label, weight) if chosen > 1 else np.full(len(label), np.nan)
    width_of = np.array([np.average(each[label == t], weights=weight[label == t]) for t in range(chosen)])
    again, error = stable.get(chosen, (np.full(chosen, np.nan),) * 2)
    type_ = distances(codes[medoid], len(paths.labels), to=paths.codes, **metric).argmin(0)
    type_[rows] = label
    order = np.argsort(-np.bincount(type_, weights=paths.journeys, minlength=chosen), kind="stable")
    place = np.argsort(order)
    return Types(
        paths, rows[medoid[order]], place[type_], width_of[order], again[order], error[order], tried, chain, own,
        len(rows), bootstraps, reason,
    )  # fmt: skip


def k_medoids(distance: np.ndarray, weight: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Medoids with a small weighted sum of distances to the nearest: greedy start, then the best swap until none helps.

    Returns
    -------
    medoid : shape (k,), rows; label : shape (n,), 0 … k − 1

    >>> line = np.array([0.0, 1, 2, 10, 11, 12])
    >>> medoid, label = k_medoids(abs(line[:, None] - line), np.ones(6), 2)
    >>> sorted(medoid.tolist()), label.tolist() in ([0, 0, 0, 1, 1, 1], [1, 1, 1, 0, 0, 0])
    ([1, 4], True)
    """
    distance, weight = np.asarray(distance, dtype=np.float32), np.asarray(weight, dtype=np.float32)
    medoid = [int((weight @ distance).argmin())]
    nearest = distance[medoid[0]]
    while len(medoid) < k:
        gain = weight @ np.maximum(nearest[:, None] - distance, 0)
        gain[medoid] = -1
        medoid.append(int(gain.argmax()))
        nearest = np.minimum(nearest, distance[medoid[-1]])
    medoid = np.array(medoid)
    while k > 1:
        to = distance[medoid]
        label = to.argmin(0)
        first, second = np.partition(to, 1, axis=0)[:2]
        # what a new medoid saves for all, and what losing the old one of a type costs those it had
        saved = weight @ np.minimum(distance - first[:, None], 0)
        own = np.eye(k, dtype=np.float32)[label] * weight[:, None]
        lost = own.T @ (np.clip(distance, first[:, None], second[:, None]) - first[:, None])
        change = saved + lost
        change[:, medoid] = 0
        old, new = np.unravel_index(change.argmin(), change.shape)
        if change[old, new] >= -1e-5 * float(weight @ first):
            break
        medoid[old] = new
    return medoid, distance[medoid].argmin(0)


def silhouette(distance: np.ndarray, label: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Silhouette of every path, −1 … 1: how much nearer its own type is than the next; weights are repetitions.

    >>> line = np.array([0.0, 1, 10, 11])
    >>> silhouette(abs(line[:, None] - line), np.array([0, 0, 1, 1]), np.ones(4)).round(3).tolist()
    [0.905, 0.895, 0.895, 0.905]
    """
    k = int(label.max()) + 1
    member = np.eye(k)[label] * weight[:, None]
    size = member.sum(0)
    total = distance @ member
    rows = np.arange(len(label))
    others = size[label] - 1
    inside = total[rows, label] / np.where(others > 0, others, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        apart = total / size
    apart[rows, label] = np.inf
    apart[:, size <= 0] = np.inf
    outside = apart.min(1)
    largest = np.maximum(inside, outside)
    value = np.where(largest > 0, (outside - inside) / np.where(largest > 0, largest, 1), 0.0)
    return np.where((others > 0) & np.isfinite(outside), value, 0.0)


def mean_silhouette(distance: np.ndarray, label: np.ndarray, weight: np.ndarray) -> float:
    """Mean silhouette over journeys."""
    return float(np.average(silhouette(distance, label, weight), weights=weight))


def stability(
    distance: np.ndarray, weight: np.ndarray, label: np.ndarray, *, journeys: int, bootstraps: int, rng
) -> tuple[np.ndarray, np.ndarray]:
    """Jaccard similarity of every type with the nearest found in resampled journeys: mean, and its standard error."""
    k, share = int(label.max()) + 1, weight / weight.sum()
    found = np.zeros((bootstraps, k))
    old = np.eye(k)[label]
    for similarity in found:
        again = rng.multinomial(journeys, share)
        drawn = np.flatnonzero(again)
        if len(drawn) <= k:
            continue
        medoid, _ = k_medoids(distance[np.ix_(drawn, drawn)], again[drawn], k)
        new = np.eye(k)[distance[drawn[medoid]].argmin(0)]
        both = (old * share[:, None]).T @ new
        either = share @ old
        similarity[:] = (both / (either[:, None] + share @ new - both)).max(1)
    return found.mean(0), found.std(0, ddof=1) / np.sqrt(bootstraps)


def one_chain(codes: np.ndarray, weight: np.ndarray, n_states: int, n: int, rng: np.random.Generator) -> np.ndarray:
    """Journeys of the first-order Markov chain with the transitions of these: shape (n, longest), padded with −1."""
    longest, end = codes.shape[1], n_states
    steps = np.where(codes == PAD, end, codes)
    counts = np.zeros((n_states, n_states + 1))
    for here, after in zip(steps.T[:-1], steps.T[1:], strict=True):
        inside = here != end
        np.add.at(counts, (here[inside], after[inside]), weight[inside])
    chance = np.cumsum(counts, axis=1)
    start = np.cumsum(np.bincount(steps[:, 0], weights=weight, minlength=n_states + 1))
    found = np.full((n, longest), PAD)
    state = np.searchsorted(start, rng.random(n) * start[-1], side="right")
    for position in range(longest):
        going = state != end
        found[going, position] = state[going]
        rows = chance[state[going]]
        # a state nothing was seen to follow ends the journey
        following = (rows <= (rng.random(going.sum()) * rows[:, -1])[:, None]).sum(1)
        state[going] = np.minimum(following, end)
    return found


def _against_one_chain(paths: Paths, numbers: Sequence[int], metric: dict, rng) -> tuple[float, float]:
    """Best mean silhouette of journeys drawn from the log (the middle of five draws), and the largest that as many
    journeys of one chain reach in `_CHAINS` draws."""
    weight, n = paths.journeys, min(_CHAIN_JOURNEYS, int(paths.weight.sum()))
    share, n_states = weight / weight.sum(), len(paths.labels)
    own = [paths.codes[rng.choice(len(paths), n, p=share)] for _ in range(5)]
    chains = [one_chain(paths.codes, weight, n_states, n, rng) for _ in range(_CHAINS)]
    own, chains = ([_best_silhouette(c, n_states, numbers, metric) for c in draws] for draws in (own, chains))
    return float(np.median(own)), max(chains)


def _best_silhouette(codes: np.ndarray, n_states: int, numbers: Sequence[int], metric: dict) -> float:
    distinct, weight = np.unique(codes, axis=0, return_counts=True)
    between = distances(distinct, n_states, **metric)
    fits = [mean_silhouette(between, k_medoids(between, weight, k)[1], weight) for k in numbers if k < len(distinct)]
    return max(fits, default=0.0)


def _sample(journeys: np.ndarray, most: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows that are compared and journeys each stands for: all, or the first half of `most` and every m-th after."""
    n = len(journeys)
    if n <= most:
        return np.arange(n), journeys
    full = most // 2
    step = -(-(n - full) // (most - full))
    rows = np.concatenate([np.arange(full), np.arange(full + step // 2, n, step)])
    weight = journeys[rows].astype(float)
    weight[full:] *= journeys[full:].sum() / weight[full:].sum()
    return rows, weight
