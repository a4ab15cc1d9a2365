"""A long synthetic night: speed and memory of the speech engine as it goes.

    python -m benchmarks.fleet --calls 2000 [--source DIR ...] [--seconds 6] [--json FILE]

Every call is a stretch of a real or sample recording, cut at another place, at another loudness
and with other noise, so that no two are alike. Recordings are written just before they are
transcribed and removed after. Memory is that of all processes together (Linux), looked at after
every call: shared pages count once per process, so it is an upper bound.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
import wave
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.memory import rss_mb
from benchmarks.peers import cores
from qa.intake.decode import SAMPLE_RATE, decode
from qa.nouns import Call
from qa.problems import CallError
from qa.settings import Pipeline, SpeechSettings
from qa.speech.engine import Engine

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

_SAMPLES = Path(__file__).parents[1] / "data" / "samples"
_LANGUAGES = ("en", "hr", "sr")


@dataclass(frozen=True, slots=True)
class Source:
    """A recording to cut calls from."""

    sound: NDArray[np.float32]  # (channels, samples)
    language: str


@dataclass(frozen=True, slots=True)
class Reading:
    """Where the night stands after a call."""

    calls: int
    audio_s: float
    elapsed_s: float
    rss_mb: float


def main() -> None:
    options = _options()
    sources = list(_sources(options.source or [_SAMPLES]))
    speech = SpeechSettings(model=options.model, beam_size=options.beam)
    readings: list[Reading] = []
    failed = 0
    with (
        tempfile.TemporaryDirectory() as folder,
        Engine(Pipeline(speech=speech), workers=options.workers) as engine,
        ThreadPoolExecutor(engine.calls_in_flight) as pool,
    ):
        started, audio_s = time.perf_counter(), 0.0
        night = _night(sources, options.calls, options.seconds, Path(folder))
        for call, future in _in_flight(night, engine, pool):
            try:
                audio_s += future.result() / 1000
            except CallError as error:
                failed += 1
                print(f"  {call.id}: {error.code}")
            elapsed = time.perf_counter() - started
            readings.append(Reading(len(readings) + 1, audio_s, elapsed, rss_mb(os.getpid())))
            if len(readings) % options.every == 0:
                _show(readings, options.every)
    result = _result(readings, failed)
    print(json.dumps(result, indent=1))
    if options.json:
        options.json.write_text(json.dumps(result, indent=1) + "\n", "utf-8")


def _in_flight(
    night: Iterator[Call], engine: Engine, pool: ThreadPoolExecutor
) -> Iterator[tuple[Call, Future[int]]]:
    """Yield calls with their transcription, a bounded number under way; remove recordings."""

    def transcribe(call: Call) -> int:
        try:
            return engine.transcribe(call).duration_ms
        finally:
            call.recording.unlink()

    waiting: deque[tuple[Call, Future[int]]] = deque()
    for call in night:
        waiting.append((call, pool.submit(transcribe, call)))
        if len(waiting) > engine.calls_in_flight:
            yield waiting.popleft()
    yield from waiting


def _night(sources: Sequence[Source], calls: int, seconds: float, folder: Path) -> Iterator[Call]:
    random = np.random.default_rng(20260101)
    for number in range(calls):
        source = sources[int(random.integers(len(sources)))]
        length = min(source.sound.shape[1], int(seconds * random.uniform(0.5, 1.5) * SAMPLE_RATE))
        at = int(random.integers(source.sound.shape[1] - length + 1))
        sound = source.sound[:, at : at + length] * random.uniform(0.3, 1.0)
        sound = sound + random.normal(0, 10 ** random.uniform(-4, -3), sound.shape)
        path = folder / f"call-{number:06}.wav"
        _write(path, sound)
        language = source.language if random.random() < 0.7 else None
        yield Call(id=path.stem, recording=path, agent_id="agent", language=language)  # type: ignore[arg-type]


def _write(path: Path, sound: NDArray[np.float64]) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(sound.shape[0])
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes((np.clip(sound, -1, 1).T * 32767).astype("<i2").tobytes())


def _sources(folders: Sequence[Path]) -> Iterator[Source]:
    for folder in folders:
        for path in sorted(folder.glob("*.flac")):
            channels = decode(path).channels
            if len(channels) == 2:
                language = path.name[:2] if path.name[:2] in _LANGUAGES else "en"
                yield Source(np.stack(channels), language)


def _show(readings: Sequence[Reading], every: int) -> None:
    now = readings[-1]
    before = readings[-every - 1] if len(readings) > every else Reading(0, 0, 0, 0)
    speed = (now.audio_s - before.audio_s) / (now.elapsed_s - before.elapsed_s)
    memory = statistics.median(one.rss_mb for one in readings[-every:])
    print(
        f"{now.calls:6} calls {now.elapsed_s:7.0f} s {speed:6.1f} x call length {memory:7.0f} MB",
        flush=True,
    )


def _result(readings: Sequence[Reading], failed: int) -> dict[str, float]:
    last, quarter = readings[-1], max(1, len(readings) // 4)
    quarters = [
        statistics.median(one.rss_mb for one in readings[at * quarter : (at + 1) * quarter])
        for at in range(4)
    ]
    return {
        "calls": last.calls,
        "failed": failed,
        "audio_s": round(last.audio_s, 1),
        "wall_s": round(last.elapsed_s, 1),
        "x_call_length": round(last.audio_s / last.elapsed_s, 2),
        "peak_rss_mb": round(max(one.rss_mb for one in readings), 1),
        "second_quarter_rss_mb": round(quarters[1], 1),
        "last_quarter_rss_mb": round(quarters[3], 1),
        "last_to_second_quarter": round(quarters[3] / quarters[1], 4),
    }


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--calls", type=int, default=2000, metavar="N")
    parser.add_argument("--source", type=Path, action="append", metavar="DIR", help="of *.flac")
    parser.add_argument("--seconds", type=float, default=6, help="mean length of a call")
    parser.add_argument("--workers", type=int, default=cores(), metavar="N")
    parser.add_argument("--model", default="bundled")
    parser.add_argument("--beam", type=int, default=SpeechSettings().beam_size, metavar="N")
    parser.add_argument("--every", type=int, default=50, help="calls per line")
    parser.add_argument("--json", type=Path, metavar="FILE")
    return parser.parse_args()


if __name__ == "__main__":
    main()
