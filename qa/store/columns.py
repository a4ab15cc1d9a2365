"""Stored rows to nouns, a frame at a time: for scoring everything again in minutes.

`qa.store.rows` does the same row by row and checks every value; here lists of structs are taken
apart as columns first, which costs a tenth. What scoring does not look at is left out.
"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, TypeVar

from qa.nouns import Event, Fact, Moment, Transcript, Turn, Word

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    import polars as pl

_T = TypeVar("_T")
_TURN, _EVENT, _FACT, _MOMENT, _WORD = (
    tuple(field.name for field in fields(noun) if field.name not in ("words", "events"))
    for noun in (Turn, Event, Fact, Moment, Word)
)


def facts_in(findings: pl.DataFrame) -> list[tuple[Fact, ...]]:
    """Return the facts of each row."""
    flat = _flat(findings, "facts")
    events = _grouped(flat, "events", _EVENT)
    made = [
        Fact(*(*row, tuple(Event(*event) for event in happened)))
        for row, happened in zip(flat.select(_FACT).iter_rows(), events, strict=True)
    ]
    return _cut(made, findings["facts"])


def moments_in(findings: pl.DataFrame) -> list[tuple[Moment, ...]]:
    """Return the moments of each row."""
    import polars as pl

    flat = _flat(findings, "moments")
    later = {"cues": None, "sentence": None}  # an earlier version did not store them
    flat = flat.with_columns(**{k: v for k, v in later.items() if k not in flat.columns})
    rows = flat.select(_MOMENT).with_columns(
        pl.col("cues").cast(pl.String).fill_null(""), pl.col("sentence").cast(pl.Int64).fill_null(0)
    )
    made = [Moment(*row) for row in rows.iter_rows()]
    return _cut(made, findings["moments"])


def transcripts_in(
    transcripts: pl.DataFrame, counted: Sequence[Collection[Event]]
) -> list[Transcript]:
    """Return each row's transcript, without spans, doubts and most of the times of words.

    `counted` are the events of each row that a score may quote: only the turns that such an event
    touches have words.
    """
    import polars as pl

    flat = _flat(transcripts, "turns")
    turns = [Turn(*row) for row in flat.select(_TURN).iter_rows()]
    told = _cut(list(range(len(turns))), transcripts["turns"])
    wanted = [
        place
        for places, events in zip(told, counted, strict=True)
        if events
        for place in places
        if _touched(turns[place], events)
    ]
    words = _grouped(flat[wanted], "words", _WORD) if wanted else []
    for place, said in zip(wanted, words, strict=True):
        turns[place] = replace(turns[place], words=tuple(Word(*word) for word in said))
    heads = transcripts.select(
        "call_id", "language", "basis", "channel", pl.col("duration_ms").fill_null(0)
    ).iter_rows()
    return [
        Transcript(call_id, spoken, (), language, basis, channel, duration_ms)
        for (call_id, language, basis, channel, duration_ms), spoken in zip(
            heads, _cut(turns, transcripts["turns"]), strict=True
        )
    ]


def _touched(turn: Turn, events: Iterable[Event]) -> bool:
    return any(
        turn.speaker == event.speaker
        and turn.start_ms <= event.end_ms
        and turn.end_ms >= event.start_ms
        for event in events
    )


def _flat(frame: pl.DataFrame, column: str) -> pl.DataFrame:
    """Return the structs of a column of lists, one a row; empty lists have none."""
    return frame.select(column).filter(frame[column].list.len() > 0).explode(column).unnest(column)


def _grouped(frame: pl.DataFrame, column: str, fields: Sequence[str]) -> list[tuple[Any, ...]]:
    """Return, for each row of a frame, the structs of its list as tuples."""
    return _cut(list(_flat(frame, column).select(fields).iter_rows()), frame[column])


def _cut(values: Sequence[_T], lists: pl.Series) -> list[tuple[_T, ...]]:
    """Return flat values as they were before their lists were joined; a null list is empty."""
    cut, first = [], 0
    for length in lists.list.len().fill_null(0):
        cut.append(tuple(values[first : first + length]))
        first += length
    return cut
