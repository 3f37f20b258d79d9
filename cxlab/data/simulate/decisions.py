"""What a business may decide, as a declaration: what customers choose, what is tried, and what could be done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cxlab.errors import ParameterError, unknown

#: how an alternative is called that is buying nothing
NONE = "none"


@dataclass(frozen=True)
class Attribute:
    """One attribute of what is offered.

    Parameters
    ----------
    name : column of `choices`
    worth : {level: utility} of names, or the utility of one more of a number
    values : values of a number that are shown; names are shown as `worth` lists them
    spread : standard deviation of the utility between respondents of a segment (of each level but the first)
    segments : {segment: points added to the utility (of each level but the first)}
    """

    name: str
    worth: Mapping[str, float] | float
    values: Sequence[float] = ()
    spread: float = 0.3
    segments: Mapping[str, float] = field(default_factory=dict)

    @property
    def named(self) -> bool:
        """Whether its levels are names."""
        return isinstance(self.worth, Mapping)

    @property
    def columns(self) -> list[str]:
        """Its columns as models of choice name them: "beans: fair trade", or its own name."""
        return [f"{self.name}: {level}" for level in self.worth] if self.named else [self.name]


@dataclass(frozen=True)
class Conjoint:
    """A survey of choices: some customers choose among offers, or none of them.

    A respondent's utility of an offer is the sum of the worth of its attributes, less price × own sensitivity, plus a
    Gumbel error: a logit. Sensitivity is log-normal, so that nobody likes to pay more.

    Parameters
    ----------
    attributes : what offers differ in, besides the price
    prices : prices shown, money
    sensitivity : median of the utility lost by one more unit of money
    sensitivity_spread : standard deviation of its logarithm
    segments : {segment: factor on the sensitivity}
    none, none_spread : utility of none, mean and standard deviation
    respondents : share of the customers who ever bought that take part
    tasks, alternatives : choices each, and offers in each
    offers : {offer: {attribute or "price": value}} as they are on the market today
    own : which of them is this business
    """

    attributes: Sequence[Attribute]
    prices: Sequence[float]
    sensitivity: float
    sensitivity_spread: float = 0.4
    segments: Mapping[str, float] = field(default_factory=dict)
    none: float = -1.0
    none_spread: float = 0.8
    respondents: float = 0.25
    tasks: int = 12
    alternatives: int = 3
    offers: Mapping[str, Mapping[str, float | str]] = field(default_factory=dict)
    own: str = ""

    def __post_init__(self):
        names = [a.name for a in self.attributes]
        _need(len(set(names)) == len(names) > 0, f"attributes {', '.join(names)}", "names that differ")
        for a in self.attributes:
            _need(not a.named or next(iter(a.worth.values())) == 0, f"the first level of {a.name}", "a worth of 0")
        _need(self.sensitivity > 0, f"sensitivity {self.sensitivity}", "above 0")
        _need(
            self.tasks >= 1 and self.alternatives >= 2, "too few tasks or alternatives", "tasks ≥ 1, alternatives ≥ 2"
        )
        _need(0 < self.respondents <= 1, f"respondents {self.respondents}", "above 0, at most 1")
        shown = len(self.prices)
        for a in self.attributes:
            shown *= len(a.worth) if a.named else len(a.values)
        _need(shown >= self.alternatives, f"{shown} offers that differ", "as many as alternatives in a task")


@dataclass(frozen=True)
class Comparison:
    """A randomised trial among customers who came lately: visits and spend in the weeks after the log ends.

    Parameters
    ----------
    name, arm : of the trial, and of what is tried against "control"
    lift : {segment: factor on the visits}
    spend : factor on the value of a visit
    weeks : how long each customer is watched
    entry : days over which customers enter
    sites : {site: factor on the visits}; every customer belongs to one
    by_site : whether sites are drawn to the arms, instead of customers
    site_spread : standard deviation of the logarithm of what else differs between sites in these weeks
    """

    name: str
    arm: str
    lift: Mapping[str, float]
    spend: float = 1.0
    weeks: int = 8
    entry: int = 14
    sites: Mapping[str, float] = field(default_factory=lambda: {"shop": 1.0})
    by_site: bool = False
    site_spread: float = 0.0

    def __post_init__(self):
        _need(not self.by_site or len(self.sites) > 1, "one site, and sites are drawn to the arms", "two sites or more")
        _need(self.weeks >= 1, f"weeks {self.weeks}", "1 or more")


@dataclass(frozen=True)
class WeeklyPanel:
    """Weekly means of a rating in several places, some of which are changed at a known week.

    A mean is the level of the place, the season, what all places share that week, what is its own, and the effect of
    the change, which grows over some weeks; and the chance of who rates.

    Parameters
    ----------
    name : of the trial; arm : of the places that are changed, the others are "control"
    levels : {place: mean rating}; treated : {place: week of the change, from 0}
    effect : points when in full effect; ramp : weeks until then
    season : amplitude over the year; shared, own : standard deviations of what all places share and of what is their
        own, both carried over from week to week by `carried`
    rating : standard deviation of one rating; raters : mean number of ratings a week
    minutes, minutes_effect : mean minutes of the contact that is changed, and what the change does to them
    low, high : ends of the scale
    """

    name: str
    arm: str
    levels: Mapping[str, float]
    treated: Mapping[str, int]
    effect: float
    ramp: int = 4
    season: float = 0.15
    shared: float = 0.08
    own: float = 0.05
    carried: float = 0.6
    rating: float = 1.3
    raters: float = 15.0
    minutes: float = 7.0
    minutes_effect: float = -3.0
    low: float = 0.0
    high: float = 10.0

    def __post_init__(self):
        for name in self.treated:
            if name not in self.levels:
                raise unknown("place", name, self.levels)
        _need(len(self.treated) > 0, "no place is changed", "treated={place: week}")
        _need(self.raters > 0 and 0 <= self.carried < 1, "raters or carried", "raters > 0, 0 ≤ carried < 1")


@dataclass(frozen=True)
class Option:
    """Something that could be done: what the owner believes of it, and what is true.

    Money of effects is margin a year and active customer, so that it grows with the business; costs are money.

    Parameters
    ----------
    name : of the initiative
    cost : (low, likely, high) believed, money once; costs : what it truly costs
    effect : (low, likely, high) believed, margin a year and active customer
    true : what it truly brings, margin a year and active customer; or the name of the trial or of the attribute of
        the conjoint whose true effect it is
    months, running, people, level, life_years, evidence, requires, excludes, owner, kpi, alarm, stop : as in the table
        `initiatives`
    """

    name: str
    cost: tuple[float, float, float]
    costs: float
    effect: tuple[float, float, float]
    true: float | str
    months: float
    running: float = 0.0
    people: float = 0.5
    level: str = "foundational"
    life_years: float = 5.0
    evidence: str = "guess"
    requires: Sequence[str] = ()
    excludes: Sequence[str] = ()
    owner: str = ""
    kpi: str = ""
    alarm: str = ""
    stop: str = ""


@dataclass(frozen=True)
class Decisions:
    """What a business may decide.

    Parameters
    ----------
    conjoint, comparison, panel : a survey of choices, a randomised trial, a panel with a change in time; None: none
    options : what could be done
    rivals : {rival: {component or "*": points}}, rated in the surveys where the experience names no rivals of its own
    carry : share of a gain of choices in a survey that shows in what is sold
    """

    conjoint: Conjoint | None = None
    comparison: Comparison | None = None
    panel: WeeklyPanel | None = None
    options: Sequence[Option] = ()
    rivals: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    carry: float = 0.3

    def __post_init__(self):
        names = [o.name for o in self.options]
        _need(len(set(names)) == len(names), f"options {', '.join(names)}", "names that differ")
        known = [self.comparison.name] if self.comparison else []
        known += [a.name for a in self.conjoint.attributes] if self.conjoint else []
        for option in self.options:
            for other in (*option.requires, *option.excludes):
                if other not in names:
                    raise unknown(f"option beside {option.name}", other, names)
            if isinstance(option.true, str) and option.true not in known:
                raise unknown(f"what {option.name} follows from", option.true, known)
            for points in (option.cost, option.effect):
                _need(tuple(points) == tuple(sorted(points)), f"points of {option.name}", "low ≤ likely ≤ high")


def _need(holds: bool, found: str, expected: str) -> None:
    if not holds:
        raise ParameterError(f"decisions: {found}.", expected=expected)
