"""A picture shows itself in a notebook, at the size it was asked for, and leaves pyplot alone."""

from io import BytesIO

import matplotlib.pyplot as plt
from IPython.core.formatters import DisplayFormatter
from PIL import Image

from cxlab.style import new_axes


def test_a_notebook_shows_a_figure_as_a_sharp_png_of_its_size():
    before = plt.get_fignums()
    ax = new_axes(width=5, height=2)
    ax.plot([0, 1])
    data, metadata = DisplayFormatter().format(ax.figure)
    assert metadata["image/png"] == {"width": 480, "height": 192}
    assert Image.open(BytesIO(data["image/png"])).size == (720, 288)
    assert plt.get_fignums() == before


def test_axes_side_by_side_share_a_figure():
    left, right = new_axes(width=8, columns=2)
    assert left.figure is right.figure and left.get_position().x1 < right.get_position().x0
