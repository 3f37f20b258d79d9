"""What slides are made on: the house's own master, or the client's template with its layouts, fonts and colours."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Any

from cxlab.errors import DataError
from cxlab.report.brand import Brand

#: 16:9, inches
WIDTH, HEIGHT = 13.333, 7.5
_EDGE = 0.6
_MEND = "take a .pptx whose master has a layout with a title, or leave `template` out"
#: rooms smaller than this hold no chart that can be read
_LEAST_WIDTH, _LEAST_HEIGHT = 6.0, 3.0
MOST_BYTES = 50_000_000


def house(brand: Brand) -> Any:
    """An empty presentation of the house: 16:9, one layout with a title, the brand's colours and fonts in its theme."""
    from pptx import Presentation
    from pptx.util import Inches, Pt

    made = Presentation()
    made.slide_width, made.slide_height = Inches(WIDTH), Inches(HEIGHT)
    kept = next(layout for layout in made.slide_layouts if layout.name == "Title Only")
    for layout in list(made.slide_layouts):
        if layout is not kept:
            made.slide_layouts.remove(layout)
    for placeholder in [*made.slide_master.placeholders, *kept.placeholders]:
        if placeholder.placeholder_format.type not in _titles():
            placeholder._element.getparent().remove(placeholder._element)
            continue
        placeholder.left, placeholder.top = Inches(_EDGE), Inches(0.45)
        placeholder.width, placeholder.height = Inches(WIDTH - 2 * _EDGE), Inches(1.15)
    _theme(made, brand)
    style = made.slide_master._element.find(".//{*}titleStyle/{*}lvl1pPr")
    style.set("algn", "l")
    run = style.find("{*}defRPr")
    run.set("sz", str(Pt(28).centipoints))
    run.set("b", "1")
    body = made.slide_master.placeholders[0]._element.find(".//{*}bodyPr")
    body.set("anchor", "t")
    kept.name = "Title and room"
    return made


def opened(template: Path) -> Any:
    """The client's template without its slides.

    Raises
    ------
    DataError : it is no .pptx that can be read, holds macros, or has no layout with a title and room under it
    """
    from pptx import Presentation
    from pptx.exc import PackageNotFoundError

    name = template.name
    try:
        if template.stat().st_size > MOST_BYTES:
            raise DataError(f"the template {name!r} is larger than {MOST_BYTES / 1e6:g} MB.", expected="a smaller file")
        with zipfile.ZipFile(template) as archive:
            parts = archive.namelist()
            kind = archive.read("[Content_Types].xml")
        if any(part.lower().endswith("vbaproject.bin") for part in parts):
            raise DataError(f"the template {name!r} holds macros.", expected="a .pptx without macros", mend=_MEND)
        if b"presentationml.template" in kind:
            raise DataError(
                f"the template {name!r} is a .potx.",
                expected="a .pptx",
                mend="open it in PowerPoint and save it as .pptx",
            )
        made = Presentation(str(template))
    except (OSError, KeyError, ValueError, zipfile.BadZipFile, PackageNotFoundError) as problem:
        raise DataError(f"the template {name!r} cannot be read.", expected="a .pptx", mend=_MEND) from problem
    slides = made.slides._sldIdLst
    for slide in list(slides):
        made.part.drop_rel(slide.rId)
        slides.remove(slide)
    for section in made.part._element.findall(
        ".//{http://schemas.microsoft.com/office/powerpoint/2010/main}sectionLst"
    ):
        extension = section.getparent()
        extension.getparent().remove(extension)
    if made.slide_width < made.slide_height:
        raise DataError(f"the template {name!r} is upright.", expected="slides that are wider than high, best 16:9")
    layout_of(made, name)
    return made


def layout_of(made: Any, name: str = "") -> Any:
    """The layout with a title and the least else, so that most room is left.

    Raises
    ------
    DataError : no layout has a title with room under it
    """
    usable = []
    for i, layout in enumerate(made.slide_layouts):
        kinds = [p.placeholder_format.type for p in layout.placeholders]
        if any(kind in _titles() for kind in kinds):
            _, _, width, height = room_of(made, layout)
            if width >= _LEAST_WIDTH and height >= _LEAST_HEIGHT:
                only = bool(
                    re.search(r"title only|nur titel|titre seul|solo t[ií]tulo|title and room", layout.name, re.I)
                )
                usable.append((not only, len(_others(layout)) != 1, len(kinds), i, layout))
    if not usable:
        raise DataError(
            f"the template {name!r} has no layout with a title and room under it "
            f"(layouts: {', '.join(layout.name for layout in made.slide_layouts) or 'none'}).",
            expected=f"a layout with a title and {_LEAST_WIDTH:g} × {_LEAST_HEIGHT:g} inches of room", mend=_MEND,
        )  # fmt: skip
    return min(usable, key=lambda found: found[:4])[4]


def title_of(slide: Any) -> Any:
    """The title of a slide."""
    return next(p for p in slide.placeholders if p.placeholder_format.type in _titles())


def room_of(made: Any, layout: Any) -> tuple[float, float, float, float]:
    """Where a layout has room for a chart: left, top, width, height in inches."""
    width, height = made.slide_width / 914400, made.slide_height / 914400
    title = next(p for p in layout.placeholders if p.placeholder_format.type in _titles())
    boxes = [_box(p) for p in _others(layout)]
    boxes = [box for box in boxes if box[2] * box[3] > 0.25 * width * height]
    if boxes:
        left, top, wide, high = boxes[0]
    else:
        left, top, wide, high = _box(title)
        top, left = top + high + 0.05, max(0.3, left)
        wide, high = min(wide, width - 2 * left) if wide else width - 2 * left, height - top - 0.45
    low = [_box(p)[1] for p in layout.placeholders if p not in (title,) and _box(p)[1] > 0.85 * height]
    bottom = min([top + high, height - 0.3, *(edge - 0.05 for edge in low)])
    return left, top, wide, bottom - top


def _box(placeholder: Any) -> tuple[float, float, float, float]:
    sides = (placeholder.left, placeholder.top, placeholder.width, placeholder.height)
    return tuple(float(side or 0) / 914400 for side in sides)  # type: ignore[return-value]


def _others(layout: Any) -> list:
    """Placeholders that hold content."""
    from pptx.enum.shapes import PP_PLACEHOLDER as KIND

    content = (KIND.BODY, KIND.OBJECT, KIND.CHART, KIND.TABLE)
    return [p for p in layout.placeholders if p.placeholder_format.type in content]


def _titles() -> tuple:
    from pptx.enum.shapes import PP_PLACEHOLDER as KIND

    return (KIND.TITLE, KIND.CENTER_TITLE)


def _theme(made: Any, brand: Brand) -> None:
    """The brand's colours and fonts in the theme, where PowerPoint offers them for every new shape."""
    from pptx.opc.constants import RELATIONSHIP_TYPE

    part = made.slide_master.part.part_related_by(RELATIONSHIP_TYPE.THEME)
    xml = part.blob.decode("utf-8")
    colours = {"dk1": brand.ink, "lt1": "#FFFFFF", "dk2": "#5B6770", "lt2": "#F3EFE8", "accent1": brand.blue,
               "accent2": "#D9642C", "accent3": "#1B8A7A", "accent4": "#5B6770", "accent5": "#7B4F9E",
               "accent6": "#D8DDE1"}  # fmt: skip
    for name, colour in colours.items():
        xml = re.sub(
            rf"<a:{name}>.*?</a:{name}>", f'<a:{name}><a:srgbClr val="{colour[1:]}"/></a:{name}>', xml, flags=re.S
        )
    text = brand.text.family if brand.text else "Calibri"
    for kind, family in (("major", brand.headings.family if brand.headings else text), ("minor", text)):
        xml = re.sub(rf'(<a:{kind}Font>\s*<a:latin typeface=")[^"]*', rf"\g<1>{family}", xml)
    part._blob = xml.encode("utf-8")
