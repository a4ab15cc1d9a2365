"""What was said, by whom and when, with the way to the place where it was said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qa.reports.formats import clock
from qa.reports.reasons import reason_text
from qa.reports.site import Link, Named, Site, quote_lang

if TYPE_CHECKING:
    from collections.abc import Iterable

    from qa.coaching.views import Clip, ReviewedCall
    from qa.nouns import Evidence


@dataclass(frozen=True, slots=True)
class Quote:
    """A verbatim quote; `place` leads to the turn."""

    text: str
    lang: str
    speaker: str  # "agent", "customer" in words; empty if the call is not at hand
    at: str  # "Hear it at"; what was written is read
    place: Link  # its text is the time


@dataclass(frozen=True, slots=True)
class Heard:
    """A clip as a coach meets it: the criterion, what came of it, the quote, the call."""

    title: str
    outcome: Named
    reason: str
    quote: Quote
    call: Link
    when: str  # the day; empty if not known


def quote_of(evidence: Evidence, call_id: str, site: Site) -> Quote:
    """Return the quote with its speaker, if the call is on the site."""
    call = site.calls.get(call_id)
    return Quote(
        text=evidence.quote,
        lang="" if call is None else quote_lang(evidence.quote, call.transcript.language),
        speaker="" if call is None else _speaker(evidence, call, site),
        at=site.words.say("hear_it" if _is_spoken(call) else "read_it"),
        place=site.to_call(call_id, clock(evidence.start_ms), evidence.turn),
    )


def heard(clips: Iterable[Clip], site: Site) -> tuple[Heard, ...]:
    """Return clips ready to print, in the order given."""
    return tuple(_heard_one(clip, site) for clip in clips)


def _heard_one(clip: Clip, site: Site) -> Heard:
    call = site.calls.get(clip.call_id)
    started = None if call is None else call.call.started_at
    return Heard(
        title=site.criterion(clip.rubric, clip.criterion).title,
        outcome=site.outcome(clip.outcome),
        reason=reason_text(clip.because, clip.reason, site),
        quote=quote_of(clip.evidence, clip.call_id, site),
        call=site.to_call(clip.call_id, clip.call_id),
        when="" if started is None else site.formats.day(started),
    )


def _is_spoken(call: ReviewedCall | None) -> bool:
    return call is None or call.call.channel == "voice"


def _speaker(evidence: Evidence, call: ReviewedCall, site: Site) -> str:
    for turn in call.transcript.turns:
        if turn.index == evidence.turn:
            return site.words.label("speakers", turn.speaker)
    return ""
