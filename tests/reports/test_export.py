"""Exported tables: the columns are a contract, written out here once more."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from qa.coaching.load import reviewed_calls
from qa.coaching.stats import agent_stats
from qa.facts import measure
from qa.nouns import (
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
    Transcript,
    Turn,
    Word,
)
from qa.problems import ConfigError
from qa.reports.export import COLUMNS, FORMATS, export, table_frame
from qa.store.rows import call_row, fact_row, scorecard_row, transcript_row
from qa.store.tables import Store
from tests.calls import call_of as call_of_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qa.nouns import Speaker

# What outside tools rely on: add at the end of a line, never rename.
CONTRACT = {
    "transcripts": "call_id language basis duration_ms asr coverage doubts caveats repairs",
    "turns": "call_id turn speaker start_ms end_ms text language basis",
    "words": "call_id turn speaker word start_ms end_ms confidence",
    "doubts": "call_id speaker start_ms end_ms reason",
    "facts": "call_id fact value unit trusted reason",
    "events": "call_id event speaker start_ms end_ms trusted",
    "moments": "call_id turn speaker moment probability decision quote start_ms end_ms",
    "scores": "call_id agent_id rubric version criterion outcome points weight reason quote "
    "start_ms end_ms scored_by",
    "cards": "call_id agent_id rubric version total coverage critical_failed "
    "sections_failed card_failed",
    "agents": "agent_id agent_name team period rubric criterion calls applicable mean low high "
    "trend",
    "ledger": "run_id call_id status stage code message attempts seconds",
}
ROOT = Path("/recordings")


def fill(store: Store, *ids: str, texts: Sequence[str] = ()) -> None:
    """Store one call per id with two turns, facts, moments, and cards of two rubrics.

    `texts`: what each call's agent says, which is also the name of the team.
    """
    said = dict(zip(ids, texts or ["I am sorry."] * len(ids), strict=True))
    tables: dict[str, list[dict[str, Any]]] = {
        "calls": [call_row(call_of(one, team=text), ROOT, "r1") for one, text in said.items()],
        "transcripts": [transcript_row(transcript(*one), f"t {one[0]}") for one in said.items()],
        "findings": [findings(*one) for one in said.items()],
        "scorecards": [
            scorecard_row(card(one, rubric, text), f"{rubric} {one}", f"f {one}", "d")
            for one, text in said.items()
            for rubric in ("heard", "core")
        ],
        "ledger": [entry("r1", one) for one in said],
    }
    for table, found in tables.items():
        store.append(table, [{"run_id": "r1"} | row for row in found])


def call_of(call_id: str, *, team: str = "", day: int = 27) -> Call:
    begun = datetime(2026, 10, day, tzinfo=UTC)
    return Call(call_id, ROOT / f"{call_id}.wav", "A1", "Željka", team, begun)


def transcript(call_id: str, text: str) -> Transcript:
    thanks = (Word("Хвала", 1000, 1600, 0.75), Word("вам.", 1600, 2000, 0.5))
    turns = (
        Turn(0, "agent", 0, 900, text),  # its words have no times
        Turn(1, "customer", 1000, 2000, "Хвала вам.", thanks),
    )
    doubts = (Doubt("customer", 1000, 2000, "pace"), Doubt("customer", 1000, 2000, "improbable"))
    return Transcript(
        *(call_id, turns, (), "sr", "stereo"),
        duration_ms=2000,
        asr="whisper x",
        doubts=doubts,
        coverage=0.875,
        caveats=("crosstalk", "one_voice"),
    )


CUT = Event("interruption", "agent", 500, 900)
SILENCE = Event("silence", None, 5000, 9000)
FACTS = (
    Fact("agent_interruptions", 1.0, "count", events=(CUT,)),
    Fact("agent_interruptions_per_min", 0.5, "per minute", events=(CUT,)),
    Fact("silences", 1.0, "count", trusted=True, events=(SILENCE,)),
    Fact("dead_air", 1.0, "count", trusted=False, reason="too short", events=(SILENCE,)),
    Fact("talk_share_agent", None, "share", trusted=False, reason="nobody speaks"),
)


def findings(call_id: str, quote: str) -> dict[str, Any]:
    moments = [Moment("apology", "agent", 0, quote, 0, 900, 0.875, "uncertain")]
    return {
        **{"key": f"f {call_id}", "transcript_key": f"t {call_id}", "call_id": call_id},
        "encoder": "e",
        "facts": [fact_row(fact) for fact in FACTS],
        "moments": [asdict(moment) for moment in moments],
    }


def card(call_id: str, rubric: str, quote: str) -> Scorecard:
    scores = (
        Score("empathy", Outcome.NOT_MET, 0.0, 60, "none heard", (), "present"),
        Score("blame", Outcome.MET, 1.0, 30, "none heard", (Evidence(0, quote, 0, 900),), "absent"),
        Score("apology", Outcome.UNSCORED, None, 10, "a person should decide", (), "present"),
    )
    return Scorecard(call_id, rubric, "1.2", 33.25, 0.9, ("empathy", "blame"), scores)


def entry(run_id: str, call_id: str) -> dict[str, Any]:
    return {
        **{"run_id": run_id, "call_id": call_id, "status": "failed", "stage": "intake"},
        **{"code": "missing", "message": "no file", "attempts": 1, "seconds": 0.125},
    }


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "out")


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Store:
    store = Store(tmp_path_factory.mktemp("out"))
    fill(store, "c2", "c1")
    store.append("ledger", [entry("r0", "c9")])
    return store


def written(store: Store, table: str, form: str, tmp_path: Path) -> str:
    out = tmp_path / f"{table}.{form}"
    export(store, table, form, out)
    return out.read_bytes().decode()


def rows(store: Store, table: str) -> list[dict[str, Any]]:
    return table_frame(store, table).to_dicts()


@pytest.mark.parametrize("table", CONTRACT)
def test_columns_are_those_of_the_contract(filled: Store, tmp_path: Path, table: str):
    expected = CONTRACT[table].split()
    assert table_frame(filled, table).columns == expected
    header = written(filled, table, "csv", tmp_path).split("\n", 1)[0]
    assert header == ",".join(expected)
    listed = json.loads(written(filled, table, "json", tmp_path))
    assert listed
    assert all(list(row) == expected for row in listed)


def test_every_table_of_the_command_can_be_exported():
    assert set(COLUMNS) == {"calls", *CONTRACT}
    assert COLUMNS["calls"][:3] == ("call_id", "recording", "agent_id")


@pytest.mark.parametrize("table", COLUMNS)
def test_types_do_not_depend_on_the_rows(filled: Store, store: Store, table: str):
    assert table_frame(store, table).schema == table_frame(filled, table).schema


@pytest.mark.parametrize("table", COLUMNS)
def test_formats_tell_the_same(filled: Store, tmp_path: Path, table: str):
    frame = table_frame(filled, table)
    out = tmp_path / "table.parquet"
    assert export(filled, table, "parquet", out) == frame.height
    assert pl.read_parquet(out).equals(frame)
    assert json.loads(written(filled, table, "json", tmp_path)) == frame.to_dicts()
    listed = list(csv.reader(io.StringIO(written(filled, table, "csv", tmp_path))))
    assert len(listed) == frame.height + 1


@pytest.mark.parametrize("table", COLUMNS)
def test_a_store_without_calls_gives_empty_tables(store: Store, tmp_path: Path, table: str):
    assert table_frame(store, table).height == 0
    assert written(store, table, "csv", tmp_path) == ",".join(COLUMNS[table]) + "\n"
    assert json.loads(written(store, table, "json", tmp_path)) == []
    assert export(store, table, "parquet", tmp_path / "empty.parquet") == 0
    assert pl.read_parquet(tmp_path / "empty.parquet").columns == list(COLUMNS[table])


# --- rows


def test_rows_are_in_the_order_of_calls(filled: Store):
    assert [row["call_id"] for row in rows(filled, "calls")] == ["c1", "c2"]
    assert [(row["call_id"], row["turn"]) for row in rows(filled, "turns")] == [
        *(("c1", 0), ("c1", 1), ("c2", 0), ("c2", 1)),
    ]
    assert [(row["call_id"], row["rubric"]) for row in rows(filled, "cards")] == [
        *(("c1", "core"), ("c1", "heard"), ("c2", "core"), ("c2", "heard")),
    ]
    assert [(row["run_id"], row["call_id"]) for row in rows(filled, "ledger")] == [
        *(("r0", "c9"), ("r1", "c1"), ("r1", "c2")),
    ]


def test_the_order_of_writing_changes_nothing(filled: Store, store: Store):
    store.append("ledger", [entry("r0", "c9")])
    fill(store, "c1")
    fill(store, "c2")
    for table in COLUMNS:
        assert table_frame(store, table).equals(table_frame(filled, table))


def test_turns_and_calls(filled: Store):
    assert rows(filled, "turns")[1] == {
        **{"call_id": "c1", "turn": 1, "speaker": "customer", "start_ms": 1000, "end_ms": 2000},
        **{"text": "Хвала вам.", "language": "sr", "basis": "stereo"},
    }
    call = rows(filled, "calls")[0]
    assert (call["recording"], call["agent_name"]) == ("c1.wav", "Željka")
    assert (call["started_at"], call["csat"]) == ("2026-10-27T00:00:00+00:00", None)
    assert (call["language"], call["duration_ms"]) == ("sr", 2000)  # as heard: it was not given


def test_calls_end_with_what_the_manifest_says_of_first_speaker_and_holds(store: Store):
    assert COLUMNS["calls"][-2:] == ("first_speaker", "holds")
    fill(store, "c1")
    said: list[tuple[Speaker | None, tuple[Hold, ...] | None, str | None]] = [
        (None, None, None),
        ("customer", (), "none"),
        ("agent", (Hold(63_500, 95_000), Hold(120_000, 151_040)), "63.5-95; 120-151.04"),
    ]
    for number, (first, holds, shown) in enumerate(said):
        call = replace(call_of("c1"), first_speaker=first, holds=holds)
        store.append("calls", [call_row(call, ROOT, f"r{number + 2}")])
        found = rows(store, "calls")[0]
        assert (found["first_speaker"], found["holds"]) == (first, shown)


def test_transcripts_tell_how_well_they_were_understood(filled: Store, store: Store):
    assert rows(filled, "transcripts")[0] == {
        **{"call_id": "c1", "language": "sr", "basis": "stereo", "duration_ms": 2000},
        **{"asr": "whisper x", "coverage": 0.875, "doubts": 2, "caveats": "crosstalk,one_voice"},
        "repairs": "",
    }
    fill(store, "c1")
    repairs = (Repair("out_of_order", 2, "turn 3"), Repair("no_length", 1, "turn 5"))
    ready = replace(transcript("c1", "Hi"), doubts=(), caveats=(), coverage=None, repairs=repairs)
    store.append("transcripts", [transcript_row(ready, "t2") | {"run_id": "r2"}])
    found = rows(store, "transcripts")[0]
    assert (found["coverage"], found["doubts"]) == (None, 0)  # not known is no zero
    assert found["caveats"] == ""
    assert found["repairs"] == "out_of_order:2,no_length:1"


def test_doubts_are_there_one_by_one(filled: Store):
    place = {"call_id": "c1", "speaker": "customer", "start_ms": 1000, "end_ms": 2000}
    assert rows(filled, "doubts")[:2] == [
        place | {"reason": "pace"},
        place | {"reason": "improbable"},
    ]
    assert [row["call_id"] for row in rows(filled, "doubts")] == ["c1", "c1", "c2", "c2"]


def test_words_are_those_with_times_in_order(filled: Store):
    said = {"turn": 1, "speaker": "customer"}
    assert rows(filled, "words") == [
        {"call_id": call_id, **said, "word": word, "start_ms": start, "end_ms": end, **sure}
        for call_id in ("c1", "c2")
        for word, start, end, sure in (
            ("Хвала", 1000, 1600, {"confidence": 0.75}),
            ("вам.", 1600, 2000, {"confidence": 0.5}),
        )
    ]


def test_words_are_those_of_the_current_transcript(filled: Store, store: Store):
    fill(store, "c2", "c1")
    silent = replace(transcript("c1", ""), turns=())
    store.append("transcripts", [transcript_row(silent, "t2") | {"run_id": "r2"}])
    assert {row["call_id"] for row in rows(store, "words")} == {"c2"}
    shorter = replace(silent, turns=(Turn(0, "agent", 0, 9, "Ja", (Word("Ja", 0, 9, 1.0),)),))
    store.append("transcripts", [transcript_row(shorter, "t3") | {"run_id": "r3"}])
    assert [(row["call_id"], row["word"]) for row in rows(store, "words")][:2] == [
        *(("c1", "Ja"), ("c2", "Хвала")),
    ]


def test_a_fact_that_could_not_be_measured_has_a_reason(filled: Store):
    found = {row["fact"]: row for row in rows(filled, "facts") if row["call_id"] == "c1"}
    assert list(found) == [fact.name for fact in FACTS]
    assert found["talk_share_agent"] == {
        **{"call_id": "c1", "fact": "talk_share_agent", "value": None, "unit": "share"},
        **{"trusted": False, "reason": "nobody speaks"},
    }


def test_an_event_that_several_facts_count_is_there_once(filled: Store):
    """It is trusted only if every fact that counted it is."""
    assert [row for row in rows(filled, "events") if row["call_id"] == "c1"] == [
        {
            **{"call_id": "c1", "event": "interruption", "speaker": "agent"},
            **{"start_ms": 500, "end_ms": 900, "trusted": True},
        },
        {
            **{"call_id": "c1", "event": "silence", "speaker": None},
            **{"start_ms": 5000, "end_ms": 9000, "trusted": False},
        },
    ]


def test_events_of_every_kind_are_rows_in_order_of_time(store: Store):
    """As the facts found them, also those that the same stretch of silence is at once."""
    transcript = call_of_lines(
        *("0-4 agent: The parcel left on Monday", "24-26 agent: It is in Zagreb"),
        *("24.8-31 customer: I have been waiting here for ages", "26.5-26.9 agent: mhm"),
        *("30-36 agent: The courier will ring the bell",),
    )
    call = replace(call_of(transcript.call_id), holds=(Hold(5000, 20_000),))
    facts = [fact_row(fact) for fact in measure(transcript, call)]
    store.append("calls", [call_row(call, ROOT, "r1")])
    store.append("transcripts", [transcript_row(transcript, "t c1") | {"run_id": "r1"}])
    found = findings("c1", "") | {"facts": facts, "moments": [], "run_id": "r1"}
    store.append("findings", [found])
    said = [(row["event"], row["speaker"], row["start_ms"], row["end_ms"], row["trusted"])
            for row in rows(store, "events")]  # fmt: skip
    # both silent 4-24 s, on hold 5-20 s of them as the manifest says, without a word about it
    assert said == [
        ("dead_air", None, 4000, 24_000, True),
        ("silence", None, 4000, 24_000, True),
        ("unexplained_hold", None, 4000, 24_000, True),
        ("unexplained_silence", None, 4000, 24_000, True),
        ("hold", None, 5000, 20_000, True),
        # 24.8-26 s: the agent gives way 1.2 s after the customer began
        ("attempted_interruption", "customer", 24_800, 26_000, True),
        ("backchannel", "agent", 26_500, 26_900, True),
        ("interruption", "agent", 30_000, 31_000, True),
    ]


def test_moments_keep_their_doubt(filled: Store):
    assert rows(filled, "moments")[0] == {
        **{"call_id": "c1", "turn": 0, "speaker": "agent", "moment": "apology"},
        **{"probability": 0.875, "decision": "uncertain", "quote": "I am sorry."},
        **{"start_ms": 0, "end_ms": 900},
    }


def test_unscored_is_no_zero(filled: Store):
    missed, met, unscored = rows(filled, "scores")[:3]
    assert (missed["outcome"], missed["points"]) == ("NOT_MET", 0.0)
    assert (unscored["outcome"], unscored["points"]) == ("UNSCORED", None)
    assert unscored["reason"] == "a person should decide"
    assert (unscored["quote"], unscored["start_ms"], unscored["end_ms"]) == (None, None, None)
    assert met == {
        **{"call_id": "c1", "agent_id": "A1", "rubric": "core", "version": "1.2"},
        **{"criterion": "blame", "outcome": "MET", "points": 1.0, "weight": 30.0},
        **{"reason": "none heard", "quote": "I am sorry.", "start_ms": 0, "end_ms": 900},
        "scored_by": "absent",
    }


def test_cards_and_agents(filled: Store):
    assert rows(filled, "cards")[0] == {
        **{"call_id": "c1", "agent_id": "A1", "rubric": "core", "version": "1.2"},
        **{"total": 33.25, "coverage": 0.9, "critical_failed": "empathy,blame"},
        **{"sections_failed": "", "card_failed": False},
    }
    stats = agent_stats(reviewed_calls(filled))
    assert rows(filled, "agents") == [asdict(stat) for stat in stats]
    first = stats[0]
    assert (first.period, first.criterion, first.calls, first.mean) == ("all", "empathy", 2, 0.0)


# --- what a spreadsheet would run


UNSAFE = (
    '=HYPERLINK("http://evil.example","click")',
    *("=1+1", "+385 1 234", "-1+1", "@SUM(A1)", "\t=1+1", "\r=1+1", "\n=1+1"),
    *("=", "＝1+1", "-- dobar dan", '="a",\n"b"'),
)
SAFE = ("I am sorry.", "a=b", "1-1", "'quoted'", "", " ", "Ćao, čujemo se", 'say "hi"', "a\n=b")


def cells(store: Store, table: str, column: str, tmp_path: Path) -> list[str]:
    """Return a column as a spreadsheet would read it."""
    listed = csv.DictReader(io.StringIO(written(store, table, "csv", tmp_path), newline=""))
    return [row[column] for row in listed]


def numbered(texts: Sequence[str]) -> list[str]:
    return [f"c{number:02d}" for number in range(len(texts))]


def test_csv_cells_are_made_safe(store: Store, tmp_path: Path):
    fill(store, *numbered(UNSAFE), texts=UNSAFE)
    safe = ["'" + text for text in UNSAFE]
    assert cells(store, "turns", "text", tmp_path)[::2] == safe
    assert cells(store, "moments", "quote", tmp_path) == safe
    assert cells(store, "calls", "team", tmp_path) == safe
    # six scores a call, of which the second and the fifth quote the agent
    assert cells(store, "scores", "quote", tmp_path)[1::3] == [t for t in safe for _ in range(2)]
    # the other formats are for programs, and verbatim
    listed = json.loads(written(store, "turns", "json", tmp_path))
    assert [row["text"] for row in listed[::2]] == list(UNSAFE)


def test_other_cells_are_verbatim(store: Store, tmp_path: Path):
    fill(store, *numbered(SAFE), texts=SAFE)
    assert cells(store, "turns", "text", tmp_path)[::2] == list(SAFE)


def test_negative_numbers_stay_numbers(store: Store, tmp_path: Path):
    """One MET call in the first week, one NOT_MET in the second: a trend of -1."""
    fill(store, "c1", "c2")
    calls = [call_of("c1", day=5), call_of("c2", day=12)]
    store.append("calls", [call_row(call, ROOT, "r2") for call in calls])
    score = card("c1", "core", "").scores[0]
    for call, points in zip(calls, (1.0, 0.0), strict=True):
        later = replace(card(call.id, "core", ""), scores=(replace(score, points=points),))
        row = scorecard_row(later, f"second {call.id}", f"f {call.id}", "d") | {"run_id": "r2"}
        store.append("scorecards", [row])
    assert cells(store, "agents", "rubric", tmp_path)[0] == "core"
    assert cells(store, "agents", "period", tmp_path)[:3] == ["all", "2026-W41", "2026-W42"]
    assert cells(store, "agents", "trend", tmp_path)[:3] == ["-1.0", "", "-1.0"]
    assert cells(store, "agents", "mean", tmp_path)[:3] == ["0.5", "1.0", "0.0"]


# --- where to


def test_text_goes_to_standard_output(filled: Store, capsys: pytest.CaptureFixture[str]):
    assert export(filled, "turns", "csv", None) == 4
    out = capsys.readouterr().out
    assert out.splitlines()[2] == "c1,1,customer,1000,2000,Хвала вам.,sr,stereo"
    export(filled, "turns", "json", None)
    assert len(json.loads(capsys.readouterr().out)) == 4


def test_parquet_is_not_for_a_terminal(filled: Store, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(ConfigError, match="name a file with --out"):
        export(filled, "turns", "parquet", None)
    assert capsys.readouterr().out == ""


def test_unknown_names_are_told_with_the_known_ones(filled: Store, tmp_path: Path):
    with pytest.raises(
        ConfigError, match="no table 'verdicts': use one of calls, transcripts, turns"
    ):
        export(filled, "verdicts", "csv", tmp_path / "out.csv")
    with pytest.raises(ConfigError, match="no format 'xlsx': use one of csv, parquet, json"):
        export(filled, "turns", "xlsx", tmp_path / "out.xlsx")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("form", FORMATS)
def test_a_file_that_cannot_be_written_is_told(filled: Store, tmp_path: Path, form: str):
    with pytest.raises(ConfigError, match="cannot be written: No such file or directory"):
        export(filled, "turns", form, tmp_path / "nowhere" / "out")
