"""The truth of what customers feel, say and do about it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa

from cxlab.data.simulate import exact, expected
from cxlab.data.simulate.business import Business
from cxlab.data.simulate.chains import shares
from cxlab.data.simulate.customers import ids
from cxlab.data.simulate.experience import Experience
from cxlab.data.simulate.feedback import KINDS, Written
from cxlab.data.simulate.satisfaction import spread
from cxlab.data.simulate.surveys import Answers, Sheets
from cxlab.data.simulate.visits import Fixed, Visits
from cxlab.errors import ParameterError, unknown

SCORES_BY = ("all", "touchpoint", "wave", "handled_by", "segment", "brand", "population")


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
    segment, later : (customers,) codes of the segments in the two periods
    change_wave : the first wave that begins in the second period
    separation : how far the segments are apart
    sheets, answers : what could be asked, and what came back
    told, written : visits that texts are about, and the texts; None where nobody writes
    """

    business: Business
    experience: Experience
    waves: list[str]
    people: pa.Array = field(repr=False)
    level: np.ndarray = field(repr=False)
    bought: np.ndarray = field(repr=False)
    segment: np.ndarray = field(repr=False)
    later: np.ndarray = field(repr=False)
    change_wave: int
    separation: float
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

    def scores(self, by: str = "all") -> pd.DataFrame:
        """What careful answers are on average, whoever answers: exact, given who came, when and where.

        Parameters
        ----------
        by : "all", "touchpoint", "wave", "handled_by", "segment", "brand", or "population": "everyone" (who ever
            bought, as if all of them still came), "came" (a visit of each customer and quarter), "answers" (the same
            visits, weighted by their chance of an answer)

        Returns
        -------
        DataFrame by `by` and question: mean, top (share of the two highest answers), nps (points, only of 0…10), n
        (visits; customers for "everyone" and brands)
        """
        if by not in SCORES_BY:
            raise unknown("scores by", by, SCORES_BY)
        made, told = self.sheets, self.experience
        if by == "population":
            return self._table(
                by,
                {
                    "everyone": expected.everyone(self),
                    "came": expected.came(self, None),
                    "answers": expected.answering(self),
                },
            )
        if by == "brand":
            return self._table(
                by, {told.shop: expected.came(self, None)} | {name: expected.rival(self, name) for name in told.rivals}
            )
        labels, codes = {
            "all": (["all"], np.zeros(len(made.time), dtype=int)),
            "touchpoint": (self.business.names, made.touchpoint),
            "wave": (self.waves, made.wave),
            "handled_by": (self.business.team, made.hand),
            "segment": ([s.name for s in self.business.segments], made.segment),
        }[by]
        return self._table(by, {labels[c]: expected.came(self, codes == c) for c in np.unique(codes[codes >= 0])})

    @property
    def drivers(self) -> pd.DataFrame:
        """What each component does to overall satisfaction, by component, at visits of those who came.

        Returns
        -------
        DataFrame: weight (points of satisfaction a point), share (of the weights), importance (share in what the
        components explain, LMG), stated (mean stated importance, 1…7); and what a large sample of answers would show,
        with the noise of items and rounding but not the ends of the scales: weight_answers (slope of "csat" on the
        means of the items), importance_answers
        """
        told, weight = self.experience, self.experience.weight
        between = told.customer**2 * told.together
        if len(self.sheets.time) > 2 * len(weight):
            between = np.atleast_2d(np.cov(self.sheets.expected.T.astype(float)))
        covariance = between + told.visit**2 * told.together
        noise = np.diag([(told.item**2 + 1 / 12) / len(c.items) for c in told.components])
        outcome = covariance @ weight
        slope = next((q.slope for q in told.questions if q.name == "csat"), 1.0)
        return pd.DataFrame(
            {
                "weight": weight,
                "share": weight / weight.sum(),
                "importance": exact.importance(covariance, outcome),
                "stated": [c.importance for c in told.components],
                "weight_answers": slope * np.linalg.solve(covariance + noise, outcome),
                "importance_answers": exact.importance(covariance + noise, outcome),
            },
            pd.Index(told.names, name="component"),
        )

    @property
    def variance(self) -> pd.DataFrame:
        """Where differences of satisfaction with visits come from, among visits that somebody handled.

        Returns
        -------
        DataFrame by source (customer, segment, touchpoint, wave, staff, visit, rest): variance (points²), share
        """
        told, made = self.experience, self.sheets
        fixed = Fixed(self.business, told, len(self.waves) - 1, self.separation)
        here = made.hand >= 0 if (made.hand >= 0).any() else np.ones(len(made.hand), dtype=bool)

        def between(points: np.ndarray, codes: np.ndarray) -> float:
            return float(np.var((points @ told.weight)[codes[here]])) if here.any() else 0.0

        found = {
            "customer": spread(told, told.customer) ** 2,
            "segment": between(fixed.group, made.segment),
            "touchpoint": between(fixed.at, made.touchpoint),
            "wave": between(fixed.when, made.wave),
            "staff": between(np.outer(fixed.team, np.ones(len(told.weight))), made.hand),
            "visit": spread(told, told.visit) ** 2,
            "rest": told.rest**2,
        }
        table = pd.DataFrame({"variance": found})
        table.index.name = "source"
        return table.assign(share=table["variance"] / table["variance"].sum())

    @property
    def signal(self) -> pd.DataFrame:
        """How much one answer says of a customer's own satisfaction, from which purchases follow, among those who came.

        Returns
        -------
        DataFrame by question: slope (points of own satisfaction that a point of one answer stands for: by about this
        factor an effect looks smaller when purchases are set against single answers), reliability (squared correlation
        of the answer with own satisfaction)
        """
        told, rows = self.experience, {}
        common = told.customer**2 * told.together @ told.weight
        variance = float(told.weight @ common)
        for question in exact.asked_of(told):
            own = variance if question.about == "overall" else float(common[told.names.index(question.about)])
            deviation = exact.about(told, question, self.sheets.expected)
            shared, spread_of = exact.signal(question, deviation, exact.visit_spread(told, question), own)
            rows[question.name] = (shared / spread_of, shared**2 / (spread_of * variance))
        return pd.DataFrame.from_dict(rows, orient="index", columns=["slope", "reliability"]).rename_axis("question")

    @property
    def staff(self) -> pd.Series:
        """Points of satisfaction that each of the staff brings, by name."""
        points = {name: self.experience.staff.get(name, 0.0) for name in self.business.team if name != "self-service"}
        return pd.Series(points, name="points").rename_axis("handled_by") * self.experience.weight.sum()

    @property
    def effects(self) -> pd.DataFrame:
        """What one point of satisfaction more, of everybody, does to purchases in the year from the first order on.

        Returns
        -------
        DataFrame by measure: before, after, difference, ratio of rate (orders a year while a customer stays), leave
        (chance that an order is the last), spend (value of an order), orders (in the year), money (margin in the year),
        each a buyer; segments stay what they were. Contracts, and journeys that come to the goal again, add to it.
        """
        share = np.bincount(self.segment[self.bought], minlength=len(self.business.segments)).astype(float)
        share = share / share.sum() if share.sum() else shares(self.business)
        before, after = (
            exact.first_year(self.business, self.experience, share, separation=self.separation, points=points)
            for points in (0.0, 1.0)
        )
        table = pd.DataFrame({"before": before, "after": after}).rename_axis("measure")
        return table.assign(difference=table["after"] - table["before"], ratio=table["after"] / table["before"])

    def _table(self, by: str, found: dict[str, expected.Means]) -> pd.DataFrame:
        rows = [
            {by: name, "question": question, **values, "n": n}
            for name, (n, answers) in found.items()
            for question, values in answers.items()
        ]
        return pd.DataFrame(rows)

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
