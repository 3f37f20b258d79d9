"""A client's name and two colours in place of the house's blue and ink, if they can be read on white and on sand."""

from __future__ import annotations

import re
from dataclasses import dataclass

from cxlab.errors import ParameterError
from cxlab.style import BLUE, INK, SAND

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
    """Name and colours of a report.

    Parameters
    ----------
    name : who the report comes from or is for; stands at the top right
    blue : colour of what pays and of links, "#RRGGBB", in place of the house's blue
    ink : colour of text and headings, "#RRGGBB", in place of the house's ink

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


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
