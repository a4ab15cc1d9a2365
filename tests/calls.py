"""Calls written as calls, for tests: `call_of("0-4 agent: Hello", "3.2-8 customer: My parcel")`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

from qa.nouns import Basis, Call, Channel, Language, Span, Speaker, Transcript, Turn, Word

_LINE = re.compile(r"((?:[\d.]+(?:-[\d.]+)?\s+)+)(agent|customer):(.*)")


def call_of(
    *lines: str,
    basis: Basis = "stereo",
    channel: Channel = "voice",
    language: Language = "en",
    duration: float | None = None,
    detail: Literal["words", "turns", "spans+turns"] = "words",
) -> Transcript:
    """Return the transcript that the lines describe, times in seconds.

    "0-4 agent: Hello there" is a turn of one span; "0-4 5-6 agent: ..." one of two spans with a
    pause between; "0-4 agent:" speech in which nothing was recognised (a span, no turn); and
    "90 agent: ..." a message sent at a time (for chat and e-mail, which have no spans).
    Words are spread evenly over the spans. `detail`: "words" gives spans and words, "spans+turns"
    no words, "turns" neither. `duration` in seconds; by default the end of the last speech.
    """
    spans: list[Span] = []
    spoken: list[tuple[list[Span], str]] = []
    for line in lines:
        heard, text = _read(line)
        spans += heard
        if text:
            spoken.append((heard, text))
    spoken.sort(key=lambda pair: pair[0][0].start_ms)
    last = max((span.end_ms for span in spans), default=0)
    return Transcript(
        call_id="c1",
        turns=tuple(_turn(at, heard, text, detail) for at, (heard, text) in enumerate(spoken)),
        spans=tuple(spans) if channel == "voice" and detail != "turns" else (),
        language=language,
        basis=basis,
        channel=channel,
        duration_ms=last if duration is None else round(duration * 1000),
    )


def row_of(transcript: Transcript, channel: Channel | None = None) -> Call:
    """Return a manifest row for the transcript; of its channel, where no other is given."""
    return Call(
        id=transcript.call_id,
        recording=Path("call.wav"),
        agent_id="A1",
        channel=channel or transcript.channel,
    )


def _read(line: str) -> tuple[list[Span], str]:
    match = _LINE.fullmatch(line.strip())
    if match is None:
        message = f"not a line of a call: {line!r}"
        raise ValueError(message)
    times, who, text = match.groups()
    speaker: Speaker = "agent" if who == "agent" else "customer"
    spans = []
    for piece in times.split():
        start, _, end = piece.partition("-")
        spans.append(Span(_ms(start), _ms(end or start), speaker))
    return spans, text.strip()


def _ms(seconds: str) -> int:
    return round(float(seconds) * 1000)


def _turn(index: int, heard: list[Span], text: str, detail: str) -> Turn:
    words = _spread(text, heard) if detail == "words" else ()
    return Turn(index, heard[0].speaker, heard[0].start_ms, heard[-1].end_ms, text, words)


def _spread(text: str, heard: list[Span]) -> tuple[Word, ...]:
    """Give each word an equal part of the spoken time, without the pauses between spans."""
    words = text.split()
    total = sum(span.length_ms for span in heard)
    edges = [total * place // len(words) for place in range(len(words) + 1)]
    return tuple(
        Word(word, _place(start, heard), _place(end - 1, heard) + 1, 1.0)
        if end > start
        else Word(word, _place(start, heard), _place(start, heard), 1.0)
        for word, start, end in zip(words, edges, edges[1:], strict=False)
    )


def _place(spoken_ms: int, heard: list[Span]) -> int:
    """Return where on the clock the given moment of spoken time lies."""
    left = spoken_ms
    for span in heard:
        if left < span.length_ms:
            return span.start_ms + left
        left -= span.length_ms
    return heard[-1].end_ms
