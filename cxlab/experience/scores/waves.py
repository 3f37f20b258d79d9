"""Waves: what a score was, by how much it changed, and how probable it is that the change is real."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from cxlab.errors import DataError, unknown
from cxlab.experience.scores.answers import Answers, read_answers
from cxlab.experience.scores.bounded import Curve, Difference, posterior
from cxlab.experience.scores.counting import NOT_STATED
from cxlab.experience.scores.measures import change_in_words, measure_of
from cxlab.experience.scores.panel import answer_pairs, changes_of_same
from cxlab.experience.scores.scoring import LEAST, Measure, differ, group_scores
from cxlab.finding import Check, Finding, Key
from cxlab.wording import count, interval, share

#: share of a wave's customers who also answered in the wave before, from which the same customers are spoken of first
_MANY_SAME = 0.5
#: customers who answered both waves from which their own change is told
LEAST_SAME = 10


def wave_change(
    source,
    *,
    question: str | None = None,
    wave: str = "",
    by: str | Sequence[str] = (),
    measure: str = "",
    against: str = "before",
    flagged: str = "keep",
    weights: str | None = None,
    level: float = 0.9,
) -> Finding:
    """What a score was in each wave, and whether it has changed.

    Parameters
    ----------
    source : Dataset with `surveys`, an Ibis table or DataFrame with its columns, or Answers with a column "wave"
    question, flagged, weights : see `read_answers`
    wave : "week", "month", "quarter", "year": calendar waves; "": the column "wave" of the source
    by : columns that tell further groups: waves are compared within each
    measure : "nps", "top_box", "mean"; "": by the kind of question
    against : "before": each wave against the one before; "first": against the first
    level : coverage of the intervals

    Returns
    -------
    Finding "experience.waves", a row a group and wave in order: *by, wave, n, effective_n, value, low, high, and where
    there is a wave to compare with: before (its name), change, change_low, change_high, p_rise (probability that the
    true score rose), p_real (probability that it moved the way it seems to), told ("rose", "fell", "" where the
    probability does not stand up to as many comparisons as were made); of customers who answered in both (against
    "before" only): same (customers), same_change, same_low, same_high, same_p_rise

    Raises
    ------
    DataError : there are fewer than two waves, or no times. ParameterError : an option is unknown.

    Notes
    -----
    Both true scores have Dirichlet posteriors (`bounded`); the distribution of their difference is an integral, without
    sampling. Waves count as fresh samples: where the same customers answer again and stay as they are, that is too
    cautious, and the change among the same customers (`panel`) is sharper. With m comparisons a change is told where
    p_rise leaves less than an m-th of the tail (Bonferroni).

    >>> asked = pd.DataFrame({"question": "nps", "scale_min": 0, "scale_max": 10,
    ...     "score": [10] * 30 + [3] * 20 + [10] * 40 + [3] * 10, "wave": ["1"] * 50 + ["2"] * 50})
    >>> found = wave_change(asked)
    >>> found.title
    'NPS rose from +20 to +60 (2)'
    >>> found.table.loc[1, ["change", "p_rise"]].round(2).tolist()
    [40.0, 0.99]
    """
    if against not in ("before", "first"):
        raise unknown("wave to compare with", against, ("before", "first"))
    if isinstance(source, Answers):
        answers, pairs = source, pd.DataFrame()
    else:
        by = (by,) if isinstance(by, str) else tuple(by)
        by = tuple(c for c in by if c != "wave")
        answers = read_answers(
            source, question=question, by=by if wave else (*by, "wave"), wave=wave, flagged=flagged, weights=weights
        )
        pairs = answer_pairs(source, answers, wave=wave, flagged=flagged) if against == "before" else pd.DataFrame()
    if "wave" not in answers.by:
        raise DataError(
            "the answers are not told apart by wave.", expected='read_answers(…, by="wave") or wave="month"'
        )
    how = measure_of(answers, measure)
    others = [c for c in answers.by if c != "wave"]
    table = _table(answers, how, others, pairs, against, level)
    return _finding(answers, how, others, table, level)


def _table(
    answers: Answers, how: Measure, others: list[str], pairs: pd.DataFrame, against: str, level: float
) -> pd.DataFrame:
    counts = answers.effective
    value, low, high = group_scores(counts, how.values, level=level)
    table = answers.groups[[*others, "wave"]].assign(
        n=answers.groups["n"].astype(int), effective_n=counts.sum(1), value=value, low=low, high=high
    )
    dated = table["wave"] != NOT_STATED
    order = table[dated].sort_values([*others, "wave"], kind="stable").index
    table, counts = table.loc[order].reset_index(drop=True), counts[order]
    series = table.groupby(others, sort=False).ngroup() if others else pd.Series(0, index=table.index)
    first = ~series.duplicated()
    if first.all():
        raise DataError("there is one wave only.", expected="answers of two waves at least", mend='wave="month"')
    start = {s: i for i, s in zip(table.index[first], series[first], strict=True)}
    compared = [-1 if first[i] else (i - 1 if against == "before" else start[series[i]]) for i in table.index]
    distinct, sizes = posterior(how.values, counts)
    curves = [Curve(distinct, own) for own in sizes]
    comparisons = int((~first).sum())
    tail = (1 - level) / 2
    rows = []
    for i, j in zip(table.index, compared, strict=True):
        if j < 0:
            rows.append({"before": ""})
            continue
        difference = Difference(curves[j], curves[i])
        ends, rise = difference.interval(level), difference.above(0.0)
        change = value[order[i]] - value[order[j]]
        told = "rose" if 1 - rise < tail / comparisons else "fell" if rise < tail / comparisons else ""
        row = {"before": table.loc[j, "wave"], "change": change, "change_low": ends[0], "change_high": ends[1],
               "p_rise": rise, "p_real": rise if change >= 0 else 1 - rise, "told": told}  # fmt: skip
        if len(pairs):
            own = pairs[(pairs["wave"] == table.loc[i, "wave"]) & (pairs["before"] == table.loc[j, "wave"])]
            for c in others:
                own = own[own[c] == table.loc[i, c]]
            row |= changes_of_same(own, answers.scores, how.values, level=level) if len(own) else {"same": 0}
        rows.append(row)
    table = pd.concat([table, pd.DataFrame(rows)], axis=1)
    table["told"] = table["told"].fillna("")
    if "same" in table:
        table["same"] = table["same"].fillna(0).astype(int)
    return table


def _finding(answers: Answers, how: Measure, others: list[str], table: pd.DataFrame, level: float) -> Finding:
    from cxlab.experience.charts.waves import draw_waves

    made = table[table["before"] != ""]
    told = made[made["told"] != ""]
    when = f", {answers.period}" if answers.period else ""
    sentences = [f"{count(int(table['n'].sum()))} answers to “{answers.question}” in {count(len(table))} "
                 f"{'groups and waves' if others else 'waves'}{when}."]  # fmt: skip
    if others:
        sentences += _several(told, made, others, how, level)
        title = (f"{how.what[0].upper()}{how.what[1:]} changed for {_who(told.iloc[-1], others)}" if len(told) else
                 f"No change of {how.what} can be told in any group")  # fmt: skip
    else:
        title, said = _one(answers, table, made, told, how, level)
        sentences += said
    sentences.append(_same(made, how, others, level))
    sentences += [f"{note[0].upper()}{note[1:]}." for note in answers.notes]
    small = int((table["effective_n"] < LEAST).sum())
    last = made.iloc[-1]
    units = {"n": "count", "effective_n": "count", "p_rise": "share", "p_real": "share", "same_p_rise": "share"}
    units |= dict.fromkeys(
        ["value", "low", "high", "change", "change_low", "change_high", "same_change", "same_low", "same_high"],
        how.unit,
    )
    shown = table.assign(series=[_who(row, others) if others else "" for _, row in table.iterrows()])
    return Finding(
        name="experience.waves",
        title=title,
        text=" ".join(filter(None, sentences)),
        table=table,
        units={c: unit for c, unit in units.items() if c in table},
        checks=(
            *answers.checks,
            Check(f"waves with {LEAST} answers or more", small <= len(table) / 2, share(1 - small / len(table)),
                  "≥ 50 %", "Take longer waves, or ask more customers."),
        ),
        draw=lambda ax: draw_waves(ax, shown, label=how.label, unit=how.unit, write=how.write),
        caption=f"n = {count(int(table['n'].sum()))} answers{when}; {level * 100:g} % intervals; waves taken as fresh "
        f"samples; changes told at {level * 100:g} % over {count(len(made))} comparison{'s' * (len(made) > 1)}"
        + ("; simulated data." if answers.simulated else "."),
        keys=(Key(change_in_words(how, last["change"]), f"change of {how.what}, {last['before']} to {last['wave']}, "
                  f"{level * 100:g} % {change_in_words(how, last['change_low'])} to "
                  f"{change_in_words(how, last['change_high'])}; real with probability {share(last['p_real'])}"),),
    )  # fmt: skip


def _change(row, how: Measure, level: float) -> str:
    ends = interval(change_in_words(how, row["change_low"]), change_in_words(how, row["change_high"]), level=level)
    unit = {"share": " percentage points", "points": " points"}.get(how.unit, "")
    return (f"by {change_in_words(how, row['change'])}{unit} {ends}; the probability that the move is real is "
            f"{share(row['p_real'])}")  # fmt: skip


def _one(answers, table, made, told, how: Measure, level: float) -> tuple[str, list[str]]:
    """Title and sentences on one series of waves."""
    what, last, write = how.what, made.iloc[-1], how.write
    start, end = table.iloc[0], table.iloc[-1]
    what_first = f"{what[0].upper()}{what[1:]}"
    said = [f"{what_first} moved from {write(table.loc[made.index[-1] - 1, 'value'])} ({last['before']}) to "
            f"{write(last['value'])} ({last['wave']}), {_change(last, how, level)}."]  # fmt: skip
    if len(made) > 1:
        if len(told):
            said.append("Told apart from chance: "
                        + "; ".join(f"it {r.told} in {r.wave}" for r in told.itertuples()) + ".")  # fmt: skip
        chance = (1 - level) * len(made)
        number = f"{count(len(told))} of the" if len(told) else "None of the"
        said.append(f"{number} {count(len(made))} comparisons stand{'s' * (len(told) < 2)} up to there being so many; "
                    f"taken one at a time, {chance:.1g} would seem real with nothing changing.")  # fmt: skip
        whole = answers.groups["wave"].to_numpy() != NOT_STATED
        p = differ(answers.effective[whole], how.values)
        said.append("Over all waves together the score differs." if p < 1 - level else
                    f"Over all waves together no more than chance is seen (χ² test, p = {p:.2g}).")  # fmt: skip
        if len(told) and told.iloc[-1]["wave"] == end["wave"]:
            return f"{what_first} {end['told']} to {write(end['value'])} in {end['wave']}", said
        if len(told):
            row = told.iloc[-1]
            return f"{what_first} {row['told']} in {row['wave']}; it has not changed since, as far as can be told", said
        return f"No change of {what} can be told from wave to wave", said
    if last["told"]:
        return (
            f"{what_first} {last['told']} from {write(start['value'])} to {write(end['value'])} ({end['wave']})",
            said,
        )
    return f"{what_first} seems to have moved, but it is real with probability {share(last['p_real'])} only", said


def _several(told, made, others: list[str], how: Measure, level: float) -> list[str]:
    said = [f"{_who(row, others)} {row['told']} in {row['wave']} {_change(row, how, level)}" for _, row in
            told.sort_values("p_real", ascending=False).head(3).iterrows()]  # fmt: skip
    told_words = f"Of {count(len(made))} changes {count(len(told))} can be told from chance"
    return [told_words + (": " + ". ".join(said) + "." if said else ".")]


def _who(row, others: list[str]) -> str:
    return " · ".join(str(row[c]) for c in others)


def _same(made: pd.DataFrame, how: Measure, others: list[str], level: float) -> str:
    """What is known of customers who answered twice, for the last change."""
    if "same" not in made or not made["same"].any():
        return "The waves are taken as different customers."
    last = made[made["same"] > 0].iloc[-1]
    who = f" of {_who(last, others)}" if others else ""
    if last["same"] < LEAST_SAME:
        return f"{count(last['same'])} customers{who} answered both waves: too few to be looked at on their own."
    ends = interval(change_in_words(how, last["same_low"]), change_in_words(how, last["same_high"]), level=level)
    rise = last["same_p_rise"] if last["same_change"] >= 0 else 1 - last["same_p_rise"]
    text = (
        f"{count(last['same'])} customers{who} answered both in {last['before']} and {last['wave']}: among them it "
        f"moved by {change_in_words(how, last['same_change'])} {ends}, real with probability {share(rise)}."
    )
    if last["same"] >= _MANY_SAME * last["n"]:
        return text + " That is the sharper answer: most customers of the wave are in it."
    return text + " What the whole score moved beyond that is who answered, not what they think."
