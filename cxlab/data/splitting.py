"""Splitting a few lines of delimited text in Python, by the patterns with which the engine splits all of them."""

from __future__ import annotations

import re
from collections.abc import Sequence

#: lines among which a header is looked for, and lines over which the names in it may run
SEARCHED, _LONGEST_NAME = 40, 12


def fields(line: str, delimiter: str) -> list[str]:
    """The fields of one line.

    >>> fields('1,"a, ""b"" c",x', ",")
    ['1', 'a, "b" c', 'x']
    """
    found = re.findall(field_pattern(delimiter), delimiter + line)
    return [re.sub(r'(?s)^ *"((?:[^"]|"")*)"(.*)$', r"\1\2", f).replace('""', '"') if '"' in f else f for f in found]


def split_lines(lines: Sequence[str], delimiter: str) -> list[tuple[int, list[str]]]:
    """Rows as the number of their last line and their fields; a name in quotes may run over several lines."""
    rows, opened, n = [], re.compile(open_pattern(in_pattern(delimiter))), 0
    while n < len(lines):
        whole, last = lines[n], n
        if '"' in whole and n < SEARCHED and opened.match(whole):
            for end in range(n + 1, min(n + _LONGEST_NAME, len(lines))):
                joined = "\n".join(lines[n : end + 1])
                if not opened.match(joined):
                    whole, last = joined, end
                    break
        if whole.strip():
            rows.append((last + 1, fields(whole, delimiter)))
        n = last + 1
    return rows


def in_pattern(delimiter: str) -> str:
    """A delimiter as it stands in a pattern."""
    return "\\t" if delimiter == "\t" else re.escape(delimiter)


def field_pattern(delimiter: str) -> str:
    """The pattern of a delimiter and the field after it."""
    d = in_pattern(delimiter)
    return rf'{d}( *"(?:[^"]|"")*"[^{d}]*|[^{d}]*)'


def open_pattern(d: str) -> str:
    """The pattern of a line that ends inside a quoted field."""
    complete = rf' *"(?:[^"]|"")*"(?:[^"{d}][^{d}]*)?|[^"{d} ][^{d}]*| +[^"{d} ][^{d}]*| *'
    return rf'^(?:(?:{complete}){d})* *"(?:[^"]|"")*$'
