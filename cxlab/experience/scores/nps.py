"""Net promoter score: the share of promoters (9, 10) less that of detractors (0 … 6), in points from −100 to 100."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri

from cxlab.errors import DataError
from cxlab.experience.scores.answers import Answers
from cxlab.experience.scores.bounded import check_level
from cxlab.experience.scores.scoring import Measure, need_kind, score_finding, score_table
from cxlab.finding import Finding
from cxlab.wording import MINUS, count, share

#: least promoter, and most detractor
PROMOTER, DETRACTOR = 9, 6


def nps_points(value: float) -> str:
    """Points of the NPS with their sign.

    >>> nps_points(31.4), nps_points(-4.2), nps_points(.3)
    ('+31', '−4', '0')
    """
    text = f"{value:+.0f}".replace("-", MINUS)
    return "0" if text[1:] == "0" else text


def worth_in_nps(scores) -> np.ndarray:
    """What each score adds to the NPS: 100 of a promoter, −100 of a detractor, 0 of a passive.

    >>> worth_in_nps([6, 7, 9]).tolist()
    [-100.0, 0.0, 100.0]
    """
    scores = np.asarray(scores, float)
    return 100.0 * (scores >= PROMOTER) - 100.0 * (scores <= DETRACTOR)


def net_promoter_score(answers: Answers, *, level: float = 0.9) -> Finding:
    """The net promoter score of each group, with an interval that holds for small n and extreme mixes.

    Parameters
    ----------
    answers : to a question on 0–10
    level : coverage of the intervals

    Returns
    -------
    Finding "experience.nps", a row a group: *by, n, effective_n (after weights and repeated customers), nps, low, high
    (points), place ("above" or "below" all others together, "" not told), few (fewer than 30 effective answers),
    promoters, passives, detractors (shares)

    Raises
    ------
    DataError : the question is not on 0–10.

    Notes
    -----
    The true shares of promoters, passives and detractors are Dirichlet a posteriori, with Jeffreys' half an answer each
    added; the interval is equal-tailed, exact up to one integral (`bounded`). Near the ends of the scale and among
    passives it covers where adjusted Wald does not (tests/recovery/score_coverage.csv); that is kept as
    `adjusted_wald`.

    >>> import pandas as pd
    >>> from cxlab.experience.scores.answers import read_answers
    >>> asked = pd.DataFrame({"question": "nps", "score": [10] * 50 + [8] * 30 + [3] * 20, "scale_min": 0,
    ...     "scale_max": 10})
    >>> net_promoter_score(read_answers(asked), level=.95).title
    'NPS is +30, between +14 and +44'
    """
    need_kind(answers, ("nps",), "asked for a net promoter score", "a question on 0–10")
    scores = answers.scores
    measure = Measure("nps", "NPS", "nps", "NPS, points", worth_in_nps(scores), "points", nps_points)
    table = score_table(answers, measure, level=level)
    counts = answers.effective
    parts = {"promoters": scores >= PROMOTER, "passives": (scores > DETRACTOR) & (scores < PROMOTER),
             "detractors": scores <= DETRACTOR}  # fmt: skip
    table = table.assign(**{name: counts @ own / counts.sum(1) for name, own in parts.items()})
    whole = answers.total().effective[0]
    mix = [f"{share(float(whole @ own / whole.sum()))} {name}" for name, own in parts.items()]
    return score_finding(
        answers, measure, table, level=level, units=dict.fromkeys(parts, "share"),
        also=f"{mix[0]}, {mix[1]} and {mix[2]}.",
        method="Dirichlet posterior of promoters, passives and detractors under Jeffreys' prior",
    )  # fmt: skip


def adjusted_wald(promoters, passives, detractors, *, level: float = 0.9, added: float = 3.0) -> dict[str, np.ndarray]:
    """NPS by the normal approximation after adding answers: the interval most often published.

    Parameters
    ----------
    promoters, passives, detractors : counts
    added : answers added: a quarter each to promoters and detractors, half to passives; 0: plain Wald

    Returns
    -------
    nps, se, low, high (points); low and high are cut at ±100

    Raises
    ------
    DataError : there is no answer, or a count is negative.

    Notes
    -----
    Var = (p₊ + p₋ − NPS²)/n. Source: Rocks (2016), Interval estimation for the Net Promoter Score, The American
    Statistician 70(4). Too narrow or too wide near ±100 (measured: tests/recovery/score_coverage.csv), which is why
    `net_promoter_score` does not use it.

    >>> found = adjusted_wald(50, 30, 20, level=.95)
    >>> round(float(found["low"]), 1), round(float(found["high"]), 1)
    (14.1, 44.2)
    """
    check_level(level)
    up, middle, down = (np.asarray(v, float) for v in (promoters, passives, detractors))
    if np.any((up < 0) | (middle < 0) | (down < 0)) or np.any(up + middle + down + added <= 0):
        raise DataError(
            f"counts of {count(float(np.min(up + middle + down)))} answers.", expected="counts ≥ 0, one answer at least"
        )
    n = up + middle + down + added
    plus, minus = (up + added / 4) / n, (down + added / 4) / n
    value = plus - minus
    error = np.sqrt((plus + minus - value**2) / n)
    z = ndtri((1 + level) / 2)
    found = {
        "nps": value,
        "se": error,
        "low": np.maximum(value - z * error, -1),
        "high": np.minimum(value + z * error, 1),
    }
    return {name: 100 * part for name, part in found.items()}
