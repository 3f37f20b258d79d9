"""A client's name and two colours in place of the house's blue and ink, if they can be read on white and on sand."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cxlab.errors import ParameterError, unknown
from cxlab.report.fonts import Font, read_font
from cxlab.report.logo import Logo, read_logo
from cxlab.style import BLUE, INK, SAND

#: what a brand may say, and of its colours and fonts
KEYS, COLOURS, FONTS = ("name", "logo", "colours", "fonts"), ("main", "ink"), ("text", "headings")
#: what WCAG 2.2 asks of text (success criterion 1.4.3, level AA)
READABLE = 4.5


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1…21, as WCAG 2.2 defines it from relative luminance.

    >>> round(contrast("#FFFFFF", "#000000"), 1), round(contrast("#1F6FB2", "#FFFFFF"), 1)
    (21.0, 5.3)
    """
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@dataclass(frozen=True)
class Brand:
    """Name, colours, logo and fonts of a report.

    Parameters
    ----------
    name : who the report comes from or is for; stands at the top right
    blue : colour of what pays and of links, "#RRGGBB", in place of the house's blue
    ink : colour of text and headings, "#RRGGBB", in place of the house's ink
    logo : stands at the top in place of the client's name
    text, headings : fonts; None: the reader's own

    Raises
    ------
    ParameterError : a colour is not "#RRGGBB", or text in it cannot be read (contrast below 4.5)

    >>> Brand("Harbour House", blue="#FFD200")
    Traceback (most recent call last):
        ...
    cxlab.errors.ParameterError: brand colour blue = '#FFD200' has a contrast of 1.5 on white.
      expected: at least 4.5, so that text in it can be read
      to mend:  take a darker shade
    """

    name: str = ""
    blue: str = BLUE
    ink: str = INK
    logo: Logo | None = None
    text: Font | None = None
    headings: Font | None = None

    def __post_init__(self):
        for which in ("blue", "ink"):
            colour = getattr(self, which)
            if not re.fullmatch(r"#[0-9A-Fa-f]{6}", colour):
                raise ParameterError(
                    f"brand colour {which} = {colour!r}.", expected='"#RRGGBB", for instance "#1F6FB2"'
                )
            for ground, name in (("#FFFFFF", "white"), (SAND, "sand")):
                ratio = contrast(colour, ground)
                if ratio < READABLE:
                    raise ParameterError(
                        f"brand colour {which} = {colour!r} has a contrast of {ratio:.1f} on {name}.",
                        expected=f"at least {READABLE}, so that text in it can be read",
                        mend="take a darker shade",
                    )

    @classmethod
    def of(cls, mapping: Mapping[str, Any] | None, folder: Path) -> Brand:
        """The brand that a client.yaml tells of.

        Parameters
        ----------
        mapping : name, logo (file in the folder), colours (main, ink), fonts (text, headings: a family or a file); all
            may be left out, and `fonts` may be one font for both
        folder : the folder of client.yaml; no file outside it is read

        Raises
        ------
        ParameterError : an unknown key, a value that is no text, a colour that cannot be read, an unknown font
        DataError : a file that is missing, outside the folder, broken or too large

        >>> Brand.of({"name": "Harbour House", "fonts": "Georgia"}, Path(".")).text.family
        'Georgia'
        """
        said = _known(mapping or {}, KEYS, "brand")
        colours = _known(said.get("colours") or {}, COLOURS, "colours of brand")
        fonts = said.get("fonts") or {}
        fonts = dict.fromkeys(FONTS, fonts) if isinstance(fonts, str) else _known(fonts, FONTS, "fonts of brand")
        for key, value in (said | colours | fonts).items():
            if key not in ("colours", "fonts") and not isinstance(value, (str, type(None))):
                raise ParameterError(
                    f"brand: {key} = {value!r} is no text.", expected=f'{key}: "…"',
                    mend="a colour stands in quotes: \"#1F6FB2\"",
                )  # fmt: skip
        return cls(
            name=said.get("name") or "",
            blue=colours.get("main") or BLUE,
            ink=colours.get("ink") or INK,
            logo=read_logo(folder, said["logo"]) if said.get("logo") else None,
            **{which: read_font(folder, fonts[which]) for which in FONTS if fonts.get(which)},
        )


def _known(said: Any, known: tuple[str, ...], what: str) -> dict[str, Any]:
    if not isinstance(said, Mapping):
        raise ParameterError(f"{what} is {said!r}.", expected=f"a mapping with {', '.join(known)}")
    for key in said:
        if key not in known:
            raise unknown(f"key of {what}" if what == "brand" else f"key in {what}", key, known)
    return dict(said)


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
