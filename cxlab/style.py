"""One look for every picture: the palette by name, and the figure style applied where a figure is made."""

from __future__ import annotations

from contextlib import contextmanager

INK, MUTED, LINE, SAND = "#22303C", "#5B6770", "#D8DDE1", "#F3EFE8"
BLUE, ORANGE, TEAL = "#1F6FB2", "#D9642C", "#1B8A7A"
PALE_BLUE, PALE_ORANGE, PALE_TEAL = "#BCD5EA", "#F3CDBB", "#BFE0DB"

#: what each colour says, in every picture: what pays, what leaves, how it feels, and what is only there to compare with
MEANING = {"pays": BLUE, "leaves": ORANGE, "feels": TEAL, "compare": MUTED}
#: line styles and markers that tell series apart without colour, in the order they are given out
DASHES = ("-", "--", ":", "-.", (0, (5, 1, 1, 1, 1, 1)))
MARKERS = ("o", "s", "^", "D", "v")

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


def new_axes(*, width: float = 7.0, height: float = 4.0):
    """A figure with one pair of axes in the style of cxlab, not registered with pyplot (so nothing leaks).

    Returns
    -------
    matplotlib.axes.Axes; its figure is ``axes.figure``.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with figure_style():
        figure = Figure(figsize=(width, height), layout="constrained")
        FigureCanvasAgg(figure)
        return figure.add_subplot()
