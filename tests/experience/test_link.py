"""What is joined to an answer: nothing from before it counts as after it, and every answer is accounted for."""

import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxlab.errors import CxlabError, DataError, ParameterError
from cxlab.experience.money.link import link_behaviour

DAY = pd.Timestamp("2025-01-01")


def at(days, hours=0):
    return DAY + pd.Timedelta(days=days, hours=hours)


def surveys(*answers, question="nps"):
    """(customer, day, score) or (customer, day, hour, score) of each answer."""
    rows = [(a[0], at(*a[1:-1]), a[-1]) for a in answers]
    frame = pd.DataFrame(rows, columns=["customer_id", "timestamp", "score"])
    return frame.assign(response_id=[str(i) for i in range(len(frame))], question=question, scale_min=0.0,
                        scale_max=10.0, score=frame["score"].astype(float))  # fmt: skip


def bought(*lines):
    """(customer, day, amount) of each purchase."""
    frame = pd.DataFrame([(c, at(d), float(a)) for c, d, a in lines], columns=["customer_id", "timestamp", "amount"])
    return frame


def rows(linked):
    return linked.rows.order_by(["customer_id", "day"]).to_pandas()


def test_only_purchases_after_the_day_of_the_answer_and_within_the_window_are_after_it():
    linked = link_behaviour(
        {"surveys": surveys(("a", 100, 12, 9)),
         "transactions": bought(("a", 1, 1), ("a", 50, 2), ("a", 100, 4), ("a", 101, 8), ("a", 130, 16), ("a", 131, 32),
                                ("b", 300, 64))},
        window=30, before=60,
    )  # fmt: skip
    row = rows(linked).iloc[0]
    assert (row["returned"], row["purchases"], row["spend"]) == (1, 2, 24)
    # the purchase of that day led to the answer, the first made a customer: between them, one
    assert (row["before_purchases"], row["before_spend"]) == (1, 2)
    assert row["whole"]


def test_purchases_of_one_day_are_one_and_their_lines_add_up():
    linked = link_behaviour(
        {"surveys": surveys(("a", 0, 9)), "transactions": bought(("a", 3, 5), ("a", 3, 6), ("b", 99, 1))}, window=30
    )
    assert rows(linked)[["purchases", "spend"]].values.tolist() == [[1, 11]]


def test_answers_younger_than_the_window_are_left_out_and_counted():
    linked = link_behaviour(
        {"surveys": surveys(("a", 0, 9), ("a", 69, 9), ("a", 70, 9), ("a", 71, 9), ("b", 95, 9)),
         "transactions": bought(("a", 0, 5), ("z", 100, 5))},
        window=30,
    )  # fmt: skip
    assert (linked.n, linked.young, linked.silent) == (3, 2, 1)
    assert "2 too young for that" in linked.account


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 99), st.integers(0, 23), st.integers(0, 10)),
                min_size=1, max_size=12), st.sampled_from(["every", "first", "last"]))  # fmt: skip
def test_every_answer_is_used_or_left_out_for_a_reason(given_ones, answers):
    tables = {"surveys": surveys(*given_ones, ("z", 1, 9)), "transactions": bought(("a", 0, 5), ("z", 100, 5))}
    linked = link_behaviour(tables, window=30, answers=answers)
    left = linked.young + linked.nobody + linked.unmet + linked.again + linked.alone + linked.others
    assert linked.n + left == len(given_ones) + 1
    assert min(linked.again, linked.others, linked.unmet) >= 0
    assert (f"Left out of {len(given_ones) + 1}: " in linked.account) == (left > 0)


def test_answers_without_the_question_beside_are_left_out_and_counted():
    both = surveys(("a", 0, 9), ("b", 0, 4))
    other = both.head(1).assign(question="csat")
    tables = {"surveys": pd.concat([both, other]), "transactions": bought(("a", 0, 5), ("b", 100, 5))}
    linked = link_behaviour(tables, question="nps", beside="csat", window=30)
    assert (linked.n, linked.alone) == (1, 1)
    assert "Left out of 2: 1 without an answer to 'csat'" in linked.account


def test_the_last_answer_is_looked_at_from_the_cut_off_not_from_itself():
    tables = {"surveys": surveys(("a", 10, 3), ("a", 40, 8), ("a", 60, 1), ("b", 20, 5)),
              "transactions": bought(("a", 0, 1), ("a", 45, 1), ("a", 55, 1), ("b", 49, 1), ("b", 100, 1))}  # fmt: skip
    linked = link_behaviour(tables, window=30, answers="last", cut_off=at(50))
    found = rows(linked)
    assert found[["customer_id", "score", "purchases"]].values.tolist() == [["a", 8, 1], ["b", 5, 0]]
    first = rows(link_behaviour(tables, window=30, answers="first"))
    assert first[["customer_id", "score"]].values.tolist() == [["a", 3], ["b", 5]]


def test_one_day_holds_one_answer_the_last():
    linked = link_behaviour(
        {"surveys": surveys(("a", 0, 9, 2), ("a", 0, 15, 7)), "transactions": bought(("a", 60, 1))}, window=30
    )
    assert rows(linked)["score"].tolist() == [7]


def test_answers_of_nobody_are_counted_and_empty_ones_are_none():
    asked = surveys(("a", 0, 9), (None, 0, 9), ("b", 0, np.nan))
    linked = link_behaviour({"surveys": asked, "transactions": bought(("a", 60, 1))}, window=30)
    assert (linked.n, linked.nobody) == (1, 1)


def test_two_questions_of_one_response_stand_beside_each_other():
    one, other = surveys(("a", 0, 9), ("b", 0, 4)), surveys(("a", 0, 5), question="csat")
    tables = {"surveys": pd.concat([one, other]), "transactions": bought(("a", 60, 1))}
    linked = link_behaviour(tables, question="nps", beside="csat", window=30)
    assert linked.cells[["score", "beside", "n"]].values.tolist() == [[9, 5, 1]]
    with pytest.raises(DataError, match="asks 2 questions"):
        link_behaviour(tables, window=30)


def contracts(*spans):
    frame = pd.DataFrame([(c, at(s), at(e) if e is not None else pd.NaT, p) for c, s, e, p in spans])
    return frame.set_axis(["customer_id", "start", "end", "price"], axis=1)


def test_contracts_are_kept_or_cancelled_within_the_window():
    linked = link_behaviour(
        {"surveys": surveys(("kept", 10, 9), ("left", 10, 2), ("later", 10, 5), ("gone", 10, 1), ("moved", 10, 7)),
         "subscriptions": contracts(("kept", 0, None, 30.0), ("left", 0, 25, 30.0), ("later", 0, 80, 30.0),
                                    ("gone", 0, 5, 30.0), ("moved", 0, 20, 30.0), ("moved", 20, None, 60.0),
                                    ("new", 99, None, 30.0))},
        window=30,
    )  # fmt: skip
    found = rows(linked).set_index("customer_id")
    assert found["returned"].to_dict() == {"kept": 1, "left": 0, "later": 1, "moved": 1}
    assert found["purchases"]["left"] == pytest.approx(15 / (365.25 / 12))
    assert found["spend"]["moved"] == pytest.approx((10 * 30 + 20 * 60) / (365.25 / 12))
    assert (linked.unmet, linked.silent, linked.behaviour) == (1, 1, "contracts")


def test_the_user_is_told_what_is_missing():
    tables = {"surveys": surveys(("a", 0, 9)), "transactions": bought(("a", 5, 1))}
    with pytest.raises(DataError, match="too young"):
        link_behaviour(tables, window=30)
    with pytest.raises(ParameterError, match="cut_off"):
        link_behaviour(tables, window=3, answers="last", cut_off=at(4))
    with pytest.raises(CxlabError, match="surveys"):
        link_behaviour({"transactions": tables["transactions"]})
    with pytest.raises(DataError, match="customer_id"):
        link_behaviour(tables | {"surveys": tables["surveys"].drop(columns="customer_id")})


moments = st.tuples(st.sampled_from("abc"), st.integers(0, 60))


@settings(max_examples=4, deadline=None)
@given(st.lists(moments, min_size=1, max_size=8), st.lists(moments, min_size=1, max_size=20), st.integers(1, 30))
def test_windows_agree_with_counting_by_hand_whatever_the_order(answers, purchases, window):
    tables = {"surveys": surveys(*[(c, d, 7) for c, d in answers]),
              "transactions": bought(*[(c, d, 1) for c, d in purchases], ("z", 61, 1))}  # fmt: skip
    old = {(c, d) for c, d in answers if d + window <= 61}
    if not old:
        return
    linked = link_behaviour(tables, window=window, before=20)
    assert linked.n == len(old)
    assert linked.n + linked.young == len(set(answers))
    day_0 = (DAY - pd.Timestamp("1970-01-01")).days
    for r in rows(linked).itertuples():
        d, own = r.day - day_0, {day for c, day in purchases if c == r.customer_id}
        assert r.purchases == len([x for x in own if d < x <= d + window])
        last, first = max([x for x in own if x <= d], default=None), min(own, default=None)
        past = [] if last is None else [x for x in own if last - 20 <= x < last and x > first]
        assert r.before_purchases == len(past)
    shuffled = {name: ibis.memtable(t.sample(frac=1, random_state=1)) for name, t in tables.items()}
    pd.testing.assert_frame_equal(linked.cells, link_behaviour(shuffled, window=window, before=20).cells)
