"""A run on one machine: threads that hear, one that assesses."""

from __future__ import annotations

import secrets
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from qa.runner.changed import tell_of_changed
from qa.runner.job import Job, Progress, RunResult, Work
from qa.runner.stored import Stored
from qa.runner.work import Transcribed, hear
from qa.scoring.asked import Asked
from qa.store.rows import call_of, call_row

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Generator, Sequence
    from pathlib import Path

    from qa.nouns import Call
    from qa.runner.tools import Tools
    from qa.scoring.rubric import Rubric
    from qa.store.tables import Store

__all__ = ["Progress", "RunResult", "run", "score_stored"]

# Calls under way at once: enough for their windows to fill the batches of a GPU. Each costs one
# waiting thread here; what is decoded and waits is bounded by the engine.
_IN_FLIGHT = 64


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
    run_id, asked = _new_run_id(), [Asked(rubric) for rubric in rubrics]
    tell_of_changed(asked, store)
    stored = Stored(store, [call.id for call in calls])
    _commit_calls(calls, store, recordings_root, run_id)
    job = Job(Work(run_id, len(calls), tools, asked, store, stored, on_progress))
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
    manifest = {row["call_id"]: call_of(row) for row in store.latest("calls").iter_rows(named=True)}
    keys = store.latest("transcripts", columns=("call_id", "key"))
    heard = [
        Transcribed(manifest[call_id], key, None, None, 0.0)
        for call_id, key in keys.select("call_id", "key").iter_rows()
        if calls is None or call_id in calls
    ]
    stored = Stored(store, [one.call.id for one in heard])
    asked = [Asked(rubric) for rubric in rubrics]
    tell_of_changed(asked, store)
    job = Job(Work(_new_run_id(), len(heard), tools, asked, store, stored, on_progress))
    return job.finish_all(job.ahead(heard))


def _new_run_id() -> str:
    """Return an id that sorts by time, also for runs that follow each other within a second.

    The end keeps apart what two machines start at the same moment.
    """
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S.%f}-{secrets.token_hex(2)}"


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


def _commit_calls(calls: Sequence[Call], store: Store, recordings_root: Path, run_id: str) -> None:
    """Store the manifest rows that are new or changed since the last run."""
    known = dict(store.latest("calls").select("call_id", "digest").iter_rows())
    rows = [call_row(call, recordings_root, run_id) for call in calls]
    store.append("calls", [row for row in rows if known.get(row["call_id"]) != row["digest"]])
