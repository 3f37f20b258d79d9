"""Masking: e-mail addresses, phone, card and account numbers, and names of staff leave a text before it is kept."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from unicodedata import normalize

from cxlab.experience.feedback.numbers_in_text import is_card, is_iban, is_phone

#: what stands in place of each kind
MARKS = {"email": "[email]", "iban": "[iban]", "card": "[card]", "phone": "[phone]", "name": "[name]"}

_EMAIL = re.compile(
    r"[\w.+%'-]+(?:@|\s?(?:\(at\)|\[at\]|\{at\})\s?)"
    r"(?:[\w-]+(?:\.|\s?(?:\(dot\)|\[dot\]|\{dot\}|\(punkt\)|\[punkt\])\s?))+[^\W\d_]{2,}",
    re.IGNORECASE,
)
_AT = re.compile(r"@|[(\[{]at[)\]}]", re.IGNORECASE)
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?:[ \u00a0-]?[A-Z0-9]{1,4}){3,9}", re.IGNORECASE)
# digits with what separates groups of them; it ends where two separators could not stand in one number
_DIGITS = re.compile(
    r"(?:\+|(?<![\w.,/-]))\(?\+?\d(?:[ \u00a0\u202f]?[()./\u2010-\u2013-]{0,2}[ \u00a0\u202f]?\d)+(?!\w)"
)
_SEVEN_DIGITS = re.compile(r"\d(?:\D{0,4}\d){5}")
_PARTICLES = {"von", "van", "der", "den", "de", "del", "della", "di", "da", "dos", "la", "le", "zu", "zur", "of", "the"}
_TITLES = {"mr", "mrs", "ms", "miss", "dr", "prof", "frau", "herr", "mme", "m", "sr", "sra", "sir", "madam"}
#: first names that are words too: only with a capital are they names
_WORDS = """
    abel amber angel april art august autumn baker bay bill blue bob brook butler carol cash chance chase cherry
    chip christian cliff clay cook crystal daisy dale dawn dean destiny don drew earl eve faith fern fischer
    fisher frank gay gene ginger glen good grace grant gray green guy hand harmony hazel heath holly honey hope
    hunter iris ivory ivy jack jade jasmine jay jean jewel joy june kay king klein koch lane lang lee lily long
    love mark marina may mercy mike miles mill misty neil nick norm olive page pat patience paul pearl penny
    pepper peter piper poppy prince queen ralph rand ray red rich richter rob robin rock rocky rod roman rose
    ruby rusty sage sally sandy scott sky skip snow sonny sterling stern stone storm sue summer sunny taylor
    temple terry tom tony trip ty van victor victoria viola violet walker wade wang weiss west will winter wolf
    wood woods wong young zimmer
"""
_ALSO_WORDS = frozenset(_WORDS.split())
#: letters without their accents, one for one
_FOLDED = {0x2019: "'", ord("ı"): "i", ord("ł"): "l", ord("Ł"): "L", ord("ø"): "o", ord("Ø"): "O"} | {
    code: normalize("NFD", chr(code))[0] for code in range(0xC0, 0x250) if len(normalize("NFD", chr(code))) > 1
}
_SPELT = (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss"), ("ø", "oe"), ("å", "aa"))


class Masker:
    """What takes persons out of texts, and counts what it took.

    Parameters
    ----------
    staff : names as they are known ("Anna Müller"): the whole, its parts and common spellings of them are masked,
        whatever their accents and case. A part that is a word as well ("Rose", "Will"), or of two letters, is masked
        where it is written with a capital.

    Notes
    -----
    Phone numbers are told by their form (country code, area code, groups) or by a word before them ("call", "Tel.");
    what is introduced as an order, an invoice or a parcel, prices, dates, times and postcodes stay. Card numbers have a
    known beginning and a right check digit (Luhn), or the word before them; account numbers (IBAN) the length of their
    country and a right check number. Nicknames and names that are not in the list stay: masking lowers what a text
    tells of persons, it does not make it anonymous.

    >>> Masker(["Anna Müller"]).mask("Anna was great! Mrs. Mueller at table 12: a.mueller@cafe.example, +49 30 901820")
    '[name] was great! Mrs. [name] at table 12: [email], [phone]'
    >>> Masker().mask("Order 4471234567 of 2024-03-01 for 1,299.00 never came to 10115 Berlin")
    'Order 4471234567 of 2024-03-01 for 1,299.00 never came to 10115 Berlin'
    """

    def __init__(self, staff: Sequence[str] = ()):
        self.counts: Counter[str] = Counter()
        self._any, self._capital = _name_patterns(staff)

    def mask(self, text: str) -> str:
        """The text with marks in place of persons' data."""
        if _AT.search(text):
            text = _EMAIL.sub(self._replace("email"), text)
        if _SEVEN_DIGITS.search(text):
            text = _IBAN.sub(self._iban, text)
            text = _DIGITS.sub(self._number, text)
        if self._any is not None:
            text = self._names(text)
        return text

    def _replace(self, kind: str):
        def replaced(_match) -> str:
            self.counts[kind] += 1
            return MARKS[kind]

        return replaced

    def _iban(self, match: re.Match) -> str:
        length = is_iban(match[0])
        if not length:
            return match[0]
        self.counts["iban"] += 1
        return MARKS["iban"] + match[0][length:]

    def _number(self, match: re.Match) -> str:
        whole, start = match[0], match.start()
        before, after = match.string[max(0, start - 40) : start], match.string[match.end() : match.end() + 12]
        lead = whole[: len(whole) - len(whole.lstrip("("))] if whole.count("(") > whole.count(")") else ""
        number = whole[len(lead) :]
        for kind, is_one in (("card", is_card), ("phone", is_phone)):
            if is_one(number, before + lead, after):
                self.counts[kind] += 1
                return lead + MARKS[kind]
        return whole

    def _names(self, text: str) -> str:
        folded = text.translate(_FOLDED)  # letter for letter, so that places are the same
        spans = [m.span() for m in self._any.finditer(folded)]
        if self._capital is not None:
            spans += [m.span() for m in self._capital.finditer(folded)]
        if not spans:
            return text
        spans.sort()
        parts, at, last = [], 0, None
        for start, end in spans:
            if start < at:
                continue
            joined = last is not None and not text[last:start].strip(" -\u00a0")
            if not joined:  # first and last name are one person
                parts += [text[at:start], MARKS["name"]]
                self.counts["name"] += 1
            at = last = end
        return "".join([*parts, text[at:]])


def mask(text: str, *, staff: Sequence[str] = ()) -> str:
    """One text without the data of persons; `Masker` for many.

    >>> mask("Call me on (555) 123-4567 or pay 4111 1111 1111 1111")
    'Call me on [phone] or pay [card]'
    """
    return Masker(staff).mask(text)


def _name_patterns(staff: Sequence[str]):
    """Patterns of the parts of names: in any case, and with a capital only."""
    anyhow, capital = set(), set()
    for name in staff:
        for part in re.findall(r"[^\W\d_]+(?:['’][^\W\d_]+)*", str(name)):
            low = part.casefold()
            if low in _TITLES or low in _PARTICLES or len(low) < 2:
                continue
            spelt = low
            for letter, letters in _SPELT:
                spelt = spelt.replace(letter, letters)
            forms = {part.lower().translate(_FOLDED), spelt.translate(_FOLDED)}
            (capital if len(low) == 2 or low in _ALSO_WORDS else anyhow).update(forms)
    written = {form.capitalize() for form in capital} | {form.upper() for form in capital}

    def pattern(words, flags=0):
        longest = sorted(map(re.escape, words), key=lambda word: (-len(word), word))
        return re.compile(rf"(?<!\w)(?:{'|'.join(longest)})(?=(?:'?s)?(?!\w))", flags) if words else None

    if not (anyhow or written):
        return None, None
    return pattern(anyhow or {"\0"}, re.IGNORECASE), pattern(written)
