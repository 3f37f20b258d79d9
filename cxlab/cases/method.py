"""What a client reads of method, one paragraph a study; and the words of the glossary that a report uses."""

from __future__ import annotations

import re
from collections.abc import Iterable

from cxlab.glossary import terms

#: study to how it knows what it says, in words of an owner
METHOD = {
    "experience": (
        "How customers feel is read from the answers of a survey: scores with intervals, what goes along with the "
        "overall score (shares of what all drivers explain together), groups that learn from each other, and texts."
    ),
    "journey": (
        "How customers move is read from contacts in order of time: who reaches which stage, where journeys end, "
        "and what would come back if a touchpoint let go no more journeys than its peers."
    ),
    "segments": (
        "Who customers are is read from what they buy and say; a number of segments is taken only where the same "
        "ones come back in other samples of the same customers."
    ),
    "cltv": (
        "What customers are worth is a forecast of a Bayesian model of buying and staying, tested on a part of the "
        "log that it had not seen."
    ),
    "retention": "How long customers stay is a survival model of contracts, tested on renewals it had not seen.",
    "differentiation": (
        "Why customers choose is read from ratings of us and of rivals by the same people, and from choices among "
        "offers that differ in several things at once. A hierarchical Bayesian choice model gives each respondent's"
        " weights; shares under other prices are simulated from them."
    ),
    "trials": (
        "What an action does is read from trials. Where chance decided who got it, arms are compared; where it did "
        "not, the same places before and after, beside others, with the assumptions tested."
    ),
    "roadmap": (
        "What pays is a simulation of cash flows with uncertain costs and effects, discounted; the plan is the best"
        " of all that budget, capacity and prerequisites allow, by exact optimisation."
    ),
}
_ALWAYS = "Intervals say where a quantity lies with the stated probability, given model and data."
_CODE = re.compile(r";? ?`cxlab[^`]*`")


def paragraphs(studies: Iterable[str]) -> tuple[str, ...]:
    """The paragraphs on the method of a case: one a study that it runs, and what holds for all.

    >>> len(paragraphs(["trials", "roadmap", "of our own"]))
    3
    """
    return (*(METHOD[study] for study in dict.fromkeys(studies) if study in METHOD), _ALWAYS)


def used_terms(texts: Iterable[str]) -> dict[str, str]:
    """The terms of the glossary that stand in some texts, with their meanings.

    >>> list(used_terms(["The NPS rose; the hazard of leaving fell."]))
    ['hazard', 'NPS, net promoter score']
    """
    said = " ".join(texts).lower()
    return {
        term.title: _CODE.sub("", term.meaning).strip()
        for term in terms()
        if any(re.search(rf"\b{re.escape(name.lower())}s?\b", said) for name in term.names)
    }
