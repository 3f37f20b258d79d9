"""Stated beside derived importance, and drivers that differ between groups."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cxlab.errors import DataError
from cxlab.experience.drivers.key_drivers import driver_shares
from cxlab.experience.drivers.ratings import read_ratings
from cxlab.experience.drivers.stated import drivers_by_group, stated_and_derived
from tests.experience.survey_tables import long, survey

WEIGHTS = {"staff": 0.9, "food": 0.7, "seats": 0.5, "price": 0.3, "music": 0.1, "toilets": 0.0}


def asked(n: int, said: dict[str, float], seed: int = 0):
    answers = long(survey(n, WEIGHTS, seed=seed), scale=(1, 10))
    noise = np.random.default_rng(seed).normal(size=len(answers))
    answers["importance"] = answers["question"].map(said) + noise
    return driver_shares(read_ratings(answers, outcome="overall"))


def test_orders_that_agree_and_that_do_not():
    says = {name: 9 - i for i, name in enumerate(WEIGHTS)}
    same, other = (asked(800, s) for s in (says, dict(zip(WEIGHTS, reversed(says.values()), strict=True))))
    agree, against = stated_and_derived(same), stated_and_derived(other)
    assert agree.title == "What customers say matters and what goes along with overall agree"
    assert against.title.endswith("disagree")
    assert agree.table["stated"].tolist() == pytest.approx([9, 8, 7, 6, 5, 4], abs=0.2)
    assert "staff goes along with more than is said (rank 1, stated 6)" in against.text
    assert against.table.set_index("driver").loc["staff", "p_underrated"] > 0.95


def test_importance_said_by_some_counts_for_those_who_said_it():
    answers = long(survey(100, WEIGHTS), scale=(1, 10))
    answers["importance"] = np.where(answers["response_id"] < 40, 5.0, np.nan)
    found = stated_and_derived(driver_shares(read_ratings(answers, outcome="overall")))
    assert found.table["stated"].tolist() == pytest.approx([5.0] * 6)


def test_without_stated_importance_nothing_is_compared():
    shares = driver_shares(read_ratings(long(survey(60, WEIGHTS), scale=(1, 10)), outcome="overall"))
    with pytest.raises(DataError, match="importance was not asked"):
        stated_and_derived(shares)


def test_drivers_that_differ_between_groups_are_named_and_others_are_not():
    turned = dict(zip(WEIGHTS, (0.0, 0.7, 0.5, 0.3, 0.1, 0.9), strict=True))
    groups = [survey(500, w, seed=i) for i, w in enumerate((WEIGHTS, turned, WEIGHTS))]
    answers = pd.concat(
        [long(wide.set_index(wide.index + 1000 * i), scale=(1, 10), segment=name)
         for i, (wide, name) in enumerate(zip(groups, ("families", "students", "seniors"), strict=True))]
    )  # fmt: skip
    found = drivers_by_group(read_ratings(answers, outcome="overall", by="segment"))
    differ = found.table[found.table["differs"]].groupby("driver")["segment"].agg(set).to_dict()
    assert set(differ) == {"staff", "toilets"}
    assert found.title == "staff, toilets weigh differently between groups"
    staff = found.table[found.table["driver"] == "staff"].set_index("segment")["rank"].to_dict()
    assert staff == {"families": 1, "students": 6, "seniors": 1}
    alike = answers[answers["segment"] != "students"]
    same = drivers_by_group(read_ratings(alike, outcome="overall", by="segment"))
    assert same.title == "Drivers differ between groups by no more than chance"
    with pytest.raises(DataError, match="1 groups have 30"):
        one = answers[answers["segment"] == "students"]
        drivers_by_group(read_ratings(one, outcome="overall", by="segment"))
