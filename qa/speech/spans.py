"""Speech spans of one channel: when somebody speaks, before anyone knows what is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qa.nouns import Span, Speaker

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SAMPLE_RATE = 16_000
# Silero's own default is 0.5 with 400 ms of padding, meant to feed a recogniser. Quiet telephone
# speech falls under 0.5 (design, section 4), and padding would turn neat turn-taking into
# overlaps, so the threshold is lower and spans are not padded here.
_THRESHOLD = 0.35
_MIN_SILENCE_MS = 200
_MIN_SPEECH_MS = 100
_TARGET_PEAK = 0.7
_SILENT_PEAK = 0.003  # -50 dBFS: below it there is only line noise, which must not be amplified


def level(channel: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the channel scaled so that its loud speech is near full scale.

    The 99.9th percentile stands for the peak, so that one click does not set the level. A
    channel that holds only line noise is returned as it is.
    """
    import numpy as np

    if channel.size == 0:
        return channel
    peak = float(np.quantile(np.abs(channel), 0.999))
    if peak < _SILENT_PEAK:
        return channel
    return np.asarray(np.clip(channel * (_TARGET_PEAK / peak), -1.0, 1.0), dtype=np.float32)


def find_speech(channel: NDArray[np.float32], speaker: Speaker) -> tuple[Span, ...]:
    """Return the spans of speech in one levelled channel (float32, 16 kHz), in order.

    Silero VAD v6 as shipped with faster-whisper. Empty for a silent channel.
    """
    import numpy as np
    from faster_whisper.vad import VadOptions, get_speech_timestamps

    if channel.size == 0 or float(np.quantile(np.abs(channel), 0.999)) < _SILENT_PEAK:
        return ()
    options = VadOptions(
        threshold=_THRESHOLD,
        min_speech_duration_ms=_MIN_SPEECH_MS,
        min_silence_duration_ms=_MIN_SILENCE_MS,
        speech_pad_ms=0,
    )
    stamps = get_speech_timestamps(channel, options, sampling_rate=SAMPLE_RATE)
    return tuple(
        Span(s["start"] * 1000 // SAMPLE_RATE, s["end"] * 1000 // SAMPLE_RATE, speaker)
        for s in stamps
    )
