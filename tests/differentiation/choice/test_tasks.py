"""Choice tasks are read as they were asked, and what cannot tell anything says so."""

from __future__ import annotations

import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxlab.differentiation.choice.tasks import read_choices
from cxlab.errors import CxlabError, DataError, ParameterError


def survey(tasks: int = 30, alternatives: int = 3, none: bool = False, seed: int = 0) -> pd.DataFrame:
    """Three tasks a respondent, two numbers and a text attribute; the chosen one is drawn at random."""
    rng = np.random.default_rng(seed)
    rows = []
    for t in range(tasks):
        own = pd.DataFrame(
            {"respondent_id": f"r{t // 3:02}", "task": t % 3,
             "alternative": [f"place {a}" for a in range(alternatives)],
             "price": rng.choice([2.0, 2.5, 3.0, 3.5], alternatives),
             "minutes": rng.normal(5, 2, alternatives).round(1),
             "roast": rng.choice(["dark", "light", "medium"], alternatives)}
        )  # fmt: skip
        if none:
            own = pd.concat([own, own.iloc[:1].assign(alternative="nothing", price=np.nan, minutes=np.nan, roast=None)])
        own["chosen"] = (np.arange(len(own)) == rng.integers(len(own))).astype(int)
        rows.append(own)
    return pd.concat(rows, ignore_index=True)


def test_numbers_stay_numbers_and_text_is_compared_with_a_stated_level():
    asked = survey()
    choices = read_choices(asked, price="price", reference={"roast": "medium"})
    assert choices.columns == ("price", "minutes", "roast: dark", "roast: light")
    assert choices.levels == {"roast": ("medium", "dark", "light")}
    assert choices.attributes["roast"] == ("roast: dark", "roast: light")
    assert choices.design[choices.chosen, 0].tolist() == asked.loc[asked["chosen"] == 1, "price"].tolist()
    assert (choices.n_tasks, choices.n_respondents) == (30, 10)
    assert choices.respondent.tolist() == np.repeat(np.arange(10), 3).tolist()


def test_buying_nothing_has_a_constant_and_no_attributes():
    choices = read_choices(survey(none=True), price="price", none="nothing")
    nothing = choices.design[choices.alternatives == "nothing"]
    assert choices.columns[-1] == "none"
    assert np.unique(nothing, axis=0).tolist() == [[0, 0, 0, 0, 1]]
    assert choices.coded({"nothing": {}}).tolist() == [[0, 0, 0, 0, 1]]


def test_alternatives_get_constants_against_those_left_out():
    choices = read_choices(survey(), price="price", constants=["place 1", "place 2"])
    assert choices.columns[-2:] == ("alternative: place 1", "alternative: place 2")
    assert choices.design[:3, -2:].tolist() == [[0, 0], [1, 0], [0, 1]]
    own = choices.coded({"place 2": {"price": 3, "minutes": 1, "roast": "dark"}})
    assert own.tolist() == [[3, 1, 0, 0, 0, 1]]


def test_what_was_not_available_was_not_in_the_task():
    asked = survey(alternatives=4)
    asked["available"] = 1
    gone = asked[(asked["chosen"] == 0)].groupby(["respondent_id", "task"]).head(1).index
    asked.loc[gone[:10], "available"] = 0
    choices = read_choices(asked, price="price")
    assert len(choices.design) == len(asked) - 10
    assert sorted(set(choices.sizes)) == [3, 4]


def test_tasks_of_different_sizes_and_one_task_a_respondent():
    asked = survey()
    asked["respondent_id"] = asked["respondent_id"] + "-" + asked["task"].astype(str)
    asked = asked.drop(asked[asked["chosen"] == 0].groupby("respondent_id").head(1).index[:5])
    choices = read_choices(asked, price="price")
    assert choices.n_respondents == choices.n_tasks == 30
    assert np.add.reduceat(np.isin(np.arange(len(choices.task)), choices.chosen), choices.starts).tolist() == [1] * 30


@settings(max_examples=15, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(random):
    asked = survey(tasks=12)
    order = list(range(len(asked)))
    random.shuffle(order)
    one, two = read_choices(asked, price="price"), read_choices(asked.iloc[order], price="price")
    assert np.array_equal(one.design, two.design) and np.array_equal(one.chosen, two.chosen)


def test_a_table_of_the_engine_reads_as_a_data_frame():
    asked = survey()
    one, two = read_choices(asked), read_choices(ibis.memtable(asked))
    assert np.array_equal(one.design, two.design) and one.respondents == two.respondents


def _none_chosen(asked):
    asked.loc[asked.index[asked["chosen"] == 1][0], "chosen"] = 0
    return asked


def _two_chosen(asked):
    asked.loc[asked.index[asked["chosen"] == 0][0], "chosen"] = 1
    return asked


def _always_one(asked):
    return asked.assign(chosen=(asked["alternative"] == "place 0").astype(int))


def _one_left(asked):
    return asked[~((asked["respondent_id"] == "r00") & (asked["task"] == 0) & (asked["chosen"] == 0))]


HOSTILE = {
    "no alternative chosen: 1 in all \\(respondent r00, task 0\\)": _none_chosen,
    "two or more alternatives chosen: 1 in all": _two_chosen,
    "'place 0' is chosen in all 30 tasks": _always_one,
    "fewer than two alternatives available: 1 in all": _one_left,
    "'flat' never differs between the alternatives of a task": lambda a: a.assign(flat=1),
    "'same' never differs between the alternatives of a task": lambda a: a.assign(same="yes"),
    "'season' never differs": lambda a: a.assign(season=np.where(a["task"] == 0, "summer", "winter")),
    "'cents' is told by 'price'": lambda a: a.assign(cents=100 * a["price"]),
    "'dear' is told by 'price', 'minutes'": lambda a: a.assign(dear=a["price"] - 2 * a["minutes"]),
    "'price' holds text": lambda a: a.assign(price=a["price"].map("{} EUR".format)),
    "'minutes' is empty in 90 rows": lambda a: a.assign(minutes=np.nan),
    "'minutes' is infinite": lambda a: a.assign(minutes=np.inf),
    "has no rows": lambda a: a.iloc[:0],
    "values of chosen that are not 0 or 1: 1 in all \\(7, …\\)": lambda a: a.assign(chosen=[7, *a["chosen"].iloc[1:]]),
    "stands twice in its task": lambda a: pd.concat([a, a[a["chosen"] == 0].iloc[:1]]),
    "no column 'task'": lambda a: a.drop(columns="task"),
    "respondent_id is empty": lambda a: a.assign(respondent_id=None),
    "'note' has 90 levels": lambda a: a.assign(note=[f"n{i}" for i in range(len(a))]),
    "chosen alternatives that were not available: 1": lambda a: a.assign(
        available=(a.index != a.index[a["chosen"] == 1][0]).astype(int)
    ),
    "2 tasks for 4 columns": lambda a: a[(a["respondent_id"] == "r01") & (a["task"] < 2)],
}


@pytest.mark.parametrize("found", HOSTILE)
def test_choices_that_can_tell_nothing_say_so(found):
    with pytest.raises(DataError, match=found) as problem:
        read_choices(HOSTILE[found](survey()), price="price")
    assert problem.value.expected


@pytest.mark.parametrize(
    ("found", "asked"),
    [("unknown attribute 'prize'", {"price": "prize"}), ("unknown alternative 'nothing'", {"none": "nothing"}),
     ("unknown level of 'roast' 'blue'", {"reference": {"roast": "blue"}}),
     ("unknown text attribute of `reference` 'price'", {"reference": {"price": "2"}}),
     ("every alternative has a constant", {"constants": ["place 0", "place 1", "place 2"]})],
)  # fmt: skip
def test_names_that_are_not_there_are_named(found, asked):
    with pytest.raises(ParameterError, match=found):
        read_choices(survey(), **asked)


@pytest.mark.parametrize(
    ("found", "product"),
    [("has no 'roast'", {"price": 1, "minutes": 2}),
     ("unknown level of 'roast'", {"price": 1, "minutes": 2, "roast": "x"}),
     ("unknown attribute of product 'ours'", {"prize": 1}),
     ("is 'free'", {"price": "free", "minutes": 2, "roast": "dark"})],
)  # fmt: skip
def test_new_products_are_described_by_what_was_asked(found, product):
    with pytest.raises(CxlabError, match=found):
        read_choices(survey()).coded({"ours": product})


def test_buying_nothing_with_a_price_is_named():
    asked = survey(none=True)
    asked.loc[asked["alternative"] == "nothing", "price"] = 2.0
    with pytest.raises(DataError, match="buying nothing has a 'price' of 2 in 30 rows"):
        read_choices(asked, none="nothing")
