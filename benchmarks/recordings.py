"""Recordings with a human transcript: what speed and word error rate are measured on."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qa.text import normalise

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

_SUFFIXES = (".reference.json", ".truth.json")
SIDES = ("agent", "customer")


@dataclass(frozen=True, slots=True)
class Reference:
    """A two-channel recording and what is said on each side, agent on channel 0."""

    recording: Path
    language: str
    said: Mapping[str, str]  # by side: agent, customer


def read_references(folders: Iterable[Path], language: str = "en") -> list[Reference]:
    """Return every `*.flac` of the folders with a reference in `language` beside it, by name."""
    found = [
        reference
        for folder in folders
        for recording in sorted(folder.glob("*.flac"))
        if (reference := _reference(recording, language))
    ]
    return [reference for reference in found if reference.language == language]


def word_error_rate(references: Iterable[Reference], heard: Iterable[Mapping[str, str]]) -> float:
    """Return WER (jiwer) over all sides of all calls; one normaliser for said and heard."""
    import jiwer

    said, recognised = [], []
    for reference, sides in zip(references, heard, strict=True):
        for side in SIDES:
            said.append(normalise(reference.said[side]))
            recognised.append(normalise(sides.get(side, "")))
    return float(jiwer.wer(said, recognised))


def _reference(recording: Path, language: str) -> Reference | None:
    for suffix in _SUFFIXES:
        file = recording.with_suffix(suffix)
        if file.exists():
            truth = json.loads(file.read_text("utf-8"))
            if truth.get("recording_kind", "stereo") != "stereo":
                return None
            said: dict[str, list[str]] = {side: [] for side in SIDES}
            for turn in truth["turns"]:
                said["agent" if turn["role"] == "agent" else "customer"].append(turn["text"])
            texts = {side: " ".join(parts) for side, parts in said.items()}
            return Reference(recording, truth.get("language", "en"), texts)
    return None
