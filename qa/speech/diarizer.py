"""Who spoke: by channel where there are two, by voice where there is one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

import numpy as np

from qa.nouns import Span
from qa.problems import CallError, NothingToRunError
from qa.speech.hearing import FULL_SCALE
from qa.speech.roles import tell_roles
from qa.speech.said_by import cut_between_words, share_out
from qa.speech.voices import Apart, tell_apart

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from qa.nouns import Call, CaveatCode, Doubt, Language, Speaker, Word
    from qa.settings import SpeechSettings
    from qa.speech.hearing import Heard, Listening

    TellApart = Callable[[NDArray[np.float32], Sequence[Span]], Apart]
    Said = tuple[tuple[Speaker, tuple[Word, ...]], ...]

_OTHER: dict[Speaker, Speaker] = {"agent": "customer", "customer": "agent"}


@dataclass(frozen=True, slots=True)
class Spoken:
    """Words and speech by speaker, and what is doubted of it; spans in order of time."""

    words: Said
    spans: tuple[Span, ...]
    doubts: tuple[Doubt, ...] = ()
    caveats: tuple[CaveatCode, ...] = ()


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
    """Two voices on one channel, told apart by how they sound; who is who by what they say."""

    def __init__(self, tell: TellApart = tell_apart) -> None:
        self._tell = tell

    def who_spoke(self, listening: Listening, heard: Heard) -> Spoken:
        """Return who spoke; raises CallError `no_voice_model` without the voice encoder.

        Words go to whoever speaks alone at their middle, or is heard most where both speak.
        """
        (voice,) = listening.voices
        ((_, words),) = heard.words
        if voice.samples is None:
            raise AssertionError("the only channel came without its sound")
        try:
            samples = voice.samples.astype(np.float32) / np.float32(FULL_SCALE)
            apart = self._tell(samples, voice.spans)
        except NothingToRunError as error:
            name = listening.call.recording.name
            msg = f"{name}: one channel for both speakers, and {error}"
            raise CallError("speech", "no_voice_model", msg) from error
        alone = cut_between_words(apart.alone, words)
        said = share_out(words, alone)
        swap, unsure = _roles(listening.call, heard.language, apart, said)
        spans = in_order(_together(alone, apart.both))
        if swap:
            said = _swapped(said)
            spans = in_order([replace(span, speaker=_OTHER[span.speaker]) for span in spans])
        return Spoken(said, spans, _by_speaker(heard.doubts, spans), (*apart.caveats, *unsure))


def for_one_channel(settings: SpeechSettings) -> Diarizer:
    """Return what tells voices apart; NothingToRunError if the settings name what is not there."""
    if (folder := settings.diarizer.pyannote) is None:
        return ByVoice()
    from qa.speech.pyannote_pipeline import PyannoteVoices

    return ByVoice(PyannoteVoices(folder))


def diarizer_for(listening: Listening, one_channel: Diarizer | None = None) -> Diarizer:
    """Return what can tell the speakers of this recording apart."""
    return ByChannel() if listening.basis == "stereo" else one_channel or ByVoice()


def in_order(spans: Sequence[Span]) -> tuple[Span, ...]:
    return tuple(sorted(spans, key=lambda span: (span.start_ms, span.speaker)))


def _roles(
    call: Call, language: Language, apart: Apart, said: Said
) -> tuple[bool, tuple[CaveatCode, ...]]:
    """Return whether the voice heard first is the customer's, and if that is not sure why."""
    if call.first_speaker is not None:
        return call.first_speaker == "customer", ()
    if apart.voices < 2:
        return False, ()
    (_, first), (_, second) = said
    texts = (" ".join(word.text for word in words) for words in (first, second))
    roles = tell_roles((next(texts), next(texts)), language, call.agent_name)
    return roles.agent == 1, () if roles.sure else ("roles_unsure",)


def _swapped(said: Said) -> Said:
    (_, first), (_, second) = said
    return ("agent", second), ("customer", first)


def _together(alone: Sequence[Span], both: Sequence[tuple[int, int]]) -> list[Span]:
    """Return the speech of both speakers; spans of one that overlap or touch are one."""
    joined: list[Span] = []
    last: dict[Speaker, int] = {}
    twice = [Span(*edges, speaker) for edges in both for speaker in _OTHER]
    for span in in_order([*alone, *twice]):
        at = last.get(span.speaker)
        if at is not None and span.start_ms <= joined[at].end_ms:
            joined[at] = replace(joined[at], end_ms=max(joined[at].end_ms, span.end_ms))
        else:
            last[span.speaker] = len(joined)
            joined.append(span)
    return joined


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
