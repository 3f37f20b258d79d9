"""A short quiz that answers back: plain HTML that needs no script, no kernel and no mouse.

An option is a `<details>` that opens to what there is to say to it. So a quiz works wherever HTML is shown: in
JupyterLab, where a notebook that was not run yet loses styles, scripts and the names of radio buttons; on a static
site; on a code host.

The questions of a lesson lie beside this module, in a file of its name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib.resources import files
from string import ascii_lowercase

from cxlab.errors import ParameterError, unknown
from cxlab.style import BLUE, INK, LINE, ORANGE, SAND, TEAL, TEXT

#: what begins the answer to an option, so that no colour is needed to tell them apart
RIGHT, WRONG = "Right:", "Not quite:"
_FOLDER = files(__name__)
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six")
_CSS = f"""
.cx-quiz {{background: #fff; color: {INK}; line-height: 1.45; max-width: 46em; padding: .1em .2em}}
.cx-quiz fieldset {{border: 1px solid {LINE}; border-radius: 6px; margin: .8em 0; min-width: 0;
  padding: .4em .9em .7em}}
.cx-quiz legend {{float: left; padding: .4em 0; width: 100%}}
.cx-quiz details {{clear: both; margin: .2em 0; padding: 0}}
.cx-quiz summary {{border-radius: 4px; cursor: pointer; list-style: none;
  padding: .35em .5em .35em 2em; position: relative}}
.cx-quiz summary::-webkit-details-marker {{display: none}}
.cx-quiz summary::before {{border: 2px solid {INK}; border-radius: 50%; box-sizing: border-box; content: "";
  height: 1.1em; left: .4em; position: absolute; top: .5em; width: 1.1em}}
.cx-quiz details[open] > summary::before {{border-width: .34em}}
.cx-quiz summary:hover, .cx-quiz details[open] > summary {{background: {SAND}}}
.cx-quiz summary:focus-visible {{outline: 3px solid {BLUE}; outline-offset: 1px}}
.cx-quiz details > div {{border-left: 4px solid {TEXT[TEAL]}; margin: .3em 0 .5em .9em; padding: .1em .9em}}
.cx-quiz details > div.cx-wrong {{border-left: 4px dashed {TEXT[ORANGE]}}}
.cx-quiz details > div b {{color: {TEXT[TEAL]}}}
.cx-quiz details > div.cx-wrong b {{color: {TEXT[ORANGE]}}}
"""


@dataclass(frozen=True)
class Option:
    """An answer that can be chosen, and what is said to who chooses it."""

    text: str
    says: str
    right: bool = False

    @property
    def feedback(self) -> str:
        """What is said, beginning with `RIGHT` or `WRONG`."""
        return f"{RIGHT if self.right else WRONG} {self.says}"


@dataclass(frozen=True)
class Question:
    """A question with its options, one of which is right."""

    text: str
    options: tuple[Option, ...]


@dataclass(frozen=True)
class Quiz:
    """The questions of one lesson; a notebook shows it as HTML, anything else as text.

    Parameters
    ----------
    lesson : name of the lesson in small letters ("f3")
    questions : in the order asked

    >>> options = Option("yes", "so it is.", right=True), Option("no", "count again.")
    >>> Quiz("demo", (Question("Is 1 + 1 = 2?", options),)).choose(1, "b")
    'Not quite: count again.'
    """

    lesson: str
    questions: tuple[Question, ...]

    def choose(self, question: int, option: str) -> str:
        """What is said to who chooses an option: the quiz without a mouse.

        Parameters
        ----------
        question : its number, from 1
        option : its letter, from "a"

        Raises
        ------
        ParameterError : there is no such question or option.
        """
        if not 1 <= question <= len(self.questions):
            raise ParameterError(f"there is no question {question}.", expected=f"1 … {len(self.questions)}")
        options = dict(zip(ascii_lowercase, self.questions[question - 1].options, strict=False))
        if option not in options:
            raise unknown("option", option, options)
        return options[option].feedback

    @property
    def title(self) -> str:
        n = len(self.questions)
        return f"{_NUMBERS[n].capitalize() if n < len(_NUMBERS) else n} question{'s' * (n != 1)}"

    def __repr__(self) -> str:
        lines = [f'{self.title} (quiz.choose(1, "a") answers)']
        for number, question in enumerate(self.questions, 1):
            lines += ["", f"{number}. {question.text}"]
            lines += [f"   {a}) {o.text}" for a, o in zip(ascii_lowercase, question.options, strict=False)]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        parts = [
            f"<style>{_CSS}</style>",
            f"<p><b>{self.title}.</b> Open an answer to see what there is to say to it "
            "(<kbd>Tab</kbd> goes on, <kbd>Enter</kbd> opens).</p>",
        ]
        for number, question in enumerate(self.questions, 1):
            group = f"quiz-{self.lesson}-{number}"
            parts.append(f'<fieldset id="{group}"><legend><b>{number}. {_inline(question.text)}</b></legend>')
            parts += [_option(option, group) for option in question.options]
            parts.append("</fieldset>")
        return f'<div class="cx-quiz" id="quiz-{self.lesson}">' + "\n".join(parts) + "</div>"


def _option(option: Option, group: str) -> str:
    """A `<details>`; those of one name close each other, where the page keeps names."""
    kind = "cx-right" if option.right else "cx-wrong"
    verdict = RIGHT if option.right else WRONG
    return (
        f'<details name="{group}"><summary>{_inline(option.text)}</summary>'
        f'<div class="{kind}"><b>{verdict}</b> {_inline(option.says)}</div></details>'
    )


def _inline(text: str) -> str:
    """HTML of a line with `code` and *stress*."""
    text = re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text, quote=False))
    return re.sub(r"\*([^*]+)\*", r"<em>\1</em>", text)


def quizzes() -> tuple[str, ...]:
    """The lessons that have a quiz.

    >>> "f3" in quizzes()
    True
    """
    names = (entry.name for entry in _FOLDER.iterdir())
    return tuple(sorted(name.removesuffix(".yaml") for name in names if name.endswith(".yaml")))


@cache
def quiz(lesson: str) -> Quiz:
    """The quiz of a lesson.

    Parameters
    ----------
    lesson : its name, in any letters ("f3")

    Raises
    ------
    ParameterError : no quiz is of that lesson; lists those there are.

    >>> quiz("F3").title
    'Four questions'
    """
    import yaml

    name = str(lesson).lower()
    if name not in quizzes():
        raise unknown("quiz", lesson, quizzes())
    written = yaml.safe_load((_FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    return Quiz(
        name,
        tuple(Question(asked["question"], tuple(Option(**option) for option in asked["options"])) for asked in written),
    )
