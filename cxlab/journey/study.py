"""The study of journeys: its typed parameters, and what ties its measures together, money above all."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar, Literal

import numpy as np
import pandas as pd
from ibis import _
from pydantic import Field, field_validator

from cxlab.errors import ModelError, ParameterError
from cxlab.finding import Check, Finding, Key
from cxlab.intervals import share_interval
from cxlab.journey.log import Log, read_log
from cxlab.parameters import Parameters
from cxlab.wording import count, interval, money, share

#: posterior draws of what an order or customer is worth
DRAWS = 1000
FEWEST_JOURNEYS = 100
MOST_PERSONAS = 12
#: days of silence after which a journey is over, and share of silences that may still be longer
MONTH, MOST_LATE = 30.0, 0.1


class JourneyStudy(Parameters):
    """Parameters of ``notebooks/studies/journey.ipynb``.

    >>> JourneyStudy(less_friction="Checkout").friction
    0.7
    >>> JourneyStudy(per="visit")
    Traceback (most recent call last):
    ...
    cxlab.errors.ParameterError: parameter per = 'visit': Input should be 'customer' or 'session'.
    ...
    """

    #: what the study is about: the days of a report are theirs
    tables: ClassVar[tuple[str, ...]] = ("touchpoints",)

    source: str = Field("clothing_boutique", description="a data set, a file, a folder, a database or a client.yaml")
    columns: dict[str, str] = Field(default_factory=dict, description="contract column = source column")
    options: dict[str, str] = Field(default_factory=dict, description="reading rules by name, as dates = day_first")
    client: str = Field("", description="name on the report")
    currency: str = Field("", description="ISO code; empty: what the data states")
    stages: dict[str, str] = Field(default_factory=dict, description="touchpoint = stage, over those of the source")
    goal: str = Field("auto", description="stage or touchpoint that counts as conversion; auto: what closes Purchase")
    per: Literal["customer", "session"] = Field("customer", description="what a journey is")
    persona: str = Field("", description="column that tells groups of customers apart; empty: none")
    quiet_days: float = Field(0.0, ge=0, description="silence after which a journey is over; 0: from the log")
    less_friction: str = Field("", description="touchpoint of the what-if; empty: the one with the largest loss")
    friction: float = Field(0.7, ge=0, description="factor on its drop-off")
    reference: Literal["stage", "best"] = Field("stage", description="peers a touchpoint's drop-off is held against")
    worth: Literal["order", "customer"] = Field("order", description="what a conversion earns: its order, or the CLTV")
    value: float = Field(0.0, ge=0, description="money a conversion earns; 0: from the transactions, if any")
    margin: float = Field(0.3, gt=0, le=1, description="share of revenue that is margin, where orders state none")
    horizon: float = Field(52.0, gt=0, description="weeks that count where worth is customer")
    contact: str = Field("auto", description="stage or touchpoint to be foreseen, or drop-off; auto: the worst felt")
    window_days: float = Field(7.0, gt=0, description="how far ahead it is foreseen")
    contact_cost: float = Field(0.0, ge=0, description="money saved by one such contact less; 0: from the log, if any")
    message_cost: float = Field(0.1, ge=0, description="money a message costs that may prevent it")
    message_effect: float = Field(0.3, ge=0, le=1, description="share of such contacts that a message prevents")
    level: float = Field(0.9, gt=0.5, lt=1, description="coverage of intervals")
    draws: int = Field(1000, ge=200, le=100_000, description="posterior draws")
    seed: int = Field(1, ge=0, description="of all randomness")

    @field_validator("friction")
    @classmethod
    def _changes(cls, friction):
        if friction == 1:
            raise ValueError("a factor of 1 changes nothing")
        return friction


def log_of(data, settings: JourneyStudy) -> Log:
    """The log of a data set, read as the study asks.

    Where the goal is "auto" and every journey begins with it (a log of bookings), there is nothing to win: the log is
    one without a goal, and says so.

    Raises
    ------
    ParameterError : the column of personas tells more than twelve groups apart.
    """
    log = read_log(
        data, stages=settings.stages, goal=settings.goal or None, per=settings.per, persona=settings.persona or None
    )
    if len(log.personas) > MOST_PERSONAS:
        raise ParameterError(
            f"persona = {settings.persona!r} tells {count(len(log.personas))} groups apart.",
            expected=f"at most {MOST_PERSONAS}", mend="a column of groups, such as a segment",
        )  # fmt: skip
    if settings.goal == "auto" and log.goal and not int(log.before_goal.count().execute()):
        notes = [note for note in log.notes if not note.startswith("conversion is")]
        notes.append(f"every journey begins at {log.goal_name}, so nothing is said about conversion")
        return replace(log, goal=frozenset(), notes=tuple(notes))
    return log


def settled(log: Log, settings: JourneyStudy) -> JourneyStudy:
    """The settings with what the log decides: after how many days of silence a journey is over.

    A month, or longer where more than one in ten silences within journeys last longer; at most a quarter of the log.
    """
    if settings.quiet_days:
        return settings
    silence = log.events.gap_s.quantile(1 - MOST_LATE).execute()
    days = max(MONTH, 0.0 if pd.isna(silence) else float(np.ceil(silence / 86_400)))
    return settings.model_copy(update={"quiet_days": min(days, float((log.end - log.start).days // 4))})


def overview(log: Log, *, level: float = 0.9) -> Finding:
    """Who is in the log, how much of it there is, and how many convert.

    Returns
    -------
    Finding "journey.overview", a row a stage: stage, touchpoints, contacts, share (of contacts)
    """
    table = pd.DataFrame({"stage": log.stage_of, "touchpoints": 1, "contacts": log.contacts})
    table = (
        table.groupby("stage", sort=False).sum().reset_index().assign(share=lambda t: t["contacts"] / log.n_contacts)
    )
    said, key = "", ()
    if log.goal:
        converted = int(log.goals.count().execute())
        low, high = share_interval(converted, log.n_journeys, level=level)
        rate = share(converted / log.n_journeys)
        said = f" {rate} of journeys reach {log.goal_name} {interval(share(low), share(high), level=level)}."
        key = (Key(rate, f"of {count(log.n_journeys)} journeys reach {log.goal_name}"),)
    notes = "".join(f" {note[0].upper()}{note[1:]}." for note in log.notes)
    of_stages = f" of {len(log.stages)} stages" if len(log.stages) > 1 else ""
    made = " These customers are simulated." if log.simulated else ""
    return Finding(
        name="journey.overview",
        title=f"{count(log.n_customers)} customers made {count(log.n_contacts)} contacts",
        text=(
            f"{count(log.n_customers)} customers made {count(log.n_contacts)} contacts at {len(log.labels)} "
            f"touchpoints{of_stages}, {log.period}.{said}{made}{notes}"
        ),
        table=table,
        units={"touchpoints": "count", "contacts": "count", "share": "share"},
        checks=(*log.checks, Check("journeys", log.n_journeys >= FEWEST_JOURNEYS, count(log.n_journeys),
                                   f"≥ {FEWEST_JOURNEYS}", "Intervals are wide: collect more before deciding.")),
        keys=key,
    )  # fmt: skip


def worth_of(data, settings: JourneyStudy) -> tuple[np.ndarray | float | None, list[Finding]]:
    """What a conversion earns: draws of its posterior, and the finding that says so; None where nothing tells."""
    currency = settings.currency or data.currency
    if settings.value:
        return settings.value, []
    if "transactions" not in data.tables:
        return None, []
    margin, says = _margin(data, settings)
    draws, how, checks = (_customer if settings.worth == "customer" else _order)(data, settings, margin)
    tail = (1 - settings.level) / 2
    low, high = np.quantile(draws, [tail, 1 - tail])
    written = [money(v, currency) for v in (draws.mean(), low, high)]
    error = draws.std() / len(draws) ** 0.5
    what = "new customer" if settings.worth == "customer" else "order"
    return draws, [
        Finding(
            name="journey.worth",
            title=f"{'A' if what[0] == 'n' else 'An'} {what} is worth {written[0]}",
            text=f"{'A' if what[0] == 'n' else 'An'} {what} is worth {written[0]} of margin "
            f"{interval(*written[1:], level=settings.level)}: {how}, margin {share(margin)}{says}.",
            table=pd.DataFrame([{"what": what, "worth": draws.mean(), "low": low, "high": high}]),
            units=dict.fromkeys(["worth", "low", "high"], "money"),
            monte_carlo_error=pd.DataFrame([{"worth": error, "low": 2 * error, "high": 2 * error}]),
            checks=checks,
            currency=currency,
        )
    ]  # fmt: skip


def _margin(data, settings: JourneyStudy) -> tuple[float, str]:
    """Share of revenue that is margin, and where it is from: what the orders state, else what the study says."""
    lines = data.transactions
    if "margin" in lines.columns:
        sums = lines.filter(_.margin.notnull()).aggregate(margin=_.margin.sum(), amount=_.amount.sum()).execute()
        if sums["amount"][0] > 0 and sums["margin"][0] > 0:
            return float(sums["margin"][0] / sums["amount"][0]), " as the orders state"
    return settings.margin, " as assumed"


def _order(data, settings: JourneyStudy, margin: float):
    """Mean margin of an order with the doubt of a mean over customers (ratio estimator)."""
    lines = data.transactions
    if "order_id" not in lines.columns:
        lines = lines.mutate(order_id=_.timestamp.cast("string"))
    each = lines.group_by("customer_id").agg(orders=_.order_id.nunique(), amount=_.amount.sum())
    sums = each.aggregate(
        customers=_.count(), orders=_.orders.sum(), amount=_.amount.sum(), square=(_.amount * _.amount).sum(),
        cross=(_.amount * _.orders).sum(), orders_square=(_.orders * _.orders).sum(),
    ).execute().iloc[0].astype(float)  # fmt: skip
    mean = sums["amount"] / sums["orders"]
    spread = sums["square"] - 2 * mean * sums["cross"] + mean**2 * sums["orders_square"]
    error = np.sqrt(max(spread, 0.0)) / sums["orders"]
    normal = np.random.default_rng(settings.seed).standard_normal(DRAWS)
    how = f"mean of {count(sums['orders'])} orders of {count(sums['customers'])} customers"
    return np.maximum(margin * (mean + error * normal), 0.0), how, ()


def _customer(data, settings: JourneyStudy, margin: float):
    """Value of a new customer by the models of `cxlab.cltv`, first order included."""
    from cxlab.cltv import study as cltv
    from cxlab.cltv.acquisition import new_customer

    asked = cltv.CltvStudy(
        source=settings.source, models=["mbg_nbd"], horizon=settings.horizon, margin=margin,
        currency=settings.currency, seed=settings.seed,
    )  # fmt: skip
    customers = cltv.order_log(data, asked)
    check = cltv.enough_repeat_buyers(customers)
    if not check.passed:
        raise ModelError(
            f"{count(customers.repeat_buyers)} customers came back: too few for their lifetime value.",
            expected=check.limit, mend="-p worth=order",
        )  # fmt: skip
    worth = new_customer(
        cltv.fit_purchases("mbg_nbd", customers, asked), cltv.fit_spend(customers, asked), customers,
        cltv.terms_of(asked, data), draws=DRAWS, rng=settings.seed,
    )  # fmt: skip
    return worth.value[0, :, -1], f"MBG/NBD and Gamma-Gamma over {settings.horizon:g} weeks", worth.checks
