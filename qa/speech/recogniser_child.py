"""The recogniser process, `python -m qa.speech.recogniser_child`: `qa.speech.recogniser` starts it.

It holds one model and decodes one batch per thread; answers go out in the order they are ready.
"""

from __future__ import annotations

import ctypes
import os
import threading
import traceback
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

import numpy as np

from qa.child import claim_pipes
from qa.problems import NothingToRunError
from qa.speech.decoding import Decoding, Item
from qa.speech.mel import FRAMES_PER_S
from qa.speech.models import Model
from qa.speech.whisper import Whisper
from qa.wire import receive, receive_planes, send

if TYPE_CHECKING:
    from io import FileIO

    Batch = tuple[int, list[Item]]

# Batches. What lies free between them is as much as a batch needs, and grows as batches of other
# sizes come; given back after each one, it would have to be taken anew for the next.
_GIVE_BACK_EVERY = 16


def main() -> None:
    """Serve until standard input ends."""
    requests, replies = claim_pipes()
    hello = receive(requests)
    try:
        decoding = _open(hello)
    except NothingToRunError as error:
        send(replies, {"error": str(error)})
        return
    except Exception:
        send(replies, {"bug": traceback.format_exc()})
        return
    send(replies, {"ready": True})
    inbox: SimpleQueue[Batch] = SimpleQueue()
    lock = threading.Lock()
    for _ in range(hello["workers"]):
        threading.Thread(target=_work, args=(inbox, replies, lock, decoding), daemon=True).start()
    while True:
        try:
            inbox.put(_batch(requests))
        except EOFError:
            os._exit(0)  # the run is gone: end at once, also from within a decoding


def _open(hello: dict[str, Any]) -> Decoding:
    model = Model(**hello["model"] | {"path": Path(hello["model"]["path"])})
    whisper = Whisper(
        model, hotwords=hello["hotwords"], words=hello["words"], workers=hello["workers"]
    )
    decoding = Decoding(whisper, beam_size=hello["beam_size"], languages=hello["languages"])
    try:
        # A device may load a model and be unable to compute, for want of a library or of memory:
        # better to know it now than to take every recording for the culprit.
        decoding.try_out(np.zeros((model.mels, FRAMES_PER_S), np.float32))
    except (RuntimeError, MemoryError) as error:
        where = f"speech model '{model.path}' does not run on {model.device}"
        raise NothingToRunError(f"{where}: {_line(error)}") from error
    return decoding


def _batch(requests: FileIO) -> Batch:
    message = receive(requests)
    items = []
    for bands, frames, language, once in message["items"]:
        (features,) = receive_planes(requests, 1, bands * frames)
        items.append(Item(features.reshape(bands, frames), language, once))
    return message["id"], items


def _work(
    inbox: SimpleQueue[Batch], replies: FileIO, lock: threading.Lock, decoding: Decoding
) -> None:
    while True:
        number, items = inbox.get()
        answer: dict[str, Any] = {"id": number}
        try:
            answer["results"] = [
                [each.language, each.words, each.reason] for each in decoding.recognise(items)
            ]
        except (RuntimeError, MemoryError) as error:  # CTranslate2's own, say out of memory
            answer["failed"] = _line(error)
        except Exception:
            answer["bug"] = traceback.format_exc()
        with lock:
            send(replies, answer)
        if number % _GIVE_BACK_EVERY == 0:
            give_back()


def give_back() -> None:
    """Return to the system what memory is free; glibc keeps most of what its threads freed.

    Where the system's library cannot, nothing happens.
    """
    with suppress(OSError, AttributeError, TypeError):  # no glibc, or no such function in it
        ctypes.CDLL(None).malloc_trim(0)


def _line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__


if __name__ == "__main__":
    main()
