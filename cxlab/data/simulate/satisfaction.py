"""How satisfied customers are, each at a level of their own, and what that does to their purchases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from cxlab.data.simulate.experience import Experience, Loyalty


def changed(experience: Experience, change: Mapping[str, float] | None) -> Experience:
    """An experience with a change of satisfaction, see `checked_change`.

    >>> from cxlab.data.simulate import PRESETS
    >>> changed(PRESETS["coffee_shop"].experience, {"effect": 0}).loyalty
    Loyalty(rate=0.0, leave=0.0, spend=0.0)
    """
    change = change or {}
    factor, own = change.get("effect", 1.0), experience.loyalty
    return replace(
        experience,
        loyalty=Loyalty(*(value * factor + 0.0 for value in (own.rate, own.leave, own.spend))),
        nonresponse=experience.nonresponse * change.get("nonresponse", 1.0),
        points=experience.points + change.get("points", 0.0),
    )


def levels(experience: Experience, gloom: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(n, K) how far each customer's own level of each component is from the mean, points of 1…7.

    Parameters
    ----------
    gloom : (n,) standard normal, the mood that lowers emotion in the journey
    """
    together = -experience.mood * gloom + np.sqrt(1 - experience.mood**2) * rng.standard_normal(len(gloom))
    return (experience.customer * correlated(experience, together, rng)).astype(np.float32)


def correlated(experience: Experience, together: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(n, K) standard normal, any two of a row correlated by the halo, given what they have in common."""
    apart = rng.standard_normal((len(together), len(experience.components)), dtype=np.float32)
    return np.sqrt(experience.halo) * together[:, None] + np.sqrt(1 - experience.halo) * apart


def spread(experience: Experience, what: float) -> float:
    """Standard deviation of overall satisfaction that components of standard deviation `what` bring.

    >>> from cxlab.data.simulate import PRESETS
    >>> round(spread(PRESETS["coffee_shop"].experience, 1.0), 3)
    0.609
    """
    weight = experience.weight
    return float(what * np.sqrt(weight @ experience.together @ weight))


def pulls(experience: Experience, level: np.ndarray) -> dict[str, np.ndarray]:
    """(n,) what each customer's own satisfaction does: factors on purchase rate and spend, log-odds of leaving.

    Factors have mean one in a population whose satisfaction is as declared.
    """
    own = (level @ experience.weight).astype(float)
    loyalty, sigma = experience.loyalty, spread(experience, experience.customer)

    def factor(effect: float) -> np.ndarray:
        return np.exp(effect * (own + experience.points) - (effect * sigma) ** 2 / 2)

    return {
        "rate": factor(loyalty.rate),
        "leave": loyalty.leave * (own + experience.points),
        "spend": factor(loyalty.spend),
    }
