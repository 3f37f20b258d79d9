"""Flags: responses that may not mean what they say. They are marked and counted, never left out (rules: `surveys`)."""

from __future__ import annotations

from dataclasses import replace

import ibis
import ibis.expr.types as ir
from ibis import _

from cxlab.data.checking import Checked
from cxlab.data.engine import Engine
from cxlab.wording import count, share

#: answers to a battery that must be alike, share of the median duration, seconds an answer, minutes between repeats
ALIKE, OF_MEDIAN, SECONDS, MINUTES = 5, 1 / 3, 2.0, 10
FLAGS = ("straight-line", "fast", "repeated", "unfinished")
#: responses with a duration that tell the usual one
_TIMED = 5
#: columns that serve the flags only
HELPERS = ("cxlab_texts", "cxlab_turned", "cxlab_unfinished")


def marks(rows: ir.Table, *, by_row: bool) -> ir.Table:
    """The responses that may not mean what they say.

    Parameters
    ----------
    rows : Ibis table of `surveys` with `source_row`, without rows that are set aside; `cxlab_texts`, `cxlab_turned`
        and `cxlab_unfinished`, where there are any, serve to tell repeats, straight lines and unfinished responses
    by_row : whether a row of the source is a response (one column a question); else `response_id` is

    Returns
    -------
    Ibis table: key (the source row or the response), said (its flags, joined by "; ")

    >>> rows = ibis.memtable({"source_row": [1] * 5, "response_id": ["a"] * 5, "question": list("vwxyz"),
    ...                       "score": [4.0] * 5, "scale_min": [1.0] * 5, "scale_max": [5.0] * 5})
    >>> marks(rows, by_row=True).execute().values.tolist()
    [[1, 'straight-line']]
    """
    keyed = rows.mutate(key=rows.source_row if by_row else rows.response_id)
    responses = keyed.group_by("key").agg(**_seen(keyed))
    parts = [_straight(keyed).select("key", place=0)]
    if "duration" in responses.columns:
        parts.append(responses.filter(_fast(responses)).select("key", place=1))
    parts += [part.select("key", place=2) for part in _again(keyed, responses, by_row=by_row)]
    if "cxlab_unfinished" in keyed.columns:
        parts.append(keyed.filter(keyed.cxlab_unfinished).select("key", place=3))
    found = (ibis.union(*parts) if len(parts) > 1 else parts[0]).group_by("key")
    flags = found.agg(**{f"f{n}": (_.place == n).max() for n in range(len(FLAGS))})
    text = ibis.literal("")
    for n, name in enumerate(FLAGS):
        text = text + ibis.ifelse(flags[f"f{n}"], "; " + name, "")
    return flags.select("key", said=text.substr(2))


def flag_notes(rows: ir.Table, *, by_row: bool) -> list[str]:
    """How many responses carry which flag."""
    key = rows["source_row" if by_row else "response_id"]
    counts = rows.aggregate(
        responses=key.nunique(),
        flagged=key.nunique(where=rows.flag.notnull()),
        **{f"n{i}": key.nunique(where=rows.flag.contains(f)) for i, f in enumerate(FLAGS)},
    )
    seen = counts.execute().iloc[0]
    said = [f"{count(seen[f'n{i}'])} {f}" for i, f in enumerate(FLAGS) if seen[f"n{i}"]]
    if not said:
        return []
    any_flag = seen["flagged"]
    return [
        f"{count(any_flag)} of {count(seen['responses'])} responses ({share(any_flag / seen['responses'])}) are "
        f"flagged and kept: {', '.join(said)} (column flag)"
    ]


def with_flags(engine: Engine, checked: Checked, *, by_row: bool) -> Checked:
    """A survey after the check, with the column `flag` and what it says in the notes."""
    rows, table, found = engine.backend.table(checked.table), checked.table, engine.name("marks")
    if checked.kept:
        engine.backend.create_table(found, marks(rows.filter(rows.fault.isnull()), by_row=by_row))
    if "flag" not in checked.columns:
        engine.run(f"ALTER TABLE {table} ADD COLUMN flag VARCHAR")
    if checked.kept:
        engine.run(
            f"UPDATE {table} SET flag = concat_ws('; ', flag, said) FROM {found} "
            f"WHERE key = {'source_row' if by_row else 'response_id'} AND fault IS NULL"
        )
    for helper in (h for h in HELPERS if h in checked.columns):
        engine.run(f"ALTER TABLE {table} DROP COLUMN {helper}")
    columns = [c for c in checked.columns if c not in HELPERS]
    kept = engine.backend.table(table)
    return replace(
        checked,
        columns=columns if "flag" in columns else [*columns, "flag"],
        rules={k: v for k, v in checked.rules.items() if k not in HELPERS},
        notes=[*checked.notes, *flag_notes(kept.filter(kept.fault.isnull()), by_row=by_row)],
    )


def _raw(keyed: ir.Table) -> ir.Value:
    """The answer as it was given, before a reversed one was turned."""
    if "cxlab_turned" not in keyed.columns:
        return keyed.score
    return ibis.ifelse(keyed.cxlab_turned, keyed.scale_min + keyed.scale_max - keyed.score, keyed.score)


def _seen(keyed: ir.Table) -> dict[str, ir.Value]:
    """What is known of a response: when, how long, how many answers, what they were."""
    made = {"answered": keyed.score.count(), "row": keyed.source_row.min()}
    parts = [keyed.question, keyed.score.cast("string")]
    parts += [keyed[c].fill_null("") for c in ("touchpoint", "brand") if c in keyed.columns]
    pair = ibis.literal("\x1f").join(parts)
    made["answers"] = (pair.hash() % 1_000_003).sum(where=keyed.score.notnull())
    made["other"] = (pair.hash() % 999_983).sum(where=keyed.score.notnull())
    made["lowest"], made["highest"] = keyed.score.min(), keyed.score.max()
    texts = (
        keyed.cxlab_texts.cast("string").fill_null("")
        if "cxlab_texts" in keyed.columns
        else keyed.response_id.substr(0, 0)
    )
    made["texts"] = texts.max()
    if "duration_s" in keyed.columns:
        made["duration"] = keyed.duration_s.max()
    if "timestamp" in keyed.columns and keyed.timestamp.type().is_timestamp():
        made["at"] = keyed.timestamp.min().epoch_seconds()
    return made


def _fast(responses: ir.Table) -> ir.Value:
    timed = responses.filter(responses.duration > 0)
    seen = timed.aggregate(n=timed.count(), median=timed.duration.median()).execute().iloc[0]
    fast = responses.duration < SECONDS * responses.answered
    return fast | (responses.duration < OF_MEDIAN * float(seen["median"])) if seen["n"] >= _TIMED else fast


def _straight(keyed: ir.Table) -> ir.Table:
    """Keys of responses with a battery answered alike throughout."""
    battery = [c for c in ("scale_min", "scale_max", "touchpoint", "brand") if c in keyed.columns]
    raw = keyed.mutate(given=_raw(keyed)).filter(_.score.notnull())
    each = raw.group_by("key", *battery).agg(n=_.question.nunique(), low=_.given.min(), high=_.given.max())
    return each.filter((_.n >= ALIKE) & (_.low == _.high)).select("key").distinct()


def _again(keyed: ir.Table, responses: ir.Table, *, by_row: bool) -> list[ir.Table]:
    """Tables of the keys of responses that repeat an earlier one."""
    found = []
    about = [c for c in ("question", "touchpoint", "brand", "handled_by") if c in keyed.columns]
    if by_row:
        found.append(_later(keyed.distinct(on=["key"], keep="first"), ["response_id"]))
    else:
        rows = ibis.window(group_by=["response_id", *about], order_by="source_row")
        found.append(keyed.mutate(turn=ibis.row_number().over(rows)).filter(_.turn > 0).select("key"))
    if "customer_id" in keyed.columns:
        named = keyed.filter(keyed.customer_id.notnull() & keyed.score.notnull())
        wave = "wave" if "wave" in keyed.columns else "timestamp" if "timestamp" in keyed.columns else ""
        if wave:
            named = named.mutate(period=named[wave].cast("date") if wave == "timestamp" else named[wave])
            named = named.filter(named.period.notnull())
        found.append(_later(named, ["customer_id", *about, *(["period"] if wave else [])]))
    if "at" in responses.columns:
        alike = ibis.window(group_by=["answers", "other", "answered", "texts"], order_by=["at", "row"])
        told = (_.texts != "") | ((_.answered >= ALIKE) & (_.lowest < _.highest))
        timed = responses.filter(responses["at"].notnull() & (responses.answered > 0)).filter(told)
        before = timed.mutate(gap=timed["at"] - timed["at"].lag().over(alike))
        found.append(before.filter(before.gap <= 60 * MINUTES).select("key"))
    return found


def _later(rows: ir.Table, alike: list[str]) -> ir.Table:
    """Keys of the rows that stand after another response with the same values."""
    first = rows.key.first().over(ibis.window(group_by=alike, order_by="source_row"))
    return rows.mutate(first=first).filter(_.first != _.key).select("key")
