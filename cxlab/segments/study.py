"""The typed parameters of the study of segments."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar, Literal

from pydantic import Field, field_validator

from cxlab.parameters import Parameters


class SegmentsStudy(Parameters):
    """Parameters of ``notebooks/studies/segments.ipynb``.

    >>> SegmentsStudy(features=["rfm", "customers.age"]).features
    ('rfm', 'customers.age')
    >>> SegmentsStudy(method="kmeans")
    Traceback (most recent call last):
    ...
    cxlab.errors.ParameterError: parameter method = 'kmeans': Input should be 'auto', 'k_means', ...
    ...
    """

    tables: ClassVar[tuple[str, ...]] = ("transactions", "customers")

    source: str = Field("clothing_boutique", description="a data set, a file, a folder, a database or a client.yaml")
    columns: dict[str, str] = Field(default_factory=dict, description="contract column = source column")
    options: dict[str, str] = Field(default_factory=dict, description="reading rules by name, as dates = day_first")
    client: str = Field("", description="name on the report")
    currency: str = Field("", description="ISO code; empty: what the data states")
    features: tuple[str, ...] = Field(("auto",), description="what segments are made of; auto: purchases and answers")
    describe: tuple[str, ...] = Field(("auto",), description="what describes them; auto: the rest of customers")
    method: Literal["auto", "k_means", "gaussian_mixture", "latent_class"] = Field(
        "auto", description="auto: the one whose segments are most stable"
    )
    segments: int = Field(0, ge=0, le=12, description="how many; 0: as many as the data supports")
    most_segments: int = Field(6, ge=2, le=12, description="how many are tried")
    names: tuple[str, ...] = Field((), description="names of the segments in their order; empty: from what marks them")
    smallest: int = Field(50, ge=1, description="customers from which a segment is worth an offer of its own")
    consent: str = Field("consent=yes", description="column of customers and the value that allows to write")
    difference: float = Field(0.0, ge=0, description="money a customer by which a segment must differ from the rest")
    margin: float = Field(0.3, gt=0, le=1, description="share of revenue that is margin, where purchases state none")
    horizon: float = Field(52.0, gt=0, description="weeks of the future that count")
    split: str = Field("", description="first day of the second period, YYYY-MM-DD; empty: the middle of the log")
    bootstraps: int = Field(50, ge=20, le=1000, description="draws of customers anew")
    level: float = Field(0.9, gt=0.5, lt=1, description="coverage of intervals")
    seed: int = Field(1, ge=0, description="of all randomness")

    @field_validator("split")
    @classmethod
    def _day(cls, day):
        if day:
            try:
                dt.date.fromisoformat(day)
            except ValueError:
                raise ValueError("a day as YYYY-MM-DD is needed") from None
        return day

    @field_validator("features")
    @classmethod
    def _some(cls, declared):
        if not declared:
            raise ValueError("at least one feature is needed")
        return declared

    @property
    def criteria(self) -> str:
        """The ideal segment in words, before anybody has seen one.

        >>> SegmentsStudy(smallest=80).criteria.split(";")[0]
        'A segment of use holds 80 customers or more'
        """
        apart = f"by {self.difference:g} a customer or more" if self.difference else "in what its customers bring"
        return (
            f"A segment of use holds {self.smallest} customers or more; half as many of them may be written to "
            f"({self.consent}); it differs from the rest {apart}; it comes back when customers are drawn anew; and a "
            "newcomer can be told to belong to it. Each must hold with its interval."
        )
