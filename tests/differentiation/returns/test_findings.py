"""Every finding of returns keeps the manners of all: documented numbers, units, errors of sampling, a caption."""

import numpy as np
import pandas as pd
import pytest

from cxlab.differentiation.returns.brand_choices import read_brand_choices
from cxlab.differentiation.returns.demand import Demand
from cxlab.differentiation.returns.equity import Change, fit_equity
from cxlab.differentiation.returns.equity_returns import driver_returns
from cxlab.differentiation.returns.equity_worth import customer_equity, equity_drivers, equity_over_years
from cxlab.differentiation.returns.frontier import power_frontier
from cxlab.differentiation.returns.initiative import Initiative, initiative_values
from cxlab.differentiation.returns.ladder import Trial, personalisation_ladder
from cxlab.differentiation.returns.personal import pareto_frontier, personalisation_frontier
from cxlab.differentiation.returns.sensitivity import tornado, uncertainty_shares
from cxlab.differentiation.returns.worth import cash_flow_table, initiative_returns
from tests.differentiation.returns.brand_surveys import survey

LEVELS = [
    Initiative("name", (400, 500, 700), (400, 800, 1_500)),
    Initiative("orders", (3_000, 4_000, 5_000), (0, 700, 2_000)),
]
#: numbers that are known and not sampled
EXACT = {"year", "points", "coefficient", "odds", "bought_last", "bought_next"}
ENDS = {"input_low", "input_high", "at_low", "at_high", "swing"}


@pytest.fixture(scope="module")
def findings():
    values = initiative_values(LEVELS, currency="EUR")
    model, demand = fit_equity(read_brand_choices(survey(150)), draws=60), Demand(500, 4, 3.0, currency="EUR")
    frontier = power_frontier(gain=(60, 100, 160), cost=(70, 100, 150), currency="EUR")
    return [
        initiative_returns(values), cash_flow_table(values, "name"), tornado(values, "name"),
        uncertainty_shares(values, "name"), uncertainty_shares(values),
        personalisation_ladder(values, trials={"orders": Trial(50, 200)}), personalisation_frontier(frontier),
        pareto_frontier(frontier), equity_drivers(model), customer_equity(model, demand),
        equity_over_years(model, demand, [Change("Corner", "staff", 0.5)], brand="Corner"),
        driver_returns(model, demand, brand="Corner", costs=dict.fromkeys(("staff", "price", "taste"), (1, 2, 5))),
    ]  # fmt: skip


def test_names_are_of_the_subject(findings):
    names = [f.name for f in findings]
    assert all(name.startswith("differentiation.") for name in names)
    assert len(set(names)) == len(names) - 1  # shares of uncertainty are asked for twice


def test_every_number_has_a_unit_and_every_sampled_one_its_error(findings):
    for finding in findings:
        numbers = set(finding.table.select_dtypes("number").columns)
        assert numbers - set(finding.units) <= {"period", "rung", "year", "input_low", "input_high"}, finding.name
        sampled = {c for c in finding.table.select_dtypes("float").columns if c not in EXACT | ENDS}
        errors = set() if finding.monte_carlo_error is None else set(finding.monte_carlo_error.columns)
        missing = sampled - errors
        assert missing <= ({"share"} if "frontier" in finding.name or "pareto" in finding.name else {"cost"}), (
            finding.name
        )


def test_words_and_pictures_are_there(findings):
    for finding in findings:
        assert "90 %" in finding.caption and "n = " in finding.caption and finding.keys, finding.name
        assert finding.draw is not None and finding.title[0].upper() == finding.title[0], finding.name
        assert "nan" not in finding.text and "  " not in finding.text, finding.name
        assert isinstance(finding.formatted(), pd.DataFrame) and finding.to_dict()["name"] == finding.name


def test_the_same_seed_gives_the_same_numbers():
    one, other, another = (initiative_returns(initiative_values(LEVELS, rng=r)).table for r in (5, 5, 6))
    assert one.equals(other)
    assert not np.array_equal(one["npv_low"], another["npv_low"])
    assert np.allclose(one["npv_low"], another["npv_low"], rtol=0.1)
    assert np.allclose(one["npv"], another["npv"], rtol=1e-6)  # quantiles are spread evenly: means do not jump
