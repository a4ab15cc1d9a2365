"""Decoding in a process of its own, which may hang or crash without taking the run with it.

libav is a large body of C that reads hostile bytes, and native code cannot be interrupted from
Python: the only sure end of a stuck decoder is the end of its process.

A plain subprocess and two pipes rather than `multiprocessing`: its "spawn" imports the main
program again, which a console script or a notebook may not survive, starts a third process to
track resources, and sends pickles. With pipes the child also learns of our death by itself:
they close, even on kill -9.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, cast

from qa.intake.decode import DEFAULT_LIMITS, SAMPLE_RATE, DecodeLimits, Recording, milliseconds
from qa.intake.wire import receive, receive_planes, send, widen
from qa.problems import CallError, NothingToRunError

if TYPE_CHECKING:
    from io import FileIO
    from types import TracebackType

    import numpy as np
    from numpy.typing import NDArray

    Planes = tuple[NDArray[np.float32], ...]

_START_S = 60  # to import libav from a cold network disk
_END_S = 2  # to leave by itself after its input closed


class Decoder:
    """Decodes recordings one after another in a child process; one user at a time.

        with Decoder(limits, deadline_s=300) as decoder:
            recording = decoder.decode(path)

    The child starts with the first recording. One that died or had to be killed is replaced at
    the next. Several decoders may be used side by side, each by one thread.
    """

    def __init__(self, limits: DecodeLimits = DEFAULT_LIMITS, *, deadline_s: float = 300) -> None:
        self._limits = limits
        self._deadline_s = deadline_s
        self._child: _Child | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def pid(self) -> int | None:
        """The child's process id, for logs; None while there is none."""
        return None if self._child is None else self._child.process.pid

    def decode(self, path: Path) -> Recording:
        """Return the sound of `path`, as `qa.intake.decode.decode` does and with its errors.

        Beside these, CallError `timeout` (the deadline passed) and `crashed` (the child died).
        """
        if self._child is not None and self._child.process.poll() is not None:
            self._drop()  # it died idle, say for want of memory: not this recording's fault
        if self._child is None:
            self._child = _Child(self._limits)
        child = self._child
        try:
            with _Alarm(child, self._deadline_s) as alarm:
                reply = child.ask(path, self._limits)
        except (EOFError, BrokenPipeError) as error:
            end = self._drop()
            if alarm.rang:
                raise CallError(
                    "intake",
                    "timeout",
                    f"{path.name}: not decoded within {self._deadline_s:g} s: "
                    "look at the file, or raise the deadline",
                ) from error
            raise CallError(
                "intake", "crashed", f"{path.name}: the decoder died ({end}): convert it to WAV"
            ) from error
        except BaseException:
            self._drop()  # its answer may still come, and must not be taken for the next one
            raise
        if alarm.rang:
            self._drop()
        return _recording(path, reply)

    def close(self) -> None:
        """End the child; it is gone when this returns. A later `decode` starts another."""
        if self._child is not None:
            self._child.leave()
            self._child = None

    def _drop(self) -> str:
        child, self._child = self._child, None
        return "no process" if child is None else child.kill()


class _Child:
    def __init__(self, limits: DecodeLimits) -> None:
        self.process = subprocess.Popen(
            # -P: a file `av.py` in the working folder must not be taken for libav
            [sys.executable, "-P", "-m", "qa.intake.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            env=_environment(),
        )
        self._requests = cast("FileIO", self.process.stdin)
        self._replies = cast("FileIO", self.process.stdout)
        widen(self._replies)
        try:
            with _Alarm(self, _START_S):
                send(self._requests, asdict(limits))
                receive(self._replies)
        except (EOFError, BrokenPipeError) as error:
            raise NothingToRunError(
                f"the decoder process does not start ({self.kill()}): "
                f"try `{sys.executable} -m qa.intake.child`"
            ) from error

    def ask(self, path: Path, limits: DecodeLimits) -> tuple[dict[str, str], Planes]:
        """Return the answer on `path` and its samples; EOFError if none comes, or nonsense."""
        send(self._requests, {"path": str(path.absolute())})
        head = receive(self._replies)
        size = _announced(head, limits)
        texts = {name: value for name, value in head.items() if isinstance(value, str)}
        return texts, receive_planes(self._replies, *size) if size else ()

    def leave(self) -> None:
        self._requests.close()
        try:
            self.process.wait(_END_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._replies.close()

    def kill(self) -> str:
        """End the process now; return how it ended, in words."""
        self.process.kill()
        code = self.process.wait()
        self._requests.close()
        self._replies.close()
        return f"signal {-code}" if code < 0 else f"exit code {code}"


class _Alarm:
    """Kills a child after some seconds, which ends every read from its pipes."""

    def __init__(self, child: _Child, seconds: float) -> None:
        self.rang = False
        self._child = child
        self._timer = threading.Timer(seconds, self._ring)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._timer.cancel()
        self._timer.join()  # so that `rang` is final

    def _ring(self) -> None:
        self.rang = True
        self._child.process.kill()


def _announced(head: dict[str, Any], limits: DecodeLimits) -> tuple[int, int] | None:
    """Return the channels and samples that follow, None for an error; EOFError for nonsense.

    The child may have been taken over by a file: it must not make us reserve what memory there is.
    """
    if isinstance(head.get("bug"), str) or isinstance(head.get("code"), str):
        return None
    channels, samples = head.get("channels"), head.get("samples")
    most = (limits.max_seconds + 1) * SAMPLE_RATE  # the resampler rounds up
    if channels in (1, 2) and isinstance(samples, int) and 0 < samples <= most:
        return channels, samples
    raise EOFError("an answer beyond the limits")


def _recording(path: Path, reply: tuple[dict[str, str], Planes]) -> Recording:
    texts, planes = reply
    if "bug" in texts:
        raise RuntimeError(f"the decoder failed on {path.name}:\n{texts['bug']}")
    if "code" in texts:
        raise CallError("intake", texts["code"], texts.get("message", ""))
    return Recording(planes, milliseconds(len(planes[0])), texts.get("sha256", ""))


def _environment() -> dict[str, str]:
    """Return our environment with our import path; one thread, for the others decode too."""
    folders = [folder or str(Path.cwd()) for folder in sys.path]
    return os.environ | {
        "PYTHONPATH": os.pathsep.join(folders),
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }
