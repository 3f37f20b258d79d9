"""Answers are counted by group and wave; what cannot be counted is named."""

import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxlab.errors import DataError, ParameterError
from cxlab.experience.scores.answers import questions, read_answers


def survey(scores, *, question="nps", scale=(0, 10), **columns):
    return pd.DataFrame({"question": question, "score": scores, "scale_min": scale[0], "scale_max": scale[1]} | columns)


def test_counts_by_group_and_calendar_wave():
    day = pd.to_datetime(["2026-01-05", "2026-03-31", "2026-04-01", "2026-04-02", None])
    answers = read_answers(
        survey([9, 3, 10, 10, 5], timestamp=day, brand=["we", "we", "we", "rival", "we"]), by="brand", wave="quarter"
    )
    assert answers.by == ("brand", "wave")
    assert answers.groups[["brand", "wave", "n"]].values.tolist() == [
        ["rival", "2026 Q2", 1], ["we", "2026 Q1", 2], ["we", "2026 Q2", 1], ["we", "(not stated)", 1],
    ]  # fmt: skip
    assert answers.matrix().shape == (4, 11)
    assert answers.matrix()[1].nonzero()[0].tolist() == [3, 9]
    assert answers.period == "5 Jan 2026 – 2 Apr 2026"
    assert answers.notes == ("1 answers have no time",)


def test_missing_answers_are_counted_and_doubted():
    answers = read_answers(survey([9, np.nan, np.nan, np.nan]))
    assert (answers.n, answers.n_missing) == (1, 3)
    assert not answers.checks[0].passed


def test_flagged_answers_stay_unless_asked():
    table = survey([9, 1, 1], flag=[None, "fast", "straight-line; fast"])
    assert read_answers(table).n == 3
    dropped = read_answers(table, flagged="drop")
    assert dropped.n == 1
    assert "left out" in dropped.notes[0]


def test_a_question_is_found_by_its_kind_or_its_text_in_any_case():
    table = pd.concat([survey([9, 10], question="How likely are you to recommend us?"),
                       survey([4, 5], question="Staff", scale=(1, 5))])  # fmt: skip
    assert read_answers(table, question="nps").question == "How likely are you to recommend us?"
    assert read_answers(table, question=" staff").kind == "csat"
    assert questions(table)["kind"].tolist() == ["nps", "csat"]


def test_weights_and_repeated_customers_lower_what_answers_count_for():
    weighted = read_answers(survey([9, 0], w=[3.0, 1.0]), weights="w")
    np.testing.assert_allclose(weighted.effective.sum(), 16 / 10)
    np.testing.assert_allclose(weighted.effective[0, 9] / weighted.effective.sum(), 0.75)
    # each of fifty customers says the same twice: a hundred answers are worth about fifty
    scores = np.tile(np.repeat([0, 10], 25), 2)
    twice = read_answers(survey(scores, customer_id=np.tile(np.arange(50), 2)))
    assert twice.groups.loc[0, "customers"] == 50
    np.testing.assert_allclose(twice.effective.sum(), 50)
    rng = np.random.default_rng(1)
    unlike = read_answers(survey(rng.integers(0, 11, 4000), customer_id=np.repeat(np.arange(2000), 2)))
    assert unlike.effective.sum() > 3800


def test_groups_come_from_the_customers_too(tmp_path):
    import cxlab as cx

    survey([9, 3], customer_id=["a", "b"], response_id=["1", "2"]).to_csv(tmp_path / "surveys.csv", index=False)
    pd.DataFrame({"customer_id": ["a", "b"], "first_seen": ["2026-01-01"] * 2, "town": ["Ulm", "Bonn"]}).to_csv(
        tmp_path / "customers.csv", index=False
    )
    (tmp_path / "client.yaml").write_text("sources: {surveys: surveys.csv, customers: customers.csv}")
    data = cx.load(tmp_path)
    assert read_answers(data, by="town").groups["town"].tolist() == ["Bonn", "Ulm"]


@pytest.mark.parametrize(
    ("table", "options", "words"),
    [
        (survey([11, 11, 9]), {}, r"1 scores off its scale: 11 \(2 times\)"),
        (survey([-1]), {}, "off its scale: -1"),
        (survey([8.5]), {}, "not whole: 8.5"),
        (survey([9, 4], scale=(pd.Series([0, 1]), pd.Series([10, 5]))), {}, "asked on 2 scales"),
        (survey([9], scale=(np.nan, np.nan)), {}, "without a scale"),
        (survey([5], scale=(5, 5)), {}, "scale from 5 to 5"),
        (survey([np.nan, np.nan]), {}, "has no answer"),
        (survey(["9 – Very likely"]), {}, "holds string, not numbers"),
        (survey([9]).drop(columns="question"), {}, "no column 'question'"),
        (survey([9, 8], question=["nps", "again, 0–10"]), {}, "asks 2 questions"),
        (survey([9, 8], question=["first", "second"]), {"question": "nps"}, "2 questions of kind 'nps'"),
        (survey([9]), {"question": "npz"}, "did you mean 'nps'"),
        (survey([9]), {"by": "brnd"}, "unknown column 'brnd'"),
        (survey([9]), {"wave": "month"}, "no timestamp"),
        (survey([9, 8], w=[1.0, 0.0]), {"weights": "w"}, "above 0"),
        (survey([9, 8], w=[1.0, None]), {"weights": "w"}, "no weight"),
        (survey([9]), {"weights": "v"}, "unknown column of weights"),
        (survey([9]).head(0), {}, "no rows"),
    ],
)
def test_dirty_surveys_are_named(table, options, words):
    with pytest.raises(DataError, match=words):
        read_answers(table, **options)


@pytest.mark.parametrize("options", [{"wave": "decade"}, {"flagged": "hide"}, {"kind": "loyalty"}])
def test_unknown_options_are_named(options):
    with pytest.raises(ParameterError, match="unknown"):
        read_answers(survey([9]), **options)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.one_of(st.none(), st.integers(0, 10)), st.sampled_from("abc")), min_size=1))
def test_every_row_is_an_answer_or_missing(rows):
    if all(score is None for score, _ in rows):
        return
    table = survey([np.nan if s is None else float(s) for s, _ in rows], group=[g for _, g in rows])
    answers = read_answers(ibis.memtable(table), by="group")
    assert answers.n + answers.n_missing == len(rows)
    assert answers.matrix().sum() == answers.n == answers.groups["n"].sum()
    shuffled = read_answers(table.sample(frac=1, random_state=1), by="group")
    pd.testing.assert_frame_equal(answers.counts, shuffled.counts)
