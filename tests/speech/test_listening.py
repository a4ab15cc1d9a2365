"""Who is on which channel, and when somebody speaks at all."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from qa.intake.decode import Recording, decode
from qa.nouns import Call, Span, Speaker
from qa.problems import CallError
from qa.speech import listening
from qa.speech.listening import listen
from qa.speech.spans import find_speech, level

if TYPE_CHECKING:
    from numpy.typing import NDArray

SAMPLES = Path(__file__).parents[2] / "data" / "samples"
CALL = Call(id="c1", recording=Path("/calls/c1.wav"), agent_id="A1")
SECOND = 16_000


def _silence(seconds: int) -> NDArray[np.float32]:
    return np.zeros(seconds * SECOND, dtype=np.float32)


def _tone(seconds: int, peak: float) -> NDArray[np.float32]:
    """Return a tone that stands for speech in tests that replace the detector."""
    wave = np.sin(np.arange(seconds * SECOND) * 0.1) * peak
    return np.asarray(wave, dtype=np.float32)


@pytest.fixture
def tones_are_speech(monkeypatch: pytest.MonkeyPatch) -> None:
    def found(channel: NDArray[np.float32], speaker: Speaker) -> tuple[Span, ...]:
        return (Span(1_000, 2_000, speaker),) if np.abs(channel).max() > 0.5 else ()

    monkeypatch.setattr(listening, "find_speech", found)


@pytest.mark.usefixtures("tones_are_speech")
@pytest.mark.parametrize(
    ("named", "default", "speakers"),
    [
        (None, 0, ["agent", "customer"]),
        (None, 1, ["customer", "agent"]),
        (0, 1, ["agent", "customer"]),  # the manifest knows better
        (1, 0, ["customer", "agent"]),
    ],
)
def test_the_agents_channel(named: int | None, default: int, speakers: list[Speaker]) -> None:
    quiet, loud = _tone(3, 0.1), _silence(3)
    recording = Recording((quiet, loud), 3_000, "")
    heard = listen(replace(CALL, agent_channel=named), recording, agent_channel=default)
    assert [voice.speaker for voice in heard.voices] == speakers
    assert (heard.basis, heard.duration_ms, heard.call.id) == ("stereo", 3_000, "c1")
    first, second = heard.voices
    assert first.spans == (Span(1_000, 2_000, first.speaker),)
    assert [(w.start_ms, w.end_ms) for w in first.windows] == [(600, 2_400)]
    assert second.spans == ()
    assert second.windows == ()


@pytest.mark.usefixtures("tones_are_speech")
def test_a_mono_recording_is_one_voice_to_be_told_apart() -> None:
    heard = listen(CALL, Recording((_tone(3, 0.2),), 3_000, ""), agent_channel=1)
    assert [voice.speaker for voice in heard.voices] == ["agent"]
    assert heard.basis == "diarised"


def test_a_recording_in_which_nobody_speaks_is_a_problem_of_its_own() -> None:
    recording = Recording((_silence(2), _silence(2)), 2_000, "")
    with pytest.raises(CallError, match=r"c1\.wav: nobody speaks") as problem:
        listen(CALL, recording, agent_channel=0)
    assert (problem.value.stage, problem.value.code) == ("speech", "empty")


@pytest.mark.parametrize("peak", [0.01, 0.2, 0.7, 1.0])
def test_loud_speech_is_brought_to_one_level(peak: float) -> None:
    levelled = level(_tone(1, peak))
    assert levelled.dtype == np.float32
    assert float(np.abs(levelled).max()) == pytest.approx(0.7, rel=0.01)


def test_a_click_does_not_set_the_level() -> None:
    channel = _tone(1, 0.1)
    channel[8_000] = 1.0
    levelled = level(channel)
    assert float(levelled[8_000]) == 1.0  # clipped, not scaled to 7
    assert float(np.median(np.abs(levelled))) == pytest.approx(0.7 * 0.707, rel=0.02)


def test_line_noise_is_not_amplified() -> None:
    noise = _tone(1, 0.002)
    assert level(noise) is noise
    assert find_speech(noise, "agent") == ()
    nothing = np.zeros(0, dtype=np.float32)
    assert level(nothing).size == 0
    assert find_speech(nothing, "agent") == ()


def test_speech_is_found_where_a_sample_call_has_it() -> None:
    truth = json.loads((SAMPLES / "hr-01-paket-kasni.truth.json").read_text("utf-8"))
    recording = decode(SAMPLES.resolve() / "hr-01-paket-kasni.flac")
    heard = listen(CALL, recording, agent_channel=0)
    for voice in heard.voices:
        turns = [t for t in truth["turns"] if t["role"] == voice.speaker]
        said = np.zeros(recording.duration_ms // 10 + 1, dtype=bool)
        found = np.zeros_like(said)
        for turn in turns:
            said[turn["start_ms"] // 10 : turn["end_ms"] // 10] = True
        for span in voice.spans:
            found[span.start_ms // 10 : span.end_ms // 10] = True
        # pauses inside a turn are no speech, so `found` is less than `said`, but lies in it
        assert (found & said).sum() > 0.8 * said.sum()
        assert (found & ~said).sum() < 0.03 * said.sum()
