"""Match records: rules first, likeness where rules say nothing, and contradictions kept apart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import ibis
import numpy as np
import pandas as pd

from cxlab.data.engine import Engine, quoted
from cxlab.data.identity.clusters import settle
from cxlab.data.identity.deciding import decide
from cxlab.data.identity.fields import LABELS, Fields, Normalise, read_records
from cxlab.data.identity.matched import Matched
from cxlab.data.identity.model import score, splink_heard
from cxlab.data.identity.rules import APART, COMPARISONS, RULES, Rule, compared, reason
from cxlab.errors import ParameterError, unknown


def match(
    records: ibis.Table | pd.DataFrame,
    *,
    fields: Fields | None = None,
    normalise: Normalise | None = None,
    rules: Sequence[Rule] = RULES,
    apart: Sequence[str] = APART,
    threshold: float = 0.95,
    review: float = 0.5,
    rng: np.random.Generator | int = 1,
) -> Matched:
    """Find which records are one person, and say why.

    Parameters
    ----------
    records : a row a record: what `fields` names, any of it missing
    fields : which column holds what
    normalise : how spellings of the same are made alike
    rules : two records under one of them are one person
    apart : fields in which one person's records cannot differ, however alike they are otherwise; () for none
    threshold : probability from which two records are one person without a rule; 1 to merge by rules alone
    review : probability from which a pair is a question for a person to answer
    rng : draws the sample of records from which chances of agreeing by accident are learnt

    Returns
    -------
    Matched: people, links, unsure, apart, finding(), accuracy(truth), golden()

    Raises
    ------
    DataError : no rows, no unique record_id, or a column that is not there.
    ParameterError : a rule of unknown fields, or thresholds out of order.
    ModelError : Splink is not installed, or cannot work on these records.

    Notes
    -----
    A probability is the model's, given what was compared; it supposes that fields agree independently of each other
    among records of different people, which families break: hence `apart`.

    >>> shop = pd.DataFrame({"record_id": ["c1", "w1", "w2"], "source": ["crm", "web", "web"],
    ...                      "first_name": ["Ada", "Ada", "Bo"], "last_name": ["Moor", "Mohr", "Moor"],
    ...                      "email": ["ada@mail.test", "Ada+x@mail.test", "ada@mail.test"]})
    >>> matched = match(shop)
    >>> matched.people.order_by("record_id").to_pandas()["person_id"].tolist()
    ['c1', 'c1', 'w2']
    >>> matched.links.to_pandas()["reason"].tolist()
    ['same first name, similar last name, same e-mail']
    >>> sorted(matched.apart.to_pandas()["reason"])
    ['same last name, same e-mail; first name differs', 'similar last name, same e-mail; first name differs']
    """
    if not 0 < review <= threshold <= 1:
        raise ParameterError(
            f"threshold = {threshold}, review = {review}.", expected="0 < review ≤ threshold ≤ 1",
            mend="threshold=0.95, review=0.5",
        )  # fmt: skip
    for name in apart:
        if name not in COMPARISONS:
            raise unknown("field to keep apart by", name, COMPARISONS)
    fields, normalise = fields or Fields(), normalise or Normalise()
    engine = Engine()
    known, notes = read_records(engine, records, fields, normalise)
    names = compared(known)
    seed = int(np.random.default_rng(rng).integers(2**31))
    with splink_heard():
        table, learnt, left_out, weights = score(engine, names, rules, seed=seed)
        kept_apart = tuple(n for n in apart if n in names)
        _judge(engine, table, names, rules, kept_apart, review)
        decide(engine, threshold=threshold, review=review)
        settle(engine, kept_apart)
    return Matched(
        engine=engine, known=known, rules=tuple(rules), apart_by=kept_apart, threshold=threshold, review=review,
        learnt=learnt, notes=tuple(notes + left_out), fitted=weights,
        contradicting=tuple(n for n in ("first_name", "birth_date") if n in names),
    )  # fmt: skip


def _judge(engine: Engine, table: str, names, rules, apart, review: float) -> None:
    """Write table `compared`: a row a pair worth a look, and what rules and contradictions say of it."""
    if not table:
        engine.run(
            "CREATE TABLE compared (record_l VARCHAR, record_r VARCHAR, probability DOUBLE, weight DOUBLE, "
            "ruled VARCHAR, almost VARCHAR, kept VARCHAR, reason VARCHAR)"
        )
        return
    ruled = _first((f"{r.agrees(names)} AND NOT ({r.hinders(names)})", r.words) for r in rules)
    almost = _first((r.agrees(names), f"{r.words}, but other fields differ") for r in rules)
    keeps = _first((f"gamma_{n} = 0", f"{LABELS[n]} differs") for n in apart)
    account = "CASE WHEN account_l = account_r THEN 'same customer number of one source' END"
    engine.run(
        f"""CREATE TABLE compared AS
        SELECT record_l, record_r, probability, weight, ruled, almost, kept,
            concat_ws(', ', {account}, {reason(names)}) AS reason
        FROM (
            SELECT least(record_id_l, record_id_r) AS record_l, greatest(record_id_l, record_id_r) AS record_r,
                round(match_probability, 6) AS probability, round(match_weight, 3) AS weight,
                {ruled} AS ruled, {almost} AS almost,
                {keeps} AS kept, account_l, account_r, COLUMNS('gamma_.*')
            FROM {table}
        ) WHERE almost IS NOT NULL OR probability >= {review}"""
    )
    engine.run(f"DROP TABLE {table}")


def _first(cases: Iterable[tuple[str, str]]) -> str:
    """SQL of the words of the first condition that holds; null where none does."""
    whens = " ".join(f"WHEN {condition} THEN {quoted(words)}" for condition, words in cases)
    return f"CASE {whens} END" if whens else "NULL::VARCHAR"
