"""Small businesses with known truth: customers, journeys, purchases, contracts and records, all of them simulated.

>>> from cxlab.data.simulate import simulate
>>> world = simulate("clothing_boutique", customers=200, seed=1)
>>> sorted(world.tables)
['customers', 'records', 'touchpoints', 'transactions']
>>> world.truth.what_if({"Checkout": {"drop_off": 0.5}}).loc["conversion"].round(3).to_dict()
{'before': 0.411, 'after': 0.446, 'difference': 0.035}

A coffee shop also asks its customers how they feel, and they buy accordingly:

>>> cafe = simulate("coffee_shop", customers=200, seed=1)
>>> cafe.truth.experience.drivers["weight"].to_dict()
{'ease': 0.12, 'efficiency': 0.22, 'personalisation': 0.08, 'empathy': 0.26, 'consistency': 0.12}
>>> none = simulate("coffee_shop", customers=200, seed=1, change={"satisfaction": {"effect": 0}})
>>> float(none.truth.experience.effects.loc["money", "difference"])
0.0

What customers would choose, what trials did and which initiatives pay, on request:

>>> cafe = simulate("coffee_shop", customers=200, seed=1, decisions=True)
>>> sorted(set(cafe.tables) - set(none.tables))
['choices', 'initiatives', 'trials']
>>> bool(cafe.truth.decisions.choices.change("Own roastery", known_by_name=1)["Own roastery"] > 0.4)
True
"""

from __future__ import annotations

from cxlab.data.simulate.business import Business, Contract, Effects, Segment, Touchpoint
from cxlab.data.simulate.decisions import Attribute, Comparison, Conjoint, Decisions, Option, WeeklyPanel
from cxlab.data.simulate.experience import Component, Experience, Loyalty, Question, Texts
from cxlab.data.simulate.presets import PRESETS
from cxlab.data.simulate.records import Faults
from cxlab.data.simulate.truth import Truth
from cxlab.data.simulate.world import Simulated, simulate

__all__ = [
    "PRESETS",
    "Attribute",
    "Business",
    "Comparison",
    "Component",
    "Conjoint",
    "Contract",
    "Decisions",
    "Effects",
    "Experience",
    "Faults",
    "Loyalty",
    "Option",
    "Question",
    "Segment",
    "Simulated",
    "Texts",
    "Touchpoint",
    "Truth",
    "WeeklyPanel",
    "simulate",
]
