"""The three JSON formats of ready transcripts: ours, WhisperX, Amazon Transcribe Call Analytics."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import from_json

from qa.intake.draft import MAX_MS, Draft, MalformedError, Said
from qa.intake.stamps import since_earliest
from qa.nouns import Span, Word

if TYPE_CHECKING:
    from collections.abc import Sequence

FORMAT = "callqa-transcript/1"


class _Model(BaseModel):
    # strict: "12" is no number, true is no 1; 1e999 is infinite; unknown names are left alone
    model_config = ConfigDict(strict=True, extra="ignore", allow_inf_nan=False)


class _OwnWord(_Model):
    text: str
    start_ms: int
    end_ms: int
    confidence: Annotated[float, Field(ge=0, le=1)] = 1.0


class _OwnTurn(_Model):
    speaker: Literal["agent", "customer"]
    text: str
    start_ms: int | None = None
    end_ms: int | None = None
    at: str | None = None
    words: list[_OwnWord] = []


class _OwnSpan(_Model):
    start_ms: int
    end_ms: int
    speaker: Literal["agent", "customer"]


class _Own(_Model):
    language: str | None = None
    turns: list[_OwnTurn]
    spans: list[_OwnSpan] = []


class _XWord(_Model):
    word: str
    start: float | None = None  # WhisperX cannot align figures and gives them no time
    end: float | None = None
    score: float | None = None
    speaker: str | None = None


class _XSegment(_Model):
    start: float
    end: float
    text: str
    speaker: str | None = None
    words: list[_XWord] = []


class _X(_Model):
    segments: list[_XSegment]
    language: str | None = None


class _AmazonItem(_Model):
    content: Annotated[str, Field(alias="Content")]
    begin: Annotated[int | None, Field(alias="BeginOffsetMillis")] = None
    end: Annotated[int | None, Field(alias="EndOffsetMillis")] = None
    # a number in some exports, a number in quotes in others
    confidence: Annotated[float | None, Field(alias="Confidence", strict=False)] = None


class _AmazonTurn(_Model):
    role: Annotated[str, Field(alias="ParticipantRole")]
    begin: Annotated[int, Field(alias="BeginOffsetMillis")]
    end: Annotated[int, Field(alias="EndOffsetMillis")]
    content: Annotated[str, Field(alias="Content")]
    items: Annotated[list[_AmazonItem], Field(alias="Items")] = []


class _AmazonTotals(_Model):
    duration_ms: Annotated[int, Field(alias="TotalConversationDurationMillis", ge=0, le=MAX_MS)] = 0


class _Amazon(_Model):
    language: Annotated[str | None, Field(alias="LanguageCode")] = None
    transcript: Annotated[list[_AmazonTurn], Field(alias="Transcript")]
    totals: Annotated[_AmazonTotals, Field(alias="ConversationCharacteristics")] = _AmazonTotals()


def read_json(data: bytes, *, written: bool) -> Draft:
    """Return what the JSON text says; `written` (chat, e-mail) allows a date per turn.

    Raises MalformedError naming the turn.
    """
    try:
        content = from_json(data.removeprefix(b"\xef\xbb\xbf"), allow_inf_nan=False)
    except ValueError as error:
        raise MalformedError(f"not valid JSON: {error}") from error
    if not isinstance(content, dict):
        raise MalformedError("not a transcript: a JSON object is expected")
    if content.get("format") == FORMAT:
        return _own(_checked(_Own, content), written=written)
    if "segments" in content:
        return _whisperx(_checked(_X, content))
    if "Transcript" in content:
        return _amazon(_checked(_Amazon, content))
    raise MalformedError(
        f'unknown JSON: needs "format": "{FORMAT}", or the "segments" of WhisperX, '
        'or the "Transcript" of Amazon Transcribe Call Analytics'
    )


_M = TypeVar("_M", bound=_Model)


def _checked(model: type[_M], content: dict[str, Any]) -> _M:
    try:
        return model.model_validate(content)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        raise MalformedError(f"{_place(fault['loc'])}: {fault['msg']}") from error


def _place(loc: Sequence[int | str]) -> str:
    """Return ("turns", 2, "start_ms") as "turn 3: start_ms"."""
    match list(loc):
        case [str(many), int(index), *rest]:
            one = {"Transcript": "turn"}.get(many, many.removesuffix("s"))
            return ": ".join([f"{one} {index + 1}", *(str(part) for part in rest)])
        case other:
            return ": ".join(str(part) for part in other)


def _own(file: _Own, *, written: bool) -> Draft:
    starts = _own_starts(file.turns, written=written)
    said = tuple(
        Said(
            where=f"turn {number}",
            label=turn.speaker,
            text=turn.text,
            start_ms=start,
            end_ms=None if turn.start_ms is None else turn.end_ms,
            words=tuple(Word(w.text, w.start_ms, w.end_ms, w.confidence) for w in turn.words),
        )
        for number, (turn, start) in enumerate(zip(file.turns, starts, strict=True), 1)
    )
    spans = tuple(Span(s.start_ms, s.end_ms, s.speaker) for s in file.spans)
    return Draft(said, file.language or "", spans)


def _own_starts(turns: list[_OwnTurn], *, written: bool) -> list[int | None]:
    """Return each turn's start: as given, or its `at` in milliseconds since the earliest one."""
    moments = [
        _moment(turn.at, f"turn {number}", written=written)
        for number, turn in enumerate(turns, 1)
        if turn.at is not None
    ]
    if not moments:
        return [turn.start_ms for turn in turns]
    if len(moments) < len(turns):
        number = next(n for n, turn in enumerate(turns, 1) if turn.at is None)
        raise MalformedError(f"turn {number}: has no `at` while others have: give all or none")
    return [*since_earliest(moments)]


def _moment(at: str, where: str, *, written: bool) -> datetime:
    if not written:
        raise MalformedError(f"{where}: `at` is for chat and e-mail: a voice call has start_ms")
    try:
        moment = datetime.fromisoformat(at)
    except ValueError as error:
        raise MalformedError(
            f"{where}: at {at[:40]!r} is not ISO 8601: write it as 2026-01-31T14:05:00+01:00"
        ) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _whisperx(file: _X) -> Draft:
    said = tuple(
        Said(
            where=f"segment {number}",
            label=_x_speaker(segment, number),
            text=segment.text,
            start_ms=round(segment.start * 1000),
            end_ms=round(segment.end * 1000),
            words=_x_words(segment),
        )
        for number, segment in enumerate(file.segments, 1)
    )
    return Draft(said, file.language or "", segments=True)


def _x_speaker(segment: _XSegment, number: int) -> str:
    if segment.speaker:
        return segment.speaker
    votes = Counter(word.speaker for word in segment.words if word.speaker)
    if not votes:
        raise MalformedError(f"segment {number}: no speaker: run WhisperX with --diarize")
    return votes.most_common(1)[0][0]


def _x_words(segment: _XSegment) -> tuple[Word, ...]:
    """Return the words; one without a time stands at the end of the word before, unsure (0.0)."""
    words: list[Word] = []
    for word in segment.words:
        before = words[-1].end_ms if words else round(segment.start * 1000)
        start = before if word.start is None else round(word.start * 1000)
        end = start if word.end is None else round(word.end * 1000)
        sure = 0.0 if word.start is None or word.score is None else min(max(word.score, 0.0), 1.0)
        words.append(Word(word.word.strip(), start, end, sure))
    return tuple(words)


def _amazon(file: _Amazon) -> Draft:
    said = tuple(
        Said(f"turn {number}", turn.role, turn.content, turn.begin, turn.end, _amazon_words(turn))
        for number, turn in enumerate(file.transcript, 1)
    )
    duration_ms = file.totals.duration_ms
    return Draft(said, file.language or "", duration_ms=duration_ms, segments=True)


def _amazon_words(turn: _AmazonTurn) -> tuple[Word, ...]:
    """Return the items that have times; punctuation has none."""
    return tuple(
        Word(item.content, item.begin, item.end, min(max(item.confidence or 0.0, 0.0), 1.0))
        for item in turn.items
        if item.begin is not None and item.end is not None
    )
