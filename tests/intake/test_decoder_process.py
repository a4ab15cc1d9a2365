import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
import pytest

from qa.intake.decode import DecodeLimits, decode
from qa.intake.decoder_process import Decoder, _announced, _environment, _recording
from qa.intake.wire import receive, send
from qa.problems import CallError
from tests.intake.sounds import code_of, encode, pcm, silence_bomb, tones, wav

if TYPE_CHECKING:
    import io

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="sends POSIX signals")


@pytest.fixture
def call(tmp_path: Path) -> Path:
    path = tmp_path / "call.wav"
    path.write_bytes(wav(pcm(tones(1, 8000, 2), 16), channels=2))
    return path


def started(decoder: Decoder, call: Path) -> int:
    """Let the child start, as a deadline does not wait for that; return its process id."""
    decoder.decode(call)
    assert decoder.pid is not None
    return decoder.pid


def gone(pid: int) -> bool:
    """Whether a process neither runs nor waits to be reaped by us."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return True
    # an orphan's zombie is for process 1 to reap, which in some containers does not
    return state == "Z" and os.getpid() != _parent(pid)


def _parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def within(seconds: float, condition: Callable[[], bool]) -> bool:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)
    return condition()


def test_gives_what_decoding_here_gives(call: Path) -> None:
    expected = decode(call)
    with Decoder() as decoder:
        for _ in range(2):
            recording = decoder.decode(call)
            assert (recording.sha256, recording.duration_ms) == (expected.sha256, 1000)
            for got, wanted in zip(recording.channels, expected.channels, strict=True):
                np.testing.assert_array_equal(got, wanted)


def test_errors_come_through_and_the_child_lives_on(call: Path, tmp_path: Path) -> None:
    flac = encode(tmp_path / "a.flac", "flac", "flac", seconds=4)
    flac.write_bytes(flac.read_bytes()[:-2000])
    with Decoder() as decoder:
        pid = started(decoder, call)
        with pytest.raises(CallError, match=r"^a\.flac: ") as caught:
            decoder.decode(flac)
        assert (caught.value.stage, caught.value.code) == ("intake", "truncated")
        assert code_of(lambda: decoder.decode(tmp_path / "none.wav")) == "missing"
        decoder.decode(call)
        assert decoder.pid == pid


def test_limits_hold_in_the_child(call: Path) -> None:
    with Decoder(DecodeLimits(max_bytes=1000)) as decoder:
        assert code_of(lambda: decoder.decode(call)) == "too_large"


def test_a_hung_child_is_replaced_after_the_deadline(call: Path) -> None:
    with Decoder(deadline_s=0.2) as decoder:
        stuck = started(decoder, call)
        os.kill(stuck, signal.SIGSTOP)
        before = time.monotonic()
        with pytest.raises(CallError, match=r"within 0\.2 s") as caught:
            decoder.decode(call)
        assert 0.2 <= time.monotonic() - before < 5
        assert caught.value.code == "timeout"
        assert gone(stuck)
        # a fresh child: its start is not counted against the deadline
        assert decoder.decode(call).duration_ms == 1000
        assert decoder.pid != stuck


@pytest.mark.parametrize("by", [signal.SIGKILL, signal.SIGSEGV])
def test_a_child_that_dies_at_work_is_replaced(call: Path, by: signal.Signals) -> None:
    with Decoder() as decoder:
        pid = started(decoder, call)
        os.kill(pid, signal.SIGSTOP)  # so that it cannot answer before it dies

        def die() -> None:
            os.kill(pid, by)
            os.kill(pid, signal.SIGCONT)  # a stopped process only notices signals when it goes on

        timer = threading.Timer(0.2, die)
        timer.start()
        with pytest.raises(CallError, match=f"signal {int(by)}") as caught:
            decoder.decode(call)
        timer.join()
        assert caught.value.code == "crashed"
        assert gone(pid)
        assert decoder.decode(call).duration_ms == 1000


def test_a_child_that_died_idle_is_no_recordings_fault(call: Path) -> None:
    with Decoder() as decoder:
        pid = started(decoder, call)
        os.kill(pid, signal.SIGKILL)
        assert within(
            5, lambda: decoder._child is None or decoder._child.process.poll() is not None
        )
        assert decoder.decode(call).duration_ms == 1000
        assert decoder.pid != pid


def test_leaving_ends_the_child(call: Path) -> None:
    with Decoder() as decoder:
        pid = started(decoder, call)
    assert gone(pid)
    assert decoder.pid is None
    decoder.close()  # a second time is no error


def test_a_decoder_that_was_not_used_starts_nothing() -> None:
    with Decoder() as decoder:
        assert decoder.pid is None


# No `if __name__ == "__main__"`: a child that imported the main program again would start children
# without end.
SCRIPT = """
import sys, time
from pathlib import Path
from qa.intake.decoder_process import Decoder
decoder = Decoder()
print(decoder.decode(Path(sys.argv[1])).duration_ms, decoder.pid, flush=True)
if "wait" in sys.argv:
    time.sleep(60)
decoder.close()
"""


def run_script(call: Path, *arguments: str) -> "subprocess.Popen[str]":
    script = call.with_name("script.py")
    script.write_text(SCRIPT)
    command = [sys.executable, str(script), str(call), *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=_environment())


def test_a_plain_script_can_use_it(call: Path) -> None:
    with run_script(call) as script:
        assert script.stdout is not None
        assert script.stdout.read().startswith("1000 ")
    assert script.returncode == 0


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at /proc")
def test_the_child_ends_when_its_parent_is_killed(call: Path) -> None:
    with run_script(call, "wait") as script:
        assert script.stdout is not None
        pid = int(script.stdout.readline().split()[1])
        assert not gone(pid)
        script.kill()
    assert within(10, lambda: gone(pid))


def test_the_child_ends_within_a_decode_when_its_parent_is_gone(tmp_path: Path) -> None:
    bomb = silence_bomb(tmp_path / "bomb.flac", minutes=60)
    command = [sys.executable, "-P", "-m", "qa.intake.child"]
    child = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0, env=_environment()
    )
    requests, replies = cast("io.FileIO", child.stdin), cast("io.FileIO", child.stdout)
    with child:
        send(requests, {"max_seconds": 4000, "max_bytes": 10**9})
        assert receive(replies) == {"ready": True}
        send(requests, {"path": str(bomb)})
        time.sleep(0.05)
        requests.close()
        # it takes over half a second to decode; an answer would mean that it went on to the end
        assert replies.read() == b""
    assert child.returncode == 0


@pytest.mark.skipif(sys.platform != "linux", reason="reads another process's limits")
def test_the_child_may_not_take_all_memory(call: Path) -> None:
    import resource

    with Decoder(DecodeLimits(max_seconds=10)) as decoder:
        pid = started(decoder, call)
        # 2 GiB and 9/8 of two channels x 10 s x 16,000 samples x 4 bytes = 1,440,000
        cap = 2_147_483_648 + 1_440_000
        assert resource.prlimit(pid, resource.RLIMIT_AS) == (cap, cap)
        assert resource.prlimit(pid, resource.RLIMIT_FSIZE) == (0, 0)


def test_the_child_imports_no_heavy_library() -> None:
    heavy = "torch transformers faster_whisper polars pydantic sklearn deltalake ray yaml"
    look = f"import qa.intake.child, sys; print([m for m in {heavy.split()} if m in sys.modules])"
    command = [sys.executable, "-c", look]
    run = subprocess.run(command, capture_output=True, text=True, check=True, env=_environment())
    assert run.stdout.strip() == "[]"


def test_a_bug_in_the_child_is_raised_not_recorded_as_a_problem(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        _recording(tmp_path / "a.wav", ({"bug": "Traceback ...\nZeroDivisionError"}, ()))


@pytest.mark.parametrize(
    "head",
    [
        {},
        {"channels": 3, "samples": 1, "sha256": ""},
        {"channels": 1, "samples": 11 * 16_000 + 1, "sha256": ""},  # limit 10 s and one to spare
        {"channels": 1, "samples": 0},
        {"channels": 1, "samples": "1"},
        {"code": 7},
    ],
)
def test_an_answer_beyond_the_limits_counts_as_a_crash(head: dict[str, object]) -> None:
    with pytest.raises(EOFError):
        _announced(head, DecodeLimits(max_seconds=10))
