"""Visits: answers to one question by who was served and who served, summed by one group-by in the engine."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from ibis import _

from cxlab.errors import DataError, unknown
from cxlab.experience.scores.questions import chosen_question, kind_of, stated_scale, survey_table
from cxlab.experience.scores.variances import Cells, Components, variance_components
from cxlab.finding import Check
from cxlab.wording import count, days, share

#: staff, and customers with several answers, from whom a spread can be told
FEWEST_STAFF, FEWEST_RETURNING = 5, 20
#: staff (or customers) whose spread is known exactly whatever their number of answers; more are too many for that
_EXACT = 1000


@dataclass(frozen=True)
class Visits:
    """Answers to one question by who was served and who served.

    Parameters
    ----------
    cells : sums by customer and member of staff
    staff : names, empty where staff is not known; customers: number of them, 0 where not told apart
    returning : customers with several answers; shared: of them, those whom several members of staff served
    n, left_out : answers, and those without a name of staff or customer that others have
    """

    cells: Cells
    staff: tuple[str, ...]
    customers: int
    returning: int
    shared: int
    n: int
    left_out: int
    question: str
    period: str


def read_visits(source, *, question: str | None = None, flagged: str = "keep") -> Visits:
    """Sums of the answers to one question over customer × staff, by one group-by in the engine.

    Parameters
    ----------
    source : Dataset with `surveys`, Ibis table or DataFrame with its columns, handled_by or customer_id among them
    question : its text, or a kind; None: the only one
    flagged : "keep" or "drop" answers that carry a flag

    Raises
    ------
    DataError : neither staff nor customers with several answers are known.

    >>> asked = pd.DataFrame({"question": "csat", "scale_min": 1, "scale_max": 5, "score": [5, 4, 2, 3],
    ...     "handled_by": ["Ada", "Ada", "Bo", "Bo"]})
    >>> visits = read_visits(asked)
    >>> visits.staff, visits.customers, visits.cells.total.tolist()
    (('Ada', 'Bo'), 0, [9.0, 5.0])
    """
    if flagged not in ("keep", "drop"):
        raise unknown("way with flagged answers", flagged, ("keep", "drop"))
    table = survey_table(source)
    if flagged == "drop" and "flag" in table.columns:
        table = table.filter(_.flag.isnull() | (_.flag == ""))
    asked = table.group_by("question", "scale_min", "scale_max").agg(answers=_.score.count()).execute()
    asked["kind"] = [kind_of(str(q), *ends) for q, *ends in asked.iloc[:, :3].itertuples(index=False)]
    question = chosen_question(asked, question)
    stated_scale(asked, question)
    table = table.filter((_.question == question) & _.score.notnull())
    keys = [c for c in ("customer_id", "handled_by") if c in table.columns]
    sums = {"n": _.count(), "total": _.score.sum(), "squares": (_.score * _.score).sum()}
    if "timestamp" in table.columns:
        sums |= {"first": _.timestamp.min(), "last": _.timestamp.max()}
    found = (table.group_by(keys).agg(**sums) if keys else table.agg(**sums)).execute()
    known = found.dropna(subset=["handled_by"]) if "handled_by" in keys else found.iloc[:0]
    staffed = len(known) > 0 and known["handled_by"].nunique() > 1
    cells = known if staffed else found
    named = "customer_id" in keys and cells["customer_id"].notna().any()
    if named:
        kept = cells.dropna(subset=["customer_id"])
        met = kept.groupby("customer_id").agg(n=("n", "sum"), staff=("n", "size"))
        named = int((met["n"] > 1).sum()) >= 2
    if named:
        cells = kept
    elif not staffed:
        raise DataError(
            "neither who served nor who answered twice is known.",
            expected="handled_by with two names or more, or customer_id of customers with several answers",
            mend="add who served (handled_by) to the survey",
        )
    customer = pd.factorize(cells["customer_id"], sort=True)[0] if named else np.zeros(len(cells), dtype=int)
    staff, names = pd.factorize(cells["handled_by"], sort=True) if staffed else (np.zeros(len(cells), dtype=int), ())
    own = (
        cells.assign(customer=customer, staff=staff).groupby(["customer", "staff"])[["n", "total"]].sum().reset_index()
    )
    sums = Cells(own["customer"].to_numpy(), own["staff"].to_numpy(), own["n"].to_numpy(float),
                 own["total"].to_numpy(float), float(cells["squares"].sum()))  # fmt: skip
    period = (
        days(cells["first"].min(), cells["last"].max()) if "first" in cells and cells["first"].notna().any() else ""
    )
    n = int(cells["n"].sum())
    return Visits(
        cells=sums, staff=tuple(map(str, names)), customers=int(customer.max() + 1) if named else 0,
        returning=int((met["n"] > 1).sum()) if named else 0,
        shared=int((met["staff"] > 1).sum()) if named and staffed else 0,
        n=n, left_out=int(found["n"].sum()) - n, question=question, period=period,
    )  # fmt: skip


def components_of(visits: Visits) -> Components:
    """Variance components of visits; customers alone take the exact way where they are few enough."""
    cells = visits.cells
    if cells.n.sum() - 1 <= 1 or np.isclose(cells.squares, cells.total.sum() ** 2 / cells.n.sum()):
        raise DataError(f"all answers to {visits.question!r} are the same.", expected="two or more different answers")
    if visits.staff or visits.customers > _EXACT:
        return variance_components(cells, customers=visits.customers > 0)
    swapped = variance_components(
        Cells(cells.staff, cells.customer, cells.n, cells.total, cells.squares), customers=False
    )
    return Components(
        swapped.staff, 0.0, swapped.rest, swapped.criterion, swapped.shares[:, [1, 0, 2]], swapped.weights,
        swapped.alike[::-1], swapped.mean, np.zeros(1), np.zeros(1),
    )  # fmt: skip


def visit_checks(visits: Visits) -> tuple[Check, ...]:
    checks = []
    if visits.staff:
        checks.append(
            Check("members of staff", len(visits.staff) >= FEWEST_STAFF, count(len(visits.staff)), f"≥ {FEWEST_STAFF}",
                  "How much so few differ says little of others.")
        )  # fmt: skip
    if visits.customers:
        checks.append(
            Check("customers with several answers", visits.returning >= FEWEST_RETURNING, count(visits.returning),
                  f"≥ {FEWEST_RETURNING}", "What stays with a customer is hardly known.")
        )  # fmt: skip
    if visits.customers and visits.staff:
        part = visits.shared / visits.returning if visits.returning else 0.0
        checks.append(
            Check("returning customers whom several members of staff served", part >= 0.2, share(part), "≥ 20 %",
                  "Who serves and who is served are hardly told apart.")
        )  # fmt: skip
    return tuple(checks)
