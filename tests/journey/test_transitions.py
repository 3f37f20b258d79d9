"""Transitions: counts that can be followed by hand, published fixtures, and laws."""

from __future__ import annotations

import ibis
import numpy as np
import pandas as pd
import pytest

from cxlab.intervals import share_interval
from cxlab.journey import END, START, read_log
from cxlab.journey.examples import small_log
from cxlab.journey.transitions import transitions


def counted(log) -> dict:
    table = transitions(log).table
    return {(row.source, row.target): int(row.contacts) for row in table.itertuples()}


def test_transitions_by_hand():
    assert counted(small_log()) == {
        (START, "Search"): 4, ("Search", "Website"): 4, ("Website", "Website"): 1, ("Website", "Checkout"): 1,
        ("Website", "Help desk"): 1, ("Website", END): 2, ("Checkout", "Help desk"): 1, ("Checkout", END): 1,
        ("Help desk", "Checkout"): 1, ("Help desk", END): 1,
    }  # fmt: skip


def test_shares_of_a_source_add_up_and_lie_in_their_intervals():
    table = transitions(small_log()).table
    assert table.groupby("source")["share"].sum().tolist() == pytest.approx([1.0] * table["source"].nunique())
    assert ((table["low"] <= table["share"]) & (table["share"] <= table["high"])).all()


def test_a_toy_of_sequence_analysis_gives_its_printed_rates():
    paths = ["AABBCD", "ABBCCD", "AAABLL", "ABLLLL", "ABCCDD", "AABCLL", "ABCDDD", "AAAABL"]
    rows = [
        {"customer_id": i, "timestamp": pd.Timestamp(2026, 1, 1 + day), "touchpoint": state}
        for i, path in enumerate(paths)
        for day, state in enumerate(path)
    ]
    log = read_log(ibis.memtable(pd.DataFrame(rows)))
    counts = counted(log)
    printed = {
        "AA": .466667, "AB": .533333, "BB": .2, "BC": .5, "BL": .3, "CC": .285714, "CD": .571429, "CL": .142857,
        "DD": 1, "LL": 1,
    }  # fmt: skip
    left = {a: sum(n for (s, t), n in counts.items() if s == a and t != END) for a in "ABCDL"}
    assert {a + b: counts[a, b] / left[a] for a, b in printed} == pytest.approx(printed, abs=1e-6)


def test_ties_follow_the_file_only_where_the_file_is_known():
    # all contacts at one time: of a bare table the order of stage and touchpoint, of a stated sequence the sequence
    rows = pd.DataFrame({"customer_id": ["u"] * 4, "timestamp": pd.Timestamp("2026-01-01"), "touchpoint": list("BABA")})
    bare = read_log(ibis.memtable(rows))
    assert counted(bare) == {(START, "A"): 1, ("A", "A"): 1, ("A", "B"): 1, ("B", "B"): 1, ("B", END): 1}
    assert bare.ties == 3 and "order of stage and touchpoint" in bare.notes[-1]
    assert not bare.checks[0].passed
    stated = read_log(ibis.memtable(rows.assign(sequence=range(4))))
    assert counted(stated) == {(START, "B"): 1, ("B", "A"): 2, ("A", "B"): 1, ("A", END): 1}
    assert stated.ties == 0


def test_open_journeys_are_left_out_of_the_ends_on_request():
    rows = pd.DataFrame(
        {"customer_id": ["a", "a", "b"], "touchpoint": ["X", "Y", "X"],
         "timestamp": pd.to_datetime(["2026-01-01", "2026-01-02", "2026-03-01"])}
    )  # fmt: skip
    log = read_log(ibis.memtable(rows))
    assert counted(log)["X", END] == 1
    table = transitions(log, quiet_days=7).table
    assert not ((table["source"] == "X") & (table["target"] == END)).any()
    assert ((table["source"] == "Y") & (table["target"] == END)).any()


def test_gaps_are_medians_of_seconds():
    at = pd.Timestamp("2026-01-01") + pd.to_timedelta([0, 10, 0, 20, 0, 86_400], unit="s")
    rows = pd.DataFrame({"customer_id": list("aabbcc"), "touchpoint": list("XYXYXY"), "timestamp": at})
    table = transitions(read_log(ibis.memtable(rows))).table.set_index(["source", "target"])
    assert table.loc[("X", "Y"), "median_gap_s"] == 20
    assert np.isnan(table.loc[("Y", END), "median_gap_s"])


def test_intervals_of_shares_cover():
    # by summing the binomial, not by drawing: the mean coverage over shares between 5 and 95 per cent
    from scipy.stats import binom

    for n in (15, 60, 400):
        x = np.arange(n + 1)
        low, high = share_interval(x, np.full(n + 1, n), level=0.9)
        p = np.linspace(0.05, 0.95, 91)
        covered = ((low <= p[:, None]) & (p[:, None] <= high)) * binom.pmf(x, n, p[:, None])
        assert covered.sum(axis=1).mean() == pytest.approx(0.9, abs=0.03)
