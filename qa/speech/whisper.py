"""The only place that knows faster-whisper's model: windows of features in, words out.

Windows are encoded at their own length. faster-whisper's own pipelines pad each one to 30
seconds, and pay the encoder for the silence; CTranslate2's encoder does not ask for it. On a
processor each window is encoded alone, which is what its caches like, and only the decoding,
which reads all weights for every token, is done for many windows at once.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from qa.problems import NothingToRunError
from qa.speech.mel import FRAMES_PER_S, pad
from qa.speech.models import LANGUAGE_TOKEN
from qa.speech.vocabulary import not_latin

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from qa.nouns import Language
    from qa.speech.models import Model

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
_SILENCE_AFTER = 150  # frames; without them, Whisper loses the end of a short window
_SHORTEST = 1_000  # frames; shorter ones cost accuracy, and at 160 CTranslate2 encodes twice
_STEP = 100  # frames: windows are padded to whole seconds, so that like ones share a batch
LONGEST = 3_000  # frames: what Whisper was trained on
_LEAST_ALIGNED = 2  # frames: CTranslate2 halves them, and faster-whisper needs one
_PREPENDED, _APPENDED = "\"'“¿([{-", "\"'.。,，!！?？:：”)]}、"


TimedWord = tuple[str, int, int, float]  # text, from, to, probability


@dataclass(frozen=True, slots=True)
class Said:
    """What one window was decoded to; times are milliseconds from its start."""

    words: tuple[TimedWord, ...]
    text: str
    logprob: float  # mean per token
    no_speech: float  # probability


@dataclass(frozen=True, slots=True)
class Task:
    """How to decode: a language and what every decoding in it starts with."""

    language: Language
    tokenizer: Any
    start: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Encoded:
    """Windows of one width after the encoder; `frames` are those that hold sound."""

    output: Any
    frames: tuple[int, ...]


def width(frames: int) -> int:
    """Return to how many frames a window is padded: windows of one width share batches."""
    wanted = max(_SHORTEST, frames + _SILENCE_AFTER)
    return max(frames, min(LONGEST, -(-wanted // _STEP) * _STEP))


class Whisper:
    """Whisper on CTranslate2; several threads may use one instance."""

    def __init__(
        self, model: Model, *, hotwords: str = "", words: bool = True, workers: int = 1
    ) -> None:
        from faster_whisper import WhisperModel

        self._hotwords = hotwords
        self._aligns = words
        self._on_gpu = model.device == "cuda"
        self._tasks: dict[Language, Task] = {}
        try:
            self._model = WhisperModel(
                str(model.path),
                device=model.device,
                compute_type=model.compute_type,
                cpu_threads=1,
                num_workers=workers,
                local_files_only=True,
            )
        except (RuntimeError, ValueError, OSError) as error:
            where = f"speech model '{model.path}' cannot be loaded on {model.device}"
            raise NothingToRunError(f"{where}: {error}") from error

    def task(self, language: Language) -> Task:
        """Return how to decode a language."""
        if language not in self._tasks:
            self._tasks[language] = self._task(language)
        return self._tasks[language]

    def encode(self, windows: Sequence[NDArray[np.float32]], frames: int) -> Encoded:
        """Return windows of features, (bands, frames) each, encoded at a width of `frames`."""
        padded = [pad(features, frames)[None] for features in windows]
        held = tuple(features.shape[1] for features in windows)
        if self._on_gpu:
            return Encoded(self._model.encode(np.concatenate(padded)), held)
        from ctranslate2 import StorageView

        outputs = [np.asarray(self._model.encode(each)) for each in padded]
        return Encoded(StorageView.from_array(np.concatenate(outputs)), held)

    def languages(self, encoded: Encoded, among: Sequence[Language]) -> list[Language]:
        """Return each window's most probable language, Croatian and Serbian taken together.

        Which of the two is a matter of vocabulary that the recogniser does not decide: the
        first of them in `among` stands for the family. A tie goes to the first of `among`.
        """
        found = self._model.model.detect_language(encoded.output)
        return [_likeliest(dict(each), among) for each in found]

    def generate(self, encoded: Encoded, task: Task, **options: float) -> list[Any]:
        """Return CTranslate2's results, one per window; `options` are those of its `generate`."""
        return list(
            self._model.model.generate(
                encoded.output,
                [list(task.start)] * len(encoded.frames),
                max_length=self._model.max_length,
                return_scores=True,
                return_no_speech_prob=True,
                suppress_tokens=[-1, *self._foreign],
                **options,
            )
        )

    def said(self, encoded: Encoded, task: Task, results: Sequence[Any]) -> list[Said]:
        """Return the words of generated results.

        Their times come from one more pass of the decoder; without `words`, which saves it, they
        are spread over the window by their letters.
        """
        end = task.tokenizer.eot
        tokens = [[t for t in result.sequences_ids[0] if t < end] for result in results]
        texts = [task.tokenizer.decode(ids).strip() for ids in tokens]
        if self._aligns:
            words = self._aligned(encoded, task, tokens)
        else:
            words = [
                _spread(text, frames, math.exp(min(0.0, float(result.scores[0]))))
                for text, frames, result in zip(texts, encoded.frames, results, strict=True)
            ]
        return [
            Said(tuple(own), text, float(result.scores[0]), float(result.no_speech_prob))
            for own, text, result in zip(words, texts, results, strict=True)
        ]

    def _aligned(
        self, encoded: Encoded, task: Task, tokens: list[list[int]]
    ) -> list[list[TimedWord]]:
        from faster_whisper.transcribe import merge_punctuations

        frames = [max(_LEAST_ALIGNED, each) for each in encoded.frames]
        aligned = self._model.find_alignment(task.tokenizer, tokens, encoded.output, frames)
        for words in aligned:
            merge_punctuations(words, _PREPENDED, _APPENDED)
        return [
            [each for word in words for each in _words(word, held)]
            for words, held in zip(aligned or [[]] * len(tokens), encoded.frames, strict=True)
        ]

    def _task(self, language: Language) -> Task:
        from faster_whisper.tokenizer import Tokenizer

        model = self._model
        multilingual = model.model.is_multilingual
        tokenizer = Tokenizer(
            model.hf_tokenizer,
            multilingual,
            task="transcribe",
            language=LANGUAGE_TOKEN[language] if multilingual else "en",
        )
        context = " ".join(filter(None, (_CONTEXT[language], self._hotwords)))
        start = model.get_prompt(tokenizer, [], without_timestamps=True, hotwords=context or None)
        return Task(language, tokenizer, tuple(start))

    @cached_property
    def _foreign(self) -> tuple[int, ...]:
        """Tokens never decoded to, which makes a transcript in a wrong script impossible."""
        return not_latin(self._model.hf_tokenizer.get_vocab(with_added_tokens=True))


def _likeliest(probability: dict[str, float], among: Sequence[Language]) -> Language:
    def weight(language: Language) -> float:
        members = ("en",) if language == "en" else _FAMILY
        return sum(probability.get(f"<|{member}|>", 0.0) for member in members)

    return max(among, key=weight)


def _words(word: dict[str, Any], frames: int) -> list[TimedWord]:
    """Return the recogniser's word with whole milliseconds: none if blank, several with spaces."""
    texts = word["word"].split()
    most = frames * 1000 // FRAMES_PER_S
    start, end = (min(most, round(float(word[edge]) * 1000)) for edge in ("start", "end"))
    step = max(0, end - start) // max(1, len(texts))
    probability = float(word["probability"])
    return [
        (text, start + at * step, start + (at + 1) * step, probability)
        for at, text in enumerate(texts)
    ]


def _spread(text: str, frames: int, probability: float) -> list[TimedWord]:
    """Return the words of a text over so many frames, each as long as its letters."""
    words, before = text.split(), 0
    letters = sum(len(word) + 1 for word in words)
    spread = []
    for word in words:
        after = before + len(word) + 1
        start, end = (at * frames * 1000 // (letters * FRAMES_PER_S) for at in (before, after))
        spread.append((word, start, end, probability))
        before = after
    return spread
