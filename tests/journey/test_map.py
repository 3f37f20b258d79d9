"""The journey map: what the log says of every touchpoint, what the measures add, and what is called pain and peak."""

import ibis
import numpy as np
import pandas as pd
import pytest
from scipy.stats import beta, norm

from cxlab.errors import ModelError, ParameterError
from cxlab.finding import Finding
from cxlab.journey import read_log
from cxlab.journey.emotion import emotional_curve
from cxlab.journey.examples import small_log
from cxlab.journey.loss import recoverable_loss
from cxlab.journey.map import journey_map
from cxlab.journey.what_if import what_if
from cxlab.style import new_axes

STAGES = {"Search": "Awareness", "Website": "Consideration", "Checkout": "Purchase", "Help desk": "Service"}


def shop(n=60, **options):
    """Customers who search, look, and mostly buy; the checkout feels bad, and a queue at the help desk worse."""
    rng = np.random.default_rng(5)
    rows = []
    for i in range(n):
        names = ["Search", "Website", "Website", "Checkout", "Help desk"][: rng.integers(1, 6)]
        at = pd.Timestamp("2026-01-01") + pd.to_timedelta(np.cumsum(rng.exponential(9, len(names))), unit="h")
        for name, time in zip(names, at, strict=True):
            felt = {"Search": 1.0, "Website": 0.2, "Checkout": -1.0, "Help desk": 0.0}[name] + rng.normal(0, 0.3)
            rows.append(
                {"customer_id": f"c{i}", "timestamp": time.floor("s"), "touchpoint": name, "kind": "ab"[i % 2],
                 "channel": "web" if rng.random() < 0.7 else "phone", "emotion": float(np.clip(felt, -2, 2))}
            )  # fmt: skip
    frame = pd.DataFrame(rows)
    return frame, read_log(ibis.memtable(frame), **{"stages": STAGES, "goal": "Checkout"} | options)


@pytest.fixture(scope="module")
def seen():
    return shop()


def test_the_table_says_what_pandas_says_of_the_same_rows(seen):
    frame, log = seen
    table = journey_map(log, level=0.8).table.set_index("touchpoint")
    frame = frame.sort_values(["customer_id", "timestamp"], kind="stable")
    gap = -frame.groupby("customer_id")["timestamp"].diff(-1).dt.total_seconds()
    last = frame.groupby("customer_id").tail(1)
    for name, own in frame.groupby("touchpoint"):
        row, n = table.loc[name], own["customer_id"].nunique()
        assert (row.contacts, row.journeys) == (len(own), n)
        share = own["channel"].value_counts(normalize=True)
        assert (row.channel, row.channel_share) == (share.index[0], pytest.approx(share.iloc[0]))
        waits = gap[own.index].dropna()
        if len(waits):
            assert row[["wait_q25_s", "wait_s", "wait_q75_s"]].tolist() == pytest.approx(
                waits.quantile([0.25, 0.5, 0.75]).tolist()
            )
        ended = (last["touchpoint"] == name).sum()
        if name != "Checkout":
            assert row.drop_off == pytest.approx(ended / n)
            if 0 < ended < n:
                ends = beta.ppf([0.1, 0.9], ended + 0.5, n - ended + 0.5)
                assert row[["drop_off_low", "drop_off_high"]].tolist() == pytest.approx(ends.tolist())
    assert table.loc["Checkout", ["drop_off", "drop_off_low", "drop_off_high"]].isna().all()  # the goal


def test_a_log_without_channels_emotions_or_waits_still_has_a_map():
    found = journey_map(small_log())
    assert "channel" not in found.table and "Not measured: emotion, moments of truth, money." in found.text
    one = pd.DataFrame({"customer_id": ["a"], "timestamp": [pd.Timestamp("2026-01-01")], "touchpoint": ["Search"]})
    alone = journey_map(read_log(ibis.memtable(one), stages=STAGES, goal=None))
    assert alone.table["wait_s"].isna().all() and not alone.believed
    alone.plot(new_axes(width=3.6))
    alone.plot()


def test_measures_stand_beside_their_touchpoints_whatever_their_order(seen):
    _, log = seen
    emotion, loss = emotional_curve(log), recoverable_loss(log, value=50.0, reference=0.1, draws=200)
    found = journey_map(log, emotion=emotion, loss=loss)
    for own, names in ((emotion.table, {"mean": "emotion", "low": "emotion_low", "contacts": "emotion_n"}),
                       (loss.table, {"money": "money", "high": "money_high"})):  # fmt: skip
        own = own.set_index("touchpoint")
        for theirs, ours in names.items():
            got = found.table.set_index("touchpoint")[ours]
            assert got[own.index].tolist() == pytest.approx(own[theirs].tolist(), nan_ok=True)
    assert found.units["money_low"] == "money" and found.units["emotion"] == "points"
    assert set(loss.checks) <= set(found.checks)
    assert found.monte_carlo_error.shape[0] == len(found.table)


def test_pain_and_peak_need_their_whole_interval(seen):
    _, log = seen
    marks = journey_map(log, emotion=emotional_curve(log)).table.set_index("touchpoint")["mark"]
    assert marks.to_dict() == {"Search": "peak", "Website": "", "Checkout": "pain", "Help desk": ""}


def test_where_all_journeys_end_is_no_loss_without_a_goal():
    rows = [{"customer_id": f"c{i}", "touchpoint": name, "timestamp": pd.Timestamp("2026-01-01") + pd.Timedelta(days=d)}
            for i in range(60) for d, name in enumerate(["Booking", "Arrival", "Departure"])]  # fmt: skip
    found = journey_map(read_log(ibis.memtable(pd.DataFrame(rows)), goal=None))
    assert found.title == "All journeys end at Departure"
    assert (found.table["mark"] == "").all() and "100 %" not in found.text


def test_without_emotion_pain_is_where_more_leave_than_elsewhere_before_the_goal():
    journeys = [["Search", "Website"]] * 60 + [["Search", "Website", "Checkout", "Help desk"]] * 40
    rows = [
        {"customer_id": i, "timestamp": pd.Timestamp(2026, 1, day), "touchpoint": name}
        for i, names in enumerate(journeys)
        for day, name in enumerate(names, start=1)
    ]
    log = read_log(ibis.memtable(pd.DataFrame(rows)), stages=STAGES, goal="Checkout")
    assert journey_map(log).table.set_index("touchpoint")["mark"].to_dict() == {
        "Search": "", "Website": "pain", "Checkout": "", "Help desk": ""
    }  # fmt: skip


def test_at_most_three_moments_of_truth_each_surely_above_zero(seen):
    _, log = seen
    scores = pd.DataFrame(
        {"touchpoint": list(STAGES), "score": [0.4, 0.3, 0.2, 0.1], "low": [0.1, 0.1, 0.0, 0.05], "high": 0.5}
    )
    marks = journey_map(log, moments=Finding("m", "m", "m", scores)).table.set_index("touchpoint")["mark"]
    assert [name for name in STAGES if "moment of truth" in marks[name]] == ["Search", "Website", "Help desk"]


def test_one_curve_of_all_personas_is_their_mean_by_contacts():
    frame, log = shop(persona="kind")
    by_kind = emotional_curve(log, by_persona=True)
    table = journey_map(log, emotion=by_kind, level=0.9).table.set_index("touchpoint")
    assert table["emotion"].to_dict() == pytest.approx(frame.groupby("touchpoint")["emotion"].mean().to_dict())
    own = by_kind.table[by_kind.table["touchpoint"] == "Search"]
    weight, error = own["contacts"] / own["contacts"].sum(), (own["high"] - own["low"]) / 2 / norm.ppf(0.95)
    assert (table.loc["Search", "emotion_high"] - table.loc["Search", "emotion"]) / norm.ppf(0.95) == pytest.approx(
        float(np.sqrt(((weight * error) ** 2).sum()))
    )
    said = [t.get_text() for t in journey_map(log, emotion=by_kind).plot().texts]
    assert "a" in said and "b" in said  # the names of the curves


def test_a_change_moves_journeys_as_the_what_if_moves_contacts(seen):
    _, log = seen
    change = {"Website": {"drop_off": 0.5, "wait": 0.25}}
    table = journey_map(log, to_be=change).table.set_index("touchpoint")
    assert table.loc["Website", "to_be_drop_off"] == pytest.approx(table.loc["Website", "drop_off"] / 2)
    assert table.loc["Website", "to_be_wait_s"] == pytest.approx(table.loc["Website", "wait_s"] / 4)
    assert table.loc["Search", "to_be_journeys"] == pytest.approx(table.loc["Search", "journeys"])
    contacts = what_if(log, change, until="end", draws=200).table.set_index("quantity").loc["contacts a journey"]
    grown = (table["contacts"] * table["to_be_journeys"] / table["journeys"]).sum() / log.n_journeys
    assert grown == pytest.approx(contacts["to_be"])
    assert "To be:" in journey_map(log, to_be=change).text


def test_another_map_can_stand_beside(seen):
    _, log = seen
    _, later = shop(40)
    both = journey_map(log, to_be=journey_map(later, emotion=emotional_curve(later))).table
    assert both["to_be_drop_off"].tolist() == pytest.approx(journey_map(later).table["drop_off"].tolist(), nan_ok=True)
    assert "to_be_emotion_low" in both


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"emotion": Finding("x", "x", "x", pd.DataFrame({"touchpoint": ["Till"], "mean": [1.0]}))}, ParameterError,
         "emotion has no touchpoint of the log"),
        ({"to_be": {"Till": {"drop_off": 0.5}}}, (ParameterError, ModelError), "Till"),
        ({"to_be": {"Website": {"drop": 0.5}}}, ParameterError, "'drop'"),
        ({"loss": Finding("x", "x", "x", pd.DataFrame({"touchpoint": ["Search"], "goals": [1.0]}))}, ParameterError,
         "no money"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_named(seen, given, error, message):
    with pytest.raises(error, match=message):
        journey_map(seen[1], **given)
