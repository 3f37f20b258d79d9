import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxlab.errors import ParameterError
from cxlab.intervals import share_interval
from cxlab.journey import Columns, read_log
from cxlab.journey.funnel import funnel
from cxlab.journey.reaching import reaching

START = pd.Timestamp("2026-01-01")


def log_of(journeys, *, seconds=None, **options):
    """A log of {customer: "ABC"} (a letter a contact, a minute apart unless told), or of lists of labels."""
    rows = [
        {"customer_id": who, "touchpoint": name, "sequence": i,
         "timestamp": START + pd.Timedelta(seconds=60 * i if seconds is None else seconds[who][i])}
        for who, names in journeys.items()
        for i, name in enumerate(names)
    ]  # fmt: skip
    return read_log(ibis.memtable(pd.DataFrame(rows)), **{"goal": None, **options})


def column(finding, name):
    return finding.table[name].tolist()


# The 16 cases of the tests of retentioneering 5.2.4 (tests/tools/funnel_test.py): its figures, our call. Its
# conversion_rate is our `share`, its step_conversion_rate our `of_previous`.
PUBLISHED = [
    ("basic", {1: "ABC", 2: "AB", 3: "A", 4: "B"}, "ABC", [3, 2, 1], [0.75, 0.5, 0.25], [0.75, 2 / 3, 0.5]),
    ("rates diverge", dict.fromkeys(range(95), "x") | {100 + i: "bs" for i in range(4)} | {104: "b"}, "bs", [5, 4],
     [0.05, 0.04], [0.05, 0.8]),
    ("no conversions", {1: "A", 2: "A", 3: "C", 4: "B"}, "ABC", [2, 0, 0], [0.5, 0, 0], [0.5, 0, 0]),
    ("single step", {1: "A", 2: "B", 3: "A"}, "A", [2], [2 / 3], [2 / 3]),
    ("order matters", {1: "CBA", 2: "ABC"}, "ABC", [2, 1, 1], [1, 0.5, 0.5], [1, 0.5, 1]),
    ("monotonicity", {1: "BAC"}, "ABC", [1, 0, 0], [1, 0, 0], [1, 0, 0]),
    ("repeated after the step", {1: "ABA"}, "AB", [1, 1], [1, 1], [1, 1]),
    ("earlier steps again after completion", {1: "ABCDAB"}, "ABC", [1, 1, 1], [1, 1, 1], [1, 1, 1]),
    ("steps that are alike", {1: "cpc", 2: "cp"}, "cpc", [2, 2, 1], [1, 1, 0.5], [1, 1, 0.5]),
    ("reversed", {1: "BA"}, "AB", [1, 0], [1, 0], [1, 0]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "journeys", "steps", "reached", "shares", "of_previous"), PUBLISHED)
def test_published_cases(name, journeys, steps, reached, shares, of_previous):
    found = funnel(log_of({str(k): v for k, v in journeys.items()}), steps=list(steps))
    assert column(found, "journeys") == reached
    assert column(found, "share") == pytest.approx(shares)
    # where nobody came so far there is no share of them: missing here, 0 in the published figures
    assert found.table["of_previous"].fillna(0).tolist() == pytest.approx(of_previous)


def test_published_case_of_sessions_as_journeys():
    contacts = pd.DataFrame(
        {"customer_id": "U1", "session_id": ["S1", "S1", "S2", "S2"], "touchpoint": list("ABCD"),
         "timestamp": START + pd.to_timedelta(range(4), unit="min")}
    )  # fmt: skip
    log = read_log(ibis.memtable(contacts), per="session", goal=None)
    assert column(funnel(log, steps=["A", "B"]), "journeys") == [1, 1]
    assert column(funnel(log, steps=["A", "D"]), "journeys") == [1, 0]


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        ({"3": "ABC", "4": "A"}, {"s1": [2, 1, 0], "s2": [2, 1, 1]}),
        ({"3": "ABC", "4": "A", "5": "AB"}, {"s1": [2, 1, 0], "s2": [3, 2, 1]}),
    ],
)
def test_published_cases_of_two_groups(rest, expected):
    rows = [
        {"customer_id": who, "touchpoint": name, "timestamp": START + pd.Timedelta(minutes=i),
         "segment": "s2" if who in rest else "s1"}
        for who, names in ({"1": "AB", "2": "A"} | rest).items()
        for i, name in enumerate(names)
    ]  # fmt: skip
    log = read_log(ibis.memtable(pd.DataFrame(rows)), columns=Columns(channel="segment"), goal=None)
    found = funnel(log, steps=list("ABC"), by="channel").table
    assert {group: own["journeys"].tolist() for group, own in found.groupby("group")} == expected
    assert found.loc[found["group"] == "s1", "of_previous"].tolist() == [1.0, 0.5, 0.0]


def test_published_case_of_a_mistyped_step_names_those_that_are_known():
    log = log_of({"1": ["add_to_cart", "cart"]})
    with pytest.raises(ParameterError, match="add_to_cart"):
        funnel(log, steps=["add_to_cart", "xxxxxxxx", "cart"])


def test_published_case_without_steps_is_an_error_here():
    with pytest.raises(ParameterError, match="no step"):
        funnel(log_of({"1": "A"}), steps=[])


def test_order_is_that_of_the_journey_even_where_times_are_equal():
    log = log_of({"a": "AB", "b": "BA"}, seconds={"a": [0, 0], "b": [0, 0]})
    assert column(funnel(log, steps=["A", "B"]), "journeys") == [2, 1]


def test_a_step_may_be_a_stage_or_a_set_and_the_same_contact_serves_no_two_steps():
    log = log_of({"a": "AB", "b": "AC", "c": "B"}, stages={"A": "Awareness", "B": "Purchase", "C": "Purchase"})
    assert column(funnel(log, steps=["Awareness", "Purchase"]), "journeys") == [2, 2]
    assert column(funnel(log, steps=[{"A", "B"}, {"B", "C"}]), "journeys") == [3, 2]
    assert column(funnel(log, steps=[{"A", "B"}, {"B", "C"}]), "touchpoint") == ["A or B", "B or C"]


def test_more_than_32_steps_are_counted():
    log, steps = log_of({"a": "AB" * 17, "b": "AB" * 16}), list("AB" * 17)
    for options in ({}, {"order": "any"}, {"windows": 60}):
        assert column(funnel(log, steps=steps, **options), "journeys") == [2] * 32 + [1, 1]


def test_a_repeated_step_opens_its_window_anew():
    times = {"a": [0, 600, 660], "b": [0, 600], "c": [0, 60]}
    log = log_of({"a": "AAB", "b": "AB", "c": "AB"}, seconds=times)
    found = funnel(log, steps=["A", "B"], windows="1min")
    assert column(found, "journeys") == [3, 2]
    assert found.table["median_gap_s"][1] == 60
    assert funnel(log, steps=["A", "B"]).table["median_gap_s"][1] == 600


def test_windows_hold_from_step_to_step_and_from_first_to_last():
    log = log_of({"a": "ABC", "b": "ABC"}, seconds={"a": [0, 50, 150], "b": [0, 90, 100]})
    steps = ["A", "B", "C"]
    assert column(funnel(log, steps=steps, windows=[60, 100]), "journeys") == [2, 1, 1]
    assert column(funnel(log, steps=steps, windows=[None, 60]), "journeys") == [2, 2, 1]
    assert column(funnel(log, steps=steps, within=100), "journeys") == [2, 2, 1]


def test_a_window_that_the_latest_way_keeps_is_kept_whatever_the_earlier_ones_do():
    log = log_of({"a": "ABABC"}, seconds={"a": [0, 10, 100, 110, 120]})
    found = funnel(log, steps=["A", "B", "C"], windows=[15, 15], within=25).table
    assert found["journeys"].tolist() == [1, 1, 1]
    assert found["median_total_s"].tolist()[1:] == [10, 20]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"windows": [60, 60]}, "2 windows"),
        ({"windows": "soon"}, "no length of time"),
        ({"order": "any", "windows": 60}, "any order"),
        ({"order": "loose"}, "loose"),
        ({"by": "persona"}, "persona"),
    ],
)
def test_what_does_not_fit_is_named(options, says):
    with pytest.raises(ParameterError, match=says):
        funnel(log_of({"a": "AB"}), steps=["A", "B"], **options)


def test_times_shares_and_intervals_of_a_funnel_followed_by_hand():
    log = log_of(
        {"a": "AB", "b": "AB", "c": "AB", "d": "A"}, seconds={"a": [0, 10], "b": [5, 35], "c": [0, 50], "d": [20]}
    )
    row = funnel(log, steps=["A", "B"], level=0.8).table.iloc[1]
    assert (row.journeys, row.lost, row.share, row.of_first) == (3, 1, 0.75, 0.75)
    assert (row.median_gap_s, row.q90_gap_s, row.watched_s) == (30, 46, 30)
    low, high = share_interval(3, 4, level=0.8)
    assert (row.of_previous_low, row.of_previous_high) == (low, high)


def test_a_log_that_ends_too_early_is_said_to_give_lower_bounds():
    seconds = {str(i): [0, 1000] for i in range(40)} | {f"late{i}": [950] for i in range(40)}
    log = log_of({who: "AB"[: len(times)] for who, times in seconds.items()}, seconds=seconds)
    found = funnel(log, steps=["A", "B"])
    assert not found.believed and "lower bounds" in found.text


def test_a_step_that_nobody_reaches_has_a_row_and_no_times():
    row = funnel(log_of({"a": "AB", "b": "B"}), steps=["B", "A"]).table.iloc[1]
    assert (row.journeys, row.of_previous_low) == (0, 0.0) and np.isnan(row.median_gap_s)


JOURNEYS = st.lists(st.text("ABCD", min_size=1, max_size=9), min_size=5, max_size=20).map(
    lambda texts: {f"c{i}": text for i, text in enumerate(texts)}
)
STEPS = st.lists(st.sampled_from("ABCD"), min_size=1, max_size=5)


def greedy(journey, steps):
    """How many of the steps a journey goes through in order."""
    at = 0
    for contact in journey:
        at += at < len(steps) and contact == steps[at]
    return at


def chains(journey, times, steps, windows, within):
    """How far any way through the steps leads that keeps the windows, by trying them all."""
    ways = [[i] for i, contact in enumerate(journey) if contact == steps[0]]
    best = int(bool(ways))
    for k in range(1, len(steps)):
        ways = [
            [*way, i]
            for way in ways
            for i in range(way[-1] + 1, len(journey))
            if journey[i] == steps[k]
            and times[i] - times[way[-1]] <= windows[k - 1]
            and times[i] - times[way[0]] <= within
        ]
        best += bool(ways)
    return best


@settings(max_examples=7, deadline=None)
@given(journeys=JOURNEYS, steps=STEPS, turn=st.randoms(use_true_random=False))
def test_laws_of_order(journeys, steps, turn):
    journeys = journeys | {"all": "ABCD"}
    log = log_of(journeys)
    strict = column(funnel(log, steps=steps), "journeys")
    loose = column(funnel(log, steps=steps, order="any"), "journeys")
    assert strict == [sum(greedy(j, steps) >= k for j in journeys.values()) for k in range(1, len(steps) + 1)]
    assert strict == sorted(strict, reverse=True) and loose == sorted(loose, reverse=True)
    assert all(a >= s for a, s in zip(loose, strict, strict=True))
    wide = [60 * 60] * (len(steps) - 1)
    assert column(funnel(log, steps=steps, windows=wide), "journeys") == strict
    shuffled = list(journeys)
    turn.shuffle(shuffled)
    new = {old: f"no. {place}" for place, old in enumerate(turn.sample("ABCD", 4))}
    renamed = log_of({who: [new[c] for c in journeys[who]] for who in shuffled})
    again = funnel(renamed, steps=[new[s] for s in steps]).table
    pd.testing.assert_frame_equal(
        again.drop(columns="touchpoint"), funnel(log, steps=steps).table.drop(columns="touchpoint")
    )


@settings(max_examples=7, deadline=None)
@given(
    data=st.lists(
        st.lists(st.tuples(st.sampled_from("ABC"), st.integers(0, 30)), min_size=1, max_size=9), min_size=5, max_size=20
    ),
    steps=st.lists(st.sampled_from("ABC"), min_size=2, max_size=4),
    windows=st.lists(st.integers(0, 20), min_size=3, max_size=3),
    within=st.integers(0, 40),
)
def test_windows_find_a_way_where_there_is_one(data, steps, windows, within):
    journeys = {f"c{i}": [contact for contact, _gap in own] for i, own in enumerate(data)} | {"all": list("ABC")}
    times = {f"c{i}": np.cumsum([gap for _contact, gap in own]).tolist() for i, own in enumerate(data)}
    times["all"] = [0, 10_000, 20_000]
    log = log_of(journeys, seconds=times)
    sets = [log.codes(step) for step in steps]
    found = reaching(log, sets, windows=windows[: len(steps) - 1], within=within).execute()
    found = found.set_index("customer_id")[[f"t_{k}" for k in range(1, len(steps) + 1)]].notna().sum(axis=1)
    expected = {who: chains(journeys[who], times[who], steps, windows, within) for who in journeys}
    assert {who: found.get(who, 0) for who in journeys} == expected


@pytest.mark.parametrize("options", [{}, {"order": "any"}, {"windows": "2min"}, {"times": False}], ids=str)
def test_a_long_log_is_counted_in_pieces_to_the_same_numbers(options, monkeypatch):
    rng = np.random.default_rng(2)
    log = log_of({f"c{i}": list(rng.choice(list("ABCx"), rng.integers(1, 9))) for i in range(60)})
    whole = funnel(log, steps=list("ABC"), **options).table
    monkeypatch.setattr("cxlab.journey.reaching.MOST_CONTACTS", log.n_contacts // 5)
    pd.testing.assert_frame_equal(funnel(log, steps=list("ABC"), **options).table, whole)


def test_contacts_before_the_goal_end_where_it_is_first_met():
    log = log_of({"a": "xGxG", "b": "xx", "c": "G"}, goal="G")
    before = log.before_goal.order_by("customer_id", "step").to_pyarrow().to_pylist()
    assert [(row["customer_id"], row["step"], row["converts"]) for row in before] == [
        ("a", 1, True), ("b", 1, False), ("b", 2, False),
    ]  # fmt: skip
    goals = log.goals.order_by("customer_id").to_pyarrow().to_pylist()
    assert [(row["first_goal"], row["last_goal"]) for row in goals] == [(2, 4), (1, 1)]
