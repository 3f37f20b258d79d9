"""The glossary explains each word once, keeps its anchors, and names what exists."""

import importlib.util
import re

import pytest

from cxlab.errors import DataError
from cxlab.glossary import FILE, read, terms, tidy
from cxlab.places import shipped

TEXT = (shipped("notebooks") / FILE).read_text(encoding="utf-8")


def test_glossary_is_in_order_with_an_anchor_a_row():
    assert tidy(TEXT) == TEXT, "python -m cxlab.learn.glossary puts it in order"


def test_every_line_of_the_table_is_a_term():
    table = TEXT[TEXT.index("\n|---") :].strip().splitlines()[1:]
    assert len(table) == len(terms()) > 80


def test_anchors_differ():
    anchors = [term.anchor for term in terms()]
    assert len(set(anchors)) == len(anchors)


def test_a_name_in_two_rows_is_an_error_that_names_it():
    with pytest.raises(DataError, match="'gap' twice"):
        tidy("# G\n\n| term | what it is here |\n|---|---|\n| gap | a |\n| difference, Gap | b |\n")


def test_a_new_row_gets_its_place_and_anchor():
    text = tidy("# G\n\n| term | what it is here |\n|---|---|\n| stage | a |\n| gap, lead | b |\n")
    assert text.endswith('| <a id="gap"></a>gap, lead | b |\n| <a id="stage"></a>stage | a |\n')
    assert [term.names for term in read(text)] == [("gap", "lead"), ("stage",)]


def test_code_that_the_glossary_names_exists():
    def exists(name):
        module, _, attribute = name.rpartition(".")
        try:
            if importlib.util.find_spec(name):
                return True
        except ModuleNotFoundError:
            pass
        return bool(importlib.util.find_spec(module)) and hasattr(importlib.import_module(module), attribute)

    named = set(re.findall(r"`(cxlab\.[\w.]+)`", TEXT))
    assert len(named) > 20
    assert [name for name in sorted(named) if not exists(name)] == []
