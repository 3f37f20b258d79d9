"""Ratings: a row a respondent, a column a question, from answers in any order; alike rows are one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import ibis
import numpy as np
import pandas as pd
from ibis import _

from cxlab.errors import DataError, ParameterError, unknown
from cxlab.experience.scores.components import several_items, with_components
from cxlab.experience.scores.questions import survey_table
from cxlab.finding import Check
from cxlab.wording import count, days, share

#: respondents a driver, below which correlations of all are hardly known
PER_DRIVER = 10
#: share of respondents who must have answered a driver
ANSWERED = 0.5
#: questions that sum up an experience rather than move it
_SUMS_UP = ("nps", "csat", "ces", "stars")
#: columns that may tell respondents, or their answers, apart
GROUPS = ("brand", "touchpoint", "segment", "wave", "handled_by")


def spoken(question: str) -> str:
    """A question as words in a sentence: names of columns lose their underscores.

    >>> spoken("overall_satisfaction")
    'overall satisfaction'
    """
    return str(question).replace("_", " ")


@dataclass(frozen=True)
class Ratings:
    """What respondents said of an outcome and its drivers; rows that are alike are one row with their number.

    Parameters
    ----------
    rows : DataFrame: columns `by`, then the outcome and each driver under its own name (scale points, NaN where there
        is no answer), and n (respondents with exactly these answers)
    outcome, drivers : questions
    by : columns that tell groups apart
    scales : lowest and highest point of each question
    stated : importance that respondents gave each driver themselves, a row for each of `rows`; None where not asked
    cluster : code of who answered, a row of `rows` each, where respondents stand in several rows; None where each
        stands in one
    n_units, n_no_outcome : respondents with any of the answers, and those left out for want of an outcome or driver
    period, notes : days of the answers ("" when unknown), and what a reader should know
    """

    rows: pd.DataFrame
    outcome: str
    drivers: tuple[str, ...]
    by: tuple[str, ...] = ()
    scales: dict[str, tuple[float, float]] = field(default_factory=dict)
    stated: pd.DataFrame | None = None
    cluster: np.ndarray | None = None
    n_units: int = 0
    n_no_outcome: int = 0
    period: str = ""
    notes: tuple[str, ...] = ()

    @property
    def values(self) -> np.ndarray:
        """Outcome and drivers, shape (rows, 1 + drivers), NaN where there is no answer."""
        return self.rows[[self.outcome, *self.drivers]].to_numpy(float)

    @property
    def n(self) -> int:
        """Filled-in questionnaires that count."""
        return int(self.rows["n"].sum())

    @property
    def n_respondents(self) -> int:
        """Persons behind them."""
        return self.n if self.cluster is None else len(np.unique(self.cluster))

    @property
    def complete(self) -> int:
        """Questionnaires without a gap: all that would be left if every gap cost its row."""
        return int(self.rows.loc[~np.isnan(self.values).any(1), "n"].sum())

    @property
    def answered(self) -> pd.Series:
        """Questionnaires that answer each driver."""
        known = ~np.isnan(self.values[:, 1:])
        return pd.Series(self.rows["n"].to_numpy() @ known, list(self.drivers)).astype(int)

    def groups(self) -> Iterator[tuple[tuple, Ratings]]:
        """Each group with its own ratings, in order of its name."""
        if not self.by:
            yield (), self
            return
        for key, at in self.rows.groupby(list(self.by), sort=True, dropna=True).indices.items():
            yield key if isinstance(key, tuple) else (key,), self._taken(at)

    def select(self, drivers: Sequence[str]) -> Ratings:
        """The same respondents with some of the drivers."""
        for name in drivers:
            if name not in self.drivers:
                raise unknown("driver", name, self.drivers)
        return replace(
            self, drivers=tuple(drivers), rows=self.rows[[*self.by, self.outcome, *drivers, "n"]],
            stated=None if self.stated is None else self.stated[list(drivers)],
        )  # fmt: skip

    def _taken(self, at: np.ndarray) -> Ratings:
        rows = self.rows.iloc[at].reset_index(drop=True)
        total = int(rows["n"].sum())
        return replace(
            self, rows=rows, by=(), n_units=total, n_no_outcome=0,
            stated=None if self.stated is None else self.stated.iloc[at].reset_index(drop=True),
            cluster=None if self.cluster is None else self.cluster[at],
        )  # fmt: skip

    @property
    def varied(self) -> Ratings:
        """Without the drivers that everybody rated alike: nothing goes along with them.

        Raises
        ------
        DataError : the outcome does not vary, or fewer than two drivers do.
        """
        values = self.values
        with np.errstate(all="ignore"):
            spread = np.array([np.ptp(c[~np.isnan(c)]) if (~np.isnan(c)).sum() > 1 else 0.0 for c in values.T])
        if len(values) < 3 or not spread[0] > 0:
            raise DataError(f"all {count(self.n)} answers to {self.outcome!r} are the same.",
                            expected="an outcome that differs between respondents")  # fmt: skip
        kept = [name for name, s in zip(self.drivers, spread[1:], strict=True) if s > 0]
        if len(kept) < 2:
            raise DataError(f"{len(kept)} of {len(self.drivers)} drivers differ between respondents.",
                            expected="at least two drivers that do")  # fmt: skip
        if len(kept) == len(self.drivers):
            return self
        flat = ", ".join(repr(name) for name in self.drivers if name not in kept)
        return replace(self.select(kept), notes=(*self.notes, f"everybody rated {flat} alike: left out"))

    def checks(self) -> tuple[Check, ...]:
        """What must hold for correlations of these ratings to be believed."""
        p, answered = len(self.drivers), self.answered
        least = answered.idxmin()
        return (
            Check("respondents a driver", self.n_respondents >= PER_DRIVER * p, self.n_respondents / p,
                  f"≥ {PER_DRIVER}", "Ask more customers, or about fewer things."),
            Check(f"share who answered {least!r}, the least answered", answered[least] >= ANSWERED * self.n,
                  share(answered[least] / self.n), f"≥ {share(ANSWERED)}",
                  "What the others would have said is told from their other answers: look at it on its own."),
        )  # fmt: skip


def read_ratings(
    source, *, outcome: str, drivers: Sequence[str] | Mapping[str, Sequence[str]] = (), by: str | Sequence[str] = (),
    brand: str = "", flagged: str = "keep",
) -> Ratings:  # fmt: skip
    """Respondent by question, from a table with a row an answer.

    Parameters
    ----------
    source : Dataset with `surveys`, or an Ibis table or DataFrame with its columns: response_id, question, score,
        scale_min, scale_max; optional customer_id, brand, touchpoint, segment, wave, importance, flag, timestamp
    outcome : the question that sums it up
    drivers : questions that may go along with it, or name → questions whose mean is the driver; by default all other
        questions, but those that sum up, too (nps, csat, ces, stars)
    by : columns whose values are looked at apart: brand, touchpoint, segment, wave, handled_by
    brand : answers on this brand only
    flagged : "keep" or "drop" answers that carry a flag (straight-liners, speeders, repeats)

    Raises
    ------
    ParameterError : a question, or a column of `by`, that the answers do not have.

    Notes
    -----
    A row is a response; where responses rate several brands, a response and brand. Gaps stay gaps ("does not apply" is
    an answer without a score): who rates nothing but the outcome, or not the outcome, is left out and counted.
    The table is turned in the engine; only distinct rows leave it.

    >>> answers = pd.DataFrame({"response_id": list("aabbcc"), "question": ["overall", "staff"] * 3,
    ...                         "score": [5, 4, 5, 4, 2, None], "scale_min": 1, "scale_max": 5})
    >>> r = read_ratings(answers, outcome="overall")
    >>> r.rows.to_dict("records"), r.n_no_outcome
    ([{'overall': 5.0, 'staff': 4.0, 'n': 2}], 1)
    """
    if flagged not in ("keep", "drop"):
        raise unknown("choice of flagged", flagged, ("keep", "drop"))
    if isinstance(drivers, Mapping):
        _apart(outcome, [q for questions in drivers.values() for q in questions])
        source = with_components(source, several_items(drivers))
        drivers = tuple(drivers)
    table, by = survey_table(source), (by,) if isinstance(by, str) else tuple(by)
    if "response_id" not in table.columns:
        raise DataError("surveys has no response_id: which answers are one person's is not known.",
                        expected="the same response_id on all answers of a response")  # fmt: skip
    for name in by:
        if name not in GROUPS or name not in table.columns:
            raise unknown("column of `by`", name, [c for c in GROUPS if c in table.columns])
    if brand:
        known = table.select("brand").distinct().execute()["brand"].dropna() if "brand" in table.columns else []
        if brand not in set(known):
            raise unknown("brand", brand, sorted(known))
        table = table.filter(_.brand == brand)
    if flagged == "drop" and "flag" in table.columns:
        table = table.filter(_.flag.isnull() | (_.flag == ""))
    scales = _scales(table)
    items = [outcome, *_drivers(scales, outcome, drivers)]
    asked = table.filter(_.question.isin(items), _.score.notnull())
    keys = list(dict.fromkeys(["response_id", *by, *_brand(asked)]))
    importance = [i for i in range(1, len(items)) if "importance" in asked.columns]
    wide = asked.group_by(keys).agg(
        person=(asked.customer_id.max().cast("string") if "customer_id" in asked.columns else ibis.null("string")),
        answers=_.count(), questions=_.question.nunique(),
        **{f"q{i}": asked.score.mean(where=asked.question == q) for i, q in enumerate(items)},
        **{f"s{i}": asked.importance.cast("float64").mean(where=asked.question == items[i]) for i in importance},
    )  # fmt: skip
    wide = wide.mutate(person=_.person.fill_null(_.response_id.cast("string")))
    rated = ibis.or_(*(wide[f"q{i}"].notnull() for i in range(1, len(items))))
    used = wide.filter(wide.q0.notnull() & rated)
    sums = wide.agg(units=_.count(), answers=_.answers.sum(), questions=_.questions.sum()).execute().iloc[0]
    told = used.agg(n=_.count(), persons=_.person.nunique()).execute().iloc[0]
    if not told["n"]:
        raise DataError(f"no response answers {outcome!r} and one of {len(items) - 1} drivers.",
                        expected="outcome and drivers under the same response_id")  # fmt: skip
    several = ["person"] if told["persons"] < told["n"] else []
    columns = [*by, *several, *(f"q{i}" for i in range(len(items))), *(f"s{i}" for i in importance)]
    rows = used.group_by(columns).agg(n=_.count()).order_by(columns).execute()
    stated = rows[[f"s{i}" for i in importance]].set_axis(items[1:], axis=1) if importance else None
    repeated = int(sums["answers"] - sums["questions"])
    notes = [f"{count(repeated)} answers repeat a question of their response: its mean counts"] if repeated else []
    named = dict(zip((f"q{i}" for i in range(len(items))), items, strict=True))
    return Ratings(
        rows=rows[[*by, *named, "n"]].rename(columns=named), outcome=outcome, drivers=tuple(items[1:]), by=by,
        scales={name: tuple(scales.loc[name, ["low", "high"]]) for name in items},
        stated=stated if stated is not None and stated.notna().any().any() else None,
        cluster=pd.factorize(rows["person"])[0] if several else None,
        n_units=int(sums["units"]), n_no_outcome=int(sums["units"] - told["n"]), period=answer_days(asked),
        notes=tuple(notes),
    )  # fmt: skip


def _drivers(scales: pd.DataFrame, outcome: str, drivers) -> tuple[str, ...]:
    """Questions that are drivers, checked against those there are."""
    drivers = tuple(drivers) or tuple(q for q in scales.index if q != outcome and q.casefold() not in _SUMS_UP)
    for name in (outcome, *drivers):
        if name not in scales.index:
            raise unknown("question", name, scales.index)
    _apart(outcome, drivers)
    if not drivers:
        raise DataError(f"there is no question beside {outcome!r}.", expected="questions that may go along with it")
    return drivers


def _apart(outcome: str, drivers: Sequence[str]) -> None:
    if outcome in drivers:
        raise ParameterError(f"{outcome!r} is outcome and driver at once.",
                             expected="an outcome apart from its drivers")  # fmt: skip


def _scales(table) -> pd.DataFrame:
    """Lowest and highest point of every question that was answered: as declared, else as answered."""
    ends = {"low": _.scale_min.min(), "high": _.scale_max.max(), "least": _.score.min(), "most": _.score.max()}
    found = table.filter(_.score.notnull()).group_by("question").agg(**ends).order_by("question").execute()
    found = found.set_index("question").astype(float)
    return pd.DataFrame({"low": found["low"].fillna(found["least"]), "high": found["high"].fillna(found["most"])})


def _brand(table) -> list[str]:
    """["brand"] where one response rates several brands."""
    if "brand" not in table.columns:
        return []
    brands = table.group_by("response_id").agg(brands=_.brand.nunique()).agg(most=_.brands.max()).execute()
    return ["brand"] if (brands["most"].iloc[0] or 0) > 1 else []


def answer_days(table) -> str:
    """First to last day of the answers, "" where it is not known."""
    if "timestamp" not in table.columns:
        return ""
    ends = table.agg(first=_.timestamp.min(), last=_.timestamp.max()).execute().iloc[0]
    return "" if pd.isna(ends["first"]) else days(ends["first"], ends["last"])
