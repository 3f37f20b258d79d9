import ibis
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxlab.errors import DataError, ParameterError
from cxlab.intervals import share_interval
from cxlab.journey import read_log
from cxlab.journey.intervals import FEW
from cxlab.journey.stages import drop_off, dwell, stages

DAY = pd.Timestamp("2026-01-01")
STAGES = {"Ad": "Awareness", "Page": "Consideration", "Cart": "Consideration", "Buy": "Purchase", "Help": "Service"}


def log_of(journeys, **options):
    """A log of {customer: [(day, touchpoint), …]}."""
    rows = [
        {"customer_id": who, "touchpoint": name, "timestamp": DAY + pd.Timedelta(days=day)}
        for who, contacts in journeys.items()
        for day, name in contacts
    ]
    table = pd.DataFrame(rows).assign(sequence=range(len(rows)))
    return read_log(ibis.memtable(table), **{"stages": STAGES, **options})


JOURNEYS = {
    "a": [(0, "Ad"), (1, "Page"), (3, "Cart"), (4, "Buy"), (9, "Help")],
    "b": [(0, "Ad"), (2, "Page"), (5, "Ad")],
    "c": [(0, "Page"), (1, "Cart")],
    "d": [(0, "Buy"), (1, "Ad")],
    "open": [(99, "Ad"), (100, "Page")],
}


def test_stages_met_gone_through_in_order_and_furthest():
    found = stages(log_of(JOURNEYS)).table.set_index("stage")
    assert found["journeys"].to_dict() == {"Awareness": 4, "Consideration": 4, "Purchase": 2, "Service": 1}
    assert found["forward"].to_dict() == {"Awareness": 4, "Consideration": 3, "Purchase": 1, "Service": 1}
    assert found["furthest"].to_dict() == {"Awareness": 0, "Consideration": 3, "Purchase": 1, "Service": 1}
    assert found.loc["Consideration", ["touchpoints", "contacts"]].tolist() == [2, 6]


def test_drop_off_counts_journeys_that_are_over_and_never_met_the_goal():
    found = drop_off(log_of(JOURNEYS), quiet_days=30)
    rows = found.table.set_index("touchpoint")[["journeys", "lost"]].T.to_dict("list")
    # d met the ad only after buying; the last journey may still go on; help follows the goal
    assert rows == {"Ad": [2, 1], "Page": [3, 0], "Cart": [2, 1]}
    low, high = share_interval(1, 2, level=0.9)
    assert found.table.set_index("touchpoint").loc["Ad", ["low", "high"]].tolist() == [low, high]
    of_stage = drop_off(log_of(JOURNEYS), of="stage", quiet_days=30).table.set_index("stage")
    assert of_stage[["journeys", "lost"]].T.to_dict("list") == {"Awareness": [2, 1], "Consideration": [3, 1]}
    assert drop_off(log_of(JOURNEYS), quiet_days=0).table.set_index("touchpoint").loc["Page", "lost"] == 1


def test_without_a_goal_every_end_counts_and_the_text_says_so():
    found = drop_off(log_of(JOURNEYS, goal=None), quiet_days=30)
    assert found.table["lost"].sum() == 4 and "no goal" in found.text


def test_journeys_that_all_may_go_on_are_an_error_that_names_the_way_out():
    with pytest.raises(DataError, match="quiet_days=25"):
        drop_off(log_of(JOURNEYS), quiet_days=101)
    with pytest.raises(ParameterError, match="channel"):
        drop_off(log_of(JOURNEYS), of="channel")


def test_a_rule_shorter_than_the_silences_is_not_believed():
    slow = {f"c{i}": [(0, "Ad"), (20, "Page"), (40, "Page"), (60, "Buy")] for i in range(40)} | {"z": [(200, "Ad")]}
    assert "raise quiet_days" in drop_off(log_of(slow), quiet_days=10).text
    assert "raise quiet_days" not in drop_off(log_of(slow), quiet_days=30).text


def test_dwell_is_the_time_in_a_stage_over_all_visits_of_those_who_left():
    found = dwell(log_of(JOURNEYS)).table.set_index("stage")
    day = 86_400
    # a: 3 days; c and open end there
    assert found.loc["Consideration", ["journeys", "staying", "median_s"]].tolist() == [2, 2, 3 * day]
    # a 1 day, open 1 day; b went on to consideration, but came back and stayed; d ends there
    assert found.loc["Awareness", ["journeys", "staying", "median_s"]].tolist() == [2, 2, day]
    assert found.loc["Awareness", "staying_so_far_s"] == pytest.approx((2 + 95 + 99) / 2 * day)
    assert found.loc["Service", "journeys"] == 0


@settings(max_examples=6, deadline=None)
@given(
    texts=st.lists(st.lists(st.sampled_from(list(STAGES)), min_size=1, max_size=6), min_size=1, max_size=FEW),
    turn=st.randoms(use_true_random=False),
)
def test_laws_of_stages(texts, turn):
    journeys = {f"c{i}": list(enumerate(own)) for i, own in enumerate([*texts, list(STAGES)])}
    log = log_of(journeys)
    found = stages(log).table
    assert found["furthest"].sum() == log.n_journeys and (found["forward"] <= found["journeys"]).all()
    assert found["forward"].is_monotonic_decreasing
    lost = drop_off(log, quiet_days=0).table
    assert lost["lost"].sum() == sum("Buy" not in own for own in texts) and (lost["lost"] <= lost["journeys"]).all()
    shuffled = list(journeys)
    turn.shuffle(shuffled)
    pd.testing.assert_frame_equal(lost, drop_off(log_of({who: journeys[who] for who in shuffled}), quiet_days=0).table)
