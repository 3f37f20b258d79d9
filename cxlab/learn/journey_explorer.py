"""Explore a journey: choose persona, goal and a touchpoint with less friction, and see map and graph change in place.

Whatever it shows, `JourneyExplorer.view` returns without controls. Outside a live notebook (a saved, tested or printed
one) an explorer shows the picture it begins with, the same bytes at every run.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import ibis
import pandas as pd
from ibis import _

from cxlab.errors import DataError, ParameterError, unknown
from cxlab.finding import Finding
from cxlab.journey import Log, read_log
from cxlab.journey.emotion import emotional_curve
from cxlab.journey.loss import recoverable_loss
from cxlab.journey.map import journey_map
from cxlab.journey.moments import moments_of_truth
from cxlab.journey.transitions import transitions
from cxlab.journey.what_if import what_if
from cxlab.learn.widgets.frame import Control, Seen, Widget, per_cent
from cxlab.style import INK, MUTED, new_axes

#: everybody; no touchpoint
ALL, NOWHERE = "all", "nowhere"
#: what can be shown, and inches across
PICTURES = {"map": 9.6, "graph": 9.0, "what if": 7.0}
#: lower lanes than in a report, so that the map and its controls fill one screen
_TALL = 0.6
#: inches for a title above a picture and a note below it
_ABOVE, _BELOW = 0.45, 0.3
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
        if picture not in PICTURES:
            raise unknown("picture", picture, PICTURES)
        return self.draw(new_axes(width=width or PICTURES[picture]), picture).figure.get_figure(root=True)

    def draw(self, ax, picture: str):
        """Draw one of `PICTURES` on axes of its own; return them."""
        from cxlab.journey import charts

        if picture == "map":
            return self.map.draw(ax, tall=_TALL)
        if picture == "graph":
            label = "simulated" if self.log.simulated else ""
            return charts.draw_graph(ax, self.transitions.table, self.log.touchpoints, top=self.top, label=label)
        if self.what_if is None:
            raise ParameterError(
                "nothing is changed: there is no what-if to draw.", expected="a touchpoint with less friction"
            )
        return self.what_if.plot(ax)


@dataclass(frozen=True)
class Pictured(Seen):
    """One picture of a `View`, in the size that it has there.

    Parameters
    ----------
    width : inches across; the picture finds its height itself
    """

    width: float = PICTURES["map"]

    def figure(self, note: str = ""):
        """The picture with its title, and a small `note` below it."""
        ax = new_axes(width=self.width)
        self.draw([ax])
        figure = ax.figure
        width, height = figure.get_size_inches()
        below = _BELOW if note else 0.0
        whole = _ABOVE + height + below
        figure.set_size_inches(width, whole)
        # the axes stay as large as they were: what stands in them is measured in points
        left, bottom, across, up = ax.get_position().bounds
        ax.set_position((left, (bottom * height + below) / whole, across, up * height / whole))
        figure.text(0.01, 1 - 0.1 / whole, self.title, fontsize=11, fontweight="bold", color=INK, va="top")
        figure.text(0.01, 0.08 / whole, note, fontsize=8, color=MUTED, va="bottom")
        return figure


class JourneyExplorer(Widget):
    """Map, graph and what-if of a log, with controls to choose by.

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
    >>> explorer.move(picture="what if", touchpoint="Website", less=0.5).table.equals(changed.what_if.table)
    True
    """

    def __init__(self, source, *, value: float | None = None, **options):
        self._source, self._value, self._options = source, value, options
        self._first = source if isinstance(source, Log) else read_log(source, **options)
        self._log = lru_cache(maxsize=16)(self._read)
        self.view = lru_cache(maxsize=64)(self._view)
        controls = [
            Control("picture", "Picture", "map", names=tuple(PICTURES)),
            Control("persona", "Persona", ALL, names=self.personas),
            Control("goal", "Goal", self.goals[0], names=self.goals),
            Control("touchpoint", "Less friction at", NOWHERE, names=(NOWHERE, *self.touchpoints)),
            per_cent("less", "Fewer leave there", 0.3, 0.05, 1.0),
            Control("top", "Transitions in the graph", 12, 3, 40, 1),
        ]
        # what has but one name is no choice
        super().__init__("journey", [c for c in controls if len(c.names) != 1], self._pictured)

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
        """What is shown, without controls; remembered.

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

    def _pictured(self, *, picture: str, touchpoint: str, less: float, top: int, **whose) -> Pictured:
        """What the controls show."""
        changed = {} if touchpoint == NOWHERE else {"touchpoint": touchpoint, "less": less}
        view = replace(self.view(**whose, **changed), top=top)
        shown = {"map": view.map, "graph": view.transitions, "what if": view.what_if}[picture] or view.map
        return Pictured(
            title=shown.title,
            text=view.text if shown is view.map else shown.text,
            table=shown.table,
            draw=lambda axes: view.draw(axes[0], picture),
            finding=shown,
            width=PICTURES[picture],
        )


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
