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
from qa.speech.spans import PER_MS, Detector, level, loudness
from qa.speech.windows import LONGEST_MS, REACH_MS, Packer, Window

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from qa.nouns import CaveatCode
    from qa.speech.spans import Found


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
    """Hears one channel; keeps from block to block what is not recognised yet.

    Where blocks end changes nothing, with two exceptions: the loudest block so far sets the level,
    and what goes on for over two minutes without a pause that parts windows is cut there.
    """

    def __init__(self, channel: int, channels: int, longest_ms: int) -> None:
        self.stretches: list[Stretch] = []
        self._channel, self._channels = channel, channels
        self._detector, self._packer = Detector(), Packer(longest_ms)
        self._kept = np.zeros(0, np.float32)
        self._from_ms = 0  # where in the recording the kept samples begin
        self._cut_ms = 0  # speech before it was heard, be it of a stretch that goes on
        self._peak = 0.0  # the loudest block so far sets the level

    def hear(self, samples: NDArray[np.float32], *, last: bool) -> Iterator[Clip]:
        self._peak = max(self._peak, loudness(samples))
        found = self._detector.hear(level(samples, self._peak), last=last)
        raw = np.concatenate((self._kept, samples))
        sound = level(raw, self._peak)
        end_ms = self._from_ms + raw.size // PER_MS
        for window in self._windows(found, end_ms, sound, last=last):
            pieces = [self._cut(sound, each.start_ms, each.end_ms) for each in window.pieces]
            yield Clip(self._channel, self._channels, window, np.concatenate(pieces))
        needed_ms = end_ms if last else self._packer.needs_ms(self._known_ms(found))
        self._kept = raw[(needed_ms - self._from_ms) * PER_MS :].copy()  # lets go of the rest
        self._from_ms = needed_ms

    def _windows(
        self, found: Found, end_ms: int, sound: NDArray[np.float32], *, last: bool
    ) -> Iterator[Window]:
        """Yield the windows that nothing to come can change, their speech noted."""
        yield from self._packer.take(self._heard(found.closed, sound))
        if last:
            yield from self._packer.end(end_ms)
            return
        known_ms, until_ms = self._known_ms(found), found.until // PER_MS
        yield from self._packer.know(known_ms)
        if until_ms - self._packer.growing_ms(known_ms) > REACH_MS:
            # up to here; what of the stretch is still to come is another one to the windows
            if found.open_from is not None:
                so_far = [(found.open_from, found.until)]
                yield from self._packer.take(self._heard(so_far, sound))
                self._cut_ms = until_ms
            yield from self._packer.cut(until_ms)

    def _known_ms(self, found: Found) -> int:
        return max(self._cut_ms, found.known // PER_MS)

    def _heard(
        self, stretches: Iterable[tuple[int, int]], sound: NDArray[np.float32]
    ) -> Iterator[Span]:
        """Yield speech as spans, without what of it was heard already, and note it."""
        for start, end in stretches:
            start_ms, end_ms = max(self._cut_ms, start // PER_MS), end // PER_MS
            if start_ms < end_ms:
                cut = self._cut(sound, start_ms, end_ms)
                self._note(Stretch(start_ms, end_ms, float(np.dot(cut, cut))))
                yield Span(start_ms, end_ms, "agent")

    def _note(self, heard: Stretch) -> None:
        before = self.stretches[-1] if self.stretches else None
        if before and before.end_ms == heard.start_ms:  # one stretch, heard in two parts
            energy = self.stretches.pop().energy + heard.energy
            heard = Stretch(before.start_ms, heard.end_ms, energy)
        self.stretches.append(heard)

    def _cut(self, sound: NDArray[np.float32], start_ms: int, end_ms: int) -> NDArray[np.float32]:
        return sound[(start_ms - self._from_ms) * PER_MS : (end_ms - self._from_ms) * PER_MS]
