"""Service gaps: what customers met against what they expected, both parts and how well their difference is measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from ibis import _
from scipy.stats import t

from cxlab.errors import DataError, ParameterError, unknown
from cxlab.experience.drivers.ratings import answer_days, spoken
from cxlab.experience.scores.coefficients import alpha
from cxlab.experience.scores.questions import survey_table
from cxlab.finding import Check, Finding, Key
from cxlab.wording import MINUS, count, interval, number, share

#: what is asked of a scale whose differences are read one by one
_RELIABLE = 0.7
_FEW, _CEILING = 30, 0.5
#: least variance that is believed of answers in whole points: that of rounding
ROUNDING = 1 / 12


def service_gaps(source, *, pairs: Mapping[str, Sequence[tuple[str, str]]], level: float = 0.9) -> Finding:
    """What was met, what was expected, and the gap between, by dimension.

    Parameters
    ----------
    source : Dataset with `surveys`, or an Ibis table or DataFrame with its columns
    pairs : dimension → (question of what was met, question of what was expected) for each of its items
    level : coverage of the intervals

    Returns
    -------
    Finding "experience.service_gaps", a row a dimension, the widest gap first: dimension, items, n (respondents with an
        item of which both parts are answered), perception, perception_low, perception_high, expectation,
        expectation_low, expectation_high, gap (perception − expectation), gap_low, gap_high (points), p_short
        (probability that less was met than expected), correlation (of the parts between respondents),
        reliability_perception, reliability_expectation (Cronbach's alpha), reliability_gap (each NaN with one item),
        at_ceiling (share of expectations at the top of the scale)

    Raises
    ------
    DataError : a question is not there, or nobody answered both parts of a dimension.

    Notes
    -----
    Parts are paired: both come from the same items of the same respondent. A difference of two parts that go together
    is less reliable than either, (v_P α_P + v_E α_E − 2 c) / (v_P + v_E − 2 c) with variances v and covariance c
    (Peter, Churchill & Brown 1993, Caution in the use of difference scores, Journal of Consumer Research 19(4)); so
    both parts are shown. Dimensions: Parasuraman, Zeithaml & Berry (1988), SERVQUAL, Journal of Retailing 64(1).

    >>> answers = pd.DataFrame({"response_id": list("aabbcc"), "question": ["met", "hoped"] * 3,
    ...                         "score": [5, 6, 4, 7, 6, 6], "scale_min": 1, "scale_max": 7})
    >>> service_gaps(answers, pairs={"Staff": [("met", "hoped")]}).table[["perception", "gap"]].round(2).values.tolist()
    [[5.0, -1.33]]
    """
    if not pairs or not 0 < level < 1:
        raise ParameterError(f"pairs = {dict(pairs)}, level = {level}.", expected="a dimension, and 0 < level < 1")
    source = survey_table(source)
    asked = source.select("question").distinct().execute()["question"].tolist()
    for question in (q for items in pairs.values() for pair in items for q in pair):
        if question not in asked:
            raise unknown("question", question, asked)
    rows = [{"dimension": name} | _dimension(source, name, list(items), level) for name, items in pairs.items()]
    table = pd.DataFrame(rows).sort_values("gap", ignore_index=True)
    period, worst = answer_days(source), table.iloc[0]
    weak = table["reliability_gap"].min()
    return Finding(
        name="experience.service_gaps",
        title=_title(table, level),
        text=_text(table, period, level),
        table=table,
        units=dict.fromkeys(
            [c for c in table.columns if c.startswith(("perception", "expectation", "gap"))], "points"
        ) | {"p_short": "share", "at_ceiling": "share", "n": "count", "items": "count"},
        checks=(
            Check("respondents of the dimension with the fewest", table["n"].min() >= _FEW, int(table["n"].min()),
                  f"≥ {_FEW}", "Intervals lean on few."),
            *([Check("reliability of the least reliable gap", weak >= _RELIABLE, float(weak), f"≥ {_RELIABLE}",
                     "Compare dimensions by what was met, not by their gaps.")] if np.isfinite(weak) else []),
            Check("expectations at the top of the scale", table["at_ceiling"].max() <= _CEILING,
                  share(table["at_ceiling"].max()), f"≤ {share(_CEILING)}",
                  "Who expects everything leaves no room to tell gaps apart."),
        ),
        draw=lambda ax: _draw(ax, table),
        caption=f"n = {_from_to(table['n'])} respondents a dimension"
        f"{', ' * bool(period)}{period}; means of paired items, {level * 100:g} % intervals (Student's t).",
        keys=(Key(signed(worst["gap"]), f"points between what was met and expected of {spoken(worst['dimension'])}, "
                  f"{level * 100:g} % {signed(worst['gap_low'])} to {signed(worst['gap_high'])} "
                  f"(n = {count(worst['n'])})"),),
    )  # fmt: skip


def _dimension(table, name: str, items: list[tuple[str, str]], level: float) -> dict:
    columns = {f"{side}{i}": pair[k] for i, pair in enumerate(items) for k, side in enumerate("pe")}
    own = table.filter(_.question.isin(list(columns.values())), _.score.notnull())
    wide = own.group_by("response_id").agg(**{c: own.score.mean(where=own.question == q) for c, q in columns.items()})
    rows = wide.group_by(list(columns)).agg(n=_.count()).execute()
    p, e = (rows[[f"{side}{i}" for i in range(len(items))]].to_numpy(float) for side in "pe")
    both = ~np.isnan(p) & ~np.isnan(e)
    kept = both.any(1)
    p, e, n = np.where(both, p, np.nan)[kept], np.where(both, e, np.nan)[kept], rows["n"].to_numpy(float)[kept]
    if n.sum() < 2:
        raise DataError(f"{int(n.sum())} respondents answer both parts of {name!r}.", expected="two at least")
    parts = {"perception": np.nanmean(p, 1), "expectation": np.nanmean(e, 1)}
    found = {"items": len(items), "n": int(n.sum())}
    parts["gap"] = parts["perception"] - parts["expectation"]
    for part, values in parts.items():
        mean, error = mean_and_error(values, n)
        reach = t.ppf((1 + level) / 2, n.sum() - 1) * error
        found |= {part: mean, f"{part}_low": mean - reach, f"{part}_high": mean + reach}
        if part == "gap":
            found["p_short"] = float(t.cdf(-mean / error, n.sum() - 1))
    cov = np.cov(parts["perception"], parts["expectation"], fweights=n.astype(int))
    whole = both[kept].all(1)
    alpha_p, alpha_e = _alpha(p[whole], n[whole]), _alpha(e[whole], n[whole])
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = cov[0, 0] + cov[1, 1] - 2 * cov[0, 1]
        reliability = (cov[0, 0] * alpha_p + cov[1, 1] * alpha_e - 2 * cov[0, 1]) / spread
        found["correlation"] = cov[0, 1] / np.sqrt(cov[0, 0] * cov[1, 1])
    tops = own.filter(_.question.isin([pair[1] for pair in items])).agg(top=(_.score >= _.scale_max).mean()).execute()
    ceiling = tops["top"].iloc[0]
    return found | {
        "reliability_perception": alpha_p, "reliability_expectation": alpha_e, "reliability_gap": reliability,
        "at_ceiling": 0.0 if pd.isna(ceiling) else float(ceiling),
    }  # fmt: skip


def mean_and_error(values: np.ndarray, n: np.ndarray) -> tuple[float, float]:
    """Mean of values that occur n times, and its standard error; the spread is at least that of rounding.

    >>> [round(v, 4) for v in mean_and_error(np.array([1., 3.]), np.array([2., 2.]))]
    [2.0, 0.5774]
    """
    total = n.sum()
    mean = float(n @ values / total)
    variance = max(float(n @ (values - mean) ** 2) / max(total - 1, 1), ROUNDING)
    return mean, float(np.sqrt(variance / total))


def _alpha(items: np.ndarray, n: np.ndarray) -> float:
    """Cronbach's alpha of items, shape (rows, k), each row n times; NaN with one item or no spread."""
    if items.shape[1] < 2 or n.sum() < 3:
        return float("nan")
    covariance = np.cov(items, rowvar=False, fweights=n.astype(int))
    return alpha(covariance) if covariance.sum() > 0 else float("nan")


def signed(value: float, digits: int = 2) -> str:
    """A difference with its sign.

    >>> signed(.5), signed(-1.234), signed(0)
    ('+0.50', '−1.23', '0.00')
    """
    text = f"{abs(value):.{digits}f}"
    return text if not float(text) else ("+" if value > 0 else MINUS) + text


def _title(table: pd.DataFrame, level: float) -> str:
    short = table.loc[table["p_short"] >= level, "dimension"].map(spoken).tolist()
    if not short:
        return "No dimension falls short of what was expected, as far as can be told"
    first, second = table.iloc[0], table.iloc[min(1, len(table) - 1)]
    if len(table) == 1 or first["gap_high"] < second["gap"]:
        return f"{short[0]} falls furthest short of what was expected"
    return f"{len(short)} of {len(table)} dimensions fall short of what was expected"


def _from_to(n: pd.Series) -> str:
    return count(n.min()) if n.min() == n.max() else f"{count(n.min())} to {count(n.max())}"


def _text(table: pd.DataFrame, period: str, level: float) -> str:
    said = [f"{count(len(table))} dimensions, {_from_to(table['n'])} respondents each{', ' * bool(period)}{period}, in "
            "points."]  # fmt: skip
    for row in table.head(5).itertuples():
        met = interval(number(row.perception_low), number(row.perception_high), level=level)
        hoped = interval(number(row.expectation_low), number(row.expectation_high), level=level)
        said.append(
            f"{spoken(row.dimension)}: met {number(row.perception)} {met}, expected {number(row.expectation)} {hoped}, "
            f"gap {signed(row.gap)} {interval(signed(row.gap_low), signed(row.gap_high), level=level)}."
        )
    known = table.dropna(subset=["reliability_gap"])
    if len(known):
        gap, part = known["reliability_gap"], known["reliability_perception"]
        said.append(
            f"Gaps are measured with a reliability of {gap.min():.2f} to {gap.max():.2f}, what was met with "
            f"{part.min():.2f} to {part.max():.2f}: a difference is less sure of a person than its parts."
        )
    return " ".join(said)


def _draw(ax, table: pd.DataFrame):
    from cxlab.experience.charts.gaps import draw_service_gaps

    return draw_service_gaps(ax, table)
