"""What comes after what inside one message, whose sentences all have one time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from qa.scoring.card import score
from tests.scoring.dialogues import MET, NOT_MET, PARTLY, criterion_of, rubric_of, spoken

if TYPE_CHECKING:
    from qa.nouns import Channel, Outcome

REFUSAL = "No refund without a receipt. [refusal]"
ALTERNATIVE = "I can exchange it for you. [alternative]"
BOTH = "Not without a receipt, but I can exchange it. [refusal, alternative]"
ANSWERED: dict[str, Any] = {
    "kind": "reply",
    "trigger": ["refusal"],
    "answer": ["alternative"],
    "within_turns": 1,
}
AFTER: dict[str, Any] = {
    "kind": "present",
    "moments": ["alternative"],
    "after_first": ["refusal"],
}
STEPS: dict[str, Any] = {
    "kind": "sequence",
    "steps": [{"moments": ["refusal"]}, {"moments": ["alternative"]}],
}


def judged(check: dict[str, Any], *said: str, channel: Channel) -> Outcome:
    findings = spoken(
        "0 customer: Can I return it? []", f"9 agent: {' '.join(said)}", channel=channel
    )
    return score(findings, rubric_of(criterion_of(check=check))).scores[0].outcome


@pytest.mark.parametrize("channel", ["email", "chat"])
@pytest.mark.parametrize(
    ("check", "said", "outcome"),
    [
        (ANSWERED, (REFUSAL, ALTERNATIVE), MET),
        (ANSWERED, (ALTERNATIVE, REFUSAL), NOT_MET),
        (ANSWERED, (BOTH,), MET),
        (AFTER, (REFUSAL, ALTERNATIVE), MET),
        (AFTER, (ALTERNATIVE, REFUSAL), NOT_MET),
        (STEPS, (REFUSAL, ALTERNATIVE), MET),
        (STEPS, (ALTERNATIVE, REFUSAL), PARTLY),  # one of two in order
        (STEPS, (BOTH,), MET),
    ],
)
def test_sentences_of_a_message_have_their_order(
    channel: Channel, check: dict[str, Any], said: tuple[str, ...], outcome: Outcome
) -> None:
    assert judged(check, *said, channel=channel) is outcome


@pytest.mark.parametrize("taken", [1, 2, 3, 4])
def test_met_from_is_the_number_as_written(taken: int) -> None:
    names = ("a", "b", "c", "d", "e")
    said = " ".join(f"Sentence {name}. [{name}]" for name in names[:taken])
    steps = [{"moments": [name]} for name in names]
    for at_least in (0.2, 0.4, 0.6, 0.8, 1.0):
        check = {"kind": "sequence", "steps": steps, "met_from": at_least}
        findings = spoken("0 customer: Well? []", f"9 agent: {said}")
        outcome = score(findings, rubric_of(criterion_of(check=check))).scores[0].outcome
        assert outcome is (MET if taken >= round(at_least * 5) else PARTLY), at_least
