"""Turn-taking: who spoke when on one channel, who came in on whom on two, and what facts cost.

    python -m benchmarks.turntaking [--calls DIR ...] [--json FILE] [--constructed N] [--only PART]

Three parts. `mono`: the two-channel samples and the two-channel recordings of the given folders
(`*.flac` with `*.reference.json` or `*.truth.json` beside them) mixed to one channel: diarisation
error rate and who is called the agent (`benchmarks.diarisation`). `constructed`: interruptions by
each side on calls made from scripts (`benchmarks.interruptions`). `recorded`: what is reported of
the given folders' two-channel recordings as they are, and the time that all facts of one take.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import diarisation, interruptions
from benchmarks.peers import cores
from benchmarks.recordings import read_references
from qa.facts import measure
from qa.nouns import LANGUAGES, Call
from qa.settings import Pipeline, SpeechSettings
from qa.speech.engine import Engine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qa.nouns import Transcript

SAMPLES = Path(__file__).parents[1] / "data" / "samples"
PARTS = ("mono", "constructed", "recorded")
_TIMED = 50  # times that the facts of a call are measured


def main() -> None:
    options = _options()
    folders = [SAMPLES, *options.calls]
    result: dict[str, Any] = {}
    if "recorded" in options.only and options.calls:
        result["recorded"] = recorded(options.calls)
        _show_recorded(result["recorded"])
    if "mono" in options.only:
        result["mono"] = diarisation.measure(folders)
        diarisation.show(result["mono"])
    if "constructed" in options.only:
        result["constructed"] = interruptions.measure(
            options.voices, options.constructed, options.seed
        )
        interruptions.show(result["constructed"])
    if options.json:
        options.json.write_text(json.dumps(result, indent=1) + "\n", "utf-8")


def recorded(folders: Sequence[Path]) -> dict[str, Any]:
    """Return what is reported of every two-channel recording, and what measuring it costs."""
    calls = [
        Call(each.recording.stem, each.recording, "agent", language=language, agent_channel=0)
        for language in LANGUAGES
        for each in read_references(folders, language)
    ]
    pipeline = Pipeline(speech=SpeechSettings(device="cpu"))
    with (
        Engine(pipeline, workers=cores()) as engine,
        ThreadPoolExecutor(engine.calls_in_flight) as pool,
    ):
        heard = list(pool.map(engine.transcribe, calls))
    return {call.id: _reported(call, each) for call, each in zip(calls, heard, strict=True)}


def _reported(call: Call, transcript: Transcript) -> dict[str, Any]:
    facts = {fact.name: fact for fact in measure(transcript, call)}
    took = []
    for _ in range(_TIMED):
        started = time.perf_counter()
        measure(transcript, call)
        took.append(time.perf_counter() - started)
    return {
        "minutes": round(transcript.duration_ms / 60_000, 2),
        "facts_ms": round(statistics.median(took) * 1000, 3),
        **{
            name: [(one.start_ms, one.end_ms) for one in facts[name].events]
            for name in (
                *("agent_interruptions", "customer_interruptions"),
                *("agent_backchannels", "customer_backchannels"),
            )
        },
    }


def _show_recorded(result: dict[str, Any]) -> None:
    print(f"\nas recorded: {len(result)} two-channel calls")
    print(f"{'':34}{'interruptions':>15}{'backchannels':>14}{'facts ms':>10}")
    for name, call in result.items():
        both = (
            f"{len(call[f'agent_{what}'])} + {len(call[f'customer_{what}'])}"
            for what in ("interruptions", "backchannels")
        )
        print(f"{name[:33]:34}{next(both):>15}{next(both):>14}{call['facts_ms']:10.2f}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--calls", type=Path, action="append", default=[], metavar="DIR")
    parser.add_argument("--constructed", type=int, default=interruptions.CALLS, metavar="N")
    parser.add_argument("--seed", type=int, default=interruptions.SEED, metavar="N")
    parser.add_argument("--voices", choices=("judged", "development"), default="judged")
    parser.add_argument("--only", choices=PARTS, action="append", help="several: each of them")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    options.only = options.only or list(PARTS)
    return options


if __name__ == "__main__":
    main()
