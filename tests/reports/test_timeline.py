from __future__ import annotations

from dataclasses import replace

from qa.coaching.views import Review, ReviewedCall
from qa.nouns import Event, Fact, Span
from qa.reports.site import site_of
from qa.reports.timeline import Block, Timeline, timeline_of
from tests.reports.review_fixture import english_call

SITE = site_of(Review("en", (), (), ()))


def drawn(call: ReviewedCall) -> Timeline:
    timeline = timeline_of(call, SITE)
    assert timeline is not None
    return timeline


def call_with(duration_ms: int, *spans: Span, events: tuple[Event, ...] = ()) -> ReviewedCall:
    call = english_call()
    transcript = replace(call.transcript, spans=spans, duration_ms=duration_ms)
    return replace(call, transcript=transcript, facts=(Fact("any", 1.0, "count", events=events),))


def test_a_span_over_the_end_of_a_row_goes_on_in_the_next() -> None:
    # 90 s in at most 5 rows: rows of 30 s, so 3; 20-40 s is 667..1000 of row 1 and 0..333 of row 2
    rows = drawn(call_with(90_000, Span(20_000, 40_000, "agent"))).rows
    assert [row.time for row in rows] == ["00:00", "00:30", "01:00"]
    assert [row.blocks for row in rows] == [
        (Block("agent", "agent", 667, 333),),
        (Block("agent", "agent", 0, 333),),
        (),
    ]


def test_the_last_row_is_as_long_as_the_call() -> None:
    # 100 s: 30 s, 30 s, 30 s and 10 s, a third of a row
    assert [row.width for row in drawn(call_with(100_000, Span(0, 1, "agent"))).rows] == [
        1000,
        1000,
        1000,
        333,
    ]


def test_a_long_call_has_long_rows() -> None:
    # 40 min: rows of 10 min; 7 h: rows of an hour
    assert len(drawn(call_with(2_400_000, Span(0, 1, "agent"))).rows) == 4
    assert len(drawn(call_with(25_200_000, Span(0, 1, "agent"))).rows) == 7


def test_an_event_of_two_facts_is_drawn_once_and_dead_air_is_a_silence() -> None:
    silence = Event("silence", None, 3_000, 15_000)
    same = (silence, silence, replace(silence, name="unexplained_silence"))
    timeline = drawn(call_with(30_000, Span(0, 3_000, "agent"), events=same))
    kinds = [block.kind for block in timeline.rows[0].blocks]
    assert kinds == ["silence", "agent"]
    assert [one.text for one in timeline.happenings] == ["Silence, 12\u00a0s"]


def test_marks_stand_in_the_lane_of_who_made_them() -> None:
    events = (
        Event("interruption", "customer", 15_000, 16_000),
        Event("attempted_interruption", "agent", 18_000, 19_000),
        Event("backchannel", "customer", 20_000, 20_300),
    )
    timeline = drawn(call_with(30_000, Span(0, 30_000, "agent"), events=events))
    # 15 s of a row of 30 s is 500 of 1000
    assert timeline.rows[0].blocks[1:] == (
        Block("interruption", "customer", 500, 0),
        Block("attempt", "agent", 600, 0),
        Block("backchannel", "customer", 667, 0),
    )
    assert timeline.kinds == ("agent", "interruption", "attempt", "backchannel")
    # listening words are counted in words but not listed one by one
    assert len(timeline.happenings) == 2
    assert "Listening word (customer): 1" in timeline.text


def test_an_event_leads_to_the_turn_that_was_going_on() -> None:
    # turn 1 of the fixture's call goes from 4 s to 19 s
    review = Review("en", (), (), ())
    call = call_with(30_000, Span(0, 1, "agent"), events=(Event("hold", None, 18_000, 19_000),))
    site = replace(
        site_of(review), calls={"call-0002": call}, call_files={"call-0002": "call-0002"}
    )
    timeline = timeline_of(call, site)
    assert timeline is not None
    assert timeline.happenings[0].place.anchor == "t1"


def test_a_written_contact_is_not_drawn() -> None:
    call = call_with(30_000)
    chat = replace(call, transcript=replace(call.transcript, channel="chat"))
    assert timeline_of(chat, SITE) is None


def test_events_beyond_sixty_are_counted_not_listed() -> None:
    events = tuple(Event("silence", None, n * 1000, n * 1000 + 500) for n in range(70))
    timeline = drawn(call_with(70_000, Span(0, 1, "agent"), events=events))
    assert (len(timeline.happenings), timeline.unlisted) == (60, 10)


def test_a_ready_transcript_of_a_call_is_drawn_from_its_turns() -> None:
    rows = drawn(call_with(30_000)).rows
    # turns of the fixture: 0-3, 4-19, 19.5-20.5, 21-30 s of a row of 30 s
    assert [(block.kind, block.x) for block in rows[0].blocks] == [
        ("agent", 0),
        ("customer", 133),
        ("agent", 650),
        ("agent", 700),
    ]


def test_events_that_are_not_trusted_come_with_the_reason() -> None:
    call = call_with(30_000, events=(Event("silence", None, 0, 4_000),))
    doubtful = replace(call.facts[0], trusted=False, reason="crosstalk")
    assert drawn(call).doubt == ""
    assert drawn(replace(call, facts=(doubtful,))).doubt == ("Not reliable on this call: crosstalk")
