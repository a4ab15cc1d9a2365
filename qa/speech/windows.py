"""Packing of speech spans into the windows that are recognised together."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qa.nouns import Span

_CAP_MS = 24_000  # measured best trade of wall time and WER (ARCHITECTURE.md, "Speech")
_PAD_MS = 400
_JOIN_MS = 1_000  # silences longer than this part two windows once the first is long enough
_LONG_ENOUGH_MS = 10_000  # shorter windows cost accuracy: too little context


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of one channel to be recognised in one piece."""

    start_ms: int
    end_ms: int


def pack(spans: Sequence[Span], duration_ms: int) -> tuple[Window, ...]:
    """Return windows of at most 24 s that cover every span of one speaker, in order.

    Spans are joined while the window stays under the cap; a window that is long enough ends at
    the next pause of a second. A span longer than the cap is cut into equal parts, so that no
    crumb of it is recognised without context. Windows are padded by 400 ms where that does not
    reach into a neighbour or over the ends of the recording.
    """
    windows: list[Window] = []
    for piece in _cut_long(spans):
        last = windows[-1] if windows else None
        if last and _joins(last, piece):
            windows[-1] = Window(last.start_ms, piece.end_ms)
        else:
            windows.append(piece)
    return tuple(
        Window(
            max(0, w.start_ms - _room(windows[i - 1].end_ms if i else None, w.start_ms)),
            min(
                duration_ms,
                w.end_ms
                + _room(w.end_ms, windows[i + 1].start_ms if i + 1 < len(windows) else None),
            ),
        )
        for i, w in enumerate(windows)
    )


def _joins(window: Window, piece: Window) -> bool:
    if piece.end_ms - window.start_ms > _CAP_MS:
        return False
    gap = piece.start_ms - window.end_ms
    return gap <= _JOIN_MS or window.end_ms - window.start_ms < _LONG_ENOUGH_MS


def _cut_long(spans: Sequence[Span]) -> list[Window]:
    pieces: list[Window] = []
    for span in spans:
        count = max(1, -(-span.length_ms // _CAP_MS))  # rounded up
        edges = [span.start_ms + span.length_ms * part // count for part in range(count + 1)]
        pieces += [Window(start, end) for start, end in pairwise(edges)]
    return pieces


def _room(end_ms: int | None, start_ms: int | None) -> int:
    """Return the padding that fits between two windows: half the gap each, at most the pad."""
    if end_ms is None or start_ms is None:
        return _PAD_MS
    return min(_PAD_MS, (start_ms - end_ms) // 2)
