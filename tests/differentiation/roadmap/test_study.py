"""The study of roadmaps: what is recommended follows from the options, and what is wrong is said."""

from __future__ import annotations

import pandas as pd
import pytest

import cxlab as cx
from cxlab.differentiation import parts_roadmap as parts
from cxlab.differentiation.returns.initiative import REQUIRED
from cxlab.differentiation.study_roadmap import RoadmapStudy, considered
from cxlab.errors import DataError, ParameterError


@pytest.fixture(scope="module")
def shop():
    return cx.load("coffee_shop")


def study(data, **settings):
    chosen = RoadmapStudy(draws=400, **settings)
    found = considered(data, chosen)
    return found, chosen


def file_of(tmp_path, rows, **more):
    table = pd.DataFrame(rows, columns=REQUIRED).assign(**more)
    table.to_csv(tmp_path / "initiatives.csv", index=False)
    return cx.load(tmp_path / "initiatives.csv")


SURE = [["good", 90, 100, 110, 190, 200, 210, 1], ["bad", 90, 100, 110, 1, 2, 3, 1]]


def test_what_pays_is_taken_and_what_does_not_is_left(tmp_path):
    found, settings = study(file_of(tmp_path, SURE), budget=200.0)
    plan, *_ = parts.first(found, settings)
    row = plan.table.iloc[0]
    assert found.plan.chosen == ("good",) and row["p_loss"] == 0 and row["low"] < row["value"] < row["high"]
    assert "good" in plan.title and "What would change our mind" in plan.text and plan.believed is False
    assert [c.name for c in plan.failed] == ["share of the money spent on guesses"]


def test_what_is_set_aside_is_named_with_one_reason_each(tmp_path):
    rows = [
        ["good", 90, 100, 110, 190, 200, 210, 1], ["bad", 90, 100, 110, 1, 2, 3, 1],
        ["dear", 900, 1000, 1100, 5000, 6000, 7000, 1], ["on dear", 9, 10, 11, 50, 60, 70, 1],
        ["on bad", 9, 10, 11, 12, 13, 14, 1], ["second", 90, 100, 110, 50, 55, 60, 1],
    ]  # fmt: skip
    data = file_of(tmp_path, rows, requires=["", "", "", "dear", "bad", ""])
    found, settings = study(data, budgets=(110.0, 10.0))
    plan, aside, _ = parts.first(found, settings)
    why = aside.table.set_index("name")["why"].to_dict()
    assert found.plan.chosen == ("good",) and [f.name for f in parts.answer(parts.first(found, settings))] == [
        plan.name
    ]
    assert why == {
        "dear": "costs more than the whole budget", "on dear": "needs dear, which does not fit",
        "on bad": "needs bad, which is set aside", "bad": "a loss is likely (over 99 %)",
        "second": "others bring more for the same means",
    }  # fmt: skip
    assert all(f"{name}: {said}" in aside.text for name, said in why.items())
    all_taken, settings = study(file_of(tmp_path, SURE[:1]), budget=200.0)
    assert "differentiation.set_aside" not in [f.name for f in parts.first(all_taken, settings)]


def test_what_shares_all_with_the_plan_adds_nothing(tmp_path):
    rows = [["one", 90, 100, 110, 190, 200, 210, 1], ["two", 90, 100, 110, 180, 190, 200, 1]]
    found, settings = study(file_of(tmp_path, rows), budget=300.0, overlap=1.0)
    _, aside, *_ = parts.first(found, settings)
    assert aside.table["why"].tolist() == ["adds nothing to what the others bring"]


def test_nothing_is_recommended_where_nothing_pays_or_there_is_no_money(tmp_path):
    data = file_of(tmp_path, SURE[1:])
    for budget in (500.0, 0.0):
        found, settings = study(data, budget=budget)
        plan, *_ = parts.first(found, settings)
        assert found.plan.chosen == () and "None of the options" in plan.title and plan.table["value"].iloc[0] == 0
        assert all(not len(f.table) for f in parts.order(found, settings))


def test_the_coffee_shop_begins_with_what_truly_pays(shop):
    from cxlab.data.simulate import simulate

    found, settings = study(shop)
    plan, *_ = parts.first(found, settings)
    roadmap, watched = parts.order(found, settings)
    assert roadmap.table["name"].tolist() == watched.table["measure"].tolist()
    assert (watched.table[["owner", "kpi", "alarm", "stop"]] != "").all(axis=None)
    assert "simulated" in plan.text and plan.table["cost"].iloc[0] <= plan.table["budget"].iloc[0]
    truth = simulate("coffee_shop", customers=1500, seed=1, duplicates=0, decisions=True).truth
    worth = truth.decisions.initiatives.worth(years=5)
    assert worth.loc[roadmap.table["name"].iloc[0], "pays"]


def test_prerequisites_come_before_and_the_table_of_each_has_what_a_report_needs(tmp_path):
    rows = [["site", 90, 100, 110, 0, 1, 2, 3], ["shop", 90, 100, 110, 500, 600, 700, 3]]
    found, settings = study(file_of(tmp_path, rows, requires=["", "site"]), budget=100.0)
    roadmap, _ = parts.order(found, settings)
    assert roadmap.table["name"].tolist() == ["site", "shop"]
    assert roadmap.table["from_month"].iloc[1] > roadmap.table["to_month"].iloc[0]
    (each,) = parts.each(found, settings)
    assert {"npv", "roi", "payback", "p_loss"} <= set(each.table.columns)


def test_work_is_told_only_where_somebody_stated_it_and_limits_say_what_they_are_of(tmp_path):
    alone, settings = study(file_of(tmp_path, SURE[:1]), budget=200.0)
    plan, watched = parts.order(alone, settings)
    assert "person-months" not in plan.text
    row = watched.table.iloc[0]
    # nobody stated a figure to watch: it is the margin, and so are alarm and rule
    assert row["kpi"].startswith("margin a year") and row["alarm"].startswith("added margin")
    stated = file_of(tmp_path, SURE[:1], people=[0.3], kpi=["minutes in the queue"], stop=["above 6 minutes"])
    worked, settings = study(stated, budget=200.0, capacity=1.0)
    plan, watched = parts.order(worked, settings)
    assert "0.30 of 4.0 person-months" in plan.text
    row = watched.table.iloc[0]
    assert row["kpi"] == "minutes in the queue" and row["alarm"].startswith("added margin")
    # one rule ends it, the one in money; what the owner would stop at is a limit at which somebody looks
    assert row["alarm"].endswith("; also: above 6 minutes") and "minutes" not in row["stop"]
    assert row["stop"].startswith("No measurement would end it")


def test_a_limit_that_is_a_loss_is_told_as_a_loss_with_why_a_smaller_one_is_no_proof(tmp_path):
    # one look is rough and much is expected, so only a heavy loss outweighs it
    data = file_of(tmp_path, [["card", 300, 400, 500, 2000, 7000, 12000, 1]])
    found, settings = study(data, budget=1000.0, pilot_noise=1.0)
    watched = parts.order(found, settings).findings[1]
    (rule,) = parts.stopping(found, settings)
    row = watched.table.iloc[0]
    assert row["limit"] < 0 and rule.table["error"].iloc[0] > 0
    for said in (row["stop"], rule.table["rule"].iloc[0]):
        assert "if it loses more than" in said and "A smaller loss is no proof yet" in said and "−" not in said
    sure, settings = study(file_of(tmp_path, SURE[:1]), budget=200.0)
    assert "no proof yet" not in parts.order(sure, settings).findings[1].table["stop"].iloc[0]


def test_what_is_taken_for_granted_of_effects_is_said_and_solved_again_without_it(shop):
    found, settings = study(shop)
    plan, _, granted = parts.first(found, settings)
    assert "independent of each other, to share no money and not to fade" in plan.text
    table = granted.table
    assert table[["correlation", "overlap", "fade"]].astype(bool).sum(axis=1).tolist() == [0, 1, 1, 1, 3]
    assert table["value"].iloc[0] == plan.table["value"].iloc[0] and (table["value"] >= table["kept"] - 1e-6).all()
    # each widens what may happen, or takes something away; all together most of all
    assert table["p_loss"].iloc[4] > table["p_loss"].iloc[0] and table["value"].iloc[4] < table["value"].iloc[1:4].min()
    again, _ = study(shop, correlation=0.3, overlap=0.25, fade=0.2)
    assert again.plan.value.mean() == pytest.approx(table["value"].iloc[4])
    changed = (table["added"] + table["dropped"] != "").any()
    assert ("What would change our mind: effects that" in granted.text) == bool(changed)


def test_who_takes_effects_for_worse_already_is_told_what_is_taken_and_nothing_milder(shop):
    found, settings = study(shop, correlation=0.5, overlap=0.5, fade=0.1)
    plan, _, granted = parts.first(found, settings)
    assert (
        "move together (correlation 0.50), to share money (50 % of the smaller of two) and to fade (10 %" in plan.text
    )
    assert granted.table["fade"].tolist() == [0.1, 0.2]
    found, settings = study(shop, correlation=0.5, overlap=0.5, fade=0.3)
    assert "differentiation.assumptions" not in [f.name for f in parts.first(found, settings)]


def test_rows_that_cannot_be_options_are_named_in_the_first_sentence_of_the_answer(tmp_path):
    rows = [["owed", -9, 10, 11, 50, 60, 70, 1], *SURE, SURE[0], ["turned", 90, 100, 110, 90, 60, 70, 1]]
    found, settings = study(file_of(tmp_path, rows), budget=200.0)
    plan, *_ = parts.first(found, settings)
    sentence = plan.text.split(". ")[0]
    assert sentence.startswith("Of 2 options the plan takes good; 3 more of the file are left out")
    for row in ("row 2 (cost_low is below 0)", "row 5 (name stands on row 3", "row 6 (effect_low exceeds"):
        assert row in sentence
    found, settings = study(file_of(tmp_path, [rows[0], SURE[1]]), budget=200.0)
    assert "1 more of the file is left out" in parts.first(found, settings).findings[0].text


def test_money_that_is_left_over_is_no_reason_to_ask_for_more(tmp_path):
    # two options of 100 each, 100 a period: the second waits for its money, so what would pay is having it earlier
    rows = [["one", 90, 100, 110, 390, 400, 410, 0], ["two", 90, 100, 110, 290, 300, 310, 0]]
    data = file_of(tmp_path, rows)
    found, settings = study(data, budgets=(120.0, 120.0, 120.0))
    frontier = parts.simpler(found, settings).findings[1]
    assert frontier.table.loc[frontier.table["factor"] == 1, "next"].item() == 0
    found, settings = study(data, budgets=(170.0, 170.0, 170.0))
    frontier = parts.simpler(found, settings).findings[1]
    assert frontier.title.startswith("Earlier money would pay, more would not") and "not more of it" in frontier.text
    found, settings = study(data, budgets=(170.0,))
    assert parts.simpler(found, settings).findings[1].title.startswith("More money would pay")


def test_what_two_initiatives_have_in_common_is_counted_once(tmp_path):
    rows = [["one", 90, 100, 110, 190, 200, 210, 1], ["two", 90, 100, 110, 190, 200, 210, 1]]
    data = file_of(tmp_path, rows)
    values = []
    for overlap in (0.0, 0.25, 0.5, 1.0):
        found, settings = study(data, budget=300.0, overlap=overlap)
        values.append(parts.first(found, settings).findings[0].table["value"].iloc[0])
    assert values[0] > values[1] > values[2] > values[3]
    assert values[1] == pytest.approx((values[0] + values[2]) / 2, rel=1e-6)
    # where all is shared, the second one only costs
    assert values[3] == pytest.approx(found.values.npv.mean(0).max()) and len(found.plan.chosen) == 1


def test_the_plan_is_chosen_with_what_is_shared_counted_once(tmp_path):
    rows = [
        ["one", 90, 100, 110, 40, 50, 60, 1],
        ["two", 90, 100, 110, 39, 49, 59, 1],
        ["own", 9, 10, 11, 9, 10, 11, 1],
    ]
    data = file_of(tmp_path, rows)
    apart, _ = study(data, budget=300.0)
    both, settings = study(data, budget=300.0, overlap=0.95)
    assert set(apart.plan.chosen) == {"one", "two", "own"} and apart.plan.check.passed
    assert set(both.plan.chosen) == {"one"}
    assert both.plan.value.mean() == pytest.approx(both.values.npv[:, 0].mean())
    plan, *_ = parts.first(both, settings)
    assert "not proven" in plan.caption and plan.table["value"].iloc[0] == pytest.approx(both.plan.value.mean())
    # every part of the study speaks of the same plan
    assert parts.order(both, settings).findings[0].table["name"].tolist() == ["one"]
    assert both.known.value.mean() >= both.plan.value[both.known.draws].mean() - 1e-9
    regret, frontier, _ = parts.simpler(both, settings)
    at = frontier.table["factor"] == 1
    assert frontier.table.loc[at, "value"].iloc[0] == pytest.approx(both.plan.value.mean())
    assert regret.table["regret"].max() > 0


def test_what_starts_later_shares_only_what_is_left(tmp_path):
    rows = [["one", 90, 100, 110, 390, 400, 410, 0], ["two", 90, 100, 110, 290, 300, 310, 0]]
    found, _ = study(file_of(tmp_path, rows), budgets=(115.0, 100.0), overlap=0.5, discount=0.0, years=2.0)
    quarter = float(found.values.inputs[:, 1, 1].mean()) / 4
    assert sorted(found.plan.starts.tolist()) == [0, 1]
    late = found.plan.starts.tolist().index(1)
    assert late == 1
    added = found.plan.made.worth[:, 0, 0] + found.plan.made.worth[:, 1, 1]
    assert (added - found.plan.value).mean() == pytest.approx(0.5 * 7 * quarter)


def test_effects_of_a_trial_take_the_place_of_guesses(shop):
    less, _ = study(shop, effects={"Punch card": "100; -500; 700"})
    assert "Punch card" not in less.plan.chosen
    with pytest.raises(ParameterError, match="value; low; high"):
        study(shop, effects={"Punch card": "100"})
    with pytest.raises(ParameterError, match="did you mean 'Punch card'"):
        study(shop, effects={"Punch cart": "100; 0; 200"})


def test_technology_is_taken_in_by_name_and_scaled_by_the_margin(shop):
    found, _ = study(shop, technology=("Customer analytics",))
    assert {"Customer analytics", "One customer record", "Punch card"} <= set(found.values.names)
    alone, _ = study(cx.load("cdnow"), margin=50_000.0)
    assert len(alone.values.names) == 18
    with pytest.raises(DataError, match="no transactions whose margin"):
        study(cx.load("cdnow"))


HOSTILE = [
    ({"requires": ["bad", "good"]}, "in a circle"),
    ({"requires": ["", "gone"]}, "gone"),
    ({"requires": ["", "bad"]}, "requires itself"),
]


@pytest.mark.parametrize(("more", "says"), HOSTILE, ids=[says for _, says in HOSTILE])
def test_options_that_cannot_be_are_one_message(tmp_path, more, says):
    with pytest.raises(DataError, match=says):
        study(file_of(tmp_path, SURE, **more))
