"""Long files: one row an answer already; the answers get their scores and scales as those of wide exports do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis import _

from cxlab.data.backends import beside
from cxlab.data.contract import TABLES
from cxlab.data.engine import Engine
from cxlab.data.masking import masked
from cxlab.data.names import Match, match_columns
from cxlab.data.raw import Raw, Reader
from cxlab.data.rules import Rules
from cxlab.data.surveys import melting
from cxlab.data.surveys.declared import Question, Survey, scale_of
from cxlab.data.surveys.scales import Scale, declared_scale, guessed_scale, parse, scored
from cxlab.data.typed import kind
from cxlab.errors import DataError

_MARK = "\x1f"


def scored_answers(
    rows: ir.Table, columns: Mapping[str, str], survey: Survey, *, missing: Sequence[str]
) -> tuple[ir.Table, list[str]]:
    """Rows with `score`, `scale_min`, `scale_max` and `answer` (the text where it says more than the number).

    Parameters
    ----------
    rows : Ibis table with a row an answer
    columns : {contract column: column of `rows`} with question, score or answer, perhaps scale_min and scale_max

    Returns
    -------
    (the table with score, scale_min, scale_max, answer, cxlab_turned added; notes)

    >>> rows = ibis.memtable({"q": ["nps", "nps", "nps"], "a": ["9 – likely", "11", "N/A"]})
    >>> found, notes = scored_answers(rows, {"question": "q", "score": "a"}, Survey(), missing=())
    >>> found.order_by("a").execute()[["score", "answer"]].values.tolist()
    [[nan, '11'], [9.0, '9 – likely'], [nan, 'N/A']]
    """
    cell = rows[columns.get("score") or columns["answer"]].cast("string").strip()
    ends = [rows[columns[c]].cast("string").strip() if c in columns else ibis.literal("")
            for c in ("scale_min", "scale_max")]  # fmt: skip
    parts = [rows[columns["question"]].cast("string").strip(), *ends]
    keyed = rows.mutate(
        cxlab_key=ibis.literal(_MARK).join([p.fill_null("") for p in parts]),
        cxlab_answer=ibis.ifelse(cell == "", ibis.null("string"), cell),
    )
    long = keyed.select(key=_.cxlab_key, answer=_.cxlab_answer)
    keys = [str(k) for k in long.select("key").distinct().order_by("key").to_pandas()["key"]]
    texts, __ = melting.counted(long, {k: k for k in keys})
    scales, notes = {}, []
    for key in keys:
        question, low, high = key.split(_MARK)
        said = survey.question(question) or Question(scale=survey.scale, answers=survey.answers)
        scale = _scale(question, texts[key], said, low, high)
        if scale is None:
            continue
        scales[key] = (scale, said.reversed)
        if scale.how == "seen":
            taken = f"the scale {scale.low:g} to {scale.high:g} is taken for {question!r}"
            notes.append(f"{taken}: no answer is outside it (option survey declares another)")
        for why, answers in ((f"are outside {scale.low:g} to {scale.high:g}", scale.outside),
                             ("are on no scale", scale.unread)):  # fmt: skip
            if answers:
                n, shown = sum(texts[key][a] for a in answers), ", ".join(repr(masked(a)[:40]) for a in answers[:3])
                notes.append(f"{n} answers to {question!r} {why} and have no score, their text is kept ({shown})")
    ends = [(key, scale.low, scale.high, turned) for key, (scale, turned) in scales.items()]
    kinds = {"cxlab_key": "str", "cxlab_low": "float64", "cxlab_high": "float64", "cxlab_turned": "bool"}
    of = pd.DataFrame(ends, columns=list(kinds)).astype(kinds)
    names = {"key": "cxlab_key", "answer": "cxlab_answer", "score": "cxlab_score", "written": "cxlab_written"}
    scores = melting.scores(scales).rename(columns=names)
    joined = keyed.left_join(beside(rows, of), "cxlab_key").drop("cxlab_key_right")
    joined = joined.left_join(beside(rows, scores), ["cxlab_key", "cxlab_answer"])
    number = joined.cxlab_answer.try_cast("float64").isnull() | joined.cxlab_score.isnull()
    made = joined.mutate(
        cxlab_text=ibis.ifelse(joined.cxlab_written.fill_null(number), joined.cxlab_answer, ibis.null("string"))
    )
    kept = made.select(
        *rows.columns, cxlab_score=_.cxlab_score, cxlab_low=_.cxlab_low, cxlab_high=_.cxlab_high,
        cxlab_text=_.cxlab_text, cxlab_turned=_.cxlab_turned.fill_null(False),
    )  # fmt: skip
    renamed = {"score": "cxlab_score", "scale_min": "cxlab_low", "scale_max": "cxlab_high", "answer": "cxlab_text"}
    return kept.rename(renamed), notes


def _scale(question: str, texts: Mapping[str, int], said: Question, low: str, high: str) -> Scale | None:
    parsed = parse(texts)
    if found := declared_scale(parsed, ends=said.scale, answers=said.answers):
        return found
    if low and high:
        try:
            return declared_scale(parsed, ends=scale_of((low, high)), answers=())
        except ValueError:
            return None
    found = guessed_scale(question, texts, parsed)
    if found is None and parsed.numbers and not parsed.words:
        values = parsed.numbers.values()
        return scored(parsed, min(0.0, *values), max(values), how="seen")
    return found


def long_part(engine: Engine, reader: Reader, rules: Rules, declared: Mapping[str, str]) -> tuple[Reader, list[Match]]:
    """A source with a row an answer: its reader, which gives every answer its score and scale, and its columns."""
    table = TABLES["surveys"]
    matches = match_columns(table, reader.headers, declared=declared, source=reader.label)
    by_name = {m.column: m for m in matches}
    if not {"score", "answer"} & set(by_name):
        raise DataError(
            f"{reader.label} has no column for score of surveys (columns: {', '.join(reader.headers)}).",
            expected=f"surveys ({table.row} a row) needs response_id, question, score",
            mend="--column score=NAME",
        )
    of = by_name.get("score") or by_name["answer"]
    shown = {
        "score": of.source,
        "scale_min": by_name["scale_min"].source if "scale_min" in by_name else "lowest answer",
        "scale_max": by_name["scale_max"].source if "scale_max" in by_name else "highest answer",
        "answer": f"{of.source} where it is no plain number",
    }
    made = [Match(c, h, by_name[c].how if c in by_name else "guessed") for c, h in shown.items()]
    others = [m for m in matches if m.column not in shown]
    used = {by_name[c].source for c in shown if c in by_name}
    kept = [h for h in reader.headers if h not in used]
    headers = [*kept, *shown.values(), "cxlab_turned"]

    def read() -> Raw:
        raw = reader.read()
        rows = engine.backend.table(raw.table)
        columns = {c: raw.column(m.source) for c, m in by_name.items() if c in ("question", *shown)}
        found, notes = scored_answers(rows, columns, rules.survey or Survey(), missing=rules.missing)
        values = {f"c{i}": melting.bare(found[raw.column(h)], rules.missing) for i, h in enumerate(kept, start=1)}
        values |= {f"c{i}": found[c] for i, c in enumerate((*shown, "cxlab_turned"), start=len(kept) + 1)}
        long = found.select("source_row", "fault", "line", **values)
        table = engine.name("raw")
        engine.backend.create_table(table, long)
        engine.run(f"DROP TABLE {raw.table}")
        return Raw(table, headers, [kind(long[c]) for c in values], raw.read, raw.decimal, [*raw.notes, *notes])

    order = [c.name for c in table.columns]
    return Reader(reader.label, reader.name, headers, read), sorted(
        [*others, *made], key=lambda m: order.index(m.column)
    )
