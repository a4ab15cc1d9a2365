"""Two voices in one channel, told apart by how they sound.

First roughly, by what a speaker encoder says of 1.6 s around every half second; then finely, 20 ms
at a time, by the colour of each voice on its line, which the rough answer teaches. Where the two
kinds of evidence contradict each other there is one voice, or more than two; where a frame is more
like both voices added up than like either, both speak. Who the voices are is not decided here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from qa.nouns import Span
from qa.speech.evidence import Evidence, runs
from qa.speech.one_thread import one_thread
from qa.speech.speaker_embedding import embed
from qa.speech.timbre import FRAME_MS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from qa.nouns import CaveatCode, Speaker
    from qa.speech.evidence import Encode
    from qa.speech.timbre import Frames

_LEAST_MS = 3_000  # of speech: in less nothing is told apart
_SURE_MS = 10_000  # in less a single voice falls into two clusters as readily as two voices do
# How sure it is that two clusters are two voices, see `Evidence.apartness`. 39 single voices scored
# -2.3 to 5.2 (one 7.2), 62 dialogues of two voices 5.2 to 17. What lies between is told apart all
# the same and said to be unsure: calls of two voices are far more common than of one.
_TWO_VOICES, _SURE = 2.0, 5.0
# That the nearest two of three clusters are two voices: 62 dialogues of two scored up to 6.4, eight
# of three 6.5 to 14.
_THREE_VOICES = 7.0


@dataclass(frozen=True, slots=True)
class Apart:
    """Who spoke when, in order of time; "agent" is here the voice heard first."""

    alone: tuple[Span, ...]  # one speaker at a time: the only one, or the one heard more
    both: tuple[tuple[int, int], ...]  # ms from and to, where the other speaks too
    voices: int  # 1: one voice could be told; 2: two
    caveats: tuple[CaveatCode, ...] = ()


def tell_apart(
    samples: NDArray[np.float32], spans: Sequence[Span], *, encode: Encode = embed
) -> Apart:
    """Return the speech of a mono recording by voice.

    `samples` are float32 at 16 kHz, levelled; `spans` its speech in order, their speakers are not
    looked at. `alone` covers exactly these spans, cut where the voice changes. `encode` gives a
    unit vector per clip. The same sound gives the same answer, bit for bit.
    """
    spans = [span for span in spans if span.length_ms > 0]
    heard_ms = sum(span.length_ms for span in spans)
    if heard_ms < _LEAST_MS:
        return one_voice(spans)
    with one_thread():
        return _told(Evidence(samples, spans, encode), spans, sure=heard_ms >= _SURE_MS)


def one_voice(spans: Sequence[Span]) -> Apart:
    """Return all speech as one speaker's: no second voice could be told."""
    whole = tuple(Span(span.start_ms, span.end_ms, "agent") for span in spans)
    return Apart(whole, (), 1, ("one_voice",))


def _told(evidence: Evidence, spans: Sequence[Span], *, sure: bool) -> Apart:
    labels = evidence.two_voices()
    score = evidence.apartness(evidence.labels_of_steps(labels))
    if score < _TWO_VOICES:
        return one_voice(spans)
    caveats: tuple[CaveatCode, ...] = ()
    if evidence.third_voice() >= _THREE_VOICES:
        caveats = ("more_voices",)
    elif score < _SURE or not sure:
        caveats = ("voices_unsure",)
    both = evidence.both_at_once(labels)
    frames, first = evidence.frames, labels[0]
    agent = _stretches(frames, spans, labels == first)
    customer = _stretches(frames, spans, labels != first)
    told: list[tuple[Speaker, tuple[int, int]]] = [
        *(("agent", each) for each in agent),
        *(("customer", each) for each in customer),
    ]
    alone = tuple(Span(*edges, speaker) for speaker, edges in sorted(told, key=lambda t: t[1]))
    return Apart(alone, tuple(_stretches(frames, spans, both)), 2, caveats)


def _stretches(
    frames: Frames, spans: Sequence[Span], on: NDArray[np.bool_]
) -> Iterator[tuple[int, int]]:
    """Yield the runs of frames in ms; none reaches from one span into the next."""
    starts = np.flatnonzero(np.diff(frames.span, prepend=-1)).tolist()
    for span, first, last in zip(spans, starts, [*starts[1:], len(on)], strict=True):
        for start, end in runs(on[first:last]):
            start_ms = span.start_ms + FRAME_MS * start
            yield start_ms, min(span.end_ms, span.start_ms + FRAME_MS * end)
