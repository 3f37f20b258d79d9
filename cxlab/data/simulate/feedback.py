"""Texts of customers: themes and sentiments that follow from the visit, sentences put together from a grammar.

What is private is made of what belongs to nobody: e-mail addresses of the domains kept for examples (RFC 2606),
telephone numbers kept for fiction (Ofcom, the Bundesnetzagentur, 555-01xx), card numbers that payment services publish
for tests.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy.special import expit

from cxlab.data.simulate.business import Business
from cxlab.data.simulate.customers import coded, numbered
from cxlab.data.simulate.experience import Experience, Texts
from cxlab.data.simulate.phrases import ABOUT, PRIVATE, pool
from cxlab.data.simulate.visits import Visits, quarters

#: log-odds of praise a point of the component above its mean; chances of a second and a third theme, of no theme
_LEAN, _SECOND, _THIRD, _NONE = 1.4, 0.50, 0.15, 0.07
#: chances of a sentence about nothing, of a general verdict, of a slip in a sentence, of no capitals
_IDLE, _VERDICT, _SLIP, _LOWER = 0.30, 0.25, 0.12, 0.15
#: median delay of a text and its spread, seconds; stars: mean, points a point of satisfaction, noise; shares without
#: a rating, and without a known customer (on a review site)
_DELAY, _DELAY_SPREAD, _STARS, _UNRATED, _UNKNOWN = 8 * 3600.0, 1.3, (4.0, 1.05, 0.45), 0.05, 0.7
_WORDS = np.array(["sunny", "maple", "otter", "violet", "north", "pixel", "harbour", "quiet", "lemon", "paper", "wolke",
                   "kiesel", "brook", "tango", "cedar", "comet"])  # fmt: skip
_DOMAINS = np.array(["example.com", "example.org", "example.net", "mail.example"])
#: what comes before the last digits, and how many these are
_PHONES = (("+44 7700 900", 3), ("020 7946 0", 3), ("(212) 555-01", 2), ("+1-415-555-01", 2), ("030 23125 ", 3),
           ("+49 30 23125", 3))  # fmt: skip
_CARDS = ("4111 1111 1111 1111", "4242 4242 4242 4242", "5555 5555 5555 4444", "5105 1051 0510 5100",
          "4012-8888-8888-1881", "6011-1111-1111-1117", "378282246310005", "5424000000000015")  # fmt: skip
KINDS = tuple(PRIVATE)


@dataclass(frozen=True)
class Written:
    """The texts and what is true of them; n texts in order of time, up to three themes each.

    Parameters
    ----------
    visit : (n,) the visit each is about
    time, source, stars : (n,) when it was written, where (code), and the rating (NaN: none)
    known : (n,) bool: whether the table says whose it is
    theme, praise : (n, 3) code of the theme, −1 none; 1 praise, −1 complaint, 0 none
    verdict : (n,) 1 or −1 where a general verdict stands there, else 0
    private, value : (n,) code of the kind of private detail, −1 none, and the detail as it stands in the text
    named : (n,) who is named, as it stands in the text; null: nobody
    text : (n,) the texts
    """

    visit: np.ndarray
    time: np.ndarray
    source: np.ndarray
    stars: np.ndarray
    known: np.ndarray
    theme: np.ndarray
    praise: np.ndarray
    verdict: np.ndarray
    private: np.ndarray
    value: pa.Array
    named: pa.Array
    text: pa.Array


def write_texts(
    business: Business, experience: Experience, made: Visits, times: tuple[int, int, int], rng: np.random.Generator
) -> Written:
    """Write a text about each visit, as far as there is time for it.

    Parameters
    ----------
    times : first moment, beginning of the second period and last moment, seconds
    """
    texts = experience.texts
    time = made.time + (_DELAY * np.exp(_DELAY_SPREAD * rng.standard_normal(len(made.time)))).astype(np.int64)
    visit = np.flatnonzero(time <= times[2])
    visit = visit[np.argsort(time[visit], kind="stable")]
    time, n, names = time[visit], len(visit), list(texts.themes)
    latest = quarters(time) == quarters(np.array(times[2]))
    theme = _themes(business, texts, made.touchpoint[visit], latest, rng)
    praise = _praise(experience, names, theme, made.felt[visit], made.overall[visit], rng)
    overall = made.overall[visit]
    says = (rng.random(n) < _VERDICT) | (theme[:, 0] < 0)
    verdict = np.where(says, np.where(overall + 0.3 * rng.standard_normal(n) > -0.4, 1, -1), 0).astype(np.int8)
    text = _texts(names, theme, praise, verdict, rng)
    text, named = _with_names(business, text, made.hand[visit], rng)
    lower = pa.array(rng.random(n) < _LOWER)
    text, named = (pc.if_else(lower, pc.utf8_lower(words), words) for words in (text, named))
    text, kind, value = _with_private(texts, text, rng)
    weight = np.array(list(texts.sources.values()), dtype=float)
    source = rng.choice(len(weight), n, p=weight / weight.sum()).astype(np.int8)
    mean, slope, noise = _STARS
    stars = np.clip(np.rint(mean + slope * overall + noise * rng.standard_normal(n)), 1, 5)
    stars[rng.random(n) < _UNRATED] = np.nan
    known = (np.array(list(texts.sources))[source] != "review site") | (rng.random(n) >= _UNKNOWN)
    return Written(visit, time, source, stars, known, theme, praise, verdict, kind, value, named, text)


def feedback_table(
    business: Business, experience: Experience, made: Visits, written: Written, people: pa.Array
) -> pa.Table:
    """The texts, a row each, in order of time."""
    visit = written.visit
    return pa.table(
        {
            "feedback_id": numbered("F", len(visit)),
            "text": written.text,
            "customer_id": coded(np.where(written.known, made.customer[visit], -1), people),
            "timestamp": pa.array(written.time.astype("datetime64[s]")),
            "rating": pa.array(written.stars, from_pandas=True),
            "source": coded(written.source, list(experience.texts.sources)),
            "touchpoint": coded(made.touchpoint[visit], business.names),
        }
    )


def _themes(
    business: Business, texts: Texts, touchpoint: np.ndarray, latest: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """(n, 3) themes of each text, no theme twice, −1: none."""
    n, names = len(touchpoint), list(texts.themes)
    weight = np.array(list(texts.themes.values()), dtype=float)
    at = np.array([[texts.at.get(p, {}).get(t, 1.0) for t in names] for p in business.names])
    new = np.array([np.ones(len(names)), [texts.emerging.get(t, 1.0) for t in names]])
    chances = weight * at[:, None] * new
    steps = np.cumsum(chances / chances.sum(axis=-1, keepdims=True), axis=-1)[touchpoint, latest.astype(int)]
    drawn = (rng.random((n, 3, 1)) > steps[:, None, :-1]).sum(axis=-1).astype(np.int8)
    more = rng.random((n, 3))
    drawn[more[:, 0] < _NONE] = -1
    drawn[more[:, 1] >= _SECOND, 1:] = -1
    drawn[more[:, 2] >= _THIRD, 2] = -1
    drawn[drawn[:, 1] == drawn[:, 0], 1] = -1
    drawn[(drawn[:, 2] == drawn[:, 0]) | (drawn[:, 2] == drawn[:, 1]), 2] = -1
    return drawn


def _praise(
    experience: Experience,
    names: list[str],
    theme: np.ndarray,
    felt: np.ndarray,
    overall: np.ndarray,
    rng: np.random.Generator,
) -> np.ndarray:
    """(n, 3) 1 praise, −1 complaint: the better the component that a theme is about, the likelier praise."""
    apart = felt - np.array([c.mean for c in experience.components])
    about = [ABOUT[t][0] for t in names]
    score = np.stack([apart[:, experience.names.index(c)] if c in experience.names else overall for c in about], axis=1)
    chance = expit(_LEAN * score + np.array([ABOUT[t][1] for t in names]))
    mine = np.take_along_axis(chance, np.maximum(theme, 0).astype(int), axis=1)
    return np.where(theme < 0, 0, np.where(rng.random(theme.shape) < mine, 1, -1)).astype(np.int8)


def _texts(
    names: list[str], theme: np.ndarray, praise: np.ndarray, verdict: np.ndarray, rng: np.random.Generator
) -> pa.Array:
    """Sentences put together; the place of a name is still open."""
    cells = [pool(t, s) for t in names for s in (1, -1)] + [pool("", s) for s in (1, -1, 0)]
    size = np.array([len(right) for right, _ in cells])
    begins = np.cumsum(size) - size
    bank = pa.array([s for right, _ in cells for s in right] + [s for _, slips in cells for s in slips])
    general = 2 * len(names)

    def drawn(cell: np.ndarray) -> pa.Array:
        at = begins[cell] + (rng.random(len(cell)) * size[cell]).astype(int)
        at += np.where(rng.random(len(cell)) < _SLIP, size.sum(), 0)
        return bank.take(pa.array(at, mask=cell < 0))

    n = len(verdict)
    idle = rng.random(n)
    parts = [drawn(np.where(idle < _IDLE / 2, general + 2, -1))]
    parts += [drawn(np.where(theme[:, c] < 0, -1, 2 * theme[:, c].astype(int) + (praise[:, c] < 0))) for c in range(3)]
    parts.append(drawn(np.where(idle > 1 - _IDLE / 2, general + 2, -1)))
    parts.append(drawn(np.where(verdict == 0, -1, general + (verdict < 0))))
    return pc.binary_join_element_wise(*parts, " ", null_handling="skip")


def _with_names(
    business: Business, text: pa.Array, hand: np.ndarray, rng: np.random.Generator
) -> tuple[pa.Array, pa.Array]:
    """Texts with who served in the open place (anybody where nobody did), and who is named."""
    team = [name for name in business.team if name != "self-service"] or ["The team"]
    codes = np.array([team.index(name) if name in team else -1 for name in business.team] + [-1])[hand]
    who = pa.array(team).take(pa.array(np.where(codes < 0, rng.integers(len(team), size=len(codes)), codes)))
    named = pc.if_else(pc.match_substring(text, "{name}"), who, None)
    for name in team:
        text = pc.if_else(pc.fill_null(pc.equal(named, name), False), pc.replace_substring(text, "{name}", name), text)
    return text, named


def _with_private(texts: Texts, text: pa.Array, rng: np.random.Generator) -> tuple[pa.Array, np.ndarray, pa.Array]:
    """Texts some of which end with a private detail; its kind, and the detail as it stands there."""
    n = len(text)
    kind = np.where(rng.random(n) < texts.private, rng.integers(len(KINDS), size=n), -1).astype(np.int8)
    details = _details(kind[kind >= 0], rng)
    at = np.full(n, -1)
    at[kind >= 0] = np.arange(len(details))
    value = pa.array(details, pa.string()).take(pa.array(at, mask=at < 0))
    offered = [PRIVATE[name] for name in KINDS]
    begins, size = np.cumsum([0, *map(len, offered)]), np.array([len(around) for around in offered])
    some = np.maximum(kind, 0)
    which = begins[some] + (rng.random(n) * size[some]).astype(int)
    around = [pair for pairs in offered for pair in pairs]
    before, after = (pa.array([pair[side] for pair in around]).take(pa.array(which)) for side in (0, 1))
    sentence = pc.binary_join_element_wise(before, value, after, "")
    return pc.binary_join_element_wise(text, sentence, " ", null_handling="skip"), kind, value


def _details(kind: np.ndarray, rng: np.random.Generator) -> list[str]:
    """Made-up details of the given kinds; few, so one by one."""
    made = []
    for number in kind:
        if number == 0:
            name = f"{_WORDS[rng.integers(len(_WORDS))]}{'._'[rng.integers(2)]}{_WORDS[rng.integers(len(_WORDS))]}"
            made.append(f"{name}{rng.integers(1, 99)}@{_DOMAINS[rng.integers(len(_DOMAINS))]}")
        elif number == 1:
            begin, digits = _PHONES[rng.integers(len(_PHONES))]
            made.append(f"{begin}{rng.integers(10**digits):0{digits}d}")
        else:
            made.append(_CARDS[rng.integers(len(_CARDS))])
    return made
