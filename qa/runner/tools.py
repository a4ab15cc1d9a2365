"""What a worker works with, opened once and only when first needed."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

from qa.intake.ready import is_ready
from qa.moments.bank import Bank, read_bank
from qa.moments.encoders import encoder_name, open_encoder
from qa.moments.finder import MomentFinder, finder_name
from qa.problems import CallError
from qa.speech.engine import Engine
from qa.speech.transcriber import ReadyTranscripts, Transcriber

if TYPE_CHECKING:
    from qa.nouns import Call
    from qa.settings import Pipeline

# Part of every transcript's key: raise it when the same recording would give another text.
_SPEECH_VERSION = "6"


class Tools:
    """The models of one pipeline; safe to share between threads."""

    def __init__(self, pipeline: Pipeline, *, workers: int, bank: Bank | None = None) -> None:
        """Take what is known already; a `bank` that was read is not read again."""
        self.pipeline = pipeline
        self._bank = bank
        self._workers = workers
        self._opened = ExitStack()
        self._lock = threading.Lock()
        self._engine: Engine | None = None
        self._engine_is_open = False
        self._stopped = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._opened.close()

    @cached_property
    def bank(self) -> Bank:
        return self._bank or read_bank(self.pipeline.moments.folders)

    @cached_property
    def finder(self) -> MomentFinder:
        return MomentFinder(self.bank, open_encoder(self.pipeline.moments))

    @cached_property
    def finder_name(self) -> str:
        """Return the finder's name; what is studied already needs no encoder to be scored."""
        if "finder" in self.__dict__:  # open already
            return self.finder.name
        return finder_name(self.bank, encoder_name(self.pipeline.moments))

    def stop(self) -> None:
        """Give up what is being transcribed; nothing can be transcribed after it."""
        self._stopped = True  # first: who makes the engine looks at it after
        engine = self._engine  # without the lock, which is held while the model loads
        if engine is not None:
            engine.stop()

    def _open_engine(self) -> Engine:
        """Return the one engine of all threads; it loads its model when it is first needed."""
        with self._lock:
            if self._engine is None or not self._engine_is_open:
                self._engine = Engine(self.pipeline, workers=self._workers, name=self.asr_name)
                if self._stopped:
                    raise CallError("speech", "stopped", "the run was stopped")
                self._opened.enter_context(self._engine)
                self._engine_is_open = True
            return self._engine

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
                speech.diarizer.pyannote.name if speech.diarizer.pyannote else "",
                f"callqa speech {_SPEECH_VERSION}",
            )
        )

    def transcriber(self, call: Call) -> Transcriber:
        """Return what can transcribe this call, for the current thread."""
        if is_ready(call.recording):
            return ReadyTranscripts()
        return self._open_engine()
