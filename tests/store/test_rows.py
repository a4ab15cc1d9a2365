"""Values to rows and back: whatever goes into a table comes out the same."""

from __future__ import annotations

import tempfile
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta, timezone
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.nouns import (
    CAVEATS,
    DOUBTS,
    LANGUAGES,
    REPAIRS,
    Call,
    Doubt,
    Event,
    Evidence,
    Fact,
    Hold,
    Moment,
    Outcome,
    Repair,
    Score,
    Scorecard,
    Span,
    Transcript,
    Turn,
    Word,
)
from qa.store.rows import (
    call_of,
    call_row,
    content_key,
    fact_row,
    facts_of,
    moments_of,
    scorecard_of,
    scorecard_row,
    transcript_of,
    transcript_row,
)
from qa.store.tables import Store

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path("/recordings")

TEXT = st.one_of(
    st.sampled_from(["", "Жалба", "Željka ćuti", "0", "None", "null", "'=1+1'", 'a\nb\t"c"', "😀"]),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
)
MS = st.integers(0, 10**9)
SHARE = st.floats(0, 1)
SPEAKER = st.sampled_from(["agent", "customer"])


def many(each: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(each, max_size=2).map(tuple)


WORDS = st.builds(Word, TEXT, MS, MS, SHARE)
TURNS = st.builds(Turn, st.integers(0, 99), SPEAKER, MS, MS, TEXT, many(WORDS))
TRANSCRIPTS = st.builds(
    Transcript,
    call_id=TEXT,
    turns=many(TURNS),
    spans=many(st.builds(Span, MS, MS, SPEAKER)),
    language=st.sampled_from(LANGUAGES),
    basis=st.sampled_from(["stereo", "diarised", "ready"]),
    channel=st.sampled_from(["voice", "chat", "email"]),
    duration_ms=MS,
    asr=TEXT,
    doubts=many(
        st.builds(
            Doubt,
            *(SPEAKER, MS, MS),
            st.sampled_from(DOUBTS),
        )
    ),
    coverage=st.none() | SHARE,
    caveats=many(st.sampled_from(CAVEATS)),
    repairs=many(st.builds(Repair, st.sampled_from(REPAIRS), MS, TEXT)),
)
FACTS = st.builds(
    Fact,
    name=TEXT,
    value=st.none() | st.floats(allow_nan=False) | st.integers(-1000, 1000).map(float),
    unit=TEXT,
    trusted=st.booleans(),
    reason=TEXT,
    events=many(st.builds(Event, TEXT, st.none() | SPEAKER, MS, MS)),
)
MOMENTS = st.builds(
    Moment, TEXT, SPEAKER, MS, TEXT, MS, MS, SHARE, st.sampled_from(["present", "uncertain"]), TEXT
)
SCORES = st.builds(
    Score,
    criterion=TEXT,
    outcome=st.sampled_from(Outcome),
    points=st.none() | SHARE,
    weight=st.floats(0, 100),
    reason=TEXT,
    evidence=many(st.builds(Evidence, MS, TEXT, MS, MS)),
    scored_by=TEXT,
)
CARDS = st.builds(
    Scorecard,
    call_id=TEXT,
    rubric=TEXT,
    version=TEXT,
    total=st.none() | st.floats(0, 100),
    coverage=SHARE,
    critical_failed=many(TEXT),
    scores=many(SCORES),
    sections_failed=many(TEXT),
    card_failed=st.booleans(),
)
ZONES = st.builds(timezone, st.integers(-14 * 60, 14 * 60).map(lambda m: timedelta(minutes=m)))
CALLS = st.builds(
    Call,
    id=TEXT,
    recording=st.sampled_from([ROOT / "a.wav", ROOT / "mapa" / "снимак 1.wav"]),
    agent_id=TEXT,
    agent_name=TEXT,
    team=TEXT,
    started_at=st.none() | st.datetimes(datetime(1970, 1, 2), timezones=ZONES),  # noqa: DTZ001
    language=st.none() | st.sampled_from(LANGUAGES),
    channel=st.sampled_from(["voice", "chat", "email"]),
    agent_channel=st.sampled_from([None, 0, 1]),
    queue=TEXT,
    csat=st.none() | st.floats(allow_nan=False, allow_infinity=False),
    first_speaker=st.none() | SPEAKER,
    holds=st.none() | many(st.builds(Hold, MS, MS)),
)
SLOWLY = settings(deadline=None, derandomize=True, max_examples=12)


def through_a_table(table: str, row: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a row as a later run reads it."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder))
        store.append(table, [{**row, "run_id": "r1"}])
        found: dict[str, Any] = store.scan(table).collect().to_dicts()[0]
        return found


@SLOWLY
@given(TRANSCRIPTS)
def test_transcripts_come_back(transcript: Transcript):
    assert transcript_of(transcript_row(transcript, "k")) == transcript
    assert transcript_of(through_a_table("transcripts", transcript_row(transcript, "k"))) == (
        transcript
    )


@pytest.mark.parametrize("doubts", [None, (), []])
def test_a_transcript_stored_before_there_were_doubts_has_none(doubts: object):
    whole = transcript_row(Transcript("c", (), (), "hr", "stereo"), "k")
    later = ("doubts", "coverage", "caveats", "repairs")
    old = {name: value for name, value in whole.items() if name not in later}
    none = {"doubts": doubts, "coverage": None, "caveats": doubts, "repairs": doubts}
    for row in (old, old | none):
        found = transcript_of(row)
        assert (found.doubts, found.coverage) == ((), None)
        assert (found.caveats, found.repairs) == ((), ())


@SLOWLY
@given(many(FACTS), many(MOMENTS))
def test_findings_come_back(facts: tuple[Fact, ...], moments: tuple[Moment, ...]):
    row = {
        **{"key": "k", "transcript_key": "t", "call_id": "c", "encoder": "e"},
        "facts": [fact_row(fact) for fact in facts],
        "moments": [asdict(moment) for moment in moments],
    }
    stored = through_a_table("findings", row)
    assert facts_of(stored) == facts
    assert moments_of(stored) == moments


@SLOWLY
@given(CARDS)
def test_scorecards_come_back(card: Scorecard):
    stored = through_a_table("scorecards", scorecard_row(card, "k", "f", "d"))
    assert scorecard_of(stored) == card
    assert (stored["key"], stored["findings_key"]) == ("k", "f")


@pytest.mark.parametrize("unknown", [{}, {"sections_failed": None, "card_failed": None}])
def test_a_card_stored_before_anything_could_fail_has_failed_nothing(unknown: dict[str, None]):
    card = Scorecard("c", "core", "1", 50.0, 1.0, ("blame",), ())
    row = scorecard_row(card, "k", "f", "d")
    old = {name: value for name, value in row.items() if not name.endswith("s_failed")}
    old.pop("card_failed")
    assert "critical_failed" in old
    assert scorecard_of(old | unknown) == card


@SLOWLY
@given(CALLS)
def test_calls_come_back_with_their_recording_relative(call: Call):
    found = call_of(through_a_table("calls", call_row(call, ROOT, "r1")))
    assert found == replace(call, recording=call.recording.relative_to(ROOT))
    if call.started_at and found.started_at:  # equal moments may differ in their zone
        assert found.started_at.utcoffset() == call.started_at.utcoffset()


def test_a_count_becomes_a_real_number():
    row = fact_row(Fact("silences", 3, "count"))
    assert (row["value"], type(row["value"])) == (3.0, float)
    assert fact_row(Fact("silences", None, "count", reason="no spans"))["value"] is None


# --- keys and digests


@given(st.lists(TEXT, max_size=4), st.lists(TEXT, max_size=4))
@settings(deadline=None, derandomize=True, max_examples=100)
def test_different_parts_have_different_keys(one: list[str], other: list[str]):
    assert (content_key(*one) == content_key(*other)) == (one == other)


@given(st.lists(TEXT, min_size=2, max_size=4), st.data())
@settings(deadline=None, derandomize=True, max_examples=60)
def test_where_a_part_ends_matters(parts: list[str], data: st.DataObject):
    """The same letters cut elsewhere: what joining without care would confuse."""
    joined = "".join(parts)
    at = data.draw(st.integers(0, len(joined)))
    other = [joined[:at], joined[at:]]
    assert (content_key(*parts) == content_key(*other)) == (parts == other)


@pytest.mark.parametrize(
    ("one", "other"),
    list(
        combinations(
            [(), ("",), (None,), ("None",), (0,), ("0",), ("null",), ('","',), ("", "")], 2
        )
    ),
)
def test_what_looks_alike_has_different_keys(
    one: tuple[str | int | None, ...], other: tuple[str | int | None, ...]
):
    assert content_key(*one) != content_key(*other)


CALL = Call("c1", ROOT / "a.wav", "A1")


@pytest.mark.parametrize(
    "other",
    [
        replace(CALL, recording=ROOT / "b.wav"),
        replace(CALL, agent_id="A2"),
        replace(CALL, agent_name="Ana"),
        replace(CALL, team="Zagreb"),
        replace(CALL, started_at=datetime(2026, 10, 27, tzinfo=UTC)),
        replace(CALL, language="hr"),
        replace(CALL, channel="chat"),
        replace(CALL, agent_channel=0),
        replace(CALL, queue="sales"),
        replace(CALL, csat=0.0),
    ],
)
def test_a_digest_tells_every_change_of_a_call(other: Call):
    assert call_row(CALL, ROOT, "r1")["digest"] != call_row(other, ROOT, "r1")["digest"]


def test_a_digest_is_that_of_the_call_and_not_of_the_run_or_machine():
    elsewhere = replace(CALL, recording=Path("/mnt/night/a.wav"))
    first = call_row(CALL, ROOT, "r1")
    second = call_row(elsewhere, Path("/mnt/night"), "r2")
    assert first | {"run_id": ""} == second | {"run_id": ""}


def test_a_recording_outside_the_root_is_stored_by_name_alone():
    assert call_row(CALL, Path("/elsewhere"), "r1")["recording"] == "a.wav"
