"""How answers are judged: what is wrong is named, what is right is never given away, and order does not matter."""

from __future__ import annotations

from collections import OrderedDict

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cxlab.learn.exercises.answers import Choice, Function, Number, Sampled, Shown, Table, Words, plain_number

POINTS = Number("points", digits=1, low=-100, high=100)
SHARE = Number("share", digits=3, low=0, high=1)
TABLE = Table(keys=("place",), digits=1, units={"mean": "points", "share": "share"})
RIGHT = pd.DataFrame({"place": ["bar", "desk", "queue"], "mean": [4.26, 3.91, 2.5], "share": [0.81, 0.66, 0.3],
                      "who": ["a", "b", "c"]})  # fmt: skip
numbers = st.floats(-1e6, 1e6, allow_nan=False)


@pytest.mark.parametrize(
    "value", [12.34, 12.3, np.float64(12.34), np.array([12.34]), np.array(12.34), pd.Series([12.34]), np.float32(12.34)]
)
def test_a_number_is_right_as_whatever_type_it_comes(value):
    assert POINTS.judge(value, 12.34) == ""


@pytest.mark.parametrize(
    ("given", "right", "says"),
    [
        (-12.3, 12.34, "sign"),
        (0.1234, 12.34, "a hundred times too small (points). Is it a share?"),
        (1234.0, 12.34, "a hundred times too large (points)."),
        (101.0, 12.34, "lies between -100 and 100 (points)"),
        (12.0, 12.34, "not rounded and not cut off. It must agree to one digit after the point."),
        (12.47, 12.34, "beyond rounding"),
        (11.9, 12.34, "not what was asked"),
        (1 / 12.5, 12.5, "upside down"),
        (50.0, 12.34, "not what was asked (points)"),
        (None, 12.34, "nothing (None)"),
        (True, 12.34, "True or False"),
        ("12.34", 12.34, "a text, '12.34'"),
        (np.nan, 12.34, "divided by nothing"),
        (-np.inf, 12.34, "divided by nothing"),
        ([12.34], 12.34, "a list"),
        ((12, 34), 12.34, "decimals take a point, 12.34"),
        (np.array([12.34, 2.0]), 12.34, "2 values"),
        (pd.Series([1.0, 2.0]), 12.34, "2 values"),
        (pd.Series([], dtype=float), 12.34, "0 values"),
        (pd.NA, 12.34, "missing"),
        (pd.NaT, 12.34, "missing"),
        (abs, 12.34, "a function, abs: call it"),
        (12 + 1j, 12.34, "a complex"),
        (10**400, 12.34, "not possible"),
    ],
)
def test_what_is_wrong_with_a_number_is_said(given, right, says):
    assert says in POINTS.judge(given, right)


def test_decimals_and_fractions_are_numbers():
    from decimal import Decimal
    from fractions import Fraction

    assert POINTS.judge(Decimal("12.3"), 12.34) == "" and POINTS.judge(Fraction(123, 10), 12.34) == ""


def test_a_share_and_per_cent_are_told_apart():
    per_cent = Number("per cent", digits=1)
    assert "looks like per cent" in SHARE.judge(81.2, 0.812) and SHARE.judge(0.812, 0.812) == ""
    assert "looks like a share" in per_cent.judge(0.812, 81.2)
    assert "too small (share)" in SHARE.judge(0.00812, 0.812) and "too large (per cent)" in per_cent.judge(8120, 81.2)
    assert Number("days").judge(271.0, 2.71) == "Yours is a hundred times too large (days)."


def test_a_range_without_an_end_is_said_plainly():
    assert "is 0 or more (€)" in Number("€", low=0).judge(-3, 12.0)
    assert "is 5 or less (stars)" in Number("stars", high=5).judge(7, 4.0)


def test_rounding_as_asked_is_right_and_coarser_is_not():
    assert Number("€", digits=2).judge(0.13, 0.125) == "" and Number("€", digits=2).judge(0.12, 0.125) == ""
    assert "Too few digits" in Number("€", digits=2).judge(0.1, 0.125)
    assert Number("answers", digits=0, relative=0.02).judge(1010, 1000) == ""
    assert "within 2 %" in Number("answers", digits=0, relative=0.02).judge(1024, 1000)
    assert "within 0.5 %" in Number("a ratio", relative=0.005).judge(1.235, 1.224)
    assert "to a whole number" in Number("€", digits=0).judge(1003, 1000)


@pytest.mark.parametrize(("given", "right"), [(0.05, 0.098), (0.59, 0.635), (0.68, 0.635), (0.3, 0.25), (9.0, 8.0)])
def test_what_is_far_off_is_not_said_to_be_near(given, right):
    assert Number("share", digits=2, high=10).judge(given, right).startswith(f"{given:g} is not what was asked")


def test_a_number_cut_off_is_asked_for_its_digits_and_not_taken_for_a_mistake():
    euros, known = Number("€", digits=0), [(236.62, "the end of the month")]
    assert "not cut off" in euros.judge(237, 237.56, known) and "not cut off" in euros.judge(237, 237.56)
    assert euros.judge(236.62, 237.56, known) == euros.judge(236.9, 237.56, known) == "the end of the month"
    assert Number("€").judge(1, 1.2, [(1, "that is the price")]) == "that is the price"


def test_zero_is_not_taken_for_a_small_known_mistake():
    days = Number("days", digits=1)
    assert "not what was asked" in days.judge(0, 2.7, [(0.04, "the wait at the counter")])
    assert days.judge(0, 2.7, [(0.0, "no wait")]) == "no wait"


def test_a_whole_number_is_asked_for_without_a_fraction():
    weeks = Number("weeks", digits=0, whole=True)
    assert weeks.judge(21, 21.0) == weeks.judge(21.0, 21) == ""
    assert "up or down" in weeks.judge(20.64, 21.0) and "not what was asked" in weeks.judge(20, 21.0)


def test_zero_is_an_answer_like_others():
    assert Number("points").judge(0, 0.0) == "" and "sign" not in Number("points").judge(3, 0.0)
    assert Number("points").judge(-0.0, 0.0) == "" and Number("points").judge(5, 0.0)


@given(numbers)
def test_the_right_number_is_right_exactly_and_as_rounded(value):
    assert Number("€").judge(value, value) == "" and Number("€").judge(round(value, 2), value) == ""


def gives_away(right: float, digits: int, message: str) -> bool:
    shown = {f"{right:.{digits}f}", f"{right:g}", repr(right), f"{-right:.{digits}f}"}
    return bool(shown & set(message.replace("(", " ").replace(")", " ").replace(": ", " ").split()))


@given(numbers, numbers)
def test_no_message_holds_the_right_number(value, right):
    answer = Number("€", digits=2, low=-2e6, high=2e6)
    message = answer.judge(value, right)
    assume(message and not gives_away(value, 2, f"{right:g} {right:.2f} {right!r}"))  # what one gave may be repeated
    assert not gives_away(right, 2, message.replace(f"{value:g}", ""))


def test_draws_are_right_within_their_error_only():
    sampled = Sampled("points", low=0, high=100)
    assert sampled.judge(42.4, (42.0, 0.1)) == "" and "another seed" in sampled.judge(42.8, (42.0, 0.1))
    assert "not what" in sampled.judge(60.0, (42.0, 0.1)) and "share" in sampled.judge(0.42, (42.0, 0.1))
    assert sampled.judge(0.02, (0.0, 0.01)) == "" and sampled.judge(9.0, (0.0, 0.01))


@given(st.floats(1, 1e4), st.floats(0.001, 0.01), st.floats(-4.9, 4.9))
def test_any_seed_is_right(value, share, errors):
    error = value * share
    assert Sampled("€").judge(value + errors * error, (value, error)) == ""


def test_choices_one_and_several():
    one, more = Choice(("Queue", "Till")), Choice(("a", "b", "c"), several=True)
    assert one.judge(" queue ", "Queue") == one.judge(np.str_("Queue"), "Queue") == ""
    assert one.judge("Till", "Queue", [("Till", "that is first")]) == "that is first"
    assert more.judge({"b", "A"}, ("a", "b")) == more.judge(np.array(["a", "b"]), ("a", "b")) == ""
    assert more.judge(pd.Series(["a", "b"]), ("a", "b")) == more.judge(pd.Index(["a", "b"]), ("a", "b")) == ""
    assert "1 of yours does not belong, and 1 more belongs." in more.judge(["a", "c"], ("a", "b"))
    assert more.judge(["a"], ("a", "b", "c")) == "2 more belong."
    assert one.judge(pd.Series(["Queue"]), "Queue") == one.judge(np.array(["queue"]), "Queue") == ""
    assert "one name" in one.judge(pd.Series(["Queue", "Till"]), "Queue")
    assert "2 of yours do not belong" in Choice(tuple("abcd"), several=True).judge(list("abcd"), ("a", "b"))
    assert "a list of names" in more.judge(3, ("a", "b")) and "one name" in one.judge(None, "Queue")
    assert "one name" in one.judge(["Queue"], "Queue") and more.judge([], ("a",)) != ""


@given(st.permutations(["a", "b", "c"]))
def test_the_order_of_names_does_not_matter(names):
    assert Choice(("a", "b", "c", "d"), several=True).judge(names, ("a", "b", "c")) == ""


def test_a_table_is_right_by_its_keys():
    assert TABLE.judge(RIGHT.assign(more=1)[["share", "who", "more", "mean", "place"]], RIGHT) == ""
    assert TABLE.judge(RIGHT.set_index("place"), RIGHT) == ""
    assert TABLE.judge(RIGHT.round(1), RIGHT) == ""
    assert TABLE.judge(RIGHT.set_index("place")["mean"], RIGHT[["place", "mean"]]) == ""
    assert TABLE.judge(RIGHT.set_index("place", drop=False), RIGHT) == ""
    assert TABLE.judge(RIGHT.set_index(["place", "who"], drop=False), RIGHT) == ""


def test_blanks_and_capitals_of_a_text_in_a_table_do_not_matter():
    assert TABLE.judge(RIGHT.assign(place=["Bar", " desk", "QUEUE "], who=["A", "b ", "c"]), RIGHT) == ""


def test_an_index_without_a_name_is_told_how_to_get_one():
    given = RIGHT.set_index("place").rename_axis(None)
    assert '.rename_axis("place")' in TABLE.judge(given, RIGHT)


@given(st.permutations([0, 1, 2]))
def test_the_order_of_rows_does_not_matter(order):
    assert TABLE.judge(RIGHT.iloc[order], RIGHT) == ""


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (RIGHT.drop(columns="mean"), "no column “mean” (columns: place, share, who)"),
        (RIGHT.rename(columns={"place": "Place"}), '.rename(columns={"Place": "place"})'),
        (RIGHT.set_index("place").rename_axis(" Place"), '“ Place”: capitals and blanks count. .rename_axis("place")'),
        (RIGHT.assign(mean=[426.0, 3.91, 2.5]), "a hundred times too large (points)"),
        (RIGHT.drop(columns="place"), "no column “place”"),
        (RIGHT.iloc[:2], "place queue is missing"),
        (RIGHT.replace("queue", "toilet"), "queue is missing"),
        (pd.concat([RIGHT, RIGHT.head(1)]), "place bar is there more than once"),
        (pd.concat([RIGHT, RIGHT.head(1).assign(place="sum")]), "place sum does not belong"),
        (RIGHT.assign(mean=[4.26, 3.2, 9.0]), "First wrong row: place desk, column “mean”"),
        (RIGHT.assign(mean=-RIGHT["mean"]), "sign"),
        (RIGHT.assign(share=100 * RIGHT["share"]), "per cent"),
        (RIGHT.assign(mean=[4.26, None, 2.5]), "a value missing"),
        (RIGHT.assign(mean=["4.3", "3.9", "2.5"]), "a text"),
        (RIGHT.assign(who=["a", "b", "x"]), "column “who”"),
        (RIGHT.assign(who=["a", None, "c"]), "column “who”"),
        (RIGHT.assign(who=["a", pd.NA, "c"]), "column “who”"),
        (pd.concat([RIGHT, RIGHT[["mean"]]], axis=1), "more than one column “mean”"),
        (RIGHT.to_dict(), "a dict"),
        (None, "nothing (None)"),
        (RIGHT.iloc[:0], "is missing"),
    ],
)
def test_what_is_wrong_with_a_table_is_said(given, says):
    assert says in TABLE.judge(given, RIGHT)


def test_a_finding_is_told_to_give_its_table():
    from cxlab.finding import Finding

    assert "take its .table" in TABLE.judge(Finding("demo", "Three", "Three places.", RIGHT), RIGHT)


def test_a_known_wrong_table_gets_its_own_message():
    doubled = RIGHT.assign(mean=2 * RIGHT["mean"])
    assert TABLE.judge(doubled, RIGHT, [(doubled, "counted twice")]) == "counted twice"
    assert TABLE.judge(RIGHT.drop(columns="mean"), RIGHT, [(doubled, "counted twice")]).startswith("There is no column")


def test_a_table_with_two_keys_and_empty_cells():
    right = pd.DataFrame({"wave": [1, 1, 2], "place": ["a", "b", "a"], "n": [3.0, np.nan, 5.0]})
    both = Table(keys=("wave", "place"))
    assert both.judge(right.iloc[::-1], right) == "" and both.judge(right.set_index(["wave", "place"]), right) == ""
    assert "wave 1, place b" in both.judge(right.fillna(0), right)
    assert both.judge(right.astype({"wave": float}), right) == ""


def test_an_answer_is_not_changed_by_being_judged():
    given = RIGHT.iloc[::-1].copy()
    TABLE.judge(given, RIGHT)
    pd.testing.assert_frame_equal(given, RIGHT.iloc[::-1])


@given(st.lists(st.floats(-1e3, 1e3), min_size=3, max_size=3), st.lists(st.floats(-1e3, 1e3), min_size=3, max_size=3))
def test_no_message_on_a_table_holds_a_right_cell(values, rights):
    right = RIGHT[["place"]].assign(mean=rights)
    message = Table(keys=("place",)).judge(RIGHT[["place"]].assign(mean=values), right)
    for value in values:
        message = message.replace(f"{value:g}", "")
    assert not any(gives_away(r, 2, message) for r in rights if abs(r) > 0.01 and len(f"{r:.2f}") > 4)


def mean(values):
    return sum(values) / len(values)


MEAN = Function(cases=(([4, 5, 6],), ([1.0, 2.0],)), answer=Number("points"))


def emptied(values):
    made = mean(values)
    values.clear()
    return made


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (mean, ""),
        (lambda values: sum(values) / len(values), ""),
        (np.mean, ""),
        (lambda values: None, "is there a return?"),
        (lambda values: ..., "put your answer there"),
        (lambda values: 1 / 0, "ZeroDivisionError"),
        (lambda values, more: 1, "does not work"),
        (lambda: 1, "does not work"),
        (lambda values: "x" + 1, "does not work"),
        (lambda values: values[9], "IndexError"),
        (sum, "is not what was asked"),
        (max, "is not what was asked"),
        (emptied, "work on a copy"),
        (mean([1]), "Asked is a function"),
        (lambda values: exit(), "SystemExit"),
    ],
)
def test_a_function_is_tried_and_what_it_does_is_said(function, says):
    said = MEAN.judge(function, mean)
    assert says in said if says else said == ""


def test_a_table_that_a_function_changes_is_noticed():
    frame = pd.DataFrame({"x": np.arange(200.0)})
    answer = Function(cases=((frame,),), answer=Number("points"))

    def spoils(table):
        table.loc[100, "x"] = -1.0  # where a printed table has its dots
        return 1.0

    assert "work on a copy" in answer.judge(spoils, lambda table: 1.0)
    assert frame["x"].iloc[100] == 100.0
    assert answer.judge(lambda table: 1.0, lambda table: 1.0) == ""


def test_an_object_that_a_function_leaves_alone_counts_as_unchanged():
    class Shop:
        def __init__(self):
            self.prices = [3.0]

    answer = Function(cases=((Shop(),),), answer=Number("€"))
    assert answer.judge(lambda shop: shop.prices[0], lambda shop: 3.0) == ""
    assert "work on a copy" in answer.judge(lambda shop: shop.prices.pop(), lambda shop: 3.0)


def test_a_known_wrong_function_gets_its_own_message():
    assert MEAN.judge(lambda v: float(np.median(v)) + 1, mean, [(lambda v: np.median(v) + 1, "the median")])
    assert MEAN.judge(sum, mean, [(sum, "divide by how many")]) == "divide by how many"
    assert MEAN.judge(sum, mean, [(lambda v: 1 / 0, "never")]) != "never"
    leaves = lambda v: v[0] if v[0] == 4 else exit()  # noqa: E731
    assert "not what was asked" in MEAN.judge(leaves, mean, [(sum, "never")])


def test_a_picture_is_judged_by_what_it_shows():
    import matplotlib.pyplot as plt

    shown = Shown(needs=((lambda axes: bool(axes.get_ylabel()), "name the axis"),
                         (lambda axes: axes.lines[0].get_ydata()[0] == 1, "begin at one")))  # fmt: skip
    figure, axes = plt.subplots()
    assert shown.judge(axes) == shown.judge(figure) == "name the axis"
    axes.set_ylabel("points")
    assert shown.judge(axes) == "begin at one"  # nothing is drawn: what must hold cannot be asked, so it does not hold
    axes.plot([1, 2])
    assert shown.judge(figure, None) == shown.judge(np.array([axes])) == ""
    plt.close(figure)
    empty = plt.figure()
    assert "a picture" in shown.judge(empty) and "a picture" in shown.judge(3) and "a picture" in shown.judge(None)
    plt.close(empty)


def test_words_are_held_against_the_rubric():
    words = Words(rubric=("one", "two", "three"), must=(1, 2), words=3)
    assert words.judge(("a b c", [1, 2])) == words.judge(("a b c", (2, 1, 3))) == words.judge(("a b c", {1, 2})) == ""
    assert "1. one" in words.judge("a b c") and "rubric" in words.judge(("a b c", ...))
    assert words.judge("a").startswith("1 word is too few") and words.judge("").startswith("0 words are too few")
    assert "too few" in words.judge(("a b", [1, 2])) and "2. two" in words.judge(("a b c", [1]))
    assert "numbered 1 to 3" in words.judge(("a b c", [0])) and "numbered" in words.judge(("a b c", [True]))
    assert "numbered" in words.judge(("a b c", 1)) and "words" in words.judge(None)
    assert "numbered" in words.judge(("a b c", [[1]])) and words.judge(("a b c", np.array([1, 2]))) == ""


def test_a_student_meets_plain_names():
    assert "a whole number, 3" in TABLE.judge(3, RIGHT) and "a number, 0.5" in TABLE.judge(np.float64(0.5), RIGHT)
    assert "an OrderedDict" in plain_number(OrderedDict())[1]
    assert "a number (€)" in plain_number({}, "€")[1] and plain_number(np.int64(3)) == (3.0, "")
