"""The student's copy of a lesson, derived from the lesson with solutions: `...` where an answer belongs, no outputs.

A solution is marked in the lesson as Otter-Grader marks it: one statement by `# SOLUTION` at its end, several by a line
`# BEGIN SOLUTION` before and a line `# END SOLUTION` after them. The copy keeps of a solution only the names which what
stays still uses.

All outputs go, not only those of exercises: a lesson's numbers are met by running it, a fresh copy says honestly that
nothing was run yet (`cxlab learn progress` reads outputs), and none of them can give an answer away.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from cxlab.errors import DataError, unknown
from cxlab.places import shipped

TAG = "exercise"
_MARK, _BEGIN, _END = "# SOLUTION", "# BEGIN SOLUTION", "# END SOLUTION"
_ASKED = re.compile(r"""\bexercise\(\s*["']([a-z]+-\d+)["']""")
_LINK = re.compile(r"\[([^\]]*)\]\(([^)\s]+)\)")


def lessons() -> dict[str, Path]:
    """The lessons that ship with cxlab, by their short name.

    >>> lessons()["f3"].name
    'f3-how-happy-are-they-really.ipynb'
    """
    files = sorted((shipped("notebooks") / "lessons").glob("*/*-*.ipynb"), key=lambda f: (f.parent.name, f.name))
    return {file.name.partition("-")[0]: file for file in files}


def lesson(name: str) -> Path:
    """The file of a lesson.

    Raises
    ------
    ParameterError : there is no such lesson; lists those there are
    """
    known = lessons()
    if (short := str(name).strip().lower()) not in known:
        raise unknown("lesson", name, known)
    return known[short]


def asked(source: str) -> str:
    """The exercise that a cell asks, or nothing.

    >>> asked('q = cx.learn.exercise("nps-01")')
    'nps-01'
    """
    found = _ASKED.search(source)
    return found[1] if found else ""


def student_text(file: Path) -> str:
    """The student's copy of a lesson as it is written to a file; the same text each time."""
    import nbformat

    return nbformat.writes(student_copy(nbformat.read(file, as_version=4))).rstrip("\n") + "\n"


def student_copy(master):
    """A lesson without solutions and outputs.

    Parameters
    ----------
    master : NotebookNode, the lesson with solutions; left as it is

    Returns
    -------
    NotebookNode, with the cells and their ids

    Raises
    ------
    DataError : a cell tagged `exercise` has no marked solution, or a mark is out of place; names the exercise
    """
    import nbformat

    cells = []
    for cell in master.cells:
        source, metadata = cell.source, {"tags": list(cell.metadata["tags"])} if "tags" in cell.metadata else {}
        if cell.cell_type != "code":
            make = {"markdown": nbformat.v4.new_markdown_cell, "raw": nbformat.v4.new_raw_cell}[cell.cell_type]
            cells.append(make(_nearer_links(source), id=cell.id, metadata=metadata))
            continue
        if _MARK[2:] in source:
            source = without_solution(source)
        elif TAG in metadata.get("tags", ()):
            raise DataError(f"exercise {asked(source)} has no marked solution.", mend=f"end its lines with {_MARK}")
        cells.append(nbformat.v4.new_code_cell(source, id=cell.id, metadata=metadata))
    kept = {name: dict(master.metadata[name]) for name in ("kernelspec", "language_info") if name in master.metadata}
    return nbformat.v4.new_notebook(cells=cells, metadata=kept)


def without_solution(source: str) -> str:
    """A cell whose marked statements give way to `...`.

    Parameters
    ----------
    source : Python; a mark inside of a function or a loop takes the whole of it

    >>> print(without_solution("q = ask()\\nlow, high = ends(q)  # SOLUTION\\nq.check(low, high)"))
    q = ask()
    low, high = ..., ...
    q.check(low, high)

    A name that only served other lines of the solution leaves with them.

    >>> print(without_solution("# BEGIN SOLUTION\\nstep = 1\\nx = step + 1\\n# END SOLUTION\\nq.check(x)"))
    x = ...
    q.check(x)

    A function leaves what it is called with, as a comment: one that is there, even without a body, was attempted.

    >>> print(without_solution("def twice(x):\\n    return 2 * x  # SOLUTION\\nq.check(twice)"))
    twice = ...  # def twice(x):
    q.check(twice)
    """
    return "\n".join(line for _, shown in pieces(source) for line in shown)


def pieces(source: str) -> Iterator[tuple[list[str], list[str]]]:
    """A cell line by line, and each solution as a whole: (its lines without marks, what a student gets instead).

    >>> list(pieces("x = 1  # SOLUTION\\nq.check(x)"))
    [(['x = 1'], ['x = ...']), ([], ['q.check(x)'])]
    """
    spans, body, lines = dict(solution_spans(source)), ast.parse(source).body, source.split("\n")
    visible = [s for s in body if not any(first <= s.lineno <= last for first, last in spans.items())]
    said: set[str] = set()
    number = 1
    while number <= len(lines):
        last = spans.get(number)
        if last is None:
            yield [], [lines[number - 1]]
        else:
            hidden = (line.rstrip().removesuffix(_MARK).rstrip() for line in lines[number - 1 : last])
            instead = []
            for statement in (s for s in body if number <= s.lineno <= last):
                instead += _placeholders(statement, _used(visible, after=statement.lineno), said)
            yield [line for line in hidden if line.strip() not in (_BEGIN, _END)], instead
        number = (last or number) + 1


def solution_spans(source: str) -> Iterator[tuple[int, int]]:
    """First and last line of each marked solution, marks included; lines count from 1.

    Raises
    ------
    DataError : marks do not pair, or do not hold whole statements
    """
    name = asked(source) or "a cell"
    comments, deep = {}, set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT and re.search(r"\b(SOLUTION|PROMPT)\b", token.string):
            comments[token.start[0]] = token.string.strip()
            deep |= {token.start[0]} if token.start[1] else set()
    body = ast.parse(source).body
    begun, spans = 0, []
    for number, mark in comments.items():
        if mark == _BEGIN and not begun:
            begun = number
        elif mark == _END and begun:
            whole = [s for s in body if s.lineno < begun][-1:] if begun in deep else []
            spans.append((whole[0].lineno, max(number, whole[0].end_lineno)) if whole else (begun, number))
            begun = 0
        elif mark == _MARK and not begun and (held := [s for s in body if s.lineno <= number <= s.end_lineno]):
            spans.append((held[0].lineno, held[-1].end_lineno))
        else:
            raise DataError(f"{name}: the mark {mark!r} in line {number} is out of place.",
                            expected=f"{_MARK} at the end of a statement, or {_BEGIN} … {_END}")  # fmt: skip
    if begun:
        raise DataError(f"{name}: {_BEGIN} in line {begun} has no {_END}.", mend=f"{_END} after its last line")
    for first, last in spans:
        if any(s.lineno < first <= s.end_lineno or s.lineno <= last < s.end_lineno for s in body):
            raise DataError(f"{name}: the solution in lines {first} to {last} cuts a statement in two.",
                            expected="marks around whole statements")  # fmt: skip
    yield from dict.fromkeys(spans)


def _used(statements: list[ast.stmt], *, after: int) -> set[str]:
    return {n.id for s in statements if s.lineno > after for n in ast.walk(s)
            if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}  # fmt: skip


def _placeholders(statement: ast.stmt, used: set[str], said: set[str]) -> list[str]:
    """What stands for a statement of a solution: its names that are used further on, each once."""
    shapes = [_names(target) for target in statement.targets] if isinstance(statement, ast.Assign) else []
    if len(shapes) == 1 and set(shapes[0]) & used - said:
        said.update(shapes[0])
        return [f"{', '.join(shapes[0])} = {', '.join(['...'] * len(shapes[0]))}"]
    if isinstance(statement, ast.FunctionDef) and statement.name in used - said:
        said.add(statement.name)
        return [f"{statement.name} = ...  # def {statement.name}({ast.unparse(statement.args)}):"]
    bound = [n for n in _bound(statement) if n in used and n not in said]
    said.update(bound)
    return [f"{name} = ..." for name in dict.fromkeys(bound)]


def _bound(statement: ast.stmt) -> list[str]:
    """Names that a statement leaves behind in its cell."""
    if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
        return [statement.name]
    inner = {n for part in ast.walk(statement) if isinstance(part, (ast.Lambda, ast.FunctionDef, ast.comprehension))
             for n in ast.walk(part)}  # fmt: skip
    return [n.id for n in ast.walk(statement)
            if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store) and n not in inner]  # fmt: skip


def _names(target: ast.expr) -> list[str]:
    if isinstance(target, (ast.Tuple, ast.List)):
        return [name for part in target.elts for name in _names(part)]
    if isinstance(target, ast.Starred):
        return _names(target.value)
    return [target.id] if isinstance(target, ast.Name) else []


def _nearer_links(text: str) -> str:
    """Links from the folder of lessons as they lead from the student's, which has lessons and glossary only."""

    def led(match: re.Match) -> str:
        words, target = match.groups()
        path, mark, anchor = target.partition("#")
        if not path or re.match(r"[a-z][a-z0-9+.-]*:", path):
            return match[0]
        steps = PurePosixPath(path).parts
        if steps[-1] == "glossary.md":
            return f"[{words}](../glossary.md{mark}{anchor})"
        inside = steps[:1] != ("..",) or steps[:1] == ("..",) and len(steps) == 3 and steps[1] != ".."
        return match[0] if inside and steps[-1].endswith(".ipynb") else words

    return _LINK.sub(led, text)
