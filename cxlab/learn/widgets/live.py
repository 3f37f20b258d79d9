"""A widget in a live notebook: its controls as ipywidgets, all reached by keyboard, the picture redrawn in place."""

from __future__ import annotations

import io
from base64 import b64encode
from html import escape

from cxlab.errors import CxlabError
from cxlab.learn.widgets.frame import Control, Seen, Widget
from cxlab.style import figure_style


def box(widget: Widget):
    """Controls above, picture and sentence below; every move redraws it."""
    import ipywidgets as widgets

    choices, rows = {}, []
    for control in widget.controls:
        choices[control.name], row = _choice(control)
        rows.append(row)
    shown = widgets.HTML(layout={"width": "auto"})

    def redraw(_change=None):
        try:
            shown.value = html(widget.move(**{name: choice.value for name, choice in choices.items()}))
        except CxlabError as problem:  # what cannot be shown is said where the picture stood
            shown.value = f"<pre>{escape(str(problem))}</pre>"

    for choice in choices.values():
        choice.observe(redraw, names="value")
    redraw()
    whole = widgets.VBox([widgets.Box(rows, layout={"flex_flow": "row wrap", "width": "auto"}), shown])
    whole.choices, whole.shown = choices, shown
    return whole


def _choice(control: Control):
    """What holds the value, and the row that shows it.

    The handle of a slider has no name that a screen reader could say, and tells its position instead of its value. So
    numbers stand in a list with a label, and the slider beside it is another way to move the same.
    """
    import ipywidgets as widgets

    how = {"description": control.label, "style": {"description_width": "auto"}}
    if isinstance(control.start, bool):
        box = widgets.Checkbox(control.start, indent=False, **how)
        return box, box
    if isinstance(control.start, str):
        names = widgets.Dropdown(options=control.values, value=control.start, layout={"width": "max-content"}, **how)
        return names, names
    options = [(control.write(value), value) for value in control.values]
    layout = {"width": "max-content"}
    values = widgets.Dropdown(options=options, value=control.start, layout=layout, **how)
    # redrawn when the handle comes to rest, and at every press of an arrow key
    slider = widgets.SelectionSlider(
        options=options, value=control.start, continuous_update=False, readout=False, layout={"width": "9em"}
    )
    widgets.jslink((values, "index"), (slider, "index"))
    return values, widgets.HBox([values, slider], layout={"margin": "0 1.2em 0 0"})


def html(seen: Seen) -> str:
    """Picture with its words, as HTML."""
    data = b64encode(png(seen.figure())).decode()
    return (
        f'<figure style="margin: 0"><img alt="{escape(seen.title)}" src="data:image/png;base64,{data}" '
        f'style="max-width: 100%"><figcaption style="line-height: 1.4; max-width: 46em">{escape(seen.text)}'
        "</figcaption></figure>"
    )


def png(figure) -> bytes:
    """A picture drawn quickly: not as small as those that are kept."""
    file = io.BytesIO()
    with figure_style():
        figure.savefig(file, format="png", dpi=110, metadata={"Software": None})
    return file.getvalue()
