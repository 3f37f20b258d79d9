"""A log small enough to follow by hand: the four customers that the examples of this room use."""

from __future__ import annotations

import ibis
import pandas as pd

from cxlab.journey.log import Log, read_log

_STAGES = {"Search": "Awareness", "Website": "Consideration", "Checkout": "Purchase", "Help desk": "Service"}
_JOURNEYS = {
    "ada": ["Search", "Website", "Checkout"],
    "ben": ["Search", "Website", "Website"],
    "cem": ["Search", "Website", "Help desk", "Checkout", "Help desk"],
    "dia": ["Search", "Website"],
}


def small_log(**options) -> Log:
    """Four customers, a contact a day; two of them reach the checkout.

    >>> log = small_log()
    >>> log.n_customers, log.n_contacts, log.goal_name
    (4, 13, 'Purchase')
    """
    rows = [
        {"customer_id": customer, "timestamp": pd.Timestamp(2026, 1, day), "touchpoint": touchpoint}
        for customer, journey in _JOURNEYS.items()
        for day, touchpoint in enumerate(journey, start=1)
    ]
    return read_log(ibis.memtable(pd.DataFrame(rows)), **{"stages": _STAGES} | options)
