"""What follows from a finding where nobody has written it: a sentence by its name, honest where checks fail."""

from __future__ import annotations

from cxlab.finding import Finding

#: beginning of a finding's name to what an owner does because of it
_FOLLOWS = {
    "experience.score": "Watch this score with its interval; act when a change is real, not when it moves.",
    "experience.driver": (
        "Begin with what goes along most with satisfaction and is rated low, and test it before it is rolled out."
    ),
    "experience.value_of_a_point": (
        "Try on a few customers what raises the score, and count what it brings before more is spent: what goes with "
        "a point is not yet what raising it brings."
    ),
    "experience": "Take it as where to look first, and ask the customers concerned.",
    "journey.recoverable": "Mend the touchpoint with the most to win back first.",
    "journey": "Look at where journeys end before buying more visitors.",
    "segments": "Serve segments differently only where they come back in other samples and pay.",
    "cltv": "Spend on winning or keeping a customer no more than the lower end of what one is worth.",
    "retention": "Spend on keeping customers where the chance of leaving is highest and can be changed.",
    "differentiation.price": (
        "Answer a price cut with what customers pay for, as long as the share kept covers the margin."
    ),
    "differentiation.willingness": "Charge for what customers pay more for than it costs; leave the rest plain.",
    "differentiation.map": "Say in one sentence what we stand for, and keep it where rivals cannot follow.",
    "differentiation": "Invest where the lead matters and is hard to copy; leave what rivals do as well.",
    "trials": "Scale what paid in the trial; stop what did not, and plan the next one larger.",
}  # fmt: skip
#: beginning of a finding's name and of its title, where it shows nothing to act on, to what is done then
_NOTHING_SHOWN = {
    ("experience.value_of_a_point", "No link"): (
        "Count on no money from a higher score: that it brings any is not shown. Spend on satisfaction for other "
        "reasons, or after a trial that shows what it brings."
    ),
}


def so_what(finding: Finding, study: str = "") -> str:
    """The sentence that fits the finding best by its name; where nothing is shown or checks fail, one that says so.

    >>> import pandas as pd
    >>> so_what(Finding("cltv.value", "A", "A.", pd.DataFrame()))
    'Spend on winning or keeping a customer no more than the lower end of what one is worth.'
    """
    if not finding.believed:
        return f"Nothing is built on this before it is measured again: {finding.failed[0].name} fails."
    if study == "trials":
        return _FOLLOWS["trials"]
    for (start, title), words in _NOTHING_SHOWN.items():
        if finding.name.startswith(start) and finding.title.startswith(title):
            return words
    named = [start for start in _FOLLOWS if finding.name.startswith(start)]
    return _FOLLOWS[max(named, key=len)] if named else "Keep it in mind; by itself it changes nothing."
