"""Decide trials whose truth is known, and compare the loss that was promised with the loss that came.

    python -m tests.recovery.trial_decisions

writes `trial_decisions.csv` beside this file: a row a kind of trial.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from cxlab.differentiation.trials.decision import decide
from cxlab.differentiation.trials.posteriors import arm_posteriors
from cxlab.differentiation.trials.read_trial import Trial

TABLE = Path(__file__).with_name("trial_decisions.csv")
RUNS = 1000


@dataclass(frozen=True)
class Case:
    """A kind of trial.

    Parameters
    ----------
    n : units an arm at the end; arms; looks : at equal distances, stopping as soon as the rule says so
    kind : of the outcome; base, differ : mean and standard deviation of the true means of arms ("flat": uniform shares)
    told : the spread the analyst believes; care : loss that is not cared for
    """

    n: int
    care: float
    kind: str = "share"
    base: float = 0.25
    differ: float = 0.03
    told: float = 0.03
    arms: int = 2
    looks: int = 1
    runs: int = RUNS


CASES = {
    "shares, no idea before and none told": Case(60, 0.01, differ=0.0, told=0.0),
    "shares, arms differ by 3 points, told": Case(200, 0.005),
    "the same, looked at 5 times": Case(200, 0.005, looks=5),
    "the same, 4 arms": Case(200, 0.005, arms=4),
    "shares, arms differ by 3 points, not told": Case(200, 0.005, told=0.0),
    "the same not told, looked at 5 times": Case(200, 0.005, told=0.0, looks=5),
    "counts of 2, arms differ by 0.2, told": Case(100, 0.02, kind="count", base=2.0, differ=0.2, told=0.2),
    "numbers of 10, arms differ by 1, told": Case(40, 0.1, kind="number", base=10.0, differ=1.0, told=1.0),
    "spend of 12, arms differ by 2, told": Case(120, 0.2, kind="money", base=12.0, differ=2.0, told=2.0, runs=400),
}


def moments(values: np.ndarray, kind: str) -> Trial:
    """A trial of arms with these values, shape (arms, units), as it is read."""
    logs = np.log(np.where(values > 0, values, np.nan))
    positive = (values > 0).sum(1)
    zeros = dict.fromkeys(("known", "x_mean", "x_var", "y_mean", "y_var", "xy"), 0)
    names = tuple(f"arm {i}" for i in range(len(values)))
    cells = pd.DataFrame({
        "arm": names, "site": "", "n": values.shape[1], "mean": values.mean(1), "var": values.var(1),
        "cube": (values**3).mean(1), "least": values.min(1), "most": values.max(1), "whole": 1.0, "positive": positive,
        "log_mean": np.nan_to_num(np.nansum(logs, 1) / np.maximum(positive, 1)),
        "log_var": np.nansum((logs - (np.nansum(logs, 1) / np.maximum(positive, 1))[:, None]) ** 2, 1)
        / np.maximum(positive, 1), **zeros,
    })  # fmt: skip
    return Trial(cells, names, "outcome", kind)


def drawn(case: Case, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """True means of the arms, and the values of their units."""
    size = (case.arms, case.n)
    if case.differ == 0:
        truth = rng.random(case.arms)
    else:
        truth = np.maximum(rng.normal(case.base, case.differ, case.arms), 0.01)
    if case.kind == "share":
        return truth, (rng.random(size) < truth[:, None]).astype(float)
    if case.kind == "count":
        return truth, rng.poisson(truth[:, None], size).astype(float)
    if case.kind == "number":
        return truth, rng.normal(truth[:, None], 3.0, size)
    amount = rng.lognormal(np.log(truth[:, None] / 0.4) - 0.8**2 / 2, 0.8, size)
    return truth, np.where(rng.random(size) < 0.4, amount, 0.0)


def decided(case: Case, seed: int) -> dict:
    """What one trial promised, and what the choice lost."""
    truth, values = drawn(case, np.random.default_rng(seed))
    for look in range(1, case.looks + 1):
        seen = values[:, : case.n * look // case.looks]
        losses = arm_posteriors(moments(seen, case.kind), spread=case.told).losses()
        made = decide(losses, care=case.care, full=look == case.looks)
        if made.do != "continue":
            break
    return {"promised": made.loss, "realised": float(truth.max() - truth[made.arm]), "shipped": made.arm > 0,
            "within": made.loss <= case.care, "units": look / case.looks}  # fmt: skip


def measured(cases=CASES) -> pd.DataFrame:
    """A row a kind of trial: case, told (whether what is believed is so), runs, shipped (share of trials that ship
    another arm than the control), within (share that end with a loss that is not cared for), units (share of the
    planned), promised and realised (mean loss a unit), error (standard error of their difference)."""
    rows = []
    for name, case in cases.items():
        found = pd.DataFrame([decided(case, 70_000 + seed) for seed in range(case.runs)])
        gap = found["realised"] - found["promised"]
        rows.append({"case": name, "told": case.told == case.differ, "runs": case.runs,
                     "shipped": found["shipped"].mean(), "within": found["within"].mean(),
                     "units": found["units"].mean(), "promised": found["promised"].mean(),
                     "realised": found["realised"].mean(), "error": gap.std() / len(gap) ** 0.5})  # fmt: skip
        print(pd.DataFrame(rows[-1:]).to_string(header=len(rows) == 1), flush=True)
    return pd.DataFrame(rows).round(6)


if __name__ == "__main__":
    measured().to_csv(TABLE, index=False, lineterminator="\n")
