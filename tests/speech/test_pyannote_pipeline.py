"""The adapter of pyannote's pipelines, with a stand-in for the library."""

from __future__ import annotations

import importlib.machinery
import os
import sys
from collections import namedtuple
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from qa.nouns import Span
from qa.problems import CallError, NothingToRunError
from qa.speech import pyannote_pipeline
from qa.speech.pyannote_pipeline import PyannoteVoices

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

CONFIG = """\
pipeline:
  name: pyannote.audio.pipelines.SpeakerDiarization
  params:
    segmentation: $model/segmentation
    embedding: $model/embedding
    clustering: VBxClustering
"""
SOUND = np.zeros(160_000, np.float32)
SPANS = [Span(0, 4_000, "agent")]

Segment = namedtuple("Segment", "start end")
Track = tuple[float, float, str]


class Annotation:
    """What pyannote answers with, as far as it is looked at."""

    def __init__(self, *tracks: Track) -> None:
        self._tracks = tracks

    def itertracks(self, *, yield_label: bool) -> Iterator[tuple[Segment, int, str]]:
        assert yield_label
        for at, (start, end, label) in enumerate(self._tracks):
            yield Segment(start, end), at, label


class Library:
    """Stands in for pyannote.audio: records what it is asked, answers what it is told to."""

    def __init__(self) -> None:
        self.answer: Any = Annotation()
        self.folders: list[Path] = []
        self.asked: list[tuple[dict[str, Any], dict[str, Any]]] = []
        self.told: str | None = None  # whether it may report to its makers, when it is loaded

    def from_pretrained(self, folder: Path) -> Callable[..., Any]:
        self.folders.append(folder)
        self.told = os.environ.get("PYANNOTE_METRICS_ENABLED")
        return self._run

    def _run(self, sound: dict[str, Any], **options: Any) -> Any:  # noqa: ANN401
        self.asked.append((sound, options))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> Iterator[Library]:
    library = Library()
    module = ModuleType("pyannote.audio")
    module.__spec__ = importlib.machinery.ModuleSpec("pyannote.audio", None)
    monkeypatch.setattr(module, "Pipeline", library, raising=False)
    monkeypatch.setitem(sys.modules, "pyannote", ModuleType("pyannote"))
    monkeypatch.setitem(sys.modules, "pyannote.audio", module)
    monkeypatch.setenv("PYANNOTE_METRICS_ENABLED", "true")
    pyannote_pipeline._pipeline.cache_clear()
    yield library
    pyannote_pipeline._pipeline.cache_clear()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "config.yaml").write_text(CONFIG, "utf-8")
    for model in ("segmentation", "embedding"):
        (tmp_path / model).mkdir()
    return tmp_path


def test_two_voices_and_where_both_speak(library: Library, folder: Path) -> None:
    library.answer = Annotation((0.0, 3.0, "B"), (2.5, 5.0, "A"), (6.0, 7.0, "B"))
    apart = PyannoteVoices(folder)(SOUND, SPANS)
    # B is heard first; who began first goes on
    assert apart.alone == (
        Span(0, 3_000, "agent"),
        Span(3_000, 5_000, "customer"),
        Span(6_000, 7_000, "agent"),
    )
    assert (apart.both, apart.voices, apart.caveats) == (((2_500, 3_000),), 2, ())
    ((sound, options),) = library.asked
    assert (sound["waveform"].shape, sound["sample_rate"]) == ((1, 160_000), 16_000)
    assert options == {"max_speakers": 3}


def test_version_4_says_who_is_heard_more(library: Library, folder: Path) -> None:
    library.answer = SimpleNamespace(
        speaker_diarization=Annotation((0.0, 3.0, "A"), (2.5, 5.0, "B")),
        exclusive_speaker_diarization=Annotation((0.0, 2.6, "A"), (2.6, 5.0, "B")),
    )
    apart = PyannoteVoices(folder)(SOUND, SPANS)
    assert apart.alone == (Span(0, 2_600, "agent"), Span(2_600, 5_000, "customer"))
    assert apart.both == ((2_500, 3_000),)


def test_more_than_two_voices_are_said(library: Library, folder: Path) -> None:
    # C is heard least, and counts as the second
    library.answer = Annotation((0.0, 3.0, "A"), (4.0, 4.5, "C"), (5.0, 8.0, "B"))
    apart = PyannoteVoices(folder)(SOUND, SPANS)
    assert apart.caveats == ("more_voices",)
    assert [span.speaker for span in apart.alone] == ["agent", "customer", "customer"]


@pytest.mark.parametrize("tracks", [(), ((0.5, 3.0, "A"),)])
def test_fewer_than_two_voices_are_one(
    library: Library, folder: Path, tracks: tuple[Track, ...]
) -> None:
    library.answer = Annotation(*tracks)
    apart = PyannoteVoices(folder)(SOUND, SPANS)
    assert (apart.alone, apart.voices, apart.caveats) == (tuple(SPANS), 1, ("one_voice",))


def test_it_is_loaded_once_and_may_not_report_to_anyone(library: Library, folder: Path) -> None:
    for _ in range(2):
        PyannoteVoices(folder)(SOUND, SPANS)
    assert (library.folders, library.told) == ([folder], "false")


def test_whatever_goes_wrong_in_it_is_a_problem_of_the_call(library: Library, folder: Path) -> None:
    library.answer = RuntimeError("Kernel size can't be\ngreater than actual input size")
    with pytest.raises(CallError, match="can't be greater than") as problem:
        PyannoteVoices(folder)(SOUND, SPANS)
    assert (problem.value.stage, problem.value.code) == ("speech", "diarizer_failed")


def test_without_the_library_it_is_said_what_to_install(
    monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(NothingToRunError, match=r"pip install pyannote\.audio"):
        PyannoteVoices(folder)


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize(
    ("config", "fault"),
    [
        (None, "no pipeline of pyannote"),
        ("pipeline: {name", "not valid YAML"),
        ("- 1", "says no pipeline name"),
        ("pipeline: {params: {}}", "says no pipeline name"),
        ("pipeline: {name: x, params: {embedding: pyannote/wespeaker}}", "nothing is fetched"),
        (
            "pipeline: {name: x, params: {plda: $model/plda}}",
            "'\\$model/plda' is not in this folder",
        ),
    ],
)
def test_a_folder_that_would_not_do_is_refused_before_the_run(
    folder: Path, config: str | None, fault: str
) -> None:
    if config is None:
        (folder / "config.yaml").unlink()
    else:
        (folder / "config.yaml").write_text(config, "utf-8")
    with pytest.raises(NothingToRunError, match=fault):
        PyannoteVoices(folder)
