"""One look for every picture: the palette by name, and the figure style applied where a figure is made."""

from __future__ import annotations

from contextlib import contextmanager
from functools import cache

INK, MUTED, LINE, SAND = "#22303C", "#5B6770", "#D8DDE1", "#F3EFE8"
BLUE, ORANGE, TEAL = "#1F6FB2", "#D9642C", "#1B8A7A"
PALE_BLUE, PALE_ORANGE, PALE_TEAL = "#BCD5EA", "#F3CDBB", "#BFE0DB"
#: series without a meaning of their own, in the order they are given out; ink is kept for what really happened
SERIES = (BLUE, TEAL, ORANGE, MUTED, "#7B4F9E")
#: shades in which words stay readable (contrast ≥ 4.5) where the colour itself is too light for them
TEXT = {ORANGE: "#A8461A", TEAL: "#14695D"}
#: from nothing to much, darker throughout, so it reads in grey
SEQUENTIAL = ("#F7F4EE", PALE_BLUE, "#6FA5D2", BLUE, "#123F66")
#: below this width in inches (a phone) words are set smaller and side matter is left out
NARROW = 5.0

#: what each colour says, in every picture: what pays, what leaves, how it feels, and what is only there to compare with
MEANING = {"pays": BLUE, "leaves": ORANGE, "feels": TEAL, "compare": MUTED}
#: line styles and markers that tell series apart without colour, in the order they are given out
DASHES = ("-", "--", ":", "-.", (0, (5, 1, 1, 1, 1, 1)))
MARKERS = ("o", "s", "^", "D", "v")
#: size of words on and around axes, in points: on a page, and on a phone
SIZES = (9.0, 8.0)

_RC = {
    "figure.facecolor": "white", "axes.facecolor": "white", "savefig.facecolor": "white",
    "figure.dpi": 100, "savefig.dpi": 144,
    "font.family": "DejaVu Sans", "font.size": 10, "text.color": INK,
    "axes.edgecolor": LINE, "axes.labelcolor": MUTED, "axes.titlecolor": INK,
    "axes.titlesize": 12, "axes.titleweight": "bold", "axes.titlelocation": "left",
    "axes.spines.top": False, "axes.spines.right": False, "axes.grid": False,
    "xtick.color": MUTED, "ytick.color": MUTED, "legend.frameon": False,
    "svg.hashsalt": "cxlab", "svg.fonttype": "path",
}  # fmt: skip


@contextmanager
def figure_style():
    """The style of cxlab, for the time of the block only; global settings are left as they were."""
    import matplotlib as mpl

    with mpl.rc_context(_RC):
        yield


def new_axes(*, width: float = 7.0, height: float = 4.0, columns: int = 1):
    """A figure with axes in the style of cxlab, not registered with pyplot (so nothing leaks).

    Returns
    -------
    matplotlib.axes.Axes, or an array of them side by side where `columns` > 1; the figure is ``axes.figure``, and a
    notebook shows it when it is the last value of a cell.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    with figure_style():
        figure = _shown_figure()(figsize=(width, height), layout="constrained")
        FigureCanvasAgg(figure)
        return figure.subplots(1, columns)


@cache
def _shown_figure():
    """The class of figures that show themselves in a notebook without pyplot, which would register them."""
    import io

    from matplotlib import figure
    from PIL import Image

    class Figure(figure.Figure):
        def _repr_png_(self):
            drawn, file = io.BytesIO(), io.BytesIO()
            with figure_style():
                self.savefig(drawn, format="png")
            # 256 colours of its own are all that a picture has, and a third of the bytes in a committed notebook
            Image.open(drawn).convert("RGB").quantize(256, dither=Image.Dither.NONE).save(file, "png", optimize=True)
            width, height = (round(96 * inches) for inches in self.get_size_inches())
            return file.getvalue(), {"width": width, "height": height}

    return Figure


def narrow(ax) -> bool:
    """Whether the figure of `ax` is as narrow as a phone."""
    return bool(ax.figure.get_figure(root=True).get_size_inches()[0] < NARROW)


def text_size(ax) -> float:
    """Points of the words on `ax`."""
    return SIZES[narrow(ax)]


def look(position: int, *, marker: bool = False) -> dict:
    """Keywords that tell the series at `position` from the others, in colour and without it.

    >>> look(0), look(1, marker=True)["marker"]
    ({'color': '#1F6FB2', 'linestyle': '-'}, 's')
    """
    series = {"color": SERIES[position % len(SERIES)], "linestyle": DASHES[position % len(DASHES)]}
    return series | ({"marker": MARKERS[position % len(MARKERS)]} if marker else {})


def sequential():
    """Colour map of `SEQUENTIAL`."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("cxlab", SEQUENTIAL)


def tick_text(value: float, unit: str = "", currency: str = "") -> str:
    """A number on an axis, by its unit ("share", "money" in `currency`, any other), without digits that say nothing.

    A currency without a sign of its own is left to the label of the axis.

    >>> tick_text(.25, "share"), tick_text(20, "money", "USD"), tick_text(1500, "money", "USD"), tick_text(-23570)
    ('25 %', '$20', '$1.5k', '−23,570')
    >>> tick_text(-.025, "money", "EUR"), tick_text(.1 + .2, "money", "EUR")
    ('−€0.025', '€0.3')
    """
    from cxlab.wording import MINUS, SYMBOLS, money, share

    if unit == "share":
        return share(value)
    if unit == "money" and 0 < abs(value) < 1 and abs(value * 100 - round(value * 100)) > 1e-6:
        cents = tick_text(round(value, 9))  # an axis in parts of a cent
        symbol = SYMBOLS.get(currency, currency)
        return cents.replace("0.", f"{symbol}0.", 1) if len(symbol) == 1 else cents
    if unit == "money":
        text = money(value, currency if len(SYMBOLS.get(currency, currency)) == 1 else "")
        whole, point, rest = text.partition(".")
        digits = rest.rstrip("km")
        return whole + (point + digits.rstrip("0")).rstrip(".") + rest[len(digits) :] if point else text
    return f"{value:,.10g}".replace("-", MINUS)


def write_axis(axis, label: str, *, unit: str = "", currency: str = "") -> None:
    """Label an axis, broken into lines where the figure is narrow, and write its ticks by `unit`."""
    from textwrap import fill

    from matplotlib.ticker import AutoLocator, FuncFormatter, MaxNLocator

    axis.set_label_text(fill(label, 38) if narrow(axis.axes) else label, fontsize=text_size(axis.axes))
    axis.set_tick_params(labelsize=text_size(axis.axes))
    if narrow(axis.axes) and axis.axis_name == "x" and isinstance(axis.get_major_locator(), AutoLocator):
        axis.set_major_locator(MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]))
    elif unit == "money" and isinstance(axis.get_major_locator(), AutoLocator):
        axis.set_major_locator(MaxNLocator(8, steps=[1, 2, 5, 10]))
    if unit:
        axis.set_major_formatter(FuncFormatter(lambda value, _: tick_text(value, unit, currency)))


def note(
    ax, words: str, at, *, frame: str = "data", shift=(0, 0), colour: str = INK, ha="left", va="center", ground=False
):
    """Words on the axes, in readable size and shade.

    Parameters
    ----------
    at : x and y in `frame`: "data", "axes" (0 … 1), "above" (x in data, y in axes), "beside" (x in axes, y in data)
    shift : points to the right and up
    ground : on white, where lines may pass behind
    """
    frames = {"above": ax.get_xaxis_transform(), "beside": ax.get_yaxis_transform(), "axes": "axes fraction"}
    box = {"facecolor": "white", "edgecolor": "none", "pad": 1.0} if ground else None
    return ax.annotate(
        words,
        at,
        xycoords=frames.get(frame, "data"),
        xytext=shift,
        textcoords="offset points",
        ha=ha,
        va=va,
        fontsize=text_size(ax),
        color=TEXT.get(colour, colour),
        annotation_clip=False,
        bbox=box,
    )


def key_above(ax, handles, labels, *, left: bool | None = None) -> None:
    """Name marks in rows above the axes, where nothing is drawn; as many to a row as the figure is wide enough for.

    They begin at the left end of the axes, or (by default on a phone) end at the right one, above what stands beside.
    """
    size, labels = text_size(ax), list(labels)
    left = not narrow(ax) if left is None else left
    room = 72 * ax.figure.get_figure(root=True).get_size_inches()[0] * (0.85 if left else 0.95)
    widths = [(0.58 * len(words) + 3.2) * size for words in labels]
    for columns in range(len(labels), 0, -1):
        deep = -(-len(labels) // columns)
        if sum(max(widths[i : i + deep]) for i in range(0, len(widths), deep)) <= room:
            columns = -(-len(labels) // deep)  # of five names, four columns would take two, one, one and one
            break
    side = {"loc": "lower left", "bbox_to_anchor": (0, 1)} if left else {"loc": "lower right", "bbox_to_anchor": (1, 1)}
    ax.legend(
        handles,
        labels,
        **side,
        ncols=columns,
        fontsize=size,
        borderaxespad=0.2,
        borderpad=0.2,
        handlelength=1.6,
        columnspacing=1.0,
        handletextpad=0.5,
        labelspacing=0.3,
    )


def rows_that_fit(ax, *, lines: int = 1) -> int:
    """How many rows with so many lines of words each the height of the figure holds."""
    return int(72 * 0.75 * ax.figure.get_figure(root=True).get_size_inches()[1] / (1.3 * lines * text_size(ax)))


def name_rows(ax, names, beneath=None, *, least: int = 0) -> None:
    """Name the rows 0, 1, … of a picture, the first at the top; with a second line where there is room for it.

    Parameters
    ----------
    beneath : words of the second lines
    least : rows the height is laid out for at least, so that the bars of one row do not fill the page
    """
    most = 20 if narrow(ax) else 30
    names = [name if len(name) <= most else name[: most - 1] + "…" for name in map(str, names)]
    if beneath is not None and len(names) <= rows_that_fit(ax, lines=2):
        names = [f"{name}\n{words}" if words else name for name, words in zip(names, beneath, strict=True)]
    spare = max(0.0, (least - len(names)) / 2)
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.5 + spare, -0.5 - spare)
    ax.tick_params(axis="y", length=0)
    write_axis(ax.yaxis, "")


def label_ends(ax, labels) -> None:
    """Name series at the right edge of the axes, next to where they end and clear of one another.

    Parameters
    ----------
    labels : (x, y, words, colour) of every series, x and y where it ends; limits and scales must be final
    """
    figure = ax.figure.get_figure(root=True)
    line = 1.3 * text_size(ax) / (72 * figure.get_size_inches()[1] * ax.get_position().height)
    to_axes = ax.transData + ax.transAxes.inverted()
    labels = sorted(labels, key=lambda label: label[1])
    ends = [to_axes.transform((x, y)) for x, y, *_ in labels]
    heights = _apart([end[1] for end in ends], [line * (1 + words.count("\n")) for _, _, words, _ in labels])
    for (_, _, words, colour), end, height in zip(labels, ends, heights, strict=True):
        far = abs(height - end[1]) > line / 2 or end[0] < 0.97
        lead = {"arrowstyle": "-", "color": colour, "linewidth": 0.6, "shrinkA": 0, "shrinkB": 2}
        ax.annotate(
            words, xy=end, xytext=(1.035, height), xycoords="axes fraction", textcoords="axes fraction",
            ha="left", va="center", fontsize=text_size(ax), color=TEXT.get(colour, colour), annotation_clip=False,
            arrowprops=lead if far else None,
        )  # fmt: skip


def _apart(wanted: list[float], sizes: list[float]) -> list[float]:
    """Positions nearest to those wanted (ascending) at which things of these sizes do not overlap.

    >>> _apart([0, 1, 1, 5], [1, 1, 1, 1])
    [-0.333, 0.667, 1.667, 5.0]
    """
    blocks: list[tuple[list[float], list[float]]] = []  # of each block: sizes, and where each member wants it to start
    for at, size in zip(wanted, sizes, strict=True):
        blocks.append(([size], [at - size / 2]))
        while len(blocks) > 1 and _start(blocks[-2]) + sum(blocks[-2][0]) > _start(blocks[-1]):
            lengths, starts = blocks.pop()
            before = sum(blocks[-1][0])
            blocks[-1] = (blocks[-1][0] + lengths, blocks[-1][1] + [start - before for start in starts])
    placed = []
    for block in blocks:
        at = _start(block)
        for size in block[0]:
            placed.append(round(at + size / 2, 3))
            at += size
    return placed


def _start(block: tuple[list[float], list[float]]) -> float:
    return sum(block[1]) / len(block[1])
