"""Replies: which of the moments that ask for an answer got one, and which surely did not."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from qa.nouns import Because, Outcome
from qa.scoring.conditions import Answer, Verdict, in_order, place_of
from qa.scoring.evidence import quotes
from qa.scoring.judgement import Judgement, by_share, doubtful, names_of, not_heard, unscored

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from qa.nouns import Moment, Speaker, Transcript
    from qa.scoring.kinds import ReplyCheck


@dataclass(frozen=True, slots=True)
class Asked:
    """The triggers of one turn: were there any, were they answered, and by what."""

    triggers: tuple[Moment, ...]  # the sure ones, if there are any; else the uncertain ones
    sure: bool
    answered: Answer
    answers: tuple[Moment, ...]  # that answer, or may


@dataclass(frozen=True, slots=True)
class Replies:
    """All triggers of a call that somebody had the chance to answer."""

    asked: tuple[Asked, ...]
    too_late: tuple[Moment, ...]  # triggers after which whoever answers had no turn

    @property
    def applies(self) -> Answer:
        if any(one.sure for one in self.asked):
            return Answer.YES
        return Answer.UNCERTAIN if self.asked else Answer.NO

    def share(self, unclear: Answer) -> Fraction:
        """Return the lowest (`unclear` NO) or highest (YES) share that can have been answered.

        Lowest: whatever may be an answer is none, and a trigger that may be one is if it lowers the
        share. Needs a sure trigger.
        """
        answers = [
            unclear if one.answered is Answer.UNCERTAIN else one.answered
            for one in self.asked
            if one.sure
        ]
        perhaps = (one for one in self.asked if not one.sure)
        answers += [unclear for one in perhaps if one.answered in (unclear, Answer.UNCERTAIN)]
        return Fraction(answers.count(Answer.YES), len(answers))


def judge_replies(
    check: ReplyCheck, moments: Sequence[Moment], transcript: Transcript
) -> Judgement:
    """Return how much of what asked for an answer was answered; what was not is quoted."""
    replies = find_replies(check, moments, transcript)
    triggers = in_order(m for one in replies.asked for m in one.triggers)
    if replies.applies is Answer.UNCERTAIN:
        return doubtful("unsure_applies", Verdict(Answer.UNCERTAIN, triggers))
    if replies.applies is Answer.NO:
        return Judgement(Outcome.NOT_APPLICABLE, _unasked(replies))
    if check.within_ms is not None and not any(turn.end_ms for turn in transcript.turns):
        return unscored(Because("no_times"))
    low, high = (
        by_share(replies.share(unclear), check.met_from) for unclear in (Answer.NO, Answer.YES)
    )
    if low != high:
        heard = in_order((*triggers, *(m for one in replies.asked for m in one.answers)))
        return doubtful("unsure_answered", Verdict(Answer.UNCERTAIN, heard))
    outcome, points = low
    because, shown = _shown(check, replies, outcome)
    return Judgement(outcome, because, quotes(shown), points)


def _unasked(replies: Replies) -> Because:
    if replies.too_late:
        return Because("no_chance", others=names_of(replies.too_late))
    return Because("not_asked_for")


def _shown(
    check: ReplyCheck, replies: Replies, outcome: Outcome
) -> tuple[Because, tuple[Moment, ...]]:
    """Return the reason and what to quote: the answers, or what was not answered."""
    sure = [one for one in replies.asked if one.sure]
    done = [one for one in sure if one.answered is Answer.YES]
    left = [one for one in sure if one.answered is not Answer.YES]
    answers = in_order(m for one in done for m in one.answers)
    unanswered = in_order(m for one in left for m in one.triggers)
    if not done:
        return not_heard(check.answer, unanswered), unanswered
    if not left:
        triggers = names_of(m for one in done for m in one.triggers)
        return Because("answered", moments=names_of(answers), others=triggers), answers
    because = Because(
        "answered_some",
        moments=names_of(answers),
        others=names_of(unanswered),
        value=float(len(done)),
        limit=float(len(sure)),
    )
    return because, answers if outcome is Outcome.MET else unanswered


def find_replies(check: ReplyCheck, moments: Sequence[Moment], transcript: Transcript) -> Replies:
    """Return the triggers of a call by turn, in order, each with what answers it.

    On a call, a trigger after which the other side has no turn asked for nothing that could still
    be given: whoever was heard last hung up. A message that nobody answered stays unanswered.
    """
    answers = in_order(m for m in moments if m.name in check.answer)
    by_turn: dict[int, list[Moment]] = {}
    for trigger in in_order(m for m in moments if m.name in check.trigger):
        by_turn.setdefault(trigger.turn, []).append(trigger)
    soon = _Soon(check, _counted(transcript))
    asked: list[Asked] = []
    too_late: list[Moment] = []
    for together in by_turn.values():
        if transcript.channel == "voice" and not _can_answer(together[0], transcript):
            too_late += together
        else:
            asked.append(_asked(together, answers, soon))
    return Replies(tuple(asked), tuple(too_late))


@dataclass(frozen=True, slots=True)
class _Soon:
    """What counts as soon enough on one call."""

    check: ReplyCheck
    turns: Mapping[Speaker, Mapping[int, int]]  # how many each has had, up to and with a turn

    def answers(self, answer: Moment, trigger: Moment) -> bool:
        """Say whether one moment comes after another, and soon enough.

        What one sentence does comes together: "not without a receipt, but I can exchange it".
        """
        earliest = place_of(trigger)
        if place_of(answer) < earliest:
            return False
        if place_of(answer) == earliest and answer.name == trigger.name:
            return False
        check = self.check
        if check.within_ms is not None and answer.start_ms - trigger.end_ms > check.within_ms:
            return False
        if check.within_turns is None or answer.turn == trigger.turn:
            return True
        had = self.turns[answer.speaker]
        return had[answer.turn] - had[trigger.turn] <= check.within_turns


def _counted(transcript: Transcript) -> dict[Speaker, dict[int, int]]:
    had: dict[Speaker, dict[int, int]] = {"agent": {}, "customer": {}}
    for speaker, counts in had.items():
        number = 0
        for turn in sorted(transcript.turns, key=lambda turn: turn.index):
            number += turn.speaker == speaker
            counts[turn.index] = number
    return had


def _can_answer(trigger: Moment, transcript: Transcript) -> bool:
    """Say whether the agent speaks after a trigger; after their own, they had the floor."""
    return trigger.speaker == "agent" or any(
        turn.speaker == "agent" and turn.index > trigger.turn for turn in transcript.turns
    )


def _asked(together: Sequence[Moment], answers: Sequence[Moment], soon: _Soon) -> Asked:
    sure = tuple(m for m in together if m.decision == "present")
    # a trigger that may be one counts as asking here: an answer to it may be an answer
    perhaps = tuple(a for a in answers if any(soon.answers(a, trigger) for trigger in together))
    present = [a for a in perhaps if a.decision == "present"]
    if sure:
        surely = tuple(a for a in present if any(soon.answers(a, trigger) for trigger in sure))
        if surely:
            return Asked(sure, True, Answer.YES, surely)
        return Asked(sure, True, Answer.UNCERTAIN if perhaps else Answer.NO, perhaps)
    # whichever of the uncertain triggers turns out to be one, this answers it
    if any(all(soon.answers(a, trigger) for trigger in together) for a in present):
        return Asked(tuple(together), False, Answer.YES, perhaps)
    return Asked(tuple(together), False, Answer.UNCERTAIN if perhaps else Answer.NO, perhaps)
