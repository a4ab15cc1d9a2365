"""One queue of windows over all calls, and the process that recognises them.

Windows of like width are decoded together, whichever calls and channels they come from; what waits
is bounded. The process is ours to lose: when it dies or hangs, what it was working on is tried
again, each window alone, so that the one that ends it twice is known and everything else goes on.
"""

from __future__ import annotations

import threading
from collections import Counter, deque
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Self

from qa.problems import CallError, NothingToRunError
from qa.speech.decoding import Item, Recognised
from qa.speech.recogniser_process import Lost, Process
from qa.speech.whisper import width

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from qa.nouns import Language
    from qa.speech.models import Model

_PASSED_OVER = 8  # batches that may go before the window that waits longest
_LEAVE_S = 2  # for threads to end; one that is just loading the model anew takes longer


@dataclass(frozen=True, slots=True)
class Load:
    """How much is recognised at once: bounds memory and says how long a batch may take."""

    workers: int
    batch_size: int
    deadline_s: float

    @property
    def most_waiting(self) -> int:
        """Windows that may wait: enough to fill a batch of one kind for every worker."""
        return 2 * self.workers * self.batch_size


@dataclass(slots=True, eq=False)
class Job:
    """A window that is to be recognised; its future is never marked as running.

    So it can be cancelled until there is a result: a call that failed takes its windows back.
    """

    item: Item
    name: str  # of the recording, for messages
    future: Future[Recognised] = field(default_factory=Future)
    passed: int = 0  # how many batches were preferred to it
    kind: tuple[int, Language | None] = field(init=False)  # windows of one kind share batches

    def __post_init__(self) -> None:
        self.kind = (width(self.item.features.shape[1]), self.item.language)

    def succeed(self, result: Recognised) -> None:
        with suppress(InvalidStateError):  # it was cancelled, or given up
            self.future.set_result(result)

    def fail(self, error: BaseException) -> None:
        with suppress(InvalidStateError):
            self.future.set_exception(error)


class Waiting:
    """Jobs in the order they came, taken out in batches of one kind."""

    def __init__(self, batch_size: int) -> None:
        self._batch_size = batch_size
        self._jobs: list[Job] = []

    def __len__(self) -> int:
        return len(self._jobs)

    def add(self, job: Job) -> None:
        self._jobs.append(job)

    def take(self) -> list[Job]:
        """Take the fullest batch there is, the widest of equals; empty if nothing is wanted.

        The job that waits longest is passed over by at most eight batches.
        """
        self._jobs = [job for job in self._jobs if not job.future.cancelled()]
        if not self._jobs:
            return []
        counts = Counter(job.kind for job in self._jobs)
        chosen = max(counts, key=lambda kind: (min(counts[kind], self._batch_size), kind[0]))
        if self._jobs[0].passed >= _PASSED_OVER:
            chosen = self._jobs[0].kind
        batch = [job for job in self._jobs if job.kind == chosen][: self._batch_size]
        taken = set(map(id, batch))
        self._jobs = [job for job in self._jobs if id(job) not in taken]
        for job in self._jobs:
            job.passed += 1
        return batch

    def clear(self) -> list[Job]:
        """Take everything."""
        jobs, self._jobs = self._jobs, []
        return jobs


@dataclass(frozen=True, slots=True, eq=False)
class _Batch:
    jobs: list[Job]
    alone: bool  # tried again, with nothing else at work


class Recogniser:
    """Recognises windows from any number of threads; a context manager.

    >>> recogniser.submit(Item(features, "en"), "call.flac").result()  # doctest: +SKIP
    """

    def __init__(
        self,
        model: Model,
        load: Load,
        *,
        beam_size: int,
        languages: Sequence[Language],
        hotwords: str = "",
        module: str = "qa.speech.recogniser_child",
    ) -> None:
        self._load = load
        hello = {
            "model": asdict(model) | {"path": str(model.path)},
            "workers": load.workers,
            "beam_size": beam_size,
            "languages": list(languages),
            "hotwords": hotwords,
        }
        self._process = Process(hello, module=module)
        self._changed = threading.Condition()  # of the four below
        self._waiting = Waiting(load.batch_size)
        self._suspects: deque[Job] = deque()
        self._working: list[_Batch] = []
        self._closed: BaseException | None = None  # why nothing is recognised any more
        self._pumps = [
            threading.Thread(target=self._pump, daemon=True) for _ in range(load.workers)
        ]

    def __enter__(self) -> Self:
        self._process.start()
        for pump in self._pumps:
            pump.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
        for pump in self._pumps:
            pump.join(_LEAVE_S)

    def stop(self) -> None:
        """Recognise nothing more: what waits or is at work raises CallError `stopped`."""
        self._close(CallError("speech", "stopped", "the run was stopped"))
        self._process.end()

    @property
    def pid(self) -> int | None:
        """The process id of the model's process, for logs and tests."""
        return self._process.pid

    def submit(self, item: Item, name: str) -> Future[Recognised]:
        """Return what will be recognised; blocks while too many windows wait.

        The future raises CallError, stage speech, `timeout` or `crashed` if this window ended the
        process twice, the second time with nothing else at work. Once stopped, or when the model
        can be loaded no more, both raise why.
        """
        job = Job(item, name)
        with self._changed:
            self._changed.wait_for(
                lambda: self._closed or len(self._waiting) < self._load.most_waiting
            )
            if self._closed is not None:
                raise self._closed
            self._waiting.add(job)
            self._changed.notify_all()
        return job.future

    def _pump(self) -> None:
        try:
            while batch := self._next():
                self._recognise(batch)
        except BaseException as error:  # raised by those who wait: nobody else would serve them
            self._close(error)

    def _next(self) -> _Batch | None:
        """Return what to do next; waits for it; None at the end."""
        with self._changed:
            while self._closed is None:
                before = len(self._waiting)
                batch = self._ready()
                if len(self._waiting) < before:
                    self._changed.notify_all()  # there is room
                if batch is not None:
                    self._working.append(batch)
                    return batch
                self._changed.wait()
        return None

    def _ready(self) -> _Batch | None:
        """Return what may be done now: a suspect only alone, and others after the suspects."""
        while self._suspects and self._suspects[0].future.cancelled():
            self._suspects.popleft()
        if self._suspects:
            return None if self._working else _Batch([self._suspects.popleft()], alone=True)
        if any(batch.alone for batch in self._working):
            return None
        jobs = self._waiting.take()
        return _Batch(jobs, alone=False) if jobs else None

    def _recognise(self, batch: _Batch) -> None:
        items = [job.item for job in batch.jobs]
        try:
            results = self._process.ask(items, self._load.deadline_s)
            for job, result in zip(batch.jobs, results, strict=True):
                job.succeed(result)
        except Lost as lost:
            self._retry(batch, lost)
        except NothingToRunError:
            raise
        except Exception as error:  # a bug, which is for the calls' own threads to raise
            for job in batch.jobs:
                job.fail(error)
        finally:
            with self._changed:
                self._working.remove(batch)
                self._changed.notify_all()

    def _retry(self, batch: _Batch, lost: Lost) -> None:
        if batch.alone:
            (job,) = batch.jobs
            what = f"{job.name}: the recogniser {lost} twice on it: convert or listen to it"
            job.fail(CallError("speech", lost.code, what))
            return
        with self._changed:
            if self._closed is None:  # else they were told
                self._suspects.extend(batch.jobs)

    def _close(self, error: BaseException) -> None:
        """Tell everybody, now and later; the first reason stays."""
        with self._changed:
            reason = self._closed = self._closed or error
            jobs = [*self._waiting.clear(), *self._suspects]
            jobs += [job for batch in self._working for job in batch.jobs]
            self._suspects.clear()
            self._changed.notify_all()
        for job in jobs:
            job.fail(reason)
