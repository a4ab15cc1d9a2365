"""From windows to words with a scripted recogniser: what is decoded together, and what again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.speech.decoding import Decoding, Item, Recognised
from qa.speech.whisper import LONGEST, Encoded, Said, Task, Whisper, width

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from qa.nouns import Language

LANGUAGES: tuple[Language, ...] = ("en", "hr", "sr")
NARROW, BROAD = width(900), width(1500)
LOOP = "I have to, " * 12  # goes round in circles: a repetition
WIDE = {"beam_size": 5}
DEARER = {"beam_size": 5, "repetition_penalty": 1.2, "no_repeat_ngram_size": 4}


def said(text: str, *, logprob: float = -0.1, no_speech: float = 0.0) -> Said:
    """Return what was decoded; its words take 100 ms each."""
    words = tuple((word, at * 100, at * 100 + 90, 0.9) for at, word in enumerate(text.split()))
    return Said(words, text, logprob, no_speech)


@dataclass
class ScriptedWhisper:
    """Says of a window what the script has next for its number, else `n` and the language."""

    script: dict[int, list[Said]] = field(default_factory=dict)
    spoken: dict[int, Language] = field(default_factory=dict)
    encodings: list[tuple[list[int], int]] = field(default_factory=list)  # numbers, width
    detections: list[list[int]] = field(default_factory=list)
    decodings: list[tuple[list[int], Language, dict[str, Any]]] = field(default_factory=list)

    def encode(self, windows: Sequence[NDArray[np.float32]], frames: int) -> Encoded:
        numbers = [int(window[0, 0]) for window in windows]
        self.encodings.append((numbers, frames))
        return Encoded(numbers, tuple(window.shape[1] for window in windows))

    def languages(self, encoded: Encoded, among: Sequence[Language]) -> list[Language]:
        assert among == LANGUAGES
        self.detections.append(encoded.output)
        return [self.spoken[number] for number in encoded.output]

    def task(self, language: Language) -> Task:
        return Task(language, None, ())

    def generate(self, encoded: Encoded, task: Task, **options: object) -> list[Said]:
        self.decodings.append((encoded.output, task.language, options))
        return [
            self.script[number].pop(0)
            if number in self.script
            else said(f"{number} {task.language}")
            for number in encoded.output
        ]

    def said(self, encoded: Encoded, task: Task, results: Sequence[Said]) -> list[Said]:
        assert len(results) == len(encoded.frames)
        return list(results)


def recognise(whisper: ScriptedWhisper, *items: Item, beam_size: int = 2) -> list[Recognised]:
    decoding = Decoding(cast("Whisper", whisper), beam_size=beam_size, languages=LANGUAGES)
    return decoding.recognise(items)


def item(number: int, language: Language | None = "en", *, frames: int = 900) -> Item:
    features = np.zeros((80, frames), np.float32)
    features[0, 0] = number
    return Item(features, language)


def texts(found: Sequence[Recognised]) -> list[str]:
    return [" ".join(word for word, *_ in each.words) for each in found]


def test_windows_of_one_kind_are_encoded_and_decoded_once():
    whisper = ScriptedWhisper()
    found = recognise(whisper, item(1), item(2, frames=870), item(3))
    assert texts(found) == ["1 en", "2 en", "3 en"]
    assert [each.reason for each in found] == ["", "", ""]
    assert whisper.encodings == [([1, 2, 3], NARROW)]
    assert whisper.decodings == [([1, 2, 3], "en", {"beam_size": 2})]
    assert whisper.detections == []


def test_words_come_with_their_times():
    found = recognise(ScriptedWhisper({1: [said("Good evening")]}), item(1))
    assert found == [Recognised("en", (("Good", 0, 90, 0.9), ("evening", 100, 190, 0.9)), "")]


def test_languages_and_widths_are_decoded_apart_and_come_back_in_order():
    whisper = ScriptedWhisper()
    found = recognise(
        whisper, item(1, "hr"), item(2), item(3, "hr"), item(4, frames=1500), item(5, "sr")
    )
    assert texts(found) == ["1 hr", "2 en", "3 hr", "4 en", "5 sr"]
    assert whisper.encodings == [([1, 3], NARROW), ([2], NARROW), ([4], BROAD), ([5], NARROW)]
    assert [(numbers, language) for numbers, language, _ in whisper.decodings] == [
        ([1, 3], "hr"),
        ([2], "en"),
        ([4], "en"),
        ([5], "sr"),
    ]


def test_a_language_is_detected_only_where_it_is_not_known():
    whisper = ScriptedWhisper(spoken={2: "hr", 3: "hr"})
    found = recognise(whisper, item(1), item(2, None), item(3, None))
    assert [each.language for each in found] == ["en", "hr", "hr"]
    assert whisper.detections == [[2, 3]]
    assert whisper.encodings == [([1], NARROW), ([2, 3], NARROW)]  # once: all are of one language


def test_windows_found_to_be_of_several_languages_are_decoded_apart():
    whisper = ScriptedWhisper(spoken={1: "hr", 2: "en", 3: "hr"})
    found = recognise(whisper, item(1, None), item(2, None), item(3, None))
    assert texts(found) == ["1 hr", "2 en", "3 hr"]
    assert whisper.detections == [[1, 2, 3]]
    assert [numbers for numbers, _, _ in whisper.decodings] == [[1, 3], [2]]


KINDS = st.lists(
    st.tuples(st.sampled_from([*LANGUAGES, None]), st.sampled_from([300, 900, 1500])),
    min_size=1,
    max_size=12,
)


@settings(deadline=None, derandomize=True)
@given(KINDS)
def test_what_shares_a_batch_changes_nothing(kinds: list[tuple[Language | None, int]]):
    items = [item(at, language, frames=frames) for at, (language, frames) in enumerate(kinds)]
    spoken = {at: LANGUAGES[at % 3] for at in range(len(items))}
    together, alone = ScriptedWhisper(spoken=spoken), ScriptedWhisper(spoken=spoken)
    found = recognise(together, *items)
    assert found == [each for one in items for each in recognise(alone, one)]
    # and what is decoded together has one width and one language
    assert sorted(n for numbers, _, _ in together.decodings for n in numbers) == list(
        range(len(items))
    )
    widths = {at: width(frames) for at, (_, frames) in enumerate(kinds)}
    for numbers, frames in together.encodings:
        assert {widths[number] for number in numbers} == {frames}


def test_a_doubted_window_climbs_the_ladder_alone_while_the_others_are_kept():
    loops = [said(LOOP) for _ in range(3)]
    whisper = ScriptedWhisper({2: [*loops, said("I have to go")]})
    found = recognise(whisper, item(1), item(2), item(3))
    assert texts(found) == ["1 en", "I have to go", "3 en"]
    assert [each.reason for each in found] == ["", "", ""]
    # padded to 30 s, then a wider beam, then repeated words made dearer; encoded once for all
    assert whisper.encodings == [([1, 2, 3], NARROW), ([2], LONGEST)]
    assert whisper.decodings == [
        ([1, 2, 3], "en", {"beam_size": 2}),
        ([2], "en", {"beam_size": 2}),
        ([2], "en", WIDE),
        ([2], "en", DEARER),
    ]


@pytest.mark.parametrize("enough", [1, 2, 3])
def test_the_ladder_is_left_at_the_first_attempt_without_a_doubt(enough: int):
    whisper = ScriptedWhisper({1: [*[said(LOOP)] * enough, said("I have to go")]})
    assert texts(recognise(whisper, item(1))) == ["I have to go"]
    assert [options for _, _, options in whisper.decodings[1:]] == [
        {"beam_size": 2},
        WIDE,
        DEARER,
    ][:enough]


@pytest.mark.parametrize(("beam_size", "wide"), [(5, 5), (8, 8)])
def test_a_wide_beam_is_not_tried_twice(beam_size: int, wide: int):
    whisper = ScriptedWhisper({1: [said(LOOP) for _ in range(3)]})
    recognise(whisper, item(1), beam_size=beam_size)
    assert [options for _, _, options in whisper.decodings] == [
        {"beam_size": beam_size},
        {"beam_size": wide},
        DEARER | {"beam_size": wide},
    ]


@pytest.mark.parametrize("turn", [0, 1, 2, 3])
def test_what_stays_bad_keeps_its_best_attempt_and_its_reason(turn: int):
    attempts = [
        said(LOOP, logprob=-0.1),  # a loop is sure of itself
        said("perhaps this", logprob=-1.3),  # improbable, below -1
        said("perhaps that", logprob=-1.2),
        said("or this", logprob=-1.4),
    ]
    (found,) = recognise(ScriptedWhisper({1: attempts[turn:] + attempts[:turn]}), item(1))
    assert (texts([found]), found.reason) == (["perhaps that"], "improbable")


def test_the_likeliest_of_loops_is_kept_and_the_first_of_equals():
    loops = [said(f"{LOOP}{at}", logprob=logprob) for at, logprob in enumerate((-2, -1, -1, -3))]
    (found,) = recognise(ScriptedWhisper({1: loops}), item(1))
    assert (texts([found]), found.reason) == ([f"{LOOP}1"], "repetition")


def test_a_probability_that_is_no_number_is_the_worst():
    attempts = [said("nothing", logprob=float("nan"))] + [said("something", logprob=-2)] * 3
    (found,) = recognise(ScriptedWhisper({1: attempts}), item(1))
    assert (texts([found]), found.reason) == (["something"], "improbable")


def test_words_withdrawn_for_none_leave_their_doubt():
    whisper = ScriptedWhisper({1: [said(LOOP), said("")]})
    (found,) = recognise(whisper, item(1))
    assert found == Recognised("en", (), "repetition")
    assert len(whisper.decodings) == 2  # nothing is as good an answer as another


def test_nothing_said_at_once_is_no_doubt():
    (found,) = recognise(ScriptedWhisper({1: [said("", logprob=-5, no_speech=0.9)]}), item(1))
    assert found == Recognised("en", (), "")


def test_the_length_of_the_speech_counts_and_not_that_of_the_padded_window():
    # 60 letters in 1 s are too many (35), in 10 s they are not
    text = " ".join(
        ["abcdefghij", "klmnopqrst", "uvwxyzabcd", "efghijklmn", "opqrstuvwx", "yz"] * 1
    )
    short, long = ([said(text) for _ in range(4)] for _ in range(2))
    whisper = ScriptedWhisper({1: short, 2: long})
    found = recognise(whisper, item(1, frames=100), item(2, frames=1000))
    assert [each.reason for each in found] == ["pace", ""]


def test_the_language_decides_which_phrases_are_known():
    hvala = "Hvala što pratite kanal"
    whisper = ScriptedWhisper({n: [said(hvala) for _ in range(4)] for n in (1, 2)})
    found = recognise(whisper, item(1, "hr"), item(2, "en"))
    assert [each.reason for each in found] == ["known_phrase", ""]


def test_trying_out_decodes_one_window_without_second_thoughts():
    whisper = ScriptedWhisper({0: [said(LOOP)]})
    decoding = Decoding(cast("Whisper", whisper), beam_size=5, languages=("hr", "en"))
    decoding.try_out(np.zeros((80, 100), np.float32))
    assert whisper.encodings == [([0], width(100))]
    assert whisper.decodings == [([0], "hr", {"beam_size": 1})]


def test_what_is_to_be_heard_once_stays_as_it_came():
    whisper = ScriptedWhisper({1: [said(LOOP)]})
    once = Item(item(1).features, "en", once=True)
    found = recognise(whisper, once, item(2))
    assert texts(found) == [LOOP.strip(), "2 en"]
    assert found[0].reason == ""
    assert len(whisper.decodings) == 1
