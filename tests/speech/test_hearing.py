"""One call's windows on their way out to a recogniser, and their words on the way back."""

from __future__ import annotations

import gc
import threading
import weakref
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
import pytest

from qa.nouns import Call, Doubt, DoubtReason, Language, Span, Speaker, Word
from qa.problems import CallError
from qa.speech.decoding import Item, Recognised
from qa.speech.feeder import Fed
from qa.speech.hearing import Hearing
from qa.speech.listening import Outline, Stretch
from qa.speech.windows import Piece, Window

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from qa.speech.recogniser import Recogniser

CALL = Call(id="c1", recording=Path("/calls/c1.wav"), agent_id="A1", language="en")
UNKNOWN = replace(CALL, language=None)
LANGUAGES: tuple[Language, ...] = ("en", "hr", "sr")


class Asked:
    """A recogniser that answers when the test says so; its record is what it was asked."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.lengths: list[int] = []  # of the windows, in ms
        self.languages: list[Language | None] = []
        self.futures: list[Future[Recognised]] = []

    def submit(self, item: Item, name: str) -> Future[Recognised]:
        self.names.append(name)
        self.lengths.append(item.features.shape[1] * 10)
        self.languages.append(item.language)
        self.futures.append(Future())
        return self.futures[-1]

    def answer(
        self,
        at: int,
        *words: tuple[str, int, int],
        language: Language = "en",
        reason: DoubtReason | None = None,
    ) -> None:
        heard = tuple((text, start, end, 0.75) for text, start, end in words)
        self.futures[at].set_result(Recognised(language, heard, reason or ""))


@pytest.fixture
def asked() -> Asked:
    return Asked()


def hearing(asked: Asked, call: Call = CALL, *, agent_channel: int = 0) -> Hearing:
    return Hearing(call, cast("Recogniser", asked), LANGUAGES, agent_channel)


def fed(
    *pieces: tuple[int, int], channel: int = 0, samples: NDArray[np.float32] | None = None
) -> Fed:
    window = Window(tuple(Piece(*piece) for piece in pieces))
    return Fed(channel, window, np.zeros((80, window.length_ms // 10), np.float32), samples)


def outline(*channels: Sequence[tuple[int, int]], duration_ms: int = 60_000) -> Outline:
    return Outline(
        duration_ms,
        tuple(tuple(Stretch(start, end, 1.0) for start, end in each) for each in channels),
    )


class TestWhoIsWho:
    @pytest.mark.parametrize(
        ("named", "default", "speakers"),
        [
            (None, 0, ["agent", "customer"]),
            (None, 1, ["customer", "agent"]),
            (0, 1, ["agent", "customer"]),  # the manifest knows better
            (1, 0, ["customer", "agent"]),
        ],
    )
    def test_the_agents_channel(
        self, asked: Asked, named: int | None, default: int, speakers: list[Speaker]
    ) -> None:
        call = replace(CALL, agent_channel=named)
        heard = hearing(asked, call, agent_channel=default)
        heard.take(fed((600, 2_400)))
        heard.take(fed((5_000, 6_000), channel=1))
        heard.take(outline([(1_000, 2_000)], [(5_400, 5_600)], duration_ms=7_000))
        asked.answer(0, ("hi", 500, 800))
        asked.answer(1, ("bye", 450, 550))
        listening, found, _ = heard.finish()
        assert [voice.speaker for voice in listening.voices] == speakers
        assert (listening.basis, listening.duration_ms) == ("stereo", 7_000)
        assert listening.call is call
        first, second = listening.voices
        assert first.spans == (Span(1_000, 2_000, first.speaker),)
        assert second.spans == (Span(5_400, 5_600, second.speaker),)
        assert first.samples is second.samples is None
        assert [speaker for speaker, _ in found.words] == speakers
        assert [word.text for _, words in found.words for word in words] == ["hi", "bye"]

    def test_a_mono_recording_is_one_voice_with_its_sound(self, asked: Asked) -> None:
        heard = hearing(asked, replace(CALL, agent_channel=1))
        # every sample another value; 1.0 is the loudest that 16 bits hold
        first, second = (np.linspace(-1, 1, ms * 16, dtype=np.float32) for ms in (300, 100))
        # 100 to 300 and 500 to 600; then 900 to 1,000, up to the recording's end
        heard.take(fed((100, 300), (500, 600), samples=first))
        heard.take(fed((900, 1_000), samples=second))
        heard.take(outline([(150, 250), (520, 580), (910, 1_000)], duration_ms=1_000))
        for at in (0, 1):
            asked.answer(at)
        listening, _, _ = heard.finish()
        assert listening.basis == "diarised"
        (voice,) = listening.voices
        assert voice.speaker == "agent"
        expected = np.zeros(1_001 * 16)
        expected[100 * 16 : 300 * 16] = first[: 200 * 16]
        expected[500 * 16 : 600 * 16] = first[200 * 16 :]
        expected[900 * 16 : 1_000 * 16] = second
        assert voice.samples is not None
        assert voice.samples.dtype == np.int16
        np.testing.assert_allclose(voice.samples / 32_767, expected, atol=0.51 / 32_767)
        assert voice.samples.max() == 32_767

    @pytest.mark.parametrize("channels", [1, 2])
    def test_a_recording_in_which_nobody_speaks_is_a_problem_of_its_own(
        self, asked: Asked, channels: int
    ) -> None:
        for call in (CALL, UNKNOWN):
            heard = hearing(asked, call)
            heard.take(outline(*[[]] * channels))
            with pytest.raises(CallError, match=r"c1\.wav: nobody speaks") as problem:
                heard.finish()
            assert (problem.value.stage, problem.value.code) == ("speech", "empty")
        assert asked.futures == []

    def test_speech_without_windows_is_no_speech(self, asked: Asked) -> None:
        heard = hearing(asked, UNKNOWN)
        heard.take(outline([(0, 1_000)], []))  # a process that was taken over may say so
        with pytest.raises(CallError, match="nobody speaks"):
            heard.finish()

    def test_nothing_is_finished_before_the_end_of_the_recording(self, asked: Asked) -> None:
        heard = hearing(asked)
        heard.take(fed((0, 1_000)))
        with pytest.raises(AssertionError):
            heard.finish()


class TestLanguage:
    def test_of_the_manifest_is_asked_for_at_once(self, asked: Asked) -> None:
        heard = hearing(asked, replace(CALL, language="sr"))
        for at in range(3):
            heard.take(fed((at * 1_000, at * 1_000 + 500)))
        assert asked.languages == ["sr"] * 3
        assert asked.names == ["c1.wav"] * 3

    def test_of_a_pipeline_with_one_needs_no_finding_out(self, asked: Asked) -> None:
        heard = Hearing(UNKNOWN, cast("Recogniser", asked), ("hr",), 0)
        heard.take(fed((0, 500)))
        assert asked.languages == ["hr"]

    def test_is_told_by_the_first_three_windows_of_six_seconds(self, asked: Asked) -> None:
        heard = hearing(asked, UNKNOWN)
        heard.take(fed((0, 5_990)))
        heard.take(fed((6_000, 9_000)))
        assert asked.lengths == []  # held: too short to tell
        heard.take(fed((10_000, 13_000), (20_000, 23_000)))
        heard.take(fed((30_000, 37_000)))
        heard.take(fed((40_000, 48_000)))
        assert (asked.lengths, asked.languages) == ([6_000, 7_000, 8_000], [None] * 3)
        heard.take(fed((50_000, 70_000)))  # a longer one, but three are asked already
        assert asked.lengths == [6_000, 7_000, 8_000]

        for at in range(3):
            asked.answer(at, ("bok", 100, 400), language="hr")
        heard.take(fed((71_000, 72_000)))
        # what was held in the order it came, the new one last
        assert asked.lengths[3:] == [5_990, 3_000, 20_000, 1_000]
        assert asked.languages[3:] == ["hr"] * 4
        heard.take(fed((73_000, 75_000), channel=1))  # and now nothing waits
        assert asked.languages[7:] == ["hr"]

        heard.take(outline([(0, 72_000)], [(73_000, 75_000)]))
        for at in range(3, 8):
            asked.answer(at, language="hr")
        _, found, _ = heard.finish()
        assert found.language == "hr"

    def test_a_window_that_was_mistaken_is_heard_again(self, asked: Asked) -> None:
        heard = hearing(asked, UNKNOWN)
        for at in range(3):
            heard.take(fed((at * 10_000, at * 10_000 + 7_000)))
        asked.answer(0, ("good", 0, 500), language="en")
        asked.answer(1, ("dva", 0, 500), language="hr")
        asked.answer(2, ("tri", 0, 500), language="hr")
        heard.take(fed((40_000, 41_000)))
        assert (asked.lengths[3:], asked.languages[3:]) == ([7_000, 1_000], ["hr", "hr"])
        heard.take(outline([(0, 41_000)], []))
        asked.answer(3, ("dobar", 0, 500), language="hr")
        asked.answer(4, ("dan", 0, 500), language="hr")
        _, found, _ = heard.finish()
        (_, words), _ = found.words
        assert [word.text for word in words] == ["dobar", "dva", "tri", "dan"]
        assert found.language == "hr"

    def test_longer_windows_count_more(self, asked: Asked) -> None:
        heard = hearing(asked, UNKNOWN)
        for start, end in ((0, 6_000), (10_000, 16_000), (20_000, 40_000)):
            heard.take(fed((start, end)))
        asked.answer(0, language="en")
        asked.answer(1, language="en")
        asked.answer(2, language="sr")
        heard.take(fed((41_000, 42_000)))
        assert asked.languages[3:] == ["sr", "sr", "sr"]

    def test_when_too_many_windows_are_held_it_is_waited_for(self, asked: Asked) -> None:
        heard = hearing(asked, UNKNOWN)
        heard.take(fed((0, 10_000)))
        for at in range(15):
            heard.take(fed((10_000 + at * 1_000, 10_500 + at * 1_000)))
        assert asked.lengths == [10_000]
        timer = threading.Timer(0.1, lambda: asked.answer(0, language="sr"))
        timer.start()
        heard.take(fed((30_000, 30_700)))  # the sixteenth
        timer.join()
        assert asked.futures[0].done()
        assert asked.lengths == [10_000, *[500] * 15, 700]
        assert asked.languages == [None, *["sr"] * 16]

    def test_when_all_windows_are_short_the_longest_tells(self, asked: Asked) -> None:
        heard = hearing(asked, UNKNOWN)
        timer = threading.Timer(0.1, lambda: asked.answer(0))
        timer.start()
        for at in range(16):
            assert asked.lengths == []
            heard.take(fed((at * 1_000, at * 1_000 + (900 if at == 7 else 500))))
        timer.join()
        assert asked.lengths == [900, *[500] * 15]
        assert asked.languages == [None, *["en"] * 15]

    def test_of_a_short_call_is_told_at_its_end(self, asked: Asked) -> None:
        heard = hearing(asked, UNKNOWN)
        heard.take(fed((0, 2_000)))
        heard.take(fed((3_000, 5_500), channel=1))
        heard.take(outline([(0, 2_000)], [(3_000, 5_500)]))
        assert asked.lengths == []

        def reply() -> None:
            asked.answer(0, ("dva", 0, 100), language="sr")
            while len(asked.futures) < 2:
                threading.Event().wait(0.01)
            asked.answer(1, ("jedan", 0, 100), language="sr")

        timer = threading.Timer(0.1, reply)
        timer.start()
        _, found, _ = heard.finish()
        timer.join()
        assert (asked.lengths, asked.languages) == ([2_500, 2_000], [None, "sr"])
        assert found.language == "sr"
        (_, first), (_, second) = found.words
        assert (first[0].text, second[0].text) == ("jedan", "dva")


class TestWords:
    def test_come_back_to_where_they_were_said(self, asked: Asked) -> None:
        heard = hearing(asked)
        heard.take(fed((1_000, 3_000), (10_000, 13_000)))
        heard.take(outline([(1_000, 3_000), (10_000, 13_000)], []))
        asked.answer(0, ("here", 500, 900), ("there", 2_500, 2_900))
        _, found, _ = heard.finish()
        assert found.words == (
            ("agent", (Word("here", 1_500, 1_900, 0.75), Word("there", 10_500, 10_900, 0.75))),
            ("customer", ()),
        )

    def test_are_clipped_to_the_speech_of_their_own_channel(self, asked: Asked) -> None:
        heard = hearing(asked)
        heard.take(fed((0, 3_000)))
        heard.take(fed((0, 3_000), channel=1))
        heard.take(outline([(400, 2_600)], [(1_000, 2_000)]))
        for at in (0, 1):
            asked.answer(at, ("long", 0, 3_000))
        _, found, _ = heard.finish()
        (_, first), (_, second) = found.words
        assert first == (Word("long", 400, 2_600, 0.75),)
        assert second == (Word("long", 1_000, 2_000, 0.75),)

    def test_are_in_order_of_time_whatever_was_asked_or_answered_first(self, asked: Asked) -> None:
        heard = hearing(asked, UNKNOWN)
        heard.take(fed((0, 1_000)))  # held, so that it is asked last but one
        for start in (2_000, 10_000, 18_000):
            heard.take(fed((start, start + 7_000)))
        asked.answer(2, ("five", 0, 500))
        asked.answer(1, ("four", 0, 500))
        asked.answer(0, ("two", 0, 500), ("three", 600, 900))
        heard.take(fed((30_000, 31_000)))
        heard.take(outline([(0, 25_000), (30_000, 31_000)], []))
        asked.answer(4, ("six", 0, 500))
        asked.answer(3, ("one", 0, 500))
        _, found, _ = heard.finish()
        (_, words), _ = found.words
        assert [word.text for word in words] == ["one", "two", "three", "four", "five", "six"]
        assert [word.start_ms for word in words] == [0, 2_000, 2_600, 10_000, 18_000, 30_000]

    def test_that_are_doubted_are_marked_piece_by_piece(self, asked: Asked) -> None:
        heard = hearing(asked, agent_channel=1)
        heard.take(fed((0, 1_000), (5_000, 7_000)))
        heard.take(fed((2_000, 4_000), channel=1))
        heard.take(fed((8_000, 9_000), channel=1))
        heard.take(outline([(0, 1_000), (5_000, 7_000)], [(2_000, 4_000), (8_000, 9_000)]))
        asked.answer(0, reason="improbable")
        asked.answer(1, ("sure", 0, 500))
        asked.answer(2, reason="pace")
        _, found, _ = heard.finish()
        assert found.doubts == (
            Doubt("customer", 0, 1_000, "improbable"),
            Doubt("customer", 5_000, 7_000, "improbable"),
            Doubt("agent", 8_000, 9_000, "pace"),
        )

    def test_the_outline_is_handed_on(self, asked: Asked) -> None:
        heard, whole = hearing(asked), outline([(0, 1_000)], [])
        heard.take(fed((0, 1_000)))
        heard.take(whole)
        asked.answer(0)
        assert heard.finish()[2] is whole


class TestWhatGoesWrong:
    def test_withdrawing_cancels_what_is_not_recognised_yet(self, asked: Asked) -> None:
        heard = hearing(asked)
        for at in range(3):
            heard.take(fed((at * 1_000, at * 1_000 + 500)))
        asked.answer(1)
        heard.withdraw()
        assert [future.cancelled() for future in asked.futures] == [True, False, True]
        heard.withdraw()  # a second time is no error

    def test_what_was_cancelled_was_stopped(self, asked: Asked) -> None:
        for call in (CALL, UNKNOWN):
            heard = hearing(asked, call)
            heard.take(fed((0, 7_000)))
            heard.take(outline([(0, 7_000)], []))
            asked.futures[-1].cancel()
            with pytest.raises(CallError, match="stopped") as problem:
                heard.finish()
            assert (problem.value.stage, problem.value.code) == ("speech", "stopped")

    def test_a_window_that_ended_its_process_ends_the_call(self, asked: Asked) -> None:
        heard = hearing(asked)
        heard.take(fed((0, 1_000)))
        heard.take(outline([(0, 1_000)], []))
        lost = CallError("speech", "crashed", "c1.wav: the recogniser died twice on it")
        asked.futures[0].set_exception(lost)
        with pytest.raises(CallError) as problem:
            heard.finish()
        assert problem.value is lost

    def test_features_are_not_kept_once_they_are_handed_over(self, asked: Asked) -> None:
        heard = hearing(asked, UNKNOWN)
        features = []
        for at in range(3):
            window = fed((at * 10_000, at * 10_000 + 8_000))
            features.append(weakref.ref(window.features))
            heard.take(window)
        del window
        gc.collect()
        # they tell the language, and may have to be heard again in another
        assert [each() is None for each in features] == [False, False, False]
        for at in range(3):
            asked.answer(at)
        heard.take(fed((50_000, 51_000)))
        gc.collect()
        assert [each() is None for each in features] == [True, True, True]


class TestAsides:
    """Customer 1 to 9 s; the agent says something from 4 to 4.5 s, beside a word of 12 to 13 s."""

    def told(self, asked: Asked, *, aligned: bool = True) -> Hearing:
        heard = Hearing(CALL, cast("Recogniser", asked), LANGUAGES, 0, aligned=aligned)
        heard.take(fed((600, 9_400), channel=1))
        heard.take(fed((3_600, 4_900), (11_600, 13_400)))
        heard.take(outline([(4_000, 4_500), (12_000, 13_000)], [(1_000, 9_000)]))
        asked.answer(0, ("my", 400, 8_400))
        asked.answer(1, ("Mremz", 450, 800), ("yes", 1_700, 2_600))  # 4,050; 12,000
        return heard

    def test_what_is_short_and_inside_the_others_speech_is_heard_alone(self) -> None:
        class Again(Asked):
            def submit(self, item: Item, name: str) -> Future[Recognised]:
                future = super().submit(item, name)
                if item.once:  # it begins 200 ms before the aside, at 3,800
                    future.set_result(Recognised("en", (("Mhm", 300, 600, 0.9),)))
                return future

        asked = Again()
        _, found, _ = self.told(asked).finish()
        assert asked.lengths[2:] == [900]
        assert asked.languages[2:] == ["en"]
        (_, own), (_, others) = found.words
        assert [(w.text, w.start_ms, w.confidence) for w in own] == [
            ("Mhm", 4_100, 0.9),
            ("yes", 12_000, 0.75),
        ]
        assert [word.text for word in others] == ["my"]

    def test_not_without_word_times(self) -> None:
        asked = Asked()
        _, found, _ = self.told(asked, aligned=False).finish()
        assert len(asked.futures) == 2
        assert [word.text for _, words in found.words for word in words] == ["Mremz", "yes", "my"]
