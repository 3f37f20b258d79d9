"""The parts of the study of trials: the findings of each, and one sentence where the data cannot tell."""

from __future__ import annotations

from dataclasses import replace

from cxlab.differentiation.study_trials import TrialsStudy, Tried, reading
from cxlab.differentiation.trials.ab import best_arm, compare_arms, trial_effect
from cxlab.differentiation.trials.arms import trial_arms
from cxlab.differentiation.trials.clusters import site_draws, site_effect
from cxlab.differentiation.trials.cuped import cuped, cuped_effect
from cxlab.differentiation.trials.decision import decide_trial
from cxlab.differentiation.trials.did import difference_in_differences
from cxlab.differentiation.trials.discontinuity import regression_discontinuity
from cxlab.differentiation.trials.effect import Effect
from cxlab.differentiation.trials.event_study import event_study, parallel_trends
from cxlab.differentiation.trials.interrupted import interrupted_series
from cxlab.differentiation.trials.money import effect_in_money
from cxlab.differentiation.trials.planner import plan_trial
from cxlab.differentiation.trials.power import Outcome
from cxlab.differentiation.trials.sequential import plan_looks, sequential_looks
from cxlab.differentiation.trials.synthetic import synthetic_control
from cxlab.finding import Finding
from cxlab.parts import Part, part_of
from cxlab.wording import count, interval, span

_NOT_RANDOM = "Nobody drew lots for who was treated: "


def fair(found: Tried, settings: TrialsStudy) -> Part:
    """Who was in which arm, or treated when; and what speaks against the comparison."""
    if found.trial is not None:
        return part_of(lambda: trial_arms(found.trial))
    if found.panel is None:
        return Part(absent=f"{_NOT_RANDOM}a limit of {settings.limit_on} decided.")
    return part_of(lambda: parallel_trends(found.panel, level=settings.level, rng=settings.seed))


def happened(found: Tried, settings: TrialsStudy) -> Part:
    """What was changed: arms side by side, sites where these were assigned, and what to do."""
    trial = found.trial
    if trial is None:
        return Part(absent=f"{_NOT_RANDOM}arms cannot be compared as if they had been.")
    if trial.assigned == "site":
        return part_of(lambda: site_effect(trial, level=settings.level, rng=settings.seed))
    how = {"spread": settings.spread, "better": settings.better, "level": settings.level}
    measures = [
        lambda: compare_arms(trial, **how),
        lambda: decide_trial(trial, care=settings.care, **how),
    ]
    if trial.has_before:
        measures.append(lambda: cuped(trial, level=settings.level))
    return part_of(*measures)


def over_time(found: Tried, settings: TrialsStudy) -> Part:
    """What changed for those who were treated, beside those who were not, their own past, or across a limit."""
    how = {"level": settings.level, "rng": settings.seed}
    if found.limit is not None:
        return part_of(lambda: regression_discontinuity(found.limit, per=settings.one, **how).finding)
    if found.panel is None:
        return Part()
    panel = found.panel
    measures = [
        lambda: difference_in_differences(panel, **how).finding,
        lambda: event_study(panel, **how).finding,
    ]
    if panel.treated.sum() == 1:
        measures.append(lambda: synthetic_control(panel, **how).finding)
    measures.append(lambda: interrupted_series(panel, **how).finding)
    return part_of(*measures)


def effect(found: Tried, settings: TrialsStudy) -> Effect:
    """What is taken on to money: the adjusted difference where units were measured before, sites where these count."""
    how = {"draws": settings.draws, "rng": settings.seed}
    if found.limit is not None:
        return regression_discontinuity(found.limit, per=settings.one, level=settings.level, rng=settings.seed).effect
    if found.panel is not None:
        panel = found.panel
        if panel.treated.sum() == 1 and len(panel) > 3:
            return synthetic_control(panel, per=settings.one, level=settings.level, rng=settings.seed).effect
        return difference_in_differences(panel, per=settings.one, level=settings.level, rng=settings.seed).effect
    trial = found.trial
    if trial.assigned == "site":
        return site_draws(trial, **how)
    arm = best_arm(trial, spread=settings.spread, better=settings.better)
    if trial.has_before:
        return cuped_effect(trial, arm, **how)
    return trial_effect(trial, arm, spread=settings.spread, better=settings.better, **how)


def worth(found: Tried, settings: TrialsStudy) -> Part:
    """The effect in money a year, where a margin and the customers of a year are stated."""
    missing = [name for name in ("margin", "customers") if not getattr(settings, name)]
    if missing:
        return Part(absent=_unpriced(found, settings, missing))
    return part_of(lambda: effect_in_money(
        replace(_good(effect(found, settings), settings), over=settings.over), margin=settings.margin,
        customers=settings.customers, cost=settings.cost, running=settings.running, years=settings.years,
        discount=settings.discount, currency=settings.currency or _currency(found), level=settings.level,
        rng=settings.seed,
    ))  # fmt: skip


def _good(of: Effect, settings: TrialsStudy) -> Effect:
    """The effect with its sign turned where less is better, so that money comes in."""
    return of if settings.better == "higher" else of.times(-1)


def _currency(found: Tried) -> str:
    return next(part.currency for part in (found.trial, found.panel, found.limit) if part is not None)


def _unpriced(found: Tried, settings: TrialsStudy, missing: list[str]) -> str:
    asks = " and ".join({"margin": "what one more is worth", "customers": f"how many {_each(settings)} a year"}[m]
                        for m in missing)  # fmt: skip
    options = " ".join(f"-p {name}=NUMBER" for name in missing)
    words = f"What it is worth is not told, because it is not stated {asks} ({options})."
    trial = found.trial
    if trial is not None and trial.kind == "share" and trial.assigned == "unit":
        of, more = _good(effect(found, settings), settings), "more" if settings.better == "higher" else "fewer"
        ends = interval(*(count(1000 * end) for end in of.interval(settings.level)), level=settings.level)
        words += f" Of 1,000 {settings.one}s, {of.name} brings {count(1000 * of.mean)} {more} {ends}."
    return words


def _each(settings: TrialsStudy) -> str:
    return f"{settings.one}-periods of {span(settings.over, 'week')}" if settings.over else f"{settings.one}s"


def stopped(found: Tried, settings: TrialsStudy) -> Part:
    """When the trial could honestly have been stopped."""
    if found.trial is None:
        return Part()
    if found.trial.assigned == "site":
        return Part(absent="Whole sites were assigned, so looks at single customers would mislead.")
    if settings.repeated != "refuse":
        return Part(absent="Units stand in several rows, and looks count rows: when to stop is not told.")
    arm = best_arm(found.trial, spread=settings.spread, better=settings.better)
    return part_of(lambda: sequential_looks(
        found.data, arm=arm, looks=settings.looks, level=settings.level, better=settings.better,
        **reading(settings),
    ))  # fmt: skip


def next_trial(found: Tried, settings: TrialsStudy) -> Part:
    """How large the next trial must be, and at which looks it may end."""
    looks = (lambda: plan_looks(settings.looks),) if settings.looks > 1 else ()
    trial = found.trial
    if trial is None:
        return Part(absent=f"{_NOT_RANDOM}the next time, draw lots among units, and this study plans how many.")
    weekly = settings.weekly or (trial.n / trial.weeks if trial.weeks > 0 else 0.0)
    units = replace(Outcome.of(trial), per=settings.one)
    return part_of(
        lambda: plan_trial(units, change_of=settings.change, arms=len(trial.arms), weekly=weekly, weeks=settings.weeks,
                           spread=settings.spread, care=settings.care, better=settings.better),
        *looks,
    )  # fmt: skip


def answer(*, happened: Part, over_time: Part, worth: Part, fair: Part) -> list[Finding]:
    """What a report begins with: what to do, what was changed, what it is worth."""
    first = [
        happened.get("differentiation.decision") or happened.get("differentiation.site_effect")
        or over_time.get("differentiation.synthetic") or next(iter(over_time), None),
        happened.get("differentiation.ab"), worth.get("differentiation.effect_in_money"),
    ]  # fmt: skip
    found = [finding for finding in first if finding is not None]
    return found or [*over_time, *happened, *fair][:1]
