"""Runs of speech: when a speaker is speaking, and what was recognised in it.

A speaker is speaking from span start to span end, pauses under 250 ms bridged (design, "Facts").
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from qa.nouns import Span, Speaker, Transcript, Turn

BRIDGE_MS: Final = 250  # a shorter pause is breath or a stop consonant, not silence
TOLERANCE_MS: Final = 100  # how far speech "inside" other speech may stick out


@dataclass(frozen=True, slots=True)
class Run:
    """One speaker's speech without a pause of 250 ms or more."""

    start_ms: int
    end_ms: int
    speaker: Speaker
    text: str = ""  # what was recognised in it; empty: nothing, or not known

    @property
    def length_ms(self) -> int:
        return self.end_ms - self.start_ms


def speech_runs(transcript: Transcript, speaker: Speaker) -> tuple[Run, ...]:
    """Return the runs of `speaker`, in order, at least 250 ms apart.

    From the spans; where a transcript has none at all, the times of its turns stand in for them.
    Spans without length are no speech. No speech gives no runs.
    """
    speech: Iterable[Span | Turn] = transcript.spans or transcript.turns
    times = sorted(
        (piece.start_ms, piece.end_ms)
        for piece in speech
        if piece.speaker == speaker and piece.end_ms > piece.start_ms
    )
    bridged = _bridge(times)
    texts = _texts(bridged, [turn for turn in transcript.turns if turn.speaker == speaker])
    return tuple(
        Run(start, end, speaker, text) for (start, end), text in zip(bridged, texts, strict=True)
    )


def _bridge(times: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    bridged: list[tuple[int, int]] = []
    for start, end in times:
        if bridged and start - bridged[-1][1] < BRIDGE_MS:
            bridged[-1] = (bridged[-1][0], max(bridged[-1][1], end))
        else:
            bridged.append((start, end))
    return bridged


def _texts(bridged: Sequence[tuple[int, int]], turns: Sequence[Turn]) -> list[str]:
    """Return what was said in each run.

    A word belongs to the run its midpoint lies in. The text of a turn without word times belongs to
    the run it lies in, 100 ms tolerated; where it spreads over several, it belongs to none.
    """
    starts = [start for start, _ in bridged]
    texts: list[list[str]] = [[] for _ in bridged]
    for turn in sorted(turns, key=lambda turn: (turn.start_ms, turn.index)):
        for text, start, end, tolerance in _pieces(turn):
            place = bisect_right(starts, start + tolerance) - 1
            if place >= 0 and end <= bridged[place][1] + tolerance:
                texts[place].append(text)
    return [" ".join(text) for text in texts]


def _pieces(turn: Turn) -> list[tuple[str, int, int, int]]:
    """Return text, start, end and tolerance of what must lie in a run to belong to it."""
    if turn.words:
        middles = [(word.text.strip(), (word.start_ms + word.end_ms) // 2) for word in turn.words]
        return [(text, middle, middle, 0) for text, middle in middles]
    if turn.end_ms <= turn.start_ms:
        return []
    return [(turn.text, turn.start_ms, turn.end_ms, TOLERANCE_MS)]
