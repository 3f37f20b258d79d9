"""Small businesses with known truth: customers, journeys, purchases, contracts and records, all of them simulated.

>>> from cxlab.data.simulate import simulate
>>> world = simulate("clothing_boutique", customers=200, seed=1)
>>> sorted(world.tables)
['customers', 'records', 'touchpoints', 'transactions']
>>> world.truth.what_if({"Checkout": {"drop_off": 0.5}}).loc["conversion"].round(3).to_dict()
{'before': 0.411, 'after': 0.446, 'difference': 0.035}
"""

from __future__ import annotations

from cxlab.data.simulate.business import Business, Contract, Effects, Segment, Touchpoint
from cxlab.data.simulate.presets import PRESETS
from cxlab.data.simulate.truth import Truth
from cxlab.data.simulate.world import Simulated, simulate

__all__ = [
    "PRESETS",
    "Business",
    "Contract",
    "Effects",
    "Segment",
    "Simulated",
    "Touchpoint",
    "Truth",
    "simulate",
]
