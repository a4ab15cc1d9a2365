"""A criterion that needs a fact which is not trusted stays unscored, and says why."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from qa.facts import measure
from qa.nouns import CAVEATS, Outcome
from qa.scoring.card import score
from qa.scoring.judgement import Findings
from tests.calls import call_of, row_of
from tests.scoring.dialogues import rubric_of

if TYPE_CHECKING:
    from qa.nouns import Scorecard, Transcript

LINES = (
    "0-3 agent: good morning how can I help",
    "3.5-9 customer: my parcel still has not arrived",
    "8-12 agent: what is your number",  # comes in a second before the customer falls silent
    "12.5-14 customer: four four one",
)
INTERRUPTIONS, SHARE = "agent_interruptions_per_min", "talk_share_agent"


def card_of(transcript: Transcript) -> Scorecard:
    bands = [{"up_to": 0.3, "outcome": "MET"}, {"outcome": "NOT_MET"}]
    criteria = [
        {"name": name, "weight": 50, "title": {"en": name}, "why": {"en": name},
         "check": {"kind": "fact", "fact": name, "bands": bands}}
        for name in (INTERRUPTIONS, SHARE)
    ]  # fmt: skip
    findings = Findings(transcript, measure(transcript, row_of(transcript)), ())
    return score(findings, rubric_of(*criteria))


def test_what_is_trusted_is_scored() -> None:
    outcomes = {score.criterion: score.outcome for score in card_of(call_of(*LINES)).scores}
    assert outcomes == {INTERRUPTIONS: Outcome.NOT_MET, SHARE: Outcome.NOT_MET}


@pytest.mark.parametrize("caveat", CAVEATS)
def test_a_recordings_caveat_leaves_what_hangs_on_it_unscored(caveat: str) -> None:
    card = card_of(replace(call_of(*LINES), caveats=(caveat,)))
    scores = {score.criterion: score for score in card.scores}
    assert scores[INTERRUPTIONS].outcome is Outcome.UNSCORED
    assert scores[INTERRUPTIONS].points is None
    only_overlap = caveat in ("crosstalk", "same_channels")
    assert (scores[SHARE].outcome is Outcome.UNSCORED) != only_overlap
    facts = measure(replace(call_of(*LINES), caveats=(caveat,)), row_of(call_of(*LINES)))
    reasons = {fact.name: fact.reason for fact in facts}
    assert reasons[INTERRUPTIONS]
    assert scores[INTERRUPTIONS].reason == reasons[INTERRUPTIONS]


@pytest.mark.parametrize(
    ("transcript", "reason"),
    [
        (call_of(*LINES, basis="diarised"), "one-channel recording"),
        (replace(call_of(*LINES), coverage=0.5), "words were recognised in only 50%"),
        (call_of(LINES[0], LINES[2]), "the customer is not heard at all"),
        (call_of(*LINES, basis="ready", detail="turns"), "turn times stand in"),
        (call_of(*LINES, detail="spans+turns"), "turns without word times"),
    ],
)
def test_so_does_every_other_doubt(transcript: Transcript, reason: str) -> None:
    (first, _) = card_of(transcript).scores
    assert first.outcome is Outcome.UNSCORED
    assert reason in first.reason
