from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.intake.decode import DEFAULT_LIMITS, decode
from qa.problems import CallError
from tests.intake.sounds import ENCODED, code_of, encode, write


@pytest.mark.parametrize("kept", [0.05, 0.5, 0.99])
def test_a_flac_cut_off_is_truncated(tmp_path: Path, kept: float) -> None:
    whole = encode(tmp_path / "a.flac", "flac", "flac", seconds=4).read_bytes()
    path = write(tmp_path / "b.flac", whole[: round(len(whole) * kept)])
    assert code_of(lambda: decode(path)) == "truncated"


def test_a_flac_that_lost_whole_frames_is_truncated(tmp_path: Path) -> None:
    """Cut between two frames nothing fails to decode: only the header knows that more was there."""
    whole = encode(tmp_path / "a.flac", "flac", "flac", seconds=4).read_bytes()
    sync = whole[whole.index(b"\xff\xf8") :][:4]
    at = whole.rindex(sync[:2])
    with pytest.raises(CallError, match="of 32,000 samples") as caught:
        decode(write(tmp_path / "b.flac", whole[:at]))
    assert caught.value.code == "truncated"


# Raw AMR is a row of frames without a length: cut between two it is a whole shorter recording.
@pytest.mark.parametrize("case", [case for case in ENCODED if case[0] != "a.amr"])
def test_a_file_cut_anywhere_fails_or_decodes_the_same(
    tmp_path_factory: pytest.TempPathFactory, case: tuple[str, str, str, int, int]
) -> None:
    name, container, codec, rate, channels = case
    folder = tmp_path_factory.mktemp("cut")
    path = encode(folder / name, container, codec, rate=rate, channels=channels, seconds=0.5)
    whole = path.read_bytes()
    full = decode(path)

    @settings(deadline=None, derandomize=True, max_examples=30)
    @given(st.integers(0, len(whole) - 1))
    def cut(length: int) -> None:
        short = write(folder / f"cut-{name}", whole[:length])
        code = code_of(lambda: decode(short))
        if code:
            assert code in {"truncated", "not_audio", "empty_file", "empty"}
            return
        recording = decode(short)
        assert len(recording.channels) == channels
        for got, expected in zip(recording.channels, full.channels, strict=True):
            np.testing.assert_array_equal(got, expected)

    cut()


@settings(deadline=None, derandomize=True, max_examples=150)
@given(st.data())
def test_damaged_bytes_raise_nothing_but_call_errors(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.getbasetemp()
    case = data.draw(st.sampled_from(ENCODED))
    name, container, codec, rate, channels = case
    path = folder / f"whole-{name}"
    if not path.exists():
        encode(path, container, codec, rate=rate, channels=channels, seconds=0.2)
    content = bytearray(path.read_bytes())
    places = st.one_of(st.integers(0, 99), st.integers(0, len(content) - 1))
    for _ in range(data.draw(st.integers(1, 5))):
        content[data.draw(places)] = data.draw(st.integers(0, 255))
    code_of(lambda: decode(write(folder / f"damaged-{name}", bytes(content)), DEFAULT_LIMITS))
