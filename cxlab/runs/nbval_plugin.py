"""pytest plugin: notebooks re-run by nbval are compared exactly, and their findings within Monte-Carlo error.

nbval compares text for equality. An output that shows a `Finding` carries its table and Monte-Carlo error as JSON, so
for such an output the tables are compared by `cxlab.runs.regression`, and the text and HTML with their numbers hidden.
Every other output stays exact. Pictures are not compared. Load it with ``-p cxlab.runs.nbval_plugin``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from cxlab.finding import MIME
from cxlab.runs.regression import differences, masked

#: seconds to wait for the next output of a cell; nbval's own 5 s are too short for a loaded machine
OUTPUT_TIMEOUT = 120
_PICTURES = ("image/png", "image/jpeg", "image/svg+xml")


def pytest_itemcollected(item) -> None:
    """Give every notebook cell the comparison that knows findings."""
    if _is_cell(item):
        item.output_timeout = OUTPUT_TIMEOUT
        item.compare_outputs = partial(_compare, item, item.compare_outputs)


def _is_cell(item) -> bool:
    try:
        from nbval.plugin import IPyNbCell
    except ImportError:
        return False
    return isinstance(item, IPyNbCell)


def _compare(item, exactly, test: Sequence[Mapping], ref: Sequence[Mapping], skip_compare=None) -> bool:
    """In place of `IPyNbCell.compare_outputs`: `test` is what the cell gave now, `ref` what is committed."""
    skip = (*(skip_compare or item.parent.skip_compare), *_PICTURES)
    old, new = _findings(ref), _findings(test)
    if [f["name"] for f in old] == [f["name"] for f in new]:
        moved = [d for before, after in zip(old, new, strict=True) for d in differences(before, after)]
        if moved:
            item.comparison_traceback = ["findings differ beyond Monte-Carlo error:", *(f"  {d}" for d in moved)]
            return False
        has_table = [bool(a.get("table") and b.get("table")) for a, b in zip(old, new, strict=True)]
    else:
        has_table = []
    return exactly(_hidden(test, has_table), _hidden(ref, has_table), skip)


def _findings(outputs: Sequence[Mapping]) -> list[dict[str, Any]]:
    return [output["data"][MIME] for output in outputs if MIME in output.get("data", {})]


def _hidden(outputs: Sequence[Mapping], has_table: Sequence[bool]) -> list[Any]:
    """Outputs whose findings are down to their name, and whose text hides the numbers that the table has compared."""
    from nbformat import from_dict

    hidden, which = [], iter(has_table)
    for output in outputs:
        if MIME in output.get("data", {}):
            data = dict(output["data"])
            data[MIME] = data[MIME]["name"]
            if next(which, False):
                data |= {mime: masked(data[mime]) for mime in ("text/plain", "text/html") if mime in data}
            output = from_dict({**output, "data": data})
        hidden.append(output)
    return hidden
