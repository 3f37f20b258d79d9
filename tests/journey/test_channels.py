import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxlab.errors import DataError, ParameterError
from cxlab.journey import read_log
from cxlab.journey.channels import ALL, channel_switches, hand_over

DAY = pd.Timestamp("2026-01-01")


def log_of(journeys, **options):
    """A log of {customer: [(day, touchpoint, channel), …]}."""
    rows = [
        {"customer_id": who, "touchpoint": name, "channel": channel, "timestamp": DAY + pd.Timedelta(days=day)}
        for who, contacts in journeys.items()
        for day, name, channel in contacts
    ]
    return read_log(ibis.memtable(pd.DataFrame(rows).assign(sequence=range(len(rows)))), **{"goal": None, **options})


def pair(finding, source, target):
    table = finding.table
    return table[(table["source"] == source) & (table["target"] == target)].iloc[0]


LATE = {"late": [(400, "Other", "shop"), (401, "Other", "shop")]}


def test_changes_of_channel_by_hand():
    log = log_of({"a": [(0, "x", "web"), (2, "y", "shop"), (3, "z", "shop")], "b": [(0, "x", "web"), (4, "y", "shop")],
                  "c": [(0, "x", "web"), (1, "x", None), (2, "x", "web")]})  # fmt: skip
    found = channel_switches(log)
    there = pair(found, "web", "shop")
    assert (there.contacts, there.median_gap_s) == (2, 3 * 86_400)
    assert pair(found, "web", "web").share == pytest.approx(1 / 3)
    assert "67 %" in found.title


@settings(max_examples=6, deadline=None)
@given(data=st.lists(st.lists(st.sampled_from(["web", "shop", "phone", None]), min_size=2, max_size=6), min_size=1,
                     max_size=10), turn=st.randoms(use_true_random=False))  # fmt: skip
def test_shares_of_a_channel_sum_to_one_whatever_the_order_of_rows(data, turn):
    journeys = {f"c{i}": [(d, "x", ch) for d, ch in enumerate(own)] for i, own in enumerate([*data, ["web", "shop"]])}
    found = channel_switches(log_of(journeys)).table
    assert np.allclose(found.groupby("source")["share"].sum(), 1)
    turned = list(journeys)
    turn.shuffle(turned)
    pd.testing.assert_frame_equal(found, channel_switches(log_of({who: journeys[who] for who in turned})).table)


def test_the_three_ways_in_which_a_hand_over_fails():
    log = log_of(
        {
            "ended": [(0, "Ask", "web"), (1, "Answer", "phone")],
            "bought": [(0, "Ask", "web"), (1, "Answer", "phone"), (2, "Buy", "phone")],
            "repeated": [(0, "Ask", "web"), (1, "Ask", "phone"), (2, "Buy", "phone")],
            "returned": [(0, "Ask", "web"), (1, "Answer", "phone"), (3, "Buy", "web")],
            "much later": [(0, "Ask", "web"), (1, "Answer", "phone"), (90, "Buy", "web")],
            "open": [(0, "Ask", "web"), (399, "Answer", "phone")],
        }
        | LATE,
        goal="Buy",
    )
    there = pair(hand_over(log), "web", "phone")
    assert (there.switches, there.ended, there.repeated, there.returned, there.failed) == (5, 1, 1, 1, 3)
    # going back is a change of channel too; both of these end with the goal
    assert pair(hand_over(log), "phone", "web").failed == 0
    assert pair(hand_over(log), ALL, ALL).switches == 7
    assert pair(hand_over(log, within="365d", quiet_days=1), "web", "phone").returned == 2


def test_stages_may_tell_what_is_repeated_and_without_a_goal_no_end_is_a_failure():
    log = log_of(
        {"a": [(0, "Ask", "web"), (1, "Answer", "phone")]} | LATE, stages={"Ask": "Service", "Answer": "Service"}
    )
    none = hand_over(log)
    assert pair(none, "web", "phone").failed == 0
    assert none.title == "No change of channel fails"
    assert "none failed" in none.text and "nobody repeated the touchpoint or went back" in none.text
    assert "Most failed" not in none.text and "difference" not in none.text
    assert pair(hand_over(log, repeats="stage"), "web", "phone").repeated == 1


def test_the_difference_to_staying_is_found_with_its_interval():
    rng = np.random.default_rng(4)
    journeys = {}
    for i in range(600):
        channel = "phone" if i % 2 else "web"
        lost = rng.random() < (0.5 if i % 2 else 0.2)
        journeys[f"c{i}"] = [(0, "Ask", "web"), (1, "Answer", channel)] + [(2, "Buy", channel)] * (not lost)
    row = pair(hand_over(log_of(journeys | LATE, goal="Buy")), "web", "phone")
    # of the 300 who stay, those who are not lost stay once more, at the goal, from web to web
    assert row.switch_share == pytest.approx(0.5, abs=0.08)
    assert row.difference_low < 0.5 - 0.2 * 300 / 540 < row.difference_high
    assert row.difference_high - row.difference_low < 0.15


def test_customers_who_repeat_themselves_widen_the_interval():
    once = {f"c{i}": [(0, "A", "web"), (1, "A" if i % 2 else "B", "phone"), (2, "Buy", "phone")] for i in range(40)}
    often = {
        f"c{i}": [(d, "A" if i % 2 or d % 2 == 0 else "B", "web" if d % 2 == 0 else "phone") for d in range(10)]
        + [(11, "Buy", "phone")]
        for i in range(8)
    }
    rows = [pair(hand_over(log_of(own | LATE, goal="Buy"), within=0), "web", "phone") for own in (once, often)]
    assert rows[0].switches == rows[1].switches == 40 and rows[0].share == rows[1].share == 0.5
    assert rows[1].high - rows[1].low > 1.5 * (rows[0].high - rows[0].low)


def test_what_cannot_be_answered_is_said():
    log = read_log(ibis.memtable(pd.DataFrame({"customer_id": ["a"], "touchpoint": ["x"], "timestamp": [DAY]})))
    with pytest.raises(DataError, match="no channels"):
        channel_switches(log)
    recent = log_of({"a": [(0, "x", "web"), (1, "y", "phone")]})
    with pytest.raises(DataError, match="watched long enough"):
        hand_over(recent)
    with pytest.raises(ParameterError, match="repeat"):
        hand_over(recent, repeats="channel")
