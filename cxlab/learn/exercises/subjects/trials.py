"""Exercises of lesson A3: refunds in steps, a limit for gold that members know, a roll-out that is a trial."""

from __future__ import annotations

from functools import cache

from cxlab.learn.exercises.answers import Choice, Number, Words
from cxlab.learn.exercises.exercise import IN_WORDS, Exercise, Wrong

#: stars that the right to refund adds in the simulated sites
_EFFECT = 0.15
_SITES = ("Station", "Market", "Harbour", "University", "Mill Lane", "Old Town", "Airport", "Park")
LIMIT = 1000
CAME_FIRST, CROWD, ONLY_THERE = "they came first", "crowd at the limit", "only at the limit"
FEW, UNEVEN, NO_JUMP = "too few members", "groups of unlike size", "no jump there"


@cache
def _sites():
    """Weeks of the eight sites, and the week in which each began."""
    import numpy as np

    from cxlab.data.simulate.decisions import WeeklyPanel
    from cxlab.data.simulate.trying import observe

    weeks = [10, 10, 18, 18, 26, 26, 34, 34]
    order = dict(zip(np.random.default_rng(3).permutation(_SITES).tolist(), weeks, strict=True))
    levels = dict(zip(_SITES, np.linspace(3.7, 4.2, 8), strict=True))
    stars = WeeklyPanel("refunds", "may refund", levels, order, effect=_EFFECT, season=0.1, own=0.04, rating=1.0,
                        raters=40, low=1, high=5)  # fmt: skip
    first, last = np.datetime64("2025-01-06"), np.datetime64("2025-11-02")
    return observe(stars, first, last, np.random.default_rng(5))[0], order


def sites():
    """Weekly ratings of a simulated restaurant chain whose staff may refund, from a week on that was drawn by lot."""
    _compared()  # so that a check is quick
    return _sites()[0].copy()


@cache
def _cells(only: tuple[str, ...] = ()):
    """Each site and week since its start: start, what the site gained, what those not begun gained.

    Parameters
    ----------
    only : sites to compare with; by default all that have not begun in that week
    """
    import pandas as pd

    made, order = _sites()
    weekly = made.pivot(index="timestamp", columns="unit_id", values="outcome").reset_index(drop=True)
    rows = []
    for site, start in order.items():
        gained = weekly.iloc[start:] - weekly.iloc[:start].mean()
        for week, row in gained.iterrows():
            others = [o for o in (only or order) if order[o] > week]
            rows.append((site, start, row[site], row[others].mean()))
    table = pd.DataFrame(rows, columns=["site", "start", "gained", "others"])
    return table.assign(effect=table["gained"] - table["others"])


def _compared():
    return _cells().dropna()


def _flagged():
    made = sites()
    return made.assign(since=made["timestamp"] >= made["treated_from"])


def _after_less_before() -> float:
    means = _flagged().groupby("since")["outcome"].mean()
    return float(means[True] - means[False])


def _same_week() -> float:
    means = _flagged().groupby(["timestamp", "since"])["outcome"].mean().unstack()
    return float((means[True] - means[False]).mean())


def _regression() -> float:
    """The coefficient of "may refund" beside an effect of each site and of each week."""
    flagged = _flagged()
    given = flagged.pivot(index="unit_id", columns="timestamp", values="since").to_numpy(float)
    rating = flagged.pivot(index="unit_id", columns="timestamp", values="outcome").to_numpy()
    left = given - given.mean(0) - given.mean(1, keepdims=True) + given.mean()
    return float((left * rating).sum() / (left * given).sum())


def members():
    """Points and visits a month of simulated members; some of the eager bought what they lacked for gold."""
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng(2)
    points, eager = rng.gamma(3, 250, 3000).round(), rng.random(3000) < 0.6
    hurry = eager & (points > 850) & (points < LIMIT)
    points = np.where(hurry, LIMIT + rng.integers(0, 60, 3000), points)
    visits = 1 + points / 400 + 0.6 * hurry + rng.normal(0, 0.8, 3000)
    return pd.DataFrame({"unit_id": range(3000), "points": points, "outcome": visits})


@cache
def _mistakes() -> tuple[str, ...]:
    """What the members' own rows say to each objection."""
    import numpy as np

    table = members()
    far, visits = table["points"] - LIMIT, table["outcome"]
    below, above = ((far < 0) & (far >= -400), (far >= 0) & (far < 400))
    lines = [np.polyfit(far[side], visits[side], 1, cov=True) for side in (below, above)]
    jump = lines[1][0][1] - lines[0][0][1]
    error = np.sqrt(lines[0][1][1, 1] + lines[1][1][1, 1])
    holds = {
        CAME_FIRST: np.corrcoef(far[far < 0], visits[far < 0])[0, 1] > 0.2,  # without any gold
        CROWD: ((far >= 0) & (far < 60)).sum() > 2 * ((far < 0) & (far >= -60)).sum(),
        ONLY_THERE: (far < -200).mean() > 0.25,  # those whom a lower limit is for
        FEW: min(below.sum(), above.sum()) < 100,
        NO_JUMP: abs(jump) < 2 * error,
    }
    return tuple(name for name, true in holds.items() if true)


EXERCISES = (
    Exercise(
        name="trials-01",
        kind="business",
        asks="Against sites that have not begun yet, by how many stars did the right to refund raise the rating, on "
             "average? (to two digits after the point)",
        given=sites,
        expected=lambda: _compared()["effect"].mean(),
        answer=Number(
            "stars", digits=2, low=-1, high=1,
            praise="Less than half of what the owner saw; the rest is the year. And one check fails: which?",
        ),
        wrong=(
            Wrong("took after less before", _after_less_before,
                  message="That is all weeks with it less all weeks without it, the owner's number. The year is in "
                          "it: late weeks are summer and autumn, early ones winter."),
            Wrong("took what the sites themselves gained", lambda: _compared()["gained"].mean(),
                  message="That is what sites gained since their own start. What did those gain, in the same weeks, "
                          "that had not begun?"),
            Wrong("took what the others gained", lambda: _compared()["others"].mean(),
                  message="That is what sites gained that had not begun: the part to be taken off."),
            Wrong("ran the plain regression", _regression,
                  message="That is the plain regression on sites and weeks. It also compares with sites that began "
                          "early, as if they were untreated: nearly a third of the cells are counted backwards."),
            Wrong("compared levels in the same week", _same_week,
                  message="That compares levels week by week. The lot put two of the better sites first: compare what "
                          "changed, not where they stand."),
            Wrong("compared with the last two throughout", lambda: _cells(_last()).dropna()["effect"].mean(),
                  message="That compares with the two that begin last only. In early weeks others have not begun, "
                          "either; they count."),
            Wrong("took the first start", lambda: _by_start().iloc[0],
                  message="That is the first start alone. Three of four starts have somebody to be compared with."),
            Wrong("gave each start the same weight", lambda: _by_start().mean(),
                  message="So each start counts alike. Early ones have more weeks: the mean is over all sites and "
                          "weeks that can be compared (the row `all`)."),
            Wrong("gave all starts", lambda: _by_start(), says="3 values"),
            Wrong("took it the other way round", lambda: -_compared()["effect"].mean(), says="sign"),
            Wrong("took per cent", lambda: 100 * _compared()["effect"].mean(), says="a hundred times too large"),
        ),
        hints=(
            "The same two calls as in the lesson, from the weeks to the difference in differences. Who is left to "
            "compare with at the end?",
            'read_panel(chain, label="the rating", weight="raters"), then difference_in_differences(…); its finding '
            "has the column `effect`, and the row `all` comes first.",
        ),
        reasoning=f"The simulated staff truly add {_EFFECT:.2f} stars, and the interval holds it. Less than half of "
        "the owner's number is left, the rest is the year. The last two sites have nobody to be compared with and do "
        "not count. The finding says which share of cells a plain regression on sites and weeks would count "
        "backwards: it takes sites that began early for untreated ones. One check fails: ten weeks before the first "
        "start are too few to see a drift. Here the lot stands in for that check; without the lot it would be the "
        "end.",
    ),
    Exercise(
        name="trials-02",
        kind="mistake",
        asks="Which three of the six objections to “let us make gold cheaper” are right?",
        given=members,
        expected=_mistakes,
        answer=Choice(
            (CAME_FIRST, CROWD, ONLY_THERE, FEW, UNEVEN, NO_JUMP), several=True,
            praise="In this world gold does nothing at all, and every number of the report is right.",
        ),
        wrong=(
            Wrong("doubted the jump", lambda: [CAME_FIRST, CROWD, NO_JUMP],
                  message="The jump is there, and is seen with other widths, too. Ask who stands on either side of "
                          "it, and for whom it would hold."),
            Wrong("doubted the number of members", lambda: [CAME_FIRST, CROWD, FEW],
                  message="Hundreds stand near the limit on either side: chance is not what is wrong. For whom would "
                          "even an honest jump hold?"),
            Wrong("minded that gold is rare", lambda: [CAME_FIRST, CROWD, UNEVEN],
                  message="Groups may be of unlike size: a mean of fewer is less sure, not wrong. For whom would even "
                          "an honest jump hold?"),
            Wrong("found what checks can find", lambda: [CROWD], says="2 more belong"),
            Wrong("forgot whom it holds for", lambda: [CAME_FIRST, CROWD], says="1 more belongs"),
            Wrong("took all", lambda: [CAME_FIRST, CROWD, ONLY_THERE, FEW, UNEVEN, NO_JUMP],
                  says="3 of yours do not belong"),
            Wrong("wrote in own words", lambda: ["self-selection"], says="not among the names"),
            Wrong("gave how many there are", lambda: 3, says="list of names"),
        ),
        hints=(
            "Count members from 940 to 999 points, and from 1,000 to 1,059. And who comes twice as often, before any "
            "gold?",
            'read_running(members, running="points", cutoff=1000, label="visits a month", measured="visits"), then '
            "regression_discontinuity(…).finding: its text and its failed check settle three of the six.",
        ),
        reasoning="One: members made themselves gold by coming often; the comparison is upside down. Two: the jump "
        "is there, and so is a crowd just above the limit: those in a hurry bought the last points, and they are the "
        "eager ones. Three: even an honest jump holds for people at 1,000 points, not for those whom a lower limit "
        "would reach. What they could do: draw lots for a free upgrade among members between 600 and 900.",
    ),
    Exercise(
        name="trials-03",
        kind="open",
        asks="Your own roll-out, in an order drawn by lot: what do you write down before the first hotel begins?",
        answer=Words(
            rubric=(
                "The order is drawn by somebody from outside, once, and kept; a hotel that must come first is left "
                "out of the reckoning.",
                "I name an outcome close to the change, and one that matters, with the interval I can hope for.",
                "I name the quarter of the only early look and its bound (plan_looks), before any data.",
                "I name what stops the roll-out: a limit of a chart, or so many complaints a week, and who stops it.",
                "I say who among the waiting might copy it, or change something else, and how that is kept from "
                "happening.",
            ),
            must=(2, 3, 4),
        ),
        wrong=(
            Wrong("wrote one sentence", lambda: "Two hotels a quarter, by lot.", says="too few"),
            *IN_WORDS,
            Wrong("planned no stop", lambda: ("word " * 40, [1, 2, 3]), says="does without"),
            Wrong("planned no look", lambda: ("word " * 40, [1, 2, 4, 5]), says="does without"),
        ),
        hints=(
            "Write it so that somebody else could carry it out while you are away: outcome, date, number, name.",
            "plan_looks(4) says how far beyond chance a look in each quarter has to be; the chart of the lesson says "
            "how long a fall goes unseen.",
        ),
        reasoning="Let somebody from outside draw, once, and keep to it, however the manager of the keenest hotel "
        "begs; if two hotels must come first, say so and leave them out of the reckoning. Close: minutes a check-in. "
        "What matters: rating or return bookings, with the interval one can hope for after a year (make eight hotels "
        "up with `observe` of cxlab.data.simulate.trying, and see). plan_looks(4): stop at the second look only "
        "beyond its bound. Stop rule: the chart, or complaints about the machine above so many a week. And half a "
        "year without any other change in the hotels that wait is worth more than any method.",
    ),
)  # fmt: skip


def _last() -> tuple[str, ...]:
    order = _sites()[1]
    return tuple(site for site, start in order.items() if start == max(order.values()))


def _by_start():
    return _compared().groupby("start")["effect"].mean()
