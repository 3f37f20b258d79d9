"""Name the alternatives of the camera conjoint.

    python datasets/camera_conjoint/make.py camera.csv

reads the data camera of the R package bayesm 3.1-5 written as one table (respondent, task, alt, chosen, then the
columns of its design, alternative 5 being none) and writes choices.csv.gz beside this script.
"""

import gzip
import sys
from pathlib import Path

import pandas as pd

NAMES = {"respondent": "respondent_id", "alt": "alternative"}


def choices(source: pd.DataFrame) -> pd.DataFrame:
    """A row an alternative; the fifth of each task is called none."""
    table = source.rename(columns=NAMES)
    return table.assign(alternative=table["alternative"].astype(str).replace("5", "none"))


if __name__ == "__main__":
    text = choices(pd.read_csv(sys.argv[1])).to_csv(index=False, lineterminator="\n").encode()
    (Path(__file__).parent / "choices.csv.gz").write_bytes(gzip.compress(text, 9, mtime=0))
