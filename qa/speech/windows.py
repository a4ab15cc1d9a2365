"""Packing of speech spans into the windows that are recognised together.

A window holds speech, not silence: on the telephone each side is silent more than half of the
time, and what lies between two spans is cut down to their padding. `Window.at` tells where in
the recording a place in the window is.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qa.nouns import Span

# Measured (ARCHITECTURE.md, "Decisions" 1): less padding or shorter windows cost accuracy, longer
# ones cost time, because the encoder's cost grows faster than the window.
LONGEST_MS = 20_000
_PAD_MS = 400
# So that what is kept of a long call while a window fills stays bounded.
REACH_MS = 120_000


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of one channel."""

    start_ms: int
    end_ms: int

    @property
    def length_ms(self) -> int:
        return self.end_ms - self.start_ms


@dataclass(frozen=True, slots=True)
class Window:
    """Stretches of one channel, in order, to be recognised as if they followed each other."""

    pieces: tuple[Piece, ...]

    @property
    def length_ms(self) -> int:
        """The length of what is recognised, without what lies between the pieces."""
        return sum(piece.length_ms for piece in self.pieces)

    def at(self, start_ms: int, end_ms: int) -> tuple[int, int]:
        """Return where in the recording a stretch of the window is.

        A stretch over a seam lies in the piece that holds its middle: nobody says a word on both
        sides of a silence. Beyond the window's end is its end.
        """
        middle = (start_ms + end_ms) // 2
        before = 0
        for piece in self.pieces:
            inside = before + piece.length_ms
            if middle < inside or piece is self.pieces[-1]:
                shift = piece.start_ms - before
                start = min(max(start_ms + shift, piece.start_ms), piece.end_ms)
                return start, min(max(end_ms + shift, start), piece.end_ms)
            before = inside
        raise ValueError("a window without pieces")

    def within(self, spans: Sequence[Span]) -> Window:
        """Return what of the window lies in spans, in order of time; all of it if nothing does."""
        shared = (
            Piece(max(piece.start_ms, span.start_ms), min(piece.end_ms, span.end_ms))
            for piece in self.pieces
            for span in spans
        )
        inside = tuple(piece for piece in shared if piece.length_ms > 0)
        return Window(inside) if inside else self


def pack(
    spans: Sequence[Span], end_ms: int, *, start_ms: int = 0, longest_ms: int = LONGEST_MS
) -> tuple[Window, ...]:
    """Return windows of at most `longest_ms` that cover every span of one speaker once, in order.

    Spans get up to 400 ms on each side, but not beyond the sound's own start and end, and are one
    piece where that makes them touch. A piece longer than the cap is cut into equal parts, so
    that no crumb of it is recognised without context. A window reaches over at most two minutes.
    """
    windows: list[list[Piece]] = []
    for piece in _cut_long(_padded(spans, start_ms, end_ms), longest_ms):
        if windows and _joins(windows[-1], piece, longest_ms):
            windows[-1].append(piece)
        else:
            windows.append([piece])
    return tuple(Window(tuple(pieces)) for pieces in windows)


def _joins(pieces: Sequence[Piece], piece: Piece, longest_ms: int) -> bool:
    together = sum(each.length_ms for each in pieces) + piece.length_ms
    return together <= longest_ms and piece.end_ms - pieces[0].start_ms <= REACH_MS


def _padded(spans: Sequence[Span], start_ms: int, end_ms: int) -> list[Piece]:
    pieces: list[Piece] = []
    for span in spans:
        start, end = max(start_ms, span.start_ms - _PAD_MS), min(end_ms, span.end_ms + _PAD_MS)
        if pieces and start <= pieces[-1].end_ms:
            pieces[-1] = Piece(pieces[-1].start_ms, end)
        else:
            pieces.append(Piece(start, end))
    return pieces


def _cut_long(pieces: Sequence[Piece], longest_ms: int) -> list[Piece]:
    parts: list[Piece] = []
    for piece in pieces:
        count = max(1, -(-piece.length_ms // longest_ms))  # rounded up
        edges = [piece.start_ms + piece.length_ms * part // count for part in range(count + 1)]
        parts += [Piece(start, end) for start, end in pairwise(edges)]
    return parts
