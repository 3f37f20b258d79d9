"""Products on a market: those the data suggest, what can be changed about one, and whether people saw such ones."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from cxlab.differentiation.choice.tasks import Choices
from cxlab.finding import Check
from cxlab.wording import number

Product = Mapping[str, float | str]
#: names of attributes that tell who sells
_SELLERS = ("brand", "supplier", "seller", "company", "shop", "provider")


def typical_products(choices: Choices) -> dict[str, dict[str, float | str]]:
    """One product a seller, alike in all else: what it most often is, at the middle of the prices shown.

    Sellers are the alternatives with constants of their own; else the levels of a text attribute (one called brand or
    supplier before others), or marks of 0 and 1 that never stand together (and none of them, where that was shown).

    >>> import pandas as pd
    >>> from cxlab.differentiation.choice.tasks import read_choices
    >>> asked = pd.DataFrame({"respondent_id": 1, "task": [1, 1, 2, 2], "alternative": ["a", "b"] * 2,
    ...     "chosen": [1, 0, 0, 1], "price": [2, 3, 3, 4], "roast": ["dark", "light", "light", "dark"]})
    >>> typical_products(read_choices(asked, price="price"))
    {'dark': {'price': 3.0, 'roast': 'dark'}, 'light': {'price': 3.0, 'roast': 'light'}}
    """
    base = _most_common(choices)
    if "alternative" in choices.levels:
        return {str(name): _own_most_common(choices, name, base) for name in choices.levels["alternative"]}
    texts = sorted(choices.levels, key=lambda a: not any(word in a.lower() for word in _SELLERS))
    if texts:
        return {level: base | {texts[0]: level} for level in choices.levels[texts[0]]}
    group = _exclusive(choices)
    products = {name.replace("_", " "): base | dict.fromkeys(group, 0.0) | {name: 1.0} for name in group}
    if group and (choices.design[_real(choices)][:, _at(choices, group)] == 0).all(1).any():
        products["other"] = base | dict.fromkeys(group, 0.0)
    return products


def changes(choices: Choices, product: Product) -> dict[str, dict[str, float | str]]:
    """What can be changed about a product, one thing at a time, to what people were asked about: words → product.

    Numbers go to the next value shown, up and down; the price and constants stay. A mark takes the place of those that
    never stood beside it, and one that never stood beside a price is no change of this product.

    >>> import pandas as pd
    >>> from cxlab.differentiation.choice.tasks import read_choices
    >>> asked = pd.DataFrame({"respondent_id": 1, "task": [1, 1, 2, 2], "alternative": ["a", "b"] * 2,
    ...     "chosen": [1, 0, 0, 1], "price": [2, 3, 3, 4], "roast": ["dark", "light", "light", "dark"]})
    >>> list(changes(read_choices(asked, price="price"), {"price": 3, "roast": "dark"}))
    ['roast: light']
    """
    found: dict[str, dict[str, float | str]] = {}
    flags, priceless = set(marks(choices)), unpriced(choices)
    for attribute in choices.attributes:
        if attribute in (choices.price, "none", "alternative", *priceless):
            continue
        now, words = product[attribute], attribute.replace("_", " ")
        if attribute in choices.levels:
            found |= {
                f"{words}: {level}": {**product, attribute: level}
                for level in choices.levels[attribute] if level != str(now)
            }  # fmt: skip
        elif attribute in flags:
            apart = [other for other in _apart(choices, attribute) if other not in priceless and float(product[other])]
            if float(now):
                found[f"no {words}"] = {**product, attribute: 0.0}
            else:
                name = f"{words}, not {apart[0].replace('_', ' ')}" if apart else words
                found[name] = {**product, **dict.fromkeys(apart, 0.0), attribute: 1.0}
        else:
            values = shown(choices, attribute)
            for value in (*values[values < float(now)][-1:], *values[values > float(now)][:1]):
                found[f"{words}: {value:g}"] = {**product, attribute: float(value)}
    return found


def unpriced(choices: Choices) -> tuple[str, ...]:
    """Marks of 0 and 1 that never stood beside a price other than 0: what they are worth is not told in money."""
    if not choices.price:
        return ()
    rows = choices.design[_real(choices)]
    price = rows[:, choices.columns.index(choices.price)]
    if not (price != 0).any():
        return ()
    return tuple(m for m in marks(choices) if not price[rows[:, choices.columns.index(m)] > 0].any())


def shown(choices: Choices, attribute: str) -> np.ndarray:
    """Values of a number that people were shown, ascending; a price of 0 is no price ("by the hour", "none")."""
    values = np.unique(choices.design[_real(choices)][:, choices.columns.index(attribute)])
    return values[values != 0] if attribute == choices.price and (values > 0).any() else values


def asked_checks(choices: Choices, products: Mapping[str, Product]) -> tuple[Check, ...]:
    """Whether people were asked about such products, and whether some are the same but for the price."""
    beyond: list[str] = []
    flags, priceless = marks(choices), unpriced(choices)
    for name, product in products.items():
        for attribute, value in product.items():
            if attribute not in choices.columns or attribute in choices.levels:
                continue
            values = shown(choices, attribute)
            if not values[0] - 1e-9 <= float(value) <= values[-1] + 1e-9:
                ends = f"{number(values[0])} to {number(values[-1])}"
                beyond.append(f"{attribute} {number(float(value))} of {name} (shown: {ends})")
        own = [m for m in flags if float(product.get(m, 0) or 0)]
        beyond += [
            f"{m} with {o} of {name}" for i, m in enumerate(own) for o in own[i + 1 :] if o in _apart(choices, m)
        ]
        beyond += [f"{m} with a price of {name}" for m in own if m in priceless and float(product[choices.price])]
    alike = _alike(choices, products)
    return (
        Check("what people were not asked about", not beyond, "; ".join(beyond) or "none", "none",
              "What people would do there is a guess: ask them, or stay within what was shown."),
        Check("products that differ in price only", not alike, ", ".join(alike) or "none", "none",
              "Such products share their buyers more than a choice model says: count them as one."),
    )  # fmt: skip


def _alike(choices: Choices, products: Mapping[str, Product]) -> list[str]:
    names = [name for name in products if name != choices.none]
    rows = choices.coded({name: products[name] for name in names})
    if choices.price:
        rows = np.delete(rows, choices.columns.index(choices.price), axis=1)
    return [f"{a} and {b}" for i, a in enumerate(names) for j, b in enumerate(names) if i < j
            and np.allclose(rows[i], rows[j])]  # fmt: skip


def _real(choices: Choices) -> np.ndarray:
    return choices.alternatives != choices.none if choices.none else np.ones(len(choices.alternatives), bool)


def _at(choices: Choices, names) -> list[int]:
    return [choices.columns.index(name) for name in names]


def _most_common(choices: Choices, among: np.ndarray | None = None) -> dict[str, float | str]:
    """The level or value of each attribute that was shown most; the middle one of many values."""
    rows = choices.design[_real(choices) if among is None else among]
    found: dict[str, float | str] = {}
    for attribute, columns in choices.attributes.items():
        if attribute in ("none", "alternative"):
            continue
        own = rows[:, _at(choices, columns)]
        if attribute in choices.levels:
            held = np.append(len(own) - own.sum(), own.sum(0))
            found[attribute] = choices.levels[attribute][int(held.argmax())]
            continue
        values = own[:, 0]
        if attribute == choices.price:
            priced = values[values != 0]
            found[attribute] = round(float(np.median(np.unique(priced) if len(priced) else values)), 6)
        else:  # a value that was shown, not one between two
            found[attribute] = float(np.quantile(values, 0.5, method="inverted_cdf"))
    return found


def _own_most_common(choices: Choices, name: str, base: dict) -> dict[str, float | str]:
    own = choices.alternatives == name
    return _most_common(choices, own) if own.any() else dict(base)


def marks(choices: Choices) -> list[str]:
    """Numbers that are 0 or 1 in every alternative."""
    rows = choices.design[_real(choices)]
    return [
        a for a, columns in choices.attributes.items()
        if a not in choices.levels and a not in ("none", "alternative", choices.price)
        and set(np.unique(rows[:, _at(choices, columns)[0]])) == {0.0, 1.0}
    ]  # fmt: skip


def _apart(choices: Choices, mark: str) -> list[str]:
    """Marks that never stand beside this one."""
    rows = choices.design[_real(choices)]
    with_it = rows[rows[:, choices.columns.index(mark)] > 0]
    return [m for m in marks(choices) if m != mark and not with_it[:, choices.columns.index(m)].any()]


def _exclusive(choices: Choices) -> list[str]:
    """The first marks of which no two stand together; a mark alone where there are no such."""
    flags, priceless = marks(choices), unpriced(choices)
    for first in flags:
        group = [first]
        for other in _apart(choices, first):
            if set(group) <= set(_apart(choices, other)) and other not in priceless:
                group.append(other)
        if len(group) > 1 and first not in priceless:
            return sorted(group, key=flags.index)
    return flags[:1]
