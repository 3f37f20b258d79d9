"""Pictures of a market: every row is named, on a page and on a phone, and marks stand where the table says."""

import pytest

from cxlab.differentiation.choice.attack_answers import answers_to_attack
from cxlab.differentiation.choice.best_response import best_price
from cxlab.differentiation.choice.offered import offered_and_chosen
from cxlab.differentiation.choice.price_attack import price_attack
from cxlab.differentiation.choice.shares import market_shares
from cxlab.differentiation.choice.willingness import willingness_to_pay
from cxlab.differentiation.choice.worth import worth_on_market
from cxlab.style import new_axes
from tests.differentiation.market.markets import choices, market


@pytest.fixture(scope="module")
def findings():
    of = market(spread=0.5, costs={"we": 2.0})
    return {
        "shares": market_shares(of), "attack": price_attack(of, rival="chain"), "answers": answers_to_attack(of),
        "price": best_price(of), "value": worth_on_market(of), "pay": willingness_to_pay(of.fitted, currency="EUR"),
        "offered": offered_and_chosen(choices()),
    }  # fmt: skip


@pytest.mark.parametrize("width", [7.0, 3.6])
@pytest.mark.parametrize("name", ["shares", "attack", "answers", "price", "value", "pay", "offered"])
def test_every_row_is_named_and_nothing_leaves_the_page(findings, name, width):
    ax = new_axes(width=width, height=4.2)
    assert findings[name].plot(ax) is ax
    ax.figure.draw_without_rendering()
    texts = [t for t in (*ax.texts, *ax.get_yticklabels()) if t.get_text()]
    rows = findings[name].table.iloc[:, 0] if name in ("shares", "answers", "value", "pay") else []
    for row in rows:
        assert any(t.get_text().rstrip("…") in row for t in ax.get_yticklabels())
    page = ax.figure.bbox
    for text in texts:
        box = text.get_window_extent()
        assert box.x0 >= page.x0 - 2 and box.x1 <= page.x1 + 2, text.get_text()
    assert ax.get_xlabel()


def test_marks_stand_where_the_table_says(findings):
    bars = findings["shares"].plot().containers[0]
    assert [bar.get_width() for bar in bars] == pytest.approx(findings["shares"].table["share"].tolist())
    medians = [line.get_xdata()[0] for line in findings["pay"].plot().lines if line.get_marker() == "D"]
    assert medians == pytest.approx(findings["pay"].table["median"].tolist())
    best = findings["price"].table.loc[findings["price"].table["note"] == "best", "price"].item()
    assert best in [line.get_xdata()[0] for line in findings["price"].plot().lines if line.get_marker() == "o"]
