"""What a run does with one call: whatever is not stored yet, and a ledger row in any case."""

from __future__ import annotations

import hashlib
import time
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from qa.intake.files import opened
from qa.intake.ready import is_ready
from qa.nouns import Call, Problem, Transcript
from qa.pipeline import mark, study, transcribe
from qa.problems import CallError
from qa.scoring.checks import Findings
from qa.store.rows import (
    content_key,
    fact_row,
    facts_of,
    moments_of,
    scorecard_row,
    transcript_of,
    transcript_row,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from qa.runner.tools import Tools
    from qa.scoring.rubric import Rubric
    from qa.store.tables import Store

# Part of the findings' key: raise it when a fact or a sentence cut changes.
_FINDINGS_VERSION = "1"
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Transcribed:
    """A call that was heard now (`transcript`), before (neither), or not at all (`problem`)."""

    call: Call
    key: str
    transcript: Transcript | None
    problem: Problem | None
    seconds: float


@dataclass(slots=True)
class Stored:
    """What the store holds already; grows as the run goes on."""

    transcripts: set[str]
    findings: set[str]
    scorecards: set[str]
    attempts: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, store: Store) -> Stored:
        return cls(
            set(store.keys("transcripts")),
            set(store.keys("findings")),
            set(store.keys("scorecards")),
            store.attempts(),
        )


def transcript_key(call: Call, tools: Tools) -> str:
    """Return the key of a call's transcript: its recording's content and what reads it.

    Raises CallError if the file is missing, empty, too large or no plain file.
    """
    intake = tools.pipeline.intake
    digest = _sha256(call.recording, intake.max_megabytes * 1_000_000)
    agent = call.agent_channel if call.agent_channel is not None else intake.agent_channel
    reader = "" if is_ready(call.recording) else tools.asr_name
    return content_key(call.id, digest, reader, call.language, call.channel, agent)


def findings_key(transcript_key_: str, finder_name: str) -> str:
    return content_key(transcript_key_, finder_name, _FINDINGS_VERSION)


def scorecard_key(findings_key_: str, rubric: Rubric) -> str:
    return content_key(findings_key_, rubric.digest())


def hear(call: Call, tools: Tools, stored: Stored) -> Transcribed:
    """Return the call's transcript: stored, or made now; a CallError becomes a Problem."""
    started = time.monotonic()
    key = ""
    try:
        key = transcript_key(call, tools)
        if key in stored.transcripts:
            return Transcribed(call, key, None, None, 0.0)
        transcript = transcribe(call, tools.transcriber(call))
    except CallError as error:
        problem = Problem(call.id, error.stage, error.code, error.message)
        return Transcribed(call, key, None, problem, time.monotonic() - started)
    return Transcribed(call, key, transcript, None, time.monotonic() - started)


def assess(
    heard: Transcribed, tools: Tools, rubrics: Sequence[Rubric], store: Store, stored: Stored
) -> dict[str, list[dict[str, Any]]]:
    """Return the new rows per table that follow from a transcript: findings and scorecards."""
    rows: dict[str, list[dict[str, Any]]] = {"transcripts": [], "findings": [], "scorecards": []}
    if heard.transcript is not None:
        rows["transcripts"].append(transcript_row(heard.transcript, heard.key))
    if not rubrics:
        return rows
    found_key = findings_key(heard.key, tools.finder.name)
    wanted = [r for r in rubrics if scorecard_key(found_key, r) not in stored.scorecards]
    if found_key in stored.findings and not wanted:
        return rows
    transcript = heard.transcript or transcript_of(
        store.by_key("transcripts", [heard.key])[heard.key]
    )
    if found_key in stored.findings:
        kept = store.by_key("findings", [found_key])[found_key]
        findings = Findings(transcript, facts_of(kept), moments_of(kept))
    else:
        findings = study(transcript, heard.call, tools.finder)
        rows["findings"].append(_findings_row(findings, found_key, heard.key, tools.finder.name))
    rows["scorecards"] += [
        scorecard_row(card, scorecard_key(found_key, rubric), found_key)
        for card, rubric in zip(mark(findings, wanted), wanted, strict=True)
    ]
    return rows


def _findings_row(
    findings: Findings, key: str, transcript_key_: str, encoder: str
) -> dict[str, Any]:
    return {
        "key": key,
        "transcript_key": transcript_key_,
        "call_id": findings.transcript.call_id,
        "facts": [fact_row(fact) for fact in findings.facts],
        "moments": [asdict(moment) for moment in findings.moments],
        "encoder": encoder,
    }


def _sha256(path: Path, max_bytes: int) -> str:
    digest = hashlib.sha256()
    with opened(path, max_bytes) as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
