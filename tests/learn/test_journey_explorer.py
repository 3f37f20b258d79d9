"""The explorer shows by controls what `view` returns without them, and nothing random where no one looks."""

from html import escape

import ibis
import numpy as np
import pandas as pd
import pytest

from cxlab.errors import ParameterError
from cxlab.finding import MIME
from cxlab.journey import read_log
from cxlab.journey.map import journey_map
from cxlab.learn.journey_explorer import JourneyExplorer, part_of
from cxlab.learn.widgets.live import BUTTONS

VIEW = "application/vnd.jupyter.widget-view+json"

STAGES = {"Search": "Awareness", "Website": "Consideration", "Checkout": "Purchase", "Help desk": "Service"}


@pytest.fixture(scope="module")
def contacts():
    rng = np.random.default_rng(5)
    rows = []
    for i in range(40):
        kind = "ab"[i % 2]
        names = ["Search", "Website", "Website", "Checkout", "Help desk"][: rng.integers(1, 6 if kind == "a" else 5)]
        for day, name in enumerate(names, start=1):
            rows.append({"customer_id": i, "timestamp": pd.Timestamp(2026, 1, day), "touchpoint": name, "kind": kind})
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def explorer(contacts):
    return JourneyExplorer(ibis.memtable(contacts), stages=STAGES, persona="kind", goal="Checkout")


def test_a_persona_alone_has_the_map_of_a_log_of_its_own(contacts):
    log = read_log(ibis.memtable(contacts), stages=STAGES, persona="kind", goal="Checkout")
    for code, kind in enumerate(log.personas):
        part = part_of(log, code)
        alone = read_log(ibis.memtable(contacts[contacts["kind"] == kind]), stages=STAGES, goal="Checkout")
        pd.testing.assert_frame_equal(journey_map(part).table, journey_map(alone).table)
        assert (part.n_customers, part.n_journeys, part.n_contacts, part.labels, part.goal, part.period) == (
            alone.n_customers, alone.n_journeys, alone.n_contacts, alone.labels, alone.goal, alone.period
        )  # fmt: skip
    assert "Help desk" not in part.labels  # nobody of this kind met it


def test_every_control_shows_what_view_returns(explorer):
    live = explorer.live()
    choices, pictures = live.choices, [live.shown.value]
    assert [choice.description for choice in choices.values()] == [control.label for control in explorer.controls]

    def shown(title: str, words: str) -> None:
        """The picture is one that was not there before, with this title, and these words below it."""
        assert live.shown.value not in pictures and "data:image/png;base64," in live.shown.value
        assert f'alt="{escape(title)}"' in live.shown.value and escape(words) in live.shown.value
        pictures.append(live.shown.value)

    assert "Most journeys end at" in live.shown.value
    choices["persona"].value = "b"
    view = explorer.view(persona="b", goal="Checkout")
    shown(view.map.title, view.text)
    choices["goal"].value = "Website"
    view = explorer.view(persona="b", goal="Website")
    shown(view.map.title, view.text)
    choices["goal"].value, choices["touchpoint"].value = "Checkout", "Website"
    choices["less"].value = 50
    view = explorer.view(persona="b", goal="Checkout", touchpoint="Website", less=0.5)
    assert view.what_if.table.loc[0, "difference"] > 0
    shown(view.map.title, view.text)
    choices["picture"].value = "what if"
    shown(view.what_if.title, view.what_if.text)
    choices["picture"].value, choices["persona"].value = "graph", "all"
    view = explorer.view(goal="Checkout", touchpoint="Website", less=0.5)
    shown(view.transitions.title, view.transitions.text)
    choices["top"].value = 3
    shown(view.transitions.title, view.transitions.text)


def test_what_is_moved_without_a_kernel_is_the_same(explorer):
    moved = explorer.move(picture="what if", touchpoint="Website", less=0.5)
    view = explorer.view(touchpoint="Website", less=0.5)
    pd.testing.assert_frame_equal(moved.table, view.what_if.table)
    assert moved.text == view.what_if.text and moved.settings["goal"] == explorer.goals[0]
    with pytest.raises(ParameterError, match="unknown less friction at 'Till'"):
        explorer.move(touchpoint="Till")


def test_the_title_and_the_note_leave_the_picture_as_large_as_it_was(explorer):
    for picture in ("map", "graph"):
        plain, titled = explorer.view().figure(picture), explorer.move(picture=picture).figure("A note")
        sizes = [figure.axes[0].get_window_extent().size for figure in (plain, titled)]
        np.testing.assert_allclose(*sizes)
        inside = titled.axes[0].get_window_extent()
        title, note = (text.get_window_extent() for text in titled.texts[-2:])
        assert note.y1 <= inside.y0 and inside.y1 <= title.y0


def test_what_cannot_be_shown_is_said_in_place(explorer):
    live = explorer.live()
    before = live.shown.value
    live.choices["picture"].value = "what if"
    assert "nothing is changed" in live.shown.value
    live.choices["picture"].value = "map"
    assert live.shown.value == before


def test_what_has_one_name_is_no_choice_and_many_names_are_a_list(explorer):
    names = [f"Place {n}" for n in range(BUTTONS)]
    rows = [{"customer_id": i, "timestamp": pd.Timestamp(2026, 1, day + 1), "touchpoint": name}
            for i in range(3) for day, name in enumerate(names)]  # fmt: skip
    log = read_log(ibis.memtable(pd.DataFrame(rows)), stages=dict.fromkeys(names, "Purchase"), goal=names[-1])
    choices = JourneyExplorer(log).live().choices
    assert list(choices) == ["picture", "touchpoint", "less", "top"]
    # a list is one stop of the tab key, and open it has the arrow keys to itself
    assert type(choices["touchpoint"]).__name__ == "Dropdown"
    assert type(explorer.live().choices["touchpoint"]).__name__ == "ToggleButtons"


def test_outside_a_live_notebook_it_is_a_picture_and_words(explorer, monkeypatch):
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    data, _ = explorer._repr_mimebundle_()
    again, _ = explorer._repr_mimebundle_()
    assert data == again and set(data) == {"text/plain", "image/png", MIME}
    assert explorer.view().map.title in data["text/plain"] and repr(explorer) in data["text/plain"]


def test_in_a_live_notebook_it_is_shown_with_a_picture_for_later(explorer, monkeypatch):
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.utils.capture import capture_output

    monkeypatch.setenv("JPY_SESSION_NAME", "lesson.ipynb")
    InteractiveShell.instance()
    try:
        with capture_output() as captured:
            explorer._ipython_display_()
    finally:
        InteractiveShell.clear_instance()
    live, kept = (output.data for output in captured.outputs)
    assert VIEW in live and 'class="cxlab-still"' in kept["text/html"] and "data:image/png;base64," in kept["text/html"]


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ({"persona": "c"}, "unknown persona 'c'"),
        ({"goal": "Checkuot"}, "unknown goal 'Checkuot'"),
        ({"touchpoint": "Till"}, "unknown touchpoint 'Till'"),
        ({"less": 30}, "less = 30"),
    ],
)
def test_a_choice_that_there_is_not_is_named(explorer, choice, message):
    with pytest.raises(ParameterError, match=message):
        explorer.view(**choice)
