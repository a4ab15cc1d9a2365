"""Pipeline files and the YAML they are written in: what is refused, and in which words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from qa.problems import ConfigError
from qa.settings import Pipeline, read_pipeline, read_yaml, shipped

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "mine.yaml"


def _problems(path: Path, text: str) -> tuple[str, ...]:
    path.write_text(text, "utf-8")
    with pytest.raises(ConfigError) as refusal:
        read_pipeline(path)
    return refusal.value.problems


def test_without_a_file_the_defaults() -> None:
    pipeline = read_pipeline(None)
    assert pipeline == Pipeline()
    assert pipeline.rubrics == ("core",)
    assert pipeline.speech.model == pipeline.moments.encoder == "bundled"
    assert pipeline.speech.languages == ("en", "hr", "sr")


def test_what_a_file_names_is_set_and_the_rest_is_default(path: Path) -> None:
    path.write_text("name: night\nspeech:\n  beam_size: 2\n  languages: [sr, en]\n", "utf-8")
    pipeline = read_pipeline(path)
    assert (pipeline.name, pipeline.speech.beam_size) == ("night", 2)
    assert pipeline.speech.languages == ("sr", "en")
    assert pipeline.intake == Pipeline().intake


def test_a_byte_order_mark_is_no_part_of_the_first_name(path: Path) -> None:
    path.write_bytes(b"\xef\xbb\xbfname: night\n")
    assert read_pipeline(path).name == "night"


@pytest.mark.parametrize("shipped_file", sorted(shipped("pipelines").glob("*.yaml")))
def test_shipped_pipelines_are_valid(shipped_file: Path) -> None:
    assert read_pipeline(shipped_file).name


def test_there_are_shipped_pipelines() -> None:
    assert (shipped("pipelines") / "sample.yaml").is_file()
    assert (shipped("rubrics") / "core.yaml").is_file()


def test_all_faults_at_once_each_with_file_and_line(path: Path) -> None:
    problems = _problems(
        path,
        "nam: night\nspeech:\n  beam_size: many\n  languages: []\nintake:\n  agent_channel: 2\n",
    )
    assert len(problems) == 4
    for problem, line, field in zip(
        problems,
        (1, 3, 4, 6),
        ("nam", "speech.beam_size", "speech.languages", "intake.agent_channel"),
        strict=True,
    ):
        assert problem.startswith(f"{path}:{line}: {field}: "), problem
    assert "'many'" in problems[1]


@pytest.mark.parametrize(
    "line",
    [
        "commit_every_s: .nan",
        "commit_every_s: .inf",
        "commit_every_s: -1",
        "pages_language: de",
        "rubrics: core",
        "speech: fast",
        "name: 5",
        "speech: {beam_size: 11}",
        "speech: {batch_size: 0}",
        "speech: {feeders: 0}",
        "speech: {deadline_s: 0}",
        "speech: {deadline_s: .inf}",
        "speech: {model: ''}",
        "speech: {compute_type: int4}",
        "speech: {script: glagolitic}",
        "speech: {words: sometimes}",
        "intake: {deadline_s: .inf}",
    ],
)
def test_a_wrong_value_is_refused_at_its_line(path: Path, line: str) -> None:
    (problem,) = _problems(path, f"# night\n{line}\n")
    assert problem.startswith(f"{path}:2: ")
    assert line.split(":")[0] in problem


def test_speech_is_told_by_the_machine_where_a_file_says_nothing() -> None:
    speech = Pipeline().speech
    assert (speech.batch_size, speech.feeders, speech.compute_type) == (None, None, "auto")
    assert (speech.script, speech.words, speech.sha256) == ("latin", True, "")


def test_cyrillic_is_for_serbian(path: Path) -> None:
    path.write_text("speech: {languages: [hr, sr], script: cyrillic}", "utf-8")
    assert read_pipeline(path).speech.script == "cyrillic"
    problem = _problems(path, "speech:\n  script: cyrillic\n  languages: [en, hr]\n")
    assert problem == (
        f"{path}:2: speech.script: only Serbian is written in Cyrillic: "
        "add sr to languages, or write latin",
    )


def test_a_pipeline_of_pyannote_stands_beside_the_file(path: Path) -> None:
    assert Pipeline().speech.diarizer.pyannote is None
    (path.parent / "voices").mkdir()
    path.write_text("speech:\n  diarizer:\n    pyannote: voices\n", "utf-8")
    assert read_pipeline(path).speech.diarizer.pyannote == path.parent / "voices"
    (problem,) = _problems(path, "speech: {diarizer: {pyannote: elsewhere}}")
    assert problem == f"{path}: speech.diarizer.pyannote 'elsewhere' is not a folder"


@pytest.mark.parametrize("value", ["pyannote", "[pyannote]", "5", "null"])
def test_a_diarizer_is_named_with_its_folder(path: Path, value: str) -> None:
    (problem,) = _problems(path, f"speech:\n  diarizer: {value}\n")
    assert problem.startswith(f"{path}:2: speech.diarizer: write `pyannote: FOLDER` below it")


def test_one_fault_of_languages_is_one_line(path: Path) -> None:
    (problem,) = _problems(path, "speech: {languages: [en, de], script: cyrillic}")
    assert "speech.languages" in problem


def test_hotwords_are_one_line_of_names(path: Path) -> None:
    path.write_text("speech:\n  hotwords: |\n    Horvat\n      SuperFibre  500\n", "utf-8")
    assert read_pipeline(path).speech.hotwords == "Horvat SuperFibre 500"
    path.write_text(f"speech: {{hotwords: '{'x' * 600}'}}", "utf-8")
    assert read_pipeline(path).speech.hotwords == "x" * 600
    (problem,) = _problems(path, f"speech: {{hotwords: '{'x' * 601}'}}")
    assert problem.startswith(f"{path}:1: speech.hotwords: 601 letters are too many")
    assert "600" in problem


def test_hotwords_hold_no_signs_of_the_recogniser(path: Path) -> None:
    (problem,) = _problems(path, "speech: {hotwords: 'Horvat <|en|>'}")
    assert "speech.hotwords: '<|'" in problem


def test_a_sha256_is_64_digits(path: Path) -> None:
    path.write_text(f"speech: {{sha256: {'0A' * 31}ff}}", "utf-8")
    assert read_pipeline(path).speech.sha256 == "0a" * 31 + "ff"
    for wrong in ("0a" * 31, "0g" * 32, "0a" * 32 + "  model.bin"):
        (problem,) = _problems(path, f"speech: {{sha256: {wrong}}}")
        assert problem.startswith(f"{path}:1: speech.sha256: write the 64 digits")


def test_a_model_folder_may_lie_beside_the_file(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (path.parent / "work").mkdir()
    monkeypatch.chdir(path.parent / "work")
    (path.parent / "models" / "ours").mkdir(parents=True)
    (path.parent / "bundled").mkdir()
    for written, model in (
        ("models/ours", str(path.parent.resolve() / "models" / "ours")),
        ("models/theirs", "models/theirs"),
        ("large-v3", "large-v3"),
        ("bundled", "bundled"),
    ):
        path.write_text(f"speech: {{model: {written}}}", "utf-8")
        assert read_pipeline(path).speech.model == model


def test_a_name_given_twice_is_refused(path: Path) -> None:
    (problem,) = _problems(path, "speech:\n  beam_size: 2\n  device: cpu\n  beam_size: 5\n")
    assert "speech.beam_size" in problem
    assert "more than once" in problem


@pytest.mark.parametrize("text", ["", "[]", "night", "- name: x", "null"])
def test_a_file_of_another_shape_is_refused(path: Path, text: str) -> None:
    (problem,) = _problems(path, text)
    assert problem.startswith(f"{path}: a pipeline is a list of")


def test_moments_folders_lie_beside_the_file(path: Path) -> None:
    (path.parent / "ours").mkdir()
    path.write_text("moments: {folders: [ours]}", "utf-8")
    assert read_pipeline(path).moments.folders == (path.parent.resolve() / "ours",)


def test_a_missing_moments_folder_is_named(path: Path) -> None:
    (path.parent / "ours").mkdir()
    (path.parent / "notes.yaml").write_text("x: 1")
    problems = _problems(path, "moments: {folders: [ours, theirs, notes.yaml]}")
    assert len(problems) == 2
    assert "theirs' does not exist" in problems[0]
    assert "notes.yaml' does not exist" in problems[1]


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        ("a: &x 1\nb: 2\nc: *x\n", 3, "aliases"),
        ("a: 1\nb: !!python/object/apply:os.getcwd []\n", 2, "tags"),
        ("a: !!python/name:os.system x\n", 1, "tags"),
        ("a: !!int 'x'\n", 1, "tags"),
        ("a: !mine 1\n", 1, "tags"),
        ("a: [1\nb: 2\n", 2, "not valid YAML"),
        ("a: 1\n---\nb: 2\n", 2, "not valid YAML"),
        ("a: =\n", 1, "not valid YAML"),
    ],
)
def test_yaml_that_is_refused_with_its_line(path: Path, text: str, line: int, word: str) -> None:
    path.write_text(text, "utf-8")
    with pytest.raises(ConfigError) as refusal:
        read_yaml(path)
    assert refusal.value.problems[0].startswith(f"{path}:{line}: ")
    assert word in refusal.value.problems[0]


def test_every_alias_and_tag_is_named_at_once(path: Path) -> None:
    path.write_text("a: &x 1\nb: *x\nc: !t 1\nd: *x\n", "utf-8")
    with pytest.raises(ConfigError) as refusal:
        read_yaml(path)
    assert [p.removeprefix(f"{path}:")[0] for p in refusal.value.problems] == ["2", "3", "4"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"a: \xff\xfe", "not UTF-8"),
        (b"a: 2024-13-45", "month must be"),
        (b"a: " + b"9" * 5_000, "not valid YAML"),
        (b"a: 0x_", "not valid YAML"),
        (b"a: \x01", "not valid YAML"),
    ],
)
def test_other_content_that_is_refused_in_one_line(path: Path, content: bytes, words: str) -> None:
    path.write_bytes(content)
    with pytest.raises(ConfigError) as refusal:
        read_yaml(path)
    (problem,) = refusal.value.problems
    assert problem.startswith(f"{path}: ")
    assert words in problem
    assert "\n" not in problem


@pytest.mark.parametrize("content", ["a:\n  " + "[" * 5_000, "a:\n  " + "- " * 400_000 + "x"])
def test_nesting_beyond_reason_is_refused_with_its_line(path: Path, content: str) -> None:
    path.write_text(content, "utf-8")
    with pytest.raises(ConfigError) as refusal:
        read_yaml(path)
    assert refusal.value.problems == (f"{path}:2: nested too deeply",)


def test_size_is_checked_before_anything_is_read(path: Path) -> None:
    path.write_bytes(b"\xff" * 101)  # not even text
    with pytest.raises(ConfigError, match="larger than 100 bytes"):
        read_yaml(path, max_bytes=100)
    path.write_bytes(b"a: 1".ljust(100))
    assert read_yaml(path, max_bytes=100) == {"a": 1}


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    for path in (tmp_path / "none.yaml", tmp_path):
        with pytest.raises(ConfigError) as refusal:
            read_yaml(path)
        assert refusal.value.problems[0].startswith(f"{path}: cannot be read: ")
