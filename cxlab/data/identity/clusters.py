"""From links to persons: connected records are one person, unless that would join what contradicts itself.

A chain of links may join two records that no one would link: a till record without a name fits both halves of a couple.
Where that happens links are taken strongest first, one that would join a contradiction is refused, and one that has a
rival nearly as strong on the other side is refused too. Refused links become questions, never guesses.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from cxlab.data.engine import Engine, quoted
from cxlab.data.identity.deciding import BY_HAND
from cxlab.data.identity.rules import COMPARISONS

#: a rival this many bits weaker is no rival (16 : 1)
MARGIN = 4.0
#: beyond so many links in one knot, rivals are not looked for
_LONGEST = 2000
#: an answer outweighs every likeness, in bits
_SAID = 1000.0
JOINS, EITHER = "would join records that contradict each other", "fits two people equally"


def connect(engine: Engine, *, links: str, into: str) -> None:
    """Write table `into` (record_id, person_id): the person is named by the first of its records' ids.

    Parameters
    ----------
    links : SQL of record_l, record_r
    """
    from splink import DuckDBAPI
    from splink.clustering import cluster_pairwise_predictions_at_threshold

    engine.run(f"CREATE OR REPLACE TABLE joined AS {links}")
    if engine.value("SELECT count(*) FROM joined"):
        found = cluster_pairwise_predictions_at_threshold(
            nodes=engine.connection.sql("SELECT record_id FROM records"),
            edges=engine.connection.sql("SELECT * FROM joined"),
            db_api=DuckDBAPI(connection=engine.connection), node_id_column_name="record_id",
            edge_id_column_name_left="record_l", edge_id_column_name_right="record_r",
        ).physical_name  # fmt: skip
        engine.run(
            f"CREATE OR REPLACE TABLE {into} AS "
            f"SELECT record_id, min(record_id) OVER (PARTITION BY cluster_id) AS person_id FROM {found}"
        )
    else:
        engine.run(f"CREATE OR REPLACE TABLE {into} AS SELECT record_id, record_id AS person_id FROM records")


def contradictions(engine: Engine, apart: Sequence[str], *, persons: str) -> str:
    """SQL of the pairs within a person that differ where one person cannot: person_id, record_l, record_r."""
    if not apart:
        return "SELECT '' AS person_id, '' AS record_l, '' AS record_r WHERE false"
    asked = {c for name in apart for c in (COMPARISONS[name].columns or (name,))}
    columns = sorted(asked | {"first_name", "last_name"})
    sides = ", ".join(f"{side}.{c} AS {c}_{side}" for c in columns for side in "lr")
    differ = " OR ".join(f"({COMPARISONS[name].differs})" for name in apart)
    own = (
        f"(SELECT p.person_id, r.* FROM records r JOIN {persons} p USING (record_id) "
        f"WHERE p.person_id IN (SELECT person_id FROM {persons} GROUP BY 1 HAVING count(*) > 2))"
    )
    return (
        f"SELECT person_id, record_l, record_r FROM (SELECT l.person_id, l.record_id AS record_l, "
        f"r.record_id AS record_r, {sides} FROM {own} l JOIN {own} r ON l.person_id = r.person_id "
        f"AND l.record_id < r.record_id) WHERE {differ}"
    )


def untangle(
    links: Iterable[tuple[str, str, float]], foes: Iterable[tuple[str, str]], *, margin: float = MARGIN
) -> dict[tuple[str, str], str]:
    """Which links of one knot are refused, and why.

    Parameters
    ----------
    links : (record, record, weight in bits)
    foes : pairs of records that cannot be one person

    >>> untangle([("anna", "till", 9.0), ("ben", "till", 8.5)], [("anna", "ben")])
    {('anna', 'till'): 'fits two people equally', ('ben', 'till'): 'fits two people equally'}
    >>> untangle([("anna", "till", 20.0), ("ben", "till", 8.5)], [("anna", "ben")])
    {('ben', 'till'): 'would join records that contradict each other'}
    """
    ordered = sorted(links, key=lambda link: (-link[2], link[0], link[1]))
    group = {record: frozenset([record]) for a, b, _ in ordered for record in (a, b)}
    against: dict[str, set[str]] = defaultdict(set)
    for a, b in foes:
        against[a].add(b)
        against[b].add(a)

    def clash(one: frozenset, other: frozenset) -> bool:
        return any(against[record] & other for record in one)

    refused = {}
    for i, (a, b, weight) in enumerate(ordered):
        one, other = group[a], group[b]
        if one is other:
            continue
        if clash(one, other):
            refused[a, b] = JOINS
            continue
        rivals = ordered[i + 1 :] if len(ordered) <= _LONGEST else ()
        if any(_rival(group, one, other, link, clash) for link in rivals if link[2] > weight - margin) or any(
            _rival(group, one, other, (*pair, 0.0), clash) for pair, why in refused.items() if why == EITHER
        ):
            refused[a, b] = EITHER
            continue
        whole = one | other
        for record in whole:
            group[record] = whole
    return refused


def _rival(group, one: frozenset, other: frozenset, link, clash) -> bool:
    """Whether a link would take one of two groups to where the other cannot follow."""
    a, b = group[link[0]], group[link[1]]
    for mine, theirs in ((one, other), (other, one)):
        for near, far in ((a, b), (b, a)):
            if near is mine and far is not theirs and far is not mine and clash(far, theirs):
                return True
    return False


def settle(engine: Engine, apart: Sequence[str]) -> None:
    """Write table `persons` from the links of table `pairs`; links refused there become questions (verdict, why)."""
    links = "SELECT record_l, record_r FROM pairs WHERE verdict = 'link'"
    connect(engine, links=links, into="persons")
    engine.run(
        f"CREATE OR REPLACE TABLE foes AS {contradictions(engine, apart, persons='persons')} UNION "
        f"SELECT l.person_id, record_l, record_r FROM pairs JOIN persons l ON l.record_id = record_l "
        f"JOIN persons r ON r.record_id = record_r WHERE l.person_id = r.person_id AND why = {quoted(BY_HAND)}"
    )
    knots: dict[str, tuple[list, list]] = defaultdict(lambda: ([], []))
    told = defaultdict(frozenset)  # records that people said are one
    for row in engine.rows(
        "SELECT p.person_id, record_l, record_r, weight, rule FROM pairs JOIN persons p ON p.record_id = record_l "
        "WHERE verdict = 'link' AND p.person_id IN (SELECT person_id FROM foes)"
    ):
        a, b, by_hand = row["record_l"], row["record_r"], row["rule"] == BY_HAND
        knots[row["person_id"]][0].append((a, b, _SAID if by_hand else row["weight"]))
        if by_hand:
            whole = told[a] | told[b] | {a, b}
            told.update(dict.fromkeys(whole, whole))
    for row in engine.rows("SELECT * FROM foes"):
        if row["record_r"] not in told[row["record_l"]]:
            knots[row["person_id"]][1].append((row["record_l"], row["record_r"]))
    refused = [(a, b, why) for own, foes in knots.values() for (a, b), why in untangle(own, foes).items()]
    if not refused:
        return
    engine.run("CREATE OR REPLACE TEMP TABLE refused (record_l VARCHAR, record_r VARCHAR, why VARCHAR)")
    engine.connection.executemany("INSERT INTO refused VALUES (?, ?, ?)", refused)
    engine.run(
        "UPDATE pairs SET verdict = 'unsure', why = refused.why FROM refused "
        "WHERE pairs.record_l = refused.record_l AND pairs.record_r = refused.record_r"
    )
    connect(engine, links=links, into="persons")
