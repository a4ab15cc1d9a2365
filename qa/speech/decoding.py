"""From windows to words: one batch decoded, doubted, and what fails decoded again.

Only windows that a guard doubts (`qa.speech.guards`) cost more than one decoding: they are padded
to the 30 seconds that Whisper was trained on, then searched with a wider beam, then with repeated
words made dearer. What stays bad keeps its best attempt and is marked with the reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from qa.speech.guards import doubt
from qa.speech.mel import FRAMES_PER_S
from qa.speech.whisper import LONGEST, width

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from qa.nouns import Language
    from qa.speech.whisper import Encoded, Said, Task, Whisper

_WIDE_BEAM = 5
# CTranslate2's temperature sampling cannot be repeated: its random numbers go on from window to
# window, so a transcript would depend on what was decoded before it. A penalty on tokens that were
# said leads out of the same loops and gives the same text every time.
_PENALTY = 1.2
_NO_REPEATED = 4  # tokens in a row


@dataclass(frozen=True, slots=True, eq=False)
class Item:
    """One window to be recognised; features are (bands, frames), `language` None if not known."""

    features: NDArray[np.float32]
    language: Language | None


@dataclass(frozen=True, slots=True)
class Recognised:
    """What was recognised in one window; `reason` says why it is doubted, if it is."""

    language: Language
    words: tuple[tuple[str, int, int, float], ...]  # text, from and to in ms, probability
    reason: str = ""


class Decoding:
    """Decodes batches; safe to share between threads, as its model is."""

    def __init__(self, whisper: Whisper, *, beam_size: int, languages: Sequence[Language]) -> None:
        self._whisper = whisper
        self._beam_size = beam_size
        self._languages = tuple(languages)

    def recognise(self, items: Sequence[Item]) -> list[Recognised]:
        """Return each window's words; windows of several widths or languages may come together."""
        frames = max(width(item.features.shape[1]) for item in items)
        encoded = self._whisper.encode([item.features for item in items], frames)
        spoken = [item.language for item in items]
        if None in spoken:
            detected = self._whisper.languages(encoded, self._languages)
            spoken = [known or found for known, found in zip(spoken, detected, strict=True)]
        found: dict[int, Recognised] = {}
        for language in dict.fromkeys(each for each in spoken if each):
            own = [at for at, each in enumerate(spoken) if each == language]
            if len(own) < len(items):  # prompts of one batch must be of one length
                features = [items[at].features for at in own]
                encoded = self._whisper.encode(features, frames)
            task = self._whisper.task(language)
            said = self._said(encoded, task, beam_size=self._beam_size)
            for at, each in zip(own, said, strict=True):
                found[at] = self._checked(each, items[at].features, task)
        return [found[at] for at in range(len(items))]

    def _said(self, encoded: Encoded, task: Task, **options: Any) -> list[Said]:
        return self._whisper.said(encoded, task, self._whisper.generate(encoded, task, **options))

    def _checked(self, said: Said, features: NDArray[np.float32], task: Task) -> Recognised:
        """Return a window's words, after further attempts if they are doubted."""
        reason = _reason(said, features, task.language)
        if not reason:
            return Recognised(task.language, said.words)
        attempts = [(said, reason)]
        encoded = self._whisper.encode([features], LONGEST)
        for options in self._ladder():
            (again,) = self._said(encoded, task, **options)
            reason = _reason(again, features, task.language)
            attempts.append((again, reason))
            if not reason:
                break
        best, reason = max(attempts, key=lambda attempt: (not attempt[1], attempt[0].logprob))
        return Recognised(task.language, best.words, reason)

    def _ladder(self) -> list[dict[str, Any]]:
        wide = max(self._beam_size, _WIDE_BEAM)
        beams = dict.fromkeys((self._beam_size, wide))
        penalties = {"repetition_penalty": _PENALTY, "no_repeat_ngram_size": _NO_REPEATED}
        return [*({"beam_size": beam} for beam in beams), {"beam_size": wide, **penalties}]


def _reason(said: Said, features: NDArray[np.float32], language: Language) -> str:
    return doubt(
        said.text,
        seconds=features.shape[1] / FRAMES_PER_S,
        logprob=said.logprob,
        no_speech=said.no_speech,
        language=language,
    )
