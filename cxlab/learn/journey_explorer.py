"""Explore a journey: choose persona, goal and a touchpoint with less friction, and see map and graph change in place.

Whatever the widgets show, `JourneyExplorer.view` returns without them. Outside a live notebook (a saved, tested or
printed one) an explorer shows the picture it begins with, the same bytes at every run.
"""

from __future__ import annotations

import io
import os
from dataclasses import dataclass, replace
from functools import lru_cache
from html import escape

import ibis
import pandas as pd
from ibis import _

from cxlab.errors import CxlabError, DataError, ParameterError, unknown
from cxlab.finding import Finding
from cxlab.journey import Log, read_log
from cxlab.journey.emotion import emotional_curve
from cxlab.journey.loss import recoverable_loss
from cxlab.journey.map import journey_map
from cxlab.journey.moments import moments_of_truth
from cxlab.journey.transitions import transitions
from cxlab.journey.what_if import what_if

ALL = "all"
#: what can be shown, and inches across
PICTURES = {"map": 9.6, "graph": 9.0, "what if": 7.0}
#: lower lanes than in a report, so that the map and its choices fill one screen
_TALL = 0.6
_DRAWS = 500


@dataclass(frozen=True)
class View:
    """What an explorer shows: the findings and the choices behind them.

    Parameters
    ----------
    map : Finding "journey.map"
    transitions : Finding "journey.transitions"
    what_if : Finding "journey.what_if"; None where nothing is changed
    top : transitions drawn in the graph
    """

    log: Log
    map: Finding
    transitions: Finding
    what_if: Finding | None
    top: int

    @property
    def text(self) -> str:
        """The sentences of the map and, where something is changed, of the what-if."""
        return " ".join([self.map.text, *([self.what_if.text] if self.what_if else [])])

    def figure(self, picture: str = "map", *, width: float | None = None):
        """The figure of one of `PICTURES`, `width` inches across."""
        from cxlab.journey import charts
        from cxlab.style import new_axes

        if picture not in PICTURES:
            raise unknown("picture", picture, PICTURES)
        if picture == "what if" and self.what_if is None:
            raise ParameterError(
                "nothing is changed: there is no what-if to draw.", expected="a touchpoint with less friction"
            )
        ax = new_axes(width=width or PICTURES[picture])
        if picture == "graph":
            label = "simulated" if self.log.simulated else ""
            return charts.draw_graph(
                ax, self.transitions.table, self.log.touchpoints, top=self.top, label=label
            ).figure.get_figure(root=True)  # fmt: skip
        if picture == "map":
            return self.map.draw(ax, tall=_TALL).figure.get_figure(root=True)
        return self.what_if.plot(ax).figure.get_figure(root=True)


class JourneyExplorer:
    """Map, graph and what-if of a log, with widgets to choose by.

    Parameters
    ----------
    source : what `read_log` takes
    value : money that a conversion is worth; without it the map shows no money
    options : further options of `read_log` (persona, stages, columns, per)

    >>> from cxlab.journey.examples import small_log
    >>> explorer = JourneyExplorer(small_log())
    >>> explorer.personas, explorer.touchpoints[-1]
    (('all',), 'Help desk')
    >>> changed = explorer.view(touchpoint="Website", less=0.5)
    >>> changed.what_if.table.loc[0, "quantity"]
    'conversion'
    """

    def __init__(self, source, *, value: float | None = None, **options):
        self._source, self._value, self._options = source, value, options
        self._first = source if isinstance(source, Log) else read_log(source, **options)
        self._log = lru_cache(maxsize=16)(self._read)
        self.view = lru_cache(maxsize=64)(self._view)

    @property
    def personas(self) -> tuple[str, ...]:
        """The groups of customers there are; "all" stands for everybody."""
        return (ALL, *self._first.personas)

    @property
    def goals(self) -> tuple[str, ...]:
        """What may count as conversion; that of the log first. A log that is read already keeps its own."""
        own = self._first.goal_name
        if isinstance(self._source, Log):
            return (own,)
        return tuple(dict.fromkeys([own, *self._first.stages, *self._first.labels]))

    @property
    def touchpoints(self) -> tuple[str, ...]:
        """The touchpoints there are, in the order of the journey."""
        return tuple(self._first.labels)

    def _read(self, persona: str, goal: str) -> Log:
        """The log with a goal, of one group of customers."""
        log = self._first
        if goal != log.goal_name:
            if goal not in self.goals:
                raise unknown("goal", goal, self.goals)
            log = read_log(self._source, **self._options | {"goal": goal})
        if persona == ALL:
            return log
        if persona not in log.personas:
            raise unknown("persona", persona, self.personas)
        return part_of(log, log.personas.index(persona))

    def _view(
        self, *, persona: str = ALL, goal: str | None = None, top: int = 12, touchpoint: str = "", less: float = 0.0
    ) -> View:
        """What the widgets show, without them; remembered.

        Parameters
        ----------
        persona, goal : one of `personas` and `goals`
        top : transitions in the graph
        touchpoint, less : where friction is less, and by which share fewer customers go no further (0 … 1)

        Raises
        ------
        ParameterError : a choice that there is not.
        """
        if not 0 <= less <= 1:
            raise ParameterError(f"less = {less}.", expected="a share, 0 … 1")
        log = self._log(persona, self._first.goal_name if goal is None else goal)
        if touchpoint and touchpoint not in log.labels:
            raise unknown("touchpoint", touchpoint, log.labels)
        change = {touchpoint: {"drop_off": 1 - less}} if touchpoint and less else None
        emotion = _if_it_can(emotional_curve, log)
        moments = _if_it_can(moments_of_truth, log)
        priced = self._value and log.goal
        loss = _if_it_can(recoverable_loss, log, value=self._value, draws=_DRAWS) if priced else None
        found = journey_map(log, emotion=emotion, loss=loss, moments=moments, to_be=change)
        other = what_if(log, change, value=self._value, draws=_DRAWS) if change and log.goal else None
        return View(log, found, transitions(log), other, top)

    def widget(self):
        """Choices above, the picture below, one screen high; every choice redraws the picture in place."""
        return _widget(self)

    def _repr_mimebundle_(self, include=None, exclude=None):
        if "JPY_SESSION_NAME" in os.environ:  # a notebook somebody looks at; runs and tests have no such session
            return self.widget()._repr_mimebundle_(include=include, exclude=exclude)
        view = self.view()
        data, metadata = view.figure()._repr_png_()
        return {"text/plain": f"{view.map.title}\n{view.text}", "image/png": data}, {"image/png": metadata}


def _if_it_can(measure, log: Log, **options) -> Finding | None:
    """A measure, where the log has what it needs; the map says what is not measured."""
    try:
        return measure(log, **options)
    except (DataError, ParameterError):
        return None


def part_of(log: Log, persona: int) -> Log:
    """The journeys of one persona, with the touchpoints that they meet.

    Raises
    ------
    ParameterError : no contact is theirs.
    """
    events = log.events.filter(_.persona == persona)
    seen = events.group_by("touchpoint").agg(
        contacts=_.count(), starts=(_.step == 1).cast("int64").sum(),
        first=_["at"].min(), last=_["at"].max(),
    ).execute().set_index("touchpoint").sort_index()  # fmt: skip
    if seen.empty:
        raise ParameterError(f"no contact is of persona {log.personas[persona]!r}.", expected="a persona with contacts")
    kept = [int(code) for code in seen.index]
    place = {code: new for new, code in enumerate(kept)}
    final = ibis.literal([place.get(code, -1) for code in range(len(log.labels))], "array<int16>")
    events = events.mutate(touchpoint=final[events.touchpoint], next_touchpoint=final[events.next_touchpoint]).cache()
    return replace(
        log,
        events=events,
        labels=tuple(log.labels[code] for code in kept),
        stage_of=tuple(log.stage_of[code] for code in kept),
        contacts=tuple(int(n) for n in seen["contacts"]),
        n_contacts=int(seen["contacts"].sum()),
        n_journeys=int(seen["starts"].sum()),
        n_customers=int(events.customer_id.nunique().execute()),
        start=pd.Timestamp(seen["first"].min()),
        end=pd.Timestamp(seen["last"].max()),
        goal=frozenset(place[code] for code in log.goal if code in place),
        ties=min(log.ties, int(seen["contacts"].sum())),
    )


def _widget(explorer: JourneyExplorer):
    import ipywidgets as widgets

    wide = {"style": {"description_width": "auto"}}
    persona = widgets.Dropdown(options=explorer.personas, description="Persona", **wide)
    goal = widgets.Dropdown(options=explorer.goals, description="Goal", **wide)
    picture = widgets.ToggleButtons(options=list(PICTURES), style={"button_width": "70px"})
    top = widgets.IntSlider(12, min=3, max=40, description="Transitions", continuous_update=False, **wide)
    touchpoint = widgets.Dropdown(options=["", *explorer.touchpoints], description="Less friction at", **wide)
    less = widgets.FloatSlider(
        0.3, min=0, max=1, step=0.05, readout_format=".0%", description="by", continuous_update=False, **wide
    )
    image = widgets.Image(format="png", layout={"max_height": "64vh", "object_fit": "contain", "align_self": "center"})
    words = widgets.HTML(layout={"max_height": "14vh", "overflow": "auto"})
    choices = {"persona": persona, "goal": goal, "top": top, "touchpoint": touchpoint, "less": less}

    def redraw(_change=None):
        asked = {name: choice.value for name, choice in choices.items()}
        less.disabled, top.disabled = not touchpoint.value, picture.value != "graph"
        try:
            view = explorer.view(**asked | {"less": asked["less"] if touchpoint.value else 0.0})
            image.value = _png(view.figure(picture.value))
            words.value = f'<div style="line-height: 1.35"><b>{escape(view.map.title)}</b><br>{escape(view.text)}</div>'
        except CxlabError as problem:  # what cannot be shown is said where the words stand; the picture stays
            words.value = f"<pre>{escape(str(problem))}</pre>"

    for choice in (*choices.values(), picture):
        choice.observe(redraw, names="value")
    redraw()
    rows = [widgets.HBox([picture, persona, goal]), widgets.HBox([touchpoint, less, top])]
    box = widgets.VBox([*rows, image, words])
    box.choices = choices | {"picture": picture}
    box.image, box.words = image, words
    return box


def _png(figure) -> bytes:
    from cxlab.style import figure_style

    file = io.BytesIO()
    with figure_style():
        figure.savefig(file, format="png", metadata={"Software": None})
    return file.getvalue()
