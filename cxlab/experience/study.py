"""The study of experience: its typed parameters, and which question of a survey plays which part."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import pandas as pd
from pydantic import Field

from cxlab.errors import DataError, unknown
from cxlab.experience.scores.components import numbered_items, with_components
from cxlab.experience.scores.questions import questions, survey_table
from cxlab.finding import Finding
from cxlab.parameters import Parameters
from cxlab.wording import count, first_of, share

_OVERALL = re.compile(r"overall|in general|all in all|insgesamt|gesamt|globale?|en general", re.IGNORECASE)
_SATISFIED = re.compile(r"csat|satisf|zufrieden", re.IGNORECASE)
#: columns that tell answers apart, in the order in which they are looked for
GROUPS = ("touchpoint", "segment", "channel", "brand")
#: share of the respondents to the overall question who must have answered a driver
_ASKED = 0.2
MOST_DRIVERS = 15


class ExperienceStudy(Parameters):
    """Parameters of ``notebooks/studies/experience.ipynb``.

    >>> ExperienceStudy(overall="csat").window
    90
    >>> ExperienceStudy(flagged="hide")
    Traceback (most recent call last):
    ...
    cxlab.errors.ParameterError: parameter flagged = 'hide': Input should be 'keep' or 'drop'.
    ...
    """

    tables: ClassVar[tuple[str, ...]] = ("surveys", "feedback")

    source: str = Field("coffee_shop", description="a data set, a file, a folder, a database or a client.yaml")
    columns: dict[str, str] = Field(default_factory=dict, description="contract column = source column")
    options: dict[str, str] = Field(default_factory=dict, description="reading rules by name, as dates = day_first")
    client: str = Field("", description="name on the report")
    currency: str = Field("", description="ISO code; empty: what the data states")
    overall: str = Field("", description="question that sums it up; empty: satisfaction, else the NPS or stars")
    recommend: str = Field("", description="question on recommending; empty: the one on 0–10")
    drivers: tuple[str, ...] = Field((), description="questions that may go along with it; empty: all ratings")
    by: str = Field("", description="column that tells answers apart; empty: touchpoint, segment, channel or brand")
    own: str = Field("", description="our brand, where rivals are rated too; empty: the one rated most")
    wave: Literal["auto", "none", "week", "month", "quarter", "year"] = Field("auto", description="calendar waves")
    flagged: Literal["keep", "drop"] = Field("keep", description="answers given alike, too fast or twice")
    staff: tuple[str, ...] = Field((), description="names masked in texts, beside those of handled_by")
    hide_staff: bool = Field(False, description="call staff by number instead of name")
    kano: dict[str, str] = Field(default_factory=dict, description="attribute = question with | question without")
    expected: dict[str, str] = Field(default_factory=dict, description="question on what was met = what was expected")
    hard_to_copy: dict[str, float] = Field(default_factory=dict, description="attribute = 0 (at once) to 1 (never)")
    period: Literal["day", "week", "month"] = Field("week", description="period of the control chart")
    points: float = Field(10.0, gt=0, le=200, description="change of the NPS that the next wave should show")
    window: int = Field(90, ge=1, le=1830, description="days after an answer in which behaviour counts")
    level: float = Field(0.9, gt=0.5, lt=1, description="coverage of intervals")
    draws: int = Field(2000, ge=200, le=100_000, description="posterior draws")
    seed: int = Field(1, ge=0, description="of all randomness")


@dataclass(frozen=True)
class Asked:
    """A survey and what its questions are for.

    Parameters
    ----------
    data : Dataset whose surveys hold components in place of their items
    items : Dataset as it came
    found : DataFrame of the questions (`questions`)
    components : component → items
    overall, recommend, effort, stars : questions, "" where none was asked
    drivers : questions that may go along with `overall`
    by : column that tells answers apart, "" where there is none
    own : our brand, "" where no brands are told apart
    wave : calendar waves, "" where there are none
    staff : names to be masked
    dated : whether answers have times
    """

    data: object
    items: object
    found: pd.DataFrame
    components: dict[str, tuple[str, ...]]
    overall: str
    recommend: str = ""
    effort: str = ""
    stars: str = ""
    drivers: tuple[str, ...] = ()
    by: str = ""
    own: str = ""
    wave: str = ""
    staff: tuple[str, ...] = ()
    dated: bool = False

    @property
    def ours(self) -> Asked:
        """The answers about our own brand only."""
        if not self.own:
            return self
        return replace(self, **{
            name: data.derived(surveys=data.surveys.filter(data.surveys.brand == self.own))
            for name, data in (("data", self.data), ("items", self.items))
        })  # fmt: skip

    @property
    def headline(self) -> dict[str, str]:
        """Questions that are scores of their own: kind → question."""
        named = {"overall": self.overall, "nps": self.recommend, "ces": self.effort, "stars": self.stars}
        found, seen = {}, set()
        for kind, question in named.items():
            if question and question not in seen:
                found[kind], _ = question, seen.add(question)
        return found


def asked(data, settings: ExperienceStudy) -> Asked:
    """What the questions of a survey are for, as the settings say, else as their names and scales tell.

    Raises
    ------
    DataError : the data has no surveys, or no question sums up the others.
    ParameterError : a question or column that is named does not exist.
    """
    if "surveys" not in data.tables:
        raise DataError(
            f"{data.name} has no answers to a survey.",
            expected="a table surveys: a row an answer, or a column a question",
            mend="cxlab data check SOURCE shows how a file is read; texts alone: -p source=FOLDER with feedback",
        )  # fmt: skip
    items = questions(data)
    taken = {q for pair in settings.kano.values() for q in _both(pair)} | set(settings.expected.values())
    ends = items.groupby("question")[["scale_min", "scale_max"]].first()
    components = {
        name: own for name, own in numbered_items(items["question"]).items()
        if name not in ends.index and not taken & set(own) and ends.loc[list(own)].nunique().max() == 1
    }  # fmt: skip
    staff = _staff(data, settings)
    if settings.hide_staff and "handled_by" in data.surveys.columns:
        numbers = {name: f"staff {i}" for i, name in enumerate(sorted(_levels(data.surveys, "handled_by").index), 1)}
        hidden = data.surveys.handled_by.cases(*numbers.items())
        data = data.derived(surveys=data.surveys.mutate(handled_by=hidden))
    together = data.derived(surveys=with_components(data, components)) if components else data
    found = questions(together) if components else items
    overall = settings.overall or _overall(found)
    recommend = settings.recommend or _first(found[found["kind"] == "nps"])
    for name in (overall, recommend, *settings.drivers):
        if name and name not in set(found["question"]):
            raise unknown("question", name, found["question"])
    rest = found[~found["question"].isin([overall, recommend, *taken])]
    effort = _first(rest[(rest["kind"] == "ces") & ~rest["question"].isin(components)])
    stars = _first(rest[rest["kind"] == "stars"])
    own = _own(together, settings)
    return Asked(
        together, data, found, components, overall, recommend, effort, stars,
        drivers=settings.drivers or _drivers(found, overall, taken | {recommend, effort, stars}),
        by=_group(together, settings, own), own=own, wave=_wave(together, settings), staff=staff,
        dated=_ends(together) is not None,
    )  # fmt: skip


def _both(pair: str) -> tuple[str, str]:
    one, _, other = pair.partition("|")
    return one.strip(), other.strip()


def kano_pairs(settings: ExperienceStudy) -> dict[str, tuple[str, str]]:
    """Attribute → (question with it, question without it)."""
    return {attribute: _both(pair) for attribute, pair in settings.kano.items()}


def _first(found: pd.DataFrame) -> str:
    return "" if found.empty else str(found["question"].iloc[0])


def _overall(found: pd.DataFrame) -> str:
    """The question that sums up: overall satisfaction, satisfaction, the NPS, stars, or the only one."""
    names = found["question"].astype(str)
    said, pleased = names.str.contains(_OVERALL), names.str.contains(_SATISFIED)
    # several questions on satisfaction, none of them overall, are about parts of it
    one = pleased & (pleased.sum() == 1)
    for fits in (said & pleased, said, one, found["kind"] == "nps", found["kind"] == "stars", pleased):
        if fits.any():
            return _first(found[fits])
    if len(found) == 1:
        return _first(found)
    raise DataError(
        f"no question sums up the others ({first_of(map(repr, names), 8)}).",
        expected="overall satisfaction, willingness to recommend (0–10), or stars",
        mend=f"-p overall={names.iloc[0]!r}",
    )  # fmt: skip


def _drivers(found: pd.DataFrame, overall: str, taken: set[str]) -> tuple[str, ...]:
    asked_of = found.loc[found["question"] == overall, "answers"].iloc[0]
    rest = found[~found["question"].isin([overall, *taken]) & ~found["kind"].isin(["nps"])]
    rest = rest[rest["answers"] >= _ASKED * asked_of]
    return tuple(sorted(rest.nlargest(MOST_DRIVERS, "answers", keep="all")["question"][:MOST_DRIVERS]))


def _levels(table, column: str) -> pd.Series:
    return table.group_by(column).agg(n=table.count()).execute().dropna().set_index(column)["n"]


def _own(data, settings: ExperienceStudy) -> str:
    if "brand" not in data.surveys.columns:
        if settings.own:
            raise unknown("brand", settings.own, ["(the survey names no brands)"])
        return ""
    brands = _levels(data.surveys, "brand")
    if settings.own and settings.own not in brands:
        raise unknown("brand", settings.own, brands.index)
    # many brands, rated alike often, are a comparison of brands without one of our own
    return settings.own or (str(brands.idxmax()) if 1 < len(brands) <= 10 and brands.max() > brands.sum() / 3 else "")


def _group(data, settings: ExperienceStudy, own: str) -> str:
    columns = data.surveys.columns
    if settings.by:
        if settings.by not in columns:
            raise unknown("column", settings.by, columns)
        return settings.by
    for name in GROUPS:
        if name in columns and not (name == "brand" and own) and len(_levels(data.surveys, name)) > 1:
            return name
    return ""


def _ends(data) -> pd.Series | None:
    """First and last time of an answer; None where answers have none."""
    table = survey_table(data)
    if "timestamp" not in table.columns:
        return None
    ends = table.aggregate(first=table.timestamp.min(), last=table.timestamp.max()).execute().iloc[0]
    return None if pd.isna(ends["first"]) else ends


def _wave(data, settings: ExperienceStudy) -> str:
    ends = _ends(data)
    if settings.wave == "none" or ends is None:
        return ""
    if settings.wave != "auto":
        return settings.wave
    days = (ends["last"] - ends["first"]).days
    return "" if days < 14 else "week" if days < 90 else "month" if days < 300 else "quarter" if days < 1500 else "year"


def _staff(data, settings: ExperienceStudy) -> tuple[str, ...]:
    if "handled_by" not in data.surveys.columns:
        return settings.staff
    known = _levels(data.surveys, "handled_by").index.astype(str)
    return tuple(dict.fromkeys([*settings.staff, *(name for name in known if any(c.isalpha() for c in name))]))


def overview(survey: Asked, settings: ExperienceStudy) -> Finding:
    """What was asked of whom, and what each question is taken for.

    Returns
    -------
    Finding "experience.questions", a row a question: question, taken_as, scale_min, scale_max, answers, missing (asked,
    not answered), missing_share
    """
    part = {question: kind for kind, question in survey.headline.items()}
    words = {"overall": "overall score", "nps": "recommendation", "ces": "effort", "stars": "stars"}
    table = survey.found.drop(columns=["kind", "responses"], errors="ignore").copy()
    table.insert(1, "taken_as", [
        words[part[q]] if q in part else "driver" if q in survey.drivers else "not used" for q in table["question"]
    ])  # fmt: skip
    table["missing_share"] = table["missing"] / (table["answers"] + table["missing"]).clip(lower=1)
    responses = int(survey.found["responses"].max())
    parts = len(survey.components)
    made = f" {count(parts)} of them are components of several items each." if parts else ""
    brand = f" Our brand is {survey.own}." if survey.own else ""
    by = f" Answers are told apart by {survey.by.replace('_', ' ')}." if survey.by else ""
    return Finding(
        name="experience.questions",
        title=f"{count(responses)} responses to {count(len(table))} questions",
        text=(
            f"{count(responses)} responses answer {count(len(table))} questions.{made} {survey.overall} is taken as "
            f"the overall score{', ' + survey.recommend + ' as the wish to recommend' if survey.recommend else ''}; "
            f"{count(len(survey.drivers))} questions may go along with it.{brand}{by} "
            f"{share(table['missing'].sum() / max((table['answers'] + table['missing']).sum(), 1))} of what was asked "
            f"was not answered.{' These customers are simulated.' if survey.data.card.kind == 'simulated' else ''}"
        ),
        table=table,
        units={"answers": "count", "missing": "count", "missing_share": "share"},
    )
