"""Files that would make libav open *another* file; each attack is first shown to be real."""

import struct
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from qa.intake import decode as module
from qa.intake.decode import decode
from qa.intake.formats import Format
from qa.problems import CallError
from tests.intake.sounds import code_of, pcm, tones, wav


@pytest.fixture
def victim(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)  # where libav looks for names found in a file that has none
    path = tmp_path / "victim.wav"
    path.write_bytes(wav(pcm(tones(1, 8000, 1), 16)))
    return path


@pytest.fixture
def playlist(victim: Path) -> Path:
    path = victim.with_name("call.wav")
    path.write_text(f"ffconcat version 1.0\nfile {victim.name}\n")
    return path


def heard(path: Path, **arguments: Any) -> int:  # noqa: ANN401  # as av.open takes them
    """Return how many samples libav itself gives for `path`, opened as a file object."""
    with path.open("rb") as file, av.open(file, **arguments) as container:
        return sum(frame.samples for frame in container.decode(audio=0))


def taken_for_a_wav(monkeypatch: pytest.MonkeyPatch, *, only: str) -> None:
    """Let any file pass the check of its first bytes, and keep one layer of what protects then."""
    kept = {only: module._hardened(Format("wav", 0))[only]}
    monkeypatch.setattr(module, "sniff", lambda file, suffix: Format("wav", 0))
    monkeypatch.setattr(module, "promised_end", lambda file, kind, size: None)
    monkeypatch.setattr(module, "_hardened", lambda kind: kept)


def test_a_play_list_named_wav(playlist: Path) -> None:
    assert heard(playlist) == 8000  # the victim's second at 8 kHz
    assert code_of(lambda: decode(playlist)) == "not_audio"


def test_the_named_demuxer_alone_stops_a_play_list(
    playlist: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken_for_a_wav(monkeypatch, only="format")
    assert code_of(lambda: decode(playlist)) == "not_audio"


def test_the_white_lists_alone_stop_a_play_list(
    playlist: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken_for_a_wav(monkeypatch, only="container_options")
    assert code_of(lambda: decode(playlist)) == "not_audio"


def test_with_no_layer_left_the_play_list_is_played(
    playlist: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keeps the two tests above honest: what they leave out is what protects."""
    taken_for_a_wav(monkeypatch, only="metadata_errors")
    assert decode(playlist).duration_ms == 1000


def test_an_http_live_stream_named_wav(victim: Path) -> None:
    path = victim.with_name("call.wav")
    path.write_text(
        f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{victim.name}\n#EXT-X-ENDLIST\n"
    )
    open_wide = {"allowed_extensions": "ALL", "extension_picky": "0"}
    assert heard(path, format="hls", container_options=open_wide) == 8000
    assert code_of(lambda: decode(path)) == "not_audio"


class TestMovWithItsSoundElsewhere:
    @pytest.fixture
    def mov(self, victim: Path) -> Path:
        path = victim.with_name("call.mov")
        with av.open(str(path), "w", format="mov") as file:
            stream = file.add_stream("pcm_s16le", rate=8000, layout="mono")
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 8000), np.int16), layout="mono")
            frame.sample_rate = 8000
            for packet in (*stream.encode(frame), *stream.encode(None)):
                file.mux(packet)
        path.write_bytes(_referring(path.read_bytes(), victim.name))
        return path

    def test_is_not_followed(self, mov: Path) -> None:
        follow = {"enable_drefs": "1", "use_absolute_path": "1"}
        assert heard(mov, format="mov", container_options=follow) == 8000
        assert code_of(lambda: decode(mov)) == "empty"  # its own file holds no sound

    def test_nothing_beside_it_is_opened_even_if_libav_tried(
        self, mov: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        hardened = module._hardened(Format("mov", 0))
        hardened["container_options"] = {"enable_drefs": "1", "use_absolute_path": "1"}
        monkeypatch.setattr(module, "_hardened", lambda kind: hardened)
        with pytest.raises(CallError, match="points at another file"):
            decode(mov)


def _referring(mov: bytes, name: str) -> bytes:
    """Replace "the sound is in this file" of a MOV by a Macintosh alias record for `name`."""
    encoded = name.encode()
    alias = bytes(10 + 1 + 27 + 12) + bytes([len(encoded)]) + encoded.ljust(63, b"\0") + bytes(16)
    alias += struct.pack(">HH", 1, 1) + bytes(16)
    alias += struct.pack(">HH", 2, len(encoded)) + encoded + bytes(len(encoded) % 2)
    alias = (alias + struct.pack(">HH", 0xFFFF, 0)).ljust(160, b"\0")
    entry = struct.pack(">I4sI", len(alias) + 12, b"alis", 0) + alias
    changed = bytearray(mov)
    at = mov.index(b"dref") - 4
    for box in (b"moov", b"trak", b"mdia", b"minf", b"dinf", b"dref"):  # each holds the next
        size_at = changed.rindex(box, 0, at + 8) - 4
        (size,) = struct.unpack_from(">I", changed, size_at)
        struct.pack_into(">I", changed, size_at, size + len(entry) - 12)
    changed[at + 16 : at + 28] = entry  # in place of the 12 bytes of "url ", self-contained
    return bytes(changed)
