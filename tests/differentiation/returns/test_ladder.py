"""Where to stop personalising: the ladder of levels and the frontier of a process."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtri
from scipy.stats import norm

from cxlab.differentiation.returns.frontier import STEP_COLUMNS, power_frontier, step_frontier
from cxlab.differentiation.returns.initiative import Initiative, initiative_values
from cxlab.differentiation.returns.ladder import Trial, personalisation_ladder, trial_value
from cxlab.differentiation.returns.personal import pareto_frontier, personalisation_frontier
from cxlab.errors import DataError, ParameterError
from cxlab.style import new_axes

NAME = Initiative("name", 500, (400, 800, 1_500))
ORDERS = Initiative("orders", (3_000, 4_000, 5_000), (200, 700, 1_200))
WISHES = Initiative("wishes", 1_000, (4_000, 5_000, 6_000))
STEPS = pd.DataFrame(
    [["greeting", 5, 9, 14, 1, 2, 3], ["invoice", 0, 1, 2, 3, 4, 6], ["order", 2, 6, 9, 1, 2, 4]], columns=STEP_COLUMNS
)


def ladder(*levels, **options):
    return personalisation_ladder(initiative_values(list(levels), years=4), **options)


@pytest.mark.parametrize("error", [5.0, 20.0, 60.0])
def test_the_value_of_a_trial_of_normal_worth_is_its_closed_form(error):
    """Raiffa & Schlaifer: EVSI of a normal prior by the unit normal loss of the preposterior spread."""
    x = -5 + 20 * ndtri((np.arange(4000) + 0.5) / 4000)
    spread = 20 * 20 / np.hypot(20, error)
    exact = -5 * norm.cdf(-5 / spread) + spread * norm.pdf(-5 / spread)
    found, p_go = trial_value(x, x, error)
    assert found == pytest.approx(exact, rel=0.04)
    assert p_go == pytest.approx(norm.cdf(-5 / spread), abs=0.02)


def test_a_trial_that_tells_nothing_is_worth_nothing():
    x = np.random.default_rng(1).gamma(2, 3, 2000)
    worth = x - 6 + np.random.default_rng(2).normal(0, 20, 2000)
    assert trial_value(x, worth, 1e9)[0] == pytest.approx(max(worth.mean(), 0), abs=1e-6)
    assert trial_value(np.ones(50), np.full(50, -3.0), 1)[0] == 0


def test_it_stops_where_the_next_level_does_not_pay():
    finding = ladder(NAME, ORDERS)
    assert finding.table["decision"].tolist() == ["take", "stop"]
    assert finding.title == "Personalise up to level 1 of 2, name, and stop there"
    assert "What would change our mind" in finding.text


def test_a_level_may_pay_by_what_it_opens():
    finding = ladder(NAME, ORDERS, WISHES)
    assert finding.table["decision"].tolist() == ["take"] * 3
    assert "taken for what it opens" in finding.text


def test_above_a_stop_nothing_is_reached():
    assert ladder(NAME, ORDERS, Initiative("more", 9_000, 10)).table["decision"].tolist()[-1] == "not reached"


def test_a_cheap_trial_comes_first_and_a_dear_or_slow_one_does_not():
    levels = (NAME, Initiative("orders", 3_000, (0, 900, 2_500)))
    cheap, dear, slow = (ladder(*levels, trials={"orders": t}).table.iloc[1] for t in
                         (Trial(50, 100), Trial(50_000, 100), Trial(50, 100, months=120)))  # fmt: skip
    assert cheap["decision"] == "try first" and cheap["trial_gain"] > 0
    assert dear["decision"] != "try first" and slow["trial_gain"] < cheap["trial_gain"]


def test_no_level_that_pays_is_said():
    finding = ladder(ORDERS, Initiative("more", 9_000, 10))
    assert finding.title.startswith("No level of personalisation is expected to pay")


def test_ladders_that_cannot_be_are_named():
    with pytest.raises(ParameterError, match="did you mean 'orders'"):
        ladder(NAME, ORDERS, trials={"order": Trial(1, 1)})
    with pytest.raises(ParameterError, match="standard_error > 0"):
        Trial(1, 0)
    assert not ladder(NAME).believed


@settings(max_examples=40, deadline=None)
@given(st.floats(1, 1e4), st.floats(1, 1e4), st.floats(0.1, 0.95), st.floats(1.05, 3))
def test_no_share_is_better_than_the_best(gain, cost, a, b):
    f = power_frontier(gain=gain, cost=cost, gain_bend=a, cost_bend=b, draws=100)
    best = gain * f.best[0] ** a - cost * f.best[0] ** b
    assert best >= f.net[0].max() - 1e-9 * (gain + cost)
    assert 0 <= f.best[0] <= 1


def test_straight_lines_are_all_or_nothing():
    for gain, best in ((2.0, 1.0), (0.5, 0.0), (-1.0, 0.0)):
        assert power_frontier(gain=gain, cost=1, gain_bend=1, cost_bend=1).best[0] == best
    assert power_frontier(gain=1, cost=0, gain_bend=0.5, cost_bend=2).best[0] == 1


def test_what_is_well_known_is_told_and_what_is_not_is_not():
    known = personalisation_frontier(power_frontier(gain=100, cost=100, gain_bend=0.5, cost_bend=2))
    vague = personalisation_frontier(power_frontier(gain=(5, 100, 500), cost=(50, 100, 200)))
    assert known.believed and known.table.loc[known.table["best"], "share"].item() == pytest.approx(0.4, abs=0.02)
    assert not vague.believed and vague.title == "How much to personalise cannot be told from what is known"


def test_steps_come_in_the_order_of_what_they_return():
    f = step_frontier(STEPS)
    assert f.steps[-1] == "invoice"
    finding = personalisation_frontier(f)
    assert "invoice" not in finding.title.split("keep")[0]
    assert (finding.table["p_within"].diff().dropna() <= 0).all()


def test_complexity_holds_back():
    free, tangled = (step_frontier(STEPS, complexity=c).best.mean() for c in (0, (3, 5, 8)))
    assert tangled < free


def test_a_step_that_harms_is_beaten():
    harmful = pd.concat([STEPS, pd.DataFrame([["nosy", -9, -6, -3, 1, 2, 3]], columns=STEP_COLUMNS)])
    finding = pareto_frontier(step_frontier(harmful))
    assert finding.table["p_efficient"].iloc[-1] < 0.05
    assert "beaten by another" in finding.text


def test_pareto_and_net_agree_on_the_best():
    f = step_frontier(STEPS)
    assert pareto_frontier(f).table.equals(personalisation_frontier(f).table)


@pytest.mark.parametrize("width", [7.0, 3.6])
def test_pictures_are_drawn_with_labels(width):
    steps, whole = step_frontier(STEPS), power_frontier(gain=(60, 100, 160), cost=(70, 100, 150))
    for finding in (ladder(NAME, ORDERS, trials={"orders": Trial(5, 100)}), personalisation_frontier(steps),
                    personalisation_frontier(whole), pareto_frontier(steps), pareto_frontier(whole)):  # fmt: skip
        ax = new_axes(width=width)
        finding.plot(ax)
        ax.figure.canvas.draw()
        assert ax.get_xlabel()


def test_simulated_numbers_are_said_to_be():
    found = personalisation_frontier(power_frontier(gain=5, cost=3, simulated=True))
    assert "simulated" in found.text and "simulated" in found.caption


@pytest.mark.parametrize(
    "wrong",
    [{"gain_bend": 1.5}, {"gain_bend": 0}, {"cost_bend": 0.5}, {"cost": -1}, {"correlation": {("gain", "price"): 0.5}}],
)
def test_curves_that_cannot_be_are_named(wrong):
    with pytest.raises(ParameterError):
        power_frontier(**({"gain": (1, 2, 3), "cost": 1} | wrong))


def test_steps_that_cannot_be_are_named():
    for table, said in ((STEPS.iloc[:0], "no steps"), (pd.concat([STEPS, STEPS]), "one name"),
                        (STEPS.drop(columns="cost_low"), "cost_low")):  # fmt: skip
        with pytest.raises(DataError, match=said):
            step_frontier(table)
    with pytest.raises(ParameterError, match="finite"):
        step_frontier(STEPS.assign(gain_low=np.nan))
    with pytest.raises(ParameterError, match="complexity"):
        step_frontier(STEPS, complexity=-1)
