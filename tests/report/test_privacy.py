"""What tells of single persons does not leave, unless the case allows it; small groups are hidden for good."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxlab.errors import DataError, ParameterError
from cxlab.finding import Finding, Key
from cxlab.report.case import case_html
from cxlab.report.groups import small
from cxlab.report.privacy import protect
from cxlab.report.safe import cell, plain, sheet_name

GROUPS = pd.DataFrame(
    {"segment": ["loyal", "new", "lost", "rare"], "n": [400, 120, 30, 4], "rate": [0.61, 0.33, 0.12, 0.987],
     "rate_low": [0.5, 0.2, 0.05, 0.9], "rate_high": [0.7, 0.4, 0.2, 0.99]}
)  # fmt: skip


def told(report, finding, **facts):
    """The report whose first finding is another, without a recorded picture unless one is given."""
    first, *rest = report.findings
    figure = replace(first.figure, finding=finding, **({"picture": None} | facts))
    return replace(report, findings=(replace(first, figure=figure), *rest), cards=())


def finding(table, text="It is so.", **other):
    return Finding("guests.segments", "Guests differ", text, table, **other)


def test_a_report_of_large_groups_leaves_as_it_is(make, left):
    report = make()
    for before, after in zip(report.figures, left.figures, strict=True):
        pd.testing.assert_frame_equal(before.finding.table, after.finding.table)
        assert before.finding.text == after.finding.text and before.line == after.line
        assert not after.hidden and not after.withheld
    assert left.privacy.columns.empty and left.privacy.groups.empty and not left.privacy.texts
    assert (
        left.appendix.hashes == report.appendix.hashes and left.sources[0].fingerprint == report.sources[0].fingerprint
    )


def test_a_small_group_is_hidden_in_table_words_and_keys(make):
    text = "Loyal guests return most (n = 400). Of the rare ones (n = 4) 98.7 % return. Rare is 98.7 % again."
    keys = [Key("98.7 %", "of the rare return (n = 4)"), Key("61 %", "of the loyal return (n = 400)")]
    report = protect(told(make(), finding(GROUPS, text, units={"rate": "share"}, keys=keys)))
    figure = next(report.figures)
    assert figure.hidden == (3,)
    html = re.sub(r"base64,[\w+/=]+", "", case_html(report))
    assert "98.7" not in html and "0.987" not in html and "98.7" not in figure.finding.text
    assert "suppressed (n &lt; 10)" in html
    assert "Loyal guests return most" in figure.finding.text
    assert [key.value for key in figure.finding.keys] == ["61 %"]
    assert report.privacy.groups["finding"].tolist() == ["guests.segments"]


def test_a_warning_is_said_once_however_the_words_are_cut(make, failing):
    text = "Loyal guests return most (n = 400). Of the rare ones (n = 4) 98.7 % return."
    left = next(protect(told(make(), failing(finding(GROUPS, text)))).figures).finding
    assert left.text.count("Do not lean on this") == 1 and left.text.endswith(left.warning)


def test_numbers_that_are_no_persons_stay(make):
    said = "doi 10.1509/jmkg.68.1.109.24030; NPV 5,496,170; 2024-01-01; n = 23,570; 0.12345678; 1999 (2004 to 2011)."
    assert protect(make(method=(said,))).method == (said,)


def test_a_title_with_the_number_of_a_small_group_is_replaced(make):
    named = replace(finding(GROUPS), title="The rare return at 98.7 %")
    named = replace(named, table=GROUPS.assign(segment=["loyal", "new", "lost", "The rare"]))
    assert next(protect(told(make(), named)).figures).finding.title == "A group under 10 is not shown"


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (pd.concat([GROUPS, pd.DataFrame({"segment": ["All guests"], "n": [554], "rate": [0.5]})]), ""),
        (GROUPS, "n = 554 guests."),
        (GROUPS.assign(part=[0.7, 0.2, 0.05, 0.05]), ""),
    ],
)
def test_a_total_does_not_give_a_small_group_away(make, table, said):
    report = protect(told(make(), finding(table.reset_index(drop=True), caption=said)))
    figure = next(report.figures)
    assert set(figure.hidden) == {2, 3}
    assert figure.finding.table["n"].isna().tolist()[:4] == [False, False, True, True]
    assert report.privacy.groups["also_hidden"].tolist() == [1]


@given(st.lists(st.integers(0, 60), min_size=1, max_size=8), st.booleans(), st.integers(2, 12))
def test_what_is_hidden_with_a_total_is_no_smaller_than_the_limit(sizes, total, limit):
    names = [f"g{i}" for i in range(len(sizes))] + ["total"] * total
    table = pd.DataFrame({"group": names, "n": sizes + [sum(sizes)] * total})
    few, more = small(table, ["n"], limit=limit)
    hidden = [table["n"][i] for i in {*few, *more}]
    assert all(table["n"][i] == 0 or table["n"][i] >= limit or i in few for i in range(len(table)))
    groups = [i for i in {*few, *more} if names[i] != "total"]
    if total and groups and "total" not in [names[i] for i in few]:
        everything = all(i in groups or sizes[i] == 0 for i in range(len(sizes)))
        assert everything or (len(groups) >= 2 and sum(hidden) >= limit)


def test_each_place_has_its_own_total():
    table = pd.DataFrame({"site": ["a"] * 3 + ["b"] * 3, "group": ["x", "y", "all"] * 2, "n": [3, 40, 43, 50, 60, 110]})
    assert small(table, ["n"]) == ([0], [1])


def test_ids_do_not_leave_and_nothing_is_left_to_show(make):
    table = pd.DataFrame({"customer_id": ["C-000123", "C-000456"], "value": [3.0, 4.0]})
    with pytest.raises(DataError, match=r"nothing of figure guests\.segments may leave.*customer id") as problem:
        protect(told(make(), finding(table)))
    assert "allow" in problem.value.mend


def test_ids_leave_where_the_case_allows_it_and_as_numbers_where_it_says_so(make):
    table = pd.DataFrame({"customer_id": ["C-000123", "C-000456"], "value": [3.0, 4.0]})
    report = told(make(), finding(table, "C-000123 spends 3."), interval="90 %")
    open_ = protect(replace(report, allow=("customer_id",)))
    assert "C-000123" in case_html(open_) and "leaves" in open_.privacy.columns["done"].iloc[0]
    numbered = protect(replace(report, allow=("pseudonyms",)))
    html = case_html(numbered)
    assert "C-000123" not in html and "person 1" in html and "[customer] spends 3." in html


def test_names_addresses_and_texts_are_left_out_of_tables_and_sentences(make):
    said = "Nobody smiled at the desk all morning"
    quotes = [said, "Fine, thank you"]
    table = pd.DataFrame({"theme": ["desk", "room"], "email": ["ana@mail.example", ""], "quote": quotes})
    table["share"] = [0.4, 0.6]
    report = told(make(), finding(table, f"Most say “{said}”. Write to ana@mail.example or +49 30 901820."))
    report = replace(report, situation=(f"A guest wrote: {said}.",))
    left = protect(report)
    html = case_html(left)
    for secret in (said, "Fine, thank you", "ana@mail.example", "901820"):
        assert secret not in html, secret
    assert "words of a customer" in html and "desk" in html
    assert set(left.privacy.columns["column"]) == {"email", "quote"}
    assert protect(replace(report, allow=("quote", "quotes"))).situation == (f"A guest wrote: {said}.",)


def test_personas_and_options_keep_their_names(make):
    table = pd.DataFrame({"name": ["Regulars"], "rate": [0.5]})
    assert "name" in next(protect(told(make(), finding(table, units={"rate": "share"}))).figures).finding.table


def test_a_picture_of_a_table_that_was_cut_is_drawn_anew(make):
    report = make()
    recorded = report.findings[0].figure.picture
    cut = protect(told(report, finding(GROUPS, units={"rate": "share"}), picture=recorded))
    figure = next(cut.figures)
    assert figure.picture is None and any("picture" in why for why in figure.withheld)
    assert case_html(cut).count("data:image/png") == case_html(protect(report)).count("data:image/png")
    kept = protect(replace(told(report, finding(GROUPS), picture=recorded), allow=("pictures",)))
    assert next(kept.figures).picture == recorded


def test_whole_numbers_stay_whole_beside_hidden_ones(make):
    table = next(protect(told(make(), finding(GROUPS))).figures).finding.table
    assert str(table["n"].dtype) == "Int64" and table["n"].tolist()[:3] == [400, 120, 30]


def test_consent_is_counted_and_a_small_answer_is_not_shown(left):
    html = case_html(left)
    assert "812" in html
    assert "asked again</td><td" in html and ">7<" not in html and ">681<" not in html


def test_staff_names_in_parameters_are_counted(left):
    html = re.sub(r"base64,[\w+/=]+", "", case_html(left))
    assert "2 names" in html and "Ana" not in html


@pytest.mark.parametrize("allow", [("segments",), ("everything",)])
def test_what_a_case_may_allow_is_known(make, allow):
    with pytest.raises(ParameterError, match="unknown word in case.allow"):
        protect(make(allow=allow))


def test_a_limit_that_hides_nobody_is_refused(make):
    with pytest.raises(ParameterError, match="smallest group is 1"):
        protect(make(limit=1))


def test_nothing_is_written_of_a_report_that_was_not_gone_over(make):
    with pytest.raises(ValueError, match=r"privacy\.protect"):
        case_html(make())


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\u200e=1", "＝1", "\x00=cmd|' /C calc'!A0"]
)
def test_no_cell_begins_a_formula(text):
    assert cell(text).startswith("'")


@given(st.text(max_size=40))
def test_text_of_a_cell_is_never_a_formula_nor_control(text):
    said = cell(text)
    assert not said.lstrip("' ").startswith(("=", "+", "-", "@")) or said.startswith("'")
    assert not any(ord(c) < 32 or c in "\u202e\u200f" for c in said)
    assert plain(plain(text)) == plain(text)


@given(st.lists(st.text(max_size=60), max_size=12))
def test_sheet_names_are_such_as_excel_takes(wanted):
    taken: set[str] = set()
    names = [sheet_name(name, taken) for name in wanted]
    assert len({name.lower() for name in names}) == len(names)
    assert all(0 < len(name) <= 31 and not set(name) & set("[]:*?/\\'") for name in names)


@pytest.mark.parametrize("value", [3, -4.5, True, None])
def test_numbers_stay_numbers(value):
    assert cell(value) is value


def test_missing_sizes_of_groups_hide_nothing():
    table = pd.DataFrame({"g": ["a", "b"], "n": [np.nan, 40.0]})
    assert small(table, ["n"]) == ([], [])
