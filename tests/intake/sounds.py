"""Recordings made for tests: tones, written with a WAV header of our own or by libav."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import av
import numpy as np

from qa.problems import CallError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

FIRST_HZ, SECOND_HZ = 440, 1000  # the tone in the first and the second channel


ENCODED = [  # file name, libav's muxer, encoder, rate, channels
    ("a.flac", "flac", "flac", 8000, 1),
    ("b.flac", "flac", "flac", 44100, 2),
    ("a.mp3", "mp3", "libmp3lame", 8000, 1),
    ("b.mp3", "mp3", "libmp3lame", 44100, 2),
    ("a.ogg", "ogg", "libopus", 48000, 2),
    ("a.m4a", "ipod", "aac", 16000, 2),
    ("b.m4a", "ipod", "alac", 16000, 1),
    ("a.mov", "mov", "pcm_s16le", 22050, 1),
    ("a.webm", "webm", "libopus", 48000, 1),
    ("a.amr", "amr", "libopencore_amrnb", 8000, 1),
    ("alaw.wav", "wav", "pcm_alaw", 8000, 2),
    ("mulaw.wav", "wav", "pcm_mulaw", 8000, 1),
    ("ms.wav", "wav", "adpcm_ms", 8000, 1),
    ("mp3.wav", "wav", "libmp3lame", 16000, 1),
]


def tones(seconds: float, rate: int, channels: int) -> NDArray[np.float64]:
    """Return shape (samples, channels), half of full scale."""
    time = np.arange(round(seconds * rate)) / rate
    hertz = [FIRST_HZ, SECOND_HZ, 1500][:channels]
    return np.stack([0.5 * np.sin(2 * np.pi * hz * time) for hz in hertz], axis=1)


def pcm(samples: NDArray[np.float64], bits: int) -> bytes:
    """Return interleaved little-endian PCM; 8 bits are unsigned, 64 means float64."""
    if bits == 64:
        return bytes(samples.astype("<f8").tobytes())
    if bits == 8:
        return bytes((samples * 127 + 128).astype("u1").tobytes())
    whole = (samples * (2 ** (bits - 1) - 1)).astype("<i4").reshape(-1, 1)
    return bytes(whole.view("u1").reshape(-1, 4)[:, : bits // 8].tobytes())


def wav(
    data: bytes,
    *,
    rate: int = 8000,
    channels: int = 1,
    bits: int = 16,
    declared: int | None = None,
    before: bytes = b"",
) -> bytes:
    """Return a WAV file; `declared` is the size its data chunk claims, `before` more chunks."""
    tag = 3 if bits == 64 else 1
    frame = channels * bits // 8
    fmt = struct.pack("<4sIHHIIHH", b"fmt ", 16, tag, channels, rate, rate * frame, frame, bits)
    size = len(data) if declared is None else declared
    body = b"WAVE" + fmt + before + struct.pack("<4sI", b"data", size) + data
    return struct.pack("<4sI", b"RIFF", min(len(body), 0xFFFFFFFF)) + body


def encode(
    path: Path,
    container: str,
    codec: str,
    *,
    rate: int = 8000,
    channels: int = 1,
    seconds: float = 1,
) -> Path:
    """Write tones with libav's encoder."""
    layout = "mono" if channels == 1 else "stereo"
    samples = (tones(seconds, rate, channels) * 32767).astype(np.int16).reshape(1, -1)
    with av.open(str(path), "w", format=container) as file:
        stream = file.add_stream(codec, rate=rate, layout=layout)
        frame = av.AudioFrame.from_ndarray(samples, format="s16", layout=layout)
        frame.sample_rate = rate
        for packet in (*stream.encode(frame), *stream.encode(None)):
            file.mux(packet)
    return path


def loudest_hz(samples: NDArray[np.float32], rate: int = 16_000) -> float:
    """Return the frequency with the most energy."""
    spectrum = np.abs(np.fft.rfft(samples))
    return float(np.argmax(spectrum) * rate / len(samples))


def code_of(action: Callable[[], object]) -> str:
    """Return the code of the CallError that `action` raises, "" if it raises none.

    A CallError of another stage or with a message of several lines gives no code of ours.
    """
    try:
        action()
    except CallError as error:
        good = error.stage == "intake" and len(error.message.splitlines()) == 1
        return error.code if good else f"not as it should be: {error!r}"
    return ""


def silence_bomb(path: Path, *, minutes: int) -> Path:
    """Write a small FLAC that decodes to as many minutes of zeros."""
    minute = np.zeros((1, 60 * 8000), np.int16)
    with av.open(str(path), "w", format="flac") as file:
        stream = file.add_stream("flac", rate=8000, layout="mono")
        for _ in range(minutes):
            frame = av.AudioFrame.from_ndarray(minute, layout="mono")
            frame.sample_rate = 8000
            for packet in stream.encode(frame):
                file.mux(packet)
        for packet in stream.encode(None):
            file.mux(packet)
    return path


def write(path: Path, data: bytes) -> Path:
    """Write a file and return its path."""
    path.write_bytes(data)
    return path
