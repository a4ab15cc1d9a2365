import struct
from pathlib import Path

import pytest

from qa.intake.decode import decode
from tests.intake.sounds import code_of, encode, pcm, tones, wav, write


class TestHeaders:
    # 0: a recorder that was killed; 2^32-1: ffmpeg to a pipe; 0x7FFFF000: SoX to a pipe
    @pytest.mark.parametrize("declared", [0, 0xFFFFFFFF, 0x7FFFF000])
    def test_a_wav_of_unknown_length_is_read_to_its_end(
        self, tmp_path: Path, declared: int
    ) -> None:
        data = pcm(tones(1, 8000, 1), 16)
        path = write(tmp_path / "a.wav", wav(data, declared=declared))
        assert decode(path).duration_ms == 1000

    def test_a_wav_one_byte_short_is_truncated(self, tmp_path: Path) -> None:
        data = pcm(tones(1, 8000, 1), 16)
        path = write(tmp_path / "a.wav", wav(data, declared=len(data) + 1))
        assert code_of(lambda: decode(path)) == "truncated"

    @pytest.mark.parametrize(("more", "code"), [(0, ""), (2, "truncated")])
    def test_rf64_tells_its_length_in_another_chunk(
        self, tmp_path: Path, more: int, code: str
    ) -> None:
        data = pcm(tones(1, 8000, 1), 16)
        sizes = struct.pack("<4sIQQQI", b"ds64", 28, 0, len(data) + more, 0, 0)
        plain = wav(data, declared=0xFFFFFFFF)
        path = write(tmp_path / "a.wav", b"RF64\xff\xff\xff\xffWAVE" + sizes + plain[12:])
        assert code_of(lambda: decode(path)) == code

    def test_tags_in_another_code_page_do_not_matter(self, tmp_path: Path) -> None:
        title = "Žarić".encode("cp1250") + b"\0"
        info = b"INFOINAM" + struct.pack("<I", len(title)) + title
        chunk = b"LIST" + struct.pack("<I", len(info)) + info
        path = write(tmp_path / "a.wav", wav(pcm(tones(1, 8000, 1), 16), before=chunk))
        assert decode(path).duration_ms == 1000

    def test_tags_before_an_mp3_are_skipped(self, tmp_path: Path) -> None:
        sound = encode(tmp_path / "a.mp3", "mp3", "libmp3lame").read_bytes()
        assert sound[:3] == b"ID3"
        picture = b"ID3\x04\0\0" + bytes([0, 0, 100, 0]) + bytes(100 * 128)  # 7 bits a byte
        assert decode(write(tmp_path / "b.mp3", picture + sound)).duration_ms == 1000

    def test_raw_gsm_is_known_by_extension_and_frames(self, tmp_path: Path) -> None:
        second = (b"\xd0" + bytes(32)) * 50  # 50 frames of 160 samples at 8 kHz
        assert decode(write(tmp_path / "a.gsm", second)).duration_ms == 1000
        assert code_of(lambda: decode(write(tmp_path / "b.gsm", second[:-1]))) == "truncated"
        assert code_of(lambda: decode(write(tmp_path / "a.bin", second))) == "not_audio"

    def test_an_mp3_cut_out_of_a_stream_is_read(self, tmp_path: Path) -> None:
        """Without the first frame nothing tells its length; the first or last may be broken."""
        whole = encode(tmp_path / "a.mp3", "mp3", "libmp3lame", seconds=3).read_bytes()
        frames = whole.index(b"Info") + 200  # somewhere behind the frame with the lengths
        path = tmp_path / "b.mp3"
        cuts = [whole[frames + n : len(whole) - n] for n in range(0, 200, 5)]
        assert {code_of(lambda: decode(write(path, cut))) for cut in cuts} == {""}  # noqa: B023

    def test_an_ogg_that_lost_whole_pages_is_truncated(self, tmp_path: Path) -> None:
        whole = encode(tmp_path / "a.ogg", "ogg", "libopus", rate=48000, seconds=4).read_bytes()
        last = whole.rindex(b"OggS")
        assert whole.count(b"OggS") > 3  # two of headers and more than one of sound
        assert code_of(lambda: decode(write(tmp_path / "b.ogg", whole[:last]))) == "truncated"
