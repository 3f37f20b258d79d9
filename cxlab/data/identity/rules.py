"""How alike two records are, column by column, and the rules that make them one person or keep them apart.

Every comparison is an ordered list of conditions, from the same to different; Splink weighs them, rules ask for them,
and the reason of a link is written from them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cxlab.data.engine import quoted
from cxlab.data.identity.fields import LABELS
from cxlab.errors import ParameterError, unknown
from cxlab.wording import listed


@dataclass(frozen=True)
class Level:
    """One degree of likeness.

    Parameters
    ----------
    condition : SQL of two records' columns (…_l, …_r)
    words : how a reason says it
    m : share of pairs of one person that are so, where the data cannot teach it
    frequency : column whose rare values weigh more
    """

    condition: str
    words: str
    m: float
    frequency: str = ""


@dataclass(frozen=True)
class Comparison:
    """How alike two records are in one respect.

    Parameters
    ----------
    name : a name of `LABELS`; "postcode" stands for the place, town included
    levels : from the same to nearly so; what meets none of them is different
    differs : words for that, and `different`, the share of pairs of one person that are so
    """

    name: str
    levels: Sequence[Level]
    different: float
    columns: Sequence[str] = ()

    @property
    def missing(self) -> str:
        """SQL: one of the records does not say."""
        columns = self.columns or (self.name,)
        return " AND ".join(f"({c}_l IS NULL OR {c}_r IS NULL)" for c in columns)

    @property
    def differs(self) -> str:
        """SQL: both say, and not nearly the same."""
        return f"NOT ({self.missing}) AND NOT coalesce({' OR '.join(f'({v.condition})' for v in self.levels)}, false)"

    @property
    def same(self) -> int:
        """Splink's number of the highest level."""
        return len(self.levels)

    def words(self, gamma: str) -> str:
        """SQL of what to say of a pair, by its level; null where a record does not say."""
        label = "place" if self.name == "postcode" else LABELS[self.name]
        cases = [f"WHEN {self.same - i} THEN {quoted(level.words)}" for i, level in enumerate(self.levels)]
        return f"CASE {gamma} {' '.join(cases)} WHEN 0 THEN {quoted(label + ' differs')} END"


_SWAPPED = Level("first_name_l = last_name_r AND last_name_l = first_name_r", "names swapped", 0.01)


def _edited(name: str, *, length: int = 1) -> str:
    """One letter added, left out, replaced or exchanged with the next; the cheap tests come before the dear one."""
    left, right = f"{name}_l", f"{name}_r"
    return (
        f"abs(length({left}) - length({right})) <= 1 AND least(length({left}), length({right})) >= {length} "
        f"AND jaro_winkler_similarity({left}, {right}) >= 0.8 AND damerau_levenshtein({left}, {right}) <= 1"
    )


def _typo(name: str, length: int) -> str:
    return f"({_edited(name, length=length)}) OR jaro_winkler_similarity({name}_l, {name}_r) >= 0.92"


def _begins(name: str, length: int) -> str:
    return (
        f"least(length({name}_l), length({name}_r)) >= {length} AND "
        f"(starts_with({name}_l, {name}_r) OR starts_with({name}_r, {name}_l))"
    )


#: mails made from a name and a number are nearly alike without being one person's: the number must be the same
_MAIL_TYPO = (
    f"{_edited('email')} AND regexp_replace(email_l, '[^0-9]', '', 'g') = regexp_replace(email_r, '[^0-9]', '', 'g')"
)
#: one digit of YYYY-MM-DD replaced, or two neighbours exchanged
_ONE_DIGIT = "hamming(birth_date_l, birth_date_r) <= 2 AND damerau_levenshtein(birth_date_l, birth_date_r) <= 1"
#: day and month of YYYY-MM-DD exchanged
_DAY_MONTH = (
    "left(birth_date_l, 4) = left(birth_date_r, 4) AND substr(birth_date_l, 6, 2) = right(birth_date_r, 2) "
    "AND right(birth_date_l, 2) = substr(birth_date_r, 6, 2)"
)

COMPARISONS: Mapping[str, Comparison] = {c.name: c for c in (
    Comparison("first_name", (
        Level("first_name_l = first_name_r", "same first name", 0.85, "first_name"),
        _SWAPPED,
        Level(_begins("first_name", 1), "short form of the first name", 0.04),
        Level(_typo("first_name", 5), "similar first name", 0.06),
    ), 0.04),
    Comparison("last_name", (
        Level("last_name_l = last_name_r", "same last name", 0.85, "last_name"),
        _SWAPPED,
        Level(_begins("last_name", 3), "part of the last name", 0.02),
        Level(_typo("last_name", 4), "similar last name", 0.07),
    ), 0.05),
    Comparison("email", (
        Level("email_l = email_r", "same e-mail", 0.7),
        Level("split_part(email_l, '@', 1) = split_part(email_r, '@', 1)", "same e-mail name elsewhere", 0.08),
        Level(_MAIL_TYPO, "similar e-mail", 0.07),
    ), 0.15),
    Comparison("phone", (
        Level("phone_l = phone_r", "same phone", 0.75),
        Level(_edited("phone"), "similar phone", 0.05),
    ), 0.2),
    Comparison("postcode", (
        Level("postcode_l = postcode_r", "same postcode", 0.75, "postcode"),
        Level(_edited("postcode", length=4), "similar postcode", 0.05),
        Level("city_l = city_r", "same city", 0.1, "city"),
    ), 0.1, ("postcode", "city")),
    Comparison("birth_date", (
        Level("birth_date_l = birth_date_r", "same birth date", 0.9),
        Level(f"({_ONE_DIGIT}) OR ({_DAY_MONTH})", "similar birth date", 0.07),
    ), 0.03),
)}  # fmt: skip


@dataclass(frozen=True)
class Rule:
    """Two records that agree in all of `same` are one person, unless they differ in one of `unless`.

    Parameters
    ----------
    same : names of fields that both records state, and state alike; "account" is the source's own customer number
    unless : names of fields; where both records state them and they are not even similar, the rule does not hold

    >>> Rule(("first_name", "last_name", "birth_date")).words
    'same first name, last name and birth date'
    """

    same: Sequence[str]
    unless: Sequence[str] = ()

    def __post_init__(self):
        if isinstance(self.same, str) or isinstance(self.unless, str) or not self.same:
            raise ParameterError(f"rule of {self.same!r}.", expected="names of fields", mend='Rule(same=("email",))')
        for name in self.same:
            if name not in COMPARISONS and name != "account":
                raise unknown("field of a rule", name, [*COMPARISONS, "account"])
        for name in self.unless:
            if name not in COMPARISONS:
                raise unknown("field of a rule", name, COMPARISONS)

    @property
    def words(self) -> str:
        """The rule as a reason says it."""
        labels = [LABELS.get(name, "customer number of one source") for name in self.same]
        return f"same {listed(labels)}"

    def agrees(self, compared: Sequence[str]) -> str:
        """SQL over a pair's levels: all of `same` agree; false where one of them is not known of anybody."""
        if not set(self.same) <= {*compared, "account"}:
            return "false"
        same = ["account_l = account_r" if n == "account" else f"gamma_{n} = {COMPARISONS[n].same}" for n in self.same]
        return " AND ".join(same)

    def hinders(self, compared: Sequence[str]) -> str:
        """SQL over a pair's levels: the records differ in one of `unless`."""
        return " OR ".join(f"gamma_{n} = 0" for n in self.unless if n in compared) or "false"


#: rules of the house: own customer number, then what hardly two people share
RULES: Sequence[Rule] = (
    Rule(("account",)),
    Rule(("email",), unless=("first_name", "last_name", "birth_date")),
    Rule(("phone",), unless=("first_name", "last_name", "birth_date")),
    Rule(("first_name", "last_name", "birth_date")),
)
#: records that differ in one of these are never merged, however alike they are: twins, couples, parents and children
APART = ("first_name", "birth_date")


def compared(known: Sequence[str]) -> tuple[str, ...]:
    """Names of the comparisons that records with these fields allow.

    >>> compared(["email", "city"])
    ('email', 'postcode')
    """
    return tuple(name for name, c in COMPARISONS.items() if {name, *c.columns} & set(known))


def reason(compared: Sequence[str]) -> str:
    """SQL of what two records share and where they differ, in words.

    "same e-mail, similar last name; phone differs"
    """
    said = {name: COMPARISONS[name].words(f"gamma_{name}") for name in compared}
    alike = ", ".join(f"CASE WHEN gamma_{n} > 0 THEN {words} END" for n, words in said.items())
    unlike = ", ".join(f"CASE WHEN gamma_{n} = 0 THEN {words} END" for n, words in said.items())
    return f"concat_ws('; ', nullif(concat_ws(', ', {alike}), ''), nullif(concat_ws(', ', {unlike}), ''))"
