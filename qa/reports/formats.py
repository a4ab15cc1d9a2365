"""Numbers, times and dates as people of each language write them."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qa.nouns import Fact, Language
    from qa.reports.catalogue import Words

NBSP = "\u00a0"  # keeps "72 %" and "3. 11. 2026." on one line
_WEEK = re.compile(r"(\d{4})-W(\d{2})")
# Hrvatski pravopis (IHJJ) sets a space before the sign; Pravopis srpskoga jezika does not
_PERCENT: dict[Language, str] = {"en": "%", "hr": f"{NBSP}%", "sr": "%"}
_YES_NO_FACTS = frozenset({"opening_heard_out"})


@dataclass(frozen=True, slots=True)
class Formats:
    """Values as text in the language of `words`."""

    words: Words

    def number(self, value: float, places: int = 1) -> str:
        """Return a number with at most `places` decimals: `1,234.5`, in hr and sr `1.234,5`."""
        text = f"{value:,.{places}f}"
        if "." in text:
            text = text.rstrip("0").rstrip(".")
        text = "0" if text == "-0" else text
        if self.words.language == "en":
            return text
        return text.translate(str.maketrans(",.", ".,"))

    def percent(self, share: float) -> str:
        """Return a share of 1 as whole percent, halves up: 0.125 -> `13 %`."""
        return f"{self.number(half_up(share * 100), 0)}{_PERCENT[self.words.language]}"

    def interval(self, low: float, high: float) -> str:
        """Return `54-85 %` with an en dash."""
        return f"{self.number(half_up(low * 100), 0)}–{self.percent(high)}"

    def duration(self, ms: float) -> str:
        """Return a length of time: `3.4 s`, `45 s`, `2 min 5 s`, `1 h 5 min`."""
        if ms < 9_950:
            return f"{self.number(ms / 1000)}{NBSP}s"
        seconds = half_up(ms / 1000)
        if seconds < 60:
            return f"{seconds}{NBSP}s"
        if seconds < 3600:
            return _two_units(seconds // 60, "min", seconds % 60, "s")
        minutes = half_up(seconds / 60)
        return _two_units(minutes // 60, "h", minutes % 60, "min")

    def day(self, when: date) -> str:
        """Return `3 Nov 2026`, in hr and sr `3. 11. 2026.`."""
        if self.words.language == "en":
            month = self.words.label("months", f"m{when.month}")
            return f"{when.day}{NBSP}{month}{NBSP}{when.year}"
        return f"{when.day}.{NBSP}{when.month}.{NBSP}{when.year}."

    def day_and_time(self, when: datetime) -> str:
        """Return the day and the time of day, in the time zone that the manifest gave."""
        return self.words.say("day_and_time", day=self.day(when), time=f"{when:%H:%M}")

    def week(self, period: str) -> str:
        """Return `week 44` for `2026-W44`; anything else as it is."""
        found = _WEEK.fullmatch(period)
        return self.words.say("week", n=int(found[2])) if found else period

    def fact(self, fact: Fact) -> str:
        """Return a fact's value with its unit; "not measured" where there is none."""
        if fact.value is None:
            return self.words.say("not_measured")
        if fact.name in _YES_NO_FACTS or fact.unit in ("yes_no", "bool"):
            return self.words.say("yes" if fact.value else "no")
        match fact.unit:
            case "ms":
                return self.duration(fact.value)
            case "share":
                return self.percent(fact.value)
            case "count" | "":
                return self.number(fact.value)
            case unit:
                return f"{self.number(fact.value)}{NBSP}{self.words.label('units', unit)}"


def clock(ms: int) -> str:
    """Return a place in the recording as `02:13`, from one hour on `1:02:13`; cut, not rounded."""
    minutes, seconds = divmod(max(ms, 0) // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes:02}:{seconds:02}"


def half_up(value: float) -> int:
    """Return the nearest whole number, halves up: people check 12.5 by hand and expect 13."""
    # 0.285 * 100 is 28.499999999999996: what is a half on paper must round as a half
    return math.floor(round(value, 9) + 0.5)


def monday_of(period: str) -> date | None:
    """Return the Monday of an ISO week such as `2026-W44`; None for `all` or anything else."""
    found = _WEEK.fullmatch(period)
    return date.fromisocalendar(int(found[1]), int(found[2]), 1) if found else None


def _two_units(first: int, first_unit: str, second: int, second_unit: str) -> str:
    head = f"{first}{NBSP}{first_unit}"
    return f"{head} {second}{NBSP}{second_unit}" if second else head
