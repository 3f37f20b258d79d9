"""The study of customer lifetime value: its typed parameters, and its steps from an order log to findings."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar, Literal

import numpy as np
import pandas as pd
from pydantic import Field, field_validator, model_validator

from cxlab.cltv.acquisition import acquisition, costs, new_customer
from cxlab.cltv.bg_bb import BG_BB
from cxlab.cltv.bg_nbd import BG_NBD
from cxlab.cltv.gamma_gamma import GAMMA_GAMMA
from cxlab.cltv.mbg_nbd import MBG_NBD
from cxlab.cltv.model import BuyTillYouDie
from cxlab.cltv.pareto_nbd import PARETO_NBD
from cxlab.cltv.pooling import partial_pooling, shrinkage
from cxlab.cltv.posterior import Posterior, fit
from cxlab.cltv.summary import Summary, summarise
from cxlab.cltv.value import CustomerValue, Terms, customer_value
from cxlab.errors import ModelError, ParameterError, unknown
from cxlab.finding import Check, Finding, Key
from cxlab.parameters import Parameters
from cxlab.wording import count, interval, money, number, share, span

#: the models of repeat buying a study may ask for
MODELS: dict[str, BuyTillYouDie] = {m.key: m for m in (MBG_NBD, BG_NBD, PARETO_NBD, BG_BB)}
FEWEST_REPEAT_BUYERS = 50
Unit = Literal["day", "week", "month", "quarter", "year"]


class CltvStudy(Parameters):
    """Parameters of `studies/cltv.ipynb`.

    >>> CltvStudy(models=["mbg_nbd"]).models
    ('mbg_nbd',)
    >>> CltvStudy(models=["mbg"])
    Traceback (most recent call last):
    ...
    cxlab.errors.ParameterError: parameter models = ('mbg',): unknown model 'mbg'.
    ...
    """

    tables: ClassVar[tuple[str, ...]] = ("transactions", "summaries")

    source: str = Field("cdnow", description="name of a data set, file, folder, database URL or client.yaml")
    columns: dict[str, str] = Field(default_factory=dict, description="contract column = source column")
    options: dict[str, str] = Field(default_factory=dict, description="reading rules by name, as dates = day_first")
    client: str = Field("", description="name on the report")
    currency: str = Field("", description="ISO code; empty: what the data states")
    time_unit: Unit = Field("week", description="unit of time of all numbers")
    grain: Unit = Field("day", description="purchases within one step of it are one purchase")
    observation_end: str = Field("", description="last day that counts, YYYY-MM-DD; empty: last day of the log")
    split: str = Field("", description="last day the models see when tested; empty: after two thirds of the log")
    models: tuple[str, ...] = Field(
        ("mbg_nbd", "bg_nbd", "pareto_nbd"), description="models that compete: " + ", ".join(MODELS)
    )
    segment: str = Field("", description="column that groups customers; empty: none")
    horizon: float = Field(52.0, gt=0, description="length of the future that counts, in time_unit")
    margin: float = Field(0.3, gt=0, le=1, description="share of revenue that is margin")
    discount_rate: float = Field(0.1, ge=0, lt=5, description="a year")
    cac: float = Field(0.0, ge=0, description="cost of winning a customer; 0: from the table spend, if any")
    sampler: Literal["fast", "nuts"] = Field("fast", description="way to the posterior")
    draws: int = Field(4000, ge=500, le=100_000, description="posterior draws")
    level: float = Field(0.9, gt=0.5, lt=1, description="coverage of intervals")
    seed: int = Field(1, ge=0, description="of all randomness")

    @field_validator("models")
    @classmethod
    def _known(cls, models):
        for model in models:
            if model not in MODELS:
                raise ValueError(str(unknown("model", model, MODELS)).split("\n")[0])
        if not models:
            raise ValueError("at least one model is needed")
        return models

    @field_validator("observation_end", "split")
    @classmethod
    def _day(cls, day):
        if day:
            try:
                dt.date.fromisoformat(day)
            except ValueError:
                raise ValueError("a day as YYYY-MM-DD is needed") from None
        return day

    @model_validator(mode="after")
    def _occasions(self):
        if BG_BB.key in self.models and self.grain != self.time_unit:
            raise ValueError(
                f"bg_bb counts occasions: time_unit must be the grain, not {self.time_unit} and {self.grain}"
            )
        return self


def order_log(data, settings: CltvStudy, *, split: str | None = None) -> Summary:
    """Customers of a data set, summarised as the study asks; `split` hides what came after it."""
    return summarise(
        data.transactions,
        time_unit=settings.time_unit,
        grain=settings.grain,
        observation_end=settings.observation_end or None,
        split=split,
        segment=settings.segment or None,
        customers=data.tables.get("customers"),
        currency=settings.currency or data.currency,
    )


def calibration(whole: Summary, data, settings: CltvStudy) -> Summary:
    """The same customers as seen at the split: after two thirds of the log, where the study names no day."""
    day = whole.observation_start + (whole.observation_end - whole.observation_start) * 2 / 3
    return order_log(data, settings, split=settings.split or day.isoformat())


def overview(summary: Summary) -> Finding:
    """Who is in the log.

    Returns
    -------
    Finding "cltv.customers" with one row a segment (and all): segment, customers, came_back (share), frequency (mean
    repeat purchases), T (mean time observed), repeat_value (money of repeat purchases)
    """
    d = summary.distinct
    blocks = [(s, d[d["segment"] == s]) for s in summary.segments] if len(summary.segments) > 1 else []
    records = []
    for name, block in [*blocks, ("all", d)]:
        n = block["customers"].sum()
        records.append(
            {
                "segment": name,
                "customers": int(n),
                "came_back": float(block.loc[block["frequency"] > 0, "customers"].sum() / n),
                "frequency": float(block["frequency"] @ block["customers"] / n),
                "T": float(block["T_steps"] @ block["customers"] / n) * summary.scale,
                "repeat_value": float(block["repeat_value"].sum()),
            }
        )
    all_ = records[-1]
    unit = summary.time_unit
    left = f" {count(summary.left_out)} customers first came after that and are left out." if summary.left_out else ""
    return Finding(
        name="cltv.customers",
        title=f"{share(all_['came_back'])} of {count(all_['customers'])} customers came back",
        text=(
            f"{count(all_['customers'])} customers were seen from {summary.period}; "
            f"{count(summary.repeat_buyers)} ({share(all_['came_back'])}) bought again, on average "
            f"{number(all_['frequency'])} times in {span(all_['T'], unit)}.{left} They are {count(len(d))} distinct "
            f"histories of frequency, recency and time observed, counted by {summary.grain}."
        ),
        table=pd.DataFrame(records),
        units={"customers": "count", "came_back": "share", "T": f"{unit}s", "repeat_value": "money"},
        checks=(enough_repeat_buyers(summary),),
        currency=summary.currency,
        keys=(Key(share(all_["came_back"]), f"of {count(all_['customers'])} customers came back, {summary.period}"),),
    )


def enough_repeat_buyers(summary: Summary) -> Check:
    """Whether enough customers came back for buying and leaving to be told apart."""
    return Check(
        "repeat buyers", summary.repeat_buyers >= FEWEST_REPEAT_BUYERS, count(summary.repeat_buyers),
        f"≥ {FEWEST_REPEAT_BUYERS}", "The priors speak louder than the data.",
    )  # fmt: skip


def fit_purchases(key: str, summary: Summary, settings: CltvStudy, *, pooled: bool = True) -> Posterior:
    """The posterior of a model of repeat buying, partially pooled over segments where there are any."""
    common = {
        "sampler": settings.sampler,
        "draws": settings.draws,
        "rng": settings.seed,
        "time_unit": settings.time_unit,
    }
    if pooled and len(summary.segments) > 1:
        return partial_pooling(MODELS[key], summary.rows, **common)
    return fit(MODELS[key], summary.rows.pooled(), **common)


def fit_spend(summary: Summary, settings: CltvStudy) -> Posterior:
    """The posterior of the model of spend, partially pooled over segments where there are any.

    Raises
    ------
    ModelError : fewer than two customers have a repeat purchase with a positive amount.
    """
    rows = summary.spend_rows
    if rows.customers < 2:
        raise ModelError(
            f"{count(rows.customers)} customers have a repeat purchase with an amount above zero.",
            expected="repeat buyers with amounts: without them spend cannot be told",
            mend="check the column of amounts with: cxlab data check SOURCE",
        )
    common = {"sampler": settings.sampler, "draws": settings.draws, "rng": settings.seed + 1,
              "currency": summary.currency}  # fmt: skip
    filled = (rows.group_weight >= 2).all()
    if len(rows.groups) > 1 and filled:
        return partial_pooling(GAMMA_GAMMA, rows, **common)
    return fit(GAMMA_GAMMA, rows.pooled(), **common)


def best_model(validation, settings: CltvStudy) -> str:
    """Key of the model that foresaw the holdout best, of those that competed."""
    titles = {MODELS[key].title: key for key in settings.models}
    return next(titles[title] for title in validation.models if title in titles)


def tested(findings, validation, purchases: Posterior) -> list[Finding]:
    """Findings that stand on a model, under the checks it met in the holdout."""
    checks = validation.checks(purchases.model.title)
    return [finding.with_checks(*checks) for finding in findings]


def segments(purchases: Posterior, summary: Summary, settings: CltvStudy) -> list[Finding]:
    """What pooling did to the segments; nothing where the study has none."""
    if len(summary.segments) < 2:
        return []
    return [shrinkage(purchases.model, summary.rows, purchases, level=settings.level, rng=settings.seed)]


def by_model(value: CustomerValue, validation, customers: Summary, data, settings: CltvStudy) -> Finding:
    """What the same customers are worth by each model that competed: how far the answer hangs on the model.

    Returns
    -------
    Finding "cltv.models", a row a model, the one of the study first: model, total, total_low, total_high (chance
    included), log_score (in the holdout, a customer)
    """
    own = value.purchases.model.title
    scores = validation.holdout.set_index("model")["log_score"]
    errors = validation.errors["holdout"].set_axis(validation.holdout["model"])["log_score"]
    records, sampled = [], []
    for key in sorted(settings.models, key=lambda k: MODELS[k].title != own):
        title = MODELS[key].title
        one = value
        if title != own:
            fitted = fit_purchases(key, customers, settings)
            one = customer_value(
                fitted, value.spend, customers, value.terms, draws=200, level=settings.level, rng=settings.seed
            )
        row, error = one.segments.iloc[-1], one.segment_errors.iloc[-1]
        records.append({"model": title, "total": row.total, "total_low": row.predictive_low,
                        "total_high": row.predictive_high, "log_score": scores[title]})  # fmt: skip
        sampled.append({"total": error.total, "total_low": error.predictive_low, "total_high": error.predictive_high,
                        "log_score": errors[title]})  # fmt: skip
    table = pd.DataFrame(records)
    currency = value.terms.currency
    least, most = money(table["total"].min(), currency), money(table["total"].max(), currency)
    if len(table) > 1:
        title = f"Depending on the model, today's customers are worth {least} to {most}"
        text = (
            f"The {len(table)} models that competed put the value of today's customers between {least} and {most}; the "
            f"interval of one model leaves that out. {own} foresaw the holdout best, and its figures are used here."
        )
    else:
        title, text = f"One model was asked: {own}", f"Only {own} competed: what another would say is not known."
    return Finding(
        name="cltv.models", title=title, text=text, table=table,
        units=dict.fromkeys(["total", "total_low", "total_high"], "money"), monte_carlo_error=pd.DataFrame(sampled),
        checks=value.checks, currency=currency,
    )  # fmt: skip


def histories(purchases: Posterior, summary: Summary, settings: CltvStudy) -> tuple[Finding, Finding]:
    """Who is still active, and who will buy, by frequency and by time since the last purchase: two heat maps.

    Returns
    -------
    Findings "cltv.p_alive" and "cltv.expected_purchases", a row a cell with customers: columns of
    `charts.history_grid`
    """
    from cxlab.cltv import charts

    grid = charts.history_grid(purchases, summary, horizon=settings.horizon, level=settings.level, rng=settings.seed)
    seen = grid[grid["customers"] > 0].reset_index(drop=True)
    unit = summary.time_unit
    gone = float(seen.loc[seen["p_alive"] < 0.5, "customers"].sum() / seen["customers"].sum())
    quiet = seen.loc[seen["customers"].idxmax()]
    history = (
        f"bought {'once' if quiet.frequency == 0 else f'{int(quiet.frequency) + 1} times'}, "
        f"the last time {span(float(quiet.silence), unit)} ago"
    )
    units = {"customers": "count", "silence": f"{unit}s", "recency": f"{unit}s", "T": f"{unit}s"}
    shares = dict.fromkeys(["p_alive", "p_alive_low", "p_alive_high"], "share")
    error = pd.DataFrame({"p_alive": (seen["p_alive_high"] - seen["p_alive_low"]) / (3.3 * np.sqrt(200))})
    error["p_alive_low"] = error["p_alive_high"] = 2 * error["p_alive"]
    spread = seen["expected_purchases"] * 0.2 / np.sqrt(200)
    caption = (
        f"n = {count(summary.n_customers)} customers, {summary.period}, {purchases.model.title}; dots: customers; "
        "pale: nobody is there."
    )
    shown = [c for c in seen.columns if c != "expected_purchases"]
    top = seen.loc[seen["expected_purchases"].idxmax()]
    return (
        Finding(
            name="cltv.p_alive",
            title=f"{share(gone)} of customers are more likely gone than not",
            text=f"By {purchases.model.title}, {share(gone)} of {count(summary.n_customers)} customers are more likely "
            f"gone than not. The commonest history, {history}, leaves a chance of {share(quiet.p_alive)} of being "
            f"still active {interval(share(quiet.p_alive_low), share(quiet.p_alive_high), level=settings.level)}.",
            table=seen[shown], units=units | shares, monte_carlo_error=error, checks=purchases.checks, caption=caption,
            draw=lambda ax: charts.draw_histories(ax, grid, value="p_alive", time_unit=unit),
        ),
        Finding(
            name="cltv.expected_purchases",
            title=f"Frequent buyers of late will buy up to {number(top.expected_purchases, digits=2)} times in "
            f"{span(settings.horizon, unit)}",
            text=f"The busiest history on the map, {int(top.frequency)} repeat purchases and "
            f"{span(float(top.silence), unit)} of silence, is expected to buy "
            f"{number(top.expected_purchases, digits=2)} times in {span(settings.horizon, unit)}.",
            table=seen[["frequency", "silence", "customers", "expected_purchases"]],
            units={"customers": "count", "silence": f"{unit}s"},
            monte_carlo_error=pd.DataFrame({"expected_purchases": spread}), checks=purchases.checks, caption=caption,
            draw=lambda ax: charts.draw_histories(
                ax, grid, value="expected_purchases", time_unit=unit,
                label=f"Expected purchases in {span(settings.horizon, unit)}",
            ),
        ),
    )  # fmt: skip


def terms_of(settings: CltvStudy, data) -> Terms:
    """The money terms of the study."""
    return Terms(
        horizon=settings.horizon, margin=settings.margin, discount_rate=settings.discount_rate,
        time_unit=settings.time_unit, currency=settings.currency or data.currency,
    )  # fmt: skip


def paying(purchases: Posterior, spend: Posterior, summary: Summary, data, settings: CltvStudy) -> list[Finding]:
    """CLV against the cost of winning customers; nothing where no cost is known."""
    table = data.tables.get("spend")
    if not settings.cac and table is None:
        return []
    if settings.cac and table is not None:
        raise ParameterError(
            f"cac = {settings.cac:g}, and the data has a table spend.", expected="one of the two", mend="-p cac=0"
        )
    cost = costs(table, cac=settings.cac or None, summary=summary)
    customer = new_customer(purchases, spend, summary, terms_of(settings, data), rng=settings.seed)
    return list(acquisition(customer, cost, level=settings.level))
