"""The command line without models: exit codes, and faults told all at once."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from qa import __version__
from qa.cli import main
from qa.problems import ConfigError
from qa.runner.tools import Tools
from tests.moments.bag_of_words import BagOfWords
from tests.moments.small_bank import BANK
from tests.runner.night import WordFinder

ROOT = Path(__file__).parents[1]


class Ended:
    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


Qa = Callable[..., Ended]


@pytest.fixture
def qa(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Qa:
    def call(*arguments: object) -> Ended:
        monkeypatch.setattr("sys.argv", ["qa", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        return Ended(int(ended.value.code or 0), printed.out, printed.err)

    return call


def test_every_fault_of_a_manifest_at_once_and_before_any_work(qa: Qa, tmp_path: Path):
    manifest = tmp_path / "calls.csv"
    manifest.write_text(
        "call_id,recording,agent_id,language,started_at\n"
        "a,a.wav,A1,en,2026-11-01T10:00:00\n"
        "a,b.wav,A1,en,\n"
        "c,c.wav,A1,de,\n"
        "d,d.wav,A1,en,last Tuesday\n"
        "e,../../etc/passwd,A1,en,\n",
        "utf-8",
    )
    out = tmp_path / "out"
    ended = qa("run", manifest, "--out", out)
    assert ended.code == 2
    lines = ended.err.splitlines()
    for line, word in ((3, "'a'"), (4, "'de'"), (5, "'last Tuesday'"), (6, "passwd")):
        assert any(f"calls.csv:{line}:" in text and word in text for text in lines), word
    assert not out.exists()


def test_a_missing_column_is_named(qa: Qa, tmp_path: Path):
    manifest = tmp_path / "calls.csv"
    manifest.write_text("call_id,recording\na,a.wav\n", "utf-8")
    ended = qa("run", manifest, "--out", tmp_path / "out")
    assert ended.code == 2
    assert "agent_id" in ended.err


def test_faults_of_pipeline_rubric_and_manifest_come_together(qa: Qa, tmp_path: Path):
    pipeline = tmp_path / "p.yaml"
    pipeline.write_text("speech: {beam_size: many}\ncolour: red\n", "utf-8")
    rubric = tmp_path / "r.yaml"
    rubric.write_text("name: r\n", "utf-8")
    ended = qa(
        *("run", tmp_path / "none.csv", "--out", tmp_path / "out"),
        *("--pipeline", pipeline, "--rubric", rubric),
    )
    assert ended.code == 2
    assert "beam_size" in ended.err
    assert "colour" in ended.err
    assert "r.yaml" in ended.err
    assert "none.csv" in ended.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["run"],
        ["run", "calls.csv"],
        ["no-such-command"],
        ["export", "nowhere", "--table", "scores"],
        ["score", "nowhere"],
        ["report"],
        ["rubric", "check", "nowhere.yaml"],
    ],
)
def test_wrong_usage_ends_with_2(qa: Qa, arguments: list[str]):
    ended = qa(*arguments)
    assert ended.code == 2
    assert ended.err.strip()
    assert "Traceback" not in ended.err


def test_shipped_rubrics_are_listed_and_fine(qa: Qa):
    listed = qa("rubric", "list")
    assert listed.code == 0
    assert "core 1.1: interruptions, empathy, apology, resolution, blame" in listed.out
    assert [line.split(" ")[0] for line in listed.out.splitlines()] == [
        "core",
        "heard",
        "service-standards",
        "written-support",
    ]
    assert qa("rubric", "check", "core").code == 0
    assert qa("rubric", "check", ROOT / "rubrics" / "core.yaml").code == 0


def test_the_version_is_told(qa: Qa):
    assert qa("--version").out == f"callqa {__version__}\n"


def test_the_schema_is_json(qa: Qa):
    printed = qa("rubric", "schema")
    assert json.loads(printed.out)["properties"]["sections"]


def test_labelled_sentences_with_faults_are_refused_with_their_lines(qa: Qa, tmp_path: Path):
    file = tmp_path / "labelled.csv"
    file.write_text(
        "language,role,text,labels\nen,agent,Hello,greeting\nxx,agent,Hi,none\nen,boss,Hi,none\n"
        "en,agent,Hi,shouting\n",
        "utf-8",
    )
    ended = qa("moments", "test", file)
    assert ended.code == 2
    for line, word in ((3, "xx"), (4, "boss"), (5, "shouting")):
        assert f"labelled.csv:{line}:" in ended.err
        assert word in ended.err


def test_labelled_sentences_without_a_column_are_refused(qa: Qa, tmp_path: Path):
    file = tmp_path / "labelled.csv"
    file.write_text("language,text,labels\nen,Hello,greeting\n", "utf-8")
    ended = qa("moments", "test", file)
    assert ended.code == 2
    assert "labelled.csv:1: columns missing: role" in ended.err


@pytest.mark.parametrize("content", [None, "language,role,text,labels\n"])
def test_no_labelled_sentences_are_refused(qa: Qa, tmp_path: Path, content: str | None):
    file = tmp_path / "labelled.csv"
    if content is not None:
        file.write_text(content, "utf-8")
    ended = qa("moments", "test", file)
    assert ended.code == 2
    assert "labelled.csv: " in ended.err
    assert "Traceback" not in ended.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["Sorry.", "--role", "boss"], "no role 'boss': use agent or customer"),
        ([""], "the sentence is empty"),
        ([" \t "], "the sentence is empty"),
        (["Sorry.", "--pipeline", "nowhere.yaml"], "nowhere.yaml"),
        ([], "Missing argument"),
    ],
)
def test_what_cannot_be_explained_is_told(
    qa: Qa, monkeypatch: pytest.MonkeyPatch, arguments: list[str], words: str
):
    monkeypatch.setattr("qa.moments.explain.explain", None)  # nothing gets as far as the models
    ended = qa("moments", "explain", *arguments)
    assert ended.code == 2
    assert words in ended.err
    assert "Traceback" not in ended.err


@pytest.fixture
def small_bank(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Put the small bank and the fake encoder behind the commands."""
    monkeypatch.setenv("CALLQA_CACHE", str(tmp_path / "cache"))
    bank = BANK.model_copy(update={"warnings": ("mine.yaml:3: thin",)})
    monkeypatch.setattr("qa.runner.moment_commands.read_bank", lambda _folders: bank)
    monkeypatch.setattr("qa.runner.moment_commands.open_encoder", lambda _settings: BagOfWords())


@pytest.mark.usefixtures("small_bank")
def test_moments_are_measured_and_explained(qa: Qa, tmp_path: Path):
    file = tmp_path / "labelled.csv"
    file.write_text(
        "language,role,text,labels\nen,agent,I am sorry about the sofa,apology\n"
        'en,agent,"Say again, which sofa?",none\n',
        "utf-8",
    )
    held_out, labelled = qa("moments", "test", "--json"), qa("moments", "test", file, "--json")
    for ended in (held_out, labelled):
        assert (ended.code, ended.err) == (0, "warning: mine.yaml:3: thin\n")
    moments = json.loads(held_out.out)["languages"]["en"]["moments"]
    assert {name: own["support"] for name, own in moments.items()} == {
        "apology": 8,
        "greeting": 8,
        "complaint": 8,
    }
    assert json.loads(labelled.out)["languages"]["en"]["moments"]["apology"]["f1"] == 1.0
    assert "apology" in qa("moments", "test", file).out
    explained = qa("moments", "explain", "My sofa is broken, sorry", "--role", "customer")
    assert explained.code == 0
    assert explained.out.startswith("complaint")
    assert explained.err == "warning: mine.yaml:3: thin\n"


@pytest.mark.parametrize("command", ["run", "transcribe"])
def test_recordings_in_quarantine_are_tried_only_when_asked(
    qa: Qa, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
):
    asked: list[bool] = []

    def run_manifest(*_: object, retry_quarantined: bool, **__: object) -> None:
        asked.append(retry_quarantined)
        raise ConfigError(["enough"])

    monkeypatch.setattr("qa.runner.commands.run_manifest", run_manifest)
    for options in ([], ["--retry-quarantined"]):
        assert qa(command, "calls.csv", "--out", tmp_path, *options).code == 2
    assert asked == [False, True]


def test_the_help_of_export_names_every_table(qa: Qa):
    from qa.reports.export import COLUMNS

    shown = "".join(qa("export", "--help").out.split())
    assert "|".join(COLUMNS) in shown


def test_doctor_reports_versions_and_models(qa: Qa):
    ended = qa("doctor")
    assert "faster-whisper" in ended.out
    assert "whisper base" in ended.out
    assert ended.code in (0, 3)
    assert (ended.code == 3) == ("NO  " in ended.out)


# --- rubrics

RUBRIC = """\
name: mine
version: '1'
title: {en: Mine}
sections:
- name: only
  title: {en: Only}
  criteria:
  - {name: kind, weight: 100, title: {en: K}, why: {en: W}, check: CHECK}
  - {name: idle, weight: 0, title: {en: I}, why: {en: W}, check: {kind: absent, moments: [blame]}}
tests:
- {name: one, language: en, dialogue: "Agent: Hello.", expect: {kind: EXPECTED}}
"""


def rubric_at(folder: Path, check: str, expected: str = "NOT_MET") -> Path:
    path = folder / "mine.yaml"
    path.write_text(RUBRIC.replace("CHECK", check).replace("EXPECTED", expected), "utf-8")
    return path


def test_warnings_of_a_rubric_do_not_refuse_it(qa: Qa, tmp_path: Path):
    path = rubric_at(tmp_path, "{kind: present, moments: [apology]}")
    ended = qa("rubric", "check", path)
    assert ended.code == 0
    assert ended.out == "mine 1: fine, 2 criteria\n"
    assert ended.err == (
        f"warning: {path}:9: sections.0.criteria.1.weight: is 0: it is shown, but counts in no "
        "total\n"
    )


@pytest.mark.parametrize(
    ("check", "fault"),
    [
        ("{kind: present, moments: [apolgy]}", "there is no moment 'apolgy'"),
        ("{kind: present, moments: !!python/name:os.system [x]}", "YAML tags"),
        ("{kind: present, moments: &a [*a]}", "YAML aliases"),
        ("[" * 3000, "nested too deeply"),
    ],
)
def test_a_rubric_with_faults_ends_with_2_and_the_line(
    qa: Qa, tmp_path: Path, check: str, fault: str
):
    path = rubric_at(tmp_path, check)
    for command in ("check", "test"):
        ended = qa("rubric", command, path)
        assert ended.code == 2
        assert ended.err.startswith(f"error: {path}:8: ")
        assert fault in ended.err


@pytest.mark.parametrize(("expected", "code"), [("NOT_MET", 0), ("MET", 1)])
def test_rubric_tests_end_with_1_where_an_outcome_disagrees(
    qa: Qa, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, expected: str, code: int
):
    monkeypatch.setattr(Tools, "finder", WordFinder())
    path = rubric_at(tmp_path, "{kind: present, moments: [apology]}", expected)
    ended = qa("rubric", "test", path)
    assert ended.code == code
    assert f"mine 1: {1 - code} of 1 outcomes agree" in ended.out
    assert (f"{path}:11: one (en): kind should be MET, is NOT_MET" in ended.out) == (code == 1)


@pytest.mark.usefixtures("small_bank")
def test_long_work_is_told_on_standard_error_and_not_when_quiet(
    qa: Qa, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("CALLQA_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("qa.moments.classifier._MANY", 10)
    ended = qa("moments", "test", "--json")
    assert json.loads(ended.out)
    assert "texts, once for these examples\n" in ended.err
    qa("score", tmp_path / "nowhere", "--quiet")
    assert not logging.getLogger("qa").isEnabledFor(logging.INFO)
    qa("score", tmp_path / "nowhere")
    assert logging.getLogger("qa").isEnabledFor(logging.INFO)
