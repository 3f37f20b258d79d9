"""Pictures of drivers, Kano and gaps: everything of the table is drawn and named, on a page and on a phone."""

from __future__ import annotations

import pandas as pd
import pytest

from cxlab.experience.drivers.gaps import service_gaps
from cxlab.experience.drivers.halo import halo
from cxlab.experience.drivers.importance_performance import importance_performance
from cxlab.experience.drivers.kano import CATEGORIES, KanoAnswers, kano
from cxlab.experience.drivers.key_drivers import driver_shares, key_drivers
from cxlab.experience.drivers.ratings import read_ratings
from cxlab.experience.drivers.rivals import rival_gaps
from cxlab.experience.drivers.scorecard import differentiation_scorecard
from cxlab.experience.drivers.stated import stated_and_derived
from cxlab.style import new_axes
from tests.experience.survey_tables import long, survey

DRIVERS = {"friendly_staff": 0.9, "waiting_time": 0.6, "price": 0.3, "music": 0.0}
SHOWN = ["friendly staff", "waiting time", "price", "music"]


@pytest.fixture(scope="module")
def findings():
    wide = survey(120, DRIVERS)
    answers = long(wide, scale=(1, 10)).assign(importance=lambda a: a["response_id"] % 5 + a["question"].str.len())
    shares = driver_shares(read_ratings(answers, outcome="overall"), draws=100)
    both = pd.concat([answers.assign(brand="we"), answers.assign(brand="they", score=11 - answers["score"])])
    gaps = rival_gaps(both, own="we", questions=list(DRIVERS))
    pairs = {name: [(name, "overall")] for name in DRIVERS}
    given = [(9, 1, 1, 1, 0, 0), (1, 9, 1, 1, 0, 0), (1, 1, 9, 1, 0, 0), (3, 3, 3, 3, 0, 0)]
    counts = pd.DataFrame(given, columns=list(CATEGORIES))
    counts.insert(0, "attribute", list(DRIVERS))
    return {
        "drivers": key_drivers(shares),
        "plane": importance_performance(shares),
        "stated": stated_and_derived(shares),
        "halo": halo(shares),
        "kano": kano(KanoAnswers(counts, (), 0, "")),
        "rivals": gaps,
        "scorecard": differentiation_scorecard(gaps, importance=shares),
        "service": service_gaps(answers, pairs=pairs),
    }


def words_of(ax) -> str:
    texts = [t.get_text() for t in (*ax.texts, *ax.get_xticklabels(), *ax.get_yticklabels())]
    return " ".join(texts).replace("\n", " ")


@pytest.mark.parametrize("width", [7.0, 3.6])
@pytest.mark.parametrize("name", ["drivers", "plane", "stated", "halo", "kano", "rivals", "scorecard", "service"])
def test_every_row_is_named_and_nothing_leaves_the_page(findings, name, width):
    ax = new_axes(width=width, height=4.2)
    assert findings[name].plot(ax) is ax
    ax.figure.draw_without_rendering()
    words = words_of(ax)
    for shown in SHOWN:
        assert shown in words
    assert ax.get_xlabel()
    page = ax.figure.bbox
    for text in (*ax.texts, *(ax.get_legend().get_texts() if ax.get_legend() else ())):
        box = text.get_window_extent()
        assert box.x0 >= page.x0 - 2 and box.x1 <= page.x1 + 2, text.get_text()


def test_what_is_not_decided_looks_so(findings):
    hollow = [line for line in findings["kano"].plot().lines if line.get_markerfacecolor() == "white"]
    undecided = findings["kano"].table["decided"].eq(False).sum()
    assert sum(len(line.get_xdata()) for line in hollow) == undecided > 0


def test_marks_stand_where_the_table_says(findings):
    table = findings["drivers"].table
    bars = findings["drivers"].plot().containers[0]
    assert [bar.get_width() for bar in bars] == pytest.approx(table["share"].tolist())
