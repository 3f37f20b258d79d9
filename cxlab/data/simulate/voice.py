"""What customers say: the tables of surveys and texts, and the truth behind them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from cxlab.data.simulate.business import Business
from cxlab.data.simulate.experience import Experience
from cxlab.data.simulate.experience_truth import ExperienceTruth
from cxlab.data.simulate.feedback import feedback_table, write_texts
from cxlab.data.simulate.surveys import answers, sheets, surveys_table
from cxlab.data.simulate.visits import quarters, visits, wave_names


def voice(
    business: Business,
    experience: Experience,
    merged: dict[str, dict[str, np.ndarray]],
    people: pa.Array,
    times: tuple[int, int, int],
    seeds: Sequence[np.random.SeedSequence],
    separation: float,
) -> tuple[dict[str, pa.Table], ExperienceTruth]:
    """The tables of what customers say, and what they were made from.

    Parameters
    ----------
    merged : people (segment, later, level by customer) and orders (customer, time, hand)
    times : first moment, beginning of the second period and last moment, seconds
    seeds : one for surveys, one for texts
    """
    rng = np.random.default_rng(seeds[0])
    who, orders = merged["people"], merged["orders"]
    waves = wave_names(*(int(quarters(np.array(t))) for t in (times[0], times[2])))
    made = sheets(business, experience, orders, who, times, separation, rng)
    back = answers(experience, made, who, times[2], rng)
    bought = np.bincount(orders["customer"], minlength=len(people)) > 0
    # A quarter in which the second period begins counts with the first.
    change_wave = int(quarters(np.array(times[1] - 1)) - quarters(np.array(times[0]))) + 1
    told = written = None
    if experience.texts is not None:
        rng = np.random.default_rng(seeds[1])
        pick = np.flatnonzero(rng.random(len(orders["time"])) < experience.texts.share)
        told = visits(business, experience, orders, pick, who, times, separation, rng)
        written = write_texts(business, experience, told, times, rng)
    truth = ExperienceTruth(
        business,
        experience,
        waves,
        people,
        who["level"],
        bought,
        who["segment"],
        who["later"],
        change_wave,
        separation,
        made,
        back,
        told=told,
        written=written,
    )
    tables = {"surveys": surveys_table(business, experience, made, back, people, waves)}
    if written is not None:
        tables["feedback"] = feedback_table(business, experience, told, written, people)
    return tables, truth
