"""A child process of ours: started, spoken to over two pipes, and ended for certain.

Native code cannot be interrupted from Python: the only sure end of a stuck decoder or recogniser
is the end of its process. A plain subprocess and two pipes rather than `multiprocessing`: its
"spawn" imports the main program again, which a console script or a notebook may not survive,
starts a third process to track resources, and sends pickles. With pipes the child also learns of
our death by itself: they close, even on kill -9.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, cast

from qa.problems import NothingToRunError
from qa.wire import receive, send, widen

if TYPE_CHECKING:
    from io import FileIO

_END_S = 2  # to leave by itself after its input closed


class Child:
    """A running child, which runs a module's `main()`; it is greeted before anything else."""

    def __init__(self, module: str) -> None:
        self._module = module
        self.process = subprocess.Popen(
            # -P: a file `av.py` in the working folder must not be taken for libav
            [sys.executable, "-P", "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            env=_environment(),
        )
        self.requests = cast("FileIO", self.process.stdin)
        self.replies = cast("FileIO", self.process.stdout)
        widen(self.requests)
        widen(self.replies)

    def greet(self, hello: dict[str, Any], *, start_s: float) -> dict[str, Any]:
        """Return its answer to `hello`, which comes once it is ready.

        Raises NothingToRunError, and the child is gone, if none comes within `start_s`. Another
        thread may end the waiting: by killing the process.
        """
        try:
            with Alarm(self, start_s):
                send(self.requests, hello)
                return receive(self.replies)
        except (EOFError, BrokenPipeError) as error:
            raise NothingToRunError(
                f"a process of ours does not start ({self.kill()}): "
                f"try `{sys.executable} -m {self._module}`"
            ) from error
        except BaseException:  # Ctrl-C, say: nobody else may know of it yet
            self.kill()
            raise

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def leave(self) -> None:
        """Let the child end by itself, and make sure that it does."""
        self.requests.close()
        try:
            self.process.wait(_END_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.replies.close()

    def kill(self) -> str:
        """End the process now; return how it ended, in words."""
        self.process.kill()
        code = self.process.wait()
        self.requests.close()
        self.replies.close()
        return f"signal {-code}" if code < 0 else f"exit code {code}"


class Alarm:
    """Kills a child after some seconds, which ends every read from its pipes."""

    def __init__(self, child: Child, seconds: float) -> None:
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


def claim_pipes() -> tuple[FileIO, FileIO]:
    """In the child: take standard input and output for messages; what a library prints is lost."""
    # Ctrl-C is the run's to handle; it closes us
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    requests = open(os.dup(0), "rb", buffering=0)  # noqa: PTH123, SIM115
    replies = open(os.dup(1), "wb", buffering=0)  # noqa: PTH123, SIM115
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nothing, standard)
    return requests, replies


def _environment() -> dict[str, str]:
    """Return our environment with our import path; one thread, for the others work too."""
    folders = [folder or str(Path.cwd()) for folder in sys.path]
    return os.environ | {
        "PYTHONPATH": os.pathsep.join(folders),
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }
