"""The shipped core rubric on written dialogues, marked by hand, with what it should say of each.

The moments are those that a good classifier would find; here the rubric is tested, not it. Facts
are measured from the times. Interruptions a minute: MET to 0.3, PARTLY_MET to 1.6.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from qa.scoring.card import score
from qa.scoring.library import read_rubric
from tests.scoring.dialogues import outcomes, quoted, spoken

if TYPE_CHECKING:
    from qa.nouns import Scorecard
    from qa.scoring.rubric import Rubric

ASKED = ("interruptions", "empathy", "apology", "resolution", "blame")
EXISTING = {
    "apology", "blame", "complaint", "confirm_solved", "empathy", "frustration",
    "promise_with_term", "refusal", "repeat_contact", "satisfaction", "solution", "unresolved",
    "vague_promise",
}  # fmt: skip


@pytest.fixture(scope="module")
def core() -> Rubric:
    return read_rubric("core", EXISTING)


def expect(card: Scorecard, *wanted: str) -> None:
    """Check the outcomes in the order of ASKED."""
    short = {"PARTLY": "PARTLY_MET", "NA": "NOT_APPLICABLE"}
    assert outcomes(card) == dict(zip(ASKED, (short.get(w, w) for w in wanted), strict=True))


def test_a_late_parcel_handled_well(core: Rubric) -> None:
    card = score(
        spoken(
            "0-4 agent: Good day, how can I help?",
            "5-12 customer: The parcel is five days late. [complaint] I have had it. [frustration]",
            "13-20 agent: I see how annoying that is. [empathy] I am sorry it is late. [apology]",
            "21-26 agent: I am sending you a new one now. [solution]",
            "27-30 customer: Great, thank you.",
        ),
        core,
    )
    expect(card, "MET", "MET", "MET", "MET", "MET")
    assert card.total == 100.0
    assert card.coverage == 1.0
    assert quoted(card, "empathy") == ["I see how annoying that is."]
    assert quoted(card, "apology") == ["I am sorry it is late."]
    assert quoted(card, "resolution") == ["I am sending you a new one now."]


def test_sorry_could_you_repeat_is_no_apology(core: Rubric) -> None:
    # "Sorry, could you repeat?" does nothing, so it has no moment
    card = score(
        spoken(
            "0-5 customer: My bill is wrong again. [complaint]",
            "6-9 agent: Sorry, could you repeat?",
            "10-13 customer: The bill is wrong.",
            "14-20 agent: I have taken the forty euros off. [solution]",
        ),
        core,
    )
    expect(card, "MET", "NOT_MET", "NOT_MET", "MET", "MET")
    # 20 + 0 + 0 + 30 + 15 of 100
    assert card.total == pytest.approx(65.0)
    # what is quoted is what should have been answered
    assert quoted(card, "apology") == ["My bill is wrong again."]


def test_the_customers_sorry_is_not_the_agents(core: Rubric) -> None:
    card = score(
        spoken(
            "0-6 customer: I am sorry to bother you. It arrived broken. [complaint]",
            "7-12 agent: A new one is on its way. [solution]",
        ),
        core,
    )
    expect(card, "MET", "NOT_MET", "NOT_MET", "MET", "MET")


def test_an_apology_before_the_complaint_does_not_answer_it(core: Rubric) -> None:
    card = score(
        spoken(
            "0-5 agent: Sorry for the wait in the queue. [apology]",
            "6-10 customer: And the lamp is broken too. [complaint]",
            "11-15 agent: I understand what a pity that is. [empathy]",
            "16-20 agent: I have sent you another. [solution]",
        ),
        core,
    )
    expect(card, "MET", "MET", "NOT_MET", "MET", "MET")


def test_a_friendly_question_needs_neither_empathy_nor_apology(core: Rubric) -> None:
    card = score(
        spoken(
            "0-5 customer: How do I change my address?",
            "6-12 agent: I have just changed it for you. [solution]",
        ),
        core,
    )
    expect(card, "MET", "NA", "NA", "MET", "MET")
    # 20 + 30 + 15 of the 65 that apply
    assert (card.total, card.coverage) == (100.0, 1.0)


def test_frustration_without_a_complaint_asks_for_empathy_only(core: Rubric) -> None:
    card = score(
        spoken(
            "0-5 customer: I am at my wits' end with this form. [frustration]",
            "6-12 agent: It is a long one, I know the feeling. [empathy]",
            "13-20 agent: I have filled it in for you. [solution]",
        ),
        core,
    )
    expect(card, "MET", "MET", "NA", "MET", "MET")


def test_a_solution_that_did_not_work_is_not_met(core: Rubric) -> None:
    card = score(
        spoken(
            "0-5 customer: The router has no light. [complaint]",
            "6-12 agent: I am sorry. [apology] That is a nuisance. [empathy]",
            "13-18 agent: I have reset it from here. [solution]",
            "19-24 customer: It is still dark. [unresolved]",
        ),
        core,
    )
    expect(card, "MET", "MET", "MET", "NOT_MET", "MET")
    assert quoted(card, "resolution") == ["It is still dark."]
    # 20 + 20 + 15 + 0 + 15
    assert card.total == pytest.approx(70.0)


def test_a_promise_with_a_date_after_a_solution_that_did_not_work_is_half_of_it(
    core: Rubric,
) -> None:
    card = score(
        spoken(
            "0-5 agent: I have reset it from here. [solution]",
            "6-10 customer: It is still dark. [unresolved]",
            "11-16 agent: A technician will be with you by noon tomorrow. [promise_with_term]",
        ),
        core,
    )
    expect(card, "MET", "NA", "NA", "PARTLY", "MET")


AGAIN = "0-5 customer: I rang you about this last week. [repeat_contact]"
REPAIRED = "6-12 agent: I have taken the charge off. [solution]"


@pytest.mark.parametrize(
    ("later", "wanted"),
    [
        ((), "PARTLY"),
        (("13-16 customer: Now I can see it, lovely. [satisfaction]",), "MET"),
        (("13-16 agent: Can you see it on your side? [confirm_solved]",), "MET"),
        (("13-16 agent: The money is back by Friday. [promise_with_term]",), "MET"),
        (("13-16 customer: It is still there. [unresolved]",), "NOT_MET"),
    ],
)
def test_who_calls_again_has_heard_of_solutions_before(
    core: Rubric, later: tuple[str, ...], wanted: str
) -> None:
    expect(score(spoken(AGAIN, REPAIRED, *later), core), "MET", "NA", "NA", wanted, "MET")


def test_the_customers_own_word_after_a_check_is_enough(core: Rubric) -> None:
    card = score(
        spoken(
            "0-5 customer: The router has no light. [complaint]",
            "6-12 agent: I am sorry. [apology] That is a nuisance. [empathy] Press the small knob.",
            "13-16 agent: Does it work now? [confirm_solved]",
            "17-20 customer: It does, wonderful! [satisfaction]",
        ),
        core,
    )
    expect(card, "MET", "MET", "MET", "MET", "MET")
    assert quoted(card, "resolution") == ["Does it work now?", "It does, wonderful!"]


def test_a_question_that_was_answered_has_nothing_to_resolve(core: Rubric) -> None:
    card = score(
        spoken("0-5 customer: When do you close on Saturday?", "6-9 agent: At two o'clock."), core
    )
    expect(card, "MET", "NA", "NA", "NA", "MET")


def test_a_promise_without_a_term_is_not_met_and_is_quoted(core: Rubric) -> None:
    card = score(
        spoken(
            "0-5 customer: Where is my refund?",
            "6-12 agent: Somebody will be in touch. [vague_promise]",
        ),
        core,
    )
    expect(card, "MET", "NA", "NA", "NOT_MET", "MET")
    assert quoted(card, "resolution") == ["Somebody will be in touch."]


def test_a_second_solution_after_the_first_failed_is_met(core: Rubric) -> None:
    card = score(
        spoken(
            "0-5 agent: I have reset it from here. [solution]",
            "6-10 customer: It is still dark. [unresolved]",
            "11-16 agent: Then I am sending a new one today. [solution]",
        ),
        core,
    )
    expect(card, "MET", "NA", "NA", "MET", "MET")


def test_a_promise_with_a_date_is_half_of_it(core: Rubric) -> None:
    card = score(
        spoken(
            "0-5 customer: Where is my refund?",
            "6-12 agent: I will call you by five today. [promise_with_term]",
        ),
        core,
    )
    expect(card, "MET", "NA", "NA", "PARTLY", "MET")
    assert quoted(card, "resolution") == ["I will call you by five today."]
    # (20 + 30 x 0.5 + 15) of 65 = 50 / 65
    assert card.total == pytest.approx(100 * 50 / 65)


def test_a_refusal_is_not_met_and_is_quoted(core: Rubric) -> None:
    card = score(
        spoken(
            "0-5 customer: Can I have cash back?",
            "6-12 agent: No, we do not do that. [refusal] Anything else?",
        ),
        core,
    )
    expect(card, "MET", "NA", "NA", "NOT_MET", "MET")
    assert quoted(card, "resolution") == ["No, we do not do that."]


def test_blaming_the_courier_is_quoted(core: Rubric) -> None:
    card = score(
        spoken(
            "0-5 customer: It never came. [complaint]",
            "6-14 agent: The courier did not do his job. [blame] I am sorry. [apology]",
            "15-20 agent: You must have been worried. [empathy]",
            "21-26 agent: I have sent another. [solution]",
        ),
        core,
    )
    expect(card, "MET", "MET", "MET", "MET", "NOT_MET")
    assert quoted(card, "blame") == ["The courier did not do his job."]
    assert card.total == pytest.approx(85.0)


def test_one_interruption_a_minute_is_partly_met_and_quoted(core: Rubric) -> None:
    # 20-25 s lies inside the customer's 2-30 s: one interruption, in a call of 60 s
    card = score(
        spoken(
            "2-30 customer: I ordered it in May and then somebody rang and said it was on its way",
            "20-25 agent: Just give me the order number please",
            "31-60 agent: All right, I have sent another one to you now. [solution]",
        ),
        core,
    )
    expect(card, "PARTLY", "NA", "NA", "MET", "MET")
    assert quoted(card, "interruptions") == ["Just give me the order number please"]


def test_two_interruptions_in_half_a_minute_are_not_met(core: Rubric) -> None:
    card = score(
        spoken(
            "0-10 customer: I ordered it in May and then nothing happened for weeks and",
            "4-6 agent: What is the number of the order?",
            "12-22 customer: As I was saying nothing happened for weeks until I rang and",
            "16-18 agent: I need the number of the order!",
            "24-30 agent: I have sent another. [solution]",
        ),
        core,
    )
    # two in 30 s are four a minute
    expect(card, "NOT_MET", "NA", "NA", "MET", "MET")
    assert quoted(card, "interruptions") == [
        "What is the number of the order?",
        "I need the number of the order!",
    ]


def test_listening_words_are_no_interruption(core: Rubric) -> None:
    card = score(
        spoken(
            "0-20 customer: I ordered it in May and then nothing happened for weeks and weeks",
            "8-9 agent: Mhm.",
            "14-15 agent: Okay.",
            "21-30 agent: I have sent another. [solution]",
        ),
        core,
    )
    expect(card, "MET", "NA", "NA", "MET", "MET")
    assert quoted(card, "interruptions") == []


def test_an_uncertain_complaint_leaves_apology_to_a_person(core: Rubric) -> None:
    card = score(
        spoken(
            "0-5 customer: It took a while, you know. [complaint?]",
            "6-12 agent: I have sent another. [solution]",
        ),
        core,
    )
    expect(card, "MET", "UNSCORED", "UNSCORED", "MET", "MET")
    # scored 65 of 100: above the minimum of 60
    assert (card.total, card.coverage) == (100.0, 0.65)


def test_too_much_in_doubt_makes_no_total(core: Rubric) -> None:
    card = score(
        spoken(
            "0-5 customer: It took a while, you know. [complaint?]",
            "6-12 agent: I might have sent another. [solution?]",
        ),
        core,
    )
    expect(card, "MET", "UNSCORED", "UNSCORED", "UNSCORED", "MET")
    # scored 35 of 100
    assert (card.total, card.coverage) == (None, 0.35)


def test_a_chat_is_not_asked_for_interruptions(core: Rubric) -> None:
    card = score(
        spoken(
            "0 customer: Paket kasni već tjedan dana! [complaint, frustration]",
            "60 agent: Žao mi je što kasni. [apology] Razumijem da je neugodno. [empathy]",
            "120 agent: Šaljem zamjenu danas. [solution]",
            channel="chat",
            language="hr",
        ),
        core,
    )
    expect(card, "NA", "MET", "MET", "MET", "MET")
    assert quoted(card, "apology") == ["Žao mi je što kasni."]
    assert card.total == 100.0


def test_serbian_in_cyrillic_is_quoted_as_written(core: Rubric) -> None:
    card = score(
        spoken(
            "0-5 customer: Пакет није стигао. [complaint]",
            "6-12 agent: То је до курира. [blame] Не могу ништа. [refusal]",
            language="sr",
        ),
        core,
    )
    expect(card, "MET", "NOT_MET", "NOT_MET", "NOT_MET", "NOT_MET")
    assert quoted(card, "blame") == ["То је до курира."]
    assert quoted(card, "resolution") == ["Не могу ништа."]
    assert card.total == pytest.approx(20.0)


def test_a_recording_without_the_agent_has_no_scores(core: Rubric) -> None:
    card = score(spoken("0-5 customer: Hello? My parcel is late. [complaint]"), core)
    expect(card, *["UNSCORED"] * 5)
    assert (card.total, card.coverage, card.critical_failed) == (None, 0.0, ())
