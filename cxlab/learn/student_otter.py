"""A lesson with solutions in the format of Otter Assign, for those who grade with Otter-Grader.

Otter makes the student's notebook and the autograder from it: `otter assign f3.ipynb dist`. A test asks cxlab for the
outcome of a check and compares it with "correct", so no expected value is in what a student gets. Open exercises are
marked for grading by hand.
"""

from __future__ import annotations

import ast
from itertools import groupby
from pathlib import Path

from cxlab.errors import DataError
from cxlab.learn.exercises import exercise
from cxlab.learn.student import TAG, asked, lesson, pieces

_CONFIG = """# ASSIGNMENT CONFIG
name: cxlab-{name}
init_cell: true
check_all_cell: true
export_cell: false
solutions_pdf: false
generate:
  pdf: false
requirements: [cxlab]"""


def export_otter(name: str, folder: Path | str) -> Path:
    """Write a lesson for `otter assign`.

    Parameters
    ----------
    name : of the lesson ("f3"); folder : made where it is missing

    Returns
    -------
    the notebook that was written

    Raises
    ------
    ParameterError : there is no such lesson
    DataError : it has no exercises, the file is there already, or it cannot be written
    """
    import nbformat

    file = Path(folder) / f"{name.strip().lower()}.ipynb"
    text = nbformat.writes(otter_notebook(nbformat.read(lesson(name), as_version=4), name=file.stem))
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("x", encoding="utf-8", newline="\n") as out:
            out.write(text.rstrip("\n") + "\n")
    except OSError as problem:
        raise DataError(
            f"{file} cannot be written: {problem.strerror or problem}.", mend="name another folder"
        ) from None
    return file


def otter_notebook(master, *, name: str):
    """The lesson as an Otter Assign notebook.

    Parameters
    ----------
    master : NotebookNode, the lesson with solutions; left as it is
    name : of the assignment, after "cxlab-"

    Returns
    -------
    NotebookNode, without outputs but those that tests expect
    """
    import nbformat

    new = nbformat.v4
    cells = [new.new_raw_cell(_CONFIG.format(name=name))]
    for cell in master.cells:
        if cell.cell_type != "code":
            cells.append({"markdown": new.new_markdown_cell, "raw": new.new_raw_cell}[cell.cell_type](cell.source))
        elif TAG not in cell.metadata.get("tags", ()):
            cells.append(new.new_code_cell(cell.source))
        else:
            question = [cells.pop()] if cells[-1].cell_type == "markdown" else []
            cells += _question(cell.source, question)
    if not any(TAG in c.metadata.get("tags", ()) for c in master.cells):
        raise DataError(f"lesson {name} has no exercises.", mend="cxlab learn progress lists lessons that have")
    for number, cell in enumerate(cells):
        cell["id"] = f"{name}-{number:03d}"
    return new.new_notebook(cells=cells, metadata={"kernelspec": dict(master.metadata["kernelspec"])})


def otter_solution(source: str) -> str:
    """A cell whose solutions are marked by blocks, each with the lines that a student finds in its place.

    >>> print(otter_solution("step = 1  # SOLUTION\\nx = step  # SOLUTION\\nq.check(x)"))
    # BEGIN SOLUTION NO PROMPT
    step = 1
    x = step
    # END SOLUTION
    \"\"\" # BEGIN PROMPT
    x = ...
    \"\"\" # END PROMPT
    q.check(x)
    """
    made: list[str] = []
    for solution, group in groupby(pieces(source), key=lambda piece: bool(piece[0])):
        held = list(group)
        shown = [line for _, instead in held for line in instead]
        if not solution:
            made += shown
            continue
        made += ["# BEGIN SOLUTION NO PROMPT", *(line for lines, _ in held for line in lines), "# END SOLUTION"]
        if shown:
            made += ['""" # BEGIN PROMPT', *shown, '""" # END PROMPT']
    return "\n".join(made)


def _question(source: str, question: list) -> list:
    import nbformat

    new = nbformat.v4
    name = asked(source)
    by_hand = exercise(name).kind == "open"
    head = f"# BEGIN QUESTION\nname: {name.replace('-', '_')}\npoints: 1" + ("\nmanual: true" if by_hand else "")
    cells = [new.new_raw_cell(head), *question, new.new_raw_cell("# BEGIN SOLUTION")]
    cells += [new.new_code_cell(otter_solution(source)), new.new_raw_cell("# END SOLUTION")]
    if not by_hand:
        call = ast.parse(source).body[-1].value
        given = ", ".join(ast.unparse(argument) for argument in call.args)
        right = new.new_output("execute_result", data={"text/plain": "'correct'"}, execution_count=1)
        test = new.new_code_cell(f'cx.learn.exercise("{name}").check({given}).outcome', outputs=[right])
        cells += [new.new_raw_cell("# BEGIN TESTS"), test, new.new_raw_cell("# END TESTS")]
    return [*cells, new.new_raw_cell("# END QUESTION")]
