import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxlab.errors import ParameterError
from cxlab.journey import END, START, read_log
from cxlab.journey.steps import OTHERS, step_flows, step_matrix

DAY = pd.Timestamp("2020-01-01")
# The fixture of retentioneering 5.2.4 (tests/tools/step_matrix_input.csv), every contact at the same time, in the
# order of the file: a customer's sessions, by letters.
FIXTURE = {"user_1": ["ABCABC", "BBB"], "user_2": ["ABABCC"], "user_3": ["BBB"]}


def log_of(journeys, **options):
    rows = [
        {"customer_id": who, "touchpoint": name, "timestamp": DAY, "session_id": f"{who}-{part}"}
        for who, sessions in journeys.items()
        for part, names in enumerate(sessions)
        for name in names
    ]
    table = pd.DataFrame(rows).assign(sequence=range(len(rows)))
    return read_log(ibis.memtable(table), **{"goal": None, **options})


def wide(finding):
    return finding.table.pivot(index="touchpoint", columns="step", values="share")


def test_published_step_matrix():
    found = wide(step_matrix(log_of(FIXTURE), steps=5))
    expected = {
        "A": [2 / 3, 0, 1 / 3, 1 / 3, 0],
        "B": [1 / 3, 1, 1 / 3, 1 / 3, 1 / 3],
        "C": [0, 0, 1 / 3, 0, 1 / 3],
        END: [0, 0, 0, 1 / 3, 1 / 3],
    }
    for label, shares in expected.items():
        assert found.loc[label].tolist() == pytest.approx(shares)


def test_published_step_matrix_up_to_the_last_contact_of_a_session():
    # theirs is centred on the end of the path; ours on the touchpoint, so the last contact is made one of its own
    ended = {who: [list(names) + ["last"] for names in sessions] for who, sessions in FIXTURE.items()}
    found = wide(step_matrix(log_of(ended, per="session"), steps=5, anchor="last"))
    expected = {
        START: [2 / 4, 2 / 4, 0, 0, 0, 0],
        "A": [0, 1 / 4, 1 / 4, 0, 0, 0],
        "B": [2 / 4, 0, 3 / 4, 3 / 4, 1 / 2, 0],
        "C": [0, 1 / 4, 0, 1 / 4, 1 / 2, 0],
        "last": [0, 0, 0, 0, 0, 1],
    }
    # a session of six contacts has one more before the five steps that are shown
    assert found.loc[["A", "B", "C"], -5:0].sum().tolist() == pytest.approx(
        [sum(expected[label][i] for label in "ABC") for i in range(6)]
    )
    for label, shares in expected.items():
        assert found.loc[label, -5:0].tolist() == pytest.approx(shares)


def test_an_anchor_is_the_first_contact_and_leaves_out_journeys_without_it():
    found = step_matrix(log_of({"a": ["xAyA"], "b": ["A"], "c": ["xy"]}), steps=1, anchor="A")
    matrix = wide(found)
    assert matrix.loc[["x", START], -1].tolist() == [0.5, 0.5]
    assert matrix.loc[["y", END], 1].tolist() == [0.5, 0.5]
    assert "2 customers meet A" in found.text


def test_flows_are_every_step_and_end_of_the_journeys_and_others_are_one():
    log = log_of({"a": ["AB"], "b": ["ABC"], "c": ["AD"], "d": ["C"]})
    found = step_flows(log, steps=3, top=2)
    rows = found.table[["step", "source", "target", "journeys"]].values.tolist()
    assert rows == [[1, "A", "B", 2], [1, "A", OTHERS, 1], [1, OTHERS, END, 1], [2, "B", OTHERS, 1], [2, "B", END, 1],
                    [2, OTHERS, END, 1]]  # fmt: skip
    assert "62 % of the contacts" in found.text and "2 others, with 38 %" in found.text


def test_no_steps_is_no_matrix():
    with pytest.raises(ParameterError, match="steps = 0"):
        step_matrix(log_of({"a": ["A"]}), steps=0)
    with pytest.raises(ParameterError, match="nowhere"):
        step_matrix(log_of({"a": ["A"]}), anchor="nowhere")


@settings(max_examples=8, deadline=None)
@given(
    texts=st.lists(st.text("ABCD", min_size=1, max_size=8), min_size=1, max_size=15),
    steps=st.integers(1, 6),
    anchor=st.sampled_from([None, "A"]),
)
def test_shares_of_a_step_sum_to_one_and_flows_agree_with_them(texts, steps, anchor):
    log = log_of({f"c{i}": [text] for i, text in enumerate([*texts, "AB"])})
    found = step_matrix(log, steps=steps, anchor=anchor).table
    assert np.allclose(found.groupby("step")["share"].sum(), 1)
    if anchor is None and steps > 1:
        left = step_flows(log, steps=steps, top=9).table.groupby(["step", "source"])["journeys"].sum()
        met = found[(found["journeys"] > 0) & (found["touchpoint"] != END) & (found["step"] < steps)]
        assert left.to_dict() == met.set_index(["step", "touchpoint"])["journeys"].to_dict()
