"""One sentence explained: what each moment's classifier thinks of it, and beside what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from qa.moments.classifier import load_or_fit
from qa.moments.finder import MomentFinder, Opinion
from qa.moments.training import DOES, training_sets
from qa.moments.vectors import embed, embed_cached
from qa.sentences import Sentence

if TYPE_CHECKING:
    from qa.moments.bank import Bank
    from qa.moments.encoders import Encoder
    from qa.nouns import Language, Speaker

_NEAREST: Final = 3
_BLOCK: Final = 4_096  # sentences placed at a time: all at once take several times their memory
_SHOWN: Final = 6


@dataclass(frozen=True, slots=True)
class Near:
    """A sentence of the bank that is like another."""

    text: str
    language: Language
    does: bool  # the moment in question
    likeness: float  # cosine of the embeddings, -1..1


@dataclass(frozen=True, slots=True)
class Explained:
    """The likeliest moments of a sentence, each with the bank's nearest sentences."""

    opinions: tuple[tuple[Opinion, tuple[Near, ...]], ...]


def explain(
    text: str, speaker: Speaker, bank: Bank, encoder: Encoder, *, after: str = ""
) -> Explained:
    """Return the six likeliest moments of a sentence said after the other's `after`."""
    other: Speaker = "customer" if speaker == "agent" else "agent"
    said = [Sentence(0, other, after, 0, 0)] if after else []
    *_, opinions = MomentFinder(bank, encoder).judge([*said, Sentence(1, speaker, text, 0, 0)])
    ranked = sorted(opinions, key=lambda opinion: -opinion.probability)[:_SHOWN]
    near = _Nearest(text, speaker, bank, encoder)
    return Explained(tuple((opinion, near.to(opinion.moment)) for opinion in ranked))


class _Nearest:
    """The sentences of one speaker in the bank, by how like they are to a text."""

    def __init__(self, text: str, speaker: Speaker, bank: Bank, encoder: Encoder) -> None:
        import numpy as np

        space = load_or_fit(bank, encoder).space
        sets = training_sets(bank)
        self._known = next(s for s in sets if s.samples[0].speaker == speaker)
        # with all sentences of the bank, as they were embedded to be learnt from
        texts = [sample.text for known in sets for sample in known.samples]
        place = {text: at for at, text in enumerate(texts)}
        rows = [place[sample.text] for sample in self._known.samples]
        own = embed_cached(texts, encoder)[rows]
        wanted = space.place(embed([text], encoder))[0]
        blocks = (own[at : at + _BLOCK] for at in range(0, len(own), _BLOCK))
        self._likeness = np.concatenate([space.place(block) @ wanted for block in blocks])

    def to(self, moment: str) -> tuple[Near, ...]:
        """Return the nearest sentences of which it is told whether they do the moment."""
        labels = self._known.labels[:, self._known.moments.index(moment)]
        order = [int(at) for at in (-self._likeness).argsort(kind="stable") if labels[at]]
        return tuple(
            Near(
                self._known.samples[at].text,
                self._known.samples[at].language,
                bool(labels[at] == DOES),
                float(self._likeness[at]),
            )
            for at in order[:_NEAREST]
        )
