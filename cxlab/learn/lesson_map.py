"""The map of the lessons: which builds on which, as a picture made from their front matter."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from cxlab.style import BLUE, INK, LINE, MUTED, ORANGE, PALE_BLUE, PALE_ORANGE, PALE_TEAL, SERIES, TEAL, TEXT

if TYPE_CHECKING:
    from cxlab.learn.index import Entry

NAME = "lesson-map.svg"
LEVELS = {"Fundamentals": PALE_TEAL, "Intermediate": PALE_BLUE, "Advanced": PALE_ORANGE}
#: arrows that leave one lesson share a colour: lines cross
_ARROWS = (BLUE, TEXT[ORANGE], SERIES[-1], INK, TEXT[TEAL], MUTED)
_WIDTH, _HEIGHT, _GAP, _BETWEEN, _TOP = 232, 70, 26, 64, 56


def svg(lessons: Sequence[Entry]) -> str:
    """The map as an SVG: a column a level, a box a lesson, an arrow from each to what builds on it.

    Parameters
    ----------
    lessons : entries of the index with `code`, `level`, `minutes` and `builds_on`

    Returns
    -------
    The text of the file; the same lessons give the same text.
    """
    columns = [[lesson for lesson in lessons if lesson.level == level] for level in LEVELS]
    at = {
        lesson.code: (20 + column * (_WIDTH + _BETWEEN), _TOP + row * (_HEIGHT + _GAP))
        for column, listed in enumerate(columns)
        for row, lesson in enumerate(listed)
    }
    width = 40 + len(LEVELS) * _WIDTH + (len(LEVELS) - 1) * _BETWEEN
    height = _TOP + max(map(len, columns)) * (_HEIGHT + _GAP) + 4
    said = "; ".join(f"{x.code} builds on {', '.join(x.builds_on)}" for x in lessons if x.builds_on)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" font-family="system-ui, sans-serif">',
        f"<title>Map of the lessons</title><desc>{escape(said)}.</desc>",
        *_tips(),
        f'<rect width="{width}" height="{height}" rx="8" fill="white"/>',
    ]
    for column, level in enumerate(LEVELS):
        x = 20 + column * (_WIDTH + _BETWEEN)
        lines.append(f'<text x="{x}" y="26" font-size="15" font-weight="600" fill="{INK}">{level}</text>')
    for lesson in lessons:
        known = [before for before in lesson.builds_on if before in at]
        for place, before in enumerate(known):
            colour = list(at).index(before) % len(_ARROWS)
            lines.append(_arrow(at[before], at[lesson.code], colour, shift=8 * place - 4 * (len(known) - 1)))
    lines += [_box(lesson, *at[lesson.code]) for lesson in lessons if lesson.code in at]
    return "\n".join([*lines, "</svg>", ""])


def _arrow(start: tuple[int, int], end: tuple[int, int], colour: int, *, shift: int) -> str:
    """A curve to the next column, a way round the boxes to one further, or down the left side of a column.

    `shift` (pixels) keeps the arrows apart that end at one lesson.
    """
    (x, y), (to_x, to_y) = start, end
    y, to_y = y + _HEIGHT // 2, to_y + _HEIGHT // 2 + shift
    if x == to_x:
        way = f"M{x} {y + 12} C{x - 20} {y + 20} {x - 20} {to_y - 20} {x - 1} {to_y - 8}"
    elif to_x - x == _WIDTH + _BETWEEN:
        x += _WIDTH
        way = f"M{x} {y} C{x + 40} {y} {to_x - 40} {to_y} {to_x - 1} {to_y}"
    else:
        x += _WIDTH
        # through the space above the row in which it ends
        between = to_y - shift - _HEIGHT // 2 - _GAP // 2 + shift
        out, down = x + _BETWEEN // 2 + shift, to_x - _BETWEEN // 2 - shift
        way = (
            f"M{x} {y} C{out - 4} {y} {out} {y} {out} {(y + between) // 2} "
            f"S{out} {between} {out + 30} {between} H{down - 12} "
            f"C{down} {between} {down} {between + 6} {down} {(between + to_y) // 2} "
            f"S{down + 4} {to_y} {to_x - 1} {to_y}"
        )
    stroke = f'fill="none" stroke="{_ARROWS[colour]}" stroke-width="1.6" marker-end="url(#tip{colour})"'
    return f'<path d="{way}" {stroke}/>'


def _tips() -> list[str]:
    size = 'viewBox="0 0 8 8" refX="7" refY="4" markerWidth="6" markerHeight="6" orient="auto"'
    return [
        f'<defs><marker id="tip{number}" {size}><path d="M0 0 8 4 0 8z" fill="{colour}"/></marker></defs>'
        for number, colour in enumerate(_ARROWS)
    ]


def _box(lesson: Entry, x: int, y: int) -> str:
    words = textwrap.wrap(lesson.title, 22)
    if len(words) > 3:
        words = [*words[:2], words[2][:20].rsplit(" ", 1)[0] + " …"]
    first = y + _HEIGHT / 2 + 5 - 8 * (len(words) - 1)
    title = "".join(
        f'<text x="{x + 66}" y="{first + 16 * i:g}" font-size="13" fill="{INK}">{escape(line)}</text>'
        for i, line in enumerate(words)
    )
    return (
        f'<rect x="{x}" y="{y}" width="{_WIDTH}" height="{_HEIGHT}" rx="8" fill="{LEVELS[lesson.level]}" '
        f'stroke="{LINE}"/>'
        f'<text x="{x + 10}" y="{y + 33}" font-size="20" font-weight="700" fill="{INK}">{lesson.code}</text>'
        f'<text x="{x + 10}" y="{y + 52}" font-size="11" fill="{INK}">{lesson.minutes} min</text>{title}'
    )
