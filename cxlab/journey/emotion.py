"""The emotional curve: how customers feel at every touchpoint, with a band that customers make, not their contacts."""

from __future__ import annotations

import numpy as np
import pandas as pd
from ibis import _
from scipy.stats import chi2, norm, t

from cxlab.errors import DataError, unknown
from cxlab.finding import Check, Finding, Key
from cxlab.intervals import share_interval
from cxlab.journey.intervals import FEW, design_effect
from cxlab.journey.log import Log
from cxlab.wording import count, interval, number, share

#: ends of the scale
LOWEST, HIGHEST = -2, 2
#: customers that the common spread of emotion counts for, beside a touchpoint's own
_PRIOR_CUSTOMERS = 4.0
#: least variance of emotion between customers that is believed: that of rounding to whole points
_ROUNDING = 1 / 12


def emotional_curve(log: Log, *, by_persona: bool = False, pooling: str = "none", level: float = 0.9) -> Finding:
    """How customers feel at each touchpoint, and where it is best, worst and last.

    Parameters
    ----------
    log : with emotion, −2 … +2
    by_persona : a curve for each persona
    pooling : "none"; "stage" or "all": touchpoints with few customers lean towards the mean of their stage, or of all
    level : coverage of the intervals

    Returns
    -------
    Finding "journey.emotion", a row a touchpoint (and persona, first column), in the order of the log: touchpoint,
    stage, customers, contacts (with an emotion), mean, low, high (points); own_mean (before pooling) and shrinkage
    (share of the way to the common mean) where pooled; negative, negative_low, negative_high, positive, positive_low,
    positive_high (shares of contacts), place ("peak", "trough", "end": where most journeys end; joined by "and", or
    ""), few (fewer than 10 customers)

    Raises
    ------
    DataError : the log has no emotion, or one beyond the scale.

    Notes
    -----
    Mean of contacts; customers are independent, contacts of one customer are not, so the variance is that of a ratio of
    sums over customers. With few customers their spread is known badly: it leans towards that of all touchpoints, as if
    it were known from four more customers, and Student's t takes the place of the normal. Sources: Smyth (2004), Linear
    models and empirical Bayes methods, Statistical Applications in Genetics 3(1), section 3, for the spread; Morris
    (1983), Parametric empirical Bayes inference, Journal of the American Statistical Association 78(381), for pooling.

    >>> import ibis
    >>> from cxlab.journey.log import read_log
    >>> contacts = pd.DataFrame({"customer_id": ["a", "a", "b", "b"], "touchpoint": ["Shop", "Till"] * 2,
    ...     "timestamp": pd.date_range("2026-01-01", periods=4), "emotion": [2, -1, 1, 0]})
    >>> emotional_curve(read_log(ibis.memtable(contacts))).table[["touchpoint", "mean", "place"]].values.tolist()
    [['Shop', 1.5, 'peak'], ['Till', -0.5, 'trough and end']]
    """
    if pooling not in ("none", "stage", "all"):
        raise unknown("pooling", pooling, ("none", "stage", "all"))
    cells = emotion_cells(log, by_persona=by_persona)
    table = _curve(cells, log, pooling=pooling, level=level)
    named = table["persona"].unique().tolist() if by_persona else [""]
    curves = [table[table["persona"] == name] if by_persona else table for name in named]
    unsure = [_rivals(own, cells.loc[own.index, "variance"], level=level) for own in curves]
    known = int(cells["contacts"].sum())
    differ = _differ(cells)
    sentences = [
        f"Emotion is known of {count(known)} of {count(log.n_contacts)} contacts of {count(log.n_customers)} "
        f"customers, {log.period}, on a scale from −2 to +2."
    ]
    sentences += [_read(own, rivals, name, level) for own, rivals, name in zip(curves, unsure, named, strict=True)]
    few = int(table["few"].sum())
    if few:
        sentences.append(f"{count(few)} of {count(len(table))} means rest on fewer than {FEW} customers.")
    if pooling != "none":
        sentences.append(
            f"Means lean towards that of {'their stage' if pooling == 'stage' else 'all touchpoints'}, by "
            f"{share(table['shrinkage'].min())} to {share(table['shrinkage'].max())} of the way."
        )
    shares = [c for c in table.columns if c.startswith(("negative", "positive")) or c == "shrinkage"]
    worst = curves[0].loc[curves[0]["place"].str.contains("trough")].iloc[0]
    return Finding(
        name="journey.emotion",
        title=_title(curves, named, differ),
        text=" ".join(sentences),
        table=table.reset_index(drop=True),
        units=dict.fromkeys(["customers", "contacts"], "count")
        | dict.fromkeys(shares, "share")
        | dict.fromkeys([c for c in ("mean", "low", "high", "own_mean") if c in table], "points"),
        checks=(
            *log.checks,
            Check("contacts whose emotion is known", known >= 0.3 * log.n_contacts, share(known / log.n_contacts),
                  "≥ 30 %", "Those who were not asked or did not answer may feel otherwise."),
            Check("touchpoints with 10 customers or more", few <= len(table) / 2, share(1 - few / len(table)), "≥ 50 %",
                  "Read the bands, not the line; or use pooling=\"stage\"."),
        ),
        draw=lambda ax: _draw(ax, table),
        caption=f"n = {count(known)} contacts with an emotion, {log.period}; mean on −2 … +2, {level * 100:g} % "
        "intervals with customers as the unit" + ("" if pooling == "none" else ", partially pooled") + ".",
        keys=(Key(_points(worst["mean"]), f"emotion at {worst.touchpoint}, the lowest, "
                  f"{level * 100:g} % {_points(worst.low)} to {_points(worst.high)} (n = {count(worst.contacts)})"),),
    )  # fmt: skip


def emotion_cells(log: Log, *, by_persona: bool = False) -> pd.DataFrame:
    """What the engine hands over: sums over customers of each touchpoint (and persona), and the spread made of them.

    Returns
    -------
    DataFrame, a row a cell in order of persona and code: persona (code), touchpoint (code), customers, contacts, mean,
    variance (of the mean), df (degrees of freedom), ends (journeys whose last contact it is), and sums over customers
    of negative and positive contacts with their squares and products
    """
    if not log.has("emotion"):
        raise DataError("the log has no emotion.", expected="a column from −2 to +2", mend="Columns(emotion=…)")
    if by_persona and not log.has("persona"):
        raise DataError("the log has no personas.", expected="a column that tells them", mend="read_log(…, persona=…)")
    keys = ["persona", "touchpoint"] if by_persona else ["touchpoint"]
    known = log.events.filter(_.emotion.notnull())
    per_customer = known.group_by([*keys, "customer_id"]).agg(
        n=_.count().cast("float64"), s=_.emotion.sum().cast("float64"), least=_.emotion.min(), most=_.emotion.max(),
        negative=(_.emotion < 0).sum().cast("float64"), positive=(_.emotion > 0).sum().cast("float64"),
    )  # fmt: skip
    sums = {"customers": _.count(), "contacts": _.n.sum(), "s": _.s.sum(), "ss": (_.s * _.s).sum(),
            "sn": (_.s * _.n).sum(), "nn": (_.n * _.n).sum(), "nnn": (_.n * _.n * _.n).sum(),
            "least": _.least.min(), "most": _.most.max()}  # fmt: skip
    for side in ("negative", "positive"):
        x = _[side]
        sums |= {side: x.sum(), f"{side}_squares": (x * x).sum(), f"{side}_products": (x * _.n).sum()}
    cells = per_customer.group_by(keys).agg(**sums).execute()
    if cells.empty:
        raise DataError("no contact of the log has an emotion.", expected="numbers from −2 to +2")
    least, most = float(cells["least"].min()), float(cells["most"].max())
    if least < LOWEST or most > HIGHEST:
        raise DataError(
            f"emotion runs from {number(least)} to {number(most)}.", expected="a scale from −2 to +2, 0 being neutral",
            mend="rescale it: stars 1 … 5 become stars − 3",
        )  # fmt: skip
    last = log.events.filter(_.next_touchpoint.isnull()).group_by(keys).agg(ends=_.count()).execute()
    cells = cells.merge(last, on=keys, how="left").fillna({"ends": 0})
    return _with_spread(cells.sort_values(keys, ignore_index=True))


def _with_spread(cells: pd.DataFrame) -> pd.DataFrame:
    """Mean, variance of the mean and degrees of freedom of every cell, its own spread leaning towards that of all."""
    n, nn = cells["contacts"], cells["nn"]
    mean = cells["s"] / n
    effective = n**2 / nn  # customers, were all to contribute alike
    df = effective * (1 - 2 * cells["nnn"] / (n * nn) + nn / n**2)
    df = df.clip(lower=0.0).where(cells["customers"] > 1, 0.0)
    residual = cells["ss"] - 2 * mean * cells["sn"] + mean**2 * nn
    # between customers at one touchpoint, weighted so that it expects df times their variance
    squares = (effective * residual / nn).clip(lower=0.0)
    common = max(squares.sum() / df.sum() if df.sum() > 0 else 1.0, _ROUNDING)
    spread = (_PRIOR_CUSTOMERS * common + squares) / (_PRIOR_CUSTOMERS + df)
    return cells.assign(mean=mean, variance=spread / effective, df=_PRIOR_CUSTOMERS + df)


def shrunk(mean, variance, group) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Means that lean towards the mean of their group, the more the less is known of them.

    Parameters
    ----------
    mean, variance : of every cell, shape (n,)
    group : which cells have a common mean, shape (n,)

    Returns
    -------
    mean, variance and shrinkage (share of the way to the common mean), shape (n,)

    Notes
    -----
    Spread of cells around their group's mean by DerSimonian & Laird's moments; shrinkage and variance as Morris (1983),
    who allows for the spread and the common mean being estimated. With three cells beyond the groups or fewer nothing
    is pooled.

    >>> means, _, by = shrunk([0., 1, 2, 3, 4], [1., 1, 1, 1, 1], ["a"] * 5)
    >>> means.round(2).tolist(), by.round(2).tolist()
    ([0.4, 1.2, 2.0, 2.8, 3.6], [0.2, 0.2, 0.2, 0.2, 0.2])
    """
    mean, variance = np.asarray(mean, dtype=float), np.asarray(variance, dtype=float)
    code, names = pd.factorize(np.asarray(group))
    df = len(mean) - len(names)
    if df <= 2:
        return mean, variance, np.zeros(len(mean))
    weight = 1 / variance
    between = _spread_between(mean, weight, code)
    inner = 1 / (variance + between)
    total = np.bincount(code, inner)
    common = (np.bincount(code, inner * mean) / total)[code]
    alone = np.bincount(code)[code] == 1
    by = np.where(alone, 0.0, (df - 2) / df * variance / (variance + between))
    posterior = variance * (1 - by) + by**2 * (1 / total)[code] + 2 / (df - 2) * by**2 * (mean - common) ** 2
    return mean + by * (common - mean), posterior, by


def _spread_between(mean, weight, code) -> float:
    total = np.bincount(code, weight)
    common = (np.bincount(code, weight * mean) / total)[code]
    room = (total - np.bincount(code, weight**2) / total).sum()
    excess = (weight * (mean - common) ** 2).sum() - (len(mean) - len(total))
    return max(0.0, float(excess / room)) if room > 0 else 0.0


def _curve(cells: pd.DataFrame, log: Log, *, pooling: str, level: float) -> pd.DataFrame:
    stage = cells["touchpoint"].map(dict(enumerate(log.stage_of)))
    table = pd.DataFrame(
        {"touchpoint": cells["touchpoint"].map(dict(enumerate(log.labels))), "stage": stage,
         "customers": cells["customers"].astype(int), "contacts": cells["contacts"].astype(int)}
    )  # fmt: skip
    if "persona" in cells:
        table.insert(0, "persona", cells["persona"].map(dict(enumerate(log.personas))))
    mean, variance, by = cells["mean"].to_numpy(), cells["variance"].to_numpy(), np.zeros(len(cells))
    if pooling != "none":
        group = stage if pooling == "stage" else pd.Series("", index=cells.index)
        if "persona" in cells:
            group = cells["persona"].astype(str) + " " + group
        mean, variance, by = shrunk(mean, variance, group)
    reach = t.ppf((1 + level) / 2, cells["df"]) * np.sqrt(variance)
    table["mean"] = mean
    table["low"], table["high"] = np.clip(mean - reach, LOWEST, HIGHEST), np.clip(mean + reach, LOWEST, HIGHEST)
    if pooling != "none":
        table["own_mean"], table["shrinkage"] = cells["mean"], by
    for side in ("negative", "positive"):
        effect = design_effect(
            cells[side], cells["contacts"], cells[f"{side}_squares"], cells[f"{side}_products"], cells["nn"]
        )
        table[side] = cells[side] / cells["contacts"]
        ends = share_interval(cells[side] / effect, cells["contacts"] / effect, level=level)
        table[f"{side}_low"], table[f"{side}_high"] = ends
    table["place"], table["few"] = "", table["customers"] < FEW
    for _name, own in table.groupby("persona") if "persona" in table else [("", table)]:
        sound = own[~own["few"]] if (~own["few"]).sum() >= 2 else own
        places = {"peak": sound["mean"].idxmax(), "trough": sound["mean"].idxmin(),
                  "end": cells.loc[own.index, "ends"].idxmax()}  # fmt: skip
        for place, at in places.items():
            table.loc[at, "place"] = " and ".join(filter(None, [table.loc[at, "place"], place]))
    return table


def _rivals(own: pd.DataFrame, variance: pd.Series, *, level: float) -> int:
    """How many touchpoints could as well be the lowest, for all that is known."""
    low = own.index[own["place"].str.contains("trough")][0]
    gap = own["mean"] - own.loc[low, "mean"]
    return int((gap < norm.ppf((1 + level) / 2) * np.sqrt(variance + variance[low])).sum() - 1)


def _differ(cells: pd.DataFrame) -> bool:
    """Whether touchpoints of the same persona differ by more than chance (Cochran's Q at 10 %)."""
    code = pd.factorize(cells["persona"])[0] if "persona" in cells else np.zeros(len(cells), dtype=int)
    weight = 1 / cells["variance"].to_numpy()
    mean = cells["mean"].to_numpy()
    common = (np.bincount(code, weight * mean) / np.bincount(code, weight))[code]
    df = len(cells) - len(np.unique(code))
    return bool(df > 0 and chi2.sf((weight * (mean - common) ** 2).sum(), df) < 0.1)


def _points(value: float) -> str:
    """Emotion with its sign.

    >>> _points(1.234), _points(-.5), _points(0)
    ('+1.23', '−0.50', '0.00')
    """
    text = f"{abs(value):.2f}"
    return text if text == "0.00" else ("+" if value > 0 else "−") + text


def _read(own: pd.DataFrame, rivals: int, persona: str, level: float) -> str:
    def of(place):
        row = own.loc[own["place"].str.contains(place)].iloc[0]
        ends = interval(_points(row.low), _points(row.high), level=level)
        return row, f"{row.touchpoint}: {_points(row['mean'])} {ends}, n = {count(row.contacts)}"

    (_best, peak), (worst, trough), (_last, end) = of("peak"), of("trough"), of("end")
    who = f"{persona} feels" if persona else "It feels"
    text = f"{who} best at {peak}; worst at {trough}"
    if rivals > 0:
        text += f" (cannot be told from {count(rivals)} other{'s' * (rivals > 1)})"
    text += f"; journeys most often end at {end}."
    return text + f" {share(worst.negative)} of contacts at {worst.touchpoint} are negative."


def _title(curves: list[pd.DataFrame], named: list[str], differ: bool) -> str:
    def at(own, place):
        return own.loc[own["place"].str.contains(place), "touchpoint"].iloc[0]

    if not differ:
        return "No touchpoint feels better or worse than another, as far as can be told"
    if len(curves) == 1:
        return f"Customers feel best at {at(curves[0], 'peak')} and worst at {at(curves[0], 'trough')}"
    worst = {name: at(own, "trough") for name, own in zip(named, curves, strict=True)}
    if len(set(worst.values())) == 1:
        return f"All personas feel worst at {next(iter(worst.values()))}"
    return "Where it feels worst differs: " + "; ".join(f"{name} at {place}" for name, place in worst.items())


def _draw(ax, table: pd.DataFrame):
    from cxlab.journey.charts.emotion import draw_emotional_curve

    return draw_emotional_curve(ax, table)
