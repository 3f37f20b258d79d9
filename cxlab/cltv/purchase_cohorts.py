"""Who came back, cohort by cohort: customers by the quarter of their first purchase, and whether they bought in later
ones. Counted, without a model; for shops without contracts."""

from __future__ import annotations

import ibis
import numpy as np
import pandas as pd
from ibis import _

from cxlab.errors import DataError, ParameterError, unknown
from cxlab.finding import Check, Finding, Key
from cxlab.intervals import share_interval
from cxlab.wording import count, days, interval, share

#: unit of cohorts → letter of the truncation, months
UNITS = {"month": ("M", 1), "quarter": ("Q", 3), "year": ("Y", 12)}
FEWEST_IN_COHORT = 10


def purchase_cohorts(
    transactions: ibis.Table, *, by: str = "customer_id", unit: str = "quarter", level: float = 0.9
) -> Finding:
    """Share of each cohort that bought again, by age.

    Parameters
    ----------
    transactions : `by`, timestamp
    by : column with the id of who bought: of a system or of a person
    unit : "month", "quarter" or "year"; a period that the log does not hold to its end is left out
    level : coverage of the intervals

    Returns
    -------
    Finding "cltv.purchase_cohorts", a row a cohort and age: cohort, period (age in units; 0 is that of the first
    purchase), customers (who began), bought (of them, in that period), share, low, high; cohort "all" first: of all
    whose age that is known

    Raises
    ------
    DataError : a column is missing, or the log holds no whole period. ParameterError : an unknown unit.

    Notes
    -----
    Intervals are Jeffreys' of a share. Who was a customer before the log begins counts as new in its first cohort.

    >>> log = ibis.memtable({"customer_id": list("aabb"), "timestamp": ["2024-01-05", "2024-05-01", "2024-02-01",
    ...                                                                "2024-09-30"]})
    >>> purchase_cohorts(log).table[["cohort", "period", "customers", "bought"]].iloc[:3].values.tolist()
    [['all', 0, 2, 2], ['all', 1, 2, 1], ['all', 2, 2, 1]]
    """
    from cxlab.cltv.charts import draw_cohort_triangle

    if unit not in UNITS:
        raise unknown("unit", unit, UNITS, error=ParameterError)
    for column in (by, "timestamp"):
        if column not in transactions.columns:
            raise unknown("column", column, transactions.columns, error=DataError)
    letter, months = UNITS[unit]
    dated = transactions.select(who=_[by].cast("string"), day=_.timestamp.cast("date"))
    dated = dated.filter(_.who.notnull() & _.day.notnull()).cache()
    ends = dated.agg(first=_.day.min(), last=_.day.max()).to_pandas().iloc[0]
    if pd.isna(ends["last"]):
        raise DataError("no purchase has a customer and a day.", expected="at least one")
    first, last = (pd.Timestamp(ends[name]) for name in ("first", "last"))
    # a period counts once it is over; the last day of the log may fall a few days before the end of its period
    over = (last + pd.Timedelta(days=7 * (months > 1))).to_period(letter)
    over = over.start_time
    bought = dated.mutate(at=_.day.truncate(letter)).filter(_.at < ibis.literal(over.date())).distinct()
    bought = bought.select("who", "at").distinct()
    began = bought.group_by("who").agg(cohort=_.at.min())
    counted = (
        bought.inner_join(began, "who").group_by("cohort", "at").agg(bought=_.count()).order_by("cohort", "at")
        .to_pandas()
    )  # fmt: skip
    if counted.empty:
        raise DataError(f"the log holds no whole {unit}.", expected=f"at least one {unit}", mend='unit="month"')
    cells = _triangle(counted, over, letter, months)
    cells["share"] = cells["bought"] / cells["customers"]
    low, high = share_interval(cells["bought"], cells["customers"], level=level)
    cells["low"], cells["high"] = (np.where(cells["period"] == 0, 1.0, end) for end in (low, high))
    whole = cells[(cells["cohort"] == "all") & (cells["period"] > 0)]
    fewest = int(cells.loc[(cells["cohort"] != "all"), "customers"].min())
    drawn = cells[cells["cohort"] != "all"]
    n = int(cells.loc[(cells["cohort"] == "all") & (cells["period"] == 0), "customers"].iloc[0])
    last_day = (over - pd.Timedelta(days=1)).date()
    period = days(first.date(), last_day)
    title, text = f"{count(n)} customers bought within a {unit}, and none can be seen to come back yet", ""
    keys = ()
    if len(whole):
        one = whole.iloc[0]
        said = interval(share(one["low"]), share(one["high"]), level=level)
        title = f"{share(one['share'])} of new customers buy again in the next {unit}"
        text = f"Of {count(one['customers'])} customers {share(one['share'])} bought again in the {unit} after that of "
        text += f"their first purchase {said}"
        far = whole[whole["customers"] >= 30].iloc[-1] if (whole["customers"] >= 30).any() else one
        if far["period"] > 1:
            text += f", and {share(far['share'])} in the {unit} number {far['period']} after it (n = "
            text += f"{count(far['customers'])})"
        text += "."
        keys = (Key(share(one["share"]), f"of new customers buy again in the next {unit}, {level * 100:g} % "
                    f"{share(one['low'])} to {share(one['high'])}"),)  # fmt: skip
    return Finding(
        name="cltv.purchase_cohorts",
        title=title,
        text=f"{count(n)} customers, {period}. {text}".strip(),
        table=cells.reset_index(drop=True),
        units={"customers": "count", "bought": "count"} | dict.fromkeys(["share", "low", "high"], "share"),
        checks=[Check("customers of the smallest cohort", fewest >= FEWEST_IN_COHORT, fewest,
                      f"≥ {FEWEST_IN_COHORT}", "Its cells are of chance: take longer units.")],
        draw=lambda ax: draw_cohort_triangle(ax, drawn, time_unit=unit, what="that bought"),
        caption=f"n = {count(n)} customers by the {unit} of their first purchase, {period}; counted, no model.",
        keys=keys,
    )  # fmt: skip


def _triangle(counted: pd.DataFrame, over: pd.Timestamp, letter: str, months: int) -> pd.DataFrame:
    """A row a cohort and age, zeros included, the sum over cohorts first."""
    counted = counted.assign(**{c: pd.to_datetime(counted[c]) for c in ("cohort", "at")})
    rows = []
    for cohort, own in counted.groupby("cohort"):
        size = int(own.loc[own["at"] == cohort, "bought"].iloc[0])
        seen = (over.to_period("M") - cohort.to_period("M")).n // months
        by_age = {(at.to_period("M") - cohort.to_period("M")).n // months: n for at, n in own[["at", "bought"]].values}
        label = str(cohort.to_period({"M": "M", "Q": "Q", "Y": "Y"}[letter]))
        rows += [{"cohort": label, "period": age, "customers": size, "bought": int(by_age.get(age, 0))}
                 for age in range(seen)]  # fmt: skip
    cells = pd.DataFrame(rows)
    whole = cells.groupby("period")[["customers", "bought"]].sum().reset_index()
    whole.insert(0, "cohort", "all")
    return pd.concat([whole, cells], ignore_index=True)
