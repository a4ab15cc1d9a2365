"""One run's calls, finished one by one: assessed, committed by time, entered in the ledger."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from qa.runner.ahead import lacks_a_card, read_ahead
from qa.runner.stored import DATA_TABLES
from qa.runner.work import Transcribed, assess, keep
from qa.store.quarantine import quarantine_rows
from qa.store.replies import generic_shares
from qa.store.tables import QUARANTINED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from qa.nouns import Call
    from qa.runner.stored import Stored
    from qa.runner.tools import Tools
    from qa.scoring.asked import Asked
    from qa.store.tables import Store

_MOST_PENDING: Final = 2000  # calls; rows that are not committed yet take memory


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
    warnings: tuple[str, ...] = ()  # of the moments' files: what was left out, what is thin


@dataclass(frozen=True, slots=True)
class Work:
    """What a run works with, and on how many calls."""

    run_id: str
    total: int
    tools: Tools
    asked: Sequence[Asked]  # none: calls are transcribed and not assessed
    store: Store
    stored: Stored
    on_progress: Callable[[Progress], None]


@dataclass(slots=True)
class _Pending:
    """Rows not committed yet."""

    store: Store
    run_id: str
    calls: int = 0
    since: float = field(default_factory=time.monotonic)
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def add(self, table: str, rows: Sequence[dict[str, Any]]) -> None:
        own = [row | {"run_id": self.run_id} for row in rows]
        self.rows.setdefault(table, []).extend(own)

    def commit(self) -> None:
        """Commit data before ledger: a call in the ledger is always in the tables too."""
        for table in (*DATA_TABLES, "ledger"):
            self.store.append(table, self.rows.get(table, []))
            self.rows[table] = []  # only now: what could not be written is not lost
        self.calls, self.since = 0, time.monotonic()


@dataclass(slots=True)
class _Held:
    """A written call whose replies are still to be compared with everybody's."""

    heard: Transcribed
    new: int  # rows that it has got already
    seconds: float


class Job:
    """Finishes the calls of one run."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._pending = _Pending(work.store, work.run_id)
        self._statuses: Counter[str] = Counter()
        self._problems: list[str] = []
        self._audio_ms = 0
        self._started = time.monotonic()

    def finish_all(self, calls: Iterable[Transcribed]) -> RunResult:
        """Assess every call and commit as time passes.

        Rows are committed every `commit_every_s` seconds, or after so many calls, so that a killed
        run loses at most that much; a bug or Ctrl-C ends the run after what is finished has been
        committed. What was heard and studied by an earlier run, and is only to be scored, comes
        after the rest, read together; rubrics that compare a contact with others are asked last.
        """
        waiting: list[Transcribed] = []
        held: list[_Held] = []
        try:
            for heard in calls:
                if self._can_wait(heard):
                    waiting.append(heard)
                else:
                    held += self._take(heard)
            for heard in self.ahead(waiting):
                held += self._take(heard)
            if held:
                self._pending.commit()
                self._compare(held)
        finally:
            self._pending.commit()
        return RunResult(
            self._work.run_id,
            done=self._statuses["done"],
            skipped=self._statuses["skipped"],
            empty=self._statuses["empty"],
            failed=self._statuses["failed"],
            problems=tuple(self._problems),
            audio_ms=self._audio_ms,
            elapsed_s=time.monotonic() - self._started,
        )

    def ahead(self, calls: Iterable[Transcribed]) -> Iterator[Transcribed]:
        """Yield calls that were heard before, with what is stored of them read ahead."""
        work = self._work
        if not work.asked:
            return iter(calls)
        return read_ahead(
            calls, self._by_itself, {}, work.stored, work.store, work.tools.finder_name
        )

    def _can_wait(self, heard: Transcribed) -> bool:
        """Say whether a call has only to be scored, and its findings are not at hand."""
        if heard.problem or heard.transcript or heard.findings or not self._work.asked:
            return False
        work, asked = self._work, self._by_itself(heard.call)
        return bool(lacks_a_card(heard, asked, None, work.stored, work.tools.finder_name))

    def _take(self, heard: Transcribed) -> list[_Held]:
        """Assess one call; return it if others have to be known before it is finished."""
        started, problem = time.monotonic(), heard.problem
        if problem is not None:
            self._problems.append(f"{heard.call.id}: {problem.message}")
            self._pending.add("quarantine", quarantine_rows(problem, heard.key))
            status = "empty" if problem.code == "empty" else "failed"
            self._enter(heard, status, heard.seconds, tried=problem.code != QUARANTINED)
            return []
        if heard.transcript is not None and heard.transcript.channel == "voice":
            self._audio_ms += heard.transcript.duration_ms
        new = self._add(self._rows(heard))
        seconds = heard.seconds + time.monotonic() - started
        if self._by_comparison(heard.call):
            return [_Held(replace(heard, transcript=None, findings=None), new, seconds)]
        self._enter_done(heard, new, seconds)
        return []

    def _rows(self, heard: Transcribed) -> dict[str, list[dict[str, Any]]]:
        work = self._work
        if not work.asked:
            return keep(heard, work.tools, work.stored)
        return assess(heard, work.tools, self._by_itself(heard.call), work.stored)

    def _compare(self, held: Sequence[_Held]) -> None:
        work, shares = self._work, generic_shares(self._work.store)
        waiting = {one.heard.call.id: one for one in held}
        calls = (one.heard for one in held)
        for heard in read_ahead(
            *(calls, self._by_comparison, shares, work.stored, work.store),
            work.tools.finder_name,
        ):
            started, one = time.monotonic(), waiting[heard.call.id]
            asked, share = self._by_comparison(heard.call), shares.get(heard.call.id)
            new = one.new + self._add(assess(heard, work.tools, asked, work.stored, share))
            self._enter_done(heard, new, one.seconds + time.monotonic() - started)

    def _by_itself(self, call: Call) -> tuple[Asked, ...]:
        return tuple(one for one in self._work.asked if not one.compares(call))

    def _by_comparison(self, call: Call) -> tuple[Asked, ...]:
        return tuple(one for one in self._work.asked if one.compares(call))

    def _add(self, tables: dict[str, list[dict[str, Any]]]) -> int:
        """Take rows in, to be committed; return how many."""
        for table, rows in tables.items():
            self._pending.add(table, rows)
            self._work.stored.add(table, rows)
        return sum(len(rows) for rows in tables.values())

    def _enter_done(self, heard: Transcribed, new: int, seconds: float) -> None:
        self._enter(heard, "done" if new else "skipped", seconds, tried=bool(new))

    def _enter(self, heard: Transcribed, status: str, seconds: float, *, tried: bool) -> None:
        """Enter a finished call in the ledger; commit if it is time."""
        problem, work = heard.problem, self._work
        entry = {
            "call_id": heard.call.id,
            "status": status,
            "stage": problem.stage if problem else "",
            "code": problem.code if problem else "",
            "message": problem.message if problem else "",
            "attempts": work.stored.attempts.get(heard.call.id, 0) + 1 if tried else 0,
            "seconds": round(seconds, 3),
        }
        self._pending.add("ledger", [entry])
        self._pending.calls += 1
        self._statuses[status] += 1
        now = time.monotonic()
        waited = now - self._pending.since
        if waited >= work.tools.pipeline.commit_every_s or self._pending.calls >= _MOST_PENDING:
            self._pending.commit()
        done = self._statuses.total()
        work.on_progress(Progress(done, work.total, self._audio_ms, now - self._started))
