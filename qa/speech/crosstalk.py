"""Two channels as what each side said: what leaks from one into the other is silenced.

A channel that holds nothing but the other's leak comes out silent; two channels with the same
sound come out as one.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from qa.speech.leak import LONGEST_LAG, Compared, Path, excess, lags, paths
from qa.speech.spans import PER_MS, SAMPLE_RATE, loudness
from qa.speech.spectra import FRAME, HOP, SILENT, spectra

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from qa.nouns import CaveatCode
    from qa.speech.spectra import Samples, Spectra

    Block = tuple[Samples, ...]
    Frames = NDArray[np.bool_]

_EITHER_WAY = 50 * PER_MS  # beyond it, who is later is the leak; within it, levels tell
_NO_LAG = 4 * PER_MS  # a response per bin makes up for it
_OWN_LEVEL_DB, _TWO_GAINS_DB = 5.0, 6.0
# Excess in dB. Leaks stay under 0.9 (.98 quantile; in rooms that echo 1.3), other speech is over
# 2 but for its pauses. Under 0.2 dB over the noise a leak is not heard.
_EXPLAINED, _CERTAIN, _LEAST_LEAK, _STRONG_LEAK = 1.1, 2.0, 0.2, 3.0
_MOSTLY = 3
_SHORT = 6  # frames, 96 ms
_PAUSE = 31  # 0.5 s: a shorter one between own sound is not told from what is softer than the leak
# A copy may have another gain. One that is quieter still is taken for a leak, as it cannot be told
# from one: a channel without a voice of its own.
_SAME_GAIN_DB, _SAME_SHARE = 9.0, 0.97
_ANOTHER = 6.0  # dB of excess: what noise or a codec adds to a copy stays under it
_ENOUGH_S, _LEAST_S, _MOST_WAITING = 10, 1, 2  # of sound, of sound, blocks
_UNSURE_S, _UNSURE_SHARE = 2.0, 0.2


class Sides:
    """The blocks of a recording, each channel with its own side only; one channel as it is.

    `caveats` are complete once all blocks were taken.
    """

    def __init__(self, blocks: Iterable[Block]) -> None:
        self._blocks = blocks
        self._same: bool | None = None  # not known yet
        self._louder = 0
        self._known: list[list[Path]] = [[], []]  # into the first channel, into the second
        self._before: Block = ()  # a leak may come after its source's block
        self._silenced = self._unsure = 0  # frames

    @property
    def caveats(self) -> tuple[CaveatCode, ...]:
        if self._same:
            return ("same_channels",)
        unsure_s = self._unsure * HOP / SAMPLE_RATE
        share = self._unsure / max(1, self._unsure + self._silenced)
        return ("crosstalk",) if unsure_s > _UNSURE_S and share > _UNSURE_SHARE else ()

    def __iter__(self) -> Iterator[Block]:
        blocks = iter(self._blocks)
        first = _gathered(blocks)
        if first:
            yield self._part(first)
        for block in blocks:
            yield self._part(block)

    def _part(self, block: Block) -> Block:
        if len(block) == 1:
            return block
        pair = _Pair(_joined((self._before, block)) if self._before else block)
        if self._same is None:
            self._same = pair.same
            self._louder = int(pair.balance_db > 0)
        if self._same:
            return (self._one(block, pair),)
        self._before = tuple(each[-LONGEST_LAG - FRAME :].copy() for each in pair.channels)
        first, second = self._leaks(pair, 0), self._leaks(pair, 1)
        first &= ~second  # what both hold alike stays in one of them
        size = block[0].size
        return tuple(
            _silenced(channel, frames)[-size:] if frames.any() else channel[-size:]
            for channel, frames in zip(pair.channels, (first, second), strict=True)
        )

    def _one(self, block: Block, pair: _Pair) -> Samples:
        """Return the louder of two copies, or both together where they are none after all."""
        if pair.same or _sound_s(block) < _LEAST_S:
            return block[self._louder]
        return np.asarray((block[0] + block[1]) / 2, dtype=np.float32)

    def _leaks(self, pair: _Pair, target: int) -> Frames:
        """Return which frames of a channel hold nothing but a leak."""
        ways = pair.leaks(target) or self._known[target]
        self._known[target] = list(ways)
        silent, unsure = np.zeros((2, pair.frames), bool)
        for path in ways:
            found = excess(pair.compared(target, path.lag), path)
            silent |= _settled(found.over, found.leak > _LEAST_LEAK)
            unsure |= (found.leak > _STRONG_LEAK) & (found.over < _CERTAIN)
        self._silenced += int(silent.sum())
        self._unsure += int((unsure & ~silent).sum())
        return silent


class _Pair:
    """Two channels of some minutes, and the ways from one into the other."""

    def __init__(self, channels: Block) -> None:
        self.channels = channels
        self.frames = -(-channels[0].size // HOP)
        self._lags = lags(*channels)
        self._spectra: dict[tuple[int, int], Spectra] = {}
        self._paths = [self._into(target) for target in (0, 1)]

    @cached_property
    def balance_db(self) -> float:
        """How much louder the second channel's loud speech is."""
        one, other = (loudness(channel[::7]) for channel in self.channels)
        return float(20 * np.log10(max(other, 1e-6) / max(one, 1e-6)))

    @property
    def same(self) -> bool:
        """Whether each channel's sound is all in the other, at about the same level."""
        return all(self._explained(target) > _SAME_SHARE for target in (0, 1))

    def leaks(self, target: int) -> list[Path]:
        """Return the paths that lead into a channel, not out of it."""
        leaks = [path for path in self._paths[target] if self._leads_in(path, target)]
        # Where both speak at once there seem to be paths too. They show themselves by what they
        # leave unexplained; unless nothing else is found, as in a room that echoes.
        sure = max((path.pieces for path in self._paths[target] if path.sure), default=0)
        most = max((path.pieces for path in leaks), default=0)
        if most > _MOSTLY * sure:
            return [path for path in leaks if path.sure or path.pieces > most / 2]
        return [path for path in leaks if path.sure and (path.clean or path.pieces > sure / 2)]

    def _leads_in(self, path: Path, target: int) -> bool:
        """Say whether a path leads into a channel, not out of it.

        One whose echo comes late does. Of two gains the lower one does: where the other side
        speaks, a channel is quieter than where its own does. Of a single gain that is told from
        the channel's loud speech, or, where that is the leak, from the source's.
        """
        if path.lag > _EITHER_WAY:
            return True
        gains = [each.gain_db for each in self._paths[target] if each.sure and each.lag == path.lag]
        if gains and max(gains) - min(gains) > _TWO_GAINS_DB:
            return path.gain_db < (max(gains) + min(gains)) / 2
        over_own = path.gain_db - (self.balance_db if target else -self.balance_db)
        return over_own < 0 if abs(over_own) > _OWN_LEVEL_DB else path.gain_db < 1

    def compared(self, target: int, lag: int) -> Compared:
        return Compared(self._moved(1 - target, lag), self._moved(target, 0))

    def _into(self, target: int) -> list[Path]:
        """Return all paths that may lead into a channel, or out of it within 50 ms."""
        delays = [lag if target else -lag for lag in self._lags]
        return [
            path
            for lag in delays
            if lag >= -_EITHER_WAY
            for path in paths(self.compared(target, lag), lag)
        ]

    def _explained(self, target: int) -> float:
        """Return how much of a channel's sound is the other's at about the same level: 0..1."""
        path = max(self._paths[target], key=lambda path: path.pieces, default=None)
        if path is None or abs(path.lag) > _EITHER_WAY or abs(path.gain_db) > _SAME_GAIN_DB:
            return 0.0
        found = excess(self.compared(target, path.lag), path)
        return float((found.over[found.sound] < _ANOTHER).mean())

    def _moved(self, channel: int, lag: int) -> Spectra:
        lag = 0 if abs(lag) < _NO_LAG else lag
        key = channel, lag
        if key not in self._spectra:
            self._spectra[key] = spectra(_later(self.channels[channel], lag))
        return self._spectra[key]


def _gathered(blocks: Iterator[Block]) -> Block:
    """Return as one the blocks up to the first that has sound enough to compare the channels."""
    waiting: list[Block] = []
    for block in blocks:
        waiting.append(block)
        sound_s = sum(_sound_s(each) for each in waiting)
        if len(block) == 1 or len(waiting) == _MOST_WAITING or sound_s > _ENOUGH_S:
            break
    return waiting[0] if len(waiting) == 1 else _joined(waiting)


def _joined(blocks: Sequence[Block]) -> Block:
    return tuple(np.concatenate(parts) for parts in zip(*blocks, strict=True))


def _sound_s(block: Block) -> float:
    """Return how many seconds are not silent, in the channel that has more of them."""
    counts = []
    for channel in block:
        steps = channel[: channel.size // FRAME * FRAME].reshape(-1, FRAME)
        counts.append(int((np.einsum("ij,ij->i", steps, steps) > SILENT * FRAME).sum()))
    return max(counts) * FRAME / SAMPLE_RATE


def _later(samples: Samples, lag: int) -> Samples:
    """Return a channel `lag` samples later, of the same length."""
    if not lag:
        return samples
    moved = np.zeros_like(samples)
    if lag > 0:
        moved[lag:] = samples[:-lag]
    else:
        moved[:lag] = samples[-lag:]
    return moved


def _settled(over: NDArray[np.float32], leaking: Frames) -> Frames:
    """Return which frames are nothing but leak, without islands too short to be either.

    Nor are pauses in own speech: soft sounds under the leak look like them.
    """
    silent = (over < _EXPLAINED) & leaking
    for start, end in _runs(~silent & leaking):
        if over[start:end].max() < _CERTAIN:
            silent[start:end] = True
    for start, end in _runs(silent):
        own = (over[max(0, start - _SHORT) : start], over[end : end + _SHORT])
        inside = end - start < _PAUSE and all(each.max(initial=0) >= _CERTAIN for each in own)
        if end - start < _SHORT or inside:
            silent[start:end] = False
    return silent


def _runs(marks: Frames) -> Iterator[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(marks, prepend=False, append=False))
    yield from zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)


def _silenced(samples: Samples, frames: Frames) -> Samples:
    """Return a channel with some frames silent; it fades over 16 ms from centre to centre."""
    gain: Samples = np.append(~frames, ~frames[-1:]).astype(np.float32)
    rise = np.arange(HOP, dtype=np.float32) / HOP
    fading = (gain[:-1, None] + np.diff(gain)[:, None] * rise).reshape(-1)
    half = FRAME // 2
    whole: Samples = np.concatenate((np.full(half, gain[0], np.float32), fading))
    return np.asarray(samples * whole[: samples.size])
