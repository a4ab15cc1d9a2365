from __future__ import annotations

import re
from typing import get_args

import pytest

from qa.nouns import CAVEATS, DOUBTS, LANGUAGES, Language, Outcome, RepairCode
from qa.reports.catalogue import plural_form, words_in

EVENTS = frozenset(
    re.findall(
        r"\w+",
        """interruption attempted_interruption backchannel silence unexplained_silence hold""",
    )
)
FACTS = frozenset(
    re.findall(
        r"\w+",
        """agent_interruptions customer_interruptions agent_interruptions_per_min agent_backchannels
overlap_ms overlap_share agent_turns_begun_as_interruption opening_heard_out silences
dead_air unexplained_silences holds hold_ms talk_share_agent longest_agent_monologue_ms
agent_reply_gap_ms agent_words_per_min agent_letters_per_s time_to_greeting_ms duration_ms
first_response_ms longest_wait_ms agent_updates generic_reply_share""",
    )
)
MOMENTS = frozenset(
    re.findall(
        r"\w+",
        """greeting offer_help empathy apology reflection clarifying_question ownership blame
refusal alternative promise_with_term vague_promise overpromise
hold_notice hold_return transfer
find_out solution cause_explained prevention status_update confirm_solved anything_else
thanks closing invite_back disrespect anticipation problem_statement complaint frustration
satisfaction unresolved repeat_contact escalation_request""",
    )
)


@pytest.mark.parametrize("language", ["hr", "sr"])
def test_the_catalogues_have_the_same_keys(language: Language) -> None:
    english, other = words_in("en"), words_in(language)
    assert other.sentences.keys() == english.sentences.keys()
    assert other.counted.keys() == english.counted.keys()
    assert {kind: names.keys() for kind, names in other.labels.items()} == {
        kind: names.keys() for kind, names in english.labels.items()
    }


@pytest.mark.parametrize("language", ["hr", "sr"])
def test_a_sentence_is_filled_with_the_same_values_in_each_language(language: Language) -> None:
    for key, text in words_in("en").sentences.items():
        translated = words_in(language).sentences[key]
        assert set(re.findall(r"{\w+}", translated)) == set(re.findall(r"{\w+}", text)), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_noun_has_every_plural(language: Language) -> None:
    needed = {plural_form(language, n) for n in range(200)}
    for forms in words_in(language).counted.values():
        assert forms.keys() == needed


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_name_of_the_system_has_a_human_label(language: Language) -> None:
    labels = words_in(language).labels
    assert labels["facts"].keys() >= FACTS
    assert labels["moments"].keys() >= MOMENTS
    assert labels["events"].keys() >= EVENTS
    assert labels["doubts"].keys() == set(DOUBTS)
    assert labels["cautions"].keys() >= set(CAVEATS)
    assert labels["repairs"].keys() == set(get_args(RepairCode))
    assert {outcome.name for outcome in Outcome} == labels["outcomes"].keys()
    assert all(text.strip() for texts in labels.values() for text in texts.values())


def test_a_name_without_a_label_is_shown_as_words() -> None:
    assert words_in("hr").label("facts", "brand_new_fact") == "brand new fact"


@pytest.mark.parametrize(
    ("n", "english", "croatian"),
    [
        (0, "0 agents", "0 agenata"),
        (1, "1 agent", "1 agent"),
        (2, "2 agents", "2 agenta"),
        (5, "5 agents", "5 agenata"),
        (11, "11 agents", "11 agenata"),
        (12, "12 agents", "12 agenata"),
        (21, "21 agents", "21 agent"),
        (103, "103 agents", "103 agenta"),
    ],
)
def test_counted_nouns(n: int, english: str, croatian: str) -> None:
    assert words_in("en").count("agents", n) == english
    assert words_in("hr").count("agents", n) == words_in("sr").count("agents", n) == croatian
