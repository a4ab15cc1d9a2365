"""The only place that knows faster-whisper: voices in, words with whole milliseconds out."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from qa.nouns import Language, Word
from qa.problems import NothingToRunError
from qa.speech.listening import Heard, Listening, Voice
from qa.speech.spans import SAMPLE_RATE
from qa.speech.weights import bundled_whisper_base

if TYPE_CHECKING:
    from qa.settings import SpeechSettings

# Croatian and Serbian are one language to the recogniser; the Croatian token writes Latin.
_TOKEN: dict[Language, str] = {"en": "en", "hr": "hr", "sr": "hr"}
_FAMILY = ("hr", "sr", "bs")


class Whisper:
    """Whisper on CTranslate2; one instance serves several threads, one call each.

    >>> heard = Whisper(settings, workers=2).recognise(listening)  # doctest: +SKIP
    """

    def __init__(self, settings: SpeechSettings, *, workers: int) -> None:
        from faster_whisper import WhisperModel

        self._settings = settings
        model = settings.model
        path = str(bundled_whisper_base()) if model == "bundled" else model
        try:
            self._model = WhisperModel(
                path,
                device=settings.device,
                compute_type=settings.compute_type,
                cpu_threads=1,
                num_workers=workers,
                local_files_only=settings.local_files_only,
            )
        except (RuntimeError, ValueError, OSError) as error:
            msg = f"speech model '{model}' cannot be loaded on {settings.device}: {error}"
            raise NothingToRunError(msg) from error
        self._own = threading.local()  # faster-whisper's batched pipeline keeps state

    def recognise(self, listening: Listening) -> Heard:
        """Return the words of each voice and the language they are in."""
        language = listening.call.language or self._detect(listening)
        words = tuple(
            (voice.speaker, self._words(voice, _TOKEN[language])) for voice in listening.voices
        )
        return Heard(words, language)

    def _words(self, voice: Voice, token: str) -> tuple[Word, ...]:
        if not voice.windows:
            return ()
        segments, _ = self._pipeline().transcribe(
            voice.samples,
            language=token,
            beam_size=self._settings.beam_size,
            batch_size=self._settings.batch_size,
            clip_timestamps=[
                {"start": w.start_ms / 1000, "end": w.end_ms / 1000} for w in voice.windows
            ],
            word_timestamps=True,
            hotwords=self._settings.hotwords or None,
        )
        words: list[Word] = []
        for segment in segments:
            for word in segment.words or ():
                words.extend(_word(word))
        return tuple(sorted(words, key=lambda word: word.start_ms))

    def _pipeline(self) -> Any:  # noqa: ANN401 - untyped library
        from faster_whisper import BatchedInferencePipeline

        if not hasattr(self._own, "pipeline"):
            self._own.pipeline = BatchedInferencePipeline(self._model)
        return self._own.pipeline

    def _detect(self, listening: Listening) -> Language:
        """Return the most probable configured language, Croatian and Serbian taken together.

        Which of the two is a matter of vocabulary that the recogniser does not decide: the
        first of them in the configured languages stands for the family.
        """
        languages = self._settings.languages
        if len(languages) == 1:
            return languages[0]
        longest = max(listening.voices, key=lambda v: sum(s.length_ms for s in v.spans))
        first = longest.windows[0]
        start, end = (ms * SAMPLE_RATE // 1000 for ms in (first.start_ms, first.end_ms))
        _, _, found = self._model.detect_language(longest.samples[start:end])
        probability = dict(found)

        def weight(language: Language) -> float:
            if language == "en":
                return float(probability.get("en", 0.0))
            return float(sum(probability.get(member, 0.0) for member in _FAMILY))

        return max(languages, key=weight)  # a tie goes to the first configured


def _word(word: Any) -> list[Word]:  # noqa: ANN401 - untyped library
    """Return the recogniser's word as Words: none if blank, several if it holds spaces."""
    texts = word.word.split()
    start, end = round(word.start * 1000), round(word.end * 1000)
    step = (end - start) // max(1, len(texts))
    return [
        Word(text, start + i * step, start + (i + 1) * step, float(word.probability))
        for i, text in enumerate(texts)
    ]
