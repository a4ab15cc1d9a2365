"""Short things said inside the other's speech, heard once more, alone.

"Mhm" beside sentences is written down as words: the recogniser completes what goes before it, and
is sure of it. Whether somebody listens or interrupts hangs on these few words, so each such piece
is recognised again in a window of its own. What it is *not* sure of there was not understood.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from qa.nouns import Word
from qa.speech.decoding import Item
from qa.speech.windows import Piece

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from qa.nouns import Language, Span
    from qa.speech.decoding import Recognised
    from qa.speech.feeder import Fed

# As the definitions have it (ARCHITECTURE.md, "Facts"): the longest backchannel, the pause that is
# bridged, and how far speech inside other speech may stick out.
_LONGEST_MS: Final = 1_500
_BRIDGE_MS: Final = 250
_TOLERANCE_MS: Final = 100
_AROUND_MS: Final = 200  # of its own channel is heard on each side
_MOST_MS: Final = _LONGEST_MS + 2 * 400  # what a window's piece has around it
_FRAME_MS: Final = 10
_UNDERSTOOD: Final = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Short:
    """A short piece of one channel, kept until it is known what the other side did meanwhile."""

    channel: int
    piece: Piece
    features: NDArray[np.float16]  # (mel bands, frames of 10 ms); half as large as they came

    def item(self, aside: Piece, language: Language) -> tuple[Item, int]:
        """Return an aside in it to be recognised alone, once, and where that begins in ms."""
        first = max(0, aside.start_ms - _AROUND_MS - self.piece.start_ms) // _FRAME_MS
        last = -(-(aside.end_ms + _AROUND_MS - self.piece.start_ms) // _FRAME_MS)
        features = np.ascontiguousarray(self.features[:, first:last], np.float32)
        return Item(features, language, once=True), self.piece.start_ms + first * _FRAME_MS


def short_pieces(fed: Fed) -> Iterator[Short]:
    """Yield the pieces of a window that may turn out to be asides; none of one-channel calls."""
    if fed.samples is not None:
        return
    before_ms = 0
    for piece in fed.window.pieces:
        if piece.length_ms <= _MOST_MS:
            first, last = before_ms // _FRAME_MS, -(-(before_ms + piece.length_ms) // _FRAME_MS)
            yield Short(fed.channel, piece, fed.features[:, first:last].astype(np.float16))
        before_ms += piece.length_ms


def find_asides(sides: Sequence[Sequence[Span]]) -> Iterator[tuple[int, Piece]]:
    """Yield the channel and place of every run of up to 1.5 s inside the other side's speech.

    `sides` are two channels' spans, each in order.
    """
    runs = [_bridged(spans) for spans in sides]
    for channel, others in enumerate(reversed(runs)):
        starts = [other.start_ms for other in others]
        for run in runs[channel]:
            place = bisect_right(starts, run.start_ms + _TOLERANCE_MS) - 1
            inside = place >= 0 and run.end_ms <= others[place].end_ms + _TOLERANCE_MS
            if inside and run.length_ms <= _LONGEST_MS:
                yield channel, run


def heard_alone(
    words: Sequence[Word], aside: Piece, again: Recognised, from_ms: int
) -> tuple[Word, ...]:
    """Return a side's words, those of an aside by what both hearings say; in order of time.

    The text is that of the hearing that is surer, the confidence never above that of the second
    one. Where nothing was recognised before, only words that are rather right than wrong come in.
    """
    own = tuple(
        Word(text, *_within(aside, from_ms + start, from_ms + end), probability)
        for text, start, end, probability in again.words
    )
    before = [word for word in words if _lies_in(word, aside)]
    sure = _confidence(own)
    if sure > _confidence(before):
        inside = own if before or sure >= _UNDERSTOOD else ()
    else:
        inside = tuple(replace(word, confidence=min(word.confidence, sure)) for word in before)
    others = [word for word in words if not _lies_in(word, aside)]
    return tuple(sorted((*others, *inside), key=lambda word: word.start_ms))


def _bridged(spans: Sequence[Span]) -> list[Piece]:
    runs: list[Piece] = []
    for span in spans:
        if runs and span.start_ms - runs[-1].end_ms < _BRIDGE_MS:
            runs[-1] = Piece(runs[-1].start_ms, max(runs[-1].end_ms, span.end_ms))
        else:
            runs.append(Piece(span.start_ms, span.end_ms))
    return runs


def _lies_in(word: Word, aside: Piece) -> bool:
    return aside.start_ms <= (word.start_ms + word.end_ms) // 2 <= aside.end_ms


def _within(aside: Piece, start_ms: int, end_ms: int) -> tuple[int, int]:
    start = min(max(start_ms, aside.start_ms), aside.end_ms)
    return start, min(max(end_ms, start), aside.end_ms)


def _confidence(words: Sequence[Word]) -> float:
    return sum(word.confidence for word in words) / len(words) if words else 0.0
