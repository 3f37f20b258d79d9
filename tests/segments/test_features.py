"""Features by declaration: what a user writes, what comes back, and what is said when it cannot."""

from __future__ import annotations

import datetime as dt

import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxlab.errors import DataError, ParameterError
from cxlab.segments.features import feature, features
from cxlab.segments.rfm import rfm_scores
from cxlab.segments.table import FeatureTable

DAY = dt.date(2024, 1, 1)
LOG = pd.DataFrame(
    {
        "customer_id": ["NA", "NA", "NA", "7", "7", "x"],
        "timestamp": [DAY + dt.timedelta(days=d) for d in (0, 0, 10, 4, 6, 9)],
        "amount": [5.0, 7.0, 3.0, 3.0, 1.0, 40.0],
        "channel": ["web", "shop", "web", "shop", "shop", None],
    }
)
PEOPLE = pd.DataFrame({"customer_id": ["NA", "7", "x", "silent"], "age": [20, 30, None, 50], "city": list("abab")})
ANSWERS = pd.DataFrame({"customer_id": ["7", "7", "x"], "question": ["tea", "milk", "tea"], "score": [5, 1, 3]})


def gather(*declarations, **options):
    tables = {"transactions": LOG, "customers": PEOPLE, "surveys": ANSWERS}
    return features({name: ibis.memtable(t) for name, t in tables.items()}, declarations, **options)


def column(found, name):
    return dict(zip(found.customers, found.values[:, found.names.index(name)].tolist(), strict=True))


@pytest.mark.parametrize(
    ("declaration", "expected"),
    [
        ("transactions.count as n", {"NA": 3, "7": 2, "x": 1}),
        ("transactions.days as n", {"NA": 2, "7": 2, "x": 1}),
        ("transactions.mean(amount) as n", {"NA": 5, "7": 2, "x": 40}),
        ("transactions.share_of(channel=web) as n", {"NA": 2 / 3, "7": 0, "x": np.nan}),
        ("transactions.distinct(channel) as n", {"NA": 2, "7": 1, "x": 0}),
        ("transactions.days_since as n", {"NA": 0, "7": 4, "x": 1}),
        ("transactions.days_known as n", {"NA": 10, "7": 6, "x": 1}),
        ("surveys.answer(tea) as n", {"7": 5, "x": 3}),
    ],
)
def test_a_declaration_is_measured_for_every_customer(declaration, expected):
    assert column(gather(declaration), "n") == pytest.approx(expected, nan_ok=True)


def test_tables_meet_in_one_row_a_customer_and_gaps_stay_gaps():
    found = gather(
        "transactions.count as visits", "transactions.mean(amount) as basket", "customers.age", "customers.city"
    )
    assert sorted(found.customers) == ["7", "NA", "silent", "x"]
    assert column(found, "visits")["silent"] == 0 and np.isnan(column(found, "basket")["silent"])
    assert np.isnan(column(found, "age")["x"])
    assert found.frame().set_index("customer_id")["city"].to_dict() == {"NA": "a", "7": "b", "x": "a", "silent": "b"}
    text = found.finding().text
    assert "4 features of 4 customers" in text and "Missing, and kept as missing: basket (25 %), age (25 %)" in text


def test_a_share_of_every_channel_and_every_question_is_one_word():
    assert gather("transactions.share_of(channel)").names == (
        "channel shop, share of transactions", "channel web, share of transactions",
    )  # fmt: skip
    assert gather("surveys.answers").names == ("tea", "milk")
    assert column(gather("transactions.most(channel) as n"), "n") == pytest.approx(
        {"NA": 1, "7": 0, "x": np.nan}, nan_ok=True
    )


def test_features_can_be_gathered_again_of_another_period():
    first = gather("rfm", "transactions.share_of(channel)")
    again = gather(*first.declarations, end="2024-01-07")
    assert again.names == first.names and "7 Jan 2024" in again.finding().text
    assert column(again, "recency") == {"NA": 6, "7": 0}


def test_order_of_rows_changes_nothing():
    tables = [{"transactions": ibis.memtable(t)} for t in (LOG, LOG.iloc[::-1])]
    one, other = (features(t, ["rfm", "transactions.most(channel)"]) for t in tables)
    assert one.fingerprint == other.fingerprint
    pd.testing.assert_frame_equal(one.frame(), other.frame())


@pytest.mark.parametrize(
    ("declaration", "error", "words"),
    [
        ("transactions.mean", ParameterError, "names no column"),
        ("transactions.mode(channel)", ParameterError, "unknown measure of transactions 'mode'"),
        ("transactions.mean(chanel)", DataError, "did you mean 'channel'"),
        ("transactions.mean(channel)", DataError, "needs a number"),
        ("touchpoints.count", DataError, "unknown table 'touchpoints'"),
        ("customers.age | cube", ParameterError, "unknown scale 'cube'"),
        ("how often", ParameterError, "cannot be read"),
    ],
)
def test_what_cannot_be_declared_is_named(declaration, error, words):
    with pytest.raises(error, match=words):
        gather(declaration)


def test_a_declaration_survives_the_command_line():
    text = "transactions.share_of(channel=web) as online | none"
    assert feature(text).text == text and "," not in text


def test_a_constant_feature_is_said_and_has_no_weight():
    found = FeatureTable.from_frame(pd.DataFrame({"a": [1, 2, 3], "b": [4, 4, 4]}))
    assert "The same for every customer, and so without weight: b." in found.finding().text
    assert not found.matrix[:, 1].any()


amounts = st.lists(st.integers(0, 6), min_size=3, max_size=60)


@settings(max_examples=6, deadline=None)
@given(amounts, st.integers(2, 10), st.randoms())
def test_equal_values_have_equal_scores_in_any_order(values, quantiles, random):
    frame = pd.DataFrame({"customer_id": range(len(values)), "timestamp": DAY, "amount": map(float, values)})
    order = list(range(len(frame)))
    random.shuffle(order)
    a, b = (
        rfm_scores(ibis.memtable(f), quantiles=quantiles).customers.order_by("customer_id").to_pandas()
        for f in (frame, frame.iloc[order])
    )
    pd.testing.assert_frame_equal(a, b)
    scores = a.groupby("monetary")["monetary_score"]
    assert (scores.nunique() == 1).all() and scores.first().is_monotonic_increasing
    below = np.array([sum(v < own for v in values) for own in a["monetary"]])
    assert (a["monetary_score"] == 1 + quantiles * below // len(values)).all()


def test_own_break_points_decide():
    found = rfm_scores(ibis.memtable(LOG), breaks={"recency": (1, 5), "monetary": (10,)})
    scores = found.customers.to_pandas().set_index("customer_id")
    assert scores["recency_score"].to_dict() == {"NA": 3, "7": 2, "x": 3}
    assert scores["monetary_score"].to_dict() == {"NA": 2, "7": 1, "x": 2}
    assert "Recency is scored by given break points." in found.finding().text
    with pytest.raises(ParameterError, match="ascending"):
        rfm_scores(ibis.memtable(LOG), breaks={"recency": (5, 1)})
