"""Who answered, and what customers of each score will still bring."""

import pandas as pd
import pytest

from cxlab.errors import DataError
from cxlab.experience.money.answering import lifetime_by_score, score_ranges, who_answered
from cxlab.experience.money.link import link_behaviour
from cxlab.wording import number
from tests.experience.linked_shops import shop


def test_those_who_never_answered_are_counted_and_compared():
    made = shop(41, customers=400)
    t = made.tables["transactions"]
    bought = t.groupby("customer_id").size()
    # only those who bought more than the median answer
    busy = set(bought.index[bought > bought.median()])
    surveys = made.tables["surveys"]
    found = who_answered({"surveys": surveys[surveys["customer_id"].isin(busy)], "transactions": t}, currency="EUR")
    table = found.table.set_index(["who", "measure"])
    assert table.loc[("answered", "purchases"), "customers"] == len(busy)
    assert table.loc[("never answered", "purchases"), "customers"] == 400 - len(busy)
    assert table.loc[("answered", "purchases"), "low"] > table.loc[("never answered", "purchases"), "high"]
    assert "who buys often is also asked often" in found.text
    # a ratio of money is no money
    ratio = table.loc[("answered", "spend"), "ratio"]
    assert number(ratio) in found.formatted()["ratio, times"].tolist()
    assert not found.formatted()["ratio, times"].str.contains("€").any()
    everybody = who_answered(made.tables)
    assert everybody.title == "100 % of customers ever answered"
    with pytest.raises(DataError, match="transactions"):
        who_answered({"surveys": surveys})


@pytest.mark.slow
def test_value_to_come_rises_with_the_score_where_it_does():
    made = shop(42, customers=700, rate=0.1)
    link = link_behaviour(made.tables, currency="EUR")
    found = lifetime_by_score({"transactions": link_tables(made)}, link, draws=500)
    table = found.table.set_index("score")
    assert table.loc["0–6", "each"] < table.loc["7–8", "each"] < table.loc["9–10", "each"]
    assert table["customers"].drop("all").sum() == table.loc["all", "customers"]
    assert found.title.startswith("Customers whose last nps was ")
    assert "not what the score brings" in found.text


def link_tables(made):
    import ibis

    return ibis.memtable(made.tables["transactions"])


def test_ranges_hold_all_scores_and_thirty_customers_each():
    counts = pd.DataFrame({"score": [1.0, 2, 3, 4, 5], "n": [40, 3, 3, 3, 3]})
    assert set(score_ranges(counts, "csat").values()) == {"1–5"}
    nps = pd.DataFrame({"score": [0.0, 6, 7, 10], "n": [1, 1, 1, 1]})
    assert list(score_ranges(nps, "nps").values()) == ["0–6", "0–6", "7–8", "9–10"]
