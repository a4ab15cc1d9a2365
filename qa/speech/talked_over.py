"""Speech of one side inside the other's: what both channels of a recording must be asked for.

Both functions take each side's spans in order of time, and look at them alike: swapping the sides
swaps what comes out.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qa.nouns import Span

_BRIDGED_MS: Final = 250  # a shorter pause is no silence (ARCHITECTURE.md, "Facts")
_BREATH_MS: Final = 500  # as long as the end of a turn, which may be overlapped
_ASIDE_MS: Final = 1_500  # the longest backchannel (ARCHITECTURE.md, "Facts")
_TOLERANCE_MS: Final = 100


def keep_floor(own: Sequence[Span], other: Sequence[Span]) -> tuple[Span, ...]:
    """Return one side's spans, those joined that only a breath parts while the other talks over.

    Who held the floor, has been talked over for 250 ms, pauses for less than 500 ms in which the
    other talks on, and then goes on, never fell silent. Without this, going on would be coming in
    on the other. Who came in on the other and tries again after a pause, tries twice.
    """
    held = _bridged(other)
    kept: list[Span] = []
    for span in own:
        last = kept[-1] if kept else None
        if last is not None and _draws_breath(last, span, held):
            kept[-1] = replace(last, end_ms=max(last.end_ms, span.end_ms))
        else:
            kept.append(span)
    return tuple(kept)


def asides(own: Sequence[Span], other: Sequence[Span]) -> tuple[Span, ...]:
    """Return one side's spans that may be a listener's: short, and inside the other's speech."""
    held = _bridged(other)
    return tuple(
        span
        for span in own
        if span.length_ms <= _ASIDE_MS and _covered(span.start_ms, span.end_ms, held, _TOLERANCE_MS)
    )


def _draws_breath(before: Span, after: Span, held: Sequence[tuple[int, int]]) -> bool:
    talked_over_ms = before.end_ms - _BRIDGED_MS
    return (
        after.start_ms - before.end_ms < _BREATH_MS
        and before.start_ms < talked_over_ms
        and _covered(talked_over_ms, after.start_ms, held, 0)
        and not _covered(before.start_ms, after.start_ms, held, 0)
    )


def _covered(start_ms: int, end_ms: int, held: Sequence[tuple[int, int]], tolerance: int) -> bool:
    place = bisect_right(held, start_ms + tolerance, key=lambda stretch: stretch[0]) - 1
    return place >= 0 and end_ms <= held[place][1] + tolerance


def _bridged(spans: Sequence[Span]) -> list[tuple[int, int]]:
    stretches: list[tuple[int, int]] = []
    for span in spans:
        if stretches and span.start_ms - stretches[-1][1] < _BRIDGED_MS:
            stretches[-1] = (stretches[-1][0], max(stretches[-1][1], span.end_ms))
        else:
            stretches.append((span.start_ms, span.end_ms))
    return stretches
