import io
import os
import threading

import numpy as np
import pytest

from qa.wire import receive, receive_planes, send


@pytest.fixture
def pipe() -> tuple[io.FileIO, io.FileIO]:
    read, write = os.pipe()
    return io.FileIO(read, "rb"), io.FileIO(write, "wb")


def test_what_goes_in_comes_out(pipe: tuple[io.FileIO, io.FileIO]) -> None:
    reader, writer = pipe
    planes = [np.arange(100_000, dtype=np.float32), np.ones(100_000, np.float32)]
    message = {"name": "č\udcff", "n": 1}  # a byte of a file name that is no UTF-8
    sender = threading.Thread(target=send, args=(writer, message, planes))
    sender.start()  # 800,000 bytes: more than a pipe holds
    with reader, writer:
        assert receive(reader) == message
        for got, sent in zip(receive_planes(reader, 2, 100_000), planes, strict=True):
            np.testing.assert_array_equal(got, sent)
        sender.join()


@pytest.mark.parametrize("most", [1_000_000, 1_000_010])
def test_a_message_may_be_as_long_as_the_reader_says(
    pipe: tuple[io.FileIO, io.FileIO], most: int
) -> None:
    reader, writer = pipe
    message = {"text": "a" * (most - len('{"text": ""}'))}
    sender = threading.Thread(target=send, args=(writer, message))
    sender.start()
    with reader, writer:
        assert receive(reader, most=most) == message
        sender.join()
    # and no byte longer
    read, write = os.pipe()
    with io.FileIO(read, "rb") as reader, io.FileIO(write, "wb") as writer:
        writer.write((most + 1).to_bytes(4, "big"))
        with pytest.raises(EOFError, match="length"):
            receive(reader, most=most)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0\0",
        b"\0\0\0\x09{}",
        b"\0\0\0\x017",
        b"\0\0\0\x02{x",
        b"\0\0\0\x01\xff",
        b"\xff\xff\xff\xff",
        (99_999).to_bytes(4, "big") + b"[" * 99_999,
    ],
)
def test_what_is_no_message_is_the_end(pipe: tuple[io.FileIO, io.FileIO], data: bytes) -> None:
    reader, writer = pipe

    def speak() -> None:
        with writer:
            writer.write(data)

    sender = threading.Thread(target=speak)
    sender.start()
    with reader, pytest.raises(EOFError):
        receive(reader)
    sender.join()
