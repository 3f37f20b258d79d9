"""Placebos and donors of a synthetic control: what is found where nothing was done, and on whom the mix hangs."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlab.differentiation.trials.mixes import synthetic
from cxlab.differentiation.trials.panels import Panel, counted
from cxlab.differentiation.trials.synthetic import Donors, donors_of
from cxlab.finding import Check, Finding
from cxlab.wording import count, number, share


def synthetic_placebos(
    panel: Panel, *, unit: str = "", leave_out: tuple[str, ...] = (), name: str = "", level: float = 0.9
) -> Finding:
    """What would be found in places where nothing was done.

    Returns
    -------
    Finding "differentiation.synthetic_placebos", a row a place, the furthest first: unit, treated (0 or 1), rank,
        effect (mean gap after), before, after (root mean square of the gap), ratio (after / before)

    >>> from cxlab.differentiation.trials.panel import panel_of
    >>> rng = np.random.default_rng(0)
    >>> wide = pd.DataFrame(rng.normal(size=(12, 16)), index=list("abcdefghijkl"),
    ...     columns=pd.date_range("2000", periods=16, freq="YS"))
    >>> wide.loc["a", wide.columns[10:]] += 5
    >>> synthetic_placebos(panel_of(wide, start={"a": "2010"})).table[["unit", "rank"]].values.tolist()[0]
    ['a', 1]
    """
    of = donors_of(panel, unit=unit, leave_out=leave_out)
    panel = of.panel
    rows = [(of.name, 1, of.mix)] + [(n, 0, m) for n, m in zip(of.names, of.placebos, strict=True)]
    table = pd.DataFrame({
        "unit": [r[0] for r in rows], "treated": [r[1] for r in rows], "effect": [r[2].effect for r in rows],
        "before": [r[2].before for r in rows], "after": [r[2].after for r in rows], "ratio": [r[2].ratio for r in rows],
    }).sort_values(["ratio", "treated"], ascending=False, ignore_index=True)  # fmt: skip
    table.insert(2, "rank", table["ratio"].rank(ascending=False, method="max").astype(int))
    rank, what = int(table.loc[table["treated"] == 1, "rank"].iloc[0]), name or "treatment"
    say = panel.change
    poor = sum(m.before > 2 * of.mix.before for m in of.placebos)
    return Finding(
        name="differentiation.synthetic_placebos",
        title=f"{of.name} left its mix furthest of {count(len(table))} places" if rank == 1
        else f"{count(rank - 1)} of {count(len(of.names))} places where nothing was done left their mix further",
        text=f"{panel.lead}{of.name} is number {rank} of {count(len(table))} places, counted by how well "
        f"their mixes fitted before, in how far it went after {what} ({number(of.mix.ratio)} times its gap before; "
        f"mean gap {say(of.mix.effect)}{panel.points}, {panel.days}): {share(of.p_space, digits=1)} of all. "
        f"{count(poor)} placebos fit less than half as well before. What would change our mind: a place where nothing "
        "was done that moved as far.",
        table=table,
        units=dict.fromkeys(("effect", "before", "after"), panel.measured),
        checks=(
            Check(f"places, to be among the furthest {share(1 - level)}", 1 / len(table) <= 1 - level, len(table),
                  f"≥ {int(np.ceil(1 / (1 - level) - 1e-9))}", "Even the furthest of so few may be so by chance."),
        ),
        draw=lambda ax: _draw_placebos(ax, of, what),
        caption=f"{panel.about}. Grey: gaps of the untreated, each against the mix of the "
        "others; those that fit five times worse before than the treated are not drawn.",
        currency=panel.currency,
    )  # fmt: skip


def synthetic_donors(
    panel: Panel, *, unit: str = "", leave_out: tuple[str, ...] = (), name: str = "", least: float = 0.01
) -> Finding:
    """Who is in the mix, and what is found without each of them.

    Returns
    -------
    Finding "differentiation.synthetic_donors", a row a donor with a share of at least `least`, the largest first:
        donor, weight, effect_without, gap_before_without (root mean square), change (of the effect)
    """
    of = donors_of(panel, unit=unit, leave_out=leave_out)
    panel, rows = of.panel, []
    for i in np.argsort(-of.mix.weights):
        if of.mix.weights[i] < least:
            break
        mix = synthetic(of.target, np.delete(of.donors, i, axis=0), of.first)
        rows.append({"donor": of.names[i], "weight": float(of.mix.weights[i]), "effect_without": mix.effect,
                     "gap_before_without": mix.before, "change": mix.effect - of.mix.effect})  # fmt: skip
    table, say = pd.DataFrame(rows), panel.change
    far = table.iloc[int(table["change"].abs().to_numpy().argmax())]
    what = name or "treatment"
    return Finding(
        name="differentiation.synthetic_donors",
        title=f"The mix for {of.name} is made of {counted(len(table), '', 'place')}, {table['donor'].iloc[0]} first",
        text=f"{panel.lead}{', '.join(f'{r.donor} {share(r.weight)}' for r in table.head(6).itertuples())} make the "
        f"mix for {of.name} ({counted(len(of.names), 'untreated')}, {panel.days}). The effect of {what}, "
        f"{say(of.mix.effect)}{panel.points}, moves most without {far['donor']}: to {say(far['effect_without'])}. What "
        "would change our mind: one of them having been touched by the treatment.",
        table=table,
        units={"weight": "share"} | dict.fromkeys(("effect_without", "gap_before_without", "change"), panel.measured),
        checks=(Check("share of the first donor", table["weight"].iloc[0] <= 0.9, share(table["weight"].iloc[0]),
                      "≤ 90 %", "One place is no mix: what happens there alone would pass for an effect."),),
        draw=lambda ax: _draw_donors(ax, table, of),
        caption=f"{panel.about}. Shares of the mix, and the mean effect without "
        "each donor.",
        currency=panel.currency,
    )  # fmt: skip


def _draw_placebos(ax, of: Donors, what: str):
    from cxlab.differentiation.charts.quasi_series import draw_placebos

    shown = [m.gap for m in of.placebos if m.before <= 5 * of.mix.before]
    return draw_placebos(ax, of.panel.periods, of.mix.gap, np.array(shown).reshape(-1, of.panel.never), of.first,
                         name=of.name, outcome=of.panel.outcome, measured=of.panel.measured,
                         currency=of.panel.currency, begins=what)  # fmt: skip


def _draw_donors(ax, table, of: Donors):
    from cxlab.differentiation.charts.quasi_series import draw_donors

    return draw_donors(ax, table, effect=of.mix.effect, outcome=of.panel.outcome, measured=of.panel.measured,
                       currency=of.panel.currency)  # fmt: skip
