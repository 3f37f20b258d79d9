"""Exercises of lesson I1: peak and end, a bookstore's reminder, contacts taken for customers, and a map too many."""

from __future__ import annotations

from functools import cache

from cxlab.learn.exercises.answers import Function, Number, Table, Words
from cxlab.learn.exercises.exercise import IN_WORDS, Exercise, Wrong

_PAGE, _SHARE = "Product page", 0.8


def peak_end(feelings):
    """Mean of the most extreme feeling (of several, the latest) and the last one."""
    peak = feelings[0]
    for feeling in feelings:
        if abs(feeling) >= abs(peak):
            peak = feeling
    return (peak + feelings[-1]) / 2


def _mean(feelings):
    return sum(feelings) / len(feelings)


def _best(feelings):
    return (max(feelings) + feelings[-1]) / 2


def _worst(feelings):
    return (min(feelings) + feelings[-1]) / 2


def _without_sign(feelings):
    return (max(abs(f) for f in feelings) + feelings[-1]) / 2


def _earliest(feelings):
    return (max(feelings, key=abs) + feelings[-1]) / 2


def _sum(feelings):
    return 2 * peak_end(feelings)


def _begin(feelings):
    return peak_end(feelings) - feelings[-1] / 2 + feelings[0] / 2


def _sorts(feelings):
    end = feelings[-1]
    feelings.sort(key=abs)
    return (feelings[-1] + end) / 2


@cache
def _bookstore():
    from cxlab.data.simulate import Business, Segment, Touchpoint, simulate

    web, store, mail = {"web": 2, "mobile": 2}, {"store": 1}, {"e-mail": 1}
    places = (
        Touchpoint("Title search", "Awareness", {"Reserve": 3, "Browsing": 1}, 0.3, web),
        Touchpoint("Browsing", "Consideration", {"Counter": 3, "Title search": 1}, 0.3, store, wait=30),
        Touchpoint("Reserve", "Purchase", {"Ready mail": 1}, 0.1, web),
        Touchpoint("Ready mail", "Purchase", {"Counter": 1}, 0.25, mail),
        Touchpoint("Counter", "Purchase", {"Collected": 9, "Reserve": 1}, 0.12, store, wait=40, emotion=-0.5),
        Touchpoint("Collected", "Purchase", {}, 1.0, store, wait=0.1, emotion=0.8),
    )
    business = Business(name="bookstore", title="A bookstore", goal="Collected", touchpoints=places,
                        start={"Title search": 3, "Browsing": 2}, segments=(Segment("readers", 1.0),))  # fmt: skip
    return simulate(business, customers=1500, seed=1, first_order=False)


def bookstore():
    """The data of a simulated bookstore with click and collect."""
    return _bookstore().dataset()


@cache
def _days(place: str = "Ready mail", then: str = "Counter"):
    """Days from each contact with a place to the next contact, where that is the other place."""
    contacts = _bookstore().tables["touchpoints"].to_pandas().sort_values(["customer_id", "sequence"])
    by = contacts.groupby("customer_id")
    days = (by["timestamp"].shift(-1) - contacts["timestamp"]).dt.total_seconds() / 86_400
    return days[(contacts["touchpoint"] == place) & (by["touchpoint"].shift(-1) == then)]


def _wait(share: float = _SHARE, **ways) -> float:
    return float(_days(**ways).quantile(share))


def _never_as_zero() -> float:
    """The same of all who got the mail, who never came with a wait of zero."""
    contacts = _bookstore().tables["touchpoints"].to_pandas()
    got = int((contacts["touchpoint"] == "Ready mail").sum())
    waits = _days()
    return float(waits.reset_index(drop=True).reindex(range(got), fill_value=0.0).quantile(_SHARE))


@cache
def _contacts():
    from cxlab.data.simulate import simulate

    world = simulate("clothing_boutique", customers=1000, seed=4, first_order=False)
    table = world.tables["touchpoints"].to_pandas()[["customer_id", "sequence", "touchpoint"]]
    return table.assign(persona=table["customer_id"].map(world.truth.segment).astype(str))


def contacts():
    """Contacts of a boutique, a row each, with the persona of the customer."""
    return _contacts().copy()


def _personas(met: str = "customers", of: str = "customers"):
    """How many of each persona meet the page, and what share of `of` that is."""
    table = _contacts()
    page = table[table["touchpoint"] == _PAGE]
    unit = {"customers": lambda t: t.groupby("persona")["customer_id"].nunique(),
            "contacts": lambda t: t.groupby("persona").size()}  # fmt: skip
    counted = unit[met](page).rename("met")
    whole = {"page": counted.sum(), "everybody": table["customer_id"].nunique(),
             "contacts": unit["contacts"](table)}.get(of, unit["customers"](table))  # fmt: skip
    return counted.to_frame().assign(share=counted / whole).reset_index()


EXERCISES = (
    Exercise(
        name="emotion-01",
        kind="practice",
        asks="Write a function that takes the feelings of a journey in order (a list, −2 to +2) and returns the "
             "mean of its peak (the most extreme feeling; of several, the latest) and its end, in points.",
        expected=lambda: peak_end,
        answer=Function(
            cases=(([1, 2],), ([0, -2, 1],), ([2, 0, -1, 1],), ([2, 1, -2, 0],), ([-1],), ([1, 0, -1, 0, 0],)),
            answer=Number("points", digits=3, low=-2, high=2),
            praise="A bad moment can be a peak, too. Whether such a memory says more than the plain mean is "
                   "another question, and the lesson tests it.",
        ),
        wrong=(
            Wrong("took the mean of all", lambda: _mean,
                  message="That is the mean of all feelings, the rule that peak and end are held against."),
            Wrong("took the best as the peak", lambda: _best,
                  message="Yours takes the best moment as the peak. The most extreme one may be bad."),
            Wrong("took the worst as the peak", lambda: _worst,
                  message="Yours takes the worst moment as the peak. The most extreme one may be good."),
            Wrong("lost the sign of the peak", lambda: _without_sign,
                  message="The peak has lost its sign: the largest size is sought, the feeling itself is kept."),
            Wrong("took the earliest of equal peaks", lambda: _earliest,
                  message="Where two feelings are equally extreme, yours takes the earlier one. Asked is the "
                          "latest."),
            Wrong("added instead of averaging", lambda: _sum,
                  message="Yours adds peak and end. Asked is their mean, on the scale of the feelings."),
            Wrong("took the beginning for the end", lambda: _begin,
                  message="Yours takes the first feeling where the last one is asked."),
            Wrong("sorted what it was given", lambda: _sorts, says="changes what it was given"),
            Wrong("called the function", lambda: peak_end([1, 2]), says="Asked is a function"),
        ),
        hints=(
            "Two numbers, then their mean. The peak is the feeling with the largest abs(), and it keeps its sign.",
            "max(…, key=abs) takes the first of several that are equally extreme: give it the feelings from back "
            "to front.",
        ),
        reasoning="The peak is the most extreme feeling, good or bad; ties go to the latest, since it is nearer to "
                  "memory. With one contact, mean, peak and end are the same, which is why the lesson's test "
                  "leaves such journeys out. The rule is famous; in this shop it could not be told from the mean.",
    ),
    Exercise(
        name="emotion-02",
        kind="business",
        asks="How many days after the mail “ready to collect” have 80 % of those who come to the counter next come? "
             "(to within 2 %)",
        given=bookstore,
        expected=_wait,
        answer=Number(
            "days", digits=1, relative=0.02, low=0, high=60,
            praise="A reminder then goes to those who need one, and to few who would come anyway. It is cheaper "
                   "than a better counter.",
        ),
        wrong=(
            Wrong("took the median", lambda: _wait(0.5),
                  message="By then half of them have come. Whoever is reminded then would mostly come anyway."),
            Wrong("took the mean", lambda: float(_days().mean()),
                  message="That is the mean wait: a few who come very late pull it. Asked is a share of those who "
                          "come."),
            Wrong("let those who never came wait for nothing", _never_as_zero,
                  message="In yours, whoever never came is there with no wait at all. Leave them out."),
            Wrong("gave hours", lambda: 24 * _wait(),
                  message="These are hours. Asked are days."),
            Wrong("looked at the way from reserving to the mail", lambda: _wait(place="Reserve", then="Ready mail"),
                  message="That is the wait before the mail: how long the shop takes, not the customer."),
            Wrong("looked at the way from the counter", lambda: _wait(place="Counter", then="Collected"),
                  message="That is the wait at the counter, after the customer came."),
            Wrong("took 90 %", lambda: _wait(0.9),
                  message="By then 90 % have come. Asked is 80 %."),
            Wrong("gave all the waits", _days, says="one is asked"),
            Wrong("found no wait", lambda: 0, says="not what was asked"),
            Wrong("gave hundredths of days", lambda: 100 * _wait(), says="a hundred times too large (days)"),
        ),
        hints=(
            "The hand-over that fails is the one after the mail: see `ended` in "
            "hand_over(read_log(q.data())).table. When would a reminder go out? When most who come have come.",
            "In q.data().touchpoints.to_pandas(), ordered by customer and sequence, a shift(-1) within each "
            "customer brings the next touchpoint and its time beside each row; then quantile.",
        ),
        reasoning="The journey changes from the web to e-mail to the store by design, so every customer is handed "
                  "over twice, and `ended` is the column to read: those who got the mail and never came. The "
                  "highest rates are of pairs that few use. A reminder after the wait at which most who come have "
                  "come is cheaper than a better counter; hazard(log, event=\"Counter\", window_days=7) says the "
                  "same step by step. “Returned” hardly occurs, since nobody goes back to the web from the counter "
                  "unless the book was not there: read those one by one.",
    ),
    Exercise(
        name="emotion-03",
        kind="mistake",
        asks="For each persona: how many customers meet the product page (met), and what share of the persona is "
             "that? (to three digits after the point)",
        given=contacts,
        expected=_personas,
        answer=Table(
            keys=("persona",), digits=3, units={"met": "customers", "share": "share"},
            praise="Most of her difference came from how many there are of each, and how often one of them looks. "
                   "And many contacts are no sign of a problem: people also look longer at what they like.",
        ),
        wrong=(
            Wrong("counted contacts, like the colleague", lambda: _personas("contacts"),
                  message="Yours counts contacts: who looks ten times is taken for ten customers."),
            Wrong("gave the share of contacts", lambda: _personas("contacts", "contacts"),
                  message="Contacts over contacts: that is where a persona spends its time, not how many of it "
                          "come."),
            Wrong("divided by all who meet the page", lambda: _personas(of="page"),
                  message="Your shares are of all who meet the page, so a large persona has a large share whatever "
                          "it does. Divide by how many there are of the persona."),
            Wrong("divided by everybody", lambda: _personas(of="everybody"),
                  message="Your shares are of all customers together. Divide by how many there are of the persona."),
            Wrong("divided by contacts", lambda: _personas(of="contacts"),
                  message="Customers over contacts have no meaning: count customers above and below."),
            Wrong("compared only the two she named", lambda: _personas().iloc[1:], says="missing"),
            Wrong("gave per cent", lambda: _personas().assign(share=lambda t: 100 * t["share"]), says="per cent"),
        ),
        hints=(
            "There may be more of one persona to begin with, and each of them may look more often. What is the "
            "unit that is alike in all: a contact or a customer?",
            'nunique() of customer_id, by persona: once where the touchpoint is “Product page”, and once in all rows.',
        ),
        reasoning="She counted contacts. There are more style seekers to begin with, they look at more pages each, "
                  "and one person who looks ten times counts ten times; a test on contacts would take them for ten "
                  "witnesses. The unit is the customer: what share of each persona's journeys meets the page, and "
                  "where do they go on to (transitions_finding, in which customers are the unit)? Whether one "
                  "needs a map of its own is what persona_maps tests.",
    ),
    Exercise(
        name="emotion-04",
        kind="open",
        asks="A column of your own customers that everybody believes in (age, district, size of the company): does "
             "it need maps of its own? Say beforehand what you expect, and what would decide it.",
        answer=Words(
            rubric=(
                "I name the column, and what people believe about it.",
                "I write down beforehand how large a difference of next steps would be worth a second map.",
                "I ask one question of all steps at once, with customers as the unit, and not many of single "
                "numbers.",
                "I decide by the interval of the difference held against that size, not by a p-value alone.",
                "I say what happens if there is no such difference: one map, and nobody keeps up the others.",
            ),
            must=(1, 2, 4, 5),
            words=40,
        ),
        wrong=(
            Wrong("named the column only", lambda: "The district, surely.", says="too few"),
            *IN_WORDS,
            Wrong("set no size beforehand", lambda: ("word " * 50, [1, 3, 4, 5]), says="how large a difference"),
            Wrong("went by the p-value", lambda: ("word " * 50, [1, 2, 3, 5]), says="by the interval"),
            Wrong("gave the finding's number", lambda: 0.08, says="words"),
        ),
        hints=(
            "With many customers a difference of no use becomes “significant”; with few, one of use does not. What "
            "size would make you draw, and keep up, a second map?",
            'read_log(data, persona="…"), then personas_finding(persona_maps(log)), says how many of the next steps '
            "differ, with its interval.",
        ),
        reasoning="Report the share of next steps that differ with its interval, not only the p-value. If the "
                  "interval ends below the size you wrote down, one map will do, whatever the p-value says; if it "
                  "begins above, draw two. If it lies across, wait for more customers. And ten columns looked "
                  "through find one by chance.",
    ),
)  # fmt: skip
