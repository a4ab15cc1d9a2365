"""Runs of speech and the pauses between: when a speaker is speaking, and what was recognised.

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
SILENCE_MS: Final = 3000  # a longer pause of both is a silence
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


@dataclass(frozen=True, slots=True)
class Pause:
    """Both are silent, between two runs."""

    start_ms: int
    end_ms: int

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
    said = _said(bridged, (turn for turn in transcript.turns if turn.speaker == speaker))
    return tuple(
        _run(start, end, speaker, pieces)
        for (start, end), pieces in zip(bridged, said, strict=True)
    )


def pauses_between(runs: Iterable[Run]) -> tuple[Pause, ...]:
    """Return the pauses of both, of any length, between the first run and the last."""
    pauses: list[Pause] = []
    heard_until: int | None = None
    for run in sorted(runs, key=lambda run: run.start_ms):
        if heard_until is not None and run.start_ms > heard_until:
            pauses.append(Pause(heard_until, run.start_ms))
        heard_until = run.end_ms if heard_until is None else max(heard_until, run.end_ms)
    return tuple(pauses)


def _bridge(times: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    bridged: list[tuple[int, int]] = []
    for start, end in times:
        if bridged and start - bridged[-1][1] < BRIDGE_MS:
            bridged[-1] = (bridged[-1][0], max(bridged[-1][1], end))
        else:
            bridged.append((start, end))
    return bridged


def _said(
    bridged: Sequence[tuple[int, int]], turns: Iterable[Turn]
) -> list[list[tuple[str, float]]]:
    """Return what was said in each run: text and confidence, piece by piece.

    A word belongs to the run its midpoint lies in. The text of a turn without word times belongs to
    the run it lies in, 100 ms tolerated; where it spreads over several, it belongs to none.
    """
    starts = [start for start, _ in bridged]
    said: list[list[tuple[str, float]]] = [[] for _ in bridged]
    for turn in sorted(turns, key=_in_time):
        for word in turn.words:
            middle = (word.start_ms + word.end_ms) // 2
            place = bisect_right(starts, middle) - 1
            if place >= 0 and middle <= bridged[place][1]:
                said[place].append((word.text.strip(), word.confidence))
        if not turn.words and turn.end_ms > turn.start_ms:
            place = bisect_right(starts, turn.start_ms + TOLERANCE_MS) - 1
            if place >= 0 and turn.end_ms <= bridged[place][1] + TOLERANCE_MS:
                said[place].append((turn.text, 1.0))
    return said


def _in_time(turn: Turn) -> tuple[int, int, str]:
    return turn.start_ms, turn.end_ms, turn.text  # the order they come in must not matter


def _run(start_ms: int, end_ms: int, speaker: Speaker, said: Sequence[tuple[str, float]]) -> Run:
    if not said:
        return Run(start_ms, end_ms, speaker)
    text = " ".join(text for text, _ in said)
    confidence = sum(confidence for _, confidence in said) / len(said)
    return Run(start_ms, end_ms, speaker, text, confidence)
