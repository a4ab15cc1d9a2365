"""The picture of a call: who spoke when, and what happened between the two.

The picture is cut into rows of equal length, as text is cut into lines, so that it is as legible
on a phone as on paper. Times are shares of a row's width; heights are the template's. Under each
row stands in words what the row shows: whoever does not see the picture misses nothing of it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from qa.nouns import Span
from qa.reports.cautions import cautions
from qa.reports.happenings import BACKCHANNEL, Happening, Turns, happenings, moment_groups
from qa.reports.scale import scale_of, windows
from qa.reports.site import Named
from qa.reports.timeline_rows import Row, Scene, event_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from qa.coaching.views import ReviewedCall
    from qa.nouns import Moment, Transcript
    from qa.reports.site import Site

_SPEAKERS: Final = ("agent", "customer")
_GROUPS: Final = 20  # moments of one turn within so much of a row's width have one flag
_ALIKE: Final = {"dead_air": "silence"}  # drawn alike: its length is to be seen
_LEGEND: Final = (
    *_SPEAKERS,
    *("interruption_agent", "interruption_customer"),
    *("attempted_interruption_agent", "attempted_interruption_customer", BACKCHANNEL),
    *("silence", "unexplained_silence", "hold", "unexplained_hold"),
    *("moment_agent", "moment_customer", "uncertain", "doubtful"),
)


@dataclass(frozen=True, slots=True)
class Timeline:
    """The picture, what it says in words, and what of it not to rely on."""

    rows: tuple[Row, ...]
    note: str  # how to read the rows
    blank: str  # why nothing is drawn, though there is something to tell; empty if it is drawn
    legend: tuple[Named, ...]  # the signs that occur
    text: str  # how long each spoke, how often what happened
    cautions: tuple[str, ...]


def timeline_of(call: ReviewedCall, site: Site) -> Timeline | None:
    """Return the picture of a call; None where there is nothing to draw or to tell."""
    spans = _spans(call.transcript)
    happened = happenings(call)
    blank = "" if spans else _blank(call.transcript, happened, site)
    if not spans and not blank:
        return None
    length = max(call.transcript.duration_ms, _end(spans, happened, call.moments))
    scale = scale_of(length)
    groups = moment_groups(call.moments, scale.row_ms // _GROUPS) if spans else ()
    scene = Scene(
        spans=spans,
        happened=happened,
        groups=tuple((str(n), group) for n, group in enumerate(groups, 1)),
        turns=Turns(call.transcript.turns),
        site=site,
    )
    rows = tuple(scene.row(window, scale) for window in windows(length, scale))
    found = set(_found(rows))
    return Timeline(
        rows=rows if spans or happened else (),
        note=site.words.say("timeline_rows", length=site.formats.duration(scale.row_ms)),
        blank=blank,
        legend=tuple(
            Named(name, site.words.say(f"legend_{name}")) for name in _LEGEND if name in found
        ),
        text=_in_words(spans, happened, site),
        cautions=cautions(call, site.words),
    )


def _spans(transcript: Transcript) -> tuple[Span, ...]:
    """Return speech as heard; for a ready transcript of a call its turns are all there is."""
    spans: Sequence[Span] = transcript.spans
    if not spans and transcript.channel == "voice":
        spans = [Span(turn.start_ms, turn.end_ms, turn.speaker) for turn in transcript.turns]
    return tuple(span for span in spans if span.length_ms > 0)


def _blank(transcript: Transcript, happened: tuple[Happening, ...], site: Site) -> str:
    """Return why speech is not drawn; empty where there is nothing to tell either."""
    if transcript.channel == "voice":
        return site.words.say("timeline_no_times") if transcript.turns or happened else ""
    return site.words.say("timeline_written") if happened else ""


def _end(spans: Iterable[Span], happened: Iterable[Happening], moments: Iterable[Moment]) -> int:
    """Return when the last thing in the picture ends; what only begins has its place too."""
    ends = [span.end_ms for span in spans]
    ends += [max(one.end_ms, one.start_ms + 1) for one in happened]
    ends += [moment.start_ms + 1 for moment in moments]
    return max(ends, default=1)


def _found(rows: Iterable[Row]) -> Iterator[str]:
    """Yield the names under which the legend explains what is in the rows."""
    for row in rows:
        yield from (_ALIKE.get(bar.kind, bar.kind) for bar in row.bars)
        for sign in row.signs:
            yield from (sign.kind, f"{sign.kind}_{sign.lane}")
        for flag in row.flags:
            yield f"moment_{flag.lane}"
            if flag.is_uncertain:
                yield "uncertain"
        if any(entry.is_doubtful for entry in row.entries):
            yield "doubtful"


def _in_words(spans: tuple[Span, ...], happened: tuple[Happening, ...], site: Site) -> str:
    """Return the picture in a line: how long each spoke, how often what happened."""
    said = []
    for speaker in _SPEAKERS:
        own = sum(span.length_ms for span in spans if span.speaker == speaker)
        if own:
            name = site.words.label("speakers", speaker)
            said.append(f"{name}: {site.formats.duration(own)}")
    counts = Counter(event_name(one, site) for one in happened)
    said.extend(f"{name}: {count}" for name, count in sorted(counts.items()))
    return "; ".join(said)
