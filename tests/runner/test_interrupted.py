"""Runs that end before their time: the next one goes on and nothing is there twice."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from qa.coaching.load import reviewed_calls
from qa.problems import CallError
from tests.runner.night import DATA, DyingStore, Ears, Night, WordFinder, spoken

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qa.nouns import Call, Transcript
    from qa.runner.local import Progress
    from qa.sentences import Sentence
    from qa.store.tables import Row

ROOT = Path(__file__).parents[2]
IDS = ("c1", "c2", "c3", "c4")


@pytest.fixture
def night(tmp_path: Path) -> Night:
    night = Night(tmp_path, *IDS)
    night.ears.script = {"c1": spoken("Sorry about that.", "Late again.")}
    return night


def assert_whole(night: Night) -> None:
    """Every call has one row in each table, and its card on a page."""
    for table in DATA:
        assert night.rows(table, "call_id") == [(one,) for one in IDS]
    assert [len(one.cards) for one in reviewed_calls(night.store)] == [1] * 4


@pytest.mark.parametrize("table", ["calls", "transcripts", "findings", "scorecards", "ledger"])
def test_a_run_that_cannot_write_a_table_is_finished_by_the_next(night: Night, table: str):
    with pytest.raises(OSError, match=f"no disk for {table}"):
        night.run(store=DyingStore(night.store.root, table))
    assert night.rows("ledger", "call_id") == []  # never in the ledger and not in the tables
    heard = set() if table in ("calls", "transcripts") else set(IDS)
    found = 4 if table in ("scorecards", "ledger") else 0
    night.ears.asked.clear()
    night.finder = WordFinder()
    result = night.run()
    assert set(night.ears.asked) == set(IDS) - heard
    assert night.finder.asked == 4 - found
    assert set(night.ledger(result)) == set(IDS)
    assert_whole(night)


def test_a_call_whose_ledger_row_was_lost_is_skipped_and_listed(night: Night):
    with pytest.raises(OSError, match="no disk"):
        night.run(store=DyingStore(night.store.root, "ledger"))
    before = night.versions()
    result = night.run()
    assert night.versions() == before
    assert night.ledger(result) == dict.fromkeys(IDS, "skipped")


def test_a_write_that_works_at_the_second_try_loses_nothing(night: Night):
    class Flickering(DyingStore):
        def append(self, table: str, rows: Sequence[Row]) -> None:
            try:
                super().append(table, rows)
            except OSError:
                self.table = ""  # the disk is back
                raise

    with pytest.raises(OSError, match="no disk for findings"):
        night.run(store=Flickering(night.store.root, "findings"), commit_every_s=0)
    assert night.rows("ledger", "call_id", "status") == [("c1", "done")]
    assert [night.rows(table, "call_id") for table in DATA[1:]] == [[("c1",)]] * 3
    result = night.run()
    assert (result.skipped, result.done) == (1, 3)
    assert_whole(night)


def test_a_bug_is_raised_and_what_was_finished_is_kept(night: Night):
    night.ears.script["c3"] = KeyError("a bug")
    with pytest.raises(KeyError, match="a bug"):
        night.run()
    assert night.rows("ledger", "call_id", "status") == [("c1", "done"), ("c2", "done")]
    night.ears.script["c3"] = spoken("Sorry.", "Fine.")
    night.ears.asked.clear()
    result = night.run()
    assert sorted(night.ears.asked) == ["c3", "c4"]
    assert night.ledger(result) == {"c1": "skipped", "c2": "skipped", "c3": "done", "c4": "done"}
    assert_whole(night)


def test_a_bug_in_the_finder_is_raised_too(night: Night):
    class Broken(WordFinder):
        def find(self, sentences: Sequence[Sentence]) -> tuple[()]:
            raise KeyError("no such moment")

    night.finder = Broken()
    with pytest.raises(KeyError, match="no such moment"):
        night.run()
    night.finder = WordFinder()
    assert night.run().done == 4
    assert_whole(night)


def test_after_a_bug_no_further_call_is_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """What waits for a thread is let go, what is under way given up: else the error would wait."""

    class OneBugThenHanging(Ears):
        def transcribe(self, call: Call) -> Transcript:
            self.asked.append(call.id)
            if call.id == "n00":
                raise KeyError("a bug")
            assert self.given_up.wait(30)
            raise CallError("speech", "stopped", "given up")

    monkeypatch.setattr("qa.runner.local._IN_FLIGHT", 1)
    night = Night(tmp_path, *(f"n{number:02d}" for number in range(20)))
    night.ears = OneBugThenHanging({})
    with pytest.raises(KeyError, match="a bug"):
        night.run()
    # whether n01 was begun before the bug came up is a race; n02 must not be
    assert night.ears.asked in (["n00"], ["n00", "n01"])
    assert night.ears.given_up.is_set()
    assert night.rows("ledger", "call_id") == []


def test_ctrl_c_keeps_what_is_finished(night: Night):
    def stop(progress: Progress) -> None:
        if progress.done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        night.run(on_progress=stop)
    assert night.rows("ledger", "call_id", "status") == [("c1", "done"), ("c2", "done")]
    night.ears.asked.clear()
    assert night.run().done == 2
    assert sorted(night.ears.asked) == ["c3", "c4"]
    assert_whole(night)


def test_a_killed_process_loses_what_was_not_committed_and_nothing_else(tmp_path: Path):
    """The process dies by a signal that nothing can catch, after the second commit."""
    night = Night(tmp_path, *IDS)
    code = f"""
import os, signal
from pathlib import Path
from qa.store.tables import Row
from tests.runner.night import Night
def stop(progress):
    if progress.done == 3:
        os.kill(os.getpid(), signal.SIGKILL)
Night(Path({str(tmp_path)!r}), *{IDS!r}).run(commit_every_s=0, on_progress=stop)
"""
    died = subprocess.run([sys.executable, "-c", code], check=False, cwd=ROOT)
    assert died.returncode == -signal.SIGKILL
    assert len(night.rows("ledger", "call_id")) == 3  # each commit follows its call at once
    result = night.run()
    assert night.ears.asked == ["c4"]
    assert night.ledger(result) == dict.fromkeys(IDS[:3], "skipped") | {"c4": "done"}
    assert_whole(night)
