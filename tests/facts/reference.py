"""A slow, obvious measure of turn-taking on a 10 ms grid: what the facts must agree with.

Written from the published definitions alone; it shares no code with `qa.facts`. Times must be
multiples of 10 ms. A side is a list of (start_ms, end_ms, text); a text is one of TEXTS, or empty,
and what it is for - a notice, a question - is said here once more.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from statistics import median

STEP = 10
LISTENING = {"mhm", "right", "okay"}
NOTICES = {"one moment please"}
RETURNS = {"thank you for waiting"}
QUESTIONS = {"which number is it?"}
TEXTS = (
    *("", "", "mhm", "right okay", "my parcel is late", "how can I help?"),
    *sorted(NOTICES | RETURNS | QUESTIONS),
)

Side = list[tuple[int, int, str]]
Happening = tuple[str, int, int]
Stretch = tuple[int, int]  # of cells, the second one not in it


@dataclass
class Grid:
    spans: Side
    speaking: list[bool]
    listening: list[bool]  # in a backchannel
    talking: list[bool]  # not in a backchannel
    unclear: list[bool]  # in short speech inside the other's, of which no word is known


def measure_slowly(agent: Side, customer: Side) -> dict[str, object]:
    """Return events and values by the names of the facts; both sides speak."""
    length = max(end for _, end, _ in agent + customer) // STEP + 40
    a, c = _grid(agent, length), _grid(customer, length)
    _mark_listening(a, c)
    _mark_listening(c, a)
    anyone = [x or y for x, y in zip(a.speaking, c.speaking, strict=True)]
    conversation = max(_where(anyone)) + 1 - min(_where(anyone))
    overlap = sum(x and y for x, y in zip(a.speaking, c.speaking, strict=True))
    own, other = sum(a.speaking), sum(c.speaking)
    pauses = _pauses(anyone)
    by_agent, by_customer = _interruptions(a, c), _interruptions(c, a)
    holds = _holds(a, c, pauses)
    return {
        "agent_interruptions": by_agent,
        "customer_interruptions": by_customer,
        "agent_interruptions_per_min": len(by_agent) * 6000 / conversation,
        "customer_interruptions_per_min": len(by_customer) * 6000 / conversation,
        "agent_backchannels": _events("backchannel", _cells_of(a.listening)),
        "customer_backchannels": _events("backchannel", _cells_of(c.listening)),
        "overlap_ms": overlap * STEP,
        "overlap_share": overlap / conversation,
        "agent_turns_begun_as_interruption": _turns_begun(agent, by_agent),
        "customer_turns_begun_as_interruption": _turns_begun(customer, by_customer),
        "opening_heard_out": _heard_out(a, c, by_agent),
        "silences": _events("silence", [p for p in pauses if _length(p) > 300]),
        "dead_air": _events("dead_air", [p for p in pauses if _length(p) >= 1000]),
        "unexplained_silences": _events(
            "unexplained_silence",
            [p for p in pauses if _length(p) > 300 and not _announced(agent + customer, p)],
        ),
        "holds": _events("hold", [where for where, _ in holds]),
        "hold_ms": sum(_length(where) for where, _ in holds) * STEP,
        "unexplained_holds": _events(
            "unexplained_hold",
            [p for p in pauses if _length(p) > 1500 and not _in_explained_hold(p, holds)],
        ),
        "talk_share_agent": own / (own + other),
        "longest_agent_monologue_ms": max(map(_length, _stretches(a, c)), default=0) * STEP,
        "agent_reply_gap_ms": _reply_gap(a, c, pauses),
        "time_to_greeting_ms": min(_where(a.speaking)) * STEP,
    }


def _grid(side: Side, length: int) -> Grid:
    speaking = [False] * length
    for start, end, _ in side:
        for cell in range(start // STEP, end // STEP):
            speaking[cell] = True
    for start, end in _pauses(speaking):
        if end - start < 25:
            speaking[start:end] = [True] * (end - start)
    return Grid(side, speaking, [False] * length, speaking.copy(), [False] * length)


def _where(cells: list[bool]) -> list[int]:
    return [cell for cell, on in enumerate(cells) if on]


def _length(stretch: Stretch) -> int:
    return stretch[1] - stretch[0]


def _pauses(speaking: list[bool]) -> list[Stretch]:
    return [(one + 1, two) for one, two in pairwise(_where(speaking)) if two - one > 1]


def _cells_of(speaking: list[bool]) -> list[Stretch]:
    cells = []
    for cell, on in enumerate(speaking):
        if on and (cell == 0 or not speaking[cell - 1]):
            end = cell
            while speaking[end]:
                end += 1
            cells.append((cell, end))
    return cells


def _events(name: str, cells: list[Stretch]) -> list[Happening]:
    return [(name, start * STEP, end * STEP) for start, end in cells]


def _said_in(spans: Side, start: int, end: int) -> list[str]:
    """Return the words of the spans that lie in a stretch of cells."""
    inside = [text for s, e, text in spans if start * STEP <= s and e <= end * STEP]
    return " ".join(inside).split()


def _mark_listening(side: Grid, other: Grid) -> None:
    for start, end in _cells_of(side.speaking):
        words = _said_in(side.spans, start, end)
        small = set(words) <= LISTENING and end - start <= 150 if words else end - start <= 50
        overlaps = any(other.speaking[start:end])
        inside = overlaps and any(
            first - 10 <= start and end <= last + 10
            for first, last in _cells_of(other.speaking)
            if any(first <= cell < last for cell in range(start, end))
        )
        if small and inside:
            side.listening[start:end] = [True] * (end - start)
            side.talking[start:end] = [False] * (end - start)
        elif inside and not words and end - start <= 150:
            side.unclear[start:end] = [True] * (end - start)


def _interruptions(side: Grid, other: Grid) -> list[Happening]:
    clear = [x and not y for x, y in zip(side.talking, side.unclear, strict=True)]
    coming, holding = _going_on(clear, other.talking), _going_on(other.talking, side.talking)
    events = []
    for start, end in _cells_of(coming):
        if start == 0 or not (holding[start] and holding[start - 1]):
            continue
        fell_silent = start
        while holding[fell_silent]:
            fell_silent += 1
        overlap = min(end, fell_silent) - start
        if overlap <= 50:
            continue
        gave_way = fell_silent - start <= 100 and coming[fell_silent]
        name = "interruption" if gave_way else "attempted_interruption"
        events.append((name, start * STEP, (start + overlap) * STEP))
    return events


def _going_on(talking: list[bool], other: list[bool]) -> list[bool]:
    """Return the talk without the pauses of up to 500 ms through which the other talks on."""
    joined = talking.copy()
    for start, end in _pauses(talking):
        first = start
        while first > 0 and joined[first - 1]:
            first -= 1
        talked_into = any(first < one < start and end <= two for one, two in _cells_of(other))
        if end - start <= 50 and talked_into:
            joined[start:end] = [True] * (end - start)
    return joined


def _turns_begun(spans: Side, interruptions: list[Happening]) -> float | None:
    """Return the share of turns (here each span with words is one) nearest to an interruption."""
    turns = sorted(start for start, _, text in spans if text)
    begun = set()
    for _, start, _ in interruptions:
        near = [turn for turn in turns if abs(turn - start) <= 500]
        if near:
            begun.add(min(near, key=lambda turn: (abs(turn - start), turn)))
    return len(begun) / len(turns) if turns else None


def _stretches(side: Grid, other: Grid) -> list[Stretch]:
    """Return a side's talk, walked through in time: what goes on until the other takes over."""
    stretches: list[Stretch] = []
    taken_over = True
    for cell, talks in enumerate(side.talking):
        begins = _begins(side.talking, cell)
        if _begins(other.talking, cell) and not begins:
            taken_over = True
        if begins and (taken_over or cell - stretches[-1][1] > 300):
            stretches.append((cell, cell))
        if begins:
            taken_over = False
        if talks:
            stretches[-1] = (stretches[-1][0], cell + 1)
    return stretches


def _begins(cells: list[bool], cell: int) -> bool:
    return cells[cell] and (cell == 0 or not cells[cell - 1])


def _heard_out(a: Grid, c: Grid, by_agent: list[Happening]) -> int | None:
    greeting = min(_where(a.speaking))
    for start, end in _stretches(c, a):
        talk = [run for run in _cells_of(c.talking) if start <= run[0] and run[1] <= end]
        words = sum(len(_said_in(c.spans, *run)) for run in talk)
        if start > greeting and words >= 4:
            cut_off = any(start * STEP <= at < end * STEP for _, at, _ in by_agent)
            asked = any(text in QUESTIONS and at < end * STEP - 500 for at, _, text in a.spans)
            return 0 if cut_off or asked else 1
    return None


def _announced(spans: Side, pause: Stretch) -> bool:
    at = pause[0] * STEP
    return any(text in NOTICES and s < at and at - e <= 10_000 for s, e, text in spans)


def _holds(a: Grid, c: Grid, pauses: list[Stretch]) -> list[tuple[Stretch, bool]]:
    """Return where the customer was on hold, and whether it was announced and returned from."""
    holds: list[tuple[Stretch, bool]] = []
    for pause in pauses:
        if _length(pause) <= 300 or (holds and pause[0] < holds[-1][0][1]):
            continue
        announced = _announced(a.spans, pause)
        back = pause[1]
        while back < len(a.speaking) and not _begins(a.speaking, back):
            back += 1
        meanwhile = sum(c.speaking[pause[1] : back])
        returned = meanwhile <= 500 and any(
            text in RETURNS and s - 3000 <= back * STEP < e for s, e, text in a.spans
        )
        if announced or returned:
            holds.append(((pause[0], back if returned else pause[1]), announced and returned))
    return holds


def _in_explained_hold(pause: Stretch, holds: list[tuple[Stretch, bool]]) -> bool:
    return any(
        explained and sum(start <= cell < end for cell in range(*pause)) * 2 > _length(pause)
        for (start, end), explained in holds
    )


def _reply_gap(a: Grid, c: Grid, pauses: list[Stretch]) -> float | None:
    gaps = [
        _length((start, end)) * STEP
        for start, end in pauses
        if c.speaking[start - 1] and a.speaking[end]
    ]
    return median(gaps) if gaps else None
