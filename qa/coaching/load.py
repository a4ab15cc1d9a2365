"""Reviewed calls from the store: each call's current manifest row, transcript and cards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qa.coaching.views import CriterionText, FailedCall, ReviewedCall, RubricText
from qa.facts.replies import compared
from qa.store.replies import generic_shares
from qa.store.rows import call_of, facts_of, moments_of, scorecard_of, transcript_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qa.nouns import Language, Scorecard
    from qa.scoring.rubric import Rubric
    from qa.store.tables import Row, Store


def reviewed_calls(store: Store, call_ids: Sequence[str] | None = None) -> tuple[ReviewedCall, ...]:
    """Return every call that has a transcript, in order of id, with the cards of its latest run.

    With `call_ids`, only they are read.

    A call whose card under some rubric was made by an earlier run than its newest findings
    keeps that card: it is the latest that exists. What was found in an earlier transcript (its
    recording has been replaced, and the new one is not scored yet) is left out: those quotes are
    not in the call.
    """
    transcripts = _by_call(store, "transcripts", call_ids)
    current = {row["key"] for row in transcripts.values()}
    sources = store.scan("findings").select("key", "transcript_key").collect().iter_rows()
    found_in = {key for key, transcript in sources if transcript in current}
    findings = {
        call_id: row
        for call_id, row in _by_call(store, "findings", call_ids).items()
        if row["key"] in found_in
    }
    shares = generic_shares(store)
    cards: dict[str, list[Scorecard]] = {}
    by = ("call_id", "rubric")
    for row in store.latest("scorecards", by, call_ids=call_ids).to_dicts():
        if row["findings_key"] in found_in:
            cards.setdefault(row["call_id"], []).append(scorecard_of(row))
    return tuple(
        ReviewedCall(
            call=call_of(row),
            transcript=transcript_of(transcripts[row["call_id"]]),
            facts=compared(facts_of(found), shares.get(row["call_id"]))
            if (found := findings.get(row["call_id"]))
            else (),
            moments=moments_of(found) if found else (),
            cards=tuple(cards.get(row["call_id"], ())),
        )
        for row in store.latest("calls", call_ids=call_ids).to_dicts()
        if row["call_id"] in transcripts
    )


def _by_call(store: Store, table: str, call_ids: Sequence[str] | None) -> dict[str, Row]:
    return {row["call_id"]: row for row in store.latest(table, call_ids=call_ids).to_dicts()}


def failed_calls(store: Store) -> tuple[FailedCall, ...]:
    """Return the calls whose latest ledger row says failed or empty, in order of id.

    A call with a transcript of an earlier run is not among them: it has its page.
    """
    heard = set(store.latest("transcripts", columns=("call_id",))["call_id"].to_list())
    return tuple(
        FailedCall(row["call_id"], row["status"], row["code"], row["message"])
        for row in store.latest("ledger").to_dicts()
        if row["status"] in ("failed", "empty") and row["call_id"] not in heard
    )


def rubric_text(rubric: Rubric, language: Language) -> RubricText:
    """Return a rubric's texts in a language; what is not written in it is shown in English."""

    def pick(texts: dict[Language, str]) -> str:
        return texts.get(language) or texts.get("en") or next(iter(texts.values()))

    return RubricText(
        name=rubric.name,
        version=rubric.version,
        title=pick(rubric.title),
        language=language,
        criteria=tuple(
            (
                criterion.name,
                CriterionText(
                    title=pick(criterion.title),
                    why=pick(criterion.why),
                    say_instead=criterion.say_instead.get(
                        language, criterion.say_instead.get("en", ())
                    ),
                ),
            )
            for criterion in rubric.criteria
        ),
        sections=tuple((section.name, pick(section.title)) for section in rubric.sections),
    )
