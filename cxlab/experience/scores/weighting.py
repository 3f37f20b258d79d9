"""Weights that make those who answered look like all customers in what is known of both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import ibis
import numpy as np
import pandas as pd
from ibis import _

from cxlab.data.backends import beside
from cxlab.errors import DataError, unknown
from cxlab.finding import Check, Finding
from cxlab.wording import count, number, share

#: design effect of the weights above which they cost more than they mend, and answers a cell needs
MOST_EFFECT, LEAST_ANSWERS = 2.0, 5
_ROUNDS, _CLOSE = 500, 1e-9


@dataclass(frozen=True)
class Weighted:
    """Surveys with weights.

    Parameters
    ----------
    surveys : Ibis table: the surveys, with the column weight (mean 1 over responses of known customers); responses
        outside the margins (a level unknown) have weight 1
    cells : DataFrame, a row a combination of levels: the columns of the margins, responses, weight
    margins : DataFrame, a row a level: column, level, responses, of_responses, of_all (shares), after (share weighted)
    design_effect : Kish's n Σw²/(Σw)²
    """

    surveys: ibis.Table
    cells: pd.DataFrame
    margins: pd.DataFrame
    design_effect: float

    def finding(self) -> Finding:
        """What the weights change, and what they cost.

        Returns
        -------
        Finding "experience.weights", the rows of `margins`
        """
        m, n = self.margins, int(self.cells["responses"].sum())
        off = m.loc[(m["of_responses"] - m["of_all"]).abs().idxmax()]
        least = int(self.cells["responses"].min())
        columns = ", ".join(m["column"].unique())
        return Finding(
            "experience.weights",
            f"Answers count for {count(n / self.design_effect)} instead of {count(n)} once weighted",
            f"{count(n)} responses are weighted to all customers by {columns}. Furthest off was {off['column']} = "
            f"{off['level']}: {share(off.of_responses)} of responses, {share(off.of_all)} of customers. Weights run "
            f"from {number(self.cells['weight'].min())} to {number(self.cells['weight'].max())}; the answers are worth "
            f"{count(n / self.design_effect)} of equal weight (design effect {self.design_effect:.2f}). Weights mend "
            f"what goes along with {columns}, and nothing else: within a group, those who answer may feel otherwise.",
            m, units={"responses": "count"} | dict.fromkeys(["of_responses", "of_all", "after"], "share"),
            checks=(
                Check("design effect of the weights", self.design_effect <= MOST_EFFECT, f"{self.design_effect:.2f}",
                      f"≤ {MOST_EFFECT:g}", "Weight by fewer columns, or join small levels."),
                Check("responses in the smallest cell", least >= LEAST_ANSWERS, count(least), f"≥ {LEAST_ANSWERS}",
                      "Single answers speak for many: join small levels."),
            ),
            caption=f"n = {count(n)} responses; raking to the margins of all customers.",
        )  # fmt: skip


def weighted_to(
    surveys: ibis.Table, *, customers: ibis.Table | None = None, by: Sequence[str] = (),
    margins: Mapping[str, Mapping[str, float]] | None = None,
) -> Weighted:  # fmt: skip
    """Weight responses so that each column has the shares it has among all customers.

    Parameters
    ----------
    surveys : a row an answer, with response_id and customer_id, or with the columns of the margins
    customers : all customers, with the columns `by`: their shares are the margins
    by : columns to be weighted by; one column is post-stratification, several are raked
    margins : {column: {level: share of all}}, in place of customers; shares add up to 1

    Raises
    ------
    DataError : a level that all customers have is in no response; margins do not add up. ParameterError : no column.

    Notes
    -----
    Iterative proportional fitting on the cells of levels that occur (Deming & Stephan 1940, Annals of Mathematical
    Statistics 11(4)); one weight a cell, so the work grows with cells. Hand the surveys on with
    ``read_answers(…, weights="weight")``.

    >>> asked = pd.DataFrame({"response_id": list("abcd"), "customer_id": list("abcd"), "age": ["old"] * 3 + ["young"]})
    >>> found = weighted_to(ibis.memtable(asked), margins={"age": {"old": .5, "young": .5}})
    >>> found.cells[["age", "responses", "weight"]].round(2).values.tolist(), round(found.design_effect, 2)
    ([['old', 3, 0.67], ['young', 1, 2.0]], 1.33)
    """
    goal = {c: pd.Series(dict(own), dtype=float) for c, own in margins.items()} if margins else _margins(customers, by)
    columns = list(goal)
    if not columns:
        raise DataError("there is nothing to weight by.", expected="by=[column of customers, …] or margins={…}")
    for name, own in goal.items():
        if abs(own.sum() - 1) > 1e-6 or (own < 0).any():
            raise DataError(f"the margins of {name!r} add up to {own.sum():g}.", expected="shares that add up to 1")
    known = [c for c in columns if c in surveys.columns]
    table = surveys
    if len(known) < len(columns):
        if customers is None:
            raise unknown("column", next(c for c in columns if c not in known), surveys.columns)
        rest = customers.select("customer_id", *(c for c in columns if c not in known))
        table = surveys.left_join(rest, "customer_id").drop("customer_id_right")
    table = table.mutate(**{c: table[c].cast("string") for c in columns})
    cells = table.group_by(columns).agg(responses=_.response_id.nunique()).execute()
    cells = cells.dropna().sort_values(columns).reset_index(drop=True)
    cells = cells[np.all([cells[c].isin(goal[c].index) for c in columns], axis=0)].reset_index(drop=True)
    weight = _raked(cells, goal)
    n = cells["responses"].to_numpy(float)
    cells = cells.assign(weight=weight)
    tables = []
    for name, own in goal.items():
        sums = cells.assign(after=n * weight / (n @ weight)).groupby(name)[["responses", "after"]].sum()
        tables.append(sums.reindex(own.index, fill_value=0).assign(column=name, level=own.index, of_all=own))
    shares = pd.concat(tables, ignore_index=True)
    shares["of_responses"] = shares["responses"] / n.sum()
    shares = shares[["column", "level", "responses", "of_responses", "of_all", "after"]]
    joined = beside(table, cells[[*columns, "weight"]])
    out = table.left_join(joined, columns).select(*table.columns, weight=_.weight.fill_null(1.0))
    return Weighted(out, cells, shares, float(n.sum() * (n @ weight**2) / (n @ weight) ** 2))


def _margins(customers, by: Sequence[str]) -> dict[str, pd.Series]:
    by = [by] if isinstance(by, str) else list(by)
    if customers is None:
        return {}
    for name in by:
        if name not in customers.columns:
            raise unknown("column", name, customers.columns)
    found = {}
    for name in by:
        own = customers.group_by(level=customers[name].cast("string")).agg(n=_.count()).execute().dropna()
        own = own.set_index("level")["n"].sort_index()
        found[name] = own / own.sum()
    return found


def _raked(cells: pd.DataFrame, goal: Mapping[str, pd.Series]) -> np.ndarray:
    n = cells["responses"].to_numpy(float)
    codes = {}
    for name, own in goal.items():
        lost = [level for level, part in own.items() if part > 0 and level not in set(cells[name])]
        if lost:
            raise DataError(
                f"nobody with {name} = {lost[0]!r} answered, and {share(own[lost[0]])} of customers are so.",
                expected="an answer from every level", mend="join it with another level, or weight by another column",
            )  # fmt: skip
        codes[name] = (pd.Index(own.index).get_indexer(cells[name]), own.to_numpy(float))
    weight = np.ones(len(cells))
    for _round in range(_ROUNDS):
        before = weight.copy()
        for code, wanted in codes.values():
            now = np.bincount(code, weights=n * weight, minlength=len(wanted))
            weight *= np.divide(wanted * (n @ weight), now, out=np.zeros_like(wanted), where=now > 0)[code]
        if np.abs(weight - before).max() < _CLOSE:
            break
    return weight * n.sum() / (n @ weight)
