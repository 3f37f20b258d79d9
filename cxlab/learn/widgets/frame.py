"""What every widget has: controls, what is seen when they stand so, and its look with a kernel and without one."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from cxlab.errors import ParameterError, unknown
from cxlab.finding import MIME, Finding
from cxlab.style import INK, MUTED, new_axes
from cxlab.wording import share

#: inches, and the places of one picture and of two beside each other in it (left, bottom, width, height as shares)
SIZE = (7.0, 3.9)
_PLACES = {1: ((0.1, 0.18, 0.86, 0.67),), 2: ((0.08, 0.18, 0.38, 0.67), (0.58, 0.18, 0.38, 0.67))}


@dataclass(frozen=True)
class Control:
    """Something that can be moved.

    Parameters
    ----------
    name : of the keyword of `Widget.move`; label : beside the control
    start : where it stands at first: a number, a name, or true or false
    low, high, step : ends of a number, and how far a press of a key goes
    names : all that a name can be
    factor : a number is shown times this: 100 for per cent
    write : a value in words
    """

    name: str
    label: str
    start: Any
    low: float = 0.0
    high: float = 1.0
    step: float = 0.05
    names: tuple[str, ...] = ()
    factor: float = 1
    write: Callable[[Any], str] = str

    def checked(self, value):
        """The value, if it can be.

        Raises
        ------
        ParameterError : it is beyond the ends, or an unknown name.
        """
        if isinstance(self.start, bool):
            return bool(value)
        if isinstance(self.start, str):
            if value not in self.names:
                raise unknown(self.label.lower(), value, self.names)
        elif not self.low <= value <= self.high:
            raise ParameterError(
                f"{self.name} = {value}.", expected=f"{self.low:g} … {self.high:g}", mend=f"{self.name}={self.start:g}"
            )
        return value


def per_cent(name: str, label: str, start: float, low: float, high: float, step: float = 0.05) -> Control:
    """A control of a share, shown in per cent."""
    return Control(name, f"{label}, %", start, low, high, step, factor=100, write=share)


@dataclass(frozen=True)
class Seen:
    """What is seen at one setting of the controls.

    Parameters
    ----------
    title : what the picture says, above it; text : the same in a sentence or two
    table : the numbers behind it
    draw : takes a list of `columns` axes
    finding : where the numbers are those of a finding, for comparing runs
    settings : values of the controls
    """

    title: str
    text: str
    table: pd.DataFrame
    draw: Callable[[list], None] = field(repr=False)
    columns: int = 1
    finding: Finding | None = field(default=None, repr=False)
    settings: dict[str, Any] = field(default_factory=dict)

    def figure(self, note: str = ""):
        """The picture, with a small `note` below it."""
        axes = new_axes(width=SIZE[0], height=SIZE[1], columns=self.columns)
        axes = [axes] if self.columns == 1 else list(axes)
        figure = axes[0].figure
        # fixed places: looking for good ones takes longer than all the rest, at every move
        figure.set_layout_engine("none")
        for ax, place in zip(axes, _PLACES[self.columns], strict=True):
            ax.set_position(place)
            ax.tick_params(labelsize=9)
        self.draw(axes)
        figure.suptitle(self.title, x=0.02, y=0.97, ha="left", va="top", fontsize=11, fontweight="bold", color=INK)
        if note:
            figure.text(0.02, 0.01, note, fontsize=8, color=MUTED, ha="left", va="bottom")
        return figure

    def _repr_mimebundle_(self, include=None, exclude=None):
        return self._bundle("")

    def _bundle(self, note: str):
        picture, size = self.figure(note)._repr_png_()
        data = {"text/plain": f"{self.title}\n{self.text}", "image/png": picture}
        if self.finding is not None:
            data[MIME] = self.finding.to_dict()
        return data, {"image/png": size}


class Widget:
    """A picture with controls.

    Parameters
    ----------
    name : of the widget; controls : two or three of them
    see : takes a value of every control by name, and gives what is seen
    """

    def __init__(self, name: str, controls: Sequence[Control], see: Callable[..., Seen]):
        self.name, self.controls, self._see = name, tuple(controls), see

    def move(self, **changes) -> Seen:
        """What is seen when controls are moved from where they stand at first: the widget without a mouse.

        Raises
        ------
        ParameterError : there is no such control, or it cannot be set so.
        """
        controls = {control.name: control for control in self.controls}
        for name in changes:
            if name not in controls:
                raise unknown("control", name, controls)
        settings = {name: control.checked(changes.get(name, control.start)) for name, control in controls.items()}
        return replace(self._see(**settings), settings=settings)

    def __repr__(self) -> str:
        moved = ", ".join(f"{c.name} ({c.label}: {c.write(c.start)})" for c in self.controls)
        return f"Widget {self.name!r}: move {moved}"

    def live(self):
        """The controls above, the picture below."""
        from cxlab.learn.widgets.live import box

        return box(self)

    @property
    def _note(self) -> str:
        return f"Run this cell in JupyterLab to move it:  {' · '.join(control.label for control in self.controls)}"

    def _ipython_display_(self):
        if not watched():
            raise NotImplementedError  # IPython then asks for the bundle below
        from cxlab.learn.widgets.live import html, show

        show(self.live(), still=html(self.move(), self._note), words=repr(self))

    def _repr_mimebundle_(self, include=None, exclude=None):
        if watched():
            return self.live()._repr_mimebundle_(include=include, exclude=exclude)
        data, metadata = self.move()._bundle(self._note)
        data["text/plain"] += f"\n{self!r}"
        return data, metadata


def watched() -> bool:
    """Whether somebody looks at this kernel's notebook: runs, tests and refreshed notebooks have no such session."""
    return "JPY_SESSION_NAME" in os.environ
