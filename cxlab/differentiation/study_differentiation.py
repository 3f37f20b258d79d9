"""The study of differentiation: its typed parameters, and what its data are for."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import ClassVar

import ibis
import numpy as np
import pandas as pd
from pydantic import Field

from cxlab.differentiation.choice.holdout import last_task_out
from cxlab.differentiation.choice.products import shown, typical_products
from cxlab.differentiation.choice.tasks import KEYS, Choices, read_choices
from cxlab.errors import DataError, ParameterError, unknown
from cxlab.experience.study import Asked, ExperienceStudy, asked
from cxlab.parameters import Parameters

_PRICE = re.compile(r"price|preis|prix|precio|prezzo|cost", re.IGNORECASE)
_NONE = re.compile(r"none|no choice|nothing|neither|opt.?out|keine?s?", re.IGNORECASE)
_MADE = ("available", "timestamp", "source_column", "flag")
#: alternatives that have names of their own, at most
_MOST_NAMES = 10
#: different values of a number from which it was measured, not offered
_MEASURED = 30


class DifferentiationStudy(Parameters):
    """Parameters of ``notebooks/studies/differentiation.ipynb``.

    >>> DifferentiationStudy(cut=0.2).cut
    0.2
    >>> DifferentiationStudy(cut=10.0)
    Traceback (most recent call last):
    ...
    cxlab.errors.ParameterError: parameter cut = 10.0: it is too large.
    ...
    """

    tables: ClassVar[tuple[str, ...]] = ("choices", "surveys")

    source: str = Field("coffee_shop", description="a data set, a file, a folder, a database or a client.yaml")
    columns: dict[str, str] = Field(default_factory=dict, description="contract column = source column")
    options: dict[str, str] = Field(default_factory=dict, description="reading rules by name, as dates = day_first")
    client: str = Field("", description="name on the report")
    currency: str = Field("", description="ISO code of prices; empty: what the data states")
    own: str = Field("", description="our brand or product; empty: the one rated most, the first product")
    overall: str = Field("", description="question of the survey that sums it up; empty: satisfaction, else the NPS")
    drivers: tuple[str, ...] = Field((), description="questions compared with rivals; empty: all ratings")
    hard_to_copy: dict[str, float] = Field(default_factory=dict, description="attribute = 0 (at once) to 1 (never)")
    price: str = Field("", description="column of choices that is the price; empty: the one called so")
    price_unit: str = Field("", description="what a price is counted in, where it is not the currency: cents a kWh")
    attributes: tuple[str, ...] = Field((), description="columns that describe alternatives; empty: all that differ")
    none: str = Field("", description="alternative that is buying nothing; empty: the one called so")
    stated: bool = Field(True, description="choices were made in a survey; no: they were purchases")
    own_product: dict[str, str] = Field(default_factory=dict, description="attribute = value of ours; rest: typical")
    rivals: dict[str, str] = Field(default_factory=dict, description="rival = attribute: value | attribute: value")
    costs: dict[str, float] = Field(default_factory=dict, description="product = cost of one unit")
    rival: str = Field("", description="who cuts its price; empty: the one with the largest share")
    cut: float = Field(0.1, gt=0, lt=1, description="share of its price by which it cuts")
    above: float = Field(0.0, ge=0, description="who would pay more than this is counted; 0: a tenth of the price")
    people: int = Field(0, ge=0, description="respondents drawn from those who chose; 0: all")
    level: float = Field(0.9, gt=0.5, lt=1, description="coverage of intervals")
    draws: int = Field(300, ge=100, le=20_000, description="posterior draws of the choice model that are kept")
    effective: float = Field(400.0, ge=10, le=20_000, description="independent draws that sampling goes on for")
    most: int = Field(10_000, ge=1000, description="steps after which sampling ends in any case")
    seed: int = Field(1, ge=0, description="of all randomness")


@dataclass(frozen=True)
class Chosen:
    """Choices and what the study makes of them.

    Parameters
    ----------
    choices : all that count; train : without the tasks kept back, held : those (None where nobody answered enough)
    products : name → attributes, ours first
    own : our product
    sellers : attributes that tell who sells: they do not change
    left_out : columns that do not differ between the alternatives of a task
    measured : numbers of so many values that they were measured, as loyalty, not offered: they count, and are not sold
    people : respondents of the data
    unit : of prices in words; "" where they are money
    """

    choices: Choices
    train: Choices
    held: Choices | None
    products: dict[str, dict[str, float | str]]
    own: str
    sellers: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    measured: tuple[str, ...] = ()
    people: int = 0
    unit: str = ""


def survey_of(data, settings: DifferentiationStudy) -> Asked | None:
    """The survey with what its questions are for; None where there is none.

    Raises
    ------
    ParameterError : a question or brand that is named does not exist.
    """
    if "surveys" not in data.tables:
        return None
    wanted = ExperienceStudy(
        source=settings.source, overall=settings.overall, drivers=settings.drivers,
        own=_brand(data, settings), hard_to_copy=settings.hard_to_copy,
        level=settings.level, draws=max(settings.draws, 200), seed=settings.seed,
    )  # fmt: skip
    return asked(data, wanted)


def _brand(data, settings: DifferentiationStudy) -> str:
    """Our brand in the survey; what is no brand there may be a product that was chosen."""
    if not settings.own or "brand" not in data.surveys.columns:
        return ""
    brands = set(data.surveys.select("brand").distinct().execute()["brand"].dropna())
    return settings.own if settings.own in brands or "choices" not in data.tables else ""


def choices_of(data, settings: DifferentiationStudy, *, survey: Asked | None = None) -> Chosen | None:
    """The choices of a data set and the products of its market, as the settings say, else as the data suggest.

    Ours is the product that is named, else the one called like our brand in the survey, else the first.

    Raises
    ------
    DataError, ParameterError : the choices cannot be read, or a name does not exist.
    """
    if "choices" not in data.tables:
        return None
    table = data.choices
    price = settings.price or _price(table)
    names = table.select("alternative").distinct().execute()["alternative"].astype(str).tolist()
    none = settings.none or next((name for name in names if _NONE.fullmatch(name)), "")
    attributes, flat = _attributes(table, settings, price, none)
    labels = sorted(name for name in names if name != none)
    named = len(labels) <= _MOST_NAMES and not any(name.replace(".", "").isdigit() for name in labels)
    table, people = _drawn(table, settings)
    table, attributes = _folded(table, attributes, none)
    choices = read_choices(
        data.derived(choices=table), price=price, attributes=attributes, none=none,
        constants=labels[1:] if named and len(labels) > 1 else (),
    )  # fmt: skip
    if settings.currency:
        choices = replace(choices, currency=settings.currency)
    lowest = float(shown(choices, price)[0]) if price else 0.0
    if lowest < 0:
        raise DataError(f"{price} goes down to {lowest:g}: that is no price.", expected="prices of 0 or more",
                        mend="-p price=COLUMN names the price; or take off the minus sign")  # fmt: skip
    named_own = settings.own or (survey.own if survey else "")
    products = _products(choices, settings, named_own) if price else {}
    if settings.own and products and settings.own not in products and not (survey and survey.own == settings.own):
        raise unknown("product", settings.own, products)
    own = named_own if named_own in products else next(iter(products), "")
    products = {name: products[name] for name in (own, *(n for n in products if n != own))} if products else {}
    train, held = last_task_out(choices)
    unit = settings.price_unit or _unit(price, settings.currency)
    return Chosen(choices, train, held, products, own, _sellers(choices, price), flat, _measured(choices), people, unit)


def _price(table) -> str:
    """The column that is called a price; "" where none is."""
    schema = table.schema()
    return next((c for c in table.columns if _PRICE.search(c) and c not in KEYS and schema[c].is_numeric()), "")


def _unit(price: str, currency: str) -> str:
    """What the name of the column says prices are counted in.

    >>> _unit("price_cents_kwh", ""), _unit("price_100usd", ""), _unit("price", "")
    ('cents kWh', '', '')
    """
    words = re.findall(r"[^\W_]+", _PRICE.sub(" ", price))
    if currency or len(words) < 2 or not all(word.isalpha() for word in words):
        return ""
    return " ".join(words).replace("kwh", "kWh")


def _measured(choices: Choices) -> tuple[str, ...]:
    """Numbers beside the price of more values than anybody offers."""
    at = choices.columns.index
    return tuple(
        a for a in choices.attributes
        if a in choices.columns and a != choices.price and len(np.unique(choices.design[:, at(a)])) >= _MEASURED
    )  # fmt: skip


def _attributes(table, settings, price: str, none: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Attributes, and those columns that never differ within a task."""
    if settings.attributes:
        return settings.attributes, ()
    free = [c for c in table.columns if c not in (*KEYS, *_MADE)]
    real = table.filter(table.alternative.cast("string") != none) if none else table
    levels = real.group_by(["respondent_id", "task"]).agg(**{c: real[c].nunique() for c in free})
    most = levels.aggregate(**{c: levels[c].max() for c in free}).execute().iloc[0]
    flat = tuple(c for c in free if not most[c] > 1)
    return tuple(c for c in free if c not in flat or c == price), flat


def _folded(table, attributes: tuple[str, ...], none: str):
    """Marks of which every alternative has exactly one, as one attribute: a column a brand is the brand.

    Left apart they would tell buying nothing, which has none of them, and no one of them could be told.
    """
    schema = table.schema()
    real = table.filter(table.alternative.cast("string") != none) if none else table
    numbers = [c for c in attributes if schema[c].is_numeric() or schema[c].is_boolean()]
    patterns = real.select(**{c: real[c].cast("float64") for c in numbers}).distinct().execute()
    marks = [c for c in numbers if set(patterns[c]) == {0.0, 1.0}]
    for first in marks:
        group = [first]
        for other in marks:
            if other != first and patterns[[*group, other]].sum(axis=1).max() <= 1:
                group.append(other)
        if len(group) > 2 and (patterns[group].sum(axis=1) == 1).all():
            name = next(n for n in ("brand", "seller", "kind", "which") if n not in table.columns)
            words = {c: c.replace("_", " ") for c in group}
            level = ibis.cases(*((table[c].cast("float64") == 1, words[c]) for c in group), else_=ibis.null("string"))
            kept = tuple(c for c in attributes if c not in group)
            return table.mutate(**{name: level}).drop(*group), (*kept, name)
    return table, attributes


def _drawn(table, settings):
    """The choices of as many respondents as asked for, and how many there are."""
    people = table.select("respondent_id").distinct().execute()["respondent_id"]
    if not settings.people or settings.people >= len(people):
        return table, len(people)
    some = np.random.default_rng(settings.seed).choice(np.sort(people.to_numpy()), settings.people, replace=False)
    return table.filter(table.respondent_id.isin(some.tolist())), len(people)


def _products(choices: Choices, settings: DifferentiationStudy, own: str) -> dict[str, dict[str, float | str]]:
    """Products of the market: typical ones, with what the settings say of ours and of rivals."""
    typical = typical_products(choices)
    if not (settings.own_product or settings.rivals):
        return typical
    own = own or next(iter(typical), "ours")
    base = typical.get(own) or next(iter(typical.values()))
    ours = _with(choices, own, base, settings.own_product)
    if not settings.rivals:
        return {own: ours} | {name: p for name, p in typical.items() if name != own}
    said = {name: dict(_pair(name, part) for part in words.split("|")) for name, words in settings.rivals.items()}
    return {own: ours} | {
        name: _with(choices, name, typical.get(name, ours), values) for name, values in said.items()
    }  # fmt: skip


def _pair(name: str, words: str) -> tuple[str, str]:
    attribute, colon, value = words.partition(":")
    if not colon:
        raise ParameterError(f"rival {name!r} is described by {words.strip()!r}.", expected="attribute: value | …",
                             mend=f'rivals={{"{name}": "price: 3 | size: 2"}}')  # fmt: skip
    return attribute.strip(), value.strip()


def _with(choices: Choices, name: str, base, values) -> dict[str, float | str]:
    product = dict(base)
    for attribute, value in values.items():
        if attribute not in choices.attributes or attribute == "none":
            raise unknown(f"attribute of {name!r}", attribute, [a for a in choices.attributes if a != "none"])
        try:
            product[attribute] = value if attribute in choices.levels else float(value)
        except ValueError:
            raise ParameterError(f"{attribute} of {name!r} is {value!r}.", expected="a number") from None
    return product


def _sellers(choices: Choices, price: str) -> tuple[str, ...]:
    """Attributes in which typical products differ, but for the price: they tell who sells."""
    if "alternative" in choices.levels:
        return ()
    table = pd.DataFrame(typical_products(choices)).T
    return tuple(c for c in table.columns if c not in (price, "alternative") and table[c].nunique() > 1)


def require_something(survey: Asked | None, chosen: Chosen | None, data) -> None:
    """Raises DataError where the data has neither answers on rivals nor choices."""
    if (survey is None or not survey.own) and chosen is None:
        raise DataError(
            f"{data.name} has neither ratings of rivals nor choices between products.",
            expected="surveys with a brand, or choices (a row an alternative of a task)",
            mend="cxlab data check SOURCE shows how a file is read",
        )  # fmt: skip
