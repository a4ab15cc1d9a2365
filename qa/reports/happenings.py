"""What happened in a call, each thing once: from the events of all facts, and the moments."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from qa.coaching.views import ReviewedCall
    from qa.nouns import Event, Moment, Speaker, Turn

BACKCHANNEL: Final = "backchannel"
HOLD: Final = "hold"
# One pause of both is all of these at once: what is said of it is the last that it is.
_PAUSES: Final = ("silence", "dead_air", "unexplained_silence", "unexplained_hold")
_PLAIN: Final = frozenset({"silence", "dead_air"})  # no news where a hold says as much
_OF_MESSAGES: Final = frozenset(
    {"first_response", "first_answer", "longest_wait", "receipt", "update", "personal_address"}
)
_NEAR: Final = 3  # turns of one speaker that may lie at one time, in a transcript from elsewhere


@dataclass(frozen=True, slots=True)
class Happening:
    """Something at a time; `name` is an event's."""

    name: str
    speaker: Speaker | None  # None: of both
    start_ms: int
    end_ms: int
    is_doubtful: bool  # a fact that counted it is not trusted


@dataclass(frozen=True, slots=True)
class Group:
    """Moments of one turn that lie close together, those for a person to decide apart."""

    turn: int
    speaker: Speaker
    start_ms: int
    is_uncertain: bool
    names: tuple[str, ...]  # each once, in the order in which they were said


class Turns:
    """Finds the turn in which something happened."""

    def __init__(self, turns: Sequence[Turn]) -> None:
        ordered = sorted(turns, key=lambda turn: turn.start_ms)
        self.known = frozenset(turn.index for turn in turns)
        self._all = _Line(ordered)
        self._of: dict[str, _Line] = {
            speaker: _Line([turn for turn in ordered if turn.speaker == speaker])
            for speaker in ("agent", "customer")
        }

    def at(self, speaker: Speaker | None, start_ms: int, end_ms: int) -> int | None:
        """Return the turn of that speaker that shares most with a stretch of time.

        Where there is none, and for what belongs to both: the last turn that had begun by then.
        """
        own = self._of[speaker].sharing(start_ms, end_ms) if speaker else None
        return own if own is not None else self._all.begun_by(start_ms)


class _Line:
    """Turns in order of their start."""

    def __init__(self, turns: Sequence[Turn]) -> None:
        self._turns = turns
        self._starts = [turn.start_ms for turn in turns]

    def sharing(self, start_ms: int, end_ms: int) -> int | None:
        place = bisect_left(self._starts, end_ms)
        shared = [
            (min(turn.end_ms, end_ms) - max(turn.start_ms, start_ms), turn.index)
            for turn in self._turns[max(place - _NEAR, 0) : place]
        ]
        most, turn = max(shared, default=(0, 0))
        return turn if most > 0 else None

    def begun_by(self, time_ms: int) -> int | None:
        place = bisect_right(self._starts, time_ms)
        return self._turns[place - 1].index if place else None


def happenings(call: ReviewedCall) -> tuple[Happening, ...]:
    """Return the events of all facts in order of time, each thing once.

    What a fact of chats and e-mails rests on is quoted beside its score, and not listed. A pause is
    listed as what says most of it: an unexplained hold is a silence too. A silence
    that mostly lies in a hold is not listed beside it.
    """
    doubted: dict[Event, bool] = {}
    for fact in call.facts:
        for event in fact.events:
            if event.name in _OF_MESSAGES:
                continue
            doubted[event] = doubted.get(event, False) or not fact.trusted
    found = [
        Happening(event.name, event.speaker, event.start_ms, event.end_ms, is_doubtful)
        for event, is_doubtful in doubted.items()
    ]
    pauses = _one_per_time(one for one in found if one.name in _PAUSES)
    unexplained = {_time(one) for one in pauses if one.name == "unexplained_hold"}
    holds = [one for one in found if one.name == HOLD and _time(one) not in unexplained]
    others = [one for one in found if one.name not in (*_PAUSES, HOLD)]
    pauses = [one for one in pauses if one.name not in _PLAIN or not _lies_in_one(one, holds)]
    return tuple(
        sorted(
            [*pauses, *holds, *others],
            key=lambda one: (*_time(one), one.name, one.speaker or ""),
        )
    )


def moment_groups(moments: Iterable[Moment], near_ms: int) -> tuple[Group, ...]:
    """Return the moments in order of time, those of one turn within `near_ms` as one group."""
    groups: list[Group] = []
    last: dict[tuple[int, str, bool], int] = {}  # the place of the latest group of its kind
    for moment in sorted(moments, key=lambda one: (one.start_ms, one.turn)):
        is_uncertain = moment.decision == "uncertain"
        key = (moment.turn, moment.speaker, is_uncertain)
        place = last.get(key)
        if place is None or moment.start_ms - groups[place].start_ms > near_ms:
            last[key] = place = len(groups)
            groups.append(Group(moment.turn, moment.speaker, moment.start_ms, is_uncertain, ()))
        names = tuple(dict.fromkeys((*groups[place].names, moment.name)))
        groups[place] = replace(groups[place], names=names)
    return tuple(groups)


def _one_per_time(pauses: Iterable[Happening]) -> list[Happening]:
    ordered = sorted(pauses, key=lambda one: (_time(one), _PAUSES.index(one.name)))
    return [list(same)[-1] for _, same in groupby(ordered, key=_time)]


def _time(one: Happening) -> tuple[int, int]:
    return (one.start_ms, one.end_ms)


def _lies_in_one(pause: Happening, holds: Iterable[Happening]) -> bool:
    """Say whether more than half of a pause lies in one of the holds."""
    length = pause.end_ms - pause.start_ms
    return any(
        2 * (min(pause.end_ms, hold.end_ms) - max(pause.start_ms, hold.start_ms)) > length
        for hold in holds
    )
