"""Synthetic results folders: calls that were never heard, stored as a run would store them.

What people say is put together from the sentences that moments are learnt from, so the moments of
a call are known without an encoder; facts are measured by the real code. A few thousand different
calls are drawn again and again under new ids, which is what makes 100,000 of them affordable.
"""

from __future__ import annotations

import random
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from qa.facts import measure
from qa.moments.bank import read_bank
from qa.nouns import LANGUAGES, Call, Moment, Span, Transcript, Turn, Word
from qa.runner.work import findings_key
from qa.store.rows import call_row, content_key, fact_row, transcript_row
from qa.store.schema import schema

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from qa.moments.bank import Bank
    from qa.nouns import Decision, Language, Speaker
    from qa.store.tables import Store

_TEMPLATES: Final = 2000
_BATCH: Final = 2000  # calls per commit; a night commits every 20 seconds
_RUN: Final = "20260101T000000.000000-0000"
_START: Final = datetime(2026, 1, 5, 8, tzinfo=UTC)
_TURNS: Final = (16, 44)
_WORD_MS: Final = 330
_WRITTEN: Final = 0.1  # share of chats


def write_store(store: Store, calls: int, finder_name: str) -> None:
    """Write `calls` transcribed and studied calls into an empty store, in batches."""
    import polars as pl

    chance = random.Random(20260101)
    made = list(_templates(read_bank(), chance, min(_TEMPLATES, calls)))
    transcripts = pl.DataFrame([row for _, row, _ in made], schema=schema("transcripts"))
    findings = pl.DataFrame([row for _, _, row in made], schema=schema("findings"))
    for first in range(0, calls, _BATCH):
        drawn = [chance.randrange(len(made)) for _ in range(min(_BATCH, calls - first))]
        manifest = [
            _manifest_row(made[place][0], first + at, chance) for at, place in enumerate(drawn)
        ]
        ids = [call.id for call in manifest]
        keys = [content_key("synthetic", one) for one in ids]
        found = [findings_key(k, c, finder_name) for k, c in zip(keys, manifest, strict=True)]
        own: dict[str, Any] = {"call_id": pl.Series(ids), "run_id": pl.lit(_RUN)}
        store.append("calls", [call_row(call, Path("/"), _RUN) for call in manifest])
        store.append_frame(
            "transcripts", transcripts[drawn].with_columns(key=pl.Series(keys), **own)
        )
        store.append_frame(
            "findings",
            findings[drawn].with_columns(
                key=pl.Series(found), transcript_key=pl.Series(keys), **own
            ),
        )


def _manifest_row(template: Call, number: int, chance: random.Random) -> Call:
    agent = chance.randrange(200)
    return Call(
        id=f"s{number:07}",
        recording=Path(f"/s{number:07}.wav"),
        agent_id=f"A{agent:03}",
        agent_name=f"Agent {agent:03}",
        team=f"T{agent % 12}",
        started_at=_START + timedelta(minutes=chance.randrange(60 * 24 * 60)),
        channel=template.channel,
        language=template.language,
    )


def _templates(
    bank: Bank, chance: random.Random, count: int
) -> Iterator[tuple[Call, dict[str, object], dict[str, object]]]:
    """Yield manifest row, transcript row and findings row of invented calls."""
    for number in range(count):
        language = LANGUAGES[number % len(LANGUAGES)]
        written = chance.random() < _WRITTEN
        call = Call("", Path("/x"), "", language=language, channel="chat" if written else "voice")
        transcript, moments = _conversation(_Sayings(bank, language), chance, written=written)
        facts = measure(transcript, call)
        found: dict[str, object] = {
            "key": "",
            "transcript_key": "",
            "call_id": "",
            "facts": [fact_row(fact) for fact in facts],
            "moments": [asdict(moment) for moment in moments],
            "encoder": "synthetic",
        }
        yield call, transcript_row(transcript, ""), found


class _Sayings:
    """Sentences of one language by speaker, each with the moment it does; empty: none."""

    def __init__(self, bank: Bank, language: Language) -> None:
        self.language = language
        self.of: dict[Speaker, list[tuple[str, str]]] = {
            "agent": [(text, "") for text in bank.everyday.agent.get(language, ())],
            "customer": [(text, "") for text in bank.everyday.customer.get(language, ())],
        }
        for moment in bank.moments:
            self.of[moment.speaker] += [
                (text, moment.name) for text in moment.examples.get(language, ())
            ]


def _conversation(
    sayings: _Sayings, chance: random.Random, *, written: bool
) -> tuple[Transcript, tuple[Moment, ...]]:
    turns: list[Turn] = []
    moments: list[Moment] = []
    now = 0
    for index in range(chance.randint(*_TURNS)):
        speaker: Speaker = "customer" if index % 2 else "agent"
        said = chance.choices(sayings.of[speaker], k=chance.randint(1, 3))
        # mostly a short pause, sometimes a long one, sometimes into the other's words
        start = max(0, now + chance.choice((200, 400, 700, 900, 4000, -900)))
        turn = _turn(index, speaker, " ".join(text for text, _ in said), start)
        now = turn.end_ms
        turns.append(replace(turn, words=()) if written else turn)
        moments += _done_in(turn, said, chance)
    transcript = Transcript(
        call_id="",
        turns=tuple(turns),
        spans=() if written else tuple(Span(t.start_ms, t.end_ms, t.speaker) for t in turns),
        language=sayings.language,
        basis="ready" if written else "stereo",
        channel="chat" if written else "voice",
        duration_ms=now,
        coverage=None if written else 0.97,
    )
    return transcript, tuple(moments)


def _turn(index: int, speaker: Speaker, text: str, start: int) -> Turn:
    said = text.split()
    words = tuple(
        Word(word, start + at * _WORD_MS, start + (at + 1) * _WORD_MS, 0.9)
        for at, word in enumerate(said)
    )
    return Turn(index, speaker, start, start + len(said) * _WORD_MS, text, words)


def _done_in(
    turn: Turn, said: Sequence[tuple[str, str]], chance: random.Random
) -> Iterator[Moment]:
    """Yield about half of what the sentences of a turn do, some of it uncertain."""
    for text, name in said:
        if name and chance.random() < 0.5:
            decision: Decision = "uncertain" if chance.random() < 0.15 else "present"
            yield Moment(
                *(name, turn.speaker, turn.index, text, turn.start_ms, turn.end_ms, 0.9, decision)
            )
