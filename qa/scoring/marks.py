"""What the dialogue of a rubric's test does, as its writer marked it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qa.nouns import Moment
from qa.scoring.dialogues import transcript_of
from qa.scoring.faults import unknown
from qa.sentences import cut
from qa.yaml_lines import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from qa.nouns import Speaker
    from qa.scoring.cases import RubricTest
    from qa.sentences import Sentence


def marked_moments(test: RubricTest, speakers: Mapping[str, Speaker]) -> tuple[Moment, ...] | None:
    """Return the moments that a test marks in its dialogue, in order of turns; None if it does not.

    `speakers` says whose each moment is: a mark means the first sentence of its moment's speaker
    that has the marked part. Marks that `mark_faults` tells of are left out.
    """
    if test.moments is None:
        return None
    found = [
        Moment(
            name=name,
            speaker=said.speaker,
            turn=said.turn,
            quote=said.text,
            start_ms=said.start_ms,
            end_ms=said.end_ms,
            probability=1.0,
            decision="present",
            sentence=said.number,
        )
        for _, name, said in _marks(test, speakers)
        if said
    ]
    return tuple(sorted(found, key=lambda moment: (moment.turn, moment.sentence)))


def mark_faults(tests: Sequence[RubricTest], speakers: Mapping[str, Speaker]) -> Iterator[Fault]:
    """Yield marks of moments that do not exist, or of words that their speaker does not say."""
    for at, test in enumerate(tests):
        for part, name, said in _marks(test, speakers):
            place = ("tests", at, "moments", part)
            if name not in speakers:
                yield Fault(place, unknown("moment", name, speakers))
            elif said is None:
                who = f"no sentence of the {speakers[name]} has these words"
                yield Fault(
                    place, f"{who}: write some as they stand, {name} is the {speakers[name]}'s"
                )


def _marks(
    test: RubricTest, speakers: Mapping[str, Speaker]
) -> Iterator[tuple[str, str, Sentence | None]]:
    """Yield each marked part with a moment, and the sentence that is meant."""
    sentences = list(cut(transcript_of(test))) if test.moments else []
    for part, names in (test.moments or {}).items():
        for name in names:
            own = (one for one in sentences if one.speaker == speakers.get(name))
            yield part, name, next((one for one in own if part in one.text), None)
