"""Drawing in points: axes whose unit is the point, words that know how wide they are, and pictures as stable SVG."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from functools import lru_cache
from html import escape

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patheffects import withStroke
from matplotlib.text import Text
from matplotlib.textpath import text_to_path

from cxlab.style import INK, TEXT, figure_style, tick_text
from cxlab.wording import MINUS

_MARGIN = 5.0  # points around a canvas
_FAMILY = "DejaVu Sans"


def width_of(ax: Axes) -> float:
    """Points that a canvas on these axes will be wide."""
    figure = ax.figure.get_figure(root=True)
    wide = 72 * figure.get_size_inches()[0]
    return wide - 2 * _MARGIN if _alone(ax) else wide * ax.get_position().width


def canvas(ax: Axes, height: float) -> Axes:
    """Axes without frame, measured in points from their upper left corner.

    Axes that are alone in their figure fill it, and the figure becomes as high as the drawing asks for; among others
    they keep their place, and the drawing is stretched to it.

    Parameters
    ----------
    height : points the drawing asks for
    """
    width = width_of(ax)
    if _alone(ax):
        figure = ax.figure.get_figure(root=True)
        figure.set_layout_engine("none")
        figure.set_size_inches((width + 2 * _MARGIN) / 72, (height + 2 * _MARGIN) / 72)
        across, down = _MARGIN / (width + 2 * _MARGIN), _MARGIN / (height + 2 * _MARGIN)
        ax.set_position((across, down, 1 - 2 * across, 1 - 2 * down))
    ax.set_xlim(0, width)
    ax.set_ylim(height, 0)
    ax.set_axis_off()
    return ax


def _alone(ax: Axes) -> bool:
    return ax.figure.get_figure(root=True).axes == [ax]


def say(
    ax: Axes, x: float, y: float, words: str, *, size: float = 8, colour: str = INK, ha: str = "center",
    va: str = "center", bold: bool = False, ground: str = "", turn: float = 0,
) -> Text:  # fmt: skip
    """Words at a place of the canvas, in a shade that can be read; never read as a formula, whatever signs they hold.

    Parameters
    ----------
    ground : colour of a rim around the letters, where lines may pass behind
    turn : degrees against the clock
    """
    rim = [withStroke(linewidth=2.2, foreground=ground)] if ground else None
    if va == "center" and not turn and "\n" not in words:  # all words of a row on one line, tails or not
        y, va = y + 0.36 * size, "baseline"
    return ax.text(
        x, y, words, fontsize=size, color=TEXT.get(colour, colour), ha=ha, va=va, rotation=turn,
        fontweight="bold" if bold else "normal", linespacing=1.15, parse_math=False, path_effects=rim, clip_on=False,
    )  # fmt: skip


@lru_cache(maxsize=4096)
def extent(words: str, size: float, *, bold: bool = False) -> float:
    """Points that a line of words is wide.

    >>> extent("Consideration", 8) < extent("Consideration", 8, bold=True) < 70
    True
    """
    font = FontProperties(family=_FAMILY, size=size, weight="bold" if bold else "normal")
    return 1.02 * text_to_path.get_text_width_height_descent(words, font, False)[0]  # letters are set on whole pixels


def wrap(words: str, width: float, size: float, *, lines: int = 3, bold: bool = False) -> list[str]:
    """Words broken into lines no wider than `width` points, at spaces, hyphens and slashes; a cut one ends in "…".

    >>> wrap("Rebooking mail", 50, 8), wrap("Post-Purchase", 40, 8), wrap("E-mail (Service)", 400, 8)
    (['Rebooking', 'mail'], ['Post-', 'Purchase'], ['E-mail (Service)'])
    >>> wrap("a name that has far too many words to be written in two lines", 60, 8, lines=2)
    ['a name that', 'has far too…']
    """
    pieces = re.findall(r"[^ ]+?[-/](?=\w)|[^ ]+ *|^$", re.sub(r"[ \t\r\n]+", " ", str(words)).strip(" "))
    found = [""]
    for piece in pieces:
        if found[-1] and extent((found[-1] + piece).rstrip(), size, bold=bold) > width:
            found.append("")
        found[-1] += piece
    found = [line.rstrip() for line in found]
    cut = len(found) > lines
    found = found[:lines]
    shown = [_fitted(line, width, size, bold) for line in found[:-1]]
    return [*shown, _fitted(found[-1] + ("…" if cut else ""), width, size, bold)]


def _fitted(line: str, width: float, size: float, bold: bool) -> str:
    """A line cut to its width."""
    if extent(line, size, bold=bold) <= width:
        return line
    line = line.rstrip("…")
    while len(line) > 1 and extent(line + "…", size, bold=bold) > width:
        line = line[:-1]
    return line.rstrip(" -/") + "…"


def fits(names: Sequence[str], width: float, size: float, *, lines: int, bold: bool = False) -> bool:
    """Whether every name can be written whole in so many lines of that width."""
    return not any(line.endswith("…") for name in names for line in wrap(name, width, size, lines=lines, bold=bold))


def short_count(value: float) -> str:
    """A count in a narrow column.

    >>> short_count(820), short_count(8213), short_count(23570), short_count(1_234_000), short_count(float("nan"))
    ('820', '8,213', '23.6k', '1.23m', '–')
    """
    if value != value:
        return "–"
    return f"{value:,.0f}" if value < 9999.5 else tick_text(value, "money")


def short_money(value: float, currency: str = "") -> str:
    """Money in a narrow column, two digits; a currency without a sign of its own is left to the label.

    >>> short_money(48913, "EUR"), short_money(4870, "EUR"), short_money(-214, "USD"), short_money(1_250_000, "SEK")
    ('€49k', '€4.9k', '−$210', '1.2m')
    >>> short_money(0.0, "EUR"), short_money(float("nan"))
    ('€0', '–')
    """
    if value != value:
        return "–"
    rounded = float(f"{abs(value):.1e}")
    return (MINUS if value < 0 else "") + tick_text(rounded, "money", currency)


def svg(figure: Figure, *, title: str = "") -> str:
    """A figure as SVG text, the same bytes at every run: no date, no random names, letters as outlines.

    Parameters
    ----------
    title : what the picture says, for those who cannot see it

    >>> from cxlab.style import new_axes
    >>> ax = new_axes(width=3, height=1)
    >>> svg(ax.figure) == svg(ax.figure), "dc:date" in svg(ax.figure)
    (True, False)
    """
    file = io.StringIO()
    with figure_style():
        figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
    text = "\n".join(line.rstrip() for line in file.getvalue().splitlines()) + "\n"
    if title:
        named = f' role="img"><title>{escape(title)}</title>'
        text = re.sub(r"(<svg\b[^>]*)>", lambda hit: hit[1] + named, text, count=1)
    return text
