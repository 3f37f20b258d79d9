"""What a row of digits in a text is: a card, an account, a phone, or what may stay (orders, prices, dates)."""

from __future__ import annotations

import re

_COUNTRIES = """
    AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DK18 DO28 EE20 EG29 ES24 FI18 FO18
    FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21
    MC27 MD24 ME22 MK19 MR27 MT31 MU30 NL18 NO15 PK24 PL28 PS29 PT25 QA29 RO24 RS22 SA24 SC31 SE24 SI19 SK24 SM27 ST25
    SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20
"""
#: letters and digits of an account number, by country
_IBAN_LENGTHS = {country[:2]: int(country[2:]) for country in _COUNTRIES.split()}
_CARD = re.compile(
    r"4\d{12}(?:\d{3}){0,2}|(?:5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}|3[47]\d{13}"
    r"|3(?:0[0-5]|[68]\d)\d{11}|(?:6011|65\d\d|64[4-9]\d)\d{12}|35(?:2[89]|[3-8]\d)\d{12}|62\d{14,17}|(?:50|5[6-9]|6[37])\d{10,17}"
)
_CARD_WORD = re.compile(r"(?:card|karte|carte|tarjeta|visa|mastercard|amex)\b[^.!?]{0,24}$", re.IGNORECASE)
_PHONE_WORD = re.compile(
    r"(?:\b(?:call(?:ed|ing)?|phoned?|tel|telephone|cell|cellphone|mobile|mob|whatsapp|sms|fax|fon|telefon|handy|anruf\w*"
    r"|tél|téléphone|appel\w*|portable|teléfono|móvil|llam\w*|telefone|celular|bel|gsm|ring|text me|reach me|reached"
    r"|contact me|my number|our number|rufnummer|ruf)|[☎📞📱])\b[^\d!?]{0,20}$",
    re.IGNORECASE,
)
_OTHER_WORD = re.compile(
    r"(?:\b(?:order|orders|no(?=[.:])|nr|num|id|ref|reference|invoice|receipt|booking|reservation|ticket"
    r"|case|tracking|parcel|shipment|item|sku|ean(?:-?13)?|upc|isbn(?:-?1[03])?|article|artikel|model|serial|batch|lot|coupon|voucher|code"
    r"|account|member|membership|customer|bestellung|bestellnummer|auftrag|rechnung|sendung|beleg|kunde\w*|vorgang"
    r"|commande|facture|colis|pedido|factura|bestelling|factuur|room|flight|zip|postcode|plz)\b\W{0,4}(?:(?:is|was|no"
    r"|nr|number|nummer|id|code|ist|war|of)\b\W{0,3}){0,2}|[#№]\s?)$",
    re.IGNORECASE,
)
_MONEY_BEFORE = re.compile(r"(?:[$€£¥₹]|\b(?:usd|eur|gbp|chf|sek|nok|dkk|pln|rs|inr|jpy|euros?|dollars?))\s?$", re.I)
_MONEY_AFTER = re.compile(
    r"\s?(?:[$€£¥₹%]|(?:usd|eur|gbp|chf|sek|nok|dkk|pln|inr|jpy|euros?|dollars?|pounds?)\b)", re.I
)
_DATE = re.compile(
    r"(?:\d{4}[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./]\d{2,4})(?:(?: ?[\u2013-] ?| )\d.*)?"
    r"|(?:19|20)\d\d\D{1,3}(?:19|20)\d\d|(?:19|20)\d{6}"
)
_THOUSANDS = re.compile(r"\d{1,3}(?:[.,  \u202f]\d{3})+(?:[.,]\d{1,2})?")
_PAIRS = re.compile(r"0\d(?:[ .-]\d\d){4}")
_POSTCODE = re.compile(r"\d{5}-\d{4}|\d{5}-?\d{3}")
#: national numbers without a leading 0, by their groups
_NORTH_AMERICAN = re.compile(r"[2-9]\d\d[2-9]\d{6}|\(?[2-9]\d\d\)?\D{1,2}\d{3}\D?\d{4}")
_GROUPS = re.compile(
    r"[4-9]\d\d[ -]\d{3}[ -]\d{3}|[4-9]\d\d[ -]\d\d[ -]\d\d[ -]\d\d|[2-9]\d \d\d \d\d \d\d|3\d\d[ -]\d{6,7}"
    r"|[6-9]\d{4}[ -]\d{5}|1[3-9]\d[ -]\d{4}[ -]\d{4}"
)
_IN_BRACKETS = re.compile(r"\(0?\d{1,5}\) ?\d[\d -/]{4,12}")


def digits_of(text: str) -> str:
    """The digits of a text, alone."""
    return re.sub(r"\D", "", text)


def luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of those before it.

    >>> luhn("4111111111111111"), luhn("4111111111111112")
    (True, False)
    """
    doubled = (int(d) * (1 + i % 2) for i, d in enumerate(reversed(digits)))
    return sum(d - 9 * (d > 9) for d in doubled) % 10 == 0


def is_card(number: str, before: str = "", after: str = "") -> bool:
    """Whether digits are those of a payment card; with a slip of the pen too, where the word stands before them.

    >>> is_card("4111 1111 1111 1111"), is_card("4111 1111 1111 1112"), is_card("4111 1111 1111 1112", "my card ")
    (True, False, True)
    """
    digits = digits_of(number)
    if number.lstrip("(").startswith("+") or not 12 <= len(digits) <= 19:
        return False
    return bool(_CARD.fullmatch(digits) and luhn(digits)) or (len(digits) >= 13 and bool(_CARD_WORD.search(before)))


def is_iban(text: str) -> int:
    """How many of the first letters of a text are an account number; 0 where they are none.

    >>> is_iban("DE89 3704 0044 0532 0130 00 thanks"), is_iban("DE89 3704 0044 0532 0130 01")
    (27, 0)
    """
    length, kept, end = _IBAN_LENGTHS.get(text[:2].upper(), 0), "", 0
    for end, letter in enumerate(text, start=1):  # noqa: B007  (where it stops is asked for)
        kept += letter.upper() if letter.isalnum() else ""
        if len(kept) == length:
            break
    if not length or len(kept) != length or text[end : end + 1].isalnum():
        return 0
    return end if int("".join(str(int(c, 36)) for c in kept[4:] + kept[:4])) % 97 == 1 else 0


def is_phone(number: str, before: str = "", after: str = "") -> bool:
    """Whether digits are those of a phone, by their form and the words around them.

    >>> is_phone("+44 20 7946 0018"), is_phone("0171/1234567"), is_phone("555-123-4567")
    (True, True, True)
    >>> is_phone("2024-03-01"), is_phone("4471234567", "order "), is_phone("1 299 000"), is_phone("01099")
    (False, False, False, False)
    """
    digits = digits_of(number)
    n = len(digits)
    if number.startswith(("+", "(+")):
        return 8 <= n <= 15 and digits[0] != "0"
    if (
        _MONEY_BEFORE.search(before)
        or _MONEY_AFTER.match(after)
        or (_DATE.fullmatch(number) and not _PAIRS.fullmatch(number))
    ):
        return False
    if _OTHER_WORD.search(before) and not re.search(
        r"\b(?:\w*phone|tel(?:e\w*)?|mobile|cell)\W{0,3}\w{0,8}\W{0,4}$", before, re.I
    ):
        return False
    if _PHONE_WORD.search(before) and 6 <= n <= 15 and not _THOUSANDS.fullmatch(number):
        return True
    if digits.startswith("00"):
        return 10 <= n <= 17 and digits[2] != "0"
    if _POSTCODE.fullmatch(number) or _THOUSANDS.fullmatch(number) and not _GROUPS.fullmatch(number):
        return False
    if digits.startswith("0"):
        return 9 <= n <= 12 and digits[1] != "0" or bool(_IN_BRACKETS.fullmatch(number) and 7 <= n <= 13)
    national = number[1:].lstrip(" .-") if n == 11 and digits[0] == "1" else number
    if _NORTH_AMERICAN.fullmatch(national) or _IN_BRACKETS.fullmatch(number):
        return True
    return bool(_GROUPS.fullmatch(number)) and not number.endswith("000")
