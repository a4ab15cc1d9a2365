"""Tables for other tools: the columns are a contract, added to and never renamed."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from qa.coaching.load import reviewed_calls
from qa.coaching.stats import agent_stats
from qa.problems import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import polars as pl

    from qa.coaching.views import ReviewedCall
    from qa.nouns import Event
    from qa.store.tables import Store

FORMATS = ("csv", "parquet", "json")
_Row = dict[str, Any]

COLUMNS: dict[str, tuple[str, ...]] = {
    "calls": (
        *("call_id", "recording", "agent_id", "agent_name", "team", "started_at", "language"),
        *("channel", "agent_channel", "queue", "csat", "duration_ms", "basis", "asr"),
    ),
    "turns": (*("call_id", "turn", "speaker", "start_ms", "end_ms", "text", "language", "basis"),),
    "facts": ("call_id", "fact", "value", "unit", "trusted", "reason"),
    "events": ("call_id", "event", "speaker", "start_ms", "end_ms", "trusted"),
    "moments": (
        *("call_id", "turn", "speaker", "moment", "probability", "decision", "quote"),
        *("start_ms", "end_ms"),
    ),
    "scores": (
        *("call_id", "agent_id", "rubric", "version", "criterion", "outcome", "points", "weight"),
        *("reason", "quote", "start_ms", "end_ms", "scored_by"),
    ),
    "cards": (
        *("call_id", "agent_id", "rubric", "version", "total", "coverage", "critical_failed"),
    ),
    "agents": (
        *("agent_id", "agent_name", "team", "period", "rubric", "criterion", "calls"),
        *("applicable", "mean", "low", "high", "trend"),
    ),
    "ledger": (
        *("run_id", "call_id", "status", "stage", "code", "message", "attempts", "seconds"),
    ),
}
_WHOLE = {"turn", "start_ms", "end_ms", "duration_ms", "agent_channel", "calls", "applicable"}
_REAL = {"value", "probability", "points", "weight", "total", "coverage", "mean", "low", "high"}
_FLOATS = _REAL | {"trend", "csat", "seconds"}


def export(store: Store, table: str, form: str, out: Path | None) -> int:
    """Write one table to a file or, for None, to standard output; return the number of rows.

    JSON is a list of objects. In CSV a text that a spreadsheet would run gets an apostrophe in
    front. Parquet needs a file. Raises ConfigError for an unknown table or format, and for a
    file that cannot be written.
    """
    if form not in FORMATS:
        raise ConfigError([f"no format '{form}': use one of {', '.join(FORMATS)}"])
    if form == "parquet" and out is None:
        raise ConfigError(["parquet is not text: name a file with --out"])
    frame = table_frame(store, table)
    if out is None:
        sys.stdout.write(_text(frame, form))
        return frame.height
    try:
        if form == "parquet":
            frame.write_parquet(out)
        else:
            out.write_text(_text(frame, form), "utf-8", newline="")
    except OSError as error:
        raise ConfigError([f"{out}: cannot be written: {error.strerror or error}"]) from error
    return frame.height


def table_frame(store: Store, table: str) -> pl.DataFrame:
    """Return one exported table with its contracted columns, rows in a fixed order."""
    import polars as pl

    if table not in COLUMNS:
        raise ConfigError([f"no table '{table}': use one of {', '.join(COLUMNS)}"])
    columns = COLUMNS[table]
    types: dict[str, Any] = {name: _type(name) for name in columns}
    if table == "ledger":
        return store.scan("ledger").select(columns).collect().sort("run_id", "call_id")
    rows = list(_ROWS[table](reviewed_calls(store)))
    return pl.DataFrame([{name: row[name] for name in columns} for row in rows], schema=types)


def _type(column: str) -> Any:  # noqa: ANN401 - a polars type
    import polars as pl

    if column in _WHOLE:
        return pl.Int64()
    if column in _FLOATS:
        return pl.Float64()
    return pl.Boolean() if column == "trusted" else pl.String()


def _text(frame: pl.DataFrame, form: str) -> str:
    return frame.write_json() + "\n" if form == "json" else _csv(frame)


def _csv(frame: pl.DataFrame) -> str:
    """Return the rows as CSV, texts made safe as OWASP, "CSV Injection", lists their beginnings."""
    import polars as pl

    unsafe = pl.col(pl.String).str.contains(r"^[=+\-@\t\r\n＝＋－＠]")
    return frame.with_columns(
        pl.when(unsafe).then("'" + pl.col(pl.String)).otherwise(pl.col(pl.String)).name.keep()
    ).write_csv()


def _calls(calls: Sequence[ReviewedCall]) -> Iterator[_Row]:
    for reviewed in calls:
        call, transcript = reviewed.call, reviewed.transcript
        yield {
            "call_id": call.id,
            "recording": call.recording.as_posix(),
            "agent_id": call.agent_id,
            "agent_name": call.agent_name,
            "team": call.team,
            "started_at": call.started_at.isoformat() if call.started_at else None,
            "language": transcript.language,
            "channel": call.channel,
            "agent_channel": call.agent_channel,
            "queue": call.queue,
            "csat": call.csat,
            "duration_ms": transcript.duration_ms,
            "basis": transcript.basis,
            "asr": transcript.asr,
        }


def _turns(calls: Sequence[ReviewedCall]) -> Iterator[_Row]:
    for reviewed in calls:
        transcript = reviewed.transcript
        for turn in transcript.turns:
            yield {
                "call_id": transcript.call_id,
                "turn": turn.index,
                "speaker": turn.speaker,
                "start_ms": turn.start_ms,
                "end_ms": turn.end_ms,
                "text": turn.text,
                "language": transcript.language,
                "basis": transcript.basis,
            }


def _facts(calls: Sequence[ReviewedCall]) -> Iterator[_Row]:
    for reviewed in calls:
        for fact in reviewed.facts:
            yield asdict(fact) | {"call_id": reviewed.call.id, "fact": fact.name}


def _events(calls: Sequence[ReviewedCall]) -> Iterator[_Row]:
    """Yield each event once, though several facts may have counted it; trusted if by all."""
    for reviewed in calls:
        seen: dict[Event, bool] = {}
        for fact in reviewed.facts:
            for event in fact.events:
                seen[event] = seen.get(event, True) and fact.trusted
        for event in sorted(seen, key=lambda e: (e.start_ms, e.end_ms, e.name, e.speaker or "")):
            yield asdict(event) | {
                "call_id": reviewed.call.id,
                "event": event.name,
                "trusted": seen[event],
            }


def _moments(calls: Sequence[ReviewedCall]) -> Iterator[_Row]:
    for reviewed in calls:
        for moment in reviewed.moments:
            yield asdict(moment) | {"call_id": reviewed.call.id, "moment": moment.name}


def _scores(calls: Sequence[ReviewedCall]) -> Iterator[_Row]:
    for reviewed in calls:
        for card in reviewed.cards:
            for score in card.scores:
                first = score.evidence[0] if score.evidence else None
                yield asdict(score) | {
                    "call_id": card.call_id,
                    "agent_id": reviewed.call.agent_id,
                    "rubric": card.rubric,
                    "version": card.version,
                    "outcome": score.outcome.value,
                    "quote": first.quote if first else None,
                    "start_ms": first.start_ms if first else None,
                    "end_ms": first.end_ms if first else None,
                }


def _cards(calls: Sequence[ReviewedCall]) -> Iterator[_Row]:
    for reviewed in calls:
        for card in reviewed.cards:
            yield asdict(card) | {
                "agent_id": reviewed.call.agent_id,
                "critical_failed": ",".join(card.critical_failed),
            }


def _agents(calls: Sequence[ReviewedCall]) -> Iterator[_Row]:
    for stat in agent_stats(calls):
        yield asdict(stat)


_ROWS = {
    "calls": _calls,
    "turns": _turns,
    "facts": _facts,
    "events": _events,
    "moments": _moments,
    "scores": _scores,
    "cards": _cards,
    "agents": _agents,
}
