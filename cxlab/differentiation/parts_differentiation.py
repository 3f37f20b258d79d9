"""The parts of the study of differentiation: the findings of each, and one sentence where the data cannot tell."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cxlab.differentiation.choice.alike import alike_part_worths
from cxlab.differentiation.choice.attack_answers import answers_to_attack
from cxlab.differentiation.choice.best_response import best_price, equilibrium
from cxlab.differentiation.choice.hierarchical import PartWorths
from cxlab.differentiation.choice.holdout import foretold
from cxlab.differentiation.choice.market import Market, build_market
from cxlab.differentiation.choice.offered import offered_and_chosen
from cxlab.differentiation.choice.price_attack import price_attack
from cxlab.differentiation.choice.products import shown, unpriced
from cxlab.differentiation.choice.shares import market_shares, price_elasticities
from cxlab.differentiation.choice.willingness import willingness_to_pay
from cxlab.differentiation.choice.worth import worth_on_market
from cxlab.differentiation.positioning.brand_table import read_brand_table
from cxlab.differentiation.positioning.perceptual_map import perceptual_map
from cxlab.differentiation.study_differentiation import Chosen, DifferentiationStudy
from cxlab.experience import parts as experience_parts
from cxlab.experience.study import Asked, ExperienceStudy
from cxlab.finding import Finding
from cxlab.parameters import option
from cxlab.parts import Part, part_of

#: choices of a person from which tastes of their own can be told
_TASKS = 2
_NO_CHOICES = "No choices between products were recorded: nothing is said about what people choose and would pay."
_NO_PRICE = "No price is among what was offered: nothing is said about money."


def standing(survey: Asked | None, settings: DifferentiationStudy) -> Part:
    """Where we are rated higher than each rival, which lead is worth having, and what each brand is named for."""
    if survey is None or not survey.own:
        return Part(absent="No rivals are rated: nothing is said about where we stand among them.")
    how = ExperienceStudy(
        hard_to_copy=settings.hard_to_copy, level=settings.level, draws=max(settings.draws, 200), seed=settings.seed
    )
    found = experience_parts.rivals(survey, how)
    named = {"experience.rival_gaps": "differentiation.gaps", "experience.differentiation": "differentiation.scorecard"}
    found = replace(found, findings=tuple(replace(f, name=named.get(f.name, f.name)) for f in found))
    if found.get("differentiation.scorecard"):  # its picture shows the gaps again, against what they matter
        found = _without_picture(found, "differentiation.gaps")
    return found + part_of(lambda: perceptual_map(
        read_brand_table(survey.data, questions=survey.drivers), own=survey.own, level=settings.level, rng=settings.seed
    ))  # fmt: skip


def offered(chosen: Chosen | None, settings: DifferentiationStudy) -> Part:
    """What was offered and what was chosen, before any model."""
    if chosen is None:
        return Part(absent=_NO_CHOICES)
    left = [name.replace("_", " ") for name in chosen.left_out]
    same = f"{', '.join(left)}: the same for all alternatives of a choice, so left out." if left else ""
    of_people = [name.replace("_", " ") for name in chosen.measured]
    counted = f"{', '.join(of_people)}: measured, not offered, so no amount is put on it." if of_people else ""
    words = " ".join(filter(None, [same, counted]))
    return part_of(lambda: offered_and_chosen(chosen.choices, level=settings.level)) + Part(absent=words)


def fit(chosen: Chosen | None, settings: DifferentiationStudy) -> PartWorths | None:
    """Part-worths of everybody who chose, the same for all where nobody chose twice; None where nobody chose."""
    if chosen is None:
        return None
    train = chosen.train
    if train.n_tasks < _TASKS * train.n_respondents:
        return alike_part_worths(train, draws=settings.draws, rng=settings.seed)
    from cxlab.differentiation.choice.hierarchical import fit_part_worths

    # nobody likes a higher price; of a log-normal distaste the few who mind it most would take most of the steps
    return fit_part_worths(
        train, draws=settings.draws, effective=settings.effective, most=settings.most, price="negative",
        rng=settings.seed,
    )  # fmt: skip


def worth(chosen: Chosen | None, fitted: PartWorths | None, settings: DifferentiationStudy) -> Part:
    """What people choose by, what they would pay for it, and whether the model foretells what it has not seen."""
    if chosen is None or fitted is None:
        return Part(absent=_NO_CHOICES)
    from cxlab.differentiation.choice.worths import attribute_importance, part_worths

    found = part_of(
        lambda: part_worths(fitted, level=settings.level),
        *([lambda: attribute_importance(fitted, level=settings.level)] if len(chosen.choices.attributes) > 1 else []),
    )
    found = _without_picture(found, "differentiation.importance")  # that of part-worths shows the same, with signs
    if chosen.choices.price:
        found += part_of(lambda: willingness_to_pay(
            fitted, columns=_sold(chosen), above=settings.above or None, level=settings.level,
            currency=settings.currency, unit=chosen.unit, stated=settings.stated, rng=settings.seed,
        ))  # fmt: skip
    else:
        found += Part(absent=_NO_PRICE)
    return found + part_of(lambda: foretold(fitted, chosen.held, level=settings.level))


def _without_picture(part: Part, name: str) -> Part:
    return replace(part, findings=tuple(replace(f, draw=None) if f.name == name else f for f in part))


def _sold(chosen: Chosen) -> list[str]:
    """Columns of what can be offered and has been shown with a price; none: all there are."""
    if not chosen.measured:
        return []
    apart = ("alternative", "none", chosen.choices.price, *chosen.measured, *unpriced(chosen.choices))
    return [c for a, own in chosen.choices.attributes.items() if a not in apart for c in own]


def market_of(chosen: Chosen | None, fitted: PartWorths | None, settings: DifferentiationStudy) -> Market | None:
    """Our product among those of rivals; None where there are no choices, no price or no rivals."""
    if chosen is None or fitted is None or len(chosen.products) < 2:
        return None
    return build_market(
        fitted, chosen.products, own=chosen.own, costs=settings.costs, currency=settings.currency,
        unit=chosen.unit, stated=settings.stated, fixed=(*chosen.sellers, *chosen.measured), rng=settings.seed,
    )  # fmt: skip


def shares(chosen: Chosen | None, market: Market | None, settings: DifferentiationStudy) -> Part:
    """Which share each product would have, and what changes of ours are worth on the market."""
    if market is None:
        return _without(chosen)
    return part_of(
        lambda: market_shares(market, level=settings.level),
        lambda: price_elasticities(market, level=settings.level),
        lambda: worth_on_market(market, level=settings.level),
    )


def attack(chosen: Chosen | None, market: Market | None, settings: DifferentiationStudy) -> Part:
    """Who stays when a rival cuts its price, and what would bring the others back."""
    if market is None:
        return _without(chosen)
    how = {"rival": settings.rival, "cut": settings.cut, "level": settings.level}
    return part_of(lambda: price_attack(market, **how), lambda: answers_to_attack(market, **how))


def prices(chosen: Chosen | None, market: Market | None, settings: DifferentiationStudy) -> Part:
    """The price that earns most, alone and when rivals answer."""
    if market is None:
        return _without(chosen)
    if market.own not in market.costs:
        return Part(
            absent=f"What one unit of {market.own} costs is not known: nothing is said about the price that earns "
            f"most. To say that it costs 1.5: {option('costs', {market.own: 1.5})}"
        )
    return part_of(lambda: best_price(market, level=settings.level), lambda: equilibrium(market, level=settings.level))


def _without(chosen: Chosen | None) -> Part:
    if chosen is None:
        return Part(absent=_NO_CHOICES)
    if not chosen.choices.price:
        return Part(absent=_NO_PRICE)
    price, middle = chosen.choices.price, f"{np.median(shown(chosen.choices, chosen.choices.price)):g}"
    how = f"{option('own_product', {price: middle})} {option('rivals', {'a rival': f'{price}: {middle}'})}"
    return Part(absent=f"Nothing tells whose product is whose. To name ours and a rival's: {how}")


def answer(*, standing: Part, worth: Part, attack: Part) -> list[Finding]:
    """What a report begins with: what makes us different, what people would pay for, who stays when a rival cuts."""
    ours = standing.get("differentiation.scorecard") or standing.get("differentiation.gaps")
    pay = worth.get("differentiation.willingness") or worth.get("differentiation.part_worths")
    found = [ours, pay, attack.get("differentiation.price_attack")]
    return [finding for finding in found if finding is not None]
