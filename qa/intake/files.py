"""Opening what others put into a folder: plain files only, and only up to a size."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING

from qa.problems import CallError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import BufferedReader
    from pathlib import Path

# O_NONBLOCK: a FIFO with no writer would hold `open` for ever. O_NOFOLLOW: the manifest resolved
# the path inside the recordings root, so a link found here was put there afterwards.
_FLAGS = os.O_RDONLY
for _name in ("O_NONBLOCK", "O_NOFOLLOW", "O_CLOEXEC", "O_BINARY"):
    _FLAGS |= getattr(os, _name, 0)


@contextmanager
def opened(path: Path, max_bytes: int) -> Iterator[BufferedReader]:
    """Yield `path` opened for reading, at its first byte.

    Raises CallError (stage intake): `missing`; `not_a_file` for folders, links, pipes, devices;
    `unreadable`; `empty_file` for zero bytes; `too_large` above `max_bytes`; and `changed` if
    the file was written to while it was read, since then what was read is no whole recording.
    """
    with os.fdopen(_open(path), "rb") as file:
        before = os.fstat(file.fileno())
        if before.st_size == 0:
            raise CallError("intake", "empty_file", f"{path.name}: holds no bytes: export it again")
        if before.st_size > max_bytes:
            raise CallError(
                "intake",
                "too_large",
                f"{path.name}: {before.st_size:,} bytes, over the limit of {max_bytes:,}: "
                "split it or raise the limit",
            )
        yield file
        after = os.fstat(file.fileno())
        if (after.st_size, after.st_mtime_ns) != (before.st_size, before.st_mtime_ns):
            raise CallError(
                "intake",
                "changed",
                f"{path.name}: changed while it was read: run again once it is written",
            )


def _open(path: Path) -> int:
    try:
        number = os.open(path, _FLAGS)
    except (FileNotFoundError, NotADirectoryError, ValueError) as error:
        # ValueError: a NUL in the name, which no file can have
        what = f"{path.name!r}: no such file: check the name in the manifest"
        raise CallError("intake", "missing", what) from error
    except OSError as error:
        if error.errno == errno.ELOOP:
            what = f"{path.name}: a symbolic link: name the file itself"
            raise CallError("intake", "not_a_file", what) from error
        what = f"{path.name}: cannot be read: {error.strerror}"
        raise CallError("intake", "unreadable", what) from error
    if not stat.S_ISREG(os.fstat(number).st_mode):
        os.close(number)
        raise CallError("intake", "not_a_file", f"{path.name}: a folder, pipe or device")
    return number
