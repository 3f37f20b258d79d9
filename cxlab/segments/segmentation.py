"""Segmentation: the one result of every method. Who is in which segment, how surely, and where new customers belong."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from importlib import import_module
from pathlib import Path

import numpy as np
import pandas as pd

from cxlab.errors import DataError, ParameterError, unknown
from cxlab.finding import Check, Finding
from cxlab.segments.table import FeatureTable, Recipe, weighted_quantiles
from cxlab.wording import count, share

#: methods by name: the module with `log_scores(matrix, parameters)`, and what readers call them
METHODS: Mapping[str, tuple[str, str]] = {
    "k_means": ("clustering", "k-means"),
    "gaussian_mixture": ("mixture", "a Gaussian mixture"),
    "latent_class": ("latent_class", "latent class analysis"),
    "bayesian_mixture": ("bayesian", "a Bayesian mixture"),
    "tiers": ("tiers", "tiers of one feature"),
}
#: fewer customers than this say little about their segment
FEWEST = 30
_FORMAT = 1


@dataclass(frozen=True)
class Segmentation:
    """Segments of customers.

    Parameters
    ----------
    method : one of `METHODS`
    features : what the segments were made from
    parameters : arrays of the model, segments along the first axis, features in the order of their names (`columns`)
    settings : how it was fitted (k, covariance, starts, seed, …)
    quality : measures of the fit by name (inertia, log_likelihood, bic, …)
    names : of the segments, the largest first
    checks : what must hold for it to be believed

    >>> from cxlab.segments import k_means
    >>> rows = pd.DataFrame({"visits": [1.0, 1.2, 0.9, 9.0, 9.5], "age": [20.0, 22.0, 21.0, 60.0, 65.0]})
    >>> found = k_means(FeatureTable.from_frame(rows), k=2)
    >>> found.labels.tolist(), found.sizes.tolist(), found.names
    ([0, 0, 0, 1, 1], [3.0, 2.0], ('Segment 1', 'Segment 2'))
    >>> found.assign(FeatureTable.from_frame(rows.tail(2)))["segment"].tolist()
    ['Segment 2', 'Segment 2']
    """

    method: str
    features: FeatureTable | None = field(repr=False)
    recipes: tuple[Recipe, ...] = field(repr=False)
    parameters: Mapping[str, np.ndarray] = field(repr=False)
    settings: Mapping[str, object]
    quality: Mapping[str, float]
    names: tuple[str, ...]
    checks: tuple[Check, ...] = field(default=(), repr=False)

    @property
    def k(self) -> int:
        """Number of segments."""
        return len(self.names)

    @property
    def columns(self) -> tuple[str, ...]:
        """Features in the order of `parameters`."""
        return tuple(sorted(r.name for r in self.recipes))

    @property
    def fingerprint(self) -> str:
        """sha256 of the recipes of the features."""
        return FeatureTable(np.empty(1), np.zeros((1, len(self.recipes))), self.recipes).fingerprint

    @cached_property
    def _rows(self) -> np.ndarray:
        """Probabilities of the distinct rows, shape (n_rows, k)."""
        return _probabilities(self.method, self._known.distinct.values, self.parameters)

    @property
    def _known(self) -> FeatureTable:
        if self.features is None:
            raise DataError(
                "a segmentation read from a file has no customers of its own.",
                expected="customers to assign", mend="segmentation.assign(features(source, segmentation.declarations))",
            )  # fmt: skip
        return self.features

    @cached_property
    def labels(self) -> np.ndarray:
        """Segment of each customer, 0 … k−1, shape (n,)."""
        return self._rows.argmax(1)[self._known.distinct.index]

    @cached_property
    def probabilities(self) -> np.ndarray:
        """Probability of each segment for each customer, shape (n, k); k-means is always sure."""
        return self._rows[self._known.distinct.index]

    @cached_property
    def sizes(self) -> np.ndarray:
        """Customers of each segment, shape (k,)."""
        distinct = self._known.distinct
        return np.bincount(self._rows.argmax(1), weights=distinct.weight, minlength=self.k)

    @property
    def certainty(self) -> float:
        """Mean probability of the segment a customer is put into."""
        distinct = self._known.distinct
        return float(np.average(self._rows.max(1), weights=distinct.weight))

    @property
    def declarations(self) -> tuple[str, ...]:
        """What `features` reads to gather the same features of other customers or another period."""
        return tuple(r.declaration for r in self.recipes)

    @property
    def table(self) -> pd.DataFrame:
        """A row a customer: customer_id, segment (name), probability."""
        return self._named(self._known.customers, self.probabilities)

    def _named(self, customers: np.ndarray, probabilities: np.ndarray) -> pd.DataFrame:
        at = probabilities.argmax(1)
        names = pd.Categorical.from_codes(at, self.names)
        return pd.DataFrame(
            {"customer_id": customers, "segment": names, "probability": probabilities[np.arange(len(at)), at]}
        )

    def assign(self, features: FeatureTable) -> pd.DataFrame:
        """Segments of customers, these or new ones, by the model as it was fitted: its scales, its centres.

        A customer is judged by the features that are known; one without any is put where most are.

        Returns
        -------
        DataFrame, a row a customer: customer_id, segment (name), probability

        Raises
        ------
        DataError : a feature of the model is not in `features`.
        """
        read = features.as_scaled_by(self.recipes)
        matrix = read.matrix[:, np.argsort(read.names)]
        return self._named(features.customers, _probabilities(self.method, matrix, self.parameters))

    def renamed(self, names: Mapping[str, str] | Sequence[str]) -> Segmentation:
        """The same segments under other names.

        Raises
        ------
        ParameterError : a name is unknown, or two segments would have the same one.
        """
        if isinstance(names, Mapping):
            stray = [n for n in names if n not in self.names]
            if stray:
                raise unknown("segment", stray[0], self.names)
            names = [names.get(n, n) for n in self.names]
        if len(names) != self.k or len(set(names)) != self.k:
            raise ParameterError(
                f"{len(set(names))} different names for {self.k} segments.", expected=f"{self.k} different names"
            )
        return replace(self, names=tuple(names))

    def centres(self) -> pd.DataFrame:
        """The middle of each segment in the units of the features: segment, and a column a feature.

        Medians of the customers in it (the most frequent level of a category); means say little where tails are long.
        """
        known, rows = self._known, []
        for s in range(self.k):
            own = self.labels == s
            row: dict[str, object] = {"segment": self.names[s]}
            for r, v in zip(known.recipes, known.values.T, strict=True):
                use = own & np.isfinite(v)
                if not use.any():
                    row[r.name] = np.nan if r.kind == "number" else None
                elif r.kind == "category":
                    row[r.name] = r.levels[np.bincount(v[use].astype(int), weights=known.weights[use]).argmax()]
                else:
                    row[r.name] = weighted_quantiles(v[use], known.weights[use], (0.5,))[0]
            rows.append(row)
        return pd.DataFrame(rows)

    def finding(self) -> Finding:
        """Who the segments are: Finding "segments.segmentation".

        Table, a row a segment: segment, customers, share, certainty (mean probability of its customers), and the
        median of each feature in its unit.
        """
        from cxlab.segments import charts

        total = self.sizes.sum()
        distinct, at = self._known.distinct, self._rows.argmax(1)
        sums = np.bincount(at, weights=distinct.weight * self._rows.max(1), minlength=self.k)
        with np.errstate(invalid="ignore"):
            sure = sums / self.sizes
        table = pd.DataFrame(
            {"segment": self.names, "customers": self.sizes.round().astype(int), "share": self.sizes / total,
             "certainty": sure}
        ).merge(self.centres(), on="segment")  # fmt: skip
        units = {r.name: r.unit for r in self.recipes if r.unit and r.kind == "number"}
        words = METHODS[self.method][1]
        known = self._known
        text = f"{count(total)} customers in {self.k} segments by {words} on {len(known.names)} features"
        text += f" ({', '.join(known.names)}), {known.period}. " if known.period else f" ({', '.join(known.names)}). "
        text += "; ".join(f"{r.segment}: {count(r.customers)} ({share(r.share)})" for r in table.itertuples()) + "."
        missing = known.weights[~known.complete].sum()
        if missing:
            text += f" {count(missing)} customers have missing values and are placed by what is known of them."
        if self.method != "k_means":
            text += f" A customer is put into a segment with a probability of {share(self.certainty)} on average."
        text += f" {' '.join(str(v) for v in self.settings.get('notes', ()))}".rstrip()
        least = float(self.sizes.min())
        few = Check("customers of the smallest segment", least >= FEWEST, count(least), f"≥ {FEWEST}",
                    "Too few to tell from chance: fewer segments.")  # fmt: skip
        return Finding(
            "segments.segmentation", f"{self.k} segments: the largest holds {share(table['share'].max())} of customers",
            text, table, units={"customers": "count", "share": "share", "certainty": "share"} | units,
            checks=(*self.checks, few), currency=known.currency, draw=lambda ax: charts.draw_sizes(ax, table),
            caption=f"n = {count(total)} customers"
            + (f", {known.period}" if known.period else "")
            + f"; segments by {words}; whether data supports so many: segments.number.",
        )  # fmt: skip

    def save(self, path: str | Path) -> Path:
        """Write the model to one .npz file: plain arrays and a JSON header, nothing that runs code when it is read.

        The customers stay out of it.
        """
        path = Path(path).with_suffix(".npz")
        header = {
            "format": _FORMAT, "method": self.method, "settings": dict(self.settings), "quality": dict(self.quality),
            "names": self.names, "recipes": [asdict(r) for r in self.recipes], "fingerprint": self.fingerprint,
            "checks": [asdict(c) for c in self.checks],
        }  # fmt: skip
        text = json.dumps(header, ensure_ascii=False, default=_plain)
        arrays = {f"parameter_{k}": v for k, v in self.parameters.items()}
        with path.open("wb") as file:
            np.savez_compressed(file, header=np.frombuffer(text.encode(), np.uint8), **arrays)
        return path

    @classmethod
    def load(cls, path: str | Path) -> Segmentation:
        """Read a model that `save` wrote.

        Raises
        ------
        DataError : it is no such file, or its features are not those it was saved with.
        """
        try:
            with np.load(path, allow_pickle=False) as file:
                header = json.loads(file["header"].tobytes().decode())
                arrays = {k.removeprefix("parameter_"): file[k] for k in file.files if k != "header"}
        except (OSError, KeyError, ValueError) as problem:
            raise DataError(
                f"{Path(path).name} is no saved segmentation ({type(problem).__name__}).",
                expected="a file that Segmentation.save wrote",
            ) from None
        recipes = tuple(Recipe(**{**r, "levels": tuple(r["levels"])}) for r in header["recipes"])
        found = cls(
            header["method"], None, recipes, arrays, header["settings"], header["quality"], tuple(header["names"]),
            tuple(Check(**c) for c in header["checks"]),
        )  # fmt: skip
        if header.get("format") != _FORMAT or found.fingerprint != header["fingerprint"]:
            raise DataError(
                f"{Path(path).name} was changed, or written by another version: the features are not those of "
                "the model.",
                expected="the file as it was saved", mend="fit and save it again",
            )  # fmt: skip
        return found


def _plain(value):
    return value.item() if hasattr(value, "item") else list(value)


def _probabilities(method: str, matrix: np.ndarray, parameters: Mapping[str, np.ndarray]) -> np.ndarray:
    """Probabilities of the segments for scaled rows, shape (n, k)."""
    scores = import_module(f"cxlab.segments.{METHODS[method][0]}").log_scores(matrix, parameters)
    if method == "k_means":
        return np.eye(scores.shape[1])[scores.argmax(1)]
    scores = np.exp(scores - scores.max(1, keepdims=True))
    return scores / scores.sum(1, keepdims=True)


def by_size(
    labels: np.ndarray, weight: np.ndarray, parameters: Mapping[str, np.ndarray], first: str
) -> Mapping[str, np.ndarray]:
    """Parameters with the largest segment first; of equal ones, that with the smaller `first` values."""
    k = len(parameters[first])
    sizes = np.bincount(labels, weights=weight, minlength=k)
    order = np.lexsort((*parameters[first].reshape(k, -1).T[::-1], -sizes))
    return {name: value[order] for name, value in parameters.items()}


def numeric_rows(features: FeatureTable, method: str) -> tuple[np.ndarray, np.ndarray]:
    """Distinct complete rows and their weights, for methods that need numbers.

    Raises
    ------
    DataError : a feature is a category, or no customer has every feature.
    """
    text = [r.name for r in features.recipes if r.kind == "category"]
    if text:
        raise DataError(
            f"{METHODS[method][1]} needs numbers, and {', '.join(map(repr, text))} is a category.",
            expected="numeric features",
            mend=f'latent_class, or a share such as "customers.{text[0]}=VALUE"',
        )
    rows = features.distinct
    whole = np.isfinite(rows.values).all(1)
    if not whole.any():
        raise DataError(
            "no customer has every feature.", expected="some complete customers", mend="leave out sparse features"
        )
    return rows.values[whole], rows.weight[whole]


def check_k(k: int, rows: int) -> None:
    """Whether k segments can be found among so many distinct rows."""
    if not 1 <= k <= rows:
        raise ParameterError(
            f"k = {k} segments of {rows} customers who differ.", expected=f"1 ≤ k ≤ {rows}", mend=f"k={min(3, rows)}"
        )
