"""Reviewed calls for tests, as short as they can be written."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from qa.coaching.views import ReviewedCall
from qa.nouns import Call, Evidence, Outcome, Score, Scorecard, Transcript

if TYPE_CHECKING:
    from collections.abc import Mapping

NA, UNSCORED = Outcome.NOT_APPLICABLE, Outcome.UNSCORED
Mark = float | Outcome  # points, or why there are none

_OF_POINTS = {1.0: Outcome.MET, 0.0: Outcome.NOT_MET}


def heard(
    call_id: str,
    marks: Mapping[str, Mark] | None = None,
    *,
    agent: str = "A1",
    name: str = "",
    team: str = "",
    at: str = "2026-10-27T09:00:00+01:00",
    rubric: str = "core",
) -> ReviewedCall:
    """Return a call with one card; points 1 are MET, 0 NOT_MET, between them PARTLY_MET.

    Every score quotes "<criterion> of <call>"; `at` may be empty. With no marks, no card.
    """
    return ReviewedCall(
        call=Call(
            id=call_id,
            recording=Path(f"{call_id}.wav"),
            agent_id=agent,
            agent_name=name,
            team=team,
            started_at=datetime.fromisoformat(at) if at else None,
        ),
        transcript=Transcript(call_id, (), (), "en", "stereo"),
        facts=(),
        moments=(),
        cards=() if marks is None else (card(call_id, marks, rubric),),
    )


def card(call_id: str, marks: Mapping[str, Mark], rubric: str = "core") -> Scorecard:
    scores = tuple(_score(call_id, criterion, mark) for criterion, mark in marks.items())
    return Scorecard(call_id, rubric, "1", None, 0.0, (), scores)


def _score(call_id: str, criterion: str, mark: Mark) -> Score:
    points = None if isinstance(mark, Outcome) else float(mark)
    outcome = mark if isinstance(mark, Outcome) else _OF_POINTS.get(mark, Outcome.PARTLY_MET)
    quote = Evidence(0, f"{criterion} of {call_id}", 0, 1000)
    return Score(criterion, outcome, points, 10, "because", (quote,), "present")
