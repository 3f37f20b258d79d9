"""Simulate the boutique hotel anew: the tables, datapackage.json and card of this folder.

python datasets/boutique_hotel/make.py [FOLDER]
"""

import sys
from dataclasses import replace
from pathlib import Path

from cxlab.data.simulate import simulate


def world():
    """The business as it ships, with its truth: journeys, bookings, answers, texts, a trial in time, and what could be
    done, without the records of its systems."""
    made = simulate("boutique_hotel", customers=3000, seed=1, duplicates=0, experience=True, decisions=True)
    return replace(made, tables={name: table for name, table in made.tables.items() if name != "records"})


if __name__ == "__main__":
    print(world().write(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent))
