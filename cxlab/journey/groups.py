"""Customers dealt into groups as if by lot, the same way on every engine and in every run."""

from __future__ import annotations

import ibis

_DIGITS = "0123456789abcdef"
#: groups that `customer_group` deals into
GROUPS = 256


def customer_group(customer: ibis.expr.types.Column, *, salt: str = "") -> ibis.expr.types.IntegerColumn:
    """Group 0 … 255 of each customer, by the first two digits of the MD5 hash of the id.

    Parameters
    ----------
    customer : column of ids
    salt : put before the id, for another deal that has nothing to do with the first

    >>> t = ibis.memtable({"customer_id": ["a", "b", "a"]})
    >>> t.select(group=customer_group(t.customer_id)).execute()["group"].tolist()
    [12, 146, 12]
    """
    digest = (ibis.literal(salt) + customer.cast("string")).hexdigest("md5")
    digits = ibis.literal(_DIGITS)
    return (digits.find(digest.substr(0, 1)) * 16 + digits.find(digest.substr(1, 1))).cast("int64")
