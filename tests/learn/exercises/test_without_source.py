"""Data under the GPL come with the source only: the one exercise on them says so, the others of the lesson work."""

from dataclasses import replace

import pytest

from cxlab.data import catalog
from cxlab.errors import DataError
from cxlab.learn.exercises import exercise
from cxlab.learn.exercises.subjects import wtp


def test_without_the_trips_only_the_exercise_on_them_stops(monkeypatch):
    there = [name for name in catalog.datasets() if name != "train_trips"]
    monkeypatch.setattr(catalog, "datasets", lambda: there)
    wtp._trips.cache_clear()
    hour = replace(exercise("wtp-02"))  # one that has remembered nothing yet
    for asked in (hour.data, lambda: hour.check(-1e6)):
        with pytest.raises(DataError, match="source of cxlab only"):
            asked()
    assert "not attempted" in repr(hour.check(...)) and hour.hint() and hour.solution()
    assert len(exercise("wtp-01").data())
    assert "too few" in exercise("wtp-03").check("Ask them.").message
