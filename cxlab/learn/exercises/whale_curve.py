"""The whale curve of a landscaping firm, as students draw it, and what it must show to be one."""

from __future__ import annotations

import re

import numpy as np


def gardens():
    """A year of a simulated landscaping firm, a row a client: margin, and what trips to them cost (€)."""
    import pandas as pd

    chance = np.random.default_rng(11)
    margin = chance.lognormal(6.2, 0.9, 120).round(2)
    trips = (40 + 0.35 * margin.mean() * chance.gamma(1.2, 1.0, 120)).round(2)
    names = [f"G{i:03d}" for i in range(1, 121)]
    return pd.DataFrame({"client": names, "margin": margin, "trips": trips})


def profit():
    """What each client brings: margin less trips (€), the most profitable first."""
    clients = gardens()
    return (clients["margin"] - clients["trips"]).sort_values(ascending=False)


def whale_curve(
    values=None, *, labels=("share of clients", "share of all profit"), add: bool = True, of_total: bool = True, x=None
):
    """Axes of values added up, as a student would draw them; every option is a way to get it wrong."""
    from matplotlib.figure import Figure

    values = np.asarray(profit() if values is None else values)
    added = (values.cumsum() if add else values) / (values.sum() if of_total else 1)
    ax = Figure().subplots()
    ax.plot(np.arange(1, len(values) + 1) / len(values) if x is None else x, added)
    if labels:
        ax.set(xlabel=labels[0], ylabel=labels[1])
    return ax


def at_chance():
    """Places of the clients on the horizontal axis by lot, in order."""
    return np.append(np.sort(np.random.default_rng(1).random(len(profit()) - 1)), 1.0)


def _line(ax):
    return max((line for line in ax.lines), key=lambda line: len(line.get_xdata()), default=None)


def _steps(ax):
    """What each client adds, as a share of all; the origin, where it is drawn, is no client."""
    added = np.asarray(_line(ax).get_ydata(), float)
    added = added / added[-1]
    return np.diff(added if len(added) == len(profit()) + 1 else np.concatenate([[0.0], added]))


def _ends(ax, axis: str) -> bool:
    end = float(getattr(_line(ax), f"get_{axis}data")()[-1])
    return min(abs(end - 1), abs(end / 100 - 1)) < 1e-6


def _at_even_steps(ax) -> bool:
    """Whether each client takes the same width: the k-th of n stands at k / n, or one step beside it."""
    x, n = np.asarray(_line(ax).get_xdata(), float), len(profit())
    return np.allclose(x / x[-1], np.arange(n + 1 - len(x), n + 1) / n, rtol=0, atol=1.01 / n)


def _tells(label: str) -> bool:
    """Whether it has a word: "a" and "x1" name nothing."""
    return bool(re.search(r"[^\W\d_]{4}|%", label))


def _is_profit(ax) -> bool:
    return np.allclose(_steps(ax), profit() / profit().sum(), atol=1e-4)


#: what must hold of the Axes, what to say where it does not
NEEDS = (
    (lambda ax: _line(ax) is not None,
     "There is no line: the whale curve is one line, a step for each client."),
    (lambda ax: ax.get_xlabel().strip() and ax.get_ylabel().strip(),
     "An axis has no label: of what does it show shares?"),
    (lambda ax: _tells(ax.get_xlabel()) and _tells(ax.get_ylabel()) and ax.get_xlabel() != ax.get_ylabel(),
     "The labels do not tell what the axes show: which is of clients, which of profit?"),
    (lambda ax: len(_line(ax).get_xdata()) in (len(profit()), len(profit()) + 1),
     "The line has not one step for each client. Were those left out who cost more than they bring?"),
    (lambda ax: _ends(ax, "x"),
     "The horizontal axis shows no share of clients: the last one stands at 100 %."),
    (_at_even_steps,
     "Clients do not stand at even steps on the horizontal axis: each of them is as large a share as any other."),
    (lambda ax: _ends(ax, "y"),
     "The line does not end at 100 %: what all clients bring, added up, is the whole. Were profits added up, and "
     "divided by their sum?"),
    (lambda ax: not (_steps(ax)[1:] >= _steps(ax)[:-1] - 1e-9).all(),
     "It begins with the least profitable client and sags: a whale curve begins with the most profitable."),
    (lambda ax: (_steps(ax)[1:] <= _steps(ax)[:-1] + 1e-9).all(),
     "It climbs and falls by turns: clients are not in the order of what they bring."),
    (_is_profit,
     "The line has the right form, of something else: profit is margin less what trips cost."),
)  # fmt: skip
