"""What is read back in columns is what is read back row by row, whatever the order of tables."""

from __future__ import annotations

import random
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

import pytest

from qa.nouns import Moment, Transcript
from qa.scoring.asked import Asked, quoted_facts
from qa.scoring.card import score
from qa.scoring.judgement import Findings
from qa.store import stream
from qa.store.rows import fact_row, transcript_row
from qa.store.stream import current_studies, studied
from qa.store.tables import Store
from tests.calls import call_of
from tests.scoring.dialogues import criterion_of, rubric_of, spoken

if TYPE_CHECKING:
    from pathlib import Path

CALLS = {
    # the agent comes in twice; the quotes begin at the word at which that happened
    "interrupted": spoken(
        "0-9 customer: my parcel is late and nobody has told me anything about it at all",
        "4-11 agent: let me stop you there [refusal] because I have no time for this today",
        "12-20 customer: but I only wanted to ask you where it is now please tell me",
        "14-22 agent: I am sorry [apology] you have to wait like everybody else does",
    ),
    "uncertain": spoken(
        "0-4 customer: That is annoying. [frustration?]", "5-8 agent: I am sorry. [apology?]"
    ),
    "chat": spoken(
        "0 customer: Где је пакет? [problem]", "60 agent: Стиже сутра. [solution]", channel="chat"
    ),
    "silent": Findings(call_of("0-3 agent:", "4-6 customer:"), (), ()),
    "empty": Findings(call_of(duration=5), (), ()),
}
RUBRIC = rubric_of(
    criterion_of(
        "interruptions",
        40,
        check={
            "kind": "fact",
            "fact": "agent_interruptions_per_min",
            "bands": [{"up_to": 0, "outcome": "MET"}, {"outcome": "NOT_MET"}],
        },
    ),
    criterion_of("apology", 40, check={"kind": "present", "moments": ["apology"]}),
    criterion_of("refusal", 20, check={"kind": "absent", "moments": ["refusal"]}),
)
QUOTED = quoted_facts([Asked(RUBRIC)])


def named(findings: Findings, call_id: str) -> Findings:
    return replace(findings, transcript=replace(findings.transcript, call_id=call_id))


def stored(folder: Path, calls: dict[str, Findings], *, seed: int = 0) -> Store:
    """Return a store that has each call's rows, either table in an order of its own."""
    store = Store(folder)
    for table in ("transcripts", "findings"):
        order = sorted(calls)
        random.Random(f"{seed}{table}").shuffle(order)
        for at in range(0, len(order), 4):
            rows = [_row(table, calls[one]) | {"run_id": "r1"} for one in order[at : at + 4]]
            store.append(table, rows)
    return store


def _row(table: str, findings: Findings) -> dict[str, object]:
    call_id = findings.transcript.call_id
    if table == "transcripts":
        return transcript_row(findings.transcript, f"t-{call_id}")
    return {
        "key": f"f-{call_id}",
        "transcript_key": f"t-{call_id}",
        "call_id": call_id,
        "facts": [fact_row(fact) for fact in findings.facts],
        "moments": [asdict(moment) for moment in findings.moments],
        "encoder": "words",
        "replies": [],
    }


def many(count: int) -> dict[str, Findings]:
    kinds = list(CALLS.values())
    return {f"c{n:02}": named(kinds[n % len(kinds)], f"c{n:02}") for n in range(count)}


@pytest.fixture(autouse=True)
def _small_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "_PORTION", 3)


def read(store: Store, wanted: dict[str, str] | None = None) -> dict[str, Findings]:
    keys = current_studies(store) if wanted is None else wanted
    found = list(studied(store, keys, QUOTED))
    assert len(dict(found)) == len(found)
    return dict(found)


@pytest.mark.parametrize("seed", range(4))
def test_scores_are_those_of_what_was_stored(tmp_path: Path, seed: int) -> None:
    calls = many(17)
    found = read(stored(tmp_path, calls, seed=seed))
    assert {f"f-{one}" for one in calls} == found.keys()
    for call_id, findings in calls.items():
        again = found[f"f-{call_id}"]
        assert score(again, RUBRIC) == score(findings, RUBRIC)
        assert (again.facts, again.moments) == (findings.facts, findings.moments)


def test_only_turns_that_a_score_may_quote_have_words(tmp_path: Path) -> None:
    found = read(stored(tmp_path, {"c": named(CALLS["interrupted"], "c")}))["f-c"]
    worded = [bool(turn.words) for turn in found.transcript.turns]
    assert worded == [False, True, False, True]


def test_a_quote_of_an_interruption_begins_where_it_began(tmp_path: Path) -> None:
    # the agent's one turn has words from 0 s on, and comes in at 6 s
    findings = spoken(
        "0-2 6-11 agent: good morning this is support let me stop you there for a moment please",
        "3-9 customer: my parcel is late and nobody has told me anything about it",
    )
    found = read(stored(tmp_path, {"c": named(findings, "c")}))["f-c"]
    (quote,) = (e.quote for e in score(found, RUBRIC).scores[0].evidence)
    assert quote == score(findings, RUBRIC).scores[0].evidence[0].quote
    assert not found.transcript.turns[0].text.startswith(quote)


def test_other_turns_keep_their_text_and_times(tmp_path: Path) -> None:
    findings = named(CALLS["interrupted"], "c")
    found = read(stored(tmp_path, {"c": findings}))["f-c"]

    def bare(transcript: Transcript) -> list[object]:
        return [replace(turn, words=()) for turn in transcript.turns]

    assert bare(found.transcript) == bare(findings.transcript)


def test_only_what_is_wanted_is_read_and_each_once(tmp_path: Path) -> None:
    calls = many(9)
    store = stored(tmp_path, calls)
    store.append("findings", [_row("findings", calls["c04"]) | {"run_id": "r2"}])
    store.append("transcripts", [_row("transcripts", calls["c04"]) | {"run_id": "r2"}])
    wanted = {"f-c04": "t-c04", "f-c07": "t-c07", "f-gone": "t-gone"}
    assert read(store, wanted).keys() == {"f-c04", "f-c07"}
    assert read(store, {}) == {}


def test_findings_of_a_transcript_that_was_replaced_are_not_current(tmp_path: Path) -> None:
    calls = many(2)
    store = stored(tmp_path, calls)
    later = transcript_row(calls["c01"].transcript, "t-other") | {"run_id": "r2"}
    store.append("transcripts", [later])
    assert current_studies(store) == {"f-c00": "t-c00"}


def test_findings_without_a_transcript_are_left_out(tmp_path: Path) -> None:
    store = stored(tmp_path, many(3))
    alone = named(CALLS["chat"], "alone")
    store.append("findings", [_row("findings", alone) | {"run_id": "r1"}])
    wanted = current_studies(store) | {"f-alone": "t-alone"}
    assert "f-alone" not in read(store, wanted)


def test_moments_keep_their_decisions(tmp_path: Path) -> None:
    (found,) = read(stored(tmp_path, {"c": named(CALLS["uncertain"], "c")})).values()
    assert all(isinstance(moment, Moment) for moment in found.moments)
    assert [moment.decision for moment in found.moments] == ["uncertain", "uncertain"]
