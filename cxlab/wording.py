"""Numbers as a reader sees them: rounded to what can be trusted, with units, never typed by hand."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

MINUS = "−"
NO_BREAK = "\u00a0"
SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "CHF": "CHF" + NO_BREAK, "JPY": "¥"}


def number(value: float, *, digits: int = 3) -> str:
    """`digits` significant digits, thousands separated; whole numbers from `digits` places up stay whole.

    >>> number(0.012345), number(1234.5), number(-2.0), number(23570)
    ('0.0123', '1,234', '−2.00', '23,570')
    """
    if value is None or math.isnan(value):
        return "–"
    if math.isinf(value):
        return ("" if value > 0 else MINUS) + "∞"
    places = 0 if value == 0 else max(0, digits - 1 - math.floor(math.log10(abs(value))))
    text = f"{abs(value):,.{min(places, 8)}f}"
    return (MINUS if value < 0 and float(text.replace(",", "")) else "") + text


def count(value: float) -> str:
    """A count: whole, thousands separated.

    >>> count(23570)
    '23,570'
    """
    return "–" if value is None or math.isnan(value) else f"{round(value):,}".replace("-", MINUS)


def share(value: float, *, digits: int = 0) -> str:
    """A share as per cent; near 0 and 1 it gets the digits that keep it from reading 0 % or 100 %.

    >>> share(.274), share(.0004), share(0), share(.9996), share(1 - 1e-12)
    ('27 %', '0.04 %', '0 %', '99.96 %', '100 %')
    """
    if value is None or math.isnan(value):
        return "–"
    edge = min(abs(value), abs(1 - value)) * 100
    if 0.00005 <= edge < 0.5:
        digits = max(digits, min(4, -math.floor(math.log10(edge))))
    return (MINUS if value < 0 else "") + f"{abs(value) * 100:.{digits}f} %"


def money(value: float, currency: str = "") -> str:
    """Money as it can be trusted: cents below 100, whole below 1,000, then three digits of thousands and millions.

    >>> money(48913.27, "EUR"), money(36.314, "USD"), money(-1250, "GBP"), money(2_345_678, "SEK"), money(0, "USD")
    ('€48.9k', '$36.31', '−£1.25k', 'SEK 2.35m', '$0')
    """
    if value is None or math.isnan(value):
        return "–"
    symbol = SYMBOLS.get(currency, currency + (NO_BREAK if currency else "")).replace(NO_BREAK, " ")
    size = abs(value)
    if size >= 999_500:
        text = number(size / 1e6) + "m"
    elif size >= 999.5:
        text = number(size / 1e3) + "k"
    else:
        text = "0" if size == 0 else f"{size:.2f}" if size < 99.995 else f"{size:.0f}"
    return (MINUS if value < 0 else "") + symbol + text


def listed(names: Iterable, most: int | None = None, *, last: str = "and") -> str:
    """Names in a sentence, the last behind "and" (or what `last` says); two or more beyond `most` are counted.

    >>> listed(["a"]), listed("abc"), listed("ab", last="or"), listed([])
    ('a', 'a, b and c', 'a or b', '')
    >>> listed("abcd", 3), listed("abcde", 3)
    ('a, b, c and d', 'a, b, c and 2 others')
    """
    names = [str(name) for name in names]
    if most is not None and len(names) > most + 1:
        names = [*names[:most], f"{count(len(names) - most)} others"]
    return f" {last} ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def first_of(names: Iterable, most: int = 5) -> str:
    """The first of some names, as examples.

    >>> first_of("abc"), first_of("abcdefg")
    ('a, b, c', 'a, b, c, d, e, …')
    """
    names = [str(name) for name in names]
    return ", ".join(names[:most]) + (", …" if len(names) > most else "")


def interval(low: str, high: str, *, level: float) -> str:
    """An interval behind a value, its level always named.

    >>> interval("€21k", "€78k", level=.9)
    '(90 % interval €21k to €78k)'
    """
    return f"({level * 100:g} % interval {low} to {high})"


def quantity(value: float, unit: str, currency: str = "") -> str:
    """A number by its unit: 'share', 'money' (in `currency`), 'count', 'seconds' (as a duration) or any other unit.

    >>> quantity(.27, "share"), quantity(36.3, "money", "USD"), quantity(12, "count"), quantity(3.14159, "weeks")
    ('27 %', '$36.30', '12', '3.14')
    >>> quantity(13_671, "seconds")
    '3.8 h'
    """
    if unit == "share":
        return share(value)
    if unit == "money":
        return money(value, currency)
    if unit == "count":
        return count(value)
    if unit == "seconds":
        return duration(value)
    return number(value)


#: what is counted in sentences
_NOUNS = (
    "answers arrivals bookings cases changes channels comments contacts contracts conversions customers days "
    "draws drivers events features gaps goals guests hours items journeys kinds members months orders pairs "
    "parts paths patients periods personas places points purchases quarters questions ratings repeats "
    "respondents responses reviews rivals rows scores segments sessions shares silences stages stays steps "
    "switches texts themes touchpoints transactions transitions types units values visits waves weeks years"
)
#: words before a number that is a name and no count ("Segment 1")
_NAMED = (
    "segment cluster class group level type step stage theme week persona tier wave rank part row number no question"
)
_VERBS = {"are": "is", "were": "was", "have": "has", "do": "does"}
_ONE = re.compile(
    rf"(?P<before>\b[^\W\d_]+\s|^|[^\w\s.,−–€$£¥-]\s?|[.,]\s)(?P<one>1(?: (?:more|other|such|new|different))?) "
    rf"(?P<noun>{'|'.join(_NOUNS.split())})\b(?P<verb> (?:{'|'.join(_VERBS)})\b)?"
)


def singular(text: str) -> str:
    """Sentences in which one of a thing is one thing, and is; a number that is a name stays as it is.

    >>> singular("1 customers are new. Of 1 weeks, 21 contacts; 0.1 points and 1 of 3 customers.")
    '1 customer is new. Of 1 week, 21 contacts; 0.1 points and 1 of 3 customers.'
    >>> singular("Segment 1 customers have more.")
    'Segment 1 customers have more.'
    """

    def one(found: re.Match) -> str:
        if found["before"].strip().lower() in _NAMED.split():
            return found[0]
        noun = found["noun"]
        noun = noun.removesuffix("es") if noun in ("switches",) else noun.removesuffix("s")
        verb = found["verb"] or ""
        return f"{found['before']}{found['one']} {noun}{' ' + _VERBS[verb.strip()] if verb else ''}"

    return _ONE.sub(one, text)


def days(start, end) -> str:
    """A period from one day to another.

    >>> import datetime as dt
    >>> days(dt.date(1997, 1, 1), dt.date(1997, 9, 30))
    '1 Jan 1997 – 30 Sep 1997'
    """
    return " – ".join(f"{day.day} {day:%b %Y}" for day in (start, end))


def span(length: float, unit: str) -> str:
    """A length of time with its unit, without digits that say nothing.

    >>> span(52, "week"), span(1, "year"), span(4.5376, "week"), span(104.3, "week")
    ('52 weeks', '1 year', '4.5 weeks', '104 weeks')
    """
    text = f"{length:.2g}" if abs(length) < 10 else f"{length:,.0f}"
    return f"{text} {unit}" if text == "1" else f"{text} {unit}s"


def duration(seconds: float) -> str:
    """A length of time in the unit a reader would choose, without digits that say nothing.

    >>> [duration(s) for s in (0, 42, 360, 5400, 39600, 103_680, 3_542_400, 94_670_856)]
    ['0 s', '42 s', '6 min', '1.5 h', '11 h', '1.2 d', '41 d', '3 years']
    >>> duration(float("nan"))
    '–'
    """
    if seconds is None or math.isnan(seconds):
        return "–"
    size = abs(seconds)
    for unit, length, until in (("s", 1, 90), ("min", 60, 5400), ("h", 3600, 86_400), ("d", 86_400, 63_072_000)):  # noqa: B007
        if size < until:
            break
    else:
        unit, length = "years", 31_556_952
    text = f"{size / length:.1f}".removesuffix(".0") if size / length < 9.95 else f"{size / length:,.0f}"
    return (MINUS if seconds < 0 else "") + f"{text} {unit}"


def chance_of(probability: float) -> str:
    """A probability from draws, which are too few to say that it is 0 or 1.

    >>> chance_of(1.0), chance_of(.874), chance_of(0)
    ('over 99 %', '87 %', 'under 1 %')
    """
    if probability > 0.99:
        return "over 99 %"
    return "under 1 %" if probability < 0.01 else share(probability)
