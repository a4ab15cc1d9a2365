"""Runs that follow each other: only what is new is done, and every call is accounted for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from qa.coaching.load import failed_calls, reviewed_calls
from qa.coaching.reviews import review
from qa.nouns import Word
from qa.problems import CallError
from tests.calls import call_of
from tests.runner.night import DATA, Night, WordFinder, rubric, spoken

SORRY = spoken("I am sorry.", "My parcel is late.")
BLAME = spoken("That is your fault.", "My parcel is late.")


@pytest.fixture
def night(tmp_path: Path) -> Night:
    night = Night(tmp_path, "c1", "c2", "c3")
    night.ears.script = {"c1": SORRY, "c2": BLAME}
    return night


def totals(night: Night) -> dict[str, float | None]:
    """Return the totals that a page would show."""
    return {r.call.id: card.total for r in reviewed_calls(night.store) for card in r.cards}


def test_a_first_run_does_everything_once(night: Night):
    result = night.run()
    assert (result.done, result.skipped, result.empty, result.failed) == (3, 0, 0, 0)
    assert night.ears.asked == ["c1", "c2", "c3"]
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
    assert night.ears.asked == ["c4", "c5"]
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


# --- what changes between nights


def test_a_new_name_in_the_manifest_needs_no_recognition(night: Night):
    night.run()
    night.ears.asked.clear()
    before = night.versions()
    night.calls[1] = replace(night.calls[1], agent_name="Željka Kovačević", team="Zagreb")
    result = night.run()
    assert night.ears.asked == []
    assert night.ledger(result) == dict.fromkeys(("c1", "c2", "c3"), "skipped")
    after = night.versions()
    assert after["calls"] == (before["calls"] or 0) + 1
    assert after == before | {"calls": after["calls"]}
    assert [row[0] for row in night.rows("calls", "call_id")] == ["c1", "c2", "c2", "c3"]
    names = {one.call.id: one.call.agent_name for one in reviewed_calls(night.store)}
    assert names == {"c1": "", "c2": "Željka Kovačević", "c3": ""}


def test_a_new_rubric_version_adds_cards_and_keeps_the_old(night: Night):
    night.run(rubric("1"))
    asked = night.finder.asked
    night.ears.asked.clear()
    result = night.run(rubric("2", weights=(10, 90)))
    assert night.ears.asked == []
    assert night.finder.asked == asked  # findings were stored
    assert night.ledger(result) == dict.fromkeys(("c1", "c2", "c3"), "done")
    history = night.rows("scorecards", "call_id", "version", "total")
    assert history == [
        ("c1", "1", 100.0),
        ("c1", "2", 100.0),
        ("c2", "1", 0.0),
        ("c2", "2", 0.0),
        ("c3", "1", 40.0),
        ("c3", "2", 90.0),
    ]
    assert totals(night) == {"c1": 100, "c2": 0, "c3": 90}


def test_other_weights_under_the_same_version_are_another_rubric(night: Night):
    night.run(rubric())
    night.run(rubric(weights=(30, 70)))
    assert totals(night)["c3"] == 70
    assert len(night.rows("scorecards", "key")) == 6


def test_a_rubric_that_is_changed_back_is_the_current_one_again(night: Night):
    night.run(rubric())
    night.run(rubric(weights=(30, 70)))
    asked = night.finder.asked
    back = night.run(rubric())
    assert totals(night)["c3"] == 40
    assert night.ledger(back)["c3"] == "done"
    assert night.finder.asked == asked
    assert night.run(rubric()).skipped == 3


def test_two_rubrics_give_two_cards(night: Night):
    night.run(rubric(), rubric(name="other", weights=(0, 100)))
    both = {(card.rubric, card.total) for card in reviewed_calls(night.store)[2].cards}
    assert both == {("trial", 40.0), ("other", 100.0)}


def test_another_encoder_finds_anew_and_back_again_takes_what_is_there(night: Night):
    night.run()
    night.finder = WordFinder("words 2")
    night.ears.asked.clear()
    assert night.run().done == 3
    assert (night.ears.asked, night.finder.asked) == ([], 3)
    night.finder = WordFinder("words 1")
    assert night.run().done == 3  # stored again as the latest, and nothing found anew
    assert night.finder.asked == 0
    current = night.store.latest("findings")["encoder"].to_list()
    assert current == ["words 1"] * 3
    assert night.run().skipped == 3


def test_a_replaced_recording_is_heard_again_and_its_page_follows(night: Night):
    night.run()
    night.ears.asked.clear()
    night.calls[0] = night.call("c1", content="another recording")
    night.ears.script["c1"] = BLAME
    result = night.run()
    assert night.ears.asked == ["c1"]
    assert night.ledger(result) == {"c1": "done", "c2": "skipped", "c3": "skipped"}
    assert totals(night)["c1"] == 0
    # and back: nobody listens again, but the page shows the first recording
    night.calls[0] = night.call("c1")
    back = night.run()
    assert night.ears.asked == ["c1"]
    assert night.ledger(back)["c1"] == "done"
    assert totals(night)["c1"] == 100
    assert reviewed_calls(night.store)[0].transcript.turns[0].text == "I am sorry."
    assert night.run().skipped == 3


def test_a_replaced_recording_that_is_not_scored_yet_shows_no_old_quotes(night: Night):
    night.run()
    night.calls[0] = night.call("c1", content="another recording")
    night.ears.script["c1"] = BLAME
    night.transcribe()
    shown = reviewed_calls(night.store)[0]
    assert shown.transcript.turns[0].text == "That is your fault."
    assert (shown.moments, shown.cards) == ((), ())
    night.score()
    assert totals(night)["c1"] == 0


@pytest.mark.parametrize("field", [{"language": "hr"}, {"agent_channel": 1}])
def test_what_changes_the_hearing_is_heard_again(night: Night, field: dict[str, str | int]):
    night.run()
    night.ears.asked.clear()
    night.calls[2] = replace(night.calls[2], **field)  # type: ignore[arg-type]
    assert night.run().done == 1
    assert night.ears.asked == ["c3"]


def test_one_recording_under_two_ids_is_two_calls(tmp_path: Path):
    """Each call has rows of its own: a call's page never depends on another call."""
    night = Night(tmp_path, "c1")
    night.calls.append(replace(night.calls[0], id="c2", agent_id="A2"))
    assert night.run().done == 2
    assert night.ears.asked == ["c1", "c2"]
    assert [one.transcript.call_id for one in reviewed_calls(night.store)] == ["c1", "c2"]
    assert night.run().skipped == 2


# --- calls that cannot be finished


def test_a_failed_call_is_told_and_the_others_finish(night: Night):
    night.ears.script["c2"] = CallError("speech", "no_model", "c2.wav: nobody can hear it")
    first = night.run()
    assert night.ledger(first) == {"c1": "done", "c2": "failed", "c3": "done"}
    assert first.problems == ("c2: c2.wav: nobody can hear it",)
    second, third = night.run(), night.run()
    told = night.store.scan("ledger").collect().sort("run_id").to_dicts()
    assert [
        (row["run_id"], row["stage"], row["code"], row["message"], row["attempts"])
        for row in told
        if row["call_id"] == "c2"
    ] == [
        (run.run_id, "speech", "no_model", "c2.wav: nobody can hear it", attempt)
        for attempt, run in enumerate((first, second, third), 1)
    ]
    assert night.ears.asked == ["c1", "c2", "c3", "c2", "c2"]
    assert [one.call_id for one in failed_calls(night.store)] == ["c2"]
    night.ears.script["c2"] = BLAME
    mended = night.run()
    assert night.ledger(mended)["c2"] == "done"
    assert ("c2", "done", 4) in night.rows("ledger", "call_id", "status", "attempts")
    assert failed_calls(night.store) == ()
    night.ears.script["c2"] = CallError("speech", "no_model", "again")


def test_attempts_are_counted_from_the_last_success(night: Night):
    bad = CallError("speech", "broken", "not this time")
    night.ears.script["c3"] = bad
    night.run()
    night.ears.script["c3"] = SORRY
    night.run()
    night.calls[2] = night.call("c3", content="a new recording")
    night.ears.script["c3"] = bad
    night.run()
    counted = night.store.scan("ledger").collect().sort("run_id").to_dicts()
    of_c3 = [(row["status"], row["attempts"]) for row in counted if row["call_id"] == "c3"]
    assert of_c3 == [("failed", 1), ("done", 2), ("failed", 1)]


def test_a_call_without_speech_is_empty_and_not_failed(night: Night):
    night.ears.script["c2"] = CallError("speech", "empty", "c2.wav: nobody speaks")
    result = night.run()
    assert night.ledger(result)["c2"] == "empty"
    assert (result.empty, result.failed) == (1, 0)
    assert [(one.call_id, one.status) for one in failed_calls(night.store)] == [("c2", "empty")]
    night.run()
    assert ("c2", "empty", 2) in night.rows("ledger", "call_id", "status", "attempts")


def test_a_missing_recording_fails_alone(night: Night):
    night.calls[0].recording.unlink()
    result = night.run()
    assert night.ledger(result) == {"c1": "failed", "c2": "done", "c3": "done"}
    assert ("c1", "intake", "missing") in night.rows("ledger", "call_id", "stage", "code")
    assert night.ears.asked == ["c2", "c3"]


def test_a_call_that_fails_later_keeps_its_page(night: Night):
    """Recordings are deleted after some weeks; a manifest that is run again must not undo it."""
    night.run()
    night.calls[0].recording.unlink()
    assert night.ledger(night.run())["c1"] == "failed"
    assert totals(night)["c1"] == 100
    assert failed_calls(night.store) == ()


def test_a_failure_without_a_message_is_still_told(night: Night):
    night.ears.script["c1"] = CallError("intake", "killed", "")
    assert night.run().problems == ("c1: ",)


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
