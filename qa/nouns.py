"""The nouns of the system, in the order a call meets them.

Everything that passes between two stages is one of these frozen values. Time is whole
milliseconds (`int`) from the start of the recording; for written channels from the first
message. An empty tuple stands for "none", `None` for "not known".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Literal, get_args

Speaker = Literal["agent", "customer"]
Language = Literal["en", "hr", "sr"]
Channel = Literal["voice", "chat", "email"]
Basis = Literal["stereo", "diarised", "ready"]
Decision = Literal["present", "uncertain"]
DoubtReason = Literal["repetition", "improbable", "no_speech", "pace", "known_phrase"]
# What is wrong with a recording for telling who spoke when:
CaveatCode = Literal[
    "crosstalk",  # one side leaks into the other so strongly that overlaps are not known
    "same_channels",  # two channels with the same sound: heard as one
    "one_voice",  # one channel in which only one voice could be told
    "more_voices",  # one channel with more than two voices
    "voices_unsure",  # one channel whose voices sound too much alike to be told apart for certain
    "roles_unsure",  # two voices, but neither says what an agent says
]

# What was put right in a ready transcript, being harmless:
RepairCode = Literal[
    "out_of_order",  # a turn that starts before the one before it: sorted
    "before_start",  # a time up to 1 s before the recording: taken for its start
    "ends_early",  # an end up to 100 ms before its start: taken for its start
    "no_length",  # speech without length: its words are kept, but it is no speech as heard
    "overlapping",  # a stretch of speech that overlaps another of the same speaker: made one
]

LANGUAGES: tuple[Language, ...] = ("en", "hr", "sr")
SPEAKERS: tuple[Speaker, ...] = ("agent", "customer")
DOUBTS: tuple[DoubtReason, ...] = get_args(DoubtReason)
CAVEATS: tuple[CaveatCode, ...] = get_args(CaveatCode)
# caveats of which speaker said what: the agent's words may be the customer's
SPEAKER_CAVEATS = frozenset({"one_voice", "more_voices", "voices_unsure", "roles_unsure"})
REPAIRS: tuple[RepairCode, ...] = get_args(RepairCode)


class Outcome(StrEnum):
    """What a criterion says of a call; "unknown" is an outcome with a reason, never a zero."""

    MET = "MET"
    PARTLY_MET = "PARTLY_MET"
    NOT_MET = "NOT_MET"
    NOT_APPLICABLE = "NOT_APPLICABLE"
    UNSCORED = "UNSCORED"


@dataclass(frozen=True, slots=True)
class Hold:
    """A stretch in which the telephone system had the customer on hold."""

    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class Call:
    """One row of the manifest."""

    id: str
    recording: Path  # absolute, checked to lie inside the recordings root
    agent_id: str
    agent_name: str = ""  # empty: the agent_id is shown
    team: str = ""
    started_at: datetime | None = None
    language: Language | None = None  # None: to be detected among the configured ones
    channel: Channel = "voice"
    agent_channel: int | None = None  # 0 or 1; None: the pipeline's default
    queue: str = ""
    csat: float | None = None  # customer satisfaction as surveyed, on the centre's own scale
    first_speaker: Speaker | None = (
        None  # one-channel calls: who is heard first; None: told by words
    )
    holds: tuple[Hold, ...] | None = (
        None  # as the telephone system wrote them down; None: not known
    )


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of one speaker's speech, as heard (not as transcribed)."""

    start_ms: int
    end_ms: int
    speaker: Speaker

    @property
    def length_ms(self) -> int:
        return self.end_ms - self.start_ms


@dataclass(frozen=True, slots=True)
class Word:
    """A recognised word with its time."""

    text: str
    start_ms: int
    end_ms: int
    confidence: float  # 0..1


@dataclass(frozen=True, slots=True)
class Turn:
    """What one speaker said until the other took over; for chat and e-mail one message."""

    index: int
    speaker: Speaker
    start_ms: int
    end_ms: int
    text: str
    words: tuple[Word, ...] = ()  # empty where the source has no word times


@dataclass(frozen=True, slots=True)
class Doubt:
    """A stretch of speech whose words the recogniser itself doubts."""

    speaker: Speaker
    start_ms: int
    end_ms: int
    # a DoubtReason, or what a later version may store: repetition (the words go round in a circle),
    # improbable (the recogniser holds them for unlikely), no_speech (it thinks nothing was said),
    # pace (more words than anyone says in that time), known_phrase (what such models write over
    # noise, "thanks for watching" among it)
    reason: str

    def covers(self, speaker: Speaker, start_ms: int, end_ms: int) -> bool:
        """Say whether what a speaker said then is doubted, be it in part."""
        end_ms = max(end_ms, start_ms + 1)  # what has no length lies somewhere all the same
        overlaps = start_ms < self.end_ms and self.start_ms < end_ms
        return overlaps and speaker == self.speaker


@dataclass(frozen=True, slots=True)
class Repair:
    """What was put right in a ready transcript, how often, and where first."""

    code: str  # a RepairCode, or what a later version may store
    count: int
    where: str  # "turn 3", "line 12"


@dataclass(frozen=True, slots=True)
class Transcript:
    """Who said what, when; and where that knowledge comes from."""

    call_id: str
    turns: tuple[Turn, ...]
    spans: tuple[Span, ...]  # speech as heard; empty for written channels
    language: Language
    basis: Basis
    channel: Channel = "voice"
    duration_ms: int = 0
    asr: str = ""  # name of the recogniser and its settings; empty for ready transcripts
    doubts: tuple[Doubt, ...] = ()  # where the words may not be what was said
    # share of the speech energy that produced words, 0..1; None: not a recording, or not measured
    coverage: float | None = None
    caveats: tuple[str, ...] = ()  # CaveatCodes, or what a later version may store
    repairs: tuple[Repair, ...] = ()  # of ready transcripts; each code once


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened at a time: an interruption, a backchannel, a silence."""

    name: str
    speaker: Speaker | None  # None: belongs to both, as a silence does
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class Fact:
    """A measurement of a call, without opinion."""

    name: str
    value: float | None  # None: not measurable on this call, `reason` says why
    unit: str
    trusted: bool = True
    reason: str = ""  # why it is not trusted or not measurable
    events: tuple[Event, ...] = ()  # what was counted


@dataclass(frozen=True, slots=True)
class Moment:
    """What a sentence does, as far as the classifier can tell."""

    name: str
    speaker: Speaker
    turn: int
    quote: str  # the sentence, verbatim as in the transcript
    start_ms: int
    end_ms: int
    probability: float  # calibrated, 0..1
    decision: Decision  # uncertain: between the two thresholds, for a person to decide
    cues: str = ""  # reasons of the cues that raised or lowered it; empty: the examples alone
    sentence: int = 0  # which of its turn's, from 0: those of one message have one time


@dataclass(frozen=True, slots=True)
class Evidence:
    """A verbatim quote with its place; what a score can be defended with."""

    turn: int
    quote: str
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class Because:
    """Why a score is what it is, in parts, so that pages can say it in their language.

    `code` names a sentence of `qa.scoring.reasons`; the other fields fill it in.
    """

    code: str
    moments: tuple[str, ...] = ()  # names of moments
    others: tuple[str, ...] = ()  # names of moments on the other side of the sentence
    name: str = ""  # of a fact or a channel
    value: float | None = None
    limit: float | None = None
    text: str = ""  # a fact's own words


@dataclass(frozen=True, slots=True)
class Score:
    """One criterion's verdict on one call."""

    criterion: str
    outcome: Outcome
    points: float | None  # 0..1; None where the outcome is NOT_APPLICABLE or UNSCORED
    weight: float
    reason: str
    evidence: tuple[Evidence, ...] = ()
    scored_by: str = ""  # the check that decided, e.g. "present" or "fact"
    because: Because | None = None  # `reason` in parts; None: only the sentence is known


@dataclass(frozen=True, slots=True)
class Scorecard:
    """All scores of one call under one version of one rubric."""

    call_id: str
    rubric: str
    version: str
    total: float | None  # 0..100 over what could be scored; None: nothing, or too little, could
    coverage: float  # weight scored / weight applicable, 0..1
    critical_failed: tuple[str, ...]  # names of critical criteria that were not met
    scores: tuple[Score, ...]
    # what has failed with them, beside the total, which stays as it is:
    sections_failed: tuple[str, ...] = ()  # names of sections, in the rubric's order
    card_failed: bool = False


@dataclass(frozen=True, slots=True)
class Problem:
    """Why one call could not be finished; a value, so that the rest of the night goes on."""

    call_id: str
    stage: str
    code: str
    message: str
