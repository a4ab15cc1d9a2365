"""A small night: recordings, a manifest, scripted ears and a finder that knows two words."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from qa.coaching.load import reviewed_calls
from qa.moments.finder import MomentFinder
from qa.nouns import Call, Moment, Transcript
from qa.runner.local import Progress, RunResult, run, score_stored
from qa.runner.tools import Tools
from qa.scoring.rubric import Rubric
from qa.settings import Pipeline, SpeechSettings
from qa.store.quarantine import lift
from qa.store.tables import Row, Store
from tests.calls import call_of

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Mapping, Sequence
    from pathlib import Path

    from deltalake import DeltaTable

    from qa.sentences import Sentence

DATA = ("calls", "transcripts", "findings", "scorecards")
KNOWN = {"sorry": "apology", "fault": "blame"}


class Ears:
    """A scripted Transcriber: what it says per call id, and which calls it was asked."""

    def __init__(self, script: Mapping[str, Transcript | Exception]) -> None:
        self.script = dict(script)
        self.asked: list[str] = []
        self.given_up = threading.Event()

    def transcribe(self, call: Call) -> Transcript:
        self.asked.append(call.id)
        answer = self.script.get(call.id, spoken("Good evening", "It is late"))
        if isinstance(answer, Exception):
            raise answer
        return replace(answer, call_id=call.id, channel=call.channel)


class WordFinder(MomentFinder):
    """Finds a moment wherever a sentence holds its word, and counts the calls it was asked."""

    def __init__(self, name: str = "words 1") -> None:
        self.name = name
        self.asked = 0

    def find(self, sentences: Sequence[Sentence]) -> tuple[Moment, ...]:
        self.asked += 1
        return tuple(
            Moment(moment, s.speaker, s.turn, s.text, s.start_ms, s.end_ms, 0.9, "present")
            for s in sentences
            for word, moment in KNOWN.items()
            if s.speaker == "agent" and word in s.text.lower()
        )


class ScriptedTools(Tools):
    def __init__(
        self,
        ears: Ears,
        finder: MomentFinder,
        *,
        workers: int = 1,
        commit_every_s: float = 20,
        speech: SpeechSettings | None = None,
    ) -> None:
        settings = Pipeline(commit_every_s=commit_every_s, speech=speech or SpeechSettings())
        super().__init__(settings, workers=workers)
        self.ears = ears
        self.__dict__["finder"] = finder  # where the cached property would put it

    def transcriber(self, call: Call) -> Ears:
        return self.ears

    def stop(self) -> None:
        self.ears.given_up.set()


class DyingStore(Store):
    """A store that can write one table no more, as if the disk went away."""

    def __init__(self, root: Path, table: str) -> None:
        super().__init__(root)
        self.table = table

    def append(self, table: str, rows: Sequence[Row]) -> None:
        if table == self.table and rows:
            message = f"no disk for {table}"
            raise OSError(message)
        super().append(table, rows)


class Night:
    """One results folder that several runs work on."""

    def __init__(self, folder: Path, *ids: str) -> None:
        self.folder = folder
        self.calls = [self.call(one) for one in ids]
        self.ears = Ears({})
        self.finder = WordFinder()
        self.store = Store(folder / "out")
        self.progress: list[Progress] = []
        self.speech = SpeechSettings()

    def call(self, call_id: str, content: str = "", **fields: object) -> Call:
        """Return a manifest row; its recording's bytes are the id unless others are given."""
        path = self.folder / f"{call_id}.wav"
        path.write_text(content or call_id, "utf-8")
        return replace(Call(call_id, path, "A1", language="en"), **fields)  # type: ignore[arg-type]

    def tools(self, *, workers: int = 1, commit_every_s: float = 20) -> ScriptedTools:
        return ScriptedTools(
            *(self.ears, self.finder),
            workers=workers,
            commit_every_s=commit_every_s,
            speech=self.speech,
        )

    def run(
        self,
        *rubrics: Rubric,
        store: Store | None = None,
        workers: int = 1,
        commit_every_s: float = 20,
        on_progress: Callable[[Progress], None] | None = None,
    ) -> RunResult:
        return run(
            self.calls,
            self.tools(workers=workers, commit_every_s=commit_every_s),
            rubrics or (rubric(),),
            store or self.store,
            recordings_root=self.folder,
            on_progress=on_progress or self.progress.append,
        )

    def transcribe(self) -> RunResult:
        return run(
            self.calls,
            self.tools(),
            (),
            self.store,
            recordings_root=self.folder,
            on_progress=self.progress.append,
        )

    def score(self, *rubrics: Rubric, calls: Container[str] | None = None) -> RunResult:
        return score_stored(
            calls,
            self.tools(),
            rubrics or (rubric(),),
            self.store,
            on_progress=self.progress.append,
        )

    def retry(self) -> RunResult:
        """Run as with `--retry-quarantined`."""
        lift(self.store, {call.id for call in self.calls})
        return self.run()

    def versions(self) -> dict[str, int | None]:
        """Return each data table's version: unchanged means that nothing was written."""
        return {table: self.delta(table).version() for table in DATA}

    def delta(self, table: str) -> DeltaTable:
        from deltalake import DeltaTable

        return DeltaTable(self.store.root / "tables" / table)

    def rows(self, table: str, *columns: str) -> list[tuple[Any, ...]]:
        """Return some columns of all rows, sorted."""
        return sorted(self.store.scan(table).select(columns).collect().iter_rows())

    def ledger(self, result: RunResult) -> dict[str, str]:
        """Return status by call id in one run; fails if a call is there twice."""
        every = self.rows("ledger", "run_id", "call_id", "status")
        rows = [row[1:] for row in every if row[0] == result.run_id]
        assert len(dict(rows)) == len(rows)
        return dict(rows)


def spoken(agent: str, customer: str) -> Transcript:
    """Return a call of two turns: "0-4 agent: ...", "5-9 customer: ..."."""
    return call_of(f"0-4 agent: {agent}", f"5-9 customer: {customer}")


def rubric(version: str = "1", weights: Iterable[float] = (60, 40), name: str = "trial") -> Rubric:
    """Return a rubric of two criteria: an apology is heard, blame is not."""
    checks = {
        "apology": {"kind": "present", "moments": ["apology"]},
        "blame": {"kind": "absent", "moments": ["blame"]},
    }
    criteria = [
        {"name": key, "weight": weight, "title": {"en": key}, "why": {"en": "so"}, "check": check}
        for (key, check), weight in zip(checks.items(), weights, strict=True)
    ]
    section = {"name": "only", "title": {"en": "Only"}, "criteria": criteria}
    head = {"name": name, "version": version, "title": {"en": "Trial"}}
    return Rubric.model_validate(head | {"sections": [section]})


SORRY = spoken("I am sorry.", "My parcel is late.")
BLAME = spoken("That is your fault.", "My parcel is late.")


def totals(night: Night) -> dict[str, float | None]:
    """Return the totals that a page would show."""
    return {r.call.id: card.total for r in reviewed_calls(night.store) for card in r.cards}
