"""The study of journeys on logs that lack things: what is missing is left out with a sentence, and the rest is told."""

from dataclasses import replace

import pandas as pd
import pytest

import cxlab as cx
from cxlab.data.simulate import simulate
from cxlab.errors import ParameterError
from cxlab.journey import parts, study
from cxlab.journey.ecosystem import ecosystem


def run(data, **options):
    """Everything the notebook computes, by name."""
    settings = study.JourneyStudy(draws=200, **options)
    log = study.log_of(data, settings)
    settings = study.settled(log, settings)
    value, worth = parts.worth(data, log, settings)
    told = {
        "arrivals": parts.arrivals(log, settings),
        "ways": parts.ways(log, settings),
        "endings": parts.endings(log, settings),
        "channels": parts.channels(log, settings),
        "credit": parts.credit(log, settings),
        "feelings": parts.feelings(log, settings),
        "personas": parts.personas(log, settings),
        "worth": worth,
        "losses": parts.losses(log, settings, value=value),
    }
    told["foreseen"] = parts.foreseen(data, log, settings, feelings=told["feelings"])
    told["what_if"] = parts.to_be(log, settings, losses=told["losses"], value=value)
    journey = parts.whole_map(
        log, settings, endings=told["endings"], feelings=told["feelings"], losses=told["losses"],
        what_if=told["what_if"],
    )  # fmt: skip
    answer = parts.answer(journey, losses=told["losses"], what_if=told["what_if"], endings=told["endings"])
    return log, told, journey, answer


@pytest.fixture(scope="module")
def boutique():
    return simulate("clothing_boutique", customers=600, seed=2)


def load(tmp_path, table):
    """A table as a user has it: a CSV file."""
    table.to_csv(tmp_path / "log.csv", index=False)
    return cx.load(tmp_path / "log.csv")


def without(boutique, *columns):
    """The boutique with its contacts and orders only, and without some of their columns."""
    kept = {name: boutique.tables[name] for name in ("touchpoints", "transactions")}
    kept = {name: table.drop_columns([c for c in columns if c in table.column_names]) for name, table in kept.items()}
    return replace(boutique, tables=kept).dataset()


def frame(boutique, name="touchpoints"):
    return boutique.tables[name].to_pandas()


def test_everything_is_told_of_a_log_that_has_everything(boutique):
    log, told, journey, answer = run(boutique.dataset(), persona="city")
    assert {name for name, part in told.items() if not len(part)} == set()
    assert [f.name for f in answer] == ["journey.loss", "journey.what_if", "journey.map"]
    changed = told["what_if"].get("journey.what_if").table.set_index("quantity")
    assert changed.loc["money a year", "difference_low"] > 0
    truth = boutique.truth.what_if(parts.change(log, study.JourneyStudy(), losses=told["losses"]))
    moved = changed.loc["conversion"]
    assert moved["difference_low"] - 0.01 < truth.loc["conversion", "difference"] < moved["difference_high"] + 0.01


@pytest.mark.parametrize(
    ("gone", "silent", "says"),
    [
        ("emotion", {"feelings"}, "no emotion"),
        ("channel", {"channels"}, "no channels"),
        ("stage", {"arrivals", "credit", "losses", "what_if", "worth"}, "no goal"),
    ],
)
def test_what_a_log_lacks_is_left_out_with_a_sentence(boutique, gone, silent, says):
    _log, told, journey, answer = run(without(boutique, gone))
    assert {name for name, part in told.items() if not len(part)} == silent | {"personas"}
    assert any(says in told[name].absent for name in silent)
    assert all(part.absent for part in told.values() if not len(part))
    assert journey in answer


def test_a_log_of_nothing_but_customer_event_and_time(boutique, tmp_path):
    bare = frame(boutique).rename(columns={"customer_id": "user_id", "touchpoint": "event"})
    log, told, journey, answer = run(load(tmp_path, bare[["user_id", "event", "timestamp"]]))
    assert not log.goal and told["what_if"].absent
    assert len(told["ways"]) and len(journey.table) == 21
    assert not journey.table["mark"].str.contains("pain").any()


def test_journeys_of_one_contact_each(tmp_path):
    calls = pd.DataFrame(
        {"customer_id": [f"c{i}" for i in range(40)], "touchpoint": "Call",
         "timestamp": pd.date_range("2026-01-01", periods=40)}
    )  # fmt: skip
    _log, told, journey, _answer = run(load(tmp_path, calls))
    assert "second contact" in told["ways"].absent
    assert journey.table["journeys"].tolist() == [40]


def test_a_log_in_which_every_journey_begins_at_the_goal_has_none():
    settings = study.JourneyStudy(source="hotel_stays")
    log = study.log_of(cx.load("hotel_stays"), settings)
    assert not log.goal
    assert "nothing is said about conversion" in study.overview(log).text
    assert study.settled(log, settings).quiet_days > 100


def test_days_of_silence_that_the_study_names_stay():
    settings = study.JourneyStudy(quiet_days=12.0)
    assert study.settled(None, settings) is settings


def test_trouble_that_is_foreseen_is_what_hurts_most_or_the_loss_itself(boutique):
    settings = study.JourneyStudy()

    def foreseen(data):
        log = study.log_of(data, settings)
        return parts.foreseen(data, log, settings, feelings=parts.feelings(log, settings))

    assert "Question about the order" in foreseen(boutique.dataset()).get("journey.hazard").title
    plain = foreseen(without(boutique, "emotion", "cost"))
    assert "not seen again" in plain.get("journey.hazard").title
    risky = set(plain.get("journey.hazard").table["touchpoint"])
    assert not risky & {"Order", "Delivery", "Style club"}  # silence after an order is no loss
    assert plain.get("journey.proactive") is None


def test_orders_that_state_their_margin_are_worth_it(boutique):
    orders = frame(boutique, "transactions")
    _value, (stated,) = study.worth_of(boutique.dataset(), study.JourneyStudy())
    assert stated.table["worth"][0] == pytest.approx(orders["margin"].sum() / orders["order_id"].nunique(), rel=0.02)
    silent = without(boutique, "margin")
    _value, (assumed,) = study.worth_of(silent, study.JourneyStudy(margin=0.2))
    assert assumed.table["worth"][0] == pytest.approx(
        0.2 * orders["amount"].sum() / orders["order_id"].nunique(), rel=0.02
    )
    assert "as assumed" in assumed.text


def test_a_column_of_too_many_groups_is_no_persona(boutique):
    with pytest.raises(ParameterError, match="at most 12"):
        study.log_of(boutique.dataset(), study.JourneyStudy(persona="age"))


def test_what_stands_behind_touchpoints_counts_journeys_once(boutique):
    log = study.log_of(boutique.dataset(), study.JourneyStudy())
    pages = pd.DataFrame({"touchpoint": ["Home page", "Product page", "Order"], "tool": ["server", "server", "till"]})
    found = ecosystem(log, pages)
    contacts = frame(boutique)
    met = contacts[contacts["touchpoint"].isin(["Home page", "Product page"])]["customer_id"].nunique()
    table = found.table.set_index("name")
    assert table.loc["server", "journeys"] == met
    assert table.loc["till", "of_conversions"] == 1
    assert not found.believed  # the register names three touchpoints only


def test_a_register_that_names_an_unknown_touchpoint_is_refused(boutique):
    log = study.log_of(boutique.dataset(), study.JourneyStudy())
    with pytest.raises(ParameterError, match="Chekout"):
        ecosystem(log, pd.DataFrame({"touchpoint": ["Chekout"], "tool": ["till"]}))
    with pytest.raises(ParameterError, match="owner, process, tool"):
        ecosystem(log, pd.DataFrame({"touchpoint": ["Checkout"]}))
