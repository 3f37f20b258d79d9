"""The slides of a case: one message a slide, answer first, with charts and tables that can be edited."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from cxlab.finding import Finding
from cxlab.report.archive import settled
from cxlab.report.case import cards_judged, doubted, option_table, png_of, table_of
from cxlab.report.chart import chart_of
from cxlab.report.document import CaseReport, Figure
from cxlab.report.safe import plain
from cxlab.report.slide_chart import add_chart
from cxlab.report.slide_parts import add_table, add_words, lines, size_that_fits
from cxlab.report.slide_template import house, layout_of, opened, room_of, title_of
from cxlab.report.tables import Table, failed, heading, joined, text_table
from cxlab.wording import count

_FOOT = 0.5  # inches at the bottom that n, interval, period and source take
_GAP = 0.25


def case_slides(report: CaseReport, *, made: datetime, template: Path | None = None) -> bytes:
    """The slides as .pptx; the same report and time give the same bytes.

    Parameters
    ----------
    report : as `gate.check` and `privacy.protect` returned it
    made : when the case was run
    template : the client's own .pptx, whose layouts, fonts and colours are used; None: the house's

    Raises
    ------
    DataError : the template cannot be used
    ValueError : `privacy.protect` has not gone over the report
    """
    report.check_protected()
    deck = _Deck(opened(template) if template else house(report.brand), report)
    deck.answer()
    deck.question()
    for told in report.findings:
        slide, room = deck.slide(told.sentence, _notes(told.figure, told.so_what))
        deck.evidence(slide, room, told.figure, [("So what. ", told.so_what)])
    deck.options()
    deck.table("What to do when, who owns it, and when to stop", text_table(report.milestones), report.roadmap)
    deck.table("What can go wrong, and what then", text_table(report.risks), None)
    properties = deck.file.core_properties
    properties.title, properties.author = plain(report.title), plain(report.brand.name or report.client)
    properties.subject, properties.last_modified_by = plain(report.client), "cxlab"
    properties.comments = properties.keywords = ""
    properties.revision, properties.language = 1, report.language
    properties.created = properties.modified = made.replace(tzinfo=None)
    file = io.BytesIO()
    deck.file.save(file)
    return settled(file.getvalue(), made=made)


class _Deck:
    """A presentation being filled."""

    def __init__(self, file: Any, report: CaseReport):
        self.file, self.report = file, report
        self.layout = layout_of(file)
        self.room = room_of(file, self.layout)

    def slide(self, title: str, notes: Sequence[str]) -> tuple[Any, tuple[float, float, float, float]]:
        """A new slide with its title in the size that fits, and the room under it."""
        from pptx.util import Inches, Pt

        slide = self.file.slides.add_slide(self.layout)
        heading = title_of(slide)
        for placeholder in list(slide.placeholders):
            if placeholder is not heading and placeholder._element is not heading._element:
                placeholder._element.getparent().remove(placeholder._element)
        frame = heading.text_frame
        frame.text, frame.word_wrap = joined(plain(title)), True
        width, height = heading.width / 914400, heading.height / 914400
        for run in frame.paragraphs[0].runs:
            run.font.size = Pt(size_that_fits([title], width=width, height=height, most=28, least=12, bold=True))
        slide.notes_slide.notes_text_frame.text = "\n".join(plain(note) for note in notes if note)
        slide_height = self.file.slide_height / 914400
        left, _, width, _ = self.room
        number = f"{self.report.client} · {self.report.period} · {len(self.file.slides)}"
        if self.report.simulated:
            number += " · simulated data"
        box = (left, slide_height - 0.34, width, 0.3)
        add_words(slide, [number], box, most=10, least=8, muted=True, name="Client and page")
        if self.report.brand.logo and self.report.brand.logo.kind == "image/png":
            logo = io.BytesIO(self.report.brand.logo.content)
            picture = slide.shapes.add_picture(logo, 0, Inches(0.12), height=Inches(0.32))
            picture.left = int(self.file.slide_width - picture.width - Inches(left))
            picture._element.nvPicPr.cNvPr.set("descr", plain(self.report.brand.name or self.report.client))
        return slide, self.room

    def answer(self) -> None:
        """The recommendation, its number and chance of loss, and what would change our mind."""
        report = self.report
        value, between = report.worth.words(report.currency)
        notes = [*report.answer, f"{value} {report.worth.what} {between}", "What would change our mind:",
                 *report.change_our_mind, *["Set aside for now:", *report.set_aside] * bool(report.set_aside),
                 report.simulated]  # fmt: skip
        slide, (left, top, width, height) = self.slide(report.title, notes)
        cards = cards_judged(report)[:4]
        wide = (width - _GAP * (len(cards) - 1)) / len(cards)
        for i, (card, believed) in enumerate(cards):
            at = left + i * (wide + _GAP)
            _rule(slide, at, top, wide)
            add_words(slide, [card.value], (at, top + 0.05, wide, 0.65), most=28, bold=True, name=f"Number {i + 1}")
            label = card.label + " (a check fails)" * (not believed)
            add_words(slide, [label], (at, top + 0.67, wide, 0.95), most=14, muted=True, name=f"What it is {i + 1}")
        taken = 1.75 + _warned(slide, doubted(report), (left, top + 1.7, width), titled=True)
        below, rest = top + taken, height - taken
        half = (width - 2 * _GAP) / 2
        add_words(slide, report.answer, (left, below, half, rest), most=20, name="Answer")
        mind = [("What would change our mind", ""), *(f"• {s}" for s in report.change_our_mind)]
        aside = [("Set aside for now", ""), *(f"• {s}" for s in report.set_aside)] * bool(report.set_aside)
        box = (left + half + 2 * _GAP, below, half, rest)
        add_words(slide, [*mind, *aside], box, most=18, name="What would change our mind")

    def question(self) -> None:
        """What was asked, and what it is answered with."""
        report = self.report
        rows = [
            [source.name, source.kind or "–", source.period or report.period, count(source.counts["kept"].sum()),
             count(source.counts["quarantined"].sum())]
            for source in report.sources
        ]  # fmt: skip
        words = [("data", False), ("kind", False), ("period", False), ("rows kept", True), ("set aside", True)]
        slide, (left, top, width, height) = self.slide(" ".join(report.question), [*report.situation, *report.method])
        add_words(slide, report.situation, (left, top, width, height * 0.35), most=18, name="Situation")
        table = Table(words, rows)
        add_table(slide, _capital(table), (left, top + height * 0.38, width, height * 0.3), name="Data")
        add_words(
            slide, report.method, (left, top + height * 0.7, width, height * 0.3), most=14, muted=True, name="Method"
        )

    def evidence(self, slide: Any, room, figure: Figure, beside: Sequence[Any]) -> None:
        """A chart that can be edited, else the table, else the picture; what follows from it beside it."""
        left, top, width, height = room
        wide = width * 0.66
        if figure.simulated:
            add_words(slide, ["SIMULATED DATA"], (left, top, wide, 0.3), most=11, bold=True, name="Simulated data")
            top, height = top + 0.3, height - 0.3
        box = (left, top, wide, height - _FOOT)
        chart, table = chart_of(figure), table_of(figure, self.report)
        png = png_of(figure, self.report)
        if chart is not None:
            add_chart(slide, chart, box, name="Chart", alt=figure.finding.title)
        elif png is not None:
            _picture(slide, png, box, figure.finding.title)
        elif table is not None:
            add_table(slide, _capital(table), box, name="Table", most=12)
        said = list(beside)
        if figure.finding.failed:
            said.append(("Do not lean on this. ", failed(figure.finding.failed)))
        if chart is not None and chart.left_out:
            said.append(f"{chart.left_out} more rows are in tables.xlsx.")
        add_words(slide, said, (left + wide + _GAP, top, width - wide - _GAP, height - _FOOT), most=18, name="So what")
        self.facts(slide, figure)

    def facts(self, slide: Any, figure: Figure) -> None:
        """n, interval, unit, period and source under the evidence."""
        left, top, width, height = self.room
        box = (left, top + height - _FOOT, width, _FOOT)
        add_words(slide, [figure.line], box, most=11, least=8, muted=True, name="n, interval, unit, period, source")

    def options(self) -> None:
        """What each option costs and brings, as a table and as a chart."""
        options = self.report.options
        notes = _notes(options)
        table = option_table(options, self.report)
        self.table(options.finding.title, table, options, notes=notes)
        if chart_of(options) is not None:
            slide, room = self.slide("What each option is worth, and how sure that is", notes)
            value, _ = self.report.worth.words(self.report.currency)
            of_plan = [sentence for sentence in self.report.answer if value in sentence] or self.report.answer
            self.evidence(slide, room, options, of_plan[:1])

    def table(self, title: str, table: Table, figure: Figure | None, *, notes: Sequence[str] = ()) -> None:
        """A slide with a table that can be edited."""
        slide, (left, top, width, height) = self.slide(title, notes or (_notes(figure) if figure else [title]))
        if figure is not None and figure.simulated:
            add_words(slide, ["SIMULATED DATA"], (left, top, width, 0.3), most=11, bold=True, name="Simulated data")
            top, height = top + 0.3, height - 0.3
        if figure is not None:
            taken = _warned(slide, [figure.finding] if figure.finding.failed else [], (left, top, width))
            top, height = top + taken, height - taken
        left_out = add_table(slide, _capital(table), (left, top, width, height - _FOOT - 0.1), name="Table")
        if figure is not None:
            self.facts(slide, figure)
        if left_out:
            slide.notes_slide.notes_text_frame.text += f"\n{left_out} more rows are in tables.xlsx."


def _warned(slide: Any, findings: Sequence[Finding], at: tuple[float, float, float], *, titled: bool = False) -> float:
    """What must not be leaned on, where its number stands; the height it takes in inches, 0 where all checks hold."""
    if not findings:
        return 0.0
    said = [(f"Do not lean on this{f': {f.title}' * titled}. ", failed(f.failed)) for f in findings]
    rows = sum(lines("".join(words), width=at[2] - 0.2, size=14, bold=True) + 0.35 for words in said)
    height = min(1.5, rows * 14 * 1.22 / 72 + 0.2)
    add_words(slide, said, (*at, height), most=14, least=8, name="Do not lean on this")
    return height + 0.05


def _notes(figure: Figure, *more: str) -> list[str]:
    return [figure.finding.text, *more, figure.line, figure.truth, figure.finding.caption, *figure.withheld]


def _capital(table: Table) -> Table:
    return Table([(heading(words), number) for words, number in table.headings], table.rows, table.left_out)


def _rule(slide: Any, left: float, top: float, width: float) -> None:
    from pptx.enum.dml import MSO_THEME_COLOR
    from pptx.util import Inches, Pt

    rule = slide.shapes.add_connector(1, Inches(left + 0.1), Inches(top), Inches(left + width), Inches(top))
    rule.line.color.theme_color, rule.line.width = MSO_THEME_COLOR.ACCENT_1, Pt(2.5)


def _picture(slide: Any, png: bytes, box: tuple[float, float, float, float], alt: str) -> None:
    from pptx.util import Inches

    left, top, width, height = box
    wide, high = (int.from_bytes(png[i : i + 4]) for i in (16, 20))
    scale = min(width / wide, height / high)
    size = (Inches(wide * scale), Inches(high * scale))
    picture = slide.shapes.add_picture(io.BytesIO(png), Inches(left), Inches(top), *size)
    picture._element.nvPicPr.cNvPr.set("descr", plain(alt))
