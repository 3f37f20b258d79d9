"""Simulated businesses: the tables say what the truth says, the exact answers hold, seeds and cards are kept."""

from __future__ import annotations

import importlib.util
import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cxlab as cx
from cxlab.cli import main
from cxlab.data import catalog
from cxlab.data.commands import _BUSINESSES
from cxlab.data.simulate import PRESETS, Business, Effects, Segment, Touchpoint, simulate
from cxlab.errors import ParameterError

N = 40_000
#: standard errors a share or mean may be off: 1 in 30,000 by chance, and the seeds are fixed
FAR = 4.2


@pytest.fixture(scope="module")
def world():
    return simulate("clothing_boutique", customers=N, seed=3)


@pytest.fixture(scope="module")
def contacts(world):
    """The log with segment, next touchpoint and previous touchpoint of each contact."""
    log = world.tables["touchpoints"].to_pandas().sort_values(["customer_id", "sequence"])
    for column in ("customer_id", "touchpoint", "stage", "channel"):
        log[column] = log[column].astype(str)
    own = log.groupby("customer_id", sort=False)
    log["next"] = own["touchpoint"].shift(-1)
    log["waited"] = (log["timestamp"] - own["timestamp"].shift()).dt.total_seconds() - own["duration_s"].shift()
    log["segment"] = log["customer_id"].map(world.truth.segment)
    return log


def near(found, expected, error):
    assert abs(found - expected) <= FAR * error + 1e-12, f"{found} is {abs(found - expected) / error:.1f} errors off"


def share_error(p, n):
    return np.sqrt(np.maximum(p * (1 - p), 1 / n) / n)


def test_transitions_and_drop_off_are_those_of_the_truth(world, contacts):
    for segment, log in contacts.groupby("segment"):
        truth = world.truth.transition(segment)
        for touchpoint, here in log.groupby("touchpoint"):
            n, drop = len(here), 1 - truth.loc[touchpoint].sum()
            near(here["next"].isna().mean(), drop, share_error(drop, n))
            found = here["next"].value_counts()
            for following, chance in truth.loc[touchpoint].items():
                near(found.get(following, 0) / n, chance, share_error(chance, n))


def test_drop_off_forgets_the_past(world, contacts):
    """First-order within a segment: who came from where drops off alike."""
    log = contacts.assign(came_from=contacts.groupby("customer_id")["touchpoint"].shift())
    here = log[(log["touchpoint"] == "Product page") & (log["segment"] == "style seekers")].dropna(subset="came_from")
    drop = 1 - world.truth.transition("style seekers").loc["Product page"].sum()
    groups = here.groupby("came_from")["next"].agg([lambda s: s.isna().mean(), "size"])
    assert len(groups) > 4
    for found, n in groups.to_numpy():
        near(found, drop, share_error(drop, n))


def test_emotions_and_waits_are_those_of_the_truth(world, contacts):
    truth = world.truth.touchpoints().set_index(["segment", "touchpoint"])
    for (segment, touchpoint), here in contacts.groupby(["segment", "touchpoint"]):
        told = truth.loc[(segment, touchpoint)]
        # Contacts of one customer share their level of emotion, so count customers.
        error = here["emotion"].std() / np.sqrt(here["customer_id"].nunique())
        near(here["emotion"].mean(), told["emotion"], error)
        waits = np.log(here["waited"].dropna() / 3600)
        if len(waits) > 50 and told["wait_h"] > 0.05:
            near(waits.median(), np.log(told["wait_h"]), 1.2533 * 0.9 / np.sqrt(len(waits)))


def test_a_long_wait_and_a_bad_moment_raise_the_drop_off_as_declared(world, contacts):
    """The probit slopes of the standardised wait are the declared ones."""
    from scipy.optimize import minimize
    from scipy.special import log_ndtr

    effects = world.truth.business.effects
    here = contacts[(contacts["touchpoint"] == "Checkout") & (contacts["segment"] == "bargain hunters")].dropna(
        subset="waited"
    )
    z = (np.log(here["waited"] / 3600) - np.log(0.5)).to_numpy() / effects.wait_spread
    left = here["next"].isna().to_numpy()
    # With the shock averaged out, the slope of the wait is wait / √(1 − wait²).
    expected = effects.wait / np.sqrt(1 - effects.wait**2)
    sign = np.where(left, 1, -1)
    fitted = minimize(lambda b: -log_ndtr(sign * (b[0] + b[1] * z)).sum(), [0.0, 0.0])
    score = fitted.x[0] + fitted.x[1] * z
    weight = np.exp(-(score**2) / 2 - np.log(2 * np.pi) / 2 - (log_ndtr(score) + log_ndtr(-score)) / 2) ** 2
    information = np.array([[weight.sum(), (weight * z).sum()], [(weight * z).sum(), (weight * z * z).sum()]])
    near(fitted.x[1], expected, np.sqrt(np.linalg.inv(information)[1, 1]))
    low = here["emotion"] <= -1
    assert left[low].mean() > left[~low].mean() + 0.1


def test_segments_records_and_migration_are_those_of_the_truth(world):
    truth = world.truth
    for segment, share in zip(truth.business.segments, truth.chains.share, strict=True):
        near((truth.segment == segment.name).mean(), share, share_error(share, N))
    moved = pd.crosstab(truth.segment, truth.segment_later)
    for here, row in truth.migration.iterrows():
        for there, chance in row.items():
            n = moved.loc[here].sum()
            near(moved.loc[here, there] / n, chance, share_error(chance, n))
    records = world.tables["records"].to_pandas()
    person = truth.person.set_index("record_id")["person_id"]
    assert set(records["record_id"]) == set(person.index)
    held = person.value_counts()
    assert len(held) == N
    near((held > 1).mean(), 0.25, share_error(0.25, N))
    booked = world.tables["transactions"].to_pandas().astype({"record_id": str, "customer_id": str})
    assert (booked["record_id"].map(person) == booked["customer_id"]).all()


def test_failed_hand_overs_happen_at_the_declared_rate(world):
    found, expected = world.truth.handovers["failed"], world.truth.business.effects.handover_failure
    near(found.mean(), expected, share_error(expected, len(found)))


def test_customers_agree_with_their_purchases_and_contacts(world):
    customers = world.tables["customers"].to_pandas().set_index("customer_id")
    orders = world.tables["transactions"].to_pandas().astype({"customer_id": str})
    before = orders["timestamp"] < pd.Timestamp(world.truth.second_period)
    early, late = (orders[of].groupby("customer_id")["amount"].agg(["size", "sum"]) for of in (before, ~before))
    for known, spent in ((customers, early), (world.later.to_pandas().set_index("customer_id"), late)):
        spent = spent.reindex(known.index, fill_value=0)
        assert (known["visits"] == spent["size"]).all()
        assert np.allclose(known["spend"], spent["sum"])
    log = world.tables["touchpoints"].to_pandas().astype({"customer_id": str})
    first = log[log["sequence"] == 1].set_index("customer_id")["timestamp"].dt.date
    assert (pd.Series(customers["first_seen"]) == first.reindex(customers.index)).all()


def span(times):
    return (times.max() - times.min()).dt.total_seconds() / 86_400


OBSERVED = {
    "conversion": lambda log, goal: log.assign(at=log["touchpoint"] == goal).groupby("customer_id")["at"].any(),
    "contacts": lambda log, goal: log.groupby("customer_id").size(),
    "days": lambda log, goal: span(log.groupby("customer_id")["timestamp"]),
    "orders": lambda log, goal: log.assign(at=log["touchpoint"] == goal).groupby("customer_id")["at"].sum(),
    "cost": lambda log, goal: log.groupby("customer_id")["cost"].sum(),
}
CHANGE = {"Checkout": {"drop_off": 0.5}, "Delivery": {"wait": 0.5}, "Size advice": {"emotion": 0.8, "wait": 0.3}}


@pytest.mark.parametrize("first_order", [True, False])
def test_exact_answers_agree_with_simulations(first_order):
    settings = {"customers": 25_000, "first_order": first_order, "duplicates": 0.0}
    before = simulate("clothing_boutique", seed=11, **settings)
    after = simulate("clothing_boutique", seed=12, change=CHANGE, **settings)
    exact = before.truth.what_if(CHANGE)
    assert exact["after"].equals(after.truth.outcome().loc["all"].rename("after"))
    for world, column in ((before, "before"), (after, "after")):
        log = world.tables["touchpoints"].to_pandas().astype({"customer_id": str, "touchpoint": str})
        for measure, of in OBSERVED.items():
            found = of(log, "Order").astype(float)
            near(found.mean(), exact.loc[measure, column], found.std() / np.sqrt(len(found)))
        truth = world.truth.touchpoints()
        emotion = truth[truth["segment"] == "all"].set_index("touchpoint")["emotion"]
        for touchpoint, here in log.groupby("touchpoint")["emotion"]:
            near(here.mean(), emotion[touchpoint], 1.3 * here.std() / np.sqrt(len(here)))


@pytest.mark.parametrize("name", list(PRESETS))
def test_every_preset_converts_as_it_says(name):
    world = simulate(name, customers=4_000, seed=5)
    business, exact = world.truth.business, world.truth.outcome().loc["all"]
    log = world.tables["touchpoints"].to_pandas().astype({"customer_id": str, "touchpoint": str})
    for measure in ("conversion", "contacts", "cost"):
        found = OBSERVED[measure](log, business.goal).astype(float)
        near(found.mean(), exact[measure], found.std() / np.sqrt(len(found)))
    assert set(log["stage"].astype(str)) == {p.stage for p in business.touchpoints}
    assert ("subscriptions" in world.tables) == (business.contract is not None)
    data = world.dataset()
    assert data.card.kind == "simulated"
    assert data.counts["quarantined"].sum() == 0
    assert sorted(data.tables) == sorted(world.tables)


def test_contracts_end_at_the_end_of_a_term_and_churn_as_declared():
    world = simulate("saas", customers=30_000, seed=2)
    held = world.tables["subscriptions"].to_pandas()
    assert held["customer_id"].is_unique
    start, end = pd.to_datetime(held["start"]), pd.to_datetime(held["end"])
    segment = held["customer_id"].astype(str).map(world.truth.segment)
    for declared in world.truth.business.segments:
        mine = segment == declared.name
        first_term = (end[mine] <= start[mine] + pd.DateOffset(months=1)).mean()
        near(first_term, declared.churn, share_error(declared.churn, mine.sum()))
    ended = end.notna()
    months = (end - start).dt.days[ended] / 30.44
    assert months.min() > 0.9
    assert end.max() <= pd.Timestamp("2024-12-31")


def test_separation_zero_is_one_population():
    truth = simulate("clothing_boutique", customers=20_000, seed=4, separation=0).truth
    outcome = truth.outcome()
    assert np.allclose(outcome.drop(columns="margin"), outcome.drop(columns="margin").loc["all"])
    world = simulate("clothing_boutique", customers=20_000, seed=4, separation=0)
    customers = world.tables["customers"].to_pandas().set_index("customer_id")
    items = [c for c in customers if c.startswith(("attitude_", "interest_", "age"))]
    by = customers[items].groupby(truth.segment).agg(["mean", "std", "size"])
    for item in items:
        overall = customers[item].mean()
        for _, row in by[item].iterrows():
            near(row["mean"], overall, row["std"] / np.sqrt(row["size"]))


def test_segments_of_a_preset_can_be_told_apart():
    """At the separation of the preset, nearest means of the items put nearly everybody into their segment."""
    for name in PRESETS:
        world = simulate(name, customers=3_000, seed=6)
        customers = world.tables["customers"].to_pandas().set_index("customer_id")
        items = customers[[c for c in customers if c.startswith(("attitude_", "interest_"))]].astype(float)
        means = items.groupby(world.truth.segment).mean()
        noise = (items - means.loc[world.truth.segment].to_numpy()).std()
        apart = ((items.to_numpy()[:, None] - means.to_numpy()) / noise.to_numpy()) ** 2
        guessed = means.index[apart.sum(axis=2).argmin(axis=1)]
        assert (guessed == world.truth.segment).mean() > 0.95, name


def test_the_same_seed_gives_the_same_tables_and_another_seed_others():
    one, same, other = (simulate("spa", customers=500, seed=s, dirt=0.05) for s in (1, 1, 2))
    for name, table in one.tables.items():
        assert table.equals(same.tables[name])
        assert not table.equals(other.tables[name])
    assert one.later.equals(same.later)
    assert one.truth.segment.equals(same.truth.segment)
    assert one.truth.dirt.equals(same.truth.dirt)


def test_several_journeys_follow_each_other():
    business = replace(PRESETS["coffee_shop"], journeys=2.5)
    world = simulate(business, customers=3_000, seed=1)
    log = world.tables["touchpoints"].to_pandas().astype({"customer_id": str, "session_id": str})
    journeys = log.groupby("customer_id")["session_id"].nunique()
    near(journeys.mean(), 2.5, journeys.std() / np.sqrt(len(journeys)))
    log = log.sort_values(["customer_id", "sequence"])
    assert log.groupby("customer_id")["timestamp"].diff().dropna().dt.total_seconds().min() > 0
    # A journey is over before the next begins.
    turns = log["session_id"].ne(log.groupby("customer_id")["session_id"].shift())
    assert turns.sum() == log["session_id"].nunique() == world.truth.journeys


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 10_000), dirt=st.floats(0.01, 0.4), name=st.sampled_from(list(PRESETS)))
def test_dirt_conserves_rows_and_is_written_down(seed, dirt, name):
    clean = simulate(name, customers=120, seed=seed)
    world = simulate(name, customers=120, seed=seed, dirt=dirt)
    counts = world.dataset().counts.set_index("table")
    log = world.truth.dirt
    for table, rows in world.tables.items():
        repeated = ((log["table"] == table) & (log["kind"] == "repeated")).sum()
        assert rows.num_rows == clean.tables[table].num_rows + repeated
        assert counts.loc[table, "read"] == rows.num_rows
        assert counts.loc[table, "kept"] + counts.loc[table, "quarantined"] == rows.num_rows
    quarantined = counts.loc["touchpoints", "quarantined"]
    lost = log[(log["table"] == "touchpoints") & log["kind"].isin(["missing", "impossible"])]
    assert quarantined == lost["column"].isin(["customer_id", "timestamp", "touchpoint"]).sum()
    for row, column in lost.loc[lost["kind"] == "missing", ["row", "column"]].to_numpy():
        assert world.tables["touchpoints"][column][row].as_py() is None


def test_a_business_of_your_own(tmp_path):
    page = Touchpoint("Page", "Consideration", {"Page": 1, "Buy": 1}, 0.2, {"web": 1})
    buy = Touchpoint("Buy", "Purchase", {}, 1.0, {"web": 1})
    shop = Business("shop", "A shop", (page, buy), {"Page": 1}, "Buy", (Segment("all of them", 1.0),))
    # h = 0.8 (h + 1) / 2, so h = 2/3; contacts on the page 1 / (1 − 0.4), at the till h.
    world = simulate(shop, customers=20_000, seed=1)
    assert world.truth.conversion() == pytest.approx(2 / 3)
    assert world.truth.outcome().loc["all", "contacts"] == pytest.approx(1 / 0.6 + 2 / 3)
    assert world.truth.conversion({"Page": {"drop_off": 0}}) == pytest.approx(1)
    assert world.truth.recoverable_loss().loc["Page", "conversion"] == pytest.approx(1 / 3)
    log = world.tables["touchpoints"].to_pandas()
    near((log["touchpoint"] == "Buy").sum() / 20_000, 2 / 3, share_error(2 / 3, 20_000))
    file = world.write(tmp_path)
    declared = json.loads(file.read_text(encoding="utf-8"))["cxlab"]["business"]
    assert declared["touchpoints"][0]["next"] == {"Page": 1, "Buy": 1}


@pytest.mark.parametrize("name", list(PRESETS))
def test_a_single_customer_is_a_business_too(name):
    world = simulate(name, customers=1, seed=1, start="2024-01-01", end="2024-03-05")
    assert world.tables["customers"].num_rows == world.truth.journeys == 1
    assert world.tables["touchpoints"].num_rows >= 1


def test_a_change_of_wait_acts_through_its_effect_on_emotion_and_drop_off():
    truth = simulate("clothing_boutique", customers=10, seed=1).truth
    shorter = {"Checkout": {"wait": 0.5}}
    before, after = (t.set_index(["segment", "touchpoint"]) for t in (truth.touchpoints(), truth.touchpoints(shorter)))
    here = ("bargain hunters", "Checkout")
    assert after.loc[here, "wait_h"] == before.loc[here, "wait_h"] / 2
    assert after.loc[here, "drop_off"] < before.loc[here, "drop_off"]
    assert after.loc[here, "emotion"] > before.loc[here, "emotion"]
    assert truth.what_if(shorter).loc["conversion", "difference"] > 0
    no_effect = replace(PRESETS["clothing_boutique"], effects=Effects(wait=0, wait_on_emotion=0))
    same = simulate(no_effect, customers=10, seed=1).truth.what_if(shorter)
    assert same.loc["conversion", "difference"] == pytest.approx(0, abs=1e-12)
    assert same.loc["days", "difference"] < 0


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"business": "cafe"}, "unknown business 'cafe'"),
        ({"customers": 0}, "customers = 0"),
        ({"dirt": 0.9}, "dirt = 0.9"),
        ({"change": {"Chekout": {"drop_off": 1}}}, "did you mean 'Checkout'"),
        ({"change": {"Checkout": {"dropoff": 1}}}, "did you mean 'drop_off'"),
        ({"change": {"Checkout": {"wait": -1}}}, "wait = -1"),
        ({"start": "2024-01-01", "end": "2024-01-05"}, "at least 60 days"),
        ({"start": "soon"}, "'soon'"),
    ],
)
def test_what_cannot_be_simulated_is_named(arguments, says):
    with pytest.raises(ParameterError, match=says):
        simulate(**{"business": "clothing_boutique", "customers": 10, "seed": 1} | arguments)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"goal": "Oder"}, "did you mean 'Order'"),
        ({"segments": ()}, "no segments"),
        ({"segments": (Segment("a", 1, drop_off={"Basket": 0}),)}, "factor of segment a"),
        ({"effects": Effects(wait=0.8, emotion=0.8)}, "effects"),
        ({"journeys": 0.5}, "journeys"),
    ],
)
def test_a_declaration_that_cannot_be_is_named(change, says):
    with pytest.raises(ParameterError, match=says):
        replace(PRESETS["clothing_boutique"], **change)


def test_a_written_business_loads_and_says_that_it_is_simulated(tmp_path):
    world = simulate("spa", customers=60, seed=9, change={"Booking page": {"wait": 0.5}})
    assert world.write(tmp_path / "spa", format="parquet").name == "datapackage.json"
    data = cx.load(tmp_path / "spa")
    assert data.card.kind == "simulated"
    assert "seed 9" in data.card.origin
    assert data.observation_end.isoformat() == "2024-12-31"
    package = json.loads((tmp_path / "spa" / "datapackage.json").read_text(encoding="utf-8"))
    said = package["cxlab"]["simulation"]
    again = simulate(**said)
    assert all(table.equals(again.tables[name]) for name, table in world.tables.items())
    card = (tmp_path / "spa" / "README.md").read_text(encoding="utf-8")
    assert "**Kind:** simulated." in card
    assert "Latent segments: time for myself" in card


@pytest.mark.parametrize("name", ["boutique_hotel", "clothing_boutique", "coffee_shop", "spa"])
def test_shipped_businesses_are_what_their_scripts_make(name, tmp_path):
    place = catalog.folder(name)
    spec = importlib.util.spec_from_file_location(f"make_{name}", place / "make.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    world = module.world()
    world.write(tmp_path)
    for table in world.tables:
        made, shipped = (pd.read_csv(folder / f"{table}.csv.gz", dtype=str) for folder in (tmp_path, place))
        pd.testing.assert_frame_equal(made, shipped)
    assert (tmp_path / "README.md").read_text(encoding="utf-8") == (place / "README.md").read_text(encoding="utf-8")


def test_the_spa_has_400_clients():
    assert cx.load("spa").transactions.customer_id.nunique().execute() == 400


def test_the_command_writes_a_business(tmp_path, capsys):
    assert set(_BUSINESSES) == set(PRESETS)
    folder = tmp_path / "shop"
    arguments = ["data", "simulate", "coffee_shop", "--customers", "50", "--seed", "3", "--to", str(folder)]
    assert main(arguments) == 0
    assert "simulated, no such business exists" in capsys.readouterr().out
    assert main(["data", "check", str(folder)]) == 0
    assert main(arguments) == 2
    assert "holds files already" in capsys.readouterr().err
    assert main(["data", "simulate", "bakery", "--to", str(tmp_path / "b")]) == 2
    assert "one of: clothing_boutique" in capsys.readouterr().err
