"""Visits as customers feel them: where, with whom, when, and how every component was."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cxlab.data.simulate.business import Business
from cxlab.data.simulate.chains import drawn_together, shares
from cxlab.data.simulate.experience import Experience
from cxlab.data.simulate.satisfaction import correlated


@dataclass(frozen=True)
class Visits:
    """Visits to the own shop; n visits, K components.

    Parameters
    ----------
    customer, time, wave, segment, touchpoint, hand : (n,) codes and seconds; hand −1: nobody
    expected : (n, K) the experience that this customer can expect here: without what differs from visit to visit
    felt : (n, K) the experience of the visit
    overall : (n,) satisfaction with the visit, points from the average
    """

    customer: np.ndarray
    time: np.ndarray
    wave: np.ndarray
    segment: np.ndarray
    touchpoint: np.ndarray
    hand: np.ndarray
    expected: np.ndarray
    felt: np.ndarray
    overall: np.ndarray


def visits(
    business: Business,
    experience: Experience,
    orders: dict[str, np.ndarray],
    pick: np.ndarray,
    people: dict[str, np.ndarray],
    times: tuple[int, int, int],
    separation: float,
    rng: np.random.Generator,
) -> Visits:
    """Draw how the picked visits were.

    Parameters
    ----------
    orders : customer, time, hand of every visit
    pick : (n,) rows of orders
    people : segment, later, level by customer
    times : first moment, beginning of the second period and last moment, seconds
    """
    begin, middle, over = times
    first, last = (int(quarters(np.array(t))) for t in (begin, over))
    customer, time = orders["customer"][pick], orders["time"][pick]
    wave = (quarters(time) - first).astype(np.int16)
    n, names = len(pick), business.names
    offered = [names.index(t) for t in experience.touchpoints]
    weight = np.array(list(experience.touchpoints.values()), dtype=float)
    touchpoint = np.array(offered)[rng.choice(len(offered), n, p=weight / weight.sum())].astype(np.int8)
    hand = _hands(business, touchpoint, orders["hand"][pick], rng)
    segment = np.where(time < middle, people["segment"][customer], people["later"][customer])
    effects = Fixed(business, experience, last - first, separation)
    expected = effects.of(touchpoint, hand, segment, wave) + people["level"][customer]
    felt = expected + experience.visit * correlated(experience, rng.standard_normal(n, dtype=np.float32), rng)
    overall = (felt - effects.means) @ experience.weight + experience.rest * rng.standard_normal(n)
    return Visits(customer, time, wave, segment, touchpoint, hand, expected, felt, overall)


class Fixed:
    """What segment, touchpoint, wave and staff bring to the components.

    Attributes
    ----------
    means : (K,) means of the components as declared, from which deviations are counted
    at, group, when : (touchpoints, K), (segments, K), (waves, K) points
    team : (staff + 1,) points on every component; the last is nobody's
    """

    def __init__(self, business: Business, experience: Experience, last: int, separation: float):
        of = experience.points_of
        self.means = np.array([c.mean for c in experience.components])
        self.at = np.array([of(experience.at.get(name)) for name in business.names])
        group = np.array([of(experience.segments.get(s.name)) for s in business.segments])
        self.group = drawn_together(group, shares(business), separation)
        self.team = np.array([experience.staff.get(name, 0.0) for name in business.team] + [0.0])
        self.when = np.array([of(experience.trend) * (wave - last / 2) for wave in range(last + 1)])
        self.when[last] += of(experience.last)
        self.all = experience.points / experience.weight.sum()

    def of(self, touchpoint: np.ndarray, hand: np.ndarray, segment: np.ndarray, wave: np.ndarray) -> np.ndarray:
        """(n, K) means of the components of visits."""
        fixed = self.means + self.all + self.at[touchpoint] + self.group[segment] + self.when[wave]
        return (fixed + self.team[hand][:, None]).astype(np.float32)


def quarters(time: np.ndarray) -> np.ndarray:
    """Quarters since 1970 of seconds."""
    return (time.astype("datetime64[s]").astype("datetime64[M]").astype(np.int64)) // 3


def wave_names(first: int, last: int) -> list[str]:
    """Names of quarters.

    >>> wave_names(215, 217)
    ['2023-Q4', '2024-Q1', '2024-Q2']
    """
    return [f"{1970 + q // 4}-Q{q % 4 + 1}" for q in range(first, last + 1)]


def _hands(business: Business, touchpoint: np.ndarray, known: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Who handled it: at the goal who is known to have, elsewhere anybody of the touchpoint's; −1 where nobody does."""
    hand = np.full(len(touchpoint), -1, dtype=np.int16)
    for code in np.unique(touchpoint):
        point, here = business.touchpoints[code], np.flatnonzero(touchpoint == code)
        if tuple(point.handled_by) == ("self-service",):
            continue
        team = np.array([business.team.index(h) for h in point.handled_by], dtype=np.int16)
        hand[here] = team[rng.integers(len(team), size=len(here))]
        if point.name == business.goal:
            hand[here] = np.where(known[here] >= 0, known[here], hand[here])
    return hand
