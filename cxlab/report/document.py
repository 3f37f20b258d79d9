"""A case as it leaves the house: everything the report, the slides and the workbook say, before any of them is written.

The engine that runs the studies of a case fills these; `cxlab.report.gate` says what is missing,
`cxlab.report.privacy` takes out what must not leave, and every document is made from what is left.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cxlab.finding import Check, Finding, Key
from cxlab.report.brand import Brand
from cxlab.wording import interval, quantity

if TYPE_CHECKING:
    from pandas import DataFrame


@dataclass(frozen=True)
class Figure:
    """A finding with what a client must know to judge it; the picture is the one its study recorded.

    Parameters
    ----------
    finding : the finding; `finding.draw` is not used
    picture : PNG file as wide as a page (7 inches at 192 dots an inch); None: the table stands alone
    n : what it was measured on, in words: "2,310 stays"
    interval : the level of its intervals, "90 %"; "none: …" with the reason where there is none to give
    unit : of its main number, in words: "EUR a year", "share of guests", "points, −2 … +2"
    period : from when to when: "1 Jan – 31 Dec 2025"
    source : which data, in words: "booking log, survey of 2,310 stays"
    simulated : whether any of its data is simulated
    study : name of the study it comes from
    narrow : the same picture for a phone (3.6 inches wide), None: the wide one is shown
    main : column of the table that native charts show, "" : the first with an interval
    truth : what the simulation was made with, as a sentence; "" where data is real
    hidden : positions of rows of the table whose numbers may not leave (filled by `privacy.protect`)
    withheld : why the table, columns of it or the picture do not leave, as sentences (filled by `privacy.protect`)

    `cxlab.report.gate.facts_of(finding, period=…, source=…)` reads n, interval and unit from the finding.
    """

    finding: Finding
    picture: Path | None = None
    n: str = ""
    interval: str = ""
    unit: str = ""
    period: str = ""
    source: str = ""
    simulated: bool = False
    study: str = ""
    narrow: Path | None = None
    main: str = ""
    truth: str = ""
    hidden: tuple[int, ...] = ()
    withheld: tuple[str, ...] = ()

    @property
    def facts(self) -> dict[str, str]:
        """What must be known of every figure, by name, in the order a reader sees it."""
        return {"n": self.n, "interval": self.interval, "unit": self.unit, "period": self.period, "source": self.source}

    @property
    def line(self) -> str:
        """The facts as one line.

        >>> import pandas as pd
        >>> Figure(Finding("a", "A", "A.", pd.DataFrame()), None, "12 stays", "90 %", "EUR", "2025", "log").line
        'n = 12 stays · 90 % interval · unit: EUR · period: 2025 · source: log'
        """
        n = self.n if self.n.lower().startswith("n") else f"n = {self.n}"
        ends = "no interval: " + self.interval[5:].strip() if self.without_interval else f"{self.interval} interval"
        ends = self.interval if not self.without_interval and "interval" in self.interval else ends
        said = [n, ends, f"unit: {self.unit}", f"period: {self.period}", f"source: {self.source}"]
        return " · ".join(said + (["simulated data"] if self.simulated else []))

    @property
    def without_interval(self) -> bool:
        """Whether it is said that there is no interval to give, and why."""
        return self.interval.lower().startswith("none:") and bool(self.interval[5:].strip())


@dataclass(frozen=True)
class Told:
    """One of the three to five findings: a sentence, its figure with its interval, and what follows from it.

    Parameters
    ----------
    figure : the evidence
    sentence : the finding as a sentence with its value and interval; heading of its part of the report, so short
    so_what : what the client does differently because of it
    """

    figure: Figure
    sentence: str
    so_what: str


@dataclass(frozen=True)
class Worth:
    """The number the answer stands on.

    Parameters
    ----------
    value, low, high : in `unit`, money by default
    level : coverage of low to high, 0 … 1
    p_loss : chance that it loses money, 0 … 1
    what : what the value is of and over which time, as words that follow the number: "a year, margin after cost"
    unit : "money" (in the currency of the case), "share", "count", or any other
    finding : name of the finding it comes from, "" where it is not in the report

    >>> Worth(49_000, 21_000, 78_000, .9, .06, "a year").words("EUR")
    ('€49.0k', '(90 % interval €21.0k to €78.0k)')
    """

    value: float
    low: float
    high: float
    level: float
    p_loss: float
    what: str
    unit: str = "money"
    finding: str = ""

    def words(self, currency: str = "") -> tuple[str, str]:
        """The value and its interval as text."""
        value, low, high = (quantity(x, self.unit, currency) for x in (self.value, self.low, self.high))
        return value, interval(low, high, level=self.level)


@dataclass(frozen=True)
class Source:
    """What is known of one data set of the case.

    Parameters
    ----------
    name, kind, origin, licence, period : as its card and its days tell; kind: "real", "simulated", "user file" …
    counts : DataFrame, a row a table: table, read, kept, quarantined (counts)
    reasons : DataFrame, a row a reason: table, reason, rows; None where no row was set aside
    fingerprint : sha256 of the files, "" where the source is no file
    faults : known faults, as sentences
    consent : answer on consent to number of customers ({"yes": 812, "no": 77}); empty where the data has none
    """

    name: str
    kind: str
    counts: DataFrame
    reasons: DataFrame | None = None
    fingerprint: str = ""
    origin: str = ""
    licence: str = ""
    period: str = ""
    faults: tuple[str, ...] = ()
    consent: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class StudyRun:
    """One study of the case as it was run, for the appendix.

    Parameters
    ----------
    name, title : of the study
    parameters : as `run.json` holds them
    seed : of its random numbers
    checks : finding's name and check, of every check that is listed: those that fail, and those of what is told
    hashes : file to sha256 (the executed notebook, its findings)
    judged : number of all checks of the study, listed or not; 0: those that are listed are all
    """

    name: str
    title: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    seed: int | None = None
    checks: tuple[tuple[str, Check], ...] = ()
    hashes: Mapping[str, str] = field(default_factory=dict)
    judged: int = 0

    @property
    def held(self) -> str:
        """How many of all checks of the study hold, and which are listed."""
        every, failed = self.judged or len(self.checks), sum(not check.passed for _, check in self.checks)
        listed = "; listed are those that fail and those of what is told" if every > len(self.checks) else ""
        return f"{every - failed} of {every} checks hold{listed}"


@dataclass(frozen=True)
class Appendix:
    """What lets somebody else check the work.

    Parameters
    ----------
    studies : one a study that was run
    versions : package to version
    hashes : further files to sha256: client.yaml, the case notebook
    glossary : term to meaning, the terms this report uses
    """

    studies: tuple[StudyRun, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    hashes: Mapping[str, str] = field(default_factory=dict)
    glossary: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Privacy:
    """What left and what did not, as `privacy.protect` found it.

    Parameters
    ----------
    columns : DataFrame, a row a column that tells of persons: finding, column, done (what was done with it)
    groups : DataFrame, a row a finding with groups under the limit: finding, groups, also_hidden, why
    texts : what was taken out of sentences, as sentences
    allowed : what the yaml allows to leave
    limit : smallest group whose numbers leave
    """

    columns: DataFrame
    groups: DataFrame
    texts: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()
    limit: int = 10


@dataclass(frozen=True)
class CaseReport:
    """A whole case. Every text is plain text: it is escaped where it is written.

    Parameters
    ----------
    client : name of the client
    title : the answer as one statement; what stands largest
    question, situation : what the client asked, and what is the case, a paragraph a string
    answer : sentences, the recommendation first
    worth : the number the answer stands on, with interval and P(loss)
    change_our_mind : sentences
    set_aside : what is not recommended, with the reason, a sentence each
    cards : up to four numbers shown large beside the worth, each a key of a figure of the report
    findings : three to five
    options : options with NPV, ROI and payback, a row an option (columns named `npv…`, `roi…`, `payback…`)
    roadmap : what is done when
    milestones : DataFrame, a row a step: measure, start, owner, kpi, alarm, stop (texts; further columns are shown)
    risks : DataFrame, a row a risk: risk, sign, answer (texts; further columns are shown)
    ethics : sentences on fairness, consent and use of the data
    sources : one a data set
    method : paragraphs
    appendix : checks, parameters, versions, hashes, glossary
    currency, period : of the case
    simulated : sentence that says what is simulated and why, "" where all data is real
    brand : name, logo, colours, fonts
    allow : what may leave although it tells of persons: names of columns ("customer_id", "text", …), "pseudonyms"
        (ids as running numbers), "quotes" (what customers wrote, in sentences), "pictures" (pictures of tables that
        had to be cut)
    limit : smallest group whose numbers leave
    language : of the texts, as HTML knows it ("en", "de")
    privacy : what was taken out; None until `privacy.protect` has gone over it
    """

    client: str
    title: str
    question: tuple[str, ...]
    situation: tuple[str, ...]
    answer: tuple[str, ...]
    worth: Worth | None
    change_our_mind: tuple[str, ...]
    findings: tuple[Told, ...]
    options: Figure | None
    roadmap: Figure | None
    milestones: DataFrame
    risks: DataFrame
    ethics: tuple[str, ...]
    sources: tuple[Source, ...]
    method: tuple[str, ...]
    appendix: Appendix = field(default_factory=Appendix)
    set_aside: tuple[str, ...] = ()
    cards: tuple[Key, ...] = ()
    currency: str = ""
    period: str = ""
    simulated: str = ""
    brand: Brand = field(default_factory=Brand)
    allow: tuple[str, ...] = ()
    limit: int = 10
    language: str = "en"
    privacy: Privacy | None = None

    def check_protected(self) -> None:
        """ValueError where `privacy.protect` has not gone over it."""
        if self.privacy is None:
            raise ValueError("only a report that privacy.protect has gone over is written")

    @property
    def figures(self) -> Iterator[Figure]:
        """Every figure in the order of the report: findings, options, roadmap."""
        yield from (told.figure for told in self.findings)
        yield from (figure for figure in (self.options, self.roadmap) if figure is not None)
