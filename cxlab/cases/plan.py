"""What a case is to do: the `case` of a client.yaml, checked as a whole before any work."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import Field

from cxlab.errors import CxlabError, ParameterError, unknown
from cxlab.parameters import Parameters
from cxlab.places import shipped

#: what may stand in `case`
KEYS = (
    "question", "situation", "source", "studies", "notebook", "findings", "change_our_mind", "risks", "ethics", "allow",
    "smallest_group", "template", "language", "seed",
)  # fmt: skip
#: what may leave although it tells of persons (see `cxlab.report.document.CaseReport`)
ALLOWED = ("customer_id", "response_id", "respondent_id", "unit_id", "text", "pseudonyms", "quotes", "pictures")
_TOP = ("client", "currency", "observation_end", "sources", "case", "brand")
_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
_START = "case: {question: What pays, studies: {experience: {}, roadmap: {}}}"
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
class Step:
    """One study of a case.

    Parameters
    ----------
    label : what the case calls it; the name of its folder
    study : the study, or the path of a notebook in the client's folder
    values : its parameters, typed and checked, the source included
    """

    label: str
    study: str
    values: Mapping[str, Any]


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
    """
    file = find_case(case)
    content = _content(file)
    said = content["case"]
    own = file.parent
    steps = _steps(file, content)
    notebook = _notebook(file, str(said.get("notebook") or ""))
    allow = _texts(said.get("allow"), "allow")
    for name in allow:
        if name not in ALLOWED:
            raise unknown("word in case.allow", name, ALLOWED)
    smallest = said.get("smallest_group", 10)
    if not isinstance(smallest, int) or isinstance(smallest, bool) or smallest < 1:
        raise ParameterError(f"case.smallest_group = {smallest!r}.", expected="a whole number, 1 or more; 10 is usual")
    template = inside(own, str(said["template"]), "case.template", endings=(".pptx",)) if said.get("template") else None
    brand = content.get("brand") or {}
    if not isinstance(brand, Mapping):
        raise ParameterError(f"brand = {brand!r}.", expected='brand: {name: …, blue: "#1F6FB2", logo: logo.png}')
    return CasePlan(
        name=file.stem if file.stem != "client" else _label_of(own.name),
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
        raise ParameterError(f"{file.name} is no YAML: {' '.join(str(problem).split())}", expected=_START) from None
    if not isinstance(content, dict) or not isinstance(content.get("case"), dict):
        raise ParameterError(f"{file.name} says nothing of a case.", expected=_START)
    for key in content:
        if key not in _TOP:
            raise unknown(f"key of {file.name}", key, _TOP)
    for key in content["case"]:
        if key not in KEYS:
            raise unknown(f"key of case in {file.name}", key, KEYS)
    return content


def _steps(file: Path, content: Mapping[str, Any]) -> tuple[Step, ...]:
    said = content["case"]
    studies = said.get("studies")
    if isinstance(studies, list) and all(isinstance(s, str) for s in studies):
        studies = {name: {} for name in studies}
    if not isinstance(studies, dict) or not studies:
        raise ParameterError(f"the case of {file.name} names no studies.", expected=_START)
    common = {"currency": content.get("currency"), "client": content.get("client"), "seed": said.get("seed")}
    default = str(file) if content.get("sources") else str(said.get("source") or "")
    steps, faults = [], []
    for label, given in studies.items():
        try:
            steps.append(_step(file, str(label), given, common, default))
        except CxlabError as fault:
            faults.append(f"case.studies.{label}: {fault}" if len(studies) > 1 else str(fault))
    if faults:
        raise ParameterError("\n".join(faults))
    return tuple(steps)


def _step(file: Path, label: str, given: Any, common: Mapping[str, Any], default: str) -> Step:
    import nbformat

    from cxlab.runs.studies import chosen, find_study, parameters_class, studies

    if not _LABEL.fullmatch(label):
        raise ParameterError(f"{label!r} cannot name a study's folder.", expected="letters, digits, - and _, up to 40")
    given = {} if given is None else given
    if not isinstance(given, dict):
        raise ParameterError(f"{label} = {given!r}.", expected=f"{label}: {{parameter: value}}")
    given = {str(k): v for k, v in given.items()}
    study = str(given.pop("study", label))
    if study.endswith(".ipynb"):
        path = inside(file.parent, study, "study", endings=(".ipynb",))
    elif study in studies():
        path = find_study(study)
    else:
        raise unknown("study", study, studies())
    cls = parameters_class(nbformat.read(path, as_version=4), name=path.name)
    source = str(given.get("source") or default)
    if not source:
        raise ParameterError(
            f"it is not said what data {label} reads.",
            expected="sources of the client, case.source, or a source of the study's own",
            mend="case: {source: coffee_shop}",
        )
    beside = file.parent / source
    given["source"] = str(beside.resolve()) if beside.exists() else source
    for name, value in common.items():
        if value not in (None, "") and name in cls.model_fields:
            given.setdefault(name, value)
    return Step(label, path.stem if study in studies() else str(path), chosen(cls, given))


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


def inside(folder: Path, said: str, what: str, *, endings: tuple[str, ...]) -> Path:
    """A file that a yaml names, which has to lie in the yaml's own folder.

    Raises
    ------
    ParameterError : it leaves the folder, is of another kind or is not there.
    """
    path = (folder / said).resolve()
    if Path(said).is_absolute() or "://" in said or not path.is_relative_to(folder.resolve()):
        raise ParameterError(f"{what} = {said!r} leaves the client's folder.", expected=f"a file below {folder.name}/")
    if path.suffix.lower() not in endings:
        raise ParameterError(f"{what} = {said!r}.", expected="a file " + " or ".join(f"*{e}" for e in endings))
    if not path.is_file():
        raise ParameterError(f"{what} = {said!r} is not there.", expected=f"a file below {folder.name}/")
    return path


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
