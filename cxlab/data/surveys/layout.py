"""Layout: what the columns of a wide export are, which of them belong together, and what was assumed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from cxlab.data.names import normalised
from cxlab.data.surveys.scales import Scale
from cxlab.data.surveys.words import plain

#: what tells who answered, and no measure needs
PERSONAL = re.compile(
    r"^(?:ipaddress|ip|ipadresse|adresseip|direccionip|locationlatitude|locationlongitude|latitude|longitude|"
    r"firstname|lastname|surname|fullname|name|recipientfirstname|recipientlastname|recipientemail|email|"
    r"emailaddress|phone|phonenumber|telefon|telephone|vorname|nachname|prenom|nom|nombre|apellidos?)$"
)
#: how survey tools write that a response was not answered to its end
NOT_FINISHED = ("false", "0", "no", "falsch", "nein", "faux", "non", "falso", "n")
_TIED = re.compile(r"^(?:importance(?: of)?|stated importance|wichtigkeit(?: von)?|importancia(?: de)?|imp)\W+(.+)$|"
                   r"^(.+?)\W+\(?(?:importance|wichtigkeit|importancia|imp)\)?$", re.I)  # fmt: skip
_JUDGED = re.compile(r"^(?:satisfaction(?: with)?|performance|rating|zufriedenheit(?: mit)?|satisfaccion(?: con)?)\W+|"
                     r"\W+(?:satisfaction|performance|rating|zufriedenheit|satisfaccion|sat)$", re.I)  # fmt: skip


@dataclass(frozen=True)
class Item:
    """One column that holds answers.

    Parameters
    ----------
    header, question : column of the file, and what it asks
    scale : its scale, and the score of every answer
    tied : header of the column with the importance of the same
    """

    header: str
    question: str
    scale: Scale
    reversed: bool = False
    touchpoint: str = ""
    brand: str = ""
    tied: str = ""


@dataclass
class Layout:
    """What the columns of a wide export are.

    Parameters
    ----------
    about : {column of `surveys`: column of the file} of what holds of the whole response
    items : the columns with answers
    importance : {column: its scale} of the columns that only say how important something is
    texts : columns of free text
    own : columns kept under their own names
    finished, progress : columns that tell whether and how far a response was answered, "" when there are none
    status : column that tells previews and tests from responses, "" when there is none
    left_out : columns that are left out, personal data among them
    notes : what was assumed
    """

    about: dict[str, str] = field(default_factory=dict)
    items: list[Item] = field(default_factory=list)
    importance: dict[str, Scale] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)
    own: list[str] = field(default_factory=list)
    finished: str = ""
    progress: str = ""
    status: str = ""
    left_out: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def tie_importance(found: Layout) -> None:
    """Columns that say how important something is go beside the answers on the same thing."""
    ties = {i.tied: i for i in found.items if i.tied}
    judged = [i for i in found.items if not _TIED.match(i.question)]
    kept = []
    for item in found.items:
        m = _TIED.match(item.question)
        of = [i for i in judged if _asks_of(i.question, m[1] or m[2])] if m else []
        if item.header in ties or len(of) == 1:
            found.importance[item.header] = item.scale
            ties.setdefault(item.header, of[0] if of else item)
        else:
            kept.append(item)
    tied = {of.header: header for header, of in ties.items()}
    found.items = [replace(i, tied=tied.get(i.header, "")) for i in kept]


def _asks_of(question: str, topic: str) -> bool:
    """Whether a question is about a topic: it is the whole of it, or ends in it."""
    bare, of = plain(_JUDGED.sub("", question)), plain(topic)
    return bare == of or bare.endswith(f" {of}")


def notes(found: Layout, many: Mapping[str, int]) -> list[str]:
    """What was assumed, turned and left out, in words."""
    said, seen = [], {}
    for item in found.items:
        if item.scale.how in ("seen", "words"):
            seen.setdefault((item.scale.how, item.scale.low, item.scale.high), []).append(item.header)
    for (how, low, high), headers in seen.items():
        why = "the order of the words says so" if how == "words" else "no answer is outside it"
        said.append(
            f"the scale {low:g} to {high:g} is taken for {few(headers)}: {why} (option survey declares another)"
        )
    turned = [i.header for i in found.items if i.reversed]
    if turned:
        said.append(f"{few(turned)}: scores are turned, as declared, so that high is good")
    personal = [h for h in found.left_out if PERSONAL.match(normalised(h))]
    if personal:
        said.append(f"{few(personal)}: left out, as no measure needs to know who answered")
    others = [h for h in found.left_out if h not in personal and many.get(h)]
    if others:
        said.append(f"{few(others)}: left out, as the survey tool wrote it for itself or as declared")
    return said


def few(names: Sequence[str]) -> str:
    """The first names of columns, in quotes."""
    shown = ", ".join(repr(n if len(n) <= 50 else n[:49] + "…") for n in names[:4])
    return shown + (f" and {len(names) - 4} more" if len(names) > 4 else "")
