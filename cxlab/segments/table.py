"""FeatureTable: what segments are made from. One row a customer, how each feature was scaled, and what is missing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from cxlab.errors import DataError, unknown
from cxlab.finding import Check, Finding
from cxlab.wording import count, share

#: a tail this many times as long as the other side of the median asks for logarithms
LONG_TAIL = 3.0
#: share of missing values above which a feature says little about most customers
MOST_MISSING = 0.5
#: standard deviation over interquartile range of a normal distribution
_NORMAL_IQR = 1.349


@dataclass(frozen=True)
class Recipe:
    """How one feature is read and scaled: enough to treat new customers the same way.

    scaled value = (t(value) − centre) / scale, with t the logarithm of 1 + value where `transform` is "log".

    Parameters
    ----------
    name, declaration, unit : what readers see, where it comes from, and in what it is measured
    kind : "number" or "category" (values are codes of `levels`)
    transform : "none" or "log"
    centre, scale : median, and interquartile range / 1.349 (the standard deviation where half the customers or more
        share one value), both after the transform
    """

    name: str
    declaration: str = ""
    unit: str = ""
    kind: str = "number"
    transform: str = "none"
    centre: float = 0.0
    scale: float = 1.0
    levels: tuple[str, ...] = ()

    def scaled(self, values: np.ndarray) -> np.ndarray:
        """Values on the scale that segments are found on; missing stays missing.

        >>> Recipe("spend", transform="log", centre=0.0, scale=2.0).scaled(np.array([0.0, np.e**2 - 1])).tolist()
        [0.0, 1.0]
        """
        if self.kind == "category":
            return values
        return ((np.log1p(values) if self.transform == "log" else values) - self.centre) / self.scale

    def unscaled(self, values: np.ndarray) -> np.ndarray:
        """Back to the unit of the feature."""
        if self.kind == "category":
            return values
        values = np.asarray(values) * self.scale + self.centre
        return np.expm1(values) if self.transform == "log" else values


def recipe_of(
    name: str, column: pd.Series, *, declaration: str = "", unit: str = "", scale: str = "auto", weight=None
) -> tuple[Recipe, np.ndarray]:
    """The recipe of a column, and its values as numbers (codes for text, missing as NaN).

    "auto" takes logarithms of a feature without negative values whose upper 95 % point is more than `LONG_TAIL` times
    as far from the median as its lower 5 % point.

    >>> recipe, values = recipe_of("spend", pd.Series([1.0, 2.0, 4.0, 8.0, 400.0]))
    >>> recipe.transform, recipe_of("city", pd.Series(["b", None, "a"]))[0].levels
    ('log', ('a', 'b'))
    """
    if column.dtype.kind not in "fiub" and not pd.api.types.is_numeric_dtype(column):
        if column.map(lambda v: v is None or isinstance(v, (int, float)) or hasattr(v, "as_tuple")).all():
            column = pd.to_numeric(column)  # decimals
        else:
            text = column.astype("string")
            levels = tuple(sorted(text.dropna().unique()))
            codes = pd.Categorical(text, categories=levels).codes.astype(float)
            codes[codes < 0] = np.nan
            return Recipe(name, declaration, unit, "category", levels=levels), codes
    values = column.to_numpy(float, na_value=np.nan)
    weight = np.ones(len(values)) if weight is None else np.asarray(weight, float)
    finite = np.isfinite(values)
    values = np.where(finite, values, np.nan)
    if not finite.any():
        raise DataError(f"feature {name!r} has no values.", expected="some customers with a value", mend="leave it out")
    low, middle, high = weighted_quantiles(values[finite], weight[finite], (0.05, 0.5, 0.95))
    heavy = np.nanmin(values) >= 0 and high - middle > LONG_TAIL * (middle - low)
    transform = "log" if scale == "log" or (scale == "auto" and heavy and high > middle) else "none"
    if transform == "log" and np.nanmin(values) <= -1:
        raise DataError(
            f"feature {name!r} has values down to {np.nanmin(values):g}, of which there is no logarithm.",
            expected="values > −1", mend=f"{declaration.split(' |')[0] or name} | standard",
        )  # fmt: skip
    if scale == "none":
        return Recipe(name, declaration, unit), values
    t = np.log1p(values[finite]) if transform == "log" else values[finite]
    q1, centre, q3 = weighted_quantiles(t, weight[finite], (0.25, 0.5, 0.75))
    spread = (q3 - q1) / _NORMAL_IQR
    if spread <= 0:
        mean = np.average(t, weights=weight[finite])
        # a feature that is the same for all is of no weight, here and in another period
        spread = float(np.sqrt(np.average((t - mean) ** 2, weights=weight[finite]))) or 1.0
    return Recipe(name, declaration, unit, "number", transform, float(centre), float(spread)), values


def weighted_quantiles(values: np.ndarray, weight: np.ndarray, at: Sequence[float]) -> np.ndarray:
    """Quantiles (by the distribution function) of weighted values; a weight of 2 counts as two equal values.

    >>> weighted_quantiles(np.array([3., 1., 2.]), np.array([1., 1., 2.]), (.25, .5, 1.0)).tolist()
    [1.0, 2.0, 3.0]
    """
    order = np.argsort(values, kind="stable")
    cumulative = np.cumsum(weight[order])
    places = np.searchsorted(cumulative, np.asarray(at) * cumulative[-1] * (1 - 1e-12))
    return values[order][np.minimum(places, len(values) - 1)]


@dataclass(frozen=True)
class Distinct:
    """The distinct rows among the customers; cost grows with these, not with customers.

    Parameters
    ----------
    values : shape (n_rows, n_features), scaled, in a fixed order of rows and columns
    weight : customers of each row
    index : shape (n_customers,), the row of each customer
    """

    values: np.ndarray
    weight: np.ndarray
    index: np.ndarray


@dataclass(frozen=True)
class FeatureTable:
    """Features of customers, with all that is needed to read them again.

    Parameters
    ----------
    customers : ids, shape (n,)
    values : shape (n, n_features), in the units of the features, missing as NaN, categories as codes
    recipes : a `Recipe` a feature
    weight : customers that a row stands for; 1 each by default
    period, currency : of what was measured
    """

    customers: np.ndarray
    values: np.ndarray
    recipes: tuple[Recipe, ...]
    weight: np.ndarray | None = None
    period: str = ""
    currency: str = ""

    def __post_init__(self):
        if not len(self.values):
            raise DataError("there are no customers.", expected="at least one")

    @classmethod
    def from_frame(
        cls, frame: pd.DataFrame, *, customer: str = "", weight: str = "", scale: str = "auto", units=None, **facts
    ) -> FeatureTable:
        """Features that are at hand already, a column each.

        Parameters
        ----------
        customer, weight : columns with ids and with how many customers a row stands for; by default the index, and 1
        scale : as in `feature`, for all columns
        units : mapping of column to unit

        >>> table = FeatureTable.from_frame(pd.DataFrame({"age": [20, 30, 40], "visits": [1, 1, 3]}))
        >>> table.names, len(table)
        (('age', 'visits'), 3)
        """
        for name in filter(None, (customer, weight)):
            if name not in frame.columns:
                raise unknown("column", name, frame.columns)
        weights = frame[weight].to_numpy(float) if weight else None
        ids = frame[customer].to_numpy(object) if customer else frame.index.to_numpy(object)
        columns = [c for c in frame.columns if c not in (customer, weight)]
        made = [
            recipe_of(str(c), frame[c], declaration=str(c), unit=(units or {}).get(c, ""), scale=scale, weight=weights)
            for c in columns
        ]
        return cls(ids, np.column_stack([values for _, values in made]), tuple(r for r, _ in made), weights, **facts)

    def __len__(self) -> int:
        return len(self.values)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(r.name for r in self.recipes)

    @property
    def declarations(self) -> tuple[str, ...]:
        """What `features` reads to gather the same features of other customers or another period."""
        return tuple(r.declaration for r in self.recipes)

    @property
    def weights(self) -> np.ndarray:
        return np.ones(len(self)) if self.weight is None else self.weight

    @property
    def n_customers(self) -> int:
        return round(float(self.weights.sum()))

    @cached_property
    def matrix(self) -> np.ndarray:
        """Scaled values, shape (n, n_features)."""
        return np.column_stack([r.scaled(v) for r, v in zip(self.recipes, self.values.T, strict=True)])

    @cached_property
    def complete(self) -> np.ndarray:
        """Which customers have every feature, shape (n,)."""
        return np.isfinite(self.values).all(1)

    @cached_property
    def distinct(self) -> Distinct:
        """Distinct scaled rows; neither the order of customers nor that of features changes them."""
        return distinct_rows(self.matrix[:, np.argsort(self.names)], self.weights)

    @property
    def fingerprint(self) -> str:
        """sha256 of the recipes: the same where features mean the same."""
        text = json.dumps([asdict(r) for r in self.recipes], sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()

    def frame(self) -> pd.DataFrame:
        """A row a customer: customer_id, and every feature in its unit (categories as text)."""
        columns: dict[str, object] = {"customer_id": self.customers}
        for r, v in zip(self.recipes, self.values.T, strict=True):
            columns[r.name] = pd.Categorical.from_codes(codes(v), r.levels) if r.kind == "category" else v
        return pd.DataFrame(columns)

    def select(self, *names: str) -> FeatureTable:
        """The same customers with these features only."""
        for name in names:
            if name not in self.names:
                raise unknown("feature", name, self.names)
        places = [self.names.index(name) for name in names]
        return replace(self, values=self.values[:, places], recipes=tuple(self.recipes[i] for i in places))

    def take(self, rows: np.ndarray) -> FeatureTable:
        """The same features of these rows (a mask or positions) only."""
        weight = None if self.weight is None else self.weight[rows]
        return replace(self, customers=self.customers[rows], values=self.values[rows], weight=weight)

    def as_scaled_by(self, recipes: Sequence[Recipe]) -> FeatureTable:
        """The same customers read with the recipes of a model: its scales, its levels, its order of features.

        Raises
        ------
        DataError : a feature of the model is missing here.
        """
        columns = []
        for r in recipes:
            if r.name not in self.names:
                raise unknown("feature", r.name, self.names, error=DataError)
            own, values = self.recipes[self.names.index(r.name)], self.values[:, self.names.index(r.name)]
            if r.kind == "category":  # a level the model never saw is missing to it
                place = {level: float(i) for i, level in enumerate(r.levels)}
                codes_ = np.array([place.get(level, np.nan) for level in own.levels] + [np.nan])
                values = codes_[np.where(np.isfinite(values), values, len(own.levels)).astype(int)]
            columns.append(values)
        return replace(self, values=np.column_stack(columns), recipes=tuple(recipes))

    def finding(self) -> Finding:
        """What is known of customers: Finding "segments.features".

        Table, a row a feature: feature, declaration, unit, kind, scale (in words), customers (with a value), missing
        (share), low, median, high (5 %, 50 % and 95 % points, in the feature's unit).
        """
        rows, total = [], self.weights.sum()
        for r, v in zip(self.recipes, self.values.T, strict=True):
            known = np.isfinite(v)
            q = (
                weighted_quantiles(v[known], self.weights[known], (0.05, 0.5, 0.95))
                if r.kind == "number"
                else [None] * 3
            )
            words = {"none": "standardised", "log": "logarithm, standardised"}[r.transform]
            words = "as it is" if (r.centre, r.scale) == (0.0, 1.0) else words
            rows.append(
                {
                    "feature": r.name, "declaration": r.declaration, "unit": r.unit, "kind": r.kind,
                    "scale": "categories" if r.kind == "category" else words,
                    "customers": int(round(self.weights[known].sum())),
                    "missing": 1 - self.weights[known].sum() / total, "low": q[0], "median": q[1], "high": q[2],
                }
            )  # fmt: skip
        table = pd.DataFrame(rows).astype({"low": float, "median": float, "high": float})
        table["missing"] = table["missing"].clip(lower=0)
        gaps = table[table["missing"] > 0]
        said = ", ".join(f"{r.feature} ({share(r.missing)})" for r in gaps.itertuples())
        alike = [r.name for r, v in zip(self.recipes, self.values.T, strict=True) if np.nanmin(v) == np.nanmax(v)]
        logs = table.loc[table["scale"].str.startswith("log"), "feature"].tolist()
        text = f"{count(len(table))} features of {count(total)} customers" + (
            f", {self.period}. " if self.period else ". "
        )
        text += "Each is measured from its median in units of its spread (interquartile range / 1.349)"
        text += f", after a logarithm where the tail is long: {', '.join(logs)}." if logs else "."
        text += f" Missing, and kept as missing: {said}." if said else " Nothing is missing."
        text += f" The same for every customer, and so without weight: {', '.join(alike)}." if alike else ""
        text += f" {count(len(self.distinct.weight))} rows differ."
        worst = float(table["missing"].max())
        check = Check("largest share missing of a feature", worst <= MOST_MISSING, share(worst),
                      f"≤ {share(MOST_MISSING)}",
                      "Segments would tell who was asked from who was not: leave it out.")  # fmt: skip
        return Finding(
            "segments.features", f"{len(table)} features of {count(total)} customers", text, table,
            units={"customers": "count", "missing": "share"}, checks=[check], currency=self.currency,
        )  # fmt: skip


def codes(values: np.ndarray) -> np.ndarray:
    """Codes as whole numbers, −1 for missing."""
    return np.where(np.isfinite(values), values, -1).astype(int)


def distinct_rows(matrix: np.ndarray, weight: np.ndarray) -> Distinct:
    """Distinct rows in ascending order with their weights; missing equals missing.

    >>> found = distinct_rows(np.array([[2., 1.], [1., 1.], [2., 1.]]), np.array([1., 1., 3.]))
    >>> found.values.tolist(), found.weight.tolist(), found.index.tolist()
    ([[1.0, 1.0], [2.0, 1.0]], [1.0, 4.0], [1, 0, 1])
    """
    matrix = matrix + 0.0  # −0 and 0 are one value
    order = np.lexsort(matrix.T[::-1])
    ordered = matrix[order]
    new = np.ones(len(order), bool)
    same = (ordered[1:] == ordered[:-1]) | (np.isnan(ordered[1:]) & np.isnan(ordered[:-1]))
    new[1:] = ~same.all(1)
    index = np.empty(len(order), np.intp)
    index[order] = np.cumsum(new) - 1
    return Distinct(ordered[new], np.bincount(index, weights=weight), index)
