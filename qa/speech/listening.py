"""A recording made ready for recognition: one levelled voice per speaker, with its speech."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qa.problems import CallError
from qa.speech.spans import find_speech, level
from qa.speech.windows import Window, pack

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from qa.intake.decode import Recording
    from qa.nouns import Basis, Call, Language, Span, Speaker, Word


@dataclass(frozen=True, slots=True, eq=False)
class Voice:
    """One speaker's channel: float32 samples at 16 kHz, its speech and what to recognise."""

    speaker: Speaker
    samples: NDArray[np.float32]
    spans: tuple[Span, ...]
    windows: tuple[Window, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Listening:
    """What the recogniser is given of one call."""

    call: Call
    voices: tuple[Voice, ...]
    basis: Basis
    duration_ms: int


@dataclass(frozen=True, slots=True)
class Heard:
    """What the recogniser gives back: words per speaker in order of time."""

    words: tuple[tuple[Speaker, tuple[Word, ...]], ...]
    language: Language


def listen(call: Call, recording: Recording, *, agent_channel: int) -> Listening:
    """Return the two voices of a two-channel recording, or the one of a mono recording.

    `agent_channel` is used where the manifest does not name it. A mono recording is returned as
    one agent voice with basis "diarised"; `qa.speech.diarizer` then tells the speakers apart.
    Raises CallError `empty` if nobody speaks.
    """
    agent = call.agent_channel if call.agent_channel is not None else agent_channel
    stereo = len(recording.channels) == 2
    voices = tuple(
        _voice(channel, "agent" if not stereo or index == agent else "customer", recording)
        for index, channel in enumerate(recording.channels)
    )
    if not any(voice.spans for voice in voices):
        msg = f"{call.recording.name}: nobody speaks in it; check the recorder or the channel"
        raise CallError("speech", "empty", msg)
    basis: Basis = "stereo" if stereo else "diarised"
    return Listening(call, voices, basis, recording.duration_ms)


def _voice(channel: NDArray[np.float32], speaker: Speaker, recording: Recording) -> Voice:
    samples = level(channel)
    spans = find_speech(samples, speaker)
    return Voice(speaker, samples, spans, pack(spans, recording.duration_ms))
