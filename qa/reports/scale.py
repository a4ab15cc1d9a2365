"""How a stretch of time is laid out on rows: how long a row is, where its axis has marks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from qa.reports.formats import clock

_SECOND: Final = 1000
_MINUTE: Final = 60 * _SECOND
_HOUR: Final = 60 * _MINUTE
_MOST_ROWS: Final = 24


@dataclass(frozen=True, slots=True)
class Scale:
    """Lengths in ms; a label stands at every `label_ms`, a mark at every `tick_ms`."""

    row_ms: int
    tick_ms: int
    label_ms: int


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on the axis; most have no text."""

    x: str
    text: str


# Short rows as long as there are few of them; at two minutes a row a listener's 300 "mhm" in
# 40 minutes are still apart on a phone, so the many rows go there.
_SCALES: Final = (
    (6, Scale(30 * _SECOND, 5 * _SECOND, 10 * _SECOND)),
    (12, Scale(_MINUTE, 10 * _SECOND, 20 * _SECOND)),
    (_MOST_ROWS, Scale(2 * _MINUTE, 10 * _SECOND, 30 * _SECOND)),
    (_MOST_ROWS, Scale(5 * _MINUTE, 30 * _SECOND, _MINUTE)),
    (_MOST_ROWS, Scale(10 * _MINUTE, _MINUTE, 2 * _MINUTE)),
    (_MOST_ROWS, Scale(30 * _MINUTE, 5 * _MINUTE, 10 * _MINUTE)),
)


@dataclass(frozen=True, slots=True)
class Window:
    """The time of one row, [start_ms, end_ms); of the last one only `until_ms` is in the call."""

    start_ms: int
    end_ms: int
    until_ms: int

    def holds(self, time_ms: int) -> bool:
        return self.start_ms <= max(time_ms, 0) < self.end_ms

    def share(self, time_ms: int) -> float:
        """Return a place in the row as 0..1, what lies outside as its nearer end."""
        inside = min(max(time_ms, self.start_ms), self.end_ms)
        return (inside - self.start_ms) / (self.end_ms - self.start_ms)

    def clip(self, start_ms: int, end_ms: int) -> tuple[float, float] | None:
        """Return where the part of a stretch in this row begins and how wide it is, in 0..1."""
        if start_ms >= self.end_ms or end_ms <= self.start_ms:
            return None
        first = self.share(start_ms)
        return first, self.share(end_ms) - first


def scale_of(length_ms: int) -> Scale:
    """Return the scale for a call; one longer than half a day gets rows of whole hours."""
    for most, scale in _SCALES:
        if scale.row_ms * most >= length_ms:
            return scale
    hours = -(-length_ms // (_MOST_ROWS * _HOUR))
    return Scale(hours * _HOUR, hours * 5 * _MINUTE, hours * 15 * _MINUTE)


def windows(length_ms: int, scale: Scale) -> tuple[Window, ...]:
    """Return the rows; at least one."""
    return tuple(
        Window(start, start + scale.row_ms, min(start + scale.row_ms, max(length_ms, 1)))
        for start in range(0, max(length_ms, 1), scale.row_ms)
    )


def ticks(window: Window, scale: Scale) -> tuple[Tick, ...]:
    """Return the marks of a row's axis; the end of a row is the next one's beginning."""
    return tuple(
        Tick(percent(window.share(at)), "" if at % scale.label_ms else clock(at))
        for at in range(window.start_ms, window.until_ms, scale.tick_ms)
    )


def percent(share: float) -> str:
    """Return 0.12345 as an SVG length, "12.35%": no screen shows finer."""
    return f"{share * 100:.2f}".rstrip("0").rstrip(".") + "%"
