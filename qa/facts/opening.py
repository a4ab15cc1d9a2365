"""The opening of a call: was the customer heard out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from qa.facts.phrases import asks
from qa.facts.trust import WHO_CAME_IN, silent_side
from qa.nouns import Fact
from qa.text import normalise

if TYPE_CHECKING:
    from qa.facts.floor import Floor
    from qa.facts.runs import Run

TURN_END_MS: Final = 500  # speech that begins this late is ordinary turn-taking
STATEMENT_WORDS: Final = 4  # "hello, good morning" is not yet the matter

_NAME: Final = "opening_heard_out"


def opening_heard_out(floor: Floor) -> Fact:
    """1 if the customer's first statement was not interrupted and no question came before its end.

    The greeting is the agent's first run. The *statement* is the customer's first stretch of speech
    after the greeting began that has four words or more: runs in succession, until the agent says
    more than a backchannel or both are silent for over 3 s. It is not heard out if the agent
    interrupted it (attempts too), or if a question of the agent began before its last 500 ms.

    Offers of help, "how are you" and "can you hear me" are no questions here: they hand over the
    floor. Questions are told by their mark, or, where the source writes none, by how they begin.
    An agent who asks nothing has pre-empted nothing. No value: no greeting or no statement.
    """
    statement = _statement(floor)
    if not floor.agent.runs:
        return _undecided(floor, silent_side(floor.agent.runs, floor.customer.runs))
    if statement is None:
        return _undecided(floor, "no customer statement of four words found after the greeting")
    heard = not _interrupted(floor, statement) and not _pre_empted(floor, statement)
    return floor.judge(WHO_CAME_IN, Fact(_NAME, 1 if heard else 0, "yes_no"))


def _undecided(floor: Floor, reason: str) -> Fact:
    return floor.judge(WHO_CAME_IN, Fact(_NAME, None, "yes_no", reason=reason))


def _statement(floor: Floor) -> Run | None:
    if not floor.agent.runs:
        return None
    greeting_ms = floor.agent.runs[0].start_ms
    for stretch in floor.customer.stretches:
        if stretch.start_ms > greeting_ms:
            words = normalise(stretch.text).split()
            if len(words) >= STATEMENT_WORDS:
                return stretch
    return None


def _interrupted(floor: Floor, statement: Run) -> bool:
    return any(
        statement.start_ms <= event.start_ms < statement.end_ms
        for event in floor.agent.interruptions
    )


def _pre_empted(floor: Floor, statement: Run) -> bool:
    until_ms = statement.end_ms - TURN_END_MS
    return any(
        sentence.start_ms < until_ms
        and asks(sentence.text, floor.language)
        and not floor.sentences.has(sentence, "opening_offers")
        for sentence in floor.sentences.between("agent", 0, until_ms)
    )
