"""Simulate the coffee shop anew: the tables, datapackage.json and card of this folder.

python datasets/coffee_shop/make.py [FOLDER]
"""

import sys
from dataclasses import replace
from pathlib import Path

from cxlab.data.simulate import simulate


def world():
    """The business as it ships, with its truth: what customers say, buy and choose, what is tried on them and what
    could be done, without their journeys."""
    made = simulate("coffee_shop", customers=1500, seed=1, duplicates=0, decisions=True)
    shipped = ("customers", "transactions", "surveys", "feedback", "choices", "trials", "initiatives")
    return replace(made, tables={name: made.tables[name] for name in shipped})


if __name__ == "__main__":
    print(world().write(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent))
