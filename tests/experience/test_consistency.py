"""Consistency: what lies with staff and customers is found again, and said to be unknown where it is."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize

from cxlab.errors import DataError
from cxlab.experience.scores.consistency import consistency, staff_scores
from cxlab.experience.scores.variances import Cells, variance_components
from cxlab.experience.scores.visits import components_of, read_visits
from cxlab.style import new_axes


def visits(n=400, staff=12, customers=120, *, between_staff=0.4, between_customers=0.5, seed=1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    by, who = rng.integers(0, staff, n), rng.integers(0, customers, n)
    score = 6 + rng.normal(0, between_staff, staff)[by] + rng.normal(0, between_customers, customers)[who]
    return pd.DataFrame(
        {"question": "rating", "scale_min": 0, "scale_max": 12, "score": (score + rng.normal(0, 1, n)).clip(0, 12),
         "handled_by": [f"s{i:02d}" for i in by], "customer_id": [f"c{i}" for i in who]}
    )  # fmt: skip


def restricted_likelihood(y, *groups):
    """−2 log restricted likelihood at its best, and variances there, by whole matrices."""
    shared = [np.equal.outer(g, g).astype(float) for g in groups]

    def criterion(logs):
        V = sum(np.exp(v) * Z for v, Z in zip(logs, [*shared, np.eye(len(y))], strict=True))
        inverse = np.linalg.inv(V)
        ones = inverse.sum()
        rest = y - (inverse @ y).sum() / ones
        return (len(y) - 1) * np.log(2 * np.pi) + np.linalg.slogdet(V)[1] + np.log(ones) + rest @ inverse @ rest

    found = minimize(criterion, np.zeros(len(groups) + 1), method="Nelder-Mead",
                     options={"xatol": 1e-6, "fatol": 1e-9, "maxiter": 4000})  # fmt: skip
    return found.fun, np.exp(found.x)


def test_sums_give_the_likelihood_of_whole_matrices():
    asked = visits(120, 5, 30, seed=3)
    found = components_of(read_visits(asked))
    lowest, (customers, staff, rest) = restricted_likelihood(
        asked["score"].to_numpy(), asked["customer_id"].to_numpy(), asked["handled_by"].to_numpy()
    )
    assert found.criterion == pytest.approx(lowest, abs=1e-3)
    assert [found.customers, found.staff, found.rest] == pytest.approx([customers, staff, rest], rel=0.01)


def test_predictions_of_staff_are_those_of_whole_matrices():
    asked = visits(150, 6, 40, seed=5)
    read = read_visits(asked)
    found = components_of(read)
    y, Z = asked["score"].to_numpy(), np.equal.outer(asked["handled_by"].to_numpy(), np.array(read.staff)).astype(float)
    customer = np.equal.outer(asked["customer_id"].to_numpy(), asked["customer_id"].to_numpy())
    V = found.customers * customer + found.staff * Z @ Z.T + found.rest * np.eye(len(y))
    mean = np.linalg.solve(V, y).sum() / np.linalg.inv(V).sum()
    effects = found.staff * Z.T @ np.linalg.solve(V, y - mean)
    table = staff_scores(read).table.set_index("staff").loc[list(read.staff)]
    assert table["value"].to_numpy() == pytest.approx(mean + effects, abs=0.05)


def test_what_is_there_is_found():
    found = consistency(visits(3000, 30, 400, seed=2))
    table = found.table.set_index("source")
    truth = {"customers": 0.25 / 1.41, "staff": 0.16 / 1.41, "rest": 1 / 1.41}
    for source, share in truth.items():
        assert table.loc[source, "low"] < share < table.loc[source, "high"]
    assert table["share"].sum() == pytest.approx(1)
    assert found.believed and found.title.endswith("of the differences between visits lie with who serves")


def test_none_where_there_is_none():
    alike = visits(400, 10, 100, between_staff=0, between_customers=0, seed=4)
    found = consistency(alike)
    assert found.table.set_index("source")["low"].drop("rest").tolist() == [0, 0]
    assert found.title.startswith("It cannot be told that it matters who serves")
    assert staff_scores(alike).title == "No member of staff is told apart from the others"


def test_rows_in_any_order_and_names_of_any_kind():
    asked = visits(seed=6)
    again = asked.sample(frac=1, random_state=1).assign(handled_by=lambda t: t["handled_by"].str.upper())
    first, second = consistency(asked).table, consistency(again).table
    pd.testing.assert_frame_equal(first, second, rtol=1e-6)


def test_customers_alone_and_staff_alone():
    asked = visits(seed=7)
    assert consistency(asked.drop(columns="handled_by")).table["source"].tolist() == ["customers", "rest"]
    assert consistency(asked.drop(columns="customer_id")).table["source"].tolist() == ["staff", "rest"]
    with pytest.raises(DataError, match="neither who served nor who answered twice"):
        consistency(asked.drop(columns=["handled_by", "customer_id"]))
    with pytest.raises(DataError, match="who served is not known"):
        staff_scores(asked.drop(columns="handled_by"))
    with pytest.raises(DataError, match="are the same"):
        consistency(asked.assign(score=5.0))


def test_answers_without_a_name_are_left_out_and_counted():
    asked = visits(seed=8)
    asked.loc[asked.index[:25], "handled_by"] = None
    found = consistency(asked)
    assert "25 answers that name no one were left out" in found.text
    # sums of the engine come in any order, so the last digits may differ
    pd.testing.assert_frame_equal(found.table, consistency(asked.iloc[25:]).table)


def test_staff_with_customers_of_their_own_are_doubted():
    asked = visits(seed=9)
    asked["customer_id"] = asked["handled_by"] + asked["customer_id"]
    found = consistency(asked)
    assert not found.believed and "hardly told apart" in found.text


@pytest.mark.parametrize("width", [7.0, 3.6])
def test_pictures_are_drawn(width):
    asked = visits(seed=1)
    for finding in (consistency(asked), staff_scores(asked)):
        finding.plot(new_axes(width=width)).figure.canvas.draw()


def test_intervals_of_staff_hold():
    """Exact for staff alone, whatever their numbers: 250 surveys leave ± 3 points or so."""
    rng, held = np.random.default_rng(10), []
    for _ in range(250):
        n = rng.integers(2, 40, 9)
        staff = np.repeat(np.arange(9), n)
        y = rng.normal(0, 0.5, 9)[staff] + rng.normal(0, 1, n.sum())
        cells = Cells(np.zeros(9, int), np.arange(9), n.astype(float), np.bincount(staff, y), float(y @ y))
        low, high = variance_components(cells, customers=False).interval(1)
        held.append(low <= 0.2 <= high)
    assert np.mean(held) == pytest.approx(0.9, abs=0.05)
