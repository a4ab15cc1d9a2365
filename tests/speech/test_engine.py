"""The engine with scripted feeders and a scripted recogniser: one call is in no other's way."""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from qa.nouns import Call, Doubt, Span
from qa.problems import CallError, NothingToRunError
from qa.settings import Pipeline
from qa.speech.decoding import Item, Recognised
from qa.speech.engine import Engine
from qa.speech.feeder import Fed
from qa.speech.listening import Outline, Stretch
from qa.speech.models import Device, Model
from qa.speech.windows import LONGEST_MS, Piece, Window

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable

    from qa.intake.decode import DecodeLimits
    from qa.nouns import Language, Turn
    from qa.speech.recogniser import Load

SOON = 20

Heard = Fed | Outline | CallError


def fed(number: int, channel: int, start_ms: int, end_ms: int) -> Fed:
    """Return a window; its number is what the recogniser is asked about."""
    frames = (end_ms - start_ms) // 10
    features = np.full((80, frames), number, np.float32)
    return Fed(channel, Window((Piece(start_ms, end_ms),)), features, None)


def outline(*channels: tuple[tuple[int, int], ...], energy: float = 1) -> Outline:
    stretches = [tuple(Stretch(*edges, energy) for edges in channel) for channel in channels]
    return Outline(60_000, tuple(stretches))


CALM: tuple[Heard, ...] = (
    fed(1, 0, 1_000, 4_000),
    fed(2, 1, 5_000, 9_000),
    outline(((1_200, 3_800),), ((5_200, 8_800),)),
)


MODEL = Model(Path("/a/model"), "cpu", "int8", 80, multilingual=True)


@dataclass
class Scene:
    """What is scripted, and what happened."""

    recordings: dict[str, list[tuple[Heard, ...]]] = field(default_factory=dict)
    answers: dict[int, Recognised | Exception | Future[Recognised]] = field(default_factory=dict)
    model: Model = MODEL
    broken: bool = False  # the recogniser's model
    feeders: list[ScriptedFeeder] = field(default_factory=list)
    recognisers: list[ScriptedRecogniser] = field(default_factory=list)
    events: list[str] = field(default_factory=list)
    gate: threading.Event = field(default_factory=threading.Event)  # feeders wait for it
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def fed(self) -> list[str]:
        """When recordings begin and end."""
        return [event for event in self.events if "asks" not in event]

    def note(self, event: str) -> None:
        with self.lock:
            self.events.append(event)


class ScriptedFeeder:
    def __init__(
        self, scene: Scene, limits: DecodeLimits, *, bands: int, deadline_s: float
    ) -> None:
        self.scene, self.options = scene, (limits, bands, deadline_s)
        self.open = self.stopped = False
        scene.feeders.append(self)

    def __enter__(self) -> ScriptedFeeder:
        self.open = True
        return self

    def __exit__(self, *_: object) -> None:
        self.open = False

    def stop(self) -> None:
        self.stopped = True

    def feed(self, path: Path, *, longest_ms: int) -> Generator[Fed | Outline]:
        script = self.scene.recordings[path.name].pop(0)
        self.scene.note(f"{path.name} begins ({longest_ms})")
        try:
            self.scene.gate.wait(SOON)
            for heard in script:
                if isinstance(heard, CallError):
                    raise heard
                yield heard
        finally:
            self.scene.note(f"{path.name} ends")


class ScriptedRecogniser:
    def __init__(self, scene: Scene, model: Model, load: Load, **options: object) -> None:
        self.scene, self.model, self.load, self.options = scene, model, load, options
        self.asked: list[tuple[int, Language | None, str]] = []
        self.futures: list[Future[Recognised]] = []
        self.stopped = False
        self.feeds = 0
        scene.recognisers.append(self)

    def __enter__(self) -> ScriptedRecogniser:
        if self.scene.broken:
            raise NothingToRunError("no such model")
        return self

    def __exit__(self, *_: object) -> None:
        self.stopped = True

    def stop(self) -> None:
        self.stopped = True

    @contextmanager
    def feeding(self) -> Generator[None]:
        self.feeds += 1
        try:
            yield
        finally:
            self.feeds -= 1

    def submit(self, item: Item, name: str) -> Future[Recognised]:
        if self.stopped:
            raise CallError("speech", "stopped", "the run was stopped")
        number = int(item.features[0, 0])
        self.scene.note(f"{name} asks for {number}, {self.feeds} feed")
        self.asked.append((number, item.language, name))
        future = Future[Recognised]()
        answer = self.scene.answers.get(number, says(f"word{number}", item.language))
        if isinstance(answer, Future):
            future = answer
        elif isinstance(answer, Exception):
            future.set_exception(answer)
        else:
            future.set_result(answer)
        self.futures.append(future)
        return future


def says(text: str, language: Language | None = "en", reason: str = "") -> Recognised:
    """Return a window's words, from 500 ms on and 500 ms each."""
    words = [(word, 500 + at * 500, 1_000 + at * 500, 0.9) for at, word in enumerate(text.split())]
    return Recognised(language or "hr", tuple(words), reason)


@pytest.fixture
def scene(monkeypatch: pytest.MonkeyPatch) -> Scene:
    scene = Scene()
    scene.gate.set()
    monkeypatch.setattr("qa.speech.engine.resolve_model", lambda _: scene.model)
    monkeypatch.setattr(
        "qa.speech.engine.Feeder",
        lambda *given, **options: ScriptedFeeder(scene, *given, **options),
    )
    monkeypatch.setattr(
        "qa.speech.engine.Recogniser",
        lambda *given, **options: ScriptedRecogniser(scene, *given, **options),
    )
    return scene


def pipeline(**speech: object) -> Pipeline:
    return Pipeline.model_validate({"speech": speech})


def call(
    name: str = "a.wav", language: Language | None = "en", agent_channel: int | None = None
) -> Call:
    path = Path("/calls") / name
    return Call("c1", path, "A1", language=language, agent_channel=agent_channel)


def within(seconds: float, condition: Callable[[], bool]) -> bool:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.005)
    return condition()


def spoken(turns: Iterable[Turn]) -> list[tuple[str, str, int, int]]:
    return [(turn.speaker, turn.text, turn.start_ms, turn.end_ms) for turn in turns]


def test_a_recording_becomes_a_transcript(scene: Scene):
    scene.recordings["a.wav"] = [CALM]
    scene.answers = {1: says("Good evening"), 2: says("Hello", reason="pace")}
    with Engine(pipeline(), workers=1, name="whisper x") as engine:
        made = engine.transcribe(call())
    # a window's place is added to the times in it
    assert spoken(made.turns) == [
        ("agent", "Good evening", 1_500, 2_500),
        ("customer", "Hello", 5_500, 6_000),
    ]
    assert made.spans == (Span(1_200, 3_800, "agent"), Span(5_200, 8_800, "customer"))
    assert (made.call_id, made.language, made.basis) == ("c1", "en", "stereo")
    assert (made.channel, made.duration_ms, made.asr) == ("voice", 60_000, "whisper x")
    assert made.doubts == (Doubt("customer", 5_000, 9_000, "pace"),)
    # within a second of words: 1200-3500 of 1200-3800, and 5200-7000 of 5200-8800:
    # (2300 / 2600 + 1800 / 3600) / 2 = 0.6923
    assert made.coverage == pytest.approx(0.6923)
    assert scene.recognisers[0].asked == [(1, "en", "a.wav"), (2, "en", "a.wav")]


@pytest.mark.parametrize(("told", "settings", "agent"), [(None, 0, 0), (None, 1, 1), (0, 1, 0)])
def test_the_agents_channel_is_the_calls_or_the_pipelines(
    scene: Scene, told: int | None, settings: int, agent: int
):
    scene.recordings["a.wav"] = [CALM]
    given = Pipeline.model_validate({"intake": {"agent_channel": settings}})
    with Engine(given, workers=1) as engine:
        made = engine.transcribe(call(agent_channel=told))
    assert [turn.speaker for turn in made.turns] == (
        ["agent", "customer"] if agent == 0 else ["customer", "agent"]
    )


def test_a_language_that_nobody_told_is_detected_once_and_pinned_for_the_rest(scene: Scene):
    scene.recordings["a.wav"] = [
        (
            fed(1, 0, 0, 3_000),  # too short to tell
            fed(2, 1, 4_000, 14_000),
            fed(3, 0, 15_000, 30_000),
            outline(((0, 3_000), (15_000, 30_000)), ((4_000, 14_000),)),
        )
    ]
    scene.answers = {2: says("dobar dan", "sr"), 3: says("kako ste", "sr")}
    with Engine(pipeline(), workers=1) as engine:
        made = engine.transcribe(call(language=None))
    assert made.language == "sr"
    assert [turn.text for turn in made.turns] == ["word1", "dobar dan", "kako ste"]
    *told, pinned = scene.recognisers[0].asked
    assert sorted(told, key=str) == [(2, None, "a.wav"), (3, None, "a.wav")]
    assert pinned == (1, "sr", "a.wav")


@pytest.mark.parametrize(
    ("language", "longest_ms"), [("en", 13_000), ("hr", LONGEST_MS), (None, LONGEST_MS)]
)
def test_windows_are_as_long_as_the_language_needs(
    scene: Scene, language: Language | None, longest_ms: int
):
    scene.recordings["a.wav"] = [CALM]
    with Engine(pipeline(), workers=1) as engine:
        engine.transcribe(call(language=language))
    assert scene.events[0] == f"a.wav begins ({longest_ms})"


@pytest.mark.parametrize(("only", "longest_ms"), [("en", 13_000), ("sr", LONGEST_MS)])
def test_a_pipeline_of_one_language_knows_it_without_being_told(
    scene: Scene, only: Language, longest_ms: int
):
    scene.recordings["a.wav"] = [CALM]
    with Engine(pipeline(languages=[only]), workers=1) as engine:
        engine.transcribe(call(language=None))
    assert scene.events[0] == f"a.wav begins ({longest_ms})"


def test_silence_is_empty(scene: Scene):
    scene.recordings["a.wav"] = [(outline((), ()),)]
    with Engine(pipeline(), workers=1) as engine, pytest.raises(CallError, match="speaks") as told:
        engine.transcribe(call())
    assert (told.value.stage, told.value.code) == ("speech", "empty")


@pytest.mark.parametrize("code", ["timeout", "crashed"])
def test_a_recording_that_ends_its_feeder_is_tried_once_more(scene: Scene, code: str):
    dies = CallError("intake", code, "a.wav: it died")
    waits = Future[Recognised]()
    scene.answers = {7: waits}
    scene.recordings["a.wav"] = [(fed(7, 0, 0, 3_000), dies), CALM]
    with Engine(pipeline(), workers=1) as engine:
        made = engine.transcribe(call())
    assert [turn.text for turn in made.turns] == ["word1", "word2"]
    assert waits.cancelled()  # nothing of the first try is recognised for nobody


@pytest.mark.parametrize("code", ["timeout", "crashed"])
def test_a_recording_that_ends_its_feeder_twice_fails(scene: Scene, code: str):
    dies = CallError("intake", code, "a.wav: it died")
    scene.recordings["a.wav"] = [(dies,), (fed(1, 0, 0, 3_000), dies), CALM]
    with Engine(pipeline(), workers=1) as engine:
        with pytest.raises(CallError, match="it died") as told:
            engine.transcribe(call())
        assert told.value.code == code
        assert len(scene.recordings["a.wav"]) == 1
        assert [turn.text for turn in engine.transcribe(call()).turns] == ["word1", "word2"]


@pytest.mark.parametrize(
    "error",
    [
        CallError("intake", "truncated", "a.wav: it ends too early"),
        CallError("intake", "too_large", "a.wav: too much"),
    ],
)
def test_what_decoding_refuses_is_not_tried_again(scene: Scene, error: CallError):
    scene.recordings["a.wav"] = [(error,), CALM]
    with Engine(pipeline(), workers=1) as engine:
        with pytest.raises(CallError) as told:
            engine.transcribe(call())
        assert told.value is error
    assert len(scene.recordings["a.wav"]) == 1


def test_a_window_that_fails_fails_its_call_and_takes_the_others_back(scene: Scene):
    waits = Future[Recognised]()
    scene.answers = {1: CallError("speech", "crashed", "a.wav: twice"), 2: waits}
    scene.recordings["a.wav"] = [CALM, CALM]
    with Engine(pipeline(), workers=1) as engine, pytest.raises(CallError, match="twice") as told:
        engine.transcribe(call())
    assert told.value.stage == "speech"
    assert waits.cancelled()
    assert len(scene.recordings["a.wav"]) == 1  # the recogniser has tried it twice itself


def test_a_feeder_is_done_with_a_recording_before_it_gets_the_next(scene: Scene):
    # told while windows still come: the recording is left in the middle, and its generator must
    # be closed at once, not when the last trace of the error is gone
    stopped = CallError("speech", "crashed", "a.wav: twice")
    scene.answers = {9: stopped}
    scene.recordings = {"a.wav": [(fed(9, 0, 0, 8_000), *[fed(2, 0, 0, 3_000)] * 20)]}
    scene.recordings["b.wav"] = [CALM]
    with Engine(pipeline(feeders=1), workers=1) as engine:
        with pytest.raises(CallError) as told:
            engine.transcribe(call(language=None))
        engine.transcribe(call("b.wav"))
    assert [event.split(" (")[0] for event in scene.fed] == [
        "a.wav begins",
        "a.wav ends",
        "b.wav begins",
        "b.wav ends",
    ]
    assert told.value is stopped


def test_no_more_recordings_are_decoded_at_once_than_there_are_feeders(scene: Scene):
    names = [f"{at}.wav" for at in range(6)]
    scene.recordings = {name: [CALM] for name in names}
    scene.gate.clear()
    with Engine(pipeline(feeders=2), workers=1) as engine, ThreadPoolExecutor(6) as pool:
        made = [pool.submit(engine.transcribe, call(name)) for name in names]
        assert within(SOON, lambda: len(scene.fed) == 2)
        assert not within(0.1, lambda: len(scene.fed) > 2)
        scene.gate.set()
        assert {len(each.result(SOON).turns) for each in made} == {2}
    assert len(scene.fed) == 12


def test_stopping_gives_up_what_waits_for_a_feeder_and_what_is_being_fed(scene: Scene):
    names = [f"{at}.wav" for at in range(6)]
    scene.recordings = {name: [CALM] for name in names}
    scene.gate.clear()
    with Engine(pipeline(feeders=2), workers=1) as engine, ThreadPoolExecutor(6) as pool:
        made = [pool.submit(engine.transcribe, call(name)) for name in names]
        assert within(SOON, lambda: len(scene.fed) == 2)
        engine.stop()
        assert all(feeder.stopped for feeder in scene.feeders)  # a decode that is stuck, too
        assert within(SOON, lambda: sum(each.done() for each in made) == 4)
        scene.gate.set()
        codes = []
        for each in made:
            with pytest.raises(CallError) as told:
                each.result(SOON)
            codes.append(told.value.code)
        assert codes == ["stopped"] * 6
        with pytest.raises(CallError, match="stopped"):
            engine.transcribe(call("0.wav"))
    assert len(scene.fed) == 4  # two began and ended


def test_the_recogniser_is_told_while_windows_are_on_their_way(scene: Scene):
    scene.recordings = {"a.wav": [CALM]}
    with Engine(pipeline(), workers=1) as engine:
        engine.transcribe(call())
        # not by a call that only waits for its words: batches would be waited for in vain
        assert scene.recognisers[0].feeds == 0
    assert scene.events[1:3] == ["a.wav asks for 1, 1 feed", "a.wav asks for 2, 1 feed"]


def test_nothing_stays_open(scene: Scene):
    with Engine(pipeline(feeders=3), workers=1):
        assert [feeder.open for feeder in scene.feeders] == [True] * 3
    assert [feeder.open for feeder in scene.feeders] == [False] * 3
    assert scene.recognisers[0].stopped


def test_a_model_that_cannot_be_loaded_leaves_nothing_open(scene: Scene):
    scene.broken = True
    with pytest.raises(NothingToRunError), Engine(pipeline(), workers=1):
        pytest.fail("entered")
    assert not any(feeder.open for feeder in scene.feeders)


@pytest.mark.parametrize(
    ("device", "workers", "speech", "expected"),
    [
        # feeders, threads, batch, calls in flight: feeders and a window for each place
        ("cpu", 1, {}, (2, 1, 8, 2 + 8)),
        ("cpu", 2, {}, (2, 2, 8, 2 + 16)),
        ("cpu", 6, {"batch_size": 4}, (2, 6, 4, 2 + 24)),
        ("cpu", 9, {"batch_size": 4}, (3, 9, 4, 3 + 36)),
        ("cpu", 2, {"batch_size": 3, "feeders": 4}, (4, 2, 3, 4 + 6)),
        ("cpu", 16, {}, (4, 16, 8, 64)),
        # on CUDA two threads, and all cores but one decode
        ("cuda", 16, {}, (7, 2, 32, 64)),
        ("cuda", 1, {"feeders": 2, "batch_size": 8}, (2, 2, 8, 18)),
    ],
)
def test_how_much_runs_at_once(
    scene: Scene,
    monkeypatch: pytest.MonkeyPatch,
    device: Device,
    workers: int,
    speech: dict[str, object],
    expected: tuple[int, int, int, int],
):
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(8)), raising=False)
    scene.model = Model(Path("/a/model"), device, "float16", 128, multilingual=True)
    with Engine(pipeline(**speech), workers=workers) as engine:
        load = scene.recognisers[0].load
        made = (len(scene.feeders), load.workers, load.batch_size, engine.calls_in_flight)
    assert made == expected


def test_settings_reach_those_they_are_for(scene: Scene):
    given = Pipeline.model_validate(
        {
            "intake": {"max_seconds": 90, "max_megabytes": 3, "deadline_s": 7},
            "speech": {
                "beam_size": 3,
                "languages": ["sr", "en"],
                "hotwords": "Northwind",
                "words": False,
                "deadline_s": 8,
            },
        }
    )
    scene.model = Model(Path("/a/model"), "cpu", "int8", 128, multilingual=True)
    with Engine(given, workers=1):
        feeder, recogniser = scene.feeders[0], scene.recognisers[0]
    limits, bands, deadline_s = feeder.options
    assert (limits.max_seconds, limits.max_bytes) == (90, 3_000_000)
    assert (bands, deadline_s) == (128, 7)
    assert recogniser.load.deadline_s == 8
    assert recogniser.options == {
        "beam_size": 3,
        "languages": ("sr", "en"),
        "hotwords": "Northwind",
        "words": False,
    }
