"""Voices told apart by a pipeline of pyannote.audio (3 or 4) that the user has in a local folder.

Optional: neither the library nor its models come with us. The folder is what
`huggingface-cli download pyannote/speaker-diarization-community-1 --local-dir FOLDER` makes, its
config.yaml naming every model as `$model/...`, so that nothing is fetched. The library reports each
use to its makers unless told not to: it is told not to. It reads weights by unpickling them, which
can run any program: use a folder only if you trust where it is from.
"""

from __future__ import annotations

import importlib.util
import os
import threading
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa.nouns import CaveatCode, Span
from qa.problems import CallError, ConfigError, NothingToRunError
from qa.settings import read_yaml
from qa.speech.spans import SAMPLE_RATE
from qa.speech.voices import Apart, one_voice

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

_MODELS = ("segmentation", "embedding", "plda")  # the parameters of a pipeline that name models
_MOST_VOICES = 3  # enough to see that there are more than two
_AT_A_TIME = threading.Lock()  # one pipeline holds one network's state


class PyannoteVoices:
    """Tells voices apart as `qa.speech.voices.tell_apart` does, by the pipeline in `folder`."""

    def __init__(self, folder: Path) -> None:
        """Check what can be checked without loading; raises NothingToRunError."""
        problems = [*_missing_library(), *_faults(folder)]
        if problems:
            raise NothingToRunError("; ".join(problems))
        self._folder = folder

    def __call__(self, samples: NDArray[np.float32], spans: Sequence[Span]) -> Apart:
        """Return who spoke when; raises CallError `diarizer_failed` for whatever goes wrong in it.

        The pipeline finds speech itself; `spans` only count where it finds none.
        """
        import torch

        sound = {"waveform": torch.from_numpy(samples)[None], "sample_rate": SAMPLE_RATE}
        try:
            with _AT_A_TIME:
                answer = _pipeline(self._folder)(sound, max_speakers=_MOST_VOICES)
            both, alone = _annotations(answer)
            told, single = list(_tracks(both)), list(_tracks(alone))
        except Exception as error:
            what = " ".join(str(error).split()) or type(error).__name__
            msg = f"pyannote's pipeline in {self._folder} failed on this recording: {what[:300]}"
            raise CallError("speech", "diarizer_failed", msg) from error
        return _apart(told, single or told, spans)


def _missing_library() -> Iterator[str]:
    try:
        found = importlib.util.find_spec("pyannote.audio")
    except ModuleNotFoundError:
        found = None
    if found is None:
        yield "speech.diarizer names pyannote, which is not installed: pip install pyannote.audio"


def _faults(folder: Path) -> Iterator[str]:
    """Yield what is wrong with a pipeline folder."""
    file = folder / "config.yaml"
    if not file.is_file():
        yield f"{folder}: no pipeline of pyannote (a folder with its config.yaml)"
        return
    try:
        config = read_yaml(file)
    except ConfigError as error:
        yield str(error)
        return
    pipeline = config.get("pipeline") if isinstance(config, dict) else None
    if not isinstance(pipeline, dict) or "name" not in pipeline:
        yield f"{file}: says no pipeline name: it is not a pipeline of pyannote"
        return
    params = pipeline.get("params")
    for name in _MODELS:
        model = params.get(name) if isinstance(params, dict) else None
        if isinstance(model, str) and not _is_local(model, folder):
            yield (
                f"{file}: {name} '{model}' is not in this folder, and nothing is fetched: put the "
                f"model beside it and write $model/{name}"
            )


def _is_local(model: str, folder: Path) -> bool:
    if model.startswith("$model/"):
        return (folder / model.removeprefix("$model/").split("@")[0]).exists()
    return Path(model).is_absolute() and Path(model).exists()


@cache
def _pipeline(folder: Path) -> Any:  # noqa: ANN401
    os.environ["PYANNOTE_METRICS_ENABLED"] = "false"  # before the import, which reads it
    from pyannote.audio import Pipeline

    pipeline = Pipeline.from_pretrained(folder)
    if pipeline is None:
        raise ValueError("it could not be loaded")
    return pipeline


def _annotations(answer: Any) -> tuple[Any, Any]:  # noqa: ANN401
    """Return who spoke, and who was heard most at each time: pyannote 3 knows only the first."""
    both = getattr(answer, "speaker_diarization", answer)
    return both, getattr(answer, "exclusive_speaker_diarization", both)


def _tracks(annotation: Any) -> Iterator[tuple[int, int, str]]:  # noqa: ANN401
    """Yield start, end and label, in order of time."""
    for segment, _, label in annotation.itertracks(yield_label=True):
        start, end = max(0, round(segment.start * 1000)), round(segment.end * 1000)
        if start < end:
            yield start, end, str(label)


def _apart(
    told: Sequence[tuple[int, int, str]],
    alone: Sequence[tuple[int, int, str]],
    spans: Sequence[Span],
) -> Apart:
    labels = list(dict.fromkeys(label for _, _, label in sorted(told)))
    if len(labels) < 2:
        return one_voice(spans)
    heard = {label: sum(end - start for start, end, of in told if of == label) for label in labels}
    # the two heard most, in the order in which they are heard first; all others count as the second
    kept = sorted(sorted(labels, key=lambda label: -heard[label])[:2], key=labels.index)
    caveats: tuple[CaveatCode, ...] = ("more_voices",) if len(labels) > 2 else ()
    sides = [
        [(start, end) for start, end, of in told if (of == kept[0]) == own] for own in (True, False)
    ]
    return Apart(_one_at_a_time(alone, kept[0]), tuple(_overlaps(*sides)), 2, caveats)


def _one_at_a_time(tracks: Sequence[tuple[int, int, str]], agent: str) -> tuple[Span, ...]:
    """Return the tracks as spans of which none overlaps: who began first goes on to the end."""
    alone: list[Span] = []
    for start, end, label in sorted(tracks):
        begins = max(start, alone[-1].end_ms if alone else 0)
        if begins < end:
            alone.append(Span(begins, end, "agent" if label == agent else "customer"))
    return tuple(alone)


def _overlaps(
    ones: Sequence[tuple[int, int]], others: Sequence[tuple[int, int]]
) -> Iterator[tuple[int, int]]:
    for start, end in ones:
        for other_start, other_end in others:
            if max(start, other_start) < min(end, other_end):
                yield max(start, other_start), min(end, other_end)
