"""`cxlab case new`: a client.yaml whose sources are guessed from the files and whose case is there to be filled in."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile

from cxlab.data.contract import TABLES
from cxlab.data.starting import write_client
from cxlab.errors import DataError, ParameterError

_DATA = (".csv", ".tsv", ".xlsx", ".xlsm", ".parquet", ".jsonl", ".gz")
#: study to the tables of which it needs one; roadmap runs without any, from the options that ship
NEEDS = {
    "experience": ("surveys",), "journey": ("touchpoints",), "segments": ("transactions",), "cltv": ("transactions",),
    "retention": ("subscriptions",), "differentiation": ("surveys", "choices"), "trials": ("trials",),
    "roadmap": ("initiatives",),
}  # fmt: skip
#: what the owner states, as the study takes it where nothing is said
_ROADMAP = [
    "    roadmap: {budget: 5000, periods: 4, period_months: 3, years: 5, discount: 0.1}    # yours: money a quarter, …",
    "    #   effects of a trial in place of guesses, within roadmap: {…}:",
    '    #   effects: {NAME: {study: trials, finding: differentiation.effect_in_money, row: "brings, first year"}}',
]
_MONEY = {
    "cltv": "    # yours: {margin: 0.3, horizon: 52}, share of sales that stays, weeks",
    "trials": "    # yours, for money: {margin: 1, customers: 1000, cost: 0}",
}
_CASE = """
# What the client asks, and which studies answer it. `cxlab case client.yaml` runs them and writes the report.
case:
{outside}  question: What should we do first for our customers, and does it pay?
  situation: ""                # one or more paragraphs: - First. - Second.
  studies:
{studies}
  # findings:                  # three to five that are told; without this, the answers of the studies
  #   - {{study: experience, finding: experience.drivers, so_what: What you do because of it.}}
  # change_our_mind: [What else would change the recommendation.]
  # risks: [{{risk: What may go wrong., sign: How we notice., answer: What we do then.}}]
  # allow: []                  # what may leave although it tells of persons: customer_id, text, quotes, pseudonyms
  smallest_group: 10           # numbers of fewer customers are suppressed
  # template: slides.pptx      # the client's own slides

# brand:
#   name: Name on the report
#   colours: {{main: "#1F6FB2", ink: "#22303C"}}    # of what pays, and of text; both are checked for contrast
#   logo: logo.png
"""


def start_case(folder: Path, files: Sequence[Path] = ()) -> tuple[Path, list[str]]:
    """Write `folder`/client.yaml for a case, whole or not at all.

    Parameters
    ----------
    folder : the client's folder, made when missing
    files : the client's files; those that lie in `folder` when none are named

    Returns
    -------
    (path of the file, what could not be guessed and must be filled in)

    Raises
    ------
    ParameterError : there are no files to start from.
    DataError : a client.yaml is there already, or a file holds no table.
    """
    if folder.exists() and not folder.is_dir():
        raise ParameterError(f"{folder} is a file.", expected="a folder")
    files = list(files) or sorted(p for p in folder.glob("*") if p.is_file() and p.suffix.lower() in _DATA)
    if not files:
        raise ParameterError(
            f"the folder {folder.name} holds no data yet." if folder.is_dir() else f"there is no folder {folder}.",
            expected="files of the client: CSV, Excel, Parquet or JSON lines",
            mend=f"cxlab case new {folder} --from orders.csv survey.xlsx",
        )
    target, left_open = write_client(folder, files)
    draft = None
    try:
        text = target.read_text(encoding="utf-8") + _CASE.format(
            studies=_studies(target), outside=_outside(folder, files)
        )
        with NamedTemporaryFile("w", encoding="utf-8", dir=folder, prefix=".client-", delete=False) as draft:
            draft.write(text)
        os.chmod(draft.name, 0o644)
        os.replace(draft.name, target)
    except BaseException:
        target.unlink(missing_ok=True)
        if draft is not None:
            Path(draft.name).unlink(missing_ok=True)
        raise
    return target, left_open


def _outside(folder: Path, files: Sequence[Path]) -> str:
    """The line that allows files outside the client's folder, where such files were named."""
    inside = folder.resolve()
    if all(file.resolve().is_relative_to(inside) for file in files):
        return ""
    return "  outside: allowed            # sources lie outside this folder; without this line they are not read\n"


def study_needs(study: str, data) -> bool:
    """Whether a data set has a table that a study can work on; studies of a client's own always can."""
    if data is None:
        return False
    if study == "differentiation":
        return "choices" in data.tables or ("surveys" in data.tables and "brand" in data.surveys.columns)
    return study not in NEEDS or bool(set(NEEDS[study]) & set(data.tables))


def _studies(file: Path) -> str:
    """The studies that the tables of a client.yaml allow; the others as comments with what they need."""
    from cxlab.data import load

    try:
        data = load(file)
    except DataError:  # columns are open still: every study stands as a comment
        data = None
    lines = []
    for study, needs in NEEDS.items():
        words = " or ".join(needs)
        if study == "roadmap":
            lines += (
                _ROADMAP
                if study_needs(study, data)
                else [f"{_ROADMAP[0]}    # no table initiatives: options that ship"]
            )
        elif study_needs(study, data):
            lines.append(f"    {study}: {{}}{_MONEY.get(study, '')}")
        else:
            lines.append(f"    # {study}: {{}}    # needs {words}: {TABLES[needs[0]].row} a row")
    return "\n".join(lines)
