"""The contract checked in any engine that Ibis speaks to, row for row as the door for files checks it on DuckDB."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis import _

from cxlab.data.checking import _ANOTHER_SCALE, _SHOWN, _TOTALS
from cxlab.data.columns import MADE
from cxlab.data.contract import Table
from cxlab.data.masking import masked
from cxlab.data.names import Match
from cxlab.data.rules import Rules
from cxlab.data.typed import Plan, cells, kind, plan, shown
from cxlab.data.yesno import names_are_kept
from cxlab.errors import DataError
from cxlab.wording import count, number, share

_FAULT = ("fault_column", "fault_value", "fault_reason")
_NONE = ibis.null("string")


@dataclass(frozen=True)
class CheckedTable:
    """A table of an engine after the check.

    Parameters
    ----------
    rows : Ibis table, kept by the engine: source_row, the public columns, fault_column, fault_value and fault_reason,
        which are null where the row is kept
    columns : public columns, in order
    read, kept, quarantined : rows
    rules : {public column: (source column, how, rule)} of the columns that the source has
    notes : for the user
    """

    rows: ir.Table
    columns: Sequence[str]
    read: int
    kept: int
    quarantined: int
    rules: Mapping[str, tuple[str, str, str]]
    notes: Sequence[str]

    @property
    def kept_rows(self) -> ir.Table:
        """The rows that keep the contract."""
        return self.rows.filter(_.fault_reason.isnull()).select(*self.columns)

    @property
    def set_aside(self) -> ir.Table:
        """The rows that do not: source_row, column, value, reason."""
        broken = self.rows.filter(_.fault_reason.notnull())
        return broken.select("source_row", column=_.fault_column, value=_.fault_value, reason=_.fault_reason)


def check_table(rows: ir.Table, table: Table, matches: Sequence[Match], *, rules: Rules, label: str) -> CheckedTable:
    """Check every row of a table that has types of its own, in its engine.

    Parameters
    ----------
    rows : Ibis table with `source_row`, the number of each row, and the source's columns
    matches : which column is which, see `cxlab.data.names.match_columns`
    label : how the user knows the source

    Raises
    ------
    DataError : there is no row, a column is of another type, or answers were asked on another scale.

    >>> from cxlab.data.contract import TABLES
    >>> from cxlab.data.names import match_columns
    >>> frame = pd.DataFrame({"source_row": [1, 2], "customer_id": ["a", None], "amount": [5.0, 7.0],
    ...                       "timestamp": pd.to_datetime(["2024-01-01", "2024-01-02"])})
    >>> transactions = TABLES["transactions"]
    >>> found = check_table(ibis.memtable(frame), transactions, match_columns(transactions, list(frame)[1:],
    ...                     declared={}, source="log"), rules=Rules(), label="log")
    >>> found.kept, found.set_aside.execute()[["source_row", "reason"]].values.tolist()
    (1, [[2, 'customer_id is missing']])
    """
    names = {h: f"c{i}" for i, h in enumerate((c for c in rows.columns if c != "source_row"), start=1)}
    meant = {m.source for m in matches if table[m.column].kind != "text"} if names_are_kept(table, rules) else names
    held = cells(rows, names, rules.missing, worded=[h for h in names if h not in meant])
    plans = plan(held, names, table, matches, rules, label)
    values = {f"v{i}": p.value for i, p in enumerate(plans)}
    faults = {f"w{i}": p.fault for i, p in enumerate(plans) if p.fault is not None}
    typed = held.mutate(**values, **faults)
    index = {p.name: i for i, p in enumerate(plans)}
    notes = _left_empty(typed, plans, rules, label)
    cases = [*_broken(typed, table, plans, index, names), *_refunds(typed, table, plans, index, rules)]
    columns = {
        p.name: ibis.cases((typed[f"w{i}"].isnull(), typed[f"v{i}"])) if _value_only(p) else typed[f"v{i}"]
        for i, p in enumerate(plans)
    }
    fault = {
        name: ibis.cases(*((case[0], case[k]) for case in cases), else_=_NONE) for k, name in enumerate(_FAULT, start=1)
    }
    checked = typed.select("source_row", **columns, **fault).cache()
    own = [p.name for p in plans if p.how != MADE]
    checked, more = _repeats(checked, table, own, rules)
    totals = checked.aggregate(read=_.count(), quarantined=_.fault_reason.count()).execute().iloc[0]
    if not totals["read"]:
        raise DataError(f"{label} has columns ({', '.join(names)}) and no rows.", expected="at least one row")
    return CheckedTable(
        checked,
        [p.name for p in plans],
        int(totals["read"]),
        int(totals["read"]) - int(totals["quarantined"]),
        int(totals["quarantined"]),
        {p.name: (p.source, p.how, p.rule) for p in plans if p.how != MADE},
        [*notes, *more, *_without_name(checked, plans, rules), *_money_notes(checked, table)],
    )


def _value_only(plan: Plan) -> bool:
    """Whether a cell that cannot be used costs its value alone, and not the row."""
    return plan.column is not None and plan.column.unusable == "value" and plan.fault is not None


def _left_empty(typed: ir.Table, plans: Sequence[Plan], rules: Rules, label: str) -> list[str]:
    """Notes on values that are left empty while their rows are kept; refuses answers of another scale."""
    lossy = {i: p for i, p in enumerate(plans) if _value_only(p)}
    if not lossy:
        return []
    looks = {}
    for i, p in lossy.items():
        fault, cell = typed[f"w{i}"], p.cells
        looks |= {
            f"present_{i}": cell.count(),
            f"lost_{i}": fault.count(),
            f"row_{i}": typed.source_row.min(where=fault.notnull()),
            f"outside_{i}": (fault.startswith("is below") | fault.startswith("is above")).cast("int64").sum(),
            f"low_{i}": typed[f"v{i}"].cast("float64").min(),
            f"high_{i}": typed[f"v{i}"].cast("float64").max(),
        }
    seen = typed.aggregate(**looks).execute().iloc[0].fillna(0)
    notes = []
    for i, p in lossy.items():
        column, scaled = p.column, p.column.scale and not getattr(rules, p.column.scale)
        if scaled and seen[f"outside_{i}"] > _ANOTHER_SCALE * seen[f"present_{i}"]:
            lowest, highest = (number(seen[f"{k}_{i}"], digits=2).removesuffix(".0") for k in ("low", "high"))
            raise DataError(
                f"{label}: {share(seen[f'outside_{i}'] / seen[f'present_{i}'])} of the {count(seen[f'present_{i}'])} "
                f"values of {column.name} ({p.source!r}) are outside {column.minimum:g} to {column.maximum:g}; they "
                f"go from {lowest} to {highest}.",
                expected=f"{column.name} from {column.minimum:g} to {column.maximum:g}",
                mend=f"options={{{column.scale!r}: '1..5'}} where it was asked from 1 to 5, or leave it out: "
                f"columns={{{column.name!r}: ''}}",
            )
        if seen[f"lost_{i}"]:
            row = int(seen[f"row_{i}"])
            first = typed.filter(typed.source_row == row).select(value=shown(p.cells), why=typed[f"w{i}"]).execute()
            notes.append(
                f"{count(seen[f'lost_{i}'])} values of {column.name} cannot be used and are left empty, their rows are "
                f"kept (first on row {row}: {masked(str(first['value'][0]))!r} {first['why'][0]})"
            )
    return notes


def _case(when: ir.Value, column: str, value: ir.Value, reason):
    reason = ibis.literal(reason) if isinstance(reason, str) else reason
    return when, ibis.literal(column) if column else _NONE, shown(value).left(_SHOWN), reason


def _broken(typed: ir.Table, table: Table, plans: Sequence[Plan], index: Mapping[str, int], names: Mapping[str, str]):
    """Cases of rows that break the contract: totals, missing or unusable values, impossible order."""
    cases = []
    first = next((c for c in names.values() if kind(typed[c]) == "text"), None)
    if first:
        unusable = ibis.or_(*(typed[f"v{index[c]}"].isnull() for c in table.required))
        total = typed[first].lower().re_search(_TOTALS).fill_null(False)
        cases.append(_case(unusable & total, "", typed[first], "a line of totals"))
    for i, p in enumerate(plans):
        if p.column and p.column.unusable == "row" and p.fault is not None:
            why = typed[f"w{i}"]
            cases.append(_case(why.notnull(), p.name, p.cells, ibis.literal(p.name + " ") + why))
        if p.column and p.column.required:
            cases.append(_case(typed[f"v{i}"].isnull(), p.name, p.cells, f"{p.name} is missing"))
    for smaller, larger in table.order:
        if smaller in index and larger in index:
            said = f"{larger} is before {smaller}" if table[larger].kind == "time" else f"{smaller} exceeds {larger}"
            wrong = typed[f"v{index[smaller]}"] > typed[f"v{index[larger]}"]
            cases.append(_case(wrong, larger, plans[index[larger]].cells, said))
    return cases


def _refunds(typed: ir.Table, table: Table, plans: Sequence[Plan], index: Mapping[str, int], rules: Rules):
    """Cases of refunds and cancellations, none when they are kept."""
    if rules.refunds == "keep":
        return []
    asked = ", left out as asked" if rules.refunds == "drop" else ""
    cases = [
        _case(typed[f"v{i}"] < 0, p.name, p.cells, f"{p.name} is negative: a refund or cancellation{asked}")
        for i, p in enumerate(plans)
        if p.column and p.column.refundable
    ]
    if table.cancelled in index:
        order = typed[f"v{index[table.cancelled]}"]
        mark, plain = order.re_search("^[Cc][0-9]+$").fill_null(False), order.re_search("^[0-9]+$").fill_null(False)
        found = typed.aggregate(marked=mark.cast("int64").sum(), plain=plain.cast("int64").sum()).execute().iloc[0]
        if found["plain"] > found["marked"] > 0:
            why = f"{table.cancelled} begins with C: a cancellation{asked}"
            cases.append(_case(mark, table.cancelled, order, why))
    return cases


def _repeats(checked: ir.Table, table: Table, own: Sequence[str], rules: Rules) -> tuple[ir.Table, list[str]]:
    """Rows that repeat an earlier one set aside where the contract or a rule says so; noted where they are kept."""
    notes = []
    if (rules.duplicates or table.repeats) == "quarantine":
        checked = _set_aside(checked, own, "", _NONE, lambda first: "repeats row " + first + " in every column")
    else:
        kept = checked.filter(_.fault_reason.isnull()).select(own)
        repeats = int(kept.count().execute()) - int(kept.distinct().count().execute())
        if repeats:
            notes.append(
                f"{count(repeats)} rows repeat an earlier row in every column and are kept "
                "(option duplicates=quarantine sets them aside)"
            )
    if table.unique:
        said, key = " and ".join(table.unique), table.unique[0]
        value = shown(checked[key])
        checked = _set_aside(
            checked, table.unique, key, value, lambda first: said + " stands on row " + first + " already"
        )
    return checked, notes


def _set_aside(checked: ir.Table, same: Sequence[str], column: str, value: ir.Value, reason) -> ir.Table:
    """Quarantine the rows that share `same` with an earlier row that is kept."""
    kept = checked.fault_reason.isnull()
    alike = ibis.window(group_by=[kept, *(checked[c] for c in same)], order_by="source_row")
    first = checked.source_row.min().over(ibis.window(group_by=[kept, *(checked[c] for c in same)]))
    turned = checked.mutate(turn=ibis.row_number().over(alike), first=first.cast("string"))
    again = turned.fault_reason.isnull() & (turned.turn > 0)
    told = {
        "fault_column": ibis.literal(column) if column else _NONE,
        "fault_value": shown(turned[column]) if column else _NONE,
        "fault_reason": reason(turned["first"]),
    }
    kept_as = {name: ibis.cases((again, said), else_=turned[name]) for name, said in told.items()}
    return turned.mutate(**kept_as).drop("turn", "first").cache()


def _without_name(checked: ir.Table, plans: Sequence[Plan], rules: Rules) -> list[str]:
    """Notes on rows without a name they need, where a name may have been taken for a text that means nothing."""
    named = [p.name for p in plans if p.column and p.column.required and p.column.kind in ("id", "text")]
    if not named or not rules.missing:
        return []
    looks = {f"n{i}": (checked.fault_reason == f"{n} is missing").cast("int64").sum() for i, n in enumerate(named)}
    found = checked.aggregate(**looks).execute().iloc[0].fillna(0)
    words = ", ".join(list(dict.fromkeys(w for w in rules.missing if w.isalpha()))[:3])
    return [
        f"{count(found[f'n{i}'])} rows have no {n}: the cell is empty or says {words or rules.missing[0]} or the like "
        "(option missing= takes such texts as names)"
        for i, n in enumerate(named)
        if found[f"n{i}"]
    ]


def _money_notes(checked: ir.Table, table: Table) -> list[str]:
    """Notes on amounts of zero, and on refunds that are kept."""
    notes, kept = [], checked.filter(_.fault_reason.isnull())
    for column in (c.name for c in table.columns if c.refundable and c.kind == "money" and c.name in checked.columns):
        zero, negative = (kept[column] == 0).cast("int64").sum(), (kept[column] < 0).cast("int64").sum()
        found: pd.Series = kept.aggregate(zero=zero, negative=negative).execute().iloc[0].fillna(0)
        if found["zero"]:
            notes.append(f"{count(found['zero'])} zero amounts are kept")
        if found["negative"]:
            notes.append(f"{count(found['negative'])} negative amounts are kept as refunds (refunds: keep)")
    return notes
