"""Short things said inside the other's speech: which they are, and what two hearings make."""

from __future__ import annotations

import numpy as np
import pytest

from qa.nouns import Span, Word
from qa.speech.asides import Short, find_asides, heard_alone, short_pieces
from qa.speech.decoding import Recognised
from qa.speech.feeder import Fed
from qa.speech.windows import Piece, Window

HOLDS = (Span(1_000, 9_000, "customer"),)


def asides(*own: tuple[int, int], others: tuple[Span, ...] = HOLDS) -> list[tuple[int, int, int]]:
    spans = [Span(start, end, "agent") for start, end in own]
    found = find_asides([spans, others])
    return [(channel, piece.start_ms, piece.end_ms) for channel, piece in found]


@pytest.mark.parametrize(
    ("own", "inside"),
    [
        ((3_000, 3_500), True),
        ((3_000, 4_500), True),  # 1.5 s
        ((3_000, 4_501), False),
        ((900, 1_500), True),  # 100 ms may stick out
        ((899, 1_500), False),
        ((8_500, 9_100), True),
        ((8_500, 9_101), False),
        ((9_500, 9_900), False),
    ],
)
def test_an_aside_is_short_and_inside_the_others_speech(own: tuple[int, int], inside: bool):
    assert asides(own) == ([(0, *own)] if inside else [])


def test_pauses_under_250_ms_are_bridged_on_both_sides():
    holds = (Span(1_000, 3_100, "customer"), Span(3_349, 9_000, "customer"))
    assert asides((3_000, 3_200), (3_400, 3_900), others=holds) == [(0, 3_000, 3_900)]
    parted = (Span(1_000, 3_100, "customer"), Span(3_350, 9_000, "customer"))
    assert asides((3_000, 3_300), others=parted) == []


def test_either_side_may_put_in_a_word():
    agent, customer = (Span(0, 5_000, "agent"),), (Span(2_000, 2_400, "customer"),)
    assert list(find_asides([agent, customer])) == [(1, Piece(2_000, 2_400))]
    assert list(find_asides([(), customer])) == []


def test_only_short_pieces_of_two_channels_are_kept():
    window = Window((Piece(1_000, 4_000), Piece(9_000, 10_200), Piece(20_000, 22_300)))
    features = np.arange(650, dtype=np.float32)[None].repeat(2, axis=0)
    kept = list(short_pieces(Fed(1, window, features, None)))
    assert [short.piece for short in kept] == [Piece(9_000, 10_200), Piece(20_000, 22_300)]
    assert kept[0].channel == 1
    # 3 s of the first piece, then 120 frames; then 230
    np.testing.assert_array_equal(kept[0].features[0], np.arange(300, 420))
    np.testing.assert_array_equal(kept[1].features[0], np.arange(420, 650))
    assert not list(short_pieces(Fed(0, window, features, np.zeros(1, np.float32))))


def test_an_aside_is_recognised_with_200_ms_around_it():
    short = Short(0, Piece(9_000, 10_200), np.arange(120, dtype=np.float16)[None])
    item, from_ms = short.item(Piece(9_400, 9_800), "hr")
    assert (from_ms, item.language, item.once) == (9_200, "hr", True)
    np.testing.assert_array_equal(item.features[0], np.arange(20, 100))
    assert item.features.dtype == np.float32
    # not beyond what is there
    item, from_ms = short.item(Piece(9_100, 10_150), "hr")
    assert (from_ms, item.features.shape) == (9_000, (1, 120))


class TestTwoHearings:
    """The aside is 3,000 to 4,000 ms; alone it was heard from 2,800 on."""

    before = (Word("my", 0, 400, 0.9), Word("Mremz.", 3_100, 3_700, 0.97))
    after = (Word("so", 8_000, 8_400, 0.9),)

    def heard(
        self, words: tuple[Word, ...], *again: tuple[str, int, int, float]
    ) -> list[tuple[str, int, int, float]]:
        found = heard_alone(words, Piece(3_000, 4_000), Recognised("hr", again), 2_800)
        return [(word.text, word.start_ms, word.end_ms, word.confidence) for word in found]

    def test_the_surer_text_with_the_confidence_of_the_second(self):
        words = self.before + self.after
        unsure = self.heard(words, ("Mnem", 300, 900, 0.4))
        assert unsure == [
            ("my", 0, 400, 0.9),
            ("Mremz.", 3_100, 3_700, 0.4),
            ("so", 8_000, 8_400, 0.9),
        ]
        sure = self.heard(words, ("Mhm", 100, 1_500, 0.98))
        # clipped to the aside
        assert sure == [("my", 0, 400, 0.9), ("Mhm", 3_000, 4_000, 0.98), ("so", 8_000, 8_400, 0.9)]

    def test_what_is_not_heard_again_was_not_understood(self):
        assert self.heard(self.before)[1] == ("Mremz.", 3_100, 3_700, 0.0)

    def test_where_nothing_was_heard_only_what_is_rather_right_comes_in(self):
        assert self.heard(self.after, ("Yes", 300, 900, 0.5))[0] == ("Yes", 3_100, 3_700, 0.5)
        assert self.heard(self.after, ("Yes", 300, 900, 0.49)) == [("so", 8_000, 8_400, 0.9)]

    def test_other_words_stay_as_they_are(self):
        # their middles lie outside: 2,950 and 4,050
        beside = (Word("a", 2_800, 3_100, 0.3), Word("b", 3_900, 4_200, 0.3))
        assert self.heard(beside) == [("a", 2_800, 3_100, 0.3), ("b", 3_900, 4_200, 0.3)]
