"""Surveys: customers are asked about a visit, some answer, and what they answer becomes the long table of the contract.

Every customer who came in a quarter has one visit of that quarter, drawn at random, that a survey may be about: a
sheet. Sheets are asked by chance alone and answered by chance and satisfaction.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from scipy.special import expit, logit

from cxlab.data.simulate.business import Business
from cxlab.data.simulate.customers import coded, numbered
from cxlab.data.simulate.experience import Experience
from cxlab.data.simulate.satisfaction import correlated
from cxlab.data.simulate.visits import Visits, quarters, visits

#: median delay of an answer in seconds, its spread, seconds a question (careful, rushed)
_DELAY, _DELAY_SPREAD, _SECONDS, _RUSHED = 5 * 3600.0, 1.2, 6.5, 1.1


@dataclass(frozen=True)
class Sheets(Visits):
    """Visits that a survey may be about.

    Parameters
    ----------
    chance : (n,) chance of an answer
    asked, answered : (n,) bool
    """

    chance: np.ndarray
    asked: np.ndarray
    answered: np.ndarray


@dataclass(frozen=True)
class Answers:
    """What came back; r responses in order of time.

    Parameters
    ----------
    sheet : (r,) the sheet each is about
    brand : (r,) 0 the own shop, then the rivals
    time, seconds : (r,) when it was sent, and how long it took
    overall : (r,) satisfaction behind it
    straight, fast, again : (r,) bool: one answer to all items, rushed, sent again
    scores : (r, Q) answers, −1: left out
    importance : (r, K) stated importance; −1 for rivals
    """

    sheet: np.ndarray
    brand: np.ndarray
    time: np.ndarray
    seconds: np.ndarray
    overall: np.ndarray
    straight: np.ndarray
    fast: np.ndarray
    again: np.ndarray
    scores: np.ndarray
    importance: np.ndarray


def sheets(
    business: Business,
    experience: Experience,
    orders: dict[str, np.ndarray],
    people: dict[str, np.ndarray],
    times: tuple[int, int, int],
    separation: float,
    rng: np.random.Generator,
) -> Sheets:
    """Draw what could be asked about, how it was, and who answers.

    Parameters
    ----------
    orders : customer, time, hand of every visit
    people : segment, later, level by customer
    times : first moment, beginning of the second period and last moment, seconds
    """
    first, last = (int(quarters(np.array(t))) for t in (times[0], times[2]))
    pick = rng.permutation(len(orders["time"]))
    wave = quarters(orders["time"][pick]) - first
    key = orders["customer"][pick].astype(np.int64) * (last - first + 1) + wave
    pick = pick[np.unique(key, return_index=True)[1]]
    made = visits(business, experience, orders, pick, people, times, separation, rng)
    n, overall = len(pick), made.overall
    chance = expit(logit(experience.answers) + experience.nonresponse * overall)
    asked = rng.random(n) < experience.asked
    answered = asked & (rng.random(n) < chance)
    return Sheets(**vars(made), chance=chance, asked=asked, answered=answered)


def answers(
    experience: Experience, made: Sheets, people: dict[str, np.ndarray], over: int, rng: np.random.Generator
) -> Answers:
    """Draw what comes back of the sheets: answers of the own shop, of those who go on also of the rivals."""
    sheet = np.flatnonzero(made.answered)
    sent = made.time[sheet] + (_DELAY * np.exp(_DELAY_SPREAD * rng.standard_normal(len(sheet)))).astype(np.int64)
    kept = sent <= over
    sheet, sent = sheet[kept], sent[kept]
    own, whole, means = len(sheet), [made.felt[sheet]], np.array([c.mean for c in experience.components])
    overall, rows, brand = [made.overall[sheet]], [np.arange(own)], [np.zeros(own, dtype=np.int8)]
    compared = np.flatnonzero(rng.random(own) < experience.compare)
    for number, points in enumerate(experience.rivals.values(), start=1):
        level = people["level"][made.customer[sheet[compared]]]
        fresh = rng.standard_normal((2, len(compared)), dtype=np.float32)
        felt = means + experience.points_of(points) + experience.taste * level
        felt = felt + np.sqrt(1 - experience.taste**2) * experience.customer * correlated(experience, fresh[0], rng)
        felt = felt + experience.visit * correlated(experience, fresh[1], rng)
        whole.append(felt.astype(np.float32))
        overall.append((felt - means) @ experience.weight + experience.rest * rng.standard_normal(len(compared)))
        rows.append(compared)
        brand.append(np.full(len(compared), number, dtype=np.int8))
    rows, brand, felt, overall = (np.concatenate(parts) for parts in (rows, brand, whole, overall))
    careless = rng.random((2, own)) < np.array([[experience.straight], [experience.fast]])
    straight, fast = careless[:, rows]
    scores = _scores(experience, felt - means, overall, straight, fast, rng)
    importance = np.full((len(rows), len(means)), -1, dtype=np.int8)
    stated = np.array([c.importance for c in experience.components]) + rng.normal(0, 1.1, (own, len(means)))
    importance[:own] = np.clip(np.rint(stated), 1, 7)
    seconds = np.where(fast, _RUSHED, _SECONDS) * scores.shape[1] * np.exp(0.3 * rng.standard_normal(len(rows)))
    time = sent[rows] + brand * (seconds + 5).astype(np.int64)
    twice = np.flatnonzero(rng.random(len(rows)) < experience.twice)
    order = np.concatenate([np.arange(len(rows)), twice])
    again = np.arange(len(order)) >= len(rows)
    time = time[order] + again * rng.integers(20, 600, len(order))
    seen = np.flatnonzero(time <= over)
    seen = seen[np.argsort(time[seen], kind="stable")]
    order, again, time = order[seen], again[seen], time[seen]
    return Answers(
        sheet[rows[order]],
        brand[order],
        time,
        np.maximum(1, np.rint(seconds[order])).astype(np.int32),
        overall[order],
        straight[order],
        fast[order],
        again,
        scores[order],
        importance[order],
    )


def surveys_table(
    business: Business, experience: Experience, made: Sheets, back: Answers, people: pa.Array, waves: list[str]
) -> pa.Table:
    """The long table: a row an answer, the questions of a response one after the other."""
    r, q = back.scores.shape
    items = experience.items
    component = np.array([k for _, k, _ in items] + [-1] * len(experience.questions))
    low = np.array([1] * len(items) + [question.low for question in experience.questions], dtype=float)
    high = np.array([7] * len(items) + [question.high for question in experience.questions], dtype=float)
    own = back.brand == 0
    importance = np.where(component >= 0, back.importance[:, component], -1).ravel()
    score = back.scores.ravel()

    def each(codes: np.ndarray, labels) -> pa.Array:
        return coded(np.repeat(codes, q), labels)

    return pa.table(
        {
            "response_id": each(np.arange(r), numbered("R", r)),
            "question": coded(np.tile(np.arange(q), r), questions(experience)),
            "score": pa.array(score.astype(float), mask=score < 0),
            "scale_min": pa.array(np.tile(low, r)),
            "scale_max": pa.array(np.tile(high, r)),
            "customer_id": each(made.customer[back.sheet], people),
            "timestamp": pa.array(np.repeat(back.time.astype("datetime64[s]"), q)),
            "touchpoint": each(np.where(own, made.touchpoint[back.sheet], -1), business.names),
            "brand": each(back.brand, [experience.shop, *experience.rivals]),
            "importance": pa.array(importance.astype(float), mask=importance < 0),
            "segment": each(made.segment[back.sheet], [s.name for s in business.segments]),
            "wave": each(made.wave[back.sheet], waves),
            "handled_by": each(np.where(own, made.hand[back.sheet], -1), business.team),
            "duration_s": pa.array(np.repeat(back.seconds, q)),
        }
    )


def questions(experience: Experience) -> list[str]:
    """Names of all questions, items first."""
    return [name for name, _, _ in experience.items] + [question.name for question in experience.questions]


def _scores(
    experience: Experience,
    apart: np.ndarray,
    overall: np.ndarray,
    straight: np.ndarray,
    fast: np.ndarray,
    rng: np.random.Generator,
) -> np.ndarray:
    """(r, Q) answers to all questions; −1 where one is left out."""
    n, items, asked = len(overall), experience.items, experience.questions
    scores = np.empty((n, len(items) + len(asked)), dtype=np.int8)
    for column, (_, k, _) in enumerate(items):
        latent = experience.components[k].mean + apart[:, k] + experience.item * rng.standard_normal(n)
        scores[:, column] = np.clip(np.rint(latent), 1, 7)
    middle = np.mean([c.mean for c in experience.components]) + apart.mean(axis=1)
    scores[:, : len(items)] = np.where(
        straight[:, None], np.clip(np.rint(middle), 1, 7)[:, None], scores[:, : len(items)]
    )
    for column, question in enumerate(asked, start=len(items)):
        of = overall if question.about == "overall" else apart[:, experience.names.index(question.about)]
        latent = question.mean + question.slope * of + question.noise * rng.standard_normal(n)
        scores[:, column] = np.clip(np.rint(latent), question.low, question.high)
    rushed = np.flatnonzero(fast & ~straight)
    low = np.array([1] * len(items) + [question.low for question in asked])
    high = np.array([7] * len(items) + [question.high for question in asked])
    random = rng.integers(low, high + 1, (len(rushed), len(low)))
    scores[rushed] = np.where(rng.random(random.shape) < 0.5, random, scores[rushed])
    scores[rng.random(scores.shape) < experience.skipped] = -1
    return scores
