"""The data sets that ship with cxlab: their names, their folders, their cards, and that nobody changed them."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path

from cxlab.errors import DataError, unknown
from cxlab.places import shipped


def datasets() -> list[str]:
    """Names of the shipped data sets, in alphabetical order.

    >>> datasets()[:2]
    ['boutique_hotel', 'camera_conjoint']
    """
    return sorted(package.parent.name for package in shipped("datasets").glob("*/datapackage.json"))


def folder(name: str) -> Path:
    """The folder of a shipped data set, after its files were compared with the hashes of its data package.

    Files are read once per process.

    Raises
    ------
    DataError : the name is not known (lists the known ones), or a file is missing or was changed.

    >>> folder("cdnow").name
    'cdnow'
    """
    if name not in datasets():
        raise unknown("data set", name, datasets(), error=DataError)
    return _verified(shipped("datasets") / name)


def card(name: str) -> str:
    """The card of a shipped data set as Markdown: origin, licence, kind, columns, known faults.

    Raises
    ------
    DataError : the name is not known (lists the known ones).

    >>> card("cdnow").splitlines()[0]
    '# CDNOW: 18 months of purchases at an online music shop'
    """
    return (folder(name) / "README.md").read_text(encoding="utf-8")


@cache
def _verified(place: Path) -> Path:
    package = json.loads((place / "datapackage.json").read_text(encoding="utf-8"))
    for resource in package["resources"]:
        file, expected = place / resource["path"], resource["hash"]
        shown = f"datasets/{place.name}/{resource['path']}"
        mend = f"git checkout -- {shown}   (or install cxlab again); your own version of it loads by its path"
        if not file.is_file():
            raise DataError(f"{shown} is missing.", expected=f"the file with {expected}", mend=mend)
        with file.open("rb") as content:
            found = "sha256:" + hashlib.file_digest(content, "sha256").hexdigest()
        if found != expected:
            raise DataError(f"{shown} was changed: {found}.", expected=expected, mend=mend)
    return place
