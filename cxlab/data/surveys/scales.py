"""Scales: what the different answers of a question say about its scale, and which score each answer is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cxlab.data.surveys.words import degree, is_no_answer, ladder, plain

_NUMBER = re.compile(
    r"^\(?\s*(-?\d+(?:[.,]\d+)?)\s*\)?\s*(?:$|%$|(?:/|\b(?:out of|of|von|sur|de)\b)\s*(\d+)\b.*$|"
    r"(?:[-–—:=.)|]\s*(?!\s*\d)(\S.*)|\s+(?:stars?|sterne?|etoiles?|étoiles?|estrellas?|points?|punkte?|puntos?)\b.*)$)",
    re.I,
)
_LAST = re.compile(r"^(\D{3,}?)[\s(=:–-]+(\d+)\)?$")
_STARS = re.compile(r"^([★⭐*]\ufe0f?\s*)+(☆\s*)*$|^(☆\s*)+$")
#: numbers that stand for "no answer" where they lie outside the scale
_CODES = (-99, -98, -97, -9, -8, -7, 77, 88, 96, 97, 98, 99, 888, 997, 998, 999, 9999)
_ASKED = re.compile(r"(?<![\d.])(0|1|-2|-3)\s*(?:[-–—]|\.\.|to|bis|à|a|al|through)\s*(\d{1,3})(?![\d.])", re.I)
_OUT_OF = re.compile(r"(?:out of|/|sur|von)\s*(5|7|10|100)\b", re.I)
_NPS = re.compile(r"\bnps\b|net promoter|promoter|recommend|empfehl|recommand|recomend", re.I)
_CES = re.compile(r"\bces\b|customer effort|effort score|\beffort\b", re.I)
_STAR_NAME = re.compile(r"\bstars?\b|\bsterne?\b|\betoiles\b|\bestrellas\b", re.I)
_ENDS = ((0, 10), (1, 10), (1, 7), (1, 5), (0, 5), (1, 4), (1, 3), (0, 100), (1, 100), (-2, 2), (-3, 3))


@dataclass(frozen=True)
class Scale:
    """The scale of one question.

    Parameters
    ----------
    low, high : its ends
    scores : {answer: score, None where it is none or outside}
    outside : answers outside the scale
    unread : answers that are neither score nor "no answer"
    how : "declared", "named" (by the question or its answers), "words" or "seen" (by the answers that occur)
    """

    low: float
    high: float
    scores: Mapping[str, float | None]
    outside: Sequence[str] = ()
    unread: Sequence[str] = ()
    how: str = "seen"


@dataclass
class Parsed:
    """The different answers of a question, each read on its own."""

    numbers: dict[str, float] = field(default_factory=dict)
    words: list[str] = field(default_factory=list)
    none: list[str] = field(default_factory=list)
    labelled: list[float] = field(default_factory=list)
    high: float | None = None


def parse(texts: Mapping[str, int]) -> Parsed:
    """Read the different answers of a question: numbers, numbers with words, stars, words, and those that are none.

    Parameters
    ----------
    texts : {answer: how often}

    >>> found = parse({"9 – Very likely": 3, "10": 1, "N/A": 2, "4/5": 1, "18-24": 1})
    >>> found.numbers, found.words, found.none
    ({'9 – Very likely': 9.0, '10': 10.0, '4/5': 4.0}, ['18-24'], ['N/A'])
    >>> parse({"★★★★☆": 1}).numbers, parse({"5 stars": 1, "3 visits": 2}).words
    ({'★★★★☆': 4.0}, ['3 visits'])
    """
    found = Parsed()
    for text in texts:
        bare = text.strip().replace("−", "-")
        if _STARS.match(bare):
            found.numbers[text] = float(len(re.findall("[★⭐*]", bare)))
            found.high = max(found.high or 0, 5.0, float(len(re.findall("[★⭐*☆]", bare))))
        elif m := _NUMBER.match(bare):
            found.numbers[text] = float(m[1].replace(",", "."))
            if m[2]:
                found.high = float(m[2])
            if m[3]:
                found.labelled.append(found.numbers[text])
        elif is_no_answer(bare):
            found.none.append(text)
        elif (m := _LAST.match(bare)) and not re.search(r"\d", m[1]):
            found.numbers[text] = float(m[2])
            found.labelled.append(found.numbers[text])
        else:
            found.words.append(text)
    return found


def asked(name: str) -> tuple[float, float] | None:
    """The scale that the text of a question names.

    >>> asked("How likely are you to recommend us? (0-10)"), asked("Zufriedenheit von 1 bis 5"), asked("Q10_2")
    ((0.0, 10.0), (1.0, 5.0), None)
    """
    for m in _ASKED.finditer(name):
        if (float(m[1]), float(m[2])) in _ENDS:
            return float(m[1]), float(m[2])
    m = _OUT_OF.search(name)
    return ((0.0 if m[1] in ("10", "100") else 1.0), float(m[1])) if m else None


def scored(parsed: Parsed, low: float, high: float, *, how: str, words: Mapping[str, float] | None = None) -> Scale:
    """The scale with the score of each answer."""
    words = words or {}
    scores: dict[str, float | None] = {t: v if low <= v <= high else None for t, v in parsed.numbers.items()}
    outside = [t for t, v in parsed.numbers.items() if not low <= v <= high]
    scores |= {t: words.get(t) for t in parsed.words} | dict.fromkeys(parsed.none)
    return Scale(low, high, scores, outside, [t for t in parsed.words if t not in words], how)


def declared_scale(parsed: Parsed, *, ends: tuple[float, float] | None, answers: Sequence[str]) -> Scale | None:
    """The scale as declared: by its ends, by the order of its answers, or both.

    >>> found = declared_scale(parse({"Meh": 1, "wow": 1, "10": 1}), ends=None, answers=["Meh", "Fine", "Wow"])
    >>> found.high, found.scores
    (3.0, {'10': None, 'Meh': 1.0, 'wow': 3.0})
    """
    if not ends and not answers:
        return None
    words = {}
    if answers:
        low, high = ends or (1.0, float(len(answers)))
        step = (high - low) / max(1, len(answers) - 1)
        order = {plain(a): low + i * step for i, a in enumerate(answers)}
        held = [t for t in (*parsed.words, *parsed.none, *parsed.numbers) if plain(t) in order]
        words = {t: order[plain(t)] for t in held}
        parsed = Parsed({t: v for t, v in parsed.numbers.items() if t not in words},
                        [*parsed.words, *(t for t in held if t not in parsed.words)],
                        [t for t in parsed.none if t not in words])  # fmt: skip
        return scored(parsed, low, high, how="declared", words=words)
    low, high = ends
    return scored(parsed, low, high, how="declared", words=_verbal(parsed.words, low, high))


def guessed_scale(
    name: str, texts: Mapping[str, int], parsed: Parsed, *, beside: Sequence[Parsed] = (), others: Sequence[str] = ()
) -> Scale | None:
    """The scale that the answers show; None where they are on none.

    Parameters
    ----------
    name : the question, whose words may name the scale
    beside : answers of questions that are asked alike, which show more of a scale of numbers
    others : words with which other questions are answered, which show more of a scale of words

    >>> texts = {"2": 1, "5": 4}
    >>> found = guessed_scale("Q1", texts, parse(texts))
    >>> found.low, found.high, found.how
    (1.0, 5.0, 'seen')
    >>> guessed_scale("nps", {"2": 1, "5": 4}, parse(texts)).high
    10.0
    """
    if not parsed.numbers:
        return _in_words(texts, parsed, others)
    answered = sum(n for t, n in texts.items() if t not in parsed.none)
    if sum(n for t, n in texts.items() if t in parsed.numbers) < 0.5 * answered:
        return None
    values = {v for p in (parsed, *beside) for v in p.numbers.values()}
    inner = {v for v in values if v not in _CODES}
    if inner and max(inner) <= 10:
        values = inner
    n = sum(texts[t] for t in parsed.numbers)
    ends, how = _ends(name, values, parsed, n)
    if ends is None:
        return None
    words = _verbal(parsed.words, *ends)
    if sum(n for t, n in texts.items() if t in parsed.numbers or t in words) < 0.8 * answered:
        return None
    return scored(parsed, *ends, how=how, words=words)


def _ends(name: str, values: set[float], parsed: Parsed, n: int) -> tuple[tuple[float, float] | None, str]:
    low, high, spoken = min(values), max(values), name.replace("_", " ")
    said = asked(spoken)
    fitting = [v for v in values if said and said[0] <= v <= said[1]]
    if said and len(fitting) >= 0.5 * len(values):
        return said, "named"
    if parsed.high and high <= parsed.high:
        return (0.0 if low == 0 else 1.0, parsed.high), "named"
    if len(parsed.labelled) > 1 and (min(parsed.labelled), max(parsed.labelled)) in _ENDS:
        return (min(parsed.labelled), max(parsed.labelled)), "named"
    if re.search(r"\bnps\b|net promoter", spoken, re.I) or (_NPS.search(spoken) and high > 7):
        outside = high > 10 or low < 0
        return ((0.0, 10.0), "named") if not outside or _mostly(values, 0, 10) else (None, "")
    if _STAR_NAME.search(spoken) and low >= 0 and high <= 5:
        return (1.0, 5.0), "named"
    if _CES.search(spoken) and low >= 1 and high <= 7 and (high > 5 or n < 30):
        return (1.0, 7.0), "named"
    if low < 0:
        size = next((s for s in (2.0, 3.0, 5.0) if -s <= low and high <= s), None)
        return ((-size, size), "seen") if size else (None, "")
    if high <= 1:
        return None, ""
    if low == 0:
        found = (0.0, 5.0) if high <= 5 else (0.0, 10.0) if high <= 10 else (0.0, 100.0)
    else:
        found = (1.0, 5.0) if high <= 5 else (1.0, 7.0) if high <= 7 else (1.0, 10.0) if high <= 10 else (0.0, 100.0)
    return (found, "seen") if high <= 100 else (None, "")


def _mostly(values: set[float], low: float, high: float) -> bool:
    return sum(low <= v <= high for v in values) >= 0.5 * len(values)


def _in_words(texts: Mapping[str, int], parsed: Parsed, others: Sequence[str]) -> Scale | None:
    """A scale of words; one or two odd answers among many are left without score."""
    answered = sum(texts[t] for t in parsed.words)
    if len({plain(t) for t in parsed.words}) > 12 or not answered:
        return None
    known = [t for t in parsed.words if _known(t)]
    steps = ladder(parsed.words, others=others) or (ladder(known, others=others) if known else None)
    if steps is None or sum(texts[t] for t in parsed.words if t in steps) < 0.8 * answered:
        return None
    words = {t: float(s) for t, s in steps.items() if t}
    return scored(parsed, 1.0, float(steps[""]), how="words", words=words)


def _known(text: str) -> bool:
    return degree(text) is not None or ladder([text]) is not None


def _verbal(words: Sequence[str], low: float, high: float) -> dict[str, float]:
    """Scores of words on a scale with known ends, where the words have as many steps as the scale."""
    known = [t for t in words if _known(t)]
    steps = ladder(known, steps=int(high - low + 1)) if known else None
    if not steps or steps[""] != high - low + 1:
        return {}
    return {t: low + s - 1 for t, s in steps.items() if t}
