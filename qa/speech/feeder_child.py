"""The feeder process: `python -m qa.speech.feeder_child`, started by `qa.speech.feeder`.

It reads one path per message from standard input and answers with windows of log-mel features,
as they are found, and last with what it knows of the whole recording, or an error. It imports
libav, onnxruntime and numpy only, so it starts quickly and little is lost when it dies.
"""

from __future__ import annotations

import os
import threading
import traceback
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from qa.child import claim_pipes
from qa.intake.decode import DecodeLimits, decode_blocks
from qa.problems import CallError
from qa.speech.listening import Clip, Outline, listen
from qa.speech.mel import log_mel
from qa.speech.spans import SAMPLE_RATE, speech_probabilities
from qa.wire import receive, send

if TYPE_CHECKING:
    from collections.abc import Iterable
    from io import FileIO

# Address space: the interpreter with libav, onnxruntime and numpy, libav's buffers, the arenas of
# malloc, and a few copies of a block of ten minutes (80 MB for two channels).
_ADDRESS_BYTES = 3 * 2**30


def main() -> None:
    """Serve until standard input ends."""
    requests, replies = claim_pipes()
    hello = receive(requests)
    limits = DecodeLimits(hello["max_seconds"], hello["max_bytes"])
    _cap_resources()
    import av  # noqa: F401  # before the first deadline begins
    import numpy as np

    speech_probabilities(np.ones(SAMPLE_RATE, np.float32))  # loads the network
    send(replies, {"ready": True})
    inbox: SimpleQueue[tuple[Path, int]] = SimpleQueue()
    threading.Thread(target=_listen, args=(requests, inbox), daemon=True).start()
    while True:
        path, longest_ms = inbox.get()
        windows = listen(decode_blocks(path, limits), longest_ms=longest_ms)
        _answer(replies, path, windows, hello["bands"])


def _listen(requests: FileIO, inbox: SimpleQueue[tuple[Path, int]]) -> None:
    """Pass requests on; when the run is gone, end at once, also from within a long decode."""
    while True:
        try:
            message = receive(requests)
            inbox.put((Path(message["path"]), message["longest_ms"]))
        except EOFError:
            os._exit(0)


def _answer(replies: FileIO, path: Path, windows: Iterable[Clip | Outline], bands: int) -> None:
    try:
        for heard in windows:
            _send(replies, heard, bands)
    except CallError as error:
        send(replies, {"code": error.code, "message": error.message})
    except MemoryError:
        what = f"{path.name}: takes more memory to decode than it may have: split it"
        send(replies, {"code": "too_large", "message": what})
    except BrokenPipeError:
        os._exit(0)
    except Exception:
        send(replies, {"bug": traceback.format_exc()})


def _send(replies: FileIO, heard: Clip | Outline, bands: int) -> None:
    if isinstance(heard, Outline):
        stretches = [
            [[each.start_ms, each.end_ms, each.energy] for each in channel]
            for channel in heard.channels
        ]
        outline = {"duration_ms": heard.duration_ms, "channels": stretches}
        send(replies, outline | {"caveats": heard.caveats})
        return
    features = log_mel(heard.samples, bands)
    message: dict[str, Any] = {
        "channel": heard.channel,
        "channels": heard.channels,
        "pieces": [[piece.start_ms, piece.end_ms] for piece in heard.window.pieces],
        "frames": features.shape[1],
    }
    # one channel holds two voices, which are told apart by how they sound
    sound = (heard.samples,) if heard.channels == 1 else ()
    send(replies, message, (features, *sound))


def _cap_resources() -> None:
    """Cap memory, and forbid core dumps and writing files.

    POSIX only; macOS accepts the memory cap without enforcing it, Windows has none of this.
    """
    try:
        import resource
    except ImportError:
        return
    for kind, cap in (
        (resource.RLIMIT_AS, _ADDRESS_BYTES),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
    ):
        hard = resource.getrlimit(kind)[1]
        if hard != resource.RLIM_INFINITY:
            cap = min(cap, hard)
        resource.setrlimit(kind, (cap, cap))


if __name__ == "__main__":
    main()
