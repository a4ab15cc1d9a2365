"""From decoded sound to what is recognised: speech per channel, packed into windows.

Works block by block, so that what is held of a long recording does not grow with its length.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from qa.intake.decode import milliseconds
from qa.nouns import Span
from qa.speech.crosstalk import Sides
from qa.speech.spans import PER_MS, find_speech, level, loudness
from qa.speech.windows import LONGEST_MS, REACH_MS, Window, pack

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from qa.nouns import CaveatCode

_LOOK_BACK_MS = 1_000  # kept of a silent block's end: speech may have begun in it


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """A window with its sound: float32 at 16 kHz, the pieces one after another."""

    channel: int
    channels: int  # of the recording: 1 or 2
    window: Window
    samples: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Speech of one channel; `energy` is the sum of its squared samples, levelled."""

    start_ms: int
    end_ms: int
    energy: float


@dataclass(frozen=True, slots=True)
class Outline:
    """What is known of a recording once it was heard to its end: speech per channel.

    One channel also for a recording of two that hold the same sound.
    """

    duration_ms: int
    channels: tuple[tuple[Stretch, ...], ...]
    caveats: tuple[CaveatCode, ...] = ()


def listen(
    blocks: Iterable[tuple[NDArray[np.float32], ...]], *, longest_ms: int = LONGEST_MS
) -> Iterator[Clip | Outline]:
    """Yield the windows of a recording, each channel's in order of time, and last its Outline.

    `blocks` are what `decode_blocks` yields: an array per channel, float32 at 16 kHz. What leaks
    from one side into the other is not heard.
    """
    ears: list[_Ear] = []
    held: tuple[NDArray[np.float32], ...] | None = None
    samples = 0
    sides = Sides(blocks)
    for block in sides:
        ears = ears or [_Ear(channel, len(block), longest_ms) for channel in range(len(block))]
        samples += block[0].size
        if held is not None:
            yield from _hear(ears, held, last=False)
        held = block
    if held is not None:
        yield from _hear(ears, held, last=True)
    spoken = tuple(tuple(ear.stretches) for ear in ears)
    yield Outline(milliseconds(samples), spoken, sides.caveats)


def _hear(
    ears: Iterable[_Ear], block: tuple[NDArray[np.float32], ...], *, last: bool
) -> Iterator[Clip]:
    for ear, samples in zip(ears, block, strict=True):
        yield from ear.hear(samples, last=last)


class _Ear:
    """Hears one channel; keeps from block to block what is not recognised yet."""

    def __init__(self, channel: int, channels: int, longest_ms: int) -> None:
        self.stretches: list[Stretch] = []
        self._channel, self._channels = channel, channels
        self._longest_ms = longest_ms
        self._kept = np.zeros(0, np.float32)
        self._from_ms = 0  # where in the recording the kept samples begin
        self._peak = 0.0  # the loudest block so far sets the level

    def hear(self, samples: NDArray[np.float32], *, last: bool) -> Iterator[Clip]:
        self._peak = max(self._peak, loudness(samples))
        raw = np.concatenate((self._kept, samples))
        sound = level(raw, self._peak)
        spans = [
            Span(self._from_ms + start // PER_MS, self._from_ms + end // PER_MS, "agent")
            for start, end in find_speech(sound)
        ]
        end_ms = self._from_ms + raw.size // PER_MS
        windows = pack(spans, end_ms, start_ms=self._from_ms, longest_ms=self._longest_ms)
        done_ms = end_ms if last else max(self._from_ms, _settled_ms(windows, end_ms))
        for window in windows:
            if window.pieces[0].start_ms < done_ms:
                pieces = [self._cut(sound, each.start_ms, each.end_ms) for each in window.pieces]
                yield Clip(self._channel, self._channels, window, np.concatenate(pieces))
        self._note(spans, sound, done_ms)
        self._kept = raw[(done_ms - self._from_ms) * PER_MS :].copy()  # lets go of the rest
        self._from_ms = done_ms

    def _note(self, spans: Iterable[Span], sound: NDArray[np.float32], done_ms: int) -> None:
        for span in spans:
            end_ms = min(span.end_ms, done_ms)
            if span.start_ms < end_ms:
                cut = self._cut(sound, span.start_ms, end_ms)
                self.stretches.append(Stretch(span.start_ms, end_ms, float(np.dot(cut, cut))))

    def _cut(self, sound: NDArray[np.float32], start_ms: int, end_ms: int) -> NDArray[np.float32]:
        return sound[(start_ms - self._from_ms) * PER_MS : (end_ms - self._from_ms) * PER_MS]


def _settled_ms(windows: Sequence[Window], end_ms: int) -> int:
    """Return up to where the next block can change nothing: what follows is heard again with it.

    The last window may still grow, unless whatever comes is too far from its start.
    """
    unsure_ms = end_ms - _LOOK_BACK_MS
    if windows and unsure_ms < windows[-1].pieces[0].start_ms + REACH_MS:
        return windows[-1].pieces[0].start_ms
    return unsure_ms
