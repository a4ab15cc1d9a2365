"""Flags over a time line: a number on a pole for what is said below.

How wide the picture is, is known only where it is opened. Poles stand at shares of the width,
the flags on them have a width in pixels; they are set so that they do not cover each other on
the narrowest picture, a telephone's, and then do not on any.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

NARROWEST: Final = 270  # the picture's width in CSS pixels on a screen of 360
LETTER: Final = 7
PADDING: Final = 8
APART: Final = 2


@dataclass(frozen=True, slots=True)
class Place:
    """Where a flag hangs: `level` 0 is the lowest; `to_left`: it would stick out on the right."""

    level: int
    width: int  # CSS pixels
    to_left: bool


def hang(poles: Sequence[tuple[float, str]]) -> tuple[Place, ...]:
    """Return a place for each (pole, text), `pole` in 0..1 and rising.

    A flag hangs above those whose pole it would cross, so that every pole is seen down to its
    foot, and above those that it would cover.
    """
    places: list[Place] = []
    taken: list[tuple[float, float, float, int]] = []  # start, end, pole, level
    for share, text in reversed(poles):
        width = PADDING + LETTER * len(text)
        pole = share * NARROWEST
        to_left = pole + width > NARROWEST
        start, end = (pole - width, pole) if to_left else (pole, pole + width)
        below = [
            level
            for other_start, other_end, other_pole, level in taken
            if (start < other_end + APART and other_start < end + APART)
            or start - APART <= other_pole <= end + APART
        ]
        level = max(below, default=-1) + 1
        taken.append((start, end, pole, level))
        places.append(Place(level, width, to_left))
    return tuple(reversed(places))
