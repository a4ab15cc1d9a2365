"""The manifest's cell of holds: "63.5-95; 120-151", as telephone systems and sheets write it."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Final

from qa.nouns import Hold

_NO_HOLD: Final = frozenset(("none", "no", "0", "-", "\N{EN DASH}", "\N{EM DASH}"))
_DASH = re.compile(r"\s*[-\u2013\u2014]\s*")
_BETWEEN = re.compile(r"\s*[;|]\s*|,\s+|\s+")  # "63,5-95" holds a decimal comma, "95, 120" does not
_TIME = re.compile(r"(?:(?:(\d{1,2}):)?(\d{1,3}):)?(\d{1,9})(?:[.,](\d{1,9}))?")
_LONGEST_MS: Final = 24 * 3_600_000  # a day: no recording is longer


def read_holds(cell: str) -> tuple[Hold, ...] | None:
    """Return the holds in order of time; None for an empty cell (not known), () for "none", 0, -.

    Each is start-end from the start of the recording, in seconds (63.5 or 63,5), mm:ss or h:mm:ss;
    between holds stands a semicolon. Raises ValueError saying what is wrong and what to do.
    """
    text = cell.strip().casefold()
    if not text:
        return None
    if text in _NO_HOLD:
        return ()
    pieces = [piece for piece in _BETWEEN.split(_DASH.sub("-", text)) if piece]
    holds = sorted((_hold(piece) for piece in pieces), key=lambda hold: hold.start_ms)
    for one, other in pairwise(holds):
        if other.start_ms < one.end_ms:
            raise ValueError(
                f"has holds that overlap ({_shown(one)} and {_shown(other)}): check their times"
            )
    return tuple(holds)


def write_holds(holds: tuple[Hold, ...] | None) -> str | None:
    """Return holds as `read_holds` reads them, in seconds: "63.5-95; 120-151"; None stays None."""
    if holds is None:
        return None
    return "; ".join(map(_shown, holds)) or "none"


def _hold(piece: str) -> Hold:
    start, dash, end = piece.partition("-")
    if not dash or "-" in end:
        raise _not_a_hold(piece)
    hold = Hold(_milliseconds(start, piece), _milliseconds(end, piece))
    if hold.end_ms <= hold.start_ms:
        raise ValueError(
            f"has a hold without length or that ends before it starts ({piece[:40]}): mend it"
        )
    if hold.end_ms > _LONGEST_MS:
        raise ValueError(f"has a hold after more than a day ({piece[:40]}): times are in seconds")
    return hold


def _milliseconds(time: str, piece: str) -> int:
    found = _TIME.fullmatch(time)
    if found is None:
        raise _not_a_hold(piece)
    hours, minutes, seconds, fraction = (group or "0" for group in found.groups())
    crowded = found[2] is not None and int(seconds) >= 60
    if crowded or (found[1] is not None and int(minutes) >= 60):
        raise _not_a_hold(piece)
    whole = (int(hours) * 60 + int(minutes)) * 60 + int(seconds)
    return whole * 1000 + int(fraction.ljust(3, "0")[:3])


def _not_a_hold(piece: str) -> ValueError:
    return ValueError(
        f"is no list of holds at {piece[:40]!r}: write start-end in seconds or mm:ss, a semicolon "
        'between two, as 63.5-95;120-151, or "none", or leave it empty if it is not known'
    )


def _shown(hold: Hold) -> str:
    return f"{_seconds(hold.start_ms)}-{_seconds(hold.end_ms)}"


def _seconds(time_ms: int) -> str:
    return f"{time_ms // 1000}.{time_ms % 1000:03}".rstrip("0").rstrip(".")
