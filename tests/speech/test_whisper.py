"""The recogniser's adapter, without recognition: what the model is asked, and its answers."""

from __future__ import annotations

import math
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.problems import NothingToRunError
from qa.speech.mel import pad
from qa.speech.models import Device, Model
from qa.speech.whisper import LONGEST, Whisper, width

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from qa.nouns import Language

END = 50  # the fake tokenizer's end of text; tokens from here on are signs
VOCABULARY = ["a", "Ġdan", "Ä", "Ð±"]  # byte by byte: a, " dan", the first of č, б
ADDED = ["<|hr|>", "ж"]  # signs, and what somebody trained into it


class OnDevice:
    """What a CUDA encoder gives back: fetching it costs more than what is done with it."""

    def __init__(self, features: NDArray[np.float32]) -> None:
        self.shape = features.shape

    def __array__(self, *_: object, **__: object) -> NDArray[np.float32]:
        message = "copied from the device"
        raise AssertionError(message)


class FakeModel:
    """Stands for faster-whisper's model and CTranslate2's under it; records what it is asked."""

    max_length = 448

    def __init__(self, path: str, **options: object) -> None:
        if path == "/no/model":
            message = "Unable to open file 'model.bin'"
            raise RuntimeError(message)
        self.path, self.options = path, options
        self.encoded: list[NDArray[np.float32]] = []
        self.generated: list[tuple[Any, list[list[int]], dict[str, Any]]] = []
        self.prompts: list[tuple[Any, list[int], dict[str, Any]]] = []
        self.aligned: list[tuple[list[list[int]], list[int]]] = []
        self.probabilities: list[dict[str, float]] = []
        self.sequences: list[list[int]] = []
        self.alignment: list[list[dict[str, Any]]] = []
        self.model = SimpleNamespace(
            is_multilingual=True,
            detect_language=lambda _: [list(each.items()) for each in self.probabilities],
            generate=self._generate,
        )
        self.hf_tokenizer = SimpleNamespace(
            get_vocab=lambda *, with_added_tokens: {
                token: at for at, token in enumerate([*VOCABULARY, *ADDED * with_added_tokens])
            }
        )

    def encode(self, features: NDArray[np.float32]) -> object:
        """Return the second row of features and half of the frames: (windows, frames / 2, 1)."""
        self.encoded.append(features)
        if self.options["device"] == "cuda":
            return OnDevice(features)
        return np.ascontiguousarray(features[:, 1:2, ::2].swapaxes(1, 2))

    def _generate(self, output: object, prompts: list[list[int]], **options: object) -> list[Any]:
        self.generated.append((output, prompts, options))
        return [
            SimpleNamespace(sequences_ids=[ids], scores=[-0.5], no_speech_prob=0.25)
            for ids in self.sequences or [[]] * len(prompts)
        ]

    def get_prompt(self, tokenizer: object, before: list[int], **options: object) -> list[int]:
        self.prompts.append((tokenizer, before, options))
        hotwords = options["hotwords"]
        return [91, *range(len(str(hotwords)) if hotwords else 0), 92]

    def find_alignment(
        self, tokenizer: object, tokens: list[list[int]], output: object, frames: list[int]
    ) -> list[list[dict[str, Any]]]:
        if min(frames) < 2:
            raise IndexError("boolean index did not match")  # as the real one does
        self.aligned.append((tokens, frames))
        return self.alignment


class FakeTokenizer:
    eot = END

    def __init__(
        self, tokenizer: object, multilingual: object, *, task: str, language: str
    ) -> None:
        self.given = (multilingual, task, language)

    def decode(self, tokens: Sequence[int]) -> str:
        return "".join(f" {token}" for token in tokens)


@pytest.fixture(autouse=True)
def _no_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("faster_whisper.WhisperModel", FakeModel)
    monkeypatch.setattr("faster_whisper.tokenizer.Tokenizer", FakeTokenizer)


def opened(
    device: Device = "cpu", *, hotwords: str = "", words: bool = True, workers: int = 1
) -> tuple[Whisper, FakeModel]:
    model = Model(Path("/a/model"), device, "int8", 3, multilingual=True)
    whisper = Whisper(model, hotwords=hotwords, words=words, workers=workers)
    fake = whisper._model
    assert isinstance(fake, FakeModel)
    return whisper, fake


def window(value: float, frames: int) -> NDArray[np.float32]:
    return np.full((3, frames), value, np.float32)


def test_the_model_is_loaded_as_it_was_resolved_with_one_thread_for_each_worker():
    _, fake = opened("cuda", workers=3)
    assert fake.path == "/a/model"
    assert fake.options == {
        "device": "cuda",
        "compute_type": "int8",
        "cpu_threads": 1,
        "num_workers": 3,
        "local_files_only": True,
    }


def test_a_model_that_cannot_be_loaded_is_named():
    model = Model(Path("/no/model"), "cpu", "int8", 80, multilingual=True)
    with pytest.raises(NothingToRunError, match="'/no/model' cannot be loaded on cpu: Unable"):
        Whisper(model)


def test_a_processor_encodes_windows_one_by_one_and_decodes_them_together():
    whisper, fake = opened()
    windows = [window(1, 400), window(2, 900), window(3, 1000)]
    encoded = whisper.encode(windows, 1200)
    assert [features.shape for features in fake.encoded] == [(1, 3, 1200)] * 3
    for given_, padded in zip(windows, fake.encoded, strict=True):
        np.testing.assert_array_equal(padded[0], pad(given_, 1200))
    assert encoded.frames == (400, 900, 1000)
    # in order, in one piece: the first value of each window
    joined = np.asarray(encoded.output)
    assert joined.shape == (3, 600, 1)
    assert joined[:, 0, 0].tolist() == [1, 2, 3]
    whisper.generate(encoded, whisper.task("en"))
    ((output, prompts, _),) = fake.generated
    assert output is encoded.output
    assert len(prompts) == 3


def test_cuda_encodes_a_batch_at_once_and_leaves_it_on_the_device():
    whisper, fake = opened("cuda")
    encoded = whisper.encode([window(1, 400), window(2, 900)], 1200)
    (stacked,) = fake.encoded
    assert stacked.shape == (2, 3, 1200)
    assert stacked.dtype == np.float32
    assert stacked[:, 0, 0].tolist() == [1, 2]
    assert isinstance(encoded.output, OnDevice)
    task = whisper.task("en")
    results = whisper.generate(encoded, task)
    fake.alignment = [[], []]
    whisper.said(encoded, task, results)
    fake.probabilities = [{"<|en|>": 1.0}] * 2
    whisper.languages(encoded, ("en", "hr"))
    assert len(fake.encoded) == 1
    assert fake.generated[0][0] is encoded.output


def test_what_is_asked_of_a_batch():
    whisper, fake = opened(hotwords="Northwind")
    encoded = whisper.encode([window(1, 400), window(2, 900)], 1200)
    whisper.generate(encoded, whisper.task("en"), beam_size=3, repetition_penalty=1.2)
    ((_, prompts, options),) = fake.generated
    # CTranslate2 takes prompts of one length only, and starts at one place in all of them
    assert prompts == [list(whisper.task("en").start)] * 2
    assert options == {
        "max_length": 448,
        "return_scores": True,
        "return_no_speech_prob": True,
        # the model's own list, and what is not Latin
        "suppress_tokens": [-1, 3, 5],
        "beam_size": 3,
        "repetition_penalty": 1.2,
    }


@pytest.mark.parametrize(("language", "token"), [("en", "en"), ("hr", "hr"), ("sr", "hr")])
def test_serbian_is_decoded_with_the_croatian_token_to_get_latin(language: Language, token: str):
    whisper, fake = opened(hotwords="Sjeverni vjetar")
    task = whisper.task(language)
    assert task.language == language
    assert task.tokenizer.given == (True, "transcribe", token)
    ((_, before, options),) = fake.prompts
    assert before == []
    assert options["without_timestamps"] is True
    assert options["hotwords"].endswith("Sjeverni vjetar")
    assert ("Dobar dan" in options["hotwords"]) == (language != "en")
    assert whisper.task(language) is task  # made once


def test_an_english_model_knows_only_english():
    whisper, fake = opened()
    fake.model.is_multilingual = False
    assert whisper.task("hr").tokenizer.given == (False, "transcribe", "en")


def test_english_without_hotwords_has_no_context():
    whisper, fake = opened()
    whisper.task("en")
    assert fake.prompts[0][2]["hotwords"] is None


def detected(among: Sequence[Language], **probabilities: float) -> Language:
    whisper, fake = opened()
    fake.probabilities = [{f"<|{name}|>": value for name, value in probabilities.items()}]
    encoded = whisper.encode([window(1, 400)], 1000)
    (language,) = whisper.languages(encoded, among)
    return language


def test_the_family_counts_together():
    # hr .2 + sr .15 + bs .1 = .45 against en .4; Slovene is no part of the family
    heard = {"en": 0.4, "hr": 0.2, "sr": 0.15, "bs": 0.1, "sl": 0.15}
    assert detected(("en", "hr", "sr"), **heard) == "hr"
    assert detected(("en", "hr", "sr"), **(heard | {"en": 0.46})) == "en"
    assert detected(("en", "hr"), sl=0.9, en=0.06, hr=0.04) == "en"


def test_the_first_configured_stands_for_the_family():
    assert detected(("en", "sr", "hr"), hr=0.6, en=0.4) == "sr"
    assert detected(("en", "sr"), hr=0.6, en=0.4) == "sr"
    assert detected(("sr", "en"), de=1.0) == "sr"  # nothing is known of either


def test_each_window_has_its_own_language():
    whisper, fake = opened()
    fake.probabilities = [{"<|en|>": 0.9}, {"<|sr|>": 0.9}, {"<|en|>": 0.9}]
    encoded = whisper.encode([window(1, 400)] * 3, 1000)
    assert whisper.languages(encoded, ("en", "sr")) == ["en", "sr", "en"]


@pytest.mark.parametrize(
    ("frames", "padded"),
    [
        (1, 1_000),  # 10 s at least
        (850, 1_000),  # and 1.5 s of silence after the speech
        (851, 1_100),  # in whole seconds
        (2_000, 2_200),
        (2_850, 3_000),
        (2_950, 3_000),  # but no more than Whisper knows
        (3_000, 3_000),
    ],
)
def test_a_window_is_padded_to(frames: int, padded: int):
    assert width(frames) == padded


@given(st.integers(1, LONGEST), st.integers(1, LONGEST))
def test_widths_hold_their_window_and_grow_with_it(one: int, other: int):
    assert one <= width(one) <= LONGEST
    assert width(one) % 100 == 0
    assert width(one) >= min(one + 150, LONGEST)
    # CTranslate2 takes an encoding as long as there are mel bands for features, and encodes it
    # again (80 or 128 bands); the encoder halves the width
    assert width(one) // 2 not in (80, 128, 160, 256)
    if one <= other:
        assert width(one) <= width(other)


def spoken(alignment: list[list[dict[str, Any]]], *frames: int) -> list[Any]:
    """Return what is made of tokens 1, 2 and a sign in each window, with this alignment."""
    whisper, fake = opened()
    fake.alignment = alignment
    fake.sequences = [[1, 2, END + 3]] * len(frames)
    encoded = whisper.encode([window(1, each) for each in frames], 1000)
    task = whisper.task("en")
    made = whisper.said(encoded, task, whisper.generate(encoded, task))
    assert fake.aligned == [([[1, 2]] * len(frames), list(frames))]
    return made


def word(text: str, start: float, end: float) -> dict[str, Any]:
    return {"word": text, "tokens": [1], "start": start, "end": end, "probability": 0.5}


def test_what_was_said_has_words_text_and_the_models_doubts():
    first, second = spoken([[word(" paket", 0.5, 0.824)], []], 200, 300)
    assert first.words == (("paket", 500, 824, 0.5),)
    assert first.text == "1 2"  # without the sign
    assert (first.logprob, first.no_speech) == (-0.5, 0.25)
    assert second.words == ()


def test_a_window_of_one_frame_is_aligned_too():
    whisper, fake = opened()
    fake.sequences, fake.alignment = [[1]] * 2, [[word(" da", 0, 0.02)], []]
    encoded = whisper.encode([window(1, 1), window(1, 300)], 1000)
    task = whisper.task("en")
    said, _ = whisper.said(encoded, task, whisper.generate(encoded, task))
    assert fake.aligned == [([[1], [1]], [2, 300])]
    assert said.words == (("da", 0, 10, 0.5),)  # and ends with the window


def test_nothing_aligned_is_no_word_anywhere():
    assert [each.words for each in spoken([], 200, 300)] == [(), ()]


def test_punctuation_goes_with_its_word():
    (said,) = spoken([[word(" „", 0, 0.1), word(" Da", 0.1, 0.4), word(".", 0.4, 0.5)]], 200)
    assert [text for text, *_ in said.words][-1] == "Da."


def test_a_blank_is_no_word_and_spaces_part_words():
    (said,) = spoken([[word("  ", 0, 1), word(" na primjer", 0, 1)]], 200)
    assert said.words == (("na", 0, 500, 0.5), ("primjer", 500, 1_000, 0.5))


def test_a_word_ends_with_the_speech():
    (said,) = spoken([[word(" dan", 1.5, 9), word(" dan", 8, 9)]], 200)
    assert said.words == (("dan", 1_500, 2_000, 0.5), ("dan", 2_000, 2_000, 0.5))


@settings(deadline=None, derandomize=True)
@given(
    st.lists(st.tuples(st.floats(0, 40), st.floats(0, 40)).map(sorted), max_size=6),
    st.lists(st.text("ab", min_size=1), min_size=1, max_size=4),
)
def test_words_stay_in_the_window(times: list[list[float]], texts: list[str]):
    aligned = [word(f" {' '.join(texts)}", start, end) for start, end in times]
    (said,) = spoken([aligned], 200)
    assert [text for text, *_ in said.words] == texts * len(times)
    assert all(0 <= start <= end <= 2_000 for _, start, end, _ in said.words)


def test_without_word_times_words_are_spread_over_the_window_and_nothing_is_aligned():
    whisper, fake = opened(words=False)
    fake.sequences = [[1, 34, END]]
    encoded = whisper.encode([window(1, 600)], 1000)
    task = whisper.task("en")
    (said,) = whisper.said(encoded, task, whisper.generate(encoded, task))
    # "1 34" over 6 s: 1 + 1 and 2 + 1 letters with the space after them
    assert [each[:3] for each in said.words] == [("1", 0, 2_400), ("34", 2_400, 6_000)]
    assert said.words[0][3] == pytest.approx(math.exp(-0.5))
    assert fake.aligned == []
    fake.sequences = [[]]
    (said,) = whisper.said(encoded, task, whisper.generate(encoded, task))
    assert said.words == ()
