"""The only place that knows faster-whisper: voices in, words with whole milliseconds out.

Windows are encoded at their own length. faster-whisper's own pipelines pad each one to 30
seconds, and pay the encoder for the silence; CTranslate2's encoder does not ask for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from qa.nouns import Language, Word
from qa.problems import NothingToRunError
from qa.speech.listening import Heard, Listening, Voice
from qa.speech.spans import SAMPLE_RATE
from qa.speech.weights import bundled_whisper_base
from qa.speech.word_times import fit_to_speech

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from qa.settings import SpeechSettings
    from qa.speech.windows import Window

# Croatian and Serbian are one language to the recogniser; the Croatian token writes Latin.
_TOKEN: dict[Language, str] = {"en": "en", "hr": "hr", "sr": "hr"}
# What was "said before": it tells the recogniser the language variant, its diacritics and the
# small words of a listener. It holds nothing that a rubric judges, so that unclear speech is
# never completed to an apology that was not made.
_CONTEXT: dict[Language, str] = {
    "en": "",
    "hr": (
        "Dobar dan, kako vam mogu pomoći? Mhm. Aha. Da, dobro. Razumijem. "
        "Recite mi broj računa, ugovora ili narudžbe. Hvala na pozivu, doviđenja."
    ),
    "sr": (
        "Dobar dan, kako mogu da vam pomognem? Mhm. Aha. Da, dobro. Razumem. "
        "Recite mi broj računa, ugovora ili porudžbine. Hvala na pozivu, prijatno."
    ),
}
_FAMILY = ("hr", "sr", "bs")
_SILENCE_AFTER_S = 2.5  # without it, Whisper loses the end of a short window
_SHORTEST_S = 10.0  # shorter ones cost accuracy, and at 1.6 s CTranslate2 would encode twice
_LONGEST_S = 30.0
# Whisper's own guards against decoding failures (Radford et al. 2022, section 4.5)
_MOST_COMPRESSION = 2.4
_LEAST_LOGPROB = -1.0
_PREPENDED, _APPENDED = "\"'“¿([{-", "\"'.。,，!！?？:：”)]}、"


@dataclass(frozen=True, slots=True)
class _Task:
    """A language's tokenizer and the tokens that every decoding in it starts with."""

    tokenizer: Any
    start: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Decoded:
    """What one window was decoded to; word times are seconds from the window's start."""

    words: tuple[dict[str, Any], ...]
    compression: float
    logprob: float

    @property
    def doubtful(self) -> bool:
        return self.compression > _MOST_COMPRESSION or self.logprob < _LEAST_LOGPROB


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

    def recognise(self, listening: Listening) -> Heard:
        """Return the words of each voice and the language they are in."""
        language = listening.call.language or self._detect(listening)
        task = self._task(language)
        words = tuple(
            (voice.speaker, fit_to_speech(self._words(voice, task), voice.spans))
            for voice in listening.voices
        )
        return Heard(words, language)

    def _task(self, language: Language) -> _Task:
        from faster_whisper.tokenizer import Tokenizer

        model = self._model
        multilingual = model.model.is_multilingual
        tokenizer = Tokenizer(
            model.hf_tokenizer,
            multilingual,
            task="transcribe",
            language=_TOKEN[language] if multilingual else "en",
        )
        context = " ".join(filter(None, (_CONTEXT[language], self._settings.hotwords)))
        start = model.get_prompt(tokenizer, [], without_timestamps=True, hotwords=context or None)
        return _Task(tokenizer, tuple(start))

    def _words(self, voice: Voice, task: _Task) -> Iterator[Word]:
        decoded = self._decode_all(voice, task)
        for window, found in zip(voice.windows, decoded, strict=True):
            for word in found.words:
                yield from _words_of(word, window)

    def _decode_all(self, voice: Voice, task: _Task) -> list[_Decoded]:
        """Return each window's decoding; batches hold windows of like length."""
        clips = [_clip(voice.samples, window) for window in voice.windows]
        order = sorted(range(len(clips)), key=lambda index: clips[index].size)
        found: dict[int, _Decoded] = {}
        size = self._settings.batch_size
        for start in range(0, len(order), size):
            batch = order[start : start + size]
            results = self._decode([clips[index] for index in batch], task)
            found.update(zip(batch, results, strict=True))
        for index in range(len(clips)):
            if found[index].doubtful:  # once more as Whisper was trained: padded to 30 s
                again = self._decode([clips[index]], task, seconds=_LONGEST_S)[0]
                found[index] = max(found[index], again, key=lambda d: (not d.doubtful, d.logprob))
        return [found[index] for index in range(len(clips))]

    def _decode(
        self,
        clips: Sequence[NDArray[np.float32]],
        task: _Task,
        *,
        seconds: float | None = None,
    ) -> list[_Decoded]:
        """Return decodings of clips that are padded to one length."""
        import numpy as np
        from faster_whisper.transcribe import get_compression_ratio, merge_punctuations

        model, tokenizer = self._model, task.tokenizer
        longest = max(clip.size for clip in clips) / SAMPLE_RATE
        padded = seconds or min(_LONGEST_S, max(_SHORTEST_S, longest + _SILENCE_AFTER_S))
        width = round(max(padded, longest) * SAMPLE_RATE)
        features = np.stack(
            [model.feature_extractor(np.pad(c, (0, width - c.size)))[..., :-1] for c in clips]
        )
        encoded = model.encode(features)
        results = model.model.generate(
            encoded,
            [list(task.start)] * len(clips),
            beam_size=self._settings.beam_size,
            max_length=model.max_length,
            return_scores=True,
            suppress_blank=True,
        )
        tokens = [[t for t in r.sequences_ids[0] if t < tokenizer.eot] for r in results]
        frames = [clip.size // model.feature_extractor.hop_length for clip in clips]
        aligned = model.find_alignment(tokenizer, tokens, encoded, frames)
        for words in aligned:
            merge_punctuations(words, _PREPENDED, _APPENDED)
        return [
            _Decoded(
                words=tuple(words),
                compression=get_compression_ratio(tokenizer.decode(said)) if said else 0.0,
                logprob=float(result.scores[0]),
            )
            for words, said, result in zip(aligned, tokens, results, strict=True)
        ]

    def _detect(self, listening: Listening) -> Language:
        """Return the most probable configured language, Croatian and Serbian taken together.

        Which of the two is a matter of vocabulary that the recogniser does not decide: the
        first of them in the configured languages stands for the family.
        """
        languages = self._settings.languages
        if len(languages) == 1:
            return languages[0]
        longest = max(listening.voices, key=lambda v: sum(s.length_ms for s in v.spans))
        _, _, found = self._model.detect_language(_clip(longest.samples, longest.windows[0]))
        probability = dict(found)

        def weight(language: Language) -> float:
            members = ("en",) if language == "en" else _FAMILY
            return float(sum(probability.get(member, 0.0) for member in members))

        return max(languages, key=weight)  # a tie goes to the first configured


def _clip(samples: NDArray[np.float32], window: Window) -> NDArray[np.float32]:
    start, end = (ms * SAMPLE_RATE // 1000 for ms in (window.start_ms, window.end_ms))
    return samples[start:end]


def _words_of(word: dict[str, Any], window: Window) -> list[Word]:
    """Return the recogniser's word as Words: none if blank, several if it holds spaces."""
    texts = word["word"].split()
    start, end = (
        min(window.end_ms, window.start_ms + round(float(word[edge]) * 1000))
        for edge in ("start", "end")
    )
    step = max(0, end - start) // max(1, len(texts))
    return [
        Word(text, start + i * step, start + (i + 1) * step, float(word["probability"]))
        for i, text in enumerate(texts)
    ]
