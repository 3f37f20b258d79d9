"""What a published notebook carries: cells and outputs, nothing of the machine, the moment or the tool that ran it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

_CELL_METADATA = ("tags", "jupyter", "slideshow", "deletable", "editable")
_WIDGET = "application/vnd.jupyter.widget-view+json"


def clean(notebook, *, scrub: Callable[[Any], Any] = lambda value: value):
    """A new notebook that is the same for the same cells and outputs: byte for byte, on any machine.

    Parameters
    ----------
    notebook : NotebookNode, executed
    scrub : function that takes machine paths out of text (`cxlab.runs.paths.scrubber`)

    Returns
    -------
    NotebookNode without papermill's and execution metadata and widget state; cell ids follow from the cells' text
    """
    from nbformat import NotebookNode, from_dict

    seen: dict[str, int] = {}
    cells = []
    for cell in notebook.cells:
        kept = {"cell_type": cell.cell_type, "id": _cell_id(cell.source, seen), "source": scrub(cell.source)}
        kept["metadata"] = {k: v for k, v in cell.metadata.items() if k in _CELL_METADATA and v}
        if cell.get("attachments"):
            kept["attachments"] = cell.attachments
        if cell.cell_type == "code":
            kept["execution_count"] = cell.execution_count
            kept["outputs"] = [_output(o, scrub) for o in _joined_streams(cell.outputs)]
        cells.append(kept)
    metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"file_extension": ".py", "mimetype": "text/x-python", "name": "python"},
    }
    metadata |= {k: v for k, v in notebook.metadata.items() if k in ("cxlab", "title", "authors")}
    cleaned = from_dict({"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5})
    assert isinstance(cleaned, NotebookNode)
    return cleaned


def _cell_id(source: str, seen: dict[str, int]) -> str:
    digest = hashlib.sha256(source.encode()).hexdigest()[:8]
    seen[digest] = seen.get(digest, 0) + 1
    return digest if seen[digest] == 1 else f"{digest}-{seen[digest]}"


def _joined_streams(outputs) -> list[dict[str, Any]]:
    """Outputs with neighbouring pieces of one stream joined: where a kernel cuts a stream is chance."""
    joined: list[dict[str, Any]] = []
    for output in outputs:
        output = dict(output)
        last = joined[-1] if joined else {}
        if output["output_type"] == "stream" and last.get("name") == output["name"]:
            last["text"] += output["text"]
        else:
            joined.append(output)
    return joined


def _output(output: dict[str, Any], scrub: Callable[[Any], Any]) -> dict[str, Any]:
    kept = {k: scrub(v) for k, v in output.items() if k not in ("data", "metadata")}
    if "data" in output:
        kept["data"] = {
            mime: value if mime.startswith("image/") and mime != "image/svg+xml" else scrub(value)
            for mime, value in output["data"].items()
            if mime != _WIDGET
        }
        kept["metadata"] = {k: v for k, v in output.get("metadata", {}).items() if v}
    return kept
