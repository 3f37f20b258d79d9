"""Example customers get what each model says of their history, and an impossible history is refused."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from cxlab.cltv.bg_nbd import BG_NBD
from cxlab.cltv.gamma_gamma import GAMMA_GAMMA
from cxlab.cltv.mbg_nbd import MBG_NBD
from cxlab.cltv.posterior import fit
from cxlab.cltv.profiles import profiles
from cxlab.errors import ParameterError
from tests.cltv.cases import cdnow

CUSTOMERS = {"once": (0, 0.0, 39.0), "lately": (3, 37.0, 39.0), "long ago": (3, 9.0, 39.0)}


@cache
def fits():
    return tuple(fit(model, cdnow().rows) for model in (MBG_NBD, BG_NBD))


def say(**options):
    return profiles(fits(), CUSTOMERS, **{"horizon": 13, "time_unit": "week"} | options)


def test_every_customer_gets_what_each_model_says():
    table = say().table.set_index(["customer", "model"])
    for posterior in fits():
        theta = posterior.draws(4000, rng=2)[:, :, 0]
        for name, history in CUSTOMERS.items():
            row = table.loc[(name, posterior.model.title)]
            assert row.p_alive == pytest.approx(posterior.model.p_alive(theta, *history).mean(), abs=0.01)
            none = posterior.model.p_no_purchase(theta, *history, 13).mean()
            assert row.p_none == pytest.approx(none, abs=0.01)
            bought = posterior.model.expected_purchases(theta, *history, 13).mean()
            assert row.purchases == pytest.approx(bought, abs=0.02)


def test_only_bg_nbd_thinks_every_one_time_buyer_alive():
    table = say().table.set_index(["customer", "model"])
    assert table.loc[("once", "BG/NBD"), "p_alive"] == pytest.approx(1)
    assert table.loc[("once", "MBG/NBD"), "p_alive_high"] < 0.7


def test_sentence_and_rows_name_customers_in_their_order():
    found = say()
    assert found.table["customer"].tolist() == ["once", "once", "lately", "lately", "long ago", "long ago"]
    assert "“once”" in found.text and "by BG/NBD" in found.text and "13 weeks" in found.text
    assert np.isfinite(found.monte_carlo_error.to_numpy()).all()


@pytest.mark.parametrize("history", [(1, 0.0, 9.0), (0, 3.0, 9.0), (2, 10.0, 9.0), (1.5, 3.0, 9.0)])
def test_an_impossible_history_is_refused_by_name(history):
    with pytest.raises(ParameterError, match="'nobody' has an impossible history"):
        profiles(fits(), {"nobody": history}, horizon=13, time_unit="week")


def test_other_bad_input_is_named():
    with pytest.raises(ParameterError, match="horizon = 0"):
        say(horizon=0)
    with pytest.raises(ParameterError, match="does not forecast"):
        profiles([fit(GAMMA_GAMMA, cdnow().spend_rows)], CUSTOMERS, horizon=13, time_unit="week")
    with pytest.raises(ParameterError, match="no posterior"):
        profiles([], CUSTOMERS, horizon=13, time_unit="week")
