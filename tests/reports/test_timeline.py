from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from qa.coaching.views import Review, ReviewedCall
from qa.nouns import Decision, Event, Fact, Moment, Span, Speaker
from qa.reports.scale import percent
from qa.reports.site import site_of
from qa.reports.timeline import Timeline, timeline_of
from tests.reports.review_fixture import english_call

if TYPE_CHECKING:
    from qa.reports.timeline_rows import Row

SITE = site_of(Review("en", (), (), ()))
WORD = Span(0, 1, "agent")  # a millisecond, so that there is something to draw


def drawn(call: ReviewedCall) -> Timeline:
    timeline = timeline_of(call, SITE)
    assert timeline is not None
    return timeline


def call_with(
    duration_ms: int,
    *spans: Span,
    events: tuple[Event, ...] = (),
    moments: tuple[Moment, ...] = (),
) -> ReviewedCall:
    """Return a call whose turns are at 0-3 s (agent), 4-19, 19.5-20.5 and 21-30 s (agent)."""
    call = english_call()
    transcript = replace(call.transcript, spans=spans, duration_ms=duration_ms)
    facts = (Fact("any", 1.0, "count", events=events),)
    return replace(call, transcript=transcript, facts=facts, moments=moments)


def moment(
    name: str, start_ms: int, turn: int, speaker: Speaker = "agent", decision: Decision = "present"
) -> Moment:
    return Moment(name, speaker, turn, "...", start_ms, start_ms + 500, 0.9, decision)


def bars(row: Row) -> list[tuple[str, str, str, str]]:
    return [(bar.kind, bar.lane, bar.x, bar.width) for bar in row.bars]


def told(timeline: Timeline) -> list[str]:
    """Return what stands under the rows: times and text, and the doubts as a reader sees them."""
    return [
        f"{', '.join(place.text for place in entry.places)} {entry.text}"
        f"{' uncertain' * entry.is_uncertain}{' not reliable' * entry.is_doubtful}"
        for row in timeline.rows
        for entry in row.entries
    ]


# --- speech


def test_a_span_over_the_end_of_a_row_goes_on_in_the_next() -> None:
    # 90 s: rows of 30 s, so 3; 20-40 s is two thirds to the end of row 1 and a third of row 2
    rows = drawn(call_with(90_000, Span(20_000, 40_000, "agent"))).rows
    assert [row.time for row in rows] == ["00:00–00:30", "00:30–01:00", "01:00–01:30"]
    assert [bars(row) for row in rows] == [
        [("agent", "agent", "66.67%", "33.33%")],
        [("agent", "agent", "0%", "33.33%")],
        [],
    ]


def test_speech_leads_to_what_was_said_then_by_that_speaker() -> None:
    spans = (
        Span(2_000, 6_000, "agent"),
        Span(2_000, 6_000, "customer"),
        Span(25_000, 26_000, "customer"),
    )
    found = drawn(call_with(30_000, *spans)).rows[0].bars
    # agent: turn 0 (0-3 s); customer: turn 1 (4-19 s); at 25 s only the agent has a turn, 3
    assert [bar.anchor for bar in found] == ["t0", "t1", "t3"]
    assert found[0].title == "agent 00:02–00:06"


def test_a_ready_transcript_of_a_call_is_drawn_from_its_turns() -> None:
    (row,) = drawn(call_with(30_000)).rows
    assert [(bar.kind, bar.x) for bar in row.bars] == [
        ("agent", "0%"),
        ("customer", "13.33%"),
        ("agent", "65%"),
        ("agent", "70%"),
    ]


def test_a_written_contact_is_not_drawn() -> None:
    call = call_with(30_000)
    chat = replace(call, transcript=replace(call.transcript, channel="chat"))
    assert timeline_of(chat, SITE) is None
    told = Fact("first_response_ms", 9, "ms", events=(Event("first_response", "agent", 9, 9),))
    assert timeline_of(replace(chat, facts=(told,)), SITE) is None


def test_a_call_whose_turns_have_no_times_says_so() -> None:
    call = call_with(0)
    turns = tuple(replace(turn, start_ms=0, end_ms=0) for turn in call.transcript.turns)
    timeline = drawn(replace(call, transcript=replace(call.transcript, turns=turns)))
    assert (timeline.rows, timeline.legend) == ((), ())
    assert timeline.blank == "The transcript has no times: who spoke when cannot be drawn."


def test_a_call_of_which_nothing_is_known_has_no_picture() -> None:
    call = call_with(30_000)
    assert timeline_of(replace(call, transcript=replace(call.transcript, turns=())), SITE) is None


# --- events


def test_signs_stand_in_the_lane_of_who_made_them() -> None:
    events = (
        Event("interruption", "customer", 15_000, 16_000),
        Event("attempted_interruption", "agent", 18_000, 19_000),
        Event("backchannel", "customer", 20_000, 20_300),
    )
    timeline = drawn(call_with(30_000, Span(0, 30_000, "agent"), events=events))
    (row,) = timeline.rows
    # 15 s of a row of 30 s is the half
    assert [(sign.kind, sign.lane, sign.x) for sign in row.signs] == [
        ("interruption", "customer", "50%"),
        ("attempted_interruption", "agent", "60%"),
        ("backchannel", "customer", "66.67%"),
    ]
    # how long both spoke is drawn; listening words are the speech itself
    assert bars(row) == [
        ("interruption", "customer", "50%", "3.33%"),
        ("attempted_interruption", "agent", "60%", "3.33%"),
        ("agent", "agent", "0%", "100%"),
    ]
    assert [one.name for one in timeline.legend] == [
        *("agent", "interruption_customer", "attempted_interruption_agent", "backchannel"),
    ]
    assert told(timeline) == [
        "00:15 Interruption (customer), 1\u00a0s",
        "00:18 Attempted interruption (agent), 1\u00a0s",
        "00:20 Listening word (customer)",
    ]
    assert timeline.text == (
        "agent: 30\u00a0s; Attempted interruption (agent): 1; Interruption (customer): 1; "
        "Listening word (customer): 1"
    )


def test_an_interruption_leads_to_the_words_of_who_interrupted() -> None:
    # at 20.8 s turn 2 (agent) has ended, and turn 3 (agent) begins at 21 s
    event = Event("interruption", "agent", 20_800, 22_000)
    timeline = drawn(call_with(30_000, WORD, events=(event,)))
    assert timeline.rows[0].signs[0].anchor == "t3"
    assert timeline.rows[0].entries[0].places[0].anchor == "t3"


def test_what_belongs_to_both_leads_to_the_last_turn_before_it() -> None:
    call = call_with(30_000, WORD, events=(Event("hold", None, 19_200, 21_500),))
    assert drawn(call).rows[0].entries[0].places[0].anchor == "t1"


def test_a_pause_is_told_once_as_what_says_most_of_it() -> None:
    events = (
        *(Event(name, None, 3_000, 15_000) for name in ("silence", "dead_air")),
        *(Event(name, None, 16_000, 20_000) for name in ("unexplained_silence", "silence")),
        *(Event(name, None, 40_000, 60_000) for name in (
            "unexplained_hold", "dead_air", "silence", "unexplained_silence", "hold"
        )),
    )  # fmt: skip
    timeline = drawn(call_with(60_000, WORD, events=events))
    assert told(timeline) == [
        "00:03 Long silence, 12\u00a0s",
        "00:16 Unexplained silence, 4\u00a0s",
        "00:40 Unexplained hold, 20\u00a0s",
    ]
    assert [one.name for one in timeline.legend] == [
        *("agent", "silence", "unexplained_silence", "unexplained_hold"),
    ]


def test_a_silence_in_a_hold_is_part_of_it() -> None:
    hold = Event("hold", None, 3_000, 23_000)
    inside = Event("silence", None, 4_000, 12_000)
    half = Event("silence", None, 21_000, 25_000)  # half of it lies in the hold: 2 of 4 s
    timeline = drawn(call_with(30_000, WORD, events=(hold, inside, half)))
    assert told(timeline) == ["00:03 Hold, 20\u00a0s", "00:21 Silence, 4\u00a0s"]


def test_a_hold_over_two_rows_is_drawn_in_both_and_told_in_the_first() -> None:
    hold = Event("hold", None, 20_000, 45_000)
    first, second = drawn(call_with(60_000, WORD, events=(hold,))).rows
    assert bars(first)[0] == ("hold", "both", "66.67%", "33.33%")
    assert bars(second) == [("hold", "both", "0%", "50%")]
    assert ([len(row.signs) for row in (first, second)], second.entries) == ([1, 0], ())
    # its length stands where there is room for it on a phone
    assert [bar.label for bar in (*first.bars[:1], *second.bars)] == ["25\u00a0s", "25\u00a0s"]


def test_a_length_is_written_only_where_it_fits() -> None:
    # 3.5 s of 30 s are 31 px of 270; "3.5 s" wants 5 x 6 + 26
    short = Event("silence", None, 10_000, 13_500)
    assert drawn(call_with(30_000, WORD, events=(short,))).rows[0].bars[0].label == ""


def test_an_event_of_a_later_version_is_told_though_it_cannot_be_drawn() -> None:
    timeline = drawn(call_with(30_000, WORD, events=(Event("new_thing", None, 5_000, 6_000),)))
    assert told(timeline) == ["00:05 new thing, 1\u00a0s"]
    assert bars(timeline.rows[0]) == [("agent", "agent", "0%", "0%")]
    assert timeline.rows[0].signs == ()


def test_what_an_untrusted_fact_counted_is_marked_and_the_reason_given() -> None:
    cut, silence = (
        Event("interruption", "agent", 5_000, 6_000),
        Event("silence", None, 20_000, 24_000),
    )
    call = call_with(30_000, WORD, events=(silence,))
    doubtful = Fact("agent_interruptions", 1, "count", False, "not known here", (cut,))
    timeline = drawn(replace(call, facts=(*call.facts, doubtful)))
    assert told(timeline) == [
        "00:05 Interruption (agent), 1\u00a0s not reliable",
        "00:20 Silence, 4\u00a0s",
    ]
    assert [sign.is_doubtful for sign in timeline.rows[0].signs] == [True]
    again = drawn(replace(call, facts=(replace(call.facts[0], trusted=False),)))
    assert again.rows[0].bars[0].label == "?"  # a silence has no sign that could say so
    assert timeline.cautions == ("Not known here.",)
    assert timeline.legend[-1].text == "not reliable on this call"
    assert drawn(call).cautions == ()


def test_an_event_is_doubted_if_one_of_the_facts_that_counted_it_is() -> None:
    cut = Event("interruption", "agent", 5_000, 6_000)
    call = call_with(30_000, WORD, events=(cut,))
    doubtful = replace(call.facts[0], name="other", trusted=False)
    for facts in ((*call.facts, doubtful), (doubtful, *call.facts)):
        assert told(drawn(replace(call, facts=facts))) == [
            "00:05 Interruption (agent), 1\u00a0s not reliable"
        ]


# --- listeners


def test_300_listening_words_in_40_minutes_are_all_told_and_none_hides_another() -> None:
    # every 8 s, agent and customer in turn
    sides: tuple[Speaker, Speaker] = ("agent", "customer")
    events = tuple(
        Event("backchannel", sides[n % 2], n * 8_000, n * 8_000 + 400) for n in range(300)
    )
    timeline = drawn(call_with(2_400_000, WORD, events=events))
    # rows of 2 minutes, in each 15: 8 of one side and 7 of the other
    assert len(timeline.rows) == 20
    assert [entry.text for entry in timeline.rows[0].entries] == [
        "Listening word (agent) × 8",
        "Listening word (customer) × 7",
    ]
    assert sum(len(entry.places) for row in timeline.rows for entry in row.entries) == 300
    for row in timeline.rows:
        for lane in sides:
            at = [float(sign.x[:-1]) for sign in row.signs if sign.lane == lane]
            # the sign is 7.5 px wide: 2.8 % of the narrowest picture, 270 px
            assert all(later - earlier > 2.8 for earlier, later in pairwise(at))


# --- moments


def test_moments_fly_over_the_row_with_whose_they_are() -> None:
    moments = (
        moment("greeting", 0, 0),
        moment("complaint", 15_000, 1, "customer"),
        moment("frustration", 15_400, 1, "customer", "uncertain"),
    )
    timeline = drawn(call_with(30_000, WORD, moments=moments))
    (row,) = timeline.rows
    assert [
        (flag.text, flag.lane, flag.is_uncertain, flag.x, flag.anchor) for flag in row.flags
    ] == [
        ("1", "agent", False, "0%", "t0"),
        ("2", "customer", False, "50%", "t1"),
        ("3?", "customer", True, "51.33%", "t1"),
    ]
    assert told(timeline) == [
        "00:00 greeting (agent)",
        "00:15 complaint (customer)",
        "00:15 frustration (customer) uncertain",
    ]
    # 2 would cover the pole of 3, so it hangs above it
    assert ([flag.level for flag in row.flags], row.levels) == ([0, 1, 0], 2)
    assert [one.name for one in timeline.legend][1:] == [
        *("moment_agent", "moment_customer", "uncertain"),
    ]


def test_moments_of_one_turn_that_are_close_share_a_flag() -> None:
    # in rows of 30 s close is 1.5 s
    near = (moment("greeting", 0, 0), moment("offer_help", 1_500, 0), moment("greeting", 1_500, 0))
    far = (moment("thanks", 1_501, 0), moment("closing", 1_400, 2))
    assert told(drawn(call_with(30_000, WORD, moments=(*near, *far)))) == [
        "00:00 greeting, offer of help (agent)",
        "00:01 closing (agent)",
        "00:01 thanks (agent)",
    ]


def test_flags_are_numbered_through_the_call() -> None:
    moments = (moment("greeting", 0, 0), moment("closing", 40_000, 3), moment("thanks", 50_000, 3))
    rows = drawn(call_with(60_000, WORD, moments=moments)).rows
    assert [[flag.text for flag in row.flags] for row in rows] == [["1"], ["2", "3"]]
    assert [[entry.number for entry in row.entries] for row in rows] == [["1"], ["2", "3"]]


def test_a_moment_of_a_turn_that_is_not_there_leads_nowhere() -> None:
    timeline = drawn(call_with(30_000, WORD, moments=(moment("greeting", 0, 99),)))
    assert timeline.rows[0].flags[0].anchor == timeline.rows[0].entries[0].places[0].anchor == ""


# --- laws

TIMES = st.integers(-2_000, 700_000)
EVENTS = st.builds(
    lambda name, speaker, start, length: Event(name, speaker, start, start + length),
    st.sampled_from(("interruption", "backchannel", "silence", "hold", "unexplained_hold")),
    st.sampled_from(("agent", "customer")),
    TIMES,
    st.integers(0, 90_000),
)
MOMENTS = st.builds(
    lambda start, turn, decision: moment("empathy", start, turn, "customer", decision),
    TIMES,
    st.integers(0, 5),
    st.sampled_from(("present", "uncertain")),
)


@given(st.lists(EVENTS, max_size=12), st.lists(MOMENTS, max_size=12), st.integers(0, 600_000))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_nothing_is_lost_and_nothing_lies_outside(
    events: list[Event], moments: list[Moment], duration_ms: int
) -> None:
    call = call_with(duration_ms, WORD, events=tuple(events), moments=tuple(moments))
    timeline = drawn(call)
    listened = {event for event in events if event.name == "backchannel"}
    cuts = {event for event in events if event.name == "interruption"}
    entries = [entry for row in timeline.rows for entry in row.entries]
    assert sum(len(one.places) for one in entries if one.kind == "backchannel") == len(listened)
    assert sum(one.kind == "interruption" for one in entries) == len(cuts)
    flags = [flag.text.rstrip("?") for row in timeline.rows for flag in row.flags]
    assert flags == [str(n) for n in range(1, len(flags) + 1)]
    assert flags == [one.number for one in entries if one.kind == "moment"]
    for row in timeline.rows:
        for bar in row.bars:
            assert 0 <= float(bar.x[:-1]) <= 100
            assert float(bar.x[:-1]) + float(bar.width[:-1]) <= 100.01
        assert all(0 <= float(sign.x[:-1]) < 100.01 for sign in row.signs)


def test_a_share_is_written_short() -> None:
    assert [percent(share) for share in (0, 1, 0.5, 1 / 3, 0.99999)] == [
        *("0%", "100%", "50%", "33.33%", "100%"),
    ]
