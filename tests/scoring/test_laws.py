"""Laws of scoring, on calls and rubrics that hypothesis makes up."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from qa.nouns import Fact, Moment, Outcome, Score, Scorecard, Transcript
from qa.scoring.card import score
from qa.scoring.conditions import Answer, holds
from qa.scoring.judgement import Findings
from qa.scoring.rubric import Rubric
from qa.scoring.terms import AllOf, AnyOf, Condition, MomentCondition, Not
from tests.calls import call_of
from tests.scoring.dialogues import criterion_of, data_of

if TYPE_CHECKING:
    import random

    from qa.nouns import Decision

NAMES = ("complaint", "empathy", "apology", "blame")
LINES = [f"{i * 5}-{i * 5 + 4} {('customer', 'agent')[i % 2]}: said {i}" for i in range(6)]
TRANSCRIPT: Transcript = call_of(*LINES)
LAWS = settings(deadline=None, derandomize=True, max_examples=150)


@st.composite
def some_moments(draw: st.DrawFn) -> tuple[Moment, ...]:
    """Draw moments of the six turns, several of one sentence among them."""
    decisions: tuple[Decision, ...] = ("present", "uncertain")
    kinds = st.tuples(st.sampled_from(NAMES), st.integers(0, 5), st.sampled_from(decisions))
    drawn = draw(st.lists(kinds, max_size=8, unique_by=lambda kind: kind[:2]))
    return tuple(
        Moment(
            name,
            TRANSCRIPT.turns[turn].speaker,
            turn,
            TRANSCRIPT.turns[turn].text,
            turn * 5000,
            turn * 5000 + 4000,
            0.5,
            decision,
        )
        for name, turn, decision in drawn
    )


names = st.sampled_from(NAMES)
starts = st.lists(names, max_size=2).map(tuple)
leaves = st.builds(
    MomentCondition,
    moment=names,
    at_least=st.integers(1, 3),
    after_first=starts,
    after_last=starts,
)


def _composed(parts: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    several = st.lists(parts, min_size=1, max_size=3).map(tuple)
    return st.one_of(
        st.builds(AnyOf, any=several),
        st.builds(AllOf, all=several),
        parts.map(lambda part: Not(not_=part)),
    )


conditions = st.recursive(leaves, _composed, max_leaves=6)


def _graded(met: Condition) -> dict[str, Any]:
    partly = {"moment": "apology"}
    return {"kind": "graded", "met": met.model_dump(by_alias=True), "partly_met": partly}


listed = st.lists(names, min_size=1, max_size=2, unique=True)
steps = st.one_of(
    st.fixed_dictionaries({"moments": st.lists(names, min_size=1, max_size=2, unique=True)}),
    st.just({"fact": "holds", "above": 0}),
)
simple_checks = st.one_of(
    st.fixed_dictionaries(
        {
            "kind": st.just("present"),
            "moments": listed,
            "at_least": st.integers(1, 2),
            "after_first": st.lists(names),
            "within_turns": st.none() | st.integers(1, 2),
        }
    ),
    st.fixed_dictionaries(
        {"kind": st.just("absent"), "moments": listed, "tolerate": st.integers(0, 2)}
    ),
    conditions.map(_graded),
    st.fixed_dictionaries(
        {
            "kind": st.just("reply"),
            "trigger": listed,
            "answer": listed,
            "within_turns": st.none() | st.integers(1, 2),
            "within_ms": st.sampled_from([1000, 6000, 60_000]),
            "met_from": st.sampled_from([0.5, 1.0]),
        }
    ),
    st.fixed_dictionaries(
        {
            "kind": st.just("sequence"),
            "steps": st.lists(steps, min_size=2, max_size=4),
            "ordered": st.booleans(),
            "after_first": st.lists(names, max_size=1),
            "met_from": st.sampled_from([0.5, 1.0]),
        }
    ),
)


def _combined(parts: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    several = st.lists(parts, min_size=2, max_size=3)
    return st.fixed_dictionaries({"kind": st.sampled_from(["all", "any"]), "checks": several})


checks = st.recursive(simple_checks, _combined, max_leaves=3)
facts = st.sampled_from([(), *((Fact("holds", float(n), "count"),) for n in (0, 1))])


@st.composite
def some_rubrics(draw: st.DrawFn) -> Rubric:
    """Draw a rubric of one to five criteria, of any weights that sum to 100."""
    shares = draw(st.lists(st.integers(0, 1000), min_size=1, max_size=5).filter(any))
    criteria = []
    for i, share in enumerate(shares):
        when = draw(st.none() | conditions)
        criteria.append(
            criterion_of(
                f"c{i}",
                100 * share / sum(shares),
                check=draw(checks),
                when=when.model_dump(by_alias=True) if when else None,
                critical=draw(st.booleans()),
            )
        )
    return Rubric.model_validate(data_of(*criteria, minimum_coverage=draw(st.floats(0, 1))))


@LAWS
@given(some_moments(), some_rubrics(), st.randoms(use_true_random=False))
def test_the_order_of_moments_changes_nothing(
    moments: tuple[Moment, ...], rubric: Rubric, chance: random.Random
) -> None:
    shuffled = list(moments)
    chance.shuffle(shuffled)
    assert score(Findings(TRANSCRIPT, (), tuple(shuffled)), rubric) == score(
        Findings(TRANSCRIPT, (), moments), rubric
    )


@LAWS
@given(some_moments(), some_rubrics(), st.randoms(use_true_random=False))
def test_the_order_of_criteria_changes_only_the_order_of_scores(
    moments: tuple[Moment, ...], rubric: Rubric, chance: random.Random
) -> None:
    section = rubric.sections[0]
    shuffled = list(section.criteria)
    chance.shuffle(shuffled)
    other = rubric.model_copy(
        update={"sections": (section.model_copy(update={"criteria": tuple(shuffled)}),)}
    )
    findings = Findings(TRANSCRIPT, (), moments)
    one, two = score(findings, rubric), score(findings, other)
    assert (one.total, one.coverage) == (two.total, two.coverage)
    assert set(one.scores) == set(two.scores)
    assert set(one.critical_failed) == set(two.critical_failed)


def _is_sound(card: Scorecard) -> bool:
    in_bounds = card.total is None or 0 <= card.total <= 100
    return in_bounds and 0 <= card.coverage <= 1 and all(_fits(s) for s in card.scores)


def _fits(one: Score) -> bool:
    """Say whether points and outcome agree: partial credit lies between nothing and all."""
    if one.outcome is Outcome.PARTLY_MET:
        return one.points is not None and 0 < one.points < 1 and bool(one.reason)
    known = {Outcome.MET: 1.0, Outcome.NOT_MET: 0.0}
    return one.points == known.get(one.outcome) and bool(one.reason)


@LAWS
@given(some_moments(), some_rubrics())
def test_totals_and_coverage_stay_in_bounds_and_points_follow_outcomes(
    moments: tuple[Moment, ...], rubric: Rubric
) -> None:
    card = score(Findings(TRANSCRIPT, (), moments), rubric)
    assert _is_sound(card)
    if card.total is not None:
        assert card.coverage >= rubric.minimum_coverage


def _worlds(moments: tuple[Moment, ...]) -> list[tuple[Moment, ...]]:
    """Return every way in which the uncertain moments can turn out to be, or not to be."""
    worlds: list[tuple[Moment, ...]] = [()]
    for m in moments:
        sure = Moment(
            m.name, m.speaker, m.turn, m.quote, m.start_ms, m.end_ms, m.probability, "present"
        )
        with_it = [(*world, sure) for world in worlds]
        worlds = with_it if m.decision == "present" else worlds + with_it
    return worlds


@LAWS
@given(some_moments(), conditions)
def test_an_answer_holds_however_the_uncertain_moments_turn_out(
    moments: tuple[Moment, ...], condition: Condition
) -> None:
    # the meaning of "uncertain decides nothing": the obvious, slow way asks every possible call
    answer = holds(condition, moments).answer
    possible = {holds(condition, world).answer for world in _worlds(moments)}
    assert Answer.UNCERTAIN not in possible
    if answer is not Answer.UNCERTAIN:
        assert possible == {answer}


@LAWS
@given(some_moments(), leaves)
def test_a_single_condition_is_uncertain_only_if_it_could_go_either_way(
    moments: tuple[Moment, ...], condition: MomentCondition
) -> None:
    # one name may be counted and counted from at once; that is the only case that stays cautious
    if condition.moment in (*condition.after_first, *condition.after_last):
        return
    if set(condition.after_first) & set(condition.after_last):
        return
    if holds(condition, moments).answer is Answer.UNCERTAIN:
        assert {holds(condition, world).answer for world in _worlds(moments)} == {
            Answer.NO,
            Answer.YES,
        }


@LAWS
@given(some_moments(), facts, st.tuples(st.none() | conditions, checks))
def test_a_score_stands_however_the_uncertain_moments_turn_out(
    moments: tuple[Moment, ...],
    known: tuple[Fact, ...],
    asked: tuple[Condition | None, dict[str, Any]],
) -> None:
    # "uncertain moments never decide alone", for whole criteria: the slow way scores every call
    # that this one can turn out to be
    when, check = asked
    written = None if when is None else when.model_dump(by_alias=True)
    rubric = Rubric.model_validate(data_of(criterion_of(check=check, when=written)))
    (one,) = score(Findings(TRANSCRIPT, known, moments), rubric).scores
    if one.outcome is Outcome.UNSCORED:
        return
    for world in _worlds(moments):
        (other,) = score(Findings(TRANSCRIPT, known, world), rubric).scores
        assert (other.outcome, other.points) == (one.outcome, one.points)


@LAWS
@given(some_moments(), checks)
def test_with_nothing_uncertain_everything_is_scored(
    moments: tuple[Moment, ...], check: dict[str, Any]
) -> None:
    sure = tuple(replace(moment, decision="present") for moment in moments)
    known = (Fact("holds", 1.0, "count"),)
    rubric = Rubric.model_validate(data_of(criterion_of(check=check)))
    (one,) = score(Findings(TRANSCRIPT, known, sure), rubric).scores
    assert one.outcome is not Outcome.UNSCORED


@settings(LAWS, max_examples=40)
@given(st.lists(some_moments(), min_size=2, max_size=6), some_rubrics(), st.integers(1, 4))
def test_the_order_of_calls_and_the_number_of_workers_change_no_score(
    calls: list[tuple[Moment, ...]], rubric: Rubric, workers: int
) -> None:
    found = [
        Findings(replace(TRANSCRIPT, call_id=f"c{at}"), (), moments)
        for at, moments in enumerate(calls)
    ]
    alone = {one.transcript.call_id: score(one, rubric) for one in found}
    with ThreadPoolExecutor(workers) as pool:
        together = list(pool.map(lambda one: score(one, rubric), reversed(found)))
    assert {card.call_id: card for card in together} == alone


@LAWS
@given(some_moments(), some_rubrics())
def test_scoring_changes_nothing_and_gives_the_same_twice(
    moments: tuple[Moment, ...], rubric: Rubric
) -> None:
    findings = Findings(TRANSCRIPT, (), moments)
    before = (repr(findings), rubric.model_dump_json(), rubric.digest())
    assert score(findings, rubric) == score(findings, rubric)
    assert (repr(findings), rubric.model_dump_json(), rubric.digest()) == before
