"""What a number came from: versions, seed, data, parameters. Never a path of the machine."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from cxlab.runs.paths import scrubber, short_name
from cxlab.runs.studies import literal

_PACKAGES = ("arviz-stats", "duckdb", "ibis-framework", "matplotlib", "numpy", "pandas", "pymc", "pytensor", "scipy")


def versions() -> dict[str, str]:
    """The versions of cxlab, Python and the packages a number can depend on.

    >>> list(versions())[:2]
    ['cxlab', 'python']
    """
    from cxlab import __version__

    found = {"cxlab": __version__, "python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def parameters(settings: Any) -> dict[str, Any]:
    """The parameters of a study as plain literals, its data source by name only."""
    values = literal(settings.model_dump() if hasattr(settings, "model_dump") else dict(settings or {}))
    source = str(values.get("source") or "")
    values = scrubber(source)(values)
    return values | {"source": short_name(source)} if source else values


def data_facts(data: Any) -> dict[str, Any] | None:
    """What was read: name, kind, licence, fingerprint, rows read, kept and quarantined."""
    if data is None:
        return None
    card = data.card
    return literal(
        {
            "name": data.name,
            "kind": getattr(card, "kind", ""),
            "licence": getattr(card, "licence", ""),
            "fingerprint": data.fingerprint,
            "rows": data.counts.to_dict("records"),
        }
    )
