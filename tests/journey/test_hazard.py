"""How soon trouble comes, against laws that are known: constant hazards, competing events, logs that end too soon."""

import ibis
import numpy as np
import pandas as pd
import pytest

from cxlab.errors import ParameterError
from cxlab.journey.hazard import hazard, held_out
from cxlab.journey.log import read_log
from cxlab.journey.proactive import proactive
from cxlab.journey.stays import risk_moments, stays
from cxlab.style import new_axes

START = pd.Timestamp("2026-01-01")
#: rates a day at which customers at two touchpoints turn to Help, and to anything else
RATES = {"Shop": (0.1, 0.3), "Invoice": (0.3, 0.2)}


def contacts(rng, *, customers=200, visits=3, until=60.0, own=0.0):
    """Arrivals at a touchpoint, an exponential wait, and Help or Other; the log ends for all at the same day."""
    rows = []
    for customer in range(customers):
        factor, day = np.exp(own * rng.standard_normal() - own**2 / 2), rng.uniform(0, 0.8 * until)
        for _ in range(visits):
            name = list(RATES)[rng.integers(len(RATES))]
            help_rate, other = RATES[name][0] * factor, RATES[name][1]
            rows.append((customer, name, day))
            day += rng.exponential(1 / (help_rate + other))
            rows.append((customer, "Help" if rng.random() < help_rate / (help_rate + other) else "Other", day))
            day += rng.exponential(2)
    table = pd.DataFrame(rows, columns=["customer", "touchpoint", "day"]).query("day < @until")
    seconds = pd.to_timedelta((table["day"] * 86_400).round(), unit="s")
    names = "c" + table["customer"].astype(str)
    return pd.DataFrame({"customer_id": names, "touchpoint": table["touchpoint"], "timestamp": START + seconds})


def log_of(table, **options):
    return read_log(ibis.memtable(table.reset_index(drop=True)), **{"goal": None} | options)


def incidence(name, days):
    """Chance that Help comes first and within so many days, for exponential waits."""
    rate, other = RATES[name]
    return rate / (rate + other) * (1 - np.exp(-(rate + other) * days))


def test_waits_without_memory_have_a_constant_hazard_and_the_known_risk():
    found = hazard(
        log_of(contacts(np.random.default_rng(1), customers=4000)), event="Help", edges=[1, 2, 3, 4, 5, 6, 7]
    )
    for name in RATES:
        own = found.table[found.table["touchpoint"] == name]
        constant = incidence(name, 1)
        assert ((own["hazard_low"] <= constant) & (constant <= own["hazard_high"])).sum() >= 5
        assert own["hazard"].max() < 1.3 * constant
        np.testing.assert_allclose(own["risk"], [incidence(name, day) for day in range(1, 8)], atol=0.02)
    assert found.title.startswith("After Invoice,") and found.believed


@pytest.mark.parametrize("until", [200.0, 12.0])
def test_intervals_hold_also_where_the_log_ends_during_many_waits(until):
    rng, worlds = np.random.default_rng(2), []
    for world in range(60):  # each with customers and touchpoints of its own, all in one log
        table = contacts(rng, customers=90, until=until)
        names = table["touchpoint"].where(table["touchpoint"] == "Help", table["touchpoint"] + f" {world}")
        worlds.append(table.assign(customer_id=table["customer_id"] + f" {world}", touchpoint=names))
    found = hazard(log_of(pd.concat(worlds)), event="Help", window_days=5).table
    last = found[(found["to_days"] == 5) & found["touchpoint"].str.match("Shop|Invoice")]
    true = last["touchpoint"].str.split(" ").str[0].map(lambda name: incidence(name, 5))
    assert len(last) == 120 and 0.84 <= ((last["low"] <= true) & (true <= last["high"])).mean() <= 0.97


def test_counting_only_waits_that_ended_would_see_another_risk():
    """What the log's end hides is not what happened: long waits are cut off, short ones are not."""
    table = contacts(np.random.default_rng(3), customers=8000, visits=1, until=8.0)
    log = log_of(table)
    ended = log.events.filter(log.events.touchpoint == log.labels.index("Shop")).execute().dropna(subset="gap_s")
    naive = (ended["gap_s"] < 86_400).mean()
    true = 1 - np.exp(-sum(RATES["Shop"]))
    own = hazard(log, event="Help", window_days=3, edges=[1, 2, 3]).table.query("touchpoint == 'Shop'").iloc[0]
    ours = (own["events"] + own["others"]) / own["at_risk"]
    assert ours == pytest.approx(true, abs=0.02) and naive > true + 0.05


def test_many_stays_of_one_customer_do_not_make_certainty():
    once = contacts(np.random.default_rng(4), customers=60, visits=1, until=500)
    shift = [once.assign(timestamp=once["timestamp"] + pd.Timedelta(days=600 * i)) for i in range(10)]
    log, often = log_of(once), log_of(pd.concat(shift))
    widths = []
    for own in (log, often):
        row = hazard(own, event="Help").table.query("touchpoint == 'Invoice'").iloc[-1]
        widths.append(row.high - row.low)
    assert widths[1] == pytest.approx(widths[0], rel=0.15)


def test_drop_off_is_the_share_not_seen_again():
    table = pd.DataFrame(
        {"customer_id": [f"c{i}" for i in [*range(40), *range(10)]] + ["late"],
         "touchpoint": ["Shop"] * 40 + ["Till"] * 11,
         "timestamp": START + pd.to_timedelta([0] * 40 + [30] * 10 + [90 * 24], unit="h")}
    )  # fmt: skip
    found = hazard(log_of(table), event="drop-off", window_days=7)
    own = found.table[found.table["touchpoint"] == "Shop"].set_index("to_days")
    assert own.loc[1, "risk"] == pytest.approx(1, abs=0.02) and own.loc[7, "risk"] == pytest.approx(0.75, abs=0.02)
    assert own.loc[2, "others"] == 10
    assert "are not seen again within 7 days" in found.title


def test_sessions_do_not_end_a_wait():
    table = pd.DataFrame(
        {"customer_id": list("aabb"), "touchpoint": ["Shop", "Help", "Shop", "Other"], "session_id": [1, 2, 1, 2],
         "timestamp": START + pd.to_timedelta([0, 2, 0, 90], unit="D")}
    )  # fmt: skip
    by = [stays(log_of(table, per=per), event="Help", edges=[1, 3])[0] for per in ("customer", "session")]
    np.testing.assert_array_equal(by[0].events.sum(0), by[1].events.sum(0))
    np.testing.assert_array_equal(by[0].at_risk.sum(0), by[1].at_risk.sum(0))
    assert by[0].events.sum() == 1


def test_pooling_moves_the_touchpoint_with_few_stays_towards_the_others():
    table = contacts(np.random.default_rng(5), customers=800)
    few = table[table["touchpoint"] == "Invoice"].index[4:]
    (found,) = stays(log_of(table.drop(few)), event="Help")
    i = found.log.labels.index("Invoice")
    alone, pooled = (risk_moments(found, pooling=p) for p in ("none", "partial"))
    assert pooled["risk_variance"][i, 0] <= alone["risk_variance"][i, 0]
    assert np.abs(pooled["risk"] - alone["risk"])[:, 0].argmax() == i


def test_risk_splits_at_any_step_into_what_came_and_what_is_left():
    m = risk_moments(*stays(log_of(contacts(np.random.default_rng(6))), event="Help"))
    for step in range(m["by"].shape[1]):
        left = m["waiting"][:, step] * m["risk"][:, step]
        np.testing.assert_allclose(m["by"][:, step] + left, m["by"][:, -1], atol=1e-12)


def test_customers_held_back_meet_what_was_foreseen_and_others_do_not():
    log = log_of(contacts(np.random.default_rng(7), customers=1500))
    halves = stays(log, event="Help", halves=True)
    (whole,) = stays(log, event="Help")
    np.testing.assert_array_equal((halves[0] + halves[1]).at_risk, whole.at_risk)
    np.testing.assert_allclose((halves[0] + halves[1]).effect, whole.effect)
    assert held_out(*halves)[2] > 0.01
    drifted = contacts(np.random.default_rng(8), customers=1500)
    drifted["touchpoint"] = drifted["touchpoint"].replace({"Shop": "Invoice", "Invoice": "Shop"})
    assert held_out(halves[0], *stays(log_of(drifted), event="Help"))[2] < 0.001


def test_a_message_goes_where_and_when_it_pays():
    log = log_of(contacts(np.random.default_rng(9), customers=2500))
    found = proactive(log, cost=1, value=10, effect=0.3, event="Help", currency="EUR")
    first = found.table.groupby("touchpoint")["net"].first()
    assert first["Invoice"] == pytest.approx(3 * incidence("Invoice", 7) - 1, abs=0.08)
    assert first["Shop"] < 0
    assert found.title == "A message pays after Invoice, at once"
    assert "is an assumption" in found.text
    nothing = proactive(log, cost=5, value=10, effect=0.3, event="Help")
    assert nothing.title == "No message surely pays" and (nothing.table["pays"] == "no").any()


def test_a_message_waits_where_time_sorts_those_at_risk_from_the_others():
    """Half come back within an hour; those still silent after it are at risk, and only they are worth a message."""
    rng, rows = np.random.default_rng(10), []
    for i in range(800):
        silent = rng.random() < 0.5
        rows.append((f"c{i}", "Basket", START))
        if not silent or rng.random() < 0.6:
            later = pd.Timedelta(minutes=30) if not silent else pd.Timedelta(days=2)
            rows.append((f"c{i}", "Help" if silent else "Till", START + later))
    rows.append(("z", "Till", START + pd.Timedelta(days=30)))
    log = log_of(pd.DataFrame(rows, columns=["customer_id", "touchpoint", "timestamp"]))
    found = proactive(log, cost=1, value=10, effect=0.25, event="Help", edges=[0.05, 1, 7])
    own = found.table[found.table["touchpoint"] == "Basket"].set_index("wait_days")
    assert own.loc[0, "pays"] == "no" and own.loc[0.05, "pays"] == "yes"
    assert own.index[own["first"]].tolist() == [0.05]
    assert "to those still waiting after" in found.title


@pytest.mark.parametrize(
    ("options", "words"),
    [({"event": "Helpp"}, "unknown event"), ({"window_days": 0}, "window_days"), ({"edges": [-1, 3]}, "edges"),
     ({"event": "Help", "window_days": 4000}, "4000 days"), ({"pooling": "full"}, "pooling")],
)  # fmt: skip
def test_questions_the_log_cannot_answer_are_named(options, words):
    log = log_of(contacts(np.random.default_rng(11), customers=20))
    with pytest.raises(ParameterError, match=words):
        hazard(log, **{"event": "Help"} | options)


def test_money_that_makes_no_sense_is_named():
    log = log_of(contacts(np.random.default_rng(12), customers=20))
    with pytest.raises(ParameterError, match="effect = 30"):
        proactive(log, cost=1, value=10, effect=30, event="Help")


@pytest.mark.parametrize("width", [7.0, 3.6])
def test_pictures_carry_bands_and_names(width):
    log = log_of(contacts(np.random.default_rng(13)))
    ax = hazard(log, event="Help").plot(new_axes(width=width))
    assert {text.get_text().split("\n")[0] for text in ax.texts} >= {"Shop", "Invoice"} and len(ax.collections) >= 2
    ax = proactive(log, cost=1, value=10, effect=0.3, event="Help", currency="EUR").plot(new_axes(width=width))
    assert len(ax.containers) == 3
    ax.figure.canvas.draw()
    ticks = [tick.get_text() for tick in ax.get_yticklabels()]
    assert all("€" in tick for tick in ticks) and len(set(ticks)) == len(ticks)
