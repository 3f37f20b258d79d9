"""Would it have been foreseen? The model and two baselines fitted on the first renewals, held against the later ones.

constant churn   every contract leaves with the same probability, that of all renewals in the fit
last retention   the share that passed the last renewal of the fit passes every later one
Both are point forecasts of retention by segment, and get no interval.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cxlab.cltv.cohorts import kaplan_meier
from cxlab.cltv.contracts import Contracts
from cxlab.cltv.posterior import Sampler
from cxlab.cltv.retention import FEWEST_AGES, Retention, fit_retention
from cxlab.cltv.sbg import S_BG
from cxlab.cltv.validation import NEAR_TOTAL
from cxlab.errors import ParameterError
from cxlab.finding import Check, Finding, Key
from cxlab.montecarlo import spread
from cxlab.wording import count, interval, number, share

CONSTANT, LAST = "Constant churn", "Last retention carried on"
_DRAWS = 2000


@dataclass(frozen=True)
class Later:
    """What contracts did that had passed the last renewal of the fit and came up for more.

    Parameters
    ----------
    until : last renewal of the fit
    at_risk, kept : contracts at renewals until + 1, until + 2, …; shape (n_segments, n_renewals)
    due : contracts by how many of these renewals were due within the observation (1, 2, …), same shape
    """

    until: int
    at_risk: np.ndarray
    kept: np.ndarray
    due: np.ndarray

    @classmethod
    def of(cls, contracts: Contracts, until: int) -> Later:
        shape = (len(contracts.segments), contracts.oldest - until)
        at_risk, kept, due = np.zeros(shape), np.zeros(shape), np.zeros(shape)
        seen = contracts.by_age("segment")
        d = contracts.distinct
        d = d[(d["renewals"] >= until) & (d["opportunities"] > until)]
        for g, segment in enumerate(contracts.segments):
            own = seen[(seen["segment"] == segment) & (seen["period"] > until)]
            at = own["period"].to_numpy() - until - 1
            at_risk[g, at], kept[g, at] = own["at_risk"], own["kept"]
            of_segment = d[d["segment"] == segment]
            np.add.at(due[g], of_segment["opportunities"].to_numpy() - until - 1, of_segment["contracts"].to_numpy())
        return cls(until, at_risk, kept, due)

    @property
    def contracts(self) -> int:
        return int(self.due.sum())

    def expected(self, retention: np.ndarray) -> float:
        """Renewals passed by these contracts, for retention of shape (n_segments, n_draws, n_renewals)."""
        left = retention.cumprod(2).mean(1)
        return float((left * self.due[:, ::-1].cumsum(1)[:, ::-1]).sum())

    def survival_error(self, retention: np.ndarray) -> float:
        """Mean distance from Kaplan–Meier over renewals, as a share of those who had passed the last of the fit."""
        seen = self.at_risk > 0
        actual = np.where(seen, self.kept / np.maximum(self.at_risk, 1), 1.0).cumprod(1)
        return float(np.average(np.abs(retention.cumprod(2).mean(1) - actual), weights=self.at_risk))

    def log_scores(self, retention: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Log probability of everything a contract could do, and how many did it."""
        left = retention.cumprod(2)
        before = np.concatenate([np.ones_like(left[:, :, :1]), left[:, :, :-1]], axis=2)
        lost = self.at_risk - self.kept
        stayed = self.kept - np.concatenate([self.at_risk[:, 1:], np.zeros_like(lost[:, :1])], axis=1)
        with np.errstate(divide="ignore"):
            scores = np.log(np.concatenate([(before * (1 - retention)).mean(1), left.mean(1)], axis=1))
        how_many = np.concatenate([lost, stayed], axis=1)
        return scores[how_many > 0], how_many[how_many > 0]

    def simulated(self, retention: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Contracts at risk and kept at each renewal, drawn once for every draw; shape (n_segments, n_draws,
        n_renewals)."""
        at_risk, kept = np.zeros(retention.shape), np.zeros(retention.shape)
        for m in range(retention.shape[2]):
            alive = np.broadcast_to(self.due[:, m, None], retention.shape[:2]).astype(int)
            for j in range(m + 1):
                at_risk[:, :, j] += alive
                alive = rng.binomial(alive, retention[:, :, j])
                kept[:, :, j] += alive
        return at_risk, kept


def retention_holdout(
    contracts: Contracts, *, until: int = 0, pooling: str = "partial", sampler: Sampler = "fast", draws: int = 4000,
    level: float = 0.9, rng: np.random.Generator | int = 1,
) -> Finding:  # fmt: skip
    """Fit on the renewals up to `until`, and predict the later ones of the contracts that were left.

    Parameters
    ----------
    until : last renewal of the fit; 0 for two thirds of the renewals that were seen

    Returns
    -------
    Finding with one row a model: model, renewals (expected to be passed after the fit), low, high (with parameters and
    chance), actual, error (share of actual), survival_error (mean distance from Kaplan–Meier, as a share of the
    contracts left after the fit), log_score (mean log probability of what a contract did: higher is better)

    Raises
    ------
    ParameterError : no renewal is left to hold out.
    """
    oldest, unit = contracts.oldest, contracts.period
    until = until or max(1, (2 * oldest + 2) // 3 if oldest > 2 else 1)
    if not 1 <= until < oldest:
        raise ParameterError(
            f"{until} renewals to fit on leave none to hold out.",
            expected=f"fewer than {oldest}, the latest renewal that was seen", mend="-p fit_periods=0",
        )  # fmt: skip
    rng = np.random.default_rng(rng)
    fitted = fit_retention(contracts, until=until, pooling=pooling, sampler=sampler, draws=draws, level=level, rng=rng)
    later = Later.of(contracts, until)
    theta = fitted.posterior.draws(_DRAWS, rng)
    ages = np.arange(until + 1, oldest + 1)
    model = S_BG.retention(theta[:, :, :, None], ages).transpose(1, 0, 2)
    at_risk, kept = later.simulated(model, rng)
    passed = spread(kept.sum((0, 2)), level, effective=min(_DRAWS, fitted.posterior.diagnostics["effective"]))
    low, high = (float(q) for q in passed.quantiles)
    actual = int(later.kept.sum())
    curves = {S_BG.title: model, **_baselines(contracts, until, len(ages))}
    scores = {name: later.log_scores(curve) for name, curve in curves.items()}
    table = pd.DataFrame(
        {
            "model": list(curves),
            "renewals": [later.expected(curve) for curve in curves.values()],
            "low": [low, np.nan, np.nan],
            "high": [high, np.nan, np.nan],
            "actual": actual,
            "survival_error": [later.survival_error(curve) for curve in curves.values()],
            "log_score": [float(np.average(value, weights=n)) for value, n in scores.values()],
        }
    )
    table.insert(5, "error", table["renewals"] / max(actual, 1) - 1)
    nothing = [0.0, 0.0]
    errors = pd.DataFrame(
        {"renewals": [float(passed.mean_error), *nothing], "low": [float(passed.quantile_error[0]), *nothing],
         "high": [float(passed.quantile_error[1]), *nothing]}
    )  # fmt: skip
    errors["error"] = errors["renewals"] / max(actual, 1)
    # an average over draws moves as the renewals do: by that share of what it is
    errors["survival_error"] = errors["renewals"] / max(later.contracts, 1)
    errors["log_score"] = errors["error"]
    own, constant, last = table.itertuples()
    word = "and" if len(ages) == 2 else "to"
    which = f"renewal {ages[0]}" if len(ages) == 1 else f"renewals {ages[0]} {word} {ages[-1]}"
    picture = _curve(fitted, later, at_risk, kept, theta)
    return Finding(
        name="retention.holdout",
        title=f"sBG foresees {which} to within {share(abs(own.error), digits=1)}; constant churn is "
        f"{share(abs(constant.error))} off",
        text=(
            f"Fitted on the first {until} renewals, sBG expects {count(own.renewals)} "
            f"{interval(count(low), count(high), level=level)} later renewals of {count(later.contracts)} contracts "
            f"to be "
            f"passed; {count(actual)} were (n = {count(contracts.n_contracts)} contracts, {which}). Constant churn "
            f"expects {count(constant.renewals)}, and the last retention carried on {count(last.renewals)}. Survival "
            f"after "
            f"the fit is missed by {number(100 * own.survival_error, digits=2)} points on average by sBG, by "
            f"{number(100 * constant.survival_error, digits=2)} by constant churn and by "
            f"{number(100 * last.survival_error, digits=2)} by the "
            "last retention."
        ),
        table=table,
        units=dict.fromkeys(["renewals", "low", "high", "actual"], "count")
        | dict.fromkeys(["error", "survival_error"], "share"),
        monte_carlo_error=errors,
        checks=(
            *fitted.posterior.checks,
            Check("renewals in the fit", until >= FEWEST_AGES, count(until), f"≥ {FEWEST_AGES}",
                  "One renewal cannot tell customers who differ from customers who are alike."),
            Check("error of the holdout total", bool(low <= actual <= high or abs(own.error) <= NEAR_TOTAL),
                  share(own.error, digits=1), f"within ±{share(NEAR_TOTAL)}, or the total within its interval",
                  "Later renewals differ from the first: a price rise, a minimum term, or growing loyalty."),
            *(_beside(name, scores) for name in (CONSTANT, LAST)),
        ),
        draw=lambda ax: _draw(ax, fitted.drawn(picture), unit),
        caption=f"{fitted.caption} Model fitted on {until} renewals; full marks: seen by the fit, open: held out; "
        "band in the holdout: parameters and chance.",
        keys=[Key(share(abs(own.error), digits=1), f"off in the {count(actual)} renewals held out, where constant "
                  f"churn is {share(abs(constant.error))} off")],
    )  # fmt: skip


def _baselines(contracts: Contracts, until: int, renewals: int) -> dict[str, np.ndarray]:
    """Retention after the fit by segment, shape (n_segments, 1, n_renewals)."""
    seen = contracts.by_age("segment")
    seen = seen[seen["period"] <= until]
    found = {CONSTANT: [], LAST: []}
    for segment in contracts.segments:
        own = seen[seen["segment"] == segment]
        own = own if len(own) else seen
        found[CONSTANT].append(own["kept"].sum() / own["at_risk"].sum())
        found[LAST].append(own["retention"].iloc[-1])
    return {k: np.repeat(np.array(v)[:, None, None], renewals, axis=2) for k, v in found.items()}


def _beside(name: str, scores) -> Check:
    """Whether the model foresees contracts at least as well as a baseline, but for chance."""
    (own, n), (other, _) = scores[S_BG.title], scores[name]
    gap = own - other
    lead = float(np.average(gap, weights=n)) if np.isfinite(gap).all() else np.inf
    error = float(np.sqrt(np.average((gap - lead) ** 2, weights=n) / n.sum())) if np.isfinite(lead) else 0.0
    return Check(
        f"lead in log score over {name[0].lower()}{name[1:]}", lead > -2 * error, f"{number(lead)} a contract",
        f"> {number(-2 * error)}", "A baseline foresees as well: use it, or look at cohorts apart.",
    )  # fmt: skip


def _curve(fitted: Retention, later: Later, at_risk, kept, theta) -> pd.DataFrame:
    """Survival by the fit and, after it, with the chance of the contracts that were left; beside Kaplan–Meier."""
    c, tail = fitted.contracts, (1 - fitted.level) / 2
    ages = np.arange(c.oldest + 1)
    seen = c.by_age("segment")
    after = np.where(at_risk > 0, kept / np.maximum(at_risk, 1), 1.0).cumprod(2)
    parts = []
    for g, segment in enumerate(c.segments):
        draws = S_BG.survival(theta[:, :, g, None], ages)
        chance = draws.copy()
        chance[:, later.until + 1 :] = draws[:, [later.until]] * after[g]
        low, high = np.quantile(chance, [tail, 1 - tail], axis=0)
        own = seen[seen["segment"] == segment].set_index("period")
        actual = kaplan_meier(own["at_risk"], own["kept"])["survival"].set_axis(own.index).reindex(ages)
        actual[0] = 1.0
        part = pd.DataFrame({"period": ages, "survival": draws.mean(0), "low": low, "high": high, "actual": actual})
        if len(c.segments) > 1:
            part.insert(0, "segment", segment)
        parts.append(part.assign(holdout=ages > later.until))
    return pd.concat(parts, ignore_index=True)


def _draw(ax, table: pd.DataFrame, unit: str):
    from cxlab.cltv.charts import draw_survival

    return draw_survival(ax, table, time_unit=unit)
