"""Sessions: contacts of a customer without a long pause between them, numbered in the order in which they began."""

from __future__ import annotations

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis import _

from cxlab.finding import Check, Finding, Key
from cxlab.intervals import share_interval
from cxlab.journey.intervals import design_effect
from cxlab.journey.log import Log
from cxlab.journey.times import quantile_ends, quantiles, seconds, seconds_of
from cxlab.wording import count, duration, interval, number, share

#: sessions with as many contacts or more are one row
LONGEST = 10
FEWEST = 30


def with_sessions(
    table: ir.Table, *, customer: str, at: str, order: str | Sequence[str], gap_s: float, session: str | None = None
) -> ir.Table:
    """The table with one more column `session` (int64): the number of the contact's session within its customer, 1….

    Parameters
    ----------
    table : contacts, any number of columns
    customer, at : names of its columns: who, and when (timestamp)
    order : names of the columns that order the contacts of a customer; the last of them settles ties
    gap_s : a pause longer than this many seconds begins a new session; a pause of exactly so many does not
    session : name of a column with the source's own session ids. Contacts of one id are one session, even where
        another lies between them (two devices); contacts without an id are split by the pause, and where ids begin or
        end

    Returns
    -------
    The table and `session`; where the source has a column of that name, it is replaced.

    Notes
    -----
    One sort a customer where pauses decide, two where the source has ids.

    >>> import pandas as pd
    >>> at = pd.to_datetime(["2026-01-01 09:00", "2026-01-01 09:30", "2026-01-01 10:01"], utc=True)
    >>> contacts = ibis.memtable(pd.DataFrame({"who": "a", "at": at}))
    >>> with_sessions(contacts, customer="who", at="at", order="at", gap_s=1800).execute()["session"].tolist()
    [1, 1, 2]
    """
    order = [order] if isinstance(order, str) else list(order)
    window = ibis.window(group_by=customer, order_by=order)
    pause = ibis.interval(microseconds=round(gap_s * 1e6)) if gap_s % 1 else ibis.interval(seconds=int(gap_s))
    begins = (table[at] > table[at].lag(1).over(window) + pause).fill_null(True)
    if session is not None:
        id_, before = table[session], table[session].lag(1).over(window)
        begins = ibis.or_(ibis.and_(id_.isnull(), begins), ~id_.identical_to(before), before.isnull() & id_.notnull())
    marked = table.mutate(__begins=begins.cast("int64"))
    so_far = ibis.cumulative_window(group_by=customer, order_by=order)
    if session is None:
        return marked.mutate(session=_["__begins"].sum().over(so_far)).drop("__begins")
    runs = marked.mutate(__run=_["__begins"].sum().over(so_far))
    first = ibis.cases(
        (runs[session].isnull(), runs["__run"]),
        else_=runs["__run"].min().over(ibis.window(group_by=[customer, session])),
    )
    firsts = runs.mutate(__first=first)
    numbered = firsts["__first"].dense_rank().over(ibis.window(group_by=customer, order_by="__first"))
    return firsts.mutate(session=(numbered + 1).cast("int64")).drop("__begins", "__run", "__first")


def sessions(log: Log, *, gap="30min", level: float = 0.9) -> Finding:
    """How many sessions there are, how long they are, and what share ends after one contact.

    Parameters
    ----------
    log : per customer, or per session: then its own sessions are counted, and `gap` is without effect; so it is where
        the source has session ids
    gap : a longer pause begins a new session

    Returns
    -------
    Finding "journey.sessions", a row a length: contacts ("1" … "9", "10 or more"), sessions, share, low, high,
    median_s, median_low_s, median_high_s (seconds from the first to the last contact; 0 with one contact)

    Notes
    -----
    Sessions of a customer are not independent: counts are divided by the design effect between customers (Rao & Scott
    1992) before the Jeffreys interval.

    >>> from cxlab.journey.examples import small_log
    >>> sessions(small_log(), gap="36h").table[["contacts", "sessions"]].values.tolist()
    [['2', 1], ['3', 2], ['5', 1]]
    """
    each, told = _each(log, gap)
    each = each.mutate(length=ibis.least(each.contacts, LONGEST)).cache()
    whole = each.agg(n=_.count(), contacts=_.contacts.mean(), customers=_.customer_id.nunique()).execute().iloc[0]
    n, customers = int(whole["n"]), int(whole["customers"])
    own = each.group_by("customer_id").agg(n=_.count()).cache()
    squares = own.agg(nn=(_.n * _.n).sum()).execute()["nn"].iloc[0]
    table = (
        each.group_by("length", "customer_id").agg(x=_.count()).inner_join(own, "customer_id")
        .group_by("length").agg(sessions=_.x.sum(), xx=(_.x * _.x).sum(), xn=(_.x * _.n).sum())
        .order_by("length").execute()
    )  # fmt: skip
    effect = design_effect(table["sessions"], n, table["xx"], table["xn"], squares)
    table["share"] = table["sessions"] / n
    table["low"], table["high"] = share_interval(table["sessions"] / effect, n / effect, level=level)
    for row, (length, m) in enumerate(zip(table["length"], table["sessions"], strict=True)):
        probabilities = [0.5, *quantile_ends(0.5, int(m), level=level)]
        found = quantiles(each.filter(_.length == int(length)), {"seconds": probabilities})["seconds"]
        table.loc[row, ["median_s", "median_low_s", "median_high_s"]] = found
    table["contacts"] = [f"{k} or more" if k == LONGEST else str(k) for k in table["length"]]
    columns = ["contacts", "sessions", "share", "low", "high", "median_s", "median_low_s", "median_high_s"]
    table = table[columns]
    bounced = table[table["contacts"] == "1"]
    b, low, high = (bounced[c].iloc[0] if len(bounced) else 0.0 for c in ("share", "low", "high"))
    if not len(bounced):
        high = float(share_interval(0, customers, level=level)[1])
    lasting = quantiles(each, {"seconds": [0.5, 0.9]})["seconds"]
    return Finding(
        name="journey.sessions",
        title=f"{share(b)} of sessions end after one contact",
        text=(
            f"{count(log.n_contacts)} contacts of {count(customers)} customers, {log.period}, make {count(n)} "
            f"sessions, {number(n / customers)} a customer and {number(float(whole['contacts']))} contacts each. "
            f"{share(b)} {interval(share(low), share(high), level=level)} have one contact. Half of all sessions last "
            f"{duration(lasting[0])} or more, one in ten {duration(lasting[1])} or more."
        ),
        table=table,
        units={"sessions": "count", "share": "share", "low": "share", "high": "share"}
        | {c: "seconds" for c in columns if c.endswith("_s")},
        checks=(
            *log.checks,
            Check("customers", customers >= FEWEST, count(customers), f"≥ {FEWEST}", "Shares of so few say little."),
        ),
        draw=lambda ax: _draw(ax, table),
        caption=f"n = {count(n)} sessions, {log.period}; {told}; {level * 100:g} % intervals, sessions of a customer "
        "taken together.",
        keys=(Key(share(b), f"of sessions end after one contact, {level * 100:g} % {share(low)} to {share(high)}"),),
    )


def _each(log: Log, gap) -> tuple[ir.Table, str]:
    """A row a session: customer_id, contacts, seconds; and how sessions are told apart."""
    events = log.events
    if log.per == "session":
        keys, told = ["customer_id", "journey"], "sessions as the log was read"
    elif log.has("session"):
        keys, told = ["customer_id", "session"], "sessions of the source"
    else:
        gap_s = seconds_of(gap, name="gap")
        events = with_sessions(events, customer="customer_id", at="at", order="step", gap_s=gap_s)
        keys, told = ["customer_id", "session"], f"a pause of more than {duration(gap_s)} begins a new one"
    t = seconds(events["at"])
    return events.group_by(keys).agg(contacts=events.count(), seconds=t.max() - t.min()), told


def _draw(ax, table: pd.DataFrame):
    from cxlab.journey.charts.rows import Row, bar_rows
    from cxlab.style import BLUE, PALE_BLUE

    rows = [
        Row("1 contact" if r.contacts == "1" else f"{r.contacts} contacts", r.share, r.low, r.high,
            "" if r.contacts == "1" else duration(r.median_s), r.contacts == "1")
        for r in table.itertuples()
    ]  # fmt: skip
    return bar_rows(
        ax, rows, write=share, strong=BLUE, pale=PALE_BLUE, head="Sessions by contacts, share of all; median length"
    )
