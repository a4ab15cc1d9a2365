"""Speech spans of one channel: when somebody speaks, before anyone knows what is said."""

from __future__ import annotations

from dataclasses import dataclass
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
_EARLIEST = 1_000 * PER_MS  # that speech begins before the network is sure of it
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
    return list(Detector().hear(channel, last=True).closed)


def speech_probabilities(channel: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return Silero's probability of speech per 32 ms, 0 where it is too quiet: (steps,)."""
    return _Asked().probabilities(channel, last=True)


@dataclass(frozen=True, slots=True)
class Found:
    """What a detector knows once it has heard a part of a channel; in samples from its start."""

    closed: tuple[tuple[int, int], ...]  # the stretches that ended since the part before
    open_from: int | None  # where a stretch began that may go on, if there is one
    until: int  # all before it was looked at
    known: int  # no stretch that is still to come begins before it


class Detector:
    """Finds speech in one channel that comes in parts: where they end changes nothing."""

    def __init__(self) -> None:
        self._asked, self._rule = _Asked(), _Rule()
        self._size = 0

    def hear(self, sound: NDArray[np.float32], *, last: bool) -> Found:
        """Take the next part; what of it is not looked at yet will be with the next one."""
        self._size += sound.size
        closed = list(self._rule.take(self._asked.probabilities(sound, last=last)))
        if last:
            closed += self._rule.end(self._size)
        return Found(tuple(closed), self._rule.start, self._rule.until, self._rule.known)


class _Asked:
    """Asks the network about a channel in parts, only where there is sound."""

    def __init__(self) -> None:
        # what was not asked yet, after the little that the network is given before it
        self._sound = np.zeros(_BEFORE, np.float32)
        self._loud = np.zeros(0, bool)  # of the steps before it
        self._state: list[NDArray[np.float32]] | None = None  # None: it begins anew

    def probabilities(self, sound: NDArray[np.float32], *, last: bool) -> NDArray[np.float32]:
        """Return the probability of speech of every further step of which all is known."""
        framed = np.concatenate((self._sound, sound))
        if last:
            framed = np.pad(framed, (0, -(framed.size - _BEFORE) % _STEP))
        steps = (framed.size - _BEFORE) // _STEP
        known = steps if last else max(0, steps - _MARGIN_STEPS)
        loud = np.concatenate(
            (self._loud, _is_loud(framed[_BEFORE:][: steps * _STEP].reshape(-1, _STEP)))
        )
        audible = _near(loud)[self._loud.size :][:known]
        probabilities = np.zeros(known, np.float32)
        if known and not audible[0]:
            self._state = None
        for start, end in _runs(audible):
            probabilities[start:end] = self._ask(framed, start, end)
            if end < known:
                self._state = None
        self._loud = loud[: loud.size - steps + known][-_MARGIN_STEPS:]
        self._sound = framed[known * _STEP :].copy()
        return probabilities

    def _ask(self, framed: NDArray[np.float32], start: int, end: int) -> NDArray[np.float32]:
        answers = []
        views = np.lib.stride_tricks.sliding_window_view(framed, _STEP + _BEFORE)
        for first in range(start, end, _MOST_STEPS):
            inputs = np.array(views[first * _STEP : min(end, first + _MOST_STEPS) * _STEP : _STEP])
            if self._state is None:  # as the network is used from the start of a recording
                inputs[0, :_BEFORE] = 0
                self._state = [np.zeros((1, 1, 128), np.float32) for _ in range(2)]
            given = {"input": inputs, "h": self._state[0], "c": self._state[1]}
            found, *self._state = _silero().run(None, given)
            answers.append(found.reshape(-1))
        return np.concatenate(answers)


def _is_loud(steps: NDArray[np.float32]) -> NDArray[np.bool_]:
    return np.asarray(np.sqrt(np.einsum("ij,ij->i", steps, steps) / _STEP) > _QUIET_RMS)


def _near(loud: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which steps are not silence beyond doubt: half a second around what is loud."""
    if not loud.size:
        return loud
    near = np.convolve(loud, np.ones(2 * _MARGIN_STEPS + 1), mode="full")
    return np.asarray(near[_MARGIN_STEPS : _MARGIN_STEPS + loud.size] > 0.5)


def _runs(on: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate(([False], on, [False])).astype(np.int8)))
    yield from zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)


class _Rule:
    """Speech from the probabilities of its steps, in samples: Silero's published rule, both ways.

    As speech that began goes on down to a lower probability, so it began where that was reached
    before it, with the same pauses bridged: after a long silence the network takes up to half a
    second to be sure of a voice.
    """

    def __init__(self) -> None:
        self.start: int | None = None  # of a stretch that has not ended
        self.until = 0  # all before it was taken
        self._quiet_from: int | None = None
        self._rose: int | None = None  # where speech began if it comes to the threshold

    @property
    def known(self) -> int:
        """No stretch that has not ended yet, nor any to come, begins before it."""
        begun = self._rose if self.start is None else self.start
        return self.until if begun is None else begun

    def take(self, probabilities: NDArray[np.float32]) -> Iterator[tuple[int, int]]:
        """Yield the stretches that end in the next steps."""
        for probability in probabilities.tolist():
            here = self.until
            if probability >= _STAYS_SPEECH:
                self._rose = here if self._rose is None else max(self._rose, here - _EARLIEST)
            if probability >= _THRESHOLD:
                self._quiet_from = None
                self.start = self._rose if self.start is None else self.start
            elif probability >= _STAYS_SPEECH:
                self._quiet_from = self._quiet_from if self.start is not None else None
            else:
                yield from self._quiet(here)
            self.until += _STEP

    def end(self, at: int) -> Iterator[tuple[int, int]]:
        """Yield what has not ended, if it is long enough; it ends here."""
        if self.start is not None and at - self.start > _MIN_SPEECH_MS * PER_MS:
            yield self.start, at
        self.start = self._quiet_from = self._rose = None

    def _quiet(self, here: int) -> Iterator[tuple[int, int]]:
        if self.start is None and self._rose is None:
            return
        self._quiet_from = here if self._quiet_from is None else self._quiet_from
        if here - self._quiet_from >= _MIN_SILENCE_MS * PER_MS:
            yield from self.end(self._quiet_from)


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
