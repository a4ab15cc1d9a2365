"""One-channel recordings: how well the two voices are told apart, and who is called the agent.

Two-channel calls are mixed down to one channel and transcribed as a night would do it; the truth
about who spoke when comes from the two channels. Diarisation error rate by pyannote.metrics, with
overlapping speech counted, against two truths: the turns as written down (a turn is speech from
its start to its end, pauses and all), and the speech that the detector finds on each channel alone
(then only the telling apart is judged). A collar of 0.25 s is pyannote's: 0.125 s on either side.
"""

from __future__ import annotations

import json
import statistics
import tempfile
import time
import wave
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from benchmarks.peers import cores
from benchmarks.recordings import SIDES
from qa.intake.decode import decode
from qa.nouns import Call, Span
from qa.settings import Pipeline, SpeechSettings
from qa.speech.engine import Engine
from qa.speech.spans import PER_MS, SAMPLE_RATE, find_speech, level, loudness
from qa.speech.voices import tell_apart

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from qa.nouns import Language, Speaker, Transcript

COLLARS = (0.25, 0.0)
TRUTHS = ("turns", "channels")
_PARTS = ("missed detection", "false alarm", "confusion")
_TELEPHONE_RATE = 8_000
_SUFFIXES = (".reference.json", ".truth.json")


def measure(folders: Iterable[Path]) -> dict[str, Any]:
    """Return the figures of every two-channel `*.flac` with a truth beside it, and over all."""
    found = [each for folder in folders for each in _recordings(folder)]
    with tempfile.TemporaryDirectory() as folder:
        calls = [_mixed(recording, truth, Path(folder)) for recording, truth in found]
        pipeline = Pipeline(speech=SpeechSettings(device="cpu"))
        with (
            Engine(pipeline, workers=cores()) as engine,
            ThreadPoolExecutor(engine.calls_in_flight) as pool,
        ):
            transcripts = list(pool.map(engine.transcribe, calls))
        paces = [_pace(call.recording) for call in calls]
    measured = {
        call.id: _figures(recording, truth, transcript) | {"separated_at": round(pace, 1)}
        for call, (recording, truth), transcript, pace in zip(
            calls, found, transcripts, paces, strict=True
        )
    }
    return {"calls": measured} | _over_all(list(measured.values()))


def show(result: dict[str, Any]) -> None:
    """Print what `measure` returned."""
    print(f"\none channel: {len(result['calls'])} two-channel calls mixed down")
    print(f"{'':34}{'DER .25':>9}{'DER 0':>8}{'missed':>8}{'false':>7}{'conf.':>7}  agent")
    for name, call in result["calls"].items():
        print(
            f"{name[:33]:34}{_row(call['turns'])}  {'right' if call['agent_right'] else 'WRONG'}",
            end="",
        )
        print(f"  {', '.join(call['caveats'])}")
    for truth in TRUTHS:
        for kind in ("median", "mean"):
            print(f"{f'{kind}, truth from {truth}':34}{_row(result[kind][truth])}")
    print(f"agent named right in {result['agent_right']:.1%}, trusted: {result['trusted']:.1%}")
    print(f"voices told apart at {result['separated_at']:.0f} times call length (median)")


def _recordings(folder: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    for recording in sorted(folder.glob("*.flac")):
        for suffix in _SUFFIXES:
            if (file := recording.with_suffix(suffix)).exists():
                truth = json.loads(file.read_text("utf-8"))
                if truth.get("recording_kind", "stereo") == "stereo":
                    yield recording, truth


def _mixed(recording: Path, truth: dict[str, Any], folder: Path) -> Call:
    """Write the call as a telephone system would that has one channel: 8 kHz, 16 bits."""
    from scipy.signal import resample_poly

    first, second = decode(recording).channels
    mixed = resample_poly((first + second) / 2, _TELEPHONE_RATE, SAMPLE_RATE).clip(-1, 1)
    target = folder / f"{recording.stem}.wav"
    with wave.open(str(target), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(_TELEPHONE_RATE)
        file.writeframes((mixed * 32_767).astype("<i2").tobytes())
    language = cast("Language", truth.get("language", "en"))
    return Call(recording.stem, target, "agent", language=language)


def _pace(recording: Path) -> float:
    """Return the length of a recording over the time that telling its voices apart takes."""
    samples, spans = _speech(decode(recording).channels[0], "agent")
    started = time.perf_counter()
    tell_apart(samples, spans)
    return samples.size / SAMPLE_RATE / (time.perf_counter() - started)


def _speech(
    channel: NDArray[np.float32], speaker: Speaker
) -> tuple[NDArray[np.float32], list[Span]]:
    samples = level(channel, loudness(channel))
    found = find_speech(samples)
    return samples, [Span(start // PER_MS, end // PER_MS, speaker) for start, end in found]


def _figures(recording: Path, truth: dict[str, Any], transcript: Transcript) -> dict[str, Any]:
    turns = list(_turns(truth))
    channels = decode(recording).channels
    speech = [
        span
        for channel, side in zip(channels, SIDES, strict=True)
        for span in _speech(channel, cast("Speaker", side))[1]
    ]
    return {
        "turns": _errors(turns, transcript),
        "channels": _errors(speech, transcript),
        "agent_right": _agent_right(turns, transcript.spans),
        "caveats": list(transcript.caveats),
    }


def _turns(truth: dict[str, Any]) -> Iterator[Span]:
    for turn in truth["turns"]:
        if turn["text"].strip() == "[noise]":
            continue
        start, end = (
            turn[f"{edge}_ms"] if f"{edge}_ms" in turn else round(turn[edge] * 1000)
            for edge in ("start", "end")
        )
        yield Span(start, end, "agent" if turn["role"] == "agent" else "customer")


def _errors(truth: Sequence[Span], transcript: Transcript) -> dict[str, float]:
    """Return DER with and without a collar, and its parts with it, as shares of the speech."""
    from pyannote.core import Segment, Timeline
    from pyannote.metrics.diarization import DiarizationErrorRate

    whole = Timeline([Segment(0, transcript.duration_ms / 1000)])
    errors: dict[str, float] = {}
    for collar in COLLARS:
        metric = DiarizationErrorRate(collar=collar, skip_overlap=False)
        parts = metric(_annotation(truth), _annotation(transcript.spans), uem=whole, detailed=True)
        errors[f"der_{collar:g}"] = parts["diarization error rate"]
        if collar:
            total = max(parts["total"], 1e-9)
            errors |= {name.replace(" ", "_"): parts[name] / total for name in _PARTS}
    return {name: round(value, 4) for name, value in errors.items()}


def _annotation(spans: Iterable[Span]) -> Any:
    from pyannote.core import Annotation, Segment

    annotation = Annotation()
    for index, span in enumerate(spans):
        annotation[Segment(span.start_ms / 1000, span.end_ms / 1000), index] = span.speaker
    return annotation


def _agent_right(truth: Iterable[Span], told: Sequence[Span]) -> bool:
    """Return whether more speech has its speaker's name than the other's."""
    right = wrong = 0
    for true in truth:
        for span in told:
            common = min(true.end_ms, span.end_ms) - max(true.start_ms, span.start_ms)
            if common > 0:
                right += common * (true.speaker == span.speaker)
                wrong += common * (true.speaker != span.speaker)
    return right > wrong


def _over_all(calls: Sequence[dict[str, Any]]) -> dict[str, Any]:
    if not calls:
        raise SystemExit("no two-channel *.flac with a *.reference.json or *.truth.json beside it")
    over: dict[str, Any] = {}
    for kind, average in (("median", statistics.median), ("mean", statistics.fmean)):
        over[kind] = {
            truth: {
                name: round(average(call[truth][name] for call in calls), 4)
                for name in calls[0][truth]
            }
            for truth in TRUTHS
        }
    over["agent_right"] = statistics.fmean(call["agent_right"] for call in calls)
    over["trusted"] = statistics.fmean(not call["caveats"] for call in calls)
    over["separated_at"] = statistics.median(call["separated_at"] for call in calls)
    return over


def _row(errors: dict[str, float]) -> str:
    names = ("der_0.25", "der_0", "missed_detection", "false_alarm", "confusion")
    widths = (9, 8, 8, 7, 7)
    return "".join(f"{errors[name]:{width}.3f}" for name, width in zip(names, widths, strict=True))
