"""Persona cards: what the data says of each segment, on one card, under a name made from what sets it apart.

A card invents nobody: no photo, no first name, no quote. Its numbers carry intervals, small groups are hidden, and it
says what it must not be used for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

import ibis.expr.types as ir
import numpy as np
import pandas as pd
from ibis import _

from cxlab.errors import DataError, ParameterError, unknown
from cxlab.finding import Check, Finding
from cxlab.intervals import share_interval
from cxlab.segments.intervals import FEW, HIDDEN
from cxlab.segments.members import members
from cxlab.segments.profiles import BUILT, DIFFERS
from cxlab.segments.segmentation import Segmentation
from cxlab.wording import count, interval, money, share

#: features that no name is made from, and that no decision about a customer may rest on unexamined
SENSITIVE = (
    "age", "sex", "gender", "ethnic", "race", "religion", "nationality", "disability", "health", "pregnan", "marital",
    "children", "income", "birth",
)  # fmt: skip
#: characters of a generated name, unless its first words alone have more
_LONGEST = 60
#: words for what many customers' tables hold: more, less than the rest
_WORDS = {
    "recency": ("long not seen", "recent"), "frequency": ("frequent", "occasional"),
    "monetary": ("high-spend", "low-spend"), "spend": ("high-spend", "low-spend"),
    "visits": ("frequent", "occasional"), "basket": ("large baskets", "small baskets"),
}  # fmt: skip


@dataclass(frozen=True)
class Card:
    """One persona; every line is made from data.

    Parameters
    ----------
    segment, name : as the segmentation calls it, and as the card does
    size, value : sentences with intervals ("" where not known)
    differences : what sets it apart, a line each; channels, reach, not_for : likewise
    """

    segment: str
    name: str
    size: str
    value: str
    differences: tuple[str, ...]
    channels: tuple[str, ...]
    reach: tuple[str, ...]
    not_for: tuple[str, ...]

    @property
    def parts(self) -> list[tuple[str, tuple[str, ...]]]:
        """Headings with their lines, those with lines only."""
        found = [
            ("Size", (self.size,)), ("Value", (self.value,) if self.value else ()),
            ("Sets them apart", self.differences), ("Channels", self.channels), ("How to reach them", self.reach),
            ("Not to be used for", self.not_for),
        ]  # fmt: skip
        return [(head, lines) for head, lines in found if lines]

    @property
    def text(self) -> str:
        """The card as plain text."""
        return "\n".join([self.name, *(f"  {head}: {'; '.join(lines)}" for head, lines in self.parts)])

    @property
    def html(self) -> str:
        """The card as HTML without style of its own."""
        lines = "".join(
            f"<dt>{escape(head)}</dt>" + "".join(f"<dd>{escape(line)}</dd>" for line in own) for head, own in self.parts
        )
        return f'<section class="persona"><h3>{escape(self.name)}</h3><dl>{lines}</dl></section>'

    def _repr_html_(self) -> str:
        return self.html.replace("$", "<span>$</span>")  # between two bare ones a notebook would set a formula


@dataclass(frozen=True)
class Personas:
    """Cards of all segments, and the finding that holds them as a table."""

    cards: tuple[Card, ...]
    finding: Finding

    def _repr_html_(self) -> str:
        return "".join(card._repr_html_() for card in self.cards)


def personas(
    segmentation: Segmentation,
    profile: Finding,
    *,
    names: Mapping[str, str] | None = None,
    value: Finding | None = None,
    source=None,
    consent: str = "consent=yes",
    most: int = 5,
    level: float = 0.9,
) -> Personas:
    """A card a segment.

    Parameters
    ----------
    profile : what `profiles` found
    names : own names by segment, for those that shall not have the generated one
    value : what `segment_value` found
    source : Dataset or mapping of tables, for channels (of touchpoints, else of transactions) and consent
    consent : column of customers and the value that allows to write, as "consent=yes"
    most : differences on a card

    Returns
    -------
    Personas; its finding "segments.personas" has a row a segment: segment, name, customers, share, low, high, value,
    value_low, value_high (money a customer; missing without `value`), differences, channels, reach, not_for (text)

    Raises
    ------
    ParameterError : a name is of no segment, or two segments would have the same one.
    """
    from cxlab.segments import charts

    known = dict(zip(segmentation.names, generated_names(profile.table, segmentation.names), strict=True))
    for segment in names or {}:
        if segment not in known:
            raise unknown("segment", segment, known)
    known |= names or {}
    if len(set(known.values())) < len(known):
        raise ParameterError("two personas have the same name.", expected="a name each")
    total = segmentation.sizes.sum()
    where = _channels(source, segmentation) if source is not None else {}
    allowed = _consents(source, segmentation, consent, level) if source is not None else {}
    worth = {} if value is None else value.table.set_index("segment").to_dict("index")
    cards, rows = [], []
    for segment, size in zip(segmentation.names, segmentation.sizes, strict=True):
        own = profile.table[(profile.table["segment"] == segment) & profile.table["verdict"].isin([BUILT, DIFFERS])]
        own = own[own["marker"]].sort_values("effect", key=abs, ascending=False, kind="stable").head(most)
        low, high = (float(end) for end in share_interval(size, total, level=level))
        w = worth.get(segment, {})
        each = (w.get("value", np.nan), w.get("low", np.nan), w.get("high", np.nan))
        currency = value.currency if value is not None else ""
        ends = interval(money(each[1], currency), money(each[2], currency), level=level)
        card = Card(
            segment, known[segment],
            f"{count(size)} customers, {share(size / total)} {interval(share(low), share(high), level=level)}",
            f"{money(each[0], currency)} a customer {ends}" if np.isfinite(each[0]) else "",
            tuple(f"{_feature(r)}: {r.words}" + ("" if r.verdict == DIFFERS else " *") for r in own.itertuples())
            or ("nothing that data shows",),
            where.get(segment, ()), allowed.get(segment, ()) + _own_channel(own),
            _not_for(segmentation, profile.table, segment, size, segment in allowed),
        )  # fmt: skip
        cards.append(card)
        rows.append(
            {"segment": segment, "name": card.name, "customers": round(size), "share": size / total, "low": low,
             "high": high, "value": each[0], "value_low": each[1], "value_high": each[2],
             "differences": "; ".join(card.differences), "channels": "; ".join(card.channels),
             "reach": "; ".join(card.reach), "not_for": "; ".join(card.not_for)}
        )  # fmt: skip
    table = pd.DataFrame(rows)
    least = float(segmentation.sizes.min())
    text = f"{count(total)} customers as {len(cards)} personas. " + " ".join(
        f"{c.name}: {c.size}" + (f", {c.value}" if c.value else "") + "." for c in cards
    )
    text += " A star marks what the segments were made from. Each card is of a group: no customer is its persona."
    drawn = table.assign(segment=table["name"])
    finding = Finding(
        "segments.personas", f"{len(cards)} personas: {'; '.join(c.name for c in cards)}", text, table,
        units={"customers": "count"} | dict.fromkeys(("share", "low", "high"), "share")
        | dict.fromkeys(("value", "value_low", "value_high"), "money"),
        checks=(*profile.checks, Check("customers of the smallest persona", least >= FEW, count(least), f"≥ {FEW}",
                                       "Too few for a card.")),
        currency=value.currency if value is not None else "",
        draw=lambda ax: charts.draw_sizes(ax, drawn),
        caption=f"n = {count(total)} customers; names are made from what sets each segment apart.",
    )  # fmt: skip
    return Personas(tuple(cards), finding)


def generated_names(profile: pd.DataFrame, segments: Sequence[str], *, most: int = 3) -> list[str]:
    """A neutral name for each segment from what marks it most: the same profile gives the same names.

    Sensitive features (age, sex, …) make no names. A segment that nothing marks keeps its own.

    >>> profile = pd.DataFrame({"segment": ["A", "A", "B"], "feature": ["spend", "channel store", "spend"],
    ...     "level": "", "unit": ["money", "share", "money"], "effect": [.8, .5, -.8], "marker": True})
    >>> generated_names(profile, ["A", "B", "C"])
    ['High-spend, channel store', 'Low-spend', 'C']
    """
    made: list[str] = []
    for segment in segments:
        own = profile[(profile["segment"] == segment) & profile["marker"] & ~profile["feature"].map(sensitive)]
        # of two that mark it as much, what it has more of makes the name
        own = own.assign(size=own["effect"].abs().round(6) + 0.1 * (own["effect"] > 0))
        own = own.sort_values(["size", "feature", "level"], ascending=[False, True, True], kind="stable")
        words = list(dict.fromkeys(_word(row) for row in own.itertuples()))
        short = max(1, sum(len(_joined(words[: i + 1])) <= _LONGEST for i in range(min(most, len(words)))))
        name = next((n for n in (_joined(words[:i]) for i in range(short, len(words) + 1)) if n and n not in made), "")
        name = name or segment
        made.append(name if name not in made else f"{name} ({segment})")
    return made


def sensitive(feature: str) -> bool:
    """Whether a feature is one that people must not be judged by.

    >>> sensitive("age"), sensitive("age group"), sensitive("average basket")
    (True, True, False)
    """
    words = re.split(r"[^a-z]+", feature.lower())
    return any(word == s or (len(s) > 4 and word.startswith(s)) for word in words for s in SENSITIVE)


def _joined(words: Sequence[str]) -> str:
    text = ", ".join(words)
    return text[:1].upper() + text[1:]


def _word(row) -> str:
    more = row.effect > 0
    if row.feature in _WORDS:
        return _WORDS[row.feature][not more]
    name = row.feature.replace("_", " ")
    name = re.sub(r", share of \w+$", "", name)
    if name.startswith("attitude "):
        return f"{'agree' if more else 'do not agree'}: {name.removeprefix('attitude ')}"
    if row.level:
        return f"{name} {row.level}" if more else f"seldom {name} {row.level}"
    if row.unit == "share":
        return name if more else f"little {name}"
    return f"{'high' if more else 'low'} {name}"


def _feature(row) -> str:
    name = row.feature.replace("_", " ")
    return f"{name}: {row.level}" if row.level else name


def _own_channel(own: pd.DataFrame) -> tuple[str, ...]:
    """Channels that mark the segment."""
    own = own[own["feature"].str.contains("channel", case=False) & (own["effect"] > 0)]
    return tuple(f"more than others through {_feature(r).removeprefix('channel ')}" for r in own.itertuples())


def _not_for(segmentation, profile, segment, size, consent_known: bool) -> tuple[str, ...]:
    said = [f"decisions about one customer: a customer is in the right segment with {share(segmentation.certainty)} "
            "certainty on average" if segmentation.certainty < 1 - 1e-9 else
            "decisions about one customer: how surely each belongs is not known"]  # fmt: skip
    named = sorted({r for r in profile["feature"] if sensitive(r)})
    if named:
        said.append(f"prices, credit or refusals by {', '.join(n.replace('_', ' ') for n in named)}")
    if not consent_known:
        said.append("writing to anyone: who agreed is not known here")
    else:
        said.append("writing to those who have not agreed")
    if size < FEW:
        said.append(f"anything lasting: {count(size)} customers are too few")
    return tuple(said)


def _tables(source) -> Mapping:
    return source if isinstance(source, Mapping) else source.tables


def _channels(source, segmentation: Segmentation, *, most: int = 3) -> dict[str, tuple[str, ...]]:
    """The most used channels of each segment with their share, counted in the engine; those of fewer than 5 hidden."""
    tables = _tables(source)
    name = next((t for t in ("touchpoints", "transactions") if t in tables and "channel" in tables[t].columns), None)
    if name is None:
        return {}
    rows: ir.Table = tables[name].filter(_.channel.notnull())
    rows = rows.inner_join(members(segmentation, near=rows), "customer_id")
    counted = rows.group_by("segment", "channel").agg(n=_.count(), people=_.customer_id.nunique()).to_pandas()
    counted["part"] = counted["n"] / counted.groupby("segment")["n"].transform("sum")
    counted = counted[counted["people"] >= HIDDEN].sort_values(["n", "channel"], ascending=[False, True])
    return {
        str(segment): tuple(
            f"{r.channel} {share(r.part)} of {'contacts' if name == 'touchpoints' else 'purchases'}"
            for r in own.head(most).itertuples()
        )
        for segment, own in counted.groupby("segment")
    }


def consented(source, segmentation: Segmentation, consent: str) -> pd.DataFrame | None:
    """How many of each segment agreed: DataFrame by segment: known, agreed; None where consent is not recorded.

    Raises
    ------
    DataError : `consent` is not "COLUMN=VALUE".
    """
    column, _sign, allowed = consent.partition("=")
    if not allowed:
        raise DataError(f"consent = {consent!r}.", expected="COLUMN=VALUE of customers", mend='consent="consent=yes"')
    customers = _tables(source).get("customers")
    if customers is None or column not in customers.columns:
        return None
    rows = customers.inner_join(members(segmentation, near=customers), "customer_id")
    agreed = (rows[column].cast("string").lower() == allowed.lower()).cast("int64")
    return (
        rows.group_by("segment").agg(known=rows[column].count(), agreed=agreed.sum()).to_pandas().set_index("segment")
    )


def _consents(source, segmentation, consent: str, level: float) -> dict[str, tuple[str, ...]]:
    found = consented(source, segmentation, consent)
    if found is None:
        return {}
    said = {}
    for segment, row in found.iterrows():
        if row["known"] >= HIDDEN:
            ends = (share(float(e)) for e in share_interval(row["agreed"], row["known"], level=level))
            said[str(segment)] = (
                f"{count(row['agreed'])} agreed to be written to, {share(row['agreed'] / row['known'])} "
                f"{interval(*ends, level=level)}",
            )  # fmt: skip
    return said
