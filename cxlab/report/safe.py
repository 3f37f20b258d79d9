"""Text that is safe to write: no control characters, no formula at the start of a cell, no persons in a sentence."""

from __future__ import annotations

import re
import unicodedata

#: what a spreadsheet takes for the start of a formula (OWASP, CSV injection); full-width forms count too
_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "＝", "＋", "－", "＠")
#: direction marks that make text read other than it is written
_DIRECTION = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
#: what tells a worksheet's name from others that Excel refuses
_NOT_IN_A_NAME = re.compile(r"[\[\]:*?/\\']")
_LONGEST_NAME = 31
#: characters of a cell at most (Excel's limit)
LONGEST_CELL = 32_767


def plain(text: str) -> str:
    r"""Text without control characters and direction marks; line breaks and tabs become spaces.

    >>> plain("a\x00b\x1b[31m\tc\n\u202ed")
    'ab[31m c d'
    """
    text = re.sub(r"[\t\r\n\v\f\u0085\u2028\u2029]+", " ", _DIRECTION.sub("", str(text)))
    return "".join(c for c in text if unicodedata.category(c) not in ("Cc", "Cs", "Cn", "Co"))


def cell(value: object) -> object:
    """A value as it may stand in a spreadsheet: numbers stay numbers, no text begins a formula.

    Text that could is led by an apostrophe, as OWASP advises: a spreadsheet shows it as text.

    >>> cell("=HYPERLINK(1)"), cell(-3.5), cell(" @SUM(A1)"), cell("a - b"), cell("−4 %")
    ("'=HYPERLINK(1)", -3.5, "' @SUM(A1)", 'a - b', '−4 %')
    """
    if value is None or isinstance(value, (bool, int, float)):
        return value
    raw = str(value)
    text = plain(raw)[: LONGEST_CELL - 1]
    return f"'{text}" if text.lstrip().startswith(_STARTS) or raw.startswith(_STARTS) else text


def sheet_name(wanted: str, taken: set[str]) -> str:
    """A name a worksheet can have: 31 characters at most, none that is forbidden, different from those taken.

    >>> taken = set()
    >>> sheet_name("cltv: value/customer", taken), sheet_name("CLTV: value/customer", taken), sheet_name("", taken)
    ('cltv  value customer', 'CLTV  value customer 2', 'Sheet')
    """
    name = _NOT_IN_A_NAME.sub(" ", plain(wanted)).strip()[:_LONGEST_NAME].strip() or "Sheet"
    name = "History of it" if name.lower() == "history" else name  # Excel keeps this name for itself
    number, base = 1, name
    while name.lower() in taken:
        number += 1
        name = f"{base[: _LONGEST_NAME - len(str(number)) - 1].strip()} {number}"
    taken.add(name.lower())
    return name


def file_name(wanted: str) -> str:
    """A name a file can have on any system.

    >>> file_name("../../etc/pass wd"), file_name("…")
    ('etc-pass-wd', 'file')
    """
    ascii_ = unicodedata.normalize("NFKD", wanted).encode("ascii", "ignore").decode()
    return re.sub(r"[^\w]+", "-", ascii_).strip("-")[:80] or "file"
