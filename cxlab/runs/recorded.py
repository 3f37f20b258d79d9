"""Findings of a finished run, read back from its folder: the same values and words, and the picture as it was drawn."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cxlab.errors import DataError, unknown
from cxlab.finding import Check, Finding, Key
from cxlab.runs.compare import read_findings

if TYPE_CHECKING:
    from pandas import DataFrame


@dataclass(frozen=True)
class Recorded:
    """A finished run.

    Parameters
    ----------
    folder : where it lies
    findings : name to finding, in the order of the report
    facts : what `run.json` holds: study, title, parameters, seed, versions, data, answer, answers, period, currency
    """

    folder: Path
    findings: Mapping[str, Finding]
    facts: Mapping[str, Any]

    def __getitem__(self, name: str) -> Finding:
        if name not in self.findings:
            raise unknown("finding", name, self.findings)
        return self.findings[name]

    @property
    def answers(self) -> tuple[Finding, ...]:
        """The findings that answer the study's question."""
        return tuple(self[name] for name in self.facts.get("answers", ()))

    def picture(self, name: str, *, narrow: bool = False) -> Path | None:
        """The picture of a finding, or the one for a phone; None where it was not drawn."""
        path = self.folder / "figures" / f"{self[name].name}{'.narrow' * narrow}.png"
        return path if path.is_file() else None


def read_run(folder: str | Path) -> Recorded:
    """A run folder as `cxlab run` left it.

    Raises
    ------
    DataError : there is no run in it, or it cannot be read.
    """
    folder = Path(folder)
    found = read_findings(folder)
    try:
        facts = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise DataError(f"{folder.name}/run.json cannot be read: {problem}.", expected="a finished run") from None
    return Recorded(folder, {name: _finding(content, folder) for name, content in found.items()}, facts)


def _finding(content: Mapping[str, Any], folder: Path) -> Finding:
    name = content["name"]
    picture = folder / "figures" / f"{name}.png"
    error = content.get("monte_carlo_error")
    return Finding(
        name=name,
        title=content["title"],
        text=content["text"],
        table=_frame(content["table"], content.get("columns")),
        units=content.get("units", {}),
        checks=[
            Check(c["name"], c["passed"], "–" if c["value"] is None else c["value"], c["limit"], c.get("advice", ""))
            for c in content.get("checks", ())
        ],
        monte_carlo_error=None if error is None else _frame(error),
        draw=_shown(picture) if picture.is_file() else None,
        caption=content.get("caption", ""),
        keys=[Key(k["value"], k["label"]) for k in content.get("keys", ())],
        currency=content.get("currency", ""),
    )


def _frame(records: list[dict[str, Any]], columns: list[str] | None = None) -> DataFrame:
    import pandas as pd

    table = pd.DataFrame.from_records(records, columns=columns)
    for column in table.columns:
        values = table[column].map(lambda v: float(v) if v in ("inf", "-inf") else v)
        if values.map(lambda v: v is None or isinstance(v, (int, float)) and not isinstance(v, bool)).all():
            table[column] = pd.to_numeric(values)
    return table


def _shown(picture: Path) -> Callable:
    """A function that shows the recorded picture on axes."""

    def draw(ax) -> None:
        from PIL import Image

        ax.imshow(Image.open(picture))
        ax.set_axis_off()

    return draw
