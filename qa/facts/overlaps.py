"""Interruptions, backchannels and overlap between two speakers' runs.

The definitions are published in README and ARCHITECTURE ("Facts"); this is their only code. In all
of it one side *holds* the floor and the other comes in, and either side may be the agent.

Decided here, where the published words leave room:

- "A's speech ends" at the end of the run B came in on, whatever made A fall silent: an A who is cut
  off after 800 ms of overlap was interrupted.
- An overlap of more than 500 ms begins more than 500 ms before A's end; turn-end overlap, in A's
  last 500 ms, therefore needs no check of its own.
- B goes on if B's run outlasts A's. B's run that ends first, or with A's, was an attempt.
- Two runs that start in the same millisecond: nobody came in on anybody, so no interruption.
- Each run that comes in counts: who tries, stops for 250 ms or more and tries again, tried twice.
- Words of which the recogniser is not sure (mean confidence under 0.65; of four words or more, more
  than listeners say at once, under 0.5) do not tell listening from interrupting, nor do no words.
  Up to 500 ms of such speech inside the other's is too short to interrupt: it is listening. A run
  of up to 1.5 s counts as neither, and the call's overlap facts are not trusted.
- Who is talked into and goes on after a pause of up to 500 ms has not come in: while the other
  speaks through that pause, both runs beside it are one.
- A backchannel is nobody's interruption and cannot be interrupted: it did not hold the floor.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from qa.facts.phrases import is_listening
from qa.facts.runs import TOLERANCE_MS, Run
from qa.nouns import Event, Language

if TYPE_CHECKING:
    from collections.abc import Sequence

OVERLAP_MS: Final = 500  # an interruption overlaps more than this
YIELD_MS: Final = 1000  # who falls silent within this gave way
BACKCHANNEL_MS: Final = 1500
WORDLESS_MS: Final = 500  # "mhm" that the recogniser left out or misheard
GOES_ON_MS: Final = 500  # of pause, of who is talked into
UNDERSTOOD: Final = 0.65  # mean word confidence below it: not understood
SENTENCE_UNDERSTOOD: Final = 0.5  # the same of more words than a listener says at once
SENTENCE_WORDS: Final = 4

INTERRUPTION: Final = "interruption"
ATTEMPT: Final = "attempted_interruption"
BACKCHANNEL: Final = "backchannel"


def find_backchannels(
    runs: Sequence[Run], others: Sequence[Run], language: Language
) -> tuple[Run, ...]:
    """Return the runs that lie inside one of `others` and only show listening.

    Inside: up to 100 ms may stick out at either end, and some of it must overlap.
    """
    starts = [other.start_ms for other in others]
    return tuple(
        run for run in runs if _lies_inside(run, others, starts) and _only_listens(run, language)
    )


def find_unclear(runs: Sequence[Run], others: Sequence[Run]) -> tuple[Run, ...]:
    """Return the short runs inside one of `others` whose words were not understood."""
    starts = [other.start_ms for other in others]
    return tuple(
        run
        for run in runs
        if not _is_understood(run)
        and run.length_ms <= BACKCHANNEL_MS
        and _lies_inside(run, others, starts)
    )


def going_on(runs: Sequence[Run], others: Sequence[Run]) -> tuple[Run, ...]:
    """Return the runs, as one those between which one of `others` that came in speaks on.

    It came in during the first; the pause is up to 500 ms. Both sides come without their
    backchannels, in order.
    """
    starts = [other.start_ms for other in others]
    joined: list[Run] = []
    for run in runs:
        last = joined[-1] if joined else None
        if last and _talked_through(last, run, others, starts):
            joined[-1] = replace(last, end_ms=run.end_ms, text=f"{last.text} {run.text}".strip())
        else:
            joined.append(run)
    return tuple(joined)


def find_interruptions(intruders: Sequence[Run], holders: Sequence[Run]) -> tuple[Event, ...]:
    """Return every interruption by `intruders`, attempted ones too, with the overlap's times.

    Both sides come without their backchannels, in order; runs of one side do not touch.
    """
    starts = [holder.start_ms for holder in holders]
    events = []
    for run in intruders:
        place = bisect_left(starts, run.start_ms) - 1  # the last holder to start before the run
        if place >= 0 and (event := _interruption(run, holders[place])):
            events.append(event)
    return tuple(events)


def overlap_ms(runs: Sequence[Run], others: Sequence[Run]) -> int:
    """Return for how long both speak at once, in ms; both sides in order."""
    total = left = right = 0
    while left < len(runs) and right < len(others):
        run, other = runs[left], others[right]
        both = min(run.end_ms, other.end_ms) - max(run.start_ms, other.start_ms)
        total += max(0, both)
        if run.end_ms <= other.end_ms:
            left += 1
        else:
            right += 1
    return total


def _talked_through(last: Run, run: Run, others: Sequence[Run], starts: Sequence[int]) -> bool:
    if run.start_ms - last.end_ms > GOES_ON_MS:
        return False
    place = bisect_left(starts, last.end_ms) - 1  # the last to start before it
    if place < 0:
        return False
    other = others[place]
    return last.start_ms < other.start_ms and run.start_ms <= other.end_ms


def _interruption(run: Run, held: Run) -> Event | None:
    overlap_end = min(run.end_ms, held.end_ms)
    if overlap_end - run.start_ms <= OVERLAP_MS:
        return None
    gave_way = held.end_ms - run.start_ms <= YIELD_MS and run.end_ms > held.end_ms
    name = INTERRUPTION if gave_way else ATTEMPT
    return Event(name, run.speaker, run.start_ms, overlap_end)


def _only_listens(run: Run, language: Language) -> bool:
    if run.length_ms <= WORDLESS_MS and not _is_understood(run):
        return True
    return run.length_ms <= BACKCHANNEL_MS and is_listening(run.text, language)


def _is_understood(run: Run) -> bool:
    words = len(run.text.split())
    return words > 0 and run.confidence >= (
        SENTENCE_UNDERSTOOD if words >= SENTENCE_WORDS else UNDERSTOOD
    )


def _lies_inside(run: Run, others: Sequence[Run], starts: Sequence[int]) -> bool:
    # runs of one side are further apart than the tolerance: only one of them can hold this run
    place = bisect_right(starts, run.start_ms + TOLERANCE_MS) - 1
    if place < 0:
        return False
    other = others[place]
    touches = run.start_ms < other.end_ms and run.end_ms > other.start_ms
    return touches and run.end_ms <= other.end_ms + TOLERANCE_MS
