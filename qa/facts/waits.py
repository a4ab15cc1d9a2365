"""Waits: when the customer was put on hold, and whether it was announced and come back from.

By what was said: a silence that the agent announces, or comes back from. By the manifest, where it
says when the telephone system had the customer on hold.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from qa.facts.runs import SILENCE_MS, Pause, Run

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from qa.facts.said import Sentences
    from qa.nouns import Hold, Speaker

NOTICE_MS: Final = 10_000  # a hold notice ends at most this long before the silence it explains
RETURN_MS: Final = 3000  # a return from hold opens the agent's next speech: it begins within this
REMARK_MS: Final = 5000  # who says more than this while waiting is not waiting
SWITCH_MS: Final = 1000  # a telephone system's times are rounded, and its switching takes time


@dataclass(frozen=True, slots=True)
class Wait:
    """A hold as it was found."""

    start_ms: int
    end_ms: int
    announced: bool
    returned: bool

    @property
    def explained(self) -> bool:
        return self.announced and self.returned


def find_told(
    agent: Sequence[Run], customer: Sequence[Run], pauses: Iterable[Pause], sentences: Sentences
) -> tuple[Wait, ...]:
    """Return the silences of more than 3 s that the agent announced, or came back from.

    Announced: a notice of the agent's ended within 10 s before. Come back from: the agent's next
    speech opens with a return ("thank you for waiting"), and the customer said no more than 5 s
    meanwhile. The hold lasts until that speech, or, without a return, as long as the silence.
    """
    found: list[Wait] = []
    for pause in pauses:
        if pause.length_ms <= SILENCE_MS or (found and pause.start_ms < found[-1].end_ms):
            continue  # no silence, or a later silence of the same hold
        back_ms = _next_start(agent, pause.end_ms)
        announced = is_announced(sentences, pause.start_ms, by=("agent",))
        returned = (
            _returned(sentences, back_ms)
            and _spoken_ms(customer, pause.end_ms, back_ms) <= REMARK_MS
        )
        if announced or returned:
            end_ms = back_ms if returned else pause.end_ms
            found.append(Wait(pause.start_ms, end_ms, announced, returned))
    return tuple(found)


def find_given(
    holds: Iterable[Hold], agent: Sequence[Run], sentences: Sentences
) -> tuple[Wait, ...]:
    """Return the manifest's holds, and whether each was announced and come back from."""
    return tuple(
        Wait(
            hold.start_ms,
            hold.end_ms,
            is_announced(sentences, hold.start_ms + SWITCH_MS, by=("agent",)),
            _returned(sentences, _next_start(agent, hold.end_ms - SWITCH_MS)),
        )
        for hold in holds
    )


def is_announced(sentences: Sentences, start_ms: int, by: Sequence[Speaker]) -> bool:
    """Return whether a hold notice began before a silence and ended at most 10 s before it."""
    return any(
        sentence.start_ms < start_ms <= sentence.end_ms + NOTICE_MS
        and sentences.has(sentence, "hold_notices")
        for speaker in by
        for sentence in sentences.between(speaker, start_ms - NOTICE_MS, start_ms)
    )


def _returned(sentences: Sentences, back_ms: int) -> bool:
    """Return whether what the agent says from `back_ms` on opens with a return."""
    return any(
        sentence.end_ms > back_ms >= sentence.start_ms - RETURN_MS
        and sentences.has(sentence, "hold_returns")
        for sentence in sentences.between("agent", back_ms, back_ms + RETURN_MS)
    )


def _next_start(runs: Sequence[Run], from_ms: int) -> int:
    """Return when the next of the runs, which are in order, begins; `from_ms` if none does."""
    place = bisect_left(runs, from_ms, key=lambda run: run.start_ms)
    return runs[place].start_ms if place < len(runs) else from_ms


def _spoken_ms(runs: Sequence[Run], start_ms: int, end_ms: int) -> int:
    """Return for how long there is speech from one time to another."""
    return sum(max(0, min(run.end_ms, end_ms) - max(run.start_ms, start_ms)) for run in runs)
