"""A recording as samples, decoded as if its sender wished us ill.

The file is opened once and only its file object goes to libav, with the demuxer named: told to
guess, libav takes a text file for a play list and returns another file's sound. Nothing that
libav would like to open beside it is opened. Codecs are a closed list, and bytes, seconds and
channels are capped while decoding, because two megabytes of FLAC can hold gigabytes of zeros.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, NoReturn

import numpy as np

from qa.intake.files import opened
from qa.intake.formats import Format, flac_samples, promised_end, sniff
from qa.problems import CallError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from numpy.typing import NDArray

SAMPLE_RATE = 16_000  # what the recogniser, the VAD and the speaker model take

_RATES = range(4_000, 192_001)  # Hz; telephone 8,000, studio 192,000
_BLOCK = 65_536  # samples resampled at once: fewer steps through Python
# An MP3 cut out of a stream begins and ends within a frame; these may fail to decode.
_MP3_SPARE_PACKETS = 2
# Names of decoders in libav; several exist for some codecs.
_CODECS = (
    "pcm_u8,pcm_s8,pcm_s16le,pcm_s16be,pcm_s24le,pcm_s24be,pcm_s32le,pcm_s32be,pcm_f32le,"
    "pcm_f32be,pcm_f64le,pcm_f64be,pcm_alaw,pcm_mulaw,adpcm_ms,adpcm_ima_wav,g722,g726,g726le,"
    "flac,alac,mp3,mp3float,aac,opus,libopus,vorbis,libvorbis,gsm,gsm_ms,amrnb,"
    "libopencore_amrnb"
)


@dataclass(frozen=True, slots=True)
class DecodeLimits:
    """What one recording may cost at most."""

    max_seconds: int = 4 * 3600  # of sound, as decoded
    max_bytes: int = 2_000_000_000  # of the file


DEFAULT_LIMITS = DecodeLimits()


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """Decoded sound: one float32 array per channel, full scale +-1, all of one length."""

    channels: tuple[NDArray[np.float32], ...]  # one or two
    duration_ms: int
    sample_rate: int = SAMPLE_RATE


def decode(path: Path, limits: DecodeLimits = DEFAULT_LIMITS) -> Recording:
    """Return the sound of `path` at 16 kHz.

    Raises CallError, stage intake: `missing`, `not_a_file`, `unreadable`, `empty_file`,
    `too_large`, `changed` (see `opened`); `not_audio` for what is no known container; `codec`;
    `channels` for more than two, or several tracks; `too_long`; `truncated` if fewer bytes or
    samples arrive than the headers promise, or they cannot be decoded to their end; `empty` for
    a sound file without a single sample.
    """
    blocks = list(decode_blocks(path, limits))
    channels = tuple(np.concatenate(parts) for parts in zip(*blocks, strict=True))
    return Recording(channels, milliseconds(len(channels[0])))


def decode_blocks(
    path: Path, limits: DecodeLimits = DEFAULT_LIMITS, *, block_s: int = 600
) -> Iterator[tuple[NDArray[np.float32], ...]]:
    """Yield the sound of `path` in blocks of `block_s` seconds, the last one shorter.

    So that memory does not grow with the length of a recording. What `decode` raises for a bad
    end (`truncated`, `too_long`) comes after the blocks before it. At least one block is yielded.
    """
    with opened(path, limits.max_bytes) as file:
        size = os.fstat(file.fileno()).st_size
        kind = sniff(file, path.suffix)
        if kind is None:
            raise _refusal("not_audio", path, "no sound format that is known here: export as WAV")
        end = promised_end(file, kind, size)
        if end is not None and end > size:
            raise _refusal("truncated", path, "shorter than its header says: copy it again")
        samples = _Samples(path, limits)
        yielded = 0
        for _ in _decode_into(samples, file, kind, path):
            while samples.ready >= block_s * SAMPLE_RATE:
                yield samples.take(block_s * SAMPLE_RATE)
                yielded += 1
        total = flac_samples(file, kind) if kind.demuxer == "flac" else None
    if total is not None and samples.decoded < total:
        raise _refusal(
            "truncated", path, f"{samples.decoded:,} of {total:,} samples arrive: copy it again"
        )
    if not samples.ready and not yielded:
        raise _refusal("empty", path, "a sound file without sound: check the recorder")
    if samples.ready:
        yield samples.take(samples.ready)


def milliseconds(samples: int) -> int:
    """Return the length of so many samples at 16 kHz, rounded half up."""
    return (samples * 1000 + SAMPLE_RATE // 2) // SAMPLE_RATE


class _Samples:
    """Grows channel by channel while frames arrive; refuses what goes over a limit."""

    def __init__(self, path: Path, limits: DecodeLimits) -> None:
        import av

        self.planes: list[bytearray] = []
        self.decoded = 0  # samples per channel, at the recording's own rate
        self._path = path
        self._limits = limits
        self._form: tuple[str, int, str] | None = None
        self._resampler = av.AudioResampler(format="fltp", rate=SAMPLE_RATE, frame_size=_BLOCK)

    def add(self, frame: AudioFrame) -> None:
        form = (frame.layout.name, frame.sample_rate, frame.format.name)
        if self._form is None:
            self._begin(frame.layout.nb_channels, frame.sample_rate)
            self._form = form
        elif form != self._form:
            # also a matter of memory: libav's queues take the channel count of the first frame
            raise _refusal("codec", self._path, "changes channels or rate midway: convert to WAV")
        self.decoded += frame.samples
        if self.decoded > self._limits.max_seconds * frame.sample_rate:
            limit = f"{self._limits.max_seconds:,} s"
            raise _refusal("too_long", self._path, f"over {limit}: split it or raise the limit")
        frame.pts = None  # what a container says of time must not matter to the resampler
        self._append(frame)

    def finish(self) -> None:
        if self._form is not None:
            self._append(None)

    def _begin(self, channels: int, rate: int) -> None:
        if not 1 <= channels <= 2:
            raise _refusal("channels", self._path, f"{channels} channels: only 1 or 2 are read")
        if rate not in _RATES:
            raise _refusal("codec", self._path, f"{rate} samples a second: convert to 16,000")
        self.planes = [bytearray() for _ in range(channels)]

    @property
    def ready(self) -> int:
        """Samples per channel, at 16 kHz, that wait to be taken."""
        return len(self.planes[0]) // 4 if self.planes else 0

    def take(self, count: int) -> tuple[NDArray[np.float32], ...]:
        taken = tuple(_finite(plane[: count * 4]) for plane in self.planes)
        self.planes = [plane[count * 4 :] for plane in self.planes]
        return taken

    def _append(self, frame: AudioFrame | None) -> None:
        # The layout stays the input's own: asking for "stereo" would mix unusual layouts. The
        # cut is for versions of PyAV that show a plane's padding too.
        for block in self._resampler.resample(frame):
            for plane, samples in zip(self.planes, block.planes, strict=True):
                plane += memoryview(samples)[: block.samples * 4]


def _finite(plane: bytearray) -> NDArray[np.float32]:
    """Return samples without what no microphone gives: a file of floats may hold anything."""
    samples = np.frombuffer(plane, np.float32)
    with np.errstate(over="ignore", invalid="ignore"):
        energy = np.dot(samples, samples)
    if not np.isfinite(energy):
        samples[np.isnan(samples)] = 0
        np.clip(samples, -1, 1, out=samples)
    return samples


def _decode_into(samples: _Samples, file: BinaryIO, kind: Format, path: Path) -> Iterator[None]:
    """Decode the only audio track of `file`, a frame a step; libav's errors become CallErrors."""
    import av

    file.seek(0)
    code, what = "not_audio", "damaged, or not the sound its first bytes announce"
    try:
        with av.open(file, **_hardened(kind)) as container:
            track = _only_track(container, path)
            code, what = "truncated", "cut off or damaged"
            for frame in _frames(container, track, _spare_packets(kind)):
                samples.add(frame)
                yield
            samples.finish()
            yield
    except MemoryError:  # also libav's: no fault of the file's form
        raise
    except av.FFmpegError as error:
        if isinstance(error, av.error.EOFError):  # not even the first packet is whole
            code, what = "truncated", "cut off"
        after = f"after {samples.decoded:,} samples" if samples.decoded else "from its start"
        raise _refusal(code, path, f"{what} ({after}): copy or export it again") from error
    except OSError as error:
        raise _refusal("unreadable", path, f"reading failed: {error.strerror}") from error


def _hardened(kind: Format) -> dict[str, Any]:
    """Return the arguments with which libav reads this one file, as this format, and no other."""
    return {
        "mode": "r",
        "format": kind.demuxer,
        "container_options": {
            # the three lists also bind what a demuxer opens by itself
            "format_whitelist": kind.demuxer,
            "codec_whitelist": _CODECS,
            "protocol_whitelist": "none",
            "enable_drefs": "0",  # a MOV may say "my sound is in that other file"
        },
        "metadata_errors": "replace",  # tags in Windows-1250 are no reason to fail
        "io_open": _refuse_other_files,
    }


def _only_track(container: InputContainer, path: Path) -> AudioStream:
    tracks = container.streams.audio
    if len(tracks) != 1:
        what = f"{len(tracks)} sound tracks: export one track, one channel per speaker"
        raise _refusal("channels" if tracks else "not_audio", path, what)
    context = tracks[0].codec_context
    name = "unknown" if context is None else context.name
    if name not in _CODECS.split(","):
        raise _refusal("codec", path, f"codec '{name}' is not read here: convert to WAV")
    context.thread_count = 1  # one process, one core: the others are decoding too
    return tracks[0]


def _frames(container: InputContainer, stream: AudioStream, spare: int) -> Iterator[AudioFrame]:
    """Yield the frames of a track; up to `spare` packets may be past decoding."""
    import av

    for packet in container.demux(stream):
        try:
            frames = packet.decode()
        except av.error.InvalidDataError:
            if spare == 0:
                raise
            spare -= 1
            continue
        yield from frames


def _spare_packets(kind: Format) -> int:
    return _MP3_SPARE_PACKETS if kind.demuxer == "mp3" else 0


def _refuse_other_files(url: str, flags: int, options: dict[str, str]) -> NoReturn:
    raise CallError("intake", "not_audio", "the recording points at another file: export it whole")


def _refusal(code: str, path: Path, what: str) -> CallError:
    return CallError("intake", code, f"{path.name}: {what}")
