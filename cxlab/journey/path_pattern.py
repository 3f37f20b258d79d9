"""Patterns of paths: how many journeys went this way, by a small language matched in the engine.

    Website -> Checkout               one contact right after the other
    Website -> * -> Checkout          later, whatever lies between (or nothing)
    Website -> !Help desk* -> Order   later, with no contact of the help desk between
    (start) -> Search | Advert        the first contact is one or the other; "-> (end)" asks for the last one

A name is a touchpoint or a stage, which stands for any of its touchpoints; "|" joins names, also behind "!". A journey
matches when the pattern is found anywhere in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import ibis
import numpy as np
import pandas as pd
from ibis import _

from cxlab.errors import ParameterError
from cxlab.finding import Check, Finding
from cxlab.intervals import share_interval
from cxlab.journey.log import END, START, Log
from cxlab.wording import count, interval, share

_FEWEST = 30
_EXAMPLE = "Website -> !Help desk* -> Checkout"


@dataclass(frozen=True)
class Part:
    """A contact of a pattern: one of `codes`, after the part before with nothing between (`gap` None), or anything but
    `gap`."""

    codes: frozenset[int]
    gap: frozenset[int] | None = None


@dataclass(frozen=True)
class Pattern:
    """A pattern as its parts, and whether the first and last contact of a journey must be its own."""

    parts: tuple[Part, ...]
    starts: bool = False
    ends: bool = False


def parse(log: Log, pattern: str) -> Pattern:
    """A pattern as parts.

    Raises
    ------
    ParameterError : a name is unknown, or a gap stands where none can.

    >>> from cxlab.journey.examples import small_log
    >>> parse(small_log(), "Search -> * -> Checkout").parts[1].gap
    frozenset()
    """
    words = [" ".join(word.split()) for word in pattern.split("->")]
    starts, ends = words[0] == START, len(words) > 1 and words[-1] == END
    words = words[int(starts) : len(words) - int(ends)]
    parts: list[Part] = []
    gap: frozenset[int] | None = None
    for position, word in enumerate(words):
        is_gap = word == "*" or (word.startswith("!") and word.endswith("*"))
        if is_gap:
            if gap is not None or position in (0, len(words) - 1):
                raise _wrong(pattern, f"{word!r} has no contact on one side")
            gap = frozenset() if word == "*" else _codes(log, word[1:-1], pattern)
        else:
            parts.append(Part(_codes(log, word, pattern), gap))
            gap = None
    if not parts:
        raise _wrong(pattern, "it names no touchpoint")
    return Pattern(tuple(parts), starts, ends)


def matching(log: Log, pattern: str) -> ibis.Table:
    """Journeys in which the pattern is found: an Ibis table of customer_id, journey.

    Notes
    -----
    Contacts that a part can be at are found one part after another. The latest contact of the part before leaves the
    least between, so it alone decides: one sort a journey, whatever the length of the pattern.
    """
    found = parse(log, pattern)
    events = log.events.select("customer_id", "journey", "step", "touchpoint", "next_touchpoint")
    before = ibis.window(group_by=["customer_id", "journey"], order_by="step", preceding=(None, 1))
    for k, part in enumerate(found.parts):
        fits = _.touchpoint.isin(sorted(part.codes))
        if k == 0:
            fits = fits & (_.step == 1) if found.starts else fits
        else:
            last = events[f"at_{k - 1}"].max().over(before)
            columns = {"last": last}
            if part.gap:
                columns["barred"] = (
                    ibis.ifelse(events.touchpoint.isin(sorted(part.gap)), events.step, None).max().over(before)
                )
            events = events.mutate(**columns)
            fits = fits & _["last"].notnull()
            if part.gap is None:
                fits = fits & (_["last"] == _.step - 1)
            elif part.gap:
                fits = fits & (_.barred.fill_null(0) <= _["last"])
        if found.ends and k == len(found.parts) - 1:
            fits = fits & _.next_touchpoint.isnull()
        events = events.mutate(**{f"at_{k}": ibis.ifelse(fits, _.step, None)})
    return events.filter(_[f"at_{len(found.parts) - 1}"].notnull()).select("customer_id", "journey").distinct()


def patterns_finding(log: Log, patterns: Sequence[str], *, level: float = 0.9) -> Finding:
    """How many journeys match each pattern.

    Returns
    -------
    Finding "journey.patterns", a row a pattern, as given: pattern, journeys, share (of all journeys), share_low,
    share_high

    >>> from cxlab.journey.examples import small_log
    >>> patterns_finding(small_log(), ["Website -> Checkout", "Website -> * -> Checkout"]).table["journeys"].tolist()
    [1, 2]
    """
    patterns = [patterns] if isinstance(patterns, str) else list(patterns)
    if not patterns:
        raise ParameterError("no pattern is given.", expected="one or more", mend=f'patterns=["{_EXAMPLE}"]')
    met = np.array([int(matching(log, pattern).count().execute()) for pattern in patterns])
    low, high = share_interval(met, log.n_journeys, level=level)
    table = pd.DataFrame(
        {"pattern": patterns, "journeys": met, "share": met / log.n_journeys, "share_low": low, "share_high": high}
    )
    said = "; ".join(
        f"{row.pattern}: {share(row.share)} {interval(share(row.share_low), share(row.share_high), level=level)}"
        for row in table.itertuples()
    )
    first = table.loc[table["share"].idxmax()]
    return Finding(
        name="journey.patterns",
        title=f"{share(first.share)} of {log.unit} went {first.pattern}",
        text=f"Of {count(log.n_journeys)} {log.unit}, {log.period}, so many went this way: {said}.",
        table=table,
        units={"journeys": "count", "share": "share", "share_low": "share", "share_high": "share"},
        checks=(
            *log.checks,
            Check("journeys", log.n_journeys >= _FEWEST, count(log.n_journeys), f"≥ {_FEWEST}",
                  "Shares of so few say little."),
        ),
        draw=lambda ax: _draw(ax, table, log),
        caption=f"n = {count(log.n_journeys)} {log.unit}, {log.period}{', simulated' if log.simulated else ''}; bars "
        f"with {level * 100:g} % intervals.",
    )  # fmt: skip


def _codes(log: Log, names: str, pattern: str) -> frozenset[int]:
    names = [name.strip() for name in names.split("|")]
    if not all(names):
        raise _wrong(pattern, "a name is missing")
    return frozenset().union(*(log.codes(name) for name in names))


def _wrong(pattern: str, why: str) -> ParameterError:
    return ParameterError(f"the pattern {pattern!r} cannot be read: {why}.", expected="contacts joined by ->",
                          mend=f'as in "{_EXAMPLE}"')  # fmt: skip


def _draw(ax, table: pd.DataFrame, log: Log):
    from cxlab.journey.charts.sequences import draw_paths

    def word(part: str) -> str:
        return "…" if part == "*" else f"no {part[1:-1]}" if part.startswith("!") else part

    shown = table["pattern"].map(lambda p: " → ".join(word(" ".join(part.split())) for part in p.split("->")))
    stages = dict(zip(log.labels, log.stage_of, strict=True)) | {stage: stage for stage in log.stages}
    return draw_paths(ax, table.assign(path=shown), stages=stages, measures={"share": f"Share of {log.unit}"})
