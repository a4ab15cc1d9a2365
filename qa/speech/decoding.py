"""From windows to words: one batch decoded, doubted, and what fails decoded again.

Only windows that a guard doubts (`qa.speech.guards`) cost more than one decoding: they are padded
to the 30 seconds that Whisper was trained on, then searched with a wider beam, then with repeated
words made dearer. What stays bad keeps its best attempt and is marked with the reason.
"""

from __future__ import annotations

import math
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
    once: bool = False  # however doubtful it comes out


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
        """Return each window's words, in order; what shares a batch with it changes nothing.

        Windows of one width and language are decoded together, others one group after another.
        """
        found: dict[int, Recognised] = {}
        for (frames, language), group in _alike(items).items():
            encoded = self._whisper.encode([items[at].features for at in group], frames)
            spoken = [language] * len(group) if language else self._detected(encoded)
            for each in dict.fromkeys(spoken):
                own = [at for at, told in zip(group, spoken, strict=True) if told == each]
                windows = [items[at].features for at in own]
                if len(own) < len(group):  # a batch begins with one prompt
                    encoded = self._whisper.encode(windows, frames)
                once = [items[at].once for at in own]
                found |= zip(own, self._decoded(encoded, windows, each, once), strict=True)
        return [found[at] for at in range(len(items))]

    def try_out(self, features: NDArray[np.float32]) -> None:
        """Decode one window the shortest way; RuntimeError if the device cannot."""
        task = self._whisper.task(self._languages[0])
        encoded = self._whisper.encode([features], width(features.shape[1]))
        self._said(encoded, task, {"beam_size": 1})

    def _detected(self, encoded: Encoded) -> list[Language]:
        return self._whisper.languages(encoded, self._languages)

    def _decoded(
        self,
        encoded: Encoded,
        windows: Sequence[NDArray[np.float32]],
        language: Language,
        once: Sequence[bool],
    ) -> list[Recognised]:
        task = self._whisper.task(language)
        said = self._said(encoded, task, {"beam_size": self._beam_size})
        return [
            Recognised(language, each.words) if only else self._checked(each, features, task)
            for each, features, only in zip(said, windows, once, strict=True)
        ]

    def _said(self, encoded: Encoded, task: Task, options: dict[str, Any]) -> list[Said]:
        return self._whisper.said(encoded, task, self._whisper.generate(encoded, task, **options))

    def _checked(self, said: Said, features: NDArray[np.float32], task: Task) -> Recognised:
        """Return a window's words, after further attempts if they are doubted."""
        reason = _reason(said, features, task.language)
        if not reason:
            return Recognised(task.language, said.words)
        attempts = [(said, reason)]
        encoded = self._whisper.encode([features], LONGEST)
        for options in self._ladder():
            (again,) = self._said(encoded, task, options)
            attempts.append((again, _reason(again, features, task.language)))
            if not attempts[-1][1]:
                break
        best, doubted = max(attempts, key=_merit)
        # words that are withdrawn for none leave their doubt: nothing is dropped silently
        return Recognised(task.language, best.words, doubted if best.words else reason)

    def _ladder(self) -> list[dict[str, Any]]:
        wide = max(self._beam_size, _WIDE_BEAM)
        beams = dict.fromkeys((self._beam_size, wide))
        penalties = {"repetition_penalty": _PENALTY, "no_repeat_ngram_size": _NO_REPEATED}
        return [*({"beam_size": beam} for beam in beams), {"beam_size": wide, **penalties}]


def _alike(items: Sequence[Item]) -> dict[tuple[int, Language | None], list[int]]:
    """Return the places of the windows that can be encoded together, by width and language."""
    alike: dict[tuple[int, Language | None], list[int]] = {}
    for at, item in enumerate(items):
        alike.setdefault((width(item.features.shape[1]), item.language), []).append(at)
    return alike


def _merit(attempt: tuple[Said, str]) -> tuple[bool, bool, float]:
    """Return what the best attempt has most of; a loop is always sure of itself."""
    said, reason = attempt
    logprob = -math.inf if math.isnan(said.logprob) else said.logprob
    return not reason, reason != "repetition", logprob


def _reason(said: Said, features: NDArray[np.float32], language: Language) -> str:
    return doubt(
        said.text,
        seconds=features.shape[1] / FRAMES_PER_S,
        logprob=said.logprob,
        no_speech=said.no_speech,
        language=language,
    )
