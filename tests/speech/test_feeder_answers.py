"""What a feeder process says, from its own side and from ours, without a process."""

from __future__ import annotations

import io
import os
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from qa.problems import CallError
from qa.speech import feeder as module
from qa.speech import feeder_child
from qa.speech.feeder import Fed, Feeder
from qa.speech.listening import Outline, Stretch
from qa.wire import receive, send
from tests.intake.sounds import code_of

if TYPE_CHECKING:
    from collections.abc import Iterator


class TestWhatGoesWrongInIt:
    @pytest.mark.parametrize(
        ("error", "answer"),
        [
            (CallError("intake", "codec", "a.wav: no"), {"code": "codec", "message": "a.wav: no"}),
            (
                MemoryError(),
                {
                    "code": "too_large",
                    "message": "a.wav: takes more memory to decode than it may have: split it",
                },
            ),
        ],
    )
    def test_is_said(self, error: Exception, answer: dict[str, str]) -> None:
        assert self.answered(error) == answer

    def test_with_its_traceback_if_it_is_a_bug(self) -> None:
        bug = self.answered(ZeroDivisionError("division by zero"))["bug"]
        assert bug.startswith("Traceback")
        assert bug.rstrip().endswith("ZeroDivisionError: division by zero")

    @staticmethod
    def answered(error: Exception) -> dict[str, str]:
        """Return what the child says if listening raises `error` at its end."""

        def heard() -> Iterator[Outline]:
            yield Outline(7, ((),))
            raise error

        replies, child = pipe()
        with replies, child:
            feeder_child._answer(child, Path("a.wav"), heard(), 80)
            assert receive(replies) == {"duration_ms": 7, "channels": [[]], "caveats": []}
            return receive(replies)


def pipe() -> tuple[io.FileIO, io.FileIO]:
    """Return where what is written to the second is read."""
    read, write = os.pipe()
    return io.FileIO(read, "rb"), io.FileIO(write, "wb")


class Scripted:
    """A child whose answers a test has written beforehand, and that then is gone."""

    answers: tuple[tuple[dict[str, Any], int], ...] = ()  # a message, and how many zeros follow

    def __init__(self, _: str) -> None:
        self.alive, self.killed = True, False
        requests, self.requests = pipe()
        self.replies, replies = pipe()
        self._heard = requests  # kept open, so that the request can be sent
        threading.Thread(target=self._speak, args=(replies,)).start()  # a pipe holds only so much

    def _speak(self, replies: io.FileIO) -> None:
        with replies, suppress(BrokenPipeError):
            for message, zeros in self.answers:
                send(replies, message, [np.zeros(zeros, np.float32)] if zeros else [])

    def greet(self, hello: dict[str, Any], *, start_s: float) -> None:
        assert (hello["bands"], start_s) == (80, 60)

    @property
    def process(self) -> Scripted:
        return self

    pid = 0

    def kill(self) -> str:
        self.alive, self.killed = False, True
        self.leave()
        return "exit code 1"

    def leave(self) -> None:
        for pipe in (self._heard, self.requests, self.replies):
            pipe.close()


WINDOW = {"channel": 0, "channels": 2, "pieces": [[0, 100]], "frames": 10}  # 800 numbers follow
OUTLINE = {"duration_ms": 500, "channels": [[[0, 100, 1.0]], []], "caveats": []}


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> type[Scripted]:
    monkeypatch.setattr(module, "Child", Scripted)
    monkeypatch.setattr(Scripted, "answers", ())
    return Scripted


class RingsAt:
    """Stands for the alarm: rings only at the first of its uses, after the answer has come."""

    given: tuple[float, ...] = ()

    def __init__(self, _: object, seconds: float) -> None:
        RingsAt.given = (*RingsAt.given, seconds)
        self.rang = len(RingsAt.given) == 1

    def __enter__(self) -> RingsAt:
        return self

    def __exit__(self, *error: object) -> None:
        return


@pytest.fixture
def rings_at_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RingsAt, "given", ())
    monkeypatch.setattr(module, "Alarm", RingsAt)


class TestAnswers:
    def test_in_order_until_the_outline(self, scripted: type[Scripted]) -> None:
        scripted.answers = ((WINDOW, 800), (OUTLINE, 0), (WINDOW, 800))
        with Feeder(bands=80) as feeder:
            fed, outline = feeder.feed(Path("a.wav"))
            assert isinstance(fed, Fed)
            assert (fed.channel, fed.window.length_ms, fed.samples) == (0, 100, None)
            assert fed.features.shape == (80, 10)
            assert outline == Outline(500, ((Stretch(0, 100, 1.0),), ()))
            assert feeder.pid == 0  # the child lives on

    def test_a_long_recording_may_have_much_speech(self, scripted: type[Scripted]) -> None:
        # two hours of both sides speaking for 100 ms after every 200 ms: 2.5 MB of JSON, at most
        # 1 MB of which would be read whatever the recording's length
        speech = [[at, at + 100, 1234.123456789012] for at in range(0, 7_200_000, 300)]
        outline = OUTLINE | {"duration_ms": 7_200_000, "channels": [speech, speech]}
        scripted.answers = ((outline, 0),)
        with Feeder(bands=80) as feeder:
            (heard,) = feeder.feed(Path("a.wav"))
        assert isinstance(heard, Outline)
        assert [len(channel) for channel in heard.channels] == [24_000, 24_000]

    @pytest.mark.parametrize(
        "answers",
        [
            (),
            (({}, 0),),
            (({"code": 7}, 0),),
            ((WINDOW, 800),),  # and nothing more
            ((WINDOW, 799),),  # a number is missing
            ((WINDOW | {"frames": 11}, 880),),  # 100 ms are 10 frames
            ((WINDOW, 800), (WINDOW, 800)),  # the same again
            ((OUTLINE | {"duration_ms": 10**9}, 0),),
        ],
    )
    def test_nonsense_counts_as_a_crash(
        self, scripted: type[Scripted], answers: tuple[tuple[dict[str, Any], int], ...]
    ) -> None:
        scripted.answers = answers
        with Feeder(bands=80) as feeder:
            assert code_of(lambda: list(feeder.feed(Path("a.wav")))) == "crashed"
            assert feeder.pid is None

    def test_a_bug_in_the_child_is_raised_not_recorded_as_a_problem(
        self, scripted: type[Scripted]
    ) -> None:
        scripted.answers = (({"bug": "Traceback ...\nZeroDivisionError"}, 0),)
        with Feeder(bands=80) as feeder:
            with pytest.raises(RuntimeError, match=r"a\.wav:\n(.|\n)*ZeroDivisionError"):
                list(feeder.feed(Path("a.wav")))
            assert feeder.pid is None

    @pytest.mark.usefixtures("rings_at_first")
    def test_late_is_late_though_an_answer_still_came(self, scripted: type[Scripted]) -> None:
        scripted.answers = ((WINDOW, 800),)
        with Feeder(bands=80) as feeder:
            assert code_of(lambda: list(feeder.feed(Path("a.wav")))) == "timeout"

    @pytest.mark.usefixtures("rings_at_first")
    def test_a_child_that_was_killed_with_its_last_answer_is_not_used_again(
        self, scripted: type[Scripted]
    ) -> None:
        scripted.answers = ((OUTLINE, 0),)
        with Feeder(bands=80) as feeder:
            assert [type(each) for each in feeder.feed(Path("a.wav"))] == [Outline]
            assert feeder.pid is None

    @pytest.mark.usefixtures("rings_at_first")
    def test_the_readers_own_time_is_not_counted(self, scripted: type[Scripted]) -> None:
        scripted.answers = ((WINDOW, 800), (OUTLINE, 0))
        with Feeder(bands=80, deadline_s=10) as feeder:
            for _ in feeder.feed(Path("a.wav")):
                time.sleep(0.3)
        first, second = RingsAt.given
        assert first == 10
        assert 9.8 < second < 10
