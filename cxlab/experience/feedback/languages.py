"""Which language a short text is in, as far as its small words tell."""

from __future__ import annotations

_COMMON = {
    "en": "the and is was to of it for in with this that my i you not are we they very have but so at on be had were "
    "would an there great good nice again from all here our",
    "de": "der die das und ist war zu nicht ein eine es ich wir sie mit für auf sehr aber auch den dem im von bei "
    "noch wie man hat haben gut sehr leider immer nur alles wurde",
    "fr": "le la les et est était un une des du pas je nous vous avec pour sur très mais dans que qui ce au aux plus "
    "il elle bon bien tout été c'est",
    "es": "el la los las y es era un una de no yo nos con para muy pero en que por del al se lo más mi su todo bien "
    "está son fue",
    "it": "il lo la gli le e è era un una di non io noi con per molto ma in che del della al si più mio tutto bene "
    "sono anche",
    "pt": "o a os as e é era um uma de não eu nós com para muito mas em que do da no na se mais meu tudo bem são foi "
    "também",
    "nl": "de het en is was een van niet ik wij we met voor op zeer heel maar ook dat die er te bij goed zijn ze naar "
    "wel erg",
}
_WORDS: dict[str, tuple[str, ...]] = {}
for _code, _list in _COMMON.items():
    for _word in set(_list.split()):
        _WORDS[_word] = (*_WORDS.get(_word, ()), _code)

#: marks of what was masked, and words that say how it was, not what
_NO_THEME = """
    email phone card iban name good great best better nice bad worst worse love loved like liked excellent amazing
    awesome wonderful perfect fantastic terrible horrible awful ok okay really just got get did didn don does doesn ve
    ll isn wasn won can couldn wouldn thing things lot bit time times way make made say said know think thought want
    lovely superb delightful brilliant beautiful pleasant poor dreadful disappointing disappointed happy glad enjoy
    definitely absolutely totally highly super pretty quite came come went going gone year years day days today
"""

#: names of languages in sentences
NAMES = {"en": "English", "de": "German", "fr": "French", "es": "Spanish", "it": "Italian", "pt": "Portuguese",
         "nl": "Dutch", "": "a language that cannot be told"}  # fmt: skip


def language_of(text: str) -> str:
    """Code of the language most small words of a text belong to; "" where they do not tell.

    >>> [language_of(t) for t in ("The coffee was good", "Der Kaffee war sehr gut", "El café es muy bueno", "Latte!")]
    ['en', 'de', 'es', '']
    """
    votes: dict[str, float] = {}
    for word in text.lower().split(None, 30)[:30]:
        codes = _WORDS.get(word.strip(".,!?;:\"'()"))
        for code in codes or ():
            votes[code] = votes.get(code, 0.0) + 1 / len(codes)
    if not votes:
        return ""
    first, *rest = sorted(votes.items(), key=lambda vote: (-vote[1], vote[0]))
    return first[0] if not rest or first[1] > rest[0][1] else ""


def function_words() -> frozenset[str]:
    """Words that name no theme in any language known here: small words, bare praise and blame, marks of masking.

    >>> {"the", "und", "great", "email"} <= function_words(), "queue" in function_words()
    (True, False)
    """
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    return ENGLISH_STOP_WORDS | frozenset(_WORDS) | frozenset(_NO_THEME.split())
