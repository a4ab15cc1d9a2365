"""Calls made from scripts with exact times, through the whole engine: who came in on whom.

What the scripts say is first held against the slow reference, so that neither the engine nor the
script decides alone what an interruption is.
"""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest

from benchmarks.constructed import SPEAKERS, construct
from benchmarks.interruptions import CALLS, SEED, hear, judge, over_all
from benchmarks.utterances import GRID_MS, PER_MS, is_sound, voices
from tests.calls import call_of
from tests.facts.reference import measure_slowly

if TYPE_CHECKING:
    from benchmarks.constructed import Constructed
    from benchmarks.utterances import Part
    from qa.nouns import Speaker, Transcript
    from tests.facts.reference import Side

_PARTS: tuple[Part, ...] = ("judged", "development")
_LONGEST_PAUSE_MS = 200  # inside an utterance; from 250 ms on it would end a run
_WANTED = 0.95


@pytest.fixture(scope="module")
def calls() -> tuple[Constructed, ...]:
    return construct("judged", CALLS, SEED)


@pytest.fixture(scope="module")
def heard(calls: tuple[Constructed, ...]) -> list[Transcript]:
    return hear(calls)


def test_nothing_that_is_judged_was_developed_by():
    judged, development = (
        {(voice.name, voice.language) for voice in voices(part)} for part in _PARTS
    )
    assert judged
    assert development
    assert not judged & development
    judged_texts, texts = (
        {
            said.text
            for voice in voices(part)
            for said in voice.utterances
            if said.kind != "listening"
        }
        for part in _PARTS
    )
    assert not judged_texts & texts


def test_what_is_said_at_once_has_no_pause_in_it():
    for voice in (*voices("judged"), *voices("development")):
        for said in voice.utterances:
            sound = np.flatnonzero(is_sound(said.samples))
            assert sound[0] == 0
            assert sound[-1] == said.length_ms // GRID_MS - 1
            longest = max(after - before - 1 for before, after in pairwise(sound))
            assert longest * GRID_MS < _LONGEST_PAUSE_MS, (voice.name, said.text)


def test_the_scripts_say_what_the_slow_reference_says(calls: tuple[Constructed, ...]):
    for call in calls:
        slow = measure_slowly(_side(call, "agent"), _side(call, "customer"))
        for speaker in SPEAKERS:
            scripted = {"interruptions": [], "backchannels": []}  # type: ignore[var-annotated]
            for event in call.happened:
                if event.speaker == speaker:
                    what = "backchannels" if event.name == "backchannel" else "interruptions"
                    scripted[what].append((event.name, event.start_ms, event.end_ms))
            for what, events in scripted.items():
                assert slow[f"{speaker}_{what}"] == events, (call.name, speaker)


def test_the_scripts_hold_every_kind_of_event(calls: tuple[Constructed, ...]):
    """At least forty calls; each side interrupts, tries and listens often; lengths are spread."""
    assert len(calls) >= 40
    every = [event for call in calls for event in call.happened]
    by = Counter((event.name, event.speaker) for event in every)
    for name in ("interruption", "attempted_interruption", "backchannel"):
        lengths = [event.end_ms - event.start_ms for event in every if event.name == name]
        longest, shortest = (1_400, 200) if name == "backchannel" else (3_000, 600)
        assert shortest <= min(lengths) < max(lengths) <= longest
        assert min(by[name, speaker] for speaker in SPEAKERS) >= 15
    conditions = Counter((call.crosstalk_db, call.noise_db) for call in calls)
    assert len(conditions) == 9
    assert {call.language for call in calls} == {"en", "hr", "sr"}
    dense = [sum(e.name == "backchannel" for e in call.happened) for call in calls]
    assert sum(count >= 5 for count in dense) >= 10
    assert sum(_turn_ends_overlap(call) for call in calls) >= 40


def test_the_same_seed_gives_the_same_sound():
    once, again = (construct("development", 2, 7)[1] for _ in range(2))
    assert (once.said[0].start_ms, once.happened) == (again.said[0].start_ms, again.happened)
    np.testing.assert_array_equal(once.sound(), again.sound())
    assert once.happened != construct("development", 2, 8)[1].happened


def test_speech_lies_where_the_script_has_it(calls: tuple[Constructed, ...]):
    """Nothing but noise, 40 dB under the speech, where a side is silent; no crosstalk here."""
    call = next(call for call in calls if call.crosstalk_db is None and call.noise_db == -60)
    for speaker, sound in zip(SPEAKERS, call.sound(), strict=True):
        silent = np.ones(sound.size, bool)
        for run in call.said:
            if run.speaker == speaker:  # what the line's filter smears aside
                silent[(run.start_ms - 20) * PER_MS : (run.end_ms + 20) * PER_MS] = False
                part = sound[run.start_ms * PER_MS : run.end_ms * PER_MS]
                assert np.sqrt(np.mean(np.square(part))) > 0.02
        assert np.sqrt(np.mean(np.square(sound[silent]))) < 0.002


def test_an_event_is_found_once_and_near(calls: tuple[Constructed, ...]):
    """A judge that cannot miss would not be one: spans as scripted, then shifted, then swapped."""
    call = calls[0]
    mine = _transcript(call)
    for speaker in SPEAKERS:
        exact = judge(call, mine, speaker)
        assert not exact.missed
        assert not exact.false
        assert all(real.name == told.name for real, told in exact.found)
        late = judge(call, _transcript(call, shift_ms=600), speaker)
        assert not late.found
        assert len(late.missed) == len(late.false) == len(exact.found)
    rates = over_all(judge(call, mine, speaker) for speaker in SPEAKERS)
    assert (rates.precision, rates.recall, rates.kind_right) == (1.0, 1.0, rates.found)


@pytest.mark.slow
@pytest.mark.parametrize("speaker", SPEAKERS)
def test_interruptions_are_found_by_side(
    calls: tuple[Constructed, ...],
    heard: list[Transcript],
    speaker: Speaker,
    capsys: pytest.CaptureFixture[str],
):
    judged = [
        judge(call, transcript, speaker) for call, transcript in zip(calls, heard, strict=True)
    ]
    rates = over_all(judged)
    with capsys.disabled():
        print(f"\ninterruptions by {speaker}: {rates}")
    assert rates.precision >= _WANTED
    assert rates.recall >= _WANTED


@pytest.mark.slow
def test_turn_ends_and_listening_are_no_interruptions_even_with_crosstalk(
    calls: tuple[Constructed, ...], heard: list[Transcript]
):
    """Each condition alone holds: half as strict, for there are few events in each."""
    for crosstalk_db in (None, -30.0, -20.0):
        rates = over_all(
            judge(call, transcript, speaker)
            for call, transcript in zip(calls, heard, strict=True)
            for speaker in SPEAKERS
            if call.crosstalk_db == crosstalk_db
        )
        assert min(rates.precision, rates.recall) >= 0.9, (crosstalk_db, rates)


def _side(call: Constructed, speaker: Speaker) -> Side:
    return [
        (run.start_ms, run.end_ms, "mhm" if run.listening else "my parcel is late")
        for run in call.said
        if run.speaker == speaker
    ]


def _turn_ends_overlap(call: Constructed) -> int:
    return sum(
        one.speaker != other.speaker and 0 < one.end_ms - other.start_ms <= 400
        for one, other in pairwise(sorted(call.said, key=lambda run: run.start_ms))
    )


def _transcript(call: Constructed, *, shift_ms: int = 0) -> Transcript:
    """Return what an ear that mishears nothing would write down."""
    return call_of(
        *(
            f"{(run.start_ms + shift_ms) / 1000}-{(run.end_ms + shift_ms) / 1000} "
            f"{run.speaker}: {'mhm' if run.listening else 'my parcel is still late'}"
            for run in call.said
        ),
        language=call.language,
    )
