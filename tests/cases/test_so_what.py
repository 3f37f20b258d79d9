"""What an owner is told to do follows from what a finding shows, and promises nothing that it does not."""

from __future__ import annotations

import pytest

from cxlab.cases.so_what import so_what
from cxlab.experience.money.link import link_behaviour
from cxlab.experience.money.value_of_a_point import value_of_a_point
from tests.experience.linked_shops import shop


@pytest.mark.parametrize(
    ("made", "begins"),
    [
        ({"seed": 12}, "Count on no money from a higher score"),
        ({"seed": 543}, "Count on no money from a higher score"),  # one reading of three leaves out zero by chance
        ({"seed": 19, "customers": 1200, "reverse": 0.5}, "Try on a few customers"),
    ],
)
def test_money_is_counted_on_only_where_a_link_is_shown_and_never_promised(made, begins):
    found = value_of_a_point(link_behaviour(shop(**made).tables))
    assert found.believed and ("No link" in found.title) == begins.startswith("Count")
    assert so_what(found, "experience").startswith(begins)
