"""What questions are called in labels and sentences: without the stem they share, sentences in quotes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from os.path import commonprefix

from cxlab.experience.drivers.ratings import spoken

_SEPARATOR = re.compile(r"\s[–—-]\s+|:\s+|\?\s*|\[?(?:\.\.\.|…)\]?\s*")
_MARK = re.compile(r"[.!?]\s+(?=\S)")
#: words from which a name reads like a sentence
_LONG = 6


def short_names(questions: Iterable[str]) -> dict[str, str]:
    """Each question without the stem that all have in common, as it is written beside a bar.

    >>> grid = "How do you rate the following? – "
    >>> list(short_names([grid + "Check-in", grid + "Check-out", grid + "Bar_food"]).values())
    ['Check-in', 'Check-out', 'Bar food']
    >>> short_names(["How was it? [Staff]", "How was it? [Price]", "How was it? [Staff]"])
    {'How was it? [Staff]': 'Staff', 'How was it? [Price]': 'Price'}
    >>> short_names(["staff", "price: fair"])
    {'staff': 'staff', 'price: fair': 'price: fair'}
    """
    names = list(dict.fromkeys(map(str, questions)))
    ends = [found.end() for found in _SEPARATOR.finditer(commonprefix(names))] if len(names) > 1 else []
    bare = [name[max(ends, default=0) :].strip(" –—-:") for name in names]
    if ends and all(name.startswith("[") and name.endswith("]") for name in bare):
        bare = [name[1:-1] for name in bare]
    if not all(bare) or len(set(bare)) < len(names):
        bare = names
    return {name: spoken(short) for name, short in zip(names, bare, strict=True)}


def in_sentences(questions: Iterable[str]) -> Callable[[str], str]:
    """How to say a question in a sentence: short, and in quotes where it is a sentence itself.

    A mark inside would end the sentence it stands in: it is left out.

    >>> say = in_sentences(["Please rate: Staff", "Please rate: Was it clean? (room)"])
    >>> say("Please rate: Staff"), say("Please rate: Was it clean? (room)"), say("overall_score")
    ('Staff', '“Was it clean (room)”', 'overall score')
    """
    short = short_names(questions)

    def say(question: str) -> str:
        name = short.get(str(question), spoken(question))
        sentence = re.search(r"[.!?:;…]", name) or len(name.split()) >= _LONG
        return f"“{_MARK.sub(' ', name)}”" if sentence else name

    return say
