"""The process with the model, from its own side: what it reads, and what it answers to what."""

from __future__ import annotations

import ctypes
import io
import os
import threading
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pytest

from qa.speech import recogniser_child
from qa.speech.decoding import Item, Recognised
from qa.wire import receive, send

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qa.nouns import Language
    from qa.speech.decoding import Decoding

WORDS = (("dobar", 0, 400, 0.5), ("dan", 400, 800, 0.25))


class ScriptedDecoding:
    """Raises what a batch's first window is told to, or recognises the same in every window."""

    def __init__(self, errors: dict[int, Exception]) -> None:
        self.errors = errors

    def recognise(self, items: Sequence[Item]) -> list[Recognised]:
        if error := self.errors.get(int(items[0].features[0, 0])):
            raise error
        return [Recognised(item.language or "sr", WORDS, "pace") for item in items]


def pipe() -> tuple[io.FileIO, io.FileIO]:
    read, write = os.pipe()
    return io.FileIO(read, "rb"), io.FileIO(write, "wb")


def test_a_batch_is_read_as_it_was_sent():
    reader, writer = pipe()
    sent = [np.arange(6, dtype=np.float32).reshape(2, 3), np.ones((2, 5), np.float32)]
    with reader, writer:
        send(writer, {"id": 7, "items": [[2, 3, "hr", False], [2, 5, None, True]]}, sent)
        number, items = recogniser_child._batch(reader)
    assert number == 7
    assert [(item.language, item.once) for item in items] == [("hr", False), (None, True)]
    for item, features in zip(items, sent, strict=True):
        np.testing.assert_array_equal(item.features, features)


def answers(*batches: list[Item], errors: dict[int, Exception]) -> list[dict[str, Any]]:
    """Return what a worker answers to batches, numbered from 1."""
    reader, writer = pipe()
    inbox: SimpleQueue[recogniser_child.Batch] = SimpleQueue()
    decoding = cast("Decoding", ScriptedDecoding(errors))
    given = (inbox, writer, threading.Lock(), decoding)
    threading.Thread(target=recogniser_child._work, args=given, daemon=True).start()
    with reader:
        for number, items in enumerate(batches, 1):
            inbox.put((number, items))
        return [receive(reader) for _ in batches]


def window(value: int, language: Language | None = "en") -> Item:
    return Item(np.full((2, 3), value, np.float32), language)


def test_a_worker_answers_and_goes_on_after_every_error():
    found = answers(
        [window(1), window(2, None)],
        [window(3)],
        [window(4)],
        [window(5)],
        [window(1)],
        errors={
            3: RuntimeError("CUDA failed\n with error out of memory"),
            4: MemoryError(),
            5: ZeroDivisionError("division by zero"),
        },
    )
    words = [list(word) for word in WORDS]
    assert found[0] == {"id": 1, "results": [["en", words, "pace"], ["sr", words, "pace"]]}
    assert found[1] == {"id": 2, "failed": "CUDA failed with error out of memory"}
    assert found[2] == {"id": 3, "failed": "MemoryError"}
    assert found[3]["bug"].startswith("Traceback")
    assert found[3]["bug"].rstrip().endswith("ZeroDivisionError: division by zero")
    assert found[4] == {"id": 5, "results": [["en", words, "pace"]]}


def test_memory_is_given_back_now_and_then(monkeypatch: pytest.MonkeyPatch):
    given_back: list[int] = []
    monkeypatch.setattr(recogniser_child, "_GIVE_BACK_EVERY", 2)
    monkeypatch.setattr(recogniser_child, "give_back", lambda: given_back.append(1))
    found = answers(*[[window(1)]] * 5, errors={})
    assert [answer["id"] for answer in found] == [1, 2, 3, 4, 5]
    assert len(given_back) == 2


def resident_mb() -> float:
    lines = Path("/proc/self/status").read_text("utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) / 1000


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="glibc can")
def test_what_lies_free_under_something_in_use_is_given_back():
    blocks = [
        b"x" * (100_000 + at) for at in range(500)
    ]  # 50 MB, too small to be mapped one by one
    del blocks[:-1]  # the last one keeps the others' room from being returned
    before = resident_mb()
    recogniser_child.give_back()
    assert before - resident_mb() > 25
    assert len(blocks) == 1
