"""Office files that are the same, byte for byte, whenever they are made of the same."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import UTC, datetime

#: what the time of every file in an archive is set to: the earliest that a ZIP can hold
_EPOCH = (1980, 1, 1, 0, 0, 0)
_WHEN = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*(</dcterms:)")


def settled(content: bytes, *, made: datetime) -> bytes:
    """An office file without the moment it was written: its parts in order of name, its times those given.

    Parameters
    ----------
    content : bytes of a .pptx or .xlsx
    made : when the case was run
    """
    stamp = made.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        names = sorted(old.namelist(), key=lambda name: (name != "[Content_Types].xml", name))
        for name in names:
            part = old.read(name)
            if name == "docProps/core.xml":
                part = _WHEN.sub(rb"\g<1>" + stamp + rb"\g<3>", part)
            if name.startswith("ppt/embeddings/") and name.endswith(".xlsx"):
                part = settled(part, made=made)
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            new.writestr(entry, part)
    return file.getvalue()
