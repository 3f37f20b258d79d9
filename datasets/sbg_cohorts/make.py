"""Expand the published retention table of two subscription segments into one contract a row.

Fader & Hardie (2007), Table 1, prints the share of customers who are still active after each yearly renewal, to a
tenth of a per cent; on 1,000 customers a segment these are whole numbers of customers. The dates are nominal: every
contract starts on the same day, and only the number of whole years between `start` and `end` is data.

    python datasets/sbg_cohorts/make.py > datasets/sbg_cohorts/subscriptions.csv
"""

import sys

CUSTOMERS = 1_000
START = 2000
#: per cent of the customers still active after renewal 1, 2, … 7
STILL_ACTIVE = {
    "high-end": (86.9, 74.3, 65.3, 59.3, 55.1, 51.7, 49.1),
    "regular": (63.1, 46.8, 38.2, 32.6, 28.9, 26.2, 24.1),
}


def lines():
    """The file, line by line: customers of a plan in order of leaving, those who stay last."""
    yield "customer_id,start,end,plan"
    customer = 0
    for plan, shares in STILL_ACTIVE.items():
        active = [CUSTOMERS, *(round(share * CUSTOMERS / 100) for share in shares)]
        for year, (before, after) in enumerate(zip(active, active[1:], strict=False), start=1):
            for _ in range(before - after):
                customer += 1
                yield f"{customer},{START}-01-01,{START + year}-01-01,{plan}"
        for _ in range(active[-1]):
            customer += 1
            yield f"{customer},{START}-01-01,,{plan}"


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8", newline="\n")
    print("\n".join(lines()))
