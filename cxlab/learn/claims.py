"""Famous claims on customers and technology, what their sources measured, and four questions that audit any claim."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from cxlab.errors import ParameterError, unknown
from cxlab.finding import Finding
from cxlab.wording import count

#: how those who had it were told apart from those they are compared with, the strongest evidence first
COMPARISONS = {
    "by lot": "who had it was drawn by lot",
    "as if by lot": "who had it hung on chance: a rounding, a waiting list",
    "by choice": "those who had it anyway, beside those who had not",
    "none": "nothing",
}
_USABLE = "holds for some like us: try it here"


@dataclass(frozen=True)
class Claim:
    """A claim, and the answers to four questions on it.

    Parameters
    ----------
    claim : as it is told
    source : who measured it, and where it is written; "" where no source was found
    measured : what was found, in the words of what was measured
    who : on whom; small : businesses as small as ours are among them
    how_many : as the source says
    compared : a key of `COMPARISONS`
    otherwise : what else would bring the same number
    held : whether the claim stood where it was put to the test: False where the source contradicts it
    """

    claim: str
    source: str = ""
    measured: str = "not known"
    who: str = "not known"
    how_many: str = "not known"
    compared: str = "none"
    otherwise: str = "anything"
    small: bool = False
    held: bool = True

    def __post_init__(self):
        if self.compared not in COMPARISONS:
            raise unknown("comparison", self.compared, COMPARISONS)

    @property
    def verdict(self) -> str:
        """What a small business may do with it.

        >>> Claim("Sugar sells", source="A leaflet", compared="by choice").verdict
        'goes along with it: no reason to act'
        """
        if not self.source:
            return "no source: leave it"
        if not self.held:
            return "contradicted: do not build on it"
        if self.compared in ("by choice", "none"):
            return "goes along with it: no reason to act"
        return _USABLE if self.small else "holds for others: test it here first"


#: first the one that lesson F1 leaves to the reader
CLAIMS = (
    Claim(
        "Digitally mature companies are 26 % more profitable",
        source="Capgemini Consulting and MIT Center for Digital Business (2012), The Digital Advantage",
        measured="profitability of firms whose executives call them digitally mature, beside others of their industry",
        who="large firms, worldwide",
        how_many="over 400",
        compared="by choice",
        otherwise="Profitable and well-led firms can afford technology; large firms differ from small ones.",
    ),
    Claim(
        "Firms that use analytics are 23 % more likely to beat their revenue goals",
        otherwise="Whoever repeats it does not say who was asked.",
    ),
    Claim(
        "70 % see technology as crucial, and fewer than half have a strategy",
        otherwise="Whoever repeats it does not say who was asked; and opinions are not results.",
    ),
    Claim(
        "The net promoter score predicts growth better than anything else",
        source="Keiningham, Cooil, Andreassen & Aksoy (2007), Journal of Marketing 71(3)",
        measured="growth of revenue beside the score and beside satisfaction: the score was not clearly better",
        who="firms of several industries in Norway",
        how_many="21 firms, over 15,500 interviews",
        compared="by choice",
        otherwise="With so few firms in an industry chance alone makes large correlations.",
        held=False,
    ),
    Claim(
        "Find the customers most likely to leave, and contact those",
        source="Ascarza (2018), Journal of Marketing Research 55(1)",
        measured="who stayed because of the contact: not those most likely to leave, but those who respond",
        who="customers of firms with contracts",
        how_many="2 field experiments",
        compared="by lot",
        otherwise="Little: contacts were drawn by lot. Another offer may do something else.",
        held=False,
    ),
    Claim(
        "With an assistant that suggests answers, everybody who serves gets faster and stays human",
        source="Brynjolfsson, Li & Raymond (2025), Quarterly Journal of Economics 140(2)",
        measured="15 % more cases solved an hour; about 30 % for novices, hardly any for experts; politer customers",
        who="agents of one software firm's support",
        how_many="5,172",
        compared="as if by lot",
        otherwise="Little: who got it first was nearly chance. Persons kept the last word; machines alone: not tried.",
    ),
    Claim(
        "A star more in the reviews brings 5 to 9 % more revenue",
        source="Luca (2011), Reviews, Reputation, and Revenue, Harvard Business School working paper 12-016",
        measured="revenue just above and just below the rounding of stars; nothing for restaurants of chains",
        who="restaurants in Seattle, independent ones among them",
        how_many="not stated in the summary",
        compared="as if by lot",
        otherwise="Little near the rounding. Other towns, years and trades may differ.",
        small=True,
    ),
    Claim(
        "Half a star more fills the tables",
        source="Anderson & Magruder (2012), The Economic Journal 122(563)",
        measured="sold out in the evening 19 points more often just above the rounding than just below",
        who="restaurants in San Francisco",
        how_many="328",
        compared="as if by lot",
        otherwise="Little near the rounding. Guests may only have gone to another table in town.",
        small=True,
    ),
)


def audit(claims: Sequence[Claim] = CLAIMS) -> Finding:
    """Who, how many, compared with what, could it be otherwise: what a small business may do with each claim.

    Parameters
    ----------
    claims : those of this module, or your own

    Returns
    -------
    Finding "learn.claims", a row a claim in the order given: claim, measured, who, how_many, compared_with,
        could_it_be_otherwise, verdict, source

    Raises
    ------
    ParameterError : there is no claim.

    Notes
    -----
    The verdict follows from the answers alone: whether there is a source and it agrees, how it compared, and whether
    businesses of our size were among them. It does not weigh the size of an effect.

    >>> audit([Claim("Everybody wants an app")]).table[["who", "verdict"]].values.tolist()
    [['not known', 'no source: leave it']]
    """
    if not claims:
        raise ParameterError("no claim.", expected="one or more", mend='audit([Claim("…")])')
    table = pd.DataFrame(
        {
            "claim": [c.claim for c in claims],
            "measured": [c.measured for c in claims],
            "who": [c.who for c in claims],
            "how_many": [c.how_many for c in claims],
            "compared_with": [COMPARISONS[c.compared] for c in claims],
            "could_it_be_otherwise": [c.otherwise for c in claims],
            "verdict": [c.verdict for c in claims],
            "source": [c.source or "none found" for c in claims],
        }
    )
    verdicts = table["verdict"].value_counts(sort=False)
    usable = sum(c.verdict == _USABLE for c in claims)
    return Finding(
        name="learn.claims",
        title=f"{count(usable)} of {count(len(claims))} claims can be tried in a small business at once",
        text=f"Verdicts on {count(len(claims))} claims: "
        + "; ".join(f"{verdict} ({count(n)})" for verdict, n in verdicts.items())
        + ".",
        table=table,
        caption="Verdicts follow from who was studied and how they were compared; sources are in the table.",
    )
