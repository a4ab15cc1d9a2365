"""What goes over the pipes between a run and its child processes.

A message is 4 bytes of length (big endian), so many bytes of JSON, then the samples that the
JSON announces (float32 of this machine). Not pickle: a process that decodes may have been taken
over by a hostile file, and unpickling would run what it sends.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence
    from io import RawIOBase

    from numpy.typing import NDArray

MAX_JSON = 1_000_000  # bytes; an error's traceback, a request for a full batch: far less


def send(
    pipe: RawIOBase, message: dict[str, Any], planes: Sequence[NDArray[np.float32]] = ()
) -> None:
    """Write one message; BrokenPipeError if nobody reads any more."""
    body = json.dumps(message).encode()
    _write(pipe, len(body).to_bytes(4, "big") + body)
    for plane in planes:
        _write(pipe, np.ascontiguousarray(plane).data.cast("B"))


def receive(pipe: RawIOBase, *, most: int = MAX_JSON) -> dict[str, Any]:
    """Return the next message; EOFError if the other side is gone or does not keep to the form.

    `most` bytes of JSON are read: the other side must not make us reserve what memory there is.
    """
    length = int.from_bytes(_read(pipe, 4), "big")
    if length > most:
        raise EOFError("a message of impossible length")
    try:
        return dict(json.loads(_read(pipe, length)))
    except (ValueError, TypeError, RecursionError) as error:
        raise EOFError("a message that is no JSON object") from error


def widen(pipe: RawIOBase) -> None:
    """Let a pipe hold a mebibyte, where the system allows; 64 KiB mean a switch of process each."""
    try:
        import fcntl

        fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, 2**20)
    except (ImportError, AttributeError, OSError):
        return  # slower, not wrong


def receive_planes(pipe: RawIOBase, channels: int, samples: int) -> tuple[NDArray[np.float32], ...]:
    """Return `channels` arrays of `samples` float32, read into place without a copy."""
    planes = tuple(np.empty(samples, np.float32) for _ in range(channels))
    for plane in planes:
        _fill(pipe, plane.view(np.uint8).data)
    return planes


def _read(pipe: RawIOBase, length: int) -> bytes:
    buffer = bytearray(length)
    _fill(pipe, memoryview(buffer))
    return bytes(buffer)


def _fill(pipe: RawIOBase, view: memoryview) -> None:
    while len(view):
        count = pipe.readinto(view)
        if not count:
            raise EOFError("the other side closed the pipe")
        view = view[count:]


def _write(pipe: RawIOBase, data: bytes | memoryview) -> None:
    view = memoryview(data)
    while len(view):
        view = view[pipe.write(view) or 0 :]  # a raw pipe may take less than it is given
