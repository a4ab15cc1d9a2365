"""The decoder process: `python -m qa.intake.child`, started by `decoder_process.Decoder`.

It reads one path per message from standard input and answers with samples or an error. It
imports libav and numpy only, so it starts quickly and little is lost when it dies.
"""

from __future__ import annotations

import os
import signal
import threading
import traceback
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from qa.intake.decode import DecodeLimits, decode
from qa.intake.wire import receive, send
from qa.problems import CallError

if TYPE_CHECKING:
    from io import FileIO

# Address space beside the samples: the interpreter with libav and numpy, libav's buffers, the
# arenas of malloc. Decoding ten minutes peaked at 0.4 GB.
_BASE_BYTES = 2 * 2**30


def main() -> None:
    """Serve until standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the run's to handle; it closes us
    requests, replies = _claim_pipes()
    limits = DecodeLimits(**receive(requests))
    _cap_resources(limits)
    import av  # noqa: F401  # before the first deadline begins

    send(replies, {"ready": True})
    inbox: SimpleQueue[Path] = SimpleQueue()
    threading.Thread(target=_listen, args=(requests, inbox), daemon=True).start()
    while True:
        _answer(replies, inbox.get(), limits)


def _claim_pipes() -> tuple[FileIO, FileIO]:
    """Take standard input and output for messages; what a library prints goes nowhere."""
    requests = open(os.dup(0), "rb", buffering=0)  # noqa: PTH123, SIM115
    replies = open(os.dup(1), "wb", buffering=0)  # noqa: PTH123, SIM115
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nothing, standard)
    return requests, replies


def _listen(requests: FileIO, inbox: SimpleQueue[Path]) -> None:
    """Pass requests on; when the run is gone, end at once, also from within a long decode."""
    while True:
        try:
            inbox.put(Path(receive(requests)["path"]))
        except EOFError:
            os._exit(0)


def _answer(replies: FileIO, path: Path, limits: DecodeLimits) -> None:
    try:
        recording = decode(path, limits)
    except CallError as error:
        send(replies, {"code": error.code, "message": error.message})
    except MemoryError:
        what = f"{path.name}: takes more memory to decode than it may have: split it"
        send(replies, {"code": "too_large", "message": what})
    except Exception:
        send(replies, {"bug": traceback.format_exc()})
    else:
        head: dict[str, Any] = {
            "channels": len(recording.channels),
            "samples": len(recording.channels[0]),
            "sha256": recording.sha256,
        }
        send(replies, head, recording.channels)


def _cap_resources(limits: DecodeLimits) -> None:
    """Cap memory, and forbid core dumps and writing files.

    POSIX only; macOS accepts the memory cap without enforcing it, Windows has none of this. The
    buffers of two channels grow by an eighth at a time, hence the factor 9/8.
    """
    try:
        import resource
    except ImportError:
        return
    samples = 2 * 4 * 16_000 * limits.max_seconds
    for kind, cap in (
        (resource.RLIMIT_AS, _BASE_BYTES + samples * 9 // 8),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
    ):
        hard = resource.getrlimit(kind)[1]
        if hard != resource.RLIM_INFINITY:
            cap = min(cap, hard)
        resource.setrlimit(kind, (cap, cap))


if __name__ == "__main__":
    main()
