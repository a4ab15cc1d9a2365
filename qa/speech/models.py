"""The speech model of a pipeline, looked at before any work.

What is wrong with it, and whether this machine can run it, is found from its files and from what
CTranslate2 says of the device; the weights themselves are not loaded.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, TypeVar

from qa.problems import ConfigError
from qa.speech.model_file import ModelFile, read_model_file
from qa.speech.weights import find_weights, missing_files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from tokenizers import Tokenizer

    from qa.nouns import Language
    from qa.settings import SpeechSettings

Device = Literal["cpu", "cuda"]

# What "auto" takes: the first that the device has
_PREFERRED: dict[Device, tuple[str, ...]] = {
    "cpu": ("int8", "int8_float32", "float32"),
    "cuda": ("float16", "int8_float16", "int8_float32", "int8", "float32"),
}
# Croatian and Serbian are one language to the recogniser; the Croatian token writes Latin.
LANGUAGE_TOKEN: dict[Language, str] = {"en": "en", "hr": "hr", "sr": "hr"}
_ENGLISH_ONLY = 51_864  # tokens; every multilingual Whisper has more
_PROMPT = 223  # tokens before a decoding, of Whisper's 448 for prompt and text
_CONTEXT = 64  # of them are taken by what `qa.speech.whisper` says before Croatian and Serbian
# The decoder of these was trained on English alone, whatever their vocabulary holds
_DISTILLED = ("distil-", "Systran/faster-distil-")
_TORCH_FILES = ("model.safetensors", "model.safetensors.index.json", "pytorch_model.bin")

_A = TypeVar("_A")
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Model:
    """A speech model that can be loaded on this machine."""

    path: Path  # a folder in CTranslate2 format
    device: Device
    compute_type: str
    mels: int  # mel bands that it expects: 80, or 128 since large-v3
    multilingual: bool


def resolve_model(settings: SpeechSettings) -> Model:
    """Return what the settings stand for here; ConfigError with every fault, one line each.

    Fetches a model that is named after the hub, and joins the bundled one. Raises
    NothingToRunError only if the bundled one cannot be written to the cache folder.
    """
    computing, weights = _tried(_computing, settings), _tried(_weights, settings)
    if isinstance(computing, ConfigError) or isinstance(weights, ConfigError):
        raise ConfigError(_problems(computing, weights))
    (device, compute_type), (path, file) = computing, weights
    return Model(path, device, compute_type, file.mels, file.vocabulary > _ENGLISH_ONLY)


def supported_compute_types(device: Device) -> tuple[str, ...]:
    """Return the names of what the device computes in, in order of the alphabet."""
    import ctranslate2

    try:
        return tuple(sorted(ctranslate2.get_supported_compute_types(device)))
    except RuntimeError as error:  # the card is there, what drives it is not whole
        reason = " ".join(str(error).split())
        msg = f"speech.device {device}: {reason}: mend its driver, or write `device: cpu`"
        raise ConfigError([msg]) from error


def _tried(step: Callable[[_A], _T], given: _A) -> _T | ConfigError:
    """Return what a step finds, or why not: one fault does not keep others from being told."""
    try:
        return step(given)
    except ConfigError as error:
        return error
    except OSError as error:
        return ConfigError([f"{error.filename}: cannot be read: {error.strerror}"])


def _problems(*tried: object) -> list[str]:
    refused = (each for each in tried if isinstance(each, ConfigError))
    return [problem for error in refused for problem in error.problems]


def _computing(settings: SpeechSettings) -> tuple[Device, str]:
    """Return the device and what it computes in."""
    import ctranslate2

    gpus = 0 if settings.device == "cpu" else ctranslate2.get_cuda_device_count()
    if settings.device == "cuda" and not gpus:
        msg = (
            "speech.device cuda: no CUDA device can be used here: write `device: auto`, "
            "or install its driver until `nvidia-smi` lists it"
        )
        raise ConfigError([msg])
    device: Device = "cuda" if gpus else "cpu"
    supported, wanted = supported_compute_types(device), settings.compute_type
    candidates = _PREFERRED[device] if wanted == "auto" else (wanted,)
    for compute_type in candidates:
        if compute_type in supported:
            return device, compute_type
    msg = (
        f"speech.compute_type {wanted}: not supported on {device} here: "
        f"write auto or one of {', '.join(supported)}"
    )
    raise ConfigError([msg])


def _weights(settings: SpeechSettings) -> tuple[Path, ModelFile]:
    """Return the folder and what its model.bin holds."""
    folder = find_weights(settings.model, local_files_only=settings.local_files_only)
    if missing := missing_files(folder):
        raise ConfigError([f"speech.model {folder}: {_how_to_complete(folder, missing)}"])
    file = _tried(read_model_file, folder / "model.bin")
    config = _tried(_read_json, folder / "config.json")
    vocabulary = _tried(_read_json, folder / "vocabulary.json")
    tokenizer = _tried(_read_tokenizer, folder / "tokenizer.json")
    faults = [
        *_wrong_sha256(folder / "model.bin", settings.sha256),
        *_problems(file, config, vocabulary, tokenizer),
    ]
    if isinstance(file, ConfigError) or isinstance(tokenizer, ConfigError):
        raise ConfigError(faults)
    lacking = list(_lacking_languages(settings, file, tokenizer))
    faults += lacking or _untold_languages(folder, settings, config)
    faults += _long_hotwords(settings, tokenizer)
    if faults:
        raise ConfigError(faults)
    return folder, file


def _how_to_complete(folder: Path, missing: Sequence[str]) -> str:
    if "model.bin" in missing and any((folder / name).exists() for name in _TORCH_FILES):
        return (
            "a model for transformers: convert it with `ct2-transformers-converter "
            f"--model {folder} --output_dir {folder}-ct2 "
            "--copy_files tokenizer.json preprocessor_config.json --quantization float16` "
            "and name the folder that this writes"
        )
    verb = "is" if len(missing) == 1 else "are"
    return f"{', '.join(missing)} {verb} missing: copy or download the whole folder again"


def _wrong_sha256(file: Path, wanted: str) -> Iterator[str]:
    if not wanted:
        return
    found = _sha256(file, _stamp(file))
    if found != wanted:
        yield (
            f"{file}: its sha256 is {found[:12]}..., not {wanted[:12]}... as speech.sha256 says: "
            "copy or download it again, or review it and change speech.sha256"
        )


@lru_cache(maxsize=4)
def _sha256(file: Path, _unchanged: tuple[int, ...]) -> str:
    """Return the sha256 of a file; a run asks twice, and gigabytes take seconds."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _stamp(file: Path) -> tuple[int, ...]:
    """Return what changes with a file's content."""
    stat = file.stat()
    return stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns


def _read_json(path: Path) -> object:
    """Return what a JSON file holds; None if there is none, for a vocabulary may be plain text."""
    try:
        return json.loads(path.read_bytes()) if path.exists() else None
    except (ValueError, RecursionError) as error:
        raise ConfigError([f"{path}: not valid JSON: copy or download it again"]) from error


def _read_tokenizer(path: Path) -> Tokenizer:
    from tokenizers import Tokenizer

    data = path.read_bytes()
    try:
        return Tokenizer.from_buffer(data)
    except Exception as error:  # the library has no error class of its own
        msg = f"{path}: not a tokenizer: copy or download it again"
        raise ConfigError([msg]) from error


def _lacking_languages(
    settings: SpeechSettings, file: ModelFile, tokenizer: Tokenizer
) -> Iterator[str]:
    """Yield the configured languages that the model cannot write."""
    if file.vocabulary <= _ENGLISH_ONLY or settings.model.startswith(_DISTILLED):
        if foreign := ", ".join(each for each in settings.languages if each != "en"):
            yield (
                f"speech.model {settings.model}: knows only English, not {foreign}: name a "
                "multilingual model, e.g. large-v3-turbo, or write `languages: [en]`"
            )
        return
    for language in settings.languages:
        token = f"<|{LANGUAGE_TOKEN[language]}|>"
        if tokenizer.token_to_id(token) is None:
            yield (
                f"speech.languages: {language} needs {token}, which the model's "
                "tokenizer.json does not know: name another model, or leave the language out"
            )


def _untold_languages(folder: Path, settings: SpeechSettings, config: object) -> Iterator[str]:
    """Yield a line if a language cannot be detected and may have to be."""
    several = len({LANGUAGE_TOKEN[language] for language in settings.languages}) > 1
    told = isinstance(config, dict) and config.get("lang_ids")
    if several and not told and not isinstance(config, ConfigError):
        # CTranslate2 would find no language probable, and not say why
        yield (
            f"{folder / 'config.json'}: no lang_ids, without which languages are not told apart: "
            "convert the model again, or configure one language"
        )


def _long_hotwords(settings: SpeechSettings, tokenizer: Tokenizer) -> Iterator[str]:
    """Yield a line if the recogniser would silently cut the hotwords."""
    if not settings.hotwords:
        return
    count = len(tokenizer.encode(f" {settings.hotwords}", add_special_tokens=False).ids)
    room = _PROMPT - (0 if settings.languages == ("en",) else _CONTEXT)
    if count > room:
        yield (
            f"speech.hotwords: {count} tokens for this model, and {room} fit before a call: keep "
            f"about {len(settings.hotwords) * room // count} letters, the names it gets wrong"
        )
