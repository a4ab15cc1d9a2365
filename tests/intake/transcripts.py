"""Ready transcripts written and read back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from qa.intake.ready import read_ready
from qa.nouns import Call, Channel, Language, Speaker, Transcript
from qa.problems import CallError

if TYPE_CHECKING:
    from pathlib import Path


def read(
    folder: Path,
    name: str,
    content: object,
    *,
    language: Language | None = "hr",
    channel: Channel = "voice",
    agent_channel: int | None = None,
    first_speaker: Speaker | None = None,
) -> Transcript:
    path = folder / name
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    call = Call(
        "c1",
        path,
        "a7",
        language=language,
        channel=channel,
        agent_channel=agent_channel,
        first_speaker=first_speaker,
    )
    return read_ready(path, call)


def said(transcript: Transcript) -> list[tuple[str, int, int, str]]:
    return [(turn.speaker, turn.start_ms, turn.end_ms, turn.text) for turn in transcript.turns]


def complaint(folder: Path, name: str, content: object, channel: Channel = "voice") -> str:
    """Return what is said about a transcript that cannot be read."""
    with pytest.raises(CallError) as caught:
        read(folder, name, content, channel=channel)
    assert (caught.value.stage, caught.value.code) == ("intake", "transcript")
    return caught.value.message


def own(*turns: dict[str, Any], **more: object) -> dict[str, Any]:
    return {"format": "callqa-transcript/1", "turns": list(turns), **more}


def turn(speaker: str, start_ms: object, end_ms: object, text: str = "Da.") -> dict[str, Any]:
    return {"speaker": speaker, "start_ms": start_ms, "end_ms": end_ms, "text": text}
