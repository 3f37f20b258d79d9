"""Give the fine-food reviews the columns of a table of texts.

    python datasets/fine_foods/make.py reviews.csv

reads product, score, split and review, the two parts of small_fine_foods of the R package modeldata one after the
other, and writes feedback.csv.gz beside this script.
"""

import gzip
import sys
from pathlib import Path

import pandas as pd


def reviews(source: pd.DataFrame) -> pd.DataFrame:
    """One row a review, numbered; `great` is 1 where the source says so and 0 where it says other."""
    return pd.DataFrame(
        {
            "feedback_id": [f"R{n:04d}" for n in range(1, len(source) + 1)],
            "product": source["product"],
            "text": source["review"],
            "great": (source["score"] == "great").astype(int),
            "split": source["split"],
        }
    )


if __name__ == "__main__":
    table = reviews(pd.read_csv(sys.argv[1], keep_default_na=False))
    with gzip.GzipFile(Path(__file__).parent / "feedback.csv.gz", "wb", mtime=0) as file:
        file.write(table.to_csv(index=False, lineterminator="\n").encode())
