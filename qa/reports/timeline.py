"""The picture of a call: who spoke when, and what happened between the two.

The picture is cut into rows of equal length, as text is cut into lines, so that it is as legible
on a phone as on paper. A row is a box of 1000 x 100: the agent above, the customer below.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qa.nouns import Span
from qa.reports.formats import clock, half_up

if TYPE_CHECKING:
    from qa.coaching.views import ReviewedCall
    from qa.nouns import Event, Transcript
    from qa.reports.site import Link, Site

_WIDTH = 1000
_ROWS = 5
_MINUTE = 60_000
_ROW_LENGTHS = tuple(int(minutes * _MINUTE) for minutes in (0.5, 1, 2, 5, 10, 20, 30, 60))
# drawn as a stretch of time; all others that are drawn are drawn where they begin
_STRETCHES = {"silence": "silence", "dead_air": "silence", "unexplained_silence": "silence",
              "hold": "hold"}  # fmt: skip
_MARKS = {"interruption": "interruption", "attempted_interruption": "attempt",
          "backchannel": "backchannel"}  # fmt: skip
# too many to read one by one; they are in the picture and in the facts
_NOT_LISTED = frozenset({"backchannel"})
_MOST_LISTED = 60


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch or a mark in a row: `x` and `width` in 0..1000."""

    kind: str  # agent | customer | silence | hold | interruption | attempt | backchannel
    lane: str  # agent | customer | both
    x: int
    width: int


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the picture; `width` is less than 1000 in the last one."""

    time: str
    width: int
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Happening:
    """One event in words, with the way to the turn in which it happened."""

    place: Link
    text: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """The picture and what it says in words; no rows: there is no speech to draw."""

    rows: tuple[Row, ...]
    kinds: tuple[str, ...]  # for the legend: the kinds of block that occur
    text: str
    happenings: tuple[Happening, ...]
    unlisted: int  # events beyond those that are listed
    doubt: str  # why what is drawn is not to be relied on; empty if it is


def timeline_of(call: ReviewedCall, site: Site) -> Timeline | None:
    """Return the picture of a call; None where neither speech nor an event is known."""
    spans = _spans(call.transcript)
    events = _events(call)
    if not spans and not events:
        return None
    last = max([span.end_ms for span in spans] + [event.end_ms for event in events])
    rows = _rows(spans, events, max(call.transcript.duration_ms, last, 1)) if spans else ()
    listed = [event for event in events if event.name not in _NOT_LISTED]
    drawn = {block.kind for row in rows for block in row.blocks}
    order = ("agent", "customer", *_MARKS.values(), "silence", "hold")
    return Timeline(
        rows=rows,
        kinds=tuple(kind for kind in order if kind in drawn),
        text=_in_words(spans, events, site),
        happenings=tuple(_happening(event, call, site) for event in listed[:_MOST_LISTED]),
        unlisted=max(len(listed) - _MOST_LISTED, 0),
        doubt=_doubt(call, site),
    )


def _spans(transcript: Transcript) -> tuple[Span, ...]:
    """Return speech as heard; for a ready transcript of a call its turns are all there is."""
    if transcript.spans or transcript.channel != "voice":
        return transcript.spans
    return tuple(Span(turn.start_ms, turn.end_ms, turn.speaker) for turn in transcript.turns)


def _doubt(call: ReviewedCall, site: Site) -> str:
    """Return the reasons why counted events are not trusted, each once."""
    reasons = [fact.reason for fact in call.facts if fact.events and not fact.trusted]
    said = "; ".join(dict.fromkeys(reason for reason in reasons if reason))
    if not reasons:
        return ""
    return site.words.say("timeline_doubt", reason=said or site.words.say("no_reason"))


def _events(call: ReviewedCall) -> list[Event]:
    """Return what was counted in any fact, once each, in time."""
    found = {event for fact in call.facts for event in fact.events}
    same = {(event.start_ms, event.end_ms) for event in found if event.name == "silence"}
    # a dead air is a silence too: one mark is enough
    kept = [
        event
        for event in found
        if event.name == "silence"
        or _STRETCHES.get(event.name) != "silence"
        or (event.start_ms, event.end_ms) not in same
    ]
    return sorted(kept, key=lambda one: (one.start_ms, one.end_ms, one.name, one.speaker or ""))


def _rows(spans: tuple[Span, ...], events: list[Event], length_ms: int) -> tuple[Row, ...]:
    row_ms = next((one for one in _ROW_LENGTHS if one * _ROWS >= length_ms), _ROW_LENGTHS[-1])
    return tuple(
        Row(
            time=clock(start),
            width=_x(min(length_ms, start + row_ms), start, row_ms),
            blocks=(
                *_stretches(spans, events, (start, start + row_ms)),
                *_marks(events, (start, start + row_ms)),
            ),
        )
        for start in range(0, length_ms, row_ms)
    )


def _stretches(
    spans: tuple[Span, ...], events: list[Event], window: tuple[int, int]
) -> list[Block]:
    """Return the parts of silences, holds and speech that lie in the window, in this order."""
    silent = [
        (_STRETCHES[event.name], "both", event.start_ms, event.end_ms)
        for event in events
        if event.name in _STRETCHES
    ]
    spoken = [(span.speaker, span.speaker, span.start_ms, span.end_ms) for span in spans]
    start, end = window
    blocks = []
    for kind, lane, first, last in (*silent, *spoken):
        if first < end and last > start:
            x = _x(max(first, start), start, end - start)
            width = max(_x(min(last, end), start, end - start) - x, 1)
            blocks.append(Block(kind, lane, x, width))
    return blocks


def _marks(events: list[Event], window: tuple[int, int]) -> list[Block]:
    start, end = window
    return [
        Block(
            _MARKS[event.name], event.speaker or "both", _x(event.start_ms, start, end - start), 0
        )
        for event in events
        if event.name in _MARKS and start <= event.start_ms < end
    ]


def _x(ms: int, start: int, row_ms: int) -> int:
    return half_up((ms - start) / row_ms * _WIDTH)


def _in_words(spans: tuple[Span, ...], events: list[Event], site: Site) -> str:
    """Return the picture as text: how long each spoke, how often what happened."""
    said = []
    for speaker in ("agent", "customer"):
        own = sum(span.length_ms for span in spans if span.speaker == speaker)
        if own:
            name = site.words.label("speakers", speaker)
            said.append(f"{name}: {site.formats.duration(own)}")
    counts: dict[str, int] = {}
    for event in events:
        label = _event_name(event, site)
        counts[label] = counts.get(label, 0) + 1
    said.extend(f"{label}: {count}" for label, count in sorted(counts.items()))
    return "; ".join(said)


def _event_name(event: Event, site: Site) -> str:
    label = site.words.label("events", event.name)
    if event.speaker is None:
        return label
    return f"{label} ({site.words.label('speakers', event.speaker)})"


def _happening(event: Event, call: ReviewedCall, site: Site) -> Happening:
    """Return the event with the turn that was going on, or the last before it."""
    before = [turn for turn in call.transcript.turns if turn.start_ms <= event.start_ms]
    turn = before[-1].index if before else None
    length = site.formats.duration(event.end_ms - event.start_ms)
    return Happening(
        place=site.to_call(call.call.id, clock(event.start_ms), turn),
        text=f"{_event_name(event, site)}, {length}",
    )
