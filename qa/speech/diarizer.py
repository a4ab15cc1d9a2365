"""Who spoke: by channel where there are two, by voice where there is one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from qa.problems import CallError, NothingToRunError
from qa.speech.voices import tell_apart

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qa.nouns import Span, Speaker, Word
    from qa.speech.hearing import Heard, Listening


@dataclass(frozen=True, slots=True)
class Spoken:
    """Words and speech by speaker; spans in order of time."""

    words: tuple[tuple[Speaker, tuple[Word, ...]], ...]
    spans: tuple[Span, ...]


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
        return Spoken(heard.words, in_order(list(spans)))


class ByVoice:
    """Two voices on one channel, told apart by how they sound."""

    def who_spoke(self, listening: Listening, heard: Heard) -> Spoken:
        """Return who spoke; raises CallError `no_voice_model` without the voice encoder."""
        (voice,) = listening.voices
        ((_, words),) = heard.words
        try:
            apart = tell_apart(voice.samples, voice.spans, words)
        except NothingToRunError as error:
            name = listening.call.recording.name
            msg = f"{name}: one channel for both speakers, and {error}"
            raise CallError("speech", "no_voice_model", msg) from error
        return Spoken(apart.words, in_order(apart.spans))


def diarizer_for(listening: Listening) -> Diarizer:
    """Return what can tell the speakers of this recording apart."""
    return ByChannel() if listening.basis == "stereo" else ByVoice()


def in_order(spans: Sequence[Span]) -> tuple[Span, ...]:
    return tuple(sorted(spans, key=lambda span: (span.start_ms, span.speaker)))
