"""Counting a trial in the engine: a row a unit, then the moments of every arm and site."""

from __future__ import annotations

import ibis
import pandas as pd
from ibis import _

from cxlab.errors import DataError, unknown

_REQUIRED = ("unit_id", "arm")
_MADE = {"unit_id", "arm", "timestamp", "site", "before", "treated_from", "trial"}


def trial_table(source, *, outcome: str = "outcome") -> ibis.Table:
    """The trials of a source as an Ibis table: unit_id, arm and site as text, the outcome and `before` as float64.

    Raises
    ------
    DataError : a column is missing, or the outcome holds no numbers.
    """
    table = source
    if isinstance(source, pd.DataFrame):
        # engines keep microseconds
        times = {c: source[c].dt.as_unit("us") for c in source.columns if source[c].dtype.kind == "M"}
        table = ibis.memtable(source.assign(**times))
    elif not isinstance(source, ibis.Table):
        if "trials" not in getattr(source, "tables", ()):
            raise DataError(
                f"{getattr(source, 'name', type(source).__name__)} has no trials.",
                expected="a table trials: a row a unit with unit_id, arm and outcome",
                mend="--column unit_id=NAME arm=NAME outcome=NAME where columns are called otherwise",
            )  # fmt: skip
        table = source.tables["trials"]
    for name in (*_REQUIRED, outcome):
        if name not in table.columns:
            raise unknown("column", name, [c for c in table.columns if name in _REQUIRED or c not in _MADE],
                          error=DataError)  # fmt: skip
    numbers = {}
    for name in (outcome, *(c for c in ("before",) if c in table.columns)):
        kind = table[name].type()
        if not (kind.is_numeric() or kind.is_boolean() or kind.is_null()):
            raise DataError(f"trials.{name} holds {kind}, not numbers.", expected="numbers; 0 and 1 for no and yes")
        value = table[name].cast("int8").cast("float64") if kind.is_boolean() else table[name].cast("float64")
        numbers[name] = ibis.ifelse(value.isnan() | value.isinf(), ibis.null("float64"), value)
    texts = {c: table[c].cast("string") for c in ("unit_id", "arm", "site", "trial") if c in table.columns}
    if "timestamp" in table.columns and not table.timestamp.type().is_timestamp():
        numbers["timestamp"] = table.timestamp.cast("timestamp")  # a day is its first moment
    return table.mutate(**texts, **numbers)


def count_units(table: ibis.Table, outcome: str, repeated: str) -> ibis.Table:
    """A row a unit: unit_id, rows, arms (told apart), arm, site, y, x."""
    y = table[outcome].sum() if repeated == "sum" else table[outcome].mean()
    how = {"rows": _.count(), "arms": _.arm.nunique(), "arm": _.arm.min(), "y": y}
    how["x"] = _.before.mean() if "before" in table.columns else ibis.null("float64")
    how["site"] = _.site.min() if "site" in table.columns else ibis.literal("")
    keep = {k: v for k, v in how.items() if k not in ("x", "site") or not isinstance(v, ibis.Expr)}
    units = table.group_by("unit_id").agg(**keep)
    fixed = {k: v for k, v in how.items() if k not in keep}
    units = units.mutate(**fixed) if fixed else units
    return units.mutate(site=_.site.fill_null("(not stated)") if "site" in table.columns else _.site)


def count_cells(units: ibis.Table) -> pd.DataFrame:
    """The one group-by: moments of every arm and site, as `Trial.cells` documents them."""
    paired = _.x.notnull()
    log = ibis.ifelse(_.y > 0, ibis.greatest(_.y, 1e-300).ln(), ibis.null("float64"))
    units = units.mutate(
        log=log, yx=ibis.ifelse(paired, _.y, ibis.null("float64")), whole=(_.y == _.y.round()).cast("float64")
    )  # fmt: skip
    cells = units.group_by(["arm", "site"]).agg(
        n=_.count(), mean=_.y.mean(), var=_.y.var(how="pop"), cube=(_.y * _.y * _.y).mean(), least=_.y.min(),
        most=_.y.max(), whole=_.whole.mean(), positive=(_.y > 0).sum(), log_mean=_.log.mean(),
        log_var=_.log.var(how="pop"), known=_.x.count(), x_mean=_.x.mean(), x_var=_.x.var(how="pop"),
        y_mean=_.yx.mean(), y_var=_.yx.var(how="pop"), xy=_.x.cov(_.yx, how="pop"),
    ).execute()  # fmt: skip
    numbers = [c for c in cells.columns if c not in ("arm", "site")]
    cells[numbers] = cells[numbers].astype(float).fillna(0.0)
    cells[["n", "positive", "known"]] = cells[["n", "positive", "known"]].astype(int)
    return cells.sort_values(["arm", "site"], ignore_index=True)


def pooled(cells: pd.DataFrame, by: str) -> pd.DataFrame:
    """Moments of groups of cells: means weighted, variances within and between added up.

    >>> cells = pd.DataFrame({"arm": ["a", "a"], "site": ["x", "y"], "n": [1, 3], "mean": [0., 4.], "var": [0., 0.]})
    >>> pooled(cells, "arm")[["n", "mean", "var"]].values.tolist()
    [[4.0, 3.0, 3.0]]
    """
    found = []
    for key, own in cells.groupby(by, sort=True):
        row: dict = {by: key}
        for size, means, variances, cross in (
            ("n", ("mean", "cube", "whole"), (("mean", "var"),), None),
            ("positive", ("log_mean",), (("log_mean", "log_var"),), None),
            ("known", ("x_mean", "y_mean"), (("x_mean", "x_var"), ("y_mean", "y_var")), "xy"),
        ):
            if size not in own:
                continue
            weight = own[size].to_numpy(float)
            row[size] = int(weight.sum())
            weight = weight / max(weight.sum(), 1)
            row |= {m: float(weight @ own[m]) for m in means if m in own}
            for mean, var in variances:
                row[var] = float(weight @ (own[var] + (own[mean] - row[mean]) ** 2)) if row[size] else 0.0
            if cross:
                between = (own["x_mean"] - row["x_mean"]) * (own["y_mean"] - row["y_mean"])
                row[cross] = float(weight @ (own[cross] + between))
        if "least" in own:
            row |= {"least": float(own["least"].min()), "most": float(own["most"].max())}
        found.append(row)
    return pd.DataFrame(found).set_index(by)
