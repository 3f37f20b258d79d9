"""Exercises of lesson F1: a famous claim in 400 companies, a bakery beside its rivals, and who counts as a "
"witness."""

from __future__ import annotations

from functools import cache

from cxlab.learn.exercises.answers import Number, Table, Words
from cxlab.learn.exercises.exercise import IN_WORDS, Exercise, Wrong

_OWN, _LEVEL = "Bakery", 1.645


@cache
def _companies():
    """Good management makes profit, and good management buys technology; technology makes no profit."""
    import numpy as np
    import pandas as pd

    chance = np.random.default_rng(1)
    management = chance.normal(size=400)
    profit = 10 + 2 * management + chance.normal(size=400)
    digital = management + chance.normal(size=400)
    fifth = pd.qcut(management, 5, labels=range(1, 6)).astype(int)
    return pd.DataFrame({"led": fifth, "mature": digital > np.quantile(digital, 0.75), "profit": profit.round(1)})


def companies():
    """400 simulated companies: led (1, badly, to 5, well), mature (digitally), profit (per cent of revenue)."""
    return _companies().copy()


@cache
def _bakery():
    from dataclasses import replace

    from cxlab.data.simulate import PRESETS, Component, simulate

    bread = Component("bread", 6.0, 0.30, 6.6, ("The bread was excellent.", "It tasted as always."))
    waits = Component("efficiency", 4.0, 0.20, 5.0, ("I was served quickly.", "Nothing held me up."))
    staff = Component("empathy", 3.6, 0.25, 4.2, ("The staff were friendly.", "I felt welcome."))
    rivals = {"Supermarket": {"bread": -1.8, "efficiency": 0.9, "empathy": 0.2},
              "Other baker": {"bread": 0.4, "efficiency": 0.3, "empathy": 1.4}}  # fmt: skip
    cafe = PRESETS["coffee_shop"]
    felt = replace(
        cafe.experience, shop=_OWN, components=(bread, waits, staff), rivals=rivals, at={}, segments={}, trend={},
        last={}, staff={}, texts=None, questions=cafe.experience.questions[:2],
    )  # fmt: skip
    shop = replace(cafe, name="bakery", title="A bakery", experience=felt)
    return simulate(shop, customers=600, seed=1).dataset().surveys.to_pandas()


def bakery():
    """The survey of a simulated bakery and two rivals, a row an answer."""
    return _bakery().copy()


@cache
def _empathy():
    import cxlab as cx

    asked = cx.load("coffee_shop").surveys
    ours = asked.filter((asked.brand == "Own roastery") & asked.question.startswith("empathy") & asked.score.notnull())
    return (
        ours.select("customer_id", "response_id", "question", "score").order_by("response_id", "question").to_pandas()
    )


def empathy():
    """What customers of the coffee shop answered on empathy, a row an answer."""
    return _empathy().copy()


def _lead(*, within: bool = True, weights: str = "mature") -> float:
    """Profit of the mature companies less that of the others, points."""
    table = _companies()
    if not within:
        means = table.groupby("mature")["profit"].mean()
        return float(means[True] - means[False])
    lead, n = 0.0, 0
    for _, fifth in table.groupby("led"):
        mature = fifth["mature"]
        weight = int(mature.sum()) if weights == "mature" else 1
        lead += weight * (fifth.loc[mature, "profit"].mean() - fifth.loc[~mature, "profit"].mean())
        n += weight
    return lead / n


def _relative() -> float:
    means = _companies().groupby("mature")["profit"].mean()
    return float(means[True] / means[False] - 1)


def _best_led() -> float:
    best = _companies().query("led == 5").groupby("mature")["profit"].mean()
    return float(best[True] - best[False])


def _means(*, by: str = "customer_id", both: bool = False):
    """Mean of each component and brand, everybody of `by` once."""
    asked = _bakery()
    asked = asked[asked["question"].str.contains("_") & asked["score"].notna()]
    asked = asked.assign(component=asked["question"].str.partition("_")[0])
    if both:
        asked = asked[asked["customer_id"].isin(asked.loc[asked["brand"] != _OWN, "customer_id"])]
    if by == "answer":
        return asked.groupby(["component", "brand"])["score"].mean().unstack()
    response = asked.groupby(["component", "brand", "customer_id", "response_id"])["score"].mean()
    each = response.groupby(["component", "brand", "customer_id"]).mean()
    return each.groupby(["component", "brand"]).mean().unstack()


def _gaps(pick: str = "max", *, sign: int = 1, **how):
    """A row a component (attribute): its strongest rival, and the gap to it."""
    means = _means(**how)
    rivals = means.drop(columns=_OWN)
    chosen = rivals.mean(axis=1) if pick == "mean" else getattr(rivals, pick)(axis=1)
    names = rivals.idxmin(axis=1) if pick == "min" else rivals.idxmax(axis=1)
    gap = (sign * (means[_OWN] - chosen)).rename("gap")
    return gap.to_frame().assign(rival=names).rename_axis("attribute").reset_index()


def _half_width(by: str = "customer_id", *, errors: float = _LEVEL) -> float:
    scores = _empathy()
    each = scores["score"] if by == "answer" else scores.groupby(by)["score"].mean()
    return float(errors * each.std() / len(each) ** 0.5)


def _spread() -> float:
    return float(_empathy().groupby("customer_id")["score"].mean().std())


EXERCISES = (
    Exercise(
        name="gaps-01",
        kind="practice",
        asks="By how many points of profit are digitally mature companies ahead of others that are led equally well? "
             "(to two digits after the point)",
        given=companies,
        expected=_lead,
        answer=Number(
            "points of profit", digits=2, low=-10, high=10,
            praise="Next to nothing is left of the lead: what looked like technology was how the companies are led.",
        ),
        wrong=(
            Wrong("compared all mature companies with all others", lambda: _lead(within=False),
                  message="That compares well-led companies with badly led ones. Compare inside each class of "
                          "`led`."),
            Wrong("gave the lead in per cent of the others' profit", _relative,
                  message="That is the ratio of two means less one, as in the claim, over all companies. Asked is "
                          "a difference in points, inside the classes of `led`."),
            Wrong("gave the claim's 26 %", lambda: 0.26,
                  message="That is the claim itself. What do these companies say?"),
            Wrong("let every class count the same", lambda: _lead(weights="equal"),
                  message="Every class counts the same in yours, also the one with a single mature company. Let it "
                          "count as often as it has mature companies."),
            Wrong("looked at the best-led class only", _best_led,
                  message="That is one class of five. Take all of them, by how many mature companies they have."),
            Wrong("took mature from others", lambda: -_lead(), says="sign"),
            Wrong("gave two means", lambda: _companies().groupby("mature")["profit"].mean(), says="2 values"),
        ),
        hints=(
            "“Could it be otherwise?” Companies that are led well both earn more and buy more. So compare like "
            "with like: the two groups inside each class of `led`.",
            'pivot_table(index="led", columns="mature", values="profit", aggfunc=["mean", "size"]) has it all: '
            "a difference of means in each row, and how many mature companies it stands for.",
        ),
        reasoning="In these companies technology does nothing at all, and yet the mature quarter is far more "
                  "profitable: good management makes profit, and good management buys technology. That does not "
                  "prove the claim wrong; it shows that such a comparison cannot tell. The audit: large companies "
                  "only (who), over 400 (how many: fine), compared with those who chose otherwise (by choice, not "
                  "by lot), and good management explains it as well. What would settle it? Technology given to "
                  "some firms of our size by lot, or to some earlier than to others. See audit(CLAIMS[:1]).",
    ),
    Exercise(
        name="gaps-02",
        kind="business",
        asks="For each component of the bakery: which rival is the strongest, and how many points is the bakery "
             "ahead? (to two digits after the point)",
        given=bakery,
        expected=_gaps,
        answer=Table(
            keys=("attribute",), digits=2, units={"gap": "points"},
            praise="Great bread is the ticket to play, not the difference: another baker bakes as well. What "
                   "surely sets this bakery apart is how people are treated in it.",
        ),
        wrong=(
            Wrong("compared with the weakest rival", lambda: _gaps("min"),
                  message="These are gaps to the weakest rival. Nobody is different by being better than the worst."),
            Wrong("compared with the mean of the rivals", lambda: _gaps("mean"),
                  message="These are gaps to the mean of both rivals: a customer can go to the better one."),
            Wrong("took ours from theirs", lambda: _gaps(sign=-1),
                  message="The signs are turned: a gap is ours less the rival's, so that a lead is above zero."),
            Wrong("let every answer count", lambda: _gaps(by="answer"),
                  message="Here every answer counts as one, so whoever answers often counts often. Let each "
                          "customer count once."),
            Wrong("left out who rated no rival", lambda: _gaps(both=True),
                  message="Your means of the bakery leave out customers who rated no rival. They are customers, "
                          "too."),
            Wrong("dropped where the bakery is behind", lambda: _gaps().query("gap > -0.5"), says="missing"),
            Wrong("gave no rival", lambda: _gaps()[["attribute", "gap"]], says="no column “rival”"),
            Wrong("gave the finding's text", lambda: "The bakery is behind in empathy.", says="a text"),
        ),
        hints=(
            "The section “Where do we differ?” has the function; a rating of several questions is made a component "
            "first. Then keep one row a component: that of the strongest rival.",
            'rival_gaps(with_components(survey, parts), own="Bakery", questions=list(parts)).table, with parts as in '
            "the lesson; the strongest rival is the one with the smallest gap.",
        ),
        reasoning="Against the supermarket the bread is far ahead; against the other baker the interval of the gap "
                  "lies across zero. It is what people come for, and it is not what makes this bakery different. "
                  "What surely is different, and goes along with how visits are rated (driver_shares says so), is "
                  "how rude it is. The first euro goes to the people behind the counter.",
    ),
    Exercise(
        name="gaps-03",
        kind="mistake",
        asks="How many points does the 90 % interval of our empathy reach to either side, if witnesses are counted "
             "rightly? (to three digits after the point)",
        given=empathy,
        expected=_half_width,
        answer=Number(
            "points", digits=3, low=0, high=6,
            praise="Twice as wide as his, and honest: a person who answers nine times is not nine persons. And his "
                   "mean is too high as well, since who comes and answers often is happier.",
        ),
        wrong=(
            Wrong("counted every answer, like the colleague", lambda: _half_width("answer"),
                  message="That is his: every answer counts as another person. Who are the witnesses here?"),
            Wrong("counted every visit", lambda: _half_width("response_id"),
                  message="Yours counts visits. One customer was asked on several of them, and says nearly the "
                          "same each time."),
            Wrong("gave the whole width", lambda: 2 * _half_width(),
                  message="That is from one end to the other. Asked is how far to either side."),
            Wrong("gave the standard error", lambda: _half_width(errors=1),
                  message="That is one standard error; at 90 % an interval reaches 1.645 of them to either side."),
            Wrong("took 1.96 errors", lambda: _half_width(errors=1.96),
                  message="1.96 errors are an interval of 95 %. Asked is 90 %."),
            Wrong("gave the spread of customers", _spread,
                  message="That is how far customers lie apart. How far the mean may be off shrinks with the root "
                          "of how many they are."),
            Wrong("gave both ends", lambda: (5.3, 5.4), says="a tuple"),
        ),
        hints=(
            "How many persons stand behind his thousands of answers? Each of them is one witness, however often "
            "asked.",
            'each = rows.groupby("customer_id")["score"].mean() has one number a person. Then the formula of the '
            "colleague, with these.",
        ),
        reasoning="He counts answers as if each were another person. Three questions of one visit, and several "
                  "visits of one customer, say nearly the same. So his n is too large and his interval too narrow. "
                  "And who comes and answers often is happier, and counts more often in his mean. A narrow "
                  "interval around the wrong number is worse than a wide one around the right one.",
    ),
    Exercise(
        name="gaps-04",
        kind="open",
        asks="Audit a claim that everybody in your trade repeats: where is it from, and what would settle it for "
             "you?",
        answer=Words(
            rubric=(
                "I quote the claim with its number, and name its source or say that I found none.",
                "I say who was studied, how many, and whether businesses like mine were among them.",
                "I say what those who had it were compared with: drawn by lot, or chosen by themselves?",
                "I name one other thing that would bring the same number.",
                "I say what I shall do: leave it, or a test in my own business that could prove it wrong.",
            ),
            must=(1, 2, 3, 4, 5),
            words=40,
        ),
        wrong=(
            Wrong("only gave an opinion", lambda: "I do not believe that loyalty cards work.", says="too few"),
            *IN_WORDS,
            Wrong("asked for no comparison", lambda: ("word " * 50, [1, 2, 5]), says="drawn by lot, or chosen"),
            Wrong("ended without a decision", lambda: ("word " * 50, [1, 2, 3, 4]), says="what I shall do"),
            Wrong("gave only the number", lambda: 26, says="words"),
        ),
        hints=(
            "Leaflets of suppliers are full of them: “customers with an app spend 20 % more”. Who downloads the app?",
            "Go through the four questions of the lesson one by one, then ask what you would have to see in your "
            "own shop to believe it, and to drop it.",
        ),
        reasoning="The usual claim compares those who have something with those who do not, and who has it chose "
                  "it: regular guests take the loyalty card, so of course its owners come more often. A test of "
                  "one's own beats any source: give it to some, drawn by lot, and count what both groups do. Where "
                  "no source is found, nothing is left to weigh.",
    ),
)  # fmt: skip
