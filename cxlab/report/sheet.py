"""The privacy sheet of a report: what left, what did not, and what customers agreed to."""

from __future__ import annotations

from typing import Any

import pandas as pd

from cxlab.report.document import CaseReport, Source
from cxlab.report.groups import small
from cxlab.report.tables import Table, text_table
from cxlab.wording import count, share


def privacy_parts(report: CaseReport) -> dict[str, Any]:
    """The privacy sheet: sentences on what left and what did not, and its tables."""
    sheet = report.privacy
    said = [
        "No id of a customer and no free text is in this report, its slides or its workbook."
        if not sheet.allowed
        else f"The case allows to leave: {', '.join(sheet.allowed)}.",
        f"Groups under {sheet.limit} are not shown"
        + (f"; tables that have such: {count(len(sheet.groups))}." if len(sheet.groups) else "; no table has one."),
        *(f"{words[0].upper()}{words[1:]}." for words in sheet.texts),
    ]
    consent = [row for source in report.sources for row in _consent(source, sheet.limit)]
    if not consent:
        said.append("The data says nothing on consent.")
    headings = [("data", False), ("consent", False), ("customers", True), ("share", True)]
    return {
        "said": said,
        "columns": text_table(sheet.columns) if len(sheet.columns) else None,
        "groups": text_table(sheet.groups.rename(columns={"groups": "groups under the limit"}))
        if len(sheet.groups)
        else None,
        "consent": Table(headings, consent) if consent else None,
    }


def _consent(source: Source, limit: int) -> list[list[str]]:
    """Answers on consent; the number of all customers is known, so a small one is never hidden alone."""
    table = pd.DataFrame({"answer": list(source.consent), "n": [int(n) for n in source.consent.values()]})
    total = int(table["n"].sum()) if len(table) else 0
    hidden = {i for rows in small(table, ["n"], limit=limit, said=[count(total)]) for i in rows}
    return [
        [
            source.name,
            str(answer),
            *(("not shown", "–") if i in hidden else (count(n), share(n / total) if total else "–")),
        ]
        for i, (answer, n) in enumerate(zip(table["answer"], table["n"], strict=True))
    ]
