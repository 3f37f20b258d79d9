"""Sensitivity: how far each input moves the result, and what share of the uncertainty it carries."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from cxlab.differentiation.returns.initiative import PARTS, Values
from cxlab.differentiation.returns.uncertain import Uncertain
from cxlab.differentiation.returns.variance import MOST, variance_shares
from cxlab.differentiation.returns.worth import capital, caption, made_up
from cxlab.errors import ModelError
from cxlab.experience.scores.bounded import check_level
from cxlab.finding import Check, Finding, Key
from cxlab.wording import money, number, share

#: part of the uncertainty that curves of the inputs must explain
_EXPLAINED = 0.95


def input_text(value: float, unit: str, currency: str = "") -> str:
    """An input with its unit, in as few characters as say it."""
    if unit == "money":
        return money(value, currency)
    return share(value) if unit == "share" else number(value, digits=2) + (f" {unit}" if unit else "")


def tornado_table(
    model: Callable[[np.ndarray], np.ndarray], quantities: Sequence[Uncertain], *, level: float = 0.9
) -> tuple[pd.DataFrame, float]:
    """Results with one input at its low, then its high end, the others at their medians.

    Parameters
    ----------
    model : function of inputs, shape (rows, quantities), that returns a result a row
    level : coverage of the ends

    Returns
    -------
    DataFrame[input, unit, input_low, input_high, at_low, at_high, swing], the widest first, and the result in the
    middle; inputs that are known are left out

    >>> from cxlab.differentiation.returns.uncertain import three_points
    >>> table, base = tornado_table(lambda x: x[:, 0] * 5 - x[:, 1], [three_points("gain", 1, 2, 4),
    ...                                                               three_points("cost", 6, 8, 9)])
    >>> round(base, 6), table[["input", "at_low", "at_high"]].round(6).values.tolist()
    (2.0, [['gain', -3.0, 12.0], ['cost', 4.0, 1.0]])
    """
    check_level(level)
    middle = np.array([float(q.at(0.5)) for q in quantities])
    open_ = [j for j, q in enumerate(quantities) if not q.certain]
    rows = np.tile(middle, (1 + 2 * len(open_), 1))
    for k, j in enumerate(open_):
        rows[1 + 2 * k, j], rows[2 + 2 * k, j] = quantities[j].interval(level)
    result = np.asarray(model(rows), float)
    found = pd.DataFrame(
        {"input": [quantities[j].name for j in open_], "unit": [quantities[j].unit for j in open_],
         "input_low": [rows[1 + 2 * k, j] for k, j in enumerate(open_)],
         "input_high": [rows[2 + 2 * k, j] for k, j in enumerate(open_)],
         "at_low": result[1::2], "at_high": result[2::2]}
    )  # fmt: skip
    found["swing"] = (found["at_high"] - found["at_low"]).abs()
    return found.sort_values("swing", ascending=False, kind="stable").reset_index(drop=True), float(result[0])


def tornado(values: Values, name: str, *, level: float = 0.9) -> Finding:
    """How far each input of an initiative moves its net present value.

    Returns
    -------
    Finding "differentiation.tornado", a row an uncertain input, the widest first: input, unit (of the input),
        input_low, input_high (in it), at_low, at_high, swing (money), flips (whether the NPV changes its sign between)

    >>> from cxlab.differentiation.returns.initiative import Initiative, initiative_values
    >>> values = initiative_values([Initiative("app", cost=(8, 10, 12), effect=(1, 4, 8))])
    >>> tornado(values, "app").table["input"].tolist()
    ['effect', 'cost']
    """
    option = values.initiatives[values.position(name)]
    quantities = option.quantities
    table, base = tornado_table(lambda x: option.flows(x, values.terms).npv, quantities, level=level)
    if table.empty:
        raise ModelError(f"everything about {name!r} is known.", expected="a part that is uncertain",
                         mend="effect=(low, likely, high)")  # fmt: skip
    table["input"] = table["input"].str.removeprefix(f"{name}: ")
    table["flips"] = np.sign(table["at_low"]) * np.sign(table["at_high"]) < 0
    currency, top = values.terms.currency, table.iloc[0]
    flips = table.loc[table["flips"], "input"].tolist()
    said = [
        f"With everything at its middle {name} brings {money(base, currency)}. {capital(top['input'])} moves it the "
        f"most: from {input_text(top['input_low'], top['unit'], currency)} to "
        f"{input_text(top['input_high'], top['unit'], currency)}, the ends of its {level * 100:g} % interval, the net "
        f"present value goes from {money(top['at_low'], currency)} to {money(top['at_high'], currency)}.",
        f"What would change our mind: {' or '.join(flips)} can by itself turn gain into loss."
        if flips else "No input turns its sign by itself.",
        "Each is moved alone: inputs that move together do more.",
    ]  # fmt: skip
    return Finding(
        name="differentiation.tornado",
        title=f"{capital(name)}: {top['input']} moves the result the most",
        text=" ".join(said) + made_up(values),
        table=table,
        units=dict.fromkeys(("at_low", "at_high", "swing"), "money"),
        checks=values.checks,
        draw=lambda ax: _draw_tornado(ax, table, base, currency),
        caption=f"{caption(values, level, name)} Each input at the ends of its interval, the others at their medians.",
        keys=(Key(money(top["swing"], currency), f"between low and high {top['input']} of {name}"),),
        currency=currency,
    )


def uncertainty_shares(values: Values, name: str = "", *, level: float = 0.9) -> Finding:
    """The share of the uncertainty of the net present value that each input carries.

    Parameters
    ----------
    name : of an initiative; "" for all together, an initiative being an input each
    level : of the intervals named in the caption

    Returns
    -------
    Finding "differentiation.uncertainty_shares", a row an input, the largest first: input, share (Shapley effect, sums
        to 1), alone (uncertainty that would go if it alone were known), last (that it adds when all else is known)

    >>> from cxlab.differentiation.returns.initiative import Initiative, initiative_values
    >>> values = initiative_values([Initiative("app", cost=(8, 10, 12), effect=(1, 4, 8))])
    >>> uncertainty_shares(values, "app").table["input"].tolist()
    ['effect', 'cost']
    """
    if name:
        i = values.position(name)
        inputs, result, parts = values.inputs[:, i], values.npv[:, i], PARTS
    else:
        inputs, result, parts = _few(values)
    groups = {part: [j] for j, part in enumerate(parts) if np.ptp(inputs[:, j]) > 0}
    if not groups:
        raise ModelError(f"everything about {name or 'the initiatives'} is known.", expected="a part that is uncertain")
    table, explained = variance_shares(inputs, result, groups)
    top = table.iloc[0]
    second = f", {share(table.iloc[1]['share'])} from {table.iloc[1]['input']}" if len(table) > 1 else ""
    whole = name or f"{len(values.names)} initiatives together"
    said = [
        f"Of what is not known about the net present value of {whole}, {share(top['share'])} comes from "
        f"{top['input']}{second}.",
        f"Knowing {top['input']} before the money is spent would take away {share(top['alone'])} of the variance: find "
        "out about that first.",
    ]  # fmt: skip
    return Finding(
        name="differentiation.uncertainty_shares",
        title=f"{share(top['share'])} of the uncertainty of {whole} comes from {top['input']}",
        text=" ".join(said) + made_up(values),
        table=table[["input", "share", "alone", "last"]],
        units=dict.fromkeys(("share", "alone", "last"), "share"),
        checks=(
            Check("uncertainty explained by the inputs", explained >= _EXPLAINED, share(explained),
                  f"≥ {share(_EXPLAINED)}", "Shares are of what is explained; the rest is no smooth curve."),
            *values.checks,
        ),
        monte_carlo_error=table.filter(like="_error").rename(columns=lambda c: c.removesuffix("_error")),
        draw=lambda ax: _draw_shares(ax, table),
        caption=f"{caption(values, level, name)} Shapley effects of the variance.",
        keys=(Key(share(top["share"]), f"of the uncertainty of {whole} comes from {top['input']}"),),
        currency=values.terms.currency,
    )  # fmt: skip


def _few(values: Values) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Net present values of the initiatives that move their sum the most, and of all others together; and the sum."""
    npv, names = values.npv, list(values.names)
    total = npv.sum(1)
    if len(names) <= MOST:
        return npv, total, names
    order = np.argsort(-abs((npv - npv.mean(0)).T @ (total - total.mean())), kind="stable")
    kept, rest = order[: MOST - 1], order[MOST - 1 :]
    return np.column_stack([npv[:, kept], npv[:, rest].sum(1)]), total, [
        *(names[i] for i in kept), f"{len(rest)} others"]  # fmt: skip


def _draw_tornado(ax, table, base, currency):
    from cxlab.differentiation.charts.returns import draw_tornado

    return draw_tornado(ax, table, base=base, currency=currency)


def _draw_shares(ax, table):
    from cxlab.differentiation.charts.returns import draw_uncertainty_shares

    return draw_uncertainty_shares(ax, table)
