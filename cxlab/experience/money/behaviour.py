"""What customers did before and after they answered, as expressions of the engine that holds their purchases.

Days are numbered, and a day on which a customer bought is one purchase, however many lines it has. What comes after an
answer begins on the day after it. What came before ends on the day before the last purchase until the answer: surveys
are often sent because of a purchase, and that one purchase, which everybody who was asked has, says nothing of how
often they buy.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
from ibis import _

MONTH = 365.25 / 12
_EPOCH = ibis.date("1970-01-01")
_NO_DAY = ibis.null("int64")
#: steps of a control on a scale of doublings: purchases, days since, money of a purchase, days known
_STEPS = {"bought": 4, "away": 2, "paid": 2, "known": 2}
CONTROLS = tuple(_STEPS)
OUTCOMES = ("returned", "purchases", "spend", "margin")
#: columns of a row of answers with what was done around them
ROW = (
    "customer_id",
    "day",
    "score",
    "beside",
    "within",
    *CONTROLS,
    "whole",
    *OUTCOMES,
    "before_purchases",
    "before_spend",
)


def numbered(moment: ir.Value) -> ir.Value:
    """Day of a time as a number."""
    return moment.cast("date").delta(_EPOCH, unit="day").cast("int64")


def visits(transactions: ir.Table) -> ir.Table:
    """A row a customer and day with purchases: customer_id, day, spend, margin (null where lines carry none)."""
    t = transactions
    margin = t.margin.cast("float64") if "margin" in t.columns else ibis.null("float64")
    lines = t.select(customer_id=t.customer_id.cast("string"), day=numbered(t.timestamp),
                     amount=t.amount.cast("float64"), margin=margin)  # fmt: skip
    return lines.group_by("customer_id", "day").agg(spend=_.amount.sum(), margin=_.margin.sum())


def around_purchases(answers: ir.Table, bought: ir.Table, *, window: int, before: int) -> ir.Table:
    """Answers with the purchases around them.

    Parameters
    ----------
    answers : customer_id, day, score, beside, within; one a customer and day
    bought : see `visits`
    window, before : days that are looked at after and before

    Returns
    -------
    Ibis table of `ROW`: the controls as whole steps (bought: purchases before; away: days since the last; paid: money
    of a purchase before; known: days between the first and the last, at most `before`; −1 where there is none), whole
    (known for all of `before`), returned (0 or 1), purchases, spend, margin within the window, before_purchases,
    before_spend
    """
    birth = bought.group_by("customer_id").agg(first=_.day.min())
    own = bought.join(birth, "customer_id")
    # the first purchase made them customers: it counts as little as the last
    own = own.mutate(again=_one(own.day > own["first"]))
    past = ibis.window(group_by="customer_id", order_by="day", range=(-before, -1))
    own = own.select(
        "customer_id", "day", "spend", "margin", "first",
        past=_.again.sum().over(past).fill_null(0.0),
        past_spend=(_.spend * _.again).sum().over(past).fill_null(0.0),
    )  # fmt: skip
    nothing = ibis.literal(0).cast("float64")
    events = own.select(
        "customer_id", "day", n=ibis.literal(1).cast("float64"), spend=_.spend, margin=_.margin.fill_null(0.0)
    ).union(answers.select("customer_id", "day", n=nothing, spend=nothing, margin=nothing))
    after = ibis.window(group_by="customer_id", order_by="day", range=(1, window))
    until = ibis.window(group_by="customer_id", order_by="day", range=(None, 0))
    seen = events.select(
        "customer_id", "day", "n",
        **{name: _[column].sum().over(after).fill_null(0.0)
           for name, column in (("purchases", "n"), ("spend", "spend"), ("margin", "margin"))},
        last=(_.n > 0).ifelse(_.day, _NO_DAY).max().over(until),
    ).filter(_.n == 0).drop("n")  # fmt: skip
    rows = answers.join(seen, ["customer_id", "day"])
    rows = rows.left_join(
        own.select(owner="customer_id", last_day="day", first="first", past="past", past_spend="past_spend"),
        [("customer_id", "owner"), ("last", "last_day")],
    )
    known = (_["last"] - _["first"]).cast("float64")
    n = _.past.fill_null(0.0)
    return rows.select(
        "customer_id", "day", "score", "beside", "within",
        bought=_step(n, "bought"),
        away=_step((_.day - _["last"]).cast("float64"), "away"),
        paid=(n > 0).ifelse(_step(_.past_spend / n, "paid"), -1),
        known=_step((known > before).ifelse(float(before), known), "known"),
        whole=(known >= before).fill_null(False),
        returned=_one(_.purchases > 0),
        purchases=_.purchases, spend=_.spend, margin=_.margin,
        before_purchases=n, before_spend=_.past_spend.fill_null(0.0),
    )  # fmt: skip


def around_contracts(answers: ir.Table, contracts: ir.Table, *, window: int, before: int) -> ir.Table:
    """Answers of customers under contract with what became of it; see `around_purchases`.

    A customer is kept who has a contract on the last day of the window; purchases are months under contract within it,
    spend is their price. `bought` says how many contracts they had ended before, `paid` the price, `known` for how long
    they have been customers; `away` is 0.
    """
    c = contracts
    price = c.price.cast("float64") if "price" in c.columns else ibis.null("float64")
    never = ibis.literal(10_000_000).cast("int64")
    spans = c.select(customer_id=c.customer_id.cast("string"), start=numbered(c.start),
                     end=numbered(c.end).fill_null(never), price=price)  # fmt: skip
    met = answers.join(spans, "customer_id")
    beyond = met.day + window
    from_, to = ibis.greatest(met.start, met.day), ibis.least(met.end, beyond)
    days = ibis.greatest(to - from_, 0).cast("float64")
    met = met.mutate(
        now=((met.start <= met.day) & (met.end > met.day)).ifelse(1, 0),
        kept=_one((met.start <= beyond) & (met.end > beyond)),
        months=days / MONTH, ended=_one(met.end <= met.day),
    )  # fmt: skip
    rows = met.group_by("customer_id", "day", "score", "beside", "within").agg(
        active=_.now.max(), returned=_.kept.max(), purchases=_.months.sum(), spend=(_.months * _.price).sum(),
        ended=_.ended.sum(), pays=(_.price * _.now).sum(), first=_.start.min(),
    )  # fmt: skip
    rows = rows.filter(_.active == 1)
    known = (_.day - _["first"]).cast("float64")
    return rows.select(
        "customer_id", "day", "score", "beside", "within",
        bought=_step(_.ended, "bought"), away=ibis.literal(0).cast("int64"), paid=_step(_.pays, "paid"),
        known=_step(known, "known"), whole=ibis.literal(False), returned=_.returned, purchases=_.purchases,
        spend=_.spend.fill_null(0.0), margin=ibis.literal(0).cast("float64"), before_purchases=_.ended,
        before_spend=ibis.literal(0).cast("float64"),
    )  # fmt: skip


def _step(value, control: str):
    """A control in whole steps on a scale of doublings: exact where it is small, by ratio where it is large."""
    steps = ((1 + ibis.greatest(value, 0.0)).log2() * _STEPS[control]).round().cast("int64")
    return steps.fill_null(-1)


def _one(when):
    """1 where it holds, else 0, as a double: Spark takes a literal 1.0 for a decimal, and rounds what comes of it."""
    return when.cast("int64").cast("float64")
