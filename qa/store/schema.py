"""The tables as they lie on disk. Columns are added, never renamed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

TABLES = ("calls", "transcripts", "findings", "scorecards", "quarantine", "ledger")


def schema(table: str) -> pl.Schema:
    """Return the polars schema of one stored table."""
    import polars as pl

    text, whole, real, flag = pl.String(), pl.Int64(), pl.Float64(), pl.Boolean()
    place: dict[str, pl.DataType] = {"start_ms": whole, "end_ms": whole}
    evidence = {"turn": whole, "quote": text, **place}
    word = {"text": text, **place, "confidence": real}
    event = {"name": text, "speaker": text, **place}

    def many(fields: dict[str, pl.DataType]) -> pl.List:
        return pl.List(pl.Struct(fields))

    turn = {"index": whole, "speaker": text, **place, "text": text, "words": many(word)}
    fact = {
        "name": text,
        "value": real,
        "unit": text,
        "trusted": flag,
        "reason": text,
        "events": many(event),
    }
    moment = {
        "name": text,
        "speaker": text,
        **evidence,
        "probability": real,
        "decision": text,
        "cues": text,
        "sentence": whole,
    }
    names = pl.List(text)
    because = {
        **{"code": text, "moments": names, "others": names, "name": text},
        **{"value": real, "limit": real, "text": text},
    }
    score = {
        "criterion": text,
        "outcome": text,
        "points": real,
        "weight": real,
        "reason": text,
        "evidence": many(evidence),
        "scored_by": text,
        "because": pl.Struct(because),
    }
    tables: dict[str, dict[str, pl.DataType]] = {
        "calls": {
            "call_id": text,
            "recording": text,
            "agent_id": text,
            "agent_name": text,
            "team": text,
            "started_at": text,
            "language": text,
            "channel": text,
            "agent_channel": whole,
            "queue": text,
            "csat": real,
            "first_speaker": text,
            "holds": many(place),
            "digest": text,
            "run_id": text,
        },
        "transcripts": {
            "key": text,
            "call_id": text,
            "turns": many(turn),
            "spans": many({**place, "speaker": text}),
            "language": text,
            "basis": text,
            "channel": text,
            "duration_ms": whole,
            "asr": text,
            "doubts": many({"speaker": text, **place, "reason": text}),
            "coverage": real,
            "caveats": names,
            "repairs": many({"code": text, "count": whole, "where": text}),
            "run_id": text,
        },
        "findings": {
            "key": text,
            "transcript_key": text,
            "call_id": text,
            "facts": many(fact),
            "moments": many(moment),
            "encoder": text,
            "replies": names,
            "run_id": text,
        },
        "scorecards": {
            "key": text,
            "findings_key": text,
            "call_id": text,
            "rubric": text,
            "version": text,
            "total": real,
            "coverage": real,
            "critical_failed": pl.List(text),
            "scores": many(score),
            "sections_failed": names,
            "card_failed": flag,
            "rubric_content": text,
            "run_id": text,
        },
        "quarantine": {
            "key": text,
            "call_id": text,
            "run_id": text,
            "stage": text,
            "code": text,
            "message": text,
            "since": text,
        },
        "ledger": {
            "run_id": text,
            "call_id": text,
            "status": text,
            "stage": text,
            "code": text,
            "message": text,
            "attempts": whole,
            "seconds": real,
        },
    }
    return pl.Schema(tables[table])
