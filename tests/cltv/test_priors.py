"""Priors speak of customers: their shares are those of simulated lives, and a prior that rules the data out says so."""

from __future__ import annotations

import numpy as np
import pytest

from cxlab.cltv.bg_bb import BG_BB
from cxlab.cltv.gamma_gamma import GAMMA_GAMMA
from cxlab.cltv.mbg_nbd import MBG_NBD
from cxlab.cltv.model import Prior
from cxlab.cltv.priors import prior_predictive
from cxlab.cltv.rows import Rows
from cxlab.errors import ParameterError
from cxlab.style import new_axes
from tests.cltv.cases import FORECASTING, TYPICAL, cdnow, donors, name


def rows_of(model):
    return donors().rows if model is BG_BB else cdnow().rows


@pytest.mark.parametrize("model", FORECASTING, ids=name)
def test_priors_that_are_sure_say_what_simulated_customers_do(model):
    rows, theta = rows_of(model), TYPICAL[model.key]
    z = model.coordinates_of(np.array(theta)[:, None])
    centers = model.quantities(z)[:, 0]
    sure = {c.name: Prior(float(v), 1e-6) for c, v in zip(model.coordinates, centers, strict=True)}
    table = prior_predictive(model, rows, priors=sure, draws=100).table
    T = np.repeat(rows["T"], (rows.weight * 200_000 // rows.customers).astype(int))
    frequency, _ = model.simulate(theta, T, np.random.default_rng(1))
    last = 10 if table["frequency"].iloc[-1] == "10+" else len(table) - 1
    simulated = np.bincount(np.minimum(frequency, last).astype(int), minlength=len(table)) / len(T)
    error = np.sqrt(simulated * (1 - simulated) / len(T))
    # T is rounded to whole customers, which costs a little more than chance
    assert np.abs(table["predicted"] - simulated).max() <= 5 * error.max() + 0.002
    assert table["predicted"].sum() == pytest.approx(1)


def test_the_data_are_counted_as_they_are():
    rows = Rows.collapse({"frequency": [0, 0, 0, 2, 14], "recency": [0, 0, 0, 3, 9], "T": [9, 8, 9, 9, 9]})
    table = prior_predictive(MBG_NBD, rows, draws=200).table.set_index("frequency")
    assert table.loc[["0", "1", "2", "10+"], "actual"].tolist() == [0.6, 0.0, 0.2, 0.2]


def test_default_priors_leave_room_and_stubborn_ones_say_that_they_do_not():
    open_minded = prior_predictive(MBG_NBD, cdnow().rows)
    assert open_minded.believed
    stubborn = prior_predictive(
        MBG_NBD, cdnow().rows, priors={"purchase_rate": Prior(1.0, 0.1), "dropout": Prior(0.02, 0.1)}
    )
    assert not stubborn.believed and "Widen the priors" in stubborn.text
    assert stubborn.table["predicted"].iloc[-1] > open_minded.table["predicted"].iloc[-1] + 0.2


def test_the_error_is_that_of_drawing_again():
    errors = prior_predictive(MBG_NBD, cdnow().rows, draws=400).monte_carlo_error
    again = [prior_predictive(MBG_NBD, cdnow().rows, draws=400, rng=seed).table for seed in range(40)]
    for column in ("predicted", "predicted_high"):
        spread = np.std([table[column][0] for table in again])
        assert errors[column][0] == pytest.approx(spread, rel=0.5)


def test_the_picture_shows_data_and_prior():
    found = prior_predictive(MBG_NBD, cdnow().rows, draws=200)
    ax = found.plot(new_axes())
    assert [bar.get_height() for bar in ax.patches] == pytest.approx(found.table["actual"].tolist())


def test_bad_input_is_named():
    rows = cdnow().rows
    with pytest.raises(ParameterError, match="purchase_rat"):
        prior_predictive(MBG_NBD, rows, priors={"purchase_rat": Prior(1.0, 1.0)})
    with pytest.raises(ParameterError, match="draws = 3"):
        prior_predictive(MBG_NBD, rows, draws=3)
    with pytest.raises(ParameterError, match="Gamma-Gamma"):
        prior_predictive(GAMMA_GAMMA, rows)
