"""One call on its way through the engine: its windows out to the queue, their words back."""

from __future__ import annotations

from concurrent.futures import CancelledError
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from qa.nouns import Basis, Call, CaveatCode, Doubt, Language, Span, Speaker, Word
from qa.problems import CallError
from qa.speech.asides import Short, find_asides, heard_alone, short_pieces
from qa.speech.decoding import Item
from qa.speech.listening import Outline
from qa.speech.spans import PER_MS
from qa.speech.word_times import fit_to_speech

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Future

    from numpy.typing import NDArray

    from qa.speech.decoding import Recognised
    from qa.speech.feeder import Fed
    from qa.speech.recogniser import Recogniser
    from qa.speech.windows import Window

FULL_SCALE = 32_767  # what 1.0 is in 16 bits
_TELLING_MS = 6_000  # a window this long helps to tell the language
_TELLERS = 3
_MOST_HELD = 16  # windows kept while the language is not known


@dataclass(frozen=True, slots=True, eq=False)
class Voice:
    """One channel: whose it is, its speech, and its sound if there is only this one."""

    speaker: Speaker
    spans: tuple[Span, ...]
    # int16 at 16 kHz, silent between the spans: an hour is 115 MB, of float32 it would be 230
    samples: NDArray[np.int16] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Listening:
    """What was heard of a call before its words."""

    call: Call
    voices: tuple[Voice, ...]
    basis: Basis
    duration_ms: int
    caveats: tuple[CaveatCode, ...] = ()


@dataclass(frozen=True, slots=True)
class Heard:
    """What the recogniser gives back: words per speaker in order of time."""

    words: tuple[tuple[Speaker, tuple[Word, ...]], ...]
    language: Language
    doubts: tuple[Doubt, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """A window on its way; its features are not kept, so that long calls take no more memory."""

    channel: int
    window: Window
    samples: NDArray[np.int16] | None
    future: Future[Recognised]


class Hearing:
    """Takes what a feeder gives of one recording, and gathers what is recognised."""

    def __init__(
        self,
        call: Call,
        recogniser: Recogniser,
        languages: Sequence[Language],
        agent_channel: int,
        *,
        aligned: bool = True,  # whether the recogniser says when each word was said
    ) -> None:
        self._call = call
        self._aligned = aligned
        self._recogniser = recogniser
        self._language = call.language or (languages[0] if len(languages) == 1 else None)
        self._agent = call.agent_channel if call.agent_channel is not None else agent_channel
        self._asked: list[_Asked] = []
        self._held: list[Fed] = []
        self._short: list[Short] = []
        self._telling: list[tuple[Fed, Future[Recognised]]] = []
        self._outline: Outline | None = None

    def take(self, heard: Fed | Outline) -> None:
        """Take the next window, or the outline, which is last; may wait for the queue."""
        if isinstance(heard, Outline):
            self._outline = heard
        elif self._language is not None:
            self._ask(heard)
        else:
            self._hold(heard)

    def finish(self) -> tuple[Listening, Heard, Outline]:
        """Return speech and words once all of them are there; CallError `empty` for silence."""
        outline = self._outline
        if outline is None:
            raise AssertionError("finished before the recording's end")
        if not any(outline.channels) or not (self._asked or self._held):
            name = self._call.recording.name
            what = f"{name}: nobody speaks in it; check the recorder or the channel"
            raise CallError("speech", "empty", what)
        language = self._language or self._tell()
        listening = self._listening(outline)
        heard = self._gather(listening, language)
        if self._aligned and len(outline.channels) > 1:
            heard = self._hear_asides(listening, heard)
        return listening, heard, outline

    def withdraw(self) -> None:
        """Take back what was not recognised yet."""
        for asked in self._asked:
            asked.future.cancel()

    def _hold(self, fed: Fed) -> None:
        """Keep a window until the language is known, which the first three long enough ones tell.

        One window can be mistaken, above all of speech with an accent.
        """
        if len(self._telling) < _TELLERS and fed.window.length_ms >= _TELLING_MS:
            self._telling.append((fed, self._ask(fed)))
        else:
            self._held.append(fed)
        told = len(self._telling) == _TELLERS and all(each.done() for _, each in self._telling)
        if told or len(self._held) >= _MOST_HELD:
            self._tell()

    def _tell(self) -> Language:
        """Wait for the language, and send what was held for want of it, or heard in another."""
        if not self._telling:
            longest = max(self._held, key=lambda fed: fed.window.length_ms)
            self._held.remove(longest)
            self._telling.append((longest, self._ask(longest)))
        telling, self._telling = self._telling, []  # features are not kept
        spoken: dict[Language, int] = {}
        for fed, future in telling:
            told = _result(future).language
            spoken[told] = spoken.get(told, 0) + fed.window.length_ms
        self._language = language = max(spoken, key=lambda each: spoken[each])  # ties: told first
        for fed, future in telling:
            if _result(future).language != language:
                self._ask_again(fed, future)
        held, self._held = self._held, []
        for fed in held:
            self._ask(fed)
        return language

    def _ask_again(self, fed: Fed, before: Future[Recognised]) -> None:
        """Have a window heard anew, now that the language is known."""
        place = next(at for at, asked in enumerate(self._asked) if asked.future is before)
        future = self._submit(Item(fed.features, self._language))
        self._asked[place] = replace(self._asked[place], future=future)

    def _ask(self, fed: Fed) -> Future[Recognised]:
        if self._aligned:
            self._short += short_pieces(fed)
        future = self._submit(Item(fed.features, self._language))
        samples = None if fed.samples is None else _in_16_bits(fed.samples)
        self._asked.append(_Asked(fed.channel, fed.window, samples, future))
        return future

    def _submit(self, item: Item) -> Future[Recognised]:
        return self._recogniser.submit(item, self._call.recording.name)

    def _speaker(self, channel: int, channels: int) -> Speaker:
        return "agent" if channels == 1 or channel == self._agent else "customer"

    def _listening(self, outline: Outline) -> Listening:
        mono = len(outline.channels) == 1
        voices = []
        for channel, stretches in enumerate(outline.channels):
            speaker = self._speaker(channel, len(outline.channels))
            spans = tuple(Span(each.start_ms, each.end_ms, speaker) for each in stretches)
            samples = self._sound(outline.duration_ms) if mono else None
            voices.append(Voice(speaker, spans, samples))
        basis: Basis = "diarised" if mono else "stereo"
        return Listening(self._call, tuple(voices), basis, outline.duration_ms, outline.caveats)

    def _sound(self, duration_ms: int) -> NDArray[np.int16]:
        """Return the only channel's sound, put together from its windows, which let go of it."""
        sound = np.zeros((duration_ms + 1) * PER_MS, np.int16)
        for place, asked in enumerate(self._asked):
            at = 0
            for piece in asked.window.pieces:
                size = piece.length_ms * PER_MS
                if asked.samples is not None:
                    sound[piece.start_ms * PER_MS :][:size] = asked.samples[at : at + size]
                at += size
            self._asked[place] = replace(asked, samples=None)
        return sound

    def _gather(self, listening: Listening, language: Language) -> Heard:
        words: list[list[Word]] = [[] for _ in listening.voices]
        doubts: list[Doubt] = []
        # in order of time: windows of one channel never overlap
        for asked in sorted(self._asked, key=lambda each: each.window.pieces[0].start_ms):
            recognised = _result(asked.future)
            spans = listening.voices[asked.channel].spans
            words[asked.channel] += (
                _words(asked.window, recognised)
                if self._aligned
                else _spread(asked.window, recognised, spans)
            )
            if recognised.reason:
                speaker = listening.voices[asked.channel].speaker
                doubts += [
                    Doubt(speaker, piece.start_ms, piece.end_ms, recognised.reason)
                    for piece in asked.window.pieces
                ]
        fitted = tuple(
            (voice.speaker, fit_to_speech(own, voice.spans))
            for voice, own in zip(listening.voices, words, strict=True)
        )
        return Heard(fitted, language, tuple(doubts))

    def _hear_asides(self, listening: Listening, heard: Heard) -> Heard:
        """Return the words once what is short and inside the other's speech was heard alone."""
        asked = []
        for channel, aside in find_asides([voice.spans for voice in listening.voices]):
            for short in self._short:
                inside = short.piece.start_ms <= aside.start_ms < aside.end_ms <= short.piece.end_ms
                if short.channel == channel and inside:
                    item, from_ms = short.item(aside, heard.language)
                    asked.append((channel, aside, from_ms, self._submit(item)))
        words = list(heard.words)
        for channel, aside, from_ms, future in asked:
            speaker, own = words[channel]
            words[channel] = (speaker, heard_alone(own, aside, _result(future), from_ms))
        return replace(heard, words=tuple(words))


def _in_16_bits(samples: NDArray[np.float32]) -> NDArray[np.int16]:
    return np.asarray(np.rint(samples * FULL_SCALE), np.int16)


def _result(future: Future[Recognised]) -> Recognised:
    try:
        return future.result()
    except CancelledError as error:
        raise CallError("speech", "stopped", "the run was stopped") from error


def _words(window: Window, recognised: Recognised) -> list[Word]:
    return [
        Word(text, *window.at(start_ms, end_ms), probability)
        for text, start_ms, end_ms, probability in recognised.words
    ]


def _spread(window: Window, recognised: Recognised, spans: Sequence[Span]) -> list[Word]:
    """Return words whose places in the window are guesses: the same places in its speech alone."""
    speech = window.within(spans)
    share = speech.length_ms / window.length_ms
    return [
        Word(text, *speech.at(round(start_ms * share), round(end_ms * share)), probability)
        for text, start_ms, end_ms, probability in recognised.words
    ]
