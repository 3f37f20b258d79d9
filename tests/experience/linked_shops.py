"""Shops whose link between score and money is known: customers, answers and purchases drawn from declared rates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

START = pd.Timestamp("2023-01-01")


@dataclass(frozen=True)
class Shop:
    """One shop.

    Parameters
    ----------
    tables : surveys, transactions
    truth : money for one more point in the window after an answer (mean derivative over answers)
    mean : mean money in that window
    """

    tables: dict[str, pd.DataFrame]
    truth: float
    mean: float


def shop(
    seed: int, *, customers: int = 500, rate: float = 0.0, leave: float = 0.0, spend: float = 0.0,
    reverse: float = 0.0, answers: int = 1, window: int = 90, a_year: float = 18.0, question: str = "nps",
) -> Shop:  # fmt: skip
    """A shop in which a point more changes purchases by `rate`, leaving by `leave` and spend by `spend` (logarithms).

    Parameters
    ----------
    reverse : points of score that a customer gives more for buying e times as much, whatever they were served
    answers : answers of each customer, all with one score and without effect where there are several
    a_year : purchases of a typical customer
    """
    rng = np.random.default_rng(seed)
    level = rng.normal(-0.3, 0.7, customers)
    each_day = a_year / 365 * np.exp(level)
    basket = 12 * np.exp(rng.normal(0, 0.35, customers))
    born = rng.uniform(0, 200, customers)
    asked = rng.uniform(400, 600, customers)
    points = np.clip(np.round(7 + reverse * level + rng.normal(0, 1.7, customers)), 0, 10)
    x = points - 7
    after = each_day * np.exp(rate * x)
    hazard = 0.004 * np.exp(leave * x)
    gone = asked + rng.exponential(1 / hazard)
    own = basket * np.exp(spend * x)
    bought = [_times(rng, each_day, born, asked), _times(rng, after, asked, np.minimum(gone, 1200.0))]
    who = np.concatenate([b[0] for b in bought])
    when = np.concatenate([b[1] for b in bought])
    price = np.concatenate([basket[bought[0][0]], own[bought[1][0]]]) * np.exp(rng.normal(-0.08, 0.4, len(who)))
    # everybody begins with a purchase, and is asked at one
    who = np.concatenate([who, np.arange(customers), np.arange(customers)])
    when = np.concatenate([when, born, asked])
    price = np.concatenate([price, basket, basket])
    keep = when < 1000
    spent = pd.DataFrame({"customer_id": _name(who), "timestamp": _moment(when), "amount": price})
    at = asked
    if answers > 1:
        at = np.concatenate([asked + 25 * k for k in range(answers)])
    surveys = pd.DataFrame(
        {"response_id": [str(i) for i in range(len(at))], "customer_id": _name(np.arange(len(at)) % customers),
         "question": question, "score": np.tile(points, answers), "scale_min": 0.0, "scale_max": 10.0,
         "timestamp": _moment(at)}
    )  # fmt: skip
    money = after * own * -np.expm1(-hazard * window) / hazard
    h = hazard * window
    stays = leave * (h * np.exp(-h) / -np.expm1(-h) - 1)  # logarithmic derivative of the time that is left
    truth = float(np.mean(money * (rate + spend + stays)))
    return Shop({"surveys": surveys, "transactions": spent[keep].reset_index(drop=True)}, truth, float(money.mean()))


def _times(rng, each_day, start, end):
    """Customer and time of purchases at these rates between two times."""
    n = rng.poisson(each_day * np.maximum(end - start, 0))
    who = np.repeat(np.arange(len(n)), n)
    return who, start[who] + rng.random(len(who)) * (end - start)[who]


def _name(numbers) -> list[str]:
    return [f"customer {i}" for i in numbers]


def _moment(days) -> pd.Series:
    return START + pd.to_timedelta(np.floor(np.asarray(days) * 86_400), "s")
