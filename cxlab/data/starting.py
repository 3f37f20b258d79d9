"""A client.yaml to start from: what can be guessed filled in, what cannot left open with the choices beside it."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile

from cxlab.data.contract import KINDS, TABLES, Table
from cxlab.data.engine import Engine
from cxlab.data.names import candidates, guess_table, match_columns
from cxlab.data.raw import Reader
from cxlab.data.readers import open_file
from cxlab.data.rules import Rules
from cxlab.errors import DataError

_RULES = """\

# Rules that may stand in a source, beside its path, where the file alone does not tell:
#   refunds: quarantine        negative and cancelled lines: quarantine, drop (set aside as asked) or keep
#   duplicates: keep           rows that repeat an earlier row in every column: keep or quarantine
#   dates: day_first           dates like 03/04/2024: day_first or month_first
#   decimal: ","               the decimal mark
#   timezone: Europe/Berlin    of times that name no zone
#   latest: 2024-12-31         the last day the export can hold
#   missing: ""                texts that mean a missing value; "" where a customer or touchpoint is called NA or null
#   emotion_scale: 1..5        the scale of emotions that were not asked from -2 to 2 (effort_scale: not from 1 to 7)
#   survey: {scale: 1..5}      scales, questions, texts and brands of an export with one column a question
"""


def write_client(folder: Path, files: Sequence[Path]) -> tuple[Path, list[str]]:
    """Write `folder`/client.yaml for some files, whole or not at all.

    Returns
    -------
    (path of the file, what could not be guessed and must be filled in)

    Raises
    ------
    DataError : a client.yaml is there already, a file is missing or holds no table.
    """
    target = folder / "client.yaml"
    if target.exists():
        raise DataError(
            f"{target} is there already; it was left as it is.",
            expected="a folder without a client.yaml",
            mend="choose another folder, or move the file away",
        )
    missing = [str(f) for f in files if not f.is_file()]
    if missing:
        raise DataError(f"there is no file {', '.join(missing)}.", expected="files of a client")
    engine, blocks, left_open = Engine(), [], []
    names: set[str] = set()
    for file in files:
        for reader in open_file(engine, file, rules=Rules(), declared=(), label=file.name):
            block, missing = _block(file, folder, reader, names)
            blocks.append(block)
            left_open += missing
    text = (
        "# What a client's files are, and which of their columns is which. Paths are relative to this file.\n"
        f"# Check it with: cxlab data check {target.name}\n"
        f"client: {_yaml(folder.resolve().name)}\n"
        "# currency: EUR              # ISO code of all money, where the amounts do not say it\n"
        "sources:\n" + "".join(blocks) + _RULES
    )
    folder.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile("w", encoding="utf-8", dir=folder, prefix=".client-", delete=False) as draft:
        draft.write(text)
    os.chmod(draft.name, 0o644)
    os.replace(draft.name, target)
    return target, left_open


def _block(file: Path, folder: Path, reader: Reader, names: set[str]) -> tuple[str, list[str]]:
    """The lines of one source, and those of them that are open."""
    name = base = re.sub(r"\W+", "_", reader.name.lower()).strip("_") or "source"
    turn = 2
    while name in names:
        name, turn = f"{base}_{turn}", turn + 1
    names.add(name)
    table = guess_table(reader.headers, name=reader.name)
    if wide := _survey(file, reader, table):
        return "\n".join([f"  {name}:", f"    path: {_yaml(_relative(file, folder))}", *wide]) + "\n", []
    guessed = table is not None
    table = table or TABLES["transactions"]
    inner = reader.label.partition(":")[2]
    lines = [f"  {name}:", f"    path: {_yaml(_relative(file, folder))}"]
    if inner:
        lines.append(f"    {'sheet' if file.suffix.lower().startswith('.xls') else 'relation'}: {_yaml(inner)}")
    known = ", ".join(TABLES)
    lines.append(
        f"    table: {table.name}" + ("" if guessed else f"    # a guess: one of {known}") + f"    # {table.row} a row"
    )
    columns, left_open = _columns(table, reader)
    others = [h for h in reader.headers if h not in {c[1] for c in columns}]
    lines.append("    columns:")
    width = max(len(f"{c}: {_yaml(s)}") for c, s, _ in columns)
    lines += [f"      {f'{c}: {_yaml(s)}':<{width}}  # {why}" for c, s, why in columns]
    if others:
        lines.append(f"    # kept under their own names: {', '.join(others)}")
    return "\n".join(lines) + "\n", [f"{name}: {line}" for line in left_open]


def _survey(file: Path, reader: Reader, guess: Table | None) -> list[str]:
    """The lines of an export with one column a question: what was guessed, to be looked at; none for other files."""
    from cxlab.data.surveys.opening import Wide, may_be_wide

    long = guess is not None and guess.name == "surveys"
    if long or not may_be_wide(reader.headers, guess, None):
        return []
    engine, rules = Engine(), Rules.of({"missing": ""})
    again = next(
        r for r in open_file(engine, file, rules=rules, declared=(), label=file.name) if r.label == reader.label
    )
    wide = Wide(engine, again, rules, {})
    found = wide.layout
    if not found.items:
        return []
    inner = reader.label.partition(":")[2]
    lines = [f"    sheet: {_yaml(inner)}"] if inner else []
    lines.append("    table: surveys    # an answer a row; here each question has a column")
    if found.about:
        lines += ["    columns:", *(f"      {column}: {_yaml(header)}" for column, header in found.about.items())]
    lines += ["    survey:", "      questions:    # also: answers: [worst, …, best], reversed: true, brand, touchpoint"]
    for item in found.items:
        more = f", importance: {_yaml(item.tied)}" if item.tied else ""
        scale = f"{item.scale.low:g}..{item.scale.high:g}"
        lines.append(f"        {_yaml(item.header)}: {{question: {_listed(item.question)}, scale: {scale}{more}}}")
    lines += [
        f"      {key}: [{', '.join(map(_listed, headers))}]    # {why}"
        for key, headers, why in (
            ("texts", found.texts, "free text, read as feedback"),
            ("keep", found.own, "kept under their own names"),
            ("ignore", found.left_out, "left out"),
        )
        if headers
    ]
    return lines


def _listed(text: str) -> str:
    """Text as a YAML scalar inside a list or mapping on one line."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _columns(table: Table, reader: Reader) -> tuple[list[tuple[str, str, str]], list[str]]:
    """(contract column, source column, comment) of what is there, and the required columns that are open."""
    try:
        matches = match_columns(table, reader.headers, declared={}, source=reader.label)
        return [
            (m.column, m.source, f"{KINDS[table[m.column].kind]} ({m.how})")
            for m in matches
            if m.source in reader.headers
        ], []
    except DataError:
        columns, left_open = [], []
        for column in table.columns:
            found = candidates(column, reader.headers)
            if len(found) == 1:
                columns.append((column.name, found[0], f"{KINDS[column.kind]} (guessed)"))
            elif column.required:
                choices = ", ".join(found or reader.headers)
                columns.append((column.name, "", f"{KINDS[column.kind]}: choose one of {choices}"))
                left_open.append(f"{column.name} (one of {choices})")
        return columns, left_open


def _relative(file: Path, folder: Path) -> str:
    return Path(os.path.relpath(file.resolve(), folder.resolve())).as_posix()


def _yaml(text: str) -> str:
    """Text as a YAML scalar.

    >>> _yaml("orders.csv"), _yaml("Cust: No"), _yaml("")
    ('orders.csv', '"Cust: No"', '""')
    """
    plain = re.fullmatch(r"[A-Za-z_./][\w ./()-]*", text) and text.lower() not in (
        "yes",
        "no",
        "true",
        "false",
        "null",
        "on",
        "off",
    )
    return text if plain and not text.endswith(" ") else '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
