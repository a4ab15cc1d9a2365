"""The floor: who spoke when, read once from a transcript; what every spoken fact is measured on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

from qa.facts.overlaps import find_backchannels, find_interruptions, find_unclear
from qa.facts.runs import Run, speech_runs
from qa.sentences import Sentence, cut

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qa.nouns import Event, Fact, Language, Transcript, Turn

SILENCE_MS: Final = 3000  # a longer pause of both is a silence

# What a fact must be able to rely on: that overlapping speech was heard apart, that both sides
# were heard (and when what was said), or only that there was speech at all.
Needs = Literal["overlap", "both+words", "both", "speech"]


@dataclass(frozen=True, slots=True)
class Pause:
    """Both are silent, between two runs."""

    start_ms: int
    end_ms: int

    @property
    def length_ms(self) -> int:
        return self.end_ms - self.start_ms


@dataclass(frozen=True, slots=True)
class Floor:
    """A call as turn-taking: runs, what happened between them, and how far it can be relied on."""

    agent: tuple[Run, ...]
    customer: tuple[Run, ...]
    agent_interruptions: tuple[Event, ...]  # by the agent; attempted ones too
    customer_interruptions: tuple[Event, ...]
    agent_backchannels: tuple[Run, ...]
    stretches: tuple[Run, ...]  # see `_stretches`
    pauses: tuple[Pause, ...]  # of any length, between first and last speech
    turns: tuple[Turn, ...]
    sentences: tuple[Sentence, ...]
    language: Language
    duration_ms: int
    void: str  # why nothing can be measured; empty: it can
    overlap_doubt: str  # why overlapping speech is not known; empty: it is
    word_doubt: str  # why it is not known when what was said; empty: it is
    silent_side: str  # which speaker is not heard at all; empty: both are

    def judge(self, needs: Needs, fact: Fact) -> Fact:
        """Return `fact` with its trust: unmeasurable, doubtful (and why), or as it came.

        A fact without a value keeps its own reason and is never trusted.
        """
        if self.void:
            return replace(fact, value=None, trusted=False, reason=self.void, events=())
        if fact.value is None:
            return replace(fact, trusted=False)
        doubts = [self.overlap_doubt] if needs == "overlap" else []
        doubts += [self.word_doubt] if needs == "both+words" else []
        doubts += [self.silent_side] if needs != "speech" else []
        reason = "; ".join(doubt for doubt in doubts if doubt)
        return replace(fact, trusted=not reason, reason=reason)


def read_floor(transcript: Transcript) -> Floor:
    """Return the floor of a spoken call; a call without speech gives a void one."""
    language = transcript.language
    agent, customer = (speech_runs(transcript, "agent"), speech_runs(transcript, "customer"))
    agent_listens = find_backchannels(agent, customer, language)
    customer_listens = find_backchannels(customer, agent, language)
    agent_talks = _without(agent, agent_listens)
    customer_talks = _without(customer, customer_listens)
    agent_unclear = find_unclear(agent_talks, customer)
    customer_unclear = find_unclear(customer_talks, agent)
    unclear = len(agent_unclear) + len(customer_unclear)
    return Floor(
        agent=agent,
        customer=customer,
        agent_interruptions=find_interruptions(
            _without(agent_talks, agent_unclear), customer_talks
        ),
        customer_interruptions=find_interruptions(
            _without(customer_talks, customer_unclear), agent_talks
        ),
        agent_backchannels=agent_listens,
        stretches=_stretches([*agent_talks, *customer_talks]),
        pauses=_pauses([*agent, *customer]),
        turns=tuple(sorted(transcript.turns, key=lambda turn: (turn.start_ms, turn.index))),
        sentences=tuple(sorted(cut(transcript), key=lambda sentence: sentence.start_ms)),
        language=language,
        duration_ms=_duration_ms(transcript),
        void=_void(transcript, agent + customer),
        overlap_doubt=_overlap_doubt(transcript, unclear),
        word_doubt=_word_doubt(transcript),
        silent_side=_silent_side(agent, customer),
    )


def _without(runs: Sequence[Run], listening: Sequence[Run]) -> tuple[Run, ...]:
    left_out = set(listening)
    return tuple(run for run in runs if run not in left_out)


def _stretches(runs: Sequence[Run]) -> tuple[Run, ...]:
    """Return a speaker's successive runs as one, until the other takes up speech.

    The other's backchannels do not end a stretch, a silence of more than 3 s does. Runs that start
    together are taken agent first.
    """
    stretches: list[Run] = []
    for run in sorted(runs, key=lambda run: (run.start_ms, run.speaker)):
        last = stretches[-1] if stretches else None
        if last and last.speaker == run.speaker and run.start_ms - last.end_ms <= SILENCE_MS:
            text = f"{last.text} {run.text}".strip()
            stretches[-1] = Run(last.start_ms, run.end_ms, run.speaker, text)
        else:
            stretches.append(run)
    return tuple(stretches)


def _pauses(runs: Sequence[Run]) -> tuple[Pause, ...]:
    pauses: list[Pause] = []
    heard_until: int | None = None
    for run in sorted(runs, key=lambda run: run.start_ms):
        if heard_until is not None and run.start_ms > heard_until:
            pauses.append(Pause(heard_until, run.start_ms))
        heard_until = max(heard_until or run.end_ms, run.end_ms)
    return tuple(pauses)


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


def _overlap_doubt(transcript: Transcript, unclear: int) -> str:
    if transcript.basis == "diarised":
        return "one-channel recording: overlapping speech cannot be told apart reliably"
    if not transcript.spans:
        return "the transcript has no speech spans: turn times stand in and may hide overlaps"
    if doubt := _word_doubt(transcript):
        return doubt
    if unclear:
        return (
            f"short overlaps not understood: {unclear}; "
            "whether listening or interrupting, a person should hear"
        )
    return ""


def _word_doubt(transcript: Transcript) -> str:
    """Return why it is not known when words were said, in a recording that once told it.

    A ready transcript is taken as it came; what was heard here, and stored without the times of
    words, measures less the second time than it did the first.
    """
    if transcript.basis == "stereo" and any(t.text and not t.words for t in transcript.turns):
        return "turns without word times: what was said when is not known"
    return ""


def _silent_side(agent: Sequence[Run], customer: Sequence[Run]) -> str:
    if not agent:
        return "the agent is not heard at all"
    return "" if customer else "the customer is not heard at all"
