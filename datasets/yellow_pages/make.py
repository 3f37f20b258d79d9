"""Number the answers of the Yellow Pages survey.

    python datasets/yellow_pages/make.py customerSat.csv

reads the table customerSat of the R package bayesm 3.1-5 (columns q1 to q10) and writes surveys.csv beside this script.
"""

import sys
from pathlib import Path

import pandas as pd

NAMES = [
    "overall_satisfaction",
    "competitive_prices",
    "holding_price_increase",
    "appropriate_pricing_volume",
    "demonstrating_effectiveness",
    "reach_many_customers",
    "reach_of_advertising",
    "long_term_exposure",
    "distribution",
    "distribution_right_areas",
]


def answers(source: pd.DataFrame) -> pd.DataFrame:
    """The ten answers of each advertiser under the names the package documents, with a running number."""
    table = source.set_axis(NAMES, axis=1)
    table.insert(0, "response_id", [f"Y{n:04d}" for n in range(1, len(table) + 1)])
    return table


if __name__ == "__main__":
    answers(pd.read_csv(sys.argv[1])).to_csv(Path(__file__).parent / "surveys.csv", index=False, lineterminator="\n")
