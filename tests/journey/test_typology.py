"""Types of journeys: known groups come back, a shapeless heap has none, and those of one chain are found out."""

from __future__ import annotations

from itertools import combinations

import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxlab.errors import ParameterError
from cxlab.journey.alignment import distances, transition_rates
from cxlab.journey.complexity import coded
from cxlab.journey.log import read_log
from cxlab.journey.paths import distinct_paths
from cxlab.journey.type_findings import types_finding
from cxlab.journey.typology import journey_types, k_medoids, one_chain, silhouette


def paths_of(words: list[str], **options):
    rows = [
        (f"c{i}", letter, pd.Timestamp(2026, 1, 1 + d)) for i, word in enumerate(words) for d, letter in enumerate(word)
    ]
    table = pd.DataFrame(rows, columns=["customer_id", "touchpoint", "timestamp"])
    return distinct_paths(read_log(ibis.memtable(table), goal="G" if "G" in set("".join(words)) else None), **options)


def near(word: str, rng: np.random.Generator) -> str:
    """The word, one letter in ten changed."""
    return "".join(rng.choice(list("ABCD")) if rng.random() < 0.1 else letter for letter in word)


@pytest.fixture(scope="module")
def three_kinds():
    """300 journeys of three kinds; a chain would mix them, since all three pass through the same states."""
    rng = np.random.default_rng(1)
    kinds = ["ABCDABCD", "DDCCBBAA", "ACACBDBD"]
    goal = [0.8, 0.2, 0.5]
    kind = rng.choice(3, 300, p=[0.5, 0.3, 0.2])
    return kind, [near(kinds[k], rng) + ("G" if rng.random() < goal[k] else "") for k in kind]


def test_three_kinds_of_journeys_are_three_types(three_kinds):
    kind, words = three_kinds
    types = journey_types(paths_of(words), rng=1)
    assert len(types) == 3
    middle = [types.paths.words(i) for i in types.medoid]
    assert middle == ["A → B → C → D → A → B → C → D", "D ×2 → C ×2 → B ×2 → A ×2", "A → C → A → C → B → D → B → D"]
    found = types_finding(types)
    assert found.believed
    np.testing.assert_allclose(found.table["journeys"], np.bincount(kind), atol=4)
    assert found.table["journeys"].sum() == 300
    assert (found.table["conversion_low"] < [0.8, 0.2, 0.5]).all()
    assert (found.table["conversion_high"] > [0.8, 0.2, 0.5]).all()
    assert "fall into 3 types" in found.text and "300 customers" in found.text


def test_journeys_without_any_order_have_no_types():
    rng = np.random.default_rng(2)
    types = journey_types(paths_of(["".join(rng.choice(list("ABCDEF"), 8)) for _ in range(200)]), rng=1)
    assert len(types) == 1
    assert "no number of types has a mean silhouette" in types.reason
    assert types_finding(types).title == "Journeys do not fall into types"


def test_types_of_one_chain_are_not_to_be_believed():
    """Journeys that stop at chance fall into groups by length, which says nothing of customers."""
    rng = np.random.default_rng(3)
    words = ["ABCDABCDABCD"[:n] for n in np.minimum(rng.geometric(0.25, 400), 12)]
    types = journey_types(paths_of(words), types=3, rng=1)
    assert "silhouette against journeys of one chain" in [c.name for c in types_finding(types).failed]


def test_rare_paths_join_the_nearest_medoid(three_kinds):
    """With 60 of all paths compared, the three kinds are found as with all of them."""
    _, words = three_kinds
    paths = paths_of(words)
    few, all_ = (journey_types(paths, types=3, compared=n, bootstraps=5, rng=1) for n in (60, 1000))
    assert few.compared <= 60 < all_.compared == len(paths)
    assert np.average(few.type == all_.type, weights=paths.journeys) > 0.98


def test_the_same_seed_gives_the_same_types(three_kinds):
    _, words = three_kinds
    one, other = (types_finding(journey_types(paths_of(words), rng=5)).table for _ in range(2))
    pd.testing.assert_frame_equal(one, other)


def test_more_types_than_paths_is_an_error():
    with pytest.raises(ParameterError, match="types = 3 of 2 distinct paths"):
        journey_types(paths_of(["AB", "BA"]), types=3)


def test_two_paths_are_too_few_to_compare():
    types = journey_types(paths_of(["AB", "BA"]))
    assert (len(types), types.reason) == (1, "too few distinct paths to compare")


@given(st.lists(st.text("ABC", min_size=1, max_size=5), min_size=4, max_size=8, unique=True), st.data())
@settings(max_examples=40)
def test_weights_are_repetitions(words, data):
    weight = np.array(data.draw(st.lists(st.integers(1, 3), min_size=len(words), max_size=len(words))))
    codes, _ = coded(words, states="ABC")
    d = distances(codes, 3)
    label = k_medoids(d, weight, 2)[1]
    again = np.repeat(np.arange(len(words)), weight)
    np.testing.assert_allclose(
        silhouette(d, label, weight)[again], silhouette(d[np.ix_(again, again)], label[again], np.ones(len(again)))
    )


@given(st.integers(0, 10_000))
@settings(max_examples=25)
def test_no_swap_of_a_medoid_helps(seed):
    rng = np.random.default_rng(seed)
    points, weight = rng.normal(size=(9, 2)), rng.integers(1, 4, 9)
    d = np.linalg.norm(points[:, None] - points, axis=2)
    medoid, label = k_medoids(d, weight, 3)
    cost = {trio: float(weight @ d[list(trio)].min(0)) for trio in combinations(range(9), 3)}
    own = cost[tuple(sorted(medoid.tolist()))]
    swaps = [c for trio, c in cost.items() if len(set(trio) & set(medoid.tolist())) == 2]
    assert own <= min(swaps) + 1e-4
    np.testing.assert_array_equal(label, d[medoid].argmin(0))


def test_simulated_chain_has_the_transitions_it_was_made_of():
    codes, _ = coded(["ABAB", "AAB", "BC", "C"])
    drawn = one_chain(
        np.pad(codes, ((0, 0), (0, 26)), constant_values=-1), np.ones(4), 3, 20_000, np.random.default_rng(1)
    )
    own, again = transition_rates(codes, 3), transition_rates(drawn, 3)
    np.testing.assert_allclose(again, own, atol=0.02)
    np.testing.assert_allclose(np.bincount(drawn[:, 0]) / 20_000, [0.5, 0.25, 0.25], atol=0.02)
