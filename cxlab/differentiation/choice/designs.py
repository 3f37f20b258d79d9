"""Designs of choice surveys: which offers to show together, so that few answers tell much."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from cxlab.errors import ModelError, ParameterError, unknown
from cxlab.wording import count

_STARTS, _BLOCKINGS = 3, 200


@dataclass(frozen=True)
class Design:
    """What to ask: tasks in blocks, each respondent one block.

    Parameters
    ----------
    table : a row an alternative: block, task, alternative, and a column an attribute
    columns : of part-worths: a number under its own name, a level of text as "attribute: level"; "none"
    information : about part-worths in one task, mean over tasks, at the part-worths expected, shape (columns, columns)
    expected : part-worths that were expected, shape (columns,)
    price, none : the attribute that is money, and the name of buying nothing; "" where there is none
    """

    table: pd.DataFrame
    columns: tuple[str, ...]
    information: np.ndarray = field(repr=False)
    expected: np.ndarray = field(repr=False)
    price: str = ""
    none: str = ""

    @property
    def blocks(self) -> int:
        return int(self.table["block"].nunique())

    @property
    def tasks_each(self) -> int:
        """Tasks that a respondent answers."""
        return int(self.table["task"].nunique()) // self.blocks

    @property
    def d_error(self) -> float:
        """Geometric mean of the variances of part-worths from one task; smaller is better."""
        return float(np.exp(-np.linalg.slogdet(self.information)[1] / len(self.columns)))


def choice_design(
    attributes: Mapping[str, Sequence], *, tasks: int = 12, alternatives: int = 3, blocks: int = 1, price: str = "",
    none: str = "", expected: Mapping[str, float] | None = None, rng: np.random.Generator | int = 0,
) -> Design:  # fmt: skip
    """Choice tasks in which every level is shown as often as the others and no answer is known beforehand.

    Parameters
    ----------
    attributes : name → levels; numbers stay numbers, text is compared with its first level
    tasks, alternatives, blocks : tasks in all, offers in each (buying nothing comes on top), and groups of tasks of
        which a respondent answers one
    price : the attribute that is money
    none : name of the offer to buy nothing, "" for none
    expected : column ("price", "roast: dark", "none") → part-worth, as far as known, be it the sign only. Columns with
        one have a direction: an offer that is no worse than another in any and alike in all others is not shown with it

    Raises
    ------
    ParameterError : one level, a price without numbers, fewer than two offers, tasks that do not fill the blocks or are
        too few to tell all part-worths; ModelError where every design would hold dominated or repeated offers.

    Notes
    -----
    Levels are dealt out evenly and then swapped between offers as long as the D-error falls (Kessels, Jones, Goos &
    Vandebroek 2009, Journal of Business & Economic Statistics 27(2); here by swaps, which keep the balance).

    >>> shown = choice_design({"price": [2, 3, 4], "roast": ["dark", "light"]}, tasks=6, alternatives=2,
    ...                       price="price", expected={"price": -1})
    >>> shown.table["price"].value_counts().tolist(), shown.tasks_each
    ([4, 4, 4], 6)
    """
    levels = _levels(attributes, price)
    columns, codes = _columns(levels)
    if none:
        columns = (*columns, "none")
    worth = _expected(expected or {}, columns)
    if alternatives < 2:
        raise ParameterError(f"alternatives = {alternatives}.", expected="two or more offers in a task")
    if blocks < 1 or tasks % blocks:
        raise ParameterError(f"{tasks} tasks do not fill {blocks} blocks evenly.", expected="a multiple of blocks",
                             mend=f"tasks={max(1, -(-tasks // max(blocks, 1))) * max(blocks, 1)}")  # fmt: skip
    least = -(-len(columns) // (alternatives - 1 + bool(none)))
    if tasks < least:
        raise ParameterError(f"{tasks} tasks of {alternatives} offers cannot tell {len(columns)} part-worths "
                             f"({', '.join(columns)}).", expected=f"at least {least}, better {2 * least}",
                             mend=f"tasks={-(-2 * least // blocks) * blocks}")  # fmt: skip
    search = _Search(levels, codes, worth, tasks, alternatives, bool(none))
    rng = np.random.default_rng(rng)
    best = min((search.run(rng) for _ in range(_STARTS)), key=lambda found: found[:2])
    if best[0]:
        raise ModelError(f"{count(best[0])} of {count(tasks)} tasks would show an offer twice or one that is plainly "
                         "better than another.", expected="enough levels that offers can differ in two ways at least",
                         mend="fewer offers in a task, more levels, or fewer expected part-worths")  # fmt: skip
    if not np.isfinite(best[1]):
        raise ModelError("no design was found that tells all part-worths apart.", expected="more tasks or fewer levels")
    shown = best[2][_blocked(best[2], levels, blocks, rng)]
    return Design(
        table=_table(shown, levels, blocks, none), columns=columns,
        information=sum(search.information(t) for t in shown) / tasks, expected=worth, price=price, none=none,
    )  # fmt: skip


def _levels(attributes: Mapping[str, Sequence], price: str) -> dict[str, list]:
    if not attributes:
        raise ParameterError("there are no attributes.", expected='name → levels, such as {"price": [2, 3, 4]}')
    if price and price not in attributes:
        raise unknown("attribute", price, attributes)
    found = {}
    for name, own in attributes.items():
        values = list(dict.fromkeys(own))
        if len(values) < 2:
            raise ParameterError(f"{name!r} has {'one level' if values else 'no levels'} ({own!r}).",
                                 expected="two or more: what never differs cannot be chosen by")  # fmt: skip
        if name == price and not all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in values):
            raise ParameterError(f"the price {name!r} has levels that are no numbers ({values!r}).", expected="numbers")
        found[name] = values
    return found


def _columns(levels: dict[str, list]) -> tuple[tuple[str, ...], list[np.ndarray]]:
    """Names of columns, and for every attribute the numbers of its levels, shape (levels, columns of it)."""
    names, codes = [], []
    for name, values in levels.items():
        if all(isinstance(v, (int, float, np.number)) for v in values):
            names.append(name)
            codes.append(np.array(values, float)[:, None])
        else:
            names += [f"{name}: {v}" for v in values[1:]]
            codes.append(np.eye(len(values))[:, 1:])
    return tuple(names), codes


def _expected(expected: Mapping[str, float], columns: tuple[str, ...]) -> np.ndarray:
    for name in expected:
        if name not in columns:
            raise unknown("part-worth", name, columns)
    return np.array([float(expected.get(c, 0.0)) for c in columns])


class _Search:
    """Swaps of levels between offers; `shown` is (tasks, alternatives, attributes) of level numbers."""

    def __init__(self, levels, codes, worth, tasks, alternatives, none):
        self.sizes = [len(values) for values in levels.values()]
        self.codes, self.worth, self.shape, self.none = codes, worth, (tasks, alternatives), none
        self.ends = ends = np.cumsum([0, *(c.shape[1] for c in codes)])
        # what each level is expected to be worth, and whether its attribute has a direction at all
        parts = [worth[ends[i] : ends[i + 1]] for i in range(len(codes))]
        self.values = [c @ part for c, part in zip(codes, parts, strict=True)]
        self.directed = np.array([bool(np.any(part)) for part in parts])

    def design(self, task: np.ndarray) -> np.ndarray:
        x = np.zeros((len(task) + self.none, len(self.worth)))
        for i, codes in enumerate(self.codes):
            x[: len(task), self.ends[i] : self.ends[i + 1]] = codes[task[:, i]]
        if self.none:
            x[-1, -1] = 1.0
        return x

    def information(self, task: np.ndarray) -> np.ndarray:
        x = self.design(task)
        utility = x @ self.worth
        share = np.exp(utility - utility.max())
        share /= share.sum()
        centred = x - share @ x
        return centred.T @ (centred * share[:, None])

    def wrong(self, task: np.ndarray) -> bool:
        """Whether an offer is shown twice, or beside one that is plainly better."""
        value = np.stack([v[task[:, i]] for i, v in enumerate(self.values)], axis=1)
        for i in range(len(task)):
            for j in range(len(task)):
                if i == j:
                    continue
                alike = (task[i] == task[j])[~self.directed].all()
                if alike and (value[i] >= value[j])[self.directed].all() and (i < j or (task[i] != task[j]).any()):
                    return True
        return False

    def run(self, rng: np.random.Generator) -> tuple[int, float, np.ndarray]:
        """Tasks that are wrong, −log determinant of the information, and the design."""
        tasks, alternatives = self.shape
        cells = tasks * alternatives
        shown = np.stack([rng.permutation(np.arange(cells) % n) for n in self.sizes], axis=1)
        shown = shown.reshape(tasks, alternatives, -1)
        about = np.array([self.information(t) for t in shown])
        wrong = np.array([self.wrong(t) for t in shown])
        score, idle = (int(wrong.sum()), self._loss(about.sum(0))), 0
        for _ in range(400 * cells):
            if idle > 6 * cells * len(self.sizes) and score[0] == 0:
                break
            a, (s, t), (i, j) = (
                rng.integers(len(self.sizes)),
                rng.integers(tasks, size=2),
                rng.integers(alternatives, size=2),
            )
            if score[0] and rng.random() < 0.5:
                s = rng.choice(np.flatnonzero(wrong))
            idle += 1
            if shown[s, i, a] == shown[t, j, a]:
                continue
            shown[s, i, a], shown[t, j, a] = shown[t, j, a], shown[s, i, a]
            own = sorted({int(s), int(t)})
            new_wrong, new_about = [self.wrong(shown[q]) for q in own], [self.information(shown[q]) for q in own]
            total = about.sum(0) + sum(n - about[q] for q, n in zip(own, new_about, strict=True))
            new = (score[0] + int(np.sum(new_wrong)) - int(wrong[own].sum()), self._loss(total))
            if new < score:
                score, wrong[own], about[own], idle = new, new_wrong, new_about, 0
            else:
                shown[s, i, a], shown[t, j, a] = shown[t, j, a], shown[s, i, a]
        return score[0], score[1], shown

    @staticmethod
    def _loss(information: np.ndarray) -> float:
        size = np.sqrt(np.maximum(np.diag(information), 1e-300))
        sign, value = np.linalg.slogdet(information / np.outer(size, size))
        return -(value + 2 * np.log(size).sum()) if sign > 0 and value > -60 else np.inf


def _blocked(shown: np.ndarray, levels: dict[str, list], blocks: int, rng: np.random.Generator) -> np.ndarray:
    """Order of tasks whose blocks show every level as evenly as can be found."""
    tasks = len(shown)
    orders = [rng.permutation(tasks) for _ in range(_BLOCKINGS if blocks > 1 else 1)]

    def uneven(order: np.ndarray) -> int:
        own = shown[order].reshape(blocks, -1, shown.shape[2])
        counts = [
            np.array([np.bincount(b[:, a], minlength=len(v)) for b in own]) for a, v in enumerate(levels.values())
        ]
        return int(sum(np.ptp(c, axis=0).sum() for c in counts))

    return min(orders, key=uneven)


def _table(shown: np.ndarray, levels: dict[str, list], blocks: int, none: str) -> pd.DataFrame:
    tasks, alternatives, _ = shown.shape
    rows = pd.DataFrame(
        {"block": np.repeat(np.arange(tasks) * blocks // tasks + 1, alternatives),
         "task": np.repeat(np.arange(tasks) + 1, alternatives),
         "alternative": np.tile([f"offer {i + 1}" for i in range(alternatives)], tasks)}
    )  # fmt: skip
    for a, (name, values) in enumerate(levels.items()):
        rows[name] = [values[level] for level in shown[:, :, a].ravel()]
    if none:
        extra = rows.drop_duplicates("task")[["block", "task"]].assign(alternative=none)
        rows = pd.concat([rows, extra]).sort_values(["task"], kind="stable", ignore_index=True)
    return rows
