"""The parts of the study of roadmaps: the findings of each, and one sentence where the data cannot tell."""

from __future__ import annotations

from cxlab.differentiation.returns.worth import initiative_returns
from cxlab.differentiation.roadmap.aside import set_aside
from cxlab.differentiation.roadmap.assumed import assumptions, in_short
from cxlab.differentiation.roadmap.efficient import budget_frontier, risk_frontier
from cxlab.differentiation.roadmap.pilots import what_to_pilot
from cxlab.differentiation.roadmap.recommend import milestones, recommended_plan, roadmap
from cxlab.differentiation.roadmap.regret import rule_regret
from cxlab.differentiation.roadmap.robust import budget_use, robustness
from cxlab.differentiation.roadmap.stopping import stop_rules
from cxlab.differentiation.study_roadmap import Considered, RoadmapStudy, assumed, rows_left_out, under_others
from cxlab.finding import Finding
from cxlab.parts import Part, part_of


def first(found: Considered, settings: RoadmapStudy) -> Part:
    """Which initiatives come first, what they bring together, what is set aside, and what it takes for granted."""
    taken = assumed(settings)
    others = under_others(found, settings) if found.plan.chosen else []
    other = assumptions((taken, found.plan), others, level=settings.level) if others else None
    return part_of(
        lambda: recommended_plan(
            found.plan, found.values, level=settings.level, left_out=rows_left_out(found.data),
            assumed=in_short(taken, other, level=settings.level),
        ),
        *[lambda: set_aside(found.plan, found.values)] * (len(found.plan.chosen) < len(found.options.names)),
        *[lambda: other] * bool(others),
    )  # fmt: skip


def each(found: Considered, settings: RoadmapStudy) -> Part:
    """What each option is worth by itself."""
    return part_of(lambda: initiative_returns(found.values, level=settings.level))


def order(found: Considered, settings: RoadmapStudy) -> Part:
    """When each starts, and who watches what."""
    return part_of(
        lambda: roadmap(found.plan, found.values, level=settings.level),
        lambda: milestones(found.plan, noise=settings.pilot_noise),
    )


def sure(found: Considered, settings: RoadmapStudy) -> Part:
    """How often each option belongs to the best plan, and whether the budget holds."""
    return part_of(
        lambda: robustness(found.known, level=settings.level),
        lambda: budget_use(found.plan, level=settings.level),
    )


def learn(found: Considered, settings: RoadmapStudy) -> Part:
    """What to pilot before it is undertaken."""
    return part_of(lambda: what_to_pilot(
        found.known, cost=settings.pilot_cost, noise=settings.pilot_noise, months=settings.pilot_months,
        rng=settings.seed,
    ))  # fmt: skip


def simpler(found: Considered, settings: RoadmapStudy) -> Part:
    """What simpler rules lose, and what more or less money brings."""
    if not found.plan.chosen:
        return Part(absent="Nothing is undertaken, so there is nothing that simpler rules or more money are held to.")
    return part_of(
        lambda: rule_regret(found.plan, level=settings.level),
        lambda: budget_frontier(found.plan, level=settings.level),
        lambda: risk_frontier(found.plan, found.known.pool),
    )


def stopping(found: Considered, settings: RoadmapStudy) -> Part:
    """From which measured effect on each initiative should end."""
    if not found.plan.chosen:
        return Part(absent="Nothing is undertaken, so there is nothing to stop.")
    return part_of(lambda: stop_rules(found.plan, noise=settings.pilot_noise))


def answer(first: Part) -> list[Finding]:
    """What a report begins with."""
    return list(first)[:1]
