"""Exercises of lesson F2: what a drop-off counts, a plumber's journey, contacts read as customers, and sources."""

from __future__ import annotations

from functools import cache

from cxlab.learn.exercises.answers import Choice, Function, Number, Table, Words
from cxlab.learn.exercises.exercise import IN_WORDS, Exercise, Wrong

_GOAL, _STAGES = "Order", ("Awareness", "Consideration", "Purchase", "Service", "Post-Purchase")
_NORMAL = 0.1
_PLACES = ("Search", "Neighbour", "Call", "Window", "Visit", "Invoice")

_A = ["Advert", "Page", "Page", "Page", "Basket", "Order"]
_B = ["Advert", "Page", "Basket"]
_C = ["Tip", "Page", "Basket", "Order", "Delivery", "Page"]
_D = ["Page", "Page"]
_E = ["Advert"]
_JOURNEYS = [_A, _B, _C, _D, _E, _B]


def drop_off_share(journeys, touchpoint):
    """Share of the journeys which meet a touchpoint that end there without an order; 0 where none meets it."""
    meet = [journey for journey in journeys if touchpoint in journey]
    lost = [journey for journey in meet if journey[-1] == touchpoint and _GOAL not in journey]
    return len(lost) / len(meet) if meet else 0.0


def _otherwise(*, of: str = "meet", lost=lambda journey, at: journey[-1] == at and _GOAL not in journey):
    """A share of other journeys, or of something else, as a student may take it."""

    def share(journeys, touchpoint):
        meet = [journey for journey in journeys if touchpoint in journey]
        whole = {"meet": len(meet), "all": len(journeys), "lost": sum(_GOAL not in journey for journey in journeys),
                 "contacts": sum(journey.count(touchpoint) for journey in journeys)}[of]  # fmt: skip
        return sum(lost(journey, touchpoint) for journey in meet) / whole if whole else 0.0

    return share


def _without_return(journeys, touchpoint):
    drop_off_share(journeys, touchpoint)


def _divided_by_nothing(journeys, touchpoint):
    meet = [j for j in journeys if touchpoint in j]
    return sum(j[-1] == touchpoint and _GOAL not in j for j in meet) / len(meet)


@cache
def _world():
    from cxlab.data.simulate import Business, Segment, Touchpoint, simulate

    web, phone, van = {"web": 1}, {"phone": 3, "web": 1}, {"home": 1}
    places = (
        Touchpoint("Search", "Awareness", {"Call": 1}, 0.35, web),
        Touchpoint("Neighbour", "Awareness", {"Call": 1}, 0.1, phone),
        Touchpoint("Call", "Consideration", {"Window": 1}, 0.15, phone, emotion=-0.2),
        Touchpoint("Window", "Purchase", {"Visit": 1}, 0.3, phone, wait=30, emotion=-0.8),
        Touchpoint("Visit", "Purchase", {"Invoice": 1}, 0.0, van, wait=48, emotion=0.9),
        Touchpoint("Invoice", "Service", {}, 1.0, web, wait=200, emotion=-0.1),
    )
    business = Business(name="plumber", title="A plumber", goal="Visit", start={"Search": 3, "Neighbour": 2},
                        touchpoints=places, segments=(Segment("households", 1.0),))  # fmt: skip
    return simulate(business, customers=800, seed=1)


def plumber():
    """The data of a simulated plumber; the window is the half day in which he may come."""
    return _world().dataset()


@cache
def _plumber():
    return _world().tables["touchpoints"].to_pandas().sort_values(["customer_id", "sequence"])


@cache
def _won_back() -> str:
    """Those who would be kept if one in ten stopped × the share of those who go on that comes to the visit."""
    table = _plumber()
    stops = ~table.duplicated("customer_id", keep="last")
    visited = table["customer_id"].isin(table.loc[table["touchpoint"] == "Visit", "customer_id"])
    before = ~table["touchpoint"].isin(["Visit", "Invoice"])
    kept = (stops[before] - _NORMAL).groupby(table["touchpoint"]).sum()
    ahead = visited[before & ~stops].groupby(table["touchpoint"]).mean()
    return str((kept * ahead).idxmax())


def _most(column: str) -> str:
    """What a dashboard would name: the touchpoint with the most contacts, or the longest wait after it."""
    table = _plumber()
    if column == "contacts":
        return str(table["touchpoint"].value_counts().idxmax())
    wait = table.groupby("customer_id")["timestamp"].shift(-1) - table["timestamp"]
    return str(wait.groupby(table["touchpoint"]).median().idxmax())


def _leakiest() -> str:
    table = _plumber()
    last = table.drop_duplicates("customer_id", keep="last")["touchpoint"].value_counts()
    return str((last.drop("Invoice", errors="ignore") / table["touchpoint"].value_counts()).idxmax())


@cache
def _contacts():
    import cxlab as cx

    log = cx.load("clothing_boutique").touchpoints.select("customer_id", "sequence", "stage", "touchpoint")
    return log.order_by("customer_id", "sequence").to_pandas()


def contacts():
    """Contacts of the boutique, a row each, in order."""
    return _contacts().copy()


def _stages(counted, total=None):
    import pandas as pd

    counts = counted.value_counts().reindex(_STAGES, fill_value=0)
    table = pd.DataFrame({"stage": _STAGES, "lost": counts.to_numpy()})
    return table.assign(share=table["lost"] / (total or table["lost"].sum()))


@cache
def _lost():
    table = _contacts()
    ordered = table.loc[table["touchpoint"] == _GOAL, "customer_id"]
    return _ends()[~table["customer_id"].isin(ordered)]


def _ends(*within: str):
    """Stage of the last contact of each customer, or of each customer within something."""
    return _contacts().drop_duplicates(["customer_id", *within], keep="last")["stage"]


def _met_by_the_lost():
    table = _contacts()
    return table[table["customer_id"].isin(table.loc[_lost().index, "customer_id"])]["stage"]


EXERCISES = (
    Exercise(
        name="funnel-01",
        kind="practice",
        asks="Write a function that takes journeys (lists of touchpoints) and a touchpoint and returns its "
             "drop-off: of the journeys that meet it, the share that ends there without “Order”.",
        expected=lambda: drop_off_share,
        answer=Function(
            cases=(([_A, _B], "Basket"), (_JOURNEYS, "Basket"), (_JOURNEYS, "Page"), (_JOURNEYS, "Advert"),
                   (_JOURNEYS, "Fitting room")),
            answer=Number("share", digits=3, low=0, high=1),
            praise="Journeys over journeys, and nobody who ordered counts as lost.",
        ),
        wrong=(
            Wrong("divided by contacts", lambda: _otherwise(of="contacts"),
                  message="Yours divides by contacts: who looks three times counts three times. Count journeys."),
            Wrong("divided by all journeys", lambda: _otherwise(of="all"),
                  message="Yours divides by all journeys, also by those that never meet the touchpoint."),
            Wrong("counted those who ordered as lost", lambda: _otherwise(lost=lambda journey, at: journey[-1] == at),
                  message="Yours counts journeys that end at the touchpoint after an order. Are those lost?"),
            Wrong("counted those who are lost later", lambda: _otherwise(lost=lambda journey, _: _GOAL not in journey),
                  message="Yours counts journeys that go on and are lost elsewhere. Lost *here* means: the last "
                          "contact is here."),
            Wrong("divided by those who are lost", lambda: _otherwise(of="lost"),
                  message="That is the share of all who are lost: it says where most are, not where it leaks."),
            Wrong("gave the share that goes on", lambda: lambda *given: 1 - drop_off_share(*given),
                  message="That is the share that is not lost."),
            Wrong("gave per cent", lambda: lambda *given: 100 * drop_off_share(*given), says="per cent"),
            Wrong("forgot the return", lambda: _without_return, says="is there a return?"),
            Wrong("divided by nothing", lambda: _divided_by_nothing, says="ZeroDivisionError"),
            Wrong("called the function", lambda: drop_off_share(_JOURNEYS, "Page"), says="Asked is a function"),
        ),
        hints=(
            "Two lists: the journeys that meet the touchpoint, and those of them that are lost there. Each journey "
            "is in them once at most. And what if the first list is empty?",
            "`touchpoint in journey` says whether it is met, `journey[-1]` is its last contact. Where no journey "
            "meets the touchpoint, nobody is lost: return 0.",
        ),
        reasoning="Both counts are of journeys. Divided by contacts, a page that people look at often would seem "
                  "not to leak; divided by all journeys, a rare touchpoint never could. And a journey that comes "
                  "back after its order, say to look at the page again, has reached the goal.",
    ),
    Exercise(
        name="funnel-02",
        kind="business",
        asks="At which touchpoint of the plumber would most visits be won, if only one in ten stopped there? (a "
             "name)",
        given=plumber,
        expected=_won_back,
        answer=Choice(
            _PLACES,
            praise="It leaks, it feels worst, and nearly everything lies ahead of those who are there. A message "
                   "“on the way, twenty minutes” is the touchpoint that does not exist yet.",
        ),
        wrong=(
            Wrong("took the busiest", lambda: _most("contacts"),
                  message="That is where most contacts are: customers are there, and most of them get on."),
            Wrong("took the highest drop-off", _leakiest,
                  message="There the highest share stops, and most people do. But of those who are kept there, "
                          "many stop later: multiply by the share of those who go on that comes to the visit."),
            Wrong("took the longest wait", lambda: _most("wait"),
                  message="The longest wait follows there, after the goal: it is the invoice that takes its time."),
            Wrong("took the last one", lambda: "Invoice",
                  message="Every journey that gets there has reached the goal; nobody is lost there."),
            Wrong("took the kind word", lambda: "Neighbour",
                  message="About one in ten stops there already: there is nothing to win."),
            Wrong("named a stage", lambda: "Purchase", says="not among the names"),
            Wrong("gave two", lambda: ["Call", "Search"], says="one name"),
        ),
        hints=(
            "Volume × gap × what lies ahead. The plumber has hardly two touchpoints in a stage, so there are no "
            "peers to speak of: hold all against the same share.",
            'recoverable_loss(read_log(q.data(), goal="Visit"), value=1, reference=0.1).table has it in its first row; '
            "and look at journey_map, for the feelings.",
        ),
        reasoning="More people stop at the search, but most of those who are kept there stop later. The "
                  "appointment window leaks and hurts: people are to wait at home for half a day, and then without "
                  "a word. A message “your plumber is on the way, twenty minutes” would be a touchpoint that does "
                  "not exist yet; the log can show the gap, not the message. What it cannot show is why people "
                  "cancel at the window: price, or the half day? Ask ten of them.",
    ),
    Exercise(
        name="funnel-03",
        kind="mistake",
        asks="For each of the five stages: how many customers without an order had their last contact in it "
             "(lost), and what share of all such customers is that? (to three digits after the point)",
        given=contacts,
        expected=lambda: _stages(_lost()),
        answer=Table(
            keys=("stage",), digits=3, units={"lost": "customers", "share": "share"},
            praise="Nobody is lost where he would mend. His table has few contacts after the purchase because few "
                   "come so far, and those who do have ordered.",
        ),
        wrong=(
            Wrong("counted contacts, like the colleague", lambda: _stages(_contacts()["stage"]),
                  message="That counts contacts, as he did: who looks around ten times is ten contacts. One row a "
                          "customer."),
            Wrong("counted customers of each stage", lambda: _stages(_ends("stage")),
                  message="That counts who ever came to the stage. Asked is where the last contact was."),
            Wrong("counted those who ordered as lost", lambda: _stages(_ends()),
                  message="Yours has everybody's last contact in it, of those who ordered, too. They are not lost."),
            Wrong("divided by all customers", lambda: _stages(_lost(), total=_contacts()["customer_id"].nunique()),
                  message="Your shares are of all customers. Asked are shares of those who are lost."),
            Wrong("counted the contacts of the lost", lambda: _stages(_met_by_the_lost()),
                  message="The right customers, but all of their contacts. Each of them is lost once, at the last "
                          "one."),
            Wrong("left out stages with nobody", lambda: _stages(_lost()).query("lost > 0"), says="missing"),
            Wrong("gave per cent", lambda: _stages(_lost()).assign(share=lambda t: 100 * t["share"]), says="per cent"),
        ),
        hints=(
            "What does a row of his table stand for: a contact, a journey, or a customer who was lost? And is a "
            "journey lost that ends after its order?",
            'The last row of each customer is drop_duplicates("customer_id", keep="last"). Leave out the customers who '
            "ever met “Order”. Stages in which nobody is lost are rows, too: reindex.",
        ),
        reasoning="He counted contacts, and read them as customers lost. Consideration has many contacts because "
                  "people look around more than once, and Post-Purchase has few because few come so far. A journey "
                  "that ends after the order has not been lost: it has reached the goal. The share of a stage in "
                  "the contacts says nothing about drop-off at all.",
    ),
    Exercise(
        name="funnel-04",
        kind="open",
        asks="Where do your customers come from? Sketch a table of sources for your own business, and say which "
             "one you would keep, and what such a table cannot know.",
        answer=Words(
            rubric=(
                "A row a source, with visits, the share that goes on to a contact, and the share that buys.",
                "Each share has an interval; a source with few visits is not dropped because its number is low.",
                "All sources are compared over the same window of time, since some bring people early and others "
                "late.",
                "I say what I would keep, and on which number that rests.",
                "No sentence says that a source made people buy; I name a test that would show it, such as "
                "switching it off for a while, somewhere chosen by lot.",
            ),
            must=(1, 2, 4, 5), words=40,
        ),
        wrong=(
            Wrong("named a source only", lambda: "Instagram, because of the many likes.", says="too few"),
            *IN_WORDS,
            Wrong("went without intervals", lambda: ("word " * 50, [1, 4, 5]), says="Each share has an interval"),
            Wrong("claimed causes", lambda: ("word " * 50, [1, 2, 3, 4]), says="made people buy"),
            Wrong("gave a list", lambda: ["search", "tips"], says="words"),
        ),
        hints=(
            'funnel(log, steps=["Awareness", "Purchase", "Order"], by="channel", within="30d") makes such a table of a '
            "log.",
            "Content and search bring people early, adverts late. And would those who came by the advert not have "
            "come anyway?",
        ),
        reasoning="A source with few visits has a wide interval: drop it when its interval is low, not when its "
                  "number is. Content and search bring people early, adverts late, and the time to order differs "
                  "accordingly: compare over the same window. Any sentence with “because of” in it claims too "
                  "much. To know what a source causes, switch it off for a while, in some places chosen by lot.",
    ),
)  # fmt: skip
