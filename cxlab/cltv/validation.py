"""Validation in one call: what models said of a period they did not see, beside what came, and beside baselines.

Baselines are in every table: customers who go on at their own past rate (historical mean), and buyers who never leave (NBD).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cxlab.cltv.baselines import HISTORICAL_MEAN, historical_mean
from cxlab.cltv.loo import LeaveOneOut, leave_one_out, spread_over_customers
from cxlab.cltv.model import BuyTillYouDie
from cxlab.cltv.nbd import NBD_MODEL
from cxlab.cltv.posterior import K_HAT_LIMIT, Posterior, fit
from cxlab.cltv.rows import Rows
from cxlab.cltv.scores import (
    MOST_FREQUENT,
    Predicted,
    batch_error,
    batched,
    frequency_group,
    holdout_cells,
    log_probability,
    measures,
    pit,
    predict_holdout,
    with_chance,
)
from cxlab.cltv.summary import Summary
from cxlab.cltv.tracking import track_actual, track_expected
from cxlab.errors import ParameterError
from cxlab.finding import Check, Finding, Key
from cxlab.wording import count, interval, number, share

#: bars of the PIT histogram
BINS = 10
#: a coverage this near its nominal value is near enough, however many customers there are to tell the difference
NEAR = 0.02

_SCORES = ("mae", "rmse", "correlation", "log_score", "coverage", "pit_ks")


@dataclass(frozen=True)
class Validation:
    """Scores of models and baselines on a holdout.

    Parameters
    ----------
    holdout, calibration, tracking, pit : the tables of the findings
    errors : Monte-Carlo errors, a DataFrame for each of these by name, of the sampled columns
    models : titles of the fitted models, best log score first; NBD only when it was given
    lead : mean difference in log score of the best to the second, a customer, and its standard error (NaN for a single model)
    """

    summary: Summary
    holdout: pd.DataFrame
    calibration: pd.DataFrame
    tracking: pd.DataFrame
    pit: pd.DataFrame
    errors: dict[str, pd.DataFrame]
    models: tuple[str, ...]
    lead: tuple[float, float]
    level: float

    def checks(self, model: str | None = None) -> tuple[Check, ...]:
        """What must hold for a model (by title; the best by default) to be believed in the holdout."""
        table = self.holdout.set_index("model")
        own, mean, nbd = table.loc[model or self.models[0]], table.loc[HISTORICAL_MEAN], table.loc[NBD_MODEL.title]
        advice = "A baseline does as well: do not rank customers by this model."
        found = [Check("mean absolute error", bool(own.mae < mean.mae), float(own.mae),
                       f"< {number(mean.mae)}, that of the historical mean", advice)]  # fmt: skip
        if own.name != NBD_MODEL.title:
            found += [
                Check("mean absolute error", bool(own.mae < nbd.mae), float(own.mae),
                      f"< {number(nbd.mae)}, that of buyers who never leave", advice),
                Check("log score", bool(own.log_score > nbd.log_score), float(own.log_score),
                      f"> {number(nbd.log_score)}, that of buyers who never leave", advice),
            ]  # fmt: skip
        reach = max(NEAR, 3 * float(np.sqrt(self.level * (1 - self.level) / self.summary.n_customers)))
        found += [
            Check(
                "actual total", bool(own.low <= own.actual <= own.high), count(own.actual),
                f"within {count(own.low)} and {count(own.high)}",
                "The period differs from the one the model saw, or the model misses something all customers share.",
            ),
            Check(
                "coverage of customers' intervals", bool(abs(own.coverage - self.level) <= reach),
                share(own.coverage, digits=1), f"within {share(reach, digits=1)} of {share(self.level)}",
                "Intervals of single customers are too narrow or too wide.",
            ),
            Check(
                "largest k̂ of leave-one-out", bool(own.k_hat < K_HAT_LIMIT), float(own.k_hat), f"< {K_HAT_LIMIT}",
                "A single customer moves the fit: look at the heaviest buyers.",
            ),
        ]  # fmt: skip
        return tuple(found)

    def findings(self) -> tuple[Finding, ...]:
        """Four findings: cltv.holdout, cltv.calibration, cltv.tracking and cltv.pit, each with its picture."""
        return self._holdout(), self._calibration(), self._tracking(), self._pit()

    @property
    def _caption(self) -> str:
        s = self.summary
        return f"n = {count(s.n_customers)} customers, seen {s.period}, holdout {s.holdout:g} {s.time_unit}s to {s.holdout_end:%d %b %Y}."

    def _holdout(self) -> Finding:
        s, table, best = self.summary, self.holdout, self.models[0]
        own = table.set_index("model").loc[best]
        unit = f"{s.holdout:g} {s.time_unit}s"
        wrong = f"{share(abs(own.error))} too {'few' if own.error < 0 else 'many'}"
        text = [
            f"In the {unit} to {s.holdout_end:%d %b %Y}, {count(s.n_customers)} customers made {count(own.actual)} purchases; {best} expected "
            f"{count(own.predicted)} {interval(count(own.low), count(own.high), level=self.level)}, {wrong}.",
            f"Its mean absolute error a customer is {number(own.mae)}, against "
            + " and ".join(f"{number(r.mae)} for {_inside(r.model)}" for r in self._baselines().itertuples())
            + f"; its correlation with what came is {number(own.correlation)}.",
        ]
        title = f"{best} foresees the holdout, {wrong} in total"
        if len(self.models) > 1:
            gap, error = self.lead
            clear = gap > 2 * error
            second = self.models[1]
            title = (
                f"{best} foresees the holdout best"
                if clear
                else f"{best} and {second} foresee the holdout equally well"
            )
            text.append(
                f"Its log score is {number(gap)} a customer above that of {second} (standard error {number(error)}): "
                + ("a clear lead." if clear else "a difference within error, so other reasons may choose between them.")
            )
        k = Key(f"{'+' if own.error > 0 else '−'}{share(abs(own.error))}",
                f"error of the total of {best} over {unit} nobody fitted to (n = {count(s.n_customers)} customers)")  # fmt: skip
        counts = ("actual", "predicted", "low", "high")
        return Finding(
            name="cltv.holdout",
            title=title,
            text=" ".join(text),
            table=table,
            units={c: "count" for c in counts} | {"error": "share", "coverage": "share"},
            monte_carlo_error=self.errors["holdout"],
            checks=self.checks(),
            draw=lambda ax: _draw("draw_holdout", ax, table),
            caption=(
                f"{self._caption} Low and high: {self.level * 100:g} % predictive interval of the total. Coverage: share of customers "
                "in the central interval of their count, a count at its edge counted in part, so that a right model has "
                f"{self.level * 100:g} %. Log score: mean log probability of the counts that came. ELPD: expected log density of "
                "the observed period with one customer (not one row of like customers) left out."
            ),
            keys=(k,),
        )

    def _calibration(self) -> Finding:
        table, best = self.calibration, self.models[0]
        own = table[table["model"] == best]
        inside = ((own.predicted_low <= own.actual_high) & (own.actual_low <= own.predicted_high)).sum()
        worst = own.iloc[int(np.argmax(np.abs(own.actual - own.predicted) * own.customers))]
        shown = table[table["model"].isin(self.models)]
        return Finding(
            name="cltv.calibration",
            title=f"{best} meets {inside} of {len(own)} groups of customers by earlier purchases",
            text=(
                f"Predicted and actual mean purchases agree within their {self.level * 100:g} % intervals in {inside} of {len(own)} "
                f"groups by earlier repeat purchases; most purchases are missed where there were {worst.frequency}: "
                f"{number(worst.actual)} a customer came, {best} expected {number(worst.predicted)} "
                f"(n = {count(worst.customers)} customers)."
            ),
            table=table,
            units={"customers": "count"},
            monte_carlo_error=self.errors["calibration"],
            draw=lambda ax: _draw("draw_calibration", ax, shown),
            caption=(
                f"{self._caption} Means a customer; intervals {self.level * 100:g} %: of the actual mean by its standard error, of the "
                "prediction by the uncertainty of the parameters."
            ),
        )  # fmt: skip

    def _tracking(self) -> Finding:
        table, best, s = self.tracking, self.models[0], self.summary
        own = table[table["model"] == best]
        ahead = own[own["holdout"]]
        kept = ((ahead.low_period <= ahead.actual_period) & (ahead.actual_period <= ahead.high_period)).sum()
        last = own.iloc[-1]
        step = "week" if s.grain == "day" else s.grain
        counts = [c for c in table.columns if c.split("_")[0] in ("actual", "expected", "low", "high")]
        return Finding(
            name="cltv.tracking",
            title=f"{kept} of {len(ahead)} {step}s of the holdout fall within the band of {best}",
            text=(
                f"{kept} of {len(ahead)} {step}s of the holdout fall within the {self.level * 100:g} % band of {best}. By the end, "
                f"customers acquired by {s.observation_end:%d %b %Y} had made {count(last.actual_cumulative)} repeat purchases; "
                f"{count(last.expected_cumulative)} were expected "
                f"{interval(count(last.low_cumulative), count(last.high_cumulative), level=self.level)}."
            ),
            table=table,
            units={c: "count" for c in counts} | {"time": f"{s.time_unit}s"},
            monte_carlo_error=self.errors["tracking"],
            draw=lambda ax: _draw("draw_tracking", ax, table, time_unit=s.time_unit),
            caption=(
                f"{self._caption} Expected of new customers from the day they were acquired, without their histories. Bands "
                f"({self.level * 100:g} %): what as many other customers of the same kind would do, by draws of the parameters and the "
                "simulated spread between customers; before the holdout they check the fit, in it they forecast."
            ),
        )

    def _pit(self) -> Finding:
        table, best = self.pit, self.models[0]
        own = table[table["model"] == best]
        out = int(((own.share < own.band_low) | (own.share > own.band_high)).sum())
        ks = float(self.holdout.set_index("model").loc[best].pit_ks)
        return Finding(
            name="cltv.pit",
            title=f"Outcomes lie where {best} put them, within {share(ks, digits=1)}",
            text=(
                f"Of {len(own)} equal slices of {best}'s predictions, {out} hold more or fewer outcomes than chance allows; no share of "
                f"customers below a point of the prediction is off by more than {share(ks, digits=1)}."
            ),
            table=table,
            units={c: "share" for c in ("share", "band_low", "band_high")},
            monte_carlo_error=self.errors["pit"],
            draw=lambda ax: _draw("draw_pit", ax, own),
            caption=(
                f"{self._caption} Probability integral transform of counts, each spread evenly over its step (not randomised); "
                f"band: {self.level * 100:g} % of histograms under a right model."
            ),
        )

    def _baselines(self) -> pd.DataFrame:
        names = [HISTORICAL_MEAN, *([NBD_MODEL.title] if self.models[0] != NBD_MODEL.title else [])]
        return self.holdout[self.holdout["model"].isin(names)]


def validate(
    posteriors: Sequence[Posterior],
    summary: Summary,
    *,
    draws: int = 400,
    level: float = 0.9,
    rng: np.random.Generator | int = 1,
) -> Validation:
    """Compare models with what came after the split, with each other and with baselines.

    Parameters
    ----------
    posteriors : fitted to ``summary.rows`` (or those pooled), one a model; NBD is fitted here when it is not among them
    summary : with a holdout
    draws : posterior draws used, equally weighted
    level : coverage of every interval

    Raises
    ------
    ParameterError : the summary has no holdout, there is no posterior or two of one model, or a posterior was fitted to other
        customers or another period (one that includes the holdout, say).

    Notes
    -----
    Everything is computed on distinct rows and distinct (row, holdout count) pairs. Counts are scored by their exact predictive
    probabilities given each draw, averaged over draws, so no count that came has probability 0.
    """
    cells = holdout_cells(summary)
    _accept(posteriors, summary, draws, level)
    rng = np.random.default_rng(rng)
    posteriors = list(posteriors)
    titles = [p.model.title for p in posteriors]
    if NBD_MODEL.title not in titles:
        pooled = all(len(p.groups) == 1 for p in posteriors)
        posteriors.append(fit(NBD_MODEL, summary.rows.pooled() if pooled else summary.rows, rng=rng))
    actual = float((cells["count"] * cells["customers"]).sum())
    outcomes, loos, tables, errors = {}, {}, {}, {}
    for posterior in posteriors:
        model, theta = posterior.model, posterior.draws(draws, rng)
        one_group = Rows(summary.rows.columns, summary.rows.weight, np.zeros_like(summary.rows.group))
        outcomes[model.title] = predict_holdout(model, theta, summary, cells)
        loos[model.title] = leave_one_out(model, theta, summary.rows if theta.shape[2] > 1 else one_group)
        if model.title in titles:
            tables[model.title], errors[model.title] = track_expected(model, theta, summary, level=level, rng=rng)
    outcomes[HISTORICAL_MEAN] = Predicted(historical_mean(summary.rows, summary.holdout)[None])
    records, record_errors = zip(
        *[
            _record(name, each, loos.get(name), loos, summary, cells, actual, level)
            for name, each in outcomes.items()
        ],
        strict=True,
    )  # fmt: skip
    holdout = pd.DataFrame(records)
    scored = holdout[holdout["model"].isin(titles)].sort_values("log_score", ascending=False, kind="stable")
    best = tuple(scored["model"])
    calibration, calibration_errors = _calibrate(outcomes, summary, cells, level)
    histogram, histogram_errors = _histogram(outcomes, cells, level)
    seen = track_actual(summary)
    tracking = pd.concat([pd.concat([seen.assign(model=m), tables[m]], axis=1) for m in best], ignore_index=True)
    order = ["model", *[c for c in tracking.columns if c != "model"]]
    return Validation(
        summary=summary,
        holdout=holdout,
        calibration=calibration,
        tracking=tracking[order],
        pit=histogram,
        errors={
            "holdout": pd.DataFrame(record_errors),
            "calibration": calibration_errors,
            "tracking": pd.concat([errors[m] for m in best], ignore_index=True),
            "pit": histogram_errors,
        },
        models=best,
        lead=_lead(outcomes, best, cells),
        level=level,
    )


def score_at(model: BuyTillYouDie, theta: Sequence[float], summary: Summary, *, level: float = 0.9) -> dict[str, float]:
    """Holdout scores at given parameters, as published tables have them.

    Parameters
    ----------
    theta : natural parameters, in the order of ``model.parameters``

    Returns
    -------
    dict: actual, predicted (totals), mae, rmse, correlation, log_score, coverage, pit_ks

    Raises
    ------
    ParameterError : the summary has no holdout.
    """
    cells = holdout_cells(summary)
    found = predict_holdout(model, np.asarray(theta, dtype=float)[:, None, None], summary, cells)
    return {
        "actual": float((cells["count"] * cells["customers"]).sum()),
        "predicted": float(found.expected.sum()),
        **measures(found, summary, cells, level=level),
    }


def _accept(posteriors, summary: Summary, draws: int, level: float) -> None:
    if not posteriors:
        raise ParameterError("there is no posterior to validate.", expected="one or more, each of another model")
    if draws < 2 or not 0 < level < 1:
        raise ParameterError(f"draws = {draws}, level = {level}.", expected="draws ≥ 2 and 0 < level < 1")
    titles = [p.model.title for p in posteriors]
    if len(set(titles)) < len(titles):
        raise ParameterError(f"models are given twice: {', '.join(titles)}.", expected="one posterior a model")
    for p in posteriors:
        if not isinstance(p.model, BuyTillYouDie):
            raise ParameterError(f"{p.model.title} does not forecast purchases.", expected="models of repeat buying")
        same = p.rows.customers == summary.rows.customers and all(
            np.isclose(p.rows.mean(c), summary.rows.mean(c)) for c in summary.rows.columns
        )
        if not same or len(p.groups) > 1 and p.groups != summary.rows.groups:
            raise ParameterError(
                f"the posterior of {p.model.title} was fitted to other customers, segments or another period "
                f"({count(p.rows.customers)} customers, mean T {number(p.rows.mean('T'))}; the summary has "
                f"{count(summary.n_customers)}, {number(summary.rows.mean('T'))}).",
                expected="a fit to what the summary holds before the split",
                mend="fit(model, summary.rows)",
            )


def _record(name, outcome: Predicted, loo: LeaveOneOut | None, loos, summary, cells, actual, level):
    """A row of the holdout table, and its Monte-Carlo errors."""
    record = {"model": name, "actual": actual}
    error = {}
    if outcome.expected is None:
        total = float(outcome.mean[0] @ summary.rows.weight)
        record |= {"predicted": total, "low": np.nan, "high": np.nan, "error": total / actual - 1 if actual else np.nan}
    else:
        expected, chance = outcome.expected.sum(0), outcome.variance.sum(0)
        low, high = with_chance(expected, chance, level)
        mean = expected.mean()
        record |= {"predicted": mean, "low": low, "high": high, "error": mean / actual - 1 if actual else np.nan}
        parts = batched(len(expected))
        ends = np.array([with_chance(expected[b], chance[b], level) for b in parts])
        error["predicted"] = batch_error([expected[b].mean() for b in parts])
        error |= {"low": batch_error(ends[:, 0]), "high": batch_error(ends[:, 1])}
        error["error"] = error["predicted"] / actual if actual else np.nan
    record |= dict.fromkeys(_SCORES, np.nan) | measures(outcome, summary, cells, level=level)
    batches = [measures(outcome.batch(slice(i, i + 1)), summary, cells, level=level) for i in range(len(outcome.mean))]
    if len(batches) > 1:
        error |= {k: batch_error([b[k] for b in batches]) for k in batches[0]}
    if loo is None:
        record |= dict.fromkeys(("elpd_loo", "elpd_loo_se", "elpd_difference", "elpd_difference_se", "k_hat"), np.nan)
    else:
        best = max(loos.values(), key=lambda each: each.total)
        difference = loo.values - best.values
        record |= {
            "elpd_loo": loo.total,
            "elpd_loo_se": loo.standard_error,
            "elpd_difference": float(loo.weight @ difference),
            "elpd_difference_se": spread_over_customers(difference, loo.weight),
            "k_hat": loo.k_hat,
        }
        error |= {
            "elpd_loo": loo.error,
            "elpd_difference": 0.0 if loo is best else float(np.hypot(loo.error, best.error)),
        }
    return record, error


def _calibrate(outcomes: dict[str, Predicted], summary: Summary, cells: pd.DataFrame, level: float):
    """Actual and predicted mean purchases by frequency; the table and its Monte-Carlo errors."""
    from scipy.stats import norm

    rows = summary.rows
    group = frequency_group(rows["frequency"])
    people = np.bincount(group, weights=rows.weight, minlength=MOST_FREQUENT + 1)
    filled = np.flatnonzero(people)
    of_cell, weight, counts = group[cells["row"]], cells["customers"].to_numpy(float), cells["count"].to_numpy(float)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.bincount(of_cell, weights=weight * counts, minlength=len(people)) / people
        square = np.bincount(of_cell, weights=weight * (counts - mean[of_cell]) ** 2, minlength=len(people))
        error = np.where(people > 1, np.sqrt(square / (people - 1) / people), np.nan)
    reach = norm.ppf((1 + level) / 2) * error
    base = pd.DataFrame(
        {
            "frequency": [f"{g}" if g < MOST_FREQUENT else f"{g}+" for g in range(len(people))],
            "customers": people.astype(int),
            "actual": mean,
            "actual_error": error,
            "actual_low": np.maximum(mean - reach, 0),
            "actual_high": mean + reach,
        }
    ).iloc[filled]
    tail = (1 - level) / 2
    parts, errors = [], []
    for name, outcome in outcomes.items():
        if outcome.expected is None:
            total = np.bincount(group, weights=rows.weight * outcome.mean[0], minlength=len(people))
            predicted = {"predicted": total[filled] / people[filled], "predicted_low": np.nan, "predicted_high": np.nan}
            errors.append(pd.DataFrame(np.nan, index=filled, columns=list(predicted)))
        else:
            each = (outcome.expected[filled] / people[filled, None]).T
            low, high = np.quantile(each, (tail, 1 - tail), axis=0)
            predicted = {"predicted": each.mean(0), "predicted_low": low, "predicted_high": high}
            cut = [each[b] for b in batched(len(each))]
            ends = np.array([np.quantile(b, (tail, 1 - tail), axis=0) for b in cut])
            errors.append(
                pd.DataFrame(
                    {
                        "predicted": batch_error([b.mean(0) for b in cut]),
                        "predicted_low": batch_error(ends[:, 0]),
                        "predicted_high": batch_error(ends[:, 1]),
                    }
                )
            )
        parts.append(base.assign(model=name, **predicted))
    table = pd.concat(parts, ignore_index=True)
    return table[["model", *[c for c in table.columns if c != "model"]]], pd.concat(errors, ignore_index=True)


def _histogram(outcomes: dict[str, Predicted], cells: pd.DataFrame, level: float):
    """PIT histogram of every model with a distribution; the table and its Monte-Carlo errors."""
    from scipy.stats import norm

    edges = np.linspace(0, 1, BINS + 1)
    weight = cells["customers"].to_numpy(float)
    n = weight.sum()
    tables, errors = [], []
    for name, outcome in outcomes.items():
        if outcome.at is None:
            continue
        at, below = outcome.at.mean(0), outcome.below.mean(0)
        # what one customer adds to each bar: its spread says how far chance moves the bar
        own = np.diff(np.clip((edges[:, None] - below) / np.maximum(at, 1e-300), 0, 1), axis=0)
        found = own @ weight / n
        reach = norm.ppf((1 + level) / 2) * np.sqrt(np.square(own - found[:, None]) @ weight / n / n)
        tables.append(
            pd.DataFrame(
                {
                    "model": name, "low": edges[:-1], "high": edges[1:], "share": found,
                    "band_low": np.maximum(1 / BINS - reach, 0), "band_high": 1 / BINS + reach,
                }
            )
        )  # fmt: skip
        batches = [np.diff(pit(outcome.batch(slice(i, i + 1)), cells, edges)) for i in range(len(outcome.at))]
        errors.append(pd.DataFrame({"share": batch_error(batches)}))
    return pd.concat(tables, ignore_index=True), pd.concat(errors, ignore_index=True)


def _lead(outcomes: dict[str, Predicted], best: Sequence[str], cells: pd.DataFrame) -> tuple[float, float]:
    """Mean difference in log score of the two best, a customer, and its standard error."""
    if len(best) < 2:
        return np.nan, np.nan
    weight = cells["customers"].to_numpy(float)
    difference = log_probability(outcomes[best[0]]) - log_probability(outcomes[best[1]])
    n = weight.sum()
    return float(weight @ difference / n), spread_over_customers(difference, weight) / n


def _inside(name: str) -> str:
    """A title within a sentence."""
    return {HISTORICAL_MEAN: "the historical mean", NBD_MODEL.title: "buyers who never leave (NBD)"}.get(name, name)


def _draw(name: str, ax, table: pd.DataFrame, **options):
    from cxlab.cltv import charts

    return getattr(charts, name)(ax, table, **options)
