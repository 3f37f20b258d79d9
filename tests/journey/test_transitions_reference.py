"""The transition counts of retentioneering 5.2.4 (tests/tools/transition_matrix_input.csv): its figures, our call.

Every contact of the fixture has the same time, so its figures hang on how ties are settled: by the order of the file.
"""

import ibis
import pandas as pd
import pytest

from cxlab.journey import END, START, read_log
from cxlab.journey.transitions import transitions

SESSIONS = [("user_1", "session_1", "ABCABC", "US"), ("user_1", "session_2", "BBB", "US"),
            ("user_2", "session_3", "ABABCC", "UK"), ("user_3", "session_4", "BBB", "US")]  # fmt: skip
ORDER = [START, "A", "B", "C", END]


def log_of(sessions, *, arranged=lambda rows: rows, **options):
    rows = [
        {"customer_id": user, "session_id": session, "touchpoint": letter, "timestamp": pd.Timestamp("2020-01-01")}
        for user, session, letters, _country in sessions
        for letter in letters
    ]
    rows = arranged(rows)
    return read_log(ibis.memtable(pd.DataFrame(rows).assign(sequence=range(len(rows)))), goal=None, **options)


def matrix(log, column="contacts"):
    table = transitions(log).table.pivot(index="source", columns="target", values=column)
    return table.reindex(index=ORDER, columns=ORDER).fillna(0).to_numpy()


OF_CUSTOMERS = [[0, 2, 1, 0, 0], [0, 0, 4, 0, 0], [0, 1, 4, 3, 2], [0, 1, 1, 1, 1], [0, 0, 0, 0, 0]]
OF_SESSIONS = [[0, 2, 2, 0, 0], [0, 0, 4, 0, 0], [0, 1, 4, 3, 2], [0, 1, 0, 1, 2], [0, 0, 0, 0, 0]]


@pytest.mark.parametrize(("per", "expected"), [("customer", OF_CUSTOMERS), ("session", OF_SESSIONS)])
def test_published_counts_and_shares(per, expected):
    log, counts = log_of(SESSIONS, per=per), pd.DataFrame(expected)
    assert matrix(log).tolist() == expected
    shares = counts.div(counts.sum(axis=1).where(lambda n: n > 0), axis=0).fillna(0).to_numpy()
    assert matrix(log, "share") == pytest.approx(shares)


def test_published_difference_of_two_groups_of_sessions():
    of = {
        country: matrix(log_of([own for own in SESSIONS if own[3] == country], per="session"))
        for country in ("US", "UK")
    }
    expected = [[0, 0, 2, 0, 0], [0, 0, 0, 0, 0], [0, -1, 4, 1, 2], [0, 1, 0, -1, 0], [0, 0, 0, 0, 0]]
    assert (of["US"] - of["UK"]).tolist() == expected


def test_another_order_of_equal_times_is_another_answer():
    # which is why the order must be stated, and a log says how many of its contacts hang on it
    def a_to_b(arranged):
        return matrix(log_of(SESSIONS, arranged=arranged))[1, 2]

    found = [a_to_b(lambda rows: rows), a_to_b(lambda rows: sorted(rows, key=lambda r: r["touchpoint"])),
             a_to_b(lambda rows: rows[::-1])]  # fmt: skip
    assert found == [4, 2, 1]
