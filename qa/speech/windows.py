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
    from collections.abc import Iterable, Iterator, Sequence

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
    packer = Packer(longest_ms, start_ms)
    return (*packer.take(spans), *packer.end(end_ms))


class Packer:
    """Packs one speaker's spans as they come; in which parts they come changes nothing."""

    def __init__(self, longest_ms: int = LONGEST_MS, start_ms: int = 0) -> None:
        self._longest_ms = longest_ms
        self._free_ms = start_ms  # what lies before is given out, or not there
        self._window: list[Piece] = []  # pieces that are done with; another may join them
        self._piece: Piece | None = None  # may still grow

    def needs_ms(self, known_ms: int) -> int:
        """Return from where on sound is needed, if no span to come begins before `known_ms`."""
        pieces = self._window or ([self._piece] if self._piece else [])
        return pieces[0].start_ms if pieces else max(self._free_ms, known_ms - _PAD_MS)

    def growing_ms(self, known_ms: int) -> int:
        """Return where what lies before `known_ms`, and what begins there, becomes one piece."""
        return self._piece.start_ms if self._piece else max(self._free_ms, known_ms - _PAD_MS)

    def take(self, spans: Iterable[Span]) -> Iterator[Window]:
        """Yield the windows that are full; the spans follow those taken before."""
        for span in spans:
            start = max(self._free_ms, span.start_ms - _PAD_MS)
            if self._piece is None or start > self._piece.end_ms:
                yield from self._settle()
                self._piece = Piece(start, span.end_ms + _PAD_MS)
            else:
                self._piece = Piece(self._piece.start_ms, span.end_ms + _PAD_MS)

    def know(self, known_ms: int) -> Iterator[Window]:
        """Yield the windows that nothing can join: no span to come begins before `known_ms`."""
        if self._piece and self._piece.end_ms < known_ms - _PAD_MS:
            yield from self._settle()
        waits = bool(self._window) and self._piece is None
        if waits and known_ms - _PAD_MS - self._window[0].start_ms > REACH_MS:
            yield from self._close()

    def cut(self, at_ms: int) -> Iterator[Window]:
        """Yield the windows that are full if the piece that grows ends here at the latest."""
        if self._piece:
            self._piece = Piece(self._piece.start_ms, min(at_ms, self._piece.end_ms))
            self._free_ms = self._piece.end_ms
            yield from self._settle()

    def end(self, end_ms: int) -> Iterator[Window]:
        """Yield what is left; the sound ends here."""
        yield from self.cut(end_ms)
        yield from self._close()

    def _settle(self) -> Iterator[Window]:
        """Yield the windows that are full once the last piece is done with."""
        if self._piece:
            for part in _cut_long([self._piece], self._longest_ms):
                if self._window and not _joins(self._window, part, self._longest_ms):
                    yield from self._close()
                self._window.append(part)
        self._piece = None

    def _close(self) -> Iterator[Window]:
        if self._window:
            yield Window(tuple(self._window))
        self._window = []


def _joins(pieces: Sequence[Piece], piece: Piece, longest_ms: int) -> bool:
    together = sum(each.length_ms for each in pieces) + piece.length_ms
    return together <= longest_ms and piece.end_ms - pieces[0].start_ms <= REACH_MS


def _cut_long(pieces: Sequence[Piece], longest_ms: int) -> list[Piece]:
    parts: list[Piece] = []
    for piece in pieces:
        count = max(1, -(-piece.length_ms // longest_ms))  # rounded up
        edges = [piece.start_ms + piece.length_ms * part // count for part in range(count + 1)]
        parts += [Piece(start, end) for start, end in pairwise(edges)]
    return parts
