"""The hierarchical logit in PyMC: to read, to check its priors, to extend, and to sample with NUTS.

The same model and priors as `fit_part_worths` samples, which is many times faster; a test holds the two together.
"""

from __future__ import annotations

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from pytensor.graph.basic import Apply
from pytensor.graph.op import Op

from cxlab.differentiation.choice import likelihood
from cxlab.differentiation.choice.hierarchical import column_scale, compiled_tasks
from cxlab.differentiation.choice.population import Prior
from cxlab.differentiation.choice.sampler import start
from cxlab.differentiation.choice.tasks import Choices
from cxlab.errors import unknown


class PeopleLikelihood(Op):
    """Log density of all choices, part-worths written in the coordinates of `likelihood`, as a PyTensor operation.

    ``PeopleLikelihood(tasks, a, b)(z, mean, chol)`` gives a scalar: the log-likelihood, and what changing from z to
    part-worths adds to a standard normal prior of z.
    """

    __props__ = ()

    def __init__(self, tasks, a: np.ndarray, b: np.ndarray):
        self.tasks, self.a, self.b = tasks, a, b

    def __call__(self, z, mean, chol):
        return super().__call__(z, mean, chol)[0]

    def make_node(self, z, mean, chol):
        inputs = [pt.as_tensor_variable(value, dtype="float64") for value in (z, mean, chol)]
        return Apply(self, inputs, [pt.dscalar(), pt.dmatrix(), pt.dvector(), pt.dmatrix()])

    def perform(self, node, inputs, outputs):
        inputs = [np.ascontiguousarray(value) for value in inputs]
        value, *slopes = likelihood.joint(*inputs, self.a, self.b, *self.tasks.arrays)
        outputs[0][0] = np.asarray(value)
        for output, slope in zip(outputs[1:], slopes, strict=True):
            output[0] = slope

    def pullback(self, inputs, outputs, cotangents):
        return [cotangents[0] * slope for slope in outputs[1:]]

    def __eq__(self, other):
        return self is other

    def __hash__(self):
        return id(self)


def build(choices: Choices, *, price: str = "lognormal") -> pm.Model:
    """The PyMC model of choices, columns scaled to a spread of one within tasks.

    Variables
    ---------
    mean : of latent part-worths, (column,); between : Cholesky factor of their covariance, packed;
    z : coordinates of people, (respondent, column); "choices", the potential that holds the likelihood
    """
    if price not in likelihood.LINKS:
        raise unknown("price", price, likelihood.LINKS)
    scale = column_scale(choices)
    links = np.array([likelihood.LINKS[price] if c == choices.price else 0 for c in choices.columns], dtype=np.int64)
    tasks, prior = compiled_tasks(choices, scale, links), Prior.weak(links)
    _, shape = start(tasks, prior)
    coords = {"column": list(choices.columns), "respondent": list(choices.respondents)}
    with pm.Model(coords=coords) as model:
        mean = pm.Normal("mean", prior.centre, prior.spread, dims="column")
        chol, _, _ = pm.LKJCholeskyCov(
            "between", n=len(scale), eta=prior.eta, sd_dist=pm.HalfNormal.dist(prior.scale), compute_corr=True,
            store_in_trace=False,
        )  # fmt: skip
        z = pm.Normal("z", dims=("respondent", "column"))
        pm.Potential("choices", PeopleLikelihood(tasks, shape.a, shape.b)(z, mean, chol))
        pm.Deterministic("covariance", chol @ chol.T)
    return model
