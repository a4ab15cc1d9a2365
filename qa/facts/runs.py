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
    confidence: float = 1.0  # mean of its words'; 1 where words have none

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
    said = _said(bridged, [turn for turn in transcript.turns if turn.speaker == speaker])
    return tuple(
        Run(start, end, speaker, " ".join(piece.text for piece in pieces), _confidence(pieces))
        for (start, end), pieces in zip(bridged, said, strict=True)
    )


def _bridge(times: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    bridged: list[tuple[int, int]] = []
    for start, end in times:
        if bridged and start - bridged[-1][1] < BRIDGE_MS:
            bridged[-1] = (bridged[-1][0], max(bridged[-1][1], end))
        else:
            bridged.append((start, end))
    return bridged


@dataclass(frozen=True, slots=True)
class _Piece:
    """A word, or a whole turn without word times, and where it must lie to belong to a run."""

    text: str
    start_ms: int
    end_ms: int
    tolerance_ms: int
    confidence: float


def _said(bridged: Sequence[tuple[int, int]], turns: Sequence[Turn]) -> list[list[_Piece]]:
    """Return what was said in each run.

    A word belongs to the run its midpoint lies in. The text of a turn without word times belongs to
    the run it lies in, 100 ms tolerated; where it spreads over several, it belongs to none.
    """
    starts = [start for start, _ in bridged]
    said: list[list[_Piece]] = [[] for _ in bridged]
    for turn in sorted(turns, key=lambda turn: (turn.start_ms, turn.index)):
        for piece in _pieces(turn):
            place = bisect_right(starts, piece.start_ms + piece.tolerance_ms) - 1
            if place >= 0 and piece.end_ms <= bridged[place][1] + piece.tolerance_ms:
                said[place].append(piece)
    return said


def _pieces(turn: Turn) -> list[_Piece]:
    if turn.words:
        middles = [(word, (word.start_ms + word.end_ms) // 2) for word in turn.words]
        return [
            _Piece(word.text.strip(), middle, middle, 0, word.confidence)
            for word, middle in middles
        ]
    if turn.end_ms <= turn.start_ms:
        return []
    return [_Piece(turn.text, turn.start_ms, turn.end_ms, TOLERANCE_MS, 1.0)]


def _confidence(pieces: Sequence[_Piece]) -> float:
    return sum(piece.confidence for piece in pieces) / len(pieces) if pieces else 1.0
