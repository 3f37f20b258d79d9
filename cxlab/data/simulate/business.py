"""A small business as a declaration: its touchpoints, its customers' segments, what they buy, and what moves them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields

from cxlab.data.simulate.decisions import Decisions
from cxlab.data.simulate.experience import Experience
from cxlab.errors import ParameterError, unknown

STAGES = ("Awareness", "Consideration", "Purchase", "Service", "Post-Purchase")


@dataclass(frozen=True)
class Touchpoint:
    """One touchpoint of the journey.

    Parameters
    ----------
    name, stage : its name, unlike any other, and one of the five stages
    next : where a journey that goes on goes, {touchpoint: weight}; weights are made to sum to one
    drop_off : chance that a journey ends here (0…1); at or after the goal an end is no loss
    channels : {channel: weight} by which it can be reached
    wait : median time between the contact before and this one, hours
    emotion : mean of the latent emotion, on the scale −2…+2
    effort : typical effort, 1…7
    duration : median length of the contact, seconds
    cost : money a contact costs the business
    handled_by : who may handle it; drawn with equal chances
    """

    name: str
    stage: str
    next: Mapping[str, float]
    drop_off: float
    channels: Mapping[str, float]
    wait: float = 24.0
    emotion: float = 0.3
    effort: float = 3.0
    duration: float = 120.0
    cost: float = 0.0
    handled_by: Sequence[str] = ("self-service",)


@dataclass(frozen=True)
class Segment:
    """A latent segment: who they are, how they move, what they buy.

    Parameters
    ----------
    name, share : its name, and its share of the customers (made to sum to one)
    start, next, channels : {touchpoint or channel: factor} on the weights of the business
    drop_off : {touchpoint: factor} on the odds of dropping off; "*" stands for every touchpoint before the goal
    emotion : shift of the latent emotion
    orders : orders a year of a customer who buys and has not left
    leave : chance that an order is the last
    order_value : mean value of an order
    churn : chance that a contract is not renewed at the end of a term
    interests : {subject: chance of being interested}
    attitudes : {item: mean answer, 1…7}
    age : mean age, years
    """

    name: str
    share: float
    start: Mapping[str, float] = field(default_factory=dict)
    next: Mapping[str, float] = field(default_factory=dict)
    channels: Mapping[str, float] = field(default_factory=dict)
    drop_off: Mapping[str, float] = field(default_factory=dict)
    emotion: float = 0.0
    orders: float = 3.0
    leave: float = 0.15
    order_value: float = 60.0
    churn: float = 0.05
    interests: Mapping[str, float] = field(default_factory=dict)
    attitudes: Mapping[str, float] = field(default_factory=dict)
    age: float = 40.0


@dataclass(frozen=True)
class Effects:
    """What moves emotion and drop-off; waiting and shock are standard normal, independent of the past.

    A contact is the last where ``wait·z − emotion·e + rest > Φ⁻¹(1 − drop_off)``: z is the standardised logarithm of
    the wait before it, e the standardised shock of emotion at it, and the three terms have variance one together. So
    a wait z and a shock e turn the chance into Φ((Φ⁻¹(drop_off) + wait·z − emotion·e)/√(1 − wait² − emotion²)), and
    on average it is `drop_off` exactly, whatever came before.

    Parameters
    ----------
    wait, emotion : the two weights; wait² + emotion² < 1
    wait_spread : standard deviation of the logarithm of a wait
    wait_on_emotion : points of emotion that a wait one standard deviation longer costs
    customer : standard deviation of a customer's own level of emotion
    shock : standard deviation of emotion from contact to contact
    stay : chance that the channel of the last contact is kept where the next touchpoint offers it
    handover_failure : chance that a switch of channel fails, so that the customer has to begin again
    handover_emotion : points of emotion that a failed hand-over costs
    handover_drop, disposition : only where the chain is not first-order: what a failed hand-over adds to the drop-off,
        and what a customer's own gloom of one standard deviation adds, both on the scale of Φ⁻¹
    """

    wait: float = 0.35
    emotion: float = 0.40
    wait_spread: float = 0.9
    wait_on_emotion: float = 0.25
    customer: float = 0.5
    shock: float = 0.8
    stay: float = 0.6
    handover_failure: float = 0.15
    handover_emotion: float = 0.9
    handover_drop: float = 0.45
    disposition: float = 0.35


@dataclass(frozen=True)
class Contract:
    """A contract that some buyers sign with their first order.

    Parameters
    ----------
    plans : {plan: price a month}
    months : length of a term; a contract ends or is renewed at the end of each
    share : share of the buyers who sign one
    spread : how much the chance to leave differs between customers (0 not at all; below 1)
    """

    plans: Mapping[str, float]
    months: int = 1
    share: float = 1.0
    spread: float = 0.1


@dataclass(frozen=True)
class Business:
    """A small business, from which `simulate` makes customers.

    Parameters
    ----------
    name, title : short name, and what it is in a line
    touchpoints : its touchpoints
    start : {touchpoint: weight} where journeys begin
    goal : the touchpoint whose contact is an order
    segments : its latent segments
    stays : chance that a customer is in the same segment in the second period; the others move by the shares
    items : {what is sold: weight}
    margin : share of an order's value that is left after the cost of what is sold
    currency : ISO code
    journeys : mean number of journeys a customer; 1: exactly one each
    effects : what moves emotion and drop-off
    contract : contracts, None where the business has none
    cities : {city: postcode area}, where customers live
    experience : what customers feel and say, None where nobody asks
    decisions : what they would choose, what is tried on them and what could be done, None where nothing is declared

    Raises
    ------
    ParameterError : names the declaration that cannot be.
    """

    name: str
    title: str
    touchpoints: Sequence[Touchpoint]
    start: Mapping[str, float]
    goal: str
    segments: Sequence[Segment]
    stays: float = 0.8
    items: Mapping[str, float] = field(default_factory=lambda: {"item": 1.0})
    margin: float = 0.5
    currency: str = "EUR"
    journeys: float = 1.0
    effects: Effects = field(default_factory=Effects)
    contract: Contract | None = None
    cities: Mapping[str, str] = field(default_factory=lambda: {"Oldtown": "10", "Riverside": "20", "Newfield": "30"})
    experience: Experience | None = None
    decisions: Decisions | None = None

    def __post_init__(self):
        names = self.names
        _need(len(set(names)) == len(names) > 0, self, f"touchpoints {', '.join(names)}", "names that differ")
        _need(len(self.segments) > 0, self, "no segments", "at least one segment")
        _known(self.goal, names, "touchpoint")
        for name in self.start:
            _known(name, names, "touchpoint")
        for point in self.touchpoints:
            if point.stage not in STAGES:
                raise unknown(f"stage of {point.name}", point.stage, STAGES)
            for name in point.next:
                _known(name, names, f"touchpoint after {point.name}")
            _need(0 <= point.drop_off <= 1, self, f"drop_off of {point.name} {point.drop_off}", "0…1")
            _need(point.drop_off == 1 or sum(point.next.values()) > 0, self, f"{point.name} leads nowhere",
                  "next touchpoints, or drop_off=1")  # fmt: skip
            _need(sum(point.channels.values()) > 0, self, f"{point.name} has no channel", "{channel: weight}")
        for segment in self.segments:
            for name in (*segment.start, *segment.next, *segment.drop_off):
                _known(name, [*names, "*"], f"touchpoint of segment {segment.name}")
            factors = [f for m in (segment.start, segment.next, segment.channels, segment.drop_off) for f in m.values()]
            _need(
                all(f > 0 for f in factors), self, f"a factor of segment {segment.name} is not above 0", "factors > 0"
            )
        _need(self.effects.wait**2 + self.effects.emotion**2 < 1, self, "effects", "wait² + emotion² < 1")
        _need(self.journeys >= 1, self, f"journeys {self.journeys}", "≥ 1")
        if self.experience is not None:
            told = self.experience
            for name in (*told.touchpoints, *told.at):
                _known(name, names, "touchpoint of the experience")
            for name in told.segments:
                _known(name, [s.name for s in self.segments], "segment of the experience")
            for name in told.staff:
                _known(name, self.team, "who handles")

    @property
    def names(self) -> list[str]:
        """The touchpoints by name, in order."""
        return [point.name for point in self.touchpoints]

    @property
    def team(self) -> list[str]:
        """Who handles contacts, in order."""
        return list(dict.fromkeys(h for p in self.touchpoints for h in p.handled_by))


#: what a change may do to a touchpoint, and to the satisfaction of customers (under the name "satisfaction")
CHANGES = ("drop_off", "wait", "emotion")
FELT, FELT_CHANGES = "satisfaction", ("effect", "points", "nonresponse")


def checked_change(business: Business, change: Mapping | None) -> dict[str, dict[str, float]]:
    """A change as {touchpoint: {what: number}}, every name checked.

    Under the name "satisfaction", where the business has an experience: "effect", a factor on what satisfaction does to
    purchases (0: nothing); "points", added to everybody's satisfaction; "nonresponse", a factor on how much
    satisfaction decides who answers (0: not at all).

    Raises
    ------
    ParameterError : an unknown touchpoint or effect, or a number that cannot be.

    >>> from cxlab.data.simulate import PRESETS
    >>> checked_change(PRESETS["clothing_boutique"], {"Checkout": {"drop_off": 0.5}})
    {'Checkout': {'drop_off': 0.5}}
    """
    found = {}
    for name, effects in (change or {}).items():
        if name == FELT and business.experience is not None:
            for what, number in effects.items():
                if what not in FELT_CHANGES:
                    raise unknown(f"change of {name}", what, FELT_CHANGES)
                if not isinstance(number, (int, float)):
                    raise ParameterError(f"change of {name}: {what} = {number!r}.", expected="a number")
            found[name] = {what: float(number) for what, number in effects.items()}
            continue
        _known(name, business.names, "touchpoint")
        for what, number in effects.items():
            if what not in CHANGES:
                raise unknown(f"change of {name}", what, CHANGES)
            if not (what == "emotion" or number > 0 or (what == "drop_off" and number == 0)):
                raise ParameterError(
                    f"change of {name}: {what} = {number}.",
                    expected="drop_off: a factor ≥ 0; wait: a factor > 0; emotion: points to add",
                )
        found[name] = {what: float(number) for what, number in effects.items()}
    return found


def described(declaration) -> dict:
    """A declaration as plain values, for the data package."""
    values = {}
    for item in fields(declaration):
        value = getattr(declaration, item.name)
        if hasattr(value, "__dataclass_fields__"):
            value = described(value)
        elif isinstance(value, Mapping):
            value = dict(value)
        elif isinstance(value, (list, tuple)):
            value = [described(v) if hasattr(v, "__dataclass_fields__") else v for v in value]
        values[item.name] = value
    return values


def _known(name: str, names: Sequence[str], kind: str) -> None:
    if name not in names:
        raise unknown(kind, name, names)


def _need(holds: bool, business: Business, found: str, expected: str) -> None:
    if not holds:
        raise ParameterError(f"business {business.name}: {found}.", expected=expected)
