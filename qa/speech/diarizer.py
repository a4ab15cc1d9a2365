"""Who spoke: by channel where there are two, by voice where there is one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from qa.problems import CallError, NothingToRunError
from qa.speech.voices import tell_apart

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qa.nouns import Doubt, Span, Speaker, Word
    from qa.speech.hearing import Heard, Listening


@dataclass(frozen=True, slots=True)
class Spoken:
    """Words and speech by speaker, and what is doubted of it; spans in order of time."""

    words: tuple[tuple[Speaker, tuple[Word, ...]], ...]
    spans: tuple[Span, ...]
    doubts: tuple[Doubt, ...] = ()


class Diarizer(Protocol):
    """What was heard in, who said it out.

    >>> ByChannel().who_spoke(listening, heard).words[0][0]  # doctest: +SKIP
    'agent'
    """

    def who_spoke(self, listening: Listening, heard: Heard) -> Spoken:
        """Return every word and span with its speaker."""
        ...


class ByChannel:
    """One speaker per channel: nothing to find out."""

    def who_spoke(self, listening: Listening, heard: Heard) -> Spoken:
        spans = (span for voice in listening.voices for span in voice.spans)
        return Spoken(heard.words, in_order(list(spans)), heard.doubts)


class ByVoice:
    """Two voices on one channel, told apart by how they sound."""

    def who_spoke(self, listening: Listening, heard: Heard) -> Spoken:
        """Return who spoke; raises CallError `no_voice_model` without the voice encoder."""
        (voice,) = listening.voices
        ((_, words),) = heard.words
        if voice.samples is None:
            raise AssertionError("the only channel came without its sound")
        try:
            apart = tell_apart(voice.samples, voice.spans, words)
        except NothingToRunError as error:
            name = listening.call.recording.name
            msg = f"{name}: one channel for both speakers, and {error}"
            raise CallError("speech", "no_voice_model", msg) from error
        spans = in_order(apart.spans)
        return Spoken(apart.words, spans, _by_speaker(heard.doubts, spans))


def diarizer_for(listening: Listening) -> Diarizer:
    """Return what can tell the speakers of this recording apart."""
    return ByChannel() if listening.basis == "stereo" else ByVoice()


def in_order(spans: Sequence[Span]) -> tuple[Span, ...]:
    return tuple(sorted(spans, key=lambda span: (span.start_ms, span.speaker)))


def _by_speaker(doubts: Sequence[Doubt], spans: Sequence[Span]) -> tuple[Doubt, ...]:
    """Return every doubt for whoever speaks in its stretch: one, or one for each of the two."""
    return tuple(
        replace(doubt, speaker=speaker)
        for doubt in doubts
        for speaker in _speakers(doubt, spans) or [doubt.speaker]
    )


def _speakers(doubt: Doubt, spans: Sequence[Span]) -> list[Speaker]:
    return sorted(
        {s.speaker for s in spans if s.start_ms < doubt.end_ms and doubt.start_ms < s.end_ms}
    )
