"""The form in which a transcript is kept: word times or none, script, doubts and coverage."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from qa.coaching.load import reviewed_calls
from qa.nouns import Doubt, Outcome
from qa.settings import SpeechSettings
from tests.calls import call_of
from tests.runner.night import SORRY, Night, WordFinder, spoken, totals

if TYPE_CHECKING:
    from pathlib import Path

    from qa.nouns import Fact, Transcript

# the customer's "mhm" lies inside the agent's speech: listening, which only its words tell
LISTENED = call_of(
    "0-5 6-9 agent: I am sorry that this took so long", "2-3 customer: mhm", "10-12 customer: fine"
)


def only(night: Night) -> Transcript:
    (reviewed,) = reviewed_calls(night.store)
    return reviewed.transcript


def facts(night: Night) -> dict[str, Fact]:
    (reviewed,) = reviewed_calls(night.store)
    return {fact.name: fact for fact in reviewed.facts}


@pytest.fixture
def night(tmp_path: Path) -> Night:
    night = Night(tmp_path, "c1")
    night.ears.script = {"c1": LISTENED}
    return night


# --- words


def test_without_words_the_transcript_has_none_and_the_facts_are_those_with_them(
    night: Night, tmp_path: Path
):
    night.speech = SpeechSettings(words=False)
    night.run()
    assert [turn.words for turn in only(night).turns] == [(), (), ()]
    assert [turn.text for turn in only(night).turns] == [turn.text for turn in LISTENED.turns]
    (tmp_path / "whole").mkdir()
    whole = Night(tmp_path / "whole", "c1")
    whole.ears.script = night.ears.script
    whole.run()
    assert [len(turn.words) for turn in only(whole).turns] == [8, 1, 1]
    assert facts(night) == facts(whole)
    assert facts(night)["customer_interruptions"].trusted
    assert totals(night) == totals(whole)


def test_studied_again_without_words_what_needs_them_is_not_trusted(night: Night):
    night.speech = SpeechSettings(words=False)
    night.run()
    night.finder = WordFinder("words 2")  # another encoder finds anew, in what is stored
    night.ears.asked.clear()
    night.run()
    assert night.ears.asked == []
    found = facts(night)
    reason = "turns without word times: what was said when is not known"
    doubted = {name for name, fact in found.items() if fact.reason == reason}
    assert doubted == {
        *("agent_interruptions", "agent_interruptions_per_min", "agent_backchannels"),
        *("customer_interruptions", "customer_interruptions_per_min", "customer_backchannels"),
        *("agent_turns_begun_as_interruption", "customer_turns_begun_as_interruption"),
        *("unexplained_silences", "holds", "unexplained_holds", "hold_ms"),
    }
    assert not any(found[name].trusted for name in doubted)
    # what is told by the speech as heard, or by the text alone
    for name in ("silences", "talk_share_agent", "agent_words_per_min", "duration_ms"):
        assert found[name].trusted


def test_asked_for_words_the_recording_is_heard_again(night: Night):
    night.speech = SpeechSettings(words=False)
    night.run()
    night.speech = SpeechSettings()
    night.run()
    assert sorted(night.ears.asked) == ["c1", "c1"]
    assert len(only(night).turns[0].words) == 8
    assert night.run().skipped == 1


# --- script


def test_serbian_is_kept_in_the_script_asked_for(tmp_path: Path):
    night = Night(tmp_path, "c1")
    night.ears.script = {"c1": replace(spoken("Dobar dan.", "Kasni paket."), language="sr")}
    night.speech = SpeechSettings(script="cyrillic")
    night.run()
    turns = only(night).turns
    assert [turn.text for turn in turns] == ["Добар дан.", "Касни пакет."]
    assert [word.text for word in turns[0].words] == ["Добар", "дан."]
    night.speech = SpeechSettings()
    night.run()
    assert sorted(night.ears.asked) == ["c1", "c1"]
    assert only(night).turns[0].text == "Dobar dan."


# --- doubts and coverage


def test_doubts_and_coverage_are_kept(night: Night):
    doubts = (Doubt("agent", 0, 900, "pace"), Doubt("customer", 2_000, 3_000, "no_speech"))
    night.ears.script["c1"] = replace(LISTENED, doubts=doubts, coverage=0.75)
    night.run()
    assert (only(night).doubts, only(night).coverage) == (doubts, 0.75)


def test_a_moment_in_a_doubted_stretch_decides_nothing_alone(tmp_path: Path):
    """The apology of "0-4 agent: I am sorry." is heard, but in doubt: a person has to listen."""
    night = Night(tmp_path, "c1", "c2")
    doubt = Doubt("agent", 3_000, 5_000, "improbable")
    night.ears.script = {
        "c1": replace(SORRY, doubts=(doubt,)),
        "c2": replace(SORRY, doubts=(replace(doubt, speaker="customer"),)),
    }
    night.run()
    decisions = {r.call.id: [m.decision for m in r.moments] for r in reviewed_calls(night.store)}
    assert decisions == {"c1": ["uncertain"], "c2": ["present"]}
    outcomes = {
        r.call.id: {s.criterion: s.outcome for c in r.cards for s in c.scores}
        for r in reviewed_calls(night.store)
    }
    assert outcomes["c1"]["apology"] == Outcome.UNSCORED
    assert outcomes["c2"]["apology"] == Outcome.MET
