"""The plan once what initiatives have in common is counted once: the best of plans around the one that ignores it."""

from __future__ import annotations

import numpy as np

from cxlab.differentiation.roadmap.options import needed_by
from cxlab.differentiation.roadmap.programme import Programme, solve

_SECONDS = 5.0


def counted_once(made: Programme, first: np.ndarray) -> np.ndarray:
    """The best of the plans that are looked at, what is shared being counted once.

    Looked at are the plan that is best when everything is added up, each option by itself with what it needs, and,
    from the best of them on as long as it helps: the plan without one or two of its options, and the best that adding
    up finds without one of them.

    Parameters
    ----------
    first : starts of the best plan when everything is added up

    Returns
    -------
    starts, shape (option,)
    """
    mean = made.worth.mean(axis=0)
    options = made.options
    alone = [[options.at(other) for other in (name, *needed_by(options, name))] for name in options.names]
    best = _best(made, [first, np.full_like(first, -1), *(_only(made, mean, bundle) for bundle in alone)])
    for _ in range(len(first)):
        found = _best(made, [best, *_without(made, mean, best)])
        if (found == best).all():
            break
        best = found
    return best


def _best(made: Programme, plans: list[np.ndarray]) -> np.ndarray:
    values = made.value(np.array(plans)).mean(axis=0)
    return plans[int(values.argmax())]


def _only(made: Programme, mean: np.ndarray, kept: list[int]) -> np.ndarray:
    """The best plan of some options only."""
    closed = np.isin(np.arange(len(mean)), kept)[:, None] & made.open
    return solve(made, mean, fixed=closed, seconds=_SECONDS)[0]


def _without(made: Programme, mean: np.ndarray, plan: np.ndarray) -> list[np.ndarray]:
    """The plan without one or two of its options and what needs them; and the best plan without one of them."""
    options = made.options
    chosen = np.flatnonzero(plan >= 0)
    held = {i: [i, *(j for j in chosen if options.names[i] in needed_by(options, options.names[j]))] for i in chosen}
    found = []
    for k, i in enumerate(chosen):
        found.append(_only(made, mean, [j for j in range(len(mean)) if j != i]))
        for other in chosen[k:]:
            less = plan.copy()
            less[held[i] + held[other]] = -1
            found.append(less)
    return found
