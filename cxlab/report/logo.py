"""A client's logo: read from the client's folder, checked, without anything in it that is not a picture."""

from __future__ import annotations

import base64
import io
import re
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

from cxlab.errors import DataError

#: bytes of a file at most, and pixels of its longer and shorter side
MOST_BYTES, MOST_SIDE, LEAST_SIDE = 2_000_000, 6000, 40
_SVG = "http://www.w3.org/2000/svg"
#: what an SVG may hold: elements that draw, and what says how
_ELEMENTS = (
    "svg g path rect circle ellipse line polyline polygon text tspan defs lineargradient radialgradient stop clippath "
    "mask title desc use symbol"
)
_ATTRIBUTES = (
    "id d x y x1 x2 y1 y2 cx cy r rx ry width height viewbox preserveaspectratio points transform fill fill-opacity "
    "fill-rule stroke stroke-width stroke-linecap stroke-linejoin stroke-miterlimit stroke-dasharray stroke-opacity "
    "opacity offset stop-color stop-opacity gradientunits gradienttransform clip-path clip-rule mask font-family "
    "font-size font-weight font-style text-anchor letter-spacing dx dy href spreadmethod fx fy version"
)
_DRAWN, _ALLOWED = frozenset(_ELEMENTS.split()), frozenset(_ATTRIBUTES.split())


@dataclass(frozen=True)
class Logo:
    """A picture of a name.

    Parameters
    ----------
    content : bytes of a PNG without metadata, or of an SVG that only draws
    kind : "image/png" or "image/svg+xml"
    width, height : in pixels
    """

    content: bytes = field(repr=False)
    kind: str
    width: int
    height: int

    @property
    def address(self) -> str:
        """The logo as a data address."""
        return f"data:{self.kind};base64," + base64.b64encode(self.content).decode("ascii")


def inside(folder: Path, name: str, *, what: str) -> Path:
    """The file of a name inside a folder, wherever links lead.

    Raises
    ------
    DataError : the name leads out of the folder, or there is no such file
    """
    path = (folder / name.replace("\0", "/")).resolve()
    if "\0" in name or not path.is_relative_to(folder.resolve()) or Path(name).is_absolute():
        raise DataError(
            f"{what} {name!r} is not in the client's folder.", expected="a file in the folder of client.yaml",
            mend="copy it there and give its name",
        )  # fmt: skip
    if not path.is_file():
        raise DataError(f"{what} {name!r} does not exist.", expected="a file in the folder of client.yaml")
    return path


def read_logo(folder: Path, name: str) -> Logo:
    """A logo as it may stand in a report.

    Parameters
    ----------
    folder : the client's folder
    name : PNG, JPEG or SVG file in it

    Raises
    ------
    DataError : no such file in the folder, not one of the formats, too large or too small, or broken
    """
    content = inside(folder, name, what="the logo").read_bytes()
    if len(content) > MOST_BYTES:
        raise DataError(
            f"the logo {name!r} has {len(content) / 1e6:.1f} MB.", expected=f"at most {MOST_BYTES / 1e6:g} MB",
            mend="save it smaller",
        )  # fmt: skip
    head = content[:1000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith((b"<svg", b"<?xml", b"<!--", b"<!doctype svg")):
        return _svg(content, name)
    return _pixels(content, name)


def _pixels(content: bytes, name: str) -> Logo:
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(content), formats=("PNG", "JPEG")) as picture:
            _size(name, *picture.size)
            picture = picture.convert("RGBA" if "A" in picture.mode or "transparency" in picture.info else "RGB")
            clean = io.BytesIO()
            picture.save(clean, "PNG", optimize=True)
    except (UnidentifiedImageError, OSError, SyntaxError, Image.DecompressionBombError) as problem:
        raise DataError(
            f"the logo {name!r} is not a picture that can be read.", expected="PNG, JPEG or SVG"
        ) from problem
    return Logo(clean.getvalue(), "image/png", *picture.size)


def _svg(content: bytes, name: str) -> Logo:
    if re.search(rb"<!(?:DOCTYPE|ENTITY)[^>]*\[|<!ENTITY", content, re.IGNORECASE):
        raise DataError(f"the logo {name!r} declares entities.", expected="a plain SVG", mend="export it anew as SVG")
    try:
        root = ElementTree.fromstring(content)
    except ElementTree.ParseError as problem:
        raise DataError(
            f"the logo {name!r} is not an SVG that can be read: {problem}.", expected="PNG, JPEG or SVG"
        ) from None
    if root.tag != f"{{{_SVG}}}svg":
        raise DataError(f"the logo {name!r} is not an SVG.", expected="PNG, JPEG or SVG")
    width, height = _svg_size(root, name)
    _only_drawn(root)
    root.set("width", f"{width:g}")
    root.set("height", f"{height:g}")
    ElementTree.register_namespace("", _SVG)
    return Logo(ElementTree.tostring(root, encoding="utf-8"), "image/svg+xml", round(width), round(height))


def _svg_size(root: ElementTree.Element, name: str) -> tuple[float, float]:
    box = [float(n) for n in re.findall(r"-?\d+(?:\.\d+)?", root.get("viewBox", ""))]
    sides = [re.fullmatch(r"\s*(\d+(?:\.\d+)?)(?:px)?\s*", root.get(side, "")) for side in ("width", "height")]
    if all(sides):
        width, height = (float(side[1]) for side in sides)
    elif len(box) == 4 and box[2] > 0 and box[3] > 0:
        width, height = 200.0, 200.0 * box[3] / box[2]
    else:
        raise DataError(f"the logo {name!r} has no size.", expected="an SVG with a viewBox, or width and height")
    if len(box) != 4:
        root.set("viewBox", f"0 0 {width:g} {height:g}")
    _size(name, max(width, LEAST_SIDE), max(height, LEAST_SIDE))
    return width, height


def _size(name: str, width: float, height: float) -> None:
    if (
        max(width, height) > MOST_SIDE
        or max(width, height) < LEAST_SIDE
        or max(width, height) > 20 * min(width, height)
    ):
        raise DataError(
            f"the logo {name!r} is {width:g} × {height:g} pixels.",
            expected=f"its longer side {LEAST_SIDE} to {MOST_SIDE} pixels, at most 20 times the shorter",
        )


def _only_drawn(element: ElementTree.Element) -> None:
    """Take out of an SVG all that does not draw: scripts, styles, foreign content, links to anything outside."""
    for child in list(element):
        tag = child.tag if isinstance(child.tag, str) else ""
        namespace, _, local = tag[1:].rpartition("}") if tag.startswith("{") else ("", "", tag)
        if namespace != _SVG or local.lower() not in _DRAWN:
            element.remove(child)
        else:
            _only_drawn(child)
    if isinstance(element.get("style"), str):  # the few properties that draw become attributes
        for part in element.get("style", "").split(";"):
            key, _, value = part.partition(":")
            if key.strip() in _ALLOWED - {"href", "id"} and element.get(key.strip()) is None:
                element.set(key.strip(), value.strip())
    for key, value in list(element.attrib.items()):
        local = key.rpartition("}")[2].lower()
        leads_out = re.search(r"url\((?!\s*['\"]?#)|javascript:|data:|@import|expression|\\", value, re.IGNORECASE)
        if local not in _ALLOWED or leads_out or (local == "href" and not value.startswith("#")):
            del element.attrib[key]
