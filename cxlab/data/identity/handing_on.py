"""What follows from people: a log by people, and records that can be matched by rules without naming anybody."""

from __future__ import annotations

import hashlib
import hmac

import duckdb
import ibis
import pandas as pd
from ibis import _

from cxlab.data.identity.fields import Fields, Normalise
from cxlab.errors import DataError, ParameterError, unknown

#: fewer letters of a key can be tried one by one
_FEWEST_LETTERS = 16
#: what can be told apart without being read, and the form that matching accepts
HASHED = ("email", "phone")


def unified(log: ibis.Table, people: ibis.Table | pd.DataFrame, *, by: str = "record_id") -> ibis.Table:
    """A log by people: `customer_id` is the person; every row is kept.

    Parameters
    ----------
    log : a table with the id `by` under which something was booked
    people : `by` and person_id, one person an id (as `Matched.people` holds them)

    Returns
    -------
    The log with customer_id as the person_id of its id; of an id that people does not have, "id " and the id

    Raises
    ------
    DataError : a column is missing, or an id has several persons.

    >>> log = ibis.memtable({"record_id": ["w1", "t1", "t2"], "amount": [5.0, 6.0, 7.0]})
    >>> people = pd.DataFrame({"record_id": ["w1", "t1"], "person_id": ["p", "p"]})
    >>> unified(log, people).order_by("record_id").to_pandas()["customer_id"].tolist()
    ['p', 'id t2', 'p']
    """
    if by not in log.columns:
        raise unknown("column", by, log.columns, error=DataError)
    for column in (by, "person_id"):
        if column not in people.columns:
            raise unknown("column of people", column, people.columns, error=DataError)
    own = people if isinstance(people, pd.DataFrame) else people.select(by, "person_id").to_pandas()
    own = own[[by, "person_id"]].dropna().astype(str).drop_duplicates()
    several = own.loc[own[by].duplicated(), by]
    if len(several):
        raise DataError(
            f"people gives {len(several)} ids of {by} to several persons (first: {several.iloc[0]}).",
            expected="one person an id", mend="match by record_id, which is unique",
        )  # fmt: skip
    persons = ibis.memtable(own.rename(columns={by: "id_of_person"}))
    rest = log.drop("customer_id") if "customer_id" in log.columns and by != "customer_id" else log
    joined = rest.left_join(persons, rest[by].cast("string") == persons.id_of_person)
    named = joined.mutate(customer_id=_.person_id.fill_null("id " + _[by].cast("string")))
    return named.drop("id_of_person", "person_id")


def hashed(
    records: pd.DataFrame,
    *,
    key: str,
    fields: Fields | None = None,
    normalise: Normalise | None = None,
    keep: tuple[str, ...] = (),
) -> pd.DataFrame:
    """Records whose e-mails and telephones are keyed hashes: they match by rules as before, and name nobody.

    Spellings are made alike before, so that "Ada+shop@…" and "ada@…" have one hash; names, places, birth dates and all
    other columns are left out unless `keep` names them, since with them a person is found again.

    Parameters
    ----------
    key : a secret of 16 letters or more, the same for every file that is to be matched; without it a list of addresses
        can be tried one by one. Keep it apart from the data, and delete it when the matching is done.
    keep : further columns to hand on as they are

    Raises
    ------
    ParameterError : the key is too short. DataError : a column is missing.

    Notes
    -----
    HMAC-SHA256. What is hashed stays personal data as long as anybody has the key (pseudonymous data, Regulation (EU)
    2016/679, recital 26).

    >>> two = pd.DataFrame({"record_id": ["w1", "c1"], "email": ["Ada+shop@mail.test", "ada@mail.test"]})
    >>> found = hashed(two, key="a secret of sixteen letters")
    >>> bool(found["email"].nunique() == 1), bool(found["email"].str.contains("ada").any())
    (True, False)
    """
    if len(key) < _FEWEST_LETTERS:
        raise ParameterError(
            f"the key has {len(key)} letters.", expected=f"{_FEWEST_LETTERS} or more",
            mend="key=secrets.token_hex(16), once, and keep it",
        )  # fmt: skip
    there, normalise = (fields or Fields()).found(records.columns), normalise or Normalise()
    for column in keep:
        if column not in records.columns:
            raise unknown("column", column, records.columns, error=DataError)
    columns = {there[name]: records[there[name]] for name in ("record_id", "source", "customer_id") if name in there}
    for name in (n for n in HASHED if n in there):
        written = records[there[name]].astype("string").str.strip()
        alike = _alike(written, normalise.of(name, "written"))
        columns[there[name]] = alike.map(lambda v, name=name: _digest(v, key, name), na_action="ignore")
    return pd.DataFrame(columns | {column: records[column] for column in keep})


def _alike(written: pd.Series, sql: str) -> pd.Series:
    table = pd.DataFrame({"row": range(len(written)), "written": written.astype(object).where(written.notna(), None)})
    with duckdb.connect() as connection:
        connection.register("incoming", table)
        found = connection.execute(
            f"SELECT {sql} AS alike FROM (SELECT row, written::VARCHAR AS written FROM incoming) ORDER BY row"
        ).df()["alike"]
    return found.set_axis(written.index)


def _digest(value: str, key: str, name: str) -> str:
    """A hash in the form of what it hides, so that matching accepts it."""
    mark = hmac.new(key.encode(), f"{name}:{value}".encode(), hashlib.sha256)
    if name == "email":
        return f"{mark.hexdigest()[:24]}@hashed.invalid"
    return str(10**14 + int(mark.hexdigest()[:24], 16) % 10**14)
