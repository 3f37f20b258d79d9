"""Choices, trials and initiatives that are simulated follow their truth, and change nothing else of a business."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import cxlab as cx
from cxlab.cli import main
from cxlab.data.simulate import PRESETS, Attribute, Comparison, Conjoint, Decisions, Option, simulate
from cxlab.errors import ParameterError

CAFE, HOTEL = PRESETS["coffee_shop"], PRESETS["boutique_hotel"]
NEW = {"choices", "trials", "initiatives"}


def only(business, **parts):
    """The business with some of its decisions alone."""
    return replace(business, decisions=Decisions(**parts))


@pytest.fixture(scope="module")
def cafe():
    return simulate(replace(CAFE, decisions=replace(
        CAFE.decisions, conjoint=replace(CAFE.decisions.conjoint, respondents=1.0))),
        customers=3000, seed=2, duplicates=0, decisions=True)  # fmt: skip


@pytest.fixture(scope="module")
def hotel():
    return simulate("boutique_hotel", customers=1500, seed=2, duplicates=0, experience=True, decisions=True)


def utilities(world):
    """The utility of every row of the choices, by the part-worths of its respondent."""
    rows = world.tables["choices"].to_pandas()
    worth = world.truth.decisions.choices.part_worths
    own = worth.loc[rows["respondent_id"].astype(str)].reset_index(drop=True)
    total = own["price"] * rows["price"].fillna(0)
    for attribute in world.truth.decisions.choices.conjoint.attributes:
        if attribute.named:
            for level in attribute.worth:
                total = total + own[f"{attribute.name}: {level}"] * (rows[attribute.name] == level)
        else:
            total = total + own[attribute.name] * rows[attribute.name].fillna(0)
    return rows, total + own["none"] * (rows["alternative"] == "none")


def test_other_tables_are_the_same_with_and_without(cafe):
    plain = simulate("coffee_shop", customers=3000, seed=2, duplicates=0)
    assert set(cafe.tables) == set(plain.tables) | NEW
    assert all(table.equals(cafe.tables[name]) for name, table in plain.tables.items())
    assert plain.truth.decisions is None


def test_the_same_seed_gives_the_same_decisions(hotel):
    again = simulate(**hotel.parameters)
    assert all(table.equals(again.tables[name]) for name, table in hotel.tables.items())
    other = simulate(**{**hotel.parameters, "seed": 3})
    assert not other.tables["trials"].equals(hotel.tables["trials"])


@pytest.mark.parametrize("world", ["cafe", "hotel"])
def test_all_of_it_comes_through_the_door(world, request):
    world = request.getfixturevalue(world)
    counts = world.dataset().counts.set_index("table")
    assert (counts["quarantined"] == 0).all()
    assert {name: table.num_rows for name, table in world.tables.items() if name in NEW} == counts.loc[
        [t for t in counts.index if t in NEW], "kept"].to_dict()  # fmt: skip


def test_every_task_has_one_choice_among_offers_that_differ(cafe):
    rows = cafe.tables["choices"].to_pandas()
    tasks = rows.groupby(["respondent_id", "task"], observed=True)
    assert (tasks["chosen"].sum() == 1).all() and (tasks.size() == 4).all()
    offers = rows[rows["alternative"] != "none"].drop(columns=["alternative", "chosen"])
    assert not offers.duplicated().any()
    assert rows.loc[rows["alternative"] == "none", ["price", "brand"]].isna().all(axis=None)
    assert set(rows["respondent_id"]) <= set(cafe.tables["customers"]["customer_id"].to_pylist())


def test_choices_follow_the_part_worths(cafe):
    rows, utility = utilities(cafe)
    task = np.arange(len(rows)) // 4
    chance = np.exp(utility - utility.groupby(task).transform("max"))
    chance = chance / chance.groupby(task).transform("sum")
    spread = np.sqrt((chance * (1 - chance)).sum())
    for held in (rows["alternative"] == "none", rows["brand"] == "Own roastery", rows["known_by_name"] == 1,
                 rows["price"] == 2.4, rows["wait_minutes"] == 8, chance > 0.5):  # fmt: skip
        assert abs(chance[held].sum() - rows.loc[held, "chosen"].sum()) < 4 * spread
    # The chosen alternatives are as likely as a logit says, not more and not less.
    expected = (chance * np.log(chance)).sum()
    variance = (chance * np.log(chance) ** 2).groupby(task).sum() - (chance * np.log(chance)).groupby(task).sum() ** 2
    assert abs(np.log(chance[rows["chosen"] == 1]).sum() - expected) < 4 * np.sqrt(variance.sum())


def test_shares_of_the_market_are_the_mean_of_everybodys_chances(cafe):
    truth = cafe.truth.decisions.choices
    worth, row = truth.part_worths, {"price": 3.0, "brand": "City chain", "known_by_name": 0, "wait_minutes": 2,
                                     "beans": "standard", "order_ahead": 1}  # fmt: skip
    utility = 3.0 * worth["price"] + 2 * worth["wait_minutes"] + worth["order_ahead"]
    by_hand = (np.exp(utility) / (np.exp(utility) + np.exp(worth["none"]))).mean()
    assert truth.shares({"chain": row})["chain"] == pytest.approx(by_hand)
    assert truth.shares().sum() == pytest.approx(1)
    assert truth.change("City chain", price=2.5)["City chain"] > truth.shares()["City chain"]
    assert (worth["price"] < 0).all()
    ratio = worth["known_by_name"] / -worth["price"]
    assert truth.willingness["known_by_name"].tolist() == pytest.approx(ratio.tolist())


def test_part_worths_against_another_level_say_the_same(cafe):
    truth = cafe.truth.decisions.choices
    other = truth.against({"brand": "Own roastery", "beans": "own roast"})
    assert (other[["brand: Own roastery", "beans: own roast"]] == 0).all(axis=None)
    gap = truth.part_worths["brand: Own roastery"] - truth.part_worths["brand: Corner kiosk"]
    assert (-other["brand: Corner kiosk"]).tolist() == pytest.approx(gap.tolist())
    with pytest.raises(ParameterError, match="did you mean 'Own roastery'"):
        truth.against({"brand": "Own rostery"})


def test_regulars_like_to_be_known_and_students_look_at_the_price(cafe):
    truth = cafe.truth.decisions.choices
    means = truth.part_worths.groupby(truth.segment).mean()
    assert means["known_by_name"].idxmax() == "regulars" and means["price"].idxmin() == "students"
    assert means["wait_minutes"].idxmin() == "commuters"


def test_the_trial_shows_its_effect_and_was_drawn_by_chance():
    trial = replace(CAFE.decisions.comparison, lift={"commuters": 1.2, "regulars": 1.2, "students": 1.2})
    world = simulate(only(CAFE, comparison=trial), customers=20_000, seed=4, duplicates=0, decisions=True)
    rows, truth = world.tables["trials"].to_pandas(), world.truth.decisions.comparison
    assert truth.effects.loc["visits", "ratio"].tolist() == pytest.approx([1.2] * 4)
    sizes = rows["arm"].value_counts()
    assert abs(sizes.iloc[0] - sizes.iloc[1]) <= 1
    for outcome, column in (("visits", "outcome"), ("spend", "spend")):
        groups = rows.groupby("arm")[column]
        seen = groups.mean()["punch card"] - groups.mean()["control"]
        error = np.sqrt((groups.var() / groups.size()).sum())
        assert abs(seen - truth.effects.loc[(outcome, "all"), "difference"]) < 4 * error
    before = rows.groupby("arm")["before"]
    assert abs(before.mean().diff().iloc[1]) < 4 * np.sqrt((before.var() / before.size()).sum())
    assert rows["outcome"].corr(rows["before"]) > 0.5
    assert rows["timestamp"].min() > pd.Timestamp("2024-12-31").date()


def test_the_measure_before_is_what_the_log_says(cafe):
    trial = cafe.tables["trials"].to_pandas().set_index("unit_id")["before"]
    orders = cafe.tables["transactions"].to_pandas()
    lately = orders[orders["timestamp"] >= pd.Timestamp("2025-01-01") - pd.Timedelta(weeks=8)]
    counted = lately["customer_id"].astype(str).value_counts().reindex(trial.index.astype(str), fill_value=0)
    assert trial.tolist() == counted.tolist()


def test_sites_are_drawn_to_the_arms_where_that_is_declared():
    sites = {f"Site {n}": 1.0 for n in range(9)}
    trial = replace(CAFE.decisions.comparison, sites=sites, by_site=True, site_spread=0.3)
    world = simulate(only(CAFE, comparison=trial), customers=2000, seed=5, decisions=True)
    arms = world.tables["trials"].to_pandas().groupby("site", observed=True)["arm"].nunique()
    assert len(arms) == 9 and (arms == 1).all()


def test_the_panel_shows_its_effect_from_its_week_on():
    panel = replace(HOTEL.decisions.panel, effect=0.8, ramp=1, raters=400.0, own=0.02)
    world = simulate(only(HOTEL, panel=panel), customers=300, seed=6, decisions=True)
    rows, truth = world.tables["trials"].to_pandas(), world.truth.decisions.panel
    wide = rows.pivot(index="timestamp", columns="unit_id", values="outcome")
    wide.index = pd.DatetimeIndex(wide.index)
    began = truth.effects.loc["This hotel", "treated_from"]
    others = wide.drop(columns=list(panel.treated)).mean(axis=1)
    apart = wide["This hotel"] - others
    change = apart[apart.index >= began].mean() - apart[apart.index < began].mean()
    assert change == pytest.approx(truth.effects.loc["This hotel", "effect"], abs=0.05)
    assert truth.effect.loc[truth.effect.index < began, "This hotel"].eq(0).all()
    assert wide.index.day_of_week.unique().tolist() == [0] and len(wide) == 104
    treated = rows[rows["unit_id"] == "This hotel"]["treated_from"].unique().tolist()
    assert [pd.Timestamp(day) for day in treated] == [began]
    assert rows[rows["arm"] == "control"]["treated_from"].isna().all()


def test_rivals_of_the_hotel_are_rated(hotel):
    brands = hotel.truth.experience.scores("brand").loc[lambda t: t["question"] == "csat"].set_index("brand")["mean"]
    assert brands.idxmax() == "our shop" and set(brands.index) == {"our shop", "Beach resort", "Old town inn"}
    assert set(hotel.tables["surveys"]["brand"].unique().to_pylist()) == set(brands.index)


def test_what_initiatives_bring_follows_from_what_was_tried_and_chosen(cafe):
    truth = cafe.truth.decisions
    worth = truth.initiatives.worth()
    effect = truth.comparison.effects.loc[("spend", "all"), "difference"] * 52 / 8 * truth.initiatives.active
    assert worth.loc["Punch card", "effect"] == pytest.approx(effect * CAFE.margin)
    own = [truth.choices.change("Own roastery", known_by_name=v)["Own roastery"] for v in (0, 1)]
    orders = cafe.tables["transactions"].to_pandas()
    sales = orders[orders["timestamp"] >= pd.Timestamp("2025-01-01") - pd.Timedelta(weeks=52)]["amount"].sum()
    gain = CAFE.decisions.carry * (own[1] / own[0] - 1) * sales * CAFE.margin
    assert worth.loc["Known by name", "effect"] == pytest.approx(gain)
    assert 0 < worth["pays"].sum() < len(worth)


def option(name, cost, true, **more):
    return Option(name, (cost, cost, cost), cost, (true, true, true), true, months=0, **more)


def test_worth_and_the_best_set_by_hand():
    options = (
        option("base", 100.0, 0.0),
        option("app", 100.0, 10.0, requires=("base",)),
        option("sign", 50.0, 8.0, excludes=("app",)),
        option("loss", 10.0, -1.0),
    )
    world = simulate(only(CAFE, options=options), customers=60, seed=1, decisions=True)
    truth = world.truth.decisions.initiatives
    active = truth.active
    worth = truth.worth(years=2, discount=0.0)
    assert worth["npv"].tolist() == pytest.approx([-100, 20 * active - 100, 16 * active - 50, -2 * active - 10])
    assert truth.worth(years=1, discount=0.21).loc["app", "npv"] == pytest.approx(
        10 * active / 12 * sum(1.21 ** (-m / 12) for m in range(1, 13)) - 100
    )
    assert truth.best(1000, years=2, discount=0.0)[0] == (("base", "app") if 4 * active > 150 else ("sign",))
    assert truth.best(150, years=2, discount=0.0)[0] == ("sign",)
    assert truth.best(10)[0] == ()
    table = world.tables["initiatives"].to_pandas().set_index("name")
    assert table.loc["app", "requires"] == "base" and table.loc["sign", "excludes"] == "app"


@pytest.mark.parametrize("world", ["cafe", "hotel"])
def test_some_of_what_looks_worth_doing_is_not(world, request):
    world = request.getfixturevalue(world)
    table = world.tables["initiatives"].to_pandas().set_index("name")
    believed = 3 * (table["effect_likely"] - table["running"]) > table["cost_likely"]
    pays = world.truth.decisions.initiatives.worth()["pays"]
    assert (believed & ~pays).any() and (believed & pays).any()


@pytest.mark.parametrize("name", ["coffee_shop", "boutique_hotel"])
def test_the_shipped_sets_hold_what_pays_and_say_that_they_are_simulated(name):
    data = cx.load(name)
    assert data.card.kind == "simulated"
    assert {"trials", "initiatives", "surveys"} <= set(data.tables)
    assert data.surveys.brand.nunique().execute() == 3


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: simulate("spa", customers=50, seed=1, decisions=True), "spa declares no decisions"),
        (lambda: simulate("coffee_shop", customers=3, seed=1, decisions=True), "customers came in the last half-year"),
        (lambda: Conjoint((Attribute("a", 1.0, values=(0, 1)),), prices=(), sensitivity=1.0), "0 offers that differ"),
        (lambda: Conjoint((Attribute("a", {"x": 1.0, "y": 2}),), prices=(1, 2), sensitivity=1.0), "first level of a"),
        (lambda: Conjoint((), prices=(1,), sensitivity=1.0), "names that differ"),
        (lambda: Comparison("t", "a", {}, by_site=True), "two sites or more"),
        (lambda: replace(HOTEL.decisions.panel, treated={}), "no place is changed"),
        (lambda: replace(HOTEL.decisions.panel, treated={"This hotl": 3}), "did you mean 'This hotel'"),
        (lambda: Decisions(options=(option("a", 1, 1, requires=("b",)),)), "unknown option beside a 'b'"),
        (lambda: Decisions(options=(replace(option("a", 1, 1), true="test"),)), "what a follows from 'test'"),
        (lambda: Decisions(options=(replace(option("a", 1, 1), cost=(3, 2, 1)),)), "low ≤ likely ≤ high"),
        (lambda: simulate(only(HOTEL, panel=replace(HOTEL.decisions.panel, treated={"Abbey": 200})), customers=300,
                          seed=1, decisions=True), "a change in week 200 of 104"),
    ],
)  # fmt: skip
def test_what_cannot_be_decided_is_named(make, says):
    with pytest.raises(ParameterError, match=says):
        make()


def test_unknown_offers_and_attributes_are_named(cafe):
    truth = cafe.truth.decisions.choices
    with pytest.raises(ParameterError, match="did you mean 'City chain'"):
        truth.change("City chan", price=3)
    with pytest.raises(ParameterError, match="did you mean 'price'"):
        truth.change("City chain", prise=3)
    with pytest.raises(ParameterError, match="offer x has no brand"):
        truth.shares({"x": {"price": 3.0}})


def test_the_command_writes_decisions_on_request(tmp_path, capsys):
    asked = ["data", "simulate", "coffee_shop", "--customers", "150", "--to", str(tmp_path / "shop"), "--decisions"]
    assert main(asked) == 0
    assert "choices: " in capsys.readouterr().out
    card = (tmp_path / "shop" / "README.md").read_text(encoding="utf-8")
    assert "world.truth.decisions" in card and "decisions=True" in card
