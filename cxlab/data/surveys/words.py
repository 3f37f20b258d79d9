"""Words for answers: which are no answer, and how strongly others agree, in English, German, French and Spanish."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping

_NO_ANSWER = re.compile(
    r"^(?:n ?a|not applicable|does not apply|not relevant|prefer not to (?:say|answer)|i would rather not say|"
    r"(?:i )?(?:don ?t|do not) (?:know|remember)|dk|can ?not say|can ?t say|not sure|unsure|no opinion|no answer|"
    r"not answered|skipped|refused|no response|none|null|nan|keine angaben?|k ?a|weiss (?:ich )?nicht|"
    r"ich weiss es nicht|keine meinung|nicht zutreffend|kann ich nicht (?:beurteilen|sagen)|mochte ich nicht sagen|"
    r"entfallt|sans reponse|(?:je )?ne sai[st] pas|nsp|sans avis|sans opinion|non applicable|ne s applique pas|"
    r"je prefere ne pas repondre|prefere ne pas repondre|non concernee?|no aplica|no se aplica|no procede|"
    r"no (?:lo )?se|no sabe|ns nc|no contesta|no sabe no contesta|prefiero no (?:decirlo|decir|responder|contestar)|"
    r"sin opinion|sin respuesta|nao sei|nao se aplica|weet niet|geen mening|niet van toepassing)$"
)
_NEUTRAL = re.compile(
    r"^(?:neutral|neither\b.*|undecided|mixed|indifferent|weder\b.*|teils teils|unentschieden|neutre|ni\b.*|mitige|"
    r"neutro|neutral[ea]?|indiferente|indifferent)$"
)
#: what is judged: (family, words for good, words for bad)
_STEMS = (
    ("satisfied", r"satisfied|zufrieden|satisfait(?:e|s|es)?|content(?:e)?|satisfech[oa]s?",
     r"dissatisfied|unsatisfied|unzufrieden|insatisfait(?:e|s|es)?|mecontent(?:e)?|insatisfech[oa]s?"),
    ("agree", r"agree|stimme\b.*\bzu|trifft\b.*\bzu|d accord|de acuerdo", r"disagree|lehne ab|desaccord|en desacuerdo"),
    ("likely", r"likely|wahrscheinlich|probable(?:ment)?", r"unlikely|unwahrscheinlich|improbable(?:ment)?"),
    ("easy", r"easy|leicht|einfach|facile|facil", r"difficult|hard|schwer|schwierig|difficile|dificil"),
    ("happy", r"happy|pleased", r"unhappy|displeased"),
    ("good", r"good|gut|bon(?:ne)?|bien|buen[oa]", r"bad|poor|schlecht|mauvaise?|mal[oa]?"),
    ("positive", r"positive?|positiv|positif|positiv[oa]", r"negative?|negativ|negatif|negativ[oa]"),
    ("important", r"important|wichtig|importante?", r"unimportant|unwichtig"),
)  # fmt: skip
_STRONG = (
    r"very|extremely|strongly|completely|totally|highly|fully|absolutely|entirely|sehr|ausserst|vollig|"
    r"voll(?: und ganz)?|vollkommen|uberhaupt|gar|tres|tout a fait|extremement|totalement|du tout|at all|muy|"
    r"totalmente|completamente|extremadamente|nada"
)
_WEAK = (
    r"somewhat|slightly|rather|fairly|a little|a bit|mildly|partly|eher|etwas|plutot|un peu|assez|peu|algo|poco|un poco"
)
_NOT = r"not|nicht|pas|no|nada|peu|poco"
#: ladders of one word an answer, from worst to best
_LADDERS = (
    ("never|nie|niemals|jamais|nunca", "rarely|seldom|selten|rarement|raramente|rara vez",
     "sometimes|occasionally|manchmal|gelegentlich|parfois|quelquefois|a veces",
     "often|usually|frequently|oft|haufig|souvent|a menudo|frecuentemente|casi siempre",
     "always|immer|toujours|siempre"),
    ("poor", "fair", "good", "very good", "excellent"),
    ("very poor|terrible|awful|very bad|horrible|sehr schlecht|tres mauvais|tres mauvaise|muy malo|muy mala",
     "poor|bad|below average|schlecht|mauvais|mauvaise|malo|mala",
     "fair|average|ok|okay|neutral|acceptable|mittelmassig|mittel|befriedigend|moyen|moyenne|regular|normal",
     "good|above average|gut|bon|bonne|bien|bueno|buena",
     "excellent|very good|great|outstanding|sehr gut|ausgezeichnet|tres bon|tres bonne|excellente|muy bueno|muy buena|"
     "excelente"),
    ("much worse than expected|far below expectations", "worse than expected|below expectations",
     "as expected|met expectations|meets expectations", "better than expected|above expectations|exceeded expectations",
     "much better than expected|far above expectations|far exceeded expectations"),
)  # fmt: skip
#: words of degree of a ladder that only goes up, from "not at all" to "extremely"
_UP = (
    ("not at all", "slightly|not so|not very|a little", "somewhat|moderately", "very|quite", "extremely|completely"),
    ("gar nicht|uberhaupt nicht", "wenig|kaum", "mittelmassig|teilweise|etwas", "ziemlich|uberwiegend",
     "sehr|ausserst|vollig|ausserordentlich"),
)  # fmt: skip


def plain(text: str) -> str:
    """A text reduced to what is compared: case, accents and punctuation gone.

    >>> plain("  Weiß nicht… "), plain("Très satisfait(e)")
    ('weiss nicht', 'tres satisfait e')
    """
    flat = unicodedata.normalize("NFKD", text.casefold())
    return " ".join(re.sub(r"[\W_]+", " ", "".join(c for c in flat if not unicodedata.combining(c))).split())


def is_no_answer(text: str) -> bool:
    """Whether a text says that there is no answer.

    >>> is_no_answer("N/A"), is_no_answer("Prefer not to say"), is_no_answer("Keine Angabe"), is_no_answer("Never")
    (True, True, True, False)
    """
    bare = plain(text)
    return not bare and "★" not in text and "⭐" not in text and "*" not in text or bool(_NO_ANSWER.match(bare))


def degree(text: str) -> tuple[str, int] | None:
    """What a text judges, and how strongly: -3 (very bad) to 3 (very good), 0 for neither; None when it judges nothing.

    >>> degree("Strongly disagree"), degree("Eher zufrieden"), degree("ni d'accord ni pas d'accord")
    (('agree', -3), ('satisfied', 1), ('', 0))
    >>> degree("Trifft überhaupt nicht zu"), degree("blue")
    (('agree', -3), None)
    """
    bare = re.sub(r"\b(?:e|in|o|a|s)$", "", plain(text)).strip()
    if _NEUTRAL.match(bare):
        return "", 0
    for family, good, bad in _STEMS:
        against = re.search(rf"\b(?:{bad})\b", bare)
        found = against or re.search(rf"\b(?:{good})\b", bare)
        if not found:
            continue
        around = bare if family == "agree" else bare[: found.start()]
        negated = not against and re.search(rf"\b(?:{_NOT})\b", around)
        strong, weak = re.search(rf"\b(?:{_STRONG})\b", around), re.search(rf"\b(?:{_WEAK})\b", around)
        rest = re.sub(rf"\b(?:{_STRONG}|{_WEAK}|{_NOT}|{good}|{bad})\b", "", bare)
        if len(rest.split()) > 4:
            return None
        size = 3 if strong and not weak else 1 if weak else 2
        return family, -size if against or negated else size
    return None


def ladder(texts: Iterable[str], *, others: Iterable[str] = (), steps: int = 0) -> Mapping[str, int] | None:
    """The step of each text, from 1, and under "" how many steps there are; None when the order is not known.

    Parameters
    ----------
    texts : the different answers of one question
    others : those of questions that are answered in the same words, which show steps that are not used here
    steps : how many steps there are, where that is known

    >>> dict(ladder(["Good", "Excellent", "Poor", "Very good"]))
    {'Good': 3, 'Excellent': 5, 'Poor': 1, 'Very good': 4, '': 5}
    >>> dict(ladder(["satisfied", "very dissatisfied", "neutral"]))
    {'satisfied': 4, 'very dissatisfied': 1, 'neutral': 3, '': 5}
    >>> dict(ladder(["satisfied", "dissatisfied"], steps=5))
    {'satisfied': 4, 'dissatisfied': 2, '': 5}
    """
    texts = list(texts)
    fitting = [found for rungs in _LADDERS if (found := _on(rungs, texts, whole=True))]
    if fitting and all(f == fitting[0] for f in fitting):
        return fitting[0]
    judged = {t: degree(t) for t in texts}
    families = {d[0] for d in judged.values() if d and d[0]}
    if len(families) == 1 and not any(d and d[1] < 0 and not re.search(rf"\b(?:{_NOT}|gar)\b", plain(t))
                                      for t, d in judged.items()):  # fmt: skip
        up = [found for rungs in _UP if (found := _on(rungs, texts, whole=False))]
        if up and _only_goes_up(texts):
            return up[0]
    if fitting or not families or len(families) > 1 or any(d is None for d in judged.values()):
        return None
    family = families.pop()
    seen = [d for d in map(degree, {*texts, *others}) if d and d[0] in (family, "")]
    sizes = sorted({abs(d) for _, d in seen if d})
    neutral = any(d == 0 for _, d in seen)
    if sizes == [3] and not steps:
        sizes = [2, 3]
    even = not steps % 2 if steps else not neutral and sizes == [1, 2]
    sizes = sorted([*sizes, *(s for s in (3, 2, 1) if s not in sizes)][: steps // 2]) if steps else sizes
    rungs = [-s for s in reversed(sizes)] + ([] if even else [0]) + sizes
    if any(d[1] not in rungs for d in judged.values()):
        return None
    return {t: rungs.index(d[1]) + 1 for t, d in judged.items()} | {"": len(rungs)}


def _only_goes_up(texts: Iterable[str]) -> bool:
    bare = [plain(t) for t in texts]
    english = any(re.match(r"(?:not at all|not so|not very|moderately|slightly|extremely)\b", t) for t in bare)
    opposed = any((d := degree(t)) and d[1] < 0 and not t.startswith("not") for t in bare)
    german = any(re.match(r"(?:wenig|kaum|mittelmassig|ziemlich)\b", t) for t in bare)
    return (english and not opposed and not any(_NEUTRAL.match(t) for t in bare)) or german


def _on(steps, texts: list[str], *, whole: bool) -> dict[str, int] | None:
    """The step of each text on a ladder; None when one is on none, or two are on the same."""
    end = "$" if whole else r"\b"
    found = {t: n for t in texts for n, step in enumerate(steps, start=1) if re.match(rf"(?:{step}){end}", plain(t))}
    if len(found) < len(texts) or len(set(found.values())) < len({plain(t) for t in texts}):
        return None
    return found | {"": len(steps)}
