"""Privacy: what tells of single persons does not leave, unless the case allows it; the sheet says what was done."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from cxlab.errors import DataError, ParameterError, unknown
from cxlab.finding import Finding
from cxlab.report.document import Appendix, CaseReport, Figure, Privacy, Source
from cxlab.report.groups import names_of, sizes, small, tells_of_few
from cxlab.report.tables import own_words
from cxlab.report.words import Account, is_id, is_name, is_text, is_words, masker, walked

#: what a case may allow beside the names of columns that tell of persons, and some of those
ALLOWED = ("pseudonyms", "quotes", "pictures")
_COLUMNS = ("customer_id", "name", "email", "phone", "text", "quote")

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[^\W\d_a-z]|€|\$|\d)")
_LEFT_OUT = "(A sentence on fewer than {limit} people is left out.)"


def protect(report: CaseReport) -> CaseReport:
    """The report with nothing in it that may not leave, and its privacy sheet.

    - Ids of persons: the table does not leave, since a row of it is one person; with "pseudonyms" they are numbered.
    - Names, addresses, free text: the column is left out; sentences that quote customers are masked.
    - Groups under `report.limit`: their numbers are hidden, also the next group where a total would give them away,
      and sentences on them are left out.
    - A picture of a table that had to be cut may show what may not leave: one is drawn anew from what is left (unless
      "pictures" are allowed).
    - E-mail addresses, phone, card and account numbers are masked in every text, control characters removed.

    Two tables of one report are not held against each other: a group that is hidden in one and can be found by
    subtracting two others is the reader's of the privacy sheet to see.

    Raises
    ------
    ParameterError : the case allows something that is not known, or a limit below 2
    DataError : nothing of a figure may leave
    """
    check_allowed(report.allow)
    if report.limit < 2:
        raise ParameterError(
            f"the smallest group is {report.limit}.", expected="at least 2; 10 where nothing is said",
            mend="case: {smallest_group: 10}",
        )  # fmt: skip
    account = Account()
    report = replace(
        report,
        findings=tuple(
            replace(told, figure=_figure(told.figure, report, account)) for told in report.findings
        ),
        options=_figure(report.options, report, account) if report.options else None,
        roadmap=_figure(report.roadmap, report, account) if report.roadmap else None,
        appendix=_appendix(report.appendix),
        sources=tuple(_source(source) for source in report.sources),
    )  # fmt: skip
    mask = masker(report, account)
    report = walked(report, mask)
    report = replace(
        report, cards=tuple(key for key in report.cards if not tells_of_few(key.label, limit=report.limit))
    )
    columns = pd.DataFrame(account.columns, columns=["finding", "column", "done"])
    groups = pd.DataFrame(account.groups, columns=["finding", "groups", "also_hidden", "why"])
    texts = tuple(f"{what}: {times} times" if times > 1 else f"{what}: once" for what, times in account.texts.items())
    return replace(report, privacy=Privacy(columns, groups, texts, report.allow, report.limit))


def check_allowed(allow: Sequence[str]) -> None:
    """Whether a case may allow this: names of columns that tell of persons, or a word of `ALLOWED`.

    Raises
    ------
    ParameterError : the first that is neither.

    >>> check_allowed(["respondent_id", "handled_by", "pictures"])
    """
    for name in allow:
        if name not in (*ALLOWED, "name") and not (is_id(name) or is_name(name) or is_words(name)):
            raise unknown("word in case.allow", name, (*ALLOWED, *_COLUMNS))


def _figure(figure: Figure, report: CaseReport, account: Account) -> Figure:
    finding, withheld = figure.finding, list(figure.withheld)
    table, cut = _columns(finding, report, account)
    withheld += [f"Column {name.replace('_', ' ')} does not leave: it tells of persons." for name in cut]
    counted = sizes(table, dict(finding.units))
    said = [finding.caption, finding.text, figure.n, *(key.label for key in finding.keys)]
    few, more = small(table, counted, limit=report.limit, said=said)
    if few:
        also = ", and the next where a total would give them away," if more else ""
        account.groups.append({
            "finding": finding.name, "groups": len(few), "also_hidden": len(more),
            "why": f"n < {report.limit}" + (", and a total that would give it away" if more else ""),
        })  # fmt: skip
        finding = _without_names(finding, names_of(table, few), report.limit)
        table = _emptied(table, [*few, *more])
        withheld.append(f"Groups under {report.limit}{also} are suppressed.")
    picture, narrow = figure.picture, figure.narrow
    if (cut or few) and picture is not None and "pictures" not in report.allow:
        withheld.append("The picture shows only what may leave.")
        picture = narrow = None
    if picture is None and (table.empty or len(few) + len(more) == len(table)):
        raise DataError(
            f"nothing of figure {finding.name} may leave: {' '.join(withheld)}",
            expected=f"a figure with groups of {report.limit} or more, in which no row is a person",
            mend="tell another finding; or, where the client may see it, case: {allow: [pictures]} in client.yaml",
        )
    units = {c: unit for c, unit in finding.units.items() if c in table.columns}
    finding = replace(finding, table=table, units=units, monte_carlo_error=None, draw=None)
    return replace(
        figure, finding=_without_few(finding, report, account), picture=picture, narrow=narrow,
        hidden=tuple(sorted([*few, *more])), withheld=tuple(dict.fromkeys(withheld)),
    )  # fmt: skip


def _columns(finding: Finding, report: CaseReport, account: Account) -> tuple[pd.DataFrame, list[str]]:
    """The table without columns that tell of persons, and their names; rows that are persons go with their ids."""
    table, cut = finding.table, []
    people = any(is_id(column) for column in table.columns)
    for column in map(str, finding.table.columns):
        told = is_words(column), is_name(column) or (column == "name" and people)
        if not is_id(column) and not (any(told) and is_text(table[column])):
            continue
        values = {str(v) for v in finding.table[column].dropna().unique()}
        if column in report.allow:
            done = "leaves: the case allows it"
        elif is_id(column) and "pseudonyms" in report.allow:
            numbers = {v: i + 1 for i, v in enumerate(dict.fromkeys(table[column].astype(str)))}
            table = table.assign(**{column: [f"person {numbers[str(v)]}" for v in table[column]]})
            done = "numbered"
        else:
            done = "table left out: a row is a person" if is_id(column) else "left out"
            table = (table.iloc[:0] if is_id(column) else table).drop(columns=column)
            cut.append(column)
        if "leaves" not in done:
            account.words += values if told[0] else ()
            account.persons |= set() if told[0] else {v for v in values if not v.isdigit() or len(v) > 4}
        account.columns.append({"finding": finding.name, "column": column, "done": done})
    return table, cut


def _emptied(table: pd.DataFrame, rows: Sequence[int]) -> pd.DataFrame:
    """The table without the numbers of these rows; whole numbers stay whole."""
    table = table.copy()
    for column in table.columns:
        kind = table[column].dtype.kind
        if kind in "iu":
            table[column] = table[column].astype("Int64")
        elif kind == "b":
            table[column] = table[column].astype(object)
        if kind in "iufbmM":
            table.iloc[list(rows), table.columns.get_loc(column)] = None
    return table


def _without_few(finding: Finding, report: CaseReport, account: Account) -> Finding:
    """Sentences and keys on groups under the limit are left out."""

    def kept(text: str) -> str:
        sentences = _SENTENCE_END.split(text)
        left = [s for s in sentences if not tells_of_few(s, limit=report.limit)]
        if len(left) < len(sentences):
            account.text(f"sentences on fewer than {report.limit} people left out of {finding.name}")
            left.append(_LEFT_OUT.format(limit=report.limit))
        return " ".join(left)

    keys = [key for key in finding.keys if not tells_of_few(f"{key.value} {key.label}", limit=report.limit)]
    return replace(finding, text=kept(own_words(finding)), caption=kept(finding.caption), keys=keys)


def _without_names(finding: Finding, names: Sequence[str], limit: int) -> Finding:
    """Sentences that give numbers of hidden groups by their name are left out, and a title that does is replaced."""
    pattern = re.compile("|".join(rf"(?<!\w){re.escape(name)}(?!\w)" for name in sorted(names, key=len, reverse=True)),
                         re.IGNORECASE)  # fmt: skip

    def tells(text: str) -> bool:
        return bool(names and pattern.search(text) and re.search(r"\d", pattern.sub("", text)))

    def kept(text: str) -> str:
        sentences = _SENTENCE_END.split(text)
        left = [s for s in sentences if not tells(s)]
        return " ".join(left + ([_LEFT_OUT.format(limit=limit)] if len(left) < len(sentences) else []))

    title = f"A group under {limit} is not shown" if tells(finding.title) else finding.title
    keys = [key for key in finding.keys if not tells(f"{key.value} {key.label}")]
    return replace(finding, title=title, text=kept(own_words(finding)), caption=kept(finding.caption), keys=keys)


def _appendix(appendix: Appendix) -> Appendix:
    """Parameters that name staff are counted, not shown."""
    studies = []
    for run in appendix.studies:
        shown = {
            name: f"{len(value)} names"
            if name in ("staff", "names") and not isinstance(value, str) and value
            else value
            for name, value in run.parameters.items()
        }
        studies.append(replace(run, parameters=shown))
    return replace(appendix, studies=tuple(studies))


def _source(source: Source) -> Source:
    """Reasons without the values of the rows set aside."""
    if source.reasons is None:
        return source
    return replace(source, reasons=source.reasons[[c for c in source.reasons.columns if not is_words(c)]])
