"""Exercises of lesson F5: a gym's members, a report on a price portal, one's own business, and a vendor's table."""

from __future__ import annotations

from functools import cache

from cxlab.learn.exercises.answers import Number, Words
from cxlab.learn.exercises.exercise import IN_WORDS, Exercise, Wrong

_MONTHS, _FEE, _MARGIN, _RATE = 24, 39.0, 0.6, 0.10


def gym():
    """A simulated gym: of 250 who joined, who still paid in each of the first 24 months, and what the fee is."""
    import numpy as np
    import pandas as pd
    from scipy.special import betaln

    t = np.arange(_MONTHS)
    left = np.exp(betaln(0.9, 6.1 + t) - betaln(0.9, 6.1))  # members differ in how likely they are to leave
    return pd.DataFrame({"month": t + 1, "paying": np.rint(250 * left).astype(int), "fee": _FEE})


def _gym_worth(*, share=None, fee: float = _FEE * _MARGIN, rate: float = _RATE, months_a_year: int = 12) -> float:
    from cxlab.cltv.by_hand import margin_clv

    members = gym()["paying"]
    share = (members / members.iloc[0]).tolist() if share is None else share
    return float(margin_clv(fee, share, periods=_MONTHS, discount_rate=rate, periods_a_year=months_a_year)
                 ["cumulated"].iloc[-1])  # fmt: skip


def _first_retention() -> float:
    members = gym()["paying"]
    return float(members.iloc[1] / members.iloc[0])


def portal():
    """Customers that a price portal won for a simulated shop, and what was paid to it."""
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng(11)
    n = 240
    orders = 1 + rng.poisson(rng.gamma(0.7, 2.4, n))
    revenue = (orders * rng.gamma(6, 48 / 6, n)).round(2)
    active = rng.random(n) < 1 - 0.72 ** (orders - 0.4)
    people = pd.DataFrame({"customer": [f"P{i:03d}" for i in range(1, n + 1)], "revenue": revenue,
                           "margin": (0.35 * revenue).round(2), "active": active})  # fmt: skip
    return {"customers": people, "paid": 8_900.0, "clicks": 3_100}


def _ratio(money: str = "margin", *, living: bool = False, per: str = "customer") -> float:
    given = portal()
    people = given["customers"]
    some = people[people["active"]] if living else people
    won = {"customer": len(people), "living": int(people["active"].sum()), "click": given["clicks"]}[per]
    return float(some[money].mean() / (given["paid"] / won))


def vendor():
    """A vendor's table of costs and benefits: Forrester's study of SalesLoft, three years after the start."""
    import pandas as pd

    return pd.DataFrame({"year": [0, 1, 2, 3], "costs": [53_150, 666_715, 636_772, 647_783],
                         "benefits": [0, 1_606_511, 3_061_331, 4_229_760]})  # fmt: skip


@cache
def _flows(rate: float = 0.1, timing: str = "end"):
    from cxlab.differentiation.returns.cash_flows import CashFlows, Terms

    table = vendor().astype(float)
    costs, benefits = (table[[side]].to_numpy().T for side in ("costs", "benefits"))
    return CashFlows(costs, benefits, Terms(years=3, discount=rate, timing=timing))


def _return(rate: float = 0.1) -> float:
    return 100 * float(_flows(rate).roi[0])


def _from_year_one() -> float:
    table, factor = vendor(), 1.1 ** -(vendor()["year"] + 1.0)
    return float(((table["benefits"] - table["costs"]) * factor).sum())


EXERCISES = (
    Exercise(
        name="worth-01",
        kind="business",
        asks="What is a new member worth within 24 months, in €, at a margin of 60 % and a discount of 10 % a year? "
             "(to a whole number)",
        given=gym,
        expected=_gym_worth,
        answer=Number(
            "€", digits=0, low=0, high=_FEE * _MONTHS,
            praise="That is the most a new member may cost, before rent and wages. Nobody had to guess a lifetime.",
        ),
        wrong=(
            Wrong("counted revenue", lambda: _gym_worth(fee=_FEE),
                  message="That counts the whole fee. Of the fee, only the margin is left to pay for winning "
                          "somebody."),
            Wrong("took retention for constant", lambda: _gym_worth(share=_first_retention()),
                  message="That lets every month lose the same share as the first. You have seen who stayed in each "
                          "month: use that."),
            Wrong("counted the faithful only", lambda: _gym_worth(share=[1.0] * _MONTHS),
                  message="That is what a member is worth who never leaves. What of those who did?"),
            Wrong("did not discount", lambda: _gym_worth(rate=0.0),
                  message="That takes money of the second year for as good as money of today."),
            Wrong("discounted by 10 % a month", lambda: _gym_worth(months_a_year=1),
                  message="That discounts by 10 % for every month. The rate is one a year; a month is a twelfth of it: "
                          "`periods_a_year`."),
            Wrong("counted money at the start of each month", lambda: _gym_worth() * (1 + _RATE) ** (0.5 / 12),
                  message="That takes each month's money at the start of the month. Asked is its middle."),
            Wrong("counted money at the end of each month", lambda: _gym_worth() / (1 + _RATE) ** (0.5 / 12),
                  message="That takes each month's money at the end of the month. Asked is its middle."),
            Wrong("gave all members together", lambda: 250 * _gym_worth(), says="not possible"),
            Wrong("divided the margin by churn", lambda: _FEE * _MARGIN / (1 - _first_retention()),
                  message="That is a margin over the churn of the first month: for ever, undiscounted, and as if all "
                          "members were alike. Add up the months instead."),
            Wrong("gave the whole table", lambda: gym(), says="one is asked"),
            Wrong("cut off the cents", lambda: int(_gym_worth()), says="not rounded and not cut off"),
            Wrong("gave cents", lambda: 100 * _gym_worth(), says="a hundred times too large (€)"),
        ),
        hints=(
            "Which share of those who joined still pays in each month? Divide by the first month, not by the month "
            "before.",
            "margin_clv(fee * 0.6, shares, periods=24, periods_a_year=12), and take the last `cumulated`.",
        ),
        reasoning="The share of all who joined, month by month, times the margin, discounted, added up. The first "
                  "month loses the most members, so a constant rate taken from it makes the gym poorer than it is; "
                  "counting only who is still there makes it richer. A fee of another size, or a year more, changes "
                  "the value: say both when you quote it.",
    ),
    Exercise(
        name="worth-02",
        kind="mistake",
        asks="What is the ratio of worth to cost (CLTV:CAC) of a customer whom the portal won, once the mistakes of "
             "the report are mended? (to one digit after the point)",
        given=portal,
        expected=_ratio,
        answer=Number(
            "a ratio", digits=1, low=0,
            praise="Revenue became margin, and everybody who was won counts above and below the line. Whether it stays "
                   "on one side of 1 is a question of the interval.",
        ),
        wrong=(
            Wrong("believed the report", lambda: _ratio("revenue", living=True),
                  message="That is the ratio of the report. Whose revenue did it take the mean of, and is revenue what "
                          "is left?"),
            Wrong("still counted revenue", lambda: _ratio("revenue"),
                  message="Everybody counts now, and still with revenue. What did the goods cost?"),
            Wrong("still counted the living only", lambda: _ratio(living=True),
                  message="Margin it is, but of those who are still active. The portal was paid for the others as "
                          "well."),
            Wrong("divided the money by the living", lambda: _ratio(per="living"),
                  message="Worth is of everybody now, and cost is not: how many were won for that money?"),
            Wrong("divided the money by clicks", lambda: _ratio(per="click"),
                  message="That is the price of a click. What did a customer cost?"),
            Wrong("divided cost by worth", lambda: 1 / _ratio(), says="upside down"),
            Wrong("gave words", lambda: "too low", says="a text"),
        ),
        hints=(
            "Two numbers make the ratio: what a customer leaves, and what a customer cost. Who belongs into each?",
            "The mean of `margin` over all customers, over what was paid for each of all customers.",
        ),
        reasoning="One: revenue is not what is left, margin is. Two: whoever is still active bought more, or would not "
                  "be; those who left were paid for, too. Three, which no number here can show: the average customer "
                  "of last year is not the next one, who may cost more. And the ratio has an interval, so a value near "
                  "1 settles nothing.",
    ),
    Exercise(
        name="worth-03",
        kind="open",
        asks="Your own business: what may a new customer cost, by the channel you know best? Say how you would find "
             "out.",
        answer=Words(
            rubric=(
                "I say what counts as worth: margin, over a stated time, of everybody who was won.",
                "I say which costs belong to winning a customer by this channel, my own hours included.",
                "I say how many customers I have of this channel, and that so few leave the ratio uncertain.",
                "I name a ceiling, or the rule it follows from (a chance that it pays, say), before I look.",
                "I say what the next customer may cost, who need not be like the average of the last ones.",
            ),
            must=(1, 2, 3, 4),
        ),
        wrong=(
            Wrong("wrote next to nothing", lambda: "As little as possible.", says="too few"),
            *IN_WORDS,
            Wrong("met only some points", lambda: ("word " * 40, [1, 2]), says="does without"),
            Wrong("gave a number", lambda: 120, says="words"),
        ),
        hints=(
            "Write the two sides of the ratio down in words first. Which costs would you forget?",
            "`spend_ceiling` needs an order log with a channel, and a table with spend and new customers: do you have "
            "both?",
        ),
        reasoning="A good answer names the worth (margin, time, everybody), the cost (media, commission, vouchers, "
                  "hours), how many customers it rests on, and a rule that is written down before the number is known. "
                  "The best ones try a month without the channel: who would have come anyway was not won by it.",
    ),
    Exercise(
        name="worth-04",
        kind="practice",
        asks="What is the return (ROI) over three years in per cent: net present value over the present value of "
             "costs, at 10 % a year, each year's money at its end? (to a whole number)",
        given=vendor,
        expected=_return,
        answer=Number(
            "per cent", digits=0, low=-100,
            praise="The study prints the same. The vendor commissioned it, and whom one asks is what arithmetic cannot "
                   "mend.",
        ),
        wrong=(
            Wrong("did not discount", lambda: _return(0.0),
                  message="That adds the years up as they stand. Money of the third year is worth less today."),
            Wrong("forgot to take costs off", lambda: _return() + 100,
                  message="That is all benefits over costs. A return is what is left after costs, over costs."),
            Wrong("counted money at the middle of each year", lambda: 100 * float(_flows(timing="mid").roi[0]),
                  message="That takes each year's money at its middle. Asked is its end."),
            Wrong("gave the net present value", lambda: float(_flows().npv[0]),
                  message="That is the net present value, in money. The return divides it by something."),
            Wrong("discounted the start", _from_year_one,
                  message="That discounts the start by a year, and is in money: what is paid today counts in full."),
            Wrong("divided by benefits", lambda: 100 * float(_flows().npv[0] / _flows().present_benefits[0]),
                  message="That divides by benefits. How much comes back for every euro that goes out?"),
            Wrong("gave a share", lambda: _return() / 100, says="a share"),
            Wrong("took per cent twice", lambda: 100 * _return(), says="a hundred times too large (per cent)"),
            Wrong("gave a text", lambda: "three to one", says="a text"),
        ),
        hints=(
            "Divide each year's money by 1.1 as often as years have passed; the start by nothing.",
            "1.1 ** -year, with the column `year`, is that factor. Times it, costs add up to what they are worth "
            "today, and so do benefits.",
        ),
        reasoning="Present value of benefits less that of costs, over that of costs. A high return on a small sum may "
                  "be worth less than a low one on a large sum, so look at the net present value as well. And ask of "
                  "every such table: whose benefits, are they margin, who chose the customers, and where is the "
                  "interval?",
    ),
)  # fmt: skip
