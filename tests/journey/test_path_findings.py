"""What findings on paths say: the numbers of the table in words, groups told apart, pictures of what was found."""

from __future__ import annotations

import ibis
import numpy as np
import pandas as pd
import pytest

from cxlab.journey.charts.sequences import draw_sequence_index, stage_colours
from cxlab.journey.log import read_log
from cxlab.journey.path_findings import paths_finding, states_finding
from cxlab.journey.paths import distinct_paths, states_by_period
from cxlab.journey.type_findings import complexity_finding, types_finding
from cxlab.journey.typology import journey_types
from cxlab.style import new_axes

STAGES = {"Search": "Awareness", "Advert": "Awareness", "Shop": "Consideration", "Order": "Purchase", "Help": "Service"}
JOURNEYS = {
    ("Search", "Shop", "Order", "Help"): 30, ("Search", "Shop"): 20, ("Advert",): 25, ("Advert", "Shop", "Order"): 5,
    ("Search", "Help", "Shop", "Help", "Order"): 10,
}  # fmt: skip


@pytest.fixture(scope="module")
def log():
    rows, customer = [], 0
    for steps, times in JOURNEYS.items():
        for _ in range(times):
            customer += 1
            at = pd.Timestamp("2026-01-05") + pd.Timedelta(days=customer % 30)
            rows += [(customer, step, at + pd.Timedelta(days=3 * i)) for i, step in enumerate(steps)]
    table = pd.DataFrame(rows, columns=["customer_id", "touchpoint", "timestamp"])
    return read_log(ibis.memtable(table), stages=STAGES)


def test_paths_with_shares_and_conversion(log):
    found = paths_finding(distinct_paths(log))
    first = found.table.iloc[0]
    assert (first.path, first.journeys, first.converted, first.steps) == ("Search → Shop", 50, 30, 2)
    assert (first.share, first.conversion) == (50 / 90, 0.6)
    assert first.share_low < first.share < first.share_high
    assert first.conversion_low < 0.6 < first.conversion_high
    assert first.mean_s == (30 * 6 + 20 * 3) / 50 * 86_400
    assert found.table["share"].sum() == pytest.approx(1)
    assert found.believed
    for words in (
        "90 customers",
        "4 different paths up to Purchase",
        "Search → Shop: 56 % (90 % interval",
        "60 % (90 %",
    ):
        assert words in found.text


def test_whole_paths_have_no_conversion_to_speak_of(log):
    found = paths_finding(distinct_paths(log, until_goal=False), top=2)
    assert "conversion" not in found.table
    assert len(found.table) == 2
    assert "The 2 commonest paths are those of 61 % of customers" in found.text


def test_cut_paths_and_few_journeys_are_not_believed(log):
    assert "journeys told in full within 1 steps" in [
        c.name for c in paths_finding(distinct_paths(log, longest=1)).failed
    ]
    few = read_log(log.events.filter(log.events.customer_id <= 5).select("customer_id", "at", touchpoint="touchpoint"),
                   columns=_columns(), goal=None)  # fmt: skip
    assert "journeys" in [c.name for c in paths_finding(distinct_paths(few)).failed]


def _columns():
    from cxlab.journey.log import Columns

    return Columns(time="at")


def test_states_step_by_step(log):
    table = states_finding(distinct_paths(log, of="stage", until_goal=False)).table
    second = table[table["position"] == 2].set_index("state")
    assert second["journeys"].to_dict() == {"Awareness": 0, "Consideration": 55, "Purchase": 0, "Service": 10}
    assert second.loc["Service", "share"] == 10 / 90
    assert second.loc["Service", "upto"] == 65 / 90
    assert second.loc["Service", "low"] < 10 / 90 < second.loc["Service", "high"]
    assert (second["in_sight"] == 90).all()


def test_states_by_period_are_shares_of_those_observed(log):
    table = states_finding(states_by_period(log, period="week", periods=6)).table
    sums = table.groupby("position")["share"].sum()
    np.testing.assert_allclose(sums, 1)
    assert table["in_sight"].is_monotonic_decreasing
    assert table["in_sight"].iloc[0] == 90 > table["in_sight"].iloc[-1]


def test_complexity_of_those_who_reached_the_goal(log):
    found = complexity_finding(distinct_paths(log))
    assert found.table["group"].tolist() == ["all", "reached", "did not reach"]
    assert found.table["journeys"].tolist() == [90, 45, 45]
    assert found.title == "Journeys that reach Purchase are more varied than others"


def test_pictures_draw_at_both_widths(log):
    paths = distinct_paths(log)
    types = journey_types(paths, types=2, bootstraps=5)
    findings = (
        paths_finding(paths), types_finding(types), states_finding(paths), complexity_finding(paths, types=types),
        states_finding(states_by_period(log, quiet=True, periods=4)),
    )  # fmt: skip
    for finding in findings:
        for width in (7.0, 3.6):
            ax = finding.plot(new_axes(width=width))
            ax.figure.canvas.draw()
            assert ax.has_data() or ax.patches


def test_strips_show_every_path_and_its_shares(log):
    finding = paths_finding(distinct_paths(log))
    words = [text.get_text().replace("\n", " ") for text in finding.plot().texts]
    for shown in ("Search", "Shop", "Advert", "56 %", "60 %", "Reached Purchase"):
        assert shown in words


def test_the_index_is_as_high_as_the_shares():
    ax = draw_sequence_index(new_axes(), np.array([[0, 1], [1, -1]]), np.array([3.0, 1.0]), labels=["a", "b"],
                             stage_of=["Awareness", "Service"])  # fmt: skip
    edges = ax.collections[0].get_coordinates()[:, 0, 1]
    np.testing.assert_allclose(edges, [0, 0.75, 1])


def test_stages_differ_in_lightness():
    """In grey, any two of the five stages are a tenth of the scale apart."""
    from matplotlib.colors import to_rgb

    colours = stage_colours(["Awareness", "Consideration", "Purchase", "Service", "Post-Purchase"]).values()
    grey = sorted(np.dot([0.299, 0.587, 0.114], to_rgb(c)) for c in colours)
    assert np.diff(grey).min() > 0.1
