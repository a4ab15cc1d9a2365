"""What is published of the facts is what is measured: names, units, events, thresholds, labels."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from qa.facts import holds, opening, overlaps, runs, timing, trust, turn_taking, waits
from qa.intake import mend
from qa.nouns import LANGUAGES, Fact, Language
from qa.reports.catalogue import words_in
from tests.calls import call_of
from tests.facts.measured import facts_of

TEXT = (Path(__file__).parents[2] / "ARCHITECTURE.md").read_text("utf-8")
SECTION = re.sub(
    r"\s+", " ", TEXT.split("## Facts: the published definitions")[1].split("\n## ")[0]
)
ROWS = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \| ([\w, ]+) \|", TEXT, re.MULTILINE)
# with every event there is: a backchannel, an interruption and an attempt, a silence without notice
# that is dead air and an unexplained hold, and a hold
EVENTFUL = (
    "0-6 customer: my parcel still has not arrived and",
    "1-1.5 agent: mhm",
    "2-3 agent: what is your number",
    "5.2-8 agent: what is your number again",
    "30-32 agent: one moment please",
    "40-42 agent: thank you for waiting",
)


def measured() -> dict[str, Fact]:
    return facts_of(call_of(*EVENTFUL)) | facts_of(call_of("0 agent: hello", channel="chat"))


def events() -> set[str]:
    return {event.name for fact in measured().values() for event in fact.events}


def test_the_table_lists_each_fact_once_with_its_unit() -> None:
    listed: dict[str, str] = {}
    for cell, units in ROWS:
        names = re.findall(r"\w+", cell)
        each = units.split(", ") * (len(names) if "," not in units else 1)
        assert not listed.keys() & set(names)
        listed |= dict(zip(names, each, strict=True))
    assert listed == {name: fact.unit for name, fact in measured().items()}


def test_every_event_is_named() -> None:
    assert events() == {
        *("interruption", "attempted_interruption", "backchannel", "silence", "dead_air"),
        *("unexplained_silence", "hold", "unexplained_hold"),
    }
    assert [name for name in events() if f"`{name}`" not in SECTION] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_fact_and_event_has_a_label_in_each_language(language: Language) -> None:
    labels = words_in(language).labels
    assert measured().keys() <= labels["facts"].keys()
    assert events() <= labels["events"].keys()


def seconds(milliseconds: int) -> str:
    return f"{milliseconds / 1000:g} s"


@pytest.mark.parametrize(
    "sentence",
    [
        f"pauses under {runs.BRIDGE_MS} ms bridged",
        f"at least {overlaps.OVERLAP_MS} ms before A's speech ends",
        f"they overlap for more than {overlaps.OVERLAP_MS} ms",
        f"falls silent within {seconds(overlaps.YIELD_MS)} of B's start",
        f"inside A's ({runs.TOLERANCE_MS} ms tolerance), lasts at most "
        f"{seconds(overlaps.BACKCHANNEL_MS)} and",
        f"it lasts at most {overlaps.WORDLESS_MS} ms and no words in it are understood",
        f"B starts in A's last {overlaps.OVERLAP_MS} ms",
        f"a run inside the other's speech, of more than {overlaps.WORDLESS_MS} ms and up to "
        f"{seconds(overlaps.BACKCHANNEL_MS)}, that has no words, or words with a mean confidence "
        f"under {overlaps.UNDERSTOOD} (four words or more: under {overlaps.SENTENCE_UNDERSTOOD})",
        f"pauses for up to {overlaps.GOES_ON_MS} ms while the other speaks through the pause",
        f"both silent for more than {seconds(runs.SILENCE_MS)} between first and last speech",
        f"dead air from {seconds(timing.DEAD_AIR_MS)}",
        f"without a hold notice, by either side, within {seconds(waits.NOTICE_MS)} before",
        f"a notice of the agent's precedes within {seconds(waits.NOTICE_MS)}",
        f"opens (within {seconds(waits.RETURN_MS)}) with a return",
        f"the customer having said no more than {seconds(waits.REMARK_MS)} meanwhile",
        f"both silent for more than {seconds(holds.LONG_MS)}, and more than half of it",
        f"or a pause of more than {seconds(runs.SILENCE_MS)}",
        f"not before its last {opening.TURN_END_MS} ms",
        f"whose start is nearest, within {turn_taking.TURN_START_MS} ms",
        f"words recognised in less than {trust.WORDS_COVER:.0%} of the speech".replace("%", " %"),
        f"times up to {seconds(mend.PADDING_MS)} before the recording",
        f"an end up to {mend.ROUNDING_MS} ms before its start",
    ],
)
def test_thresholds_are_those_of_the_code(sentence: str) -> None:
    assert sentence in SECTION


def test_a_statement_has_the_words_that_are_published() -> None:
    assert opening.STATEMENT_WORDS == 4
    assert "the first stretch of four words or more" in SECTION
    assert waits.SWITCH_MS == 1000
    assert "may be a second late" in SECTION
