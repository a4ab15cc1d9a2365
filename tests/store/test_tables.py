"""Tables on a real folder: appended whole, read as of the last commit."""

from __future__ import annotations

import multiprocessing
import threading
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from qa.problems import ConfigError
from qa.store.schema import TABLES, schema
from qa.store.tables import Store, open_store

if TYPE_CHECKING:
    from pathlib import Path


def entry(call_id: str, run_id: str = "r1", status: str = "done") -> dict[str, Any]:
    """Return a ledger row."""
    return {
        **{"run_id": run_id, "call_id": call_id, "status": status, "stage": "", "code": ""},
        **{"message": "", "attempts": 1, "seconds": 0.5},
    }


def card(call_id: str, rubric: str, run_id: str, key: str) -> dict[str, Any]:
    return {
        **{"key": key, "findings_key": "f", "call_id": call_id, "rubric": rubric, "version": "1"},
        **{"total": None, "coverage": 0.0, "critical_failed": [], "scores": [], "run_id": run_id},
    }


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


@pytest.mark.parametrize("table", TABLES)
def test_a_table_is_empty_before_anything_is_written(store: Store, table: str):
    frame = store.scan(table).collect()
    assert frame.height == 0
    assert frame.schema == schema(table)
    assert store.latest(table).height == 0
    assert not (store.root / "tables").exists()  # reading makes nothing


def test_keys_and_attempts_of_nothing(store: Store):
    assert store.keys("transcripts") == frozenset()
    assert store.by_key("transcripts", ["k"]) == {}
    assert store.attempts() == {}


def test_no_rows_are_no_commit(store: Store):
    store.append("ledger", [])
    assert not (store.root / "tables").exists()


def test_rows_are_added_to_what_is_there(store: Store):
    store.append("ledger", [entry("c1"), entry("c2")])
    store.append("ledger", [entry("c3")])
    frame = store.scan("ledger").collect()
    assert sorted(frame["call_id"].to_list()) == ["c1", "c2", "c3"]
    assert frame.schema == schema("ledger")


def test_a_table_that_does_not_exist_is_a_bug(store: Store):
    with pytest.raises(KeyError, match="no such table: verdicts"):
        store.scan("verdicts")
    with pytest.raises(KeyError):
        store.append("verdicts", [{"call_id": "c1"}])


def test_a_row_of_the_wrong_kind_is_refused_whole(store: Store):
    with pytest.raises((pl.exceptions.PolarsError, TypeError)):
        store.append("ledger", [entry("c1"), entry("c2") | {"attempts": "many"}])
    assert store.scan("ledger").collect().height == 0


def test_rows_are_found_by_key(store: Store):
    store.append("scorecards", [card("c1", "core", "r1", "k1"), card("c2", "core", "r1", "k2")])
    store.append("scorecards", [card("c3", "core", "r2", "k3")])
    assert store.keys("scorecards") == {"k1", "k2", "k3"}
    found = store.by_key("scorecards", ["k3", "k1", "unheard of"])
    assert {key: row["call_id"] for key, row in found.items()} == {"k1": "c1", "k3": "c3"}
    assert store.by_key("scorecards", []) == {}


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_the_latest_row_is_that_of_the_latest_run_however_they_were_written(
    store: Store, order: tuple[int, int]
):
    commits = (
        [card("c2", "core", "r3", "new"), card("c1", "core", "r1", "one")],
        [card("c2", "core", "r2", "old")],
    )
    for at in order:
        store.append("scorecards", commits[at])
    latest = store.latest("scorecards")
    assert latest["call_id"].to_list() == ["c1", "c2"]
    assert latest["key"].to_list() == ["one", "new"]


def test_the_latest_of_each_rubric(store: Store):
    rows = [
        card("c1", "core", "r1", "k1"),
        card("c1", "heard", "r1", "k2"),
        card("c1", "core", "r2", "k3"),
    ]
    store.append("scorecards", rows)
    latest = store.latest("scorecards", by=("call_id", "rubric"))
    assert latest.select("rubric", "key").rows() == [("core", "k3"), ("heard", "k2")]
    narrow = store.latest("scorecards", by=("call_id", "rubric"), columns=("key",))
    assert narrow.columns == ["call_id", "rubric", "key", "run_id"]
    assert narrow.rows() == latest.select(narrow.columns).rows()


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        (["failed"], 1),
        (["failed", "failed", "failed"], 3),
        (["failed", "empty"], 2),
        (["failed", "done"], 0),
        (["failed", "skipped"], 0),
        (["done", "failed", "failed", "done", "failed"], 1),
    ],
)
def test_attempts_since_the_call_was_last_done(store: Store, history: list[str], expected: int):
    rows = [entry("c1", f"r{at}", status) for at, status in enumerate(history)]
    store.append("ledger", rows[::-1])  # runs are in order of their ids, not of the rows
    store.append("ledger", [entry("c2", "r1", "failed")])
    assert store.attempts() == {"c1": expected, "c2": 1}


def test_a_call_that_was_not_tried_keeps_its_number(store: Store):
    """Two attempts, then two nights in quarantine, then a third attempt in vain."""
    rows = [entry("c1", "r0", "failed"), entry("c1", "r1", "failed")]
    rows += [entry("c1", run, "failed") | {"code": "quarantined"} for run in ("r2", "r3")]
    store.append("ledger", rows)
    assert store.attempts() == {"c1": 2}
    store.append("ledger", [entry("c1", "r4", "failed")])
    assert store.attempts() == {"c1": 3}
    store.append("ledger", [entry("c1", "r5")])
    assert store.attempts() == {"c1": 0}


# --- tables that an earlier version made


def heard(key: str, run_id: str) -> dict[str, Any]:
    doubt = {"speaker": "agent", "start_ms": 0, "end_ms": 900, "reason": "pace"}
    turn = {"index": 0, "speaker": "agent", "start_ms": 0, "end_ms": 900, "text": "Hi", "words": []}
    return {
        **{"key": key, "call_id": key, "turns": [turn], "spans": [], "language": "en"},
        **{"basis": "stereo", "channel": "voice", "duration_ms": 900, "asr": "w"},
        **{"doubts": [doubt], "coverage": 0.5, "run_id": run_id},
    }


def write_as_before(store: Store, table: str, row: dict[str, Any], *lacking: str) -> None:
    """Write a table as a version did that did not know some of the columns."""
    frame = pl.DataFrame([row], schema=schema(table)).drop(lacking)
    frame.write_delta(str(store.root / "tables" / table), mode="append")


def test_an_old_table_is_read_with_the_new_columns_empty(store: Store):
    write_as_before(store, "transcripts", heard("old", "r1"), "doubts", "coverage")
    frame = store.scan("transcripts").collect()
    assert frame.schema == schema("transcripts")
    assert frame.select("key", "doubts", "coverage").rows() == [("old", None, None)]
    assert store.by_key("transcripts", ["old"])["old"]["asr"] == "w"
    assert store.latest("transcripts", columns=("doubts",)).rows() == [("old", None, "r1")]


def test_rows_with_new_columns_are_added_to_an_old_table(store: Store):
    write_as_before(store, "transcripts", heard("old", "r1"), "doubts", "coverage")
    store.append("transcripts", [heard("new", "r2")])
    store.append("transcripts", [heard("newer", "r3")])
    frame = store.latest("transcripts")
    assert frame.schema == schema("transcripts")
    found = {row["key"]: (row["doubts"], row["coverage"]) for row in frame.to_dicts()}
    doubts = heard("", "")["doubts"]
    assert found == {"old": (None, None), "new": (doubts, 0.5), "newer": (doubts, 0.5)}
    assert frame["turns"].list.len().to_list() == [1, 1, 1]  # what was there is still there


def test_fields_inside_a_column_are_added_too(store: Store):
    """Scores had no `because` once; a struct in a list grows like a table."""
    score = {
        **{"criterion": "empathy", "outcome": "MET", "points": 1.0, "weight": 2.0, "reason": "so"},
        **{"evidence": [], "scored_by": "present", "because": None},
    }
    because = {"code": "heard", "moments": ["empathy"], "others": [], "name": "", "text": ""}
    row = card("c1", "core", "r1", "k1") | {"scores": [score]}
    frame = pl.DataFrame([row], schema=schema("scorecards"))
    fields = [pl.element().struct.field(name) for name in score if name != "because"]
    old = frame.with_columns(pl.col("scores").list.eval(pl.struct(fields)))
    old.write_delta(str(store.root / "tables" / "scorecards"), mode="append")
    assert "because" not in str(pl.read_delta(str(store.root / "tables" / "scorecards")).schema)
    new = card("c2", "core", "r2", "k2") | {"scores": [score | {"because": because}]}
    store.append("scorecards", [new])
    found = {row["key"]: row["scores"][0] for row in store.latest("scorecards").to_dicts()}
    assert found["k1"]["because"] is None
    assert found["k1"]["reason"] == "so"
    assert found["k2"]["because"]["moments"] == ["empathy"]


# --- writes that end before their time, and writes at once


def log(store: Store, table: str) -> list[Path]:
    return sorted((store.root / "tables" / table / "_delta_log").glob("*.json"))


def test_a_commit_that_never_happened_leaves_the_version_before(store: Store):
    store.append("ledger", [entry("c1")])
    store.append("ledger", [entry("c2")])
    log(store, "ledger")[-1].unlink()  # the data file is there, its commit is not
    assert store.scan("ledger").collect()["call_id"].to_list() == ["c1"]
    store.append("ledger", [entry("c3")])
    assert sorted(store.scan("ledger").collect()["call_id"].to_list()) == ["c1", "c3"]


def test_a_first_commit_that_never_happened_leaves_an_empty_table(store: Store):
    store.append("ledger", [entry("c1")])
    (first,) = log(store, "ledger")
    first.unlink()
    assert store.scan("ledger").collect().height == 0
    assert store.attempts() == {}
    store.append("ledger", [entry("c2")])
    assert store.scan("ledger").collect()["call_id"].to_list() == ["c2"]


def write(root: Path, name: str, ready: Any) -> None:  # noqa: ANN401 - a barrier of either kind
    store = Store(root)
    for number in range(4):
        ready.wait(30)
        store.append("ledger", [entry(f"{name}{number}")])


def test_threads_that_append_at_once_all_land(store: Store):
    """The barrier makes every write of one meet one of each other, the first included."""
    ready = threading.Barrier(3)
    writers = [threading.Thread(target=write, args=(store.root, n, ready)) for n in "abc"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    landed = sorted(store.scan("ledger").collect()["call_id"].to_list())
    assert landed == [f"{name}{number}" for name in "abc" for number in range(4)]


def test_threads_that_add_a_column_at_once_all_land(store: Store):
    write_as_before(store, "transcripts", heard("old", "r1"), "doubts", "coverage")
    ready = threading.Barrier(3)

    def add(name: str) -> None:
        ready.wait(30)
        Store(store.root).append("transcripts", [heard(name, "r2")])

    writers = [threading.Thread(target=add, args=(name,)) for name in "abc"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert store.keys("transcripts") == {"old", "a", "b", "c"}


def test_processes_that_append_at_once_all_land(store: Store):
    spawn = multiprocessing.get_context("spawn")
    ready = spawn.Barrier(2)
    writers = [spawn.Process(target=write, args=(store.root, name, ready)) for name in "ab"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert [writer.exitcode for writer in writers] == [0, 0]
    landed = sorted(store.scan("ledger").collect()["call_id"].to_list())
    assert landed == [f"{name}{number}" for name in "ab" for number in range(4)]


def test_two_that_make_the_table_at_once(store: Store, monkeypatch: pytest.MonkeyPatch):
    """The loser of that race is told so by the library, and appends to what is there now."""
    from deltalake.exceptions import CommitFailedError

    written = pl.DataFrame.write_delta
    refused: list[str] = []

    def lose_once(frame: pl.DataFrame, target: str, **options: Any) -> None:  # noqa: ANN401
        if not refused:
            refused.append(target)
            written(pl.DataFrame([entry("other")], schema=schema("ledger")), target, mode="append")
            raise CommitFailedError("Metadata changed since last commit.")
        written(frame, target, **options)

    monkeypatch.setattr(pl.DataFrame, "write_delta", lose_once)
    store.append("ledger", [entry("mine")])
    assert sorted(store.scan("ledger").collect()["call_id"].to_list()) == ["mine", "other"]


# --- folders


def test_a_store_that_has_to_be_there(tmp_path: Path):
    with pytest.raises(ConfigError, match="no results here"):
        open_store(tmp_path / "nowhere", must_exist=True)
    with pytest.raises(ConfigError, match="no results here"):
        open_store(tmp_path, must_exist=True)
    open_store(tmp_path / "new").append("ledger", [entry("c1")])
    assert open_store(tmp_path / "new", must_exist=True).attempts() == {"c1": 0}


def test_a_file_is_no_results_folder(tmp_path: Path):
    file = tmp_path / "calls.csv"
    file.write_text("call_id", "utf-8")
    with pytest.raises(ConfigError, match="a file, not a folder"):
        open_store(file)
