"""What a run does with one call: whatever is not stored yet, and a ledger row in any case."""

from __future__ import annotations

import hashlib
import time
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from qa.facts.replies import compared, reply_prints
from qa.intake.files import opened
from qa.intake.ready import is_ready
from qa.nouns import Call, Problem, Transcript
from qa.pipeline import mark, study, transcribe
from qa.problems import CallError
from qa.runner.stored import RESULT_TABLES
from qa.scoring.judgement import Findings
from qa.store.rows import (
    content_key,
    fact_row,
    facts_of,
    moments_of,
    scorecard_row,
    transcript_of,
    transcript_row,
)
from qa.store.tables import QUARANTINED

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from qa.runner.stored import Stored
    from qa.runner.tools import Tools
    from qa.scoring.asked import Asked

_Rows = dict[str, list[dict[str, Any]]]

# Part of the findings' key: raise it when a fact, a sentence cut or what decides changes.
_FINDINGS_VERSION = "5"
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Transcribed:
    """A call that was heard now (`transcript`), before (neither), or not at all (`problem`)."""

    call: Call
    key: str
    transcript: Transcript | None
    problem: Problem | None
    seconds: float
    findings: Findings | None = None  # read ahead, where they are stored and will be wanted


def transcript_key(call: Call, tools: Tools) -> str:
    """Return the key of a call's transcript: its recording's content, what reads it and how.

    Raises CallError if the file is missing, empty, too large or no plain file.
    """
    intake, speech = tools.pipeline.intake, tools.pipeline.speech
    digest = _sha256(call.recording, intake.max_megabytes * 1_000_000)
    agent = call.agent_channel if call.agent_channel is not None else intake.agent_channel
    reader = "" if is_ready(call.recording) else tools.asr_name
    form = (speech.script, speech.words)  # of what is stored; of ready transcripts too
    who = (call.channel, agent, call.first_speaker)
    return content_key(call.id, digest, reader, call.language, *who, *form)


def findings_key(transcript_key_: str, call: Call, finder_name: str) -> str:
    """Return the key of a call's findings: what facts and moments are made from."""
    holds = None if call.holds is None else [asdict(hold) for hold in call.holds]
    return content_key(transcript_key_, holds, finder_name, _FINDINGS_VERSION)


def scorecard_key(findings_key_: str, asked: Asked, call: Call, share: float | None) -> str:
    """Return the key of a scorecard; `share`, of generic replies, where the rubric asks for it."""
    compared_with = (share,) if asked.compares(call) else ()
    return content_key(findings_key_, asked.digest, *compared_with)


def hear(call: Call, tools: Tools, stored: Stored) -> Transcribed:
    """Return the call's transcript: stored, or made now; a CallError becomes a Problem.

    A recording in quarantine is one too: it is not touched beyond telling that it is the same.
    """
    started = time.monotonic()
    key = ""
    try:
        key = transcript_key(call, tools)
        if stored.has("transcripts", key):
            return Transcribed(call, key, None, None, 0.0)
        _refuse_quarantined(call, key, stored)
        transcript = transcribe(call, tools.transcriber(call), tools.pipeline.speech.script)
    except CallError as error:
        problem = Problem(call.id, error.stage, error.code, error.message)
        return Transcribed(call, key, None, problem, time.monotonic() - started)
    return Transcribed(call, key, transcript, None, time.monotonic() - started)


def _refuse_quarantined(call: Call, key: str, stored: Stored) -> None:
    if (row := stored.quarantine.get(key)) is None:
        return
    what = f"took its worker down twice ({row['code']}, run {row['run_id']}) and is not tried again"
    raise CallError(
        row["stage"],
        QUARANTINED,
        f"{call.recording.name}: {what}: `qa run --retry-quarantined` tries it",
    )


def assess(
    heard: Transcribed,
    tools: Tools,
    rubrics: Sequence[Asked],
    stored: Stored,
    share: float | None = None,
) -> _Rows:
    """Return the rows per table that a call lacks: nothing if all of it is stored and current.

    `share` is that of its replies which others have too, for rubrics that compare. Rows that an
    earlier run stored and a later one has since replaced (a recording, an encoder or a rubric was
    changed and changed back) are returned too, to be stored again as the latest.
    """
    rows: _Rows = {table: [] for table in RESULT_TABLES}
    rows |= keep(heard, tools, stored)
    found_key = findings_key(heard.key, heard.call, tools.finder_name)
    keys = {scorecard_key(found_key, one, heard.call, share): one for one in rubrics}
    wanted = {key: one for key, one in keys.items() if not stored.has("scorecards", key)}
    if wanted or not stored.has("findings", found_key):
        findings = _findings(heard, found_key, tools, rows, stored)
        known = replace(findings, facts=compared(findings.facts, share))
        cards = mark(known, [one.rubric for one in wanted.values()])
        rows["scorecards"] += [
            scorecard_row(card, key, found_key, one.content)
            for (key, one), card in zip(wanted.items(), cards, strict=True)
        ]
    _restate(rows, "findings", found_key, stored)
    for key in keys:
        _restate(rows, "scorecards", key, stored)
    return rows


def keep(heard: Transcribed, tools: Tools, stored: Stored) -> _Rows:
    """Return the row of a transcript that is not stored, or has to become the current one again."""
    rows: _Rows = {"transcripts": []}
    if heard.transcript is not None:
        rows["transcripts"].append(transcript_row(_as_kept(heard.transcript, tools), heard.key))
    else:
        _restate(rows, "transcripts", heard.key, stored)
    return rows


def _as_kept(transcript: Transcript, tools: Tools) -> Transcript:
    """Return a transcript as it is stored: without the times of words where none are asked for.

    What is found in this run is found with them.
    """
    if tools.pipeline.speech.words:
        return transcript
    return replace(transcript, turns=tuple(replace(turn, words=()) for turn in transcript.turns))


def _findings(heard: Transcribed, key: str, tools: Tools, rows: _Rows, stored: Stored) -> Findings:
    """Return what is known of a call: read ahead, stored, or found now and added to the rows."""
    if heard.findings is not None:
        return heard.findings
    transcript = heard.transcript or transcript_of(stored.row("transcripts", heard.key))
    if stored.has("findings", key):
        kept = stored.row("findings", key)
        return Findings(transcript, facts_of(kept), moments_of(kept))
    findings = study(transcript, heard.call, tools.finder)
    rows["findings"].append(_findings_row(findings, key, heard.key, tools.finder_name))
    return findings


def _restate(rows: _Rows, table: str, key: str, stored: Stored) -> None:
    """Add a stored row again if it is not the current one."""
    if stored.has(table, key) and not stored.is_current(table, key):
        rows[table].append(dict(stored.row(table, key)))


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
        "replies": list(reply_prints(findings.transcript)),
    }


def _sha256(path: Path, max_bytes: int) -> str:
    digest = hashlib.sha256()
    with opened(path, max_bytes) as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
