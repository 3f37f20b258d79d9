"""What each brand is named for: respondents who tick an attribute of a brand, or rate it near the top."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from ibis import _

from cxlab.errors import DataError, unknown
from cxlab.experience.drivers.ratings import answer_days
from cxlab.experience.scores.questions import survey_table

#: share of the points of a scale that count as named: three of seven, two of five, one of two
_NEAR_THE_TOP = 0.4


@dataclass(frozen=True)
class BrandTable:
    """Brands by attributes, and the respondents behind them; respondents who say the same are one pattern.

    Parameters
    ----------
    counts : DataFrame (brands, attributes): respondents who name the attribute of the brand
    weights : respondents of each pattern, shape (patterns,); None where only the counts are known
    hits : what each pattern names, 0 … 1, shape (patterns, brands × attributes); None where only the counts are known
    raters : respondents who rate each brand, None where it is not known
    period : days of the answers, "" when unknown
    """

    counts: pd.DataFrame
    weights: np.ndarray | None = None
    hits: np.ndarray | None = None
    raters: pd.Series | None = None
    period: str = ""

    @property
    def respondents(self) -> int | None:
        """Persons behind the counts, None where it is not known."""
        return None if self.weights is None else int(self.weights.sum())

    def resampled(self, draws: int, rng: np.random.Generator) -> np.ndarray:
        """Tables of as many respondents drawn anew (of as many counts, where these alone are known).

        Returns
        -------
        array of shape (draws, brands, attributes)
        """
        shape = (draws, *self.counts.shape)
        if self.hits is None:
            cells = self.counts.to_numpy(float).ravel()
            return rng.multinomial(round(cells.sum()), cells / cells.sum(), draws).reshape(shape).astype(float)
        drawn = rng.multinomial(round(self.weights.sum()), self.weights / self.weights.sum(), draws)
        return (drawn @ self.hits).reshape(shape)

    def design_effects(self) -> tuple[float, float]:
        """Sum, and sum of squares, of the eigenvalues that the χ² statistic has as weights when nothing differs.

        Both are the degrees of freedom where every count is drawn on its own; a respondent who names many things, or
        the same things of several brands, makes them differ (Rao & Scott 1981, JASA 76).
        """
        i, j = self.counts.shape
        if self.hits is None:
            return float((i - 1) * (j - 1)), float((i - 1) * (j - 1))
        total = self.counts.to_numpy().sum()
        said = self.hits.reshape(-1, i, j)
        r, c = self.counts.to_numpy().sum(1) / total, self.counts.to_numpy().sum(0) / total
        # influence of a respondent on each standardised residual when rows have the same profile
        by_row, by_column, all_ = said.sum(2), said.sum(1), said.sum((1, 2))
        effect = (
            said - by_row[:, :, None] * c - r[:, None] * by_column[:, None, :]
            + all_[:, None, None] * np.outer(r, c)
        ) / np.sqrt(np.outer(r, c))  # fmt: skip
        flat = effect.reshape(len(said), -1)
        covariance = (flat * self.weights[:, None]).T @ flat / total
        return float(np.trace(covariance)), float((covariance**2).sum())


def read_brand_table(
    source, *, questions: Sequence[str] = (), brands: Sequence[str] = (), boxes: int = 0
) -> BrandTable:
    """Brands by attributes, from answers on several brands.

    Parameters
    ----------
    source : Dataset with `surveys`, or an Ibis table or DataFrame with its columns: response_id, question, score,
        scale_min, scale_max, brand; customer_id optional
    questions : attributes, by default all that are asked of every brand
    brands : by default all
    boxes : points of the scale that count as naming it; by default two fifths of them (5–7 of 7, 4–5 of 5, 1 of 0–1)

    Raises
    ------
    DataError : no brands, fewer than three of them or of attributes, or a brand or attribute that nobody names.
    ParameterError : a brand or question that is not there.

    Notes
    -----
    A respondent is a customer where customers are known, else a response; who rates a brand several times counts as
    the mean of what was said. The counting is done in the engine; only distinct patterns leave it.

    >>> answers = pd.DataFrame([(r, b, q, int((r + i * j) % 3 > 0)) for r in range(9) for i, b in enumerate("xyz")
    ...     for j, q in enumerate(("kind", "cheap", "quick"))], columns=["response_id", "brand", "question", "score"])
    >>> read_brand_table(answers.assign(scale_min=0, scale_max=1)).counts.loc["x"].to_dict()
    {'cheap': 6, 'kind': 6, 'quick': 6}
    """
    table = survey_table(source)
    if "brand" not in table.columns:
        raise DataError("surveys has no brand.", expected="answers on us and on rivals", mend="Columns brand=…")
    rated = table.filter(_.brand.notnull(), _.score.notnull())
    asked = rated.group_by(["brand", "question"]).agg(n=_.count()).execute().pivot(
        index="brand", columns="question", values="n"
    )  # fmt: skip
    for kind, wanted, known in (("brand", brands, asked.index), ("question", questions, asked.columns)):
        for name in wanted:
            if name not in known:
                raise unknown(kind, name, known)
    asked = asked.loc[sorted(brands or asked.index), sorted(questions or asked.columns)].dropna(axis=1)
    rows, columns = asked.index.tolist(), asked.columns.tolist()
    if min(asked.shape) < 3:
        raise DataError(
            f"{len(rows)} brands are rated on {len(columns)} attributes in common: a map would have one line only.",
            expected="three brands and three attributes or more",
        )  # fmt: skip
    points = rated.scale_max - rated.scale_min + 1
    top = boxes or (points * _NEAR_THE_TOP).round().clip(lower=1)
    rated = rated.mutate(hit=(rated.score > rated.scale_max - top + 0.5 - 1e-9).cast("float64"))
    person = rated.response_id.cast("string")
    if "customer_id" in rated.columns:
        person = rated.customer_id.cast("string").coalesce(person)
    rated = rated.mutate(person=person).filter(rated.brand.isin(rows), rated.question.isin(columns))
    cells = [(b, q) for b in rows for q in columns]
    wide = rated.group_by("person").agg(
        **{f"h{i}": _.hit.mean(where=(_.brand == b) & (_.question == q)).fill_null(0.0)
           for i, (b, q) in enumerate(cells)},
        **{f"b{i}": (_.brand == b).any().cast("int64") for i, b in enumerate(rows)},
    )  # fmt: skip
    kept = [f"h{i}" for i in range(len(cells))]
    flags = [f"b{i}" for i in range(len(rows))]
    patterns = wide.group_by([*kept, *flags]).agg(n=_.count()).order_by([*kept, *flags]).execute()
    weights, hits = patterns["n"].to_numpy(float), patterns[kept].to_numpy(float)
    counts = pd.DataFrame((weights @ hits).reshape(len(rows), len(columns)), index=rows, columns=columns)
    whole = np.allclose(counts, counts.round())
    return BrandTable(
        counts.round().astype(int) if whole else counts, weights, hits,
        pd.Series(weights @ patterns[flags].to_numpy(float), index=rows).astype(int), answer_days(rated),
    )  # fmt: skip
