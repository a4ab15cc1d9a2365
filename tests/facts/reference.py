"""A slow, obvious measure of turn-taking on a 10 ms grid: what the facts must agree with.

Written from the published definitions alone; it shares no code with `qa.facts`. Times must be
multiples of 10 ms. A side is a list of (start_ms, end_ms, text).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

STEP = 10
LISTENING = {"mhm", "right", "okay"}

Side = list[tuple[int, int, str]]
Happening = tuple[str, int, int]


@dataclass
class Grid:
    speaking: list[bool]
    listening: list[bool]  # in a backchannel


def measure_slowly(agent: Side, customer: Side) -> dict[str, object]:
    length = max([end for _, end, _ in agent + customer], default=0) // STEP + 40
    a, c = _grid(agent, length), _grid(customer, length)
    _mark_listening(a, c, agent)
    _mark_listening(c, a, customer)
    both = sum(x and y for x, y in zip(a.speaking, c.speaking, strict=True))
    return {
        "agent_interruptions": _interruptions(a, c),
        "customer_interruptions": _interruptions(c, a),
        "agent_backchannels": _stretches_of(a.listening),
        "silences": _silences(a, c),
        "overlap_ms": both * STEP,
        "talk_share_agent": sum(a.speaking) / (sum(a.speaking) + sum(c.speaking)),
    }


def _grid(side: Side, length: int) -> Grid:
    speaking = [False] * length
    for start, end, _ in side:
        for cell in range(start // STEP, end // STEP):
            speaking[cell] = True
    for start, end in _pauses(speaking):
        if end - start < 25:
            speaking[start:end] = [True] * (end - start)
    return Grid(speaking, [False] * length)


def _pauses(speaking: list[bool]) -> list[tuple[int, int]]:
    heard = [cell for cell, on in enumerate(speaking) if on]
    return [(one + 1, two) for one, two in pairwise(heard) if two - one > 1]


def _cells_of(speaking: list[bool]) -> list[tuple[int, int]]:
    cells = []
    for cell, on in enumerate(speaking):
        if on and (cell == 0 or not speaking[cell - 1]):
            end = cell
            while speaking[end]:
                end += 1
            cells.append((cell, end))
    return cells


def _stretches_of(cells: list[bool]) -> list[tuple[int, int]]:
    return [(start * STEP, end * STEP) for start, end in _cells_of(cells)]


def _mark_listening(side: Grid, other: Grid, spans: Side) -> None:
    for start, end in _cells_of(side.speaking):
        said = " ".join(text for s, e, text in spans if start * STEP <= s and e <= end * STEP)
        words = said.split()
        small = set(words) <= LISTENING and end - start <= 150 if words else end - start <= 50
        overlaps = any(other.speaking[start:end])
        inside = overlaps and any(
            first - 10 <= start and end <= last + 10
            for first, last in _cells_of(other.speaking)
            if any(first <= cell < last for cell in range(start, end))
        )
        if small and inside:
            side.listening[start:end] = [True] * (end - start)


def _interruptions(side: Grid, other: Grid) -> list[Happening]:
    events = []
    for start, end in _cells_of(side.speaking):
        held = start > 0 and other.speaking[start] and other.speaking[start - 1]
        if not held or side.listening[start] or other.listening[start]:
            continue
        fell_silent = start
        while other.speaking[fell_silent]:
            fell_silent += 1
        overlap = sum(other.speaking[cell] for cell in range(start, min(end, fell_silent)))
        if overlap <= 50 or fell_silent - start < 50:
            continue
        gave_way = fell_silent - start <= 100 and side.speaking[fell_silent]
        name = "interruption" if gave_way else "attempted_interruption"
        events.append((name, start * STEP, (start + overlap) * STEP))
    return events


def _silences(a: Grid, c: Grid) -> list[tuple[int, int]]:
    anyone = [x or y for x, y in zip(a.speaking, c.speaking, strict=True)]
    return [(one * STEP, two * STEP) for one, two in _pauses(anyone) if two - one > 300]
