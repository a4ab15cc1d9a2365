"""Speech spans of one channel: when somebody speaks, before anyone knows what is said."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from qa.cache import package_data
from qa.problems import NothingToRunError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

SAMPLE_RATE = 16_000
PER_MS = SAMPLE_RATE // 1000
# Silero's own default is 0.5 with 400 ms of padding, meant to feed a recogniser. Quiet telephone
# speech falls under 0.5 (design, section 4), and padding would turn neat turn-taking into
# overlaps, so the threshold is lower and spans are not padded here.
_THRESHOLD = 0.35
_STAYS_SPEECH = 0.20  # Silero's hysteresis: speech that began goes on down to threshold - 0.15
_MIN_SILENCE_MS = 200
_MIN_SPEECH_MS = 100
_TARGET_PEAK = 0.7
_SILENT_PEAK = 0.003  # -50 dBFS: below it there is only line noise, which must not be amplified
_PEAK = 0.999
_STEP, _BEFORE = 512, 64  # samples that Silero takes at 16 kHz: 32 ms, and 4 ms before them
# What is under -45 dBFS (speech peaks at -3 after levelling) and half a second from anything
# louder is silence: the network need not be asked. On the recorded calls and the samples this
# drops no step that the network takes for speech.
_QUIET_RMS = 10 ** (-45 / 20)
_MARGIN_STEPS = 15
_MOST_STEPS = 10_000  # given to the network at once: five minutes, some 25 MB


def loudness(channel: NDArray[np.float32]) -> float:
    """Return what stands for the peak of a channel: the 99.9th percentile, 0 if it is empty.

    Not the peak itself, so that one click does not set the level.
    """
    return float(np.quantile(np.abs(channel), _PEAK)) if channel.size else 0.0


def level(channel: NDArray[np.float32], peak: float) -> NDArray[np.float32]:
    """Return a channel scaled so that its loud speech (`peak`) is near full scale.

    A channel that holds only line noise is returned as it is.
    """
    if peak < _SILENT_PEAK:
        return channel
    return np.asarray(np.clip(channel * (_TARGET_PEAK / peak), -1.0, 1.0), dtype=np.float32)


def find_speech(channel: NDArray[np.float32]) -> list[tuple[int, int]]:
    """Return the stretches of speech in a levelled channel (float32, 16 kHz): samples from, to.

    Silero VAD v6 as shipped with faster-whisper, asked only where there is sound. A pause under
    200 ms does not part two stretches; one of 100 ms or less is no speech. Empty if all is quiet.
    """
    return list(_stretches(speech_probabilities(channel), channel.size))


def speech_probabilities(channel: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return Silero's probability of speech per 32 ms, 0 where it is too quiet: (steps,)."""
    steps = -(-channel.size // _STEP)
    framed = np.pad(channel, (_BEFORE, steps * _STEP - channel.size))
    probabilities = np.zeros(steps, np.float32)
    for start, end in _audible(framed[_BEFORE:].reshape(-1, _STEP)):
        state = (np.zeros((1, 1, 128), np.float32), np.zeros((1, 1, 128), np.float32))
        for first in range(start, end, _MOST_STEPS):
            last = min(end, first + _MOST_STEPS)
            views = np.lib.stride_tricks.sliding_window_view(framed, _STEP + _BEFORE)
            inputs = np.array(views[first * _STEP : last * _STEP : _STEP])
            if first == start:
                inputs[0, :_BEFORE] = 0  # as the network is used from the start of a recording
            found, *state = _silero().run(None, {"input": inputs, "h": state[0], "c": state[1]})
            probabilities[first:last] = found.reshape(-1)
    return probabilities


def _audible(steps: NDArray[np.float32]) -> Iterator[tuple[int, int]]:
    """Yield the runs of steps that are not silence beyond doubt: from, to."""
    if not len(steps):
        return
    loud = np.sqrt(np.einsum("ij,ij->i", steps, steps) / _STEP) > _QUIET_RMS
    near = np.convolve(loud, np.ones(2 * _MARGIN_STEPS + 1), mode="full")
    audible = near[_MARGIN_STEPS : _MARGIN_STEPS + loud.size] > 0.5
    edges = np.flatnonzero(np.diff(np.concatenate(([False], audible, [False])).astype(np.int8)))
    yield from zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)


def _stretches(probabilities: NDArray[np.float32], size: int) -> Iterator[tuple[int, int]]:
    """Yield speech as Silero's published rule finds it in the probabilities."""
    pause, shortest = (ms * SAMPLE_RATE // 1000 for ms in (_MIN_SILENCE_MS, _MIN_SPEECH_MS))
    start = quiet_from = None
    for step, probability in enumerate(probabilities.tolist()):
        here = step * _STEP
        if probability >= _THRESHOLD:
            quiet_from = None
            start = here if start is None else start
        elif probability < _STAYS_SPEECH and start is not None:
            quiet_from = here if quiet_from is None else quiet_from
            if here - quiet_from >= pause:
                if quiet_from - start > shortest:
                    yield start, quiet_from
                start = quiet_from = None
    if start is not None and size - start > shortest:
        yield start, size


@cache
def _silero() -> Any:  # noqa: ANN401
    import onnxruntime

    folder = package_data("faster_whisper")
    if folder is None:
        raise NothingToRunError("faster-whisper is not installed: pip install faster-whisper")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(
        str(folder / "assets" / "silero_vad_v6.onnx"),
        providers=["CPUExecutionProvider"],
        sess_options=options,
    )
