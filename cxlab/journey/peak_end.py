"""Peak–end against mean: which memory of a journey says more about what the customer did next."""

from __future__ import annotations

import ibis
import numpy as np
import pandas as pd
from ibis import _
from scipy.special import expit, xlogy
from scipy.stats import t

from cxlab.errors import DataError, ParameterError
from cxlab.finding import Check, Finding
from cxlab.journey.groups import customer_group
from cxlab.journey.log import Log
from cxlab.journey.times import seconds
from cxlab.wording import count, interval, number, share

#: groups of customers that are left out together, and how many of them make a fold
_GROUPS, _FOLDS = 64, 8
#: predictors and the columns they use
PREDICTORS = {
    "mean": ("mean",),
    "peak–end": ("peak_end",),
    "peak": ("peak",),
    "end": ("end",),
    "peak and end": ("peak", "end"),
}
#: above this correlation two predictors say the same
_ALIKE = 0.97


def journey_emotions(
    log: Log, *, outcome: str | ibis.Table = "converted", within_days: float = 90.0, least_contacts: int = 2
) -> pd.DataFrame:
    """Mean, peak and end emotion of journeys with their outcome, counted by distinct value in the engine.

    Parameters
    ----------
    outcome : "converted" (the journey reached the goal: emotions before the first contact with it count), "came_back"
        (the customer began another journey within `within_days`: a log with per="session"; journeys that ended later
        than that before the end of the log are left out), or a table with customer_id, rating and, where known,
        timestamp: the latest rating of each customer, emotions before it count
    least_contacts : journeys with fewer emotions are left out (of a single contact, mean, peak and end are the same)

    Returns
    -------
    DataFrame, a row a distinct value: group (of customers, 0 … 63), mean (to 0.05; its own mean in the row), peak (the
    most extreme emotion, the latest of those), end (the last), outcome, journeys

    Raises
    ------
    DataError : the log has no emotion; ratings have no customer.
    ParameterError : the outcome cannot be made of this log.
    """
    if not log.has("emotion"):
        raise DataError("the log has no emotion.", expected="a column from −2 to +2", mend="Columns(emotion=…)")
    keys = ["customer_id", "journey"]
    events = log.events
    if isinstance(outcome, str) and outcome == "converted":
        if not log.goal:
            raise DataError("the log has no goal.", expected="what counts as conversion", mend="read_log(…, goal=…)")
        reached = events.touchpoint.isin(sorted(log.goal))
        ends = events.group_by(keys).agg(outcome=reached.max().cast("float64"))
        # contacts from the first one with the goal on come with the outcome or after it, and must not predict it
        events = log.before_goal
    elif isinstance(outcome, str) and outcome == "came_back":
        if log.per != "session":
            raise ParameterError(
                "outcome='came_back' needs journeys that end.", expected="a journey a session",
                mend="read_log(…, per=\"session\")",
            )  # fmt: skip
        at = seconds(events["at"])
        spans = events.group_by(keys).agg(begun=at.min(), over=at.max())
        order = ibis.window(group_by="customer_id", order_by="journey")
        spans = spans.mutate(again=_.begun.lead().over(order) - _.over)
        seen = spans.over <= _seconds(log.end) - within_days * 86_400
        back = (spans.again <= within_days * 86_400).fill_null(False).cast("float64")
        ends = spans.mutate(outcome=back).filter(seen).select(*keys, "outcome")
    elif isinstance(outcome, ibis.Table):
        ratings, timed = outcome, "timestamp" in outcome.columns
        for need in ("customer_id", "rating"):
            if need not in ratings.columns:
                raise DataError(f"the ratings have no column {need!r} (columns: {', '.join(ratings.columns)}).")
        ratings = ratings.filter(_.rating.notnull()).mutate(customer_id=_.customer_id.cast("string"))
        if timed:
            ends = ratings.group_by("customer_id").agg(
                outcome=_.rating.argmax(_.timestamp).cast("float64"),
                until=seconds(ratings.timestamp.cast("timestamp")).max(),
            )
            events = events.join(ends.select("customer_id", "until"), "customer_id")
            events = events.filter(seconds(events["at"]) < _.until).drop("until")
        else:
            ends = ratings.group_by("customer_id").agg(outcome=_.rating.mean().cast("float64"))
        keys = ["customer_id"]
        ends = ends.select(*keys, "outcome")
    else:
        raise ParameterError(
            f"outcome = {outcome!r}.", expected='"converted", "came_back" or a table with customer_id and rating'
        )
    felt = events.filter(_.emotion.notnull()).mutate(place=_.journey * 1_000_000 + _.step)
    felt = felt.group_by(keys).agg(
        n=_.count(), mean=_.emotion.mean(), end=_.emotion.cast("float64").argmax(_.place),
        peak=_.emotion.cast("float64").argmax(_.emotion.cast("float64").abs() * 1e12 + _.place),
    ).filter(_.n >= least_contacts)  # fmt: skip
    joined = felt.join(ends, keys)
    joined = joined.mutate(
        group=customer_group(joined.customer_id) % _GROUPS, step=(_.mean * 20).round(), peak=(_.peak * 4).round() / 4,
        end=(_.end * 4).round() / 4,
    )  # fmt: skip
    by = ["group", "step", "peak", "end", "outcome"]
    table = joined.group_by(by).agg(mean=_.mean.mean(), journeys=_.count()).execute()
    return table.sort_values(by, ignore_index=True)[["group", "mean", "peak", "end", "outcome", "journeys"]]


def peak_end(
    log: Log,
    *,
    outcome: str | ibis.Table = "converted",
    within_days: float = 90.0,
    least_contacts: int = 2,
    level: float = 0.9,
) -> Finding:
    """Whether the peak and the end of a journey predict its outcome better than the mean of it.

    Parameters
    ----------
    log, outcome, within_days, least_contacts : see `journey_emotions`
    level : coverage of the intervals

    Returns
    -------
    Finding "journey.peak_end", a row a predictor (mean, peak–end: the average of both, peak, end, peak and end):
    predictor, journeys, explained, low, high (share of the outcome's uncertainty it takes away from journeys it was not
    fitted on: of log loss for yes or no, of squared error for a rating), difference, difference_low, difference_high
    (to the mean)

    Notes
    -----
    Logistic or linear regression, fitted on seven eighths of the customers and tried on the rest in turn. Intervals are
    made of 64 groups into which the hash of their ids deals the customers: losses of a customer's journeys stay
    together, and no sampling error is added. Sources: Kahneman, Fredrickson, Schreiber & Redelmeier (1993), When
    more pain is preferred to less, Psychological Science 4(6), for the rule; Wolter (2007), Introduction to Variance
    Estimation, chapter 2, for random groups.
    """
    rows = journey_emotions(log, outcome=outcome, within_days=within_days, least_contacts=least_contacts)
    rows = rows.assign(peak_end=(rows["peak"] + rows["end"]) / 2)
    n = int(rows["journeys"].sum())
    values = rows.groupby("outcome")["journeys"].sum()
    yes_or_no = set(values.index) <= {0.0, 1.0}
    if len(values) < 2 or rows["group"].nunique() < 2 * _FOLDS:
        raise DataError(
            f"{count(n)} journeys with {least_contacts} or more emotions before the outcome, "
            f"{count(len(values))} different outcomes: nothing to compare.",
            expected=f"two outcomes, and customers in at least {2 * _FOLDS} of {_GROUPS} groups",
        )
    losses = {name: _held_out(rows, list(columns), yes_or_no) for name, columns in PREDICTORS.items()}
    base = _held_out(rows, [], yes_or_no)
    table = pd.DataFrame([_compare(name, losses, base, rows, level) for name in PREDICTORS])
    table.insert(1, "journeys", n)
    best = table.set_index("predictor").loc["peak–end"]
    verdict = _verdict(best.difference_low, best.difference_high)
    kind = _kind(outcome, within_days)
    told = table["high"].max() > 0 and (table["low"] > 0).any()
    mean = table.iloc[0]
    fewest = float(values.min()) if yes_or_no else float(n)
    alike = _correlation(rows)
    timed = not isinstance(outcome, ibis.Table) or "timestamp" in outcome.columns
    unit = "log loss" if yes_or_no else "squared error"
    return Finding(
        name="journey.peak_end",
        title=f"Peak and end {verdict}" if told else f"Emotion does not tell {kind}, whether mean or peak and end",
        text=(
            f"In {count(n)} journeys with {least_contacts} or more emotions before the outcome, {log.period}, the mean "
            f"of emotion takes away {_of(mean.explained, mean.low, mean.high, level)} of the uncertainty ({unit}) "
            f"about {kind}, and the average of peak and end {_of(best.explained, best.low, best.high, level)}. "
            f"Peak–end less mean: {_gap(best, level)}. Peak and end {verdict}."
        ),
        table=table,
        units={"journeys": "count"} | dict.fromkeys(table.columns[2:], "share"),
        checks=(
            *log.checks,
            Check("journeys of the rarer outcome" if yes_or_no else "journeys", fewest >= 50, count(fewest), "≥ 50",
                  "Too few to tell predictors apart."),
            Check("correlation of mean and peak–end", alike <= _ALIKE, number(alike), f"≤ {_ALIKE}",
                  "They say the same in these journeys, so neither can win."),
            Check("emotions known to precede the outcome", timed, "yes" if timed else "no", "yes",
                  "Give the ratings a timestamp: a rating may colour, or precede, the emotions it is compared with."),
        ),
        draw=lambda ax: _draw(ax, table, kind),
        caption=f"n = {count(n)} journeys, {log.period}; share of {unit} taken away in customers left out, "
        f"{level * 100:g} % intervals.",
    )  # fmt: skip


def _held_out(rows: pd.DataFrame, columns: list[str], yes_or_no: bool) -> np.ndarray:
    """Loss of every row under a model fitted on the other folds, shape (n_rows,)."""
    x = np.column_stack([np.ones(len(rows)), *(rows[c] for c in columns)])
    y, weight = rows["outcome"].to_numpy(float), rows["journeys"].to_numpy(float)
    fold = rows["group"].to_numpy() % _FOLDS
    loss = np.empty(len(rows))
    for k in range(_FOLDS):
        train, test = fold != k, fold == k
        fit = _logistic if yes_or_no else _linear
        line = x[test] @ fit(x[train], y[train], weight[train])
        if yes_or_no:
            p = np.clip(expit(line), 1e-9, 1 - 1e-9)
            loss[test] = -xlogy(y[test], p) - xlogy(1 - y[test], 1 - p)
        else:
            loss[test] = (y[test] - line) ** 2
    return loss


def _linear(x, y, weight):
    return np.linalg.lstsq(x * np.sqrt(weight)[:, None], y * np.sqrt(weight), rcond=None)[0]


def _logistic(x, y, weight):
    """Newton's steps; half a journey of either outcome keeps the constant finite, a faint ridge the slopes.

    >>> x = np.column_stack([np.ones(4), [0, 0, 1, 1]])
    >>> (expit(x @ _logistic(x, np.array([0, 1, 0, 1]), np.array([75., 25, 25, 75])))).round(2).tolist()
    [0.25, 0.25, 0.75, 0.75]
    """
    theta = np.zeros(x.shape[1])
    ridge = np.diag([1e-6] + [0.1] * (x.shape[1] - 1))
    mean = np.clip((weight @ y + 0.5) / (weight.sum() + 1), 1e-9, 1 - 1e-9)
    theta[0] = np.log(mean / (1 - mean))
    for _step in range(50):
        p = expit(x @ theta)
        hessian = (x * (weight * p * (1 - p))[:, None]).T @ x + ridge
        step = np.linalg.solve(hessian, x.T @ (weight * (y - p)) - ridge @ theta)
        theta = theta + np.clip(step, -5, 5)
        if np.abs(step).max() < 1e-9:
            break
    return theta


def _compare(name, losses, base, rows, level) -> dict:
    """What a predictor takes away of the base loss, and how much more than the mean does, with intervals."""
    weight, group = rows["journeys"].to_numpy(float), rows["group"].to_numpy()

    def ratio(gain):
        above, below = (np.bincount(group, weight * v, minlength=_GROUPS) for v in (gain, base))
        value = above.sum() / below.sum()
        filled = np.bincount(group, minlength=_GROUPS) > 0
        k = int(filled.sum())
        residual = (above - value * below)[filled]
        reach = t.ppf((1 + level) / 2, k - 1) * np.sqrt(k / (k - 1) * (residual**2).sum()) / below.sum()
        return value, value - reach, value + reach

    own, more = ratio(base - losses[name]), ratio(losses["mean"] - losses[name])
    names = ("explained", "low", "high", "difference", "difference_low", "difference_high")
    return {"predictor": name} | dict(zip(names, (*own, *more), strict=True))


def _correlation(rows: pd.DataFrame) -> float:
    cov = np.cov(rows["mean"], rows["peak_end"], fweights=rows["journeys"])
    return float(cov[0, 1] / np.sqrt(cov[0, 0] * cov[1, 1])) if cov[0, 0] * cov[1, 1] > 0 else 1.0


def _verdict(low: float, high: float) -> str:
    if low > 0:
        return "predict better than the mean"
    return "predict worse than the mean" if high < 0 else "cannot be told from the mean as predictors"


def _kind(outcome, within_days: float) -> str:
    if isinstance(outcome, str):
        return "who converts" if outcome == "converted" else f"who comes back within {within_days:g} days"
    return "the rating"


def _gap(row, level: float) -> str:
    points = [f"{number(100 * v, digits=2)} points" for v in (row.difference, row.difference_low, row.difference_high)]
    return f"{points[0]} {interval(points[1].removesuffix(' points'), points[2], level=level)}"


def _of(value: float, low: float, high: float, level: float) -> str:
    value, low, high = (share(v, digits=1) for v in (value, low, high))
    return f"{value} {interval(low, high, level=level)}"


def _seconds(moment: pd.Timestamp) -> float:
    return (moment if moment.tzinfo else moment.tz_localize("UTC")).timestamp()


def _draw(ax, table: pd.DataFrame, kind: str):
    from cxlab.journey.charts.emotion import draw_peak_end

    return draw_peak_end(ax, table, outcome=kind)
