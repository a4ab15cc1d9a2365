"""Every reason that the facts give is known to the pages, and said in their language."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from qa.facts import measure
from qa.facts.replies import compared, uncompared
from qa.nouns import CAVEATS, LANGUAGES, Fact, Hold, Language, Repair, Transcript
from qa.reports.catalogue import words_in
from qa.reports.cautions import STORED, cautions, in_words, repairs_in_words
from tests.calls import call_of, row_of
from tests.reports.review_fixture import english_call

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qa.coaching.views import ReviewedCall

TALK = ("0-3 agent: Good morning how can I help", "3.5-9 customer: my parcel is late I am sorry")
# says which reason was recognised, so that what was not stands out
NAMES = replace(words_in("en"), labels={"cautions": {code: f"<{code}>" for code in STORED}})


def reasons(transcript: Transcript, holds: tuple[Hold, ...] | None = None) -> Iterator[str]:
    for fact in measure(transcript, replace(row_of(transcript), holds=holds)):
        if fact.reason:
            yield fact.reason


def muttered(transcript: Transcript) -> Transcript:
    """Return a call whose words the recogniser holds for unlikely."""
    turns = tuple(
        replace(turn, words=tuple(replace(word, confidence=0.1) for word in turn.words))
        for turn in transcript.turns
    )
    return replace(transcript, turns=turns)


def every_reason() -> set[str]:
    """Return what `qa.facts` says of calls of which something is wrong, each in its way."""
    talk = call_of(*TALK)
    timeless = tuple(replace(turn, start_ms=0, end_ms=0) for turn in talk.turns)
    chat = ("0 customer: where is my parcel", "60 agent: on its way")
    calls = [
        *(replace(talk, caveats=(caveat,)) for caveat in CAVEATS),
        replace(talk, caveats=("crosstalk", "roles_unsure"), coverage=0.5),
        replace(talk, basis="diarised"),
        replace(talk, coverage=0.5),
        call_of(*TALK, basis="ready", detail="turns"),
        call_of(*TALK, detail="spans+turns"),
        muttered(call_of(*TALK, "5-6 agent: haha")),
        call_of(TALK[0]),
        call_of(TALK[1]),
        call_of("0-3 agent:", "4-6 customer:"),
        call_of(duration=0),
        replace(talk, spans=(), turns=timeless),
        call_of("0-3 customer: my parcel is late again", "2-4 agent: I am sorry"),
        call_of("0-3 agent: Good morning", "4-5 customer: Hello", "6-7 agent: Hello"),
        call_of(*chat, channel="chat"),
        call_of(chat[0], channel="chat"),
        call_of(chat[1], channel="chat"),
        call_of(chat[0], "60 agent: we have received your message", channel="chat"),
        call_of("0 customer: where is my parcel", "0 agent: on its way", channel="email"),
    ]
    found = {reason for call in calls for reason in reasons(call)}
    short = compared((uncompared(),), None)[0].reason
    return found | {short} | set(reasons(talk, (Hold(60_000, 70_000),)))


def test_every_reason_of_the_facts_is_known() -> None:
    for reason in every_reason():
        assert re.fullmatch(r"<\w+>(; <\w+>)*", in_words(reason, NAMES)), reason


def test_every_known_reason_is_one_of_the_facts() -> None:
    said = " ".join(in_words(reason, NAMES) for reason in every_reason())
    assert set(re.findall(r"<(\w+)>", said)) == STORED.keys()


def test_a_number_in_a_reason_stays_and_two_reasons_are_two() -> None:
    reason = (
        "short overlaps not understood: 12; whether listening or interrupting, a person should "
        "hear; words were recognised in only 71% of the speech"
    )
    assert in_words(reason, words_in("hr")) == (
        "kratka upadanja koja nisu razumljiva (12): je li to slušanje ili prekidanje, poslušajte i "
        "prosudite; riječi su prepoznate u samo 71\u00a0% govora"
    )


@pytest.mark.parametrize(
    "reason", ["", "; ", "other", "a; b", "the agent is not heard at all!", "{n}"]
)
def test_a_reason_of_another_version_is_shown_as_it_is(reason: str) -> None:
    assert in_words(reason, words_in("sr")) == reason


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_and_caveat_is_said_in_each_language(language: Language) -> None:
    said = words_in(language).labels["cautions"]
    assert said.keys() == STORED.keys()
    assert set(CAVEATS) <= STORED.keys()
    for code, text in STORED.items():
        assert ("{n}" in said[code]) == ("{n}" in text), code
    english = words_in("en").labels["cautions"]
    if language != "en":
        assert not [code for code, text in said.items() if text == english[code]]


def doubted(*facts: Fact, caveats: tuple[str, ...] = ()) -> ReviewedCall:
    call = english_call()
    return replace(call, facts=facts, transcript=replace(call.transcript, caveats=caveats))


def test_what_is_wrong_with_a_recording_is_said_once_and_first() -> None:
    """Also where no fact hangs on it; as whole sentences."""
    crosstalk = STORED["crosstalk"]
    facts = (
        Fact("overlap_ms", 10, "ms", trusted=False, reason=f"{crosstalk}; own words"),
        Fact("agent_interruptions", 1, "count", trusted=False, reason=crosstalk),
        Fact("holds", 0, "count", trusted=False),
        Fact("hold_ms", 0, "ms", trusted=True, reason="trusted, and a remark"),
        Fact("agent_reply_gap_ms", None, "ms", trusted=False, reason="missing, not doubted"),
    )
    call = doubted(*facts, caveats=("roles_unsure", "crosstalk", "of_later"))
    assert cautions(call, words_in("en")) == (
        "Neither speaks as an agent does: which of the two is the agent is not known.",
        "Each side is heard on the other's channel too: overlaps cannot be told.",
        "Of later.",
        "Own words.",
        "No reason given.",
    )


def test_a_recording_of_one_channel_is_said_plainly_in_the_readers_language() -> None:
    call = doubted(
        Fact("agent_interruptions", 0, "count", trusted=False, reason=STORED["one_channel"])
    )
    assert [cautions(call, words_in(language))[0] for language in LANGUAGES] == [
        "One channel for both: overlaps cannot be told.",
        "Oboje su na istom kanalu: ne razaznaje se kada su govorili istodobno.",
        "Oboje su na istom kanalu: ne razaznaje se kada su govorili istovremeno.",
    ]


def test_what_was_put_right_is_told_with_its_place() -> None:
    repairs = (Repair("overlapping", 3, "span 12"), Repair("later_kind", 1, "turn 2: word 7"))
    assert repairs_in_words(repairs, words_in("hr")) == (
        "Sitne pogreške u prijepisu koje su ispravljene: preklopljeni odsječci istoga govornika, "
        "spojeni: 3 (prvi put: odsječak govora 12); "
        "later kind: 1 (prvi put: replika 2: riječ 7)."
    )
    assert repairs_in_words((), words_in("hr")) == ""
