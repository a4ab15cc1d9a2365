"""The engine that a run's threads share: opened once, and stopped whatever it is doing."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import ClassVar, Self

import pytest

from qa.nouns import Call
from qa.problems import CallError, NothingToRunError
from qa.runner.tools import Tools
from qa.settings import Pipeline

SOON = 20
CALL = Call("c1", Path("/calls/a.wav"), "A1")


class SlowEngine:
    """Loads until it is stopped, as a large model from a network disk does."""

    made: ClassVar[list[SlowEngine]] = []
    loads = True
    error: Exception | None = None

    def __init__(self, pipeline: Pipeline, *, workers: int, name: str) -> None:
        self.loading, self.stopped, self.closed = (threading.Event() for _ in range(3))
        self.made.append(self)

    def __enter__(self) -> Self:
        self.loading.set()
        if self.error is not None:
            raise self.error
        if self.loads and self.stopped.wait(SOON):
            raise CallError("speech", "stopped", "the run was stopped")
        return self

    def __exit__(self, *error: object) -> None:
        self.closed.set()

    def stop(self) -> None:
        self.stopped.set()


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> type[SlowEngine]:
    monkeypatch.setattr("qa.runner.tools.Engine", SlowEngine)
    monkeypatch.setattr(SlowEngine, "made", [])
    return SlowEngine


def test_all_threads_share_one_engine(
    engine: type[SlowEngine], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "loads", False)
    with Tools(Pipeline(), workers=1) as tools, ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda _: tools.transcriber(CALL), range(8)))) == 1
        assert len(engine.made) == 1
        assert not engine.made[0].closed.is_set()
    assert engine.made[0].closed.is_set()


def test_stopping_does_not_wait_for_a_model_that_loads(engine: type[SlowEngine]) -> None:
    with Tools(Pipeline(), workers=1) as tools, ThreadPoolExecutor(2) as pool:
        asked = pool.submit(tools.transcriber, CALL)
        while not (engine.made and engine.made[0].loading.wait(SOON)):
            pass
        tools.stop()
        with pytest.raises(CallError, match="stopped"):
            asked.result(SOON)
        # and no engine is opened any more
        with pytest.raises(CallError, match="stopped"):
            tools.transcriber(CALL)
        assert not engine.made[-1].loading.is_set()


def test_an_engine_that_could_not_be_opened_is_given_to_nobody(
    engine: type[SlowEngine], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "error", NothingToRunError("no such model"))
    with Tools(Pipeline(), workers=1) as tools:
        for _ in range(2):
            with pytest.raises(NothingToRunError, match="no such model"):
                tools.transcriber(CALL)
