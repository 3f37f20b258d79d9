"""The parts of the study of journeys: the findings of each, and one sentence where the log cannot tell.

A log may lack stages, channels, emotions, money or a goal. A part that needs what is not there holds no finding and
says why; whatever else the study can tell, it tells.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from ibis import _

from cxlab.finding import Finding
from cxlab.journey import study
from cxlab.journey.attribution import attribution
from cxlab.journey.channels import channel_switches, hand_over
from cxlab.journey.comparison import conversion_finding, personas_finding, transitions_finding
from cxlab.journey.emotion import emotional_curve
from cxlab.journey.funnel import funnel
from cxlab.journey.hazard import hazard
from cxlab.journey.log import Log
from cxlab.journey.loss import recoverable_loss
from cxlab.journey.map import journey_map
from cxlab.journey.moments import moments_of_truth
from cxlab.journey.path_findings import paths_finding
from cxlab.journey.paths import distinct_paths
from cxlab.journey.peak_end import peak_end
from cxlab.journey.persona_maps import persona_maps
from cxlab.journey.proactive import proactive
from cxlab.journey.stages import drop_off, dwell
from cxlab.journey.stages import stages as stages_finding
from cxlab.journey.stays import DROP_OFF
from cxlab.journey.steps import step_flows
from cxlab.journey.study import JourneyStudy
from cxlab.journey.transitions import transitions
from cxlab.journey.type_findings import types_finding
from cxlab.journey.typology import journey_types
from cxlab.journey.what_if import what_if
from cxlab.parts import Part, part_of

_APART = 0.01  # share of journeys from which two ways of counting them are worth showing


def arrivals(log: Log, settings: JourneyStudy) -> Part:
    """How many journeys come to each stage, and go on from one to the next."""
    if len(log.stages) < 2:
        return Part(absent=f"All contacts are of one stage, {log.stages[0]}: there are no steps between stages.")
    part = part_of(
        lambda: funnel(log, steps=_stages_to_goal(log), level=settings.level),
        lambda: stages_finding(log, level=settings.level),
    )
    come = part.findings[-1].table
    # where journeys go through the stages in order, the second says what the first does
    return part if (come["share"] - come["forward_share"]).max() > _APART else replace(part, findings=part.findings[:1])


def _stages_to_goal(log: Log) -> list[str | list[str]]:
    """The stages in order, the one of the goal narrowed to the goal: a basket is not yet an order."""
    goal = {log.stage_of[code] for code in log.goal}
    labels = [log.labels[code] for code in sorted(log.goal)]
    return [labels if {stage} == goal else stage for stage in log.stages]


def ways(log: Log, settings: JourneyStudy) -> Part:
    """Which touchpoint follows which, step by step, and the commonest paths; types of journeys where there are any."""
    if log.n_contacts == log.n_journeys:
        return Part(absent="No journey has a second contact: nothing follows anything.")
    paths = distinct_paths(log)
    part = part_of(
        lambda: graph(log, transitions(log, level=settings.level, quiet_days=settings.quiet_days)),
        lambda: step_flows(log, steps=5, top=6, level=settings.level),
        lambda: paths_finding(paths, level=settings.level),
        lambda: types_finding(journey_types(paths, rng=settings.seed), level=settings.level),
    )
    types = part.get("journey.types")
    if types is None or types.believed:
        return part
    rest = tuple(f for f in part if f is not types)
    why = " ".join(c.advice for c in types.failed)
    why = f"Types of journeys are left out: {why[0].lower()}{why[1:]}"
    return Part(rest, " ".join(filter(None, [why, part.absent])))


def graph(log: Log, found: Finding) -> Finding:
    """The finding on transitions with a picture of the largest as lines between touchpoints, in place of a matrix."""
    from cxlab.journey import charts

    label = "simulated" if log.simulated else ""
    return replace(found, draw=lambda ax: charts.draw_graph(ax, found.table, log.touchpoints, label=label))


def endings(log: Log, settings: JourneyStudy) -> Part:
    """Where journeys end without the goal, and how long customers stay in each stage."""
    measures = [lambda: drop_off(log, quiet_days=settings.quiet_days, level=settings.level)]
    if len(log.stages) > 1:
        measures.append(lambda: dwell(log, level=settings.level))
    part = part_of(*measures)
    empty = tuple(f for f in part if f.table.empty)
    kept = tuple(f for f in part if not f.table.empty)
    return Part(kept, " ".join(filter(None, [*(f"{f.title}." for f in empty), part.absent])))


def channels(log: Log, settings: JourneyStudy) -> Part:
    """From which channel to which customers go, and where the hand-over fails."""
    if len(log.channels) < 2:
        one = f"All contacts are in one channel, {log.channels[0]}." if log.channels else "The log names no channels."
        return Part(absent=one)
    return part_of(
        lambda: hand_over(log, quiet_days=settings.quiet_days, level=settings.level),
        lambda: channel_switches(log, level=settings.level),
    )


def credit(log: Log, settings: JourneyStudy) -> Part:
    """Which touchpoints conversion hangs on."""
    return part_of(
        lambda: attribution(log, level=settings.level, draws=settings.draws, rng=settings.seed,
                            quiet_days=settings.quiet_days)
    )  # fmt: skip


def feelings(log: Log, settings: JourneyStudy) -> Part:
    """How every touchpoint feels, which memory of it counts, and where it decides what follows."""
    if not log.has("emotion"):
        return Part(absent="The log has no emotion: nothing is said about how it feels, or about moments of truth.")
    measures = [lambda: emotional_curve(log, level=settings.level)]
    if log.goal:  # both ask what became of the journey
        measures += [lambda: moments_of_truth(log, level=settings.level), lambda: peak_end(log, level=settings.level)]
    return part_of(*measures)


def personas(log: Log, settings: JourneyStudy) -> Part:
    """Whether groups of customers move differently: two maps or one."""
    if not settings.persona:
        return Part(absent="No personas are compared: none were named (-p persona=COLUMN).")
    if len(log.personas) < 2:
        return Part(absent=f"No personas are compared: {settings.persona} tells no two groups apart.")
    maps = persona_maps(log, rng=settings.seed)
    measures = [lambda: personas_finding(maps, level=settings.level)]
    if maps.differ:
        measures.append(lambda: transitions_finding(maps, level=settings.level))
    if log.goal:
        measures.append(lambda: conversion_finding(maps, level=settings.level))
    if log.has("emotion"):
        measures.append(
            lambda: replace(
                emotional_curve(log, by_persona=True, level=settings.level), name="journey.emotion_by_persona"
            )
        )
    return part_of(*measures)


def foreseen(data, log: Log, settings: JourneyStudy, *, feelings: Part) -> Part:
    """How likely trouble is after each touchpoint, and whether a message that may prevent it pays."""
    event = _event(log, settings, feelings)
    if not event:
        return Part(absent="Nothing is foreseen: no touchpoint is felt to hurt, and none was named (-p contact=…).")
    if event == DROP_OFF and log.goal:
        # after the goal a journey may well end: only silence before it is a loss
        log = replace(log, events=log.before_goal)
    asked = {"event": event, "window_days": settings.window_days, "level": settings.level}
    measures = [lambda: hazard(log, **asked)]
    cost = settings.contact_cost or _cost_of(log, event)
    if cost and settings.message_cost:
        measures.append(
            lambda: proactive(log, cost=settings.message_cost, value=cost, effect=settings.message_effect,
                              currency=settings.currency or data.currency, **asked)
        )  # fmt: skip
    return part_of(*measures)


def _event(log: Log, settings: JourneyStudy, feelings: Part) -> str:
    """What is foreseen: what the study names, else the touchpoint that surely hurts most, else journeys that end."""
    if settings.contact != "auto":
        return settings.contact
    curve = feelings.get("journey.emotion")
    if curve is not None:
        hurts = curve.table[(curve.table["high"] < 0) & ~curve.table["few"]]
        if len(hurts):
            return str(hurts.loc[hurts["mean"].idxmin(), "touchpoint"])
    return DROP_OFF if log.goal else ""


def _cost_of(log: Log, event: str) -> float:
    """Mean cost of a contact with the event, as the log states it; 0 where it does not."""
    if event == DROP_OFF or not log.has("cost"):
        return 0.0
    cost = log.events.filter(_.touchpoint.isin(sorted(log.codes(event)))).agg(cost=_.cost.mean()).execute()["cost"][0]
    return float(cost) if cost == cost and cost is not None else 0.0


def worth(data, log: Log, settings: JourneyStudy) -> tuple[np.ndarray | float | None, Part]:
    """What a conversion earns (a number, posterior draws, or None where nothing tells), and the finding on it."""
    if not log.goal:
        return None, Part(absent="The log has no goal (-p goal=…): nothing is said about conversion, or what it earns.")
    value, findings = study.worth_of(data, settings)
    return value, Part(tuple(findings), "There are no purchases, and no value is named (-p value=…): "
                       "losses are counted in conversions, not money." if value is None else "")  # fmt: skip


def losses(log: Log, settings: JourneyStudy, *, value: np.ndarray | float | None = None) -> Part:
    """What touchpoints lose beyond their peers, in money where `value` tells what a conversion earns."""
    if not log.goal:
        return Part(absent="Without a goal, nothing can be won back.")
    part = part_of(
        lambda: recoverable_loss(log, value=value, reference=settings.reference, level=settings.level,
                                 draws=settings.draws, rng=settings.seed, quiet_days=settings.quiet_days)
    )  # fmt: skip
    if any((f.table["goals"] > 0).any() for f in part):
        return part
    return Part(absent=part.absent or "No touchpoint lets go more customers than its peers.")


def change(log: Log, settings: JourneyStudy, *, losses: Part) -> dict[str, dict[str, float]]:
    """The change of the what-if: at the touchpoint the study names, else where the largest loss is; empty if none."""
    loss = losses.get("journey.loss")
    touchpoint = settings.less_friction or ("" if loss is None else str(loss.table["touchpoint"].iloc[0]))
    return {touchpoint: {"drop_off": settings.friction}} if touchpoint and log.goal else {}


def to_be(log: Log, settings: JourneyStudy, *, losses: Part, value: np.ndarray | float | None = None) -> Part:
    """The business as it is beside the one with less friction at one touchpoint."""
    changed = change(log, settings, losses=losses)
    if not changed:
        return Part(absent="There is no what-if: no touchpoint stands out as losing customers, and none was named.")
    return part_of(
        lambda: what_if(log, changed, value=value, level=settings.level, draws=settings.draws, rng=settings.seed,
                        quiet_days=settings.quiet_days)
    )  # fmt: skip


def whole_map(
    log: Log, settings: JourneyStudy, *, endings: Part, feelings: Part, losses: Part, what_if: Part
) -> Finding:
    """The journey map of all that was measured, as it is and, where there is a what-if, as it could be."""
    loss = losses.get("journey.loss")
    return journey_map(
        log,
        drop_off=endings.get("journey.drop_off"),
        emotion=feelings.get("journey.emotion"),
        moments=feelings.get("journey.moments"),
        loss=loss if loss is not None and "money" in loss.table else None,
        to_be=change(log, settings, losses=losses) if len(what_if) else None,
        level=settings.level,
    )


def answer(journey: Finding, *, losses: Part, what_if: Part, endings: Part) -> list[Finding]:
    """What a report begins with: what is lost and what mending brings, else how long customers stay; then the map."""
    first = [losses.get("journey.loss"), what_if.get("journey.what_if")]
    if not any(first):
        first = [endings.get("journey.dwell")]
    return [finding for finding in (*first, journey) if finding is not None]
