"""Start and end of a contact on two rows: which belongs to which, and what is kept of those that have no other."""

from __future__ import annotations

import ibis
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxlab.errors import DataError
from cxlab.journey.lifecycle import merge_lifecycle

DAY = pd.Timestamp("2026-01-01")


def table(rows, **more):
    """Rows of (customer, touchpoint, minute, step), in file order."""
    frame = pd.DataFrame(rows, columns=["customer_id", "touchpoint", "at", "lifecycle"])
    frame["at"] = DAY + pd.to_timedelta(frame["at"], unit="min")
    return ibis.memtable(frame.assign(sequence=range(len(frame)), **more))


def merged(rows, **more):
    """(customer, touchpoint, minute, duration in minutes or None) of the contacts that come of rows, and the note."""
    result, note = merge_lifecycle(table(rows, **more))
    frame = result.order_by("customer_id", "at", "touchpoint", "duration_s").execute()
    minutes = (frame["at"] - DAY) / pd.Timedelta(minutes=1)
    lasted = [None if pd.isna(d) else d / 60 for d in frame["duration_s"]]
    return list(zip(frame["customer_id"], frame["touchpoint"], minutes, lasted, strict=True)), note


@pytest.mark.parametrize(
    ("steps", "contacts"),
    [
        ([(0, "start"), (5, "complete")], [(0, 5)]),
        ([(0, "START"), (5, " Complete ")], [(0, 5)]),
        ([(0, "begin"), (5, "end")], [(0, 5)]),
        ([(0, "start")], [(0, None)]),
        ([(5, "complete")], [(5, None)]),
        ([(5, None)], [(5, None)]),
        ([(0, "start"), (0, "complete")], [(0, 0)]),
        ([(5, "complete"), (0, "start")], [(0, 5)]),
        ([(0, "start"), (5, "complete"), (5, "start"), (9, "complete")], [(0, 5), (5, 4)]),
        ([(0, "start"), (2, "start"), (5, "complete"), (9, "complete")], [(0, 5), (2, 7)]),
        ([(1, "complete"), (2, "start"), (4, "complete")], [(1, None), (2, 2)]),
        ([(1, "complete"), (1.5, "complete"), (2, "start"), (4, "complete"), (6, "complete")],
         [(1, None), (1.5, None), (2, 2), (6, None)]),
        ([(0, "start"), (1, "suspend"), (3, "resume"), (5, "complete")], [(0, 5)]),
    ],
)  # fmt: skip
def test_starts_and_ends_of_one_customer_at_one_touchpoint(steps, contacts):
    found, _ = merged([("a", "Call", minute, step) for minute, step in steps])
    assert [c[2:] for c in found] == contacts


def test_customers_and_touchpoints_are_kept_apart():
    rows = [("a", "Call", 0, "start"), ("b", "Call", 1, "complete"), ("a", "Chat", 2, "complete"),
            ("a", "Call", 3, "complete")]  # fmt: skip
    found, note = merged(rows)
    assert found == [("a", "Call", 0, 3), ("a", "Chat", 2, None), ("b", "Call", 1, None)]
    assert note == "1 starts and ends of contacts on two rows are one contact each, with its duration"


def test_what_is_neither_start_nor_end_is_counted():
    rows = [("a", "Call", 0, "schedule"), ("a", "Call", 1, "start"), ("a", "Call", 2, "ate_abort"),
            ("b", "Call", 3, "schedule")]  # fmt: skip
    found, note = merged(rows)
    assert found == [("a", "Call", 1, None)]
    assert note == "rows that are neither start nor end of a contact are left out (schedule 2, ate_abort 1)"


def test_unknown_steps_are_named():
    with pytest.raises(DataError, match=r"'fertig'(.|\n)*expected: start or complete(.|\n)*lifecycle"):
        merge_lifecycle(table([("a", "Call", 0, "start"), ("a", "Call", 1, "fertig")]))


def test_a_contact_feels_as_it_ended_and_is_where_it_began():
    rows = [("a", "Call", 0, "start"), ("a", "Call", 2, "complete"), ("b", "Call", 3, "start")]
    more = {"emotion": [0.0, -2.0, 1.0], "cost": [3.0, None, None], "channel": ["phone", "mail", "chat"],
            "duration_s": [None, 7, 9]}  # fmt: skip
    result, _ = merge_lifecycle(table(rows, **more))
    frame = result.order_by("customer_id").execute()
    assert frame["emotion"].tolist() == [-2, 1]
    assert frame["cost"].tolist()[0] == 3
    assert frame["channel"].tolist() == ["phone", "chat"]
    assert frame["duration_s"].tolist() == [120, 9]
    assert frame["sequence"].tolist() == [0, 2]
    assert set(frame) == {"customer_id", "touchpoint", "at", "sequence", *more}


def test_days_will_do_for_times():
    frame = pd.DataFrame({"customer_id": "a", "touchpoint": "Stay", "lifecycle": ["start", "end"],
                          "at": pd.to_datetime(["2026-01-01", "2026-01-03"]).date})  # fmt: skip
    result, _ = merge_lifecycle(ibis.memtable(frame))
    assert result.execute()["duration_s"].tolist() == [2 * 86_400]


def by_hand(rows):
    """Contacts by going through rows one by one: an end closes the oldest start that is open."""
    done, opened = [], {}
    for customer, touchpoint, minute, step in sorted(rows, key=lambda r: (r[2], r[3] != "start")):
        queue = opened.setdefault((customer, touchpoint), [])
        if step == "start":
            queue.append(minute)
        elif queue:
            begun = queue.pop(0)
            done.append((customer, touchpoint, begun, minute - begun))
        else:
            done.append((customer, touchpoint, minute, None))
    done += [(*key, minute, None) for key, queue in opened.items() for minute in queue]
    return done


ROWS = st.lists(
    st.tuples(st.sampled_from("ab"), st.sampled_from(["Call", "Chat"]), st.integers(0, 6),
              st.sampled_from(["start", "complete"])),
    min_size=1, max_size=14,
)  # fmt: skip


@settings(max_examples=15, deadline=None, derandomize=True)
@given(rows=ROWS, shuffled=st.randoms(use_true_random=False))
def test_no_start_and_no_end_is_lost_and_their_order_in_the_file_changes_nothing(rows, shuffled):
    found = sorted(merged(rows)[0], key=_key)
    assert found == sorted(by_hand(rows), key=_key)
    other = list(rows)
    shuffled.shuffle(other)
    assert sorted(merged(other)[0], key=_key) == found


def _key(contact):
    return (*contact[:3], -1 if contact[3] is None else contact[3])
