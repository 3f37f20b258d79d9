"""What it costs to take ids for people: counted by hand, with an interval that covers, and no surprise in the input."""

import ibis
import numpy as np
import pandas as pd
import pytest

from cxlab.differentiation.returns.initiative import Initiative, initiative_values
from cxlab.differentiation.returns.unifying import savings_of_unifying
from cxlab.errors import DataError, ParameterError
from cxlab.style import new_axes

PRICES = {"cost of a letter": 1.0, "voucher": 10.0, "vouchers redeemed": 0.2, "more from the recognised": 0.1}


def log(*rows):
    return ibis.memtable(pd.DataFrame(rows, columns=["record_id", "timestamp", "amount"]))


def people(**persons):
    return pd.DataFrame({"record_id": list(persons), "person_id": list(persons.values())})


def by_hand():
    """Ada buys under two ids, one of them long silent; Bo is silent altogether; Cem spends most in one, Ada in two."""
    lines = log(
        ("a1", "2024-02-01", 60.0), ("a2", "2024-12-31", 60.0), ("b1", "2024-01-10", 5.0), ("b2", "2024-01-12", 5.0),
        ("c1", "2024-12-30", 100.0), *((f"z{i}", "2024-12-20", 1.0) for i in range(5)),
    )  # fmt: skip
    whose = people(a1="Ada", a2="Ada", b1="Bo", b2="Bo", c1="Cem", **{f"z{i}": f"z{i}" for i in range(5)})
    return lines, whose


def test_letters_vouchers_and_best_are_counted_as_by_hand():
    found = savings_of_unifying(*by_hand(), by="record_id", silent=180, top=0.1, letters=4, campaigns=2, margin=0.5,
                                prices=PRICES)  # fmt: skip
    table = found.finding.table.set_index("kind")
    # two second ids, four letters each; a1 is silent and Ada is not, twice a year; Ada's 120 pass what c1 alone spends
    assert table["n"].drop("all").to_dict() == {"letters": 8, "vouchers": 2, "best": 1}
    exact = {"letters": 8 * 1.0, "vouchers": 2 * 10 * 0.2, "best": 120 * 0.5 * 0.1}
    wide = table["saved_high"] - table["saved_low"]
    for kind, value in exact.items():
        assert table.loc[kind, "saved"] == pytest.approx(value, rel=0.3) and wide[kind] > 0
    assert table.loc["all", "saved"] == pytest.approx(table["saved"].drop("all").sum())


def test_nobody_twice_saves_nothing():
    lines, whose = by_hand()
    found = savings_of_unifying(lines, whose.assign(person_id=whose["record_id"]), by="record_id")
    assert found.finding.table["saved"].eq(0).all() and not found.finding.believed


def test_the_interval_covers_other_people_of_the_same_kind():
    rng, held, exact = np.random.default_rng(5), 0, None
    for _ in range(60):
        n = rng.poisson(200)  # people there happen to be; a third buys under two ids
        twice = rng.random(n) < 1 / 3
        rows = [(f"{i}a", "2024-12-30", 10.0) for i in range(n)] + [
            (f"{i}b", "2024-12-29", 10.0) for i in np.flatnonzero(twice)
        ]
        whose = people(**{r[0]: r[0][:-1] for r in rows})
        found = savings_of_unifying(log(*rows), whose, by="record_id", letters=1, prices=PRICES, draws=500)
        row = found.finding.table.set_index("kind").loc["letters"]
        exact = 200 / 3
        held += row["n_low"] <= exact <= row["n_high"]
    assert 46 <= held <= 60  # 90 % of 60 is 54


def test_savings_are_the_effect_of_an_initiative():
    savings = savings_of_unifying(*by_hand(), by="record_id", prices=PRICES).savings
    values = initiative_values([Initiative("unify", cost=20, effect=savings)], years=3, discount=0.0)
    assert values.npv.mean() == pytest.approx(3 * savings.mean - 20, rel=0.02)


def test_order_of_rows_changes_nothing_and_the_picture_is_labelled():
    lines, whose = by_hand()
    one = savings_of_unifying(lines, whose, by="record_id").finding
    mixed = ibis.memtable(lines.to_pandas().sample(frac=1, random_state=1))
    two = savings_of_unifying(mixed, whose.sample(frac=1, random_state=2), by="record_id").finding
    pd.testing.assert_frame_equal(one.table, two.table)
    assert one.plot(new_axes(width=3.6)).get_xlabel()


def test_wrong_input_is_named():
    lines, whose = by_hand()
    with pytest.raises(DataError, match="transactions has no column customer_id"):
        savings_of_unifying(lines, whose)
    with pytest.raises(DataError, match="people has no column person_id"):
        savings_of_unifying(lines, whose[["record_id"]], by="record_id")
    with pytest.raises(DataError, match="no purchase has an id that is in people.record_id"):
        savings_of_unifying(lines, people(x="y"), by="record_id")
    with pytest.raises(ParameterError, match="unknown price 'stamp'"):
        savings_of_unifying(lines, whose, by="record_id", prices={"stamp": 1})
    with pytest.raises(ParameterError, match="margin = 50"):
        savings_of_unifying(lines, whose, by="record_id", margin=50)
