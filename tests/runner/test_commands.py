"""What is wrong with the files given is told at once, before any work."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pytest

from qa.intake.manifest import read_manifest
from qa.moments.bank import read_bank
from qa.nouns import Problem
from qa.problems import ConfigError
from qa.runner.commands import run_manifest, score_results, write_report
from qa.runner.tools import Tools
from qa.runner.work import transcript_key
from qa.settings import Pipeline, shipped
from qa.store.quarantine import held, quarantine_rows
from qa.store.tables import Store

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


def test_what_is_set_aside_is_tried_again_only_on_request(tmp_path: Path):
    """Two ready transcripts, set aside as if they had hung; the manifest then names only one."""
    manifest, out = tmp_path / "calls.csv", tmp_path / "out"
    for name in ("c1", "c2"):
        (tmp_path / f"{name}.txt").write_text("Agent: Hello.\nCustomer: Hello.\n", "utf-8")
    head, rows = "call_id,recording,agent_id,language\n", ("c1,c1.txt,A1,en\n", "c2,c2.txt,A1,en\n")
    manifest.write_text(head + "".join(rows), "utf-8")
    with Tools(Pipeline(), workers=1) as tools:
        keys = {call.id: transcript_key(call, tools) for call in read_manifest(manifest)}
    for call_id, key in keys.items():
        (row,) = quarantine_rows(Problem(call_id, "intake", "timeout", "hung"), key)
        Store(out).append("quarantine", [row | {"run_id": "r1"}])
    manifest.write_text(head + rows[0], "utf-8")

    def transcribed(*, retry: bool) -> tuple[int, tuple[str, ...]]:
        result = run_manifest(
            *(manifest, out, None, ()),
            workers=1,
            on_progress=lambda _: None,
            retry_quarantined=retry,
        )
        return result.done, result.problems

    assert transcribed(retry=False) == (
        0,
        (
            "c1: c1.txt: took its worker down twice (timeout, run r1) and is not tried again: "
            "`qa run --retry-quarantined` tries it",
        ),
    )
    assert transcribed(retry=True) == (1, ())
    assert held(Store(out)).keys() == {keys["c2"]}
