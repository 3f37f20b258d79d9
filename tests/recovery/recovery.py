"""Simulate customers with known parameters, fit them, and count how often the 90 % interval holds the truth.

    python -m tests.recovery.recovery [MODEL …]

writes `coverage.csv` beside this file: a row a parameter, natural ones and those priors are stated in.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd

from cxlab.cltv.bg_bb import BG_BB
from cxlab.cltv.bg_nbd import BG_NBD
from cxlab.cltv.gamma_gamma import GAMMA_GAMMA
from cxlab.cltv.mbg_nbd import MBG_NBD
from cxlab.cltv.nbd import NBD_MODEL
from cxlab.cltv.pareto_nbd import PARETO_NBD
from cxlab.cltv.posterior import fit
from cxlab.cltv.rows import Rows
from cxlab.cltv.sbg import S_BG

TABLE = Path(__file__).with_name("coverage.csv")
DATA_SETS = 100
#: customers of a data set: a small shop, and as many donors as were published (few patterns tell little each)
CUSTOMERS, DONORS = 2_000, 11_104
#: the estimates published for CDNOW, the donors and the high-end contracts
TRUTH = {
    BG_NBD: (0.243, 4.414, 0.793, 2.426),
    MBG_NBD: (0.525, 6.183, 0.891, 1.614),
    PARETO_NBD: (0.553, 10.578, 0.606, 11.669),
    NBD_MODEL: (0.385, 12.072),
    GAMMA_GAMMA: (6.25, 3.74, 15.44),
    S_BG: (0.668, 3.806),
    BG_BB: (1.204, 0.750, 0.657, 2.783),
}


def simulated(model, truth, rng: np.random.Generator) -> Rows:
    """Customers of the model as the published data have them: 27–39 weeks, six occasions, or seven renewals."""
    weeks = np.round(rng.uniform(27, 39, CUSTOMERS) * 7) / 7
    if model is S_BG:
        renewals, churned = model.simulate(truth, np.full(CUSTOMERS, 7), rng)
        return Rows.collapse({"renewals": renewals, "churned": churned})
    if model is GAMMA_GAMMA:
        frequency, _ = BG_NBD.simulate(TRUTH[BG_NBD], weeks, rng)
        frequency = frequency[frequency > 0]
        return Rows.collapse({"frequency": frequency, "monetary_value": model.simulate(truth, frequency, rng)})
    T = np.full(DONORS, 6.0) if model is BG_BB else weeks
    frequency, recency = model.simulate(truth, T, rng)
    return Rows.collapse({"frequency": frequency, "recency": recency, "T": T})


def recover(model, data_sets: int = DATA_SETS) -> pd.DataFrame:
    """How often, and how well, a model's parameters are found again.

    Returns
    -------
    DataFrame: model, parameter, truth, coverage (share of data sets whose 90 % interval holds the truth), mean (of
    posterior means), bias (mean over truth, less 1), runs, fast (of which were not handed over to NUTS)
    """
    truth = np.array(TRUTH[model])
    quantities = model.quantities(model.coordinates_of(truth))
    known = dict(zip(model.parameters, truth, strict=True))
    known |= {c.name: q for c, q in zip(model.coordinates, quantities, strict=True)}
    tables, fast = [], 0
    for seed in range(data_sets):
        posterior = fit(model, simulated(model, truth, np.random.default_rng(seed)), draws=1000, rng=seed)
        tables.append(posterior.parameters(level=0.9).table)
        fast += posterior.sampler == "fast"
    records = []
    for name, found in pd.concat(tables).groupby("parameter", sort=False):
        held = (found["low"] < known[name]) & (known[name] < found["high"])
        mean = found["mean"].mean()
        records.append(
            {"model": model.key, "parameter": name, "truth": known[name], "coverage": held.mean(), "mean": mean,
             "bias": mean / known[name] - 1, "runs": data_sets, "fast": fast}
        )  # fmt: skip
    return pd.DataFrame(records)


if __name__ == "__main__":
    chosen = [m for m in TRUTH if m.key in sys.argv[1:] or len(sys.argv) == 1]
    table = pd.concat([recover(m) for m in chosen], ignore_index=True)
    table.round(4).to_csv(TABLE if len(sys.argv) == 1 else sys.stdout, index=False)
