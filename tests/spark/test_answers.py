"""Answers are counted, compared and told early from late alike on DuckDB and on Spark."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cxlab.experience.scores.answers import questions, read_answers
from cxlab.experience.scores.lateness import early_and_late
from cxlab.experience.scores.waves import wave_change
from tests.spark.same import assert_same


@pytest.fixture(scope="module")
def sources(tmp_path_factory, connections):
    rng, n = np.random.default_rng(1), 400
    answers = pd.DataFrame(
        {
            "response_id": np.arange(n).astype(str),
            "customer_id": pd.Series(rng.integers(0, 120, n).astype(str)).where(rng.random(n) < 0.95, None),
            # no two at the same time, so that thirds and last answers have one meaning
            "timestamp": (pd.Timestamp("2026-01-03") + pd.to_timedelta(rng.permutation(n) * 5.5, "h")),
            "question": np.where(np.arange(n) % 4 == 0, "Staff", "nps"),
            "touchpoint": pd.Series(rng.choice(["Till", "Web"], n)).where(rng.random(n) < 0.9, None),
            "w": rng.uniform(0.5, 2, n),
            "flag": np.where(np.arange(n) % 9 == 0, "fast", None),
        }
    )
    nps = answers["question"] == "nps"
    answers["score"] = np.where(nps, rng.integers(0, 11, n), rng.integers(1, 6, n)).astype(float)
    answers.loc[::17, "score"] = np.nan
    answers["scale_min"], answers["scale_max"] = np.where(nps, 0, 1), np.where(nps, 10, 5)
    answers["timestamp"] = answers["timestamp"].astype("datetime64[us]")
    path = tmp_path_factory.mktemp("answers") / "surveys.parquet"
    pq.write_table(pa.Table.from_pandas(answers), path)
    return [c.read_parquet(path) for c in connections]


@pytest.mark.parametrize(
    "options",
    [{}, {"by": "touchpoint", "wave": "month", "flagged": "drop"}, {"wave": "week", "weights": "w"}],
    ids=str,
)
def test_counts_are_the_same(sources, options):
    ours, theirs = (read_answers(s, question="nps", **options) for s in sources)
    assert_same(ours.counts, theirs.counts)
    assert_same(ours.groups, theirs.groups)
    facts = [(a.n, a.n_missing, a.period, a.notes, round(a.total_design_effect, 9)) for a in (ours, theirs)]
    assert facts[0] == facts[1]


def test_questions_are_the_same(sources):
    assert_same(*(questions(s) for s in sources))


def test_changes_and_thirds_are_the_same(sources):
    ours, theirs = (wave_change(s, question="nps", wave="month").table for s in sources)
    assert (ours["same"] > 0).any()
    assert_same(ours, theirs)
    assert_same(*(early_and_late(s, question="nps", wave="month").table for s in sources))
