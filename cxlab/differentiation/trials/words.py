"""How outcomes of trials are written: shares as per cent, their differences as points, money as money."""

from __future__ import annotations

from cxlab.wording import MINUS, money, number, share

_WORDS = {"none", "no", "yes", "nothing", "0", "1", "true", "false"}


def amount(trial, value: float) -> str:
    """A mean of an outcome."""
    if trial.kind == "share":
        return share(value, digits=1)
    return money(value, trial.currency) if trial.kind == "money" else number(value)


def change(trial, value: float) -> str:
    """A difference of outcomes with its sign: points of shares, money, or a number.

    >>> from types import SimpleNamespace as Like
    >>> change(Like(kind="share"), .0312), change(Like(kind="money", currency="EUR"), -.4)
    ('+3.1 points', '−€0.40')
    """
    text = _plain(trial, abs(value))
    return text if not any(digit in text for digit in "123456789") else (MINUS if value < 0 else "+") + text


def size(trial, value: float) -> str:
    """How large a difference is, without its sign; what is too small to be written is less than the smallest amount.

    >>> from types import SimpleNamespace as Like
    >>> size(Like(kind="share"), 3e-12), size(Like(kind="money", currency="EUR"), .002), size(Like(kind="count"), 1e-9)
    ('less than 0.01 points', 'less than €0.01', 'less than 0.0001')
    """
    smallest = {"share": 1e-4, "money": 0.01}.get(trial.kind, 1e-4)
    if 0 < value < smallest / (2 if trial.kind == "money" else 1):
        return f"less than {'0.0001' if trial.kind in ('count', 'number') else _plain(trial, smallest)}"
    return _plain(trial, value)


def _plain(trial, value: float) -> str:
    if trial.kind == "share":
        points = 100 * value
        tiny = points < 1e-6  # nothing that digits could tell
        return f"{points:.1f} points" if points >= 0.095 or tiny else f"{number(points, digits=1)} points"
    if trial.kind == "money":
        return money(value, trial.currency)
    return number(value) if value >= 1e-8 else "0"


def per_unit(trial) -> str:
    """ " a customer", where the outcome is so much a unit; nothing behind a share of units."""
    return "" if trial.kind == "share" else f" a {trial.per}"


def spread_words(trial, value: float) -> str:
    """A spread of true means in words."""
    return size(trial, value)


def named(arm: str) -> str:
    """An arm in a sentence, in quotes where its name would read as a word of the sentence.

    >>> named("Joke"), named("None")
    ('Joke', '“None”')
    """
    return f"“{arm}”" if str(arm).lower() in _WORDS else str(arm)


def chance(probability: float) -> str:
    """A probability without false certainty.

    >>> chance(.9333), chance(.9996), chance(.0002)
    ('93 %', 'over 99.9 %', 'under 0.1 %')
    """
    if probability > 0.999:
        return "over 99.9 %"
    return "under 0.1 %" if probability < 0.001 else share(probability)
