"""The transcript, turn by turn, with a label beside each sentence that does something."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from qa.reports.doubted import Doubted, doubted_places
from qa.reports.formats import clock
from qa.reports.site import Site, quote_lang

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qa.coaching.views import ReviewedCall
    from qa.nouns import Moment, Turn


@dataclass(frozen=True, slots=True)
class Label:
    """What a sentence does; an uncertain one is for a person to decide."""

    text: str
    is_uncertain: bool


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a turn's text; the pieces of a turn joined are its text.

    `why` closes a doubted place, however many pieces it has.
    """

    text: str
    labels: tuple[Label, ...] = ()
    is_doubted: bool = False  # may not be what was said
    why: str = ""


@dataclass(frozen=True, slots=True)
class TurnView:
    """One turn; `elsewhere` are labels of quotes that its text does not hold verbatim."""

    anchor: str
    speaker: str  # agent | customer
    speaker_name: str
    time: str
    lang: str
    pieces: tuple[Piece, ...]
    elsewhere: tuple[Label, ...]


def spoken(call: ReviewedCall, site: Site) -> tuple[TurnView, ...]:
    """Return all turns of a call, in order."""
    by_turn: dict[int, list[Moment]] = {}
    for moment in call.moments:
        by_turn.setdefault(moment.turn, []).append(moment)
    doubted = doubted_places(call.transcript, site.words)
    return tuple(
        _turn(turn, by_turn.get(turn.index, ()), doubted.get(turn.index, ()), call, site)
        for turn in call.transcript.turns
    )


def _turn(
    turn: Turn,
    moments: Sequence[Moment],
    doubted: Sequence[Doubted],
    call: ReviewedCall,
    site: Site,
) -> TurnView:
    placed = [moment for moment in moments if moment.quote and moment.quote in turn.text]
    return TurnView(
        anchor=f"t{turn.index}",
        speaker=turn.speaker,
        speaker_name=site.words.label("speakers", turn.speaker),
        time=clock(turn.start_ms),
        lang=quote_lang(turn.text, call.transcript.language),
        pieces=_with_doubts(_pieces(turn.text, placed, site), doubted),
        elsewhere=tuple(_label(moment, site) for moment in moments if moment not in placed),
    )


def _pieces(text: str, moments: Sequence[Moment], site: Site) -> tuple[Piece, ...]:
    """Return `text` cut around the quotes; quotes that overlap become one piece."""
    pieces: list[Piece] = []
    done = 0
    for start, end, held in _stretches(text, moments):
        if start > done:
            pieces.append(Piece(text[done:start]))
        pieces.append(Piece(text[start:end], tuple(_label(moment, site) for moment in held)))
        done = end
    if done < len(text):
        pieces.append(Piece(text[done:]))
    return tuple(pieces)


def _with_doubts(pieces: tuple[Piece, ...], doubted: Sequence[Doubted]) -> tuple[Piece, ...]:
    """Return the pieces cut where a doubted place begins or ends; labels stay at their end."""
    edges = sorted({edge for place in doubted for edge in (place.start, place.end)})
    out: list[Piece] = []
    start = 0
    for piece in pieces:
        end = start + len(piece.text)
        cuts = [start, *(edge for edge in edges if start < edge < end), end]
        for first, last in pairwise(cuts):
            place = next((p for p in doubted if p.start <= first and last <= p.end), None)
            out.append(
                Piece(
                    piece.text[first - start : last - start],
                    piece.labels if last == end else (),
                    is_doubted=place is not None,
                    why=place.why if place and last == place.end else "",
                )
            )
        start = end
    return tuple(out)


def _stretches(text: str, moments: Sequence[Moment]) -> list[tuple[int, int, list[Moment]]]:
    """Return (start, end, moments) in order, disjoint; a quote said twice is found once each."""
    stretches: list[tuple[int, int, list[Moment]]] = []
    for start, end, moment in _places(text, moments):
        if stretches and start < stretches[-1][1]:
            first, last, held = stretches[-1]
            stretches[-1] = (first, max(last, end), [*held, moment])
        else:
            stretches.append((start, end, [moment]))
    return stretches


def _places(text: str, moments: Sequence[Moment]) -> list[tuple[int, int, Moment]]:
    places: list[tuple[int, int, Moment]] = []
    after: dict[tuple[str, str], int] = {}
    for moment in moments:
        key = (moment.name, moment.quote)
        start = text.find(moment.quote, after.get(key, 0))
        start = text.find(moment.quote) if start < 0 else start
        after[key] = start + len(moment.quote)
        places.append((start, start + len(moment.quote), moment))
    return sorted(places, key=lambda place: place[:2])


def _label(moment: Moment, site: Site) -> Label:
    return Label(site.words.label("moments", moment.name), moment.decision == "uncertain")
