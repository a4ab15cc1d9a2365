"""What a feeder process says of a recording, checked before it is believed.

A file may have taken the process over: it must not make us reserve what memory there is, keep us
busy for ever, nor say that somebody spoke before the recording began.
"""

from __future__ import annotations

import math
from typing import Any

from qa.nouns import CAVEATS
from qa.speech.listening import Outline, Stretch
from qa.speech.mel import HOP
from qa.speech.spans import PER_MS
from qa.speech.windows import LONGEST_MS, Piece, Window


class Announced:
    """The announcements on one recording, in order; each raises ValueError for what cannot be.

    Or KeyError, TypeError or OverflowError for what has not even the form.
    """

    def __init__(self, most_ms: int) -> None:
        self.channels = 0  # of the recording; 0 until the first announcement
        self._most_ms = most_ms
        self._until_ms = [0, 0]  # a channel's windows follow each other

    def window(self, head: dict[str, Any]) -> tuple[int, Window, int]:
        """Return channel, window, and how many frames of features follow."""
        window = Window(tuple(Piece(int(start), int(end)) for start, end in head["pieces"]))
        channel, frames = int(head["channel"]), int(head["frames"])
        self._agree(int(head["channels"]))
        if channel not in range(self.channels):
            raise ValueError("a window of no channel")
        edges = [edge for piece in window.pieces for edge in (piece.start_ms, piece.end_ms)]
        in_place = edges and self._until_ms[channel] <= edges[0] and edges[-1] <= self._most_ms
        if not in_place or edges != sorted(edges) or any(p.length_ms < 1 for p in window.pieces):
            raise ValueError("a window out of place")
        if window.length_ms > LONGEST_MS or frames != -(-window.length_ms * PER_MS // HOP):
            raise ValueError("a window of impossible length")
        self._until_ms[channel] = edges[-1]
        return channel, window, frames

    def outline(self, head: dict[str, Any]) -> Outline:
        """Return what is known of the whole recording."""
        duration_ms = int(head["duration_ms"])
        channels = tuple(
            tuple(Stretch(int(start), int(end), float(energy)) for start, end, energy in channel)
            for channel in head["channels"]
        )
        self._agree(len(channels))
        if not max(self._until_ms) <= duration_ms <= self._most_ms:
            raise ValueError("a recording of impossible length")
        for channel in channels:
            edges = [edge for each in channel for edge in (each.start_ms, each.end_ms)]
            if [0, *edges, duration_ms] != sorted([0, *edges, duration_ms]):
                raise ValueError("speech out of place")
            if any(each.energy < 0 or not math.isfinite(each.energy) for each in channel):
                raise ValueError("speech of impossible loudness")
        caveats = tuple(caveat for caveat in CAVEATS if caveat in head["caveats"])
        return Outline(duration_ms, channels, caveats)

    def _agree(self, channels: int) -> None:
        if channels not in (1, 2) or self.channels not in (0, channels):
            raise ValueError("an impossible number of channels")
        self.channels = channels
