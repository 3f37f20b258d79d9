"""Melting: a wide export becomes one row an answer in the engine; Python looks at the different answers only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis import _

from cxlab.data.backends import beside
from cxlab.data.surveys.layout import NOT_FINISHED, Item, Layout
from cxlab.data.surveys.scales import Scale

#: of how many different answers to a column the texts are looked at
_LOOKED_AT = 2_000
_NO_TEXT, _NO_NUMBER = ibis.null("string"), ibis.null("float64")


def different_answers(rows: ir.Table, columns: Mapping[str, str]) -> tuple[dict[str, dict[str, int]], dict[str, int]]:
    """The different answers of each column with their numbers, most frequent first, and how many there are in all.

    Parameters
    ----------
    columns : {header: column of `rows`}

    >>> rows = ibis.memtable({"c1": ["5", "4", "5", None]})
    >>> different_answers(rows, {"Q1": "c1"})
    ({'Q1': {'5': 2, '4': 1}}, {'Q1': 2})
    """
    cells = rows.select(**{c: rows[c].cast("string") for c in columns.values()})
    return counted(_long(cells, list(columns.values())), columns)


def counted(long: ir.Table, columns: Mapping[str, str]) -> tuple[dict[str, dict[str, int]], dict[str, int]]:
    """As `different_answers`, of a table with `key` and `answer`; `columns` are {name: key}."""
    counted = long.filter(_.answer.notnull()).group_by("key", "answer").agg(n=_.count())
    window = ibis.window(group_by="key", order_by=[ibis.desc("n"), "answer"])
    held = counted.mutate(turn=ibis.row_number().over(window), many=_.count().over(ibis.window(group_by="key")))
    frame = held.filter(held.turn < _LOOKED_AT).order_by("key", "turn").to_pandas()
    found: dict[str, dict[str, int]] = {h: {} for h in columns}
    many = dict.fromkeys(columns, 0)
    header = {c: h for h, c in columns.items()}
    for key, part in frame.groupby("key"):
        found[header[key]] = dict(zip(part["answer"], part["n"].astype(int), strict=True))
        many[header[key]] = int(part["many"].iloc[0])
    return found, many


def _long(cells: ir.Table, columns: Sequence[str]) -> ir.Table:
    return cells.pivot_longer(list(columns), names_to="key", values_to="answer")


def answers(rows: ir.Table, names: Mapping[str, str], found: Layout, *, missing: Sequence[str]) -> ir.Table:
    """One row an answer, from rows of a wide export that are responses.

    Parameters
    ----------
    rows : Ibis table with `source_row` and the columns of the file
    names : {header: column of `rows`}
    missing : texts that mean nothing where something is said of the whole response

    Returns
    -------
    Ibis table: source_row, response_id, question, score, scale_min, scale_max, importance, touchpoint, brand, answer,
    source_column, what serves the flags, then what is said of the response and the columns kept under their own names
    """
    about = {k: bare(rows[names[h]], missing) for k, h in found.about.items()}
    row_name = ibis.literal("row ") + rows.source_row.cast("string")
    about["response_id"] = ibis.coalesce(about["response_id"], row_name) if "response_id" in about else row_name
    own = {f"own_{i}": rows[names[h]] for i, h in enumerate(found.own)}
    texts = ibis.literal("")
    for h in found.texts:
        texts = texts + rows[names[h]].cast("string").fill_null("")
    cells = {names[i.header]: rows[names[i.header]].cast("string") for i in found.items}
    tied = {f"tied_{names[i.header]}": rows[names[i.tied]].cast("string") for i in found.items if i.tied}
    wide = rows.select(
        "source_row",
        **{f"about_{k}": v for k, v in about.items()},
        texts=texts,
        unfinished=_unfinished(rows, names, found),
        **own,
        **tied,
        **cells,
    )
    long = _long(wide, list(cells))
    if tied:
        chosen = ibis.cases(*((long.key == t.removeprefix("tied_"), long[t]) for t in tied), else_=_NO_TEXT)
        long = long.mutate(tied=chosen).drop(*tied)
    columns = _frame(found.items, names)
    long = long.left_join(beside(rows, columns), "key").drop("key_right")
    of_answers = scores({names[i.header]: (i.scale, i.reversed) for i in found.items})
    long = long.left_join(beside(rows, of_answers), ["key", "answer"]).drop("key_right", "answer_right")
    if tied:
        of = scores({names[i.header]: (found.importance[i.tied], False) for i in found.items if i.tied})
        of = of.rename(columns={"answer": "tied", "score": "importance"}).drop(columns="written")
        long = long.left_join(beside(rows, of), ["key", "tied"]).drop("key_right", "tied_right")
    made = {
        "response_id": _.about_response_id, "question": _.question, "score": _.score,
        "scale_min": _.scale_min, "scale_max": _.scale_max,
        **({"importance": _.importance} if tied else {}),
        **{k: ibis.coalesce(_[f"of_{k}"], _[f"about_{k}"]) if k in about else _[f"of_{k}"]
           for k in ("touchpoint", "brand") if k in about or columns[f"of_{k}"].notna().any()},
        **{k: _[f"about_{k}"] for k in about if k not in ("response_id", "touchpoint", "brand")},
        "answer": ibis.cases((_.written.fill_null(True), _.answer), else_=_NO_TEXT),
        "source_column": _.source_column, "cxlab_texts": _.texts, "cxlab_turned": _.turned,
        "cxlab_unfinished": _.unfinished,
    }  # fmt: skip
    ordered = long.order_by("source_row", "place")
    return ordered.select("source_row", **made, **{k: _[k] for k in own})


def _unfinished(rows: ir.Table, names: Mapping[str, str], found: Layout) -> ir.Value:
    """Whether the survey tool says that a response was not answered to its end."""
    said = ibis.literal(False)
    if found.finished:
        said |= rows[names[found.finished]].cast("string").strip().lower().isin(NOT_FINISHED)
    if found.progress:
        said |= rows[names[found.progress]].cast("string").try_cast("float64") < 100
    return said.fill_null(False)


def bare(cell: ir.Value, missing: Sequence[str]) -> ir.Value:
    if not cell.type().is_string():
        return cell
    bare = cell.strip()
    return bare.lower().isin(["", *missing]).ifelse(_NO_TEXT, bare)


def _frame(items: Sequence[Item], names: Mapping[str, str]) -> pd.DataFrame:
    frame = pd.DataFrame({
        "key": [names[i.header] for i in items], "question": [i.question for i in items],
        "source_column": [i.header for i in items], "turned": [i.reversed for i in items],
        "place": list(range(len(items))),
        "scale_min": [float(i.scale.low) for i in items], "scale_max": [float(i.scale.high) for i in items],
        "of_touchpoint": pd.array([i.touchpoint or None for i in items], dtype="str"),
        "of_brand": pd.array([i.brand or None for i in items], dtype="str"),
    })  # fmt: skip
    return frame


def scores(scales: Mapping[str, tuple[Scale, bool]]) -> pd.DataFrame:
    """The score of every different answer; `written`: whether the answer says more than the number."""
    rows = [
        (key, text, None if score is None else scale.low + scale.high - score if turned else score,
         score is None or not _is_number(text))
        for key, (scale, turned) in scales.items() for text, score in scale.scores.items()
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["key", "answer", "score", "written"])
    return frame.astype({"key": "str", "answer": "str", "score": "float64", "written": "bool"})


def _is_number(text: str) -> bool:
    try:
        float(text.replace(",", "."))
    except ValueError:
        return False
    return True


def texts(rows: ir.Table, names: Mapping[str, str], found: Layout, *, missing: Sequence[str]) -> ir.Table:
    """One row a free text that says something: source_row, feedback_id, text, what is known of the response, source."""
    about = {
        k: bare(rows[names[found.about[k]]], missing)
        for k in ("response_id", "customer_id", "timestamp", "touchpoint")
        if k in found.about
    }
    number = ibis.literal("row ") + rows.source_row.cast("string")
    who = ibis.coalesce(about.pop("response_id"), number) if "response_id" in about else number
    cells = {names[h]: rows[names[h]].cast("string") for h in found.texts}
    wide = rows.select("source_row", feedback_id=who, **{f"about_{k}": v for k, v in about.items()}, **cells)
    long = _long(wide, list(cells)).filter(_.answer.notnull() & (_.answer.strip() != ""))
    of = pd.DataFrame({"key": list(cells), "source": list(found.texts)})
    long = long.left_join(beside(rows, of), "key").drop("key_right").order_by("source_row", "source")
    several = len(found.texts) > 1
    name = long.feedback_id + ibis.literal(" · ") + long.source if several else long.feedback_id
    return long.select("source_row", feedback_id=name, text=_.answer, **{k: _[f"about_{k}"] for k in about},
                       source=_.source)  # fmt: skip
