"""Consistency: how alike visits are, not how good. What lies with who is served, with who serves, and with the day."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import norm

from cxlab.errors import DataError
from cxlab.experience.scores.visits import Visits, components_of, read_visits, visit_checks
from cxlab.finding import Finding, Key
from cxlab.wording import count, interval, listed, number, share

SOURCES = ("customers", "staff", "rest")


def consistency(source, *, question: str | None = None, flagged: str = "keep", level: float = 0.9) -> Finding:
    """Which part of the differences between answers lies with who serves, with who answers, and with the visit.

    Parameters
    ----------
    source, question, flagged : as of `read_visits`; or what it made
    level : coverage of the intervals

    Returns
    -------
    Finding "experience.consistency", a row a source of differences (customers, staff, rest; the first two where they
    are known): source, variance (points²), sd (points), share, low, high (share of all differences: the intraclass
    correlation)

    Raises
    ------
    DataError : see `read_visits`; or all answers are the same.

    Notes
    -----
    Restricted maximum likelihood of additive normal effects (`variances`). Staff (or customers, where they alone are
    known and are 1,000 or fewer): exact pivot; both: the pivot over the likelihood of the spread of customers. Where
    staff serve customers of their own choice, who is served and who serves are not told apart.

    >>> asked = pd.DataFrame({"question": "csat", "scale_min": 1, "scale_max": 5,
    ...     "score": [5, 4, 5, 4, 2, 3, 1, 2, 3, 4, 4, 3], "handled_by": ["Ada"] * 4 + ["Bo"] * 4 + ["Cy"] * 4})
    >>> consistency(asked).table[["source", "variance", "share"]].round(2).values.tolist()
    [['staff', 1.47, 0.77], ['rest', 0.44, 0.23]]
    """
    visits = source if isinstance(source, Visits) else read_visits(source, question=question, flagged=flagged)
    found = components_of(visits)
    known = [name for name in SOURCES if _known(visits, name)]
    whole = found.customers + found.staff + found.rest
    rows = []
    for name in known:
        variance = getattr(found, name)
        low, high = found.interval(SOURCES.index(name), level=level)
        rows.append({"source": name, "variance": variance, "sd": np.sqrt(variance), "share": variance / whole,
                     "low": low, "high": high})  # fmt: skip
    table = pd.DataFrame(rows)
    by = table.set_index("source")
    main = by.loc["staff" if visits.staff else "customers"]
    who = "who serves" if visits.staff else "who answers"
    told = f"{share(main['share'])} of the differences between visits lie with {who}"
    if main["low"] == 0:
        title = f"It cannot be told that it matters {who}: at most {share(main['high'])} of the differences"
    else:
        title = told
    people = f"{count(visits.n)} answers to “{visits.question}”"
    people += f" of {count(visits.customers)} customers" if visits.customers else ""
    served = f", served by {count(len(visits.staff))} members of staff" if visits.staff else ""
    sentences = [f"{people}{served}{', ' + visits.period if visits.period else ''}: {told} "
                 f"{interval(share(main['low']), share(main['high']), level=level)}."]  # fmt: skip
    if visits.staff and visits.customers:
        row = by.loc["customers"]
        reach = interval(share(row["low"]), share(row["high"]), level=level)
        sentences.append(f"{share(row['share'])} {reach} lie with who answers.")
    row = by.loc["rest"]
    sentences.append(
        f"The rest, {share(row['share'])} {interval(share(row['low']), share(row['high']), level=level)}, changes from "
        f"visit to visit even {_same(visits)}: a standard deviation of {number(row['sd'], digits=2)} points."
    )
    if visits.staff:
        sentences.append(
            f"One member of staff differs from the mean of all by {number(main['sd'], digits=2)} points (standard "
            "deviation)."
        )
    if visits.left_out:
        sentences.append(f"{count(visits.left_out)} answers that name no one were left out.")
    from cxlab.experience.charts.consistency import draw_variance

    return Finding(
        name="experience.consistency",
        title=title,
        text=" ".join(sentences),
        table=table,
        units={"variance": "points²", "sd": "points"} | dict.fromkeys(["share", "low", "high"], "share"),
        checks=visit_checks(visits),
        draw=lambda ax: draw_variance(ax, table),
        caption=f"n = {count(visits.n)} answers{', ' + visits.period if visits.period else ''}; variance components by "
        f"REML, {level * 100:g} % intervals by exact pivots.",
        keys=(Key(share(main["share"]), f"of the differences between visits lie with {who}, {level * 100:g} % "
                  f"{share(main['low'])} to {share(main['high'])} (n = {count(visits.n)})"),),
    )  # fmt: skip


def staff_scores(source, *, question: str | None = None, flagged: str = "keep", level: float = 0.9) -> Finding:
    """What each member of staff scores once chance, and who they serve, are taken out.

    Returns
    -------
    Finding "experience.staff", a row a member of staff, best first: staff, answers, own (plain mean), value (shrunken
    mean), low, high (points), place ("above", "below" the mean of all staff, "": not told apart)

    Raises
    ------
    DataError : fewer than two members of staff are known.

    Notes
    -----
    Best linear unbiased predictions around the mean of the staff, their spread over the confidence distribution of the
    variance ratio; normal intervals. Source: Robinson (1991), That BLUP is a good thing, Statistical Science 6(1).

    >>> asked = pd.DataFrame({"question": "csat", "scale_min": 1, "scale_max": 5,
    ...     "score": [5, 4, 5, 4, 2, 3, 1, 2, 3, 4, 4, 3], "handled_by": ["Ada"] * 4 + ["Bo"] * 4 + ["Cy"] * 4})
    >>> staff_scores(asked).table[["staff", "own", "place"]].values.tolist()
    [['Ada', 4.5, 'above'], ['Cy', 3.5, ''], ['Bo', 2.0, 'below']]
    """
    visits = source if isinstance(source, Visits) else read_visits(source, question=question, flagged=flagged)
    if not visits.staff:
        raise DataError("who served is not known.", expected="handled_by with two names or more")
    found, cells = components_of(visits), visits.cells
    n = np.bincount(cells.staff, cells.n)
    own = np.bincount(cells.staff, cells.total) / n
    reach = norm.ppf((1 + level) / 2) * found.errors
    value = found.mean + found.effects
    place = np.select([found.effects > reach, found.effects < -reach], ["above", "below"], "")
    table = pd.DataFrame({"staff": visits.staff, "answers": n.astype(int), "own": own, "value": value,
                          "low": value - reach, "high": value + reach, "place": place})  # fmt: skip
    table = table.sort_values("value", ascending=False, kind="stable", ignore_index=True)
    sides = {side: table.loc[table["place"] == side, "staff"].tolist() for side in ("above", "below")}
    apart = " and ".join(f"{listed(own, 3)} {'lies' if len(own) == 1 else 'lie'} {side} the mean of all staff"
                         for side, own in sides.items() if own)  # fmt: skip
    best, worst = table.iloc[0], table.iloc[-1]
    from cxlab.experience.charts.pooled import draw_pooled

    return Finding(
        name="experience.staff",
        title=apart[0].upper() + apart[1:] if apart else "No member of staff is told apart from the others",
        text=(
            f"{count(visits.n)} answers to “{visits.question}” about {count(len(table))} members of staff"
            f"{', ' + visits.period if visits.period else ''}. "
            f"{f'{apart}; the others cannot be told from it' if apart else 'None is told apart from the mean of all'}. "
            f"Scores are pulled towards the mean of all: they run from {number(worst.value)} ({worst.staff}) to "
            f"{number(best.value)} ({best.staff}), plain means from {number(table['own'].min())} to "
            f"{number(table['own'].max())}. Differences may come from when and where someone works."
        ),
        table=table,
        units={"answers": "count"} | dict.fromkeys(["own", "value", "low", "high"], "points"),
        checks=visit_checks(visits),
        draw=lambda ax: draw_pooled(ax, table.rename(columns={"staff": "name"}), middle=found.mean,
                                    label="Mean score, points"),
        caption=f"n = {count(visits.n)} answers; {level * 100:g} % intervals of shrunken means; crosses: plain means.",
    )  # fmt: skip


def _known(visits: Visits, name: str) -> bool:
    return name == "rest" or bool(visits.staff if name == "staff" else visits.customers)


def _same(visits: Visits) -> str:
    parts = [f"the same {who}" for who, known in (("customer", visits.customers), ("staff", visits.staff)) if known]
    return "with " + " and ".join(parts)
