"""How customers feel: bands that hold for few customers and many contacts, and memories compared honestly."""

import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxlab.errors import DataError, ParameterError
from cxlab.journey.emotion import emotional_curve, shrunk
from cxlab.journey.log import read_log
from cxlab.journey.peak_end import journey_emotions, peak_end
from cxlab.style import new_axes

MEANS = np.linspace(-1, 1, 6)
START = pd.Timestamp("2026-01-01")


def contacts(rng, *, customers=40, each=6.0, own=0.7):
    """Contacts of customers who are happier or less happy by nature, at six touchpoints from bad to good."""
    customer = np.repeat(np.arange(customers), rng.poisson(each, customers) + 1)
    at = rng.integers(0, len(MEANS), len(customer))
    emotion = MEANS[at] + own * rng.standard_normal(customers)[customer] + 0.5 * rng.standard_normal(len(customer))
    return pd.DataFrame(
        {
            "customer_id": [f"c{c}" for c in customer], "touchpoint": [f"T{t}" for t in at],
            "timestamp": START + pd.to_timedelta(rng.permutation(len(customer)), unit="min"),
            "emotion": np.clip(np.round(emotion), -2, 2), "persona": np.where(customer % 2, "odd", "even"),
        }
    )  # fmt: skip


def curve(table, *, persona=None, **options):
    return emotional_curve(read_log(ibis.memtable(table), persona=persona), **options)


@pytest.mark.parametrize(("customers", "each"), [(12, 2.0), (40, 12.0)])
def test_intervals_hold_for_few_customers_and_for_many_contacts_of_each(customers, each):
    rng = np.random.default_rng(5)
    truth = contacts(rng, customers=60_000, each=3.0).groupby("touchpoint")["emotion"].mean()
    plain, hits = [], []
    for _ in range(14):
        table = contacts(rng, customers=customers, each=each)
        found = curve(table).table.set_index("touchpoint")
        true = truth[found.index]
        hits += ((found["low"] <= true) & (true <= found["high"])).tolist()
        own = table.groupby("touchpoint")["emotion"].agg(["mean", "sem"]).loc[found.index]
        plain += (np.abs(own["mean"] - true) <= 1.645 * own["sem"]).tolist()
    assert 0.85 <= np.mean(hits) <= 0.96
    assert np.mean(plain) < np.mean(hits)


def test_more_contacts_of_the_same_mood_add_no_certainty():
    once = pd.DataFrame({"customer_id": list("abcdefgh"), "touchpoint": "Shop", "emotion": [2, 1, 0, -1, 2, 1, 0, -1]})
    often = pd.concat([once] * 20, ignore_index=True)
    rows = [
        curve(t.assign(timestamp=START + pd.to_timedelta(range(len(t)), unit="h"))).table.iloc[0] for t in (once, often)
    ]
    assert rows[0].high - rows[0].low == pytest.approx(rows[1].high - rows[1].low)
    assert rows[0].negative_high == pytest.approx(rows[1].negative_high, abs=0.03)


def test_customers_who_all_feel_the_same_leave_a_band():
    table = pd.DataFrame({"customer_id": ["a", "b"], "touchpoint": "Shop", "timestamp": START, "emotion": 2.0})
    row = curve(table).table.iloc[0]
    assert row["mean"] == row["high"] == 2 and row["low"] < 1.8 and row["few"]
    assert row["negative_high"] > 0.3


def test_peak_trough_and_end_are_named_and_read_out():
    table = contacts(np.random.default_rng(1), customers=200)
    last = table.groupby("customer_id")["timestamp"].max() + pd.Timedelta(days=1)
    table = pd.concat([table, last.reset_index().assign(touchpoint="Goodbye", emotion=0.0)], ignore_index=True)
    found = curve(table)
    place = found.table.set_index("touchpoint")["place"]
    assert (place["T5"], place["T0"], place["Goodbye"]) == ("peak", "trough", "end")
    assert found.title == "Customers feel best at T5 and worst at T0"
    assert "journeys most often end at Goodbye" in found.text
    assert found.believed


def test_a_flat_curve_is_called_flat():
    rng, flat = np.random.default_rng(2), 0
    for _ in range(10):
        table = contacts(rng, customers=100)
        table["emotion"] = rng.permutation(table["emotion"])
        flat += curve(table).title.startswith("No touchpoint feels better or worse")
    assert flat >= 7


def test_personas_have_curves_of_their_own():
    table = contacts(np.random.default_rng(3), customers=120)
    flip = table["persona"] == "odd"
    table.loc[flip, "emotion"] = -table.loc[flip, "emotion"]
    found = curve(table, persona="persona", by_persona=True)
    trough = found.table[found.table["place"].str.contains("trough")].set_index("persona")["touchpoint"]
    assert trough.to_dict() == {"even": "T0", "odd": "T5"}
    assert "differs" in found.title


def test_pooling_moves_those_with_few_customers_most():
    table = contacts(np.random.default_rng(4), customers=150)
    keep = (table["touchpoint"] != "T0") | (table.index % 25 == 0)
    found = curve(table[keep], pooling="all").table.set_index("touchpoint")
    assert found["shrinkage"].idxmax() == "T0"
    assert found.loc["T0", "mean"] > found.loc["T0", "own_mean"]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.floats(-2, 2), st.floats(0.01, 1)), min_size=5, max_size=12))
def test_pooled_means_lie_between_their_own_and_the_common_one(cells):
    mean, variance = map(np.array, zip(*cells, strict=True))
    pooled, _, by = shrunk(mean, variance, np.zeros(len(mean)))
    assert ((by >= 0) & (by < 1)).all()
    assert pooled.min() >= mean.min() - 1e-9 and pooled.max() <= mean.max() + 1e-9


def test_a_scale_of_stars_is_named_and_mended():
    table = contacts(np.random.default_rng(6)).assign(emotion=4.0)
    with pytest.raises(DataError, match="scale|−2"):
        curve(table)
    with pytest.raises(DataError, match="no emotion"):
        curve(table.drop(columns="emotion"))


def journeys(rng, *, n=1500, rule="peak–end", strength=1.5):
    """Journeys of two to seven contacts; those who buy are led by the mean, or by the average of peak and end."""
    length = rng.integers(2, 8, n)
    customer = np.repeat(np.arange(n), length)
    step = np.concatenate([np.arange(k) for k in length])
    table = pd.DataFrame({"customer": customer, "step": step, "emotion": rng.integers(-2, 3, len(step)).astype(float)})
    by = table.groupby("customer")["emotion"]
    size = (table["emotion"].abs() * 100 + table["step"]).groupby(table["customer"]).idxmax()
    peak = table.loc[size].set_index("customer")["emotion"]
    score = {"mean": by.mean(), "peak–end": (peak + by.last()) / 2, "nothing": 0 * peak}[rule]
    buys = np.flatnonzero(rng.random(n) < 1 / (1 + np.exp(-strength * score)))
    table["touchpoint"] = "T" + (table["step"] % 3).astype(str)
    bought = pd.DataFrame({"customer": buys, "step": 50, "emotion": 2.0, "touchpoint": "Buy"})
    return pd.concat([table, bought], ignore_index=True).assign(
        customer_id=lambda t: "c" + t["customer"].astype(str),
        timestamp=lambda t: START + pd.to_timedelta(t["step"], unit="D"),
    )


def test_emotions_at_and_after_the_outcome_do_not_predict_it():
    table = pd.DataFrame(
        {"customer_id": ["a"] * 5, "touchpoint": ["Ad", "Shop", "Buy", "Help", "Buy"],
         "timestamp": START + pd.to_timedelta(range(5), unit="D"), "emotion": [-1, 1, 2, -2, 2]}
    )  # fmt: skip
    row = journey_emotions(read_log(ibis.memtable(table), goal="Buy")).iloc[0]
    assert (row["mean"], row["peak"], row["end"], row["outcome"]) == (0, 1, 1, 1)  # of two as extreme, the later


@pytest.mark.parametrize(
    ("rule", "verdict"),
    [("peak–end", "Peak and end predict better than the mean"), ("mean", "Peak and end predict worse than the mean"),
     ("nothing", "Emotion does not tell who converts, whether mean or peak and end")],
)  # fmt: skip
def test_what_really_leads_customers_is_found(rule, verdict):
    found = peak_end(read_log(ibis.memtable(journeys(np.random.default_rng(1), rule=rule)), goal="Buy"))
    assert found.title == verdict
    assert found.table.set_index("predictor").loc["mean", ["difference_low", "difference_high"]].eq(0).all()


def test_without_a_difference_one_is_claimed_at_most_as_often_as_the_level_says():
    rng, claimed = np.random.default_rng(7), 0
    for _ in range(8):
        log = read_log(ibis.memtable(journeys(rng, n=400, rule="nothing")), goal="Buy")
        row = peak_end(log).table.set_index("predictor").loc["peak–end"]
        claimed += row.difference_low > 0
    assert claimed <= 3


def test_a_rating_counts_what_was_felt_before_it():
    table = journeys(np.random.default_rng(8), n=300, rule="nothing")
    table = table[table["touchpoint"] != "Buy"]
    by = table.groupby("customer_id")
    ratings = pd.DataFrame(
        {"rating": 3 + by["emotion"].mean(), "timestamp": by["timestamp"].max() + pd.Timedelta("1h")}
    )
    later = (
        table.groupby("customer_id", as_index=False).first().assign(emotion=-2.0, timestamp=START + pd.Timedelta("99D"))
    )
    log = read_log(ibis.memtable(pd.concat([table, later], ignore_index=True)), goal=None)
    found = peak_end(log, outcome=ibis.memtable(ratings.reset_index()))
    assert found.table.set_index("predictor").loc["mean", "explained"] > 0.99
    assert found.title == "Peak and end predict worse than the mean"
    untimed = peak_end(log, outcome=ibis.memtable(ratings.reset_index()[["customer_id", "rating"]]))
    assert "precede the outcome" in untimed.warning


def test_coming_back_is_only_judged_where_it_could_be_seen():
    days = [0, 1, 20, 21, 100, 101]
    table = pd.DataFrame(
        {"customer_id": "a", "touchpoint": "Shop", "emotion": [1, 1, 2, 2, -1, -1],
         "session_id": [1, 1, 2, 2, 3, 3], "timestamp": START + pd.to_timedelta(days, unit="D")}
    )  # fmt: skip
    log = read_log(ibis.memtable(table), per="session", goal=None)
    rows = journey_emotions(log, outcome="came_back", within_days=30).sort_values("mean")
    assert rows[["mean", "outcome"]].values.tolist() == [[1, 1], [2, 0]]
    with pytest.raises(DataError, match="the log has no goal"):
        peak_end(log)
    with pytest.raises(ParameterError, match="journeys that end"):
        journey_emotions(read_log(ibis.memtable(table), goal=None), outcome="came_back")


@pytest.mark.parametrize("width", [7.0, 3.6])
def test_pictures_draw_every_band_and_name_every_row(width):
    found = curve(contacts(np.random.default_rng(9)), persona="persona", by_persona=True)
    ax = found.plot(new_axes(width=width))
    assert len(ax.containers) == 2  # a set of bars of uncertainty for each persona
    assert sorted(label.get_text() for label in ax.get_xticklabels()) == [f"T{i}" for i in range(6)]
    compared = peak_end(read_log(ibis.memtable(journeys(np.random.default_rng(1), n=300)), goal="Buy"))
    ax = compared.plot(new_axes(width=width))
    assert [label.get_text() for label in ax.get_yticklabels()] == compared.table["predictor"].tolist()
