"""When a written message was sent, as exports of chats and e-mails write it in front of a line.

[2026-11-02 09:14] Agent: ...      2026-11-02T09:14:30+01:00 Agent: ...
[02.11.2026. 09:14] Agent: ...     [09:14] Agent: ...
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from qa.intake.draft import MalformedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_CLOCK: Final = r"(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,]\d{1,6})?)?"
_ISO: Final = r"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)"
_OURS: Final = r"(?P<day2>\d{1,2})\.[ ]?(?P<month2>\d{1,2})\.[ ]?(?P<year2>\d{4})\.?"
# every repetition is bounded: the expression is linear
_STAMP: Final = re.compile(
    rf"[ \t]{{0,8}}(?P<open>[\[(])?(?:(?:{_ISO}|{_OURS})(?:T|,?[ \t]{{1,4}}))?{_CLOCK}"
    r"(?P<zone>Z|[ ]?[+-]\d\d:?\d\d)?[\])]?[ \t]{0,4}[-–—]?[ \t]{0,4}"
)


@dataclass(frozen=True, slots=True)
class Stamp:
    """A time in front of a line; `at` is on 1 January of year 1 where there is no date.

    It has a zone only if the line gives one.
    """

    at: datetime
    has_date: bool
    bracketed: bool
    length: int  # characters of the line that belong to it


def read_stamp(line: str, where: str) -> Stamp | None:
    """Return the time that a line begins with; None if it begins with none.

    Raises MalformedError for a date or time that does not exist.
    """
    found = _STAMP.match(line)
    if found is None:
        return None
    part = found.groupdict()
    date = [part[name] or part[f"{name}2"] for name in ("year", "month", "day")]
    clock = [int(part[name] or 0) for name in ("hour", "minute", "second")]
    try:
        at = datetime(*(int(one or 1) for one in date), *clock, tzinfo=UTC)  # type: ignore[misc,arg-type]
        zone = (part["zone"] or "").strip()
        at = at.replace(tzinfo=datetime.strptime(zone, "%z").tzinfo if zone else None)
    except ValueError as error:
        if not part["open"] and not any(date):
            return None  # "99:99" is no time but a score
        raise MalformedError(f"{where}: no such time: {found[0].strip()}") from error
    return Stamp(at, any(date), part["open"] is not None, found.end())


def since_first(stamps: Iterable[tuple[str, Stamp]]) -> list[int]:
    """Return milliseconds since the earliest of the times (place, time), as `since_earliest`.

    Times of day alone have to rise: after midnight nobody can tell which day it is. Raises
    MalformedError if they do not, or if only some have dates, or zones.
    """
    placed = list(stamps)
    dated = [stamp.has_date for _, stamp in placed]
    zoned = [stamp.at.tzinfo is not None for _, stamp in placed]
    for what, has in (("date", dated), ("zone", zoned)):
        if any(has) and not all(has):
            where = placed[has.index(False)][0]
            raise MalformedError(
                f"{where}: a time without a {what} while others have one: give all"
            )
    times = since_earliest([stamp.at for _, stamp in placed])
    for at, (where, _) in enumerate(placed[1:], 1):
        if not any(dated) and times[at] < times[at - 1]:
            raise MalformedError(f"{where}: earlier than the message before it: give dates too")
    return times


def since_earliest(times: Sequence[datetime]) -> list[int]:
    """Return milliseconds since the earliest of the times: all with a zone, or none.

    Messages that all have one time keep their order: they are put a millisecond apart, so that
    they are not taken for messages without times.
    """
    if len(times) > 1 and len(set(times)) == 1:
        return list(range(len(times)))
    first = min(times, default=None)
    return [] if first is None else [round((at - first).total_seconds() * 1000) for at in times]
