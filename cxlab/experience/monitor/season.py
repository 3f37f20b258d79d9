"""What a series is long enough to know of its season: days of the week, and the year in few terms."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from cxlab.experience.monitor.kpi import A_YEAR, Kpi

#: whole weeks that show the days of the week; share of a year that counts as a year
_WEEKS, _WHOLE = 4, 0.98


@dataclass(frozen=True)
class Season:
    """Terms of a season.

    Parameters
    ----------
    columns : shape (periods, terms), for all periods of the series; none where the baseline is too short
    text : what is known and what is not, in a sentence
    kept : whether the baseline shows it
    known : what the terms are of; unknown : what the baseline is too short for, in a sentence
    single : whether the season of the year rests on one year
    """

    columns: np.ndarray
    text: str
    kept: bool
    known: tuple[str, ...] = ()
    unknown: str = ""
    single: bool = False

    def shown(self, kept: bool) -> Season:
        """After the test whether the baseline shows it."""
        of = " and ".join(self.known)
        said = f"Limits follow the {of}, as the baseline shows it." if kept else f"The baseline shows no {of}."
        single = kept and self.single
        said += " It is known from a single year, in which a change would look like a season." if single else ""
        return replace(self, kept=kept, text=" ".join(filter(None, [said, self.unknown])))


def season_terms(kpi: Kpi, baseline: int) -> Season:
    """Terms that the baseline is long enough for.

    Days of the week from four whole weeks on; the year as one wave from one year on, as two from two years on. With
    less than two years, a season and a change in the first year cannot be told apart, which is said.

    >>> from cxlab.experience.monitor.periods import read_kpi
    >>> import pandas as pd
    >>> weeks = pd.DataFrame({"period": pd.date_range("2025-01-06", periods=60, freq="W-MON"), "events": 3, "n": 9})
    >>> season_terms(read_kpi(weeks), 30).text
    'The baseline is shorter than a year, so a season of the year is not known and would look like a change.'
    >>> season_terms(read_kpi(weeks), 53).columns.shape
    (60, 2)
    """
    start = kpi.table["period"]
    columns, known = [], []
    if kpi.period == "day" and baseline >= 7 * _WEEKS:
        day = start.dt.day_of_week.to_numpy()
        held = sorted(set(day[:baseline][kpi.n[:baseline] > 0]))
        columns += [(day == d) * 1.0 - (day == held[-1]) for d in held[:-1]]
        known.append("days of the week")
    years = baseline / A_YEAR[kpi.period]
    waves = 0 if years < _WHOLE else 1 if years < 2 * _WHOLE else 2
    at = 2 * np.pi * (start.dt.day_of_year.to_numpy() - 1 + {"day": 0.5, "week": 3.5, "month": 15}[kpi.period]) / 365.25
    for wave in range(1, waves + 1):
        columns += [np.sin(wave * at), np.cos(wave * at)]
    if waves:
        known.append("season of the year")
    unknown = (
        "The baseline is shorter than a year, so a season of the year is not known and would look like a change."
        if not waves
        else ""
    )
    if not columns:
        return Season(np.zeros((len(kpi), 0)), unknown, False, (), unknown)
    return Season(np.column_stack(columns), unknown, False, tuple(known), unknown, waves == 1)
