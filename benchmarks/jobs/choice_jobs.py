"""Choices between electricity contracts, written for both packages, and part-worths by cxlab."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd


def write_choices(out: Path, *, people: int) -> dict:
    """A row a task: person, choice ("a" to "d") and every column of every alternative ("a_…"), scaled as in cxlab."""
    import cxlab as cx
    from cxlab.differentiation.choice.hierarchical import column_scale
    from cxlab.differentiation.choice.tasks import read_choices

    asked = cx.load("electricity_contracts").choices.execute()
    first = asked["respondent_id"].drop_duplicates().head(people)
    choices = read_choices(asked[asked["respondent_id"].isin(first)], price="price_cents_kwh")
    scaled = (choices.design / column_scale(choices)).reshape(choices.n_tasks, 4, -1)
    wide = {f"{a}_{c}": scaled[:, i, j] for i, a in enumerate("abcd") for j, c in enumerate(choices.columns)}
    chosen = np.array(list("abcd"))[choices.chosen - choices.starts]
    pd.DataFrame({"person": choices.respondent, "choice": chosen, **wide}).to_csv(out, index=False)
    return {"people": choices.n_respondents, "tasks": choices.n_tasks}


def from_file(path: str, clock) -> dict:
    """Part-worths as the study fits them, reading included in neither package's time."""
    import arviz as az

    from cxlab.differentiation.choice import hierarchical
    from cxlab.differentiation.choice.tasks import read_choices

    wide = pd.read_csv(path)
    columns = [name[2:] for name in wide.columns if name.startswith("a_")]
    long = pd.concat([
        wide[[f"{a}_{c}" for c in columns]].set_axis(columns, axis=1).assign(
            respondent_id=wide["person"], task=wide.index, alternative=a, chosen=(wide["choice"] == a).astype(int))
        for a in "abcd"
    ])  # fmt: skip
    choices = read_choices(long, price="price_cents_kwh")
    few = read_choices(long[long["respondent_id"] < 12], price="price_cents_kwh")
    hierarchical.fit_part_worths(few, draws=100, tune=10, most=10)  # what compiles when first used, as for the peer
    met, diagnosis = {}, hierarchical.diagnosis

    def watched(mean, covariance):
        met["mean"] = mean
        return diagnosis(mean, covariance)

    # every step of the population's means: the draws that are handed out are thinned
    hierarchical.diagnosis = watched
    with clock:
        fitted = hierarchical.fit_part_worths(choices, rng=1)
    means = [np.ascontiguousarray(met["mean"][:, :, j]) for j in range(len(columns))]
    return clock.both() | {
        "tasks": choices.n_tasks, "chains": 2, "draws": int(np.prod(met["mean"].shape[:2])),
        "ess_bulk": min(float(az.ess(m, method="bulk")) for m in means),
        "ess_tail": min(float(az.ess(m, method="tail", prob=(0.05, 0.95))) for m in means),
        "ess_all": fitted.effective,
        "r_hat": float(next(c.value for c in fitted.checks if c.name.startswith("R̂"))),
        "mean": dict(zip(columns, fitted.mean.mean(0).tolist(), strict=True)),
    }  # fmt: skip
