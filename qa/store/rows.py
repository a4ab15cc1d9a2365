"""Values to stored rows and back, and the content keys that identify them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from qa.nouns import Call, Fact, Hold, Moment, Scorecard, Transcript

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Row = Mapping[str, Any]


def content_key(*parts: object) -> str:
    """Return the sha256 of JSON values; no two lists of parts give the same text."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def call_row(call: Call, recordings_root: Path, run_id: str) -> dict[str, Any]:
    """Return a call's manifest row; its `digest` tells whether anything about it changed."""
    row = {
        "call_id": call.id,
        "recording": _relative(call.recording, recordings_root),
        "agent_id": call.agent_id,
        "agent_name": call.agent_name,
        "team": call.team,
        "started_at": call.started_at.isoformat() if call.started_at else None,
        "language": call.language,
        "channel": call.channel,
        "agent_channel": call.agent_channel,
        "queue": call.queue,
        "csat": call.csat,
        "first_speaker": call.first_speaker,
        "holds": None if call.holds is None else [asdict(hold) for hold in call.holds],
    }
    return row | {"digest": content_key(*row.values()), "run_id": run_id}


def call_of(row: Row) -> Call:
    """Return the call of a stored manifest row; its recording is relative to the root."""
    started = row["started_at"]
    return Call(
        id=row["call_id"],
        recording=Path(row["recording"]),
        agent_id=row["agent_id"],
        agent_name=row["agent_name"],
        team=row["team"],
        started_at=datetime.fromisoformat(started) if started else None,
        language=row["language"],
        channel=row["channel"],
        agent_channel=row["agent_channel"],
        queue=row["queue"],
        csat=row["csat"],
        first_speaker=row.get("first_speaker"),
        holds=None if row.get("holds") is None else tuple(Hold(**hold) for hold in row["holds"]),
    )


def transcript_row(transcript: Transcript, key: str) -> dict[str, Any]:
    return asdict(transcript) | {"key": key}


def transcript_of(row: Row) -> Transcript:
    """Return a stored transcript; one of an earlier version lacks what came later."""
    later = {name: row.get(name) or () for name in ("doubts", "caveats", "repairs")}
    values = _without(row, "key", "run_id") | later
    transcript: Transcript = _adapter(Transcript).validate_python(values)
    return transcript


def fact_row(fact: Fact) -> dict[str, Any]:
    """Return a fact's row; counts are whole numbers to us and floats in the table."""
    return asdict(fact) | {"value": None if fact.value is None else float(fact.value)}


def facts_of(row: Row) -> tuple[Fact, ...]:
    facts: tuple[Fact, ...] = _adapter(tuple[Fact, ...]).validate_python(row["facts"])
    return facts


def moments_of(row: Row) -> tuple[Moment, ...]:
    found = [
        moment | {"cues": moment.get("cues") or "", "sentence": moment.get("sentence") or 0}
        for moment in row["moments"]
    ]
    moments: tuple[Moment, ...] = _adapter(tuple[Moment, ...]).validate_python(found)
    return moments


def scorecard_row(
    card: Scorecard, key: str, findings_key: str, rubric_content: str
) -> dict[str, Any]:
    """Return a card's row; `asdict` copies every value, which over all calls takes minutes."""
    scores = [
        _fields(score)
        | {
            "evidence": [_fields(evidence) for evidence in score.evidence],
            "because": None if score.because is None else _fields(score.because),
        }
        for score in card.scores
    ]
    keys = {"key": key, "findings_key": findings_key, "rubric_content": rubric_content}
    return _fields(card) | {"scores": scores} | keys


def scorecard_of(row: Row) -> Scorecard:
    """Return a stored card; one of an earlier version does not say what failed with a criterion."""
    values = _without(row, "key", "findings_key", "rubric_content", "run_id")
    later = {
        "sections_failed": row.get("sections_failed") or (),
        "card_failed": row.get("card_failed") or False,
    }
    card: Scorecard = _adapter(Scorecard).validate_python(values | later)
    return card


def _fields(noun: DataclassInstance) -> dict[str, Any]:
    """Return a noun's own fields, the nouns in it as they are."""
    return {name: getattr(noun, name) for name in _names(type(noun))}


@cache
def _names(kind: type[DataclassInstance]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


def _without(row: Row, *names: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}


def _relative(path: Path, root: Path) -> str:
    """Return a path as the manifest has it: machines differ in where recordings lie."""
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:  # noqa: ANN401 - any of the nouns
    return TypeAdapter(kind)
