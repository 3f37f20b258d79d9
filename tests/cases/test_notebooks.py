"""Executed notebooks as they may leave: what tells of single persons is taken out, everything else stays."""

from __future__ import annotations

import nbformat
import pandas as pd

from cxlab.cases.notebooks import WITHHELD, leaving
from cxlab.finding import Finding


def notebook_of(*values) -> nbformat.NotebookNode:
    cell = nbformat.v4.new_code_cell("x", execution_count=1)
    for value in values:
        if isinstance(value, str):
            cell.outputs.append(nbformat.v4.new_output("stream", name="stdout", text=value))
        elif isinstance(value, Finding):
            cell.outputs.append(nbformat.v4.new_output("execute_result", data=value._repr_mimebundle_()))
        else:
            data = {"text/plain": value.to_string(index=False), "text/html": value.to_html(index=False)}
            cell.outputs.append(nbformat.v4.new_output("execute_result", data=data))
    return nbformat.v4.new_notebook(cells=[cell])


def shown(notebook) -> str:
    return str([cell.outputs for cell in notebook.cells])


PEOPLE = pd.DataFrame({"customer_id": ["C0000017", "C0000018"], "value": [1.0, 2.0]})
GROUPS = pd.DataFrame({"segment": ["regulars", "students"], "value": [1.0, 2.0]})


def test_tables_of_persons_are_withheld_and_tables_of_groups_stay():
    for table in (PEOPLE, Finding("a", "A title", "A text.", PEOPLE, units={"value": "money"})):
        made = leaving(notebook_of(table))
        assert "C0000017" not in shown(made) and WITHHELD in shown(made)
    for table in (GROUPS, Finding("a", "A title", "A text.", GROUPS, units={"value": "money"})):
        assert "regulars" in shown(leaving(notebook_of(table))) and WITHHELD not in shown(leaving(notebook_of(table)))


def test_what_the_case_allows_leaves():
    assert "C0000017" in shown(leaving(notebook_of(PEOPLE), allow=("customer_id",)))
    quoted = "They said “the queue at the counter was far too long”."
    assert "queue" not in shown(leaving(notebook_of(quoted))) and "queue" in shown(
        leaving(notebook_of(quoted), allow=("quotes",))
    )


def test_addresses_and_long_numbers_are_masked_in_words_that_stay():
    made = shown(leaving(notebook_of("write to max.m@example.org or 0171/2345678; n = 1,212")))
    assert "example.org" not in made and "2345678" not in made and "n = 1,212" in made


def test_the_notebook_that_is_kept_is_left_as_it_was():
    kept = notebook_of(PEOPLE)
    leaving(kept)
    assert "C0000017" in shown(kept)
