"""`cx.load`: a name, a file, a folder, a database or a client.yaml becomes a Dataset."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cxlab.data import catalog, files
from cxlab.data.contract import TABLES
from cxlab.data.dataset import Card, Dataset, Part
from cxlab.data.engine import Engine
from cxlab.data.names import guess_table, match_columns
from cxlab.data.packages import Package, Resource, read_client, read_package
from cxlab.data.raw import Reader
from cxlab.data.readers import open_database, open_file
from cxlab.data.rules import Rules
from cxlab.data.yesno import names_are_kept
from cxlab.errors import DataError, unknown

_URL = re.compile(r"^[a-z][a-z0-9+]+://", re.I)


def load(
    source: str | Path | Any,
    *,
    columns: Mapping[str, str] | None = None,
    table: str | None = None,
    options: Mapping[str, Any] | None = None,
) -> Dataset:
    """Bring data in and check it once: typed lazy tables, and an account of every row that breaks the contract.

    Parameters
    ----------
    source : name of a shipped data set; a CSV, TSV, Excel, Parquet or JSON-lines file, also in .gz, .bz2, .xz or .zip;
        a folder with a ``datapackage.json`` or ``client.yaml``; a DuckDB or SQLite file; a database URL that Ibis can
        open; a ``client.yaml``; ``spark://HOST:PORT/DATABASE.TABLE``, ``spark://local/PATH.parquet``, a DataFrame of
        Spark or an Ibis table, which stay where they are (see `cxlab.data.spark`)
    columns : {contract column: source column}, decides where the guess would be wrong; an empty source column leaves an
        optional column out
    table : the contract table the source is, where its name and columns do not tell
    options : rules by name, see `cxlab.data.rules.Rules`: {"refunds": "keep", "dates": "month_first"}

    Returns
    -------
    Dataset; a table is read when it is first asked for.

    Raises
    ------
    DataError : the source is not there, cannot be read, fits no table, or a column may be several.

    >>> load("cdnow").transactions.columns
    ('customer_id', 'timestamp', 'amount', 'quantity', 'in_sample')
    """
    if table is not None and table not in TABLES:
        raise unknown("table", table, TABLES, error=DataError)
    if not isinstance(source, Path) and (not isinstance(source, str) or source.startswith("spark://")):
        from cxlab.data.spark import load_held

        return load_held(source, columns=columns, table=table, options=options)
    declared = {str(k): str(v) for k, v in (columns or {}).items()}
    rules = Rules.of(options)
    package = _package(str(source), rules, options)
    engine = Engine()
    parts: list[Part] = []
    notes: list[str] = []
    for resource in package.resources:
        ours = {**resource.columns, **declared}
        readers = _readers(engine, resource, list(ours.values()))
        wanted = table or resource.table
        surveys = _surveys(engine, resource, readers, wanted, ours)
        parts += [p for held in surveys.values() for p in held]
        readers = [r for i, r in enumerate(readers) if i not in surveys]
        if readers:
            alone = len(package.resources) == 1 and not surveys
            found = _parts(readers, wanted, ours, resource.rules, notes, alone=alone)
            parts += [_with_words(part, engine, resource, list(ours.values())) for part in found]
    if not parts:
        raise DataError(f"{package.name} holds no table of the contract.", expected="one of: " + ", ".join(TABLES))
    in_files = not any(_URL.match(r.path) for r in package.resources)
    return Dataset(
        package.name,
        parts,
        engine=engine,
        card=package.card,
        fingerprint=(lambda: _fingerprint(package)) if in_files else None,
        currency=rules.currency or package.currency,
        observation_end=package.observation_end,
        notes=notes,
    )


def _package(source: str, rules: Rules, options: Mapping[str, Any] | None) -> Package:
    """What a source consists of, before anything is read."""
    if _URL.match(source):
        return Package(shown(source), [Resource(source, shown(source), rules=rules)], Card(shown(source)))
    path = Path(source).expanduser()
    if not path.exists() and source in catalog.datasets():
        return read_package(catalog.folder(source), rules=options)
    if path.is_dir():
        if (path / "datapackage.json").is_file():
            return read_package(path, rules=options)
        if (path / "client.yaml").is_file():
            return read_client(path / "client.yaml", rules=options)
        held = sorted(p.name for p in path.iterdir() if p.is_file() and not p.name.startswith("."))
        raise DataError(
            f"the folder {path.name} has no datapackage.json and no client.yaml "
            f"(files: {', '.join(held[:8]) or 'none'}).",
            expected="a file, a data package, or a folder with a client.yaml",
            mend=f"cxlab data init {source} --from "
            + (" ".join(f"{source.rstrip('/')}/{h}" for h in held[:3]) or "FILE"),
        )
    if not path.is_file():
        raise _not_there(source, path)
    if path.suffix.lower() in (".yaml", ".yml"):
        return read_client(path, rules=options)
    if path.name == "datapackage.json":
        return read_package(path.parent, rules=options)
    return Package(path.name, [Resource(str(path), path.name, rules=rules)], Card(path.name))


def _not_there(source: str, path: Path) -> DataError:
    beside = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
    near = get_close_matches(path.name, beside, n=2, cutoff=0.6)
    near = [str(path.parent / n) if str(path.parent) != "." else n for n in near]
    near += get_close_matches(source, catalog.datasets(), n=1, cutoff=0.5)
    return DataError(
        f"there is no file, folder or data set {source!r}.",
        expected="a path, a database URL, or a shipped data set: " + ", ".join(catalog.datasets()),
        mend=f"did you mean {' or '.join(repr(n) for n in near)}?" if near else "",
    )


def shown(url: str) -> str:
    """A database URL as it may be shown and written down: without user, password and query.

    >>> shown("postgres://me:secret@host:5432/shop?sslmode=off")
    'postgres://host:5432/shop'
    """
    parts = urlsplit(url)
    where = parts.netloc.rpartition("@")[2]
    if not where and parts.path:
        return f"{parts.scheme}://{Path(parts.path).name}"
    return f"{parts.scheme}://{where}{parts.path}"


def _readers(engine: Engine, resource: Resource, declared: Sequence[str]) -> list[Reader]:
    if _URL.match(resource.path):
        return open_database(engine, resource.path, rules=resource.rules, label=resource.label)
    return open_file(engine, Path(resource.path), rules=resource.rules, declared=declared, label=resource.label)


def _surveys(
    engine: Engine, resource: Resource, readers: Sequence[Reader], wanted: str | None, declared: Mapping[str, str]
) -> dict[int, list[Part]]:
    """The sources that are exports of a survey with one column a question, by their place among all."""
    from cxlab.data.surveys.long import long_part
    from cxlab.data.surveys.opening import Wide, may_be_wide

    rules = resource.rules
    if rules.survey is None and wanted not in (None, "surveys"):
        return {}
    found: dict[int, list[Part]] = {}
    again: list[Reader] = []
    for place, reader in enumerate(readers):
        guess = guess_table(reader.headers, name=reader.name, declared=declared)
        long = guess is not None and guess.name == "surveys" and _fits("surveys", reader, declared)
        of_contacts = guess is not None and guess.name == "touchpoints" and wanted is None and rules.survey is None
        if of_contacts and reader.name == "touchpoints":
            continue
        if not (long or wanted == "surveys" or may_be_wide(reader.headers, guess, rules.survey)):
            continue
        # "N/A" is an answer of its own here, so the file is read with nothing taken for missing but empty cells.
        again = again or _readers(engine, replace(resource, rules=replace(rules, missing=())), list(declared.values()))
        if long:
            found[place] = [
                Part(TABLES["surveys"], reader.label, matches, rules, held.read)
                for held, matches in [long_part(engine, again[place], rules, declared)]
            ]
        elif parts := Wide(engine, again[place], rules, declared, of_contacts).parts():
            found[place] = [Part(t, reader.label, matches, rules, r.read) for t, r, matches in parts]
    return found


def _parts(
    readers: Sequence[Reader],
    wanted: str | None,
    declared: Mapping[str, str],
    rules: Rules,
    notes: list[str],
    *,
    alone: bool,
) -> list[Part]:
    """The tables of the contract that a source holds, each with its columns matched."""
    tables = [TABLES[wanted] if wanted else guess_table(r.headers, name=r.name, declared=declared) for r in readers]
    if wanted and len(readers) > 1:
        fitting = [i for i, r in enumerate(readers) if _fits(wanted, r, declared)]
        named = [i for i in fitting if readers[i].name == wanted]
        chosen = named or fitting
        tables = [TABLES[wanted] if i in chosen else None for i in range(len(readers))]
    found = [(t, r) for t, r in zip(tables, readers, strict=True) if t]
    for table in {t.name for t, _ in found}:
        same = [r.label for t, r in found if t.name == table]
        if len(same) > 1:
            raise DataError(
                f"{' and '.join(same)} may both be {table}.",
                expected=f"one source of {table}",
                mend="  or  ".join(f"--option {_option(s)}" for s in same[:3]),
            )
    if not found and alone:
        raise _fits_nothing(readers)
    notes += [
        f"{r.label} fits no table of the contract and was left out"
        for t, r in zip(tables, readers, strict=True)
        if not t
    ]
    return [
        Part(
            t,
            r.label,
            match_columns(t, r.headers, declared=_for(t, declared, len(found)), source=r.label),
            rules,
            r.read,
        )
        for t, r in found
    ]


def _with_words(part: Part, engine: Engine, resource: Resource, declared: Sequence[str]) -> Part:
    """A part whose table has names like "None", read so that they stay."""
    if not names_are_kept(part.table, resource.rules):
        return part

    def read():
        again = _readers(engine, replace(resource, rules=replace(resource.rules, missing=())), declared)
        return next(r for r in again if r.label == part.label).read()

    return replace(part, read=read)


def _for(table, declared: Mapping[str, str], tables: int) -> dict[str, str]:
    """The declared columns of one table, where a source holds several."""
    names = {c.name for c in table.columns}
    return {k: v for k, v in declared.items() if tables == 1 or k in names}


def _fits(table: str, reader: Reader, declared: Mapping[str, str]) -> bool:
    try:
        match_columns(TABLES[table], reader.headers, declared=declared, source=reader.label)
    except DataError:
        return False
    return True


def _option(label: str) -> str:
    file, _, inner = label.rpartition(":")
    return f"sheet={inner!r}" if file.lower().endswith(("xlsx", "xlsm")) else f"relation={inner}"


def _fits_nothing(readers: Sequence[Reader]) -> DataError:
    held = "; ".join(f"{r.label}: {', '.join(r.headers)}" for r in readers[:5])
    needs = "; ".join(f"{t.name}: {', '.join([*t.sought, *t.needed])}" for t in TABLES.values())
    return DataError(
        f"no table of the contract is recognised in these columns ({held}).",
        expected=needs,
        mend="say which column is which: --table transactions --column customer_id=NAME --column timestamp=NAME "
        "--column amount=NAME",
    )


def _fingerprint(package: Package) -> str:
    """sha256 of the bytes of a file; of several, of their names and hashes."""
    hashes = [(r.label, files.sha256(Path(r.path))) for r in package.resources]
    if len(hashes) == 1:
        return hashes[0][1]
    return hashlib.sha256("\n".join(f"{label} {digest}" for label, digest in sorted(hashes)).encode()).hexdigest()
