"""Transcripts that others made: read, checked, put in order, never guessed at."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING

from qa.intake.draft import Draft, MalformedError, Said, speakers, voice_number
from qa.intake.files import opened
from qa.intake.mend import Repairs, apart, mended_times, note_order
from qa.intake.ready_json import read_json
from qa.intake.ready_text import read_plain, read_vtt
from qa.nouns import LANGUAGES, Span, Transcript, Turn, Word
from qa.problems import CallError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from qa.nouns import Call, Language, Speaker

_MAX_BYTES = 32_000_000  # a day of talk with a time for every word takes about 10 MB
_SUFFIXES = (".json", ".vtt", ".txt")
_CONTROL = dict.fromkeys((*range(0x20), *range(0x7F, 0xA0)), " ")


def is_ready(path: Path) -> bool:
    """Say whether a recording is, by its extension, a transcript rather than sound."""
    return path.suffix.lower() in _SUFFIXES


def read_ready(path: Path, call: Call) -> Transcript:
    """Return the transcript of `call` from a .json, .vtt or .txt file.

    JSON is ours ("callqa-transcript/1"), WhisperX's or Amazon Transcribe Call Analytics'. Turns
    out of order are sorted by their start; that and other harmless faults (`qa.intake.mend`) are
    put right and counted in `repairs`. Segments of a voice call that follow each other
    without the other speaker in between become one turn; each keeps its own span. Where times
    are unknown they are 0 and there are no spans. Utterances without text are left out, so the
    result may have no turns.

    Raises CallError, stage intake: as `opened` does; `transcript` with turn or line; `language`
    if neither the manifest nor the file names one of ours.
    """
    with opened(path, _MAX_BYTES) as file:
        data = file.read()
    voice = call.channel == "voice"
    repairs = Repairs()
    try:
        draft = _parse(path.suffix.lower(), data, call)
        said = _in_order(draft.said, repairs)
        who = speakers(said, call.agent_channel, call.first_speaker)
        spans = _heard(draft, said, who, repairs) if voice else ()
    except MalformedError as error:
        raise CallError("intake", "transcript", f"{path.name}: {error}") from error
    language = _language(call, draft.language, path)
    turns = _turns(_joined(said, who) if draft.segments and voice else said, who)
    ends = (*(turn.end_ms for turn in turns), *(span.end_ms for span in spans))
    return Transcript(
        call_id=call.id,
        turns=turns,
        spans=spans,
        language=language,
        basis="ready",
        channel=call.channel,
        duration_ms=max((draft.duration_ms, *ends)),
        caveats=("more_voices",) if voice and _voices(who) > 2 else (),
        repairs=repairs.all(),
    )


def _parse(suffix: str, data: bytes, call: Call) -> Draft:
    if suffix == ".json":
        draft = read_json(data, written=call.channel != "voice")
    else:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            raise MalformedError(f"line {line}: not UTF-8: save it as UTF-8") from error
        written = call.channel != "voice"
        draft = read_vtt(text) if suffix == ".vtt" else read_plain(text, written=written)
    kept = (_cleaned(utterance, call) for utterance in draft.said)
    return replace(draft, said=tuple(utterance for utterance in kept if utterance.text))


def _voices(labels: Iterable[str]) -> int:
    """Return how many voices a diariser told apart; people who are named are no voices."""
    return len({number for label in labels if (number := voice_number(label)) is not None})


def _cleaned(said: Said, call: Call) -> Said:
    """Drop control characters; a written message keeps its lines, speech has none."""
    lines = (" ".join(line.translate(_CONTROL).split()) for line in said.text.splitlines())
    text = (" " if call.channel == "voice" else "\n").join(lines).strip()
    return replace(said, text=text)


def _in_order(said: tuple[Said, ...], repairs: Repairs) -> tuple[Said, ...]:
    """Return utterances by start, ties as in the file; MalformedError for impossible times."""
    timed = [utterance.start_ms is not None for utterance in said]
    if any(timed) and not all(timed):
        where = said[timed.index(False)].where
        raise MalformedError(f"{where}: has no time while others have: give all or none")
    mended = [_mended(utterance, repairs) for utterance in said]
    note_order(((utterance.where, _start(utterance)) for utterance in mended), repairs)
    return tuple(sorted(mended, key=_start))


def _mended(said: Said, repairs: Repairs) -> Said:
    words = tuple(
        _mended_word(word, f"{said.where}: word {number}", repairs)
        for number, word in enumerate(said.words, 1)
    )
    if said.start_ms is None:
        return replace(said, words=words)
    start, end = mended_times(said.where, said.start_ms, _end(said), repairs)
    return replace(said, start_ms=start, end_ms=None if said.end_ms is None else end, words=words)


def _mended_word(word: Word, where: str, repairs: Repairs) -> Word:
    start, end = mended_times(where, word.start_ms, word.end_ms, repairs)
    if (start, end) == (word.start_ms, word.end_ms):
        return word  # as nearly all are, and there are many
    return replace(word, start_ms=start, end_ms=end)


def _start(said: Said) -> int:
    return said.start_ms or 0


def _end(said: Said) -> int:
    return _start(said) if said.end_ms is None else said.end_ms


def _joined(said: tuple[Said, ...], who: dict[str, Speaker]) -> tuple[Said, ...]:
    """Join neighbours of one speaker: a turn lasts until the other takes over."""
    runs = (list(run) for _, run in groupby(said, key=lambda piece: who[piece.label]))
    return tuple(
        replace(
            run[0],
            text=" ".join(piece.text for piece in run),
            end_ms=max(_end(piece) for piece in run),
            words=tuple(word for piece in run for word in piece.words),
        )
        for run in runs
    )


def _turns(said: tuple[Said, ...], who: dict[str, Speaker]) -> tuple[Turn, ...]:
    return tuple(
        Turn(index, who[s.label], _start(s), _end(s), s.text, s.words)
        for index, s in enumerate(said)
    )


def _heard(
    draft: Draft, said: tuple[Said, ...], who: dict[str, Speaker], repairs: Repairs
) -> tuple[Span, ...]:
    """Return speech as heard: the file's spans, or one per utterance of which an end is known."""
    if draft.spans:
        heard = [
            (where, Span(*mended_times(where, span.start_ms, span.end_ms, repairs), span.speaker))
            for where, span in ((f"span {n}", span) for n, span in enumerate(draft.spans, 1))
        ]
    else:
        heard = [
            (s.where, Span(_start(s), _end(s), who[s.label])) for s in said if s.end_ms is not None
        ]
    return apart(heard, repairs)


def _language(call: Call, found: str, path: Path) -> Language:
    if call.language is not None:
        return call.language
    code = found.strip().lower().replace("_", "-").split("-")[0]
    if code in LANGUAGES:
        return code
    says = f"its language {found[:20]!r} is not one of ours" if found else "names no language"
    raise CallError(
        "intake", "language", f"{path.name}: {says}: put en, hr or sr into the manifest"
    )
