"""What a record says of a person: which columns hold it, and how spellings of the same are made alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields

import ibis
import pandas as pd

from cxlab.data.engine import Engine, identifier, quoted
from cxlab.errors import DataError, ParameterError, unknown

#: what may be known of a person, as a reader names it
LABELS: Mapping[str, str] = {
    "first_name": "first name",
    "last_name": "last name",
    "email": "e-mail",
    "phone": "phone",
    "postcode": "postcode",
    "city": "city",
    "birth_date": "birth date",
}
#: what stands where nothing is known
_NOTHING = ("", "-", "n/a", "n.a.", "none", "null", "nan", "unknown", "unbekannt", "anonymous", "test", "guest")
_TITLES = r"^((dr|prof|mr|mrs|ms|mx|herr|frau|mme|mlle|sr|sra)\.?\s+)+"
_FEWEST_DIGITS = 6


@dataclass(frozen=True)
class Fields:
    """Which column of the records holds what; a column that is not there is not known of anybody.

    Parameters
    ----------
    record_id : unique name of a record; the only column that must be there
    source : the system it comes from ("crm", "web", "till", "survey")
    customer_id : the source's own number of the customer
    first_name, last_name, email, phone, postcode, city, birth_date : what is known of the person
    updated : when the record was last true (for survivorship)

    >>> Fields(email="mail").email
    'mail'
    """

    record_id: str = "record_id"
    source: str = "source"
    customer_id: str = "customer_id"
    first_name: str = "first_name"
    last_name: str = "last_name"
    email: str = "email"
    phone: str = "phone"
    postcode: str = "postcode"
    city: str = "city"
    birth_date: str = "birth_date"
    updated: str = "updated"

    def found(self, columns) -> dict[str, str]:
        """Our name to the column's own, of those that are there.

        Raises
        ------
        DataError : no record_id, nothing that tells persons apart, or a declared column that is not there.
        """
        columns = list(columns)
        declared = {f.name: getattr(self, f.name) for f in fields(self)}
        for f in fields(self):
            if declared[f.name] != f.default and declared[f.name] not in columns:
                raise unknown(f"column of {f.name}", declared[f.name], columns, error=DataError)
        there = {name: column for name, column in declared.items() if column in columns}
        if "record_id" not in there:
            raise DataError(
                f"records has no column record_id (columns: {', '.join(map(str, columns))}).",
                expected="a column that names each record once", mend='Fields(record_id="NAME")',
            )  # fmt: skip
        if not set(LABELS) & set(there):
            raise DataError(
                f"records says nothing of persons (columns: {', '.join(map(str, columns))}).",
                expected="at least one of " + ", ".join(LABELS), mend='Fields(email="NAME", last_name="NAME")',
            )  # fmt: skip
        return there


@dataclass(frozen=True)
class Normalise:
    """How spellings of the same are made alike before they are compared. The originals are kept.

    Names lose case, accents, titles, blanks and hyphens; phones all but their last digits; placeholders count as
    missing.

    Parameters
    ----------
    umlauts : "Mueller", "Müller" and "Muller" are one spelling
    plus_addresses : "anna+shop@…" is "anna@…"
    gmail_dots : dots before @gmail.com (and @googlemail.com) say nothing
    country_code : of the business, taken from phones that begin with + or 00, so that +49 30… and 030… agree
    phone_digits : so many last digits of a phone are compared
    nicknames : short form to name, as ``{"bob": "robert"}``
    most_names : an e-mail or phone with more first names than this is a desk's or a family's, and counts as missing
    most_records : so does one with more records than this
    """

    umlauts: bool = True
    plus_addresses: bool = True
    gmail_dots: bool = True
    country_code: str = ""
    phone_digits: int = 8
    nicknames: Mapping[str, str] = field(default_factory=dict)
    most_names: int = 6
    most_records: int = 200

    def __post_init__(self):
        if self.phone_digits < _FEWEST_DIGITS:
            raise ParameterError(f"phone_digits = {self.phone_digits}.", expected=f"at least {_FEWEST_DIGITS}")

    def name(self, x: str) -> str:
        """SQL of a name or town."""
        plain = f"regexp_replace(lower(strip_accents(replace({x}, 'ß', 'ss'))), '{_TITLES}', '')"
        for letter, spelling in (("ø", "o"), ("æ", "a"), ("œ", "o"), ("ł", "l")):
            plain = f"replace({plain}, '{letter}', '{spelling}')"
        letters = rf"regexp_replace({plain}, '[^\pL]', '', 'g')"
        if self.umlauts:
            letters = rf"regexp_replace({letters}, '([aou])e', '\1', 'g')"
        return f"nullif({letters}, '')"

    def first_name(self, x: str) -> str:
        """SQL of a first name."""
        plain = self.name(x)
        if not self.nicknames:
            return plain
        pairs = ", ".join(f"{self.name(quoted(k))}: {self.name(quoted(v))}" for k, v in self.nicknames.items())
        return f"coalesce(MAP {{{pairs}}}[{plain}], {plain})"

    def email(self, x: str) -> str:
        """SQL of an e-mail; null where it is none."""
        local, domain = f"split_part(lower({x}), '@', 1)", f"split_part(lower({x}), '@', 2)"
        if self.plus_addresses:
            local = f"split_part({local}, '+', 1)"
        if self.gmail_dots:
            domain = f"replace({domain}, 'googlemail.com', 'gmail.com')"
            local = f"CASE WHEN {domain} = 'gmail.com' THEN replace({local}, '.', '') ELSE {local} END"
        return rf"CASE WHEN regexp_full_match({x}, '[^@\s]+@[^@\s]+\.[^@\s]+') THEN {local} || '@' || {domain} END"

    def phone(self, x: str) -> str:
        """SQL of the last digits of a phone; null where they are too few or all the same."""
        number = f"regexp_replace({x}, '[^0-9+]', '', 'g')"
        digits = f"replace(regexp_replace({number}, '^((\\+|00){self.country_code})?0*', ''), '+', '')"
        told = f"length({digits}) >= {_FEWEST_DIGITS} AND replace({digits}, right({digits}, 1), '') <> ''"
        return f"CASE WHEN {told} THEN right({digits}, {self.phone_digits}) END"

    def postcode(self, x: str) -> str:
        """SQL of a postcode: letters and digits only."""
        return f"nullif(regexp_replace(upper({x}), '[^A-Z0-9]', '', 'g'), '')"

    def birth_date(self, x: str) -> str:
        """SQL of a birth date as YYYY-MM-DD; null where it cannot be one."""
        day = f"try_cast(left({x}, 10) AS DATE)"
        return f"CASE WHEN {day} > DATE '1905-01-01' AND {day} <= current_date THEN strftime({day}, '%Y-%m-%d') END"

    def of(self, column: str, x: str) -> str:
        """SQL of a column by its name."""
        return self.name(x) if column in ("last_name", "city") else getattr(self, column)(x)


def read_records(
    engine: Engine, records: ibis.Table | pd.DataFrame, declared: Fields, normalise: Normalise
) -> tuple[tuple[str, ...], list[str]]:
    """Bring records into the engine: table `originals` as they are, table `records` with spellings made alike.

    Returns
    -------
    what is known of anybody (names of `LABELS`); notes on what counts as missing

    Raises
    ------
    DataError : no rows, or a record_id that is missing or not unique.
    """
    table = ibis.memtable(records) if isinstance(records, pd.DataFrame) else records
    there = declared.found(table.columns)
    kinds = {name: table[column].type() for name, column in there.items()}
    told = {name: table[c].cast("string") if kinds[name].is_null() else table[c] for name, c in there.items()}
    engine.connection.register("incoming", table.select(**told).to_pyarrow())
    columns = ", ".join(
        f"{_text(identifier(n), kinds[n])} AS {n}" if n in there and n != "updated" else _otherwise(n, there)
        for n in (f.name for f in fields(Fields))
    )
    engine.run(f"CREATE TABLE originals AS SELECT {columns} FROM incoming")
    engine.connection.unregister("incoming")
    _named_once(engine)
    known = tuple(name for name in LABELS if name in there)
    alike = ", ".join(f"{normalise.of(n, n)} AS {n}" if n in known else f"NULL::VARCHAR AS {n}" for n in LABELS)
    engine.run(
        f"CREATE TABLE records AS SELECT record_id, source, source || ' ' || customer_id AS account, {alike} "
        "FROM originals"
    )
    lost = [
        f"{count} {LABELS[name]}s cannot be read and count as missing"
        for name in ("email", "phone", "birth_date")
        if name in known and (count := engine.value(
            f"SELECT count(*) FROM originals JOIN records r USING (record_id) WHERE originals.{name} IS NOT NULL "
            f"AND r.{name} IS NULL"
        ))
    ]  # fmt: skip
    return known, lost + [note for name in ("email", "phone") if (note := _desks(engine, name, normalise))]


def _text(x: str, kind) -> str:
    """SQL of a column as trimmed text, null where it says nothing; whole numbers without a decimal point."""
    text = f"CAST({x} AS BIGINT)::VARCHAR" if kind.is_floating() or kind.is_decimal() else f"{x}::VARCHAR"
    nothing = ", ".join(map(quoted, _NOTHING))
    return f"CASE WHEN lower(trim({text})) NOT IN ({nothing}) THEN trim({text}) END"


def _otherwise(name: str, there) -> str:
    if name == "updated":
        return ("try_cast(updated AS TIMESTAMP)" if name in there else "NULL::TIMESTAMP") + " AS updated"
    return ("'records'" if name == "source" else "NULL::VARCHAR") + f" AS {name}"


def _named_once(engine: Engine) -> None:
    facts = engine.row(
        "SELECT count(*) AS n, count(record_id) AS named, count(DISTINCT record_id) AS ids FROM originals"
    )
    if not facts["n"]:
        raise DataError(
            "records has no rows.", expected="at least one record", mend="look at the file it was read from"
        )
    if facts["ids"] < facts["n"]:
        twice = engine.rows("SELECT record_id FROM originals GROUP BY 1 HAVING count(*) > 1 ORDER BY 1 LIMIT 3")
        found = ", ".join(str(r["record_id"]) for r in twice)
        raise DataError(
            f"record_id does not name each record once ({facts['n'] - facts['ids']} too many; first: {found}).",
            expected="a unique record_id in every row", mend="build one, as source + '-' + customer_id + '-' + row",
        )  # fmt: skip
    engine.run("UPDATE originals SET source = '(none)' WHERE source IS NULL")


def _desks(engine: Engine, name: str, normalise: Normalise) -> str:
    """Take away an e-mail or phone that is not a person's; returns a note, empty where there is none."""
    engine.run(
        f"CREATE OR REPLACE TEMP TABLE desks AS SELECT {name} AS value FROM records WHERE {name} IS NOT NULL "
        f"GROUP BY 1 HAVING count(DISTINCT first_name) > {normalise.most_names} OR count(*) > {normalise.most_records}"
    )
    desks = engine.value("SELECT count(*) FROM desks")
    if not desks:
        return ""
    rows = engine.value(f"SELECT count(*) FROM records WHERE {name} IN (SELECT value FROM desks)")
    engine.run(f"UPDATE records SET {name} = NULL WHERE {name} IN (SELECT value FROM desks)")
    plural = "s are" if desks > 1 else " is"
    return f"{desks} {LABELS[name]}{plural} shared by too many to be a person's, and count as missing on {rows} records"
