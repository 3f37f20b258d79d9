"""The study of differentiation: real choices are read without being told how; what data lack costs one sentence."""

import shlex
from dataclasses import replace
from functools import cache

import pandas as pd
import pytest

import cxlab as cx
from cxlab.data.simulate import PRESETS, simulate
from cxlab.differentiation import parts_differentiation as parts
from cxlab.differentiation import study_differentiation as study
from cxlab.differentiation.study_differentiation import DifferentiationStudy, choices_of, survey_of
from cxlab.errors import DataError, ParameterError
from cxlab.runs.studies import chosen as runnable

load = cache(cx.load)


def read(source: str, **how):
    settings = DifferentiationStudy(source=source, **how)
    data = load(source)
    survey = survey_of(data, settings)
    return data, settings, survey, choices_of(data, settings, survey=survey)


@pytest.mark.parametrize(
    ("source", "own", "rivals", "none", "sellers"),
    [
        ("electricity_contracts", "local company", ["well known company", "other"], "",
         ("local_company", "well_known_company")),
        ("camera_conjoint", "canon", ["nikon", "panasonic", "sony"], "none", ("brand",)),
        ("yogurt", "dannon", ["hiland", "weight", "yoplait"], "", ()),
        ("orange_juice", "Citrus Hill", ["Minute Maid"], "", ()),
        ("coffee_shop", "Own roastery", ["City chain", "Corner kiosk"], "none", ("brand",)),
    ],
)  # fmt: skip
def test_choices_are_read_as_they_are_meant(source, own, rivals, none, sellers):
    _, _, _, chosen = read(source)
    assert (chosen.own, list(chosen.products)) == (own, [own, *rivals])
    assert (chosen.choices.none, chosen.sellers) == (none, sellers)
    assert "price" in chosen.choices.price
    assert chosen.train.n_tasks + (chosen.held.n_tasks if chosen.held else 0) == chosen.choices.n_tasks


def test_marks_of_which_each_has_one_are_one_attribute():
    """Canon, Sony, Nikon and Panasonic together would be the constant of buying none."""
    _, _, _, chosen = read("camera_conjoint", people=40)
    assert chosen.choices.levels["brand"] == ("canon", "nikon", "panasonic", "sony")
    assert "canon" not in chosen.choices.columns
    assert (chosen.choices.n_respondents, chosen.people) == (40, 332)


def test_prices_are_counted_as_their_column_says():
    assert read("electricity_contracts", people=40)[3].unit == "cents kWh"
    assert read("electricity_contracts", people=40, price_unit="cents a kWh")[3].unit == "cents a kWh"
    assert read("coffee_shop")[3].unit == ""


def test_our_product_and_rivals_may_be_described():
    own = {"price_cents_kwh": "7.5", "contract_years": "0"}
    rivals = {"giant": "well_known_company: 1 | local_company: 0 | price_cents_kwh: 7", "other": "contract_years: 5"}
    _, _, _, chosen = read("electricity_contracts", people=40, own_product=own, rivals=rivals)
    assert list(chosen.products) == ["local company", "giant", "other"]
    assert chosen.products["local company"]["price_cents_kwh"] == 7.5
    assert chosen.products["giant"] == chosen.products["local company"] | {
        "well_known_company": 1.0, "local_company": 0.0, "price_cents_kwh": 7.0,
    }  # fmt: skip
    assert chosen.products["other"]["contract_years"] == 5 and chosen.products["other"]["local_company"] == 0


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ({"own": "remote company"}, "unknown product 'remote company'"),
        ({"price": "cost"}, "unknown attribute 'cost'"),
        ({"own_product": {"colour": "green"}}, "unknown attribute of 'local company' 'colour'"),
        ({"own_product": {"contract_years": "many"}}, "contract_years of 'local company' is 'many'"),
        ({"rivals": {"giant": "cheap"}}, "rival 'giant' is described by 'cheap'"),
        ({"none": "nothing"}, "unknown alternative 'nothing'"),
    ],
)
def test_what_is_named_and_not_there_is_said(how, says):
    with pytest.raises(ParameterError, match=says):
        read("electricity_contracts", **how)


def test_data_with_neither_rivals_nor_choices_ends_in_one_message():
    data, _, survey, chosen = read("cdnow")
    with pytest.raises(DataError, match="neither ratings of rivals nor choices between products"):
        study.require_something(survey, chosen, data)


def test_where_we_stand_is_told_from_ratings_alone():
    _, settings, survey, _ = read("coffee_shop", hard_to_copy={"empathy": 0.9})
    standing = parts.standing(survey, settings)
    assert [f.name for f in standing] == ["differentiation.gaps", "differentiation.scorecard", "differentiation.map"]
    card = standing.get("differentiation.scorecard").table.set_index("attribute")
    assert card.loc["empathy", "hard_to_copy"] == 0.9 and card.loc["empathy", "verdict"] == "build on it"
    without = [parts.offered(None, settings), parts.worth(None, None, settings), parts.attack(None, None, settings)]
    assert all("No choices between products were recorded" in part.absent for part in without)
    assert parts.market_of(None, None, settings) is None
    (front,) = parts.answer(standing=standing, worth=without[1], attack=without[2])
    assert front.name == "differentiation.scorecard"


def test_choices_without_a_price_say_what_people_choose_and_nothing_of_money(tmp_path):
    asked = cx.load("electricity_contracts").choices.execute().drop(columns="price_cents_kwh")
    some = asked[asked["respondent_id"].isin(asked["respondent_id"].unique()[:40])]
    some.to_csv(tmp_path / "choices.csv", index=False)
    _, settings, _, chosen = read(str(tmp_path / "choices.csv"))
    assert chosen.choices.price == "" and chosen.products == {}
    assert "nothing is said about money" in parts.attack(chosen, None, settings).absent
    assert isinstance(parts.offered(chosen, settings).findings[0].table, pd.DataFrame)


def test_purchases_of_people_who_bought_once_run_through_the_study():
    _, settings, survey, chosen = read("orange_juice", stated=False, costs={"Citrus Hill": 1.2}, draws=150)
    fitted = parts.fit(chosen, settings)
    market = parts.market_of(chosen, fitted, settings)
    worth, shares = parts.worth(chosen, fitted, settings), parts.shares(chosen, market, settings)
    attack, prices = parts.attack(chosen, market, settings), parts.prices(chosen, market, settings)
    pay = worth.get("differentiation.willingness")
    assert chosen.measured == ("loyalty",) and set(pay.table["attribute"]) == {"special", "discount"}
    assert "loyalty: measured, not offered" in parts.offered(chosen, settings).absent
    assert not shares.get("differentiation.market_value").table["change"].str.contains("loyalty").any()
    assert "people told apart is no" in pay.warning and "where nobody pays" not in pay.text
    assert "none could be kept back" in worth.absent
    names = [f.name.removeprefix("differentiation.") for part in (shares, attack, prices) for f in part]
    assert names == ["shares", "elasticities", "market_value", "price_attack", "answers", "best_price", "equilibrium"]
    front = parts.answer(standing=parts.standing(survey, settings), worth=worth, attack=attack)
    assert [f.name for f in front] == ["differentiation.willingness", "differentiation.price_attack"]


@pytest.fixture(scope="module")
def against_truth():
    """The study of simulated choices on the market they were simulated for, and what is true of it."""
    offers = PRESETS["coffee_shop"].decisions.conjoint.offers
    own, *rivals = offers
    said = {name: " | ".join(f"{a}: {value}" for a, value in offers[name].items()) for name in rivals}
    ours = {a: str(value) for a, value in offers[own].items() if a != "brand"}
    cut = 1 - 2.6 / offers["City chain"]["price"]
    how = {
        "own": own,
        "own_product": ours,
        "rivals": said,
        "rival": "City chain",
        "cut": cut,
        "draws": 2000,
        "effective": 1000,
        "most": 2000,
    }  # ends of 99.5 % lie far out
    _, settings, _, chosen = read("coffee_shop", **how)
    fitted = parts.fit(chosen, settings)
    world = simulate("coffee_shop", customers=1500, seed=1, duplicates=0, decisions=True)
    return settings, chosen, fitted, world.truth.decisions.choices


def at_level(settings: DifferentiationStudy, level: float) -> DifferentiationStudy:
    return settings.model_copy(update={"level": level})


def test_shares_before_and_after_a_cut_hold_the_truth(against_truth):
    """Of seven intervals of 90 % one may miss, and none of 99 %."""
    settings, chosen, fitted, truth = against_truth
    market = parts.market_of(chosen, fitted, settings)
    after, inside = truth.change("City chain", price=2.6), {}
    for level in (0.9, 0.99):
        at = at_level(settings, level)
        table = parts.shares(chosen, market, at).get("differentiation.shares").table.set_index("product")
        true = truth.shares()[table.index]
        attacked = parts.attack(chosen, market, at).get("differentiation.price_attack").table
        cut = attacked.iloc[(attacked["rival_price"] - 2.6).abs().argmin()]
        inside[level] = [
            *((table["share_low"] < true) & (true < table["share_high"])),
            cut["share_low"] < after["Own roastery"] < cut["share_high"],
            cut["rival_share_low"] < after["City chain"] < cut["rival_share_high"],
            cut["kept_low"] < after["Own roastery"] / true["Own roastery"] < cut["kept_high"],
        ]
    assert len(inside[0.9]) == 7 and sum(inside[0.9]) >= 6 and all(inside[0.99])


def test_what_is_missing_is_said_with_a_command_that_tells_it(against_truth):
    settings, chosen, fitted, _ = against_truth
    unpriced = parts.prices(chosen, parts.market_of(chosen, fitted, settings), settings).absent
    unnamed = parts.attack(replace(chosen, products={}), None, settings).absent
    typed = {}
    for text in (unpriced, unnamed):
        words = shlex.split(text[text.index("-p ") :])
        typed |= dict(words[i + 1].split("=", 1) for i, word in enumerate(words) if word == "-p")
    _, told, _, known = read("coffee_shop", **runnable(DifferentiationStudy, typed))
    assert told.costs == {"Own roastery": 1.5} and list(known.products) == ["Own roastery", "a rival"]


def test_what_half_of_all_would_pay_holds_the_truth(against_truth):
    """Of seven intervals of 90 % two may miss, and none of 99.5 %."""
    settings, chosen, fitted, truth = against_truth
    worth = truth.against({name: levels[0] for name, levels in chosen.choices.levels.items()})
    true = worth.div(-worth["price"], axis=0).median().rename(lambda name: name.replace("_", " "))
    inside = {}
    for level in (0.9, 0.995):
        pay = parts.worth(chosen, fitted, at_level(settings, level)).get("differentiation.willingness").table
        value = true[pay["attribute"]].to_numpy()
        inside[level] = (pay["median_low"] < value) & (value < pay["median_high"])
    assert len(inside[0.9]) == 7 and inside[0.9].sum() >= 5 and inside[0.995].all()
