"""Was the opening heard out: who asked, who came in, and when it cannot be told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.calls import call_of
from tests.facts.measured import facts_of

if TYPE_CHECKING:
    from qa.nouns import Fact, Language


GREETING = "0-3 agent: Good morning, Northwind, Emma speaking. How can I help?"
STATEMENT = "3.5-9 customer: My parcel still has not arrived."


def _opening(*lines: str, language: Language = "en") -> Fact:
    return facts_of(call_of(*lines, language=language))["opening_heard_out"]


@pytest.mark.parametrize(
    ("name", "lines", "expected"),
    [
        ("question after", (GREETING, STATEMENT, "9.4-11 agent: What is your number?"), 1),
        ("no question at all", (GREETING, STATEMENT, "9.4-11 agent: I see the order."), 1),
        ("in the last 500 ms", (GREETING, STATEMENT, "8.5-11 agent: What is the number?"), 1),
        # comes in at 8.2, 800 ms before the statement's end, and goes on
        ("interrupted", (GREETING, STATEMENT, "8.2-11 agent: I see the order here."), 0),
        ("tried to interrupt", (GREETING, STATEMENT, "5-6.2 agent: let me see now"), 0),
        ("listened", (GREETING, STATEMENT, "5-5.6 agent: Mhm.", "9.4-11 agent: Which one?"), 1),
        # 500 ms of overlap are no interruption, but the question came before the end
        ("question meanwhile", (GREETING, STATEMENT, "6-6.5 agent: Number?"), 0),
        ("four words", (GREETING, "3.5-9 customer: My parcel is late", "5-6 agent: Let me see"), 0),
        # a later interruption is not the opening's
        (
            "interrupted later",
            (
                GREETING,
                STATEMENT,
                "9.4-10 agent: I see the order.",
                "10.5-16 customer: and I have called you three times",
                "15-18 agent: What is your number?",
            ),
            1,
        ),
        (
            "question first",
            (
                "0-3 agent: Northwind, Emma. Can I have your customer number?",
                "3.5-9 customer: My parcel still has not arrived.",
            ),
            0,
        ),
        # "Hello." is no statement; the offer of help between is no question
        (
            "offer after hello",
            (
                "0-1 agent: Northwind.",
                "1.5-2 customer: Hello.",
                "2.5-4 agent: What can I do for you?",
                "4.5-9 customer: My parcel still has not arrived.",
            ),
            1,
        ),
        (
            "question after hello",
            (
                "0-1 agent: Northwind.",
                "1.5-2 customer: Hello.",
                "2.5-4 agent: Your order number?",
                "4.5-9 customer: My parcel still has not arrived.",
            ),
            0,
        ),
        # the statement goes on over a pause of 0.6 s: cut off at 8.2 in its second run
        (
            "interrupted after a pause",
            (
                GREETING,
                "3.5-6 6.6-9 customer: My parcel still has not arrived and now I",
                "8.2-11 agent: I see the order here.",
            ),
            0,
        ),
        # no marks in the source: told by how the sentence begins
        (
            "unmarked question first",
            (
                "0-3 agent: and which order number is it",
                "3.5-9 customer: my parcel still has not arrived",
            ),
            0,
        ),
        (
            "unmarked greeting",
            (
                "0-3 agent: good morning northwind how can i help",
                "3.5-9 customer: my parcel still has not arrived",
                "9.4-11 agent: what is your order number",
            ),
            1,
        ),
    ],
)
def test_opening(name: str, lines: tuple[str, ...], expected: int) -> None:
    fact = _opening(*lines)
    assert fact.value == expected, name
    assert fact.trusted


def test_question_is_timed_by_its_own_words_not_by_its_turn() -> None:
    # one agent turn holds "Mhm." said during the statement and the question after it. 5 words over
    # 0.5 + 2 s, half a second each: "Mhm." 5-5.5, "What" begins at 9.5, after the statement's end
    fact = _opening(GREETING, STATEMENT, "5-5.5 9.5-11.5 agent: Mhm. What is the number?")
    assert fact.value == 1


@pytest.mark.parametrize(
    ("language", "greeting", "question", "statement"),
    [
        ("hr", "Dobar dan, kako vam mogu pomoći?", "Koji je broj?", "Paket mi još nije stigao."),
        ("sr", "Изволите, како могу да помогнем?", "Који је број?", "Још ми није стигао пакет."),
        ("hr", "dobar dan izvolite", "koji je broj", "paket mi jos nije stigao"),
    ],
)
def test_opening_in_croatian_and_serbian(
    language: Language, greeting: str, question: str, statement: str
) -> None:
    after = (f"0-2 agent: {greeting}", f"3-6 customer: {statement}", f"7-8 agent: {question}")
    assert _opening(*after, language=language).value == 1
    before = (f"0-2 agent: {question}", f"3-6 customer: {statement}")
    assert _opening(*before, language=language).value == 0


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ((GREETING, "3.5-4 customer: Hello to you."), "no customer statement of four words"),
        ((GREETING, "3.5-9 customer:"), "no customer statement of four words"),
        # said before the agent was there at all: not a statement after the greeting
        (("0-3 customer: is anybody there at all", "4-6 agent: Hello."), "no customer statement"),
        ((STATEMENT,), "the agent is not heard"),
    ],
)
def test_opening_that_cannot_be_told_has_no_value(lines: tuple[str, ...], reason: str) -> None:
    fact = _opening(*lines)
    assert fact.value is None
    assert not fact.trusted
    assert reason in fact.reason
