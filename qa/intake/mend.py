"""Small faults of ready transcripts, put right and counted; what is no small fault is refused.

Exporters round times, pad utterances to before the recording, write spans twice. None of that
changes what was said or who spoke over whom, so it is mended, and the transcript says how often.
"""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from qa.intake.draft import MAX_MS, MalformedError
from qa.nouns import Repair, RepairCode, Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

PADDING_MS: Final = 1000  # what exporters put before the first word; more is another clock
ROUNDING_MS: Final = 100  # times given in tenths of a second


class Repairs:
    """Counts what is put right, with the place of the first of each kind."""

    def __init__(self) -> None:
        self._count: Counter[RepairCode] = Counter()
        self._first: dict[RepairCode, str] = {}

    def note(self, code: RepairCode, where: str) -> None:
        self._count[code] += 1
        self._first.setdefault(code, where)

    def all(self) -> tuple[Repair, ...]:
        """Return what was put right, in the order in which it was first met."""
        return tuple(Repair(code, self._count[code], where) for code, where in self._first.items())


def mended_times(where: str, start_ms: int, end_ms: int, repairs: Repairs) -> tuple[int, int]:
    """Return start and end with 0 <= start <= end.

    A time up to 1 s before the recording is taken for its start; an end up to 100 ms before its
    start for its start. Raises MalformedError for anything further out, and for times after more
    than a year.
    """
    start, end = _not_before_start(where, start_ms, repairs), end_ms
    if end_ms < 0:
        end = _not_before_start(where, end_ms, repairs)
    if end < start:
        if start - end > ROUNDING_MS:
            raise MalformedError(
                f"{where}: ends at {end_ms} ms, before it starts at {start_ms}: mend the export"
            )
        repairs.note("ends_early", where)
        end = start
    if end > MAX_MS:
        raise MalformedError(f"{where}: ends after more than a year: times are in milliseconds")
    return start, end


def _not_before_start(where: str, time_ms: int, repairs: Repairs) -> int:
    if time_ms >= 0:
        return time_ms
    if time_ms < -PADDING_MS:
        raise MalformedError(f"{where}: a time of {time_ms} ms, before the call: mend the export")
    repairs.note("before_start", where)
    return 0


def note_order(starts: Iterable[tuple[str, int]], repairs: Repairs) -> None:
    """Count what starts before the one before it; `starts` are (place, ms) as in the file."""
    for (_, before), (where, start) in pairwise(starts):
        if start < before:
            repairs.note("out_of_order", where)


def apart(spans: Sequence[tuple[str, Span]], repairs: Repairs) -> tuple[Span, ...]:
    """Return spans (place, span) in order of time, those of one speaker apart.

    Those without length are left out; those of one speaker that overlap are made one. What two
    speakers say at once stays: that is what happened.
    """
    kept: list[Span] = []
    last: dict[str, int] = {}  # speaker -> place in `kept` of their latest span
    for where, span in sorted(spans, key=lambda pair: (pair[1].start_ms, pair[1].end_ms)):
        at = last.get(span.speaker)
        if span.length_ms <= 0:
            repairs.note("no_length", where)
        elif at is not None and span.start_ms < kept[at].end_ms:
            repairs.note("overlapping", where)
            kept[at] = Span(kept[at].start_ms, max(kept[at].end_ms, span.end_ms), span.speaker)
        else:
            last[span.speaker] = len(kept)
            kept.append(span)
    return tuple(kept)
