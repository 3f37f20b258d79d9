"""The people whose part-worths are to be found again (`part_worths.py`) choose by what they are given."""

from __future__ import annotations

import numpy as np

from tests.recovery.part_worths import asked, chosen_by, known


def test_people_choose_by_what_they_are_given():
    choices, rng = asked(), np.random.default_rng(1)
    true = known(choices, rng)
    simulated = chosen_by(choices, true, rng)
    value = (choices.design * true[choices.respondent[choices.task]]).sum(1)
    assert (true[:, choices.columns.index(choices.price)] < 0).all()
    assert (choices.task[simulated.chosen] == np.arange(choices.n_tasks)).all() and simulated.simulated
    assert value[simulated.chosen].mean() > value[choices.chosen].mean() > value.mean()
