from __future__ import annotations

import os
import struct
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import av
import numpy as np
import pytest

from qa.intake import decode as module
from qa.intake.decode import DecodeLimits, decode, decode_blocks, milliseconds
from qa.intake.files import opened
from qa.problems import CallError
from tests.intake.sounds import (
    ENCODED,
    FIRST_HZ,
    SECOND_HZ,
    code_of,
    encode,
    loudest_hz,
    pcm,
    silence_bomb,
    tones,
    wav,
    write,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray


@pytest.mark.parametrize("bits", [8, 16, 24, 32, 64])
@pytest.mark.parametrize("rate", [8000, 16000, 44100, 48000])
def test_pcm_of_any_width_and_rate_keeps_its_tone_loudness_and_length(
    tmp_path: Path, bits: int, rate: int
) -> None:
    data = pcm(tones(1, rate, 1), bits)
    recording = decode(write(tmp_path / "a.wav", wav(data, rate=rate, bits=bits)))
    (channel,) = recording.channels
    assert channel.dtype == np.float32
    assert (recording.sample_rate, recording.duration_ms, len(channel)) == (16000, 1000, 16000)
    assert loudest_hz(channel) == FIRST_HZ
    # tones are half of full scale; the edges ring, so the middle half is measured
    assert np.abs(channel[4000:12000]).max() == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize(("name", "container", "codec", "rate", "channels"), ENCODED)
def test_every_format_gives_each_channel_its_own_tone(
    tmp_path: Path, name: str, container: str, codec: str, rate: int, channels: int
) -> None:
    path = encode(tmp_path / name, container, codec, rate=rate, channels=channels)
    recording = decode(path)
    heard = [loudest_hz(channel) for channel in recording.channels]
    assert heard == pytest.approx([FIRST_HZ, SECOND_HZ][:channels], abs=2)
    # lossy formats pad their last block: of AAC 1,024 samples, of MP3 in WAV and AMR some more
    assert 1000 <= recording.duration_ms <= 1200


def test_an_extension_does_not_decide(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.flac", "flac", "flac").rename(tmp_path / "a.wav")
    assert decode(path).duration_ms == 1000


@pytest.mark.parametrize("rate", [8000, 11025, 44100, 48000])
def test_resampling_does_not_move_sound(tmp_path: Path, rate: int) -> None:
    samples = np.zeros((2 * rate, 1))
    samples[rate] = 0.9  # a click at 1.000 s is sample 16,000 of the result
    path = write(tmp_path / "a.wav", wav(pcm(samples, 16), rate=rate))
    assert int(np.argmax(np.abs(decode(path).channels[0]))) == 16000


def test_channels_are_not_mixed_whatever_the_header_calls_them(tmp_path: Path) -> None:
    # WAVE_FORMAT_EXTENSIBLE with a mask that says "centre" and "low frequency", not left and right
    guid = bytes.fromhex("0100000000001000800000aa00389b71")
    fmt = struct.pack("<HHIIHHHHI", 0xFFFE, 2, 8000, 32000, 4, 16, 22, 16, 0xC) + guid
    data = pcm(tones(1, 8000, 2), 16)
    body = b"WAVEfmt " + struct.pack("<I", len(fmt)) + fmt + b"data"
    body += struct.pack("<I", len(data)) + data
    path = write(tmp_path / "a.wav", b"RIFF" + struct.pack("<I", len(body)) + body)
    assert [loudest_hz(channel) for channel in decode(path).channels] == [FIRST_HZ, SECOND_HZ]


class TestBlocks:
    @pytest.mark.parametrize(("name", "container", "codec", "rate", "channels"), ENCODED)
    def test_put_together_they_are_the_recording(
        self, tmp_path: Path, name: str, container: str, codec: str, rate: int, channels: int
    ) -> None:
        path = encode(tmp_path / name, container, codec, rate=rate, channels=channels, seconds=2.5)
        whole = decode(path)
        for block_s in (1, 2, 3, 600):
            blocks = list(decode_blocks(path, block_s=block_s))
            *full, last = [len(block[0]) for block in blocks]
            assert full == [block_s * 16_000] * len(full)
            assert 0 < last <= block_s * 16_000
            for at, channel in enumerate(whole.channels):
                together = np.concatenate([block[at] for block in blocks])
                np.testing.assert_array_equal(together, channel)

    def test_the_last_may_be_full_and_none_is_empty(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.wav", wav(pcm(tones(4, 16_000, 1), 16), rate=16_000))
        for block_s, count in ((1, 4), (2, 2), (4, 1), (5, 1)):
            assert len(list(decode_blocks(path, block_s=block_s))) == count

    def test_what_is_wrong_with_the_end_is_told_after_the_blocks_before_it(
        self, tmp_path: Path
    ) -> None:
        whole = encode(tmp_path / "a.flac", "flac", "flac", seconds=20).read_bytes()
        path = write(tmp_path / "b.flac", whole[: round(len(whole) * 0.8)])
        code, seconds = _until_refused(decode_blocks(path, block_s=1))
        # 16 s are there, and up to 5 of them are still being resampled
        assert code == "truncated"
        assert 11 <= seconds <= 16

    def test_over_the_limit_is_told_after_the_blocks_within_it(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.wav", wav(b"\0\0" * 20 * 8000))
        limits = DecodeLimits(max_seconds=16)
        code, seconds = _until_refused(decode_blocks(path, limits, block_s=1))
        assert code == "too_long"
        assert 11 <= seconds <= 16

    def test_a_file_that_changes_while_it_is_read_is_told_at_the_end(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.wav", wav(pcm(tones(3, 8000, 1), 16)))
        blocks = decode_blocks(path, block_s=1)
        next(blocks)
        with path.open("ab") as more:
            more.write(b"\0\0")
        assert code_of(lambda: list(blocks)) == "changed"

    def test_one_that_is_not_read_to_its_end_is_closed(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.wav", wav(pcm(tones(3, 8000, 1), 16)))
        blocks = decode_blocks(path, block_s=1)
        next(blocks)
        held = path.stat().st_ino in _open_inodes()
        del blocks
        assert path.stat().st_ino not in _open_inodes()
        assert held or not Path("/proc/self/fd").exists()


def _until_refused(blocks: Iterator[tuple[NDArray[np.float32], ...]]) -> tuple[str, float]:
    """Return the code of the CallError that ends the blocks, and the seconds before it."""
    seconds: list[float] = []
    code = code_of(lambda: seconds.extend(len(block[0]) / 16_000 for block in blocks))
    return code, sum(seconds)


def _open_inodes() -> set[int]:
    """Return what files this process has open; nothing where the system does not say."""
    found = set()
    for number in Path("/proc/self/fd").glob("*"):
        with suppress(FileNotFoundError):  # the folder itself was open while it was listed
            found.add(number.stat().st_ino)
    return found


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e300, -1e30])
def test_floats_that_no_microphone_gives_do_not_come_out(tmp_path: Path, value: float) -> None:
    samples = tones(3, 16_000, 1)
    samples[20_000:20_100] = value
    path = write(tmp_path / "a.wav", wav(pcm(samples, 64), rate=16_000, bits=64))
    (channel,) = decode(path).channels
    assert np.abs(channel).max() <= 1
    # what lies before and after is as it was
    (whole,) = decode(write(path, wav(pcm(tones(3, 16_000, 1), 64), rate=16_000, bits=64))).channels
    for part in (slice(0, 20_000), slice(20_100, None)):
        np.testing.assert_array_equal(channel[part], whole[part])


@pytest.mark.parametrize("samples", [0, 1, 7, 8, 9, 16000])
def test_milliseconds_round_half_up(samples: int) -> None:
    # 8 of 16,000 samples a second are exactly half a millisecond
    expected = {0: 0, 1: 0, 7: 0, 8: 1, 9: 1, 16000: 1000}[samples]
    assert milliseconds(samples) == expected


class TestRefusals:
    def test_missing(self, tmp_path: Path) -> None:
        assert code_of(lambda: decode(tmp_path / "none.wav")) == "missing"
        assert code_of(lambda: decode(tmp_path / "a.wav" / "b.wav")) == "missing"
        assert code_of(lambda: decode(tmp_path / "nul\0.wav")) == "missing"

    def test_zero_bytes(self, tmp_path: Path) -> None:
        assert code_of(lambda: decode(write(tmp_path / "a.wav", b""))) == "empty_file"

    @pytest.mark.parametrize("declared", [0, None])
    def test_a_header_without_sound(self, tmp_path: Path, declared: int | None) -> None:
        path = write(tmp_path / "a.wav", wav(b"", declared=declared))
        assert code_of(lambda: decode(path)) == "empty"

    @pytest.mark.parametrize(
        "data",
        [
            b"Agent: good morning\n" * 40,
            b"%PDF-1.7 and so on",
            b"\xff\xfb\x90",
            b"RIFF\0\0\0\0AVI ",
            bytes(5000),
        ],
    )
    def test_what_is_no_sound(self, tmp_path: Path, data: bytes) -> None:
        assert code_of(lambda: decode(write(tmp_path / "a.wav", data))) == "not_audio"

    def test_a_known_beginning_with_nonsense_behind(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.flac", b"fLaC" + bytes(range(256)) * 10)
        assert code_of(lambda: decode(path)) == "not_audio"

    def test_three_channels(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.wav", wav(pcm(tones(0.1, 8000, 3), 16), channels=3))
        with pytest.raises(CallError, match="3 channels") as caught:
            decode(path)
        assert caught.value.code == "channels"

    def test_a_codec_that_is_not_on_the_list(self, tmp_path: Path) -> None:
        path = encode(tmp_path / "a.mka", "matroska", "mp2", rate=16000)
        with pytest.raises(CallError, match="mp2") as caught:
            decode(path)
        assert caught.value.code == "codec"

    @pytest.mark.parametrize("rate", [1000, 400_000])
    def test_a_rate_that_no_recorder_has(self, tmp_path: Path, rate: int) -> None:
        path = write(tmp_path / "a.wav", wav(b"\1\0" * 4000, rate=rate))
        assert code_of(lambda: decode(path)) == "codec"

    def test_more_bytes_than_allowed(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.wav", wav(b"\0\0" * 50))  # 44 bytes of header + 100
        assert code_of(lambda: decode(path, DecodeLimits(max_bytes=143))) == "too_large"
        assert code_of(lambda: decode(path, DecodeLimits(max_bytes=144))) == ""

    def test_one_sample_more_than_allowed(self, tmp_path: Path) -> None:
        limits = DecodeLimits(max_seconds=2)
        exact = write(tmp_path / "a.wav", wav(b"\0\0" * 16000))
        over = write(tmp_path / "b.wav", wav(b"\0\0" * 16001))
        assert decode(exact, limits).duration_ms == 2000
        assert code_of(lambda: decode(over, limits)) == "too_long"

    def test_a_bomb_is_left_when_the_limit_is_reached(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = silence_bomb(tmp_path / "bomb.flac", minutes=60)
        assert path.stat().st_size < 1_000_000  # and 230 MB at 16 kHz as float32
        taken = []
        add = module._Samples.add

        def spy(samples: module._Samples, frame: av.AudioFrame) -> None:
            taken.append(frame.samples)
            add(samples, frame)

        monkeypatch.setattr(module._Samples, "add", spy)
        assert code_of(lambda: decode(path, DecodeLimits(max_seconds=5))) == "too_long"
        assert sum(taken) - taken[-1] <= 5 * 8000  # only the last frame went over the limit

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
    def test_what_is_no_plain_file(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe.wav")  # nobody writes to it: reading would wait for ever
        (tmp_path / "folder.wav").mkdir()
        (tmp_path / "link.wav").symlink_to(write(tmp_path / "a.wav", wav(b"\0\0" * 50)))
        assert code_of(lambda: decode(tmp_path / "pipe.wav")) == "not_a_file"
        assert code_of(lambda: decode(tmp_path / "folder.wav")) == "not_a_file"
        assert code_of(lambda: decode(tmp_path / "link.wav")) == "not_a_file"

    def test_a_file_that_is_still_being_written(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.wav", wav(b"\0\0" * 50))

        def read_while_it_grows() -> None:
            with opened(path, 1000), path.open("ab") as more:
                more.write(b"\0")

        assert code_of(read_while_it_grows) == "changed"

    def test_two_sound_tracks(self, tmp_path: Path) -> None:
        with av.open(str(tmp_path / "a.mka"), "w", format="matroska") as file:
            streams = [file.add_stream("pcm_s16le", rate=8000, layout="mono") for _ in range(2)]
            for stream in streams:
                frame = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), layout="mono")
                frame.sample_rate = 8000
                for packet in (*stream.encode(frame), *stream.encode(None)):
                    file.mux(packet)
        with pytest.raises(CallError, match="2 sound tracks") as caught:
            decode(tmp_path / "a.mka")
        assert caught.value.code == "channels"

    def test_an_mp3_that_turns_from_mono_to_stereo(self, tmp_path: Path) -> None:
        one, two = (
            encode(tmp_path / f"{n}.mp3", "mp3", "libmp3lame", rate=16000, channels=n).read_bytes()
            for n in (1, 2)
        )
        both = b"".join(part[part.index(b"\xff\xf3", part.index(b"Info")) :] for part in (one, two))
        assert code_of(lambda: decode(write(tmp_path / "a.mp3", both))) == "codec"

    def test_libav_does_not_speak_up(
        self, tmp_path: Path, capfd: pytest.CaptureFixture[str]
    ) -> None:
        whole = encode(tmp_path / "a.mp3", "mp3", "libmp3lame").read_bytes()
        broken = bytearray(whole)
        broken[600:1400] = bytes(range(200)) * 4
        code_of(lambda: decode(write(tmp_path / "b.mp3", bytes(broken))))
        code_of(lambda: decode(write(tmp_path / "c.flac", b"fLaC" + bytes(900))))
        assert capfd.readouterr() == ("", "")
