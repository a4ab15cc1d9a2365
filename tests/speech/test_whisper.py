"""The recogniser's adapter, without recognition: languages, batches, second tries, words."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.nouns import Call, Language, Span, Speaker
from qa.problems import NothingToRunError
from qa.settings import SpeechSettings
from qa.speech.listening import Listening, Voice
from qa.speech.whisper import Whisper, _Decoded, _Task, _words_of
from qa.speech.windows import Window

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

TASK = _Task(tokenizer=None, start=())


class FakeModel:
    """Stands for faster-whisper's model; `asked` records every question."""

    def __init__(self, path: str, **options: object) -> None:
        if path == "/no/model":
            message = "Unable to open file 'model.bin'"
            raise RuntimeError(message)
        self.path, self.options = path, options
        self.asked: list[Any] = []
        self.probabilities = [("en", 0.4), ("hr", 0.2), ("sr", 0.15), ("bs", 0.1), ("sl", 0.15)]
        self.hf_tokenizer = "tokens"
        self.model = SimpleNamespace(is_multilingual=True)

    def detect_language(
        self, audio: NDArray[np.float32]
    ) -> tuple[str, float, list[tuple[str, float]]]:
        self.asked.append(audio)
        return (*self.probabilities[0], self.probabilities)

    def get_prompt(self, tokenizer: object, before: list[int], **options: object) -> list[int]:
        self.asked.append((tokenizer, before, options))
        return [1, 2, 3]


class ScriptedWhisper(Whisper):
    """Decodes each clip to what the script says of its length in samples."""

    def __init__(self, script: dict[int, list[_Decoded]], settings: SpeechSettings) -> None:
        super().__init__(settings, workers=1)
        self.script = script
        self.batches: list[tuple[list[int], float | None]] = []

    def _decode(
        self, clips: Sequence[NDArray[np.float32]], task: _Task, *, seconds: float | None = None
    ) -> list[_Decoded]:
        self.batches.append(([clip.size for clip in clips], seconds))
        return [self.script[clip.size].pop(0) for clip in clips]


@pytest.fixture(autouse=True)
def _no_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("faster_whisper.WhisperModel", FakeModel)


def _settings(*languages: Language, **others: object) -> SpeechSettings:
    return SpeechSettings.model_validate(
        {"model": "/a/model", "languages": languages or ("en", "hr", "sr"), **others}
    )


def _voice(speaker: Speaker, *seconds: tuple[int, int]) -> Voice:
    """Return a voice with a span and a window for each stretch; sample values are seconds."""
    last = max((end for _, end in seconds), default=0)
    samples = np.repeat(np.arange(last, dtype=np.float32), 16_000)
    times = [(start * 1_000, end * 1_000) for start, end in seconds]
    return Voice(
        speaker,
        samples,
        tuple(Span(start, end, speaker) for start, end in times),
        tuple(Window(start, end) for start, end in times),
    )


def _listening(*voices: Voice, language: Language | None = None) -> Listening:
    call = Call(id="c", recording=Path("/c.wav"), agent_id="A", language=language)
    return Listening(call, voices, "stereo", 60_000)


def _decoded(text: str = "", *, logprob: float = -0.1, compression: float = 1.0) -> _Decoded:
    words = [
        {"word": f" {word}", "start": at, "end": at + 0.5, "probability": 0.9}
        for at, word in enumerate(text.split())
    ]
    return _Decoded(tuple(words), compression, logprob)


def _detected(*languages: Language, **probabilities: float) -> Language:
    whisper = Whisper(_settings(*languages), workers=1)
    model: FakeModel = whisper._model
    if probabilities:
        model.probabilities = list(probabilities.items())
    return whisper._detect(_listening(_voice("agent", (0, 2))))


def test_the_family_counts_together() -> None:
    # hr .2 + sr .15 + bs .1 = .45 against en .4; Slovene is no part of the family
    assert _detected("en", "hr", "sr") == "hr"
    assert _detected("en", "hr", "sr", en=0.46, hr=0.2, sr=0.15, bs=0.1) == "en"
    assert _detected("en", "hr", sl=0.9, en=0.06, hr=0.04) == "en"


def test_the_first_configured_stands_for_the_family() -> None:
    assert _detected("en", "sr", "hr") == "sr"
    assert _detected("en", "sr") == "sr"


def test_nothing_is_known_of_the_configured_languages() -> None:
    assert _detected("sr", "en", de=1.0) == "sr"


def test_the_voice_that_speaks_longest_is_asked_at_its_first_window() -> None:
    whisper = Whisper(_settings(), workers=1)
    whisper._detect(_listening(_voice("agent", (0, 2)), _voice("customer", (3, 5), (7, 9))))
    (audio,) = whisper._model.asked
    assert audio.size == 2 * 16_000
    assert set(audio) == {3.0, 4.0}  # seconds three and four of the customer's samples


def test_a_single_language_is_not_asked_about() -> None:
    whisper = Whisper(_settings("sr"), workers=1)
    assert whisper._detect(_listening()) == "sr"
    assert whisper._model.asked == []


@pytest.mark.parametrize(("language", "token"), [("en", "en"), ("hr", "hr"), ("sr", "hr")])
def test_serbian_is_decoded_with_the_croatian_token_to_get_latin(
    monkeypatch: pytest.MonkeyPatch, language: Language, token: str
) -> None:
    monkeypatch.setattr("faster_whisper.tokenizer.Tokenizer", lambda *a, **k: (a, k))
    whisper = Whisper(_settings(hotwords="Sjeverni vjetar"), workers=1)
    task = whisper._task(language)
    assert task.start == (1, 2, 3)
    assert task.tokenizer == (("tokens", True), {"task": "transcribe", "language": token})
    ((_, before, options),) = whisper._model.asked
    assert before == []
    assert options["without_timestamps"] is True
    assert options["hotwords"].endswith("Sjeverni vjetar")


def test_english_without_hotwords_has_no_context(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("faster_whisper.tokenizer.Tokenizer", lambda *a, **k: (a, k))
    whisper = Whisper(_settings(), workers=1)
    whisper._model.model.is_multilingual = False
    task = whisper._task("hr")
    assert task.tokenizer[1]["language"] == "en"  # all that such a model knows
    whisper._task("en")
    assert whisper._model.asked[1][2]["hotwords"] is None


def test_a_model_that_cannot_be_loaded_is_named() -> None:
    settings = SpeechSettings(model="/no/model")
    with pytest.raises(NothingToRunError, match="'/no/model' cannot be loaded on auto: Unable"):
        Whisper(settings, workers=1)


def test_workers_have_one_thread_each() -> None:
    whisper = Whisper(_settings(local_files_only=True), workers=3)
    options = whisper._model.options
    assert (options["num_workers"], options["cpu_threads"]) == (3, 1)
    assert options["local_files_only"] is True


def test_batches_hold_windows_of_like_length_and_answers_find_their_window() -> None:
    # windows of 3, 1, 4 and 2 s in batches of two: 1 and 2 s, then 3 and 4 s
    script = {s * 16_000: [_decoded(f"{s}s")] for s in (1, 2, 3, 4)}
    whisper = ScriptedWhisper(script, _settings(batch_size=2))
    voice = _voice("agent", (0, 3), (5, 6), (10, 14), (20, 22))
    decoded = whisper._decode_all(voice, TASK)
    assert whisper.batches == [([16_000, 32_000], None), ([48_000, 64_000], None)]
    assert [d.words[0]["word"] for d in decoded] == [" 3s", " 1s", " 4s", " 2s"]
    assert whisper._decode_all(_voice("agent"), TASK) == []


@pytest.mark.parametrize(
    ("first", "second", "taken"),
    [
        (_decoded("a", compression=2.5), _decoded("b"), "b"),
        (_decoded("a", logprob=-1.1), _decoded("b", logprob=-0.9), "b"),
        # both doubtful: the likelier one
        (_decoded("a", logprob=-1.1), _decoded("b", logprob=-1.2), "a"),
        (_decoded("a", logprob=-1.2), _decoded("b", logprob=-1.1), "b"),
        # a likely loop ("ne ne ne ne") does not beat an unlikely sentence
        (_decoded("a", logprob=-0.1, compression=9), _decoded("b", logprob=-0.9), "b"),
    ],
)
def test_a_doubtful_window_is_decoded_once_more_at_full_length(
    first: _Decoded, second: _Decoded, taken: str
) -> None:
    whisper = ScriptedWhisper(
        {16_000: [first, second], 32_000: [_decoded("sure")]}, _settings(batch_size=2)
    )
    decoded = whisper._decode_all(_voice("agent", (0, 1), (5, 7)), TASK)
    assert whisper.batches == [([16_000, 32_000], None), ([16_000], 30.0)]
    assert [d.words[0]["word"].strip() for d in decoded] == [taken, "sure"]


def test_at_the_limits_a_window_is_not_doubtful() -> None:
    assert not _decoded("a", compression=2.4, logprob=-1.0).doubtful


def test_words_come_per_voice_in_the_calls_own_language(monkeypatch: pytest.MonkeyPatch) -> None:
    script = {16_000: [_decoded("da")], 32_000: [_decoded("dobar dan")]}
    whisper = ScriptedWhisper(script, _settings())
    monkeypatch.setattr(whisper, "_task", lambda _: TASK)
    listening = _listening(_voice("agent", (0, 2)), _voice("customer", (4, 5)), language="sr")
    heard = whisper.recognise(listening)
    assert heard.language == "sr"
    assert whisper._model.asked == []
    assert [
        (who, [(w.text, w.start_ms, w.end_ms) for w in words]) for who, words in heard.words
    ] == [
        ("agent", [("dobar", 0, 500), ("dan", 1_000, 1_500)]),
        ("customer", [("da", 4_000, 4_500)]),
    ]


def _times(text: str, start: float, end: float) -> list[tuple[str, int, int]]:
    word = {"word": text, "start": start, "end": end, "probability": 0.5}
    made = _words_of(word, Window(10_000, 12_000))
    assert all(w.confidence == 0.5 for w in made)
    return [(w.text, w.start_ms, w.end_ms) for w in made]


def test_a_word_is_placed_in_the_recording() -> None:
    assert _times(" paket", 0.5, 0.82) == [("paket", 10_500, 10_820)]


def test_a_blank_is_no_word_and_spaces_part_words() -> None:
    assert _times("  ", 0.0, 1.0) == []
    assert _times(" na primjer", 0.0, 1.0) == [("na", 10_000, 10_500), ("primjer", 10_500, 11_000)]


def test_a_word_ends_with_its_window() -> None:
    assert _times("dan", 1.5, 9.0) == [("dan", 11_500, 12_000)]
    assert _times("dan", 8.0, 9.0) == [("dan", 12_000, 12_000)]


@settings(deadline=None, derandomize=True)
@given(st.floats(0, 40), st.floats(0, 40), st.lists(st.text("ab", min_size=1), max_size=5))
def test_words_stay_in_the_window_in_order(start: float, end: float, texts: list[str]) -> None:
    times = _times(" ".join(texts), start, end)
    assert [text for text, _, _ in times] == texts
    edges = [edge for _, *pair in times for edge in pair]
    assert edges == sorted(edges)
    assert all(10_000 <= edge <= 12_000 for edge in edges)
