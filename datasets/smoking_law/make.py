"""Give every state and year of the cigarette sales a row of its own.

    python datasets/smoking_law/make.py california_prop99.csv

reads the file of CausalPy 0.9.0 (causalpy/data) and writes trials.csv.gz beside this script.
"""

import gzip
import sys
from pathlib import Path

import pandas as pd

#: the first year in which the law was in force, as the literature counts
FROM = 1989


def trials(source: pd.DataFrame) -> pd.DataFrame:
    """A row a state and year; California alone is treated."""
    table = source.melt(id_vars="Year", var_name="unit_id", value_name="outcome")
    treated = table["unit_id"] == "California"
    table = table.assign(
        timestamp=table["Year"],
        arm=treated.map({True: "Proposition 99", False: "control"}),
        treated_from=pd.Series(FROM, table.index, dtype="Int64").where(treated),
        outcome=table["outcome"].round(4),
    )
    return table[["unit_id", "timestamp", "arm", "outcome", "treated_from"]]


if __name__ == "__main__":
    text = trials(pd.read_csv(sys.argv[1])).to_csv(index=False, lineterminator="\n").encode()
    (Path(__file__).parent / "trials.csv.gz").write_bytes(gzip.compress(text, 9, mtime=0))
