"""What a case may read: files below its own folder and data sets that ship; anything else where its yaml says so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from cxlab.errors import ParameterError

#: what `case.outside` says where more may be read
ALLOWED = "allowed"


def check_reach(file: Path, said: Mapping[str, Any], sources: Iterable[str]) -> None:
    """Stop where a case reads what lies outside its folder and does not say that it is meant to.

    A yaml may come from somebody else: what it names ends up in a report that leaves the house. Links are followed, so
    a link out of the folder counts as outside; so does a database.

    Parameters
    ----------
    file : the yaml
    said : its `case`
    sources : what its studies read

    Raises
    ------
    ParameterError : names all that lies outside, or what is wrong with `outside`.
    """
    outside = said.get("outside")
    if outside not in (None, ALLOWED):
        raise ParameterError(f"case.outside = {outside!r}.", expected=f"outside: {ALLOWED}, or nothing")
    if outside == ALLOWED:
        return
    own = file.parent.resolve()
    found = [name for source in dict.fromkeys(sources) for name, path in _reached(file, source)
             if path is None or not path.is_relative_to(own)]  # fmt: skip
    if found:
        raise ParameterError(
            f"{file.name} reads what lies outside its folder: {', '.join(dict.fromkeys(found))}.",
            expected=f"files below {own.name}/, or data sets of cxlab by name",
            mend=f"move the files there; if it is meant, write `outside: {ALLOWED}` under `case`",
        )


def _reached(file: Path, source: str) -> Iterator[tuple[str, Path | None]]:
    """What a source is read from: as it was said, and where it lies; None where that is no file."""
    from cxlab.data import catalog
    from cxlab.data.packages import read_client
    from cxlab.data.sources import shown

    if "://" in source:
        yield shown(source), None
        return
    path = Path(source).expanduser()
    if not path.exists() and source in catalog.datasets():
        return
    if path != file:
        yield source, path.resolve()
    held = path / "client.yaml" if path.is_dir() and not (path / "datapackage.json").is_file() else path
    if held.is_file() and held.suffix.lower() in (".yaml", ".yml"):
        for resource in read_client(held).resources:
            where = None if "://" in resource.path else Path(resource.path).resolve()
            yield (resource.label if where else shown(resource.path)), where
