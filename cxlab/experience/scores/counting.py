"""Counting in the engine: rows prepared with their groups, scores counted, and repeated answers of a customer."""

from __future__ import annotations

import ibis
import numpy as np
import pandas as pd
from ibis import _

from cxlab.errors import DataError, unknown
from cxlab.experience.scores.questions import REQUIRED, survey_table

#: what a group is called that a row does not name
NOT_STATED = "(not stated)"
#: units a wave can be cut in
WAVES = {"week": "W", "month": "M", "quarter": "Q", "year": "Y"}
_GROUP = ["n", "missing", "customers", "design_effect"]
_OWN = {*REQUIRED, "response_id", "customer_id", "timestamp", "flag", "answer", "duration_s"}


def prepared(source, by: tuple[str, ...], *, wave: str, weights: str | None) -> ibis.Table:
    """The rows with their groups as text, day, weight and whether they carry a flag."""
    table = survey_table(source)
    customers = source.tables.get("customers") if hasattr(source, "tables") else None
    if wave:
        if "timestamp" not in table.columns:
            raise DataError("the survey has no timestamp.", expected="the time of each answer, to tell waves apart")
        table = table.mutate(wave=_.timestamp.date().truncate(WAVES[wave]))
    beside = [c for c in by if c not in table.columns]
    if beside and customers is not None and "customer_id" in table.columns:
        fits = [c for c in beside if c in customers.columns]
        table = table.left_join(customers.select("customer_id", *fits), "customer_id") if fits else table
        beside = [c for c in beside if c not in fits]
    if beside:
        raise unknown("column", beside[0], [c for c in table.columns if c not in _OWN], error=DataError)
    if weights is not None:
        if weights not in table.columns:
            raise unknown("column of weights", weights, table.columns, error=DataError)
        table = table.mutate(weight=table[weights].cast("float64"))
    texts = {c: ibis.coalesce(table[c].cast("string"), NOT_STATED) for c in by if c != "wave" or not wave}
    table = table.mutate(flagged=_.flag.notnull() if "flag" in table.columns else ibis.literal(False), **texts)
    extra = [c for c in ("customer_id", "timestamp", "weight") if c in table.columns and c not in by]
    return table.select(*REQUIRED, "flagged", *by, *extra)


def count_scores(table: ibis.Table, by: tuple[str, ...]) -> pd.DataFrame:
    """The one group-by: rows of each question, scale, flag, group and score; a null score is a missing answer."""
    keys = ["question", "scale_min", "scale_max", "flagged", *by, "score"]
    sums = {"n": _.count()}
    if "timestamp" in table.columns:
        sums |= {"first": _.timestamp.min(), "last": _.timestamp.max()}
    if "weight" in table.columns:
        sums |= {"weight": _.weight.sum(), "weight2": (_.weight * _.weight).sum(), "least": _.weight.min(),
                 "unweighted": _.weight.isnull().sum()}  # fmt: skip
    return table.group_by(list(dict.fromkeys(keys))).agg(**sums).execute()


def count_groups(own: pd.DataFrame, given: ibis.Table, by: tuple[str, ...]) -> tuple[pd.DataFrame, float]:
    """What each group holds beside its scores.

    Returns
    -------
    A row a group with an answer: *by, n, missing, customers, design_effect (of customers who gave several answers); and
    the design effect of all answers together. The correlation of two answers of one customer is estimated over all
    groups: of one group it would be noise.
    """
    keys = list(by) or pd.Series(0, index=own.index)
    answered = own["n"].where(own["score"].notna(), 0)
    frame = own.assign(answers=answered, missing=own["n"] - answered, s=own["score"].fillna(0) * answered,
                       ss=own["score"].fillna(0) ** 2 * answered)  # fmt: skip
    sums = frame.groupby(keys, sort=True, dropna=False)[["answers", "missing", "s", "ss"]].sum()
    groups = sums[sums["answers"] > 0].rename(columns={"answers": "n"}).reset_index(drop=not by)
    if "customer_id" not in given.columns:
        return groups.assign(customers=np.nan, design_effect=1.0)[[*by, *_GROUP]], 1.0
    # answers without a customer count as one customer each
    named, each = given.filter(_.customer_id.notnull()), {"c": _.count().cast("float64"), "t": _.score.sum()}
    per = named.group_by([*by, "customer_id"]).agg(**each)
    sums = {"customers": _.count(), "known": _.c.sum(), "cc": (_.c * _.c).sum(), "tt": (_.t * _.t).sum(),
            "tc": (_.t * _.c).sum()}  # fmt: skip
    groups = _with_repeats(groups, (per.group_by(list(by)) if by else per).agg(**sums).execute(), by)
    if not by:
        return groups[_GROUP], float(groups.loc[0, "design_effect"])
    everywhere = named.group_by("customer_id").agg(**each).agg(**sums).execute()
    whole = groups[["n", "s", "ss"]].sum().to_frame().T
    return groups[[*by, *_GROUP]], float(_with_repeats(whole, everywhere, ()).loc[0, "design_effect"])


def _with_repeats(groups: pd.DataFrame, per: pd.DataFrame, by: tuple[str, ...]) -> pd.DataFrame:
    wide = groups.merge(per, on=list(by), how="left") if by else groups.join(per)
    wide[["known", "cc", "tt", "tc"]] = wide[["known", "cc", "tt", "tc"]].fillna(0.0)
    mean = wide["s"] / wide["n"]
    squares = wide["ss"] - wide["s"] * mean
    known = wide["known"] / wide["n"]
    pairs = wide["cc"] - wide["known"]
    together = (wide["tt"] - 2 * mean * wide["tc"] + mean**2 * wide["cc"] - squares * known).sum()
    expected = (pairs * squares / wide["n"]).sum()
    alike = float(np.clip(together / expected, 0, 1)) if expected > 0 else 0.0
    return wide.assign(design_effect=1 + pairs / wide["n"] * alike)
