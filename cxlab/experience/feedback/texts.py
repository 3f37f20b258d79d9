"""Texts of customers, masked where they are read: nothing behind this door sees the words as they came."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import unescape

import numpy as np
import pandas as pd

from cxlab.errors import DataError, unknown
from cxlab.experience.feedback.languages import NAMES, language_of
from cxlab.experience.feedback.masking import Masker
from cxlab.finding import Check
from cxlab.wording import count, days, share

#: share of texts that must be in a language VADER reads
LEAST_ENGLISH = 0.8
_KEPT = ("customer_id", "timestamp", "rating", "source", "touchpoint")
_TAG, _SPACE = re.compile(r"<[a-zA-Z/!][^<>]{0,200}>"), re.compile(r"\s+")
#: answers to an open question that say nothing
_NOTHING = {"n/a", "na", "none", "nothing", "nil", "no", "nope", "-", "--", ".", "x", "keine", "nichts", "nein", "nada",
            "rien", "non", "nee", "geen"}  # fmt: skip
_KINDS = {"email": "e-mail addresses", "phone": "phone numbers", "card": "card numbers", "iban": "account numbers",
          "name": "names of staff"}  # fmt: skip


@dataclass(frozen=True)
class Texts:
    """Masked texts of customers.

    Parameters
    ----------
    table : DataFrame, a row a text: feedback_id (which leads back to the row it came from), text_id (place of its words
        in `distinct`), and where the source has them customer_id, timestamp, rating, source, touchpoint
    distinct : the different texts, masked, in alphabetical order; what is computed of words is computed once for each
    language : code of the language of each of them, "" where it cannot be told, shape (distinct,)
    n_read, n_empty : rows read, and those without words
    masked : how many of each kind were masked, in different texts
    period : first to last day, "" where there are no times
    """

    table: pd.DataFrame
    distinct: np.ndarray
    language: np.ndarray
    n_read: int
    n_empty: int
    masked: Mapping[str, int] = field(default_factory=dict)
    period: str = ""
    notes: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()
    simulated: bool = False

    def __len__(self) -> int:
        return len(self.table)

    @property
    def words(self) -> pd.Series:
        """The masked text of each row."""
        return pd.Series(self.distinct[self.table["text_id"]], index=self.table.index, name="text")

    def has(self, column: str) -> bool:
        """Whether the table has a column with values."""
        return column in self.table and bool(self.table[column].notna().any())


def read_texts(source, *, staff: Sequence[str] = (), where: Mapping[str, object] | None = None) -> Texts:
    """Texts of a data set or table, without markup, with data of persons masked.

    Parameters
    ----------
    source : Dataset with `feedback`, or an Ibis table or DataFrame with `text`
    staff : names of those who work there
    where : {column: value}: only these rows ({"source": "web"})

    Returns
    -------
    Texts; rows without words, and those that say "n/a" or the like, are left out and counted

    Raises
    ------
    DataError : there is no column `text`, or no row has words.

    >>> said = pd.DataFrame({"text": ["Great coffee, Anna!", "Great coffee, Anna!", None, "Ring me: 0171 1234567"]})
    >>> texts = read_texts(said, staff=["Anna"])
    >>> texts.distinct.tolist(), texts.table["text_id"].tolist(), texts.n_empty
    (['Great coffee, [name]!', 'Ring me: [phone]'], [0, 0, 1], 1)
    """
    table = _rows(source, where or {})
    n_read = len(table)
    text = table["text"].astype("string").fillna("")
    code, raw = pd.factorize(text)
    masker = Masker(staff)
    clean = [masker.mask(_cleaned(str(words))) for words in raw]
    distinct, again = np.unique(np.array(clean, dtype=object), return_inverse=True)
    said = np.array([words.lower() not in _NOTHING and words != "" for words in distinct], dtype=bool)
    keep = said[again][code]
    if not keep.any():
        raise DataError(f"none of {count(n_read)} rows of feedback has words.", expected="a text a row in `text`")
    table = table.drop(columns="text")[keep]
    place = np.cumsum(said) - 1
    table.insert(1, "text_id", place[again[code[keep]]])
    for column in ("source", "touchpoint"):
        if column in table and staff:  # "Counter (Anna)" is a label that names a person
            table[column] = table[column].map(lambda label: label if pd.isna(label) else masker.mask(str(label)))
    table = _unnamed(table.reset_index(drop=True), masker)
    distinct = distinct[said]
    language = np.array([language_of(words) for words in distinct], dtype=object)
    notes, checks = _said(table, language, n_read, masker)
    return Texts(
        table, distinct, language, n_read, n_read - len(table), dict(masker.counts), _period(table), notes, checks,
        "simulated" in str(getattr(getattr(source, "card", None), "kind", "")),
    )  # fmt: skip


def _rows(source, where: Mapping[str, object]) -> pd.DataFrame:
    table = source.feedback if hasattr(source, "tables") else source
    missing = [c for c in ("text", *where) if c not in table.columns]
    if missing:
        raise unknown("column of feedback", missing[0], table.columns, error=DataError)
    columns = [c for c in ("feedback_id", *_KEPT, "text") if c in table.columns]
    if isinstance(table, pd.DataFrame):
        for column, value in where.items():
            table = table[table[column] == value]
        table = table[columns].copy()
    else:
        for column, value in where.items():
            table = table.filter(table[column] == value)
        table = table.select(*columns).execute()
    if "feedback_id" not in table:
        table.insert(0, "feedback_id", [str(i) for i in range(1, len(table) + 1)])
    table["feedback_id"] = table["feedback_id"].astype(str)
    if "timestamp" in table:
        table["timestamp"] = pd.to_datetime(table["timestamp"], errors="coerce")
    if "rating" in table:
        table["rating"] = pd.to_numeric(table["rating"], errors="coerce").astype(float)
    return table.dropna(axis=1, how="all") if len(table) else table


def _cleaned(text: str) -> str:
    if "<" in text:
        text = _TAG.sub(" ", text)
    if "&" in text:
        text = unescape(text)
    return _SPACE.sub(" ", text).strip()


def _unnamed(table: pd.DataFrame, masker: Masker) -> pd.DataFrame:
    """Ids that are themselves addresses or names give way to the number of the row."""
    names = table["feedback_id"].str.contains("@") | table["feedback_id"].map(lambda i: masker.mask(i) != i)
    if names.any():
        table["feedback_id"] = table["feedback_id"].where(~names, [f"row {i}" for i in range(1, len(table) + 1)])
    return table


def _period(table: pd.DataFrame) -> str:
    at = table["timestamp"].dropna() if "timestamp" in table else pd.Series(dtype="datetime64[ns]")
    return days(at.min(), at.max()) if len(at) else ""


def _said(table: pd.DataFrame, language: np.ndarray, n_read: int, masker: Masker):
    notes = []
    if n_read > len(table):
        notes.append(f"{count(n_read - len(table))} of {count(n_read)} rows have no words and are left out")
    if masker.counts:
        kinds = ", ".join(f"{count(masker.counts[k])} {words}" for k, words in _KINDS.items() if masker.counts[k])
        notes.append(f"masked: {kinds}")
    spoken = pd.Series(language[table["text_id"]]).value_counts(normalize=True)
    told = float(spoken.drop("", errors="ignore").sum())
    english = float(spoken.get("en", 0.0)) / told if told else 1.0
    others = [NAMES[code] for code in spoken.index if code not in ("en", "") and spoken[code] >= 0.05]
    if others:
        notes.append(f"{share(1 - english)} of texts whose language can be told are not English ({', '.join(others)})")
    checks = (
        Check("texts in English, of those whose language can be told", english >= LEAST_ENGLISH, share(english),
              f"≥ {share(LEAST_ENGLISH)}", "VADER reads English only: rate some texts, and a classifier can learn."),
    )  # fmt: skip
    return tuple(notes), checks
