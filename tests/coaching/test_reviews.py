"""What a coach takes into the conversation."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from qa.coaching.reviews import review
from qa.coaching.stats import agent_stats, team_stats
from qa.coaching.views import AgentReview, Clip, FailedCall, Review, ReviewedCall
from tests.coaching.people import NA, UNSCORED, Mark, card, heard

DAYS = [f"2026-10-{day:02d}T09:00:00+01:00" for day in range(1, 31)]


def reviewed(*calls: ReviewedCall) -> Review:
    return review(calls, (), (), "en")


def agent(*calls: ReviewedCall) -> AgentReview:
    """Return the page of the only agent."""
    ((found,),) = (team.agents for team in reviewed(*calls).teams)
    return found


def week(**marks: list[Mark]) -> list[ReviewedCall]:
    """Return one call per day, c0 the oldest: week(empathy=[1, 0]) has two calls."""
    length = max(len(each) for each in marks.values())
    return [
        heard(f"c{day}", {name: each[day] for name, each in marks.items()}, at=DAYS[day])
        for day in range(length)
    ]


def quotes(clips: tuple[Clip, ...]) -> list[str]:
    return [clip.evidence.quote for clip in clips]


# --- focus


def test_the_focus_is_the_lowest_mean():
    found = agent(*week(empathy=[0, 1], blame=[0, 0.5], apology=[1, 1]))
    assert found.focus == ("core", "blame")  # .25 against .5


def test_no_focus_where_all_goes_well():
    assert agent(*week(empathy=[1, 0.5])).focus is None  # .75 is not below .75
    assert agent(*week(empathy=[1, 0.4])).focus == ("core", "empathy")
    assert agent(heard("c1")).focus is None
    assert agent(heard("c1", {"empathy": NA, "blame": UNSCORED})).focus is None


def test_of_equal_means_the_one_asked_more_often_then_the_first():
    assert agent(*week(empathy=[0, NA], blame=[0, 0])).focus == ("core", "blame")
    assert agent(*week(empathy=[0, 0], blame=[0, 0])).focus == ("core", "empathy")


# --- clips


def test_what_went_well_is_the_newest_of_each_criterion_first():
    found = agent(*week(empathy=[1, 1, 1], blame=[1, 0, 0]))
    # each criterion once before any comes twice, three at most, newest first
    assert quotes(found.went_well) == ["empathy of c2", "blame of c0", "empathy of c1"]


def test_what_to_try_begins_with_the_focus():
    found = agent(*week(apology=[1, 1, 0.5], blame=[0, 1, 1], empathy=[0, 0, 0.5]))
    # empathy's mean .17 is the lowest; it was missed on c1 and c0, and partly met on c2
    assert found.focus == ("core", "empathy")
    assert quotes(found.to_try) == ["empathy of c1", "blame of c0", "apology of c2"]


def test_missed_comes_before_partly_met():
    found = agent(*week(blame=[0.5, 0.5], empathy=[1, 0]))
    assert found.focus == ("core", "blame")  # both .5, both asked twice: the first
    assert quotes(found.to_try) == ["blame of c1", "empathy of c1", "blame of c0"]


def test_nothing_to_hear_where_nothing_is_quoted_or_scored():
    silent = heard("c1", {"empathy": 0.0, "blame": UNSCORED, "apology": NA})
    bare = replace(card("c1", {"empathy": 0.0}).scores[0], evidence=())
    silent = replace(
        silent, cards=(replace(silent.cards[0], scores=(bare, *silent.cards[0].scores[1:])),)
    )
    found = agent(silent)
    assert (found.went_well, found.to_try) == ((), ())
    assert found.focus == ("core", "empathy")  # there is something to work on, if not to hear


def test_a_clip_carries_its_score():
    (clip,) = agent(heard("c1", {"empathy": 0.5})).to_try
    assert (clip.call_id, clip.rubric, clip.criterion) == ("c1", "core", "empathy")
    assert (clip.outcome.value, clip.reason) == ("PARTLY_MET", "because")


# --- people and teams


def test_calls_are_newest_first_and_undated_ones_last():
    calls = [
        heard("c1", at=""),
        heard("c2", at="2026-10-27T09:00:00+01:00"),
        heard("c3", at="2026-10-27T08:30:00+00:00"),  # half an hour after c2
        heard("c4", at="1970-01-01T00:00:00+01:00"),  # before the epoch, and yet dated
    ]
    assert [one.call.id for one in agent(*calls).calls] == ["c3", "c2", "c4", "c1"]


def test_an_agent_is_shown_as_the_newest_call_says():
    calls = [
        heard("c1", {"empathy": 1.0}, at=DAYS[0], name="Ana Kos", team="Zagreb"),
        heard("c2", {"empathy": 1.0}, at=DAYS[1], name="Ana Horvat", team="Split"),
    ]
    shown = reviewed(*calls)
    assert [team.team for team in shown.teams] == ["Split"]
    (found,) = shown.teams[0].agents
    assert (found.agent_name, found.team, len(found.calls)) == ("Ana Horvat", "Split", 2)
    assert {(s.agent_name, s.team) for s in found.stats} == {("Ana Horvat", "Split")}


def test_teams_and_agents_are_in_order_of_their_names():
    calls = [
        heard("c1", agent="A9", name="Ana", team="Zagreb"),
        heard("c2", agent="A1", name="Zoe", team="Zagreb"),
        heard("c3", agent="A3", name="Zoe", team=""),
        heard("c4", agent="A2", team=""),
    ]
    shown = reviewed(*calls)
    assert [(t.team, [a.agent_id for a in t.agents]) for t in shown.teams] == [
        ("", ["A2", "A3"]),
        ("Zagreb", ["A9", "A1"]),
    ]


def test_stats_are_those_of_the_table():
    calls = [
        heard("c1", {"empathy": 1.0}, agent="A1", team="Split"),
        heard("c2", {"empathy": 0.0}, agent="A2", team="Split"),
    ]
    (team,) = reviewed(*calls).teams
    assert tuple(s for a in team.agents for s in a.stats) == agent_stats(calls)
    assert team.stats == team_stats(calls)


def test_nothing_reviewed_is_an_empty_review():
    failed = (FailedCall("c1", "failed", "missing", "c1.wav: no such file"),)
    assert review((), (), failed, "hr") == Review("hr", (), (), failed)


MANY = tuple(
    heard(
        f"c{number:02d}",
        {"empathy": (0.0, 0.5, 1.0, NA)[number % 4], "blame": (1.0, 0.1, 0.2)[number % 3]},
        agent=f"A{number % 4}",
        name=f"Agent {number % 2}",
        team=f"Team {number % 3}",
        at=("", DAYS[number % 5])[number % 3 > 0],
    )
    for number in range(18)
)


@given(st.permutations(MANY))
@settings(deadline=None, derandomize=True, max_examples=40)
def test_the_order_of_calls_changes_nothing(calls: list[ReviewedCall]):
    assert review(calls, (), (), "en") == review(MANY, (), (), "en")


@given(st.permutations(MANY))
@settings(deadline=None, derandomize=True, max_examples=10)
def test_every_call_is_on_one_page(calls: list[ReviewedCall]):
    shown = reviewed(*calls)
    ids = [c.call.id for team in shown.teams for one in team.agents for c in one.calls]
    assert sorted(ids) == [one.call.id for one in MANY]
