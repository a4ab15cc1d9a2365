"""Scoring what is stored: no recording is needed, and only what is asked for is done."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

import pytest

from qa.coaching.load import reviewed_calls
from qa.moments.encoders import encoder_name
from qa.moments.finder import finder_name
from qa.problems import CallError
from qa.runner import stored
from qa.runner.local import score_stored
from qa.runner.tools import Tools
from qa.settings import Pipeline
from qa.store.tables import Row, Store
from tests.moments.small_bank import BANK
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


def test_a_run_with_another_rubric_reads_as_scoring_does(tmp_path: Path):
    """What is heard and studied is read once, with what is new scored before it."""
    night = Night(tmp_path, *(f"c{number}" for number in range(5)))
    night.run()
    night.calls.append(night.call("new"))
    reads: list[str] = []

    class Counting(Store):
        def by_key(self, table: str, keys: Collection[str]) -> dict[str, Row]:
            reads.append(table)
            return super().by_key(table, keys)

    night.store = Counting(night.store.root)
    asked = night.finder.asked
    result = night.run(rubric("2"))
    assert night.ledger(result) == dict.fromkeys((*(f"c{n}" for n in range(5)), "new"), "done")
    assert (reads, night.finder.asked) == ([], asked + 1)
    assert [(p.done, p.total) for p in night.progress[-6:]] == [(n, 6) for n in range(1, 7)]


def test_what_is_studied_needs_no_encoder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Not even to know which encoder it was studied with."""

    def missing(_: object) -> NoReturn:
        pytest.fail("the text encoder was opened")

    monkeypatch.setattr("qa.runner.tools.open_encoder", missing)
    bank, pipeline = BANK, Pipeline()
    night = Night(tmp_path, "c1", "c2")
    night.finder = WordFinder(finder_name(bank, encoder_name(pipeline.moments)))
    night.run()
    with Tools(pipeline, workers=1, bank=bank) as tools:
        result = score_stored(None, tools, [rubric("2")], night.store, on_progress=print)
    assert night.ledger(result) == {"c1": "done", "c2": "done"}
