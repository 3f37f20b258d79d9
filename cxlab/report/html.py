"""The report a client holds: one HTML file, answer first, no code, no script, nothing loaded from elsewhere."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cxlab.finding import Check, Finding
from cxlab.report.brand import Brand
from cxlab.report.tables import BEFORE_UNIT, Table, finding_table, heading, own_words, text_table, with_strong
from cxlab.wording import NO_BREAK

if TYPE_CHECKING:
    from pandas import DataFrame

#: a longer table behind a picture is folded away
_UNFOLDED_ROWS = 12
_PHONE = 3.6  # inches
_DOTS_PER_INCH = 192  # twice what a screen shows at its natural size
_REAL = ("real", "user file", "")


@dataclass(frozen=True)
class Picture:
    """A picture as a data address, its size on the page in pixels, and the words that stand for it."""

    address: str
    width: int
    height: int
    alt: str

    @classmethod
    def of(cls, png: bytes, alt: str) -> Picture:
        """A picture of twice as many dots as a screen shows, as PNG."""
        width, height = (int.from_bytes(png[i : i + 4]) * 96 / _DOTS_PER_INCH for i in (16, 20))
        address = "data:image/png;base64," + base64.b64encode(png).decode("ascii")
        return cls(address, round(width), round(height), alt)


def render(
    sections: Mapping[str, Sequence[Finding]], *, answer: Sequence[Finding], client: str = "", currency: str = "",
    period: str = "", data: Any = None, run: Mapping[str, Any] | None = None, brand: Brand | None = None,
    pictures: Mapping[str, bytes] | None = None,
) -> str:  # fmt: skip
    """The report as one HTML text; the same findings give the same bytes.

    Parameters
    ----------
    sections : heading to findings
    answer : one to three findings; the first title is the report's title, their first sentences its lead and
        their keys its cards
    client, period : stand in the header
    currency : stated beside the tables
    data : data set as `cx.load` returns it, for the page on the data; None leaves the page out
    run : what `run.json` holds (title, parameters, seed, versions, data), for the footer
    brand : name and colours of the client
    pictures : name of a finding to its picture (`picture_bytes`), where it was drawn before

    Every text is escaped. A finding whose checks fail has a box where it stands, and under the title when it answers.
    """
    from cxlab.runs.export import sentences

    shown = {f.name for findings in sections.values() for f in findings}
    missing = [f for f in answer if f.name not in shown]
    sections = ({"The answer in detail": missing} if missing else {}) | dict(sections)
    hero, pictures = answer[0], pictures or {}
    keys = [key for finding in answer for key in finding.keys]
    return _template().render(
        title=hero.title,
        client=client,
        period=period,
        currency=currency,
        brand=brand or Brand(),
        kind=kind if (kind := _kind(data)) not in _REAL else "",
        run={"title": "", "study": "", "seed": None, "versions": {}} | dict(run or {}),
        lead=[with_strong(s, keys) for s in sentences([f for f in answer if f.believed])],
        doubted=[f for f in answer if not f.believed],
        cards=[(key, f.believed) for f in answer for key in f.keys],
        hero=_picture(hero, pictures),
        hero_caption=hero.caption,
        sections=[
            (heading, [_part(f, None if f.name == hero.name else _picture(f, pictures)) for f in findings])
            for heading, findings in sections.items()
            if findings
        ],
        data=_data(data),
        parameters=[(name, parameter(value)) for name, value in (run or {}).get("parameters", {}).items()],
    )


def template(name: str, **filters: Callable):
    """A page to be filled: every text is escaped, and what it lacks is an error; `filters` are those it uses."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters |= filters
    return environment.get_template(name)


@cache
def _template():
    return template(
        "report.html.j2", heading=heading, joined=lambda text: BEFORE_UNIT.sub(NO_BREAK, text), failed=_failed,
        checked=lambda check: replace(check, advice="").sentence, intervals=lambda text: with_strong(text, ()),
    )  # fmt: skip


def _failed(checks: Sequence[Check]) -> str:
    return " ".join(check.sentence for check in checks)


def _part(finding: Finding, picture: Picture | None) -> dict[str, Any]:
    return {
        "finding": finding,
        "text": own_words(finding),
        "picture": picture,
        "table": finding_table(finding),
        "folded": finding.draw is not None and len(finding.table) > _UNFOLDED_ROWS,
    }


def picture_bytes(finding: Finding, *, narrow: bool = False) -> bytes:
    """The picture of a finding as PNG, at twice the dots that a screen shows; the same finding gives the same bytes.

    `narrow`: as wide as a phone (3.6 inches) in place of a page.
    """
    from cxlab.style import new_axes

    figure = finding.plot(new_axes(width=_PHONE) if narrow else None).figure
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=_DOTS_PER_INCH, metadata={"Software": None})
    return file.getvalue()


def _picture(finding: Finding, pictures: Mapping[str, bytes]) -> Picture | None:
    if finding.draw is None:
        return None
    return Picture.of(pictures.get(finding.name) or picture_bytes(finding), finding.title)


def _kind(data: Any) -> str:
    return str(getattr(getattr(data, "card", None), "kind", ""))


def _data(data: Any) -> dict[str, Any] | None:
    """The page on the data: what was read, kept and quarantined, how columns were mapped, why rows were left out."""
    if data is None:
        return None
    mapping = data.mapping[[c for c in data.mapping.columns if data.mapping[c].astype(str).str.strip().any()]]
    return {
        "name": data.name,
        "card": data.card,
        "fingerprint": data.fingerprint,
        "notes": list(data.notes),
        "counts": text_table(data.counts),
        "mapping": text_table(mapping) if len(mapping) else None,
        "reasons": _reasons(data.reasons),
    }


def _reasons(reasons: DataFrame) -> Table | None:
    """Why rows were set aside, most frequent first, with the first value that was."""
    if reasons.empty:
        return None
    shown = reasons[["table", "source", "reason", "rows", "first_row", "first_value"]]
    return text_table(shown.rename(columns={"first_row": "first in row", "first_value": "with the value"}))


def parameter(value: Any) -> str:
    """A parameter of a run as a reader sees it.

    >>> parameter({"a": 1, "b": 2}), parameter(["x", "y"]), parameter(None), parameter(0)
    ('a = 1, b = 2', 'x, y', '–', '0')
    """
    if isinstance(value, Mapping):
        return ", ".join(f"{k} = {v}" for k, v in value.items()) or "–"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value)) or "–"
    return "–" if value in (None, "") else str(value)
