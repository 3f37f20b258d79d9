"""The parts of the study of segments: the findings of each, and one sentence where the data cannot tell.

The steps are those of Market Segmentation Analysis (Dolnicar, Grün & Leisch 2018, open access).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
from ibis import _

from cxlab.errors import DataError
from cxlab.finding import Finding
from cxlab.parts import Part, part_of
from cxlab.segments.actionability import actionability
from cxlab.segments.charts import draw_profile_heat
from cxlab.segments.explored import Explored
from cxlab.segments.extracted import Groups, Number, cut
from cxlab.segments.features import features
from cxlab.segments.lifetime import segment_lifetime_value
from cxlab.segments.members import members
from cxlab.segments.migration import in_period, migration
from cxlab.segments.personas import Personas, personas
from cxlab.segments.profiles import DIFFERS, SECRET, profiles, stands_out
from cxlab.segments.rfm import rfm_scores
from cxlab.segments.study import SegmentsStudy
from cxlab.segments.table import FeatureTable
from cxlab.segments.value import CORNERS, cost_to_serve, segment_value
from cxlab.segments.whale import whale_curve
from cxlab.segments.worth import Worth, worth
from cxlab.wording import count, days, share

#: what a corner of value and cost suggests; nothing where the corner is unsure
TREATMENTS = {
    CORNERS[True, False]: "keep as they are: no discount, first to hear of what is new",
    CORNERS[True, True]: "keep, and offer the cheaper channel where it serves them as well",
    CORNERS[False, False]: "one small offer at most, sent to half of them by lot",
    CORNERS[False, True]: "self-service first and fair limits, the same for all in them",
}
#: chance of a corner from which it suggests a treatment
SURE = 0.8


def scores(data, settings: SegmentsStudy) -> Part:
    """Recency, frequency and money: who bought lately, often and much."""
    if "transactions" not in data.tables:
        return Part(absent="There are no purchases: nothing is said about recency, frequency and money.")
    currency = settings.currency or data.currency
    return part_of(lambda: rfm_scores(data.transactions, end=data.observation_end, currency=currency).finding())


def one_customer(data, settings: SegmentsStudy) -> Part:
    """What duplicates do to the numbers, where the data holds the records that its customers were made of."""
    from cxlab.cltv.duplicates import effect_of_duplicates
    from cxlab.data.identity import match
    from cxlab.errors import ModelError

    if "records" not in data.tables:
        return Part(absent="There are no records of single systems: whether customers stand in them twice is not seen.")
    try:
        matched = match(data.tables["records"], rng=settings.seed)
    except (DataError, ModelError) as problem:
        return Part(absent=f"Records were not matched: {problem.found}")
    measures = [matched.finding]
    log = data.tables.get("transactions")
    if log is not None:
        by = "record_id" if "record_id" in log.columns else "customer_id"
        measures.append(
            lambda: effect_of_duplicates(
                log, matched.people, by=by, margin=_margin(data.tables, settings), horizon=settings.horizon,
                currency=settings.currency or data.currency, level=settings.level, rng=settings.seed,
            )
        )  # fmt: skip
    return part_of(*measures)


def _margin(tables: Mapping, settings: SegmentsStudy) -> float:
    """Share of revenue that is margin: as purchases state it, else as the study says."""
    lines = tables["transactions"]
    if "margin" in lines.columns:
        sums = lines.filter(_.margin.notnull()).aggregate(margin=_.margin.sum(), amount=_.amount.sum()).execute()
        if sums["amount"][0] > 0 and 0 < sums["margin"][0] <= sums["amount"][0]:
            return float(sums["margin"][0] / sums["amount"][0])
    return settings.margin


def describe(explored: Explored, groups: Groups, settings: SegmentsStudy) -> Part:
    """What sets each group apart from the rest, in what made it and in all else that is known."""
    if not groups:
        return Part(absent="Without groups there is nothing to set apart.")
    return part_of(lambda: profiles(groups.groups, _descriptors(explored, groups), level=settings.level))


def told_apart(profile: Part, settings: SegmentsStudy) -> Part:
    """Who the groups are, in what took no part in making them: Finding "segments.descriptors".

    Rows of "segments.profiles" for features that were not used and in which some group differs: the same columns.
    """
    found = profile.get("segments.profiles")
    if found is None:
        return Part(absent=profile.absent)
    rest = found.table[~found.table["used"]]
    if rest.empty:
        return Part(absent="Nothing else is known of customers: who the groups are, this data does not say.")
    tested, held = int((rest["verdict"] != SECRET).sum()), rest["verdict"] == DIFFERS
    if not held.any():
        return Part(absent=f"The groups differ in none of {count(tested)} comparisons of what else is known of them.")
    kept = rest[held.groupby([rest["feature"], rest["level"]]).transform("any")].reset_index(drop=True)
    marked = [stands_out(kept, segment, level=settings.level) for segment in dict.fromkeys(kept["segment"])]
    return Part((
        Finding(
            "segments.descriptors", f"The groups differ in {count(held.sum())} of {count(tested)} comparisons",
            " ".join([f"{count(held.sum())} of {count(tested)} comparisons of features that took no part in making the "
                      "groups are differences (false discoveries held down).", *filter(None, marked)]),
            kept, units={"customers": "count", "others": "count"}, checks=found.checks, currency=found.currency,
            draw=lambda ax: draw_profile_heat(ax, kept),
            caption=f"{found.caption.partition(';')[0]}; features that took no part in making the groups.",
        ),
    ))  # fmt: skip


def _descriptors(explored: Explored, groups: Groups) -> FeatureTable | None:
    """What describes the groups; tiers are made of one feature, so the other features describe them too."""
    if groups.found or groups.groups.method != "tiers":
        return explored.described
    rest = [d for d in explored.made.declarations if d not in groups.groups.declarations]
    rest += list(explored.described.declarations) if explored.described is not None else []
    return features(explored.source, rest, currency=explored.currency) if rest else None


@dataclass(frozen=True)
class Money:
    """What customers bring and cost: `worth` by group (None without purchases), and the findings."""

    worth: Worth | None
    part: Part

    def _ipython_display_(self):
        self.part._ipython_display_()


def money_of(explored: Explored, groups: Groups, settings: SegmentsStudy) -> Money:
    """What groups bring, what serving them costs, who takes away, and what is still to come."""
    tables = explored.source
    if "transactions" not in tables:
        return Money(None, Part(absent="There are no purchases: nothing is said about value."))
    margin = 1.0 if "margin" in tables["transactions"].columns else settings.margin
    try:
        found = worth(tables, groups.groups, margin=margin, currency=explored.currency)
    except DataError as problem:
        return Money(None, Part(absent=f"Nothing is said about value: {problem.found}"))
    measures = [lambda: whale_curve(found, level=settings.level)]
    if groups:
        measures = [lambda: segment_value(found, level=settings.level), *measures]
        measures.append(lambda: cost_to_serve(found, level=settings.level))
        measures.append(
            lambda: segment_lifetime_value(
                tables, groups.groups, horizon=settings.horizon, level=settings.level, rng=settings.seed,
                margin=_margin(tables, settings), currency=explored.currency,
            )
        )  # fmt: skip
    return Money(found, part_of(*measures))


def act(explored: Explored, number: Number, groups: Groups, money: Money, settings: SegmentsStudy) -> Part:
    """Which groups can be acted on: large enough, reachable, distinct in value, stable, recognised at once."""
    if not groups:
        return Part(absent="Without groups there is nothing to act on.")
    stability = number.stability if groups.found and groups.groups.method == number.stability.method else None
    known = explored.described
    if known is not None:
        # what is known of a newcomer: who they are, not yet what they buy
        first = [r.name for r in known.recipes if r.declaration.startswith("customers.")]
        known = known.select(*first) if first else None
    return part_of(
        lambda: actionability(
            groups.groups, smallest=settings.smallest, source=explored.source, consent=settings.consent,
            worth=money.worth, difference=settings.difference, stability=stability, known=known,
            level=settings.level, rng=settings.seed,
        )
    )  # fmt: skip


@dataclass(frozen=True)
class Cards:
    """Cards of the groups, or why there are none."""

    personas: Personas | None
    part: Part

    def _repr_mimebundle_(self, include=None, exclude=None):
        if self.personas is None:
            return {"text/plain": self.part.absent}
        return {"text/plain": "\n".join(c.text for c in self.personas.cards), "text/html": self.personas._repr_html_()}


def cards(explored: Explored, groups: Groups, profile: Part, money: Money, settings: SegmentsStudy) -> Cards:
    """A card a group, every line made from data.

    Findings: "segments.personas" (name, size and value), and "segments.cards", a row a part: card, part, lines.
    """
    if not groups or not len(profile):
        return Cards(None, Part(absent="Without groups there are no cards."))
    found = personas(
        groups.groups, profile.get("segments.profiles"), names={n: n for n in groups.groups.names},
        value=money.part.get("segments.value"), source=explored.source, consent=settings.consent, level=settings.level,
    )  # fmt: skip
    short = ("name", "customers", "share", "low", "high", "value", "value_low", "value_high")
    lines = [(c.name, head, "; ".join(own)) for c in found.cards for head, own in c.parts]
    table = pd.DataFrame(lines, columns=["card", "part", "lines"])
    whole = Finding("segments.cards", f"{count(len(found.cards))} cards",
                    "Every line of a card is from data. A star marks what the groups were made from.", table,
                    checks=found.finding.checks)  # fmt: skip
    return Cards(found, Part((found.finding.select(*short), whole)))


def mix(groups: Groups, money: Money, cards: Cards, settings: SegmentsStudy) -> Part:
    """What to try with each group: Finding "segments.mix".

    Table, a row a group: segment, customers, corner (of value and cost), p_corner, try_first (words).
    What is tried are suppositions: only a test with customers chosen by lot shows what works.
    """
    cost = money.part.get("segments.cost_to_serve")
    if cards.personas is None or cost is None:
        return Part(absent="Without groups, their value and the cost of serving them, nothing is proposed for each.")
    own = cards.personas.finding.table[["segment", "customers"]]
    table = own.merge(cost.table[["segment", "corner", "p_corner"]], on="segment")
    sure = table["p_corner"] >= SURE
    table["try_first"] = table["corner"].map(TREATMENTS).where(sure, "as everybody: whether they differ is not sure")
    columns = ["segment", "customers", "corner", "p_corner", "try_first"]
    told = [f"{r.segment}: {r.try_first}." for r in table.itertuples()]
    n = int(sure.sum())
    return Part((
        Finding(
            "segments.mix", f"{count(n)} of {count(len(table))} groups earn a treatment of their own",
            " ".join([f"By what they bring and cost (chance of {share(SURE)} or more):", *told,
                      "These are suppositions to be tested on customers chosen by lot, not effects that were seen."]),
            table[columns], units={"customers": "count", "p_corner": "share"}, checks=cost.checks,
        ),
    ))  # fmt: skip


def migrate(explored: Explored, settings: SegmentsStudy) -> Part:
    """Who moved between tiers of value from one period to the next: two periods of the log, cut as the study says.

    Tiers are cut in the first period, and the second is read by the same cuts. Answers are given once, so segments made
    of them cannot be seen to move.
    """
    if "transactions" not in explored.source:
        return Part(absent="There are no purchases: nothing is said about who moved.")
    log = explored.source["transactions"]
    ends = log.aggregate(first=_.timestamp.cast("date").min(), last=_.timestamp.cast("date").max()).execute().iloc[0]
    first, last = (pd.Timestamp(day).date() for day in ends)
    split = dt.date.fromisoformat(settings.split) if settings.split else first + (last - first + dt.timedelta(1)) / 2
    before = split - dt.timedelta(1)
    if not first < split <= last:
        return Part(absent=f"The purchases are of {days(first, last)}: they cannot be cut into two periods at {split}.")
    try:
        tiers, _said = cut(explored, end=before)
        later = in_period(tiers, {"transactions": log}, start=split, end=last)
        margin = 1.0 if "margin" in log.columns else settings.margin
        value = worth({"transactions": log}, tiers, end=before, margin=margin, currency=explored.currency)
        periods = (days(first, before), days(split, last))
        found = migration(tiers, later, worth=value, periods=periods, level=settings.level)
    except DataError as problem:
        return Part(absent=f"Nothing is said about who moved: {problem.found}")
    return Part(found.findings)


def answer(number: Number, groups: Groups, money: Money, action: Part, moves: Part) -> list[Finding]:
    """What the report begins with: how many segments, what they are worth, and which can be acted on (or who moved,
    where there are none)."""
    last = action.get("segments.actionability") if groups.found else moves.get("segments.migration")
    candidates = [number.part.get("segments.number"), money.part.get("segments.value"), last, *groups.part]
    return list({f.name: f for f in candidates if f is not None}.values())[:3]


def lists(groups: Groups) -> dict:
    """Who is in which group, as the table that leaves with the report: customer_id, segment."""
    return {"customers": members(groups.groups)} if groups else {}
