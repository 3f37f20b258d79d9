"""What each agreement and disagreement of two records is worth, in bits: the weights of Fellegi and Sunter."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cxlab.data.identity.fields import LABELS
from cxlab.errors import ModelError
from cxlab.finding import Finding
from cxlab.wording import count, number, share

if TYPE_CHECKING:
    from cxlab.data.identity.matched import Matched


def weights(matched: Matched) -> Finding:
    """What two records' likeness in each field says of whether they are one person.

    Returns
    -------
    Finding "data.identity_weights", a row a field and degree of likeness: field, agreement (words), m (share of pairs
    of one person that agree so), u (of pairs of two people), bits (log₂ m/u)

    Raises
    ------
    ModelError : no two records share anything, so that nothing was learnt.

    Notes
    -----
    Bits of all fields add up to the weight of a pair, from −log₂ of the odds that two records are one person at all.
    Rare names weigh more than the row says, common ones less.
    """
    from cxlab.data.identity.charts import draw_weights

    if not len(matched.fitted):
        raise ModelError("no two records share anything, so no weights were learnt.", expected="records of one person")
    rows = [dict(row) for row in matched.fitted]
    table = pd.DataFrame(rows)
    chance = float(table.pop("chance").iloc[0])
    table["bits"] = np.log2(table["m"] / table["u"])
    table["field"] = [LABELS[f] if f != "postcode" else "place" for f in table["field"]]
    table["agreement"] = [
        f"{f} differs" if a == "different" else a for f, a in zip(table["field"], table["agreement"], strict=True)
    ]
    start = float(np.log2(chance / (1 - chance)))
    best, worst = table.loc[table["bits"].idxmax()], table.loc[table["bits"].idxmin()]
    return Finding(
        name="data.identity_weights",
        title=f"{best['agreement'].capitalize()} is worth {number(best['bits'])} bits, "
        f"{worst['agreement']} {number(worst['bits'])}",
        text=f"Two records drawn at random start at {number(start)} bits: 1 of {count(1 / chance)} such pairs is one "
        f"person. {best['agreement'].capitalize()}, found in {share(best['m'])} of pairs of one person and "
        f"{share(best['u'])} of pairs of two, adds {number(best['bits'])}; where {worst['agreement']}, "
        f"{number(-worst['bits'])} are taken away.",
        table=table,
        units={"m": "share", "u": "share"},
        draw=lambda ax: draw_weights(ax, table, start=start),
        caption=f"Learnt without labels from {count(matched.learnt)} pairs that share an e-mail, a phone or a name; "
        "0 bits say nothing.",
    )
