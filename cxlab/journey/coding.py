"""From a table of contacts to integer codes in order: the steps of `read_log`, each an expression in the engine."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from difflib import SequenceMatcher

import ibis
import pandas as pd
from ibis import _

from cxlab.data.backends import beside
from cxlab.data.contract import STAGES, TOUCHPOINTS
from cxlab.errors import DataError, unknown
from cxlab.wording import count

#: stage of touchpoints in a source without stages, and of those that have none in a source with stages
NO_STAGE, OTHER = "Journey", "Other"
#: the most touchpoints whose matrix of transitions still means something, and the most channels or personas
MOST_TOUCHPOINTS, MOST_LEVELS = 2_000, 100
UNKNOWN = "unknown"
_NUMBERS = ("emotion", "effort", "duration_s", "cost")
#: names compared for being one, misspelt, and how alike they must be (difflib); names with digits are not
_MOST_COMPARED, _ALIKE, _DIGITS = 300, 0.9, re.compile(r"\d")
#: the most touchpoints of a stage that are compared with one another
_MOST_CLOSING = 30


@dataclass(frozen=True)
class Columns:
    """Which column of a source says what; names of the contract by default.

    >>> Columns(customer="user_id", time="at", touchpoint="event").customer
    'user_id'
    """

    customer: str = "customer_id"
    time: str = "timestamp"
    sequence: str = "sequence"
    stage: str = "stage"
    touchpoint: str = "touchpoint"
    channel: str = "channel"
    session: str = "session_id"
    emotion: str = "emotion"
    effort: str = "effort"
    duration: str = "duration_s"
    cost: str = "cost"
    handled_by: str = "handled_by"
    lifecycle: str = "lifecycle"


def named(table: ibis.Table, columns: Columns, *, persona: str | None = None) -> tuple[ibis.Table, list[str]]:
    """The columns a log needs under its own names; rows without customer, time or touchpoint are left out and counted.

    Returns
    -------
    Table of customer_id, at, touchpoint and what else the source has; notes for the reader

    Raises
    ------
    DataError : a column is not there, is of another type, or holds emotions or efforts of another scale; no contact.
    """
    names = {f.name: getattr(columns, f.name) for f in fields(columns)}
    needed = {"customer": "customer_id", "time": "at", "touchpoint": "touchpoint"}
    missing = [names[need] for need in needed if names[need] not in table.columns]
    if missing:
        raise DataError(
            f"the contacts have no column {' and no column '.join(map(repr, missing))} "
            f"(columns: {', '.join(table.columns)}).",
            expected="a customer, a time and a touchpoint in every row",
            mend="read_log(…, columns=Columns(customer=…, time=…, touchpoint=…))",
        )
    ours = {**needed, "session": "session_id", "duration": "duration_s"}
    held = {ours.get(role, role): table[name] for role, name in names.items() if name in table.columns}
    held["at"] = _times(held["at"], names["time"])
    held |= {c: _numbers(held[c], c) for c in _NUMBERS if c in held}
    if persona in table.columns:
        held["persona"] = table[persona]
    contacts = table.select(**held)
    notes: list[str] = []
    if "lifecycle" in held:
        from cxlab.journey.lifecycle import merge_lifecycle

        contacts, note = merge_lifecycle(contacts)
        notes += [note] if note else []
    contacts = contacts.mutate(touchpoint=_.touchpoint.cast("string"))
    return _complete(contacts, {column: names[role] for role, column in needed.items()}, notes), notes


def _times(at: ibis.Value, name: str) -> ibis.Value:
    kind = at.type()
    if kind.is_timestamp():
        return at
    if kind.is_date():
        return at.cast("timestamp")
    raise DataError(
        f"the column {name!r} holds {kind}, not times.",
        expected="timestamps or dates",
        mend="load the file with cx.load, which reads times as they are written",
    )


def _numbers(values: ibis.Value, name: str) -> ibis.Value:
    """A column of numbers, with NaN as null."""
    kind = values.type()
    if kind.is_null():
        return values.cast("float64")
    if not kind.is_numeric():
        raise DataError(
            f"the column {values.get_name()!r} holds {kind}, not numbers.",
            expected=f"{name} as numbers",
            mend=f"load the file with cx.load, or leave the column out: Columns({name.removesuffix('_s')}='')",
        )
    return values.isnan().ifelse(ibis.null(), values) if kind.is_floating() else values


def _outside(contacts: ibis.Table) -> dict[str, ibis.Value]:
    """How many emotions and efforts are outside the scale of the contract, by column."""
    scales = {c.name: c for c in TOUCHPOINTS.columns if c.scale and c.name in contacts.columns}
    return {
        f"{name}_outside": ((contacts[name] < column.minimum) | (contacts[name] > column.maximum)).sum()
        for name, column in scales.items()
    }


def _another_scale(name: str, outside: int, contacts: int) -> DataError:
    column = TOUCHPOINTS[name]
    scale = f"{column.minimum:g} to {column.maximum:g}"
    return DataError(
        f"{count(outside)} of {count(contacts)} contacts have {name} outside {scale}.",
        expected=f"{name} from {scale}",
        mend=f"load the file with cx.load(…, options={{'{column.scale}': '1..5'}}) where it was asked from 1 to 5, or "
        f"leave it out: Columns({name}='')",
    )


def _complete(contacts: ibis.Table, names: Mapping[str, str], notes: list[str]) -> ibis.Table:
    """Contacts with all of the columns named."""
    missing = {column: contacts[column].isnull().sum() for column in names}
    lost = contacts.aggregate(rows=contacts.count(), **missing, **_outside(contacts)).execute().fillna(0)
    for name in (c.removesuffix("_outside") for c in lost.columns if c.endswith("_outside")):
        if lost[f"{name}_outside"].iloc[0]:
            raise _another_scale(name, lost[f"{name}_outside"].iloc[0], lost["rows"].iloc[0])
    if not lost["rows"].iloc[0]:
        raise DataError(
            "there is no contact in the log.", expected="at least one row with customer, time and touchpoint"
        )
    for column, name in names.items():
        if lost[column].iloc[0]:
            contacts = contacts.filter(contacts[column].notnull())
            notes.append(f"{count(lost[column].iloc[0])} contacts without {name} are left out")
    return contacts


def with_persona(contacts: ibis.Table, customers: ibis.Table | None, persona: str | None, *, known: Sequence[str] = ()):
    """Contacts with the column persona in codes, and its labels; from the table of customers where they lack it.

    Parameters
    ----------
    known : columns of the source of the contacts, for the message where the persona is none of them
    """
    if persona is None:
        return contacts, ()
    if "persona" not in contacts.columns:
        if customers is None or persona not in customers.columns:
            known = [*known, *(customers.columns if customers is not None else ())]
            raise unknown("persona column", persona, dict.fromkeys(c for c in known if c != "customer_id"))
        groups = customers.select("customer_id", persona=customers[persona])
        contacts = contacts.left_join(groups, "customer_id").drop("customer_id_right")
    return with_codes(contacts, "persona")


def with_codes(contacts: ibis.Table, column: str) -> tuple[ibis.Table, tuple[str, ...]]:
    """A column of names as codes 0, 1, … in their order of names; an empty name of a persona is the group "unknown"."""
    if column not in contacts.columns:
        return contacts, ()
    values = contacts[column].cast("string")
    if column == "persona":
        values = values.fill_null(UNKNOWN)
    found = contacts.select(value=values).distinct().filter(_.value.notnull()).limit(MOST_LEVELS + 1).execute()["value"]
    if len(found) > MOST_LEVELS:
        raise DataError(
            f"the column {column} has more than {MOST_LEVELS} different values ({', '.join(map(repr, found[:3]))}, …).",
            expected=f"a few {column}s",
            mend="group the values before, or leave the column out",
        )
    labels = tuple(sorted(found))
    if not labels:
        return contacts.drop(column), ()
    code = values.cases(*((label, position) for position, label in enumerate(labels)))
    return contacts.mutate(**{column: code.cast("int16")}), labels


def touchpoint_codes(
    contacts: ibis.Table, stages: Mapping[str, str], notes: list[str]
) -> tuple[pd.DataFrame, ibis.Table]:
    """Every (stage, touchpoint) of the contacts with a preliminary code and a label of its own, and the contacts coded.

    Returns
    -------
    DataFrame by code: name, stage, label; the contacts with touchpoint in codes and without stage
    """
    keys = ["touchpoint", "stage"] if "stage" in contacts.columns else ["touchpoint"]
    if "stage" in keys:
        contacts = contacts.mutate(stage=contacts.stage.cast("string").fill_null(""))
    found = contacts.select(keys).distinct().limit(MOST_TOUCHPOINTS + 1).execute()
    if len(found) > MOST_TOUCHPOINTS:
        raise DataError(
            f"the log has more than {count(MOST_TOUCHPOINTS)} different touchpoints.",
            expected="names of touchpoints, not of pages, products or persons",
            mend="group the names before (/product/123 becomes product)",
        )
    found = found.sort_values(keys).reset_index(drop=True)
    own = found["stage"] if "stage" in keys else pd.Series("", index=found.index)
    staged = own.ne("").any() or bool(stages)
    declared = found["touchpoint"].map(dict(stages)).astype(object)
    stage = declared.where(declared.notna(), own.where(own != "", OTHER if staged else NO_STAGE)).map(stage_name)
    _stage_notes(found["touchpoint"], stage, stages, notes)
    notes += _alike(stage.unique(), "stages") + _alike(found["touchpoint"].unique(), "touchpoints")
    codes = pd.DataFrame({"name": found["touchpoint"], "stage": stage})
    codes, code = _merged(codes)
    codes["label"] = _labels(codes)
    coded = beside(contacts, found[keys].assign(code=code.astype("int16")))
    joined = contacts.inner_join(coded, keys)
    joined = joined.drop(c for c in joined.columns if c.endswith("_right") or c in keys)
    return codes, joined.rename(touchpoint="code")


def stage_name(name: str) -> str:
    """A stage as the field writes it, whatever its case and hyphens; others as they are.

    >>> stage_name("post purchase"), stage_name("Onboarding")
    ('Post-Purchase', 'Onboarding')
    """
    plain = {stage.lower().replace("-", ""): stage for stage in STAGES}
    return plain.get(name.strip().lower().replace("-", "").replace("_", "").replace(" ", ""), name.strip())


def _stage_notes(touchpoints: pd.Series, stage: pd.Series, stages: Mapping[str, str], notes: list[str]) -> None:
    absent = [name for name in stages if name not in set(touchpoints)]
    if absent:
        notes.append(f"stages are declared for touchpoints that do not occur: {', '.join(absent[:5])}")
    lost = touchpoints[stage == OTHER].unique()
    if len(lost):
        notes.append(f"{count(len(lost))} touchpoints have no stage and stand under {OTHER}: {', '.join(lost[:5])}")


def _alike(names: Sequence[str], what: str) -> list[str]:
    """A note where two names differ by so little that one may be the other misspelt.

    >>> _alike(["Purchase", "Purcase", "Service"], "stages")
    ['stages that may be one, misspelt: Purchase and Purcase']
    """
    names = sorted(names, key=lambda name: (-len(name), name))
    if len(names) > _MOST_COMPARED:
        return []
    pairs = [
        f"{a} and {b}" for i, a in enumerate(names) for b in names[i + 1 :]
        if len(b) > 5 and abs(len(a) - len(b)) <= 2 and not _DIGITS.search(a + b)
        and SequenceMatcher(None, a.lower(), b.lower()).ratio() > _ALIKE
    ]  # fmt: skip
    return [f"{what} that may be one, misspelt: {', '.join(pairs[:5])}"] if pairs else []


def _merged(codes: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series]:
    """Codes without repeats (two spellings of a stage are one), and the code of every row."""
    code = codes.groupby(["name", "stage"], sort=False).ngroup()
    return codes.drop_duplicates(ignore_index=True), code


def _labels(codes: pd.DataFrame) -> pd.Series:
    """The name of a touchpoint; with its stage where the name is met in several, quoted where it reads like a mark."""
    repeated = codes["name"].duplicated(keep=False)
    labels = codes["name"].where(~repeated, codes["name"] + " (" + codes["stage"] + ")")
    while (clash := labels.isin(["(start)", "(end)"]) | labels.duplicated()).any():
        labels = labels.where(~clash, "“" + labels + "”")
    return labels


def goal_codes(
    codes: pd.DataFrame, contacts: ibis.Table, goal: str | Sequence[str] | None, notes: list[str]
) -> frozenset[int]:
    """Preliminary codes of the touchpoints that count as conversion."""
    if goal is None or goal == ():
        return frozenset()
    if goal == "auto":
        return _closing(codes, contacts, notes)
    chosen: set[int] = set()
    for name in [goal] if isinstance(goal, str) else goal:
        fits = (codes["label"] == name) | (codes["stage"] == stage_name(name)) | (codes["name"] == name)
        if not fits.any():
            raise unknown("goal", name, dict.fromkeys([*codes["stage"], *codes["label"]]))
        chosen |= set(codes.index[fits])
    return frozenset(chosen)


def _closing(codes: pd.DataFrame, contacts: ibis.Table, notes: list[str]) -> frozenset[int]:
    """The touchpoints of the stage Purchase that close it: those that do not merely lead to another one.

    One leads to another (a basket to an order) where half of those who met the other had met it before, or a third of
    those who met it met the other after; and three times as many in this order as in the reverse.
    """
    found = list(codes.index[codes["stage"] == "Purchase"])
    if not found:
        notes.append("no stage is called Purchase, so conversion is not measured: -p goal=TOUCHPOINT names what counts")
    if len(found) < 2 or len(found) > _MOST_CLOSING:
        return frozenset(found)
    first = contacts.group_by("customer_id").agg(
        **{f"t{code}": contacts["at"].min(where=contacts.touchpoint == code) for code in found}
    )
    met = {f"n{a}": first[f"t{a}"].notnull().cast("int64").sum() for a in found}
    before = {
        f"b{a}_{b}": (first[f"t{a}"] < first[f"t{b}"]).cast("int64").sum() for a in found for b in found if a != b
    }
    n = first.aggregate(**met, **before).execute().iloc[0].fillna(0)
    leads = {
        a for a in found for b in found
        if a != b and n[f"b{a}_{b}"] > 3 * n[f"b{b}_{a}"]
        and (n[f"b{a}_{b}"] > n[f"n{b}"] / 2 or n[f"b{a}_{b}"] > n[f"n{a}"] / 3)
    }  # fmt: skip
    closing = [code for code in found if code not in leads]
    notes.append(
        f"conversion is a contact with {' or '.join(codes.loc[closing, 'label'])}, which closes the stage Purchase"
    )
    return frozenset(closing)


def in_order(contacts: ibis.Table, *, per: str, session_gap: str) -> ibis.Table:
    """The events of a log: every contact with its place in the journey and the contact that follows."""
    order = [c for c in ("at", "sequence", "touchpoint") if c in contacts.columns]
    if per == "session":
        from cxlab.journey.sessions import with_sessions

        gap_s = pd.Timedelta(session_gap).total_seconds()
        contacts = with_sessions(
            contacts, customer="customer_id", at="at", order=order, gap_s=gap_s,
            session="session_id" if "session_id" in contacts.columns else None,
        )  # fmt: skip
        contacts = contacts.mutate(journey=contacts.session.cast("int32"))
    else:
        contacts = contacts.mutate(journey=ibis.literal(0, "int32"))
    keys = ["customer_id", "journey"] if per == "session" else ["customer_id"]
    journey = ibis.window(group_by=keys, order_by=order)
    columns = {
        "step": (ibis.row_number().over(journey) + 1).cast("int32"),
        "next_touchpoint": contacts.touchpoint.lead().over(journey),
        "next_at": contacts["at"].lead().over(journey),
    }
    extras = ("channel", "persona", "session", "emotion", "effort", "duration_s", "cost", "handled_by")
    kept = ["customer_id", "journey", "touchpoint", "at", *(c for c in extras if c in contacts.columns)]
    return contacts.select(*kept, **columns)


def facts(events: ibis.Table, codes: pd.DataFrame) -> pd.DataFrame:
    """What there is of every touchpoint, in the order of stages and, within one, of typical steps.

    Returns
    -------
    DataFrame: code, label, stage, contacts, starts (journeys that begin here), customers (whose first journey begins
    here), ties, first and last (timestamps), begun (the last beginning of a journey here), step (mean)
    """
    first = (events.step == 1).cast("int64")
    found = (
        events.group_by("touchpoint")
        .agg(
            contacts=events.count(),
            starts=first.sum(),
            customers=(first * (events.journey <= 1).cast("int64")).sum(),
            ties=(events.next_at == events["at"]).cast("int64").sum(),
            first=events["at"].min(),
            last=events["at"].max(),
            begun=events["at"].max(where=events.step == 1),
            step=events.step.mean(),
        )
        .execute()
        .set_index("touchpoint")
        .fillna({"ties": 0})
    )
    found = codes.join(found, how="inner").rename_axis("code").reset_index()
    weighted = (found["step"] * found["contacts"]).groupby(found["stage"]).sum()
    typical = weighted / found["contacts"].groupby(found["stage"]).sum()
    ranked = {stage: rank for rank, stage in enumerate(STAGES)}
    found["rank"] = found["stage"].map(ranked).fillna(len(STAGES))
    found["when"] = found["stage"].map(typical).where(found["rank"] == len(STAGES), 0.0)
    return found.sort_values(["rank", "when", "stage", "step", "label"], ignore_index=True)


def renumbered(events: ibis.Table, place: Mapping[int, int]) -> ibis.Table:
    """Events with the codes of touchpoints changed from preliminary to final, looked up in a list, and gaps in time.

    Both are made when they are asked for: to write them down would cost more than any measure that reads them.
    """
    final = ibis.literal([place.get(code, -1) for code in range(max(place) + 1)], "array<int16>")
    following = events.next_touchpoint
    gap_us = events.next_at.delta(events["at"], unit="microsecond")
    return events.mutate(
        touchpoint=final[events.touchpoint],
        # Spark 4 takes what is looked up in a list without nulls for never null, and then finds no last contact
        next_touchpoint=ibis.ifelse(following.isnull(), ibis.null("int16"), final[following]),
        gap_us=gap_us,
        gap_s=gap_us.cast("float64") / 1e6,
    ).drop("next_at")
