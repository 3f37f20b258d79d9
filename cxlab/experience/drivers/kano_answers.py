"""Answers to Kano's paired questions: how would you feel if it were there, and how if it were not."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from ibis import _

from cxlab.errors import DataError, unknown
from cxlab.experience.drivers.ratings import GROUPS, answer_days
from cxlab.experience.scores.questions import survey_table

CATEGORIES = ("attractive", "one-dimensional", "must-be", "indifferent", "reverse", "questionable")
#: answers, in order: how would you feel if it were there (rows of `TABLE`) and if it were not (columns)
ANSWERS = ("like", "expect", "neutral", "tolerate", "dislike")
#: Kano, Seraku, Takahashi & Tsuji (1984), Attractive quality and must-be quality
TABLE = ("QAAAO", "RIIIM", "RIIIM", "RIIIM", "RRRRQ")
#: sorted so that the words of one answer are not found in another first
_WORDS = (
    ("neutral", r"neutral|\bcare\b|indifferent|don.?t mind|no matter|[eé]gal|indiff[ée]rent|indiferente"),
    ("dislike", r"dislike|not like|n.t like|hate|stör|stoer|missf[aä]ll|mag (ich |das |es )*nicht|d[ée]pla[iî]t"
                r"|no me gusta|disgusta"),
    ("tolerate", r"tolerat|live with|put up|bear|accept|in kauf|leben mit|toler|tolér|accommode|soport|aceit"),
    ("expect", r"must|expect|require|basic|take.* granted|voraus|erwart|selbstverst|attend|normal|espero|debe"),
    ("like", r"like|enjoy|delight|pleas|love|freu|gef[aä]ll|mag\b|pla[iî]t|gusta|gosto"),
)  # fmt: skip


@dataclass(frozen=True)
class KanoAnswers:
    """Pairs of answers, counted.

    Parameters
    ----------
    counts : DataFrame, a row an attribute (and group, columns `by` first): attribute, then a column a category
    by : columns that tell groups apart
    n_left_out : pairs of which one answer is missing
    period, notes : days of the answers, and what was assumed
    """

    counts: pd.DataFrame
    by: tuple[str, ...]
    n_left_out: int
    period: str
    notes: tuple[str, ...] = ()


def kano_category(functional: str, dysfunctional: str) -> str:
    """Category of a pair of answers: how one would feel with it, and without it.

    >>> kano_category("like", "dislike"), kano_category("expect", "dislike"), kano_category("like", "neutral")
    ('one-dimensional', 'must-be', 'attractive')
    """
    for answer in (functional, dysfunctional):
        if answer not in ANSWERS:
            raise unknown("answer", answer, ANSWERS)
    letter = TABLE[ANSWERS.index(functional)][ANSWERS.index(dysfunctional)]
    return next(c for c in CATEGORIES if c[0].upper() == letter)


def answer_of(text: str) -> str:
    """The answer that a text gives; "" where it gives none of the five.

    >>> [answer_of(t) for t in ("I like it that way", "It must be that way", "I am neutral", "I can live with it",
    ...                         "I don't like it", "Das setze ich voraus", "blue")]
    ['like', 'expect', 'neutral', 'tolerate', 'dislike', 'expect', '']
    """
    return next((answer for answer, words in _WORDS if re.search(words, str(text).lower())), "")


def read_kano(
    source, *, pairs: Mapping[str, tuple[str, str]] | None = None, by: str | Sequence[str] = (), like: str = ""
) -> KanoAnswers:
    """Paired answers to "how would you feel if it were there?" and "… if it were not?", counted in the engine.

    Parameters
    ----------
    source : Dataset with `surveys`, or an Ibis table or DataFrame with its columns
    pairs : attribute → (question with it, question without it); by default those whose names end with functional and
        dysfunctional, with and without, or present and absent
    by : columns that tell groups apart, segment for one
    like : where answers are numbers only: "low" (1 is "I like it", as in the original) or "high"

    Raises
    ------
    DataError : no pairs are there, an answer is none of the five, or scales do not have five points.

    >>> answers = pd.DataFrame({"response_id": list("aabb"), "question": ["Wifi with", "Wifi without"] * 2,
    ...     "score": None, "scale_min": None, "scale_max": None, "answer": ["I like it", "Dislike", "Must", "Dislike"]})
    >>> read_kano(answers).counts[["attribute", "one-dimensional", "must-be"]].values.tolist()
    [['Wifi', 1, 1]]
    """
    table, by = survey_table(source), (by,) if isinstance(by, str) else tuple(by)
    if like not in ("", "low", "high"):
        raise unknown("end of the scale", like, ("low", "high"))
    for name in by:
        if name not in GROUPS or name not in table.columns:
            raise unknown("column of `by`", name, [c for c in GROUPS if c in table.columns])
    asked = sorted(table.select("question").distinct().execute()["question"].dropna())
    pairs = dict(pairs) if pairs else _pairs(asked)
    for name in (q for pair in pairs.values() for q in pair):
        if name not in asked:
            raise unknown("question", name, asked)
    cells = pd.concat([_cells(table, attribute, pair, by) for attribute, pair in pairs.items()], ignore_index=True)
    whole = cells[["functional", "dysfunctional"]].notna().all(axis=1)
    known = cells[whole].copy()
    if known.empty:
        raise DataError("no response answers both questions of an attribute.", expected="both under one response_id")
    places, note = _places(pd.concat([known["functional"], known["dysfunctional"]]).unique(), like)
    known["category"] = [
        kano_category(places[f], places[d]) for f, d in zip(known["functional"], known["dysfunctional"], strict=True)
    ]
    keys = [*by, "attribute"]
    wide = known.groupby([*keys, "category"], dropna=False)["n"].sum().unstack(fill_value=0)
    wide = wide.reindex(columns=CATEGORIES, fill_value=0).astype(int).reset_index()
    order = {name: i for i, name in enumerate(pairs)}
    wide = wide.sort_values(keys, key=lambda c: c.map(order) if c.name == "attribute" else c, ignore_index=True)
    wide.columns.name = None
    return KanoAnswers(wide, by, int(cells.loc[~whole, "n"].sum()), answer_days(table), note)


def _pairs(asked: Sequence[str]) -> dict[str, tuple[str, str]]:
    found: dict[str, dict[int, str]] = {}
    for question in asked:
        for words, place in (("dysfunctional|without|absent", 1), ("functional|with|present", 0)):
            match = re.fullmatch(rf"(.*?)[\s_:–—(\[-]*\b_?({words})[)\]]?", question, re.IGNORECASE)
            if match:
                found.setdefault(match[1].strip(), {})[place] = question
                break
    pairs = {name: (pair[0], pair[1]) for name, pair in found.items() if len(pair) == 2}
    if not pairs:
        raise DataError(
            "no two questions are named as a pair.", expected="each attribute asked with it and without it",
            mend='pairs={"Wifi": ("question if it is there", "question if it is not")}',
        )  # fmt: skip
    return pairs


def _cells(table, attribute: str, pair: tuple[str, str], by: tuple[str, ...]) -> pd.DataFrame:
    """How many responses give each pair of answers: the text where there is one, else the place on the scale."""
    own = table.filter(_.question.isin(pair))
    place = ((_.score - _.scale_min) / (_.scale_max - _.scale_min) * 4).cast("string")
    if "answer" in table.columns:
        words = _.answer.cast("string")
        own = own.mutate(given=words.re_search("[^0-9., ]").ifelse(words, place).coalesce(place))
    else:
        own = own.mutate(given=place)
    named = {"functional": pair[0], "dysfunctional": pair[1]}
    wide = own.group_by(["response_id", *by]).agg(
        **{n: own.given.max(where=own.question == q) for n, q in named.items()}
    )
    cells = wide.group_by([*by, *named]).agg(n=_.count()).execute()
    return cells.assign(attribute=attribute)


def _places(given: np.ndarray, like: str) -> tuple[dict[str, str], tuple[str, ...]]:
    """Which of the five each answer is, and what was assumed."""
    found, numbers, stray = {}, {}, []
    for text in given:
        try:
            numbers[text] = float(text)
        except ValueError:
            found[text] = answer_of(text)
            stray += [] if found[text] else [text]
    stray += [text for text, place in numbers.items() if place not in range(5)]
    if stray:
        raise DataError(
            f"{len(stray)} answers are none of the five: {', '.join(map(repr, stray[:5]))}.",
            expected="I like it / I expect it / neutral / I can live with it / I dislike it, or five points",
        )
    order = ANSWERS[::-1] if like == "high" else ANSWERS
    found |= {text: order[int(place)] for text, place in numbers.items()}
    assumed = numbers and not like
    return found, ('the lowest number is read as "I like it" (else like="high")',) if assumed else ()
