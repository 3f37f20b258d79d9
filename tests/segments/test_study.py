"""The study of segments finds what is there, says none where nothing is, and runs on whatever table comes."""

from __future__ import annotations

import datetime as dt

import ibis
import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

import cxlab as cx
from cxlab.data.simulate import simulate
from cxlab.errors import DataError, ParameterError
from cxlab.parts import Part, left_out
from cxlab.segments import explored, extracted, parts, study
from cxlab.segments.table import FeatureTable
from cxlab.segments.tiers import NAMES, tiers_finding, value_tiers


class Bare:
    """Tables of a user: what the study reads of a data set."""

    currency, observation_end = "EUR", None

    def __init__(self, **frames):
        self.tables = {name: ibis.memtable(frame) for name, frame in frames.items()}

    @property
    def transactions(self):
        return self.tables["transactions"]


def purchases(n: int = 120, seed: int = 1) -> pd.DataFrame:
    """A log of customers who differ by degrees only."""
    rng = np.random.default_rng(seed)
    visits = 1 + rng.poisson(rng.gamma(4, 1.0, n))
    who = np.repeat(np.arange(n), visits)
    day = pd.Timestamp("2023-01-01") + pd.to_timedelta(rng.integers(0, 700, len(who)), unit="D")
    return pd.DataFrame({"customer_id": [f"c{i}" for i in who], "timestamp": day.date,
                         "amount": rng.lognormal(3, 0.5, len(who)).round(2)})  # fmt: skip


def quick(**chosen) -> study.SegmentsStudy:
    return study.SegmentsStudy(**({"bootstraps": 20, "most_segments": 4} | chosen))


def grouped(data, settings):
    """The first five steps, in their order."""
    known = explored.explore(data, settings)
    number = extracted.number_of_segments(known, settings)
    return known, number, extracted.extract(known, number, settings)


def studied(data, settings):
    """All steps, in their order."""
    known, number, groups = grouped(data, settings)
    profile = parts.describe(known, groups, settings)
    money = parts.money_of(known, groups, settings)
    return known, number, groups, profile, money


@pytest.fixture(scope="module")
def spa():
    settings = quick(source="spa", most_segments=4)
    data = cx.load("spa")
    return (settings, data, *studied(data, settings))


def test_segments_of_the_spa_are_the_true_ones(spa):
    _settings, _data, known, number, groups, *_rest = spa
    truth = simulate("spa", customers=748, seed=1).truth.segment.reindex(known.made.customers)
    assert number.supported == 3 and groups.found
    assert adjusted_rand_score(truth, groups.groups.labels) > 0.9


def test_segments_are_made_of_answers_and_purchases_describe_them(spa):
    known = spa[2]
    assert {"nails", "quiet matters most"} <= set(known.made.names)
    assert {"recency", "frequency", "monetary", "age"} <= set(known.described.names)
    assert not set(known.made.names) & set(known.described.names)


def test_names_are_what_customers_agree_to_unless_the_study_names_them(spa):
    settings, _data, known, number, groups, *_rest = spa
    assert "Quiet matters most" in groups.groups.names
    own = extracted.extract(known, number, settings.model_copy(update={"names": ("A", "B", "C")}))
    assert own.groups.names == ("A", "B", "C")
    with pytest.raises(ParameterError, match="2 names for 3 segments"):
        extracted.extract(known, number, settings.model_copy(update={"names": ("A", "B")}))


def test_more_segments_than_the_data_supports_are_made_and_said_to_be(spa):
    settings, _data, known, number, *_rest = spa
    groups = extracted.extract(known, number, settings.model_copy(update={"segments": 4}))
    assert groups.groups.k == 4 and not groups.found
    (finding,) = groups.part
    assert not finding.believed and "made, not found" in finding.text


def test_cards_action_and_mix_speak_of_every_segment(spa):
    settings, data, known, number, groups, profile, money = spa
    assert {"segments.value", "segments.whale", "segments.cost_to_serve"} <= {f.name for f in money.part}
    cards = parts.cards(known, groups, profile, money, settings)
    assert set(cards.part.get("segments.cards").table["card"]) == set(groups.groups.names)
    assert groups.groups.names[0] in cards._repr_mimebundle_()["text/plain"]
    mix = parts.mix(groups, money, cards, settings).get("segments.mix").table
    unsure = mix["p_corner"] < parts.SURE
    assert unsure.any() and mix.loc[unsure, "try_first"].str.startswith("as everybody").all()
    action = parts.act(known, number, groups, money, settings).get("segments.actionability").table
    assert set(action.loc[action["criterion"] == "stable", "verdict"]) == {"pass"}
    assert len(parts.answer(number, groups, money, Part(), Part())) == 3


def test_a_log_without_segments_becomes_tiers_of_value():
    settings = quick()
    data = Bare(transactions=purchases())
    _known, number, groups, profile, money = studied(data, settings)
    assert number.supported == 0 and not groups.found and groups.groups.method == "tiers"
    assert "supports no segments" in groups.part.get("segments.tiers").text
    value = money.part.get("segments.value").table.set_index("segment")["value"]
    assert value["High value"] > value["Middle value"] > value["Low value"]
    assert "frequency" in set(profile.get("segments.profiles").table.query("not used")["feature"])


def test_answers_without_segments_or_purchases_leave_one_group():
    rng = np.random.default_rng(2)
    answers = pd.DataFrame(rng.integers(1, 6, (150, 4)), columns=["likes_a", "likes_b", "likes_c", "likes_d"])
    data = Bare(customers=answers.assign(customer_id=[f"r{i}" for i in range(150)]))
    settings = quick()
    known, number, groups, profile, money = studied(data, settings)
    assert known.made.names == ("a", "b", "c", "d")
    assert not groups and "one group" in groups.part.absent
    told = {"groups": groups.part, "profile": profile, "money": money.part}
    assert set(left_out(told, name="segments.left_out")[0].table["part"]) == set(told)
    assert [f.name for f in parts.answer(number, groups, money, Part(), Part())] == ["segments.number"]


def test_missing_answers_are_placed_by_latent_classes_that_agree_with_the_tested_segments():
    rng = np.random.default_rng(3)
    kind = rng.integers(2, size=300)
    values = np.where(kind[:, None] == 1, 6, 2) + rng.integers(-1, 2, (300, 4)).astype(float)
    values[rng.random(values.shape) < 0.05] = np.nan
    frame = pd.DataFrame(values, columns=list("abcd")).assign(customer_id=[f"r{i}" for i in range(300)])
    settings = quick(names=["no", "yes"] if (kind == 0).sum() >= (kind == 1).sum() else ["yes", "no"])
    known, _number, groups = grouped(Bare(customers=frame), settings)
    assert groups.groups.method == "latent_class" and groups.found
    (finding,) = groups.part
    assert finding.believed and any("adjusted Rand" in c.name for c in finding.checks)
    order = pd.Series(kind, [f"r{i}" for i in range(300)]).loc[known.made.customers]
    assert ((groups.groups.table["segment"] == "yes").to_numpy() == (order == 1).to_numpy()).mean() > 0.98


def test_few_complete_customers_fail_a_check():
    rng = np.random.default_rng(4)
    frame = pd.DataFrame(rng.integers(1, 6, (200, 3)).astype(float), columns=list("abc"))
    for i, column in enumerate(frame):  # each is known of three quarters, all three of a quarter
        frame.loc[i * 50 : i * 50 + 49, column] = np.nan
    settings = quick()
    known = explored.explore(Bare(customers=frame.assign(customer_id=range(200))), settings)
    (finding,) = extracted.number_of_segments(known, settings).part
    assert not finding.believed and "share of customers with every feature is 25 %" in finding.text


def test_what_cannot_tell_customers_apart_is_left_out_and_said():
    log = purchases()
    frame = pd.DataFrame({"customer_id": [f"c{i}" for i in range(120)], "hobby": 1, "rare": [1] + [0] * 119,
                          "gap": [1.0, 2.0] + [np.nan] * 118})  # fmt: skip
    log["amount"] = 20.0
    once = log.drop_duplicates("customer_id")
    known = explored.explore(Bare(customers=frame, transactions=once), quick())
    assert known.made.names == ("recency",)
    said = known.finding().text
    assert "the same for all: frequency, monetary" in said
    assert "nearly all: rare" in said and "most customers: gap" in said


def test_customers_who_are_all_the_same_are_one_clear_error():
    log = purchases().drop_duplicates("customer_id").assign(timestamp=dt.date(2024, 1, 1), amount=5.0)
    with pytest.raises(DataError, match="the same recency, frequency, monetary"):
        explored.explore(Bare(transactions=log), quick())


def test_nothing_to_go_by_is_one_clear_error():
    frame = pd.DataFrame({"customer_id": ["a", "b"], "note": ["x", "x"]})
    with pytest.raises(DataError, match="nothing tells customers apart"):
        explored.explore(Bare(customers=frame), quick())


def test_contacts_alone_make_features():
    log = pd.DataFrame({"customer_id": list("aabbc"), "stage": "Service", "touchpoint": "call",
                        "timestamp": pd.date_range("2024-01-01", periods=5),
                        "channel": ["web", "store", "web", "web", "store"]})  # fmt: skip
    known = explored.explore(Bare(touchpoints=log), quick())
    assert "contacts" in known.made.names and any(n.startswith("channel") for n in known.made.names)


def test_moves_are_counted_by_hand():
    days = {"first": dt.date(2023, 2, 1), "second": dt.date(2023, 8, 1)}
    then = {f"c{i}": 10.0 * (i + 1) for i in range(10)}
    now = dict(then) | {"c0": 100.0, "c9": 10.0}  # the last becomes first, the first becomes last
    now.pop("c5")
    now["new"] = 5.0
    rows = [(c, days["first"], v) for c, v in then.items()] + [(c, days["second"], v) for c, v in now.items()]
    log = pd.DataFrame(rows, columns=["customer_id", "timestamp", "amount"])
    settings = quick(split="2023-08-01")
    known = explored.explore(Bare(transactions=log), settings)
    table = parts.migrate(known, settings).get("segments.net_change").table.set_index("segment")
    assert table["before"].to_dict() == {"Low value": 5, "Middle value": 3, "High value": 2}
    assert table.loc["High value", ["stayed", "moved_in", "moved_out", "lost"]].tolist() == [1, 1, 1, 0]
    assert table["new"].sum() == 1 and table["lost"].sum() == 1


def test_a_log_that_cannot_be_cut_says_so():
    log = purchases()
    known = explored.explore(Bare(transactions=log), quick())
    part = parts.migrate(known, quick(split="2030-01-01"))
    assert not len(part) and "cannot be cut" in part.absent


def test_tiers_keep_equal_values_together_and_the_lowest_for_those_without():
    values = [0.0] * 6 + [5.0, 5.0, 9.0, np.nan]
    tiers = value_tiers(FeatureTable.from_frame(pd.DataFrame({"monetary": values})))
    assert tiers.table["segment"].tolist() == [NAMES[2]] * 6 + [NAMES[1]] * 2 + [NAMES[0], NAMES[2]]
    assert tiers.certainty == 1
    table = tiers_finding(tiers).table
    assert table["customers"].tolist() == [1, 2, 7] and table["total_share"].sum() == pytest.approx(1)


def test_tiers_are_read_back_from_a_file(tmp_path):
    table = FeatureTable.from_frame(pd.DataFrame({"monetary": np.arange(1.0, 21.0)}))
    tiers = value_tiers(table)
    again = type(tiers).load(tiers.save(tmp_path / "tiers.npz"))
    assert again.assign(table)["segment"].tolist() == tiers.table["segment"].tolist()


def test_tiers_of_one_value_are_refused():
    table = FeatureTable.from_frame(pd.DataFrame({"monetary": [1.0, 1.0, 1.0, 0.0]}))
    with pytest.raises(DataError, match="same value"):
        value_tiers(table)


def test_where_most_spent_nothing_visits_count():
    log = purchases()
    log["amount"] = 0.0
    log.loc[log["customer_id"] == "c1", "amount"] = 7.0
    groups = grouped(Bare(transactions=log), quick(features=["rfm"]))[2]
    assert groups.groups.columns == ("frequency",) and "spent the same" in groups.part.get("segments.tiers").text


@pytest.mark.parametrize(
    "fault", [{"split": "soon"}, {"features": []}, {"segments": 40}, {"bootstraps": 3}, {"smallest": 0}]
)
def test_parameters_that_cannot_be_are_named(fault):
    with pytest.raises(ParameterError, match=next(iter(fault))):
        study.SegmentsStudy(**fault)
