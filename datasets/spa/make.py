"""Simulate the spa anew: the tables, datapackage.json and card of this folder.

python datasets/spa/make.py [FOLDER]
"""

import sys
from pathlib import Path

from cxlab.data.simulate import simulate


def world():
    """The business as it ships, with its truth: of 748 people with any contact, 400 became clients."""
    return simulate("spa", customers=748, seed=1)


if __name__ == "__main__":
    print(world().write(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent))
