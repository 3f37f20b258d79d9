"""Texts at the door: masked, counted, and led back to their rows."""

import ibis
import numpy as np
import pandas as pd
import pytest

from cxlab.errors import DataError
from cxlab.experience.feedback.texts import read_texts

SAID = pd.DataFrame(
    {
        "feedback_id": ["a1", "a2", "ann@example.com", "a4", "a5", "a6"],
        "text": ["Good.<br />Anna &amp; team", "n/a", "Mail ann@example.com", None, "Good. Anna & team", "  "],
        "touchpoint": ["Counter (Anna)", "Web", "Web", "Web", None, "Web"],
        "rating": [5, 1, 2, 3, 4, 1],
    }
)


@pytest.mark.parametrize("source", [SAID, ibis.memtable(SAID)], ids=["pandas", "ibis"])
def test_nothing_that_was_to_be_masked_is_left_anywhere(source):
    texts = read_texts(source, staff=["Anna"])
    everything = " ".join([*texts.distinct, *map(str, texts.table.to_numpy().ravel()), *texts.notes])
    assert "Anna" not in everything and "ann@" not in everything
    assert texts.distinct.tolist() == ["Good. [name] & team", "Mail [email]"]
    assert (texts.n_read, texts.n_empty, len(texts)) == (6, 3, 3)
    assert texts.table["feedback_id"].tolist() == ["a1", "row 2", "a5"]
    assert texts.table["rating"].tolist() == [5, 2, 4]


def test_order_of_rows_changes_nothing_but_order():
    one, other = read_texts(SAID), read_texts(SAID.iloc[::-1])
    assert one.distinct.tolist() == other.distinct.tolist()
    pd.testing.assert_series_equal(one.words, other.words[::-1].reset_index(drop=True))


def test_a_table_without_words_is_named():
    with pytest.raises(DataError, match="none of 2 rows"):
        read_texts(pd.DataFrame({"text": [None, "-"]}))
    with pytest.raises(DataError, match="text"):
        read_texts(pd.DataFrame({"comment": ["good"]}))


def test_other_languages_fail_the_check():
    german = pd.DataFrame({"text": ["Der Kaffee war sehr gut", "Das Warten ist nicht schön", "The milk was good"]})
    texts = read_texts(german)
    assert not texts.checks[0].passed
    assert any("German" in note for note in texts.notes)
    assert np.unique(texts.language).tolist() == ["de", "en"]
