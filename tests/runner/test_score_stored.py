"""Scoring what is stored: no recording is needed, and only what is asked for is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from qa.coaching.load import reviewed_calls
from qa.problems import CallError
from qa.runner import stored
from qa.store.tables import Row, Store
from tests.runner.night import DATA, Night, WordFinder, rubric, spoken

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path


@pytest.fixture
def night(tmp_path: Path) -> Night:
    night = Night(tmp_path, "c1", "c2", "c3")
    night.ears.script = {"c1": spoken("I am sorry.", "Late.")}
    night.transcribe()
    night.ears.asked.clear()
    for call in night.calls:
        call.recording.unlink()
    return night


def test_no_recording_is_touched(night: Night):
    result = night.score()
    assert night.ledger(result) == dict.fromkeys(("c1", "c2", "c3"), "done")
    assert night.ears.asked == []
    assert night.rows("scorecards", "call_id", "total") == [("c1", 100), ("c2", 40), ("c3", 40)]
    assert result.audio_ms == 0
    assert [(p.done, p.total) for p in night.progress[-3:]] == [(1, 3), (2, 3), (3, 3)]


def test_scoring_again_does_nothing(night: Night):
    night.score()
    before, asked = night.versions(), night.finder.asked
    again = night.score()
    assert night.ledger(again) == dict.fromkeys(("c1", "c2", "c3"), "skipped")
    assert (night.versions(), night.finder.asked) == (before, asked)


def test_a_manifest_narrows_it_down(night: Night):
    result = night.score(calls={"c2", "unheard of"})
    assert night.ledger(result) == {"c2": "done"}
    assert night.rows("scorecards", "call_id") == [("c2",)]


def test_a_second_rubric_takes_the_stored_findings(night: Night):
    night.score()
    night.finder = WordFinder()
    night.score(rubric(name="other", weights=(100, 0)))
    assert night.finder.asked == 0
    shown = {
        one.call.id: {c.rubric: c.total for c in one.cards} for one in reviewed_calls(night.store)
    }
    assert shown["c1"] == {"trial": 100, "other": 100}
    assert shown["c3"] == {"trial": 40, "other": 0}


def test_a_call_that_failed_is_left_out(tmp_path: Path):
    night = Night(tmp_path, "c1", "c2")
    night.ears.script["c1"] = CallError("speech", "broken", "no")
    night.transcribe()
    assert night.ledger(night.score()) == {"c2": "done"}


def test_scoring_an_empty_folder_is_a_run_of_nothing(tmp_path: Path):
    night = Night(tmp_path)
    assert night.score().done == 0


def test_rows_are_read_in_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A pass over the table for every call would make a large night quadratic."""
    monkeypatch.setattr(stored, "_BATCH", 4)
    night = Night(tmp_path, *(f"c{number}" for number in range(9)))
    night.transcribe()
    reads: list[str] = []

    class Counting(Store):
        def by_key(self, table: str, keys: Collection[str]) -> dict[str, Row]:
            reads.append(table)
            return super().by_key(table, keys)

    night.store = Counting(night.store.root)
    assert night.score().done == 9
    assert reads == ["transcripts"] * 3  # nine calls by four; what is studied is streamed
    reads.clear()
    assert night.score(rubric("2")).done == 9
    assert night.score(rubric("2")).skipped == 9
    assert reads == []


def test_the_transcript_of_the_latest_run_is_scored(tmp_path: Path):
    night = Night(tmp_path, "c1")
    night.transcribe()
    night.calls = [night.call("c1", content="another recording")]
    night.ears.script["c1"] = spoken("I am sorry.", "Late.")
    night.transcribe()
    night.score()
    assert night.rows("scorecards", "call_id", "total") == [("c1", 100)]
    assert [len(night.rows(table, "call_id")) for table in DATA] == [1, 2, 1, 1]
