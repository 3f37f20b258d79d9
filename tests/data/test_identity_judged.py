"""Matching judged anew: thresholds against truth, answers of people, what agreements are worth, hostile records."""

import ibis
import numpy as np
import pandas as pd
import pytest

from cxlab.data.identity import Normalise, hashed, match, unified
from cxlab.data.simulate import Faults, simulate
from cxlab.errors import DataError, ModelError, ParameterError
from cxlab.style import new_axes
from tests.data.test_identity import ADA, FAR, table, together

# ---- thresholds, answers, weights


@pytest.fixture(scope="module")
def hard():
    """Families that share an e-mail, misspellings, half of the customers in several records."""
    faults = Faults(same_home=0.15, shared_email=0.6, typo=0.12, new_email=0.2, new_phone=0.15, missing=1.3)
    world = simulate("clothing_boutique", customers=500, seed=4, duplicates=0.5, faults=faults)
    return match(world.tables["records"].to_pandas(), review=0.02), world.truth.person


def test_lower_thresholds_find_more_and_rules_find_least(hard):
    finding = hard[0].thresholds(hard[1], at=(0.02, 0.5, 0.95, 1))
    table = finding.table
    assert table["threshold"].tolist() == [0.02, 0.5, 0.95, 1.0]
    assert table["recall"].is_monotonic_decreasing and table["precision"].is_monotonic_increasing
    assert table["people"].is_monotonic_increasing and table["recall"].iloc[1] > table["recall"].iloc[-1] + 0.1
    assert (table["merged"] - table["wrong"] + table["missed"]).nunique() == 1  # pairs of one person there are
    assert finding.believed and finding.plot(new_axes(width=3.6)).get_xlabel()


def test_one_threshold_judged_anew_is_the_matching_at_that_threshold(hard):
    records = hard[0].engine.backend.table("originals").to_pandas()
    fresh, again = match(records, threshold=0.6, review=0.3), hard[0].at(0.6, review=0.3)
    for name in ("people", "links", "unsure", "apart"):
        one, two = (getattr(m, name).to_pandas() for m in (fresh, again))
        key = list(one.columns[:2])
        pd.testing.assert_frame_equal(*(t.sort_values(key, ignore_index=True) for t in (one, two)))
    assert hard[0].threshold == 0.95 and hard[0].accuracy(hard[1]).table["value"].notna().all()


def test_a_threshold_below_what_was_compared_is_refused(hard):
    with pytest.raises(ParameterError, match="expected: 0.02 ≤ review ≤ threshold"):
        hard[0].at(0.01)


def test_bands_count_pairs_that_neither_rule_nor_contradiction_decides(hard):
    finding = hard[0].bands(hard[1])
    likely = finding.table.iloc[-1]
    assert likely["band"] == "99 % to 100 %" and likely["one"] > 0.9
    unruled = hard[0].links.to_pandas().query("rule == 'likeness' and probability >= 0.99")
    assert 0 <= likely["pairs"] - len(unruled) <= 3  # a link may be refused where it would join a contradiction
    assert finding.plot(new_axes(width=3.6)).get_xlabel()


def test_answers_of_people_find_pairs_and_cost_no_precision(hard):
    matched, truth = hard
    asked = matched.unsure.to_pandas()
    known = truth.set_index("record_id")["person_id"]
    same = asked["record_l"].map(known).to_numpy() == asked["record_r"].map(known).to_numpy()
    told = matched.at(answers=asked.assign(same=same))
    value = [m.accuracy(truth).table.set_index(["method", "of", "measure"])["value"] for m in (matched, told)]
    assert value[1]["matching", "pairs", "recall"] > value[0]["matching", "pairs", "recall"]
    assert value[1]["matching", "pairs", "precision"] == 1
    assert "answered by hand" in set(told.links.to_pandas()["rule"])


def test_a_no_holds_against_rules_and_a_yes_against_contradictions():
    same_mail = match(table(ADA, ADA | {"postcode": "80331"}, ADA, FAR), threshold=1)
    assert together(same_mail) == {frozenset({"r0", "r1", "r2"})}
    no = pd.DataFrame({"record_l": ["r1"], "record_r": ["r0"], "same": [False]})
    assert not any({"r0", "r1"} <= people for people in together(same_mail.at(answers=no)))
    couple = match(table(ADA, ADA | {"first_name": "Bo"}, FAR))
    yes = pd.DataFrame({"record_l": ["r0", "r2"], "record_r": ["r1", "r1"], "same": [True, None]})
    assert together(couple.at(answers=yes)) == {frozenset({"r0", "r1"})}
    assert couple.at(answers=yes).links.to_pandas()["rule"].tolist() == ["answered by hand"]


@pytest.mark.parametrize(
    "answers, says",
    [
        ({"record_l": ["r0"], "same": [True]}, "answers has no column record_r"),
        ({"record_l": ["r0"], "record_r": ["r1"], "same": ["maybe"]}, "answers.same has 'maybe'"),
        ({"record_l": ["r0", "r1"], "record_r": ["r1", "r0"], "same": [True, False]}, "yes and no of r0 and r1"),
        ({"record_l": ["r0"], "record_r": ["r9"], "same": [True]}, "names record r9"),
    ],
)
def test_answers_that_cannot_be_are_named(answers, says):
    with pytest.raises(DataError, match=says):
        match(table(ADA, ADA, FAR)).at(answers=pd.DataFrame(answers))


def test_weights_are_bits_of_m_over_u(hard):
    finding = hard[0].weights()
    table = finding.table
    assert np.allclose(table["bits"], np.log2(table["m"] / table["u"]))
    assert np.allclose(table.groupby("field")["m"].sum(), 1, atol=0.2)  # degrees never seen keep what is usual
    bits = table.set_index("agreement")["bits"]
    assert bits["same e-mail"] > bits["same last name"] > 0 > bits["birth date differs"]
    assert finding.plot(new_axes(width=3.6)).get_xlabel()
    with pytest.raises(ModelError, match="no two records share anything"):
        match(table_of_strangers()).weights()


def table_of_strangers():
    return pd.DataFrame({"record_id": ["a", "b"], "email": ["a@one.test", None]})


def test_blocking_loses_what_it_says(hard):
    finding, truth = hard[0].blocking(hard[1]), hard[1]
    table = finding.table
    person = truth.set_index("record_id")["person_id"]
    records = hard[0].engine.backend.table("originals").to_pandas()
    true = records["record_id"].map(person).value_counts()
    true = int((true * (true - 1) / 2).sum())
    assert table["new"].sum() == round(table["reached"].iloc[-1] * true)
    assert table["known"].le(table["pairs"]).all() and table["new"].le(table["known"]).all()
    # what no way finds was not compared, and no threshold brings it back
    looked = hard[0].engine.connection.execute("SELECT record_l, record_r FROM compared").df()
    same = looked["record_l"].map(person).to_numpy() == looked["record_r"].map(person).to_numpy()
    assert same.sum() <= table["new"].sum() < true
    mail = records.dropna(subset="email").assign(mail=lambda r: r["email"].str.lower())["mail"].value_counts()
    row = table.set_index("agree_in").loc["e-mail"]
    assert row["pairs"] == (mail * (mail - 1) / 2).sum()
    with pytest.raises(DataError, match="no two records of one person"):
        hard[0].blocking(truth.assign(person_id=truth["record_id"]))


# ---- hostile input


@pytest.mark.parametrize("nothing", [None, "", " ", "-", "n/a", "unknown"])
def test_what_is_empty_matches_nothing(nothing):
    empty = {"email": nothing, "phone": nothing, "postcode": nothing}
    rows = [empty | {"first_name": n, "last_name": f"L{n}"} for n in ("Ada", "Bo", "Cem")]
    assert together(match(table(*rows))) == set()
    assert together(match(table(empty, empty, ADA))) == set()


@pytest.mark.parametrize("names", [1, 500])
def test_a_mail_on_five_hundred_records_is_said_and_not_merged(names):
    rows = [{"first_name": f"N{chr(97 + i % names % 26)}{i % names}x", "email": "info@shop.test"} for i in range(500)]
    found = match(table(*rows, ADA, ADA))
    assert together(found) == {frozenset({"r500", "r501"})}
    assert (
        "1 e-mail is shared by too many to be a person's, and count as missing on 500 records" in found.finding().text
    )


def test_matching_people_again_changes_nothing(hard):
    records = hard[0].engine.backend.table("originals").to_pandas().drop(columns=["customer_id"])
    person = hard[0].people.to_pandas().set_index("record_id")["person_id"]
    merged = records.assign(source="people", customer_id=records["record_id"].map(person))
    again = match(merged, threshold=1)
    assert together(again) >= together(hard[0])
    # what the first matching kept as a question stays one: no rule merges what it did not
    assert again.people.person_id.nunique().execute() == person.nunique()


def test_faults_move_what_they_name():
    calm = Faults(**dict.fromkeys(
        ("married", "new_email", "moved", "new_phone", "typo", "nickname", "same_home", "missing"), 0.0))  # fmt: skip
    world = simulate("clothing_boutique", customers=300, seed=2, duplicates=0.6, faults=calm)
    value = match(world.tables["records"].to_pandas(), threshold=1).accuracy(world.truth.person).table
    assert value.set_index(["method", "of", "measure"])["value"]["same e-mail", "pairs", "recall"] == 1
    shared = simulate("clothing_boutique", customers=300, seed=2, faults={"same_home": 0.5, "shared_email": 1.0})
    of = shared.tables["records"].to_pandas().merge(shared.truth.person)
    assert (of.dropna(subset="email").groupby("email")["person_id"].nunique() > 1).sum() > 20
    with pytest.raises(ParameterError, match="unknown fault 'typos'"):
        simulate("clothing_boutique", customers=300, seed=2, faults={"typos": 0.5})
    with pytest.raises(ParameterError, match="faults: typo = 2"):
        Faults(typo=2)


# ---- a log by people, and records without names


def test_a_log_by_people_keeps_every_row():
    log = ibis.memtable(pd.DataFrame({"record_id": ["r0", "r1", "r2", "r9", None], "customer_id": "?", "amount": 1.0}))
    found = match(table(ADA, ADA, FAR), threshold=1)
    rows = unified(log, found.people).to_pandas()
    assert len(rows) == 5 and sorted(rows["customer_id"].dropna()) == ["id r9", "r0", "r0", "r2"]
    with pytest.raises(DataError, match="unknown column 'id'"):
        unified(log, found.people, by="id")
    with pytest.raises(DataError, match="to several persons"):
        unified(log, pd.DataFrame({"record_id": ["r0", "r0"], "person_id": ["a", "b"]}))


def test_hashed_records_match_by_rules_as_before_and_say_nothing():
    rows = table(ADA, ADA | {"email": "Ada.Moor+x@mail.test", "phone": None}, FAR,
                 FAR | {"email": None, "phone": "0711/99 88 77"}, {"email": "no mail", "phone": "12"})  # fmt: skip
    secret = hashed(rows, key="0123456789abcdef", normalise=Normalise(country_code="49"))
    assert list(secret.columns) == ["record_id", "source", "email", "phone"]
    assert together(match(secret, threshold=1)) == {frozenset({"r0", "r1"}), frozenset({"r2", "r3"})}
    said = secret.drop(columns="record_id").to_csv().lower()
    assert not any(word in said for word in ("ada", "moor", "123456", "998877", "no mail"))
    assert secret["email"].isna().tolist() == [False, False, False, True, True]
    other = hashed(rows, key="another key of many letters")
    assert not set(other["email"].dropna()) & set(secret["email"].dropna())
    with pytest.raises(ParameterError, match="the key has 4 letters"):
        hashed(rows, key="salt")
    with pytest.raises(DataError, match="unknown column 'age'"):
        hashed(rows, key="0123456789abcdef", keep=("age",))
