"""Stands for `qa.speech.recogniser_child`: speaks as it does, and misbehaves when told to.

What it does with a batch is written into the windows: the first value of each window's features is
an ACT, the second a number of the test's choosing, which is the window's only word. Every batch is
written down, one JSON line, in the file that `hotwords` names, before anything is done with it.
It imports little, for the tests start it a hundred times.
"""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from qa.child import claim_pipes
from qa.wire import receive, receive_planes, send

if TYPE_CHECKING:
    from collections.abc import Sequence
    from io import FileIO

ANSWER: Final = 0  # at once
HANG: Final = 1  # for ever
EXIT: Final = 2
KILL: Final = 3  # itself
NONSENSE: Final = 4  # an answer to a question that nobody asked
SHORT: Final = 5  # one result too few
FAIL: Final = 6  # as CTranslate2 does
BUG: Final = 7
WAIT: Final = 8  # until the file beside the log, `go`, is there
GARBAGE: Final = 9  # bytes that are no message
MUTE: Final = 10  # stops reading, as a process that is stopped does
SHAPE: Final = 11  # results of another shape
BABBLE: Final = 12  # stops reading, waits as WAIT does, and then talks nonsense
TALK: Final = 13  # as many and as long words as a window can have


@dataclass(frozen=True, slots=True)
class Asked:
    act: int
    label: int
    language: str | None


def main() -> None:
    requests, replies = claim_pipes()
    hello = receive(requests)
    log = Path(hello["hotwords"])
    if (refused := log.with_name("refuse")).exists():
        send(replies, {"error": refused.read_text("utf-8")})
        return
    if (broken := log.with_name("break")).exists():
        send(replies, {"bug": broken.read_text("utf-8")})
        return
    if (dying := log.with_name("die")).exists():
        dying.unlink()
        os._exit(9)
    while log.with_name("slow").exists():
        time.sleep(0.01)
    send(replies, {"ready": True})
    lock = threading.Lock()
    while True:
        try:
            number, items = _batch(requests)
        except EOFError:
            os._exit(0)
        threading.Thread(target=_do, args=(number, items, replies, lock, log), daemon=True).start()
        if any(item.act in (MUTE, BABBLE) for item in items):
            time.sleep(3600)


def _batch(requests: FileIO) -> tuple[int, list[Asked]]:
    message = receive(requests)
    items = []
    for bands, frames, language, _ in message["items"]:
        (features,) = receive_planes(requests, 1, bands * frames)
        items.append(Asked(int(features[0]), int(features[1]), language))
    return message["id"], items


def _do(
    number: int, items: Sequence[Asked], replies: FileIO, lock: threading.Lock, log: Path
) -> None:
    with lock, log.open("a", encoding="utf-8") as file:
        file.write(json.dumps([os.getpid(), [item.label for item in items]]) + "\n")
    acts = {item.act for item in items}
    while acts & {WAIT, BABBLE} and not log.with_name("go").exists():
        time.sleep(0.005)
    for each in sorted(acts):
        _misbehave(each)
    answer: dict[str, Any] = {"id": number}
    if FAIL in acts:
        answer["failed"] = "CUDA failed with error out of memory"
    elif BUG in acts:
        answer["bug"] = "Traceback ...\nZeroDivisionError"
    else:
        answer["results"] = [_result(item) for item in items][SHORT in acts :]
    with lock:
        if acts & {NONSENSE, BABBLE}:
            send(replies, {"id": [number]})
        if GARBAGE in acts:
            replies.write(b"\xff" * 100)
        send(replies, answer)


def _result(item: Asked) -> list[Any]:
    if item.act == SHAPE:
        return ["en"]
    words: list[list[Any]] = [[str(item.label), 0, 10, 0.5]]
    if item.act == TALK:  # tokens of seven letters that take six bytes each
        words += [["č" * 7, 12_345, 12_346, 0.1234567890123456]] * 447
    return [item.language or "en", words, ""]


def _misbehave(how: int) -> None:
    if how in (HANG, MUTE):
        time.sleep(3600)
    if how == EXIT:
        os._exit(3)
    if how == KILL:
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main()
