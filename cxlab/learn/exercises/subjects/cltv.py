"""Exercises of lesson I4: curves of contracts, terms that hide a mistake, donors in place of buyers."""

from __future__ import annotations

from functools import cache

from cxlab.learn.exercises.answers import Function, Number, Words
from cxlab.learn.exercises.exercise import IN_WORDS, Exercise, Wrong


def _survival(alpha: float, beta: float, t: int) -> float:
    from cxlab.cltv.sbg import S_BG

    return float(S_BG.survival((alpha, beta), t))


@cache
def buyers():
    """Customers of a shop of music, with fitted models of what they buy and spend: (purchases, spend, summary)."""
    import cxlab as cx
    from cxlab.cltv.gamma_gamma import GAMMA_GAMMA
    from cxlab.cltv.mbg_nbd import MBG_NBD
    from cxlab.cltv.posterior import fit
    from cxlab.cltv.summary import summarise

    data = cx.load("cdnow")
    whole = summarise(data.transactions.filter(data.transactions.in_sample == 1), time_unit="week", currency="USD")
    purchases = fit(MBG_NBD, whole.rows, time_unit="week")
    return purchases, fit(GAMMA_GAMMA, whole.spend_rows, rng=2, currency="USD"), whole


@cache
def _worth(horizon: float) -> float:
    """Mean value at a margin of one: the value is proportional to the margin."""
    from cxlab.cltv.value import Terms, customer_value

    terms = Terms(horizon=horizon, margin=1.0, discount_rate=0.10, time_unit="week", currency="USD")
    return float(customer_value(*buyers(), terms).findings()[0].table["each"].iloc[0])


def shop():
    """The fitted shop."""
    _worth(104), _worth(24)  # so that a check is quick
    return buyers()


@cache
def _donors():
    import cxlab as cx
    from cxlab.cltv.bg_bb import BG_BB
    from cxlab.cltv.posterior import fit
    from cxlab.cltv.profiles import profiles
    from cxlab.cltv.summary import from_summaries

    given = from_summaries(cx.load("donors").tables["summaries"], time_unit="year")
    posterior = fit(BG_BB, given.rows, time_unit="year")
    people = {"every year": (6, 6, 6), "no more": (3, 3, 6)}
    return given, profiles([posterior], people, horizon=2, time_unit="year").table.set_index("customer")


def donors():
    """Six yearly appeals to donors, summarised: frequency, recency and T in years."""
    from dataclasses import replace

    return replace(_donors()[0])


def _gifts(who: str, column: str = "purchases") -> float:
    return float(_donors()[1].loc[who, column])


EXERCISES = (
    Exercise(
        name="cltv-01",
        kind="practice",
        asks="Write survival(alpha, beta, t): the share of a cohort under contract that is still there after t "
             "renewals.",
        expected=lambda: _survival,
        answer=Function(
            cases=((1.0, 1.0, 1), (0.668, 3.806, 1), (0.668, 3.806, 7), (2.0, 5.0, 3), (0.668, 3.806, 0)),
            answer=Number("share", digits=4, low=0, high=1),
            praise="With α = 0.668 and β = 3.806, the published fit, it follows the cohort that it was fitted to "
                   "within a point.",
        ),
        wrong=(
            Wrong("let everybody leave with the mean chance", lambda: lambda a, b, t: (b / (a + b)) ** t,
                  message="That is a cohort in which everybody leaves with the same chance. Here chances differ, and "
                          "the likely leavers leave first: each renewal has a retention of its own."),
            Wrong("gave who has left", lambda: lambda alpha, beta, t: 1 - _survival(alpha, beta, t),
                  message="That is the share that has left by then. Asked is who is still there."),
            Wrong("gave the retention of the last renewal", lambda: _last_retention,
                  message="That is retention: of those still there before the last renewal, the share that stays. "
                          "Survival is the product of all renewals."),
            Wrong("counted one renewal too many", lambda: lambda alpha, beta, t: _survival(alpha, beta, t + 1),
                  message="One renewal too many: after none of them everybody is there."),
            Wrong("swapped the parameters", lambda: lambda alpha, beta, t: _survival(beta, alpha, t),
                  message="α and β have changed places: a large α means that many leave."),
            Wrong("forgot the return", lambda: lambda alpha, beta, t: None, says="is there a return"),
        ),
        hints=(
            "Of those who passed t − 1 renewals, (β + t − 1) / (α + β + t − 1) pass the next. What is the share "
            "after two?",
            "Start with 1.0 and multiply in a loop: for n in range(1, t + 1), by (beta + n − 1) / (alpha + beta + n "
            "− 1).",
        ),
        reasoning="Survival is the product of the retentions. These rise with age, although no customer ever "
                  "changes: those who leave easily leave first, and those who are left are the loyal. Whoever sees "
                  "retention rise need not have done anything for it. α and β of the published cohort (1,000 "
                  "customers; 869, 743, 653, 593, 551, 517 and 491 left after each year) come out as 0.668 and 3.806 "
                  "(Fader & Hardie 2007).",
    ),
    Exercise(
        name="cltv-02",
        kind="mistake",
        asks="What is a customer still worth on average, in dollars, on the terms the colleague meant? (to within "
             "1 %)",
        given=shop,
        expected=lambda: 0.3 * _worth(104),
        answer=Number(
            "dollars", digits=2, relative=0.01, low=0,
            praise="Nearly the colleague's value, for two reasons that have nothing to do with one another: no check "
                   "could know. Terms are read by people.",
        ),
        wrong=(
            Wrong("took the colleague's terms", lambda: _worth(24),
                  message="Those are the colleague's terms. What does horizon=24 mean where time is counted in weeks?"),
            Wrong("mended only the horizon", lambda: _worth(104),
                  message="The horizon is mended; now it is revenue. Which part of it does the shop keep?"),
            Wrong("mended only the margin", lambda: 0.3 * _worth(24),
                  message="The margin is mended; the horizon is still 24 weeks."),
            Wrong("took the value of all together", lambda: 0.3 * _worth(104) * 2357,
                  message="That is what all customers together are worth. Asked is one, on average."),
            Wrong("took the margin for 30", lambda: 30 * _worth(104), says="a hundred times too large (dollars)"),
            Wrong("gave the finding", lambda: "worth", says="a text"),
        ),
        hints=(
            "Read the terms aloud, with units: 24 what, and which share of an order is kept?",
            'customer_value(*shop, Terms(horizon=…, margin=0.3, discount_rate=0.10, time_unit="week", '
            'currency="USD")), its first finding, the column `each`.',
        ),
        reasoning="horizon=24 is 24 weeks, not two years: the value comes out too low. margin=1.0 counts all revenue "
                  "as kept: too high. The two nearly cancel, so that nothing looks odd, and no check can know what "
                  "was meant. Terms belong beside the number, in words, wherever it is shown.",
    ),
    Exercise(
        name="cltv-03",
        kind="business",
        asks="How many gifts more does a donor of every year (6, 6, 6) give in the next 2 years than one of (3, 3, "
             "6)? (to one digit after the point)",
        given=donors,
        expected=lambda: _gifts("every year") - _gifts("no more"),
        answer=Number(
            "gifts in 2 years", digits=1, low=-2, high=2,
            praise="To whom to write first is another question: who gives anyway needs no letter, and only a test "
                   "shows whom one moves.",
        ),
        wrong=(
            Wrong("took chances to be active", lambda: _gifts("every year", "p_alive") - _gifts("no more", "p_alive"),
                  message="That is how far apart the chances are that they still give at all. How many gifts come of "
                          "it?"),
            Wrong("took one year of two", lambda: (_gifts("every year") - _gifts("no more")) / 2,
                  message="So much is it in one year. Asked are two."),
            Wrong("took the gifts of the one only", lambda: _gifts("every year"),
                  message="That is what the donor of every year gives. How many more than the other?"),
            Wrong("subtracted the other way round", lambda: _gifts("no more") - _gifts("every year"), says="sign"),
            Wrong("compared shares of past gifts", lambda: 2 * (1 - 3 / 6),
                  message="That takes what was for what will be: three gifts in six years, at the same pace. But the "
                          "three came first, and then none: when they gave tells whether they still do."),
            Wrong("gave more than can be", lambda: 3.2, says="not possible"),
        ),
        hints=(
            'A yearly appeal is an occasion: fit BG_BB (cxlab.cltv.bg_bb) to donors.rows, with time_unit="year".',
            'profiles([posterior], {"every year": (6, 6, 6), "no more": (3, 3, 6)}, horizon=2, '
            'time_unit="year").table has the column `purchases`: here, gifts.',
        ),
        reasoning="Both gave at every appeal as long as they gave. The difference is the silence since: three "
                  "appeals without an answer make it improbable that the second still gives at all. Write first to "
                  "whom? Not by these numbers: the first gives without a letter, and whether a letter brings the "
                  "second back only a test by lot can show.",
    ),
    Exercise(
        name="cltv-04",
        kind="open",
        asks="Your own orders (or those of a shop you know): what would you tell the owner, and what would you not "
             "dare to say?",
        answer=Words(
            rubric=(
                "I say what a customer is, what counts as an order, and on which day the log ends.",
                "I name the split, and how well the model foretold what came after it, beside a baseline.",
                "I name the check that fails first, and what hangs on it.",
                "The value comes with horizon, margin, discount and an interval.",
                "I name one thing that the model cannot know: a season, a price, a rival, or whether a letter works.",
            ),
            must=(2, 3, 4, 5),
        ),
        wrong=(
            Wrong("wrote one sentence", lambda: "Customers are worth 40 dollars.", says="too few"),
            *IN_WORDS,
            Wrong("met only the first points", lambda: ("word " * 40, [1, 2]), says="does without"),
        ),
        hints=(
            'cx.load("my_orders.csv"), then the lesson from “The orders” on, with a split in the middle of your log.',
            "Look at the holdout first: months that the model has not seen, beside a baseline. Then at the list of "
            "checks.",
        ),
        reasoning="A sentence for the owner: “Of the customers of last year, so many will buy again within a year, "
                  "give or take; together they bring so much margin; the tracking held for the months we hid.” One "
                  "not to say: “This letter will bring them back.” A log of orders knows what customers did by "
                  "themselves, not what they do when they are asked.",
    ),
)  # fmt: skip


def _last_retention(alpha: float, beta: float, t: int) -> float:
    return (beta + t - 1) / (alpha + beta + t - 1)
