"""Choices kept back: counted once, and a model that is too sure is caught."""

from dataclasses import replace

import numpy as np
import pytest

from cxlab.differentiation.choice.holdout import foretold, last_task_out
from cxlab.errors import DataError
from tests.differentiation.market.markets import WORTHS, choices, part_worths


def decided(of, fitted, rng):
    """The same tasks with choices drawn from the part-worths."""
    utility = np.einsum("rk,rk->r", fitted.individual[0][of.respondent[of.task]], of.design)
    noisy = utility + rng.gumbel(size=len(utility))
    chosen = [s + int(noisy[s : s + n].argmax()) for s, n in zip(of.starts, of.sizes, strict=True)]
    return replace(of, chosen=np.array(chosen))


def test_every_task_is_in_one_part():
    of = choices()
    train, held = last_task_out(of)
    assert (train.n_tasks, held.n_tasks) == (of.n_tasks - 30, 30)
    assert len(train.task) + len(held.task) == len(of.task)
    assert train.design[train.chosen].sum() + held.design[held.chosen].sum() == of.design[of.chosen].sum()
    assert (np.diff(train.task) >= 0).all() and held.task[-1] == 29
    few = replace(of, respondent=np.arange(of.n_tasks) // 4)
    assert last_task_out(replace(few, respondents=tuple(map(str, range(60)))))[1] is None


def test_the_truth_foretells_as_often_as_it_expects_and_one_too_sure_does_not():
    rng = np.random.default_rng(0)
    fitted = part_worths(choices(respondents=300), spread=0.8, draws=100, **WORTHS)
    _, held = last_task_out(decided(fitted.choices, fitted, rng))
    fitted.individual[:] = fitted.individual[0]
    true = foretold(fitted, held)
    row = true.table.iloc[0]
    assert true.believed and row["right"] == pytest.approx(row["expected"], abs=0.08)
    assert 0 < row["gained"] < 1 and row["by_chance"] == pytest.approx(0.25)
    sure = foretold(replace(fitted, individual=6 * fitted.individual), held)
    assert "too sure" in sure.warning and sure.table["gained"].iloc[0] < row["gained"]


def test_without_tasks_kept_back_it_says_so():
    with pytest.raises(DataError, match="none could be kept back"):
        foretold(part_worths(choices()), None)
