"""How right matching is where the truth is known: precision and recall, of pairs and of whole people.

Pairs: of the pairs of records that are called one person, how many are (precision); of those that are, how many are
found (recall). People: the same of everyone with several records, right only if exactly their records are together.

Pairs of one person are not independent of each other, so intervals are those of ratios over knots (records that truth
or matching holds together), as a Beta distribution of their effective number. Source: Korn & Graubard (1998),
Confidence intervals for proportions with small expected number of positive counts, Survey Methodology 24(2).
"""

from __future__ import annotations

import ibis
import numpy as np
import pandas as pd
from scipy.stats import beta

from cxlab.data.identity.matched import Matched, person_table
from cxlab.errors import DataError
from cxlab.finding import Check, Finding, Key
from cxlab.wording import count, interval, share

FEWEST_PEOPLE = 30
METHODS = ("matching", "same e-mail")


def accuracy(matched: Matched, truth: ibis.Table | pd.DataFrame, *, level: float = 0.9) -> Finding:
    """Precision, recall and F1 of a matching, beside those of joining records by e-mail alone.

    Parameters
    ----------
    truth : record_id, person_id; records that are not in it are left out

    Returns
    -------
    Finding "data.identity_accuracy", a row a number: method ("matching", "same e-mail"), of ("pairs", "people"),
    measure ("precision", "recall", "F1"), value, low, high (shares), n (pairs or people it is a share of)

    Raises
    ------
    DataError : truth names none of the records, or lacks a column.
    """
    from cxlab.data.identity.charts import draw_accuracy

    frame = frame_of(matched, truth)
    rows = []
    for method in METHODS:
        for of, counts in (("pairs", pairs(frame, method)), ("people", whole(frame, method))):
            for measure, value in _measures(counts, level).items():
                rows.append({"method": method, "of": of, "measure": measure, **value})
    table = pd.DataFrame(rows)
    own = table[(table["method"] == "matching") & (table["of"] == "pairs")].set_index("measure")
    join = table[(table["method"] == "same e-mail") & (table["of"] == "pairs")].set_index("measure")
    people = table[(table["method"] == "matching") & (table["of"] == "people")].set_index("measure")

    def said(row, digits=1):
        return f"{share(row.value, digits=digits)} " + interval(
            share(row.low, digits=digits), share(row.high, digits=digits), level=level
        )

    several = int(people.loc["recall", "n"])
    found, wrong = own.loc["recall", "value"], 1 - own.loc["precision", "value"]
    text = (
        f"Of {count(own.loc['precision', 'n'])} pairs of records called one person {said(own.loc['precision'])} "
        f"are; of {count(own.loc['recall', 'n'])} pairs that are, {said(own.loc['recall'])} were found. "
        f"Of {count(several)} people with several records {said(people.loc['recall'])} were put together without "
        f"fault. Joining by e-mail alone: precision {share(join.loc['precision', 'value'], digits=1)}, "
        f"recall {share(join.loc['recall', 'value'], digits=1)}. n = {count(len(frame))} records whose person is known."
    )
    return Finding(
        name="data.identity_accuracy",
        title=f"{share(found)} of the pairs of one person are found; {share(wrong, digits=1)} of those merged are two",
        text=text,
        table=table,
        units={"value": "share", "low": "share", "high": "share", "n": "count"},
        checks=[Check("people known to have several records", several >= FEWEST_PEOPLE, several, f"≥ {FEWEST_PEOPLE}",
                      "Too few to judge by: label more.")],
        draw=lambda ax: draw_accuracy(ax, table),
        caption=f"n = {count(len(frame))} records of {count(frame['truth'].nunique())} known people; {level * 100:g} % "
        "intervals.",
        keys=(Key(share(own.loc["F1", "value"], digits=1), f"F1 of pairs, {level * 100:g} % "
                  f"{share(own.loc['F1', 'low'], digits=1)} to {share(own.loc['F1', 'high'], digits=1)}"),),
    )  # fmt: skip


def frame_of(matched: Matched, truth: ibis.Table | pd.DataFrame) -> pd.DataFrame:
    """Records whose person is known, a row each: record_id, truth, matching, same e-mail (the person by each).

    Raises
    ------
    DataError : truth names none of the records, or lacks a column.
    """
    engine = matched.engine
    known = person_table(truth, "truth").rename(columns={"person_id": "truth"})
    engine.connection.register("known_people", known)
    frame = engine.connection.execute(
        "SELECT record_id, truth, person_id AS matching, coalesce(email, record_id) AS \"same e-mail\" "
        "FROM known_people JOIN persons USING (record_id) JOIN records USING (record_id) ORDER BY record_id"
    ).df()  # fmt: skip
    engine.connection.unregister("known_people")
    if frame.empty:
        raise DataError(
            "truth names none of the records.", expected="the record_id of records that were matched",
            mend="look at truth.record_id beside records.record_id",
        )  # fmt: skip
    return frame


def pairs(frame: pd.DataFrame, method: str) -> pd.DataFrame:
    """Pairs by knot: right (called and are one person), called, true.

    >>> frame = pd.DataFrame({"truth": list("aab"), "matching": list("xyy")})
    >>> pairs(frame, "matching").to_numpy().tolist()
    [[0.0, 1.0, 1.0]]
    """
    knot = _knots(frame, method)

    def counted(*keys):
        n = frame.groupby([knot, *(frame[k] for k in keys)]).size()
        return (n * (n - 1) / 2).groupby(level=0).sum()

    table = pd.DataFrame({"right": counted(method, "truth"), "called": counted(method), "true": counted("truth")})
    return table[(table["called"] > 0) | (table["true"] > 0)].reset_index(drop=True)


def whole(frame: pd.DataFrame, method: str) -> pd.DataFrame:
    """People with several records by knot: right (exactly their records are together), called, true."""
    knot = _knots(frame, method)
    both = frame.groupby([knot, frame[method], frame["truth"]]).size().rename("n").reset_index()
    both.columns = ["knot", "own", "truth", "n"]
    both["of_own"] = both.groupby("own")["n"].transform("sum")
    both["of_truth"] = both.groupby("truth")["n"].transform("sum")
    right = both[(both["n"] == both["of_own"]) & (both["n"] == both["of_truth"]) & (both["n"] > 1)]
    table = pd.DataFrame(
        {
            "right": right.groupby("knot").size(),
            "called": both[both["of_own"] > 1].groupby("knot")["own"].nunique(),
            "true": both[both["of_truth"] > 1].groupby("knot")["truth"].nunique(),
        }
    ).fillna(0.0)
    return table.reset_index(drop=True)


def _knots(frame: pd.DataFrame, method: str) -> np.ndarray:
    """A number for each record: equal where truth or matching holds records together."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    one, other = pd.factorize(frame["truth"])[0], pd.factorize(frame[method])[0]
    size = one.max() + 1 + other.max() + 1
    graph = coo_array((np.ones(len(frame)), (one, one.max() + 1 + other)), shape=(size, size))
    return connected_components(graph, directed=False)[1][one]


def _measures(counts: pd.DataFrame, level: float) -> dict[str, dict]:
    right, called, true = (counts[c].to_numpy(float) for c in ("right", "called", "true"))
    return {
        "precision": ratio(right, called, level=level),
        "recall": ratio(right, true, level=level),
        "F1": ratio(right, (called + true) / 2, level=level),
    }


def ratio(part: np.ndarray, base: np.ndarray, *, level: float) -> dict[str, float]:
    """A ratio of sums over independent knots, 0 … 1, with its interval: value, low, high, n (the base).

    >>> alone = ratio(np.array([1., 1., 0., 1.]), np.ones(4), level=.9)
    >>> {name: round(value, 3) for name, value in alone.items()}
    {'value': 0.75, 'low': 0.297, 'high': 0.964, 'n': 4.0}
    """
    total = base.sum()
    if not total:
        return {"value": np.nan, "low": np.nan, "high": np.nan, "n": 0.0}
    value = float(part.sum() / total)
    knots = int((base > 0).sum())
    variance = float(np.square(part - value * base).sum()) / total**2 * knots / max(knots - 1, 1)
    # without a fault there is no variance to see, and every knot counts as one
    size = min(value * (1 - value) / variance, total) if variance > 0 else knots
    hits = value * size
    tail = (1 - level) / 2
    low = beta.ppf(tail, hits + 0.5, size - hits + 0.5) if value > 0 else 0.0
    high = beta.ppf(1 - tail, hits + 0.5, size - hits + 0.5) if value < 1 else 1.0
    return {"value": value, "low": float(low), "high": float(high), "n": float(total)}
