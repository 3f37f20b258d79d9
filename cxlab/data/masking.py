"""Masking: what tells who somebody is does not stand in notes and reasons, where values of a file are shown."""

from __future__ import annotations

import re

import pandas as pd

#: fewer digits name nobody: a phone number without its area, an order number
_DIGITS = 7
_MAIL = r"[\w.+-]+ ?(?:@|\(at\)|\[at\]|\{at\}) ?[\w-]+(?:\.[\w-]+)*"
_ACCOUNT = r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b"
_DATE = (
    r"(?<!\d)(?:(?:19|20)\d{2}[-/.][01]?\d[-/.][0-3]?\d|[0-3]?\d[-/.][0-3]?\d[-/.](?:(?:19|20)\d{2}|\d{2}))(?!\d)"
    r"(?:[T ]+\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?)?"
)
_RUN = r"[+(]?\d(?:[\s()/.+-]{0,3}\d)+"
_HIDDEN = re.compile(rf"(?P<mail>{_MAIL})|(?P<account>{_ACCOUNT})|(?P<date>{_DATE}(?![-/.]?\d))|(?P<run>{_RUN})", re.I)


def masked(text: str) -> str:
    """A value of a file as it may be shown: without e-mail addresses, and numbers of phones, cards and accounts.

    Their digits become #, so that the form of the value, which tells why it cannot be used, is still seen. Dates and
    numbers of few digits stay. Names are not recognised.

    >>> masked("max.m@example.org, 0171/2345678"), masked("card 4111 1111 1111 1111")
    ('***@***, ####/#######', 'card #### #### #### ####')
    >>> masked("31.02.2025 10:00"), masked("12345"), masked("DE89 3704 0044 0532 0130 00")
    ('31.02.2025 10:00', '12345', '**** #### #### #### #### ##')
    """
    return _HIDDEN.sub(_hide, text)


def with_masked(reasons: pd.DataFrame) -> pd.DataFrame:
    """Reasons of rows set aside with `first_value` as it may be shown; the quarantine keeps what the file says."""
    shown = reasons["first_value"].map(masked, na_action="ignore")
    return reasons.assign(first_value=shown)


def _hide(found: re.Match) -> str:
    if found["mail"]:
        return "***@***"
    if found["account"]:
        return re.sub(r"\d", "#", "****" + re.sub(r"[A-Za-z]", "#", found[0][4:]))
    if found["date"] or sum(c.isdigit() for c in found[0]) < _DIGITS:
        return found[0]
    return re.sub(r"\d", "#", found[0])
