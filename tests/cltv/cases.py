"""What the tests of `cxlab.cltv` share: the published data sets as rows, and maximum-likelihood estimates on them."""

from __future__ import annotations

from functools import cache

import cxlab as cx
from cxlab.cltv.bg_bb import BG_BB
from cxlab.cltv.bg_nbd import BG_NBD
from cxlab.cltv.gamma_gamma import GAMMA_GAMMA
from cxlab.cltv.mbg_nbd import MBG_NBD
from cxlab.cltv.nbd import NBD_MODEL
from cxlab.cltv.pareto_nbd import PARETO_NBD
from cxlab.cltv.posterior import mode
from cxlab.cltv.rows import Rows
from cxlab.cltv.sbg import S_BG
from cxlab.cltv.summary import Summary, from_summaries, summarise

CONTINUOUS = (BG_NBD, MBG_NBD, PARETO_NBD, NBD_MODEL)
FORECASTING = (*CONTINUOUS, BG_BB)
MODELS = (*FORECASTING, GAMMA_GAMMA, S_BG)

#: parameters of the size that is met in published data
TYPICAL = {
    "bg_nbd": (0.243, 4.414, 0.793, 2.426),
    "mbg_nbd": (0.525, 6.183, 0.891, 1.614),
    "pareto_nbd": (0.553, 10.578, 0.606, 11.669),
    "nbd": (0.385, 12.072),
    "gamma_gamma": (6.25, 3.74, 15.44),
    "sbg": (0.668, 3.806),
    "bg_bb": (1.204, 0.750, 0.657, 2.783),
}


def name(model) -> str:
    """The name of a model as a test id."""
    return model.key


@cache
def cdnow() -> Summary:
    """The 1/10 sample of CDNOW: 39 weeks to learn from, 39 weeks held out."""
    log = cx.load("cdnow").transactions
    return summarise(log.filter(log.in_sample.cast("int") == 1), split="1997-09-30", currency="USD")


@cache
def donors() -> Summary:
    return from_summaries(cx.load("donors").tables["summaries"], time_unit="year")


@cache
def contracts(plan: str) -> Rows:
    """A segment of the subscription cohorts, over the seven renewals of the data."""
    table = cx.load("sbg_cohorts").subscriptions.to_pandas()
    table = table[table["plan"] == plan]
    churned = table["end"].notna()
    years = (table["end"].dt.year - table["start"].dt.year).fillna(8)
    return Rows.collapse({"renewals": years - 1, "churned": churned.astype(float)})


def rows_of(model, plan: str = "high-end") -> Rows:
    """Published data for a model; `plan` is the segment of contracts."""
    if model is S_BG:
        return contracts(plan)
    if model is BG_BB:
        return donors().rows
    return cdnow().spend_rows if model is GAMMA_GAMMA else cdnow().rows


@cache
def most_likely(model, plan: str = "high-end") -> tuple[tuple[float, ...], float]:
    """Natural parameters and log-likelihood at the maximum on published data."""
    z, value, _ = mode(model, rows_of(model, plan), with_prior=False)
    return tuple(float(v) for v in model.natural(z[:, None])[:, 0]), float(value)
