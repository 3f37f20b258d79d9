"""The same model in PyMC: to read, to draw, to check its priors, and to extend.

The likelihood of `cxlab.cltv` enters as one PyTensor operation on the distinct rows, with its gradient, so a PyMC model
of a million customers costs what their distinct rows cost. Priors, covariates and pooling are written in PyMC.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pymc as pm
import pytensor.tensor as pt
from pymc.distributions.transforms import logodds
from pytensor.graph.basic import Apply
from pytensor.graph.op import Op

from cxlab.cltv.model import BETWEEN, Model, Prior
from cxlab.cltv.rows import Rows

_CHAINS = 4


class CompressedLikelihood(Op):
    """Log-likelihood of distinct weighted rows as a PyTensor operation.

    ``CompressedLikelihood(model, rows)(*theta)`` takes the natural parameters in the order of ``model.parameters``,
    each a vector of shape (n_groups,) or a scalar where there is one group, and gives a scalar.
    """

    __props__ = ()

    def __init__(self, model: Model, rows: Rows):
        self.model, self.rows = model, rows

    def __call__(self, *theta):
        groups = len(self.rows.groups)
        columns = [pt.broadcast_to(pt.atleast_1d(pt.as_tensor_variable(t, dtype="float64")), (groups,)) for t in theta]
        return super().__call__(pt.stack(columns))[0]

    def make_node(self, theta):
        return Apply(self, [pt.as_tensor_variable(theta)], [pt.dscalar(), pt.dmatrix()])

    def perform(self, node, inputs, outputs):
        (theta,) = inputs
        with np.errstate(all="ignore"):
            values, slopes = self.model.log_likelihood(theta, self.rows, gradient=True)
            outputs[0][0] = np.asarray(self.rows.weight @ values)
            outputs[1][0] = np.stack([self.rows.by_group(slope) for slope in slopes])

    def pullback(self, inputs, outputs, cotangents):
        return [cotangents[0] * outputs[1]]

    def __eq__(self, other):
        return self is other

    def __hash__(self):
        return id(self)


def build(
    model: Model,
    rows: Rows,
    *,
    priors: Mapping[str, Prior] | None = None,
    pooling: bool = False,
    design: pd.DataFrame | None = None,
) -> pm.Model:
    """The PyMC model: priors in data units, natural parameters, likelihood on distinct rows.

    Parameters
    ----------
    pooling : the groups of `rows` share a distribution: each coordinate of a group is normal (on its log or logit
        scale) around a common mean, with a common spread "between_<coordinate>"
    design : covariates, a row a group of `rows` (index: the labels), numeric columns; each moves every coordinate by
        "effect_<coordinate>" (log or logit scale) per unit

    Variables
    ---------
    one random variable a coordinate (``model.coordinates``: "purchase_rate", …), one deterministic a natural parameter
    (``model.parameters``: "r", "alpha", …), the potential "log_likelihood".

    >>> from cxlab.cltv.sbg import S_BG
    >>> rows = Rows.collapse({"renewals": [0, 1, 7], "churned": [1, 1, 0]})
    >>> sorted(v.name for v in build(S_BG, rows).free_RVs)
    ['churn', 'churn_concentration']
    """
    center, spread = model.prior(rows, priors)
    coords = {"segment": list(rows.groups)}
    if design is not None:
        design = design.reindex(list(rows.groups))
        coords["covariate"] = list(design.columns)
    with pm.Model(coords=coords) as pymc_model:
        z = []
        for i, c in enumerate(model.coordinates):
            if c.link == "log":
                common = pt.log(pm.LogNormal(c.name, center[i], spread[i]))
            else:
                # without the transform a sampler walks on (0, 1) and meets its ends
                share = pm.LogitNormal(c.name, center[i], spread[i], transform=logodds)
                common = pm.math.logit(share)
            if pooling:
                between = pm.HalfNormal(f"between_{c.name}", BETWEEN)
                offset = pm.Normal(f"offset_{c.name}", dims="segment")
                common = pm.Deterministic(f"z_{c.name}", common + between * offset, dims="segment")
            if design is not None:
                effect = pm.Normal(f"effect_{c.name}", 0, 1, dims="covariate")
                common = common + pt.as_tensor_variable(design.to_numpy(float)) @ effect
            z.append(common)
        add_likelihood(model, rows, z)
    return pymc_model


def add_likelihood(model: Model, rows: Rows, z) -> None:
    """Within a PyMC model: natural parameters and likelihood from coordinates `z` (scalars or (n_groups,) tensors)."""
    theta = [
        pm.Deterministic(name, value)
        for name, value in zip(model.parameters, model.natural(z, exp=pt.exp, sigmoid=pt.sigmoid), strict=True)
    ]
    pm.Potential("log_likelihood", CompressedLikelihood(model, rows)(*theta))


def sample(
    pymc_model: pm.Model,
    *,
    draws: int,
    rng: np.random.Generator | int,
    start=None,
    tune: int = 1000,
    progress: bool = False,
    **options,
):
    """NUTS on a model of this module: `draws` over four chains, quiet, started at `start` (coordinates in data units).

    Returns
    -------
    The DataTree of ``pm.sample``.
    """
    import logging
    import warnings

    rng = np.random.default_rng(rng)
    initial = None
    if start is not None:
        names = [v.name for v in pymc_model.free_RVs]
        initial = {n: np.asarray(s).reshape(pymc_model[n].type.shape) for n, s in zip(names, start, strict=False)}
    logging.getLogger("pymc").setLevel(logging.ERROR)
    with pymc_model, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pm.sample(
            draws=-(-draws // _CHAINS),
            tune=tune,
            chains=_CHAINS,
            cores=1,
            initvals=initial,
            random_seed=[int(s) for s in rng.integers(2**31, size=_CHAINS)],
            progressbar=progress,
            quiet=not progress,
            **options,
        )
