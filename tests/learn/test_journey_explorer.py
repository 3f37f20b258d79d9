"""The explorer shows by widgets what `view` returns without them, and nothing random where no one looks."""

import ibis
import numpy as np
import pandas as pd
import pytest

from cxlab.errors import ParameterError
from cxlab.journey import read_log
from cxlab.journey.map import journey_map
from cxlab.learn.journey_explorer import JourneyExplorer, part_of

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


def test_every_widget_has_its_twin(explorer):
    box = explorer.widget()
    choices, before = box.choices, bytes(box.image.value)
    assert before.startswith(b"\x89PNG") and "Most journeys end at" in box.words.value
    choices["persona"].value = "b"
    assert explorer.view(persona="b", goal="Checkout").map.title in box.words.value and bytes(box.image.value) != before
    choices["goal"].value = "Website"
    assert explorer.view(persona="b", goal="Website").log.goal_name == "Consideration"
    choices["goal"].value, choices["touchpoint"].value, choices["less"].value = "Checkout", "Website", 0.5
    view = explorer.view(persona="b", goal="Checkout", touchpoint="Website", less=0.5)
    assert view.what_if.table.loc[0, "difference"] > 0 and "50 % less drop-off at Website" in box.words.value
    shown = {bytes(box.image.value)}
    for picture in ("graph", "what if"):
        choices["picture"].value = picture
        shown.add(bytes(box.image.value))
    assert len(shown) == 3


def test_what_cannot_be_shown_is_said_in_place(explorer):
    box = explorer.widget()
    box.choices["picture"].value = "what if"
    assert "nothing is changed" in box.words.value and box.image.value


def test_outside_a_live_notebook_it_is_a_picture_and_words(explorer, monkeypatch):
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    data, _ = explorer._repr_mimebundle_()
    again, _ = explorer._repr_mimebundle_()
    assert data == again and set(data) == {"text/plain", "image/png"}
    monkeypatch.setenv("JPY_SESSION_NAME", "lesson.ipynb")
    assert "application/vnd.jupyter.widget-view+json" in str(explorer._repr_mimebundle_())


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
