"""Part-worths of people who are known are found again, and a run that is too short says so."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cxlab as cx
from cxlab.differentiation.choice import likelihood
from cxlab.differentiation.choice.adapting import told
from cxlab.differentiation.choice.hierarchical import attribute_importance, fit_part_worths, part_worths
from cxlab.differentiation.choice.population import Prior, draw_chol, draw_mean, pack, unpack
from cxlab.differentiation.choice.sampler import Shape, State, Tasks, density, start, sweep
from cxlab.differentiation.choice.tasks import read_choices
from cxlab.differentiation.choice.willingness import willingness_to_pay
from cxlab.errors import ModelError, ParameterError
from cxlab.style import new_axes

PEOPLE, TASKS = 60, 16


@pytest.fixture(scope="module")
def truth() -> np.ndarray:
    """Part-worths of sixty simulated people: price, minutes, light roast, buying nothing."""
    rng = np.random.default_rng(5)
    latent = rng.multivariate_normal([0.2, -0.6, 0.5, -4.0], np.diag([0.6, 0.6, 2.5, 2.0]), size=PEOPLE)
    return np.column_stack([-np.exp(latent[:, 0]), latent[:, 1:]])


@pytest.fixture(scope="module")
def choices(truth):
    rng = np.random.default_rng(6)
    n = PEOPLE * TASKS * 4
    own = pd.DataFrame(
        {"respondent_id": np.repeat(np.arange(PEOPLE), TASKS * 4),
         "task": np.tile(np.repeat(np.arange(TASKS), 4), PEOPLE),
         "alternative": np.tile(["a", "b", "c", "nothing"], PEOPLE * TASKS), "price": rng.choice([1.5, 2, 3, 4], n),
         "minutes": rng.choice([1.0, 2.0, 4.0], n), "roast": rng.choice(["dark", "light"], n)}
    )  # fmt: skip
    nothing = own["alternative"] == "nothing"
    x = np.column_stack([own["price"], own["minutes"], own["roast"] == "light", nothing]).astype(float)
    x[nothing, :3] = 0
    utility = (x * truth[own["respondent_id"]]).sum(1) + rng.gumbel(size=n)
    own["chosen"] = (utility == own.assign(u=utility).groupby(["respondent_id", "task"])["u"].transform("max")).astype(
        int
    )
    own.loc[nothing, ["price", "minutes", "roast"]] = [np.nan, np.nan, None]
    return read_choices(own, price="price", none="nothing")


@pytest.fixture(scope="module")
def fitted(choices):
    return fit_part_worths(choices, draws=400, tune=300, most=4000, rng=1)


def test_people_are_recovered(fitted, truth):
    found, true = fitted.individual.copy(), truth.copy()
    found[:, :, 0], true[:, 0] = np.log(-found[:, :, 0]), np.log(-true[:, 0])
    for j, column in enumerate(fitted.choices.columns[:3]):
        assert np.corrcoef(found.mean(0)[:, j], true[:, j])[0, 1] > 0.75, column
    assert (fitted.individual[:, :, 0] < 0).all()
    low, high = np.quantile(fitted.individual, [0.05, 0.95], axis=0)
    assert ((low < truth) & (truth < high)).mean() == pytest.approx(0.9, abs=0.06)


def test_the_population_is_recovered(fitted, truth):
    low, high = np.quantile(fitted.mean, [0.005, 0.995], axis=0)
    assert ((low < truth.mean(0)) & (truth.mean(0) < high)).all()


def test_few_steps_are_enough(fitted):
    assert fitted.effective >= 400 and all(check.passed for check in fitted.checks)


def test_findings_say_what_they_show(fitted):
    found = part_worths(fitted)
    assert found.table["column"].tolist() == list(fitted.choices.columns)
    assert (found.table["people_low"] < found.table["people_high"]).all()
    importance = attribute_importance(fitted)
    assert importance.table["importance"].sum() == pytest.approx(1)
    assert set(importance.table["attribute"]) == {"price", "minutes", "roast"}
    for finding in (found, importance):
        finding.plot(new_axes())
        assert "960 choices of 60 respondents" in finding.caption


def test_a_run_that_is_too_short_is_not_to_be_leant_on(choices):
    short = fit_part_worths(choices, draws=100, tune=5, most=10, rng=0)
    assert not part_worths(short).believed
    assert "Do not lean on this" in part_worths(short).text


def test_offers_that_hardly_tell_columns_apart_are_named(fitted):
    """Contracts whose rates vary by hour or season have no price: dear hours stand for dear cents."""
    contracts = read_choices(cx.load("electricity_contracts"), price="price_cents_kwh")
    few = fit_part_worths(contracts, draws=100, tune=5, most=10, rng=0)
    for finding in (part_worths(few), attribute_importance(few), willingness_to_pay(few)):
        assert "price cents kwh, time of day rates and seasonal rates hardly vary on their own" in finding.text
    for finding in (part_worths(fitted), attribute_importance(fitted), willingness_to_pay(fitted)):
        assert "hardly vary" not in finding.text


def test_slopes_are_those_of_the_density():
    rng = np.random.default_rng(0)
    x, starts, chosen = rng.normal(size=(12, 2)), np.array([0, 3, 6, 9, 12]), np.array([0, 4, 7, 11])
    tasks, links = np.array([0, 2, 4]), np.array([1, 0])
    a, b = np.stack([np.eye(2) * 0.7, np.array([[0.5, 0.2], [0.2, 0.9]])]), rng.normal(size=(2, 2))
    fixed = (a, b, x, starts, chosen, tasks, links)
    z, mean, chol = rng.normal(size=(2, 2)), rng.normal(size=2), np.array([[0.8, 0.0], [0.3, 0.6]])
    _, *slopes = likelihood.joint(z, mean, chol, *fixed)
    for at, slope in enumerate(slopes):
        for index in np.ndindex(slope.shape):
            if at == 2 and index == (0, 1):
                continue
            ends = []
            for step in (1e-5, -1e-5):
                moved = [z.copy(), mean.copy(), chol.copy()]
                moved[at][index] += step
                ends.append(likelihood.joint(*moved, *fixed)[0])
            assert (ends[0] - ends[1]) / 2e-5 == pytest.approx(slope[index], rel=1e-4, abs=1e-6)


def test_without_choices_the_covariance_follows_its_prior():
    """Geweke's check: part-worths drawn from the population and the population from them leave the prior as it is."""
    rng, prior = np.random.default_rng(3), Prior(np.zeros(2), np.ones(2), np.array([1.0, 0.5]))
    mean, chol, spreads, correlations = np.zeros(2), np.diag([0.7, 0.3]), [], []
    for _ in range(10_000):
        latent = mean + rng.standard_normal((12, 2)) @ chol.T
        inverse = np.linalg.inv(chol)
        mean = draw_mean(latent, inverse.T @ inverse, prior, rng)
        chol, _ = draw_chol(latent, mean, chol, prior, rng)
        sd = np.sqrt(np.square(chol).sum(1))
        spreads.append(sd)
        correlations.append((chol @ chol.T)[0, 1] / sd.prod())
    # half-normal: mean .798 of its scale; LKJ of eta = 2 in two dimensions: variance of the correlation 1/5
    assert np.mean(spreads, axis=0) == pytest.approx([0.798, 0.399], rel=0.15)
    assert np.var(correlations) == pytest.approx(0.2, abs=0.03)


def test_sweeps_leave_the_prior_where_choices_tell_nothing():
    """All offers alike: mean, spreads and correlation follow their priors, through nought and in rough coordinates."""
    rng, prior = np.random.default_rng(4), Prior(np.zeros(2), np.ones(2), np.array([1.0, 0.5]))
    tasks = Tasks(np.zeros((12, 2)), np.arange(0, 13, 2), np.arange(0, 12, 2), np.arange(7), np.array([0, 0]))
    a = np.stack([np.diag([0.4, 3.0])] * 6)
    shape = Shape(a, rng.normal(size=(6, 2)), np.diag([1.0, 1.0, 0.8, 0.4, 0.7]))
    state = State(rng.normal(size=(6, 2)), np.zeros(2), np.diag([0.7, 0.3]), np.full(6, 0.8), move=0.3)
    means, spreads, correlations, signs = [], [], [], []
    for _ in range(8000):
        sweep(state, tasks, shape, prior, rng)
        covariance = state.chol @ state.chol.T
        sd = np.sqrt(np.diagonal(covariance))
        means.append(state.mean)
        spreads.append(sd)
        correlations.append(covariance[0, 1] / sd.prod())
        signs.append(np.sign(np.diagonal(state.chol)))
    assert np.abs(np.mean(signs, axis=0)).max() < 0.5
    assert np.std(means, axis=0) == pytest.approx([1.0, 1.0], abs=0.1)
    assert np.mean(spreads, axis=0) == pytest.approx([0.798, 0.399], rel=0.07)
    assert np.var(correlations) == pytest.approx(0.2, abs=0.03)


def test_slopes_of_everything_are_those_of_its_density():
    rng = np.random.default_rng(2)
    tasks = Tasks(rng.normal(size=(12, 3)), np.arange(0, 13, 3), np.array([0, 4, 7, 11]), np.array([0, 2, 4]),
                  np.array([2, 0, 1]))  # fmt: skip
    prior, z, h = Prior.weak(tasks.links), rng.normal(size=(2, 3)), rng.normal(size=9)
    fixed = (tasks, np.stack([np.eye(3) * 0.7] * 2), rng.normal(size=(2, 3)), prior)
    _, by_h, by_z = density(h, z, *fixed)
    ends = [(density(h + step, z, *fixed)[0] - density(h - step, z, *fixed)[0]) / 2e-5 for step in 1e-5 * np.eye(9)]
    assert ends == pytest.approx(by_h, rel=1e-4, abs=1e-6)
    each = 1e-5 * np.eye(6).reshape(6, 2, 3)
    ends = [(density(h, z + step, *fixed)[0] - density(h, z - step, *fixed)[0]) / 2e-5 for step in each]
    assert ends == pytest.approx(by_z.ravel(), rel=1e-4, abs=1e-6)
    assert pack(*unpack(h, 3)) == pytest.approx(h)


def test_what_choices_tell_has_the_moments_of_their_draws():
    rng = np.random.default_rng(0)
    mean, chol, information = np.array([1.0, -1.0]), np.array([[1.0, 0.0], [0.5, 2.0]]), np.diag([4.0, 0.0])
    covariance = np.linalg.inv(np.linalg.inv(chol @ chol.T) + information)
    draws = rng.multivariate_normal([2.0, 0.0], covariance, size=(4000, 1))
    a, b = told(draws, mean, chol, np.zeros((1, 2, 2)))
    assert a[0] == pytest.approx(information, abs=0.25)
    found = np.linalg.solve(np.linalg.inv(chol @ chol.T) + a[0], np.linalg.inv(chol @ chol.T) @ mean + b[0])
    assert found == pytest.approx([2.0, 0.0], abs=0.1)


def test_too_little_to_tell_people_apart(choices):
    with pytest.raises(ParameterError, match="unknown price"):
        fit_part_worths(choices, price="free")
    rows = pd.DataFrame({"respondent_id": np.repeat(range(20), 2), "task": 1, "alternative": ["a", "b"] * 20,
                         "chosen": [1, 0, 0, 1] * 10, "size": np.arange(40) % 7})  # fmt: skip
    with pytest.raises(ModelError, match="hardly more than one each"):
        fit_part_worths(read_choices(rows))
    with pytest.raises(ModelError, match="3 respondents"):
        fit_part_worths(
            read_choices(rows[rows["respondent_id"] < 3].assign(respondent_id=lambda r: r["respondent_id"]))
        )


def test_the_pymc_model_has_the_density_that_is_sampled(choices):
    from cxlab.differentiation.choice.hierarchical import column_scale, compiled_tasks
    from cxlab.differentiation.choice.pymc_choice import build

    links = np.array([1, 0, 0, 0])
    tasks, prior = compiled_tasks(choices, column_scale(choices), links), Prior.weak(links)
    _, shape = start(tasks, prior)
    model = build(choices)
    logp, rng, apart = model.compile_logp(), np.random.default_rng(0), []
    k = len(links)
    lower = np.tril_indices(k)

    def coordinates(entries: np.ndarray) -> np.ndarray:
        """Ours, of those of PyMC: the factor row by row, the logarithm of its diagonal."""
        chol = np.zeros((k, k))
        chol[lower] = entries
        chol[np.diag_indices(k)] = np.exp(np.diagonal(chol))
        return pack(np.zeros(k), chol)[k:]

    for _ in range(4):
        entries = rng.normal(size=len(lower[0])) * 0.3
        mean, z = rng.normal(size=k), rng.normal(size=(PEOPLE, k))
        steps = 1e-5 * np.eye(len(entries))
        bent = np.array([coordinates(entries + step) - coordinates(entries - step) for step in steps]) / 2e-5
        point = {"mean": mean, "between_cholesky-cov-packed__": entries, "z": z}
        h = np.concatenate([mean, coordinates(entries)])
        ours = density(h, z, tasks, shape.a, shape.b, prior)[0]
        apart.append(float(logp(point)) - ours - np.linalg.slogdet(bent)[1])
    assert np.ptp(apart) < 1e-6 * abs(apart[0]) + 1e-6
