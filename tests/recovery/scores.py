"""How often the intervals of scores hold the truth, at mixes of answers from even to extreme.

    python -m tests.recovery.scores

writes `score_coverage.csv` beside this file: a row a measure, mix of answers and n. What is measured: coverage of the
90 % interval averaged over true mixes that lie, each share, within `within` of the named one (evenly; 200 of them where
outcomes are enumerated, as many as there are draws elsewhere). A single true mix is no fair measure: answers are whole,
so coverage at one exact mix jumps with every other one; that is given beside as `at_the_mix`, where enumerated.

Changes between waves, changes of the same customers and Bayesian averages of several groups are simulated from truths
named in the mix.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import gammaln, xlogy

from cxlab.experience.scores.answers import Answers
from cxlab.experience.scores.bounded import Curve, Difference, mean_interval, posterior
from cxlab.experience.scores.nps import adjusted_wald
from cxlab.experience.scores.panel import changes_of_same
from cxlab.experience.scores.stars import star_ratings

TABLE = Path(__file__).with_name("score_coverage.csv")
SIZES, LEVEL, TRUTHS, DRAWS = (15, 30, 100, 400), 0.9, 200, 6000
#: draws of changes between waves, and of what asks a function more each time
CHANGED, SEVERAL = 1500, 2000
#: outcomes up to which all are enumerated
MOST = 6000
NPS = {
    "50/30/20": (20, 30, 50), "even": (1, 1, 1), "70/25/5": (5, 25, 70), "80/15/5": (5, 15, 80), "90/8/2": (2, 8, 90),
    "97/2/1": (1, 2, 97), "99/1/0": (0, 1, 99), "polarised": (45, 10, 45), "60/39/1": (1, 39, 60),
    "no passives": (9, 1, 90), "hated": (90, 8, 2), "mostly passives": (10, 80, 10), "nearly all passives": (2, 95, 3),
}  # fmt: skip
SHARES = {f"{100 - p} %": (p, 100 - p) for p in (50, 20, 10, 5, 1)}
FIVE = {
    "delighted": (1, 2, 5, 20, 72), "pleased": (3, 7, 15, 40, 35), "even": (1,) * 5, "polarised": (35, 5, 5, 10, 45),
    "reviews": (10, 5, 5, 15, 65), "nearly all 5": (0, 0, 1, 4, 95), "all 5, a few 1": (4, 0, 0, 1, 95),
    "middling": (3, 20, 54, 20, 3), "unhappy": (45, 30, 15, 7, 3),
}  # fmt: skip
SEVEN = {
    "easy": (2, 2, 3, 5, 10, 30, 48), "mixed": (5, 10, 15, 20, 20, 15, 15), "nearly all 7": (0, 0, 0, 0, 1, 3, 96),
    "polarised": (30, 10, 5, 5, 5, 10, 35),
}  # fmt: skip
ELEVEN = {
    "usual": (3, 1, 1, 2, 2, 6, 5, 12, 20, 20, 28), "nearly all 10": (0,) * 7 + (1, 3, 8, 88), "even": (1,) * 11,
}  # fmt: skip
#: shares of detractors, passives and promoters in two waves
CHANGES = {
    "50/30/20 to 60/25/15": ((0.2, 0.3, 0.5), (0.15, 0.25, 0.6)),
    "80/15/5 to 90/8/2": ((0.05, 0.15, 0.8), (0.02, 0.08, 0.9)),
}
#: shares of customers who answer anew, as if another, and who move up by a point
SAME = {"many move": (0.5, 0.3), "some move": (0.2, 0.1), "hardly any moves": (0.03, 0.02)}
#: answers that true shares of groups scatter around common ones with: few where groups differ much
AVERAGES = {"groups differ much": 8.0, "groups differ little": 60.0}
#: measure: worth of the answers, mixes, how near true mixes are
MEASURES = {
    "NPS": (np.array([-100.0, 0, 100]), NPS, 0.05),
    "share satisfied": (np.array([0.0, 1]), SHARES, 0.05),
    "mean 1–5": (np.arange(1.0, 6), FIVE, 0.05),
    "mean 1–7": (np.arange(1.0, 8), SEVEN, 0.05),
    "mean 0–10": (np.arange(11.0), ELEVEN, 0.02),
}


def near(mix: np.ndarray, within: float, truths: int, rng: np.random.Generator) -> np.ndarray:
    """True mixes evenly spread over those within so much of the named one, the largest share giving way."""
    mix, big, found = mix / mix.sum(), int(np.argmax(mix)), np.zeros((0, len(mix)))
    while len(found) < truths:
        tried = mix + rng.uniform(-within, within, (20_000, len(mix)))
        tried[:, big] = 0
        tried[:, big] = 1 - tried.sum(1)
        found = np.r_[found, tried[(tried >= 0).all(1) & (np.abs(tried[:, big] - mix[big]) <= within)]]
    return found[:truths]


def outcomes(n: int, k: int) -> np.ndarray:
    """Every way in which n answers fall on k scores."""
    if k == 1:
        return np.array([[n]])
    return np.concatenate(
        [np.c_[np.full(len(rest), i), rest] for i in range(n + 1) for rest in [outcomes(n - i, k - 1)]]
    )


def number_of_outcomes(n: int, k: int) -> float:
    return float(np.exp(gammaln(n + k) - gammaln(n + 1) - gammaln(k)))


def chances(counts: np.ndarray, mix: np.ndarray) -> np.ndarray:
    """Multinomial probability of every outcome."""
    return np.exp(gammaln(counts[0].sum() + 1) - gammaln(counts + 1).sum(1) + xlogy(counts, mix).sum(1))


def held(low, high, truth) -> np.ndarray:
    slack = 1e-9 * 100
    return (low - slack <= truth) & (truth <= high + slack)


def intervals(values: np.ndarray, counts: np.ndarray, wald: bool):
    if wald:
        found = adjusted_wald(counts[:, 2], counts[:, 1], counts[:, 0], level=LEVEL)
        return found["low"], found["high"]
    return mean_interval(values, counts, level=LEVEL)


def covered(values, mix, n: int, within: float, rng: np.random.Generator, *, wald: bool = False, known=None) -> dict:
    """Coverage of one measure at one mix: coverage, at_the_mix, width and how it was measured.

    Parameters
    ----------
    known : outcomes with their intervals, where enumerated
    """
    mix = np.asarray(mix, float) / np.sum(mix)
    if known is not None:
        counts, low, high = known
        truths = near(mix, within, TRUTHS, rng)
        each = [chances(counts, p) @ held(low, high, p @ values) for p in truths]
        at = chances(counts, mix)
        return {"coverage": np.mean(each), "at_the_mix": at @ held(low, high, mix @ values),
                "width": at @ (high - low), "measured": "exactly"}  # fmt: skip
    truths = near(mix, within, DRAWS, rng)
    counts, place = np.unique([rng.multinomial(n, p) for p in truths], axis=0, return_inverse=True)
    low, high = (end[place.reshape(-1)] for end in intervals(values, counts, wald))
    return {"coverage": held(low, high, truths @ values).mean(), "at_the_mix": np.nan, "width": (high - low).mean(),
            "measured": f"{DRAWS} draws"}  # fmt: skip


def recover(measure: str, n: int, *, mixes=None, rng: np.random.Generator | int = 1, wald: bool = False) -> list[dict]:
    """Rows of one measure and n."""
    values, named, within = MEASURES[measure]
    rng, known = np.random.default_rng(rng), None
    if number_of_outcomes(n, len(values)) <= MOST:
        counts = outcomes(n, len(values)).astype(float)
        known = (counts, *intervals(values, counts, wald))
    return [
        {"measure": measure, "method": "adjusted Wald" if wald else "Dirichlet", "mix": mix, "n": n, "within": within}
        | covered(values, named[mix], n, within, rng, wald=wald, known=known)
        for mix in mixes or named
    ]


def changes(n: int, rng: np.random.Generator) -> list[dict]:
    """Change of the NPS between two waves of different customers."""
    values, rows = MEASURES["NPS"][0], []
    for mix, (one, two) in CHANGES.items():
        found, widths = [], []
        for p, q in zip(near(np.array(one), 0.05, CHANGED, rng), near(np.array(two), 0.05, CHANGED, rng), strict=True):
            distinct, sizes = posterior(values, np.array([rng.multinomial(n, p), rng.multinomial(n, q)]))
            low, high = Difference(*(Curve(distinct, own) for own in sizes)).interval(LEVEL)
            found.append(held(low, high, (q - p) @ values))
            widths.append(high - low)
        rows.append({"measure": "change of NPS", "mix": mix, "within": 0.05, "coverage": np.mean(found),
                     "width": np.mean(widths), "measured": f"{CHANGED} draws"})  # fmt: skip
    return rows


def same_customers(n: int, rng: np.random.Generator) -> list[dict]:
    """Mean change of customers who answered twice: some answer anew, some move up by a point, the rest stay."""
    scores, mix, rows = np.arange(1.0, 6), np.array(FIVE["pleased"]) / 100, []
    for name, (anew, up) in SAME.items():
        found, widths = [], []
        moved = mix.copy()
        moved[1:] += up * mix[:-1]
        moved[:-1] -= up * mix[:-1]
        truth = (1 - anew) * (moved @ scores - mix @ scores)
        for _ in range(SEVERAL):
            before = rng.choice(scores, n, p=mix)
            after = np.minimum(before + (rng.random(n) < up), 5)
            after = np.where(rng.random(n) < anew, rng.choice(scores, n, p=mix), after)
            pairs = pd.DataFrame({"score_before": before, "score": after, "n": 1})
            change = changes_of_same(pairs, scores, scores, level=LEVEL)
            found.append(held(change["same_low"], change["same_high"], truth))
            widths.append(change["same_high"] - change["same_low"])
        rows.append({"measure": "change of the same customers", "mix": name, "coverage": np.mean(found),
                     "width": np.mean(widths), "measured": f"{SEVERAL} draws"})  # fmt: skip
    return rows


def averages(n: int, rng: np.random.Generator) -> list[dict]:
    """Bayesian average of the stars of twelve groups, whose true shares scatter around common ones."""
    rows, scores = [], np.arange(1.0, 6)
    for name, strength in AVERAGES.items():
        found, widths = [], []
        for _ in range(SEVERAL // 10):
            true = rng.dirichlet(strength * np.array(FIVE["reviews"]) / 100, 12)
            counts = np.array([rng.multinomial(n, p) for p in true])
            table = star_ratings(answers_of(counts), level=LEVEL).table
            found += held(table["average_low"], table["average_high"], true @ scores).tolist()
            widths += (table["average_high"] - table["average_low"]).tolist()
        rows.append({"measure": "Bayesian average", "mix": name, "coverage": np.mean(found), "width": np.mean(widths),
                     "measured": f"{SEVERAL // 10} × 12 groups"})  # fmt: skip
    return rows


def answers_of(counts: np.ndarray) -> Answers:
    """Answers of groups on 1–5 with these counts."""
    names = [f"g{i:02}" for i in range(len(counts))]
    long = pd.DataFrame(counts, index=pd.Index(names, name="g"), columns=np.arange(1.0, 6)).stack().reset_index()
    long.columns = ["g", "score", "n"]
    groups = pd.DataFrame({"g": names, "n": counts.sum(1), "missing": 0, "customers": np.nan, "design_effect": 1.0})
    return Answers(long[long["n"] > 0], "stars", ("g",), 1.0, 5.0, "stars", int(counts.sum()), 0, groups=groups)


def recovered() -> pd.DataFrame:
    """Coverage of every measure."""
    rows = []
    for n in SIZES:
        for simulated in (changes, same_customers, averages):
            rows += [r | {"n": n, "method": "Dirichlet"} for r in simulated(n, np.random.default_rng(n))]
            print(simulated.__name__, n, flush=True)
    for measure in MEASURES:
        for n in SIZES:
            rows += recover(measure, n)
            if measure == "NPS":
                rows += recover(measure, n, wald=True)
            print(measure, n, flush=True)
    table = pd.DataFrame(rows)
    table = table.assign(**{c: table[c].astype(float).round(4) for c in ("coverage", "at_the_mix", "width")})
    return table[["measure", "method", "mix", "n", "within", "coverage", "at_the_mix", "width", "measured"]]


if __name__ == "__main__":
    recovered().to_csv(TABLE, index=False, lineterminator="\n")
    print(TABLE.read_text())
