"""Willingness to pay is a distribution over people, and says where it knows nothing."""

from dataclasses import replace

import numpy as np
import pytest

from cxlab.differentiation.choice.willingness import willingness_to_pay
from cxlab.differentiation.choice.worths import hardly_apart
from cxlab.differentiation.choice.worths import part_worths as told
from cxlab.errors import DataError, ParameterError
from tests.differentiation.market.markets import WORTHS, choices, part_worths


def test_people_who_are_alike_would_pay_the_ratio():
    table = willingness_to_pay(part_worths(choices(), **WORTHS), currency="EUR").table.set_index("attribute")
    assert table["median"].to_dict() == pytest.approx({"ours": 1.0, "chain": 0.5, "name known": 0.8, "size": 0.1})
    assert (table["median_low"] == table["median_high"]).all()


def test_the_distribution_is_that_of_people_not_the_ratio_of_means():
    """Half care little for money: their median is far from mean ÷ mean."""
    of = choices(respondents=200, none=False)
    fitted = part_worths(of, draws=150, **WORTHS)
    slopes = np.where(np.arange(200) % 2, -0.2, -2.0)
    fitted.individual[:, :, 0] = slopes
    found = willingness_to_pay(fitted, columns=["ours"], above=2.0, currency="EUR").table.iloc[0]
    assert found["tenth"] == pytest.approx(0.5) and found["ninetieth"] == pytest.approx(5.0)
    assert found["share_above"] == pytest.approx(0.5, abs=0.02)
    # of 200 people: the interval of a share of a half
    assert found["share_above_high"] - found["share_above_low"] == pytest.approx(2 * 1.645 * 0.5 / 200**0.5, rel=0.15)
    assert found["median"] != pytest.approx(1.0 / 1.1)


def test_a_price_without_a_sign_is_said_and_does_not_move_the_median_away():
    fitted = part_worths(choices(respondents=100), spread=0.2, **WORTHS)
    before = willingness_to_pay(fitted, currency="EUR").table.iloc[0]["median"]
    fitted.individual[:, :8, 0] *= -1
    found = willingness_to_pay(fitted, currency="EUR")
    assert "like a higher price is 8.0 %" in found.warning
    assert found.table.iloc[0]["median"] == pytest.approx(before, abs=0.15)


def test_amounts_beyond_the_prices_shown_are_said():
    fitted = part_worths(choices(), **{**WORTHS, "ours": 7.0})
    found = willingness_to_pay(fitted, unit="cents a cup")
    assert "more than the prices shown lie apart is 100 %" in found.warning
    assert found.title == "Half of 30 respondents would pay 7.00 cents a cup or more for ours"
    assert found.units["median"] == "cents a cup"


def test_where_the_interval_holds_nothing_it_cannot_be_told():
    fitted = part_worths(choices(), **{**WORTHS, "ours": 0.25})
    fitted.individual[:, :, fitted.choices.columns.index("ours")] += np.linspace(-1, 1, 120)[:, None]
    found = willingness_to_pay(fitted, columns=["ours"], currency="EUR")
    assert found.table["median_low"].iloc[0] < 0 < found.table["median"].iloc[0]
    assert found.title == "Whether half of 30 respondents would pay anything for ours cannot be told"


@pytest.mark.parametrize(("share", "drawn"), [(0.1, True), (0.4, True), (0.6, False), (1.0, False)])
def test_people_who_do_not_mind_the_price_leave_no_gap_in_the_words(share, drawn):
    """In a share of all draws nobody minds the price, and one mark is worth nothing at all."""
    fitted = part_worths(choices(), **{**WORTHS, "chain": 0.0})
    fitted.individual[: int(120 * share), :, 0] = 0.0
    found = willingness_to_pay(fitted, currency="EUR")
    assert not found.table.isna().any(axis=None)
    assert "–" not in found.text and "any amount" in found.text and "–" not in found.keys[0].label
    assert (found.draw is not None) == drawn
    assert ("has no end" in found.title) != drawn
    if drawn:
        from matplotlib.figure import Figure

        found.draw(Figure().subplots())


def test_without_a_price_there_is_no_money():
    from cxlab.differentiation.choice.tasks import read_choices
    from tests.differentiation.market.markets import tasks

    of = read_choices(tasks().drop(columns="price"), none="none")
    with pytest.raises(DataError, match="no attribute is the price"):
        willingness_to_pay(part_worths(choices()).__class__(of, np.zeros((1, 30, 5)), np.zeros(1), np.zeros(1)))
    with pytest.raises(ParameterError, match="unknown column 'colour'"):
        willingness_to_pay(part_worths(choices(), **WORTHS), columns=["colour"])


def test_sentences_say_for_how_much_and_constants_are_no_attributes():
    """Buying nothing moves these choices most, and no seller can offer more of it."""
    of = choices()
    fitted = part_worths(of, **{**WORTHS, "none": -9.0, "size": 0.9})
    pay, worth = willingness_to_pay(fitted, currency="EUR"), told(fitted)
    assert "more for size (1 more)" not in pay.title and "size (1 more) €0.90 (" in pay.text
    assert "size (3 more) adds 2.70 logits" in worth.text and "name known adds 0.800 logits" in worth.text
    assert worth.title == "size moves choices most beside the price"
    assert "none" not in worth.text and "none" in worth.table["attribute"].tolist()


def test_one_attribute_that_hardly_varies_alone_is_one_and_a_constant_is_none():
    of = choices()
    size, none = of.columns.index("size"), of.columns.index("none")
    for at, words in ((size, "size hardly varies on its own (VIF 30)"), (none, "")):
        crowded = replace(of)
        crowded.__dict__["inflation"] = np.where(np.arange(len(of.columns)) == at, 30.0, 1.0)
        assert words in hardly_apart(crowded) and bool(hardly_apart(crowded)) == bool(words)
