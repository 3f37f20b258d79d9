"""Exercises of lesson I2: four ways to cut the same clients, groups in noise, a whale curve, and a card."""

from __future__ import annotations

from functools import cache

from cxlab.learn.exercises.answers import Sampled, Shown, Table, Words
from cxlab.learn.exercises.exercise import IN_WORDS, Exercise, Wrong
from cxlab.learn.exercises.whale_curve import NEEDS, at_chance, gardens, profit, whale_curve

_CUTS = ("city", "age", "kind", "spend")


@cache
def _clients():
    import pandas as pd
    from sklearn.cluster import KMeans

    import cxlab as cx

    data = cx.load("spa")
    bought = data.transactions.group_by("customer_id").agg(margin=data.transactions.margin.sum())
    people = data.customers.join(bought, "customer_id").order_by("customer_id").to_pandas()
    said = people.filter(regex="^(interest|attitude)_")
    kinds = KMeans(3, n_init=10, random_state=1).fit_predict((said - said.mean()) / said.std())
    return pd.DataFrame(
        {
            "client": people["customer_id"],
            "city": people["city"],
            "age": pd.cut(people["age"], [0, 29, 41, 52, 120], labels=["to 29", "30–41", "42–52", "53 on"]).astype(str),
            "kind": pd.Series(kinds).map(dict(enumerate("ABC"))),
            "spend": pd.qcut(people["spend"], 3, labels=["low", "middle", "high"]).astype(str),
            "margin": people["margin"].round(2),
        }
    )


def clients():
    """The clients of the spa: city, age group, kind (by wishes and attitudes), third of spend, and margin (€)."""
    return _clients().copy()


def _explained(*, share=lambda between, all_: between / all_, centre: str = "mean", weighted: bool = True, cuts=_CUTS):
    """For each cut, what share of the variance of margin lies between its groups."""
    import pandas as pd

    table = _clients()
    margin, rows = table["margin"], []
    for cut in cuts:
        middle = margin.groupby(table[cut]).transform(centre)
        if weighted:
            between, all_ = ((middle - margin.mean()) ** 2).sum(), ((margin - margin.mean()) ** 2).sum()
        else:
            between, all_ = margin.groupby(table[cut]).mean().var(), margin.var()
        rows.append({"cut": cut, "explained": float(share(between, all_))})
    return pd.DataFrame(rows)


@cache
def _in_noise(features: int = 2, *, groups: str = "found") -> tuple[float, float]:
    """Share of all differences that four groups by k-means explain in noise: mean of draws, and spread of one draw."""
    import numpy as np
    from sklearn.cluster import KMeans

    shares = []
    for seed in range(12):
        chance = np.random.default_rng(1000 + seed)
        noise = chance.normal(size=(400, features))
        label = chance.integers(0, 4, 400)
        if groups == "found":
            label = KMeans(4, n_init=2, random_state=seed).fit(noise).labels_
        middle = np.stack([noise[label == g].mean(axis=0) for g in range(4)])[label]
        shares.append(1 - ((noise - middle) ** 2).sum() / ((noise - noise.mean(axis=0)) ** 2).sum())
    return float(np.mean(shares)), float(np.std(shares, ddof=1))


EXERCISES = (
    Exercise(
        name="segments-01",
        kind="practice",
        asks="What share of the variance of margin lies between the groups of each cut: city, age, kind and spend? "
             "(to three digits after the point)",
        given=clients,
        expected=_explained,
        answer=Table(
            keys=("cut",), digits=3, units={"explained": "share"},
            praise="Thirds of spend win, and prove nothing: groups made of money differ in money by construction. "
                   "That groups made of wishes do is news. Age and city say next to nothing.",
        ),
        wrong=(
            Wrong("gave what is left within groups", lambda: _explained(share=lambda b, a: 1 - b / a),
                  message="That is what is left *within* the groups. Asked is what lies between them."),
            Wrong("let every group count the same", lambda: _explained(weighted=False),
                  message="Every group counts the same in yours, whether it has fifty clients or two hundred."),
            Wrong("took the root", lambda: _explained(share=lambda b, a: (b / a) ** 0.5),
                  message="That is the root of the share, on the scale of a correlation. Asked is the share itself."),
            Wrong("took medians for means", lambda: _explained(centre="median"),
                  message="Yours measures from medians. A variance splits into between and within around means "
                          "only."),
            Wrong("left out what was made of money", lambda: _explained(cuts=_CUTS[:3]), says="missing"),
            Wrong("gave per cent", lambda: _explained(share=lambda b, a: 100 * b / a), says="per cent"),
            Wrong("gave a dict", lambda: {"city": 0.0}, says="a dict"),
        ),
        hints=(
            "Give every client the mean of their group instead of their own margin. How much of the differences "
            "between clients is still there?",
            'clients.groupby(cut)["margin"].transform("mean") is that; its variance, divided by that of the margin, is '
            "the share. A row for each cut, columns cut and explained.",
        ),
        reasoning="Demographics support no segments: a city is a flag, an age a ruler. Purchases part those who "
                  "stayed from those who left, which is true and useful, but it is the state of a client and not a "
                  "kind: it will be another one next year. Segments made of money differ in money by construction; "
                  "only a difference in something that took no part is news. So the cut by wishes is the one to "
                  "defend before the owner. assess_stability(features(clients, [\"rfm\"])) asks whether purchases "
                  "fall into groups at all.",
    ),
    Exercise(
        name="segments-02",
        kind="mistake",
        asks="In two columns of pure noise (400 people), what share of all differences do four groups by k-means "
             "“explain”? Another draw is as good as his.",
        expected=_in_noise,
        answer=Sampled(
            "share", errors=4, low=0, high=1,
            praise="So much, of nothing. k-means cuts the cloud like a cake; what is missing is the question "
                   "whether there is a valley between the pieces, and data without segments to hold them against.",
        ),
        wrong=(
            Wrong("gave what is left within groups", lambda: 1 - _in_noise()[0],
                  message="That is what is left within the groups. Asked is what the groups explain."),
            Wrong("took one column", lambda: _in_noise(1)[0],
                  message="That is about one column, cut by itself. He cut two at once; take both, together."),
            Wrong("drew the groups by lot", lambda: _in_noise(groups="drawn")[0],
                  message="So little is explained where the groups are drawn by lot, too. Let k-means look for "
                          "them."),
            Wrong("took the root", lambda: _in_noise()[0] ** 0.5,
                  message="That is the root of the share, on the scale of a correlation. Asked is the share itself."),
            Wrong("gave per cent", lambda: 100 * _in_noise()[0], says="per cent"),
            Wrong("expected nothing in nothing", lambda: 0.0, says="not what was asked"),
            Wrong("gave a share of each column", lambda: _explained()["explained"], says="one is asked"),
        ),
        hints=(
            "Everybody's distance to the mean of their group, squared and added up, against the same to the mean "
            "of all.",
            "noise.groupby(found.labels).transform(\"mean\") puts the mean of the group beside everybody; one less "
            "what is left within, divided by all.",
        ),
        reasoning="There is nothing there: the numbers were drawn at random. k-means cuts the cloud like a cake, "
                  "into pieces of nearly equal size, which is itself a hint. Groups may even come back, since a "
                  "cake is cut alike every time; there is no valley between them, and assess_stability says so. "
                  "More people make a rounder cake, not segments. The same with a whole business: "
                  "simulate(\"coffee_shop\", separation=0.0) has one kind of guests, and any number above none is "
                  "a false discovery.",
    ),
    Exercise(
        name="segments-03",
        kind="business",
        asks="Draw the whale curve of the landscaping firm: clients from the most profitable to the least (share "
             "of clients), and their profit added up (share of all profit).",
        given=gardens,
        expected=whale_curve,
        answer=Shown(
            NEEDS,
            praise="It climbs above 100 % and falls: some clients cost more than they bring. First ask why "
                   "(far away? late comers?), then change the price of a trip, and dismiss nobody for one year's "
                   "loss.",
        ),
        wrong=(
            Wrong("did not put them in order", lambda: whale_curve(profit().sort_index()), says="by turns"),
            Wrong("began with the least profitable", lambda: whale_curve(profit()[::-1]), says="begins with the least"),
            Wrong("left out those who cost money", lambda: whale_curve(profit()[profit() > 0]), says="left out"),
            Wrong("forgot the trips", lambda: whale_curve(gardens()["margin"].sort_values(ascending=False)),
                  says="margin less what trips cost"),
            Wrong("drew euros", lambda: whale_curve(of_total=False), says="divided by their sum"),
            Wrong("did not add up", lambda: whale_curve(add=False), says="added up"),
            Wrong("counted clients", lambda: whale_curve(x=range(1, 121)), says="no share of clients"),
            Wrong("gave no labels", lambda: whale_curve(labels=()), says="no label"),
            Wrong("drew at chance", lambda: whale_curve(x=at_chance()), says="even steps"),
            Wrong("labelled the axes a and b", lambda: whale_curve(labels="ab"), says="do not tell"),
            Wrong("drew nothing", lambda: whale_curve().figure.add_subplot(), says="no line"),
            Wrong("gave the numbers", lambda: profit().cumsum(), says="Asked is a picture"),
        ),
        hints=(
            "Profit first (margin less trips), then the order, then the sum up to each client, then divide by the "
            "sum of all. Who costs more than they bring belongs to the picture: they are its point.",
            "sort_values(ascending=False), cumsum(), and ax.plot(share of clients, share of profit); new_axes() "
            "gives an ax, ax.set(xlabel=…, ylabel=…) names what is shown.",
        ),
        reasoning="The curve climbs above 100 % where those who pay have all been counted, and falls by what the "
                  "others take away. Unlike at the spa, the tail matters here: what trips cost has little to do "
                  "with what a client brings. A loss of one year is no loss for life, so the first thing to mend "
                  "is the price of a trip, not the list of clients. And like a segment, a tail must come back: "
                  "whale_curve(worth, later=…) asks whether those who cost money this year do so in the next.",
    ),
    Exercise(
        name="segments-04",
        kind="open",
        asks="Your own customers: of what would you make segments, when would you say that there are none, and "
             "what is the card of one not to be used for?",
        answer=Words(
            rubric=(
                "I make segments of what I want to act on (wishes, habits, answers), and say why not of age or of "
                "money.",
                "I name what would make me say “none”: they do not come back, cannot be foretold, or no valley "
                "parts them.",
                "I name something that took no part in making them and in which they would have to differ.",
                "For one segment I name an offer, what it costs, and what it must add to pay.",
                "Half of the segment, drawn by lot, gets no offer; and no price or refusal for one person hangs on "
                "a card.",
            ),
            must=(1, 2, 3, 4, 5),
            words=50,
        ),
        wrong=(
            Wrong("named groups only", lambda: "The young, the old and the regulars.", says="too few"),
            *IN_WORDS,
            Wrong("could not lose", lambda: ("word " * 60, [1, 3, 4, 5]), says="say “none”"),
            Wrong("made them of money and was glad", lambda: ("word " * 60, [1, 2, 4, 5]), says="took no part"),
            Wrong("gave everybody the offer", lambda: ("word " * 60, [1, 2, 3, 4]), says="drawn by lot"),
            Wrong("gave a number of segments", lambda: 3, says="words"),
        ),
        hints=(
            "Begin with the end: what would you do differently for one kind of customers than for another? What "
            "would you have to know of somebody to do it?",
            "The lesson's order: make, test (three questions), describe by what took no part, worth and cost, "
            "offer, half of them left out.",
        ),
        reasoning="A segment matters when something different should be done for it, and pays. Made of wishes, and "
                  "different in purchases, it may be worth an offer; made of purchases, and different in "
                  "purchases, it is a circle. The honest plan can end with “none”, and then goes by degrees: one "
                  "offer for all, or tiers of value. Only those who got no offer, by lot, show what it was worth.",
    ),
)  # fmt: skip
