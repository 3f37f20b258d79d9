"""Migration: nobody is lost in counting, known moves are recovered, and unsure placing is not taken for moving."""

import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxlab.errors import DataError, ParameterError
from cxlab.segments import k_means
from cxlab.segments.features import features
from cxlab.segments.migration import LOST, NEW, in_period, migration
from cxlab.segments.worth import worth
from cxlab.style import new_axes
from tests.segments.worlds import answers, boutique, found, mixed, tables

_SEGMENTS = st.sampled_from(["low", "middle", "high", None])


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(_SEGMENTS, _SEGMENTS), min_size=8, max_size=60))
def test_everybody_is_counted_once(pairs):
    pairs = [*pairs, ("low", "high")]
    frame = pd.DataFrame(pairs, columns=["then", "now"]).rename_axis("customer_id").reset_index()
    before, after = (frame[["customer_id", c]].dropna().rename(columns={c: "segment"}) for c in ("then", "now"))
    got = migration(before, after)
    assert got.counts.to_numpy().sum() == frame[["then", "now"]].notna().any(axis=1).sum()
    t = got.segments.set_index("segment")
    assert (t["before"] + t["moved_in"] + t["new"] - t["moved_out"] - t["lost"] == t["after"]).all()
    assert (t["stayed"] + t["moved_out"] + t["lost"] == t["before"]).all()
    for name in t.index:
        assert t.loc[name, "before"] == (before["segment"] == name).sum()
    assert got.counts.loc[NEW, LOST] == 0


def test_intervals_of_moves_hold_the_known_matrix_once_unsure_placing_is_taken_out():
    customers, seed = 6000, 3
    world, first = boutique(customers, seed), mixed(customers, seed)
    second = in_period(first, answers(world.later))
    got = migration(first, second)
    moves = got.transitions[got.transitions["target"] != LOST].set_index(["source", "target"])
    true = pd.Series({(s, t): p for s, row in world.truth.migration.iterrows() for t, p in row.items()})
    moves = moves.loc[true.index]
    held = (moves["corrected_low"] <= true) & (true <= moves["corrected_high"])
    raw = (moves["low"] <= true) & (true <= moves["high"])
    assert held.sum() >= 7 and held.sum() > raw.sum()
    gap = (moves["corrected"] - true).abs().max(), (moves["share"] - true).abs().max()
    assert gap[0] < 0.02 < gap[1]
    really = (world.truth.segment != world.truth.segment_later).mean()
    seeming = 1 - np.trace(got.counts.to_numpy()[:3, :3]) / customers
    assert got.misplaced == pytest.approx(seeming - really, abs=0.015)
    assert "would seem to move if nobody did" in got.migration().text


def test_moves_made_by_unsure_placing_alone_are_not_to_be_leant_on():
    customers, seed = 6000, 3
    world, first = boutique(customers, seed), mixed(customers, seed)
    stayed = world.truth.segment == world.truth.segment_later
    later = world.later.to_pandas()
    kept = pd.DataFrame(later[later["customer_id"].map(stayed)])
    import pyarrow as pa

    finding = migration(first, in_period(first, answers(pa.Table.from_pandas(kept)))).migration()
    assert not finding.believed and "moves that unsure placing alone would show" in finding.warning
    corrected = finding.table[(finding.table["move"] == "stays")]
    assert (corrected["corrected"] / (1 - finding.table.query("move == 'lost'")["share"].to_numpy()) > 0.985).all()


def test_a_model_that_is_always_sure_says_that_it_cannot_tell():
    got = migration(found(), in_period(found(), answers(boutique().later, "interest")))
    assert np.isnan(got.misplaced) and got.transitions["corrected"].isna().all()
    assert "this model cannot tell" in got.migration().text


def test_features_are_read_again_for_another_period():
    data = tables()
    year = features(data, ["rfm", "transactions.share_of(channel)"], end="2023-12-31")
    before = k_means(year, k=2)
    after = in_period(before, data, start="2024-01-01", end="2024-12-31")
    assert after.recipes == before.recipes and after.names == before.names
    bought = data.transactions.filter(data.transactions.timestamp.year() == 2024).customer_id.nunique().execute()
    got = migration(before, after)
    assert len(after.table) == bought and got.counts[LOST].sum() > 0


def test_net_change_and_its_money_hold_what_they_promise():
    rng, inside, paid = np.random.default_rng(1), 0, 0
    moves, start, value = np.array([[0.7, 0.3], [0.1, 0.9]]), 0.5, np.array([10.0, 40.0])
    truth = 400 * start * (0.3 - 0.1)
    for _ in range(40):
        then = (rng.random(400) < start).astype(int)
        now = np.where(rng.random(400) < moves[then, 1], 1, 0)
        names = np.array(["low", "high"])
        ids = np.arange(400)
        before = pd.DataFrame({"customer_id": ids, "segment": names[then]})
        log = ibis.memtable({"customer_id": ids, "timestamp": ["2024-01-01"] * 400,
                             "amount": rng.gamma(4, value[then] / 4).round(2)})  # fmt: skip
        got = migration(before, pd.DataFrame({"customer_id": ids, "segment": names[now]}),
                        worth=worth({"transactions": log}, before))  # fmt: skip
        row = got.segments.set_index("segment").loc["high"]
        inside += row["net_low"] <= truth <= row["net_high"]
        paid += got.money[1] <= truth * 30 <= got.money[2]
    assert got.segment_order == ("low", "high")
    assert 31 <= inside <= 40 and 31 <= paid <= 40


def test_moving_up_is_told_from_moving_down_only_where_there_is_an_order():
    before = pd.DataFrame({"customer_id": range(100), "segment": ["a"] * 50 + ["b"] * 50})
    after = before.assign(segment=["b"] * 20 + ["a"] * 30 + ["b"] * 45 + ["a"] * 5)
    plain, ranked = migration(before, after), migration(before, after, order=["a", "b"])
    assert set(plain.transitions["move"]) == {"stays", "moves", "lost", "new"}
    assert "up in value" not in plain.migration().text and "20 moved up in value and 5 down" in ranked.migration().text
    flipped = migration(before, after, order=["b", "a"])
    assert "5 moved up in value and 20 down" in flipped.migration().text


def test_moves_of_a_few_are_hidden():
    before = pd.DataFrame({"customer_id": range(80), "segment": ["a"] * 40 + ["b"] * 40})
    after = before.assign(segment=["b"] * 3 + ["a"] * 37 + ["b"] * 30 + ["a"] * 10)
    t = migration(before, after).transitions.set_index(["source", "target"])
    assert t.loc[("a", "b")].drop("move").isna().all() and t.loc[("b", "a"), "customers"] == 10


def test_periods_without_a_common_customer_and_strange_orders_are_refused():
    one = pd.DataFrame({"customer_id": [1, 2], "segment": ["a", "b"]})
    with pytest.raises(DataError, match="nobody is in both"):
        migration(one, one.assign(customer_id=[3, 4]))
    with pytest.raises(ParameterError, match="'c'"):
        migration(one, one, order=["a", "c"])
    with pytest.raises(DataError, match=r"\(lost\)"):
        migration(one.assign(segment="(lost)"), one)


def test_pictures_name_segments_on_both_sides():
    rng = np.random.default_rng(2)
    before = pd.DataFrame({"customer_id": range(600), "segment": rng.choice(["a", "b", "c"], 600)})
    after = pd.DataFrame({"customer_id": range(60, 700), "segment": rng.choice(["a", "b", "c"], 640)})
    got = migration(before, after, order=list("abc"), periods=("2023", "2024"))
    for width in (7.0, 3.6):
        ax = new_axes(width=width)
        got.findings[0].plot(ax)
        words = [t.get_text().split("\n")[0] for t in ax.texts]
        assert all(words.count(name) == 2 for name in "abc") and {"2023", "2024", "new"} <= set(words)
        got.findings[1].plot(new_axes(width=width))
