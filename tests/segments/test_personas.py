"""Personas: every line from data, names by rule, small groups hidden, and nothing to judge people by."""

import pytest

from cxlab.errors import ParameterError
from cxlab.segments import FeatureTable
from cxlab.segments.personas import generated_names, personas, sensitive
from cxlab.segments.profiles import profiles
from cxlab.segments.value import segment_value
from cxlab.segments.worth import worth
from tests.segments.worlds import boutique, found, tables


@pytest.fixture(scope="module")
def profile():
    return profiles(found())


@pytest.fixture(scope="module")
def made(profile):
    return personas(found(), profile, source=tables(), value=segment_value(worth(tables(), found())))


def test_cards_hold_what_the_data_says(made):
    row = made.finding.table.set_index("segment").loc["loyal locals"]
    card = next(c for c in made.cards if c.segment == "loyal locals")
    assert f"{row['customers']:,} customers" in card.size and "€" in card.value and "90 % interval" in card.value
    contacts = tables().touchpoints.to_pandas()
    own = contacts[contacts["customer_id"].isin(found().table.query("segment == 'loyal locals'")["customer_id"])]
    top = own["channel"].value_counts(normalize=True)
    assert card.channels[0] == f"{top.index[0]} {top.iloc[0]:.0%} of contacts".replace("%", " %")
    customers = boutique().tables["customers"].to_pandas().merge(found().table, on="customer_id")
    agreed = customers[(customers["segment"] == "loyal locals") & (customers["consent"] == "yes")]
    assert card.reach[0].startswith(f"{len(agreed)} agreed")


def test_names_are_made_by_rule_and_from_nothing_sensitive(made, profile):
    names = [card.name for card in made.cards]
    assert names == generated_names(profile.table, found().names) and len(set(names)) == 3
    assert "age" in set(profile.table.loc[profile.table["marker"], "feature"])
    assert not any("age" in name.split() for name in names)
    assert any("by age" in line for line in made.cards[0].not_for)
    shuffled = profile.table.sample(frac=1, random_state=2)
    assert generated_names(shuffled, found().names) == names


def test_no_customer_stands_on_a_card(made):
    said = made.finding.text + "".join(card.text + card.html for card in made.cards)
    assert not any(str(customer) in said for customer in found().features.customers)


def test_own_names_replace_the_generated_and_unknown_ones_are_refused(profile):
    named = personas(found(), profile, names={"loyal locals": "Neighbours <1>"})
    card = next(c for c in named.cards if c.segment == "loyal locals")
    assert card.name == "Neighbours <1>" and "&lt;1&gt;" in card.html and "<1>" not in card.html
    with pytest.raises(ParameterError, match="loyal local"):
        personas(found(), profile, names={"loyal local": "x"})
    with pytest.raises(ParameterError, match="same name"):
        personas(found(), profile, names={"loyal locals": "x", "style seekers": "x"})


def test_without_consent_on_record_the_card_says_so(profile):
    cards = personas(found(), profile).cards
    assert all(not c.reach or "agreed" not in c.reach[0] for c in cards)
    assert all(any("not known here" in line for line in c.not_for) for c in cards)


def test_what_people_must_not_be_judged_by_is_known_in_other_words():
    assert all(map(sensitive, ("Age", "age_group", "sex", "marital status", "children under 6", "ethnicity")))
    assert not any(map(sensitive, ("average basket", "pages", "racer bikes bought", "sessions")))


def test_segments_alike_keep_names_of_their_own():
    frame = boutique().tables["customers"].to_pandas()[["customer_id", "spend"]]
    table = FeatureTable.from_frame(frame, customer="customer_id")
    profile = profiles(found(), table).table.assign(marker=False)
    assert generated_names(profile, found().names) == list(found().names)
