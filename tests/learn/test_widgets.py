"""What a widget shows when moved is what the public functions say, with a kernel and without one."""

from html import escape

import numpy as np
import pandas as pd
import pytest

import cxlab as cx
from cxlab.errors import ParameterError
from cxlab.experience.scores.answers import read_answers
from cxlab.experience.scores.nps import net_promoter_score
from cxlab.finding import MIME
from cxlab.learn.widgets import widget, widgets

VIEW = "application/vnd.jupyter.widget-view+json"


@pytest.fixture(scope="module")
def made():
    """Every widget, made once: some read a data set first."""
    return {name: widget(name) for name in widgets()}


def others(control) -> list:
    """Values at the ends of a control, and not where it stands at first."""
    if isinstance(control.start, bool):
        return [not control.start]
    ends = (control.names[0], control.names[-1]) if control.names else (control.low, control.high)
    return [value for value in ends if value != control.start]


def drawn(seen) -> np.ndarray:
    figure = seen.figure()
    figure.canvas.draw()
    return np.asarray(figure.canvas.buffer_rgba())


@pytest.mark.parametrize("name", widgets())
def test_every_control_moves_the_picture_and_the_words(made, name):
    one = made[name]
    assert 2 <= len(one.controls) <= 3
    before = one.move()
    assert before.settings == {control.name: control.start for control in one.controls}
    for control in one.controls:
        tried = []
        for value in others(control):
            try:
                tried.append(one.move(**{control.name: value}))
            except ParameterError:  # not with the others where they stand, and it is said so
                continue
        assert tried, control.name
        for after in tried:
            assert not before.table.equals(after.table), control.name
            assert not np.array_equal(drawn(before), drawn(after)), control.name
        assert any(after.title + after.text != before.title + before.text for after in tried)


@pytest.mark.parametrize("name", widgets())
def test_without_a_session_the_picture_stands_still(made, name, monkeypatch):
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    data, metadata = made[name]._repr_mimebundle_()
    assert data["image/png"].startswith(b"\x89PNG") and VIEW not in data and "text/html" not in data
    assert made[name].move().title in data["text/plain"] and set(data) <= {"text/plain", "image/png", MIME}
    assert metadata["image/png"]["width"] == 672
    again, _ = made[name]._repr_mimebundle_()
    assert again["image/png"] == data["image/png"] and again["text/plain"] == data["text/plain"]


@pytest.mark.parametrize("name", widgets())
def test_in_a_session_controls_redraw_the_picture(made, name, monkeypatch):
    monkeypatch.setenv("JPY_SESSION_NAME", "lesson.ipynb")
    assert VIEW in made[name]._repr_mimebundle_()
    live = made[name].live()
    for control in made[name].controls:
        choice = live.choices[control.name]
        assert choice.description == control.label
        first = choice.value
        assert first == (control.start if control.factor == 1 else pytest.approx(control.start * control.factor))
        before = live.shown.value
        assert "data:image/png;base64," in before and 'alt="' in before
        other = others(control)[0]
        choice.value = other if control.factor == 1 else other * control.factor
        moved = {control.name: other}
        try:
            words = made[name].move(**moved).text
        except ParameterError as problem:
            words = str(problem)
        assert escape(words) in live.shown.value and live.shown.value != before
        choice.value = first
        assert live.shown.value == before


def test_what_cannot_be_set_is_said():
    one = widget("nps-sample")
    with pytest.raises(ParameterError, match="unknown control 'm'"):
        one.move(m=3)
    with pytest.raises(ParameterError, match="n = 3"):
        one.move(n=3)
    with pytest.raises(ParameterError, match="more than all customers"):
        one.move(promoters=0.9, detractors=0.2)
    with pytest.raises(ParameterError, match="unknown widget 'nps'") as problem:
        widget("nps")
    assert "nps-sample" in str(problem.value)
    assert repr(cx.learn.widget("nps-sample")) == repr(one)


def test_surveys_are_those_that_the_lesson_reads():
    seen = widget("nps-sample").move(n=50, promoters=0.5, detractors=0.25)
    rows = []
    for row in seen.table.itertuples():
        counts = {10: row.promoters * 50, 8: row.passives * 50, 3: row.detractors * 50}
        scores = [score for score, n in counts.items() for _ in range(round(n))]
        rows.append(pd.DataFrame({"survey": row.survey, "question": "nps", "score": scores}))
    rows = pd.concat(rows).assign(scale_min=0, scale_max=10)
    read = net_promoter_score(read_answers(rows, by="survey")).table
    columns = ["survey", "n", "nps", "low", "high", "promoters", "detractors"]
    pd.testing.assert_frame_equal(seen.table[columns], read[columns])


def test_four_times_the_answers_halve_the_interval_and_hold_the_truth_as_often():
    few, many = (widget("nps-sample").move(n=n).table for n in (50, 200))
    ratio = (few["high"] - few["low"]).mean() / (many["high"] - many["low"]).mean()
    assert ratio == pytest.approx(2, rel=0.1)
    for table in (few, many):
        assert table["holds"].sum() >= 9


def test_a_customer_base_is_that_of_the_model(made):
    from cxlab.cltv.mbg_nbd import MBG_NBD

    seen = made["customer-base"].move(r=0.75, alpha=8, leave=0.4)
    theta = (0.75, 8.0, 1.0, 1.5)
    alive = seen.table.set_index("silence")
    assert alive.loc[20, "one-time buyer"] == pytest.approx(float(MBG_NBD.p_alive(theta, 0, 0, 20)))
    p = seen.table["p"].dropna()
    mean = float(MBG_NBD.expected_new(theta, 39.0))
    assert p.sum() == pytest.approx(1) and p.iloc[:7] @ np.arange(7) < mean
    regular = "bought 4 times more in 18 weeks"
    assert alive.loc[0, regular] > alive.loc[0, "one-time buyer"] and alive.loc[40, regular] < alive.loc[40].iloc[-2]


def test_less_friction_is_what_if(made):
    from cxlab.journey import read_log
    from cxlab.journey.what_if import what_if

    seen = made["friction"].move(touchpoint="Basket", less=0.2, value=100)
    exact = what_if(read_log(cx.load("clothing_boutique")), {"Basket": {"drop_off": 0.8}}, value=100.0, draws=50)
    found = exact.table.set_index("quantity").loc["money a year", "difference"]
    assert seen.table.set_index("touchpoint").loc["Basket", "money"] == pytest.approx(found)
    assert "other touchpoints bring more" in seen.text
    assert "no other touchpoint brings more" in made["friction"].move().text


def test_a_rivals_price_is_met_by_the_lessons_own_function(made):
    from cxlab.differentiation.choice.price_attack import price_attack
    from cxlab.learn.widgets.rival_price import coffees

    market = coffees()
    attack = price_attack(market, rival="City chain", cut=0.2).table.set_index("cut")
    idle = made["rival-price"].move(cut=0.2).table.set_index("cut")
    assert idle.loc[0.2, "kept"] == pytest.approx(attack.loc[0.2, "kept"])
    answers = {"idle": {}, "cheaper": {"price": 3.5}, "dearer": {"price": 4.2}, "known": {"known": True}}
    shares = {
        name: made["rival-price"].move(cut=0.2, **how).table.set_index("cut").loc[0.2, "share"]
        for name, how in answers.items()
    }
    assert shares["dearer"] < shares["idle"] < shares["cheaper"] and shares["known"] > shares["idle"]
    assert made["rival-price"].move().finding.name == "differentiation.price_attack"


def test_a_trial_sees_what_its_power_says(made):
    rng = np.random.default_rng(5)
    seen = made["trial-size"].move(n=150, change=0.15, base=0.25)
    control, arm = rng.binomial(150, 0.25, 4000) / 150, rng.binomial(150, 0.40, 4000) / 150
    middle = (control + arm) / 2
    called = (arm - control) > 1.959964 * np.sqrt(2 * middle * (1 - middle) / 150)
    assert seen.table.set_index("n").loc[150, "power"] == pytest.approx(called.mean(), abs=0.03)


def test_a_customer_is_worth_the_cash_flow_table(made):
    seen = made["customer-worth"].move(retention=0.5, margin=100, discount_rate=0.0)
    assert seen.table["cumulated"].iloc[-1] == pytest.approx(100 * (1 - 0.5**6) / 0.5)
    assert "€197" in seen.title and "it costs, a customer may cost €65.6" in seen.text


def test_groups_are_found_where_there_are_kinds_and_made_where_there_are_none(made):
    one = made["found-groups"]
    for k in (2, 3, 4, 5):
        assert one.move(k=k, apart=0.0).table["verdict"].eq("made, not found").all()
    kinds = one.move(k=3, apart=6.0)
    assert kinds.table["verdict"].eq("found").all() and kinds.table["met"].all()
    assert not one.move(k=4, apart=6.0).table["met"].all()
    few, many = (one.move(k=3, apart=4.0, n=n).table.set_index("question") for n in (60, 240))
    wide, narrow = (table.loc["Comes back", "high"] - table.loc["Comes back", "low"] for table in (few, many))
    assert wide > narrow


def test_groups_are_tested_by_the_lessons_own_function(made):
    from cxlab.learn.widgets.found_groups import people
    from cxlab.segments import assess_stability
    from cxlab.segments.table import FeatureTable

    seen = made["found-groups"].move(k=3, apart=4.0, n=120)
    exact = assess_stability(FeatureTable.from_frame(people(4.0, 120)), k=[3], methods=["k_means"], bootstraps=60,
                             splits=20, references=4).table.iloc[0]  # fmt: skip
    table = seen.table.set_index("question")["value"]
    assert table["Comes back"] == pytest.approx(exact["jaccard"], abs=0.05)
    assert table["Can be foretold"] == pytest.approx(exact["prediction_strength"], abs=0.1)
    assert table["Has a valley"] == pytest.approx(exact["separation"], abs=0.1)


def test_a_driver_that_does_nothing_is_credited_where_it_is_like_the_others(made):
    one = made["alike-drivers"]
    apart, alike = (one.move(alike=r, n=2000).table.set_index("driver") for r in (0.0, 0.9))
    assert apart.loc["reach", "share"] < 0.02 and alike.loc["reach", "share"] > 0.25
    assert apart["alone"].sum() == pytest.approx(apart["explained"].sum(), abs=0.05)
    assert alike["alone"].sum() > 2.5 * alike["explained"].sum()
    # the slope finds the effect either way, and knows less of it where drivers are alike
    for table in (apart, alike):
        assert table["slope"].to_numpy() == pytest.approx(table["effect"].to_numpy(), abs=0.1)
    reach = [table.loc["reach", "slope_high"] - table.loc["reach", "slope_low"] for table in (apart, alike)]
    assert reach[1] > 2 * reach[0]


def test_the_failing_hand_over_hangs_on_what_counts(made):
    from cxlab.journey import read_log
    from cxlab.journey.channels import hand_over

    pairs = hand_over(read_log(cx.load("clothing_boutique")), within="1d").table.iloc[1:]
    one = made["hand-over"]
    most = one.move(back="within a day", order="the most failures").table
    assert most["failed"].tolist() == pairs["failed"].head(len(most)).tolist()
    often = pairs[pairs["switches"] >= 100]
    rate = one.move(back="within a day", least=100).table
    assert rate["share"].tolist() == often["share"].nlargest(len(rate)).tolist()
    # asking a question and going on is no failure: who counts it blames the chat, the telephone and e-mail
    asked = ("chat", "phone", "e-mail")
    assert one.move().table["pair"].iloc[0].endswith(asked)
    assert not one.move(back="never").table["pair"].iloc[0].endswith(asked)


def test_an_owned_component_is_that_of_the_scorecard(made):
    one = made["owned-component"]
    table = one.move(hard=0.4).table
    product = table["gap"] * table["importance"] * table["hard_to_copy"]
    assert table["score"].to_numpy() == pytest.approx(product.to_numpy())
    assert table.set_index("attribute").loc["personalisation", "hard_to_copy"] == 0.4
    assert one.move(hard=1.0).table["attribute"].iloc[0] == "personalisation" != table["attribute"].iloc[0]
    unsure = [(one.move(asked=n).table["verdict"] == "cannot be told").sum() for n in one.controls[0].names]
    assert unsure[0] > unsure[-1]


def test_a_threshold_costs_what_its_mistakes_cost(made):
    one = made["match-threshold"]
    table = one.move(wrong=7.0, missed=3.0).table
    assert table["cost"].to_numpy() == pytest.approx((7 * table["wrong"] + 3 * table["missed"]).to_numpy())
    assert (table["cost_low"] <= table["cost"]).all() and (table["cost"] <= table["cost_high"]).all()
    cheapest = [one.move(wrong=price).table for price in (0.0, 100.0)]
    low, high = (frame.loc[frame["cost"].idxmin(), "threshold"] for frame in cheapest)
    assert low < high


def test_who_joins_by_rules_alone_pays_for_what_is_missed_until_a_wrong_merge_is_dear_enough():
    from cxlab.finding import Finding

    levels = pd.DataFrame({
        "threshold": [0.5, 1.0], "people": [80, 90], "merged": [110, 80], "wrong": [2, 0], "missed": [2, 30],
        "precision": [108 / 110, 1.0], "precision_low": [0.95, 0.98], "precision_high": [0.99, 1.0],
        "recall": [108 / 110, 80 / 110], "recall_low": [0.95, 0.65], "recall_high": [0.99, 0.8],
    })  # fmt: skip
    one = widget("match-threshold", levels=Finding("data.identity_thresholds", "", "", levels))
    assert "a wrong merge costs 14 times a missed pair" in one.move(missed=1.0).text
    assert "No threshold costs less" in one.move(wrong=15.0, missed=1.0).text
    assert "Cheapest is from 50 % on" in one.move(wrong=13.0, missed=1.0).text
