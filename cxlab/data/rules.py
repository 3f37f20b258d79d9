"""Rules: what a user may decide about how a source is read, each checked by name and value before any work."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import TYPE_CHECKING, Any
from zoneinfo import available_timezones

from cxlab.errors import DataError, unknown

if TYPE_CHECKING:
    from cxlab.data.surveys.declared import Survey

#: texts that mean "nothing here", compared without case; the rule `missing` replaces them
MISSING = ("na", "n/a", "#n/a", "null", "none", "nan", "nil", "nat", "-", "--", "?", "<na>", "(null)", "\\n")
FIRST_DAY = date(1950, 1, 1)

_CHOICES = {
    "decimal": (".", ","),
    "dates": ("day_first", "month_first"),
    "refunds": ("quarantine", "drop", "keep"),
    "duplicates": ("keep", "quarantine"),
}
_ALSO = {"decimal": {"comma": ",", "point": ".", "dot": "."}, "refunds": {"subtract": "keep"}}


@dataclass(frozen=True)
class Rules:
    """How a source is read where the values alone do not tell, or where the user wants it otherwise.

    Parameters
    ----------
    decimal : "." or ",": the decimal mark; by default what the values of the column show
    dates : "day_first" or "month_first" for dates like 03/04/2024; by default what the column shows
    timezone : IANA name; times are given in this zone, and times without a zone are taken to be in it (default UTC)
    refunds : rows with a negative amount or quantity or a cancelled order: "quarantine" (default), "drop" (set aside as
        asked, no fault of the data) or "keep" (they stay with their negative amount, so that sums subtract them)
    duplicates : rows that repeat an earlier row in every column: "keep" or "quarantine"; default by table
    missing : the texts that mean a missing value, by default `MISSING`; an empty cell always does. A customer
        really called "NA" is kept with ``missing=``
    earliest, latest : the first and last believed day (default 1950-01-01, and today for what has happened)
    encoding, delimiter, header : of a text file: encoding, field delimiter, number of the header line (0: none)
    sheet, relation, member : the sheet of a workbook, the table of a database, the file of an archive
    currency : ISO code of all money, where the values do not say it
    emotion_scale, effort_scale : the scale on which emotions (contract: −2…+2) and efforts (1…7) were asked, from worst
        to best and from least to most: "1..5" is stretched evenly over the contract's scale, "5..1" is turned too
    survey : of an export with one column a question: questions, scales, order of answers, texts (see
        `cxlab.data.surveys.declared.Survey`)

    >>> Rules.of({"refunds": "keep", "decimal": "comma"}).decimal
    ','
    """

    decimal: str | None = None
    dates: str | None = None
    timezone: str | None = None
    refunds: str = "quarantine"
    duplicates: str | None = None
    missing: tuple[str, ...] = MISSING
    earliest: date = FIRST_DAY
    latest: date | None = None
    encoding: str = ""
    delimiter: str = ""
    header: int | None = None
    sheet: str = ""
    relation: str = ""
    member: str = ""
    currency: str = ""
    emotion_scale: tuple[float, float] | None = None
    effort_scale: tuple[float, float] | None = None
    survey: Survey | None = None

    @classmethod
    def of(cls, options: Mapping[str, Any] | None, *, base: Rules | None = None) -> Rules:
        """Rules from options by name, on top of `base`.

        Raises
        ------
        DataError : a name is not known, or a value is not one of those it accepts.
        """
        known = [f.name for f in fields(cls)]
        values = {}
        for name, value in (options or {}).items():
            if name not in known:
                raise unknown("option", name, known, error=DataError)
            values[name] = _read(name, value)
        return replace(base or cls(), **values)


def _read(name: str, value: Any):
    if name == "survey":
        from cxlab.data.surveys.declared import Survey

        return Survey.of(value)
    if name in ("earliest", "latest"):
        try:
            return value if isinstance(value, date) else date.fromisoformat(str(value))
        except ValueError:
            raise _refused(name, value, "a day like 2024-12-31") from None
    if name == "header":
        if not str(value).isdigit():
            raise _refused(name, value, "the number of the header line, 0 when there is none")
        return int(value)
    if name == "missing":
        texts = value.split(",") if isinstance(value, str) else [str(v) for v in value or ()]
        return tuple(t.strip().lower() for t in texts if t.strip())
    if name.endswith("_scale"):
        ends = re.fullmatch(r"\s*(-?\d+(?:\.\d+)?)\s*\.\.\s*(-?\d+(?:\.\d+)?)\s*", str(value).replace("−", "-"))
        if not ends or float(ends[1]) == float(ends[2]):
            raise _refused(name, value, "the two ends of a scale, like 1..5")
        return float(ends[1]), float(ends[2])
    text = str(value).strip() if name != "delimiter" else {"tab": "\t", "\\t": "\t"}.get(str(value), str(value))
    text = _ALSO.get(name, {}).get(text, text)
    if name in _CHOICES and text not in _CHOICES[name]:
        raise _refused(name, value, " or ".join(_CHOICES[name]))
    if name == "delimiter" and len(text) != 1:
        raise _refused(name, value, "one character, or tab")
    if name == "timezone" and text not in available_timezones():
        raise _refused(name, value, "an IANA time zone like Europe/Berlin")
    if name == "currency" and not (len(text) == 3 and text.isalpha()):
        raise _refused(name, value, "an ISO code like EUR")
    return text.upper() if name == "currency" else text


def _refused(name: str, value: Any, expected: str) -> DataError:
    return DataError(f"option {name} = {value!r} cannot be used.", expected=f"{name}: {expected}")
