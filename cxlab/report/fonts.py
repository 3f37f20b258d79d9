"""A client's fonts: a family that is there on most machines, or a file that is carried along."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass, field
from pathlib import Path

from cxlab.errors import DataError, ParameterError
from cxlab.report.logo import inside

MOST_BYTES = 2_000_000
#: families that may be named, and what stands in where they are missing
_SANS = (
    "Arial", "Calibri", "DejaVu Sans", "Helvetica", "Inter", "Lato", "Liberation Sans", "Montserrat", "Noto Sans",
    "Open Sans", "Roboto", "Segoe UI", "Source Sans 3", "Tahoma", "Trebuchet MS", "Verdana", "Work Sans",
)  # fmt: skip
_SERIF = (
    "Cambria", "DejaVu Serif", "Garamond", "Georgia", "Liberation Serif", "Lora", "Merriweather", "Noto Serif",
    "Palatino", "Playfair Display", "Source Serif 4", "Times New Roman",
)  # fmt: skip
FAMILIES = dict.fromkeys(_SANS, "sans-serif") | dict.fromkeys(_SERIF, "serif")
_KINDS = {b"\x00\x01\x00\x00": "ttf", b"true": "ttf", b"OTTO": "otf", b"wOFF": "woff", b"wOF2": "woff2"}


@dataclass(frozen=True)
class Font:
    """A font of a report.

    Parameters
    ----------
    family : as slides and workbooks name it
    kind : "serif" or "sans-serif", what stands in where it is missing
    content, format : bytes and format ("woff2", …) of the file that is carried along; empty: it is only named
    """

    family: str
    kind: str = "sans-serif"
    content: bytes = field(default=b"", repr=False)
    format: str = ""

    @property
    def address(self) -> str:
        """The file as a data address."""
        return f"data:font/{self.format};base64," + base64.b64encode(self.content).decode("ascii")


def read_font(folder: Path, wanted: str) -> Font:
    """A font by the name of its family, or of a file in the client's folder.

    >>> read_font(Path("."), "georgia").family
    'Georgia'

    Raises
    ------
    ParameterError : neither a known family nor the name of a font file
    DataError : the file is not in the folder, too large, broken, or its licence forbids to carry it along
    """
    wanted = str(wanted).strip()
    known = {family.lower(): family for family in FAMILIES}
    if wanted.lower() in known:
        return Font(known[wanted.lower()], FAMILIES[known[wanted.lower()]])
    if Path(wanted).suffix.lower() not in (".ttf", ".otf", ".woff", ".woff2"):
        raise ParameterError(
            f"unknown font {wanted!r}.", expected="one of: " + ", ".join(FAMILIES),
            mend="or put the font's file (.ttf, .otf, .woff, .woff2) into the client's folder and give its name",
        )  # fmt: skip
    content = inside(folder, wanted, what="the font").read_bytes()
    kind = _KINDS.get(content[:4], "")
    if not kind or len(content) > MOST_BYTES:
        raise DataError(
            f"the font {wanted!r} is " + (f"{len(content) / 1e6:.1f} MB large." if kind else "not a font."),
            expected=f"a .ttf, .otf, .woff or .woff2 file of at most {MOST_BYTES / 1e6:g} MB",
        )
    return _read(content, kind, wanted)


def _read(content: bytes, kind: str, wanted: str) -> Font:
    from fontTools.ttLib import TTFont, TTLibError

    try:
        font = TTFont(io.BytesIO(content), lazy=True)
        family = font["name"].getBestFamilyName() or Path(wanted).stem
        rights, style = font["OS/2"].fsType, font["OS/2"].sFamilyClass >> 8
        font["cmap"].getBestCmap()
    except (TTLibError, KeyError, AttributeError, ValueError, OSError, AssertionError) as problem:
        raise DataError(
            f"the font {wanted!r} cannot be read: {problem}.", expected="a font file that is whole"
        ) from None
    if rights & 0x000F == 0x0002:
        raise DataError(
            f"the font {wanted!r} may not be carried along in documents (its licence bits say so).",
            expected="a font whose licence allows embedding", mend="take another font, or name a family",
        )  # fmt: skip
    family = "".join(c for c in family if c.isalnum() or c in " -").strip() or "House"
    return Font(family, "serif" if style in (1, 2, 3, 4, 5, 7) else "sans-serif", content, kind)
