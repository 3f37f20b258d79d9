"""The executed notebooks of a case as they may leave: outputs that tell of single persons are taken out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from copy import deepcopy
from typing import Any

from cxlab.data.masking import masked
from cxlab.finding import MIME
from cxlab.report.words import is_id, is_name, is_words

WITHHELD = "[not shown here: it tells of single persons]"
_QUOTED = re.compile(r"“[^”]{12,}”|„[^“”]{12,}[“”]|«[^»]{12,}»")
_HEADING = re.compile(r"<th[^>]*>([^<]*)</th>")


def leaving(notebook: Any, *, allow: Sequence[str] = ()) -> Any:
    """A notebook without the outputs in which ids, names or words of customers stand; its cells stay.

    Parameters
    ----------
    notebook : NotebookNode, executed; left as it is
    allow : columns that may leave although they tell of persons; "quotes": words of customers in sentences
    """
    made = deepcopy(notebook)
    for cell in made.cells:
        if cell.cell_type != "code":
            continue
        told = any(_tells(output, allow) for output in cell.outputs)
        cell.outputs = [_withheld(output) if told else _masked(output) for output in cell.outputs]
    return made


def _tells(output: Any, allow: Sequence[str]) -> bool:
    data = output.get("data", {})
    finding = data.get(MIME) or {}
    rows = finding.get("table") or [{}]
    headings = {*rows[0], *(h.strip() for h in _HEADING.findall(_text(data.get("text/html", ""))))}
    headings |= set(_text(data.get("text/plain", "")).split("\n", 1)[0].split())
    telling = {h for h in headings if is_id(h) or (_words_in(rows, h) and (is_name(h) or is_words(h)))}
    if telling - set(allow):
        return True
    return "quotes" not in allow and any(_QUOTED.search(t) for t in _texts(output))


def _words_in(rows: Sequence[dict], column: str) -> bool:
    """Whether a column holds words; of a table that is no finding's, nothing is known and it is taken for words."""
    values = [row[column] for row in rows if column in row]
    return not values or any(isinstance(v, str) for v in values)


def _texts(output: Any) -> list[str]:
    shown = [_text(v) for mime, v in output.get("data", {}).items() if mime.startswith("text/")]
    return [*shown, _text(output.get("text", ""))]


def _text(value: Any) -> str:
    return "".join(value) if isinstance(value, list) else str(value)


def _withheld(output: Any) -> Any:
    import nbformat

    if output.output_type == "stream":
        return nbformat.v4.new_output("stream", name=output.name, text=WITHHELD)
    return nbformat.v4.new_output("display_data", data={"text/plain": WITHHELD})


def _masked(output: Any) -> Any:
    """E-mail addresses, numbers of phones, cards and accounts are masked wherever they stand in words."""
    if "text" in output:
        output["text"] = masked(_text(output["text"]))
    for mime, value in output.get("data", {}).items():
        if mime == "text/plain":
            output["data"][mime] = masked(_text(value))
    return output
