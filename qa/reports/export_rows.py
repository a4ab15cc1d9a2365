"""The rows of exported tables; which of their values are columns, `qa.reports.export` says."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from qa.coaching.stats import agent_stats
from qa.intake.hold_times import write_holds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import polars as pl

    from qa.coaching.views import ReviewedCall
    from qa.nouns import Event
    from qa.store.tables import Store

Row = dict[str, Any]


def word_rows(store: Store) -> pl.DataFrame:
    """Return every word of every call, in the order of calls, turns and words.

    Straight from the table: a night holds millions of them.
    """
    import polars as pl

    turns = store.latest("transcripts", columns=("call_id", "turns")).select("call_id", "turns")
    words = turns.explode("turns").drop_nulls("turns").unnest("turns").explode("words")
    said = words.select("call_id", pl.col("index").alias("turn"), "speaker", "words")
    return said.drop_nulls("words").unnest("words").rename({"text": "word"})


def _calls(calls: Sequence[ReviewedCall]) -> Iterator[Row]:
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
            "first_speaker": call.first_speaker,
            "holds": write_holds(call.holds),  # as the manifest has it; null: it does not say
        }


def _transcripts(calls: Sequence[ReviewedCall]) -> Iterator[Row]:
    for reviewed in calls:
        transcript = reviewed.transcript
        yield {
            "call_id": transcript.call_id,
            "language": transcript.language,
            "basis": transcript.basis,
            "duration_ms": transcript.duration_ms,
            "asr": transcript.asr,
            "coverage": transcript.coverage,
            "doubts": len(transcript.doubts),
            "caveats": ",".join(transcript.caveats),
            "repairs": ",".join(f"{one.code}:{one.count}" for one in transcript.repairs),
        }


def _turns(calls: Sequence[ReviewedCall]) -> Iterator[Row]:
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


def _doubts(calls: Sequence[ReviewedCall]) -> Iterator[Row]:
    for reviewed in calls:
        for doubt in reviewed.transcript.doubts:
            yield asdict(doubt) | {"call_id": reviewed.call.id}


def _facts(calls: Sequence[ReviewedCall]) -> Iterator[Row]:
    for reviewed in calls:
        for fact in reviewed.facts:
            yield asdict(fact) | {"call_id": reviewed.call.id, "fact": fact.name}


def _events(calls: Sequence[ReviewedCall]) -> Iterator[Row]:
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


def _moments(calls: Sequence[ReviewedCall]) -> Iterator[Row]:
    for reviewed in calls:
        for moment in reviewed.moments:
            yield asdict(moment) | {"call_id": reviewed.call.id, "moment": moment.name}


def _scores(calls: Sequence[ReviewedCall]) -> Iterator[Row]:
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


def _cards(calls: Sequence[ReviewedCall]) -> Iterator[Row]:
    for reviewed in calls:
        for card in reviewed.cards:
            yield asdict(card) | {
                "agent_id": reviewed.call.agent_id,
                "critical_failed": ",".join(card.critical_failed),
                "sections_failed": ",".join(card.sections_failed),
            }


def _agents(calls: Sequence[ReviewedCall]) -> Iterator[Row]:
    for stat in agent_stats(calls):
        yield asdict(stat)


ROWS: dict[str, Callable[[Sequence[ReviewedCall]], Iterator[Row]]] = {
    "calls": _calls,
    "transcripts": _transcripts,
    "turns": _turns,
    "doubts": _doubts,
    "facts": _facts,
    "events": _events,
    "moments": _moments,
    "scores": _scores,
    "cards": _cards,
    "agents": _agents,
}
