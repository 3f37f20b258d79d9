"""Simulate the clothing boutique anew: the tables, datapackage.json and card of this folder.

python datasets/clothing_boutique/make.py [FOLDER]
"""

import sys
from pathlib import Path

from cxlab.data.simulate import simulate


def world():
    """The business as it ships, with its truth."""
    return simulate("clothing_boutique", customers=3000, seed=1)


if __name__ == "__main__":
    print(world().write(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent))
