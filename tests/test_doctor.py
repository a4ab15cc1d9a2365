"""What `qa doctor` says of the speech model: fine, or every fault of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ctranslate2
import pytest

from qa import doctor
from qa.problems import ConfigError, NothingToRunError
from qa.settings import Pipeline, SpeechSettings
from qa.speech.models import Model

if TYPE_CHECKING:
    from pathlib import Path


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
    assert found["speech at a time"].found == "feeders 3, windows in a batch 24"
    assert all(finding.fine for finding in found.values())


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
