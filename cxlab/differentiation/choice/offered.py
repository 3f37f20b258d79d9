"""What was offered and what was chosen, before any model."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import t

from cxlab.differentiation.choice.products import marks
from cxlab.differentiation.choice.tasks import Choices
from cxlab.finding import Check, Finding, Key
from cxlab.wording import count, interval, share

#: values of a number shown one by one; above, it is cut at its thirds
_VALUES = 6
#: respondents from which an interval over them is to be believed
_FEW = 30


def offered_and_chosen(choices: Choices, *, level: float = 0.9) -> Finding:
    """How often each level and value was chosen where it was offered.

    Returns
    -------
    Finding "differentiation.offered", a row a level or value, by attribute: attribute, level, offered (times), chosen
        (share of those times), chosen_low, chosen_high

    Notes
    -----
    Who answers many tasks is one respondent: the interval is that of a ratio over respondents. Where designs are
    balanced the shares compare; where they are not, other attributes speak with them, and only the model takes them
    apart.

    >>> from cxlab.differentiation.choice.tasks import read_choices
    >>> asked = pd.DataFrame({"respondent_id": 1, "task": [1, 1, 2, 2], "alternative": ["a", "b"] * 2,
    ...     "chosen": [1, 0, 0, 1], "price": [2, 3, 3, 4], "roast": ["dark", "light", "light", "dark"]})
    >>> offered_and_chosen(read_choices(asked, price="price")).table[["level", "offered", "chosen"]].values.tolist()
    [['2', 1, 1.0], ['3', 2, 0.0], ['4', 1, 1.0], ['dark', 2, 1.0], ['light', 2, 0.0]]
    """
    hit = np.zeros(len(choices.task))
    hit[choices.chosen] = 1
    person = choices.respondent[choices.task]
    rows = []
    for attribute, columns in choices.attributes.items():
        at = [choices.columns.index(c) for c in columns]
        for words, here in _levels(choices, attribute, at):
            rows.append({"attribute": attribute.replace("_", " "), "level": words} | _ratio(hit, here, person, level))
    table = pd.DataFrame(rows)
    chance = float((1 / choices.sizes).mean())
    own = ~table["attribute"].isin(["none", choices.price.replace("_", " ")]) & (table["level"] != "no")
    most = table.loc[(table[own] if own.any() else table)["chosen"].idxmax()]
    name = f"{most.attribute}: {most.level}" if most.level != "yes" else most.attribute
    ends = interval(share(most.chosen_low), share(most.chosen_high), level=level)
    return Finding(
        name="differentiation.offered",
        title=f"Chosen most often where offered: {name}",
        text=f"{choices.said}{', ' * bool(choices.period)}{choices.period}, among "
        f"{choices.sizes.mean():.3g} alternatives each. {name} was chosen "
        f"{share(most.chosen)} of the {count(most.offered)} times it was offered "
        f"{ends}; any one alternative would be in {share(chance)} by chance. What stood beside it speaks with it here."
        + " These choices are simulated." * choices.simulated,
        table=table,
        units={"offered": "count"} | dict.fromkeys(["chosen", "chosen_low", "chosen_high"], "share"),
        checks=(Check("respondents", choices.n_respondents >= _FEW, choices.n_respondents, f"≥ {_FEW}",
                      "Ask more people: intervals over a few say little."),),
        draw=lambda ax: _draw(ax, table, chance),
        caption=f"{choices.said}{', ' * bool(choices.source)}{choices.source}; share of the times offered, "
        f"{level * 100:g} % intervals over respondents.",
        keys=(Key(share(most.chosen), f"of the times it was offered {name} was chosen {ends}"),),
    )  # fmt: skip


def _levels(choices: Choices, attribute: str, at: list[int]):
    """Words of each level or value, and the rows that have it."""
    own = choices.design[:, at]
    real = choices.alternatives != choices.none if choices.none else np.ones(len(own), bool)
    if attribute == "none":
        yield choices.none, ~real
    elif attribute in choices.levels:
        base, *others = choices.levels[attribute]
        yield base, real & (own == 0).all(1)
        for i, words in enumerate(others):
            yield words, own[:, i] == 1
    else:
        values = np.unique(own[real, 0])
        if attribute in marks(choices):
            yield "yes", real & (own[:, 0] == 1)
            yield "no", real & (own[:, 0] == 0)
        elif len(values) <= _VALUES:
            for value in values:
                yield f"{value:g}", real & (own[:, 0] == value)
        else:
            cuts = np.quantile(own[real, 0], [1 / 3, 2 / 3])
            third = np.searchsorted(cuts, own[:, 0])
            for i, words in enumerate((f"up to {cuts[0]:.3g}", "between", f"above {cuts[1]:.3g}")):
                if (real & (third == i)).any():
                    yield words, real & (third == i)


def _ratio(hit: np.ndarray, here: np.ndarray, person: np.ndarray, level: float) -> dict[str, float]:
    offered, chosen = np.bincount(person, here), np.bincount(person, here * hit)
    total = offered.sum()
    ratio = float(chosen.sum() / total)
    asked = int((offered > 0).sum())
    # one respondent alone tells nothing of how they differ
    error = (
        np.sqrt(((chosen - ratio * offered) ** 2).sum() * asked / max(asked - 1, 1)) / total if asked > 1 else np.inf
    )
    reach = t.ppf((1 + level) / 2, max(asked - 1, 1)) * error
    return {"offered": int(total), "chosen": ratio, "chosen_low": max(ratio - reach, 0.0),
            "chosen_high": min(ratio + reach, 1.0)}  # fmt: skip


def _draw(ax, table: pd.DataFrame, chance: float):
    from cxlab.differentiation.charts.market import draw_offered

    return draw_offered(ax, table, chance=chance)
