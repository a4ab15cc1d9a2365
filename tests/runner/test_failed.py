"""Calls that cannot be finished: told in the ledger, and in nobody else's way."""

from __future__ import annotations

from qa.coaching.load import failed_calls
from qa.problems import CallError
from tests.runner.night import BLAME, SORRY, Night, totals


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
    assert sorted(night.ears.asked) == ["c1", "c2", "c2", "c2", "c3"]
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
    assert sorted(night.ears.asked) == ["c2", "c3"]


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
