"""What the study of segments is made of: features chosen and gathered from any table of customers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from cxlab.errors import DataError
from cxlab.finding import Finding
from cxlab.segments.features import features
from cxlab.segments.latent_class import MOST_ANSWERS
from cxlab.segments.study import SegmentsStudy
from cxlab.segments.table import MOST_MISSING, FeatureTable
from cxlab.wording import count

#: of `customers`, what says who somebody is and not how they answer
_FACTS = ("customer_id", "first_seen", "acquisition_channel", "consent")
RFM = ("transactions.days_since as recency", "transactions.days as frequency", "transactions.sum(amount) as monetary")
_CONTACTS = ("touchpoints.days_since as days since contact", "touchpoints.count as contacts")
#: categories with more levels than this describe nobody
MOST_LEVELS = 12
#: a share rarer than this tells too few apart to make segments of
RARE = 0.02
#: answers from which they make segments without purchases
FEWEST_ANSWERS = 3


@dataclass(frozen=True)
class Explored:
    """What is known of customers, chosen and gathered.

    Parameters
    ----------
    source : tables by name, `customers` limited to those who bought where segments are made of purchases
    made : features that segments are made of; described : those that describe them, None where there are none
    notes : what was left out, and why
    """

    source: Mapping
    made: FeatureTable
    described: FeatureTable | None
    notes: tuple[str, ...] = ()
    currency: str = field(default="")

    def finding(self) -> Finding:
        """What is known of customers: "segments.features", with what was left out."""
        from dataclasses import replace

        found = self.made.finding()
        return replace(found, text=" ".join([found.text.removesuffix(found.warning).strip(), *self.notes]))


def explore(data, settings: SegmentsStudy) -> Explored:
    """Choose and gather the features of the study.

    "auto" makes segments of answers: columns of `customers` with few different numbers, and scores of `surveys`.
    Purchases then describe segments, so that a difference in value is found and not built in. Without answers, segments
    are made of recency, frequency and money; without purchases of contacts; without those of categories. Who somebody
    is (age, place, …) describes segments and does not make them.

    Raises
    ------
    DataError : nothing tells customers apart.
    """
    tables, currency = dict(data.tables.items()), settings.currency or data.currency
    attributes = _attributes(tables)
    chosen, notes = _chosen(tables, attributes, settings)
    if any(d.split(".")[0] in ("rfm", "transactions") for d in chosen) and "customers" in tables:
        people = tables["customers"]
        tables["customers"] = people.semi_join(tables["transactions"], "customer_id").cache()
        left = int(people.count().execute()) - int(tables["customers"].count().execute())
        if left:
            notes.append(f"{count(left)} customers without a purchase take no part.")
        attributes = _attributes(tables)
    made, constant = _gathered(tables, chosen, currency)
    notes += constant
    describing, kept = _describing(tables, attributes, made, settings), None
    if describing:
        try:
            kept, _said = _gathered(tables, describing, currency)
        except DataError:  # nothing else differs: then nothing else describes
            if "auto" not in settings.describe:
                raise
    return Explored(tables, made, kept, tuple(notes), currency)


def _attributes(tables: Mapping) -> pd.DataFrame:
    """A row a column of `customers`: column, numeric, levels (different values), missing, rare (share of the rarer of
    two levels)."""
    people = tables.get("customers")
    columns = [] if people is None else [
        (c, t) for c, t in people.schema().items()
        if c not in ("customer_id", "first_seen") and (t.is_numeric() or t.is_boolean() or t.is_string())
    ]  # fmt: skip
    if not columns:
        return pd.DataFrame(columns=["column", "numeric", "levels", "missing", "rare"])
    asked = {}
    for i, (c, t) in enumerate(columns):
        asked |= {f"levels_{i}": people[c].nunique(), f"known_{i}": people[c].count()}
        if t.is_numeric():
            asked |= {f"low_{i}": people[c].min(), f"mean_{i}": people[c].mean(), f"high_{i}": people[c].max()}
    seen = people.aggregate(n=people.count(), **asked).execute().iloc[0]
    n = max(int(seen["n"]), 1)
    records = []
    for i, (c, t) in enumerate(columns):
        known, part = float(seen[f"known_{i}"] or 0), 0.0
        if t.is_numeric() and known and seen[f"high_{i}"] > seen[f"low_{i}"]:
            low, mean, high = (float(seen[f"{end}_{i}"]) for end in ("low", "mean", "high"))
            part = (mean - low) / (high - low)  # of two levels, the share of the upper one
        records.append({"column": c, "numeric": t.is_numeric(), "levels": int(seen[f"levels_{i}"]),
                        "missing": 1 - known / n, "rare": min(part, 1 - part)})  # fmt: skip
    return pd.DataFrame(records)


def _chosen(tables: Mapping, attributes: pd.DataFrame, settings: SegmentsStudy) -> tuple[list[str], list[str]]:
    """Declarations of the features, and what was left out."""
    asked, notes = [d for d in settings.features if d != "auto"], []
    if "auto" not in settings.features:
        return asked, notes
    a = attributes[~attributes["column"].isin(_FACTS)]
    answers = a[a["numeric"] & a["levels"].between(2, MOST_ANSWERS)]
    gaps, seldom = answers["missing"] > MOST_MISSING, (answers["levels"] == 2) & (answers["rare"] < RARE)
    for mask, why in ((gaps, "unknown of most customers"), (seldom & ~gaps, "the same for nearly all")):
        if mask.any():
            notes.append(f"Left out, {why}: {', '.join(answers.loc[mask, 'column'])}.")
    chosen = _named(answers.loc[~gaps & ~seldom, "column"].tolist())
    if "surveys" in tables and "customer_id" in tables["surveys"].columns:
        chosen.append("surveys.answers")
    if "transactions" in tables and len(chosen) < FEWEST_ANSWERS:
        chosen = [*RFM, *chosen]
    if not chosen and not asked and "touchpoints" in tables:
        chosen += _CONTACTS
        if "channel" in tables["touchpoints"].columns:
            chosen.append("touchpoints.share_of(channel)")
    if not chosen and not asked:
        words = a[~a["numeric"] & a["levels"].between(2, MOST_LEVELS) & (a["missing"] <= MOST_MISSING)]
        chosen += _named(words["column"].tolist())
    if not chosen and not asked:
        raise DataError(
            f"nothing tells customers apart (tables: {', '.join(tables)}).",
            expected="answers, purchases, contacts or attributes of customers",
            mend='-p features="customers.COLUMN, transactions.mean(amount)"',
        )  # fmt: skip
    return [*asked, *chosen], notes


def _named(columns: list[str]) -> list[str]:
    """Declarations of columns of `customers` under names for readers: without what three or more begin with.

    >>> _named(["attitude_quiet", "attitude_good_value", "attitude_new"])[1], _named(["tea_time"])
    ('customers.attitude_good_value as good value', ['customers.tea_time as tea time'])
    """
    first = pd.Series([c.partition("_")[0] if "_" in c else "" for c in columns], dtype=str)
    family = {f for f, n in first.value_counts().items() if f and n >= 3}
    names = [c.partition("_")[2] if f in family else c for c, f in zip(columns, first, strict=True)]
    names = [n if names.count(n) == 1 else c for n, c in zip(names, columns, strict=True)]
    return [f"customers.{c} as {_words(n)}" for n, c in zip(names, columns, strict=True)]


def _words(name: str) -> str:
    words = name.replace("_", " ").strip()
    return f"I {words[2:]}" if words.startswith("i ") else words


def _gathered(tables: Mapping, declared: list[str], currency: str) -> tuple[FeatureTable, list[str]]:
    """The features that differ between customers, and what is said of the others.

    Raises
    ------
    DataError : none of them differs, or one that was declared cannot be gathered.
    """
    filled, empty = list(declared), []
    try:
        found = features(tables, filled, currency=currency)
    except DataError as problem:
        if "has no values" not in problem.found:
            raise
        for one in declared:
            try:
                features(tables, [one], currency=currency)
            except DataError:
                filled.remove(one)
                empty.append(one.rpartition(" as ")[2].removeprefix("customers."))
        if not filled:
            raise
        found = features(tables, filled, currency=currency)
    alike = [n for n, v in zip(found.names, found.values.T, strict=True) if len(np.unique(v[np.isfinite(v)])) < 2]
    if len(alike) == len(found.names):
        raise DataError(
            f"every customer has the same {', '.join(alike)}.", expected="features that tell customers apart",
            mend='-p features="customers.COLUMN, transactions.mean(amount)"',
        )  # fmt: skip
    found = found.select(*(n for n in found.names if n not in alike))
    notes = [f"Left out, the same for all: {', '.join(alike)}."] if alike else []
    return found, notes + ([f"Left out, without values: {', '.join(empty)}."] if empty else [])


def _describing(tables: Mapping, attributes: pd.DataFrame, made: FeatureTable, settings: SegmentsStudy) -> list[str]:
    asked = [d for d in settings.describe if d != "auto"]
    if "auto" not in settings.describe:
        return asked
    taken = [r.declaration for r in made.recipes]
    used = {d.partition(" as ")[0].partition(" | ")[0].partition("=")[0] for d in taken}
    a = attributes[(attributes["levels"] >= 2) & (attributes["missing"] <= MOST_MISSING)]
    a = a[a["numeric"] | (a["levels"] <= MOST_LEVELS)]
    found = _named([c for c in a["column"] if f"customers.{c}" not in used])
    if "transactions" in tables:
        found += [d for d in RFM if d.partition(" as ")[0] not in used]
    for table, column, words in (("transactions", "item", "usual item"), ("touchpoints", "channel", "usual channel")):
        shared = any(d.startswith(f"{table}.share") for d in taken)
        if table in tables and column in tables[table].columns and not shared:
            levels = int(tables[table][column].nunique().execute())
            if 2 <= levels <= MOST_LEVELS:
                found.append(f"{table}.most({column}) as {words}")
    names = set(made.names)
    return [*asked, *(d for d in found if d.partition(" as ")[2] not in names)]
