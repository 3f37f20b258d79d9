"""Which column of a source is which column of the contract: declared, of the same name, or guessed and shown."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cxlab.data.contract import TABLES, Column, Table
from cxlab.errors import DataError, unknown

_UNITS = re.compile(r"\s*[\[(][^\])]*[\])]\s*|\b(?:in\s+)?(?:eur|usd|gbp|chf|euro|euros|dollars?)\b|[€$£¥]", re.I)
_UNSAFE = re.compile(r"\W+")


@dataclass(frozen=True)
class Match:
    """A contract column and the source column it is read from.

    Parameters
    ----------
    column : name in the contract
    source : name in the source, or "price × quantity" for a product
    how : "declared", "same name" or "guessed"
    """

    column: str
    source: str
    how: str


def normalised(name: str) -> str:
    """A header reduced to what is compared: case, accents, units, punctuation and byte-order marks gone.

    >>> normalised(" Betrag (in €) "), normalised("Numéro-Client"), normalised("ORDER_ID"), normalised("Amount EUR")
    ('betrag', 'numeroclient', 'orderid', 'amount')
    """
    bare = _UNITS.sub(" ", name.replace("_", " ").replace("\ufeff", ""))
    flat = "".join(c for c in unicodedata.normalize("NFKD", bare) if not unicodedata.combining(c)).casefold()
    reduced = "".join(c for c in flat if c.isalnum())
    return reduced or "".join(c for c in name.casefold() if c.isalnum())


def own_names(headers: Sequence[str]) -> list[str]:
    """Column names a table can carry, unique, from headers as they stand in the source.

    >>> own_names(["Order ID", "", "City", "city", "T"])
    ['Order ID', 'column_2', 'City', 'city (2)', 'T']
    """
    names: list[str] = []
    taken: set[str] = set()
    for position, header in enumerate(headers, start=1):
        name = base = " ".join(header.replace("\ufeff", "").split()) or f"column_{position}"
        turn = 2
        while name.casefold() in taken:
            name, turn = f"{base} ({turn})", turn + 1
        taken.add(name.casefold())
        names.append(name)
    return names


def public_name(header: str, taken: set[str]) -> str:
    """The name under which a column that is not in the contract is kept: lower case, words joined by underscores.

    >>> public_name("Customer City ", set()), public_name("amount", {"amount"})
    ('customer_city', 'amount_in_source')
    """
    name = _UNSAFE.sub("_", header.strip().lower()).strip("_") or "column"
    name = f"column_{name}" if name[0].isdigit() else name
    base, turn = name, 2
    if name in taken:
        name = base = f"{base}_in_source"
    while name in taken:
        name, turn = f"{base}_{turn}", turn + 1
    return name


def known_spellings() -> frozenset[str]:
    """Every normalised header that any contract column is known under."""
    spellings = {s for t in TABLES.values() for c in t.columns for tier in c.aliases for s in tier}
    return frozenset(spellings | {normalised(c.name) for t in TABLES.values() for c in t.columns})


def guess_table(headers: Sequence[str], *, name: str = "", declared: Mapping[str, str] | None = None) -> Table | None:
    """The contract table a source is, by its name or by its columns; None when it fits none.

    A source named like a table is that table. Otherwise it is one whose required and needed columns can all be found.
    Tables declared `late` come after all others, unless the source has their required columns by name.

    >>> guess_table(["CustNo", "Order date", "Total"]).name
    'transactions'
    >>> guess_table(["user_id", "event", "timestamp"]).name
    'touchpoints'
    >>> guess_table(["user_id", "variant", "outcome"]).name
    'trials'
    >>> guess_table(["x", "y"]) is None
    True
    """
    declared = declared or {}
    named = TABLES.get(_UNSAFE.sub("_", name.lower()))
    if named and not named.late:
        return named
    usual = _best([t for t in TABLES.values() if not t.late], headers, declared)
    if named and (usual is None or _best([named], headers, declared)):
        return named
    late = _best([t for t in TABLES.values() if t.late], headers, declared)
    return late if late and (usual is None or set(late.required) <= {*headers, *declared}) else usual


def _best(tables: Sequence[Table], headers: Sequence[str], declared: Mapping[str, str]) -> Table | None:
    """The table of which most columns are found, of those whose required and needed columns all are."""
    best, score = None, 0
    for table in tables:
        found = {c.name for c in table.columns if c.name in declared or candidates(c, headers)}
        if table.product and set(table.product[1:]) <= found:
            found.add(table.product[0])
        told = tells(table, headers)
        stray = [c for c in declared if c not in {k.name for k in table.columns}]
        if not stray and {*table.sought, *table.needed} <= found and len(found) + told > score:
            best, score = table, len(found) + told
    return best


def tells(table: Table, headers: Sequence[str]) -> bool:
    """Whether a header is there that hardly stands in files of another table.

    >>> tells(TABLES["trials"], ["Unit ID", "score"]), tells(TABLES["trials"], ["customer", "score"])
    (True, False)
    """
    return any(normalised(h) in table.telling for h in headers)


def match_columns(table: Table, headers: Sequence[str], *, declared: Mapping[str, str], source: str) -> list[Match]:
    """The source column of each contract column that is there.

    Parameters
    ----------
    table : the contract table
    headers : the source's columns
    declared : {contract column: source column}, decided by the user; "" leaves an optional column out
    source : name of the source, for messages

    Raises
    ------
    DataError : a declared column is not there, a required column is not found, or two columns could be it.

    >>> [m.source for m in match_columns(TABLES["transactions"], ["Kundennr", "Datum", "Betrag", "Ort"],
    ...                                  declared={}, source="shop.csv")]
    ['Kundennr', 'Datum', 'Betrag']
    """
    matches: dict[str, Match] = {}
    for name, header in declared.items():
        if name not in {c.name for c in table.columns}:
            raise unknown(f"column of {table.name}", name, [c.name for c in table.columns], error=DataError)
        if header and not (exact := _same(header, headers)):
            raise unknown(f"column of {source}", header, headers, error=DataError)
        if header:
            matches[name] = Match(name, exact, "declared")
    taken = {m.source for m in matches.values()}
    for column in table.columns:
        if column.name in matches or column.name in declared:
            continue
        found = [h for h in candidates(column, headers) if h not in taken]
        if table.product and column.name == table.product[0] and _is_product(table, found, headers, taken):
            continue
        if len(found) > 1 and column.required:
            raise _ambiguous(table, column, found, source)
        if len(found) == 1:
            same = found[0] == column.name
            matches[column.name] = Match(column.name, found[0], "same name" if same else "guessed")
            taken.add(found[0])
    if table.product and table.product[0] not in matches and set(table.product[1:]) <= set(matches):
        price, quantity = (matches[f].source for f in table.product[1:])
        matches[table.product[0]] = Match(table.product[0], f"{price} × {quantity}", "guessed")
    missing = [name for name in table.sought if name not in matches]
    if missing:
        raise _not_found(table, missing, headers, source)
    return [matches[c.name] for c in table.columns if c.name in matches]


def _same(header: str, headers: Sequence[str]) -> str:
    """The column a declared name means: as written, else the only one that differs in case or spaces."""
    if header in headers:
        return header
    near = [h for h in headers if h.casefold().split() == header.casefold().split()]
    return near[0] if len(near) == 1 else ""


def candidates(column: Column, headers: Sequence[str]) -> list[str]:
    """Columns that may be this one: of the contract's name, else those of the first tier that has any."""
    exact = [h for h in headers if re.sub(r" \(\d+\)$", "", h) == column.name]
    if exact:
        return exact
    reduced = {h: normalised(h) for h in headers}
    for tier in ((normalised(column.name),), *column.aliases):
        found = [h for h in headers if reduced[h] in tier]
        if found:
            return found
    return []


def _is_product(table: Table, found: list[str], headers: Sequence[str], taken: set[str]) -> bool:
    """Whether the column is better read as a product: no column of its own, or only one that is the price of a unit."""
    factors = [[h for h in candidates(table[f], headers) if h not in taken] for f in table.product[1:]]
    return all(len(f) == 1 for f in factors) and (not found or found == factors[0])


def _ambiguous(table: Table, column: Column, found: list[str], source: str) -> DataError:
    return DataError(
        f"{source}: {column.name} of {table.name} may be any of {len(found)} columns: {', '.join(found)}.",
        expected=f"one column that is {column.name}",
        mend="  or  ".join(f"--column {column.name}={_quoted(c)}" for c in found),
    )


def _not_found(table: Table, missing: list[str], headers: Sequence[str], source: str) -> DataError:
    return DataError(
        f"{source} has no column for {', '.join(missing)} of {table.name} (columns: {', '.join(headers)}).",
        expected=f"{table.name} ({table.row} a row) needs {', '.join(table.sought)}",
        mend=" ".join(f"--column {name}=NAME" for name in missing),
    )


def _quoted(name: str) -> str:
    return f"'{name}'" if re.search(r"[^\w.-]", name) else name
