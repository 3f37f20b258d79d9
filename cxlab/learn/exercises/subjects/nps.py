"""Exercises of lesson F3: how far a score shakes, how many answers a change takes, and a survey of one's own."""

from __future__ import annotations

from functools import cache

from cxlab.learn.exercises.answers import Number, Words
from cxlab.learn.exercises.exercise import IN_WORDS, Exercise, Wrong


def quarters():
    """Two quarters of fifty answers each, a row an answer: the report's "up 8 points"."""
    _change()  # so that a check is quick
    return _quarters()


def _quarters():
    import pandas as pd

    scores = [10] * 21 + [8] * 18 + [4] * 11, [10] * 23 + [8] * 18 + [4] * 9
    waves = [pd.DataFrame({"wave": wave, "question": "nps", "score": s}) for wave, s in zip("12", scores, strict=True)]
    return pd.concat(waves, ignore_index=True).assign(scale_min=0, scale_max=10)


def hotel():
    """A season of a simulated boutique hotel, with its survey."""
    _plan(10), _plan(20)  # so that a check is quick
    return _hotel()


def _hotel():
    from cxlab.data.simulate import simulate

    return simulate("boutique_hotel", customers=400, seed=1, experience=True).dataset()


@cache
def _change():
    from cxlab.experience.scores.answers import read_answers
    from cxlab.experience.scores.waves import wave_change

    return wave_change(read_answers(_quarters(), by="wave")).table.iloc[-1]


def _by_chance() -> float:
    return (_change()["change_high"] - _change()["change_low"]) / 2


def _one_score() -> float:
    return (_change()["high"] - _change()["low"]) / 2


@cache
def _answers(change: float) -> float:
    table = _plan(change)
    return float(table.loc[table["needed"].astype(bool), "answers"].iloc[0])


@cache
def _plan(change: float):
    from cxlab.experience.scores.answers import read_answers
    from cxlab.experience.scores.planner import plan_sample

    return plan_sample(read_answers(_hotel(), question="nps"), change=change).table


def _precise() -> float:
    table = _plan(10)
    return float(table.loc[table["half_width"] <= 10, "answers"].min())


def _now() -> float:
    table = _plan(10)
    return float(table.loc[table["now"].astype(bool), "answers"].iloc[0])


EXERCISES = (
    Exercise(
        name="nps-01",
        kind="mistake",
        asks="How many points may the change of the NPS lie to either side by chance alone, at 90 %? (to within 5 %)",
        given=quarters,
        expected=_by_chance,
        answer=Number(
            "points", digits=1, relative=0.05, low=0, high=200,
            praise="So “up 8” is well inside of what chance does. Two mistakes remain: other things changed in that "
                   "quarter too, and whoever picks the largest rise of many finds a large one by chance.",
        ),
        wrong=(
            Wrong("took the change itself", lambda: _change()["change"],
                  message="That is the change. Asked is how far it may be off: half the width of its interval."),
            Wrong("took one quarter's interval", _one_score,
                  message="That is how far the score of one quarter may be off. The change hangs on two scores, and "
                          "both shake."),
            Wrong("took the whole width", lambda: 2 * _by_chance(),
                  message="That is from one end of the interval to the other. Asked is how far to either side."),
            Wrong("forgot that an interval has two halves of 1.645 errors", lambda: _by_chance() / 1.645,
                  message="That looks like one standard error: at 90 % an interval reaches 1.645 of them to either "
                          "side."),
            Wrong("gave a share", lambda: _by_chance() / 100, says="a share"),
            Wrong("gave the lower end", lambda: _change()["change_low"], says="not possible"),
            Wrong("gave a text", lambda: "24 points", says="a text"),
        ),
        hints=(
            "The interval of a change is not that of a score: cxlab has a function for changes, used in “Is the "
            "change real?”.",
            'wave_change(read_answers(quarters, by="wave")).table has the columns change_low and change_high in its '
            "last row.",
        ),
        reasoning="With fifty answers a quarter, a rise of 8 says next to nothing; to see one takes more than a "
                  "thousand answers in each. And a real rise would say nothing of the playlist, since other things "
                  "changed in that quarter, too; and he chose the largest of many comparisons after looking. What he "
                  "may say: NPS rose from +20 to +28; whether that is real we cannot tell.",
    ),
    Exercise(
        name="nps-02",
        kind="business",
        asks="How many answers in each season would show a change of 10 points of the hotel's NPS in 80 % of cases? "
             "(to within 2 %)",
        given=hotel,
        expected=lambda: _answers(10),
        answer=Number(
            "answers in each season", digits=0, relative=0.02, low=1,
            praise="Far more than the hotel gets. It can ask for longer, look for larger changes, or ask something "
                   "sharper.",
        ),
        wrong=(
            Wrong("gave the answers there are", _now,
                  message="That is how many answers there are. How many would there have to be?"),
            Wrong("planned for a precise score", _precise,
                  message="So many make one score precise to 10 points. A change is the difference of two scores, "
                          "and must also be seen: look at `detectable`."),
            Wrong("counted both seasons", lambda: 2 * _answers(10),
                  message="That is for both seasons together. Asked is how many in each."),
            Wrong("planned for 20 points", lambda: _answers(20),
                  message="So many show a change of 20 points. Half the change takes about four times as many."),
            Wrong("gave the whole finding", lambda: _plan(10), says="Asked is a number"),
            Wrong("gave a negative number", lambda: -1, says="not possible"),
        ),
        hints=(
            "Plan backwards, from the change to the answers: the section “How many answers next time?” does.",
            "plan_sample(answers, change=10).table marks the line that is `needed`; its column `answers` counts each "
            "season.",
        ),
        reasoning="The check-out leads by far on eight answers, and pooled it is hardly ahead; poster and new "
                  "manager would both rest on luck. A hotel of this size asks for a year, or asks about something "
                  "sharper than NPS. And who fills in a form while leaving is another guest than who does so at "
                  "breakfast.",
    ),
    Exercise(
        name="nps-03",
        kind="open",
        asks="Sixty cards for your own shop next week: which one question, where, to whom, and what will you do on "
             "which answer?",
        answer=Words(
            rubric=(
                "One question, about one place or one thing that I could change.",
                "Who gets a card is settled beforehand (every tenth customer, say), not by who looks friendly.",
                "I say how many answers to expect of sixty cards, and that so few show only large differences.",
                "I write down before the answers come what I shall do, and on which interval.",
                "The cards are not handed over by those who are rated; or I ask “why?” as well.",
            ),
            must=(1, 2, 3, 4),
        ),
        wrong=(
            Wrong("wrote next to nothing", lambda: "Ask everybody how happy they are.", says="too few"),
            *IN_WORDS,
            Wrong("met only some points", lambda: ("word " * 40, [1, 2]), says="does without"),
            Wrong("gave a number", lambda: 60, says="words"),
        ),
        hints=(
            "Sixty cards are some twenty answers. What can twenty answers show, and what can they not?",
            'plan_sample(read_answers(last, question="csat"), change=0.1, response_rate=0.35) says what they would '
            "show.",
        ),
        reasoning="Some twenty answers are enough to hear of a disaster, not to see a change. Ask one question about "
                  "one place and one thing you could change, and add “why?”, which needs no sample size to be "
                  "useful. Hand cards to every tenth customer. A rule written down before cannot be bent after. And "
                  "a card from the barista who is rated is not an honest card.",
    ),
)  # fmt: skip
