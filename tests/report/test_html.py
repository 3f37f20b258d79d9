"""The report as a client meets it: one file, answer first, plain about what fails, safe with any text."""

from __future__ import annotations

import re
from dataclasses import replace

import pandas as pd
import pytest

import cxlab as cx
from cxlab.errors import ParameterError
from cxlab.finding import Check, Finding, Key
from cxlab.report import Brand, contrast, render
from cxlab.style import INK, MUTED, SAND
from tests.report.page import Page

NASTY = "<script>alert('x')</script> & \"Co\""


def draw(ax):
    ax.plot([0, 1], [0, 1])
    ax.set_xlabel("weeks")


@pytest.fixture
def value() -> Finding:
    return Finding(
        "value", "A new customer is worth €36", "Worth is €36.3 (90 % interval €33.1 to €39.9), n = 12. More follows.",
        pd.DataFrame({"segment": ["new", NASTY], "mean": [36.314, -4.0], "p_alive": [0.31, float("nan")]}),
        units={"mean": "money", "p_alive": "share"}, currency="EUR", draw=draw, caption="n = 12; source: orders",
        keys=[Key("€36.3", "worth of a new customer, 90 % €33.1 to €39.9")],
    )  # fmt: skip


@pytest.fixture
def spend() -> Finding:
    checks = [Check("correlation", False, 0.31, "< 0.2", "Model spend by frequency."), Check("q", True, 3.0, "> 1")]
    table = pd.DataFrame({"mean": [37.2]})
    return Finding("spend", "Spend is steady", "It is €37.2.", table, checks=checks, keys=[Key("€37.2", "an order")])


@pytest.fixture
def orders(tmp_path):
    path = tmp_path / "orders.csv"
    rows = ["a,2024-01-01,10", "b,2024-02-01,20", "c,2024-03-05,30", "d,<script>,5"]
    path.write_text("\n".join(["customer_id,timestamp,amount", *rows]) + "\n")
    return cx.load(str(path))


@pytest.fixture
def html(value, spend, orders) -> str:
    run = {
        "title": "Lifetime value",
        "study": "cltv",
        "seed": 7,
        "versions": {"pymc": "6.4"},
        "parameters": {"client": NASTY},
    }
    return render(
        {NASTY: [value, spend]}, answer=[value, spend], client=NASTY, currency="EUR", period="1 Jan – 5 Mar 2024",
        data=orders, run=run,
    )  # fmt: skip


def test_nothing_is_loaded_from_elsewhere_and_nothing_runs(html):
    page = Page(html)
    assert not {"script", "link", "iframe", "object", "a"} & {tag for tag, _ in page.tags}
    assert not re.search(r"https?:|//[a-z]|@import|url\(|\son\w+=", re.sub(r"base64,[\w+/=]+", "", html))
    assert all(i["src"].startswith("data:image/png;base64,") for i in page.all("img"))


def test_user_text_is_shown_and_never_run(html):
    assert "<script" not in html
    assert Page(html).text.count("<script>alert('x')</script>") >= 4  # title, header, heading, cell, parameter


def test_the_answer_comes_first(html):
    page = Page(html)
    assert [tag for tag, _ in page.tags].count("h1") == 1 and page.all("html")[0]["lang"] == "en"
    places = [
        page.text.index(part)
        for part in ("1 Jan – 5 Mar 2024", "Worth is €36.3", "worth of a new customer", "n = 12; source")
    ]
    assert places == sorted(places)
    assert page.text.index("More follows") > places[-1]
    assert "<strong>€36.3</strong>" in html and '<span class="interval">(90\u00a0% interval' in html


def test_a_failed_check_stands_under_the_title_at_its_card_and_at_its_finding(html):
    page = Page(html)
    says = "correlation is 0.310, should be < 0.2. Model spend by frequency."
    assert page.text.count(says) == 2
    assert page.text.index(says) < page.text.index("Worth is €36.3")
    assert "an order (a check fails)" in page.text
    assert "It is €37.2." in page.text and "It is €37.2. Do not lean" not in page.text


def test_a_report_whose_only_answer_fails_says_so_before_any_number(spend):
    text = Page(render({}, answer=[spend])).text
    assert text.index("Do not lean on this.") < text.index("€37.2")
    assert "The answer in detail" in text


def test_numbers_stand_by_unit_and_to_the_right(html):
    page = Page(html)
    assert {"€36.31", "−€4.00", "31 %", "–"} <= set(re.findall(r'<td class="number">([^<]*)</td>', html))
    assert "Mean, EUR" in page.text and "P(alive)" in page.text
    assert all({"role", "aria-label", "tabindex"} <= set(a) for a in page.all("div") if a.get("class") == "scroll")


def test_a_picture_is_shown_once_and_says_the_finding_in_words(html):
    pictures = Page(html).all("img")
    assert [p["alt"] for p in pictures] == ["A new customer is worth €36"]


def test_the_data_is_accounted_for(html, orders):
    text = Page(html).text
    assert f"sha256 {orders.fingerprint}" in text
    cells = re.findall(r"<td[^>]*>([^<]*)</td>", html)
    assert "transactions|4|3|1" in "|".join(cells)
    assert f"{orders.reasons.reason[0]}|1|5|&lt;script&gt;" in "|".join(cells)
    assert "Seed7" in text and "pymc 6.4" in text


def test_a_long_table_is_cut_and_says_so():
    long = Finding("long", "Many rows", "There are 100 rows.", pd.DataFrame({"day": range(100)}))
    text = Page(render({"All": [long]}, answer=[long])).text
    assert "60 more rows" in text


def test_the_same_findings_give_the_same_bytes(value, spend, orders):
    first, again = (render({"A": [value]}, answer=[spend], data=orders) for _ in range(2))
    assert first == again


def test_made_data_is_named_as_made_in_the_header(value):
    simulated = cx.load("cdnow")
    simulated.card = replace(simulated.card, kind="simulated")
    text = Page(render({}, answer=[value], data=simulated)).text
    assert text.index("Data: simulated") < text.index("A new customer is worth €36 Worth")


def test_a_brand_replaces_blue_and_ink_when_it_can_be_read(value):
    html = render({}, answer=[value], brand=Brand("Harbour House", blue="#7A1F5C", ink="#1B1B3A"))
    assert "--ink: #1B1B3A; --blue: #7A1F5C;" in html and "Harbour House" in html
    for bad in ("#FFD200", "blue", "#1F6FB"):
        with pytest.raises(ParameterError, match="brand colour blue"):
            Brand(blue=bad)


def test_every_colour_of_text_can_be_read(html):
    colours = dict(re.findall(r"--([\w-]+):\s*(#\w{6})", html))
    assert {colours["ink"], colours["muted"], colours["sand"]} == {INK, MUTED, SAND}
    for text in ("ink", "muted", "blue", "warn"):
        for ground in ("#FFFFFF", colours["sand"], colours["warn-ground"]):
            assert contrast(colours[text], ground) >= 4.5, (text, ground)
