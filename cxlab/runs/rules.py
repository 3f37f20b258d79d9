"""What committed notebooks keep to. Each rule is a function from a notebook to its faults; none means it holds."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from cxlab.errors import CxlabError
from cxlab.runs.studies import literal, parameters_class

#: a page with its pictures; more slows a browser and swells the history
MOST_BYTES = 1_000_000
#: lines of a code cell of a lesson, and bytes of one of its outputs
MOST_LINES, MOST_OUTPUT = 14, 100_000
_FRONT_MATTER = ("Goal", "Level", "Minutes", "need", "able to")
_ABSOLUTE = re.compile(
    r"(?<![\w./:~-])(?:/(?:home|root|Users|tmp|var|opt|usr|work|mnt|private|srv|data)/[\w.]|[A-Za-z]:\\\\?\w)"
)
_MAGIC = re.compile(r"^\s*[%!]")


def executed_in_order(notebook) -> Iterator[str]:
    """Code cells are executed 1…n from top to bottom: nbval does not compare a cell that was not executed."""
    counts = [cell.execution_count for cell in _code(notebook)]
    if counts != list(range(1, len(counts) + 1)):
        yield f"cells are not executed in order 1…{len(counts)}: {counts}"


def one_heading_first(notebook) -> Iterator[str]:
    """Exactly one H1, and the notebook begins with it."""
    headings = re.findall(
        r"^# .+$", "\n".join(_without_fences(c.source) for c in _markdown(notebook)), flags=re.MULTILINE
    )
    first = notebook.cells[0] if notebook.cells else None
    if len(headings) != 1:
        yield f"{len(headings)} H1 headings instead of one: {headings}"
    if first is None or first.cell_type != "markdown" or not first.source.startswith("# "):
        yield "it does not begin with an H1"


def front_matter(notebook) -> Iterator[str]:
    """The first cell states goal, level, minutes, what one needs and what one will be able to do."""
    first = notebook.cells[0].source if notebook.cells else ""
    missing = [name for name in _FRONT_MATTER if not re.search(rf"\b{name}\b", first, flags=re.IGNORECASE)]
    if missing:
        yield "front matter lacks " + ", ".join(repr(name) for name in missing)


def parameters_cell(notebook) -> Iterator[str]:
    """A cell tagged `parameters` holds only ``name: type = literal  # comment`` lines."""
    cells = [c for c in _code(notebook) if "parameters" in c.metadata.get("tags", [])]
    if len(cells) != 1:
        yield f"{len(cells)} cells are tagged 'parameters' instead of one"
        return
    source = cells[0].source
    try:
        tree = ast.parse(source)
    except SyntaxError as problem:
        yield f"the parameters cell is not Python: {problem}"
        return
    lines = source.splitlines()
    for node in tree.body:
        text = lines[node.lineno - 1].strip()
        if not (isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None):
            yield f"parameters: {text!r} is not  name: type = literal  # comment"
            continue
        name = node.target.id
        if not isinstance(node.annotation, (ast.Name, ast.Subscript)) or "|" in ast.unparse(node.annotation):
            yield f"parameters: the annotation of {name} is not simple: {ast.unparse(node.annotation)}"
        if not _is_literal(node.value):
            yield f"parameters: {name} is not a plain literal: {ast.unparse(node.value)}"
        if "#" not in lines[(node.end_lineno or node.lineno) - 1][node.end_col_offset or 0 :]:
            yield f"parameters: {name} has no comment"


def parameters_agree(notebook) -> Iterator[str]:
    """The parameters cell and the typed class that the metadata names have the same names and defaults."""
    try:
        fields = parameters_class(notebook, name="it").model_fields
    except CxlabError as problem:
        yield problem.found
        return
    defaults = {name: literal(field.get_default(call_default_factory=True)) for name, field in fields.items()}
    values = parameter_values(notebook)
    for name in [*values, *(n for n in defaults if n not in values)]:
        if name not in defaults:
            yield f"parameters: {name} is not in the typed class"
        elif name not in values:
            yield f"parameters: {name} of the typed class is not in the cell"
        elif literal(values[name]) != defaults[name] or type(literal(values[name])) is not type(defaults[name]):
            yield f"parameters: {name} = {values[name]!r}, but the typed class says {defaults[name]!r}"


def no_absolute_paths(notebook) -> Iterator[str]:
    """No path of a machine in any cell or output."""
    for number, text in _texts(notebook):
        if hit := _ABSOLUTE.search(text):
            start = hit.start()
            yield f"cell {number} has an absolute path: {text[start : start + 60].splitlines()[0]!r}"


def no_addresses_read(notebook) -> Iterator[str]:
    """No code cell names a web address or installs something."""
    for number, source in _sources(notebook):
        if re.search(r"(?:https?|ftp|s3|gs)://", source):
            yield f"cell {number} reads a web address"
        if re.search(r"^\s*[%!]\s*(?:pip|conda|mamba|uv)\b|sys\.path", source, flags=re.MULTILINE):
            yield f"cell {number} installs a package or changes sys.path"


def calls_only(notebook) -> Iterator[str]:
    """Code cells call functions of the package: no def, no class, no try. What a student writes may be a function."""
    banned = {
        ast.FunctionDef: "def",
        ast.AsyncFunctionDef: "def",
        ast.ClassDef: "class",
        ast.Try: "try",
        ast.TryStar: "try",
    }
    for number, source in _sources(notebook):
        try:
            tree = ast.parse("\n".join(line for line in source.splitlines() if not _MAGIC.match(line)))
        except SyntaxError as problem:
            yield f"cell {number} is not Python: {problem.msg}"
            continue
        asked = "exercise" in notebook.cells[number - 1].metadata.get("tags", ())
        words = {banned[type(node)] for node in ast.walk(tree) if type(node) in banned}
        for word in sorted(words - {"def"} if asked else words):
            yield f"cell {number} has a {word}; it belongs in the package"


def no_errors(notebook) -> Iterator[str]:
    """No output is an error, and nothing was said on stderr (warnings have paths and process numbers)."""
    for number, output in _outputs(notebook):
        if output.output_type == "error":
            yield f"cell {number} ends in an error: {output.ename}"
        elif output.output_type == "stream" and output.name == "stderr":
            yield f"cell {number} has output on stderr: {output.text.strip().splitlines()[:1]}"


def nothing_of_the_tool(notebook) -> Iterator[str]:
    """No metadata of papermill or of execution, no injected cell, no widget state."""
    for key in ("papermill", "widgets", "execution", "signature"):
        if key in notebook.metadata:
            yield f"metadata has {key!r}"
    for number, cell in enumerate(notebook.cells, 1):
        for key in ("papermill", "execution", "ExecuteTime"):
            if key in cell.metadata:
                yield f"cell {number} has metadata {key!r}"
        if "injected-parameters" in cell.metadata.get("tags", []):
            yield f"cell {number} was injected by papermill"


def fit_for_class(notebook) -> Iterator[str]:
    """A lesson can be read and finished: 20 to 35 short cells, small outputs, exercises, a quiz, a recap."""
    code = _code(notebook)
    if not 20 <= len(code) <= 35:
        yield f"it has {len(code)} code cells; a lesson has 20 to 35"
    for number, source in _sources(notebook):
        if len(source.splitlines()) > MOST_LINES:
            yield f"cell {number} has {len(source.splitlines())} lines; {MOST_LINES} at most"
    for number, output in _outputs(notebook):
        if _size(output) > MOST_OUTPUT:
            yield f"cell {number} has an output of more than {MOST_OUTPUT:,} bytes"
    if sum("exercise" in cell.metadata.get("tags", []) for cell in code) < 3:
        yield "it has fewer than three exercises"
    if sum("cx.learn.quiz(" in cell.source for cell in code) != 1:
        yield "it has no quiz, or more than one"
    recap = next((cell.source for cell in _markdown(notebook) if cell.source.startswith("## Recap")), "")
    if len(re.findall(r"^- ", recap, flags=re.MULTILINE)) != 3:
        yield "its recap is not three lines"
    if not any("## Your own data" in cell.source for cell in _markdown(notebook)):
        yield "it does not say how to go on with one's own data"


def _size(output) -> int:
    """Bytes of an output; those of a picture before it was written in letters, of which four make three bytes."""
    pictures = sum(len(text) for kind, text in output.get("data", {}).items() if kind == "image/png")
    return len(json.dumps(output)) - pictures // 4


def small(path: Path) -> Iterator[str]:
    """The file is below `MOST_BYTES`."""
    size = path.stat().st_size
    if size >= MOST_BYTES:
        yield f"it has {size:,} bytes, more than {MOST_BYTES:,}"


Rule = Callable[[Any], Iterator[str]]
#: rules of every committed notebook, and those of lessons, and of studies and cases, besides
EVERYWHERE: tuple[Rule, ...] = (
    executed_in_order, one_heading_first, no_absolute_paths, no_addresses_read, calls_only, no_errors,
    nothing_of_the_tool,
)  # fmt: skip
TEACHING: tuple[Rule, ...] = (front_matter, fit_for_class)
STUDIES: tuple[Rule, ...] = (front_matter, parameters_cell, parameters_agree)


def rules_of(path: Path) -> tuple[Rule, ...]:
    """The rules a notebook keeps to, by the folder it lies in."""
    if {"studies", "cases"} & set(path.parts):
        return EVERYWHERE + STUDIES
    return EVERYWHERE + TEACHING if "lessons" in path.parts else EVERYWHERE


def faults(path: Path) -> list[str]:
    """Everything in which the notebook at `path` breaks the rules of its folder."""
    import nbformat

    notebook = nbformat.read(path, as_version=4)
    found = [fault for rule in rules_of(path) for fault in rule(notebook)]
    return found + list(small(path))


def parameter_values(notebook) -> dict[str, Any]:
    """Names and values of the parameters cell, read without running it."""
    values = {}
    for cell in _code(notebook):
        if "parameters" in cell.metadata.get("tags", []):
            for node in ast.parse(cell.source).body:
                if isinstance(node, ast.AnnAssign) and node.value is not None and _is_literal(node.value):
                    values[ast.unparse(node.target)] = ast.literal_eval(node.value)
    return values


def _is_literal(node: ast.expr) -> bool:
    try:
        ast.literal_eval(node)
    except ValueError:
        return False
    return True


def _code(notebook) -> list[Any]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def _markdown(notebook) -> list[Any]:
    return [cell for cell in notebook.cells if cell.cell_type == "markdown"]


def _without_fences(text: str) -> str:
    return re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)


def _sources(notebook) -> Iterator[tuple[int, str]]:
    """Position in the notebook, counted from 1, and source of every code cell."""
    return ((n, cell.source) for n, cell in enumerate(notebook.cells, 1) if cell.cell_type == "code")


def _outputs(notebook) -> Iterator[tuple[int, Any]]:
    for number, cell in enumerate(notebook.cells, 1):
        for output in cell.get("outputs", []):
            yield number, output


def _texts(notebook) -> Iterator[tuple[int, str]]:
    """Every text of the notebook with its cell: sources, and outputs that are not pictures."""
    for number, cell in enumerate(notebook.cells, 1):
        yield number, cell.source
    for number, output in _outputs(notebook):
        yield number, str(output.get("text", "")) + "\n".join(output.get("traceback", []))
        for mime, value in output.get("data", {}).items():
            if not mime.startswith("image/"):
                yield number, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
