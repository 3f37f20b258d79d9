"""Give the rated review snippets the columns of a table of texts.

    python datasets/review_snippets/make.py snippets.csv

reads id, mean rating, standard deviation, the 20 ratings and the text, joined on id from the files amazonReviewSnippets
of vaderSentiment 3.3.2 (additional_resources/hutto_ICWSM_2014.tar.gz), and writes feedback.csv.gz beside this script.
"""

import gzip
import sys
from pathlib import Path

import pandas as pd


def snippets(source: pd.DataFrame) -> pd.DataFrame:
    """One row a snippet; the number before the line is the review it stands in."""
    return pd.DataFrame(
        {
            "feedback_id": source["id"],
            "text": source["text"],
            "rating": source["mean_sentiment"],
            "rating_sd": source["sd"],
            "ratings": source["ratings"],
            "review": source["id"].str.partition("_")[0].astype(int),
        }
    )


if __name__ == "__main__":
    table = snippets(pd.read_csv(sys.argv[1], keep_default_na=False))
    with gzip.GzipFile(Path(__file__).parent / "feedback.csv.gz", "wb", mtime=0) as file:
        file.write(table.to_csv(index=False, lineterminator="\n").encode())
