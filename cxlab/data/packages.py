"""Packages: folders and files that say of several sources what they are: datapackage.json and client.yaml."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from pathlib import Path
from typing import Any

from cxlab.data.contract import TABLES
from cxlab.data.dataset import Card
from cxlab.data.rules import Rules
from cxlab.errors import DataError, unknown

_RESERVED = ("path", "table", "columns")
_DIALECT = {"delimiter": "delimiter"}


@dataclass(frozen=True)
class Resource:
    """One source: where it is, what it is, how it is read.

    Parameters
    ----------
    path : file or database URL
    label : how messages and the quarantine name it
    table : its contract table, None to guess
    columns : {contract column: source column} that are declared
    rules : how it is read
    """

    path: str
    label: str
    table: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    rules: Rules = field(default_factory=Rules)


@dataclass(frozen=True)
class Package:
    """Sources that belong together, with what is known about them."""

    name: str
    resources: Sequence[Resource]
    card: Card
    currency: str = ""
    observation_end: date | None = None


def read_package(folder: Path, *, rules: Mapping[str, Any] | None = None) -> Package:
    """A Frictionless data package. The key "cxlab" of a resource may hold table, columns and rules.

    Raises
    ------
    DataError : the description is broken, or a path leaves the folder.
    """
    file = folder / "datapackage.json"
    try:
        content = json.loads(file.read_text(encoding="utf-8-sig"))
        described = list(content["resources"])
    except (ValueError, KeyError, TypeError) as problem:
        raise DataError(
            f"{folder.name}/datapackage.json cannot be read: {problem!r}.",
            expected='a data package: {"name": …, "resources": [{"path": …}]}',
        ) from problem
    ours = content.get("cxlab", {})
    resources = []
    for resource in described:
        said = dict(resource.get("cxlab", {}))
        dialect = {_DIALECT[k]: v for k, v in resource.get("dialect", {}).items() if k in _DIALECT}
        paths = resource.get("path", [])
        for path in [paths] if isinstance(paths, str) else paths:
            resources.append(_resource(_inside(folder, path), path, {**dialect, **said}, rules))
    licences = ", ".join(str(k.get("title") or k.get("name", "")) for k in content.get("licenses", []))
    sources = "; ".join(str(s.get("title", "")) for s in content.get("sources", []))
    name = str(content.get("name", folder.name))
    card = Card(
        str(content.get("title", name)),
        str(ours.get("origin", sources)),
        licences,
        str(ours.get("kind", "user file")),
        tuple(ours.get("faults", ())),
    )
    end = ours.get("observation_end")
    return Package(name, resources, card, str(ours.get("currency", "")), date.fromisoformat(end) if end else None)


def read_client(file: Path, *, rules: Mapping[str, Any] | None = None) -> Package:
    """A client.yaml: `client`, `currency`, `observation_end`, and `sources`, each with path, table, columns and rules.

    Raises
    ------
    DataError : it is no YAML of that form, or names a file that is not there.
    """
    import yaml

    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8-sig"))
    except (yaml.YAMLError, UnicodeDecodeError) as problem:
        raise DataError(
            f"{file.name} is no YAML: {' '.join(str(problem).split())}",
            expected="sources: {orders: {path: orders.csv}}",
        ) from problem
    sources = content.get("sources") if isinstance(content, dict) else None
    if not isinstance(sources, dict) or not sources:
        raise DataError(
            f"{file.name} names no sources.", expected="sources: {orders: {path: orders.csv, table: transactions}}"
        )
    known = ("client", "currency", "observation_end", "sources", "case", "brand")
    for key in content:
        if key not in known:
            raise unknown(f"key of {file.name}", key, known, error=DataError)
    resources = []
    for name, said in sources.items():
        said = {"path": said} if isinstance(said, str) else dict(said or {})
        if not said.get("path"):
            raise DataError(
                f"{file.name}: source {name!r} has no path.", expected=f"sources: {{{name}: {{path: FILE}}}}"
            )
        path = str(said["path"])
        resolved = path if "://" in path else str(_present(file, name, path))
        said.setdefault("table", name if name in TABLES else None)
        resources.append(_resource(resolved, path if "://" not in path else str(name), said, rules))
    client = str(content.get("client") or file.resolve().parent.name)
    end = content.get("observation_end")
    if isinstance(end, str):
        end = Rules.of({"latest": end}).latest
    return Package(
        client, resources, Card(client, origin=f"described in {file.name}"), str(content.get("currency") or ""), end
    )


def _present(file: Path, name: str, path: str) -> Path:
    found = file.parent / Path(path).expanduser()
    if not found.is_file():
        beside = sorted(p.name for p in found.parent.iterdir()) if found.parent.is_dir() else []
        raise unknown(f"file of source {name!r} in {file.name}", path, beside, error=DataError)
    return found


def _inside(folder: Path, path: str) -> str:
    """A resource's path, which may not leave its folder (so a package from elsewhere reads nothing else)."""
    found = (folder / path).resolve()
    if "://" in path or Path(path).is_absolute() or not found.is_relative_to(folder.resolve()):
        raise DataError(
            f"{folder.name}/datapackage.json: the path {path!r} leaves the folder.",
            expected="a path below the folder of the package",
        )
    if not found.is_file():
        raise unknown(
            f"file of {folder.name}/datapackage.json", path, sorted(p.name for p in folder.iterdir()), error=DataError
        )
    return str(found)


def _resource(path: str, label: str, said: Mapping[str, Any], rules: Mapping[str, Any] | None) -> Resource:
    table = said.get("table")
    if table is not None and table not in TABLES:
        raise unknown("table", table, TABLES, error=DataError)
    columns = {str(k): str(v or "") for k, v in (said.get("columns") or {}).items()}
    own = {k: v for k, v in said.items() if k not in _RESERVED}
    known = {f.name for f in fields(Rules)}
    for key in own:
        if key not in known:
            raise unknown(f"key of source {label}", key, [*_RESERVED, *sorted(known)], error=DataError)
    return Resource(path, label, table, columns, Rules.of({**own, **(rules or {})}))
