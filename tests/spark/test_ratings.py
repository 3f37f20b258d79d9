"""Ratings, Kano's pairs and gaps are counted alike on DuckDB and on Spark."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cxlab.experience.drivers.gaps import service_gaps
from cxlab.experience.drivers.kano_answers import read_kano
from cxlab.experience.drivers.ratings import read_ratings
from cxlab.experience.drivers.rivals import rival_gaps
from tests.experience.survey_tables import long, survey
from tests.spark.same import assert_same

WEIGHTS = {"staff": 0.9, "food": 0.5, "wifi with": 0.1, "wifi without": 0.0}
LIKES = {1: "I like it", 2: "I expect it", 3: "neutral", 4: "I can live with it", 5: "I dislike it"}


@pytest.fixture(scope="module")
def sources(tmp_path_factory, connections):
    path = tmp_path_factory.mktemp("answers") / "surveys.parquet"
    parts = []
    for i, brand in enumerate(("we", "they")):
        wide = survey(80, WEIGHTS, seed=i).map(lambda score: np.ceil(score / 2))
        wide.iloc[::7, 1] = np.nan
        parts.append(long(wide, brand=brand, segment="a").assign(response_id=lambda a, i=i: a["response_id"] + 80 * i))
    answers = pd.concat(parts, ignore_index=True)
    answers["customer_id"] = (answers["response_id"] % 80).astype(str)
    answers["importance"] = answers["response_id"] % 5 + 1.0
    answers["flag"] = np.where(answers["response_id"] % 9 == 0, "fast", None)
    answers["answer"] = answers["score"].map(LIKES).where(answers["question"].str.startswith("wifi"))
    answers["timestamp"] = pd.Timestamp("2026-01-01") + pd.to_timedelta(answers["response_id"], "D")
    answers["timestamp"] = answers["timestamp"].astype("datetime64[us]")
    pq.write_table(pa.Table.from_pandas(answers), path)
    return [c.read_parquet(path) for c in connections]


@pytest.mark.parametrize(
    "options",
    [{}, {"by": "brand", "flagged": "drop"}, {"brand": "we", "drivers": {"both": ["staff", "food"]}}],
    ids=str,
)
def test_rows_are_the_same(sources, options):
    ours, theirs = (read_ratings(s, outcome="overall", **options) for s in sources)
    facts = [(r.n, r.n_respondents, r.n_units, r.n_no_outcome, r.period, r.scales, r.notes) for r in (ours, theirs)]
    assert facts[0] == facts[1]
    order = list(ours.rows.columns)
    assert_same(ours.rows, theirs.rows, order=order)
    assert_same(ours.stated, theirs.stated, order=list(ours.stated.columns))


def test_pairs_of_kano_are_the_same(sources):
    ours, theirs = (read_kano(s, by="brand") for s in sources)
    assert_same(ours.counts, theirs.counts)
    assert ours.n_left_out == theirs.n_left_out


def test_gaps_are_the_same(sources):
    ours, theirs = (rival_gaps(s, own="we", questions=["staff", "food"]).table for s in sources)
    assert_same(ours, theirs)
    pairs = {"staff": [("staff", "food")]}
    ours, theirs = (service_gaps(s, pairs=pairs).table for s in sources)
    assert_same(ours, theirs)
