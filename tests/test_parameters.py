"""Pairs of names and values can be typed behind a command, in either form, and advice is a command that works."""

import shlex

import pytest

from cxlab.differentiation.study_differentiation import DifferentiationStudy
from cxlab.differentiation.study_trials import TrialsStudy
from cxlab.errors import ParameterError
from cxlab.parameters import option
from cxlab.runs.studies import chosen


@pytest.mark.parametrize("text", ["Us=1.5, Them=2", '{"Us": 1.5, "Them": 2}', "{'Us': 1.5, 'Them': 2}"])
def test_numbers_by_name_are_read_in_every_form(text):
    assert chosen(DifferentiationStudy, {"costs": text}) == {"costs": {"Us": 1.5, "Them": 2.0}}
    assert chosen(TrialsStudy, {"allocation": text}) == {"allocation": {"Us": 1.5, "Them": 2.0}}


def test_text_by_name_stays_text():
    found = chosen(
        DifferentiationStudy, {"own_product": '{"price": 3, "code": "007"}', "rivals": "Them=price: 3 | size: 2"}
    )
    assert found == {"own_product": {"price": "3", "code": "007"}, "rivals": {"Them": "price: 3 | size: 2"}}


@pytest.mark.parametrize("name", ["Own roastery", "Tea, Inc", "Joe's", "a=b", "Café"])
def test_what_is_advised_is_read_as_it_is_meant(name):
    flag, typed = shlex.split(option("costs", {name: 1.5}))
    key, _, text = typed.partition("=")
    assert (flag, chosen(DifferentiationStudy, {key: text})) == ("-p", {"costs": {name: 1.5}})


@pytest.mark.parametrize("text", ["Us=dear", "Us", "{1}", '{"Us": 1.5'])
def test_what_is_no_pair_of_name_and_number_is_said_with_a_form_that_is(text):
    with pytest.raises(ParameterError, match="parameter costs") as fault:
        chosen(DifferentiationStudy, {"costs": text})
    assert fault.value.mend == "-p costs=NAME=1.5"
    flag, typed = shlex.split(fault.value.mend)
    assert chosen(DifferentiationStudy, {"costs": typed.removeprefix("costs=")}) == {"costs": {"NAME": 1.5}}
