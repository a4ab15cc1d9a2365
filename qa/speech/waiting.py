"""Windows that wait to be recognised, and which of them go together."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from qa.speech.whisper import width

if TYPE_CHECKING:
    from qa.nouns import Language
    from qa.speech.decoding import Item, Recognised

_PASSED_OVER = 8  # batches that may go before the window that waits longest


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

    def fullest(self) -> int:
        """Return how many jobs of one kind wait, at most."""
        return max(Counter(job.kind for job in self._jobs).values(), default=0)

    def take(self, most: int | None = None) -> list[Job]:
        """Take the fullest batch there is, the widest of equals; empty if nothing is wanted.

        At most `most` jobs, where that is less than a batch. The job that waits longest is passed
        over by at most eight batches.
        """
        size = min(self._batch_size, most or self._batch_size)
        self._jobs = [job for job in self._jobs if not job.future.cancelled()]
        if not self._jobs:
            return []
        counts = Counter(job.kind for job in self._jobs)
        chosen = max(counts, key=lambda kind: (min(counts[kind], size), kind[0]))
        if self._jobs[0].passed >= _PASSED_OVER:
            chosen = self._jobs[0].kind
        batch = [job for job in self._jobs if job.kind == chosen][:size]
        taken = set(map(id, batch))
        self._jobs = [job for job in self._jobs if id(job) not in taken]
        for job in self._jobs:
            job.passed += 1
        return batch

    def clear(self) -> list[Job]:
        """Take everything."""
        jobs, self._jobs = self._jobs, []
        return jobs
