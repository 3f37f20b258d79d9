"""An exercise: what it gives, what it asks, the wrong answers it knows, and what it says to each."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from html import escape
from numbers import Integral

from cxlab.errors import DataError, ParameterError
from cxlab.learn.student import TAG, asked, lesson, pieces

CORRECT, NOT_YET, NOT_ATTEMPTED = "correct", "not yet", "not attempted"
#: of an open exercise: nobody but the student has judged it
OWN_READING = "correct by own reading"
KINDS = ("practice", "business", "mistake", "open")
#: outcomes of checks travel in the outputs of a notebook under this type, where progress is read from
MIME = "application/vnd.cxlab.exercise+json"
_MARKS = {CORRECT: "✓", OWN_READING: "✓", NOT_YET: "✗", NOT_ATTEMPTED: "○"}
_BOX = "padding:.3em .8em;margin:.3em 0"
#: JupyterLab breaks lines of code within a word where an output is narrow; better to scroll
_CODE = "white-space:pre;overflow-x:auto;word-break:normal;overflow-wrap:normal"
_COLOURS = {CORRECT: "#1b7837", OWN_READING: "#1b7837", NOT_YET: "#b35806", NOT_ATTEMPTED: "#595959"}


@dataclass(frozen=True)
class Wrong:
    """A wrong answer, and what whoever gives it must be told.

    Parameters
    ----------
    what : what was done: "took the mean of the scores"
    value : returns the value that comes of it, computed as a student would
    says : words that the general message must have ("per cent"); the value is then no special case
    message : what to say to exactly this value; names what was done, never the answer
    """

    what: str
    value: Callable[[], object]
    says: str = ""
    message: str = ""

    def __post_init__(self):
        assert bool(self.says) != bool(self.message), f"{self.what}: give either says or message"


#: what can go wrong with the words and the ticks of any open exercise
IN_WORDS = (
    Wrong("did not hold it against the rubric", lambda: "word " * 60, says="against the rubric"),
    Wrong("gave points that are not there", lambda: ("word " * 60, [1, 99]), says="numbered 1 to"),
)


@dataclass(frozen=True)
class Result:
    """What a check found: truthy where the answer is right.

    Parameters
    ----------
    name : of the exercise; message : what is said to the student
    outcome : "correct", "correct by own reading" (open exercises), "not yet" or "not attempted"
    """

    name: str
    outcome: str
    message: str

    def __bool__(self) -> bool:
        return self.outcome in (CORRECT, OWN_READING)

    def __repr__(self) -> str:
        return f"{_MARKS[self.outcome]} {self.name}: {self.outcome}. {self.message}".rstrip()

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, object]:
        said = escape(self.message).replace("\n", "<br>")
        style = f"border-left:4px solid {_COLOURS[self.outcome]};{_BOX}"
        head = f"<strong>{_MARKS[self.outcome]} {self.name}: {self.outcome}.</strong>"
        box = f'<div role="status" style="{style}">{head} {said}</div>'
        return {"text/plain": repr(self), "text/html": box, MIME: {"exercise": self.name, "outcome": self.outcome}}


@dataclass(frozen=True)
class Note:
    """A text for the student: a hint or a solution."""

    title: str
    text: str
    code: str = ""

    def __repr__(self) -> str:
        return "\n\n".join(part for part in (f"{self.title}. {self.text}".strip(), self.code) if part)

    def _repr_html_(self) -> str:
        code = f'<pre style="{_CODE}"><code>{escape(self.code)}</code></pre>' if self.code else ""
        text = escape(self.text).replace("\n", "<br>")
        head = f"<strong>{escape(self.title)}.</strong>"
        return f'<div style="border-left:4px solid #2166ac;{_BOX}">{head} {text}{code}</div>'


@dataclass(frozen=True, kw_only=True)
class Exercise:
    """A question on a lesson whose answer is checked.

    Parameters
    ----------
    name : "nps-01"; kind : "practice", "business", "mistake" or "open"; asks : the question in one sentence, with units
    answer : how an answer is judged, of `cxlab.learn.exercises.answers`
    expected : returns the right answer, computed from data and code; None where words are asked
    wrong : wrong answers, with what is said to each: the table that tests the exercise
    hints : from a nudge to nearly the way; reasoning : why the solution is what it is, shown by `solution()`
    given : returns what the student works on
    """

    name: str
    kind: str
    asks: str
    answer: object
    wrong: tuple[Wrong, ...]
    hints: tuple[str, ...]
    reasoning: str
    expected: Callable[[], object] | None = None
    given: Callable[[], object] | None = None

    def data(self) -> object:
        """What the exercise works on, new at every call: nothing a student does to it stays."""
        if self.given is None:
            raise DataError(f"{self.name} gives no data of its own.", mend="use the data of the lesson")
        return self.given()

    def check(self, *value) -> Result:
        """Judge an answer; a pure function of the value.

        Parameters
        ----------
        value : one answer; of an open exercise the words, and the numbers of the points of its rubric that they meet

        Returns
        -------
        Result, "correct" (of an open exercise "correct by own reading"), "not yet" with what is wrong, or "not
        attempted" where the answer is still …
        """
        if not value or value[0] is ...:
            return Result(self.name, NOT_ATTEMPTED, "Put your answer where the … stand, then run the cell again.")
        given = value[0] if len(value) == 1 else value
        wrong = self.answer.judge(given, self._right, self._known)
        if wrong:
            return Result(self.name, NOT_YET, wrong)
        return Result(self.name, OWN_READING if self.kind == "open" else CORRECT, self.answer.praise)

    def hint(self, number: int = 1) -> Note:
        """The first hint, or a further one.

        Raises
        ------
        ParameterError : the number is none
        """
        if not isinstance(number, Integral):
            raise ParameterError(f"{number!r} is no number of a hint.", expected=f"1 to {len(self.hints)}",
                                 mend="q.hint(1)")  # fmt: skip
        if not 1 <= number <= len(self.hints):
            return Note("No such hint", f"{self.name} has {len(self.hints)}: q.hint() to q.hint({len(self.hints)}), "
                        "and then q.solution().")  # fmt: skip
        more = f" (q.hint({number + 1}) says more.)" if number < len(self.hints) else ""
        return Note(f"Hint {number} of {len(self.hints)}", self.hints[number - 1] + more)

    def solution(self) -> Note:
        """The solution of the lesson, and the reasoning behind it."""
        return Note(f"Solution of {self.name}", self.reasoning, solution_of(self.name))

    @cached_property
    def _right(self) -> object:
        return self.expected() if self.expected else None

    @cached_property
    def _known(self) -> tuple[tuple[object, str], ...]:
        return tuple((w.value(), w.message) for w in self.wrong if w.message)

    def __repr__(self) -> str:
        return f"{self.name}: {self.asks}\n{self._use}"

    def _repr_html_(self) -> str:
        return f"<b>{self.name}</b>: {escape(self.asks)}<br><small>{escape(self._use)}</small>"

    @property
    def _use(self) -> str:
        return "q.check(answer) · q.hint() · q.solution()"


def solution_of(name: str) -> str:
    """The code that answers an exercise in the lesson, without the marks of its solution."""
    from cxlab.learn.exercises import SUBJECTS

    for cell in json.loads(lesson(SUBJECTS[name.rpartition("-")[0]]).read_text(encoding="utf-8"))["cells"]:
        source = "".join(cell["source"])
        if TAG in cell["metadata"].get("tags", ()) and asked(source) == name:
            return "\n".join(line for solution, shown in pieces(source) for line in solution or shown)
    return ""
