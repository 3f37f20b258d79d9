"""Published logits: the yogurt panel and train trips, with their money in euros."""

from __future__ import annotations

import pytest

import cxlab as cx
from cxlab.differentiation.choice.logit import fit_logit, multinomial_logit
from cxlab.differentiation.choice.tasks import read_choices

GUILDERS = 2.20371  # to the euro


def test_yogurt_as_published():
    """Jain, Vilcassim & Chintagunta (1994) data; estimates as in the documentation of R package logitr."""
    asked = cx.load("yogurt").choices
    price, feature = (next(c for c in asked.columns if c.startswith(name)) for name in ("price", "feat"))
    choices = read_choices(asked, price=price, attributes=[price, feature], constants=("hiland", "weight", "yoplait"))
    fitted = fit_logit(choices)
    worth = multinomial_logit(fitted).table.set_index("column")["worth"]
    assert fitted.log_likelihood == pytest.approx(-2656.888, abs=0.001)
    assert worth[feature] == pytest.approx(1.3407, abs=0.0002)
    assert worth["alternative: hiland"] == pytest.approx(-10.136, abs=0.001)
    assert worth["alternative: weight"] == pytest.approx(-1.749, abs=0.001)
    assert worth["alternative: yoplait"] == pytest.approx(2.004, abs=0.001)


def test_train_trips_in_euros_and_with_the_published_error():
    """Ben-Akiva, Bolduc & Bradley (1993) data, prices in cents of guilders.

    The published figures multiply guilders by the rate instead of dividing by it: everything is 4.86 times too dear.
    """
    asked = cx.load("train_trips").choices
    asked = asked.mutate(price=asked.price_guilder_cents / 100 / GUILDERS, hours=asked.time_minutes / 60)
    fitted = fit_logit(read_choices(asked, price="price", attributes=["price", "hours", "changes", "comfort"]))
    assert fitted.log_likelihood == pytest.approx(-1724.15, abs=0.005)
    euros = -multinomial_logit(fitted).table.set_index("column")["worth"]
    assert euros["hours"] == pytest.approx(5.26, abs=0.005)
    assert euros["changes"] == pytest.approx(1.00, abs=0.005)
    assert euros["comfort"] == pytest.approx(2.89, abs=0.005)
    wrong = euros * GUILDERS**2
    assert wrong[["hours", "changes", "comfort"]].tolist() == pytest.approx([25.543, 4.845, 14.040], abs=0.001)
