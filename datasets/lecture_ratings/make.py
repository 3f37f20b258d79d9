"""Give the lecture ratings of ETH Zürich a number each.

    python datasets/lecture_ratings/make.py InstEval.csv

reads the table InstEval of the R package lme4 (columns s, d, studage, lectage, service, dept, y, renamed student,
lecturer, …, rating) and writes surveys.csv.gz beside this script.
"""

import gzip
import sys
from pathlib import Path

import pandas as pd

NAMES = {"s": "student", "d": "lecturer", "y": "rating", "dept": "department"}


def answers(source: pd.DataFrame) -> pd.DataFrame:
    """One row a rating, numbered in the order of the source."""
    table = source.rename(columns=NAMES)
    table.insert(0, "response_id", range(1, len(table) + 1))
    return table


if __name__ == "__main__":
    table = answers(pd.read_csv(sys.argv[1]))
    with gzip.GzipFile(Path(__file__).parent / "surveys.csv.gz", "wb", mtime=0) as file:
        file.write(table.to_csv(index=False, lineterminator="\n").encode())
