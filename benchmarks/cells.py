"""Numbers and tables of benchmarks/README.md."""

from __future__ import annotations


def table(head: list[str], rows: list[list[str]]) -> str:
    lines = [
        "| " + " | ".join(head) + " |",
        "|" + "|".join("---" if i == 0 else "---:" for i in range(len(head))) + "|",
    ]
    return "\n".join([*lines, *("| " + " | ".join(r) + " |" for r in rows)]) + "\n"


def number(value, digits=3) -> str:
    if value is None:
        return "–"
    if value == 0 or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.{digits}g}"


def ratio(ours, theirs) -> str:
    return "–" if not ours or not theirs else f"{theirs / ours:,.3g}×"
