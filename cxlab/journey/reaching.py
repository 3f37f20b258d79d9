"""When every journey reached each of several steps, as expressions in the engine: what funnels are counted from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import ibis
from ibis import _

from cxlab.journey.log import Log
from cxlab.journey.times import seconds

#: steps to an expression: what follows starts from a table, as the planner's work grows faster than the steps
PIECE = 6
#: contacts looked at in one go: a log of more is taken in pieces of customers, so that memory does not grow with it
MOST_CONTACTS = 10_000_000
#: columns of the time since the step before, and since the first step
GAP, TOTAL = "gap_{}", "total_{}"


def reaching(
    log: Log,
    sets: Sequence[Iterable[int]],
    *,
    order: str = "strict",
    windows: Sequence[float | None] = (),
    within: float | None = None,
    by: str | None = None,
    times: bool = True,
) -> ibis.Table:
    """When every journey reached each step; the rules stand in `cxlab.journey.funnel`.

    Parameters
    ----------
    sets : codes of every step
    windows : seconds from each step to the next, None without limit; within : from the first to the last
    by : column of `events` that tells groups apart, taken at the first contact of a journey
    times : whether times are wanted; without them t_1 … only say whether a step was reached, which is counted faster

    Returns
    -------
    Ibis table, a row a journey that reached the first step: `Log.keys`, group (with `by`), t_1 … t_k (seconds since
    1970; null where not reached), and with times gap_2 …, total_2 … (seconds)

    >>> from cxlab.journey.examples import small_log
    >>> log = small_log()
    >>> int(reaching(log, [log.codes("Search"), log.codes("Checkout")]).t_2.count().execute())
    2
    """
    sets = [sorted(codes) for codes in sets]
    pieces = -(-log.n_contacts // MOST_CONTACTS)
    found = []
    for piece in range(pieces):
        events = log.events
        if pieces > 1:
            events = events.filter((events.customer_id.hash() % pieces + pieces) % pieces == piece)
        reached = _reaching(replace(log, events=events), sets, order, windows, within, by, times)
        found.append(reached.cache() if times or pieces > 1 else reached)
    return ibis.union(*found) if pieces > 1 else found[0]


def _reaching(log: Log, sets: list[list[int]], order, windows, within, by, times) -> ibis.Table:
    met = log.events.filter(_.touchpoint.isin(sorted(set().union(*sets))))
    slim = met.select(*log.keys, "step", "touchpoint", t=seconds(met["at"]))
    if order == "any":
        found = _in_any_order(slim, sets, log.keys)
    elif any(w is not None for w in windows) or within is not None:
        found = _within_windows(slim, sets, windows or [None] * (len(sets) - 1), within, log.keys)
    else:
        found = _one_after_another(slim, sets, log.keys, times)
    if by is None:
        return found
    begun = log.events.filter(_.step == 1).select(*log.keys, group=by)
    return found.inner_join(begun, log.keys).select(*found.columns, "group")


def _one_after_another(slim: ibis.Table, sets: list[list[int]], keys: list[str], times: bool) -> ibis.Table:
    """First contact of the first step, then of each step the first one after, looked up in the journey's list of them:
    one pass over the contacts, no join and no sort."""
    place = ibis.struct({"step": slim.step, "t": slim.t}) if times else slim.step
    first = slim.touchpoint.isin(sets[0])
    lists = {f"of_{k}": place.collect(where=slim.touchpoint.isin(codes)) for k, codes in enumerate(sets, 1) if k > 1}
    begun = {"t_1": slim.t.min(where=first)} if times else {}
    found = slim.group_by(keys).agg(at_1=slim.step.min(where=first), **begun, **lists)
    found = found.filter(found.at_1.notnull())
    found = found if times else found.mutate(t_1=found.at_1.cast("float64"))
    for k in range(2, len(sets) + 1):
        before = found[f"at_{k - 1}"]
        later = found[f"of_{k}"].filter(lambda own, before=before: (own.step if times else own) > before).mins()
        found = found.mutate(later=later).drop(f"at_{k - 1}", f"of_{k}")
        at, t = (found.later.step, found.later.t) if times else (found.later, found.later)
        found = found.mutate(**{f"at_{k}": at, f"t_{k}": t.cast("float64")}).drop("later")
        found = found.cache() if k % PIECE == 0 and k < len(sets) else found
    found = found.drop(f"at_{len(sets)}")
    if not times:
        return found
    return found.mutate(
        **{
            column: found[f"t_{k}"] - found[f"t_{since}"]
            for k in range(2, len(sets) + 1)
            for column, since in ((GAP.format(k), k - 1), (TOTAL.format(k), 1))
        }
    )


def _within_windows(slim: ibis.Table, sets: list[list[int]], windows, within: float | None, keys) -> ibis.Table:
    """Every contact that keeps the windows; the latest way to a step also has the latest beginning, so one look back
    at the latest is enough."""
    before = ibis.window(group_by=keys, order_by="step", preceding=(None, 1))
    first = slim.touchpoint.isin(sets[0])
    found = slim.mutate(t_1=ibis.ifelse(first, slim.t, None), begun=ibis.ifelse(first, slim.t, None))
    for k, window in zip(range(2, len(sets) + 1), windows, strict=True):
        last, begun = found[f"t_{k - 1}"].max().over(before), found.begun.max().over(before)
        found = found.mutate(last=last, begun_before=begun)
        fits = ibis.and_(found.touchpoint.isin(sets[k - 1]), found["last"].notnull())
        if window is not None:
            fits = fits & (found.t - found["last"] <= window)
        if within is not None:
            fits = fits & (found.t - found.begun_before <= within)
        found = found.mutate(
            **{
                f"t_{k}": ibis.ifelse(fits, found.t, None),
                GAP.format(k): ibis.ifelse(fits, found.t - found["last"], None),
                TOTAL.format(k): ibis.ifelse(fits, found.t - found.begun_before, None),
                "begun": ibis.ifelse(fits, found.begun_before, None),
            }
        )
        found = found.cache() if k % PIECE == 0 and k < len(sets) else found
    times = {f"t_{k}": _[f"t_{k}"].min() for k in range(1, len(sets) + 1)}
    for k in range(2, len(sets) + 1):
        for column in (GAP.format(k), TOTAL.format(k)):
            times[column] = found[column].argmin(found.step, where=found[f"t_{k}"].notnull())
    return found.group_by(keys).agg(**times).filter(_.t_1.notnull())


def _in_any_order(slim: ibis.Table, sets: list[list[int]], keys: list[str]) -> ibis.Table:
    """When the journey had all of the first k steps."""
    repeats = [sets[:k].count(codes) for k, codes in enumerate(sets)]
    so_far = ibis.cumulative_window(group_by=keys, order_by="step")
    fits = [slim.touchpoint.isin(codes) for codes in sets]
    met = {
        f"met_{k}": fits[k].cast("int32").sum().over(so_far) if repeats[k] else ibis.literal(1, "int32")
        for k in range(len(sets))
    }
    counted = slim.mutate(**met) if any(repeats) else slim
    own = {}
    for k, codes in enumerate(sets):
        enough = counted.touchpoint.isin(codes)
        if repeats[k]:
            enough = enough & (counted[f"met_{k}"] > repeats[k])
        own[f"own_{k + 1}"] = counted.t.min(where=enough)
    found = counted.group_by(keys).agg(**own).filter(_.own_1.notnull())
    columns = {"t_1": found.own_1}
    for k in range(2, len(sets) + 1):  # every column from the first ones: columns of columns would grow without bound
        owns = [found[f"own_{i}"] for i in range(1, k + 1)]
        all_met = ibis.and_(*(own.notnull() for own in owns))
        columns[f"t_{k}"] = ibis.ifelse(all_met, ibis.greatest(*owns), None)
        before = ibis.greatest(*owns[:-1]) if k > 2 else owns[0]
        columns[GAP.format(k)] = ibis.ifelse(all_met, ibis.greatest(*owns) - before, None)
        columns[TOTAL.format(k)] = ibis.ifelse(all_met, ibis.greatest(*owns) - ibis.least(*owns), None)
    return found.select(*keys, **columns)
