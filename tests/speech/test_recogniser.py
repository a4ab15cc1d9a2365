"""The queue and its process, with a stand-in that misbehaves on command: nothing is ever lost."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.problems import CallError, NothingToRunError
from qa.speech.decoding import Item, Recognised
from qa.speech.models import Model
from qa.speech.recogniser import Load, Recogniser
from qa.speech.recogniser_process import _Life
from qa.speech.waiting import _PASSED_OVER, Job, Waiting
from tests.speech.standin_child import (
    ANSWER,
    BABBLE,
    BUG,
    EXIT,
    FAIL,
    GARBAGE,
    HANG,
    KILL,
    MUTE,
    NONSENSE,
    SHAPE,
    SHORT,
    TALK,
    WAIT,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from qa.nouns import Language

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="sends POSIX signals")

SOON = 20  # seconds in which anything is done, on a machine that does much else


class Bench:
    """A recogniser over the stand-in, and what the stand-in was asked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "log"

    def open(
        self, *, workers: int = 1, batch_size: int = 4, deadline_s: float = SOON
    ) -> Recogniser:
        return Recogniser(
            Model(Path("/no/model"), "cpu", "int8", 80, multilingual=True),
            Load(workers, batch_size, deadline_s),
            beam_size=1,
            languages=("en",),
            hotwords=str(self.log),
            module="tests.speech.standin_child",
        )

    def tell(self, file: str, text: str = "") -> None:
        (self.folder / file).write_text(text, "utf-8")

    def forget(self, file: str) -> None:
        (self.folder / file).unlink()

    @property
    def asked(self) -> list[list[int]]:
        """The labels of every batch, in the order in which the stand-in got them."""
        return [labels for _, labels in self._lines()]

    @property
    def pids(self) -> list[int]:
        return [pid for pid, _ in self._lines()]

    def _lines(self) -> list[tuple[int, list[int]]]:
        lines = self.log.read_text("utf-8").splitlines() if self.log.exists() else []
        return [tuple(json.loads(line)) for line in lines]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def window(
    act: int, label: int = 0, *, frames: int = 300, language: Language | None = "en"
) -> Item:
    features = np.zeros((80, frames), np.float32)
    features[0, :2] = act, label
    return Item(features, language)


def submit(
    recogniser: Recogniser,
    act: int,
    label: int = 0,
    *,
    frames: int = 300,
    language: Language | None = "en",
) -> Future[Recognised]:
    item = window(act, label, frames=frames, language=language)
    return recogniser.submit(item, f"{label}.flac")


def heard(*futures: Future[Recognised]) -> list[str]:
    return [future.result(SOON).words[0][0] for future in futures]


def error_of(future: Future[Recognised]) -> tuple[str, str, str]:
    with pytest.raises(CallError) as caught:
        future.result(SOON)
    return caught.value.stage, caught.value.code, caught.value.message


def kill(recogniser: Recogniser, how: signal.Signals = signal.SIGKILL) -> int:
    """End the process as the system would; return its id."""
    pid = recogniser.pid
    assert pid is not None
    os.kill(pid, how)
    return pid


def within(seconds: float, condition: Callable[[], bool]) -> bool:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.005)
    return condition()


def gone(pid: int | None) -> bool:
    assert pid is not None
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_windows_come_back_to_whoever_sent_them(bench: Bench):
    with bench.open(workers=2) as recogniser:
        futures = [submit(recogniser, ANSWER, at, frames=300 + 400 * (at % 5)) for at in range(30)]
        assert heard(*futures) == [str(at) for at in range(30)]
        pid = recogniser.pid
    assert sorted(label for batch in bench.asked for label in batch) == list(range(30))
    assert gone(pid)


def test_what_is_recognised_arrives_whole(bench: Bench):
    with bench.open() as recogniser:
        found = submit(recogniser, ANSWER, 7, language="sr").result(SOON)
    assert found == Recognised("sr", (("7", 0, 10, 0.5),), "")


def test_a_batch_holds_one_width_and_one_language_and_no_more_than_its_size(bench: Bench):
    with bench.open(batch_size=3) as recogniser:
        first = submit(recogniser, WAIT, 99)  # while it is at work, the others gather
        assert within(SOON, lambda: bench.asked == [[99]])
        # padded widths: 300 and 850 frames to 1000, 1200 to 1400
        kinds: list[tuple[int, Language | None]] = [(300, "en"), (1200, "en"), (850, "en")]
        kinds += [(300, "hr"), (1200, "en"), (300, None)]
        futures = [
            submit(recogniser, ANSWER, at, frames=frames, language=language)
            for at, (frames, language) in enumerate(kinds)
        ]
        bench.tell("go")
        assert heard(first, *futures) == ["99", *"012345"]
    # the fullest first, the widest of equals; single ones of like width as they came
    assert bench.asked == [[99], [1, 4], [0, 2], [3], [5]]


def test_while_windows_are_coming_a_batch_is_waited_for(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("qa.speech.recogniser._LINGER_S", 600)
    with bench.open(workers=2, batch_size=3) as recogniser:
        with recogniser.feeding():
            futures = [submit(recogniser, ANSWER, at) for at in range(2)]
            assert not within(0.2, lambda: bool(bench.asked))
            futures += [submit(recogniser, ANSWER, at) for at in range(2, 4)]
            assert heard(*futures[:3]) == ["0", "1", "2"]
            assert not within(0.2, lambda: len(bench.asked) > 1)
        # nothing comes any more
        assert heard(futures[3]) == ["3"]
    assert bench.asked == [[0, 1, 2], [3]]


def test_a_batch_is_not_waited_for_long(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("qa.speech.recogniser._LINGER_S", 0.1)
    with bench.open() as recogniser, recogniser.feeding():
        for at in range(2):
            assert heard(submit(recogniser, ANSWER, at)) == [str(at)]


def test_a_full_queue_is_not_waited_for(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("qa.speech.recogniser._LINGER_S", 600)
    with bench.open(batch_size=2) as recogniser:
        with recogniser.feeding():
            # 4 may wait, of 4 kinds: who feeds can send no more, so no batch would ever be full
            futures = [submit(recogniser, ANSWER, at, frames=900 + 100 * at) for at in range(5)]
            assert heard(*futures[3:]) == ["3", "4"]  # the widest of those there are
        assert heard(*futures) == [*"01234"]


def test_the_last_windows_are_shared_out(bench: Bench):
    with bench.open(workers=2, batch_size=4) as recogniser:
        first = [submit(recogniser, WAIT, at) for at in (98, 99)]
        assert within(SOON, lambda: sorted(bench.asked) == [[98], [99]])
        futures = [submit(recogniser, ANSWER, at) for at in range(4)]
        bench.tell("go")
        assert heard(*first, *futures) == ["98", "99", *"0123"]
    # half of four, half of two, and the last: no worker ends long after the other
    assert sorted(map(len, bench.asked[2:])) == [1, 1, 2]


def test_submitting_waits_while_too_much_waits(bench: Bench):
    with bench.open(batch_size=2) as recogniser:  # 2 x 1 x 2 may wait
        first = submit(recogniser, WAIT, 99)
        assert within(SOON, lambda: bench.asked == [[99]])
        futures = [submit(recogniser, ANSWER, at) for at in range(4)]
        late: list[Future[Recognised]] = []
        thread = threading.Thread(target=lambda: late.append(submit(recogniser, ANSWER, 4)))
        thread.start()
        thread.join(0.2)
        assert thread.is_alive()
        bench.tell("go")
        thread.join(SOON)
        assert heard(first, *futures, *late) == ["99", *"01234"]


def test_windows_that_were_taken_back_make_room_and_are_not_recognised(bench: Bench):
    with bench.open(batch_size=2) as recogniser:
        first = submit(recogniser, WAIT, 99)
        assert within(SOON, lambda: bench.asked == [[99]])
        futures = [submit(recogniser, ANSWER, at) for at in range(4)]
        assert all(future.cancel() for future in futures)
        late: list[Future[Recognised]] = []
        thread = threading.Thread(target=lambda: late.append(submit(recogniser, ANSWER, 4)))
        thread.start()
        bench.tell("go")
        thread.join(SOON)
        assert heard(first, *late) == ["99", "4"]
    assert bench.asked == [[99], [4]]


def test_there_is_room_as_soon_as_a_batch_is_taken(bench: Bench):
    with bench.open(batch_size=1) as recogniser:  # 2 may wait
        first = submit(recogniser, WAIT, 99)
        assert within(SOON, lambda: bench.asked == [[99]])
        for at in range(2):
            submit(recogniser, HANG, at)
        thread = threading.Thread(target=lambda: submit(recogniser, ANSWER, 2))
        thread.start()
        bench.tell("go")
        assert heard(first) == ["99"]
        thread.join(SOON / 2)  # the next one hangs until its deadline
        assert not thread.is_alive()


def test_a_window_taken_back_while_at_work_troubles_nobody(bench: Bench):
    with bench.open() as recogniser:
        first = submit(recogniser, WAIT, 1)
        assert within(SOON, lambda: bench.asked == [[1]])
        assert first.cancel()
        bench.tell("go")
        assert heard(submit(recogniser, ANSWER, 2)) == ["2"]


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSEGV])
def test_a_process_killed_at_work_loses_and_doubles_nothing(bench: Bench, how: signal.Signals):
    with bench.open(workers=2) as recogniser:
        futures = [submit(recogniser, WAIT, at, frames=300 + 400 * (at % 3)) for at in range(12)]
        assert within(SOON, lambda: len(bench.asked) == 2)  # both threads are at work
        pid = kill(recogniser, how)
        assert within(SOON, lambda: len(bench.asked) == 3)  # the first is tried again
        bench.tell("go")
        assert heard(*futures) == [str(at) for at in range(12)]
        assert recogniser.pid != pid
    at_work, again = bench.asked[:2], bench.asked[2:]
    # what was at work: each again, alone; the rest once
    suspects = sorted(label for batch in at_work for label in batch)
    assert sorted(label for batch in again[: len(suspects)] for label in batch) == suspects
    assert all(len(batch) == 1 for batch in again[: len(suspects)])
    assert sorted(label for batch in again for label in batch) == list(range(12))


@pytest.mark.parametrize(
    ("act", "code", "how"),
    [
        (KILL, "crashed", "died (signal 9)"),
        (EXIT, "crashed", "died (exit code 3)"),
        (NONSENSE, "crashed", "died (signal 9)"),  # by us
        (GARBAGE, "crashed", "died (signal 9)"),
        (SHORT, "crashed", "failed (an answer that makes no sense)"),
        (SHAPE, "crashed", "failed (an answer that makes no sense)"),
        (FAIL, "crashed", "failed (CUDA failed with error out of memory)"),
    ],
)
def test_the_window_that_ends_the_process_twice_fails_alone(
    bench: Bench, act: int, code: str, how: str
):
    with bench.open(workers=2) as recogniser:
        innocent = [submit(recogniser, ANSWER, at) for at in range(3)]
        guilty = submit(recogniser, act, 66)
        others = [submit(recogniser, ANSWER, at, frames=1200) for at in range(3, 9)]
        message = f"66.flac: the recogniser {how} twice on it: convert or listen to it"
        assert error_of(guilty) == ("speech", code, message)
        assert heard(*innocent, *others) == [str(at) for at in range(9)]
        assert heard(submit(recogniser, ANSWER, 9)) == ["9"]
    with_it = [batch for batch in bench.asked if 66 in batch]
    assert len(with_it) == 2
    assert with_it[1] == [66]
    # a new process after each of the two times
    assert len(set(bench.pids)) == 3


@pytest.mark.parametrize("act", [HANG, MUTE])
def test_a_hang_ends_with_the_deadline_and_only_the_guilty_window_fails(bench: Bench, act: int):
    with bench.open(workers=2, batch_size=3, deadline_s=1) as recogniser:
        guilty = submit(recogniser, act, 66)
        # these are in the same batch, in the other thread's, and behind them; a window of 20 s
        # has 640 kB and does not fit a pipe that nobody reads
        others = [submit(recogniser, ANSWER, at, frames=2000 if at % 2 else 300) for at in range(9)]
        message = (
            "66.flac: the recogniser did not answer within 1 s twice on it: convert or listen to it"
        )
        assert error_of(guilty) == ("speech", "timeout", message)
        assert heard(*others) == [str(at) for at in range(9)]
        assert heard(submit(recogniser, ANSWER, 9)) == ["9"]


def test_two_late_batches_are_both_tried_again(bench: Bench):
    with bench.open(workers=2, batch_size=1, deadline_s=1) as recogniser:
        guilty = [submit(recogniser, HANG, at) for at in (1, 2)]
        innocent = submit(recogniser, ANSWER, 3)
        assert [error_of(future)[1] for future in guilty] == ["timeout", "timeout"]
        assert heard(innocent) == ["3"]
    assert sorted(bench.asked) == [[1], [1], [2], [2], [3]]


def test_a_crash_after_a_hang_is_called_a_crash(bench: Bench):
    with bench.open(deadline_s=1) as recogniser:
        assert error_of(submit(recogniser, HANG, 1))[1] == "timeout"
        assert error_of(submit(recogniser, KILL, 2))[1] == "crashed"


def test_a_suspect_is_alone(bench: Bench):
    with bench.open(workers=4, batch_size=1) as recogniser:
        suspects = [submit(recogniser, WAIT, at) for at in range(3)]
        assert within(SOON, lambda: len(bench.asked) == 3)
        kill(recogniser)
        assert within(SOON, lambda: len(bench.asked) == 4)
        new = [submit(recogniser, ANSWER, at, frames=1200) for at in range(3, 7)]
        # three threads are free and windows wait, and yet only one suspect is at work
        assert not within(0.3, lambda: len(bench.asked) > 4)
        bench.tell("go")
        assert heard(*suspects, *new) == [str(at) for at in range(7)]
    assert sorted(bench.asked[:3]) == sorted(bench.asked[3:6]) == [[0], [1], [2]]
    assert sorted(bench.asked[6:]) == [[3], [4], [5], [6]]


def test_a_suspect_that_was_taken_back_is_not_tried_again(bench: Bench):
    with bench.open(workers=2, batch_size=1) as recogniser:
        futures = [submit(recogniser, WAIT, at) for at in range(2)]
        assert within(SOON, lambda: len(bench.asked) == 2)
        kill(recogniser)
        assert within(SOON, lambda: len(bench.asked) == 3)
        (tried,) = bench.asked[2]
        assert futures[1 - tried].cancel()
        bench.tell("go")
        assert heard(futures[tried], submit(recogniser, ANSWER, 2)) == [str(tried), "2"]
    assert bench.asked[3:] == [[2]]


def test_a_process_that_dies_idle_is_replaced(bench: Bench):
    with bench.open() as recogniser:
        assert heard(submit(recogniser, ANSWER, 1)) == ["1"]
        pid = kill(recogniser)
        assert heard(submit(recogniser, ANSWER, 2)) == ["2"]
        assert recogniser.pid != pid


def test_a_process_known_to_be_dead_is_not_asked(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    noticed, finish = threading.Event(), _Life._finish

    def finish_late(life: _Life) -> None:
        noticed.wait(SOON)
        finish(life)

    with bench.open() as recogniser:
        assert heard(submit(recogniser, ANSWER, 1)) == ["1"]
        monkeypatch.setattr(_Life, "_finish", finish_late)
        life = recogniser._process._life
        assert life is not None
        kill(recogniser)
        life.child.process.wait(SOON)
        assert heard(submit(recogniser, ANSWER, 2)) == ["2"]
        noticed.set()
    assert bench.asked == [[1], [2]]


def test_nonsense_ends_a_process_that_others_are_writing_to(bench: Bench):
    with bench.open(workers=2) as recogniser:
        guilty = submit(recogniser, BABBLE, 66)
        assert within(SOON, lambda: bench.asked == [[66]])
        others = submit_together(recogniser, 4)
        time.sleep(0.1)
        bench.tell("go")
        before = time.monotonic()
        assert error_of(guilty)[1] == "crashed"
        assert heard(*others) == [*"0123"]
        assert time.monotonic() - before < SOON / 2  # not only by the deadline


def test_the_deadline_covers_the_sending(bench: Bench):
    with bench.open(deadline_s=1) as recogniser:
        kill(recogniser, signal.SIGSTOP)
        assert heard(*submit_together(recogniser, 4)) == [*"0123"]


def submit_together(recogniser: Recogniser, count: int) -> list[Future[Recognised]]:
    """Submit a full batch of windows of 20 s: 640 kB each, more than a pipe holds."""
    with recogniser.feeding():
        return [submit(recogniser, ANSWER, at, frames=2000) for at in range(count)]


def test_an_answer_may_be_as_long_as_its_windows_make_it(bench: Bench):
    # 40 kB of words each, together more than a megabyte
    with bench.open(batch_size=32) as recogniser:
        with recogniser.feeding():
            futures = [submit(recogniser, TALK, at) for at in range(32)]
        found = [future.result(SOON) for future in futures]
    assert [len(each.words) for each in found] == [448] * 32
    assert bench.asked == [[*range(32)]]  # once: the answer was taken


def test_a_bug_is_raised_and_not_taken_for_a_problem_of_the_recording(bench: Bench):
    with bench.open(workers=2) as recogniser:
        with pytest.raises(RuntimeError, match="ZeroDivisionError"):
            submit(recogniser, BUG, 1).result(SOON)
        assert heard(submit(recogniser, ANSWER, 2)) == ["2"]
    assert len(set(bench.pids)) == 1


def test_a_model_that_cannot_be_loaded_is_told_on_entering(bench: Bench):
    bench.tell("refuse", "no such model")
    recogniser = bench.open()
    with pytest.raises(NothingToRunError, match=r"^no such model$"), recogniser:
        pytest.fail("entered")
    recogniser.stop()  # is no error


def test_a_process_that_cannot_start_is_told_on_entering(bench: Bench):
    bench.tell("die")
    with pytest.raises(NothingToRunError, match="exit code 9"), bench.open():
        pytest.fail("entered")


def test_a_bug_while_starting_is_raised_as_one(bench: Bench):
    bench.tell("break", "Traceback ...\nZeroDivisionError")
    with pytest.raises(RuntimeError, match="does not start:\nTraceback"), bench.open():
        pytest.fail("entered")


def test_the_real_process_says_why_it_cannot_load_a_model(tmp_path: Path):
    recogniser = Recogniser(
        Model(tmp_path, "cpu", "int8", 80, multilingual=True),
        Load(1, 1, SOON),
        beam_size=1,
        languages=("en",),
    )
    with pytest.raises(NothingToRunError, match="cannot be loaded on cpu"), recogniser:
        pytest.fail("entered")


def test_a_process_killed_while_it_starts_anew_is_started_once_more(bench: Bench):
    with bench.open() as recogniser:
        bench.tell("die")
        assert error_of(submit(recogniser, KILL, 1))[1] == "crashed"
        assert heard(submit(recogniser, ANSWER, 2)) == ["2"]


def test_when_the_model_is_gone_everybody_is_told(bench: Bench):
    with bench.open(workers=2, batch_size=2) as recogniser:
        futures = [submit(recogniser, WAIT, at, frames=300 + 100 * at) for at in range(8)]
        assert within(SOON, lambda: len(bench.asked) == 2)
        bench.tell("refuse", "no such model any more")
        kill(recogniser)
        for future in futures:
            with pytest.raises(NothingToRunError, match="any more"):
                future.result(SOON)
        with pytest.raises(NothingToRunError, match="any more"):
            submit(recogniser, ANSWER, 9)


@pytest.mark.parametrize("leave", [Recogniser.stop, lambda each: each.__exit__(None, None, None)])
def test_stopping_tells_everybody_at_once(bench: Bench, leave: Callable[[Recogniser], None]):
    recogniser = bench.open(workers=2, batch_size=2).__enter__()
    futures = [submit(recogniser, HANG, at, frames=300 + 100 * at) for at in range(8)]
    assert within(SOON, lambda: len(bench.asked) == 2)
    blocked: list[str] = []

    def one_more() -> None:
        try:
            futures.append(submit(recogniser, ANSWER, 13))
        except CallError as error:
            blocked.append(error.code)

    # at most 2 x 2 are at work and 8 wait, so that at least 6 of these 18 find no room
    threads = [threading.Thread(target=one_more) for _ in range(10)]
    for thread in threads:
        thread.start()
    assert within(SOON, lambda: len(recogniser._waiting) == 8)
    pid = recogniser.pid
    before = time.monotonic()
    leave(recogniser)
    assert time.monotonic() - before < 5
    for thread in threads:
        thread.join(SOON)
    stopped = ("speech", "stopped", "the run was stopped")
    assert [error_of(future) for future in futures] == [stopped] * len(futures)
    assert len(blocked) >= 6
    assert set(blocked) == {"stopped"}
    with pytest.raises(CallError, match="stopped"):
        submit(recogniser, ANSWER)
    assert gone(pid)
    recogniser.__exit__(None, None, None)  # a second time is no error


def test_stopping_tells_suspects_too(bench: Bench):
    with bench.open(batch_size=4) as recogniser:
        first = submit(recogniser, WAIT, 99)
        assert within(SOON, lambda: bench.asked == [[99]])
        futures = [submit(recogniser, HANG, at) for at in range(4)]
        bench.tell("go")
        assert heard(first) == ["99"]
        assert within(SOON, lambda: len(bench.asked) == 2)
        kill(recogniser)
        assert within(SOON, lambda: len(bench.asked) == 3)  # one again, three suspects wait
        recogniser.stop()
        assert {error_of(future)[1] for future in futures} == {"stopped"}


def test_stopping_does_not_wait_for_a_model_that_loads_anew(bench: Bench):
    with bench.open() as recogniser:
        bench.tell("slow")
        future = submit(recogniser, WAIT, 1)
        assert within(SOON, lambda: len(bench.asked) == 1)
        dead = kill(recogniser)
        assert within(SOON, lambda: recogniser.pid != dead)  # it is being started anew
        before = time.monotonic()
        recogniser.stop()
        assert error_of(future)[1] == "stopped"
        for pump in recogniser._pumps:
            pump.join(SOON)
        assert time.monotonic() - before < 1
        assert gone(recogniser.pid)
    assert len(bench.asked) == 1


def test_stopping_does_not_wait_for_a_model_that_loads_at_first(bench: Bench):
    bench.tell("slow")
    recogniser, stops = bench.open(), list[float]()

    def stop() -> None:
        assert within(SOON, lambda: recogniser.pid is not None)
        stops.append(time.monotonic())
        recogniser.stop()

    thread = threading.Thread(target=stop)
    thread.start()
    with pytest.raises(CallError, match="the run was stopped"), recogniser:
        pytest.fail("entered")
    took = time.monotonic()
    thread.join(SOON)
    assert took - stops[0] < 1
    assert gone(recogniser.pid)


def test_a_fault_in_the_queue_itself_is_told(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    def fail(_: Waiting, most: int | None) -> list[Job]:
        message = "no memory"
        raise MemoryError(message)

    with bench.open() as recogniser:
        monkeypatch.setattr(Waiting, "take", fail)
        with pytest.raises(MemoryError):
            submit(recogniser, ANSWER).result(SOON)


WINDOWS = st.lists(
    st.tuples(st.integers(1, 25).map(lambda each: each * 100), st.sampled_from(["en", "hr", None])),
    max_size=60,
)


@settings(deadline=None, derandomize=True, max_examples=60)
@given(WINDOWS, st.integers(1, 6), st.data())
def test_every_window_is_taken_once_and_none_waits_for_ever(
    windows: list[tuple[int, Language | None]], size: int, data: st.DataObject
):
    waiting, ahead = Waiting(size), Counter[int]()
    taken: list[Job] = []
    coming = [
        Job(window(ANSWER, at, frames=f, language=la), "") for at, (f, la) in enumerate(windows)
    ]
    cancelled = set()
    for at, job in enumerate(coming):
        ahead[id(job)] = len(waiting)
        waiting.add(job)
        if data.draw(st.integers(0, 9)) == 0:
            job.future.cancel()
            cancelled.add(at)
        if data.draw(st.booleans()):
            taken += _one_batch(waiting, size, data.draw(st.none() | st.integers(1, 6)))
    while batch := _one_batch(waiting, size, None):
        taken += batch
    assert len(waiting) == 0
    wanted = [job for at, job in enumerate(coming) if at not in cancelled]
    assert sorted(map(id, taken)) == sorted(map(id, wanted))
    # the oldest is passed over 8 times at most, and then it is the next one's turn
    assert all(job.passed <= _PASSED_OVER + ahead[id(job)] for job in taken)


def _one_batch(waiting: Waiting, size: int, most: int | None) -> list[Job]:
    batch = waiting.take(most)
    assert len(batch) <= min(size, most or size)
    assert len({job.kind for job in batch}) <= 1
    return batch


def test_a_rare_width_is_passed_over_eight_times_and_no_more():
    waiting = Waiting(2)
    rare = Job(window(ANSWER, frames=2000), "")
    waiting.add(rare)
    for _ in range(_PASSED_OVER):
        for _ in range(2):
            waiting.add(Job(window(ANSWER), ""))
        assert rare not in waiting.take()
    for _ in range(2):
        waiting.add(Job(window(ANSWER), ""))
    assert waiting.take() == [rare]
    assert rare.passed == _PASSED_OVER
