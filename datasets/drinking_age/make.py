"""Put the deaths by age on either side of the drinking age.

    python datasets/drinking_age/make.py drinking.csv

reads the file of CausalPy 0.9.0 (causalpy/data) and writes trials.csv beside this script.
"""

import sys
from pathlib import Path

import pandas as pd

#: years at which drinking is allowed
ALLOWED = 21


def trials(source: pd.DataFrame) -> pd.DataFrame:
    """A row a month of age; fitted values of the source are left out."""
    return pd.DataFrame({
        "unit_id": range(1, len(source) + 1),
        "arm": (source["agecell"] >= ALLOWED).map({True: "21 and over", False: "control"}),
        "outcome": source["all"],
        "age": source["agecell"],
        "motor_vehicle": source["mva"],
        "alcohol": source["alcohol"],
        "internal": source["internal"],
        "external": source["external"],
    })  # fmt: skip


if __name__ == "__main__":
    trials(pd.read_csv(sys.argv[1])).to_csv(Path(__file__).parent / "trials.csv", index=False, lineterminator="\n")
