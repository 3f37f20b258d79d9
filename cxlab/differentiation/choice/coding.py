"""Attributes as numbers: levels of text against a reference, and whether each can be told from the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cxlab.errors import DataError, ParameterError, unknown
from cxlab.wording import count

#: levels from which a text attribute is rather a name of each row
_LEVELS = 50


@dataclass(frozen=True)
class Coding:
    """How attributes become columns of a design.

    Parameters
    ----------
    attributes : attribute → its columns, in order; "alternative" and "none" are those of constants
    levels : text attribute → its levels, the reference first
    """

    attributes: dict[str, tuple[str, ...]]
    levels: dict[str, tuple[str, ...]]

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(c for columns in self.attributes.values() for c in columns)


def code(
    rows: pd.DataFrame, *, is_none: np.ndarray, none: str, alternative: np.ndarray, constants: Sequence[str],
    reference: Mapping[str, str], price: str,
) -> tuple[np.ndarray, Coding]:  # fmt: skip
    """The design of attributes (a column each), constants of alternatives, and the constant of buying nothing.

    Returns
    -------
    design, shape (rows, columns), and its coding
    """
    attributes: dict[str, tuple[str, ...]] = {}
    levels: dict[str, tuple[str, ...]] = {}
    parts: list[np.ndarray] = []
    for name in rows.columns:
        if name == "none" and none:
            raise ParameterError("an attribute is called 'none', as is the constant of buying nothing.",
                                 expected="another name of the column", mend="rename it, or leave it out")  # fmt: skip
        values = rows[name]
        gaps = values.isna().to_numpy() & ~is_none
        if gaps.any():
            raise DataError(f"attribute {name!r} is empty in {count(gaps.sum())} rows.",
                            expected="a value for every alternative that is not buying nothing")  # fmt: skip
        if pd.api.types.is_bool_dtype(values) or pd.api.types.is_numeric_dtype(values):
            parts.append(_number(name, values, is_none)[:, None])
            attributes[name] = (name,)
            continue
        if name == price:
            raise DataError(f"the price {name!r} holds text ({str(values.iloc[0])!r}, …).", expected="numbers")
        own, columns, coded = _text(name, values.astype(str).to_numpy(), is_none, reference.get(name))
        levels[name], attributes[name] = own, columns
        parts.append(coded)
    for name in reference:
        if name not in levels:
            raise unknown("text attribute of `reference`", name, levels)
    if constants:
        others = [a for a in dict.fromkeys(alternative[~is_none]) if a not in constants]
        if not others:
            raise ParameterError("every alternative has a constant of its own.",
                                 expected="one left out, with which the others are compared")  # fmt: skip
        levels["alternative"] = (*others, *map(str, constants))
        attributes["alternative"] = tuple(f"alternative: {a}" for a in constants)
        parts.append(np.equal.outer(alternative, np.array(constants, dtype=str)).astype(float))
    if none:
        attributes["none"] = ("none",)
        parts.append(is_none[:, None].astype(float))
    return np.ascontiguousarray(np.concatenate(parts, axis=1)), Coding(attributes, levels)


def _number(name: str, values: pd.Series, is_none: np.ndarray) -> np.ndarray:
    numbers = values.to_numpy(dtype=float, na_value=np.nan)
    if not np.isfinite(numbers[~is_none]).all():
        raise DataError(f"attribute {name!r} is infinite in some rows.", expected="numbers")
    held = is_none & np.isfinite(numbers) & (numbers != 0)
    if held.any():
        raise DataError(f"buying nothing has a {name!r} of {numbers[held][0]:g} in {count(held.sum())} rows.",
                        expected="no attributes (empty or 0): it has a constant of its own")  # fmt: skip
    return np.where(is_none, 0.0, numbers)


def _text(name: str, values: np.ndarray, is_none: np.ndarray, reference: str | None):
    """Levels (reference first), names of columns, and columns."""
    own = sorted(set(values[~is_none]))
    if len(own) > _LEVELS:
        raise DataError(f"attribute {name!r} has {len(own)} levels ({own[0]!r}, {own[1]!r}, …).",
                        expected=f"at most {_LEVELS}: a text that names each row is no attribute",
                        mend="name the columns that are: attributes=[…]")  # fmt: skip
    if reference is not None and str(reference) not in own:
        raise unknown(f"level of {name!r}", reference, own)
    base = own[0] if reference is None else str(reference)
    others = [level for level in own if level != base]
    coded = np.equal.outer(values, np.array(others, dtype=str)) & ~is_none[:, None]
    return (base, *others), tuple(f"{name}: {level}" for level in others), coded.astype(float)
