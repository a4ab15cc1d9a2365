"""Holds: by notice and return phrases, by the manifest; explained and unexplained."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from qa.facts import measure
from qa.nouns import Hold
from tests.calls import call_of, row_of
from tests.facts.measured import facts_of, happened

if TYPE_CHECKING:
    from qa.nouns import Fact, Language


def given(holds: tuple[Hold, ...] | None, *lines: str, **more: float) -> dict[str, Fact]:
    """Return the facts of a call of which the manifest names the holds."""
    transcript = call_of(*lines, duration=more.get("duration"))
    call = replace(row_of(transcript), holds=holds)
    return {fact.name: fact for fact in measure(transcript, call)}


@pytest.mark.parametrize(
    ("language", "notice"),
    [
        ("en", "One moment, please, I'm checking your line."),
        ("en", "let me just have a look"),
        ("hr", "Samo trenutak, da provjerim."),
        ("hr", "pricekajte molim vas"),
        ("sr", "Сачекајте минут, молим вас."),
        ("sr", "Samo trenutak, da pogledam."),
    ],
)
def test_hold_notice_explains_the_silence_and_makes_it_a_hold(
    language: Language, notice: str
) -> None:
    # notice 0-2, silence 2-8: a hold of 6 s, ended by speech that is no return
    facts = facts_of(call_of(f"0-2 agent: {notice}", "8-9 agent: 123", language=language))
    # nobody else is heard here, so add nothing to trust: only the values matter
    assert facts["silences"].value == 1
    assert facts["unexplained_silences"].value == 0
    assert happened(facts["holds"]) == [("hold", 2000, 8000)]
    assert facts["hold_ms"].value == 6000


def test_notice_explains_silences_that_begin_within_10_s_of_it() -> None:
    # the notice ends at 2. Silences begin at 8 (6 s after) and at 13 (11 s after: unexplained)
    facts = facts_of(
        call_of(
            "0-2 agent: one moment please",
            "2.5-8 customer: take your time I have got a coffee here",
            "12-13 customer: hello",
            "17-18 agent: here it is",
        )
    )
    assert happened(facts["silences"]) == [("silence", 8000, 12000), ("silence", 13000, 17000)]
    assert happened(facts["unexplained_silences"]) == [("unexplained_silence", 13000, 17000)]


@pytest.mark.parametrize(("silent_from", "explained"), [("12", True), ("12.01", False)])
def test_a_notice_counts_for_exactly_10_s(silent_from: str, explained: bool) -> None:
    # the notice ends at 2
    facts = facts_of(
        call_of(
            "0-2 agent: one moment please",
            f"2.5-{silent_from} customer: take your time I have got a coffee here",
            "17-18 agent: here it is",
        )
    )
    assert facts["unexplained_silences"].value == (0 if explained else 1)
    assert facts["holds"].value == (1 if explained else 0)


@pytest.mark.parametrize(("thanks_at", "returned"), [("9", True), ("9.01", False)])
def test_a_return_begins_within_3_s_of_the_agents_next_speech(
    thanks_at: str, returned: bool
) -> None:
    # silence 2-6; the agent is back at 6 and speaks on without a pause
    facts = facts_of(
        call_of(
            "0-2 customer: where is it",
            f"6-{thanks_at} agent: well now let me tell you this",
            f"{thanks_at}-11 agent: Thank you for waiting.",
        )
    )
    assert facts["holds"].value == (1 if returned else 0)


def test_hold_lasts_until_the_agent_comes_back() -> None:
    # notice 0-2, silence 2-12, the customer says something 12-13, silence 13-20, return at 20:
    # one hold of 18 s, two silences, the second begins 11 s after the notice
    facts = facts_of(
        call_of(
            "0-2 agent: Stay on the line, please.",
            "12-13 customer: hello",
            "20-22 agent: Thank you for waiting.",
        )
    )
    assert facts["silences"].value == 2
    assert happened(facts["holds"]) == [("hold", 2000, 20000)]
    assert facts["hold_ms"].value == 18000


def test_return_from_hold_tells_of_a_hold_without_notice() -> None:
    # silence 2-7, no notice, the agent comes back with thanks: a hold, and an unexplained silence
    facts = facts_of(
        call_of(
            "0-2 customer: where is my parcel",
            "7-9 agent: Evo me, hvala na čekanju.",
            language="hr",
        )
    )
    assert happened(facts["holds"]) == [("hold", 2000, 7000)]
    assert facts["unexplained_silences"].value == 1


@pytest.mark.parametrize(
    ("language", "text"),
    [("sr", "Hvala na čekanju."), ("en", "Sorry to have kept you on hold.")],
)
def test_return_is_no_notice_though_it_is_about_holding(language: Language, text: str) -> None:
    # said 0-3, silence 3-8 follows: nobody announced it, and nobody comes back with thanks
    facts = facts_of(call_of(f"0-3 agent: {text}", "8-9 customer: 123", language=language))
    assert facts["unexplained_silences"].value == 1
    assert facts["holds"].value == 0


def test_customer_may_explain_a_silence_but_holds_are_the_agents() -> None:
    facts = facts_of(
        call_of("0-2 customer: one moment I will get the invoice", "8-9 customer: here it is")
    )
    assert facts["unexplained_silences"].value == 0
    assert facts["holds"].value == 0


def test_return_must_open_the_agents_next_speech() -> None:
    # after the silence 2-6 the agent speaks for 6 s before the thanks (25 words over 10 s, "Thank"
    # is the 16th, at 12 s): they are about something else
    other = " ".join(["well"] * 14) + " well. Thank you for waiting " + " ".join(["so"] * 6)
    facts = facts_of(call_of("0-2 customer: where is it", f"6-16 agent: {other}"))
    assert facts["silences"].value == 1
    assert facts["holds"].value == 0


def test_customer_who_talks_at_length_before_the_agent_is_not_on_hold() -> None:
    # silence 2-6, then the customer talks 6-11.01 (5.01 s) before the thanks: nobody waited for it
    lines = ("0-2 customer: wait I will look", "11.5-14 agent: Thank you for your patience.")
    assert facts_of(call_of(*lines, "6-11.01 customer: it says 12"))["holds"].value == 0
    assert happened(facts_of(call_of(*lines, "6-11 customer: it says"))["holds"]) == [
        ("hold", 2000, 11500)
    ]


NOTICE = "0-2 agent: One moment please."
WHILE = "2.5-3 customer: okay"


@pytest.mark.parametrize(
    ("lines", "unexplained"),
    [
        # announced, and come back from with thanks: explained, however long
        ((NOTICE, WHILE, "63-65 agent: Thanks for holding."), []),
        # announced, but the agent just goes on: a hold that is not explained
        ((NOTICE, WHILE, "63-65 agent: So, it arrives today."), [(3000, 63000)]),
        # thanks, but nobody said that the line would be silent
        (("0-3 customer: where is it", "63-65 agent: Thanks for holding."), [(3000, 63000)]),
        # neither: the agent just fell silent
        (("0-3 customer: where is it", "63-65 agent: It is late."), [(3000, 63000)]),
        # 15 s are not more than 15 s
        (("0-3 customer: where is it", "18-20 agent: It is late."), []),
        (("0-3 customer: where is it", "18.01-20 agent: It is late."), [(3000, 18010)]),
        # the customer's own notice explains the silence, but nobody was put on hold by it
        (("0-3 customer: one moment please", "23-25 customer: here it is"), [(3000, 23000)]),
        # the customer asks in between: both silences lie in the same explained hold
        (
            (NOTICE, "22-23 customer: hello?", "43-45 agent: I'm back, sorry about the wait."),
            [],
        ),
        # the second silence is no part of the first hold, and unannounced
        (
            (NOTICE, "22-24 agent: Thanks for waiting.", "25-26 customer: ok", "46-48 agent: So."),
            [(26000, 46000)],
        ),
        # silence before the first speech and after the last is nobody's hold
        (("30-32 agent: Good morning.", "33-35 customer: hello there"), []),
    ],
)
def test_only_a_hold_announced_and_returned_from_explains_a_silence_over_15_s(
    lines: tuple[str, ...], unexplained: list[tuple[int, int]]
) -> None:
    fact = facts_of(call_of(*lines, duration=90))["unexplained_holds"]
    assert happened(fact) == [("unexplained_hold", start, end) for start, end in unexplained]
    assert fact.value == len(unexplained)


def test_a_hold_with_notice_and_no_return_is_explained_as_silence_but_not_as_hold() -> None:
    # silence 2-22 (20 s): a notice ended right before it, and nobody comes back with thanks
    facts = facts_of(call_of(NOTICE, "22-24 agent: It arrives today.", "25-26 customer: ok"))
    assert facts["unexplained_silences"].value == 0
    assert facts["unexplained_holds"].value == 1
    assert facts["holds"].value == 1
    assert facts["dead_air"].value == 1


class TestOfTheManifest:
    LINES = (NOTICE, WHILE, "40-42 agent: Thanks for waiting.", "43-60 customer: it is still late")

    def test_they_are_taken_instead_of_what_words_tell(self) -> None:
        # by words the hold is 3-40; the telephone system says 5.5-39
        facts = given((Hold(5500, 39000),), *self.LINES)
        assert happened(facts["holds"]) == [("hold", 5500, 39000)]
        assert facts["hold_ms"].value == 33500
        assert facts["unexplained_holds"].value == 0
        assert happened(facts_of(call_of(*self.LINES))["holds"]) == [("hold", 3000, 40000)]

    def test_none_means_that_there_was_none(self) -> None:
        facts = given((), *self.LINES)
        assert facts["holds"].value == 0
        assert facts["holds"].trusted
        assert facts["hold_ms"].value == 0
        # the agent asked to wait, fell silent and came back with thanks: no need to ask why
        assert facts["unexplained_holds"].value == 0

    def test_not_known_is_told_by_words(self) -> None:
        assert given(None, *self.LINES) == facts_of(call_of(*self.LINES))

    @pytest.mark.parametrize(
        ("first", "last", "unexplained"),
        [
            ("One moment please.", "Thanks for waiting.", 0),
            ("One moment please.", "It arrives today.", 1),
            ("It has left.", "Thanks for waiting.", 1),
        ],
    )
    def test_they_too_want_a_notice_and_a_return(
        self, first: str, last: str, unexplained: int
    ) -> None:
        # silence 2-40. By the telephone system the customer was on hold from half a second before
        # the notice began to 0.1 s after the return ended: a second's difference is switching
        lines = (
            f"0.5-2 agent: {first}",
            f"40-40.8 agent: {last}",
            "43-50 customer: thank you then",
        )
        facts = given((Hold(0, 40_900),), *lines)
        assert facts["unexplained_holds"].value == unexplained

    @pytest.mark.parametrize(("end_ms", "explained"), [(22_000, False), (22_001, True)])
    def test_a_silence_lies_in_a_hold_if_more_than_half_of_it_does(
        self, end_ms: int, explained: bool
    ) -> None:
        # silence 2-42: half of it is 20 s. By words alone nobody comes back with thanks at 42
        # (the customer speaks first, for 6 s)
        lines = (NOTICE, "42-48 customer: is anybody there", "48.5-50 agent: Thanks for waiting.")
        assert given(None, *lines)["unexplained_holds"].value == 1
        assert given((Hold(2000, end_ms),), *lines)["unexplained_holds"].value == (not explained)

    def test_a_silence_may_be_explained_by_words_beside_a_hold_that_is_not(self) -> None:
        # on hold 43-70 without a word; 3-40 was no hold of the system's, but explained all the same
        lines = (*self.LINES[:3], "70-72 agent: It arrives today.", "73-74 customer: good")
        facts = given((Hold(43_000, 69_000),), *lines)
        assert happened(facts["unexplained_holds"]) == [("unexplained_hold", 42000, 70000)]

    def test_silence_beside_a_hold_is_not_explained_by_it(self) -> None:
        # the hold 3-20 is explained; the silence 22-42 after it is not
        lines = (NOTICE, "20-22 agent: Thanks for waiting.", "42-44 agent: So it arrives today.")
        facts = given((Hold(3000, 20000),), *lines)
        assert happened(facts["unexplained_holds"]) == [("unexplained_hold", 22000, 42000)]

    def test_they_hang_on_nothing_that_was_heard(self) -> None:
        facts = given((Hold(1000, 9000),), duration=30)
        assert facts["silences"].reason == "no speech was found in the recording"
        assert (facts["holds"].value, facts["hold_ms"].value) == (1, 8000)
        assert facts["holds"].trusted
        assert facts["hold_ms"].trusted
        assert not facts["unexplained_holds"].trusted

    def test_they_are_doubted_if_they_begin_after_the_recording(self) -> None:
        # the call is 60 s long; a second is rounding
        assert given((Hold(61_000, 70_000),), *self.LINES)["holds"].trusted
        for name in ("holds", "hold_ms"):
            fact = given((Hold(61_001, 70_000),), *self.LINES)[name]
            assert not fact.trusted
            assert fact.reason == "the manifest's holds begin after the recording ends: " + (
                "check their times"
            )
