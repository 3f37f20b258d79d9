"""One customer out of many records: what is merged, what is asked, what is kept apart, and how right that is."""

import sys
from itertools import combinations

import duckdb
import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxlab.data.identity import RULES, Fields, Normalise, Rule, match
from cxlab.data.identity.accuracy import pairs, ratio, whole
from cxlab.data.identity.clusters import untangle
from cxlab.data.simulate import simulate
from cxlab.errors import DataError, ModelError, ParameterError
from cxlab.style import new_axes
from tests.data.people import records


@pytest.fixture(scope="module")
def shop():
    return records(450)


@pytest.fixture(scope="module")
def matched(shop):
    return match(shop[0])


def table(*rows):
    """Records from dictionaries, with a running record_id."""
    return pd.DataFrame([{"record_id": f"r{i}", "source": "crm"} | row for i, row in enumerate(rows)])


def together(found):
    """The people with several records, as sets of record_ids."""
    people = found.people.to_pandas().groupby("person_id")["record_id"].agg(frozenset)
    return {p for p in people if len(p) > 1}


ADA = {
    "first_name": "Ada",
    "last_name": "Moor",
    "email": "ada.moor@mail.test",
    "phone": "030 123456",
    "postcode": "10115",
}
FAR = {"first_name": "Wilm", "last_name": "Tesk", "email": "w@else.test", "phone": "0711 998877", "postcode": "70173"}


# ---- what must not be merged


def test_a_couple_that_shares_an_email_stays_two():
    found = match(table(ADA, ADA | {"first_name": "Bo"}, FAR))
    assert together(found) == set()
    (pair,) = found.apart.to_pandas().itertuples()
    assert pair.why == "first name differs" and "same e-mail" in pair.reason


def test_twins_at_one_address_stay_two():
    born = {"birth_date": "2001-05-06"}
    assert together(match(table(ADA | born, ADA | born | {"first_name": "Berta"}, FAR))) == set()


def test_father_and_son_of_one_name_stay_two():
    found = match(table(ADA | {"birth_date": "1958-03-04"}, ADA | {"birth_date": "1990-11-23"}, FAR))
    assert together(found) == set()
    assert found.apart.to_pandas()["why"].tolist() == ["birth date differs"]


def test_a_record_that_fits_both_of_a_couple_joins_neither_and_is_asked_about():
    till = {"email": ADA["email"]}
    found = match(table(ADA, ADA | {"first_name": "Bo"}, till, FAR))
    assert together(found) == set()
    asked = found.unsure.to_pandas()
    assert set(zip(asked["record_l"], asked["record_r"], strict=True)) == {("r0", "r2"), ("r1", "r2")}
    assert set(asked["why"]) == {"fits two people equally"}


def test_families_among_many_are_not_merged(matched, shop):
    truth = shop[1].set_index("record_id")["person_id"]
    links = matched.links.to_pandas()
    wrong = links[links["record_l"].map(truth).to_numpy() != links["record_r"].map(truth).to_numpy()]
    named = wrong["reason"].str.contains("first name differs|birth date differs")
    assert not named.any() and len(wrong) < 0.03 * len(links)


def test_a_mail_with_many_names_is_a_desk():
    names = ["Ada", "Bo", "Cem", "Dirk", "Evi", "Fritz", "Gerd", "Hanna"]
    rows = [{"first_name": n, "last_name": f"L{n}", "email": "office@firm.test"} for n in names]
    found = match(table(*rows, {"email": "office@firm.test"}))
    assert together(found) == set() and len(found.unsure.to_pandas()) == 0
    assert "shared by too many to be a person's, and count as missing on 9 records" in found.finding().text


# ---- what must be merged


@pytest.mark.parametrize(
    "other",
    [
        {"email": "ADA@mail.test", "last_name": "Mohr"},
        {"email": "ada+shop@mail.test"},
        {"phone": "+49 30-123456", "email": None, "first_name": "Áda"},
        {"phone": "0049 (30) 123456", "email": None, "first_name": None, "last_name": "Dr. MOOR"},
        {"email": "ada@new.test", "phone": None, "birth_date": "1980-02-01"},
    ],
)
def test_spellings_of_one_person_are_one(other):
    german = Normalise(country_code="49")
    found = match(table(ADA | {"birth_date": "1980-02-01"}, ADA | other, FAR), normalise=german)
    assert together(found) == {frozenset({"r0", "r1"})}


@pytest.mark.parametrize(
    "column, one, other",
    [
        ("email", "a.b.c@gmail.com", "abc@googlemail.com"),
        ("last_name", "Müller-Lüdenscheidt", "Mueller Luedenscheidt"),
        ("last_name", "Straße", "Strasse"),
        ("last_name", "Παπαδόπουλος", "ΠΑΠΑΔΟΠΟΥΛΟΣ"),
        ("postcode", "SW1A 1AA", "sw1a1aa"),
        ("phone", "(555) 010-9999", "+1 555 010 9999"),
        ("phone", "030 1234567", "0049 30 1234567"),
    ],
)
def test_normalised_alike(column, one, other):
    normal = Normalise()
    said = [duckdb.execute(f"SELECT {normal.of(column, '$1')}", [value]).fetchone()[0] for value in (one, other)]
    # strip_accents takes away the tonos, and lower() knows two small sigmas
    assert said[0].replace("ς", "σ") == said[1].replace("ς", "σ")


@pytest.mark.parametrize(
    "column, nothing", [("email", "no mail"), ("phone", "12"), ("phone", "000 0000000"), ("birth_date", "1900-01-01")]
)
def test_what_cannot_be_read_counts_as_missing(column, nothing):
    assert duckdb.execute(f"SELECT {Normalise().of(column, '$1')}", [nothing]).fetchone()[0] is None


def test_rules_of_normalising_can_be_switched_off_or_told():
    two = table({"first_name": "Ada", "email": "ada@mail.test"}, {"first_name": "Ada", "email": "ada+x@mail.test"})
    assert together(match(two, normalise=Normalise(plus_addresses=False), threshold=1)) == set()
    bob = table(ADA | {"first_name": "Bob"}, ADA | {"first_name": "Robert"})
    assert together(match(bob)) == set()
    assert together(match(bob, normalise=Normalise(nicknames={"bob": "robert"}))) == {frozenset({"r0", "r1"})}


def test_an_own_number_is_one_customer_only_within_its_source():
    rows = table(
        {"customer_id": "7", "last_name": "Moor"}, {"customer_id": "7", "last_name": "Moor"},
        {"customer_id": "7", "last_name": "Tesk", "source": "web"},
    )  # fmt: skip
    assert together(match(rows, threshold=1)) == {frozenset({"r0", "r1"})}


def test_own_rules_replace_those_of_the_house():
    two = table(ADA, {"email": ADA["email"]}, {"postcode": ADA["postcode"], "last_name": "Moor"})
    assert together(match(two, rules=(Rule(("last_name", "postcode")),), threshold=1)) == {frozenset({"r0", "r2"})}
    assert together(match(two, rules=(), threshold=1)) == set()


# ---- reasons and accounts


def test_every_link_has_a_reason_and_every_record_a_person(matched, shop):
    people, links = matched.people.to_pandas(), matched.links.to_pandas()
    assert sorted(people["record_id"]) == sorted(shop[0]["record_id"])
    assert (links["reason"].str.len() > 0).all()
    assert set(links["rule"]) <= {*(rule.words for rule in RULES), "likeness"}
    assert (links.loc[links["rule"] == "likeness", "probability"] >= matched.threshold).all()
    person = people.set_index("record_id")["person_id"]
    assert (person[links["record_l"]].to_numpy() == person[links["record_r"]].to_numpy()).all()
    # nothing is together without a chain of links
    assert people["person_id"].nunique() >= len(people) - len(links)
    named_by_first = people.groupby("person_id")["record_id"].min()
    assert (named_by_first.index == named_by_first).all()


def test_questions_are_between_people_and_between_the_thresholds(matched):
    asked, person = matched.unsure.to_pandas(), matched.people.to_pandas().set_index("record_id")["person_id"]
    assert len(asked) and (person[asked["record_l"]].to_numpy() != person[asked["record_r"]].to_numpy()).all()
    plain = asked[asked["why"] == "probability between 0.5 and 0.95"]
    assert len(plain) and plain["probability"].between(0.5, 0.95, inclusive="left").all()


def test_one_mail_under_two_last_names_is_a_question():
    found = match(table(ADA | {"phone": None}, {"first_name": "Ada", "last_name": "Tesk", "email": ADA["email"]}))
    assert together(found) == set()
    assert found.unsure.to_pandas()["why"].tolist() == ["same e-mail, but other fields differ"]


def test_order_of_rows_names_of_columns_and_engine_change_nothing(shop, matched):
    shuffled = shop[0].sample(frac=1, random_state=5).rename(columns={"email": "Mail", "record_id": "Key"})
    other = match(ibis.memtable(shuffled), fields=Fields(email="Mail", record_id="Key"))
    for name, key in (
        ("people", ["record_id"]),
        ("links", ["record_l", "record_r"]),
        ("unsure", ["record_l", "record_r"]),
    ):
        one, two = (getattr(m, name).to_pandas().sort_values(key, ignore_index=True) for m in (matched, other))
        pd.testing.assert_frame_equal(one, two, check_exact=False, rtol=1e-5)


def test_the_funnel_adds_up(matched, shop):
    finding = matched.finding()
    n = finding.table.groupby("part")["n"].sum()
    assert n["records"] == len(shop[0]) and n["links"] == matched.links.count().to_pandas()
    assert n["people"] == matched.people.person_id.nunique().to_pandas()
    assert n["questions"] == matched.unsure.count().to_pandas() and n["kept apart"] == matched.apart.count().to_pandas()
    fewest, most = matched.people_range()
    assert fewest <= n["people"] <= most
    assert finding.believed and finding.plot(new_axes(width=3.6)).get_xlabel()


def test_chains_and_contradictions_are_told(shop):
    # whoever merges whatever looks alike, and keeps nothing apart, is warned
    rows = [{"last_name": "Moor", "phone": "030 123456", "birth_date": f"19{i:02d}-01-01"} for i in range(40, 70)]
    found = match(table(*rows), rules=(Rule(("phone",)),), apart=())
    failed = {check.name for check in found.finding().failed}
    assert {"records of the largest person", "people whose records contradict each other"} <= failed


def test_too_few_pairs_to_learn_from_are_told_unless_rules_alone_decide():
    assert [c.name for c in match(table(ADA, ADA, FAR)).finding().failed] == ["pairs the model learnt from"]
    assert match(table(ADA, ADA, FAR), threshold=1).finding().believed


# ---- one row a person


def test_golden_records_keep_where_each_value_comes_from():
    rows = table(
        ADA | {"updated": "2024-01-01", "city": "Old Town"},
        ADA | {"updated": "2024-06-01", "source": "web", "city": "Newtown", "phone": None, "last_name": "MOOR"},
        ADA | {"updated": "2023-01-01", "source": "till", "city": "oldtown"},
        FAR,
    )  # fmt: skip
    found = match(rows, threshold=1)
    recent = found.golden().to_pandas().set_index("person_id").loc["r0"]
    assert (recent["city"], recent["city_from"], recent["city_values"]) == ("Newtown", "r1", 2)
    assert (recent["phone"], recent["phone_from"]) == ("030 123456", "r0")
    assert (recent["records"], recent["sources"], recent["last_name"]) == (3, "crm, till, web", "MOOR")
    often = found.golden(default="most_frequent").to_pandas().set_index("person_id").loc["r0"]
    assert (often["city"], often["city_from"]) == ("Old Town", "r0")
    ranked = (
        found.golden(survivorship={"city": "priority"}, priority=("till", "crm")).to_pandas().set_index("person_id")
    )
    assert (
        ranked.loc["r0", "city"] == "oldtown"
        and ranked.loc["r3", "city_from"] is None
        or ranked.loc["r3"].notna().any()
    )
    assert len(ranked) == 2


def test_every_golden_value_stands_in_a_record_of_the_person(matched, shop):
    golden, written = matched.golden(default="longest").to_pandas(), shop[0].set_index("record_id")
    person = matched.people.to_pandas().set_index("record_id")["person_id"]
    assert len(golden) == person.nunique() and golden["records"].sum() == len(shop[0])
    told = golden[golden["email"].notna()]
    assert (written.loc[told["email_from"], "email"].to_numpy() == told["email"].to_numpy()).all()
    assert (person[told["email_from"]].to_numpy() == told["person_id"].to_numpy()).all()
    stated = written["email"].notna().groupby(person.reindex(written.index)).any()
    assert len(told) == stated.sum()


# ---- how right it is


def test_matching_beats_the_join_by_email_on_hard_records(matched, shop):
    finding = matched.accuracy(shop[1])
    value = finding.table.set_index(["method", "of", "measure"])["value"]
    assert value["matching", "pairs", "precision"] >= 0.97
    assert value["matching", "pairs", "recall"] > value["same e-mail", "pairs", "recall"] + 0.2
    assert value["matching", "people", "F1"] > value["same e-mail", "people", "F1"] + 0.2
    assert finding.believed and finding.plot(new_axes(width=3.6)).get_xlabel()


def test_simulated_customers_are_found_again():
    world = simulate("clothing_boutique", customers=800, seed=2)
    found = match(world.tables["records"].to_pandas())
    value = found.accuracy(world.truth.person).table.set_index(["method", "of", "measure"])["value"]
    assert value["matching", "pairs", "precision"] >= 0.98
    assert value["matching", "pairs", "recall"] >= 0.9 > value["same e-mail", "pairs", "recall"]


def test_pairs_and_people_are_counted_as_by_hand():
    frame = pd.DataFrame({"truth": list("aaabbcd"), "matching": list("xxyyyzw")})
    # called: x 1, y 3 pairs; true: a 3, b 1 pairs; right: the two of x, the two b of y
    assert pairs(frame, "matching").sum().to_dict() == {"right": 2, "called": 4, "true": 4}
    assert whole(frame, "matching").sum().to_dict() == {"right": 0, "called": 2, "true": 2}
    assert whole(frame.assign(matching=list("xxxyyzw")), "matching").sum().to_dict() == {
        "right": 2, "called": 2, "true": 2,
    }  # fmt: skip


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=40))
def test_counted_pairs_agree_with_looking_at_every_pair(labels):
    frame = pd.DataFrame(labels, columns=["truth", "matching"]).astype(str)
    right = called = true = 0
    for (t, m), (u, k) in combinations(labels, 2):
        right, called, true = right + (t == u and m == k), called + (m == k), true + (t == u)
    assert pairs(frame, "matching").sum().tolist() == [right, called, true]


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=30), st.sampled_from([0.8, 0.95]))
def test_ratios_lie_within_their_interval(knots, level):
    part, more = np.array(knots, float).T
    found = ratio(part, part + more, level=level)
    if found["n"]:
        assert 0 <= found["low"] <= found["value"] <= found["high"] <= 1


def test_intervals_of_a_ratio_cover():
    rng = np.random.default_rng(4)
    held = 0
    for _ in range(400):
        size = rng.integers(1, 7, 150)  # pairs of a person are found together or not
        found = ratio(rng.binomial(1, 0.93, 150) * size, size.astype(float), level=0.9)
        held += found["low"] <= 0.93 <= found["high"]
    assert 0.85 <= held / 400 <= 0.96


# ---- knots


@settings(max_examples=60)
@given(st.data())
def test_untangling_never_joins_foes_and_forgets_the_order_of_links(data):
    record = st.sampled_from("abcdefg")
    pair = st.tuples(record, record).filter(lambda p: p[0] < p[1])
    foes = data.draw(st.lists(pair, max_size=4, unique=True))
    links = data.draw(st.lists(st.tuples(pair, st.integers(0, 30)), max_size=12, unique_by=lambda link: link[0]))
    links = [(a, b, float(w)) for (a, b), w in links if (a, b) not in foes]
    refused = untangle(links, foes)
    assert refused == untangle(data.draw(st.permutations(links)), foes)
    group = {r: r for r in "abcdefg"}
    for a, b, _ in links:
        if (a, b) not in refused:
            old, new = group[a], group[b]
            group = {r: new if g == old else g for r, g in group.items()}
    assert all(group[a] != group[b] for a, b in foes)
    if not foes:
        assert refused == {}


# ---- what goes wrong


@pytest.mark.parametrize(
    "frame, says",
    [
        (pd.DataFrame({"id": [1], "email": ["a@b.test"]}), "records has no column record_id"),
        (pd.DataFrame({"record_id": [1], "colour": ["red"]}), "records says nothing of persons"),
        (pd.DataFrame({"record_id": [1, 1], "email": ["a@b.test", None]}), "does not name each record once"),
        (pd.DataFrame({"record_id": [1, None], "email": ["a@b.test", None]}), "does not name each record once"),
        (pd.DataFrame({"record_id": pd.Series([], dtype=int), "email": pd.Series([], dtype=str)}), "no rows"),
    ],
)
def test_records_that_cannot_be_matched_are_named(frame, says):
    with pytest.raises(DataError, match=says):
        match(frame)


def test_declared_columns_rules_and_thresholds_are_checked(matched):
    with pytest.raises(DataError, match="unknown column of email 'mail'"):
        match(table(ADA), fields=Fields(email="mail"))
    with pytest.raises(ParameterError, match="unknown field of a rule 'e-mail'"):
        Rule(("e-mail",))
    with pytest.raises(ParameterError, match="names of fields"):
        Rule("email")
    with pytest.raises(ParameterError, match="threshold = 0.4, review = 0.5"):
        match(table(ADA), threshold=0.4)
    with pytest.raises(ParameterError, match="unknown field to keep apart by 'name'"):
        match(table(ADA), apart=("name",))
    with pytest.raises(ParameterError, match="by priority, and no sources are given"):
        matched.golden(default="priority")
    with pytest.raises(ParameterError, match="unknown source 'CRM'"):
        matched.golden(priority=("CRM",))
    with pytest.raises(DataError, match="truth names none of the records"):
        matched.accuracy(pd.DataFrame({"record_id": ["x"], "person_id": ["y"]}))


@pytest.mark.parametrize("rows", [[ADA], [{"email": None}, {"email": None}], [{"first_name": "Ada"}] * 3])
def test_records_with_nothing_to_join_are_people_of_their_own(rows):
    found = match(table(*rows))
    assert together(found) == set() and found.links.count().to_pandas() == 0
    assert found.finding().table.query("part == 'people'")["n"].sum() == len(rows)


def test_without_splink_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "splink", None)
    with pytest.raises(ModelError, match=r"cxlab\[identity\]"):
        match(table(ADA, FAR))


def test_a_fault_inside_splink_is_one_message(monkeypatch):
    from splink.internals.linker_components.inference import LinkerInference

    def fault(self):
        raise RuntimeError("settings[3] is not valid\nsecond line")

    monkeypatch.setattr(LinkerInference, "predict", fault)
    with pytest.raises(ModelError, match="records cannot be matched: RuntimeError: settings") as caught:
        match(table(ADA, ADA, FAR))
    assert "second line" not in str(caught.value) and caught.value.__suppress_context__
