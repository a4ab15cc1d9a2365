"""Which container a file is, by its first bytes, and where its header says that it ends.

libav is never asked to guess: a text file that begins `ffconcat` would make it open *other*
files. The names returned are libav's own names of demuxers, a closed list.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import BinaryIO, Literal

Demuxer = Literal["wav", "flac", "mp3", "ogg", "mov", "matroska", "amr", "gsm"]

_MOV_BOXES = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")
_LOOK = 4096  # an MP3 may begin with padding: so far is the first frame looked for
_GSM_FRAME = 33
# From here on a WAV's data size means "not known": programs that write to a pipe put 0, 2^32-1,
# or, as SoX does, 0x7FFFF000. The byte limit of a recording lies below.
_WAV_UNKNOWN = 0x7FFF_F000
_MAX_CHUNKS = 10_000  # chunks or boxes looked through; real files have a few dozen
# kbit/s of MPEG 1 and of MPEG 2/2.5 layer III, index 1..14 (ISO 11172-3, 13818-3)
_MP3_KBITS = {
    3: (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    2: (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_MP3_RATES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}


@dataclass(frozen=True, slots=True)
class Format:
    """A demuxer and the byte at which its own data start (after any ID3 tags)."""

    demuxer: Demuxer
    start: int


def sniff(file: BinaryIO, suffix: str) -> Format | None:
    """Return the format of `file`, None if it is none of the list.

    `suffix` (".gsm") matters for raw GSM only, which has no magic number.
    """
    start = _after_id3(file)
    head = _at(file, start, _LOOK)
    demuxer = _by_magic(head)
    if demuxer is not None and (start == 0 or demuxer == "flac"):
        return Format(demuxer, start)
    if suffix.lower() == ".gsm" and _is_gsm(head):
        return Format("gsm", start)
    frame = _first_mp3_frame(head)
    return None if frame is None else Format("mp3", start + frame)


def promised_end(file: BinaryIO, kind: Format, size: int) -> int | None:
    """Return the byte behind the last one that the headers promise; None: they do not say.

    A file of `size` bytes is cut off if the value is larger than `size`. An MP3 without a Xing
    header and a live WebM or AMR do not say.
    """
    match kind.demuxer:
        case "wav":
            return _wav_end(file, size)
        case "mov":
            return _mov_end(file, size)
        case "matroska":
            return _matroska_end(file)
        case "ogg":
            return _ogg_end(file, size)
        case "mp3":
            return _mp3_end(file, kind.start)
        case "gsm":
            return -(-size // _GSM_FRAME) * _GSM_FRAME
        case "flac" | "amr":
            return None


def flac_samples(file: BinaryIO, kind: Format) -> int | None:
    """Return the samples per channel that a FLAC's STREAMINFO promises (RFC 9639, 8.2)."""
    field = _at(file, kind.start + 18, 8)
    return int.from_bytes(field, "big") & (2**36 - 1) or None


def _at(file: BinaryIO, offset: int, length: int) -> bytes:
    file.seek(offset)
    return file.read(length)


def _after_id3(file: BinaryIO) -> int:
    start = 0
    for _ in range(4):  # some programs prepend a second tag instead of rewriting the first
        head = _at(file, start, 10)
        if len(head) < 10 or head[:3] != b"ID3":
            break
        start += 10 + (head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9])
    return start


def _by_magic(head: bytes) -> Demuxer | None:
    if head[:4] in (b"RIFF", b"RF64", b"BW64") and head[8:12] == b"WAVE":
        return "wav"
    if head[4:8] in _MOV_BOXES:
        return "mov"
    magics: tuple[tuple[bytes, Demuxer], ...] = (
        (b"fLaC", "flac"),
        (b"OggS", "ogg"),
        (b"\x1a\x45\xdf\xa3", "matroska"),
        (b"#!AMR\n", "amr"),
    )
    return next((name for magic, name in magics if head.startswith(magic)), None)


def _is_gsm(head: bytes) -> bool:
    """Every 33-byte frame of GSM 06.10 begins with the nibble 0xD."""
    return len(head) >= _GSM_FRAME and all(byte >> 4 == 0xD for byte in head[::_GSM_FRAME])


def _first_mp3_frame(head: bytes) -> int | None:
    """Return the offset of the first frame that another one follows, or that ends the file."""
    for offset in range(len(head) - 3):
        length = _mp3_frame_bytes(head[offset : offset + 4])
        after = head[offset + length : offset + length + 4]
        if length and (offset + length == len(head) or _mp3_frame_bytes(after)):
            return offset
    return None


def _mp3_frame_bytes(header: bytes) -> int:
    """Return the length of an MPEG layer III frame with this header, 0 if it is none."""
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE0 != 0xE0:
        return 0
    version, layer = header[1] >> 3 & 3, header[1] >> 1 & 3
    bitrate, rate = header[2] >> 4, header[2] >> 2 & 3
    if version == 1 or layer != 1 or bitrate in (0, 15) or rate == 3:
        return 0
    kbits = _MP3_KBITS[3 if version == 3 else 2][bitrate - 1]
    samples = 1152 if version == 3 else 576
    return samples // 8 * kbits * 1000 // _MP3_RATES[version][rate] + (header[2] >> 1 & 1)


def _mp3_end(file: BinaryIO, start: int) -> int | None:
    """Read the byte count of the Xing/Info header in the first frame."""
    frame = _at(file, start, 64)
    if len(frame) < 64:
        return None
    mono = frame[3] >> 6 == 3
    mpeg1 = frame[1] >> 3 & 3 == 3
    side = (17 if mono else 32) if mpeg1 else (9 if mono else 17)
    tag = frame[4 + side :]
    flags = int.from_bytes(tag[4:8], "big")
    if tag[:4] not in (b"Xing", b"Info") or not flags & 2:
        return None
    at = 12 if flags & 1 else 8
    return start + int.from_bytes(tag[at : at + 4], "big")


def _wav_end(file: BinaryIO, size: int) -> int | None:
    at, long_length = 12, 0
    for _ in range(_MAX_CHUNKS):
        head = _at(file, at, 24)
        if len(head) < 8:
            return max(at + 8, size + 1)  # cut off before the sound began
        name, length = struct.unpack_from("<4sI", head)
        if name == b"ds64" and len(head) == 24:  # RF64: the sizes that need more than 32 bits
            long_length = struct.unpack_from("<Q", head, 16)[0]
        if name == b"data":
            if length == 0xFFFF_FFFF and 0 < long_length < 2**62:
                return at + 8 + int(long_length)
            return None if length == 0 or length >= _WAV_UNKNOWN else at + 8 + int(length)
        at += 8 + length + (length & 1)
    return None


def _mov_end(file: BinaryIO, size: int) -> int | None:
    at = 0
    for _ in range(_MAX_CHUNKS):
        if at >= size:
            return at
        head = _at(file, at, 16)
        if len(head) < 8:
            return size + 1
        length = int.from_bytes(head[:4], "big")
        if length == 0:  # "up to the end of the file"
            return size
        if length == 1:
            length = int.from_bytes(head[8:16], "big")
        if length < 8:
            return None  # not a box; libav decides what to make of it
        at += length
    return None


def _matroska_end(file: BinaryIO) -> int | None:
    """Return the end of the Segment, the second element of the file (RFC 8794, 9559)."""
    head = _at(file, 0, _LOOK)
    at = 4
    length, width = _ebml_size(head[at:])
    at += width + (length or 0)
    if head[at : at + 4] != b"\x18\x53\x80\x67":
        return None
    length, width = _ebml_size(head[at + 4 :])
    return None if length is None else at + 4 + width + length


def _ebml_size(data: bytes) -> tuple[int | None, int]:
    """Return an EBML length (None: unknown, a live recording) and the bytes it takes."""
    if not data or data[0] == 0:
        return None, 1
    width = 9 - data[0].bit_length()
    value = int.from_bytes(data[:width], "big") & (1 << 7 * width) - 1
    return (None if value == (1 << 7 * width) - 1 else value), width


def _ogg_end(file: BinaryIO, size: int) -> int | None:
    """Look whether the last page is whole and marked as the last (RFC 3533, section 6)."""
    tail = _at(file, max(0, size - 2 * 65_307), 2 * 65_307)  # a page has at most 65,307 bytes
    at = tail.rfind(b"OggS")
    page = tail[at:]
    if at < 0 or len(page) < 27:
        return size + 1
    lengths = page[27 : 27 + page[26]]
    whole = len(lengths) == page[26] and len(page) >= 27 + len(lengths) + sum(lengths)
    return size if whole and page[5] & 4 else size + 1
