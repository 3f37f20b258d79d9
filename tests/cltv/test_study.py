"""The steps of the study on awkward customers, and covariates in the PyMC model."""

from __future__ import annotations

import datetime as dt

import ibis
import numpy as np
import pandas as pd
import pytest

import cxlab as cx
from cxlab.cltv import study
from cxlab.cltv.rows import Rows
from cxlab.cltv.sbg import S_BG
from cxlab.errors import ParameterError


class Data:
    """A data set as far as the study asks for one."""

    def __init__(self, frame: pd.DataFrame, currency: str = "EUR"):
        self.transactions, self.tables, self.currency = ibis.memtable(frame), {}, currency


def log(*, least: int = 1, customers: int = 150, seed: int = 1) -> pd.DataFrame:
    """Customers with `least` purchases or more on random days of a year."""
    rng = np.random.default_rng(seed)
    start = dt.date(2024, 1, 1)
    lines = []
    for customer in range(customers):
        first = rng.integers(0, 60)
        for gap in np.concatenate([[0], np.cumsum(rng.integers(5, 90, rng.integers(least, 6)) if least > 1 else
                                                  rng.integers(5, 90, rng.integers(0, 6)))]):  # fmt: skip
            if first + gap < 365:
                lines.append((f"c{customer}", start + dt.timedelta(days=int(first + gap)), float(rng.gamma(4, 10))))
    return pd.DataFrame(lines, columns=["customer_id", "timestamp", "amount"])


@pytest.mark.parametrize("least", [1, 2])
def test_histories_stand_with_and_without_one_time_buyers(least):
    settings = study.CltvStudy(models=["mbg_nbd"], draws=1000)
    summary = study.order_log(Data(log(least=least)), settings)
    once = summary.distinct.loc[summary.distinct["frequency"] == 0, "customers"].sum()
    assert (once == 0) == (least == 2)
    alive, expected = study.histories(study.fit_purchases("mbg_nbd", summary, settings), summary, settings)
    assert alive.table["customers"].sum() == summary.n_customers == expected.table["customers"].sum()
    assert "more likely gone than not" in alive.title and alive.plot().has_data()


def test_the_value_by_each_model_that_competed_stands_in_one_table():
    settings = study.CltvStudy(models=["mbg_nbd", "bg_nbd"], draws=1000)
    data = Data(log())
    customers = study.order_log(data, settings)
    seen = study.calibration(customers, data, settings)
    fits = [study.fit_purchases(key, seen, settings, pooled=False) for key in settings.models]
    validation = cx.cltv.validate(fits, seen, draws=100)
    best = study.best_model(validation, settings)
    value = cx.cltv.customer_value(
        study.fit_purchases(best, customers, settings), study.fit_spend(customers, settings), customers,
        study.terms_of(settings, data), draws=200,
    )  # fmt: skip
    found = study.by_model(value, validation, customers, data, settings)
    assert found.table["model"].tolist()[0] == study.MODELS[best].title and len(found.table) == 2
    assert found.table["total"][0] == pytest.approx(value.segments["total"].iloc[-1])
    assert (found.table["total_low"] < found.table["total"]).all() and "€" in found.title


def test_occasions_need_a_grain_that_is_the_unit():
    with pytest.raises(ParameterError, match="bg_bb counts occasions"):
        study.CltvStudy(models=["bg_bb"])
    assert study.CltvStudy(models=["bg_bb"], time_unit="month", grain="month").models == ("bg_bb",)


def test_covariates_move_the_coordinates_of_their_group():
    from cxlab.cltv.pymc_model import build

    rows = Rows.collapse(
        {"renewals": [0, 1, 7, 0, 2, 7], "churned": [1, 1, 0, 1, 1, 0]}, group=[0, 0, 0, 1, 1, 1], groups=["old", "new"]
    )
    model = build(S_BG, rows, design=pd.DataFrame({"discount": [0.0, 1.0]}, index=["old", "new"]))
    z, effect = np.array([-1.2, 0.9]), np.array([0.7, -0.3])
    point = model.initial_point()
    assert set(point) == {"churn_logodds__", "churn_concentration_log__", "effect_churn", "effect_churn_concentration"}
    point |= {"churn_logodds__": z[0], "churn_concentration_log__": z[1],
              "effect_churn": effect[:1], "effect_churn_concentration": effect[1:]}  # fmt: skip
    likelihood = model.compile_logp()(point) - model.compile_logp(vars=model.free_RVs)(point)
    own = np.column_stack([z, z + effect])
    assert float(likelihood) == pytest.approx(S_BG.total(own, rows))
