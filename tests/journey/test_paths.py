"""Distinct paths: what the engine packs is what a reader would write down journey by journey."""

from __future__ import annotations

from collections import defaultdict
from itertools import groupby

import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxlab.errors import ParameterError
from cxlab.journey.log import read_log
from cxlab.journey.paths import distinct_paths, states_by_period

STAGES = {"A": "Awareness", "B": "Consideration", "C": "Consideration", "G": "Purchase"}


def log_of(journeys: list[str], *, goal="G", days: list[list[float]] | None = None):
    """A log of journeys written as words, a letter a contact, a day between two."""
    rows = []
    for i, word in enumerate(journeys):
        at = days[i] if days else range(len(word))
        rows += [(f"c{i}", letter, pd.Timestamp("2026-01-01") + pd.Timedelta(days=d)) for letter, d in zip(word, at)]  # noqa: B905
    table = pd.DataFrame(rows, columns=["customer_id", "touchpoint", "timestamp"]).sample(frac=1, random_state=1)
    held = {name: stage for name, stage in STAGES.items() if name in set("".join(journeys))}
    return read_log(ibis.memtable(table), stages=held, goal=goal)


def written(paths) -> dict[str, tuple[int, int]]:
    """Journeys and conversions by path, as words."""
    return {
        "".join(paths.labels[c] for c in codes if c >= 0): (int(n), int(k))
        for codes, n, k in zip(paths.codes, paths.weight, paths.converted, strict=True)
    }


def by_hand(journeys: list[str], *, longest: int, collapse: bool, until_goal: bool) -> dict[str, tuple[int, int]]:
    found = defaultdict(lambda: [0, 0])
    for word in journeys:
        path = word.partition("G")[0] if until_goal else word
        path = "".join(letter for letter, _ in groupby(path)) if collapse else path
        found[path[:longest]][0] += 1
        found[path[:longest]][1] += "G" in word
    return {path: tuple(counts) for path, counts in found.items()}


@pytest.fixture(scope="module")
def journeys() -> list[str]:
    rng = np.random.default_rng(2)
    return ["".join(rng.choice(list("ABCG"), n, p=[0.4, 0.3, 0.2, 0.1])) for n in rng.integers(1, 10, 300)]


@pytest.fixture(scope="module")
def log(journeys):
    return log_of(journeys)


@pytest.mark.parametrize("longest", [1, 3, 30])
@pytest.mark.parametrize("collapse", [False, True])
@pytest.mark.parametrize("until_goal", [False, True])
def test_paths_are_those_written_by_hand(log, journeys, longest, collapse, until_goal):
    options = {"longest": longest, "collapse": collapse, "until_goal": until_goal}
    paths = distinct_paths(log, **options)
    assert written(paths) == by_hand(journeys, **options)
    assert paths.n_distinct == len(paths)
    assert paths.coverage == 1
    assert (np.diff(paths.weight) <= 0).all()


@given(st.lists(st.text("ABCG", min_size=1, max_size=9), min_size=1, max_size=12))
@settings(max_examples=8, deadline=None)
def test_any_log_gives_paths_that_account_for_every_journey(journeys):
    goal = "G" if "G" in "".join(journeys) else None
    paths = distinct_paths(log_of(journeys, goal=goal), collapse=True)
    assert paths.journeys.sum() == len(journeys)
    assert paths.converted.sum() == sum("G" in word for word in journeys)


def test_paths_longer_than_a_number_holds():
    """A hundred steps of four states need several packed numbers."""
    rng = np.random.default_rng(3)
    words = ["".join(rng.choice(list("ABC"), 100)) + "G" for _ in range(5)]
    assert written(distinct_paths(log_of(words), longest=100)) == {word[:100]: (1, 1) for word in words}


def test_a_journey_that_goes_on_is_counted_as_cut():
    paths = distinct_paths(log_of(["ABCA", "ABG", "AB"]), longest=2, until_goal=False)
    assert paths.n_cut == 2
    assert written(paths) == {"AB": (3, 1)}


def test_stages_as_states():
    paths = distinct_paths(log_of(["ABCG", "ACBG", "AB"]), of="stage", collapse=True)
    assert [paths.words(i) for i in range(len(paths))] == ["Awareness → Consideration"]
    assert (paths.weight, paths.converted) == ([3], [2])


def test_a_goal_at_the_first_contact_and_times_until_the_goal():
    paths = distinct_paths(log_of(["GA", "ABG", "AB"], days=[[0, 9], [0, 2, 5], [0, 1]]))
    by_words = {paths.words(i): i for i in range(len(paths))}
    assert by_words.keys() == {"(straight to the goal)", "A → B"}
    assert paths.seconds[by_words["(straight to the goal)"]] == 0
    assert paths.seconds[by_words["A → B"]] == (5 + 1) / 2 * 86_400


def test_without_a_goal_paths_are_whole():
    paths = distinct_paths(log_of(["ABG", "AB"], goal=None))
    assert written(paths) == {"ABG": (1, 0), "AB": (1, 0)}
    assert not paths.until_goal


def test_a_bounded_number_is_fetched_and_stands_for_all():
    rng = np.random.default_rng(1)
    words = ["".join(rng.choice(list("ABC"), 6)) for _ in range(300)] + ["AB"] * 50 + ["BG"] * 30
    log = log_of(words)
    whole, part = distinct_paths(log), distinct_paths(log, most=40)
    assert len(part) <= 40 < whole.n_distinct == part.n_distinct
    assert part.coverage == part.weight.sum() / 380 < 1
    assert part.journeys.sum() == pytest.approx(380)
    assert (part.stands_for[:20] == 1).all() and part.stands_for.max() > 1
    assert part.effective < whole.effective == 380
    np.testing.assert_array_equal(part.codes[:20], whole.codes[:20])


def test_value_of_customers_is_summed_by_path():
    log = log_of(["AB", "AB", "C"], goal=None)
    value = ibis.memtable(pd.DataFrame({"customer_id": ["c0", "c1", "c0"], "value": [5.0, 2.0, 1.0]}))
    paths = distinct_paths(log, value=value)
    assert dict(zip(written(paths), paths.value, strict=True)) == {"AB": 8.0, "C": 0.0}


def test_states_by_period_hold_on_until_the_log_ends():
    """Weeks since the first contact: the last contact of a week, then what was, up to the end of the log (day 20)."""
    log = log_of(["AB", "ABG", "C"], days=[[0, 15], [0, 1, 20], [14]])
    weeks = states_by_period(log, period="week", periods=4, of="touchpoint")
    assert written(weeks) == {"AAB": (1, 0), "BBG": (1, 1), "C": (1, 0)}
    quiet = states_by_period(log, period="week", periods=4, of="touchpoint", quiet=True)
    assert [quiet.words(i) for i in range(3)].count("A → (no contact) → B") == 1
    assert states_by_period(log, period="week", periods=2).codes.shape == (3, 2)


@pytest.mark.parametrize(
    ("options", "words"),
    [({"longest": 0}, "longest = 0"), ({"of": "channel"}, "unknown states 'channel'"), ({"most": 1}, "most = 1")],
)
def test_options_that_make_no_sense_are_named(options, words):
    with pytest.raises(ParameterError, match=words):
        distinct_paths(log_of(["AB"], goal=None), **options)
