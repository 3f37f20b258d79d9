"""A measure by day, week or month: answers, texts or purchases counted by one group-by, gaps and part periods told."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from ibis import _

from cxlab.errors import DataError, ParameterError, unknown
from cxlab.experience.monitor.kpi import PERIODS, Kpi, complete, on_calendar, tabled
from cxlab.experience.scores.questions import chosen_question, kind_of, stated_scale, survey_table

#: measures made of answers
SURVEYS = ("satisfied", "nps", "mean")
#: different values up to which answers are taken as a scale and every answer counted
_SCALE = 25


def read_kpi(
    source,
    *,
    kpi: str = "",
    question: str = "",
    value: str = "",
    name: str = "",
    period: str = "week",
    worse: str = "",
    until: dt.date | str | None = None,
) -> Kpi:
    """A measure by day, week or month from answers, texts, any table with a time, or counts of periods.

    Parameters
    ----------
    source : Dataset with `surveys` or `feedback`; a table of either; any table (Ibis or DataFrame) with `timestamp` and
        the column `value`; or a table of periods: period, events, n, or period, mean, sd, n
    kpi : "satisfied" (share of answers in the two top boxes), "nps" or "mean" of surveys; "negative" (share of texts
        rated 1 or 2 stars, or whose column `value` is true) of feedback; by default what fits question and columns
    question : whose answers, by its text or kind, where there are several questions
    value : column of a table with `timestamp`: true or false makes a share, a number a mean
    name : what is measured, for texts and pictures
    period : "day", "week" (from Monday) or "month"
    worse : "low" or "high", by default "low", of "negative" and of events "high"; "both" where neither is worse
    until : last day that is complete, by default the last day of the table

    Raises
    ------
    DataError : columns are missing, there is no row with a time, or several questions and none is named.
    ParameterError : an option is unknown.

    Notes
    -----
    A last period that is not over is left out, and said. Periods without a row have n = 0.

    >>> answers = pd.DataFrame({"timestamp": pd.to_datetime(["2026-01-05", "2026-01-11", "2026-01-25", "2026-01-27"]),
    ...     "score": [5, 2, 4, 5], "scale_min": 1, "scale_max": 5, "question": "csat"})
    >>> kpi = read_kpi(answers)
    >>> kpi.table[["n", "total"]].to_numpy(int).tolist()
    [[2, 1], [0, 0], [1, 1]]
    >>> kpi.notes
    ('The week from 26 Jan 2026 is not over and left out.', '1 of 3 weeks has no answers.')
    """
    for option, given, known in (("period", period, PERIODS), ("worse", worse or "low", ("low", "high", "both"))):
        if given not in known:
            raise unknown(option, given, known)
    columns = getattr(source, "columns", ())
    if "period" in columns and "n" in columns:
        found, last = _from_periods(source, period), None
    elif not value and (kpi in SURVEYS or _is_survey(source)):
        found, last = _from_surveys(source, kpi=kpi, question=question, period=period)
    else:
        found, last = _from_rows(_values(source, kpi=kpi, value=value), period)
    found = complete(found, last if until is None else pd.Timestamp(until))
    worse = worse or found.worse
    return replace(found, worse="" if worse == "both" else worse, name=name or found.name)


@dataclass(frozen=True)
class _Values:
    """Rows with at (time) and value (number), and what they are."""

    rows: ir.Table
    name: str
    unit: str
    what: str
    worse: str = "low"
    scores: tuple[float, ...] = ()


def _is_survey(source) -> bool:
    """Whether answers are the first thing it holds."""
    return "surveys" in source.tables if hasattr(source, "tables") else "score" in getattr(source, "columns", ())


def _from_surveys(source, *, kpi: str, question: str, period: str) -> tuple[Kpi, pd.Timestamp]:
    """The measure made of answers to a question, and the last day of the table."""
    table = survey_table(source)
    if "timestamp" not in table.columns:
        raise DataError("the survey has no timestamp.", expected="the time of each answer")
    table = table.filter(_.score.notnull() & _.timestamp.notnull())
    keys = ["question", "scale_min", "scale_max", "period", "score"]
    table = table.mutate(period=_.timestamp.truncate(PERIODS[period]).date(), day=_.timestamp.date())
    cells = table.group_by(keys).agg(n=_.count(), last=_.day.max()).to_pandas()
    asked = cells.groupby(keys[:3], dropna=False)["n"].sum().reset_index(name="answers")
    asked["kind"] = [kind_of(*q) for q in asked[keys[:3]].itertuples(index=False)]
    question = chosen_question(asked.sort_values("answers", ascending=False), question or None)
    _low, high = stated_scale(asked, question)
    kind = asked.loc[asked["question"] == question, "kind"].iloc[0]
    kpi = kpi or {"nps": "nps", "csat": "satisfied", "ces": "satisfied"}.get(kind, "mean")
    if kpi not in SURVEYS:
        raise unknown("kpi", kpi, SURVEYS)
    last = pd.Timestamp(cells["last"].max())
    cells = cells[cells["question"] == question]
    score = cells["score"]
    if kpi == "nps":
        if kind != "nps":
            raise DataError(f"question {question!r} is not on 0 … 10.", expected="the scale of NPS", mend='kpi="mean"')
        cells = cells.assign(value=100.0 * ((score >= 9) * 1 - (score <= 6)))
        return _counted(
            cells, np.array([-100.0, 0.0, 100.0]), _Values(None, f"NPS ('{question}')", "points"), period
        ), last
    if kpi == "satisfied":
        found = _Values(None, f"share of answers to '{question}' in the two top boxes", "share")
        return _counted(cells.assign(value=(score >= high - 1) * 1), np.array([0.0, 1.0]), found, period), last
    found = _Values(None, f"mean score of '{question}'", "")
    scores = _evenly(np.sort(score.unique()))
    if scores is not None:
        return _counted(cells.assign(value=score), scores, found, period), last
    return _measured(_moments(cells), period, found.name, found.what), last


def _moments(cells: pd.DataFrame) -> pd.DataFrame:
    """n, mean and standard deviation of every period, from counts of scores."""
    sums = cells.assign(s=cells["n"] * cells["score"], ss=cells["n"] * cells["score"] ** 2)
    sums = sums.groupby("period")[["n", "s", "ss"]].sum().reset_index()
    variance = (sums["ss"] - sums["s"] ** 2 / sums["n"]).clip(lower=0) / (sums["n"] - 1).where(sums["n"] > 1)
    return sums.assign(mean=sums["s"] / sums["n"], sd=np.sqrt(variance))


@dataclass(frozen=True)
class _Values:
    """Rows with at (time) and value (number), and what they are."""

    rows: ir.Table | None
    name: str
    unit: str
    what: str = "answers"
    worse: str = "low"
    scores: tuple[float, ...] = ()


def _values(source, *, kpi: str, value: str) -> _Values:
    """Times and values of texts, or of any table with a time."""
    table = source.tables["feedback"] if hasattr(source, "tables") else source
    table = ibis.memtable(table) if isinstance(table, pd.DataFrame) else table
    if "timestamp" not in table.columns:
        raise DataError(
            "the table has no column 'timestamp'.", expected="a time of each row; or period, events, n; or period, "
            "mean, sd, n", mend="rename the column of the time to timestamp",
        )  # fmt: skip
    if value and value not in table.columns:
        raise unknown("column", value, table.columns, error=DataError)
    if kpi not in ("", "negative"):
        raise unknown("kpi", kpi, (*SURVEYS, "negative"))
    if kpi == "negative" or (not value and "rating" in table.columns):
        value = value or "rating"
        if value not in table.columns:
            raise DataError("feedback has no rating.", expected="stars 1 … 5, or a column that is true where negative",
                            mend='value="COLUMN"')  # fmt: skip
        column = table[value]
        negative = column if column.type().is_boolean() else column <= 2
        rows = table.select(at=table.timestamp, value=negative.cast("int64"))
        return _Values(rows, "share of texts that are negative", "share", "texts", "high", (0, 1))
    if not value:
        raise ParameterError("no column is named.", expected="what to measure", mend='value="COLUMN"')
    column = table[value]
    if column.type().is_boolean():
        rows = table.select(at=table.timestamp, value=column.cast("int64"))
        return _Values(rows, f"share with {value}", "share", "rows", "low", (0, 1))
    rows = table.select(at=table.timestamp, value=column.cast("float64"))
    return _Values(rows, f"mean {value}", "", "rows")


def _from_rows(found: _Values, period: str) -> tuple[Kpi, pd.Timestamp]:
    """The measure and the last day of the table."""
    rows = found.rows.filter(_.at.notnull() & _.value.notnull())
    rows = rows if rows["at"].type().is_timestamp() else rows.mutate(at=rows["at"].cast("timestamp"))
    rows = rows.mutate(period=rows.at.truncate(PERIODS[period]).date(), day=rows.at.date())
    if found.scores:
        cells = rows.group_by("period", "value").agg(n=_.count(), last=_.day.max()).to_pandas()
    else:
        v = _.value.cast("float64")
        cells = rows.group_by("period").agg(n=_.count(), mean=v.mean(), sd=v.std(), last=_.day.max(), least=v.min(),
                                            most=v.max(), different=_.value.nunique()).to_pandas()  # fmt: skip
    if cells.empty:
        raise DataError("no row has a time and a value.", expected="rows with both")
    last = pd.Timestamp(cells["last"].max())
    if not found.scores and cells["different"].max() <= _SCALE:
        counted = rows.group_by("period", "value").agg(n=_.count()).to_pandas()
        scores = _evenly(np.sort(counted["value"].unique()))
        if scores is not None:
            return _counted(counted, scores, found, period), last
    if found.scores:
        return _counted(cells, np.asarray(found.scores, float), found, period), last
    return _measured(cells, period, found.name, found.what), last


def _evenly(values: np.ndarray) -> np.ndarray | None:
    """The evenly spaced scale on which all values lie, None where it would have too many."""
    steps = np.diff(values)
    if not len(steps):
        return None
    for parts in (1, 2, 3, 4, 5):
        step = steps.min() / parts
        places = (values - values[0]) / step
        if np.allclose(places, np.round(places), atol=1e-6):
            size = round(float(places[-1])) + 1
            return values[0] + step * np.arange(size) if size <= _SCALE else None
    return None


def _counted(cells, scores, found: _Values, period: str) -> Kpi:
    places = np.round((cells["value"].to_numpy(float) - scores[0]) / (scores[1] - scores[0])).astype(int)
    wide = pd.crosstab(pd.to_datetime(cells["period"]), places, cells["n"], aggfunc="sum").fillna(0)
    wide = on_calendar(wide.reindex(columns=range(len(scores)), fill_value=0), period).fillna(0)
    counts = wide.to_numpy(float)
    n, total = counts.sum(1), counts @ scores
    table = tabled(wide.index, n, total)
    return Kpi(table, found.name, found.unit, period, found.worse, scores, counts, 0.0, found.what)


def _measured(cells, period: str, name: str, what: str) -> Kpi:
    wide = on_calendar(cells.assign(period=pd.to_datetime(cells["period"])).set_index("period")[["n", "mean", "sd"]],
                     period)  # fmt: skip
    n = wide["n"].fillna(0).to_numpy(float)
    df = np.where(wide["sd"].notna(), np.maximum(n - 1, 0), 0)
    if not df.sum() > 0:
        raise DataError("no period has two values or a standard deviation.",
                        expected="several values a period; or sd and n of each")  # fmt: skip
    sd = float(np.sqrt((df * wide["sd"].fillna(0) ** 2).sum() / df.sum()))
    table = tabled(wide.index, n, n * wide["mean"].fillna(0).to_numpy(float))
    return Kpi(table, name, "", period, "low", sd=sd, what=what)


def _from_periods(source, period: str) -> Kpi:
    cells = source.copy() if isinstance(source, pd.DataFrame) else source.to_pandas()
    at = pd.to_datetime(cells["period"], errors="coerce")
    if at.isna().any() or at.duplicated().any():
        raise DataError("a period is no date, or is there twice.", expected="the first day of each period, once")
    start = at.dt.tz_localize(None).dt.to_period({"day": "D", "week": "W-SUN", "month": "M"}[period]).dt.start_time
    if start.duplicated().any():
        raise DataError(f"periods are shorter than a {period}.", expected=f"one row a {period}",
                        mend='period="day", or sum the rows first')  # fmt: skip
    cells = cells.assign(period=start, n=cells["n"].fillna(0))
    if (cells["n"] < 0).any():
        raise DataError("n is negative in some periods.", expected="n ≥ 0")
    if "events" in cells:
        events, n = cells["events"].fillna(0), cells["n"]
        if ((events < 0) | (events > n)).any() or (events % 1 != 0).any() or (n % 1 != 0).any():
            raise DataError("events are not whole numbers between 0 and n.", expected="0 ≤ events ≤ n, counts")
        long = pd.concat([cells.assign(value=1, n=events), cells.assign(value=0, n=n - events)])
        of = _Values(ibis.memtable({"at": [0]}), "share of cases with the event", "share", "cases", "high", (0, 1))
        return _counted(long, np.array([0.0, 1.0]), of, period)
    if not {"mean", "sd"} <= set(cells):
        raise DataError("the table of periods has neither events nor mean and sd.",
                        expected="period, events, n; or period, mean, sd, n")  # fmt: skip
    return _measured(cells, period, "mean", "values")
