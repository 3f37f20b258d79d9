"""Which questions a table of surveys asks, on which scale, and what kind of score each is."""

from __future__ import annotations

import re

import ibis
import numpy as np
import pandas as pd
from ibis import _

from cxlab.errors import DataError, unknown
from cxlab.wording import first_of

#: kinds of score, and what each is called in a sentence
KINDS = {
    "nps": "net promoter score",
    "csat": "satisfaction",
    "ces": "customer effort score",
    "stars": "stars",
    "rating": "rating",
}
_EFFORT = re.compile(r"\bces\b|effort|\beas[yei]|aufwand|m[uü]he|einfach|facil", re.IGNORECASE)
_STARS = re.compile(r"\bstars?\b|sterne|étoile|etoile|estrella|\breview", re.IGNORECASE)
REQUIRED = ("question", "score", "scale_min", "scale_max")


def kind_of(question: str, scale_min: float, scale_max: float) -> str:
    """Kind of score of a question, by its scale and its name.

    0–10 is a net promoter score; 1–5 satisfaction, unless its name speaks of effort or of stars; 1–7 effort where its
    name says so; anything else a rating.

    >>> [kind_of(*q) for q in (("nps", 0, 10), ("Staff", 1, 5), ("ces", 1, 7), ("Stars", 1, 5), ("Taste", 1, 7))]
    ['nps', 'csat', 'ces', 'stars', 'rating']
    """
    words = question.replace("_", " ")
    if (scale_min, scale_max) == (0, 10):
        return "nps"
    if (scale_min, scale_max) in ((1, 5), (1, 7)) and _EFFORT.search(words):
        return "ces"
    if (scale_min, scale_max) == (1, 5):
        return "stars" if _STARS.search(words) else "csat"
    return "rating"


def questions(source) -> pd.DataFrame:
    """The questions of a survey, in order of answers.

    Parameters
    ----------
    source : Dataset with `surveys`, or an Ibis table or DataFrame with its columns

    Returns
    -------
    DataFrame[question, kind, scale_min, scale_max, answers, missing (asked, not answered), responses]; a question asked
    on two scales has two rows

    Raises
    ------
    DataError : a column of the contract is not there, or there are no rows.

    >>> asked = pd.DataFrame({"question": ["nps", "nps", "Taste"], "score": [9, None, 4], "scale_min": [0, 0, 1],
    ...     "scale_max": [10, 10, 5]})
    >>> questions(asked)[["question", "kind", "answers", "missing"]].values.tolist()
    [['Taste', 'csat', 1, 0], ['nps', 'nps', 1, 1]]
    """
    table = survey_table(source)
    sums = {"answers": _.score.notnull().sum(), "missing": _.score.isnull().sum()}
    if "response_id" in table.columns:
        sums["responses"] = _.response_id.nunique()
    found = table.group_by("question", "scale_min", "scale_max").agg(**sums).execute()
    if found.empty:
        raise DataError("the survey has no rows.", expected="a row an answer")
    if "responses" not in found:
        found["responses"] = found["answers"] + found["missing"]
    found["kind"] = [kind_of(*q) for q in found[["question", "scale_min", "scale_max"]].itertuples(index=False)]
    counts = ["answers", "missing", "responses"]
    found[counts] = found[counts].fillna(0).astype(int)
    found = found[["question", "kind", "scale_min", "scale_max", *counts]]
    return found.sort_values(["answers", "question", "scale_max"], ascending=[False, True, True], ignore_index=True)


def survey_table(source) -> ibis.Table:
    """The surveys of a source as an Ibis table, its question as text and its numbers as float64, no number as null."""
    table = source if isinstance(source, ibis.Table) else _table(source)
    missing = [c for c in REQUIRED if c not in table.columns]
    if missing:
        raise DataError(
            f"the survey has no column {missing[0]!r} (columns: {', '.join(table.columns)}).",
            expected="a row an answer: " + ", ".join(REQUIRED),
            mend="a file with one column a question is made long at the door: cx.load(folder)",
        )
    texts = [c for c in REQUIRED[1:] if not table[c].type().is_numeric()]
    if texts and not table[texts[0]].type().is_null():
        raise DataError(
            f"survey.{texts[0]} holds {table[texts[0]].type()}, not numbers.",
            expected="numbers, null where not answered",
            mend="load the file through cx.load, which reads \"9 – Very likely\" as 9",
        )  # fmt: skip
    numbers = {c: table[c].cast("float64") for c in REQUIRED[1:]}
    numbers = {c: ibis.ifelse(x.isnan(), ibis.null("float64"), x) for c, x in numbers.items()}
    if "timestamp" in table.columns and not table.timestamp.type().is_timestamp():
        numbers["timestamp"] = table.timestamp.cast("timestamp")  # a day is its first moment
    return table.mutate(question=table.question.cast("string"), **numbers)


def _table(source) -> ibis.Table:
    if isinstance(source, pd.DataFrame):
        # engines keep microseconds
        times = {c: source[c].dt.as_unit("us") for c in source.columns if source[c].dtype.kind == "M"}
        return ibis.memtable(source.assign(**times))
    if not hasattr(source, "surveys"):
        raise DataError(
            f"{type(source).__name__} is no survey.", expected="a Dataset with surveys, an Ibis table or a DataFrame"
        )
    return source.surveys


def chosen_question(found: pd.DataFrame, question: str | None) -> str:
    """The question that is meant: by its text, by its kind where one question only is of that kind, or the only one.

    Parameters
    ----------
    found : DataFrame with question, kind, scale_min, scale_max and answers
    """
    names = list(dict.fromkeys(found["question"].dropna()))
    if not names:
        raise DataError("the survey has no rows.", expected="a row an answer")
    if question in names:
        return question
    same = [name for name in names if question and str(name).strip().casefold() == question.strip().casefold()]
    kind = list(dict.fromkeys(found.loc[found["kind"] == question, "question"]))
    fits = same or kind if question else names
    if len(fits) == 1:
        return fits[0]
    if question is None or len(kind) > 1:
        what = f"of kind {question!r} " if question else ""
        raise DataError(
            f"the survey asks {len(fits)} questions {what}({first_of(map(repr, fits), 8)}).", expected="which of them",
            mend=f"question={str(fits[0])!r}",
        )  # fmt: skip
    raise unknown("question", question, names, error=DataError)


def stated_scale(found: pd.DataFrame, question: str) -> tuple[float, float]:
    """The one scale of a question, whole at both ends.

    Raises
    ------
    DataError : it has none, two, or one that ends before it begins.
    """
    scales = found.loc[found["question"] == question, ["scale_min", "scale_max", "answers"]]
    scales = scales.groupby(["scale_min", "scale_max"], dropna=False)["answers"].sum().reset_index()
    if scales[["scale_min", "scale_max"]].isna().any(axis=None):
        rows = int(scales.loc[scales.isna().any(axis=1), "answers"].sum())
        raise DataError(
            f"question {question!r} has {rows:,} answers without a scale.", expected="scale_min and scale_max on each",
            mend="state the scale of the question at the door",
        )  # fmt: skip
    if len(scales) > 1:
        listed = "; ".join(f"{r.scale_min:g}–{r.scale_max:g}: {r.answers:,} answers" for r in scales.itertuples())
        raise DataError(
            f"question {question!r} was asked on {len(scales)} scales ({listed}).", expected="one scale",
            mend="give the answers on each scale a question of their own, or keep those of one scale",
        )  # fmt: skip
    low, high = (float(scales.loc[0, c]) for c in ("scale_min", "scale_max"))
    if not low < high or not np.isfinite([low, high]).all():
        raise DataError(
            f"question {question!r} has a scale from {low:g} to {high:g}.", expected="scale_min < scale_max"
        )
    return low, high
