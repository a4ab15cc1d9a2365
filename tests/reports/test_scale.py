from __future__ import annotations

import pytest

from qa.reports.scale import scale_of, ticks, windows

_HOUR = 3_600_000


def test_the_last_row_is_as_long_as_the_call() -> None:
    # 100 s: 30 s, 30 s, 30 s and 10 s, a third of a row
    rows = windows(100_000, scale_of(100_000))
    assert [(row.start_ms, row.until_ms) for row in rows] == [
        *((0, 30_000), (30_000, 60_000), (60_000, 90_000), (90_000, 100_000)),
    ]
    assert rows[-1].share(rows[-1].until_ms) == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    ("length_ms", "rows", "row_ms"),
    [
        (0, 1, 30_000),
        (180_000, 6, 30_000),
        (180_001, 4, 60_000),
        (720_000, 12, 60_000),
        (2_400_000, 20, 120_000),  # 40 minutes
        (2 * _HOUR, 24, 300_000),
        (4 * _HOUR, 24, 600_000),
        (12 * _HOUR, 24, 1_800_000),
        (24 * _HOUR, 24, _HOUR),
        (24 * _HOUR + 1, 13, 2 * _HOUR),
        (8_760 * _HOUR, 24, 365 * _HOUR),  # a year
    ],
)
def test_a_long_call_has_long_rows_and_never_more_than_24(
    length_ms: int, rows: int, row_ms: int
) -> None:
    scale = scale_of(length_ms)
    assert (len(windows(length_ms, scale)), scale.row_ms) == (rows, row_ms)


def test_the_axis_has_its_labels_apart_and_ends_with_the_call() -> None:
    # 44 s: the second row has 30, 35 and 40 s, of which 30 and 40 are written
    scale = scale_of(44_000)
    second = windows(44_000, scale)[1]
    assert [(tick.x, tick.text) for tick in ticks(second, scale)] == [
        *(("0%", "00:30"), ("16.67%", ""), ("33.33%", "00:40")),
    ]


@pytest.mark.parametrize("length_ms", [1, 600_000, 2_400_000, 2 * _HOUR, 9 * _HOUR, 30 * _HOUR])
def test_labels_do_not_meet_on_a_phone(length_ms: int) -> None:
    scale = scale_of(length_ms)
    # the widest, "10:00:00", is 8 x 6.5 px; of "00:00" 5 x 6.5; the picture has 270 px
    letters = 8 if length_ms > _HOUR else 5
    assert scale.label_ms / scale.row_ms * 270 >= letters * 6.5
    assert scale.label_ms % scale.tick_ms == scale.row_ms % scale.label_ms == 0


def test_a_time_before_the_recording_is_in_the_first_row() -> None:
    first, second = windows(60_000, scale_of(60_000))
    assert [first.holds(-5), first.holds(29_999), first.holds(30_000)] == [True, True, False]
    assert second.holds(30_000)
    assert first.clip(-1_000, 3_000) == (0, 0.1)
    assert first.clip(30_000, 31_000) is None
