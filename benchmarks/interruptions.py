"""Constructed two-channel calls: interruptions by each side found, missed and falsely reported.

The calls (`benchmarks.constructed`) go through the engine as recordings of a night would. An
interruption is found if one is reported of the same side within half a second of its start, one for
one; attempted ones count like successful ones, and how many are of the right kind is told apart.
"""

from __future__ import annotations

import tempfile
import wave
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from benchmarks.constructed import SPEAKERS, construct
from benchmarks.peers import cores
from benchmarks.utterances import RATE
from qa.facts import measure as measure_facts
from qa.nouns import Call
from qa.settings import Pipeline, SpeechSettings
from qa.speech.engine import Engine

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from benchmarks.constructed import Constructed
    from benchmarks.utterances import Part, Samples
    from qa.nouns import Event, Speaker, Transcript

CALLS: Final = 40
SEED: Final = 1
_NEAR_MS = 500
_TELEPHONE_RATE = 8_000
_COUNTED = {
    "interruptions": ("interruption", "attempted_interruption"),
    "backchannels": ("backchannel",),
}


@dataclass(frozen=True, slots=True)
class Found:
    """What became of the events of one kind by one side of one call."""

    found: tuple[tuple[Event, Event], ...]  # scripted, reported
    missed: tuple[Event, ...]
    false: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class Rates:
    """The same over all calls, counted."""

    found: int
    missed: int
    false: int
    kind_right: int  # of those found, successful or attempted as scripted

    @property
    def precision(self) -> float:
        return self.found / max(1, self.found + self.false)

    @property
    def recall(self) -> float:
        return self.found / max(1, self.found + self.missed)


def hear(calls: Sequence[Constructed], speech: SpeechSettings | None = None) -> list[Transcript]:
    """Return the transcripts of constructed calls, recognised together."""
    pipeline = Pipeline(speech=speech or SpeechSettings(device="cpu"))
    with tempfile.TemporaryDirectory() as folder, Engine(pipeline, workers=cores()) as engine:
        rows = [_recorded(call, Path(folder)) for call in calls]
        with ThreadPoolExecutor(engine.calls_in_flight) as pool:
            return list(pool.map(engine.transcribe, rows))


def judge(
    call: Constructed, transcript: Transcript, speaker: Speaker, what: str = "interruptions"
) -> Found:
    """Return what became of one side's scripted events, `interruptions` or `backchannels`."""
    row = Call(call.name, Path("call.wav"), "agent", language=call.language)
    facts = {fact.name: fact for fact in measure_facts(transcript, row)}
    reported = facts[f"{speaker}_{what}"].events
    scripted = [
        event
        for event in call.happened
        if event.speaker == speaker and event.name in _COUNTED[what]
    ]
    return _match(scripted, reported)


def over_all(found: Iterable[Found]) -> Rates:
    every = list(found)
    return Rates(
        found=sum(len(one.found) for one in every),
        missed=sum(len(one.missed) for one in every),
        false=sum(len(one.false) for one in every),
        kind_right=sum(real.name == told.name for one in every for real, told in one.found),
    )


def measure(part: Part = "judged", count: int = CALLS, seed: int = SEED) -> dict[str, Any]:
    """Return the figures over constructed calls, by side, with every miss and false report."""
    calls = construct(part, count, seed)
    transcripts = hear(calls)
    result: dict[str, Any] = {"calls": count, "voices": part, "seed": seed}
    for what in _COUNTED:
        for speaker in SPEAKERS:
            judged = [
                judge(call, heard, speaker, what)
                for call, heard in zip(calls, transcripts, strict=True)
            ]
            result[f"{speaker}_{what}"] = _figures(over_all(judged)) | {
                "missed_at": _places(calls, [one.missed for one in judged]),
                "false_at": _places(calls, [one.false for one in judged]),
            }
    return result


def show(result: dict[str, Any]) -> None:
    """Print what `measure` returned."""
    print(f"\nconstructed calls: {result['calls']}, {result['voices']} voices")
    print(f"{'':28}{'found':>7}{'missed':>8}{'false':>7}{'precision':>11}{'recall':>8}{'kind':>7}")
    for what in _COUNTED:
        for speaker in SPEAKERS:
            row = result[f"{speaker}_{what}"]
            print(
                f"{what + ' by ' + speaker:28}{row['found']:7}{row['missed']:8}{row['false']:7}"
                f"{row['precision']:11.3f}{row['recall']:8.3f}{row['kind_right']:7.3f}"
            )
            for name in ("missed", "false"):
                if what == "interruptions" and row[f"{name}_at"]:
                    print(f"    {name}: {', '.join(row[f'{name}_at'])}")


def _match(scripted: Sequence[Event], reported: Sequence[Event]) -> Found:
    pairs = sorted(
        (abs(real.start_ms - told.start_ms), a, b)
        for a, real in enumerate(scripted)
        for b, told in enumerate(reported)
        if abs(real.start_ms - told.start_ms) <= _NEAR_MS
    )
    found: dict[int, int] = {}
    for _, a, b in pairs:
        if a not in found and b not in found.values():
            found[a] = b
    return Found(
        found=tuple((scripted[a], reported[b]) for a, b in sorted(found.items())),
        missed=tuple(each for a, each in enumerate(scripted) if a not in found),
        false=tuple(each for b, each in enumerate(reported) if b not in found.values()),
    )


def _figures(rates: Rates) -> dict[str, Any]:
    return {
        "found": rates.found,
        "missed": rates.missed,
        "false": rates.false,
        "precision": round(rates.precision, 4),
        "recall": round(rates.recall, 4),
        "kind_right": round(rates.kind_right / max(1, rates.found), 4),
    }


def _places(calls: Sequence[Constructed], events: Sequence[Sequence[Event]]) -> list[str]:
    return [
        f"{call.name} {event.name} {event.start_ms}-{event.end_ms}"
        for call, own in zip(calls, events, strict=True)
        for event in own
    ]


def _recorded(call: Constructed, folder: Path) -> Call:
    path = folder / f"{call.name}.wav"
    write(path, call.sound())
    return Call(call.name, path, "agent", language=call.language, agent_channel=0)


def write(path: Path, channels: Sequence[Samples]) -> None:
    """Write channels (float32, 16 kHz) as a telephone system would: 8 kHz, 16 bits."""
    from scipy.signal import resample_poly

    at_8_khz = [resample_poly(each, _TELEPHONE_RATE, RATE).clip(-1, 1) for each in channels]
    with wave.open(str(path), "wb") as file:
        file.setnchannels(len(channels))
        file.setsampwidth(2)
        file.setframerate(_TELEPHONE_RATE)
        file.writeframes((np.stack(at_8_khz, axis=1) * 32_767).astype("<i2").tobytes())
