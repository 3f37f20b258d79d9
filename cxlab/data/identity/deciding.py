"""What becomes of a pair: merged, asked about or kept apart, by rules, probability and the answers of people."""

from __future__ import annotations

import pandas as pd

from cxlab.data.engine import Engine, quoted
from cxlab.errors import DataError

#: columns of an answer to a question
ANSWER = ("record_l", "record_r", "same")
BY_HAND = "answered by hand"


def decide(engine: Engine, *, threshold: float, review: float) -> None:
    """Write table `pairs` of table `compared`: record_l, record_r, probability, weight, rule, verdict, why, reason.

    Answers of people, where table `answers` is there, come before everything else; a contradiction before rules.
    """
    sure = f"probability >= {threshold}" if threshold < 1 else "false"
    between = quoted(f"probability between {review:g} and {threshold:g}")
    engine.run("CREATE TABLE IF NOT EXISTS answers (record_l VARCHAR, record_r VARCHAR, same BOOLEAN)")
    engine.run(
        f"""CREATE OR REPLACE TABLE pairs AS
        SELECT record_l, record_r, probability, weight,
            CASE WHEN same THEN '{BY_HAND}' ELSE coalesce(ruled, 'likeness') END AS rule,
            CASE WHEN same THEN 'link' WHEN NOT same OR kept IS NOT NULL THEN 'apart'
                WHEN ruled IS NOT NULL OR {sure} THEN 'link' ELSE 'unsure' END AS verdict,
            CASE WHEN same THEN NULL WHEN NOT same THEN '{BY_HAND}' WHEN kept IS NOT NULL THEN kept
                WHEN ruled IS NOT NULL OR {sure} THEN NULL
                WHEN probability >= {review} THEN {between} ELSE almost END AS why,
            coalesce(reason, '') AS reason
        FROM compared FULL JOIN answers USING (record_l, record_r)
        WHERE almost IS NOT NULL OR probability >= {review} OR same IS NOT NULL"""
    )


def take_answers(engine: Engine, answers: pd.DataFrame) -> None:
    """Write table `answers` of record_l, record_r and same (True: one person; a row without an answer is left out).

    Raises
    ------
    DataError : a column is missing, a record is not known, an answer is neither yes nor no, or a pair has two.
    """
    missing = [c for c in ANSWER if c not in answers.columns]
    if missing:
        raise DataError(
            f"answers has no column {', '.join(missing)} (columns: {', '.join(map(str, answers.columns))}).",
            expected="record_l, record_r and same (True or False)",
            mend="matched.unsure.to_pandas().assign(same=[…])",
        )  # fmt: skip
    told = answers.loc[answers["same"].notna(), list(ANSWER)]
    strange = [v for v in told["same"].unique() if v not in (True, False)]
    if strange:
        raise DataError(f"answers.same has {strange[0]!r}.", expected="True or False, empty where nobody knows")
    sides = told[["record_l", "record_r"]].astype(str)
    table = pd.DataFrame(
        {"record_l": sides.min(axis=1), "record_r": sides.max(axis=1), "same": told["same"].astype(bool)}
    )
    table = table.drop_duplicates()
    twice = table[table.duplicated(["record_l", "record_r"])]
    if len(twice):
        pair = twice.iloc[0]
        raise DataError(
            f"answers says yes and no of {pair['record_l']} and {pair['record_r']}.", expected="one answer a pair"
        )
    engine.connection.register("told", table)
    engine.run("CREATE OR REPLACE TABLE answers AS SELECT * FROM told")
    engine.connection.unregister("told")
    unknown = engine.rows(
        "SELECT r FROM (SELECT record_l AS r FROM answers UNION SELECT record_r FROM answers) "
        "WHERE r NOT IN (SELECT record_id FROM records) ORDER BY 1 LIMIT 1"
    )
    if unknown:
        raise DataError(
            f"answers names record {unknown[0]['r']}, which was not matched.", expected="record_ids of records"
        )
