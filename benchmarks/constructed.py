"""Two-channel calls made from scripts: who speaks when is written down before there is sound.

Single utterances (`benchmarks.utterances`) are laid out by moves - one speaks, the other answers,
interrupts, tries to, listens - at times drawn from a seed. What the published definitions say of a
move is known when it is written: moves stay clear of the limits by 100 ms or more, so that
what is measured is whether a call is *heard*, and not on which side of a limit it falls.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Final

import numpy as np

from benchmarks.utterances import GRID_MS, PER_MS, RATE, Utterance, Voice, voices
from qa.nouns import Event

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.utterances import Part, Samples
    from qa.nouns import Language, Speaker

SPEAKERS: Final[tuple[Speaker, ...]] = ("agent", "customer")
LANGUAGES: Final[tuple[Language, ...]] = ("en", "en", "hr", "sr")
# Of each: every move is made by either side as often. The dense listener takes the place of the
# occasional one in every third call.
_MOVES = ("interrupts", "tries", "outlasts", "listens", "ends_early", "answers")
_CROSSTALK_DB = (None, -30.0, -20.0)
_NOISE_DB = (-60.0, -50.0, -40.0)  # of full scale; speech peaks at -6
_LEVELS_DB = (0.0, -3.0, -6.0)
_JOIN_MS = 80  # between utterances of one run: a breath, no pause
_PEAK = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """One speaker's speech without a pause: a run, as the definitions call it."""

    speaker: Speaker
    start_ms: int
    parts: tuple[Utterance, ...]

    @property
    def length_ms(self) -> int:
        return sum(part.length_ms for part in self.parts) + _JOIN_MS * (len(self.parts) - 1)

    @property
    def end_ms(self) -> int:
        return self.start_ms + self.length_ms

    @property
    def listening(self) -> bool:
        return all(part.kind == "listening" for part in self.parts)


@dataclass(frozen=True, slots=True, eq=False)
class Constructed:
    """A scripted call: what is said, what happens in it by the definitions, how it sounds."""

    name: str
    language: Language
    said: tuple[Said, ...]
    happened: tuple[Event, ...]  # interruptions, attempted ones, backchannels
    crosstalk_db: float | None
    noise_db: float
    levels_db: tuple[float, float]
    seed: int

    @property
    def duration_ms(self) -> int:
        return max(one.end_ms for one in self.said) + 800

    def sound(self) -> tuple[Samples, Samples]:
        """Return the agent's channel and the customer's, float32 at 16 kHz, as by telephone."""
        clean = [
            _channel(self.said, speaker, self.duration_ms) * 10 ** (level / 20)
            for speaker, level in zip(SPEAKERS, self.levels_db, strict=True)
        ]
        leak = 0.0 if self.crosstalk_db is None else 10 ** (self.crosstalk_db / 20)
        chance = np.random.default_rng(self.seed)
        agent, customer = (
            _telephone(own + leak * other, self.noise_db, chance)
            for own, other in ((clean[0], clean[1]), (clean[1], clean[0]))
        )
        return agent, customer


def construct(part: Part, count: int, seed: int) -> tuple[Constructed, ...]:
    """Return so many calls between the voices of one set; the same seed gives the same calls."""
    return tuple(_call(part, index, seed * 10_000 + index) for index in range(count))


def _call(part: Part, index: int, seed: int) -> Constructed:
    chance = Random(seed)
    language = LANGUAGES[index % len(LANGUAGES)]
    pair = chance.sample([voice for voice in voices(part) if voice.language == language], 2)
    stage = _Stage(chance, dict(zip(SPEAKERS, pair, strict=True)))
    for move in chance.sample(_MOVES, len(_MOVES)):
        much = move == "listens" and index % 3 == 0
        stage.play("listens_much" if much else move, chance.choice(SPEAKERS))
    round_ = index // len(LANGUAGES)  # so that each language meets each condition
    return Constructed(
        name=f"{part}-{index:02}-{language}",
        language=language,
        said=tuple(stage.said),
        happened=tuple(sorted(stage.happened, key=lambda event: event.start_ms)),
        crosstalk_db=_CROSSTALK_DB[round_ % 3],
        noise_db=_NOISE_DB[(round_ + round_ // 3) % 3],
        levels_db=(chance.choice(_LEVELS_DB), chance.choice(_LEVELS_DB)),
        seed=seed,
    )


class _Stage:
    """Lays out one call, move by move."""

    def __init__(self, chance: Random, cast: dict[Speaker, Voice]) -> None:
        self.said: list[Said] = []
        self.happened: list[Event] = []
        self._chance, self._cast = chance, cast
        self._clock_ms = 1_000
        self._unsaid = {speaker: list[Utterance]() for speaker in cast}

    def play(self, move: str, holder: Speaker) -> None:
        """Let the holder speak and the other do as the move says."""
        other: Speaker = "customer" if holder == "agent" else "agent"
        start_ms = self._clock_ms + self._between(400, 900)
        {
            "interrupts": self._interrupts,
            "tries": self._tries,
            "outlasts": self._outlasts,
            "listens": self._listens,
            "listens_much": self._listens_much,
            "ends_early": self._comes_early,
            "answers": self._answers,
        }[move](holder, other, start_ms)
        self._clock_ms = max(one.end_ms for one in self.said)

    def _answers(self, holder: Speaker, other: Speaker, start_ms: int) -> None:
        held = self._say(holder, start_ms, self._sentences(holder, 2))
        self._say(other, held.end_ms + self._between(300, 800), self._sentences(other, 1))

    def _interrupts(self, holder: Speaker, other: Speaker, start_ms: int) -> None:
        """Cut the holder off in a word, 600 to 950 ms after the other began."""
        first, second = self._sentences(holder, 2)
        whole_ms = first.length_ms + _JOIN_MS
        cut = second.cut(self._between(1_100, min(2_000, second.length_ms - 200)))
        held = self._say(holder, start_ms, (first, cut))
        comes_ms = start_ms + whole_ms + cut.length_ms - self._between(600, 950)
        came = self._say(other, comes_ms, self._sentences(other, 1))
        self._happens("interruption", came, held)

    def _tries(self, holder: Speaker, other: Speaker, start_ms: int) -> None:
        """Let the other say something of 0.6 to 3 s and give up, while the holder goes on."""
        held = self._say(holder, start_ms, self._sentences(holder, 3))
        tried = self._one_of(other, self._chance.choice(("remark", "sentence"))).cut(3_000)
        comes_ms = start_ms + self._between(600, held.length_ms - tried.length_ms - 400)
        self._happens("attempted_interruption", self._say(other, comes_ms, (tried,)), held)

    def _outlasts(self, holder: Speaker, other: Speaker, start_ms: int) -> None:
        """Let both speak for 1.2 to 3 s until the holder has finished: nobody gave way."""
        held = self._say(holder, start_ms, self._sentences(holder, 2))
        answer = self._sentences(other, 2)
        overlap_ms = self._between(1_200, 3_000)
        came = self._say(other, held.end_ms - overlap_ms, answer)
        self._happens("attempted_interruption", came, held)

    def _listens(self, holder: Speaker, other: Speaker, start_ms: int) -> None:
        self._listen(holder, other, start_ms, times=1, sentences=2)

    def _listens_much(self, holder: Speaker, other: Speaker, start_ms: int) -> None:
        self._listen(holder, other, start_ms, times=5, sentences=4)

    def _comes_early(self, holder: Speaker, other: Speaker, start_ms: int) -> None:
        """Let the other begin in the holder's last 400 ms: an overlap, and nothing more."""
        held = self._say(holder, start_ms, self._sentences(holder, 2))
        self._say(other, held.end_ms - self._between(100, 400), self._sentences(other, 1))

    def _listen(
        self, holder: Speaker, other: Speaker, start_ms: int, *, times: int, sentences: int
    ) -> None:
        held = self._say(holder, start_ms, self._sentences(holder, sentences))
        room_ms = (held.length_ms - 600) // times // GRID_MS * GRID_MS
        for place in range(times):
            heard = self._listening_words(other)
            free_ms = room_ms - sum(each.length_ms for each in heard) - _JOIN_MS - 400
            comes_ms = start_ms + 300 + place * room_ms + self._between(0, max(0, free_ms))
            self._happens("backchannel", self._say(other, comes_ms, heard), held)

    def _listening_words(self, speaker: Speaker) -> tuple[Utterance, ...]:
        """Return one listening word, the start of one (0.2 s and more), or two (up to 1.4 s)."""
        one = self._one_of(speaker, "listening")
        match self._chance.choice(("one", "one", "short", "two")):
            case "short":
                short = one.cut(self._between(200, 300))
                return (short if short.length_ms >= 200 else one,)
            case "two":
                two = self._one_of(speaker, "listening")
                fits = one.length_ms + two.length_ms + _JOIN_MS <= 1_400
                return (one, two) if fits else (one,)
            case _:
                return (one,)

    def _say(self, speaker: Speaker, start_ms: int, parts: Sequence[Utterance]) -> Said:
        said = Said(speaker, start_ms, tuple(parts))
        self.said.append(said)
        return said

    def _happens(self, name: str, came: Said, held: Said) -> None:
        end_ms = min(came.end_ms, held.end_ms)
        self.happened.append(Event(name, came.speaker, came.start_ms, end_ms))

    def _sentences(self, speaker: Speaker, count: int) -> tuple[Utterance, ...]:
        """Return sentences that the speaker has not said lately."""
        chosen = []
        for _ in range(count):
            if not self._unsaid[speaker]:
                own = self._cast[speaker].of_kind("sentence")
                self._unsaid[speaker] = self._chance.sample(own, len(own))
            chosen.append(self._unsaid[speaker].pop())
        return tuple(chosen)

    def _one_of(self, speaker: Speaker, kind: str) -> Utterance:
        return self._chance.choice(
            [each for each in self._cast[speaker].utterances if each.kind == kind]
        )

    def _between(self, least_ms: int, most_ms: int) -> int:
        return self._chance.randrange(least_ms, max(least_ms, most_ms) + 1, GRID_MS)


def _channel(said: Sequence[Said], speaker: Speaker, duration_ms: int) -> Samples:
    channel = np.zeros(duration_ms * PER_MS, np.float32)
    for at_ms, part in _placed(said, speaker):
        channel[at_ms * PER_MS :][: part.samples.size] += _PEAK * _faded(part.samples)
    return channel


def _placed(said: Sequence[Said], speaker: Speaker) -> Iterator[tuple[int, Utterance]]:
    for run in said:
        at_ms = run.start_ms
        for part in run.parts:
            if run.speaker == speaker:
                yield at_ms, part
            at_ms += part.length_ms + _JOIN_MS


def _faded(samples: Samples) -> Samples:
    """Return the sound without the click of being cut off: its last 10 ms fade."""
    fade = np.ones(samples.size, np.float32)
    fade[-GRID_MS * PER_MS :] = np.linspace(1, 0, GRID_MS * PER_MS)
    return samples * fade


def _telephone(channel: Samples, noise_db: float, chance: np.random.Generator) -> Samples:
    """Return a channel limited to 300-3400 Hz, with noise, through 8-bit mu-law."""
    from scipy.signal import butter, sosfiltfilt

    band = butter(2, [300, 3400], "bandpass", fs=RATE, output="sos")
    sound = sosfiltfilt(band, channel) + chance.normal(0, 10 ** (noise_db / 20), channel.size)
    sound = np.clip(sound, -1, 1)
    folded = np.round(np.sign(sound) * np.log1p(255 * np.abs(sound)) / np.log(256) * 127) / 127
    return np.asarray(np.sign(folded) * (256 ** np.abs(folded) - 1) / 255, np.float32)
