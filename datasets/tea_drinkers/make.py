"""Give the tea drinkers numbers and the columns plain names.

    python datasets/tea_drinkers/make.py tea.csv

reads the table tea of the R package FactoMineR 2.7 and writes customers.csv beside this script.
"""

import sys
from pathlib import Path

import pandas as pd

NAMES = {
    "Tea": "kind_of_tea",
    "How": "with",
    "how": "form",
    "where": "shop",
    "price": "price_of_tea",
    "SPC": "occupation",
    "Sport": "sport",
    "age_Q": "age_group",
    "tea.time": "tea_time",
    "resto": "restaurant",
}


def drinkers(source: pd.DataFrame) -> pd.DataFrame:
    """The answers with a running number, every column named; yes/no answers as 1 and 0."""
    table = source.rename(columns=NAMES)
    table.columns = [c.replace(".", "_") for c in table.columns]
    for column in table.columns:
        levels = sorted(table[column].astype(str).unique(), key=lambda level: level.lower().startswith(("not.", "no.")))
        if len(levels) == 2 and levels[1].lower().startswith(("not.", "no.")):
            table[column] = (table[column] == levels[0]).astype(int)
    table.insert(0, "customer_id", [f"T{n:03d}" for n in range(1, len(table) + 1)])
    return table


if __name__ == "__main__":
    source = pd.read_csv(sys.argv[1], keep_default_na=False)
    drinkers(source).to_csv(Path(__file__).parent / "customers.csv", index=False, lineterminator="\n")
