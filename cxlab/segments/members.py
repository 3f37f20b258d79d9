"""Who is in which segment, as a table of the engine: from a segmentation, a frame or a table."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import pandas as pd

from cxlab.data.backends import beside
from cxlab.errors import DataError, unknown
from cxlab.segments.segmentation import Segmentation


def members(assignment: Segmentation | pd.DataFrame | ir.Table, near: ir.Table | None = None) -> ir.Table:
    """A row a customer: customer_id, segment (text), in the engine that holds `near`.

    Parameters
    ----------
    assignment : segmentation, or frame or Ibis table with customer_id and segment
    near : table that the members will be joined with

    Raises
    ------
    DataError : a column is missing, a customer stands twice, or nobody is in a segment.

    >>> frame = pd.DataFrame({"customer_id": ["a", "b"], "segment": ["loyal", "new"]})
    >>> members(frame).order_by("customer_id").to_pandas()["segment"].tolist()
    ['loyal', 'new']
    """
    if isinstance(assignment, Segmentation):
        assignment = assignment.table
    for column in ("customer_id", "segment"):
        if column not in assignment.columns:
            raise unknown("column", column, assignment.columns, error=DataError)
    if isinstance(assignment, pd.DataFrame):
        frame = assignment[["customer_id", "segment"]].dropna()
        frame = pd.DataFrame(
            {"customer_id": frame["customer_id"].to_numpy(), "segment": frame["segment"].astype(str).to_numpy()}
        )
        table = ibis.memtable(frame) if near is None else beside(near, frame)
    else:
        table = assignment.select("customer_id", segment=assignment["segment"].cast("string"))
        table = table.filter(table["customer_id"].notnull() & table["segment"].notnull())
    n, different = (
        table.agg(n=table.count(), different=table["customer_id"].nunique()).to_pyarrow().to_pylist()[0].values()
    )
    if n != different:
        raise DataError(
            f"{n - different} customers stand in the assignment more than once.", expected="a row a customer",
            mend='assignment.drop_duplicates("customer_id")',
        )  # fmt: skip
    if not n:
        raise DataError("nobody is in a segment.", expected="customers with a segment")
    return table


def ordered(assignment, sizes: pd.Series) -> list[str]:
    """Names of the segments: in the order of the segmentation, else the largest first."""
    if isinstance(assignment, Segmentation):
        return [name for name in assignment.names if name in sizes.index]
    return sizes.sort_index().sort_values(ascending=False, kind="stable").index.tolist()
