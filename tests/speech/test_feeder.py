"""The process that decodes and listens: what it gives, and how it hangs, crashes and ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
import pytest

from qa.child import Child, _environment
from qa.intake.decode import DEFAULT_LIMITS, DecodeLimits, decode_blocks
from qa.problems import CallError
from qa.speech.feeder import Fed, Feeder
from qa.speech.listening import Clip, Outline, listen
from qa.speech.mel import log_mel
from qa.wire import receive, send
from tests.intake.sounds import code_of, encode, pcm, silence_bomb, tones, wav

if TYPE_CHECKING:
    import io
    from collections.abc import Callable

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="sends POSIX signals")

SAMPLES = (Path(__file__).parents[2] / "data" / "samples").resolve()
STEREO, MONO = SAMPLES / "hr-01-paket-kasni.flac", SAMPLES / "en-06-damaged-kettle.flac"


@pytest.fixture
def call(tmp_path: Path) -> Path:
    """Return a second of tones, in which nobody speaks."""
    path = tmp_path / "call.wav"
    path.write_bytes(wav(pcm(tones(1, 8000, 2), 16), channels=2))
    return path


def duration_ms(feeder: Feeder, path: Path) -> int:
    """Feed a recording and return how long it is."""
    *_, outline = feeder.feed(path)
    assert isinstance(outline, Outline)
    return outline.duration_ms


def started(feeder: Feeder, call: Path) -> int:
    """Let the child start, as a deadline does not wait for that; return its process id."""
    assert duration_ms(feeder, call) == 1000
    assert feeder.pid is not None
    return feeder.pid


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


class TestWhatItGives:
    @pytest.mark.parametrize("bands", [80, 128])
    def test_is_what_listening_here_gives(self, bands: int) -> None:
        with Feeder(bands=bands) as feeder:
            for path in (STEREO, MONO, STEREO):  # one child, one after another
                *expected, outline = listen(decode_blocks(path))
                *fed, last = feeder.feed(path)
                assert last == outline
                assert len(fed) == len(expected) > 1
                for got, clip in zip(fed, expected, strict=True):
                    assert isinstance(got, Fed)
                    assert isinstance(clip, Clip)
                    assert (got.channel, got.window) == (clip.channel, clip.window)
                    np.testing.assert_array_equal(got.features, log_mel(clip.samples, bands))
                    if path == MONO:
                        assert got.samples is not None
                        np.testing.assert_array_equal(got.samples, clip.samples)
                    else:
                        assert got.samples is None

    def test_windows_are_as_long_as_is_asked_for(self) -> None:
        with Feeder(bands=80) as feeder:
            *fed, _ = feeder.feed(STEREO, longest_ms=9_000)
            lengths = [each.window.length_ms for each in fed if isinstance(each, Fed)]
            assert 8_000 < max(lengths) <= 9_000
            # and the next recording's are not
            *fed, _ = feeder.feed(STEREO)
            assert max(each.window.length_ms for each in fed if isinstance(each, Fed)) > 9_000

    def test_errors_come_through_and_the_child_lives_on(self, call: Path, tmp_path: Path) -> None:
        flac = encode(tmp_path / "a.flac", "flac", "flac", seconds=4)
        flac.write_bytes(flac.read_bytes()[:-2000])
        with Feeder(bands=80) as feeder:
            pid = started(feeder, call)
            with pytest.raises(CallError, match=r"^a\.flac: ") as caught:
                list(feeder.feed(flac))
            assert (caught.value.stage, caught.value.code) == ("intake", "truncated")
            assert code_of(lambda: list(feeder.feed(tmp_path / "none.wav"))) == "missing"
            assert started(feeder, call) == pid

    def test_limits_hold_in_the_child(self, call: Path) -> None:
        with Feeder(DecodeLimits(max_bytes=1000), bands=80) as feeder:
            assert code_of(lambda: list(feeder.feed(call))) == "too_large"

    def test_one_that_is_left_before_its_end_costs_the_child(self, call: Path) -> None:
        with Feeder(bands=80) as feeder:
            feeding = feeder.feed(STEREO)
            assert isinstance(next(feeding), Fed)
            left = feeder.pid
            feeding.close()
            assert feeder.pid is None
            assert gone(left or 0)
            # what was left is not taken for the next one's
            assert [type(each) for each in feeder.feed(call)] == [Outline]


class TestTheProcess:
    def test_a_hung_child_is_replaced_after_the_deadline(self, call: Path) -> None:
        with Feeder(bands=80, deadline_s=1.5) as feeder:
            stuck = started(feeder, call)
            os.kill(stuck, signal.SIGSTOP)
            before = time.monotonic()
            with pytest.raises(CallError, match=r"within 1\.5 s") as caught:
                list(feeder.feed(call))
            assert 1.5 <= time.monotonic() - before < 8
            assert (caught.value.stage, caught.value.code) == ("intake", "timeout")
            assert gone(stuck)
            # a fresh child: its start is not counted against the deadline
            assert started(feeder, call) != stuck

    @pytest.mark.parametrize("by", [signal.SIGKILL, signal.SIGSEGV])
    def test_a_child_that_dies_at_work_is_replaced(self, call: Path, by: signal.Signals) -> None:
        with Feeder(bands=80) as feeder:
            pid = started(feeder, call)
            os.kill(pid, signal.SIGSTOP)  # so that it cannot answer before it dies

            def die() -> None:
                os.kill(pid, by)
                os.kill(pid, signal.SIGCONT)  # a stopped process notices signals when it goes on

            timer = threading.Timer(0.2, die)
            timer.start()
            with pytest.raises(CallError, match=f"signal {int(by)}") as caught:
                list(feeder.feed(call))
            timer.join()
            assert (caught.value.stage, caught.value.code) == ("intake", "crashed")
            assert gone(pid)
            assert duration_ms(feeder, call) == 1000

    def test_a_child_that_died_idle_is_no_recordings_fault(self, call: Path) -> None:
        with Feeder(bands=80) as feeder:
            pid = started(feeder, call)
            os.kill(pid, signal.SIGKILL)
            assert within(5, lambda: feeder._child is None or not feeder._child.alive)
            assert started(feeder, call) != pid

    def test_leaving_ends_the_child(self, call: Path) -> None:
        with Feeder(bands=80) as feeder:
            pid = started(feeder, call)
        assert gone(pid)
        assert feeder.pid is None
        feeder.close()  # a second time is no error

    def test_one_that_was_not_used_starts_nothing(self) -> None:
        with Feeder(bands=80) as feeder:
            assert feeder.pid is None

    def test_it_may_be_started_ahead(self, call: Path) -> None:
        with Feeder(bands=80) as feeder:
            feeder.start()
            pid = feeder.pid
            assert pid is not None
            assert started(feeder, call) == pid


class TestStopping:
    def test_a_stuck_recording_ends_at_once_and_no_other_begins(self, call: Path) -> None:
        with Feeder(bands=80, deadline_s=60) as feeder:
            pid = started(feeder, call)
            os.kill(pid, signal.SIGSTOP)
            assert stopped_after(feeder, call, 0.3) < 1
            assert gone(pid)
            with pytest.raises(CallError, match="the run was stopped"):
                list(feeder.feed(call))
            assert feeder.pid is None

    def test_a_child_that_does_not_get_ready_is_not_waited_for(
        self, call: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # it reads to the end of its input, and answers nothing before
        monkeypatch.setattr("qa.speech.feeder.Child", lambda _: Child("json.tool"))
        with Feeder(bands=80) as feeder:
            assert stopped_after(feeder, call, 0.3) < 1
            assert feeder.pid is None

    def test_a_child_at_rest_is_ended(self, call: Path) -> None:
        with Feeder(bands=80) as feeder:
            pid = started(feeder, call)
            feeder.stop()
            assert within(1, lambda: feeder._child is None or not feeder._child.alive)
        assert gone(pid)

    def test_one_that_was_not_used_is_not_started_any_more(self, call: Path) -> None:
        with Feeder(bands=80) as feeder:
            feeder.stop()
            with pytest.raises(CallError, match="the run was stopped"):
                list(feeder.feed(call))
            assert feeder.pid is None


def stopped_after(feeder: Feeder, call: Path, seconds: float) -> float:
    """Feed, stop it from another thread; return how long it then took to be told."""
    stops: list[float] = []

    def stop() -> None:
        stops.append(time.monotonic())
        feeder.stop()

    timer = threading.Timer(seconds, stop)
    timer.start()
    with pytest.raises(CallError) as caught:
        list(feeder.feed(call))
    took = time.monotonic()
    timer.join()
    assert (caught.value.stage, caught.value.code) == ("speech", "stopped")
    return took - stops[0]


# No `if __name__ == "__main__"`: a child that imported the main program again would start children
# without end.
SCRIPT = """
import sys, time
from pathlib import Path
from qa.speech.feeder import Feeder
feeder = Feeder(bands=80)
*_, outline = feeder.feed(Path(sys.argv[1]))
print(outline.duration_ms, feeder.pid, flush=True)
if "wait" in sys.argv:
    time.sleep(60)
feeder.close()
"""


def run_script(call: Path, *arguments: str) -> subprocess.Popen[str]:
    script = call.with_name("script.py")
    script.write_text(SCRIPT)
    command = [sys.executable, str(script), str(call), *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=_environment())


class TestItsParent:
    def test_a_plain_script_can_use_it(self, call: Path) -> None:
        with run_script(call) as script:
            assert script.stdout is not None
            assert script.stdout.read().startswith("1000 ")
        assert script.returncode == 0

    @pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at /proc")
    def test_the_child_ends_when_its_parent_is_killed(self, call: Path) -> None:
        with run_script(call, "wait") as script:
            assert script.stdout is not None
            pid = int(script.stdout.readline().split()[1])
            assert not gone(pid)
            script.kill()
        assert within(10, lambda: gone(pid))

    def test_the_child_ends_within_a_decode_when_its_parent_is_gone(self, tmp_path: Path) -> None:
        bomb = silence_bomb(tmp_path / "bomb.flac", minutes=60)
        command = [sys.executable, "-P", "-m", "qa.speech.feeder_child"]
        child = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0, env=_environment()
        )
        requests, replies = cast("io.FileIO", child.stdin), cast("io.FileIO", child.stdout)
        with child:
            send(requests, asdict(DEFAULT_LIMITS) | {"bands": 80})
            assert receive(replies) == {"ready": True}
            send(requests, {"path": str(bomb), "longest_ms": 20_000})
            time.sleep(0.05)
            requests.close()
            # it takes over half a second to decode; an answer would mean that it went on to the end
            assert replies.read() == b""
        assert child.returncode == 0


class TestWhatItMayDo:
    @pytest.mark.skipif(sys.platform != "linux", reason="reads another process's limits")
    def test_it_may_not_take_all_memory_nor_write_files(self, call: Path) -> None:
        import resource

        with Feeder(bands=80) as feeder:
            pid = started(feeder, call)
            cap = 3 * 2**30
            assert resource.prlimit(pid, resource.RLIMIT_AS) == (cap, cap)
            assert resource.prlimit(pid, resource.RLIMIT_FSIZE) == (0, 0)
            assert resource.prlimit(pid, resource.RLIMIT_CORE) == (0, 0)

    @pytest.mark.slow
    def test_a_long_recording_fits_its_memory(self, tmp_path: Path) -> None:
        path = tmp_path / "long.wav"
        # six minutes of sound, more than is given to the network at once, and three blocks
        sound, silence = pcm(tones(1, 8000, 2), 8) * 360, b"\x80\x80" * 8000 * 1080
        path.write_bytes(wav(sound + silence, channels=2, bits=8))
        with Feeder(bands=80) as feeder:
            assert duration_ms(feeder, path) == 1_440_000

    def test_it_imports_no_heavy_library(self) -> None:
        heavy = "torch transformers faster_whisper ctranslate2 polars pydantic sklearn deltalake"
        look = (
            "import qa.speech.feeder_child as child, numpy, sys;"
            "child.speech_probabilities(numpy.ones(16_000, numpy.float32));"
            f"print([m for m in {[*heavy.split(), 'ray', 'yaml', 'scipy']} if m in sys.modules])"
        )
        command = [sys.executable, "-c", look]
        run = subprocess.run(
            command, capture_output=True, text=True, check=True, env=_environment()
        )
        assert run.stdout.strip() == "[]"
