"""Decoding, speech detection and features in a process that may hang or crash alone.

libav is a large body of C that reads hostile bytes. What comes back over the pipe is checked
against the limits, because a file may have taken the process over.
"""

from __future__ import annotations

import os
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Self

from qa.child import Alarm, Child
from qa.intake.decode import DEFAULT_LIMITS, DecodeLimits
from qa.problems import CallError, NothingToRunError
from qa.speech.announced import Announced
from qa.speech.listening import Outline
from qa.speech.spans import PER_MS
from qa.speech.windows import LONGEST_MS
from qa.wire import MAX_JSON, receive, receive_planes, send

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from qa.settings import SpeechSettings
    from qa.speech.models import Device
    from qa.speech.windows import Window

_START_S = 60  # to import libav from a cold network disk
# Of the outline: in two channels, a stretch of speech with the silence after it takes 300 ms at
# least, and some 60 bytes of JSON; with as much again to spare.
_OUTLINE_BYTES_PER_S = 800
_FEWEST = 2  # while one decodes a long or slow file, the other feeds
_WORKERS_PER_FEEDER = 4  # decoding and listening cost about a tenth of recognising on a processor


def feeders_for(settings: SpeechSettings, device: Device, *, workers: int) -> int:
    """Return how many feeders keep so many workers, or a CUDA device, busy."""
    if settings.feeders is not None:
        return settings.feeders
    if device == "cuda":
        return max(1, _cores() - 1)
    return max(_FEWEST, -(-workers // _WORKERS_PER_FEEDER))


def _cores() -> int:
    """Return how many processor cores we may use: a job's share of a large machine, say."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on macOS or Windows
        return os.cpu_count() or 2


@dataclass(frozen=True, slots=True, eq=False)
class Fed:
    """A window ready for the recogniser."""

    channel: int
    window: Window
    features: NDArray[np.float32]  # (mel bands, frames of 10 ms)
    samples: NDArray[np.float32] | None  # float32 at 16 kHz, levelled; None of two channels


class Feeder:
    """Makes recordings ready one after another in a child process; one user at a time.

        with Feeder(limits, bands=80, deadline_s=300) as feeder:
            for fed in feeder.feed(path): ...

    The child starts with the first recording. One that died or had to be killed is replaced at
    the next. Several feeders may be used side by side, each by one thread.
    """

    def __init__(
        self, limits: DecodeLimits = DEFAULT_LIMITS, *, bands: int, deadline_s: float = 300
    ) -> None:
        self._limits = limits
        self._bands = bands
        self._deadline_s = deadline_s
        self._child: Child | None = None
        self._stopped = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    @property
    def pid(self) -> int | None:
        """The child's process id, for logs; None while there is none."""
        return None if self._child is None else self._child.process.pid

    def start(self) -> None:
        """Start the child ahead of the first recording."""
        if self._child is not None and not self._child.alive:
            self._drop()  # it died idle, say for want of memory: not the next recording's fault
        if self._child is None:
            self._child = Child("qa.speech.feeder_child")
            self._refuse_stopped()
            try:
                self._child.greet(asdict(self._limits) | {"bands": self._bands}, start_s=_START_S)
            except NothingToRunError:
                self._child = None
                self._refuse_stopped()
                raise

    def stop(self) -> None:
        """Feed nothing more; from any thread. What is under way raises CallError `stopped`."""
        self._stopped = True  # first: who starts a child looks at it after
        child = self._child
        if child is not None:
            child.process.kill()  # a decode cannot be interrupted, only its process ended

    def feed(self, path: Path, *, longest_ms: int = LONGEST_MS) -> Generator[Fed | Outline]:
        """Yield the windows of a recording as they are found, and last its Outline.

        Windows hold at most `longest_ms`, which is itself at most LONGEST_MS.

        Raises what `qa.intake.decode.decode_blocks` raises; beside it CallError `timeout` (the
        child took more than the deadline, the reader's own time not counted), `crashed` (the
        child died) and, of stage speech, `stopped`. One that is left before its end costs the
        child.
        """
        self.start()
        left, announced = self._deadline_s, Announced(self._most_ms)
        finished = late = False
        try:
            send(self._running.requests, {"path": str(path.absolute()), "longest_ms": longest_ms})
            while not finished:
                began = time.monotonic()
                try:
                    with Alarm(self._running, left) as alarm:
                        head = receive(self._running.replies, most=self._most_bytes)
                        heard = self._heard(path, head, announced)
                finally:
                    late = late or alarm.rang
                left = max(0.001, left - (time.monotonic() - began))
                finished = isinstance(heard, Outline)
                yield heard
        except (EOFError, BrokenPipeError) as error:
            end = self._drop()
            self._refuse_stopped()
            if late:
                what = f"not decoded within {self._deadline_s:g} s: look at the file, or raise "
                raise CallError("intake", "timeout", f"{path.name}: {what}the deadline") from error
            raise CallError(
                "intake", "crashed", f"{path.name}: the decoder died ({end}): convert it to WAV"
            ) from error
        except _RefusedError as refused:
            finished = True
            raise CallError("intake", refused.code, str(refused)) from None
        finally:
            if late or not finished:
                self._drop()  # answers may still come, and must not be taken for the next one's

    def close(self) -> None:
        """End the child; it is gone when this returns. A later `feed` starts another."""
        if self._child is not None:
            self._child.leave()
            self._child = None

    def _refuse_stopped(self) -> None:
        if self._stopped:
            self._drop()
            raise CallError("speech", "stopped", "the run was stopped")

    @property
    def _running(self) -> Child:
        if self._child is None:
            raise EOFError("no process")
        return self._child

    def _drop(self) -> str:
        child, self._child = self._child, None
        return "no process" if child is None else child.kill()

    def _heard(self, path: Path, head: dict[str, Any], announced: Announced) -> Fed | Outline:
        if "bug" in head:
            raise RuntimeError(f"the feeder failed on {path.name}:\n{head['bug']}")
        if isinstance(head.get("code"), str):
            raise _RefusedError(head["code"], str(head.get("message", "")))
        try:
            if "duration_ms" in head:
                return announced.outline(head)
            channel, window, frames = announced.window(head)
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise EOFError("an answer that makes no sense") from error
        replies = self._running.replies
        (features,) = receive_planes(replies, 1, self._bands * frames)
        samples = None
        if announced.channels == 1:
            (samples,) = receive_planes(replies, 1, window.length_ms * PER_MS)
        return Fed(channel, window, features.reshape(self._bands, frames), samples)

    @property
    def _most_ms(self) -> int:
        return (self._limits.max_seconds + 1) * 1000  # the resampler rounds up

    @property
    def _most_bytes(self) -> int:
        return MAX_JSON + self._limits.max_seconds * _OUTLINE_BYTES_PER_S


class _RefusedError(Exception):
    """The child says why it cannot use a recording, and is well."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
