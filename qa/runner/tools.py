"""What a worker works with, opened once and only when first needed."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from functools import cached_property
from typing import TYPE_CHECKING, Self

from qa.intake.decode import DecodeLimits
from qa.intake.decoder_process import Decoder
from qa.intake.ready import is_ready
from qa.moments.bank import Bank, read_bank
from qa.moments.encoders import open_encoder
from qa.moments.finder import MomentFinder
from qa.speech.transcriber import ReadyTranscripts, Recordings, Transcriber
from qa.speech.whisper import Whisper

if TYPE_CHECKING:
    from types import TracebackType

    from qa.nouns import Call
    from qa.settings import Pipeline

# Part of every transcript's key: raise it when the same recording would give another text.
_SPEECH_VERSION = "1"


class Tools:
    """The models of one pipeline; safe to share between threads."""

    def __init__(self, pipeline: Pipeline, *, workers: int) -> None:
        self.pipeline = pipeline
        self._workers = workers
        self._own = threading.local()  # a decoder process per thread
        self._opened = ExitStack()
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._opened.close()

    @cached_property
    def bank(self) -> Bank:
        return read_bank(self.pipeline.moments.folders)

    @cached_property
    def finder(self) -> MomentFinder:
        return MomentFinder(self.bank, open_encoder(self.pipeline.moments))

    @cached_property
    def _recogniser(self) -> Whisper:
        return Whisper(self.pipeline.speech, workers=self._workers)

    @property
    def asr_name(self) -> str:
        """Name everything that a transcript's text depends on, but not where it was computed."""
        speech = self.pipeline.speech
        return "|".join(
            (
                f"whisper {speech.model}",
                f"beam {speech.beam_size}",
                speech.compute_type,
                ",".join(speech.languages),
                speech.hotwords,
                f"callqa speech {_SPEECH_VERSION}",
            )
        )

    def transcriber(self, call: Call) -> Transcriber:
        """Return what can transcribe this call, for the current thread."""
        if is_ready(call.recording):
            return ReadyTranscripts()
        if not hasattr(self._own, "recordings"):
            intake = self.pipeline.intake
            limits = DecodeLimits(
                max_seconds=intake.max_seconds, max_bytes=intake.max_megabytes * 1_000_000
            )
            with self._lock:  # one model for all threads, and one thread at a time on the stack
                recogniser = self._recogniser
                decoder = self._opened.enter_context(Decoder(limits, deadline_s=intake.deadline_s))
            self._own.recordings = Recordings(
                decoder, recogniser, agent_channel=intake.agent_channel, name=self.asr_name
            )
        own: Recordings = self._own.recordings
        return own
