"""The engine of this project in the same form as its peers."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, cast

from benchmarks.peers import cores
from benchmarks.recordings import SIDES
from qa.nouns import Call
from qa.settings import Pipeline, SpeechSettings
from qa.speech.engine import Engine

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import ExitStack

    from benchmarks.peers import Heard, Settings, Way
    from benchmarks.recordings import Reference
    from qa.nouns import Language, Transcript


def engine(settings: Settings, opened: ExitStack, *, words: bool) -> Way:
    """Return the speech engine as `qa run` uses it, with or without word times."""
    pipeline = Pipeline(
        speech=SpeechSettings.model_validate(
            {
                "model": settings.model,
                "device": settings.device,
                "compute_type": settings.compute_type,
                "beam_size": settings.beam_size,
                "words": words,
            }
        )
    )
    running = opened.enter_context(Engine(pipeline, workers=cores()))

    def way(references: Sequence[Reference]) -> Heard:
        with ThreadPoolExecutor(running.calls_in_flight) as pool:
            calls = [_call(reference) for reference in references]
            return [_sides(transcript) for transcript in pool.map(running.transcribe, calls)]

    return way


def _call(reference: Reference) -> Call:
    return Call(
        id=reference.recording.stem,
        recording=reference.recording,
        agent_id="agent",
        language=cast("Language", reference.language),
        agent_channel=0,
    )


def _sides(transcript: Transcript) -> dict[str, str]:
    return {
        side: " ".join(turn.text for turn in transcript.turns if turn.speaker == side)
        for side in SIDES
    }
