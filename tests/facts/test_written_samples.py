"""The written facts of the sample contacts, read off their messages by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa.facts import measure
from qa.intake.ready import read_ready
from qa.nouns import Call, Channel

SAMPLES = Path(__file__).parents[2] / "data" / "samples"


@pytest.mark.parametrize(
    ("name", "channel", "expected"),
    [
        # asked 08:24; 09:41 "Zaprimili smo vašu poruku ... javit ću vam se" (77 min); answered
        # 13:18 (294 min); asked again 18:02, answered 08:10 next morning (848 min); Perić is named
        (
            "hr-06-email",
            "email",
            {
                "first_response_ms": 77 * 60_000,
                "first_answer_ms": 294 * 60_000,
                "longest_wait_ms": 848 * 60_000,
                "receipt_confirmed": 1,
                "personal_address": 1,
                "agent_updates": 1,
            },
        ),
        # asked 11:02:00, answered 11:04:10; 11:06:05 to 11:06:50; 11:12:00 to 11:12:45 and
        # 11:14:00 to 11:14:30; six messages of the agent's, nobody is named
        (
            "sr-06-chat",
            "chat",
            {
                "first_response_ms": 130_000,
                "first_answer_ms": 130_000,
                "longest_wait_ms": 130_000,
                "receipt_confirmed": 0,
                "personal_address": 0,
                "agent_updates": 4,
            },
        ),
    ],
)
def test_written_samples(name: str, channel: Channel, expected: dict[str, float]) -> None:
    call = Call("c1", SAMPLES / f"{name}.json", "A1", channel=channel)
    facts = {fact.name: fact.value for fact in measure(read_ready(call.recording, call), call)}
    assert {name: facts[name] for name in expected} == expected
