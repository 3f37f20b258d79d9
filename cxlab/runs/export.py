"""The last cell of a study: its findings become files in the run folder, when there is one."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cxlab.errors import ParameterError
from cxlab.finding import Finding
from cxlab.runs.paths import scrubber
from cxlab.runs.provenance import data_facts, parameters, versions

if TYPE_CHECKING:
    from cxlab.report.brand import Brand

#: the environment variable in which `cxlab run` names the folder it wants filled
FOLDER = "CXLAB_RUN_FOLDER"
#: set where pictures for phones are wanted beside the others
NARROW = "CXLAB_NARROW_PICTURES"
#: tables with days, and their column
_DATED = {"transactions": "timestamp", "subscriptions": "start", "touchpoints": "timestamp", "surveys": "timestamp",
          "feedback": "timestamp", "trials": "timestamp", "choices": "timestamp"}  # fmt: skip
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Exported:
    """What the last cell shows: how many findings left the notebook. The same text with and without a run folder."""

    def __init__(self, findings: Sequence[Finding]):
        self.findings = tuple(findings)

    def __repr__(self) -> str:
        unbelieved = [f.name for f in self.findings if not f.believed]
        words = f"{len(self.findings)} finding{'s' * (len(self.findings) != 1)} exported"
        return words + (f"; checks fail in: {', '.join(unbelieved)}" if unbelieved else "; all checks hold")


def export(
    sections: Mapping[str, Sequence[Finding]], *, answer: Sequence[Finding], settings: Any, data: Any = None,
    lists: Mapping[str, Any] | None = None, brand: Brand | None = None,
) -> Exported:  # fmt: skip
    """Write the findings of a study into the folder that `cxlab run` named; without one, write nothing.

    Parameters
    ----------
    sections : heading to findings, in the order of the report
    answer : one to three findings; the first sentence of each is what matters, the first title is the report's
    settings : the typed parameters of the study; `client` and `currency` are used when it has them, and `tables`, the
        tables it is about, whose days are the period of the report
    data : the data set as `cx.load` returned it; None when a study reads none
    lists : name to Ibis table; each becomes ``tables/NAME.csv``, written by the engine however long it is
    brand : name and colours of the client, in place of the house's blue and ink

    Returns
    -------
    Exported : shows one short line. A second call replaces what the first one wrote.

    Raises
    ------
    ParameterError : no answer or more than three, a value that is not a Finding, or two findings with one name

    Writes `report.html`, `findings.json`, `tables/NAME.csv`, `figures/NAME.png`, `quarantine.csv` and `run.json`.
    """
    sections = {heading: tuple(findings) for heading, findings in sections.items()}
    findings = _distinct([*answer, *(f for section in sections.values() for f in section)])
    if not 1 <= len(answer) <= 3:
        raise ParameterError(f"the answer has {len(answer)} findings.", expected="one to three findings")
    exported = Exported(findings)
    if os.environ.get(FOLDER):
        _write(
            Path(os.environ[FOLDER]),
            sections,
            findings,
            answer=answer,
            settings=settings,
            data=data,
            lists=lists or {},
            brand=brand,
        )
    return exported


def sentences(answer: Sequence[Finding]) -> list[str]:
    """The first sentence of each finding; where checks fail it says so.

    >>> import pandas as pd
    >>> sentences([Finding("a", "A", "It is 1.5 of 2. More follows.", pd.DataFrame())])
    ['It is 1.5 of 2.']
    """
    first = [re.split(r"(?<=[.!?])\s+(?=\S)", f.text.strip(), maxsplit=1)[0] for f in answer]
    return [
        s if f.believed else f"{s} Do not lean on this: {', '.join(c.name for c in f.failed)} failed."
        for s, f in zip(first, answer, strict=True)
    ]


def period(data: Any, *, end: str = "", of: Sequence[str] = ()) -> str:
    """First to last day of the data, as a reader writes it; empty when it has no dates.

    `end` is the last day that counts where the study names one (YYYY-MM-DD); `of` are the tables the study is about:
    where the data has any of them, days of other tables are not theirs.

    >>> from datetime import datetime
    >>> _days(datetime(1997, 1, 1), datetime(1998, 6, 30))
    '1 Jan 1997 – 30 Jun 1998'
    """
    held = [name for name in of if name in getattr(data, "tables", {})]
    own = dict.fromkeys((*(name for name in of if name in _DATED), *(() if held else _DATED)))
    for table, column in ((name, _DATED[name]) for name in own):
        if table in getattr(data, "tables", {}):
            if column not in data.tables[table].columns:
                continue
            values = data.tables[table][column]
            first, last = data.tables[table].aggregate(first=values.min(), last=values.max()).execute().iloc[0]
            last = date.fromisoformat(end) if end else getattr(data, "observation_end", None) or last
            return _days(first, last) if first == first and first is not None else ""
    return ""


def _days(first: Any, last: Any) -> str:
    return " – ".join(f"{day.day} {_MONTHS[day.month - 1]} {day.year}" for day in (first, last))


def _distinct(findings: Sequence[Finding]) -> list[Finding]:
    named: dict[str, Finding] = {}
    for finding in findings:
        if not isinstance(finding, Finding):
            raise ParameterError(f"a {type(finding).__name__} cannot be exported.", expected="findings")
        if named.setdefault(finding.name, finding) is not finding:
            raise ParameterError(
                f"two findings are called {finding.name!r}.", expected="a name that is unique within the study"
            )
    return list(named.values())


def _write(folder: Path, sections, findings, *, answer, settings, data, lists, brand) -> None:
    from cxlab.report import picture_bytes, render

    for kind in ("tables", "figures"):
        shutil.rmtree(folder / kind, ignore_errors=True)
        (folder / kind).mkdir(parents=True)
    pictures = {f.name: picture_bytes(f) for f in findings if f.draw is not None}
    for name, picture in pictures.items():
        (folder / "figures" / f"{name}.png").write_bytes(picture)
    for finding in findings if os.environ.get(NARROW) else ():
        if finding.draw is not None:
            (folder / "figures" / f"{finding.name}.narrow.png").write_bytes(picture_bytes(finding, narrow=True))
    until = str(getattr(settings, "observation_end", "") or "")
    started = folder / "run.json"
    run = json.loads(started.read_text(encoding="utf-8")) if started.is_file() else {}
    run |= {
        "parameters": parameters(settings),
        "seed": getattr(settings, "seed", None),
        "versions": versions(),
        "data": data_facts(data),
        "answer": sentences(answer),
        "answers": [f.name for f in answer],
        "tables": list(getattr(settings, "tables", ())),
        "period": (days := period(data, end=until, of=getattr(settings, "tables", ()))),
        "currency": (currency := str(getattr(settings, "currency", "") or getattr(data, "currency", "") or "")),
        "sections": {heading: [f.name for f in own] for heading, own in sections.items() if own},
    }
    scrub = scrubber(str(getattr(settings, "source", "") or ""), folder)
    _json(folder / "findings.json", scrub([recorded(f) for f in findings]))
    for finding in findings:
        table = scrub(finding.table.to_csv(index=False, lineterminator="\n"))
        (folder / "tables" / f"{finding.name}.csv").write_text(table, encoding="utf-8")
    for name, table in lists.items():
        table.to_csv(folder / "tables" / f"{name}.csv")
    if data is not None:
        quarantine_to_csv(data.quarantine, folder / "quarantine.csv")
    html = render(
        sections,
        answer=answer,
        client=str(getattr(settings, "client", "") or ""),
        currency=currency,
        period=days,
        data=data,
        run=run,
        brand=brand,
        pictures=pictures,
    )
    words_and_pictures = re.split(r"(data:image/[a-z+]+;base64,[A-Za-z0-9+/=]+)", html)
    html = "".join(part if i % 2 else scrub(part) for i, part in enumerate(words_and_pictures))
    (folder / "report.html").write_text(html, encoding="utf-8")
    _json(folder / "run.json", scrub(run))


def recorded(finding: Finding) -> dict[str, Any]:
    """A finding as `cxlab.runs.recorded` reads it back: its values, and the words around them."""
    content = finding.to_dict()
    for check, said in zip(content["checks"], finding.checks, strict=True):
        check["advice"] = said.advice
    return content | {
        "columns": [str(c) for c in finding.table.columns],
        "caption": finding.caption,
        "keys": [{"value": k.value, "label": k.label} for k in finding.keys],
    }


def quarantine_to_csv(quarantine: Any, path: Path) -> None:
    """Write the quarantined rows without bringing them into memory: the engine writes the file."""
    source = quarantine["source"].cast("string").re_replace(r"^(?:/|[A-Za-z]:[/\\]).*[/\\]", "")
    quarantine.mutate(source=source).to_csv(path)


def _json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
