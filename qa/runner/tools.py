"""What a worker works with, opened once and only when first needed."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

from qa.intake.ready import is_ready
from qa.moments.bank import Bank, read_bank
from qa.moments.encoders import open_encoder
from qa.moments.finder import MomentFinder
from qa.speech.engine import Engine
from qa.speech.transcriber import ReadyTranscripts, Transcriber

if TYPE_CHECKING:
    from qa.nouns import Call
    from qa.settings import Pipeline

# Part of every transcript's key: raise it when the same recording would give another text.
_SPEECH_VERSION = "2"


class Tools:
    """The models of one pipeline; safe to share between threads."""

    def __init__(self, pipeline: Pipeline, *, workers: int) -> None:
        self.pipeline = pipeline
        self._workers = workers
        self._opened = ExitStack()
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._opened.close()

    @cached_property
    def bank(self) -> Bank:
        return read_bank(self.pipeline.moments.folders)

    @cached_property
    def finder(self) -> MomentFinder:
        return MomentFinder(self.bank, open_encoder(self.pipeline.moments))

    def stop(self) -> None:
        """Give up what is being transcribed; nothing can be transcribed after it."""
        with self._lock:
            if "_engine" in self.__dict__:
                self._engine.stop()

    @cached_property
    def _engine(self) -> Engine:
        engine = Engine(self.pipeline, workers=self._workers, name=self.asr_name)
        return self._opened.enter_context(engine)

    @property
    def asr_name(self) -> str:
        """Name everything that a transcript's text depends on, but not where it was computed."""
        speech = self.pipeline.speech
        folder = Path(speech.model)
        return "|".join(
            (
                # a folder by its name alone: it may lie elsewhere on the next machine
                f"whisper {folder.name if folder.expanduser().is_dir() else speech.model}",
                f"beam {speech.beam_size}",
                speech.compute_type,
                ",".join(speech.languages),
                speech.hotwords,
                speech.sha256,
                f"callqa speech {_SPEECH_VERSION}",
            )
        )

    def transcriber(self, call: Call) -> Transcriber:
        """Return what can transcribe this call, for the current thread."""
        if is_ready(call.recording):
            return ReadyTranscripts()
        with self._lock:  # one engine for all threads
            return self._engine
