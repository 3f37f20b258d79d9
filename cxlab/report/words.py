"""Words: persons and what they wrote are taken out of every text of a report, however deep it lies."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from cxlab.finding import Finding
from cxlab.report.brand import Brand
from cxlab.report.document import CaseReport, Source
from cxlab.report.safe import plain
from cxlab.report.tables import own_words

_WITHHELD, _SOMEBODY = "[words of a customer, not shown]", "[customer]"
_QUOTED = re.compile(r"“[^”]{12,}”|„[^“”]{12,}[“”]|«[^»]{12,}»|\"[^\"]{12,}\"")
_TELLS_TEXTS = re.compile(r"feedback|review|quote|verbatim|texts?\b|themes?\b")
_TOKEN = re.compile(r"[\w@.+-]*\w")
# a small number is no telephone's, however many digits it has
_DECIMAL = re.compile(r"((?<![\w.,/])0\.\d+(?![\w.]\d))")
_HARMLESS = (
    "option|trial|task|segment|touchpoint|product|item|stage|site|study|store|shop|theme|campaign|initiative|step"
)
_ID = re.compile(rf"(?!(?:{_HARMLESS})_id$)(?:.*_)?id")
_NAME = re.compile(
    r"(?:.*_)?(?:e?_?mail|phone|mobile|telephone|address|street|postcode|zip|birthday|date_of_birth|handled_by|staff"
    r"|(?:first|last|full|family|given|customer|guest|patient|client)_?name|surname)"
)
_WORDS = re.compile(r"(?:.*_)?(?:texts?|quotes?|comments?|verbatims?|examples?|first_value|feedback|answer_text)")


def is_id(column: object) -> bool:
    """Whether a column tells single persons, or what leads to one, apart.

    >>> is_id("customer_id"), is_id("Guest ID"), is_id("site_id"), is_id("paid")
    (True, True, False, False)
    """
    return bool(_ID.fullmatch(_name(column)))


def is_name(column: object) -> bool:
    """Whether a column of text names persons or says how to reach them."""
    return bool(_NAME.fullmatch(_name(column)))


def is_words(column: object) -> bool:
    """Whether a column of text holds what persons wrote."""
    return bool(_WORDS.fullmatch(_name(column)))


def is_text(values: pd.Series) -> bool:
    """Whether a column holds text."""
    return values.dtype.kind in "OUST" or str(values.dtype) in ("str", "string", "category")


def _name(column: object) -> str:
    return re.sub(r"[\s.-]+", "_", str(column).strip().lower())


@dataclass
class Account:
    """What was done, while it is being done.

    Parameters
    ----------
    columns, groups : rows of the tables of `Privacy`
    texts : what was done to sentences, to how often
    persons : ids and names that were found in columns that do not leave
    words : what customers wrote, as columns that do not leave hold it
    """

    columns: list[dict] = field(default_factory=list)
    groups: list[dict] = field(default_factory=list)
    texts: dict[str, int] = field(default_factory=dict)
    persons: set[str] = field(default_factory=set)
    words: list[str] = field(default_factory=list)

    def text(self, what: str) -> None:
        self.texts[what] = self.texts.get(what, 0) + 1


def masker(report: CaseReport, account: Account) -> Callable[[str, str], str]:
    """A function of a text, and of the name of the finding it belongs to, that takes persons out of it."""
    from cxlab.experience.feedback.masking import Masker

    masker = Masker()
    words = sorted({w.strip() for w in account.words if len(w.strip()) >= 12}, key=len, reverse=True)
    persons = account.persons
    quoting = {row["finding"] for row in account.columns if is_words(row["column"])}

    def mask(text: str, of: str = "") -> str:
        text = plain(text)
        if "quotes" not in report.allow:
            before = text
            for said in words:
                text = text.replace(plain(said), _WITHHELD)
            if of and (of in quoting or _TELLS_TEXTS.search(of)):
                text = _QUOTED.sub(lambda hit: hit[0] if hit[0].rstrip('”“»"').endswith("?") else _WITHHELD, text)
            if text != before:
                account.text("words of customers masked")
        if persons:
            masked = _TOKEN.sub(lambda hit: _SOMEBODY if hit[0] in persons else hit[0], text)
            if masked != text:
                account.text("ids or names of persons masked")
            text = masked
        masked = "".join(part if i % 2 else masker.mask(part) for i, part in enumerate(_DECIMAL.split(text)))
        if masked != text:
            account.text("addresses or numbers of persons masked")
        return masked

    return mask


def walked(value: Any, mask: Callable[[str, str], str], of: str = "") -> Any:
    """The same thing with every text masked, however deep; pictures, colours, versions and hashes stay."""
    if isinstance(value, str):
        return mask(value, of)
    if isinstance(value, pd.DataFrame):
        return _walked_table(value, mask, of)
    if isinstance(value, Finding):
        parts = {
            name: walked(getattr(value, name), mask, value.name) for name in ("title", "caption", "checks", "keys")
        }
        parts["text"] = mask(own_words(value), value.name)  # a finding puts its warning last again
        table = _walked_table(value.table, mask, value.name)
        units = {mask(str(c), ""): unit for c, unit in value.units.items()}
        return replace(value, table=table, units=units, **parts)
    if isinstance(value, (Path, Brand)) or not (is_dataclass(value) or isinstance(value, (tuple, list, Mapping))):
        return value
    if is_dataclass(value):
        kept = _kept(value)
        of = value.figure.finding.name if hasattr(value, "figure") else of
        return replace(value, **{f.name: walked(getattr(value, f.name), mask, of)
                                 for f in fields(value) if f.name not in kept})  # fmt: skip
    if isinstance(value, Mapping):
        return {mask(str(k), of): walked(v, mask, of) for k, v in value.items()}
    return type(value)(walked(v, mask, of) for v in value)


def _kept(value: Any) -> tuple[str, ...]:
    names = {Source: ("fingerprint", "counts"), CaseReport: ("allow", "language", "privacy", "currency")}
    return (*names.get(type(value), ()), "hashes", "versions", "seed", "hidden")


def _walked_table(table: pd.DataFrame, mask: Callable[[str, str], str], of: str) -> pd.DataFrame:
    table = table.copy()
    for column in table.columns:
        if is_text(table[column]):
            table[column] = [mask(v, of) if isinstance(v, str) else v for v in table[column].tolist()]
    return table.rename(columns={c: mask(c, "") for c in table.columns if isinstance(c, str)})
