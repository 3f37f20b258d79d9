"""Give every brand at each purchase of orange juice a row of its own.

    python datasets/orange_juice/make.py OJ.csv

reads the file of ISLP 0.6.0 (ISLP/data) and writes choices.csv.gz beside this script.
"""

import gzip
import sys
from pathlib import Path

import pandas as pd

BRANDS = {"CH": "Citrus Hill", "MM": "Minute Maid"}


def choices(source: pd.DataFrame) -> pd.DataFrame:
    """A row a brand and purchase. What follows from other columns (differences, percentages) is left out,
    and so are week and shop, which no brand differs in."""
    parts = []
    for short, brand in BRANDS.items():
        loyal = source["LoyalCH"] if short == "CH" else 1 - source["LoyalCH"]
        parts.append(pd.DataFrame({
            "respondent_id": range(1, len(source) + 1),
            "task": 1,
            "alternative": brand,
            "chosen": (source["Purchase"] == short).astype(int),
            "price": source[f"SalePrice{short}"].round(2),
            "discount": source[f"Disc{short}"].round(2),
            "special": source[f"Special{short}"],
            "loyalty": loyal.round(6),
        }))  # fmt: skip
    return pd.concat(parts).sort_values(["respondent_id", "alternative"], kind="stable")


if __name__ == "__main__":
    text = choices(pd.read_csv(sys.argv[1])).to_csv(index=False, lineterminator="\n").encode()
    (Path(__file__).parent / "choices.csv.gz").write_bytes(gzip.compress(text, 9, mtime=0))
