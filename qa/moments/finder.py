"""Moments of a call: which of its sentences do what."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from qa.moments.classifier import load_or_fit
from qa.moments.features import embed
from qa.nouns import SPEAKER_CAVEATS, Doubt, Moment, Speaker

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from qa.moments.bank import Bank
    from qa.moments.encoders import Encoder
    from qa.sentences import Sentence


class MomentFinder:
    """An encoder, a bank and the classifiers fitted on them.

    `name` identifies all that its decisions depend on, for the keys of stored findings.
    """

    def __init__(self, bank: Bank, encoder: Encoder) -> None:
        self._encoder = encoder
        self._classifiers = load_or_fit(bank, encoder)
        self._speakers: dict[str, Speaker] = {m.name: m.speaker for m in bank.moments}
        self.name = finder_name(bank, encoder.name)

    def find(self, sentences: Sequence[Sentence]) -> tuple[Moment, ...]:
        """Return the moments of a call's sentences, in order of the sentences, then of name.

        Only the moments of a sentence's own speaker are asked: a customer's "sorry" is never the
        agent's apology. Empty for no sentences.
        """
        if not sentences:
            return ()
        texts = [sentence.text for sentence in sentences]
        found = self._classifiers.probabilities(texts, embed(texts, self._encoder))
        return tuple(
            moment
            for sentence, row in zip(sentences, found, strict=True)
            for moment in self._decide(sentence, [float(p) for p in row])
        )

    def _decide(self, sentence: Sentence, row: Sequence[float]) -> list[Moment]:
        out = []
        limits = self._classifiers.thresholds
        for index, name in enumerate(self._classifiers.names):
            uncertain, present = (float(limit) for limit in limits[index])
            if self._speakers[name] != sentence.speaker or row[index] < uncertain:
                continue
            out.append(
                Moment(
                    name=name,
                    speaker=sentence.speaker,
                    turn=sentence.turn,
                    quote=sentence.text,
                    start_ms=sentence.start_ms,
                    end_ms=sentence.end_ms,
                    probability=round(row[index], 4),
                    decision="present" if row[index] >= present else "uncertain",
                )
            )
        return out


def finder_name(bank: Bank, encoder_name: str) -> str:
    """Return the `name` of the finder with this bank and encoder, without fitting it."""
    return f"{encoder_name}|{bank.digest()}"


def unsettle(
    moments: Iterable[Moment], doubts: Sequence[Doubt], caveats: Sequence[str] = ()
) -> tuple[Moment, ...]:
    """Return the moments, those in a doubted stretch of their own speaker as uncertain.

    All of them, where a caveat says that it is not known who spoke. What may be misheard, or may be
    the other's, does not decide alone; a person can.
    """
    anybody = not SPEAKER_CAVEATS.isdisjoint(caveats)
    return tuple(
        replace(moment, decision="uncertain")
        if anybody
        or any(doubt.covers(moment.speaker, moment.start_ms, moment.end_ms) for doubt in doubts)
        else moment
        for moment in moments
    )
