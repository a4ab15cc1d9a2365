"""What is said in constructed calls: single utterances whose every edge is known.

`data/samples/utterances` holds one recording per voice and a list of what is where. There are two
sets of voices, one to develop by and another to judge by.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from qa.intake.decode import decode

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qa.nouns import Language

    Samples = NDArray[np.float32]

Part = Literal["development", "judged"]
Kind = Literal["sentence", "remark", "listening"]

FOLDER = Path(__file__).parents[1] / "data" / "samples" / "utterances"
RATE = 16_000
PER_MS = RATE // 1000
GRID_MS = 10  # all lengths are multiples of it
_QUIET = 10 ** (-35 / 20)  # of the loudest 10 ms: what is under it is a pause


@dataclass(frozen=True, slots=True, eq=False)
class Utterance:
    """One thing said, without silence before or after it."""

    kind: Kind
    text: str
    samples: Samples  # float32 at 16 kHz, peak 1

    @property
    def length_ms(self) -> int:
        return self.samples.size // PER_MS

    def cut(self, length_ms: int) -> Utterance:
        """Return at most so much of its start, ending in sound; for speakers who are cut off."""
        return Utterance(self.kind, self.text, trimmed(self.samples[: length_ms * PER_MS]))


@dataclass(frozen=True, slots=True, eq=False)
class Voice:
    """One speaker and all that is there of them."""

    name: str
    language: Language
    utterances: tuple[Utterance, ...]

    def of_kind(self, kind: Kind) -> tuple[Utterance, ...]:
        return tuple(each for each in self.utterances if each.kind == kind)


@cache
def voices(part: Part) -> tuple[Voice, ...]:
    """Return the voices of one set, by language and name."""
    listed = json.loads((FOLDER / "utterances.json").read_text("utf-8"))
    return tuple(_voice(row) for row in listed if row["part"] == part)


def _voice(row: dict[str, object]) -> Voice:
    (sound,) = decode(FOLDER / str(row["recording"])).channels
    said = tuple(
        Utterance(one["kind"], one["text"], trimmed(sound[slice(*_samples(one))]))
        for one in row["utterances"]  # type: ignore[attr-defined]
    )
    return Voice(str(row["voice"]), row["language"], said)  # type: ignore[arg-type]


def _samples(one: dict[str, int]) -> tuple[int, int]:
    return one["start_ms"] * PER_MS, one["end_ms"] * PER_MS


def trimmed(samples: Samples) -> Samples:
    """Return the sound from its first 10 ms that is no pause to the last, at a peak of 1."""
    size = samples.size // (GRID_MS * PER_MS)
    loud = np.flatnonzero(is_sound(samples))
    kept = samples[: size * GRID_MS * PER_MS].reshape(size, -1)[loud[0] : loud[-1] + 1].reshape(-1)
    return np.asarray(kept / max(1e-6, float(np.abs(kept).max())), np.float32)


def is_sound(samples: Samples) -> NDArray[np.bool_]:
    """Return which whole 10 ms are no pause, by their energy beside the loudest: (n,)."""
    size = samples.size // (GRID_MS * PER_MS)
    grid = samples[: size * GRID_MS * PER_MS].reshape(size, -1)
    power = np.sqrt(np.mean(np.square(grid), axis=1))
    return np.asarray(power > power.max() * _QUIET)
