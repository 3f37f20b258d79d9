"""Part: the findings of one step of a study, or one sentence that says why there are none.

Data may lack what a step needs. Such a step holds no finding and says why; whatever else the study can tell, it tells.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import pandas as pd

from cxlab.errors import DataError, ModelError
from cxlab.finding import Finding

_ROWS = 6  # of each table that a notebook shows


@dataclass(frozen=True)
class Part:
    """Findings of one part of a study, in order; or why there are none.

    A notebook shows each with the first rows of its table and its picture.

    >>> part = Part((), "There are no purchases.")
    >>> len(part), list(part), part
    (0, [], There are no purchases.)
    """

    findings: tuple[Finding, ...] = ()
    absent: str = ""

    def __iter__(self):
        return iter(self.findings)

    def __len__(self):
        return len(self.findings)

    def __repr__(self):
        return " ".join(filter(None, [", ".join(f.name for f in self.findings), self.absent]))

    def __add__(self, other: Part) -> Part:
        return Part((*self.findings, *other.findings), " ".join(filter(None, [self.absent, other.absent])))

    def get(self, name: str) -> Finding | None:
        """The finding of a name, None where it is not there."""
        return next((f for f in self.findings if f.name == name), None)

    def with_checks(self, *checks) -> Part:
        """The same findings under more conditions."""
        return replace(self, findings=tuple(f.with_checks(*checks) for f in self.findings))

    def _ipython_display_(self):
        from IPython.display import display

        for finding in self.findings:
            display(finding.select(rows=_ROWS))
            if finding.draw is not None:
                display(finding.plot().figure)
        if self.absent:
            print(self.absent)


def part_of(*measures: Callable[[], Finding]) -> Part:
    """The findings of measures; what the data cannot give is said in a sentence.

    >>> def none():
    ...     raise DataError("no purchase has an amount.")
    >>> part_of(none)
    No purchase has an amount.
    """
    findings: list[Finding] = []
    absent: list[str] = []
    for measure in measures:
        try:
            findings.append(measure())
        except (DataError, ModelError) as problem:
            absent.append(problem.found[0].upper() + problem.found[1:])
    return Part(tuple(findings), " ".join(dict.fromkeys(absent)))


def left_out(parts: Mapping[str, Part], *, name: str) -> list[Finding]:
    """What a report cannot say of this data, and why: a finding called `name`, or none where nothing is missing.

    >>> (found,) = left_out({"Value": Part(absent="There are no purchases.")}, name="segments.left_out")
    >>> found.text
    'There are no purchases.'
    """
    absent = {title: part.absent for title, part in parts.items() if part.absent}
    if not absent:
        return []
    return [
        Finding(
            name=name,
            title="What this data cannot say",
            text=" ".join(dict.fromkeys(absent.values())),
            table=pd.DataFrame({"part": list(absent), "why": list(absent.values())}),
        )
    ]
