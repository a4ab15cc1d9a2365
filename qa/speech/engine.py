"""The speech engine: recordings in, transcripts out, many calls at once.

    recording -> feeder (decode, speech, windows, features) -> one queue -> recogniser -> turns

Feeders and the recogniser are processes; a call costs here one waiting thread. Whatever a
recording does to them ends that call alone.
"""

from __future__ import annotations

import threading
from contextlib import ExitStack, closing, contextmanager
from queue import SimpleQueue
from typing import TYPE_CHECKING, Self

from qa.intake.decode import DecodeLimits
from qa.nouns import Transcript
from qa.problems import CallError
from qa.speech.coverage import coverage
from qa.speech.diarizer import diarizer_for, for_one_channel
from qa.speech.feeder import Feeder, feeders_for
from qa.speech.hearing import Hearing
from qa.speech.models import resolve_model
from qa.speech.recogniser import Load, Recogniser
from qa.speech.turns import build_turns, wordless
from qa.speech.windows import LONGEST_MS

if TYPE_CHECKING:
    from collections.abc import Generator

    from qa.nouns import Call
    from qa.settings import Pipeline

_MOST_CALLS = 64
# Shorter windows are cheaper. English loses nothing by them, Croatian and Serbian do
# (ARCHITECTURE.md, "Decisions" 1), and so would a call whose language is not known yet.
_SHORT_MS = 13_000
_NEEDS_CONTEXT = ("hr", "sr", None)
_TRIES = 2  # a recording that ends its process once may have been unlucky


class Engine:
    """Transcribes recordings; a context manager, safe to use from `calls_in_flight` threads.

    `workers` are the threads that recognise on a processor; a CUDA device has its own number.
    """

    def __init__(self, pipeline: Pipeline, *, workers: int, name: str = "") -> None:
        speech, intake = pipeline.speech, pipeline.intake
        model = resolve_model(speech)
        load = Load.for_device(speech, model.device, workers=workers)
        count = feeders_for(speech, model.device, workers=workers)
        self.calls_in_flight = min(_MOST_CALLS, count + load.workers * load.batch_size)
        self._languages = speech.languages
        self._agent_channel = intake.agent_channel
        self._words = speech.words
        self._one_channel = for_one_channel(speech)
        self._name = name
        self._recogniser = Recogniser(
            model,
            load,
            beam_size=speech.beam_size,
            languages=speech.languages,
            hotwords=speech.hotwords,
            words=speech.words,
        )
        limits = DecodeLimits(intake.max_seconds, intake.max_megabytes * 1_000_000)
        self._feeders = [
            Feeder(limits, bands=model.mels, deadline_s=intake.deadline_s) for _ in range(count)
        ]
        self._free: SimpleQueue[Feeder | None] = SimpleQueue()  # None only wakes who waits
        self._stopped = threading.Event()
        self._opened = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as opening:
            for feeder in self._feeders:
                opening.enter_context(feeder)
                self._free.put(feeder)
            opening.enter_context(self._recogniser)
            self._opened = opening.pop_all()
        return self

    def __exit__(self, *error: object) -> None:
        self._opened.close()

    def stop(self) -> None:
        """Give up every call under way: each raises CallError `stopped`, or ends as it would."""
        self._stopped.set()
        self._free.put(None)
        for feeder in self._feeders:
            feeder.stop()
        self._recogniser.stop()

    def transcribe(self, call: Call) -> Transcript:
        """Return the transcript of a call's recording.

        Raises CallError: of stage intake what decoding refuses, of stage speech `empty` if nobody
        speaks; `timeout` or `crashed` if the recording ended a process of ours twice.
        """
        only = self._languages[0] if len(self._languages) == 1 else None
        longest_ms = LONGEST_MS if (call.language or only) in _NEEDS_CONTEXT else _SHORT_MS
        for left in reversed(range(_TRIES)):
            hearing = Hearing(
                call,
                self._recogniser,
                self._languages,
                self._agent_channel,
                aligned=self._words,
            )
            try:
                with (
                    self._recogniser.feeding(),
                    self._feeder() as feeder,
                    # closed before the feeder is another call's: that may cost the child
                    closing(feeder.feed(call.recording, longest_ms=longest_ms)) as fed,
                ):
                    for heard in fed:
                        hearing.take(heard)
                return self._transcript(call, hearing)
            except CallError as error:
                again = error.stage == "intake" and error.code in ("timeout", "crashed")
                if not (again and left):
                    raise
            finally:
                hearing.withdraw()
        raise AssertionError("the last try returns or raises")

    def _transcript(self, call: Call, hearing: Hearing) -> Transcript:
        listening, heard, outline = hearing.finish()
        spoken = diarizer_for(listening, self._one_channel).who_spoke(listening, heard)
        return Transcript(
            call_id=call.id,
            turns=build_turns(spoken.words) if self._words else wordless(spoken.words),
            spans=spoken.spans,
            language=heard.language,
            basis=listening.basis,
            channel=call.channel,
            duration_ms=listening.duration_ms,
            asr=self._name,
            doubts=spoken.doubts,
            coverage=coverage(
                (stretches, words)
                for stretches, (_, words) in zip(outline.channels, heard.words, strict=True)
            ),
            caveats=(*listening.caveats, *spoken.caveats),
        )

    @contextmanager
    def _feeder(self) -> Generator[Feeder]:
        feeder = self._free.get()
        try:
            if feeder is None or self._stopped.is_set():
                raise CallError("speech", "stopped", "the run was stopped")
            yield feeder
        finally:
            self._free.put(feeder)
