"""Moments of a call: which of its sentences do what."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from qa.moments.classifier import METHOD, load_or_fit
from qa.moments.cues import fitting, shifted
from qa.moments.vectors import embed
from qa.nouns import SPEAKER_CAVEATS, Decision, Doubt, Moment, Speaker

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from qa.moments.bank import Bank, MomentBank
    from qa.moments.encoders import Encoder
    from qa.moments.thresholds import Thresholds
    from qa.sentences import Sentence


@dataclass(frozen=True, slots=True)
class Opinion:
    """What is thought of one sentence as one moment."""

    moment: str
    by_examples: float  # probability before cues
    probability: float
    cues: tuple[str, ...]  # reasons of the cues that fitted
    limits: Thresholds

    @property
    def decision(self) -> Decision | None:
        """Present, uncertain, or None: neither."""
        if self.probability >= self.limits.present:
            return "present"
        return "uncertain" if self.probability >= self.limits.uncertain else None


class MomentFinder:
    """An encoder, a bank and the classifiers fitted on them.

    `name` identifies all that its decisions depend on, for the keys of stored findings.
    """

    def __init__(self, bank: Bank, encoder: Encoder) -> None:
        self._encoder = encoder
        self._classifiers = load_or_fit(bank, encoder)
        self._moments: dict[str, MomentBank] = {moment.name: moment for moment in bank.moments}
        self.name = finder_name(bank, encoder.name)

    def find(self, sentences: Sequence[Sentence]) -> tuple[Moment, ...]:
        """Return the moments of a call's sentences, in order of the sentences, then of name.

        Only the moments of a sentence's own speaker are asked: a customer's "sorry" is never the
        agent's apology. Empty for no sentences.
        """
        return tuple(
            _moment(sentence, opinion, opinion.decision)
            for sentence, opinions in zip(sentences, self.judge(sentences), strict=True)
            for opinion in opinions
            if opinion.decision is not None
        )

    def judge(self, sentences: Sequence[Sentence]) -> list[list[Opinion]]:
        """Return for each sentence what is thought of it as each moment of its speaker."""
        if not sentences:
            return []
        texts = [sentence.text for sentence in sentences]
        found = self._classifiers.probabilities(texts, embed(texts, self._encoder))
        return [
            sorted(
                self._opinions(sentence, before, [float(p) for p in row]), key=lambda o: o.moment
            )
            for sentence, before, row in zip(sentences, _before(sentences), found, strict=True)
        ]

    def _opinions(
        self, sentence: Sentence, before: Sequence[str], row: Sequence[float]
    ) -> Iterator[Opinion]:
        for at, (name, by_examples) in enumerate(zip(self._classifiers.names, row, strict=True)):
            moment, limits = self._moments[name], self._classifiers.limits(at)
            if moment.speaker != sentence.speaker:
                continue
            cues = fitting(moment.cues, sentence.text, before) if moment.cues else ()
            probability = shifted(
                by_examples, cues, uncertain=limits.uncertain, present=limits.present
            )
            reasons = tuple(cue.reason for cue in cues)
            yield Opinion(name, by_examples, probability, reasons, limits)


def finder_name(bank: Bank, encoder_name: str) -> str:
    """Return the `name` of the finder with this bank and encoder, without fitting it."""
    return f"{encoder_name}|{METHOD}|{bank.digest()}"


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


def _before(sentences: Sequence[Sentence]) -> Iterator[tuple[str, ...]]:
    """Yield for each sentence what the other speaker said in the turn before its own."""
    last: dict[Speaker, tuple[int, tuple[str, ...]]] = {}
    for sentence in sentences:
        other: Speaker = "customer" if sentence.speaker == "agent" else "agent"
        yield last[other][1] if other in last else ()
        turn, said = last.get(sentence.speaker, (-1, ()))
        said = (*said, sentence.text) if turn == sentence.turn else (sentence.text,)
        last[sentence.speaker] = (sentence.turn, said)


def _moment(sentence: Sentence, opinion: Opinion, decision: Decision) -> Moment:
    return Moment(
        name=opinion.moment,
        speaker=sentence.speaker,
        turn=sentence.turn,
        quote=sentence.text,
        start_ms=sentence.start_ms,
        end_ms=sentence.end_ms,
        probability=round(opinion.probability, 4),
        decision=decision,
        cues="; ".join(opinion.cues),
        sentence=sentence.number,
    )
