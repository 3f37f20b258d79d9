import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxlab.journey import read_log
from cxlab.journey.sessions import sessions, with_sessions

START = pd.Timestamp("2026-03-01 09:00", tz="UTC")


def numbers(rows, *, gap_s=1800.0, session=None):
    """Session numbers of (customer, second, id) rows, in the order of the rows."""
    frame = pd.DataFrame(rows, columns=["who", "second", "id"])
    frame["id"] = frame["id"].astype(object)
    frame["at"] = START + pd.to_timedelta(frame["second"], unit="s")
    frame["row"] = np.arange(len(frame))
    table = ibis.memtable(frame, schema={"who": "string", "second": "float64", "id": "string",
                                         "at": "timestamp('UTC')", "row": "int64"})  # fmt: skip
    found = with_sessions(table, customer="who", at="at", order=["at", "row"], gap_s=gap_s, session=session)
    return found.order_by("row").execute()["session"].tolist()


def test_a_pause_longer_than_the_gap_begins_a_session_and_one_of_just_the_gap_does_not():
    rows = [("a", 0, None), ("a", 1800, None), ("a", 3600.5, None), ("b", 3600.5, None)]
    assert numbers(rows) == [1, 1, 2, 1]


def test_a_gap_of_parts_of_a_second_is_kept():
    assert numbers([("a", 0, None), ("a", 0.5, None), ("a", 1.25, None)], gap_s=0.5) == [1, 1, 2]


def test_contacts_at_the_same_time_are_one_session():
    assert numbers([("a", 0, None)] * 4, gap_s=0) == [1, 1, 1, 1]


def test_session_ids_of_the_source_are_kept_through_interruptions_and_pauses():
    rows = [("a", 0, "phone"), ("a", 10, "desk"), ("a", 20, "phone"), ("a", 9000, "desk"), ("b", 0, "phone")]
    assert numbers(rows, session="id") == [1, 2, 1, 2, 1]


def test_contacts_without_an_id_are_split_by_the_pause():
    rows = [("a", 0, None), ("a", 60, "x"), ("a", 120, None), ("a", 180, None), ("a", 9000, None), ("a", 9001, "x")]
    assert numbers(rows, session="id") == [1, 2, 3, 3, 4, 2]


@pytest.mark.parametrize("session", [None, "id"])
@settings(max_examples=12, deadline=None)
@given(
    data=st.lists(
        st.tuples(st.sampled_from("ab"), st.integers(0, 20_000), st.sampled_from([None, "x", "y"])),
        min_size=1, max_size=12, unique_by=lambda row: row[:2],
    ),
    turn=st.randoms(use_true_random=False),
)  # fmt: skip
def test_sessions_depend_on_no_order_of_rows_and_are_numbered_without_holes(session, data, turn):
    given_, turned = list(data), list(data)
    turn.shuffle(turned)
    one = dict(zip(given_, numbers(given_, session=session), strict=True))
    assert one == dict(zip(turned, numbers(turned, session=session), strict=True))
    for who in {row[0] for row in data}:
        own = [one[row] for row in sorted(data, key=lambda r: r[1]) if row[0] == who]
        assert list(dict.fromkeys(own)) == list(range(1, max(own) + 1))


def log_of(journeys, **options):
    """A log of {customer: [minute, …]}."""
    rows = [
        {"customer_id": who, "touchpoint": "page", "timestamp": START + pd.Timedelta(minutes=minute)}
        for who, minutes in journeys.items()
        for minute in minutes
    ]
    return read_log(ibis.memtable(pd.DataFrame(rows)), goal=None, **options)


def test_sessions_by_length_and_how_long_they_last():
    journeys = {"a": [0, 10, 100], "b": [0, 5, 12, 500, 510], "c": range(15)}
    found = sessions(log_of(journeys))
    assert found.table[["contacts", "sessions", "median_s"]].values.tolist() == [
        ["1", 1, 0], ["2", 2, 600], ["3", 1, 720], ["10 or more", 1, 840]
    ]  # fmt: skip
    assert found.table["share"].sum() == pytest.approx(1)
    assert "5 sessions" in found.text and "20 % of sessions" in found.title
    assert sessions(log_of(journeys), gap="2h").table["sessions"].sum() == 4
    per = sessions(log_of(journeys, per="session")).table
    pd.testing.assert_frame_equal(per, found.table)


def test_customers_who_always_bounce_widen_the_interval():
    twice = [minute for d in range(10) for minute in (d * 1000, d * 1000 + 1)]
    alike = {f"c{i}": [d * 1000 for d in range(10)] if i % 2 else twice for i in range(20)}
    mixed = {f"c{i}": [x for d in range(10) for x in (d * 1000, d * 1000 + 1)[: 1 + (d + i) % 2]] for i in range(20)}
    width = {}
    for name, journeys in (("alike", alike), ("mixed", mixed)):
        row = sessions(log_of(journeys)).table.iloc[0]
        assert (row.contacts, row.sessions, row.share) == ("1", 100, 0.5)
        width[name] = row.high - row.low
    assert width["alike"] > 2 * width["mixed"]
