"""Who was in which arm: what was tried on whom, and whether it was a fair trial."""

from __future__ import annotations

import pandas as pd

from cxlab.differentiation.trials.read_trial import Trial
from cxlab.differentiation.trials.words import amount, named
from cxlab.finding import Finding
from cxlab.wording import count, share

_KINDS = {"share": "done or not", "count": "how often", "money": "money", "number": "a number"}


def trial_arms(trial: Trial) -> Finding:
    """The arms of a trial, with what must hold for it to have been fair.

    Returns
    -------
    Finding "differentiation.trial", a row an arm, the control first: arm, n, share (of all units), mean (of the
        outcome), sd, sites, known_before (share of units with a measure before)

    >>> from cxlab.differentiation.trials.read_trial import read_trial
    >>> rows = pd.DataFrame({"unit_id": range(400), "arm": ["A", "B"] * 200, "outcome": [0, 0] * 150 + [1, 1] * 50})
    >>> trial_arms(read_trial(rows)).title
    '400 customers in 2 arms, assigned at random as far as can be told'
    """
    arms = trial.moments()
    told = trial.cells[trial.cells["site"] != ""].groupby("arm")["site"].nunique().reindex(arms["arm"]).fillna(0)
    table = pd.DataFrame({
        "arm": arms["arm"], "n": arms["n"], "share": arms["n"] / trial.n, "mean": arms["mean"],
        "sd": (arms["var"] * arms["n"] / (arms["n"] - 1).clip(lower=1)) ** 0.5, "sites": told.to_numpy(int),
        "known_before": arms["known"] / arms["n"],
    })  # fmt: skip
    when = f", {trial.period}" if trial.period else ""
    what = trial.label or ("the outcome" if trial.outcome == "outcome" else trial.what)
    fair = all(check.passed for check in trial.checks)
    by = "by site" if trial.assigned == "site" else "at random"
    said = [
        f"{count(trial.n)} {trial.per}s{when}, in the arms "
        f"{', '.join(f'{named(r.arm)} ({count(r.n)})' for r in table.itertuples())}; "
        f"{what} ({_KINDS[trial.kind]}) is {amount(trial, table['mean'].iloc[0])} in {trial.told}."
    ]
    said += [f"{note[0].upper()}{note[1:]}." for note in trial.notes]
    if trial.missing:
        said.append(f"{count(trial.missing)} {trial.per}s have no outcome and are left out.")
    if trial.assigned == "site":
        said.append(f"All {trial.per}s of a site are in one arm: {count(trial.sites)} sites were assigned, and count.")
    if arms["known"].sum():
        said.append(f"{share(arms['known'].sum() / trial.n)} were measured before the trial too.")
    if trial.simulated:
        said.append("These data are simulated.")
    return Finding(
        name="differentiation.trial",
        title=f"{count(trial.n)} {trial.per}s in {len(table)} arms, "
        + (f"assigned {by} as far as can be told" if fair else "and not a fair trial as it stands"),
        text=" ".join(said),
        table=table,
        units={"n": "count", "share": "share", "mean": trial.unit, "sd": "" if trial.unit == "share" else trial.unit,
               "sites": "count", "known_before": "share"},
        checks=trial.checks,
        caption=f"n = {count(trial.n)} {trial.per}s{when}{'; simulated data' * trial.simulated}.",
        currency=trial.currency,
    )  # fmt: skip
