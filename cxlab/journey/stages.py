"""Stages: who comes to each, where journeys end without the goal, and how long customers stay."""

from __future__ import annotations

import ibis
import numpy as np
import pandas as pd
from ibis import _

from cxlab.errors import DataError, unknown
from cxlab.finding import Check, Finding, Key
from cxlab.intervals import share_interval
from cxlab.journey.log import Log
from cxlab.journey.reaching import reaching
from cxlab.journey.times import quantile_ends, quantiles, seconds
from cxlab.wording import count, duration, interval, share

FEWEST = 30
#: share of silences within a journey that may be longer than the one after which it counts as over
MOST_RETURN = 0.1
MOST_OPEN = 0.5
_QUANTILES = {0.25: "q25_s", 0.75: "q75_s", 0.9: "q90_s"}


def stages(log: Log, *, level: float = 0.9) -> Finding:
    """How many journeys come to each stage at all, in order, and as their furthest.

    Returns
    -------
    Finding "journey.stages", a row a stage, in order: stage, touchpoints, contacts, journeys (with a contact in it, in
    whatever order), share (of all journeys), low, high, forward (journeys that went through this and all stages before
    it in order), forward_share, forward_low, forward_high, furthest (journeys that came to no later stage),
    furthest_share, furthest_low, furthest_high

    >>> from cxlab.journey.examples import small_log
    >>> stages(small_log()).table[["stage", "journeys", "forward", "furthest"]].values.tolist()[-2:]
    [['Purchase', 2, 2, 1], ['Service', 1, 1, 1]]
    """
    names, n = list(log.stages), log.n_journeys
    sets = [_of(log, stage) for stage in names]
    met = {f"met_{k}": _.touchpoint.isin(sorted(codes)).cast("int8").max() for k, codes in enumerate(sets)}
    journeys = log.events.group_by(log.keys).agg(**met)
    later = [[journeys[f"met_{j}"] for j in range(k + 1, len(sets))] for k in range(len(sets))]
    any_later = [sum(own, ibis.literal(0)) for own in later]
    counted = journeys.agg(
        **{f"met_{k}": journeys[f"met_{k}"].sum() for k in range(len(sets))},
        **{f"far_{k}": ((journeys[f"met_{k}"] == 1) & (any_later[k] == 0)).cast("int64").sum()
           for k in range(len(sets))},
    ).execute().iloc[0]  # fmt: skip
    through = reaching(log, sets, times=False)
    through = through.agg(**{f"t_{k}": _[f"t_{k}"].count() for k in range(1, len(sets) + 1)}).execute().iloc[0]
    table = pd.DataFrame(
        {
            "stage": names,
            "touchpoints": [len(codes) for codes in sets],
            "contacts": [sum(log.contacts[code] for code in codes) for codes in sets],
        }
    )
    for prefix, values in (
        ("", [counted[f"met_{k}"] for k in range(len(sets))]),
        ("forward", [through[f"t_{k}"] for k in range(1, len(sets) + 1)]),
        ("furthest", [counted[f"far_{k}"] for k in range(len(sets))]),
    ):
        values, mark = np.array(values, dtype=int), f"{prefix}_" if prefix else ""
        table[prefix or "journeys"] = values
        table[f"{mark}share"] = values / n
        table[f"{mark}low"], table[f"{mark}high"] = share_interval(values, n, level=level)
    far = table.loc[table["furthest"].idxmax()]
    most, least = table.loc[table["journeys"].idxmax()], table.loc[table["journeys"].idxmin()]
    text = (
        f"Of {count(n)} {log.unit}, {log.period}, {share(most.share)} "
        f"{interval(share(most.low), share(most.high), level=level)} come to {most.stage} and {share(least.share)} "
        f"{interval(share(least.low), share(least.high), level=level)} to {least.stage}. For "
        f"{share(far.furthest_share)} "
        f"{interval(share(far.furthest_low), share(far.furthest_high), level=level)} {far.stage} is as far as they "
        "come; "
        f"{count(table['forward'].iloc[-1])} go through all {len(names)} stages in order."
    )
    return Finding(
        name="journey.stages",
        title=f"{share(far.furthest_share)} of journeys come as far as {far.stage}",
        text=text,
        table=table,
        units=dict.fromkeys(["touchpoints", "contacts", "journeys", "forward", "furthest"], "count")
        | {c: "share" for c in table if c.endswith(("share", "low", "high"))},
        checks=(*log.checks, _enough(n)),
        draw=lambda ax: _draw_stages(ax, table),
        caption=f"n = {count(n)} {log.unit}, {log.period}; journeys with a contact in each stage; {level * 100:g} % "
        "Jeffreys intervals.",
    )


def drop_off(log: Log, *, of: str = "touchpoint", quiet_days: float = 30.0, level: float = 0.9) -> Finding:
    """Where journeys end without the goal: of those that came to a touchpoint, the share that went no further.

    Parameters
    ----------
    of : "touchpoint" or "stage"
    quiet_days : a journey whose last contact lies within so many days of the end of the log may still go on, and is
        left out

    Returns
    -------
    Finding "journey.drop_off", a row a touchpoint (or stage), in the order of the log: touchpoint (with
    of="touchpoint"), stage, journeys (over, that came here before any goal), lost (whose last contact was here, without
    the goal), drop_off (lost of journeys), low, high, of_lost (share of all that were lost), of_lost_low, of_lost_high.
    Touchpoints that are the goal are left out: nobody is lost there.

    Raises
    ------
    DataError : no journey is over by that rule.

    Notes
    -----
    Jeffreys intervals. Without a goal every journey ends as lost, and the text says so. A check holds the rule against
    the silences that did end: where many lasted longer, journeys count as over too early.

    >>> from cxlab.journey.examples import small_log
    >>> drop_off(small_log(), quiet_days=0).table[["touchpoint", "journeys", "lost"]].values.tolist()
    [['Search', 4, 0], ['Website', 4, 2], ['Help desk', 1, 0]]
    """
    if of not in ("touchpoint", "stage"):
        raise unknown("place of drop-off", of, ("touchpoint", "stage"))
    until = (log.end - pd.Timedelta(days=quiet_days)).to_pydatetime()
    over = log.events.filter(_.next_touchpoint.isnull() & (_["at"] <= until))
    n_over = int(over.count().execute())
    if not n_over:
        raise DataError(
            f"no journey is over: all {count(log.n_journeys)} had a contact in the last {quiet_days:g} days.",
            expected="journeys whose last contact is longer ago",
            mend=f"quiet_days={max(int((log.end - log.start).days / 4), 0)}",
        )
    place = _places(log, of)
    before = log.before_goal
    over_lost = before.filter(_.next_touchpoint.isnull() & (_["at"] <= until))
    came = before.mutate(place=place[before.touchpoint]).semi_join(over.select(*log.keys), log.keys)
    came = (
        came.group_by(*log.keys, "place").agg().group_by("place").agg(journeys=_.count()).execute().set_index("place")
    )
    lost = over_lost.mutate(place=place[over_lost.touchpoint]).group_by("place").agg(lost=_.count()).execute()
    table = _labelled(log, of).join(came, on="place").join(lost.set_index("place"), on="place")
    table = table[table["journeys"].notna()].fillna({"lost": 0}).astype({"journeys": int, "lost": int})
    table = table.drop(columns="place").reset_index(drop=True)
    n_lost = int(table["lost"].sum())
    table["drop_off"] = table["lost"] / table["journeys"]
    table["low"], table["high"] = share_interval(table["lost"], table["journeys"], level=level)
    table["of_lost"] = table["lost"] / n_lost if n_lost else np.nan
    table["of_lost_low"], table["of_lost_high"] = share_interval(table["lost"], n_lost, level=level)
    longer = log.events.agg(
        longer=(_.gap_s > quiet_days * 86_400).cast("int64").sum().fill_null(0), gaps=_.gap_s.count()
    ).execute().iloc[0]  # fmt: skip
    return _drop_off_finding(table, log, of, n_over, n_lost, longer, quiet_days, level)


def _drop_off_finding(table, log: Log, of: str, n_over: int, n_lost: int, longer, quiet_days: float, level: float):
    back = float(longer["longer"]) / max(float(longer["gaps"]), 1.0)
    left_out = 1 - n_over / log.n_journeys
    low, high = share_interval(n_lost, n_over, level=level)
    without = f"without {log.goal_name}" if log.goal else "(the log has no goal, so every end counts)"
    text = (
        f"{count(n_over)} of {count(log.n_journeys)} {log.unit}, {log.period}, had no contact in the last "
        f"{quiet_days:g} days and count as over; {share(n_lost / n_over)} of them "
        f"{interval(share(float(low)), share(float(high)), level=level)} ended {without}."
    )
    title = f"Nobody is lost before {log.goal_name}"
    if n_lost:
        most, top = table.loc[table["lost"].idxmax()], _steepest(table)
        lost = "lost" if log.goal else "over"
        title = f"{share(most.of_lost)} of those who are {lost} were last at {most[of]}"
        text += (
            f" Most were last at {most[of]}: {count(most.lost)}, {share(most.of_lost)} "
            f"{interval(share(most.of_lost_low), share(most.of_lost_high), level=level)} of those {lost}."
        )
        text += (
            f" Of those who come to {top[of]}, {share(top.drop_off)} "
            f"{interval(share(top.low), share(top.high), level=level)} go no further, the highest share."
        )
    return Finding(
        name="journey.drop_off",
        title=title,
        text=text,
        table=table,
        units=dict.fromkeys(["journeys", "lost"], "count")
        | dict.fromkeys(["drop_off", "low", "high", "of_lost", "of_lost_low", "of_lost_high"], "share"),
        checks=(
            *log.checks,
            _enough(n_over),
            Check(f"silences within journeys of more than {quiet_days:g} days", back <= MOST_RETURN, share(back),
                  f"≤ {share(MOST_RETURN)}", "Many come back later than that: raise quiet_days."),
            Check("journeys left out as they may still go on", left_out <= MOST_OPEN, share(left_out),
                  f"≤ {share(MOST_OPEN)}", "The log is short for this rule: lower quiet_days, or wait."),
        ),
        draw=lambda ax: _charts().draw_drop_off(ax, table),
        caption=f"n = {count(n_over)} {log.unit} without a contact in the last {quiet_days:g} days, "
        f"{log.period}; {level * 100:g} % Jeffreys intervals.",
        keys=(Key(share(n_lost / n_over), f"of {log.unit} that are over ended {without}"),) if log.goal else (),
    )  # fmt: skip


def dwell(log: Log, *, level: float = 0.9) -> Finding:
    """How long customers stay in each stage before they go on to another.

    Returns
    -------
    Finding "journey.dwell", a row a stage, in order: stage, journeys (that left it: whose last contact is
    elsewhere), median_s, median_low_s, median_high_s, q25_s, q75_s, q90_s (seconds in the stage, over all visits of a
    journey), staying (journeys whose last contact is in it), staying_so_far_s (median time they have been there, up to
    the end of the log)

    Notes
    -----
    The time from a contact to the next one belongs to the stage of the first. Journeys that are still there when the
    log ends are not in the quantiles, which are therefore short where many stay: a check compares them with how long
    those who stay have been there. Intervals of medians from order statistics.

    >>> from cxlab.journey.examples import small_log
    >>> dwell(small_log()).table[["stage", "journeys", "median_s"]].values.tolist()[:2]
    [['Awareness', 4, 86400.0], ['Consideration', 2, 86400.0]]
    """
    place = _places(log, "stage")
    end = int(log.end.timestamp())
    events = log.events.mutate(place=place[log.events.touchpoint])
    visits = events.group_by(*log.keys, "place").agg(
        seconds=_.gap_s.sum(), last=_.next_touchpoint.isnull().cast("int8").max(), until=seconds(events["at"]).max()
    )
    visits = visits.mutate(
        left=ibis.ifelse(visits["last"] == 0, visits.seconds, None),
        stayed=ibis.ifelse(visits["last"] == 1, visits.seconds.fill_null(0) + end - visits.until, None),
    ).cache()
    rows = []
    counted = visits.group_by("place").agg(left=_.left.count(), stayed=_.stayed.count()).execute().set_index("place")
    for k, stage in enumerate(log.stages):
        n, staying = (int(v) for v in counted.loc[k])
        own = visits.filter(_.place == k)
        wanted = {"left": [0.5, *quantile_ends(0.5, n, level=level), *_QUANTILES], "stayed": [0.5]}
        found = quantiles(own, wanted)
        names = ["median_s", "median_low_s", "median_high_s", *_QUANTILES.values()]
        rows.append({"stage": stage, "journeys": n} | dict(zip(names, found["left"], strict=True))
                    | {"staying": staying, "staying_so_far_s": found["stayed"][0]})  # fmt: skip
    table = pd.DataFrame(rows)
    known = table[table["journeys"] > 0]
    if known.empty:
        raise DataError("no journey goes from one stage to another.", expected="contacts in several stages")
    longest = known.loc[known["median_s"].idxmax()]
    short = known[(known["q90_s"] > known["staying_so_far_s"]) & (known["staying"] > 0.1 * known["journeys"])]
    few = int(known["journeys"].min())
    return Finding(
        name="journey.dwell",
        title=f"Customers stay longest in {longest.stage}: half of them {duration(longest.median_s)} or more",
        text=(
            f"Of {count(longest.journeys)} {log.unit} that went on from {longest.stage}, {log.period}, half had spent "
            f"{duration(longest.median_s)} or more in it "
            f"{interval(duration(longest.median_low_s), duration(longest.median_high_s), level=level)}, and one in ten "
            f"{duration(longest.q90_s)} or more. Those whose last contact is in a stage are not counted there."
        ),
        table=table,
        units=dict.fromkeys(["journeys", "staying"], "count") | {c: "seconds" for c in table if c.endswith("_s")},
        checks=(
            *log.checks,
            Check("journeys that left the stage least often left", few >= FEWEST, count(few), f"≥ {FEWEST}",
                  "Quantiles of so few say little."),
            Check("stages whose stayers were watched as long as 90 % of leavers took", short.empty,
                  f"all but {', '.join(short['stage'])}" if len(short) else "all", "all",
                  "Some may still go on: these times are lower bounds."),
        ),
        draw=lambda ax: _charts().draw_dwell(ax, known),
        caption=f"n = {count(log.n_journeys)} {log.unit}, {log.period}; median and quarters of those who went on.",
    )  # fmt: skip


def _steepest(table: pd.DataFrame):
    """The row with the highest share, of those with enough journeys where there are any."""
    many = table[table["journeys"] >= FEWEST]
    many = many if len(many) else table
    return many.loc[many["drop_off"].idxmax()]


def _of(log: Log, stage: str) -> frozenset[int]:
    return frozenset(code for code, own in enumerate(log.stage_of) if own == stage)


def _places(log: Log, of: str):
    """Position of the touchpoint, or of its stage, by code of the touchpoint, as a list in the engine."""
    places = range(len(log.labels)) if of == "touchpoint" else [log.stages.index(stage) for stage in log.stage_of]
    return ibis.literal(list(places), "array<int16>")


def _labelled(log: Log, of: str) -> pd.DataFrame:
    if of == "stage":
        return pd.DataFrame({"place": range(len(log.stages)), "stage": log.stages})
    return pd.DataFrame({"place": range(len(log.labels)), "touchpoint": log.labels, "stage": log.stage_of})


def _enough(n: int) -> Check:
    return Check("journeys", n >= FEWEST, count(n), f"≥ {FEWEST}", "Shares of so few say little.")


def _charts():
    from cxlab.journey import charts

    return charts


def _draw_stages(ax, table: pd.DataFrame):
    from cxlab.journey.charts.rows import Row, bar_rows
    from cxlab.style import BLUE, PALE_BLUE

    rows = [Row(r.stage, r.share, r.low, r.high, f"{count(r.journeys)} journeys") for r in table.itertuples()]
    return bar_rows(ax, rows, write=share, strong=BLUE, pale=PALE_BLUE, head="Come to the stage, share of all journeys")
