"""Voices made of noise, and an encoder that knows them: what telling apart is tested on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qa.nouns import Span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Samples = NDArray[np.float32]

RATE = 16_000
# Each voice is noise in a band of its own, in Hz: like two people, they share most of what is heard
# (the noise of the line under it), and differ in their colour.
BANDS = {"a": (200, 900), "b": (1_100, 2_400), "c": (2_700, 3_800)}


def sound(*parts: tuple[float, str]) -> Samples:
    """Return (seconds, who) after one another; "ab" is both at once, "" line noise only."""
    chance = np.random.default_rng(1)
    pieces = []
    for seconds, who in parts:
        size = round(seconds * RATE)
        piece = chance.normal(0, 0.002, size)
        for voice in who:
            piece += _noise(chance, size, *BANDS[voice])
        pieces.append(piece)
    return np.concatenate(pieces).astype(np.float32)


def by_band(clips: Sequence[Samples]) -> NDArray[np.float32]:
    """Encode a clip by how its sound is shared among the bands: a unit vector of 3."""
    vectors = []
    for clip in clips:
        power = np.abs(np.fft.rfft(clip)) ** 2
        hertz = np.fft.rfftfreq(clip.size, 1 / RATE)
        own = [power[(low <= hertz) & (hertz < high)].sum() for low, high in BANDS.values()]
        vectors.append(np.sqrt(own) + 1e-6)
    stacked = np.array(vectors)
    return np.asarray(stacked / np.linalg.norm(stacked, axis=1, keepdims=True), np.float32)


def spans(*edges: tuple[int, int]) -> list[Span]:
    return [Span(start, end, "agent") for start, end in edges]


def turns(
    lengths_ms: Sequence[int], pauses_ms: Sequence[int], who: str = "ab"
) -> tuple[Samples, list[Span], list[tuple[int, int]]]:
    """Return voices taking turns: their sound, its speech, and each turn's own edges.

    A pause of 0 ms makes two turns one stretch of speech.
    """
    parts: list[tuple[float, str]] = []
    speech: list[Span] = []
    own: list[tuple[int, int]] = []
    at = 0
    for turn, (length, pause) in enumerate(zip(lengths_ms, pauses_ms, strict=True)):
        parts += [(length / 1000, who[turn % len(who)]), (pause / 1000, "")]
        own.append((at, at + length))
        if speech and speech[-1].end_ms == at:
            speech[-1] = Span(speech[-1].start_ms, at + length, "agent")
        else:
            speech.append(Span(at, at + length, "agent"))
        at += length + pause
    return sound(*parts), speech, own


def _noise(chance: np.random.Generator, size: int, low: int, high: int) -> NDArray[np.float64]:
    """Return noise in a band, as loud as syllables are: up and down four times a second."""
    spectrum = np.fft.rfft(chance.normal(0, 1, size))
    hertz = np.fft.rfftfreq(size, 1 / RATE)
    spectrum[(hertz < low) | (hertz > high)] = 0
    noise = np.fft.irfft(spectrum, size)
    noise *= 0.1 / np.sqrt(np.mean(np.square(noise)))
    return np.asarray(noise * (1 + 0.5 * np.sin(np.arange(size) / RATE * 8 * np.pi)))
