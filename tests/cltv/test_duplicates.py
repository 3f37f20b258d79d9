"""What duplicates do to retention, RFM and lifetime value, held against counting by hand and a known truth."""

import datetime as dt

import ibis
import numpy as np
import pandas as pd
import pytest

from cxlab.cltv.duplicates import effect_of_duplicates
from cxlab.errors import DataError, ParameterError
from cxlab.style import new_axes


def log(*rows):
    """Purchases from (id, day of 2024, amount)."""
    frame = pd.DataFrame(rows, columns=["customer_id", "timestamp", "amount"])
    frame["timestamp"] = [dt.date(2024, 1, 1) + dt.timedelta(days=day) for day in frame["timestamp"]]
    return ibis.memtable(frame)


def people(**person):
    return pd.DataFrame({"customer_id": list(person), "person_id": list(person.values())})


@pytest.fixture(scope="module")
def shop():
    """250 people who buy in two years, every second one under two ids in turn."""
    rng = np.random.default_rng(3)
    rows = []
    for person in range(250):
        first, rate = rng.integers(0, 400), rng.gamma(1.5, 0.01)
        days = {int(first), *(int(d) for d in first + np.cumsum(rng.exponential(1 / rate, 30)) if d < 730)}
        rows += [
            (f"{person}-{k % 2 if person % 2 else 0}", d, float(rng.gamma(4, 10))) for k, d in enumerate(sorted(days))
        ]
    ids = sorted({row[0] for row in rows})
    return log(*rows), pd.DataFrame({"customer_id": ids, "person_id": [i.split("-")[0] for i in ids]})


@pytest.fixture(scope="module")
def effect(shop):
    return effect_of_duplicates(*shop, currency="EUR")


def test_counts_are_those_by_hand():
    # a and b are one person: days 0, 10 and 200; c bought on day 0, twice; d on day 300, which ends the log
    purchases = log(("a", 0, 5), ("b", 10, 7), ("b", 200, 8), ("c", 0, 1), ("c", 0, 2), ("d", 300, 4))
    finding = effect_of_duplicates(purchases, people(a="p", b="p", c="c", d="d"), within=30)
    t = finding.table.set_index("measure")
    assert t.loc["customers", ["before", "after"]].tolist() == [4, 3]
    assert t.loc["bought_once", ["before", "after"]].tolist() == [3 / 4, 2 / 3]
    # d was not seen for 30 days; b came back after 190 days, the person after 10
    assert t.loc["came_back", ["before", "after"]].tolist() == [0, 1 / 2]
    assert t.loc["frequency", ["before", "after"]].tolist() == [5 / 4, 5 / 3]
    assert t.loc["recency", ["before", "after"]].tolist() == [(300 + 100 + 300 + 0) / 4, (100 + 300 + 0) / 3]
    assert t.loc["spend", ["before", "after"]].tolist() == [27 / 4, 27 / 3]
    assert t.loc["spend", "change"] == pytest.approx(4 / 3 - 1)
    assert t.loc["value"].isna().sum() > 0 and "the model of value" in {c.name for c in finding.failed}


def test_people_are_fewer_come_back_more_and_are_worth_more(effect):
    t = effect.table.set_index("measure")
    assert t.loc["customers", "after"] == 250 < t.loc["customers", "before"]
    assert t.loc["bought_once", "change_high"] < 0 < t.loc["came_back", "change_low"]
    assert t.loc["value", "change_low"] > 0
    # the money of the log is the same
    before, after = (t.loc["spend", side] * t.loc["customers", side] for side in ("before", "after"))
    assert before == pytest.approx(after)
    assert (t["before_low"] <= t["before"]).all() and (t["after"] <= t["after_high"]).all()
    assert "n = " in effect.caption and "by people" in effect.text
    assert effect.plot(new_axes(width=3.6)).get_xlabel()


def test_without_duplicates_nothing_changes(shop):
    purchases, known = shop
    alone = known.assign(person_id=known["customer_id"])
    t = effect_of_duplicates(purchases, alone).table.set_index("measure")
    counted = t.drop(["value", "total_value"])
    assert np.allclose(counted[["change", "change_low", "change_high"]], 0)
    assert t.loc["value", "change_low"] < 0 < t.loc["value", "change_high"]


def test_order_of_rows_changes_nothing_that_is_counted(shop, effect):
    purchases, known = shop
    shuffled = ibis.memtable(purchases.to_pandas().sample(frac=1, random_state=1))
    again = effect_of_duplicates(shuffled, ibis.memtable(known.sample(frac=1, random_state=2)), currency="EUR")
    pd.testing.assert_frame_equal(again.table.iloc[:6], effect.table.iloc[:6])
    assert np.allclose(
        again.table.iloc[6:, 3:].astype(float), effect.table.iloc[6:, 3:].astype(float), rtol=0.05, atol=0.02
    )


def test_intervals_of_the_change_cover():
    """The change in the share of one-time buyers, over logs of people who are each split with a chance of a half."""
    from cxlab.cltv.duplicates import _booked, _compared, _customers, _measures, _sums

    rng, level, end, held = np.random.default_rng(8), 0.9, dt.date(2024, 12, 31), 0

    # each of 1 + Poisson(1) days with a purchase is booked on one of two ids, for half of the people: what many make
    def draw(n):
        bought = 1 + rng.poisson(1.0, n)
        second = np.where(rng.random(n) < 0.5, rng.binomial(bought, 0.5), 0)
        return bought, bought - second, second

    bought, first, second = draw(400_000)
    ids = (first > 0).sum() + (second > 0).sum()
    true = (bought == 1).mean() / (((first == 1).sum() + (second == 1).sum()) / ids) - 1
    for _ in range(25):
        rows = []
        for person, (_n, a, b) in enumerate(zip(*draw(150), strict=True)):
            rows += [(f"{person}-{k}", 7 * d + k, 1.0) for k, days in enumerate((a, b)) for d in range(days)]
        purchases = log(*rows)
        frame = pd.DataFrame({"customer_id": sorted({r[0] for r in rows})})
        lines, _known = _booked(
            purchases, frame.assign(person_id=frame["customer_id"].str.split("-").str[0]), "customer_id"
        )
        sums = _sums(_customers(lines, "id", end, 90), _customers(lines, "person", end, 90))
        row = _compared(sums, _measures(90)[:1], level).set_index("measure").loc["bought_once"]
        held += row["change_low"] <= true <= row["change_high"]
    assert held >= 18  # of 25: less has a chance of 0.2 % where nine in ten hold the truth


def test_what_cannot_be_joined_is_named(shop):
    purchases, known = shop
    with pytest.raises(DataError, match="gives 1 ids of customer_id to several persons"):
        effect_of_duplicates(purchases, pd.concat([known, known.head(1).assign(person_id="other")]))
    with pytest.raises(DataError, match="none of the .* purchases has an id that is in people"):
        effect_of_duplicates(purchases, people(x="p"))
    with pytest.raises(DataError, match="transactions has no column record_id"):
        effect_of_duplicates(purchases, known, by="record_id")
    with pytest.raises(DataError, match="people has no column person_id"):
        effect_of_duplicates(purchases, known[["customer_id"]])
    with pytest.raises(ParameterError, match="within = 0"):
        effect_of_duplicates(purchases, known, within=0)


def test_purchases_of_unknown_ids_stay_customers_and_are_told():
    finding = effect_of_duplicates(log(("a", 0, 5), ("b", 10, 7), ("c", 200, 8)), people(a="p", b="p"))
    assert "share of purchases whose id has a person" in {c.name for c in finding.failed}
    assert finding.table.set_index("measure").loc["customers", ["before", "after"]].tolist() == [3, 2]
