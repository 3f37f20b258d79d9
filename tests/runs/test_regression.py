"""What counts as moved: Monte-Carlo error of both runs for sampled numbers, equality for everything else."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxlab.cli import main
from cxlab.errors import DataError
from cxlab.runs.compare import compare
from cxlab.runs.regression import differences, masked

OLD = {
    "name": "f",
    "title": "Half come back",
    "text": "Half of 10 come back.",
    "currency": "EUR",
    "units": {"mean": "money"},
    "table": [{"segment": "new", "mean": 10.0, "n": 5}, {"segment": "loyal", "mean": 20.0, "n": 7}],
    "monte_carlo_error": [{"mean": 0.3}, {"mean": 0.4}],
    "checks": [{"name": "R̂", "passed": True, "value": 1.002, "limit": "< 1.01"}],
}


def changed(**parts) -> dict:
    return json.loads(json.dumps(OLD)) | parts


def rows(*pairs) -> list[dict]:
    return [{"segment": segment, "mean": mean, "n": n} for segment, mean, n in pairs]


@pytest.mark.parametrize(
    "new",
    [
        changed(table=rows(("new", 11.6, 5), ("loyal", 20, 7))),  # 4 √2 0.3 = 1.70
        changed(table=rows(("loyal", 20.0, 7), ("new", 10.0, 5)), monte_carlo_error=[{"mean": 0.4}, {"mean": 0.3}]),
        changed(text="Half of 11 come back."),
        changed(checks=[{"name": "R̂", "passed": True, "value": 1.004, "limit": "< 1.01"}]),
        changed(table=rows(("new", 10.0, 5), ("loyal", 20.0, 7 * (1 + 1e-8)))),
    ],
)
def test_chance_and_order_of_rows_are_no_change(new):
    assert differences(OLD, new) == []


@pytest.mark.parametrize(
    ("new", "says"),
    [
        (changed(table=rows(("new", 11.8, 5), ("loyal", 20, 7))), "row new, column mean: 10 → 11.8 (moved 1.8, al"),
        (changed(table=rows(("new", 10, 5), ("loyal", 20, 8))), "row loyal, column n: 7 → 8"),
        (changed(table=rows(("new", None, 5), ("loyal", 20, 7))), "row new, column mean: 10 → nothing"),
        (changed(table=rows(("new", "inf", 5), ("loyal", 20, 7))), "row new, column mean: 10 → inf"),
        (changed(table=rows(("new", 10, 5))), "row loyal: there → nothing"),
        (changed(table=rows(("new", 10, 5), ("loyal", 20, 7), ("lost", 1, 1))), "row lost: nothing → there"),
        (changed(text="Half of 10 stay away."), "f, text"),
        (changed(title="Most come back"), "f, title"),
        (changed(units={"mean": "share"}), "f, units"),
        (changed(currency="USD"), "f, currency"),
        (changed(checks=[]), "check R̂: holds (1.002, should be < 1.01) → nothing"),
        (changed(checks=[{"name": "R̂", "passed": False, "value": 1.3, "limit": "< 1.01"}]), "→ fails (1.3"),
    ],
)  # fmt: skip
def test_a_real_change_is_named(new, says):
    found = differences(OLD, new)
    assert len(found) == 1 and says in str(found[0])


def test_a_column_that_is_gone_is_named_once():
    new = changed(table=[{"segment": "new", "n": 5}, {"segment": "loyal", "n": 7}], monte_carlo_error=None)
    assert [str(d) for d in differences(OLD, new)] == ["f, column mean: there → nothing"]


def test_text_without_a_table_is_compared_to_the_letter():
    old = changed(table=[], monte_carlo_error=None)
    assert len(differences(old, old | {"text": "Half of 11 come back."})) == 1


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e3), st.floats(1e-3, 1e3), st.floats(0, 8))
def test_the_limit_is_four_errors_of_the_difference_either_way(value, error_old, error_new, errors):
    old = {"name": "f", "table": [{"x": value}], "monte_carlo_error": [{"x": error_old}]}
    size = (error_old**2 + error_new**2) ** 0.5
    new = {"name": "f", "table": [{"x": value + errors * size}], "monte_carlo_error": [{"x": error_new}]}
    allowed = max(4 * size, 1e-6 * max(abs(value), abs(value + errors * size)))
    moved = abs(errors * size) > allowed * (1 + 1e-9)
    if abs(errors * size - allowed) > 1e-6 * allowed:
        assert bool(differences(old, new)) == bool(differences(new, old)) == moved


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("worth €36.3 (90 % interval €33.1 to €39.9)", "worth €4.1k (90 % interval −€2 to €1.2m)"),
        ("P < 0.001 for n = 12", "P = 0.04 for n = 1,234"),
        ("mean   1.5\n  10.25", "mean 10.5\n1.25"),
        ("SEK 2.35m", "SEK 17"),
    ],
)
def test_numbers_and_their_width_are_hidden(one, other):
    assert masked(one) == masked(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("12 weeks", "12 months"), ("27 %", "27"), ("BG2 wins", "BG3 wins"), ("€36", "36"), ("up 3", "down 3")],
)
def test_words_units_and_names_are_not_hidden(one, other):
    assert masked(one) != masked(other)


def test_compare_tells_what_moved_and_exits_1(tmp_path, capsys):
    for name, findings in {"a": [OLD], "b": [changed(text="Half of 10 stay.")], "c": [OLD, changed(name="g")]}.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "findings.json").write_text(json.dumps(findings))
    a, b, c = (str(tmp_path / name) for name in "abc")
    assert main(["compare", a, str(tmp_path / "a" / "findings.json")]) == 0
    assert "Nothing moved" in capsys.readouterr().out
    assert main(["compare", a, b]) == 1
    assert "come back" in capsys.readouterr().out
    assert main(["compare", a, c]) == 1
    assert [str(d) for d in compare(a, c)] == ["g, finding: nothing → there"]
    capsys.readouterr()
    assert main(["compare", a, str(tmp_path / "nowhere")]) == 2
    assert "nowhere" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["", "{}", "[1]", "no json"])
def test_a_file_that_holds_no_findings_is_refused(tmp_path, text):
    (tmp_path / "findings.json").write_text(text)
    with pytest.raises(DataError, match="findings.json"):
        compare(tmp_path, tmp_path)
