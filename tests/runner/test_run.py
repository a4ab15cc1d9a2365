"""Runs that follow each other: only what is new is done, and every call is accounted for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from qa.coaching.load import failed_calls, reviewed_calls
from qa.coaching.reviews import review
from qa.nouns import Word
from qa.problems import CallError
from tests.calls import call_of
from tests.runner.night import BLAME, DATA, SORRY, Night, totals

if TYPE_CHECKING:
    from pathlib import Path


def test_a_first_run_does_everything_once(night: Night):
    result = night.run()
    assert (result.done, result.skipped, result.empty, result.failed) == (3, 0, 0, 0)
    assert sorted(night.ears.asked) == ["c1", "c2", "c3"]
    assert night.ledger(result) == {"c1": "done", "c2": "done", "c3": "done"}
    assert all(len(night.rows(table, "call_id")) == 3 for table in DATA)
    # apology weighs 60, no blame 40: c1 has both, c2 neither, c3 only says nothing wrong
    assert totals(night) == {"c1": 100, "c2": 0, "c3": 40}
    # three calls of 9 s, spoken to the end of the last turn
    assert result.audio_ms == 27_000


def test_progress_counts_calls_and_what_was_heard(night: Night):
    night.run()
    assert [(p.done, p.total, p.audio_ms) for p in night.progress] == [
        (1, 3, 9_000),
        (2, 3, 18_000),
        (3, 3, 27_000),
    ]
    assert night.progress[0].elapsed_s <= night.progress[2].elapsed_s


def test_the_same_night_again_does_nothing(night: Night):
    night.run()
    before, asked = night.versions(), night.finder.asked
    night.ears.asked.clear()
    second = night.run()
    assert night.ears.asked == []
    assert night.finder.asked == asked
    assert night.versions() == before
    assert night.ledger(second) == dict.fromkeys(("c1", "c2", "c3"), "skipped")
    assert (second.done, second.skipped, second.audio_ms) == (0, 3, 0)
    attempts = night.rows("ledger", "status", "attempts")
    assert attempts == [("done", 1)] * 3 + [("skipped", 0)] * 3


def test_new_calls_in_the_manifest_are_all_that_is_done(night: Night):
    night.run()
    night.ears.asked.clear()
    night.calls += [night.call("c4"), night.call("c5")]
    second = night.run()
    assert sorted(night.ears.asked) == ["c4", "c5"]
    assert night.ledger(second) == dict.fromkeys(("c1", "c2", "c3"), "skipped") | dict.fromkeys(
        ("c4", "c5"), "done"
    )
    assert [len(night.rows(table, "key")) for table in DATA[1:]] == [5, 5, 5]


def test_calls_that_left_the_manifest_stay_in_the_store(night: Night):
    night.run()
    night.calls = night.calls[:1]
    assert night.ledger(night.run()) == {"c1": "skipped"}
    assert [one.call.id for one in reviewed_calls(night.store)] == ["c1", "c2", "c3"]


def test_an_empty_manifest_is_a_run_of_nothing(tmp_path: Path):
    night = Night(tmp_path)
    result = night.run()
    assert (result.done, result.failed, result.problems) == (0, 0, ())
    assert reviewed_calls(night.store) == ()


def test_transcribing_and_scoring_apart_gives_what_one_run_gives(night: Night, tmp_path: Path):
    first = night.transcribe()
    assert night.ledger(first) == dict.fromkeys(("c1", "c2", "c3"), "done")
    assert night.finder.asked == 0
    assert totals(night) == {}
    assert night.transcribe().skipped == 3
    night.score()
    apart = totals(night)
    (tmp_path / "other").mkdir()
    whole = Night(tmp_path / "other", "c1", "c2", "c3")
    whole.ears.script = night.ears.script
    whole.run()
    assert apart == totals(whole) == {"c1": 100, "c2": 0, "c3": 40}


# --- laws


def test_personal_data_reaches_no_table(tmp_path: Path):
    night = Night(tmp_path, "c1", "c2")
    text = "Sorry, call 091 234 5678 and charge 4111 1111 1111 1111 please."
    night.ears.script = {"c1": call_of(f"0-9 agent: {text}", f"10-19 customer: {text}")}
    night.run()
    for table in (*DATA, "ledger"):
        stored = str(night.store.scan(table).collect().to_dicts())
        assert "5678" not in stored
        assert "1111" not in stored
    transcript = reviewed_calls(night.store)[0].transcript
    assert "[phone]" in transcript.turns[0].text
    assert "[card]" in transcript.turns[0].text
    assert all(isinstance(word, Word) for word in transcript.turns[0].words)
    assert reviewed_calls(night.store)[0].moments[0].quote in transcript.turns[0].text


@pytest.mark.parametrize("workers", [1, 2, 8])
def test_the_number_of_workers_changes_nothing(tmp_path: Path, workers: int):
    ids = [f"c{number:02d}" for number in range(30)]
    night = Night(tmp_path, *ids)
    night.ears.script = {one: (SORRY, BLAME)[at % 2] for at, one in enumerate(ids)}
    night.ears.script["c07"] = CallError("speech", "broken", "no")
    result = night.run(workers=workers)
    assert night.ledger(result) == dict.fromkeys(ids, "done") | {"c07": "failed"}
    # in the order of the manifest, however many listen: every other call is an apology
    expected = {one: (100, 0)[at % 2] for at, one in enumerate(ids) if one != "c07"}
    assert totals(night) == expected
    assert sorted(night.ears.asked) == ids
    stored = night.store.scan("transcripts").collect()["call_id"].to_list()
    assert stored == [one for one in ids if one != "c07"]


def test_frequent_commits_change_nothing_but_the_versions(night: Night):
    night.run(commit_every_s=0)
    assert night.delta("ledger").version() == 2  # three commits: 0, 1, 2
    assert totals(night) == {"c1": 100, "c2": 0, "c3": 40}
    assert night.run(commit_every_s=0).skipped == 3


def test_runs_within_one_second_are_in_order(night: Night):
    runs = [night.run().run_id for _ in range(4)]
    assert runs == sorted(set(runs))


def test_pages_show_the_totals_of_the_table(night: Night):
    night.run()
    shown = review(reviewed_calls(night.store), (), failed_calls(night.store), "en")
    on_pages = {
        (one.call.id, card.rubric, card.total)
        for team in shown.teams
        for agent in team.agents
        for one in agent.calls
        for card in one.cards
    }
    assert on_pages == set(night.rows("scorecards", "call_id", "rubric", "total"))
