"""How probable it is that two records are one person: Splink's Fellegi–Sunter model, trained the same way every time.

Chances of agreeing by accident (u) come from all pairs of a sample of records; those of agreeing as one person (m) by
expectation maximisation on pairs that share an e-mail, a phone or a name; rare names weigh more. The sample is drawn by
a checksum of the record_id, so the order of rows changes nothing.

Source: Fellegi & Sunter (1969), A theory for record linkage, Journal of the American Statistical Association 64(328);
Enamorado, Fifield & Imai (2019), American Political Science Review 113(2), for training without labels.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import contextmanager

from cxlab.data.engine import Engine, quoted
from cxlab.data.identity.rules import COMPARISONS, Rule
from cxlab.errors import CxlabError, ModelError

#: records whose pairs all are looked at for chances of agreeing by accident
SAMPLE = 1500
#: pairs the model must have to learn from
FEWEST_PAIRS = 50
#: a way to find pairs that yields more than so many a record is left out
PAIRS_A_RECORD = 30
_FEW = 1_000_000
#: share of pairs of one person that the most fruitful rule is thought to find
_FOUND_BY_RULES = 0.7
#: ways to find pairs worth comparing: records that agree in all of these
BLOCKS: Sequence[Sequence[str]] = (
    ("account",), ("email",), ("phone",), ("last_name", "birth_date"), ("first_name", "birth_date"),
    ("birth_date", "postcode"), ("first_name", "last_name", "postcode"), ("first_name", "last_name", "city"),
    ("first_name", "last_name"), ("left(last_name, 3)", "left(first_name, 1)", "postcode"),
)  # fmt: skip
#: ways to find the pairs the model learns from
_LESSONS = (("email",), ("phone",), ("last_name", "birth_date"), ("first_name", "last_name"))
_LEAST = 1e-4  # no chance of agreeing as one person is smaller


@contextmanager
def splink_heard():
    """Splink without its talk, its errors as ours."""
    try:
        import splink  # noqa: F401
    except ImportError:
        raise ModelError(
            "matching needs Splink, which is not installed.", expected="the extra identity",
            mend='pip install "cxlab[identity]"',
        ) from None  # fmt: skip
    logger = logging.getLogger("splink")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    except CxlabError:
        raise
    except Exception as problem:  # Splink's own errors speak of its settings, which no user has written
        raise ModelError(
            f"the records cannot be matched: {type(problem).__name__}: {str(problem).splitlines()[0][:200]}",
            expected="records in which persons are named more than once", mend="look at the columns in Fields(...)",
        ) from None  # fmt: skip
    finally:
        logger.setLevel(level)


def pairs_by(engine: Engine, block: Sequence[str]) -> int:
    """How many pairs of records agree in a block."""
    columns = ", ".join(block)
    told = " AND ".join(f"{c} IS NOT NULL" for c in block)
    return int(engine.value(
        f"SELECT coalesce(sum(n * (n - 1) / 2), 0) FROM (SELECT count(*) AS n FROM records WHERE {told} "
        f"GROUP BY {columns})"
    ))  # fmt: skip


def most_pairs(engine: Engine) -> int:
    """More pairs than this are not compared for agreeing in one block."""
    return max(_FEW, PAIRS_A_RECORD * int(engine.value("SELECT count(*) FROM records")))


def score(
    engine: Engine, compared: Sequence[str], rules: Sequence[Rule], *, seed: int
) -> tuple[str, int, list[str], list[dict]]:
    """Compare all pairs worth it.

    Returns
    -------
    name of the table of pairs (record_id_l, record_id_r, account_l, account_r, match_weight in bits, match_probability,
    gamma_… a comparison); pairs the model learnt from; notes; what the model learnt, a row a degree of likeness: field,
    agreement, m, u, and `chance` that two records are one person
    """
    from splink import DuckDBAPI, Linker, block_on

    records = engine.value("SELECT count(*) FROM records")
    most = most_pairs(engine)
    counts = {block: pairs_by(engine, block) for block in (*BLOCKS, *(tuple(r.same) for r in rules))}
    notes = [
        f"pairs that agree in {' and '.join(block)} alone are not compared: there are {n:,}"
        for block, n in counts.items() if n > most
    ]  # fmt: skip
    blocks = [block for block, n in counts.items() if 0 < n <= most]
    if not blocks:
        return "", 0, notes, []
    database = DuckDBAPI(connection=engine.connection)

    def linker(table: str, comparisons, chance: float) -> Linker:
        settings = _settings(comparisons, chance, blocks)
        return Linker(engine.connection.table(table), settings, database, set_up_basic_logging=False)

    engine.run(
        f"CREATE OR REPLACE TABLE sampled AS SELECT * FROM records ORDER BY md5({quoted(str(seed))} || record_id) "
        f"LIMIT {SAMPLE}"
    )
    sampled = min(records, SAMPLE)
    first = linker("sampled", [_described(name) for name in compared], 0.001)
    first.training.estimate_u_using_random_sampling(max_pairs=sampled**2)
    least_u = 1 / max(1, sampled * (sampled - 1))
    learnt = _whole(first, compared, least_u=least_u)
    lessons = [b for b in _LESSONS if b in blocks and counts[b] >= FEWEST_PAIRS]
    told = max((counts[tuple(r.same)] for r in rules if tuple(r.same) in blocks), default=0)
    chance = min(max(told, 1) / _FOUND_BY_RULES / (records * (records - 1) / 2), 0.5)
    second = linker("records", learnt, chance)
    for block in lessons:
        second.training.estimate_parameters_using_expectation_maximisation(
            block_on(*block), estimate_without_term_frequencies=True
        )
    whole = _of_two(_whole(second, compared), chance, least_u)
    final = linker("records", whole, chance)
    fitted = [
        {"field": c["output_column_name"], "agreement": v["label_for_charts"], "m": v["m_probability"],
         "u": v["u_probability"], "chance": chance}
        for c in whole for v in c["comparison_levels"] if "u_probability" in v
    ]  # fmt: skip
    return final.inference.predict().physical_name, sum(counts[b] for b in lessons), notes, fitted


def _settings(comparisons, chance: float, blocks) -> dict:
    from splink import block_on

    return {
        "link_type": "dedupe_only",
        "unique_id_column_name": "record_id",
        "probability_two_random_records_match": chance,
        "comparisons": comparisons,
        "blocking_rules_to_generate_predictions": [block_on(*block) for block in blocks],
        "retain_matching_columns": True,  # without them Splink forgets the levels of each comparison
        "additional_columns_to_retain": ["account"],
    }


def _described(name: str) -> dict:
    """A comparison as Splink reads it, with the shares it starts from."""
    comparison = COMPARISONS[name]
    levels: list[dict] = [{"sql_condition": comparison.missing, "label_for_charts": "missing", "is_null_level": True}]
    for level in comparison.levels:
        rare = {"tf_adjustment_column": level.frequency, "tf_minimum_u_value": _LEAST} if level.frequency else {}
        levels.append(
            {"sql_condition": level.condition, "label_for_charts": level.words, "m_probability": level.m, **rare}
        )
    levels.append({"sql_condition": "ELSE", "label_for_charts": "different", "m_probability": comparison.different})
    return {"output_column_name": name, "comparison_levels": levels}


def _of_two(comparisons: list[dict], chance: float, least_u: float) -> list[dict]:
    """Take the pairs of one person out of the chances of agreeing by accident, which come from all pairs.

    Of all pairs u = chance · m + (1 − chance) · u of two people. What is left of an agreement that is hardly ever by
    accident may be noise, so no less than a twentieth is kept.
    """
    for level in (level for c in comparisons for level in c["comparison_levels"] if "u_probability" in level):
        seen = level["u_probability"]
        two = (seen - chance * level["m_probability"]) / (1 - chance)
        level["u_probability"] = max(two, seen / 20, least_u)
    return comparisons


def _whole(linker, compared: Sequence[str], *, least_u: float = 0.0) -> list[dict]:
    """Comparisons with what a linker has learnt, and what it was given where a level was never seen."""
    learnt = {c["output_column_name"]: c for c in linker.misc.save_model_to_json()["comparisons"]}
    out = []
    for name in compared:
        described = _described(name)
        for level, own in zip(described["comparison_levels"], learnt[name]["comparison_levels"], strict=True):
            if level.get("is_null_level"):
                continue
            m, u = own.get("m_probability"), own.get("u_probability")
            if isinstance(m, float):
                level["m_probability"] = min(max(m, _LEAST), 1.0)
            level["u_probability"] = min(max(u if isinstance(u, float) else 0.0, least_u), 1.0)
        out.append(described)
    return out
