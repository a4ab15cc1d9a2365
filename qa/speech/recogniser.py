"""One queue of windows over all calls, and the process that recognises them.

Windows of like width are decoded together, whichever calls and channels they come from; what waits
is bounded. The process is ours to lose: when it dies or hangs, what it was working on is tried
again, each window alone, so that the one that ends it twice is known and everything else goes on.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Self

from qa.problems import CallError, NothingToRunError
from qa.speech.recogniser_process import LostError, Process
from qa.speech.waiting import Job, Waiting

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from concurrent.futures import Future

    from qa.nouns import Language
    from qa.settings import SpeechSettings
    from qa.speech.decoding import Item, Recognised
    from qa.speech.models import Device, Model

# Windows decoded together; on a processor more than these only take more memory.
_BATCH: dict[Device, int] = {"cpu": 8, "cuda": 32}
_CUDA_THREADS = 2  # one prepares a batch while the device works on the other's
_LINGER_S = 1.0  # how long a first batch waits to be filled
_LEAVE_S = 2  # for threads to end: what they wait for is ended first


@dataclass(frozen=True, slots=True)
class Load:
    """How much is recognised at once: bounds memory and says how long a batch may take."""

    workers: int
    batch_size: int
    deadline_s: float

    @classmethod
    def for_device(cls, settings: SpeechSettings, device: Device, *, workers: int) -> Self:
        """Return the load that the settings ask for; `workers` are threads on a processor."""
        threads = _CUDA_THREADS if device == "cuda" else workers
        return cls(threads, settings.batch_size or _BATCH[device], settings.deadline_s)

    @property
    def most_waiting(self) -> int:
        """Windows that may wait: enough to fill a batch of one kind for every worker."""
        return 2 * self.workers * self.batch_size


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
        words: bool = True,
        module: str = "qa.speech.recogniser_child",
    ) -> None:
        self._load = load
        hello = {
            "model": asdict(model) | {"path": str(model.path)},
            "workers": load.workers,
            "beam_size": beam_size,
            "languages": list(languages),
            "hotwords": hotwords,
            "words": words,
        }
        self._process = Process(hello, module=module, batch_size=load.batch_size)
        self._changed = threading.Condition()  # of what follows
        self._waiting = Waiting(load.batch_size)
        self._feeding = 0  # recordings whose windows are coming
        self._patience_ends = 0.0  # until when a fuller batch is worth waiting for
        self._suspects: deque[Job] = deque()
        self._working: list[_Batch] = []
        self._closed: BaseException | None = None  # why nothing is recognised any more
        self._pumps = [
            threading.Thread(target=self._pump, daemon=True) for _ in range(load.workers)
        ]

    def __enter__(self) -> Self:
        try:
            self._process.start()
        except LostError as lost:  # by `stop`, from another thread
            raise CallError("speech", "stopped", "the run was stopped") from lost
        for pump in self._pumps:
            pump.start()
        return self

    def __exit__(self, *error: object) -> None:
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
            if not len(self._waiting):
                self._patience_ends = time.monotonic() + _LINGER_S
            self._waiting.add(job)
            self._changed.notify_all()
        return job.future

    @contextmanager
    def feeding(self) -> Generator[None]:
        """Say that windows are on their way, so that batches may be waited for, but not long."""
        with self._changed:
            self._feeding += 1
        try:
            yield
        finally:
            with self._changed:
                self._feeding -= 1
                self._changed.notify_all()

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
                self._changed.wait(_LINGER_S if len(self._waiting) else None)
        return None

    def _ready(self) -> _Batch | None:
        """Return what may be done now: a suspect only alone, and others after the suspects."""
        while self._suspects and self._suspects[0].future.cancelled():
            self._suspects.popleft()
        if self._suspects:
            return None if self._working else _Batch([self._suspects.popleft()], alone=True)
        if any(batch.alone for batch in self._working):
            return None
        if self._fills():
            return None
        # the last windows of a night are shared out, so that no worker ends long after the others
        most = None if self._feeding else -(-len(self._waiting) // self._load.workers)
        jobs = self._waiting.take(most)
        return _Batch(jobs, alone=False) if jobs else None

    def _fills(self) -> bool:
        """Return whether it is better to wait: windows are coming, and no batch is full yet."""
        return (
            self._feeding > 0
            and len(self._waiting) < self._load.most_waiting
            and self._waiting.fullest() < self._load.batch_size
            and time.monotonic() < self._patience_ends
        )

    def _recognise(self, batch: _Batch) -> None:
        items = [job.item for job in batch.jobs]
        try:
            results = self._process.ask(items, self._load.deadline_s)
            for job, result in zip(batch.jobs, results, strict=True):
                job.succeed(result)
        except LostError as lost:
            self._retry(batch, lost)
        except NothingToRunError as error:
            self._close(error)  # it would not start for others either
        except BaseException as error:  # a bug: the threads of these calls raise it
            for job in batch.jobs:
                job.fail(error)
        finally:
            with self._changed:
                self._working.remove(batch)
                self._changed.notify_all()

    def _retry(self, batch: _Batch, lost: LostError) -> None:
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
