"""A widget in a live notebook: its controls as ipywidgets, all reached by keyboard, the picture redrawn in place."""

from __future__ import annotations

import io
from base64 import b64encode
from html import escape

from cxlab.errors import CxlabError
from cxlab.learn.widgets.frame import Control, Seen, Widget
from cxlab.style import figure_style

#: class of a widget that is live
LIVE = "cxlab-live"
#: names that are buttons beside each other; more are a list, which is one stop of the tab key and one line
BUTTONS = 8
#: which of two outputs of a cell is seen: JupyterLab says "model not found" where a saved widget's kernel is gone, and
#: takes no other part of the same output instead. It names the kind of every output but that of widgets.
_ONE_OF_TWO = f"""<style>
.jp-OutputArea:has(.{LIVE}) > .jp-OutputArea-child:has(.cxlab-still) {{ display: none; }}
.jp-OutputArea:has(.cxlab-still):not(:has(.{LIVE}))
  > .jp-OutputArea-child:not(:has([data-mime-type])) {{ display: none; }}
</style>"""


def show(live, *, still: str, words: str) -> None:
    """Show a live widget, and keep a picture for the day when the notebook is opened without its kernel.

    Parameters
    ----------
    live : an ipywidget of class `LIVE`
    still : HTML of the picture; words : plain text of the widget, for those who show neither
    """
    from IPython.display import display

    bundle = live._repr_mimebundle_()
    display(bundle | {"text/plain": words}, raw=True)
    kept = f'{_ONE_OF_TWO}<div class="cxlab-still">{still}</div>'
    display({"text/html": kept, "text/plain": ""}, raw=True)


def box(widget: Widget):
    """Controls above, picture and sentence below; every move redraws it."""
    import ipywidgets as widgets

    fields = {control.name: _field(control) for control in widget.controls}
    choices = {name: field for name, (field, row) in fields.items()}
    shown = widgets.HTML(layout={"width": "auto"})

    def redraw(_change=None):
        try:
            shown.value = html(widget.move(**{c.name: _value(c, choices[c.name].value) for c in widget.controls}))
        except CxlabError as problem:  # what cannot be shown is said where the picture stood
            shown.value = f"<pre>{escape(str(problem))}</pre>"

    for choice in choices.values():
        choice.observe(redraw, names="value")
    redraw()
    rows = [row for _, row in fields.values()]
    whole = widgets.VBox([widgets.Box(rows, layout={"flex_flow": "row wrap", "width": "auto"}), shown])
    whole.add_class(LIVE)
    whole.choices, whole.shown = choices, shown
    return whole


def _field(control: Control):
    """What holds the value of a control, and the row that shows it.

    JupyterLab takes arrow keys for itself wherever nothing can be typed, and the handle of a slider has no name that a
    screen reader could say. So a number stands in a field with a label, in which arrow keys count, and the slider
    beside it is for the mouse; a few names are buttons, many a list: open (space bar, enter) it has the keys to itself.
    """
    import ipywidgets as widgets

    how = {"description": control.label, "style": {"description_width": "auto"}}
    apart = {"margin": "0 1.4em 0 0"}
    if isinstance(control.start, bool):
        mark = widgets.Checkbox(control.start, indent=False, layout={"width": "max-content"} | apart, **how)
        return mark, mark
    if len(control.names) > BUTTONS:
        names = widgets.Dropdown(
            options=control.names, value=control.start, layout={"width": "max-content"} | apart, **how
        )
        return names, names
    if isinstance(control.start, str):
        how["style"] |= {"button_width": "auto"}
        names = widgets.ToggleButtons(options=control.names, value=control.start, layout={"width": "100%"}, **how)
        return names, names
    ends = {"min": control.low, "max": control.high, "step": control.step, "value": control.start}
    if control.factor == 1 and all(isinstance(end, int) for end in ends.values()):
        kinds = widgets.BoundedIntText, widgets.IntSlider
    else:
        kinds = widgets.BoundedFloatText, widgets.FloatSlider
        ends = {name: round(end * control.factor, 6) for name, end in ends.items()}
    number = kinds[0](**ends, **how, layout={"width": "max-content"})
    # redrawn when the handle comes to rest
    slider = kinds[1](**ends, continuous_update=False, readout=False, layout={"width": "8em"})
    widgets.jslink((number, "value"), (slider, "value"))
    return number, widgets.HBox([number, slider], layout=apart)


def _value(control: Control, shown):
    """What a field means: a share for its per cent."""
    return shown if control.factor == 1 else round(shown / control.factor, 9)


def html(seen: Seen, note: str = "") -> str:
    """Picture with its words, as HTML; a small `note` below the picture."""
    return picture(png(seen.figure(note)), title=seen.title, text=seen.text)


def picture(image: bytes, *, title: str, text: str) -> str:
    """A PNG as HTML, with a `title` for those who do not see it and a `text` below it."""
    data = b64encode(image).decode()
    return (
        f'<figure style="margin: 0"><img alt="{escape(title)}" src="data:image/png;base64,{data}" '
        f'style="max-width: 100%"><figcaption style="line-height: 1.4; max-width: 46em">{escape(text)}'
        "</figcaption></figure>"
    )


def png(figure) -> bytes:
    """A picture drawn quickly: not as small as those that are kept."""
    file = io.BytesIO()
    with figure_style():
        figure.savefig(file, format="png", dpi=110, metadata={"Software": None})
    return file.getvalue()
