"""What a case is to do: the `case` of a client.yaml, checked as a whole before any work."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import Field

from cxlab.cases.reach import check_reach
from cxlab.cases.steps import START, Step, inside, steps_of
from cxlab.errors import ParameterError, unknown
from cxlab.parameters import Parameters
from cxlab.places import shipped
from cxlab.report.brand import Brand

#: what may stand in `case`
KEYS = (
    "question", "situation", "source", "outside", "studies", "notebook", "findings", "change_our_mind", "risks",
    "ethics", "allow", "smallest_group", "template", "language", "seed",
)  # fmt: skip
_TOP = ("client", "currency", "observation_end", "sources", "case", "brand")
_TELL = "findings: [{study: experience, finding: experience.drivers, so_what: Fix the queue first.}]"


class AnyBusiness(Parameters):
    """Parameters of ``notebooks/cases/any-business.ipynb``."""

    case: str = Field("coffee-shop", description="a client.yaml, its folder, or a case that ships")
    work: str = Field("", description="folder in which the runs are kept; empty: runs/case-NAME.work")


class CoffeeShop(AnyBusiness):
    """Parameters of ``notebooks/cases/coffee-shop.ipynb``."""


class BoutiqueHotel(AnyBusiness):
    """Parameters of ``notebooks/cases/boutique-hotel.ipynb``."""

    case: str = Field("boutique-hotel", description="a client.yaml, its folder, or a case that ships")


@dataclass(frozen=True)
class CasePlan:
    """A case as its yaml declares it.

    Parameters
    ----------
    name : of the case, for folders
    file : the yaml
    client, currency : as the yaml says
    notebook : the case notebook
    steps : the studies in their order
    question, situation : paragraphs
    told : findings that are told, in place of the answers of the studies: study, finding, sentence, so_what
    change_our_mind, risks, ethics : what the yaml adds to what follows from the findings
    allow, smallest_group, language : what may leave, and in which language the document says it is
    template : slides of the client's own, None for the house's
    brand : as the yaml says, for `Brand.of`
    """

    name: str
    file: Path
    client: str
    currency: str
    notebook: Path
    steps: tuple[Step, ...]
    question: tuple[str, ...] = ()
    situation: tuple[str, ...] = ()
    told: tuple[Mapping[str, str], ...] = ()
    change_our_mind: tuple[str, ...] = ()
    risks: tuple[Mapping[str, str], ...] = ()
    ethics: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()
    smallest_group: int = 10
    language: str = "en"
    template: Path | None = None
    brand: Mapping[str, Any] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """The client's folder: what the yaml names lies in it."""
        return self.file.parent


def cases() -> dict[str, Path]:
    """The cases that ship with cxlab: name to yaml.

    >>> "coffee-shop" in cases()
    True
    """
    return {path.stem: path for path in sorted((shipped("notebooks") / "cases").glob("*.yaml"))}


def find_case(case: str | Path) -> Path:
    """The yaml of a case: a shipped case's name, a client.yaml, or the folder that holds one.

    Raises
    ------
    ParameterError : there is none; lists the shipped ones.
    """
    path = Path(case).expanduser()
    if path.is_dir() and (path / "client.yaml").is_file():
        return (path / "client.yaml").resolve()
    if path.is_file():
        return path.resolve()
    if str(case) in cases():
        return cases()[str(case)]
    raise ParameterError(
        f"there is no case {str(case)!r}.",
        expected="a client.yaml, a folder with one, or a case that ships: " + ", ".join(cases()),
        mend=f"cxlab case new {path.name or 'client'}",
    )


def read_plan(case: str | Path) -> CasePlan:
    """A case, with every study found and every parameter checked.

    Raises
    ------
    ParameterError : what is wrong, of all studies in one message; nothing was run.
    DataError : a source of the yaml is not there, or is described wrongly.
    """
    from cxlab.report.privacy import check_allowed

    file = find_case(case)
    content = _content(file)
    said = content["case"]
    own = file.parent
    steps = steps_of(file, content)
    check_reach(file, said, (str(step.values["source"]) for step in steps))
    notebook = _notebook(file, str(said.get("notebook") or ""))
    allow = _texts(said.get("allow"), "allow")
    check_allowed(allow)
    smallest = said.get("smallest_group", 10)
    if not isinstance(smallest, int) or isinstance(smallest, bool) or smallest < 2:
        raise ParameterError(f"case.smallest_group = {smallest!r}.", expected="a whole number, 2 or more; 10 is usual")
    template = inside(own, str(said["template"]), "case.template", endings=(".pptx",)) if said.get("template") else None
    brand = content.get("brand") or {}
    if not isinstance(brand, Mapping):
        raise ParameterError(
            f"brand = {brand!r}.", expected='brand: {name: …, colours: {main: "#1F6FB2"}, logo: logo.png}'
        )
    if brand:
        Brand.of(brand, own)  # what is wrong with it is said before any study runs
    return CasePlan(
        name=file.stem if file.stem != "client" else _label_of(str(content.get("client") or own.name)),
        file=file,
        client=str(content.get("client") or own.name),
        currency=str(content.get("currency") or ""),
        notebook=notebook,
        steps=steps,
        question=_texts(said.get("question"), "question"),
        situation=_texts(said.get("situation"), "situation"),
        told=_mappings(said.get("findings"), "findings", ("study", "finding", "sentence", "so_what"), _TELL),
        change_our_mind=_texts(said.get("change_our_mind"), "change_our_mind"),
        risks=_mappings(said.get("risks"), "risks", ("risk", "sign", "answer"),
                        "risks: [{risk: …, sign: …, answer: …}]"),
        ethics=_texts(said.get("ethics"), "ethics"),
        allow=allow,
        smallest_group=smallest,
        language=str(said.get("language") or "en"),
        template=template,
        brand=brand,
    )  # fmt: skip


def _content(file: Path) -> dict[str, Any]:
    import yaml

    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8-sig"))
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as problem:
        raise ParameterError(f"{file.name} is no YAML: {' '.join(str(problem).split())}", expected=START) from None
    if not isinstance(content, dict) or not isinstance(content.get("case"), dict):
        raise ParameterError(f"{file.name} says nothing of a case.", expected=START)
    for key in content:
        if key not in _TOP:
            raise unknown(f"key of {file.name}", key, _TOP)
    for key in content["case"]:
        if key not in KEYS:
            raise unknown(f"key of case in {file.name}", key, KEYS)
    return content


def _notebook(file: Path, said: str) -> Path:
    folder = shipped("notebooks") / "cases"
    known = {path.stem: path for path in sorted(folder.glob("*.ipynb"))}
    if not said:
        return known["any-business"]
    if said.endswith(".ipynb"):
        return inside(file.parent, said, "case.notebook", endings=(".ipynb",))
    if said not in known:
        raise unknown("case notebook", said, known)
    return known[said]


def _texts(value: Any, what: str) -> tuple[str, ...]:
    """A text or a list of texts as paragraphs."""
    values = [] if value in (None, "") else value if isinstance(value, list) else [value]
    if not all(isinstance(v, (str, int, float)) for v in values):
        raise ParameterError(f"case.{what} = {value!r}.", expected="a text, or a list of texts")
    return tuple(" ".join(str(v).split()) for v in values)


def _mappings(value: Any, what: str, keys: tuple[str, ...], expected: str) -> tuple[Mapping[str, str], ...]:
    values = value or []
    if not isinstance(values, list) or not all(isinstance(v, dict) for v in values):
        raise ParameterError(f"case.{what} = {value!r}.", expected=expected)
    for entry in values:
        for key in entry:
            if key not in keys:
                raise unknown(f"key of case.{what}", key, keys)
    return tuple({str(k): " ".join(str(v).split()) for k, v in entry.items()} for entry in values)


def _label_of(text: str) -> str:
    """A folder's name as the name of a case.

    >>> _label_of("Corner Coffee & Co.")
    'corner-coffee-co'
    """
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "case"
