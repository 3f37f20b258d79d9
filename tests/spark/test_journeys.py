"""Every measure of journeys says the same on DuckDB and on Spark, row for row."""

from dataclasses import asdict

import ibis
import pandas as pd
import pytest

from cxlab.journey import read_log
from cxlab.journey.attribution import attribution
from cxlab.journey.channels import channel_switches, hand_over
from cxlab.journey.comparison import conversion_finding, personas_finding, transitions_finding
from cxlab.journey.emotion import emotional_curve
from cxlab.journey.funnel import funnel
from cxlab.journey.hazard import hazard
from cxlab.journey.loss import recoverable_loss
from cxlab.journey.map import journey_map
from cxlab.journey.moments import moments_of_truth
from cxlab.journey.path_pattern import patterns_finding
from cxlab.journey.paths import distinct_paths, states_by_period
from cxlab.journey.peak_end import peak_end
from cxlab.journey.persona_maps import persona_maps
from cxlab.journey.proactive import proactive
from cxlab.journey.sessions import sessions
from cxlab.journey.stages import drop_off, dwell, stages
from cxlab.journey.steps import step_flows, step_matrix
from cxlab.journey.transitions import moves, transitions
from cxlab.journey.what_if import what_if
from tests.spark.same import assert_same

THREE = ["Awareness", "Consideration", "Purchase"]


def paths(found):
    return pd.DataFrame({"path": [tuple(row) for row in found.codes.tolist()], "journeys": found.weight,
                         "converted": found.converted, "seconds": found.seconds})  # fmt: skip


MEASURES = {
    "touchpoints": lambda log: log.touchpoints,
    "events": lambda log: log.events.order_by("customer_id", "journey", "step").to_pandas(),
    "transitions": transitions,
    "moves up to the goal": lambda log: moves(log, until="goal", gaps=True, quiet_days=5, by=("persona",)),
    "funnel": lambda log: funnel(log, steps=THREE),
    "funnel with windows": lambda log: funnel(log, steps=THREE, windows="3d", within="9d"),
    "funnel in any order": lambda log: funnel(log, steps=THREE, order="any", by="persona"),
    "step matrix": step_matrix,
    "step matrix around an anchor": lambda log: step_matrix(log, steps=3, anchor="Purchase"),
    "step flows": step_flows,
    "stages": stages,
    "drop-off": drop_off,
    "dwell": dwell,
    "sessions": sessions,
    "channel switches": channel_switches,
    "hand-over": hand_over,
    "emotional curve": lambda log: emotional_curve(log, by_persona=True),
    "peak and end": peak_end,
    "hazard": hazard,
    "proactive": lambda log: proactive(log, cost=1.0, value=5.0, effect=0.1),
    "distinct paths": lambda log: paths(distinct_paths(log)),
    "distinct paths of stages": lambda log: paths(distinct_paths(log, collapse=True, of="stage")),
    "states by week": lambda log: paths(states_by_period(log)),
    "patterns": lambda log: patterns_finding(log, ["Awareness -> !Service* -> Purchase", "Purchase -> (end)"]),
    "personas": lambda log: personas_finding(persona_maps(log)),
    "transitions of personas": lambda log: transitions_finding(persona_maps(log)),
    "conversion of personas": lambda log: conversion_finding(persona_maps(log)),
    "attribution": lambda log: attribution(log, rng=1),
    "what-if": lambda log: what_if(log, {"Basket": {"drop_off": 0.5}}, rng=1),
    "moments of truth": moments_of_truth,
    "recoverable loss": lambda log: recoverable_loss(log, value=50.0, rng=1),
    "journey map": journey_map,
}


def read(table, **options):
    old = (table.customer_id.right(1) < "5").ifelse("regular", "new")
    return read_log(table.mutate(group=old), persona="group", **options)


@pytest.fixture(scope="module")
def logs(tables):
    return [read(table) for table in tables["touchpoints"]]


def table_of(found):
    return found.table if hasattr(found, "table") else found


def facts(log):
    return {k: v for k, v in vars(log).items() if k not in ("events", "touchpoints")}


def test_a_log_says_the_same_of_itself(logs):
    assert facts(logs[0]) == facts(logs[1])


@pytest.mark.parametrize("measure", MEASURES)
def test_measure(logs, measure):
    duck, spark = (MEASURES[measure](log) for log in logs)
    assert_same(table_of(duck), table_of(spark))
    if hasattr(duck, "text"):
        assert duck.text == spark.text
        assert [asdict(check) for check in duck.checks] == [asdict(check) for check in spark.checks]


def test_journeys_that_are_sessions(tables):
    duck, spark = (read(table, per="session", session_gap="48h", goal=None) for table in tables["touchpoints"])
    assert facts(duck) == facts(spark)
    for measure in (MEASURES["events"], transitions, sessions):
        assert_same(table_of(measure(duck)), table_of(measure(spark)))


def test_fractions_of_seconds_and_ids_of_sessions_and_lifecycle_rows(connections, tmp_path):
    at = pd.to_datetime("2026-03-01") + pd.to_timedelta([0, 0.25, 1.75, 90, 0, 0.5, 4000.125, 4000.125], unit="s")
    frame = pd.DataFrame({
        "customer_id": list("aaaabbbb"), "timestamp": at.astype("datetime64[us]"), "sequence": range(8),
        "touchpoint": ["Call", "Call", "Shop", "Shop"] * 2, "lifecycle": ["start", "complete"] * 4,
        "session_id": ["x", "x", None, "y"] * 2,
    })  # fmt: skip
    frame.to_parquet(tmp_path / "log.parquet")
    logs = [read_log(c.read_parquet(tmp_path / "log.parquet"), per="session") for c in connections]
    assert facts(logs[0]) == facts(logs[1])
    events = [MEASURES["events"](log) for log in logs]
    assert_same(*events)
    assert 0.25 in events[0]["duration_s"].tolist()


def test_a_table_with_zones_is_the_same_log(connections, tmp_path):
    frame = pd.DataFrame({"customer_id": list("aab"), "touchpoint": ["Search", "Shop", "Search"],
                          "timestamp": pd.date_range("2026-01-01", periods=3, tz="Europe/Berlin")})  # fmt: skip
    frame.to_parquet(tmp_path / "log.parquet")
    duck, spark = (read_log(c.read_parquet(tmp_path / "log.parquet"), goal="Shop") for c in connections)
    begun = frame["timestamp"].min().tz_convert("UTC").tz_localize(None)
    assert duck.start.tz_localize(None) == spark.start.tz_localize(None) == begun
    assert_same(transitions(duck).table, transitions(spark).table)


def test_a_paths_value_comes_from_the_engine(logs, tables):
    worth = [t.group_by("customer_id").agg(value=ibis._.amount.sum()) for t in tables["transactions"]]
    duck, spark = (distinct_paths(log, value=w).value for log, w in zip(logs, worth, strict=True))
    assert duck.tolist() == pytest.approx(spark.tolist())
