"""What `qa doctor` says of the speech model: fine, or every fault of it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import ctranslate2
import pytest

from qa import doctor
from qa.problems import ConfigError, NothingToRunError
from qa.settings import Pipeline, SpeechSettings
from qa.speech.models import Model

if TYPE_CHECKING:
    from pathlib import Path

    from qa.speech.models import Device


def _examined(**speech: object) -> dict[str, doctor.Finding]:
    settings = SpeechSettings.model_validate(speech)
    found = doctor.examine(Pipeline(speech=settings))
    return {finding.what: finding for finding in found if "speech" in finding.what}


def test_a_model_that_can_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[SpeechSettings] = []

    def resolve(settings: SpeechSettings) -> Model:
        asked.append(settings)
        return Model(tmp_path, "cuda", "float16", mels=128, multilingual=True)

    supported = {"cuda": {"int8", "float16"}}
    monkeypatch.setattr("qa.speech.models.resolve_model", resolve)
    monkeypatch.setattr(ctranslate2, "get_supported_compute_types", supported.__getitem__)
    found = _examined(model="turbo", feeders=3, batch_size=24)
    assert asked[0].local_files_only  # nothing is fetched to find out
    assert found["speech model (turbo)"].found == f"{tmp_path}, 128 mel bands, multilingual"
    assert found["speech runs on"].found == "cuda in float16 (of float16, int8)"
    # two threads: one prepares a batch while the device works on the other's
    assert found["speech at a time"].found == "threads 2, windows in a batch 24, feeders 3"
    assert all(finding.fine for finding in found.values())


@pytest.mark.parametrize(
    ("device", "workers", "line"),
    [
        # a feeder for four workers, but two at least
        ("cpu", 2, "threads 2, windows in a batch 8, feeders 2"),
        ("cpu", 9, "threads 9, windows in a batch 8, feeders 3"),
        # all of six cores but one
        ("cuda", 9, "threads 2, windows in a batch 32, feeders 5"),
    ],
)
def test_how_much_is_done_at_a_time_is_said_in_numbers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, device: Device, workers: int, line: str
) -> None:
    model = Model(tmp_path, device, "int8", mels=80, multilingual=True)
    monkeypatch.setattr("qa.speech.models.resolve_model", lambda _: model)
    monkeypatch.setattr(ctranslate2, "get_supported_compute_types", lambda _: {"int8"})
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(6)), raising=False)
    found = {each.what: each.found for each in doctor.examine(workers=workers)}
    assert found["speech at a time"] == line


def test_a_cache_that_cannot_be_written_is_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("CALLQA_CACHE", str(tmp_path / "file" / "cache"))
    (finding,) = [each for each in doctor._machine() if each.what.startswith("free disk")]
    assert (finding.found, finding.fine) == ("cannot be written: Not a directory", False)


@pytest.mark.parametrize(
    ("error", "lines"),
    [
        (ConfigError(["no card", "no folder"]), ["no card", "no folder"]),
        (NothingToRunError("disk full"), ["disk full"]),
    ],
)
def test_every_fault_is_a_line(
    error: Exception, lines: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def resolve(settings: SpeechSettings) -> Model:
        raise error

    monkeypatch.setattr("qa.speech.models.resolve_model", resolve)
    found = [finding for finding in doctor.examine() if "speech" in finding.what]
    assert [finding.found for finding in found] == lines
    assert not any(finding.fine for finding in found)
    assert found[0].what == "speech model (whisper base, bundled)"
