"""What customers feel, say and do about it, as a declaration: components of satisfaction, questions, loyalty, texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from cxlab.data.simulate.phrases import PATTERNS
from cxlab.errors import ParameterError, unknown

#: stands for every component in a mapping {component: points}
EVERY = "*"


@dataclass(frozen=True)
class Component:
    """One component of the experience.

    Parameters
    ----------
    name : its name
    mean : mean of the latent experience at the own shop, points of the answers 1…7
    weight : points of overall satisfaction that one point of this component brings
    importance : how important customers say it is, mean of the answers 1…7
    items : texts of its questions, answered 1…7; they are called name_1, name_2, …
    """

    name: str
    mean: float
    weight: float
    importance: float
    items: Sequence[str]


@dataclass(frozen=True)
class Question:
    """One overall question: its answer is round(mean + slope · deviation + noise), kept within low…high.

    Parameters
    ----------
    name, text, low, high : its name, its wording and its scale
    mean : mean of the latent answer of a customer of average satisfaction
    slope : points of the answer that a point of what it asks about brings
    noise : standard deviation of what is left to the moment
    about : "overall", or the component whose deviation moves it
    """

    name: str
    text: str
    low: int
    high: int
    mean: float
    slope: float
    noise: float
    about: str = "overall"


@dataclass(frozen=True)
class Loyalty:
    """What one point of a customer's own satisfaction does; zero: nothing.

    Parameters
    ----------
    rate : change of the logarithm of the purchase rate
    leave : change of the log-odds that an order is the last (and that a contract is not renewed)
    spend : change of the logarithm of the value of an order
    """

    rate: float = 0.30
    leave: float = -0.60
    spend: float = 0.10


@dataclass(frozen=True)
class Texts:
    """Short texts that customers write.

    Parameters
    ----------
    share : chance that a visit brings a text
    themes : {theme: weight}, as in `cxlab.data.simulate.phrases`
    at : {touchpoint: {theme: factor on its weight}}
    emerging : {theme: factor on its weight in the last wave}
    sources : {source: weight}
    private : share of the texts with an e-mail address, a telephone or a card number
    """

    share: float
    themes: Mapping[str, float]
    at: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    emerging: Mapping[str, float] = field(default_factory=dict)
    sources: Mapping[str, float] = field(default_factory=lambda: {"survey": 5, "review site": 3, "e-mail": 1})
    private: float = 0.03


@dataclass(frozen=True)
class Experience:
    """How the customers of a business feel, and whom they tell.

    A visit's experience of a component is its mean, plus what segment, touchpoint, wave and staff bring, plus the
    customer's own level (stable), plus what differs from visit to visit. Overall satisfaction is the weighted sum of
    the components' deviations from their means, plus a rest: 0 is the average, and a point of it is a point of a
    question of slope 1. Purchases follow from the customer's own level, measured from the mean of the segment, so that
    what a segment declares about orders stays true on average.

    Parameters
    ----------
    components, questions : what is felt, and what is asked besides the components' items
    touchpoints : {touchpoint: weight} that a survey may be about
    at, segments, rivals : {touchpoint, segment or rival: {component or "*": points}}
    shop : brand name of the business
    staff : {who handles: points on every component}; others bring nothing
    trend, last : {component or "*": points} a quarter, from the middle of the time on; and once more in the last wave
    customer, visit, item, rest : standard deviations: of a customer's own level and from visit to visit (each
        component, points of 1…7), of one item's answer, and of overall satisfaction beyond the components
    halo : correlation of two components, between customers and between visits alike
    mood : correlation of a customer's own level with the mood that moves emotion in the journey
    taste : correlation of a customer's own level at two brands
    loyalty : what a point does to purchases
    points : added to everybody's satisfaction, through all components alike
    asked : chance that a customer who came in a quarter is asked in it, about one of the visits
    answers : chance of an answer where satisfaction is average
    nonresponse : change of the log-odds of an answer for each point of satisfaction with the visit; 0: none
    skipped : chance that a question of an answered survey is left out
    straight, fast, twice : shares of responses that give one answer to all items, that are rushed (half of the answers
        at random), that are sent twice
    compare : share of the responses that go on to rate the rivals
    texts : what customers write
    on_request : only where `simulate` is told experience=True
    """

    components: Sequence[Component]
    questions: Sequence[Question]
    touchpoints: Mapping[str, float]
    at: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    segments: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    rivals: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    shop: str = "our shop"
    staff: Mapping[str, float] = field(default_factory=dict)
    trend: Mapping[str, float] = field(default_factory=dict)
    last: Mapping[str, float] = field(default_factory=dict)
    customer: float = 0.9
    visit: float = 0.7
    item: float = 0.6
    rest: float = 0.35
    halo: float = 0.45
    mood: float = 0.5
    taste: float = 0.4
    loyalty: Loyalty = field(default_factory=Loyalty)
    points: float = 0.0
    asked: float = 0.8
    answers: float = 0.35
    nonresponse: float = 0.5
    skipped: float = 0.02
    straight: float = 0.03
    fast: float = 0.04
    twice: float = 0.015
    compare: float = 0.25
    texts: Texts | None = None
    on_request: bool = False

    def __post_init__(self):
        names = [c.name for c in self.components]
        _need(len(set(names)) == len(names) > 0, f"components {', '.join(names)}", "names that differ")
        _need(all(c.items for c in self.components), "a component without items", "at least one item each")
        for points in (*self.at.values(), *self.segments.values(), *self.rivals.values(), self.trend, self.last):
            for name in points:
                if name not in (*names, EVERY):
                    raise unknown("component", name, [*names, EVERY])
        for question in self.questions:
            if question.about not in (*names, "overall"):
                raise unknown(f"what {question.name} is about", question.about, [*names, "overall"])
            _need(question.low < question.high, f"scale of {question.name}", "low < high")
            _need(question.noise > 0, f"noise of {question.name} {question.noise}", "noise > 0")
        for name in ("halo", "mood", "taste", "asked", "skipped", "straight", "fast", "twice", "compare"):
            value = getattr(self, name)
            _need(0 <= value <= 1, f"{name} = {value}", "0…1")
        if self.texts is not None:
            themes = (*self.texts.themes, *self.texts.emerging, *(t for at in self.texts.at.values() for t in at))
            for theme in themes:
                if theme not in PATTERNS:
                    raise unknown("theme", theme, PATTERNS)
        _need(0 < self.answers < 1, f"answers = {self.answers}", "above 0, below 1")
        _need(min(self.customer, self.visit, self.rest) >= 0 < self.item, "a spread", "≥ 0, item > 0")

    @property
    def names(self) -> list[str]:
        """The components by name."""
        return [c.name for c in self.components]

    @property
    def weight(self) -> np.ndarray:
        """(K,) points of overall satisfaction for a point of each component."""
        return np.array([c.weight for c in self.components])

    @property
    def items(self) -> list[tuple[str, int, str]]:
        """Question, number of its component, and wording of every item."""
        return [
            (f"{c.name}_{i}", k, text) for k, c in enumerate(self.components) for i, text in enumerate(c.items, start=1)
        ]

    @property
    def together(self) -> np.ndarray:
        """(K, K) correlation of the components."""
        k = len(self.components)
        return (1 - self.halo) * np.eye(k) + self.halo

    def points_of(self, given: Mapping[str, float] | None) -> np.ndarray:
        """(K,) points by component of a mapping {component or "*": points}; both add up."""
        given = given or {}
        return np.array([given.get(EVERY, 0.0) + given.get(name, 0.0) for name in self.names])


def _need(holds: bool, found: str, expected: str) -> None:
    if not holds:
        raise ParameterError(f"experience: {found}.", expected=expected)
