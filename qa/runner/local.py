"""A run on one machine: threads that hear, one that assesses, commits by time."""

from __future__ import annotations

import secrets
import time
from collections import Counter, deque
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from qa.runner.stored import DATA_TABLES, Stored
from qa.runner.work import Transcribed, assess, hear
from qa.store.quarantine import quarantine_rows
from qa.store.rows import call_of, call_row
from qa.store.tables import QUARANTINED

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Generator, Iterable, Sequence
    from pathlib import Path

    from qa.nouns import Call
    from qa.runner.tools import Tools
    from qa.scoring.rubric import Rubric
    from qa.store.tables import Store

# Calls under way at once: enough for their windows to fill the batches of a GPU. Each costs one
# waiting thread here; what is decoded and waits is bounded by the engine.
_IN_FLIGHT = 64


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

    store: Store
    run_id: str
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def add(self, table: str, rows: Sequence[dict[str, Any]]) -> None:
        own = [row | {"run_id": self.run_id} for row in rows]
        self.rows.setdefault(table, []).extend(own)

    def commit(self) -> None:
        """Commit data before ledger: a call in the ledger is always in the tables too."""
        for table in (*DATA_TABLES, "ledger"):
            self.store.append(table, self.rows.get(table, []))
            self.rows[table] = []  # only now: what could not be written is not lost


def run(
    calls: Sequence[Call],
    tools: Tools,
    rubrics: Sequence[Rubric],
    store: Store,
    *,
    recordings_root: Path,
    on_progress: Callable[[Progress], None],
) -> RunResult:
    """Do for every call what is not stored yet; every call ends in the ledger once.

    With no rubrics, calls are transcribed and not assessed.
    """
    run_id = _new_run_id()
    stored = Stored(store, [call.id for call in calls])
    _commit_calls(calls, store, recordings_root, run_id)
    job = _Job(run_id, len(calls), tools, rubrics, store, stored, on_progress)
    with closing(_hear_all(calls, tools, stored)) as heard:
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
    keys = store.latest("transcripts", columns=("call_id", "key"))
    heard = [
        Transcribed(manifest[call_id], key, None, None, 0.0)
        for call_id, key in keys.select("call_id", "key").iter_rows()
        if calls is None or call_id in calls
    ]
    stored = Stored(store, [one.call.id for one in heard])
    job = _Job(_new_run_id(), len(heard), tools, rubrics, store, stored, on_progress)
    return job.finish_all(heard)


def _new_run_id() -> str:
    """Return an id that sorts by time, also for runs that follow each other within a second.

    The end keeps apart what two machines start at the same moment.
    """
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S.%f}-{secrets.token_hex(2)}"


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

        Rows are committed every `commit_every_s` seconds, so that a killed run loses at most
        that much; a bug or Ctrl-C ends the run after what is finished has been committed.
        """
        started = committed = time.monotonic()
        pending = _Pending(self.store, self.run_id)
        statuses, problems, audio_ms = Counter[str](), [], 0
        try:
            for heard in heard_calls:
                statuses[_finish(heard, self, pending)] += 1
                if heard.problem is not None:
                    problems.append(f"{heard.call.id}: {heard.problem.message}")
                if heard.transcript is not None and heard.transcript.channel == "voice":
                    audio_ms += heard.transcript.duration_ms
                now = time.monotonic()
                if now - committed >= self.tools.pipeline.commit_every_s:
                    pending.commit()
                    committed = now
                done = statuses.total()
                self.on_progress(Progress(done, self.total, audio_ms, now - started))
        finally:
            pending.commit()
        return RunResult(
            self.run_id,
            done=statuses["done"],
            skipped=statuses["skipped"],
            empty=statuses["empty"],
            failed=statuses["failed"],
            problems=tuple(problems),
            audio_ms=audio_ms,
            elapsed_s=time.monotonic() - started,
        )


def _hear_all(calls: Sequence[Call], tools: Tools, stored: Stored) -> Generator[Transcribed]:
    """Yield every call's transcript in the order of the manifest, some heard ahead.

    Closed early, it begins no further call and gives up those that it began.
    """
    pool = ThreadPoolExecutor(max_workers=_IN_FLIGHT)
    waiting: deque[Future[Transcribed]] = deque()
    try:
        for call in calls:
            waiting.append(pool.submit(hear, call, tools, stored))
            if len(waiting) > _IN_FLIGHT:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        if waiting:
            tools.stop()
        pool.shutdown(cancel_futures=True)


def _finish(heard: Transcribed, job: _Job, pending: _Pending) -> str:
    """Assess one call into the pending rows, its ledger row among them; return its status."""
    started = time.monotonic()
    new, stored, problem = 0, job.stored, heard.problem
    if problem is None:
        for table, rows in assess(heard, job.tools, job.rubrics, stored).items():
            pending.add(table, rows)
            stored.add(table, rows)
            new += len(rows)
        status = "done" if new else "skipped"
        tried = bool(new)
    else:
        status = "empty" if problem.code == "empty" else "failed"
        tried = problem.code != QUARANTINED
        pending.add("quarantine", quarantine_rows(problem, heard.key))
    entry = {
        "call_id": heard.call.id,
        "status": status,
        "stage": problem.stage if problem else "",
        "code": problem.code if problem else "",
        "message": problem.message if problem else "",
        "attempts": stored.attempts.get(heard.call.id, 0) + 1 if tried else 0,
        "seconds": round(heard.seconds + time.monotonic() - started, 3),
    }
    pending.add("ledger", [entry])
    return status


def _commit_calls(calls: Sequence[Call], store: Store, recordings_root: Path, run_id: str) -> None:
    """Store the manifest rows that are new or changed since the last run."""
    known = dict(store.latest("calls").select("call_id", "digest").iter_rows())
    rows = [call_row(call, recordings_root, run_id) for call in calls]
    store.append("calls", [row for row in rows if known.get(row["call_id"]) != row["digest"]])
