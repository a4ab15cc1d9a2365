"""A child process of ours: how it starts, how it is spoken to, and that it ends."""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from qa.child import Alarm, Child, _environment
from qa.problems import NothingToRunError
from qa.wire import receive, send

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="sends POSIX signals")

ECHO = """
import os, sys
from qa.child import claim_pipes
from qa.wire import receive, send
requests, replies = claim_pipes()
print("what a library prints is lost")
sys.stderr.write("also its complaints")
hello = receive(requests)
send(replies, {"threads": os.environ["OMP_NUM_THREADS"], "hello": hello})
try:
    while True:
        send(replies, receive(requests))
except EOFError:
    if hello.get("stays"):
        import time
        time.sleep(60)
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """Return how to make a module that only our import path knows."""
    monkeypatch.syspath_prepend(tmp_path)

    def make(text: str) -> str:
        (tmp_path / "made_up_child.py").write_text(text)
        return "made_up_child"

    return make


def started(module: str, hello: dict[str, Any] | None = None) -> Child:
    child = Child(module)
    child.greet(hello or {}, start_s=30)
    return child


def test_it_answers_until_it_is_let_go(module: Callable[[str], str]) -> None:
    child = Child(module(ECHO))
    # one thread, for the others work too
    assert child.greet({"n": 1}, start_s=30) == {"threads": "1", "hello": {"n": 1}}
    assert child.alive
    for number in range(3):
        send(child.requests, {"number": number})
        assert receive(child.replies) == {"number": number}
    child.leave()
    assert child.process.returncode == 0
    assert child.requests.closed
    assert child.replies.closed


def test_one_that_does_not_leave_is_ended(
    module: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qa.child._END_S", 0.2)
    child = started(module(ECHO), {"stays": True})
    child.leave()
    assert child.process.returncode == -9


def test_killing_says_how_it_ended(module: Callable[[str], str]) -> None:
    child = started(module(ECHO))
    assert child.kill() == "signal 9"
    assert not child.alive
    assert child.kill() == "signal 9"  # a second time is no error
    # and one that ended by itself
    text = ECHO.replace("while True:", "while receive(requests) == {}:") + "sys.exit(3)"
    child = started(module(text))
    send(child.requests, {"n": 1})
    child.process.wait(10)
    assert child.kill() == "exit code 3"


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("import no_such_library", "exit code 1"),
        ("import os; os.kill(os.getpid(), 15)", "signal 15"),
        ("print('no message')", "exit code 0"),
        ("import time; time.sleep(60)", "signal 9"),
    ],
)
def test_one_that_does_not_start(module: Callable[[str], str], text: str, end: str) -> None:
    before = time.monotonic()
    with pytest.raises(NothingToRunError, match="does not start") as problem:
        Child(module(text)).greet({}, start_s=1 if "sleep" in text else 30)
    assert time.monotonic() - before < 29
    (message,) = str(problem.value).splitlines()
    assert f"({end})" in message or text.startswith("print")  # that may be killed as it ends
    assert "-m made_up_child`" in message


def test_one_that_is_killed_while_it_starts_is_waited_for_no_longer(
    module: Callable[[str], str],
) -> None:
    child = Child(module("import time; time.sleep(60)"))
    timer = threading.Timer(0.3, child.process.kill)
    timer.start()
    before = time.monotonic()
    with pytest.raises(NothingToRunError, match="signal 9"):
        child.greet({}, start_s=30)
    assert time.monotonic() - before < 5
    timer.join()


def test_one_whose_start_is_interrupted_is_not_left_behind(
    module: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("qa.child.receive", interrupted)
    child = Child(module(ECHO))
    with pytest.raises(KeyboardInterrupt):
        child.greet({}, start_s=30)
    assert child.process.returncode == -9
    assert child.requests.closed


def test_a_file_in_the_working_folder_is_not_taken_for_a_library(
    module: Callable[[str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "json.py").write_text("raise SystemExit(1)")
    monkeypatch.chdir(folder)
    child = started(module(ECHO))
    child.leave()
    assert child.process.returncode == 0


def test_an_alarm_ends_every_read_from_a_child(module: Callable[[str], str]) -> None:
    child = started(module(ECHO))
    with pytest.raises(EOFError), Alarm(child, 0.2) as alarm:
        receive(child.replies)  # nothing was asked, so that nothing will come
    assert alarm.rang
    assert child.kill() == "signal 9"


def test_an_alarm_that_is_left_in_time_does_nothing(module: Callable[[str], str]) -> None:
    child = started(module(ECHO))
    with Alarm(child, 0.2) as alarm:
        send(child.requests, {"n": 1})
        assert receive(child.replies) == {"n": 1}
    time.sleep(0.3)
    assert not alarm.rang
    assert child.alive
    child.leave()


def test_the_environment_is_ours_with_our_import_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_PROXY", "none")
    monkeypatch.setenv("OMP_NUM_THREADS", "8")
    monkeypatch.setattr(sys, "path", ["", "/a"])
    environment = _environment()
    # an empty entry is the folder that we, not the child, were started in
    assert environment["PYTHONPATH"] == f"{Path.cwd()}{os.pathsep}/a"
    assert environment["SOME_PROXY"] == "none"
    assert environment["OMP_NUM_THREADS"] == environment["OPENBLAS_NUM_THREADS"] == "1"
