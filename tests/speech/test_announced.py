"""What a process that a file may have taken over can say, and what is not believed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.speech.announced import Announced
from qa.speech.listening import Outline, Stretch
from qa.speech.windows import Piece, Window

MOST_MS = 10_000
_MISTAKES = (KeyError, TypeError, ValueError, OverflowError)


def _window(
    *pieces: tuple[int, int], channel: int = 0, channels: int = 2, frames: int | None = None
) -> dict[str, Any]:
    length = sum(end - start for start, end in pieces)
    return {
        "channel": channel,
        "channels": channels,
        "pieces": [list(piece) for piece in pieces],
        "frames": -(-length // 10) if frames is None else frames,
    }


def _outline(
    *channels: list[tuple[int, int, float]], duration_ms: int = 9_000, caveats: object = ()
) -> dict[str, Any]:
    spoken = [list(map(list, each)) for each in channels]
    return {"duration_ms": duration_ms, "channels": spoken, "caveats": caveats}


def test_windows_and_an_outline_are_taken_as_they_are() -> None:
    announced = Announced(MOST_MS)
    # 105 ms are 10.5 frames, and a begun one counts
    first = announced.window(_window((0, 55), (100, 150)))
    assert first == (0, Window((Piece(0, 55), Piece(100, 150))), 11)
    assert announced.window(_window((0, 150), channel=1))[0] == 1
    assert announced.window(_window((150, 8_000)))[2] == 785
    assert announced.channels == 2
    outline = announced.outline(_outline([(0, 100, 2.5), (100, 8_000, 0.0)], []))
    assert outline == Outline(9_000, ((Stretch(0, 100, 2.5), Stretch(100, 8_000, 0.0)), ()))


@pytest.mark.parametrize(
    "head",
    [
        {},
        _window(),
        _window((0, 0)),  # or there could be windows without end
        _window((0, 100), (100, 100)),
        _window((-1, 100)),
        _window((100, 0)),
        _window((0, 200), (100, 300)),  # over each other
        _window((200, 300), (0, 100)),
        _window((9_000, 10_001)),  # beyond the longest recording
        _window((0, 100), channel=2),
        _window((0, 100), channel=-1),
        _window((0, 100), channel=1, channels=1),
        _window((0, 100), channels=3),
        _window((0, 100), channels=0),
        _window((0, 100), frames=9),
        _window((0, 100), frames=11),
        _window((0, 100)) | {"pieces": 7},
        _window((0, 100)) | {"pieces": [[1]]},
        _window((0, 100)) | {"pieces": [["x", "y"]]},
        _window((0, 100)) | {"frames": None},
        _window((0, 100)) | {"frames": json.loads("Infinity")},
        _window((0, 100)) | {"channel": json.loads("NaN")},
    ],
)
def test_a_window_that_cannot_be(head: dict[str, Any]) -> None:
    with pytest.raises(_MISTAKES):
        Announced(MOST_MS).window(head)


def test_a_window_of_more_than_the_longest() -> None:
    assert Announced(10**6).window(_window((0, 20_000)))[2] == 2_000
    with pytest.raises(ValueError, match="impossible length"):
        Announced(10**6).window(_window((0, 20_001)))


def test_windows_of_a_channel_follow_each_other() -> None:
    announced = Announced(MOST_MS)
    announced.window(_window((0, 5_000)))
    announced.window(_window((0, 5_000), channel=1))  # the other's are its own
    with pytest.raises(ValueError, match="out of place"):
        announced.window(_window((4_999, 6_000)))


def test_the_number_of_channels_stays() -> None:
    announced = Announced(MOST_MS)
    announced.window(_window((0, 100), channels=1))
    with pytest.raises(ValueError, match="number of channels"):
        announced.window(_window((100, 200), channels=2))
    with pytest.raises(ValueError, match="number of channels"):
        announced.outline(_outline([], []))
    assert announced.outline(_outline([])) == Outline(9_000, ((),))


@pytest.mark.parametrize(
    "head",
    [
        {"duration_ms": 100},
        _outline(),
        _outline([], [], []),
        _outline([], duration_ms=10_001),
        _outline([], duration_ms=-1),
        _outline([(0, 9_001, 1.0)]),  # beyond the end
        _outline([(-1, 100, 1.0)]),
        _outline([(100, 50, 1.0)]),
        _outline([(0, 100, 1.0), (50, 200, 1.0)]),  # over each other
        _outline([(200, 300, 1.0), (0, 100, 1.0)]),
        _outline([(0, 100, -0.1)]),
        _outline([(0, 100, json.loads("NaN"))]),
        _outline([(0, 100, json.loads("Infinity"))]),
        _outline([(0, 100, 10**400)]),
        _outline([]) | {"channels": None},
        _outline([]) | {"channels": [[[1, 2]]]},
        _outline([]) | {"duration_ms": json.loads("Infinity")},
        _outline([], caveats=None),
    ],
)
def test_an_outline_that_cannot_be(head: dict[str, Any]) -> None:
    with pytest.raises(_MISTAKES):
        Announced(MOST_MS).outline(head)


def test_only_known_caveats_are_believed() -> None:
    said = ["crosstalk", "<script>", ["same_channels"], 7]
    assert Announced(MOST_MS).outline(_outline([], [], caveats=said)).caveats == ("crosstalk",)
    assert Announced(MOST_MS).outline(_outline([])).caveats == ()


def test_a_recording_is_not_shorter_than_its_windows() -> None:
    announced = Announced(MOST_MS)
    announced.window(_window((0, 9_001)))
    with pytest.raises(ValueError, match="impossible length"):
        announced.outline(_outline([], [], duration_ms=9_000))
    assert announced.outline(_outline([], [], duration_ms=9_001)).duration_ms == 9_001


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=4),
    max_leaves=12,
)


@settings(deadline=None, derandomize=True, max_examples=300)
@given(
    st.fixed_dictionaries(
        {},
        optional=dict.fromkeys(("channel", "channels", "pieces", "frames", "duration_ms"), _json),
    )
)
def test_whatever_comes_is_a_window_an_outline_or_a_known_mistake(head: dict[str, Any]) -> None:
    for read in (Announced(MOST_MS).window, Announced(MOST_MS).outline):
        try:
            assert read(head)
        except _MISTAKES:
            continue
