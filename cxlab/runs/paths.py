"""Take the machine out of what is published: absolute paths become short names, passwords in addresses are masked."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

_CELL_FILE = re.compile(r"(?:/private)?(?:/[\w.+-]+)+/ipykernel_\d+/\d+\.py")


def without_password(source: str) -> str:
    """An address of a database without its password.

    >>> without_password("postgresql://ana:secret@db/shop"), without_password("orders.csv")
    ('postgresql://ana:***@db/shop', 'orders.csv')
    """
    if "://" not in source:
        return source
    password = urlsplit(source).password
    return source.replace(f":{password}@", ":***@", 1) if password else source


def short_name(source: str) -> str:
    """What a source is called in a report: a path by its last part, an address without its password.

    >>> short_name("cdnow"), short_name("/data/shop/orders.csv"), short_name("postgresql://ana:secret@db/shop")
    ('cdnow', 'orders.csv', 'postgresql://ana:***@db/shop')
    """
    return without_password(source) if "://" in source else Path(source).name or source


def scrubber(source: str = "", *folders: Path) -> Callable[[Any], Any]:
    """A function that takes this machine's paths out of text, and of lists and mappings of text.

    Parameters
    ----------
    source : the data source as the user gave it; its path becomes its file name
    folders : more folders whose path becomes their name

    >>> scrub = scrubber("/data/shop/orders.csv")
    >>> scrub({"read": ["from /data/shop/orders.csv, see https://example.org/data/shop"]})
    {'read': ['from orders.csv, see https://example.org/data/shop']}
    """
    names: dict[str, str] = {}
    if source and "://" not in source and Path(source).exists():
        names |= {str(p): short_name(source) for p in (Path(source).absolute(), Path(source).resolve())}
    elif Path(source).is_absolute():
        names[source] = short_name(source)
    for folder in folders:
        names |= {str(folder.absolute()): folder.name, str(folder.resolve()): folder.name}
    package = Path(__file__).resolve().parents[1]
    machine = {package: "cxlab", Path(sys.prefix): "python", Path(sys.base_prefix): "python"}
    for folder, name in (machine | {Path.cwd(): ".", Path.home(): "~"}).items():
        for path in (folder, folder.resolve()):
            if len(path.parts) > 1:
                names.setdefault(str(path), name)
    names |= {path.replace("\\", "\\\\"): name for path, name in names.items() if "\\" in path}
    longest_first = sorted(names, key=len, reverse=True)
    pattern = re.compile(r"(?<![\w.-])(" + "|".join(map(re.escape, longest_first)) + r")(?![\w-])")
    secret, masked = (source, without_password(source)) if "://" in source else ("", "")

    def scrub(value: Any) -> Any:
        if isinstance(value, str):
            value = value.replace(secret, masked) if secret and secret != masked else value
            return pattern.sub(lambda hit: names[hit[1]], _CELL_FILE.sub("cell", value))
        if isinstance(value, dict):
            return {key: scrub(item) for key, item in value.items()}
        return [scrub(item) for item in value] if isinstance(value, (list, tuple)) else value

    return scrub
