"""A case report of findings that are really computed: a coffee shop's survey, and options valued by simulation."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pandas as pd

import cxlab as cx
from cxlab.differentiation.returns.initiative import initiative_values
from cxlab.differentiation.returns.worth import initiative_returns
from cxlab.experience import parts, study
from cxlab.finding import Check, Finding
from cxlab.report import picture_bytes
from cxlab.report.document import Appendix, CaseReport, Figure, Source, StudyRun, Told, Worth
from cxlab.report.gate import facts_of

PERIOD = "17 Jan 2023 – 29 Dec 2024"
SOURCE = "survey of a coffee shop"
INITIATIVES = pd.DataFrame(
    [
        ["Call regulars by name", 1_000, 2_500, 5_000, 1_000, 6_000, 12_000, 2],
        ["Second till from 8 to 9", 6_000, 9_000, 14_000, 2_000, 5_000, 9_000, 4],
        ["Punch card in an app", 4_000, 7_000, 15_000, -1_000, 2_500, 7_000, 6],
    ],
    columns=["name", "cost_low", "cost_likely", "cost_high", "effect_low", "effect_likely", "effect_high", "months"],
)


@cache
def computed() -> tuple[dict[str, Finding], object]:
    """Findings by name, and the data they are of."""
    data = cx.load("coffee_shop")
    settings = study.ExperienceStudy()
    survey = study.asked(data, settings)
    values = initiative_values(INITIATIVES, years=3, draws=1000, currency="EUR", simulated=True)
    found = [*parts.rivals(survey, settings), *parts.drivers(survey, settings), initiative_returns(values), roadmap()]
    return {finding.name: finding for finding in found}, data


def roadmap() -> Finding:
    """What is done in which months."""
    table = pd.DataFrame(
        {"measure": ["Call regulars by name", "Second till from 8 to 9"], "from_month": [1, 3], "to_month": [2, 6]}
    )

    def draw(ax):
        ax.barh(range(2), table["to_month"] - table["from_month"] + 1, left=table["from_month"], color="#1F6FB2")
        ax.set_yticks(range(2), table["measure"])
        ax.set_xlabel("Month")

    return Finding(
        "roadmap.plan", "Names first, the second till from the third month",
        "Two of three options are begun, one after the other.", table, draw=draw,
        units={"from_month": "month", "to_month": "month"}, caption="n = 3 options; a bar from start to full effect.",
    )  # fmt: skip


def case_report(folder: Path, **other) -> CaseReport:
    """The report, its pictures recorded in a folder as a run records them; `other` replaces parts of it."""
    found, data = computed()

    def figure(name: str, **facts) -> Figure:
        finding = found[name]
        picture = None
        if finding.draw is not None:
            picture = folder / f"{name}.png"
            if not picture.is_file():
                picture.write_bytes(picture_bytes(finding))
        known = {k: v for k, v in facts_of(finding, period=PERIOD, source=SOURCE).items() if v}
        return Figure(finding, picture, **(facts | known), simulated=True, study="experience")

    options = figure("differentiation.returns", n="3 options, 1,000 draws")
    best = options.finding.table.iloc[0]
    told = (
        Told(figure("experience.rival_gaps"), "Guests rate us above the chain where it matters: the coffee",
             "Leave speed to the chain; spend on what only this shop can do."),
        Told(figure("experience.drivers"), "Being known by name goes along with satisfaction more than speed does",
             "Train the counter to use names before buying a second machine."),
        Told(figure("experience.differentiation"), "Two leads are hard to copy", "Defend these two, in every shift."),
    )  # fmt: skip
    reasons = pd.DataFrame({"table": ["surveys"], "reason": ["score outside its scale"], "rows": [12]})
    read = int(data.surveys.count().execute())
    counts = pd.DataFrame({"table": ["surveys"], "read": [read + 12], "kept": [read], "quarantined": [12]})
    sources = (
        Source("coffee_shop", "simulated", counts, reasons, data.fingerprint, "Simulated business, seed 1.", "MIT",
               PERIOD, consent={"yes": 812, "no": 681, "asked again": 7}),
    )  # fmt: skip
    checks = tuple((f.name, check) for f in found.values() for check in f.checks)
    report = {
        "client": "Corner Roastery", "title": "Call regulars by name first: it pays more than any other option",
        "question": ("Does knowing your name beat the chain's price?",),
        "situation": ("A coffee shop with its own roastery has a chain as its neighbour since last spring. Regulars "
                      "still come, passers-by no longer do.",),
        "answer": ("Begin with names at the counter: it is worth "
                   f"{Worth(best.npv, best.npv_low, best.npv_high, .9, best.p_loss, '').words('EUR')[0]} over three "
                   "years and needs no machine.", "Add the second till once names work in every shift."),
        "worth": Worth(best.npv, best.npv_low, best.npv_high, .9, best.p_loss, "net present value over three years",
                       finding="differentiation.returns"),
        "change_our_mind": ("Fewer than 30 % of regulars notice within eight weeks.",
                            "The chain cuts its price by more than 15 %."),
        "set_aside": ("Vending machine: probably loses.",),
        "findings": told, "options": options,
        "roadmap": figure("roadmap.plan", interval="none: a plan, not a measurement", n="3 options"),
        "milestones": pd.DataFrame({
            "measure": ["Call regulars by name", "Second till from 8 to 9"], "start": ["month 1", "month 3"],
            "owner": ["shift lead", "owner"], "kpi": ["share of regulars greeted by name", "wait at 8:30"],
            "alarm": ["below 60 % in week 4", "above 6 minutes"],
            "stop": ["below 30 % after eight weeks", "no shorter wait after three months"]}),
        "risks": pd.DataFrame({"risk": ["Staff turnover"], "sign": ["a shift without its lead"],
                               "answer": ["name cards at the till"]}),
        "ethics": ("A guest who does not want to be addressed by name is not.",),
        "sources": sources,
        "method": ("Gaps to rivals are paired: the same person rates both. Worth is simulated from three points.",),
        "appendix": Appendix(
            (StudyRun("experience", "Experience", {"level": 0.9, "draws": 2000, "staff": ["Ana", "Bo"]}, 1, checks,
                      {"experience.ipynb": "ab" * 32}),),
            {"cxlab": "0.5", "python": "3.13"}, {"client.yaml": "cd" * 32},
            {"gap": "difference of mean scores, ours less a rival's", "NPV": "worth today of all money in and out"}),
        "cards": tuple(told[0].figure.finding.keys[:1]), "currency": "EUR", "period": PERIOD,
        "simulated": "The shop, its guests and their answers are made by a simulation; the options' money too.",
    }  # fmt: skip
    return CaseReport(**(report | other))


def failing(finding: Finding) -> Finding:
    """The finding under a check that fails."""
    return finding.with_checks(Check("answers", False, 12, "≥ 30", "Ask more guests."))
