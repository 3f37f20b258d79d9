"""The parts of the study of roadmaps: the findings of each, and one sentence where the data cannot tell."""

from __future__ import annotations

from cxlab.differentiation.returns.worth import initiative_returns
from cxlab.differentiation.roadmap.recommend import milestones, recommended_plan, roadmap
from cxlab.differentiation.study_roadmap import Considered, RoadmapStudy
from cxlab.finding import Finding
from cxlab.parts import Part, part_of


def first(found: Considered, settings: RoadmapStudy) -> Part:
    """Which initiatives come first, and what they bring together."""
    return part_of(lambda: recommended_plan(found.plan, found.values, level=settings.level))


def each(found: Considered, settings: RoadmapStudy) -> Part:
    """What each option is worth by itself."""
    return part_of(lambda: initiative_returns(found.values, level=settings.level))


def order(found: Considered, settings: RoadmapStudy) -> Part:
    """When each starts, and who watches what."""
    return part_of(
        lambda: roadmap(found.plan, found.values, level=settings.level),
        lambda: milestones(found.plan, found.values),
    )


def answer(first: Part) -> list[Finding]:
    """What a report begins with."""
    return list(first)
