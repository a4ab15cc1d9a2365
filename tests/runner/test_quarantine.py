"""Recordings that took their worker down are told every night, and tried only when asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from qa.coaching.load import failed_calls
from qa.problems import CallError
from tests.runner.night import SORRY, DyingStore, Night, totals

if TYPE_CHECKING:
    from pathlib import Path

    from qa.runner.local import RunResult

HANGS = CallError("intake", "timeout", "c2.wav: no answer within 300 s, twice")


@pytest.fixture
def night(night: Night) -> Night:
    """A night whose second recording hangs."""
    night.ears.script["c2"] = HANGS
    return night


def told(night: Night, result: RunResult, call_id: str = "c2") -> tuple[str | int, ...]:
    """Return status, stage, code, message and attempts of a call in one run."""
    rows = night.rows(
        *("ledger", "run_id", "call_id", "status", "stage", "code", "message", "attempts")
    )
    (found,) = [row[2:] for row in rows if row[:2] == (result.run_id, call_id)]
    return found


@pytest.mark.parametrize(("stage", "code"), [("intake", "timeout"), ("speech", "crashed")])
def test_it_is_not_tried_a_second_night(night: Night, stage: str, code: str):
    night.ears.script["c2"] = CallError(stage, code, "it did it again")
    first = night.run()
    assert told(night, first) == ("failed", stage, code, "it did it again", 1)
    ((key, call_id, run_id, *rest),) = night.rows(
        *("quarantine", "key", "call_id", "run_id", "stage", "code", "message")
    )
    assert (call_id, run_id, rest) == ("c2", first.run_id, [stage, code, "it did it again"])
    assert len(key) == 64
    night.ears.asked.clear()
    second = night.run()
    assert night.ears.asked == []
    message = (
        f"c2.wav: took its worker down twice ({code}, run {first.run_id}) and is not tried again: "
        "`qa run --retry-quarantined` tries it"
    )
    assert told(night, second) == ("failed", stage, "quarantined", message, 0)
    assert night.ledger(second) == {"c1": "skipped", "c2": "failed", "c3": "skipped"}
    assert (second.failed, second.problems) == (1, (f"c2: {message}",))
    assert [(one.call_id, one.code) for one in failed_calls(night.store)] == [("c2", "quarantined")]
    assert len(night.rows("quarantine", "key")) == 1  # a night in quarantine adds nothing


def test_tried_again_on_request_it_is_lifted_by_what_comes_of_it(night: Night):
    night.run()
    night.ears.asked.clear()
    again = night.retry()
    assert night.ears.asked == ["c2"]  # the others are there
    assert told(night, again)[2:] == ("timeout", HANGS.message, 2)
    assert told(night, night.run())[2] == "quarantined"
    night.ears.script["c2"] = SORRY
    assert told(night, night.retry())[0] == "done"
    assert totals(night)["c2"] == 100
    assert night.ledger(night.run())["c2"] == "skipped"
    assert failed_calls(night.store) == ()
    assert night.ears.asked == ["c2"] * 2


def test_another_failure_is_an_ordinary_one(night: Night):
    night.run()
    night.ears.script["c2"] = CallError("intake", "not_audio", "no sound in it")
    assert told(night, night.retry())[2] == "not_audio"
    night.ears.asked.clear()
    assert told(night, night.run())[2] == "not_audio"
    assert night.ears.asked == ["c2"]


def test_a_request_touches_only_the_manifests_calls(night: Night):
    night.ears.script["c3"] = CallError("speech", "crashed", "c3.wav: it died")
    night.run()
    third = night.calls.pop()
    night.retry()
    night.calls.append(third)
    night.ears.asked.clear()
    night.run()
    assert night.ears.asked == []  # c2 did it again, c3 was never let out


@pytest.mark.parametrize("change", ["recording", "pipeline"])
def test_another_recording_or_recogniser_is_another_matter(night: Night, change: str):
    night.run()
    night.ears.script["c2"] = SORRY
    if change == "recording":
        night.calls[1] = night.call("c2", content="exported again")
    else:
        night.speech = night.speech.model_copy(update={"beam_size": 1})
    assert night.ledger(night.run())["c2"] == "done"
    assert totals(night)["c2"] == 100


def test_a_ledger_row_never_comes_before_the_quarantine(night: Night):
    """A run that cannot write it tells no call at all, and the next one tries again."""
    with pytest.raises(OSError, match="no disk for quarantine"):
        night.run(store=DyingStore(night.store.root, "quarantine"))
    assert night.rows("ledger", "call_id") == []
    night.ears.asked.clear()
    result = night.run()
    assert night.ears.asked == ["c2"]  # what the others said was stored before
    assert night.ledger(result) == {"c1": "skipped", "c2": "failed", "c3": "skipped"}
    assert len(night.rows("quarantine", "key")) == 1


def test_a_run_with_all_workers_busy_sets_aside_only_its_own(
    tmp_path: Path,
):
    ids = [f"c{number:02d}" for number in range(20)]
    night = Night(tmp_path, *ids)
    night.ears.script = dict.fromkeys(ids[::5], HANGS)
    first = night.run(workers=4)
    assert (first.done, first.failed) == (16, 4)
    assert night.rows("quarantine", "call_id") == [(one,) for one in ids[::5]]
    night.ears.asked.clear()
    second = night.run(workers=4)
    assert (second.skipped, second.failed, night.ears.asked) == (16, 4, [])
    assert set(night.ledger(second)) == set(ids)
