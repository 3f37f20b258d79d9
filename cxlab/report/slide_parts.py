"""Parts of slides: words that fit, and tables that can be edited."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

from cxlab.report.safe import plain
from cxlab.report.tables import Table, joined

#: points of words on a slide, from the largest
SIZES = (28, 26, 24, 22, 20, 18, 16, 15, 14, 13, 12, 11, 10, 9, 8)
_POINTS = 72
_LINE = 1.22  # height of a line, in sizes of its words
_PADDING = 0.2  # inches that a cell or a box keeps free from side to side


def lines(text: str, *, width: float, size: float, bold: bool = False) -> int:
    """Lines that a text takes at a size, words longer than a line broken; measured in a wide font, so rather too many.

    Parameters
    ----------
    width : of the box, inches
    size : of the words, points

    >>> lines("one two", width=8, size=12), lines("Kraftfahrzeughaftpflichtversicherung", width=1, size=20)
    (1, 6)
    """
    room, total = max(0.2, width) * _POINTS / size, 0
    for paragraph in plain_lines(text):
        used, total = 0.0, total + 1
        for word in _unbroken(paragraph):
            long = _width(word, bold)
            if used and used + _width(" ", bold) + long > room:
                used, total = 0.0, total + 1
            while long > room:
                long, total = long - room, total + 1
            used += long + (_width(" ", bold) if used else 0)
    return total


def plain_lines(text: str) -> list[str]:
    """The lines of a text, each without control characters, signs and units kept with their numbers."""
    return [joined(plain(line)) for line in str(text).split("\n")]


def _unbroken(text: str) -> list[str]:
    """What no line ends within: words, and numbers with their signs and units."""
    return re.findall(r"(?:\S|\u00a0)+", joined(text))


def size_that_fits(texts: Sequence[str], *, width: float, height: float, most: int = 28, least: int = 8,
                   bold: bool = False, between: float = 0.0) -> int:  # fmt: skip
    """The largest size at which paragraphs fit a box, `least` where none does.

    Parameters
    ----------
    width, height : of the box, inches
    between : free height after each paragraph, in lines
    """
    for size in (s for s in SIZES if least <= s <= most):
        taken = sum(lines(text, width=width - _PADDING, size=size, bold=bold) + between for text in texts)
        if taken * size * _LINE / _POINTS <= height - 0.1:
            return size
    return least


def add_words(
    slide: Any,
    texts: Sequence[str | tuple[str, str]],
    box: tuple[float, float, float, float],
    *,
    most: int = 18,
    least: int = 9,
    bold: bool = False,
    muted: bool = False,
    name: str = "",
) -> Any:
    """A box of paragraphs in the size that fits; a pair is a strong beginning and the rest of its paragraph.

    Parameters
    ----------
    box : left, top, width, height in inches
    """
    from pptx.enum.text import MSO_ANCHOR
    from pptx.util import Inches, Pt

    texts = [text for text in texts if text]
    shape = slide.shapes.add_textbox(*map(Inches, box))
    shape.name = name or shape.name
    frame = shape.text_frame
    frame.word_wrap, frame.vertical_anchor = True, MSO_ANCHOR.TOP
    whole = ["".join(text) if isinstance(text, tuple) else text for text in texts]
    size = size_that_fits(whole, width=box[2], height=box[3], most=most, least=least, bold=bold,
                          between=0.35 if len(texts) > 1 else 0)  # fmt: skip
    for i, text in enumerate(texts):
        paragraph = frame.paragraphs[0] if i == 0 else frame.add_paragraph()
        first, rest = text if isinstance(text, tuple) else ("", text)
        paragraph.space_after = Pt(size * 0.35 if i + 1 < len(texts) else 0)
        for words, strong in ((first, True), (rest, bold)):
            if words:
                run = paragraph.add_run()
                run.text, run.font.size, run.font.bold = joined(plain(words)), Pt(size), strong
                ink(run.font, muted=muted)
    return shape


def ink(font: Any, *, muted: bool = False) -> None:
    """The colour of words: the theme's first text colour, lighter where they matter less."""
    from pptx.enum.dml import MSO_THEME_COLOR

    font.color.theme_color = MSO_THEME_COLOR.TEXT_1
    if muted:
        font.color.brightness = 0.15


def add_table(slide: Any, table: Table, box: tuple[float, float, float, float], *, name: str, most: int = 16) -> int:
    """A native table in the size that fits; rows for which there is no room at 8 points are left out.

    Returns
    -------
    number of rows left out
    """
    from pptx.enum.text import PP_ALIGN
    from pptx.util import Inches, Pt

    rows = [[str(words) for words, _ in table.headings], *([_said(c) for c in row] for row in table.rows)]
    size, widths, heights = 8, [], []
    for size in (s for s in SIZES if s <= most):  # noqa: B007
        widths, whole = _widths(rows, box[2], size)
        heights = [_height(row, widths, size) for row in rows]
        if whole and sum(heights) <= box[3]:
            break
    kept = len(rows)
    while kept > 2 and sum(heights[:kept]) > box[3]:
        kept -= 1
    shape = slide.shapes.add_table(kept, len(widths), *map(Inches, (box[0], box[1], box[2], sum(heights[:kept]))))
    shape.name = name
    shape._element.graphic.graphicData.tbl.tblPr.find(
        "{http://schemas.openxmlformats.org/drawingml/2006/main}tableStyleId"
    ).text = "{2D5ABB26-0587-4C30-8999-92F81FD0307C}"  # no style: what is drawn is drawn here
    for j, width in enumerate(widths):
        shape.table.columns[j].width = Inches(width)
    for i in range(kept):
        shape.table.rows[i].height = Inches(heights[i])
        for j, (words, (_, number)) in enumerate(zip(rows[i], table.headings, strict=True)):
            place = shape.table.cell(i, j)
            place.margin_left = place.margin_right = Inches(_PADDING / 2)
            place.margin_top = place.margin_bottom = Inches(0.03)
            paragraph = place.text_frame.paragraphs[0]
            place.text_frame.word_wrap = True
            paragraph.alignment = PP_ALIGN.RIGHT if number else PP_ALIGN.LEFT
            for k, line in enumerate(plain_lines(words)):
                if k:
                    paragraph.add_line_break()
                run = paragraph.add_run()
                run.text, run.font.size, run.font.bold = line, Pt(size), i == 0
                ink(run.font, muted=k > 0)
            _underline(place, 1.5 if i == 0 else 0.5, strong=i == 0)
    return len(rows) - kept


def _said(words: Any) -> str:
    """A cell of a page as text: without marks, its interval in brackets."""
    from markupsafe import Markup

    if isinstance(words, Markup):
        value, _, rest = str(words).partition('<span class="interval">')
        value = Markup(value).unescape().strip()
        return f"{value}\n({Markup(rest.removesuffix('</span>')).unescape()})" if rest else value
    return str(words)


def _widths(rows: Sequence[Sequence[str]], width: float, size: int) -> tuple[list[float], bool]:
    """Widths of columns that break no word, the rest shared by what their longest lines lack; whether that goes."""
    least, wanted = [], []
    for column in zip(*rows, strict=True):
        word = max((_width(w, True) for text in column for w in _unbroken(text)), default=1.0)
        longest = max(_width_of_line(line) for text in column for line in text.split("\n"))
        least.append(word * size / _POINTS * 1.03 + _PADDING)
        wanted.append(max(0.0, min(longest, 24.0) - word) + 0.5)
    spare = width - sum(least)
    if spare < 0:
        return [width * part / sum(least) for part in least], False
    return [low + spare * part / sum(wanted) for low, part in zip(least, wanted, strict=True)], True


def _height(row: Sequence[str], widths: Sequence[float], size: int) -> float:
    most = max(lines(text, width=w - _PADDING, size=size, bold=True) for text, w in zip(row, widths, strict=True))
    return most * size * _LINE / _POINTS + 0.1


def _underline(place: Any, points: float, *, strong: bool) -> None:
    from pptx.oxml import parse_xml

    colour = (
        '<a:schemeClr val="tx1"/>'
        if strong
        else '<a:schemeClr val="tx1"><a:lumMod val="25000"/><a:lumOff val="75000"/></a:schemeClr>'
    )  # noqa: E501
    place._tc.get_or_add_tcPr().append(
        parse_xml(
            '<a:lnB xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
            f'w="{int(points * 12700)}"><a:solidFill>{colour}</a:solidFill></a:lnB>'
        )
    )


def _width_of_line(text: str) -> float:
    return _width(text, False)


@cache
def _font(bold: bool) -> Any:
    from matplotlib import font_manager
    from PIL import ImageFont

    weight = "bold" if bold else "normal"
    return ImageFont.truetype(
        font_manager.findfont(font_manager.FontProperties(family="DejaVu Sans", weight=weight)), 100
    )


@cache
def _width(word: str, bold: bool) -> float:
    """Width of words, in sizes of the font."""
    return _font(bold).getlength(word.replace("\u2060", "")) / 100
