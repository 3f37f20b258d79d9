"""The parts of the study of experience: the findings of each, and one sentence where the data cannot tell."""

from __future__ import annotations

from dataclasses import replace

from cxlab.data.contract import TABLES
from cxlab.errors import DataError
from cxlab.experience.drivers.gaps import service_gaps
from cxlab.experience.drivers.halo import halo
from cxlab.experience.drivers.importance_performance import importance_performance
from cxlab.experience.drivers.kano import kano
from cxlab.experience.drivers.kano_answers import read_kano
from cxlab.experience.drivers.key_drivers import driver_shares, key_drivers
from cxlab.experience.drivers.ratings import read_ratings
from cxlab.experience.drivers.rivals import rival_gaps
from cxlab.experience.drivers.scorecard import differentiation_scorecard
from cxlab.experience.feedback.emerging import emerging
from cxlab.experience.feedback.quality import reading_quality
from cxlab.experience.feedback.sentiment import positive_shares, score_sentiment
from cxlab.experience.feedback.texts import read_texts
from cxlab.experience.feedback.theme_matrix import theme_matrix, theme_ranking
from cxlab.experience.feedback.themes import find_themes
from cxlab.experience.money.answering import lifetime_by_score, who_answered
from cxlab.experience.money.by_score import by_score
from cxlab.experience.money.chain import value_chain
from cxlab.experience.money.link import link_behaviour
from cxlab.experience.money.value_of_a_point import value_of_a_point
from cxlab.experience.monitor.act_or_wait import monitor
from cxlab.experience.scores.answers import read_answers
from cxlab.experience.scores.ces import customer_effort
from cxlab.experience.scores.components import component_reliability
from cxlab.experience.scores.consistency import consistency, staff_scores
from cxlab.experience.scores.csat import satisfaction
from cxlab.experience.scores.lateness import early_and_late
from cxlab.experience.scores.nps import net_promoter_score
from cxlab.experience.scores.planner import plan_sample
from cxlab.experience.scores.pooled import pooled_scores
from cxlab.experience.scores.posterior import pool_answers
from cxlab.experience.scores.ranks import ranked_scores
from cxlab.experience.scores.response import readiness, response_rate
from cxlab.experience.scores.stars import star_ratings
from cxlab.experience.scores.waves import wave_change
from cxlab.experience.study import Asked, ExperienceStudy, kano_pairs
from cxlab.finding import Check, Finding
from cxlab.parts import Part, part_of

#: columns of surveys that the door makes
_MADE = ("source_column", "flag", "answer", "duration_s")
_AND_WAVES = "The chart adds up small shifts over many periods; waves compare two at a time and may not show them yet."
_SCORES = {"nps": net_promoter_score, "ces": customer_effort, "stars": star_ratings}


def _score(kind: str, answers, settings: ExperienceStudy):
    if kind in _SCORES:
        return _SCORES[kind](answers, level=settings.level)
    # two of five scores count as satisfied, and as large a part of longer scales
    return satisfaction(answers, boxes=max(1, round(0.4 * len(answers.scores))), level=settings.level)


def _kind(survey: Asked, role: str) -> str:
    """The kind of score that a headline question is: that of its role, or of the overall question's own scale."""
    found = survey.found.set_index("question")["kind"]
    return role if role != "overall" else str(found[survey.overall])


def _answers(survey: Asked, settings: ExperienceStudy, question: str, **how):
    return read_answers(survey.data, question=question, flagged=settings.flagged, **how)


def scores(survey: Asked, settings: ExperienceStudy) -> Part:
    """Each score of our own business as a whole; marked where those who seldom answer are known to feel otherwise."""
    ours = survey.ours
    found = part_of(*(
        lambda role=role, question=question: replace(
            _score(_kind(survey, role), _answers(ours, settings, question), settings), name=f"experience.score_{role}"
        )
        for role, question in survey.headline.items()
    ))  # fmt: skip
    ready = _readiness(ours, settings)
    return found.with_checks(*(_speaks_for_all(finding) for finding in ready))


def _readiness(ours: Asked, settings: ExperienceStudy) -> Part:
    tables = ours.data.tables
    if "customer_id" not in ours.data.surveys.columns or "customers" not in tables:
        return Part()
    if "invitations" not in tables["customers"].columns:
        return Part()
    return part_of(lambda: readiness(ours.data, question=ours.recommend or ours.overall, level=settings.level))


def _speaks_for_all(ready: Finding) -> Check:
    gap = ready.table.set_index("who").loc["difference"]
    alike = bool(gap.low <= 0 <= gap.high)
    return Check(
        "customers who seldom answer feel like those who answer gladly", alike, "alike" if alike else "they differ",
        "no difference that can be told",
        f"This is the score of those who answer; those who never do are probably {'less' if gap.value > 0 else 'more'} "
        "satisfied.",
    )  # fmt: skip


def groups(survey: Asked, settings: ExperienceStudy) -> Part:
    """Where the overall score is higher and lower once chance is taken out, and who serves."""
    ours = survey.ours
    measures = []
    if survey.by:
        pooled = _once(lambda: pool_answers(
            _answers(ours, settings, survey.overall, by=survey.by), draws=settings.draws, rng=settings.seed
        ))  # fmt: skip
        measures = [
            lambda: pooled_scores(pooled(), level=settings.level),
            lambda: _told(ranked_scores(pooled(), level=settings.level)),
        ]
    found = part_of(*measures)
    if not survey.by:
        others = [
            c
            for c in survey.data.surveys.columns
            if c not in {own.name for own in TABLES["surveys"].columns} | set(_MADE)
        ]
        may = f" (-p by=COLUMN takes another: {', '.join(others[:5])})" if others else ""
        found += Part(absent=f"The survey has no touchpoint, segment, channel or brand to tell answers apart{may}.")
    columns = survey.data.surveys.columns
    if not {"handled_by", "customer_id"} & set(columns):
        return found + Part(absent="Neither staff nor customers are named, so nothing is said about consistency.")
    asked_of = {"question": survey.overall, "flagged": settings.flagged, "level": settings.level}
    found += part_of(lambda: consistency(ours.data, **asked_of))
    return found + part_of(lambda: staff_scores(ours.data, **asked_of)) if "handled_by" in columns else found


def _told(finding: Finding) -> Finding:
    """A finding without its picture, where its neighbour's shows as much."""
    return replace(finding, draw=None)


def _once(make):
    """A value that is made when it is first asked for."""
    made = []

    def value():
        if not made:
            made.append(make())
        return made[0]

    return value


def waves(survey: Asked, settings: ExperienceStudy) -> Part:
    """Whether scores have changed, and how many answers the next wave needs."""
    ours, question = survey.ours, survey.recommend or survey.overall
    found = Part()
    if survey.wave:
        found = part_of(*(
            lambda role=role, question=question: replace(
                wave_change(
                    ours.data, question=question, wave=survey.wave, flagged=settings.flagged, level=settings.level
                ),
                name=f"experience.waves_{role}",
            )
            for role, question in survey.headline.items() if role in ("overall", "nps")
        ))  # fmt: skip
    else:
        found = Part(absent="Answers have no times that span waves, so nothing is said about change.")
    change = settings.points if question == survey.recommend else None
    answers = _once(lambda: _answers(ours, settings, question, wave=survey.wave))
    return found + part_of(lambda: plan_sample(answers(), change=change, level=settings.level))


def answering(survey: Asked, settings: ExperienceStudy) -> Part:
    """Who answers of those who were asked, and whether the others may feel otherwise."""
    tables, ours = survey.data.tables, survey.ours.data
    named = "customer_id" in survey.data.surveys.columns
    measures = []
    ready = _readiness(survey.ours, settings)
    if len(ready):
        measures = [lambda: _told(response_rate(ours, level=settings.level)), lambda: ready.findings[0]]
    elif survey.dated:
        measures = [lambda: early_and_late(ours, question=survey.overall, wave=survey.wave, level=settings.level)]
    if named and "transactions" in tables:
        measures.append(lambda: who_answered(ours, level=settings.level, currency=settings.currency))
    if not measures:
        return Part(absent="Who was asked, and when, is not known: nothing is said about those who did not answer.")
    return part_of(*measures)


def drivers(survey: Asked, settings: ExperienceStudy) -> Part:
    """What goes along with the overall score, where it falls short, and how much of it is one impression."""
    if len(survey.drivers) < 2:
        return Part(absent="Fewer than two questions were asked beside the overall score: there are no drivers.")
    shares = _once(lambda: _shares(survey.ours, settings))
    measures = [
        lambda: key_drivers(shares(), level=settings.level),
        lambda: importance_performance(shares(), level=settings.level),
        lambda: halo(shares(), level=settings.level),
    ]
    return part_of(*measures) + reliable(survey, settings)


def _shares(survey: Asked, settings: ExperienceStudy):
    ratings = read_ratings(survey.data, outcome=survey.overall, drivers=survey.drivers, flagged=settings.flagged)
    return driver_shares(ratings, draws=min(settings.draws, 500), rng=settings.seed)


def reliable(survey: Asked, settings: ExperienceStudy) -> Part:
    """Whether the items of each component measure one thing."""
    if not survey.components:
        return Part()
    return part_of(lambda: component_reliability(survey.ours.items, survey.components, level=settings.level))


def wishes(survey: Asked, settings: ExperienceStudy) -> Part:
    """What customers expect, want and are delighted by, and what they met; where it was asked."""
    found = Part()
    pairs = kano_pairs(settings) or None
    try:
        answers = read_kano(survey.items, pairs=pairs)
        found += part_of(lambda: kano(answers, level=settings.level))
    except DataError:
        if pairs:
            raise
        found += Part(absent="No paired questions (with it, without it) were asked: Kano's kinds are not told.")
    if settings.expected:
        pairs = {met: [(met, wanted)] for met, wanted in settings.expected.items()}
        return found + part_of(lambda: service_gaps(survey.items, pairs=pairs, level=settings.level))
    return found


def rivals(survey: Asked, settings: ExperienceStudy) -> Part:
    """Where we are better than each rival, and which lead is worth having."""
    if not survey.own:
        return Part(absent="No rivals are rated: nothing is said about differences to them.")
    questions = survey.drivers or (survey.overall,)
    gaps = part_of(lambda: rival_gaps(survey.data, own=survey.own, questions=questions, level=settings.level))
    if not len(gaps) or len(survey.drivers) < 2:
        return gaps
    return gaps + part_of(lambda: differentiation_scorecard(
        gaps.findings[0], importance=_shares(survey.ours, settings), hard_to_copy=settings.hard_to_copy or None,
        level=settings.level, rng=settings.seed,
    ))  # fmt: skip


def words(data, settings: ExperienceStudy, *, staff=()) -> Part:
    """What customers write about, how it feels, and what is new."""
    if "feedback" not in data.tables:
        return Part(absent="There are no texts of customers.")
    texts = read_texts(data, staff=staff)
    sentiment = score_sentiment(texts, rng=settings.seed)
    themes = find_themes(texts, rng=settings.seed)
    measures = [lambda: theme_ranking(themes, sentiment, level=settings.level)]
    if texts.has("touchpoint"):
        measures.append(lambda: theme_matrix(themes, sentiment, level=settings.level))
    measures.append(lambda: positive_shares(
        sentiment, by="touchpoint" if texts.has("touchpoint") else (), level=settings.level
    ))  # fmt: skip
    if sentiment.known_by:
        measures.append(lambda: _told(reading_quality(sentiment, level=settings.level)))
    if texts.has("timestamp"):
        measures.append(lambda: emerging(themes, period=_long_period(texts), level=settings.level))
    return part_of(*measures)


def _long_period(texts) -> str:
    days = (texts.table["timestamp"].max() - texts.table["timestamp"].min()).days
    return "week" if days < 90 else "month" if days < 400 else "quarter"


def watched(survey: Asked, settings: ExperienceStudy) -> Part:
    """Whether the overall score calls for action now."""
    ours = survey.ours
    if not survey.dated:
        return Part(absent="Answers have no times: there is nothing to watch.")
    kpi = "nps" if _kind(survey, "overall") == "nps" else "mean"

    def chart() -> Finding:
        found = monitor(ours.data, kpi=kpi, question=survey.overall, period=settings.period, level=settings.level)
        return replace(found, text=f"{found.text} {_AND_WAVES}")

    return part_of(chart)


def money(survey: Asked, settings: ExperienceStudy) -> Part:
    """What customers did after they answered, and what a point goes along with in money."""
    ours = survey.ours.data
    if not {"transactions", "subscriptions"} & set(ours.tables) or "customer_id" not in ours.surveys.columns:
        return Part(absent="Answers cannot be joined to purchases or contracts: nothing is said about money.")
    how = {"window": settings.window, "flagged": settings.flagged, "currency": settings.currency}
    link = _once(lambda: link_behaviour(ours, question=survey.overall, **how))
    intention = survey.recommend if survey.recommend != survey.overall else None
    worth = [lambda: lifetime_by_score(ours, link(), level=settings.level, draws=settings.draws, rng=settings.seed)]
    return part_of(
        lambda: value_of_a_point(link(), level=settings.level),
        lambda: by_score(link(), level=settings.level),
        *(worth if "transactions" in ours.tables else []),
        lambda: value_chain(ours, satisfaction=survey.overall, intention=intention, level=settings.level,
                            draws=settings.draws, rng=settings.seed, **how),
    )  # fmt: skip


def answer(*, scores: Part, drivers: Part, words: Part, money: Part) -> list[Finding]:
    """What a report begins with: how customers feel, what goes along with it or what they write, what it is worth."""
    about = drivers.get("experience.drivers") or words.get("experience.themes")
    first = [next(iter(scores), None), about, money.get("experience.value_of_a_point")]
    return [finding for finding in first if finding is not None]
