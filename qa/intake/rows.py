"""One row of the manifest as a `Call`, with every fault of it in words."""

from __future__ import annotations

import math
import unicodedata
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING, cast, get_args

from qa.intake.hold_times import read_holds
from qa.nouns import Call, Channel, Language, Speaker

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qa.nouns import Hold

REQUIRED = ("call_id", "recording", "agent_id")
COLUMNS = (
    *REQUIRED,
    *("agent_name", "team", "started_at", "language", "channel", "agent_channel", "queue", "csat"),
    *("first_speaker", "holds"),
)
_MAX_ID = 200  # characters; a call's id becomes part of file names, which systems cap at 255
_YEARS = range(1970, 2200)  # years near 1 or 9999 overflow when a zone is applied
# Control, formatting (bidi overrides, zero-width), surrogates and line separators: what makes two
# ids look the same, or one line look like two
_UNSEEN = ("Cc", "Cf", "Cs", "Zl", "Zp")
_CHANNELS: tuple[Channel, ...] = get_args(Channel)
_SPEAKERS: tuple[Speaker, ...] = get_args(Speaker)


@dataclass(frozen=True, slots=True)
class Place:
    """Where recordings lie: relative names start at `folder`, and none may leave `root`."""

    folder: Path  # both absolute and resolved
    root: Path


@dataclass(slots=True)
class Row:
    """The cells of one row, stripped; "" where the manifest has no such column."""

    cells: Mapping[str, str]
    problems: list[str] = field(default_factory=list)

    def call(self, place: Place, languages: tuple[Language, ...]) -> Call | None:
        """Return the call, or None and say in `problems` what is wrong with each cell."""
        call = Call(
            id=self._id(),
            recording=self._recording(place),
            agent_id=self._plain("agent_id"),
            agent_name=self.cells["agent_name"],
            team=self.cells["team"],
            started_at=self._time(),
            language=cast("Language | None", self._one_of("language", languages) or None),
            channel=cast("Channel", self._one_of("channel", _CHANNELS) or "voice"),
            agent_channel=self._agent_channel(),
            queue=self.cells["queue"],
            csat=self._number("csat"),
            first_speaker=cast("Speaker | None", self._one_of("first_speaker", _SPEAKERS) or None),
            holds=self._holds(),
        )
        return None if self.problems else call

    def _fault(self, column: str, hint: str) -> None:
        value = self.cells[column]
        shown = value if len(value) <= 60 else value[:60] + "..."
        self.problems.append(f"{column} {shown!r} {hint}")

    def _plain(self, column: str) -> str:
        value = self.cells[column]
        if not value:
            self.problems.append(f"{column} is empty: every call needs one")
        elif any(unicodedata.category(letter) in _UNSEEN for letter in value):
            self._fault(column, "has invisible or control characters: type it again")
        return value

    def _id(self) -> str:
        value = self._plain("call_id")
        if len(value) > _MAX_ID:
            self._fault("call_id", f"is {len(value)} characters long: {_MAX_ID} are allowed")
        return value

    def _recording(self, place: Place) -> Path:
        before = len(self.problems)
        value = self._plain("recording")
        if len(self.problems) > before:
            return place.folder
        windows = PureWindowsPath(value)
        if windows.drive or windows.root or PurePosixPath(value).is_absolute():
            self._fault("recording", "is an absolute path: give it relative to the manifest")
            return place.folder
        # manifests written on Windows separate folders by backslashes
        path = place.folder / value.replace("\\", "/")
        try:
            resolved = path.resolve()
        except (OSError, RuntimeError):
            self._fault("recording", "cannot be followed on this disk: check its links")
            return place.folder
        if not resolved.is_relative_to(place.root):
            self._fault("recording", "lies outside the recordings folder: move or copy it there")
        return resolved

    def _time(self) -> datetime | None:
        """Read a time, without a zone as UTC: times with and without cannot be put in order."""
        value = self.cells["started_at"]
        if not value:
            return None
        try:
            time = datetime.fromisoformat(value)
        except ValueError:
            self._fault("started_at", "is not ISO 8601: write it as 2026-01-31T14:05:00+01:00")
            return None
        if time.year not in _YEARS:
            self._fault("started_at", "is no year of a call: check the day")
        return time if time.tzinfo else time.replace(tzinfo=UTC)

    def _one_of(self, column: str, allowed: tuple[str, ...]) -> str:
        value = self.cells[column].lower()
        if value and value not in allowed:
            self._fault(column, f"is unknown: use {', '.join(allowed)} or leave it empty")
        return value

    def _agent_channel(self) -> int | None:
        value = self.cells["agent_channel"]
        if value not in ("", "0", "1"):
            self._fault("agent_channel", "must be 0 (first, left), 1 (second, right) or empty")
            return None
        return int(value) if value else None

    def _holds(self) -> tuple[Hold, ...] | None:
        try:
            return read_holds(self.cells["holds"])
        except ValueError as error:
            self._fault("holds", str(error))
            return None

    def _number(self, column: str) -> float | None:
        """Read a number, with a decimal comma too: Croatian and Serbian sheets write "4,5"."""
        value = self.cells[column]
        if not value:
            return None
        try:
            number = float(value.replace(",", "."))
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            self._fault(column, "is not a number: write it as 4 or 4.5, or leave it empty")
            return None
        return number
