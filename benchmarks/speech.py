"""Speed and accuracy of the speech engine beside faster-whisper's own ways, in one run.

    python -m benchmarks.speech --calls DIR [--calls DIR ...] [--repeat 3] [--beam 5] [--json FILE]

Reads `*.flac` with `*.reference.json` or `*.truth.json` beside them: two channels, agent on channel
0. All engines get the same recordings, model, compute type and beam, each in a process of its
own, one after another and in a different order each round, so that a noisy machine is noisy for
all. Loading a model and one warm-up recording are not timed; decoding and speech detection are.
The batched pipeline runs with batches of 8 and of 16, and the better one counts.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import statistics
import time
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import ours, peers
from benchmarks.memory import peak_rss_mb
from benchmarks.recordings import Reference, read_references, word_error_rate

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection

# `callqa` gives what its peers give: text with the times of turns. `callqa_words` is `qa run`'s
# default, with the time of every word, which costs one more pass of the decoder.
ENGINES = (
    *("faster_whisper", "faster_whisper_batched", "faster_whisper_batched_parallel"),
    *("callqa", "callqa_words"),
)
_RATIOS = {
    "ratio_to_sequential": "faster_whisper",
    "ratio_to_batched": "faster_whisper_batched",
    "ratio_to_batched_parallel": "faster_whisper_batched_parallel",
}
_BATCHES = (8, 16)


@dataclass(frozen=True, slots=True)
class Round:
    """One engine's time over all recordings, and what it got."""

    wall_s: float
    wer: float
    peak_rss_mb: float


def main() -> None:
    options = _options()
    references = read_references(options.calls, options.language)
    if not references:
        raise SystemExit(f"no two-channel *.flac with a reference in {options.language} there")
    results = {}
    for beam in options.beam:
        settings = peers.Settings(
            model=str(_model_folder(options.model)),
            device=options.device,
            compute_type=options.compute_type,
            beam_size=beam,
        )
        results[beam] = measure(references, settings, options.repeat)
        _show(results[beam], beam, len(references))
    if options.json:
        first = results[options.beam[0]]
        others = {"beams": {str(beam): result for beam, result in results.items()}}
        extra = others if len(results) > 1 else {}
        options.json.write_text(json.dumps(first | extra, indent=1) + "\n", "utf-8")


def measure(references: list[Reference], settings: peers.Settings, repeat: int) -> dict[str, Any]:
    """Return the result of one beam as it is written to JSON."""
    ways = [(engine, settings) for engine in ENGINES if "batched" not in engine]
    ways += [
        (engine, replace(settings, batch_size=size))
        for engine in ENGINES
        if "batched" in engine
        for size in _BATCHES
    ]
    rounds: dict[tuple[str, int], list[Round]] = {}
    for number in range(repeat):
        for engine, chosen in ways[number % len(ways) :] + ways[: number % len(ways)]:
            done = _apart(engine, chosen, references)
            rounds.setdefault((engine, chosen.batch_size), []).append(done)
            print(
                f"  round {number + 1} {engine:32} {done.wall_s:7.2f} s  WER {done.wer:.4f}",
                flush=True,
            )
    audio_s = sum(_seconds(reference.recording) for reference in references)
    engines = {engine: _best(engine, rounds, audio_s) for engine in ENGINES}
    return {"engines": engines, **_ratios(engines, "callqa")}


def _ratios(engines: dict[str, Any], own: str) -> dict[str, float]:
    """Return how many times as fast as each peer one of our engines is."""
    wall_s = engines[own]["wall_s"]
    return {name: round(engines[peer]["wall_s"] / wall_s, 3) for name, peer in _RATIOS.items()}


def _best(
    engine: str, rounds: dict[tuple[str, int], list[Round]], audio_s: float
) -> dict[str, Any]:
    """Return the medians of an engine, with the batch size that is faster."""
    medians = [
        {
            "wall_s": round(statistics.median(one.wall_s for one in own), 3),
            "x_call_length": round(audio_s / statistics.median(one.wall_s for one in own), 2),
            "wer": round(statistics.median(one.wer for one in own), 5),
            "peak_rss_mb": round(max(one.peak_rss_mb for one in own), 1),
        }
        for (name, _), own in rounds.items()
        if name == engine
    ]
    return min(medians, key=lambda each: each["wall_s"])


def _apart(engine: str, settings: peers.Settings, references: list[Reference]) -> Round:
    """Run one engine over all recordings in a process of its own."""
    context = multiprocessing.get_context("spawn")
    ours_end, its_end = context.Pipe()
    process = context.Process(target=_run, args=(its_end, engine, settings, references))
    process.start()
    its_end.close()
    try:
        wall_s, heard, peak = ours_end.recv()
    except EOFError:
        raise SystemExit(f"{engine} died: see above") from None
    process.join()
    return Round(wall_s, word_error_rate(references, heard), peak)


def _run(
    answer: Connection, engine: str, settings: peers.Settings, references: list[Reference]
) -> None:
    with ExitStack() as opened:
        ways: dict[str, Callable[[peers.Settings], peers.Way]] = {
            "faster_whisper": peers.sequential,
            "faster_whisper_batched": peers.batched,
            "faster_whisper_batched_parallel": peers.batched_parallel,
            "callqa": lambda chosen: ours.engine(chosen, opened, words=False),
            "callqa_words": lambda chosen: ours.engine(chosen, opened, words=True),
        }
        way = ways[engine](settings)
        way(references[:1])  # warm-up
        started = time.perf_counter()
        heard = way(references)
        wall_s = time.perf_counter() - started
        answer.send((wall_s, heard, peak_rss_mb(os.getpid())))


def _seconds(recording: Path) -> float:
    import av

    with av.open(str(recording)) as container:
        return float((container.duration or 0) / av.time_base)


def _model_folder(model: str) -> Path:
    from qa.settings import SpeechSettings
    from qa.speech.models import resolve_model

    return resolve_model(SpeechSettings(model=model, device="cpu", languages=("en",))).path


def _show(result: dict[str, Any], beam: int, count: int) -> None:
    print(f"\nbeam {beam}, {count} recordings, medians")
    print(f"{'engine':34}{'wall s':>9}{'x length':>10}{'WER':>9}{'peak MB':>10}")
    for engine, values in result["engines"].items():
        print(
            f"{engine:34}{values['wall_s']:9.2f}{values['x_call_length']:10.1f}"
            f"{values['wer']:9.4f}{values['peak_rss_mb']:10.0f}"
        )
    with_words = _ratios(result["engines"], "callqa_words")
    for name in _RATIOS:
        print(f"{name:34}{result[name]:9.2f}   with word times {with_words[name]:.2f}")
    print(flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--calls", type=Path, action="append", required=True, metavar="DIR")
    parser.add_argument("--repeat", type=int, default=3, metavar="N")
    parser.add_argument("--beam", type=int, action="append", metavar="N", help="several: once each")
    parser.add_argument("--model", default="bundled")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--compute-type", default="int8")
    parser.add_argument("--language", default="en", choices=("en", "hr", "sr"))
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    options.beam = options.beam or [5]
    return options


if __name__ == "__main__":
    main()
