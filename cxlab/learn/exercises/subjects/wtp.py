"""Exercises of lesson A1: what an audit adds to a login, an hour of train for 25 euros, one's own choice survey."""

from __future__ import annotations

from functools import cache

from cxlab.errors import DataError
from cxlab.learn.exercises.answers import Number, Words
from cxlab.learn.exercises.exercise import IN_WORDS, Exercise, Wrong

AUDIT, LOGIN, PROMISE = "audited", "two-step login", "promise"
CLIENTS, AUDIT_A_YEAR = 120, 9_000
GUILDERS_A_EURO = 2.20371


@cache
def _portal():
    import numpy as np
    import pandas as pd

    from cxlab.differentiation.choice.designs import choice_design

    levels = {"price": [40, 55, 70], "security": [PROMISE, LOGIN, AUDIT], "reply_days": [1, 3]}
    signs = {"price": -0.05, "reply_days": -0.2}
    cards = choice_design(levels, tasks=12, alternatives=2, price="price", none="none", expected=signs, rng=1)
    made = pd.concat([cards.table.drop(columns="block").assign(respondent_id=i) for i in range(80)], ignore_index=True)
    felt = made["security"].map({PROMISE: 0.0, LOGIN: 0.5, AUDIT: 0.75}).fillna(0.0)
    felt = felt - 0.05 * made["price"].fillna(64) - 0.2 * made["reply_days"].fillna(0)
    felt += np.random.default_rng(5).gumbel(size=len(made))
    best = felt.groupby([made["respondent_id"], made["task"]]).transform("max")
    return made.assign(chosen=(felt == best).astype(int))


def portal():
    """Choices of simulated clients among offers of an accountant's portal: price in euros a month."""
    _utility()  # so that a check is quick
    return _portal().copy()


@cache
def _utility() -> dict[str, float]:
    """Part-worths of the choices of the portal, by maximum likelihood, from the rows themselves."""
    import numpy as np

    made = _portal()
    names = [LOGIN, AUDIT, "price", "reply_days", "none"]
    columns = [made["security"] == LOGIN, made["security"] == AUDIT, made["price"], made["reply_days"],
               made["security"].isna()]  # fmt: skip
    x = np.column_stack([column.fillna(0).to_numpy(float) for column in columns])
    task = made.groupby(["respondent_id", "task"]).ngroup().to_numpy()
    chosen, beta = made["chosen"].to_numpy(float), np.zeros(len(names))
    for _step in range(25):
        weight = np.exp(x @ beta)
        chance = weight / np.bincount(task, weight)[task]
        middle = np.column_stack([np.bincount(task, chance * column) for column in x.T])[task]
        beta += np.linalg.solve((x - middle).T @ ((x - middle) * chance[:, None]), x.T @ (chosen - chance))
    return dict(zip(names, beta.tolist(), strict=True))


def _euros(level: str, *, over: str = PROMISE) -> float:
    """What a level is worth over another, euros a month."""
    beta = {PROMISE: 0.0} | _utility()
    return (beta[level] - beta[over]) / -beta["price"]


def _added() -> float:
    return _euros(AUDIT, over=LOGIN)


def _chosen(level: str) -> float:
    """Share of a level among the offers that were chosen."""
    made = _portal()
    return float(made.loc[made["chosen"] == 1, "security"].value_counts(normalize=True)[level])


@cache
def _trips():
    import cxlab as cx
    from cxlab.data.catalog import datasets
    from cxlab.differentiation.choice.logit import multinomial_logit
    from cxlab.differentiation.choice.tasks import read_choices

    if "train_trips" not in datasets():
        raise DataError(
            "train_trips is not there: the trips are under the GPL, and come with the source of cxlab only.",
            expected="a checkout of cxlab, with datasets/train_trips",
            mend="go on with the next exercise: the others work without it; q.solution() says how this one ends",
        )
    data = cx.load("train_trips")
    found = multinomial_logit(read_choices(data, price="price_guilder_cents")).table.set_index("column")
    return data, found


def train():
    """Choices of Dutch travellers of 1987 between two trips: price in cents of a guilder, time in minutes.

    Raises
    ------
    DataError : cxlab was installed without its source, where these data are
    """
    return _trips()[0]


def _cents(column: str = "time_minutes") -> float:
    """What one less is worth, cents of a guilder."""
    return -float(_trips()[1].loc[column, "worth"])


def _hour() -> float:
    return 60 * _cents() / 100 / GUILDERS_A_EURO


EXERCISES = (
    Exercise(
        name="wtp-01",
        kind="business",
        asks="What does an audit add to the two-step login, for the average client, in euros a month? (to within 1 %)",
        given=portal,
        expected=_added,
        answer=Number(
            "euros a month", digits=2, relative=0.01, low=-100, high=100,
            praise="Times all clients and twelve months that is less than an audit costs, and the interval is wide.",
        ),
        wrong=(
            Wrong("held the audit against the promise", lambda: _euros(AUDIT),
                  message="That is the audit against a mere promise. Most of it is had by the login already, which "
                          "costs next to nothing: what does the audit add to that?"),
            Wrong("took the login", lambda: _euros(LOGIN),
                  message="That is what the login is worth against a promise. Asked is what an audit adds to it."),
            Wrong("took all clients", lambda: CLIENTS * _added(),
                  message="That is all 120 clients together. Asked is one, a month."),
            Wrong("took all clients and a year", lambda: 12 * CLIENTS * _added(),
                  message="That is what all clients would pay in a year: the number to hold against the bill. Asked "
                          "is one client, a month."),
            Wrong("took a year", lambda: 12 * _added(), message="That is a year of it. Asked is a month."),
            Wrong("took what it costs", lambda: AUDIT_A_YEAR / CLIENTS / 12,
                  message="That is what the audit costs a client and month. What is it worth to the client?"),
            Wrong("took shares of choices", lambda: _chosen(AUDIT) - _chosen(LOGIN),
                  message="That is by how much oftener audited ones were chosen, a share. The price that stood beside "
                          "them is mixed in, and a share is not euros."),
            Wrong("took shares in per cent", lambda: 100 * (_chosen(AUDIT) - _chosen(LOGIN)),
                  message="That is by how many per cent more audited ones were chosen. The price that stood beside "
                          "them is mixed in, and a share is not euros."),
            Wrong("took part-worths", lambda: _utility()[AUDIT] - _utility()[LOGIN],
                  message="That is a difference of part-worths. How many euros less weigh as much?"),
            Wrong("took the login against the audit", lambda: -_added(), says="sign"),
            Wrong("divided the wrong way round", lambda: 1 / _added(), says="upside down"),
            Wrong("gave the table", lambda: "worth", says="a text"),
        ),
        hints=(
            "Shares of choices mix security with the price that stood beside it; multinomial_logit takes them apart. "
            "Against which level is `worth` told?",
            'multinomial_logit(read_choices(portal, price="price", none="none", reference={"security": "two-step '
            'login"})): the row `security: audited`, the column `worth`.',
        ),
        reasoning="An audit is worth three times as much against a promise, and times 120 clients and 12 months that "
        "looks like plenty. But two thirds of it are had by two-step login, which costs next to nothing. What the "
        "audit adds to the login is what it is worth, with a wide interval, and it is less than €9,000. Then there "
        "is what no client pays for: the expected loss, the chance of a breach a year times what it costs. If an "
        "audit takes two points off that chance and a breach costs €100,000, that is €2,000 a year more; here even "
        "that does not tip it. Trust is a differentiator where it can be seen: a login is seen every week, an audit "
        "only if you tell.",
    ),
    Exercise(
        name="wtp-02",
        kind="mistake",
        asks="What would these travellers of 1987 pay for an hour less, in euros (1 € = 2.20371 guilders)? "
             "(to within 1 %)",
        given=train,
        expected=_hour,
        answer=Number(
            "euros", digits=2, relative=0.01,
            praise="On a ticket of twenty euros that can be. The mistake was none of the model's: signs, p values "
                   "and pictures were all in order.",
        ),
        wrong=(
            Wrong("multiplied by the rate", lambda: _hour() * GUILDERS_A_EURO**2,
                  message="That is the tutorial's number. Are 2.20371 guilders one euro, or 2.20371 euros one "
                          "guilder? Would you pay so much for an hour, on a ticket of twenty?"),
            Wrong("took a minute", lambda: _hour() / 60, message="That is a minute. Asked is an hour."),
            Wrong("took cents of a guilder for guilders", lambda: 100 * _hour(),
                  says="a hundred times too large (euros)"),
            Wrong("left it in guilders", lambda: _hour() * GUILDERS_A_EURO,
                  message="That is in guilders. Asked are euros."),
            Wrong("left it in cents of a guilder", lambda: 60 * _cents(),
                  message="That is in cents of a guilder. Asked are euros."),
            Wrong("took a minute in cents", _cents,
                  message="That is a minute, in cents of a guilder. Asked is an hour, in euros."),
            Wrong("took a change", lambda: _cents("changes") / 100 / GUILDERS_A_EURO,
                  message="That is a change less. Asked is an hour."),
            Wrong("took a class of comfort", lambda: _cents("comfort") / 100 / GUILDERS_A_EURO,
                  message="That is a class of comfort. Asked is an hour."),
            Wrong("took what an hour more is worth", lambda: -_hour(), says="sign"),
            Wrong("gave the part-worth of an hour", lambda: 60 * float(_trips()[1].loc["time_minutes", "value"]),
                  message="That is the part-worth of an hour. How much less money weighs as much?"),
        ),
        hints=(
            "`worth` is in cents of a guilder, for one unit more. Which unit has time, and what is the worth of less?",
            "From `worth` of time_minutes: without its sign, times 60 minutes, by 100 cents, by the guilders that "
            "make a euro.",
        ),
        reasoning="The tutorial multiplied by 2.20371 instead of dividing, so everything is 2.20371² = 4.86 times "
        "too high: a change is one euro, a class of comfort not quite three. The model, its signs, its p values and "
        "its pictures are all in order: only somebody who asks “would I pay 25 euros in 1987 to arrive an hour "
        "earlier on a ticket of twenty?” finds it. Convert before you fit, name the unit in the column, and hold "
        "every willingness against the price of the whole.",
    ),
    Exercise(
        name="wtp-03",
        kind="open",
        asks="A choice survey for your own shop: which attributes and levels, who is asked, and how many?",
        answer=Words(
            rubric=(
                "Each attribute is one that I could really change, and a customer understands it from three words.",
                "Prices go a good deal below and above today's, and “none of these” is always there.",
                "Eight to twelve tasks a person: after that people click.",
                "I ask those who buy from rivals as well, and say where I find them.",
                "I say how many I ask, and how surely that tells what is known worst.",
                "No offer is better in everything.",
            ),
            must=(1, 2, 4, 5),
        ),
        wrong=(
            Wrong("wrote one sentence", lambda: "I ask my customers what they would pay.", says="too few"),
            *IN_WORDS,
            Wrong("asked own customers only", lambda: ("word " * 40, [1, 2, 3, 5]), says="those who buy from rivals"),
            Wrong("did not say how many", lambda: ("word " * 40, [1, 2, 3, 4, 6]), says="how many I ask"),
        ),
        hints=(
            "Begin with what you could do next month; what you cannot change is not worth a question.",
            "Change the attributes in the cell to yours: the table of design_precision says what is known worst, and "
            "how many people it takes. With fewer, take fewer attributes.",
        ),
        reasoning="Only attributes that you can change and that a customer understands from three words; prices a "
        "good deal below and above today's; “none of these” always, or else everybody buys. Eight to twelve tasks: "
        "after that people click. No offer that is better in everything: choice_design sees to it where you tell it "
        "which way is better. Ask those who buy from rivals as well: our own customers alone say how to please who "
        "came anyway. And change one level of the answer in your plan: the table of design_precision says what is "
        "known worst, and how many people it takes.",
    ),
)  # fmt: skip
