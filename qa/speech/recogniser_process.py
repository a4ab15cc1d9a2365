"""The process that holds the speech model, as the run sees it: asked, watched and replaced.

Several threads ask at once. Whatever ends the process - itself, a deadline, an answer that makes
no sense - ends it for all of them; each is told with `LostError`, and the next question starts
another.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from qa.child import Alarm, Child
from qa.problems import NothingToRunError
from qa.speech.decoding import Recognised
from qa.wire import MAX_JSON, receive, send

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qa.speech.decoding import Item

_START_S = 600  # to load a large model from a cold network disk
# Of an answer: a window's 448 tokens at most, each a word of its own with times and probability
# (some 60 bytes), and what they spell, where a letter beyond ASCII takes six bytes in JSON.
_WINDOW_BYTES = 100_000


class LostError(Exception):
    """The process is gone and did not answer; `code` is `timeout` or `crashed`."""

    def __init__(self, code: str, what: str) -> None:
        super().__init__(what)
        self.code = code


class Process:
    """The child with the model. It is started by the first question, or ahead of it."""

    def __init__(self, hello: dict[str, Any], *, module: str, batch_size: int) -> None:
        self._hello = hello
        self._module = module
        self._most_bytes = MAX_JSON + batch_size * _WINDOW_BYTES
        self._starting = threading.Lock()
        self._child: Child | None = None  # the last one, from its first moment on
        self._life: _Life | None = None  # of a child that was ready
        self._ended = False

    @property
    def pid(self) -> int | None:
        child = self._child
        return child.process.pid if child else None

    def start(self) -> None:
        """Start the child if none runs; NothingToRunError says why its model cannot be used."""
        self._running()

    def ask(self, items: Sequence[Item], deadline_s: float) -> list[Recognised]:
        """Return what was recognised, one for each item; or raise LostError.

        Starting a child is not counted against the deadline, and may raise NothingToRunError.
        """
        while (found := self._running().ask(items, deadline_s)) is None:
            pass  # it died idle, between being looked at and being asked
        return found

    def end(self) -> None:
        """End the child, whatever it does: it has nothing to lose. No other is started."""
        self._ended = True  # first: who starts one looks at it after
        child, life = self._child, self._life
        if child is not None:
            child.process.kill()
        if life is not None:
            life.end()

    def _running(self) -> _Life:
        with self._starting:
            try:
                if not self._ended and (self._life is None or self._life.over):
                    self._life = _Life(self._begin(), self._most_bytes)
            except NothingToRunError:
                if not self._ended:
                    raise
            if self._life is None or self._ended:
                self.end()
                raise LostError("crashed", "was ended")
            return self._life

    def _begin(self) -> Child:
        try:
            child, ready = self._greeted()
        except NothingToRunError:
            if self._life is None or self._ended:
                raise
            # it has worked before: what ended the last one may have ended this one too
            child, ready = self._greeted()
        if ready.get("ready") is True:
            return child
        child.kill()
        if "error" in ready:
            raise NothingToRunError(str(ready["error"]))
        raise RuntimeError(f"the recogniser does not start:\n{ready.get('bug')}")

    def _greeted(self) -> tuple[Child, dict[str, Any]]:
        child = self._child = Child(self._module)
        if self._ended:
            child.process.kill()
        return child, child.greet(self._hello, start_s=_START_S)


@dataclass(slots=True, eq=False)
class _Asked:
    """A question; the thread that reads fills in the answer, None if there will be none."""

    number: int
    done: threading.Event = field(default_factory=threading.Event)
    answer: dict[str, Any] | None = None


class _Life:
    """One child from its start to its end; only the thread that reads closes its pipes."""

    def __init__(self, child: Child, most_bytes: int) -> None:
        self.child = child
        self._most_bytes = most_bytes  # of an answer
        self._lock = threading.Lock()  # of the three below
        self._asked: dict[int, _Asked] = {}
        self._number = 0
        self._how = ""  # it ended, in words; empty while it has not
        self._sending = threading.Lock()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def over(self) -> bool:
        return bool(self._how) or not self.child.alive

    def ask(self, items: Sequence[Item], deadline_s: float) -> list[Recognised] | None:
        """Return the answer; None if it was over before it could be asked."""
        asked = self._enlist()
        if asked is None:
            return None
        # the alarm covers the sending too: a child that hangs does not read either
        with Alarm(self.child, deadline_s) as alarm:
            self._send(asked.number, items)
            asked.done.wait()
        if asked.answer is not None:
            return self._results(asked.answer, len(items))
        if alarm.rang:
            raise LostError("timeout", f"did not answer within {deadline_s:g} s")
        raise LostError("crashed", f"died ({self._how})")

    def end(self) -> None:
        """Kill the child; when this returns, all who waited for it are told."""
        self.child.process.kill()
        self._reader.join()

    def _enlist(self) -> _Asked | None:
        with self._lock:
            if self._how:
                return None
            self._number += 1
            asked = self._asked[self._number] = _Asked(self._number)
            return asked

    def _send(self, number: int, items: Sequence[Item]) -> None:
        shapes = [[*item.features.shape, item.language, item.once] for item in items]
        message = {"id": number, "items": shapes}
        with self._sending:
            if self.child.requests.closed:
                return
            try:
                send(self.child.requests, message, [item.features for item in items])
            except BrokenPipeError:
                return  # the thread that reads finds out how it ended
            except BaseException:
                self.child.process.kill()  # it has half a question, and would wait for the rest
                raise

    def _results(self, answer: dict[str, Any], count: int) -> list[Recognised]:
        if "bug" in answer:
            raise RuntimeError(f"the recogniser failed:\n{answer['bug']}")
        with suppress(KeyError, TypeError, ValueError):
            results = [
                Recognised(language, tuple((t, s, e, p) for t, s, e, p in words), reason)
                for language, words, reason in answer["results"]
            ]
            if len(results) == count:
                return results
        # Also after "failed", say out of memory: what a device is worth after that is not known.
        self.end()
        raise LostError(
            "crashed", f"failed ({answer.get('failed', 'an answer that makes no sense')})"
        )

    def _read(self) -> None:
        try:
            while True:
                self._take(receive(self.child.replies, most=self._most_bytes))
        except (EOFError, TypeError):
            pass
        finally:
            self._finish()

    def _take(self, answer: dict[str, Any]) -> None:
        with self._lock:
            asked = self._asked.pop(answer.get("id", 0), None)
        if asked is None:
            raise EOFError("an answer to no question")
        asked.answer = answer
        asked.done.set()

    def _finish(self) -> None:
        self.child.process.kill()  # it may live, and talk nonsense; a sender must not wait for it
        with self._sending:  # so that nobody writes to a pipe while it is closed
            how = self.child.kill()
        with self._lock:
            self._how = how
            lost, self._asked = self._asked, {}
        for asked in lost.values():
            asked.done.set()
