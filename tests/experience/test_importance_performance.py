"""The plane of importance and performance: known quadrants, crowded ones, and what the cut decides."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cxlab.errors import DataError, ParameterError
from cxlab.experience.drivers.importance_performance import QUADRANTS, importance_performance
from cxlab.experience.drivers.key_drivers import driver_shares
from cxlab.experience.drivers.ratings import read_ratings
from tests.experience.survey_tables import long, survey

WEIGHTS = {"queue": 0.9, "staff": 0.8, "music": 0.02, "toys": 0.0}
LEVELS = {"queue": -2, "staff": 1, "music": -2, "toys": 1}


def plane(n: int, seed: int = 0, importance: dict | None = None):
    wide = survey(n, WEIGHTS, common=0.0, seed=seed)
    for name, shift in LEVELS.items():
        wide[name] = (wide[name] + shift).clip(1, 10)
    answers = long(wide, scale=(1, 10))
    if importance:
        noise = np.random.default_rng(1).normal(size=len(answers))
        answers["importance"] = answers["question"].map(importance) + noise
    return driver_shares(read_ratings(answers, outcome="overall"))


def test_known_quadrants_are_found():
    found = importance_performance(plane(800))
    expected = {"queue": "concentrate here", "staff": "keep up the good work", "music": "low priority",
                "toys": "possible overkill"}  # fmt: skip
    assert found.table.set_index("attribute")["quadrant"].to_dict() == expected
    assert (found.table["probability"] > 0.99).all()
    assert found.title == "queue matters more than the rest and is done less well"


def test_probabilities_of_quadrants_sum_to_one_and_are_less_sure_with_few_answers():
    many, few = (importance_performance(plane(n)).table.set_index("attribute") for n in (800, 30))
    columns = ["p_concentrate_here", "p_keep_up", "p_low_priority", "p_overkill"]
    assert few[columns].sum(axis=1).to_numpy() == pytest.approx(1)
    assert few["probability"].mean() < many["probability"].mean()
    assert set(few["quadrant"]) <= set(QUADRANTS.values())


def test_the_cut_decides_and_the_text_says_for_whom():
    shares = plane(800)
    means, middle = (importance_performance(shares, crosshair=c) for c in ("means", "scale midpoint"))
    moved = means.table[means.table["quadrant"] != means.table["other_crosshair"]]["attribute"].tolist()
    at = middle.table.set_index("attribute")["quadrant"]
    assert means.table.set_index("attribute")["other_crosshair"].to_dict() == at.to_dict()
    for name in moved:
        assert name in means.text.split("Cut at the midpoint of the scale instead, ")[1]
    high = importance_performance(shares, crosshair=(1.0, 0.0)).table
    assert set(high["quadrant"]) == {"keep up the good work"}


def test_stated_importance_is_the_other_axis():
    said = {"queue": 2, "staff": 3, "music": 9, "toys": 8}
    shares = plane(500, importance=said)
    found = importance_performance(shares, importance="stated").table.set_index("attribute")
    assert found["importance"].to_dict() == pytest.approx(said, abs=0.2)
    assert found.loc["music", "quadrant"] == "concentrate here"
    with pytest.raises(DataError, match="importance was not asked"):
        importance_performance(plane(50), importance="stated")


def test_scales_are_not_mixed():
    wide = survey(60, WEIGHTS)
    mixed = pd.concat([long(wide[["overall", "queue"]], scale=(1, 10)), long(wide[["staff", "music"]], scale=(0, 10))])
    shares = driver_shares(read_ratings(mixed, outcome="overall"))
    with pytest.raises(DataError, match="rated on 2 scales"):
        importance_performance(shares)
    with pytest.raises(ParameterError, match="did you mean 'means'"):
        importance_performance(plane(40), crosshair="mean")
