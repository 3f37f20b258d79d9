"""Items: respondents by the questions of one scale, from answers in any order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import ibis
import numpy as np
from ibis import _

from cxlab.errors import DataError, unknown
from cxlab.experience.scores.questions import survey_table
from cxlab.wording import count


@dataclass(frozen=True)
class Items:
    """Answers of respondents to the questions of a scale; alike respondents are one row with their number.

    Parameters
    ----------
    values : shape (rows, items), no gaps; n : respondents of each row
    names : of the items; incomplete : respondents left out for a gap
    """

    values: np.ndarray
    n: np.ndarray
    names: tuple[str, ...]
    incomplete: int = 0

    @property
    def total(self) -> float:
        return float(self.n.sum())

    @property
    def covariance(self) -> np.ndarray:
        centred = self.values - self.n @ self.values / self.total
        return centred.T @ (centred * self.n[:, None]) / (self.total - 1)


def read_items(source, items: Sequence[str], *, reverse: Sequence[str] = (), flagged: str = "keep") -> Items:
    """Respondents' answers to the questions of a scale, turned in the engine; only distinct rows leave it.

    Parameters
    ----------
    source : Dataset with `surveys`, or an Ibis table or DataFrame with its columns, response_id among them
    items : questions; reverse : those of them that ask the other way round
    flagged : "keep" or "drop" answers that carry a flag

    Raises
    ------
    DataError : fewer than two items, an unknown one, an item without differences, or too few respondents.

    >>> import pandas as pd
    >>> asked = pd.DataFrame({"response_id": list("aabbcc"), "question": ["fast", "slow"] * 3,
    ...     "score": [5, 1, 4, 3, 2, 4], "scale_min": 1, "scale_max": 5})
    >>> read_items(asked, ["fast", "slow"], reverse=["slow"]).values.tolist()
    [[2.0, 2.0], [4.0, 3.0], [5.0, 5.0]]
    """
    if flagged not in ("keep", "drop"):
        raise unknown("way with flagged answers", flagged, ("keep", "drop"))
    items = tuple(dict.fromkeys(items))
    if len(items) < 2:
        raise DataError(f"{len(items)} question makes no scale.", expected="two or more questions", mend="items=[…]")
    table = survey_table(source)
    if "response_id" not in table.columns:
        raise DataError("surveys has no response_id: which answers are one person's is not known.",
                        expected="the same response_id on all answers of a response")  # fmt: skip
    if flagged == "drop" and "flag" in table.columns:
        table = table.filter(_.flag.isnull() | (_.flag == ""))
    ends = table.group_by("question").agg(low=_.scale_min.min(), high=_.scale_max.max()).execute().set_index("question")
    for name in (*items, *reverse):
        if name not in ends.index:
            raise unknown("question", name, ends.index, error=DataError)
    for name in reverse:
        if name not in items:
            raise unknown("item to reverse", name, items)
    asked = table.filter(_.question.isin(items), _.score.notnull())
    turned = {q: float(ends.loc[q].sum()) for q in reverse}
    columns = {f"q{i}": asked.score.mean(where=asked.question == q) for i, q in enumerate(items)}
    wide = asked.group_by("response_id").agg(**columns)
    wide = wide.mutate(**{f"q{i}": turned[q] - wide[f"q{i}"] for i, q in enumerate(items) if q in turned})
    whole = wide.filter(ibis.and_(*(wide[c].notnull() for c in columns)))
    rows = whole.group_by(list(columns)).agg(n=_.count()).order_by(list(columns)).execute()
    asked_of = int(wide.count().execute())
    n = rows["n"].to_numpy(float)
    found = Items(rows[list(columns)].to_numpy(float), n, items, asked_of - int(n.sum()))
    enough(found)
    return found


def enough(found: Items) -> None:
    """Refuse, in words, what has no covariance matrix."""
    if len(found.names) < 2 or found.total < 3:
        raise DataError(
            f"{count(found.total)} respondents answered all {len(found.names)} questions.",
            expected="three or more respondents, two or more questions",
        )
    flat = [q for q, v in zip(found.names, np.diag(found.covariance), strict=True) if not v > 1e-12]
    if flat:
        raise DataError(f"everybody answered {flat[0]!r} alike.", expected="questions answered differently",
                        mend="leave it out of items")  # fmt: skip
