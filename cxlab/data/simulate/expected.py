"""What customers would answer on average, carefully and whoever answers: of those who came, of all, of rivals."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from cxlab.data.simulate import exact
from cxlab.data.simulate.experience import Question
from cxlab.data.simulate.satisfaction import spread
from cxlab.data.simulate.visits import Fixed

if TYPE_CHECKING:
    from cxlab.data.simulate.experience_truth import ExperienceTruth

#: how many are counted, and {question: {measure: value}}
Means = tuple[int, dict[str, dict[str, float]]]


def came(truth: ExperienceTruth, of: np.ndarray | None) -> Means:
    expected = truth.sheets.expected if of is None else truth.sheets.expected[of]
    found = {}
    for question in exact.asked_of(truth.experience):
        deviation = exact.about(truth.experience, question, expected)
        answers = exact.expected_answer(question, deviation, exact.visit_spread(truth.experience, question))
        found[question.name] = {name: float(values.mean()) for name, values in answers.items()}
    return len(expected), found


def answering(truth: ExperienceTruth) -> Means:
    made, found = truth.sheets, {}
    for question in exact.asked_of(truth.experience):
        felt = exact.about(truth.experience, question, made.felt)
        deviation = made.overall if question.about == "overall" else felt
        answers = exact.expected_answer(question, deviation, 0.0)
        found[question.name] = {n: float(np.average(v, weights=made.chance)) for n, v in answers.items()}
    return len(made.time), found


def everyone(truth: ExperienceTruth) -> Means:
    """Everybody who ever bought, in all quarters, at all touchpoints and with all staff as a survey meets them."""
    told, business = truth.experience, truth.business
    fixed = Fixed(business, told, len(truth.waves) - 1, truth.separation)
    names, total = business.names, sum(told.touchpoints.values())
    mixed = [
        (names.index(name), -1 if hand == "self-service" else business.team.index(hand), weight / total / len(team))
        for name, weight in told.touchpoints.items()
        for team in [business.touchpoints[names.index(name)].handled_by]
        for hand in team
    ]
    point, hand, weight = (np.array(column) for column in zip(*mixed, strict=True))
    waves, n = len(truth.waves), int(truth.bought.sum())
    parts = [
        (truth.level[truth.bought] + fixed.group[codes[truth.bought]], at)
        for codes, at in (
            (truth.segment, np.arange(truth.change_wave)),
            (truth.later, np.arange(truth.change_wave, waves)),
        )
    ]
    found = {}
    for question in exact.asked_of(told):
        sums = dict.fromkeys(("mean", "top", "nps"), 0.0)
        for own, at in parts:
            shift = fixed.at[point][:, None] + fixed.when[at] + fixed.team[hand][:, None, None] + fixed.all
            shift = exact.about(told, question, (shift + fixed.means).reshape(-1, shift.shape[-1]))
            weights = np.repeat(weight, len(at)) / waves
            deviation = exact.about(told, question, own + fixed.means)
            sd = exact.visit_spread(told, question)
            for name in sums if n and len(at) else ():
                sums[name] += exact.interpolated(_mixture(question, name, shift, weights, sd), deviation).mean()
        found[question.name] = sums
    return n, found


def rival(truth: ExperienceTruth, name: str) -> Means:
    """What those who came would say of a rival, each customer as often as there were quarters."""
    told = truth.experience
    means = np.array([c.mean for c in told.components])
    own = told.taste * truth.level[truth.sheets.customer] + means + told.points_of(told.rivals[name])
    apart, found = np.sqrt(1 - told.taste**2) * told.customer, {}
    for question in exact.asked_of(told):
        fresh = spread(told, apart) if question.about == "overall" else apart
        sd = float(np.hypot(fresh, exact.visit_spread(told, question)))
        answers = exact.expected_answer(question, exact.about(told, question, own), sd)
        found[question.name] = {measure: float(values.mean()) for measure, values in answers.items()}
    return len(np.unique(truth.sheets.customer)), found


def _mixture(
    question: Question, measure: str, shift: np.ndarray, weight: np.ndarray, sd: float
) -> Callable[[np.ndarray], np.ndarray]:
    """A measure of the answer at a deviation, averaged over shifts of it."""

    def of(grid: np.ndarray) -> np.ndarray:
        every = exact.expected_answer(question, (grid[:, None] + shift).ravel(), sd)[measure]
        return every.reshape(len(grid), -1) @ weight

    return of
