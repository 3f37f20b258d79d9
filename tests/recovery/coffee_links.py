"""Simulate coffee shops whose customers' own satisfaction moves what they buy, and count how often it is found again.

    python -m tests.recovery.coffee_links

writes `coffee_link_coverage.csv` beside this file: a row a kind of shop.
"""

from __future__ import annotations

from pathlib import Path

import ibis
import numpy as np
import pandas as pd
from scipy.special import betaincinv, expit, logit

from cxlab.data.simulate import PRESETS, simulate
from cxlab.data.simulate.chains import shares
from cxlab.data.simulate.purchases import rates
from cxlab.data.simulate.satisfaction import spread
from cxlab.experience.money.link import link_behaviour
from cxlab.experience.money.value_of_a_point import value_of_a_point

TABLE = Path(__file__).with_name("coffee_link_coverage.csv")
SHOPS, CUSTOMERS, WINDOW = 300, 1500, 90
KINDS = {"satisfaction moves purchases": 1.0, "satisfaction moves nothing": 0.0}
_RATE_SHAPE, _LEAVE_CONCENTRATION = 3.0, 8.0


def relative_truth(effect: float, *, draws: int = 200_000, seed: int = 1) -> float:
    """Relative change of money in the window for one more point of own satisfaction, of customers who answer.

    By the declared rates: orders come at the customer's own rate, each is the last with the customer's own chance, so
    the mean number of orders in a window w is (1 − exp(−r·p·w))/p.
    """
    business, rng = PRESETS["coffee_shop"], np.random.default_rng(seed)
    told, declared = business.experience, rates(business)
    group = rng.choice(len(business.segments), draws, p=shares(business))
    level = spread(told, told.customer) * rng.standard_normal(draws)
    own, luck, age = rng.gamma(_RATE_SHAPE, 1 / _RATE_SHAPE, draws), rng.random(draws), rng.uniform(0, 600, draws)

    def of(points):
        rate = declared["orders"][group] / 365.25 * own * np.exp(effect * told.loyalty.rate * points)
        mean = expit(logit(declared["leave"][group]) + effect * told.loyalty.leave * points)
        last = np.maximum(betaincinv(_LEAVE_CONCENTRATION * mean, _LEAVE_CONCENTRATION * (1 - mean), luck), 1e-12)
        value = declared["order_value"][group] * np.exp(effect * told.loyalty.spend * points)
        return rate, last, value * -np.expm1(-rate * last * WINDOW) / last

    rate, last, money = of(level)
    there = (1 - last) * np.exp(-rate * last * age) * -np.expm1(-rate * 91)
    weight = there * expit(logit(told.answers) + told.nonresponse * level)
    step = 0.05
    return float(weight @ (of(level + step)[2] - of(level - step)[2]) / (2 * step) / (weight @ money))


def recover(kind: str, seed: int, relative: float) -> dict:
    """One shop: truth (money a year for a point of lasting score), as it stands within segments, what was claimed."""
    change = {"satisfaction": {"effect": KINDS[kind]}}
    world = simulate("coffee_shop", customers=CUSTOMERS, seed=seed, change=change)
    tables = {name: ibis.memtable(world.tables[name]) for name in ("surveys", "transactions")}
    link = link_behaviour(tables, question="csat", within="segment", window=WINDOW)
    found = value_of_a_point(link, outcome="spend")
    whole = found.table[found.table["part"] == "all"].set_index("reading")
    plain, beyond = whole.loc["as it stands"], whole.loc["beyond before"]
    # points of the answer for a point of satisfaction: one, but for the ends of the scale
    answers = world.tables["surveys"].to_pandas()
    answers = answers[(answers["question"] == "csat") & answers["score"].notna()].merge(
        world.truth.experience.responses, on=["response_id", "customer_id", "brand"]
    )
    answers = answers[answers["brand"] == link.brand]
    points = np.cov(answers["satisfaction"], answers["score"])[0, 1] / answers["satisfaction"].var()
    mean = link.cells["spend"].sum() / link.n * 365.25 / WINDOW
    truth = relative * mean / points
    return {
        "kind": kind, "truth": truth, "lasting": plain["lasting"],
        "held": plain["lasting_low"] <= truth <= plain["lasting_high"], "as_it_stands_shown": plain["shown"],
        "link_claimed": beyond["shown"], "none_said": "No link is shown" in found.text,
        "nothing_said": found.title == "No link of csat with spend is shown",
    }  # fmt: skip


def recovered(shops: int = SHOPS) -> pd.DataFrame:
    """By kind: truth, lasting (means), coverage, as_it_stands_shown, link_claimed (beyond before, taken alone),
    none_said (no link between customers), nothing_said (nor against their own past; all shares), shops."""
    rows = []
    for kind, effect in KINDS.items():
        relative = relative_truth(effect)
        rows += [recover(kind, 7000 + seed, relative) for seed in range(shops)]
    table = pd.DataFrame(rows).groupby("kind", sort=False).agg(
        truth=("truth", "mean"), lasting=("lasting", "mean"), coverage=("held", "mean"),
        as_it_stands_shown=("as_it_stands_shown", "mean"), link_claimed=("link_claimed", "mean"),
        none_said=("none_said", "mean"), nothing_said=("nothing_said", "mean"), shops=("held", "size"),
    )  # fmt: skip
    return table.reset_index().round(4)


if __name__ == "__main__":
    recovered().to_csv(TABLE, index=False, lineterminator="\n")
    print(TABLE.read_text())
