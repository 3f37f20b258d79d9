"""Published shares of R² reproduced: `relaimpo` and `rwa` on R's `swiss`, LMG on `attitude`."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cxlab.experience.drivers.key_drivers import key_drivers
from cxlab.experience.drivers.ratings import read_ratings
from cxlab.experience.drivers.shares import relative_weights
from tests.reproductions.drivers_data import ATTITUDE, SWISS

SWISS_LMG = {"Agriculture": 0.05709, "Examination": 0.17117, "Education": 0.26013, "Catholic": 0.10557,
             "Infant.Mortality": 0.11277}  # fmt: skip
SWISS_WEIGHTS = {"Agriculture": 0.0484, "Examination": 0.1547, "Education": 0.2720, "Catholic": 0.1147,
                 "Infant.Mortality": 0.1170}  # fmt: skip
ATTITUDE_LMG = {"complaints": 0.371, "learning": 0.156, "raises": 0.120, "privileges": 0.051, "advance": 0.028,
                "critical": 0.007}  # fmt: skip


def drivers_of(wide: pd.DataFrame, outcome: str) -> pd.DataFrame:
    """As a user meets it: answers in a long table, the finding's table back."""
    answers = wide.rename_axis("response_id").reset_index().melt("response_id", var_name="question", value_name="score")
    ratings = read_ratings(answers.assign(scale_min=0, scale_max=100), outcome=outcome)
    return key_drivers(ratings, draws=100).table.set_index("driver")


def test_lmg_of_swiss():
    found = drivers_of(SWISS, "Fertility")
    assert found["explained"].to_dict() == pytest.approx(SWISS_LMG, abs=5e-6)
    assert found["explained"].sum() == pytest.approx(0.70674, abs=5e-6)


def test_relative_weights_of_swiss():
    found = drivers_of(SWISS, "Fertility")
    assert found["relative_weight"].to_dict() == pytest.approx(SWISS_WEIGHTS, abs=6e-5)
    assert np.corrcoef(found["relative_weight"], found["explained"])[0, 1] == pytest.approx(0.990, abs=1e-3)
    assert relative_weights(np.corrcoef(SWISS.T)).sum() == pytest.approx(0.70674, abs=5e-6)


def test_lmg_of_attitude():
    found = drivers_of(ATTITUDE, "rating")
    assert found["explained"].to_dict() == pytest.approx(ATTITUDE_LMG, abs=6e-4)
    assert found["explained"].sum() == pytest.approx(0.7326, abs=5e-5)
    assert found.index[0] == "complaints"
