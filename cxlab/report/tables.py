"""Tables and sentences as a reader sees them: headings in words, every value with its interval."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cxlab.finding import Check, Finding, Key
from cxlab.wording import NO_BREAK, count

if TYPE_CHECKING:
    from markupsafe import Markup
    from pandas import DataFrame

NO_BREAK_HYPHEN = "\u2011"
#: rows of a table that a page shows
SHOWN_ROWS = 40
BEFORE_UNIT = re.compile(r"(?<=\d) (?=%)")
#: what the main column of a table is called most often, and what it never is
_MAIN = ("npv", "gap", "effect", "difference", "lift", "median", "share", "score", "worth", "value", "nps", "mean")
_NOT_MAIN = ("n", "low", "high", "lower", "upper", "se", "sd", "seed", "rank")
_WORDS = {"kpi": "KPI", "alarm": "alarm limit", "stop": "stop rule"}
_DATE = re.compile(r"\b(\d{4})-(\d\d)-(\d\d)\b")
_ABBREVIATIONS = re.compile(r"\b(?:cac|clv|elpd|irr|kpi|loo|mae|nps|npv|pit|rmse|roi|sd)\b")


@dataclass(frozen=True)
class Table:
    """A table as text: headings with whether their column holds numbers, rows, and how many rows are left out."""

    headings: list[tuple[str, bool]]
    rows: list[list[str]]
    left_out: int = 0


def heading(words: str) -> str:
    """A column heading as a reader expects it.

    >>> heading("share of value"), heading("mae"), heading("p alive"), heading("n")
    ('Share of value', 'MAE', 'P(alive)', 'n')
    """
    words = re.sub(r"^p above$", "P(CLV > CAC)", words)
    words = re.sub(r"^p (alive|loss|pays)\b", r"P(\1)", _ABBREVIATIONS.sub(lambda hit: hit[0].upper(), words))
    return words[:1].upper() + words[1:] if len(words) > 1 else words


def joined(text: str) -> str:
    """Text in which no line ends between a number and its sign or unit, nor within "n = 12".

    >>> joined("n = 12: −€4k") == "n\u00a0=\u00a012: −\u2060€4k"
    True
    """
    text = re.sub(r"\bn = (?=\d)", f"n{NO_BREAK}={NO_BREAK}", BEFORE_UNIT.sub(NO_BREAK, text))
    return re.sub(r"([−+])(?=[€$£¥\d])", "\\1\u2060", text)


def failed(checks: Sequence[Check]) -> str:
    """What checks that fail say, as sentences of their own.

    >>> from cxlab.finding import Check
    >>> failed([Check("answers", False, 12, "≥ 30", "Ask more."), Check("n", False, 3, "≥ 30")])
    'Answers is 12.0, should be ≥ 30. Ask more. n is 3.00, should be ≥ 30.'
    """
    said = (check.sentence for check in checks)
    # a symbol of one letter is no word
    return " ".join(text[:1].upper() + text[1:] if text[1:2].isalpha() else text for text in said)


def own_words(finding: Finding) -> str:
    """The text of a finding without its warning, which stands in a place of its own."""
    return finding.text.removesuffix(finding.warning).strip() if finding.failed else finding.text


def with_strong(sentence: str, keys: Sequence[Key]) -> Markup:
    """A sentence with its intervals set back and the numbers of the cards set strong."""
    from markupsafe import Markup, escape

    text = BEFORE_UNIT.sub(NO_BREAK, str(escape(sentence)))
    for value in sorted({BEFORE_UNIT.sub(NO_BREAK, str(escape(key.value))) for key in keys}, key=len, reverse=True):
        text = re.sub(rf"(?<![\w.,#&]){re.escape(value)}(?![\w]|[.,]\d)", rf"<strong>{value}</strong>", text, count=1)
    return Markup(re.sub(r"\(\d[\d.]*\s% interval [^()]*\)", r'<span class="interval">\g<0></span>', text))


def finding_table(finding: Finding, *, hidden: Collection[int] = (), suppressed: str = "") -> Table | None:
    """The table of a finding, each value with its interval in one cell.

    Parameters
    ----------
    hidden : positions of rows whose numbers may not be shown
    suppressed : words in place of the first of them
    """
    if finding.table.empty:
        return None
    shown = finding.formatted()
    numeric = [finding.table.iloc[:, i].dtype.kind in "fiu" for i in range(finding.table.shape[1])]
    names = [str(c) for c in finding.table.columns]
    ends = interval_columns(names, numeric)
    within = {end for pair in ends.values() for end in pair}
    keep = [i for i in range(len(names)) if i not in within]
    rows = []
    first = next((i for i in keep if numeric[i]), -1)
    for place, cells in enumerate(shown.head(SHOWN_ROWS).itertuples(index=False, name=None)):
        texts = [_DATE.sub(NO_BREAK_HYPHEN.join((r"\1", r"\2", r"\3")), str(cell)) for cell in cells]
        if place in hidden:
            texts = [suppressed if i == first else "–" if numeric[i] else text for i, text in enumerate(texts)]
        rows.append(
            [_with_interval(texts[i], *(texts[end] for end in ends[i])) if i in ends else texts[i] for i in keep]
        )
    headings = [(str(shown.columns[i]), numeric[i]) for i in keep]
    return Table(headings, rows, max(0, len(shown) - SHOWN_ROWS))


def text_table(frame: DataFrame) -> Table:
    """A table of words; numbers are set right."""
    numeric = [frame[c].dtype.kind in "iuf" for c in frame.columns]
    headings = [(_WORDS.get(str(c), str(c).replace("_", " ")), n) for c, n in zip(frame.columns, numeric, strict=True)]
    shown = frame.head(SHOWN_ROWS).itertuples(index=False)
    rows = [[_word(value, number) for value, number in zip(row, numeric, strict=True)] for row in shown]
    return Table(headings, rows, max(0, len(frame) - SHOWN_ROWS))


def interval_columns(names: Sequence[str], numeric: Sequence[bool]) -> dict[int, tuple[int, int]]:
    """Which columns are the ends of which: ``x_low, x_high`` of ``x``; ``low, high`` of the number before them.

    >>> interval_columns(["segment", "each", "each_low", "each_high"], [False, True, True, True])
    {1: (2, 3)}
    >>> interval_columns(["frequency", "mean", "sd", "low", "high"], [True] * 5)
    {1: (3, 4)}
    """
    found = {}
    for i, name in enumerate(names):
        if f"{name}_low" in names and f"{name}_high" in names:
            found[i] = (names.index(f"{name}_low"), names.index(f"{name}_high"))
    if "low" in names and "high" in names:
        before = [i for i in range(names.index("low")) if numeric[i] and names[i] not in ("sd",) and i not in found]
        if before:
            found[before[-1]] = (names.index("low"), names.index("high"))
    return found


def main_column(finding: Finding, wanted: str = "") -> str:
    """The column of a table that matters most: the one wanted, else the first with an interval or a unit.

    A column with a name that says so ("npv", "gap", "effect", …) goes before others, one with an interval before one
    without, and a number that only tells where the row stands does not count. "" where there is none.

    >>> import pandas as pd
    >>> table = pd.DataFrame([[1, .2, .1, .3, 9]], columns=["own", "gap", "gap_low", "gap_high", "n"])
    >>> main_column(Finding("a", "A", "A.", table))
    'gap'
    """
    names = [str(c) for c in finding.table.columns]
    if wanted in names:
        return wanted
    numeric = [finding.table.iloc[:, i].dtype.kind in "fiu" for i in range(len(names))]
    ends = interval_columns(names, numeric)
    found = [i for i, name in enumerate(names)
             if numeric[i] and name not in _NOT_MAIN and not name.endswith(("_low", "_high"))
             and (i in ends or name in finding.units)]  # fmt: skip
    found.sort(key=lambda i: (i not in ends, not names[i].startswith(_MAIN), finding.units.get(names[i]) == "count", i))
    return names[found[0]] if found else ""


def _with_interval(value: str, low: str, high: str) -> Markup:
    from markupsafe import Markup

    if low == high == "–":
        return Markup("{}").format(value)
    return Markup('{} <span class="interval">{} to {}</span>').format(value, low, high)


def _word(value: Any, number: bool) -> str:
    if value is None or value != value:
        return "–"
    return count(value) if number and float(value).is_integer() else str(value)
