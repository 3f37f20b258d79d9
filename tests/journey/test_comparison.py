"""Two maps or one: a test that keeps its word under one map, finds two, and takes customers, not contacts, as its n."""

import ibis
import numpy as np
import pandas as pd
import pytest

from cxlab.errors import DataError, ParameterError
from cxlab.journey.comparison import conversion_finding, personas_finding, transitions_finding
from cxlab.journey.homogeneity import Patterns, homogeneity
from cxlab.journey.log import read_log
from cxlab.journey.persona_maps import persona_maps
from cxlab.style import new_axes

TOUCHPOINTS = ["Ad", "Search", "Shop", "Help"]
BASE = np.array([[0.1, 0.4, 0.2, 0.3], [0.2, 0.2, 0.5, 0.1], [0.3, 0.3, 0.2, 0.2], [0.1, 0.2, 0.6, 0.1]])


def walks(rng, *, customers=80, shift=0.0, personas=2, own=4.0):
    """Journeys of customers with habits of their own; after Search, persona B turns to Help by `shift`."""
    who = np.arange(customers) % personas
    rows = []
    for customer in range(customers):
        matrix = BASE.copy()
        matrix[1] = (1 - shift * (who[customer] == 1)) * matrix[1] + shift * (who[customer] == 1) * np.eye(4)[3]
        matrix = np.array([rng.dirichlet(own * row) for row in matrix])
        state = 0
        for step in range(2 + rng.poisson(3)):
            rows.append((f"c{customer}", TOUCHPOINTS[state], step, "ABC"[who[customer]]))
            state = rng.choice(4, p=matrix[state])
    table = pd.DataFrame(rows, columns=["customer_id", "touchpoint", "step", "who"])
    return table.assign(timestamp=pd.Timestamp("2026-01-01") + pd.to_timedelta(table["step"], unit="D"))


def log_of(table, **options):
    return read_log(ibis.memtable(table), persona="who", **{"goal": "Shop"} | options)


def patterns(table):
    """The same material as a log gives, made without the engine."""
    unit = table["customer_id"].str[1:].astype(int).to_numpy()
    code = table["touchpoint"].map(TOUCHPOINTS.index).to_numpy()
    inside = unit[1:] == unit[:-1]
    source, target, owner = code[:-1][inside], code[1:][inside], unit[:-1][inside]
    cell, index = np.unique(source * 4 + target, return_inverse=True)
    row = np.unique(cell // 4, return_inverse=True)[1]
    _, owner = np.unique(owner, return_inverse=True)
    persona = table.groupby("customer_id", sort=False)["who"].first().map("ABC".index).to_numpy()
    return Patterns.of(owner, index, np.ones(len(index)), persona, row)


def test_under_one_map_small_p_values_are_as_rare_as_they_should_be():
    rng = np.random.default_rng(1)
    p = np.array([homogeneity(patterns(walks(rng)), permutations=99, rng=i).p_value for i in range(150)])
    assert (p <= 0.1).mean() <= 0.16 and 0.38 <= (p <= 0.5).mean() <= 0.62


def test_a_real_difference_is_found_and_placed():
    maps = persona_maps(log_of(walks(np.random.default_rng(2), customers=400, shift=0.5)))
    found, where = personas_finding(maps), transitions_finding(maps)
    assert found.title.startswith("Two maps: A and B move differently")
    assert found.table.iloc[0]["touchpoint"] == "Search" and found.table.iloc[0]["differs"]
    assert where.title.startswith("After Search,")
    rows = where.table[(where.table["source"] == "Search") & (where.table["target"] == "Help")]
    assert rows["difference"].iloc[0] < -0.3 and rows["differs"].iloc[0]
    elsewhere = where.table[(where.table["source"] == "Help") & where.table["differs"]]
    assert len(elsewhere) <= 1
    assert maps.result.log10_bayes_factor > 3


def test_one_map_is_called_one():
    maps = persona_maps(log_of(walks(np.random.default_rng(3), customers=300)))
    found = personas_finding(maps)
    assert found.title == "One map will do: A and B cannot be told apart"
    assert not found.table["differs"].any() and found.believed
    assert maps.result.log10_bayes_factor < 0


def test_intervals_of_differences_hold_when_customers_have_habits():
    rng, hits = np.random.default_rng(4), []
    for _ in range(60):
        r = homogeneity(patterns(walks(rng, customers=120, own=2.0)), permutations=1, rng=1)
        sure = r.expected[0] >= 10
        hits += (np.abs(r.difference[0]) <= 1.645 * r.difference_error[0])[sure].tolist()
    assert 0.86 <= np.mean(hits) <= 0.95


def test_repeating_every_contact_of_customers_adds_no_evidence():
    one = patterns(walks(np.random.default_rng(5), shift=0.2))
    many = Patterns(one.counts * 50, one.units, one.row)
    a, b = (homogeneity(p, permutations=199, rng=1) for p in (one, many))
    assert a.p_value == b.p_value
    assert a.divergence == pytest.approx(b.divergence)
    assert a.difference_error == pytest.approx(b.difference_error)


def test_divergence_of_known_maps_is_recovered_on_average():
    rng, row = np.random.default_rng(6), np.array([0, 0, 0])
    p, q = np.array([0.5, 0.3, 0.2]), np.array([0.2, 0.3, 0.5])
    m = (p + q) / 2
    truth = (p @ np.log2(p / m) + q @ np.log2(q / m)) / 2
    found, covered = [], 0
    for i in range(80):
        cells = np.concatenate([rng.choice(3, 150, p=p), rng.choice(3, 150, p=q)])
        r = homogeneity(
            Patterns.of(np.arange(300), cells, np.ones(300), np.repeat([0, 1], 150), row), permutations=99, rng=i
        )
        found.append(r.divergence[0])
        covered += abs(r.divergence[0] - truth) <= 1.645 * r.divergence_error[0]
    assert np.mean(found) == pytest.approx(truth, rel=0.1)
    assert 0.8 <= covered / 80 <= 0.98


def test_the_deal_is_the_hypergeometric_one():
    """Four customers each, one transition each, nothing in common: Fisher's exact test says 2 in 70."""
    unit = np.arange(8)
    p = Patterns.of(
        unit, np.array([0, 0, 0, 0, 1, 1, 1, 1]), np.ones(8), np.array([0, 0, 0, 0, 1, 1, 1, 1]), np.array([0, 0])
    )
    r = homogeneity(p, permutations=4999, rng=1)
    assert r.p_value == pytest.approx(2 / 70, abs=4 * r.p_error)


def test_rows_in_another_order_change_nothing():
    table = walks(np.random.default_rng(7), shift=0.3)
    first, second = (
        personas_finding(persona_maps(log_of(t), permutations=199)).table
        for t in (table, table.sample(frac=1, random_state=1))
    )
    pd.testing.assert_frame_equal(first, second)


def test_large_personas_are_sampled_and_small_ones_marked():
    table = walks(np.random.default_rng(8), customers=330)
    keep = (table["who"] == "A") | table["customer_id"].isin([f"c{i}" for i in range(1, 40, 2)])
    maps = persona_maps(log_of(table[keep]), sample=80, permutations=199)
    assert 40 < maps.tested[0] < 120 < maps.customers[0] and maps.tested[1] == 20
    found = personas_finding(maps)
    assert "of them in the test" in found.text and "smallest persona (B) is 20" in found.warning


def test_three_personas_are_each_held_against_the_others():
    maps = persona_maps(log_of(walks(np.random.default_rng(9), customers=450, shift=0.6, personas=3)), permutations=199)
    assert personas_finding(maps).title.startswith("Three maps")
    table = transitions_finding(maps).table
    assert table.iloc[0]["persona"] == "B" and set(table["persona"]) == {"A", "B", "C"}


def test_conversion_is_counted_by_customer():
    walked = walks(np.random.default_rng(10), customers=600, shift=0.9)
    maps = persona_maps(log_of(walked, goal="Help"), permutations=99)
    found = conversion_finding(maps)
    table = found.table.set_index("persona")
    reached = walked[walked["touchpoint"] == "Help"].groupby("who")["customer_id"].nunique()
    assert table["converted"].to_dict() == reached.to_dict() and table["customers"].tolist() == [300, 300]
    assert table.loc["A", "difference_high"] < 0 < table.loc["B", "difference_low"]
    assert found.title.startswith("B reach Help more often")


def test_a_persona_that_changes_belongs_to_the_journey():
    table = walks(np.random.default_rng(11)).assign(session_id=lambda t: t["step"] // 2)
    table["who"] = np.where(table["session_id"] % 2, "A", "B")
    maps = persona_maps(log_of(table, per="session"), permutations=99)
    assert maps.unit == "journeys"


def test_what_cannot_be_compared_is_named():
    table = walks(np.random.default_rng(12))
    with pytest.raises(DataError, match="no personas"):
        persona_maps(read_log(ibis.memtable(table)))
    with pytest.raises(ParameterError, match="unknown persona 'Z'"):
        persona_maps(log_of(table), personas=["A", "Z"])
    with pytest.raises(ParameterError, match="alone"):
        persona_maps(log_of(table), personas=["A"])


@pytest.mark.parametrize("width", [7.0, 3.6])
def test_pictures_draw_what_their_tables_hold(width):
    maps = persona_maps(log_of(walks(np.random.default_rng(13), customers=200, shift=0.5)), permutations=199)
    found = personas_finding(maps)
    ax = found.plot(new_axes(width=width))
    assert [label.get_text().split("\n")[0] for label in ax.get_yticklabels()] == found.table["touchpoint"].tolist()
    drawn = np.concatenate([line.lines[0].get_xdata() for line in ax.containers])
    assert sorted(drawn) == pytest.approx(sorted(found.table["divergence"]))
    assert transitions_finding(maps).plot(new_axes(width=width)).containers
    assert len(conversion_finding(maps).plot(new_axes(width=width)).patches) == 2
