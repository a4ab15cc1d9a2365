"""Who said what: by channel, by voice, who of them is the agent, and what is doubted of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from qa.nouns import Call, Doubt, Span, Speaker, Word
from qa.problems import CallError, NothingToRunError
from qa.settings import DiarizerSettings, SpeechSettings
from qa.speech.diarizer import ByChannel, ByVoice, diarizer_for, for_one_channel
from qa.speech.hearing import Heard, Listening, Voice
from qa.speech.voices import Apart

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

CALL = Call(id="c1", recording=Path("/calls/c1.wav"), agent_id="A1")
SOUND = np.array([0, 16_384, -32_767, 32_767], np.int16)
SPANS = (Span(0, 1_000, "agent"), Span(5_000, 6_000, "agent"))
WORDS = (Word("one", 0, 400, 0.9), Word("two", 5_000, 5_400, 0.9))
ALONE = (SPANS[0], Span(5_000, 6_000, "customer"))


def mono(call: Call = CALL) -> Listening:
    return Listening(call, (Voice("agent", SPANS, SOUND),), "diarised", 7_000)


def stereo() -> Listening:
    voices = (
        Voice("customer", (Span(500, 900, "customer"), Span(3_000, 4_000, "customer"))),
        Voice("agent", (Span(0, 700, "agent"), Span(3_000, 3_500, "agent"))),
    )
    return Listening(CALL, voices, "stereo", 7_000)


def heard(*words: Word, doubts: tuple[Doubt, ...] = ()) -> Heard:
    return Heard((("agent", words),), "en", doubts)


def by_voice(apart: Apart) -> ByVoice:
    """Return a diarizer that tells the voices apart as it is told to."""

    def told(samples: NDArray[np.float32], spans: Sequence[Span]) -> Apart:
        assert samples.dtype == np.float32
        np.testing.assert_allclose(samples, [0, 0.50002, -1, 1], atol=1e-5)
        assert tuple(spans) == SPANS
        return apart

    return ByVoice(told)


def said(text: str, start_ms: int) -> list[Word]:
    """Return words of 50 ms each."""
    starts = range(start_ms, start_ms + 50 * len(text.split()), 50)
    return [Word(word, at, at + 50, 0.9) for word, at in zip(text.split(), starts, strict=True)]


OFFER = said("Northwind, how can I help you?", 5_000)
REASON = said("I'm calling because my parcel never arrived.", 0)


def test_two_channels_are_two_speakers() -> None:
    doubts = (Doubt("customer", 3_000, 4_000, "pace"),)
    both = Heard((("customer", WORDS), ("agent", ())), "en", doubts)
    listening = stereo()
    assert isinstance(diarizer_for(listening), ByChannel)
    spoken = ByChannel().who_spoke(listening, both)
    assert (spoken.words, spoken.doubts, spoken.caveats) == (both.words, doubts, ())
    # in order of time, and of two at once the agent first
    assert [(span.start_ms, span.speaker) for span in spoken.spans] == [
        (0, "agent"),
        (500, "customer"),
        (3_000, "agent"),
        (3_000, "customer"),
    ]


def test_one_channel_is_told_apart_by_voice() -> None:
    assert isinstance(diarizer_for(mono()), ByVoice)
    own = by_voice(Apart(ALONE, (), 2))
    assert diarizer_for(mono(), own) is own
    spoken = own.who_spoke(mono(), heard(*WORDS))
    assert spoken.words == (("agent", WORDS[:1]), ("customer", WORDS[1:]))
    assert spoken.spans == ALONE
    assert spoken.doubts == ()


def test_who_is_heard_second_may_be_the_agent() -> None:
    spoken = by_voice(Apart(ALONE, (), 2)).who_spoke(mono(), heard(*REASON, *OFFER))
    assert spoken.words == (("agent", tuple(OFFER)), ("customer", tuple(REASON)))
    assert [span.speaker for span in spoken.spans] == ["customer", "agent"]
    assert spoken.caveats == ()


def test_where_nothing_tells_the_first_is_called_the_agent_and_that_is_said() -> None:
    spoken = by_voice(Apart(ALONE, (), 2, ("voices_unsure",))).who_spoke(mono(), heard(*WORDS))
    assert spoken.words[0] == ("agent", WORDS[:1])
    assert spoken.caveats == ("voices_unsure", "roles_unsure")


@pytest.mark.parametrize("first", ["agent", "customer"])
def test_the_manifest_knows_better_than_the_words(first: Speaker) -> None:
    call = replace(CALL, first_speaker=first)
    spoken = by_voice(Apart(ALONE, (), 2)).who_spoke(mono(call), heard(*REASON, *OFFER))
    assert dict(spoken.words)[first] == tuple(REASON)
    assert spoken.spans[0].speaker == first
    assert spoken.caveats == ()


def test_one_voice_is_the_agents_whatever_it_says() -> None:
    alone = Apart(SPANS, (), 1, ("one_voice",))
    spoken = by_voice(alone).who_spoke(mono(), heard(*REASON))
    assert spoken.words == (("agent", tuple(REASON)), ("customer", ()))
    assert (spoken.spans, spoken.caveats) == (SPANS, ("one_voice",))


def test_where_both_speak_both_have_speech_and_a_word_is_one_persons() -> None:
    alone = (Span(0, 800, "agent"), Span(800, 1_000, "customer"), ALONE[1])
    apart = Apart(alone, ((600, 900),), 2)
    word = Word("da", 600, 700, 0.9)  # where both speak and the agent is heard more
    spoken = by_voice(apart).who_spoke(mono(), heard(word))
    assert spoken.words == (("agent", (word,)), ("customer", ()))
    assert spoken.spans == (
        Span(0, 900, "agent"),
        Span(600, 1_000, "customer"),
        Span(5_000, 6_000, "customer"),
    )


@pytest.mark.parametrize(
    ("stretch", "speakers"),
    [
        ((0, 1_000), ["agent"]),
        ((4_600, 6_400), ["customer"]),
        ((900, 5_100), ["agent", "customer"]),
        ((1_000, 5_000), ["agent"]),  # nobody's: as it came
    ],
)
def test_a_doubt_goes_to_whoever_speaks_there(
    stretch: tuple[int, int], speakers: list[str]
) -> None:
    doubtful = heard(*WORDS, doubts=(Doubt("agent", *stretch, "no_speech"),))
    doubts = by_voice(Apart(ALONE, (), 2)).who_spoke(mono(), doubtful).doubts
    assert [doubt.speaker for doubt in doubts] == speakers
    assert {(each.start_ms, each.end_ms, each.reason) for each in doubts} == {
        (*stretch, "no_speech")
    }


def test_without_the_voice_encoder_a_mono_call_is_a_problem() -> None:
    def missing(*_: object) -> Apart:
        raise NothingToRunError("weights are missing: pip install them")

    with pytest.raises(CallError, match=r"c1\.wav: one channel .* pip install") as problem:
        ByVoice(missing).who_spoke(mono(), heard(*WORDS))
    assert (problem.value.stage, problem.value.code) == ("speech", "no_voice_model")


def test_the_settings_choose_what_tells_voices_apart(tmp_path: Path) -> None:
    assert isinstance(for_one_channel(SpeechSettings()), ByVoice)
    named = SpeechSettings(diarizer=DiarizerSettings(pyannote=tmp_path))
    with pytest.raises(NothingToRunError, match="no pipeline of pyannote"):
        for_one_channel(named)
