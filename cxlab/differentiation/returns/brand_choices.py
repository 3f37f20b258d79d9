"""Ratings of brands with the brand bought last and next: what customer equity is estimated from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import ibis
import numpy as np
import pandas as pd
from ibis import _

from cxlab.errors import DataError, unknown
from cxlab.experience.drivers.ratings import answer_days
from cxlab.experience.scores.questions import survey_table

_NOT_DRIVERS = ("respondent_id", "task", "alternative", "chosen", "available", "timestamp", "source_column", "flag")


@dataclass(frozen=True, eq=False)
class BrandChoices:
    """Who rates which brand how, bought which last, and buys which next.

    Parameters
    ----------
    ratings : shape (choices, brands, drivers); 0 where a brand is not known
    known : shape (choices, brands), whether the brand is one the customer chooses from
    last : shape (choices, brands), 1 at the brand bought last; all 0 for who never bought
    next : shape (choices, brands), the brand bought next, or the probability of each; sums to 1
    respondent : shape (choices,), index of who chooses
    brands, drivers : names
    scale : lowest and highest rating of each driver, shape (drivers, 2)
    filled : share of ratings that were not given and are the mean of their brand
    period, simulated : days of the answers, and whether they are made up
    """

    ratings: np.ndarray = field(repr=False)
    known: np.ndarray = field(repr=False)
    last: np.ndarray = field(repr=False)
    next: np.ndarray = field(repr=False)
    respondent: np.ndarray = field(repr=False)
    brands: tuple[str, ...] = ()
    drivers: tuple[str, ...] = ()
    scale: np.ndarray = field(default_factory=lambda: np.zeros((0, 2)), repr=False)
    filled: float = 0.0
    period: str = ""
    simulated: bool = False

    @property
    def n(self) -> int:
        """Customers."""
        return int(self.respondent.max()) + 1

    def brand(self, name: str) -> int:
        """Place of a brand."""
        if name not in self.brands:
            raise unknown("brand", name, self.brands)
        return self.brands.index(name)

    def driver(self, name: str) -> int:
        """Place of a driver."""
        if name not in self.drivers:
            raise unknown("driver", name, self.drivers)
        return self.drivers.index(name)


def read_brand_choices(
    source, *, drivers: Sequence[str] = (), last: str = "last_brand", next: str = "next_brand", simulated: bool = False
) -> BrandChoices:
    """Brand choices out of a survey, or out of choice tasks among brands.

    Parameters
    ----------
    source : Dataset with `surveys` or `choices`, or an Ibis table or DataFrame with their columns. Of a survey: ratings
        of several brands under one response_id. Of choices: alternatives are brands, attributes their ratings, and
        `last` a column that is 1 at the brand bought last
    drivers : questions, or attributes, that may drive the choice; by default all that are rated
    last, next : of a survey, a column, or a question answered with the name of a brand, or asked of each brand (a score
        the higher the likelier). Of choices `chosen` is what is bought next

    Raises
    ------
    DataError : fewer than two brands, or nobody tells what was bought last and next.

    >>> survey = pd.DataFrame({"response_id": [1, 1, 2, 2], "question": "staff", "brand": ["we", "they"] * 2,
    ...     "score": [5, 3, 2, 4], "scale_min": 1, "scale_max": 5, "last_brand": ["we", "we", "they", "they"],
    ...     "next_brand": ["we", "we", "we", "we"]})
    >>> found = read_brand_choices(survey)
    >>> found.brands, found.last.tolist(), found.ratings[0, :, 0].tolist()
    (('they', 'we'), [[0.0, 1.0], [1.0, 0.0]], [3.0, 5.0])
    """
    simulated = simulated or getattr(getattr(source, "card", None), "kind", "") == "simulated"
    columns = set(getattr(source, "columns", ()))
    tables = getattr(source, "tables", ())
    if {"alternative", "chosen"} <= columns or ("choices" in tables and "surveys" not in tables):
        wide, period, names, scale = _from_choices(source, drivers, last)
    else:
        wide, period, names, scale = _from_surveys(source, drivers, last, next)
    return _arranged(wide, tuple(names), scale, period, simulated)


def _from_choices(source, drivers, last):
    table = source if isinstance(source, (pd.DataFrame, ibis.Table)) else source.choices
    table = ibis.memtable(table) if isinstance(table, pd.DataFrame) else table
    if last not in table.columns:
        raise DataError(f"choices has no column {last!r}.", expected="1 at the brand bought last, 0 at the others",
                        mend='last="NAME OF THE COLUMN"')  # fmt: skip
    names = list(drivers) or [
        c for c in table.columns if c not in (*_NOT_DRIVERS, last) and table[c].type().is_numeric()
    ]
    for name in names:
        if name not in table.columns:
            raise unknown("driver", name, table.columns)
    offered = table.filter(table.available == 1) if "available" in table.columns else table
    found = offered.select(
        unit=offered.respondent_id.cast("string") + "/" + offered.task.cast("string"),
        person=offered.respondent_id.cast("string"), brand=offered.alternative.cast("string"),
        last=offered[last].cast("float64"), next=offered.chosen.cast("float64"),
        **{f"q{i}": offered[name].cast("float64") for i, name in enumerate(names)},
    ).order_by(["unit", "brand"]).execute()  # fmt: skip
    values = found[[f"q{i}" for i in range(len(names))]]
    return found, answer_days(offered), names, np.stack([values.min(), values.max()], 1).astype(float)


def _from_surveys(source, drivers, last, next_):
    table = survey_table(source)
    for need in ("response_id", "brand"):
        if need not in table.columns:
            raise DataError(f"surveys has no {need}.", expected="ratings of several brands under one response_id")
    asked = table.select("question").distinct().execute()["question"].dropna().tolist()
    names = list(drivers) or sorted(q for q in asked if q not in (last, next_))
    for name in names:
        if name not in asked:
            raise unknown("driver", name, asked)
    ends = table.filter(_.question.isin(names)).group_by("question").agg(
        low=_.scale_min.min().coalesce(_.score.min()), high=_.scale_max.max().coalesce(_.score.max())
    ).execute().set_index("question").reindex(names)  # fmt: skip
    rated = table.filter(_.question.isin(names), _.brand.notnull(), _.score.notnull()).group_by("response_id", "brand")
    wide = rated.agg(**{f"q{i}": _.score.mean(where=_.question == name) for i, name in enumerate(names)})
    found = wide.order_by(["response_id", "brand"]).execute()
    found["unit"] = found["person"] = found["response_id"].astype(str)
    found["brand"] = found["brand"].astype(str)
    for role, name in (("last", last), ("next", next_)):
        found[role] = _bought(table, found, name, asked)
    return found, answer_days(table), names, ends.to_numpy(float)


def _bought(table, found: pd.DataFrame, name: str, asked) -> np.ndarray:
    """Weight of each response and brand: 1 at the one named, or scores of all in proportion."""
    if name in table.columns:
        named = table.filter(table[name].notnull()).group_by("response_id").agg(brand=_[name].cast("string").max())
        told = named.execute().assign(weight=1.0)
    elif name in asked:
        rows = table.filter(_.question == name)
        scored = rows.filter(_.brand.notnull(), _.score.notnull())
        told = (
            scored.group_by("response_id", "brand")
            .agg(weight=_.score.mean() - _.scale_min.min().coalesce(0.0))
            .execute()
        )
        if told.empty and "answer" in table.columns:
            named = rows.filter(_.answer.notnull()).group_by("response_id").agg(brand=_.answer.max())
            told = named.execute().assign(weight=1.0)
    else:
        raise DataError(f"the survey does not say which brand was bought: there is no column or question {name!r}.",
                        expected="a column with the name of the brand, or a question answered with it",
                        mend='last="…", next="…"')  # fmt: skip
    if told.empty:
        raise DataError(
            f"no answer to {name!r} names a brand.", expected="the name of one of the brands that are rated"
        )
    told["key"] = told["response_id"].astype(str) + "\0" + told["brand"].astype(str)
    weight = told.set_index("key")["weight"]
    return (found["unit"] + "\0" + found["brand"]).map(weight[~weight.index.duplicated()]).fillna(0.0).to_numpy(float)


def _arranged(
    wide: pd.DataFrame, names: tuple[str, ...], scale: np.ndarray, period: str, simulated: bool
) -> BrandChoices:
    """Rows a unit and brand as arrays; who knows one brand only, or does not say what is next, tells nothing."""
    if not names:
        raise DataError("nothing is rated.", expected="a numeric column or question a driver")
    sizes = wide.groupby("unit")["brand"].transform("size")
    total = wide.groupby("unit")["next"].transform("sum")
    wide = wide[(sizes > 1) & (total > 0)]
    brands = tuple(sorted(wide["brand"].unique()))
    if len(brands) < 2:
        raise DataError("nobody rates two brands and says which one is next.",
                        expected="ratings of own brand and rivals from the same customers")  # fmt: skip
    units, unit = np.unique(wide["unit"].to_numpy(str), return_inverse=True)
    at = unit, pd.Index(brands).get_indexer(wide["brand"])
    values = wide[[f"q{i}" for i in range(len(names))]].astype(float)
    means = values.groupby(wide["brand"]).transform("mean").fillna(values.mean())
    gaps = float(values.isna().to_numpy().mean())
    if not np.isfinite(means.to_numpy()).all():
        raise DataError("a driver has no rating at all.", expected="ratings of every driver")
    shape = (len(units), len(brands))
    ratings, known = np.zeros((*shape, len(names))), np.zeros(shape, bool)
    last, next_ = np.zeros(shape), np.zeros(shape)
    ratings[at], known[at] = values.fillna(means).to_numpy(), True
    last[at], next_[at] = wide["last"].to_numpy(float), wide["next"].to_numpy(float)
    best = last.max(1, keepdims=True)
    last = ((last == best) & (best > 0)).astype(float)
    last /= np.maximum(last.sum(1, keepdims=True), 1.0)
    who = np.zeros(len(units), int)
    who[unit] = np.unique(wide["person"].to_numpy(str), return_inverse=True)[1]
    return BrandChoices(ratings, known, last, next_ / next_.sum(1, keepdims=True), who, brands, names, scale, gaps,
                        period, simulated)  # fmt: skip
