"""Check digits, on numbers worked out by hand."""

from __future__ import annotations

import pytest

from qa.privacy.identifiers import is_card, is_iban, is_jmbg, is_oib

# Luhn: every second digit from the right doubled, 9 off what is over 9, sum divisible by 10.
# 4111111111111111: 8 ones + 7 doubled ones (14) + doubled 4 (8) = 30
# 5500000000000004: 4 + 5 + doubled 5 (10 - 9 = 1) = 10
CARDS = ["4111111111111111", "5500000000000004"]
# ISO 7064 MOD 11,10 for 69435151530, product after each of the ten digits:
# 1 9 6 7 4 10 10 2 3 1, so the check digit is (11 - 1) % 10 = 0
OIB = "69435151530"
# Weights 7 6 5 4 3 2 7 6 5 4 3 2:
# 0101990330000: 6 + 4 + 27 + 18 + 18 + 15 = 88 = 8 * 11, so the check digit is 0
# 0101006500006: 6 + 4 + 42 + 30 = 82 = 7 * 11 + 5, so it is 11 - 5 = 6
JMBGS = ["0101990330000", "0101006500006"]
# the examples of the IBAN registry
IBANS = ["HR1210010051863000160", "RS35260005601001611379", "GB82WEST12345698765432"]


@pytest.mark.parametrize("digits", CARDS)
def test_cards(digits: str) -> None:
    assert is_card(digits)
    for place in range(len(digits)):  # Luhn finds every single wrong digit
        wrong = digits[:place] + str((int(digits[place]) + 1) % 10) + digits[place + 1 :]
        assert not is_card(wrong)


@pytest.mark.parametrize("zeros", [12, 20])
def test_a_card_has_13_to_19_digits(zeros: int) -> None:
    assert not is_card("0" * zeros)  # passes Luhn, is too short or too long
    assert is_card("0" * 13)
    assert is_card("0" * 19)


def test_oib_finds_every_single_wrong_digit() -> None:
    assert is_oib(OIB)
    for place in range(11):
        for step in range(1, 10):
            wrong = OIB[:place] + str((int(OIB[place]) + step) % 10) + OIB[place + 1 :]
            assert not is_oib(wrong)
    assert not is_oib(OIB[:-1])
    assert not is_oib(OIB + "0")


@pytest.mark.parametrize("digits", JMBGS)
def test_jmbg(digits: str) -> None:
    assert is_jmbg(digits)
    assert not is_jmbg(digits[:-1] + str((int(digits[-1]) + 1) % 10))


@pytest.mark.parametrize(
    "digits",
    [
        # the check digits are right, the days and months are not
        "0001990330006",  # 88 - 6 = 82 = 7 * 11 + 5
        "3201990330006",  # 82 + 21 + 12 = 115 = 10 * 11 + 5
        "0113990330009",  # 6 + 5 + 12 + 78 = 101 = 9 * 11 + 2
        "010199033000",
        "",
    ],
)
def test_a_jmbg_begins_with_a_date(digits: str) -> None:
    assert not is_jmbg(digits)


def test_a_jmbg_whose_check_would_be_ten_is_not_issued() -> None:
    # 0101990330003 with the third last digit 6 (weight 4) instead of 0: 88 + 24 = 112 = 10*11 + 2;
    # with 3: 88 + 12 = 100 = 9*11 + 1, and 11 - 1 = 10 is no digit
    assert not any(is_jmbg(f"010199033300{digit}") for digit in range(10))
    assert is_jmbg("0101990336009")  # 11 - 2 = 9


@pytest.mark.parametrize("text", IBANS)
def test_ibans(text: str) -> None:
    assert is_iban(text)
    assert is_iban(text.lower())
    assert not is_iban(text[:-1] + str((int(text[-1]) + 1) % 10))


@pytest.mark.parametrize("text", ["", "HR", "HR12", "1210010051863000160", "HRA210010051863000160"])
def test_what_is_no_iban(text: str) -> None:
    assert not is_iban(text)


def test_an_iban_has_its_countrys_length() -> None:
    # mod 97 alone holds for one text in 97; GB82WEST12345698765432 plus every two digits has some
    longer = [f"GB82WEST12345698765432{more:02}" for more in range(100)]
    assert not any(is_iban(text) for text in longer)
    unknown = [f"XX{check:02}12345678901" for check in range(2, 99)]
    assert sum(is_iban(text) for text in unknown) == 1
