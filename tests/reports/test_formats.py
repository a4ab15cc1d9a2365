from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from qa.nouns import Fact, Language
from qa.reports.catalogue import words_in
from qa.reports.formats import Formats, clock, half_up, monday_of

EN, HR, SR = (Formats(words_in(language)) for language in ("en", "hr", "sr"))


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("value", "places", "english", "croatian"),
    [
        (1234.5, 1, "1,234.5", "1.234,5"),
        (2.0, 1, "2", "2"),
        (0.625, 2, "0.62", "0,62"),  # Python rounds half to even here: 0.625 is exact in binary
        (100.0, 0, "100", "100"),
        (-0.01, 1, "0", "0"),
    ],
)
def test_numbers(value: float, places: int, english: str, croatian: str) -> None:
    assert EN.number(value, places) == english
    assert HR.number(value, places) == SR.number(value, places) == croatian


def test_percent_rounds_halves_up_and_is_set_as_each_orthography_has_it() -> None:
    assert (EN.percent(0.125), plain(HR.percent(0.125)), SR.percent(0.125)) == (
        "13%",
        "13 %",
        "13%",
    )
    # 0.285 * 100 is 28.499999999999996 in floats; on paper it is 28.5, hence 29
    assert EN.percent(0.285) == "29%"
    assert plain(HR.interval(0.54, 0.851)) == "54–85 %"


@pytest.mark.parametrize(
    ("ms", "text"),
    [
        (0, "0 s"),
        (3_440, "3.4 s"),
        (9_940, "9.9 s"),
        (9_960, "10 s"),
        (59_400, "59 s"),
        (59_600, "1 min"),  # 59.6 s rounds to 60 s
        (125_000, "2 min 5 s"),
        (3_599_600, "1 h"),
        (3_900_000, "1 h 5 min"),
    ],
)
def test_durations(ms: int, text: str) -> None:
    assert plain(EN.duration(ms)) == text


def test_a_short_duration_has_a_decimal_comma() -> None:
    assert plain(HR.duration(3_440)) == "3,4 s"


@pytest.mark.parametrize(
    ("ms", "text"), [(0, "00:00"), (133_999, "02:13"), (3_725_000, "1:02:05"), (-5, "00:00")]
)
def test_places_in_the_recording_are_cut_not_rounded(ms: int, text: str) -> None:
    assert clock(ms) == text


def test_dates() -> None:
    when = datetime(2026, 11, 3, 9, 5, tzinfo=UTC)
    assert plain(EN.day_and_time(when)) == "3 Nov 2026, 09:05"
    assert plain(HR.day_and_time(when)) == "3. 11. 2026. u 09:05"
    assert plain(SR.day(when)) == "3. 11. 2026."


def test_weeks() -> None:
    # 2026-W44: ISO week 1 of 2026 starts on Monday 29 Dec 2025; plus 43 weeks is 26 Oct 2026
    assert monday_of("2026-W44") == date(2026, 10, 26)
    assert monday_of("all") is None
    assert [one.week("2026-W44") for one in (EN, HR, SR)] == [
        "week 44",
        "44. tjedan",
        "44. nedelja",
    ]
    assert EN.week("all") == "all"


@pytest.mark.parametrize(
    ("language", "fact", "text"),
    [
        ("en", Fact("hold_ms", 65_000.0, "ms"), "1 min 5 s"),
        ("hr", Fact("talk_share_agent", 0.456, "share"), "46 %"),
        ("hr", Fact("agent_letters_per_s", 14.26, "letters_per_s"), "14,3 slova/s"),
        ("en", Fact("opening_heard_out", 1.0, "count"), "yes"),
        ("sr", Fact("opening_heard_out", 0.0, "bool"), "ne"),
        ("en", Fact("silences", 3.0, "count"), "3"),
        ("hr", Fact("time_to_greeting_ms", None, "ms"), "nije izmjereno"),
        ("en", Fact("later", 2.5, "per_new_unit"), "2.5 per new unit"),
    ],
)
def test_facts_have_their_unit(language: Language, fact: Fact, text: str) -> None:
    assert plain(Formats(words_in(language)).fact(fact)) == text


def test_half_up() -> None:
    assert [half_up(value) for value in (0.5, 1.5, 2.4, 28.4999)] == [1, 2, 2, 28]
    assert half_up(0.285 * 100) == 29  # 28.499999999999996: nearer to the half than floats are true
