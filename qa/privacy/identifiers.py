"""Check digits of the personal numbers that callers say."""

from __future__ import annotations

# SWIFT IBAN registry; of the countries that callers most often have an account in
_IBAN_LENGTHS = {
    country: (length,)
    for length, countries in (
        (18, "NL"),
        (19, "SI MK"),
        (20, "BA AT"),
        (21, "HR CH"),
        (22, "RS ME DE GB IE"),
        (24, "SK ES"),
        (27, "FR IT"),
        (28, "HU"),
    )
    for country in countries.split()
}


def is_card(digits: str) -> bool:
    """Return whether 13 to 19 digits pass the Luhn check (ISO/IEC 7812-1, annex B)."""
    if not 13 <= len(digits) <= 19:
        return False
    total = 0
    for position, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if position % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def is_oib(digits: str) -> bool:
    """Return whether 11 digits are a Croatian personal number (ISO 7064, MOD 11,10)."""
    if len(digits) != 11:
        return False
    product = 10
    for digit in digits[:10]:
        subtotal = (int(digit) + product) % 10 or 10
        product = subtotal * 2 % 11
    return (11 - product) % 10 == int(digits[10])


def is_jmbg(digits: str) -> bool:
    """Return whether 13 digits are a Serbian citizen number (date of birth and mod 11)."""
    if len(digits) != 13 or not 1 <= int(digits[:2]) <= 31 or not 1 <= int(digits[2:4]) <= 12:
        return False
    weights = (7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
    total = sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=False))
    check = 11 - total % 11
    return (0 if check == 11 else check) == int(digits[12])


def is_iban(text: str) -> bool:
    """Return whether a text without spaces is an IBAN (ISO 13616, mod 97-10).

    Where the country's length is known, no other length passes: what is said next to the number
    is not taken for a part of it.
    """
    if not (text.isascii() and text.isalnum() and text[:2].isalpha() and text[2:4].isdigit()):
        return False
    if len(text) not in _IBAN_LENGTHS.get(text[:2].upper(), range(15, 35)):
        return False
    moved = text[4:] + text[:4]
    return int("".join(str(int(letter, 36)) for letter in moved)) % 97 == 1
