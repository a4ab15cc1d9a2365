"""What is wrong with the files given is told at once, before any work."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pytest

from qa.moments.bank import read_bank
from qa.problems import ConfigError
from qa.runner.commands import run_manifest, score_results, write_report
from qa.settings import shipped

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _bank_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qa.runner.commands.read_bank", cached_bank)


cached_bank = cache(read_bank)


def test_manifest_pipeline_and_rubric_are_told_together(tmp_path: Path):
    manifest, pipeline = tmp_path / "calls.csv", tmp_path / "night.yaml"
    manifest.write_text("call_id,recording,agent_id\nc1,../../outside.wav,A1\n", "utf-8")
    pipeline.write_text("intake:\n  max_seconds: -1\n", "utf-8")
    with pytest.raises(ConfigError) as caught:
        run_manifest(
            manifest, tmp_path / "out", pipeline, ["no such"], workers=1, on_progress=print
        )
    told = "\n".join(caught.value.problems)
    assert "calls.csv:2: recording" in told
    assert "max_seconds" in told
    assert "rubric 'no such' not found" in told
    assert not (tmp_path / "out").exists()


def test_a_copy_of_a_rubric_needs_a_name_of_its_own(tmp_path: Path):
    """A call has one card per rubric name: two under one name would take turns on its page."""
    own = tmp_path / "ours.yaml"
    own.write_bytes((shipped("rubrics") / "core.yaml").read_bytes())
    manifest = tmp_path / "calls.csv"
    manifest.write_text("call_id,recording,agent_id\n", "utf-8")
    with pytest.raises(ConfigError, match="2 rubrics are named 'core': change the `name:`"):
        run_manifest(
            manifest, tmp_path / "out", None, ["core", str(own)], workers=1, on_progress=print
        )
    result = run_manifest(
        manifest, tmp_path / "out", None, [str(own)], workers=1, on_progress=print
    )
    assert result.failed == 0


def test_scoring_and_reporting_need_results(tmp_path: Path):
    with pytest.raises(ConfigError, match="no results here"):
        score_results(tmp_path, None, None, ["core"], on_progress=print)
    with pytest.raises(ConfigError, match="no results here"):
        write_report(tmp_path, None, ["core"])
