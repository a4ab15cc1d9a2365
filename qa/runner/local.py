"""A run on one machine: threads that hear, one that assesses, commits by time."""

from __future__ import annotations

import secrets
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from qa.runner.work import Stored, Transcribed, assess, hear
from qa.store.rows import call_of, call_row

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Sequence
    from pathlib import Path

    from qa.nouns import Call
    from qa.runner.tools import Tools
    from qa.scoring.rubric import Rubric
    from qa.store.tables import Store

_DATA_TABLES = ("transcripts", "findings", "scorecards")
_AHEAD = 4  # transcripts waiting per worker: bounds memory however long the manifest is


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is; `audio_ms` counts what was transcribed in this run."""

    done: int
    total: int
    audio_ms: int
    elapsed_s: float


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a run did, for the last line on the terminal and the exit code."""

    run_id: str
    done: int
    skipped: int
    empty: int
    failed: int
    problems: tuple[str, ...]  # one line per call that is not done
    audio_ms: int
    elapsed_s: float


@dataclass(slots=True)
class _Pending:
    """Rows not committed yet."""

    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    ledger: list[dict[str, Any]] = field(default_factory=list)

    def add(self, table: str, rows: Sequence[dict[str, Any]]) -> None:
        self.rows.setdefault(table, []).extend(rows)


def run(
    calls: Sequence[Call],
    tools: Tools,
    rubrics: Sequence[Rubric],
    store: Store,
    *,
    workers: int,
    recordings_root: Path,
    on_progress: Callable[[Progress], None],
) -> RunResult:
    """Do for every call what is not stored yet; every call ends in the ledger once.

    With no rubrics, calls are transcribed and not assessed.
    """
    run_id = _new_run_id()
    stored = Stored.of(store)
    _commit_calls(calls, store, recordings_root, run_id)
    heard = _hear_all(calls, tools, stored, workers)
    job = _Job(run_id, len(calls), tools, rubrics, store, stored, on_progress)
    return job.finish_all(heard)


def score_stored(
    calls: Container[str] | None,
    tools: Tools,
    rubrics: Sequence[Rubric],
    store: Store,
    *,
    on_progress: Callable[[Progress], None],
) -> RunResult:
    """Assess what is transcribed already, without touching a recording.

    `calls` are the ids wanted, None for all. Calls without a transcript are left out.
    """
    manifest = {row["call_id"]: call_of(row) for row in store.latest("calls").to_dicts()}
    keys = store.latest("transcripts").select("call_id", "key").iter_rows()
    heard = [
        Transcribed(manifest[call_id], key, None, None, 0.0)
        for call_id, key in keys
        if calls is None or call_id in calls
    ]
    stored = Stored.of(store)
    job = _Job(_new_run_id(), len(heard), tools, rubrics, store, stored, on_progress)
    return job.finish_all(heard)


def _new_run_id() -> str:
    """Return an id that sorts by time, and differs between runs of the same second."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(2)}"


@dataclass(frozen=True, slots=True)
class _Job:
    """One run's common ground."""

    run_id: str
    total: int
    tools: Tools
    rubrics: Sequence[Rubric]
    store: Store
    stored: Stored
    on_progress: Callable[[Progress], None]

    def finish_all(self, heard_calls: Iterable[Transcribed]) -> RunResult:
        """Assess every call and commit as time passes.

        Rows are committed every `commit_every_s` seconds, data before ledger, so that a killed
        run loses at most that much and a call in the ledger is always in the tables too.
        """
        started = committed = time.monotonic()
        pending, counts, problems = _Pending(), dict.fromkeys(_STATUSES, 0), []
        audio_ms = 0
        for heard in heard_calls:
            entry = _finish(heard, self, pending)
            counts[entry["status"]] += 1
            if entry["message"]:
                problems.append(f"{entry['call_id']}: {entry['message']}")
            if heard.transcript is not None and heard.transcript.channel == "voice":
                audio_ms += heard.transcript.duration_ms
            now = time.monotonic()
            if now - committed >= self.tools.pipeline.commit_every_s:
                _commit(pending, self.store, self.run_id)
                committed = now
            done = sum(counts.values())
            self.on_progress(Progress(done, self.total, audio_ms, now - started))
        _commit(pending, self.store, self.run_id)
        return RunResult(
            self.run_id,
            **counts,
            problems=tuple(problems),
            audio_ms=audio_ms,
            elapsed_s=time.monotonic() - started,
        )


_STATUSES = ("done", "skipped", "empty", "failed")


def _hear_all(
    calls: Sequence[Call], tools: Tools, stored: Stored, workers: int
) -> Iterator[Transcribed]:
    """Yield every call's transcript in the order of the manifest, a few heard ahead."""
    with ThreadPoolExecutor(max_workers=workers) as pool:
        waiting: list[Future[Transcribed]] = []
        for call in calls:
            waiting.append(pool.submit(hear, call, tools, stored))
            if len(waiting) > workers * _AHEAD:
                yield waiting.pop(0).result()
        for future in waiting:
            yield future.result()


def _finish(heard: Transcribed, job: _Job, pending: _Pending) -> dict[str, Any]:
    """Assess one call into the pending rows and return its ledger row."""
    started = time.monotonic()
    new, stored = 0, job.stored
    if heard.problem is None:
        rows = assess(heard, job.tools, job.rubrics, job.store, stored)
        for table in _DATA_TABLES:
            pending.add(table, rows[table])
            getattr(stored, table).update(row["key"] for row in rows[table])
            new += len(rows[table])
    problem = heard.problem
    if problem is None:
        status = "done" if new else "skipped"
    else:
        status = "empty" if problem.code == "empty" else "failed"
    entry = {
        "call_id": heard.call.id,
        "status": status,
        "stage": problem.stage if problem else "",
        "code": problem.code if problem else "",
        "message": problem.message if problem else "",
        "attempts": 0 if status == "skipped" else stored.attempts.get(heard.call.id, 0) + 1,
        "seconds": round(heard.seconds + time.monotonic() - started, 3),
    }
    pending.ledger.append(entry)
    return entry


def _commit(pending: _Pending, store: Store, run_id: str) -> None:
    for table in _DATA_TABLES:
        rows = pending.rows.pop(table, [])
        store.append(table, [row | {"run_id": run_id} for row in rows])
    store.append("ledger", [{"run_id": run_id} | entry for entry in pending.ledger])
    pending.ledger.clear()


def _commit_calls(calls: Sequence[Call], store: Store, recordings_root: Path, run_id: str) -> None:
    """Store the manifest rows that are new or changed since the last run."""
    known = dict(store.latest("calls").select("call_id", "digest").iter_rows())
    rows = [call_row(call, recordings_root, run_id) for call in calls]
    store.append("calls", [row for row in rows if known.get(row["call_id"]) != row["digest"]])
