"""Answers: how often each score was given in each group, counted once in the engine; every score is made of these."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from ibis import _

from cxlab.errors import DataError, unknown
from cxlab.experience.scores.counting import NOT_STATED, WAVES, count_groups, count_scores, prepared
from cxlab.experience.scores.questions import KINDS, chosen_question, kind_of, questions, stated_scale
from cxlab.finding import Check
from cxlab.wording import count, days, share

__all__ = ["Answers", "questions", "read_answers"]

#: share of those asked who must have answered the question, once they answered the survey
LEAST_ANSWERED = 0.5
#: kinds whose scores are counted in boxes
_BOXES = ("nps", "csat", "ces")


@dataclass(frozen=True)
class Answers:
    """Counts of the answers to one question.

    Parameters
    ----------
    counts : DataFrame, a row a group and score: *by, score, n, and where weighted weight, weight2 (sums of the weights
        and of their squares)
    question : its text; by : columns that tell groups; kind : "nps", "csat", "ces", "stars" or "rating"
    scale_min, scale_max : ends of the scale
    n, n_missing : answers, and rows asked but not answered
    period : first to last day, "" where there are no times
    groups : DataFrame, a row a group, in order: *by, n, missing, customers (NaN where unknown), design_effect (answers
        that count as one because a customer gave several; 1 where each gave one); total_design_effect : of all answers
    """

    counts: pd.DataFrame
    question: str
    by: tuple[str, ...]
    scale_min: float
    scale_max: float
    kind: str
    n: int
    n_missing: int
    period: str = ""
    notes: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()
    simulated: bool = False
    total_design_effect: float = 1.0
    groups: pd.DataFrame = field(default_factory=pd.DataFrame)

    @property
    def weighted(self) -> bool:
        """Whether answers have weights."""
        return "weight" in self.counts

    @property
    def names(self) -> list[str]:
        """What each group is called in a sentence; "all" without groups."""
        if not self.by:
            return ["all"]
        return [" · ".join(map(str, row)) for row in self.groups[list(self.by)].itertuples(index=False)]

    def total(self) -> Answers:
        """The same answers without groups."""
        sums = [c for c in ("n", "weight", "weight2") if c in self.counts]
        counts = self.counts.groupby("score")[sums].sum().reset_index()
        group = pd.DataFrame({"n": [self.n], "missing": [self.n_missing], "customers": np.nan,
                              "design_effect": self.total_design_effect})  # fmt: skip
        return replace(self, counts=counts, by=(), groups=group)

    @property
    def scores(self) -> np.ndarray:
        """Every score that can be given, shape (scores,): the whole numbers of the scale, and others that were."""
        whole = np.arange(np.ceil(self.scale_min), self.scale_max + 1e-9)
        return np.union1d(whole if len(whole) <= 101 else [], self.counts["score"].to_numpy(float))

    def matrix(self, column: str = "n") -> np.ndarray:
        """Counts (or weights) of each group and score, shape (groups, scores), groups as in `groups`."""
        wide = np.zeros((len(self.groups), len(self.scores)))
        row = _rows(self.counts, self.groups, self.by)
        np.add.at(wide, (row, np.searchsorted(self.scores, self.counts["score"])), self.counts[column])
        return wide

    @property
    def effective(self) -> np.ndarray:
        """Counts that carry the shares of the (weighted) answers and what they are worth, shape (groups, scores).

        Their sum is the effective n: Kish's (Σw)²/Σw², over the design effect of several answers a customer.
        """
        effect = self.groups["design_effect"].to_numpy(float)[:, None]
        if not self.weighted:
            return self.matrix() / effect
        weight = self.matrix("weight")
        total, squares = weight.sum(1, keepdims=True), self.matrix("weight2").sum(1, keepdims=True)
        return weight * total / squares / effect


def read_answers(
    source,
    *,
    question: str | None = None,
    by: str | Sequence[str] = (),
    wave: str = "",
    flagged: str = "keep",
    weights: str | None = None,
    kind: str = "",
) -> Answers:
    """Answers to one question, counted by group and score.

    Parameters
    ----------
    source : Dataset with `surveys`, or an Ibis table or DataFrame with its columns
    question : its text, or a kind ("nps") where one question is of that kind; None: the only one
    by : columns that tell groups (touchpoint, brand, segment, wave, …), of the surveys or of the table `customers`
    wave : "", or "week", "month", "quarter", "year": calendar waves from the timestamp, as the column "wave"
    flagged : "keep" or "drop" answers that carry a flag (straight-line, fast, repeated)
    weights : column of weights, above 0
    kind : takes the place of the kind that scale and name tell

    Raises
    ------
    DataError : a column is not there, the question is unknown or asked on two scales, a score is off its scale.
    ParameterError : an option is unknown.

    >>> asked = pd.DataFrame({"question": "nps", "score": [9, 10, 3, None], "scale_min": 0, "scale_max": 10,
    ...     "brand": ["we", "we", "rival", "rival"]})
    >>> answers = read_answers(asked, by="brand")
    >>> answers.kind, answers.n, answers.n_missing, answers.counts.values.tolist()
    ('nps', 3, 1, [['rival', 3.0, 1], ['we', 9.0, 1], ['we', 10.0, 1]])
    """
    if wave and wave not in WAVES:
        raise unknown("wave", wave, WAVES)
    if flagged not in ("keep", "drop"):
        raise unknown("way with flagged answers", flagged, ("keep", "drop"))
    by = (by,) if isinstance(by, str) else tuple(by)
    table = prepared(source, (*by, "wave") if wave and "wave" not in by else by, wave=wave, weights=weights)
    by = tuple(dict.fromkeys([*by, *(["wave"] if wave else [])]))
    cells = count_scores(table if question is None else table.filter(_.question == question), by)
    if cells.empty:
        cells = count_scores(table, by)
    asked = cells.groupby(["question", "scale_min", "scale_max"], dropna=False)["n"].sum().reset_index(name="answers")
    asked["kind"] = [kind_of(str(q), *ends) for q, *ends in asked.iloc[:, :3].itertuples(index=False)]
    question = chosen_question(asked, question)
    scale = stated_scale(asked, question)
    kind = kind or asked.loc[asked["question"] == question, "kind"].iloc[0]
    own = cells[cells["question"] == question]
    _check_scores(own, question, scale, kind)
    suspect = int(own.loc[own["flagged"] & own["score"].notna(), "n"].sum())
    notes = []
    if suspect:
        doing = "left out" if flagged == "drop" else "kept"
        notes.append(f"{count(suspect)} answers carry a flag (given alike, fast or twice) and were {doing}")
    if flagged == "drop":
        own = own[~own["flagged"]]
        table = table.filter(~_.flagged)
    return _answers(own, table, question, by, scale, kind, wave=wave, notes=notes, simulated=_simulated(source))


def _answers(own, table, question, by, scale, kind, *, wave, notes, simulated) -> Answers:
    given = own[own["score"].notna()]
    n, missing = int(given["n"].sum()), int(own["n"].sum() - given["n"].sum())
    if n == 0:
        raise DataError(f"question {question!r} has no answer.", expected="one answer at least")
    weighted = [c for c in ("weight", "weight2") if c in own]
    if weighted and (given["unweighted"].any() or not (given["least"] > 0).all()):
        raise DataError(
            "some answers have no weight, or one that is not above 0.", expected="a weight above 0 on every answer"
        )
    period = (
        days(given["first"].min(), given["last"].max()) if "first" in given and given["first"].notna().any() else ""
    )
    keys = [*by, "score"]
    counts = given.groupby(keys, sort=True, dropna=False)[["n", *weighted]].sum().reset_index()
    groups, effect = count_groups(own, table.filter((_.question == question) & _.score.notnull()), by)
    if wave:
        counts, groups = (f.assign(wave=f["wave"].map(lambda day: wave_name(day, wave))) for f in (counts, groups))
        undated = int(groups.loc[groups["wave"] == NOT_STATED, "n"].sum())
        notes = [*notes, *([f"{count(undated)} answers have no time"] if undated else [])]
    check = Check(
        "answers to the question among those asked it", n >= LEAST_ANSWERED * (n + missing), share(n / (n + missing)),
        f"≥ {share(LEAST_ANSWERED)}", "Those who skipped it may feel otherwise.",
    )  # fmt: skip
    return Answers(
        counts, question, by, *scale, kind, n, missing, period, tuple(notes), (check,), simulated, effect, groups
    )  # fmt: skip


def _check_scores(own: pd.DataFrame, question: str, scale: tuple[float, float], kind: str) -> None:
    """Raise where a score is off its scale, or between the boxes of a kind that has boxes."""
    if kind not in KINDS:
        raise unknown("kind of score", kind, KINDS)
    given = own[own["score"].notna()]
    for what, off, mend in (
        ("off its scale", (given["score"] < scale[0]) | (given["score"] > scale[1]), "state the scale it was asked on"),
        (
            "that are not whole",
            (given["score"] % 1 != 0) & (kind in _BOXES),
            'average elsewhere, or pass kind="rating"',
        ),
    ):
        if off.any():
            found = given[off].groupby("score")["n"].sum().sort_values(ascending=False)
            shown = ", ".join(f"{value:g} ({n:,} times)" for value, n in found.head(5).items())
            raise DataError(
                f"question {question!r} has {len(found)} scores {what}: {shown}.",
                expected=f"{'whole ' * (kind in _BOXES)}numbers from {scale[0]:g} to {scale[1]:g}", mend=mend,
            )  # fmt: skip


def wave_name(day, wave: str) -> str:
    """A calendar wave as a reader writes it, in an order that sorts.

    >>> import datetime as dt
    >>> [wave_name(dt.date(2026, 4, 6), wave) for wave in ("week", "month", "quarter", "year")]
    ['2026-04-06', '2026-04', '2026 Q2', '2026']
    """
    if pd.isna(day):
        return NOT_STATED
    day = pd.Timestamp(day)
    if wave == "quarter":
        return f"{day.year} Q{day.quarter}"
    return day.strftime({"week": "%Y-%m-%d", "month": "%Y-%m", "year": "%Y"}[wave])


def _rows(counts: pd.DataFrame, groups: pd.DataFrame, by: tuple[str, ...]) -> np.ndarray:
    if not by:
        return np.zeros(len(counts), dtype=int)
    place = {key: i for i, key in enumerate(groups[list(by)].itertuples(index=False, name=None))}
    return np.array([place[key] for key in counts[list(by)].itertuples(index=False, name=None)])


def _simulated(source) -> bool:
    return hasattr(source, "card") and source.card.kind == "simulated"
