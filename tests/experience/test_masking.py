"""What is masked in texts of customers, and what stays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxlab.experience.feedback.masking import MARKS, Masker, mask
from cxlab.experience.feedback.numbers_in_text import luhn

PHONES = [
    "+49 30 901820", "+49 (0)30 901820", "+49(0)171/1234567", "0049 30 9018200", "+1 (555) 234-5678", "+1-555-234-5678",
    "(555) 234-5678", "555-234-5678", "555.234.5678", "1-800-234-5678", "+44 20 7946 0018", "020 7946 0018",
    "07700 900123", "(020) 7946 0018", "+33 1 23 45 67 89", "01 23 45 67 89", "01.23.45.67.89", "0171 1234567",
    "0171/1234567", "030/901820-0", "(030) 9018 2000", "+34 612 345 678", "612 345 678", "+39 333 1234567",
    "333 1234567", "+31 6 12345678", "06-12345678", "+41 44 668 18 00", "044 668 18 00", "+46 70 123 45 67",
    "070-123 45 67", "+45 32 34 56 78", "32 34 56 78", "+48 601 234 567", "+91 98765 43210", "98765 43210",
    "+86 139 1234 5678", "139 1234 5678", "+61 412 345 678", "0412 345 678", "+55 11 91234-5678", "(11) 91234-5678",
    "+81 90-1234-5678", "090-1234-5678", "+351 912 345 678", "+420 601 234 567", "5552345678",
]  # fmt: skip
STAY = [
    "table 12", "order 4471234567", "Order #20240115123", "order number 5552345678", "order no. 0171 1234567",
    "Bestellung 0171234567", "Bestellnummer: 0301234567", "invoice 2024-000123", "Rechnung Nr. 0049123456789",
    "tracking 00340434161094042557", "tracking number 1Z999AA10123456784", "Sendung 00340434161094042557",
    "#5552345678", "ISBN 978-3-16-148410-0", "EAN 4006381333931", "item 7612345678", "ticket 9876543210",
    "ISBN-10: 0752413589",
    "2024-01-15", "15.01.2024", "15/01/2024", "01/15/2024 14:30", "2024-01-15 14:30:00", "2019-2023", "20240115",
    "01.02.2024 - 15.02.2024", "from 9:00 to 17:30", "09:00-17:30", "24/7",
    "$1,299.00", "1.299,00 €", "1 299 000 SEK", "€ 12.50", "USD 5552345678", "1,299,000", "1 299 000", "12 345.67",
    "10115 Berlin", "01099 Dresden", "90210-1234", "02139-4307", "SW1A 1AA", "75008 Paris", "1010 AB", "01310-100",
    "room 1204", "3 for 2", "100 % of 1000", "5 stars out of 5", "a 4.5 out of 5", "2 x 250 g", "1920x1080",
    "flight LH 1234", "gate 12-14", "192.168.100.200", "3.14159265", "page 1234567", "500000 beans", "size 38-40",
    "waited 45 minutes", "10 of 12", "Windows 11", "since 1998", "I bought 12 24 36 of them", "12,5 % of 3.500 ml",
]  # fmt: skip
CARDS = ["4111 1111 1111 1111", "4111-1111-1111-1111", "5555555555554444", "378282246310005", "3782 822463 10005",
         "6011 1111 1111 1117", "30569309025904", "3530111333300000", "4222222222222", "2223003122003222"]  # fmt: skip
IBANS = ["DE89 3704 0044 0532 0130 00", "DE89370400440532013000", "GB29 NWBK 6016 1331 9268 19",
         "FR14 2004 1010 0505 0001 3M02 606", "NL91ABNA0417164300", "ch93 0076 2011 6238 5295 7",
         "NO9386011117947", "MT84MALT011000012345MTLCAST001S"]  # fmt: skip
EMAILS = ["ann@example.com", "ann.o'neill+shop@mail.example.co.uk", "ANN@EXAMPLE.COM", "jörg@müller.example",
          "ann (at) example (dot) com", "ann[at]example.com", "a_b-c@x-y.example"]  # fmt: skip


@pytest.mark.parametrize("phone", PHONES)
def test_phones_of_many_countries_go(phone):
    for around in ("Please ring {} soon.", "{}", "My number ({}), thanks", "so I left them {}, no answer"):
        assert mask(around.format(phone)) == around.format("[phone]")


@pytest.mark.parametrize("words", STAY)
def test_orders_prices_dates_and_postcodes_stay(words):
    for around in ("{}", "It was {}.", "I mean {}, nothing else", "({})"):
        assert mask(around.format(words)) == around.format(words)


@pytest.mark.parametrize(("kind", "written"), [("card", w) for w in CARDS] + [("iban", w) for w in IBANS])
def test_cards_and_accounts_go(kind, written):
    for around in ("I paid with {} on Monday", "{}", "no: {}."):
        assert mask(around.format(written)) == around.format(MARKS[kind])


def test_a_card_with_a_wrong_digit_goes_only_where_it_is_called_a_card():
    assert mask("my card 4111 1111 1111 1112") == "my card [card]"
    assert mask("parcel 4111111111111112 is lost") == "parcel 4111111111111112 is lost"


@pytest.mark.parametrize("written", EMAILS)
def test_addresses_go(written):
    assert mask(f"Write to {written}, please") == "Write to [email], please"


def test_words_with_at_stay():
    for words in ("Meet @ the counter", "coffee @ 3.50", "we sat (at) the window", "great @cafe on the corner"):
        assert mask(words) == words


NAMES = ["Anna Müller", "Rose Baker", "José", "Will", "Dr. van der Berg", "O'Neill", "Jo"]


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Anna was rude, ANNA MÜLLER and anna too", "[name] was rude, [name] and [name] too"),
        ("Frau Mueller's smile, Muller, Müllers", "Frau [name]'s smile, [name], [name]s"),
        ("Jose and José helped; Jo too", "[name] and [name] helped; [name] too"),
        ("Will made it, and I will come again", "[name] made it, and I will come again"),
        ("Rose brought a rose; the baker Baker", "[name] brought a rose; the baker [name]"),
        ("Mr. van der Berg and the berg", "Mr. van der [name] and the [name]"),
        ("O’Neill, o'neill", "[name], [name]"),
        ("Annabel and Hannah work in the bananas", "Annabel and Hannah work in the bananas"),
    ],
)
def test_names_of_staff_go_whatever_their_spelling(text, masked):
    assert mask(text, staff=NAMES) == masked


def test_what_was_masked_is_counted():
    masker = Masker(["Ann"])
    masker.mask("Ann: ann@example.com"), masker.mask("call 555-234-5678 or +49 30 901820")
    assert dict(masker.counts) == {"email": 1, "name": 1, "phone": 2}


@given(st.text(max_size=80))
def test_masking_twice_is_masking_once(text):
    once = mask(text, staff=NAMES)
    assert mask(once, staff=NAMES) == once


@given(st.text(alphabet=st.characters(exclude_categories=["Nd"], exclude_characters="@()[]{}"), max_size=80))
def test_texts_without_digits_and_signs_stay_as_they_are(text):
    assert mask(text) == text


@given(st.integers(0, 10**15 - 1))
def test_one_digit_of_ten_makes_a_card_number_right(body):
    assert sum(luhn(f"{body:015d}{check}") for check in range(10)) == 1
