"""Which answers count when they are joined to behaviour: one a customer and day, and old enough to have a sequel."""

from __future__ import annotations

import datetime as dt

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis import _

from cxlab.errors import DataError, unknown
from cxlab.experience.money.behaviour import numbered
from cxlab.experience.scores.questions import chosen_question, questions, stated_scale, survey_table


def given_answers(
    surveys: ir.Table, question: str | None, beside: str, within: str, flagged: str, brand: str = ""
) -> tuple[ir.Table, str, str, dict[str, int]]:
    """One answer a customer and day, the last of that day: customer_id, day, score, beside, scale_min, scale_max.

    With the question, the brand, and how many answers are left out: nobody (of no known customer), alone (without the
    question beside it), again (of a customer who answered once more that day).
    """
    surveys = survey_table(surveys)
    if flagged == "drop" and "flag" in surveys.columns:
        surveys = surveys.filter(_.flag.isnull())
    surveys, brand = _of_brand(surveys, brand)
    asked = questions(surveys)
    question = chosen_question(asked, question)
    stated_scale(asked, question)
    beside = chosen_question(asked, beside) if beside else ""
    known = surveys.filter(_.score.notnull() & (_.question == question))
    nobody = int(known.filter(_.customer_id.isnull() | _.timestamp.isnull()).count().execute())
    known = known.filter(_.customer_id.notnull() & _.timestamp.notnull())
    told, alone = int(known.count().execute()), 0
    if beside:
        other = surveys.filter(_.score.notnull() & (_.question == beside))
        other = other.group_by("response_id").agg(other=_.score.mean())
        known = known.join(other, "response_id")
        alone = told - int(known.count().execute())
    if within and within not in known.columns:
        raise unknown("column", within, known.columns)
    known = known.select(
        "scale_min", "scale_max", customer_id=_.customer_id.cast("string"), day=numbered(known.timestamp),
        score=_.score.cast("float64"), beside=(known.other if beside else ibis.literal(0)).cast("float64"),
        within=known[within].cast("string").fill_null("(none)") if within else ibis.literal(""),
        turn=ibis.row_number().over(ibis.window(
            group_by=[known.customer_id, known.timestamp.cast("date")],
            order_by=[ibis.desc(known.timestamp), ibis.desc(known.response_id)])),
    )  # fmt: skip
    given = known.filter(_.turn == 0).drop("turn").cache()
    again = told - alone - int(given.count().execute())
    return given, question, brand, {"nobody": nobody, "alone": alone, "again": again}


def _of_brand(surveys: ir.Table, brand: str) -> tuple[ir.Table, str]:
    """Answers about one brand: the one asked for, else the one most answers are about, which is one's own."""
    if "brand" not in surveys.columns:
        if brand:
            raise unknown("column", "brand", surveys.columns)
        return surveys, ""
    named = surveys.mutate(brand=_.brand.cast("string").fill_null(""))
    counts = named.group_by("brand").agg(n=_.score.count()).order_by(ibis.desc("n"), "brand").to_pandas()
    if brand and brand not in set(counts["brand"]):
        raise unknown("brand", brand, counts["brand"])
    if not brand and len(counts) < 2:
        return surveys, ""
    brand = brand or counts["brand"].iloc[0]
    return named.filter(named.brand == brand), brand


def last_day(stated, log: ir.Table, behaviour: str) -> dt.date:
    """Last day on which anything could be seen."""
    if stated is not None:
        return pd.Timestamp(stated).date()
    column = "timestamp" if behaviour == "purchases" else "start"
    last = log.agg(last=log[column].cast("date").max()).to_pandas()["last"][0]
    if pd.isna(last):
        raise DataError("there are no rows of behaviour.", expected="at least one purchase or contract")
    if behaviour == "contracts":
        ended = log.agg(last=log.end.cast("date").max()).to_pandas()["last"][0]
        last = last if pd.isna(ended) else max(last, ended)
    return pd.Timestamp(last).date()


def chosen(given: ir.Table, answers: str, limit: dt.timedelta) -> tuple[ir.Table, int]:
    """Answers that count, and how many are too young."""
    limit = limit.days
    young = int(given.filter(_.day > limit).count().execute())
    if answers == "every":
        return given.filter(_.day <= limit), young
    if answers == "first":
        first = given.mutate(first=_.day.min().over(ibis.window(group_by="customer_id")))
        return first.filter((_.day == _["first"]) & (_.day <= limit)).drop("first"), young
    old = given.filter(_.day <= limit).mutate(last=_.day.max().over(ibis.window(group_by="customer_id")))
    return old.filter(_.day == _["last"]).drop("last").mutate(day=ibis.literal(limit).cast("int64")), young
