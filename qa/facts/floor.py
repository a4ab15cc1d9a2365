"""The floor: who spoke when, read once from a transcript; what every spoken fact is measured on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from qa.facts.overlaps import find_backchannels, find_interruptions, find_unclear, going_on
from qa.facts.runs import SILENCE_MS, Pause, Run, pauses_between, speech_runs
from qa.facts.said import Sentences
from qa.facts.trust import Doubts, Needs, find_doubts, why_not
from qa.facts.waits import Wait, find_given, find_told

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qa.nouns import Event, Fact, Hold, Language, Transcript, Turn


@dataclass(frozen=True, slots=True)
class Side:
    """One speaker's part in a call."""

    runs: tuple[Run, ...]
    backchannels: tuple[Run, ...]  # of `runs`, those that only show listening
    interruptions: tuple[Event, ...]  # of the other by this speaker; attempted ones too
    stretches: tuple[Run, ...]  # see `_stretches`


@dataclass(frozen=True, slots=True)
class Floor:
    """A call as turn-taking: runs, what happened between them, and how far it can be relied on."""

    agent: Side
    customer: Side
    pauses: tuple[Pause, ...]  # of any length, between first and last speech
    turns: tuple[Turn, ...]
    sentences: Sentences
    language: Language
    conversation_ms: int  # from first to last speech: silence before and after is none of it
    duration_ms: int  # the recording's
    told_holds: tuple[Wait, ...]  # by what was said
    given_holds: tuple[Wait, ...] | None  # by the manifest; None: it does not say
    void: str  # why nothing can be measured; empty: it can
    doubts: Doubts

    def judge(self, needs: Needs, fact: Fact) -> Fact:
        """Return `fact` with its trust: unmeasurable, doubtful (and why), or as it came.

        A fact without a value keeps its own reason and is never trusted.
        """
        if self.void:
            return replace(fact, value=None, trusted=False, reason=self.void, events=())
        if fact.value is None:
            return replace(fact, trusted=False)
        reason = why_not(needs, self.doubts)
        return replace(fact, trusted=not reason, reason=reason)


def read_floor(transcript: Transcript, holds: tuple[Hold, ...] | None = None) -> Floor:
    """Return the floor of a spoken call; a call without speech gives a void one.

    `holds` are the manifest's; None where it does not say.
    """
    language = transcript.language
    agent, customer = (speech_runs(transcript, "agent"), speech_runs(transcript, "customer"))
    runs = [*agent, *customer]
    pauses, sentences = pauses_between(runs), Sentences(transcript)
    agent_listens = find_backchannels(agent, customer, language)
    customer_listens = find_backchannels(customer, agent, language)
    agent_talks = _without(agent, agent_listens)
    customer_talks = _without(customer, customer_listens)
    agent_unclear = find_unclear(agent_talks, customer)
    customer_unclear = find_unclear(customer_talks, agent)
    agent_came_in, customer_came_in = (
        find_interruptions(going_on(_without(own, unclear), other), going_on(other, own))
        for own, unclear, other in (
            (agent_talks, agent_unclear, customer_talks),
            (customer_talks, customer_unclear, agent_talks),
        )
    )
    unclear = len(agent_unclear) + len(customer_unclear)
    return Floor(
        agent=Side(agent, agent_listens, agent_came_in, _stretches(agent_talks, customer_talks)),
        customer=Side(
            customer, customer_listens, customer_came_in, _stretches(customer_talks, agent_talks)
        ),
        pauses=pauses,
        turns=transcript.turns,
        sentences=sentences,
        language=language,
        conversation_ms=_conversation_ms(runs),
        duration_ms=_duration_ms(transcript),
        told_holds=find_told(agent, customer, pauses, sentences),
        given_holds=None if holds is None else find_given(holds, agent, sentences),
        void=_void(transcript, runs),
        doubts=find_doubts(transcript, agent, customer, unclear),
    )


def _without(runs: Sequence[Run], left_out: Sequence[Run]) -> tuple[Run, ...]:
    out = set(left_out)
    return tuple(run for run in runs if run not in out)


def _stretches(own: Sequence[Run], others: Sequence[Run]) -> tuple[Run, ...]:
    """Return a speaker's successive runs as one, until the other takes up speech.

    Both come without their backchannels, which end nothing, and in order. A stretch ends where
    the other begins between two of its runs, and at a pause of more than 3 s.
    """
    starts = iter([*(run.start_ms for run in others), None])
    other_ms = next(starts)  # the other's first start after the run before
    stretches: list[Run] = []
    for run in own:
        last = stretches[-1] if stretches else None
        taken_up = other_ms is not None and other_ms < run.start_ms
        if last and not taken_up and run.start_ms - last.end_ms <= SILENCE_MS:
            text = f"{last.text} {run.text}".strip()
            stretches[-1] = Run(last.start_ms, run.end_ms, run.speaker, text)
        else:
            stretches.append(run)
        while other_ms is not None and other_ms <= run.start_ms:
            other_ms = next(starts)
    return tuple(stretches)


def _conversation_ms(runs: Sequence[Run]) -> int:
    first = min((run.start_ms for run in runs), default=0)
    return max((run.end_ms for run in runs), default=0) - first


def _duration_ms(transcript: Transcript) -> int:
    """Return the recording's length; where it is not known, the end of the last speech."""
    spoken = [span.end_ms for span in transcript.spans]
    spoken += [turn.end_ms for turn in transcript.turns]
    return transcript.duration_ms or max(spoken, default=0)


def _void(transcript: Transcript, runs: Sequence[Run]) -> str:
    if runs:
        return ""
    if any(turn.text.strip() for turn in transcript.turns):
        return "the transcript has no times: turn-taking cannot be measured"
    return "no speech was found in the recording"
