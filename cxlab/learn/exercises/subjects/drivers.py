"""Exercises of lesson I3: a halo made on purpose, a report with mistakes, a coffee shop's drivers, irony."""

from __future__ import annotations

from functools import cache

from cxlab.learn.exercises.answers import Choice, Number, Table, Words
from cxlab.learn.exercises.exercise import IN_WORDS, Exercise, Wrong

NOT_MATTER, NO_SHARE_IS_AN_EFFECT = "a small share means: it does not matter", "a share is read as an effect"
_MISTAKES = (
    NOT_MATTER,
    NO_SHARE_IS_AN_EFFECT,
    "a mean of 7.89 is low",
    "shares do not add up to one",
    "the two rows come from different surveys",
)


def haloed(strength: float = 0.9, firms: int = 1000):
    """Marks of three drivers with true weights 0.6, 0.3 and 0.1, under one impression of all; `n` customers a row.

    Parameters
    ----------
    strength : share of the impression in each driver's spread, 0 to below 1; firms : rows
    """
    import numpy as np
    import pandas as pd

    noise = np.random.default_rng(2).normal(size=(5, firms))
    drivers = np.sqrt(strength) * noise[0] + np.sqrt(1 - strength) * noise[1:4]
    marked = pd.DataFrame(drivers.T, columns=list("abc")).assign(n=1)
    marked["overall"] = np.array([0.6, 0.3, 0.1]) @ drivers + 0.5 * noise[4]
    return marked


def _parts(marked) -> dict[str, float]:
    """Parts of R² of each driver, averaged over all orders in which drivers can enter (LMG), from correlations."""
    from itertools import permutations

    import numpy as np

    r = marked[["a", "b", "c", "overall"]].corr().to_numpy()

    def explained(names: tuple[int, ...]) -> float:
        at = list(names)
        return float(r[3, at] @ np.linalg.solve(r[np.ix_(at, at)], r[at, 3])) if at else 0.0

    orders = list(permutations(range(3)))
    gains = [sum(explained(o[: o.index(j) + 1]) - explained(o[: o.index(j)]) for o in orders) for j in range(3)]
    return {name: gain / len(orders) for name, gain in zip("abc", gains, strict=True)}


@cache
def _lmg(name: str, *, strength: float = 0.9, of_all: bool = True) -> float:
    parts = _parts(haloed(strength))
    return parts[name] / (sum(parts.values()) if of_all else 1.0)


@cache
def _cafe():
    from cxlab.data.simulate import simulate

    return simulate("coffee_shop", customers=600, seed=3)


def cafe():
    """A simulated coffee shop with its survey."""
    return _cafe().dataset()


def _importance(column: str):
    return _drivers()[["driver", column]].rename(columns={column: "share"})


@cache
def _drivers(brand: str = "Own roastery"):
    from cxlab.experience.drivers.key_drivers import driver_shares, key_drivers
    from cxlab.experience.drivers.ratings import read_ratings

    names = list(_cafe().truth.experience.drivers.index)
    survey = _cafe().dataset()
    asked = survey.surveys.select("question").distinct().to_pandas()["question"]
    parts = {name: sorted(q for q in asked if q.startswith(f"{name}_")) for name in names}
    return key_drivers(driver_shares(read_ratings(survey, outcome="csat", drivers=parts, brand=brand), rng=1)).table


def survey_of_cafe():
    """The coffee shop, its importances worked out beforehand so that a check is quick."""
    _drivers(), _drivers(brand="")
    return cafe()


def _per_cent():
    return _importance("share").assign(share=lambda table: 100 * table["share"])


def _truth(column: str):
    known = _cafe().truth.experience.drivers[column]
    return (known / known.sum()).rename("share").rename_axis("driver").reset_index()


EXERCISES = (
    Exercise(
        name="drivers-01",
        kind="practice",
        asks="Under a halo of 0.9, what share of the explained satisfaction does LMG give to driver a? (to two "
             "digits after the point)",
        given=haloed,
        expected=lambda: _lmg("a"),
        answer=Number(
            "share", digits=2, low=0, high=1,
            praise="Its weight is six times that of c, and its share hardly larger: what all have in common is dealt "
                   "out evenly.",
        ),
        wrong=(
            Wrong("took the part of R²", lambda: _lmg("a", of_all=False),
                  message="That is its part of R². Shares are of what is explained: together they make one."),
            Wrong("took c", lambda: _lmg("c"),
                  message="That is c, the weakest. Asked is a."),
            Wrong("took the weight", lambda: 0.6,
                  message="That is the weight it was made with, not the share that LMG gives it in this survey."),
            Wrong("made no halo", lambda: _lmg("a", strength=0.0),
                  message="So it is without an impression. Take the data as they come, with a halo of 0.9."),
            Wrong("took per cent", lambda: 100 * _lmg("a"), says="per cent"),
            Wrong("took the correlation", lambda: haloed()["a"].corr(haloed()["overall"]),
                  message="That is the correlation of a with satisfaction. Correlations hand out the same "
                          "satisfaction several times."),
        ),
        hints=(
            'driver_shares shares R² out; it wants Ratings(marked, "overall", ("a", "b", "c")).',
            "The .shares of what driver_shares gives are parts of .r_squared: divide.",
        ),
        reasoning="The weights stay 0.6, 0.3 and 0.1 throughout; shares become flat as the impression grows, because "
                  "what is common is dealt out evenly. halo(...) reports the impression. Centring is no cure: it "
                  "gives c a large share with a negative sign, as it did with distribution in the lesson. With 1,000 "
                  "firms the slopes still find the weights; with 60 and a strong impression another driver may come "
                  "first, and slopes jump from seed to seed.",
    ),
    Exercise(
        name="drivers-02",
        kind="mistake",
        asks="Which two mistakes are in the colleague's report on distribution?",
        expected=lambda: (NOT_MATTER, NO_SHARE_IS_AN_EFFECT),
        answer=Choice(
            _MISTAKES, several=True,
            praise="Ask Kano's two questions, and hand out fewer books in one town first.",
        ),
        wrong=(
            Wrong("found one", lambda: [NOT_MATTER], says="1 more belongs"),
            Wrong("found the other", lambda: [NO_SHARE_IS_AN_EFFECT], says="1 more belongs"),
            Wrong("took 7.89 for low", lambda: [NOT_MATTER, _MISTAKES[2]],
                  message="7.89 of 10 is the highest mean of all nine. The mistake is what he makes of the share "
                          "beside it."),
            Wrong("added up two of nine", lambda: [NO_SHARE_IS_AN_EFFECT, _MISTAKES[3]],
                  message="Two rows of nine need not add up to one. Read again what he does with a small share."),
            Wrong("took all", lambda: list(_MISTAKES), says="3 of yours do not belong"),
            Wrong("took one name for another", lambda: ["it matters"], says="not among the names"),
        ),
        hints=(
            "Everybody gets the book, and everybody is content with it. Can differences in distribution then go "
            "along with anything?",
            "One mistake is in “does not matter”, the other in “let us hand out half”: what did he see change?",
        ),
        reasoning="First, a small share where everybody is content says that differences in distribution do not go "
                  "along with differences in satisfaction at today's level. It may be a must-be that is met: with "
                  "half of the books, nobody knows. Second, a share is not an effect, neither of fewer books nor of "
                  "lower prices. And once the impression is taken out, distribution stands third.",
    ),
    Exercise(
        name="drivers-03",
        kind="business",
        asks="What share of the explained satisfaction goes to each of the coffee shop's five drivers? (columns "
             "driver, share; to two digits after the point)",
        given=survey_of_cafe,
        expected=lambda: _importance("share"),
        answer=Table(
            keys=("driver",), digits=2, units={"share": "share"},
            praise="Now look up truth.experience.drivers: stated, weight and importance are three different orders.",
        ),
        wrong=(
            Wrong("took parts of R²", lambda: _importance("explained"),
                  message="Those are parts of R²; shares are of what is explained, and make one together."),
            Wrong("took correlations", lambda: _importance("correlation"),
                  message="Those are correlations: they hand out the same satisfaction several times."),
            Wrong("took what guests state", lambda: _truth("stated"),
                  message="Those are the stated importances. Asked is what goes along with satisfaction in the "
                          "answers."),
            Wrong("counted answers on rivals, too", lambda: _drivers(brand="")[["driver", "share"]],
                  message="That counts answers on rivals, too: whoever rates several firms also tells firms apart. "
                          "Take those on the coffee shop itself (`brand`)."),
            Wrong("lost a driver", lambda: _importance("share").iloc[1:], says="is missing"),
            Wrong("took per cent", _per_cent, says="per cent"),
            Wrong("named the column otherwise", lambda: _importance("share").rename(columns={"share": "LMG"}),
                  says="no column “share”"),
            Wrong("gave the first share", lambda: 0.27, says="DataFrame"),
        ),
        hints=(
            'Each driver has two or three questions: parts = {"ease": ["ease_1", …], …}, and read_ratings(cafe, '
            'outcome="csat", drivers=parts, brand="Own roastery").',
            'key_drivers(driver_shares(ratings, rng=1)).table[["driver", "share"]].',
        ),
        reasoning="importance_answers of the truth is what an endless survey would show, and most intervals hold it. "
                  "It is not weight, what a point of each driver does to satisfaction: weights are further apart, "
                  "because guests who like one thing like the others. What guests state is a third order: they put "
                  "first what is expected of a coffee shop. To mend something, start from weights, which only a "
                  "trial measures.",
    ),
    Exercise(
        name="drivers-04",
        kind="open",
        asks="Irony: write what the classifier would fall for, and say when that would move your report, and when "
             "not.",
        answer=Words(
            rubric=(
                "I give two or more sentences that mean the opposite of their words.",
                "I say how many of 1,500 reviews would have to be read the wrong way to move a share by 5 points.",
                "I see that errors in both directions cancel, and that only the surplus moves the share.",
                "I say that the error rate is measured on labelled reviews and taken out, so a constant share of "
                "irony does no harm.",
                "I name what would do harm: a change in irony, after a price increase for instance.",
            ),
            must=(1, 2, 3, 5),
        ),
        wrong=(
            Wrong("wrote one sentence", lambda: "Lovely packaging, shame about the food.", says="too few"),
            *IN_WORDS,
            Wrong("met only the first point", lambda: ("word " * 40, [1]), says="does without"),
        ),
        hints=(
            "Put your sentences behind the reviews, and let score_sentiment(read_texts(…), labels=great, rng=1) read "
            "them.",
            "5 points of 1,500 are a number you can work out; then ask in which direction the others are read "
            "wrongly.",
        ),
        reasoning="The classifier knows words and pairs of words from food reviews: it may know “shame”, it does not "
                  "know irony. To move a share by 5 points, 5 % of reviews would have to be read the wrong way more "
                  "often than their opposites are: errors in both directions cancel, and what is left is measured on "
                  "labelled reviews and taken out. What is not measured is a change in irony.",
    ),
)  # fmt: skip
