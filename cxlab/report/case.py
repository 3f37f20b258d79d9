"""The report of a case: one HTML file, answer first, nothing loaded from elsewhere, and nothing that runs."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from cxlab.finding import Check, Finding, Key
from cxlab.report.chart import redrawn
from cxlab.report.document import CaseReport, Figure, Source, StudyRun
from cxlab.report.groups import SUPPRESSED
from cxlab.report.html import Picture, parameter, template
from cxlab.report.sheet import privacy_parts
from cxlab.report.tables import Table, failed, finding_table, heading, joined, own_words, text_table, with_strong
from cxlab.wording import chance_of

#: a longer table behind a picture is folded away on a screen, and not printed
_UNFOLDED_ROWS, _UNFOLDED_COLUMNS = 8, 7
#: columns of the table of options that a page shows, by how they begin, in this order
_OPTION_COLUMNS = ("cost", "npv", "roi", "payback", "p_loss")
_FIRST_SENTENCES = 3
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=\S)")
_HEAD_OF_CAPTION = re.compile(r"^n = [^;.]*[;.]\s*")


def case_html(report: CaseReport, *, opened: bool = False) -> str:
    """The report as one HTML text; the same report gives the same bytes.

    Parameters
    ----------
    report : as `gate.check` and `privacy.protect` returned it
    opened : show what is said beyond the first sentences of a finding without a click, as paper needs it

    Raises
    ------
    ValueError : `privacy.protect` has not gone over the report
    """
    report.check_protected()
    keys = _keys(report)
    return _template().render(
        report=report,
        brand=report.brand,
        lead=[with_strong(joined(sentence), keys) for sentence in report.answer],
        cards=cards_judged(report),
        doubted=doubted(report),
        findings=[{"told": told} | figure_parts(told.figure, report) for told in report.findings],
        options=figure_parts(report.options, report),
        roadmap=figure_parts(report.roadmap, report),
        milestones=text_table(report.milestones),
        risks=text_table(report.risks),
        sources=[source_parts(source) for source in report.sources],
        privacy=privacy_parts(report),
        studies=[study_parts(run) for run in report.appendix.studies],
        hashes=hashes(report),
        opened=opened,
    )


def figure_parts(figure: Figure, report: CaseReport) -> dict[str, Any]:
    """What is shown of a figure: its picture, caption, table, and the words of its finding."""
    finding = figure.finding
    chosen = figure is report.options
    table = option_table(figure, report) if chosen else table_of(figure, report)
    sentences = _SENTENCE_END.split(own_words(finding))
    first = 0 if chosen else _FIRST_SENTENCES if len(sentences) > _FIRST_SENTENCES + 1 else len(sentences)
    picture = picture_of(figure, report)
    caption = _HEAD_OF_CAPTION.sub("", finding.caption)
    return {
        "figure": figure,
        "finding": finding,
        "text": " ".join(sentences[:first]),
        "more": " ".join(sentences[first:]),
        "picture": picture,
        "narrow": Picture.of(_clean(figure.narrow), finding.title) if figure.narrow is not None else None,
        "caption": caption[:1].upper() + caption[1:],
        "table": table,
        "folded": figure is report.roadmap
        and picture is not None
        or bool(
            picture
            and table
            and not chosen
            and (len(table.rows) > _UNFOLDED_ROWS or len(table.headings) > _UNFOLDED_COLUMNS)
        ),  # fmt: skip
    }


def table_of(figure: Figure, report: CaseReport) -> Table | None:
    """The table of a figure, without the numbers of groups that may not leave."""
    return finding_table(figure.finding, hidden=figure.hidden, suppressed=SUPPRESSED.format(limit=report.limit))


def option_table(figure: Figure, report: CaseReport) -> Table:
    """The options with their cost, NPV, ROI, payback and chance of loss; the workbook has all columns."""
    finding = figure.finding
    columns = [str(c) for c in finding.table.columns]
    naming = [c for c in columns if finding.table[c].dtype.kind not in "iufb"][:1]
    kept = list(naming)
    for wanted in _OPTION_COLUMNS:
        found = [c for c in columns if c.startswith(wanted) and not c.endswith(("_low", "_high"))][:1]
        kept += [c for main in found for c in (main, f"{main}_low", f"{main}_high") if c in columns]
    doing = [c for c in columns if c in ("do", "decision", "advice", "verdict")]
    table = table_of(replace(figure, finding=finding.select(*kept, *doing)), report)
    return replace(table, rows=[["not back" if cell == "∞" else cell for cell in row] for row in table.rows])


def png_of(figure: Figure, report: CaseReport) -> bytes | None:
    """The picture of a figure as PNG without metadata: the recorded one, else one drawn of what may leave."""
    if figure.picture is not None:
        return _clean(figure.picture)
    if not any("picture" in why for why in figure.withheld):
        return None
    return redrawn(figure, colour=report.brand.blue)


def picture_of(figure: Figure, report: CaseReport) -> Picture | None:
    """The picture of a figure with its size on the page, and the words that stand for it."""
    png = png_of(figure, report)
    if png is None:
        return None
    return Picture.of(png, figure.finding.title + (" (simulated data)" if figure.simulated else ""))


def source_parts(source: Source) -> dict[str, Any]:
    """What is shown of a data set."""
    reasons = source.reasons
    if reasons is not None and not reasons.empty:
        reasons = reasons[[c for c in ("table", "source", "reason", "rows") if c in reasons.columns]]
    return {
        "source": source,
        "counts": text_table(source.counts.rename(columns={"quarantined": "set aside"})),
        "reasons": text_table(reasons) if reasons is not None and not reasons.empty else None,
    }


def study_parts(run: StudyRun) -> dict[str, Any]:
    """What is shown of a run: its parameters as text, and its checks, those that fail first."""
    checks = sorted(run.checks, key=lambda pair: pair[1].passed)
    rows = [
        [name, check.name, _value(check), check.limit, "holds" if check.passed else "fails"] for name, check in checks
    ]
    headings = [(h, False) for h in ("finding", "check", "value", "should be", "result")]
    parameters = [(name, parameter(value)) for name, value in run.parameters.items()]
    return {
        "run": run,
        "parameters": parameters,
        "checks": Table(headings, rows) if rows else None,
        "held": run.held,
    }


def hashes(report: CaseReport) -> list[tuple[str, str]]:
    """Every file of the case and its sha256."""
    found = [(source.name, source.fingerprint) for source in report.sources if source.fingerprint]
    found += list(report.appendix.hashes.items())
    found += [(f"{run.name}: {file}", digest) for run in report.appendix.studies for file, digest in run.hashes.items()]
    return found


def cards_of(report: CaseReport) -> list[Key]:
    """The numbers a report shows large: the worth, its chance of loss, and the cards of the case."""
    worth = report.worth
    value, between = worth.words(report.currency)
    return [
        Key(value, f"{worth.what} {between}"),
        Key(chance_of(worth.p_loss), "chance of losing money on it, P(loss)"),
        *report.cards[:4],
    ]


def cards_judged(report: CaseReport) -> list[tuple[Key, bool]]:
    """The numbers shown large, each with whether all checks of the finding that it comes from hold."""
    believed = not doubted(report)
    of = {(key.value, key.label): f.finding.believed for f in report.figures for key in f.finding.keys}
    first, loss, *rest = cards_of(report)
    return [(first, believed), (loss, believed), *((key, of.get((key.value, key.label), True)) for key in rest)]


def doubted(report: CaseReport) -> list[Finding]:
    """Findings under a failing check that the answer stands on: the one its value comes from, else the options."""
    answering = [f for f in report.figures if f.finding.name == report.worth.finding] or [report.options]
    return [figure.finding for figure in answering if figure is not None and not figure.finding.believed]


@cache
def _template():
    intervals = lambda text: with_strong(joined(text), ())  # noqa: E731
    return template("case.html.j2", heading=heading, joined=joined, failed=failed, intervals=intervals)


def _keys(report: CaseReport) -> list[Key]:
    value, _ = report.worth.words(report.currency)
    return [Key(value, ""), Key(chance_of(report.worth.p_loss), "")]


def _clean(path: Path) -> bytes:
    """A recorded picture without metadata, in as many colours as a chart has."""
    return _quantized(path.read_bytes())


@lru_cache(maxsize=32)
def _quantized(content: bytes) -> bytes:
    from PIL import Image

    with Image.open(io.BytesIO(content), formats=("PNG",)) as picture:
        small = picture.convert("RGB").quantize(256, dither=Image.Dither.NONE)
    file = io.BytesIO()
    small.save(file, "PNG", optimize=True)
    return file.getvalue()


def _value(check: Check) -> str:
    value = replace(check, advice="").sentence.removeprefix(f"{check.name} is ").partition(", should be")[0]
    return "0" if re.fullmatch(r"−?0\.0+", value) else value
