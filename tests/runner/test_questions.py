"""`qa explain` and `qa rubric diff`, from a results folder to what is printed."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from qa.cli import main
from qa.problems import ConfigError
from qa.runner.questions import compare_rubrics, explain_call
from qa.scoring.library import read_rubric
from qa.settings import shipped
from tests.runner.night import SORRY, Night, spoken

if TYPE_CHECKING:
    from pathlib import Path

# what the shipped rubrics name, without reading the bank, which takes seconds
MOMENTS = tuple(path.stem for path in sorted((shipped("rubrics") / "moments").glob("*.yaml")))


@pytest.fixture(autouse=True)
def _small_bank(monkeypatch: pytest.MonkeyPatch) -> None:
    bank = SimpleNamespace(moments=[SimpleNamespace(name=name) for name in MOMENTS])
    monkeypatch.setattr("qa.runner.questions.read_bank", lambda _: bank)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    night = Night(tmp_path, "call-1", "call-2")
    night.ears.script = {"call-1": SORRY, "call-2": spoken("Your fault.", "It is late.")}
    night.run(read_rubric("core", MOMENTS))
    return tmp_path / "out"


def newer(folder: Path, version: str = "'1.2'") -> Path:
    """Return a copy of the core rubric, of another version, in which blame is tolerated once."""
    text = (shipped("rubrics") / "core.yaml").read_text("utf-8")
    assert "kind: absent\n" in text
    own = folder / "newer.yaml"
    text = text.replace("kind: absent\n", "kind: absent\n      tolerate: 1\n")
    own.write_text(text.replace("version: '1.1'", f"version: {version}"), "utf-8")
    return own


def test_a_card_as_it_was_scored(out: Path) -> None:
    said = explain_call("call-2", out, None, None, "hr")
    assert said.startswith("Poziv call-2 · A1 · engleski\n")
    assert "„Your fault.” agent, 00:00" in said
    assert "inačica 1.1" in said


def test_a_rubric_it_was_not_scored_with_is_scored_for_the_answer(
    out: Path, tmp_path: Path
) -> None:
    own = str(newer(tmp_path))
    said = explain_call("call-2", out, None, own, "en")
    assert "version 1.2" in said
    assert "version 1.1" not in said
    assert "version 1.1" in explain_call("call-2", out, None, "core", "en")


def test_a_call_that_is_not_there(out: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        explain_call("call-3", out, None, None, "en")
    (line,) = caught.value.problems
    assert line.startswith("call 'call-3' is not in these results: did you mean 'call-")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["explain", "nobody", "--out", "OUT"], "call 'nobody' is not in these results"),
        (["explain", "call-1", "--out", "OUT", "--language", "de"], "no language 'de'"),
        (["explain", "call-1", "--out", "OUT", "--rubric", "nope"], "rubric 'nope' not found"),
        (["explain", "call-1", "--out", "nowhere"], "nowhere: no results here"),
        (["rubric", "diff", "nope", "none", "--out", "OUT"], "rubric 'nope' not found"),
        (["rubric", "diff", "core", "core", "--out", "OUT", "--format", "xml"], "no format 'xml'"),
    ],
)
def test_what_is_wrong_is_one_line_and_exit_code_two(
    out: Path,
    words: list[str],
    expected: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(out.parent)
    monkeypatch.setattr("sys.argv", ["qa", *(str(out) if w == "OUT" else w for w in words)])
    with pytest.raises(SystemExit) as ended:
        main()
    printed = capsys.readouterr()
    assert (ended.value.code, printed.out) == (2, "")
    assert expected in printed.err.splitlines()[0]


def test_two_versions_compared(out: Path, tmp_path: Path) -> None:
    own = str(newer(tmp_path))
    said = compare_rubrics(("core", own), out, None, "en", as_json=False)
    assert said.startswith("core 1.1 → core 1.2\n2 calls; scored differently: 1\n")
    assert "  Blames nobody: 1 call\n    Not this time → Met: 1\n" in said
    assert "  1. call-2, A1: " in said
    assert "“Your fault.” 00:00" in said


def test_both_rubrics_faults_are_told(out: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        compare_rubrics(("nope", "none"), out, None, None, as_json=True)
    assert len(caught.value.problems) == 2
