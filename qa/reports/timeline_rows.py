"""The rows of a call's picture: what is drawn in each, and what stands under it in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from qa.reports.flags import NARROWEST, hang
from qa.reports.formats import clock
from qa.reports.happenings import BACKCHANNEL
from qa.reports.scale import Scale, Tick, Window, percent, ticks
from qa.reports.site import Link

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qa.nouns import Span, Speaker
    from qa.reports.happenings import Group, Happening, Turns
    from qa.reports.site import Site

BOTH: Final = "both"
_INTERRUPTIONS: Final = frozenset({"interruption", "attempted_interruption"})
_STRETCHES: Final = frozenset(
    {"silence", "dead_air", "unexplained_silence", "hold", "unexplained_hold"}
)
# drawn with a sign where they begin
_SIGNS: Final = _INTERRUPTIONS | {BACKCHANNEL, "hold", "unexplained_hold"}
_LETTER: Final = 6  # CSS pixels of a letter of a length, and of the sign and the air beside it
_BESIDE: Final = 26


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of time in a row; `x` and `width` are SVG lengths."""

    kind: str  # agent, customer, or an event's name
    lane: str  # agent | customer | both
    x: str
    width: str
    anchor: str  # the turn it leads to; empty: none
    title: str
    label: str = ""  # its length, if there is room for it, and its doubt


@dataclass(frozen=True, slots=True)
class Sign:
    """A sign at the beginning of an event."""

    kind: str
    lane: str
    x: str
    anchor: str
    title: str
    is_doubtful: bool


@dataclass(frozen=True, slots=True)
class Flag:
    """The number of a group of moments on its pole."""

    text: str
    lane: str
    is_uncertain: bool
    x: str
    level: int
    width: int
    to_left: bool
    anchor: str
    title: str


@dataclass(frozen=True, slots=True)
class Entry:
    """What a row shows, in words; listening words of one side are one entry with many places."""

    kind: str  # "moment", or an event's name
    lane: str
    number: str  # the flag's; empty for events
    places: tuple[Link, ...]
    text: str
    is_uncertain: bool  # for a person to decide
    is_doubtful: bool  # not to be relied on


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the picture; `width` is less than 100% in the last one."""

    time: str  # "00:30–01:00"
    width: str
    levels: int  # of flags
    ticks: tuple[Tick, ...]
    bars: tuple[Bar, ...]
    signs: tuple[Sign, ...]
    flags: tuple[Flag, ...]
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Scene:
    """What a call's picture is made from."""

    spans: tuple[Span, ...]
    happened: tuple[Happening, ...]
    groups: tuple[tuple[str, Group], ...]  # with their numbers
    turns: Turns
    site: Site

    def row(self, window: Window, scale: Scale) -> Row:
        flags = self._flags(window)
        return Row(
            time=period(window.start_ms, window.until_ms),
            width=percent(window.share(window.until_ms)),
            levels=max((flag.level + 1 for flag in flags), default=0),
            ticks=ticks(window, scale),
            bars=(*self._stretches(window), *self._speech(window)),
            signs=tuple(self._signs(window)),
            flags=flags,
            entries=self._entries(window),
        )

    def _speech(self, window: Window) -> Iterator[Bar]:
        for span in self.spans:
            if clipped := window.clip(span.start_ms, span.end_ms):
                x, width = clipped
                anchor = self._anchor(span.speaker, span.start_ms, span.end_ms)
                who = self.site.words.label("speakers", span.speaker)
                title = f"{who} {period(span.start_ms, span.end_ms)}"
                yield Bar(span.speaker, span.speaker, percent(x), percent(width), anchor, title)

    def _stretches(self, window: Window) -> Iterator[Bar]:
        """Yield silences, holds, and for how long an interruption overlapped."""
        for one in self.happened:
            clipped = window.clip(one.start_ms, one.end_ms)
            if clipped and one.name in _STRETCHES | _INTERRUPTIONS:
                x, width = clipped
                yield Bar(
                    *(one.name, one.speaker or BOTH, percent(x), percent(width)),
                    anchor=self._anchor(one.speaker, one.start_ms, one.end_ms),
                    title=self._titled(one),
                    label=self._label(one, width) if one.name in _STRETCHES else "",
                )

    def _label(self, one: Happening, width: float) -> str:
        """Return the length if there is room for it, and a "?" where no sign has it."""
        length = self.site.formats.duration(one.end_ms - one.start_ms)
        fits = width * NARROWEST >= _LETTER * len(length) + _BESIDE
        mark = "?" if one.is_doubtful and one.name not in _SIGNS else ""
        return f"{length}{mark}" if fits else mark

    def _signs(self, window: Window) -> Iterator[Sign]:
        for one in self.happened:
            if one.name in _SIGNS and window.holds(one.start_ms):
                yield Sign(
                    *(one.name, one.speaker or BOTH, percent(window.share(one.start_ms))),
                    anchor=self._anchor(one.speaker, one.start_ms, one.end_ms),
                    title=self._titled(one),
                    is_doubtful=one.is_doubtful,
                )

    def _flags(self, window: Window) -> tuple[Flag, ...]:
        inside = [(number, group) for number, group in self.groups if window.holds(group.start_ms)]
        texts = [f"{number}?" if group.is_uncertain else number for number, group in inside]
        poles = [window.share(group.start_ms) for _, group in inside]
        return tuple(
            Flag(
                *(text, group.speaker, group.is_uncertain, percent(pole)),
                *(place.level, place.width, place.to_left),
                anchor=self._turn(group.turn),
                title=f"{clock(group.start_ms)} {self._does(group)}",
            )
            for (_, group), text, pole, place in zip(
                inside, texts, poles, hang(list(zip(poles, texts, strict=True))), strict=True
            )
        )

    def _entries(self, window: Window) -> tuple[Entry, ...]:
        timed = [
            *((group.start_ms, self._moment(number, group)) for number, group in self.groups
              if window.holds(group.start_ms)),
            *((one.start_ms, self._event(one)) for one in self.happened
              if one.name != BACKCHANNEL and window.holds(one.start_ms)),
        ]  # fmt: skip
        ordered = sorted(timed, key=lambda pair: pair[0])
        return (*(entry for _, entry in ordered), *self._listening(window))

    def _moment(self, number: str, group: Group) -> Entry:
        return Entry(
            kind="moment",
            lane=group.speaker,
            number=number,
            places=(Link(clock(group.start_ms), anchor=self._turn(group.turn)),),
            text=self._does(group),
            is_uncertain=group.is_uncertain,
            is_doubtful=False,
        )

    def _event(self, one: Happening) -> Entry:
        return Entry(
            kind=one.name,
            lane=one.speaker or BOTH,
            number="",
            places=(self._place(one),),
            text=self._said(one),
            is_uncertain=False,
            is_doubtful=one.is_doubtful,
        )

    def _listening(self, window: Window) -> Iterator[Entry]:
        """Yield one entry for the listening words of each side, with all their places."""
        heard: dict[tuple[str, bool], list[Happening]] = {}
        for one in self.happened:
            if one.name == BACKCHANNEL and window.holds(one.start_ms):
                heard.setdefault((one.speaker or BOTH, one.is_doubtful), []).append(one)
        for (lane, is_doubtful), same in sorted(heard.items()):
            times = f" × {len(same)}" if len(same) > 1 else ""
            yield Entry(
                *(BACKCHANNEL, lane, ""),
                places=tuple(self._place(one) for one in same),
                text=f"{event_name(same[0], self.site)}{times}",
                is_uncertain=False,
                is_doubtful=is_doubtful,
            )

    def _place(self, one: Happening) -> Link:
        anchor = self._anchor(one.speaker, one.start_ms, one.end_ms)
        return Link(clock(one.start_ms), anchor=anchor)

    def _titled(self, one: Happening) -> str:
        return f"{clock(one.start_ms)} {self._said(one)}"

    def _said(self, one: Happening) -> str:
        length = self.site.formats.duration(one.end_ms - one.start_ms)
        return f"{event_name(one, self.site)}, {length}"

    def _does(self, group: Group) -> str:
        words = self.site.words
        names = ", ".join(words.label("moments", name) for name in group.names)
        return f"{names} ({words.label('speakers', group.speaker)})"

    def _anchor(self, speaker: Speaker | None, start_ms: int, end_ms: int) -> str:
        turn = self.turns.at(speaker, start_ms, end_ms)
        return "" if turn is None else f"t{turn}"

    def _turn(self, turn: int) -> str:
        return f"t{turn}" if turn in self.turns.known else ""


def event_name(one: Happening, site: Site) -> str:
    label = site.words.label("events", one.name)
    if one.speaker is None:
        return label
    return f"{label} ({site.words.label('speakers', one.speaker)})"


def period(start_ms: int, end_ms: int) -> str:
    return f"{clock(start_ms)}–{clock(end_ms)}"
