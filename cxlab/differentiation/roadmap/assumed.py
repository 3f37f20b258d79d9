"""What the plan would be if effects were not independent, shared money or faded: solved again, beside what is taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cxlab.differentiation.returns.worth import made_up
from cxlab.differentiation.roadmap.plan import Plan
from cxlab.finding import Finding
from cxlab.montecarlo import spread
from cxlab.wording import chance_of, count, interval, listed, money, number, share


@dataclass(frozen=True)
class Assumed:
    """How effects are taken to hang together.

    Parameters
    ----------
    correlation : of any two effects
    overlap : share of the smaller of two effects that is the same money
    fade : share of every effect lost a year

    >>> Assumed().words
    'to be independent of each other, to share no money and not to fade'
    >>> Assumed(0.3, 0.25, 0.2).where
    'move together (correlation 0.30), share money (25 % of the smaller of two) and fade (20 % a year)'
    """

    correlation: float = 0.0
    overlap: float = 0.0
    fade: float = 0.0

    @property
    def words(self) -> str:
        """What effects are taken to do."""
        one = f"to {_together(self.correlation)}" if self.correlation else "to be independent of each other"
        two = f"to {_sharing(self.overlap)}" if self.overlap else "to share no money"
        three = f"to {_fading(self.fade)}" if self.fade else "not to fade"
        return listed([one, two, three])

    @property
    def where(self) -> str:
        """What effects do that are not independent, apart and lasting."""
        said = [(self.correlation, _together), (self.overlap, _sharing), (self.fade, _fading)]
        return listed([words(value) for value, words in said if value]) or "are independent, share nothing and last"


def _together(value: float) -> str:
    return f"move together (correlation {number(value, digits=2)})"


def _sharing(value: float) -> str:
    return f"share money ({share(value)} of the smaller of two)"


def _fading(value: float) -> str:
    return f"fade ({share(value)} a year)"


def assumptions(taken: tuple[Assumed, Plan], others: Sequence[tuple[Assumed, Plan]], *, level: float = 0.9) -> Finding:
    """The plan as it is taken, and the best plans where effects hang together otherwise.

    Parameters
    ----------
    taken : how effects are taken to hang together, and the plan that follows
    others : the same otherwise, from mild to harsh, each with its own best plan under the same limits
    level : coverage of intervals

    Returns
    -------
    Finding "differentiation.assumptions", a row a setting, what is taken first: effects (words), correlation, overlap,
        fade, value, low, high (of the best plan), p_loss, kept (what the plan that is recommended brings there), plan
        (names), added, dropped (against what is recommended)
    """
    own = taken[1]
    rows, errors, options = [], [], own.made.options
    for assumed, plan in (taken, *others):
        value, kept = plan.value, plan.made.value(own.starts)
        known, loss, n = spread(value, level), float((value < 0).mean()), len(value)
        rows.append({
            "effects": assumed.where, "correlation": assumed.correlation, "overlap": assumed.overlap,
            "fade": assumed.fade, "value": float(known.mean), "low": float(known.quantiles[0]),
            "high": float(known.quantiles[1]), "p_loss": loss, "kept": float(kept.mean()),
            "plan": ", ".join(plan.chosen) or "keep the money",
            "added": ", ".join(o for o in plan.chosen if o not in own.chosen),
            "dropped": ", ".join(o for o in own.chosen if o not in plan.chosen),
        })  # fmt: skip
        errors.append({
            "value": float(known.mean_error), "low": float(known.quantile_error[0]),
            "high": float(known.quantile_error[1]), "p_loss": max(1 / n, float(np.sqrt(loss * (1 - loss) / n))),
            "kept": float(kept.std() / np.sqrt(n)),
        })  # fmt: skip
    table, currency = pd.DataFrame(rows), options.currency
    last, changed = table.iloc[-1], (table["added"] + table["dropped"] != "").iloc[1:]
    told = " ".join(
        f"Where they {row['effects']}, {_told(row, level, currency)}." for _, row in table.iloc[1:].iterrows()
    )
    return Finding(
        name="differentiation.assumptions",
        title=f"The plan brings {money(last['value'], currency)}, not {money(table['value'].iloc[0], currency)}, where "
        f"effects {_short(others[-1][0])}",
        text=(
            f"Effects are taken {taken[0].words}; then the plan brings {_value(table.iloc[0], level, currency)}. The "
            f"same was solved again under the same limits. {told} What is chosen changes in {count(changed.sum())} of "
            f"{count(len(others))}. The parameters correlation, overlap and fade change what is taken."
            f"{_mind(table.iloc[1:][changed].tail(1), level, currency)}{made_up(options)}"
        ),
        table=table,
        units=dict.fromkeys(("value", "low", "high", "kept"), "money") | dict.fromkeys(("overlap", "fade", "p_loss"),
                                                                                      "share"),
        monte_carlo_error=pd.DataFrame(errors),
        caption=f"n = {count(len(own.value))} draws of {count(len(options.names))} options; {currency or 'money'} of "
        f"today; {level * 100:g} % intervals; integer programmes. Where effects share money, the plan is the best of "
        "those looked at.",
        currency=currency,
    )  # fmt: skip


def in_short(taken: Assumed, found: Finding | None, *, level: float = 0.9) -> str:
    """What is taken, and what the best plan brings in the harshest of the other settings, in one sentence."""
    said = f"Effects are taken {taken.words}"
    if found is None:
        return f"{said}."
    last = found.table.iloc[-1]
    return f"{said}; where they {last['effects']}, the best plan brings {_value(last, level, found.currency)}."


def _short(assumed: Assumed) -> str:
    said = ((assumed.correlation, "move together"), (assumed.overlap, "share money"), (assumed.fade, "fade"))
    return listed([words for value, words in said if value])


def _value(row: pd.Series, level: float, currency: str) -> str:
    low, high = money(row["low"], currency), money(row["high"], currency)
    return f"{money(row['value'], currency)} {interval(low, high, level=level)}"


def _mind(changed: pd.DataFrame, level: float, currency: str) -> str:
    """The harshest setting in which something else is chosen, as what would change our mind."""
    return "".join(
        f" What would change our mind: effects that {row['effects']}; then {_told(row, level, currency)}."
        for _, row in changed.iterrows()
    )


def _told(row: pd.Series, level: float, currency: str) -> str:
    added, dropped = (listed(filter(None, row[c].split(", "))) for c in ("added", "dropped"))
    if added and dropped:
        changes = f"takes {added} in place of {dropped}"
    else:
        changes = f"takes {added} too" if added else f"leaves out {dropped}" if dropped else "is the same"
    loss = chance_of(row["p_loss"])
    return f"the best plan brings {_value(row, level, currency)}, a loss has a probability of {loss}, and it {changes}"
