"""Changes of channel: from which to which customers go, how long they wait, and where the hand-over fails.

A contact whose channel is not known is left out as if it had not been: the contact before it and the one after are
neighbours here.

A *hand-over* is a contact in one channel followed by the journey's next contact in another. It fails when one of these
holds, and may fail in several ways:

- ended: the contact in the new channel is the journey's last, and the journey never met the goal. Not counted without
  a goal, as every journey ends somewhere.
- repeated: the contact in the new channel is of the same touchpoint (or stage): the customer has to begin again.
- returned: the next contact after it is back in the old channel, within a window.
"""

from __future__ import annotations

import ibis
import numpy as np
import pandas as pd
from ibis import _

from cxlab.errors import DataError, unknown
from cxlab.finding import Check, Finding, Key
from cxlab.intervals import share_interval
from cxlab.journey.intervals import design_effect
from cxlab.journey.log import Log
from cxlab.journey.times import seconds, seconds_of
from cxlab.wording import count, duration, interval, number, share

ALL = "(all)"
FEWEST = 30
_COUNTS = ["n", "ended", "repeated", "returned", "failed", "alike"]


def channel_switches(log: Log, *, level: float = 0.9) -> Finding:
    """To which channel customers go on from each, and after how long.

    Returns
    -------
    Finding "journey.channels", a row a pair of channels, in the order of their names: source, target (labels; the same
    where the customer stays), contacts (in `source` that another contact follows, in `target`), share
    (of contacts in `source` that another follows), low, high, median_gap_s (seconds)

    Raises
    ------
    DataError : the log has no channels.

    Notes
    -----
    What follows a channel is multinomial: Beta marginals of the Dirichlet posterior under Jeffreys' prior (½ a target),
    with contacts counted as independent.

    >>> import pandas as pd
    >>> from cxlab.journey import read_log
    >>> table = pd.DataFrame({"customer_id": "a", "touchpoint": "Help", "channel": ["Web", "Web", "Shop"],
    ...     "timestamp": pd.to_datetime(["2026-01-01", "2026-01-02", "2026-01-05"])})
    >>> channel_switches(read_log(ibis.memtable(table))).table[["source", "target", "share"]].values.tolist()
    [['Web', 'Shop', 0.5], ['Web', 'Web', 0.5]]
    """
    pairs = _pairs(log).filter(_.target.notnull())
    table = (
        pairs.group_by("source", "target")
        .agg(contacts=_.count(), median_gap_s=_.gap_s.cast("float64").median())
        .execute()
    )
    if table.empty:
        raise DataError(
            "no journey has two contacts with a channel.", expected="journeys with two contacts or more",
            mend='per="customer"' if log.per == "session" else "",
        )  # fmt: skip
    left = table.groupby("source")["contacts"].transform("sum")
    kinds = len(log.channels)
    table["share"] = table["contacts"] / left
    table["low"], table["high"] = _dirichlet(table["contacts"], left, kinds, level=level)
    for column in ("source", "target"):
        table[column] = [log.channels[int(code)] for code in table[column]]
    table = table[["source", "target", "contacts", "share", "low", "high", "median_gap_s"]]
    table = table.sort_values(["source", "target"], ignore_index=True)
    several = (
        log.events.filter(_.channel.notnull()).group_by(log.keys).agg(kinds=_.channel.nunique(), n=_.count())
        .filter(_.n > 1).agg(journeys=_.count(), several=(_.kinds > 1).cast("int64").sum()).execute().iloc[0]
    )  # fmt: skip
    n, mixed = int(several["journeys"]), int(several["several"])
    low, high = share_interval(mixed, n, level=level)
    switched = table[table["source"] != table["target"]]
    text = (
        f"Of {count(n)} {log.unit} with two contacts or more, {log.period}, {share(mixed / n)} "
        f"{interval(share(float(low)), share(float(high)), level=level)} use more than one channel."
    )
    if len(switched):
        top = switched.loc[switched["contacts"].idxmax()]
        text += (
            f" The most frequent change is from {top.source} to {top.target}: {share(top.share)} of those who go on "
            f"from {top.source} {interval(share(top.low), share(top.high), level=level)}, half of them within "
            f"{duration(top.median_gap_s)}."
        )
    return Finding(
        name="journey.channels",
        title=f"{share(mixed / n)} of {log.unit} use more than one channel",
        text=text,
        table=table,
        units={"contacts": "count", "median_gap_s": "seconds"} | dict.fromkeys(["share", "low", "high"], "share"),
        checks=(*log.checks, Check("journeys with two contacts or more", n >= FEWEST, count(n), f"≥ {FEWEST}",
                                   "Shares of so few say little.")),
        draw=lambda ax: _charts().draw_channels(ax, table),
        caption=f"n = {count(table['contacts'].sum())} contacts that another follows, {log.period}; shares of those "
        f"who go on from a channel; {level * 100:g} % Dirichlet intervals.",
        keys=(Key(share(mixed / n), f"of {log.unit} use more than one channel"),),
    )  # fmt: skip


def hand_over(
    log: Log, *, within="7d", quiet_days: float = 30.0, repeats: str = "touchpoint", level: float = 0.9
) -> Finding:
    """How often a change of channel fails, from where to where, and whether going on in the same channel fails less.

    Parameters
    ----------
    within : window in which a return to the old channel is a failure
    quiet_days : a journey whose last contact lies within so many days of the end of the log may still go on; its last
        contact is left out
    repeats : "touchpoint" or "stage": what must be the same in both channels for the customer to begin again

    Returns
    -------
    Finding "journey.hand_over", the first row for all changes ("(all)"), then a row a pair of channels, the most
    failures first: source, target, switches, ended, repeated, returned, failed (counts; failed in any way), share
    (failed), low, high, stays (contacts in `source` followed by one in the same channel), switch_share and stay_share
    (ended or repeated, the two ways in which a contact without a change can fail as well), difference, difference_low,
    difference_high (share)

    Raises
    ------
    DataError : the log has no channels, or no journey changes them and is watched long enough.

    Notes
    -----
    Contacts of a customer are not independent: counts are divided by the design effect between customers (Rao & Scott
    1992) before the Jeffreys interval. The difference combines both intervals without supposing a shape: Zou & Donner
    (2008), Construction of confidence limits about effect measures, Statistics in Medicine 27(10). Customers choose
    when to change channel, so a difference is no proof that the change did it.
    """
    if repeats not in ("touchpoint", "stage"):
        raise unknown("kind of repeat", repeats, ("touchpoint", "stage"))
    window = max(seconds_of(within, name="within"), 0.0)
    pairs = _judged(log, window, max(quiet_days, window / 86_400), repeats)
    by_customer = pairs.group_by("customer_id", "source", "target").agg(
        n=_.count(), ended=_.ended.sum(), repeated=_.repeated.sum(), returned=_.returned.sum(), failed=_.failed.sum(),
        alike=_.alike.sum(),
    ).cache()  # fmt: skip
    switches = by_customer.filter(_.source != _.target)
    stays = by_customer.filter(_.source == _.target)
    own = _sums(switches, ["source", "target"])
    if own.empty:
        raise DataError(
            "no journey changes its channel and is watched long enough after it.",
            expected=f"changes of channel more than {quiet_days:g} days before the end of the log",
            mend="quiet_days=7",
        )
    still = _sums(stays, ["source"])
    rows = [_row(ALL, ALL, _sums(switches, []).iloc[0], _first(_sums(stays, [])), level)]
    for record in own.sort_values(["source", "target"]).to_dict("records"):
        same = _first(still[still["source"] == record["source"]])
        names = [log.channels[int(record[c])] for c in ("source", "target")]
        rows.append(_row(*names, pd.Series(record), same, level))
    table = pd.DataFrame(rows)
    body = table.iloc[1:].sort_values(["failed", "switches"], ascending=False, kind="stable")
    table = pd.concat([table.iloc[:1], body], ignore_index=True)
    return _hand_over_finding(table, log, window, quiet_days, repeats, level)


def _neighbours(log: Log) -> ibis.Table:
    """Contacts with a channel, and what follows each in its journey."""
    if not log.has("channel"):
        raise DataError(
            "the log has no channels.", expected="a column with the channel of each contact",
            mend='read_log(…, columns=Columns(channel="NAME"))',
        )  # fmt: skip
    known = log.with_goals.filter(_.channel.notnull())
    journey, t = ibis.window(group_by=log.keys, order_by="step"), seconds(known["at"])
    return known.mutate(
        source="channel",
        t=t,
        target=_.channel.lead(1).over(journey),
        next_t=t.lead(1).over(journey),
        after=_.channel.lead(2).over(journey),
        after_t=t.lead(2).over(journey),
        met=_.touchpoint.lead(1).over(journey),
    )


def _pairs(log: Log) -> ibis.Table:
    return _neighbours(log).select(*log.keys, "source", "target", gap_s=_.next_t - _.t)


def _judged(log: Log, window: float, quiet_days: float, repeats: str) -> ibis.Table:
    """Every contact and the next one, and in which ways what came after it failed (0 or 1)."""
    near = _neighbours(log)
    end = int(log.end.timestamp() - quiet_days * 86_400)
    near = near.filter(near.target.notnull())
    if repeats == "stage":
        stages = {code: log.stages.index(stage) for code, stage in enumerate(log.stage_of)}
        of = ibis.literal([stages[code] for code in range(len(stages))], "array<int16>")
        same = of[near.touchpoint] == of[near.met]
    else:
        same = near.touchpoint == near.met
    last = near.after.isnull()
    open_ = last & (near.next_t > end)
    judged = near.filter(~open_).mutate(
        ended=(last & near.first_goal.isnull()).cast("int64") if log.goal else ibis.literal(0, "int64"),
        repeated=same.cast("int64"),
        returned=((_.source != _.target) & (_.after == _.source) & (_.after_t - _.next_t <= window))
        .fill_null(False).cast("int64"),
    )  # fmt: skip
    return judged.mutate(
        alike=ibis.greatest(_.ended, _.repeated), failed=ibis.greatest(_.ended, _.repeated, _.returned)
    )


def _sums(table: ibis.Table, keys: list[str]) -> pd.DataFrame:
    """Counts, and the sums of squares and products over customers that the design effect needs."""
    per = table.group_by("customer_id", *keys).agg(**{c: _[c].sum() for c in _COUNTS})
    sums = {c: _[c].sum() for c in _COUNTS} | {
        f"{c}_{what}": expression
        for c in ("failed", "alike")
        for what, expression in (("xx", (_[c] * _[c]).sum()), ("xn", (_[c] * _.n).sum()))
    }
    found = (per.group_by(keys) if keys else per).agg(**sums, nn=(_.n * _.n).sum()).execute()
    return found[found["n"] > 0]


def _first(found: pd.DataFrame):
    return found.iloc[0] if len(found) else None


def _ends(row, column: str, level: float) -> tuple[float, float, float]:
    """Share, low and high of a count of failures, with contacts of a customer taken together."""
    x, n = float(row[column]), float(row["n"])
    effect = design_effect(x, n, row[f"{column}_xx"], row[f"{column}_xn"], row["nn"])
    low, high = share_interval(x / effect, n / effect, level=level)
    return x / n, float(low), float(high)


def _row(source: str, target: str, own, same, level: float) -> dict:
    row = {"source": source, "target": target, "switches": int(own["n"])}
    row |= {c: int(own[c]) for c in ("ended", "repeated", "returned", "failed")}
    row["share"], row["low"], row["high"] = _ends(own, "failed", level)
    p, low, high = _ends(own, "alike", level)
    row |= {"stays": 0 if same is None else int(same["n"]), "switch_share": p}
    row |= dict.fromkeys(["stay_share", "difference", "difference_low", "difference_high"], np.nan)
    if same is not None:
        q, q_low, q_high = _ends(same, "alike", level)
        row |= {
            "stay_share": q,
            "difference": p - q,
            "difference_low": p - q - np.hypot(p - low, q_high - q),
            "difference_high": p - q + np.hypot(high - p, q - q_low),
        }
    return row


def _hand_over_finding(table, log: Log, window: float, quiet_days: float, repeats: str, level: float) -> Finding:
    whole, pairs = table.iloc[0], table.iloc[1:]
    worst = pairs.iloc[0]
    ways = {"repeated": f"repeated the {repeats}", "returned": f"went back within {duration(window)}"}
    ways = ({"ended": f"ended without {log.goal_name}"} if log.goal else {}) | ways
    told = ", ".join(f"{count(whole[c])} {words}" for c, words in ways.items())
    text = (
        f"Of {count(whole.switches)} changes of channel, {log.period}, {share(whole.share)} "
        f"{interval(share(whole.low), share(whole.high), level=level)} failed: {told}; one may have failed in several "
        f"ways. Most failed from {worst.source} to {worst.target}: {count(worst.failed)} of {count(worst.switches)}, "
        f"{share(worst.share)} {interval(share(worst.low), share(worst.high), level=level)}."
        if whole.failed
        else f"Of {count(whole.switches)} changes of channel, {log.period}, none failed "
        f"{interval(share(whole.low), share(whole.high), level=level)}: nobody {' or '.join(ways.values())}."
    )
    if whole.failed and np.isfinite(whole.difference):
        points = [number(100 * whole[c], digits=2) for c in ("difference", "difference_low", "difference_high")]
        within = interval(points[1], points[2], level=level)
        text += (
            f" Ended or repeated are {share(whole.switch_share)} after a change and {share(whole.stay_share)} without "
            f"one: a difference of {points[0]} points {within}."
        )
    return Finding(
        name="journey.hand_over",
        title=f"{share(whole.share)} of changes of channel fail" if whole.failed else "No change of channel fails",
        text=text,
        table=table,
        units=dict.fromkeys(["switches", "ended", "repeated", "returned", "failed", "stays"], "count")
        | {c: "share" for c in table if c in ("share", "low", "high") or "_share" in c or c.startswith("difference")},
        checks=(*log.checks, Check("changes of channel", whole.switches >= FEWEST, count(whole.switches),
                                   f"≥ {FEWEST}", "Shares of so few say little.")),
        draw=lambda ax: _draw_failures(ax, pairs),
        caption=f"n = {count(whole.switches)} changes of channel, {log.period}; journeys with a contact in the last "
        f"{quiet_days:g} days are left out at their end; {level * 100:g} % intervals, contacts of a customer "
        "taken together.",
    )  # fmt: skip


def _dirichlet(n, of, kinds: int, *, level: float):
    """Ends of the Beta marginals of a Dirichlet posterior with ½ before anything was seen."""
    from scipy.stats import beta

    n, of = np.asarray(n, float), np.asarray(of, float)
    a, b = n + 0.5, of - n + 0.5 * max(kinds - 1, 1)
    tail = (1 - level) / 2
    return np.where(n > 0, beta.ppf(tail, a, b), 0.0), np.where(n < of, beta.ppf(1 - tail, a, b), 1.0)


def _charts():
    from cxlab.journey import charts

    return charts


def _draw_failures(ax, pairs: pd.DataFrame):
    from cxlab.journey.charts.rows import Row, bar_rows
    from cxlab.style import ORANGE, PALE_ORANGE

    rows = [
        Row(f"{p.source} → {p.target}", p.share, p.low, p.high, f"{count(p.switches)} changes", place < 3)
        for place, p in enumerate(pairs.head(12).itertuples())
    ]
    head = "Changes of channel that fail, the most failures first"
    return bar_rows(ax, rows, write=share, strong=ORANGE, pale=PALE_ORANGE, head=head, hatch="////")
