"""Exercises of lesson F6: two subject lines, a trial that was stopped early, and a plumber's gift."""

from __future__ import annotations

from functools import cache

from cxlab.learn.exercises.answers import Number, Words
from cxlab.learn.exercises.exercise import IN_WORDS, Exercise, Wrong

_BASE, _DOUBLED, _WEEKLY = 0.08, 0.08, 25.0


def letters():
    """A simulated boutique's newsletter with two subject lines: a row a letter, 1 where it was opened."""
    _losses()  # so that a check is quick
    return _letters()


def _letters():
    import pandas as pd

    opened = {"A": 252, "B": 276}
    return pd.DataFrame([(f"{arm}{i:04d}", arm, int(i < n)) for arm, n in opened.items() for i in range(1_200)],
                        columns=["unit_id", "arm", "outcome"])  # fmt: skip


@cache
def _trial():
    from cxlab.differentiation.trials.read_trial import read_trial

    return read_trial(_letters(), control="A")


@cache
def _losses() -> dict[str, float]:
    from cxlab.differentiation.trials.decision import decide_trial

    table = decide_trial(_trial(), care=0.01).table.set_index("arm")
    return (100 * table["expected_loss"]).to_dict()


@cache
def _arms():
    from cxlab.differentiation.trials.ab import compare_arms

    return compare_arms(_trial()).table.set_index("arm").loc["B"]


def evenings():
    """What a bar saw at the looks of a trial of 30 days with five looks, until it stopped (made up)."""
    import pandas as pd

    return pd.DataFrame({"look": [1, 2], "day": [6, 12], "p_value": [0.21, 0.03]})


@cache
def _bound(look: int, shape: str = "obrien_fleming", column: str = "p_value") -> float:
    from cxlab.differentiation.trials.sequential import plan_looks

    return float(plan_looks(5, shape=shape).table.set_index("look").loc[look, column])


def plumber():
    """What a simulated plumber knows: share of jobs that are reviewed, the rise hoped for, customers a week."""
    _plan(_DOUBLED, _WEEKLY)  # so that a check is quick
    return {"reviewed": _BASE, "rise": _DOUBLED, "weekly": _WEEKLY}


@cache
def _plan(change: float, weekly: float, column: str = "weeks") -> float:
    from cxlab.differentiation.trials.planner import Outcome, plan_trial

    table = plan_trial(Outcome(_BASE, per="customer"), change_of=change, weekly=weekly, weeks=52).table
    return float(table.loc[table["asked"], column].iloc[0])


EXERCISES = (
    Exercise(
        name="pilot-01",
        kind="business",
        asks="Subject line B is taken. How many points of openings does that lose on average over all that may be "
             "true, nothing where B is the better one? (to two digits after the point)",
        given=letters,
        expected=lambda: _losses()["B"],
        answer=Number(
            "points", digits=2, low=0, high=100,
            praise="Far below the point that is not cared for, so B is taken, without being proven. With a share that "
                   "is cheap to change one needs no certainty.",
        ),
        wrong=(
            Wrong("took the loss of keeping A", lambda: _losses()["A"],
                  message="That is what keeping A loses. Asked is the loss of taking B."),
            Wrong("took the difference", lambda: 100 * _arms()["difference"],
                  message="That is how far B is ahead in the mean. The expected loss counts only the cases in which B "
                          "is behind."),
            Wrong("took the chance to be wrong", lambda: 100 * (1 - _arms()["p_better"]),
                  message="That is how *often* the choice is wrong. Asked is how much it costs on average."),
            Wrong("took the lower end of the difference", lambda: 100 * _arms()["difference_low"],
                  says="not possible"),
            Wrong("gave a share", lambda: _losses()["B"] / 100, says="a share"),
            Wrong("gave what is not cared for", lambda: 1.0,
                  message="That is the loss that is not cared for. What does this trial promise?"),
            Wrong("gave a text", lambda: "hardly anything", says="a text"),
            Wrong("took half of it", lambda: 0.05, says="not what was asked"),
        ),
        hints=(
            "The section “What does a wrong choice cost?” has the function, and its table a row for each arm.",
            "decide_trial(read_trial(letters, control=\"A\"), care=0.01).table has expected_loss as a share: a point "
            "is 0.01.",
        ),
        reasoning="B is probably better, and not surely. But choosing it wrongly costs a small part of a point, less "
                  "than is cared for, so it is taken and nothing is lost by it. Openings do not buy: the next trial "
                  "counts orders.",
    ),
    Exercise(
        name="pilot-02",
        kind="mistake",
        asks="Below which p-value might they have stopped on day 12, the second of five looks planned to err in 5 % of "
             "useless trials in all (O'Brien–Fleming; to within 5 %)?",
        given=evenings,
        expected=lambda: _bound(2),
        answer=Number(
            "a p-value", digits=5, relative=0.05, low=0, high=1,
            praise="They stopped far too early. Two mistakes remain: they looked every evening, which is not five "
                   "looks; and an effect that was stopped at because it looked good looks too good.",
        ),
        wrong=(
            Wrong("took 5 % for every look", lambda: 0.05,
                  message="That is the error of all looks together, or of a single one. Each of five looks gets a part "
                          "of it, and the early ones the smallest."),
            Wrong("shared 5 % evenly", lambda: 0.01,
                  message="That gives each look the same fifth. These bounds are hard at first and mild at the end."),
            Wrong("took the last look", lambda: _bound(5),
                  message="That is the bound of the last look. Which look is day 12 of 30?"),
            Wrong("took the first look", lambda: _bound(1),
                  message="That is the bound of the first look. Which look is day 12 of 30?"),
            Wrong("took the other bounds", lambda: _bound(2, "pocock"),
                  message="Those bounds are alike at all looks (Pocock's). Asked are those that are hard at first."),
            Wrong("gave z", lambda: _bound(2, column="z"), says="not possible"),
            Wrong("gave their own p", lambda: 0.03,
                  message="That is what they saw. Below what would it have had to be?"),
            Wrong("gave the chance to be better", lambda: _bound(2, column="chance_better"),
                  message="That is the bound as a chance of being better. Asked is the p-value."),
        ),
        hints=(
            "The section “Looking every evening” plans such looks. Each has a bound of its own.",
            "plan_looks(5).table, in the line of the second look, column p_value.",
        ),
        reasoning="One: with five looks the bound on day 12 lies far below what they saw, so it was no reason to stop. "
                  "Two: they looked every evening, which is not five looks but thirty, and errs more often still. "
                  "Three: a trial that is stopped because it looks good looks too good: 21 points are an overestimate "
                  "(`sequential_looks` takes that out). What they may say: after 12 days it is ahead; we go on.",
    ),
    Exercise(
        name="pilot-03",
        kind="practice",
        asks="How many weeks, a whole number, does the plumber's trial take, with two arms, to see the rise he hopes "
             "for in 80 % of cases?",
        given=plumber,
        expected=lambda: _plan(_DOUBLED, _WEEKLY),
        answer=Number(
            "weeks", digits=0, whole=True, low=0, high=520,
            praise="Half a year nearly, for a doubling. A few points more cannot be seen at all: a bigger gift, or no "
                   "trial.",
        ),
        wrong=(
            Wrong("forgot that two arms share the customers", lambda: _plan(_DOUBLED, 2 * _WEEKLY),
                  message="So it would be if every arm got all the customers of a week. The two share them."),
            Wrong("gave customers", lambda: _plan(_DOUBLED, _WEEKLY, "units_an_arm"),
                  message="That is how many customers each arm needs. How many weeks until they have come?"),
            Wrong("gave customers of both arms", lambda: _plan(_DOUBLED, _WEEKLY, "units"),
                  message="That is how many customers both arms need. How many weeks until they have come?"),
            Wrong("planned for half the rise", lambda: _plan(_DOUBLED / 2, _WEEKLY),
                  message="That would show half the rise he hopes for. Half the change takes about four times as "
                          "long."),
            Wrong("planned for twice the rise", lambda: _plan(2 * _DOUBLED, _WEEKLY),
                  message="That would show twice the rise he hopes for: from 8 % by 8 points, not by 16."),
            Wrong("did not round", lambda: 2 * _plan(_DOUBLED, _WEEKLY, "units_an_arm") / _WEEKLY, says="up or down"),
            Wrong("gave a text", lambda: "half a year", says="a text"),
        ),
        hints=(
            "Plan backwards, from the change to the customers: the section “How many guests does the next trial "
            "need?”.",
            "plan_trial(Outcome(0.08, per=\"customer\"), change_of=0.08, weekly=25), with `Outcome` of the same "
            "module; the line of the table that was `asked`.",
        ),
        reasoning="Customers an arm, times two arms, over customers a week, rounded up. Whole weeks, because Mondays "
                  "are not like Saturdays. If that is too long, try a change that is larger, not a trial that is "
                  "shorter.",
    ),
    Exercise(
        name="pilot-04",
        kind="open",
        asks="The plumber's gift: who decides who gets one, what is the outcome and what a unit, how long, and when do "
             "you look?",
        answer=Words(
            rubric=(
                "Chance decides, customer by customer: no sympathy, and not Mondays against Tuesdays.",
                "The outcome is fixed beforehand: a review within so many days, yes or no.",
                "The unit is a customer, counted once even with two jobs.",
                "I say how many weeks it takes, and what I do if that is too long.",
                "I look once, at the end, or at looks with bounds that are written down before.",
                "The gift is no price for a review: it comes before, and both arms are asked alike.",
            ),
            must=(1, 2, 3, 5),
        ),
        wrong=(
            Wrong("wrote next to nothing", lambda: "Give it to everybody and see.", says="too few"),
            *IN_WORDS,
            Wrong("met only some points", lambda: ("word " * 40, [1, 4]), says="does without"),
            Wrong("gave a number", lambda: 25, says="words"),
        ),
        hints=(
            "Who would get a gift if the plumber chose? And would those customers have written a review anyway?",
            "Settle five things before the first gift: who, what counts, of whom, until when, and when you look.",
        ),
        reasoning="A coin decides, or the last digit of the order number. The outcome is a review within two weeks, "
                  "yes or no; the unit is a customer, once. Doubling reviews can be seen within half a year; a few "
                  "points more cannot. Look once, at the end. And a gift for a review is bought praise: give it "
                  "before, to all of the arm, and ask both arms alike.",
    ),
)  # fmt: skip
