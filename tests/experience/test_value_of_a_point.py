"""What a point is worth: known links are found, none is found where there is none, and heavy buyers are no link."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxlab.errors import ModelError, ParameterError
from cxlab.experience.money.link import link_behaviour
from cxlab.experience.money.slopes import fit_ratio
from cxlab.experience.money.stable import Stable, stable_part
from cxlab.experience.money.value_of_a_point import YEAR, value_of_a_point
from cxlab.runs.export import sentences
from cxlab.style import new_axes
from cxlab.wording import money
from tests.experience.linked_shops import shop


def whole(finding):
    return finding.table[finding.table["part"] == "all"].set_index("reading")


@pytest.fixture(scope="module")
def linked():
    made = shop(11, customers=1500, rate=0.1, leave=-0.1, spend=0.03)
    return made, link_behaviour(made.tables, currency="EUR")


def test_a_link_that_is_there_is_found_and_made_of_its_parts(linked):
    made, link = linked
    found = value_of_a_point(link)
    readings = whole(found)
    truth = made.truth * YEAR / 90
    for reading in ("beyond before", "own past"):
        assert readings.loc[reading, "low"] < truth < readings.loc[reading, "high"]
        assert readings.loc[reading, "shown"]
    parts = found.table[(found.table["reading"] == "beyond before") & (found.table["part"] != "all")]
    assert parts["value"].sum() == pytest.approx(readings.loc["beyond before", "value"])
    assert parts["part"].tolist() == ["coming back", "how often", "basket"]
    assert "A link is shown, and it holds against customers' own past" in found.text
    stands, beyond = (money(readings.loc[r, "value"], "EUR") for r in ("as it stands", "beyond before"))
    assert found.title == f"A point of nps goes with {stands} a year as it stands and {beyond} beyond what was before"
    for words in ("Nobody was made satisfied by lot", "could not be asked", "90 % interval", "1,500 customers"):
        assert words in found.text


def test_where_there_is_none_it_says_so():
    found = value_of_a_point(link_behaviour(shop(12).tables))
    assert found.title == "No link of nps with spend is shown"
    assert "No link is shown." in found.text
    assert sentences([found])[0].startswith("No link is shown: a customer's point of nps goes with ")
    assert not whole(found).loc["beyond before", "shown"]


def test_one_reading_of_three_that_leaves_out_zero_by_chance_is_no_link():
    found = value_of_a_point(link_behaviour(shop(543).tables))
    assert whole(found)["shown"].to_dict() == {"as it stands": True, "beyond before": False, "own past": False}
    assert found.title == "No link of nps with spend is shown"
    assert sentences([found])[0].startswith("No link is shown: a customer's point of nps goes with ")
    assert (
        "Taken alone, as it stands leaves out zero; but where nothing goes with a point, one of 3 readings"
        in found.text
    )
    assert "A link is shown" not in found.text


def test_heavy_buyers_who_are_happier_shrink_to_nothing_against_their_own_past():
    made = shop(13, customers=2000, reverse=1.0)
    found = value_of_a_point(link_behaviour(made.tables))
    readings = whole(found)
    assert readings.loc["as it stands", "low"] > 15
    assert readings.loc["beyond before", "value"] < 0.5 * readings.loc["as it stands", "value"]
    assert readings.loc["own past", "low"] < 0 < readings.loc["own past", "high"]
    assert "these data cannot tell" in found.text


def test_where_readings_disagree_no_single_number_is_the_answer():
    found = value_of_a_point(link_behaviour(shop(19, customers=1200, reverse=0.5).tables, currency="EUR"))
    readings = whole(found)
    assert readings["shown"].to_dict() == {"as it stands": True, "beyond before": False, "own past": False}
    stands, beyond = (money(readings.loc[r, "value"], "EUR") for r in ("as it stands", "beyond before"))
    assert found.title == (
        f"A point of nps goes with {stands} a year as it stands; how much of that it brings cannot be told"
    )
    assert "No link is shown" not in found.text
    lead = sentences([found])[0]
    lasting = readings.loc["as it stands", "lasting"]
    for value in (stands, beyond, money(lasting, "EUR")):
        assert f"{value} (90 % interval " in lead
    (key,) = found.keys
    assert set(key.value.split(" to ")) == {stands, beyond}


def test_answers_given_again_add_no_certainty():
    once = shop(14, customers=400)
    surveys = once.tables["surveys"]
    later = surveys.assign(timestamp=surveys["timestamp"] + pd.Timedelta(days=1), response_id="again")
    single = value_of_a_point(link_behaviour(once.tables))
    double = value_of_a_point(link_behaviour(once.tables | {"surveys": pd.concat([surveys, later])}))
    widths = [whole(f).eval("high - low") for f in (single, double)]
    # twice as many answers of the same customers: were they counted as others, intervals would shrink by 0.71
    assert ((widths[1] / widths[0]).loc[["as it stands", "beyond before"]] > 0.9).all()


def test_customers_are_compared_within_groups_where_asked():
    groups = [shop(15, a_year=8, rate=0.0), shop(16, a_year=40, rate=0.0)]
    surveys, bought = [], []
    for name, made in zip(("small", "large"), groups, strict=True):
        shift = -1.0 if name == "small" else 1.0
        own = made.tables["surveys"]
        surveys.append(own.assign(customer_id=name + own["customer_id"], score=(own["score"] + shift).clip(0, 10),
                                  segment=name))  # fmt: skip
        t = made.tables["transactions"]
        bought.append(t.assign(customer_id=name + t["customer_id"]))
    tables = {"surveys": pd.concat(surveys), "transactions": pd.concat(bought)}
    across = whole(value_of_a_point(link_behaviour(tables))).loc["as it stands"]
    within = whole(value_of_a_point(link_behaviour(tables, within="segment"))).loc["as it stands"]
    assert across["low"] > 0
    assert within["low"] < 0 < within["high"]


def test_an_inexact_score_is_worth_more_for_each_lasting_point(linked):
    _, link = linked
    exact, half = (value_of_a_point(link, reliability=r) for r in (1.0, 0.5))
    assert whole(exact)["lasting"]["as it stands"] == pytest.approx(whole(exact)["value"]["as it stands"])
    assert whole(half)["lasting"]["as it stands"] == pytest.approx(2 * whole(half)["value"]["as it stands"])
    assumed = value_of_a_point(link)
    assert "an assumption" in assumed.text
    row = whole(assumed).loc["as it stands"]
    assert row["lasting_high"] - row["lasting_low"] > 1.2 * (row["high"] - row["low"])
    with pytest.raises(ParameterError, match="reliability"):
        value_of_a_point(link, reliability=1.5)


def test_what_is_stable_in_answers_is_found_again():
    import ibis

    rng = np.random.default_rng(3)
    own = rng.normal(0, np.sqrt(0.6), 800)
    rows = pd.DataFrame({"customer_id": np.repeat(np.arange(800), 3).astype(str)})
    rows["score"] = np.repeat(own, 3) + rng.normal(0, np.sqrt(0.4), 2400)
    found = stable_part(ibis.memtable(rows))
    assert found.share == pytest.approx(0.6, abs=0.05)
    low, high = found.quantile([0.05, 0.95])
    assert low < 0.6 < high
    assert stable_part(ibis.memtable(rows.head(30))) is None
    assert Stable(0.5, 99, 100, 2.0, 100).share == 0


def test_contracts_that_unhappy_customers_leave():
    rng = np.random.default_rng(5)
    n, day = 900, pd.Timestamp("2024-01-01")
    score = rng.integers(0, 11, n).astype(float)
    stays = rng.exponential(1 / (0.006 * np.exp(-0.3 * (score - 6))))
    end = pd.Series(day + pd.to_timedelta(np.floor(stays), "D")).where(stays < 300)
    ids = [str(i) for i in range(n)]
    contracts = pd.DataFrame({"customer_id": ids, "start": day - pd.Timedelta(days=200), "end": end, "price": 30.0})
    surveys = pd.DataFrame({"response_id": ids, "customer_id": ids, "question": "nps", "score": score,
                            "scale_min": 0.0, "scale_max": 10.0, "timestamp": day})  # fmt: skip
    link = link_behaviour({"surveys": surveys, "subscriptions": contracts}, window=180, observation_end="2024-10-01")
    found = value_of_a_point(link)
    row = whole(found).loc["beyond before"]
    hazard = 0.006 * np.exp(-0.3 * (score - 6))
    kept = -np.expm1(-hazard * 180) / hazard
    slope = np.mean(0.3 * (kept - 180 * np.exp(-hazard * 180))) / 30.4375 * 30 * YEAR / 180
    assert row["low"] < slope < row["high"]
    assert set(found.table["part"]) == {"all", "staying", "price"}
    assert "own past" not in whole(found).index


def test_pictures_say_what_the_table_says(linked):
    found = value_of_a_point(linked[1])
    for width in (7.0, 3.6):
        ax = found.plot(new_axes(width=width))
        words = [t.get_text() for t in ax.texts]
        assert any("€" in w for w in words)
        assert [t.get_text().split("\n")[0].strip() for t in ax.get_yticklabels()][0] == "as it stands"


def test_nothing_afterwards_is_an_error_that_says_so():
    made = shop(17, customers=60)
    t = made.tables["transactions"]
    early = t[t["timestamp"] < pd.Timestamp("2024-01-01")]
    with pytest.raises(ModelError, match="learn from"):
        value_of_a_point(link_behaviour(made.tables | {"transactions": early}, observation_end="2026-01-01"))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 50), st.floats(0.05, 0.95)), min_size=3, max_size=8), st.integers(2, 5))
def test_slopes_need_only_sums(cells, parts):
    """Splitting cells into pieces that add up changes nothing."""
    n = np.array([c[0] for c in cells], float)
    y = n * np.array([c[1] for c in cells])
    x = np.column_stack([np.ones(len(n)), np.arange(len(n)) - (len(n) - 1) / 2])
    one = fit_ratio(x, y, n, n, family="logit")
    many = fit_ratio(np.repeat(x, parts, 0), np.repeat(y / parts, parts), np.repeat(n / parts, parts),
                     np.repeat(n / parts, parts), family="logit")  # fmt: skip
    assert many.beta == pytest.approx(one.beta, abs=1e-6)
