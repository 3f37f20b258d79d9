"""Validation in one call: what models said of a period they did not see, beside what came, and beside baselines.

Baselines are in every table: customers who go on at their own past rate (historical mean), and buyers who never leave
(NBD).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cxlab.cltv.baselines import HISTORICAL_MEAN, historical_mean
from cxlab.cltv.comparison import calibration_table, holdout_record, lead_of_best, pit_table
from cxlab.cltv.loo import leave_one_out
from cxlab.cltv.model import BuyTillYouDie
from cxlab.cltv.nbd import NBD_MODEL
from cxlab.cltv.posterior import K_HAT_LIMIT, Posterior, fit
from cxlab.cltv.rows import Rows
from cxlab.cltv.scores import Predicted, holdout_cells, measures, predict_holdout
from cxlab.cltv.summary import Summary
from cxlab.cltv.tracking import track_actual, track_expected
from cxlab.errors import ParameterError
from cxlab.finding import Check, Finding, Key
from cxlab.wording import MINUS, count, interval, number, share

#: a coverage this near its nominal value is near enough, however many customers there are to tell the difference
NEAR = 0.02
#: a total off by so little serves a decision, however narrow its interval
NEAR_TOTAL = 0.1
#: and a group of customers may be off by so much of all purchases
NEAR_GROUP = 0.05


@dataclass(frozen=True)
class Validation:
    """Scores of models and baselines on a holdout.

    Parameters
    ----------
    holdout : a row a model: model, actual, predicted, low, high (total purchases; predictive interval), error (of the
        total, share), mae, rmse, correlation, log_score, coverage, pit_ks (over customers, see `scores.measures`),
        elpd_loo, elpd_loo_se, elpd_difference (to the best, with its standard error elpd_difference_se), k_hat; what a
        point forecast cannot have is missing
    calibration : a row a model and frequency ("0" … "6", "7+"): customers, and means a customer: actual, actual_error
        (standard error), actual_low, actual_high, predicted, predicted_low, predicted_high
    tracking : a row a model and step of time: columns of `tracking.track_actual` and `tracking.track_expected`
    pit : a row a model and tenth of the prediction: low, high (edges), share (of customers), band_low, band_high
    errors : Monte-Carlo errors, a DataFrame for each of these by name, of the sampled columns
    models : titles of the fitted models, best log score first; NBD only when it was given
    lead : mean difference in log score of the best to the second, a customer, and its standard error (NaN for a
        single model)
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
        found = [
            Check(
                "mean absolute error beside the historical mean", bool(own.mae < mean.mae), float(own.mae),
                f"< {number(mean.mae)}", advice,
            )
        ]  # fmt: skip
        if own.name != NBD_MODEL.title:
            found += [
                Check(
                    "mean absolute error beside buyers who never leave", bool(own.mae < nbd.mae), float(own.mae),
                    f"< {number(nbd.mae)}", advice,
                ),
                Check(
                    "log score beside buyers who never leave", bool(own.log_score > nbd.log_score),
                    number(own.log_score), f"> {number(nbd.log_score)}", advice,
                ),
            ]  # fmt: skip
        reach = max(NEAR, 3 * float(np.sqrt(self.level * (1 - self.level) / self.summary.n_customers)))
        found += [
            Check(
                "error of the holdout total",
                bool(own.low <= own.actual <= own.high or abs(own.error) <= NEAR_TOTAL),
                share(own.error, digits=1),
                f"within ±{share(NEAR_TOTAL)}, or the total within its interval",
                "The period differs from the one the model saw, or the model misses something all customers share.",
            ),
            self._worst_group(own.name),
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

    def _worst_group(self, model: str) -> Check:
        """How much of all purchases the forecast of one frequency group misses: a small group may be off by more."""
        table = self.calibration[self.calibration["model"] == model]
        missed = (table["predicted"] - table["actual"]) * table["customers"]
        worst = table.loc[missed.abs().idxmax()]
        part = float(missed[worst.name] / max((table["actual"] * table["customers"]).sum(), 1e-12))
        return Check(
            "largest error of a frequency group, as a share of all purchases",
            abs(part) <= NEAR_GROUP, f"{share(part, digits=1)} (customers of {worst.frequency} repeats)",
            f"within ±{share(NEAR_GROUP)}",
            "The model misjudges customers of that frequency: look at the calibration picture.",
        )  # fmt: skip

    def findings(self) -> tuple[Finding, ...]:
        """Four findings: cltv.holdout, cltv.calibration, cltv.tracking and cltv.pit, each with its picture."""
        return self._holdout(), self._calibration(), self._tracking(), self._pit()

    @property
    def _caption(self) -> str:
        s = self.summary
        until = f"{s.holdout:g} {s.time_unit}s to {s.holdout_end:%d %b %Y}"
        return f"n = {count(s.n_customers)} customers, seen {s.period}, holdout {until}."

    @property
    def _percent(self) -> str:
        return f"{self.level * 100:g} %"

    def _of_best(self, table: pd.DataFrame) -> pd.DataFrame:
        return table[table["model"] == self.models[0]]

    def _holdout(self) -> Finding:
        s, table, best = self.summary, self.holdout, self.models[0]
        own = self._of_best(table).iloc[0]
        unit = f"{s.holdout:g} {s.time_unit}s"
        wrong = f"{share(abs(own.error))} too {'few' if own.error < 0 else 'many'}"
        others = " and ".join(f"{number(r.mae)} for {_inside(r.model)}" for r in self._baselines().itertuples())
        title = f"{best} foresees the holdout, {wrong} in total"
        text = [
            f"In the {unit} to {s.holdout_end:%d %b %Y}, {count(s.n_customers)} customers made {count(own.actual)} "
            f"purchases; {best} expected {count(own.predicted)} "
            f"{interval(count(own.low), count(own.high), level=self.level)}, {wrong}.",
            f"Its mean absolute error a customer is {number(own.mae)}, against {others}; its correlation with what "
            f"came is {number(own.correlation)}.",
        ]
        if len(self.models) > 1:
            (gap, error), second = self.lead, self.models[1]
            clear = gap > 2 * error
            title = (
                f"{best} foresees the holdout best, {wrong} in total"
                if clear
                else f"{best} and {second} foresee the holdout equally well, within error"
            )
            text.append(
                f"Its log score is {number(gap)} a customer above that of {second} (standard error {number(error)}): "
                + ("a clear lead." if clear else "a difference within error, so other reasons may choose between them.")
            )
        return Finding(
            name="cltv.holdout",
            title=title,
            text=" ".join(text),
            table=table,
            units=dict.fromkeys(("actual", "predicted", "low", "high"), "count")
            | dict.fromkeys(("error", "coverage", "pit_ks"), "share"),
            monte_carlo_error=self.errors["holdout"],
            checks=self.checks(),
            draw=lambda ax: _draw("draw_holdout", ax, table),
            caption=(
                f"{self._caption} Low and high: {self._percent} predictive interval of the total. Coverage: share of "
                "customers in the central interval of their count, a count at its edge counted in part, so that a "
                f"right model has {self._percent}. Log score: mean log probability of the counts that came. ELPD: "
                "expected log density of the observed period with one customer left out, like customers one by one."
            ),
            keys=(
                Key(
                    f"{'+' if own.error > 0 else MINUS}{share(abs(own.error))}",
                    f"error of the total of {best} over {unit} it was not fitted to "
                    f"(n = {count(s.n_customers)} customers)",
                ),
            ),
        )

    def _calibration(self) -> Finding:
        table, best = self.calibration, self.models[0]
        own = self._of_best(table)
        met = (own.predicted_low <= own.actual_high) & (own.actual_low <= own.predicted_high)
        worst = own.iloc[int(np.argmax(np.abs(own.actual - own.predicted) * own.customers))]
        shown = table[table["model"].isin(self.models)]
        return Finding(
            name="cltv.calibration",
            title=f"{best} meets {met.sum()} of {len(own)} groups of customers by earlier purchases",
            text=(
                f"Predicted and actual mean purchases agree within their {self._percent} intervals in {met.sum()} of "
                f"{len(own)} groups by earlier repeat purchases. The error that adds up to most purchases is at "
                f"{worst.frequency} repeat purchases: {number(worst.actual)} a customer came, {best} expected "
                f"{number(worst.predicted)} (n = {count(worst.customers)} customers)."
            ),
            table=table,
            units={"customers": "count"},
            monte_carlo_error=self.errors["calibration"],
            draw=lambda ax: _draw("draw_calibration", ax, shown),
            caption=(
                f"{self._caption} Means a customer; {self._percent} intervals: of the actual mean by its standard "
                "error, of the prediction by the uncertainty of the parameters."
            ),
        )

    def _tracking(self) -> Finding:
        table, best, s = self.tracking, self.models[0], self.summary
        own = self._of_best(table)
        ahead, last = own[own["holdout"]], own.iloc[-1]
        kept = ((ahead.low_period <= ahead.actual_period) & (ahead.actual_period <= ahead.high_period)).sum()
        step = "week" if s.grain == "day" else s.grain
        counts = [c for c in table.columns if c.split("_")[0] in ("actual", "expected", "low", "high")]
        return Finding(
            name="cltv.tracking",
            title=f"{kept} of {len(ahead)} {step}s of the holdout fall within the band of {best}",
            text=(
                f"{kept} of {len(ahead)} {step}s of the holdout fall within the {self._percent} band of {best}. By the "
                f"end, customers acquired by {s.observation_end:%d %b %Y} had made {count(last.actual_cumulative)} "
                f"repeat purchases; {count(last.expected_cumulative)} were expected "
                f"{interval(count(last.low_cumulative), count(last.high_cumulative), level=self.level)}."
            ),
            table=table,
            units=dict.fromkeys(counts, "count") | {"time": f"{s.time_unit}s"},
            monte_carlo_error=self.errors["tracking"],
            draw=lambda ax: _draw("draw_tracking", ax, table, time_unit=s.time_unit),
            caption=(
                f"{self._caption} Expected of new customers from the day they were acquired, without their histories. "
                f"{self._percent} bands: what as many other customers of the same kind would do, by draws of the "
                "parameters and the simulated spread between customers; before the holdout they check the fit, in it "
                "they forecast."
            ),
        )

    def _pit(self) -> Finding:
        table, best = self.pit, self.models[0]
        own = self._of_best(table)
        out = int(((own.share < own.band_low) | (own.share > own.band_high)).sum())
        off = share(float(self._of_best(self.holdout).pit_ks.iloc[0]), digits=1)
        return Finding(
            name="cltv.pit",
            title=f"Outcomes lie where {best} put them, within {off} of customers"
            + (f"; {out} of {len(own)} slices are further off than chance" if out else ""),
            text=(
                f"Of {len(own)} equal slices of {best}'s predictions, {out} hold more or fewer outcomes than chance "
                f"allows; below any point of the predictions, the share of outcomes is at most {off} from what it "
                f"should be (n = {count(self.summary.n_customers)} customers)."
            ),
            table=table,
            units=dict.fromkeys(("share", "band_low", "band_high"), "share"),
            monte_carlo_error=self.errors["pit"],
            draw=lambda ax: _draw("draw_pit", ax, own),
            caption=(
                f"{self._caption} Probability integral transform of counts, each spread evenly over its step (not "
                f"randomised); band: {self._percent} of histograms under a right model."
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
    ParameterError : the summary has no holdout, there is no posterior or two of one model, or a posterior was fitted
        to other customers or another period (one that includes the holdout, say).

    Notes
    -----
    Everything is computed on distinct rows and distinct (row, holdout count) pairs. Counts are scored by their exact
    predictive probabilities given each draw, averaged over draws, so no count that came has probability 0.
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
            holdout_record(name, each, loos.get(name), loos, summary, cells, actual, level)
            for name, each in outcomes.items()
        ],
        strict=True,
    )  # fmt: skip
    holdout = pd.DataFrame(records)
    scored = holdout[holdout["model"].isin(titles)].sort_values("log_score", ascending=False, kind="stable")
    best = tuple(scored["model"])
    calibration, calibration_errors = calibration_table(outcomes, summary, cells, level)
    histogram, histogram_errors = pit_table(outcomes, cells, level)
    seen = track_actual(summary)
    tracking = pd.concat([pd.concat([seen.assign(model=m), tables[m]], axis=1) for m in titles], ignore_index=True)
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
            "tracking": pd.concat([errors[m] for m in titles], ignore_index=True),
            "pit": histogram_errors,
        },
        models=best,
        lead=lead_of_best(outcomes, best, cells),
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


def _inside(name: str) -> str:
    """A title within a sentence."""
    return {HISTORICAL_MEAN: "the historical mean", NBD_MODEL.title: "buyers who never leave (NBD)"}.get(name, name)


def _draw(name: str, ax, table: pd.DataFrame, **options):
    from cxlab.cltv import charts

    return getattr(charts, name)(ax, table, **options)
