"""Surveys joined to what customers did: the score of an answer beside what was bought before it and after it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from ibis import _

from cxlab.data.backends import beside as near
from cxlab.errors import DataError, ParameterError, unknown
from cxlab.experience.money.behaviour import (
    CONTROLS,
    OUTCOMES,
    around_contracts,
    around_purchases,
    visits,
)
from cxlab.experience.money.given import chosen, given_answers, last_day
from cxlab.experience.money.stable import Stable, stable_part
from cxlab.finding import Check
from cxlab.wording import count, days

ANSWERS = ("every", "first", "last")
KEYS = ("score", "beside", "within", *CONTROLS, "whole")
_SUMS = (*OUTCOMES, "before_purchases", "before_spend")
_DAY_0 = dt.date(1970, 1, 1)


@dataclass(frozen=True)
class Link:
    """Answers to one question, each with what the customer did before and after.

    Parameters
    ----------
    rows : Ibis table, a row an answer, see `cxlab.experience.money.behaviour.around_purchases`
    cells : DataFrame, a row a distinct (score, beside, controls): those, n (answers), and sums over them of returned,
        purchases, spend, margin, before_purchases, before_spend
    question, beside : what was asked, and the question whose answer in the same response stands beside ("" when none)
    within : column of the surveys within whose values customers are compared ("" when none)
    stable : what is stable in a customer's answers, from those who gave several; None where too few did
    behaviour : "purchases" or "contracts"
    window, before : days looked at after and before an answer
    answers : which answers count, one of `ANSWERS`
    n, customers : answers that count, and customers who gave them
    young : answers left out because their window is not over
    nobody : answers of no known customer; unmet: of customers without a contract at that time; again: of customers who
        answered once more that day; alone: without the question beside; others: not the first, or last, that counts
    silent : customers with purchases or contracts who never answered
    start, end : days of the first and last answer that counts; seen_until: last day on which anything could be seen
    scale_min, scale_max : of the question
    brand : whose answers these are, "" where one brand only was rated
    margin : whether purchases carry a margin
    """

    rows: ir.Table
    cells: pd.DataFrame
    question: str
    beside: str
    within: str
    behaviour: str
    window: int
    before: int
    answers: str
    n: int
    customers: int
    young: int
    nobody: int
    unmet: int
    silent: int
    start: dt.date
    end: dt.date
    seen_until: dt.date
    scale_min: float
    scale_max: float
    margin: bool = False
    currency: str = ""
    stable: Stable | None = None
    brand: str = ""
    again: int = 0
    alone: int = 0
    others: int = 0

    @property
    def period(self) -> str:
        """First to last answer that counts, as a reader writes it."""
        return days(self.start, self.end)

    @property
    def checks(self) -> tuple[Check, ...]:
        """What must hold for anything said of these answers to be believed."""
        levels = int((self.cells.groupby("score")["n"].sum() >= 10).sum())
        return (
            Check("customers with an answer and a full window after it", self.customers >= 100, count(self.customers),
                  "≥ 100", "What they did differs too much to tell a link from chance."),
            Check("scores given 10 times or more", levels >= 2, count(levels), "≥ 2", "There is nothing to compare."),
        )  # fmt: skip

    @property
    def account(self) -> str:
        """What became of the answers: used, and left out for which reason; a sentence or two."""
        which = {"every": "answers", "first": "first answers", "last": "last answers before the cut-off"}[self.answers]
        text = (
            f"{count(self.n)} {which} of {count(self.customers)} customers to {self.question!r}"
            f"{f' about {self.brand}' if self.brand else ''}, {self.period}, "
            f"with what they did in the {self.window} days after."
        )
        left = [
            f"{count(n)} {why}"
            for n, why in (
                (self.young, "too young for that"),
                (self.nobody, "of unknown customers"),
                (self.unmet, "of customers without a contract at that time"),
                (self.again, "of customers who answered once more that day"),
                (self.alone, f"without an answer to {self.beside!r}"),
                (self.others, f"that were not the {self.answers}"),
            )
            if n
        ]
        every = self.n + self.young + self.nobody + self.unmet + self.again + self.alone + self.others
        return text + (f" Left out of {count(every)}: {', '.join(left)}." if left else "")

    def covariance(self, influence: Sequence[tuple[pd.Series | np.ndarray, Mapping[str, np.ndarray]]]) -> np.ndarray:
        """Covariance of estimates, with customers as the unit, in one pass of the engine.

        Parameters
        ----------
        influence : of each estimate what an answer contributes: (constant, {outcome: factor}), arrays in the order of
            `cells`; the contribution is constant + Σ factor · outcome

        Returns
        -------
        shape (k, k): Σ over customers of the outer product of the sums of their contributions
        """
        k = len(influence)
        frame = self.cells[list(KEYS)].copy()
        total = [_["c0"]] * k
        for j, (constant, factors) in enumerate(influence):
            frame[f"c{j}"] = np.asarray(constant, float)
            total[j] = _[f"c{j}"]
            for outcome, factor in factors.items():
                frame[f"c{j}_{outcome}"] = np.asarray(factor, float)
                total[j] = total[j] + _[f"c{j}_{outcome}"] * _[outcome]
        joined = self.rows.join(near(self.rows, frame), list(KEYS))
        own = joined.group_by("customer_id").agg(**{f"u{j}": t.sum() for j, t in enumerate(total)})
        pairs = {f"p{i}_{j}": (_[f"u{i}"] * _[f"u{j}"]).sum() for i in range(k) for j in range(i + 1)}
        found = own.agg(**pairs).to_pandas().iloc[0]
        matrix = np.zeros((k, k))
        for i in range(k):
            for j in range(i + 1):
                matrix[i, j] = matrix[j, i] = found[f"p{i}_{j}"]
        return matrix * self.customers / max(self.customers - 1, 1)


def link_behaviour(
    source,
    *,
    question: str | None = None,
    beside: str = "",
    within: str = "",
    behaviour: str = "",
    window: int = 90,
    before: int | None = None,
    answers: str = "every",
    cut_off: dt.date | str | None = None,
    observation_end: dt.date | str | None = None,
    brand: str = "",
    flagged: str = "keep",
    currency: str = "",
) -> Link:
    """Answers joined to what their customers did before and after.

    Parameters
    ----------
    source : Dataset, or mapping, with surveys and transactions or subscriptions (Ibis tables or DataFrames)
    question : which one; may be left out where there is one only
    beside : another question of the same responses; only responses that answer both count
    within : a column of the surveys (segment, touchpoint) within whose values customers are compared, never across
    behaviour : "purchases" or "contracts"; by default what the source has, purchases first
    window : days after an answer within which behaviour counts
    before : days before it that say how things were, by default twice the window
    answers : "every" answer, a window of its own after each; the "first" of each customer; or the "last" until
        `cut_off`, with the window after the cut-off. (Choosing the last answer and looking at what followed it would
        choose those who did not come back to answer again.)
    cut_off : last day of answers for answers="last", by default the last whose window is over
    brand : whose answers count where rivals were rated too, by default the brand with most of them
    flagged : "keep" or "drop" responses with a flag (straight-line, fast, repeated)
    observation_end : last day on which purchases could be seen, by default that of the data

    Returns
    -------
    Link

    Raises
    ------
    DataError : a table or column is missing, or no answer is old enough.
    ParameterError : an unknown option.

    >>> day = pd.Timestamp("2025-01-01")
    >>> tables = {"surveys": pd.DataFrame({"response_id": ["1", "2"], "customer_id": ["a", "b"], "question": "nps",
    ...               "score": [9.0, 4.0], "scale_min": 0.0, "scale_max": 10.0, "timestamp": day}),
    ...           "transactions": pd.DataFrame({"customer_id": ["a", "a", "b"], "amount": [5.0, 7.0, 3.0],
    ...               "timestamp": [day, day + pd.Timedelta(days=8), day + pd.Timedelta(days=60)]})}
    >>> linked = link_behaviour(tables, window=30)
    >>> linked.cells[["score", "n", "returned", "spend"]].values.tolist()
    [[4.0, 1.0, 0.0, 0.0], [9.0, 1.0, 1.0, 7.0]]
    """
    if answers not in ANSWERS:
        raise unknown("answers", answers, ANSWERS)
    if flagged not in ("keep", "drop"):
        raise unknown("flagged", flagged, ("keep", "drop"))
    before = 2 * window if before is None else before
    if window < 1 or before < 1:
        raise ParameterError(f"window = {window}, before = {before}.", expected="whole days, 1 or more")
    tables = {name: _table(t) for name, t in (source if isinstance(source, Mapping) else source.tables).items()}
    behaviour = behaviour or ("purchases" if "transactions" in tables else "contracts")
    if behaviour not in ("purchases", "contracts"):
        raise unknown("behaviour", behaviour, ("purchases", "contracts"))
    log = _needed(tables, {"purchases": "transactions", "contracts": "subscriptions"}[behaviour])
    surveys = _needed(tables, "surveys", "customer_id", "timestamp")
    given, question, brand, out = given_answers(surveys, question, beside, within, flagged, brand)
    end = last_day(observation_end or getattr(source, "observation_end", None), log, behaviour)
    limit = end - dt.timedelta(days=window)
    cut = pd.Timestamp(cut_off).date() if cut_off is not None else limit
    if cut > limit:
        raise ParameterError(
            f"cut_off = {cut}.", expected=f"a day until {limit}, {window} days before the last day of the data"
        )
    old, young = chosen(given, answers, (cut if answers == "last" else limit) - _DAY_0)
    around = {"window": window, "before": before}
    if behaviour == "purchases":
        rows = around_purchases(old, visits(log), **around)
    else:
        rows = around_contracts(old, log, **around)
    rows = rows.cache()
    cells = rows.group_by(list(KEYS)).agg(n=_.count(), **{c: _[c].sum() for c in _SUMS}).order_by(list(KEYS))
    cells = cells.to_pandas().astype(dict.fromkeys(_SUMS, float))
    if cells.empty:
        raise DataError(
            f"no answer to {question!r} has {window} days of {behaviour} after it: answers are too young, or their "
            f"customers stand in no {'transactions' if behaviour == 'purchases' else 'subscriptions'}.",
            expected=f"answers until {limit}",
            mend="window= fewer days, or surveys that carry the customer_id of the shop",
        )
    facts = rows.agg(first=_.day.min(), last=_.day.max(), customers=_.customer_id.nunique()).to_pandas().iloc[0]
    scale = given.agg(low=_.scale_min.min(), high=_.scale_max.max()).to_pandas().iloc[0]
    n, met = int(cells["n"].sum()), int(old.count().execute())
    others = int(given.count().execute()) - met - young
    silent = log.select(customer_id=_.customer_id.cast("string")).distinct().anti_join(given, "customer_id").count()
    return Link(
        rows, cells, question, beside, within, behaviour, window, before, answers, n, int(facts["customers"]),
        young, out["nobody"],
        met - n, int(silent.execute()), _date(facts["first"]), _date(facts["last"]), end,
        float(scale["low"]), float(scale["high"]), behaviour == "purchases" and "margin" in log.columns,
        currency or getattr(source, "currency", ""), stable_part(given), brand, out["again"], out["alone"], others,
    )  # fmt: skip


def _table(table) -> ir.Table:
    return ibis.memtable(table) if isinstance(table, pd.DataFrame) else table


def _needed(tables: Mapping[str, ir.Table], name: str, *columns: str) -> ir.Table:
    if name not in tables:
        raise unknown("table", name, tables, error=DataError)
    missing = [c for c in columns if c not in tables[name].columns]
    if missing:
        raise DataError(
            f"{name} has no {', '.join(missing)} (columns: {', '.join(tables[name].columns)}).",
            expected="answers with customer and time: without them nobody knows what followed",
            mend=" ".join(f"--column {c}=NAME" for c in missing),
        )
    return tables[name]


def _date(number: float) -> dt.date:
    return _DAY_0 + dt.timedelta(days=int(number))
