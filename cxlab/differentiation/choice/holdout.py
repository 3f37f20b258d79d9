"""Choices kept back: how often part-worths foretell what people chose when the model had not seen it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from cxlab.differentiation.choice.hierarchical import PartWorths
from cxlab.differentiation.choice.tasks import Choices
from cxlab.errors import DataError
from cxlab.finding import Check, Finding, Key
from cxlab.intervals import share_interval
from cxlab.wording import count, interval, share

#: tasks of a person from which one can be spared
ENOUGH = 6
#: most that the expected number of right predictions may be away from the actual one, in standard errors
_AWAY = 3.0


def last_task_out(choices: Choices) -> tuple[Choices, Choices | None]:
    """Choices without the last task of everybody who answered `ENOUGH`, and those tasks; None where nobody did.

    >>> import pandas as pd
    >>> from cxlab.differentiation.choice.tasks import read_choices
    >>> rows = [(t, a, int((t % 3 == 0) == (a == "x")), t * (a == "x") % 5) for t in range(7) for a in "xy"]
    >>> asked = pd.DataFrame(rows, columns=["task", "alternative", "chosen", "price"]).assign(respondent_id=1)
    >>> [c.n_tasks for c in last_task_out(read_choices(asked, price="price"))]
    [6, 1]
    """
    tasks = np.bincount(choices.respondent, minlength=choices.n_respondents)
    last = np.zeros(choices.n_tasks, bool)
    for person in np.flatnonzero(tasks >= ENOUGH):
        last[np.flatnonzero(choices.respondent == person)[-1]] = True
    return (_taken(choices, ~last), _taken(choices, last)) if last.any() else (choices, None)


def _taken(choices: Choices, kept: np.ndarray) -> Choices:
    rows = kept[choices.task]
    place = np.cumsum(rows) - 1
    return replace(
        choices, design=choices.design[rows], task=(np.cumsum(kept) - 1)[choices.task[rows]],
        respondent=choices.respondent[kept], chosen=place[choices.chosen[kept]],
        alternatives=choices.alternatives[rows],
    )  # fmt: skip


def foretold(fitted: PartWorths, held: Choices, *, level: float = 0.9, draws: int = 200) -> Finding:
    """How often the alternative with the largest chance was chosen, in tasks that the model had not seen.

    Parameters
    ----------
    fitted : of the other tasks of the same people
    held : of `last_task_out`

    Returns
    -------
    Finding "differentiation.holdout", one row: tasks, right, right_low, right_high (share of tasks), expected (share
        that the chances themselves expect), by_chance (one alternative in so many), chance_of_chosen (mean chance given
        to what was chosen, geometric), gained (share of what is unknown by chance that is known, McFadden's ρ²)

    Raises
    ------
    DataError : no task was kept back.
    """
    if held is None or not held.n_tasks:
        raise DataError(f"nobody answered {ENOUGH} tasks: none could be kept back to test the model.",
                        expected=f"{ENOUGH} tasks a person or more")  # fmt: skip
    taken = np.unique(np.linspace(0, len(fitted.individual) - 1, min(draws, len(fitted.individual))).astype(int))
    people = held.respondent[held.task]
    utility = np.einsum("drk,rk->dr", fitted.individual[taken][:, people], held.design)
    odds = np.exp(utility - np.maximum.reduceat(utility, held.starts, axis=1)[:, held.task])
    chance = (odds / np.add.reduceat(odds, held.starts, axis=1)[:, held.task]).mean(axis=0)
    most = np.maximum.reduceat(chance, held.starts)
    right = int((chance[held.chosen] >= most - 1e-12).sum())
    n, expected, even = held.n_tasks, float(most.mean()), float((1 / held.sizes).mean())
    low, high = (float(end) for end in share_interval(right, n, level=level))
    logs = float(np.log(chance[held.chosen]).mean())
    table = pd.DataFrame([{
        "tasks": n, "right": right / n, "right_low": low, "right_high": high, "expected": expected, "by_chance": even,
        "chance_of_chosen": np.exp(logs), "gained": 1 - logs / float(np.log(1 / held.sizes).mean()),
    }])  # fmt: skip
    error = max(float((most * (1 - most)).sum()) ** 0.5, 0.5) / n
    away = abs(right / n - expected) / error
    ends = interval(share(low), share(high), level=level)
    return Finding(
        name="differentiation.holdout",
        title=f"{share(right / n)} of choices that were kept back were foretold",
        text=(
            f"Of {count(n)} choices kept back from the model, one a person, it foretold {share(right / n)} {ends}; "
            f"chance alone would get {share(even)}, and the model itself expected {share(expected)}."
        ),
        table=table,
        units={"tasks": "count"} | dict.fromkeys(
            ["right", "right_low", "right_high", "expected", "by_chance", "chance_of_chosen", "gained"], "share"
        ),
        checks=(
            Check("share of choices foretold", low > even, share(right / n), f"> {share(even)}, with its interval",
                  "The model knows no more than chance: shares made of it say nothing."),
            Check("what the model expects to foretell, away from what it does", away <= _AWAY, f"{away:.1f} errors",
                  f"≤ {_AWAY:g}", "Its chances are too sure, or not sure enough: so are its shares."),
        ),
        caption=f"n = {count(n)} tasks, the last of each person; {fitted.method}; {level * 100:g} % interval.",
        keys=(Key(share(right / n), f"of choices kept back were foretold {ends}"),),
    )  # fmt: skip
