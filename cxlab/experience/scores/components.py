"""Components: what several items of a survey ask together (ease from ease_1, ease_2, …), as one question each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import ibis
import pandas as pd
from ibis import _

from cxlab.errors import DataError, unknown
from cxlab.experience.scores.questions import survey_table
from cxlab.finding import Check, Finding
from cxlab.wording import count, interval, number

_NUMBERED = re.compile(r"^(?P<stem>.*[^\W\d_])[\s_.-]*\d+$")
#: reliability from which a sum of items stands for one thing (Nunnally 1978, Psychometric Theory)
RELIABLE = 0.7
#: columns of an answer that differ between the items of a component
_OF_AN_ANSWER = ("question", "score", "scale_min", "scale_max", "importance", "answer", "source_column", "flag")


def numbered_items(questions: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Components by their items, where items are a name and a number each.

    >>> numbered_items(["ease_1", "nps", "ease_2", "Staff 1", "csat"])
    {'ease': ('ease_1', 'ease_2')}
    """
    found: dict[str, list[str]] = {}
    for question in questions:
        if match := _NUMBERED.match(question):
            found.setdefault(match["stem"], []).append(question)
    return {stem: tuple(sorted(items)) for stem, items in found.items() if len(items) > 1}


def several_items(named: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """Of names with their questions, those that are more than a question by its own name.

    >>> several_items({"staff": ["staff_1", "staff_2"], "price": ["price"]})
    {'staff': ('staff_1', 'staff_2')}
    """
    return {name: tuple(items) for name, items in named.items() if tuple(items) != (name,)}


def with_components(source, components: Mapping[str, Sequence[str]]) -> ibis.Table:
    """Surveys in which each component is a question, in place of its items; the other questions stay as they are.

    Parameters
    ----------
    source : Dataset with `surveys`, or an Ibis table or DataFrame with its columns
    components : component → its items, on one scale

    Returns
    -------
    Ibis table with the columns of the survey: the score of a component is the mean of its items that were answered,
    its importance the mean of theirs, its flag any of theirs; it is missing where none was answered

    Raises
    ------
    ParameterError : an item is no question of the survey. DataError : the items of a component have several scales.

    >>> import pandas as pd
    >>> asked = pd.DataFrame({"response_id": ["a"] * 3, "question": ["ease_1", "ease_2", "nps"], "score": [5, 7, 9],
    ...     "scale_min": [1, 1, 0], "scale_max": [7, 7, 10]})
    >>> made = with_components(asked, {"ease": ["ease_1", "ease_2"]}).order_by("question")
    >>> made.select("question", "score").execute().values.tolist()
    [['ease', 6.0], ['nps', 9.0]]
    """
    table = survey_table(source)
    if not components:
        return table
    scales = table.group_by("question").agg(low=_.scale_min.min(), high=_.scale_max.max()).execute()
    scales = scales.set_index("question")
    for name, items in components.items():
        for item in items:
            if item not in scales.index:
                raise unknown("item", item, scales.index)
        if len(scales.loc[list(items)].drop_duplicates()) > 1:
            raise DataError(
                f"the items of {name!r} are answered on several scales.", expected="one scale a component",
                mend="components={…} with items of one scale",
            )  # fmt: skip
    of = {item: name for name, items in components.items() for item in items}
    items = table.filter(_.question.isin(list(of)))
    named = items.mutate(question=items.question.cases(*of.items()))
    keys = [c for c in table.columns if c not in _OF_AN_ANSWER]
    sums = {"score": _.score.mean(), "scale_min": _.scale_min.min(), "scale_max": _.scale_max.max()}
    if "importance" in table.columns:
        sums["importance"] = _.importance.mean()
    sums |= {c: named[c].cast("string").max() for c in ("flag", "answer", "source_column") if c in table.columns}
    made = named.group_by("question", *keys).agg(**sums)
    rest = table.filter(~_.question.isin(list(of)))
    casts = {c: t for c, t in table.schema().items() if made.schema()[c] != t}
    return rest.union(made.select(*table.columns).mutate(**{c: made[c].cast(t) for c, t in casts.items()}))


def component_reliability(source, components: Mapping[str, Sequence[str]], *, level: float = 0.9) -> Finding:
    """Whether the items of each component measure one thing: a row a component, of `reliability`.

    Returns
    -------
    Finding "experience.reliability", a row a component, the least reliable first: component, items (count), measure
    ("alpha", or "spearman-brown" of two items), value, low, high, weakest (item that goes least along with the others)

    Raises
    ------
    DataError : an item is no question, or nobody answered all items of a component.
    """
    from cxlab.experience.scores.reliability import reliability

    rows, checks = [], []
    for name, items in components.items():
        found = reliability(source, items, level=level)
        own = found.table[found.table["measure"] == "item-rest"]
        rows.append(
            {"component": name, "items": len(items)}
            | found.table.iloc[0][["measure", "value", "low", "high"]].to_dict()
            | {"weakest": own.loc[own["value"].idxmin(), "name"] if len(items) > 2 else ""}
        )
        checks += [replace(check, name=f"{check.name} ({name})") for check in found.checks]
    table = pd.DataFrame(rows).sort_values("value", ignore_index=True)
    least, most = table.iloc[0], table.iloc[-1]
    enough = float(table["value"].min())
    checks.append(
        Check("reliability of every component", enough >= RELIABLE, number(enough, digits=2), f"≥ {RELIABLE:g}",
              "Its items do not ask one thing: read them one by one, or ask better ones.")
    )  # fmt: skip
    ends = interval(number(least.low, digits=2), number(least.high, digits=2), level=level)
    return Finding(
        "experience.reliability",
        f"The items of {least.component} have a reliability of {number(least.value, digits=2)}"
        if len(table) == 1
        else f"{_capital(most.component)} is measured best, {least.component} least well",
        (
            f"The items of {least.component} have a reliability of {number(least.value, digits=2)} {ends}. "
            if len(table) == 1
            else f"Of {count(len(table))} components the items of {least.component} agree least, with a reliability of "
            f"{number(least.value, digits=2)} {ends}, those of {most.component} most, with "
            f"{number(most.value, digits=2)}. "
        )
        + "What is not reliable can neither go along with anything nor tell customers apart.",
        table,
        units={"items": "count"},
        checks=tuple(checks),
        caption=f"Cronbach's alpha, of two items Spearman–Brown; {level * 100:g} % intervals.",
    )


def _capital(words: str) -> str:
    return words[0].upper() + words[1:]
