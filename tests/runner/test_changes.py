"""What changes between two nights: only what depends on it is done again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from qa.coaching.load import reviewed_calls
from tests.runner.night import BLAME, Night, WordFinder, rubric, totals

if TYPE_CHECKING:
    from pathlib import Path


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


def test_other_weights_under_the_same_version_are_another_rubric(
    night: Night, caplog: pytest.LogCaptureFixture
):
    night.run(rubric())
    night.run(rubric())
    assert not caplog.messages
    night.run(rubric(weights=(30, 70)))
    (warning,) = caplog.messages
    assert "has changed since version 1 last scored: give it a new version" in warning
    night.run(rubric(weights=(30, 70)))
    assert len(caplog.messages) == 1
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
    assert sorted(night.ears.asked) == ["c1", "c2"]
    assert [one.transcript.call_id for one in reviewed_calls(night.store)] == ["c1", "c2"]
    assert night.run().skipped == 2
