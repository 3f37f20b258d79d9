"""Own brand against rivals: where customers rate us higher, by how much and how surely."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from ibis import _
from scipy.stats import t

from cxlab.errors import DataError, unknown
from cxlab.experience.drivers.gaps import ROUNDING, mean_and_error, signed
from cxlab.experience.drivers.names import in_sentences
from cxlab.experience.drivers.ratings import answer_days
from cxlab.experience.scores.components import several_items, with_components
from cxlab.experience.scores.questions import survey_table
from cxlab.finding import Check, Finding, Key
from cxlab.wording import chance_of, count, interval, number

_FEW = 10


def rival_gaps(
    source, *, own: str, questions: Sequence[str] | Mapping[str, Sequence[str]] = (), level: float = 0.9
) -> Finding:
    """How much better or worse than each rival we are rated, question by question.

    Parameters
    ----------
    source : Dataset with `surveys`, or an Ibis table or DataFrame with its columns, brand among them
    own : our brand
    questions : by default all that are asked of us and of a rival; or name → questions whose mean is compared
    level : coverage of the intervals

    Returns
    -------
    Finding "experience.rival_gaps", a row an attribute and rival, the largest lead first: attribute, rival, own,
        own_low, own_high, rivals, rivals_low, rivals_high (means, points), gap (own − rival's), gap_low, gap_high,
        p_ahead (probability that customers rate us higher), n_own, n_rival, n_both (respondents who rate both), se, df
        (of the gap)

    Notes
    -----
    Variance of the difference of two means over respondents: who rates both adds the square of the difference of what
    they say, so pairing takes out how generous people are; who rates one counts, too. Degrees of freedom by
    Satterthwaite over the three kinds of respondents. A person is a response where responses rate several brands, else
    a customer.

    >>> answers = pd.DataFrame({"response_id": list("aabbcc"), "question": "staff", "brand": ["we", "they"] * 3,
    ...                         "score": [5, 4, 4, 2, 5, 3], "scale_min": 1, "scale_max": 5})
    >>> rival_gaps(answers, own="we").table[["gap", "p_ahead", "n_both"]].round(2).values.tolist()
    [[1.67, 0.98, 3.0]]
    """
    if isinstance(questions, Mapping):
        source = with_components(source, several_items(questions))
    table = survey_table(source)
    if "brand" not in table.columns:
        raise DataError("surveys has no brand.", expected="answers on us and on rivals", mend="Columns brand=…")
    brands = sorted(table.select("brand").distinct().execute()["brand"].dropna())
    if own not in brands:
        raise unknown("brand", own, brands)
    if len(brands) < 2:
        raise DataError(f"all answers are on {own!r}.", expected="answers on a rival, too")
    cells = pd.concat(
        [_cells(table, own, rival, questions).assign(rival=rival) for rival in brands if rival != own],
        ignore_index=True,
    )
    rows = [
        {"attribute": key[0], "rival": key[1]} | _gap(part, level)
        for key, part in cells.groupby(["question", "rival"])
        if part["own"].notna().any() and part["other"].notna().any()
    ]
    if not rows:
        raise DataError(f"no question is asked of {own!r} and of a rival.", expected="the same questions of each")
    found = pd.DataFrame(rows).sort_values("gap", ascending=False, ignore_index=True)
    period, few = answer_days(table), int(found[["n_own", "n_rival"]].min(axis=1).min())
    return Finding(
        name="experience.rival_gaps",
        title=_title(found, own, level),
        text=_text(found, own, period, level),
        table=found,
        units={c: "points" for c in found.columns if c.startswith(("own", "rivals", "gap")) or c == "se"}
        | {"p_ahead": "share", "n_own": "count", "n_rival": "count", "n_both": "count"},
        checks=(Check("respondents who rate the brand with the fewest", few >= _FEW, few, f"≥ {_FEW}",
                      "Ask more who know the rival."),),
        draw=lambda ax: _draw_gaps(ax, found, own),
        caption=f"n = {count(found['n_own'].max())} respondents on {own}{', ' * bool(period)}{period}; differences of "
        f"means, paired where the same respondents rate both, {level * 100:g} % intervals.",
        keys=(Key(signed(found["gap"].iloc[0]), f"points ahead of {found['rival'].iloc[0]} in "
                  f"{in_sentences(found['attribute'])(found['attribute'].iloc[0])} "
                  f"(n = {count(found['n_own'].iloc[0])})"),),
    )  # fmt: skip


def _cells(table, own: str, rival: str, questions) -> pd.DataFrame:
    """How many respondents give each pair of scores to us and to a rival: question, own, other (NaN: not rated), n."""
    both = table.filter(_.brand.isin([own, rival]), _.score.notnull())
    if questions:
        both = both.filter(_.question.isin(list(questions)))
    person = "response_id"
    if "customer_id" in both.columns:
        most = both.group_by("response_id").agg(brands=_.brand.nunique()).agg(most=_.brands.max()).execute()["most"][0]
        if not most > 1:
            both = both.mutate(person=_.customer_id.cast("string").coalesce(_.response_id.cast("string")))
            person = "person"
    wide = both.group_by(["question", person]).agg(
        own=both.score.mean(where=both.brand == own), other=both.score.mean(where=both.brand == rival)
    )
    return wide.group_by(["question", "own", "other"]).agg(n=_.count()).execute()


def _gap(cells: pd.DataFrame, level: float) -> dict:
    n = cells["n"].to_numpy(float)
    found, influence = {}, np.zeros(len(cells))
    for name, column, sign in (("own", "own", 1), ("rivals", "other", -1)):
        values = cells[column].to_numpy(float)
        known = ~np.isnan(values)
        size = n[known].sum()
        mean, error = mean_and_error(values[known], n[known])
        reach = t.ppf((1 + level) / 2, max(size - 1, 1)) * error
        found |= {name: mean, f"{name}_low": mean - reach, f"{name}_high": mean + reach}
        influence += sign * np.where(known, values - mean, 0.0) / np.sqrt(size * max(size - 1, 1))
        found["n_own" if name == "own" else "n_rival"] = int(size)
    has_own, has_other = cells["own"].notna().to_numpy(), cells["other"].notna().to_numpy()
    kinds = [has_own & has_other, has_own & ~has_other, ~has_own & has_other]
    parts = np.array([n[k] @ influence[k] ** 2 for k in kinds])
    sizes = np.array([n[k].sum() for k in kinds])
    variance = max(parts.sum(), ROUNDING * (1 / found["n_own"] + 1 / found["n_rival"]))
    df = max(parts.sum() ** 2 / max((parts**2 / np.maximum(sizes - 1, 1)).sum(), 1e-300), 1.0) if parts.sum() else (
        max(sizes.max() - 1, 1.0))  # fmt: skip
    gap, se = found["own"] - found["rivals"], float(np.sqrt(variance))
    reach = t.ppf((1 + level) / 2, df) * se
    return found | {
        "gap": gap, "gap_low": gap - reach, "gap_high": gap + reach, "p_ahead": float(t.cdf(gap / se, df)),
        "n_both": int(sizes[0]), "se": se, "df": float(df),
    }  # fmt: skip


def _title(table: pd.DataFrame, own: str, level: float) -> str:
    sides = table.groupby("attribute")["p_ahead"].agg(["min", "max"])
    say = in_sentences(table["attribute"])
    ahead = [say(a) for a in sides.index[sides["min"] >= level]]
    behind = [say(a) for a in sides.index[sides["min"] <= 1 - level]]
    if not ahead and not behind:
        return f"{own} is neither ahead of all rivals nor behind one in anything, as far as can be told"
    parts = [f"ahead of all rivals in {', '.join(ahead)}"] if ahead else []
    parts += [f"behind a rival in {', '.join(behind)}"] if behind else []
    return f"{own} is {' and '.join(parts)}"


def _text(table: pd.DataFrame, own: str, period: str, level: float) -> str:
    said = [
        f"{count(table['n_own'].max())} respondents rate {own}, {count(table['n_both'].max())} "
        f"at most both {own} and a rival{', ' * bool(period)}{period}."
    ]
    shown = pd.concat([table.head(3), table.tail(2)]).drop_duplicates(["attribute", "rival"])
    for row in shown.itertuples():
        said.append(
            f"{in_sentences(table['attribute'])(row.attribute)}: {signed(row.gap)} points to {row.rival} "
            f"{interval(signed(row.gap_low), signed(row.gap_high), level=level)}, ahead with a probability of "
            f"{chance_of(row.p_ahead)} ({number(row.own)} against {number(row.rivals)})."
        )
    expected = len(table) * (1 - level)
    if len(table) > 4:
        said.append(
            f"Of {count(len(table))} comparisons, {number(expected, digits=1)} would look sure by chance alone."
        )
    return " ".join(said)


def _draw_gaps(ax, table: pd.DataFrame, own: str):
    from cxlab.experience.charts.gaps import draw_rival_gaps

    return draw_rival_gaps(ax, table, own=own)
