"""What a user may declare about a survey: questions, scales, the order of answers, texts, brands and touchpoints."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from fnmatch import fnmatchcase
from typing import Any

from cxlab.errors import DataError, unknown


@dataclass(frozen=True)
class Question:
    """One question as declared.

    Parameters
    ----------
    question : its name; "" for the one in the file
    scale : lowest and highest answer
    answers : its answers in words, from worst to best; they are scored 1, 2, 3, …, or evenly over `scale`
    reversed : whether a high answer is a bad one: scores are turned, so that high is good
    touchpoint, brand : what it is about
    importance : the column that says how important it is to the same person
    """

    question: str = ""
    scale: tuple[float, float] | None = None
    answers: Sequence[str] = ()
    reversed: bool = False
    touchpoint: str = ""
    brand: str = ""
    importance: str = ""


@dataclass(frozen=True)
class Survey:
    """A survey as declared; whatever is left out is guessed from the file, and noted.

    Parameters
    ----------
    questions : {column, or pattern like "Q5_*": question}; in a file with a row an answer, {question: question}
    scale, answers : of every question that has none of its own
    texts : columns of free text, which become `feedback`
    keep : columns that hold no answers, and are kept under their own names
    ignore : columns that are left out
    brands, touchpoints : names that stand before or after the question in a column, as in "Brand – attribute"

    >>> Survey.of({"scale": "1..5", "questions": {"Q1": "nps"}}).questions["Q1"].question
    'nps'
    """

    questions: Mapping[str, Question] = field(default_factory=dict)
    scale: tuple[float, float] | None = None
    answers: Sequence[str] = ()
    texts: Sequence[str] = ()
    keep: Sequence[str] = ()
    ignore: Sequence[str] = ()
    brands: Sequence[str] = ()
    touchpoints: Sequence[str] = ()

    @classmethod
    def of(cls, said: Any) -> Survey:
        """A survey from what a file or a caller declares; text is read as YAML.

        Raises
        ------
        DataError : a name is not known, or a scale is none.
        """
        if isinstance(said, cls):
            return said
        if isinstance(said, str):
            said = _yaml(said)
        values = _checked(cls, said or {}, "survey")
        questions = values.pop("questions", None) or {}
        if not isinstance(questions, Mapping):
            raise _refused("questions", questions, "{column: {question: …, scale: 0..10}}")
        return cls(questions={str(k): _question(str(k), v) for k, v in questions.items()}, **values)

    def question(self, column: str, text: str = "") -> Question | None:
        """What is declared of a column, by its name, its text, or the first pattern it fits; None when nothing is."""
        said = self.questions.get(column) or self.questions.get(text)
        said = said or next((q for k, q in self.questions.items() if fnmatchcase(column, k)), None)
        if said is None:
            return None
        return replace(said, scale=said.scale or self.scale, answers=said.answers or self.answers)

    def unused(self, columns: Iterable[str]) -> list[str]:
        """Columns and patterns declared that no column of the file fits."""
        columns = list(columns)
        named = [
            *self.questions,
            *self.texts,
            *self.keep,
            *self.ignore,
            *(q.importance for q in self.questions.values()),
        ]
        return [n for n in dict.fromkeys(named) if n and not any(c == n or fnmatchcase(c, n) for c in columns)]


def scale_of(said: Any) -> tuple[float, float]:
    """The two ends of a scale.

    >>> scale_of("0..10"), scale_of([1, 7])
    ((0.0, 10.0), (1.0, 7.0))
    """
    text = "..".join(map(str, said)) if isinstance(said, Sequence) and not isinstance(said, str) else str(said)
    ends = re.fullmatch(r"\s*(-?\d+(?:\.\d+)?)\s*(?:\.\.|–|to)\s*(-?\d+(?:\.\d+)?)\s*", text.replace("−", "-"))
    if not ends or float(ends[1]) >= float(ends[2]):
        raise _refused("scale", said, "the lowest and the highest answer, like 1..5")
    return float(ends[1]), float(ends[2])


def _question(column: str, said: Any) -> Question:
    if said is None or isinstance(said, str):
        return Question(said or "")
    return Question(**_checked(Question, said, f"question {column!r}"))


def _checked(kind: type, said: Any, what: str) -> dict[str, Any]:
    if not isinstance(said, Mapping):
        raise _refused(what, said, "names and values, like {scale: 1..5}")
    known = [f.name for f in fields(kind)]
    values = {}
    for name, value in said.items():
        if name not in known:
            raise unknown(f"key of {what}", name, known, error=DataError)
        if name == "scale":
            value = scale_of(value) if value not in (None, "") else None
        elif name in ("answers", "texts", "keep", "ignore", "brands", "touchpoints"):
            value = (value,) if isinstance(value, str) else tuple(str(v) for v in value or ())
        elif name == "reversed":
            value = str(value).lower() in ("true", "yes", "1")
        elif name != "questions":
            value = str(value or "")
        values[name] = value
    return values


def _yaml(text: str) -> Any:
    import yaml

    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        raise _refused("survey", text, "YAML like {scale: 1..5, questions: {Q1: nps}}") from None


def _refused(name: str, value: Any, expected: str) -> DataError:
    shown = value if isinstance(value, str) else json.dumps(value, default=str)
    return DataError(f"survey: {name} = {shown!r} cannot be used.", expected=expected)
