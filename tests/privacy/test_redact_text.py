"""Personal data in a text: found as written, as said and as a recogniser glues it."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.privacy.redact import redact_text

_laws = settings(deadline=None, derandomize=True, max_examples=500)


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        # cards
        ("4111 1111 1111 1111", "[card]"),
        ("my card 4111-1111-1111-1111, please", "my card [card], please"),
        ("4111111111111111.", "[card]."),
        ("four one one one " + "one " * 11 + "one, yes", "[card], yes"),
        ("4111 1111 1111 1111 05 27 123", "[card] 05 27 123"),
        ("u 5 4111 1111 1111 1111 je", "u 5 [card] je"),
        # OIB, JMBG
        ("OIB 69435151530.", "OIB [OIB]."),
        ("šest devet četiri tri pet jedan pet jedan pet tri nula", "[OIB]"),
        ("шест девет четири три пет један пет један пет три нула", "[OIB]"),
        ("JMBG je 0101990330000, da", "JMBG je [JMBG], da"),
        ("0 1 0 1 9 9 0 3 3 0 0 0 0", "[JMBG]"),
        # IBAN
        ("HR1210010051863000160", "[IBAN]"),
        ("na HR12 1001 0051 8630 0016 0.", "na [IBAN]."),
        ("HR12-1001-0051-8630-0016-0 i 5", "[IBAN] i 5"),
        ("ХР 12 1001 0051 8630 0016 0", "[IBAN]"),
        ("H R 1 2 1 0 0 1 0 0 5 1 8 6 3 0 0 0 1 6 0.", "[IBAN]."),
        ("HR jedan dva 1001 0051 8630 0016 nula", "[IBAN]"),
        ("GB82 WEST 1234 5698 7654 32", "[IBAN]"),
        # telephones as written
        ("091 234 5678", "[phone]"),
        ("091/234-5678", "[phone]"),
        ("(091) 234-56-78!", "[phone]!"),
        ("+385 91 234 5678", "[phone]"),
        ("+381-64-123-4567, hvala", "[phone], hvala"),
        ("00385 91 234 5678", "[phone]"),
        ("tel.091/234-567 ili", "tel.[phone] ili"),
        ("tel:0912345678.", "tel:[phone]."),
        ("(415) 555-2671", "[phone]"),
        ("415-555-2671", "[phone]"),
        ("０９１ ２３４ ５６７８", "[phone]"),
        # as said
        ("oh seven seven zero zero nine zero zero one two three", "[phone]"),
        ("nula devet jedan, dva tri četiri pet šest sedam osam", "[phone]"),
        ("nula devet jedan dvije tri cetiri pet sest", "[phone]"),
        ("нула шест четири један два три четири пет шест.", "[phone]."),
        ("plus tri osam pet devet jedan dva tri četiri pet šest sedam", "[phone]"),
        ("385 91 234 5678", "[phone]"),
        ("samo jedan 091 234 5678", "samo jedan [phone]"),
        # as the recogniser glues it
        ("my number is 0 -914 -4278 -3.", "my number is [phone]."),
        ("0 -9 -1 -2 -3 -4 -5 -6?", "[phone]?"),
        ("0914. 4278 3…", "[phone]…"),
        # e-mail
        ("pišite na ivan.horvat@tvrtka.hr.", "pišite na [e-mail]."),
        ("<ana+posao@gmail.co.uk>", "<[e-mail]>"),
        ("a@b.hr,c@d.hr", "[e-mail],[e-mail]"),
        ("ана@пошта.срб", "[e-mail]"),
        # several
        ("091 234 5678 ili ana@gmail.com ili 098 765 432", "[phone] ili [e-mail] ili [phone]"),
    ],
)
def test_personal_data_is_replaced(text: str, redacted: str) -> None:
    assert redact_text(text) == redacted


@pytest.mark.parametrize(
    "text",
    [
        "order 4 -4 -1 -9 -2.",
        "9 -8 -5 -5 -2 -1 -4 -7",
        "narudžba 44192",
        "4 4 1 9 2",
        "broj 1 2 0 4 5 6 7 8 9 1 je",  # a zero inside a row begins no telephone number
        "0 4 4 1 9 2",  # six digits
        "69435151531",  # OIB with a wrong check digit
        "4111 1111 1111 1112",
        "dana 01.02.2024. u 08:30 i 01/02/24",
        "08:30 09:15",
        "I bought two, one for me and three for you",
        "jedan dva tri",
        "HR kazna 12 1001",
        "ivan et gmail točka com",
        "price @ 5 kn, see @ivan",
        "",
    ],
)
def test_what_is_nothing_personal_stays(text: str) -> None:
    assert redact_text(text) == text


def test_what_the_docstring_says_is_not_found() -> None:
    # kept as a record of the limit: when one of these is found, the module's docstring is wrong
    for text in ("nula devedeset jedan dvjesto trideset četiri", "oh double seven triple four"):
        assert redact_text(text) == text


def test_white_space_becomes_single_spaces() -> None:
    assert redact_text("  moj\n\tbroj  ") == "moj broj"


_PIECES = """0 1 5 09 091 385 +385 -914 4278. 0, (091) 234-56-78 4111 1111 HR12 HR 1001 0051 8630
0016
0 GB82 WEST nula jedan шест oh plus two [phone] [card]. [e-mail] [IBAN], a@b.hr x@y
tel.0912345678 5_0912345678 (0912345678)ivan@x.hr 01.02.2024. 08:30 69435151530
0101990330000 order, да … . 0101"""
_piece = st.one_of(
    st.sampled_from(_PIECES.split()),
    st.integers(0, 10**14).map(str),
    st.text(alphabet="0123456789+-./()@_:ax[]", min_size=1, max_size=20),
)


@_laws
@given(st.lists(_piece, max_size=30).map(" ".join))
def test_redacting_twice_changes_nothing(text: str) -> None:
    once = redact_text(text)
    assert redact_text(once) == once


@_laws
@given(st.lists(st.integers(0, 9), min_size=6, max_size=12), st.sampled_from(["", " ", "-", " -"]))
def test_a_telephone_is_found_however_it_is_split(digits: list[int], between: str) -> None:
    said = "09" + between + between.join(map(str, digits))
    assert "[" in redact_text(f"broj {said}.")
    assert not any(letter.isdigit() for letter in redact_text(f"broj {said}."))


@_laws
@given(st.text(alphabet=st.characters(categories=["L"]), max_size=40))
def test_text_without_digits_or_addresses_stays(text: str) -> None:
    words = [word for word in text.split() if len(word) > 5]  # longer than any digit's name
    assert redact_text(" ".join(words)) == " ".join(words)


@pytest.mark.parametrize(
    "hostile",
    ["a" * 50_000, "a@" * 25_000, "1(" * 25_000, "1." * 25_000, "1 " * 5_000, "0" * 50_000],
)
def test_time_grows_with_the_text_not_with_its_square(hostile: str) -> None:
    began = time.perf_counter()
    redact_text(hostile)
    # a quadratic search of 50,000 letters takes minutes
    assert time.perf_counter() - began < 5
