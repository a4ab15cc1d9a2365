"""Who said what: by channel, by voice, and what is doubted of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from qa.nouns import Call, Doubt, Span, Word
from qa.problems import CallError, NothingToRunError
from qa.speech import diarizer
from qa.speech.diarizer import ByChannel, ByVoice, diarizer_for
from qa.speech.hearing import Heard, Listening, Voice
from qa.speech.voices import Apart

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

CALL = Call(id="c1", recording=Path("/calls/c1.wav"), agent_id="A1")
SOUND = np.zeros(16_000, np.float32)
WORDS = (Word("one", 0, 400, 0.9), Word("two", 5_000, 5_400, 0.9))


def _mono() -> Listening:
    spans = (Span(0, 1_000, "agent"), Span(5_000, 6_000, "agent"))
    return Listening(CALL, (Voice("agent", spans, SOUND),), "diarised", 7_000)


def _stereo() -> Listening:
    voices = (
        Voice("customer", (Span(500, 900, "customer"), Span(3_000, 4_000, "customer"))),
        Voice("agent", (Span(0, 700, "agent"), Span(3_000, 3_500, "agent"))),
    )
    return Listening(CALL, voices, "stereo", 7_000)


@pytest.fixture
def two_voices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the first span be the agent's, the second the customer's."""

    def told(samples: NDArray[np.float32], spans: Sequence[Span], words: Sequence[Word]) -> Apart:
        assert samples is SOUND
        agents, customers = spans
        return Apart(
            (("agent", tuple(words[:1])), ("customer", tuple(words[1:]))),
            (agents, Span(customers.start_ms, customers.end_ms, "customer")),
            2,
        )

    monkeypatch.setattr(diarizer, "tell_apart", told)


def test_two_channels_are_two_speakers() -> None:
    doubts = (Doubt("customer", 3_000, 4_000, "pace"),)
    heard = Heard((("customer", WORDS), ("agent", ())), "en", doubts)
    listening = _stereo()
    assert isinstance(diarizer_for(listening), ByChannel)
    spoken = ByChannel().who_spoke(listening, heard)
    assert (spoken.words, spoken.doubts) == (heard.words, doubts)
    # in order of time, and of two at once the agent first
    assert [(span.start_ms, span.speaker) for span in spoken.spans] == [
        (0, "agent"),
        (500, "customer"),
        (3_000, "agent"),
        (3_000, "customer"),
    ]


@pytest.mark.usefixtures("two_voices")
def test_one_channel_is_told_apart_by_voice() -> None:
    listening = _mono()
    assert isinstance(diarizer_for(listening), ByVoice)
    spoken = ByVoice().who_spoke(listening, Heard((("agent", WORDS),), "en"))
    assert spoken.words == (("agent", WORDS[:1]), ("customer", WORDS[1:]))
    assert spoken.spans == (Span(0, 1_000, "agent"), Span(5_000, 6_000, "customer"))
    assert spoken.doubts == ()


@pytest.mark.usefixtures("two_voices")
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
    heard = Heard((("agent", WORDS),), "en", (Doubt("agent", *stretch, "no_speech"),))
    doubts = ByVoice().who_spoke(_mono(), heard).doubts
    assert [doubt.speaker for doubt in doubts] == speakers
    assert {(each.start_ms, each.end_ms, each.reason) for each in doubts} == {
        (*stretch, "no_speech")
    }


def test_without_the_voice_encoder_a_mono_call_is_a_problem(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def missing(*_: object) -> Apart:
        raise NothingToRunError("weights are missing: pip install them")

    monkeypatch.setattr(diarizer, "tell_apart", missing)
    with pytest.raises(CallError, match=r"c1\.wav: one channel .* pip install") as problem:
        ByVoice().who_spoke(_mono(), Heard((("agent", WORDS),), "en"))
    assert (problem.value.stage, problem.value.code) == ("speech", "no_voice_model")
