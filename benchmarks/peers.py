"""What a user would write around faster-whisper: the three ways that this engine is held against.

Each way is built once (model load is not timed) and called with all recordings; it decodes them
itself, so that decoding and speech detection are paid for by everybody.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from benchmarks.recordings import SIDES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from benchmarks.recordings import Reference

    Heard = list[dict[str, str]]
    Way = Callable[[Sequence[Reference]], Heard]


@dataclass(frozen=True, slots=True)
class Settings:
    """The same for every engine."""

    model: str
    device: str
    compute_type: str
    beam_size: int
    batch_size: int = 8  # of the batched pipeline


def sequential(settings: Settings) -> Way:
    """`WhisperModel.transcribe` with its voice filter, one channel after the other."""
    model = _model(settings, threads=cores(), workers=1)

    def transcribe(samples: Any, language: str) -> str:
        found, _ = model.transcribe(
            samples, language=language, beam_size=settings.beam_size, vad_filter=True
        )
        return _text(found)

    return lambda references: [_sides(reference, transcribe) for reference in references]


def batched(settings: Settings) -> Way:
    """`BatchedInferencePipeline`, one channel after the other, all cores in each batch."""
    transcribe = _pipeline(settings, threads=cores(), workers=1)
    return lambda references: [_sides(reference, transcribe) for reference in references]


def batched_parallel(settings: Settings) -> Way:
    """`BatchedInferencePipeline` on several recordings at once, a core each."""
    workers = cores()
    transcribe = _pipeline(settings, threads=1, workers=workers)

    def way(references: Sequence[Reference]) -> Heard:
        with ThreadPoolExecutor(workers) as pool:
            return list(pool.map(lambda reference: _sides(reference, transcribe), references))

    return way


def _pipeline(settings: Settings, *, threads: int, workers: int) -> Callable[[Any, str], str]:
    from faster_whisper import BatchedInferencePipeline

    pipeline = BatchedInferencePipeline(_model(settings, threads=threads, workers=workers))

    def transcribe(samples: Any, language: str) -> str:
        found, _ = pipeline.transcribe(
            samples,
            language=language,
            beam_size=settings.beam_size,
            batch_size=settings.batch_size,
        )
        return _text(found)

    return transcribe


def _model(settings: Settings, *, threads: int, workers: int) -> Any:
    from faster_whisper import WhisperModel

    return WhisperModel(
        settings.model,
        device=settings.device,
        compute_type=settings.compute_type,
        cpu_threads=threads,
        num_workers=workers,
        local_files_only=True,
    )


def _sides(reference: Reference, transcribe: Callable[[Any, str], str]) -> dict[str, str]:
    from faster_whisper import decode_audio

    channels = decode_audio(str(reference.recording), split_stereo=True)
    return {
        side: transcribe(channel, reference.language)
        for side, channel in zip(SIDES, channels, strict=True)
    }


def _text(segments: Any) -> str:
    return " ".join(segment.text.strip() for segment in segments)


def cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
