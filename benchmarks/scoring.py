"""Scoring everything stored again with another rubric: time, memory, and is it linear.

    python -m benchmarks.scoring [--calls 100000] [--rubric core] [--json FILE]

Synthetic calls (`benchmarks.synthetic`) are written to a temporary folder, a quarter, a half and
all of them in turn, and scored by the code of `qa score` from stored moments and facts: no
recording, no encoder. Scoring runs in a process of its own, whose peak memory is told.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.synthetic import write_store
from qa.runner.tools import Tools
from qa.settings import Pipeline
from qa.store.tables import Store

if TYPE_CHECKING:
    from collections.abc import Sequence

_SCORE = "import sys; from benchmarks.scoring import score; score(*sys.argv[1:])"
_PARTS = (4, 2, 1)  # a quarter, a half, all


def main() -> None:
    options = _options()
    readings = []
    with Tools(Pipeline(), workers=1) as tools:
        finder_name = tools.finder_name
    for part in _PARTS:
        with tempfile.TemporaryDirectory(dir=options.folder) as folder:
            started = time.perf_counter()
            write_store(Store(Path(folder)), options.calls // part, finder_name)
            written_s = time.perf_counter() - started
            reading = _score_apart(folder, options.rubric) | {"written_s": round(written_s, 1)}
            readings.append(reading)
            print(
                f"{reading['calls']:7} calls {reading['wall_s']:7.1f} s "
                f"{reading['calls_per_s']:6.0f} calls/s {reading['peak_rss_mb']:6.0f} MB",
                flush=True,
            )
    first, last = readings[0], readings[-1]
    result = {
        "rubrics": options.rubric,
        "readings": readings,
        # 1: a call costs the same whether a quarter of them is there or all; wall time hangs on
        # what else the machine does
        "wall_per_call_all_to_quarter": round(_ratio(first, last, "wall_s"), 3),
        "cpu_per_call_all_to_quarter": round(_ratio(first, last, "cpu_s"), 3),
    }
    print(json.dumps(result, indent=1))
    if options.json:
        options.json.write_text(json.dumps(result, indent=1) + "\n", "utf-8")


def _ratio(first: dict[str, float], last: dict[str, float], what: str) -> float:
    return (last[what] / last["calls"]) / (first[what] / first["calls"])


def _score_apart(folder: str, rubrics: Sequence[str]) -> dict[str, float]:
    """Return what scoring a results folder took, in a process that did nothing else."""
    command = [sys.executable, "-c", _SCORE, folder, *rubrics]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    reading: dict[str, float] = json.loads(done.stdout)
    return reading


def score(folder: str, *rubrics: str) -> None:
    """Score a results folder as `qa score` does and print what it took, as JSON."""
    import resource

    from qa.runner.commands import score_results

    started = time.perf_counter()
    result = score_results(Path(folder), None, None, rubrics, on_progress=lambda _: None)
    wall_s = time.perf_counter() - started
    used = resource.getrusage(resource.RUSAGE_SELF)
    reading = {
        "calls": result.done,
        "wall_s": round(wall_s, 2),
        "calls_per_s": round(result.done / wall_s, 1),
        "cpu_s": round(used.ru_utime + used.ru_stime, 2),
        "peak_rss_mb": round(used.ru_maxrss / 1000, 1),
    }
    print(json.dumps(reading))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--calls", type=int, default=100_000, metavar="N")
    parser.add_argument("--rubric", nargs="+", default=["core"], metavar="NAME")
    parser.add_argument("--folder", type=Path, metavar="DIR", help="where there is room: 1 GB")
    parser.add_argument("--json", type=Path, metavar="FILE")
    return parser.parse_args()


if __name__ == "__main__":
    main()
