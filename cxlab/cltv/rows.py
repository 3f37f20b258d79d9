"""Distinct weighted rows: all that a likelihood needs to know of a customer base, however large it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cxlab.errors import DataError


@dataclass(frozen=True)
class Distinct:
    """The distinct values of one column within each group, and where each row finds its own.

    Special functions are evaluated on `values` and then gathered: ``f(values)[inverse]``.
    """

    values: np.ndarray
    group: np.ndarray
    inverse: np.ndarray


@dataclass(frozen=True)
class Rows:
    """Customers that are alike to a model, counted.

    Parameters
    ----------
    columns : name → float array, shape (n_rows,); times in one unit
    weight : customers a row stands for, shape (n_rows,)
    group : index into `groups`, shape (n_rows,); all 0 where every customer shares one set of parameters
    groups : labels of the groups, in order

    >>> rows = Rows.collapse({"frequency": [0, 0, 2], "recency": [0, 0, 3.0], "T": [5, 5, 5]})
    >>> rows.weight.tolist(), len(rows), rows.customers
    ([2.0, 1.0], 2, 3.0)
    """

    columns: Mapping[str, np.ndarray]
    weight: np.ndarray
    group: np.ndarray
    groups: tuple[str, ...] = ("all",)

    @classmethod
    def collapse(
        cls,
        columns: Mapping[str, Sequence[float]],
        *,
        weight: Sequence[float] | None = None,
        group: Sequence[int] | None = None,
        groups: Sequence[str] = ("all",),
    ) -> Rows:
        """Count equal rows together (in the order of their columns).

        Raises
        ------
        DataError : a column holds a missing, infinite or negative value.
        """
        arrays = {k: np.asarray(v, dtype=float) for k, v in columns.items()}
        n = len(next(iter(arrays.values())))
        for name, values in arrays.items():
            bad = ~np.isfinite(values) | (values < 0)
            if bad.any():
                raise DataError(
                    f"{name} has {bad.sum()} values that are missing, infinite or negative "
                    f"(first at position {int(np.flatnonzero(bad)[0])}: {values[bad][0]}).",
                    expected=f"{name} ≥ 0 for every customer",
                )
        weight = np.ones(n) if weight is None else np.asarray(weight, dtype=float)
        group = np.zeros(n, dtype=np.intp) if group is None else np.asarray(group, dtype=np.intp)
        keys = np.column_stack([group.astype(float), *arrays.values()])
        unique, inverse = np.unique(keys, axis=0, return_inverse=True)
        counted = np.bincount(inverse.ravel(), weights=weight, minlength=len(unique))
        return cls(
            columns={k: np.ascontiguousarray(unique[:, i + 1]) for i, k in enumerate(arrays)},
            weight=counted,
            group=unique[:, 0].astype(np.intp),
            groups=tuple(groups),
        )

    def __len__(self) -> int:
        return len(self.weight)

    def __getitem__(self, name: str) -> np.ndarray:
        return self.columns[name]

    @property
    def customers(self) -> float:
        """Customers in all rows together."""
        return float(self.weight.sum())

    def mean(self, name: str) -> float:
        """Mean of a column over customers."""
        return float(self.weight @ self[name] / self.customers)

    @cached_property
    def group_weight(self) -> np.ndarray:
        """Customers in each group, shape (n_groups,)."""
        return np.bincount(self.group, weights=self.weight, minlength=len(self.groups))

    @cached_property
    def _distinct(self) -> dict[str, Distinct]:
        return {}

    def distinct(self, name: str) -> Distinct:
        """The distinct values of a column within each group."""
        if name not in self._distinct:
            values, place = np.unique(self[name], return_inverse=True)
            # one number for group and value: sorting pairs takes several times as long
            keys, inverse = np.unique(self.group * len(values) + place, return_inverse=True)
            self._distinct[name] = Distinct(values[keys % len(values)], keys // len(values), inverse)
        return self._distinct[name]

    def spread(self, parameter: np.ndarray, at: Distinct | None = None):
        """A parameter given by group, laid out for rows (or for distinct values); a scalar where there is one group."""
        if len(self.groups) == 1:
            return parameter[0]
        return parameter[self.group if at is None else at.group]

    def by_group(self, values: np.ndarray) -> np.ndarray:
        """Weighted sum of per-row values within each group, shape (n_groups,)."""
        if len(self.groups) == 1:
            return np.array([self.weight @ values])
        return np.bincount(self.group, weights=self.weight * values, minlength=len(self.groups))

    def select(self, group: int) -> Rows:
        """The rows of one group, as a group of their own."""
        keep = self.group == group
        return Rows(
            columns={k: v[keep] for k, v in self.columns.items()},
            weight=self.weight[keep],
            group=np.zeros(int(keep.sum()), dtype=np.intp),
            groups=(self.groups[group],),
        )

    def condensed(self, *, exact: Sequence[str] = ("frequency",), bins: int = 14) -> Rows:
        """Fewer rows that say nearly the same: customers alike in `exact` columns and close in the others, averaged.

        The other columns are cut into `bins` equal parts of their range (of the logarithm where money is) for each
        value of the exact ones. A sum over these rows is an approximation, good for finding a place, not for a verdict.
        """
        cell = self.group
        for name in self.columns:
            if name in exact:
                values, place = np.unique(self[name], return_inverse=True)
                cell = cell * len(values) + place
            else:
                values = np.log(self[name]) if name == "monetary_value" else self[name]
                low, high = values.min(), values.max()
                place = np.minimum(((values - low) / max(high - low, 1e-300) * bins).astype(int), bins - 1)
                cell = cell * bins + place
        _, first, cell = np.unique(cell, return_index=True, return_inverse=True)
        weight = np.bincount(cell, weights=self.weight)
        columns = {
            c: self[c][first] if c in exact else np.bincount(cell, weights=self.weight * self[c]) / weight
            for c in self.columns
        }
        return Rows(columns=columns, weight=weight, group=self.group[first], groups=self.groups)

    def pooled(self) -> Rows:
        """The same customers without groups."""
        return Rows.collapse(self.columns, weight=self.weight)
