"""A report that leaves out what a client must know is not built, and the message names every fault."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from cxlab.errors import DataError
from cxlab.finding import Finding, Key
from cxlab.report.gate import check, facts_of, faults


def changed(report, **facts):
    """The report with the first finding's figure changed."""
    first, *rest = report.findings
    return replace(report, findings=(replace(first, figure=replace(first.figure, **facts)), *rest))


def test_a_whole_report_passes(make):
    report = make()
    assert check(report) is report


@pytest.mark.parametrize("fact", ["n", "interval", "unit", "period", "source"])
@pytest.mark.parametrize("empty", ["", "  ", "–", "n/a"])
def test_a_figure_that_lacks_a_fact_stops_the_build_with_its_name(make, fact, empty):
    with pytest.raises(DataError, match=f"figure experience.rival_gaps has no {fact}"):
        check(changed(make(), **{fact: empty}))


def test_options_and_roadmap_are_figures_too(make):
    report = make()
    report = replace(report, options=replace(report.options, unit=""), roadmap=replace(report.roadmap, source=""))
    with pytest.raises(DataError) as problem:
        check(report)
    assert "differentiation.returns has no unit" in str(problem.value)
    assert "roadmap.plan has no source" in str(problem.value)


def test_all_faults_stand_in_one_message(make):
    report = make()
    bad = replace(
        changed(report, n="", period=""), findings=changed(report, n="", period="").findings[:2], answer=(),
        change_our_mind=("",), worth=replace(report.worth, low=report.worth.high, p_loss=1.4), options=None,
        milestones=report.milestones.drop(columns="stop"), risks=report.risks.iloc[:0], currency="",
    )  # fmt: skip
    said = "\n".join(faults(bad))
    for fault in ("has no n, period", "2 findings, not 3 to 5", "answer is empty", "change our mind is empty",
                  "outside its interval", "P(loss) of the answer is 1.4", "options are missing", "no column stop",
                  "table of risks is empty", "currency"):  # fmt: skip
        assert fault in said, fault


def test_more_than_five_findings_are_too_many(make):
    report = make()
    with pytest.raises(DataError, match="6 findings, not 3 to 5"):
        check(replace(report, findings=report.findings * 2))


def test_a_finding_that_is_told_has_a_sentence_a_so_what_and_an_interval(make):
    report = changed(make(), interval="none: nobody asked")
    report = replace(report, findings=(replace(report.findings[0], sentence="", so_what=" "), *report.findings[1:]))
    said = "\n".join(faults(report))
    assert "has no sentence" in said and "has no so-what" in said and "has no interval: what is told" in said


def test_options_without_roi_are_named(make):
    report = make()
    table = report.options.finding.table.drop(columns=["roi", "roi_low", "roi_high"])
    units = {c: u for c, u in report.options.finding.units.items() if c in table}
    finding = replace(report.options.finding, table=table, units=units, monte_carlo_error=None)
    with pytest.raises(DataError, match="have no ROI"):
        check(replace(report, options=replace(report.options, finding=finding)))


def test_a_picture_that_was_not_recorded_or_is_none_is_named(make, tmp_path):
    with pytest.raises(DataError, match="gone.png was not recorded"):
        check(changed(make(), picture=tmp_path / "gone.png"))
    (tmp_path / "page.png").write_text("<svg/>")
    with pytest.raises(DataError, match="page.png is not a PNG"):
        check(changed(make(), picture=tmp_path / "page.png"))


def test_a_milestone_without_owner_is_named_with_its_row(make):
    report = make()
    milestones = report.milestones.assign(owner=["shift lead", " "])
    with pytest.raises(DataError, match="owner is empty in row 2"):
        check(replace(report, milestones=milestones))


def test_simulated_data_must_be_said_and_marked(make):
    assert any("no sentence says what is simulated" in fault for fault in faults(make(simulated="")))
    assert any("rival_gaps is not marked as simulated" in fault for fault in faults(changed(make(), simulated=False)))


def test_a_card_must_come_from_a_figure(make):
    with pytest.raises(DataError, match=r"card '€1m' \(a dream\) comes from no figure"):
        check(make(cards=(Key("€1m", "a dream"),)))


def test_facts_are_read_where_a_finding_states_them():
    table = pd.DataFrame({"stay": ["a"], "rate": [0.4], "rate_low": [0.3], "rate_high": [0.5]})
    finding = Finding(
        "x.y",
        "T",
        "It is 40 %.",
        table,
        units={"rate": "share"},
        caption="n = 2,310 stays of guests, 1 Jan 2024 – 31 Dec 2024; 95 % intervals. Source: desk.",
    )
    assert facts_of(finding) == {
        "n": "2,310 stays of guests", "interval": "95 %", "unit": "share in % (rate)",
        "period": "1 Jan 2024 – 31 Dec 2024", "source": "desk",
    }  # fmt: skip
    bare = facts_of(Finding("x.y", "T", "It is.", pd.DataFrame()), period="2024")
    assert bare == {"n": "", "interval": "", "unit": "", "period": "2024", "source": ""}


def test_money_stands_under_what_people_would_pay_and_another_column_where_it_is_named():
    from cxlab.differentiation.choice.willingness import willingness_to_pay
    from tests.differentiation.market.markets import WORTHS, choices, part_worths

    finding = willingness_to_pay(part_worths(choices(), **WORTHS), currency="EUR")
    assert facts_of(finding)["unit"] == "EUR (median)"
    assert facts_of(finding, main="share_above")["unit"] == "share in % (share above)"
