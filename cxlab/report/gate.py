"""The gate: a report that leaves out what a client must know is not built; one message names every fault."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from cxlab.errors import DataError
from cxlab.finding import Finding
from cxlab.report.document import CaseReport, Figure, Worth
from cxlab.report.tables import main_column

if TYPE_CHECKING:
    from pandas import DataFrame

#: how many findings a reader takes home
FEWEST, MOST = 3, 5
#: what the table of options must tell of each
OPTION_COLUMNS = ("npv", "roi", "payback")
#: what the table of milestones and the table of risks must say in every row
MILESTONE_COLUMNS = ("measure", "owner", "kpi", "alarm", "stop")
RISK_COLUMNS = ("risk", "sign", "answer")

_PNG = b"\x89PNG\r\n\x1a\n"
_N = re.compile(r"\bn = (\d[\d,]*(?:\.\d+)?(?: [^\W\d_][\w-]*){0,6})")
_TRAILING = re.compile(r"(?: (?:to|of|on|in|at|by|for|from|and|with|who|that|over|their|the))+$")
_LEVEL = re.compile(
    r"(\d{2}(?:\.\d+)?)\s?% (?:\w+ )?(?:intervals?|ellipses|band|prediction|credible)|(\d{2})\s?% [€$£¥−+\d]"
)
_DAY = r"\d{1,2} [A-Z][a-z]{2}(?: \d{4})?"
_PERIOD = re.compile(rf"{_DAY} – \d{{1,2}} [A-Z][a-z]{{2}} \d{{4}}")
_SOURCE = re.compile(r"\bsources?: ([^;\n]+?)(?:\.(?= |$)|;|$)", re.IGNORECASE)
_EMPTY = ("", "-", "–", "—", "?", "n/a", "na", "none", "nan", "todo", "tbd", "unknown")


def facts_of(finding: Finding, *, period: str = "", source: str = "", main: str = "") -> dict[str, str]:
    """n, interval, unit, period and source of a finding, as far as it states them itself.

    Parameters
    ----------
    period, source : taken where the caption names none
    main : the column whose unit is told, "" : the first with an interval

    Returns
    -------
    dict with n, interval, unit, period, source: keywords of `Figure`; "" where nothing is stated

    >>> import pandas as pd
    >>> table = pd.DataFrame({"each": [1.0], "each_low": [0.5], "each_high": [2.0]})
    >>> found = Finding("a", "A", "It is.", table, units={"each": "money"}, currency="EUR",
    ...     caption="n = 23,570 customers, 1 Jan 1997 – 30 Jun 1998; margin a customer, 90 % intervals.")
    >>> list(facts_of(found, source="orders").values())
    ['23,570 customers', '90 %', 'EUR (each)', '1 Jan 1997 – 30 Jun 1998', 'orders']
    """
    said = [finding.caption, finding.text, *(key.label for key in finding.keys)]
    found = {"n": _first(_N, said), "interval": _first(_LEVEL, said), "unit": _unit(finding, main)}
    if not found["n"] and "n" in finding.table and len(finding.table) == 1:
        found["n"] = f"{finding.table['n'].iloc[0]:,}"
    found["n"] = _TRAILING.sub("", found["n"])
    if found["interval"]:
        found["interval"] += " %"
    return found | {
        "period": _first(_PERIOD, said[:1]) or period or _first(_PERIOD, said[1:]),
        "source": _first(_SOURCE, said[:1]) or source,
    }


def check(report: CaseReport) -> CaseReport:
    """The report as it came, if nothing is missing.

    Raises
    ------
    DataError : names every figure that lacks n, interval, unit, period or source, and every part that is missing
    """
    found = list(faults(report))
    if found:
        raise DataError(
            "the report cannot be built:\n" + "\n".join(f"  - {fault}" for fault in found),
            expected="an answer, three to five findings, options and a roadmap, every figure with n, interval, unit, "
            "period and source",
            mend="name what is missing in the caption of the finding or in client.yaml, and run the case again",
        )
    return report


def faults(report: CaseReport) -> Iterator[str]:
    """What is missing or wrong, a sentence each, in the order of the report."""
    for name, part in (("client", report.client), ("title", report.title), ("period", report.period)):
        if _blank(part):
            yield f"{name} is empty"
    for name in ("question", "situation", "answer", "change_our_mind", "method", "ethics"):
        if not any(sentence.strip() for sentence in getattr(report, name)):
            yield f"{name.replace('_', ' ')} is empty"
    yield from _worth(report.worth, report.currency)
    if not FEWEST <= len(report.findings) <= MOST:
        yield f"{len(report.findings)} findings, not {FEWEST} to {MOST}"
    for told in report.findings:
        name = told.figure.finding.name
        for what, words in (("sentence", told.sentence), ("so-what", told.so_what)):
            if _blank(words):
                yield f"finding {name} has no {what}"
        if told.figure.without_interval:
            yield f"finding {name} has no interval: what is told to a client has one"
    for figure in report.figures:
        yield from _figure(figure)
    yield from _options(report.options)
    if report.roadmap is None:
        yield "the roadmap is missing"
    yield from _table("milestones", report.milestones, MILESTONE_COLUMNS)
    yield from _table("risks", report.risks, RISK_COLUMNS)
    if not report.sources:
        yield "no data source is named"
    known = {(key.value, key.label) for figure in report.figures for key in figure.finding.keys}
    yield from (
        f"the card {card.value!r} ({card.label}) comes from no figure of the report"
        for card in report.cards
        if (card.value, card.label) not in known
    )
    yield from _simulated(report)


def _figure(figure: Figure) -> Iterator[str]:
    name = figure.finding.name
    missing = [fact for fact, words in figure.facts.items() if _blank(words)]
    if missing:
        yield f"figure {name} has no {', '.join(missing)}"
    elif not figure.without_interval and not re.search(r"\d\s?%", figure.interval):
        yield f"figure {name} has the interval {figure.interval!r}, not its level (“90 %”) or “none:” and the reason"
    if not re.search(r"\d", figure.n) and not _blank(figure.n):
        yield f"figure {name} has n {figure.n!r}, not a number"
    for picture in filter(None, (figure.picture, figure.narrow)):
        if not picture.is_file():
            yield f"figure {name}: the picture {picture.name} was not recorded"
        elif picture.read_bytes()[:8] != _PNG:
            yield f"figure {name}: {picture.name} is not a PNG picture"
    if figure.picture is None and figure.finding.table.empty:
        yield f"figure {name} has neither a picture nor a table"


def _worth(worth: Worth | None, currency: str) -> Iterator[str]:
    if worth is None:
        yield "the answer has no value with interval and P(loss)"
        return
    if not worth.low <= worth.value <= worth.high:
        yield f"the value {worth.value:g} of the answer is outside its interval {worth.low:g} to {worth.high:g}"
    if not 0 <= worth.p_loss <= 1:
        yield f"P(loss) of the answer is {worth.p_loss:g}, not between 0 and 1"
    if not 0.5 <= worth.level < 1:
        yield f"the level of the answer's interval is {worth.level:g}, not between 0.5 and 1"
    if worth.unit == "money" and not currency:
        yield "the currency of the answer is not named"
    if _blank(worth.what):
        yield "what the value of the answer is of, and over which time, is not said"


def _options(options: Figure | None) -> Iterator[str]:
    if options is None or options.finding.table.empty:
        yield "the options are missing"
        return
    columns = [str(column).lower() for column in options.finding.table.columns]
    missing = [name.upper() if name != "payback" else name for name in OPTION_COLUMNS
               if not any(name in column for column in columns)]  # fmt: skip
    if missing:
        yield f"the options ({options.finding.name}) have no {', '.join(missing)}"


def _table(what: str, table: DataFrame, columns: tuple[str, ...]) -> Iterator[str]:
    if table is None or table.empty:
        yield f"the table of {what} is empty"
        return
    missing = [column for column in columns if column not in table.columns]
    if missing:
        yield f"the table of {what} has no column {', '.join(missing)}"
    for column in (c for c in columns if c in table.columns):
        empty = [str(i + 1) for i, cell in enumerate(table[column].tolist()) if _blank(str(cell))]
        if empty:
            yield f"{what}: {column} is empty in row {', '.join(empty)}"


def _simulated(report: CaseReport) -> Iterator[str]:
    marked = [figure.finding.name for figure in report.figures if figure.simulated]
    if marked and not report.simulated.strip():
        yield f"figures of simulated data ({', '.join(dict.fromkeys(marked))}), and no sentence says what is simulated"
    if report.sources and all(source.kind == "simulated" for source in report.sources):
        yield from (
            f"figure {figure.finding.name} is not marked as simulated, though all data is"
            for figure in report.figures
            if not figure.simulated
        )


def _blank(words: str) -> bool:
    return words.strip().lower() in _EMPTY


def _first(pattern: re.Pattern, texts: list[str]) -> str:
    for text in texts:
        if hit := pattern.search(text.replace("\u00a0", " ")):
            return next((group for group in hit.groups() if group), hit[0]).strip()
    return ""


def _unit(finding: Finding, main: str) -> str:
    """Unit of the main number, in words; where every row has its own, all of them."""
    column = main_column(finding, main)
    if column and column in finding.units:
        words = {"money": finding.currency or "money", "share": "share in %", "count": "number"}
        unit = finding.units[column]
        return f"{words.get(unit, unit)} ({column.replace('_', ' ')})"
    if "unit" in finding.table.columns:
        return ", ".join(dict.fromkeys(str(unit) for unit in finding.table["unit"]))
    return ""
