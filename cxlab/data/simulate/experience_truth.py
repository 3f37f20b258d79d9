"""The truth of what customers feel, say and do about it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa

from cxlab.data.simulate.business import Business
from cxlab.data.simulate.experience import Experience
from cxlab.data.simulate.surveys import Answers, Sheets


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
    """

    business: Business
    experience: Experience
    waves: list[str]
    people: pa.Array = field(repr=False)
    level: np.ndarray = field(repr=False)
    bought: np.ndarray = field(repr=False)
    sheets: Sheets = field(repr=False)
    answers: Answers = field(repr=False)

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
                "response_id": [f"R{i:07d}" for i in range(1, len(back.sheet) + 1)],
                "customer_id": self.people.take(pa.array(self.sheets.customer[back.sheet])).to_pandas(),
                "brand": np.array([self.experience.shop, *self.experience.rivals])[back.brand],
                "satisfaction": back.overall,
                "straight": back.straight,
                "fast": back.fast,
                "again": back.again,
            }
        )
