"""Who answers of those who were asked: response rate, and whether those who answer gladly feel otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import ibis
import numpy as np
import pandas as pd
from ibis import _
from scipy.special import ndtri

from cxlab.errors import DataError, unknown
from cxlab.experience.scores.measures import measure_of
from cxlab.experience.scores.questions import survey_table
from cxlab.finding import Check, Finding
from cxlab.intervals import share_interval
from cxlab.wording import count, interval, share

#: share of invitations from which one counts as answering gladly
GLADLY = 0.5
LEAST_RATE = 0.2


def response_rate(source, *, by: str | Sequence[str] = (), level: float = 0.9) -> Finding:
    """What share of invitations was answered, overall or by group of customers.

    Parameters
    ----------
    source : Dataset with `surveys` (customer_id among its columns) and `customers`, whose column `invitations` says how
        often each was asked; without it, everybody in `customers` counts as asked once
    by : columns of `customers`
    level : coverage of the intervals

    Returns
    -------
    Finding "experience.response", a row a group: *by, customers (asked), invitations, responses, rate, low, high

    Raises
    ------
    DataError : customers or their number are missing. ParameterError : an unknown column.

    Notes
    -----
    Jeffreys' interval on invitations over the design effect of several invitations a customer (ratio estimate by
    customers; Cochran 1977, Sampling Techniques, section 6.3). A response counts where it answers any question.

    >>> asked = pd.DataFrame({"response_id": ["r1", "r2"], "question": "csat", "score": [4, 5], "scale_min": 1,
    ...     "scale_max": 5, "customer_id": ["a", "b"]})
    >>> customers = pd.DataFrame({"customer_id": list("abcd"), "invitations": 1})
    >>> found = response_rate({"surveys": ibis.memtable(asked), "customers": ibis.memtable(customers)})
    >>> found.table[["invitations", "responses", "rate"]].values.tolist()
    [[4.0, 2.0, 0.5]]
    """
    by = [by] if isinstance(by, str) else list(by)
    each = _each(source, by)
    sums = {
        "customers": _.count(), "invitations": _.asked.sum(), "responses": _.given.sum(),
        "aa": (_.asked * _.asked).sum(), "ag": (_.asked * _.given).sum(), "gg": (_.given * _.given).sum(),
    }  # fmt: skip
    table = (each.group_by(by).agg(**sums) if by else each.agg(**sums)).execute()
    table = table.sort_values(by).reset_index(drop=True) if by else table
    rate, low, high = _rates(table, level)
    table = table[[*by, "customers", "invitations", "responses"]].assign(rate=rate, low=low, high=high)
    whole = table[["customers", "invitations", "responses"]].sum()
    total = each.agg(**sums).execute()
    rate, low, high = (float(v[0]) for v in _rates(total, level))
    from cxlab.experience.charts.scores import draw_scores

    title = f"{share(rate)} of invitations were answered"
    text = (
        f"{count(whole['responses'])} of {count(whole['invitations'])} invitations to {count(whole['customers'])} "
        f"customers were answered: {share(rate)} {interval(share(low), share(high), level=level)}."
    )
    if by and len(table) > 1:
        least, most = table.loc[table["rate"].idxmin()], table.loc[table["rate"].idxmax()]
        text += (
            f" Least answer {_named(least, by)}, {share(least.rate)}, most {_named(most, by)}, {share(most.rate)}: "
            "what all answers together say leans towards those who answer more."
        )
    return Finding(
        "experience.response", title, text, table,
        units=dict.fromkeys(["customers", "invitations", "responses"], "count")
        | dict.fromkeys(["rate", "low", "high"], "share"),
        checks=(Check("share of invitations that were answered", rate >= LEAST_RATE, share(rate),
                      f"≥ {share(LEAST_RATE)}", "No number here speaks for those who do not answer."),),
        draw=lambda ax: draw_scores(ax, _shown(table, by), label="Response rate, share of invitations", unit="share",
                                    write=share, whole=rate),
        caption=f"n = {count(whole['invitations'])} invitations; {level * 100:g} % Jeffreys intervals by customers.",
    )  # fmt: skip


def _shown(table: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    names = [_named(row, by) if by else "all" for _, row in table.iterrows()]
    return table.assign(name=names, n=table["invitations"], value=table["rate"], place="")


def readiness(source, *, question: str | None = None, measure: str = "", level: float = 0.9) -> Finding:
    """Whether those who answer most of their invitations feel otherwise than those who seldom do.

    Who never answers is more like those who seldom do (the continuum of resistance): if these are less satisfied, so,
    probably, are those of whom nothing is known.

    Parameters
    ----------
    source : as of `response_rate`, with the column `invitations`
    question : as of `read_answers`; measure : "nps", "top_box", "mean"; "": by the question

    Returns
    -------
    Finding "experience.readiness", a row a group ("answer seldom", "answer gladly": half of their invitations or more):
    who, customers, answers, value, low, high (in the unit of the measure); and a row "difference" (gladly − seldom)

    Raises
    ------
    DataError : invitations are not known, or one of the groups is empty.

    Notes
    -----
    A mean of each customer's answers stands for the customer. Normal intervals, customers as units. Customers with
    several invitations only. Source: Lin & Schaeffer (1995), Using survey participants to estimate the impact of
    nonparticipation, Public Opinion Quarterly 59(2).
    """
    from cxlab.experience.scores.answers import read_answers

    tables = _tables(source)
    if "invitations" not in tables["customers"].columns:
        raise DataError("it is not known how often each customer was asked.", expected="customers.invitations, a count")
    answers = read_answers(tables["surveys"], question=question)
    made = measure_of(answers, measure)
    asked = survey_table(tables["surveys"]).filter((_.question == answers.question) & _.score.notnull())
    worth = asked.score.cases(*zip(answers.scores.tolist(), made.values.tolist(), strict=True))
    own = asked.mutate(worth=worth.cast("float64")).group_by("customer_id").agg(value=_.worth.mean(), answers=_.count())
    each = _each(tables, []).filter(_.asked > 1)
    joined = own.inner_join(each, own.customer_id == each.customer_id)
    joined = joined.mutate(gladly=(_.given / _.asked >= GLADLY))
    sums = joined.group_by("gladly").agg(
        customers=_.count(), answers=_.answers.sum(), value=_.value.mean(), sd=_.value.std()
    ).execute().set_index("gladly")  # fmt: skip
    if len(sums) < 2 or (sums["customers"] < 2).any():
        raise DataError(
            "customers who answer seldom and gladly cannot be compared.", expected="two of each, asked more than once"
        )
    z = float(ndtri((1 + level) / 2))
    error = sums["sd"] / np.sqrt(sums["customers"])
    rows = [
        {"who": name, "customers": int(sums["customers"][flag]), "answers": int(sums["answers"][flag]),
         "value": sums["value"][flag], "low": sums["value"][flag] - z * error[flag],
         "high": sums["value"][flag] + z * error[flag]}
        for flag, name in ((False, "answer seldom"), (True, "answer gladly"))
    ]  # fmt: skip
    gap, spread = sums["value"][True] - sums["value"][False], float(np.hypot(error[True], error[False]))
    rows.append({"who": "difference", "customers": int(sums["customers"].sum()), "answers": int(sums["answers"].sum()),
                 "value": gap, "low": gap - z * spread, "high": gap + z * spread})  # fmt: skip
    table = pd.DataFrame(rows)
    few = int(sums["customers"].min())
    return _readiness(table, answers, made, gap, z * spread, few, level)


def _readiness(table, answers, made, gap: float, reach: float, few: int, level: float) -> Finding:
    from cxlab.experience.charts.scores import draw_scores

    seldom, gladly = table.iloc[0], table.iloc[1]
    ends = interval(made.write(gap - reach), made.write(gap + reach), level=level)
    sure = abs(gap) > reach
    more = "more" if gap > 0 else "less"
    says = (
        f"those who never answered are probably {'less' if gap > 0 else 'more'} satisfied than the answers say"
        if sure else "no sign that those who never answered feel otherwise, and no proof that they do not"
    )  # fmt: skip
    return Finding(
        "experience.readiness",
        f"Those who answer gladly are {more} satisfied" if sure
        else "Those who answer gladly feel like those who seldom do",
        f"{made.what[0].upper()}{made.what[1:]} of customers who answered half of their invitations or more is "
        f"{made.write(gladly.value)} (n = {count(gladly.customers)}), of those who answered fewer "
        f"{made.write(seldom.value)} (n = {count(seldom.customers)}), a difference of {made.write(gap)} {ends}: "
        f"{says}.",
        table, units={"customers": "count", "answers": "count"}
        | dict.fromkeys(["value", "low", "high"], made.unit),
        checks=(Check("customers in the smaller group", few >= 30, count(few), "≥ 30", "So few say little."),),
        draw=lambda ax: draw_scores(
            ax, table.head(2).assign(name=table["who"], n=table["customers"], place=""), label=made.label,
            unit=made.unit, write=made.write,
        ),
        caption=f"Customers asked more than once; “{answers.question}”; {level * 100:g} % intervals.",
    )  # fmt: skip


def _tables(source):
    tables = dict(source) if isinstance(source, Mapping) else source.tables
    for name in ("surveys", "customers"):
        if name not in tables:
            raise DataError(f"there are no {name}.", expected="surveys, and the customers who were asked")
    if "customer_id" not in tables["surveys"].columns:
        raise DataError("answers name no customers.", expected="a column customer_id in surveys")
    return tables


def _each(source, by: Sequence[str]) -> ibis.Table:
    """A row a customer who was asked: customer_id, *by, asked (times), given (responses with a score)."""
    tables = _tables(source)
    customers, surveys = tables["customers"], tables["surveys"]
    for name in by:
        if name not in customers.columns:
            raise unknown("column", name, customers.columns)
    asked = customers.invitations.cast("float64") if "invitations" in customers.columns else ibis.literal(1.0)
    customers = customers.select("customer_id", *by, asked=asked).filter(_.asked > 0)
    gave = surveys.filter(_.score.notnull()).group_by("customer_id").agg(given=_.response_id.nunique().cast("float64"))
    joined = customers.left_join(gave, customers.customer_id == gave.customer_id)
    # answers to more than was asked (a link passed on) count as answers to all of it
    return joined.mutate(given=ibis.least(_.given.fill_null(0.0), _.asked)).drop("customer_id_right")


def _rates(table: pd.DataFrame, level: float):
    n, given, asked = (table[c].to_numpy(float) for c in ("customers", "responses", "invitations"))
    rate = given / asked
    square = (table["gg"] - 2 * rate * table["ag"] + rate**2 * table["aa"]).to_numpy(float)
    variance = square / asked**2 * n / np.maximum(n - 1, 1)
    plain = rate * (1 - rate) / asked
    effect = np.where(plain > 0, np.maximum(variance / np.where(plain > 0, plain, 1), 1.0), 1.0)
    hits, of = given / effect, asked / effect
    low, high = share_interval(hits, of, level=level)
    return rate, low, high


def _named(row, by: Sequence[str]) -> str:
    return ", ".join(str(row[name]) for name in by)
