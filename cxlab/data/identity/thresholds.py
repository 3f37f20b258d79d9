"""Where to put the threshold: precision and recall at each, and whether a stated probability holds what it says.

Every threshold judges the same comparisons anew, contradictions included, and is held against people whose records are
known. Pairs that a rule merges are merged at every threshold.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import ibis
import numpy as np
import pandas as pd

from cxlab.data.identity.accuracy import frame_of, pairs, ratio
from cxlab.data.identity.matched import person_table
from cxlab.errors import ParameterError
from cxlab.finding import Check, Finding
from cxlab.intervals import share_interval
from cxlab.wording import count, interval, share

if TYPE_CHECKING:
    from cxlab.data.identity.matched import Matched

THRESHOLDS = (0.05, 0.2, 0.5, 0.8, 0.9, 0.95, 0.99, 1.0)
BANDS = (0.01, 0.05, 0.2, 0.5, 0.8, 0.95, 0.99)
_FEWEST_PAIRS = 30


def thresholds(
    matched: Matched,
    truth: ibis.Table | pd.DataFrame,
    *,
    at: Sequence[float] = THRESHOLDS,
    level: float = 0.9,
) -> Finding:
    """Precision and recall of pairs at each threshold, against known people.

    Parameters
    ----------
    truth : record_id, person_id; records that are not in it are left out
    at : thresholds, none below what was compared (`review` of the matching); 1 merges by rules alone

    Returns
    -------
    Finding "data.identity_thresholds", a row a threshold: threshold, people, merged (pairs), wrong (pairs of two
    people among them), missed (pairs of one person not found), precision, precision_low, precision_high, recall,
    recall_low, recall_high (shares)

    Raises
    ------
    DataError : truth names none of the records, or lacks a column.
    ParameterError : a threshold below what was compared.
    """
    from cxlab.data.identity.charts import draw_thresholds

    at = sorted({float(t) for t in at if matched.review <= t <= 1})
    if not at:
        raise ParameterError(
            f"no threshold from {matched.review:g} to 1.", expected="thresholds among what was compared",
            mend="match(records, review=0.05)",
        )  # fmt: skip
    rows = []
    for threshold in at:
        own = matched.at(threshold)
        frame = frame_of(own, truth)
        sums = pairs(frame, "matching")
        right, called, true = (sums[c].to_numpy(float) for c in ("right", "called", "true"))
        row = {"threshold": threshold, "people": int(frame["matching"].nunique()), "merged": int(called.sum()),
               "wrong": int((called - right).sum()), "missed": int((true - right).sum())}  # fmt: skip
        for name, base in (("precision", called), ("recall", true)):
            found = ratio(right, base, level=level)
            row |= {name: found["value"], f"{name}_low": found["low"], f"{name}_high": found["high"]}
        rows.append(row)
    table = pd.DataFrame(rows)
    several = int(sums["true"].sum())

    def said(row) -> str:
        precision = interval(*(share(row[f"precision_{e}"], digits=1) for e in ("low", "high")), level=level)
        recall = interval(*(share(row[f"recall_{e}"], digits=1) for e in ("low", "high")), level=level)
        name = "By rules alone" if row["threshold"] == 1 else f"From a probability of {share(row['threshold'])}"
        return (
            f"{name} {count(row['wrong'])} of {count(row['merged'])} merged pairs are two people (precision "
            f"{share(row['precision'], digits=1)} {precision}), and {count(row['missed'])} pairs of one person are "
            f"missed (recall {share(row['recall'], digits=1)} {recall})."
        )

    first, last = table.iloc[0], table.iloc[-1]
    more = {"wrong": first["wrong"] - last["wrong"], "right": last["missed"] - first["missed"]}
    return Finding(
        name="data.identity_thresholds",
        title=f"A lower threshold finds {count(more['right'])} more pairs of one person, and merges "
        f"{count(more['wrong'])} more that are two",
        text=" ".join(said(table.iloc[i]) for i in dict.fromkeys((0, len(table) - 1))),
        table=table,
        units={"people": "count", "merged": "count", "wrong": "count", "missed": "count"}
        | dict.fromkeys([f"{m}{e}" for m in ("precision", "recall") for e in ("", "_low", "_high")], "share"),
        checks=[Check("pairs known to be one person", several >= _FEWEST_PAIRS, several, f"≥ {_FEWEST_PAIRS}",
                      "Too few to choose a threshold by: label more.")],
        draw=lambda ax: draw_thresholds(ax, table),
        caption=f"n = {count(len(frame))} records of {count(frame['truth'].nunique())} known people; {level * 100:g} % "
        "intervals.",
    )  # fmt: skip


def bands(
    matched: Matched, truth: ibis.Table | pd.DataFrame, *, edges: Sequence[float] = BANDS, level: float = 0.9
) -> Finding:
    """Whether a probability holds what it says, among pairs that no rule decides: who should look at which?

    Parameters
    ----------
    truth : record_id, person_id
    edges : probabilities between bands; those below what was compared are left out

    Returns
    -------
    Finding "data.identity_bands", a row a band: band, low_edge, high_edge, pairs, said (their mean probability), one
    (share that are one person), one_low, one_high

    Raises
    ------
    DataError : truth names none of the records, or lacks a column.
    """
    from cxlab.data.identity.charts import draw_bands

    known = person_table(truth, "truth").set_index("record_id")["person_id"]
    frame_of(matched, truth)  # one message where truth names none of the records
    looked = matched.engine.connection.execute(
        "SELECT record_l, record_r, probability FROM compared WHERE ruled IS NULL AND kept IS NULL ORDER BY 1, 2"
    ).df()
    looked["one"] = looked["record_l"].map(known).to_numpy() == looked["record_r"].map(known).to_numpy()
    looked = looked[looked["record_l"].isin(known.index) & looked["record_r"].isin(known.index)]
    cuts = [0.0, *(e for e in edges if e > matched.review), 1.0]
    rows = []
    for low, high in zip(cuts, cuts[1:], strict=False):
        own = looked[(looked["probability"] >= low) & ((looked["probability"] < high) | (high == 1))]
        if len(own):
            ends = share_interval(own["one"].sum(), len(own), level=level)
            rows.append({"band": f"{share(max(low, matched.review))} to {share(high)}",
                         "low_edge": max(low, matched.review), "high_edge": high,
                         "pairs": len(own), "said": own["probability"].mean(), "one": own["one"].mean(),
                         "one_low": float(ends[0]), "one_high": float(ends[1])})  # fmt: skip
    columns = ["band", "low_edge", "high_edge", "pairs", "said", "one", "one_low", "one_high"]
    table = pd.DataFrame(rows, columns=columns)
    held = int(((table["one_low"] <= table["said"]) & (table["said"] <= table["one_high"])).sum())
    text = " ".join(
        f"Of {count(r.pairs)} pairs with a probability of {r.band} {share(r.one)} are one person "
        f"{interval(share(r.one_low), share(r.one_high), level=level)}."
        for r in table.itertuples()
    )
    return Finding(
        name="data.identity_bands",
        title=f"In {held} of {len(table)} bands pairs are one person as often as the model says",
        text=text or "No pair is left to likeness: rules or contradictions decide all.",
        table=table,
        units={"pairs": "count"} | dict.fromkeys(["said", "one", "one_low", "one_high"], "share"),
        draw=(lambda ax: draw_bands(ax, table)) if len(table) else None,
        caption=f"n = {count(np.sum(table['pairs']))} pairs that neither a rule nor a contradiction decides; "
        f"{level * 100:g} % intervals.",
    )
