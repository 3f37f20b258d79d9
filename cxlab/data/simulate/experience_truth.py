"""The truth of what customers feel, say and do about it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa

from cxlab.data.simulate.business import Business
from cxlab.data.simulate.customers import ids
from cxlab.data.simulate.experience import Experience
from cxlab.data.simulate.feedback import KINDS, Written
from cxlab.data.simulate.surveys import Answers, Sheets
from cxlab.data.simulate.visits import Visits
from cxlab.errors import ParameterError


@dataclass(frozen=True)
class ExperienceTruth:
    """What the answers, texts and purchases of a business with an experience were made from.

    Parameters
    ----------
    business, experience : the declarations, with the change that was simulated
    waves : names of the quarters
    people : ids of all customers
    level : (customers, K) each customer's own level of each component, points from the mean
    bought : (customers,) bool: who ever bought
    sheets, answers : what could be asked, and what came back
    told, written : visits that texts are about, and the texts; None where nobody writes
    """

    business: Business
    experience: Experience
    waves: list[str]
    people: pa.Array = field(repr=False)
    level: np.ndarray = field(repr=False)
    bought: np.ndarray = field(repr=False)
    sheets: Sheets = field(repr=False)
    answers: Answers = field(repr=False)
    told: Visits | None = field(default=None, repr=False)
    written: Written | None = field(default=None, repr=False)

    @property
    def satisfaction(self) -> pd.Series:
        """Each customer's own satisfaction, points from the mean, by customer_id: what purchases follow from."""
        own = self.level @ self.experience.weight + self.experience.points
        return pd.Series(own.astype(float), pd.Index(self.people.to_pandas(), name="customer_id"), name="satisfaction")

    @property
    def responses(self) -> pd.DataFrame:
        """Of each response: response_id, customer_id, brand, satisfaction (with the visit, points from the mean), and
        whether it is straight (one answer to all items), fast (rushed) or again (sent a second time)."""
        back = self.answers
        return pd.DataFrame(
            {
                "response_id": ids("R", np.arange(1, len(back.sheet) + 1)).to_pandas(),
                "customer_id": self.people.take(pa.array(self.sheets.customer[back.sheet])).to_pandas(),
                "brand": np.array([self.experience.shop, *self.experience.rivals])[back.brand],
                "satisfaction": back.overall,
                "straight": back.straight,
                "fast": back.fast,
                "again": back.again,
            }
        )

    @property
    def texts(self) -> pd.DataFrame:
        """Of each text: feedback_id, customer_id (also where the table does not say it), handled_by, themes (joined by
        "; "), sentiment ("positive", "mixed", "negative"), score (mean of praise 1 and complaint −1 over themes and
        verdict), satisfaction (with the visit, points from the mean)."""
        written, told = self._written(), self.told
        theme, praise, verdict = written.theme, written.praise, written.verdict
        names = np.array([*self.experience.texts.themes, None], dtype=object)
        count = (theme >= 0).sum(axis=1) + (verdict != 0)
        score = (praise.sum(axis=1) + verdict) / np.maximum(count, 1)
        team = np.array([*self.business.team, None], dtype=object)
        return pd.DataFrame(
            {
                "feedback_id": self._feedback_ids(np.arange(len(theme))),
                "customer_id": self.people.take(pa.array(told.customer[written.visit])).to_pandas(),
                "handled_by": team[told.hand[written.visit]],
                "themes": ["; ".join(t for t in row if t) for row in names[theme]],
                "sentiment": np.array(["mixed", "positive", "negative"])[np.sign(score).astype(int)],
                "score": score,
                "satisfaction": told.overall[written.visit],
            }
        )

    @property
    def themes(self) -> pd.DataFrame:
        """A row a theme of a text: feedback_id, theme, praise (1 praise, −1 complaint)."""
        written = self._written()
        row, column = np.nonzero(written.theme >= 0)
        names = np.array(list(self.experience.texts.themes))
        return pd.DataFrame(
            {
                "feedback_id": self._feedback_ids(row),
                "theme": names[written.theme[row, column]],
                "praise": written.praise[row, column],
            }
        )

    @property
    def private(self) -> pd.DataFrame:
        """A row a private detail: feedback_id, kind ("e-mail", "phone", "card", "name" of staff), value as it stands in
        the text."""
        written = self._written()
        kept = np.flatnonzero(written.private >= 0)
        named = np.flatnonzero(written.named.is_valid().to_numpy(zero_copy_only=False))
        parts = [
            (kept, np.array(KINDS)[written.private[kept]], written.value.take(pa.array(kept))),
            (named, np.full(len(named), "name"), written.named.take(pa.array(named))),
        ]
        tables = [
            pd.DataFrame({"feedback_id": self._feedback_ids(rows), "kind": kind, "value": value.to_pandas()})
            for rows, kind, value in parts
        ]
        return pd.concat(tables, ignore_index=True).sort_values("feedback_id", kind="stable", ignore_index=True)

    def _written(self) -> Written:
        if self.written is None:
            raise ParameterError(f"nobody writes in {self.business.name}.", expected="an experience with texts")
        return self.written

    @staticmethod
    def _feedback_ids(rows: np.ndarray) -> pd.Series:
        return ids("F", rows + 1).to_pandas()
