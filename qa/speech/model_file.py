"""What a CTranslate2 model file says about itself, read without loading its weights.

The file is a list of named arrays behind a short head. Going from one to the next by their sizes
takes milliseconds and finds a download that was cut short, before a night is planned on it.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from qa.problems import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

_VERSIONS = range(2, 7)  # of the format; 1 did not name the kind of model
_SIZED = 4  # from this version on an array's bytes are counted, before it its items
_LFS = b"version https://git-lfs"


@dataclass(frozen=True, slots=True)
class ModelFile:
    """What the arrays' shapes tell."""

    mels: int  # mel bands of a frame
    vocabulary: int  # tokens


class _CutShortError(Exception):
    """The file ends in the middle of something."""


def read_model_file(path: Path) -> ModelFile:
    """Return the shapes of a Whisper `model.bin`; ConfigError if it is not one, or not whole."""
    with path.open("rb") as file:
        if file.read(len(_LFS)) == _LFS:
            raise ConfigError([f"{path}: a Git LFS pointer, not the weights: run `git lfs pull`"])
        file.seek(0)
        try:
            shapes = _shapes(path, file)
        except _CutShortError as error:
            size = path.stat().st_size
            msg = f"{path}: cut short at {size:,} bytes: copy or download it again"
            raise ConfigError([msg]) from error
    encoder, decoder = shapes.get("encoder/conv1/weight"), shapes.get("decoder/embeddings/weight")
    if encoder is None or decoder is None or (len(encoder), len(decoder)) != (3, 2):
        raise ConfigError([f"{path}: no Whisper encoder and decoder in it: convert it again"])
    return ModelFile(mels=encoder[1], vocabulary=decoder[0])


def _shapes(path: Path, file: IO[bytes]) -> dict[str, tuple[int, ...]]:
    """Return the shape of every array by its name."""
    version = _number(file, "<I")
    if version not in _VERSIONS:
        known = f"{_VERSIONS[0]} to {_VERSIONS[-1]}"
        msg = f"{path}: no CTranslate2 model of format {known}: convert the model again"
        raise ConfigError([msg])
    if (kind := _string(file)) != "WhisperSpec":
        raise ConfigError([f"{path}: holds a {kind[:40]!r}, not a Whisper model: name another"])
    _number(file, "<I")  # revision of the kind
    shapes = {}
    for _ in range(_number(file, "<I")):
        name = _string(file)
        shapes[name] = tuple(_number(file, "<I") for _ in range(_number(file, "<B")))
        item, length = _number(file, "<B"), _number(file, "<I")
        file.seek(length if version >= _SIZED else item * length, os.SEEK_CUR)
    _number(file, "<I")  # other names of arrays follow: seeking alone does not notice the end
    return shapes


def _number(file: IO[bytes], form: str) -> int:
    (number,) = struct.unpack(form, _exactly(file, struct.calcsize(form)))
    return int(number)


def _string(file: IO[bytes]) -> str:
    """Return a text that is stored as its length, itself and a zero byte."""
    return _exactly(file, _number(file, "<H")).rstrip(b"\0").decode("utf-8", "replace")


def _exactly(file: IO[bytes], count: int) -> bytes:
    found = file.read(count)
    if len(found) < count:
        raise _CutShortError
    return found
