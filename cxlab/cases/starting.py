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
_NEEDS = {
    "experience": ("surveys",), "journey": ("touchpoints",), "segments": ("transactions",), "cltv": ("transactions",),
    "retention": ("subscriptions",), "differentiation": ("surveys", "choices"), "trials": ("trials",),
    "roadmap": ("initiatives",),
}  # fmt: skip
_CASE = """
# What the client asks, and which studies answer it. `cxlab case client.yaml` runs them and writes the report.
case:
  question: What should we do first for our customers, and does it pay?
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
#   blue: "#1F6FB2"            # colour of what pays; ink: colour of text. Both are checked for contrast.
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
        text = target.read_text(encoding="utf-8") + _CASE.format(studies=_studies(target))
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


def _studies(file: Path) -> str:
    """The studies that the tables of a client.yaml allow; the others as comments with what they need."""
    from cxlab.data import load

    try:
        tables = set(load(file).tables)
    except DataError:  # columns are open still: every study stands as a comment
        tables = set()
    lines = []
    for study, needs in _NEEDS.items():
        words = " or ".join(needs)
        if tables & set(needs):
            lines.append(f"    {study}: {{}}")
        elif study == "roadmap":
            lines.append("    roadmap: {}                # without a table initiatives: options that ship, wide priors")
        else:
            lines.append(f"    # {study}: {{}}    # needs {words}: {TABLES[needs[0]].row} a row")
    return "\n".join(lines)
