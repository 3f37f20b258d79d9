"""Exercises of lesson F4: a gym's records, a report on a best customer, odds by hand, and one's own systems."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from cxlab.learn.exercises.answers import Function, Number, Words
from cxlab.learn.exercises.exercise import IN_WORDS, Exercise, Wrong

_DESK = "frontdesk@bike.example"


@cache
def _gym():
    from dataclasses import replace

    import numpy as np

    from cxlab.data.simulate import PRESETS, Faults
    from cxlab.data.simulate.records import records

    business = replace(PRESETS["spa"], name="gym", title="A gym", cities={"Hillside": "40", "Harbour": "50"})
    rng, n = np.random.default_rng(12), 320
    seen = np.datetime64("2023-01-01") + rng.integers(0, 500, n).astype("timedelta64[D]")
    faults = Faults(same_home=0.2, shared_email=0.6, new_email=0.15, typo=0.1)
    table, truth = records(
        business, rng.integers(2, size=n), seen, rng.normal(36, 9, n).clip(18, 70), 0.55, rng, faults
    )
    frame = table.to_pandas().merge(truth, on="record_id")
    system = {"crm": "members", "web": "app", "till": "juice bar", "survey": "survey"}
    shouted = rng.random(len(frame)) < 0.25  # typed on a telephone, or at the desk
    mail = frame["email"].where(~shouted, frame["email"].str.upper() + " ")
    found = frame.assign(source=frame["source"].map(system), email=mail, member=frame["person_id"])
    return found[["record_id", "source", "first_name", "last_name", "email", "postcode", "member"]]


def gym():
    """Records of a simulated gym's four systems; `member` says whose they truly are."""
    import cxlab.data.identity.accuracy  # noqa: F401 - so that a check is quick

    return _gym().copy()


def _by_mail(*, alike: bool = True, none: str = "own", of: str = "recall") -> float:
    """What joining by e-mail finds; `none`: records without one stand alone, are one, or are dropped."""
    from cxlab.data.identity.accuracy import pairs, whole

    table = gym()
    mail = table["email"].str.strip().str.lower() if alike else table["email"]
    if none == "dropped":
        table, mail = table[mail.notna()], mail.dropna()
    frame = table.assign(truth=table["member"], mail=mail.fillna("" if none == "one" else table["record_id"]))
    sums = (whole if of == "people" else pairs)(frame, "mail").sum()
    return float(sums["right"] / sums["called" if of == "precision" else "true"])


@cache
def _sales():
    import numpy as np
    import pandas as pd

    rng, n = np.random.default_rng(3), 520
    names = ["Ada", "Bo", "Cem", "Dora", "Emil", "Fay", "Gil", "Hana", "Ivo", "Jo", "Kim", "Lea"]
    who = rng.choice(70, n, p=(w := 1 / np.arange(2, 72) ** 0.8) / w.sum())
    first = np.array(names)[who % len(names)]
    mail = np.array([f"{name.lower()}{k}@mail.example" for name, k in zip(first, who, strict=True)], dtype=object)
    typed = rng.random(n)
    mail = np.where(typed < 0.3, [m.capitalize() for m in mail], mail)
    mail = np.where((typed > 0.3) & (typed < 0.52), "", mail)  # paid in cash, no address asked for
    desk = (typed > 0.52) & (typed < 0.66)
    table = pd.DataFrame({"sale": np.arange(1, n + 1), "first_name": first, "email": np.where(desk, _DESK, mail),
                          "amount": rng.gamma(3, 22, n).round(2)})  # fmt: skip
    return table


def sales():
    """Sales of a simulated bicycle shop: the first name on the receipt, the e-mail as it was typed, the amount."""
    return _sales().copy()


def _best(*, alike: bool = True, none: bool = False, desk: bool = False, how: str = "sum") -> float:
    table = sales()
    mail = table["email"].str.lower() if alike else table["email"]
    kept = (none | (mail != "")) & (desk | (mail != _DESK))
    return float(getattr(table[kept].groupby(mail[kept])["amount"], how)().max())


def _probability(agreements, chance):
    """The odds before, times m/u of every field that both records state."""
    odds = chance / (1 - chance)
    for field in agreements:
        if field is not None:
            odds *= field[0] / field[1]
    return odds / (1 + odds)


def _odds_without(step: str) -> Callable:
    """A way to get it wrong."""

    def probability(agreements, chance):
        start = 0.5 if step == "chance" else chance
        odds = chance if step == "start" else start / (1 - start)
        for field in agreements:
            if field is not None:
                m, u = field[::-1] if step == "swapped" else field
                odds *= m if step == "u" else m / u
            elif step == "missing":
                odds *= 0.05
        return odds if step == "odds" else odds / (1 + odds)

    return probability


def _stumbles(agreements, chance):
    odds = chance / (1 - chance)
    for m, u in agreements:
        odds *= m / u
    return odds / (1 + odds)


EXERCISES = (
    Exercise(
        name="identity-01",
        kind="business",
        asks="Which share (0 to 1, to two digits after the point) of the pairs of records of one member does joining "
             "by e-mail find?",
        given=gym,
        expected=_by_mail,
        answer=Number(
            "share", digits=2, low=0, high=1,
            praise="The rest are members who would be counted as several. And some of those it joins are two: "
                   "families share an address.",
        ),
        wrong=(
            Wrong("took the precision", lambda: _by_mail(of="precision"),
                  message="That is the precision: of the joined pairs, those of one member. Asked is the recall: of "
                          "the pairs of one member, those that are joined."),
            Wrong("did not make spellings alike", lambda: _by_mail(alike=False),
                  message="Some addresses are written in capitals, or with a blank behind. To a computer they are "
                          "others: make them alike before you join."),
            Wrong("joined all records without an e-mail", lambda: _by_mail(none="one"),
                  message="Records without an e-mail have become one member. Nothing is not a thing two records "
                          "share."),
            Wrong("dropped records without an e-mail", lambda: _by_mail(none="dropped"),
                  message="You left out the records without an e-mail, and with them the pairs that a join by e-mail "
                          "misses for sure. They belong to what is to be found."),
            Wrong("counted members instead of pairs", lambda: _by_mail(of="people"),
                  message="That counts members whose records are all together. Asked are pairs of records: a member "
                          "with three records has three."),
            Wrong("gave per cent", lambda: 100 * _by_mail(), says="looks like per cent"),
            Wrong("gave a hundredth", lambda: _by_mail() / 100, says="a hundred times too small (share)"),
            Wrong("wrote a comma", lambda: (0, 59), says="decimals take a point, 0.59"),
            Wrong("was some way off", lambda: 0.59, says="not what was asked"),
        ),
        hints=(
            "Make the addresses alike (.str.strip().str.lower()), and give each record without one an address of its "
            "own. How many pairs has a member with n records?",
            "n records are n·(n − 1)/2 pairs. Sum that over members (all pairs of one member), and over members and "
            'addresses together (those of them that are joined): groupby(["member", mail]).size().',
        ),
        reasoning="Pairs of one member: the sum of n·(n − 1)/2 over members. Of them joined: the same sum over "
                  "members and addresses. A record without an e-mail is joined to nothing, but it stays in what "
                  "should be found: that is what the join by e-mail misses. Families that share an address cost "
                  "precision, which is another number.",
    ),
    Exercise(
        name="identity-02",
        kind="mistake",
        asks="How much did the best customer who can be told from the e-mail spend, in €? (to two digits after the "
             "point)",
        given=sales,
        expected=_best,
        answer=Number(
            "€", digits=2, low=0,
            praise="A customer who is far ahead of all others is seldom a customer. Look at the names first.",
        ),
        wrong=(
            Wrong("repeated the report", lambda: _best(none=True, desk=True),
                  message="That is the report's number. Which address do these sales have, and how many first names?"),
            Wrong("left only the empty ones out", lambda: _best(desk=True),
                  message="The sales without an address are out. Look at the first names under the address that is "
                          "now first: whose is it?"),
            Wrong("did not make spellings alike", lambda: _best(alike=False),
                  message='"Ada0@…" and "ada0@…" are one address: your best customer has bought more than that.'),
            Wrong("took the largest sale", lambda: _best(how="max"),
                  message="That is the largest single sale. Asked is what one customer spent in all."),
            Wrong("took the mean sale", lambda: _best(how="mean"),
                  message="That is a mean sale. Asked is what one customer spent in all."),
        ),
        hints=(
            "Group by address and look at two columns: the sum of the amounts, and the number of first names.",
            "Lower case first. Leave out the empty address and every address with many first names; the best of the "
            "rest.",
        ),
        reasoning="The report's best customer is everybody who gave no address. Take them away, and the next is the "
                  "shop's own desk, which staff type in for whoever gives none: a dozen first names. And two "
                  "spellings of one address are two customers to a computer. What many share identifies nobody: "
                  "count names per address before you join.",
    ),
    Exercise(
        name="identity-03",
        kind="practice",
        asks="Write probability(agreements, chance): the probability (0 to 1) that two records are one person.",
        expected=lambda: _probability,
        answer=Function(
            cases=(([], 0.5), ([(0.9, 0.1)], 0.5), ([(0.9, 0.01), (0.8, 0.02)], 0.001),
                   ([(0.9, 0.01), None, (0.05, 0.95)], 0.01), ([None], 0.2)),
            answer=Number("share", digits=4, low=0, high=1),
            praise="That is all there is to it: odds, and a factor m/u for each field. Its logarithms are the bits "
                   "of the picture.",
        ),
        wrong=(
            Wrong("started at even odds", lambda: _odds_without("chance"),
                  message="Two records drawn at random are hardly ever one person: where do you start? `chance` is "
                          "not used."),
            Wrong("took the chance for the odds", lambda: _odds_without("start"),
                  message="The chance of one in two is odds of one to one. Turn the chance into odds before you "
                          "multiply."),
            Wrong("gave the odds", lambda: _odds_without("odds"),
                  message="Those are odds: 9 to 1 is a probability of 9 in 10. Turn them into a probability."),
            Wrong("swapped m and u", lambda: _odds_without("swapped"),
                  message="m and u have changed places: what is found among pairs of one person must speak for one."),
            Wrong("left out u", lambda: _odds_without("u"),
                  message="You multiply by m alone. An agreement says much where two strangers seldom have it: that "
                          "is u."),
            Wrong("took missing for different", lambda: _odds_without("missing"),
                  message="A field that a record does not state says nothing. You count it against."),
            Wrong("did not expect None", lambda: _stumbles, says="does not work"),
            Wrong("called it", lambda: _probability([], 0.5), says="Asked is a function"),
        ),
        hints=(
            "Odds are chance / (1 − chance). Every field that both records state multiplies them by m / u.",
            "Skip None. In the end odds / (1 + odds).",
        ),
        reasoning="The odds before are those of two records drawn at random. Each field multiplies them by m/u: how "
                  "often it is so among pairs of one person, over how often among two. Multiplying supposes that "
                  "fields agree independently of each other, which families break: last name, phone and postcode are "
                  "shared together. A field that is missing multiplies by one.",
    ),
    Exercise(
        name="identity-04",
        kind="open",
        asks="Two systems of a business you know: how would you join their customers, and would you?",
        answer=Words(
            rubric=(
                "I name two systems, and what both know of a customer.",
                "I say what is made alike first, and what is shared by many and identifies nobody.",
                "I say which error is worse here, one person counted twice or two merged, and for which use.",
                "I say how I would measure both, by pairs drawn by lot and looked at.",
                "I weigh what it saves or changes a year against what it costs, and name a result that would stop me.",
                "I say what the customers agreed to, and who may see the joined data.",
            ),
            must=(2, 3, 4, 5, 6), words=40,
        ),
        wrong=(
            Wrong("wrote one sentence", lambda: "We join by e-mail.", says="too few"),
            *IN_WORDS,
            Wrong("met only the first points", lambda: ("word " * 50, [1, 2, 3]), says="does without"),
            Wrong("gave a number", lambda: 3, says="Asked are words"),
        ),
        hints=(
            "Begin with the use: a newsletter, a refund, a medical note? A wrong merge costs differently in each.",
            "Fifty pairs drawn by lot, looked at by someone who knows the customers, tell precision to some points. "
            "What would you need for recall?",
        ),
        reasoning="A bicycle shop: workshop book and web shop, both know name and phone. Numbers lose blanks and "
                  "country codes; the shop's own number is nobody's. A bill sent to the wrong person is worse than "
                  "two newsletters, so rules only for bills, likeness for counting. Fifty merged and fifty unmerged "
                  "look-alikes, drawn by lot, are checked by the mechanic. It saves 300 letters a year, and costs a "
                  "weekend: not worth it if fewer than a tenth are double. Customers agreed to repairs, not to "
                  "advertising: joined data stay in the workshop.",
    ),
)  # fmt: skip
