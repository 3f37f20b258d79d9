"""What a summary says of each customer is what counting by hand says, on any log, grain and unit."""

from __future__ import annotations

import datetime as dt

import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cxlab as cx
from cxlab.cltv.summary import DAYS, from_summaries, summarise
from cxlab.errors import DataError, ParameterError
from tests.cltv.cases import cdnow

START = dt.date(2023, 1, 1)
PERIODS = {"day": "D", "week": "W-SUN", "month": "M", "quarter": "Q", "year": "Y"}

lines = st.lists(
    st.tuples(
        st.sampled_from(["7", "007", "a b", "Z", "é"]),
        st.integers(0, 800).map(lambda d: START + dt.timedelta(days=d)),
        st.integers(0, 10_000).map(lambda cents: cents / 100),
    ),
    min_size=1,
    max_size=40,
)


def table(rows, columns=("customer_id", "timestamp", "amount")) -> ibis.Table:
    return ibis.memtable(pd.DataFrame(rows, columns=list(columns)))


def by_hand(rows, *, cut: dt.date, end: dt.date, grain: str, time_unit: str) -> pd.DataFrame:
    """Every customer's summary by plain counting, indexed by customer."""
    log = pd.DataFrame(rows, columns=["customer_id", "timestamp", "amount"])
    step = pd.to_datetime(log["timestamp"]).dt.to_period(PERIODS[grain])
    number = {day: pd.Period(day, PERIODS[grain]).ordinal for day in (cut, end)}
    log = log.assign(step=[p.ordinal for p in step])
    log = log[pd.to_datetime(log["timestamp"]) <= pd.Timestamp(end)]
    scale = DAYS[grain] / DAYS[time_unit]
    found = {}
    for customer, own in log.groupby("customer_id"):
        visits = own.groupby("step")["amount"].sum()
        seen, later = visits[visits.index <= number[cut]], visits[visits.index > number[cut]]
        if seen.empty:
            continue
        first, x = seen.index.min(), len(seen) - 1
        found[customer] = {
            "frequency": x,
            "recency": (seen.index.max() - first) * scale,
            "T": (number[cut] - first) * scale,
            "monetary_value": seen.iloc[1:].mean() if x else np.nan,
            "first_value": seen.iloc[0],
            "holdout_frequency": len(later),
            "holdout_value": later.sum(),
        }
    return pd.DataFrame.from_dict(found, orient="index", columns=[
        "frequency", "recency", "T", "monetary_value", "first_value", "holdout_frequency", "holdout_value"
    ])  # fmt: skip


def assert_as_counted(summary, expected: pd.DataFrame) -> None:
    found = summary.customers.to_pandas().set_index("customer_id")
    assert sorted(found.index) == sorted(expected.index)
    for column in expected.columns:
        assert found.loc[expected.index, column].to_numpy(float) == pytest.approx(
            expected[column].to_numpy(float), abs=1e-5, nan_ok=True
        ), column
    # the distinct rows hold the same customers, counted
    rows, distinct = summary.rows, summary.distinct
    assert rows.customers == len(expected) == distinct["customers"].sum()
    assert len(rows) == len(expected[["frequency", "recency", "T"]].round(9).drop_duplicates())
    for column in ("frequency", "recency", "T"):
        assert rows.weight @ rows[column] == pytest.approx(expected[column].sum())
    assert distinct["holdout_frequency"].sum() == expected["holdout_frequency"].sum()
    assert distinct["holdout_square"].sum() == (expected["holdout_frequency"] ** 2).sum()
    spend = expected[(expected["frequency"] > 0) & (expected["monetary_value"] > 0)]
    assert summary.spend_rows.customers == len(spend)
    assert summary.spend_rows.weight @ summary.spend_rows["monetary_value"] == pytest.approx(
        spend["monetary_value"].sum(), abs=1e-4
    )


@given(rows=lines, grain=st.sampled_from(list(DAYS)), time_unit=st.sampled_from(list(DAYS)))
@settings(max_examples=25, deadline=None)
def test_any_log_on_any_grain_and_unit(rows, grain, time_unit):
    end = max(day for _, day, _ in rows)
    summary = summarise(table(rows), grain=grain, time_unit=time_unit)
    assert_as_counted(summary, by_hand(rows, cut=end, end=end, grain=grain, time_unit=time_unit))
    assert summary.left_out == 0


@given(rows=lines, at=st.integers(1, 760), grain=st.sampled_from(["day", "week", "month"]))
@settings(max_examples=25, deadline=None)
def test_any_split_keeps_the_future_out_and_counts_it_apart(rows, at, grain):
    split, end = START + dt.timedelta(days=at), START + dt.timedelta(days=800)
    rows = [*rows, ("first", START, 1.0)]
    summary = summarise(table(rows), split=split, observation_end=end, grain=grain)
    # a split within a week or a month is moved to its end, so that no purchase after it counts as seen
    cut = split if grain == "day" else pd.Timestamp(split).to_period(grain[0].upper()).end_time.date()
    expected = by_hand(rows, cut=cut, end=end, grain=grain, time_unit="week")
    assert_as_counted(summary, expected)
    assert summary.left_out == len({c for c, _, _ in rows}) - len(expected)
    assert summary.holdout > 0
    assert summary.observation_end == cut


@given(rows=lines, seed=st.integers(0, 2**32 - 1))
@settings(max_examples=10, deadline=None)
def test_order_of_lines_and_lines_of_one_day_change_nothing(rows, seed):
    rng = np.random.default_rng(seed)
    halves = [(c, d, a / 2) for c, d, a in rows for _ in range(2)]  # every line as two of half the amount
    rng.shuffle(halves)
    one, two = summarise(table(rows)), summarise(table([(c, d, float(a)) for c, d, a in halves]))
    columns = [c for c in one.distinct.columns if not c.endswith("value")]
    pd.testing.assert_frame_equal(one.distinct[columns], two.distinct[columns])
    assert one.distinct["repeat_value"].sum() == pytest.approx(two.distinct["repeat_value"].sum())


@given(rows=lines, at=st.integers(1, 760), grain=st.sampled_from(["day", "week", "month"]))
@settings(max_examples=15, deadline=None)
def test_tracking_adds_up_to_the_summary(rows, at, grain):
    split, end = START + dt.timedelta(days=at), START + dt.timedelta(days=800)
    rows = [*rows, ("first", START, 1.0)]
    summary = summarise(table(rows), split=split, observation_end=end, grain=grain)
    tracking = summary.tracking()
    boundary = round(summary.observed / summary.scale)
    seen = tracking[tracking["step"] <= boundary]
    assert tracking["step"].tolist() == list(range(len(tracking)))
    assert len(tracking) - 1 == round((summary.observed + summary.holdout) / summary.scale)
    assert seen["acquired"].sum() == summary.n_customers
    assert seen["repeats"].sum() == (summary.distinct["frequency"] * summary.distinct["customers"]).sum()
    assert tracking["acquired"].sum() == summary.n_customers + summary.left_out


def test_a_day_by_hand():
    """Two orders on one day are one purchase; the last day counts; a time of day does not."""
    rows = [
        ("b", "2024-03-04 23:59", 10.0), ("b", "2024-03-04 08:00", 5.0), ("b", "2024-03-25 00:00", 8.0),
        ("b", "2024-03-25 12:00", 4.0), ("a", "2024-03-31 23:59", 3.0),
    ]  # fmt: skip
    log = table([(c, pd.Timestamp(t), v) for c, t, v in rows])
    found = summarise(log).customers.to_pandas().set_index("customer_id")
    assert found.loc["b", ["frequency", "recency", "T", "monetary_value"]].tolist() == pytest.approx([1, 3, 27 / 7, 12])
    assert found.loc["b", "first_value"] == 15
    assert found.loc["a", ["frequency", "recency", "T"]].tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    ("time_unit", "length"), [("day", 273), ("week", 39), ("month", 273 / 30.4375), ("year", 273 / 365.25)]
)
def test_units_travel_with_the_summary(time_unit, length):
    log = cx.load("cdnow").transactions
    summary = summarise(log, split="1997-09-30", time_unit=time_unit)
    assert summary.n_customers == 23_570
    assert summary.holdout == pytest.approx(length)
    assert summary.rows["T"].max() == pytest.approx(272 / DAYS[time_unit])
    assert summary.time_unit == time_unit


def test_cdnow_sample_is_the_one_of_the_papers():
    summary = cdnow()
    assert (summary.n_customers, summary.repeat_buyers, len(summary.rows)) == (2_357, 946, 1_016)
    assert summary.distinct["holdout_frequency"].sum() == 1_882
    assert summary.period == "1 Jan 1997 – 30 Sep 1997"


def test_a_customer_who_comes_after_the_split_is_left_out():
    rows = [
        ("early", dt.date(2024, 1, 1), 5.0),
        ("early", dt.date(2024, 6, 1), 5.0),
        ("late", dt.date(2024, 5, 1), 5.0),
    ]
    summary = summarise(table(rows), split="2024-04-01")
    assert summary.customers.to_pandas()["customer_id"].tolist() == ["early"]
    assert summary.left_out == 1
    assert summary.distinct["holdout_frequency"].tolist() == [1]
    assert summary.distinct["holdout_value"].tolist() == [5.0]


def test_orders_after_the_end_of_observation_do_not_count():
    rows = [("a", dt.date(2024, 1, 1), 5.0), ("a", dt.date(2024, 2, 1), 7.0), ("a", dt.date(2025, 2, 1), 9.0)]
    row = summarise(table(rows), observation_end="2024-12-31").customers.to_pandas().iloc[0]
    assert row[["frequency", "monetary_value", "holdout_frequency"]].tolist() == [1, 7.0, 0]
    assert row["T"] == pytest.approx(365 / 7)


def segmented(**options):
    rows = [
        ("a", dt.date(2024, 1, 1), 5.0, "web"), ("a", dt.date(2024, 2, 1), 5.0, "shop"),
        ("b", dt.date(2024, 1, 5), 5.0, "shop"), ("c", dt.date(2024, 1, 5), 5.0, None),
        ("d", dt.date(2024, 3, 1), 2.0, "web"),
    ]  # fmt: skip
    return summarise(table(rows, ("customer_id", "timestamp", "amount", "channel")), **options)


def segment_of(summary) -> dict:
    return summary.customers.to_pandas().set_index("customer_id")["segment"].to_dict()


def test_segments_from_the_log_are_those_of_the_first_purchase():
    summary = segmented(segment="channel")
    assert segment_of(summary) == {"a": "web", "b": "shop", "c": "(none)", "d": "web"}
    assert summary.segments == summary.rows.groups == ("(none)", "shop", "web")
    assert summary.rows.group_weight.tolist() == [1, 1, 2]


def test_segments_from_the_customers_table():
    people = table([("a", "gold"), ("b", "gold"), ("d", None)], ("customer_id", "tier"))
    summary = segmented(segment="tier", customers=people)
    assert segment_of(summary) == {"a": "gold", "b": "gold", "c": "(none)", "d": "(none)"}
    assert summary.rows.group_weight.tolist() == [2, 2]
    # a column that both have is that of the customers
    both = table([("a", "x"), ("b", "x"), ("c", "x"), ("d", "y")], ("customer_id", "channel"))
    assert segment_of(segmented(segment="channel", customers=both)) == {"a": "x", "b": "x", "c": "x", "d": "y"}


def test_values_computed_on_distinct_rows_reach_every_customer_of_theirs():
    summary = cdnow()
    label = summary.distinct["frequency"] * 1_000 + summary.distinct["T_steps"]
    found = summary.attach(pd.DataFrame({"label": label, "row": np.arange(len(label))})).to_pandas()
    assert len(found) == 2_357
    assert found["customer_id"].is_unique
    assert (found["label"] == found["frequency"] * 1_000 + found["T_steps"]).all()
    assert (found["row"].value_counts().sort_index().to_numpy() == summary.distinct["customers"].to_numpy()).all()


def test_another_column_of_money():
    rows = [("a", dt.date(2024, 1, 1), 5.0, 1.0), ("a", dt.date(2024, 2, 1), 5.0, 2.0)]
    log = table(rows, ("customer_id", "timestamp", "amount", "margin"))
    assert summarise(log, value="margin").customers.to_pandas()["monetary_value"].tolist() == [2.0]


def test_amounts_of_nothing_are_purchases_but_no_spend():
    rows = [("a", dt.date(2024, 1, 1), 5.0), ("a", dt.date(2024, 2, 1), 0.0), ("b", dt.date(2024, 1, 1), 5.0)]
    summary = summarise(table(rows))
    assert summary.repeat_buyers == 1
    assert len(summary.spend_rows) == 0


def test_customers_that_come_summarised():
    donors = from_summaries(cx.load("donors").tables["summaries"], time_unit="year", currency="USD")
    assert (donors.n_customers, len(donors.rows), donors.repeat_buyers) == (11_104, 22, 7_640)
    assert (donors.time_unit, donors.currency, donors.holdout, donors.observed) == ("year", "USD", 0, 6)
    rows = [("a", 2, 4.0, 10.0, 12.5), ("b", 0, 0.0, 8.0, None)]
    log = table(rows, ("customer_id", "frequency", "recency", "T", "monetary_value"))
    summary = from_summaries(log, time_unit="week", grain="day")
    assert summary.rows["T"].tolist() == pytest.approx([8 / 7, 10 / 7])
    assert summary.spend_rows["monetary_value"].tolist() == [12.5]
    assert summary.distinct["repeat_value"].tolist() == [0, 25]


LOG = [("a", dt.date(2024, 1, 1), 5.0), ("a", dt.date(2024, 6, 1), 5.0)]


@pytest.mark.parametrize(("options", "error", "words"), [
    ({"time_unit": "weeks"}, ParameterError, "did you mean 'week'"),
    ({"grain": "hour"}, ParameterError, "unknown grain 'hour'"),
    ({"split": "2024-07-01"}, ParameterError, "between 2024-01-01 and 2024-06-01"),
    ({"split": "2023-07-01"}, ParameterError, "split = 2023-07-01"),
    ({"split": "next year"}, ParameterError, "YYYY-MM-DD"),
    ({"split": "2024-05-31", "grain": "quarter"}, ParameterError, "a quarter that ends between"),
    ({"observation_end": "2023-01-01"}, ParameterError, "from 2024-01-01 on"),
    ({"value": "margin"}, DataError, "no column margin"),
    ({"segment": "tier"}, ParameterError, "unknown segment column 'tier'"),
])  # fmt: skip
def test_what_is_refused(options, error, words):
    with pytest.raises(error, match=words):
        summarise(table(LOG), **options)


def test_an_empty_log_and_too_many_segments_are_refused():
    with pytest.raises(DataError, match="no rows"):
        summarise(table(LOG).filter(ibis._.amount > 100))
    crowd = [(str(i), dt.date(2024, 1, 1), 5.0, f"s{i}") for i in range(40)]
    with pytest.raises(DataError, match="40 different values"):
        summarise(table(crowd, ("customer_id", "timestamp", "amount", "shop")), segment="shop")
